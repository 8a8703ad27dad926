// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Entities and queues: made with the first use, gone with the last command.
 */
#define _GNU_SOURCE
#include "xqueue.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define FIRST_SPACING 4		/* commands to the first gate, before their length is known */

static void set_env_hint(struct xentity *e, uint32_t kind, const char *name)
{
	struct xsched_process *p = &xsched_process;
	static unsigned int said;
	const char *v = getenv(name);
	char *end;
	long long n;
	int ret;

	if (!v || !*v)
		return;
	errno = 0;
	n = strtoll(v, &end, 10);
	ret = errno || *end ? -EINVAL : p->link.ops->hint_set(&p->link, e->id, kind, n);
	if (!ret)
		xentity_note_hint(e, kind, n);
	if (ret)
		xsched_say_once(&said, "xsched: %s=%s: %s; ignored, see xschedctl(1) for the range",
				name, v, strerror(-ret));
}

static void set_env_hints(struct xentity *e)
{
	set_env_hint(e, XSCHED_HINT_PRIORITY, "XSCHED_AUTO_XQUEUE_PRIORITY");
	set_env_hint(e, XSCHED_HINT_UTILIZATION, "XSCHED_AUTO_XQUEUE_UTILIZATION");
	set_env_hint(e, XSCHED_HINT_TIMESLICE, "XSCHED_AUTO_XQUEUE_TIMESLICE");
	set_env_hint(e, XSCHED_HINT_DEADLINE, "XSCHED_AUTO_XQUEUE_DEADLINE");
	set_env_hint(e, XSCHED_HINT_K, "XSCHED_AUTO_XQUEUE_KDEADLINE");
	if (!getenv("XSCHED_AUTO_XQUEUE_LAXITY"))
		return;
	/* Of the default priority until the laxity is used up, of the given one from then on. */
	set_env_hint(e, XSCHED_HINT_CRIT_PRIO, "XSCHED_AUTO_XQUEUE_PRIORITY");
	set_env_hint(e, XSCHED_HINT_LAXITY, "XSCHED_AUTO_XQUEUE_LAXITY");
}

/* What the program said about an entity, for when it is made again. */
static struct kept {
	struct kept *next;
	uint32_t dev_class;
	uint64_t device_key;
	uint32_t mask;
	int64_t value[XSCHED_HINT_MAX_KIND + 1];
} *kept;

static struct kept *find_kept(const struct xentity *e)
{
	struct kept *k;

	for (k = kept; k; k = k->next)
		if (k->dev_class == e->dev_class && k->device_key == e->device_key)
			return k;
	return NULL;
}

void xentity_note_hint(struct xentity *e, uint32_t kind, int64_t value)
{
	if (kind == XSCHED_HINT_PRIORITY)
		xs_store_relaxed(&e->priority, (int32_t)value);
}

/* Called with the process lock held. An entity of one queue gets its hints from that. */
void xentity_keep_hint(const struct xentity *e, uint32_t kind, int64_t value)
{
	struct kept *k = find_kept(e);

	if (e->own || kind > XSCHED_HINT_MAX_KIND)
		return;
	if (!k) {
		k = calloc(1, sizeof(*k));
		if (!k)
			return;
		k->dev_class = e->dev_class;
		k->device_key = e->device_key;
		k->next = kept;
		kept = k;
	}
	k->mask |= 1u << kind;
	k->value[kind] = value;
}

static void give_kept_hints(struct xentity *e)
{
	struct xsched_process *p = &xsched_process;
	struct kept *k = e->own ? NULL : find_kept(e);
	uint32_t kind;

	for (kind = 1; k && kind <= XSCHED_HINT_MAX_KIND; kind++)
		if (k->mask & 1u << kind)
			p->link.ops->hint_set(&p->link, e->id, kind, k->value[kind]);
}

/* The entity goes with its last queue, and what was said about it. */
static void drop_kept_hints(const struct xentity *e)
{
	struct kept *k = e->own ? NULL : find_kept(e), **at;

	if (!k)
		return;
	for (at = &kept; *at != k; at = &(*at)->next)
		;
	*at = k->next;
	free(k);
}

/* Commands in flight, where the environment wants a number and not a time. */
static void set_env_window(struct xqueue *q)
{
	long threshold = xsched_env_number("XSCHED_AUTO_XQUEUE_THRESHOLD", 1, 65536);
	long batch = xsched_env_number("XSCHED_AUTO_XQUEUE_BATCH_SIZE", 1, 65536);

	if (threshold < 0 && batch < 0)
		return;
	if (threshold < 0)
		threshold = batch > 16 ? batch : 16;
	if (batch < 0 || batch > threshold)
		batch = (threshold + 1) / 2;
	xqueue_set_launch_config(q, (uint32_t)threshold, (uint32_t)batch);
}

static void name_device(char *to, const char *from)
{
	unsigned int i;

	for (i = 0; i < XSCHED_NAME_LEN - 1 && from && from[i]; i++)
		to[i] = from[i] >= ' ' && from[i] <= '~' ? from[i] : '?';
}

static struct xentity *entity_create(const struct xsched_hal_ops *hal,
				     const struct xsched_device_desc *dev)
{
	struct xsched_process *p = &xsched_process;
	struct xsched_entity_create a = {
		.dev_class = dev->dev_class,
		.node_fd = dev->node_fd,
		.flags = hal->stop || hal->inside || hal->enforce ||
			 (hal->held && hal->level == XSCHED_LEVEL_INTERRUPT) ? XSCHED_ENTITY_F_GATE_EVENTS : 0,
	};
	struct xentity *e;

	e = calloc(1, sizeof(*e));
	if (!e)
		return NULL;
	name_device(a.name, dev->name);
	if (p->link.ops->entity_create(&p->link, &a))
		goto err_free;
	e->id = a.entity_id;
	e->device_id = a.device_id;
	e->device_key = dev->key;
	e->dev_class = dev->dev_class;
	e->own = dev->own;
	e->generation = p->generation;
	e->ctl = xsched_map_slot(a.control_offset, false);
	if (!e->ctl)
		goto err_destroy;
	e->seen_track_seq = xs_load(&e->ctl->track_seq);
	e->next = p->entities;
	p->entities = e;
	set_env_hints(e);
	give_kept_hints(e);
	return e;

err_destroy:
	p->link.ops->entity_destroy(&p->link, a.entity_id);
err_free:
	free(e);
	return NULL;
}

/* XSCHED_AUTO_XQUEUE_UNIT: what is scheduled, the process on a device or each of its queues. */
bool xsched_unit_is_queue(void)
{
	static unsigned int said;
	const char *v = getenv("XSCHED_AUTO_XQUEUE_UNIT");

	if (!v || !*v || !strcasecmp(v, "process"))
		return false;
	if (!strcasecmp(v, "queue"))
		return true;
	xsched_say_once(&said, "xsched: XSCHED_AUTO_XQUEUE_UNIT=%s: neither process nor queue; using process",
			v);
	return false;
}

static struct xentity *entity_find(const struct xsched_device_desc *dev)
{
	struct xentity *e;

	for (e = xsched_process.entities; e; e = e->next)
		if (!e->own && e->dev_class == dev->dev_class && e->device_key == dev->key)
			return e;
	return NULL;
}

static void entity_destroy(struct xentity *e)
{
	struct xsched_process *p = &xsched_process;
	struct xentity **at;

	for (at = &p->entities; *at && *at != e; at = &(*at)->next)
		;
	if (*at)
		*at = e->next;
	if (!p->detached && e->generation == p->generation) {
		p->link.ops->entity_destroy(&p->link, e->id);
		drop_kept_hints(e);
	}
	free(e);
}

static int queue_attach(struct xqueue *q, struct xentity *e)
{
	struct xsched_process *p = &xsched_process;
	struct xsched_queue_create a = {
		.entity_id = e->id,
		.flags = q->hal->queue_flags,
		.platform = q->hal->platform,
		.level = q->hal->level,
		.handle = (uint64_t)(uintptr_t)q->handle,
	};
	int ret;

	ret = p->link.ops->queue_create(&p->link, &a);
	if (ret)
		return ret;
	q->id = a.queue_id;
	q->st = xsched_map_slot(a.status_offset, true);
	if (!q->st) {
		p->link.ops->queue_destroy(&p->link, q->id);
		return -ENOMEM;
	}
	xs_store_release(&q->st->flags, XSCHED_STATUS_SYNCED);
	q->entity = e;
	q->ctl = e->ctl;
	q->generation = p->generation;
	q->next_in_entity = e->queues;
	e->queues = q;
	return 0;
}

static struct xqueue *queue_alloc(const struct xsched_hal_ops *hal, void *handle)
{
	struct xqueue *q = calloc(1, sizeof(*q));

	if (!q)
		return NULL;
	pthread_mutex_init(&q->lock, NULL);
	pthread_mutex_init(&q->life, NULL);
	q->held_tail = &q->held;
	q->hal = hal;
	q->handle = handle;
	q->refs = 1;
	q->spacing = q->limit = FIRST_SPACING;
	if (!xqueue_track_init(q))
		return q;
	free(q);
	return NULL;
}

static void queue_free(struct xqueue *q)
{
	xqueue_window_free(q);
	xqueue_stop_word_free(q);
	xqueue_track_fini(q);
	pthread_mutex_destroy(&q->lock);
	pthread_mutex_destroy(&q->life);
	free(q);
}

struct xqueue *xqueue_create(const struct xsched_hal_ops *hal, void *handle,
			     const struct xsched_device_desc *dev)
{
	struct xsched_process *p = &xsched_process;
	static unsigned int said;
	struct xentity *e;
	struct xqueue *q;
	int ret = -ENOMEM;

	if (!dev->own && !xsched_enabled())
		return NULL;
	q = queue_alloc(hal, handle);
	if (!q)
		return NULL;
	pthread_mutex_lock(&p->lock);
	if (!xsched_attach())
		goto err_unlock;
	e = dev->own || xsched_unit_is_queue() ? NULL : entity_find(dev);
	if (!e)
		e = entity_create(hal, dev);
	if (e)
		ret = queue_attach(q, e);
	if (ret) {
		if (e && !e->queues)
			entity_destroy(e);
		if (!p->detached)
			xsched_say_once(&said, "xsched: %s queue %p: %s; it runs unscheduled",
					hal->name, handle, strerror(-ret));
		goto err_unlock;
	}
	pthread_mutex_unlock(&p->lock);
	if (!dev->own)
		set_env_window(q);
	return q;

err_unlock:
	pthread_mutex_unlock(&p->lock);
	queue_free(q);
	return NULL;
}

void xqueue_release(struct xqueue *q)
{
	/* The agent may be using the handle for the last time. */
	pthread_mutex_lock(&q->life);
	xs_store_release(&q->closed_for_good, true);
	pthread_mutex_unlock(&q->life);
	/* What the device will still store must find the words of this queue. */
	if (q->hal->mark)
		xqueue_device_poll(q, NULL, NULL);
	else
		xqueue_put(q);
}

struct xqueue *xqueue_get(struct xqueue *q)
{
	xs_add_relaxed(&q->refs, 1);
	return q;
}

/* A reference, unless the last one is being given up right now. */
static bool get_unless_dying(struct xqueue *q)
{
	uint32_t refs = xs_load_relaxed(&q->refs);

	while (refs)
		if (__atomic_compare_exchange_n(&q->refs, &refs, refs + 1, true,
						__ATOMIC_ACQUIRE, __ATOMIC_RELAXED))
			return true;
	return false;
}

unsigned int xqueue_grab_all(struct xqueue ***out)
{
	struct xsched_process *p = &xsched_process;
	unsigned int n = 0, max = 0;
	struct xentity *e;
	struct xqueue *q;

	pthread_mutex_lock(&p->lock);
	for (e = p->entities; e; e = e->next)
		for (q = e->queues; q; q = q->next_in_entity)
			max++;
	*out = calloc(max + 1, sizeof(**out));
	for (e = *out ? p->entities : NULL; e; e = e->next)
		for (q = e->queues; q; q = q->next_in_entity)
			if (get_unless_dying(q))
				(*out)[n++] = q;
	pthread_mutex_unlock(&p->lock);
	return n;
}

static void queue_unlink(struct xqueue *q)
{
	struct xsched_process *p = &xsched_process;
	struct xentity *e = q->entity;
	struct xqueue **at;

	for (at = &e->queues; *at && *at != q; at = &(*at)->next_in_entity)
		;
	if (*at)
		*at = q->next_in_entity;
	/* A scheduler of before knows it no more, nor does a forked child's. */
	if (!p->detached && q->generation == p->generation)
		p->link.ops->queue_destroy(&p->link, q->id);
	if (!e->queues)
		entity_destroy(e);
}

void xqueue_inherit(struct xqueue *q, struct xqueue *old)
{
	q->fixed_spacing = old->fixed_spacing;
	if (xs_load(&old->suspended))
		xqueue_suspend(q);
	/* A device that counts by itself can't count for another: what it has left goes on. */
	if (q->hal->mark) {
		xqueue_resume(old);
		return;
	}
	xqueue_get(old);
	/* Counted at once, as a tracked command; put in the stream by the agent. */
	xs_add_release(&q->tracked_begun, 1);
	xs_add_release(&q->tracked_ended, 1);
	xs_add_release(&q->entity->busy, 1);
	xs_add_fence(&q->st->submitted, 1);
	q->heir_since_ns = xsched_now_ns();
	xs_store_release(&q->heir_of, old);
	if (xs_load(&q->ctl->notify) & XSCHED_NOTIFY_KICK)
		xqueue_kick(q->entity);
}

void xqueue_put(struct xqueue *q)
{
	struct xsched_process *p = &xsched_process;

	if (__atomic_sub_fetch(&q->refs, 1, __ATOMIC_ACQ_REL))
		return;
	pthread_mutex_lock(&p->lock);
	queue_unlink(q);
	pthread_mutex_unlock(&p->lock);
	if (q->heir_of)
		xqueue_put(q->heir_of);
	queue_free(q);
}
