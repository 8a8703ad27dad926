// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Why an entity runs or waits, for people who ask.
 */
#include "internal.h"
#include "../policy/policy.h"

static u32 why_runs(const struct xsched_entity *e)
{
	return (e->chosen ? XSCHED_WHY_CHOSEN : 0) | (e->carried ? XSCHED_WHY_CARRIED : 0) |
	       (e->aging ? XSCHED_WHY_AGED : 0) | (e->called ? XSCHED_WHY_CALLED : 0);
}

static u32 why_waits(const struct xsched_entity *e)
{
	const struct xsched_domain *d = e->domain;
	bool waits = e->state == XSCHED_STATE_READY || e->state == XSCHED_STATE_HELD;
	u32 why = 0;

	if (e->barred & XSCHED_BAR_CAP)
		why |= XSCHED_WHY_CAP;
	if (e->barred & XSCHED_BAR_GANG)
		why |= XSCHED_WHY_GANG;
	if (waits && e->chosen && d->called && d->called != e)
		why |= XSCHED_WHY_AFTER_CALL;
	else if (waits && e->chosen)
		why |= XSCHED_WHY_HANDOFF;
	return why;
}

/* What a ceiling takes off. */
static bool is_capped_by_ceiling(const struct xsched_entity *e)
{
	s32 claim = e->claim < e->inherited ? e->inherited : e->claim;

	return xsched_entity_standing(e, claim) < claim;
}

static u32 why_flags(const struct xsched_entity *e)
{
	u32 why = 0;

	if (!e->domain->arbitrating)
		return XSCHED_WHY_OPEN;
	if (e->state != XSCHED_STATE_IDLE)
		why = why_runs(e) | why_waits(e);
	if (!e->tracked)
		why |= XSCHED_WHY_UNTRACKED;
	if (e->state == XSCHED_STATE_RUNNING && xsched_list_linked(&e->in_line))
		why |= XSCHED_WHY_LINGERS;
	if (e->inherited > e->claim)
		why |= XSCHED_WHY_INHERITS;
	if (is_capped_by_ceiling(e))
		why |= XSCHED_WHY_CEILING;
	return why;
}

/* Until the aging bound strikes; those it is for are in the line of those that wait. */
static u64 aging_in_ns(const struct xsched_entity *e, u64 now_ns)
{
	u64 due_ns = xsched_add_sat(e->since_ns, e->domain->tun.aging_ns);
	bool waits = e->state == XSCHED_STATE_READY || e->state == XSCHED_STATE_HELD;

	if (!waits || e->barred || !e->domain->tun.aging_ns)
		return XSCHED_NEVER;
	return due_ns > now_ns ? due_ns - now_ns : 0;
}

/* Under the gang's lock, for the other side may go. */
static void list_dependencies(struct xsched_entity *e, struct xsched_why *w)
{
	struct xsched_dependency *dep;
	xsched_leaf_flags_t flags;

	if (!e->gang)
		return;
	xsched_leaf_lock(&e->gang->lock, flags);
	xsched_list_for_each(dep, &e->waits_for, in_waiter)
		if (w->n_waits_for < XSCHED_WHY_IDS)
			w->waits_for[w->n_waits_for++] = dep->on->id;
	xsched_list_for_each(dep, &e->waited_by, in_on)
		if (w->n_waited_by < XSCHED_WHY_IDS)
			w->waited_by[w->n_waited_by++] = dep->waiter->id;
	xsched_leaf_unlock(&e->gang->lock, flags);
}

/**
 * xsched_entity_why - why an entity runs or waits
 * @e: entity
 * @now_ns: time
 * @w: set to it
 *
 * Changes nothing, and doesn't say it in words but for what only the policy knows.
 */
void xsched_entity_why(struct xsched_entity *e, u64 now_ns, struct xsched_why *w)
{
	const struct xsched_policy *p = e->domain->policy;

	*w = (struct xsched_why){
		.flags = why_flags(e),
		.priority = xsched_entity_standing(e, e->claim < e->inherited ? e->inherited :
								e->claim),
		.since_ns = now_ns > e->since_ns ? now_ns - e->since_ns : 0,
		.aging_ns = aging_in_ns(e, now_ns),
	};
	list_dependencies(e, w);
	if (e->entered && p->why)
		p->why(e->domain, e, xsched_max_u64(now_ns, e->domain->now_ns), w->policy,
		       sizeof(w->policy));
}
