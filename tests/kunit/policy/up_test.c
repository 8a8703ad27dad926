// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * up: each entity has its part of the round, hinted or not.
 */
#include "../sim.h"

static struct sim *endless(struct xt *t, u32 n)
{
	struct sim *s = sim_new(t, n, &xsched_policy_up);
	u32 i;

	for (i = 0; i < n; i++) {
		s->ent[i].stops = true;
		sim_add(s, i, 100 * US, 2);
	}
	return s;
}

struct partition {
	const char *what;
	u32 n;
	s64 utilization[3];	/* -1: unhinted */
	u32 permille[3];	/* expected */
};

static const struct partition partitions[] = {
	{ "75:25", 2, { 75, 25 }, { 750, 250 } },
	{ "60:30:10", 3, { 60, 30, 10 }, { 600, 300, 100 } },
	{ "as said, though the sum isn't 100", 2, { 30, 10 }, { 750, 250 } },
	{ "unhinted ones are served", 3, { 50, -1, 50 }, { 250, 500, 250 } },
	{ "nobody hinted", 3, { -1, -1, -1 }, { 333, 333, 333 } },
	{ "a zero share", 2, { 0, 10 }, { 0, 1000 } },
	{ "zero shares alone", 2, { 0, 0 }, { 500, 500 } },
};

XT_DEFINE(up_partitions)
{
	u32 c, i;

	for (c = 0; c < ARRAY_SIZE(partitions); c++) {
		const struct partition *p = &partitions[c];
		struct sim *s = endless(t, p->n);

		for (i = 0; i < p->n; i++) {
			if (p->utilization[i] >= 0)
				sim_hint(s, i, XSCHED_HINT_UTILIZATION, p->utilization[i]);
			sim_work(s, i, SIM_ENDLESS);
		}
		sim_run(s, SIM_SECOND);
		for (i = 0; i < p->n; i++) {
			long long got = (long long)(s->ent[i].served_ns / MS);

			xt_le_msg(t, got, p->permille[i] + 10, "%s: entity %u", p->what, i);
			xt_le_msg(t, p->permille[i] - 10LL, got, "%s: entity %u", p->what, i);
		}
		sim_free(s);
	}
}

XT_DEFINE(up_round_is_a_timeslice)
{
	struct sim *s = endless(t, 2);
	u64 begin_ns = s->now;

	sim_hint(s, 0, XSCHED_HINT_UTILIZATION, 75);
	sim_hint(s, 1, XSCHED_HINT_UTILIZATION, 25);
	sim_work(s, 0, SIM_ENDLESS);
	sim_work(s, 1, SIM_ENDLESS);
	sim_run_until(s, begin_ns + 3750 * US - 1);
	xt_eq(t, s->ent[0].e.state, XSCHED_STATE_RUNNING);
	sim_run(s, 1);
	xt_eq(t, s->ent[1].e.state, XSCHED_STATE_RUNNING);
	/* And what the other took to stop, which it pays for. */
	sim_run(s, 1250 * US - 1);
	xt_eq(t, s->ent[1].e.state, XSCHED_STATE_RUNNING);
	sim_run(s, 600 * US);
	xt_eq(t, s->ent[0].e.state, XSCHED_STATE_RUNNING);
	sim_free(s);
}

/* XSched rescheduled 2.3 million times a second, and it ran all the same. */
XT_DEFINE(up_zero_share_waits_in_peace)
{
	struct sim *s = endless(t, 2);
	u64 decisions;

	sim_hint(s, 0, XSCHED_HINT_UTILIZATION, 0);
	sim_work(s, 0, SIM_ENDLESS);
	sim_run(s, 2 * MS);
	xt_eq_msg(t, s->ent[0].served_ns, 2 * MS, "runs while nobody else wants to");
	decisions = s->d.n_decisions;
	sim_work(s, 1, SIM_ENDLESS);
	xt_true(t, s->ent[0].e.state != XSCHED_STATE_RUNNING);
	sim_run(s, SIM_SECOND);
	xt_eq_msg(t, s->ent[0].served_ns, 2 * MS, "not to the end of a turn");
	xt_le_msg(t, s->d.n_decisions - decisions, 210, "decisions in a second");
	sim_withdraw(s, 1);
	sim_run(s, 10 * MS);
	xt_le_msg(t, 11 * MS, s->ent[0].served_ns, "runs again");
	sim_free(s);
}

XT_DEFINE(up_many_have_turns_worth_having)
{
	struct sim *s = endless(t, 50);
	u64 flips;
	u32 i;

	for (i = 0; i < 50; i++)
		sim_work(s, i, SIM_ENDLESS);
	flips = s->d.n_flips;
	sim_run(s, SIM_SECOND);
	xt_le_msg(t, s->d.n_flips - flips, 4010, "2000 turns of 500 us");
	for (i = 0; i < 50; i++)
		xt_eq_msg(t, (s->ent[i].served_ns + MS) / MS / 2, 10, "entity %u", i);
	sim_free(s);
}

XT_DEFINE(up_hint_changes_on_the_way)
{
	struct sim *s = endless(t, 2);
	u64 before_ns;

	sim_work(s, 0, SIM_ENDLESS);
	sim_work(s, 1, SIM_ENDLESS);
	sim_run(s, 100 * MS);
	sim_hint(s, 1, XSCHED_HINT_UTILIZATION, 25);
	before_ns = s->ent[1].served_ns;
	sim_run(s, SIM_SECOND);
	xt_le_msg(t, 190 * MS, s->ent[1].served_ns - before_ns, "25 of 125");
	xt_le_msg(t, s->ent[1].served_ns - before_ns, 210 * MS, "25 of 125");
	sim_free(s);
}

XT_SUITE(up_suite, "xsched_up",
	 XT_CASE(up_partitions),
	 XT_CASE(up_round_is_a_timeslice),
	 XT_CASE(up_zero_share_waits_in_peace),
	 XT_CASE(up_many_have_turns_worth_having),
	 XT_CASE(up_hint_changes_on_the_way));
