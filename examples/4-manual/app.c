// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * A program that is its own scheduler: it suspends its background queue for as long as
 * a task in the foreground takes.
 */
#include "work.h"

#include <pthread.h>
#include <stdbool.h>

#include "xsched/xsched.h"
#include "xsched/opencl/hal.h"

#define TASKS 20

static void good(XResult result, const char *what)
{
	if (result == kXSchedSuccess)
		return;
	fprintf(stderr, "%s: %s\n", what, XResultName(result));
	exit(1);
}

static _Atomic bool stop;
static _Atomic int rounds;

static void *background(void *arg)
{
	while (!stop) {
		work_run(arg);
		rounds++;
	}
	return NULL;
}

static double mean_of_tasks(struct work *w, XQueueHandle other, bool suspends)
{
	double sum = 0, begun;
	int i;

	for (i = 0; i < TASKS; i++) {
		begun = now_ms();
		if (suspends)
			good(XQueueSuspend(other, kQueueSuspendFlagNone), "XQueueSuspend");
		work_run(w);
		if (suspends)
			good(XQueueResume(other, kQueueResumeFlagNone), "XQueueResume");
		sum += now_ms() - begun;
		sleep_ms(10);
	}
	return sum / TASKS;
}

int main(void)
{
	struct work low, high;
	double alone, beside, instead;
	HwQueueHandle hwq;
	XQueueHandle xq;
	pthread_t thread;

	work_setup();
	low = work_new();
	high = work_new();
	good(OclQueueCreate(&hwq, low.queue), "OclQueueCreate");
	good(XQueueCreate(&xq, hwq, kPreemptLevelBlock, kQueueCreateFlagNone), "XQueueCreate");
	/* What happens anyway, unless XSCHED_SCHEDULER says otherwise. */
	good(XHintSetScheduler(kSchedulerAppManaged, kPolicyUnknown), "XHintSetScheduler");

	work_run(&high);
	alone = mean_of_tasks(&high, xq, false);
	pthread_create(&thread, NULL, background, &low);
	beside = mean_of_tasks(&high, xq, false);
	instead = mean_of_tasks(&high, xq, true);
	stop = true;
	pthread_join(thread, NULL);

	printf("a task alone takes %.1f ms, beside the background %.1f ms, with it suspended %.1f ms\n",
	       alone, beside, instead);
	printf("the background went through %d rounds\n", rounds);
	good(XQueueDestroy(xq), "XQueueDestroy");
	good(HwQueueDestroy(hwq), "HwQueueDestroy");
	return 0;
}
