// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * XQueue*: the entry points of queues.
 */
#include "api.h"
#include "driver.h"

#include <string.h>

static bool is_level(int64_t level)
{
	return level > kPreemptLevelUnknown && level < kPreemptLevelMax;
}

static void set_up(struct gqueue *q, const struct hwqueue *h, uint32_t level, int64_t flags)
{
	q->ops = h->ops;
	q->data = h->data;
	q->device = h->device;
	q->hwq = h->handle;
	q->driver = h->driver;
	q->stream = NULL;
	q->level = level;
	q->blocking = flags & kQueueCreateFlagBlockingSubmit;
	gq_init(q);
	memset(q->hint, 0, sizeof(q->hint));
	q->closing = false;
}

/* The HwQueue, kept from going; or why not. */
static XResult claim(HwQueueHandle hwq, int64_t level, XQueueHandle *xq, struct hwqueue **out)
{
	struct hwqueue *h;
	XResult r = kXSchedSuccess;

	handles_lock();
	h = hwq_find(hwq);
	if (!h)
		r = kXSchedErrorNotFound;
	else if (level > h->ops.max_level)
		r = kXSchedErrorNotSupported;
	else if (h->xq)
		*xq = h->xq;
	else
		h->users++;
	*out = h;
	handles_unlock();
	return r;
}

/* Names it as the HwQueue's queue, unless another thread has been faster. */
static XQueueHandle settle(struct hwqueue *h, struct gqueue *q)
{
	XQueueHandle xq;

	handles_lock();
	h->users--;
	if (!h->xq)
		h->xq = q->handle;
	xq = h->xq;
	handles_unlock();
	return xq;
}

XSCHED_PUBLIC XResult XQueueCreate(XQueueHandle *xq, HwQueueHandle hwq, int64_t level,
				   int64_t flags)
{
	XQueueHandle handle = 0;
	struct hwqueue *h;
	struct gqueue *q;
	XResult r;

	if (!xq || !is_level(level) || flags & ~kQueueCreateFlagBlockingSubmit)
		return kXSchedErrorInvalidValue;
	api_begin();
	r = claim(hwq, level, &handle, &h);
	if (r)
		return r;
	if (handle) {
		*xq = handle;
		return kXSchedSuccess;
	}
	if (h->driver)
		r = h->driver->admit(h->data, (uint32_t)level);
	q = r ? NULL : gq_new();
	if (!q) {
		handles_lock();
		h->users--;
		handles_unlock();
		return r ? r : kXSchedErrorUnknown;
	}
	pthread_mutex_lock(&q->lock);
	set_up(q, h, (uint32_t)level, flags);
	gq_publish_handle(q);
	*xq = settle(h, q);
	if (*xq == q->handle) {
		if (q->driver)
			q->stream = q->driver->bind(q->data, q->level);
		if (q->driver)
			q->level = q->stream ? xqueue_level(q->stream) : kPreemptLevelBlock;
		scheduler_greet(q);
		gq_unlock(q);
		return kXSchedSuccess;
	}
	xs_store_release(&q->handle, 0);
	pthread_mutex_unlock(&q->lock);
	gq_free(q);
	return kXSchedSuccess;
}

static void forget(HwQueueHandle hwq)
{
	struct hwqueue *h;

	handles_lock();
	h = hwq_find(hwq);
	if (h)
		h->xq = 0;
	handles_unlock();
}

XSCHED_PUBLIC XResult XQueueDestroy(XQueueHandle xq)
{
	struct gqueue *q = gq_enter(xq);

	if (!q)
		return kXSchedErrorNotFound;
	if (gq_inside(q)) {
		gq_unlock(q);
		return kXSchedErrorNotAllowed;
	}
	q->closing = true;	/* no other call finds it */
	if (q->deactivated)
		gq_need_worker(q);
	gq_go(q, GQ_STOP_APP | GQ_STOP_NOEXEC);
	gq_wait_idle(q);
	while (q->waiters || q->syncing || q->host)
		pthread_cond_wait(&q->changed, &q->lock);
	gq_stop_worker(q);
	gq_detach(q);
	if (q->stream) {
		q->ops.synchronize(q->data);
		q->driver->unbind(q->data, q->stream);
		q->stream = NULL;
	}
	gq_unlock(q);		/* tells the last commands' ends, still under the handle */
	depend_forget(xq);
	forget(q->hwq);
	xs_store_release(&q->handle, 0);
	gq_free(q);
	return kXSchedSuccess;
}

XSCHED_PUBLIC XResult XQueueGet(XQueueHandle *xq, HwQueueHandle hwq)
{
	struct hwqueue *h;

	if (!xq)
		return kXSchedErrorInvalidValue;
	handles_lock();
	h = hwq_find(hwq);
	if (h && h->xq)
		*xq = h->xq;
	else
		h = NULL;
	handles_unlock();
	return h ? kXSchedSuccess : kXSchedErrorNotFound;
}

XSCHED_PUBLIC XResult XQueueSetPreemptLevel(XQueueHandle xq, int64_t level)
{
	struct gqueue *q = gq_enter(xq);
	XResult r = kXSchedSuccess;

	if (!q)
		return kXSchedErrorNotFound;
	if (!is_level(level))
		r = kXSchedErrorInvalidValue;
	else if (level > q->ops.max_level || (q->stream && level != q->level))
		r = kXSchedErrorNotSupported;
	else
		q->level = (uint32_t)level;
	gq_unlock(q);
	return r;
}

XSCHED_PUBLIC XResult XQueueSetLaunchConfig(XQueueHandle xq, int64_t threshold, int64_t batch_size)
{
	struct gqueue *q = gq_enter(xq);
	int64_t t, b;

	if (!q)
		return kXSchedErrorNotFound;
	t = threshold > 0 ? threshold : q->threshold ? q->threshold : 16;
	b = batch_size > 0 ? batch_size : q->batch_size ? q->batch_size : (t + 1) / 2;
	if (batch_size <= 0 && b > t)
		b = t;
	if (b > t || t > UINT32_MAX) {
		gq_unlock(q);
		return kXSchedErrorInvalidValue;
	}
	if (threshold > 0 || batch_size > 0) {
		q->threshold = (uint32_t)t;
		q->batch_size = (uint32_t)b;
		gq_window(q);
		if (q->stream)
			xqueue_set_launch_config(q->stream, q->threshold, q->batch_size);
		if (q->held.first)
			gq_need_worker(q);
	}
	gq_unlock(q);
	return kXSchedSuccess;
}

XSCHED_PUBLIC XResult XQueueSetLaunchBudget(XQueueHandle xq, int64_t budget_us)
{
	struct gqueue *q = gq_enter(xq);
	bool good = budget_us >= 0 && budget_us <= UINT32_MAX;

	if (!q)
		return kXSchedErrorNotFound;
	if (good) {
		q->threshold = q->batch_size = 0;
		q->own_budget_us = (uint32_t)budget_us;
		gq_window(q);
		if (q->stream)
			xqueue_set_launch_config(q->stream, 0, 0);
		if (q->held.first)
			gq_need_worker(q);
	}
	gq_unlock(q);
	return good ? kXSchedSuccess : kXSchedErrorInvalidValue;
}

XSCHED_PUBLIC XResult XQueueSubmit(XQueueHandle xq, HwCommandHandle hw_cmd)
{
	struct gqueue *q = gq_enter(xq);
	struct gcmd *c;
	XResult r;

	if (unlikely(!q))
		return kXSchedErrorNotFound;
	r = command_take(hw_cmd, &c);
	if (likely(!r))
		r = gq_submit(q, c);
	gq_unlock(q);
	return r;
}

/* A command that has completed: what its slot remembers. */
static XResult late_result(XQueueHandle xq, HwCommandHandle cmd, const struct gcmd *c)
{
	uint64_t now = xs_load(&c->tag) / GCMD_STATES, then = handle_generation(cmd);

	if (then >= now)
		return kXSchedErrorNotFound;	/* not given out yet */
	if (then + 1 < now)
		return kXSchedSuccess;		/* long over */
	return c->last_queue == xq ? c->last_result : kXSchedErrorNotFound;
}

static XResult wait_command(struct gqueue *q, XQueueHandle xq, HwCommandHandle cmd)
{
	struct gcmd *c = gcmd_of(cmd);
	uint64_t tag = c ? xs_load(&c->tag) : 0;
	XResult r;

	if (!c)
		return kXSchedErrorNotFound;
	if (tag / GCMD_STATES != handle_generation(cmd) || tag % GCMD_STATES == GCMD_FREE)
		return late_result(xq, cmd, c);
	if (tag % GCMD_STATES == GCMD_CREATED)
		return kXSchedErrorNotAllowed;
	/* In a queue; in this one it stays what it is, as we have the lock. */
	if (c->queue != q)
		return kXSchedErrorNotFound;
	if (!c->over || c->pins)
		return gq_wait_command(q, c);
	/* Its end is being told by somebody else, who gives it back any time now. */
	r = c->result;
	return xs_load(&c->tag) == tag ? r : late_result(xq, cmd, c);
}

XSCHED_PUBLIC XResult XQueueWait(XQueueHandle xq, HwCommandHandle hw_cmd)
{
	struct gqueue *q = gq_enter(xq);
	XResult r = kXSchedErrorNotAllowed;

	if (!q)
		return kXSchedErrorNotFound;
	if (!gq_inside(q))
		r = wait_command(q, xq, hw_cmd);
	gq_unlock(q);
	return r;
}

XSCHED_PUBLIC XResult XQueueWaitAll(XQueueHandle xq)
{
	struct gqueue *q = gq_enter(xq);
	XResult r = kXSchedErrorNotAllowed;

	if (unlikely(!q))
		return kXSchedErrorNotFound;
	if (likely(!gq_inside(q))) {
		r = gq_wait_number(q, q->submitted);
		if (q->stream && !r)
			r = gq_wait_stream(q);
		if (unlikely(q->lost_error)) {
			r = r ? r : q->lost_error;
			q->lost_error = kXSchedSuccess;
		}
	}
	gq_unlock(q);
	return r;
}

XSCHED_PUBLIC XResult XQueueQuery(XQueueHandle xq, XQueueState *state)
{
	struct gqueue *q;
	bool idle = true;

	if (!state)
		return kXSchedErrorInvalidValue;
	q = gq_enter(xq);
	if (!q)
		return kXSchedErrorNotFound;
	gq_reap_now(q);
	if (q->stream && q->done == q->submitted)
		idle = q->driver->idle(q->data, q->stream);
	*state = idle && q->done == q->submitted ? kQueueStateIdle : kQueueStateReady;
	gq_unlock(q);
	return kXSchedSuccess;
}

/* A command's own function can't wait for its queue, which any flag may do. */
static XResult stop_or_go(XQueueHandle xq, int64_t flags, int64_t known,
			  XResult (*fn)(struct gqueue *q, int64_t flags))
{
	struct gqueue *q;
	XResult r;

	if (flags & ~known)
		return kXSchedErrorInvalidValue;
	q = gq_enter(xq);
	if (!q)
		return kXSchedErrorNotFound;
	if (flags && gq_inside(q))
		r = kXSchedErrorNotAllowed;
	else
		r = fn(q, flags);
	gq_unlock(q);
	return r;
}

XSCHED_PUBLIC XResult XQueueSuspend(XQueueHandle xq, int64_t flags)
{
	return stop_or_go(xq, flags, kQueueSuspendFlagSyncHwQueue | kQueueSuspendFlagWaitAll |
			  kQueueSuspendFlagWaitIdle, gq_suspend);
}

XSCHED_PUBLIC XResult XQueueResume(XQueueHandle xq, int64_t flags)
{
	return stop_or_go(xq, flags, kQueueResumeFlagDropCommands, gq_resume);
}

XSCHED_PUBLIC XResult XQueueProfileHwCommandCount(XQueueHandle xq, int64_t *count)
{
	struct gqueue *q;

	if (!count)
		return kXSchedErrorInvalidValue;
	q = gq_enter(xq);
	if (!q)
		return kXSchedErrorNotFound;
	*count = (int64_t)(q->stream ? xqueue_begun(q->stream) : q->submitted);
	gq_unlock(q);
	return kXSchedSuccess;
}
