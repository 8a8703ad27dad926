// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Calm: where nobody waits, who runs out of work needn't say anything more.
 */
#include "../fixture.h"

/* Entity 0 outranks 1, has worked and told so, and nobody has waited for long. */
static struct fx *calm(struct xt *t)
{
	struct fx *f = fx_contended(t, 2);

	fx_hint(f, 0, XSCHED_HINT_PRIORITY, 1);
	fx_pass(f, 2000 * MS);
	fx_launch(f, 0);
	fx_complete(f, 0, 1);
	fx_kick(f, 0);
	fx_expect(f, 0, RUNNING, XSCHED_GATE_OPEN, CALM, "calm");
	xt_eq(t, f->ent[0].ctl.budget_us, f->d.tun.idle_budget_us);
	xt_eq(t, f->d.next_ns, XSCHED_NEVER);
	return f;
}

/* The first is known to have no more work, and the second waits. */
static void expect_hands_over(struct fx *f)
{
	fx_pass(f, 200 * US);
	fx_expect_idle(f, 0, "lingered");
	fx_expect_running(f, 1, "its turn");
}

XT_DEFINE(calm_ends_with_company)
{
	struct fx *f = calm(t);

	fx_launch(f, 0);
	xt_false(t, fx_launch(f, 1));
	fx_expect_running(f, 0, "has work");
	xt_eq(t, f->ent[0].ctl.budget_us, f->d.tun.budget_us);
	fx_complete(f, 0, 1);
	fx_kick(f, 0);
	expect_hands_over(f);
	fx_end(f);
}

/* What it tracked no more is looked up when somebody comes, and counts as work till then. */
XT_DEFINE(calm_is_asked)
{
	struct fx *f = calm(t);
	u32 seq = f->ent[0].ctl.track_seq;

	fx_launch(f, 0);	/* and that has completed, which nobody has counted */
	fx_launch(f, 1);
	fx_expect_running(f, 0, "asked");
	xt_eq(t, f->ent[0].ctl.track_seq, seq + 1);
	fx_pass(f, 1 * MS);
	fx_expect_running(f, 0, "hasn't answered");
	fx_complete(f, 0, 1);
	fx_ack(f, 0);
	expect_hands_over(f);
	fx_end(f);
}

/* Some policies go by what entities did, and these have to say it. */
XT_DEFINE(calm_by_rank_only)
{
	struct fx *f = fx_contended(t, 2);

	fx_policy(f, &xsched_policy_edf);
	fx_pass(f, 2000 * MS);
	fx_launch(f, 0);
	fx_complete(f, 0, 1);
	fx_kick(f, 0);
	fx_expect_running(f, 0, "nobody is calm");
	fx_end(f);
}

/* It ran out of work and said nothing, as it needn't. */
XT_DEFINE(calm_and_out_of_work)
{
	struct fx *f = calm(t);

	fx_launch(f, 0);
	fx_complete(f, 0, 1);
	fx_launch(f, 1);
	fx_expect_running(f, 0, "lingers from now on");
	expect_hands_over(f);
	fx_end(f);
}

XT_DEFINE(calm_and_synced)
{
	struct fx *f = calm(t);

	fx_launch(f, 0);
	fx_complete(f, 0, 1);
	fx_st(f, 0)->flags = XSCHED_STATUS_SYNCED;
	fx_launch(f, 1);
	fx_tick(f);
	fx_expect_idle(f, 0, "nothing follows soon");
	fx_expect_running(f, 1, "its turn at once");
	fx_end(f);
}

XT_DEFINE(calm_takes_its_time)
{
	struct fx *f = calm(t);
	struct xsched_account a, b;

	fx_launch(f, 1);	/* waits */
	fx_pass(f, 200 * US);
	fx_resume(f, 1);
	fx_complete(f, 1, 1);
	fx_kick(f, 1);
	fx_pass(f, 999 * MS);
	fx_launch(f, 0);
	fx_complete(f, 0, 1);
	fx_kick(f, 0);
	fx_expect_running(f, 0, "somebody waited a moment ago");
	fx_pass(f, 2 * MS);
	fx_launch(f, 0);
	fx_complete(f, 0, 1);
	fx_kick(f, 0);
	fx_expect(f, 0, RUNNING, XSCHED_GATE_OPEN, CALM, "calm again");
	xsched_entity_account(fx_e(f, 0), f->now, &a);
	fx_pass(f, 5 * MS);
	xsched_entity_account(fx_e(f, 0), f->now, &b);
	xt_eq(t, b.run_ns, a.run_ns);
	xt_eq(t, b.open_ns, a.open_ns + 5 * MS);
	xt_eq(t, xsched_entity_state(fx_e(f, 0)), IDLE);
	fx_end(f);
}

XT_SUITE(calm_suite, "xsched_calm",
	 XT_CASE(calm_ends_with_company),
	 XT_CASE(calm_is_asked),
	 XT_CASE(calm_by_rank_only),
	 XT_CASE(calm_and_out_of_work),
	 XT_CASE(calm_and_synced),
	 XT_CASE(calm_takes_its_time));
