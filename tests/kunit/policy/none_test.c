// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * none: nobody is ever stopped or asked for anything.
 */
#include "../fixture.h"

XT_DEFINE(none_everybody_runs)
{
	struct fx *f = fx_new(t);
	u32 i;

	xt_eq(t, fx_policy(f, &xsched_policy_none), 0);
	for (i = 0; i < 4; i++)
		fx_add(f, i, 1, 0);
	for (i = 0; i < 4; i++) {
		xt_true(t, fx_launch(f, i));
		fx_kick(f, i);
		xt_eq(t, fx_gate(f, i), XSCHED_GATE_OPEN);
		xt_eq(t, fx_notify(f, i), 0);
		xt_eq(t, f->ent[i].ctl.epoch, 0);
		xt_eq(t, xsched_entity_state(fx_e(f, i)), RUNNING);
	}
	xt_eq(t, f->d.next_ns, XSCHED_NEVER);
	xt_eq(t, f->d.n_decisions, 0);
	fx_pass(f, 1000 * MS);
	xt_eq(t, f->n_log, 0);
	fx_end(f);
}

XT_DEFINE(none_frees_the_held)
{
	struct fx *f = fx_contended(t, 2);

	fx_hint(f, 1, XSCHED_HINT_PRIORITY, 1);
	fx_launch(f, 0);
	fx_launch(f, 1);
	xt_eq(t, fx_state(f, 0), DRAINING);
	xt_eq(t, fx_policy(f, &xsched_policy_none), 0);
	xt_eq(t, fx_gate(f, 0), XSCHED_GATE_OPEN);
	xt_eq(t, fx_notify(f, 0), 0);
	xt_eq(t, f->d.next_ns, XSCHED_NEVER);
	xt_streq(t, f->d.fallback, "");
	fx_end(f);
}

XT_SUITE(none_suite, "xsched_none",
	 XT_CASE(none_everybody_runs),
	 XT_CASE(none_frees_the_held));
