// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Marks, on a queue that passes its points when the test says so.
 */
#include "../../../lib/api/marks.h"
#include "../ktap.h"
#include "xsched/xsched.h"
#include "xsched/hal.h"

struct queue {
	struct xsched_marks marks;
	uintptr_t put, passed, awaited, dropped;	/* passed: up to which */
	bool full;
	bool reaped_meanwhile;			/* another thread asks while one waits */
	uintptr_t dropped_while_awaited;
};

static bool put(void *queue, uintptr_t *point)
{
	struct queue *q = queue;

	*point = q->put + 1;
	q->put += !q->full;
	return !q->full;
}

static bool over(void *queue, uintptr_t point)
{
	return point <= ((struct queue *)queue)->passed;
}

static XResult await(void *queue, uintptr_t point)
{
	struct queue *q = queue;

	q->awaited = point;
	q->passed = point;
	if (q->reaped_meanwhile)
		xsched_marks_completed(q);
	q->dropped_while_awaited = q->dropped;
	return point == 3 ? kXSchedErrorHardware : kXSchedSuccess;
}

static void drop(void *queue, uintptr_t point)
{
	struct queue *q = queue;

	CHECK_LE(point, q->put);
	q->dropped++;
}

static const struct xsched_mark_ops ops = {
	.put = put,
	.over = over,
	.await = await,
	.drop = drop,
};

/* With marks 10, 20, 30 and 40, none of which has been passed. */
static struct queue *queue_new(void)
{
	struct queue *q = calloc(1, sizeof(*q));
	uint64_t n;

	CHECK(q);
	xsched_marks_init(&q->marks, &ops);
	for (n = 10; n <= 40; n += 10)
		CHECK_EQ(xsched_marks_put(q, n), kXSchedSuccess);
	return q;
}

/* Each point is given back, and once. */
static void queue_end(struct queue *q)
{
	xsched_marks_fini(&q->marks);
	CHECK_EQ(q->dropped, q->put);
	free(q);
}

static void completed(const void *arg)
{
	struct queue *q = queue_new();

	(void)arg;
	CHECK_EQ(xsched_marks_completed(q), 0);
	q->passed = 2;
	CHECK_EQ(xsched_marks_completed(q), 20);
	CHECK_EQ(q->dropped, 2);
	CHECK_EQ(xsched_marks_completed(q), 20);
	q->passed = 4;
	CHECK_EQ(xsched_marks_completed(q), 40);
	CHECK_EQ(xsched_marks_put(q, 50), kXSchedSuccess);
	CHECK_EQ(xsched_marks_completed(q), 40);
	q->passed = 5;
	CHECK_EQ(xsched_marks_completed(q), 50);
	queue_end(q);
}

static void waits(const void *arg)
{
	struct queue *q = queue_new();

	(void)arg;
	CHECK_EQ(xsched_marks_wait(q, 11), kXSchedSuccess);
	CHECK_EQ(q->awaited, 2);
	CHECK_EQ(xsched_marks_wait(q, 30), kXSchedErrorHardware);
	CHECK_EQ(xsched_marks_completed(q), 30);
	q->awaited = 0;
	CHECK_EQ(xsched_marks_wait(q, 5), kXSchedSuccess);
	CHECK_EQ(q->awaited, 4);
	xsched_marks_completed(q);
	q->awaited = 0;
	CHECK_EQ(xsched_marks_wait(q, 40), kXSchedSuccess);
	CHECK_EQ(q->awaited, 0);
	queue_end(q);
}

static void reaped_meanwhile(const void *arg)
{
	struct queue *q = queue_new();

	(void)arg;
	q->reaped_meanwhile = true;
	CHECK_EQ(xsched_marks_wait(q, 20), kXSchedSuccess);
	CHECK_EQ(q->dropped_while_awaited, 1);
	CHECK_EQ(q->dropped, 2);
	queue_end(q);
}

static void refused(const void *arg)
{
	struct queue *q = queue_new();

	(void)arg;
	q->full = true;
	CHECK_EQ(xsched_marks_put(q, 50), kXSchedErrorHardware);
	q->passed = 4;
	CHECK_EQ(xsched_marks_completed(q), 40);
	CHECK(!xsched_marks_idle(&q->marks, 50));
	q->full = false;
	CHECK_EQ(xsched_marks_put(q, 50), kXSchedSuccess);
	q->passed = 5;
	CHECK_EQ(xsched_marks_completed(q), 50);
	queue_end(q);
}

static void idle(const void *arg)
{
	struct queue *q = queue_new();

	(void)arg;
	CHECK(!xsched_marks_idle(&q->marks, 40));
	CHECK(!xsched_marks_idle(&q->marks, 40));
	CHECK_EQ(q->put, 5);
	q->passed = 5;
	CHECK(xsched_marks_idle(&q->marks, 40));
	CHECK_EQ(xsched_marks_completed(q), 40);
	CHECK(!xsched_marks_idle(&q->marks, 41));	/* a command came */
	CHECK_EQ(q->put, 6);
	q->passed = 6;
	CHECK(xsched_marks_idle(&q->marks, 41));
	queue_end(q);
}

static XResult launch(void *queue, void *command, uint64_t number)
{
	(void)queue;
	(void)command;
	(void)number;
	return kXSchedSuccess;
}

static XResult synchronize(void *queue)
{
	(void)queue;
	return kXSchedSuccess;
}

/* Without marks one waits for all of it instead of for ever. */
static void full_meanwhile(const void *arg)
{
	const XHwQueueOps hw = {
		.size = sizeof(hw),
		.launch = launch,
		.synchronize = synchronize,
		.mark = xsched_marks_put,
		.completed = xsched_marks_completed,
		.wait = xsched_marks_wait,
	};
	struct queue *q = calloc(1, sizeof(*q));
	HwCommandHandle c[3];
	HwQueueHandle hwq;
	XQueueHandle xq;
	int i;

	(void)arg;
	CHECK(q);
	xsched_marks_init(&q->marks, &ops);
	q->full = true;
	CHECK_EQ(HwQueueCreate(&hwq, &hw, q, 0), kXSchedSuccess);
	CHECK_EQ(XQueueCreate(&xq, hwq, kPreemptLevelBlock, kQueueCreateFlagNone), kXSchedSuccess);
	for (i = 0; i < 3; i++) {
		CHECK_EQ(HwCommandCreate(&c[i], q, NULL), kXSchedSuccess);
		CHECK_EQ(XQueueSubmit(xq, c[i]), kXSchedSuccess);
	}
	CHECK_EQ(XQueueWait(xq, c[0]), kXSchedSuccess);
	CHECK_EQ(XQueueWaitAll(xq), kXSchedSuccess);
	CHECK_EQ(XQueueDestroy(xq), kXSchedSuccess);
	CHECK_EQ(HwQueueDestroy(hwq), kXSchedSuccess);
	queue_end(q);
}

static const struct ktap_test tests[] = {
	{ "completed: the last that was passed", completed, NULL },
	{ "wait: for the first with such a number, or for none", waits, NULL },
	{ "one that is reaped while somebody waits for it stays till then", reaped_meanwhile, NULL },
	{ "a queue that takes no mark", refused, NULL },
	{ "who waits in a queue that takes no mark", full_meanwhile, NULL },
	{ "idle: one question per command", idle, NULL },
};

KTAP_MAIN(tests)
