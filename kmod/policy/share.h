/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * Shares of a device: a tree of groups in which each node is served in proportion to
 * its weight among its siblings that have work.
 */
#ifndef XSCHED_SHARE_H
#define XSCHED_SHARE_H

#include "../core/tenant.h"

struct xsched_share_group;

struct xsched_share {
	struct xsched_tree_node node;		/* among its siblings that have work */
	struct xsched_share_group *parent;	/* NULL: the root */
	u64 vtime;				/* service over weight; differences count */
	u64 placed;				/* what it was when it got its place there */
	u32 weight;				/* 0: only while no sibling with a weight wants to */
	u32 counts;				/* the weight; but 0 if all below have 0 */
	bool is_group;
};

struct xsched_share_group {
	struct xsched_share self;
	struct xsched_tree children;	/* those that have work, least vtime first, */
	struct xsched_share *served;	/* but for this one, which has had service since */
	u64 floor;			/* vtime at which newcomers start */
	u64 weights;			/* sum of the children's */
};

/* visited counts tree nodes looked at, see struct xsched_tree. */
void xsched_share_group_init(struct xsched_share_group *g, struct xsched_share_group *parent,
			     u32 weight, u64 *visited);

/**
 * xsched_share_enter - a leaf has work, and with it the groups above it
 * @s: with parent and weight set
 * @credit_ns: device time that it may be ahead of who was here all the time; 0 forgets
 *	whatever it missed. What it owes, it owes.
 *
 * Charge whoever is running before, so that newcomers start where things are.
 */
void xsched_share_enter(struct xsched_share *s, u64 credit_ns);
void xsched_share_leave(struct xsched_share *s);

/* A leaf used the device, whether it has work or not. */
void xsched_share_charge(struct xsched_share *s, u64 used_ns);
void xsched_share_set_weight(struct xsched_share *s, u32 weight);

/* What of a round of ns the leaf gets, if all who have work now share it. */
u64 xsched_share_part_ns(const struct xsched_share *s, u64 ns);

/* How much device time the first leaf is behind whoever comes next. */
u64 xsched_share_lag_ns(const struct xsched_share *first);

/* For why(): the leaf's weight among its siblings with work, and how much service it
 * has had above the sibling that has had least. */
void xsched_share_tell(const struct xsched_share *s, char *words, size_t size);

/* The leaf whose turn it is, or NULL. */
struct xsched_share *xsched_share_first(struct xsched_share_group *root);

/*
 * A tenant's group, in the policy's area of its seat; made when first asked for, with those
 * above it. A tenant of default weight counts as much as an entity of the ordinary one.
 * No seat: the root.
 */
struct xsched_share_group *xsched_share_seat(struct xsched_share_group *root,
					     struct xsched_seat *s, u32 ordinary);
/* The tenant's weight changed. Charge whoever is running before. */
void xsched_share_reweigh(struct xsched_seat *s, u32 ordinary);

#endif /* XSCHED_SHARE_H */
