// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * The second gate of a platform's queue, which the program itself closes and opens.
 */
#define _GNU_SOURCE
#include "xqueue.h"

#include <errno.h>
#include <linux/futex.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define LOOK_AGAIN_S	1
#define PARK_LOOKS	10	/* by the caller itself, so that most stand when it returns */
#define ENFORCE_LOOKS	100
#define STOP_LOOK_NS	200000u
#define HIDE_LOOK_NS	1000000u	/* reports of what has completed come soon, */
#define HIDE_LOOK_MAX_NS 500000000u	/* or late */
#define SEEN_LOOK_NS	20000u	/* where the device itself doesn't tell */

/* Whoever stops says so, if somebody waits for it. */
static uint32_t stop_seq;
static _Atomic uint32_t stop_waiters;

void xqueue_stopped_somewhere(void)
{
	if (likely(!xs_load(&stop_waiters)))
		return;
	__atomic_fetch_add(&stop_seq, 1, __ATOMIC_SEQ_CST);
	syscall(SYS_futex, &stop_seq, FUTEX_WAKE_PRIVATE, 0x7fffffff, NULL, NULL, 0);
}

static bool stands(struct xqueue *q, uint32_t stop)
{
	if (q->hal->gate)
		return (int32_t)(xs_load(&q->st->arrive) - xs_load(&q->st->pass)) > 0;
	return (int32_t)(xs_load(&q->chunks_done) - stop) >= 0;
}

/* Until done(), or looks have been had; a stop in between is not waited for in vain. */
static void wait_for(struct xqueue *q, uint32_t arg, bool (*done)(struct xqueue *q, uint32_t arg),
		     uint32_t looks)
{
	struct timespec t = { .tv_nsec = q->hal->enforce ? SEEN_LOOK_NS : STOP_LOOK_NS };
	uint32_t seq;

	__atomic_fetch_add(&stop_waiters, 1, __ATOMIC_SEQ_CST);
	for (;;) {
		seq = xs_load(&stop_seq);
		/* Pairs with the stop's store and its load of stop_waiters. */
		xs_fence();
		if (done(q, arg) || !looks-- || !xs_load(&q->suspended) ||
		    xsched_anchor->generation != q->generation)
			break;
		syscall(SYS_futex, &stop_seq, FUTEX_WAIT_PRIVATE, seq, &t, NULL, 0);
	}
	__atomic_fetch_sub(&stop_waiters, 1, __ATOMIC_SEQ_CST);
}

static bool parks(struct xqueue *q, uint32_t unused)
{
	(void)unused;
	return xqueue_park(q);
}

static bool enforced(struct xqueue *q, uint32_t unused)
{
	(void)unused;
	return q->hal->enforce(q);
}

static bool parks_and_stands(struct xqueue *q, uint32_t stop)
{
	xqueue_park(q);
	if (q->hal->enforce)
		q->hal->enforce(q);
	return stands(q, stop);
}

/*
 * What the program itself has stopped must not keep the device from others, so what is
 * held doesn't count as pending meanwhile. A call that waits for its turn still does: it is
 * stopped by the scheduler alone.
 */
void xqueue_suspend(struct xqueue *q)
{
	uint32_t n;

	if (xsched_anchor->generation != q->generation)
		return;
	xqueue_settle_now(q);
	pthread_mutex_lock(&q->lock);
	/* Pairs with the full fence of a launch, between its count and its load of suspended. */
	__atomic_store_n(&q->suspended, 1, __ATOMIC_SEQ_CST);
	if (q->stop_word)
		xs_store_release(q->stop_word, 1);
	xs_fence();
	n = xs_load(&q->st->pending) - q->waiting;
	q->hidden += n;
	__atomic_fetch_sub(&q->st->pending, n, __ATOMIC_SEQ_CST);
	pthread_mutex_unlock(&q->lock);
	xqueue_hide(q);
	if (xs_load(&q->ctl->notify) & XSCHED_NOTIFY_TRACK)
		xqueue_kick(q->entity);
	/* No event tells the agent: what runs is asked to stand from here, for a while. */
	if (q->hal->inside) {
		wait_for(q, 0, parks, PARK_LOOKS);
		xqueue_lookout();
	} else if (q->hal->enforce) {
		wait_for(q, 0, enforced, xqueue_level(q) == XSCHED_LEVEL_INTERRUPT ? ENFORCE_LOOKS : 0);
	}
}

static bool device_stands(const struct xqueue *q)
{
	if (q->hal->mark)
		return false;	/* own.c sees to those */
	if (q->hal->stop)
		return q->held && (int32_t)(xs_load(&q->chunks_done) - q->held->number) >= 0;
	return (int32_t)(xs_load(&q->st->arrive) - xs_load(&q->st->pass)) > 0;
}

/*
 * Nor is anything in flight once the device stands: what is behind the gate doesn't run, and that
 * the rest has completed is heard after the resume, where it wasn't tracked. What is reported
 * late was one hidden too many. Called with the lock held, which it gives back.
 */
static void hide_and_unlock(struct xqueue *q)
{
	uint32_t n = 0;

	if (xs_load(&q->suspended) && !q->hal->mark)
		n = xs_load(&q->st->submitted) - xs_load(&q->st->completed);
	if ((int32_t)n > 0 && !device_stands(q))
		n = 0;
	q->hidden_submitted += n;
	__atomic_fetch_sub(&q->st->submitted, n, __ATOMIC_SEQ_CST);
	pthread_mutex_unlock(&q->lock);
	if (n && xs_load(&q->ctl->notify) & XSCHED_NOTIFY_TRACK)
		xqueue_kick(q->entity);
}

void xqueue_hide(struct xqueue *q)
{
	pthread_mutex_lock(&q->lock);
	hide_and_unlock(q);
}

/* A platform may report from within a call that it gets under the lock: then the next look does. */
void xqueue_hide_less(struct xqueue *q)
{
	if (!pthread_mutex_trylock(&q->lock))
		hide_and_unlock(q);
}

/* A device's thread at its gate. */
void xqueue_stand_aside(struct xqueue *q)
{
	struct timespec t = { .tv_nsec = HIDE_LOOK_NS };

	while (xs_load(&q->suspended) && xsched_anchor->generation == q->generation) {
		xqueue_hide(q);
		syscall(SYS_futex, &q->suspended, FUTEX_WAIT_PRIVATE, 1, &t, NULL, 0);
		if (t.tv_nsec < HIDE_LOOK_MAX_NS)
			t.tv_nsec *= 2;
	}
}

bool xqueue_quiesce(struct xqueue *q)
{
	uint32_t stop = 0;

	if (q->hal->mark)
		return xqueue_device_quiesce(q);
	if (q->hal->gate)
		xqueue_gate_put(q);
	else if (q->hal->stop && !q->hal->unordered)
		stop = xqueue_window_put(q);
	else
		return false;
	/* The device gets to a gate, or past what precedes the stop. */
	wait_for(q, stop, parks_and_stands, ~0u);
	return true;
}

void xqueue_resume(struct xqueue *q)
{
	uint32_t hidden;
	bool claimed;

	pthread_mutex_lock(&q->lock);
	hidden = q->hidden;
	xs_add_release(&q->st->pending, hidden);
	xs_add_release(&q->st->submitted, q->hidden_submitted);
	hidden += q->hidden_submitted;
	q->hidden = q->hidden_submitted = 0;
	/* Pairs with the scheduler's "store gate and notify, fence, load the counters". */
	xs_fence();
	if (!__atomic_exchange_n(&q->suspended, 0, __ATOMIC_SEQ_CST)) {
		pthread_mutex_unlock(&q->lock);
		return;
	}
	claimed = xqueue_device_unhide(q);
	if (q->stop_word)
		xs_store_release(q->stop_word, 0);
	pthread_mutex_unlock(&q->lock);
	syscall(SYS_futex, &q->suspended, FUTEX_WAKE_PRIVATE, 0x7fffffff, NULL, NULL, 0);
	if (claimed)
		xqueue_device_remark(q);
	if ((hidden || claimed) && (xs_load(&q->ctl->notify) & XSCHED_NOTIFY_KICK ||
		       xs_load(&q->ctl->gate) == XSCHED_GATE_ASK))
		xqueue_kick(q->entity);
	xqueue_window_update(q);
	xqueue_unpark(q);
	if (q->hal->enforce)
		q->hal->enforce(q);
}

void xqueue_suspended_wait(struct xqueue *q)
{
	struct timespec t = { .tv_sec = LOOK_AGAIN_S };

	while (xs_load(&q->suspended) && xsched_anchor->generation == q->generation)
		syscall(SYS_futex, &q->suspended, FUTEX_WAIT_PRIVATE, 1, &t, NULL, 0);
}

void xqueue_resume_all(void)
{
	struct xqueue **qs;
	unsigned int n, i;

	n = xqueue_grab_all(&qs);
	for (i = 0; i < n; i++) {
		xqueue_resume(qs[i]);
		xqueue_put(qs[i]);
	}
	free(qs);
}

/* Two chunks may be in flight at level 1; at level 2 gates are this far apart. */
void xqueue_set_launch_config(struct xqueue *q, uint32_t threshold, uint32_t batch)
{
	uint32_t n = q->hal->stop || (q->hal->mark && !q->hal->gate) ? threshold / 2 : batch;

	q->fixed_spacing = threshold && !n ? 1 : n;
	if (!q->fixed_spacing)
		return;
	xs_store_relaxed(&q->spacing, q->fixed_spacing);
	pthread_mutex_lock(&q->lock);
	xqueue_set_limit(q);
	pthread_mutex_unlock(&q->lock);
}

int xqueue_set_hint(struct xqueue *q, uint32_t kind, int64_t value)
{
	struct xsched_process *p = &xsched_process;
	int ret = -ENODEV;

	pthread_mutex_lock(&p->lock);
	if (q->generation == p->generation && !p->detached)
		ret = p->link.ops->hint_set(&p->link, q->entity->id, kind, value);
	if (!ret)
		xentity_note_hint(q->entity, kind, value);
	if (!ret)
		xentity_keep_hint(q->entity, kind, value);
	pthread_mutex_unlock(&p->lock);
	return ret;
}
