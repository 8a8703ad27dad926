// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Policies replaced under load, thousands of times, from each one to each: no work, hint
 * or account is lost, and nobody's gate is wrong.
 */
#include "../sim.h"

#ifdef __KERNEL__
#include <linux/moduleparam.h>
#endif

#define N		12
#define POLICIES	64

static unsigned int switches = 60000;
#ifdef __KERNEL__
module_param(switches, uint, 0444);
MODULE_PARM_DESC(switches, "how many times the policy is replaced under load (60000)");
#endif

struct load {
	struct xt *t;
	u64 dice;
	u64 given[N];		/* commands */
	s64 hint[N][XSCHED_HINT_MAX_KIND + 1];
	bool covered[POLICIES][POLICIES];
};

static u32 roll(struct load *l, u32 sides)
{
	l->dice ^= l->dice << 13;
	l->dice ^= l->dice >> 7;
	l->dice ^= l->dice << 17;
	return (u32)(l->dice >> 33) % sides;
}

static void come(struct sim *s, struct load *l, u32 i)
{
	static const u32 kinds[] = {
		XSCHED_HINT_PRIORITY, XSCHED_HINT_UTILIZATION, XSCHED_HINT_DEADLINE,
		XSCHED_HINT_LAXITY, XSCHED_HINT_CRIT_PRIO, XSCHED_HINT_WINDOW, XSCHED_HINT_K,
	};
	u32 k;

	s->ent[i].stops = i % 2;
	s->ent[i].silent = i % 3 == 0;
	sim_add(s, i, (1 + i) * 20 * US, 2);
	s->ent[i].e.process = 1 + i / 2;
	for (k = 0; k < ARRAY_SIZE(kinds); k++) {
		s64 value = kinds[k] == XSCHED_HINT_WINDOW ? i % 2 : (s64)roll(l, 5);

		sim_hint(s, i, kinds[k], value);
		l->hint[i][kinds[k]] = value;
	}
	l->hint[i][XSCHED_HINT_TIMESLICE] = s->ent[i].e.hint[XSCHED_HINT_TIMESLICE];
	l->hint[i][XSCHED_HINT_LAX_PRIO] = s->ent[i].e.hint[XSCHED_HINT_LAX_PRIO];
}

static void work(struct sim *s, struct load *l)
{
	u32 i = roll(l, N), commands = 1 + roll(l, 12);

	if (s->ent[i].to_come < 50) {
		sim_work(s, i, commands);
		l->given[i] += commands;
	}
	sim_run(s, roll(l, 4) ? roll(l, 100 * US) : roll(l, MS));
}

static void expect_hints(struct load *l, const struct sim *s)
{
	u32 i;

	for (i = 0; i < N; i++)
		xt_eq_msg(l->t, memcmp(l->hint[i], s->ent[i].e.hint, sizeof(l->hint[i])), 0,
			  "hints of entity %u", i + 1);
}

static void change(struct sim *s, struct load *l, u32 from, u32 to)
{
	struct xsched_account before[N], after;
	u32 i;

	for (i = 0; i < N; i++)
		xsched_entity_account(&s->ent[i].e, s->now, &before[i]);
	sim_policy(s, xsched_policies[to]);
	for (i = 0; i < N; i++) {
		xsched_entity_account(&s->ent[i].e, s->now, &after);
		xt_eq_msg(l->t, after.run_ns + after.wait_ns + after.held_ns + after.open_ns,
			  before[i].run_ns + before[i].wait_ns + before[i].held_ns +
			  before[i].open_ns, "times of entity %u", i + 1);
		xt_eq_msg(l->t, after.used_ns, before[i].used_ns, "use of entity %u", i + 1);
		xt_le_msg(l->t, before[i].runs, after.runs, "runs of entity %u", i + 1);
	}
	xt_true(l->t, s->d.policy == xsched_policies[to]);
	xt_streq(l->t, sim_fault(s), "");
	l->covered[from][to] = true;
	if (xt_failed(l->t))
		xt_eq_msg(l->t, 0, 1, "from %s to %s", xsched_policies[from]->name,
			  xsched_policies[to]->name);
}

static void expect_all_done(struct load *l, struct sim *s)
{
	u32 i;

	sim_run(s, 2 * SIM_SECOND);
	for (i = 0; i < N; i++) {
		xt_eq_msg(l->t, sim_has_work(&s->ent[i]), false, "entity %u has work left", i + 1);
		xt_eq_msg(l->t, s->ent[i].st.completed, l->given[i], "commands of entity %u", i + 1);
	}
	xt_eq(l->t, s->n_fell_back, 0);
}

/* 0-1, 1-0, 0-2, 2-0 and so on: each ordered pair in n * n steps. */
static u32 nth(u32 step, u32 n)
{
	u32 pair = step / 2 % (n * n);

	return step % 2 ? pair % n : pair / n;
}

XT_DEFINE(switch_under_load)
{
	struct load *l = xt_alloc(t, sizeof(*l));
	struct sim *s = sim_new(t, N, xsched_policies[0]);
	u32 n = 0, k, i, from = 0;

	while (xsched_policies[n])
		n++;
	xt_le_msg(t, n, POLICIES, "policies");
	l->t = t;
	l->dice = 88172645463325252ULL;
	for (i = 0; i < N; i++)
		come(s, l, i);
	for (k = 0; k < switches && !xt_failed(t); k++) {
		work(s, l);
		change(s, l, from, nth(k, n));
		from = nth(k, n);
		if (k % 1000 == 0)
			expect_hints(l, s);
	}
	for (i = 0; switches >= 2 * n * n && i < n * n; i++)
		xt_true_msg(t, l->covered[i / n][i % n], "from %s to %s",
			    xsched_policies[i / n]->name, xsched_policies[i % n]->name);
	expect_hints(l, s);
	expect_all_done(l, s);
	sim_free(s);
}

/* Commands of 10 s that can't be stopped, of which several are under way when the policy
 * changes: it decides 2000 times a second at most, not as fast as the timer can. */
XT_DEFINE(switch_while_nothing_ends)
{
	const struct xsched_policy *const *from, *const *to;
	u64 decisions;
	u32 i;

	for (from = xsched_policies; *from; from++)
		for (to = xsched_policies; *to; to++) {
			struct sim *s = sim_new(t, 6, *from);

			for (i = 0; i < 6; i++) {
				s->ent[i].silent = true;
				sim_add(s, i, 10 * SIM_SECOND, 1);
				sim_hint(s, i, XSCHED_HINT_PRIORITY, i % 3);
			}
			sim_run(s, MS);
			for (i = 0; i < 6; i++)
				if (i != 2)
					sim_work(s, i, 3);
			sim_run(s, 5 * MS);
			sim_policy(s, *to);
			decisions = s->d.n_decisions;
			sim_run(s, 100 * MS);
			xt_le_msg(t, s->d.n_decisions - decisions, 210, "from %s to %s",
				  (*from)->name, (*to)->name);
			xt_streq(t, sim_fault(s), "");
			sim_free(s);
		}
}

XT_SUITE(switch_suite, "xsched_switch",
	 XT_CASE(switch_under_load),
	 XT_CASE(switch_while_nothing_ends));
