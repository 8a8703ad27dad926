// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Not accepted: no decide.
 */
#include "xsched.bpf.h"

XSCHED_ENTER(enter, d, e, now_ns)
{
}

XSCHED_POLICY(refused, .enter = (void *)enter, .name = "refused");
