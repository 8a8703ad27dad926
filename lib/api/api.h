/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * What the files of the public API tell each other.
 */
#ifndef XSCHED_API_API_H
#define XSCHED_API_API_H

#include "handle.h"

/* command.c: the command behind a handle, now submitted; or NotFound, NotAllowed */
XResult command_take(HwCommandHandle h, struct gcmd **out);

/* scheduler.c: a new queue gets to know its scheduler; with its lock */
void scheduler_greet(struct gqueue *q);

/* error.c, scheduler.c: in a forked child */
void error_forget_parent(void);
void scheduler_forget_parent(void);

/* hint.c: what has been said about all queues */
void hint_defaults(struct gqueue *q);

/* depend.c: the queue goes */
void depend_forget(XQueueHandle xq);
void depend_forget_parent(void);
/* The priority that a queue has been given, and the one that it needs; after a change. */
XResult depend_set_priority(XQueueHandle xq, Priority prio);

#endif
