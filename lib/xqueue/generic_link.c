// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * A generic queue and the scheduler: each is an entity with one queue of its own.
 */
#include "generic.h"
#include "../link/local.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

/* The DRM render node of a GPU that says where on PCI it is. */
static int node_of(XDevice device)
{
	uint32_t pci = (uint32_t)device;
	char path[96];

	if (device >> 32 != kDeviceTypeGPU || !pci)
		return -1;
	snprintf(path, sizeof(path), "/dev/dri/by-path/pci-%04x:%02x:%02x.%x-render",
		 pci >> 16, pci >> 8 & 0xff, pci >> 3 & 0x1f, pci & 7);
	return open(path, O_RDWR | O_CLOEXEC);
}

static uint32_t class_of(XDevice device)
{
	uint32_t type = (uint32_t)(device >> 32);

	return type >= XSCHED_CLASS_CPU && type <= XSCHED_CLASS_MCA ? type : XSCHED_CLASS_ASIC;
}

static void name_device(const struct gqueue *q, char *to)
{
	uint32_t id = (uint32_t)q->device;
	char name[XSCHED_NAME_LEN + 16];
	unsigned int i;

	if (id)
		snprintf(name, sizeof(name), "%.20s:%x", q->ops.name ? q->ops.name : "device", id);
	else
		snprintf(name, sizeof(name), "%.31s", q->ops.name ? q->ops.name : "device");
	for (i = 0; i < XSCHED_NAME_LEN - 1 && name[i]; i++)
		to[i] = name[i] >= ' ' && name[i] <= '~' ? name[i] : '?';
}

static int create_entity(struct gqueue *q, struct xsched_control_slot **ctl)
{
	struct xsched_process *p = &xsched_process;
	struct xsched_entity_create a = {
		.flags = XSCHED_ENTITY_F_GATE_EVENTS,
		.dev_class = class_of(q->device),
		.node_fd = node_of(q->device),
		.priority = (int32_t)q->hint[XSCHED_HINT_PRIORITY],
	};
	int ret;

	name_device(q, a.name);
	ret = p->link.ops->entity_create(&p->link, &a);
	if (a.node_fd >= 0)
		close(a.node_fd);
	if (ret)
		return ret;
	q->entity_id = a.entity_id;
	*ctl = xsched_map_slot(a.control_offset, false);
	return *ctl ? 0 : -ENOMEM;
}

static int create_queue(struct gqueue *q, struct xsched_status_slot **st)
{
	struct xsched_process *p = &xsched_process;
	struct xsched_queue_create a = {
		.flags = XSCHED_QUEUE_F_KICKS_IDLE,
		.entity_id = q->entity_id,
		.platform = XSCHED_PLATFORM_GENERIC,
		.level = q->level,
		.handle = q->hwq,
	};
	int ret = p->link.ops->queue_create(&p->link, &a);

	if (ret)
		return ret;
	q->queue_id = a.queue_id;
	*st = xsched_map_slot(a.status_offset, true);
	return *st ? 0 : -ENOMEM;
}

static void give_hints(struct gqueue *q)
{
	struct xsched_process *p = &xsched_process;
	uint32_t kind;

	for (kind = 1; kind < GQ_HINTS; kind++)
		if (q->hints & 1u << kind && kind != XSCHED_HINT_PRIORITY)
			p->link.ops->hint_set(&p->link, q->entity_id, kind, q->hint[kind]);
}

/* The words begin where the queue stands. */
static void move_in(struct gqueue *q, struct xsched_control_slot *ctl,
		    struct xsched_status_slot *st)
{
	xs_store_relaxed(&st->flags, XSCHED_STATUS_SYNCED);
	xs_store_relaxed(&st->submitted, q->in_flight);
	q->ctl = ctl;
	q->st = st;
	q->generation = xsched_process.generation;
	gq_window(q);
}

static int attach(struct gqueue *q)
{
	struct xsched_process *p = &xsched_process;
	struct xsched_control_slot *ctl;
	struct xsched_status_slot *st;
	int ret;

	ret = create_entity(q, &ctl);
	if (ret)
		return ret;
	ret = create_queue(q, &st);
	if (ret) {
		p->link.ops->entity_destroy(&p->link, q->entity_id);
		q->entity_id = 0;
		return ret;
	}
	give_hints(q);
	move_in(q, ctl, st);
	if (p->link.ops == &xsched_link_local)
		xsched_local_watch(q->entity_id, gq_gate_changed, q);
	return 0;
}

/* The platform's queue is the entity. */
static void stream_hints(struct gqueue *q)
{
	uint32_t kind;

	for (kind = 1; kind < GQ_HINTS; kind++)
		if (q->hints & 1u << kind)
			xqueue_set_hint(q->stream, kind, q->hint[kind]);
}

/**
 * gq_attach - make a queue known to the scheduler of the process
 * @q: locked, known to none
 *
 * If that fails it runs as if its gate were open.
 */
void gq_attach(struct gqueue *q)
{
	struct xsched_process *p = &xsched_process;

	if (q->stream) {
		stream_hints(q);
		gq_window(q);
		return;
	}

	pthread_mutex_lock(&p->lock);
	if (xsched_attach())
		attach(q);
	pthread_mutex_unlock(&p->lock);
	if (!q->generation)
		return;
	gq_publish(q);
	if (q->in_flight)
		gq_kick(q);
	gq_need_worker(q);
}

/* Its words are its own again. */
static void move_out(struct gqueue *q)
{
	q->own_st = (struct xsched_status_slot){ .submitted = q->in_flight };
	q->own_ctl = (struct xsched_control_slot){ .gate = XSCHED_GATE_OPEN };
	q->st = &q->own_st;
	q->ctl = &q->own_ctl;
	q->generation = 0;
	q->entity_id = 0;
	gq_publish(q);
	gq_window(q);
}

void gq_detach(struct gqueue *q)
{
	struct xsched_process *p = &xsched_process;

	pthread_mutex_lock(&p->lock);
	if (q->generation && q->generation == p->generation && !p->detached)
		p->link.ops->entity_destroy(&p->link, q->entity_id);
	pthread_mutex_unlock(&p->lock);
	move_out(q);
}

void gq_kick(struct gqueue *q)
{
	struct xsched_process *p = &xsched_process;
	const struct xsched_link_ops *ops = xs_load(&p->link.ops);
	int ret;

	if (!ops || !q->generation || q->generation != xs_load(&xsched_anchor->generation))
		return;
	ret = ops->kick(&p->link, q->entity_id);
	if (ret && ret != -EPERM && ret != -ENOENT && ret != -EINTR)
		xsched_lost(q->generation);
}

int gq_set_hint(struct gqueue *q, uint32_t kind, int64_t value)
{
	struct xsched_process *p = &xsched_process;
	int ret = 0;

	q->hint[kind] = value;
	q->hints |= 1u << kind;
	if (q->stream)
		return xqueue_set_hint(q->stream, kind, value);
	pthread_mutex_lock(&p->lock);
	if (q->generation && q->generation == p->generation && !p->detached)
		ret = p->link.ops->hint_set(&p->link, q->entity_id, kind, value);
	pthread_mutex_unlock(&p->lock);
	return ret;
}
