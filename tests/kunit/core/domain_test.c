// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * The domain: entities come and go in any state, alone and in company, at any
 * time the clock shows.
 */
#include "../fixture.h"

XT_DEFINE(domain_alone_nobody_calls)
{
	struct fx *f = fx_new(t);
	u32 i;

	fx_add(f, 0, 2, 0);
	f->n_log = 0;
	for (i = 0; i < 100; i++) {
		xt_true(t, fx_launch(f, 0));
		fx_complete(f, 0, 1);
		f->now += MS;
	}
	fx_kick(f, 0);
	fx_tick(f);
	xt_eq(t, f->n_log, 0);
	xt_eq(t, fx_notify(f, 0), 0);
	xt_eq(t, f->d.next_ns, XSCHED_NEVER);
	xt_eq(t, f->ent[0].ctl.budget_us, f->d.tun.idle_budget_us);
	fx_end(f);
}

XT_DEFINE(domain_second_entity_closes_it)
{
	struct fx *f = fx_new(t);

	fx_add(f, 0, 1, 0);
	fx_launch(f, 0);
	fx_add(f, 1, 1, 0);
	/* It may be running, nobody knows: open, and asked. */
	fx_expect_running(f, 0, "untracked");
	xt_false(t, fx_e(f, 0)->tracked);
	xt_eq(t, f->ent[0].ctl.track_seq, 1);
	xt_eq(t, fx_count(f, FX_TRACK, 0), 1);
	fx_expect_idle(f, 1, "new");
	xt_eq(t, fx_count(f, FX_TRACK, 1), 0);
	xt_eq(t, f->ent[0].ctl.budget_us, f->d.tun.budget_us);
	fx_ack(f, 0);
	fx_expect_running(f, 0, "tracked, works");
	fx_complete(f, 0, 1);
	fx_st(f, 0)->flags = XSCHED_STATUS_SYNCED;
	fx_kick(f, 0);
	fx_expect_idle(f, 0, "done");
	fx_end(f);
}

XT_DEFINE(domain_queueless_entity_is_idle_at_once)
{
	struct fx *f = fx_new(t);

	fx_add(f, 0, 0, 0);
	fx_add(f, 1, 0, 0);
	fx_expect_idle(f, 0, "first");
	fx_expect_idle(f, 1, "second");
	xt_eq(t, f->d.next_ns, XSCHED_NEVER);
	fx_end(f);
}

XT_DEFINE(domain_entity_with_queues_joins)
{
	struct fx *f = fx_contended(t, 2);

	/* Leaves, and comes back with its queue and with work. */
	fx_remove(f, 0);
	fx_add(f, 2, 1, 0);
	fx_launch(f, 0);
	xsched_entity_init(fx_e(f, 3), 4, 0, &f->ent[3].ctl);
	f->ent[3].q[0].st = &f->ent[3].st[0];
	f->ent[3].st[0].submitted = 3;
	f->ent[3].st[0].completed = 2;
	xsched_entity_add_queue(fx_e(f, 3), &f->ent[3].q[0], f->now);
	{
		xt_flags_t flags;

		xt_lock(&f->d.lock, flags);
		xsched_domain_add(&f->d, fx_e(f, 3), f->now);
		xt_unlock(&f->d.lock, flags);
	}
	fx_check(f);
	fx_expect_running(f, 3, "came with work");
	xt_false(t, fx_e(f, 3)->tracked);
	fx_ack(f, 3);
	xt_true(t, fx_e(f, 3)->tracked);
	fx_end(f);
}

/* A process that never answers counts as busy; who has a higher priority still runs. */
XT_DEFINE(domain_silent_process_counts_as_busy)
{
	struct fx *f = fx_new(t);

	fx_add(f, 0, 1, 0);
	fx_add(f, 1, 1, 0);
	fx_add(f, 2, 1, 0);
	fx_hint(f, 0, XSCHED_HINT_PRIORITY, 5);
	fx_hint(f, 2, XSCHED_HINT_PRIORITY, 9);
	fx_launch(f, 1);
	fx_expect_stopped(f, 1, READY, "below the silent one");
	xt_eq_msg(t, f->d.next_ns, XSCHED_NEVER, "only its answer can change that");
	fx_pass(f, 10000 * MS);
	fx_expect_stopped(f, 1, READY, "still");
	fx_expect_running(f, 0, "silent");
	fx_launch(f, 2);
	fx_expect_running(f, 2, "above it");
	/* Its words say that nothing is in flight: quiet, though busy. */
	fx_expect_stopped(f, 0, HELD, "silent one stopped");
	fx_end(f);
}

XT_DEFINE(domain_silent_process_ages_others_in)
{
	struct fx *f = fx_new(t);

	f->d.tun.aging_ns = 20 * MS;
	fx_add(f, 0, 1, 0);
	fx_add(f, 1, 1, 0);
	fx_hint(f, 0, XSCHED_HINT_PRIORITY, 5);
	fx_launch(f, 1);
	fx_pass(f, 19 * MS);
	fx_expect_stopped(f, 1, READY, "not yet");
	fx_pass(f, 1 * MS);
	fx_expect_running(f, 1, "aged");
	fx_end(f);
}

XT_DEFINE(domain_slow_process_answers_at_last)
{
	struct fx *f = fx_new(t);

	fx_add(f, 0, 1, 0);
	fx_hint(f, 0, XSCHED_HINT_PRIORITY, 5);
	fx_launch(f, 0);
	fx_add(f, 1, 1, 0);
	fx_launch(f, 1);
	fx_complete(f, 0, 1);
	fx_kick(f, 0);
	fx_expect_running(f, 0, "kicked, not answered");
	fx_pass(f, 100 * MS);
	fx_expect_running(f, 0, "words say done, but are not believed");
	fx_ack(f, 0);
	fx_pass(f, MS);
	fx_expect_idle(f, 0, "believed");
	fx_expect_running(f, 1, "its turn");
	fx_end(f);
}

XT_DEFINE(domain_opens_when_alone_again)
{
	struct fx *f = fx_contended(t, 2);

	fx_hint(f, 1, XSCHED_HINT_PRIORITY, 1);
	fx_launch(f, 0);
	fx_launch(f, 1);
	fx_remove(f, 1);
	xt_eq(t, fx_gate(f, 0), XSCHED_GATE_OPEN);
	xt_eq(t, fx_notify(f, 0), 0);
	xt_eq(t, f->d.next_ns, XSCHED_NEVER);
	xt_eq(t, xsched_entity_state(fx_e(f, 0)), RUNNING);
	/* And closes with a new question. */
	fx_add(f, 1, 1, 0);
	xt_eq(t, f->ent[0].ctl.track_seq, 2);
	fx_expect_running(f, 0, "asked again");
	fx_end(f);
}

/* Brings entity 0 of three into a state; entities 1 and 2 are left as needed. */
static void bring(struct fx *f, u32 state)
{
	if (state == IDLE)
		return;
	if (state == READY) {
		fx_hint(f, 1, XSCHED_HINT_PRIORITY, 1);
		fx_launch(f, 1);
	}
	fx_launch(f, 0);
	if (state == DRAINING || state == HELD) {
		fx_hint(f, 1, XSCHED_HINT_PRIORITY, 1);
		fx_launch(f, 1);
	}
	if (state == HELD) {
		fx_st(f, 0)->pending = 1;
		fx_complete(f, 0, 1);
		fx_kick(f, 0);
	}
	xt_eq_msg(f->t, fx_state(f, 0), state, "brought to %s", xsched_state_name(state));
}

static void expect_released(struct fx *f, u32 epoch, u32 state)
{
	xt_eq_msg(f->t, fx_gate(f, 0), XSCHED_GATE_OPEN, "gate, %s", xsched_state_name(state));
	xt_eq_msg(f->t, fx_notify(f, 0), 0, "notify, %s", xsched_state_name(state));
	xt_true_msg(f->t, f->ent[0].ctl.epoch != epoch, "epoch, %s", xsched_state_name(state));
	xt_true_msg(f->t, fx_last(f, FX_GATE, 0, XSCHED_GATE_OPEN) >= 0, "report, %s",
		    xsched_state_name(state));
	xt_true_msg(f->t, !fx_e(f, 0)->domain, "domain, %s", xsched_state_name(state));
	xt_eq_msg(f->t, fx_e(f, 0)->state, IDLE, "state, %s", xsched_state_name(state));
}

XT_DEFINE(domain_remove_in_every_state)
{
	u32 state, n;

	for (n = 2; n <= 3; n++)
		for (state = IDLE; state <= HELD; state++) {
			struct fx *f = fx_contended(t, n);
			u32 epoch;

			bring(f, state);
			epoch = f->ent[0].ctl.epoch;
			f->n_log = 0;
			fx_remove(f, 0);
			expect_released(f, epoch, state);
			xt_eq(t, f->d.n_entities, n - 1);
			/* Gone for good: whatever it does reaches nobody. */
			fx_st(f, 0)->pending = 9;
			fx_pass(f, 10 * MS);
			fx_end(f);
		}
}

XT_DEFINE(domain_remove_lets_the_next_run)
{
	struct fx *f = fx_contended(t, 3);

	fx_hint(f, 0, XSCHED_HINT_PRIORITY, 1);
	fx_launch(f, 0);
	fx_launch(f, 1);
	fx_expect_stopped(f, 1, READY, "waits");
	fx_remove(f, 0);
	fx_expect_running(f, 1, "next");
	fx_end(f);
}

XT_DEFINE(domain_remove_of_untracked)
{
	struct fx *f = fx_new(t);

	fx_add(f, 0, 1, 0);
	fx_add(f, 1, 1, 0);
	fx_add(f, 2, 1, 0);
	fx_launch(f, 0);
	fx_remove(f, 0);
	xt_eq(t, f->d.n_busy, 0);
	fx_end(f);
}

XT_DEFINE(domain_remove_promised_and_aging)
{
	struct fx *f = fx_contended(t, 3);

	f->d.tun.strict = true;
	f->d.tun.aging_ns = 3 * MS;
	fx_hint(f, 1, XSCHED_HINT_PRIORITY, 1);
	fx_launch(f, 0);
	fx_launch(f, 1);
	fx_expect_stopped(f, 1, READY, "promised");
	fx_remove(f, 1);
	xt_true(t, xsched_list_empty(&f->d.promised));
	fx_expect_running(f, 0, "taken back");
	fx_add(f, 1, 1, 0);
	fx_launch(f, 1);
	fx_hint(f, 0, XSCHED_HINT_PRIORITY, 2);
	fx_complete(f, 1, 1);
	fx_st(f, 1)->pending = 1;
	fx_kick(f, 1);
	fx_expect_stopped(f, 1, HELD, "waits");
	fx_pass(f, 3 * MS);
	xt_true(t, fx_e(f, 1)->aging);
	fx_remove(f, 1);
	xt_true(t, xsched_list_empty(&f->d.aging));
	fx_end(f);
}

XT_DEFINE(domain_clock_steps_back)
{
	struct fx *f = fx_contended(t, 2);
	struct xsched_account a;

	fx_launch(f, 0);
	f->now += 10 * MS;
	fx_kick(f, 0);
	f->now -= 9 * MS;
	fx_kick(f, 0);
	fx_launch(f, 1);
	fx_complete(f, 0, 1);
	fx_kick(f, 0);
	fx_hint(f, 1, XSCHED_HINT_PRIORITY, 3);
	xt_true(t, f->d.next_ns >= f->d.now_ns);
	xt_eq(t, f->d.now_ns, f->now + 9 * MS);
	xsched_entity_account(fx_e(f, 0), f->now, &a);
	xt_le_msg(t, a.run_ns, 12 * MS, "no time from nowhere");
	f->now += 9 * MS;
	fx_pass(f, 20 * MS);
	fx_end(f);
}

XT_DEFINE(domain_end_of_time)
{
	struct fx *f = fx_contended(t, 2);

	f->d.tun.aging_ns = 1000 * MS;
	f->d.tun.timeslice_ns = ~0ULL;
	f->now = ~0ULL - 10;
	fx_hint(f, 1, XSCHED_HINT_PRIORITY, 1);
	fx_launch(f, 1);
	fx_launch(f, 0);
	fx_tick(f);
	fx_remove(f, 1);
	fx_end(f);
}

XT_DEFINE(domain_counters_wrap)
{
	struct fx *f = fx_contended(t, 2);
	u32 i;

	fx_st(f, 0)->submitted = fx_st(f, 0)->completed = ~0U - 1;
	fx_e(f, 0)->epoch = f->ent[0].ctl.epoch = ~0U;
	for (i = 0; i < 5; i++) {
		fx_st(f, 0)->flags = 0;
		fx_launch(f, 0);
		fx_expect_running(f, 0, "round the wrap");
		fx_complete(f, 0, 1);
		fx_st(f, 0)->flags = XSCHED_STATUS_SYNCED;
		fx_kick(f, 0);
		fx_expect_idle(f, 0, "round the wrap");
	}
	xt_eq(t, fx_st(f, 0)->completed, 3);
	xt_le_msg(t, f->ent[0].ctl.epoch, 100, "epoch wrapped");
	fx_end(f);
}

XT_DEFINE(domain_track_seq_wraps)
{
	struct fx *f = fx_new(t);

	fx_add(f, 0, 1, 0);
	fx_e(f, 0)->track_seq = f->ent[0].ctl.track_seq = ~0U;
	f->ent[0].st[0].track_ack = ~0U;
	fx_add(f, 1, 1, 0);
	xt_eq(t, f->ent[0].ctl.track_seq, 0);
	xt_false(t, fx_e(f, 0)->tracked);
	fx_ack(f, 0);
	xt_true(t, fx_e(f, 0)->tracked);
	fx_end(f);
}

/* A liar keeps itself busy, at its own priority, and that's all it gets. */
XT_DEFINE(domain_hostile_words_harm_nobody)
{
	struct fx *f = fx_contended(t, 3);
	u32 i;

	fx_hint(f, 1, XSCHED_HINT_PRIORITY, 1);
	memset(fx_st(f, 0), 0xff, sizeof(*fx_st(f, 0)));
	fx_st(f, 0)->submitted = 5;
	fx_kick(f, 0);
	fx_expect_running(f, 0, "liar alone");
	fx_launch(f, 1);
	fx_expect_running(f, 1, "honest one above");
	xt_true(t, fx_state(f, 0) != RUNNING);
	fx_launch(f, 2);
	for (i = 0; i < 100; i++) {
		fx_st(f, 0)->completed -= 1000003;
		fx_st(f, 0)->track_ack++;
		fx_kick(f, 0);
		fx_pass(f, 300 * US);
		fx_expect_running(f, 1, "not disturbed");
	}
	fx_complete(f, 1, 1);
	fx_st(f, 1)->flags = XSCHED_STATUS_SYNCED;
	fx_kick(f, 1);
	fx_resume(f, 2);
	fx_expect_running(f, 2, "equal of the liar");
	fx_end(f);
}

/* The scheduler as a process: a client scribbles over its gates, and only it suffers. */
XT_DEFINE(domain_scribbled_control_page)
{
	struct fx *f = fx_contended(t, 2);
	u32 epoch = fx_e(f, 0)->epoch;

	memset(&f->ent[0].ctl, 0x5a, sizeof(f->ent[0].ctl));
	fx_st(f, 0)->pending = 1;
	{
		xt_flags_t flags;

		xt_lock(&f->d.lock, flags);
		xsched_domain_kick(&f->d, fx_e(f, 0), f->now);
		xt_unlock(&f->d.lock, flags);
	}
	xt_eq(t, fx_state(f, 0), RUNNING);
	xt_eq(t, fx_gate(f, 0), XSCHED_GATE_OPEN);
	xt_eq(t, f->ent[0].ctl.epoch, epoch + 1);
	f->ent[0].ctl.track_seq = fx_e(f, 0)->track_seq;
	f->ent[0].ctl.budget_us = f->d.tun.budget_us;
	fx_end(f);
}

XT_DEFINE(domain_retune)
{
	struct fx *f = fx_contended(t, 2);

	f->d.tun.budget_us = 77;
	f->d.tun.idle_budget_us = 99;
	fx_retune(f);
	xt_eq(t, f->ent[0].ctl.budget_us, 77);
	fx_hint(f, 1, XSCHED_HINT_PRIORITY, -1);
	f->d.tun.idle_poll_ns = 10 * MS;
	fx_launch(f, 0);
	fx_launch(f, 1);
	xt_eq(t, f->d.next_ns, f->now + 10 * MS);
	f->d.tun.idle_poll_ns = 30 * US;
	fx_retune(f);
	xt_eq_msg(t, f->d.next_ns, f->now + 30 * US, "the new pace holds at once");
	fx_remove(f, 1);
	xt_eq(t, f->ent[0].ctl.budget_us, 99);
	fx_end(f);
}

XT_DEFINE(domain_defaults)
{
	struct xsched_tunables tun;

	xsched_tunables_default(&tun);
	xt_eq(t, tun.linger_ns, 200 * US);
	xt_eq(t, tun.idle_poll_ns, 100 * US);
	xt_eq(t, tun.idle_poll_lazy_ns, 10 * MS);
	xt_eq(t, tun.quiet_ns, 50 * US);
	xt_eq(t, tun.aging_ns, 0);
	xt_eq(t, tun.grace_ns, 10 * MS);
	xt_eq(t, tun.timeslice_ns, 5 * MS);
	xt_eq(t, tun.budget_us, 200);
	xt_eq(t, tun.idle_budget_us, 2000);
	xt_false(t, tun.strict);
}

XT_SUITE(domain_suite, "xsched_domain",
	 XT_CASE(domain_alone_nobody_calls),
	 XT_CASE(domain_second_entity_closes_it),
	 XT_CASE(domain_queueless_entity_is_idle_at_once),
	 XT_CASE(domain_entity_with_queues_joins),
	 XT_CASE(domain_silent_process_counts_as_busy),
	 XT_CASE(domain_silent_process_ages_others_in),
	 XT_CASE(domain_slow_process_answers_at_last),
	 XT_CASE(domain_opens_when_alone_again),
	 XT_CASE(domain_remove_in_every_state),
	 XT_CASE(domain_remove_lets_the_next_run),
	 XT_CASE(domain_remove_of_untracked),
	 XT_CASE(domain_remove_promised_and_aging),
	 XT_CASE(domain_clock_steps_back),
	 XT_CASE(domain_end_of_time),
	 XT_CASE(domain_counters_wrap),
	 XT_CASE(domain_track_seq_wraps),
	 XT_CASE(domain_hostile_words_harm_nobody),
	 XT_CASE(domain_scribbled_control_page),
	 XT_CASE(domain_retune),
	 XT_CASE(domain_defaults));
