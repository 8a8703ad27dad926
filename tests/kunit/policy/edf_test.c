// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * edf: who is first, who is late, and what becomes of those without a deadline.
 */
#include "../sim.h"

#define JOBS	4

struct job {
	u64 release_us, length_us;
	s64 deadline_us;	/* after release; -1: none */
	u64 done_us;		/* expected */
};

struct schedule {
	const char *what;
	struct job job[JOBS];	/* of entities 0..; length 0: none */
};

static const struct schedule schedules[] = {
	{ "earlier deadline first", { { 0, 1000, 5000, 3000 }, { 0, 2000, 3000, 2000 } } },
	{ "preempts", { { 0, 4000, 10000, 5000 }, { 1000, 1000, 2000, 2000 } } },
	{ "a later deadline doesn't", { { 0, 4000, 5000, 4000 }, { 1000, 1000, 9000, 5000 } } },
	{ "equal deadlines: who came first", { { 0, 2000, 6000, 2000 }, { 0, 2000, 6000, 4000 } } },
	{ "without a deadline comes last", { { 0, 3000, -1, 5000 }, { 500, 2000, 90000, 2500 } } },
	{ "three rates", { { 0, 1000, 4000, 1000 }, { 0, 2000, 6000, 3000 },
			   { 0, 3000, 8000, 6000 } } },
	{ "full to the brim", { { 0, 2000, 2000, 2000 }, { 0, 2000, 4000, 4000 },
				{ 0, 2000, 6000, 6000 }, { 0, 2000, 8000, 8000 } } },
};

static struct sim *ready(struct xt *t, const struct xsched_policy *p)
{
	struct sim *s = sim_new(t, JOBS, p);
	u32 i;

	for (i = 0; i < JOBS; i++) {
		s->ent[i].stops = true;
		sim_add(s, i, 100 * US, 4);
	}
	return s;
}

static void run_jobs(struct sim *s, const struct job *jobs)
{
	u64 begin_ns = s->now, us;
	u32 i;

	for (us = 0; us < 20000; us += 100) {
		sim_run_until(s, begin_ns + us * US);
		for (i = 0; i < JOBS; i++)
			if (jobs[i].length_us && jobs[i].release_us == us)
				sim_work(s, i, jobs[i].length_us / 100);
	}
}

XT_DEFINE(edf_schedules)
{
	u32 c, i;

	for (c = 0; c < ARRAY_SIZE(schedules); c++) {
		struct sim *s = ready(t, &xsched_policy_edf);
		u64 begin_ns = s->now;

		for (i = 0; i < JOBS; i++)
			sim_hint(s, i, XSCHED_HINT_DEADLINE, schedules[c].job[i].deadline_us);
		run_jobs(s, schedules[c].job);
		for (i = 0; i < JOBS; i++)
			if (schedules[c].job[i].length_us)
				xt_eq_msg(t, (s->ent[i].done_ns - begin_ns) / US,
					  schedules[c].job[i].done_us, "%s: job %u",
					  schedules[c].what, i);
		sim_free(s);
	}
}

/* Two periodic streams that fit; no fixed order of priorities serves both. */
static u32 missed(struct xt *t, const struct xsched_policy *p)
{
	struct sim *s = ready(t, p);
	u64 begin_ns = s->now, ms, late[2] = { 0, 0 }, jobs[2] = { 0, 0 };
	u32 i, n = 0;

	for (i = 0; i < 2; i++) {
		sim_hint(s, i, XSCHED_HINT_DEADLINE, i ? 7000 : 5000);
		sim_hint(s, i, XSCHED_HINT_PRIORITY, !i);
	}
	/* 2 of 5 ms and 4 of 7 ms: 97 percent. */
	for (ms = 0; ms <= 350; ms++) {
		sim_run_until(s, begin_ns + ms * MS);
		for (i = 0; i < 2; i++) {
			if (ms % (i ? 7 : 5))
				continue;
			late[i] += s->ent[i].jobs_done != jobs[i];
			jobs[i]++;
			sim_work(s, i, i ? 40 : 20);
		}
	}
	n = (u32)(late[0] + late[1]);
	sim_free(s);
	return n;
}

XT_DEFINE(edf_meets_what_hpf_misses)
{
	xt_eq(t, missed(t, &xsched_policy_edf), 0);
	xt_le_msg(t, 1, missed(t, &xsched_policy_hpf), "deadlines that hpf misses");
}

/* Endless work with a deadline isn't endless right to the device. */
XT_DEFINE(edf_late_gets_a_timeslice)
{
	struct sim *s = ready(t, &xsched_policy_edf);
	u64 begin_ns = s->now;

	sim_hint(s, 0, XSCHED_HINT_DEADLINE, 2000);
	sim_hint(s, 1, XSCHED_HINT_DEADLINE, 8000);
	sim_work(s, 0, SIM_ENDLESS);
	sim_work(s, 1, 10);
	sim_run_until(s, begin_ns + 2 * MS + 5 * MS - 1);
	xt_eq(t, s->ent[0].e.state, XSCHED_STATE_RUNNING);
	sim_run(s, 1);
	xt_eq_msg(t, s->ent[1].e.state, XSCHED_STATE_RUNNING, "due at 8 ms, the next one at 9");
	sim_run(s, MS);
	xt_eq(t, s->ent[1].jobs_done, 1);
	sim_free(s);
}

XT_DEFINE(edf_all_late_take_turns)
{
	struct sim *s = ready(t, &xsched_policy_edf);
	u32 i;

	for (i = 0; i < JOBS; i++) {
		sim_hint(s, i, XSCHED_HINT_DEADLINE, i * 1000);
		sim_work(s, i, SIM_ENDLESS);
	}
	sim_run(s, SIM_SECOND);
	for (i = 0; i < JOBS; i++)
		xt_le_msg(t, 100 * MS, s->ent[i].served_ns, "entity %u", i);
	xt_le_msg(t, s->d.n_decisions, 1000, "decisions");
	sim_free(s);
}

XT_DEFINE(edf_without_deadline_in_turn)
{
	struct sim *s = ready(t, &xsched_policy_edf);
	u32 i;

	for (i = 0; i < 3; i++)
		sim_work(s, i, SIM_ENDLESS);
	sim_run(s, 300 * MS);
	for (i = 0; i < 3; i++)
		xt_eq_msg(t, s->ent[i].served_ns, 100 * MS, "entity %u", i);
	xt_eq(t, s->d.n_running, 1);
	sim_free(s);
}

XT_DEFINE(edf_hint_changes_on_the_way)
{
	struct sim *s = ready(t, &xsched_policy_edf);

	sim_hint(s, 0, XSCHED_HINT_DEADLINE, 20000);
	sim_hint(s, 1, XSCHED_HINT_DEADLINE, 30000);
	sim_work(s, 0, SIM_ENDLESS);
	sim_work(s, 1, SIM_ENDLESS);
	xt_eq(t, s->ent[0].e.state, XSCHED_STATE_RUNNING);
	sim_hint(s, 1, XSCHED_HINT_DEADLINE, 10000);
	xt_eq(t, s->ent[1].e.state, XSCHED_STATE_RUNNING);
	sim_hint(s, 1, XSCHED_HINT_DEADLINE, -1);
	xt_eq(t, s->ent[0].e.state, XSCHED_STATE_RUNNING);
	xt_eq(t, s->d.n_running, 1);
	sim_free(s);
}

XT_SUITE(edf_suite, "xsched_edf",
	 XT_CASE(edf_schedules),
	 XT_CASE(edf_meets_what_hpf_misses),
	 XT_CASE(edf_late_gets_a_timeslice),
	 XT_CASE(edf_all_late_take_turns),
	 XT_CASE(edf_without_deadline_in_turn),
	 XT_CASE(edf_hint_changes_on_the_way));
