// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Hints: what may be said about an entity, in which range, and what holds if
 * nothing is said.
 */
#include "internal.h"
#include "../policy/policy.h"

/* So that a time in us fits into ns. */
#define HINT_US_MAX	(S64_MAX / 1000)

struct hint_range {
	s64 min, max, def;
};

/* Ranges and defaults: XSched's, see enum xsched_hint_kind. */
static const struct hint_range hint_ranges[XSCHED_HINT_MAX_KIND + 1] = {
	[XSCHED_HINT_PRIORITY]	  = { XSCHED_PRIORITY_MIN, XSCHED_PRIORITY_MAX, 0 },
	[XSCHED_HINT_UTILIZATION] = { 0, 100, 100 },
	[XSCHED_HINT_TIMESLICE]	  = { 100, 10000000, 5000 },
	[XSCHED_HINT_DEADLINE]	  = { -1, HINT_US_MAX, -1 },
	[XSCHED_HINT_LAXITY]	  = { -1, HINT_US_MAX, -1 },
	[XSCHED_HINT_LAX_PRIO]	  = { XSCHED_PRIORITY_MIN, XSCHED_PRIORITY_MAX, 0 },
	[XSCHED_HINT_CRIT_PRIO]	  = { XSCHED_PRIORITY_MIN, XSCHED_PRIORITY_MAX, 0 },
	[XSCHED_HINT_WINDOW]	  = { 0, 1, 0 },
	[XSCHED_HINT_K]		  = { 0, 1000000, 0 },
};

void xsched_hint_defaults(s64 hint[])
{
	u32 kind;

	for (kind = 0; kind <= XSCHED_HINT_MAX_KIND; kind++)
		hint[kind] = hint_ranges[kind].def;
}

int xsched_hint_check(u32 kind, s64 value)
{
	if (!kind || kind > XSCHED_HINT_MAX_KIND)
		return -EOPNOTSUPP;
	if (value < hint_ranges[kind].min || value > hint_ranges[kind].max)
		return -EINVAL;
	return 0;
}

int xsched_entity_set_hint(struct xsched_entity *e, u32 kind, s64 value, u64 now_ns)
{
	struct xsched_domain *d = e->domain;
	int err = xsched_hint_check(kind, value);
	s64 old;

	if (err)
		return err;
	old = e->hint[kind];
	e->hint[kind] = value;
	if (kind == XSCHED_HINT_PRIORITY)
		e->claim = (s32)value;
	if (!d)
		return 0;

	now_ns = xsched_domain_begin(d, now_ns);
	if (e->entered && value != old) {
		if (d->policy->hint)
			d->policy->hint(d, e, kind, old, now_ns);
		xsched_decide_about(e);
	}
	xsched_depend_tell(e);
	xsched_domain_end(d, now_ns);
	return 0;
}
