// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * pup: each process has its part, whatever it consists of; what it doesn't use it keeps for
 * a while, what it overruns it pays for.
 */
#include "../sim.h"

/* Entity i is of process process[i]. */
static struct sim *processes(struct xt *t, u32 n, const u32 *process)
{
	struct sim *s = sim_new(t, n, NULL);
	u32 i;

	for (i = 0; i < n; i++) {
		s->ent[i].stops = true;
		sim_add(s, i, 100 * US, 2);
		s->ent[i].e.process = process[i];
	}
	sim_policy(s, &xsched_policy_pup);
	return s;
}

struct partition {
	const char *what;
	u32 n;
	u32 process[4];
	s64 utilization[4];	/* -1: unhinted */
	u32 permille[4];	/* expected, of processes 0..3 */
};

static const struct partition partitions[] = {
	{ "75:25", 2, { 0, 1 }, { 75, 25 }, { 750, 250 } },
	{ "60:30:10", 3, { 0, 1, 2 }, { 60, 30, 10 }, { 600, 300, 100 } },
	{ "of three entities two are one process", 3, { 0, 0, 1 }, { 75, 75, 25 }, { 750, 250 } },
	{ "unhinted: equal processes", 3, { 0, 0, 1 }, { -1, -1, -1 }, { 500, 500 } },
	{ "said of one of its entities", 3, { 0, 0, 1 }, { -1, 25, 75 }, { 250, 750 } },
	{ "a zero share", 3, { 0, 0, 1 }, { 0, 0, 10 }, { 0, 1000 } },
	{ "four of each other's", 4, { 0, 1, 0, 1 }, { 75, 25, 75, 25 }, { 750, 250 } },
};

XT_DEFINE(pup_partitions)
{
	u32 c, i;

	for (c = 0; c < ARRAY_SIZE(partitions); c++) {
		const struct partition *p = &partitions[c];
		struct sim *s = processes(t, p->n, p->process);
		u64 served_ns[4] = { 0 };

		for (i = 0; i < p->n; i++) {
			sim_work(s, i, SIM_ENDLESS);
			if (p->utilization[i] >= 0)
				sim_hint(s, i, XSCHED_HINT_UTILIZATION, p->utilization[i]);
		}
		sim_run(s, SIM_SECOND);
		for (i = 0; i < p->n; i++)
			served_ns[p->process[i]] += s->ent[i].served_ns;
		for (i = 0; i < 4; i++) {
			long long got = (long long)(served_ns[i] / MS);

			xt_le_msg(t, got, p->permille[i] + 10, "%s: process %u", p->what, i);
			xt_le_msg(t, p->permille[i] - 10LL, got, "%s: process %u", p->what, i);
		}
		xt_streq(t, sim_fault(s), "");
		sim_free(s);
	}
}

static const u32 own[] = { 0, 1, 2, 3 };
static const u32 pairs[] = { 7, 7, 3, 3 };

XT_DEFINE(pup_a_process_runs_together)
{
	struct sim *s = processes(t, 4, pairs);
	u32 i, k;

	for (i = 0; i < 4; i++)
		sim_work(s, i, SIM_ENDLESS);
	for (k = 0; k < 50; k++) {
		sim_run(s, 1700 * US);
		xt_eq(t, s->d.n_running, 2);
		xt_eq(t, s->ent[0].e.state, s->ent[1].e.state);
		xt_eq(t, s->ent[2].e.state, s->ent[3].e.state);
	}
	sim_free(s);
}

/* A round is as many timeslices as there are processes: 7.5 and 2.5 ms. */
XT_DEFINE(pup_turns)
{
	struct sim *s = processes(t, 2, own);
	u64 begin_ns = s->now;

	sim_hint(s, 0, XSCHED_HINT_UTILIZATION, 75);
	sim_hint(s, 1, XSCHED_HINT_UTILIZATION, 25);
	sim_work(s, 0, SIM_ENDLESS);
	sim_work(s, 1, SIM_ENDLESS);
	sim_run_until(s, begin_ns + 7500 * US - 1);
	xt_eq(t, s->ent[0].e.state, XSCHED_STATE_RUNNING);
	sim_run(s, 1);
	xt_eq(t, s->ent[1].e.state, XSCHED_STATE_RUNNING);
	/* And what the other took to stop, which it pays for. */
	sim_run(s, 2500 * US - 1);
	xt_eq(t, s->ent[1].e.state, XSCHED_STATE_RUNNING);
	sim_run(s, 600 * US);
	xt_eq(t, s->ent[0].e.state, XSCHED_STATE_RUNNING);
	sim_free(s);
}

XT_DEFINE(pup_zero_share_waits_in_peace)
{
	struct sim *s = processes(t, 2, own);
	u64 decisions;

	sim_hint(s, 0, XSCHED_HINT_UTILIZATION, 0);
	sim_work(s, 0, SIM_ENDLESS);
	sim_run(s, 2 * MS);
	xt_eq_msg(t, s->ent[0].served_ns, 2 * MS, "runs while nobody else wants to");
	sim_work(s, 1, SIM_ENDLESS);
	decisions = s->d.n_decisions;
	sim_run(s, SIM_SECOND);
	xt_eq_msg(t, s->ent[0].served_ns, 2 * MS, "not to the end of a turn");
	xt_le_msg(t, s->d.n_decisions - decisions, 210, "decisions in a second");
	sim_free(s);
}

/* Process 1 stops after 1 of its 5 ms. When it comes back, it has the other 4, less a
 * tenth, ahead of its equal. */
XT_DEFINE(pup_keeps_what_it_did_not_use)
{
	struct sim *s = processes(t, 2, own);
	u64 before_ns;

	sim_work(s, 0, SIM_ENDLESS);
	sim_run(s, 100 * MS);
	sim_work(s, 1, 10);
	sim_run(s, 50 * MS);
	xt_eq(t, s->ent[1].jobs_done, 1);
	xt_eq(t, s->ent[1].served_ns, MS);
	sim_work(s, 1, SIM_ENDLESS);
	before_ns = s->ent[0].served_ns;
	sim_run(s, 100 * MS);
	xt_le_msg(t, 54 * MS, s->ent[1].served_ns, "3.6 ms more than half");
	xt_le_msg(t, s->ent[0].served_ns - before_ns, 47 * MS, "the rest");
	sim_free(s);
}

/* Commands of 4 ms that can't be stopped: turns are overrun, shares are not. */
XT_DEFINE(pup_pays_for_overruns)
{
	struct sim *s = sim_new(t, 2, NULL);
	u32 i;

	for (i = 0; i < 2; i++)
		sim_add(s, i, i ? 200 * US : 4 * MS, 1);
	sim_policy(s, &xsched_policy_pup);
	for (i = 0; i < 2; i++) {
		sim_hint(s, i, XSCHED_HINT_UTILIZATION, i ? 75 : 25);
		sim_work(s, i, SIM_ENDLESS);
	}
	sim_run(s, 4 * SIM_SECOND);
	xt_le_msg(t, 740 * MS, s->ent[1].served_ns / 4, "75 percent");
	xt_le_msg(t, s->ent[1].served_ns / 4, 760 * MS, "75 percent");
	sim_free(s);
}

/* Whatever entity goes, the process stays what it is. */
XT_DEFINE(pup_members_come_and_go)
{
	static const u32 three_to_one[] = { 5, 5, 5, 9 };
	struct sim *s = processes(t, 4, three_to_one);
	u64 before_ns;
	u32 i;

	for (i = 0; i < 4; i++) {
		sim_work(s, i, SIM_ENDLESS);
		sim_hint(s, i, XSCHED_HINT_UTILIZATION, i < 3 ? 75 : 25);
	}
	for (i = 0; i < 2; i++) {
		sim_run(s, 31 * MS);
		sim_remove(s, i);
		before_ns = s->ent[3].served_ns;
		sim_run(s, SIM_SECOND);
		xt_le_msg(t, s->ent[3].served_ns - before_ns, 260 * MS, "without %u", i);
		xt_le_msg(t, 240 * MS, s->ent[3].served_ns - before_ns, "without %u", i);
	}
	sim_withdraw(s, 2);
	sim_run(s, 10 * MS);
	sim_remove(s, 2);
	s->ent[1].stops = true;
	sim_add(s, 1, 100 * US, 2);
	s->ent[1].e.process = 5;
	sim_work(s, 1, SIM_ENDLESS);
	before_ns = s->ent[3].served_ns;
	sim_run(s, SIM_SECOND);
	xt_le_msg(t, s->ent[3].served_ns - before_ns, 210 * MS, "25 of 125: a new process");
	xt_streq(t, sim_fault(s), "");
	sim_free(s);
}

/* An idle entity is where its process's record lies, and goes. */
XT_DEFINE(pup_idle_head_goes)
{
	struct sim *s = processes(t, 4, pairs);

	sim_work(s, 0, 5);
	sim_work(s, 2, SIM_ENDLESS);
	sim_run(s, 50 * MS);
	sim_work(s, 1, SIM_ENDLESS);
	sim_run(s, 5 * MS);
	sim_remove(s, 0);
	sim_run(s, 100 * MS);
	xt_streq(t, sim_fault(s), "");
	xt_le_msg(t, 45 * MS, s->ent[1].served_ns, "goes on with half");
	sim_remove(s, 1);
	sim_run(s, 10 * MS);
	xt_eq(t, s->ent[2].e.state, XSCHED_STATE_RUNNING);
	sim_free(s);
}

XT_SUITE(pup_suite, "xsched_pup",
	 XT_CASE(pup_partitions),
	 XT_CASE(pup_a_process_runs_together),
	 XT_CASE(pup_turns),
	 XT_CASE(pup_zero_share_waits_in_peace),
	 XT_CASE(pup_keeps_what_it_did_not_use),
	 XT_CASE(pup_pays_for_overruns),
	 XT_CASE(pup_members_come_and_go),
	 XT_CASE(pup_idle_head_goes));
