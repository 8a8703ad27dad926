// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * The scheduler inside of this process: the core and its policies behind direct calls.
 */
#define _GNU_SOURCE
#include "local_state.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#define STATUS_BASE	(1ULL << 32)	/* as offsets: control slots below, status slots from here */

struct xsched_local xsched_local = {
	.lock = PTHREAD_MUTEX_INITIALIZER,
	.control = REGION(struct xsched_control_slot),
	.status = REGION(struct xsched_status_slot),
};

static void forget_parent(void)
{
	pthread_mutex_init(&xsched_local.lock, NULL);
	xsched_local.devices = NULL;
	xsched_local.entities = NULL;
	xsched_local.queues = NULL;
	region_forget(&xsched_local.control);
	region_forget(&xsched_local.status);
	xsched_local.open_header = NULL;
	xsched_local_forget_timer();
}

/* Takes the lock, which in a forked child may be held by a thread that isn't there. */
void xsched_local_enter(void)
{
	if (xsched_local.owner != getpid()) {
		forget_parent();
		xsched_local.owner = getpid();
	}
	pthread_mutex_lock(&xsched_local.lock);
}

static int local_open(struct xsched_link *l)
{
	struct xsched_control_header *h;
	int ret = -ENOMEM;

	xsched_local_enter();
	h = region_page(&xsched_local.control, 0);
	if (h && region_page(&xsched_local.status, 0)) {
		memset(h, 0, sizeof(*h));
		h->magic = XSCHED_CONTROL_MAGIC;
		h->abi = XSCHED_ABI_VERSION;
		__atomic_store_n(&xsched_local.open_header, h, __ATOMIC_RELEASE);
		l->fd = -1;
		l->client_id = 0;
		l->control_offset = 0;
		l->status_offset = STATUS_BASE;
		ret = 0;
	}
	pthread_mutex_unlock(&xsched_local.lock);
	return ret;
}

static void drop_queue(struct local_queue *q)
{
	struct local_queue **at;

	for (at = &xsched_local.queues; *at != q; at = &(*at)->next)
		;
	*at = q->next;
	region_put(&xsched_local.status, q->slot);
	free(q);
}

static void drop_entity(struct local_entity *e)
{
	struct local_entity **at;
	struct local_queue *q, *next;

	e->changed = NULL;
	xsched_domain_remove(&e->device->domain, &e->core, xsched_local_now_ns());
	for (q = xsched_local.queues; q; q = next) {
		next = q->next;
		if (q->entity == e)
			drop_queue(q);
	}
	for (at = &xsched_local.entities; *at != e; at = &(*at)->next)
		;
	*at = e->next;
	xsched_local_device_put(e->device);
	region_put(&xsched_local.control, e->slot);
	free(e);
}

static void local_close(struct xsched_link *l)
{
	(void)l;
	pthread_mutex_lock(&xsched_local.lock);
	while (xsched_local.entities)
		drop_entity(xsched_local.entities);
	__atomic_store_n(&xsched_local.open_header, NULL, __ATOMIC_RELEASE);
	xsched_local_ring_wake();
	/* Who let go keeps the pages; the next one gets new ones. */
	region_forget(&xsched_local.control);
	region_forget(&xsched_local.status);
	xsched_local_stop_timer();
}

static int entity_create_locked(struct xsched_entity_create *a)
{
	struct local_entity *e = calloc(1, sizeof(*e));
	void *ctl;
	int ret = -ENOMEM;

	if (!e)
		return ret;
	ret = region_get(&xsched_local.control, &e->slot, &ctl);
	if (ret)
		goto err_free;
	e->device = xsched_local_device_get(a);
	if (!e->device) {
		ret = -ENOMEM;
		goto err_slot;
	}
	xsched_entity_init(&e->core, ++xsched_local.last_id, a->flags, ctl);
	e->next = xsched_local.entities;
	xsched_local.entities = e;
	e->core.process = (uint32_t)xsched_local.owner;
	xsched_domain_add(&e->device->domain, &e->core, xsched_local_now_ns());
	xsched_entity_set_hint(&e->core, XSCHED_HINT_PRIORITY, a->priority, xsched_local_now_ns());
	a->entity_id = e->core.id;
	a->device_id = e->device->id;
	a->control_offset = region_offset(&xsched_local.control, e->slot);
	return 0;

err_slot:
	region_put(&xsched_local.control, e->slot);
err_free:
	free(e);
	return ret;
}

static int local_entity_create(struct xsched_link *l, struct xsched_entity_create *a)
{
	int ret;

	(void)l;
	pthread_mutex_lock(&xsched_local.lock);
	ret = entity_create_locked(a);
	xsched_local_leave();
	return ret;
}

struct local_entity *xsched_local_find(uint32_t id)
{
	struct local_entity *e;

	for (e = xsched_local.entities; e && e->core.id != id; e = e->next)
		;
	return e;
}

static int local_entity_destroy(struct xsched_link *l, uint32_t id)
{
	struct local_entity *e;

	(void)l;
	pthread_mutex_lock(&xsched_local.lock);
	e = xsched_local_find(id);
	if (e)
		drop_entity(e);
	xsched_local_leave();
	return e ? 0 : -ENOENT;
}

static int queue_create_locked(struct xsched_queue_create *a)
{
	struct local_entity *e = xsched_local_find(a->entity_id);
	struct local_queue *q;
	void *st;
	int ret;

	if (!e)
		return -ENOENT;
	q = calloc(1, sizeof(*q));
	if (!q)
		return -ENOMEM;
	ret = region_get(&xsched_local.status, &q->slot, &st);
	if (ret) {
		free(q);
		return ret;
	}
	q->entity = e;
	q->core.st = st;
	q->core.id = ++xsched_local.last_id;
	q->core.flags = a->flags;
	q->core.level = a->level;
	q->core.platform = a->platform;
	q->next = xsched_local.queues;
	xsched_local.queues = q;
	xsched_entity_add_queue(&e->core, &q->core, xsched_local_now_ns());
	a->queue_id = q->core.id;
	a->status_offset = STATUS_BASE + region_offset(&xsched_local.status, q->slot);
	return 0;
}

static int local_queue_create(struct xsched_link *l, struct xsched_queue_create *a)
{
	int ret;

	(void)l;
	pthread_mutex_lock(&xsched_local.lock);
	ret = queue_create_locked(a);
	xsched_local_leave();
	return ret;
}

static int local_queue_destroy(struct xsched_link *l, uint32_t id)
{
	struct local_queue *q;

	(void)l;
	pthread_mutex_lock(&xsched_local.lock);
	for (q = xsched_local.queues; q && q->core.id != id; q = q->next)
		;
	if (q) {
		xsched_entity_remove_queue(&q->entity->core, &q->core, xsched_local_now_ns());
		drop_queue(q);
	}
	xsched_local_leave();
	return q ? 0 : -ENOENT;
}

static int local_hint_set(struct xsched_link *l, uint32_t id, uint32_t kind, int64_t value)
{
	int ret = -ENOENT;
	struct local_entity *e;

	(void)l;
	pthread_mutex_lock(&xsched_local.lock);
	e = xsched_local_find(id);
	if (e)
		ret = xsched_entity_set_hint(&e->core, kind, value, xsched_local_now_ns());
	xsched_local_leave();
	return ret;
}

static int local_kick(struct xsched_link *l, uint32_t id)
{
	struct local_entity *e;

	(void)l;
	pthread_mutex_lock(&xsched_local.lock);
	e = xsched_local_find(id);
	if (e)
		xsched_domain_kick(&e->device->domain, &e->core, xsched_local_now_ns());
	xsched_local_leave();
	return e ? 0 : -ENOENT;
}

static int local_wait(struct xsched_link *l, uint32_t id, uint32_t *epoch, uint64_t deadline)
{
	struct xsched_control_header *h;
	uint32_t *word = NULL;
	struct local_entity *e;

	(void)l;
	pthread_mutex_lock(&xsched_local.lock);
	h = xsched_local.open_header;
	e = id ? xsched_local_find(id) : NULL;
	if (e)
		word = &e->core.ctl->epoch;
	pthread_mutex_unlock(&xsched_local.lock);
	if (!h)
		return -ENODEV;
	if (!id)
		return xsched_local_wait_ring(h, epoch, deadline);
	return word ? xsched_local_wait_gate(word, epoch, deadline) : -ENOENT;
}

static void *local_map(struct xsched_link *l, uint64_t offset, int writable)
{
	uint64_t size = (uint64_t)sysconf(_SC_PAGESIZE);
	void *p;

	(void)l;
	(void)writable;
	pthread_mutex_lock(&xsched_local.lock);
	p = offset >= STATUS_BASE ? region_page(&xsched_local.status, (offset - STATUS_BASE) / size) :
				    region_page(&xsched_local.control, offset / size);
	pthread_mutex_unlock(&xsched_local.lock);
	return p;
}

const struct xsched_link_ops xsched_link_local = {
	.name = "local",
	.open = local_open,
	.close = local_close,
	.entity_create = local_entity_create,
	.entity_destroy = local_entity_destroy,
	.queue_create = local_queue_create,
	.queue_destroy = local_queue_destroy,
	.hint_set = local_hint_set,
	.kick = local_kick,
	.wait = local_wait,
	.map = local_map,
};

void xsched_local_watch(uint32_t id, void (*changed)(void *arg), void *arg)
{
	struct local_entity *e;

	pthread_mutex_lock(&xsched_local.lock);
	e = xsched_local_find(id);
	if (e) {
		e->changed = changed;
		e->arg = arg;
	}
	pthread_mutex_unlock(&xsched_local.lock);
}
