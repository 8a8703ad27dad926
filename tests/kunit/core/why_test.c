// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Why an entity runs or waits: every reason that the core has, and that each policy
 * says something and changes nothing by it.
 */
#include "../fixture.h"
#include "../sim.h"

static struct xsched_why why_of(struct fx *f, u32 i)
{
	struct xsched_why w;
	xt_flags_t flags;

	xt_lock(&f->d.lock, flags);
	xsched_entity_why(fx_e(f, i), f->now, &w);
	xt_unlock(&f->d.lock, flags);
	return w;
}

XT_DEFINE(why_of_an_open_domain)
{
	struct fx *f = fx_new(t);

	fx_add(f, 0, 1, 0);
	xt_eq(t, why_of(f, 0).flags, XSCHED_WHY_OPEN);
	fx_end(f);
}

XT_DEFINE(why_of_high_and_low)
{
	struct fx *f = fx_contended(t, 2);
	struct xsched_why w;

	fx_hint(f, 1, XSCHED_HINT_PRIORITY, 7);
	fx_launch(f, 1);
	fx_launch(f, 0);
	f->now += 5000;
	w = why_of(f, 1);
	xt_eq(t, w.flags, XSCHED_WHY_CHOSEN);
	xt_eq(t, w.priority, 7);
	xt_streq(t, w.policy, "its level is 7, and none with work is higher");
	w = why_of(f, 0);
	xt_eq(t, w.flags, 0);
	xt_eq(t, w.since_ns, 5000);
	xt_true(t, w.aging_ns == XSCHED_NEVER);
	xt_streq(t, w.policy, "its level is 0, the highest with work is 7");
	f->d.tun.aging_ns = 20000;
	fx_retune(f);
	xt_eq(t, why_of(f, 0).aging_ns, 15000);
	fx_pass(f, 15000);
	xt_eq(t, why_of(f, 0).flags & (XSCHED_WHY_AGED | XSCHED_WHY_CHOSEN), XSCHED_WHY_AGED);
	fx_end(f);
}

XT_DEFINE(why_untracked_and_lingering)
{
	struct fx *f = fx_new(t);

	fx_add(f, 0, 1, 0);
	fx_add(f, 1, 1, 0);
	xt_true(t, why_of(f, 0).flags & XSCHED_WHY_UNTRACKED);
	fx_ack(f, 0);
	xt_eq(t, why_of(f, 0).flags, XSCHED_WHY_CHOSEN | XSCHED_WHY_LINGERS);
	fx_end(f);
}

XT_DEFINE(why_strict_handoff)
{
	struct fx *f = fx_contended(t, 2);

	f->d.tun.strict = true;
	fx_retune(f);
	fx_launch(f, 0);
	fx_hint(f, 1, XSCHED_HINT_PRIORITY, 1);
	fx_launch(f, 1);
	xt_eq(t, fx_state(f, 0), DRAINING);
	xt_eq(t, why_of(f, 1).flags, XSCHED_WHY_CHOSEN | XSCHED_WHY_HANDOFF);
	fx_end(f);
}

XT_DEFINE(why_ceiling_and_cap)
{
	struct fx *f = fx_contended(t, 2);
	struct xsched_tenant *tenant = xt_alloc(t, sizeof(*tenant));
	struct xsched_seat *seat = xt_alloc(t, sizeof(*seat));
	struct xsched_account account;
	xt_flags_t flags;

	xsched_tenant_init(tenant, 5, NULL);
	tenant->limits.ceiling = -3;
	xt_lock(&f->d.lock, flags);
	xsched_seat_add(&f->d, seat, tenant, f->now);
	xt_unlock(&f->d.lock, flags);
	fx_e(f, 0)->seat = seat;
	seat->n++;
	fx_hint(f, 0, XSCHED_HINT_PRIORITY, 9);
	fx_launch(f, 1);
	fx_launch(f, 0);
	xt_eq(t, why_of(f, 0).flags, XSCHED_WHY_CEILING);
	xt_eq(t, why_of(f, 0).priority, -3);
	fx_e(f, 0)->barred = XSCHED_BAR_CAP;
	xt_eq(t, why_of(f, 0).flags, XSCHED_WHY_CEILING | XSCHED_WHY_CAP);
	fx_e(f, 0)->barred = XSCHED_BAR_GANG;
	xt_eq(t, why_of(f, 0).flags, XSCHED_WHY_CEILING | XSCHED_WHY_GANG);
	fx_e(f, 0)->barred = 0;
	fx_complete(f, 1, 1);
	fx_remove(f, 0);
	fx_e(f, 0)->seat = NULL;
	xt_lock(&f->d.lock, flags);
	xsched_seat_remove(seat, &account, f->now);
	xt_unlock(&f->d.lock, flags);
	fx_end(f);
}

/* Each has something to say about whoever has work, and says it without consequences. */
XT_DEFINE(why_of_each_policy)
{
	struct xsched_why w;
	u32 p, i, k;

	for (p = 0; xsched_policies[p]; p++) {
		struct sim *s = sim_new(t, 4, xsched_policies[p]);
		u64 hash[2];

		for (k = 0; k < 2; k++) {
			struct sim *again = k ? sim_new(t, 4, xsched_policies[p]) : s;
			u32 step;

			for (i = 0; i < 4; i++) {
				sim_add(again, i, 100 * US, 2);
				sim_hint(again, i, XSCHED_HINT_PRIORITY, i);
				sim_hint(again, i, XSCHED_HINT_DEADLINE, i ? 1000 * (s64)i : -1);
				sim_hint(again, i, XSCHED_HINT_UTILIZATION, 10 * i);
				sim_work(again, i, SIM_ENDLESS);
			}
			for (step = 0; step < 50; step++) {
				sim_run(again, MS);
				for (i = 0; !k && i < 4; i++) {
					xsched_entity_why(&s->ent[i].e, s->now, &w);
					xt_true_msg(t, !s->ent[i].e.entered || w.policy[0] ||
						    !xsched_policies[p]->why, "%s says nothing",
						    xsched_policies[p]->name);
				}
			}
			hash[k] = again->hash;
			sim_free(again);
		}
		xt_true_msg(t, xsched_policies[p]->why || xsched_policies[p]->open ||
			    !sim_knows_policy(xsched_policies[p]), "%s",
			    xsched_policies[p]->name);
		xt_true_msg(t, hash[0] == hash[1], "%s: asking changed something",
			    xsched_policies[p]->name);
	}
}

XT_SUITE(why_suite, "xsched_why",
	XT_CASE(why_of_an_open_domain),
	XT_CASE(why_of_high_and_low),
	XT_CASE(why_untracked_and_lingering),
	XT_CASE(why_strict_handoff),
	XT_CASE(why_ceiling_and_cap),
	XT_CASE(why_of_each_policy));
