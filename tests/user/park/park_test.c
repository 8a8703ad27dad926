// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Level 3 on a CPU device: a kernel stops in its middle, and goes on as if nothing had been.
 */
#include "../opencl/cl.h"

#include "xsched/xsched.h"
#include "xsched/opencl/hal.h"

#include <math.h>
#include <pthread.h>
#include <sys/syscall.h>

#define GROUPS	4
#define OK(call) CHECK_EQ(call, kXSchedSuccess)

/* Integers, and floating-point state that a careless interruption would spoil. */
static const char walk_source[] =
	"kernel void walk(volatile global uint *at, global uint *x, global double *y, uint rounds)\n"
	"{ size_t g = get_global_id(0); uint v = g + 1, i; double s = g, t = 1;\n"
	"  for (i = 0; i < rounds; i++) {\n"
	"    v = v * 1664525u + 1013904223u; s = s * 0.999 + (v & 255) * t; t = 1.5 - t * 0.5;\n"
	"    if (!(i & 255)) at[g] = i; }\n"
	"  at[g] = rounds; x[g] = v; y[g] = s; }\n"
	"kernel void tick(volatile global uint *at) { at[0]++; }\n";

static cl_uint at[GROUPS] __attribute__((aligned(4096)));
static cl_mem at_mem, x_mem, y_mem;
static cl_command_queue q;
static cl_kernel walk;
static cl_uint rounds;
static HwQueueHandle hwq;
static XQueueHandle xq;

static cl_kernel walk_kernel(const char *name)
{
	const char *src = walk_source;
	cl_program p = CL_GET(clCreateProgramWithSource(cl_ctx, 1, &src, NULL, &cl_err));

	CL(clBuildProgram(p, 1, &cl_device, "", NULL, NULL));
	return CL_GET(clCreateKernel(p, name, &cl_err));
}

static void walk_start(void)
{
	size_t gws = GROUPS, one = 1;

	CL(clEnqueueNDRangeKernel(q, walk, 1, NULL, &gws, &one, 0, NULL, NULL));
	CL(clFlush(q));
}

static double walk_s(void)
{
	uint64_t begun = cl_now_ns();

	walk_start();
	CL(clFinish(q));
	return (double)(cl_now_ns() - begun) / 1e9;
}

/* The shortest of a few: the machine may be busy. */
static double best_walk_s(void)
{
	double took, best = walk_s();
	int i;

	for (i = 0; i < 20; i++) {
		took = walk_s();
		if (took < best)
			best = took;
	}
	return best;
}

/* A kernel that takes about so long when nobody stops it. */
static void set_up(int level, double seconds)
{
	cl_open();
	q = cl_queue(0);
	at_mem = CL_GET(clCreateBuffer(cl_ctx, CL_MEM_READ_WRITE | CL_MEM_USE_HOST_PTR, sizeof(at),
				       at, &cl_err));
	x_mem = cl_buffer(0);
	y_mem = cl_buffer(0);
	walk = walk_kernel("walk");
	rounds = 1 << 16;
	CL(clSetKernelArg(walk, 0, sizeof(at_mem), &at_mem));
	CL(clSetKernelArg(walk, 1, sizeof(x_mem), &x_mem));
	CL(clSetKernelArg(walk, 2, sizeof(y_mem), &y_mem));
	CL(clSetKernelArg(walk, 3, sizeof(rounds), &rounds));
	rounds = (cl_uint)fmin(4e9, rounds * seconds / best_walk_s());
	CL(clSetKernelArg(walk, 3, sizeof(rounds), &rounds));
	OK(OclQueueCreate(&hwq, q));
	CHECK_EQ(XQueueCreate(&xq, hwq, level, 0), kXSchedSuccess);
}

static void check_walk(void)
{
	cl_uint x[GROUPS], v, g, i;
	double y[GROUPS], s, t;

	CL(clEnqueueReadBuffer(q, x_mem, CL_TRUE, 0, sizeof(x), x, 0, NULL, NULL));
	CL(clEnqueueReadBuffer(q, y_mem, CL_TRUE, 0, sizeof(y), y, 0, NULL, NULL));
	for (g = 0; g < GROUPS; g++) {
		for (v = g + 1, s = g, t = 1, i = 0; i < rounds; i++) {
			v = v * 1664525u + 1013904223u;
			s = s * 0.999 + (v & 255) * t;
			t = 1.5 - t * 0.5;
		}
		CHECK_EQ(x[g], v);
		/* The compilers may contract a multiplication and an addition. */
		if (fabs(y[g] - s) > 1e-9 * fabs(s))
			FAIL("work item %u: %.17g, not %.17g", g, y[g], s);
	}
}

static uint64_t progress(void)
{
	uint64_t sum = 0;
	int g;

	for (g = 0; g < GROUPS; g++)
		sum += __atomic_load_n(&at[g], __ATOMIC_RELAXED);
	return sum;
}

static void wait_for_progress(uint64_t from)
{
	uint64_t until = cl_now_ns() + 20000000000ull;

	while (progress() == from)
		if (cl_now_ns() > until)
			FAIL("the kernel doesn't move");
}

static void stands_for(unsigned int ms)
{
	uint64_t before = progress();

	usleep(ms * 1000);
	CHECK_EQ(progress(), before);
}

/* ------------------------------------------------------------------ cases */

static void stops_in_the_middle(const void *arg)
{
	uint64_t begun;

	(void)arg;
	set_up(kPreemptLevelInterrupt, 0.4);
	memset(at, 0, sizeof(at));
	walk_start();
	wait_for_progress(0);
	begun = cl_now_ns();
	OK(XQueueSuspend(xq, kQueueSuspendFlagSyncHwQueue));
	ktap_note("stood after %llu us, in the middle of a kernel of 400 ms",
		  (unsigned long long)(cl_now_ns() - begun) / 1000);
	CHECK_LT(progress(), (uint64_t)GROUPS * rounds);
	stands_for(300);
	OK(XQueueResume(xq, 0));
	CL(clFinish(q));
	CHECK_EQ(progress(), (uint64_t)GROUPS * rounds);
	check_walk();
}

struct begin {
	int64_t flags;
	unsigned int rounds, wait_ms, still_ms;
	double seconds;
};

/* Threads that are only about to begin: woken for the kernel, and not running yet. */
static void stops_at_once(const void *arg)
{
	const struct begin *b = arg;
	unsigned int i, stopped = 0;

	set_up(kPreemptLevelInterrupt, b->seconds);
	for (i = 0; i < b->rounds; i++) {
		memset(at, 0, sizeof(at));
		walk_start();
		while (i % 2 && !progress())
			;
		OK(XQueueSuspend(xq, b->flags));
		usleep(b->wait_ms * 1000);
		stands_for(b->still_ms);
		/* On a busy machine it may have been over before. */
		stopped += progress() < (uint64_t)GROUPS * rounds;
		OK(XQueueResume(xq, 0));
		CL(clFinish(q));
		CHECK_EQ(progress(), (uint64_t)GROUPS * rounds);
	}
	CHECK_LT(0, stopped);
	check_walk();
}

static void over_and_over(const void *arg)
{
	unsigned int i;

	(void)arg;
	set_up(kPreemptLevelInterrupt, 0.3);
	memset(at, 0, sizeof(at));
	walk_start();
	for (i = 0; i < 300; i++) {
		OK(XQueueSuspend(xq, i % 3 ? kQueueSuspendFlagSyncHwQueue : 0));
		if (i % 16 == 0)
			usleep(i * 17 % 2000);
		OK(XQueueResume(xq, 0));
		usleep(i * 31 % 700);
	}
	CL(clFinish(q));
	check_walk();
}

/* Short kernels: a worker is as likely to be met between two of them. */
static void short_kernels(const void *arg)
{
	size_t one = 1;
	cl_kernel tick;
	unsigned int i, n = 0, j;

	(void)arg;
	set_up(kPreemptLevelInterrupt, 0.01);
	tick = walk_kernel("tick");
	CL(clSetKernelArg(tick, 0, sizeof(at_mem), &at_mem));
	memset(at, 0, sizeof(at));
	for (i = 0; i < 100; i++) {
		for (j = 0; j < 200; j++, n++)
			CL(clEnqueueNDRangeKernel(q, tick, 1, NULL, &one, &one, 0, NULL, NULL));
		OK(XQueueSuspend(xq, kQueueSuspendFlagSyncHwQueue));
		if (i % 10 == 0)
			stands_for(5);
		OK(XQueueResume(xq, 0));
	}
	CL(clFinish(q));
	CHECK_EQ(at[0], n);
}

static void forks_meanwhile(const void *arg)
{
	int status;
	pid_t pid;

	(void)arg;
	set_up(kPreemptLevelInterrupt, 0.2);
	walk_start();
	wait_for_progress(0);
	OK(XQueueSuspend(xq, kQueueSuspendFlagSyncHwQueue));
	pid = MUST(fork());
	if (!pid) {
		free(malloc(1 << 20));
		_exit(7);
	}
	MUST(waitpid(pid, &status, 0));
	CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 7);
	stands_for(20);
	OK(XQueueResume(xq, 0));
	CL(clFinish(q));
	check_walk();
}

/* Nobody is kept from ending. */
static void exits_meanwhile(const void *arg)
{
	int status;
	pid_t pid = MUST(fork());

	(void)arg;
	if (!pid) {
		set_up(kPreemptLevelInterrupt, 0.5);
		walk_start();
		OK(XQueueSuspend(xq, kQueueSuspendFlagSyncHwQueue));
		exit(7);
	}
	MUST(waitpid(pid, &status, 0));
	CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 7);
}

static int our_signal(void)
{
	struct sigaction sa;
	int s;

	for (s = SIGRTMAX; s >= SIGRTMIN; s--)
		if (!sigaction(s, NULL, &sa) && sa.sa_flags & SA_SIGINFO)
			return s;
	FAIL("no signal is handled");
}

static volatile sig_atomic_t got;

static void count_signal(int sig)
{
	(void)sig;
	got++;
}

/* A program that wants the signal for itself has it, and level 2 is what's left. */
static void program_takes_the_signal(const void *arg)
{
	struct sigaction sa = { .sa_handler = count_signal };
	int s;

	(void)arg;
	set_up(kPreemptLevelInterrupt, 0.2);
	s = our_signal();
	MUST(sigaction(s, &sa, NULL));
	memset(at, 0, sizeof(at));
	walk_start();
	wait_for_progress(0);
	OK(XQueueSuspend(xq, kQueueSuspendFlagSyncHwQueue));
	CHECK_EQ(progress(), (uint64_t)GROUPS * rounds);	/* it ran to its end */
	CHECK_EQ(got, 0);
	raise(s);
	CHECK_EQ(got, 1);
	OK(XQueueResume(xq, 0));
	CL(clFinish(q));
}

/* Sent by somebody else it does what it would do without us. */
static void somebody_elses_signal(const void *arg)
{
	pid_t pid = MUST(fork());
	int status;

	(void)arg;
	if (!pid) {
		set_up(kPreemptLevelInterrupt, 0.01);
		raise(our_signal());
		_exit(0);
	}
	MUST(waitpid(pid, &status, 0));
	CHECK(WIFSIGNALED(status));
}

/* All signals blocked in the program's threads, and in those that OpenCL made for it. */
static void with_signals_blocked(const void *arg)
{
	sigset_t all, now;

	(void)arg;
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, NULL);
	set_up(kPreemptLevelInterrupt, 0.2);
	memset(at, 0, sizeof(at));
	walk_start();
	wait_for_progress(0);
	OK(XQueueSuspend(xq, kQueueSuspendFlagSyncHwQueue));
	CHECK_LT(progress(), (uint64_t)GROUPS * rounds);
	stands_for(50);
	OK(XQueueResume(xq, 0));
	CL(clFinish(q));
	pthread_sigmask(SIG_SETMASK, NULL, &now);
	CHECK(sigismember(&now, SIGUSR1) && sigismember(&now, SIGRTMAX - 1));
	check_walk();
}

static void at_level_2(const void *arg)
{
	(void)arg;
	set_up(kPreemptLevelDeactivate, 0.1);
	OK(XQueueSetPreemptLevel(xq, kPreemptLevelDeactivate));
	CHECK_EQ(XQueueSetPreemptLevel(xq, kPreemptLevelInterrupt), kXSchedErrorNotSupported);
	memset(at, 0, sizeof(at));
	walk_start();
	walk_start();
	walk_start();
	wait_for_progress(0);
	OK(XQueueSuspend(xq, kQueueSuspendFlagSyncHwQueue));
	CHECK_EQ(progress(), (uint64_t)GROUPS * rounds);
	stands_for(100);
	OK(XQueueResume(xq, 0));
	CL(clFinish(q));
	check_walk();
}

/* What keeps the workers would keep another queue's commands. */
static void with_company(const void *arg)
{
	cl_command_queue other;

	(void)arg;
	cl_open();
	q = cl_queue(0);
	other = cl_queue(0);
	OK(OclQueueCreate(&hwq, q));
	CHECK_EQ(XQueueCreate(&xq, hwq, kPreemptLevelInterrupt, 0), kXSchedErrorNotSupported);
	CHECK_EQ(XQueueCreate(&xq, hwq, kPreemptLevelDeactivate, 0), kXSchedErrorNotSupported);
	CL(clReleaseCommandQueue(other));
	OK(XQueueCreate(&xq, hwq, kPreemptLevelInterrupt, 0));
	OK(XQueueDestroy(xq));
	OK(XQueueCreate(&xq, hwq, kPreemptLevelBlock, 0));
}

static const struct begin waits = { kQueueSuspendFlagSyncHwQueue, 40, 0, 10, 0.03 };
static const struct begin does_not_wait = { 0, 4, 200, 50, 0.4 };

static const struct ktap_test tests[] = {
	{ "a kernel stops in its middle and goes on", stops_in_the_middle, NULL },
	{ "a kernel stops as soon as it begins", stops_at_once, &waits },
	{ "a kernel stops as soon as it begins, not waited for", stops_at_once, &does_not_wait },
	{ "300 times", over_and_over, NULL },
	{ "short kernels", short_kernels, NULL },
	{ "a fork meanwhile", forks_meanwhile, NULL },
	{ "an exit meanwhile", exits_meanwhile, NULL },
	{ "the program takes the signal", program_takes_the_signal, NULL },
	{ "somebody else's signal", somebody_elses_signal, NULL },
	{ "a program that has blocked all signals", with_signals_blocked, NULL },
	{ "level 2 lets a kernel run to its end", at_level_2, NULL },
	{ "levels 2 and 3 are for a queue that is alone", with_company, NULL },
};

KTAP_MAIN(tests)
