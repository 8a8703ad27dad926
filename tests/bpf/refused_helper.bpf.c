// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Not accepted: a helper that calls back, here bpf_loop(), as often as it is told.
 */
#include "xsched.bpf.h"

static long (*const bpf_loop)(u32 n, void *step, void *data, u64 flags) = (void *)181;

static long step(u32 i, void *data)
{
	return !data && i == 7;
}

XSCHED_DECIDE(decide, d, now_ns)
{
	bpf_loop(1 << 20, step, NULL, 0);
	return 0;
}

XSCHED_POLICY(refused, .decide = (void *)decide, .name = "refused");
