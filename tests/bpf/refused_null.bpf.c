// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Not accepted: a pointer that may be NULL.
 */
#include "xsched.bpf.h"

XSCHED_DECIDE(decide, d, now_ns)
{
	*xsched_bpf_domain_data(d, 8) = now_ns;
	return 0;
}

XSCHED_POLICY(refused, .decide = (void *)decide, .name = "refused");
