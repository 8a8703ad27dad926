// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * edf: the entity with the earliest deadline runs, alone; those without one run in
 * turn when nobody with one has work.
 */
#include "deadline.h"

static int edf_decide(struct xsched_domain *d, u64 now_ns, u64 *next_ns)
{
	return xsched_deadline_decide(d, 1, now_ns, next_ns);
}

const struct xsched_policy xsched_policy_edf = {
	.name = "edf",
	.start = xsched_deadline_start,
	.enter = xsched_deadline_enter,
	.leave = xsched_deadline_leave,
	.hint = xsched_deadline_hint,
	.why = xsched_deadline_why,
	.decide = edf_decide,
};
