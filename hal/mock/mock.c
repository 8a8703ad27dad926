// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * A simulated device: one engine, a thread, that serves its queues in turn and can
 * be told to start nothing (level 2) and to break off (level 3).
 */
#define _GNU_SOURCE
#include "xsched/xsched.h"
#include "xsched/mock/hal.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <time.h>

#define EXPORT __attribute__((visibility("default")))

struct command {
	struct command *next;		/* in the engine */
	uint64_t number;		/* 0: a mark */
	uint64_t mark;
	uint32_t duration_us;
	void (*ran)(void *data);
	void *data;
};

struct queue {
	struct queue *next;
	struct device *device;
	HwQueueHandle handle;
	struct command *first, **tail;
	uint64_t marked;		/* last mark passed */
	uint64_t undone;		/* first that was taken away; 0 none */
	bool inactive, running, breaking;
	int fail_after;
};

struct device {
	struct device *next;
	XDeviceId id;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	pthread_t engine;
	struct queue *queues;
	unsigned int users;
	bool stop;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;	/* devices */
static struct device *devices;

/* ------------------------------------------------------------------ engine */

static void until(struct timespec *t, uint32_t us)
{
	clock_gettime(CLOCK_MONOTONIC, t);
	t->tv_sec += us / 1000000;
	t->tv_nsec += (long)(us % 1000000) * 1000;
	if (t->tv_nsec >= 1000000000) {
		t->tv_nsec -= 1000000000;
		t->tv_sec++;
	}
}

static struct command *take(struct queue *q)
{
	struct command *c = q->first;

	q->first = c->next;
	if (!q->first)
		q->tail = &q->first;
	return c;
}

/* False if it was broken off. */
static bool run(struct device *d, struct queue *q, const struct command *c)
{
	struct timespec end;
	int ret = 0;

	until(&end, c->duration_us);
	q->running = true;
	while (!q->breaking && !ret && c->duration_us)
		ret = pthread_cond_timedwait(&d->changed, &d->lock, &end);
	q->running = false;
	return !q->breaking;
}

static void serve(struct device *d, struct queue *q)
{
	struct command *c = take(q);

	if (!c->number) {
		q->marked = c->mark;
		free(c);
	} else if (run(d, q, c)) {
		if (c->ran)
			c->ran(c->data);
		free(c);
	} else {
		q->undone = c->number;
		free(c);
	}
	q->breaking = false;
	pthread_cond_broadcast(&d->changed);
}

/* The next queue in turn that has something to do goes to the end of the line. */
static struct queue *next_queue(struct device *d)
{
	struct queue **at, *q;

	for (at = &d->queues; *at && (!(*at)->first || (*at)->inactive); at = &(*at)->next)
		;
	q = *at;
	if (!q)
		return NULL;
	*at = q->next;
	q->next = NULL;
	for (; *at; at = &(*at)->next)
		;
	*at = q;
	return q;
}

static void *engine(void *arg)
{
	struct device *d = arg;
	struct queue *q;

	pthread_mutex_lock(&d->lock);
	while (!d->stop) {
		q = next_queue(d);
		if (q)
			serve(d, q);
		else
			pthread_cond_wait(&d->changed, &d->lock);
	}
	pthread_mutex_unlock(&d->lock);
	return NULL;
}

/* ----------------------------------------------------------------- devices */

static struct device *device_new(XDeviceId id)
{
	struct device *d = calloc(1, sizeof(*d));
	pthread_condattr_t attr;

	if (!d)
		return NULL;
	d->id = id;
	pthread_mutex_init(&d->lock, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&d->changed, &attr);
	pthread_condattr_destroy(&attr);
	if (pthread_create(&d->engine, NULL, engine, d)) {
		free(d);
		return NULL;
	}
	d->next = devices;
	devices = d;
	return d;
}

static struct device *device_get(XDeviceId id)
{
	struct device *d;

	pthread_mutex_lock(&lock);
	for (d = devices; d && d->id != id; d = d->next)
		;
	if (!d)
		d = device_new(id);
	if (d)
		d->users++;
	pthread_mutex_unlock(&lock);
	return d;
}

static void device_put(struct device *d)
{
	struct device **at;
	bool last;

	pthread_mutex_lock(&lock);
	last = !--d->users;
	if (last) {
		for (at = &devices; *at != d; at = &(*at)->next)
			;
		*at = d->next;
	}
	pthread_mutex_unlock(&lock);
	if (!last)
		return;
	pthread_mutex_lock(&d->lock);
	d->stop = true;
	pthread_cond_broadcast(&d->changed);
	pthread_mutex_unlock(&d->lock);
	pthread_join(d->engine, NULL);
	pthread_cond_destroy(&d->changed);
	pthread_mutex_destroy(&d->lock);
	free(d);
}

/* ------------------------------------------------------------- the queue's ops */

static void enqueue(struct queue *q, struct command *c)
{
	c->next = NULL;
	*q->tail = c;
	q->tail = &c->next;
	pthread_cond_broadcast(&q->device->changed);
}

static XResult add(struct queue *q, const struct command *from)
{
	struct command *c = malloc(sizeof(*c));
	XResult r = kXSchedSuccess;

	if (!c)
		return kXSchedErrorUnknown;
	*c = *from;
	pthread_mutex_lock(&q->device->lock);
	if (c->number && q->fail_after >= 0 && !q->fail_after--)
		r = kXSchedErrorHardware;
	else
		enqueue(q, c);
	pthread_mutex_unlock(&q->device->lock);
	if (r)
		free(c);
	return r;
}

static XResult mock_launch(void *queue, void *command, uint64_t number)
{
	struct command c = *(struct command *)command;

	c.number = number ? number : 1;
	return add(queue, &c);
}

static XResult mock_mark(void *queue, uint64_t number)
{
	struct command c = { .mark = number };

	return add(queue, &c);
}

static uint64_t mock_completed(void *queue)
{
	struct queue *q = queue;
	uint64_t n;

	pthread_mutex_lock(&q->device->lock);
	n = q->marked;
	pthread_mutex_unlock(&q->device->lock);
	return n;
}

static bool at_rest(const struct queue *q)
{
	return !q->running && (!q->first || q->inactive);
}

static XResult mock_wait(void *queue, uint64_t number)
{
	struct queue *q = queue;

	pthread_mutex_lock(&q->device->lock);
	while (q->marked < number && !at_rest(q))
		pthread_cond_wait(&q->device->changed, &q->device->lock);
	pthread_mutex_unlock(&q->device->lock);
	return kXSchedSuccess;
}

static XResult mock_synchronize(void *queue)
{
	struct queue *q = queue;

	pthread_mutex_lock(&q->device->lock);
	while (!at_rest(q))
		pthread_cond_wait(&q->device->changed, &q->device->lock);
	pthread_mutex_unlock(&q->device->lock);
	return kXSchedSuccess;
}

static XResult mock_deactivate(void *queue)
{
	struct queue *q = queue;

	pthread_mutex_lock(&q->device->lock);
	q->inactive = true;
	pthread_cond_broadcast(&q->device->changed);
	pthread_mutex_unlock(&q->device->lock);
	return kXSchedSuccess;
}

static XResult mock_interrupt(void *queue)
{
	struct queue *q = queue;

	pthread_mutex_lock(&q->device->lock);
	q->breaking = q->running;
	pthread_cond_broadcast(&q->device->changed);
	pthread_mutex_unlock(&q->device->lock);
	return kXSchedSuccess;
}

static XResult mock_reactivate(void *queue, uint64_t *from)
{
	struct queue *q = queue;
	struct command *c;

	pthread_mutex_lock(&q->device->lock);
	while (q->first) {
		c = take(q);
		if (!q->undone)
			q->undone = c->number;
		free(c);
	}
	*from = q->undone;
	q->undone = 0;
	q->inactive = false;
	pthread_mutex_unlock(&q->device->lock);
	return kXSchedSuccess;
}

static void mock_destroy(void *queue)
{
	struct queue *q = queue, **at;
	struct device *d = q->device;

	mock_synchronize(q);
	pthread_mutex_lock(&d->lock);
	for (at = &d->queues; *at != q; at = &(*at)->next)
		;
	*at = q->next;
	pthread_mutex_unlock(&d->lock);
	while (q->first)
		free(take(q));
	free(q);
	device_put(d);
}

static XHwQueueOps mock_ops(int level, int flags)
{
	XHwQueueOps ops = {
		.size = sizeof(ops),
		.max_level = (uint32_t)level,
		.name = "mock",
		.launch = mock_launch,
		.synchronize = mock_synchronize,
		.deactivate = mock_deactivate,
		.interrupt = mock_interrupt,
		.reactivate = mock_reactivate,
		.destroy = mock_destroy,
	};

	if (!(flags & MOCK_QUEUE_NO_MARKS)) {
		ops.mark = mock_mark;
		ops.completed = mock_completed;
		ops.wait = mock_wait;
	}
	return ops;
}

/* ------------------------------------------------------------------ the API */

static pthread_mutex_t queues_lock = PTHREAD_MUTEX_INITIALIZER;
static struct {
	HwQueueHandle handle;
	struct queue *q;
} known[256];

static void remember(struct queue *q)
{
	unsigned int i;

	pthread_mutex_lock(&queues_lock);
	for (i = 0; i < 255 && known[i].q && known[i].handle != q->handle; i++)
		;
	known[i].handle = q->handle;
	known[i].q = q;
	pthread_mutex_unlock(&queues_lock);
}

static struct queue *queue_new(XDeviceId device)
{
	struct queue *q = calloc(1, sizeof(*q));

	if (!q)
		return NULL;
	q->tail = &q->first;
	q->fail_after = -1;
	q->device = device_get(device);
	if (!q->device) {
		free(q);
		return NULL;
	}
	pthread_mutex_lock(&q->device->lock);
	q->next = q->device->queues;
	q->device->queues = q;
	pthread_mutex_unlock(&q->device->lock);
	return q;
}

EXPORT XResult MockQueueCreate(HwQueueHandle *hwq, XDeviceId device, int level, int flags)
{
	XHwQueueOps ops = mock_ops(level, flags);
	struct queue *q;
	XResult r;

	if (!hwq || level < kPreemptLevelBlock || level > kPreemptLevelInterrupt)
		return kXSchedErrorInvalidValue;
	q = queue_new(device);
	if (!q)
		return kXSchedErrorUnknown;
	r = HwQueueCreate(hwq, &ops, q, XDeviceMake(kDeviceTypeASIC, device));
	if (r) {
		mock_destroy(q);
		return r;
	}
	q->handle = *hwq;
	remember(q);
	return kXSchedSuccess;
}

EXPORT XResult MockCommandCreate(HwCommandHandle *hw_cmd, uint32_t duration_us,
				 void (*ran)(void *data), void *data)
{
	struct command *c = malloc(sizeof(*c));
	XResult r;

	if (!c)
		return kXSchedErrorUnknown;
	*c = (struct command){ .duration_us = duration_us, .ran = ran, .data = data };
	r = HwCommandCreate(hw_cmd, c, free);
	if (r)
		free(c);
	return r;
}

EXPORT XResult MockQueueFailLaunch(HwQueueHandle hwq, int after)
{
	XResult r = kXSchedErrorNotFound;
	unsigned int i;

	pthread_mutex_lock(&queues_lock);
	for (i = 0; i < 256; i++) {
		if (!known[i].q || known[i].handle != hwq)
			continue;
		known[i].q->fail_after = after;
		r = kXSchedSuccess;
	}
	pthread_mutex_unlock(&queues_lock);
	return r;
}
