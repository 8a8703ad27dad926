// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * launch against close, on the real thing: a process launches all the time while
 * a higher priority closes its gate over and over. A command that is on the
 * device while the scheduler says that its entity is quiet is a violation.
 *
 *	process					scheduler
 *	submitted++				gate = HELD
 *	FENCE					FENCE
 *	load gate: open? launch			load submitted, completed: equal? quiet
 *
 * Built a second time as launch_weak, without the process's fence, which should
 * bring violations to light where the machine reorders at all.
 */
#include <libgen.h>
#include <limits.h>

#include "stress.h"

#define MIN_REFUSED	50

static int cpus_here;

struct stress {
	struct player victim, rival;
	int stop;
	uint64_t launched, refused, toggles, violations;
};

/* With a command on the device: one of these, or it has been overlooked. */
static bool is_counted(const struct player *p)
{
	uint32_t s = xs_load(&p->e.ctl->state);

	return s == XSCHED_STATE_RUNNING || s == XSCHED_STATE_DRAINING;
}

static void run_command(struct stress *s, uint32_t length)
{
	bool counted = is_counted(&s->victim);

	spin(length);
	counted &= is_counted(&s->victim);
	s->launched++;
	s->violations += !counted;
	xs_add_release(&s->victim.q.st->completed, 1);
}

/* Not to be launched now: hold it back until it may. */
static void hold_back(struct stress *s)
{
	struct player *p = &s->victim;
	uint32_t spins = 0;

	s->refused++;
	__atomic_fetch_add(&p->q.st->pending, 1, __ATOMIC_SEQ_CST);
	__atomic_fetch_sub(&p->q.st->submitted, 1, __ATOMIC_SEQ_CST);
	while (xs_load(&p->e.ctl->gate) && !xs_load(&s->stop)) {
		if (xs_load(&p->e.ctl->notify) & XSCHED_NOTIFY_KICK)
			kick(p);
		/* Back in time for the next close, unless somebody needs the CPU. */
		if (cpus_here < 2 || ++spins % 16384 == 0)
			sched_yield();
	}
	__atomic_fetch_sub(&p->q.st->pending, 1, __ATOMIC_SEQ_CST);
}

static void *launch_all_the_time(void *arg)
{
	struct stress *s = arg;
	struct player *p = &s->victim;
	uint32_t seed = 1;

	pin_to(0);
	while (!xs_load(&s->stop)) {
		/* The function under test. */
		xs_add_fence(&p->q.st->submitted, 1);
		if (xs_load(&p->e.ctl->gate) == XSCHED_GATE_OPEN)
			run_command(s, next_random(&seed) % 1024);
		else
			hold_back(s);
	}
	return NULL;
}

static void toggle_until(struct stress *s, uint64_t end_ns)
{
	uint32_t seed = 7;

	pin_to(1);
	/* However slow the machine, the victim must have been held back at times. */
	while (now_ns() < end_ns || xs_load(&s->refused) < MIN_REFUSED) {
		want(&s->rival);
		spin(next_random(&seed) % 1024);
		go_idle(&s->rival);
		s->toggles++;
		/* Long enough for the victim to be at it again. */
		spin_and_look(next_random(&seed) % 8192, &s->victim.q.st->submitted);
		if (s->toggles % 16 == 0)
			sched_yield();
	}
}

static void stress(struct stress *s)
{
	pthread_t thread;

	memset(s, 0, sizeof(*s));
	cpus_here = cpus();
	player_open(&s->victim, 0);
	player_open(&s->rival, 10);
	go_idle(&s->victim);
	go_idle(&s->rival);
	STORE(s->victim.q.st->flags, 0);
	CHECK_EQ(pthread_create(&thread, NULL, launch_all_the_time, s), 0);
	toggle_until(s, stress_end_ns());
	STORE(s->stop, 1);
	pthread_join(thread, NULL);
	ktap_note("%llu launched, %llu held back, %llu closes, %llu violations",
		  (unsigned long long)s->launched, (unsigned long long)s->refused,
		  (unsigned long long)s->toggles, (unsigned long long)s->violations);
}

/* How many violations a run has seen, for the process that started it. */
#define WEAK_SAW_NONE	10

#ifdef XSCHED_TEST_NO_LAUNCH_FENCE

static void without_fence(const void *data)
{
	struct stress s;

	(void)data;
	stress(&s);
	CHECK_EQ(s.violations, 0);
}

/* Not a test by itself: launch_test judges its exit status. */
int main(int argc, char **argv)
{
	(void)argc;
	ktap_begin(argv[0], 1);
	ktap_case("launching without the fence", without_fence, NULL);
	return ktap->failed ? KTAP_PASS : ktap->skipped ? KTAP_SKIP : WEAK_SAW_NONE;
}

#else

static void with_fence(const void *data)
{
	struct stress s;

	(void)data;
	stress(&s);
	CHECK_GE(s.launched, 1000);
	CHECK_EQ(s.violations, 0);
}

static int run_weak(void)
{
	char exe[PATH_MAX] = "", weak[PATH_MAX];
	int status;
	pid_t pid;

	MUST(readlink("/proc/self/exe", exe, sizeof(exe) - 1));
	snprintf(weak, sizeof(weak), "%.3000s/launch_weak", dirname(exe));
	if (access(weak, X_OK))
		SKIP("%s is not built", weak);
	pid = MUST(fork());
	if (!pid) {
		MUST(dup2(MUST(open("/dev/null", O_WRONLY)), STDOUT_FILENO));
		execl(weak, weak, (char *)NULL);
		_exit(KTAP_FAIL);
	}
	MUST(waitpid(pid, &status, 0));
	CHECK(WIFEXITED(status));
	return WEXITSTATUS(status);
}

/* Does this test find what it is for? */
static void weak_is_caught(const void *data)
{
	int ret;

	(void)data;
	if (cpus() < 2)
		SKIP("one CPU doesn't reorder its own accesses; see host/litmus_test");
	ret = run_weak();
	if (ret == WEAK_SAW_NONE)
		SKIP("no violation seen without the fence on this machine; see host/litmus_test");
	CHECK_EQ(ret, 0);
}

static const struct ktap_test tests[] = {
	{ "launching while the gate closes: what is launched is counted", with_fence, NULL },
	{ "the same without the fence is caught", weak_is_caught, NULL },
};

KTAP_MAIN(tests)

#endif
