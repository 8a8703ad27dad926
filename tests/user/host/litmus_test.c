// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Each barrier pair of the protocol on this machine's CPUs: two threads, one
 * access pattern, millions of times. With both fences the forbidden result must
 * not show; without either one it must, or the test couldn't see it.
 *
 * The process's side is that of lib/xqueue/barrier.h. The scheduler's side is
 * played by a thread, with the barriers that the module has there.
 */
#include <pthread.h>
#include <sched.h>
#include <stdbool.h>
#include <time.h>

#include "../ktap.h"
#include "../cpu.h"

/* The launch fence as it is ... */
#include "../../../lib/xqueue/barrier.h"

/* ... and once more without. */
#undef XSCHED_BARRIER_H
#define XSCHED_TEST_NO_LAUNCH_FENCE
#define xs_fence	xs_fence_again
#define xs_add_fence	xs_add_without_fence
#include "../../../lib/xqueue/barrier.h"
#undef xs_fence
#undef xs_add_fence

/* Of the scheduler: as in kmod/core/port.h. */
#define READ_ONCE(x)		(*(const volatile __typeof__(x) *)&(x))
#define WRITE_ONCE(x, v)	(*(volatile __typeof__(x) *)&(x) = (v))
#define smp_mb()		__atomic_thread_fence(__ATOMIC_SEQ_CST)
#define compiler_barrier()	__asm__ volatile("" ::: "memory")

/* The words of one round, each in a line of its own as they are in the pages. */
struct cell {
	struct { uint32_t v; char pad[124]; } a, b;
};

#define CELLS	2048	/* rounds between two meetings of the threads */

struct pair {
	const char *name;
	/* Each returns what it saw; fenced: with its fence. */
	uint32_t (*process)(struct cell *c, bool fenced);
	uint32_t (*scheduler)(struct cell *c, bool fenced);
	bool (*forbidden)(uint32_t process_saw, uint32_t scheduler_saw);
};

/* launch: submitted (a) and gate (b); 0 open */
static uint32_t launch(struct cell *c, bool fenced)
{
	if (fenced)
		xs_add_fence(&c->a.v, 1);
	else
		xs_add_without_fence(&c->a.v, 1);
	return xs_load(&c->b.v);
}

/* close, and go idle: gate = 1; fence; count */
static uint32_t close_gate(struct cell *c, bool fenced)
{
	__atomic_store_n(&c->b.v, 1, __ATOMIC_RELEASE);
	if (fenced)
		smp_mb();
	else
		compiler_barrier();
	return READ_ONCE(c->a.v);
}

/* The process saw it open, the scheduler saw nothing submitted. */
static bool neither_saw(uint32_t process_saw, uint32_t scheduler_saw)
{
	return !process_saw && !scheduler_saw;
}

/* hold back: pending (a), notify (b) */
static uint32_t hold_back(struct cell *c, bool fenced)
{
	xs_store_relaxed(&c->a.v, 1);
	if (fenced)
		xs_fence();
	else
		compiler_barrier();
	return xs_load(&c->b.v);
}

/* go idle and track: notify is a plain store */
static uint32_t ask_to_notify(struct cell *c, bool fenced)
{
	WRITE_ONCE(c->b.v, 1);
	if (fenced)
		smp_mb();
	else
		compiler_barrier();
	return READ_ONCE(c->a.v);
}

/* a gate in the stream: arrive (a), gate (b), as the device or its thread does it */
static uint32_t arrive(struct cell *c, bool fenced)
{
	return hold_back(c, fenced);
}

/* wait: enqueued (a), epoch (b) */
static uint32_t fall_asleep(struct cell *c, bool fenced)
{
	return hold_back(c, fenced);
}

static uint32_t flip_and_wake(struct cell *c, bool fenced)
{
	return close_gate(c, fenced);
}

static const struct pair pairs[] = {
	{ "launch/close", launch, close_gate, neither_saw },
	{ "launch/track", launch, ask_to_notify, neither_saw },
	{ "hold back/idle", hold_back, ask_to_notify, neither_saw },
	{ "arrive/close", arrive, close_gate, neither_saw },
	{ "sleep/flip", fall_asleep, flip_and_wake, neither_saw },
};

struct run {
	const struct pair *pair;
	bool process_fenced, scheduler_fenced;
	struct cell *cells;
	uint32_t process_saw[CELLS], scheduler_saw[CELLS];
	uint32_t meeting;	/* both wait here for each other */
	bool stop;
	uint64_t rounds, violations;
};

static uint64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

/* Spins: a thread that slept would come back too late to race. */
static void meet(struct run *r, uint32_t n)
{
	uint32_t spins = 0;

	__atomic_fetch_add(&r->meeting, 1, __ATOMIC_ACQ_REL);
	while ((int32_t)(xs_load(&r->meeting) - 2 * n) < 0)
		if (++spins % 65536 == 0)
			sched_yield();
}

static void *scheduler(void *arg)
{
	struct run *r = arg;
	uint32_t n = 0;
	int i;

	pin_to(1);
	for (;;) {
		meet(r, ++n);
		if (r->stop)
			return NULL;
		for (i = 0; i < CELLS; i++)
			r->scheduler_saw[i] = r->pair->scheduler(&r->cells[i], r->scheduler_fenced);
		meet(r, ++n);
	}
}

static void count_violations(struct run *r)
{
	int i;

	for (i = 0; i < CELLS; i++)
		r->violations += r->pair->forbidden(r->process_saw[i], r->scheduler_saw[i]);
	r->rounds += CELLS;
}

/* Until there is a violation, where one is looked for; else for all the time. */
static void process(struct run *r, uint64_t end_ns, bool until_found)
{
	uint32_t n = 0;
	int i;

	for (;;) {
		memset(r->cells, 0, sizeof(*r->cells) * CELLS);
		r->stop = now_ns() > end_ns || (until_found && r->violations);
		meet(r, ++n);
		if (r->stop)
			return;
		for (i = 0; i < CELLS; i++)
			r->process_saw[i] = r->pair->process(&r->cells[i], r->process_fenced);
		meet(r, ++n);
		count_violations(r);
	}
}

static struct run *run_pair(const struct pair *pair, bool process_fenced, bool scheduler_fenced,
			    unsigned int ms)
{
	static struct run r;
	pthread_t thread;

	memset(&r, 0, sizeof(r));
	r.pair = pair;
	r.process_fenced = process_fenced;
	r.scheduler_fenced = scheduler_fenced;
	r.cells = aligned_alloc(128, sizeof(*r.cells) * CELLS);
	CHECK(r.cells);
	CHECK_EQ(pthread_create(&thread, NULL, scheduler, &r), 0);
	pin_to(0);
	process(&r, now_ns() + ms * 1000000ULL, !process_fenced || !scheduler_fenced);
	pthread_join(thread, NULL);
	free(r.cells);
	ktap_note("%s: %llu rounds, %llu violations", pair->name,
		  (unsigned long long)r.rounds, (unsigned long long)r.violations);
	return &r;
}

static void need_two_cpus(void)
{
	cpu_set_t set;

	MUST(sched_getaffinity(0, sizeof(set), &set));
	if (CPU_COUNT(&set) < 2)
		SKIP("needs two CPUs");
}

static unsigned int milliseconds(void)
{
	const char *v = getenv("XSCHED_TEST_SECONDS");
	int n = v ? atoi(v) : 0;

	return n > 0 ? (unsigned int)n * 1000 : 1500;
}

static void both_fenced(const void *data)
{
	struct run *r;

	need_two_cpus();
	r = run_pair(data, true, true, milliseconds());
	CHECK_GE(r->rounds, CELLS);
	CHECK_EQ(r->violations, 0);
}

/* On a busy machine the threads may hardly meet: give it time to show. */
static void one_unfenced(const struct pair *pair, bool process_fenced)
{
	need_two_cpus();
	CHECK_GT(run_pair(pair, process_fenced, !process_fenced, 50000)->violations, 0);
}

static void process_unfenced(const void *data)
{
	one_unfenced(data, false);
}

static void scheduler_unfenced(const void *data)
{
	one_unfenced(data, true);
}

static const struct ktap_test kinds[] = {
	{ "never with both fences", both_fenced, NULL },
	{ "seen without the process's fence", process_unfenced, NULL },
	{ "seen without the scheduler's fence", scheduler_unfenced, NULL },
};

int main(int argc, char **argv)
{
	char name[80];
	size_t i, k;

	(void)argc;
	ktap_begin(argv[0], ARRAY_SIZE(pairs) * ARRAY_SIZE(kinds));
	for (i = 0; i < ARRAY_SIZE(pairs); i++)
		for (k = 0; k < ARRAY_SIZE(kinds); k++) {
			snprintf(name, sizeof(name), "%s: %s", pairs[i].name, kinds[k].name);
			ktap_case(name, kinds[k].run, &pairs[i]);
		}
	return ktap_end();
}
