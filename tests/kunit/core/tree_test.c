// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * The tree: order, balance, stability, and what it counts.
 */
#include "../fixture.h"

#define NODES	1000

struct item {
	struct xsched_tree_node node;
	u32 key, seq;
};

struct grove {
	struct xsched_tree tree;
	u64 visited;
	u32 n;
	struct item items[NODES];
};

static struct item *item_of(const struct xsched_tree_node *n)
{
	return container_of(n, struct item, node);
}

static bool by_key(const struct xsched_tree_node *a, const struct xsched_tree_node *b)
{
	return item_of(a)->key < item_of(b)->key;
}

static struct grove *grove_new(struct xt *t)
{
	struct grove *g = xt_alloc(t, sizeof(*g));
	u32 i;

	xsched_tree_init(&g->tree, by_key, &g->visited);
	for (i = 0; i < NODES; i++)
		xsched_tree_node_init(&g->items[i].node);
	return g;
}

static void plant(struct grove *g, u32 i, u32 key)
{
	static u32 seq;

	g->items[i].key = key;
	g->items[i].seq = ++seq;
	xsched_tree_insert(&g->tree, &g->items[i].node);
	g->n++;
}

static void fell(struct grove *g, u32 i)
{
	g->n -= xsched_tree_linked(&g->items[i].node);
	xsched_tree_erase(&g->tree, &g->items[i].node);
}

static u32 height(const struct xsched_tree_node *n)
{
	return n ? n->height : 0;
}

static void check_node(struct xt *t, const struct xsched_tree_node *n)
{
	u32 l = height(n->left), r = height(n->right);

	xt_eq(t, n->height, 1 + (l > r ? l : r));
	xt_true(t, l <= r + 1 && r <= l + 1);
	if (n->left)
		xt_true(t, n->left->parent == n);
	if (n->right)
		xt_true(t, n->right->parent == n);
}

/* In order, all there, each balanced. */
static void check(struct xt *t, struct grove *g)
{
	struct xsched_tree_node *n, *last = NULL;
	u32 count = 0;

	for (n = xsched_tree_first(&g->tree); n; n = xsched_tree_next(&g->tree, n)) {
		check_node(t, n);
		if (last)
			xt_true(t, item_of(last)->key < item_of(n)->key ||
				   (item_of(last)->key == item_of(n)->key &&
				    item_of(last)->seq < item_of(n)->seq));
		last = n;
		count++;
	}
	xt_eq(t, count, g->n);
	xt_true(t, xsched_tree_last(&g->tree) == last);
	xt_eq(t, xsched_tree_empty(&g->tree), !count);
}

struct order {
	const char *what;
	u32 factor, modulus;	/* key of item i: i * factor % modulus */
};

static const struct order orders[] = {
	{ "ascending", 1, NODES },
	{ "descending", NODES - 1, NODES },
	{ "scattered", 387, 1009 },
	{ "few keys", 7, 5 },
	{ "one key", 0, 1 },
};

XT_DEFINE(tree_orders)
{
	u32 o, i;

	for (o = 0; o < ARRAY_SIZE(orders); o++) {
		struct grove *g = grove_new(t);

		for (i = 0; i < NODES; i++) {
			plant(g, i, i * orders[o].factor % orders[o].modulus);
			if (i < 32)
				check(t, g);
		}
		check(t, g);
		/* 1.4405 log2(1002) is 14.4 */
		xt_le_msg(t, g->tree.root->height, 14, "%s", orders[o].what);
		for (i = 0; i < NODES; i++) {
			fell(g, i * 387 % NODES % 1000);
			if (i % 97 == 0)
				check(t, g);
		}
		for (i = 0; i < NODES; i++)
			fell(g, i);
		check(t, g);
	}
}

XT_DEFINE(tree_mixed)
{
	struct grove *g = grove_new(t);
	u32 x = 12345, i;

	for (i = 0; i < 20000 && !xt_failed(t); i++) {
		u32 k;

		x = x * 1664525 + 1013904223;
		k = (x >> 8) % NODES;
		if (xsched_tree_linked(&g->items[k].node))
			fell(g, k);
		else
			plant(g, k, (x >> 20) % 64);
		if (i % 199 == 0)
			check(t, g);
	}
	check(t, g);
}

XT_DEFINE(tree_erase_of_what_is_not_there)
{
	struct grove *g = grove_new(t);

	fell(g, 3);
	plant(g, 1, 1);
	fell(g, 3);
	fell(g, 1);
	fell(g, 1);
	check(t, g);
	xt_true(t, !xsched_tree_first(&g->tree));
	xt_true(t, !xsched_tree_last(&g->tree));
}

XT_DEFINE(tree_counts_visits)
{
	struct grove *g = grove_new(t);
	u32 i;

	for (i = 0; i < NODES; i++) {
		u64 before = g->visited;

		plant(g, i, i * 387 % 1009);
		xt_le_msg(t, g->visited - before, 14, "insertion %u", i);
		xt_true(t, i == 0 || g->visited > before);
	}
	g->tree.visited = NULL;
	i = (u32)g->visited;
	fell(g, 0);
	xt_eq(t, g->visited, i);
}

XT_SUITE(tree_suite, "xsched_tree",
	 XT_CASE(tree_orders),
	 XT_CASE(tree_mixed),
	 XT_CASE(tree_erase_of_what_is_not_there),
	 XT_CASE(tree_counts_visits));
