// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * What a netlink message says about how an entity or a tenant fares: times, counters,
 * latencies, and why it runs or waits.
 */
#include "netlink.h"

static int put_latencies(struct sk_buff *msg, const struct xsched_latency *l)
{
	return nla_put(msg, XSCHED_A_LATENCY_WAIT, sizeof(*l), &l[XSCHED_LATENCY_WAIT]) ||
	       nla_put(msg, XSCHED_A_LATENCY_QUIET, sizeof(*l), &l[XSCHED_LATENCY_QUIET]);
}

struct stat_view {
	struct xsched_account account;
	struct xsched_latency latency[XSCHED_LATENCIES];
};

/* A copy, because the domain lock is raw and a message long. */
static int view_stat(const struct xsched_edge_entity *e, struct stat_view *v)
{
	struct xsched_device *d = e->device;
	unsigned long flags;
	int err = -ENOENT;

	raw_spin_lock_irqsave(&d->domain.lock, flags);
	if (!e->dead) {
		xsched_entity_account(&e->core, ktime_get_ns(), &v->account);
		memcpy(v->latency, e->core.latency, sizeof(v->latency));
		err = 0;
	}
	raw_spin_unlock_irqrestore(&d->domain.lock, flags);
	return err;
}

int xsched_put_entity_stat(struct sk_buff *msg, const void *entity, const struct xsched_reader *r)
{
	const struct xsched_edge_entity *e = entity;
	struct stat_view v;

	if (view_stat(e, &v))
		return -ENOENT;
	if (xsched_put_entity_ids(msg, e, r) ||
	    xsched_put_account(msg, &v.account) ||
	    xsched_put_u64(msg, XSCHED_A_ENTITY_USED_NS, v.account.used_ns) ||
	    xsched_put_u64(msg, XSCHED_A_ENTITY_AGED, v.account.aged) ||
	    put_latencies(msg, v.latency))
		return -EMSGSIZE;
	return 0;
}

int xsched_put_tenant_stat(struct sk_buff *msg, const void *tenant, const struct xsched_reader *r)
{
	const struct xsched_edge_tenant *t = tenant;
	struct stat_view v;

	xsched_tenant_account(t, &v.account);
	xsched_tenant_latency(t, v.latency);
	if (xsched_put_u64(msg, XSCHED_A_TENANT_ID, t->core.id) ||
	    nla_put_string(msg, XSCHED_A_TENANT_PATH, t->path) ||
	    nla_put_u32(msg, XSCHED_A_TENANT_ENTITIES, t->core.n_entities) ||
	    nla_put_u32(msg, XSCHED_A_TENANT_CLIENTS, t->clients) ||
	    xsched_put_u64(msg, XSCHED_A_TENANT_RUN_NS, v.account.run_ns) ||
	    xsched_put_u64(msg, XSCHED_A_TENANT_WAIT_NS, v.account.wait_ns) ||
	    xsched_put_u64(msg, XSCHED_A_TENANT_HELD_NS, v.account.held_ns) ||
	    xsched_put_u64(msg, XSCHED_A_TENANT_USED_NS, v.account.used_ns) ||
	    xsched_put_u64(msg, XSCHED_A_TENANT_RUNS, v.account.runs) ||
	    xsched_put_u64(msg, XSCHED_A_TENANT_PREEMPTIONS, v.account.preemptions) ||
	    put_latencies(msg, v.latency))
		return -EMSGSIZE;
	return 0;
}

struct why_view {
	struct xsched_why why;
	u32 state;
};

static int view_why(struct xsched_edge_entity *e, struct why_view *v)
{
	struct xsched_device *d = e->device;
	unsigned long flags;
	int err = -ENOENT;

	raw_spin_lock_irqsave(&d->domain.lock, flags);
	if (!e->dead) {
		xsched_entity_why(&e->core, ktime_get_ns(), &v->why);
		v->state = xsched_entity_state(&e->core);
		err = 0;
	}
	raw_spin_unlock_irqrestore(&d->domain.lock, flags);
	return err;
}

static int put_entities(struct sk_buff *msg, int attr, const u32 *id, u32 n)
{
	return n ? nla_put(msg, attr, n * sizeof(*id), id) : 0;
}

int xsched_put_entity_why(struct sk_buff *msg, const void *entity, const struct xsched_reader *r)
{
	struct xsched_edge_entity *e = (struct xsched_edge_entity *)entity;
	const struct xsched_why *w;
	struct why_view v;

	if (view_why(e, &v))
		return -ENOENT;
	w = &v.why;
	if (xsched_put_entity_ids(msg, e, r) ||
	    nla_put_u32(msg, XSCHED_A_ENTITY_STATE, v.state) ||
	    nla_put_u32(msg, XSCHED_A_ENTITY_WHY, w->flags) ||
	    nla_put_s32(msg, XSCHED_A_ENTITY_RANK, w->priority) ||
	    xsched_put_u64(msg, XSCHED_A_ENTITY_SINCE_NS, w->since_ns) ||
	    (w->aging_ns != XSCHED_NEVER &&
	     xsched_put_u64(msg, XSCHED_A_ENTITY_AGING_NS, w->aging_ns)) ||
	    put_entities(msg, XSCHED_A_ENTITY_WAITS_FOR, w->waits_for, w->n_waits_for) ||
	    put_entities(msg, XSCHED_A_ENTITY_WAITED_BY, w->waited_by, w->n_waited_by) ||
	    (*w->policy && nla_put_string(msg, XSCHED_A_ENTITY_REASON, w->policy)))
		return -EMSGSIZE;
	return 0;
}
