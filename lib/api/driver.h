/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * HwQueues of platforms whose own calls pass through the library: there an XQueue
 * stops the platform's queue itself, whoever feeds it.
 */
#ifndef XSCHED_API_DRIVER_H
#define XSCHED_API_DRIVER_H

#include "../include/xsched/hal.h"

#include <stdbool.h>

struct xqueue;

struct xsched_driver {
	/* May an XQueue have this level? */
	XResult (*admit)(void *queue, uint32_t level);
	/*
	 * An XQueue of this level has been made: from now on the queue's commands are an
	 * entity of their own. A reference; NULL: the platform's calls don't come by here.
	 */
	struct xqueue *(*bind)(void *queue, uint32_t level);
	/* Has everything in it completed? May be late in saying so. */
	bool (*idle)(void *queue, struct xqueue *stream);
	/* It is going. Takes the reference back. */
	void (*unbind)(void *queue, struct xqueue *stream);
};

/* HwQueueCreate() for such a platform. */
XResult xsched_hwqueue_create(HwQueueHandle *hwq, const XHwQueueOps *ops, void *queue,
			      XDevice device, const struct xsched_driver *driver);

#endif
