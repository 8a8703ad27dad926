/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * Queues that can be suspended: made on top of a platform's queue (HwQueue),
 * fed with commands (HwCommand).
 *
 * A command goes to the platform in the thread that submits it, unless the
 * queue is stopped, what is in flight has reached its limit, or something before it waits:
 * then it is kept, and a thread of the library launches it when its time has come.
 * Calls may come from any thread. In a forked child every handle of its parent is
 * kXSchedErrorNotFound.
 */
#ifndef XSCHED_XQUEUE_API_H
#define XSCHED_XQUEUE_API_H

#include "xsched/types.h"

#ifdef __cplusplus
extern "C" {
#endif

/**
 * XQueueCreate - make a platform's queue one that can be suspended
 * @xq: out
 * @hwq: from the platform's HAL (OclQueueCreate(), HwQueueCreate(), ...)
 * @level: XPreemptLevel, how strongly it is to be stopped
 * @flags: XQueueCreateFlag
 *
 * The queue is scheduled on its own, apart from the process's other queues. If
 * @hwq has an XQueue already that one is returned.
 *
 * Return: InvalidValue (@xq is NULL, no such level or flag), NotFound (@hwq),
 * NotSupported (the platform doesn't reach @level), Unknown (out of memory).
 */
XResult XQueueCreate(XQueueHandle *xq, HwQueueHandle hwq, int64_t level, int64_t flags);

/**
 * XQueueDestroy - resume a queue, wait for its commands, and destroy it
 * @xq: queue; its HwQueue stays
 *
 * Return: NotFound, NotAllowed (from one of its own commands).
 */
XResult XQueueDestroy(XQueueHandle xq);

/**
 * XQueueGet - the XQueue of a HwQueue
 * @xq: out
 * @hwq: queue of the platform
 *
 * Return: InvalidValue (@xq is NULL), NotFound (no such HwQueue, or it has none).
 */
XResult XQueueGet(XQueueHandle *xq, HwQueueHandle hwq);

/**
 * XQueueSetPreemptLevel - change how strongly a queue is stopped
 * @xq: queue; it needn't be idle
 * @level: XPreemptLevel; holds from the next stop on
 *
 * A queue whose commands come through the platform's own calls (OpenCL's command queues) keeps
 * the level that it was created with, as what is in its stream already was put there
 * for that level: destroy the XQueue and create it anew.
 *
 * Return: NotFound, InvalidValue (no such level), NotSupported (the platform
 * doesn't reach it, or the queue keeps its level).
 */
XResult XQueueSetPreemptLevel(XQueueHandle xq, int64_t level);

/**
 * XQueueSetLaunchConfig - limit what is in flight to a number of commands
 * @xq: queue; it needn't be idle
 * @threshold: commands in flight at most; 0 or less leaves it as it is
 * @batch_size: how many of them are waited for together, up to @threshold; 0 or
 *	less leaves it as it is
 *
 * Without this call the limit is a time, see XQueueSetLaunchBudget().
 *
 * Return: NotFound, InvalidValue (a batch larger than the threshold).
 */
XResult XQueueSetLaunchConfig(XQueueHandle xq, int64_t threshold, int64_t batch_size);

/**
 * XQueueSubmit - append a command
 * @xq: queue
 * @hw_cmd: command; from now on it is the queue's, and goes when it has completed
 *
 * Return: NotFound (queue or command), NotAllowed (it has been submitted before), or
 * what launching it returned; the command is gone then.
 */
XResult XQueueSubmit(XQueueHandle xq, HwCommandHandle hw_cmd);

/**
 * XQueueWait - wait until a command has completed
 * @xq: queue that it was submitted to
 * @hw_cmd: command; its handle stays good for this after it has completed
 *
 * Return: NotFound (queue; or no such command was submitted to it), NotAllowed (from one of
 * the queue's own commands, or the command has not been submitted), or the command's error.
 */
XResult XQueueWait(XQueueHandle xq, HwCommandHandle hw_cmd);

/**
 * XQueueWaitAll - wait until everything submitted so far has completed
 * @xq: queue
 *
 * Return: NotFound, NotAllowed (from one of its own commands), or the first error of a
 * command that nobody was told of.
 */
XResult XQueueWaitAll(XQueueHandle xq);

/**
 * XQueueQuery - has everything completed?
 * @xq: queue
 * @state: out, XQueueState
 *
 * Return: InvalidValue (@state is NULL), NotFound.
 */
XResult XQueueQuery(XQueueHandle xq, XQueueState *state);

/**
 * XQueueSuspend - stop a queue until XQueueResume()
 * @xq: queue; suspending it twice is suspending it once
 * @flags: XQueueSuspendFlag, any of them together
 *
 * When it returns nothing is launched any more. What has been launched goes on at
 * level 1; at level 2 it doesn't start, at level 3 it stops.
 *
 * Return: NotFound, InvalidValue (unknown flag), NotAllowed (a flag that waits, from one of
 * its own commands), or the platform's error.
 */
XResult XQueueSuspend(XQueueHandle xq, int64_t flags);

/**
 * XQueueResume - go on where XQueueSuspend() stopped
 * @xq: queue; resuming one that isn't suspended does nothing
 * @flags: XQueueResumeFlag
 *
 * Return: NotFound, InvalidValue (unknown flag), NotSupported (dropping what is in a
 * platform's own queue).
 */
XResult XQueueResume(XQueueHandle xq, int64_t flags);

/**
 * XQueueProfileHwCommandCount - how many commands have been submitted so far?
 * @xq: queue
 * @count: out
 *
 * Return: InvalidValue (@count is NULL), NotFound.
 */
XResult XQueueProfileHwCommandCount(XQueueHandle xq, int64_t *count);

/**
 * HwQueueDestroy - let go of a platform's queue, which itself stays
 * @hwq: queue without an XQueue
 *
 * Return: NotFound, NotAllowed (it has an XQueue).
 */
XResult HwQueueDestroy(HwQueueHandle hwq);

/**
 * HwQueueLaunch - launch a command now, past any XQueue
 * @hwq: queue
 * @hw_cmd: command that has not been submitted; it stays the caller's
 *
 * Return: NotFound, NotAllowed (it has been submitted), NotSupported (the platform can't launch
 * this kind), or what launching returned.
 */
XResult HwQueueLaunch(HwQueueHandle hwq, HwCommandHandle hw_cmd);

/**
 * HwQueueSynchronize - wait for all that has been launched
 * @hwq: queue
 *
 * Return: NotFound, or the platform's error.
 */
XResult HwQueueSynchronize(HwQueueHandle hwq);

/**
 * HwCommandCreateCallback - a command that is launched by a function of the program
 * @hw_cmd: out
 * @launch: puts work into the platform's queue and returns; called once, in the thread that
 *	submits the command or in one of the library. Further commands may be submitted
 *	from it; they follow after it.
 * @data: given to @launch
 *
 * Return: InvalidValue (NULL), Unknown (out of memory).
 */
XResult HwCommandCreateCallback(HwCommandHandle *hw_cmd, LaunchCallback launch, void *data);

/**
 * HwCommandDestroy - destroy a command that won't be submitted
 * @hw_cmd: command
 *
 * Return: NotFound, NotAllowed (it has been submitted, and goes by itself).
 */
XResult HwCommandDestroy(HwCommandHandle hw_cmd);

#ifdef __cplusplus
}
#endif

#endif
