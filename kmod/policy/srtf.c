// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * srtf: the entity that is expected to be done first runs, alone. How much work one
 * brings is learned from the device time of its earlier busy periods; an
 * expectation that proves too low is doubled.
 */
#include "slice.h"

/* The latest period counts for a quarter of the expectation. */
#define SRTF_LEARN	4

struct srtf_entity {
	u64 expected_ns;	/* of a busy period; 0: never seen one end */
	u64 budget_ns;		/* of this one, as believed now */
	u64 begin_ns;		/* its account's used_ns when it began */
	u64 left_ns;		/* budget not used yet; orders the tree */
};

struct srtf {
	struct xsched_slice slice;
	u64 rivals_ns;		/* since when several have work */
};

static struct srtf *srtf(struct xsched_domain *d)
{
	return xsched_policy_area(struct srtf, d);
}

static struct srtf_entity *srtf_area(const struct xsched_entity *e)
{
	return xsched_policy_area(struct srtf_entity, (struct xsched_entity *)e);
}

static bool srtf_before(const struct xsched_tree_node *a, const struct xsched_tree_node *b)
{
	return srtf_area(container_of(a, struct xsched_entity, node))->left_ns <
	       srtf_area(container_of(b, struct xsched_entity, node))->left_ns;
}

static int srtf_start(struct xsched_domain *d, u64 now_ns __maybe_unused)
{
	xsched_tree_init(&d->ready, srtf_before, &d->n_visited);
	return 0;
}

static void srtf_enter(struct xsched_domain *d, struct xsched_entity *e, u64 now_ns)
{
	struct srtf_entity *a = srtf_area(e);

	if (d->n_busy <= 2)
		srtf(d)->rivals_ns = now_ns;
	a->budget_ns = a->expected_ns ? a->expected_ns : xsched_slice_ns(e);
	a->begin_ns = xsched_entity_used_ns(e, now_ns);
	a->left_ns = a->budget_ns;
	xsched_tree_insert(&d->ready, &e->node);
}

/*
 * While it was alone nobody looked whether it still had work, unless it says so
 * itself. Who saw an end that had come unseen knows only that it was earlier.
 */
static bool srtf_end_was_seen(struct xsched_domain *d, const struct xsched_entity *e, u64 now_ns)
{
	u64 unsure_ns = d->tun.linger_ns + 2 * d->tun.idle_poll_ns;

	return e->kicks_idle || now_ns - srtf(d)->rivals_ns > unsure_ns;
}

static void srtf_learn(struct srtf_entity *a, u64 used_ns, bool exact)
{
	if (!exact && used_ns > a->expected_ns)
		return;
	if (!used_ns)
		return;
	if (!a->expected_ns)
		a->expected_ns = used_ns;
	else
		a->expected_ns += ((s64)used_ns - (s64)a->expected_ns) / SRTF_LEARN;
}

/* What it spent waiting for more work to come wasn't work. */
static u64 srtf_lingered_ns(const struct xsched_entity *e, u64 now_ns)
{
	bool lingers = e->state == XSCHED_STATE_RUNNING && xsched_list_linked(&e->in_line);

	return lingers ? now_ns - e->empty_ns : 0;
}

static void srtf_leave(struct xsched_domain *d, struct xsched_entity *e, u64 now_ns)
{
	struct srtf_entity *a = srtf_area(e);
	u64 used_ns = xsched_entity_used_ns(e, now_ns) - a->begin_ns;
	u64 lingered_ns = srtf_lingered_ns(e, now_ns);

	xsched_tree_erase(&d->ready, &e->node);
	xsched_slice_drop(&srtf(d)->slice, e);
	srtf_learn(a, used_ns > lingered_ns ? used_ns - lingered_ns : 0,
		   srtf_end_was_seen(d, e, now_ns));
}

/* Counts what was used of the budget; true if that changed anything. */
static bool srtf_settle(struct xsched_domain *d, struct xsched_entity *e, u64 now_ns)
{
	struct srtf_entity *a = srtf_area(e);
	u64 used_ns = xsched_entity_used_ns(e, now_ns) - a->begin_ns, old_ns = a->left_ns;
	struct xsched_tree_node *next;

	if (used_ns >= a->budget_ns)
		a->budget_ns = 2 * used_ns;
	a->left_ns = a->budget_ns - used_ns;
	if (a->left_ns == old_ns)
		return false;
	next = xsched_tree_next(&d->ready, &e->node);
	if (a->left_ns < old_ns ? xsched_tree_first(&d->ready) != &e->node :
				  next && srtf_before(next, &e->node)) {
		xsched_tree_erase(&d->ready, &e->node);
		xsched_tree_insert(&d->ready, &e->node);
	}
	return true;
}

static struct xsched_entity *srtf_first(struct xsched_domain *d)
{
	struct xsched_tree_node *n = xsched_tree_first(&d->ready);

	return n ? container_of(n, struct xsched_entity, node) : NULL;
}

static int srtf_decide(struct xsched_domain *d, u64 now_ns, u64 *next_ns)
{
	struct srtf *s = srtf(d);
	struct xsched_entity *e;

	if (s->slice.holder)
		srtf_settle(d, s->slice.holder, now_ns);
	do {
		e = srtf_first(d);
		if (!e)
			return -ENOENT;
	} while (srtf_settle(d, e, now_ns));
	xsched_slice_give(d, &s->slice, e, now_ns);
	if (d->n_busy > 1)
		*next_ns = xsched_add_sat(now_ns, srtf_area(e)->left_ns);
	return 0;
}

static void srtf_why(const struct xsched_domain *d, const struct xsched_entity *e,
		     u64 now_ns __maybe_unused, char *words, size_t size)
{
	const struct xsched_tree_node *n = xsched_tree_first(&d->ready);

	snprintf(words, size, "expected to need %llu us more; the least of all: %llu us",
		 srtf_area(e)->left_ns / 1000,
		 srtf_area(container_of(n, struct xsched_entity, node))->left_ns / 1000);
}

const struct xsched_policy xsched_policy_srtf = {
	.name = "srtf",
	.start = srtf_start,
	.enter = srtf_enter,
	.leave = srtf_leave,
	.why = srtf_why,
	.decide = srtf_decide,
};
