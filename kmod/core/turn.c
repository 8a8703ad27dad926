// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * One entity's turn: work appears, it starts, it is stopped and drains, it
 * runs out of work.
 */
#include "internal.h"
#include "../policy/policy.h"

/* Work has appeared. */
void xsched_turn_enter(struct xsched_entity *e, u64 now_ns)
{
	xsched_cap_admit(e);
	xsched_place(e, XSCHED_STATE_READY, now_ns);
	e->ready_ns = now_ns;
	if (e->barred) {
		xsched_gate_set(e, XSCHED_GATE_HELD, XSCHED_NOTIFY_TRACK, now_ns);
		return;
	}
	xsched_policy_enter(e, now_ns);
	xsched_decide_about(e);
	if (READ_ONCE(e->carry))
		xsched_mail(e, e->domain);
}

/* The entity stops being the policy's business; its state is the caller's. */
void xsched_turn_leave(struct xsched_entity *e, u64 now_ns)
{
	xsched_chosen_set(e, false);
	xsched_list_del(&e->in_mark);
	xsched_list_del(&e->in_late);
	xsched_policy_leave(e, now_ns);
	e->domain->undecided = true;
}

static void go_idle(struct xsched_entity *e, u64 now_ns)
{
	xsched_turn_leave(e, now_ns);
	xsched_place(e, XSCHED_STATE_IDLE, now_ns);
	xsched_gate_set(e, XSCHED_GATE_ASK, XSCHED_NOTIFY_KICK | XSCHED_NOTIFY_TRACK, now_ns);
	/*
	 * Pairs with the full fences of a launch: between its submitted++ and its load of
	 * gate, and, if that was closed, between its pending++ and its load of
	 * notify. Either it sees the closed gate and KICK, or its work is seen here.
	 */
	smp_mb();
	if (xsched_entity_has_work(e))
		xsched_turn_enter(e, now_ns);
}

/*
 * Nobody waits, and nobody has for long: what it does then is nobody's business. Where its
 * going idle matters elsewhere it is.
 */
static bool is_calm(const struct xsched_entity *e, u64 now_ns)
{
	const struct xsched_domain *d = e->domain;

	return d->policy->ranks && !d->contended &&
	       now_ns - d->contended_ns >= d->tun.calm_ns &&
	       !xsched_is_contended(d) && !d->n_capped &&
	       (!e->part || READ_ONCE(e->gang->n_parts) < 2) &&
	       xsched_list_empty(&e->waits_for) && xsched_list_empty(&e->waited_by);
}

/* RUNNING, and no work in sight: give it linger_ns to come up with some. */
static void linger(struct xsched_entity *e, const struct xsched_words *w, u64 now_ns)
{
	struct xsched_domain *d = e->domain;

	if (!xsched_list_linked(&e->in_line) || w->moved) {
		e->empty_ns = now_ns;
		xsched_list_move_tail(&d->lingering, &e->in_line);
	}
	if (is_calm(e, now_ns))
		xsched_gate_calm(e, now_ns);
	else if (w->synced || now_ns - e->empty_ns >= d->tun.linger_ns)
		go_idle(e, now_ns);
}

/* DRAINING: has everything stopped? */
static void drain(struct xsched_entity *e, const struct xsched_words *w, bool work, u64 now_ns)
{
	if (w->moved)
		e->still_ns = now_ns;
	if (w->in_flight &&
	    (!w->quiet || now_ns - e->still_ns < e->domain->tun.quiet_ns)) {
		xsched_use_review(e, now_ns);
		return;
	}
	xsched_latency_note(e, XSCHED_LATENCY_QUIET, now_ns - e->since_ns);
	if (work)
		xsched_place(e, XSCHED_STATE_HELD, now_ns);
	else
		go_idle(e, now_ns);
}

/* Reads the words; true if the entity counts as having work. */
static bool read_work(struct xsched_entity *e, struct xsched_words *w)
{
	xsched_entity_read_words(e, w);
	if (w->acked)
		e->tracked = true;
	return w->work || !e->tracked;
}

/**
 * xsched_turn_look - read an entity's words and draw the consequences for it
 * @e: entity in an arbitrating domain
 * @now_ns: time of the look
 */
void xsched_turn_look(struct xsched_entity *e, u64 now_ns)
{
	struct xsched_words w;
	bool work = read_work(e, &w);

	e->looked = e->domain->n_events;
	switch (e->state) {
	case XSCHED_STATE_IDLE:
		if (work)
			xsched_turn_enter(e, now_ns);
		break;
	case XSCHED_STATE_READY:
	case XSCHED_STATE_HELD:
		if (!work)
			go_idle(e, now_ns);
		break;
	case XSCHED_STATE_RUNNING:
		if (work)
			xsched_list_del(&e->in_line);
		else
			linger(e, &w, now_ns);
		break;
	case XSCHED_STATE_DRAINING:
		drain(e, &w, work, now_ns);
		break;
	}
	xsched_place_pace(e, now_ns);
}

xsched_aside void xsched_turn_look_again(struct xsched_entity *e, u64 now_ns)
{
	xsched_turn_look(e, now_ns);
}

/* READY, HELD or DRAINING; it may find out at once that the work is gone. */
void xsched_turn_start(struct xsched_entity *e, u64 now_ns)
{
	if (e->state == XSCHED_STATE_READY)
		xsched_latency_note(e, XSCHED_LATENCY_WAIT, now_ns - e->ready_ns);
	else if (e->state == XSCHED_STATE_HELD)
		xsched_place(e, XSCHED_STATE_READY, now_ns);
	xsched_place(e, XSCHED_STATE_RUNNING, now_ns);
	xsched_gate_turns(e);
	xsched_gate_set(e, XSCHED_GATE_OPEN, XSCHED_NOTIFY_TRACK, now_ns);
	/* If the work was seen in this very event it needn't be looked for again. */
	if (e->looked != e->domain->n_events)
		xsched_turn_look_again(e, now_ns);
}

/* RUNNING. */
void xsched_turn_stop(struct xsched_entity *e, u64 now_ns)
{
	struct xsched_words w;
	bool work;

	xsched_gate_set(e, XSCHED_GATE_HELD, XSCHED_NOTIFY_TRACK, now_ns);
	/*
	 * Pairs with the full fence of a launch, between its submitted++ and its load of
	 * gate: either it sees the closed gate and takes its count back, or it
	 * is counted in the words read here and drains.
	 */
	smp_mb();
	work = read_work(e, &w);
	if (!w.in_flight && !work) {
		go_idle(e, now_ns);
		return;
	}
	e->account.preemptions++;
	if (!w.in_flight)
		xsched_latency_note(e, XSCHED_LATENCY_QUIET, 0);
	e->still_ns = now_ns;
	xsched_place(e, w.in_flight ? XSCHED_STATE_DRAINING : XSCHED_STATE_HELD, now_ns);
}

/* READY or HELD, and chosen, but the device isn't free yet. */
xsched_aside void xsched_turn_promise(struct xsched_entity *e, u64 now_ns)
{
	xsched_gate_set(e, XSCHED_GATE_HELD, XSCHED_NOTIFY_TRACK, now_ns);
	xsched_list_move_tail(&e->domain->promised, &e->in_turn);
	xsched_pace_hasten(e->domain, XSCHED_PACE_EAGER, now_ns);
}

/* READY or HELD for too long: runs for a slice beside the policy's choice. */
xsched_aside void xsched_turn_age(struct xsched_entity *e, u64 now_ns)
{
	struct xsched_domain *d = e->domain;
	u64 waited_ns = now_ns - e->since_ns;

	e->account.aged++;
	xsched_turn_start(e, now_ns);
	if (e->state == XSCHED_STATE_RUNNING && !e->chosen) {
		e->aging = true;
		e->slice_end_ns = xsched_add_sat(now_ns, d->tun.timeslice_ns);
		xsched_list_add_tail(&d->aging, &e->in_turn);
		xsched_gang_tell(e);
	}
	if (d->ops->aged)
		d->ops->aged(e, waited_ns, now_ns);
}

static void change_line(struct xsched_entity *e, struct xsched_list *line)
{
	if (e->state == XSCHED_STATE_READY || e->state == XSCHED_STATE_HELD)
		xsched_list_move_tail(line, &e->in_line);
}

xsched_aside void xsched_bar(struct xsched_entity *e, u32 why, u64 now_ns)
{
	bool was_barred = e->barred;

	e->barred |= why;
	if (was_barred || e->state == XSCHED_STATE_IDLE)
		return;
	e->domain->n_barred++;
	e->carried = false;
	change_line(e, &e->domain->barred);
	xsched_list_del(&e->in_turn);
	e->aging = false;
	xsched_turn_leave(e, now_ns);
	if (e->state == XSCHED_STATE_RUNNING)
		xsched_turn_stop(e, now_ns);
	else
		xsched_gate_set(e, XSCHED_GATE_HELD, XSCHED_NOTIFY_TRACK, now_ns);
	xsched_gang_tell(e);
}

xsched_aside void xsched_unbar(struct xsched_entity *e, u32 why, u64 now_ns)
{
	bool was_barred = e->barred;

	e->barred &= ~why;
	xsched_gang_tell(e);
	if (!was_barred || e->barred || e->state == XSCHED_STATE_IDLE)
		return;
	e->domain->n_barred--;
	/* The line is by since_ns: it waits anew. */
	xsched_entity_settle(e, now_ns);
	change_line(e, &e->domain->waiting);
	xsched_policy_enter(e, now_ns);
	xsched_decide_about(e);
}
