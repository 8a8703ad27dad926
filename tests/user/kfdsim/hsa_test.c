// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * An HSA program: queues, packets, signals and copies, as any would use them.
 */
#include "hsa.h"

static void dispatches(const void *arg)
{
	hsa_signal_t done;
	hsa_queue_t *q;
	int i;

	(void)arg;
	hsa_open();
	q = new_queue(256);
	done = new_signal(1000);
	for (i = 0; i < 1000; i++)
		dispatch(q, 2000, done);
	CHECK(wait_below(done, 1, 20000));
	CHECK_EQ(hsa_queue_load_read_index_scacquire(q) >= 1000, 1);
	HSA(hsa_queue_destroy(q));
	HSA(hsa_shut_down());
	RESULT("1000 dispatches done");
}

static void barriers(const void *arg)
{
	hsa_signal_t gate, first, second;
	hsa_queue_t *q;

	(void)arg;
	hsa_open();
	q = new_queue(64);
	gate = new_signal(1);
	first = new_signal(1);
	second = new_signal(1);
	dispatch(q, 100000, first);
	barrier(q, gate, (hsa_signal_t){ 0 });
	dispatch(q, 100000, second);
	CHECK(wait_below(first, 1, 5000));
	sleep_us(20000);
	CHECK_EQ(hsa_signal_load_scacquire(second), 1);
	hsa_signal_store_screlease(gate, 0);
	CHECK(wait_below(second, 1, 5000));
	HSA(hsa_queue_destroy(q));
	HSA(hsa_shut_down());
	RESULT("the second waited for the gate");
}

/* A kernel takes as long as it says, by the device's own clock. */
static void timestamps(const void *arg)
{
	hsa_amd_profiling_dispatch_time_t t;
	uint64_t freq, ns;
	hsa_signal_t done;
	hsa_queue_t *q;

	(void)arg;
	hsa_open();
	q = new_queue(64);
	HSA(hsa_amd_profiling_set_profiler_enabled(q, 1));
	done = new_signal(1);
	dispatch(q, 5000000, done);
	CHECK(wait_below(done, 1, 5000));
	HSA(hsa_amd_profiling_get_dispatch_time(gpu, done, &t));
	HSA(hsa_system_get_info(HSA_SYSTEM_INFO_TIMESTAMP_FREQUENCY, &freq));
	ns = (t.end - t.start) * 1000000000 / freq;
	ktap_note("simulated: a kernel of 5000 us took %llu us", (unsigned long long)ns / 1000);
	CHECK_GE(ns, 4900000);
	HSA(hsa_queue_destroy(q));
	HSA(hsa_shut_down());
}

static void copies(const void *arg)
{
	const size_t size = 3 << 20;
	unsigned char *h, *back, *d;
	hsa_signal_t s;
	size_t i;

	(void)arg;
	hsa_open();
	HSA(hsa_amd_memory_pool_allocate(cpu_pool, size, 0, (void **)&h));
	HSA(hsa_amd_memory_pool_allocate(cpu_pool, size, 0, (void **)&back));
	HSA(hsa_amd_memory_pool_allocate(gpu_pool, size, 0, (void **)&d));
	HSA(hsa_amd_agents_allow_access(1, &gpu, NULL, h));
	HSA(hsa_amd_agents_allow_access(1, &gpu, NULL, back));
	for (i = 0; i < size; i++)
		h[i] = (unsigned char)(i * 7 + i / 251);
	memset(back, 0, size);
	s = new_signal(1);
	HSA(hsa_amd_memory_async_copy(d, gpu, h, cpu, size, 0, NULL, s));
	CHECK(wait_below(s, 1, 20000));
	hsa_signal_store_relaxed(s, 1);
	HSA(hsa_amd_memory_async_copy(back, cpu, d, gpu, size, 0, NULL, s));
	CHECK(wait_below(s, 1, 20000));
	CHECK_EQ(memcmp(h, back, size), 0);
	HSA(hsa_shut_down());
	RESULT("%zu bytes there and back are the same", size);
}

static bool handler(hsa_signal_value_t v, void *arg)
{
	(void)v;
	atomic_store((_Atomic int *)arg, 1);
	return false;
}

/* ROCr's own thread calls back, by way of an event of the driver. */
static void on_done(const void *arg)
{
	_Atomic int called = 0;
	hsa_signal_t done;
	hsa_queue_t *q;
	int i;

	(void)arg;
	hsa_open();
	q = new_queue(64);
	done = new_signal(1);
	HSA(hsa_amd_signal_async_handler(done, HSA_SIGNAL_CONDITION_LT, 1, handler, &called));
	dispatch(q, 3000000, done);
	for (i = 0; i < 2000 && !atomic_load(&called); i++)
		sleep_us(1000);
	CHECK_EQ(atomic_load(&called), 1);
	HSA(hsa_queue_destroy(q));
	HSA(hsa_shut_down());
	RESULT("called back");
}

static void settings(const void *arg)
{
	uint32_t mask[2] = { 0xffff, 0 };
	hsa_signal_t done;
	hsa_queue_t *q;

	(void)arg;
	hsa_open();
	q = new_queue(64);
	done = new_signal(2);
	HSA(hsa_amd_queue_set_priority(q, HSA_AMD_QUEUE_PRIORITY_HIGH));
	dispatch(q, 1000, done);
	HSA(hsa_amd_queue_set_priority(q, HSA_AMD_QUEUE_PRIORITY_LOW));
	HSA(hsa_amd_queue_cu_set_mask(q, 64, mask));
	dispatch(q, 1000, done);
	CHECK(wait_below(done, 1, 5000));
	HSA(hsa_queue_destroy(q));
	HSA(hsa_shut_down());
	RESULT("priority and CU mask taken");
}

static const struct ktap_test tests[] = {
	{ "dispatches through a small ring", dispatches, NULL },
	{ "a barrier holds what is behind it", barriers, NULL },
	{ "a kernel's time is its own", timestamps, NULL },
	{ "copies both ways", copies, NULL },
	{ "a callback on completion", on_done, NULL },
	{ "priority and CU mask", settings, NULL },
};
KTAP_MAIN(tests)
