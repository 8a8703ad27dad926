// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * What the control plane says about a device, client, entity or queue.
 */
#include <stdio.h>
#include <string.h>

#include "nl.h"

/* Separated by spaces. */
static void put_policies(struct xd_nl *m)
{
	char names[256];
	size_t n = 0, i;

	for (i = 0; xsched_policies[i] && n < sizeof(names); i++)
		n += (size_t)snprintf(names + n, sizeof(names) - n, "%s%s", i ? " " : "",
				      xsched_policies[i]->name);
	xd_nl_string(m, XSCHED_A_DEVICE_POLICIES, names);
}

void xd_put_device(struct xd_nl *m, const void *device)
{
	const struct xd_device *d = device;

	xd_nl_u32(m, XSCHED_A_DEVICE_ID, d->id);
	xd_nl_string(m, XSCHED_A_DEVICE_NAME, d->name);
	xd_nl_string(m, XSCHED_A_DEVICE_LABEL, d->label);
	xd_nl_u32(m, XSCHED_A_DEVICE_CLASS, d->dev_class);
	xd_nl_string(m, XSCHED_A_DEVICE_POLICY, d->domain.policy->name);
	if (*d->domain.fallback)
		xd_nl_string(m, XSCHED_A_DEVICE_FALLBACK, d->domain.fallback);
	xd_nl_u32(m, XSCHED_A_DEVICE_ENTITIES, d->domain.n_entities);
	xd_nl_u64(m, XSCHED_A_DEVICE_DECISIONS, d->domain.n_decisions);
	xd_nl_u64(m, XSCHED_A_DEVICE_FLIPS, d->domain.n_flips);
	put_policies(m);
}

void xd_put_client(struct xd_nl *m, const void *client)
{
	const struct xd_client *c = client;

	xd_nl_u32(m, XSCHED_A_CLIENT_ID, c->id);
	xd_nl_u32(m, XSCHED_A_CLIENT_PID, (u32)c->peer.pid);
	xd_nl_u32(m, XSCHED_A_CLIENT_UID, c->peer.uid);
	xd_nl_string(m, XSCHED_A_CLIENT_COMM, c->peer.comm);
	xd_nl_u64(m, XSCHED_A_CLIENT_CGROUP, c->peer.cgroup);
	xd_nl_u64(m, XSCHED_A_CLIENT_KICKS, c->kicks);
}

void xd_put_ids(struct xd_nl *m, const struct xd_entity *e)
{
	xd_nl_u32(m, XSCHED_A_ENTITY_ID, e->core.id);
	xd_nl_u32(m, XSCHED_A_DEVICE_ID, e->device->id);
	xd_nl_u32(m, XSCHED_A_CLIENT_ID, e->client->id);
	xd_nl_u32(m, XSCHED_A_CLIENT_PID, (u32)e->client->peer.pid);
}

/* A pair of kind and value for each hint that somebody set. */
static void put_hints(struct xd_nl *m, const struct xsched_entity *e)
{
	struct xsched_control_slot slot;
	struct xsched_entity plain;
	u32 kind;

	xsched_entity_init(&plain, 0, 0, &slot);
	for (kind = 1; kind <= XSCHED_HINT_MAX_KIND; kind++) {
		if (e->hint[kind] == plain.hint[kind])
			continue;
		xd_nl_u32(m, XSCHED_A_HINT_KIND, kind);
		xd_nl_u64(m, XSCHED_A_HINT_VALUE, (u64)e->hint[kind]);
	}
}

static void put_account(struct xd_nl *m, const struct xsched_account *a)
{
	xd_nl_u64(m, XSCHED_A_ENTITY_RUN_NS, a->run_ns);
	xd_nl_u64(m, XSCHED_A_ENTITY_WAIT_NS, a->wait_ns);
	xd_nl_u64(m, XSCHED_A_ENTITY_HELD_NS, a->held_ns);
	xd_nl_u64(m, XSCHED_A_ENTITY_OPEN_NS, a->open_ns);
	xd_nl_u64(m, XSCHED_A_ENTITY_RUNS, a->runs);
	xd_nl_u64(m, XSCHED_A_ENTITY_PREEMPTIONS, a->preemptions);
	if (a->busy_ns)
		xd_nl_u64(m, XSCHED_A_ENTITY_BUSY_NS, a->busy_ns);
}

void xd_put_entity(struct xd_nl *m, const void *entity)
{
	const struct xd_entity *e = entity;
	struct xsched_account a;

	xsched_entity_account(&e->core, xd_now_ns(), &a);
	xd_put_ids(m, e);
	xd_nl_u32(m, XSCHED_A_ENTITY_STATE, xsched_entity_state(&e->core));
	xd_nl_u32(m, XSCHED_A_ENTITY_GATE, e->core.gate);
	xd_nl_u32(m, XSCHED_A_ENTITY_LEVEL, xd_entity_level(e));
	xd_nl_u32(m, XSCHED_A_ENTITY_PRIORITY, (u32)e->core.hint[XSCHED_HINT_PRIORITY]);
	if (e->device->domain.arbitrating && e->core.tracked)
		xd_nl_attr(m, XSCHED_A_ENTITY_TRACKED, "", 0);
	put_hints(m, &e->core);
	put_account(m, &a);
}

void xd_put_entity_stat(struct xd_nl *m, const void *entity)
{
	const struct xd_entity *e = entity;
	const struct xsched_latency *l = e->core.latency;
	struct xsched_account a;

	xsched_entity_account(&e->core, xd_now_ns(), &a);
	xd_put_ids(m, e);
	put_account(m, &a);
	xd_nl_u64(m, XSCHED_A_ENTITY_USED_NS, a.used_ns);
	xd_nl_u64(m, XSCHED_A_ENTITY_AGED, a.aged);
	xd_nl_attr(m, XSCHED_A_LATENCY_WAIT, &l[XSCHED_LATENCY_WAIT], sizeof(*l));
	xd_nl_attr(m, XSCHED_A_LATENCY_QUIET, &l[XSCHED_LATENCY_QUIET], sizeof(*l));
}

void xd_put_entity_why(struct xd_nl *m, const void *entity)
{
	struct xd_entity *e = (struct xd_entity *)entity;
	struct xsched_why w;

	xsched_entity_why(&e->core, xd_now_ns(), &w);
	xd_put_ids(m, e);
	xd_nl_u32(m, XSCHED_A_ENTITY_STATE, xsched_entity_state(&e->core));
	xd_nl_u32(m, XSCHED_A_ENTITY_WHY, w.flags);
	xd_nl_u32(m, XSCHED_A_ENTITY_RANK, (u32)w.priority);
	xd_nl_u64(m, XSCHED_A_ENTITY_SINCE_NS, w.since_ns);
	if (w.aging_ns != XSCHED_NEVER)
		xd_nl_u64(m, XSCHED_A_ENTITY_AGING_NS, w.aging_ns);
	if (w.n_waits_for)
		xd_nl_attr(m, XSCHED_A_ENTITY_WAITS_FOR, w.waits_for, 4 * w.n_waits_for);
	if (w.n_waited_by)
		xd_nl_attr(m, XSCHED_A_ENTITY_WAITED_BY, w.waited_by, 4 * w.n_waited_by);
	if (*w.policy)
		xd_nl_string(m, XSCHED_A_ENTITY_REASON, w.policy);
}

void xd_put_queue(struct xd_nl *m, const void *queue)
{
	const struct xd_queue *q = queue;
	const struct xsched_status_slot *st = q->core.st;

	xd_nl_u32(m, XSCHED_A_QUEUE_ID, q->core.id);
	xd_put_ids(m, q->entity);
	xd_nl_u32(m, XSCHED_A_QUEUE_PLATFORM, q->core.platform);
	xd_nl_u32(m, XSCHED_A_QUEUE_LEVEL, q->core.level);
	xd_nl_u64(m, XSCHED_A_QUEUE_HANDLE, q->handle);
	xd_nl_u32(m, XSCHED_A_QUEUE_SUBMITTED, READ_ONCE(st->submitted));
	xd_nl_u32(m, XSCHED_A_QUEUE_COMPLETED, READ_ONCE(st->completed));
	xd_nl_u32(m, XSCHED_A_QUEUE_PENDING, READ_ONCE(st->pending));
}
