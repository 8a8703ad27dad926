// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Level 3 on a CPU device: what stops in its middle finds every vector register as it was,
 * those too that the kernel beneath leaves out of a signal's frame.
 */
#include "../opencl/cl.h"
#include "hold.h"

#include "xsched/xsched.h"
#include "xsched/opencl/hal.h"

#include <dlfcn.h>

#define OK(call) CHECK_EQ(call, kXSchedSuccess)
#define RUNS	30
#define PARKS	100		/* of each */
#define MOVES_S	20

static struct hold h;
static cl_command_queue q;
static XQueueHandle xq;
static hold_fn *hold;

static uint32_t vector_bytes(void)
{
#if defined(__x86_64__)
	__builtin_cpu_init();
	if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw"))
		return 64;
	return __builtin_cpu_supports("avx") ? 32 : 16;
#else
	SKIP("there is no code for this processor's vector registers");
#endif
}

static void CL_CALLBACK on_worker(void *arg)
{
	(void)arg;
	hold(&h);
}

static uint64_t rounds(void)
{
	return __atomic_load_n(&h.rounds, __ATOMIC_RELAXED);
}

static void wait_for_move(uint64_t from)
{
	uint64_t until = cl_now_ns() + MOVES_S * 1000000000ull;

	/* Asleep: on one CPU it can't move otherwise. */
	for (; rounds() == from; usleep(20))
		if (cl_now_ns() > until)
			FAIL("it doesn't move");
}

static uint32_t some(void)
{
	static uint32_t x = 1;

	x = x * 1664525u + 1013904223u;
	return x >> 8;
}

/* Of every few, one with nothing in the upper halves: processors note that, and save less. */
static void fill(unsigned int run)
{
	uint32_t n = h.bytes == 64 ? 32 : 16, i, b, used = run % 4 == 3 ? 16 : h.bytes;

	memset(&h.in, 0, sizeof(h.in));
	memset(&h.out, 0, sizeof(h.out));
	for (i = 0; i < n; i++)
		for (b = 0; b < used; b++)
			h.in.vector[i][b] = (uint8_t)some();
	for (i = 0; used == 64 && i < 8; i++)
		h.in.mask[i] = (uint64_t)some() << 40 ^ some();
}

/* One run of it, in whose middle it is parked again and again. */
static void run_and_park(void)
{
	static char none;
	unsigned int i;
	uint64_t before;

	h.rounds = h.over = 0;
	CL(clEnqueueNativeKernel(q, on_worker, &none, sizeof(none), 0, NULL, NULL, 0, NULL, NULL));
	CL(clFlush(q));
	wait_for_move(0);
	for (i = 0; i < PARKS; i++) {
		OK(XQueueSuspend(xq, kQueueSuspendFlagSyncHwQueue));
		before = rounds();
		if (i % 20 == 0)
			usleep(1000);
		CHECK_EQ(rounds(), before);
		OK(XQueueResume(xq, 0));
		wait_for_move(before);
	}
	__atomic_store_n(&h.over, 1, __ATOMIC_RELEASE);
	CL(clFinish(q));
}

static void compare(unsigned int run)
{
	uint32_t i, b;

	for (i = 0; i < ARRAY_SIZE(h.in.vector); i++)
		for (b = 0; b < 64; b++)
			if (h.in.vector[i][b] != h.out.vector[i][b])
				FAIL("run %u: vector register %u, byte %u: %#x, not %#x", run, i, b,
				     h.out.vector[i][b], h.in.vector[i][b]);
	for (i = 0; i < ARRAY_SIZE(h.in.mask); i++)
		CHECK_EQ(h.out.mask[i], h.in.mask[i]);
}

static void keeps_registers(const void *arg)
{
	unsigned int run;
	HwQueueHandle hwq;
	void *object;

	(void)arg;
	h.bytes = vector_bytes();
	object = dlopen("hold.so", RTLD_NOW);
	hold = object ? (hold_fn *)dlsym(object, "_pocl_kernel_hold") : NULL;
	if (!hold)
		FAIL("%s", dlerror());
	cl_open();
	q = cl_queue(0);
	OK(OclQueueCreate(&hwq, q));
	OK(XQueueCreate(&xq, hwq, kPreemptLevelInterrupt, 0));
	for (run = 0; run < RUNS; run++) {
		fill(run);
		run_and_park();
		compare(run);
	}
	ktap_note("stood %u times with %u registers of %u bits in use", RUNS * PARKS,
		  h.bytes == 64 ? 32 : 16, 8 * h.bytes);
}

static const struct ktap_test tests[] = {
	{ "all vector registers are as they were", keeps_registers, NULL },
};

KTAP_MAIN(tests)
