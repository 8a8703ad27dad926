/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * A simulated device, for tests and examples on machines without an accelerator:
 * its commands take time and do nothing.
 */
#ifndef XSCHED_MOCK_HAL_H
#define XSCHED_MOCK_HAL_H

#include "xsched/types.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Take away means by which the library sees how far the queue is. */
#define MOCK_QUEUE_NO_MARKS	1	/* it can only wait for everything */

/**
 * MockQueueCreate - make a queue of a simulated device
 * @hwq: out
 * @device: number of the device; queues of one device take turns, command by command
 * @level: XPreemptLevel that it reaches
 * @flags: MOCK_QUEUE_*
 *
 * Return: InvalidValue, Unknown (out of memory or threads).
 */
XResult MockQueueCreate(HwQueueHandle *hwq, XDeviceId device, int level, int flags);

/**
 * MockCommandCreate - a command that takes so long
 * @hw_cmd: out
 * @duration_us: on the device
 * @ran: called by the device when it has run to its end; NULL
 * @data: given to @ran
 *
 * Return: InvalidValue, Unknown (out of memory).
 */
XResult MockCommandCreate(HwCommandHandle *hw_cmd, uint32_t duration_us, void (*ran)(void *data),
			  void *data);

/**
 * MockQueueFailLaunch - have a launch fail
 * @hwq: queue of a simulated device
 * @after: so many launches succeed from now on, and the next one fails with Hardware;
 *	negative: none fails
 *
 * Return: NotFound.
 */
XResult MockQueueFailLaunch(HwQueueHandle hwq, int after);

#ifdef __cplusplus
}
#endif

#endif
