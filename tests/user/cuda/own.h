/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * A CUDA stream that the program makes an XQueue of, as programs for XSched do.
 */
#ifndef XSCHED_TEST_CUDA_OWN_H
#define XSCHED_TEST_CUDA_OWN_H

#include "cu.h"

#include <xsched/cuda/hal.h>
#include <xsched/xsched.h>

struct own {
	cu_stream s;
	HwQueueHandle hw;
	XQueueHandle xq;
};

#define GOOD(call)	CHECK_EQ(call, kXSchedSuccess)
#define SUSPEND(o, how)	GOOD(XQueueSuspend((o)->xq, kQueueSuspendFlag##how))
#define RESUME(o)	GOOD(XQueueResume((o)->xq, kQueueResumeFlagNone))

/* Of a stream that there is. */
__attribute__((unused)) static void own_wrap(struct own *o, cu_stream s, int level)
{
	o->s = s;
	GOOD(CudaQueueCreate(&o->hw, (CUstream)s));
	GOOD(XQueueCreate(&o->xq, o->hw, level, kQueueCreateFlagNone));
	GOOD(XQueueSetLaunchConfig(o->xq, 8, 4));
}

__attribute__((unused)) static void own_new(struct own *o, int level)
{
	cu_stream s;

	OK(cuStreamCreate(&s, NON_BLOCKING));
	own_wrap(o, s, level);
}

__attribute__((unused)) static void own_end(struct own *o)
{
	GOOD(XQueueDestroy(o->xq));
	GOOD(HwQueueDestroy(o->hw));
}

/* How many values a log holds by now. */
__attribute__((unused)) static u32 log_length(cu_ptr log)
{
	return __atomic_load_n((u32 *)(uintptr_t)log, __ATOMIC_ACQUIRE);
}

#endif
