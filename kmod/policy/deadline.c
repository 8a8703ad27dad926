// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Entities in order of deadline, and the first k of them, which run.
 *
 * Those without a deadline come last; the last slot that they have goes round
 * among them. Who is past its deadline goes on for one timeslice, and then counts as
 * having begun its next job: endless work with a deadline can't keep the device.
 */
#include "deadline.h"

struct deadline_entity {
	u64 due_ns;	/* XSCHED_NEVER: no deadline */
	u64 late_ns;	/* while first and late: until then; 0 otherwise */
	bool runs;	/* among the first k at the last decision, or before one that was */
};

struct deadline {
	struct xsched_entity *last;	/* of those that run; they are all up to it */
	u32 n;				/* how many those are */
	struct xsched_entity *rotated;	/* has the last slot until... */
	u64 rotate_ns;
};

static struct deadline *deadline(struct xsched_domain *d)
{
	return xsched_policy_area(struct deadline, d);
}

static struct deadline_entity *deadline_area(const struct xsched_entity *e)
{
	return xsched_policy_area(struct deadline_entity, (struct xsched_entity *)e);
}

static struct xsched_entity *deadline_entity(struct xsched_tree_node *n)
{
	return n ? container_of(n, struct xsched_entity, node) : NULL;
}

static u64 deadline_due(const struct xsched_entity *e)
{
	return deadline_area(e)->due_ns;
}

static bool deadline_before(const struct xsched_tree_node *a, const struct xsched_tree_node *b)
{
	return deadline_due(container_of(a, struct xsched_entity, node)) <
	       deadline_due(container_of(b, struct xsched_entity, node));
}

static u64 deadline_after(const struct xsched_entity *e, u64 begin_ns)
{
	s64 us = e->hint[XSCHED_HINT_DEADLINE];

	return us < 0 ? XSCHED_NEVER : xsched_add_sat(begin_ns, (u64)us * 1000);
}

/* Into the order; equals stay in order of coming. */
static void deadline_insert(struct xsched_domain *d, struct xsched_entity *e, u64 due_ns)
{
	struct deadline *dl = deadline(d);
	struct deadline_entity *a = deadline_area(e);

	a->due_ns = due_ns;
	a->late_ns = 0;
	xsched_tree_insert(&d->ready, &e->node);
	a->runs = dl->last && due_ns < deadline_due(dl->last);
	dl->n += a->runs;
}

static void deadline_remove(struct xsched_domain *d, struct xsched_entity *e)
{
	struct deadline *dl = deadline(d);

	if (dl->last == e)
		dl->last = deadline_entity(xsched_tree_prev(&d->ready, &e->node));
	if (dl->rotated == e)
		dl->rotated = NULL;
	dl->n -= deadline_area(e)->runs;
	deadline_area(e)->runs = false;
	xsched_tree_erase(&d->ready, &e->node);
}

static void deadline_move(struct xsched_domain *d, struct xsched_entity *e, u64 due_ns)
{
	deadline_remove(d, e);
	deadline_insert(d, e, due_ns);
}

int xsched_deadline_start(struct xsched_domain *d, u64 now_ns __maybe_unused)
{
	xsched_tree_init(&d->ready, deadline_before, &d->n_visited);
	return 0;
}

void xsched_deadline_enter(struct xsched_domain *d, struct xsched_entity *e,
			   u64 now_ns __maybe_unused)
{
	deadline_insert(d, e, deadline_after(e, e->ready_ns));
}

void xsched_deadline_leave(struct xsched_domain *d, struct xsched_entity *e,
			   u64 now_ns __maybe_unused)
{
	deadline_remove(d, e);
}

void xsched_deadline_hint(struct xsched_domain *d, struct xsched_entity *e, u32 kind,
			  s64 old __maybe_unused, u64 now_ns __maybe_unused)
{
	if (kind == XSCHED_HINT_DEADLINE)
		deadline_move(d, e, deadline_after(e, e->ready_ns));
}

struct xsched_entity *xsched_deadline_first(const struct xsched_domain *d)
{
	return deadline_entity(xsched_tree_first(&d->ready));
}

/* A first one that stayed late for a timeslice has the next job's deadline; who moved, or NULL. */
static struct xsched_entity *deadline_end_late(struct xsched_domain *d, u64 now_ns)
{
	struct xsched_entity *e = xsched_deadline_first(d);
	struct deadline_entity *a = deadline_area(e);

	if (!a->late_ns || a->late_ns > now_ns)
		return NULL;
	deadline_move(d, e, deadline_after(e, now_ns));
	return e;
}

/* Who had the last slot without a deadline, and now is last in line; or NULL. */
static struct xsched_entity *deadline_rotate(struct xsched_domain *d, u64 now_ns)
{
	struct deadline *dl = deadline(d);
	struct xsched_entity *e = dl->last;

	if (!e || dl->rotated != e || dl->rotate_ns > now_ns || deadline_due(e) != XSCHED_NEVER)
		return NULL;
	deadline_move(d, e, XSCHED_NEVER);
	return e;
}

/* When one of the two comes next. */
static u64 deadline_next(struct xsched_domain *d, u64 now_ns)
{
	struct xsched_entity *e = xsched_deadline_first(d);
	struct deadline_entity *a = deadline_area(e);
	struct deadline *dl = deadline(d);

	if (a->due_ns <= now_ns && !a->late_ns)
		a->late_ns = xsched_add_sat(now_ns, xsched_slice_ns(e));
	if (deadline_due(dl->last) != XSCHED_NEVER)
		return a->late_ns ? a->late_ns : a->due_ns;
	if (dl->rotated != dl->last) {
		dl->rotated = dl->last;
		dl->rotate_ns = xsched_add_sat(now_ns, xsched_slice_ns(dl->last));
	}
	return xsched_min_u64(dl->rotate_ns, a->late_ns ? a->late_ns : a->due_ns);
}

/* Those up to last run: makes them k, or all. */
static void deadline_extend(struct xsched_domain *d, u32 k)
{
	struct deadline *dl = deadline(d);
	struct xsched_entity *e;

	for (; dl->n > k; dl->n--) {
		deadline_area(dl->last)->runs = false;
		xsched_mark_hold(dl->last);
		dl->last = deadline_entity(xsched_tree_prev(&d->ready, &dl->last->node));
	}
	while (dl->n < k) {
		e = dl->last ? deadline_entity(xsched_tree_next(&d->ready, &dl->last->node)) :
			       xsched_deadline_first(d);
		if (!e)
			return;
		deadline_area(e)->runs = true;
		xsched_mark_run(e);
		dl->last = e;
		dl->n++;
	}
}

static void deadline_mark(struct xsched_entity *e)
{
	bool runs = deadline_area(e)->runs;

	if (runs && !xsched_is_running(e))
		xsched_mark_run(e);
	else if (!runs && xsched_is_running(e))
		xsched_mark_hold(e);
}

/*
 * Up to the last that runs everybody did at the last decision. So what can be wrong
 * now is whoever has news, the one or two that moved here, and what is
 * between the old last and the new.
 */
int xsched_deadline_decide(struct xsched_domain *d, u32 k, u64 now_ns, u64 *next_ns)
{
	struct xsched_entity *late = NULL, *rotated = NULL, *e;

	if (xsched_tree_empty(&d->ready))
		return -ENOENT;
	if (d->n_busy > k) {
		late = deadline_end_late(d, now_ns);
		rotated = deadline_rotate(d, now_ns);
	}
	deadline_extend(d, k);
	xsched_list_for_each(e, &d->marked, in_mark)
		deadline_mark(e);
	if (late)
		deadline_mark(late);
	if (rotated)
		deadline_mark(rotated);
	if (d->n_busy > k)
		*next_ns = deadline_next(d, now_ns);
	return 0;
}

static void deadline_tell(u64 due_ns, u64 now_ns, char *words, size_t size)
{
	if (due_ns == XSCHED_NEVER)
		snprintf(words, size, "none");
	else if (due_ns >= now_ns)
		snprintf(words, size, "in %llu us", (due_ns - now_ns) / 1000);
	else
		snprintf(words, size, "%llu us ago", (now_ns - due_ns) / 1000);
}

void xsched_deadline_why(const struct xsched_domain *d, const struct xsched_entity *e, u64 now_ns,
			 char *words, size_t size)
{
	char own[32], first[32];

	deadline_tell(deadline_due(e), now_ns, own, sizeof(own));
	deadline_tell(deadline_due(xsched_deadline_first(d)), now_ns, first, sizeof(first));
	snprintf(words, size, "its deadline: %s; the earliest: %s", own, first);
}
