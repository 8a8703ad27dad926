// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Stopping a generic queue and letting it go on, at three levels.
 */
#include "generic.h"

/*
 * A stream is stopped where it is, with what it holds: commands go on into it. Otherwise
 * with the lock held nobody is launching, and whoever will sees the word.
 */
void gq_stop(struct gqueue *q, uint32_t why)
{
	if (q->stream)
		xqueue_suspend(q->stream);
	if (!__atomic_fetch_or(&q->stopped, why, __ATOMIC_SEQ_CST))
		q->suspended_since_ns = xsched_now_ns();
	gq_publish(q);
}

void gq_go(struct gqueue *q, uint32_t why)
{
	uint32_t old = __atomic_fetch_and(&q->stopped, ~why, __ATOMIC_SEQ_CST);

	if (!old || old & ~why)
		return;
	q->suspended_ns += xsched_now_ns() - q->suspended_since_ns;
	if (q->stream)
		xqueue_resume(q->stream);
	gq_publish(q);
	if (q->held.first || q->deactivated)
		gq_need_worker(q);
}

XResult gq_deactivate(struct gqueue *q)
{
	XResult r;

	if (q->level < kPreemptLevelDeactivate || !q->in_flight || q->deactivated || q->stream)
		return kXSchedSuccess;
	r = q->ops.deactivate(q->data);
	if (r)
		return r;
	q->deactivated = true;
	if (q->level >= kPreemptLevelInterrupt)
		r = q->ops.interrupt(q->data);
	return r;
}

/* What didn't run goes back to the head of those held. */
static void take_back(struct gqueue *q, uint64_t from)
{
	struct gcmd_list back;
	struct gcmd *c;
	uint32_t n = 0;

	gcmd_list_init(&back);
	while (q->flight.first) {
		c = gcmd_pop(&q->flight);
		n += !c->unlaunched;
		gcmd_push(&back, c);
	}
	if (!back.first)
		return;
	q->launched = q->marked = from - 1;
	*back.tail = q->held.first;
	if (!q->held.first)
		q->held.tail = back.tail;
	q->held.first = back.first;
	q->in_flight = 0;
	q->n_relaunched += n;
	q->n_held += n;
	/* In this order the sum never looks like less work than there is. */
	gq_publish(q);
	__atomic_fetch_sub(&q->st->submitted, n, __ATOMIC_SEQ_CST);
	q->busy_from_ns = 0;
}

/*
 * After a deactivation: waits until what runs has ended, and finds out what is left.
 * Afterwards the platform's queue is empty and takes launches again.
 */
void gq_collect(struct gqueue *q)
{
	uint64_t from = 0;

	if (q->collecting || q->syncing) {
		pthread_cond_wait(&q->changed, &q->lock);
		return;
	}
	q->collecting = true;
	pthread_mutex_unlock(&q->lock);
	q->ops.synchronize(q->data);
	pthread_mutex_lock(&q->lock);
	if (q->ops.reactivate(q->data, &from))
		from = 0;	/* it doesn't know: nothing may run twice */
	q->deactivated = q->collecting = false;
	gq_retire(q, from ? from - 1 : q->launched, kXSchedSuccess, false);
	if (from)
		take_back(q, from);
	if (!q->in_flight)
		q->busy_from_ns = 0;
	pthread_cond_broadcast(&q->changed);
}

static void collect_all(struct gqueue *q)
{
	while (q->deactivated)
		gq_collect(q);
}

/* A stream holds what it holds, so waiting for all of it would take until the resume. */
static XResult sync_stream(struct gqueue *q)
{
	bool still;

	q->waiters++;		/* the queue stays */
	pthread_mutex_unlock(&q->lock);
	still = xqueue_quiesce(q->stream);
	pthread_mutex_lock(&q->lock);
	gq_waiter_done(q);
	return still ? kXSchedSuccess : kXSchedErrorNotSupported;
}

static XResult sync_platform(struct gqueue *q)
{
	XResult r = kXSchedSuccess;

	if (q->stream)
		return sync_stream(q);
	collect_all(q);
	while (q->in_flight && !r) {
		if (q->syncing)
			pthread_cond_wait(&q->changed, &q->lock);
		else
			r = gq_platform_wait(q, true, false);
	}
	return r;
}

XResult gq_suspend(struct gqueue *q, int64_t flags)
{
	XResult r = kXSchedSuccess, sync;

	if (xs_load(&q->stopped) & GQ_STOP_APP)
		return kXSchedSuccess;
	if (q->stream && flags & (kQueueSuspendFlagWaitIdle | kQueueSuspendFlagWaitAll))
		r = gq_wait_stream(q);
	else if (flags & kQueueSuspendFlagWaitIdle)
		r = gq_wait_idle(q);
	else if (flags & kQueueSuspendFlagWaitAll)
		r = gq_wait_number(q, q->submitted);
	q->n_suspends++;
	gq_stop(q, GQ_STOP_APP);
	sync = gq_deactivate(q);
	r = r ? r : sync;
	if (flags & kQueueSuspendFlagSyncHwQueue) {
		sync = sync_platform(q);
		return r ? r : sync;
	}
	if (q->deactivated)
		gq_need_worker(q);
	return r;
}

XResult gq_resume(struct gqueue *q, int64_t flags)
{
	/* What is in a platform's queue can't be taken out of it. */
	if (q->stream && flags & kQueueResumeFlagDropCommands)
		return kXSchedErrorNotSupported;
	if (flags & kQueueResumeFlagDropCommands) {
		collect_all(q);
		gq_drop_held(q);
	}
	gq_go(q, GQ_STOP_APP);
	return kXSchedSuccess;
}
