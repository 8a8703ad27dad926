// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Time: lingering, polling, aging, and no timer where nothing can change.
 */
#include "../fixture.h"

/* Entity 0 above entity 1, both with work: 0 runs, 1 waits. */
static struct fx *waiting(struct xt *t, u32 flags)
{
	struct fx *f = fx_contended(t, 0);
	u32 i;

	for (i = 0; i < 2; i++) {
		fx_add(f, i, 1, flags);
		fx_hint(f, i, XSCHED_HINT_PRIORITY, 1 - (s64)i);
	}
	fx_launch(f, 0);
	fx_ack(f, 0);
	fx_launch(f, 1);
	fx_expect_running(f, 0, "first");
	fx_expect_stopped(f, 1, READY, "second");
	return f;
}

XT_DEFINE(due_never_without_competition)
{
	struct fx *f = fx_contended(t, 3);

	xt_eq(t, f->d.next_ns, XSCHED_NEVER);
	fx_launch(f, 0);
	xt_eq_msg(t, f->d.next_ns, XSCHED_NEVER, "one works");
	fx_launch(f, 1);
	xt_eq_msg(t, f->d.next_ns, XSCHED_NEVER, "two work together");
	fx_complete(f, 0, 1);
	fx_kick(f, 0);
	xt_eq_msg(t, f->d.next_ns, XSCHED_NEVER, "one lingers, nobody waits");
	fx_hint(f, 2, XSCHED_HINT_PRIORITY, -1);
	fx_launch(f, 2);
	xt_true_msg(t, f->d.next_ns != XSCHED_NEVER, "somebody waits");
	fx_end(f);
}

XT_DEFINE(due_linger)
{
	struct fx *f = waiting(t, 0);

	fx_complete(f, 0, 1);
	fx_kick(f, 0);
	fx_pass(f, 200 * US - 1);
	fx_expect_running(f, 0, "lingers");
	fx_pass(f, 1);
	fx_expect_idle(f, 0, "lingered");
	fx_expect_running(f, 1, "its turn");
	fx_end(f);
}

XT_DEFINE(due_linger_without_a_kick)
{
	struct fx *f = waiting(t, 0);

	fx_complete(f, 0, 1);
	/* Seen by the poll after 100 us, and 200 us later it's over. */
	fx_pass(f, 300 * US - 1);
	fx_expect_running(f, 0, "lingers");
	fx_pass(f, 1);
	fx_expect_idle(f, 0, "lingered");
	fx_end(f);
}

XT_DEFINE(due_linger_starts_over)
{
	struct fx *f = waiting(t, 0);
	u32 k;

	/* Launch-bound: short commands with gaps, never seen in flight. */
	fx_complete(f, 0, 1);
	for (k = 0; k < 50; k++) {
		fx_pass(f, 90 * US);
		fx_st(f, 0)->submitted++;
		fx_complete(f, 0, 1);
		fx_expect_running(f, 0, "between two commands");
	}
	fx_pass(f, 500 * US);
	fx_expect_idle(f, 0, "no more");
	fx_end(f);
}

XT_DEFINE(due_linger_ends_with_work)
{
	struct fx *f = waiting(t, 0);

	fx_complete(f, 0, 1);
	fx_kick(f, 0);
	fx_pass(f, 150 * US);
	fx_launch(f, 0);
	fx_pass(f, 10 * MS);
	fx_expect_running(f, 0, "long command");
	fx_end(f);
}

XT_DEFINE(due_linger_of_zero)
{
	struct fx *f = waiting(t, 0);

	f->d.tun.linger_ns = 0;
	fx_complete(f, 0, 1);
	fx_kick(f, 0);
	fx_expect_idle(f, 0, "at once");
	fx_expect_running(f, 1, "at once");
	fx_end(f);
}

XT_DEFINE(due_synced)
{
	struct fx *f = waiting(t, 0);

	fx_add_queue(f, 0, 1, 0);
	fx_complete(f, 0, 1);
	fx_st(f, 0)->flags = XSCHED_STATUS_SYNCED;
	fx_kick(f, 0);
	fx_expect_running(f, 0, "one queue of two synced");
	f->ent[0].st[1].flags = XSCHED_STATUS_SYNCED;
	fx_kick(f, 0);
	fx_expect_idle(f, 0, "all synced");
	fx_expect_running(f, 1, "its turn");
	fx_end(f);
}

/* Lingering was over long ago, but nobody was there to mind; now somebody is. */
XT_DEFINE(due_overdue_linger)
{
	struct fx *f = fx_contended(t, 2);

	fx_hint(f, 0, XSCHED_HINT_PRIORITY, 1);
	fx_launch(f, 0);
	fx_complete(f, 0, 1);
	fx_kick(f, 0);
	fx_pass(f, 100 * MS);
	fx_expect_running(f, 0, "nobody minds");
	xt_true_msg(t, fx_launch(f, 1), "gets the device in the same call");
	fx_expect_idle(f, 0, "gave way");
	fx_end(f);
}

/* What others do is no reason to end it either. */
XT_DEFINE(due_overdue_linger_that_nobody_minds)
{
	struct fx *f = fx_contended(t, 3);

	fx_launch(f, 0);
	fx_launch(f, 1);
	fx_complete(f, 0, 1);
	fx_kick(f, 0);
	fx_pass(f, 100 * MS);
	fx_kick(f, 1);
	fx_expect_running(f, 0, "an equal disturbs nobody");
	fx_end(f);
}

XT_DEFINE(due_poll)
{
	struct fx *f = waiting(t, 0);
	u64 visited = f->d.n_visited;

	xt_eq(t, f->d.next_ns, f->now + 100 * US);
	fx_pass(f, 10 * MS);
	xt_eq_msg(t, f->d.n_visited - visited, 100, "one look each 100 us");
	fx_end(f);
}

XT_DEFINE(due_poll_of_those_that_kick)
{
	struct fx *f = waiting(t, XSCHED_QUEUE_F_KICKS_IDLE);
	u64 visited = f->d.n_visited;

	xt_eq(t, f->d.next_ns, f->now + 10 * MS);
	fx_pass(f, 100 * MS);
	xt_eq_msg(t, f->d.n_visited - visited, 10, "one look each 10 ms");
	fx_complete(f, 0, 1);
	fx_kick(f, 0);
	fx_pass(f, 200 * US);
	fx_expect_idle(f, 0, "its kick was enough");
	/* One that doesn't keep its word is found out in the end. */
	fx_resume(f, 1);
	fx_hint(f, 0, XSCHED_HINT_PRIORITY, -1);
	fx_launch(f, 0);
	fx_complete(f, 1, 1);
	fx_pass(f, 10 * MS + 200 * US);
	fx_expect_idle(f, 1, "lied");
	fx_end(f);
}

XT_DEFINE(due_poll_stops_with_the_competition)
{
	struct fx *f = waiting(t, 0);

	fx_st(f, 1)->pending = 0;
	fx_kick(f, 1);
	xt_eq(t, f->d.next_ns, XSCHED_NEVER);
	fx_st(f, 1)->pending = 1;
	fx_pass(f, 7 * MS);
	fx_kick(f, 1);
	xt_eq_msg(t, f->d.next_ns, f->now + 100 * US, "and starts with it");
	fx_end(f);
}

XT_DEFINE(due_tick_at_any_time)
{
	struct fx *f = waiting(t, 0);
	u32 k;

	f->n_log = 0;
	for (k = 0; k < 1000; k++) {
		f->now += 1;
		fx_tick(f);
	}
	xt_eq(t, f->n_log, 0);
	fx_end(f);
}

static struct fx *aging(struct xt *t)
{
	struct fx *f = waiting(t, 0);

	f->d.tun.aging_ns = 50 * MS;
	f->d.tun.timeslice_ns = 2 * MS;
	fx_retune(f);
	f->n_log = 0;
	return f;
}

XT_DEFINE(due_aging)
{
	struct fx *f = aging(t);
	u32 k;

	for (k = 1; k <= 3; k++) {
		fx_pass(f, 50 * MS - 1);
		xt_true(t, fx_state(f, 1) == READY || fx_state(f, 1) == HELD);
		fx_pass(f, 1);
		fx_expect_running(f, 1, "aged");
		fx_expect_running(f, 0, "beside it");
		xt_eq(t, fx_count(f, FX_AGED, 1), k);
		xt_eq(t, f->log[fx_last(f, FX_AGED, 1, 50 * MS)].a, 50 * MS);
		fx_resume(f, 1);
		fx_pass(f, 2 * MS - 1);
		fx_expect_running(f, 1, "its slice");
		fx_complete(f, 1, 1);
		fx_st(f, 1)->pending = 1;
		fx_pass(f, 1);
		fx_expect_stopped(f, 1, HELD, "slice over");
		fx_expect_running(f, 0, "as before");
	}
	xt_eq(t, fx_e(f, 1)->account.aged, 3);
	fx_end(f);
}

XT_DEFINE(due_aging_never)
{
	struct fx *f = waiting(t, 0);

	fx_pass(f, 100000 * MS);
	fx_expect_stopped(f, 1, READY, "0 is never");
	xt_eq(t, fx_e(f, 1)->account.aged, 0);
	fx_end(f);
}

XT_DEFINE(due_aging_becomes_chosen)
{
	struct fx *f = aging(t);

	fx_pass(f, 50 * MS);
	xt_true(t, fx_e(f, 1)->aging);
	fx_hint(f, 1, XSCHED_HINT_PRIORITY, 1);
	xt_false(t, fx_e(f, 1)->aging);
	fx_resume(f, 1);
	fx_pass(f, 100 * MS);
	fx_expect_running(f, 1, "by right");
	fx_end(f);
}

XT_DEFINE(due_aging_outlasts_other_decisions)
{
	struct fx *f = aging(t);

	fx_pass(f, 50 * MS);
	xt_true(t, fx_e(f, 1)->aging);
	fx_hint(f, 1, XSCHED_HINT_PRIORITY, -7);
	fx_expect_running(f, 1, "its slice is its own");
	fx_end(f);
}

XT_DEFINE(due_aging_runs_out_of_work)
{
	struct fx *f = aging(t);

	fx_pass(f, 50 * MS);
	xt_true(t, fx_e(f, 1)->aging);
	fx_st(f, 1)->pending = 0;
	fx_st(f, 1)->flags = XSCHED_STATUS_SYNCED;
	fx_kick(f, 1);
	fx_expect_idle(f, 1, "done before its slice");
	fx_pass(f, 10 * MS);
	fx_expect_idle(f, 1, "no slice left behind");
	fx_end(f);
}

XT_DEFINE(due_aging_slice_drains)
{
	struct fx *f = aging(t);

	fx_pass(f, 50 * MS);
	fx_resume(f, 1);
	fx_pass(f, 2 * MS);
	fx_expect_stopped(f, 1, DRAINING, "still in flight");
	fx_end(f);
}

/* A crowd due at the same time is let in by batches, and all in the end. */
XT_DEFINE(due_many_lingering)
{
	const u32 n = 3 * XSCHED_POLL_BATCH;
	struct fx_entity *crowd = xt_alloc_big(t, n * sizeof(*crowd));
	struct fx *f = fx_contended(t, 2);
	xt_flags_t flags;
	u32 i;

	fx_hint(f, 0, XSCHED_HINT_PRIORITY, -1);
	for (i = 0; i < n; i++) {
		struct fx_entity *c = &crowd[i];

		xsched_entity_init(&c->e, 100 + i, 0, &c->ctl);
		c->q[0].st = &c->st[0];
		xt_lock(&f->d.lock, flags);
		xsched_domain_add(&f->d, &c->e, f->now);
		xsched_entity_add_queue(&c->e, &c->q[0], f->now);
		c->st[0].pending = 1;
		xsched_domain_kick(&f->d, &c->e, f->now);
		c->st[0].pending = 0;
		xsched_domain_kick(&f->d, &c->e, f->now);
		xt_unlock(&f->d.lock, flags);
	}
	fx_check(f);
	xt_eq(t, f->d.n_running, n);
	fx_pass(f, MS);
	fx_launch(f, 0);
	xt_true_msg(t, f->d.n_running >= n - XSCHED_POLL_BATCH, "one batch per call");
	fx_pass(f, MS);
	fx_expect_running(f, 0, "after all have gone");
	xt_eq(t, f->d.n_busy, 1);
	for (i = 0; i < n; i++) {
		xt_lock(&f->d.lock, flags);
		xsched_domain_remove(&f->d, &crowd[i].e, f->now);
		xt_unlock(&f->d.lock, flags);
	}
	xt_free_big(crowd);
	fx_end(f);
}

XT_SUITE(due_suite, "xsched_due",
	 XT_CASE(due_never_without_competition),
	 XT_CASE(due_linger),
	 XT_CASE(due_linger_without_a_kick),
	 XT_CASE(due_linger_starts_over),
	 XT_CASE(due_linger_ends_with_work),
	 XT_CASE(due_linger_of_zero),
	 XT_CASE(due_synced),
	 XT_CASE(due_overdue_linger),
	 XT_CASE(due_overdue_linger_that_nobody_minds),
	 XT_CASE(due_poll),
	 XT_CASE(due_poll_of_those_that_kick),
	 XT_CASE(due_poll_stops_with_the_competition),
	 XT_CASE(due_tick_at_any_time),
	 XT_CASE(due_aging),
	 XT_CASE(due_aging_never),
	 XT_CASE(due_aging_becomes_chosen),
	 XT_CASE(due_aging_outlasts_other_decisions),
	 XT_CASE(due_aging_runs_out_of_work),
	 XT_CASE(due_aging_slice_drains),
	 XT_CASE(due_many_lingering));
