// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Dependencies: who is waited for has the priority of the most important that waits
 * for it, along any chain and on any device; and while one that waits runs, it runs
 * beside, whatever the policy goes by. So nobody waits for somebody who has to
 * wait for him.
 *
 * An entity offers what it has to those that it waits for, and these what they got to
 * those that they wait for: one step at a time, by mail.
 */
#include "internal.h"

/* What an entity has to offer that has no work. */
#define NOTHING		(XSCHED_PRIORITY_MIN - 1)

/* In a domain that nobody rules it isn't known whether it has work: it may. */
static bool may_have_work(const struct xsched_entity *e)
{
	return e->state != XSCHED_STATE_IDLE || !e->domain->arbitrating;
}

static s32 priority_to_offer(const struct xsched_entity *e)
{
	if (!may_have_work(e))
		return NOTHING;
	return e->claim > e->inherited ? e->claim : e->inherited;
}

static bool is_carrying(const struct xsched_entity *e)
{
	return e->chosen || e->carried;
}

/* All that is offered to an entity, under the gang's lock. Tells it if that changed. */
static void sum_up(struct xsched_entity *on, const struct xsched_domain *here)
{
	struct xsched_dependency *dep;
	s32 lent = NOTHING;
	bool carry = false;

	xsched_list_for_each(dep, &on->waited_by, in_on) {
		if (dep->waiter->offer > lent)
			lent = dep->waiter->offer;
		carry |= dep->waiter->carries;
	}
	if (lent == on->lent && carry == on->carry)
		return;
	WRITE_ONCE(on->lent, lent);
	WRITE_ONCE(on->carry, carry);
	xsched_mail(on, here);
}

static xsched_aside void offer(struct xsched_entity *e, s32 priority, bool carries)
{
	struct xsched_dependency *dep;
	xsched_leaf_flags_t flags;

	xsched_leaf_lock(&e->gang->lock, flags);
	e->offer = priority;
	e->carries = carries;
	xsched_list_for_each(dep, &e->waits_for, in_waiter)
		sum_up(dep->on, e->domain);
	xsched_leaf_unlock(&e->gang->lock, flags);
}

/* The entity's state, claim or inheritance may be another. */
void xsched_depend_tell(struct xsched_entity *e)
{
	s32 priority;

	/* Only ever filled under the domain's lock. */
	if (xsched_list_empty(&e->waits_for))
		return;
	priority = priority_to_offer(e);
	if (priority != e->offer || is_carrying(e) != e->carries)
		offer(e, priority, is_carrying(e));
}

static bool is_waiting(const struct xsched_entity *e)
{
	return e->state == XSCHED_STATE_READY || e->state == XSCHED_STATE_HELD ||
	       e->state == XSCHED_STATE_DRAINING;
}

static xsched_aside void carry(struct xsched_entity *e, u64 now_ns)
{
	if (e->barred || e->chosen || !is_waiting(e))
		return;
	xsched_list_del(&e->in_turn);
	xsched_turn_start(e, now_ns);
	e->carried = e->state == XSCHED_STATE_RUNNING;
}

static void put_down(struct xsched_entity *e, u64 now_ns)
{
	e->carried = false;
	if (e->state == XSCHED_STATE_RUNNING && !xsched_may_run(e))
		xsched_turn_stop(e, now_ns);
}

/* A letter: what waiters offer may have changed, or whether it has use for it. */
xsched_aside void xsched_depend_review(struct xsched_entity *e, u64 now_ns)
{
	s32 lent = READ_ONCE(e->lent);

	if (lent != e->inherited) {
		e->inherited = lent;
		if (e->entered)
			xsched_decide_about(e);
	}
	if (READ_ONCE(e->carry) && !e->carried)
		carry(e, now_ns);
	else if (!READ_ONCE(e->carry) && e->carried)
		put_down(e, now_ns);
	xsched_depend_tell(e);
}

void xsched_depend_init(struct xsched_entity *e)
{
	xsched_list_init(&e->waits_for);
	xsched_list_init(&e->waited_by);
	xsched_list_init(&e->in_search);
	e->offer = NOTHING;
	e->lent = NOTHING;
	e->inherited = NOTHING;
}

static void visit(struct xsched_entity *e, u64 stamp, struct xsched_list *found)
{
	if (e->search_stamp == stamp)
		return;
	e->search_stamp = stamp;
	xsched_list_add_tail(found, &e->in_search);
}

/* Does @from wait for @to, along any chain? Each entity is looked at once. */
static bool reaches(struct xsched_gang *g, struct xsched_entity *from, struct xsched_entity *to)
{
	u64 stamp = ++g->stamp;
	struct xsched_dependency *dep;
	struct xsched_list found;
	struct xsched_entity *e;
	bool reached = false;

	xsched_list_init(&found);
	visit(from, stamp, &found);
	while ((e = xsched_list_first(&found, struct xsched_entity, in_search))) {
		xsched_list_del(&e->in_search);
		reached |= e == to;
		if (!reached)
			xsched_list_for_each(dep, &e->waits_for, in_waiter)
				visit(dep->on, stamp, &found);
	}
	return reached;
}

int xsched_depend(struct xsched_dependency *dep, struct xsched_entity *waiter,
		  struct xsched_entity *on, u64 now_ns)
{
	struct xsched_domain *d = waiter->domain;
	xsched_leaf_flags_t flags;
	int err = 0;

	now_ns = xsched_domain_begin(d, now_ns);
	xsched_leaf_lock(&waiter->gang->lock, flags);
	if (reaches(waiter->gang, on, waiter)) {
		err = -ELOOP;
	} else {
		dep->waiter = waiter;
		dep->on = on;
		xsched_list_add_tail(&waiter->waits_for, &dep->in_waiter);
		xsched_list_add_tail(&on->waited_by, &dep->in_on);
		sum_up(on, d);
	}
	xsched_leaf_unlock(&waiter->gang->lock, flags);
	xsched_depend_tell(waiter);
	xsched_domain_end(d, now_ns);
	return err;
}

/* Under the gang's lock. */
static void unlink_dependency(struct xsched_dependency *dep, const struct xsched_domain *here)
{
	struct xsched_entity *waiter = dep->waiter, *on = dep->on;

	xsched_list_del(&dep->in_waiter);
	xsched_list_del(&dep->in_on);
	dep->waiter = NULL;
	dep->on = NULL;
	sum_up(on, here);
	if (xsched_list_empty(&waiter->waits_for)) {
		waiter->offer = NOTHING;
		waiter->carries = false;
	}
}

void xsched_undepend(struct xsched_dependency *dep, struct xsched_entity *waiter, u64 now_ns)
{
	struct xsched_domain *d = waiter->domain;
	xsched_leaf_flags_t flags;

	now_ns = xsched_domain_begin(d, now_ns);
	xsched_leaf_lock(&waiter->gang->lock, flags);
	if (dep->waiter)
		unlink_dependency(dep, d);
	xsched_leaf_unlock(&waiter->gang->lock, flags);
	xsched_domain_end(d, now_ns);
}

static struct xsched_dependency *first_of(struct xsched_entity *e)
{
	struct xsched_dependency *dep;

	dep = xsched_list_first(&e->waits_for, struct xsched_dependency, in_waiter);
	if (!dep)
		dep = xsched_list_first(&e->waited_by, struct xsched_dependency, in_on);
	return dep;
}

/* The entity goes. */
void xsched_depend_forget(struct xsched_entity *e)
{
	struct xsched_dependency *dep;
	xsched_leaf_flags_t flags;

	xsched_leaf_lock(&e->gang->lock, flags);
	while ((dep = first_of(e)))
		unlink_dependency(dep, e->domain);
	xsched_leaf_unlock(&e->gang->lock, flags);
}
