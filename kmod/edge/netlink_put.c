// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * What a netlink message says about a device, client, entity or queue.
 */
#include "netlink.h"

/* A copy, because the domain lock is raw and a message long. */
struct device_view {
	char policy[XSCHED_POLICY_NAME_LEN];
	char fallback[XSCHED_REASON_LEN];
	char label[XSCHED_NAME_LEN];
	u32 entities;
	u64 decisions, flips;
};

static void view_device(const struct xsched_device *cd, struct device_view *v)
{
	struct xsched_device *d = (struct xsched_device *)cd;
	unsigned long flags;

	raw_spin_lock_irqsave(&d->domain.lock, flags);
	strscpy(v->policy, d->domain.policy->name, sizeof(v->policy));
	strscpy(v->fallback, d->domain.fallback, sizeof(v->fallback));
	strscpy(v->label, d->label, sizeof(v->label));
	v->entities = d->domain.n_entities;
	v->decisions = d->domain.n_decisions;
	v->flips = d->domain.n_flips;
	raw_spin_unlock_irqrestore(&d->domain.lock, flags);
}

int xsched_put_device(struct sk_buff *msg, const void *device, const struct xsched_reader *r)
{
	const struct xsched_device *d = device;
	struct device_view v;

	view_device(d, &v);
	if (nla_put_u32(msg, XSCHED_A_DEVICE_ID, d->id) ||
	    nla_put_string(msg, XSCHED_A_DEVICE_NAME, dev_name(&d->dev)) ||
	    nla_put_string(msg, XSCHED_A_DEVICE_LABEL, v.label) ||
	    nla_put_u32(msg, XSCHED_A_DEVICE_CLASS, d->dev_class) ||
	    nla_put_string(msg, XSCHED_A_DEVICE_POLICY, v.policy) ||
	    (*v.fallback && nla_put_string(msg, XSCHED_A_DEVICE_FALLBACK, v.fallback)) ||
	    nla_put_u32(msg, XSCHED_A_DEVICE_ENTITIES, v.entities) ||
	    xsched_put_u64(msg, XSCHED_A_DEVICE_DECISIONS, v.decisions) ||
	    xsched_put_u64(msg, XSCHED_A_DEVICE_FLIPS, v.flips))
		return -EMSGSIZE;
	return 0;
}

int xsched_put_client(struct sk_buff *msg, const void *client, const struct xsched_reader *r)
{
	const struct xsched_client *c = client;

	if (nla_put_u32(msg, XSCHED_A_CLIENT_ID, c->id) ||
	    nla_put_u32(msg, XSCHED_A_CLIENT_PID, pid_nr_ns(c->tgid, r->pid_ns)) ||
	    nla_put_u32(msg, XSCHED_A_CLIENT_UID, from_kuid_munged(r->user_ns, c->uid)) ||
	    nla_put_string(msg, XSCHED_A_CLIENT_COMM, c->comm) ||
	    xsched_put_u64(msg, XSCHED_A_CLIENT_CGROUP, c->cgroup) ||
	    xsched_put_u64(msg, XSCHED_A_TENANT_ID, c->tenant->core.id) ||
	    xsched_put_u64(msg, XSCHED_A_CLIENT_KICKS, atomic64_read(&c->kicks)))
		return -EMSGSIZE;
	return 0;
}

int xsched_put_tenant(struct sk_buff *msg, const void *tenant, const struct xsched_reader *r)
{
	const struct xsched_edge_tenant *t = tenant;
	const struct xsched_tenant_limits *l = &t->core.limits;
	struct xsched_account a;

	xsched_tenant_account(t, &a);
	if (xsched_put_u64(msg, XSCHED_A_TENANT_ID, t->core.id) ||
	    (t->core.parent && xsched_put_u64(msg, XSCHED_A_TENANT_PARENT, t->core.parent->id)) ||
	    nla_put_string(msg, XSCHED_A_TENANT_PATH, t->path) ||
	    nla_put_u32(msg, XSCHED_A_TENANT_WEIGHT, l->weight) ||
	    nla_put_u32(msg, XSCHED_A_TENANT_CAP, l->cap_permille) ||
	    nla_put_s32(msg, XSCHED_A_TENANT_CEILING, l->ceiling) ||
	    nla_put_u32(msg, XSCHED_A_TENANT_MAX_ENTITIES, l->max_entities) ||
	    nla_put_u32(msg, XSCHED_A_TENANT_ENTITIES, t->core.n_entities) ||
	    nla_put_u32(msg, XSCHED_A_TENANT_CLIENTS, t->clients) ||
	    xsched_put_u64(msg, XSCHED_A_TENANT_RUN_NS, a.run_ns) ||
	    xsched_put_u64(msg, XSCHED_A_TENANT_WAIT_NS, a.wait_ns) ||
	    xsched_put_u64(msg, XSCHED_A_TENANT_HELD_NS, a.held_ns) ||
	    xsched_put_u64(msg, XSCHED_A_TENANT_USED_NS, a.used_ns) ||
	    xsched_put_u64(msg, XSCHED_A_TENANT_PREEMPTIONS, a.preemptions))
		return -EMSGSIZE;
	return 0;
}

/* An entity as it is made: its hints are the defaults. */
static struct xsched_entity plain __ro_after_init;

void __init xsched_put_init(void)
{
	struct xsched_control_slot slot;

	xsched_entity_init(&plain, 0, 0, &slot);
	plain.ctl = NULL;
}

struct entity_view {
	struct xsched_account account;
	s64 hint[XSCHED_HINT_MAX_KIND + 1];
	u32 state, gate, level;
	bool tracked;
};

/* Lock and clock only: reading an account changes nothing, so the timer stays. */
static int view_entity(const struct xsched_edge_entity *e, struct entity_view *v)
{
	struct xsched_device *d = e->device;
	unsigned long flags;
	int err = -ENOENT;

	raw_spin_lock_irqsave(&d->domain.lock, flags);
	if (!e->dead) {
		xsched_entity_account(&e->core, ktime_get_ns(), &v->account);
		v->state = xsched_entity_state(&e->core);
		v->gate = e->core.gate;
		v->level = READ_ONCE(e->core.ctl->level);
		memcpy(v->hint, e->core.hint, sizeof(v->hint));
		v->tracked = d->domain.arbitrating && e->core.tracked;
		err = 0;
	}
	raw_spin_unlock_irqrestore(&d->domain.lock, flags);
	return err;
}

int xsched_put_entity_ids(struct sk_buff *msg, const struct xsched_edge_entity *e,
			  const struct xsched_reader *r)
{
	return nla_put_u32(msg, XSCHED_A_ENTITY_ID, e->core.id) ||
	       nla_put_u32(msg, XSCHED_A_DEVICE_ID, e->device->id) ||
	       nla_put_u32(msg, XSCHED_A_CLIENT_ID, e->client->id) ||
	       nla_put_u32(msg, XSCHED_A_CLIENT_PID, pid_nr_ns(e->client->tgid, r->pid_ns));
}

/* A pair of kind and value for each hint that somebody set. */
static int put_hints(struct sk_buff *msg, const s64 *hint)
{
	u32 kind;

	for (kind = 1; kind <= XSCHED_HINT_MAX_KIND; kind++) {
		if (hint[kind] == plain.hint[kind])
			continue;
		if (nla_put_u32(msg, XSCHED_A_HINT_KIND, kind) ||
		    nla_put_s64(msg, XSCHED_A_HINT_VALUE, hint[kind], XSCHED_A_PAD))
			return -EMSGSIZE;
	}
	return 0;
}

int xsched_put_account(struct sk_buff *msg, const struct xsched_account *a)
{
	if (xsched_put_u64(msg, XSCHED_A_ENTITY_RUN_NS, a->run_ns) ||
	    xsched_put_u64(msg, XSCHED_A_ENTITY_WAIT_NS, a->wait_ns) ||
	    xsched_put_u64(msg, XSCHED_A_ENTITY_HELD_NS, a->held_ns) ||
	    xsched_put_u64(msg, XSCHED_A_ENTITY_OPEN_NS, a->open_ns) ||
	    xsched_put_u64(msg, XSCHED_A_ENTITY_RUNS, a->runs) ||
	    xsched_put_u64(msg, XSCHED_A_ENTITY_PREEMPTIONS, a->preemptions) ||
	    (a->busy_ns && xsched_put_u64(msg, XSCHED_A_ENTITY_BUSY_NS, a->busy_ns)))
		return -EMSGSIZE;
	return 0;
}

int xsched_put_entity(struct sk_buff *msg, const void *entity, const struct xsched_reader *r)
{
	const struct xsched_edge_entity *e = entity;
	struct entity_view v;

	if (view_entity(e, &v))
		return -ENOENT;
	if (xsched_put_entity_ids(msg, e, r) ||
	    nla_put_u32(msg, XSCHED_A_ENTITY_STATE, v.state) ||
	    nla_put_u32(msg, XSCHED_A_ENTITY_GATE, v.gate) ||
	    nla_put_u32(msg, XSCHED_A_ENTITY_LEVEL, v.level) ||
	    nla_put_s32(msg, XSCHED_A_ENTITY_PRIORITY, v.hint[XSCHED_HINT_PRIORITY]) ||
	    (v.tracked && nla_put_flag(msg, XSCHED_A_ENTITY_TRACKED)) ||
	    put_hints(msg, v.hint) ||
	    xsched_put_account(msg, &v.account))
		return -EMSGSIZE;
	return 0;
}

struct queue_view {
	u32 submitted, completed, pending;
};

static int view_queue(const struct xsched_edge_queue *q, struct queue_view *v)
{
	struct xsched_device *d = q->entity->device;
	unsigned long flags;
	int err = -ENOENT;

	raw_spin_lock_irqsave(&d->domain.lock, flags);
	if (!q->dead) {
		v->submitted = READ_ONCE(q->core.st->submitted);
		v->completed = READ_ONCE(q->core.st->completed);
		v->pending = READ_ONCE(q->core.st->pending);
		err = 0;
	}
	raw_spin_unlock_irqrestore(&d->domain.lock, flags);
	return err;
}

int xsched_put_queue(struct sk_buff *msg, const void *queue, const struct xsched_reader *r)
{
	const struct xsched_edge_queue *q = queue;
	struct queue_view v;

	if (view_queue(q, &v))
		return -ENOENT;
	if (nla_put_u32(msg, XSCHED_A_QUEUE_ID, q->core.id) ||
	    xsched_put_entity_ids(msg, q->entity, r) ||
	    nla_put_u32(msg, XSCHED_A_QUEUE_PLATFORM, q->core.platform) ||
	    nla_put_u32(msg, XSCHED_A_QUEUE_LEVEL, q->core.level) ||
	    xsched_put_u64(msg, XSCHED_A_QUEUE_HANDLE, q->handle) ||
	    nla_put_u32(msg, XSCHED_A_QUEUE_SUBMITTED, v.submitted) ||
	    nla_put_u32(msg, XSCHED_A_QUEUE_COMPLETED, v.completed) ||
	    nla_put_u32(msg, XSCHED_A_QUEUE_PENDING, v.pending))
		return -EMSGSIZE;
	return 0;
}
