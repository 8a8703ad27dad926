// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * launch against close with the scheduler's own core in this process, where two
 * real CPUs race: a thread launches all the time while another one closes its
 * gate over and over. A command that is on the device while its entity counts as
 * quiet is a violation: none with both fences, some without either one.
 */
#include <pthread.h>
#include <stdbool.h>
#include <time.h>

#include "../ktap.h"
#include "../cpu.h"

/* The core's fence can be switched off. */
#include "../../../kmod/core/port.h"
static bool core_fences = true;
#undef smp_mb
#define smp_mb() do {							\
	if (core_fences)						\
		__atomic_thread_fence(__ATOMIC_SEQ_CST);		\
	else								\
		__asm__ volatile("" ::: "memory");			\
} while (0)
#include "../../kunit/core_under_test.c"

/* So can the process's. */
#include "../../../lib/xqueue/barrier.h"
#undef XSCHED_BARRIER_H
#define XSCHED_TEST_NO_LAUNCH_FENCE
#define xs_fence	xs_fence_again
#define xs_add_fence	xs_add_without_fence
#include "../../../lib/xqueue/barrier.h"
#undef xs_fence
#undef xs_add_fence

struct fences {
	bool process, core;
};

struct player {
	struct xsched_entity e;
	struct xsched_queue q;
	struct xsched_control_slot ctl __attribute__((aligned(128)));
	struct xsched_status_slot st __attribute__((aligned(128)));
};

static const struct xsched_domain_ops no_ops;
static struct xsched_domain domain;
static pthread_mutex_t domain_lock = PTHREAD_MUTEX_INITIALIZER;
static struct player victim, rival;
static bool stop, process_fences;
static uint64_t launched, refused, toggles, violations;

static uint64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static void spin(uint32_t n)
{
	while (n--)
		__asm__ volatile("" ::: "memory");
}

/*
 * Looks at the counter all the while, as a listing might: so a launch's store has
 * to fetch the line first, and its load of the gate overtakes it by far.
 */
static void spin_and_look(uint32_t n)
{
	while (n--)
		xs_load_relaxed(&victim.st.submitted);
}

static uint32_t next_random(uint32_t *seed)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 17;
	*seed ^= *seed << 5;
	return *seed;
}

/* What the module does for XSCHED_KICK and when its timer expires. */
static void kick(struct player *p)
{
	pthread_mutex_lock(&domain_lock);
	xsched_domain_kick(&domain, &p->e, now_ns());
	pthread_mutex_unlock(&domain_lock);
}

static void tick(void)
{
	pthread_mutex_lock(&domain_lock);
	xsched_domain_tick(&domain, now_ns());
	pthread_mutex_unlock(&domain_lock);
}

static void player_init(struct player *p, uint32_t id, int priority)
{
	uint64_t now = now_ns();

	memset(p, 0, sizeof(*p));
	xsched_entity_init(&p->e, id, 0, &p->ctl);
	xsched_domain_add(&domain, &p->e, now);
	xsched_entity_set_hint(&p->e, XSCHED_HINT_PRIORITY, priority, now);
	p->q.st = &p->st;
	p->q.id = id;
	p->q.level = XSCHED_LEVEL_BLOCK;
	p->q.platform = XSCHED_PLATFORM_GENERIC;
	xsched_entity_add_queue(&p->e, &p->q, now);
}

static void player_fini(struct player *p)
{
	xsched_entity_remove_queue(&p->e, &p->q, now_ns());
	xsched_domain_remove(&domain, &p->e, now_ns());
}

static bool is_counted(void)
{
	uint32_t s = xs_load(&victim.ctl.state);

	return s == XSCHED_STATE_RUNNING || s == XSCHED_STATE_DRAINING;
}

static void run_command(uint32_t length)
{
	bool counted = is_counted();

	spin(length);
	counted &= is_counted();
	launched++;
	violations += !counted;
	xs_add_release(&victim.st.completed, 1);
}

static void hold_back(void)
{
	uint32_t spins = 0;

	refused++;
	__atomic_fetch_add(&victim.st.pending, 1, __ATOMIC_SEQ_CST);
	__atomic_fetch_sub(&victim.st.submitted, 1, __ATOMIC_SEQ_CST);
	while (xs_load(&victim.ctl.gate) && !xs_load(&stop)) {
		if (xs_load(&victim.ctl.notify) & XSCHED_NOTIFY_KICK)
			kick(&victim);
		/* Back in time for the next close, unless somebody needs the CPU. */
		if (++spins % 16384 == 0)
			sched_yield();
	}
	__atomic_fetch_sub(&victim.st.pending, 1, __ATOMIC_SEQ_CST);
}

static void *launch_all_the_time(void *arg)
{
	uint32_t seed = 1;

	(void)arg;
	pin_to(0);
	while (!xs_load(&stop)) {
		if (process_fences)
			xs_add_fence(&victim.st.submitted, 1);
		else
			xs_add_without_fence(&victim.st.submitted, 1);
		if (xs_load(&victim.ctl.gate) == XSCHED_GATE_OPEN)
			run_command(next_random(&seed) % 1024);
		else
			hold_back();
	}
	return NULL;
}

static void toggle(uint32_t *seed)
{
	xs_store_relaxed(&rival.st.flags, 0);
	xs_store_relaxed(&rival.st.pending, 1);
	kick(&rival);
	spin(next_random(seed) % 256);
	xs_store_relaxed(&rival.st.flags, XSCHED_STATUS_SYNCED);
	xs_store_relaxed(&rival.st.pending, 0);
	kick(&rival);
	tick();
	toggles++;
	spin_and_look(next_random(seed) % 1024);
	if (toggles % 64 == 0)
		sched_yield();
}

static unsigned int seconds(void)
{
	const char *v = getenv("XSCHED_TEST_SECONDS");
	int n = v ? atoi(v) : 0;

	return n > 0 ? (unsigned int)n : 3;
}

static void stress(const struct fences *f)
{
	bool until_found = !f->process || !f->core;
	uint64_t end = now_ns() + (until_found ? 50 : seconds()) * 1000000000ULL;
	uint32_t seed = 7;
	pthread_t thread;

	core_fences = f->core;
	process_fences = f->process;
	xsched_domain_init(&domain, &no_ops);
	player_init(&victim, 1, 0);
	player_init(&rival, 2, 10);
	xs_store_relaxed(&victim.st.track_ack, victim.ctl.track_seq);
	kick(&victim);
	CHECK_EQ(pthread_create(&thread, NULL, launch_all_the_time, NULL), 0);
	pin_to(1);
	while (now_ns() < end && !(until_found && xs_load(&violations)))
		toggle(&seed);
	xs_store_release(&stop, true);
	pthread_join(thread, NULL);
	player_fini(&victim);
	player_fini(&rival);
	xsched_domain_fini(&domain);
	ktap_note("%llu launched, %llu held back, %llu closes, %llu violations",
		  (unsigned long long)launched, (unsigned long long)refused,
		  (unsigned long long)toggles, (unsigned long long)violations);
}

static void need_two_cpus(void)
{
	cpu_set_t set;

	MUST(sched_getaffinity(0, sizeof(set), &set));
	if (CPU_COUNT(&set) < 2)
		SKIP("needs two CPUs");
}

static void fenced(const void *data)
{
	need_two_cpus();
	stress(data);
	CHECK_GE(launched, 1000);
	CHECK_GE(refused, 100);
	CHECK_EQ(violations, 0);
}

static void unfenced(const void *data)
{
	need_two_cpus();
	stress(data);
	CHECK_GT(violations, 0);
}

static const struct fences both = { true, true }, no_process = { false, true },
			   no_core = { true, false };

static const struct ktap_test tests[] = {
	{ "with both fences what is launched is counted", fenced, &both },
	{ "without the process's fence it shows", unfenced, &no_process },
	{ "without the core's fence it shows", unfenced, &no_core },
};

KTAP_MAIN(tests)
