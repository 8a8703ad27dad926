// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * The test-owned domain, its processes and what must hold after every call.
 */
#include "fixture.h"

static struct fx *fx_of(struct xsched_domain *d)
{
	return container_of(d, struct fx, d);
}

static void note(struct xsched_domain *d, u32 what, u32 id, u32 a, u32 b, u64 now_ns)
{
	struct fx *f = fx_of(d);

	f->log[f->n_log++ % FX_LOG] = (struct fx_event){ what, id, a, b, now_ns };
}

static void on_gate_changed(struct xsched_entity *e, u64 now_ns)
{
	struct fx *f = fx_of(e->domain);

	note(e->domain, FX_GATE, e->id, e->ctl->gate, e->ctl->epoch, now_ns);
	if (f->on_gate)
		f->on_gate(f, e);
}

static void on_track_wanted(struct xsched_entity *e, u64 now_ns)
{
	note(e->domain, FX_TRACK, e->id, e->ctl->track_seq, e->ctl->notify, now_ns);
}

static void on_state_changed(struct xsched_entity *e, u32 from, u64 now_ns)
{
	note(e->domain, FX_STATE, e->id, e->state, from, now_ns);
}

static void on_fell_back(struct xsched_domain *d, const char *policy, u64 now_ns)
{
	note(d, FX_FELL_BACK, 0, policy ? (u32)strlen(policy) : 0, 0, now_ns);
}

static void on_aged(struct xsched_entity *e, u64 waited_ns, u64 now_ns)
{
	note(e->domain, FX_AGED, e->id, (u32)waited_ns, 0, now_ns);
}

static void on_deciding(struct xsched_domain *d, bool begin)
{
	fx_of(d)->n_deciding += begin ? 1 : 0x10000;
}

static const struct xsched_domain_ops fx_ops = {
	.gate_changed = on_gate_changed,
	.track_wanted = on_track_wanted,
	.state_changed = on_state_changed,
	.fell_back = on_fell_back,
	.aged = on_aged,
	.deciding = on_deciding,
};

struct fx *fx_new(struct xt *t)
{
	struct fx *f = xt_alloc(t, sizeof(*f));

	f->t = t;
	f->now = 1000 * MS;
	xsched_domain_init(&f->d, &fx_ops);
	return f;
}

struct fx *fx_contended(struct xt *t, u32 n)
{
	struct fx *f = fx_new(t);
	u32 i;

	for (i = 0; i < n; i++)
		fx_add(f, i, 1, 0);
	for (i = 0; i < n; i++) {
		fx_st(f, i)->flags = XSCHED_STATUS_SYNCED;
		fx_ack(f, i);
		fx_st(f, i)->flags = 0;
		xt_eq(t, fx_state(f, i), IDLE);
	}
	f->n_log = 0;
	return f;
}

void fx_end(struct fx *f)
{
	u32 i;

	for (i = 0; i < FX_ENTITIES; i++)
		if (fx_e(f, i)->domain)
			fx_remove(f, i);
	xt_eq(f->t, f->d.n_entities, 0);
	xsched_domain_fini(&f->d);
}

/* Every call of the core, with the lock, and checked. */
#define LOCKED(f, call) do {		\
	xt_flags_t flags;		\
	xt_lock(&(f)->d.lock, flags);	\
	call;				\
	xt_unlock(&(f)->d.lock, flags);	\
	fx_check(f);			\
} while (0)

static void init_queue(struct fx *f, u32 i, u32 n, u32 flags)
{
	struct xsched_queue *q = &f->ent[i].q[n];

	memset(q, 0, sizeof(*q));
	memset(&f->ent[i].st[n], 0, sizeof(f->ent[i].st[n]));
	q->st = &f->ent[i].st[n];
	q->id = n + 1;
	q->flags = flags;
	q->level = XSCHED_LEVEL_BLOCK + n;
}

void fx_add(struct fx *f, u32 i, u32 n_queues, u32 flags)
{
	u32 n;

	memset(&f->ent[i], 0, sizeof(f->ent[i]));
	xsched_entity_init(fx_e(f, i), i + 1, 0, &f->ent[i].ctl);
	fx_e(f, i)->seat = f->seat;
	fx_e(f, i)->gang = f->gang;
	LOCKED(f, xsched_domain_add(&f->d, fx_e(f, i), f->now));
	for (n = 0; n < n_queues; n++)
		fx_add_queue(f, i, n, flags);
}

void fx_remove(struct fx *f, u32 i)
{
	LOCKED(f, xsched_domain_remove(&f->d, fx_e(f, i), f->now));
}

void fx_add_queue(struct fx *f, u32 i, u32 n, u32 flags)
{
	init_queue(f, i, n, flags);
	LOCKED(f, xsched_entity_add_queue(fx_e(f, i), &f->ent[i].q[n], f->now));
}

void fx_remove_queue(struct fx *f, u32 i, u32 n)
{
	LOCKED(f, xsched_entity_remove_queue(fx_e(f, i), &f->ent[i].q[n], f->now));
}

void fx_kick(struct fx *f, u32 i)
{
	LOCKED(f, xsched_domain_kick(&f->d, fx_e(f, i), f->now));
}

void fx_tick(struct fx *f)
{
	LOCKED(f, xsched_domain_tick(&f->d, f->now));
}

void fx_pass(struct fx *f, u64 ns)
{
	u64 end = f->now + ns;

	while (f->d.next_ns <= end) {
		f->now = xsched_max_u64(f->now, f->d.next_ns);
		fx_tick(f);
	}
	f->now = end;
}

int fx_hint(struct fx *f, u32 i, u32 kind, s64 value)
{
	int err;

	LOCKED(f, err = xsched_entity_set_hint(fx_e(f, i), kind, value, f->now));
	return err;
}

int fx_policy(struct fx *f, const struct xsched_policy *p)
{
	int err;

	LOCKED(f, err = xsched_domain_set_policy(&f->d, p, f->now));
	return err;
}

void fx_fall_back(struct fx *f, const char *why)
{
	LOCKED(f, xsched_domain_fall_back(&f->d, why, f->now));
}

void fx_retune(struct fx *f)
{
	LOCKED(f, xsched_domain_retune(&f->d, f->now));
}

bool fx_launch(struct fx *f, u32 i)
{
	struct xsched_status_slot *st = fx_st(f, i);

	st->submitted++;
	if (fx_gate(f, i) == XSCHED_GATE_OPEN)
		return true;
	st->submitted--;
	st->pending++;
	if (fx_notify(f, i) & XSCHED_NOTIFY_KICK)
		fx_kick(f, i);
	fx_resume(f, i);
	return fx_gate(f, i) == XSCHED_GATE_OPEN;
}

void fx_complete(struct fx *f, u32 i, u32 n)
{
	fx_st(f, i)->completed += n;
}

void fx_ack(struct fx *f, u32 i)
{
	u32 n;

	for (n = 0; n < FX_QUEUES; n++)
		f->ent[i].st[n].track_ack = f->ent[i].ctl.track_seq;
	fx_kick(f, i);
}

void fx_resume(struct fx *f, u32 i)
{
	struct xsched_status_slot *st = fx_st(f, i);

	if (fx_gate(f, i) != XSCHED_GATE_OPEN)
		return;
	st->submitted += st->pending;
	st->pending = 0;
}

u32 fx_count(const struct fx *f, u32 what, u32 i)
{
	u32 k, n = 0;

	for (k = 0; k < f->n_log && k < FX_LOG; k++)
		n += f->log[k].what == what && (what == FX_FELL_BACK || f->log[k].id == i + 1);
	return n;
}

int fx_last(const struct fx *f, u32 what, u32 i, u32 a)
{
	int k;

	for (k = (int)f->n_log - 1; k >= 0; k--)
		if (f->log[k].what == what && f->log[k].id == i + 1 && f->log[k].a == a)
			return k;
	return -1;
}

static bool is_late(const struct xsched_entity *e)
{
	return xsched_list_linked(&e->in_late);
}

/* gate and notify by state, as core.h says. */
static void check_published(struct fx *f, struct xsched_entity *e)
{
	static const struct { u32 gate, notify; } want[] = {
		[IDLE]	   = { XSCHED_GATE_ASK, KICK_TRACK },
		[READY]	   = { XSCHED_GATE_HELD, XSCHED_NOTIFY_TRACK },
		[RUNNING]  = { XSCHED_GATE_OPEN, XSCHED_NOTIFY_TRACK },
		[DRAINING] = { XSCHED_GATE_HELD, XSCHED_NOTIFY_TRACK },
		[HELD]	   = { XSCHED_GATE_HELD, XSCHED_NOTIFY_TRACK },
	};
	u32 gate = f->d.arbitrating ? want[e->state].gate : XSCHED_GATE_OPEN;
	u32 notify = f->d.arbitrating ? want[e->state].notify : 0;

	/* One that a decision has still to see, or to reach, keeps its old gate till then. */
	if (e->state == READY && (f->d.undecided || is_late(e)) && !e->barred)
		gate = e->gate;
	if (e->state == READY && (f->d.undecided || is_late(e)) && !e->barred)
		notify = e->notify;
	if (e->state == RUNNING && e->notify & XSCHED_NOTIFY_CALM && !f->d.contended)
		notify = CALM;
	xt_eq_msg(f->t, e->ctl->gate, gate, "gate of entity %u, %s", e->id,
		  xsched_state_name(e->state));
	xt_eq_msg(f->t, e->ctl->notify, notify, "notify of entity %u, %s", e->id,
		  xsched_state_name(e->state));
	xt_eq(f->t, e->gate, e->ctl->gate);
	xt_eq(f->t, e->notify, e->ctl->notify);
	xt_eq(f->t, e->ctl->epoch, e->epoch);
	xt_eq(f->t, e->ctl->state, e->state);
	xt_eq(f->t, e->ctl->track_seq, e->track_seq);
	xt_eq(f->t, e->ctl->budget_us,
	      f->d.arbitrating && notify != CALM ? f->d.tun.budget_us : f->d.tun.idle_budget_us);
}

static void check_lines(struct fx *f, struct xsched_entity *e)
{
	bool busy = e->state != IDLE, stopped = e->state == READY || e->state == HELD;

	xt_eq_msg(f->t, e->entered, busy && !e->barred, "entity %u is known to the policy", e->id);
	xt_true_msg(f->t, busy || !e->chosen, "idle entity %u is chosen", e->id);
	xt_true_msg(f->t, !stopped || xsched_list_linked(&e->in_line),
		    "waiting entity %u is in no line", e->id);
	xt_true_msg(f->t, !stopped || !e->chosen || is_late(e) || f->d.tun.strict || f->d.called,
		    "chosen entity %u waits though handoff is eager", e->id);
	xt_true_msg(f->t, e->state != RUNNING || is_late(e) || xsched_may_run(e),
		    "entity %u runs and nobody wants it to", e->id);
	xt_true_msg(f->t, !e->aging || (e->state == RUNNING && !e->chosen),
		    "entity %u ages, but doesn't run, or by right", e->id);
	xt_eq_msg(f->t, xsched_list_linked(&e->in_pace), e->pace != XSCHED_PACE_NONE,
		  "pace of entity %u", e->id);
	if (f->d.policy == &xsched_policy_hpf)
		xt_eq_msg(f->t, xsched_tree_linked(&e->node), e->entered, "entity %u in hpf's tree",
			  e->id);
}

void fx_check(struct fx *f)
{
	struct xsched_domain *d = &f->d;
	u32 entities = 0, busy = 0, barred = 0, running = 0, chosen = 0;
	struct xsched_entity *e;

	xsched_list_for_each(e, &d->entities, in_domain) {
		entities++;
		busy += e->state != IDLE;
		barred += e->state != IDLE && e->barred;
		running += e->state == RUNNING;
		chosen += e->chosen;
		check_published(f, e);
		check_lines(f, e);
	}
	xt_eq(f->t, d->n_entities, entities);
	xt_eq(f->t, d->n_busy, busy);
	xt_eq(f->t, d->n_barred, barred);
	xt_eq(f->t, d->n_running, running);
	xt_eq(f->t, d->n_chosen, chosen);
	xt_true(f->t, !busy || d->arbitrating);
	xt_true(f->t, d->arbitrating ==
		(!d->policy->open && entities >= (d->policy->across || d->n_capped ? 1 : 2)));
	xt_true(f->t, busy == barred || chosen || d->undecided || d->policy->across);
	xt_true(f->t, d->undecided || xsched_list_empty(&d->marked));
	xt_true(f->t, !d->called || d->called->called);
	xt_true(f->t, busy || d->next_ns == XSCHED_NEVER);
	xt_false(f->t, d->deciding);
	xt_eq(f->t, f->n_deciding >> 16, f->n_deciding & 0xffff);
}

void fx_expect(struct fx *f, u32 i, u32 state, u32 gate, u32 notify, const char *what)
{
	xt_eq_msg(f->t, fx_state(f, i), state, "%s: state of entity %u", what, i + 1);
	xt_eq_msg(f->t, fx_gate(f, i), gate, "%s: gate of entity %u", what, i + 1);
	xt_eq_msg(f->t, fx_notify(f, i), notify, "%s: notify of entity %u", what, i + 1);
}
