// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Policies that the verifier finds nothing wrong with, and that do wrong: each in
 * the way of its name.
 */
#include "xsched.bpf.h"

/* Runs whoever has news, which is everybody sooner or later. */
static void run_news(struct xsched_domain *d)
{
	struct xsched_entity *e;

	xsched_for_each(news, e, d)
		xsched_bpf_mark_run(e);
}

XSCHED_DECIDE(run_all, d, now_ns)
{
	run_news(d);
	return 0;
}

XSCHED_DECIDE(give_up, d, now_ns)
{
	return -5;
}

XSCHED_POLICY(bad_error, .decide = (void *)give_up, .name = "bad_error");

XSCHED_START(no_start, d, now_ns)
{
	return -12;
}

XSCHED_POLICY(bad_start, .start = (void *)no_start, .decide = (void *)run_all,
	      .name = "bad_start");

XSCHED_DECIDE(hold_all, d, now_ns)
{
	struct xsched_entity *e;

	xsched_for_each(ready, e, d)
		xsched_bpf_mark_hold(e);
	return 0;
}

XSCHED_POLICY(bad_none, .decide = (void *)hold_all, .name = "bad_none");

XSCHED_ENTER(run_at_once, d, e, now_ns)
{
	xsched_bpf_mark_run(e);
}

XSCHED_POLICY(bad_enter, .enter = (void *)run_at_once, .decide = (void *)run_all,
	      .name = "bad_enter");

/* At that time the entity has no work any more. */
XSCHED_LEAVE(run_the_idle, d, e, now_ns)
{
	xsched_bpf_mark_run(e);
}

XSCHED_POLICY(bad_leave, .leave = (void *)run_the_idle, .decide = (void *)run_all,
	      .name = "bad_leave");

/* Milliseconds of work that the verifier sees the end of. */
static void dawdle(struct xsched_entity *e)
{
	u32 i;

	for (i = 0; i < 60000; i++)
		xsched_bpf_order(e, i);
}

XSCHED_DECIDE(decide_slowly, d, now_ns)
{
	struct xsched_entity *e = xsched_first(d);

	run_news(d);
	if (e)
		dawdle(e);
	xsched_bpf_call_at(d, now_ns);
	return 0;
}

XSCHED_POLICY(bad_slow, .decide = (void *)decide_slowly, .name = "bad_slow");

XSCHED_ENTER(enter_slowly, d, e, now_ns)
{
	dawdle(e);
}

XSCHED_POLICY(bad_slow_enter, .enter = (void *)enter_slowly, .decide = (void *)run_all,
	      .name = "bad_slow_enter");

/*
 * What it would take for a hundred entities is the time for a hundred million
 * steps, if nothing cut it short.
 */
XSCHED_DECIDE(walk_for_ever, d, now_ns)
{
	struct xsched_entity *a, *b, *c, *e;

	run_news(d);
	xsched_for_each(ready, a, d)
		xsched_for_each(ready, b, d)
			xsched_for_each(ready, c, d)
				xsched_for_each(ready, e, d)
					xsched_bpf_order(e, xsched_bpf_id(a));
	xsched_bpf_call_at(d, now_ns);
	return 0;
}

XSCHED_POLICY(bad_walk, .decide = (void *)walk_for_ever, .name = "bad_walk");

/* Asks for too much, and to be called at a time long gone; both are harmless. */
XSCHED_DECIDE(ask_too_much, d, now_ns)
{
	struct huge { u64 words[9]; } *huge = xsched_data_of_domain(struct huge, d);

	if (huge)
		return -7;
	run_news(d);
	xsched_bpf_call_at(d, 0);
	return 0;
}

XSCHED_POLICY(greedy, .decide = (void *)ask_too_much, .name = "greedy");
