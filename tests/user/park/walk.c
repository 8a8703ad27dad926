// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * An ordinary program with one long kernel, watched from outside: knows nothing of xsched.
 * walk SECONDS: "running" once it is, then "stood FROM TO" (seconds since the epoch) each
 * time that the kernel made no progress for 50 ms, then "result X PASSES".
 */
#include "../opencl/cl.h"

#include <math.h>

#define STILL_S 0.05

static const char walk_source[] =
	"kernel void walk(volatile global uint *at, uint rounds)\n"
	"{ uint v = 1, i; double s = 0; for (i = 0; i < rounds; i++) {\n"
	"    v = v * 1664525u + 1013904223u; s = s * 0.5 + (v & 255);\n"
	"    if (!(i & 255)) at[0] = i; }\n"
	"  at[1] = v; at[2] = (uint)s; at[0] = rounds; }\n";

static cl_uint at[1024] __attribute__((aligned(4096)));
static cl_command_queue q;
static cl_kernel walk;

static double now_s(void)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void start(cl_uint rounds)
{
	size_t one = 1;

	CL(clSetKernelArg(walk, 1, sizeof(rounds), &rounds));
	CL(clEnqueueNDRangeKernel(q, walk, 1, NULL, &one, &one, 0, NULL, NULL));
	CL(clFlush(q));
}

static cl_uint set_up(double seconds)
{
	const cl_uint some = 5000000;
	const char *src = walk_source;
	cl_program p;
	cl_mem m;
	double begun;

	cl_open();
	q = cl_queue(0);
	p = CL_GET(clCreateProgramWithSource(cl_ctx, 1, &src, NULL, &cl_err));
	CL(clBuildProgram(p, 1, &cl_device, "", NULL, NULL));
	walk = CL_GET(clCreateKernel(p, "walk", &cl_err));
	m = CL_GET(clCreateBuffer(cl_ctx, CL_MEM_READ_WRITE | CL_MEM_USE_HOST_PTR, sizeof(at), at,
				  &cl_err));
	CL(clSetKernelArg(walk, 0, sizeof(m), &m));
	start(1);
	CL(clFinish(q));
	begun = now_s();
	start(some);
	CL(clFinish(q));
	return (cl_uint)fmin(4e9, some * seconds / (now_s() - begun));
}

static void watch(cl_uint rounds)
{
	double since = now_s(), now;
	cl_uint seen = 0, at_now = 0;

	while (at_now != rounds) {
		usleep(500);
		now = now_s();
		at_now = __atomic_load_n(&at[0], __ATOMIC_ACQUIRE);
		if (at_now == seen)
			continue;
		if (now - since > STILL_S) {
			printf("stood %.6f %.6f\n", since, now);
			fflush(stdout);
		}
		seen = at_now;
		since = now;
	}
}

int main(int argc, char **argv)
{
	static struct ktap nowhere;
	cl_uint rounds, v = 1, i;
	double s = 0;

	ktap = &nowhere;
	rounds = set_up(argc > 1 ? atof(argv[1]) : 2);
	at[0] = 0;
	start(rounds);
	while (!__atomic_load_n(&at[0], __ATOMIC_ACQUIRE))
		usleep(100);
	puts("running");
	fflush(stdout);
	watch(rounds);
	CL(clFinish(q));
	for (i = 0; i < rounds; i++) {
		v = v * 1664525u + 1013904223u;
		s = s * 0.5 + (v & 255);
	}
	puts(v == at[1] && (cl_uint)s == at[2] ? "right" : "wrong");
	return 0;
}
