// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Births and deaths: many queues, forks, threads that exit, errors of launches.
 */
#include <sched.h>
#include <sys/syscall.h>

#include "api.h"

static void many_queues(const void *arg)
{
	enum { N = 300 };
	static struct rig r[N];
	int i;

	(void)arg;
	CHECK_OK(XHintSetScheduler(kSchedulerLocal, kPolicyHighestPriorityFirst));
	for (i = 0; i < N; i++)
		r[i] = rig_new(1);
	for (i = 0; i < 3 * N; i++)
		submit(r[i % N].xq, 0, i);
	for (i = 0; i < N; i++)
		CHECK_OK(XQueueWaitAll(r[i].xq));
	CHECK_EQ(traced(), 3 * N);
	for (i = 0; i < N; i++)
		rig_end(r[i]);
}

static void many_commands(const void *arg)
{
	enum { N = 20000 };
	static HwCommandHandle c[N];
	struct rig r = rig_new(1);
	int i;

	(void)arg;
	for (i = 0; i < N; i++)
		c[i] = command(0, i);
	CHECK_OK(XQueueSuspend(r.xq, 0));
	for (i = 0; i < N; i++)
		CHECK_OK(XQueueSubmit(r.xq, c[i]));
	CHECK_EQ(stats(r.xq).held, N);
	CHECK_OK(XQueueResume(r.xq, 0));
	CHECK_OK(XQueueWait(r.xq, c[N - 1]));
	check_order(0, N);
	for (i = 0; i < N; i += 100)
		CHECK_OK(XQueueWait(r.xq, c[i]));
	rig_end(r);
}

/* What a child may do: nothing with its parent's handles, everything with its own. */
static void in_child(struct rig r, HwCommandHandle c)
{
	struct rig own;

	pthread_mutex_init(&trace_lock, NULL);	/* the parent's device may have had it */
	CHECK_IS(XQueueWaitAll(r.xq), NOT_FOUND);
	CHECK_IS(XQueueSubmit(r.xq, c), NOT_FOUND);
	CHECK_IS(HwCommandDestroy(c), NOT_FOUND);
	CHECK_IS(XQueueDestroy(r.xq), NOT_FOUND);
	CHECK_IS(HwQueueDestroy(r.hwq), NOT_FOUND);
	own = rig_on(77, 1, 1, 0);
	CHECK_NE(own.xq, r.xq);
	n_trace = 0;
	submit_n(own.xq, 100, 0, 30);
	CHECK_OK(XQueueSuspend(own.xq, 0));
	submit_n(own.xq, 100, 30, 10);
	CHECK_OK(XQueueResume(own.xq, 0));
	CHECK_OK(XQueueWaitAll(own.xq));
	check_order(0, 40);
	CHECK_IS(XQueueWaitAll(r.xq), NOT_FOUND);
	rig_end(own);
}

static void reap(pid_t pid)
{
	int status;

	CHECK_EQ(waitpid(pid, &status, 0), pid);
	CHECK(WIFEXITED(status));
	CHECK_EQ(WEXITSTATUS(status), 0);
}

static void forked(const void *arg)
{
	struct rig r;
	HwCommandHandle c;
	pid_t pid;
	int i;

#ifdef __SANITIZE_THREAD__
	SKIP("TSan supports no threads in a child of a process with threads");
#endif
	if (*(const int *)arg)
		CHECK_OK(XHintSetScheduler(kSchedulerLocal, kPolicyHighestPriorityFirst));
	r = rig_new(1);
	submit_n(r.xq, 300, 0, 50);
	for (i = 0; i < 5; i++) {
		c = command(0, 50 + i);
		pid = MUST(fork());
		if (!pid) {
			in_child(r, c);
			/* And its child. */
			pid = MUST(fork());
			if (!pid) {
				in_child(r, c);
				_exit(0);
			}
			reap(pid);
			_exit(0);
		}
		reap(pid);
		CHECK_OK(XQueueSubmit(r.xq, c));
	}
	CHECK_OK(XQueueWaitAll(r.xq));
	check_order(0, 55);
	rig_end(r);
}

/* A clone that runs none of the C library's fork handlers. */
static void cloned(const void *arg)
{
	struct rig r = rig_new(1);
	HwCommandHandle c = command(0, 0);
	pid_t pid;

	(void)arg;
	pid = (pid_t)MUST(syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0));
	if (!pid) {
		if (XQueueWaitAll(r.xq) != NOT_FOUND || XQueueDestroy(r.xq) != NOT_FOUND ||
		    HwQueueDestroy(r.hwq) != NOT_FOUND || HwCommandDestroy(c) != NOT_FOUND)
			_exit(1);
		_exit(0);
	}
	reap(pid);
	CHECK_OK(XQueueSubmit(r.xq, c));
	CHECK_OK(XQueueWaitAll(r.xq));
	rig_end(r);
}

static struct rig shared;

static void *make_and_leave(void *arg)
{
	int i;

	(void)arg;
	for (i = 0; i < 300; i++)
		submit(shared.xq, 0, 1);
	return NULL;
}

static void threads_exit(const void *arg)
{
	pthread_t t[4];
	int i, round;

	(void)arg;
	shared = rig_new(1);
	for (round = 0; round < 20; round++) {
		for (i = 0; i < 4; i++)
			pthread_create(&t[i], NULL, make_and_leave, NULL);
		for (i = 0; i < 4; i++)
			pthread_join(t[i], NULL);
	}
	CHECK_OK(XQueueWaitAll(shared.xq));
	CHECK_EQ(traced(), 20 * 4 * 300);
	rig_end(shared);
}

static _Atomic int gone;

/* Uses a queue until it is gone, and a little longer. */
static void *use(void *arg)
{
	XQueueState st;
	int after = 0;

	(void)arg;
	while (after < 50) {
		HwCommandHandle c = command(0, 1);
		XResult r = XQueueSubmit(shared.xq, c);

		CHECK(r == kXSchedSuccess || r == NOT_FOUND);
		if (r)
			CHECK_OK(HwCommandDestroy(c));
		r = XQueueQuery(shared.xq, &st);
		CHECK(r == kXSchedSuccess || r == NOT_FOUND);
		r = XQueueWaitAll(shared.xq);
		CHECK(r == kXSchedSuccess || r == NOT_FOUND);
		after += r == NOT_FOUND;
	}
	gone++;
	return NULL;
}

static void destroyed_in_use(const void *arg)
{
	pthread_t t[3];
	int i, round;

	(void)arg;
	for (round = 0; round < 50; round++) {
		shared = rig_new(1);
		for (i = 0; i < 3; i++)
			pthread_create(&t[i], NULL, use, NULL);
		sleep_ms(round % 3);
		CHECK_OK(XQueueDestroy(shared.xq));
		CHECK_OK(HwQueueDestroy(shared.hwq));
		for (i = 0; i < 3; i++)
			pthread_join(t[i], NULL);
	}
	CHECK_EQ(gone, 150);
}

static void *destroy_it(void *arg)
{
	XResult r = XQueueDestroy(shared.xq);

	(void)arg;
	CHECK(r == kXSchedSuccess || r == NOT_FOUND);
	return (void *)(long)r;
}

static void destroyed_twice(const void *arg)
{
	pthread_t t[2];
	void *r[2];
	int round;

	(void)arg;
	for (round = 0; round < 100; round++) {
		shared = rig_new(1);
		submit_n(shared.xq, 50, 0, 5);
		pthread_create(&t[0], NULL, destroy_it, NULL);
		pthread_create(&t[1], NULL, destroy_it, NULL);
		pthread_join(t[0], &r[0]);
		pthread_join(t[1], &r[1]);
		CHECK_EQ((long)r[0] + (long)r[1], NOT_FOUND);
		CHECK_OK(HwQueueDestroy(shared.hwq));
	}
}

/* ------------------------------------------------------------------ errors */

static struct {
	int n;
	XQueueHandle xq;
	HwCommandHandle cmd;
	XResult result;
} heard;

static void hear(XQueueHandle xq, HwCommandHandle cmd, XResult result, void *data)
{
	CHECK(data == &heard);
	heard.xq = xq;
	heard.cmd = cmd;
	heard.result = result;
	__atomic_add_fetch(&heard.n, 1, __ATOMIC_SEQ_CST);
}

static void fails_here(const void *arg)
{
	struct rig r = rig_new(1);
	HwCommandHandle c = command(0, 1);

	(void)arg;
	CHECK_OK(XSetErrorCallback(hear, &heard));
	CHECK_OK(MockQueueFailLaunch(r.hwq, 0));
	CHECK_IS(XQueueSubmit(r.xq, c), HARDWARE);
	CHECK_IS(XQueueWait(r.xq, c), HARDWARE);
	CHECK_OK(XQueueWaitAll(r.xq));		/* it has been told */
	submit(r.xq, 0, 2);
	CHECK_OK(XQueueWaitAll(r.xq));
	CHECK_EQ(heard.n, 0);
	CHECK_EQ(stats(r.xq).failed, 1);
	CHECK_EQ(stats(r.xq).completed, 2);
	CHECK_EQ(traced(), 1);
	rig_end(r);
}

static void fails_later(const void *arg)
{
	struct rig r = rig_new(1);
	HwCommandHandle bad;

	(void)arg;
	CHECK_OK(XSetErrorCallback(hear, &heard));
	CHECK_OK(XQueueSuspend(r.xq, 0));
	CHECK_OK(MockQueueFailLaunch(r.hwq, 2));
	submit_n(r.xq, 1000, 0, 2);
	bad = submit(r.xq, 0, 99);
	submit_n(r.xq, 0, 2, 2);
	CHECK_OK(XQueueResume(r.xq, 0));
	CHECK_IS(XQueueWaitAll(r.xq), HARDWARE);
	CHECK_OK(XQueueWaitAll(r.xq));
	check_order(0, 4);
	EVENTUALLY(__atomic_load_n(&heard.n, __ATOMIC_SEQ_CST) == 1);
	CHECK_EQ(heard.xq, r.xq);
	CHECK_EQ(heard.cmd, bad);
	CHECK_EQ(heard.result, HARDWARE);
	CHECK_IS(XQueueWait(r.xq, bad), HARDWARE);
	rig_end(r);
}

static void fails_and_is_waited_for(const void *arg)
{
	struct rig r = rig_new(1);
	HwCommandHandle bad;

	(void)arg;
	CHECK_OK(XQueueSuspend(r.xq, 0));
	CHECK_OK(MockQueueFailLaunch(r.hwq, 0));
	bad = submit(r.xq, 0, 1);
	CHECK_OK(XQueueResume(r.xq, 0));
	CHECK_IS(XQueueWait(r.xq, bad), HARDWARE);
	rig_end(r);
}

static XResult broken_launch(void *queue, void *command, uint64_t number)
{
	(void)queue;
	(void)command;
	(void)number;
	return kXSchedSuccess;
}

static XResult broken_sync(void *queue)
{
	(void)queue;
	return HARDWARE;
}

/* A device that is lost: nobody waits for ever. */
static void fails_on_the_device(const void *arg)
{
	static const XHwQueueOps ops = { .size = sizeof(ops), .launch = broken_launch,
					 .synchronize = broken_sync };
	HwCommandHandle c;
	struct rig r;

	(void)arg;
	CHECK_OK(HwQueueCreate(&r.hwq, &ops, NULL, 0));
	CHECK_OK(XQueueCreate(&r.xq, r.hwq, 1, 0));
	CHECK_OK(HwCommandCreate(&c, NULL, NULL));
	CHECK_OK(XQueueSubmit(r.xq, c));
	CHECK_IS(XQueueWaitAll(r.xq), HARDWARE);
	CHECK_IS(XQueueWait(r.xq, c), HARDWARE);
	CHECK_OK(XQueueWaitAll(r.xq));
	CHECK_OK(HwCommandCreate(&c, NULL, NULL));
	CHECK_OK(XQueueSubmit(r.xq, c));
	CHECK_IS(XQueueSuspend(r.xq, kQueueSuspendFlagSyncHwQueue), HARDWARE);
	rig_end(r);
}

static int released;

static void release(void *command)
{
	CHECK(command == &released);
	__atomic_add_fetch(&released, 1, __ATOMIC_SEQ_CST);
}

static void payloads_are_released(const void *arg)
{
	static const XHwQueueOps ops = { .size = sizeof(ops), .launch = broken_launch };
	HwCommandHandle c;
	struct rig r;
	int i;

	(void)arg;
	CHECK_OK(HwQueueCreate(&r.hwq, &ops, NULL, 0));
	CHECK_OK(XQueueCreate(&r.xq, r.hwq, 1, 0));
	for (i = 0; i < 4; i++) {
		CHECK_OK(HwCommandCreate(&c, &released, release));
		if (i == 0)
			CHECK_OK(HwCommandDestroy(c));
		else if (i == 1)
			CHECK_IS(XQueueSubmit(0, c), NOT_FOUND);
		if (i == 1)
			CHECK_OK(HwCommandDestroy(c));
		if (i == 3)
			CHECK_OK(XQueueSuspend(r.xq, 0));
		if (i >= 2)
			CHECK_OK(XQueueSubmit(r.xq, c));
	}
	CHECK_OK(XQueueResume(r.xq, kQueueResumeFlagDropCommands));
	CHECK_OK(XQueueWaitAll(r.xq));
	rig_end(r);
	CHECK_EQ(released, 4);
}

static const int zero, one = 1;

static const struct ktap_test tests[] = {
	{ "300 queues at once", many_queues, NULL },
	{ "20,000 commands at once", many_commands, NULL },
	{ "fork: a child has none of it, and may begin anew, APP", forked, &zero },
	{ "fork: a child has none of it, and may begin anew, LCL", forked, &one },
	{ "a raw clone has none of it", cloned, NULL },
	{ "threads exit", threads_exit, NULL },
	{ "a queue is destroyed while others use it", destroyed_in_use, NULL },
	{ "a queue is destroyed twice at once", destroyed_twice, NULL },
	{ "an error in the caller's thread is returned", fails_here, NULL },
	{ "an error in the worker reaches the callback and the next wait", fails_later, NULL },
	{ "an error in the worker reaches who waits for it", fails_and_is_waited_for, NULL },
	{ "an error of the device ends all waits", fails_on_the_device, NULL },
	{ "payloads are released once, whatever happens", payloads_are_released, NULL },
};

KTAP_MAIN(tests)
