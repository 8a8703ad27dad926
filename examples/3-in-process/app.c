// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Two queues of one process, scheduled by the process itself: no daemon, no module.
 * A thread keeps the device busy; the other one's tasks go first.
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

static XQueueHandle make_xqueue(struct work *w, Priority priority)
{
	HwQueueHandle hwq;
	XQueueHandle xq;

	good(OclQueueCreate(&hwq, w->queue), "OclQueueCreate");
	good(XQueueCreate(&xq, hwq, kPreemptLevelBlock, kQueueCreateFlagNone), "XQueueCreate");
	good(XHintPriority(xq, priority), "XHintPriority");
	return xq;
}

static _Atomic bool stop;

static void *background(void *arg)
{
	while (!stop)
		work_run(arg);
	return NULL;
}

static double mean_of_tasks(struct work *w)
{
	double sum = 0;
	int i;

	for (i = 0; i < TASKS; i++) {
		sum += work_run(w);
		sleep_ms(5);
	}
	return sum / TASKS;
}

int main(void)
{
	struct work low, high;
	XQueueHandle xq_low, xq_high;
	double alone, beside, before;
	pthread_t thread;

	work_setup();
	low = work_new();
	high = work_new();
	xq_low = make_xqueue(&low, 1);
	xq_high = make_xqueue(&high, 2);
	work_run(&low);
	alone = mean_of_tasks(&high);

	pthread_create(&thread, NULL, background, &low);
	beside = mean_of_tasks(&high);

	/* From here on the process schedules its own queues. */
	good(XHintSetScheduler(kSchedulerLocal, kPolicyHighestPriorityFirst), "XHintSetScheduler");
	before = mean_of_tasks(&high);
	stop = true;
	pthread_join(thread, NULL);

	printf("a task alone takes %.1f ms, beside the other queue %.1f ms, before it %.1f ms\n",
	       alone, beside, before);
	good(XQueueDestroy(xq_low), "XQueueDestroy");
	good(XQueueDestroy(xq_high), "XQueueDestroy");
	return 0;
}
