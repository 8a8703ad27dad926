// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * The ordered tree: an AVL tree with parent pointers, so that nothing recurses
 * on a kernel stack.
 */
#include "tree.h"

void xsched_tree_init(struct xsched_tree *t, xsched_tree_before before, u64 *visited)
{
	t->root = NULL;
	t->first = NULL;
	t->before = before;
	t->visited = visited;
}

void xsched_tree_node_init(struct xsched_tree_node *n)
{
	n->parent = NULL;
	n->left = NULL;
	n->right = NULL;
	n->height = 0;
}

static void tree_visit(const struct xsched_tree *t, u32 nodes)
{
	if (t->visited)
		*t->visited += nodes;
}

static u32 tree_height(const struct xsched_tree_node *n)
{
	return n ? n->height : 0;
}

static u32 tree_height_above(const struct xsched_tree_node *n)
{
	u32 l = tree_height(n->left), r = tree_height(n->right);

	return 1 + (l > r ? l : r);
}

/* Puts @to (may be NULL) where @from hangs. */
static void tree_replace(struct xsched_tree *t, struct xsched_tree_node *from,
			 struct xsched_tree_node *to)
{
	struct xsched_tree_node *up = from->parent;

	if (!up)
		t->root = to;
	else if (up->left == from)
		up->left = to;
	else
		up->right = to;
	if (to)
		to->parent = up;
}

/* Lifts n's right child into n's place and returns it. */
static struct xsched_tree_node *tree_turn_left(struct xsched_tree *t, struct xsched_tree_node *n)
{
	struct xsched_tree_node *r = n->right;

	tree_replace(t, n, r);
	n->right = r->left;
	if (n->right)
		n->right->parent = n;
	r->left = n;
	n->parent = r;
	n->height = tree_height_above(n);
	r->height = tree_height_above(r);
	return r;
}

static struct xsched_tree_node *tree_turn_right(struct xsched_tree *t, struct xsched_tree_node *n)
{
	struct xsched_tree_node *l = n->left;

	tree_replace(t, n, l);
	n->left = l->right;
	if (n->left)
		n->left->parent = n;
	l->right = n;
	n->parent = l;
	n->height = tree_height_above(n);
	l->height = tree_height_above(l);
	return l;
}

/* Balances the subtree at n, whose children are balanced; returns its new top. */
static struct xsched_tree_node *tree_balance(struct xsched_tree *t, struct xsched_tree_node *n)
{
	u32 l = tree_height(n->left), r = tree_height(n->right);

	if (l > r + 1) {
		if (tree_height(n->left->left) < tree_height(n->left->right))
			tree_turn_left(t, n->left);
		return tree_turn_right(t, n);
	}
	if (r > l + 1) {
		if (tree_height(n->right->right) < tree_height(n->right->left))
			tree_turn_right(t, n->right);
		return tree_turn_left(t, n);
	}
	n->height = tree_height_above(n);
	return n;
}

/* Balances from n upwards, as far as heights change; returns on how many levels. */
static u32 tree_mend(struct xsched_tree *t, struct xsched_tree_node *n)
{
	u32 levels = 0;

	while (n) {
		u32 before = n->height;

		levels++;
		n = tree_balance(t, n);
		if (n->height == before)
			break;
		n = n->parent;
	}
	return levels;
}

void xsched_tree_insert(struct xsched_tree *t, struct xsched_tree_node *n)
{
	struct xsched_tree_node **link = &t->root, *up = NULL;
	bool first = true;

	while (*link) {
		up = *link;
		tree_visit(t, 1);
		if (t->before(n, up)) {
			link = &up->left;
		} else {
			link = &up->right;
			first = false;
		}
	}
	if (first)
		t->first = n;
	n->parent = up;
	n->left = NULL;
	n->right = NULL;
	n->height = 1;
	*link = n;
	tree_mend(t, up);
}

/* Takes n's successor, which has no left child, out of its place and puts it into n's. */
static struct xsched_tree_node *tree_swap_successor(struct xsched_tree *t,
						    struct xsched_tree_node *n)
{
	struct xsched_tree_node *s = n->right, *mend;

	tree_visit(t, 1);
	while (s->left) {
		s = s->left;
		tree_visit(t, 1);
	}
	mend = s->parent == n ? s : s->parent;
	tree_replace(t, s, s->right);
	tree_replace(t, n, s);
	s->left = n->left;
	s->right = n->right;
	if (s->left)
		s->left->parent = s;
	if (s->right)
		s->right->parent = s;
	s->height = n->height;
	return mend;
}

void xsched_tree_erase(struct xsched_tree *t, struct xsched_tree_node *n)
{
	struct xsched_tree_node *mend;

	if (!xsched_tree_linked(n))
		return;
	if (t->first == n)
		t->first = xsched_tree_next(t, n);
	if (n->left && n->right) {
		mend = tree_swap_successor(t, n);
	} else {
		mend = n->parent;
		tree_replace(t, n, n->left ? n->left : n->right);
	}
	tree_visit(t, tree_mend(t, mend));
	xsched_tree_node_init(n);
}

struct xsched_tree_node *xsched_tree_last(const struct xsched_tree *t)
{
	struct xsched_tree_node *n = t->root;

	while (n && n->right) {
		tree_visit(t, 1);
		n = n->right;
	}
	return n;
}

struct xsched_tree_node *xsched_tree_next(const struct xsched_tree *t,
					  const struct xsched_tree_node *n)
{
	tree_visit(t, 1);
	if (n->right) {
		n = n->right;
		while (n->left) {
			tree_visit(t, 1);
			n = n->left;
		}
		return (struct xsched_tree_node *)n;
	}
	while (n->parent && n->parent->right == n)
		n = n->parent;
	return n->parent;
}

struct xsched_tree_node *xsched_tree_prev(const struct xsched_tree *t,
					  const struct xsched_tree_node *n)
{
	tree_visit(t, 1);
	if (n->left) {
		n = n->left;
		while (n->right) {
			tree_visit(t, 1);
			n = n->right;
		}
		return (struct xsched_tree_node *)n;
	}
	while (n->parent && n->parent->left == n)
		n = n->parent;
	return n->parent;
}
