/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * Handles: a kind, a place in a table and a generation, so that one which has been
 * destroyed, or is another process's, is recognized.
 */
#ifndef XSCHED_API_HANDLE_H
#define XSCHED_API_HANDLE_H

#include "../xqueue/generic.h"

#define XSCHED_PUBLIC __attribute__((visibility("default")))

enum handle_kind {
	HANDLE_HWQ = 1,
	HANDLE_XQ = 2,
	HANDLE_CMD = 3,
};

#define HANDLE_INDEX_BITS	22

static inline uint64_t handle_make(enum handle_kind kind, uint32_t index, uint64_t generation)
{
	return generation << (HANDLE_INDEX_BITS + 2) | (uint64_t)index << 2 | kind;
}

static inline uint32_t handle_kind(uint64_t h)
{
	return h & 3;
}

static inline uint32_t handle_index(uint64_t h)
{
	return h >> 2 & ((1u << HANDLE_INDEX_BITS) - 1);
}

static inline uint64_t handle_generation(uint64_t h)
{
	return h >> (HANDLE_INDEX_BITS + 2);
}

/* 0 in a process that has its parent's tables and hasn't started anew. */
extern uint32_t *handles_ours, handles_no_page;

/* generic_command.c */
struct gcmd *gcmd_of(HwCommandHandle h);
void gcmd_forget_parent(void);

/* A platform's queue as it was given to us. */
struct hwqueue {
	_Atomic uint64_t handle;	/* 0: dead */
	struct hwqueue *next_free;
	uint32_t index;
	XHwQueueOps ops;
	void *data;
	XDevice device;
	const struct xsched_driver *driver;	/* NULL: its commands are all ours */
	XQueueHandle xq;		/* 0: none; under the table's lock */
	uint32_t users;			/* calls under way; likewise */
};

/* The table's lock: hwqueues, and who is alive. Behind no other lock. */
void handles_lock(void);
void handles_unlock(void);

struct hwqueue *hwq_new(void);
struct hwqueue *hwq_find(HwQueueHandle h);	/* with the table's lock; NULL */
void hwq_free(struct hwqueue *hwq);

/* A queue with its lock initialized, not alive yet. */
struct gqueue *gq_new(void);
void gq_publish_handle(struct gqueue *q);	/* with the queue's lock */
void gq_free(struct gqueue *q);

/* The queue, locked; or NULL. A call from inside of its own launch() finds it locked already. */
struct gqueue *gq_enter(XQueueHandle h);

/* The queue, as long as nobody destroys it: not locked; or NULL. */
struct gqueue *gq_peek(XQueueHandle h);

/* Calls fn with each queue locked. */
void gq_for_each(void (*fn)(struct gqueue *q));

/* Every entry point that makes something begins with this: in a forked child it starts anew. */
void api_begin_slow(void);
static inline void api_begin(void)
{
	if (unlikely(handles_ours == &handles_no_page || !xs_load_relaxed(handles_ours)))
		api_begin_slow();
}

#endif
