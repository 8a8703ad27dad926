// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Entities in order of level, of which the highest run.
 */
#include "top.h"

static struct xsched_top *top(struct xsched_domain *d)
{
	return xsched_policy_area(struct xsched_top, d);
}

static struct xsched_top_entity *top_area(const struct xsched_entity *e)
{
	return xsched_policy_area(struct xsched_top_entity, (struct xsched_entity *)e);
}

static struct xsched_entity *top_entity(struct xsched_tree_node *n)
{
	return n ? container_of(n, struct xsched_entity, node) : NULL;
}

static bool top_before(const struct xsched_tree_node *a, const struct xsched_tree_node *b)
{
	return top_area(container_of(a, struct xsched_entity, node))->level >
	       top_area(container_of(b, struct xsched_entity, node))->level;
}

void xsched_top_start(struct xsched_domain *d, xsched_top_level level_of)
{
	xsched_tree_init(&d->ready, top_before, &d->n_visited);
	top(d)->level_of = level_of;
}

void xsched_top_enter(struct xsched_domain *d, struct xsched_entity *e,
		      u64 now_ns __maybe_unused)
{
	top_area(e)->level = top(d)->level_of(e);
	xsched_tree_insert(&d->ready, &e->node);
}

void xsched_top_leave(struct xsched_domain *d, struct xsched_entity *e,
		      u64 now_ns __maybe_unused)
{
	xsched_tree_erase(&d->ready, &e->node);
}

static void top_settle(struct xsched_domain *d, struct xsched_entity *e)
{
	s32 level = top(d)->level_of(e);

	if (level == top_area(e)->level)
		return;
	xsched_tree_erase(&d->ready, &e->node);
	top_area(e)->level = level;
	xsched_tree_insert(&d->ready, &e->node);
}

void xsched_top_review(struct xsched_domain *d, struct xsched_entity *e)
{
	top_settle(d, e);
	/* As it is, for now; this makes it one that xsched_top_run() looks at. */
	if (xsched_is_running(e))
		xsched_mark_run(e);
	else
		xsched_mark_hold(e);
}

void xsched_top_review_news(struct xsched_domain *d)
{
	struct xsched_entity *e;

	xsched_list_for_each(e, &d->marked, in_mark)
		top_settle(d, e);
}

bool xsched_top_highest(const struct xsched_domain *d, s32 *level)
{
	const struct xsched_entity *first = top_entity(xsched_tree_first(&d->ready));

	if (first)
		*level = top_area(first)->level;
	return first != NULL;
}

static void top_mark(struct xsched_entity *e, s32 level)
{
	if (top_area(e)->level == level)
		xsched_mark_run(e);
	else if (xsched_is_running(e))
		xsched_mark_hold(e);
}

static void top_mark_change(struct xsched_entity *e, s32 level)
{
	if ((top_area(e)->level == level) != xsched_is_running(e))
		top_mark(e, level);
}

/*
 * Who had the level that ran at the last decision runs, and nobody else. So what can be
 * wrong now is whoever has news; and, if the level is another, all who have
 * the old or the new one.
 */
void xsched_top_run(struct xsched_domain *d, s32 level)
{
	s32 old = top(d)->runs, lowest = level < old ? level : old;
	struct xsched_entity *e;

	xsched_list_for_each(e, &d->marked, in_mark)
		top_mark(e, level);
	if (level == old)
		return;
	for (e = top_entity(xsched_tree_first(&d->ready)); e && top_area(e)->level >= lowest;
	     e = top_entity(xsched_tree_next(&d->ready, &e->node)))
		top_mark_change(e, level);
	top(d)->runs = level;
}

int xsched_top_decide(struct xsched_domain *d, u64 now_ns __maybe_unused,
		      u64 *next_ns __maybe_unused)
{
	s32 level;

	xsched_top_review_news(d);
	if (!xsched_top_highest(d, &level))
		return -ENOENT;
	xsched_top_run(d, level);
	return 0;
}
