/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * A connection to the host scheduler, for the files that share its work.
 *
 * It is never freed once others have seen it, so that a thread which looks at it while
 * another lets go of it finds it gone, and nothing worse. Its descriptors are
 * closed when it is gone and the last call that uses them has ended.
 */
#ifndef XSCHED_LINK_HOST_H
#define XSCHED_LINK_HOST_H

#include "link.h"
#include "wire.h"

#include <pthread.h>
#include <stdbool.h>
#include <sys/types.h>

#define XSCHED_HOST_SEGMENTS	32

/* A descriptor that the program may have closed, and put something of its own there. */
struct xsched_own_fd {
	int fd;
	dev_t dev;
	ino_t ino;
};

struct xsched_host_segment {
	char *addr;
	uint64_t offset, size;	/* in its region */
};

struct xsched_host_region {
	struct xsched_host_segment segments[XSCHED_HOST_SEGMENTS];
	_Atomic unsigned int n;
	uint64_t base, size;
};

struct xsched_host_entity {
	uint32_t id;
	struct xsched_control_slot *slot;
};

struct xsched_host {
	pthread_mutex_t lock;		/* one exchange at a time */
	struct xsched_own_fd sock, event;
	uint32_t users;			/* of the descriptors; atomic */
	bool gone;			/* atomic */
	uint64_t heard_ns;		/* the last reply; atomic */
	unsigned int owed;		/* replies that nobody waits for; under lock */
	struct xsched_host_region control, status;

	pthread_mutex_t entities_lock;
	struct xsched_host_entity *entities;
	unsigned int n_entities, max_entities;
};

/* What goes with an exchange. */
struct xsched_exchange {
	uint32_t cmd;
	void *arg;
	size_t len;
	bool answered;		/* the reply carries the struct, too */
	int send_fd;		/* -1: none */
	int fds[XSCHED_WIRE_FDS_MAX];
	unsigned int n_fds;
};

static inline bool xsched_host_is_gone(const struct xsched_host *h)
{
	return __atomic_load_n(&h->gone, __ATOMIC_ACQUIRE);
}

uint64_t xsched_host_now_ns(void);

/* host_conn.c */

/* Moves a descriptor out of the program's way and remembers what it is. */
int xsched_own_fd(struct xsched_own_fd *f, int fd);
bool xsched_own_fd_check(const struct xsched_own_fd *f);
void xsched_own_fd_close(struct xsched_own_fd *f);

/* Around a use of the descriptors; false if it is gone. */
bool xsched_host_enter(struct xsched_host *h);
void xsched_host_leave(struct xsched_host *h);

/* A connected socket, or -errno; -ENOENT if nobody is there. */
int xsched_host_find(void);
/* A request and its reply. Return: what the reply says, or -ENODEV: it is gone. */
int xsched_host_converse(struct xsched_host *h, struct xsched_exchange *x);
int xsched_host_call(struct xsched_host *h, uint32_t cmd, void *arg, size_t len);
/* A kick whose reply is read some time later. */
int xsched_host_tell(struct xsched_host *h, uint32_t entity);

/* host_region.c */

/* Maps a segment behind those that the region has; closes its descriptor. */
int xsched_host_region_add(struct xsched_host_region *r, int fd);
/* The same with the one that came with a reply, if one came. */
int xsched_host_region_take(struct xsched_host_region *r, struct xsched_exchange *x);
void *xsched_host_region_at(struct xsched_host_region *r, uint64_t offset);
void xsched_host_region_unmap(struct xsched_host_region *r);
/* Every gate in it, for good; whoever sleeps there wakes up. */
void xsched_host_region_open(struct xsched_host_region *r);

#endif
