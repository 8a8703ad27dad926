/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * OpenCL command queues as HwQueues.
 */
#ifndef XSCHED_OPENCL_HAL_H
#define XSCHED_OPENCL_HAL_H

#include "xsched/types.h"

#ifdef __cplusplus
extern "C" {
#endif

/* As in <CL/cl.h>, which isn't needed here. */
typedef struct _cl_command_queue *cl_command_queue;

/**
 * OclQueueCreate - make a HwQueue of a command queue
 * @hwq: out
 * @cmdq: command queue; the program keeps it alive until HwQueueDestroy()
 *
 * An XQueue on top of it covers commands of XQueueSubmit() and, where the program's
 * OpenCL calls pass through the library, every command that is enqueued to @cmdq.
 * Such an XQueue reaches level 1; on CPU devices that run native kernels 2, and on PoCL's 3, if
 * @cmdq is the program's only queue: a queue that is stopped there keeps the device's threads.
 *
 * Return: InvalidValue, Unknown (out of memory).
 */
XResult OclQueueCreate(HwQueueHandle *hwq, cl_command_queue cmdq);

#ifdef __cplusplus
}
#endif

#endif
