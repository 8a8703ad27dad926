// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Hints: ranges, defaults, and that they outlive everything but the entity.
 */
#include "../fixture.h"

#define S64_LEAST	(-S64_MAX - 1)

struct said {
	u32 kind;
	s64 value;
	int err;
};

static const struct said said[] = {
	{ 0, 0, -EOPNOTSUPP },
	{ XSCHED_HINT_MAX_KIND + 1, 0, -EOPNOTSUPP },
	{ ~0U, 0, -EOPNOTSUPP },
	{ XSCHED_HINT_PRIORITY, -256, -EINVAL },
	{ XSCHED_HINT_PRIORITY, -255, 0 },
	{ XSCHED_HINT_PRIORITY, 255, 0 },
	{ XSCHED_HINT_PRIORITY, 256, -EINVAL },
	{ XSCHED_HINT_PRIORITY, S64_LEAST, -EINVAL },
	{ XSCHED_HINT_PRIORITY, S64_MAX, -EINVAL },
	{ XSCHED_HINT_PRIORITY, 1LL << 32, -EINVAL },
	{ XSCHED_HINT_UTILIZATION, -1, -EINVAL },
	{ XSCHED_HINT_UTILIZATION, 0, 0 },
	{ XSCHED_HINT_UTILIZATION, 100, 0 },
	{ XSCHED_HINT_UTILIZATION, 101, -EINVAL },
	{ XSCHED_HINT_TIMESLICE, 99, -EINVAL },
	{ XSCHED_HINT_TIMESLICE, 100, 0 },
	{ XSCHED_HINT_TIMESLICE, 10000000, 0 },
	{ XSCHED_HINT_TIMESLICE, 10000001, -EINVAL },
	{ XSCHED_HINT_DEADLINE, -2, -EINVAL },
	{ XSCHED_HINT_DEADLINE, -1, 0 },
	{ XSCHED_HINT_DEADLINE, 0, 0 },
	{ XSCHED_HINT_DEADLINE, S64_MAX / 1000, 0 },
	{ XSCHED_HINT_DEADLINE, S64_MAX / 1000 + 1, -EINVAL },
	{ XSCHED_HINT_LAXITY, -2, -EINVAL },
	{ XSCHED_HINT_LAXITY, -1, 0 },
	{ XSCHED_HINT_LAXITY, 10000, 0 },
	{ XSCHED_HINT_LAXITY, S64_MAX, -EINVAL },
	{ XSCHED_HINT_LAX_PRIO, -256, -EINVAL },
	{ XSCHED_HINT_LAX_PRIO, 255, 0 },
	{ XSCHED_HINT_CRIT_PRIO, -255, 0 },
	{ XSCHED_HINT_CRIT_PRIO, 256, -EINVAL },
	{ XSCHED_HINT_WINDOW, -1, -EINVAL },
	{ XSCHED_HINT_WINDOW, 0, 0 },
	{ XSCHED_HINT_WINDOW, 1, 0 },
	{ XSCHED_HINT_WINDOW, 2, -EINVAL },
	{ XSCHED_HINT_K, -1, -EINVAL },
	{ XSCHED_HINT_K, 1000000, 0 },
	{ XSCHED_HINT_K, 1000001, -EINVAL },
};

XT_DEFINE(hint_ranges_hold)
{
	struct fx *f = fx_contended(t, 2);
	u32 c;

	for (c = 0; c < ARRAY_SIZE(said); c++) {
		u32 slot = said[c].kind <= XSCHED_HINT_MAX_KIND ? said[c].kind : 0;
		s64 old = fx_e(f, 0)->hint[slot];

		xt_eq_msg(t, xsched_hint_check(said[c].kind, said[c].value), said[c].err,
			  "check kind %u value %lld", said[c].kind, (long long)said[c].value);
		xt_eq_msg(t, fx_hint(f, 0, said[c].kind, said[c].value), said[c].err,
			  "set kind %u value %lld", said[c].kind, (long long)said[c].value);
		xt_eq_msg(t, fx_e(f, 0)->hint[slot], said[c].err ? old : said[c].value,
			  "kind %u value %lld", said[c].kind, (long long)said[c].value);
	}
	fx_end(f);
}

XT_DEFINE(hint_defaults_are_in_range)
{
	static const s64 want[] = {
		[XSCHED_HINT_PRIORITY] = 0, [XSCHED_HINT_UTILIZATION] = 100,
		[XSCHED_HINT_TIMESLICE] = 5000, [XSCHED_HINT_DEADLINE] = -1,
		[XSCHED_HINT_LAXITY] = -1, [XSCHED_HINT_LAX_PRIO] = 0,
		[XSCHED_HINT_CRIT_PRIO] = 0, [XSCHED_HINT_WINDOW] = 0, [XSCHED_HINT_K] = 0,
	};
	struct fx *f = fx_new(t);
	u32 kind;

	fx_add(f, 0, 0, 0);
	for (kind = 1; kind <= XSCHED_HINT_MAX_KIND; kind++) {
		xt_eq_msg(t, fx_e(f, 0)->hint[kind], want[kind], "kind %u", kind);
		xt_eq_msg(t, xsched_hint_check(kind, want[kind]), 0, "kind %u", kind);
	}
	fx_end(f);
}

XT_DEFINE(hint_before_and_after_the_domain)
{
	struct fx *f = fx_new(t);

	xsched_entity_init(fx_e(f, 0), 1, 0, &f->ent[0].ctl);
	xt_eq(t, xsched_entity_set_hint(fx_e(f, 0), XSCHED_HINT_PRIORITY, 9, f->now), 0);
	xt_eq(t, xsched_entity_set_hint(fx_e(f, 0), XSCHED_HINT_PRIORITY, 999, f->now), -EINVAL);
	xt_eq(t, fx_e(f, 0)->hint[XSCHED_HINT_PRIORITY], 9);
	fx_end(f);
}

XT_DEFINE(hint_outlives_policies)
{
	struct fx *f = fx_contended(t, 2);

	fx_hint(f, 0, XSCHED_HINT_PRIORITY, 7);
	fx_policy(f, &xsched_policy_none);
	xt_eq(t, fx_e(f, 0)->hint[XSCHED_HINT_PRIORITY], 7);
	xt_eq(t, fx_hint(f, 1, XSCHED_HINT_PRIORITY, 8), 0);
	fx_policy(f, &xsched_policy_hpf);
	fx_ack(f, 0);
	fx_ack(f, 1);
	fx_launch(f, 0);
	fx_launch(f, 1);
	fx_expect_running(f, 1, "set under none");
	xt_true(t, fx_state(f, 0) != RUNNING);
	fx_end(f);
}

XT_SUITE(hint_suite, "xsched_hint",
	 XT_CASE(hint_ranges_hold),
	 XT_CASE(hint_defaults_are_in_range),
	 XT_CASE(hint_before_and_after_the_domain),
	 XT_CASE(hint_outlives_policies));
