/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * The turn of a policy that gives the device to one entity at a time, and how
 * long it may last.
 */
#ifndef XSCHED_SLICE_H
#define XSCHED_SLICE_H

#include "policy.h"

/* What XSCHED_HINT_TIMESLICE is if nobody said anything. */
#define XSCHED_SLICE_UNSAID_US	5000

/* Shorter, and handing over costs more than it is worth. */
#define XSCHED_SLICE_MIN_NS	500000ULL

struct xsched_slice {
	struct xsched_entity *holder;	/* NULL: nobody's turn */
	u64 begin_ran_ns;		/* what it had run when its turn began */
	u64 most_ns;			/* a turn gone on with: no longer than this; 0: as long as any */
};

/* The entity's timeslice: what was said about it, else the device's. */
static inline u64 xsched_slice_ns(const struct xsched_entity *e)
{
	s64 us = e->hint[XSCHED_HINT_TIMESLICE];

	return us == XSCHED_SLICE_UNSAID_US ? e->domain->tun.timeslice_ns : (u64)us * 1000;
}

/* How much of its turn the holder has had; waiting for the device isn't having it. */
static inline u64 xsched_slice_had_ns(const struct xsched_slice *s, u64 now_ns)
{
	return xsched_entity_ran_ns(s->holder, now_ns) - s->begin_ran_ns;
}

/* When a turn of this length is over, at the earliest. */
static inline u64 xsched_slice_end_ns(const struct xsched_slice *s, u64 length_ns, u64 now_ns)
{
	u64 had_ns = xsched_slice_had_ns(s, now_ns);

	return had_ns < length_ns ? xsched_add_sat(now_ns, length_ns - had_ns) : now_ns;
}

/* What the turn's length comes to. */
static inline u64 xsched_slice_length_ns(const struct xsched_slice *s, u64 length_ns)
{
	return s->most_ns ? xsched_min_u64(s->most_ns, length_ns) : length_ns;
}

/* The holder's turn begins anew. */
static inline void xsched_slice_renew(struct xsched_slice *s, u64 now_ns)
{
	s->most_ns = 0;
	s->begin_ran_ns = xsched_entity_ran_ns(s->holder, now_ns);
}

/* For decide(): it is next's turn and nobody else's. What the last decision left
 * running was the holder alone, so else only what has news can be wrong. */
static inline void xsched_slice_give(struct xsched_domain *d, struct xsched_slice *s,
				     struct xsched_entity *next, u64 now_ns)
{
	struct xsched_entity *e;

	xsched_list_for_each(e, &d->marked, in_mark)
		if (e != next && xsched_is_running(e))
			xsched_mark_hold(e);
	if (s->holder && s->holder != next && xsched_is_running(s->holder))
		xsched_mark_hold(s->holder);
	if (!xsched_is_running(next))
		xsched_mark_run(next);
	if (s->holder == next)
		return;
	s->holder = next;
	xsched_slice_renew(s, now_ns);
}

/* For leave(). */
static inline void xsched_slice_drop(struct xsched_slice *s, const struct xsched_entity *e)
{
	if (s->holder == e)
		s->holder = NULL;
}

#endif /* XSCHED_SLICE_H */
