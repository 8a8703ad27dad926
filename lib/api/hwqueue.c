// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * HwQueue*: the entry points of platforms' queues.
 */
#include "api.h"
#include "driver.h"

#include <string.h>

/* The caller's table, of whatever length its header gave it. */
static XResult read_ops(const XHwQueueOps *from, XHwQueueOps *to, bool stops_itself)
{
	size_t least = offsetof(XHwQueueOps, synchronize) + sizeof(from->synchronize);

	memset(to, 0, sizeof(*to));
	if (!from || from->size < least)
		return kXSchedErrorInvalidValue;
	memcpy(to, from, from->size < sizeof(*to) ? from->size : sizeof(*to));
	if (!to->launch && !to->synchronize)
		return kXSchedErrorInvalidValue;
	if (!to->mark != !to->completed || !to->mark != !to->wait)
		return kXSchedErrorInvalidValue;
	if (!to->max_level)
		to->max_level = kPreemptLevelBlock;
	if (to->max_level >= kPreemptLevelMax)
		return kXSchedErrorInvalidValue;
	if (stops_itself)
		return kXSchedSuccess;
	if (to->max_level >= kPreemptLevelDeactivate &&
	    (!to->deactivate || !to->reactivate || !to->synchronize))
		return kXSchedErrorNotSupported;
	if (to->max_level >= kPreemptLevelInterrupt && !to->interrupt)
		return kXSchedErrorNotSupported;
	return kXSchedSuccess;
}

static XResult create(HwQueueHandle *hwq, const XHwQueueOps *ops, void *queue, XDevice device,
		      const struct xsched_driver *driver)
{
	struct hwqueue *h;
	XHwQueueOps copy;
	XResult r;

	if (!hwq)
		return kXSchedErrorInvalidValue;
	r = read_ops(ops, &copy, driver);
	if (r)
		return r;
	api_begin();
	handles_lock();
	h = hwq_new();
	if (h) {
		h->ops = copy;
		h->data = queue;
		h->device = device;
		h->driver = driver;
		*hwq = h->handle;
	}
	handles_unlock();
	return h ? kXSchedSuccess : kXSchedErrorUnknown;
}

XSCHED_PUBLIC XResult HwQueueCreate(HwQueueHandle *hwq, const XHwQueueOps *ops, void *queue,
				    XDevice device)
{
	return create(hwq, ops, queue, device, NULL);
}

XSCHED_PUBLIC XResult xsched_hwqueue_create(HwQueueHandle *hwq, const XHwQueueOps *ops,
					    void *queue, XDevice device,
					    const struct xsched_driver *driver)
{
	return create(hwq, ops, queue, device, driver);
}

XSCHED_PUBLIC XResult HwQueueDestroy(HwQueueHandle hwq)
{
	void (*destroy)(void *queue) = NULL;
	XResult r = kXSchedSuccess;
	void *queue = NULL;
	struct hwqueue *h;

	handles_lock();
	h = hwq_find(hwq);
	if (!h) {
		r = kXSchedErrorNotFound;
	} else if (h->xq || h->users) {
		r = kXSchedErrorNotAllowed;
	} else {
		destroy = h->ops.destroy;
		queue = h->data;
		hwq_free(h);
	}
	handles_unlock();
	if (destroy)
		destroy(queue);
	return r;
}

static struct hwqueue *use(HwQueueHandle hwq)
{
	struct hwqueue *h;

	handles_lock();
	h = hwq_find(hwq);
	if (h)
		h->users++;
	handles_unlock();
	return h;
}

static void unuse(struct hwqueue *h)
{
	handles_lock();
	h->users--;
	handles_unlock();
}

static XResult launch_now(struct hwqueue *h, HwCommandHandle cmd)
{
	struct gcmd *c = gcmd_of(cmd);
	uint64_t tag = c ? xs_load(&c->tag) : 0;

	if (!c || tag / GCMD_STATES != handle_generation(cmd) || tag % GCMD_STATES == GCMD_FREE)
		return kXSchedErrorNotFound;
	if (tag % GCMD_STATES != GCMD_CREATED)
		return kXSchedErrorNotAllowed;
	if (c->kind == GCMD_CALLBACK)
		return c->launch(h->handle, c->data);
	if (c->kind != GCMD_HAL || !h->ops.launch)
		return kXSchedErrorNotSupported;
	return h->ops.launch(h->data, c->data, 0);
}

XSCHED_PUBLIC XResult HwQueueLaunch(HwQueueHandle hwq, HwCommandHandle hw_cmd)
{
	struct hwqueue *h = use(hwq);
	XResult r;

	if (!h)
		return kXSchedErrorNotFound;
	r = launch_now(h, hw_cmd);
	unuse(h);
	return r;
}

XSCHED_PUBLIC XResult HwQueueSynchronize(HwQueueHandle hwq)
{
	struct hwqueue *h = use(hwq);
	XResult r;

	if (!h)
		return kXSchedErrorNotFound;
	r = h->ops.synchronize ? h->ops.synchronize(h->data) : kXSchedSuccess;
	unuse(h);
	return r;
}
