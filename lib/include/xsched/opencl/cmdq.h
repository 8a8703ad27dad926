/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * For a program that wants a library to use a command queue of its choice: queues that
 * are created while an override is set are one and the same.
 */
#ifndef XSCHED_OPENCL_CMDQ_H
#define XSCHED_OPENCL_CMDQ_H

#include "xsched/types.h"

#ifdef __cplusplus
extern "C" {
#endif

/* As in <CL/cl.h>, which isn't needed here. */
typedef struct _cl_command_queue *cl_command_queue;

/**
 * SetOverrideCommandQueue - have queues that are created from now on be one
 * @queue_idx: number of that queue, 0 or more; the first creation makes it
 *
 * Return: InvalidValue.
 */
XResult SetOverrideCommandQueue(int32_t queue_idx);

/**
 * UnsetOverrideCommandQueue - have creations make queues again
 *
 * Return: Success.
 */
XResult UnsetOverrideCommandQueue(void);

/**
 * GetOverrideCommandQueue - which queue has a number?
 * @queue_idx: number
 * @cmdq: out, without a reference for the caller
 *
 * Return: InvalidValue, NotFound (none has been created under it).
 */
XResult GetOverrideCommandQueue(int32_t queue_idx, cl_command_queue *cmdq);

/**
 * DeleteOverrideCommandQueue - forget a number
 * @queue_idx: number; its queue goes with the program's last reference
 *
 * Return: NotFound.
 */
XResult DeleteOverrideCommandQueue(int32_t queue_idx);

#ifdef __cplusplus
}
#endif

#endif
