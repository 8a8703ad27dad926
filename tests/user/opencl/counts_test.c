// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Reference counts and profiling times are the program's and the driver's own.
 */
#include "cl.h"

#define COUNT(fn, obj, what) ({							\
	cl_uint __n = 0;							\
	CL(fn(obj, what, sizeof(__n), &__n, NULL));				\
	__n; })
#define OF_QUEUE(q)	COUNT(clGetCommandQueueInfo, q, CL_QUEUE_REFERENCE_COUNT)
#define OF_CTX(c)	COUNT(clGetContextInfo, c, CL_CONTEXT_REFERENCE_COUNT)
#define OF_EVENT(e)	COUNT(clGetEventInfo, e, CL_EVENT_REFERENCE_COUNT)
#define OF_MEM(m)	COUNT(clGetMemObjectInfo, m, CL_MEM_REFERENCE_COUNT)
#define OF_KERNEL(k)	COUNT(clGetKernelInfo, k, CL_KERNEL_REFERENCE_COUNT)

/* A count that goes up and down while commands end; what it comes to rest at. */
#define SETTLED(expr) ({							\
	cl_uint __v = expr, __w;						\
	int __same = 0, __i;							\
	for (__i = 0; __i < 3000 && __same < 50; __i++) {			\
		usleep(1000);							\
		__w = expr;							\
		__same = __w == __v ? __same + 1 : 0;				\
		__v = __w;							\
	}									\
	__v; })

static void references(const void *arg)
{
	bool ooo = arg != NULL;
	cl_command_queue q;
	cl_event ev[100];
	cl_kernel step;
	cl_mem m;
	cl_uint i;

	cl_open();
	RESULT("context alone: %u", SETTLED(OF_CTX(cl_ctx)));
	q = cl_queue(ooo ? CL_QUEUE_OUT_OF_ORDER_EXEC_MODE_ENABLE : 0);
	step = cl_kern("advance");
	m = cl_buffer(1);
	RESULT("context with a queue: %u", SETTLED(OF_CTX(cl_ctx)));
	RESULT("queue: %u", SETTLED(OF_QUEUE(q)));
	for (i = 0; i < ARRAY_SIZE(ev); i++) {
		cl_step(q, step, m, i, ooo && i ? 1 : 0, ooo && i ? &ev[i - 1] : NULL, &ev[i]);
		cl_step(q, step, m, i, 1, &ev[i], NULL);
	}
	CL(clFinish(q));
	RESULT("event after finish: %u", SETTLED(OF_EVENT(ev[0])));
	RESULT("last event after finish: %u", SETTLED(OF_EVENT(ev[99])));
	RESULT("queue with its events: %u", SETTLED(OF_QUEUE(q)));
	for (i = 0; i < ARRAY_SIZE(ev); i++)
		CL(clReleaseEvent(ev[i]));
	RESULT("queue without them: %u", SETTLED(OF_QUEUE(q)));
	RESULT("buffer: %u", SETTLED(OF_MEM(m)));
	RESULT("kernel: %u", SETTLED(OF_KERNEL(step)));
	RESULT("context after finish: %u", SETTLED(OF_CTX(cl_ctx)));
	CL(clRetainCommandQueue(q));
	RESULT("queue retained: %u", SETTLED(OF_QUEUE(q)));
	CL(clReleaseCommandQueue(q));
	RESULT("queue released: %u", SETTLED(OF_QUEUE(q)));
	cl_step(q, step, m, 1, 0, NULL, NULL);
	CL(clFinish(q));
	CL(clReleaseCommandQueue(q));
	CL(clReleaseMemObject(m));
	CL(clReleaseKernel(step));
	CL(clReleaseProgram(cl_prog));
	RESULT("context when all is gone: %u", SETTLED(OF_CTX(cl_ctx)));
}

/* The last reference to the context is the program's to drop, and it tells when it went. */
static atomic_int gone;

static void CL_CALLBACK mem_gone(cl_mem m, void *data)
{
	(void)m;
	(void)data;
	atomic_store(&gone, 1);
}

static void destruction(const void *arg)
{
	cl_command_queue q;
	cl_kernel step;
	cl_mem m;
	cl_uint i;

	(void)arg;
	cl_open();
	q = cl_queue(0);
	step = cl_kern("advance");
	m = cl_buffer(1);
	CL(clSetMemObjectDestructorCallback(m, mem_gone, NULL));
	for (i = 0; i < 100; i++)
		cl_step(q, step, m, i, 0, NULL, NULL);
	CL(clFinish(q));
	CL(clReleaseKernel(step));
	CL(clReleaseMemObject(m));
	CHECK_EQ(CL_COMES_TO(atomic_load(&gone), 1), 1);
	CL(clReleaseCommandQueue(q));
	CL(clReleaseProgram(cl_prog));
	CL(clReleaseContext(cl_ctx));
}

static cl_ulong when(cl_event ev, cl_profiling_info what)
{
	cl_ulong t = 0;

	CL(clGetEventProfilingInfo(ev, what, sizeof(t), &t, NULL));
	return t;
}

/* Times rise within a command, don't overlap in an in-order queue, and measure what ran. */
static void profiling(const void *arg)
{
	cl_ulong queued, submit, start, end, last_end = 0, shortest = ~0ull;
	cl_command_queue q;
	cl_event ev[60];
	cl_kernel spin;
	cl_mem m;
	cl_uint i;

	(void)arg;
	cl_open();
	cl_calibrate();
	q = cl_queue(CL_QUEUE_PROFILING_ENABLE);
	spin = cl_kern("spin");
	m = cl_buffer(1);
	for (i = 0; i < ARRAY_SIZE(ev); i++)
		cl_spin(q, spin, m, 300, 0, NULL, &ev[i]);
	CL(clFinish(q));
	for (i = 0; i < ARRAY_SIZE(ev); i++) {
		queued = when(ev[i], CL_PROFILING_COMMAND_QUEUED);
		submit = when(ev[i], CL_PROFILING_COMMAND_SUBMIT);
		start = when(ev[i], CL_PROFILING_COMMAND_START);
		end = when(ev[i], CL_PROFILING_COMMAND_END);
		CHECK(queued);
		CHECK_LE(queued, submit);
		CHECK_LE(submit, start);
		CHECK_LE(start, end);
		CHECK_LE(last_end, start);
		last_end = end;
		if (end - start < shortest)
			shortest = end - start;
		CL(clReleaseEvent(ev[i]));
	}
	/* Waiting at a gate isn't the command's running time. */
	CHECK_GE(shortest, 100000);
	CHECK_LE(shortest, 3000000);
}

/* A queue without profiling says so, and so does a command that hasn't run. */
static void no_profiling(const void *arg)
{
	cl_command_queue q, p;
	cl_event gate, ev;
	cl_kernel step;
	cl_ulong t;
	cl_mem m;

	(void)arg;
	cl_open();
	q = cl_queue(0);
	p = cl_queue(CL_QUEUE_PROFILING_ENABLE);
	step = cl_kern("advance");
	m = cl_buffer(1);
	cl_step(q, step, m, 1, 0, NULL, &ev);
	CL(clFinish(q));
	RESULT("without profiling: %d",
	       clGetEventProfilingInfo(ev, CL_PROFILING_COMMAND_END, sizeof(t), &t, NULL));
	CL(clReleaseEvent(ev));
	gate = CL_GET(clCreateUserEvent(cl_ctx, &cl_err));
	cl_step(p, step, m, 1, 1, &gate, &ev);
	RESULT("before it ran: %d",
	       clGetEventProfilingInfo(ev, CL_PROFILING_COMMAND_END, sizeof(t), &t, NULL));
	CL(clSetUserEventStatus(gate, CL_COMPLETE));
	CL(clFinish(p));
	RESULT("after it ran: %d",
	       clGetEventProfilingInfo(ev, CL_PROFILING_COMMAND_END, sizeof(t), &t, NULL));
}

static const struct ktap_test tests[] = {
	{ "reference counts", references, NULL },
	{ "reference counts, out of order", references, "ooo" },
	{ "what is released goes", destruction, NULL },
	{ "profiling", profiling, NULL },
	{ "no profiling", no_profiling, NULL },
};

KTAP_MAIN(tests)
