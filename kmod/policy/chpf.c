// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * chpf: the entity whose process has the highest priority on the CPUs runs, equals
 * together.
 *
 * That priority changes without news of it. So it is looked up at an entity's
 * own events, and every timeslice for a few others in turn.
 */
#include "top.h"

#define CHPF_SAMPLE	8

struct chpf_entity {
	struct xsched_top_entity top;
	struct xsched_list in_round;
};

struct chpf {
	struct xsched_top top;
	struct xsched_list round;	/* next to be looked up first */
	u64 sample_ns;
};

static struct chpf *chpf(struct xsched_domain *d)
{
	return xsched_policy_area(struct chpf, d);
}

static struct chpf_entity *chpf_area(struct xsched_entity *e)
{
	return xsched_policy_area(struct chpf_entity, e);
}

static void chpf_rank(struct xsched_entity *e, struct xsched_rank *r)
{
	const struct xsched_domain_ops *ops = e->domain->ops;

	xsched_entity_rank(e, ops->cpu_priority ? ops->cpu_priority(e) : 0, r);
}

static int chpf_start(struct xsched_domain *d, u64 now_ns __maybe_unused)
{
	xsched_top_start(d, chpf_rank);
	xsched_list_init(&chpf(d)->round);
	return 0;
}

static void chpf_enter(struct xsched_domain *d, struct xsched_entity *e, u64 now_ns)
{
	xsched_list_add_tail(&chpf(d)->round, &chpf_area(e)->in_round);
	xsched_top_enter(d, e, now_ns);
}

static void chpf_leave(struct xsched_domain *d, struct xsched_entity *e, u64 now_ns)
{
	xsched_list_del(&chpf_area(e)->in_round);
	xsched_top_leave(d, e, now_ns);
}

static void chpf_sample(struct xsched_domain *d)
{
	struct xsched_list *round = &chpf(d)->round;
	struct chpf_entity *a;
	u32 n;

	for (n = 0; n < CHPF_SAMPLE && n < d->n_busy; n++) {
		a = xsched_list_first(round, struct chpf_entity, in_round);
		xsched_list_move_tail(round, &a->in_round);
		xsched_top_review(d, xsched_policy_owner(a));
		d->n_visited++;
	}
}

static int chpf_decide(struct xsched_domain *d, u64 now_ns, u64 *next_ns)
{
	struct chpf *c = chpf(d);

	if (c->sample_ns <= now_ns) {
		chpf_sample(d);
		c->sample_ns = xsched_add_sat(now_ns, d->tun.timeslice_ns);
	}
	if (d->n_busy > 1)
		*next_ns = c->sample_ns;
	return xsched_top_decide(d, now_ns, next_ns);
}

const struct xsched_policy xsched_policy_chpf = {
	.name = "chpf",
	.ranks = true,
	.start = chpf_start,
	.enter = chpf_enter,
	.leave = chpf_leave,
	.unseat = xsched_top_unseat,
	.why = xsched_top_why,
	.decide = chpf_decide,
};
