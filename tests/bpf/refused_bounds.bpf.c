// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Not accepted: a store behind the end of the data that was asked for.
 */
#include "xsched.bpf.h"

XSCHED_DECIDE(decide, d, now_ns)
{
	u64 *words = xsched_bpf_domain_data(d, 8);

	if (words)
		words[1] = now_ns;
	return 0;
}

XSCHED_POLICY(refused, .decide = (void *)decide, .name = "refused");
