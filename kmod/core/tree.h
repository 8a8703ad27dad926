/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * An ordered, intrusive tree whose height stays below 1.45 log2(n + 2) (AVL).
 */
#ifndef XSCHED_TREE_H
#define XSCHED_TREE_H

#include "port.h"

struct xsched_tree_node {
	struct xsched_tree_node *parent, *left, *right;
	u32 height;		/* of the subtree: 1 for a leaf; 0: in no tree */
};

/* Must a come before b? False for equals, which stay in order of insertion. */
typedef bool (*xsched_tree_before)(const struct xsched_tree_node *a,
				   const struct xsched_tree_node *b);

struct xsched_tree {
	struct xsched_tree_node *root;
	struct xsched_tree_node *first;	/* kept, for it is what decisions look at */
	xsched_tree_before before;
	u64 *visited;		/* counts nodes looked at, each once per call; may be NULL */
};

void xsched_tree_init(struct xsched_tree *t, xsched_tree_before before, u64 *visited);
void xsched_tree_node_init(struct xsched_tree_node *n);

/* The node must be in no tree. */
void xsched_tree_insert(struct xsched_tree *t, struct xsched_tree_node *n);
/* Legal for a node that is in no tree. */
void xsched_tree_erase(struct xsched_tree *t, struct xsched_tree_node *n);

struct xsched_tree_node *xsched_tree_last(const struct xsched_tree *t);
struct xsched_tree_node *xsched_tree_next(const struct xsched_tree *t,
					  const struct xsched_tree_node *n);
struct xsched_tree_node *xsched_tree_prev(const struct xsched_tree *t,
					  const struct xsched_tree_node *n);

static inline struct xsched_tree_node *xsched_tree_first(const struct xsched_tree *t)
{
	return t->first;
}

static inline bool xsched_tree_empty(const struct xsched_tree *t)
{
	return !t->root;
}

static inline bool xsched_tree_linked(const struct xsched_tree_node *n)
{
	return n->height != 0;
}

#endif /* XSCHED_TREE_H */
