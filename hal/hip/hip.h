/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * HSA queues as the HAL and the shim share them. HIP's streams come out here too:
 * everything that HIP computes goes through HSA queues.
 *
 *	an app's packets, and ours between them:
 *
 *	| A B | c c c c | A B | c M c M	...
 *	A  barrier, counts arrive when the device gets there
 *	B  barrier on a signal: the queue's gate, or a stop's own
 *	M  barrier, counts what has completed
 *
 * A slot in the ring is taken by compare-and-swap, only if it is free: what is
 * inserted never waits for room. What is in front of a command is decided when the
 * program reserves the command's slot, so program order is ring order.
 */
#ifndef XSCHED_HAL_HIP_H
#define XSCHED_HAL_HIP_H

#include "../hal.h"

#include <hsa/hsa.h>
#include <hsa/hsa_ext_amd.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

struct xtrack;

/* The functions below us. */
struct hsa_below {
	__typeof__(hsa_queue_create) *queue_create;
	__typeof__(hsa_queue_destroy) *queue_destroy;
	__typeof__(hsa_queue_load_read_index_scacquire) *load_read;
	__typeof__(hsa_queue_load_write_index_relaxed) *load_write;
	__typeof__(hsa_queue_cas_write_index_scacq_screl) *cas_write;
	__typeof__(hsa_signal_create) *signal_create;
	__typeof__(hsa_signal_destroy) *signal_destroy;
	__typeof__(hsa_signal_load_scacquire) *signal_load;
	__typeof__(hsa_signal_store_screlease) *signal_store;
	__typeof__(hsa_amd_signal_async_handler) *async_handler;
	__typeof__(hsa_agent_get_info) *agent_info;
	__typeof__(hsa_signal_wait_scacquire) *signal_wait;
	__typeof__(hsa_amd_signal_create) *signal_create_for;
};
extern struct hsa_below hsa_below;

/* What comes when a marker has been reached, in the order of the ring. */
struct aql_report {
	enum { AQL_TRACKED, AQL_SETTLED, AQL_CHUNK } kind;
	struct xtrack *token;
	struct aql_queue *owner;
	struct xqueue *xq;
	uint32_t n;		/* commands (SETTLED), number (CHUNK) */
	uint64_t begun_ns;
};

struct aql_queue {
	hsa_queue_t *q;
	hsa_agent_t agent;
	struct xqueue *_Atomic xq;	/* NULL: not scheduled */
	struct aql_former *former;	/* those before it, which a call may still be using */
	pthread_mutex_t lock;		/* reports and the ring's order of them; suspension */
	hsa_signal_t gate;		/* 1 closed, 0 open; the device waits for 0 */
	hsa_signal_t arrive, pass, count;	/* counted down from AQL_COUNT */
	struct aql_report *reports;	/* ring; under lock */
	uint32_t max, first, used;
	uint64_t markers, reported;	/* so many put, so many come */
	uint64_t armed;			/* a callback comes at this one; 0 none */
	uint64_t last_done_ns;
	_Atomic uint64_t extra;		/* our last packet's index + 1: doorbells ring at least this */
	_Atomic bool by_index;		/* the program stores its write index: nothing can be inserted */
	bool closed;			/* the gate signal's value; under lock */
	bool dead;			/* being destroyed; under lock */
	bool gone;			/* its signals are to be freed; under lock */
	bool own;			/* of an XQueue that the program made */

	struct kfd_queue *kfd;		/* NULL: unknown to us, level 2 at most */
	bool suspended;			/* by us; under lock */
	uint64_t resumed_ns;
	struct aql_stop *spare;		/* stops that have gone; under lock */
};
#define AQL_COUNT	(1LL << 40)

/* aql.c */
/* One that no thread sleeps for: it raises no interrupt. */
hsa_status_t aql_quiet_signal(hsa_signal_value_t value, hsa_signal_t *out);
int aql_init(struct aql_queue *aq);
void aql_fini(struct aql_queue *aq, bool gone);
/* Reserves n slots for the program and one behind them for a report of kind TRACKED. */
bool aql_reserve_tracked(struct aql_queue *aq, uint64_t n, struct xqueue *xq, uint64_t *index);
/* A marker behind everything. */
bool aql_report_behind(struct aql_queue *aq, struct aql_report r);
bool aql_gate(struct aql_queue *aq);
/* A marker that reports the chunk, and a barrier on the signal behind it. */
bool aql_stop(struct aql_queue *aq, struct aql_report r, hsa_signal_t until, uint64_t *index);
/* A barrier that counts done down when everything before it has completed. */
bool aql_mark(struct aql_queue *aq, hsa_signal_t done);
/* Reports everything that is outstanding as over: nothing comes any more. */
void aql_report_all(struct aql_queue *aq);

/* hal.c */
struct aql_queue *xsched_hip_aql(struct xqueue *q);
const struct xsched_hal_ops *xsched_hip_hal(struct aql_queue *aq, uint32_t wanted);
/* Lets the device run what it has, before the queue goes. */
void xsched_hip_let_go(struct aql_queue *aq);
/* Stops that have gone, when the device's queue has too. */
void xsched_hip_free_stops(struct aql_queue *aq);

/* ------------------------------------------------------------------- kfd.c */

/* A queue as the driver knows it, recorded when it was created. */
struct kfd_queue {
	struct kfd_queue *next;
	int fd;
	uint32_t id, type, gpu_id, ring_size, priority, percent;
	uint64_t ring;
	bool suspended;		/* by us: the program's own changes must not undo it */
};

/* Instead of ioctl(2) on /dev/kfd; real does it. */
int kfd_ioctl(int fd, unsigned long cmd, void *arg, int (*real)(int, unsigned long, ...));
/* The queue with this ring, or NULL. */
struct kfd_queue *kfd_queue_of(const void *ring);
/* How a running kernel of this GPU can be stopped; chosen and tried once. NULL: it can't. */
const char *kfd_method(struct aql_queue *aq);
/* Before the program's first queue: what has to come before it. */
void kfd_before_queues(hsa_agent_t agent);
int kfd_suspend(struct kfd_queue *q);
int kfd_resume(struct kfd_queue *q);
/* What the pair of both was seen to take. */
uint64_t kfd_toggle_ns(void);

#endif
