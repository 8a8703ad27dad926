// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Handing over: eager, or strict, when the winner waits for the quiet of who had the device.
 */
#include "../fixture.h"

XT_DEFINE(handoff_eager)
{
	struct fx *f = fx_contended(t, 2);

	fx_hint(f, 1, XSCHED_HINT_PRIORITY, 1);
	fx_launch(f, 0);
	xt_true_msg(t, fx_launch(f, 1), "opens in the same call");
	fx_expect_stopped(f, 0, DRAINING, "still in flight");
	fx_end(f);
}

static struct fx *strict(struct xt *t)
{
	struct fx *f = fx_contended(t, 3);

	f->d.tun.strict = true;
	fx_hint(f, 1, XSCHED_HINT_PRIORITY, 1);
	fx_hint(f, 2, XSCHED_HINT_PRIORITY, 2);
	fx_launch(f, 0);
	xt_false_msg(t, fx_launch(f, 1), "waits for quiet");
	fx_expect_stopped(f, 1, READY, "promised");
	fx_expect_stopped(f, 0, DRAINING, "drains");
	xt_streq(t, f->d.fallback, "");
	return f;
}

XT_DEFINE(handoff_strict)
{
	struct fx *f = strict(t);

	fx_pass(f, 5 * MS);
	fx_expect_stopped(f, 1, READY, "still promised");
	fx_complete(f, 0, 1);
	fx_pass(f, 50 * US);
	fx_expect_idle(f, 0, "quiet");
	fx_expect_running(f, 1, "its turn");
	fx_end(f);
}

XT_DEFINE(handoff_strict_by_kick)
{
	struct fx *f = strict(t);

	fx_complete(f, 0, 1);
	fx_kick(f, 0);
	fx_expect_idle(f, 0, "quiet");
	fx_expect_running(f, 1, "in the same call");
	fx_end(f);
}

XT_DEFINE(handoff_strict_without_a_loser)
{
	struct fx *f = fx_contended(t, 2);

	f->d.tun.strict = true;
	xt_true(t, fx_launch(f, 0));
	fx_hint(f, 1, XSCHED_HINT_PRIORITY, 1);
	fx_complete(f, 0, 1);
	fx_st(f, 0)->pending = 1;
	xt_true_msg(t, fx_launch(f, 1), "the loser is quiet at once");
	fx_expect_stopped(f, 0, HELD, "quiet");
	fx_end(f);
}

XT_DEFINE(handoff_grace)
{
	struct fx *f = strict(t);
	u64 visited;

	fx_pass(f, 10 * MS - 1);
	fx_expect_stopped(f, 1, READY, "waits for quiet");
	fx_pass(f, 1);
	fx_expect_running(f, 1, "waited long enough");
	fx_expect_stopped(f, 0, DRAINING, "never quiet");
	/* It isn't waited for a second time. */
	xt_true(t, fx_launch(f, 2) || fx_state(f, 1) == DRAINING);
	fx_complete(f, 1, 1);
	fx_st(f, 1)->pending = 1;
	fx_kick(f, 1);
	fx_expect_running(f, 2, "only the second loser counted");
	/* And is looked at rarely, but is. */
	fx_remove(f, 1);
	fx_st(f, 2)->completed = fx_st(f, 2)->submitted;
	fx_hint(f, 2, XSCHED_HINT_PRIORITY, 3);
	f->d.tun.linger_ns = 1000 * MS;
	fx_retune(f);
	f->d.pace[XSCHED_PACE_EAGER].next_ns = XSCHED_NEVER;
	visited = f->d.n_visited;
	fx_pass(f, 100 * MS);
	xt_eq_msg(t, f->d.n_visited - visited, 10, "each 10 ms");
	fx_complete(f, 0, 1);
	fx_pass(f, 10 * MS);
	fx_expect_idle(f, 0, "quiet at last");
	fx_end(f);
}

XT_DEFINE(handoff_promise_is_withdrawn)
{
	struct fx *f = strict(t);

	/* Somebody higher comes: the promise goes to them. */
	xt_false(t, fx_launch(f, 2));
	fx_expect_stopped(f, 2, READY, "promised");
	fx_expect_stopped(f, 1, READY, "no longer promised");
	xt_false(t, fx_e(f, 1)->chosen);
	fx_complete(f, 0, 1);
	fx_kick(f, 0);
	fx_expect_running(f, 2, "highest");
	fx_expect_stopped(f, 1, READY, "waits");
	fx_end(f);
}

/* The loser's gate words have to stand still for 50 us, and no longer is waited. */
XT_DEFINE(handoff_quiet_is_seen_soon)
{
	struct fx *f = fx_new(t);

	f->d.tun.strict = true;
	fx_add(f, 0, 1, XSCHED_QUEUE_F_DEVICE_GATED);
	fx_add(f, 1, 1, 0);
	fx_hint(f, 1, XSCHED_HINT_PRIORITY, 1);
	fx_launch(f, 0);
	fx_st(f, 0)->arrive = 1;
	fx_ack(f, 0);
	/* The next look is 80 us away when the device is promised. */
	fx_add(f, 2, 1, 0);
	fx_hint(f, 2, XSCHED_HINT_PRIORITY, -1);
	fx_launch(f, 2);
	fx_pass(f, 20 * US);
	fx_launch(f, 1);
	fx_expect_stopped(f, 0, DRAINING, "stands at its gate");
	fx_pass(f, 50 * US);
	fx_expect_running(f, 1, "seen as soon as it can be");
	fx_end(f);
}

/* Promised, and so long that it ages: runs, by right. */
XT_DEFINE(handoff_promised_ages)
{
	struct fx *f = strict(t);

	f->d.tun.aging_ns = 3 * MS;
	fx_retune(f);
	fx_pass(f, 3 * MS);
	fx_expect_running(f, 1, "aged");
	xt_false(t, fx_e(f, 1)->aging);
	fx_pass(f, 100 * MS);
	fx_expect_running(f, 1, "for good");
	fx_end(f);
}

XT_DEFINE(handoff_strict_switched_off)
{
	struct fx *f = strict(t);

	f->d.tun.strict = false;
	fx_retune(f);
	fx_expect_running(f, 1, "no reason to wait");
	fx_end(f);
}

/* Who had what it is expected to need was looked at rarely, till somebody waits for its quiet. */
XT_DEFINE(handoff_strict_switched_on)
{
	struct fx *f = fx_new(t);
	u32 i;

	for (i = 0; i < 3; i++) {
		fx_add(f, i, 1, XSCHED_QUEUE_F_KICKS_IDLE | (i ? 0 : XSCHED_QUEUE_F_DEVICE_GATED));
		fx_hint(f, i, XSCHED_HINT_PRIORITY, i);
	}
	fx_e(f, 0)->command_ns = 10 * US;
	fx_launch(f, 0);
	fx_launch(f, 1);
	fx_pass(f, MS);
	fx_expect_stopped(f, 0, DRAINING, "still in flight");
	xt_false(t, fx_e(f, 0)->uses);
	fx_st(f, 0)->arrive = 1;
	f->d.tun.strict = true;
	fx_retune(f);
	fx_launch(f, 2);
	fx_complete(f, 1, 1);
	fx_kick(f, 1);
	fx_expect_stopped(f, 2, READY, "promised");
	fx_pass(f, 200 * US);
	fx_expect_running(f, 2, "the first stands at its gate");
	fx_end(f);
}

/* Both wait for the device; grace is what bounds it even if nobody polls. */
XT_DEFINE(handoff_strict_and_untracked)
{
	struct fx *f = fx_new(t);

	f->d.tun.strict = true;
	fx_add(f, 0, 1, 0);
	fx_launch(f, 0);
	fx_add(f, 1, 1, 0);
	fx_hint(f, 1, XSCHED_HINT_PRIORITY, 1);
	xt_false(t, fx_launch(f, 1));
	fx_expect_stopped(f, 0, DRAINING, "silent, in flight");
	fx_pass(f, 10 * MS);
	fx_expect_running(f, 1, "after grace");
	fx_end(f);
}

XT_SUITE(handoff_suite, "xsched_handoff",
	 XT_CASE(handoff_eager),
	 XT_CASE(handoff_strict),
	 XT_CASE(handoff_strict_by_kick),
	 XT_CASE(handoff_strict_without_a_loser),
	 XT_CASE(handoff_grace),
	 XT_CASE(handoff_promise_is_withdrawn),
	 XT_CASE(handoff_quiet_is_seen_soon),
	 XT_CASE(handoff_promised_ages),
	 XT_CASE(handoff_strict_switched_off),
	 XT_CASE(handoff_strict_switched_on),
	 XT_CASE(handoff_strict_and_untracked));
