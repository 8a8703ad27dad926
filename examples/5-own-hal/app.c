// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * A platform of one's own in 100 lines. The "device" is a thread that takes jobs from a
 * ring; xsched has to know how to give it one and how to wait until it has done them.
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "xsched/xsched.h"

#define RING 256

/* ----------------------------------------------------------- the device's driver */

struct toy {
	pthread_mutex_t lock;
	pthread_cond_t changed;
	unsigned int put, done;
	int job[RING];		/* microseconds of work */
};

static void *toy_run(void *arg)
{
	struct toy *t = arg;

	pthread_mutex_lock(&t->lock);
	for (;;) {
		while (t->done == t->put)
			pthread_cond_wait(&t->changed, &t->lock);
		int us = t->job[t->done % RING];

		pthread_mutex_unlock(&t->lock);
		usleep((useconds_t)us);
		pthread_mutex_lock(&t->lock);
		t->done++;
		pthread_cond_broadcast(&t->changed);
	}
	return NULL;
}

static struct toy toy = { .lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER };

/* --------------------------------------------------------------------- the HAL */

static XResult toy_launch(void *queue, void *command, uint64_t number)
{
	struct toy *t = queue;
	XResult result = kXSchedErrorHardware;

	(void)number;
	pthread_mutex_lock(&t->lock);
	if (t->put - t->done < RING) {
		t->job[t->put++ % RING] = *(int *)command;
		pthread_cond_broadcast(&t->changed);
		result = kXSchedSuccess;
	}
	pthread_mutex_unlock(&t->lock);
	return result;
}

static XResult toy_synchronize(void *queue)
{
	struct toy *t = queue;

	pthread_mutex_lock(&t->lock);
	for (unsigned int until = t->put; (int)(t->done - until) < 0;)
		pthread_cond_wait(&t->changed, &t->lock);
	pthread_mutex_unlock(&t->lock);
	return kXSchedSuccess;
}

static const XHwQueueOps toy_ops = {
	.size = sizeof(toy_ops),
	.max_level = kPreemptLevelBlock,
	.name = "toy",
	.launch = toy_launch,
	.synchronize = toy_synchronize,
};

/* ------------------------------------------------------------------ the program */

static void good(XResult result, const char *what)
{
	if (result == kXSchedSuccess)
		return;
	fprintf(stderr, "%s: %s\n", what, XResultName(result));
	exit(1);
}

int main(void)
{
	static int job = 1000;
	XQueueStats stats = { .size = sizeof(stats) };
	HwCommandHandle command;
	HwQueueHandle hwq;
	XQueueHandle xq;
	pthread_t device;

	pthread_create(&device, NULL, toy_run, &toy);
	good(HwQueueCreate(&hwq, &toy_ops, &toy, XDeviceMake(kDeviceTypeASIC, 1)), "HwQueueCreate");
	good(XQueueCreate(&xq, hwq, kPreemptLevelBlock, kQueueCreateFlagNone), "XQueueCreate");

	for (int i = 0; i < 100; i++) {
		good(HwCommandCreate(&command, &job, NULL), "HwCommandCreate");
		good(XQueueSubmit(xq, command), "XQueueSubmit");
	}
	good(XQueueSuspend(xq, kQueueSuspendFlagSyncHwQueue), "XQueueSuspend");
	good(XQueueGetStats(xq, &stats), "XQueueGetStats");
	printf("suspended: %d jobs done, %d held, %d on the device\n", (int)stats.completed,
	       (int)stats.held, (int)stats.in_flight);
	good(XQueueResume(xq, kQueueResumeFlagNone), "XQueueResume");
	good(XQueueWait(xq, command), "XQueueWait");
	printf("resumed: %u jobs done\n", toy.done);

	good(XQueueDestroy(xq), "XQueueDestroy");
	good(HwQueueDestroy(hwq), "HwQueueDestroy");
	return toy.done != 100;
}
