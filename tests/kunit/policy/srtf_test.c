// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * srtf: shorter work first, as far as earlier work tells how long it is.
 */
#include "../sim.h"

static struct sim *ready(struct xt *t)
{
	struct sim *s = sim_new(t, 4, &xsched_policy_srtf);
	u32 i;

	for (i = 0; i < 4; i++) {
		s->ent[i].stops = true;
		sim_add(s, i, 100 * US, 2);
	}
	return s;
}

/* Each has done so many jobs of so many commands before. */
static void teach(struct sim *s, u32 i, u32 jobs, u64 commands)
{
	while (jobs--) {
		sim_work(s, i, commands);
		sim_run(s, (commands + 1) * 100 * US);
	}
}

static bool runs(const struct sim *s, u32 i)
{
	return s->ent[i].e.state == XSCHED_STATE_RUNNING && s->d.n_running == 1;
}

XT_DEFINE(srtf_shorter_first)
{
	struct sim *s = ready(t);

	teach(s, 0, 1, 200);
	teach(s, 1, 1, 20);
	teach(s, 2, 1, 100);
	sim_work(s, 0, 200);
	sim_work(s, 2, 100);
	xt_true(t, runs(s, 2));
	sim_work(s, 1, 20);
	xt_true(t, runs(s, 1));
	sim_run(s, 2200 * US);
	xt_eq(t, s->ent[1].jobs_done, 2);
	xt_true(t, runs(s, 2));
	sim_run(s, 10 * MS);
	xt_eq(t, s->ent[2].jobs_done, 2);
	xt_true(t, runs(s, 0));
	sim_free(s);
}

/* What remains counts, not what there was. */
XT_DEFINE(srtf_remaining_counts)
{
	struct sim *s = ready(t);

	teach(s, 0, 1, 200);
	teach(s, 1, 1, 100);
	sim_work(s, 0, 200);
	sim_run(s, 12 * MS);
	sim_work(s, 1, 100);
	xt_true(t, runs(s, 0));
	sim_run(s, 8200 * US);
	xt_eq(t, s->ent[0].jobs_done, 2);
	xt_true(t, runs(s, 1));
	sim_free(s);
}

XT_DEFINE(srtf_learns)
{
	struct sim *s = ready(t);

	teach(s, 0, 1, 200);
	teach(s, 1, 1, 100);
	teach(s, 0, 12, 50);
	sim_work(s, 1, 100);
	sim_work(s, 0, 50);
	xt_true_msg(t, runs(s, 0), "it used to be long, but isn't any more");
	sim_free(s);
}

/* A new one is expected to take a timeslice. */
XT_DEFINE(srtf_new_one)
{
	struct sim *s = ready(t);

	teach(s, 0, 1, 100);
	teach(s, 1, 1, 10);
	sim_work(s, 0, 100);
	sim_work(s, 2, 30);
	xt_true(t, runs(s, 2));
	sim_work(s, 1, 10);
	xt_true(t, runs(s, 1));
	sim_free(s);
}

/* Work that turns out endless doesn't keep the device from what is known to be short. */
XT_DEFINE(srtf_wrong_expectations_double)
{
	struct sim *s = ready(t);
	u64 begin_ns;

	teach(s, 0, 1, 10);
	teach(s, 1, 1, 50);
	sim_work(s, 0, SIM_ENDLESS);
	sim_work(s, 1, 50);
	begin_ns = s->now;
	xt_true(t, runs(s, 0));
	sim_run(s, 15 * MS);
	xt_eq(t, s->ent[1].jobs_done, 2);
	xt_le_msg(t, s->ent[1].done_ns - begin_ns, 14 * MS, "5 ms of its own, 8 of the other");
	xt_le_msg(t, s->d.n_decisions, 30, "decisions");
	sim_free(s);
}

/* It ends while nobody looks: that isn't the length of its work. */
XT_DEFINE(srtf_unseen_end_teaches_nothing_wrong)
{
	struct sim *s = ready(t);

	s->ent[0].silent = true;
	sim_remove(s, 0);
	sim_add(s, 0, 100 * US, 2);
	teach(s, 1, 1, 100);
	sim_work(s, 0, 10);
	sim_run(s, 300 * MS);
	xt_eq_msg(t, s->ent[0].e.state, XSCHED_STATE_RUNNING, "nobody knows");
	sim_work(s, 1, 100);
	sim_run(s, 20 * MS);
	xt_eq(t, s->ent[0].e.state, XSCHED_STATE_IDLE);
	xt_eq(t, s->ent[1].jobs_done, 2);
	sim_work(s, 1, 100);
	sim_work(s, 0, 10);
	xt_true_msg(t, runs(s, 0), "a timeslice is still expected of it, not 300 ms");
	sim_free(s);
}

XT_DEFINE(srtf_alone_is_left_alone)
{
	struct sim *s = ready(t);

	sim_work(s, 0, SIM_ENDLESS);
	sim_run(s, SIM_SECOND);
	xt_eq(t, s->n_ticks, 0);
	sim_free(s);
}

XT_SUITE(srtf_suite, "xsched_srtf",
	 XT_CASE(srtf_shorter_first),
	 XT_CASE(srtf_remaining_counts),
	 XT_CASE(srtf_learns),
	 XT_CASE(srtf_new_one),
	 XT_CASE(srtf_wrong_expectations_double),
	 XT_CASE(srtf_unseen_end_teaches_nothing_wrong),
	 XT_CASE(srtf_alone_is_left_alone));
