// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Result codes: what every call says to good and bad arguments.
 */
#include "api.h"

static XResult say_yes(HwQueueHandle hwq, void *data)
{
	(void)hwq;
	++*(int *)data;
	return kXSchedSuccess;
}

static void create(const void *arg)
{
	struct rig r;
	XQueueHandle again, none = 0;

	(void)arg;
	CHECK_OK(MockQueueCreate(&r.hwq, 1, 2, 0));
	CHECK_IS(XQueueCreate(NULL, r.hwq, 1, 0), INVALID);
	CHECK_IS(XQueueCreate(&r.xq, r.hwq, 0, 0), INVALID);
	CHECK_IS(XQueueCreate(&r.xq, r.hwq, 4, 0), INVALID);
	CHECK_IS(XQueueCreate(&r.xq, r.hwq, -1, 0), INVALID);
	CHECK_IS(XQueueCreate(&r.xq, r.hwq, 1, 2), INVALID);
	CHECK_IS(XQueueCreate(&r.xq, r.hwq, 3, 0), NOT_SUPPORTED);
	CHECK_IS(XQueueCreate(&r.xq, 0, 1, 0), NOT_FOUND);
	CHECK_IS(XQueueCreate(&r.xq, NONSENSE, 1, 0), NOT_FOUND);
	CHECK_IS(XQueueGet(&none, r.hwq), NOT_FOUND);
	CHECK_OK(XQueueCreate(&r.xq, r.hwq, 2, 0));
	CHECK(r.xq != 0 && r.xq != r.hwq);
	CHECK_OK(XQueueCreate(&again, r.hwq, 1, 0));
	CHECK_EQ(again, r.xq);
	CHECK_IS(XQueueGet(NULL, r.hwq), INVALID);
	CHECK_IS(XQueueGet(&none, r.xq), NOT_FOUND);
	CHECK_OK(XQueueGet(&none, r.hwq));
	CHECK_EQ(none, r.xq);
	CHECK_IS(HwQueueDestroy(r.hwq), NOT_ALLOWED);
	rig_end(r);
	CHECK_IS(XQueueGet(&none, r.hwq), NOT_FOUND);
	CHECK_IS(HwQueueDestroy(r.hwq), NOT_FOUND);
}

static void every_call_on_handle(XQueueHandle xq, const char *what)
{
	XQueueStats s = { .size = sizeof(s) };
	HwCommandHandle c = command(0, 0);
	XQueueState st;
	int64_t n;

	ktap_note("%s", what);
	CHECK_IS(XQueueDestroy(xq), NOT_FOUND);
	CHECK_IS(XQueueSetPreemptLevel(xq, 1), NOT_FOUND);
	CHECK_IS(XQueueSetLaunchConfig(xq, 4, 2), NOT_FOUND);
	CHECK_IS(XQueueSetLaunchBudget(xq, 100), NOT_FOUND);
	CHECK_IS(XQueueSubmit(xq, c), NOT_FOUND);
	CHECK_IS(XQueueWait(xq, c), NOT_FOUND);
	CHECK_IS(XQueueWaitAll(xq), NOT_FOUND);
	CHECK_IS(XQueueQuery(xq, &st), NOT_FOUND);
	CHECK_IS(XQueueSuspend(xq, 0), NOT_FOUND);
	CHECK_IS(XQueueResume(xq, 0), NOT_FOUND);
	CHECK_IS(XQueueProfileHwCommandCount(xq, &n), NOT_FOUND);
	CHECK_IS(XQueueGetStats(xq, &s), NOT_FOUND);
	CHECK_IS(XQueueDepend(xq, xq), NOT_FOUND);
	CHECK_IS(XQueueUndepend(xq, xq), NOT_FOUND);
	CHECK_IS(XHintPriority(xq, 1), NOT_FOUND);
	CHECK_IS(XHintPriority(xq, PRIORITY_NO_EXECUTE), NOT_FOUND);
	CHECK_IS(XHintUtilization(xq, 1), NOT_FOUND);
	CHECK_IS(XHintDeadline(xq, 1), NOT_FOUND);
	CHECK_IS(XHintLaxity(xq, 1, 0, 1), NOT_FOUND);
	/* Nobody took the command. */
	CHECK_OK(HwCommandDestroy(c));
}

static void bad_handles(const void *arg)
{
	struct rig r = rig_new(1);
	XQueueHandle dead;

	(void)arg;
	every_call_on_handle(0, "0");
	every_call_on_handle(NONSENSE, "nonsense");
	every_call_on_handle(r.hwq, "a HwQueue");
	rig_end(r);
	dead = r.xq;
	every_call_on_handle(dead, "a destroyed queue");
	r = rig_new(1);
	CHECK_NE(r.xq, dead);
	every_call_on_handle(dead, "a destroyed queue whose place is taken");
	CHECK_EQ(state(r.xq), kQueueStateIdle);
	rig_end(r);
}

static void null_arguments(const void *arg)
{
	struct rig r = rig_new(1);
	XQueueStats s = { .size = 8 };
	int called = 0;

	(void)arg;
	CHECK_IS(XQueueQuery(r.xq, NULL), INVALID);
	CHECK_IS(XQueueProfileHwCommandCount(r.xq, NULL), INVALID);
	CHECK_IS(XQueueGetStats(r.xq, NULL), INVALID);
	CHECK_IS(XQueueGetStats(r.xq, &s), INVALID);
	CHECK_IS(HwCommandCreateCallback(NULL, say_yes, &called), INVALID);
	CHECK_IS(HwCommandCreateCallback(&(HwCommandHandle){ 0 }, NULL, &called), INVALID);
	CHECK_IS(HwCommandCreate(NULL, NULL, NULL), INVALID);
	CHECK_IS(HwCommandCreateHostFunction(&(HwCommandHandle){ 0 }, NULL, NULL), INVALID);
	CHECK_IS(HwQueueCreate(NULL, NULL, NULL, 0), INVALID);
	CHECK_IS(HwQueueCreate(&(HwQueueHandle){ 0 }, NULL, NULL, 0), INVALID);
	CHECK_OK(XSetErrorCallback(NULL, NULL));
	rig_end(r);
}

static XResult sync_only(void *queue)
{
	(void)queue;
	return kXSchedSuccess;
}

static uint64_t completed_none(void *queue)
{
	(void)queue;
	return 0;
}

static void bad_hals(const void *arg)
{
	XHwQueueOps good = { .size = sizeof(good), .synchronize = sync_only }, ops;
	HwQueueHandle h;

	(void)arg;
	ops = good;
	ops.size = 16;
	CHECK_IS(HwQueueCreate(&h, &ops, NULL, 0), INVALID);
	ops = good;
	ops.synchronize = NULL;
	CHECK_IS(HwQueueCreate(&h, &ops, NULL, 0), INVALID);
	ops = good;
	ops.completed = completed_none;		/* without mark and wait */
	CHECK_IS(HwQueueCreate(&h, &ops, NULL, 0), INVALID);
	ops = good;
	ops.max_level = 4;
	CHECK_IS(HwQueueCreate(&h, &ops, NULL, 0), INVALID);
	ops = good;
	ops.max_level = 2;			/* without deactivate */
	CHECK_IS(HwQueueCreate(&h, &ops, NULL, 0), NOT_SUPPORTED);
	/* A table of an older, shorter header. */
	ops = good;
	ops.size = offsetof(XHwQueueOps, mark);
	CHECK_OK(HwQueueCreate(&h, &ops, NULL, 0));
	CHECK_OK(HwQueueSynchronize(h));
	CHECK_OK(HwQueueDestroy(h));
	CHECK_IS(HwQueueSynchronize(h), NOT_FOUND);
	CHECK_IS(HwQueueSynchronize(0), NOT_FOUND);
}

static void levels(const void *arg)
{
	struct rig r = rig_on(1, 2, 1, 0);

	(void)arg;
	CHECK_IS(XQueueSetPreemptLevel(r.xq, 0), INVALID);
	CHECK_IS(XQueueSetPreemptLevel(r.xq, 4), INVALID);
	CHECK_IS(XQueueSetPreemptLevel(r.xq, 3), NOT_SUPPORTED);
	CHECK_EQ(stats(r.xq).level, 1);
	CHECK_OK(XQueueSetPreemptLevel(r.xq, 2));
	CHECK_EQ(stats(r.xq).level, 2);
	CHECK_OK(XQueueSetPreemptLevel(r.xq, 1));
	rig_end(r);
}

static void launch_config(const void *arg)
{
	struct rig r = rig_new(1);

	(void)arg;
	CHECK_OK(XQueueSetLaunchConfig(r.xq, 8, 4));
	CHECK_EQ(stats(r.xq).window, 8);
	CHECK_OK(XQueueSetLaunchConfig(r.xq, 8, 8));
	CHECK_IS(XQueueSetLaunchConfig(r.xq, 8, 9), INVALID);
	CHECK_OK(XQueueSetLaunchConfig(r.xq, -1, 2));
	CHECK_EQ(stats(r.xq).window, 8);
	CHECK_OK(XQueueSetLaunchConfig(r.xq, 1, 0));
	CHECK_EQ(stats(r.xq).window, 1);
	CHECK_OK(XQueueSetLaunchConfig(r.xq, 0, 0));
	CHECK_EQ(stats(r.xq).window, 1);
	CHECK_IS(XQueueSetLaunchBudget(r.xq, -1), INVALID);
	CHECK_OK(XQueueSetLaunchBudget(r.xq, 0));
	CHECK_NE(stats(r.xq).window, 1);
	rig_end(r);
}

static void flags(const void *arg)
{
	struct rig r = rig_new(1);

	(void)arg;
	CHECK_IS(XQueueSuspend(r.xq, 8), INVALID);
	CHECK_IS(XQueueSuspend(r.xq, -1), INVALID);
	CHECK_IS(XQueueResume(r.xq, 2), INVALID);
	CHECK_OK(XQueueSuspend(r.xq, 7));
	CHECK_OK(XQueueSuspend(r.xq, 7));
	CHECK_EQ(stats(r.xq).suspends, 1);
	CHECK_EQ(stats(r.xq).suspended, 1);
	CHECK_OK(XQueueResume(r.xq, 0));
	CHECK_OK(XQueueResume(r.xq, 1));
	CHECK_EQ(stats(r.xq).suspended, 0);
	rig_end(r);
}

static void commands(const void *arg)
{
	struct rig r = rig_new(1), other = rig_on(2, 1, 1, 0);
	HwCommandHandle c, d;
	int called = 0;

	(void)arg;
	CHECK_IS(HwCommandDestroy(0), NOT_FOUND);
	CHECK_IS(HwCommandDestroy(NONSENSE), NOT_FOUND);
	CHECK_IS(HwCommandDestroy(r.xq), NOT_FOUND);
	CHECK_OK(HwCommandCreateCallback(&c, say_yes, &called));
	CHECK_IS(XQueueWait(r.xq, c), NOT_ALLOWED);
	CHECK_OK(HwQueueLaunch(r.hwq, c));	/* stays ours */
	CHECK_EQ(called, 1);
	CHECK_IS(HwQueueLaunch(NONSENSE, c), NOT_FOUND);
	CHECK_IS(HwQueueLaunch(r.hwq, NONSENSE), NOT_FOUND);
	CHECK_OK(XQueueSubmit(r.xq, c));
	CHECK_EQ(called, 2);
	CHECK_OK(XQueueWait(r.xq, c));
	CHECK_OK(XQueueWait(r.xq, c));		/* again, long after */
	CHECK_IS(XQueueWait(other.xq, c), NOT_FOUND);
	CHECK_IS(XQueueSubmit(r.xq, c), NOT_FOUND);
	CHECK_IS(HwCommandDestroy(c), NOT_FOUND);
	CHECK_IS(HwQueueLaunch(r.hwq, c), NOT_FOUND);

	d = submit(r.xq, 50000, 1);
	CHECK_IS(XQueueSubmit(r.xq, d), NOT_ALLOWED);
	CHECK_IS(HwCommandDestroy(d), NOT_ALLOWED);
	CHECK_IS(HwQueueLaunch(r.hwq, d), NOT_ALLOWED);
	CHECK_IS(HwCommandOnComplete(d, (void *)say_yes, NULL), NOT_ALLOWED);
	CHECK_IS(XQueueWait(other.xq, d), NOT_FOUND);
	CHECK_OK(XQueueWait(r.xq, d));
	CHECK_EQ(traced(), 1);

	c = command(0, 2);
	CHECK_OK(HwCommandDestroy(c));
	CHECK_IS(HwCommandDestroy(c), NOT_FOUND);
	CHECK_IS(XQueueWait(r.xq, c), NOT_FOUND);
	CHECK_EQ(traced(), 1);
	rig_end(r);
	rig_end(other);
}

static void counting(const void *arg)
{
	struct rig r = rig_new(1);
	int64_t n = -1;

	(void)arg;
	CHECK_OK(XQueueProfileHwCommandCount(r.xq, &n));
	CHECK_EQ(n, 0);
	submit_n(r.xq, 0, 0, 5);
	CHECK_OK(XQueueProfileHwCommandCount(r.xq, &n));
	CHECK_EQ(n, 5);
	CHECK_OK(XQueueWaitAll(r.xq));
	CHECK_EQ(stats(r.xq).completed, 5);
	rig_end(r);
}

static void names(const void *arg)
{
	(void)arg;
	CHECK(!strcmp(XResultName(kXSchedSuccess), "Success"));
	CHECK(!strcmp(XResultName(kXSchedErrorBadResponse), "BadResponse"));
	CHECK(!strcmp(XResultName((XResult)12345), "Unknown"));
	CHECK_EQ(kXSchedErrorUnknown, 999);
	CHECK_EQ(XDeviceMake(kDeviceTypeGPU, 0x00010200), 0x200010200ll);
}

static const struct ktap_test tests[] = {
	{ "queues are made once and found", create, NULL },
	{ "every call refuses a handle that isn't a queue", bad_handles, NULL },
	{ "NULL", null_arguments, NULL },
	{ "HALs that can't work", bad_hals, NULL },
	{ "levels", levels, NULL },
	{ "launch config and budget", launch_config, NULL },
	{ "flags of suspend and resume", flags, NULL },
	{ "commands: destroyed, launched, submitted, waited for", commands, NULL },
	{ "commands are counted", counting, NULL },
	{ "names and numbers", names, NULL },
};

KTAP_MAIN(tests)
