// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Measures launches as an ordinary program sees them; knows nothing of xsched.
 *
 * launch: for each line "held N" or "running N" on stdin, launches N small kernels
 * and answers with nanoseconds per call. Held: behind a user event, so that the device
 * does nothing and only the call is measured. Running: as programs do it.
 * launch N: launches N kernels, held, and ends (to count system calls).
 */
#include "../../user/opencl/cl.h"

static cl_command_queue q;
static cl_kernel spin;
static cl_mem m;

/* The first calls of a process are another thing. */
static void warm_up(void)
{
	unsigned int i, j;

	for (j = 0; j < 20; j++) {
		for (i = 0; i < 64; i++)
			cl_spin(q, spin, m, 1, 0, NULL, NULL);
		CL(clFinish(q));
	}
}

static double launches(unsigned int n, bool held)
{
	size_t one = 1;
	cl_event gate = NULL;
	uint64_t begun, ended;
	unsigned int i;

	if (held) {
		gate = CL_GET(clCreateUserEvent(cl_ctx, &cl_err));
		cl_spin(q, spin, m, 1, 1, &gate, NULL);
	}
	begun = cl_now_ns();
	for (i = 0; i < n; i++)
		if (clEnqueueNDRangeKernel(q, spin, 1, NULL, &one, &one, 0, NULL, NULL) != CL_SUCCESS)
			FAIL("launch %u failed", i);
	ended = cl_now_ns();
	if (held) {
		CL(clSetUserEventStatus(gate, CL_COMPLETE));
		CL(clReleaseEvent(gate));
	}
	CL(clFinish(q));
	return (double)(ended - begun) / n;
}

int main(int argc, char **argv)
{
	static struct ktap nowhere;
	char how[16];
	unsigned int n;

	ktap = &nowhere;
	cl_open();
	spin_ms = 100000;
	q = cl_queue(0);
	spin = cl_kern("spin");
	m = cl_buffer(0);
	warm_up();
	if (argc > 1) {
		launches((unsigned int)atoi(argv[1]), true);
		return 0;
	}
	puts("ready");
	fflush(stdout);
	while (scanf("%15s %u", how, &n) == 2) {
		printf("%.1f\n", launches(n, !strcmp(how, "held")));
		fflush(stdout);
	}
	return 0;
}
