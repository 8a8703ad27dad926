// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Not accepted: a store into what belongs to the scheduler.
 */
#include "xsched.bpf.h"

XSCHED_DECIDE(decide, d, now_ns)
{
	*(u64 *)d = 0;
	return 0;
}

XSCHED_POLICY(refused, .decide = (void *)decide, .name = "refused");
