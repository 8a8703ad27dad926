/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * The way to a scheduler: what the runtime asks of it, whatever carries it.
 *
 * One file per transport ends in a struct xsched_link_ops. Calls return 0 or
 * -errno with the meanings of <linux/xsched.h>. Any error that isn't documented
 * for the call means that the scheduler is gone; the caller then lets go of it.
 */
#ifndef XSCHED_LINK_H
#define XSCHED_LINK_H

#include <linux/xsched.h>
#include <stddef.h>
#include <stdint.h>

struct xsched_link;

struct xsched_link_ops {
	const char *name;

	/* Finds the scheduler and attaches; -ENOENT if there is none. */
	int (*open)(struct xsched_link *l);
	/* Lets go. Safe when the descriptor is no longer ours. */
	void (*close)(struct xsched_link *l);
	/* In a forked child, before the link is used for another: NULL if there is nothing to do. */
	void (*forked)(struct xsched_link *l);

	int (*entity_create)(struct xsched_link *l, struct xsched_entity_create *a);
	int (*entity_destroy)(struct xsched_link *l, uint32_t id);
	int (*queue_create)(struct xsched_link *l, struct xsched_queue_create *a);
	int (*queue_destroy)(struct xsched_link *l, uint32_t id);
	int (*hint_set)(struct xsched_link *l, uint32_t entity, uint32_t kind, int64_t value);

	/* Every gate that the news changes has been changed on return. */
	int (*kick)(struct xsched_link *l, uint32_t entity);
	/* The same, but they may be changed later; NULL where kick() is as fast. */
	int (*tell)(struct xsched_link *l, uint32_t entity);
	/* Returns once the entity's epoch (0: ring_tail) is not *epoch; stores the current one. */
	int (*wait)(struct xsched_link *l, uint32_t entity, uint32_t *epoch, uint64_t deadline_ns);

	/* Maps the page that holds offset; NULL and errno if it can't. */
	void *(*map)(struct xsched_link *l, uint64_t page_offset, int writable);
};

struct xsched_link {
	const struct xsched_link_ops *ops;
	int fd;
	uint64_t dev, ino;		/* what fd was opened on */
	uint32_t client_id;
	uint64_t control_offset, status_offset;
	struct xsched_host *host;		/* host.c's */
};

extern const struct xsched_link_ops xsched_link_kernel;
extern const struct xsched_link_ops xsched_link_host;

/* 0 and a scheduler, the kernel's or else the host's; -ENOENT if there is none. */
int xsched_link_pick(struct xsched_link *l);

#endif
