/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * Policies that give each entity its portion of time, one after the other: what
 * fair and up have in common.
 */
#ifndef XSCHED_PORTION_H
#define XSCHED_PORTION_H

#include "share.h"
#include "slice.h"

struct xsched_portion_entity {
	struct xsched_share share;
	u64 used_ns;		/* of the account; charged up to here */
};

struct xsched_portion {
	struct xsched_share_group root;
	u32 ordinary;		/* weight of an entity about which nothing is said */
	struct xsched_slice slice;
};

/* An entity's weight and the length of its turn are the policy's own. */
typedef u32 (*xsched_portion_weight)(const struct xsched_entity *e);
typedef u64 (*xsched_portion_turn)(const struct xsched_portion *p, const struct xsched_entity *e);

void xsched_portion_start(struct xsched_domain *d, u32 ordinary);
void xsched_portion_enter(struct xsched_domain *d, struct xsched_entity *e, u32 weight, u64 now_ns);
void xsched_portion_leave(struct xsched_domain *d, struct xsched_entity *e, u64 now_ns);
void xsched_portion_reweigh(struct xsched_domain *d, struct xsched_seat *s, u64 now_ns);
int xsched_portion_decide(struct xsched_domain *d, xsched_portion_weight weight_of,
			  xsched_portion_turn turn_of, u64 now_ns, u64 *next_ns);

void xsched_portion_why(const struct xsched_domain *d, const struct xsched_entity *e, u64 now_ns,
			char *words, size_t size);

#endif /* XSCHED_PORTION_H */
