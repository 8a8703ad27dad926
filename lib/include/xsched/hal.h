/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * A platform of one's own: what the library has to know of a queue that is
 * given to it, and commands for it.
 */
#ifndef XSCHED_HAL_API_H
#define XSCHED_HAL_API_H

#include "xsched/types.h"

#ifdef __cplusplus
extern "C" {
#endif

/**
 * struct XHwQueueOps - a platform's queue, in which commands run in order
 *
 * Commands are numbered 1, 2, ... in the order in which they are launched; drops and
 * failures leave gaps. launch, mark, completed, deactivate and reactivate are
 * called by one thread at a time; wait and synchronize beside them. What is NULL the queue
 * can't, except for launch and synchronize, of which one at least must be there (launch
 * may be NULL if all commands are callbacks; without synchronize a command is complete when
 * it has been launched).
 */
typedef struct XHwQueueOps {
	uint32_t size;		/* sizeof(XHwQueueOps) */
	uint32_t max_level;	/* XPreemptLevel; 0 means 1 */
	const char *name;	/* of the device, in listings */

	/* Launch a command made by HwCommandCreate(); needn't wait for it. */
	XResult (*launch)(void *queue, void *command, uint64_t number);
	/* Wait for all that has been launched. */
	XResult (*synchronize)(void *queue);

	/* The three that follow belong together: they let the library see how far the queue is. */
	/* The command with this number is the last one launched; put a mark behind it. */
	XResult (*mark)(void *queue, uint64_t number);
	/* Number of the last mark that the queue has passed; must not wait. */
	uint64_t (*completed)(void *queue);
	/* Wait until the queue has passed a mark with at least this number. */
	XResult (*wait)(void *queue, uint64_t number);

	/* Level 2: nothing that hasn't started may start. synchronize() returns when what runs ended. */
	XResult (*deactivate)(void *queue);
	/* Level 3, behind deactivate: end what runs. It will be launched again. */
	XResult (*interrupt)(void *queue);
	/*
	 * The queue has been deactivated and is at rest: make it ready for launches.
	 * *from: the number of the first command that didn't run to its end, which will be
	 * launched again, as all behind it; 0 if there's none.
	 */
	XResult (*reactivate)(void *queue, uint64_t *from);

	/* HwQueueDestroy() was called. */
	void (*destroy)(void *queue);
} XHwQueueOps;

/**
 * HwQueueCreate - give the library a queue
 * @hwq: out
 * @ops: what it can do; copied
 * @queue: given to @ops
 * @device: XDeviceMake(), which says with whom it competes
 *
 * Return: InvalidValue, NotSupported (max_level without what it takes), Unknown (out of memory).
 */
XResult HwQueueCreate(HwQueueHandle *hwq, const XHwQueueOps *ops, void *queue, XDevice device);

/**
 * XDeviceMake - a device by its kind and number
 * @type: XDeviceType
 * @id: XDeviceId; 0 if it has none
 *
 * Return: the XDevice.
 */
static inline XDevice XDeviceMake(XDeviceType type, XDeviceId id)
{
	return (XDevice)type << 32 | id;
}

/**
 * HwCommandCreate - a command for a platform's launch()
 * @hw_cmd: out
 * @command: given to launch()
 * @release: called when the command goes; NULL
 *
 * Return: InvalidValue, Unknown (out of memory).
 */
XResult HwCommandCreate(HwCommandHandle *hw_cmd, void *command, void (*release)(void *command));

/**
 * HwCommandCreateHostFunction - a function that runs between two commands
 * @hw_cmd: out
 * @fn: called once everything before it has completed; what follows it is launched after it
 *	returned. It may submit, but not wait.
 * @data: given to @fn
 *
 * Return: InvalidValue, Unknown (out of memory).
 */
XResult HwCommandCreateHostFunction(HwCommandHandle *hw_cmd, void (*fn)(void *data), void *data);

/**
 * HwCommandOnComplete - have a function called when a command has completed
 * @hw_cmd: command that has not been submitted
 * @fn: called once, in any thread, also when the command failed or was dropped; perhaps
 *	only after XQueueWait() returned in another thread, but before XQueueDestroy() does
 * @data: given to @fn
 *
 * Return: NotFound, NotAllowed (submitted), InvalidValue.
 */
XResult HwCommandOnComplete(HwCommandHandle hw_cmd,
			    void (*fn)(HwCommandHandle hw_cmd, XResult result, void *data),
			    void *data);

#ifdef __cplusplus
}
#endif

#endif
