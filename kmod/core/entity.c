// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * An entity: its state machine, its account and its queues.
 */
#include "internal.h"

#define TO(state)	(1U << XSCHED_STATE_##state)

/* The edges of the diagram in core.h; what isn't here is impossible. */
static const u32 entity_edges[] = {
	[XSCHED_STATE_IDLE]	= TO(READY),
	[XSCHED_STATE_READY]	= TO(IDLE) | TO(RUNNING),
	[XSCHED_STATE_RUNNING]	= TO(IDLE) | TO(DRAINING) | TO(HELD),
	[XSCHED_STATE_DRAINING]	= TO(IDLE) | TO(RUNNING) | TO(HELD),
	[XSCHED_STATE_HELD]	= TO(IDLE) | TO(READY),
};

static const char *const entity_state_names[] = {
	[XSCHED_STATE_IDLE]	= "idle",
	[XSCHED_STATE_READY]	= "ready",
	[XSCHED_STATE_RUNNING]	= "running",
	[XSCHED_STATE_DRAINING]	= "draining",
	[XSCHED_STATE_HELD]	= "held",
};

const char *xsched_state_name(u32 state)
{
	return state < ARRAY_SIZE(entity_state_names) ? entity_state_names[state] : "?";
}

void xsched_entity_init(struct xsched_entity *e, u32 id, u32 flags,
			struct xsched_control_slot *ctl)
{
	memset(e, 0, sizeof(*e));
	memset(ctl, 0, sizeof(*ctl));
	xsched_list_init(&e->in_domain);
	xsched_list_init(&e->in_line);
	xsched_list_init(&e->in_pace);
	xsched_list_init(&e->in_turn);
	xsched_list_init(&e->in_mark);
	xsched_list_init(&e->in_late);
	xsched_list_init(&e->in_seat);
	xsched_list_init(&e->in_gang);
	xsched_list_init(&e->in_willing);
	xsched_list_init(&e->in_mail);
	xsched_list_init(&e->in_chosen);
	xsched_depend_init(e);
	xsched_list_init(&e->queues);
	xsched_tree_node_init(&e->node);
	e->ctl = ctl;
	e->id = id;
	e->flags = flags;
	e->pace = XSCHED_PACE_NONE;
	e->tracked = true;
	e->kicks_idle = true;
	xsched_hint_defaults(e->hint);
}

/* Where time in a state goes; NULL: nowhere. */
static u64 *account_of(const struct xsched_entity *e, struct xsched_account *a)
{
	switch (e->state) {
	case XSCHED_STATE_READY:
		return &a->wait_ns;
	case XSCHED_STATE_RUNNING:
		return e->notify & XSCHED_NOTIFY_CALM ? &a->open_ns : &a->run_ns;
	case XSCHED_STATE_DRAINING:
	case XSCHED_STATE_HELD:
		return &a->held_ns;
	default:
		return e->domain && !e->domain->arbitrating ? &a->open_ns : NULL;
	}
}

static void account_add(const struct xsched_entity *e, u64 now_ns, struct xsched_account *a)
{
	u64 *ns = account_of(e, a);

	if (ns && now_ns > e->since_ns)
		*ns += now_ns - e->since_ns;
	a->used_ns = xsched_entity_used_ns(e, now_ns);
}

void xsched_entity_settle_use(struct xsched_entity *e, u64 now_ns)
{
	e->account.used_ns = xsched_entity_used_ns(e, now_ns);
	e->use_mark_ns = xsched_use_clock(e->domain, now_ns);
}

void xsched_entity_settle(struct xsched_entity *e, u64 now_ns)
{
	account_add(e, now_ns, &e->account);
	e->since_ns = now_ns;
	e->use_mark_ns = xsched_use_clock(e->domain, now_ns);
}

void xsched_entity_account(const struct xsched_entity *e, u64 now_ns, struct xsched_account *out)
{
	struct xsched_queue *q;

	*out = e->account;
	account_add(e, now_ns, out);
	xsched_list_for_each(q, &e->queues, in_entity)
		out->busy_ns += READ_ONCE(q->st->busy_ns);
}

u64 xsched_entity_ran_ns(const struct xsched_entity *e, u64 now_ns)
{
	u64 ns = e->account.run_ns;

	if (e->state == XSCHED_STATE_RUNNING && !(e->notify & XSCHED_NOTIFY_CALM) &&
	    now_ns > e->since_ns)
		ns += now_ns - e->since_ns;
	return ns;
}

u64 xsched_entity_used_ns(const struct xsched_entity *e, u64 now_ns)
{
	u64 ns = e->account.used_ns;

	if (e->uses && !(e->notify & XSCHED_NOTIFY_CALM))
		ns += xsched_use_clock(e->domain, now_ns) - e->use_mark_ns;
	return ns;
}

/**
 * xsched_entity_set_state - go along one edge of the state machine
 * @e: entity, in a domain
 * @to: enum xsched_state
 * @now_ns: time of the change
 *
 * Changes the state, the account and the published state; the caller moves the
 * entity between the domain's lists (xsched_place()).
 *
 * Return: 0, or -EINVAL if there's no such edge; nothing changed then.
 */
int xsched_entity_set_state(struct xsched_entity *e, u32 to, u64 now_ns)
{
	struct xsched_domain *d = e->domain;
	u32 from = e->state;

	if (from >= ARRAY_SIZE(entity_edges) || to >= ARRAY_SIZE(entity_edges) ||
	    !(entity_edges[from] & (1U << to)))
		return -EINVAL;
	xsched_entity_settle(e, now_ns);
	e->state = to;
	WRITE_ONCE(e->ctl->state, to);
	if (to == XSCHED_STATE_RUNNING)
		e->account.runs++;
	if (d->ops->state_changed)
		d->ops->state_changed(e, from, now_ns);
	return 0;
}

u32 xsched_entity_state(const struct xsched_entity *e)
{
	if (e->domain && e->domain->arbitrating && !(e->notify & XSCHED_NOTIFY_CALM))
		return e->state;
	return xsched_entity_has_work(e) ? XSCHED_STATE_RUNNING : XSCHED_STATE_IDLE;
}

/* What holds for all queues, or for the weakest. */
static void sum_up_queues(struct xsched_entity *e)
{
	struct xsched_queue *q;
	u32 level = 0;

	e->kicks_idle = true;
	xsched_list_for_each(q, &e->queues, in_entity) {
		if (!level || q->level < level)
			level = q->level;
		if (!(q->flags & XSCHED_QUEUE_F_KICKS_IDLE))
			e->kicks_idle = false;
	}
	WRITE_ONCE(e->ctl->level, level);
}

/* The queues aren't what they were: look again. */
static void queues_changed(struct xsched_entity *e, u64 now_ns)
{
	struct xsched_domain *d = e->domain;

	sum_up_queues(e);
	if (d)
		xsched_domain_kick(d, e, now_ns);
}

void xsched_entity_add_queue(struct xsched_entity *e, struct xsched_queue *q, u64 now_ns)
{
	if (e->domain)
		xsched_assert_locked(e->domain);
	WRITE_ONCE(q->st->track_ack, e->track_seq);
	xsched_list_add_tail(&e->queues, &q->in_entity);
	queues_changed(e, now_ns);
}

void xsched_entity_remove_queue(struct xsched_entity *e, struct xsched_queue *q, u64 now_ns)
{
	if (e->domain)
		xsched_assert_locked(e->domain);
	xsched_list_del(&q->in_entity);
	e->account.busy_ns += READ_ONCE(q->st->busy_ns);
	queues_changed(e, now_ns);
}
