// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * mlfq: levels, turns to the nanosecond, and the way back up.
 */
#include "../sim.h"

static struct sim *idle(struct xt *t, u32 n)
{
	struct sim *s = sim_new(t, n, &xsched_policy_mlfq);
	u32 i;

	for (i = 0; i < n; i++) {
		s->ent[i].stops = true;
		sim_add(s, i, 100 * US, 2);
	}
	return s;
}

static u32 runner(const struct sim *s)
{
	u32 i;

	for (i = 0; i < s->n; i++)
		if (s->ent[i].e.state == XSCHED_STATE_RUNNING)
			return i;
	return ~0U;
}

/* Two that never stop: turns of 10, 20, 40, 80 ms each, then lifts mix in. */
XT_DEFINE(mlfq_turns_get_longer)
{
	static const struct { u64 at_ms; u32 who; } turns[] = {
		{ 10, 0 }, { 20, 1 }, { 40, 0 }, { 60, 1 }, { 100, 0 }, { 140, 1 },
	};
	struct sim *s = idle(t, 2);
	u64 begin_ns = s->now;
	u32 k;

	sim_work(s, 0, SIM_ENDLESS);
	sim_work(s, 1, SIM_ENDLESS);
	for (k = 0; k < ARRAY_SIZE(turns); k++) {
		sim_run_until(s, begin_ns + turns[k].at_ms * MS - 1);
		xt_eq_msg(t, runner(s), turns[k].who, "just before %llu ms", turns[k].at_ms);
		sim_run(s, 1);
		xt_eq_msg(t, runner(s), !turns[k].who, "at %llu ms", turns[k].at_ms);
	}
	xt_eq(t, s->d.n_running, 1);
	sim_free(s);
}

/* XSched had all three run at 3 ms. */
XT_DEFINE(mlfq_three_newcomers)
{
	struct sim *s = idle(t, 3);
	u64 begin_ns = s->now;
	u32 i;

	for (i = 0; i < 3; i++)
		sim_work(s, i, SIM_ENDLESS);
	sim_run_until(s, begin_ns + 3 * MS);
	xt_eq(t, s->d.n_running, 1);
	xt_eq(t, runner(s), 0);
	for (i = 0; i < 3; i++) {
		sim_run_until(s, begin_ns + 10 * MS * (i + 1) - 1);
		xt_eq(t, runner(s), i);
		xt_eq(t, s->d.n_running, 1);
	}
	sim_free(s);
}

/* In the middle of 0's second turn, which then has 12 ms left. */
XT_DEFINE(mlfq_newcomer_goes_before_who_used_up)
{
	struct sim *s = idle(t, 3);

	sim_work(s, 0, SIM_ENDLESS);
	sim_work(s, 1, SIM_ENDLESS);
	sim_run(s, 28 * MS);
	xt_eq(t, runner(s), 0);
	sim_work(s, 2, 20);
	xt_eq_msg(t, runner(s), 2, "at once");
	sim_run(s, 2 * MS);
	xt_eq(t, s->ent[2].jobs_done, 1);
	xt_eq_msg(t, runner(s), 0, "where it was");
	sim_run(s, 12 * MS - 1);
	xt_eq(t, runner(s), 0);
	sim_run(s, 1);
	xt_eq(t, runner(s), 1);
	sim_free(s);
}

/* Giving way doesn't renew a turn: short sleeps before its end don't keep a level. */
XT_DEFINE(mlfq_short_bursts_add_up)
{
	struct sim *s = idle(t, 2);
	u32 k;

	for (k = 0; k < 3; k++) {
		sim_work(s, 0, 40);
		sim_run(s, 5 * MS);
	}
	sim_work(s, 0, SIM_ENDLESS);
	sim_work(s, 1, SIM_ENDLESS);
	xt_eq_msg(t, runner(s), 1, "the other is a level higher");
	sim_free(s);
}

/* At the lowest level, beside a stream of newcomers, within 100 ms a level. */
XT_DEFINE(mlfq_who_waits_is_lifted)
{
	struct sim *s = idle(t, 3);
	u64 begin_ns, before_ns;
	u32 k;

	sim_work(s, 0, SIM_ENDLESS);
	sim_work(s, 1, 1);
	sim_run(s, 400 * MS);
	begin_ns = s->now;
	before_ns = s->ent[0].served_ns;
	/* Always at level 0: 5 ms of work, then a new entity in its place. */
	for (k = 0; k < 80; k++) {
		sim_remove(s, 1);
		s->ent[1].stops = true;
		sim_add(s, 1, 100 * US, 2);
		sim_work(s, 1, 50);
		sim_run(s, 5 * MS);
		if (s->ent[0].served_ns > before_ns + MS)
			break;
	}
	xt_le_msg(t, s->now - begin_ns, 320 * MS, "served");
	xt_streq(t, sim_fault(s), "");
	sim_free(s);
}

XT_DEFINE(mlfq_long_sleep_lifts)
{
	struct sim *s = idle(t, 2);

	sim_work(s, 0, SIM_ENDLESS);
	sim_work(s, 1, 1);
	sim_run(s, 300 * MS);
	sim_withdraw(s, 0);
	sim_run(s, 400 * MS);
	sim_work(s, 1, SIM_ENDLESS);
	sim_run(s, 5 * MS);
	sim_work(s, 0, SIM_ENDLESS);
	xt_eq_msg(t, runner(s), 1, "equals: who came first");
	sim_run(s, 5 * MS);
	xt_eq_msg(t, runner(s), 0, "its turn at level 0");
	sim_run(s, 10 * MS);
	xt_eq_msg(t, runner(s), 1, "is one of level 0");
	sim_free(s);
}

XT_DEFINE(mlfq_alone_is_left_alone)
{
	struct sim *s = idle(t, 2);

	sim_work(s, 0, SIM_ENDLESS);
	sim_run(s, SIM_SECOND);
	xt_eq(t, s->n_ticks, 0);
	sim_free(s);
}

XT_SUITE(mlfq_suite, "xsched_mlfq",
	 XT_CASE(mlfq_turns_get_longer),
	 XT_CASE(mlfq_three_newcomers),
	 XT_CASE(mlfq_newcomer_goes_before_who_used_up),
	 XT_CASE(mlfq_short_bursts_add_up),
	 XT_CASE(mlfq_who_waits_is_lifted),
	 XT_CASE(mlfq_long_sleep_lifts),
	 XT_CASE(mlfq_alone_is_left_alone));
