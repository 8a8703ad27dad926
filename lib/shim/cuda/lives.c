// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Calls by which streams and contexts come and go.
 */
#include "shim.h"
#include "call.h"
#include "../../../hal/cuda/rm.h"

#define STREAM_NEW(name, params, types, ...)					\
REAL_OF(name);									\
EXPORT cu_result name params							\
{										\
	cu_result ret = CALL(name, types, __VA_ARGS__);				\
										\
	if (ret == CU_OK)							\
		cuda_stream_new(*s);						\
	return ret;								\
}
STREAM_NEW(cuStreamCreate, (cu_stream *s, uint32_t flags), (cu_stream *, uint32_t), s, flags)
STREAM_NEW(cuStreamCreateWithPriority, (cu_stream *s, uint32_t flags, int priority),
	   (cu_stream *, uint32_t, int), s, flags, priority)
STREAM_NEW(cuGreenCtxStreamCreate, (cu_stream *s, void *ctx, uint32_t flags, int priority),
	   (cu_stream *, void *, uint32_t, int), s, ctx, flags, priority)

#define STREAM_DESTROY(name)							\
REAL_OF(name);									\
EXPORT cu_result name(cu_stream s)						\
{										\
	cu_result ret;								\
										\
	cuda_stream_going(s);							\
	ret = CALL(name, (cu_stream), s);					\
	if (ret == CU_OK)							\
		cuda_stream_gone(s);						\
	return ret;								\
}
STREAM_DESTROY(cuStreamDestroy)
STREAM_DESTROY(cuStreamDestroy_v2)

/* What the driver allocates meanwhile is for this device. */
#define CTX_NEW(name, params, types, ...)					\
REAL_OF(name);									\
EXPORT cu_result name params							\
{										\
	cu_result ret;								\
										\
	xsched_rm_device = dev;							\
	ret = CALL(name, types, __VA_ARGS__);					\
	xsched_rm_device = -1;							\
	return ret;								\
}
CTX_NEW(cuDevicePrimaryCtxRetain, (cu_ctx *c, cu_device dev), (cu_ctx *, cu_device), c, dev)
CTX_NEW(cuCtxCreate, (cu_ctx *c, uint32_t flags, cu_device dev),
	(cu_ctx *, uint32_t, cu_device), c, flags, dev)
CTX_NEW(cuCtxCreate_v2, (cu_ctx *c, uint32_t flags, cu_device dev),
	(cu_ctx *, uint32_t, cu_device), c, flags, dev)
CTX_NEW(cuCtxCreate_v3, (cu_ctx *c, void *affinity, int n, uint32_t flags, cu_device dev),
	(cu_ctx *, void *, int, uint32_t, cu_device), c, affinity, n, flags, dev)
CTX_NEW(cuCtxCreate_v4, (cu_ctx *c, void *how, uint32_t flags, cu_device dev),
	(cu_ctx *, void *, uint32_t, cu_device), c, how, flags, dev)

#define CTX_DESTROY(name)							\
REAL_OF(name);									\
EXPORT cu_result name(cu_ctx ctx)						\
{										\
	cu_result ret;								\
										\
	cuda_ctx_going(ctx);							\
	ret = CALL(name, (cu_ctx), ctx);					\
	if (ret == CU_OK)							\
		cuda_ctx_gone(ctx);						\
	return ret;								\
}
CTX_DESTROY(cuCtxDestroy)
CTX_DESTROY(cuCtxDestroy_v2)

/* Gives back a use of the current context, perhaps the last one. */
REAL_OF(cuCtxDetach);
EXPORT cu_result cuCtxDetach(cu_ctx ctx)
{
	cu_result ret = CALL(cuCtxDetach, (cu_ctx), ctx);
	cu_ctx now = NULL;

	if (ret == CU_OK && xsched_cuda_real.cuCtxGetCurrent &&
	    xsched_cuda_real.cuCtxGetCurrent(&now) == CU_OK && now != ctx)
		cuda_ctx_gone(ctx);
	return ret;
}

REAL_OF(cuGreenCtxDestroy);
EXPORT cu_result cuGreenCtxDestroy(void *green)
{
	cu_ctx ctx = NULL;
	cu_result ret;

	if (cuda_wanted() && xsched_cuda_real.cuCtxFromGreenCtx &&
	    xsched_cuda_real.cuCtxFromGreenCtx(&ctx, green) == CU_OK)
		cuda_ctx_going(ctx);
	ret = CALL(cuGreenCtxDestroy, (void *), green);
	if (ret == CU_OK)
		cuda_ctx_gone(ctx);
	return ret;
}

/* The handle of a device's own context, which is looked up before it may go. */
static cu_ctx primary_of(cu_device dev)
{
	cu_result (*retain)(cu_ctx *, cu_device), (*release)(cu_device);
	static void *_Atomic real_retain, *_Atomic real_release;
	uint32_t flags;
	cu_ctx ctx = NULL;
	int active = 0;

	if (!cuda_wanted() || !xsched_cuda_real.cuDevicePrimaryCtxGetState ||
	    xsched_cuda_real.cuDevicePrimaryCtxGetState(dev, &flags, &active) != CU_OK || !active)
		return NULL;
	retain = cuda_slot("cuDevicePrimaryCtxRetain", &real_retain);
	release = cuda_slot("cuDevicePrimaryCtxRelease_v2", &real_release);
	if (retain && release && retain(&ctx, dev) == CU_OK)
		release(dev);
	return ctx;
}

static bool primary_is_gone(cu_device dev)
{
	uint32_t flags;
	int active = 1;

	return xsched_cuda_real.cuDevicePrimaryCtxGetState(dev, &flags, &active) == CU_OK && !active;
}

#define PRIMARY(name, always)							\
REAL_OF(name);									\
EXPORT cu_result name(cu_device dev)						\
{										\
	cu_ctx ctx = primary_of(dev);						\
	cu_result ret;								\
										\
	if (always)								\
		cuda_ctx_going(ctx);						\
	ret = CALL(name, (cu_device), dev);					\
	if (ret == CU_OK && ctx && (always || primary_is_gone(dev)))		\
		cuda_ctx_gone(ctx);						\
	return ret;								\
}
PRIMARY(cuDevicePrimaryCtxRelease, false)
PRIMARY(cuDevicePrimaryCtxRelease_v2, false)
PRIMARY(cuDevicePrimaryCtxReset, true)
PRIMARY(cuDevicePrimaryCtxReset_v2, true)

const struct cuda_wrapper cuda_lives[] = {
	ROW(cuStreamCreate, 0) ROW(cuStreamCreateWithPriority, 0) ROW(cuGreenCtxStreamCreate, 0)
	ROW(cuStreamDestroy, 2000) ROW(cuStreamDestroy_v2, 4000)
	ROW(cuDevicePrimaryCtxRetain, 0)
	ROW(cuCtxCreate, 2000) ROW(cuCtxCreate_v2, 3020) ROW(cuCtxCreate_v3, 11040)
	ROW(cuCtxCreate_v4, 12050)
	ROW(cuCtxDestroy, 2000) ROW(cuCtxDestroy_v2, 4000)
	ROW(cuCtxDetach, 0) ROW(cuGreenCtxDestroy, 0)
	ROW(cuDevicePrimaryCtxRelease, 7000) ROW(cuDevicePrimaryCtxRelease_v2, 11000)
	ROW(cuDevicePrimaryCtxReset, 7000) ROW(cuDevicePrimaryCtxReset_v2, 11000)
	{ 0 }
};
