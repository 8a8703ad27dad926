// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Waiting for a generic queue: in the caller's thread where the platform can be asked, else
 * until the worker has got that far.
 */
#include "generic.h"

#define LONG_THINK_US	200	/* worth giving up the device at once for */

/*
 * The program waits, and by habit computes for a while afterwards: the device is to go to
 * somebody else the moment its work is done.
 */
static void sync_begin(struct gqueue *q)
{
	if (xs_load(&q->ctl->notify) & XSCHED_NOTIFY_TRACK && q->think_us >= LONG_THINK_US)
		xs_store_release(&q->st->flags, XSCHED_STATUS_SYNCED);
}

static void sync_end(struct gqueue *q)
{
	if (xs_load(&q->ctl->notify) & XSCHED_NOTIFY_TRACK)
		q->sync_ns = xsched_now_ns();
}

/* Whoever destroys the queue waits for those who wait. */
void gq_waiter_done(struct gqueue *q)
{
	q->waiters--;
	if (q->closing)
		pthread_cond_broadcast(&q->changed);
}

/* One step closer to it. */
static XResult approach(struct gqueue *q, uint64_t number)
{
	bool launched = !q->held.first || q->held.first->number > number;

	if (launched && q->in_flight && !q->syncing && !q->deactivated && !q->host) {
		gq_reap(q);
		if (q->done >= number)
			return kXSchedSuccess;
		return gq_platform_wait(q, q->launched <= number, false);
	}
	if (!launched)
		gq_need_worker(q);
	pthread_cond_wait(&q->changed, &q->lock);
	return kXSchedSuccess;
}

XResult gq_wait_number(struct gqueue *q, uint64_t number)
{
	XResult r, first = kXSchedSuccess;

	if (q->done >= number)
		return kXSchedSuccess;
	sync_begin(q);
	q->waiters++;
	while (q->done < number) {
		r = approach(q, number);
		if (r && !first)
			first = r;
	}
	gq_waiter_done(q);
	sync_end(q);
	return first;
}

XResult gq_wait_command(struct gqueue *q, struct gcmd *c)
{
	XResult r;

	c->pins++;
	q->waiters++;
	while (!c->over)
		approach(q, c->number);
	gq_waiter_done(q);
	r = c->result;
	c->report = false;	/* we say it */
	if (r && q->lost_error == r)
		q->lost_error = kXSchedSuccess;
	if (--c->pins)
		return r;
	if (c->on_complete || (c->kind == GCMD_HAL && c->release))
		gcmd_push(&q->ended, c);
	else
		gcmd_free(c);
	return r;
}

XResult gq_wait_idle(struct gqueue *q)
{
	XResult r, first = kXSchedSuccess;

	/* Others may submit while this one waits. */
	while (q->done < q->submitted) {
		r = gq_wait_number(q, q->submitted);
		if (r && !first)
			first = r;
	}
	return first;
}

XResult gq_wait_stream(struct gqueue *q)
{
	XResult r;

	q->waiters++;		/* the queue stays */
	pthread_mutex_unlock(&q->lock);
	r = q->ops.synchronize(q->data);
	pthread_mutex_lock(&q->lock);
	gq_waiter_done(q);
	return r;
}
