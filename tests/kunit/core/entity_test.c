// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * The entity: every edge of its state machine, possible or not, accounts, and
 * what its queues add up to.
 */
#include "../fixture.h"

#define STATES	5

/* Row: from; column: to, in the order of enum xsched_state. */
static const char *const edges[STATES] = {
	[IDLE]	   = "-R---",
	[READY]	   = "I-N--",
	[RUNNING]  = "I--DH",
	[DRAINING] = "I-N-H",
	[HELD]	   = "IR---",
};

XT_DEFINE(entity_edges)
{
	u32 from, to;

	for (from = 0; from < STATES; from++)
		for (to = 0; to < STATES + 2; to++) {
			bool possible = to < STATES && edges[from][to] != '-';
			struct fx *f = fx_contended(t, 2);
			struct xsched_entity *e = fx_e(f, 0);
			xt_flags_t flags;
			int err;

			f->n_log = 0;
			e->state = from;
			xt_lock(&f->d.lock, flags);
			err = xsched_entity_set_state(e, to, f->now);
			xt_unlock(&f->d.lock, flags);
			xt_eq_msg(t, err, possible ? 0 : -EINVAL, "%s -> %s",
				  xsched_state_name(from), xsched_state_name(to));
			xt_eq_msg(t, e->state, possible ? to : from, "%s -> %s",
				  xsched_state_name(from), xsched_state_name(to));
			xt_eq(t, fx_count(f, FX_STATE, 0), possible);
			if (possible)
				xt_eq(t, e->ctl->state, to);
			e->state = IDLE;
			e->ctl->state = IDLE;
			fx_end(f);
		}
}

XT_DEFINE(entity_from_no_state)
{
	struct fx *f = fx_contended(t, 2);
	xt_flags_t flags;
	int err;

	fx_e(f, 0)->state = 77;
	xt_lock(&f->d.lock, flags);
	err = xsched_entity_set_state(fx_e(f, 0), IDLE, f->now);
	xt_unlock(&f->d.lock, flags);
	xt_eq(t, err, -EINVAL);
	fx_e(f, 0)->state = IDLE;
	fx_end(f);
}

XT_DEFINE(entity_state_names)
{
	xt_streq(t, xsched_state_name(IDLE), "idle");
	xt_streq(t, xsched_state_name(READY), "ready");
	xt_streq(t, xsched_state_name(RUNNING), "running");
	xt_streq(t, xsched_state_name(DRAINING), "draining");
	xt_streq(t, xsched_state_name(HELD), "held");
	xt_streq(t, xsched_state_name(STATES), "?");
	xt_streq(t, xsched_state_name(~0U), "?");
}

static void expect_account(struct fx *f, u32 i, u64 run, u64 wait, u64 held, const char *what)
{
	struct xsched_account a;

	xsched_entity_account(fx_e(f, i), f->now, &a);
	xt_eq_msg(f->t, a.run_ns, run, "run, %s", what);
	xt_eq_msg(f->t, a.wait_ns, wait, "wait, %s", what);
	xt_eq_msg(f->t, a.held_ns, held, "held, %s", what);
}

XT_DEFINE(entity_account)
{
	struct fx *f = fx_contended(t, 2);
	struct xsched_account *a = &fx_e(f, 0)->account;

	memset(a, 0, sizeof(*a));
	f->d.tun.idle_poll_ns = 10 * MS;	/* nobody but us looks */
	fx_hint(f, 1, XSCHED_HINT_PRIORITY, 1);
	fx_launch(f, 1);
	fx_launch(f, 0);
	f->now += 1000;
	expect_account(f, 0, 0, 1000, 0, "ready");
	fx_complete(f, 1, 1);
	fx_st(f, 1)->flags = XSCHED_STATUS_SYNCED;
	fx_kick(f, 1);
	fx_resume(f, 0);
	fx_expect_running(f, 0, "alone");
	f->now += 200;
	expect_account(f, 0, 200, 1000, 0, "running");
	fx_launch(f, 1);
	fx_expect_stopped(f, 0, DRAINING, "stopped");
	f->now += 30;
	expect_account(f, 0, 200, 1000, 30, "draining");
	fx_st(f, 0)->pending = 1;
	fx_complete(f, 0, 1);
	fx_kick(f, 0);
	fx_expect_stopped(f, 0, HELD, "quiet");
	f->now += 4;
	expect_account(f, 0, 200, 1000, 34, "held");
	fx_st(f, 0)->pending = 0;
	fx_kick(f, 0);
	fx_expect_idle(f, 0, "withdrawn");
	f->now += 5000;
	expect_account(f, 0, 200, 1000, 34, "idle");
	xt_eq(t, a->runs, 1);
	xt_eq(t, a->preemptions, 1);
	xt_eq(t, a->aged, 0);
	fx_end(f);
}

XT_DEFINE(entity_account_of_open_domain)
{
	struct fx *f = fx_new(t);
	struct xsched_account a;

	fx_add(f, 0, 1, 0);
	f->now += 700;
	xsched_entity_account(fx_e(f, 0), f->now, &a);
	xt_eq(t, a.open_ns, 700);
	fx_add(f, 1, 1, 0);
	fx_ack(f, 0);
	f->now += MS;
	xsched_entity_account(fx_e(f, 0), f->now, &a);
	xt_eq(t, a.open_ns, 700);
	xsched_entity_account(fx_e(f, 1), f->now, &a);
	xt_eq(t, a.open_ns, 0);
	fx_remove(f, 1);
	f->now += 11;
	xsched_entity_account(fx_e(f, 0), f->now, &a);
	xt_eq(t, a.open_ns, 711);
	fx_end(f);
}

/* What the process says of its queues, also of those that have gone. */
XT_DEFINE(entity_busy_time)
{
	struct fx *f = fx_new(t);
	struct xsched_account a;

	fx_add(f, 0, 2, 0);
	f->ent[0].st[0].busy_ns = 700;
	f->ent[0].st[1].busy_ns = 50;
	xsched_entity_account(fx_e(f, 0), f->now, &a);
	xt_eq(t, a.busy_ns, 750);
	fx_remove_queue(f, 0, 1);
	f->ent[0].st[0].busy_ns += 1000;
	xsched_entity_account(fx_e(f, 0), f->now, &a);
	xt_eq(t, a.busy_ns, 1750);
	fx_end(f);
}

XT_DEFINE(entity_level_is_the_lowest)
{
	struct fx *f = fx_new(t);

	fx_add(f, 0, 0, 0);
	xt_eq(t, f->ent[0].ctl.level, 0);
	fx_add_queue(f, 0, 1, 0);
	xt_eq(t, f->ent[0].ctl.level, XSCHED_LEVEL_DEACTIVATE);
	fx_add_queue(f, 0, 0, 0);
	xt_eq(t, f->ent[0].ctl.level, XSCHED_LEVEL_BLOCK);
	fx_remove_queue(f, 0, 0);
	xt_eq(t, f->ent[0].ctl.level, XSCHED_LEVEL_DEACTIVATE);
	fx_remove_queue(f, 0, 1);
	xt_eq(t, f->ent[0].ctl.level, 0);
	fx_end(f);
}

XT_DEFINE(entity_kicks_idle_if_all_queues_do)
{
	struct fx *f = fx_new(t);

	fx_add(f, 0, 1, XSCHED_QUEUE_F_KICKS_IDLE);
	xt_true(t, fx_e(f, 0)->kicks_idle);
	fx_add_queue(f, 0, 1, 0);
	xt_false(t, fx_e(f, 0)->kicks_idle);
	fx_remove_queue(f, 0, 1);
	xt_true(t, fx_e(f, 0)->kicks_idle);
	fx_end(f);
}

XT_DEFINE(entity_new_queue_has_answered)
{
	struct fx *f = fx_contended(t, 2);
	u32 seq = f->ent[0].ctl.track_seq;

	xt_true(t, seq != 0);
	fx_add_queue(f, 0, 1, 0);
	xt_eq(t, f->ent[0].st[1].track_ack, seq);
	xt_true(t, fx_e(f, 0)->tracked);
	fx_end(f);
}

XT_DEFINE(entity_queue_goes_with_its_work)
{
	struct fx *f = fx_contended(t, 2);

	fx_add_queue(f, 0, 1, 0);
	f->ent[0].st[1].pending = 1;
	fx_kick(f, 0);
	fx_expect_running(f, 0, "second queue's work");
	f->ent[0].st[0].flags = XSCHED_STATUS_SYNCED;
	fx_remove_queue(f, 0, 1);
	fx_expect_idle(f, 0, "without it");
	fx_end(f);
}

XT_DEFINE(entity_last_silent_queue_goes)
{
	struct fx *f = fx_new(t);

	fx_add(f, 0, 2, 0);
	fx_add(f, 1, 1, 0);
	xt_false(t, fx_e(f, 0)->tracked);
	f->ent[0].st[0].track_ack = f->ent[0].ctl.track_seq;
	fx_kick(f, 0);
	xt_false(t, fx_e(f, 0)->tracked);
	fx_remove_queue(f, 0, 1);
	xt_true(t, fx_e(f, 0)->tracked);
	fx_end(f);
}

XT_SUITE(entity_suite, "xsched_entity",
	 XT_CASE(entity_edges),
	 XT_CASE(entity_from_no_state),
	 XT_CASE(entity_state_names),
	 XT_CASE(entity_account),
	 XT_CASE(entity_account_of_open_domain),
	 XT_CASE(entity_busy_time),
	 XT_CASE(entity_level_is_the_lowest),
	 XT_CASE(entity_kicks_idle_if_all_queues_do),
	 XT_CASE(entity_new_queue_has_answered),
	 XT_CASE(entity_queue_goes_with_its_work),
	 XT_CASE(entity_last_silent_queue_goes));
