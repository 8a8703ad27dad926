// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * An ordinary OpenCL program with a load of a given shape; knows nothing of xsched.
 *
 *	load calibrate				rounds of the kernel that take a millisecond
 *	load endless ROUNDS FROM TO		kernels without end; how many were done between
 *	load jobs ROUNDS N PERIOD_MS COUNT FROM	N kernels every PERIOD_MS; latencies in ms
 *
 * FROM and TO are seconds of CLOCK_MONOTONIC. "ready" comes when it has warmed up.
 */
#include <stdlib.h>
#include <string.h>

#include "../../user/opencl/cl.h"

static cl_command_queue q;
static cl_kernel spin;

static void launch(void)
{
	size_t one = 1;

	CL(clEnqueueNDRangeKernel(q, spin, 1, NULL, &one, &one, 0, NULL, NULL));
}

static void sleep_until(uint64_t ns)
{
	struct timespec t = { .tv_sec = (time_t)(ns / 1000000000), .tv_nsec = (long)(ns % 1000000000) };

	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL))
		;
}

/* Two batches ahead, so that the device never waits for this process. */
static void endless(uint64_t from, uint64_t to)
{
	enum { BATCH = 4, AHEAD = 3 };
	cl_event ends[AHEAD] = { NULL };
	unsigned long done = 0;
	unsigned int i, at;

	for (at = 0; cl_now_ns() < to; at = (at + 1) % AHEAD) {
		if (ends[at]) {
			CL(clWaitForEvents(1, &ends[at]));
			CL(clReleaseEvent(ends[at]));
			done += cl_now_ns() >= from && cl_now_ns() < to ? BATCH : 0;
		}
		for (i = 0; i < BATCH; i++)
			launch();
		CL(clEnqueueMarkerWithWaitList(q, 0, NULL, &ends[at]));
		CL(clFlush(q));
	}
	CL(clFinish(q));
	printf("%lu\n", done);
}

static void jobs(unsigned int n, uint64_t period_ns, unsigned int count, uint64_t from)
{
	unsigned int k, i;

	for (k = 0; k < count; k++) {
		uint64_t release = from + k * period_ns;

		sleep_until(release);
		for (i = 0; i < n; i++)
			launch();
		CL(clFinish(q));
		printf("%.3f\n", (double)(cl_now_ns() - release) / 1e6);
	}
}

static uint64_t seconds(const char *text)
{
	return (uint64_t)(atof(text) * 1e9);
}

int main(int argc, char **argv)
{
	static struct ktap nowhere;
	cl_uint rounds;
	cl_mem m;

	ktap = &nowhere;
	if (argc < 2)
		return 2;
	cl_open();
	if (!strcmp(argv[1], "calibrate")) {
		cl_calibrate();
		printf("%u\n", spin_ms);
		return 0;
	}
	if (argc < 5)
		return 2;
	rounds = (cl_uint)atoi(argv[2]);
	q = cl_queue(0);
	spin = cl_kern("spin");
	m = cl_buffer(0);
	CL(clSetKernelArg(spin, 0, sizeof(m), &m));
	CL(clSetKernelArg(spin, 1, sizeof(rounds), &rounds));
	launch();
	CL(clFinish(q));
	puts("ready");
	fflush(stdout);
	if (!strcmp(argv[1], "endless"))
		endless(seconds(argv[3]), seconds(argv[4]));
	else if (argc > 6)
		jobs((unsigned int)atoi(argv[3]), (uint64_t)(atof(argv[4]) * 1e6),
		     (unsigned int)atoi(argv[5]), seconds(argv[6]));
	return 0;
}
