// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * hpf: the highest priority that has work runs, equals run together, idle
 * entities hold nothing.
 */
#include "top.h"

static void hpf_rank(struct xsched_entity *e, struct xsched_rank *r)
{
	xsched_entity_rank(e, (s32)e->hint[XSCHED_HINT_PRIORITY], r);
}

static int hpf_start(struct xsched_domain *d, u64 now_ns __maybe_unused)
{
	xsched_top_start(d, hpf_rank);
	return 0;
}

const struct xsched_policy xsched_policy_hpf = {
	.name = "hpf",
	.ranks = true,
	.start = hpf_start,
	.enter = xsched_top_enter,
	.leave = xsched_top_leave,
	.unseat = xsched_top_unseat,
	.why = xsched_top_why,
	.decide = xsched_top_decide,
};
