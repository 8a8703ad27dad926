/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * OpenCL work of an adjustable length, for the examples.
 */
#ifndef EXAMPLES_WORK_H
#define EXAMPLES_WORK_H

#define CL_TARGET_OPENCL_VERSION 120
#include <CL/cl.h>

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define KERNELS	20	/* in a task */

struct work {
	cl_command_queue queue;
	cl_kernel kernel;
	cl_mem buffer;
};

static cl_context context;
static cl_device_id device;
static cl_program program;

static inline void must(cl_int err, const char *what)
{
	if (err == CL_SUCCESS)
		return;
	fprintf(stderr, "%s: OpenCL error %d\n", what, err);
	exit(1);
}

static inline double now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static inline void work_setup(void)
{
	static const char *const source =
		"kernel void spin(global uint *out, uint n)\n"
		"{\n"
		"	uint x = get_global_id(0);\n"
		"	for (uint i = 0; i < n; i++)\n"
		"		x = x * 1664525u + 1013904223u;\n"
		"	out[get_global_id(0)] = x;\n"
		"}\n";
	cl_platform_id platform;
	cl_int err;

	must(clGetPlatformIDs(1, &platform, NULL), "looking for a platform");
	must(clGetDeviceIDs(platform, CL_DEVICE_TYPE_ALL, 1, &device, NULL), "looking for a device");
	context = clCreateContext(NULL, 1, &device, NULL, NULL, &err);
	must(err, "clCreateContext");
	program = clCreateProgramWithSource(context, 1, (const char **)&source, NULL, &err);
	must(err, "clCreateProgramWithSource");
	must(clBuildProgram(program, 1, &device, "", NULL, NULL), "clBuildProgram");
}

/* Kernels of half a millisecond or so. */
static inline struct work work_new(void)
{
	cl_uint n = 400000;
	struct work w;
	cl_int err;

	w.queue = clCreateCommandQueue(context, device, 0, &err);
	must(err, "clCreateCommandQueue");
	w.kernel = clCreateKernel(program, "spin", &err);
	must(err, "clCreateKernel");
	w.buffer = clCreateBuffer(context, CL_MEM_READ_WRITE, 64, NULL, &err);
	must(err, "clCreateBuffer");
	clSetKernelArg(w.kernel, 0, sizeof(w.buffer), &w.buffer);
	clSetKernelArg(w.kernel, 1, sizeof(n), &n);
	return w;
}

static inline void work_enqueue(struct work *w)
{
	size_t global = 1;

	must(clEnqueueNDRangeKernel(w->queue, w->kernel, 1, NULL, &global, NULL, 0, NULL, NULL),
	     "clEnqueueNDRangeKernel");
}

/* One task; its time in milliseconds. */
static inline double work_run(struct work *w)
{
	double begun = now_ms();
	int i;

	for (i = 0; i < KERNELS; i++)
		work_enqueue(w);
	must(clFinish(w->queue), "clFinish");
	return now_ms() - begun;
}

static inline void work_free(struct work *w)
{
	clReleaseKernel(w->kernel);
	clReleaseMemObject(w->buffer);
	clReleaseCommandQueue(w->queue);
}

static inline void sleep_ms(int ms)
{
	struct timespec t = { ms / 1000, (long)(ms % 1000) * 1000000 };

	nanosleep(&t, NULL);
}

#endif
