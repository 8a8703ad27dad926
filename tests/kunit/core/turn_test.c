// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * An entity's turn: each edge as events bring it about, and the races at each
 * closing of a gate.
 */
#include "../fixture.h"

static void synced(struct fx *f, u32 i)
{
	fx_st(f, i)->completed = fx_st(f, i)->submitted;
	fx_st(f, i)->pending = 0;
	fx_st(f, i)->flags = XSCHED_STATUS_SYNCED;
	fx_kick(f, i);
	fx_st(f, i)->flags = 0;
}

/* Entity 1 takes the device from entity 0, which has one command in flight. */
static struct fx *preempted(struct xt *t)
{
	struct fx *f = fx_contended(t, 3);

	fx_hint(f, 1, XSCHED_HINT_PRIORITY, 1);
	fx_launch(f, 0);
	fx_launch(f, 1);
	fx_expect_stopped(f, 0, DRAINING, "loser");
	fx_expect_running(f, 1, "winner");
	return f;
}

XT_DEFINE(turn_first_work_opens_in_the_same_call)
{
	struct fx *f = fx_contended(t, 2);
	u32 epoch = f->ent[0].ctl.epoch;

	xt_true(t, fx_launch(f, 0));
	fx_expect_running(f, 0, "chosen");
	xt_eq(t, fx_e(f, 0)->ready_ns, f->now);
	xt_eq(t, f->ent[0].ctl.epoch, epoch + 1);
	xt_eq(t, fx_count(f, FX_GATE, 0), 1);
	/* IDLE -> READY -> RUNNING, nothing skipped */
	xt_eq(t, fx_count(f, FX_STATE, 0), 2);
	xt_eq(t, f->d.next_ns, XSCHED_NEVER);
	fx_end(f);
}

XT_DEFINE(turn_ready_withdraws)
{
	struct fx *f = fx_contended(t, 2);

	fx_hint(f, 1, XSCHED_HINT_PRIORITY, 1);
	fx_launch(f, 1);
	xt_false(t, fx_launch(f, 0));
	fx_expect_stopped(f, 0, READY, "waits");
	fx_st(f, 0)->pending = 0;
	fx_kick(f, 0);
	fx_expect_idle(f, 0, "withdrew");
	fx_end(f);
}

XT_DEFINE(turn_kick_without_news)
{
	struct fx *f = fx_contended(t, 2);

	fx_kick(f, 0);
	fx_expect_idle(f, 0, "no work");
	fx_launch(f, 0);
	f->n_log = 0;
	fx_kick(f, 0);
	fx_kick(f, 0);
	xt_eq(t, f->n_log, 0);
	fx_end(f);
}

XT_DEFINE(turn_draining_to_held_to_running)
{
	struct fx *f = preempted(t);

	xt_false(t, fx_launch(f, 0));
	fx_complete(f, 0, 1);
	fx_pass(f, 200 * US);
	fx_expect_stopped(f, 0, HELD, "quiet, more to do");
	f->n_log = 0;
	synced(f, 1);
	fx_expect_running(f, 0, "its turn");
	xt_true(t, fx_last(f, FX_STATE, 0, READY) >= 0);
	xt_true(t, fx_last(f, FX_STATE, 0, READY) < fx_last(f, FX_STATE, 0, RUNNING));
	fx_end(f);
}

XT_DEFINE(turn_draining_to_idle)
{
	struct fx *f = preempted(t);

	fx_complete(f, 0, 1);
	fx_pass(f, 200 * US);
	fx_expect_idle(f, 0, "did all it had");
	fx_expect_running(f, 1, "goes on");
	fx_end(f);
}

XT_DEFINE(turn_draining_to_running)
{
	struct fx *f = preempted(t);

	synced(f, 1);
	fx_expect_running(f, 0, "chosen again before it was quiet");
	xt_eq_msg(t, f->log[fx_last(f, FX_STATE, 0, RUNNING)].b, DRAINING, "came from DRAINING");
	fx_end(f);
}

XT_DEFINE(turn_running_to_held_at_once)
{
	struct fx *f = fx_contended(t, 2);

	fx_hint(f, 1, XSCHED_HINT_PRIORITY, 1);
	fx_st(f, 0)->pending = 1;
	fx_kick(f, 0);
	fx_expect_running(f, 0, "opened, not launched yet");
	fx_launch(f, 1);
	fx_expect_stopped(f, 0, HELD, "nothing was in flight");
	xt_eq(t, fx_e(f, 0)->account.preemptions, 1);
	fx_end(f);
}

XT_DEFINE(turn_running_to_idle_when_stopped)
{
	struct fx *f = fx_contended(t, 2);

	fx_hint(f, 1, XSCHED_HINT_PRIORITY, 1);
	fx_launch(f, 0);
	fx_complete(f, 0, 1);
	fx_launch(f, 1);
	fx_expect_idle(f, 0, "had nothing left to stop");
	xt_eq(t, fx_e(f, 0)->account.preemptions, 0);
	fx_end(f);
}

XT_DEFINE(turn_held_withdraws)
{
	struct fx *f = preempted(t);

	fx_launch(f, 0);
	fx_complete(f, 0, 1);
	fx_kick(f, 0);
	fx_expect_stopped(f, 0, HELD, "more to do");
	fx_st(f, 0)->pending = 0;
	fx_kick(f, 0);
	fx_expect_idle(f, 0, "withdrew");
	fx_end(f);
}

/* Withdrawn without a kick (HELD asks for none): found out when its turn comes. */
XT_DEFINE(turn_withdrawn_silently)
{
	struct fx *f = preempted(t);

	fx_launch(f, 0);
	fx_complete(f, 0, 1);
	fx_kick(f, 0);
	fx_st(f, 0)->pending = 0;
	fx_hint(f, 2, XSCHED_HINT_PRIORITY, -1);
	fx_launch(f, 2);
	synced(f, 1);
	fx_expect_running(f, 0, "nobody knows yet");
	fx_expect_stopped(f, 2, READY, "waits for it");
	fx_pass(f, 200 * US);
	fx_expect_idle(f, 0, "found out");
	fx_expect_running(f, 2, "its turn");
	fx_end(f);
}

/* Losers' gates close before winners' open. */
XT_DEFINE(turn_holds_come_first)
{
	struct fx *f = fx_contended(t, 4);
	int k, last_hold = -1, first_open = -1;

	fx_launch(f, 0);
	fx_launch(f, 1);
	fx_st(f, 2)->pending = 1;
	fx_hint(f, 2, XSCHED_HINT_PRIORITY, 1);
	f->n_log = 0;
	fx_kick(f, 2);
	for (k = 0; k < (int)f->n_log; k++) {
		if (f->log[k].what != FX_GATE)
			continue;
		if (f->log[k].a == XSCHED_GATE_HELD)
			last_hold = k;
		if (f->log[k].a == XSCHED_GATE_OPEN && first_open < 0)
			first_open = k;
	}
	xt_eq(t, fx_count(f, FX_GATE, 0), 1);
	xt_eq(t, fx_count(f, FX_GATE, 1), 1);
	xt_true(t, last_hold >= 0 && last_hold < first_open);
	fx_end(f);
}

/* On another CPU: pending goes up just before the closing gate was seen. */
static void work_at_ask(struct fx *f, struct xsched_entity *e)
{
	struct fx_entity *ent = container_of(e, struct fx_entity, e);

	if (e->ctl->gate != XSCHED_GATE_ASK)
		return;
	f->on_gate = NULL;
	ent->st[0].pending++;
}

XT_DEFINE(turn_work_appears_while_going_idle)
{
	struct fx *f = fx_contended(t, 2);

	fx_launch(f, 0);
	f->on_gate = work_at_ask;
	synced(f, 0);
	xt_true(t, !f->on_gate);
	fx_expect_running(f, 0, "not lost");
	fx_end(f);
}

XT_DEFINE(turn_work_appears_while_withdrawing)
{
	struct fx *f = preempted(t);

	fx_launch(f, 0);
	fx_complete(f, 0, 1);
	fx_kick(f, 0);
	fx_st(f, 0)->pending = 0;
	f->on_gate = work_at_ask;
	fx_kick(f, 0);
	fx_expect_stopped(f, 0, READY, "not lost, not its turn");
	fx_end(f);
}

XT_DEFINE(turn_work_appears_while_stopped_empty)
{
	struct fx *f = fx_contended(t, 2);

	fx_hint(f, 1, XSCHED_HINT_PRIORITY, 1);
	fx_launch(f, 0);
	fx_complete(f, 0, 1);
	f->on_gate = work_at_ask;
	fx_launch(f, 1);
	fx_pass(f, 0);
	fx_expect_stopped(f, 0, READY, "not lost, not its turn");
	fx_expect_running(f, 1, "winner");
	fx_end(f);
}

/* On another CPU: a launch was counted before it could see the gate close. */
static void launch_at_hold(struct fx *f, struct xsched_entity *e)
{
	struct fx_entity *ent = container_of(e, struct fx_entity, e);

	if (e->ctl->gate != XSCHED_GATE_HELD)
		return;
	f->on_gate = NULL;
	ent->st[0].submitted++;
}

XT_DEFINE(turn_launch_slips_in_while_stopped)
{
	struct fx *f = fx_contended(t, 2);

	fx_hint(f, 1, XSCHED_HINT_PRIORITY, 1);
	fx_st(f, 0)->pending = 1;
	fx_kick(f, 0);
	f->on_gate = launch_at_hold;
	fx_launch(f, 1);
	fx_expect_stopped(f, 0, DRAINING, "it is in flight: not quiet");
	fx_end(f);
}

/* A process that never lets its gate close without new work. */
static void work_at_every_ask(struct fx *f, struct xsched_entity *e)
{
	struct fx_entity *ent = container_of(e, struct fx_entity, e);

	if (e->ctl->gate == XSCHED_GATE_ASK)
		ent->st[0].pending = 1;
	else
		ent->st[0].pending = 0;
	(void)f;
}

XT_DEFINE(turn_news_without_end)
{
	struct fx *f = fx_contended(t, 2);
	u64 decisions;

	fx_st(f, 0)->flags = XSCHED_STATUS_SYNCED;
	f->on_gate = work_at_every_ask;
	decisions = f->d.n_decisions;
	fx_st(f, 0)->pending = 1;
	fx_kick(f, 0);
	xt_le_msg(t, f->d.n_decisions - decisions, 1, "work seen in an event isn't looked for again");
	xt_eq_msg(t, f->ent[0].e.state, XSCHED_STATE_RUNNING, "it runs");
	/* Each further event takes the gate away, meets new work, and gives it back. */
	decisions = f->d.n_decisions;
	fx_kick(f, 0);
	xt_le_msg(t, f->d.n_decisions - decisions, XSCHED_ROUNDS, "one call ends");
	xt_eq_msg(t, f->ent[0].e.state, XSCHED_STATE_RUNNING, "it runs again");
	xt_eq_msg(t, f->ent[0].e.ctl->gate, XSCHED_GATE_OPEN, "and may");
	f->on_gate = NULL;
	fx_pass(f, MS);
	fx_end(f);
}

struct gone {
	const char *what;
	u32 n_queues, flags;
	u32 arrive[2], pass[2];	/* of two queues with one command in flight each */
	u64 quiet_after;	/* us; 0: not before it completes */
};

#define GATED	XSCHED_QUEUE_F_DEVICE_GATED
#define STOPS	(GATED | XSCHED_QUEUE_F_GATE_STOPS_ALL)

static const struct gone gones[] = {
	{ "no gate", 1, 0, { 0 }, { 0 }, 0 },
	{ "runs", 1, GATED, { 3 }, { 3 }, 0 },
	{ "stands at its gate", 1, GATED, { 4 }, { 3 }, 100 },
	{ "one of two stands", 2, GATED, { 4, 7 }, { 3, 7 }, 0 },
	{ "both stand", 2, GATED, { 4, 7 }, { 3, 6 }, 100 },
	{ "one stops all", 2, STOPS, { 4, 7 }, { 3, 7 }, 100 },
	{ "nobody stands", 2, STOPS, { 4, 7 }, { 4, 7 }, 0 },
};

XT_DEFINE(turn_quiet)
{
	u32 c, n;

	for (c = 0; c < ARRAY_SIZE(gones); c++) {
		const struct gone *g = &gones[c];
		struct fx *f = fx_contended(t, 1);

		fx_hint(f, 0, XSCHED_HINT_PRIORITY, 1);
		fx_add(f, 1, g->n_queues, g->flags);
		for (n = 0; n < g->n_queues; n++) {
			f->ent[1].st[n].submitted = 1;
			f->ent[1].st[n].arrive = g->arrive[n];
			f->ent[1].st[n].pass = g->pass[n];
		}
		fx_ack(f, 0);
		synced(f, 0);
		fx_kick(f, 1);
		fx_launch(f, 0);
		fx_expect_stopped(f, 1, DRAINING, g->what);
		fx_pass(f, g->quiet_after ? g->quiet_after * US - 1 : 5 * MS);
		fx_expect_stopped(f, 1, DRAINING, g->what);
		fx_pass(f, 1);
		fx_expect_stopped(f, 1, g->quiet_after ? HELD : DRAINING, g->what);
		fx_end(f);
	}
}

/* Gate words that still move start the wait for quiet again. */
XT_DEFINE(turn_quiet_only_when_still)
{
	struct fx *f = fx_contended(t, 1);
	struct xsched_status_slot *st;
	u32 k;

	fx_hint(f, 0, XSCHED_HINT_PRIORITY, 1);
	fx_add(f, 1, 1, GATED);
	fx_ack(f, 0);
	synced(f, 0);
	st = fx_st(f, 1);
	fx_launch(f, 1);
	st->arrive = 1;
	f->d.tun.quiet_ns = 150 * US;
	fx_launch(f, 0);
	for (k = 0; k < 10; k++) {
		fx_pass(f, 140 * US);
		fx_expect_stopped(f, 1, DRAINING, "moves");
		st->arrive++;
		st->pass++;
	}
	fx_pass(f, 400 * US);
	fx_expect_stopped(f, 1, HELD, "stands");
	fx_end(f);
}

XT_SUITE(turn_suite, "xsched_turn",
	 XT_CASE(turn_first_work_opens_in_the_same_call),
	 XT_CASE(turn_ready_withdraws),
	 XT_CASE(turn_kick_without_news),
	 XT_CASE(turn_draining_to_held_to_running),
	 XT_CASE(turn_draining_to_idle),
	 XT_CASE(turn_draining_to_running),
	 XT_CASE(turn_running_to_held_at_once),
	 XT_CASE(turn_running_to_idle_when_stopped),
	 XT_CASE(turn_held_withdraws),
	 XT_CASE(turn_withdrawn_silently),
	 XT_CASE(turn_holds_come_first),
	 XT_CASE(turn_work_appears_while_going_idle),
	 XT_CASE(turn_work_appears_while_withdrawing),
	 XT_CASE(turn_work_appears_while_stopped_empty),
	 XT_CASE(turn_launch_slips_in_while_stopped),
	 XT_CASE(turn_news_without_end),
	 XT_CASE(turn_quiet),
	 XT_CASE(turn_quiet_only_when_still));
