// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * An OpenCL program that knows nothing of xsched: launches kernels of about a
 * millisecond, a few at a time, and writes the wall time in ns whenever a batch is
 * done. It ends after its time, or with the batch during which SIGTERM comes.
 * xschedd_load SECONDS [BATCH]
 */
#define CL_TARGET_OPENCL_VERSION 120
#include <CL/cl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static const char source[] =
	"kernel void spin(global uint *out, uint n)\n"
	"{\n"
	"	uint x = get_global_id(0), i;\n"
	"	for (i = 0; i < n; i++)\n"
	"		x = x * 1664525 + 1013904223;\n"
	"	out[get_global_id(0)] = x;\n"
	"}\n";

static volatile sig_atomic_t enough;

static void end_soon(int sig)
{
	(void)sig;
	enough = 1;
}

static void check(cl_int err, const char *what)
{
	if (err == CL_SUCCESS)
		return;
	fprintf(stderr, "xschedd_load: %s: OpenCL error %d\n", what, err);
	exit(1);
}

static uint64_t wall_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

int main(int argc, char **argv)
{
	double seconds = argc > 1 ? atof(argv[1]) : 5;
	int batch = argc > 2 ? atoi(argv[2]) : 4, i;
	const char *text = source;
	size_t global = 64;
	cl_uint n = 400000 / 64;
	cl_platform_id platform;
	cl_device_id dev;
	cl_context ctx;
	cl_command_queue q;
	cl_program prog;
	cl_kernel kernel;
	cl_mem out;
	cl_int err;
	uint64_t end;

	signal(SIGTERM, end_soon);
	check(clGetPlatformIDs(1, &platform, NULL), "platform");
	check(clGetDeviceIDs(platform, CL_DEVICE_TYPE_ALL, 1, &dev, NULL), "device");
	ctx = clCreateContext(NULL, 1, &dev, NULL, NULL, &err);
	check(err, "context");
	q = clCreateCommandQueue(ctx, dev, 0, &err);
	check(err, "queue");
	prog = clCreateProgramWithSource(ctx, 1, &text, NULL, &err);
	check(err, "source");
	check(clBuildProgram(prog, 1, &dev, "", NULL, NULL), "build");
	kernel = clCreateKernel(prog, "spin", &err);
	check(err, "kernel");
	out = clCreateBuffer(ctx, CL_MEM_READ_WRITE, global * 4, NULL, &err);
	check(err, "buffer");
	check(clSetKernelArg(kernel, 0, sizeof(out), &out), "argument");
	check(clSetKernelArg(kernel, 1, sizeof(n), &n), "argument");
	setvbuf(stdout, NULL, _IOLBF, 0);
	end = wall_ns() + (uint64_t)(seconds * 1e9);
	while (wall_ns() < end && !enough) {
		for (i = 0; i < batch; i++)
			check(clEnqueueNDRangeKernel(q, kernel, 1, NULL, &global, NULL, 0, NULL,
						     NULL), "launch");
		check(clFinish(q), "finish");
		printf("%llu\n", (unsigned long long)wall_ns());
	}
	clReleaseMemObject(out);
	clReleaseKernel(kernel);
	clReleaseProgram(prog);
	clReleaseCommandQueue(q);
	clReleaseContext(ctx);
	return 0;
}
