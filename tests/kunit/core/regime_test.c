// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Who rules: policies change while entities are in any state, start and stop in
 * order, and leave nothing of theirs behind.
 */
#include "../fixture.h"

/* One that no built-in policy uses in an entity. */
#define LAST_WORD	(XSCHED_POLICY_WORDS - 1)

/* A policy that runs everybody and keeps a record of what it is told. */
static struct {
	u32 starts, stops, inside, n;
	int start_error;
} record;

static int recorder_start(struct xsched_domain *d, u64 now_ns)
{
	u32 i;

	(void)now_ns;
	for (i = 0; i < ARRAY_SIZE(d->policy_data); i++)
		record.n += d->policy_data[i] != 0;
	if (record.start_error)
		return record.start_error;
	record.starts++;
	d->policy_data[3] = 77;
	return 0;
}

static void recorder_stop(struct xsched_domain *d, u64 now_ns)
{
	(void)d;
	(void)now_ns;
	record.stops++;
}

static void recorder_enter(struct xsched_domain *d, struct xsched_entity *e, u64 now_ns)
{
	(void)d;
	(void)now_ns;
	record.n += e->policy_data[LAST_WORD] != 0;
	e->policy_data[LAST_WORD] = 1;
	record.inside++;
}

static void recorder_leave(struct xsched_domain *d, struct xsched_entity *e, u64 now_ns)
{
	(void)d;
	(void)now_ns;
	record.n += e->policy_data[LAST_WORD] != 1;
	e->policy_data[LAST_WORD] = 0;
	record.inside--;
}

static int recorder_decide(struct xsched_domain *d, u64 now_ns, u64 *next_ns)
{
	struct xsched_entity *e;

	(void)now_ns;
	(void)next_ns;
	record.n += record.inside != d->n_busy;
	xsched_list_for_each(e, &d->marked, in_mark)
		xsched_mark_run(e);
	return 0;
}

static const struct xsched_policy recorder = {
	.name = "recorder",
	.start = recorder_start,
	.stop = recorder_stop,
	.enter = recorder_enter,
	.leave = recorder_leave,
	.decide = recorder_decide,
};

static void clear_record(void)
{
	memset(&record, 0, sizeof(record));
}

XT_DEFINE(regime_enter_and_leave_pair)
{
	struct fx *f = fx_contended(t, 3);

	clear_record();
	fx_launch(f, 0);
	xt_eq(t, fx_policy(f, &recorder), 0);
	xt_eq(t, record.starts, 1);
	xt_eq_msg(t, record.inside, 1, "who had work enters");
	fx_launch(f, 1);
	fx_launch(f, 2);
	xt_eq(t, record.inside, 3);
	fx_remove(f, 2);
	xt_eq(t, record.inside, 2);
	xt_eq(t, fx_policy(f, &xsched_policy_hpf), 0);
	xt_eq(t, record.inside, 0);
	xt_eq(t, record.stops, 1);
	fx_e(f, 2)->policy_data[LAST_WORD] = 9;
	fx_e(f, 1)->policy_data[LAST_WORD] = 9;
	xt_eq(t, fx_policy(f, &recorder), 0);
	xt_eq_msg(t, record.inside, 2, "all over again, with clean data");
	fx_remove(f, 1);
	xt_eq_msg(t, record.inside, 0, "open: nobody is its business");
	xt_eq(t, record.stops, 1);
	xt_eq_msg(t, record.n, 0, "callbacks in order");
	fx_end(f);
	xt_eq(t, record.stops, 2);
}

XT_DEFINE(regime_start_fails)
{
	struct fx *f = fx_contended(t, 2);

	clear_record();
	record.start_error = -ENOMEM;
	fx_launch(f, 0);
	xt_eq(t, fx_policy(f, &recorder), -ENOMEM);
	xt_streq(t, f->d.policy->name, "none");
	xt_streq(t, f->d.fallback, "start failed with error -12");
	xt_eq(t, fx_count(f, FX_FELL_BACK, 0), 1);
	xt_eq(t, fx_gate(f, 0), XSCHED_GATE_OPEN);
	xt_eq(t, fx_notify(f, 0), 0);
	xt_eq(t, record.stops, 0);
	xt_eq(t, record.inside, 0);
	fx_end(f);
}

XT_DEFINE(regime_refuses_a_bad_table)
{
	static const struct xsched_policy bad = { .name = "no decide" };
	struct fx *f = fx_contended(t, 2);

	fx_launch(f, 0);
	f->n_log = 0;
	xt_eq(t, fx_policy(f, &bad), -EINVAL);
	xt_eq(t, fx_policy(f, NULL), -EINVAL);
	xt_streq(t, f->d.policy->name, "hpf");
	xt_eq(t, f->n_log, 0);
	fx_end(f);
}

/* Entity 0 is held, 1 runs, 2 waits, 3 is idle; then the policy changes. */
static struct fx *mixed(struct xt *t)
{
	struct fx *f = fx_contended(t, 4);

	fx_hint(f, 1, XSCHED_HINT_PRIORITY, 5);
	fx_launch(f, 0);
	fx_launch(f, 1);
	fx_launch(f, 2);
	fx_expect_stopped(f, 0, DRAINING, "before");
	fx_expect_stopped(f, 2, READY, "before");
	return f;
}

XT_DEFINE(regime_hpf_to_none_and_back)
{
	struct fx *f = mixed(t);
	u32 i;

	xt_eq(t, fx_policy(f, &xsched_policy_none), 0);
	for (i = 0; i < 4; i++) {
		xt_eq(t, fx_gate(f, i), XSCHED_GATE_OPEN);
		xt_eq(t, fx_notify(f, i), 0);
	}
	f->n_log = 0;
	xt_eq(t, fx_policy(f, &xsched_policy_hpf), 0);
	for (i = 0; i < 4; i++)
		xt_eq_msg(t, fx_count(f, FX_TRACK, i), 1, "entity %u is asked", i);
	fx_expect_running(f, 1, "on top");
	for (i = 0; i < 4; i++) {
		fx_resume(f, i);
		fx_ack(f, i);
	}
	fx_expect_running(f, 1, "on top");
	xt_true(t, fx_state(f, 0) != RUNNING && fx_state(f, 2) != RUNNING);
	fx_end(f);
}

XT_DEFINE(regime_hpf_to_hpf)
{
	struct fx *f = mixed(t);
	u64 flips = f->d.n_flips;

	xt_eq(t, fx_policy(f, &xsched_policy_hpf), 0);
	fx_expect_running(f, 1, "still");
	fx_expect_stopped(f, 0, DRAINING, "still");
	xt_eq_msg(t, f->d.n_flips, flips, "no gate moved");
	fx_end(f);
}

XT_DEFINE(regime_to_one_that_runs_all)
{
	struct fx *f = mixed(t);

	clear_record();
	xt_eq(t, fx_policy(f, &recorder), 0);
	fx_expect_running(f, 0, "all run");
	fx_expect_running(f, 1, "all run");
	fx_expect_running(f, 2, "all run");
	fx_expect_idle(f, 3, "no work");
	xt_eq(t, record.n, 0);
	fx_end(f);
}

XT_DEFINE(regime_accounts_outlive_policies)
{
	struct fx *f = mixed(t);
	struct xsched_account before, after;

	f->now += MS;
	fx_tick(f);
	xsched_entity_account(fx_e(f, 1), f->now, &before);
	fx_policy(f, &xsched_policy_none);
	xsched_entity_account(fx_e(f, 1), f->now, &after);
	xt_eq(t, memcmp(&before, &after, sizeof(before)), 0);
	xt_true(t, after.run_ns >= MS);
	fx_end(f);
}

/* An open policy with callbacks of its own: it is told nothing. */
XT_DEFINE(regime_open_policy_is_told_nothing)
{
	static const struct xsched_policy open_recorder = {
		.name = "open-recorder", .open = true, .start = recorder_start,
		.stop = recorder_stop, .enter = recorder_enter, .leave = recorder_leave,
	};
	struct fx *f = mixed(t);

	clear_record();
	xt_eq(t, fx_policy(f, &open_recorder), 0);
	fx_kick(f, 0);
	fx_remove(f, 0);
	xt_eq(t, record.inside, 0);
	xt_eq(t, record.n, 0);
	fx_end(f);
}

/* Processes are told whether being held means being outranked. */
XT_DEFINE(regime_says_whether_it_goes_by_turns)
{
	struct fx *f = fx_contended(t, 2);

	xt_eq(t, f->ent[0].ctl.turns, 0);
	xt_eq(t, fx_policy(f, &xsched_policy_pup), 0);
	xt_eq(t, f->ent[0].ctl.turns, 1);
	xt_eq(t, f->ent[1].ctl.turns, 1);
	xt_eq(t, fx_policy(f, &xsched_policy_hpf), 0);
	xt_eq(t, f->ent[0].ctl.turns, 0);
	xt_eq(t, fx_policy(f, &xsched_policy_pup), 0);
	fx_remove(f, 1);
	xt_eq_msg(t, f->ent[0].ctl.turns, 0, "alone");
	fx_end(f);
}

/* And whether they have company when they run. */
XT_DEFINE(regime_says_who_runs_together)
{
	struct fx *f = fx_contended(t, 3);

	fx_hint(f, 2, XSCHED_HINT_PRIORITY, 5);
	fx_launch(f, 0);
	xt_eq_msg(t, f->ent[0].ctl.turns, 0, "the first");
	fx_launch(f, 1);
	xt_eq_msg(t, f->ent[1].ctl.turns, XSCHED_TURNS_TOGETHER, "beside it");
	fx_launch(f, 2);
	xt_eq_msg(t, f->ent[2].ctl.turns, XSCHED_TURNS_OVER, "above both");
	f->ent[2].st[0].flags = XSCHED_STATUS_SYNCED;
	fx_complete(f, 2, 1);
	fx_kick(f, 2);
	xt_eq_msg(t, f->ent[0].ctl.gate, XSCHED_GATE_OPEN, "again");
	xt_eq_msg(t, f->ent[0].ctl.turns, XSCHED_TURNS_TOGETHER, "both again");
	xt_eq_msg(t, f->ent[1].ctl.turns, XSCHED_TURNS_TOGETHER, "both again");
	fx_end(f);
}

XT_SUITE(regime_suite, "xsched_regime",
	 XT_CASE(regime_enter_and_leave_pair),
	 XT_CASE(regime_start_fails),
	 XT_CASE(regime_refuses_a_bad_table),
	 XT_CASE(regime_hpf_to_none_and_back),
	 XT_CASE(regime_hpf_to_hpf),
	 XT_CASE(regime_to_one_that_runs_all),
	 XT_CASE(regime_accounts_outlive_policies),
	 XT_CASE(regime_open_policy_is_told_nothing),
	 XT_CASE(regime_says_whether_it_goes_by_turns), XT_CASE(regime_says_who_runs_together));
