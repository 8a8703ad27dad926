// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * A domain: the entities that compete for a device, and the events that reach
 * them.
 */
#include "internal.h"
#include "../policy/policy.h"

#define US	1000ULL
#define MS	(1000 * US)

void xsched_tunables_default(struct xsched_tunables *t)
{
	*t = (struct xsched_tunables){
		.linger_ns = 200 * US,
		.idle_poll_ns = 100 * US,
		.idle_poll_lazy_ns = 10 * MS,
		.quiet_ns = 50 * US,
		.grace_ns = 10 * MS,
		.timeslice_ns = 5 * MS,
		.budget_us = 200,
		.idle_budget_us = 2000,
		.calm_ns = 1000000000,
		.k = 1,
	};
}

void xsched_domain_init(struct xsched_domain *d, const struct xsched_domain_ops *ops)
{
	u32 kind;

	memset(d, 0, sizeof(*d));
	xsched_lock_init(&d->lock);
	d->ops = ops;
	xsched_list_init(&d->entities);
	xsched_list_init(&d->waiting);
	xsched_list_init(&d->barred);
	xsched_list_init(&d->lingering);
	xsched_list_init(&d->draining);
	xsched_list_init(&d->promised);
	xsched_list_init(&d->aging);
	xsched_list_init(&d->marked);
	xsched_list_init(&d->late_holds);
	xsched_list_init(&d->late_runs);
	d->apply_batch = XSCHED_APPLY_BATCH;
	xsched_list_init(&d->chosen);
	xsched_list_init(&d->mail);
	xsched_leaf_init(&d->mail_lock);
	for (kind = 0; kind < XSCHED_PACES; kind++)
		xsched_list_init(&d->pace[kind].entities);
	xsched_seats_init(d);
	xsched_tunables_default(&d->tun);
	d->next_ns = XSCHED_NEVER;
	xsched_regime_init(d);
}

void xsched_domain_fini(struct xsched_domain *d)
{
	WARN_ON_ONCE(d->n_entities || !xsched_tree_empty(&d->seats));
	if (d->policy->stop)
		d->policy->stop(d, d->now_ns);
}

u64 xsched_domain_begin(struct xsched_domain *d, u64 now_ns)
{
	xsched_assert_locked(d);
	d->n_events++;
	d->now_ns = xsched_max_u64(d->now_ns, now_ns);
	return d->now_ns;
}

/* Asks the policy for as long as answers make news, and throws it out for a fault. */
static void decide_all(struct xsched_domain *d, u64 now_ns)
{
	u32 round;

	for (round = 0; round < XSCHED_ROUNDS; round++) {
		if (d->faulty)
			xsched_regime_depose(d, now_ns);
		xsched_mail_read(d, now_ns);
		xsched_gang_check(d, now_ns);
		if (d->n_busy == d->n_barred)
			d->undecided = false;
		if (!d->undecided)
			return;
		xsched_decide(d, now_ns);
	}
	if (d->faulty)
		xsched_regime_depose(d, now_ns);
}

/* Applies what follows from the event and says when to come back. */
void xsched_domain_end(struct xsched_domain *d, u64 now_ns)
{
	xsched_due_before_decision(d, now_ns);
	if (xsched_is_late(d))
		xsched_apply_late(d, now_ns);
	decide_all(d, now_ns);
	xsched_due_after_decision(d, now_ns);
	d->next_ns = xsched_due_next(d, now_ns);
}

void xsched_domain_add(struct xsched_domain *d, struct xsched_entity *e, u64 now_ns)
{
	now_ns = xsched_domain_begin(d, now_ns);
	e->domain = d;
	e->since_ns = now_ns;
	xsched_list_add_tail(&d->entities, &e->in_domain);
	d->n_entities++;
	if (e->seat)
		e->seat->n++;
	xsched_gang_join(e);
	xsched_gate_budget(e);
	if (d->arbitrating)
		xsched_regime_admit(e, now_ns);
	else
		xsched_regime_update(d, now_ns);
	xsched_domain_end(d, now_ns);
}

void xsched_domain_remove(struct xsched_domain *d, struct xsched_entity *e, u64 now_ns)
{
	now_ns = xsched_domain_begin(d, now_ns);
	if (e->state != XSCHED_STATE_IDLE) {
		xsched_turn_leave(e, now_ns);
		xsched_place(e, XSCHED_STATE_IDLE, now_ns);
	}
	xsched_entity_settle(e, now_ns);
	xsched_gate_release(e, now_ns);
	xsched_policy_part(e, now_ns);
	if (d->called == e)
		xsched_gang_end_call(d, now_ns);
	xsched_gang_leave(e);
	xsched_list_del(&e->in_domain);
	d->n_entities--;
	if (e->seat)
		e->seat->n--;
	e->domain = NULL;
	xsched_regime_update(d, now_ns);
	xsched_domain_end(d, now_ns);
}

xsched_flatten void xsched_domain_kick(struct xsched_domain *d, struct xsched_entity *e, u64 now_ns)
{
	now_ns = xsched_domain_begin(d, now_ns);
	if (d->arbitrating)
		xsched_turn_look(e, now_ns);
	xsched_domain_end(d, now_ns);
}

void xsched_domain_tick(struct xsched_domain *d, u64 now_ns)
{
	now_ns = xsched_domain_begin(d, now_ns);
	xsched_due_poll(d, now_ns);
	xsched_domain_end(d, now_ns);
}

void xsched_domain_poke(struct xsched_domain *d, u64 now_ns)
{
	now_ns = xsched_domain_begin(d, now_ns);
	d->undecided = d->arbitrating;
	xsched_domain_end(d, now_ns);
}

void xsched_domain_retune(struct xsched_domain *d, u64 now_ns)
{
	struct xsched_entity *e;

	now_ns = xsched_domain_begin(d, now_ns);
	xsched_list_for_each(e, &d->entities, in_domain) {
		xsched_gate_budget(e);
		if (e->state == XSCHED_STATE_DRAINING)
			xsched_place_pace(e, now_ns);
	}
	d->contended = false;	/* polling starts again at the new pace */
	d->undecided |= d->arbitrating;
	xsched_domain_end(d, now_ns);
}
