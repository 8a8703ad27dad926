/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * Queues of a simulated device, and commands that leave a trace.
 */
#ifndef XSCHED_TEST_API_H
#define XSCHED_TEST_API_H

#include <pthread.h>
#include <stdbool.h>
#include <time.h>

#include "xsched/xsched.h"
#include "xsched/mock/hal.h"

#include "../ktap.h"

#define CHECK_IS(call, want) do {						\
	XResult __res = (call);							\
	if (__res != (want))							\
		FAIL("%s: %s, expected %s", #call, XResultName(__res), XResultName(want)); \
} while (0)

#define CHECK_OK(call)		CHECK_IS(call, kXSchedSuccess)
#define INVALID			kXSchedErrorInvalidValue
#define NOT_FOUND		kXSchedErrorNotFound
#define NOT_ALLOWED		kXSchedErrorNotAllowed
#define NOT_SUPPORTED		kXSchedErrorNotSupported
#define HARDWARE		kXSchedErrorHardware
#define NONSENSE		0x7777777777777777ull

struct rig {
	HwQueueHandle hwq;
	XQueueHandle xq;
};

__attribute__((unused))
static struct rig rig_on(int device, int max_level, int level, int flags)
{
	struct rig r;

	CHECK_OK(MockQueueCreate(&r.hwq, (XDeviceId)device, max_level, flags));
	CHECK_OK(XQueueCreate(&r.xq, r.hwq, level, kQueueCreateFlagNone));
	return r;
}

__attribute__((unused))
static struct rig rig_new(int level)
{
	return rig_on(1, level, level, 0);
}

__attribute__((unused))
static void rig_end(struct rig r)
{
	CHECK_OK(XQueueDestroy(r.xq));
	CHECK_OK(HwQueueDestroy(r.hwq));
}

/* What ran on the device, in order. */
static pthread_mutex_t trace_lock = PTHREAD_MUTEX_INITIALIZER;
static int trace[65536];
static int n_trace;

__attribute__((unused))
static void leave_trace(void *data)
{
	pthread_mutex_lock(&trace_lock);
	if (n_trace < (int)ARRAY_SIZE(trace))
		trace[n_trace++] = (int)(long)data;
	pthread_mutex_unlock(&trace_lock);
}

__attribute__((unused))
static int traced(void)
{
	int n;

	pthread_mutex_lock(&trace_lock);
	n = n_trace;
	pthread_mutex_unlock(&trace_lock);
	return n;
}

__attribute__((unused))
static HwCommandHandle command(uint32_t us, int mark)
{
	HwCommandHandle c;

	CHECK_OK(MockCommandCreate(&c, us, leave_trace, (void *)(long)mark));
	return c;
}

__attribute__((unused))
static HwCommandHandle submit(XQueueHandle xq, uint32_t us, int mark)
{
	HwCommandHandle c = command(us, mark);

	CHECK_OK(XQueueSubmit(xq, c));
	return c;
}

__attribute__((unused))
static void submit_n(XQueueHandle xq, uint32_t us, int first, int n)
{
	int i;

	for (i = 0; i < n; i++)
		submit(xq, us, first + i);
}

__attribute__((unused))
static void check_order(int first, int n)
{
	int i;

	CHECK_EQ(traced(), n);
	for (i = 0; i < n; i++)
		CHECK_EQ(trace[i], first + i);
}

__attribute__((unused))
static XQueueStats stats(XQueueHandle xq)
{
	XQueueStats s = { .size = sizeof(s) };

	CHECK_OK(XQueueGetStats(xq, &s));
	return s;
}

__attribute__((unused))
static XQueueState state(XQueueHandle xq)
{
	XQueueState s;

	CHECK_OK(XQueueQuery(xq, &s));
	return s;
}

__attribute__((unused))
static double now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

__attribute__((unused))
static void sleep_ms(int ms)
{
	struct timespec t = { ms / 1000, (long)(ms % 1000) * 1000000 };

	while (nanosleep(&t, &t) < 0)
		;
}

/* Waits for a condition that another thread brings about. */
#define EVENTUALLY(cond) do {						\
	double __end = now_ms() + 20000;				\
	while (!(cond)) {						\
		if (now_ms() > __end)					\
			FAIL("not in 20 s: %s", #cond);			\
		sleep_ms(1);						\
	}								\
} while (0)

#endif
