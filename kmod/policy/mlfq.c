// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * mlfq: four levels with turns of 10, 20, 40 and 80 ms. Who uses up its turn goes a
 * level down, who doesn't run for 100 ms counts as one higher; the highest level
 * runs, one entity at a time, those that have waited longest first.
 */
#include "slice.h"

#define MLFQ_LEVELS	4
#define MLFQ_TURN_NS(l)	(10000000ULL << (l))
#define MLFQ_LIFT_NS	100000000ULL

struct mlfq_entity {
	u64 since_ns;		/* waits (or is idle) since */
	u64 had_ns;		/* of the turn that its level grants */
	u64 picked_had_ns;	/* the same, when it was last given the device */
	u32 level;		/* 0 is the highest */
};

struct mlfq {
	struct xsched_slice slice;	/* the holder is not in the tree */
};

static struct mlfq *mlfq(struct xsched_domain *d)
{
	return xsched_policy_area(struct mlfq, d);
}

static struct mlfq_entity *mlfq_area(const struct xsched_entity *e)
{
	return xsched_policy_area(struct mlfq_entity, (struct xsched_entity *)e);
}

/* When it will count as level 0. So it orders by level as it will ever stand, and by
 * time of waiting. */
static u64 mlfq_top_ns(const struct xsched_entity *e)
{
	return mlfq_area(e)->since_ns + mlfq_area(e)->level * MLFQ_LIFT_NS;
}

static bool mlfq_before(const struct xsched_tree_node *a, const struct xsched_tree_node *b)
{
	return mlfq_top_ns(container_of(a, struct xsched_entity, node)) <
	       mlfq_top_ns(container_of(b, struct xsched_entity, node));
}

static int mlfq_start(struct xsched_domain *d, u64 now_ns __maybe_unused)
{
	xsched_tree_init(&d->ready, mlfq_before, &d->n_visited);
	return 0;
}

/* Raises the level as the time of not running says. */
static void mlfq_lift(struct mlfq_entity *a, u64 now_ns)
{
	u64 lifts = xsched_min_u64((now_ns - a->since_ns) / MLFQ_LIFT_NS, a->level);

	if (!lifts)
		return;
	a->level -= (u32)lifts;
	a->since_ns += lifts * MLFQ_LIFT_NS;
	a->had_ns = 0;
}

static void mlfq_wait(struct xsched_domain *d, struct xsched_entity *e, u64 since_ns)
{
	mlfq_area(e)->since_ns = since_ns;
	xsched_tree_insert(&d->ready, &e->node);
}

static void mlfq_enter(struct xsched_domain *d, struct xsched_entity *e, u64 now_ns)
{
	mlfq_lift(mlfq_area(e), now_ns);
	mlfq_wait(d, e, now_ns);
}

/* The holder's turn so far goes on its account. */
static void mlfq_settle(struct xsched_domain *d, u64 now_ns)
{
	struct xsched_slice *s = &mlfq(d)->slice;

	mlfq_area(s->holder)->had_ns += xsched_slice_had_ns(s, now_ns);
	xsched_slice_renew(s, now_ns);
}

static void mlfq_leave(struct xsched_domain *d, struct xsched_entity *e, u64 now_ns)
{
	if (mlfq(d)->slice.holder == e)
		mlfq_settle(d, now_ns);
	xsched_slice_drop(&mlfq(d)->slice, e);
	xsched_tree_erase(&d->ready, &e->node);
	mlfq_area(e)->since_ns = now_ns;
}

/* The turn is over: a level down. */
static void mlfq_lower(struct xsched_domain *d, struct xsched_entity *e, u64 now_ns)
{
	struct mlfq_entity *a = mlfq_area(e);

	a->had_ns = 0;
	if (a->level < MLFQ_LEVELS - 1)
		a->level++;
	mlfq_wait(d, e, now_ns);
}

/* It gives way before that. As much of its turn as it had, so much of its waiting is paid:
 * else a stream of others could keep it waiting by letting it run for a moment. */
static void mlfq_give_way(struct xsched_domain *d, struct xsched_entity *e, u64 now_ns)
{
	struct mlfq_entity *a = mlfq_area(e);
	u64 waited_ns = xsched_min_u64(now_ns - a->since_ns, MLFQ_LEVELS * MLFQ_LIFT_NS);
	u64 paid_ns = waited_ns * (a->had_ns - a->picked_had_ns) / MLFQ_TURN_NS(a->level);

	mlfq_wait(d, e, now_ns - waited_ns + xsched_min_u64(paid_ns, waited_ns));
}

static struct xsched_entity *mlfq_first(struct xsched_domain *d)
{
	struct xsched_tree_node *n = xsched_tree_first(&d->ready);

	return n ? container_of(n, struct xsched_entity, node) : NULL;
}

/* When it counts as higher than that level. */
static u64 mlfq_above_ns(const struct xsched_entity *e, u32 level)
{
	return level ? mlfq_top_ns(e) - (level - 1) * MLFQ_LIFT_NS : XSCHED_NEVER;
}

/* The holder, unless its turn is over or somebody stands higher: then it waits again. */
static struct xsched_entity *mlfq_keep(struct xsched_domain *d, u64 now_ns)
{
	struct xsched_entity *holder = mlfq(d)->slice.holder, *first = mlfq_first(d);
	struct mlfq_entity *a;

	if (!holder)
		return NULL;
	mlfq_settle(d, now_ns);
	a = mlfq_area(holder);
	if (a->had_ns >= MLFQ_TURN_NS(a->level))
		mlfq_lower(d, holder, now_ns);
	else if (first && mlfq_above_ns(first, a->level) <= now_ns)
		mlfq_give_way(d, holder, now_ns);
	else
		return holder;
	return NULL;
}

static u64 mlfq_next_ns(struct xsched_domain *d, const struct xsched_entity *holder, u64 now_ns)
{
	const struct mlfq_entity *a = mlfq_area(holder);
	u64 end_ns = xsched_slice_end_ns(&mlfq(d)->slice, MLFQ_TURN_NS(a->level) - a->had_ns,
					 now_ns);

	return xsched_min_u64(end_ns, mlfq_above_ns(mlfq_first(d), a->level));
}

static int mlfq_decide(struct xsched_domain *d, u64 now_ns, u64 *next_ns)
{
	struct xsched_entity *e = mlfq_keep(d, now_ns);

	if (!e) {
		e = mlfq_first(d);
		if (!e)
			return -ENOENT;
		xsched_tree_erase(&d->ready, &e->node);
		mlfq_lift(mlfq_area(e), now_ns);
		mlfq_area(e)->picked_had_ns = mlfq_area(e)->had_ns;
	}
	xsched_slice_give(d, &mlfq(d)->slice, e, now_ns);
	if (!xsched_tree_empty(&d->ready))
		*next_ns = mlfq_next_ns(d, e, now_ns);
	return 0;
}

static void mlfq_why(const struct xsched_domain *d __maybe_unused, const struct xsched_entity *e,
		     u64 now_ns __maybe_unused, char *words, size_t size)
{
	const struct mlfq_entity *a = mlfq_area(e);

	snprintf(words, size, "it is on level %u of 0 to %u, and has had %llu of %llu us of its turn",
		 a->level, MLFQ_LEVELS - 1, a->had_ns / 1000, MLFQ_TURN_NS(a->level) / 1000);
}

const struct xsched_policy xsched_policy_mlfq = {
	.name = "mlfq",
	.turns = true,
	.start = mlfq_start,
	.enter = mlfq_enter,
	.leave = mlfq_leave,
	.why = mlfq_why,
	.decide = mlfq_decide,
};
