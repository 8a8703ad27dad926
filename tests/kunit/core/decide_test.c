// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Decisions: what becomes of policies that misbehave, and of those that don't.
 */
#include "../fixture.h"

static int answer_error(struct xsched_domain *d, u64 now_ns, u64 *next_ns)
{
	(void)d;
	(void)now_ns;
	(void)next_ns;
	return -ENOENT;
}

static int answer_nothing(struct xsched_domain *d, u64 now_ns, u64 *next_ns)
{
	(void)d;
	(void)now_ns;
	(void)next_ns;
	return 0;
}

static int hold_all(struct xsched_domain *d, u64 now_ns, u64 *next_ns)
{
	struct xsched_entity *e;

	(void)now_ns;
	(void)next_ns;
	xsched_list_for_each(e, &d->entities, in_domain)
		if (e->state != IDLE)
			xsched_mark_hold(e);
	return 0;
}

static int run_all(struct xsched_domain *d, u64 now_ns, u64 *next_ns)
{
	struct xsched_entity *e;

	(void)now_ns;
	(void)next_ns;
	xsched_list_for_each(e, &d->entities, in_domain)
		if (e->state != IDLE)
			xsched_mark_run(e);
	return 0;
}

static int run_the_idle(struct xsched_domain *d, u64 now_ns, u64 *next_ns)
{
	struct xsched_entity *e;

	(void)now_ns;
	(void)next_ns;
	xsched_list_for_each(e, &d->entities, in_domain)
		xsched_mark_run(e);
	return 0;
}

static int hold_the_idle(struct xsched_domain *d, u64 now_ns, u64 *next_ns)
{
	struct xsched_entity *e;

	run_all(d, now_ns, next_ns);
	xsched_list_for_each(e, &d->entities, in_domain)
		if (e->state == IDLE)
			xsched_mark_hold(e);
	return 0;
}

static int give_up(struct xsched_domain *d, u64 now_ns, u64 *next_ns)
{
	xsched_domain_fall_back(d, "too slow", now_ns);
	return run_all(d, now_ns, next_ns);
}

static void mark_on_enter(struct xsched_domain *d, struct xsched_entity *e, u64 now_ns)
{
	(void)d;
	(void)now_ns;
	xsched_mark_run(e);
}

static void mark_on_hint(struct xsched_domain *d, struct xsched_entity *e, u32 kind, s64 old,
			 u64 now_ns)
{
	(void)kind;
	(void)old;
	mark_on_enter(d, e, now_ns);
}

struct bad {
	const char *why;	/* expected */
	struct xsched_policy policy;
};

static const struct bad bads[] = {
	{ "decide failed with error -2", { .name = "bad", .decide = answer_error } },
	{ "ran none of 1 entities with work", { .name = "bad", .decide = answer_nothing } },
	{ "ran none of 1 entities with work", { .name = "bad", .decide = hold_all } },
	{ "marked entity 2, which has no work", { .name = "bad", .decide = run_the_idle } },
	{ "marked entity 2, which has no work", { .name = "bad", .decide = hold_the_idle } },
	{ "marked entity 1 outside of a decision",
	  { .name = "bad", .enter = mark_on_enter, .decide = run_all } },
	{ "marked entity 1 outside of a decision",
	  { .name = "bad", .leave = mark_on_enter, .decide = run_all } },
	{ "marked entity 1 outside of a decision",
	  { .name = "bad", .hint = mark_on_hint, .decide = run_all } },
	{ "too slow", { .name = "bad", .decide = give_up } },
};

static void expect_fallen(struct fx *f, const char *why)
{
	u32 i;

	xt_streq(f->t, f->d.fallback, why);
	xt_streq(f->t, f->d.policy->name, "none");
	xt_eq_msg(f->t, fx_count(f, FX_FELL_BACK, 0), 1, "%s", why);
	for (i = 0; i < 3; i++) {
		xt_eq_msg(f->t, fx_gate(f, i), XSCHED_GATE_OPEN, "%s: gate %u", why, i);
		xt_eq_msg(f->t, fx_notify(f, i), 0, "%s: notify %u", why, i);
	}
	xt_eq_msg(f->t, f->d.next_ns, XSCHED_NEVER, "%s", why);
}

XT_DEFINE(decide_misbehaving)
{
	u32 c;

	for (c = 0; c < ARRAY_SIZE(bads); c++) {
		struct fx *f = fx_contended(t, 3);

		xt_eq(t, fx_policy(f, &bads[c].policy), 0);
		fx_st(f, 0)->pending = 1;
		fx_kick(f, 0);
		fx_hint(f, 0, XSCHED_HINT_PRIORITY, 1);
		fx_st(f, 0)->pending = 0;
		fx_st(f, 0)->flags = XSCHED_STATUS_SYNCED;
		fx_kick(f, 0);
		fx_pass(f, MS);
		expect_fallen(f, bads[c].why);
		/* And a good one can take over. */
		xt_eq(t, fx_policy(f, &xsched_policy_hpf), 0);
		xt_streq(t, f->d.fallback, "");
		fx_ack(f, 0);
		fx_launch(f, 1);
		fx_end(f);
	}
}

/* All are held when the decision comes that leaves them so. */
XT_DEFINE(decide_nonsense_is_not_applied)
{
	static const struct xsched_policy holder = { .name = "holder", .decide = hold_all };
	struct fx *f = fx_contended(t, 3);

	fx_launch(f, 0);
	fx_launch(f, 1);
	f->n_log = 0;
	fx_policy(f, &holder);
	expect_fallen(f, "ran none of 2 entities with work");
	xt_eq(t, fx_count(f, FX_GATE, 0), 0);
	xt_eq(t, fx_last(f, FX_STATE, 0, DRAINING), -1);
	fx_end(f);
}

XT_DEFINE(decide_fall_back_from_outside)
{
	struct fx *f = fx_contended(t, 3);

	fx_hint(f, 1, XSCHED_HINT_PRIORITY, 1);
	fx_launch(f, 0);
	fx_launch(f, 1);
	f->n_log = 0;
	fx_fall_back(f, "took 3 ms");
	expect_fallen(f, "took 3 ms");
	/* none can't be thrown out */
	fx_fall_back(f, "again");
	expect_fallen(f, "took 3 ms");
	fx_end(f);
}

XT_DEFINE(decide_fall_back_of_an_open_domain)
{
	struct fx *f = fx_new(t);

	fx_add(f, 0, 1, 0);
	fx_fall_back(f, "%s %n not a format");
	xt_streq(t, f->d.fallback, "%s %n not a format");
	xt_streq(t, f->d.policy->name, "none");
	fx_end(f);
}

XT_DEFINE(decide_long_reason)
{
	struct fx *f = fx_new(t);
	char why[2 * XSCHED_REASON_LEN];

	memset(why, 'x', sizeof(why));
	why[sizeof(why) - 1] = '\0';
	fx_fall_back(f, why);
	xt_eq(t, strlen(f->d.fallback), XSCHED_REASON_LEN - 1);
	fx_end(f);
}

/* Asks to be called again at once, for ever. */
static int impatient(struct xsched_domain *d, u64 now_ns, u64 *next_ns)
{
	*next_ns = 0;
	return run_all(d, now_ns, next_ns);
}

XT_DEFINE(decide_impatient)
{
	static const struct xsched_policy policy = { .name = "impatient", .decide = impatient };
	struct fx *f = fx_contended(t, 2);
	u64 decisions;

	fx_policy(f, &policy);
	fx_launch(f, 0);
	xt_eq(t, f->d.next_ns, f->now + XSCHED_POLICY_MIN_NS);
	decisions = f->d.n_decisions;
	fx_pass(f, MS);
	xt_eq(t, f->d.n_decisions - decisions, MS / XSCHED_POLICY_MIN_NS);
	fx_complete(f, 0, 1);
	fx_st(f, 0)->flags = XSCHED_STATUS_SYNCED;
	fx_kick(f, 0);
	xt_eq_msg(t, f->d.next_ns, XSCHED_NEVER, "not while nobody has work");
	fx_end(f);
}

/* Takes turns by time: what a policy of 20 lines looks like. */
#define TURN	MS

static void turns_start_over(struct xsched_domain *d, struct xsched_entity *e, u64 now_ns)
{
	(void)e;
	d->policy_data[0] = now_ns;
}

static int take_turns(struct xsched_domain *d, u64 now_ns, u64 *next_ns)
{
	struct xsched_entity *e, *chosen = NULL;
	u64 turn = (now_ns - d->policy_data[0]) / TURN, n = 0;

	xsched_list_for_each(e, &d->entities, in_domain)
		if (e->state != IDLE && (n++ == turn % d->n_busy || !chosen))
			chosen = e;
	xsched_list_for_each(e, &d->entities, in_domain)
		if (e == chosen)
			xsched_mark_run(e);
		else if (e->state != IDLE)
			xsched_mark_hold(e);
	*next_ns = d->policy_data[0] + (turn + 1) * TURN;
	return 0;
}

XT_DEFINE(decide_by_time)
{
	static const struct xsched_policy turns = {
		.name = "turns", .enter = turns_start_over, .decide = take_turns,
	};
	struct fx *f = fx_contended(t, 3);
	u32 k, i;

	fx_policy(f, &turns);
	for (i = 0; i < 3; i++) {
		fx_st(f, i)->pending = 1;
		fx_kick(f, i);
	}
	fx_pass(f, 500 * US);
	for (k = 0; k < 9; k++) {
		for (i = 0; i < 3; i++)
			xt_eq_msg(t, fx_state(f, i) == RUNNING, i == k % 3, "turn %u, entity %u",
				  k, i);
		fx_pass(f, TURN);
	}
	fx_end(f);
}

/* Marks over and over: the last one counts. */
static int waver(struct xsched_domain *d, u64 now_ns, u64 *next_ns)
{
	struct xsched_entity *e;
	u32 k;

	(void)now_ns;
	(void)next_ns;
	xsched_list_for_each(e, &d->entities, in_domain) {
		if (e->state == IDLE)
			continue;
		for (k = 0; k < 5; k++) {
			xsched_mark_run(e);
			xsched_mark_hold(e);
		}
		if (e->id == 2 || d->n_busy == 1)
			xsched_mark_run(e);
	}
	return 0;
}

XT_DEFINE(decide_last_mark_counts)
{
	static const struct xsched_policy policy = { .name = "waver", .decide = waver };
	struct fx *f = fx_contended(t, 2);

	fx_policy(f, &policy);
	fx_launch(f, 0);
	fx_expect_running(f, 0, "alone");
	fx_launch(f, 1);
	fx_expect_running(f, 1, "marked last");
	fx_expect_stopped(f, 0, DRAINING, "held last");
	fx_end(f);
}

XT_DEFINE(decide_is_timed)
{
	struct fx *f = fx_contended(t, 2);
	u32 before = f->n_deciding & 0xffff;

	fx_launch(f, 0);
	xt_eq(t, (f->n_deciding & 0xffff) - before, 1);
	fx_end(f);
}

/* Six run, one above them comes; in each call so much is done, and the winner is last. */
static struct fx *late(struct xt *t)
{
	struct fx *f = fx_contended(t, 7);
	u32 i;

	for (i = 0; i < 6; i++)
		fx_launch(f, i);
	fx_hint(f, 6, XSCHED_HINT_PRIORITY, 1);
	f->d.apply_batch = 2;
	f->n_log = 0;
	xt_false(t, fx_launch(f, 6));
	return f;
}

static u32 n_held(struct fx *f)
{
	u32 i, n = 0;

	for (i = 0; i < 6; i++)
		n += fx_gate(f, i) == XSCHED_GATE_HELD;
	return n;
}

XT_DEFINE(decide_about_many_in_several_calls)
{
	struct fx *f = late(t);
	u32 calls;

	for (calls = 1; calls <= 3; calls++) {
		xt_eq(t, n_held(f), 2 * calls);
		xt_eq_msg(t, f->d.next_ns, f->now, "there is more to do");
		xt_eq_msg(t, fx_gate(f, 6) == XSCHED_GATE_OPEN, 0, "holds first");
		fx_tick(f);
	}
	fx_expect_running(f, 6, "in the last");
	xt_false(t, xsched_is_late(&f->d));
	fx_end(f);
}

/* What is decided meanwhile goes for what was decided before. */
XT_DEFINE(decide_again_meanwhile)
{
	struct fx *f = late(t);
	u32 i;

	fx_hint(f, 6, XSCHED_HINT_PRIORITY, -1);
	fx_remove(f, 5);
	for (i = 0; i < 8; i++)
		fx_tick(f);
	xt_false(t, xsched_is_late(&f->d));
	for (i = 0; i < 5; i++)
		fx_expect_running(f, i, "stays, or runs again");
	fx_expect_stopped(f, 6, READY, "is the lowest now");
	fx_end(f);
}

XT_DEFINE(decide_policy_goes_meanwhile)
{
	struct fx *f = late(t);
	u32 i;

	fx_policy(f, &xsched_policy_none);
	xt_false(t, xsched_is_late(&f->d));
	for (i = 0; i < 7; i++)
		xt_eq(t, fx_gate(f, i), XSCHED_GATE_OPEN);
	fx_end(f);
}

XT_SUITE(decide_suite, "xsched_decide",
	 XT_CASE(decide_about_many_in_several_calls),
	 XT_CASE(decide_again_meanwhile),
	 XT_CASE(decide_policy_goes_meanwhile),
	 XT_CASE(decide_misbehaving),
	 XT_CASE(decide_nonsense_is_not_applied),
	 XT_CASE(decide_fall_back_from_outside),
	 XT_CASE(decide_fall_back_of_an_open_domain),
	 XT_CASE(decide_long_reason),
	 XT_CASE(decide_impatient),
	 XT_CASE(decide_by_time),
	 XT_CASE(decide_last_mark_counts),
	 XT_CASE(decide_is_timed));
