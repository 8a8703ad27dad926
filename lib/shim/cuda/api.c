// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * CUDA streams that the program itself makes XQueues of.
 */
#include "shim.h"
#include "../../api/driver.h"

#include <stdlib.h>

#define REAL(f) (xsched_cuda_real.f)

cu_result cuStreamSynchronize(cu_stream s);

struct mark {
	struct mark *next;
	uint64_t number;
	cu_event ev;
	uint32_t refs;
};

struct cuda_hwqueue {
	struct cuda_hwqueue *next;
	HwQueueHandle handle;
	cu_stream s;
	cu_ctx ctx;
	struct xqueue *_Atomic xq;	/* while there is an XQueue */
	pthread_mutex_t lock;
	struct mark *first, **tail;	/* of commands submitted to the XQueue, oldest first */
	uint64_t passed;
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

/* With the lock held. */
static void mark_put(struct mark *m)
{
	if (--m->refs)
		return;
	REAL(cuEventDestroy)(m->ev);
	free(m);
}

static struct mark *mark_new(struct cuda_hwqueue *h, uint64_t number)
{
	struct mark *m = calloc(1, sizeof(*m));

	if (!m)
		return NULL;
	m->number = number;
	m->refs = 1;
	if (REAL(cuEventCreate)(&m->ev, CU_EVENT_NO_TIMING) != CU_OK)
		goto err_free;
	if (REAL(cuEventRecord)(m->ev, h->s) != CU_OK)
		goto err_destroy;
	return m;

err_destroy:
	REAL(cuEventDestroy)(m->ev);
err_free:
	free(m);
	return NULL;
}

static XResult cuda_mark(void *queue, uint64_t number)
{
	struct cuda_hwqueue *h = queue;
	struct inside in;
	struct mark *m;

	if (!enter_stream(h, &in))
		return kXSchedErrorHardware;
	m = mark_new(h, number);
	leave(&in);
	if (!m)
		return kXSchedErrorHardware;
	pthread_mutex_lock(&h->lock);
	*h->tail = m;
	h->tail = &m->next;
	pthread_mutex_unlock(&h->lock);
	return kXSchedSuccess;
}

static uint64_t cuda_completed(void *queue)
{
	struct cuda_hwqueue *h = queue;
	bool gone = false;
	struct inside in;
	struct mark *m;
	uint64_t n;

	gone = !enter(h, &in);
	pthread_mutex_lock(&h->lock);
	/* An error is an end, too. */
	while ((m = h->first) && (gone || REAL(cuEventQuery)(m->ev) != CU_NOT_READY)) {
		h->first = m->next;
		if (!h->first)
			h->tail = &h->first;
		h->passed = m->number;
		mark_put(m);
	}
	n = h->passed;
	pthread_mutex_unlock(&h->lock);
	if (!gone)
		leave(&in);
	return n;
}

static XResult cuda_wait(void *queue, uint64_t number)
{
	struct cuda_hwqueue *h = queue;
	struct inside in;
	struct mark *m;
	cu_result err;

	if (!enter(h, &in))
		return kXSchedErrorHardware;
	pthread_mutex_lock(&h->lock);
	for (m = h->first; m && m->number < number; m = m->next)
		;
	if (m)
		m->refs++;
	pthread_mutex_unlock(&h->lock);
	err = m ? REAL(cuEventSynchronize)(m->ev) : CU_OK;	/* none: passed already */
	pthread_mutex_lock(&h->lock);
	if (m)
		mark_put(m);
	pthread_mutex_unlock(&h->lock);
	leave(&in);
	return result_of(err);
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
	struct mark *m;

	pthread_mutex_lock(&all_lock);
	for (at = &all; *at && *at != h; at = &(*at)->next)
		;
	if (*at)
		*at = h->next;
	pthread_mutex_unlock(&all_lock);
	while ((m = h->first)) {
		h->first = m->next;
		mark_put(m);
	}
	pthread_mutex_destroy(&h->lock);
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
		.mark = cuda_mark,
		.completed = cuda_completed,
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
	h->tail = &h->first;
	pthread_mutex_init(&h->lock, NULL);
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
