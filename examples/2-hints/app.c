// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * A program that makes an XQueue of its command queue and says how important it is.
 * Start it twice, under a scheduler that both share:
 *
 *	XSCHED_SCHEDULER=GLB ./app 1 &
 *	XSCHED_SCHEDULER=GLB ./app 2
 */
#include "work.h"

#include "xsched/xsched.h"
#include "xsched/opencl/hal.h"

static void good(XResult result, const char *what)
{
	if (result == kXSchedSuccess)
		return;
	fprintf(stderr, "%s: %s\n", what, XResultName(result));
	exit(1);
}

int main(int argc, char **argv)
{
	int i, priority, tasks = argc > 2 ? atoi(argv[2]) : 20;
	HwQueueHandle hwq;
	XQueueHandle xq;
	struct work w;

	if (argc < 2) {
		fprintf(stderr, "usage: %s PRIORITY [TASKS]\n", argv[0]);
		return 2;
	}
	priority = atoi(argv[1]);
	work_setup();
	w = work_new();

	/* The command queue stays what it is; only now it can be stopped. */
	good(OclQueueCreate(&hwq, w.queue), "OclQueueCreate");
	good(XQueueCreate(&xq, hwq, kPreemptLevelBlock, kQueueCreateFlagNone), "XQueueCreate");
	good(XQueueSetLaunchConfig(xq, 8, 4), "XQueueSetLaunchConfig");
	good(XHintPriority(xq, priority), "XHintPriority");

	work_run(&w);
	for (i = 0; i < tasks; i++) {
		printf("priority %d, task %d took %.1f ms\n", priority, i, work_run(&w));
		fflush(stdout);
		sleep_ms(20);
	}

	good(XQueueDestroy(xq), "XQueueDestroy");
	good(HwQueueDestroy(hwq), "HwQueueDestroy");
	work_free(&w);
	return 0;
}
