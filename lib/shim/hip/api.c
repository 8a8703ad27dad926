// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * HSA queues, and the streams that HIP puts on them, that the program itself makes
 * XQueues of.
 */
#define _GNU_SOURCE
#include "shim.h"
#include "../../api/driver.h"
#include "../../api/marks.h"

#include <dlfcn.h>
#include <sched.h>
#include <stdlib.h>

#define MARKS		(1LL << 40)
#define ROOM_NS		1000000000u	/* for a mark in a full ring */

EXPORT XResult xsched_hip_queue_create(HwQueueHandle *hwq, void *queue);
EXPORT XResult xsched_hip_stream_create(HwQueueHandle *hwq, void *stream);

/* A mark's point is how many had been put with it. */
struct hip_hwqueue {
	struct xsched_marks marks;
	struct aql_queue *aq;
	pthread_mutex_t putting;	/* points are in the ring in their order */
	hsa_signal_t done;		/* counted down from MARKS by each mark */
	int64_t put;
	bool is_owner;
};

static int64_t come(const struct hip_hwqueue *h)
{
	return MARKS - hsa_below.signal_load(h->done);
}

/* False if there is no room in the ring for long. */
static bool put_packet(struct hip_hwqueue *h)
{
	uint64_t end = xsched_now_ns() + ROOM_NS;

	while (!aql_mark(h->aq, h->done)) {
		if (h->aq->dead || h->aq->by_index || xsched_now_ns() > end)
			return false;
		sched_yield();
	}
	return true;
}

static bool mark_put(void *queue, uintptr_t *point)
{
	struct hip_hwqueue *h = queue;
	bool ok;

	pthread_mutex_lock(&h->putting);
	ok = put_packet(h);
	if (ok)
		*point = (uintptr_t)++h->put;
	pthread_mutex_unlock(&h->putting);
	return ok;
}

static bool mark_over(void *queue, uintptr_t point)
{
	return come(queue) >= (int64_t)point;
}

/* A queue that is destroyed reaches no more. */
static XResult mark_await(void *queue, uintptr_t point)
{
	struct hip_hwqueue *h = queue;

	while (!mark_over(h, point)) {
		if (h->aq->dead)
			return kXSchedErrorHardware;
		hsa_below.signal_wait(h->done, HSA_SIGNAL_CONDITION_LT, MARKS - (int64_t)point + 1,
				      100000000, HSA_WAIT_STATE_BLOCKED);
	}
	return kXSchedSuccess;
}

static const struct xsched_mark_ops mark_ops = {
	.put = mark_put,
	.over = mark_over,
	.await = mark_await,
};

static XResult hip_synchronize(void *queue)
{
	uintptr_t all;

	return mark_put(queue, &all) ? mark_await(queue, all) : kXSchedErrorHardware;
}

static bool hip_idle(void *queue, struct xqueue *stream)
{
	struct hip_hwqueue *h = queue;

	return xsched_marks_idle(&h->marks, xqueue_begun(stream));
}

/* Its queue's memory stays, as does the signal: marks may still be in the ring. */
static void hip_destroy(void *queue)
{
	struct hip_hwqueue *h = queue;

	xsched_marks_fini(&h->marks);
	pthread_mutex_destroy(&h->putting);
	free(h);
}

static XResult hip_admit(void *queue, uint32_t level)
{
	static unsigned int said;
	struct hip_hwqueue *h = queue;

	(void)level;
	if (!h->aq->own || h->is_owner)
		return kXSchedSuccess;
	xsched_say_once(&said, "xsched: two HIP streams with an XQueue each share an HSA queue; raise GPU_MAX_HW_QUEUES");
	return kXSchedErrorNotAllowed;
}

static struct xqueue *hip_bind(void *queue, uint32_t level)
{
	struct hip_hwqueue *h = queue;
	struct xqueue *xq = hip_queue_own(h->aq, level);

	h->is_owner = xq;
	return xq;
}

static void hip_unbind(void *queue, struct xqueue *stream)
{
	struct hip_hwqueue *h = queue;

	h->is_owner = false;
	hip_queue_disown(h->aq);
	xqueue_put(stream);
}

static const struct xsched_driver driver = {
	.admit = hip_admit,
	.bind = hip_bind,
	.idle = hip_idle,
	.unbind = hip_unbind,
};

static XDevice device_of(hsa_agent_t agent)
{
	uint32_t bdf = 0;

	hsa_below.agent_info(agent, (hsa_agent_info_t)HSA_AMD_AGENT_INFO_BDFID, &bdf);
	return XDeviceMake(kDeviceTypeGPU, bdf);
}

static XResult create(HwQueueHandle *hwq, struct aql_queue *aq)
{
	XHwQueueOps ops = {
		.size = sizeof(ops),
		.name = "HIP",
		.synchronize = hip_synchronize,
		.mark = xsched_marks_put,
		.completed = xsched_marks_completed,
		.wait = xsched_marks_wait,
		.destroy = hip_destroy,
	};
	struct hip_hwqueue *h = calloc(1, sizeof(*h));
	XResult r;

	if (!h)
		return kXSchedErrorUnknown;
	h->aq = aq;
	xsched_marks_init(&h->marks, &mark_ops);
	pthread_mutex_init(&h->putting, NULL);
	if (hsa_below.signal_create(MARKS, 0, NULL, &h->done) != HSA_STATUS_SUCCESS) {
		hip_destroy(h);
		return kXSchedErrorHardware;
	}
	ops.max_level = kfd_method(aq) && aq->kfd ? XSCHED_LEVEL_INTERRUPT : XSCHED_LEVEL_DEACTIVATE;
	r = xsched_hwqueue_create(hwq, &ops, h, device_of(aq->agent), &driver);
	if (r) {
		hsa_below.signal_destroy(h->done);
		hip_destroy(h);
	}
	return r;
}

static XResult not_ours(void)
{
	static unsigned int said;

	xsched_say_once(&said, "xsched: HSA was in use before libhalhip.so came, or this queue isn't one of HSA's: link the library, or load it first");
	return kXSchedErrorNotFound;
}

XResult xsched_hip_queue_create(HwQueueHandle *hwq, void *queue)
{
	struct aql_queue *aq;

	if (!hwq || !queue)
		return kXSchedErrorInvalidValue;
	aq = hip_queue(queue);
	return aq ? create(hwq, aq) : not_ours();
}

/* An event is recorded, which HIP does by a packet: that shows the stream's queue. */
static struct aql_queue *queue_of_stream(void *stream)
{
	int (*event_new)(void **) = (int (*)(void **))dlsym(RTLD_DEFAULT, "hipEventCreate");
	int (*record)(void *, void *) = (int (*)(void *, void *))dlsym(RTLD_DEFAULT, "hipEventRecord");
	int (*event_free)(void *) = (int (*)(void *))dlsym(RTLD_DEFAULT, "hipEventDestroy");
	int (*query)(void *) = (int (*)(void *))dlsym(RTLD_DEFAULT, "hipStreamQuery");
	void *event = NULL;

	if (!event_new || !record || !event_free || !query || event_new(&event))
		return NULL;
	hip_touched = NULL;
	if (!record(event, stream))
		query(stream);
	event_free(event);
	return hip_touched;
}

XResult xsched_hip_stream_create(HwQueueHandle *hwq, void *stream)
{
	struct aql_queue *aq;

	if (!hwq)
		return kXSchedErrorInvalidValue;
	aq = queue_of_stream(stream);
	return aq ? create(hwq, aq) : not_ours();
}
