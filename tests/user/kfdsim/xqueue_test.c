// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Programs that make XQueues of their HSA queues and HIP streams: stopped and let go
 * at each level, nothing gets lost, nothing runs twice, and what was stopped in its
 * middle goes on from there.
 */
#include "own.h"

#include <hip/hip_runtime_api.h>

#define STOP(xq)	CHECK_EQ(XQueueSuspend(xq, kQueueSuspendFlagSyncHwQueue), kXSchedSuccess)
#define GO(xq)		CHECK_EQ(XQueueResume(xq, kQueueResumeFlagNone), kXSchedSuccess)

static void open_all(void)
{
	CHECK_EQ(XHintSetScheduler(kSchedulerAppManaged, kPolicyUnknown), kXSchedSuccess);
	hsa_open();
}

static uint64_t dispatched(void)
{
	struct sim_queue q;

	CHECK(sim_queue_of_mine(&q));
	return q.dispatches;
}

/* While it is stopped nothing begins; afterwards all of it has run. */
static void holds(const void *arg)
{
	int level = (int)(intptr_t)arg;
	struct feeder f = { 0 };
	uint64_t before;

	open_all();
	own_queue(&f, level, 8, 1);
	feeder_start(&f, 500);
	sleep_us(30000);
	STOP(f.xq);
	before = dispatched();
	sleep_us(50000);
	CHECK_EQ(dispatched(), before);
	GO(f.xq);
	sleep_us(30000);
	CHECK_GE(dispatched(), before + 5);
	feeder_stop(&f);
	CHECK_EQ(dispatched(), atomic_load(&f.sent));
	own_queue_end(&f);
	ktap_note("simulated: level %d held %" PRIu64 " of %" PRIu64 " dispatches", level, f.sent - before, f.sent);
}

/* CYCLES of stopping and going on, with kernels under way all the time. */
static void cycles(const void *arg)
{
	const char *v = getenv("CYCLES");
	int n = v ? atoi(v) : 300, i;
	struct feeder f = { 0 };
	struct sim_queue q;
	uint64_t begin;

	(void)arg;
	open_all();
	own_queue(&f, kPreemptLevelInterrupt, 8, 4);
	feeder_start(&f, 40000);	/* longer than it takes until the next stop is worth it */
	sleep_us(20000);
	begin = now_ns();
	for (i = 0; i < n; i++) {
		STOP(f.xq);
		GO(f.xq);
		if (i % 7 == 3)
			sleep_us(100 + i % 11 * 50);
	}
	ktap_note("simulated: %d cycles in %.1f s", n, (double)(now_ns() - begin) / 1e9);
	feeder_stop(&f);
	CHECK(sim_queue_of_mine(&q));
	ktap_note("simulated: %" PRIu64 " dispatches, %" PRIu64 " saves, %" PRIu64 " restores", q.dispatches,
		  q.saves, q.restores);
	CHECK_EQ(q.dispatches, atomic_load(&f.sent));
	CHECK_EQ(q.saves, q.restores);
	CHECK_GE(q.saves, 10);	/* the others found it at a gate: more of them, the slower this machine is */
	own_queue_end(&f);
}

#define LONG_US		1000000ull
#define OFF_US		20000ull

/* How long one kernel was on the device in all, in us, though it was taken off ten times. */
static uint64_t time_on_device(struct feeder *f, uint64_t *off_us)
{
	hsa_signal_t done = new_signal(1);
	uint64_t since, off = 0;
	struct sim_queue q;
	int i;

	dispatch(f->q, LONG_US * 1000, done);
	for (i = 0; i < 10; i++) {
		sleep_us(40000);
		STOP(f->xq);
		since = now_ns();
		sleep_us(OFF_US);
		off += now_ns() - since;
		GO(f->xq);
	}
	CHECK(wait_below(done, 1, 30000));
	CHECK(sim_queue_of_mine(&q));
	CHECK_GE(q.saves, 10);
	*off_us = off / 1000;
	return q.ran / 1000;
}

static void remaining(const void *arg)
{
	struct feeder f = { 0 };
	uint64_t ran, off, again;

	(void)arg;
	open_all();
	own_queue(&f, kPreemptLevelInterrupt, 8, 1);
	ran = time_on_device(&f, &off);
	ktap_note("simulated: a kernel of %llu us, taken off 10 times for %" PRIu64 " us in all, was on the device for %" PRIu64 " us",
		  LONG_US, off, ran);
	CHECK_GE(off, 10 * OFF_US);
	CHECK_GE(ran, LONG_US * 99 / 100);
	CHECK_GE(LONG_US * 101 / 100, ran);
	/* That this can fail: a device that forgets how far it was. */
	sim_inject("forget 1");
	again = time_on_device(&f, &off);
	ktap_note("simulated: one that forgets once: %" PRIu64 " us", again);
	CHECK_GE(again, LONG_US * 102 / 100);
	own_queue_end(&f);
}

/* A program that forgets to resume: destroying puts it back on the device first. */
static void destroyed(const void *arg)
{
	struct feeder f = { 0 };

	(void)arg;
	open_all();
	own_queue(&f, kPreemptLevelInterrupt, 8, 1);
	feeder_start(&f, 2000);
	sleep_us(20000);
	STOP(f.xq);
	CHECK_EQ(XQueueDestroy(f.xq), kXSchedSuccess);
	sleep_us(20000);
	feeder_stop(&f);
	CHECK_EQ(HwQueueDestroy(f.hw), kXSchedSuccess);
	HSA(hsa_queue_destroy(f.q));
	RESULT("an XQueue that was suspended is destroyed, its queue runs on");
}

static void stream(const void *arg)
{
	int level = (int)(intptr_t)arg;
	HwQueueHandle hw, hw2;
	XQueueHandle xq, xq2;
	hipStream_t s, other;
	hipEvent_t e, e2;
	void *d, *h;

	CHECK_EQ(XHintSetScheduler(kSchedulerAppManaged, kPolicyUnknown), kXSchedSuccess);
	CHECK_EQ(hipStreamCreate(&s), hipSuccess);
	CHECK_EQ(hipStreamCreate(&other), hipSuccess);
	CHECK_EQ(HipQueueCreate(&hw, s), kXSchedSuccess);
	CHECK_EQ(XQueueCreate(&xq, hw, level, kQueueCreateFlagNone), kXSchedSuccess);
	CHECK_EQ(HipQueueCreate(&hw2, other), kXSchedSuccess);
	CHECK_EQ(XQueueCreate(&xq2, hw2, level, kQueueCreateFlagNone), kXSchedSuccess);
	CHECK_EQ(hipEventCreate(&e), hipSuccess);
	CHECK_EQ(hipEventCreate(&e2), hipSuccess);
	CHECK_EQ(hipMalloc(&d, 4096), hipSuccess);
	CHECK_EQ(hipHostMalloc(&h, 4096, 0), hipSuccess);
	STOP(xq);
	CHECK_EQ(hipMemsetAsync(d, 1, 4096, s), hipSuccess);
	CHECK_EQ(hipEventRecord(e, s), hipSuccess);
	CHECK_EQ(hipMemsetAsync(d, 2, 4096, other), hipSuccess);
	CHECK_EQ(hipEventRecord(e2, other), hipSuccess);
	CHECK_EQ(hipEventSynchronize(e2), hipSuccess);
	sleep_us(20000);
	CHECK_EQ(hipEventQuery(e), hipErrorNotReady);
	GO(xq);
	CHECK_EQ(hipEventSynchronize(e), hipSuccess);
	CHECK_EQ(XQueueDestroy(xq), kXSchedSuccess);
	CHECK_EQ(XQueueDestroy(xq2), kXSchedSuccess);
	RESULT("a stream was held, another one not");
}

#define LEVEL(n) (const void *)(intptr_t)(n)

static const struct ktap_test tests[] = {
	{ "level 1 holds a queue", holds, LEVEL(1) },
	{ "level 2 holds a queue", holds, LEVEL(2) },
	{ "level 3 holds a queue", holds, LEVEL(3) },
	{ "suspend and resume, over and over", cycles, NULL },
	{ "what remains of a kernel is kept", remaining, NULL },
	{ "destroyed while suspended", destroyed, NULL },
	{ "a HIP stream at level 1", stream, LEVEL(1) },
	{ "a HIP stream at level 2", stream, LEVEL(2) },
	{ "a HIP stream at level 3", stream, LEVEL(3) },
};
KTAP_MAIN(tests)
