// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * chpf: the CPU's priorities, as they are and as they change.
 */
#include "../sim.h"

#define N	40

static s32 nice[N];	/* set by a case: what the processes have */

static s32 cpu_priority(struct xsched_entity *e)
{
	return xsched_cpu_priority(nice[e->id - 1], 0);
}

static struct sim *ready(struct xt *t, u32 n)
{
	struct sim *s = sim_new(t, n, &xsched_policy_chpf);
	u32 i;

	s->cpu_priority = cpu_priority;
	for (i = 0; i < n; i++) {
		nice[i] = 0;
		s->ent[i].stops = true;
		sim_add(s, i, 100 * US, 2);
	}
	return s;
}

XT_DEFINE(chpf_follows_nice)
{
	struct sim *s = ready(t, 3);
	u32 i;

	nice[0] = 10;
	nice[1] = -5;
	nice[2] = -5;
	for (i = 0; i < 3; i++)
		sim_work(s, i, SIM_ENDLESS);
	xt_eq(t, s->ent[0].e.state == XSCHED_STATE_RUNNING, false);
	xt_eq_msg(t, s->d.n_running, 2, "equals together");
	sim_withdraw(s, 1);
	sim_withdraw(s, 2);
	sim_run(s, MS);
	xt_eq(t, s->ent[0].e.state, XSCHED_STATE_RUNNING);
	sim_free(s);
}

/* The priority hint is not what counts. */
XT_DEFINE(chpf_ignores_the_hint)
{
	struct sim *s = ready(t, 2);

	sim_hint(s, 0, XSCHED_HINT_PRIORITY, 255);
	nice[1] = -1;
	sim_work(s, 0, SIM_ENDLESS);
	sim_work(s, 1, SIM_ENDLESS);
	xt_eq(t, s->ent[1].e.state, XSCHED_STATE_RUNNING);
	xt_eq(t, s->d.n_running, 1);
	sim_free(s);
}

/* Nobody says that a process was reniced. */
XT_DEFINE(chpf_notices_renice)
{
	struct sim *s = ready(t, 2);

	nice[0] = -1;
	sim_work(s, 0, SIM_ENDLESS);
	sim_work(s, 1, SIM_ENDLESS);
	sim_run(s, 20 * MS);
	nice[1] = -10;
	sim_run(s, s->d.tun.timeslice_ns);
	xt_eq(t, s->ent[1].e.state, XSCHED_STATE_RUNNING);
	xt_eq(t, s->d.n_running, 1);
	nice[1] = 19;
	sim_run(s, s->d.tun.timeslice_ns);
	xt_eq(t, s->ent[0].e.state, XSCHED_STATE_RUNNING);
	xt_eq(t, s->d.n_running, 1);
	sim_free(s);
}

/* Of many a few are looked up at a time; all of them in the end. */
XT_DEFINE(chpf_notices_renice_among_many)
{
	struct sim *s = ready(t, N);
	u64 decisions;
	u32 i;

	for (i = 0; i < N; i++)
		sim_work(s, i, SIM_ENDLESS);
	sim_run(s, 10 * MS);
	nice[N / 2] = -20;
	decisions = s->d.n_decisions;
	sim_run(s, N / 8 * s->d.tun.timeslice_ns);
	xt_eq(t, s->ent[N / 2].e.state, XSCHED_STATE_RUNNING);
	xt_eq(t, s->d.n_running, 1);
	xt_le_msg(t, s->d.n_decisions - decisions, N / 8 + 1, "decisions");
	sim_free(s);
}

XT_DEFINE(chpf_without_a_source)
{
	struct sim *s = ready(t, 2);

	s->cpu_priority = NULL;
	sim_work(s, 0, SIM_ENDLESS);
	sim_work(s, 1, SIM_ENDLESS);
	xt_eq_msg(t, s->d.n_running, 2, "all alike");
	sim_free(s);
}

XT_SUITE(chpf_suite, "xsched_chpf",
	 XT_CASE(chpf_follows_nice),
	 XT_CASE(chpf_ignores_the_hint),
	 XT_CASE(chpf_notices_renice),
	 XT_CASE(chpf_notices_renice_among_many),
	 XT_CASE(chpf_without_a_source));
