// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Shares by virtual time: who has had least for its weight is first.
 */
#include "policy.h"
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

	if (!a->counts != !b->counts)
		return a->counts != 0;
	return share_is_behind(a->placed, b->placed);
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

/* Of the child that is furthest behind; there is one. */
static u64 share_least_vtime(const struct xsched_share_group *g)
{
	const struct xsched_share *first = share_of(xsched_tree_first(&g->children)), *next;

	if (first != g->served)
		return first->vtime;
	next = share_of(xsched_tree_next(&g->children, &first->node));
	if (next && !next->counts == !first->counts && share_is_behind(next->vtime, first->vtime))
		return next->vtime;
	return first->vtime;
}

/* The floor follows it, and never goes back. */
static void share_raise_floor(struct xsched_share_group *g)
{
	u64 least;

	if (xsched_tree_empty(&g->children))
		return;
	least = share_least_vtime(g);
	if (share_is_behind(g->floor, least))
		g->floor = least;
}

static u32 share_counts(const struct xsched_share *s)
{
	if (s->is_group && !container_of(s, struct xsched_share_group, self)->weights)
		return 0;
	return s->weight;
}

static void share_link(struct xsched_share *s)
{
	s->counts = share_counts(s);
	s->placed = s->vtime;
	xsched_tree_insert(&s->parent->children, &s->node);
	s->parent->weights += s->counts;
	share_raise_floor(s->parent);
}

static void share_unlink(struct xsched_share *s)
{
	xsched_tree_erase(&s->parent->children, &s->node);
	if (s->parent->served == s)
		s->parent->served = NULL;
	s->parent->weights -= s->counts;
}

/* A weight changed below or here: groups may count that didn't, or the other way round. */
static void share_recount(struct xsched_share *s)
{
	for (; s->parent && xsched_tree_linked(&s->node); s = &s->parent->self) {
		if (s->counts == share_counts(s))
			return;
		share_unlink(s);
		share_link(s);
	}
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
	share_recount(s);
}

void xsched_share_leave(struct xsched_share *s)
{
	for (; s->parent && xsched_tree_linked(&s->node); s = &s->parent->self) {
		share_unlink(s);
		if (!xsched_tree_empty(&s->parent->children)) {
			share_recount(&s->parent->self);
			return;
		}
	}
}

/*
 * Its place is of use only when somebody asks who is first, so it is found then and not at
 * each charge. Time only adds to vtime, so only who follows can have to go before; of
 * equals, who wasn't served just now does.
 */
static void share_settle_place(struct xsched_share_group *g)
{
	struct xsched_share *s = g->served, *next;

	if (!s)
		return;
	g->served = NULL;
	next = share_of(xsched_tree_next(&g->children, &s->node));
	if (!next || !next->counts != !s->counts || share_is_behind(s->vtime, next->placed)) {
		s->placed = s->vtime;
		return;
	}
	xsched_tree_erase(&g->children, &s->node);
	s->placed = s->vtime;
	xsched_tree_insert(&g->children, &s->node);
}

static void share_serve(struct xsched_share *s)
{
	if (s->parent->served != s)
		share_settle_place(s->parent);
	s->parent->served = s;
	share_raise_floor(s->parent);
}

void xsched_share_charge(struct xsched_share *s, u64 used_ns)
{
	for (; s->parent; s = &s->parent->self) {
		s->vtime += share_scale(s, used_ns);
		if (xsched_tree_linked(&s->node))
			share_serve(s);
	}
}

void xsched_share_set_weight(struct xsched_share *s, u32 weight)
{
	s->weight = weight;
	share_recount(s);
}

u64 xsched_share_part_ns(const struct xsched_share *s, u64 ns)
{
	for (; s->parent; s = &s->parent->self)
		if (s->counts && s->counts < s->parent->weights)
			ns = ns * s->counts / s->parent->weights;
	return ns;
}

u64 xsched_share_lag_ns(const struct xsched_share *s)
{
	const struct xsched_share *next;
	u64 lag_ns = CHARGE_MAX_NS;

	for (; s->parent; s = &s->parent->self) {
		next = share_of(xsched_tree_next(&s->parent->children, &s->node));
		if (next && s->counts && next->counts)
			lag_ns = xsched_min_u64(lag_ns, ((next->vtime - s->vtime) >> SCALE_BITS) *
							s->weight);
	}
	return lag_ns;
}

struct xsched_share *xsched_share_first(struct xsched_share_group *root)
{
	struct xsched_share *s;

	for (;;) {
		share_settle_place(root);
		s = share_of(xsched_tree_first(&root->children));
		if (!s || !s->is_group)
			return s;
		root = container_of(s, struct xsched_share_group, self);
	}
}

static u32 share_seat_weight(const struct xsched_seat *s, u32 ordinary)
{
	u64 weight = (u64)s->weight * ordinary + XSCHED_TENANT_WEIGHT_DEFAULT / 2;

	return (u32)xsched_max_u64(weight / XSCHED_TENANT_WEIGHT_DEFAULT, 1);
}

/* Recurses no deeper than XSCHED_TENANT_DEPTH. */
struct xsched_share_group *xsched_share_seat(struct xsched_share_group *root,
					     struct xsched_seat *s, u32 ordinary)
{
	struct xsched_share_group *g;

	if (!s)
		return root;
	g = xsched_policy_area(struct xsched_share_group, s);
	if (!g->self.is_group)
		xsched_share_group_init(g, xsched_share_seat(root, s->parent, ordinary),
					share_seat_weight(s, ordinary), root->children.visited);
	return g;
}

void xsched_share_reweigh(struct xsched_seat *s, u32 ordinary)
{
	struct xsched_share_group *g = xsched_policy_area(struct xsched_share_group, s);

	if (g->self.is_group)
		xsched_share_set_weight(&g->self, share_seat_weight(s, ordinary));
}

void xsched_share_tell(const struct xsched_share *s, char *words, size_t size)
{
	u64 least = share_least_vtime(s->parent);
	u64 ahead = share_is_behind(least, s->vtime) ? s->vtime - least : 0;

	if (!s->weight)
		snprintf(words, size, "its share is 0, it runs when nobody else wants to");
	else
		snprintf(words, size, "its weight is %u of %llu; it has had %llu us more than its due",
			 s->weight, s->parent->weights, (ahead >> SCALE_BITS) * s->weight / 1000);
}
