// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Commands run in the order that OpenCL promises: within a queue, across queues
 * by events, and behind user events, barriers and markers.
 */
#include "cl.h"

#include <pthread.h>

#define STEPS	1200

static unsigned int seed = 12345;

static unsigned int dice(unsigned int sides)
{
	seed = seed * 1103515245u + 12345u;
	return (seed >> 16) % sides;
}

static void look_by_map(cl_command_queue q, cl_mem m, cl_uint value)
{
	cl_uint *p = CL_GET(clEnqueueMapBuffer(q, m, CL_TRUE, CL_MAP_READ, 0, BYTES, 0, NULL, NULL,
					       &cl_err));

	CHECK_EQ(p[0], value);
	CHECK_EQ(p[N - 1], value);
	CL(clEnqueueUnmapMemObject(q, m, p, 0, NULL, NULL));
}

/* A thousand dependent kernels and copies in one queue, looked at now and then. */
static void in_order(const void *arg)
{
	cl_command_queue q;
	cl_kernel step;
	cl_mem m[2];
	cl_uint value = 1, i, at = 0;

	(void)arg;
	cl_open();
	q = cl_queue(0);
	step = cl_kern("advance");
	m[0] = cl_buffer(1);
	m[1] = cl_buffer(0);
	for (i = 0; i < STEPS; i++) {
		cl_step(q, step, m[at], i, 0, NULL, NULL);
		value = cl_next(value, i);
		if (!dice(10)) {
			CL(clEnqueueCopyBuffer(q, m[at], m[!at], 0, 0, BYTES, 0, NULL, NULL));
			at = !at;
		}
		if (!dice(150))
			cl_expect(q, m[at], value, "blocking read");
		if (!dice(150))
			look_by_map(q, m[at], value);
		if (!dice(300))
			CL(clFinish(q));
	}
	cl_expect(q, m[at], value, "the end");
	RESULT("in order: %u", value);
}

/* A value goes to and fro between two queues, each step waiting for the other's event. */
static void two_queues(const void *arg)
{
	cl_command_queue q[2];
	cl_kernel step;
	cl_event prev = NULL, ev;
	cl_uint value = 7, i;
	cl_mem m;

	(void)arg;
	cl_open();
	q[0] = cl_queue(0);
	q[1] = cl_queue(0);
	step = cl_kern("advance");
	m = cl_buffer(7);
	for (i = 0; i < 300; i++) {
		cl_step(q[i & 1], step, m, i, prev ? 1 : 0, prev ? &prev : NULL, &ev);
		CL(clFlush(q[i & 1]));
		if (prev)
			CL(clReleaseEvent(prev));
		prev = ev;
		value = cl_next(value, i);
	}
	CL(clWaitForEvents(1, &prev));
	CHECK_EQ(cl_status(prev), CL_COMPLETE);
	cl_expect(q[0], m, value, "two queues");
	RESULT("two queues: %u", value);
}

/* Both queues wait for each other's middle: no cycle, but every one of the four parts waits. */
static void crossing(const void *arg)
{
	cl_command_queue a, b;
	cl_event in_a, in_b;
	cl_uint va = 3, vb = 5, i;
	cl_kernel step;
	cl_mem ma, mb;

	(void)arg;
	cl_open();
	a = cl_queue(0);
	b = cl_queue(0);
	step = cl_kern("advance");
	ma = cl_buffer(3);
	mb = cl_buffer(5);
	for (i = 0; i < 50; i++)
		cl_step(a, step, ma, i, 0, NULL, NULL);
	CL(clEnqueueMarkerWithWaitList(a, 0, NULL, &in_a));
	for (i = 0; i < 50; i++)
		cl_step(b, step, mb, i, 0, NULL, NULL);
	CL(clEnqueueMarkerWithWaitList(b, 0, NULL, &in_b));
	CL(clFlush(a));
	CL(clFlush(b));
	/* A command can't wait for a later one, but whole halves can wait crosswise. */
	CL(clEnqueueBarrierWithWaitList(a, 1, &in_b, NULL));
	CL(clEnqueueBarrierWithWaitList(b, 1, &in_a, NULL));
	CL(clEnqueueCopyBuffer(a, mb, ma, 0, 0, BYTES / 2, 0, NULL, NULL));
	for (i = 0; i < 100; i++) {
		cl_step(a, step, ma, i, 0, NULL, NULL);
		va = cl_next(va, i);
	}
	for (i = 0; i < 50; i++)
		vb = cl_next(vb, i);
	for (i = 0; i < 100; i++)
		vb = cl_next(vb, i);
	CL(clFinish(a));
	CL(clFinish(b));
	{
		cl_uint got[N];

		CL(clEnqueueReadBuffer(a, ma, CL_TRUE, 0, BYTES, got, 0, NULL, NULL));
		CHECK_EQ(got[0], vb);
		RESULT("crossing: %u %u", got[0], got[N - 1]);
	}
}

/* Out of order: a chain by events only, and another one that shares no event with it. */
static void by_events(const void *arg)
{
	cl_event last[2] = { NULL, NULL }, ev;
	cl_uint value[2] = { 1, 2 }, i;
	cl_command_queue q;
	cl_kernel step;
	cl_mem m[2];

	(void)arg;
	cl_open();
	q = cl_queue(CL_QUEUE_OUT_OF_ORDER_EXEC_MODE_ENABLE);
	step = cl_kern("advance");
	m[0] = cl_buffer(1);
	m[1] = cl_buffer(2);
	for (i = 0; i < 300; i++) {
		unsigned int c = dice(2);

		cl_step(q, step, m[c], i, last[c] ? 1 : 0, last[c] ? &last[c] : NULL, &ev);
		if (last[c])
			CL(clReleaseEvent(last[c]));
		last[c] = ev;
		value[c] = cl_next(value[c], i);
	}
	CL(clWaitForEvents(2, last));
	cl_expect(q, m[0], value[0], "first chain");
	cl_expect(q, m[1], value[1], "second chain");
	RESULT("by events: %u %u", value[0], value[1]);
}

/* Nothing behind a user event runs before it is set; another queue doesn't care. */
static void user_event(const void *arg)
{
	cl_command_queue a, b;
	cl_event gate, first, last;
	cl_uint va = 1, vb = 1, i;
	cl_kernel step;
	cl_mem ma, mb;

	(void)arg;
	cl_open();
	a = cl_queue(0);
	b = cl_queue(0);
	step = cl_kern("advance");
	ma = cl_buffer(1);
	mb = cl_buffer(1);
	gate = CL_GET(clCreateUserEvent(cl_ctx, &cl_err));
	cl_step(a, step, ma, 0, 1, &gate, &first);
	va = cl_next(va, 0);
	for (i = 1; i < 300; i++) {
		cl_step(a, step, ma, i, 0, NULL, i == 299 ? &last : NULL);
		va = cl_next(va, i);
	}
	CL(clFlush(a));
	for (i = 0; i < 300; i++) {
		cl_step(b, step, mb, i, 0, NULL, NULL);
		vb = cl_next(vb, i);
	}
	cl_expect(b, mb, vb, "the queue without a user event");
	CHECK_NE(cl_status(first), CL_COMPLETE);
	CHECK_NE(cl_status(last), CL_COMPLETE);
	CL(clSetUserEventStatus(gate, CL_COMPLETE));
	CL(clWaitForEvents(1, &last));
	CHECK_EQ(cl_status(first), CL_COMPLETE);
	cl_expect(a, ma, va, "behind the user event");
	RESULT("user event: %u %u", va, vb);
}

/*
 * Out of order: commands that depend on nothing overtake one that waits for the
 * program. The program sets the event only when they are done.
 */
static void overtake(const void *arg)
{
	cl_event gate, behind, last;
	cl_uint value = 1, i;
	cl_command_queue q;
	cl_kernel step;
	cl_mem m, other;

	(void)arg;
	cl_open();
	q = cl_queue(CL_QUEUE_OUT_OF_ORDER_EXEC_MODE_ENABLE);
	step = cl_kern("advance");
	m = cl_buffer(1);
	other = cl_buffer(1);
	gate = CL_GET(clCreateUserEvent(cl_ctx, &cl_err));
	cl_step(q, step, m, 0, 1, &gate, &behind);
	for (i = 0; i < 200; i++) {
		cl_event prev = last;

		cl_step(q, step, other, i, i ? 1 : 0, i ? &prev : NULL, &last);
		if (i)
			CL(clReleaseEvent(prev));
		value = cl_next(value, i);
	}
	CL(clFlush(q));
	CL(clWaitForEvents(1, &last));
	CHECK_NE(cl_status(behind), CL_COMPLETE);
	CL(clSetUserEventStatus(gate, CL_COMPLETE));
	CL(clWaitForEvents(1, &behind));
	cl_expect(q, other, value, "the commands that overtook");
	cl_expect(q, m, cl_next(1, 0), "the command that waited");
	RESULT("overtake: %u", value);
}

/* Out of order: a barrier keeps what is behind it from what is before it. */
static void barriers(const void *arg)
{
	cl_uint value = 1, i, j;
	cl_command_queue q;
	cl_kernel step, spin;
	cl_mem m, dummy;
	cl_event slow;

	(void)arg;
	cl_open();
	cl_calibrate();
	q = cl_queue(CL_QUEUE_OUT_OF_ORDER_EXEC_MODE_ENABLE);
	step = cl_kern("advance");
	spin = cl_kern("spin");
	m = cl_buffer(1);
	dummy = cl_buffer(0);
	for (i = 0; i < 60; i++) {
		/* More or less commands each time: stops and gates fall anywhere. */
		for (j = 0; j < i % 7; j++)
			cl_spin(q, spin, dummy, 5, 0, NULL, NULL);
		cl_spin(q, spin, dummy, 700, 0, NULL, &slow);
		cl_step(q, step, m, i, 1, &slow, NULL);
		CL(clEnqueueBarrierWithWaitList(q, 0, NULL, NULL));
		CL(clReleaseEvent(slow));
		value = cl_next(value, i);
		cl_step(q, step, m, i + 1, 0, NULL, NULL);
		CL(clEnqueueBarrier(q));
		value = cl_next(value, i + 1);
	}
	CL(clFinish(q));
	cl_expect(q, m, value, "barriers");
	RESULT("barriers: %u", value);
}

/*
 * A marker completes after all before it. One with a wait list may complete earlier;
 * PoCL's doesn't, so it isn't waited for before the rest.
 */
static void markers(const void *arg)
{
	cl_event gate, one, listed, all, old;
	cl_command_queue q;
	cl_kernel step;
	cl_mem m, other;
	cl_uint i;

	(void)arg;
	cl_open();
	q = cl_queue(CL_QUEUE_OUT_OF_ORDER_EXEC_MODE_ENABLE);
	step = cl_kern("advance");
	m = cl_buffer(1);
	other = cl_buffer(1);
	gate = CL_GET(clCreateUserEvent(cl_ctx, &cl_err));
	cl_step(q, step, m, 1, 1, &gate, NULL);
	cl_step(q, step, other, 1, 0, NULL, &one);
	for (i = 0; i < 20; i++)
		cl_step(q, step, other, 1, 1, &one, NULL);
	CL(clEnqueueMarkerWithWaitList(q, 1, &one, &listed));
	CL(clEnqueueMarkerWithWaitList(q, 0, NULL, &all));
	CL(clEnqueueMarker(q, &old));
	CL(clFlush(q));
	CL(clWaitForEvents(1, &one));
	CHECK_NE(cl_status(all), CL_COMPLETE);
	CHECK_NE(cl_status(old), CL_COMPLETE);
	CL(clSetUserEventStatus(gate, CL_COMPLETE));
	CL(clWaitForEvents(1, &all));
	CL(clWaitForEvents(1, &old));
	CL(clWaitForEvents(1, &listed));
	cl_expect(q, m, cl_next(1, 1), "before the marker");
}

/* A blocking read in one queue that waits for an event of another. */
static void blocking_across(const void *arg)
{
	cl_uint got[N], value = 1, i, j;
	cl_command_queue a, b;
	cl_kernel step;
	cl_event ev;
	cl_mem m;

	(void)arg;
	cl_open();
	a = cl_queue(0);
	b = cl_queue(0);
	step = cl_kern("advance");
	m = cl_buffer(1);
	for (i = 0; i < 80; i++) {
		for (j = 0; j < i % 9; j++) {
			cl_step(b, step, m, j, 0, NULL, NULL);
			value = cl_next(value, j);
		}
		cl_step(b, step, m, i, 0, NULL, &ev);
		value = cl_next(value, i);
		CL(clFlush(b));
		CL(clEnqueueReadBuffer(a, m, CL_TRUE, 0, BYTES, got, 1, &ev, NULL));
		CHECK_EQ(got[0], value);
		CHECK_EQ(got[N - 1], value);
		CL(clReleaseEvent(ev));
	}
	RESULT("blocking across: %u", value);
}

struct chain {
	pthread_t thread;
	unsigned int id;
	cl_command_queue shared;
	bool ok;
};

static void *run_chain(void *arg)
{
	struct chain *c = arg;
	cl_command_queue q = c->shared ? c->shared : cl_queue(0);
	cl_kernel step = cl_kern("advance");
	cl_uint value = c->id, i;
	cl_mem m = cl_buffer(c->id);

	for (i = 0; i < 150; i++) {
		cl_step(q, step, m, i, 0, NULL, NULL);
		value = cl_next(value, i);
		if (i % 17 == c->id)
			cl_expect(q, m, value, "in a thread");
	}
	cl_expect(q, m, value, "a thread's end");
	c->ok = true;
	return NULL;
}

/* Threads with a queue each, or all with one. */
static void threads(const void *arg)
{
	struct chain c[4] = { };
	cl_command_queue shared = NULL;
	unsigned int i;

	cl_open();
	if (arg)
		shared = cl_queue(0);
	for (i = 0; i < ARRAY_SIZE(c); i++) {
		c[i].id = i;
		c[i].shared = shared;
		CHECK_EQ(pthread_create(&c[i].thread, NULL, run_chain, &c[i]), 0);
	}
	for (i = 0; i < ARRAY_SIZE(c); i++) {
		pthread_join(c[i].thread, NULL);
		CHECK(c[i].ok);
	}
}

static const struct ktap_test tests[] = {
	{ "kernels and copies in one queue", in_order, NULL },
	{ "events between two queues", two_queues, NULL },
	{ "two queues wait for each other's first half", crossing, NULL },
	{ "out of order, by events", by_events, NULL },
	{ "behind a user event", user_event, NULL },
	{ "out of order, past a command that waits for the program", overtake, NULL },
	{ "out of order, barriers", barriers, NULL },
	{ "out of order, markers", markers, NULL },
	{ "blocking read that waits for another queue", blocking_across, NULL },
	{ "threads with a queue each", threads, NULL },
	{ "threads with one queue", threads, "shared" },
};

KTAP_MAIN(tests)
