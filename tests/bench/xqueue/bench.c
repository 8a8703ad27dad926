// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * What a command costs in the library: a device that does nothing and is done at once,
 * so that all the time is ours. JSON on stdout.
 *
 *	ns_per_command		create and submit, 100 at a time, then wait
 *	idle_to_launch_ns	XQueueSubmit() to launch(), on an idle queue
 *	submit_to_done_ns	XQueueSubmit() and XQueueWaitAll(), on an idle queue
 *
 * Each number is of a batch of 100, divided; P50 and P99 are over the batches. A
 * virtual machine is interrupted at times, so the P99 of an empty loop of the same
 * length stands beside it.
 */
#define _GNU_SOURCE
#include "xsched/xsched.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define BATCH	100
#define BATCHES	20000
#define WARM_UP	2000

static uint64_t now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static void must(XResult r, const char *what)
{
	if (!r)
		return;
	fprintf(stderr, "bench-xqueue: %s: %s\n", what, XResultName(r));
	exit(1);
}

/* ------------------------------------------------- the device that does nothing */

struct nothing {
	uint64_t launched;
	uint64_t launched_ns;		/* if timed */
	int timed;
};

static XResult launch(void *queue, void *command, uint64_t number)
{
	struct nothing *n = queue;

	(void)command;
	n->launched = number;
	if (n->timed)
		n->launched_ns = now();
	return kXSchedSuccess;
}

static XResult mark(void *queue, uint64_t number)
{
	((struct nothing *)queue)->launched = number;
	return kXSchedSuccess;
}

static uint64_t completed(void *queue)
{
	return ((struct nothing *)queue)->launched;
}

static XResult wait_mark(void *queue, uint64_t number)
{
	(void)queue;
	(void)number;
	return kXSchedSuccess;
}

static XResult synchronize(void *queue)
{
	(void)queue;
	return kXSchedSuccess;
}

static const XHwQueueOps ops = {
	.size = sizeof(ops),
	.max_level = kPreemptLevelBlock,
	.name = "nothing",
	.launch = launch,
	.synchronize = synchronize,
	.mark = mark,
	.completed = completed,
	.wait = wait_mark,
};

struct bench {
	struct nothing device;
	HwQueueHandle hwq;
	XQueueHandle xq;
	double *sample;
	int n;
};

static void open_queue(struct bench *b)
{
	memset(&b->device, 0, sizeof(b->device));
	must(HwQueueCreate(&b->hwq, &ops, &b->device, XDeviceMake(kDeviceTypeASIC, 1)), "HwQueueCreate");
	must(XQueueCreate(&b->xq, b->hwq, kPreemptLevelBlock, kQueueCreateFlagNone), "XQueueCreate");
	b->sample = calloc(BATCHES, sizeof(*b->sample));
	if (!b->sample)
		must(kXSchedErrorUnknown, "memory");
}

static void close_queue(struct bench *b)
{
	must(XQueueDestroy(b->xq), "XQueueDestroy");
	must(HwQueueDestroy(b->hwq), "HwQueueDestroy");
}

static void submit(struct bench *b)
{
	HwCommandHandle c;

	must(HwCommandCreate(&c, NULL, NULL), "HwCommandCreate");
	must(XQueueSubmit(b->xq, c), "XQueueSubmit");
}

/* --------------------------------------------------------------- the measures */

static double throughput(struct bench *b)
{
	uint64_t from = now();
	int i;

	for (i = 0; i < BATCH; i++)
		submit(b);
	must(XQueueWaitAll(b->xq), "XQueueWaitAll");
	return (double)(now() - from) / BATCH;
}

/* The same loop around nothing. */
static double empty(struct bench *b)
{
	uint64_t from = now();
	volatile int i;

	(void)b;
	for (i = 0; i < BATCH; i++)
		;
	return (double)(now() - from) / BATCH;
}

static double clock_cost(struct bench *b)
{
	uint64_t from = now();
	int i;

	(void)b;
	for (i = 0; i < BATCH; i++)
		now();
	return (double)(now() - from) / BATCH;
}

/* The two readings of the clock cost once: subtracted by the caller. */
static double idle_to_launch(struct bench *b)
{
	HwCommandHandle c;
	uint64_t sum = 0, from;
	int i;

	b->device.timed = 1;
	for (i = 0; i < BATCH; i++) {
		must(HwCommandCreate(&c, NULL, NULL), "HwCommandCreate");
		from = now();
		must(XQueueSubmit(b->xq, c), "XQueueSubmit");
		sum += b->device.launched_ns - from;
		must(XQueueWaitAll(b->xq), "XQueueWaitAll");
	}
	b->device.timed = 0;
	return (double)sum / BATCH;
}

static double submit_to_done(struct bench *b)
{
	HwCommandHandle c[BATCH];
	uint64_t from;
	int i;

	for (i = 0; i < BATCH; i++)
		must(HwCommandCreate(&c[i], NULL, NULL), "HwCommandCreate");
	from = now();
	for (i = 0; i < BATCH; i++) {
		must(XQueueSubmit(b->xq, c[i]), "XQueueSubmit");
		must(XQueueWaitAll(b->xq), "XQueueWaitAll");
	}
	return (double)(now() - from) / BATCH;
}

static int less(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

struct result {
	double p50, p99;
};

static struct result run(struct bench *b, double (*measure)(struct bench *))
{
	int i;

	for (i = 0; i < WARM_UP; i++)
		measure(b);
	for (i = 0; i < BATCHES; i++)
		b->sample[i] = measure(b);
	qsort(b->sample, BATCHES, sizeof(*b->sample), less);
	return (struct result){ b->sample[BATCHES / 2], b->sample[BATCHES * 99 / 100] };
}

/* Each thread with a queue of its own, or all with the first one's. */
struct crowd {
	pthread_t thread;
	struct bench bench;
	struct result result;
};

static void *member(void *arg)
{
	struct crowd *c = arg;

	c->result = run(&c->bench, throughput);
	return NULL;
}

static struct result with_threads(int n, int shared)
{
	struct crowd *c = calloc((size_t)n, sizeof(*c));
	struct result worst = { 0, 0 };
	XQueueHandle own;
	int i;

	for (i = 0; c && i < n; i++)
		open_queue(&c[i].bench);
	own = n > 1 ? c[1].bench.xq : 0;
	for (i = 1; i < n && shared; i++)
		c[i].bench.xq = c[0].bench.xq;
	for (i = 0; i < n; i++)
		pthread_create(&c[i].thread, NULL, member, &c[i]);
	for (i = 0; i < n; i++) {
		pthread_join(c[i].thread, NULL);
		worst.p50 = c[i].result.p50 > worst.p50 ? c[i].result.p50 : worst.p50;
		worst.p99 = c[i].result.p99 > worst.p99 ? c[i].result.p99 : worst.p99;
	}
	if (shared && n > 1)
		c[1].bench.xq = own;
	for (i = 0; i < n; i++) {
		close_queue(&c[i].bench);
		free(c[i].bench.sample);
	}
	free(c);
	return worst;
}

static void put(const char *name, struct result r, const char *end)
{
	printf("  \"%s\": {\"p50\": %.1f, \"p99\": %.1f}%s\n", name, r.p50, r.p99, end);
}

int main(void)
{
	struct result one, two, both, launch_r, done, nothing, clock_r;
	const char *scheduler = getenv("XSCHED_SCHEDULER");
	struct bench b;

	open_queue(&b);
	nothing = run(&b, empty);
	clock_r = run(&b, clock_cost);
	one = run(&b, throughput);
	launch_r = run(&b, idle_to_launch);
	launch_r.p50 -= clock_r.p50;
	launch_r.p99 -= clock_r.p50;
	done = run(&b, submit_to_done);
	close_queue(&b);
	free(b.sample);
	two = with_threads(2, 0);
	both = with_threads(2, 1);

	printf("{\n  \"ns_per_command\": %.1f,\n", one.p50);
	put("ns_per_command_1_thread", one, ",");
	put("ns_per_command_2_threads_2_queues", two, ",");
	put("ns_per_command_2_threads_1_queue", both, ",");
	put("idle_to_launch_ns", launch_r, ",");
	put("submit_to_done_ns", done, ",");
	put("empty_loop_ns", nothing, ",");
	put("clock_ns", clock_r, ",");
	printf("  \"scheduler\": \"%s\",\n", scheduler ? scheduler : "APP");
	printf("  \"batch\": %d,\n  \"batches\": %d,\n  \"cpus\": %ld\n}\n", BATCH, BATCHES,
	       sysconf(_SC_NPROCESSORS_ONLN));
	return 0;
}
