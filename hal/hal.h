/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * What a platform does for the runtime with its own queues.
 */
#ifndef XSCHED_HAL_H
#define XSCHED_HAL_H

#include <stdbool.h>
#include <stdint.h>

struct xqueue;
struct xtrack;

/**
 * struct xsched_hal_ops - one per platform and level
 *
 * handle is the platform's queue. Callbacks may be called in any thread, never
 * with a lock of the runtime held except where it says so, and must not wait
 * for the device.
 */
struct xsched_hal_ops {
	const char *name;
	uint32_t platform;	/* enum xsched_platform */
	uint32_t level;		/* enum xsched_level that this table reaches */
	uint32_t queue_flags;	/* XSCHED_QUEUE_F_* that it keeps true */

	/**
	 * gate - put a gate into the stream, behind what has been enqueued
	 *
	 * Level 2: the device calls xqueue_gate_run(q, number) when it gets there,
	 * and goes on when that returns. Return 0 or -errno: no gate then.
	 */
	int (*gate)(struct xqueue *q, uint32_t number);

	/**
	 * enforce - make the device agree with the queue's gates
	 *
	 * For platforms that can't wait at the gate itself, and for those that can take a
	 * queue off the device. Called by the agent when a gate has changed, by a launch
	 * that finds one closed, and where the program stops its queue; xqueue_closed(q) says how they stand. Reports by
	 * xqueue_gate_seen() what the device has passed. Return false to be called again
	 * soon: the device isn't there yet. May wait for a lock of the platform's.
	 */
	bool (*enforce)(struct xqueue *q);

	/*
	 * Commands of a queue may run in any order. At level 1 no point in the stream can
	 * stop what follows then: stop() makes something that single commands are made
	 * to wait for (xqueue_window_last()), and no xqueue_chunk_done() comes.
	 */
	bool unordered;

	/**
	 * stop - put a stop into the stream, for which the stream waits
	 *
	 * When what was enqueued before the stop has completed, or failed,
	 * xqueue_chunk_done(q, number) must be called, once.
	 *
	 * Level 1, with the queue's lock held. Return what the next three take, or NULL.
	 */
	void *(*stop)(struct xqueue *q, uint32_t number);
	/* Let the stream through a stop. Not under the queue's lock. */
	void (*go)(struct xqueue *q, void *stop);
	/* The platform may be silent about failures: look, and make the call if it is due. */
	void (*poll)(struct xqueue *q, void *stop);
	/* Free a stop that has gone. */
	void (*drop)(struct xqueue *q, void *stop);

	/**
	 * inside - is this an address in a command's own code?
	 *
	 * Level 3 besides a gate(), where commands run on threads of this process. Each such
	 * thread makes itself known by xqueue_worker_here(). Whoever is inside holds no lock. Called in
	 * signal handlers.
	 */
	bool (*inside)(uintptr_t pc);

	/**
	 * settle - call xqueue_settled(token, n) once all that is enqueued now has completed
	 *
	 * Return 0 (it has been or will be called) or -errno (it won't).
	 */
	int (*settle)(struct xqueue *q, struct xtrack *token, uint32_t n);

	/**
	 * mark - have the device store value into the queue's completed word
	 *
	 * It does so when everything enqueued so far has completed. Called with the queue's
	 * lock held. Return 0 or -errno (not now: it is tried again).
	 *
	 * A HAL that has this counts on its device: settle isn't used, and gate(), if there is
	 * one, puts {arrive = number; wait until gate and suspended are 0; pass = number}
	 * into the stream, under the queue's lock, with nobody calling xqueue_gate_run().
	 */
	int (*mark)(struct xqueue *q, uint32_t value);
	/* As gate() then, at level 1: only for queues that the program itself has stopped. */
	int (*own_gate)(struct xqueue *q, uint32_t number);
	/* Its gates make the store of a mark, too: of q->marked. */
	bool gate_marks;

	/**
	 * held - the entity's gate has changed, or it is time to look again
	 * @since_ns: how long the gate has been closed, 0: it is open
	 *
	 * By the agent, for one queue of the entity: at once at level 3, below when it looks at
	 * the queues anyway. Return true to be called again soon.
	 */
	bool (*held)(struct xqueue *q, uint64_t since_ns);
};

#endif
