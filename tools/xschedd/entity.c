// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Entities and queues of clients: their making, their end, and what a process
 * says about them.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "xschedd.h"

/* As in the kernel: a kick reads the words of all queues of its entity. */
#define ENTITY_QUEUES_MAX	512

static struct xd_entity *find_entity(struct xd_client *c, u32 id)
{
	struct xd_entity *e = xd_ids_find(&xd_entities, id);

	return e && e->client == c ? e : NULL;
}

static struct xd_queue *find_queue(struct xd_client *c, u32 id)
{
	struct xd_queue *q = xd_ids_find(&xd_queues, id);

	return q && q->entity->client == c ? q : NULL;
}

static int alloc_entity(struct xd_client *c, u32 flags, struct xd_entity **entity)
{
	struct xd_entity *e = calloc(1, sizeof(*e));
	void *ctl;
	u32 id;
	int err;

	if (!e)
		return -ENOMEM;
	err = e->slot = xd_region_get(&c->control, &ctl);
	if (err < 0)
		goto err_free;
	err = xd_ids_add(&xd_entities, e, &id);
	if (err)
		goto err_slot;
	e->client = c;
	xsched_list_init(&e->queues);
	xsched_entity_init(&e->core, id, flags, ctl);
	e->core.process = c->id;
	*entity = e;
	return 0;

err_slot:
	xd_region_put(&c->control, e->slot);
err_free:
	free(e);
	return err;
}

static void add_entity(struct xd_entity *e, struct xd_device *d, s32 priority)
{
	u64 now_ns = xd_now_ns();

	e->device = d;
	xsched_list_add_tail(&e->client->entities, &e->in_client);
	xsched_domain_add(&d->domain, &e->core, now_ns);
	xsched_entity_set_hint(&e->core, XSCHED_HINT_PRIORITY, priority, now_ns);
	xd_device_settle(d, now_ns);
}

static int create(struct xd_client *c, struct xsched_entity_create *arg, int node_fd)
{
	struct xd_device *d;
	struct xd_entity *e;
	int err = xd_user_charge(c->user, XD_QUOTA_ENTITIES);

	if (err)
		return err;
	err = xd_device_join(arg, node_fd, c->peer.uid, &d);
	if (err)
		goto err_uncharge;
	err = alloc_entity(c, arg->flags, &e);
	if (err)
		goto err_leave;
	add_entity(e, d, arg->priority);
	xd_notify_entity(XSCHED_EVENT_ENTITY_NEW, e);
	arg->entity_id = e->core.id;
	arg->device_id = d->id;
	arg->control_offset = XD_CONTROL_OFFSET + xd_region_offset(&c->control, e->slot);
	return 0;

err_leave:
	xd_device_leave(d);
err_uncharge:
	xd_user_uncharge(c->user, XD_QUOTA_ENTITIES);
	return err;
}

/**
 * xd_entity_create - XSCHED_ENTITY_CREATE
 * @c: client
 * @arg: request and reply
 * @node_fd: descriptor that came with it, -1 if none
 *
 * Return: 0, -EINVAL, -EBADF, -EOPNOTSUPP, -EDQUOT, -ENOMEM, -ENOTCONN.
 */
int xd_entity_create(struct xd_client *c, struct xsched_entity_create *arg, int node_fd)
{
	int err = xsched_check_entity(arg);

	if (!err)
		err = xd_client_check(c);
	return err ? err : create(c, arg, node_fd);
}

static void free_queue(struct xd_queue *q)
{
	struct xd_client *c = q->entity->client;

	xsched_list_del(&q->in_entity);
	q->entity->n_queues--;
	xd_ids_remove(&xd_queues, q->core.id);
	xd_region_put(&c->status, q->slot);
	xd_user_uncharge(c->user, XD_QUOTA_QUEUES);
	free(q);
}

/**
 * xd_entity_drop - destroy an entity and its queues; its gate is open afterwards
 * @e: entity
 */
void xd_entity_drop(struct xd_entity *e)
{
	struct xd_client *c = e->client;
	struct xd_device *d = e->device;
	struct xd_queue *q, *next;
	u64 now_ns = xd_now_ns();

	xsched_domain_remove(&d->domain, &e->core, now_ns);
	xd_device_settle(d, now_ns);
	xd_ids_remove(&xd_entities, e->core.id);
	xd_notify_entity(XSCHED_EVENT_ENTITY_GONE, e);
	xsched_list_for_each_safe(q, next, &e->queues, in_entity)
		free_queue(q);
	xsched_list_del(&e->in_client);
	xd_region_put(&c->control, e->slot);
	xd_device_leave(d);
	xd_user_uncharge(c->user, XD_QUOTA_ENTITIES);
	free(e);
}

int xd_entity_destroy(struct xd_client *c, u32 id)
{
	struct xd_entity *e;
	int err = xd_client_check(c);

	if (err)
		return err;
	e = find_entity(c, id);
	if (!e)
		return -ENOENT;
	xd_entity_drop(e);
	return 0;
}

static int alloc_queue(struct xd_entity *e, const struct xsched_queue_create *arg,
		       struct xd_queue **queue)
{
	struct xd_queue *q = calloc(1, sizeof(*q));
	struct xd_client *c = e->client;
	void *st;
	int err;

	if (!q)
		return -ENOMEM;
	err = q->slot = xd_region_get(&c->status, &st);
	if (err < 0)
		goto err_free;
	err = xd_ids_add(&xd_queues, q, &q->core.id);
	if (err)
		goto err_slot;
	q->core.st = st;
	q->core.flags = arg->flags;
	q->core.level = arg->level;
	q->core.platform = arg->platform;
	q->entity = e;
	q->handle = arg->handle;
	*queue = q;
	return 0;

err_slot:
	xd_region_put(&c->status, q->slot);
err_free:
	free(q);
	return err;
}

static void add_queue(struct xd_queue *q)
{
	struct xd_entity *e = q->entity;
	u64 now_ns = xd_now_ns();

	xsched_list_add_tail(&e->queues, &q->in_entity);
	e->n_queues++;
	xsched_entity_add_queue(&e->core, &q->core, now_ns);
	xd_device_settle(e->device, now_ns);
}

/**
 * xd_queue_create - XSCHED_QUEUE_CREATE
 * @c: client
 * @arg: request and reply
 *
 * Return: 0, -EINVAL, -ENOENT, -EDQUOT, -ENOMEM, -ENOTCONN.
 */
int xd_queue_create(struct xd_client *c, struct xsched_queue_create *arg)
{
	struct xd_entity *e;
	struct xd_queue *q;
	int err = xsched_check_queue(arg);

	if (!err)
		err = xd_client_check(c);
	if (err)
		return err;
	e = find_entity(c, arg->entity_id);
	if (!e)
		return -ENOENT;
	if (e->n_queues >= ENTITY_QUEUES_MAX)
		return -EDQUOT;
	err = xd_user_charge(c->user, XD_QUOTA_QUEUES);
	if (err)
		return err;
	err = alloc_queue(e, arg, &q);
	if (err) {
		xd_user_uncharge(c->user, XD_QUOTA_QUEUES);
		return err;
	}
	add_queue(q);
	arg->queue_id = q->core.id;
	arg->status_offset = XD_STATUS_OFFSET + xd_region_offset(&c->status, q->slot);
	return 0;
}

int xd_queue_destroy(struct xd_client *c, u32 id)
{
	struct xd_queue *q;
	u64 now_ns = xd_now_ns();
	int err = xd_client_check(c);

	if (err)
		return err;
	q = find_queue(c, id);
	if (!q)
		return -ENOENT;
	xsched_entity_remove_queue(&q->entity->core, &q->core, now_ns);
	xd_device_settle(q->entity->device, now_ns);
	free_queue(q);
	return 0;
}

/**
 * xd_entity_kick - XSCHED_KICK
 * @c: client
 * @id: entity
 *
 * Return: 0, -ENOENT, -ENOTCONN.
 */
int xd_entity_kick(struct xd_client *c, u32 id)
{
	struct xd_entity *e;
	int err = xd_client_check(c);
	u64 now_ns;

	if (err)
		return err;
	c->kicks++;
	e = find_entity(c, id);
	if (!e)
		return -ENOENT;
	now_ns = xd_now_ns();
	xsched_domain_kick(&e->device->domain, &e->core, now_ns);
	xd_device_settle(e->device, now_ns);
	return 0;
}

/**
 * xd_entity_hint - set a hint and tell who listens
 * @e: entity of any client
 * @kind: enum xsched_hint_kind
 * @value: see there
 *
 * Return: 0, -EINVAL, -EOPNOTSUPP.
 */
int xd_entity_hint(struct xd_entity *e, u32 kind, s64 value)
{
	u64 now_ns = xd_now_ns();
	int err = xsched_entity_set_hint(&e->core, kind, value, now_ns);

	xd_device_settle(e->device, now_ns);
	if (!err)
		xd_notify_hint(e, kind, value);
	return err;
}

int xd_entity_hint_set(struct xd_client *c, const struct xsched_hint *arg)
{
	struct xd_entity *e;
	int err = xd_client_check(c);

	if (err)
		return err;
	if (arg->flags)
		return -EINVAL;
	e = find_entity(c, arg->entity_id);
	return e ? xd_entity_hint(e, arg->kind, arg->value) : -ENOENT;
}

int xd_entity_hint_get(struct xd_client *c, struct xsched_hint *arg)
{
	struct xd_entity *e;
	int err = xd_client_check(c);

	if (err)
		return err;
	if (arg->flags)
		return -EINVAL;
	if (!arg->kind || arg->kind > XSCHED_HINT_MAX_KIND)
		return -EOPNOTSUPP;
	e = find_entity(c, arg->entity_id);
	if (!e)
		return -ENOENT;
	arg->value = e->core.hint[arg->kind];
	return 0;
}

/* The lowest of its queues' levels, 0 without one; the published word could be anybody's. */
u32 xd_entity_level(const struct xd_entity *e)
{
	struct xd_queue *q;
	u32 level = 0;

	xsched_list_for_each(q, &e->queues, in_entity)
		if (!level || q->core.level < level)
			level = q->core.level;
	return level;
}
