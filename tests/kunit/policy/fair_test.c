// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * fair: shares follow weights, whoever slept or came, and turns end when they end.
 */
#include "../sim.h"

struct mix {
	const char *what;
	u32 n;
	s64 priority[3];	/* of the first; the rest has 0 */
	bool stops;
	u64 command_ns;
};

static const struct mix mixes[] = {
	{ "two equals", 2, { 0, 0 }, true, 100 * US },
	{ "about 75:25", 2, { 50, 0 }, true, 100 * US },
	{ "about 75:25, commands run to their end", 2, { 50, 0 }, false, 300 * US },
	{ "about 60:30:10", 3, { 80, 50, 0 }, true, 100 * US },
	{ "about 60:30:10, commands run to their end", 3, { 80, 50, 0 }, false, 300 * US },
	{ "100 equals", 100, { 0 }, true, 100 * US },
	{ "from one end of the priorities to the other", 2, { 255, -255 }, true, 100 * US },
};

/* Points of a percent, tenths: how far i is from its share of the last second. */
static long long off_by(struct sim *s, u32 i, u64 before_ns, u64 weights)
{
	long long want = (long long)(1000ULL * xsched_entity_weight(&s->ent[i].e) / weights);
	long long got = (long long)((s->ent[i].served_ns - before_ns) / MS);

	return got > want ? got - want : want - got;
}

XT_DEFINE(fair_shares_follow_weights)
{
	u64 before[100], weights;
	u32 c, i;

	for (c = 0; c < ARRAY_SIZE(mixes); c++) {
		const struct mix *m = &mixes[c];
		struct sim *s = sim_new(t, m->n, &xsched_policy_fair);

		for (i = 0; i < m->n; i++) {
			s->ent[i].stops = m->stops;
			sim_add(s, i, m->command_ns, 2);
			sim_hint(s, i, XSCHED_HINT_PRIORITY, i < 3 ? m->priority[i] : 0);
			sim_work(s, i, SIM_ENDLESS);
		}
		sim_run(s, SIM_SECOND);
		for (i = 0, weights = 0; i < m->n; i++) {
			before[i] = s->ent[i].served_ns;
			weights += xsched_entity_weight(&s->ent[i].e);
		}
		sim_run(s, SIM_SECOND);
		for (i = 0; i < m->n; i++)
			xt_le_msg(t, off_by(s, i, before[i], weights), 10, "%s: entity %u",
				  m->what, i);
		xt_streq(t, sim_fault(s), "");
		sim_free(s);
	}
}

static struct sim *endless(struct xt *t, u32 n)
{
	struct sim *s = sim_new(t, n, &xsched_policy_fair);
	u32 i;

	for (i = 0; i < n; i++) {
		s->ent[i].stops = true;
		sim_add(s, i, 100 * US, 2);
	}
	return s;
}

/* XSched let a sleeper have the device for as long as it had slept. */
XT_DEFINE(fair_sleeper_of_500_ms)
{
	struct sim *s = endless(t, 2);
	u64 before_ns;

	sim_work(s, 0, SIM_ENDLESS);
	sim_work(s, 1, SIM_ENDLESS);
	sim_run(s, 100 * MS);
	sim_withdraw(s, 1);
	sim_run(s, 500 * MS);
	before_ns = s->ent[0].served_ns;
	sim_work(s, 1, SIM_ENDLESS);
	sim_run(s, 20 * MS);
	xt_le_msg(t, 9 * MS, s->ent[0].served_ns - before_ns, "who never slept goes on");
	xt_le_msg(t, s->ent[0].served_ns - before_ns, 11 * MS, "and who did is served");
	sim_free(s);
}

XT_DEFINE(fair_three_newcomers)
{
	struct sim *s = endless(t, 4);
	u64 before_ns;
	u32 i;

	sim_work(s, 0, SIM_ENDLESS);
	sim_run(s, 300 * MS);
	before_ns = s->ent[0].served_ns;
	for (i = 1; i < 4; i++)
		sim_work(s, i, SIM_ENDLESS);
	xt_eq_msg(t, s->d.n_running, 1, "one at a time");
	sim_run(s, 3 * MS);
	xt_eq_msg(t, s->d.n_running, 1, "one at a time");
	sim_run(s, 37 * MS);
	for (i = 1; i < 4; i++)
		xt_eq_msg(t, s->ent[i].served_ns, 10 * MS, "newcomer %u", i);
	xt_eq(t, s->ent[0].served_ns - before_ns, 10 * MS);
	sim_free(s);
}

XT_DEFINE(fair_turns_end_when_they_end)
{
	static const u64 turns_us[] = { 100, 777, 5000, 123456 };
	u32 c;

	for (c = 0; c < ARRAY_SIZE(turns_us); c++) {
		struct sim *s = endless(t, 2);
		u64 turn_ns = turns_us[c] * US, begin_ns = s->now;

		s->d.tun.idle_poll_lazy_ns = SIM_SECOND;
		sim_hint(s, 0, XSCHED_HINT_TIMESLICE, (s64)turns_us[c]);
		sim_work(s, 0, SIM_ENDLESS);
		sim_work(s, 1, SIM_ENDLESS);
		sim_run_until(s, begin_ns + turn_ns - 1);
		xt_eq_msg(t, s->ent[0].e.state, XSCHED_STATE_RUNNING, "%llu us", turns_us[c]);
		sim_run(s, 1);
		xt_eq_msg(t, s->ent[1].e.state, XSCHED_STATE_RUNNING, "%llu us", turns_us[c]);
		sim_free(s);
	}
}

XT_DEFINE(fair_timeslice_of_the_device)
{
	struct sim *s = endless(t, 2);
	u64 begin_ns = s->now;

	s->d.tun.timeslice_ns = 2 * MS;
	sim_work(s, 0, SIM_ENDLESS);
	sim_work(s, 1, SIM_ENDLESS);
	sim_run_until(s, begin_ns + 2 * MS);
	xt_eq(t, s->ent[1].e.state, XSCHED_STATE_RUNNING);
	sim_free(s);
}

XT_DEFINE(fair_alone_is_left_alone)
{
	struct sim *s = endless(t, 2);
	u64 decisions;

	sim_work(s, 0, SIM_ENDLESS);
	decisions = s->d.n_decisions;
	sim_run(s, SIM_SECOND);
	xt_eq(t, s->n_ticks, 0);
	xt_eq(t, s->d.n_decisions, decisions);
	sim_free(s);
}

XT_DEFINE(fair_weight_changes_on_the_way)
{
	struct sim *s = endless(t, 2);
	u64 before_ns;

	sim_work(s, 0, SIM_ENDLESS);
	sim_work(s, 1, SIM_ENDLESS);
	sim_run(s, SIM_SECOND);
	sim_hint(s, 0, XSCHED_HINT_PRIORITY, 50);
	before_ns = s->ent[0].served_ns;
	sim_run(s, SIM_SECOND);
	xt_le_msg(t, 743 * MS, s->ent[0].served_ns - before_ns, "3.05 of 4.05");
	xt_le_msg(t, s->ent[0].served_ns - before_ns, 763 * MS, "3.05 of 4.05");
	sim_free(s);
}

XT_DEFINE(fair_idle_holds_nothing)
{
	struct sim *s = endless(t, 3);

	sim_work(s, 0, SIM_ENDLESS);
	sim_work(s, 1, 3);
	sim_work(s, 2, SIM_ENDLESS);
	sim_run(s, 100 * MS);
	xt_eq(t, s->ent[1].jobs_done, 1);
	xt_eq(t, s->ent[1].e.state, XSCHED_STATE_IDLE);
	xt_eq(t, s->idle_ns, 0);
	sim_free(s);
}

XT_SUITE(fair_suite, "xsched_fair",
	 XT_CASE(fair_shares_follow_weights),
	 XT_CASE(fair_sleeper_of_500_ms),
	 XT_CASE(fair_three_newcomers),
	 XT_CASE(fair_turns_end_when_they_end),
	 XT_CASE(fair_timeslice_of_the_device),
	 XT_CASE(fair_alone_is_left_alone),
	 XT_CASE(fair_weight_changes_on_the_way),
	 XT_CASE(fair_idle_holds_nothing));
