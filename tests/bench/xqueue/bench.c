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
 * length stands beside it, and the measures take turns, so that a slow second doesn't fall on
 * one of them alone.
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
#define BATCHES	20000	/* of each measure, or as many as the argument says */
#define ROUNDS	20
#define WARM_UP	100	/* in each round */

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
};

static void open_queue(struct bench *b)
{
	memset(&b->device, 0, sizeof(b->device));
	must(HwQueueCreate(&b->hwq, &ops, &b->device, XDeviceMake(kDeviceTypeASIC, 1)), "HwQueueCreate");
	must(XQueueCreate(&b->xq, b->hwq, kPreemptLevelBlock, kQueueCreateFlagNone), "XQueueCreate");
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

static int batches = BATCHES;

struct measure {
	double (*once)(struct bench *);
	double sample[BATCHES];
	int n;
};

static void some(struct bench *b, struct measure *m)
{
	int i;

	for (i = 0; i < WARM_UP; i++)
		m->once(b);
	for (i = 0; i < batches / ROUNDS; i++)
		m->sample[m->n++] = m->once(b);
}

static struct result result_of(struct measure *m)
{
	qsort(m->sample, (size_t)m->n, sizeof(*m->sample), less);
	return (struct result){ m->sample[m->n / 2], m->sample[m->n * 99 / 100] };
}

/* Each thread with a queue of its own, or all with the first one's. */
struct crowd {
	pthread_t thread;
	struct bench bench;
	struct measure measure;
};

static void *member(void *arg)
{
	struct crowd *c = arg;
	int i;

	for (i = 0; i < ROUNDS; i++)
		some(&c->bench, &c->measure);
	return NULL;
}

static struct result with_two_threads(int shared)
{
	static struct crowd c[2];
	struct result a, b;
	XQueueHandle own;
	int i;

	for (i = 0; i < 2; i++) {
		open_queue(&c[i].bench);
		c[i].measure.once = throughput;
		c[i].measure.n = 0;
	}
	own = c[1].bench.xq;
	if (shared)
		c[1].bench.xq = c[0].bench.xq;
	for (i = 0; i < 2; i++)
		pthread_create(&c[i].thread, NULL, member, &c[i]);
	for (i = 0; i < 2; i++)
		pthread_join(c[i].thread, NULL);
	c[1].bench.xq = own;
	for (i = 0; i < 2; i++)
		close_queue(&c[i].bench);
	a = result_of(&c[0].measure);
	b = result_of(&c[1].measure);
	return (struct result){ a.p50 > b.p50 ? a.p50 : b.p50, a.p99 > b.p99 ? a.p99 : b.p99 };
}

static void put(const char *name, struct result r, const char *end)
{
	printf("  \"%s\": {\"p50\": %.1f, \"p99\": %.1f}%s\n", name, r.p50, r.p99, end);
}

enum { NOTHING, CLOCK, COMMAND, LAUNCH, DONE, MEASURES };

static struct measure measures[MEASURES] = {
	[NOTHING]	= { .once = empty },
	[CLOCK]		= { .once = clock_cost },
	[COMMAND]	= { .once = throughput },
	[LAUNCH]	= { .once = idle_to_launch },
	[DONE]		= { .once = submit_to_done },
};

int main(int argc, char **argv)
{
	const char *scheduler = getenv("XSCHED_SCHEDULER");
	struct result r[MEASURES];
	struct bench b;
	int i, round;

	if (argc > 1)
		batches = atoi(argv[1]);
	if (batches < ROUNDS || batches > BATCHES)
		return 2;
	open_queue(&b);
	for (round = 0; round < ROUNDS; round++)
		for (i = 0; i < MEASURES; i++)
			some(&b, &measures[i]);
	close_queue(&b);
	for (i = 0; i < MEASURES; i++)
		r[i] = result_of(&measures[i]);
	/* Two readings stand around it, of which one is inside. */
	r[LAUNCH].p50 -= r[CLOCK].p50;
	r[LAUNCH].p99 -= r[CLOCK].p50;

	printf("{\n  \"ns_per_command\": %.1f,\n", r[COMMAND].p50);
	put("ns_per_command_1_thread", r[COMMAND], ",");
	put("ns_per_command_2_threads_2_queues", with_two_threads(0), ",");
	put("ns_per_command_2_threads_1_queue", with_two_threads(1), ",");
	put("idle_to_launch_ns", r[LAUNCH], ",");
	put("submit_to_done_ns", r[DONE], ",");
	put("empty_loop_ns", r[NOTHING], ",");
	put("clock_ns", r[CLOCK], ",");
	printf("  \"scheduler\": \"%s\",\n", scheduler ? scheduler : "APP");
	printf("  \"batch\": %d,\n  \"batches\": %d,\n  \"cpus\": %ld\n}\n", BATCH, batches,
	       sysconf(_SC_NPROCESSORS_ONLN));
	return 0;
}
