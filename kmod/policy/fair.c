// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * fair: device time in proportion to weights, of tenants among their siblings and of
 * entities within their tenants. Who slept or is new starts level
 * with who has had least, so nobody can save up time by not using it.
 */
#include "portion.h"

static u64 fair_turn(const struct xsched_portion *p __maybe_unused, const struct xsched_entity *e)
{
	return xsched_slice_ns(e);
}

static int fair_start(struct xsched_domain *d, u64 now_ns __maybe_unused)
{
	xsched_portion_start(d, XSCHED_WEIGHT_ORDINARY);
	return 0;
}

static void fair_enter(struct xsched_domain *d, struct xsched_entity *e, u64 now_ns)
{
	xsched_portion_enter(d, e, xsched_entity_weight(e), now_ns);
}

static int fair_decide(struct xsched_domain *d, u64 now_ns, u64 *next_ns)
{
	return xsched_portion_decide(d, xsched_entity_weight, fair_turn, now_ns, next_ns);
}

const struct xsched_policy xsched_policy_fair = {
	.name = "fair",
	.turns = true,
	.start = fair_start,
	.enter = fair_enter,
	.leave = xsched_portion_leave,
	.reweigh = xsched_portion_reweigh,
	.why = xsched_portion_why,
	.decide = fair_decide,
};
