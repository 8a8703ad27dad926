// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Portions of time: the entity that has had least for its weight has its turn,
 * till that is over.
 */
#include "portion.h"

static struct xsched_portion *portion(struct xsched_domain *d)
{
	return xsched_policy_area(struct xsched_portion, d);
}

static struct xsched_portion_entity *portion_area(struct xsched_entity *e)
{
	return xsched_policy_area(struct xsched_portion_entity, e);
}

static struct xsched_entity *portion_entity(struct xsched_share *s)
{
	return xsched_policy_owner(container_of(s, struct xsched_portion_entity, share));
}

/* Charges what the entity used since the last time; true if it used anything. */
static bool portion_settle(struct xsched_entity *e, u64 now_ns)
{
	struct xsched_portion_entity *a = portion_area(e);
	u64 used_ns = xsched_entity_used_ns(e, now_ns), more_ns = used_ns - a->used_ns;

	a->used_ns = used_ns;
	if (more_ns)
		xsched_share_charge(&a->share, more_ns);
	return more_ns != 0;
}

static void portion_settle_holder(struct xsched_domain *d, u64 now_ns)
{
	struct xsched_entity *holder = portion(d)->slice.holder;

	if (holder)
		portion_settle(holder, now_ns);
}

void xsched_portion_start(struct xsched_domain *d, u32 ordinary)
{
	portion(d)->ordinary = ordinary;
	xsched_share_group_init(&portion(d)->root, NULL, 0, &d->n_visited);
}

void xsched_portion_enter(struct xsched_domain *d, struct xsched_entity *e, u32 weight, u64 now_ns)
{
	struct xsched_portion_entity *a = portion_area(e);

	portion_settle_holder(d, now_ns);
	a->used_ns = xsched_entity_used_ns(e, now_ns);
	a->share.parent = xsched_share_seat(&portion(d)->root, e->seat, portion(d)->ordinary);
	a->share.weight = weight;
	xsched_share_enter(&a->share, 0);
}

void xsched_portion_leave(struct xsched_domain *d, struct xsched_entity *e, u64 now_ns)
{
	portion_settle(e, now_ns);
	xsched_share_leave(&portion_area(e)->share);
	xsched_slice_drop(&portion(d)->slice, e);
}

void xsched_portion_reweigh(struct xsched_domain *d, struct xsched_seat *s, u64 now_ns)
{
	portion_settle_holder(d, now_ns);
	xsched_share_reweigh(s, portion(d)->ordinary);
}

/* What has news may weigh something else now. */
static void portion_weigh(struct xsched_domain *d, xsched_portion_weight weight_of, u64 now_ns)
{
	struct xsched_entity *e;
	u32 weight;

	xsched_list_for_each(e, &d->marked, in_mark) {
		weight = weight_of(e);
		if (weight == portion_area(e)->share.weight)
			continue;
		portion_settle(e, now_ns);
		xsched_share_set_weight(&portion_area(e)->share, weight);
	}
}

/* Who is still on the device though its turn is over is charged when it comes up again. */
static struct xsched_entity *portion_pick(struct xsched_portion *p, u64 now_ns)
{
	struct xsched_entity *e;

	do
		e = portion_entity(xsched_share_first(&p->root));
	while (portion_settle(e, now_ns));
	return e;
}

/* Has somebody more right to the device than the holder, turn or no turn? */
static bool portion_must_yield(struct xsched_portion *p, const struct xsched_entity *holder)
{
	const struct xsched_portion_entity *a = portion_area((struct xsched_entity *)holder);

	return !a->share.weight && xsched_share_first(&p->root)->weight;
}

static u64 portion_turn_ns(const struct xsched_portion *p, const struct xsched_entity *e,
			   xsched_portion_turn turn_of)
{
	return xsched_slice_length_ns(&p->slice, turn_of(p, e));
}

/* It had a turn and still comes first: it goes on till it is level with the next. */
static void portion_go_on(struct xsched_portion *p, u64 now_ns)
{
	xsched_slice_renew(&p->slice, now_ns);
	p->slice.most_ns = xsched_max_u64(xsched_share_lag_ns(xsched_share_first(&p->root)),
					   XSCHED_SLICE_MIN_NS);
}

int xsched_portion_decide(struct xsched_domain *d, xsched_portion_weight weight_of,
			  xsched_portion_turn turn_of, u64 now_ns, u64 *next_ns)
{
	struct xsched_portion *p = portion(d);
	struct xsched_entity *holder = p->slice.holder, *next = holder;

	if (xsched_tree_empty(&p->root.children))
		return -ENOENT;
	portion_settle_holder(d, now_ns);
	portion_weigh(d, weight_of, now_ns);
	if (!holder || portion_must_yield(p, holder) ||
	    xsched_slice_had_ns(&p->slice, now_ns) >= portion_turn_ns(p, holder, turn_of)) {
		next = portion_pick(p, now_ns);
		if (next == holder)
			portion_go_on(p, now_ns);
	}
	xsched_slice_give(d, &p->slice, next, now_ns);
	if (d->n_busy > 1)
		*next_ns = xsched_slice_end_ns(&p->slice, portion_turn_ns(p, next, turn_of), now_ns);
	return 0;
}

void xsched_portion_why(const struct xsched_domain *d __maybe_unused,
			const struct xsched_entity *e, u64 now_ns __maybe_unused, char *words,
			size_t size)
{
	xsched_share_tell(&portion_area((struct xsched_entity *)e)->share, words, size);
}
