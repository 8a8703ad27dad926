// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * up: the device's time partitioned among entities by their utilization. In a round
 * of one timeslice each has its part; one with 0 runs when nobody else wants to.
 */
#include "portion.h"

static u32 up_weight(const struct xsched_entity *e)
{
	return (u32)e->hint[XSCHED_HINT_UTILIZATION];
}

/* Its part of the round, but no part is too short to be worth handing over. */
static u64 up_turn(const struct xsched_portion *p, const struct xsched_entity *e)
{
	u64 round_ns = xsched_slice_ns(e);
	u32 weight = up_weight(e);

	if (!weight || weight >= p->root.weights)
		return round_ns;
	return xsched_max_u64(round_ns * weight / p->root.weights, XSCHED_SLICE_MIN_NS);
}

static int up_start(struct xsched_domain *d, u64 now_ns __maybe_unused)
{
	xsched_portion_start(d);
	return 0;
}

static void up_enter(struct xsched_domain *d, struct xsched_entity *e, u64 now_ns)
{
	xsched_portion_enter(d, e, up_weight(e), now_ns);
}

static int up_decide(struct xsched_domain *d, u64 now_ns, u64 *next_ns)
{
	return xsched_portion_decide(d, up_weight, up_turn, now_ns, next_ns);
}

const struct xsched_policy xsched_policy_up = {
	.name = "up",
	.start = up_start,
	.enter = up_enter,
	.leave = xsched_portion_leave,
	.decide = up_decide,
};
