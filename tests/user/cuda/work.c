// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * CUDA work without an end, of kernels of a given length.
 *
 *	work burst BUSY_US PAUSE_US	kernels of 100 us, then a pause, again and again
 *	work stream LENGTH_US COUNT	so many kernels in order, or until SIGTERM; checks
 *	work graph LENGTH_US COUNT	the same by graphs of 100 kernels
 *	work update LENGTH_US COUNT	and one of them with another's nodes by each tenth
 *	work exit LENGTH_US COUNT	so many kernels at once, and ends when it gets SIGUSR1
 *	work both LENGTH_US COUNT	the same on two devices at once
 */
#include "cu.h"

#include <dlfcn.h>

static void burst(u32 busy, u32 pause)
{
	cu_ptr log = log_new(busy / 100 + 1);
	u32 i;

	puts("ready");
	fflush(stdout);
	for (;;) {
		OK(cuMemsetD32Async(log, 0, 1, NULL));
		for (i = 0; i < busy / 100; i++)
			OK(append(NULL, log, i, 100));
		OK(cuStreamSynchronize(NULL));
		usleep(pause);
	}
}

static void stream(u32 us, u32 count)
{
	cu_ptr log = log_new(count);
	cu_stream s;
	u32 i;

	end_on_sigterm();
	OK(cuStreamCreate(&s, NON_BLOCKING));
	for (i = 0; i < count && !enough; i++) {
		OK(append(s, log, i, us));
		if (i == 10) {
			puts("ready");
			fflush(stdout);
		}
		if (i % 64 == 63)
			OK(cuStreamSynchronize(s));
	}
	OK(cuStreamSynchronize(s));
	log_is_in_order(log, 0, i);
	puts("in order");
}

static void *capture(cu_stream s, cu_ptr log, u32 first, u32 us)
{
	void *g;
	u32 i;

	OK(cuStreamBeginCapture_v2(s, 0));
	for (i = 0; i < 100; i++)
		OK(append(s, log, first + i, us));
	OK(cuStreamEndCapture(s, &g));
	return g;
}

static void graph(u32 us, u32 count, bool update)
{
	unsigned int *inside = dlsym(RTLD_DEFAULT, "fakecuda_stops_inside"), before = 0;
	u32 i, k, v[101], first = 0;
	void *g, *exec;
	cu_ptr log;
	cu_stream s;

	log = log_new(100);
	OK(cuStreamCreate(&s, NON_BLOCKING));
	OK(cuGraphInstantiateWithFlags(&exec, capture(s, log, 0, us), 0));
	for (k = 0; k < count / 100; k++) {
		if (update && k % 10 == 9) {
			first = 1000 * k;
			g = capture(s, log, first, us);
			OK(cuGraphExecUpdate_v2(exec, g, NULL));
			OK(cuGraphDestroy(g));
			before = before || !inside ? before : *inside;
		}
		OK(cuMemsetD32Async(log, 0, 1, s));
		OK(cuGraphLaunch(exec, s));
		if (!k) {
			puts("ready");
			fflush(stdout);
		}
		OK(cuStreamSynchronize(s));
		OK(cuMemcpyDtoH_v2(v, log, sizeof(v)));
		CHECK_EQ(v[0], 100);
		for (i = 0; i < 100; i++)
			CHECK_EQ(v[1 + i], first + i);
	}
	printf("in order, %u stops inside of graphs\n", inside ? *inside - before : 0);
}

static void end(u32 us, u32 count)
{
	cu_ptr log = log_new(count);
	sigset_t set;
	cu_stream s;
	int sig;
	u32 i;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigprocmask(SIG_BLOCK, &set, NULL);
	OK(cuStreamCreate(&s, NON_BLOCKING));
	for (i = 0; i < count; i++)
		OK(append(s, log, i, us));
	puts("ready");
	fflush(stdout);
	sigwait(&set, &sig);
	exit(0);
}

static void both(u32 us, u32 count)
{
	cu_ptr log[2];
	cu_ctx ctx[2];
	u32 i, d;

	for (d = 0; d < 2; d++) {
		OK(cuDevicePrimaryCtxRetain(&ctx[d], (cu_device)d));
		OK(cuCtxSetCurrent(ctx[d]));
		log[d] = log_new(count);
	}
	for (i = 0; i < count; i++) {
		for (d = 0; d < 2; d++) {
			OK(cuCtxSetCurrent(ctx[d]));
			OK(append(CU_PER_THREAD, log[d], i, us));
		}
		if (i == 10) {
			puts("ready");
			fflush(stdout);
		}
		if (i % 64 == 63)
			OK(cuStreamSynchronize(CU_PER_THREAD));
	}
	for (d = 0; d < 2; d++) {
		OK(cuCtxSetCurrent(ctx[d]));
		OK(cuStreamSynchronize(CU_PER_THREAD));
		log_is_in_order(log[d], 0, count);
	}
	puts("in order");
}

int main(int argc, char **argv)
{
	static struct ktap nowhere;

	ktap = &nowhere;
	if (argc != 4)
		return 2;
	cu_begin();
	if (!strcmp(argv[1], "burst"))
		burst((u32)atoi(argv[2]), (u32)atoi(argv[3]));
	if (!strcmp(argv[1], "graph"))
		graph((u32)atoi(argv[2]), (u32)atoi(argv[3]), false);
	else if (!strcmp(argv[1], "update"))
		graph((u32)atoi(argv[2]), (u32)atoi(argv[3]), true);
	else if (!strcmp(argv[1], "exit"))
		end((u32)atoi(argv[2]), (u32)atoi(argv[3]));
	else if (!strcmp(argv[1], "both"))
		both((u32)atoi(argv[2]), (u32)atoi(argv[3]));
	else
		stream((u32)atoi(argv[2]), (u32)atoi(argv[3]));
	return 0;
}
