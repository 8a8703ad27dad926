/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * What the test programs on the simulated GPU share: agents, a queue, a kernel that
 * takes a given time, and what the simulator says about a queue.
 *
 * The programs know nothing of xsched.
 */
#ifndef XSCHED_TEST_HSA_H
#define XSCHED_TEST_HSA_H

#include "../ktap.h"

#include <fcntl.h>
#include <hsa/hsa.h>
#include <hsa/hsa_ext_amd.h>
#include <inttypes.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#define RESULT(fmt, ...) ktap_note("= " fmt, ##__VA_ARGS__)
#define HSA(call) do {							\
	hsa_status_t __s = (call);					\
	if (__s != HSA_STATUS_SUCCESS)					\
		FAIL("%s: %#x", #call, __s);				\
} while (0)

static hsa_agent_t gpu, cpu;
static hsa_amd_memory_pool_t gpu_pool, cpu_pool, kernarg_pool;
static uint64_t spin_object;		/* 0: the code object is not there */
static uint32_t spin_private, spin_group;

static inline uint64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static inline void sleep_us(uint64_t us)
{
	struct timespec t = { (time_t)(us / 1000000), (long)(us % 1000000 * 1000) };

	nanosleep(&t, NULL);
}

static hsa_status_t on_agent(hsa_agent_t a, void *unused)
{
	hsa_device_type_t type;

	(void)unused;
	hsa_agent_get_info(a, HSA_AGENT_INFO_DEVICE, &type);
	if (type == HSA_DEVICE_TYPE_GPU && !gpu.handle)
		gpu = a;
	if (type == HSA_DEVICE_TYPE_CPU && !cpu.handle)
		cpu = a;
	return HSA_STATUS_SUCCESS;
}

static hsa_status_t on_pool(hsa_amd_memory_pool_t p, void *to)
{
	hsa_amd_memory_pool_t *pool = to;
	hsa_amd_segment_t segment;
	uint32_t flags = 0;
	bool alloc = false;

	hsa_amd_memory_pool_get_info(p, HSA_AMD_MEMORY_POOL_INFO_SEGMENT, &segment);
	hsa_amd_memory_pool_get_info(p, HSA_AMD_MEMORY_POOL_INFO_RUNTIME_ALLOC_ALLOWED, &alloc);
	if (segment != HSA_AMD_SEGMENT_GLOBAL || !alloc)
		return HSA_STATUS_SUCCESS;
	hsa_amd_memory_pool_get_info(p, HSA_AMD_MEMORY_POOL_INFO_GLOBAL_FLAGS, &flags);
	if (flags & HSA_AMD_MEMORY_POOL_GLOBAL_FLAG_KERNARG_INIT)
		kernarg_pool = p;
	if (!pool->handle)
		*pool = p;
	return HSA_STATUS_SUCCESS;
}

/* The folder of this program, where the code object lies. */
static inline void beside(char *path, size_t size, const char *name)
{
	ssize_t n = readlink("/proc/self/exe", path, size - 1);

	path[n > 0 ? n : 0] = '\0';
	strcpy(strrchr(path, '/') ? strrchr(path, '/') + 1 : path, name);
}

static inline void load_spin(void)
{
	hsa_code_object_reader_t reader;
	hsa_executable_symbol_t sym;
	hsa_executable_t exe;
	char path[4096];
	int fd;

	beside(path, sizeof(path), "spin.hsaco");
	fd = open(path, O_RDONLY);
	if (fd < 0)
		FAIL("%s: %s: make tests (needs clang and lld)", path, strerror(errno));
	HSA(hsa_code_object_reader_create_from_file(fd, &reader));
	HSA(hsa_executable_create_alt(HSA_PROFILE_FULL, HSA_DEFAULT_FLOAT_ROUNDING_MODE_DEFAULT, NULL,
				      &exe));
	HSA(hsa_executable_load_agent_code_object(exe, gpu, reader, NULL, NULL));
	HSA(hsa_executable_freeze(exe, NULL));
	HSA(hsa_executable_get_symbol_by_name(exe, "spin.kd", &gpu, &sym));
	HSA(hsa_executable_symbol_get_info(sym, HSA_EXECUTABLE_SYMBOL_INFO_KERNEL_OBJECT, &spin_object));
	HSA(hsa_executable_symbol_get_info(sym, HSA_EXECUTABLE_SYMBOL_INFO_KERNEL_PRIVATE_SEGMENT_SIZE,
					   &spin_private));
	HSA(hsa_executable_symbol_get_info(sym, HSA_EXECUTABLE_SYMBOL_INFO_KERNEL_GROUP_SEGMENT_SIZE,
					   &spin_group));
	close(fd);
}

static inline void hsa_open(void)
{
	HSA(hsa_init());
	HSA(hsa_iterate_agents(on_agent, NULL));
	if (!gpu.handle)
		FAIL("no GPU agent");
	HSA(hsa_amd_agent_iterate_memory_pools(gpu, on_pool, &gpu_pool));
	HSA(hsa_amd_agent_iterate_memory_pools(cpu, on_pool, &cpu_pool));
	if (!kernarg_pool.handle)
		kernarg_pool = cpu_pool;
	load_spin();
}

static inline hsa_queue_t *new_queue(uint32_t size)
{
	hsa_queue_t *q;

	HSA(hsa_queue_create(gpu, size, HSA_QUEUE_TYPE_MULTI, NULL, NULL, UINT32_MAX, UINT32_MAX, &q));
	return q;
}

static inline hsa_signal_t new_signal(hsa_signal_value_t v)
{
	hsa_signal_t s;

	HSA(hsa_signal_create(v, 0, NULL, &s));
	return s;
}

/* Arguments of one dispatch each; reused in turn. */
static inline uint64_t *kernarg(uint64_t ns)
{
	static uint64_t *all;
	static _Atomic uint32_t next;
	uint64_t *a;

	if (!all) {
		HSA(hsa_amd_memory_pool_allocate(kernarg_pool, 1 << 20, 0, (void **)&all));
		HSA(hsa_amd_agents_allow_access(1, &gpu, NULL, all));
	}
	a = all + 8 * (next++ % (1 << 14));
	*a = ns;
	return a;
}

static inline uint64_t reserve(hsa_queue_t *q, uint64_t n)
{
	uint64_t i = hsa_queue_add_write_index_scacq_screl(q, n);

	while (i + n - hsa_queue_load_read_index_scacquire(q) > q->size)
		sched_yield();
	return i;
}

static inline void *slot(hsa_queue_t *q, uint64_t i)
{
	return (char *)q->base_address + 64 * (i % q->size);
}

static inline void publish(hsa_queue_t *q, uint64_t i, hsa_packet_type_t type, uint16_t setup)
{
	uint32_t head = type | 1 << HSA_PACKET_HEADER_BARRIER |
		HSA_FENCE_SCOPE_SYSTEM << HSA_PACKET_HEADER_SCACQUIRE_FENCE_SCOPE |
		HSA_FENCE_SCOPE_SYSTEM << HSA_PACKET_HEADER_SCRELEASE_FENCE_SCOPE;

	__atomic_store_n((uint32_t *)slot(q, i), head | (uint32_t)setup << 16, __ATOMIC_RELEASE);
	hsa_signal_store_screlease(q->doorbell_signal, (hsa_signal_value_t)i);
}

/* A kernel of this duration; done is counted down when it has ended. */
static inline void dispatch(hsa_queue_t *q, uint64_t ns, hsa_signal_t done)
{
	uint64_t i = reserve(q, 1);
	hsa_kernel_dispatch_packet_t *p = slot(q, i);

	memset((char *)p + 4, 0, sizeof(*p) - 4);
	p->workgroup_size_x = p->workgroup_size_y = p->workgroup_size_z = 1;
	p->grid_size_x = p->grid_size_y = p->grid_size_z = 1;
	p->private_segment_size = spin_private;
	p->group_segment_size = spin_group;
	p->kernel_object = spin_object;
	p->kernarg_address = kernarg(ns);
	p->completion_signal = done;
	publish(q, i, HSA_PACKET_TYPE_KERNEL_DISPATCH, 1 << HSA_KERNEL_DISPATCH_PACKET_SETUP_DIMENSIONS);
}

static inline void barrier(hsa_queue_t *q, hsa_signal_t dep, hsa_signal_t done)
{
	uint64_t i = reserve(q, 1);
	hsa_barrier_and_packet_t *p = slot(q, i);

	memset((char *)p + 4, 0, sizeof(*p) - 4);
	p->dep_signal[0] = dep;
	p->completion_signal = done;
	publish(q, i, HSA_PACKET_TYPE_BARRIER_AND, 0);
}

/* False after that time. */
static inline bool wait_below(hsa_signal_t s, hsa_signal_value_t v, uint64_t ms)
{
	uint64_t end = now_ns() + ms * 1000000;

	while (hsa_signal_wait_scacquire(s, HSA_SIGNAL_CONDITION_LT, v, 100000000,
					 HSA_WAIT_STATE_BLOCKED) >= v)
		if (now_ns() > end)
			return false;
	return true;
}

/* A line of the simulator about a queue of this process. */
struct sim_queue {
	int pid;
	unsigned int id, percent, mapped, suspended, dead;
	char type[8];
	uint64_t read, packets, dispatches, saves, restores, left, busy, start, stop, done, ran;
};

#define SIM_QUEUES "/sys/kernel/debug/kfdsim/queues"

static inline int sim_queues(struct sim_queue *to, int max, int pid)
{
	FILE *f = fopen(SIM_QUEUES, "r");
	char line[512];
	int n = 0;

	while (f && n < max && fgets(line, sizeof(line), f)) {
		struct sim_queue *q = &to[n];

		if (sscanf(line, "%d %u %7s %u %u %u %u %" SCNu64 " %" SCNu64 " %" SCNu64 " %" SCNu64
			   " %" SCNu64 " %" SCNu64 " %" SCNu64 " %" SCNu64 " %" SCNu64 " %" SCNu64
			   " %" SCNu64,
			   &q->pid, &q->id, q->type, &q->percent, &q->mapped, &q->suspended, &q->dead,
			   &q->read, &q->packets, &q->dispatches, &q->saves, &q->restores, &q->left,
			   &q->busy, &q->start, &q->stop, &q->done, &q->ran) == 18 && (!pid || q->pid == pid))
			n++;
	}
	if (f)
		fclose(f);
	return n;
}

/* Of this process, the queue that has computed most; false: none. */
static inline bool sim_queue_of_mine(struct sim_queue *to)
{
	struct sim_queue all[64];
	int n = sim_queues(all, 64, getpid()), i, most = -1;

	for (i = 0; i < n; i++)
		if (!strcmp(all[i].type, "aql") && (most < 0 || all[i].busy > all[most].busy))
			most = i;
	if (most >= 0)
		*to = all[most];
	return most >= 0;
}

/* A figure of the simulator's. */
static inline uint64_t sim_stat(const char *name)
{
	FILE *f = fopen("/sys/kernel/debug/kfdsim/stats", "r");
	uint64_t v = 0, x;
	char line[64], word[32];

	while (f && fgets(line, sizeof(line), f))
		if (sscanf(line, "%31s %" SCNu64, word, &x) == 2 && !strcmp(word, name))
			v = x;
	if (f)
		fclose(f);
	return v;
}

static inline void sim_inject(const char *what)
{
	int fd = open("/sys/kernel/debug/kfdsim/inject", O_WRONLY);

	if (fd < 0 || write(fd, what, strlen(what)) < 0)
		FAIL("inject %s: %s", what, strerror(errno));
	close(fd);
}

#endif
