// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Shares by virtual time: who has had least for its weight is first.
 */
#include "share.h"

/* vtime is device time in ns, times this, over weight. It wraps, so differences count. */
#define SCALE_BITS	20
/* Nobody pays for more than 17 s in one go: not for hours that it was alone, nor for a
 * clock that stepped. */
#define CHARGE_MAX_NS	(1ULL << 34)
/* By which the weightless share among themselves. */
#define ORDINARY_WEIGHT	1024

static struct xsched_share *share_of(const struct xsched_tree_node *n)
{
	return n ? container_of(n, struct xsched_share, node) : NULL;
}

static bool share_is_behind(u64 a, u64 b)
{
	return (s64)(a - b) < 0;
}

static bool share_before(const struct xsched_tree_node *na, const struct xsched_tree_node *nb)
{
	const struct xsched_share *a = share_of(na), *b = share_of(nb);

	if (!a->weight != !b->weight)
		return a->weight != 0;
	return share_is_behind(a->vtime, b->vtime);
}

static u64 share_scale(const struct xsched_share *s, u64 ns)
{
	u32 weight = s->weight ? s->weight : ORDINARY_WEIGHT;

	return (xsched_min_u64(ns, CHARGE_MAX_NS) << SCALE_BITS) / weight;
}

void xsched_share_group_init(struct xsched_share_group *g, struct xsched_share_group *parent,
			     u32 weight, u64 *visited)
{
	memset(g, 0, sizeof(*g));
	xsched_tree_node_init(&g->self.node);
	g->self.parent = parent;
	g->self.weight = weight;
	g->self.is_group = true;
	xsched_tree_init(&g->children, share_before, visited);
}

/* The floor follows the child that is furthest behind, and never goes back. */
static void share_raise_floor(struct xsched_share_group *g)
{
	const struct xsched_share *first = share_of(xsched_tree_first(&g->children));

	if (first && share_is_behind(g->floor, first->vtime))
		g->floor = first->vtime;
}

static void share_link(struct xsched_share *s)
{
	xsched_tree_insert(&s->parent->children, &s->node);
	s->parent->weights += s->weight;
	s->parent->n++;
	share_raise_floor(s->parent);
}

static void share_unlink(struct xsched_share *s)
{
	xsched_tree_erase(&s->parent->children, &s->node);
	s->parent->weights -= s->weight;
	s->parent->n--;
}

void xsched_share_enter(struct xsched_share *s, u64 credit_ns)
{
	for (; s->parent && !xsched_tree_linked(&s->node); s = &s->parent->self) {
		u64 start = s->parent->floor - share_scale(s, credit_ns);

		if (share_is_behind(s->vtime, start))
			s->vtime = start;
		share_link(s);
		credit_ns = 0;
	}
}

void xsched_share_leave(struct xsched_share *s)
{
	for (; s->parent && xsched_tree_linked(&s->node); s = &s->parent->self) {
		share_unlink(s);
		if (!xsched_tree_empty(&s->parent->children))
			break;
	}
}

/* Time only adds to vtime, so only who follows can have to go before. Of equals,
 * who wasn't served just now does. */
static void share_move_back(struct xsched_share *s)
{
	struct xsched_tree *siblings = &s->parent->children;
	struct xsched_tree_node *next = xsched_tree_next(siblings, &s->node);

	if (next && !share_before(&s->node, next)) {
		xsched_tree_erase(siblings, &s->node);
		xsched_tree_insert(siblings, &s->node);
	}
	share_raise_floor(s->parent);
}

void xsched_share_charge(struct xsched_share *s, u64 used_ns)
{
	for (; s->parent; s = &s->parent->self) {
		s->vtime += share_scale(s, used_ns);
		if (xsched_tree_linked(&s->node))
			share_move_back(s);
	}
}

void xsched_share_set_weight(struct xsched_share *s, u32 weight)
{
	bool linked = xsched_tree_linked(&s->node);

	if (s->weight == weight)
		return;
	if (linked)
		share_unlink(s);
	s->weight = weight;
	if (linked)
		share_link(s);
}

u64 xsched_share_lag_ns(const struct xsched_share *s)
{
	const struct xsched_share *next;
	u64 lag_ns = CHARGE_MAX_NS;

	for (; s->parent; s = &s->parent->self) {
		next = share_of(xsched_tree_next(&s->parent->children, &s->node));
		if (next && s->weight && next->weight)
			lag_ns = xsched_min_u64(lag_ns, ((next->vtime - s->vtime) >> SCALE_BITS) *
							s->weight);
	}
	return lag_ns;
}

struct xsched_share *xsched_share_first(const struct xsched_share_group *root)
{
	struct xsched_share *s = share_of(xsched_tree_first(&root->children));

	while (s && s->is_group) {
		root = container_of(s, struct xsched_share_group, self);
		s = share_of(xsched_tree_first(&root->children));
	}
	return s;
}
