// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Not accepted: a pointer from elsewhere in place of an entity.
 */
#include "xsched.bpf.h"

XSCHED_DECIDE(decide, d, now_ns)
{
	xsched_bpf_mark_run((struct xsched_entity *)d);
	return 0;
}

XSCHED_POLICY(refused, .decide = (void *)decide, .name = "refused");
