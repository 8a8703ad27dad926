// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Level 3: what is done about kernels that run while their process is held.
 *
 * A gate stops what has not begun. What runs shares the device by hardware time
 * slices, so those of a process that has been held are made short, and stay so
 * until it has been left alone for a while: the call costs more than it gains if it is made
 * with every decision. A kernel that is still there after a time is taken off
 * the hardware, and put back when the gate opens.
 */
#include "cuda.h"
#include "rm.h"

#include <stdatomic.h>

#define ENDURE_NS	1000000u	/* of a running command, beside short slices */
#define ALONE_NS	1000000000u	/* of an open gate, and the slices are as they were */

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static bool shaped, disabled;
static uint64_t open_since_ns;

static bool be_held(struct xqueue *q, uint64_t since_ns)
{
	if (!shaped && !xsched_rm_set_timeslice(RM_TIMESLICE_SHORT_US))
		shaped = true;
	open_since_ns = 0;
	if (disabled || since_ns < ENDURE_NS || !xqueue_device_runs(q))
		return true;
	disabled = !xsched_rm_disable(true);
	/* It may have been opened since; the event for that has been seen already then. */
	xs_fence();
	if (disabled && xs_load(&q->ctl->gate) != XSCHED_GATE_HELD)
		disabled = xsched_rm_disable(false);
	return true;
}

static bool be_free(struct xqueue *q)
{
	uint64_t now = xsched_now_ns();

	if (disabled && !xsched_rm_disable(false))
		disabled = false;
	if (!shaped)
		return disabled;
	if (xs_load(&q->ctl->notify) || !open_since_ns)
		open_since_ns = now;
	if (now - open_since_ns < ALONE_NS)
		return !xs_load(&q->ctl->notify);
	if (!xsched_rm_set_timeslice(RM_TIMESLICE_DEFAULT_US))
		shaped = false;
	return disabled;
}

bool xsched_cuda_held(struct xqueue *q, uint64_t since_ns)
{
	bool again;

	pthread_mutex_lock(&lock);
	again = since_ns ? be_held(q, since_ns) : be_free(q);
	pthread_mutex_unlock(&lock);
	return again;
}
