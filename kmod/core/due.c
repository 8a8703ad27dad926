// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * What falls due by time alone: ends of lingering, grace and slices, aging,
 * rereading of words, and when the next of these is.
 */
#include "internal.h"

static struct xsched_entity *first_in_line(const struct xsched_list *l)
{
	return xsched_list_first(l, struct xsched_entity, in_line);
}

static struct xsched_entity *first_in_turn(const struct xsched_list *l)
{
	return xsched_list_first(l, struct xsched_entity, in_turn);
}

/* Has what began at begin_ns lasted length_ns? */
static bool is_over(u64 begin_ns, u64 length_ns, u64 now_ns)
{
	return xsched_add_sat(begin_ns, length_ns) <= now_ns;
}

static void end_lingering(struct xsched_domain *d, u64 now_ns)
{
	struct xsched_entity *e;
	u32 n;

	/* While nobody waits an open gate hurts nobody. */
	if (!xsched_is_contended(d))
		return;
	for (n = 0; n < XSCHED_POLL_BATCH; n++) {
		e = first_in_line(&d->lingering);
		if (!e || !is_over(e->empty_ns, d->tun.linger_ns, now_ns))
			break;
		xsched_turn_look_again(e, now_ns);
	}
}

/* Drains longer than anybody should wait for it: out of the line. */
static void end_grace(struct xsched_domain *d, u64 now_ns)
{
	struct xsched_entity *e;

	while ((e = first_in_line(&d->draining)) &&
	       is_over(e->since_ns, d->tun.grace_ns, now_ns)) {
		xsched_list_del(&e->in_line);
		xsched_place_pace(e, now_ns);
	}
}

static xsched_aside void end_slices(struct xsched_domain *d, u64 now_ns)
{
	struct xsched_entity *e;

	while ((e = first_in_turn(&d->aging)) && e->slice_end_ns <= now_ns) {
		e->aging = false;
		xsched_list_del(&e->in_turn);
		if (!xsched_may_run(e))
			xsched_turn_stop(e, now_ns);
		xsched_gang_tell(e);
	}
}

static void age_waiting(struct xsched_domain *d, u64 now_ns)
{
	struct xsched_entity *e;
	u32 n;

	if (!d->tun.aging_ns)
		return;
	for (n = 0; n < XSCHED_POLL_BATCH; n++) {
		e = first_in_line(&d->waiting);
		if (!e || !is_over(e->since_ns, d->tun.aging_ns, now_ns))
			break;
		xsched_turn_age(e, now_ns);
	}
}

/* Strict: those promised the device start once it's free. */
static xsched_aside void hand_over(struct xsched_domain *d, u64 now_ns)
{
	struct xsched_entity *e;

	if (d->tun.strict && !xsched_list_empty(&d->draining))
		return;
	while ((e = first_in_turn(&d->promised)))
		xsched_turn_start(e, now_ns);
}

void xsched_due_before_decision(struct xsched_domain *d, u64 now_ns)
{
	xsched_cap_check(d, now_ns);
	end_lingering(d, now_ns);
	end_grace(d, now_ns);
	if (!xsched_list_empty(&d->aging))
		end_slices(d, now_ns);
	if (d->policy_next_ns <= now_ns)
		d->undecided = true;
}

void xsched_due_after_decision(struct xsched_domain *d, u64 now_ns)
{
	age_waiting(d, now_ns);
	if (!xsched_list_empty(&d->promised))
		hand_over(d, now_ns);
}

static void poll_pace(struct xsched_domain *d, u32 kind, u64 now_ns)
{
	struct xsched_pace *p = &d->pace[kind];
	struct xsched_entity *e;
	struct xsched_list *last;
	u32 n;

	if (xsched_list_empty(&p->entities) || p->next_ns > now_ns)
		return;
	last = p->entities.prev;
	for (n = 0; n < XSCHED_POLL_BATCH; n++) {
		bool done = p->entities.next == last;

		e = container_of(p->entities.next, struct xsched_entity, in_pace);
		xsched_list_move_tail(&p->entities, &e->in_pace);
		if (e->notify & XSCHED_NOTIFY_CALM)
			xsched_gate_disturb(e, now_ns);
		xsched_turn_look_again(e, now_ns);
		if (done)
			break;
	}
	p->next_ns = xsched_add_sat(now_ns, xsched_pace_interval(d, kind));
}

void xsched_due_poll(struct xsched_domain *d, u64 now_ns)
{
	u32 kind;

	if (!xsched_is_contended(d))
		return;
	for (kind = 0; kind < XSCHED_PACES; kind++)
		poll_pace(d, kind, now_ns);
}

/* Who ran and had nothing to tell may have run out of work. The rest are polled anyhow. */
static bool disturb_pace(struct xsched_domain *d, u32 kind, u64 now_ns)
{
	struct xsched_entity *e, *tmp;
	u32 n = 0;

	xsched_list_for_each_safe(e, tmp, &d->pace[kind].entities, in_pace) {
		if (n++ == XSCHED_POLL_BATCH)
			return false;
		if (!(e->notify & XSCHED_NOTIFY_CALM))
			continue;
		xsched_gate_disturb(e, now_ns);
		xsched_turn_look_again(e, now_ns);
	}
	return true;
}

static xsched_aside void disturb_calm(struct xsched_domain *d, u64 now_ns)
{
	bool all = true;
	u32 kind;

	for (kind = 0; kind < XSCHED_PACES; kind++)
		all &= disturb_pace(d, kind, now_ns);
	d->calm = !all;
}

/* Nobody was waiting till now, so nobody was looking: begin. */
static void begin_polling(struct xsched_domain *d, u64 now_ns)
{
	u32 kind;

	for (kind = 0; kind < XSCHED_PACES; kind++)
		d->pace[kind].next_ns = xsched_add_sat(now_ns, xsched_pace_interval(d, kind));
	if (d->calm)
		disturb_calm(d, now_ns);
}

static u64 next_poll(const struct xsched_domain *d)
{
	u64 next_ns = XSCHED_NEVER;
	u32 kind;

	for (kind = 0; kind < XSCHED_PACES; kind++)
		if (!xsched_list_empty(&d->pace[kind].entities))
			next_ns = xsched_min_u64(next_ns, d->pace[kind].next_ns);
	return next_ns;
}

static u64 next_while_contended(const struct xsched_domain *d)
{
	const struct xsched_tunables *tun = &d->tun;
	u64 next_ns = next_poll(d);
	struct xsched_entity *e;

	e = first_in_line(&d->lingering);
	if (e)
		next_ns = xsched_min_u64(next_ns, xsched_add_sat(e->empty_ns, tun->linger_ns));
	e = first_in_line(&d->draining);
	if (e)
		next_ns = xsched_min_u64(next_ns, xsched_add_sat(e->since_ns, tun->grace_ns));
	e = first_in_line(&d->waiting);
	if (e && tun->aging_ns)
		next_ns = xsched_min_u64(next_ns, xsched_add_sat(e->since_ns, tun->aging_ns));
	return next_ns;
}

/**
 * xsched_due_next - when the domain wants to be called again
 * @d: domain, all decisions applied
 * @now_ns: time of the event
 *
 * Return: XSCHED_NEVER if nothing can change without a kick.
 */
u64 xsched_due_next(struct xsched_domain *d, u64 now_ns)
{
	bool contended = xsched_is_contended(d);
	struct xsched_entity *e;
	u64 next_ns = d->policy_next_ns;

	if (contended && !d->contended)
		begin_polling(d, now_ns);
	d->contended = contended;
	if (contended)
		d->contended_ns = now_ns;
	if (d->undecided || d->faulty || !xsched_list_empty(&d->mail) || xsched_is_late(d))
		return now_ns;
	if (!d->n_busy)
		return XSCHED_NEVER;
	if (contended)
		next_ns = xsched_min_u64(next_ns, next_while_contended(d));
	next_ns = xsched_min_u64(next_ns, xsched_cap_next(d, now_ns));
	if (d->called)
		next_ns = xsched_min_u64(next_ns, d->call_end_ns);
	e = first_in_turn(&d->aging);
	if (e)
		next_ns = xsched_min_u64(next_ns, e->slice_end_ns);
	return next_ns;
}
