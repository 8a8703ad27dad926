// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * up: the device's time partitioned among entities by their utilization. In a round
 * of one timeslice each has its part; one with 0 runs when nobody else wants to.
 */
#include "portion.h"

#define UP_ORDINARY	100	/* utilization, if nothing is said */

static u32 up_weight(const struct xsched_entity *e)
{
	return (u32)e->hint[XSCHED_HINT_UTILIZATION];
}

/* Its part of the round, but no part is too short to be worth handing over. */
static u64 up_turn(const struct xsched_portion *p __maybe_unused, const struct xsched_entity *e)
{
	const struct xsched_portion_entity *a =
		xsched_policy_area(struct xsched_portion_entity, (struct xsched_entity *)e);

	u64 round_ns = xsched_slice_ns(e), part_ns = xsched_share_part_ns(&a->share, round_ns);

	return part_ns < round_ns ? xsched_max_u64(part_ns, XSCHED_SLICE_MIN_NS) : round_ns;
}

static int up_start(struct xsched_domain *d, u64 now_ns __maybe_unused)
{
	xsched_portion_start(d, UP_ORDINARY);
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
	.turns = true,
	.start = up_start,
	.enter = up_enter,
	.leave = xsched_portion_leave,
	.reweigh = xsched_portion_reweigh,
	.why = xsched_portion_why,
	.decide = up_decide,
};
