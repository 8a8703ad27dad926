// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * hpf: the highest priority that has work runs, equals run together, idle
 * entities hold nothing.
 */
#include "policy.h"

/* domain->policy_data: the priority that was highest at the last decision. */
#define HPF_TOP		0

static s64 hpf_priority(const struct xsched_entity *e)
{
	return e->hint[XSCHED_HINT_PRIORITY];
}

static struct xsched_entity *hpf_entity(struct xsched_tree_node *n)
{
	return n ? container_of(n, struct xsched_entity, node) : NULL;
}

static struct xsched_entity *hpf_next(struct xsched_domain *d, struct xsched_entity *e)
{
	return hpf_entity(xsched_tree_next(&d->ready, &e->node));
}

/* The tree keeps equals in the order in which they came. */
static bool hpf_before(const struct xsched_tree_node *a, const struct xsched_tree_node *b)
{
	return hpf_priority(container_of(a, struct xsched_entity, node)) >
	       hpf_priority(container_of(b, struct xsched_entity, node));
}

static int hpf_start(struct xsched_domain *d, u64 now_ns __maybe_unused)
{
	xsched_tree_init(&d->ready, hpf_before, &d->n_visited);
	return 0;
}

static void hpf_enter(struct xsched_domain *d, struct xsched_entity *e,
		      u64 now_ns __maybe_unused)
{
	xsched_tree_insert(&d->ready, &e->node);
}

static void hpf_leave(struct xsched_domain *d, struct xsched_entity *e,
		      u64 now_ns __maybe_unused)
{
	xsched_tree_erase(&d->ready, &e->node);
}

static void hpf_hint(struct xsched_domain *d, struct xsched_entity *e, u32 kind,
		     s64 old __maybe_unused, u64 now_ns __maybe_unused)
{
	if (kind != XSCHED_HINT_PRIORITY)
		return;
	xsched_tree_erase(&d->ready, &e->node);
	xsched_tree_insert(&d->ready, &e->node);
}

static void hpf_mark(struct xsched_entity *e, s64 top)
{
	bool run = hpf_priority(e) == top;

	if (run && !xsched_is_running(e))
		xsched_mark_run(e);
	else if (!run && xsched_is_running(e))
		xsched_mark_hold(e);
}

/*
 * Who had the top priority at the last decision runs, and nobody else. So what
 * can be wrong now is: whoever has news; the new top, if it differs; and, below a
 * higher new top, those down to the old one.
 */
static int hpf_decide(struct xsched_domain *d, u64 now_ns __maybe_unused,
		      u64 *next_ns __maybe_unused)
{
	struct xsched_entity *first = hpf_entity(xsched_tree_first(&d->ready)), *e;
	s64 old = (s64)d->policy_data[HPF_TOP], top, lowest;

	if (!first)
		return -ENOENT;
	top = hpf_priority(first);
	xsched_list_for_each(e, &d->marked, in_mark)
		hpf_mark(e, top);
	if (top == old)
		return 0;
	lowest = top > old ? old : top;
	for (e = first; e && hpf_priority(e) >= lowest; e = hpf_next(d, e))
		hpf_mark(e, top);
	d->policy_data[HPF_TOP] = (u64)top;
	return 0;
}

const struct xsched_policy xsched_policy_hpf = {
	.name = "hpf",
	.start = hpf_start,
	.enter = hpf_enter,
	.leave = hpf_leave,
	.hint = hpf_hint,
	.decide = hpf_decide,
};
