// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Each full fence of the core against its pair in a launch, two threads at a time:
 * with the fence the forbidden outcome never shows, and without it, it does.
 */
#include <sched.h>
#include <pthread.h>
#include <stdatomic.h>
#include <time.h>

#include "../../../kmod/core/port.h"

/* The core's full fences, each of which the cases below can take away. */
static int fences_there;
#undef smp_mb
#define smp_mb() do {						\
	if (fences_there)					\
		__atomic_thread_fence(__ATOMIC_SEQ_CST);	\
	else							\
		__asm__ volatile("" ::: "memory");		\
} while (0)

#include "../../kunit/core_under_test.c"
#include "../ktap.h"

#define ROUNDS		50000		/* with the fence; without: till it shows */
#define LIMIT_NS	8000000000ULL	/* either, at most */

/* What the process's thread does in a round, and what may not come of it. */
struct race {
	/* Brings both sides to where the race begins. */
	void (*set)(void);
	/* The two sides; at the same time. */
	void (*process)(void);
	void (*scheduler)(void);
	/* Looks at what both have seen; true if that must never be. */
	bool (*is_forbidden)(void);
};

static struct xsched_domain domain;
static struct side {
	struct xsched_entity e;
	struct xsched_queue q;
	_Alignas(4096) struct xsched_control_slot ctl;
	_Alignas(4096) struct xsched_status_slot st;
} sides[2];
static u64 now;

/* What the sides saw. */
static u32 seen_by_process, seen_by_scheduler;

#define VICTIM	(&sides[0])
#define RIVAL	(&sides[1])

static void kick(struct side *s)
{
	xsched_domain_kick(&domain, &s->e, ++now);
}

static void finish(struct side *s)
{
	s->st.completed = s->st.submitted;
	s->st.pending = 0;
	s->st.flags = XSCHED_STATUS_SYNCED;
	s->st.track_ack = s->ctl.track_seq;
	kick(s);
	s->st.flags = 0;
}

/*
 * Lines that the other CPU has just written. Stores to them take long to leave
 * this CPU, and later ones queue up behind: it widens the gap in which a load
 * can overtake, if no fence stands between.
 */
#define SLOW_LINES	24
static struct {
	_Alignas(64) u32 word;
} slow[SLOW_LINES];

static void write_slow_lines(void)
{
	u32 i;

	for (i = 0; i < SLOW_LINES; i++)
		WRITE_ONCE(slow[i].word, i);
}

static void on_state_changed(struct xsched_entity *e, u32 from, u64 now_ns)
{
	(void)from;
	(void)now_ns;
	if (e == &VICTIM->e && e->state == XSCHED_STATE_IDLE)
		write_slow_lines();
}

/* The decision is made, gates come next. */
static void on_deciding(struct xsched_domain *d, bool begin)
{
	(void)d;
	if (!begin)
		write_slow_lines();
}

static void on_track_wanted(struct xsched_entity *e, u64 now_ns)
{
	(void)now_ns;
	/* The thread that answers: makes the words true from what it sees now. */
	if (e == &VICTIM->e)
		seen_by_scheduler = READ_ONCE(VICTIM->st.submitted);
}

static const struct xsched_domain_ops ops = {
	.state_changed = on_state_changed,
	.deciding = on_deciding,
	.track_wanted = on_track_wanted,
};

static void add(struct side *s, u32 id)
{
	xsched_entity_init(&s->e, id, 0, &s->ctl);
	memset(&s->st, 0, sizeof(s->st));
	s->q = (struct xsched_queue){ .st = &s->st, .level = XSCHED_LEVEL_BLOCK };
	xsched_domain_add(&domain, &s->e, ++now);
	xsched_entity_add_queue(&s->e, &s->q, ++now);
}

/* ------------------------------------------- a launch, and the gate closes on it */

static void stop_set(void)
{
	finish(RIVAL);
	finish(VICTIM);
	VICTIM->st.pending = 1;
	kick(VICTIM);
}

static void launch(void)
{
	__atomic_store_n(&VICTIM->st.submitted, VICTIM->st.submitted + 1, __ATOMIC_RELAXED);
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	seen_by_process = __atomic_load_n(&VICTIM->ctl.gate, __ATOMIC_ACQUIRE);
}

static void preempt(void)
{
	RIVAL->st.pending = 1;
	kick(RIVAL);
	seen_by_scheduler = VICTIM->e.state;
}

/* It runs on the device, and is taken to be quiet. */
static bool launched_while_held(void)
{
	return seen_by_process == XSCHED_GATE_OPEN && seen_by_scheduler == XSCHED_STATE_HELD;
}

/* ------------------------------------ work appears, and the entity becomes idle */

static void idle_set(void)
{
	finish(VICTIM);
	VICTIM->st.pending = 1;
	kick(VICTIM);
	VICTIM->st.pending = 0;
	VICTIM->st.flags = XSCHED_STATUS_SYNCED;
}

static void queue_up(void)
{
	__atomic_store_n(&VICTIM->st.pending, 1, __ATOMIC_RELAXED);
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	seen_by_process = __atomic_load_n(&VICTIM->ctl.notify, __ATOMIC_ACQUIRE);
}

static void go_to_sleep(void)
{
	kick(VICTIM);
	seen_by_scheduler = VICTIM->e.state;
}

/* Nobody will ever kick. */
static bool slept_through_work(void)
{
	return !(seen_by_process & XSCHED_NOTIFY_KICK) && seen_by_scheduler == XSCHED_STATE_IDLE;
}

/* ------------------------------------------------ a launch, and tracking begins */

static void track_set(void)
{
	if (RIVAL->e.domain)
		xsched_domain_remove(&domain, &RIVAL->e, ++now);
	VICTIM->st.completed = VICTIM->st.submitted;
}

static void launch_untracked(void)
{
	__atomic_store_n(&VICTIM->st.submitted, VICTIM->st.submitted + 1, __ATOMIC_RELAXED);
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	seen_by_process = __atomic_load_n(&VICTIM->ctl.notify, __ATOMIC_ACQUIRE);
}

static void begin_tracking(void)
{
	write_slow_lines();
	xsched_domain_add(&domain, &RIVAL->e, ++now);
}

/* The launch goes uncounted: neither does it know, nor was it seen. */
static bool launch_overlooked(void)
{
	return !(seen_by_process & XSCHED_NOTIFY_TRACK) &&
	       seen_by_scheduler == VICTIM->st.completed;
}

/* ------------------------------- the last command completes, and somebody waits */

/* The rival, which goes first, is calm and has a command on the device. */
static void calm_set(void)
{
	finish(VICTIM);
	finish(RIVAL);
	RIVAL->st.submitted++;
	kick(RIVAL);
	domain.tun.calm_ns = 0;
	finish(RIVAL);
	domain.tun.calm_ns = XSCHED_NEVER;
	CHECK_EQ(RIVAL->ctl.notify, XSCHED_NOTIFY_CALM);
	RIVAL->st.submitted++;
}

static void complete_last(void)
{
	__atomic_store_n(&RIVAL->st.completed, RIVAL->st.submitted, __ATOMIC_RELAXED);
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	seen_by_process = __atomic_load_n(&RIVAL->ctl.notify, __ATOMIC_ACQUIRE);
}

static void wait_for_it(void)
{
	VICTIM->st.pending = 1;
	kick(VICTIM);
	seen_by_scheduler = xsched_list_linked(&RIVAL->e.in_line);
}

/* It won't say that it has nothing to do, and is taken to work. */
static bool waited_for_nothing(void)
{
	return seen_by_process & XSCHED_NOTIFY_CALM && !seen_by_scheduler;
}

static const struct race stop_race = {
	stop_set, launch, preempt, launched_while_held,
};

static const struct race idle_race = {
	idle_set, queue_up, go_to_sleep, slept_through_work,
};

static const struct race track_race = {
	track_set, launch_untracked, begin_tracking, launch_overlooked,
};

static const struct race calm_race = {
	calm_set, complete_last, wait_for_it, waited_for_nothing,
};

/* ------------------------------------------------------------------- the rounds */

static _Alignas(64) atomic_uint go, done;
static const struct race *race;
static u32 lag;		/* how long the process's side waits in this round */

/* The other side may be without a CPU just now. */
static u32 wait_until_not(const atomic_uint *word, u32 value)
{
	u32 v, n = 0;

	while ((v = atomic_load_explicit(word, memory_order_acquire)) == value)
		if (++n % 4096 == 0)
			sched_yield();
	return v;
}

static void spin(u32 n)
{
	while (n--)
		__asm__ volatile("" ::: "memory");
}

static void *process_thread(void *unused)
{
	u32 round = 0;

	(void)unused;
	for (;;) {
		write_slow_lines();
		if (!wait_until_not(&go, round))
			return NULL;
		spin(lag);
		race->process();
		atomic_store_explicit(&done, ++round, memory_order_release);
	}
}

static cpu_set_t cpus;	/* those that we may use */

/* To the nth of them: two threads on one CPU see no race. */
static void pin(pthread_t thread, int n)
{
	cpu_set_t one;
	int cpu;

	for (cpu = 0; !CPU_ISSET(cpu, &cpus) || n--; cpu++)
		;
	CPU_ZERO(&one);
	CPU_SET(cpu, &one);
	CHECK_EQ(pthread_setaffinity_np(thread, sizeof(one), &one), 0);
}

static u64 clock_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000000ULL + ts.tv_nsec;
}

/* How often the forbidden outcome showed; ends with the first if asked to. */
static u32 run_rounds(const struct race *r, bool until_first)
{
	u64 end = clock_ns() + LIMIT_NS;
	u32 round, forbidden = 0;
	pthread_t thread;

	race = r;
	atomic_store(&go, 0);
	atomic_store(&done, 0);
	CHECK_EQ(pthread_create(&thread, NULL, process_thread, NULL), 0);
	pin(thread, 1);
	for (round = 1; until_first || round <= ROUNDS; round++) {
		if (round % 256 == 0 && clock_ns() >= end)
			break;
		r->set();
		lag = round % 401;
		atomic_store_explicit(&go, round, memory_order_release);
		r->scheduler();
		wait_until_not(&done, round - 1);
		forbidden += r->is_forbidden();
		if (forbidden && until_first)
			break;
	}
	atomic_store_explicit(&go, 0, memory_order_release);
	pthread_join(thread, NULL);
	ktap_note("%u rounds%s, forbidden outcome %u times", round - 1,
		  fences_there ? "" : " without the fence", forbidden);
	return forbidden;
}

static void run_race(const void *arg)
{
	CHECK_EQ(sched_getaffinity(0, sizeof(cpus), &cpus), 0);
	if (CPU_COUNT(&cpus) < 2)
		SKIP("needs two CPUs");
	pin(pthread_self(), 0);
	xsched_domain_init(&domain, &ops);
	domain.tun.calm_ns = XSCHED_NEVER;
	add(VICTIM, 1);
	add(RIVAL, 2);
	xsched_entity_set_hint(&RIVAL->e, XSCHED_HINT_PRIORITY, 1, now);
	finish(VICTIM);

	fences_there = 1;
	CHECK_EQ(run_rounds(arg, false), 0);
	fences_there = 0;
	if (!run_rounds(arg, true))
		SKIP("this machine didn't reorder without the fence either");
}

static const struct ktap_test tests[] = {
	{ "a launch is either seen in flight or sees the gate closed", run_race, &stop_race },
	{ "work is either seen when going idle or kicks", run_race, &idle_race },
	{ "a launch either sees TRACK or is counted in the answer", run_race, &track_race },
	{ "the last command is either seen completed or told", run_race, &calm_race },
};

KTAP_MAIN(tests)
