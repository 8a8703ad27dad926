// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Not accepted: a name that is no word.
 */
#include "xsched.bpf.h"

XSCHED_DECIDE(decide, d, now_ns)
{
	return 0;
}

XSCHED_POLICY(refused, .decide = (void *)decide, .name = "re fused");
