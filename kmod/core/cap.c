// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Share caps: a tenant that has used its part of a device in a period doesn't run
 * there before the next one, though the device may stand idle.
 *
 * What a long command uses beyond that is owed in the periods that follow. Seats with a
 * cap that use the device are hot; those that wait for the next period are cold.
 */
#include "internal.h"

static u64 period_of(u64 now_ns)
{
	return now_ns / XSCHED_CAP_PERIOD_NS;
}

/* In a new period: what it used before is forgotten, but for what it owes. */
static void cap_roll(struct xsched_seat *s, u64 now_ns)
{
	u64 period = period_of(now_ns), used_ns = xsched_seat_used_ns(s, now_ns);
	u64 owed_ns = used_ns - s->cap_mark_ns, granted_ns;

	if (period == s->cap_period)
		return;
	granted_ns = (period - s->cap_period) * s->cap_ns;
	owed_ns = owed_ns > granted_ns ? owed_ns - granted_ns : 0;
	s->cap_mark_ns = used_ns - owed_ns;
	s->cap_period = period;
}

static u64 cap_left_ns(const struct xsched_seat *s, u64 now_ns)
{
	u64 used_ns = xsched_seat_used_ns(s, now_ns) - s->cap_mark_ns;

	return used_ns < s->cap_ns ? s->cap_ns - used_ns : 0;
}

static bool is_throttled(const struct xsched_entity *e)
{
	const struct xsched_seat *s;

	for (s = e->seat; s; s = s->parent)
		if (s->throttled)
			return true;
	return false;
}

/* The list in which the seat belongs. */
void xsched_cap_note(struct xsched_seat *s)
{
	struct xsched_domain *d = s->domain;
	bool hot = s->cap_ns && !s->throttled && s->used.n;

	if (s->throttled || hot == xsched_list_linked(&s->in_cap))
		return;
	xsched_list_del(&s->in_cap);
	if (hot)
		xsched_list_add_tail(&d->cap_hot, &s->in_cap);
}

/* Throttled or no longer: so are all below it. */
static xsched_aside void throttle(struct xsched_seat *top, bool throttled, u64 now_ns)
{
	struct xsched_entity *e, *tmp;
	struct xsched_seat *s;

	top->throttled = throttled;
	xsched_list_del(&top->in_cap);
	if (throttled)
		xsched_list_add_tail(&top->domain->cap_cold, &top->in_cap);
	else
		xsched_cap_note(top);
	for (s = top; s; s = xsched_seat_next(top, s))
		xsched_list_for_each_safe(e, tmp, &s->busy, in_seat)
			if (throttled)
				xsched_bar(e, XSCHED_BAR_CAP, now_ns);
			else if (!is_throttled(e))
				xsched_unbar(e, XSCHED_BAR_CAP, now_ns);
}

void xsched_cap_set(struct xsched_seat *s, u32 permille, u64 now_ns)
{
	struct xsched_domain *d = s->domain;
	bool had = s->cap_ns != 0;

	if (permille >= XSCHED_TENANT_CAP_MAX)
		permille = 0;
	s->cap_ns = XSCHED_CAP_PERIOD_NS / XSCHED_TENANT_CAP_MAX * permille;
	d->n_capped += !!s->cap_ns - had;
	if (s->cap_ns && !had) {
		s->cap_period = period_of(now_ns);
		s->cap_mark_ns = xsched_seat_used_ns(s, now_ns);
	}
	if (s->throttled && !s->cap_ns)
		throttle(s, false, now_ns);
	xsched_cap_note(s);
}

/* An entity has work from now on: may it run? */
void xsched_cap_admit(struct xsched_entity *e)
{
	e->barred &= ~XSCHED_BAR_CAP;
	if (e->seat && is_throttled(e))
		e->barred |= XSCHED_BAR_CAP;
}

/* A hot seat that has used its part. */
static struct xsched_seat *find_used_up(struct xsched_domain *d, u64 now_ns)
{
	struct xsched_seat *s;

	xsched_list_for_each(s, &d->cap_hot, in_cap) {
		cap_roll(s, now_ns);
		if (!cap_left_ns(s, now_ns))
			return s;
	}
	return NULL;
}

void xsched_cap_check(struct xsched_domain *d, u64 now_ns)
{
	struct xsched_seat *s, *tmp;

	while ((s = find_used_up(d, now_ns)))
		throttle(s, true, now_ns);
	xsched_list_for_each_safe(s, tmp, &d->cap_cold, in_cap) {
		cap_roll(s, now_ns);
		if (cap_left_ns(s, now_ns))
			throttle(s, false, now_ns);
	}
}

/* When the first hot seat has used its part, or the next period begins. */
u64 xsched_cap_next(const struct xsched_domain *d, u64 now_ns)
{
	u64 users = d->n_users, next_ns;
	struct xsched_seat *s;

	if (xsched_list_empty(&d->cap_hot) && xsched_list_empty(&d->cap_cold))
		return XSCHED_NEVER;
	next_ns = (period_of(now_ns) + 1) * XSCHED_CAP_PERIOD_NS;
	xsched_list_for_each(s, &d->cap_hot, in_cap) {
		u64 left_ns = cap_left_ns(s, now_ns) * users / s->used.n;

		next_ns = xsched_min_u64(next_ns, xsched_add_sat(now_ns, left_ns + 1));
	}
	return next_ns;
}
