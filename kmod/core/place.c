// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * An entity's place in its domain: state, lines, rereading pace and the domain's
 * counters, which change together here and nowhere else.
 */
#include "internal.h"

static bool is_busy(u32 state)
{
	return state != XSCHED_STATE_IDLE;
}

static struct xsched_list *line_of(const struct xsched_entity *e, u32 state)
{
	struct xsched_domain *d = e->domain;

	switch (state) {
	case XSCHED_STATE_READY:
	case XSCHED_STATE_HELD:
		return e->barred ? &d->barred : &d->waiting;
	case XSCHED_STATE_DRAINING:
		return &d->draining;
	default:
		return NULL;	/* RUNNING joins the line of those that linger later */
	}
}

u64 xsched_pace_interval(const struct xsched_domain *d, u32 kind)
{
	if (kind == XSCHED_PACE_LAZY)
		return d->tun.idle_poll_lazy_ns;
	/* Somebody chosen waits for quiet: look as soon as it can be known. */
	if (!xsched_list_empty(&d->promised))
		return xsched_min_u64(d->tun.idle_poll_ns, d->tun.quiet_ns);
	return d->tun.idle_poll_ns;
}

static u32 wanted_pace(const struct xsched_entity *e)
{
	switch (e->state) {
	case XSCHED_STATE_RUNNING:
		if (!e->tracked)
			return XSCHED_PACE_NONE;	/* its words say nothing; its kick will */
		return e->kicks_idle ? XSCHED_PACE_LAZY : XSCHED_PACE_EAGER;
	case XSCHED_STATE_DRAINING:
		/* Out of the line means overdue: nobody waits for it any more. Nor, unless the
		 * handoff is strict, for one that has had what it is expected to need, if it says
		 * when it has no more work. */
		return xsched_list_linked(&e->in_line) &&
		       (e->uses || !e->kicks_idle || e->domain->tun.strict) ?
			       XSCHED_PACE_EAGER : XSCHED_PACE_LAZY;
	default:
		return XSCHED_PACE_NONE;
	}
}

/* The next reading is at most one interval away. */
void xsched_pace_hasten(struct xsched_domain *d, u32 kind, u64 now_ns)
{
	u64 next_ns = xsched_add_sat(now_ns, xsched_pace_interval(d, kind));
	struct xsched_pace *p = &d->pace[kind];

	if (xsched_list_empty(&p->entities) || next_ns < p->next_ns)
		p->next_ns = next_ns;
}

/* Rereads an entity's words as often as its state asks for. */
void xsched_place_pace(struct xsched_entity *e, u64 now_ns)
{
	struct xsched_domain *d = e->domain;
	u32 kind = wanted_pace(e);

	if (kind == e->pace)
		return;
	e->pace = kind;
	xsched_list_del(&e->in_pace);
	if (kind == XSCHED_PACE_NONE)
		return;
	xsched_pace_hasten(d, kind, now_ns);
	xsched_list_add_tail(&d->pace[kind].entities, &e->in_pace);
}

static bool is_on_device(u32 state)
{
	return state == XSCHED_STATE_RUNNING || state == XSCHED_STATE_DRAINING;
}

/**
 * xsched_place - change an entity's state and everything that hangs on it
 * @e: entity in an arbitrating domain
 * @to: enum xsched_state, along an edge of the diagram
 * @now_ns: time of the change, which orders the lines
 */
void xsched_place(struct xsched_entity *e, u32 to, u64 now_ns)
{
	struct xsched_domain *d = e->domain;
	struct xsched_list *line = line_of(e, to);
	u32 from = e->state;

	xsched_use_advance(d, now_ns);
	if (WARN_ON_ONCE(xsched_entity_set_state(e, to, now_ns)))
		return;
	if (from == XSCHED_STATE_RUNNING)
		xsched_use_learn(e);
	if (e->uses != is_on_device(to))
		xsched_use_set(e, is_on_device(to));
	d->n_busy += is_busy(to) - is_busy(from);
	if (e->barred)
		d->n_barred += is_busy(to) - is_busy(from);
	if (to != XSCHED_STATE_RUNNING)
		e->carried = false;
	if (to == XSCHED_STATE_IDLE) {
		e->barred &= ~XSCHED_BAR_GANG;
		e->pledged = false;
		e->called = false;
	}
	d->n_running += (to == XSCHED_STATE_RUNNING) - (from == XSCHED_STATE_RUNNING);
	d->n_draining += (to == XSCHED_STATE_DRAINING) - (from == XSCHED_STATE_DRAINING);
	e->aging = false;
	xsched_list_del(&e->in_turn);
	xsched_list_del(&e->in_line);
	if (line)
		xsched_list_add_tail(line, &e->in_line);
	if (e->seat)
		xsched_seat_place(e, from, to, now_ns);
	xsched_gang_tell(e);
	xsched_depend_tell(e);
	xsched_place_pace(e, now_ns);
}
