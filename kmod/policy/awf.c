// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * awf: while an entity of the active window has work, only such entities run; else
 * everybody does.
 */
#include "top.h"

/* A window is no priority: ceilings don't apply. */
static void awf_rank(struct xsched_entity *e, struct xsched_rank *r)
{
	*r = (struct xsched_rank){ .level = (s32)e->hint[XSCHED_HINT_WINDOW] };
}

static int awf_start(struct xsched_domain *d, u64 now_ns __maybe_unused)
{
	xsched_top_start(d, awf_rank);
	return 0;
}

static void awf_why(const struct xsched_domain *d, const struct xsched_entity *e,
		    u64 now_ns __maybe_unused, char *words, size_t size)
{
	s32 active = 0;

	xsched_top_highest(d, &active);
	snprintf(words, size, "%s of the active window, and %s", e->hint[XSCHED_HINT_WINDOW] ?
		 "it is" : "it isn't", active ? "one that is has work" : "none that is has work");
}

const struct xsched_policy xsched_policy_awf = {
	.name = "awf",
	.ranks = true,
	.start = awf_start,
	.enter = xsched_top_enter,
	.leave = xsched_top_leave,
	.unseat = xsched_top_unseat,
	.why = awf_why,
	.decide = xsched_top_decide,
};
