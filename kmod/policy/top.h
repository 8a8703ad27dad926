/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * Policies that run whoever ranks highest, equals together: what hpf, laxity, awf, chpf
 * and hhpf have in common. They differ in what an entity's rank is.
 */
#ifndef XSCHED_TOP_H
#define XSCHED_TOP_H

#include "policy.h"

/* Is asked when an entity enters or has news. */
typedef void (*xsched_top_rank)(struct xsched_entity *e, struct xsched_rank *r);

/* First member of the policy's area in an entity, in a domain and in a seat. */
struct xsched_top_entity {
	struct xsched_rank rank;
};

struct xsched_top {
	s32 runs;			/* who has this level ran at the last decision */
	xsched_top_rank rank_of;
	struct xsched_list changed;	/* groups whose first may be another */
};

struct xsched_top_group {
	struct xsched_list in_changed;
	s32 lead;			/* of those that have the level that runs, these do */
};

void xsched_top_start(struct xsched_domain *d, xsched_top_rank rank_of);
void xsched_top_unseat(struct xsched_domain *d, struct xsched_seat *s);
void xsched_top_enter(struct xsched_domain *d, struct xsched_entity *e, u64 now_ns);
void xsched_top_leave(struct xsched_domain *d, struct xsched_entity *e, u64 now_ns);

/* The entity's level may have changed, without news of it. For decide(). */
void xsched_top_review(struct xsched_domain *d, struct xsched_entity *e);
/* Reviews what has news. For decide(), before either of: */
void xsched_top_review_news(struct xsched_domain *d);
/* The highest level, if anybody has work. */
bool xsched_top_highest(const struct xsched_domain *d, s32 *level);
/* Who has this level, which is the highest or above it, runs, and nobody else. */
void xsched_top_run(struct xsched_domain *d, s32 level);

/* For why(): the entity's level and the highest. */
void xsched_top_why(const struct xsched_domain *d, const struct xsched_entity *e, u64 now_ns,
		    char *words, size_t size);

/* All three: what most policies need. -ENOENT if nobody has work. */
int xsched_top_decide(struct xsched_domain *d, u64 now_ns, u64 *next_ns);

#endif /* XSCHED_TOP_H */
