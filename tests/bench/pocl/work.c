// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Kernels of a given length, as an ordinary program runs them; knows nothing of xsched.
 *
 * Says how many rounds of its kernel take a millisecond. Then for each line on stdin
 * answers with nanoseconds per kernel:
 *	"stream ROUNDS N"	N kernels of so many rounds, then one clFinish()
 *	"trip ROUNDS N"		N times a kernel and a clFinish(); the median
 */
#include "../../user/opencl/cl.h"

#define MAX_TRIPS 4096

static cl_command_queue q;
static cl_kernel spin;

static void launch(void)
{
	size_t one = 1;

	if (clEnqueueNDRangeKernel(q, spin, 1, NULL, &one, &one, 0, NULL, NULL) != CL_SUCCESS)
		FAIL("a launch failed");
}

static double stream(unsigned int n)
{
	uint64_t begun = cl_now_ns();
	unsigned int i;

	for (i = 0; i < n; i++)
		launch();
	CL(clFinish(q));
	return (double)(cl_now_ns() - begun) / n;
}

static int by_size(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

/* The median: the machine may have something else to do now and then. */
static double trips(unsigned int n)
{
	uint64_t took[MAX_TRIPS], begun;
	unsigned int i;

	for (i = 0; i < n && i < MAX_TRIPS; i++) {
		begun = cl_now_ns();
		launch();
		CL(clFinish(q));
		took[i] = cl_now_ns() - begun;
	}
	qsort(took, i, sizeof(took[0]), by_size);
	return (double)took[i / 2];
}

int main(void)
{
	static struct ktap nowhere;
	unsigned int n, rounds;
	char how[16];
	cl_mem m;

	ktap = &nowhere;
	cl_open();
	cl_calibrate();
	q = cl_queue(0);
	spin = cl_kern("spin");
	m = cl_buffer(0);
	CL(clSetKernelArg(spin, 0, sizeof(m), &m));
	printf("%u\n", spin_ms);
	fflush(stdout);
	while (scanf("%15s %u %u", how, &rounds, &n) == 3) {
		CL(clSetKernelArg(spin, 1, sizeof(rounds), &rounds));
		stream(2);
		printf("%.1f\n", !strcmp(how, "trip") ? trips(n) : stream(n));
		fflush(stdout);
	}
	return 0;
}
