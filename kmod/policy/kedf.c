// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * kedf: the k entities with the earliest deadlines that have work run, then those
 * without a deadline as slots are left. Who is first says what k is, or the device.
 */
#include "deadline.h"

static u32 kedf_k(const struct xsched_domain *d)
{
	const struct xsched_entity *first = xsched_deadline_first(d);
	u32 k = first ? (u32)first->hint[XSCHED_HINT_K] : 0;

	if (!k)
		k = d->tun.k;
	return k ? k : 1;
}

static int kedf_decide(struct xsched_domain *d, u64 now_ns, u64 *next_ns)
{
	return xsched_deadline_decide(d, kedf_k(d), now_ns, next_ns);
}

const struct xsched_policy xsched_policy_kedf = {
	.name = "kedf",
	.start = xsched_deadline_start,
	.enter = xsched_deadline_enter,
	.leave = xsched_deadline_leave,
	.hint = xsched_deadline_hint,
	.why = xsched_deadline_why,
	.decide = kedf_decide,
};
