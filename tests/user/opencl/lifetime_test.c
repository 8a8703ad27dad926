// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Queues come and go in every order that OpenCL allows, with work pending, from
 * several threads and from within callbacks.
 */
#include "cl.h"

#include <pthread.h>

static cl_kernel step, spin;
static cl_mem m;

static void open_all(void)
{
	cl_open();
	cl_calibrate();
	step = cl_kern("advance");
	spin = cl_kern("spin");
	m = cl_buffer(1);
}

/* Released with work pending: the work is still done. */
static void release_pending(const void *arg)
{
	cl_command_queue q;
	cl_uint value = 1, i, j;
	cl_event ev;

	(void)arg;
	open_all();
	for (j = 0; j < 24; j++) {
		q = cl_queue(j % 3 == 2 ? CL_QUEUE_OUT_OF_ORDER_EXEC_MODE_ENABLE : 0);
		for (i = 0; i < 12; i++) {
			cl_step(q, step, m, i, 0, NULL, NULL);
			if (j % 3 == 2)
				CL(clEnqueueBarrierWithWaitList(q, 0, NULL, NULL));
			value = cl_next(value, i);
		}
		CL(clEnqueueMarkerWithWaitList(q, 0, NULL, &ev));
		CL(clReleaseCommandQueue(q));
		/* The event keeps the queue for the driver, not for the program. */
		CL(clWaitForEvents(1, &ev));
		CHECK_EQ(cl_status(ev), CL_COMPLETE);
		CL(clReleaseEvent(ev));
	}
	cl_expect(cl_queue(0), m, value, "released with work pending");
	RESULT("released with work pending: %u", value);
}

/* Retained and released any number of times; it lives until the last. */
static void retain(const void *arg)
{
	cl_command_queue q;
	cl_uint value = 1, i;

	(void)arg;
	open_all();
	q = cl_queue(0);
	for (i = 0; i < 20; i++)
		CL(clRetainCommandQueue(q));
	for (i = 0; i < 20; i++) {
		cl_step(q, step, m, i, 0, NULL, NULL);
		value = cl_next(value, i);
		CL(clReleaseCommandQueue(q));
	}
	cl_expect(q, m, value, "retained");
	CL(clReleaseCommandQueue(q));
}

/* Hundreds, many at a time. Handles are used again by other kinds of queues. */
static void hundreds(const void *arg)
{
	cl_command_queue q[64];
	cl_uint value = 1, i, j;
	cl_event ev;

	(void)arg;
	open_all();
	for (j = 0; j < 5; j++) {
		for (i = 0; i < ARRAY_SIZE(q); i++)
			q[i] = cl_queue((i + j) % 4 == 1 ? CL_QUEUE_OUT_OF_ORDER_EXEC_MODE_ENABLE :
					(i + j) % 4 == 2 ? CL_QUEUE_PROFILING_ENABLE : 0);
		for (i = 0; i < ARRAY_SIZE(q); i++) {
			cl_step(q[i], step, m, i, 0, NULL, &ev);
			value = cl_next(value, i);
			/* One after the other: the next queue's command waits for it. */
			CL(clEnqueueBarrierWithWaitList(q[(i + 1) % ARRAY_SIZE(q)], 1, &ev, NULL));
			CL(clFlush(q[i]));
			CL(clReleaseEvent(ev));
		}
		for (i = 0; i < ARRAY_SIZE(q); i++) {
			if (i % 2)
				CL(clFinish(q[i]));
			CL(clReleaseCommandQueue(q[i]));
		}
	}
	cl_expect(cl_queue(0), m, value, "hundreds of queues");
}

/* A thread's own queue, made, used and dropped while the others do the same. */
static void *churn(void *arg)
{
	cl_kernel k = cl_kern("advance");
	cl_uint value = 1, i, j;
	cl_mem mine = cl_buffer(1);
	cl_command_queue q;
	cl_event ev;

	for (j = 0; j < 25; j++) {
		q = cl_queue(0);
		for (i = 0; i < 9; i++) {
			cl_step(q, k, mine, i, 0, NULL, i == 8 ? &ev : NULL);
			value = cl_next(value, i);
		}
		if (j & 1)
			cl_expect(q, mine, value, "in a thread");
		CL(clFlush(q));
		CL(clReleaseCommandQueue(q));
		CL(clWaitForEvents(1, &ev));
		CL(clReleaseEvent(ev));
	}
	*(bool *)arg = true;
	return NULL;
}

static void threads(const void *arg)
{
	pthread_t t[6];
	bool ok[6] = { false };
	unsigned int i;

	(void)arg;
	open_all();
	for (i = 0; i < ARRAY_SIZE(t); i++)
		CHECK_EQ(pthread_create(&t[i], NULL, churn, &ok[i]), 0);
	for (i = 0; i < ARRAY_SIZE(t); i++) {
		pthread_join(t[i], NULL);
		CHECK(ok[i]);
	}
}

/* Somebody waits for an event while somebody else drops the last reference to its queue. */
static void *wait_for(void *ev)
{
	CL(clWaitForEvents(1, (cl_event *)ev));
	return NULL;
}

static void release_under_waiter(const void *arg)
{
	cl_command_queue q;
	pthread_t t[3];
	cl_event ev;
	unsigned int i, j;

	(void)arg;
	open_all();
	for (j = 0; j < 20; j++) {
		q = cl_queue(0);
		cl_spin(q, spin, m, 3000, 0, NULL, &ev);
		CL(clFlush(q));
		for (i = 0; i < ARRAY_SIZE(t); i++)
			CHECK_EQ(pthread_create(&t[i], NULL, wait_for, &ev), 0);
		usleep(500);
		CL(clReleaseCommandQueue(q));
		for (i = 0; i < ARRAY_SIZE(t); i++)
			pthread_join(t[i], NULL);
		CL(clReleaseEvent(ev));
	}
}

/* The context first, then what is in it. */
static void context_first(const void *arg)
{
	cl_command_queue q;
	unsigned int j, i;

	(void)arg;
	for (j = 0; j < 5; j++) {
		open_all();
		q = cl_queue(0);
		for (i = 0; i < 30; i++)
			cl_step(q, step, m, i, 0, NULL, NULL);
		CL(clReleaseContext(cl_ctx));
		CL(clReleaseProgram(cl_prog));
		CL(clReleaseKernel(step));
		CL(clReleaseKernel(spin));
		CL(clReleaseMemObject(m));
		CL(clFinish(q));
		CL(clReleaseCommandQueue(q));
	}
}

/* Callbacks that enqueue the next command, on the same queue or on a fresh one. */
static atomic_uint links;
static atomic_int chain_done;
static cl_command_queue chain_q;

#define LINKS	150

static void CL_CALLBACK next_link(cl_event ev, cl_int status, void *data);

static void add_link(cl_command_queue q)
{
	cl_uint k = atomic_fetch_add(&links, 1);
	cl_event ev;

	cl_step(q, step, m, k, 0, NULL, &ev);
	CL(clSetEventCallback(ev, CL_COMPLETE, next_link, q));
	CL(clFlush(q));
	CL(clReleaseEvent(ev));
}

static void CL_CALLBACK next_link(cl_event ev, cl_int status, void *data)
{
	cl_command_queue q = data, fresh;

	(void)ev;
	if (status != CL_COMPLETE) {
		atomic_store(&chain_done, -1);
		return;
	}
	if (atomic_load(&links) == LINKS) {
		atomic_store(&chain_done, 1);
		return;
	}
	if (q == chain_q) {
		add_link(q);
		return;
	}
	/* It was this callback's alone; the next one gets its own. */
	fresh = cl_queue(0);
	add_link(fresh);
	CL(clReleaseCommandQueue(fresh));
}

static void from_callbacks(const void *arg)
{
	cl_command_queue q;
	cl_uint value = 1, i;

	open_all();
	q = cl_queue(0);
	chain_q = arg ? NULL : q;
	add_link(q);
	while (!atomic_load(&chain_done))
		usleep(1000);
	CHECK_EQ(atomic_load(&chain_done), 1);
	for (i = 0; i < LINKS; i++)
		value = cl_next(value, i);
	CL(clFinish(q));
	cl_expect(q, m, value, "from callbacks");
	RESULT("from callbacks: %u", value);
}

/* A callback set when all is done already is called at once, by the thread that sets it. */
static void CL_CALLBACK note_thread(cl_event ev, cl_int status, void *data)
{
	(void)ev;
	(void)status;
	*(pthread_t *)data = pthread_self();
}

static void late_callback(const void *arg)
{
	cl_command_queue q;
	unsigned int i, by_us = 0;
	pthread_t by;
	cl_event ev;

	(void)arg;
	open_all();
	q = cl_queue(0);
	for (i = 0; i < 30; i++) {
		memset(&by, 0, sizeof(by));
		cl_step(q, step, m, i, 0, NULL, &ev);
		CL(clFinish(q));
		CL(clSetEventCallback(ev, CL_COMPLETE, note_thread, &by));
		by_us += !!pthread_equal(by, pthread_self());
		CL(clReleaseEvent(ev));
	}
	RESULT("late callbacks in the caller's thread: %u", by_us);
}

/* Each is called once, also for commands that gave no event to anybody else. */
static atomic_uint calls;

static void CL_CALLBACK count_call(cl_event ev, cl_int status, void *data)
{
	(void)ev;
	(void)data;
	if (status == CL_COMPLETE)
		atomic_fetch_add(&calls, 1);
}

static void every_callback(const void *arg)
{
	cl_command_queue q;
	cl_event ev;
	unsigned int i;

	(void)arg;
	open_all();
	q = cl_queue(0);
	for (i = 0; i < 500; i++) {
		cl_step(q, step, m, i, 0, NULL, &ev);
		CL(clSetEventCallback(ev, CL_COMPLETE, count_call, NULL));
		CL(clReleaseEvent(ev));
	}
	CL(clFinish(q));
	CHECK_EQ(CL_COMES_TO(atomic_load(&calls), 500), 500);
}

/* With work under way, and no call of OpenCL's afterwards. */
static atomic_uint contexts_gone;

static void CL_CALLBACK context_gone(cl_context ctx, void *data)
{
	(void)ctx;
	(void)data;
	atomic_fetch_add(&contexts_gone, 1);
}

static void all_released(const void *arg)
{
	cl_command_queue q;
	unsigned int i;

	(void)arg;
	open_all();
	CL(clSetContextDestructorCallback(cl_ctx, context_gone, NULL));
	q = cl_queue(0);
	for (i = 0; i < 500; i++)
		cl_step(q, step, m, i, 0, NULL, NULL);
	CL(clReleaseMemObject(m));
	CL(clReleaseKernel(step));
	CL(clReleaseKernel(spin));
	CL(clReleaseProgram(cl_prog));
	CL(clReleaseContext(cl_ctx));
	CL(clReleaseCommandQueue(q));
	CHECK_EQ(CL_COMES_TO(atomic_load(&contexts_gone), 1), 1);
}

static const struct ktap_test tests[] = {
	{ "released with work pending", release_pending, NULL },
	{ "retained and released", retain, NULL },
	{ "hundreds of queues", hundreds, NULL },
	{ "queues come and go in threads", threads, NULL },
	{ "released while somebody waits", release_under_waiter, NULL },
	{ "context released first", context_first, NULL },
	{ "all released with work under way", all_released, NULL },
	{ "callbacks that enqueue", from_callbacks, NULL },
	{ "callbacks that make queues", from_callbacks, "fresh" },
	{ "callbacks after the fact", late_callback, NULL },
	{ "every callback once", every_callback, NULL },
};

KTAP_MAIN(tests)
