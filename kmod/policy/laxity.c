// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * laxity: an entity has its lax priority until its laxity is used up, then its critical
 * one; the highest runs, equals together. Who has no laxity has its priority.
 */
#include "top.h"

struct laxity_entity {
	struct xsched_top_entity top;
	bool critical;
	u64 critical_ns;		/* when it becomes so */
	struct xsched_tree_node node;	/* in expiry until then */
};

struct laxity {
	struct xsched_top top;
	struct xsched_tree expiry;
};

static struct laxity *laxity(struct xsched_domain *d)
{
	return xsched_policy_area(struct laxity, d);
}

static struct laxity_entity *laxity_area(struct xsched_entity *e)
{
	return xsched_policy_area(struct laxity_entity, e);
}

static struct laxity_entity *laxity_of(const struct xsched_tree_node *n)
{
	return n ? container_of(n, struct laxity_entity, node) : NULL;
}

static bool laxity_before(const struct xsched_tree_node *a, const struct xsched_tree_node *b)
{
	return laxity_of(a)->critical_ns < laxity_of(b)->critical_ns;
}

static void laxity_rank(struct xsched_entity *e, struct xsched_rank *r)
{
	u32 kind = laxity_area(e)->critical ? XSCHED_HINT_CRIT_PRIO : XSCHED_HINT_LAX_PRIO;

	if (e->hint[XSCHED_HINT_LAXITY] < 0)
		kind = XSCHED_HINT_PRIORITY;
	xsched_entity_rank(e, (s32)e->hint[kind], r);
}

static int laxity_start(struct xsched_domain *d, u64 now_ns __maybe_unused)
{
	xsched_top_start(d, laxity_rank);
	xsched_tree_init(&laxity(d)->expiry, laxity_before, &d->n_visited);
	return 0;
}

/* Begins, or begins anew, to wait for the end of its laxity. */
static void laxity_begin(struct xsched_domain *d, struct xsched_entity *e, u64 now_ns)
{
	struct laxity_entity *a = laxity_area(e);
	s64 us = e->hint[XSCHED_HINT_LAXITY];

	xsched_tree_erase(&laxity(d)->expiry, &a->node);
	a->critical = false;
	if (us < 0)
		return;
	a->critical_ns = xsched_add_sat(e->ready_ns, (u64)us * 1000);
	if (a->critical_ns <= now_ns)
		a->critical = true;
	else
		xsched_tree_insert(&laxity(d)->expiry, &a->node);
}

static void laxity_enter(struct xsched_domain *d, struct xsched_entity *e, u64 now_ns)
{
	laxity_begin(d, e, now_ns);
	xsched_top_enter(d, e, now_ns);
}

static void laxity_leave(struct xsched_domain *d, struct xsched_entity *e, u64 now_ns)
{
	xsched_tree_erase(&laxity(d)->expiry, &laxity_area(e)->node);
	xsched_top_leave(d, e, now_ns);
}

static void laxity_hint(struct xsched_domain *d, struct xsched_entity *e, u32 kind,
			s64 old __maybe_unused, u64 now_ns)
{
	if (kind == XSCHED_HINT_LAXITY)
		laxity_begin(d, e, now_ns);
}

static int laxity_decide(struct xsched_domain *d, u64 now_ns, u64 *next_ns)
{
	struct xsched_tree *expiry = &laxity(d)->expiry;
	struct laxity_entity *a;
	int err;

	while ((a = laxity_of(xsched_tree_first(expiry))) && a->critical_ns <= now_ns) {
		xsched_tree_erase(expiry, &a->node);
		a->critical = true;
		xsched_top_review(d, xsched_policy_owner(a));
	}
	err = xsched_top_decide(d, now_ns, next_ns);
	if (a && d->n_busy > 1)
		*next_ns = a->critical_ns;
	return err;
}

const struct xsched_policy xsched_policy_laxity = {
	.name = "laxity",
	.start = laxity_start,
	.enter = laxity_enter,
	.leave = laxity_leave,
	.hint = laxity_hint,
	.unseat = xsched_top_unseat,
	.why = xsched_top_why,
	.decide = laxity_decide,
};
