// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Launches faster than anything can run, for so many seconds or until SIGTERM; says how often
 * a launch took more than 40 ms, and whether what came out is right: flood SECONDS
 */
#include "cl.h"

#define AT_ONCE	20000

static volatile sig_atomic_t enough;

static void end_soon(int sig)
{
	(void)sig;
	enough = 1;
}

int main(int argc, char **argv)
{
	uint64_t begun = cl_now_ns(), at, before = begun, end;
	unsigned int slept = 0, all = 0, i;
	static struct ktap nowhere;
	cl_uint out[N], want = 7;
	cl_command_queue q;
	cl_kernel step;
	cl_mem m;

	ktap = &nowhere;
	signal(SIGTERM, end_soon);
	end = begun + (uint64_t)(atof(argc > 1 ? argv[1] : "1") * 1e9);
	cl_open();
	q = cl_queue(0);
	step = cl_kern("advance");
	m = cl_buffer(want);
	puts("ready");
	fflush(stdout);
	for (at = cl_now_ns(); at < end && !enough;) {
		for (i = 0; i < AT_ONCE && at < end && !enough; i++, all++) {
			before = cl_now_ns();
			cl_step(q, step, m, all, 0, NULL, NULL);
			want = cl_next(want, all);
			at = cl_now_ns();
			slept += at - before > 40000000;
		}
		CL(clFinish(q));
	}
	CL(clEnqueueReadBuffer(q, m, CL_TRUE, 0, BYTES, out, 0, NULL, NULL));
	printf("launched %u, slept %u times\n%s\n", all, slept, out[N - 1] == want ? "right" : "wrong");
	return out[N - 1] != want;
}
