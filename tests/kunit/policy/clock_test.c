// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Every policy when the clock steps: back (an event older than the last is taken for as
 * new as that) or an hour on. What was running goes on, and shares come right.
 */
#include "../sim.h"

#define HOUR	(3600 * SIM_SECOND)

static struct sim *busy(struct xt *t, const struct xsched_policy *p, u64 command_ns, bool all)
{
	struct sim *s = sim_new(t, 3, p);
	u32 i;

	for (i = 0; i < 3; i++) {
		s->ent[i].stops = true;
		sim_add(s, i, command_ns, 2);
		sim_hint(s, i, XSCHED_HINT_DEADLINE, 10000);
		sim_hint(s, i, XSCHED_HINT_LAXITY, 10000);
		if (all)
			sim_work(s, i, SIM_ENDLESS);
	}
	return s;
}

static void expect_all_served(struct xt *t, struct sim *s, const char *what)
{
	u64 before_ns[3], least_ns = XSCHED_NEVER;
	u32 i;

	for (i = 0; i < 3; i++)
		before_ns[i] = s->ent[i].served_ns;
	sim_run(s, SIM_SECOND);
	for (i = 0; i < 3; i++)
		least_ns = xsched_min_u64(least_ns, s->ent[i].served_ns - before_ns[i]);
	/* Priorities are equal; srtf alone prefers who is believed to be done first. */
	if (s->d.policy != &xsched_policy_srtf && sim_knows_policy(s->d.policy))
		xt_le_msg(t, 200 * MS, least_ns, "%s: the least served, %s", s->d.policy->name, what);
	xt_streq(t, sim_fault(s), "");
}

XT_DEFINE(clock_steps_back)
{
	const struct xsched_policy *const *p;
	xt_flags_t flags;
	u64 now_ns;
	u32 k;

	for (p = xsched_policies; *p; p++) {
		struct sim *s = busy(t, *p, 100 * US, true);

		sim_run(s, 100 * MS);
		for (k = 0; k < 50; k++) {
			now_ns = s->d.now_ns;
			xt_lock(&s->d.lock, flags);
			xsched_domain_kick(&s->d, &s->ent[k % 3].e, s->now - k * MS);
			xt_unlock(&s->d.lock, flags);
			xt_le_msg(t, now_ns, s->d.now_ns, "%s", (*p)->name);
			sim_run(s, MS);
		}
		expect_all_served(t, s, "after steps back");
		sim_free(s);
	}
}

/* An hour at once, at somebody's expense: it pays, but not with an hour. */
XT_DEFINE(clock_steps_an_hour_on)
{
	const struct xsched_policy *const *p;
	u64 decisions;

	for (p = xsched_policies; *p; p++) {
		struct sim *s = busy(t, *p, 20 * MS, true);

		sim_run(s, 100 * MS);
		decisions = s->d.n_decisions;
		s->now += HOUR;
		sim_run(s, MS);
		xt_le_msg(t, s->d.n_decisions - decisions, 60, "%s: decisions", (*p)->name);
		sim_run(s, 40 * SIM_SECOND);
		expect_all_served(t, s, "after an hour's step");
		sim_free(s);
	}
}

/* An hour alone earns and costs nothing. */
XT_DEFINE(clock_an_hour_alone)
{
	const struct xsched_policy *const *p;

	for (p = xsched_policies; *p; p++) {
		struct sim *s = busy(t, *p, 100 * US, false);

		sim_work(s, 0, SIM_ENDLESS);
		s->now += HOUR;
		sim_work(s, 1, SIM_ENDLESS);
		sim_work(s, 2, SIM_ENDLESS);
		sim_run(s, 100 * MS);
		expect_all_served(t, s, "after an hour alone");
		sim_free(s);
	}
}

XT_SUITE(clock_suite, "xsched_clock",
	 XT_CASE(clock_steps_back),
	 XT_CASE(clock_steps_an_hour_on),
	 XT_CASE(clock_an_hour_alone));
