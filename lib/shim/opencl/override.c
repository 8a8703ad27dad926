// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Command queues that take the place of those that a program creates.
 */
#include "shim.h"

#include "../../include/xsched/opencl/cmdq.h"

#define NUMBERS 256

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int32_t current = -1;
static cl_command_queue queues[NUMBERS];	/* each with a reference */

cl_command_queue ocl_override(void)
{
	cl_command_queue q = NULL;

	if (likely(xs_load_relaxed(&current) < 0))
		return NULL;
	pthread_mutex_lock(&lock);
	if (current >= 0)
		q = queues[current];
	pthread_mutex_unlock(&lock);
	if (q)
		clRetainCommandQueue(q);
	return q;
}

void ocl_override_with(cl_command_queue q)
{
	if (likely(xs_load_relaxed(&current) < 0))
		return;
	pthread_mutex_lock(&lock);
	if (current >= 0 && !queues[current] && clRetainCommandQueue(q) == CL_SUCCESS)
		queues[current] = q;
	pthread_mutex_unlock(&lock);
}

static bool is_number(int32_t i)
{
	return i >= 0 && i < NUMBERS;
}

static void set_current(int32_t i)
{
	pthread_mutex_lock(&lock);
	xs_store_relaxed(&current, i);
	pthread_mutex_unlock(&lock);
}

EXPORT XResult SetOverrideCommandQueue(int32_t queue_idx)
{
	if (!is_number(queue_idx))
		return kXSchedErrorInvalidValue;
	set_current(queue_idx);
	return kXSchedSuccess;
}

EXPORT XResult UnsetOverrideCommandQueue(void)
{
	set_current(-1);
	return kXSchedSuccess;
}

EXPORT XResult GetOverrideCommandQueue(int32_t queue_idx, cl_command_queue *cmdq)
{
	cl_command_queue q;

	if (!cmdq || !is_number(queue_idx))
		return kXSchedErrorInvalidValue;
	pthread_mutex_lock(&lock);
	q = queues[queue_idx];
	pthread_mutex_unlock(&lock);
	if (!q)
		return kXSchedErrorNotFound;
	*cmdq = q;
	return kXSchedSuccess;
}

EXPORT XResult DeleteOverrideCommandQueue(int32_t queue_idx)
{
	cl_command_queue q = NULL;

	pthread_mutex_lock(&lock);
	if (is_number(queue_idx)) {
		q = queues[queue_idx];
		queues[queue_idx] = NULL;
	}
	pthread_mutex_unlock(&lock);
	if (!q)
		return kXSchedErrorNotFound;
	clReleaseCommandQueue(q);
	return kXSchedSuccess;
}
