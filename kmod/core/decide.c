// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * A decision: ask the policy, refuse nonsense, hold the losers, then run the
 * winners.
 */
#include "internal.h"
#include "../policy/policy.h"

void xsched_decide_about(struct xsched_entity *e)
{
	struct xsched_domain *d = e->domain;

	d->undecided = true;
	if (xsched_list_linked(&e->in_mark))
		return;
	e->mark = XSCHED_MARK_NONE;
	xsched_list_add_tail(&d->marked, &e->in_mark);
}

static void mark(struct xsched_entity *e, u32 mark)
{
	struct xsched_domain *d = e->domain;

	if (!d)
		return;
	if (!d->deciding) {
		xsched_policy_fault(d, "marked entity %u outside of a decision", e->id);
		return;
	}
	if (e->state == XSCHED_STATE_IDLE) {
		xsched_policy_fault(d, "marked entity %u, which has no work", e->id);
		return;
	}
	if (!xsched_list_linked(&e->in_mark))
		xsched_list_add_tail(&d->marked, &e->in_mark);
	e->mark = mark;
}

void xsched_mark_run(struct xsched_entity *e)
{
	mark(e, XSCHED_MARK_RUN);
}

void xsched_mark_hold(struct xsched_entity *e)
{
	mark(e, XSCHED_MARK_HOLD);
}

bool xsched_is_running(const struct xsched_entity *e)
{
	return e->chosen;
}

void xsched_chosen_set(struct xsched_entity *e, bool chosen)
{
	e->domain->n_chosen += chosen - e->chosen;
	e->chosen = chosen;
	xsched_list_del(&e->in_chosen);
	if (chosen)
		xsched_list_add_tail(&e->domain->chosen, &e->in_chosen);
	xsched_gang_tell(e);
	xsched_depend_tell(e);
}

/* Runs the policy's callback; false if it is at fault. */
static bool ask(struct xsched_domain *d, u64 now_ns)
{
	u64 next_ns = XSCHED_NEVER;
	int err;

	d->deciding = true;
	if (d->ops->deciding)
		d->ops->deciding(d, true);
	err = d->policy->decide(d, now_ns, &next_ns);
	if (d->ops->deciding)
		d->ops->deciding(d, false);
	d->deciding = false;
	if (err)
		xsched_policy_fault(d, "decide failed with error %d", err);
	if (next_ns != XSCHED_NEVER)
		next_ns = xsched_max_u64(next_ns, now_ns + XSCHED_POLICY_MIN_NS);
	d->policy_next_ns = next_ns;
	return !d->faulty;
}

static void note_choice(struct xsched_domain *d)
{
	struct xsched_entity *e;

	xsched_list_for_each(e, &d->marked, in_mark) {
		if (e->mark != XSCHED_MARK_NONE)
			xsched_chosen_set(e, e->mark == XSCHED_MARK_RUN);
		xsched_gang_decided(e);
	}
}

static void apply_hold(struct xsched_entity *e, u64 now_ns)
{
	switch (e->state) {
	case XSCHED_STATE_RUNNING:
		if (!xsched_may_run(e))
			xsched_turn_stop(e, now_ns);
		break;
	case XSCHED_STATE_READY:
	case XSCHED_STATE_HELD:
		xsched_list_del(&e->in_turn);
		xsched_gate_set(e, XSCHED_GATE_HELD, XSCHED_NOTIFY_TRACK, now_ns);
		break;
	}
}

void xsched_run_choice(struct xsched_entity *e, u64 now_ns)
{
	struct xsched_domain *d = e->domain;

	/* What the policy chooses goes on after who is called. */
	if (d->called && d->called != e && e->state != XSCHED_STATE_RUNNING) {
		xsched_gate_set(e, XSCHED_GATE_HELD, XSCHED_NOTIFY_TRACK, now_ns);
		return;
	}
	switch (e->state) {
	case XSCHED_STATE_IDLE:
		break;
	case XSCHED_STATE_RUNNING:
		e->aging = false;
		xsched_list_del(&e->in_turn);
		break;
	case XSCHED_STATE_DRAINING:	/* is on the device already */
		xsched_turn_start(e, now_ns);
		break;
	default:
		if (d->tun.strict && !xsched_list_empty(&d->draining))
			xsched_turn_promise(e, now_ns);
		else
			xsched_turn_start(e, now_ns);
	}
}

static void apply_run(struct xsched_entity *e, u64 now_ns)
{
	if (xsched_gang_agrees(e))
		xsched_run_choice(e, now_ns);
	else
		xsched_gang_pledge(e, now_ns);
}

static xsched_aside void postpone(struct xsched_entity *e)
{
	struct xsched_domain *d = e->domain;

	xsched_list_move_tail(e->chosen ? &d->late_runs : &d->late_holds, &e->in_late);
}

/*
 * Holds first: the device is never promised to two sides at once. Of a decision about
 * thousands the most is left to calls that follow, in this order, so that the domain's
 * lock isn't held for as long as all of it takes.
 */
static void apply(struct xsched_domain *d, u64 now_ns)
{
	u32 left = xsched_is_late(d) ? 0 : d->apply_batch;
	struct xsched_entity *e, *tmp;
	struct xsched_list batch;

	/* What makes news while this is applied goes to the next decision. */
	xsched_list_init(&batch);
	xsched_list_take(&d->marked, &batch);
	xsched_list_for_each_safe(e, tmp, &batch, in_mark) {
		if (e->chosen)
			continue;
		xsched_list_del(&e->in_mark);
		if (left && left--)
			apply_hold(e, now_ns);
		else
			postpone(e);
	}
	while ((e = xsched_list_first(&batch, struct xsched_entity, in_mark))) {
		xsched_list_del(&e->in_mark);
		if (left && left--)
			apply_run(e, now_ns);
		else
			postpone(e);
	}
}

static struct xsched_entity *take_late(struct xsched_list *late)
{
	struct xsched_entity *e = xsched_list_first(late, struct xsched_entity, in_late);

	if (e)
		xsched_list_del(&e->in_late);
	return e;
}

/* Each is done as the last decision about it was. */
xsched_aside void xsched_apply_late(struct xsched_domain *d, u64 now_ns)
{
	struct xsched_entity *e;
	u32 left = d->apply_batch;

	for (; left && (e = take_late(&d->late_holds)); left--)
		apply_hold(e, now_ns);
	for (; left && (e = take_late(&d->late_runs)); left--)
		apply_run(e, now_ns);
}

void xsched_decide(struct xsched_domain *d, u64 now_ns)
{
	d->undecided = false;
	d->n_decisions++;
	if (!ask(d, now_ns))
		return;
	note_choice(d);
	if (!d->n_chosen && !d->policy->across) {
		xsched_policy_fault(d, "ran none of %u entities with work", d->n_busy);
		return;
	}
	apply(d, now_ns);
}
