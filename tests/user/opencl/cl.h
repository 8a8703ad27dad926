/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * A device, a context and three kernels: what the OpenCL test programs share.
 *
 * The programs know nothing of xsched. A note that begins with "= " is a result
 * that must be the same with and without it; oath.sh compares them.
 */
#ifndef XSCHED_TEST_CL_H
#define XSCHED_TEST_CL_H

#define CL_TARGET_OPENCL_VERSION 300
#define CL_USE_DEPRECATED_OPENCL_1_0_APIS
#define CL_USE_DEPRECATED_OPENCL_1_1_APIS
#define CL_USE_DEPRECATED_OPENCL_1_2_APIS
#define CL_USE_DEPRECATED_OPENCL_2_0_APIS
#define CL_USE_DEPRECATED_OPENCL_2_1_APIS
#define CL_USE_DEPRECATED_OPENCL_2_2_APIS
#include <CL/cl.h>
#include <CL/cl_ext.h>

#include "../ktap.h"

#include <dlfcn.h>
#include <glob.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#define N	64			/* elements of a buffer */
#define BYTES	(N * sizeof(cl_uint))

#define RESULT(fmt, ...) ktap_note("= " fmt, ##__VA_ARGS__)

/* A call that must succeed, by its return value or by what it left in cl_err. */
#define CL(call) do {							\
	cl_int __e = (call);						\
	if (__e != CL_SUCCESS)						\
		FAIL("%s: %d", #call, __e);				\
} while (0)
#define CL_GET(call) ({							\
	cl_int cl_err = CL_SUCCESS;					\
	__auto_type __v = (call);					\
	if (cl_err != CL_SUCCESS)					\
		FAIL("%s: %d", #call, cl_err);				\
	__v; })

/*
 * advance isn't commutative, so a result tells the order. spin takes time in proportion
 * to its argument and leaves the buffer alone. copy reads one buffer and writes another.
 */
static const char cl_source[] =
	"kernel void advance(global uint *a, uint k)\n"
	"{ size_t i = get_global_id(0); a[i] = a[i] * 1664525u + k; }\n"
	"kernel void copy(global const uint *a, global uint *b)\n"
	"{ size_t i = get_global_id(0); b[i] = a[i]; }\n"
	"kernel void spin(global uint *a, uint rounds)\n"
	"{ uint x = 1, i; for (i = 0; i < rounds; i++) x = x * 1664525u + 1013904223u;\n"
	"  if (x == 0x12345u && rounds == 0xffffffffu) a[0] = x; }\n";

static cl_platform_id cl_platform;
static cl_device_id cl_device;
static cl_context cl_ctx;
static cl_program cl_prog;
static cl_uint spin_ms;			/* rounds that take about a millisecond */

/*
 * Linking a driver takes longer than most cases, each of which is a process of its own and
 * inherits it from here, where nothing of OpenCL has been called.
 */
__attribute__((constructor))
static void cl_link_drivers(void)
{
	char path[256];
	glob_t icds;
	size_t i;
	FILE *f;

	if (glob("/etc/OpenCL/vendors/*.icd", 0, NULL, &icds))
		return;
	for (i = 0; i < icds.gl_pathc; i++) {
		f = fopen(icds.gl_pathv[i], "r");
		if (f && fscanf(f, "%255s", path) == 1)
			dlopen(path, RTLD_LAZY);
		if (f)
			fclose(f);
	}
	globfree(&icds);
}

__attribute__((unused))
static uint64_t cl_now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

__attribute__((unused))
static cl_uint cl_next(cl_uint x, cl_uint k)
{
	return x * 1664525u + k;
}

__attribute__((unused))
static void cl_open(void)
{
	const char *src = cl_source;
	cl_uint n = 0;

	if (clGetPlatformIDs(1, &cl_platform, &n) != CL_SUCCESS || !n)
		SKIP("no OpenCL platform (Debian: pocl-opencl-icd)");
	if (clGetDeviceIDs(cl_platform, CL_DEVICE_TYPE_ALL, 1, &cl_device, &n) != CL_SUCCESS || !n)
		SKIP("no OpenCL device");
	cl_ctx = CL_GET(clCreateContext(NULL, 1, &cl_device, NULL, NULL, &cl_err));
	cl_prog = CL_GET(clCreateProgramWithSource(cl_ctx, 1, &src, NULL, &cl_err));
	CL(clBuildProgram(cl_prog, 1, &cl_device, "", NULL, NULL));
}

__attribute__((unused))
static cl_command_queue cl_queue(cl_command_queue_properties props)
{
	return CL_GET(clCreateCommandQueue(cl_ctx, cl_device, props, &cl_err));
}

__attribute__((unused))
static cl_mem cl_buffer(cl_uint value)
{
	cl_uint init[N];
	unsigned int i;

	for (i = 0; i < N; i++)
		init[i] = value;
	return CL_GET(clCreateBuffer(cl_ctx, CL_MEM_READ_WRITE | CL_MEM_COPY_HOST_PTR, BYTES, init,
				     &cl_err));
}

__attribute__((unused))
static cl_kernel cl_kern(const char *name)
{
	return CL_GET(clCreateKernel(cl_prog, name, &cl_err));
}

__attribute__((unused))
static void cl_step(cl_command_queue q, cl_kernel k, cl_mem m, cl_uint value,
		    cl_uint n_wait, const cl_event *wait, cl_event *ev)
{
	size_t gws = N;

	CL(clSetKernelArg(k, 0, sizeof(m), &m));
	CL(clSetKernelArg(k, 1, sizeof(value), &value));
	CL(clEnqueueNDRangeKernel(q, k, 1, NULL, &gws, NULL, n_wait, wait, ev));
}

/* One work item that runs for about so many microseconds. */
__attribute__((unused))
static void cl_spin(cl_command_queue q, cl_kernel k, cl_mem m, unsigned int us,
		    cl_uint n_wait, const cl_event *wait, cl_event *ev)
{
	cl_uint rounds = (cl_uint)((uint64_t)spin_ms * us / 1000);
	size_t one = 1;

	CL(clSetKernelArg(k, 0, sizeof(m), &m));
	CL(clSetKernelArg(k, 1, sizeof(rounds), &rounds));
	CL(clEnqueueNDRangeKernel(q, k, 1, NULL, &one, &one, n_wait, wait, ev));
}

/* Finds spin_ms; the shortest of a few tries, for the machine may be busy. */
__attribute__((unused))
static void cl_calibrate(void)
{
	cl_command_queue q = cl_queue(CL_QUEUE_PROFILING_ENABLE);
	cl_kernel k = cl_kern("spin");
	cl_mem m = cl_buffer(0);
	cl_ulong from, to, best = ~0ull;
	cl_event ev;
	int i;

	spin_ms = 1000000;
	for (i = 0; i < 5; i++) {
		cl_spin(q, k, m, 1000, 0, NULL, &ev);
		CL(clWaitForEvents(1, &ev));
		CL(clGetEventProfilingInfo(ev, CL_PROFILING_COMMAND_START, sizeof(from), &from, NULL));
		CL(clGetEventProfilingInfo(ev, CL_PROFILING_COMMAND_END, sizeof(to), &to, NULL));
		CL(clReleaseEvent(ev));
		if (to - from < best)
			best = to - from;
	}
	spin_ms = (cl_uint)(1000000ull * 1000000ull / (best + 1));
	CL(clReleaseMemObject(m));
	CL(clReleaseKernel(k));
	CL(clReleaseCommandQueue(q));
}

__attribute__((unused))
static void cl_expect(cl_command_queue q, cl_mem m, cl_uint value, const char *where)
{
	cl_uint got[N];
	unsigned int i;

	CL(clEnqueueReadBuffer(q, m, CL_TRUE, 0, BYTES, got, 0, NULL, NULL));
	for (i = 0; i < N; i++)
		if (got[i] != value)
			FAIL("%s: element %u is %u, not %u", where, i, got[i], value);
}

__attribute__((unused))
static cl_int cl_status(cl_event ev)
{
	cl_int status;

	CL(clGetEventInfo(ev, CL_EVENT_COMMAND_EXECUTION_STATUS, sizeof(status), &status, NULL));
	return status;
}

/* Polls, since a driver may drop its own references after its last report. */
#define CL_COMES_TO(expr, value) ({					\
	uint64_t __until = cl_now_ns() + 3000000000ull;			\
	while ((expr) != (value) && cl_now_ns() < __until)		\
		usleep(1000);						\
	(expr); })

#endif
