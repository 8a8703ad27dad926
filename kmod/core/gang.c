// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Gangs: a member runs only while every domain in which its gang has work wants a member
 * of it to run.
 *
 * A domain whose policy chooses a member that can't run yet takes note of that: it
 * *pledges* the device to it, bars it from the policy and lets others run. Nothing is held for a
 * gang, so gangs can't block each other. When the last domain joins in, those that
 * have pledged hear of it and keep their word:
 *
 * - a policy that goes by rank is asked again, for who has come since may outrank it;
 * - one that goes by turns would say that it isn't its turn, so the member has its turn
 *   at once: it is *called*, and those whose turn it was go on after it.
 *
 * If every domain with work of a gang had pledged and none ran it, it would have agreed. So
 * some domain has still to choose it, and gets around to that as to any other entity.
 */
#include "internal.h"
#include "../policy/policy.h"

void xsched_gang_init(struct xsched_gang *g)
{
	memset(g, 0, sizeof(*g));
	xsched_leaf_init(&g->lock);
	xsched_list_init(&g->members);
	xsched_list_init(&g->willing);
	g->agreed = true;
}

static struct xsched_gang_part *find_part(struct xsched_gang *g, const struct xsched_domain *d)
{
	u32 i;

	for (i = 0; i < XSCHED_GANG_PARTS; i++)
		if (g->parts[i].domain == d)
			return &g->parts[i];
	return NULL;
}

static void mail_all(struct xsched_gang *g, const struct xsched_domain *here)
{
	struct xsched_entity *e;

	xsched_list_for_each(e, &g->members, in_gang)
		xsched_mail(e, here);
}

/* Who is willing may run now, or no longer. */
static void settle(struct xsched_gang *g, const struct xsched_domain *here)
{
	bool agreed = g->n_parts < 2 || g->n_agreed == g->n_wanting;
	struct xsched_entity *e;

	if (agreed == g->agreed)
		return;
	WRITE_ONCE(g->agreed, agreed);
	xsched_list_for_each(e, &g->willing, in_willing)
		xsched_mail(e, here);
}

static void count(struct xsched_gang *g, const struct xsched_gang_part *p, u32 n)
{
	g->n_wanting += p->n_busy ? n : 0;
	g->n_agreed += p->n_busy && p->n_willing ? n : 0;
}

/* Under the gang's lock. */
static xsched_aside void tell(struct xsched_entity *e, bool busy, bool willing)
{
	struct xsched_gang *g = e->gang;

	count(g, e->part, -1U);
	e->part->n_busy += busy - e->told_busy;
	e->part->n_willing += willing - e->told_willing;
	count(g, e->part, 1);
	e->told_busy = busy;
	e->told_willing = willing;
	xsched_list_del(&e->in_willing);
	if (willing)
		xsched_list_add_tail(&g->willing, &e->in_willing);
	settle(g, e->domain);
	/* Chosen by other ways than a decision, which would have asked. */
	if (willing && !g->agreed && !(e->barred & XSCHED_BAR_GANG))
		xsched_mail(e, e->domain);
}

static bool is_willing(const struct xsched_entity *e)
{
	return !(e->barred & XSCHED_BAR_CAP) && (xsched_may_run(e) || e->pledged);
}

/* Whether the entity has work, or its domain wants it to run, may have changed. */
void xsched_gang_tell(struct xsched_entity *e)
{
	xsched_leaf_flags_t flags;
	bool busy, willing;

	/* The ordinary case first: on one device there is nobody to tell. */
	if (!e->part || (READ_ONCE(e->gang->n_parts) < 2 && READ_ONCE(e->gang->agreed)))
		return;
	busy = e->state != XSCHED_STATE_IDLE;
	willing = busy && is_willing(e);
	if (busy == e->told_busy && willing == e->told_willing)
		return;
	xsched_leaf_lock(&e->gang->lock, flags);
	tell(e, busy, willing);
	xsched_leaf_unlock(&e->gang->lock, flags);
}

void xsched_gang_join(struct xsched_entity *e)
{
	struct xsched_gang *g = e->gang;
	xsched_leaf_flags_t flags;

	if (!g)
		return;
	xsched_leaf_lock(&g->lock, flags);
	xsched_list_add_tail(&g->members, &e->in_gang);
	if (!(e->flags & XSCHED_ENTITY_F_NO_GANG))
		e->part = find_part(g, e->domain);
	if (!e->part && !(e->flags & XSCHED_ENTITY_F_NO_GANG))
		e->part = find_part(g, NULL);
	if (e->part && !e->part->n++) {
		e->part->domain = e->domain;
		WRITE_ONCE(g->n_parts, g->n_parts + 1);
		/* While they were alone on one device nobody told anything. */
		if (g->n_parts == 2)
			mail_all(g, e->domain);
		settle(g, e->domain);
	}
	xsched_leaf_unlock(&g->lock, flags);
}

/* It is IDLE already. */
void xsched_gang_leave(struct xsched_entity *e)
{
	struct xsched_gang *g = e->gang;
	xsched_leaf_flags_t flags;

	if (!g)
		return;
	xsched_depend_forget(e);
	xsched_leaf_lock(&g->lock, flags);
	if (e->part) {
		tell(e, false, false);
		if (!--e->part->n) {
			e->part->domain = NULL;
			WRITE_ONCE(g->n_parts, g->n_parts - 1);
			settle(g, e->domain);
		}
	}
	xsched_list_del(&e->in_gang);
	e->part = NULL;
	xsched_leaf_unlock(&g->lock, flags);
	xsched_mail_drop(e);
}

bool xsched_gang_agrees(const struct xsched_entity *e)
{
	return !e->part || READ_ONCE(e->gang->agreed);
}

/* The policy chose it, and other devices aren't ready: its vote stands, others run. */
xsched_aside void xsched_gang_pledge(struct xsched_entity *e, u64 now_ns)
{
	e->pledged = true;
	xsched_bar(e, XSCHED_BAR_GANG, now_ns);
}

/* A decision was made with it in view. */
void xsched_gang_decided(struct xsched_entity *e)
{
	if (!e->pledged || e->barred)
		return;
	e->pledged = false;
	xsched_gang_tell(e);
}

static void suspend_choice(struct xsched_domain *d, u64 now_ns)
{
	struct xsched_entity *x, *tmp;

	xsched_list_for_each_safe(x, tmp, &d->chosen, in_chosen) {
		xsched_list_del(&x->in_turn);
		if (x->state == XSCHED_STATE_RUNNING)
			xsched_turn_stop(x, now_ns);
	}
}

/* Its turn comes at once, and is as long as any. */
static void call(struct xsched_entity *e, u64 now_ns)
{
	struct xsched_domain *d = e->domain;

	d->called = e;
	d->call_end_ns = xsched_add_sat(now_ns, d->tun.timeslice_ns);
	suspend_choice(d, now_ns);
	e->called = true;
	xsched_unbar(e, XSCHED_BAR_GANG, now_ns);
	e->pledged = false;
	xsched_run_choice(e, now_ns);
}

static void resume_choice(struct xsched_domain *d, u64 now_ns)
{
	struct xsched_entity *x, *tmp;

	xsched_list_for_each_safe(x, tmp, &d->chosen, in_chosen)
		xsched_run_choice(x, now_ns);
	/* Another gang may have agreed meanwhile. */
	xsched_list_for_each(x, &d->barred, in_line)
		if (x->barred == XSCHED_BAR_GANG)
			xsched_mail(x, d);
}

xsched_aside void xsched_gang_end_call(struct xsched_domain *d, u64 now_ns)
{
	struct xsched_entity *e = d->called;

	if (!e)
		return;
	d->called = NULL;
	e->called = false;
	if (!xsched_may_run(e) && e->state != XSCHED_STATE_IDLE) {
		xsched_list_del(&e->in_turn);
		if (e->state == XSCHED_STATE_RUNNING)
			xsched_turn_stop(e, now_ns);
		else
			xsched_gate_set(e, XSCHED_GATE_HELD, XSCHED_NOTIFY_TRACK, now_ns);
	}
	xsched_gang_tell(e);
	resume_choice(d, now_ns);
	d->undecided = true;
}

/* A letter: the gang has agreed, or no longer does. */
xsched_aside void xsched_gang_review(struct xsched_entity *e, u64 now_ns)
{
	struct xsched_domain *d = e->domain;

	xsched_gang_tell(e);
	if (!e->part || e->state == XSCHED_STATE_IDLE)
		return;
	if (!xsched_gang_agrees(e)) {
		if (e->called)
			xsched_gang_end_call(d, now_ns);
		else if (e->chosen)
			xsched_gang_pledge(e, now_ns);
	} else if (e->barred == XSCHED_BAR_GANG) {
		if (!d->policy->turns)
			xsched_unbar(e, XSCHED_BAR_GANG, now_ns);
		else if (!d->called)
			call(e, now_ns);
	}
}

/* By time, or because who was called has no work any more or is chosen by right. */
void xsched_gang_check(struct xsched_domain *d, u64 now_ns)
{
	if (d->called && (!d->called->called || d->called->chosen || d->call_end_ns <= now_ns))
		xsched_gang_end_call(d, now_ns);
}
