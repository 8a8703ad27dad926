// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * How long XQueueSuspend() takes until the device stands, in a stream of kernels of one length.
 *
 * stop LEVEL US SAMPLES: a line with microseconds for each sample. Every time the device is
 * looked at afterwards: nothing may move.
 */
#include "../../user/opencl/cl.h"

#include "xsched/xsched.h"
#include "xsched/opencl/hal.h"

#define DEEP	64		/* kernels in the queue */
#define STOPS	6		/* while they last */
#define OK(call) do { XResult __r = (call); if (__r) FAIL("%s: %s", #call, XResultName(__r)); } while (0)

/* The kernel shows that it runs. */
static const char beat_source[] =
	"kernel void beat(volatile global uint *at, uint rounds)\n"
	"{ uint x = 1, i; for (i = 0; i < rounds; i++) { x = x * 1664525u + 1013904223u;\n"
	"  if (!(i & 1023)) at[0]++; } at[1] = x; }\n";

static cl_uint at[1024] __attribute__((aligned(4096)));
static cl_command_queue q;
static cl_kernel beat;

static void launch(unsigned int n)
{
	size_t one = 1;

	while (n--)
		CL(clEnqueueNDRangeKernel(q, beat, 1, NULL, &one, &one, 0, NULL, NULL));
	CL(clFlush(q));
}

static void set_rounds(cl_uint rounds)
{
	CL(clSetKernelArg(beat, 1, sizeof(rounds), &rounds));
}

/* Rounds that take so long; the shortest of a few tries. */
static cl_uint calibrate(unsigned int us)
{
	const cl_uint some = 1000000;
	uint64_t begun, took, best = ~0ull;
	int i;

	set_rounds(some);
	for (i = 0; i < 10; i++) {
		begun = cl_now_ns();
		launch(1);
		CL(clFinish(q));
		took = cl_now_ns() - begun;
		if (took < best)
			best = took;
	}
	return (cl_uint)((uint64_t)some * us * 1000 / best);
}

static void set_up(void)
{
	const char *src = beat_source;
	cl_program p;
	cl_mem m;

	cl_open();
	q = cl_queue(0);
	p = CL_GET(clCreateProgramWithSource(cl_ctx, 1, &src, NULL, &cl_err));
	CL(clBuildProgram(p, 1, &cl_device, "", NULL, NULL));
	beat = CL_GET(clCreateKernel(p, "beat", &cl_err));
	m = CL_GET(clCreateBuffer(cl_ctx, CL_MEM_READ_WRITE | CL_MEM_USE_HOST_PTR, sizeof(at), at,
				  &cl_err));
	CL(clSetKernelArg(beat, 0, sizeof(m), &m));
}

static void pause_us(unsigned int us)
{
	uint64_t until = cl_now_ns() + us * 1000ull;

	if (us > 200)
		usleep(us - 100);
	while (cl_now_ns() < until)
		;
}

static double sample(XQueueHandle xq, unsigned int us)
{
	uint64_t begun, took;
	cl_uint seen;

	begun = cl_now_ns();
	OK(XQueueSuspend(xq, kQueueSuspendFlagSyncHwQueue));
	took = cl_now_ns() - begun;
	seen = __atomic_load_n(&at[0], __ATOMIC_RELAXED);
	pause_us(us / 2 + 50);
	if (seen != __atomic_load_n(&at[0], __ATOMIC_RELAXED))
		FAIL("the device doesn't stand");
	OK(XQueueResume(xq, 0));
	return (double)took / 1000;
}

int main(int argc, char **argv)
{
	static struct ktap nowhere;
	unsigned int level, us, n, i = 0, j;
	HwQueueHandle hwq;
	XQueueHandle xq;
	cl_uint rounds;

	if (argc != 4)
		return 2;
	level = (unsigned int)atoi(argv[1]);
	us = (unsigned int)atoi(argv[2]);
	n = (unsigned int)atoi(argv[3]);
	ktap = &nowhere;
	srand(1);
	set_up();
	rounds = calibrate(us);
	set_rounds(rounds);
	OK(OclQueueCreate(&hwq, q));
	OK(XQueueCreate(&xq, hwq, level, 0));
	/* So that the runtime knows how long a kernel takes. */
	launch(DEEP);
	CL(clFinish(q));
	while (i < n) {
		launch(DEEP);
		for (j = 0; j < STOPS && i < n; j++, i++) {
			launch(12);	/* as many as may have run */
			pause_us(2 * us + (unsigned int)rand() % (6 * us));
			printf("%.1f\n", sample(xq, us));
		}
		CL(clFinish(q));
	}
	return 0;
}
