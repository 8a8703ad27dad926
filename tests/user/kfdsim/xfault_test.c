// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * What a program may do to a queue while it is stopped: full rings, doorbells,
 * priorities, the queue's end. Each is as it would be without xsched, only later.
 */
#include "own.h"

#define STOP(xq)	CHECK_EQ(XQueueSuspend(xq, kQueueSuspendFlagSyncHwQueue), kXSchedSuccess)
#define GO(xq)		CHECK_EQ(XQueueResume(xq, kQueueResumeFlagNone), kXSchedSuccess)
#define LONG_NS		50000000ull
#define LEVEL(n)	(const void *)(intptr_t)(n)

/* A queue with one long kernel on the device, stopped in its middle at level 3. */
static void stopped(struct feeder *f, int level, hsa_signal_t done)
{
	XHintSetScheduler(kSchedulerAppManaged, kPolicyUnknown);
	hsa_open();
	own_queue(f, level, 8, 1);
	dispatch(f->q, LONG_NS, done);
	sleep_us(10000);
	STOP(f->xq);
}

static struct sim_queue now(void)
{
	struct sim_queue q;

	CHECK(sim_queue_of_mine(&q));
	return q;
}

static void doorbell(const void *arg)
{
	hsa_signal_t first, second;
	struct feeder f = { 0 };

	hsa_init();
	first = new_signal(1);
	second = new_signal(1);
	stopped(&f, (int)(intptr_t)arg, first);
	dispatch(f.q, 1000, second);
	sleep_us(30000);
	CHECK_EQ(hsa_signal_load_scacquire(second), 1);
	GO(f.xq);
	CHECK(wait_below(second, 1, 10000));
	CHECK(wait_below(first, 1, 0));
	CHECK_EQ(now().dispatches, 2);
	own_queue_end(&f);
}

static void *fill(void *arg)
{
	struct feeder *f = arg;
	int i;

	for (i = 0; i < 600; i++) {
		hsa_signal_add_relaxed(f->left, 1);
		dispatch(f->q, 1000, f->left);
		atomic_fetch_add(&f->sent, 1);
	}
	return NULL;
}

/* The program waits for room, as it would behind a long kernel; then everything runs. */
static void ring_full(const void *arg)
{
	struct feeder f = { 0 };
	hsa_signal_t done;

	hsa_init();
	done = new_signal(1);
	stopped(&f, (int)(intptr_t)arg, done);
	f.left = new_signal(0);
	CHECK_EQ(pthread_create(&f.thread, NULL, fill, &f), 0);
	sleep_us(50000);
	ktap_note("simulated: %" PRIu64 " of 600 dispatches fit into the ring of 256", atomic_load(&f.sent));
	CHECK_GE(256, atomic_load(&f.sent));
	GO(f.xq);
	feeder_stop(&f);
	CHECK_EQ(atomic_load(&f.sent), 600);
	CHECK(wait_below(done, 1, 0));
	CHECK_EQ(now().dispatches, 601);
	own_queue_end(&f);
}

static void twice(const void *arg)
{
	struct feeder f = { 0 };
	struct sim_queue q;
	hsa_signal_t done;

	hsa_init();
	done = new_signal(1);
	stopped(&f, (int)(intptr_t)arg, done);
	STOP(f.xq);
	GO(f.xq);
	GO(f.xq);
	CHECK(wait_below(done, 1, 10000));
	q = now();
	CHECK_EQ(q.dispatches, 1);
	CHECK_EQ(q.saves, q.restores);
	own_queue_end(&f);
}

/* AMD's runtime sets priority and share in one call; whether it runs stays ours. */
static void priority(const void *arg)
{
	uint32_t mask[2] = { 0xffff, 0 };
	struct feeder f = { 0 };
	hsa_signal_t done;

	(void)arg;
	hsa_init();
	done = new_signal(1);
	stopped(&f, kPreemptLevelInterrupt, done);
	CHECK_EQ(now().percent, 0);
	HSA(hsa_amd_queue_set_priority(f.q, HSA_AMD_QUEUE_PRIORITY_HIGH));
	CHECK_EQ(now().percent, 0);
	HSA(hsa_amd_queue_cu_set_mask(f.q, 64, mask));
	CHECK_EQ(now().percent, 0);
	sleep_us(80000);
	CHECK_EQ(hsa_signal_load_scacquire(done), 1);
	GO(f.xq);
	CHECK_EQ(now().percent, 100);
	CHECK(wait_below(done, 1, 10000));
	own_queue_end(&f);
}

/* The queue first, then what was made of it. */
static void destroyed(const void *arg)
{
	struct feeder f = { 0 };
	hsa_signal_t done;

	hsa_init();
	done = new_signal(1);
	stopped(&f, (int)(intptr_t)arg, done);
	HSA(hsa_queue_destroy(f.q));
	XQueueResume(f.xq, kQueueResumeFlagNone);
	CHECK_EQ(XQueueDestroy(f.xq), kXSchedSuccess);
	CHECK_EQ(HwQueueDestroy(f.hw), kXSchedSuccess);
	f = (struct feeder){ 0 };
	hsa_signal_store_relaxed(done, 1);
	f.q = new_queue(64);
	dispatch(f.q, 1000, done);
	CHECK(wait_below(done, 1, 10000));
	RESULT("a stopped queue was destroyed, the next one works");
}

static const struct ktap_test tests[] = {
	{ "doorbell rung while stopped, level 1", doorbell, LEVEL(1) },
	{ "doorbell rung while stopped, level 2", doorbell, LEVEL(2) },
	{ "doorbell rung while stopped, level 3", doorbell, LEVEL(3) },
	{ "ring full, level 1", ring_full, LEVEL(1) },
	{ "ring full, level 2", ring_full, LEVEL(2) },
	{ "ring full, level 3", ring_full, LEVEL(3) },
	{ "stopped and resumed twice, level 3", twice, LEVEL(3) },
	{ "priority and CU mask while stopped", priority, NULL },
	{ "queue destroyed while stopped, level 1", destroyed, LEVEL(1) },
	{ "queue destroyed while stopped, level 2", destroyed, LEVEL(2) },
	{ "queue destroyed while stopped, level 3", destroyed, LEVEL(3) },
};
KTAP_MAIN(tests)
