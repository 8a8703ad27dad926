// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Level 3: what is done about kernels that run while their process is held.
 *
 * A gate stops what has not begun. What runs shares the device by hardware time
 * slices, so those of a process that is outranked are made short, and stay so
 * until it has been left alone for a while: the call costs more than it gains if it is made
 * with every decision. Those of one that asked for priority, and isn't held, are made long:
 * a switch to somebody's slice and back is 0.3 ms, also if that stands at a gate. A kernel that
 * is still there after a time is taken off the hardware, and put back when the gate opens. Of
 * all this level 2 has only the long slices.
 *
 * Two with short slices get nothing done beside each other. So slices stay as they are where
 * processes take turns, of those that run together with others, and, where there are three
 * or more, of those that have taken the device from somebody themselves.
 */
#include "cuda.h"
#include "rm.h"

#include <stdatomic.h>

#define TURNS_NS	5000000u	/* of a running command, where processes take turns: it is on its way to a gate */
#define SHAPED_NS	10000000u	/* of one with short slices, which costs others little */
#define ALONE_NS	1000000000u	/* of an open gate, and the slices are as they were */
#define DEVICES_MAX	64

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct device {
	uint32_t slice_us;	/* 0: the driver's */
	uint32_t groups;	/* that there were by then */
	bool disabled;
	uint64_t held_ns, alone_ns;	/* when it was held last; since when nobody competes */
} devices[DEVICES_MAX];

static void set_slice(struct device *d, uint32_t us)
{
	uint32_t groups = xsched_rm_groups();

	if (d->slice_us == us && d->groups == groups)
		return;
	if (xsched_rm_set_timeslice((int)(d - devices), us ? us : RM_TIMESLICE_DEFAULT_US))
		return;
	d->slice_us = us;
	d->groups = groups;
}

static void set_disabled(struct device *d, bool disabled)
{
	if (d->disabled != disabled && !xsched_rm_disable((int)(d - devices), disabled))
		d->disabled = disabled;
}

static bool be_held(struct device *d, struct xqueue *q, uint64_t since_ns)
{
	bool shapes = q->hal->level == XSCHED_LEVEL_INTERRUPT;
	uint32_t turns = xs_load(&q->ctl->turns);

	set_slice(d, turns || !shapes ? 0 : RM_TIMESLICE_SHORT_US);
	d->held_ns = xsched_now_ns();
	d->alone_ns = 0;
	if (!shapes)
		return false;
	if (d->disabled || since_ns < (turns & XSCHED_TURNS_POLICY ? TURNS_NS : SHAPED_NS) || !xqueue_device_runs(q))
		return true;
	set_disabled(d, true);
	/* It may have been opened since; the event for that has been seen already then. */
	xs_fence();
	if (xs_load(&q->ctl->gate) != XSCHED_GATE_HELD)
		set_disabled(d, false);
	return true;
}

/* One that asked for priority, and isn't among its equals. */
static bool is_never_shared(struct xqueue *q)
{
	return xs_load_relaxed(&q->entity->priority) > 0 &&
	       !(xs_load(&q->ctl->turns) & (XSCHED_TURNS_POLICY | XSCHED_TURNS_TOGETHER));
}

/* True: look again, nobody will say when it is time. */
static bool be_free(struct device *d, struct xqueue *q)
{
	uint64_t now = xsched_now_ns();

	set_disabled(d, false);
	if (xsched_anchor->generation != q->generation) {	/* nobody will call again */
		set_slice(d, 0);
		return false;
	}
	if (xs_load(&q->ctl->notify)) {
		d->alone_ns = 0;
		if (now - d->held_ns >= ALONE_NS && !xqueue_closed(q))
			set_slice(d, is_never_shared(q) ? RM_TIMESLICE_LONG_US : 0);
		return d->disabled;
	}
	if (!d->slice_us)
		return d->disabled;
	if (!d->alone_ns)
		d->alone_ns = now;
	if (now - d->alone_ns >= ALONE_NS)
		set_slice(d, 0);
	return d->disabled || d->slice_us;
}

bool xsched_cuda_held(struct xqueue *q, uint64_t since_ns)
{
	struct device *d = &devices[(q->entity->device_key - 1) % DEVICES_MAX];
	bool again;

	pthread_mutex_lock(&lock);
	again = since_ns ? be_held(d, q, since_ns) : be_free(d, q);
	pthread_mutex_unlock(&lock);
	return again;
}
