// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Shares: who is next, by weight, in groups, after sleep and after a change.
 */
#include "../fixture.h"
#include "../../../kmod/policy/share.h"

#define N	6

struct tree {
	struct xsched_share_group root, group[2];
	struct xsched_share leaf[N];
	u64 served[N], visited;
};

/* Leaves 0..2 are in group 0, 3 and 4 in group 1, 5 is the root's. */
static struct tree *tree_new(struct xt *t, const u32 *groups, const u32 *leaves)
{
	struct tree *x = xt_alloc(t, sizeof(*x));
	u32 i;

	xsched_share_group_init(&x->root, NULL, 0, &x->visited);
	for (i = 0; i < 2; i++)
		xsched_share_group_init(&x->group[i], &x->root, groups[i], &x->visited);
	for (i = 0; i < N; i++) {
		xsched_tree_node_init(&x->leaf[i].node);
		x->leaf[i].parent = i < 3 ? &x->group[0] : i < 5 ? &x->group[1] : &x->root;
		x->leaf[i].weight = leaves[i];
	}
	return x;
}

static void serve(struct tree *x, u32 turns, u64 turn_ns)
{
	while (turns--) {
		struct xsched_share *s = xsched_share_first(&x->root);

		xsched_share_charge(s, turn_ns);
		x->served[s - x->leaf] += turn_ns;
	}
}

struct split {
	const char *what;
	u32 groups[2], leaves[N];
	const char *enter;
	u32 permille[N];	/* expected */
};

static const struct split splits[] = {
	{ "two equals", { 1, 1 }, { 1024, 1024, 0, 0, 0, 0 }, "01", { 500, 500 } },
	{ "3:1", { 1, 1 }, { 3, 1, 0, 0, 0, 0 }, "01", { 750, 250 } },
	{ "groups of one", { 3, 1 }, { 7, 0, 0, 9, 0, 0 }, "03", { 750, 0, 0, 250 } },
	{ "a group divides what its parent gives it", { 3, 1 }, { 1, 1, 1, 4, 1, 0 }, "01234",
	  { 250, 250, 250, 200, 50 } },
	{ "an empty group takes nothing", { 3, 1 }, { 1, 1, 1, 4, 1, 0 }, "34",
	  { 0, 0, 0, 800, 200 } },
	{ "a leaf beside groups", { 2, 2 }, { 1, 0, 0, 1, 0, 6 }, "035", { 200, 0, 0, 200, 0, 600 } },
	{ "weightless while others have work", { 1, 1 }, { 5, 0, 0, 0, 0, 0 }, "01", { 1000, 0 } },
	{ "weightless alone share equally", { 1, 1 }, { 0, 0, 0, 0, 0, 0 }, "01", { 500, 500 } },
	{ "a weightless group", { 0, 1 }, { 1, 1, 0, 1, 0, 0 }, "013", { 0, 0, 0, 1000 } },
	{ "extremes", { 1, 1 }, { 10000, 1, 0, 0, 0, 0 }, "01", { 1000, 0 } },
};

XT_DEFINE(share_splits)
{
	u32 c, i;

	for (c = 0; c < ARRAY_SIZE(splits); c++) {
		const struct split *s = &splits[c];
		struct tree *x = tree_new(t, s->groups, s->leaves);
		const char *p;

		for (p = s->enter; *p; p++)
			xsched_share_enter(&x->leaf[*p - '0'], 0);
		serve(x, 6000, MS);
		for (i = 0; i < N; i++) {
			long long got = (long long)(x->served[i] / (6 * MS));

			xt_le_msg(t, got, s->permille[i] + 1, "%s: leaf %u", s->what, i);
			xt_le_msg(t, s->permille[i] - 1LL, got, "%s: leaf %u", s->what, i);
		}
	}
}

static const u32 ones[N] = { 1024, 1024, 1024, 1024, 1024, 1024 };

XT_DEFINE(share_sleeper_starts_level)
{
	struct tree *x = tree_new(t, ones, ones);

	xsched_share_enter(&x->leaf[0], 0);
	xsched_share_enter(&x->leaf[1], 0);
	serve(x, 10, MS);
	xsched_share_leave(&x->leaf[1]);
	serve(x, 500, MS);
	xsched_share_enter(&x->leaf[1], 0);
	memset(x->served, 0, sizeof(x->served));
	serve(x, 10, MS);
	xt_eq(t, x->served[0], 5 * MS);
	xt_eq(t, x->served[1], 5 * MS);
}

XT_DEFINE(share_sleeping_group_starts_level)
{
	struct tree *x = tree_new(t, ones, ones);

	xsched_share_enter(&x->leaf[0], 0);
	xsched_share_enter(&x->leaf[3], 0);
	serve(x, 10, MS);
	xsched_share_leave(&x->leaf[3]);
	xt_eq(t, x->root.weights, 1024);
	serve(x, 500, MS);
	xsched_share_enter(&x->leaf[4], 0);
	memset(x->served, 0, sizeof(x->served));
	serve(x, 10, MS);
	xt_eq(t, x->served[0], 5 * MS);
	xt_eq(t, x->served[4], 5 * MS);
}

XT_DEFINE(share_debt_is_owed)
{
	struct tree *x = tree_new(t, ones, ones);

	xsched_share_enter(&x->leaf[0], 0);
	xsched_share_enter(&x->leaf[1], 0);
	xsched_share_charge(&x->leaf[0], 10 * MS);
	xsched_share_leave(&x->leaf[0]);
	xsched_share_enter(&x->leaf[0], 0);
	serve(x, 10, MS);
	xt_eq_msg(t, x->served[1], 10 * MS, "the other catches up first");
	xsched_share_charge(&x->leaf[5], MS);
	xt_eq_msg(t, x->leaf[5].vtime != 0, 1, "charged though it has no work");
}

XT_DEFINE(share_credit)
{
	struct tree *x = tree_new(t, ones, ones);

	xsched_share_enter(&x->leaf[0], 0);
	serve(x, 100, MS);
	xsched_share_enter(&x->leaf[1], 4 * MS);
	memset(x->served, 0, sizeof(x->served));
	serve(x, 4, MS);
	xt_eq(t, x->served[1], 4 * MS);
	serve(x, 10, MS);
	xt_eq(t, x->served[1], 9 * MS);
}

XT_DEFINE(share_weight_changes)
{
	struct tree *x = tree_new(t, ones, ones);

	xsched_share_enter(&x->leaf[0], 0);
	xsched_share_enter(&x->leaf[1], 0);
	serve(x, 100, MS);
	xsched_share_set_weight(&x->leaf[0], 3 * 1024);
	xt_eq(t, x->group[0].weights, 4 * 1024);
	memset(x->served, 0, sizeof(x->served));
	serve(x, 400, MS);
	xt_le_msg(t, 299 * MS, x->served[0], "3 of 4");
	xt_le_msg(t, x->served[0], 301 * MS, "3 of 4");
	xsched_share_set_weight(&x->leaf[1], 0);
	xt_true(t, xsched_share_first(&x->root) == &x->leaf[0]);
	xsched_share_leave(&x->leaf[0]);
	xt_true(t, xsched_share_first(&x->root) == &x->leaf[1]);
	xsched_share_leave(&x->leaf[1]);
	xt_true(t, !xsched_share_first(&x->root));
	xt_eq(t, x->group[0].weights, 0);
	xt_true(t, xsched_tree_empty(&x->root.children));
}

/* vtime wraps: after years with a tiny weight. */
XT_DEFINE(share_wraps)
{
	static const u32 tiny[N] = { 1, 1, 1, 1, 1, 1 };
	struct tree *x = tree_new(t, ones, tiny);
	u32 k;

	xsched_share_enter(&x->leaf[0], 0);
	for (k = 0; k < 100; k++) {
		xsched_share_charge(&x->leaf[0], ~0ULL);
		xsched_share_enter(&x->leaf[1], 0);
		memset(x->served, 0, sizeof(x->served));
		serve(x, 10, MS);
		xt_eq_msg(t, x->served[1], 5 * MS, "after %u long runs", k);
		xsched_share_leave(&x->leaf[1]);
	}
}

XT_SUITE(share_suite, "xsched_share",
	 XT_CASE(share_splits),
	 XT_CASE(share_sleeper_starts_level),
	 XT_CASE(share_sleeping_group_starts_level),
	 XT_CASE(share_debt_is_owed),
	 XT_CASE(share_credit),
	 XT_CASE(share_weight_changes),
	 XT_CASE(share_wraps));
