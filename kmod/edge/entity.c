// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Entities and queues of clients: their making, their end, and what a process
 * says about them.
 */
#include <linux/slab.h>

#include "edge.h"
#include "trace.h"

DEFINE_XARRAY_ALLOC1(xsched_entities);
DEFINE_XARRAY_ALLOC1(xsched_queues);
/*
 * A kick reads the words of all queues of its entity under a raw lock. Nothing
 * known comes near; the limit is for who would like to stop a CPU.
 */
#define ENTITY_QUEUES_MAX	512

static u32 next_entity_id;	/* xarray's lock */
static u32 next_queue_id;

/* Allocates an id that nobody finds before the object is stored under it. */
static int reserve_id(struct xarray *xa, u32 *id, u32 *next)
{
	return min(xa_alloc_cyclic(xa, id, NULL, XSCHED_ID_LIMIT, next, GFP_KERNEL_ACCOUNT), 0);
}

/* The client's own object, or NULL, under c->lock or RCU. */
static struct xsched_edge_entity *find_entity(struct xsched_client *c, unsigned long id)
{
	struct xsched_edge_entity *e = xa_load(&xsched_entities, id);

	return e && e->client == c ? e : NULL;
}

static struct xsched_edge_queue *find_queue(struct xsched_client *c, unsigned long id)
{
	struct xsched_edge_queue *q = xa_load(&xsched_queues, id);

	return q && q->entity->client == c ? q : NULL;
}

static void free_entity(struct kref *ref)
{
	struct xsched_edge_entity *e = container_of(ref, struct xsched_edge_entity, ref);

	kfree_rcu(e, rcu);
}

/**
 * xsched_entity_put - drop a reference
 * @e: entity; dead, if it is the last one
 */
void xsched_entity_put(struct xsched_edge_entity *e)
{
	kref_put(&e->ref, free_entity);
}

/**
 * xsched_entity_get - find an entity of a client
 * @c: whose
 * @id: which
 *
 * Return: a reference, or NULL.
 */
struct xsched_edge_entity *xsched_entity_get(struct xsched_client *c, u32 id)
{
	struct xsched_edge_entity *e;

	rcu_read_lock();
	e = find_entity(c, id);
	if (e && !kref_get_unless_zero(&e->ref))
		e = NULL;
	rcu_read_unlock();
	return e;
}

/**
 * xsched_entity_own - find an entity of a client
 * @c: whose, locked
 * @id: which
 *
 * Return: it, alive until the client is unlocked, or NULL.
 */
struct xsched_edge_entity *xsched_entity_own(struct xsched_client *c, u32 id)
{
	lockdep_assert_held(&c->lock);
	return find_entity(c, id);
}

static struct xsched_edge_entity *alloc_entity(struct xsched_client *c, u32 flags)
{
	struct xsched_edge_entity *e = kzalloc(sizeof(*e), GFP_KERNEL_ACCOUNT);
	void *slot;
	u32 id;
	int err;

	if (!e)
		return ERR_PTR(-ENOMEM);
	e->slot = xsched_region_get(&c->control, &slot);
	if (e->slot < 0) {
		err = e->slot;
		goto err_free;
	}
	err = reserve_id(&xsched_entities, &id, &next_entity_id);
	if (err)
		goto err_slot;

	kref_init(&e->ref);
	e->client = c;
	INIT_LIST_HEAD(&e->queues);
	init_swait_queue_head(&e->waiters);
	xsched_entity_init(&e->core, id, flags, slot);
	e->core.process = c->id;
	e->core.gang = xsched_client_gang(c);
	return e;

err_slot:
	xsched_region_put(&c->control, e->slot);
err_free:
	kfree(e);
	return ERR_PTR(err);
}

static int add_entity(struct xsched_edge_entity *e, struct xsched_device *d, s32 priority)
{
	struct xsched_seat *spare[XSCHED_TENANT_DEPTH];
	unsigned long flags;
	u64 now_ns;
	int err = xsched_seats_alloc(e->client->tenant, spare);

	if (err)
		return err;
	e->device = d;
	list_add_tail(&e->in_client, &e->client->entities);
	now_ns = xsched_device_lock(d, &flags);
	e->core.seat = xsched_seats_take(d, e->client->tenant, spare, now_ns);
	xsched_domain_add(&d->domain, &e->core, now_ns);
	xsched_entity_set_hint(&e->core, XSCHED_HINT_PRIORITY, priority, now_ns);
	xsched_device_unlock(d, now_ns, flags);
	xsched_seats_free(spare);
	/* The id is reserved, so this stores into a node that is there. */
	xa_store(&xsched_entities, e->core.id, e, GFP_KERNEL);
	return 0;
}

/* As if it had never been. */
static void free_new_entity(struct xsched_edge_entity *e)
{
	xa_erase(&xsched_entities, e->core.id);
	xsched_region_put(&e->client->control, e->slot);
	xsched_entity_put(e);
}

static int create_locked(struct xsched_client *c, struct xsched_entity_create *arg)
{
	struct xsched_edge_entity *e;
	struct xsched_device *d;
	int err = xsched_client_check(c);

	lockdep_assert_held(&c->lock);
	if (err)
		return err;
	err = xsched_user_charge(c->user, XSCHED_QUOTA_ENTITIES);
	if (err)
		return err;
	err = xsched_tenant_enter(c->tenant);
	if (err)
		goto err_uncharge;
	d = xsched_device_join(arg, c->uid);
	if (IS_ERR(d)) {
		err = PTR_ERR(d);
		goto err_tenant;
	}
	e = alloc_entity(c, arg->flags);
	if (IS_ERR(e)) {
		err = PTR_ERR(e);
		goto err_leave;
	}
	err = add_entity(e, d, arg->priority);
	if (err) {
		free_new_entity(e);
		goto err_leave;
	}
	xsched_notify_entity(XSCHED_EVENT_ENTITY_NEW, e);

	arg->entity_id = e->core.id;
	arg->device_id = d->id;
	arg->control_offset = XSCHED_CONTROL_OFFSET + xsched_region_offset(&c->control, e->slot);
	return 0;

err_leave:
	xsched_device_leave(d);
err_tenant:
	xsched_tenant_leave(c->tenant);
err_uncharge:
	xsched_user_uncharge(c->user, XSCHED_QUOTA_ENTITIES);
	return err;
}

/**
 * xsched_entity_create - ioctl(XSCHED_ENTITY_CREATE)
 * @c: client
 * @arg: request and reply
 *
 * Return: 0, -EINVAL, -EBADF, -EOPNOTSUPP, -EDQUOT, -ENOMEM, -ENOTCONN, -ENODEV.
 */
int xsched_entity_create(struct xsched_client *c, struct xsched_entity_create *arg)
{
	int err = xsched_check_entity(arg);

	if (err)
		return err;
	mutex_lock(&c->lock);
	err = create_locked(c, arg);
	mutex_unlock(&c->lock);
	return err;
}

/* Takes an entity from its domain, its gate open and its queues dead with it. */
static void kill_entity(struct xsched_edge_entity *e)
{
	struct xsched_device *d = e->device;
	struct xsched_edge_queue *q;
	unsigned long flags;
	u64 now_ns;

	now_ns = xsched_device_lock(d, &flags);
	xsched_domain_remove(&d->domain, &e->core, now_ns);
	list_for_each_entry(q, &e->queues, in_entity)
		q->dead = true;
	/* Pairs with look() in wait.c, which reads the slot before this. */
	smp_wmb();
	WRITE_ONCE(e->dead, true);
	xsched_device_unlock(d, now_ns, flags);
	swake_up_all(&e->waiters);
}

static void free_queue(struct xsched_edge_queue *q)
{
	struct xsched_client *c = q->entity->client;

	list_del(&q->in_entity);
	q->entity->n_queues--;
	xa_erase(&xsched_queues, q->core.id);
	xsched_region_put(&c->status, q->slot);
	xsched_user_uncharge(c->user, XSCHED_QUOTA_QUEUES);
	kfree_rcu(q, rcu);
}

/**
 * xsched_entity_drop - destroy an entity and its queues
 * @e: entity
 *
 * Context: under its client's lock.
 */
void xsched_entity_drop(struct xsched_edge_entity *e)
{
	struct xsched_client *c = e->client;
	struct xsched_edge_queue *q, *next;

	lockdep_assert_held(&c->lock);
	kill_entity(e);
	xa_erase(&xsched_entities, e->core.id);
	xsched_notify_entity(XSCHED_EVENT_ENTITY_GONE, e);
	list_for_each_entry_safe(q, next, &e->queues, in_entity)
		free_queue(q);
	list_del(&e->in_client);
	xsched_region_put(&c->control, e->slot);
	xsched_seats_leave(e->device, c->tenant);
	xsched_device_leave(e->device);
	xsched_tenant_leave(c->tenant);
	xsched_user_uncharge(c->user, XSCHED_QUOTA_ENTITIES);
	xsched_entity_put(e);
}

/**
 * xsched_entity_destroy - ioctl(XSCHED_ENTITY_DESTROY)
 * @c: client
 * @id: entity
 *
 * Return: 0, -ENOENT, -ENOTCONN, -ENODEV.
 */
int xsched_entity_destroy(struct xsched_client *c, u32 id)
{
	struct xsched_edge_entity *e;
	int err;

	mutex_lock(&c->lock);
	err = xsched_client_check(c);
	if (!err) {
		e = find_entity(c, id);
		if (e) {
			xsched_entity_drop(e);
			xsched_dependencies_sweep(c);
		} else {
			err = -ENOENT;
		}
	}
	mutex_unlock(&c->lock);
	return err;
}

static struct xsched_edge_queue *alloc_queue(struct xsched_edge_entity *e,
					     const struct xsched_queue_create *arg)
{
	struct xsched_edge_queue *q = kzalloc(sizeof(*q), GFP_KERNEL_ACCOUNT);
	struct xsched_client *c = e->client;
	void *slot;
	int err;

	if (!q)
		return ERR_PTR(-ENOMEM);
	q->slot = xsched_region_get(&c->status, &slot);
	if (q->slot < 0) {
		err = q->slot;
		goto err_free;
	}
	err = reserve_id(&xsched_queues, &q->core.id, &next_queue_id);
	if (err)
		goto err_slot;
	q->core.st = slot;
	q->core.flags = arg->flags;
	q->core.level = arg->level;
	q->core.platform = arg->platform;
	q->entity = e;
	q->handle = arg->handle;
	return q;

err_slot:
	xsched_region_put(&c->status, q->slot);
err_free:
	kfree(q);
	return ERR_PTR(err);
}

static void add_queue(struct xsched_edge_queue *q)
{
	struct xsched_edge_entity *e = q->entity;
	struct xsched_device *d = e->device;
	unsigned long flags;
	u64 now_ns;

	list_add_tail(&q->in_entity, &e->queues);
	e->n_queues++;
	now_ns = xsched_device_lock(d, &flags);
	xsched_entity_add_queue(&e->core, &q->core, now_ns);
	xsched_device_unlock(d, now_ns, flags);
	xa_store(&xsched_queues, q->core.id, q, GFP_KERNEL);
}

static int create_queue_locked(struct xsched_client *c, struct xsched_queue_create *arg)
{
	struct xsched_edge_entity *e;
	struct xsched_edge_queue *q;
	int err = xsched_client_check(c);

	if (err)
		return err;
	e = find_entity(c, arg->entity_id);
	if (!e)
		return -ENOENT;
	if (e->n_queues >= ENTITY_QUEUES_MAX)
		return -EDQUOT;
	err = xsched_user_charge(c->user, XSCHED_QUOTA_QUEUES);
	if (err)
		return err;
	q = alloc_queue(e, arg);
	if (IS_ERR(q)) {
		xsched_user_uncharge(c->user, XSCHED_QUOTA_QUEUES);
		return PTR_ERR(q);
	}
	add_queue(q);
	arg->queue_id = q->core.id;
	arg->status_offset = XSCHED_STATUS_OFFSET + xsched_region_offset(&c->status, q->slot);
	return 0;
}

/**
 * xsched_queue_create - ioctl(XSCHED_QUEUE_CREATE)
 * @c: client
 * @arg: request and reply
 *
 * Return: 0, -EINVAL, -ENOENT, -EDQUOT, -ENOMEM, -ENOTCONN, -ENODEV.
 */
int xsched_queue_create(struct xsched_client *c, struct xsched_queue_create *arg)
{
	int err = xsched_check_queue(arg);

	if (err)
		return err;
	mutex_lock(&c->lock);
	err = create_queue_locked(c, arg);
	mutex_unlock(&c->lock);
	return err;
}

static void drop_queue(struct xsched_edge_queue *q)
{
	struct xsched_device *d = q->entity->device;
	unsigned long flags;
	u64 now_ns;

	now_ns = xsched_device_lock(d, &flags);
	xsched_entity_remove_queue(&q->entity->core, &q->core, now_ns);
	q->dead = true;
	xsched_device_unlock(d, now_ns, flags);
	free_queue(q);
}

/**
 * xsched_queue_destroy - ioctl(XSCHED_QUEUE_DESTROY)
 * @c: client
 * @id: queue
 *
 * Return: 0, -ENOENT, -ENOTCONN, -ENODEV.
 */
int xsched_queue_destroy(struct xsched_client *c, u32 id)
{
	struct xsched_edge_queue *q;
	int err;

	mutex_lock(&c->lock);
	err = xsched_client_check(c);
	if (!err) {
		q = find_queue(c, id);
		if (q)
			drop_queue(q);
		else
			err = -ENOENT;
	}
	mutex_unlock(&c->lock);
	return err;
}

static int look_at(struct xsched_edge_entity *e)
{
	unsigned long flags;
	int err = -ENOENT;
	u64 now_ns;

	now_ns = xsched_device_lock(e->device, &flags);
	if (!e->dead) {
		xsched_domain_kick(&e->device->domain, &e->core, now_ns);
		err = 0;
	}
	trace_xsched_kick(e->core.id, e->core.state);
	xsched_device_unlock(e->device, now_ns, flags);
	return err;
}

/**
 * xsched_entity_waits - a thread is about to wait for an entity's gate
 * @e: entity, referenced
 *
 * If it drains, that is news: it may be quiet now, and nobody has to find that out.
 */
void xsched_entity_waits(struct xsched_edge_entity *e)
{
	if (READ_ONCE(e->core.state) != XSCHED_STATE_DRAINING)
		return;
	rcu_read_lock();
	look_at(e);
	rcu_read_unlock();
}

/**
 * xsched_entity_kick - ioctl(XSCHED_KICK)
 * @c: client
 * @id: entity
 *
 * The way that is walked most: no allocation, no lock but the domain's.
 *
 * Return: 0, -ENOENT, -EPERM, -ENOTCONN, -ENODEV.
 */
int xsched_entity_kick(struct xsched_client *c, unsigned long id)
{
	struct xsched_edge_entity *e;
	int err = xsched_client_check(c);

	if (err)
		return err;
	atomic64_inc(&c->kicks);
	rcu_read_lock();
	e = find_entity(c, id);
	err = e ? look_at(e) : -ENOENT;
	rcu_read_unlock();
	return err;
}

/**
 * xsched_entity_hint - set a hint and tell who listens
 * @e: entity of any client, dead or alive
 * @kind: enum xsched_hint_kind
 * @value: see there
 *
 * Context: RCU read section.
 *
 * Return: 0, -EINVAL, -EOPNOTSUPP, or -ENOENT if it died meanwhile.
 */
int xsched_entity_hint(struct xsched_edge_entity *e, u32 kind, s64 value)
{
	unsigned long flags;
	int err = -ENOENT;
	u64 now_ns;

	now_ns = xsched_device_lock(e->device, &flags);
	if (!e->dead)
		err = xsched_entity_set_hint(&e->core, kind, value, now_ns);
	xsched_device_unlock(e->device, now_ns, flags);
	if (!err)
		xsched_notify_hint(e, kind, value);
	return err;
}

/**
 * xsched_entity_hint_set - ioctl(XSCHED_HINT_SET)
 * @c: client
 * @arg: request
 *
 * Return: 0, -EINVAL, -EOPNOTSUPP, -ENOENT, -ENOTCONN, -ENODEV.
 */
int xsched_entity_hint_set(struct xsched_client *c, const struct xsched_hint *arg)
{
	struct xsched_edge_entity *e;
	int err = xsched_client_check(c);

	if (err)
		return err;
	if (arg->flags)
		return -EINVAL;
	rcu_read_lock();
	e = find_entity(c, arg->entity_id);
	err = e ? xsched_entity_hint(e, arg->kind, arg->value) : -ENOENT;
	rcu_read_unlock();
	return err;
}

/**
 * xsched_entity_hint_get - ioctl(XSCHED_HINT_GET)
 * @c: client
 * @arg: request and reply
 *
 * Return: 0, -EINVAL, -EOPNOTSUPP, -ENOENT, -ENOTCONN, -ENODEV.
 */
int xsched_entity_hint_get(struct xsched_client *c, struct xsched_hint *arg)
{
	struct xsched_edge_entity *e;
	int err = xsched_client_check(c);

	if (err)
		return err;
	if (arg->flags)
		return -EINVAL;
	if (!arg->kind || arg->kind > XSCHED_HINT_MAX_KIND)
		return -EOPNOTSUPP;
	rcu_read_lock();
	e = find_entity(c, arg->entity_id);
	if (e)
		arg->value = READ_ONCE(e->core.hint[arg->kind]);
	rcu_read_unlock();
	return e ? 0 : -ENOENT;
}
