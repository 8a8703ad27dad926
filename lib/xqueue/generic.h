/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * Generic queues: of programs that submit their commands to the library itself.
 *
 *	submit -- gate open, room in the window --> launch()  in the caller's thread
 *	   `----- else: held --- worker ----------> launch()  when it may
 *
 *	numbers:   1 .. done | done+1 .. launched | launched+1 .. submitted
 *	           completed |     in flight      |        held
 *
 * Two words stop a queue: the gate of its entity, which the scheduler writes, and
 * stopped, which this process writes. Whoever launches counts the command, fences, and
 * looks at both; whoever closes stores, fences, and looks at the counts.
 *
 * Locks: gqueue->lock -> process lock -> the link's own. A scheduler in this process
 * that has changed a gate rings the queue's bell, which takes no lock.
 *
 * Memory of queues and commands is never given back to the system, so a
 * stale handle is compared, not followed.
 */
#ifndef XSCHED_GENERIC_H
#define XSCHED_GENERIC_H

#include "xqueue.h"
#include "../include/xsched/xsched.h"

struct gqueue;
struct xsched_driver;

/* The low bits of gcmd->tag; the rest is the handle's generation. */
enum gcmd_state {
	GCMD_FREE,
	GCMD_CREATED,
	GCMD_SUBMITTED,
	GCMD_STATES = 4,
};

enum gcmd_kind {
	GCMD_CALLBACK,		/* the program's function launches it */
	GCMD_HAL,		/* the platform's launch() does */
	GCMD_HOST,		/* runs in between */
};

struct gcmd {
	_Atomic uint64_t tag;
	struct gcmd *next;	/* in the queue's list, or among the free */
	uint32_t index;
	uint8_t kind;
	bool unlaunched;	/* failed or dropped: goes when those before it have gone */
	bool over;		/* has completed; somebody waits for the result */
	bool report;		/* its error has reached nobody */
	uint32_t pins;		/* of those who wait; under the queue's lock */
	XResult result;
	uint64_t number;
	struct gqueue *queue;
	union {
		LaunchCallback launch;
		void (*host)(void *data);
		void (*release)(void *data);
	};
	void *data;
	void (*on_complete)(HwCommandHandle cmd, XResult result, void *data);
	void *on_complete_data;
	/* who had this slot last, for waits that come late */
	uint64_t last_queue;	/* handle, 0: destroyed unsubmitted */
	XResult last_result;
};

struct gcmd_list {
	struct gcmd *first, **tail;
};

/* Why a queue of this process doesn't launch. */
#define GQ_STOP_APP	1u	/* XQueueSuspend() */
#define GQ_STOP_NOEXEC	2u	/* PRIORITY_NO_EXECUTE */

#define GQ_HINTS	(XSCHED_HINT_MAX_KIND + 1)

struct gqueue {
	/* what a launch reads */
	pthread_mutex_t lock;
	_Atomic uint64_t handle;	/* 0: dead; written under lock */
	struct xsched_status_slot *st;
	struct xsched_control_slot *ctl;
	_Atomic uint32_t stopped;	/* GQ_STOP_* */
	uint32_t in_flight;
	uint32_t window;		/* in flight at most */
	uint32_t batch;			/* from mark to mark */
	uint32_t since_mark;
	uint32_t observers;		/* reasons to find out about completions early */
	bool asked;			/* XQueueQuery() wants to know */
	bool deactivated;		/* told the platform to start nothing */
	bool collecting;		/* somebody finds out what that left undone */
	bool blocking;			/* kQueueCreateFlagBlockingSubmit */
	bool closing;			/* being destroyed: no call finds it */
	const void *_Atomic owner;	/* thread in launch(), which holds the lock */
	const void *_Atomic host;	/* thread in a host function, which doesn't */

	XHwQueueOps ops;
	void *data;
	HwQueueHandle hwq;
	XDevice device;
	const struct xsched_driver *driver;
	struct xqueue *stream;		/* the platform's calls pass through here, and are stopped there */
	uint32_t index;
	uint32_t level;

	struct gcmd_list held, flight;
	struct gcmd_list ended;		/* to be told and freed once the lock is dropped */
	uint64_t submitted, launched, marked, done;	/* numbers */
	uint32_t n_held;

	/* the window */
	uint64_t busy_from_ns;		/* in flight without a break since; 0 unknown */
	uint64_t est_ns;
	uint32_t budget_us;		/* for which window was chosen */
	uint32_t threshold, batch_size;	/* XQueueSetLaunchConfig(); 0: by time */
	uint32_t own_budget_us;		/* XQueueSetLaunchBudget() */

	/* waiting */
	pthread_cond_t changed;		/* done, launched or the stops changed */
	uint32_t waiters;
	bool syncing;			/* somebody is in the platform's wait */
	XResult lost_error;		/* of a command that nobody waited for */
	uint64_t sync_ns;		/* when the last wait returned */
	uint32_t think_us;

	/* worker */
	pthread_t worker;
	bool has_worker, dying;
	_Atomic uint32_t bell;
	_Atomic uint32_t asleep;

	/* scheduler */
	uint64_t generation;		/* of the link; 0: none knows this queue */
	uint32_t entity_id, queue_id;
	int64_t hint[GQ_HINTS];
	uint32_t hints;			/* bit per kind that was given */
	_Atomic int32_t own_priority;		/* what the program gave; waiters may raise it */
	bool kick_due;
	struct xsched_status_slot own_st;
	struct xsched_control_slot own_ctl;

	/* statistics */
	uint64_t n_completed, n_direct, n_later, n_relaunched, n_dropped, n_failed, n_suspends;
	uint64_t suspended_ns, suspended_since_ns;
};

static inline void gcmd_list_init(struct gcmd_list *l)
{
	l->first = NULL;
	l->tail = &l->first;
}

static inline void gcmd_push(struct gcmd_list *l, struct gcmd *c)
{
	c->next = NULL;
	*l->tail = c;
	l->tail = &c->next;
}

static inline struct gcmd *gcmd_pop(struct gcmd_list *l)
{
	struct gcmd *c = l->first;

	l->first = c->next;
	if (!l->first)
		l->tail = &l->first;
	return c;
}

/* Something that no two threads share. */
static inline const void *gq_self(void)
{
	return __builtin_thread_pointer();
}

/* Is the calling thread inside of one of the queue's commands? */
static inline bool gq_inside(struct gqueue *q)
{
	const void *owner = xs_load_relaxed(&q->owner), *host = xs_load_relaxed(&q->host);

	return unlikely(owner || host) && (owner == gq_self() || host == gq_self());
}

static inline bool gq_in_launch(struct gqueue *q)
{
	const void *owner = xs_load_relaxed(&q->owner);

	return unlikely(owner) && owner == gq_self();
}

/* By this process, here: a stream is stopped elsewhere. */
static inline uint32_t gq_stopped(struct gqueue *q)
{
	return q->stream ? 0 : xs_load(&q->stopped);
}

static inline bool gq_closed(struct gqueue *q)
{
	return xs_load(&q->ctl->gate) | gq_stopped(q);
}

/* generic.c: all want the lock */
void gq_init(struct gqueue *q);
XResult gq_submit(struct gqueue *q, struct gcmd *c);
/* Launches the first held command; false if it may not be. */
bool gq_launch_held(struct gqueue *q);
void gq_drop_held(struct gqueue *q);
void gq_window(struct gqueue *q);
/* Finds out, without waiting, what has completed. */
void gq_reap(struct gqueue *q);
/* The same, and if the platform can't say, has the worker find out. */
void gq_reap_now(struct gqueue *q);
void gq_retire(struct gqueue *q, uint64_t upto, XResult result, bool report);
/* Tells the scheduler how many commands wait for its gate. */
void gq_publish(struct gqueue *q);
/* Drops the lock, and does what wants it dropped. */
void gq_unlock(struct gqueue *q);

/* generic_wait.c: want the lock, and drop it meanwhile */
void gq_waiter_done(struct gqueue *q);
XResult gq_wait_number(struct gqueue *q, uint64_t number);
XResult gq_wait_command(struct gqueue *q, struct gcmd *c);
XResult gq_wait_idle(struct gqueue *q);
/* For what the program gave to the platform itself. */
XResult gq_wait_stream(struct gqueue *q);
/*
 * Waits for the platform: for the next mark, or for everything. With report, the error
 * callback hears of errors.
 */
XResult gq_platform_wait(struct gqueue *q, bool everything, bool report);

/* generic_stop.c: want the lock */
XResult gq_suspend(struct gqueue *q, int64_t flags);
XResult gq_resume(struct gqueue *q, int64_t flags);
void gq_stop(struct gqueue *q, uint32_t why);
void gq_go(struct gqueue *q, uint32_t why);
XResult gq_deactivate(struct gqueue *q);
/* Drops the lock meanwhile. */
void gq_collect(struct gqueue *q);

/* generic_worker.c */
/* Any thread, with or without the lock. */
void gq_ring(struct gqueue *q);
/* There is something for the worker to do. With the lock. */
void gq_need_worker(struct gqueue *q);
void gq_stop_worker(struct gqueue *q);
/* For the scheduler in this process: arg is the queue. */
void gq_gate_changed(void *arg);

/* generic_link.c: with the lock */
void gq_attach(struct gqueue *q);
void gq_detach(struct gqueue *q);
int gq_set_hint(struct gqueue *q, uint32_t kind, int64_t value);
void gq_kick(struct gqueue *q);

/* generic_command.c */
struct gcmd *gcmd_alloc(void);
/* Back to the free ones; its handle is stale from here on. */
void gcmd_free(struct gcmd *c);
HwCommandHandle gcmd_handle(const struct gcmd *c);

/* lib/api/error.c */
void xsched_report_error(XQueueHandle xq, HwCommandHandle cmd, XResult result);

/* lib/api/handle.c: rings the bells of all queues, as something may have changed for any */
void xsched_queues_ring(void);

#endif
