/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * The runtime's objects and the way of a command through them.
 *
 *	shim: xqueue_begin()  ->  the driver's call  ->  xqueue_end()
 *	                 `- slow path: kick, gate or stop by the HAL
 *
 * A command goes to the driver in the calling thread, in program order. While
 * the entity's gate is open and nobody competes, xqueue_begin() is one atomic
 * add and two loads.
 *
 * Tracked and untracked: while XSCHED_NOTIFY_TRACK is clear nobody asks when
 * commands complete, so nothing observes them. When it is set the agent settles
 * each queue: it waits until the calls that began untracked have reached the driver,
 * and counts them as one lump that completes when the driver says that everything
 * up to here has. From then on each command reports its own completion.
 *
 * Fork: everything here hangs off xsched_anchor, which lives in a page that
 * is wiped in a child. A queue whose generation isn't the anchor's belongs to
 * another process image, and its mappings are not there.
 */
#ifndef XSCHED_XQUEUE_H
#define XSCHED_XQUEUE_H

#include "barrier.h"
#include "../../hal/hal.h"
#include "../link/link.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#define XSCHED_API __attribute__((visibility("default")))
#define likely(x)	__builtin_expect(!!(x), 1)
#define unlikely(x)	__builtin_expect(!!(x), 0)

struct xsched_anchor {
	uint64_t generation;	/* 0: not attached */
};
extern XSCHED_API struct xsched_anchor *xsched_anchor;

struct xentity {
	struct xentity *next;
	uint64_t generation;		/* of the attachment it was made for */
	uint32_t id, device_id;
	uint32_t dev_class;
	uint64_t device_key;		/* the platform's name for the device */
	bool own;			/* of one queue, which asked for it */
	struct xsched_control_slot *ctl;
	struct xqueue *queues;		/* under the process lock */
	_Atomic uint32_t busy;		/* tracked commands outstanding */
	uint32_t seen_track_seq;	/* agent's */
	_Atomic uint64_t sync_ns;	/* when the last sync call returned, 0 none since the last launch */
	_Atomic uint32_t think_us;	/* typical time from there to the next launch */
	_Atomic uint32_t stands;	/* at level 3, in the middle of commands */
	uint64_t closed_ns;		/* when the gate was first seen closed, 0 open; agent's */
	_Atomic int32_t priority;	/* as this process asked for it */
	_Atomic uint64_t held_ns;	/* when it was seen closed last, or seen to have been; 0 never */
	_Atomic uint64_t busy_until_ns;	/* accounted for as the device's time, by any queue */
};

#define XQ_GATE_SLOTS 64	/* gates in flight whose estimate is exact */

/*
 * Where completions of a queue are reported. If the platform keeps a failure to
 * itself, the next finish finds out: the track is void then, what is outstanding
 * counts as completed, and reports that come after all are ignored.
 */
struct xtrack {
	struct xqueue *q;
	struct xtrack *older;		/* retired ones, freed with the queue */
	_Atomic uint64_t state;		/* reports outstanding; XTRACK_VOID */
};
#define XTRACK_VOID	(1ull << 63)

/* Level 1: commands between two stops. */
struct xchunk {
	struct xchunk *next;
	uint32_t number;
	uint32_t commands;		/* enqueued behind its stop so far */
	void *stop;
};

struct xqueue {
	/* read by every launch */
	uint64_t generation;
	struct xsched_status_slot *st;
	struct xsched_control_slot *ctl;
	_Atomic uint32_t since_gate;	/* commands since the last gate or stop */
	_Atomic uint32_t limit;		/* of since_gate, for the fast path; 0: never fast */
	_Atomic uint32_t spacing;	/* commands from one gate to the next, at most */
	_Atomic uint32_t suspended;	/* by the program itself; a gate of its own; written under lock */
	uint32_t *stop_word;		/* suspended once more, for a device to look at; NULL: none does */
	uint32_t hidden;		/* pending, but for a suspended queue no news; under lock */
	uint32_t hidden_submitted;	/* likewise, while the device stands */
	uint32_t waiting;		/* of pending: calls that sleep in xqueue_wait_turn(); under lock */
	uint32_t fixed_spacing;		/* what the program wants spacing to be; 0: nothing */

	struct xentity *entity;
	const struct xsched_hal_ops *hal;
	void *handle;
	uint32_t id;
	struct xqueue *next_in_entity;
	_Atomic uint32_t refs;

	struct xtrack *_Atomic track;
	_Atomic uint32_t lump_extra;	/* commands in lumps outstanding, beyond one per lump */
	_Atomic uint32_t tracked_begun;	/* launches that decided to be tracked */
	_Atomic uint32_t tracked_ended;	/* of those, whose call has returned */
	_Atomic uint32_t untracked_ended; /* launches that were not, and have reached the driver */
	uint32_t untracked_settled;	/* of those, how many count as completed or settling; life's */

	/* gates in the stream (level 2) */
	_Atomic uint32_t gates;		/* number of the last one inserted; written under lock */
	_Atomic uint32_t gates_out;	/* inserted, not reached */
	_Atomic uint32_t commands_before[XQ_GATE_SLOTS];	/* from gate to gate, by number */
	_Atomic uint64_t busy_from_ns;	/* the device has been busy with this queue since then, at the earliest */
	_Atomic uint64_t est_ns;	/* duration of a command, or of a heavy one's part; 0 unknown */
	uint32_t stands_at;		/* arrive as level 3 has it, not a gate; 0: isn't so; under lock */

	/* a queue of an attachment before this one, see xqueue_inherit() */
	uint32_t passing;		/* calls under way that nobody scheduled; atomic */
	struct xqueue *heir_of;		/* what it left in the driver isn't settled; under life */
	uint64_t heir_since_ns;

	pthread_mutex_t life;		/* the handle is the program's until closed_for_good */

	/* queues whose device counts (device.c), under lock */
	_Atomic uint32_t marked;	/* the last value that the device was asked to store */
	_Atomic uint64_t marked_ns;
	uint32_t window_end[2];		/* level 1: ends of the last two chunks */
	struct {			/* a look at how far the device is */
		uint64_t ns;
		uint32_t number, epoch;
	} look;
	struct {			/* for which time it is known how long the device worked: busy.c */
		uint64_t since_ns;	/* from here on it isn't; 0: it has nothing to do */
		uint64_t unit_ns;	/* what a unit of work takes, 0 unknown */
		uint32_t done, epoch;	/* at the last look */
		uint64_t steady_ns;	/* it has worked since then without a pause; 0: it hasn't */
		uint32_t steady_work, steady_at;
		uint64_t first_ns;	/* when it got work after a pause; 0: not seen */
		uint32_t first_work, first_epoch;
		bool ahead;		/* there was more to do */
	} busy;
	uint32_t begun_before[XQ_GATE_SLOTS];	/* commands before a gate, by its number */
	uint32_t work_before[XQ_GATE_SLOTS];	/* the same in the unit of est_ns */
	uint32_t busy_from;		/* work before busy_from_ns */
	_Atomic uint32_t heavier;	/* what commands so far were beyond one each, see xqueue_heavy() */
	uint32_t ended_seen;		/* untracked_ended at the agent's last look */
	_Atomic uint32_t epoch_seen;	/* of an open gate, at the last launch; 0: it wasn't open */
	uint32_t truly_completed, claimed; /* while hidden_work: the program has stopped it, see own.c */
	bool hidden_work;
	bool reaped;			/* the program's reference has been given back */

	/* stops in the stream (level 1), under lock */
	pthread_mutex_t lock;
	struct xchunk *last_gone;
	uint32_t going;				/* taken off, and being let go just now */
	bool rest_wanted;			/* the program saw all done then: the last goes, too */
	struct xchunk *held, **held_tail;	/* stops not let go yet, oldest first */
	uint32_t chunks;			/* number of the last stop */
	_Atomic uint32_t chunks_done;		/* what was enqueued before this one has completed */
	_Atomic uint32_t budget_us;		/* for which spacing was chosen */
	_Atomic bool closed_for_good;		/* the program released the queue */
};

enum xqueue_mode {
	XQ_PASS,	/* not scheduled: call the driver and forget it */
	XQ_UNTRACKED,	/* report nothing but that the call returned */
	XQ_TRACKED,	/* report completion */
	XQ_PASSING,	/* as XQ_PASS, but say when the call has returned */
	XQ_MARKED,	/* the device reports completion, if it is asked to */
};

XSCHED_API enum xqueue_mode xqueue_begin_slow(struct xqueue *q, uint32_t notify);
XSCHED_API void xqueue_end_tracked(struct xqueue *q, bool done);
XSCHED_API void xqueue_device_end(struct xqueue *q);

/**
 * xqueue_begin - A command is about to go to the driver
 *
 * Return: what xqueue_end() wants to know.
 */
static inline enum xqueue_mode xqueue_begin(struct xqueue *q)
{
	uint32_t notify, since;

	if (unlikely(!q))
		return XQ_PASS;
	if (unlikely(xsched_anchor->generation != q->generation)) {
		xs_add_fence(&q->passing, 1);
		return XQ_PASSING;
	}
	/*
	 * Full fence between the count and the loads. Pairs with the scheduler's
	 * "store gate (or notify), fence, load the counters": it sees this
	 * command, or we see what it stored.
	 */
	xs_add_fence(&q->st->submitted, 1);
	notify = xs_load(&q->ctl->notify);
	since = xs_inc_relaxed(&q->since_gate);
	if (likely(!(xs_load(&q->ctl->gate) | (notify & ~XSCHED_NOTIFY_CALM) |
		     xs_load_relaxed(&q->suspended))) &&
	    likely(since < xs_load_relaxed(&q->limit)))
		return XQ_UNTRACKED;
	return xqueue_begin_slow(q, notify);
}

/**
 * xqueue_end - The driver's call returned
 * @done: nothing further will be reported: it failed, or it has completed
 */
static inline void xqueue_end(struct xqueue *q, enum xqueue_mode mode, bool done)
{
	/* Release: whoever sees the count knows that the driver has the command. */
	if (likely(mode == XQ_UNTRACKED))
		xs_add_release(&q->untracked_ended, 1);
	else if (mode == XQ_TRACKED)
		xqueue_end_tracked(q, done);
	else if (mode == XQ_PASSING)
		xs_add_release(&q->passing, (uint32_t)-1);
	else if (mode == XQ_MARKED)
		xqueue_device_end(q);
}

/* The program waits for the queue (before the call), and has waited (after it). */
XSCHED_API void xqueue_sync_begin(struct xqueue *q);
XSCHED_API void xqueue_sync_end(struct xqueue *q);
/* The same where it has waited for a point in the queue. */
XSCHED_API void xqueue_event_end(struct xqueue *q);
/* The same around a call that waits for everything in the queue. */
struct xfinish {
	bool alone;		/* no launch was under way when it began */
	uint32_t begun, gates, untracked;
	uint64_t since_ns;
};
XSCHED_API struct xfinish xqueue_finish_begin(struct xqueue *q);
XSCHED_API void xqueue_finish_end(struct xqueue *q, struct xfinish f);

/* For HALs: see struct xsched_hal_ops. */
XSCHED_API void xqueue_gate_run(struct xqueue *q, uint32_t number);
/* Instead of that, where nobody is called: how far the device has got; arrive > pass: it stands. */
XSCHED_API void xqueue_gate_seen(struct xqueue *q, uint32_t arrive, uint32_t pass);
/* It stands now: the scheduler needn't find out by itself. */
XSCHED_API void xqueue_stopped(struct xqueue *q);
/* So many commands took so long, at most. */
XSCHED_API void xqueue_took(struct xqueue *q, uint64_t from_ns, uint64_t to_ns, uint32_t commands);
/* A command that has begun is as much as n others. */
XSCHED_API void xqueue_heavy(struct xqueue *q, uint32_t n);
/* Has this been stopped for others not long ago? */
XSCHED_API bool xqueue_held_lately(struct xqueue *q);
XSCHED_API void xqueue_chunk_done(struct xqueue *q, uint32_t number);
XSCHED_API void xqueue_settled(struct xtrack *token, uint32_t n);
/* One report of a completion is to come: to be given to xqueue_tracked_done(). */
XSCHED_API struct xtrack *xqueue_track(struct xqueue *q);
XSCHED_API void xqueue_tracked_done(struct xtrack *token);
/* The calling thread runs commands, of which inside() knows the code: see hal.h. */
XSCHED_API void xqueue_worker_here(bool (*inside)(uintptr_t pc));
/* How many threads do, as far as they have been here. */
XSCHED_API unsigned int xqueue_workers(void);
/* So many threads run commands; false if they can't be stopped. */
XSCHED_API bool xqueue_expect_workers(unsigned int n);
/* What get() makes of the stop held last, under the queue's lock; NULL: none is held. */
XSCHED_API void *xqueue_window_last(struct xqueue *q, void *(*get)(void *stop));
XSCHED_API struct xqueue *xqueue_get(struct xqueue *q);
XSCHED_API void xqueue_put(struct xqueue *q);

struct xsched_device_desc {
	uint64_t key;		/* unique among the platform's devices in this process */
	uint32_t dev_class;	/* enum xsched_class */
	int node_fd;		/* -1: none */
	const char *name;
	bool own;		/* an entity of its own, whatever the environment says */
};

/* Is each queue an entity of its own? */
XSCHED_API bool xsched_unit_is_queue(void);
static inline uint32_t xqueue_level(const struct xqueue *q)
{
	return q->hal->level;
}

/* NULL: not scheduled (no scheduler, switched off, out of memory); the program runs on. */
XSCHED_API struct xqueue *xqueue_create(const struct xsched_hal_ops *hal, void *handle,
					const struct xsched_device_desc *dev);
/* The program has let go of the platform's queue; what is in it still runs. */
XSCHED_API void xqueue_release(struct xqueue *q);

/**
 * xqueue_inherit - q takes the place of a queue of an earlier attachment
 * @q: new queue, found in the place of @old by every call that begins from here on
 * @old: with the same handle
 *
 * What @old left in the driver counts as one command of @q's in flight.
 */
XSCHED_API void xqueue_inherit(struct xqueue *q, struct xqueue *old);

/*
 * Have fn called, in the agent's thread, when the process has attached anew: queues
 * of before pass through until they are made again. Once per fn.
 */
XSCHED_API void xsched_on_return(void (*fn)(void));

/* Is this process to be scheduled? Cheap; false as long as the environment doesn't ask for it. */
XSCHED_API bool xsched_enabled(void);
/* Level that the environment asks for, 0 if it doesn't. */
XSCHED_API uint32_t xsched_wanted_level(void);
/* One message to stderr, once per kind of message. */
XSCHED_API void xsched_say_once(unsigned int *said, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

XSCHED_API uint64_t xsched_now_ns(void);
/* -1: unset, or not a number in this range (which is said once). */
long xsched_env_number(const char *name, long lo, long hi);

/* process.c, for its siblings */
struct xsched_process {
	pthread_mutex_t lock;		/* all of this, and entities' lists */
	struct xsched_link link;
	struct xsched_control_header *control;
	struct xsched_status_header *status;
	struct xentity *entities;
	uint64_t generation;
	_Atomic bool detached;
	pthread_t agent;
	_Atomic uint32_t agents;	/* running; for xsched_switch() */
};
extern struct xsched_process xsched_process;
bool xsched_attach(void);
/* The scheduler is gone: every gate reads open from here on. */
void xsched_detach(void);
/* The same, if this is still the attachment that it was. */
void xsched_lost(uint64_t generation);
/* The agent's, after a loss: waits until there is a scheduler again; false if nobody wants one. */
bool xsched_find_again(uint64_t *generation);
/* Lets go of this scheduler; the next attach is to the one that the process wants by then. */
void xsched_switch(void);
/* Maps the page that holds offset (once) and returns the address of offset. */
void *xsched_map_slot(uint64_t offset, bool writable);

/*
 * suspend.c: the program stops a queue of its own, and lets it go on. In a forked
 * child these do nothing.
 */
XSCHED_API void xqueue_suspend(struct xqueue *q);
XSCHED_API void xqueue_resume(struct xqueue *q);
/* Waits until a suspended queue stands still; false if its platform can't tell. */
XSCHED_API bool xqueue_quiesce(struct xqueue *q);
/* stopword.c: where the device of a queue sees that the program has stopped it; NULL: no memory */
XSCHED_API uint32_t *xqueue_stop_word(struct xqueue *q);
void xqueue_stop_word_free(struct xqueue *q);
/* Is one of its two gates closed? */
static inline bool xqueue_closed(struct xqueue *q)
{
	return xs_load(&q->ctl->gate) | xs_load(&q->suspended);
}
/* The last command has been counted as completed: does the scheduler want to know? */
static inline bool xsched_idle_is_news(const struct xsched_control_slot *ctl)
{
	uint32_t notify;

	/* Pairs with the scheduler's "store notify, fence, load completed". */
	xs_fence();
	notify = xs_load(&ctl->notify);
	return (notify & (XSCHED_NOTIFY_TRACK | XSCHED_NOTIFY_CALM)) == XSCHED_NOTIFY_TRACK;
}
/* Until the program resumes it, or LOOK_AGAIN has passed. */
void xqueue_suspended_wait(struct xqueue *q);
/* What a suspended queue's device stands at is no work meanwhile, to the scheduler. */
void xqueue_hide(struct xqueue *q);
/* The same, as something was reported that may have been hidden. */
void xqueue_hide_less(struct xqueue *q);
/* The same, until it is resumed. */
void xqueue_stand_aside(struct xqueue *q);
void xqueue_resume_all(void);
/* Something stands that didn't: for those who wait for it. */
void xqueue_stopped_somewhere(void);
/* Commands in flight at most; 0: by time. */
void xqueue_set_launch_config(struct xqueue *q, uint32_t threshold, uint32_t batch);
int xqueue_set_hint(struct xqueue *q, uint32_t kind, int64_t value);

/* queue.c: hints of an entity that come back with a new attachment */
void xentity_note_hint(struct xentity *e, uint32_t kind, int64_t value);
void xentity_keep_hint(const struct xentity *e, uint32_t kind, int64_t value);
/* all queues, each with a reference, neighbours by entity; free() the array */
unsigned int xqueue_grab_all(struct xqueue ***out);
/* launch.c */
void xqueue_kick(struct xentity *e);
/* The same, without waiting for what the scheduler makes of it. */
void xqueue_tell(struct xentity *e);
void xqueue_set_limit(struct xqueue *q);
void xqueue_estimate(struct xqueue *q, uint64_t from_ns, uint64_t to_ns, uint32_t commands);
/* gate.c */
void xqueue_gate_begin(struct xqueue *q);
/* A gate behind everything, unless one that hasn't been passed is in the stream. */
void xqueue_gate_put(struct xqueue *q);
void xqueue_wait_gates(struct xqueue *q);
/*
 * park.c: level 3. Asks what runs q's commands to stand; true if it does. Wants to be called
 * again soon if not.
 */
bool xqueue_park(struct xqueue *q);
/* The gate is open: lets go of what parking needed. */
void xqueue_unpark(struct xqueue *q);
/*
 * agent.c: what wasn't tracked, as nobody waited, is looked up in front of the gate that is
 * about to keep it.
 */
void xqueue_settle_now(struct xqueue *q);
/* worker.c */
void xqueue_park_forget(void);
void xqueue_worker_at_gate(bool at);
/* gate.c, of level 3 */
void xqueue_stands(struct xqueue *q);
void xqueue_moves(struct xqueue *q);
/* window.c */
void xqueue_window_begin(struct xqueue *q);
/* The number of the oldest stop that hasn't gone; there is one after the call if it can be put. */
uint32_t xqueue_window_put(struct xqueue *q);
void xqueue_window_update(struct xqueue *q);
/* True if something is held back that may need another look soon. */
bool xqueue_window_poll(struct xqueue *q);
void xqueue_window_free(struct xqueue *q);
/* The queue is empty: nothing of ours stays in it. */
void xqueue_window_rest(struct xqueue *q);
/* gate.c: until the entity's gate is open, or there is nobody left to open it */
void xqueue_wait_open(struct xqueue *q);
void xqueue_wait_open_until(struct xqueue *q, uint64_t end_ns);
/* launch.c: a call that has been counted waits as one that hasn't, for so long */
void xqueue_wait_turn(struct xqueue *q, uint64_t end_ns);
/* The first command after a pause. */
void xqueue_note_ready(struct xqueue *q);
/* device.c */
void xqueue_device_begin(struct xqueue *q, uint32_t notify);
void xqueue_device_finish(struct xqueue *q, const struct xfinish *f);
/* busy.c, with the lock held: the first command after a pause; a gate; it has waited for all. */
void xqueue_busy_begin(struct xqueue *q, uint64_t now_ns);
void xqueue_busy_look(struct xqueue *q, uint64_t now_ns);
void xqueue_busy_end(struct xqueue *q, uint64_t waited_from_ns);
/* True if it has to be looked at again; *found: there was something to do. */
bool xqueue_device_poll(struct xqueue *q, bool *found, bool *busy);
/*
 * A mark behind everything that has reached the driver. False if there is more under
 * way, or none can be put now.
 */
XSCHED_API bool xqueue_device_mark(struct xqueue *q);
/* The program has waited for something in it: what is complete is news. */
XSCHED_API void xqueue_device_news(struct xqueue *q);
/* A gate behind so many commands, with the lock held. 0 or -errno. */
int xqueue_device_gate(struct xqueue *q, uint32_t before);
/*
 * own.c: until a queue that the program has stopped stands at a gate; false if its device
 * doesn't say so any more. And what it has behind that is no work: true if it was until now.
 */
bool xqueue_device_quiesce(struct xqueue *q);
bool xqueue_device_hide(struct xqueue *q);
bool xqueue_device_unhide(struct xqueue *q);
/* Afterwards: the truth comes behind all that there is. */
void xqueue_device_remark(struct xqueue *q);
/* Does the device work for the queue's entity, rather than stand at its gates? */
XSCHED_API bool xqueue_device_runs(struct xqueue *q);
/* The program's queue is gone, and nothing of it will run any more. */
XSCHED_API void xqueue_device_lost(struct xqueue *q);
/* track.c */
void xqueue_settle_begun(struct xqueue *q, uint32_t n);
int xqueue_track_init(struct xqueue *q);
void xqueue_track_fini(struct xqueue *q);
/* A number that grows with every command begun. */
XSCHED_API uint32_t xqueue_begun(struct xqueue *q);
/* The same, without those that wait for their turn: these look again what the scheduler wants. */
uint32_t xqueue_gone_ahead(struct xqueue *q);
/* lookout.c: something was stopped that no scheduler's event tells of */
void xqueue_lookout(void);
/* agent.c */
int xsched_agent_start(void);
/* A thread of ours: detached, and no signal of the program's goes to it. 0, or -errno. */
int xsched_thread_start(pthread_t *t, const char *name, void *(*run)(void *arg), void *arg);

#endif
