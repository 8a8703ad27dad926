// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Calls that mean something to the runtime by themselves: waiting, captures, and the way in.
 */
#include "shim.h"
#include "call.h"

#include <stdlib.h>

/* ----------------------------------------------------------------- launches */

#define LAUNCH_EX(name, whose)							\
REAL_OF(name);									\
EXPORT cu_result name(const struct cu_launch_config *config, void *f, void **params, void **extra) \
{										\
	struct call c;								\
	cu_result ret;								\
										\
	call_begin(&c, config ? config->stream : NULL, whose);			\
	ret = CALL(name, (const struct cu_launch_config *, void *, void **, void **),	\
		   config, f, params, extra);					\
	call_end(&c, ret);							\
	return ret;								\
}
LAUNCH_EX(cuLaunchKernelEx, OF_ALL)
LAUNCH_EX(cuLaunchKernelEx_ptsz, OF_THREAD)

/* One on each of several devices; each is a command of its own stream. */
REAL_OF(cuLaunchCooperativeKernelMultiDevice);
EXPORT cu_result cuLaunchCooperativeKernelMultiDevice(struct cu_launch_params *list, uint32_t n,
						      uint32_t flags)
{
	struct call *c = list ? calloc(n, sizeof(*c)) : NULL;
	cu_result ret;
	uint32_t i;

	for (i = 0; i < n && c; i++)
		call_begin(&c[i], list[i].stream, OF_ALL);
	ret = CALL(cuLaunchCooperativeKernelMultiDevice,
		   (struct cu_launch_params *, uint32_t, uint32_t), list, n, flags);
	for (i = 0; i < n && c; i++)
		call_end(&c[i], ret);
	free(c);
	return ret;
}

/* ------------------------------------------------------------------ waiting */

#define STREAM_WAIT(name, whose)						\
REAL_OF(name);									\
EXPORT cu_result name(cu_stream s)						\
{										\
	struct xqueue *xq = xs_load(&xsched_cuda_captures) ? NULL : cuda_queue(s, whose); \
	struct xfinish begun = xqueue_finish_begin(xq);				\
	cu_result ret = CALL(name, (cu_stream), s);				\
										\
	if (ret == CU_OK)							\
		xqueue_finish_end(xq, begun);					\
	return ret;								\
}
STREAM_WAIT(cuStreamSynchronize, OF_ALL)
STREAM_WAIT(cuStreamSynchronize_ptsz, OF_THREAD)

struct waited {
	struct xqueue **xqs;
	struct xfinish *begun;
	unsigned int n;
};

static void wait_for_ctx(struct waited *w, cu_ctx ctx)
{
	unsigned int i;

	w->n = 0;
	w->begun = NULL;
	if (!xsched_cuda_real.cuCtxGetCurrent ||
	    (!ctx && (xsched_cuda_real.cuCtxGetCurrent(&ctx) != CU_OK || !ctx))) {
		w->xqs = NULL;
		return;
	}
	w->n = cuda_queues_of(ctx, &w->xqs);
	w->begun = calloc(w->n + 1, sizeof(*w->begun));
	for (i = 0; i < w->n && w->begun; i++)
		w->begun[i] = xqueue_finish_begin(w->xqs[i]);
}

static void waited_for_ctx(struct waited *w, cu_result ret)
{
	unsigned int i;

	for (i = 0; i < w->n; i++) {
		if (ret == CU_OK && w->begun)
			xqueue_finish_end(w->xqs[i], w->begun[i]);
		xqueue_put(w->xqs[i]);
	}
	free(w->xqs);
	free(w->begun);
}

REAL_OF(cuCtxSynchronize);
EXPORT cu_result cuCtxSynchronize(void)
{
	struct waited w;
	cu_result ret;

	wait_for_ctx(&w, NULL);
	ret = CALL(cuCtxSynchronize, (void));
	waited_for_ctx(&w, ret);
	return ret;
}

REAL_OF(cuCtxSynchronize_v2);
EXPORT cu_result cuCtxSynchronize_v2(cu_ctx ctx)
{
	struct waited w;
	cu_result ret;

	wait_for_ctx(&w, ctx);
	ret = CALL(cuCtxSynchronize_v2, (cu_ctx), ctx);
	waited_for_ctx(&w, ret);
	return ret;
}

/* Somebody may wait for the event, so that what precedes it is to be known as done by then. */
#define RECORD(name, whose, params, types, ...)					\
REAL_OF(name);									\
EXPORT cu_result name params							\
{										\
	cu_result ret = CALL(name, types, __VA_ARGS__);				\
	struct xqueue *xq;							\
										\
	if (ret != CU_OK || xs_load(&xsched_cuda_captures))			\
		return ret;							\
	xq = cuda_queue(s, whose);						\
	if (xq && xsched_anchor->generation == xq->generation &&		\
	    unlikely(xs_load(&xq->ctl->notify) & XSCHED_NOTIFY_TRACK))		\
		xqueue_device_mark(xq);						\
	return ret;								\
}
RECORD(cuEventRecord, OF_ALL, (cu_event e, cu_stream s), (cu_event, cu_stream), e, s)
RECORD(cuEventRecord_ptsz, OF_THREAD, (cu_event e, cu_stream s), (cu_event, cu_stream), e, s)
RECORD(cuEventRecordWithFlags, OF_ALL, (cu_event e, cu_stream s, uint32_t f),
       (cu_event, cu_stream, uint32_t), e, s, f)
RECORD(cuEventRecordWithFlags_ptsz, OF_THREAD, (cu_event e, cu_stream s, uint32_t f),
       (cu_event, cu_stream, uint32_t), e, s, f)

/* The queue that the thread used last stands for all. */
REAL_OF(cuEventSynchronize);
EXPORT cu_result cuEventSynchronize(cu_event e)
{
	struct xqueue *xq = cuda_queue_last();
	cu_result ret;

	xqueue_sync_begin(xq);
	ret = CALL(cuEventSynchronize, (cu_event), e);
	xqueue_event_end(xq);
	xqueue_device_news(xq);
	return ret;
}

/* ----------------------------------------------------------------- captures */

#define CAPTURE_BEGIN(name, params, types, ...)					\
REAL_OF(name);									\
EXPORT cu_result name params							\
{										\
	cu_result ret;								\
										\
	/* Before: another thread's gate must not come in between. */		\
	__atomic_fetch_add(&xsched_cuda_captures, 1, __ATOMIC_SEQ_CST);		\
	ret = CALL(name, types, __VA_ARGS__);					\
	if (ret != CU_OK)							\
		__atomic_fetch_sub(&xsched_cuda_captures, 1, __ATOMIC_SEQ_CST);	\
	return ret;								\
}
CAPTURE_BEGIN(cuStreamBeginCapture, (cu_stream s), (cu_stream), s)
CAPTURE_BEGIN(cuStreamBeginCapture_ptsz, (cu_stream s), (cu_stream), s)
CAPTURE_BEGIN(cuStreamBeginCapture_v2, (cu_stream s, int mode), (cu_stream, int), s, mode)
CAPTURE_BEGIN(cuStreamBeginCapture_v2_ptsz, (cu_stream s, int mode), (cu_stream, int), s, mode)
#define TO_GRAPH	(cu_stream s, void *graph, const void *deps, const void *data, size_t n, int mode)
#define TO_GRAPH_TYPES	(cu_stream, void *, const void *, const void *, size_t, int)
CAPTURE_BEGIN(cuStreamBeginCaptureToGraph, TO_GRAPH, TO_GRAPH_TYPES, s, graph, deps, data, n, mode)
CAPTURE_BEGIN(cuStreamBeginCaptureToGraph_ptsz, TO_GRAPH, TO_GRAPH_TYPES, s, graph, deps, data, n, mode)

/* Of the errors these leave the capture as it is: nothing was captured, not here, not by this thread. */
static bool capture_goes_on(cu_result ret)
{
	return ret == CU_INVALID_VALUE || ret == CU_NOT_INITIALIZED || ret == 401 || ret == 903 ||
	       ret == 908;
}

#define CAPTURE_END(name)							\
REAL_OF(name);									\
EXPORT cu_result name(cu_stream s, void **graph)				\
{										\
	cu_result ret = CALL(name, (cu_stream, void **), s, graph);		\
	uint32_t n = xs_load(&xsched_cuda_captures);				\
										\
	while (!capture_goes_on(ret) && n &&					\
	       !__atomic_compare_exchange_n(&xsched_cuda_captures, &n, n - 1, true,	\
					    __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST))	\
		;								\
	return ret;								\
}
CAPTURE_END(cuStreamEndCapture)
CAPTURE_END(cuStreamEndCapture_ptsz)

/* --------------------------------------------------------------- the way in */

REAL_OF(cuGetProcAddress);
EXPORT cu_result cuGetProcAddress(const char *name, void **fn, int version, uint64_t flags)
{
	cu_result ret = CALL(cuGetProcAddress, (const char *, void **, int, uint64_t),
			     name, fn, version, flags);

	return cuda_get_proc(name, fn, version, flags, ret);
}

REAL_OF(cuGetProcAddress_v2);
EXPORT cu_result cuGetProcAddress_v2(const char *name, void **fn, int version, uint64_t flags,
				     int *status)
{
	cu_result ret = CALL(cuGetProcAddress_v2, (const char *, void **, int, uint64_t, int *),
			     name, fn, version, flags, status);

	return cuda_get_proc(name, fn, version, flags, ret);
}

const struct cuda_wrapper cuda_specials[] = {
	ROW(cuLaunchKernelEx, 0) ROW(cuLaunchKernelEx_ptsz, 0)
	ROW(cuLaunchCooperativeKernelMultiDevice, 0)
	ROW(cuStreamSynchronize, 0) ROW(cuStreamSynchronize_ptsz, 0)
	ROW(cuCtxSynchronize, 2000) ROW(cuCtxSynchronize_v2, 13000)
	ROW(cuEventRecord, 0) ROW(cuEventRecord_ptsz, 0)
	ROW(cuEventRecordWithFlags, 0) ROW(cuEventRecordWithFlags_ptsz, 0)
	ROW(cuEventSynchronize, 0)
	ROW(cuStreamBeginCapture, 10000) ROW(cuStreamBeginCapture_ptsz, 10000)
	ROW(cuStreamBeginCapture_v2, 10010) ROW(cuStreamBeginCapture_v2_ptsz, 10010)
	ROW(cuStreamBeginCaptureToGraph, 0) ROW(cuStreamBeginCaptureToGraph_ptsz, 0)
	ROW(cuStreamEndCapture, 0) ROW(cuStreamEndCapture_ptsz, 0)
	ROW(cuGetProcAddress, 11030) ROW(cuGetProcAddress_v2, 12000)
	{ 0 }
};
