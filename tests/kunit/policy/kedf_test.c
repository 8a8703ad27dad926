// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * kedf: who has the slots, and that nobody has one for nothing.
 */
#include "../sim.h"

#define N	5

static struct sim *ready(struct xt *t, u32 k)
{
	struct sim *s = sim_new(t, N, &xsched_policy_kedf);
	u32 i;

	s->d.tun.k = k;
	for (i = 0; i < N; i++) {
		s->ent[i].stops = true;
		sim_add(s, i, 100 * US, 2);
	}
	return s;
}

struct slots {
	const char *what;
	u32 k;
	s64 deadline_ms[N];	/* 0: none */
	s64 hint_k[N];
	const char *order;	/* letters start, capitals finish */
	const char *running;
};

static const struct slots slots[] = {
	{ "one slot", 1, { 30, 20, 10 }, { 0 }, "abc", "c" },
	{ "two slots", 2, { 30, 20, 10 }, { 0 }, "abc", "bc" },
	{ "enough slots", 4, { 30, 20, 10 }, { 0 }, "abc", "abc" },
	{ "a slot becomes free", 2, { 30, 20, 10 }, { 0 }, "abcC", "ab" },
	{ "all slots become free", 2, { 30, 20, 10 }, { 0 }, "abcCB", "a" },
	{ "an idle one holds no slot", 1, { 0, 20, 10 }, { 0 }, "acC", "a" },
	{ "without a deadline takes what is left", 2, { 0, 20, 0 }, { 0 }, "abc", "ab" },
	{ "without a deadline gives way", 2, { 0, 0, 20, 30 }, { 0 }, "abcd", "cd" },
	{ "the first says how many", 1, { 10, 20, 30 }, { 3, 0, 0 }, "abc", "abc" },
	{ "another doesn't", 1, { 10, 20, 30 }, { 0, 3, 3 }, "abc", "a" },
	{ "the next first says", 1, { 10, 20, 30 }, { 0, 2, 0 }, "abcA", "bc" },
	{ "fewer than the device allows", 3, { 10, 20, 30 }, { 1, 0, 0 }, "abc", "a" },
	{ "all of five, in any order", 3, { 50, 10, 40, 20, 30 }, { 0 }, "cadeb", "bde" },
	{ "equals in order of coming", 2, { 10, 10, 10 }, { 0 }, "cab", "ac" },
};

XT_DEFINE(kedf_slots)
{
	const char *step;
	u32 c, i;

	for (c = 0; c < ARRAY_SIZE(slots); c++) {
		struct sim *s = ready(t, slots[c].k);

		for (i = 0; i < N; i++) {
			s64 ms = slots[c].deadline_ms[i];

			sim_hint(s, i, XSCHED_HINT_DEADLINE, ms ? ms * 1000 : -1);
			sim_hint(s, i, XSCHED_HINT_K, slots[c].hint_k[i]);
		}
		for (step = slots[c].order; *step; step++)
			if (*step >= 'a')
				sim_work(s, *step - 'a', SIM_ENDLESS);
			else
				sim_withdraw(s, *step - 'A'), sim_run(s, MS);
		for (i = 0; i < N; i++)
			xt_eq_msg(t, s->ent[i].e.state == XSCHED_STATE_RUNNING,
				  strchr(slots[c].running, 'a' + i) != NULL, "%s: entity %c",
				  slots[c].what, 'a' + i);
		sim_free(s);
	}
}

/* XSched: with the slot of an idle entity nobody without a deadline ever ran. */
XT_DEFINE(kedf_idle_entity_in_a_slot)
{
	struct sim *s = ready(t, 1);

	s->ent[0].silent = true;
	sim_remove(s, 0);
	sim_add(s, 0, 100 * US, 2);
	sim_hint(s, 0, XSCHED_HINT_DEADLINE, 1000);
	sim_work(s, 0, 3);
	sim_work(s, 1, SIM_ENDLESS);
	xt_eq(t, s->ent[0].e.state, XSCHED_STATE_RUNNING);
	sim_run(s, MS);
	xt_eq_msg(t, s->ent[1].e.state, XSCHED_STATE_RUNNING, "found idle, though it said nothing");
	xt_eq(t, s->ent[0].e.state, XSCHED_STATE_IDLE);
	sim_free(s);
}

XT_DEFINE(kedf_last_slot_goes_round)
{
	struct sim *s = ready(t, 2);
	u32 i;

	sim_hint(s, 0, XSCHED_HINT_DEADLINE, 1000000000);
	for (i = 0; i < 4; i++)
		sim_work(s, i, SIM_ENDLESS);
	sim_run(s, 300 * MS);
	xt_eq(t, s->ent[0].served_ns, 150 * MS);
	for (i = 1; i < 4; i++)
		xt_eq_msg(t, s->ent[i].served_ns, 50 * MS, "entity %u", i);
	xt_eq(t, s->d.n_running, 2);
	sim_free(s);
}

XT_DEFINE(kedf_k_is_a_tunable)
{
	struct sim *s = ready(t, 1);
	u32 i;

	for (i = 0; i < N; i++)
		sim_work(s, i, SIM_ENDLESS);
	xt_eq(t, s->d.n_running, 1);
	s->d.tun.k = 3;
	sim_retune(s);
	xt_eq(t, s->d.n_running, 3);
	s->d.tun.k = 2;
	sim_retune(s);
	xt_eq(t, s->d.n_running, 2);
	s->d.tun.k = 1000000;
	sim_retune(s);
	xt_eq(t, s->d.n_running, N);
	s->d.tun.k = 0;
	sim_retune(s);
	xt_eq_msg(t, s->d.n_running, 1, "at least one");
	sim_free(s);
}

XT_SUITE(kedf_suite, "xsched_kedf",
	 XT_CASE(kedf_slots),
	 XT_CASE(kedf_idle_entity_in_a_slot),
	 XT_CASE(kedf_last_slot_goes_round),
	 XT_CASE(kedf_k_is_a_tunable));
