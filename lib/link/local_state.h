/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * What the files of the scheduler inside of this process share: its objects, all under one lock.
 */
#ifndef XSCHED_LINK_LOCAL_STATE_H
#define XSCHED_LINK_LOCAL_STATE_H

#include "local.h"
#include "region.h"
#include "../../kmod/policy/policy.h"

#include <pthread.h>
#include <time.h>

struct local_device {
	struct local_device *next;
	struct xsched_domain domain;
	uint32_t id, class;
	uint64_t rdev;
	char name[XSCHED_NAME_LEN];
	unsigned int users;
	bool poked;
};

struct local_entity {
	struct local_entity *next;
	struct xsched_entity core;
	struct local_device *device;
	unsigned int slot;
	void (*changed)(void *arg);
	void *arg;
};

struct local_queue {
	struct local_queue *next;
	struct xsched_queue core;
	struct local_entity *entity;
	unsigned int slot;
};

struct xsched_local {
	pthread_mutex_t lock;		/* all of this */
	struct local_device *devices;
	struct local_entity *entities;
	struct local_queue *queues;
	struct region control, status;
	struct xsched_control_header *open_header;	/* NULL: nobody is attached */
	uint32_t last_id;
	pid_t owner;			/* in a forked child everything starts anew */
};
extern struct xsched_local xsched_local;

static inline uint64_t xsched_local_now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

/* local.c: takes the lock, which in a forked child may be held by a thread that isn't there. */
void xsched_local_enter(void);
struct local_entity *xsched_local_find(uint32_t id);

/* local_timer.c */
/* Every call into the core ends here: drops the lock. */
void xsched_local_leave(void);
void xsched_local_poke(struct xsched_domain *domain);
/* With the lock, which it drops. */
void xsched_local_stop_timer(void);
void xsched_local_forget_timer(void);

/* local_event.c */
extern const struct xsched_domain_ops xsched_local_domain_ops;
void xsched_local_ring_wake(void);
/* Until the ring's tail, or an entity's epoch, is another. */
int xsched_local_wait_ring(struct xsched_control_header *h, uint32_t *epoch, uint64_t deadline);
int xsched_local_wait_gate(uint32_t *word, uint32_t *epoch, uint64_t deadline);

/* local_device.c: with the lock */
struct local_device *xsched_local_device_get(const struct xsched_entity_create *a);
void xsched_local_device_put(struct local_device *d);

#endif
