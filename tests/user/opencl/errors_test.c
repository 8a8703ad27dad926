// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Calls that fail give the driver's own code, leave nothing behind, and a
 * failure in the stream reaches the program as the driver reports it.
 */
#include "cl.h"

static cl_command_queue q;
static cl_kernel step;
static cl_mem m;
static size_t gws = N;

static void open_all(void)
{
	cl_uint k = 1;

	cl_open();
	q = cl_queue(0);
	step = cl_kern("advance");
	m = cl_buffer(1);
	CL(clSetKernelArg(step, 0, sizeof(m), &m));
	CL(clSetKernelArg(step, 1, sizeof(k), &k));
}

/* A failing call: its code, and that the event wasn't touched. */
#define BAD(call) do {								\
	cl_event ev = (cl_event)&gws;						\
	cl_int __e = (call);							\
										\
	if (__e == CL_SUCCESS)							\
		FAIL("%s succeeded", #call);					\
	RESULT("%s: %d", #call, __e);						\
	if (ev != (cl_event)&gws && ev)						\
		FAIL("%s left an event", #call);				\
} while (0)

/* Repeated, so that gates and stops fall before the failing calls too. */
static void arguments(const void *arg)
{
	const size_t zero[3] = { 0 }, huge = ~(size_t)0, three = 3, none[3] = { 0 };
	cl_uint out[N], value = 1, i;
	cl_event no_event = NULL;
	cl_int err;

	(void)arg;
	open_all();
	for (i = 0; i < 3; i++) {
		BAD(clEnqueueNDRangeKernel(NULL, step, 1, NULL, &gws, NULL, 0, NULL, &ev));
		BAD(clEnqueueNDRangeKernel(q, step, 0, NULL, &gws, NULL, 0, NULL, &ev));
		BAD(clEnqueueNDRangeKernel(q, step, 17, NULL, &gws, NULL, 0, NULL, &ev));
		BAD(clEnqueueNDRangeKernel(q, step, 1, NULL, &gws, &three, 0, NULL, &ev));
		BAD(clEnqueueNDRangeKernel(q, step, 1, NULL, &gws, &huge, 0, NULL, NULL));
		BAD(clEnqueueReadBuffer(q, m, CL_TRUE, BYTES, 4, out, 0, NULL, &ev));
		BAD(clEnqueueReadBuffer(q, m, CL_FALSE, 0, BYTES + 1, out, 0, NULL, &ev));
		BAD(clEnqueueReadBuffer(q, NULL, CL_TRUE, 0, 4, out, 0, NULL, &ev));
		BAD(clEnqueueReadBuffer(q, m, CL_TRUE, 0, 4, NULL, 0, NULL, NULL));
		BAD(clEnqueueWriteBuffer(q, m, CL_FALSE, BYTES, 4, out, 0, NULL, &ev));
		BAD(clEnqueueCopyBuffer(q, m, m, 0, 4, 8, 0, NULL, &ev));
		BAD(clEnqueueCopyBuffer(q, m, NULL, 0, 0, 4, 0, NULL, NULL));
		BAD(clEnqueueFillBuffer(q, m, out, 3, 0, 12, 0, NULL, &ev));
		BAD(clEnqueueReadBufferRect(q, m, CL_TRUE, zero, zero, none, 0, 0, 0, 0, out, 0, NULL, &ev));
		BAD(clEnqueueReadImage(q, NULL, CL_TRUE, zero, zero, 0, 0, out, 0, NULL, &ev));
		BAD(clEnqueueUnmapMemObject(q, m, out, 0, NULL, &ev));
		BAD(clEnqueueMigrateMemObjects(q, 0, NULL, 0, 0, NULL, &ev));
		BAD(clEnqueueNativeKernel(q, NULL, NULL, 0, 0, NULL, NULL, 0, NULL, &ev));
		BAD(clEnqueueMarkerWithWaitList(NULL, 0, NULL, &ev));
		BAD(clEnqueueBarrierWithWaitList(NULL, 0, NULL, &ev));
		BAD(clEnqueueBarrier(NULL));
		BAD(clFinish(NULL));
		BAD(clFlush(NULL));
		BAD(clRetainCommandQueue(NULL));
		BAD(clReleaseCommandQueue(NULL));
		BAD(clWaitForEvents(0, NULL));
		BAD(clWaitForEvents(1, &no_event));
		CHECK(!clEnqueueMapBuffer(q, m, CL_TRUE, CL_MAP_READ, 0, BYTES * 2, 0, NULL, NULL, &err));
		RESULT("map too much: %d", err);
		CHECK(!clEnqueueMapBuffer(NULL, m, CL_FALSE, CL_MAP_READ, 0, 4, 0, NULL, NULL, NULL));
		CHECK(!clCreateCommandQueue(cl_ctx, NULL, 0, &err));
		RESULT("queue without device: %d", err);
		CHECK(!clCreateCommandQueue(NULL, cl_device, 0, NULL));
		cl_step(q, step, m, i, 0, NULL, NULL);
		value = cl_next(value, i);
	}
	cl_expect(q, m, value, "what didn't fail");
	RESULT("after the failures: %u", value);
}

/* Not a queue at all: whatever the driver makes of it, but not our crash. */
static void wrong_objects(const void *arg)
{
	cl_event ev;

	(void)arg;
	open_all();
	ev = CL_GET(clCreateUserEvent(cl_ctx, &cl_err));
	CL(clSetUserEventStatus(ev, CL_COMPLETE));
	/* A user event has no queue. */
	CL(clWaitForEvents(1, &ev));
	RESULT("set twice: %d", clSetUserEventStatus(ev, CL_COMPLETE));
	CL(clReleaseEvent(ev));
}

/*
 * What waits for a failed event fails with the driver's code; what is behind it in
 * order does as the driver decides; the queue works afterwards.
 */
static void failing_event(const void *arg)
{
	cl_event gate, ev[40], after;
	cl_uint i, rounds = *(const int *)arg, r, value, got[N];
	cl_int status;

	open_all();
	for (r = 0; r < rounds; r++) {
		cl_command_queue fresh = cl_queue(0);

		gate = CL_GET(clCreateUserEvent(cl_ctx, &cl_err));
		for (i = 0; i < ARRAY_SIZE(ev); i++)
			cl_step(fresh, step, m, i, i == 5 ? 1 : 0, i == 5 ? &gate : NULL, &ev[i]);
		/* PoCL 3.1 now and then asserts if this happens while a command runs. */
		CL(clWaitForEvents(1, &ev[4]));
		CL(clSetUserEventStatus(gate, -42));
		status = clWaitForEvents(1, &ev[5]);
		if (r < 2)
			RESULT("wait for what waited for the failed event: %d", status);
		status = clFinish(fresh);
		if (r < 2)
			RESULT("finish: %d", status);
		for (i = 0; i < ARRAY_SIZE(ev); i++) {
			if (r < 2)
				RESULT("event %u: %d", i, cl_status(ev[i]));
			CL(clReleaseEvent(ev[i]));
		}
		CL(clReleaseEvent(gate));
		/* The same queue goes on. */
		CL(clEnqueueReadBuffer(fresh, m, CL_TRUE, 0, BYTES, got, 0, NULL, NULL));
		value = got[0];
		for (i = 0; i < 30; i++) {
			cl_step(fresh, step, m, i, 0, NULL, i == 29 ? &after : NULL);
			value = cl_next(value, i);
		}
		CL(clWaitForEvents(1, &after));
		CL(clReleaseEvent(after));
		cl_expect(fresh, m, value, "after the failure");
		if (r < 2)
			RESULT("after the failure: %u", value);
		CL(clReleaseCommandQueue(fresh));
	}
}

/* A blocking read that waits for a failing event returns the driver's code, and returns. */
static void failing_blocking(const void *arg)
{
	cl_event gate;
	cl_uint out[N], i;

	(void)arg;
	open_all();
	for (i = 0; i < 10; i++) {
		gate = CL_GET(clCreateUserEvent(cl_ctx, &cl_err));
		CL(clSetUserEventStatus(gate, -7));
		/* PoCL 3.1 hangs on a wait list with an event that has failed already, so it is asked without waiting. */
		RESULT("wait for it: %d", clWaitForEvents(1, &gate));
		CL(clReleaseEvent(gate));
		CL(clEnqueueReadBuffer(q, m, CL_TRUE, 0, BYTES, out, 0, NULL, NULL));
	}
}

static const int once = 2, often = 12;

static const struct ktap_test tests[] = {
	{ "invalid arguments", arguments, NULL },
	{ "events without a queue", wrong_objects, NULL },
	{ "a failing user event", failing_event, &once },
	{ "many failing user events", failing_event, &often },
	{ "waiting for a failed event", failing_blocking, NULL },
};

KTAP_MAIN(tests)
