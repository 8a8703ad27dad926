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

static const struct xsched_rank *top_rank(const struct xsched_tree_node *n)
{
	return &top_area(container_of(n, struct xsched_entity, node))->rank;
}

static u64 top_group_id(const struct xsched_rank *r)
{
	return r->group ? r->group->tenant->id : 0;
}

/* Those of a group and a level stand together, its first in front. */
static bool top_rank_before(const struct xsched_rank *a, const struct xsched_rank *b)
{
	if (a->level != b->level)
		return a->level > b->level;
	if (a->group != b->group)
		return top_group_id(a) < top_group_id(b);
	return a->group && a->within > b->within;
}

static bool top_before(const struct xsched_tree_node *a, const struct xsched_tree_node *b)
{
	return top_rank_before(top_rank(a), top_rank(b));
}

static struct xsched_top_group *top_group(struct xsched_seat *s)
{
	struct xsched_top_group *g = xsched_policy_area(struct xsched_top_group, s);

	if (!g->in_changed.next)
		xsched_list_init(&g->in_changed);
	return g;
}

/* Who comes first in the entity's group may change. */
static void top_note_group(struct xsched_domain *d, struct xsched_entity *e)
{
	struct xsched_seat *s = top_area(e)->rank.group;

	if (s && !xsched_list_linked(&top_group(s)->in_changed))
		xsched_list_add_tail(&top(d)->changed, &top_group(s)->in_changed);
}

void xsched_top_start(struct xsched_domain *d, xsched_top_rank rank_of)
{
	xsched_tree_init(&d->ready, top_before, &d->n_visited);
	xsched_list_init(&top(d)->changed);
	top(d)->rank_of = rank_of;
}

void xsched_top_unseat(struct xsched_domain *d __maybe_unused, struct xsched_seat *s)
{
	xsched_list_del(&top_group(s)->in_changed);
}

xsched_flatten void xsched_top_enter(struct xsched_domain *d, struct xsched_entity *e,
		      u64 now_ns __maybe_unused)
{
	top(d)->rank_of(e, &top_area(e)->rank);
	xsched_tree_insert(&d->ready, &e->node);
	top_note_group(d, e);
}

xsched_flatten void xsched_top_leave(struct xsched_domain *d, struct xsched_entity *e,
		      u64 now_ns __maybe_unused)
{
	xsched_tree_erase(&d->ready, &e->node);
	top_note_group(d, e);
}

static void top_settle(struct xsched_domain *d, struct xsched_entity *e)
{
	const struct xsched_rank *old = &top_area(e)->rank;
	struct xsched_rank r;

	top(d)->rank_of(e, &r);
	if (r.level == old->level && r.within == old->within && r.group == old->group)
		return;
	xsched_top_leave(d, e, 0);
	top_area(e)->rank = r;
	xsched_tree_insert(&d->ready, &e->node);
	top_note_group(d, e);
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
		*level = top_area(first)->rank.level;
	return first != NULL;
}

static bool top_runs(const struct xsched_entity *e, s32 level)
{
	const struct xsched_rank *r = &top_area(e)->rank;

	return r->level == level && (!r->group || r->within == top_group(r->group)->lead);
}

static void top_mark(struct xsched_entity *e, s32 level)
{
	if (top_runs(e, level))
		xsched_mark_run(e);
	else if (xsched_is_running(e))
		xsched_mark_hold(e);
}

static void top_mark_change(struct xsched_entity *e, s32 level)
{
	if (top_runs(e, level) != xsched_is_running(e))
		top_mark(e, level);
}

/* The group's first with this level, or NULL. */
static struct xsched_entity *top_find(struct xsched_domain *d, s32 level, struct xsched_seat *group)
{
	const struct xsched_rank least = { .level = level, .within = S32_MAX, .group = group };
	struct xsched_tree_node *n = d->ready.root, *found = NULL;

	while (n) {
		d->n_visited++;
		if (top_rank_before(top_rank(n), &least)) {
			n = n->right;
		} else {
			found = n;
			n = n->left;
		}
	}
	if (!found || top_rank(found)->level != level || top_rank(found)->group != group)
		return NULL;
	return top_entity(found);
}

/* Its first is another: between the two leads all change. */
static void top_settle_group(struct xsched_domain *d, struct xsched_seat *s, s32 level)
{
	struct xsched_entity *first = top_find(d, level, s), *e;
	struct xsched_top_group *g = top_group(s);
	s32 old = g->lead, lowest;

	if (!first)
		return;
	g->lead = top_area(first)->rank.within;
	lowest = g->lead < old ? g->lead : old;
	for (e = first; e && top_area(e)->rank.level == level && top_area(e)->rank.group == s &&
	     top_area(e)->rank.within >= lowest;
	     e = top_entity(xsched_tree_next(&d->ready, &e->node)))
		top_mark_change(e, level);
}

/* Going through a level in order: the first of a group leads it. */
static void top_follow_lead(struct xsched_domain *d, struct xsched_entity *e, s32 level)
{
	const struct xsched_rank *r = &top_area(e)->rank, *before;
	struct xsched_tree_node *n;

	if (r->level != level || !r->group)
		return;
	n = xsched_tree_prev(&d->ready, &e->node);
	before = n ? top_rank(n) : NULL;
	if (!before || before->level != level || before->group != r->group)
		top_group(r->group)->lead = r->within;
}

/*
 * Who had the level that ran at the last decision runs, and nobody else, or of a group
 * those that lead it. So what can be wrong now is whoever has news; groups that
 * changed; and, if the level is another, all who have the old or the new one.
 */
void xsched_top_run(struct xsched_domain *d, s32 level)
{
	s32 old = top(d)->runs, lowest = level < old ? level : old;
	struct xsched_top_group *g;
	struct xsched_entity *e;

	while ((g = xsched_list_first(&top(d)->changed, struct xsched_top_group, in_changed))) {
		xsched_list_del(&g->in_changed);
		top_settle_group(d, xsched_policy_seat(g), level);
	}
	for (e = top_entity(xsched_tree_first(&d->ready));
	     level != old && e && top_area(e)->rank.level >= lowest;
	     e = top_entity(xsched_tree_next(&d->ready, &e->node))) {
		top_follow_lead(d, e, level);
		top_mark_change(e, level);
	}
	xsched_list_for_each(e, &d->marked, in_mark)
		top_mark(e, level);
	top(d)->runs = level;
}

xsched_flatten int xsched_top_decide(struct xsched_domain *d, u64 now_ns __maybe_unused,
		      u64 *next_ns __maybe_unused)
{
	s32 level;

	xsched_top_review_news(d);
	if (!xsched_top_highest(d, &level))
		return -ENOENT;
	xsched_top_run(d, level);
	return 0;
}

void xsched_top_why(const struct xsched_domain *d, const struct xsched_entity *e,
		    u64 now_ns __maybe_unused, char *words, size_t size)
{
	const struct xsched_rank *r = &top_area(e)->rank;
	s32 highest = r->level;

	xsched_top_highest(d, &highest);
	if (r->level < highest)
		snprintf(words, size, "its level is %d, the highest with work is %d", r->level, highest);
	else if (r->group && r->within < top_group(r->group)->lead)
		snprintf(words, size, "under its tenant's ceiling others have more: it %d, they %d",
			 r->within, top_group(r->group)->lead);
	else
		snprintf(words, size, "its level is %d, and none with work is higher", r->level);
}
