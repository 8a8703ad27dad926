// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Hints, dependencies and the schedulers that a process can have: itself (APP), one
 * inside of it (LCL), a global one (GLB, which isn't there in this test).
 */
#include "api.h"

static void hint_ranges(const void *arg)
{
	struct rig r = rig_new(1);

	(void)arg;
	CHECK_OK(XHintPriority(r.xq, PRIORITY_MIN));
	CHECK_OK(XHintPriority(r.xq, PRIORITY_MAX));
	CHECK_IS(XHintPriority(r.xq, PRIORITY_MIN - 2), INVALID);
	CHECK_IS(XHintPriority(r.xq, PRIORITY_MAX + 1), INVALID);
	CHECK_OK(XHintUtilization(r.xq, 0));
	CHECK_OK(XHintUtilization(r.xq, 100));
	CHECK_IS(XHintUtilization(r.xq, 101), INVALID);
	CHECK_IS(XHintUtilization(r.xq, -1), INVALID);
	CHECK_OK(XHintTimeslice(TIMESLICE_MIN));
	CHECK_OK(XHintTimeslice(TIMESLICE_MAX));
	CHECK_OK(XHintTimeslice((Timeslice)TIMESLICE_UNLIMITED));
	CHECK_IS(XHintTimeslice(TIMESLICE_MIN - 1), INVALID);
	CHECK_IS(XHintTimeslice(TIMESLICE_MAX + 1), INVALID);
	CHECK_OK(XHintDeadline(r.xq, NO_DEADLINE));
	CHECK_OK(XHintDeadline(r.xq, 1000));
	CHECK_IS(XHintDeadline(r.xq, -2), INVALID);
	CHECK_OK(XHintLaxity(r.xq, NO_LAXITY, 0, 0));
	CHECK_OK(XHintLaxity(r.xq, 1000, -1, 3));
	CHECK_IS(XHintLaxity(r.xq, -2, 0, 0), INVALID);
	CHECK_IS(XHintLaxity(r.xq, 1, 256, 0), INVALID);
	CHECK_IS(XHintLaxity(r.xq, 1, 0, -300), INVALID);
	CHECK_IS(XHintKDeadline(0), INVALID);
	CHECK_IS(XHintKDeadline(1000001), INVALID);
	CHECK_OK(XHintKDeadline(4));
	rig_end(r);
}

static void schedulers(const void *arg)
{
	int i;

	(void)arg;
	CHECK_IS(XHintSetScheduler(kSchedulerUnknown, kPolicyUnknown), INVALID);
	CHECK_IS(XHintSetScheduler(kSchedulerMax, kPolicyUnknown), INVALID);
	CHECK_IS(XHintSetScheduler(kSchedulerLocal, kPolicyMax), INVALID);
	CHECK_IS(XHintSetScheduler(kSchedulerLocal, (XPolicyType)-1), INVALID);
	CHECK_IS(XHintSetScheduler(kSchedulerLocal, kPolicyStrictProcessUtilizationPartition),
		 NOT_SUPPORTED);
	CHECK_OK(XHintSetScheduler(kSchedulerLocal, kPolicyUnknown));
	for (i = 1; i < kPolicyMax; i++)
		if (i != kPolicyStrictProcessUtilizationPartition)
			CHECK_OK(XHintSetScheduler(kSchedulerLocal, (XPolicyType)i));
	CHECK_OK(XHintSetScheduler(kSchedulerAppManaged, kPolicyUnknown));
}

/* Keeps a queue supplied until told to stop. */
struct load {
	struct rig r;
	pthread_t thread;
	_Atomic bool stop;
};

static void *keep_busy(void *arg)
{
	struct load *l = arg;
	int i;

	while (!l->stop) {
		for (i = 0; i < 16; i++)
			submit(l->r.xq, 500, 1);
		CHECK_OK(XQueueWaitAll(l->r.xq));
	}
	return NULL;
}

static void load_begin(struct load *l, struct rig r)
{
	l->r = r;
	l->stop = false;
	pthread_create(&l->thread, NULL, keep_busy, l);
}

static void load_end(struct load *l)
{
	l->stop = true;
	pthread_join(l->thread, NULL);
}

static int less(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

/* Median time of ten commands of 0.5 ms. */
static double burst(struct rig r)
{
	double ms[25], begun;
	int i;

	for (i = 0; i < 25; i++) {
		sleep_ms(5);
		begun = now_ms();
		submit_n(r.xq, 500, 2, 10);
		CHECK_OK(XQueueWaitAll(r.xq));
		ms[i] = now_ms() - begun;
	}
	qsort(ms, 25, sizeof(*ms), less);
	return ms[12];
}

static void hpf_preempts(const void *arg)
{
	int level = *(const int *)arg;
	struct rig low = rig_new(level), high = rig_new(level);
	double alone, app, local;
	struct load l;

	CHECK_OK(XHintPriority(low.xq, 1));
	CHECK_OK(XHintPriority(high.xq, 2));
	alone = burst(high);
	load_begin(&l, low);
	app = burst(high);
	CHECK_OK(XHintSetScheduler(kSchedulerLocal, kPolicyHighestPriorityFirst));
	local = burst(high);
	/* The other way round, by hints alone. */
	CHECK_OK(XHintPriority(low.xq, 3));
	submit_n(high.xq, 500, 3, 100);
	EVENTUALLY(stats(high.xq).held_by_scheduler);
	load_end(&l);
	CHECK_OK(XQueueWaitAll(high.xq));
	ktap_note("10 commands: alone %.2f ms, beside another %.2f ms, before it %.2f ms",
		  alone, app, local);
	CHECK(local < (app + alone) / 2);
	rig_end(low);
	rig_end(high);
}

static void equals_share(const void *arg)
{
	struct rig a = rig_new(1), b = rig_new(1);
	struct load la, lb;

	(void)arg;
	CHECK_OK(XHintSetScheduler(kSchedulerLocal, kPolicyHighestPriorityFirst));
	load_begin(&la, a);
	load_begin(&lb, b);
	EVENTUALLY(stats(a.xq).completed >= 50 && stats(b.xq).completed >= 50);
	load_end(&la);
	load_end(&lb);
	rig_end(a);
	rig_end(b);
}

static void other_devices(const void *arg)
{
	struct rig low = rig_on(1, 1, 1, 0), high = rig_on(2, 1, 1, 0);
	struct load l, h;

	(void)arg;
	CHECK_OK(XHintSetScheduler(kSchedulerLocal, kPolicyHighestPriorityFirst));
	CHECK_OK(XHintPriority(high.xq, 9));
	load_begin(&l, low);
	load_begin(&h, high);
	/* They don't compete. */
	EVENTUALLY(stats(low.xq).completed >= 50);
	CHECK_EQ(stats(low.xq).held_by_scheduler, 0);
	load_end(&l);
	load_end(&h);
	rig_end(low);
	rig_end(high);
}

static void hints_survive(const void *arg)
{
	struct rig low = rig_new(1), high = rig_new(1);
	struct load l;
	int i;

	(void)arg;
	CHECK_OK(XHintPriority(high.xq, 5));
	for (i = 0; i < 5; i++) {
		CHECK_OK(XHintSetScheduler(kSchedulerLocal, kPolicyHighestPriorityFirst));
		CHECK_OK(XHintSetScheduler(kSchedulerAppManaged, kPolicyUnknown));
	}
	CHECK_OK(XHintSetScheduler(kSchedulerLocal, kPolicyHighestPriorityFirst));
	load_begin(&l, high);
	sleep_ms(20);
	submit(low.xq, 0, 1);
	EVENTUALLY(stats(low.xq).held_by_scheduler);
	load_end(&l);
	CHECK_OK(XQueueWaitAll(low.xq));
	rig_end(low);
	rig_end(high);
}

/* Under every policy two busy queues and one that comes and goes get on. */
static void policy_serves(const void *arg)
{
	struct rig a = rig_new(1), b = rig_new(2), c = rig_on(2, 1, 1, 0);
	struct load la, lb;
	int i;

	CHECK_OK(XHintSetScheduler(kSchedulerLocal, *(const XPolicyType *)arg));
	CHECK_OK(XHintTimeslice(1000));
	CHECK_OK(XHintUtilization(a.xq, 70));
	CHECK_OK(XHintUtilization(b.xq, 30));
	CHECK_OK(XHintDeadline(b.xq, 20000));
	CHECK_OK(XHintKDeadline(2));	/* or the one without a deadline waits */
	CHECK_OK(XHintLaxity(b.xq, 5000, -1, 0));
	load_begin(&la, a);
	load_begin(&lb, b);
	for (i = 0; i < 20; i++) {
		submit_n(c.xq, 200, 1, 5);
		CHECK_OK(XQueueWaitAll(c.xq));
		sleep_ms(2);
	}
	EVENTUALLY(stats(a.xq).completed >= 30);
	EVENTUALLY(stats(b.xq).completed >= 30);
	load_end(&la);
	load_end(&lb);
	rig_end(a);
	rig_end(b);
	rig_end(c);
}

/* Switching to and fro while commands are under way loses and repeats none. */
static void switching(const void *arg)
{
	struct rig a = rig_new(1), b = rig_new(2);
	int i;

	(void)arg;
	CHECK_OK(XHintPriority(b.xq, 1));
	for (i = 0; i < 30; i++) {
		submit_n(a.xq, 100, 0, 5);
		submit_n(b.xq, 100, 0, 5);
		CHECK_OK(XHintSetScheduler(i % 2 ? kSchedulerAppManaged : kSchedulerLocal,
					   kPolicyHighestPriorityFirst));
		if (i % 3 == 0)
			sleep_ms(1);
	}
	CHECK_OK(XQueueWaitAll(a.xq));
	CHECK_OK(XQueueWaitAll(b.xq));
	CHECK_EQ(traced(), 300);
	rig_end(a);
	rig_end(b);
}

static void without_global(const void *arg)
{
	struct rig r = rig_new(1);

	(void)arg;
	if (!access("/dev/xsched", F_OK))
		SKIP("/dev/xsched is there");
	setenv("XSCHED_SOCKET", "/nonexistent", 1);
	submit_n(r.xq, 100, 0, 10);
	CHECK_IS(XHintSetScheduler(kSchedulerGlobal, kPolicyUnknown), NOT_FOUND);
	submit_n(r.xq, 100, 10, 10);
	CHECK_OK(XQueueWaitAll(r.xq));
	check_order(0, 20);
	CHECK_OK(XHintSetScheduler(kSchedulerLocal, kPolicyHighestPriorityFirst));
	rig_end(r);
}

static void dependency(const void *arg)
{
	struct rig low = rig_new(1), middle = rig_new(1), high = rig_new(1);
	struct load m;

	(void)arg;
	CHECK_OK(XHintPriority(low.xq, 1));
	CHECK_OK(XHintPriority(middle.xq, 2));
	CHECK_OK(XHintPriority(high.xq, 3));
	CHECK_OK(XHintSetScheduler(kSchedulerLocal, kPolicyHighestPriorityFirst));
	load_begin(&m, middle);
	sleep_ms(20);
	submit(low.xq, 100, 7);
	sleep_ms(50);
	CHECK_EQ(stats(low.xq).completed, 0);

	CHECK_IS(XQueueDepend(high.xq, high.xq), NOT_ALLOWED);
	CHECK_IS(XQueueUndepend(high.xq, low.xq), NOT_FOUND);
	CHECK_OK(XQueueDepend(high.xq, low.xq));
	CHECK_OK(XQueueDepend(high.xq, low.xq));
	CHECK_IS(XQueueDepend(low.xq, high.xq), NOT_ALLOWED);
	CHECK_OK(XQueueWaitAll(low.xq));	/* it runs now, before the middle one */

	CHECK_OK(XQueueUndepend(high.xq, low.xq));
	submit(low.xq, 100, 7);
	sleep_ms(30);
	CHECK_EQ(stats(low.xq).completed, 1);
	load_end(&m);
	CHECK_OK(XQueueWaitAll(low.xq));
	CHECK_OK(XQueueDepend(high.xq, middle.xq));
	CHECK_OK(XQueueDepend(middle.xq, low.xq));
	CHECK_IS(XQueueDepend(low.xq, high.xq), NOT_ALLOWED);
	rig_end(middle);			/* the chain goes with it */
	CHECK_OK(XQueueDepend(low.xq, high.xq));
	rig_end(low);
	rig_end(high);
}

static void environment(const void *arg)
{
	const char *const *e = arg;
	struct rig low, high;
	bool held;

	for (; *e; e += 2)
		setenv(e[0], e[1], 1);
	low = rig_new(1);
	high = rig_new(1);
	CHECK_OK(XHintPriority(high.xq, 1));
	submit_n(high.xq, 20000, 1, 10);
	submit(low.xq, 1000, 2);
	sleep_ms(60);
	held = stats(low.xq).held_by_scheduler;
	CHECK_EQ(held, !strcmp(e[1], "held"));
	CHECK_OK(XQueueWaitAll(low.xq));
	rig_end(low);
	rig_end(high);
}

static const XPolicyType policies[kPolicyMax] = { 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11 };
static const int one = 1, two = 2, three = 3;
static const char *const env_none[] = { NULL, "free" };
static const char *const env_app[] = { "XSCHED_SCHEDULER", "APP", NULL, "free" };
static const char *const env_lcl[] = { "XSCHED_SCHEDULER", "LCL", NULL, "held" };
static const char *const env_policy[] = { "XSCHED_POLICY", "HPF", NULL, "held" };
static const char *const env_both[] = { "XSCHED_SCHEDULER", "APP", "XSCHED_POLICY", "hpf", NULL, "held" };
static const char *const env_bad[] = { "XSCHED_SCHEDULER", "LOCAL", "XSCHED_POLICY", "best", NULL, "free" };
static const char *const env_sync[] = { "XSCHED_SCHEDULER", "LCL", "XSCHED_SCHEDULER_SUSPEND_SYNC_HWQ",
					"ON", NULL, "held" };

static const struct ktap_test tests[] = {
	{ "hints: ranges", hint_ranges, NULL },
	{ "schedulers and policies by number", schedulers, NULL },
	{ "hpf: the higher priority runs, level 1", hpf_preempts, &one },
	{ "hpf: the higher priority runs, level 2", hpf_preempts, &two },
	{ "hpf: the higher priority runs, level 3", hpf_preempts, &three },
	{ "hpf: equals share", equals_share, NULL },
	{ "queues of different devices don't compete", other_devices, NULL },
	{ "hpf serves everybody with work", policy_serves, &policies[1] },
	{ "hhpf serves everybody with work", policy_serves, &policies[2] },
	{ "chpf serves everybody with work", policy_serves, &policies[3] },
	{ "up serves everybody with work", policy_serves, &policies[4] },
	{ "pup serves everybody with work", policy_serves, &policies[5] },
	{ "kedf serves everybody with work", policy_serves, &policies[7] },
	{ "laxity serves everybody with work", policy_serves, &policies[8] },
	{ "awf serves everybody with work", policy_serves, &policies[9] },
	{ "fair serves everybody with work", policy_serves, &policies[10] },
	{ "mlfq serves everybody with work", policy_serves, &policies[11] },
	{ "hints survive a change of scheduler", hints_survive, NULL },
	{ "a change of scheduler loses no command", switching, NULL },
	{ "no global scheduler: told so, and on as before", without_global, NULL },
	{ "dependencies lend priority", dependency, NULL },
	{ "environment: nothing", environment, env_none },
	{ "environment: APP", environment, env_app },
	{ "environment: LCL", environment, env_lcl },
	{ "environment: a policy means LCL", environment, env_policy },
	{ "environment: a policy beats APP", environment, env_both },
	{ "environment: nonsense is ignored", environment, env_bad },
	{ "environment: strict handoff", environment, env_sync },
};

KTAP_MAIN(tests)
