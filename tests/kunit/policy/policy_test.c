// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * The list of policies, and what a table must have.
 */
#include "../fixture.h"

static int decide(struct xsched_domain *d, u64 now_ns, u64 *next_ns)
{
	(void)d;
	(void)now_ns;
	(void)next_ns;
	return 0;
}

struct table {
	const char *what;
	struct xsched_policy policy;
	int err;
};

static const struct table tables[] = {
	{ "no name", { .decide = decide }, -EINVAL },
	{ "empty name", { .name = "", .decide = decide }, -EINVAL },
	{ "no decide", { .name = "p" }, -EINVAL },
	{ "open needs no decide", { .name = "p", .open = true }, 0 },
	{ "decide alone", { .name = "p", .decide = decide }, 0 },
	{ "longest name", { .name = "abcdefghijklmno", .decide = decide }, 0 },
	{ "name too long", { .name = "abcdefghijklmnop", .decide = decide }, -EINVAL },
	{ "space", { .name = "a b", .decide = decide }, -EINVAL },
	{ "newline", { .name = "ab\n", .decide = decide }, -EINVAL },
	{ "capital", { .name = "Hpf", .decide = decide }, -EINVAL },
	{ "digits and dashes", { .name = "my-p_2", .decide = decide }, 0 },
};

XT_DEFINE(policy_tables)
{
	u32 c;

	for (c = 0; c < ARRAY_SIZE(tables); c++)
		xt_eq_msg(t, xsched_policy_check(&tables[c].policy), tables[c].err, "%s",
			  tables[c].what);
	xt_eq(t, xsched_policy_check(NULL), -EINVAL);
}

XT_DEFINE(policy_list)
{
	u32 i;

	for (i = 0; xsched_policies[i]; i++) {
		xt_eq(t, xsched_policy_check(xsched_policies[i]), 0);
		xt_true(t, xsched_policy_find(xsched_policies[i]->name) == xsched_policies[i]);
	}
	xt_true(t, xsched_policy_find("hpf") == &xsched_policy_hpf);
	xt_true(t, xsched_policy_find("none") == &xsched_policy_none);
	xt_true(t, xsched_policy_default == &xsched_policy_hpf);
	xt_true(t, !xsched_policy_find("hp"));
	xt_true(t, !xsched_policy_find("hpf "));
	xt_true(t, !xsched_policy_find(""));
}

XT_DEFINE(policy_default_is_in_force)
{
	struct fx *f = fx_new(t);

	xt_true(t, f->d.policy == xsched_policy_default);
	xt_streq(t, f->d.fallback, "");
	fx_end(f);
}

XT_SUITE(policy_suite, "xsched_policy",
	 XT_CASE(policy_tables),
	 XT_CASE(policy_list),
	 XT_CASE(policy_default_is_in_force));
