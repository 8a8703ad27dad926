// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Who rules a domain: nobody (it is open), or its policy (it arbitrates); and the
 * change of policies.
 */
#include "internal.h"
#include "../policy/policy.h"

void xsched_policy_enter(struct xsched_entity *e, u64 now_ns)
{
	const struct xsched_policy *p = e->domain->policy;

	e->entered = true;
	if (p->enter)
		p->enter(e->domain, e, now_ns);
}

void xsched_policy_leave(struct xsched_entity *e, u64 now_ns)
{
	const struct xsched_policy *p = e->domain->policy;

	/* Who is barred has left already. */
	if (!e->entered)
		return;
	e->entered = false;
	if (p->leave)
		p->leave(e->domain, e, now_ns);
}

/* The entity goes for good, having left. */
void xsched_policy_part(struct xsched_entity *e, u64 now_ns)
{
	const struct xsched_policy *p = e->domain->policy;

	if (p->part && !p->open)
		p->part(e->domain, e, now_ns);
}

/* Its words may be stale, so it counts as running until it says otherwise. */
static void admit_untracked(struct xsched_entity *e, u64 now_ns)
{
	xsched_gate_track(e, now_ns);
	xsched_turn_enter(e, now_ns);
	if (e->barred) {
		xsched_place(e, XSCHED_STATE_RUNNING, now_ns);
		xsched_turn_stop(e, now_ns);
		return;
	}
	xsched_chosen_set(e, true);
	xsched_place(e, XSCHED_STATE_RUNNING, now_ns);
}

/* An IDLE entity with an open gate comes under the policy. */
void xsched_regime_admit(struct xsched_entity *e, u64 now_ns)
{
	xsched_gate_budget(e);
	if (!xsched_list_empty(&e->queues)) {
		admit_untracked(e, now_ns);
		return;
	}
	/* No queue, so no launch that this could miss. */
	e->tracked = true;
	xsched_depend_tell(e);
	xsched_gate_set(e, XSCHED_GATE_ASK, XSCHED_NOTIFY_KICK | XSCHED_NOTIFY_TRACK, now_ns);
}

static void dismiss(struct xsched_entity *e, u64 now_ns)
{
	if (e->state == XSCHED_STATE_READY)
		xsched_latency_note(e, XSCHED_LATENCY_WAIT, now_ns - e->ready_ns);
	if (e->state != XSCHED_STATE_IDLE) {
		xsched_turn_leave(e, now_ns);
		xsched_place(e, XSCHED_STATE_IDLE, now_ns);
	}
	xsched_gate_set(e, XSCHED_GATE_OPEN, 0, now_ns);
}

static void begin_arbitration(struct xsched_domain *d, u64 now_ns)
{
	struct xsched_entity *e;

	xsched_list_for_each(e, &d->entities, in_domain)
		xsched_entity_settle(e, now_ns);
	d->arbitrating = true;
	d->contended_ns = now_ns;
	xsched_list_for_each(e, &d->entities, in_domain)
		xsched_regime_admit(e, now_ns);
}

static void end_arbitration(struct xsched_domain *d, u64 now_ns)
{
	struct xsched_entity *e;

	xsched_list_for_each(e, &d->entities, in_domain) {
		dismiss(e, now_ns);
		xsched_entity_settle(e, now_ns);
	}
	d->arbitrating = false;
	xsched_list_for_each(e, &d->entities, in_domain)
		xsched_depend_tell(e);
	d->undecided = false;
	d->called = NULL;
	d->policy_next_ns = XSCHED_NEVER;
	xsched_list_for_each(e, &d->entities, in_domain)
		xsched_gate_budget(e);
}

/* Opens or closes the domain after its policy or its number of entities changed. */
xsched_aside void xsched_regime_update(struct xsched_domain *d, u64 now_ns)
{
	u32 least = d->policy->across || d->n_capped ? 1 : 2;
	bool arbitrate = !d->policy->open && d->n_entities >= least;

	if (arbitrate && !d->arbitrating)
		begin_arbitration(d, now_ns);
	else if (!arbitrate && d->arbitrating)
		end_arbitration(d, now_ns);
}

static void stop_policy(struct xsched_domain *d, u64 now_ns)
{
	struct xsched_entity *e;

	xsched_list_for_each(e, &d->entities, in_domain)
		if (e->state != XSCHED_STATE_IDLE)
			xsched_policy_leave(e, now_ns);
	if (d->policy->stop)
		d->policy->stop(d, now_ns);
}

/* No trace of one policy must reach the next. */
static void clear_policy_data(struct xsched_domain *d)
{
	struct xsched_tree_node *n;
	struct xsched_entity *e;

	memset(d->policy_data, 0, sizeof(d->policy_data));
	xsched_tree_init(&d->ready, NULL, &d->n_visited);
	for (n = xsched_tree_first(&d->seats); n; n = xsched_tree_next(&d->seats, n))
		memset(container_of(n, struct xsched_seat, in_domain)->policy_data, 0,
		       sizeof(d->policy_data));
	xsched_list_for_each(e, &d->entities, in_domain) {
		memset(e->policy_data, 0, sizeof(e->policy_data));
		e->use_meter = NULL;
		xsched_tree_node_init(&e->node);
	}
}

static int start_policy(struct xsched_domain *d, const struct xsched_policy *p, u64 now_ns)
{
	int err;

	clear_policy_data(d);
	d->policy = p;
	d->policy_next_ns = XSCHED_NEVER;
	d->faulty = false;
	err = p->start ? p->start(d, now_ns) : 0;
	if (err) {
		clear_policy_data(d);
		d->policy = &xsched_policy_none;
	}
	return err;
}

void xsched_regime_init(struct xsched_domain *d)
{
	start_policy(d, xsched_policy_default, 0);
}

/* Entities with work go from one policy to the next as they are: who ran runs. */
static int change_policy(struct xsched_domain *d, const struct xsched_policy *p, u64 now_ns)
{
	struct xsched_entity *e;
	int err;

	xsched_gang_end_call(d, now_ns);
	stop_policy(d, now_ns);
	err = start_policy(d, p, now_ns);
	if (!d->policy->open)
		xsched_list_for_each(e, &d->entities, in_domain)
			if (e->state != XSCHED_STATE_IDLE && !e->barred) {
				xsched_policy_enter(e, now_ns);
				xsched_decide_about(e);
			}
	xsched_regime_update(d, now_ns);
	xsched_list_for_each(e, &d->entities, in_domain)
		xsched_gate_budget(e);
	return err;
}

static void report_fallback(struct xsched_domain *d, const char *name, u64 now_ns)
{
	if (d->ops->fell_back)
		d->ops->fell_back(d, name, now_ns);
}

xsched_aside void xsched_regime_depose(struct xsched_domain *d, u64 now_ns)
{
	const char *name = d->policy->name;

	change_policy(d, &xsched_policy_none, now_ns);
	report_fallback(d, name, now_ns);
}

int xsched_domain_set_policy(struct xsched_domain *d, const struct xsched_policy *p, u64 now_ns)
{
	int err = xsched_policy_check(p);

	if (err)
		return err;
	now_ns = xsched_domain_begin(d, now_ns);
	d->fallback[0] = '\0';
	err = change_policy(d, p, now_ns);
	if (err) {
		snprintf(d->fallback, sizeof(d->fallback), "start failed with error %d", err);
		report_fallback(d, p->name, now_ns);
	}
	xsched_domain_end(d, now_ns);
	return err;
}

void xsched_domain_fall_back(struct xsched_domain *d, const char *why, u64 now_ns)
{
	if (d->policy == &xsched_policy_none)
		return;
	xsched_policy_fault(d, "%s", why);
	if (d->deciding)
		return;		/* is taken out when the decision returns */
	now_ns = xsched_domain_begin(d, now_ns);
	xsched_domain_end(d, now_ns);
}
