// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * CUDA streams that the program itself makes XQueues of.
 */
#include "shim.h"
#include "../../api/driver.h"
#include "../../api/marks.h"

#include <stdlib.h>

#define REAL(f) (xsched_cuda_real.f)

cu_result cuStreamSynchronize(cu_stream s);

struct cuda_hwqueue {
	struct xsched_marks marks;
	struct cuda_hwqueue *next;
	HwQueueHandle handle;
	cu_stream s;
	cu_ctx ctx;
	struct xqueue *_Atomic xq;	/* while there is an XQueue */
};

static struct cuda_hwqueue *all;
static pthread_mutex_t all_lock = PTHREAD_MUTEX_INITIALIZER;

static XResult result_of(cu_result err)
{
	return err == CU_OK ? kXSchedSuccess : kXSchedErrorHardware;
}

/* ------------------------------------------------------ calls in its context */

struct inside {
	int mode;
	bool pushed;
};

/* False if the stream's context can't be entered, or the program has destroyed either. */
static bool enter(struct cuda_hwqueue *h, struct inside *in)
{
	struct xqueue *xq = xs_load(&h->xq);
	cu_ctx now = NULL;

	if (xq && xs_load(&xq->closed_for_good))
		return false;
	in->mode = xsched_cuda_relax();
	REAL(cuCtxGetCurrent)(&now);
	in->pushed = now != h->ctx;
	if (!in->pushed || REAL(cuCtxPushCurrent)(h->ctx) == CU_OK)
		return true;
	xsched_cuda_unrelax(in->mode);
	return false;
}

static void leave(const struct inside *in)
{
	cu_ctx popped;

	if (in->pushed)
		REAL(cuCtxPopCurrent)(&popped);
	xsched_cuda_unrelax(in->mode);
}

/* The same where the stream is to take something, rather than record it into a graph. */
static bool enter_stream(struct cuda_hwqueue *h, struct inside *in)
{
	if (!enter(h, in))
		return false;
	if (xsched_cuda_takes_commands(h->s))
		return true;
	leave(in);
	return false;
}

/* -------------------------------------------------------------------- marks */

static bool record(struct cuda_hwqueue *h, cu_event *ev)
{
	if (REAL(cuEventCreate)(ev, CU_EVENT_NO_TIMING) != CU_OK)
		return false;
	if (REAL(cuEventRecord)(*ev, h->s) == CU_OK)
		return true;
	REAL(cuEventDestroy)(*ev);
	return false;
}

static bool mark_put(void *queue, uintptr_t *point)
{
	struct cuda_hwqueue *h = queue;
	struct inside in;
	cu_event ev;
	bool ok;

	if (!enter_stream(h, &in))
		return false;
	ok = record(h, &ev);
	leave(&in);
	*point = (uintptr_t)ev;
	return ok;
}

/* An error is an end, too. */
static bool mark_over(void *queue, uintptr_t point)
{
	struct cuda_hwqueue *h = queue;
	struct inside in;
	bool over;

	if (!enter(h, &in))
		return true;
	over = REAL(cuEventQuery)((cu_event)point) != CU_NOT_READY;
	leave(&in);
	return over;
}

static XResult mark_await(void *queue, uintptr_t point)
{
	(void)queue;
	return result_of(REAL(cuEventSynchronize)((cu_event)point));
}

static void mark_drop(void *queue, uintptr_t point)
{
	struct cuda_hwqueue *h = queue;
	struct inside in;
	bool entered = enter(h, &in);

	REAL(cuEventDestroy)((cu_event)point);
	if (entered)
		leave(&in);
}

static const struct xsched_mark_ops mark_ops = {
	.put = mark_put,
	.over = mark_over,
	.await = mark_await,
	.drop = mark_drop,
};

/* Where the context has gone no mark could be put, and none is waited for. */
static XResult cuda_wait(void *queue, uint64_t number)
{
	struct cuda_hwqueue *h = queue;
	struct inside in;
	XResult r;

	if (!enter(h, &in))
		return kXSchedErrorHardware;
	r = xsched_marks_wait(&h->marks, number);
	leave(&in);
	return r;
}

/* Through the wrapper, which learns from it that all is done. */
static XResult cuda_synchronize(void *queue)
{
	struct cuda_hwqueue *h = queue;
	struct inside in;
	cu_result err;

	if (!enter_stream(h, &in))
		return kXSchedErrorHardware;
	err = cuStreamSynchronize(h->s);
	leave(&in);
	return result_of(err);
}

/* ------------------------------------------------------------------ an XQueue */

static bool cuda_idle(void *queue, struct xqueue *stream)
{
	struct cuda_hwqueue *h = queue;
	struct inside in;
	bool idle;

	(void)stream;
	if (!enter_stream(h, &in))
		return true;
	idle = REAL(cuStreamQuery)(h->s) != CU_NOT_READY;
	leave(&in);
	return idle;
}

static XResult cuda_admit(void *queue, uint32_t level)
{
	(void)queue;
	(void)level;
	return kXSchedSuccess;
}

static struct xqueue *cuda_bind(void *queue, uint32_t level)
{
	struct cuda_hwqueue *h = queue;
	static unsigned int said;
	struct xqueue *xq = NULL;
	struct inside in;

	if (!cuda_intercepts()) {
		xsched_say_once(&said, "xsched: this program's CUDA calls don't come by libhalcuda.so: only commands of XQueueSubmit() are scheduled; link it in front of libcuda.so, or set LD_PRELOAD to libshimcuda.so");
		return NULL;
	}
	xs_store_release(&h->xq, (struct xqueue *)NULL);
	if (enter(h, &in)) {
		xq = cuda_queue_own(h->s, h->ctx, level);
		leave(&in);
	}
	xs_store_release(&h->xq, xq);
	return xq;
}

static void cuda_unbind(void *queue, struct xqueue *stream)
{
	struct cuda_hwqueue *h = queue;
	struct inside in;

	if (enter(h, &in)) {
		cuda_queue_disown(h->s, h->ctx, stream);
		leave(&in);
	}
	xs_store_release(&h->xq, (struct xqueue *)NULL);
	xqueue_put(stream);
}

static const struct xsched_driver driver = {
	.admit = cuda_admit,
	.bind = cuda_bind,
	.idle = cuda_idle,
	.unbind = cuda_unbind,
};

/* ------------------------------------------------------------------ HwQueues */

/* Called with all_lock held. */
static struct cuda_hwqueue **place_of(cu_stream s, cu_ctx ctx)
{
	struct cuda_hwqueue **at;

	for (at = &all; *at && ((*at)->s != s || (*at)->ctx != ctx); at = &(*at)->next)
		;
	return at;
}

static void cuda_destroy(void *queue)
{
	struct cuda_hwqueue *h = queue, **at;

	pthread_mutex_lock(&all_lock);
	for (at = &all; *at && *at != h; at = &(*at)->next)
		;
	if (*at)
		*at = h->next;
	pthread_mutex_unlock(&all_lock);
	xsched_marks_fini(&h->marks);
	free(h);
}

static XDevice device_of(cu_device dev)
{
	int domain = 0, bus = 0, slot = 0;

	REAL(cuDeviceGetAttribute)(&domain, CU_ATTR_PCI_DOMAIN, dev);
	REAL(cuDeviceGetAttribute)(&bus, CU_ATTR_PCI_BUS, dev);
	REAL(cuDeviceGetAttribute)(&slot, CU_ATTR_PCI_DEVICE, dev);
	return XDeviceMake(kDeviceTypeGPU, (XDeviceId)domain << 16 | (XDeviceId)bus << 8 |
			   (XDeviceId)slot << 3);
}

/* In the stream's context. */
static XResult publish(HwQueueHandle *hwq, struct cuda_hwqueue *h)
{
	XHwQueueOps ops = {
		.size = sizeof(ops),
		.name = "CUDA",
		.max_level = cuda_intercepts() ? XSCHED_LEVEL_DEACTIVATE : XSCHED_LEVEL_BLOCK,
		.synchronize = cuda_synchronize,
		.mark = xsched_marks_put,
		.completed = xsched_marks_completed,
		.wait = cuda_wait,
		.destroy = cuda_destroy,
	};
	cu_device dev;
	XResult r;

	if (REAL(cuCtxGetDevice)(&dev) != CU_OK)
		return kXSchedErrorInvalidValue;
	pthread_mutex_lock(&all_lock);
	if (*place_of(h->s, h->ctx)) {
		pthread_mutex_unlock(&all_lock);
		return kXSchedErrorNotAllowed;
	}
	r = xsched_hwqueue_create(&h->handle, &ops, h, device_of(dev), &driver);
	if (!r) {
		h->next = all;
		all = h;
		*hwq = h->handle;
	}
	pthread_mutex_unlock(&all_lock);
	return r;
}

/* As the program names a stream, and as the driver does whoever asks. */
static XResult identify(cu_stream stream, cu_stream *s, cu_ctx *ctx)
{
	if (stream == CU_PER_THREAD)
		return kXSchedErrorNotSupported;
	if (cuda_is_inherited || !cuda_has_driver() || !REAL(cuCtxGetCurrent))
		return kXSchedErrorNotFound;
	*s = stream ? stream : CU_LEGACY;
	*ctx = cuda_ctx_of(*s);
	return *ctx ? kXSchedSuccess : kXSchedErrorInvalidValue;
}

XResult xsched_cuda_queue_create(HwQueueHandle *hwq, cu_stream stream)
{
	struct cuda_hwqueue *h;
	struct inside in;
	cu_stream s;
	cu_ctx ctx;
	XResult r;

	r = hwq ? identify(stream, &s, &ctx) : kXSchedErrorInvalidValue;
	if (r)
		return r;
	h = calloc(1, sizeof(*h));
	if (!h)
		return kXSchedErrorUnknown;
	h->s = s;
	h->ctx = ctx;
	xsched_marks_init(&h->marks, &mark_ops);
	r = kXSchedErrorInvalidValue;
	if (enter(h, &in)) {
		r = publish(hwq, h);
		leave(&in);
	}
	if (r)
		cuda_destroy(h);
	return r;
}

XResult xsched_cuda_queue_get(HwQueueHandle *hwq, cu_stream stream)
{
	struct cuda_hwqueue *h;
	cu_stream s;
	cu_ctx ctx;

	if (!hwq)
		return kXSchedErrorInvalidValue;
	if (identify(stream, &s, &ctx))
		return kXSchedErrorNotFound;
	pthread_mutex_lock(&all_lock);
	h = *place_of(s, ctx);
	if (h)
		*hwq = h->handle;
	pthread_mutex_unlock(&all_lock);
	return h ? kXSchedSuccess : kXSchedErrorNotFound;
}
