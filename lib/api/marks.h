/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * Marks: points behind everything in a platform's queue, by the number of the last command
 * before them.
 */
#ifndef XSCHED_API_MARKS_H
#define XSCHED_API_MARKS_H

#include "../include/xsched/hal.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

/* What a platform does about a point, which it names as it likes. */
struct xsched_mark_ops {
	/* A new one behind everything; false: the queue takes none. By one thread at a time. */
	bool (*put)(void *queue, uintptr_t *point);
	/* Has it been passed, or will it never be? Must not wait. */
	bool (*over)(void *queue, uintptr_t point);
	XResult (*await)(void *queue, uintptr_t point);
	/* Nobody asks for it any more; NULL: there is nothing to give back. */
	void (*drop)(void *queue, uintptr_t point);
};

struct xsched_mark;

/* What a platform's queue begins with, so that the functions below are its XHwQueueOps'. */
struct xsched_marks {
	const struct xsched_mark_ops *ops;
	pthread_mutex_t lock;
	struct xsched_mark *first, **tail;	/* not known to have been passed, oldest first */
	uint64_t passed;
	struct xsched_mark *asked;		/* the last question whether all is done */
};

void xsched_marks_init(struct xsched_marks *m, const struct xsched_mark_ops *ops);
void xsched_marks_fini(struct xsched_marks *m);

XResult xsched_marks_put(void *queue, uint64_t number);
uint64_t xsched_marks_completed(void *queue);
XResult xsched_marks_wait(void *queue, uint64_t number);

/* Has everything in it completed? begun: a number that grows with every command. By one thread at a time. */
bool xsched_marks_idle(struct xsched_marks *m, uint32_t begun);

#endif
