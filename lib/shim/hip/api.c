// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * HSA queues, and the streams that HIP puts on them, that the program itself makes
 * XQueues of.
 */
#define _GNU_SOURCE
#include "shim.h"
#include "../../api/driver.h"

#include <dlfcn.h>
#include <sched.h>
#include <stdlib.h>

#define MARKS		(1LL << 40)
#define ROOM_NS		1000000000u	/* for a mark in a full ring */

EXPORT XResult xsched_hip_queue_create(HwQueueHandle *hwq, void *queue);
EXPORT XResult xsched_hip_stream_create(HwQueueHandle *hwq, void *stream);

struct hip_hwqueue {
	struct aql_queue *aq;
	pthread_mutex_t lock;
	hsa_signal_t done;		/* counted down from MARKS by each mark */
	uint64_t *numbers;		/* ring of what marks stand for, from the one that comes next */
	uint32_t max, first, used;
	int64_t reached;		/* marks that have been taken out of the ring */
	uint64_t passed;
	/* the last question whether all is done: this many marks had been put */
	int64_t asked;
	uint32_t asked_at;
	bool is_owner;
};

static int64_t put_so_far(const struct hip_hwqueue *h)
{
	return h->reached + h->used;
}

static int64_t come(const struct hip_hwqueue *h)
{
	return MARKS - hsa_below.signal_load(h->done);
}

static bool grow(struct hip_hwqueue *h)
{
	uint32_t max = h->max ? 2 * h->max : 64, i;
	uint64_t *n = malloc(max * sizeof(*n));

	if (!n)
		return false;
	for (i = 0; i < h->used; i++)
		n[i] = h->numbers[(h->first + i) % h->max];
	free(h->numbers);
	h->numbers = n;
	h->max = max;
	h->first = 0;
	return true;
}

/* With the lock held, so that marks are in the ring in the order of their numbers. */
static bool put_mark(struct hip_hwqueue *h, uint64_t number)
{
	uint64_t end = xsched_now_ns() + ROOM_NS;

	if (h->used == h->max && !grow(h))
		return false;
	while (!aql_mark(h->aq, h->done)) {
		if (h->aq->dead || h->aq->by_index || xsched_now_ns() > end)
			return false;
		sched_yield();
	}
	h->numbers[(h->first + h->used++) % h->max] = number;
	return true;
}

/* Takes out what has been reached, with the lock held. */
static void reap(struct hip_hwqueue *h)
{
	int64_t n = come(h);

	while (h->used && h->reached < n) {
		h->passed = h->numbers[h->first];
		h->first = (h->first + 1) % h->max;
		h->used--;
		h->reached++;
	}
}

static XResult hip_mark(void *queue, uint64_t number)
{
	struct hip_hwqueue *h = queue;
	bool ok;

	pthread_mutex_lock(&h->lock);
	ok = put_mark(h, number);
	pthread_mutex_unlock(&h->lock);
	return ok ? kXSchedSuccess : kXSchedErrorHardware;
}

static uint64_t hip_completed(void *queue)
{
	struct hip_hwqueue *h = queue;
	uint64_t n;

	pthread_mutex_lock(&h->lock);
	reap(h);
	n = h->passed;
	pthread_mutex_unlock(&h->lock);
	return n;
}

/* Until so many marks have been reached; a queue that is destroyed reaches no more. */
static XResult wait_for(struct hip_hwqueue *h, int64_t marks)
{
	while (come(h) < marks) {
		if (h->aq->dead)
			return kXSchedErrorHardware;
		hsa_below.signal_wait(h->done, HSA_SIGNAL_CONDITION_LT, MARKS - marks + 1, 100000000,
				      HSA_WAIT_STATE_BLOCKED);
	}
	return kXSchedSuccess;
}

static XResult hip_wait(void *queue, uint64_t number)
{
	struct hip_hwqueue *h = queue;
	int64_t marks = 0;
	uint32_t i;

	pthread_mutex_lock(&h->lock);
	for (i = 0; i < h->used && !marks; i++)
		if (h->numbers[(h->first + i) % h->max] >= number)
			marks = h->reached + i + 1;
	pthread_mutex_unlock(&h->lock);
	return marks ? wait_for(h, marks) : kXSchedSuccess;	/* none: passed already */
}

static XResult hip_synchronize(void *queue)
{
	struct hip_hwqueue *h = queue;
	int64_t marks;
	bool ok;

	pthread_mutex_lock(&h->lock);
	ok = put_mark(h, h->used ? h->numbers[(h->first + h->used - 1) % h->max] : h->passed);
	marks = put_so_far(h);
	pthread_mutex_unlock(&h->lock);
	return ok ? wait_for(h, marks) : kXSchedErrorHardware;
}

static bool hip_idle(void *queue, struct xqueue *stream)
{
	uint32_t begun = xqueue_begun(stream);
	struct hip_hwqueue *h = queue;
	bool idle;

	pthread_mutex_lock(&h->lock);
	if (!h->asked || h->asked_at != begun) {
		h->asked = 0;
		if (put_mark(h, h->used ? h->numbers[(h->first + h->used - 1) % h->max] : h->passed)) {
			h->asked = put_so_far(h);
			h->asked_at = begun;
		}
	}
	idle = h->asked && come(h) >= h->asked;
	pthread_mutex_unlock(&h->lock);
	return idle;
}

/* Its queue's memory stays, as does the signal: marks may still be in the ring. */
static void hip_destroy(void *queue)
{
	struct hip_hwqueue *h = queue;

	pthread_mutex_destroy(&h->lock);
	free(h->numbers);
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
		.mark = hip_mark,
		.completed = hip_completed,
		.wait = hip_wait,
		.destroy = hip_destroy,
	};
	struct hip_hwqueue *h = calloc(1, sizeof(*h));
	XResult r;

	if (!h)
		return kXSchedErrorUnknown;
	h->aq = aq;
	pthread_mutex_init(&h->lock, NULL);
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
