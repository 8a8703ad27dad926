/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * What XSched's API doesn't have: statistics, dependencies, errors of commands that
 * nobody waits for, and a window in time.
 */
#ifndef XSCHED_EXT_H
#define XSCHED_EXT_H

#include "xsched/types.h"

#ifdef __cplusplus
extern "C" {
#endif

/**
 * struct XQueueStats - what a queue has done and how it stands
 *
 * Counts are of commands. A library newer than the caller fills in as much as
 * @size says; an older one sets @size to what it filled in.
 */
typedef struct XQueueStats {
	uint32_t size;		/* in: sizeof(XQueueStats) */
	uint32_t level;		/* XPreemptLevel */
	uint32_t features;	/* XQueueFeature */
	uint32_t suspended;	/* 1: by XQueueSuspend(), 2: by PRIORITY_NO_EXECUTE, 3: both */
	uint32_t held_by_scheduler;
	uint32_t entity_id;	/* what xschedctl calls it; 0: no scheduler knows it */
	uint64_t submitted;
	uint64_t completed;
	uint64_t held;		/* not launched yet */
	uint64_t in_flight;
	uint64_t launched_direct;	/* in the submitting thread */
	uint64_t launched_later;	/* by the library's thread */
	uint64_t relaunched;	/* stopped at level 2 or 3, and launched again */
	uint64_t dropped;
	uint64_t failed;
	uint64_t suspends;
	uint64_t suspended_ns;
	uint64_t command_ns;	/* estimate of a command's duration; 0 unknown */
	uint64_t window;	/* commands in flight at most, at present */
} XQueueStats;

/**
 * XQueueGetStats - how does a queue stand?
 * @xq: queue
 * @stats: in: size; out: everything
 *
 * Return: InvalidValue (NULL, or a size that holds nothing), NotFound.
 */
XResult XQueueGetStats(XQueueHandle xq, XQueueStats *stats);

/**
 * XQueueSetLaunchBudget - limit what is in flight to a time
 * @xq: queue
 * @budget_us: microseconds of work; 0: as the scheduler says, which is the default
 *
 * The number of commands follows from how long they take, which is measured. Undoes
 * XQueueSetLaunchConfig().
 *
 * Return: NotFound, InvalidValue (negative).
 */
XResult XQueueSetLaunchBudget(XQueueHandle xq, int64_t budget_us);

/**
 * XQueueDepend - one queue waits for another
 * @waiter: queue that can't go on before @on does
 * @on: queue that it waits for
 *
 * From now on @on runs with at least the priority of @waiter, as does what @on
 * waits for, until XQueueUndepend() or the end of either.
 *
 * Return: NotFound, NotAllowed (it would be a circle), Unknown (too many).
 */
XResult XQueueDepend(XQueueHandle waiter, XQueueHandle on);

/**
 * XQueueUndepend - take XQueueDepend() back
 * @waiter: as there
 * @on: as there
 *
 * Return: NotFound (a queue, or the dependency).
 */
XResult XQueueUndepend(XQueueHandle waiter, XQueueHandle on);

/* Called in any thread, without locks. hw_cmd is 0 if no command in particular failed. */
typedef void (*XErrorCallback)(XQueueHandle xq, HwCommandHandle hw_cmd, XResult result, void *data);

/**
 * XSetErrorCallback - be told of errors that no call returned
 * @fn: called for each command that fails in the library's thread; NULL: nobody
 * @data: given to @fn
 *
 * Return: Success.
 */
XResult XSetErrorCallback(XErrorCallback fn, void *data);

/**
 * XResultName - what is a result called?
 * @result: of any call
 *
 * Return: "Success", "NotFound", ...
 */
const char *XResultName(XResult result);

#ifdef __cplusplus
}
#endif

#endif
