// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * HSA queues at level 1 (a barrier on a signal as stop), level 2 (a barrier on the
 * queue's gate signal) and level 3 (the driver takes the queue off the device).
 */
#include "hip.h"
#include "../../lib/xqueue/xqueue.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define MAX_RESIDENCY_NS	10000000u
#define RESIDENCY	10	/* a queue stays on the device for so many times what taking it off costs */

struct aql_queue *xsched_hip_aql(struct xqueue *q)
{
	return q->handle;
}

static int hip_settle(struct xqueue *q, struct xtrack *token, uint32_t n)
{
	struct aql_report r = { .kind = AQL_SETTLED, .token = token, .xq = q, .n = n };

	return aql_report_behind(xsched_hip_aql(q), r) ? 0 : -EAGAIN;
}

/* ---------------------------------------------------------------- level 1 */

struct aql_stop {
	struct aql_stop *next;
	hsa_signal_t until;		/* 1 held, 0 gone */
	uint64_t index;			/* of the barrier that waits for it */
};

/* One that was used before, if the device is past it: gone doesn't mean passed. */
static struct aql_stop *used_stop(struct aql_queue *aq)
{
	uint64_t read = hsa_below.load_read(aq->q);
	struct aql_stop **at, *s;

	pthread_mutex_lock(&aq->lock);
	for (at = &aq->spare; (s = *at) && s->index >= read; at = &s->next)
		;
	if (s)
		*at = s->next;
	pthread_mutex_unlock(&aq->lock);
	return s;
}

static void keep_stop(struct aql_queue *aq, struct aql_stop *s)
{
	pthread_mutex_lock(&aq->lock);
	s->next = aq->spare;
	aq->spare = s;
	pthread_mutex_unlock(&aq->lock);
}

void xsched_hip_free_stops(struct aql_queue *aq)
{
	struct aql_stop *s, *next;

	pthread_mutex_lock(&aq->lock);
	s = aq->spare;
	aq->spare = NULL;
	pthread_mutex_unlock(&aq->lock);
	for (; s; s = next) {
		next = s->next;
		hsa_below.signal_destroy(s->until);
		free(s);
	}
}

static struct aql_stop *new_stop(struct aql_queue *aq)
{
	struct aql_stop *s = used_stop(aq);

	if (s) {
		hsa_below.signal_store(s->until, 1);
		return s;
	}
	s = calloc(1, sizeof(*s));
	if (s && aql_quiet_signal(1, &s->until) == HSA_STATUS_SUCCESS)
		return s;
	free(s);
	return NULL;
}

static void *hip_stop(struct xqueue *q, uint32_t number)
{
	struct aql_report r = { .kind = AQL_CHUNK, .xq = q, .n = number };
	struct aql_queue *aq = xsched_hip_aql(q);
	struct aql_stop *s = new_stop(aq);

	if (s && aql_stop(aq, r, s->until, &s->index))
		return s;
	if (s)
		keep_stop(aq, s);	/* its index, or 0, is past */
	return NULL;
}

static void hip_go(struct xqueue *q, void *stop)
{
	struct aql_stop *s = stop;

	(void)q;
	hsa_below.signal_store(s->until, 0);
}

static void hip_drop(struct xqueue *q, void *stop)
{
	keep_stop(xsched_hip_aql(q), stop);
}

/* ----------------------------------------------------------- levels 2 and 3 */

static int hip_gate(struct xqueue *q, uint32_t number)
{
	(void)number;
	return aql_gate(xsched_hip_aql(q)) ? 0 : -EAGAIN;
}

static uint32_t counted(hsa_signal_t s)
{
	return (uint32_t)(AQL_COUNT - hsa_below.signal_load(s));
}

static void set_gate(struct aql_queue *aq, bool closed)
{
	if (aq->closed == closed)
		return;
	aq->closed = closed;
	hsa_below.signal_store(aq->gate, closed);
}

static void report(struct xqueue *q, struct aql_queue *aq)
{
	/* Pass first: arrive is never behind it. */
	uint32_t pass = counted(aq->pass), arrive = counted(aq->arrive);

	if (aq->suspended && arrive == pass)
		arrive++;
	xqueue_gate_seen(q, arrive, pass);
}

static bool has_work(struct xqueue *q)
{
	return xs_load(&q->st->submitted) != xs_load(&q->st->completed);
}

/* Level 2, with the lock held: the device stops at its next gate. */
static bool enforce_gate(struct xqueue *q, struct aql_queue *aq, bool closed)
{
	bool stands;

	set_gate(aq, closed);
	report(q, aq);
	if (!closed)
		return true;
	stands = xs_load(&q->st->arrive) != xs_load(&q->st->pass);
	return stands || !has_work(q);
}

static bool hip_enforce2(struct xqueue *q)
{
	struct aql_queue *aq = xsched_hip_aql(q);
	bool quiet = true;

	pthread_mutex_lock(&aq->lock);
	if (!aq->dead)
		quiet = enforce_gate(q, aq, xqueue_closed(q));
	pthread_mutex_unlock(&aq->lock);
	return quiet;
}

/* How long a queue stays on the device, once it is back. */
static uint64_t residency_ns(void)
{
	uint64_t ns = RESIDENCY * kfd_toggle_ns();

	return ns < MAX_RESIDENCY_NS ? ns : MAX_RESIDENCY_NS;
}

/* What can't be suspended is left to its gates. */
static bool suspend(struct aql_queue *aq)
{
	static unsigned int said;
	int ret;

	if (xsched_now_ns() - aq->resumed_ns < residency_ns())
		return false;
	ret = kfd_suspend(aq->kfd);
	if (ret) {
		xsched_say_once(&said, "xsched: the driver doesn't take a queue off the device (%s); running kernels finish, level 2 holds from here on",
				strerror(-ret));
		aq->kfd = NULL;
		return true;
	}
	aq->suspended = true;
	return true;
}

static void resume(struct aql_queue *aq)
{
	static unsigned int said;
	int ret = kfd_resume(aq->kfd);

	if (ret)
		xsched_say_once(&said, "xsched: the driver doesn't put a queue back on the device: %s; its process is stuck, restart it",
				strerror(-ret));
	aq->suspended = false;
	aq->resumed_ns = xsched_now_ns();
}

/*
 * Closing: the gate first, so that what comes back finds it closed. Idle queues are left
 * alone: their gate holds what they are given.
 */
static bool enforce_queue(struct xqueue *q, struct aql_queue *aq)
{
	bool closed = xqueue_closed(q), quiet;

	if (!closed && aq->suspended)
		resume(aq);
	quiet = enforce_gate(q, aq, closed);
	if (quiet || !aq->kfd || aq->suspended)
		return quiet;
	if (!suspend(aq))
		return false;
	/* The gates may have opened meanwhile. */
	if (aq->suspended && !xqueue_closed(q)) {
		resume(aq);
		return enforce_gate(q, aq, false);
	}
	report(q, aq);
	return !aq->suspended ? false : true;
}

static bool hip_enforce3(struct xqueue *q)
{
	struct aql_queue *aq = xsched_hip_aql(q);
	bool quiet = true, was;

	pthread_mutex_lock(&aq->lock);
	was = aq->suspended;
	if (!aq->dead)
		quiet = enforce_queue(q, aq);
	was ^= aq->suspended;
	pthread_mutex_unlock(&aq->lock);
	if (was && aq->suspended)
		xqueue_stopped(q);
	return quiet;
}

void xsched_hip_let_go(struct aql_queue *aq)
{
	pthread_mutex_lock(&aq->lock);
	if (aq->suspended)
		resume(aq);
	set_gate(aq, false);
	pthread_mutex_unlock(&aq->lock);
}

/* ----------------------------------------------------------------- tables */

static const struct xsched_hal_ops level1 = {
	.name = "HSA",
	.platform = XSCHED_PLATFORM_HIP,
	.level = XSCHED_LEVEL_BLOCK,
	.queue_flags = XSCHED_QUEUE_F_KICKS_IDLE,
	.stop = hip_stop,
	.go = hip_go,
	.drop = hip_drop,
	.settle = hip_settle,
};

#define GATED (XSCHED_QUEUE_F_KICKS_IDLE | XSCHED_QUEUE_F_DEVICE_GATED)

static const struct xsched_hal_ops level2 = {
	.name = "HSA",
	.platform = XSCHED_PLATFORM_HIP,
	.level = XSCHED_LEVEL_DEACTIVATE,
	.queue_flags = GATED,
	.gate = hip_gate,
	.enforce = hip_enforce2,
	.settle = hip_settle,
};

static const struct xsched_hal_ops level3 = {
	.name = "HSA",
	.platform = XSCHED_PLATFORM_HIP,
	.level = XSCHED_LEVEL_INTERRUPT,
	.queue_flags = GATED,
	.gate = hip_gate,
	.enforce = hip_enforce3,
	.settle = hip_settle,
};

const struct xsched_hal_ops *xsched_hip_hal(struct aql_queue *aq, uint32_t wanted)
{
	static unsigned int said;
	const char *method = wanted && wanted < XSCHED_LEVEL_INTERRUPT ? NULL : kfd_method(aq);

	if (wanted == XSCHED_LEVEL_BLOCK)
		return &level1;
	if (method && aq->kfd)
		return &level3;
	if (wanted == XSCHED_LEVEL_INTERRUPT)
		xsched_say_once(&said, "xsched: XSCHED_AUTO_XQUEUE_LEVEL=3: a running kernel can't be stopped on this GPU, or its driver queue isn't known; using level 2");
	return &level2;
}
