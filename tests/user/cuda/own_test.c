// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Programs that make XQueues of their CUDA streams: these are counted, held and let go, alone
 * and by the scheduler of the process, and whatever the program does next nothing hangs.
 */
#include "own.h"

#include <dlfcn.h>
#include <pthread.h>

#define LEVEL(n)	(const void *)(intptr_t)(n)
#define HELD_US		50000
#define BATCH		4	/* of own_wrap(): a double that is slow to pass a gate stops at the next */

static void begin(void)
{
	cu_begin();
	GOOD(XHintSetScheduler(kSchedulerAppManaged, kPolicyUnknown));
}

/* Every command is seen, by whatever way it comes. */
static void counted(const void *level)
{
	cu_result (*launch)(void *, u32, u32, u32, u32, u32, u32, u32, cu_stream, void **, void **);
	u32 v = 10, us = 0, i;
	int64_t before, after;
	struct own o;
	cu_ptr log;
	void *params[] = { &log, &v, &us };

	begin();
	log = log_new(30);
	own_new(&o, (int)(intptr_t)level);
	GOOD(XQueueProfileHwCommandCount(o.xq, &before));
	for (i = 0; i < 10; i++)
		OK(append(o.s, log, i, 0));
	*(void **)&launch = dlsym(dlopen("libcuda.so.1", RTLD_LAZY), "cuLaunchKernel");
	OK(launch(append_kernel, 1, 1, 1, 1, 1, 1, 0, o.s, params, NULL));
	OK(cuGetProcAddress_v2("cuLaunchKernel", (void **)&launch, 14000, 1, NULL));
	v = 11;
	OK(launch(append_kernel, 1, 1, 1, 1, 1, 1, 0, o.s, params, NULL));
	GOOD(XQueueProfileHwCommandCount(o.xq, &after));
	CHECK_EQ(after - before, 12);
	OK(cuStreamSynchronize(o.s));
	log_is_in_order(log, 0, 12);
	own_end(&o);
	OK(append(o.s, log, 12, 0));
	OK(cuStreamSynchronize(o.s));
	log_is_in_order(log, 0, 13);
}

/* Stopped with much in it, nothing moves, what comes is taken, and others go on. */
static void held(const void *level)
{
	struct own o, other;
	cu_ptr log, other_log;
	XQueueState state;
	u32 i, at, round;

	begin();
	log = log_new(500);
	own_new(&o, (int)(intptr_t)level);
	own_new(&other, (int)(intptr_t)level);
	for (i = 0, round = 0; round < 5; round++) {
		other_log = log_new(20);
		for (; i < 60 + round * 80; i++)
			OK(append(o.s, log, i, 200));
		SUSPEND(&o, SyncHwQueue);
		at = log_length(log);
		for (; i < 80 + round * 80; i++)
			OK(append(o.s, log, i, 200));
		for (u32 k = 0; k < 20; k++)
			OK(append(other.s, other_log, k, 100));
		OK(cuStreamSynchronize(other.s));
		log_is_in_order(other_log, 0, 20);
		usleep(HELD_US / 5);
		CHECK_LE(log_length(log), at + BATCH);
		CHECK_EQ(cuStreamQuery(o.s), CU_NOT_READY);
		GOOD(XQueueQuery(o.xq, &state));
		CHECK_EQ(state, kQueueStateReady);
		RESUME(&o);
	}
	GOOD(XQueueWaitAll(o.xq));
	log_is_in_order(log, 0, i);
	GOOD(XQueueQuery(o.xq, &state));
	CHECK_EQ(state, kQueueStateIdle);
	own_end(&o);
	own_end(&other);
}

static void *suspend_and_resume(void *arg)
{
	struct own *o = arg;
	u32 i;

	for (i = 0; i < 300; i++) {
		SUSPEND(o, None);
		usleep(i % 7 * 50);
		if (i % 3 == 0)
			SUSPEND(o, SyncHwQueue);
		RESUME(o);
		usleep(i % 5 * 50);
	}
	return NULL;
}

/* By one thread, while another one works. */
static void over_and_over(const void *level)
{
	struct own o;
	pthread_t t;
	cu_ptr log;
	u32 i;

	begin();
	log = log_new(4000);
	own_new(&o, (int)(intptr_t)level);
	pthread_create(&t, NULL, suspend_and_resume, &o);
	for (i = 0; i < 4000; i++) {
		OK(append(o.s, log, i, i % 50 ? 0 : 100));
		if (i % 100 == 99)
			OK(cuStreamSynchronize(o.s));
	}
	pthread_join(t, NULL);
	OK(cuStreamSynchronize(o.s));
	log_is_in_order(log, 0, 4000);
	own_end(&o);
}

struct launch {
	cu_stream s;
	cu_ptr log;
	u32 value;
};

static XResult launch_one(HwQueueHandle hwq, void *data)
{
	struct launch *l = data;

	(void)hwq;
	return append(l->s, l->log, l->value, 100) == CU_OK ? kXSchedSuccess : kXSchedErrorHardware;
}

/* Commands of XQueueSubmit(), between the program's own. */
static void submitted(const void *level)
{
	struct launch l[40];
	HwCommandHandle cmd;
	struct own o;
	u32 i;

	begin();
	own_new(&o, (int)(intptr_t)level);
	l[0].log = log_new(80);
	for (i = 0; i < 40; i++) {
		l[i] = (struct launch){ o.s, l[0].log, 2 * i };
		GOOD(HwCommandCreateCallback(&cmd, launch_one, &l[i]));
		GOOD(XQueueSubmit(o.xq, cmd));
		OK(append(o.s, l[0].log, 2 * i + 1, 0));
		if (i % 10 == 9)
			GOOD(XQueueWait(o.xq, cmd));
		if (i % 10 == 4) {
			SUSPEND(&o, None);
			usleep(1000);
			RESUME(&o);
		}
	}
	GOOD(XQueueWaitAll(o.xq));
	log_is_in_order(l[0].log, 0, 80);
	own_end(&o);
}

static int stop;

static void *background(void *arg)
{
	cu_ptr log = log_new(100000);
	struct own *o = arg;
	u32 i;

	cu_begin();
	for (i = 0; i < 100000 && !__atomic_load_n(&stop, __ATOMIC_RELAXED); i++) {
		OK(append(o->s, log, i, 500));
		if (i % 16 == 15)
			OK(cuStreamSynchronize(o->s));
	}
	OK(cuStreamSynchronize(o->s));
	log_is_in_order(log, 0, i);
	return (void *)(uintptr_t)i;
}

/* The process schedules itself: both get on, and one that is suspended keeps nobody waiting. */
static void by_priority(const void *level)
{
	struct own low, high;
	pthread_t t;
	cu_ptr log;
	void *done;
	u32 i, at;

	begin();
	log = log_new(300);
	own_new(&low, (int)(intptr_t)level);
	own_new(&high, (int)(intptr_t)level);
	GOOD(XHintPriority(low.xq, 1));
	GOOD(XHintPriority(high.xq, 2));
	GOOD(XHintSetScheduler(kSchedulerLocal, kPolicyHighestPriorityFirst));
	pthread_create(&t, NULL, background, &low);
	for (i = 0; i < 200; i++) {
		OK(append(high.s, log, i, 200));
		if (i % 20 == 19) {
			OK(cuStreamSynchronize(high.s));
			usleep(5000);
		}
	}
	SUSPEND(&high, SyncHwQueue);
	at = log_length(log);
	for (; i < 230; i++)
		OK(append(high.s, log, i, 200));
	usleep(HELD_US);
	CHECK_LE(log_length(log), at + BATCH);
	__atomic_store_n(&stop, 1, __ATOMIC_RELAXED);
	pthread_join(t, &done);		/* while it is suspended */
	CHECK_GT((uintptr_t)done, 50);
	RESUME(&high);
	OK(cuStreamSynchronize(high.s));
	log_is_in_order(log, 0, 230);
	own_end(&low);
	own_end(&high);
}

/* The legacy default stream, and a graph in one of the program's. */
static void streams(const void *level)
{
	HwQueueHandle hw, same;
	void *graph, *exec;
	struct own o, d;
	cu_ptr log;
	u32 i, at;

	begin();
	log = log_new(300);
	CHECK_EQ(CudaQueueGet(&hw, NULL), kXSchedErrorNotFound);
	own_wrap(&d, NULL, (int)(intptr_t)level);
	own_new(&o, (int)(intptr_t)level);
	GOOD(CudaQueueGet(&same, NULL));
	CHECK_EQ(same, d.hw);
	GOOD(CudaQueueGet(&same, (CUstream)o.s));
	CHECK_EQ(same, o.hw);
	CHECK_EQ(CudaQueueCreate(&hw, (CUstream)o.s), kXSchedErrorNotAllowed);
	CHECK_EQ(CudaQueueCreate(&hw, (CUstream)CU_PER_THREAD), kXSchedErrorNotSupported);
	CHECK_EQ(CudaQueueCreate(NULL, NULL), kXSchedErrorInvalidValue);
	CHECK_EQ(XQueueSetPreemptLevel(o.xq, kPreemptLevelInterrupt), kXSchedErrorNotSupported);
	for (i = 0; i < 100; i++)
		OK(append(NULL, log, i, 100));
	SUSPEND(&d, SyncHwQueue);
	at = log_length(log);
	for (; i < 120; i++)
		OK(append(NULL, log, i, 100));
	OK(cuStreamBeginCapture_v2(o.s, 2));
	for (; i < 150; i++)
		OK(append(o.s, log, i, 100));
	OK(cuStreamEndCapture(o.s, &graph));
	OK(cuGraphInstantiateWithFlags(&exec, graph, 0));
	usleep(HELD_US);
	CHECK_LE(log_length(log), at + BATCH);
	RESUME(&d);
	OK(cuStreamSynchronize(NULL));
	SUSPEND(&o, SyncHwQueue);
	OK(cuGraphLaunch(exec, o.s));
	usleep(HELD_US);
	CHECK_EQ(log_length(log), 120);
	RESUME(&o);
	OK(cuStreamSynchronize(o.s));
	log_is_in_order(log, 0, 150);
	own_end(&d);
	own_end(&o);
	CHECK_EQ(CudaQueueGet(&hw, (CUstream)o.s), kXSchedErrorNotFound);
}

/* Programs that forget to resume. */
static void destroyed(const void *what)
{
	struct own o;
	cu_ctx ctx;
	cu_ptr log;
	u32 i;

	begin();
	if (!strcmp(what, "context"))
		OK(cuCtxCreate_v2(&ctx, 0, 0));
	log = log_new(100);
	own_new(&o, kPreemptLevelDeactivate);
	for (i = 0; i < 100; i++)
		OK(append(o.s, log, i, 200));
	SUSPEND(&o, None);
	if (!strcmp(what, "exit"))
		exit(0);
	if (!strcmp(what, "stream"))
		OK(cuStreamDestroy_v2(o.s));
	if (!strcmp(what, "context"))
		OK(cuCtxDestroy_v2(ctx));
	own_end(&o);
	if (!strcmp(what, "XQueue"))
		OK(cuStreamSynchronize(o.s));
	for (i = 0; i < 200 && log_length(log) < 100; i++)
		usleep(10000);
	CHECK_EQ(log_length(log), 100);
}

/* A driver that has failed reaches no gate: whoever waits for that is told. */
static void fails(const void *level)
{
	struct own o;
	cu_ptr log;
	u32 i;

	setenv("FAKECUDA_FAIL", "cuLaunchKernel:20:719", 1);
	begin();
	log = log_new(100);
	own_new(&o, (int)(intptr_t)level);
	for (i = 0; i < 19; i++)
		OK(append(o.s, log, i, 0));
	OK(cuStreamSynchronize(o.s));
	CHECK_CU(append(o.s, log, i, 0), 719);
	CHECK_EQ(XQueueSuspend(o.xq, kQueueSuspendFlagSyncHwQueue), kXSchedErrorNotSupported);
	CHECK_CU(append(o.s, log, 0, 0), 719);
	RESUME(&o);
	CHECK_EQ(XQueueWaitAll(o.xq), kXSchedErrorHardware);
	own_end(&o);
}

static void forks(const void *arg)
{
	struct own o;
	int status;
	cu_ptr log;
	pid_t pid;
	u32 i;

	(void)arg;
	begin();
	log = log_new(100);
	own_new(&o, kPreemptLevelDeactivate);
	for (i = 0; i < 100; i++)
		OK(append(o.s, log, i, 100));
	SUSPEND(&o, SyncHwQueue);
	pid = MUST(fork());
	if (!pid) {
		CHECK_EQ(XQueueResume(o.xq, kQueueResumeFlagNone), kXSchedErrorNotFound);
		exit(0);
	}
	MUST(waitpid(pid, &status, 0));
	CHECK_EQ(status, 0);
	i = log_length(log);
	usleep(HELD_US);
	CHECK_LE(log_length(log), i + BATCH);
	RESUME(&o);
	OK(cuStreamSynchronize(o.s));
	log_is_in_order(log, 0, 100);
	own_end(&o);
}

static const struct ktap_test tests[] = {
	{ "commands are counted, level 1", counted, LEVEL(1) },
	{ "commands are counted, level 2", counted, LEVEL(2) },
	{ "held and let go, level 1", held, LEVEL(1) },
	{ "held and let go, level 2", held, LEVEL(2) },
	{ "suspend and resume, over and over, level 1", over_and_over, LEVEL(1) },
	{ "suspend and resume, over and over, level 2", over_and_over, LEVEL(2) },
	{ "commands of its own, level 1", submitted, LEVEL(1) },
	{ "commands of its own, level 2", submitted, LEVEL(2) },
	{ "two priorities in a process, level 1", by_priority, LEVEL(1) },
	{ "two priorities in a process, level 2", by_priority, LEVEL(2) },
	{ "the default stream, and graphs, level 1", streams, LEVEL(1) },
	{ "the default stream, and graphs, level 2", streams, LEVEL(2) },
	{ "an XQueue is destroyed while it is suspended", destroyed, "XQueue" },
	{ "a stream is destroyed while its XQueue is suspended", destroyed, "stream" },
	{ "a context is destroyed while an XQueue in it is suspended", destroyed, "context" },
	{ "exit while an XQueue is suspended", destroyed, "exit" },
	{ "the driver fails, level 1", fails, LEVEL(1) },
	{ "the driver fails, level 2", fails, LEVEL(2) },
	{ "a forked child resumes nothing", forks, NULL },
};
KTAP_MAIN(tests)
