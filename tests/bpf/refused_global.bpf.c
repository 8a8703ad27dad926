// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Not accepted: a function that is verified by itself, which multiplies what may be done.
 */
#include "xsched.bpf.h"

__attribute__((noinline)) int count(u32 n)
{
	volatile u32 i = 0;

	while (i < 1000 && i < n)
		i++;
	return i;
}

XSCHED_DECIDE(decide, d, now_ns)
{
	return count(now_ns) > 1000;
}

XSCHED_POLICY(refused, .decide = (void *)decide, .name = "refused");
