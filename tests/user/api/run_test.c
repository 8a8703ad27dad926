// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * What a queue does with its commands: straight through, held, stopped at three levels,
 * resumed, dropped, waited for.
 */
#include "api.h"

#include <stdatomic.h>

struct where {
	pthread_t thread;
	int calls;
};

static XResult note_thread(HwQueueHandle hwq, void *data)
{
	struct where *w = data;

	(void)hwq;
	w->thread = pthread_self();
	__atomic_add_fetch(&w->calls, 1, __ATOMIC_SEQ_CST);
	return kXSchedSuccess;
}

static void submit_note(XQueueHandle xq, struct where *w)
{
	HwCommandHandle c;

	CHECK_OK(HwCommandCreateCallback(&c, note_thread, w));
	CHECK_OK(XQueueSubmit(xq, c));
}

static int calls(struct where *w)
{
	return __atomic_load_n(&w->calls, __ATOMIC_SEQ_CST);
}

static void straight_through(const void *arg)
{
	struct rig r = rig_new(1);
	struct where w = { 0 };

	(void)arg;
	submit_note(r.xq, &w);
	CHECK_EQ(calls(&w), 1);
	CHECK(pthread_equal(w.thread, pthread_self()));
	CHECK_OK(XQueueSuspend(r.xq, 0));
	submit_note(r.xq, &w);
	submit_note(r.xq, &w);
	sleep_ms(20);
	CHECK_EQ(calls(&w), 1);
	CHECK_EQ(stats(r.xq).held, 2);
	CHECK_EQ(state(r.xq), kQueueStateReady);
	CHECK_OK(XQueueResume(r.xq, 0));
	CHECK_OK(XQueueWaitAll(r.xq));
	CHECK_EQ(calls(&w), 3);
	CHECK(!pthread_equal(w.thread, pthread_self()));
	CHECK_EQ(stats(r.xq).launched_direct, 1);
	CHECK_EQ(stats(r.xq).launched_later, 2);
	CHECK_EQ(state(r.xq), kQueueStateIdle);
	/* And straight through again. */
	submit_note(r.xq, &w);
	CHECK(pthread_equal(w.thread, pthread_self()));
	rig_end(r);
}

static void order(const void *arg)
{
	struct rig r = rig_on(1, 1, 1, *(const int *)arg);
	int i;

	CHECK_OK(XQueueSetLaunchConfig(r.xq, 3, 2));
	for (i = 0; i < 500; i++) {
		submit(r.xq, i % 7 ? 0 : 50, i);
		if (i % 50 == 20)
			CHECK_OK(XQueueSuspend(r.xq, 0));
		if (i % 50 == 40)
			CHECK_OK(XQueueResume(r.xq, 0));
	}
	CHECK_OK(XQueueResume(r.xq, 0));
	CHECK_OK(XQueueWaitAll(r.xq));
	check_order(0, 500);
	rig_end(r);
}

static void suspend_level(const void *arg)
{
	int level = *(const int *)arg;
	struct rig r = rig_new(level);
	double begun;
	int ran;

	CHECK_OK(XQueueSetLaunchConfig(r.xq, 8, 4));
	submit_n(r.xq, 20000, 0, 12);
	sleep_ms(30);
	begun = now_ms();
	CHECK_OK(XQueueSuspend(r.xq, kQueueSuspendFlagSyncHwQueue));
	begun = now_ms() - begun;
	ran = traced();
	ktap_note("suspended after %d of 12 commands of 20 ms, in %.1f ms", ran, begun);
	CHECK_EQ(stats(r.xq).in_flight, 0);
	/* In flight at the most: all 8, the one that runs, none. */
	if (level == 3)
		CHECK_LE(ran, 3);
	else if (level == 2)
		CHECK_LE(ran, 4);
	else
		CHECK_GE(ran, 7);
	sleep_ms(60);
	CHECK_EQ(traced(), ran);
	CHECK_OK(XQueueResume(r.xq, 0));
	CHECK_OK(XQueueWaitAll(r.xq));
	/* Each ran to its end once, in order. */
	check_order(0, 12);
	if (level > 1)
		CHECK_GE(stats(r.xq).relaunched, 5);
	CHECK_EQ(stats(r.xq).completed, 12);
	rig_end(r);
}

static void suspend_without_sync(const void *arg)
{
	int level = *(const int *)arg, i;
	struct rig r = rig_new(level);

	submit_n(r.xq, 300, 0, 100);
	for (i = 0; i < 20; i++) {
		CHECK_OK(XQueueSuspend(r.xq, 0));
		sleep_ms(i % 3);
		CHECK_OK(XQueueResume(r.xq, 0));
		sleep_ms(i % 2);
	}
	CHECK_OK(XQueueWaitAll(r.xq));
	check_order(0, 100);
	rig_end(r);
}

static void wait_flags(const void *arg)
{
	int flag = *(const int *)arg;
	struct rig r = rig_new(1);

	submit_n(r.xq, 2000, 0, 10);
	CHECK_OK(XQueueSuspend(r.xq, flag));
	CHECK_EQ(traced(), 10);
	submit_n(r.xq, 0, 10, 3);
	sleep_ms(10);
	CHECK_EQ(traced(), 10);
	CHECK_OK(XQueueResume(r.xq, 0));
	CHECK_OK(XQueueWaitAll(r.xq));
	check_order(0, 13);
	rig_end(r);
}

static void drop(const void *arg)
{
	int level = *(const int *)arg;
	struct rig r = rig_new(level);
	HwCommandHandle last;

	CHECK_OK(XQueueSetLaunchConfig(r.xq, 2, 1));
	submit_n(r.xq, 10000, 0, 10);
	last = submit(r.xq, 10000, 10);
	sleep_ms(15);
	CHECK_OK(XQueueSuspend(r.xq, kQueueSuspendFlagSyncHwQueue));
	CHECK_OK(XQueueResume(r.xq, kQueueResumeFlagDropCommands));
	CHECK_OK(XQueueWait(r.xq, last));
	CHECK_EQ(state(r.xq), kQueueStateIdle);
	CHECK_LE(traced(), 4);
	CHECK_GE(stats(r.xq).dropped, 7);
	CHECK_EQ(stats(r.xq).completed, 11);
	submit(r.xq, 0, 99);
	CHECK_OK(XQueueWaitAll(r.xq));
	CHECK_EQ(trace[n_trace - 1], 99);
	rig_end(r);
}

static void window(const void *arg)
{
	struct rig r = rig_on(1, 1, 1, *(const int *)arg);
	XQueueStats s;
	int i;

	CHECK_OK(XQueueSetLaunchConfig(r.xq, 4, 2));
	submit_n(r.xq, 1000, 0, 40);
	for (i = 0; i < 20; i++) {
		s = stats(r.xq);
		CHECK_LE(s.in_flight, 4);
		CHECK_EQ(s.submitted, 40);
		CHECK_EQ(s.completed + s.in_flight + s.held, 40);
		sleep_ms(1);
	}
	/* Larger while commands wait, without draining. */
	CHECK_OK(XQueueSetLaunchConfig(r.xq, 16, 8));
	CHECK_OK(XQueueWaitAll(r.xq));
	check_order(0, 40);
	rig_end(r);
}

static void budget(const void *arg)
{
	struct rig r = rig_new(1);

	(void)arg;
	CHECK_OK(XQueueSetLaunchBudget(r.xq, 10000));
	submit_n(r.xq, 1000, 0, 60);
	CHECK_OK(XQueueWaitAll(r.xq));
	submit_n(r.xq, 1000, 60, 60);
	sleep_ms(20);
	ktap_note("1 ms commands, budget 10 ms: estimate %llu ns, window %llu",
		  (unsigned long long)stats(r.xq).command_ns, (unsigned long long)stats(r.xq).window);
	CHECK_GE(stats(r.xq).command_ns, 500000);
	CHECK_LE(stats(r.xq).window, 20);
	CHECK_GE(stats(r.xq).window, 2);
	CHECK_OK(XQueueWaitAll(r.xq));
	check_order(0, 120);
	rig_end(r);
}

static void level_while_running(const void *arg)
{
	struct rig r = rig_on(1, 3, 1, 0);
	int i;

	(void)arg;
	submit_n(r.xq, 500, 0, 60);
	for (i = 0; i < 9; i++) {
		CHECK_OK(XQueueSetPreemptLevel(r.xq, 1 + i % 3));
		CHECK_EQ(stats(r.xq).level, 1 + i % 3);
		CHECK_OK(XQueueSuspend(r.xq, i % 2 ? kQueueSuspendFlagSyncHwQueue : 0));
		CHECK_OK(XQueueResume(r.xq, 0));
	}
	CHECK_OK(XQueueWaitAll(r.xq));
	check_order(0, 60);
	rig_end(r);
}

static void host_function(const void *arg)
{
	struct rig r = rig_on(1, 1, 1, *(const int *)arg);
	HwCommandHandle c;
	int i;

	for (i = 0; i < 30; i += 3) {
		submit(r.xq, 300, i);
		CHECK_OK(HwCommandCreateHostFunction(&c, leave_trace, (void *)(long)(i + 1)));
		CHECK_OK(XQueueSubmit(r.xq, c));
		submit(r.xq, 0, i + 2);
	}
	CHECK_OK(XQueueWaitAll(r.xq));
	check_order(0, 30);
	/* On an idle queue it runs here. */
	CHECK_OK(HwCommandCreateHostFunction(&c, leave_trace, (void *)30L));
	CHECK_OK(XQueueSubmit(r.xq, c));
	check_order(0, 31);
	CHECK_OK(XQueueWait(r.xq, c));
	rig_end(r);
}

static int completions;

static void count_completion(HwCommandHandle c, XResult result, void *data)
{
	if (result == kXSchedSuccess && *(HwCommandHandle *)data == c)
		__atomic_add_fetch(&completions, 1, __ATOMIC_SEQ_CST);
}

static void on_complete(const void *arg)
{
	struct rig r = rig_on(1, 1, 1, *(const int *)arg);
	HwCommandHandle c[20];
	int i;

	for (i = 0; i < 20; i++) {
		c[i] = command(200, i);
		CHECK_IS(HwCommandOnComplete(c[i], NULL, NULL), INVALID);
		CHECK_OK(HwCommandOnComplete(c[i], count_completion, &c[i]));
		CHECK_OK(XQueueSubmit(r.xq, c[i]));
	}
	/* Nobody waits or asks. */
	EVENTUALLY(__atomic_load_n(&completions, __ATOMIC_SEQ_CST) == 20);
	rig_end(r);
	CHECK_EQ(completions, 20);
}

static void query(const void *arg)
{
	struct rig r = rig_on(1, 1, 1, *(const int *)arg);

	CHECK_EQ(state(r.xq), kQueueStateIdle);
	submit(r.xq, 5000, 0);
	CHECK_EQ(state(r.xq), kQueueStateReady);
	EVENTUALLY(state(r.xq) == kQueueStateIdle);
	CHECK_EQ(traced(), 1);
	rig_end(r);
}

struct nest {
	struct rig r;
	int n;
};

static XResult submit_more(HwQueueHandle hwq, void *data)
{
	struct nest *n = data;

	(void)hwq;
	leave_trace((void *)(long)n->n);
	CHECK_IS(XQueueWaitAll(n->r.xq), NOT_ALLOWED);
	CHECK_IS(XQueueDestroy(n->r.xq), NOT_ALLOWED);
	CHECK_IS(XQueueSuspend(n->r.xq, kQueueSuspendFlagWaitAll), NOT_ALLOWED);
	if (++n->n < 5) {
		HwCommandHandle c;

		CHECK_OK(HwCommandCreateCallback(&c, submit_more, n));
		CHECK_OK(XQueueSubmit(n->r.xq, c));
		CHECK_IS(XQueueWait(n->r.xq, c), NOT_ALLOWED);
	}
	return kXSchedSuccess;
}

static void nested(const void *arg)
{
	struct nest n = { rig_new(1), 0 };
	HwCommandHandle c;

	(void)arg;
	CHECK_OK(HwCommandCreateCallback(&c, submit_more, &n));
	CHECK_OK(XQueueSubmit(n.r.xq, c));
	EVENTUALLY(traced() == 5);
	CHECK_OK(XQueueWaitAll(n.r.xq));
	check_order(0, 5);
	rig_end(n.r);
}

static void *resume_soon(void *arg)
{
	sleep_ms(50);
	CHECK_OK(XQueueResume(*(XQueueHandle *)arg, 0));
	return NULL;
}

static void blocking_submit(const void *arg)
{
	HwQueueHandle hwq;
	XQueueHandle xq;
	struct where w = { 0 };
	double begun;
	pthread_t t;

	(void)arg;
	CHECK_OK(MockQueueCreate(&hwq, 1, 1, 0));
	CHECK_OK(XQueueCreate(&xq, hwq, 1, kQueueCreateFlagBlockingSubmit));
	CHECK(!(stats(xq).features & kQueueFeatureAsyncSubmit));
	CHECK_OK(XQueueSuspend(xq, 0));
	pthread_create(&t, NULL, resume_soon, &xq);
	begun = now_ms();
	submit_note(xq, &w);
	CHECK_EQ(calls(&w), 1);
	CHECK_GE(now_ms() - begun, 40);
	pthread_join(t, NULL);
	rig_end((struct rig){ hwq, xq });
}

static void noexec(const void *arg)
{
	struct rig r = rig_new(1);

	(void)arg;
	CHECK_OK(XHintPriority(r.xq, PRIORITY_NO_EXECUTE));
	submit(r.xq, 0, 0);
	sleep_ms(10);
	CHECK_EQ(traced(), 0);
	/* Two reasons to stop; either alone suffices. */
	CHECK_OK(XQueueSuspend(r.xq, 0));
	CHECK_EQ(stats(r.xq).suspended, 3);
	CHECK_OK(XHintPriority(r.xq, 0));
	sleep_ms(10);
	CHECK_EQ(traced(), 0);
	CHECK_OK(XQueueResume(r.xq, 0));
	CHECK_OK(XQueueWaitAll(r.xq));
	CHECK_EQ(traced(), 1);
	rig_end(r);
}

/* A platform that knows nothing but launching. */
static int bare_launches;

static XResult bare_launch(void *queue, void *command, uint64_t number)
{
	(void)queue;
	(void)command;
	(void)number;
	bare_launches++;
	return kXSchedSuccess;
}

static void bare_hal(const void *arg)
{
	static const XHwQueueOps ops = { .size = sizeof(ops), .launch = bare_launch };
	HwCommandHandle c;
	struct rig r;
	int i;

	(void)arg;
	CHECK_OK(HwQueueCreate(&r.hwq, &ops, NULL, XDeviceMake(kDeviceTypeNPU, 1)));
	CHECK_OK(XQueueCreate(&r.xq, r.hwq, 1, 0));
	for (i = 0; i < 100; i++) {
		CHECK_OK(HwCommandCreate(&c, NULL, NULL));
		CHECK_OK(XQueueSubmit(r.xq, c));
		CHECK_OK(XQueueWait(r.xq, c));
	}
	for (i = 0; i < 1000; i++) {
		CHECK_OK(HwCommandCreate(&c, NULL, NULL));
		CHECK_OK(XQueueSubmit(r.xq, c));
	}
	CHECK_OK(XQueueWaitAll(r.xq));
	CHECK_EQ(bare_launches, 1100);
	CHECK_EQ(state(r.xq), kQueueStateIdle);
	rig_end(r);
}

static struct rig crowd_rig;
static _Atomic bool crowd_stop;

static void *crowd_submits(void *arg)
{
	int i;

	(void)arg;
	for (i = 0; i < 400; i++) {
		HwCommandHandle c = submit(crowd_rig.xq, 0, 1);

		if (i % 16 == 0)
			CHECK_OK(XQueueWait(crowd_rig.xq, c));
	}
	return NULL;
}

static void *crowd_waits(void *arg)
{
	(void)arg;
	while (!crowd_stop) {
		CHECK_OK(XQueueWaitAll(crowd_rig.xq));
		state(crowd_rig.xq);
	}
	return NULL;
}

static void crowd(const void *arg)
{
	pthread_t t[4], w;
	int i;

	crowd_rig = rig_on(1, 3, *(const int *)arg, 0);
	for (i = 0; i < 4; i++)
		pthread_create(&t[i], NULL, crowd_submits, NULL);
	pthread_create(&w, NULL, crowd_waits, NULL);
	for (i = 0; i < 60; i++) {
		CHECK_OK(XQueueSuspend(crowd_rig.xq, i % 4 ? 0 : kQueueSuspendFlagSyncHwQueue));
		sleep_ms(1);
		CHECK_OK(XQueueResume(crowd_rig.xq, 0));
		if (i % 5 == 0)
			CHECK_OK(XQueueSetLaunchConfig(crowd_rig.xq, 1 + i % 7, 1));
	}
	for (i = 0; i < 4; i++)
		pthread_join(t[i], NULL);
	CHECK_OK(XQueueWaitAll(crowd_rig.xq));
	CHECK_EQ(traced(), 1600);
	crowd_stop = true;
	pthread_join(w, NULL);
	CHECK_EQ(stats(crowd_rig.xq).completed, 1600);
	rig_end(crowd_rig);
}

static const int zero, one = 1, two = 2, three = 3, four = 4;

/* Its end is being told, by another thread, when somebody begins to wait for it. */
static atomic_int slow_calls, slow_begun;

static void slow_completion(HwCommandHandle c, XResult result, void *data)
{
	(void)c;
	(void)result;
	(void)data;
	atomic_store(&slow_begun, 1);
	usleep(50000);
	atomic_fetch_add(&slow_calls, 1);
}

static void wait_while_it_is_told(const void *arg)
{
	struct rig r = rig_new(1);
	HwCommandHandle c = command(100, 0);

	(void)arg;
	CHECK_OK(HwCommandOnComplete(c, slow_completion, NULL));
	CHECK_OK(XQueueSubmit(r.xq, c));
	while (!atomic_load(&slow_begun))
		usleep(100);
	CHECK_OK(XQueueWait(r.xq, c));
	usleep(100000);
	CHECK_EQ(atomic_load(&slow_calls), 1);
	CHECK_OK(XQueueWait(r.xq, c));
	rig_end(r);
}

static const struct ktap_test tests[] = {
	{ "open: in the caller's thread; stopped: held, then the worker's", straight_through, NULL },
	{ "order is kept whoever launches", order, &zero },
	{ "order is kept, on a platform without marks", order, &one },
	{ "suspend at level 1: what is in flight ends", suspend_level, &one },
	{ "suspend at level 2: what runs ends", suspend_level, &two },
	{ "suspend at level 3: nothing goes on", suspend_level, &three },
	{ "suspend and resume at once, level 1", suspend_without_sync, &one },
	{ "suspend and resume at once, level 2", suspend_without_sync, &two },
	{ "suspend and resume at once, level 3", suspend_without_sync, &three },
	{ "suspend waits for what was submitted", wait_flags, &two },
	{ "suspend waits until idle", wait_flags, &four },
	{ "resume drops what didn't run, level 1", drop, &one },
	{ "resume drops what didn't run, level 2", drop, &two },
	{ "resume drops what didn't run, level 3", drop, &three },
	{ "window: never more in flight", window, &zero },
	{ "window: never more in flight, without marks", window, &one },
	{ "window by time", budget, NULL },
	{ "level changes while commands run", level_while_running, NULL },
	{ "host functions run in between", host_function, &zero },
	{ "host functions run in between, without marks", host_function, &one },
	{ "completion callbacks come by themselves", on_complete, &zero },
	{ "completion callbacks come by themselves, without marks", on_complete, &one },
	{ "a wait while the end is being told", wait_while_it_is_told, NULL },
	{ "query finds out by itself", query, &zero },
	{ "query finds out by itself, without marks", query, &one },
	{ "commands submit commands", nested, NULL },
	{ "blocking submit", blocking_submit, NULL },
	{ "PRIORITY_NO_EXECUTE", noexec, NULL },
	{ "a platform that can only launch", bare_hal, NULL },
	{ "four threads submit, one suspends, level 1", crowd, &one },
	{ "four threads submit, one suspends, level 2", crowd, &two },
	{ "four threads submit, one suspends, level 3", crowd, &three },
};

KTAP_MAIN(tests)
