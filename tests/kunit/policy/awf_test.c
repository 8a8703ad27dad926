// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * awf: the active window and the others.
 */
#include "../sim.h"

struct window {
	const char *what;
	s64 active[3];
	const char *order;	/* letters start, capitals finish */
	const char *running;
};

static const struct window windows[] = {
	{ "no active window", { 0, 0, 0 }, "abc", "abc" },
	{ "the active one runs alone", { 0, 1, 0 }, "abc", "b" },
	{ "two of the active process", { 0, 1, 1 }, "abc", "bc" },
	{ "idle, it holds nobody", { 0, 1, 0 }, "ac", "ac" },
	{ "finished, it holds nobody", { 0, 1, 0 }, "abcB", "ac" },
	{ "it comes back", { 0, 1, 0 }, "abcBb", "b" },
};

static struct sim *ready(struct xt *t)
{
	struct sim *s = sim_new(t, 3, &xsched_policy_awf);
	u32 i;

	for (i = 0; i < 3; i++) {
		s->ent[i].stops = true;
		sim_add(s, i, 100 * US, 2);
	}
	return s;
}

static void expect_running(struct xt *t, struct sim *s, const char *who, const char *what)
{
	u32 i;

	for (i = 0; i < 3; i++)
		xt_eq_msg(t, s->ent[i].e.state == XSCHED_STATE_RUNNING,
			  strchr(who, 'a' + i) != NULL, "%s: entity %c", what, 'a' + i);
}

XT_DEFINE(awf_windows)
{
	const char *step;
	u32 c, i;

	for (c = 0; c < ARRAY_SIZE(windows); c++) {
		struct sim *s = ready(t);

		for (i = 0; i < 3; i++)
			sim_hint(s, i, XSCHED_HINT_WINDOW, windows[c].active[i]);
		for (step = windows[c].order; *step; step++)
			if (*step >= 'a') {
				sim_work(s, *step - 'a', SIM_ENDLESS);
			} else {
				sim_withdraw(s, *step - 'A');
				sim_run(s, MS);
			}
		expect_running(t, s, windows[c].running, windows[c].what);
		sim_free(s);
	}
}

XT_DEFINE(awf_window_changes)
{
	struct sim *s = ready(t);
	u32 i;

	for (i = 0; i < 3; i++)
		sim_work(s, i, SIM_ENDLESS);
	sim_hint(s, 0, XSCHED_HINT_WINDOW, 1);
	expect_running(t, s, "a", "a becomes active");
	sim_hint(s, 2, XSCHED_HINT_WINDOW, 1);
	expect_running(t, s, "ac", "c too");
	sim_hint(s, 0, XSCHED_HINT_WINDOW, 0);
	expect_running(t, s, "c", "a no longer");
	sim_hint(s, 2, XSCHED_HINT_WINDOW, 0);
	expect_running(t, s, "abc", "nobody");
	sim_free(s);
}

XT_SUITE(awf_suite, "xsched_awf",
	 XT_CASE(awf_windows),
	 XT_CASE(awf_window_changes));
