// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * The words that the scheduler writes for an entity's process, and in which
 * order it may see them.
 */
#include "internal.h"
#include "../policy/policy.h"

static void gate_publish(struct xsched_entity *e, u32 gate, u64 now_ns)
{
	struct xsched_domain *d = e->domain;

	e->gate = gate;
	/* Whoever sees this gate sees the notify that belongs to it. */
	smp_store_release(&e->ctl->gate, gate);
	/*
	 * Pairs with a waiter's acquire load of epoch, after which it loads gate: one
	 * that sees the new epoch sees the new gate, and one that saw the old
	 * epoch finds it changed when it goes to sleep.
	 */
	smp_store_release(&e->ctl->epoch, ++e->epoch);
	d->n_flips++;
	if (d->ops->gate_changed)
		d->ops->gate_changed(e, now_ns);
}

static void notify_publish(struct xsched_entity *e, u32 notify)
{
	u32 changed = e->notify ^ notify;

	if (!changed)
		return;
	e->notify = notify;
	WRITE_ONCE(e->ctl->notify, notify);
	if (changed & XSCHED_NOTIFY_CALM)
		xsched_gate_budget(e);
}

void xsched_gate_set(struct xsched_entity *e, u32 gate, u32 notify, u64 now_ns)
{
	notify_publish(e, notify);
	if (e->gate != gate)
		gate_publish(e, gate, now_ns);
}

void xsched_gate_release(struct xsched_entity *e, u64 now_ns)
{
	notify_publish(e, 0);
	gate_publish(e, XSCHED_GATE_OPEN, now_ns);
}

/* What hasn't been tracked so far is to be looked up. */
static void ask_for_track(struct xsched_entity *e, u64 now_ns)
{
	struct xsched_domain *d = e->domain;

	notify_publish(e, XSCHED_NOTIFY_TRACK);
	e->track_seq++;
	WRITE_ONCE(e->ctl->track_seq, e->track_seq);
	/*
	 * Pairs with the full fence of a launch, between its submitted++ and its loads
	 * of gate and notify: either the launch sees TRACK, or it is counted in
	 * the words from which the process answers track_seq.
	 */
	smp_mb();
	if (d->ops->track_wanted)
		d->ops->track_wanted(e, now_ns);
}

void xsched_gate_track(struct xsched_entity *e, u64 now_ns)
{
	e->tracked = false;
	ask_for_track(e, now_ns);
}

void xsched_gate_calm(struct xsched_entity *e, u64 now_ns)
{
	if (e->notify & XSCHED_NOTIFY_CALM)
		return;
	xsched_entity_settle(e, now_ns);
	e->domain->calm = true;
	notify_publish(e, XSCHED_NOTIFY_CALM);
}

void xsched_gate_disturb(struct xsched_entity *e, u64 now_ns)
{
	xsched_entity_settle(e, now_ns);
	/*
	 * Its words are right in that it has nothing to do, if they say so. Pairs, too, with the
	 * process's full fence between its last completed and its load of notify: either it
	 * kicks, or the words that are read next say that it has no work.
	 */
	ask_for_track(e, now_ns);
}

void xsched_gate_budget(struct xsched_entity *e)
{
	const struct xsched_domain *d = e->domain;
	bool near = d->arbitrating && !(e->notify & XSCHED_NOTIFY_CALM);

	WRITE_ONCE(e->ctl->budget_us, near ? d->tun.budget_us : d->tun.idle_budget_us);
	xsched_gate_turns(e);
}

void xsched_gate_turns(struct xsched_entity *e)
{
	const struct xsched_domain *d = e->domain;
	u32 turns = d->policy->turns ? XSCHED_TURNS_POLICY : 0;

	if (d->n_chosen > 1)
		turns |= XSCHED_TURNS_TOGETHER;
	/* One of three or more may be above one and below the other. */
	if (d->n_busy > 2 && !xsched_list_empty(&d->draining))
		turns |= XSCHED_TURNS_OVER;
	WRITE_ONCE(e->ctl->turns, d->arbitrating ? turns : 0);
}
