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
#define PARK_LOOKS	20

/* No event tells the agent, so it is done here: until what ran stands, or for a while. */
static void park(struct xqueue *q)
{
	struct timespec t = { .tv_nsec = 20000 };
	unsigned int i;

	if (!q->hal->inside)
		return;
	for (i = 0; i < PARK_LOOKS && !xqueue_park(q); i++)
		nanosleep(&t, NULL);
}

/*
 * What the program itself has stopped must not keep the device from others, so what is
 * held doesn't count as pending meanwhile.
 */
void xqueue_suspend(struct xqueue *q)
{
	if (xsched_anchor->generation != q->generation)
		return;
	pthread_mutex_lock(&q->lock);
	/* Pairs with the full fence of a launch, between its count and its load of suspended. */
	__atomic_store_n(&q->suspended, 1, __ATOMIC_SEQ_CST);
	xs_fence();
	q->hidden += __atomic_exchange_n(&q->st->pending, 0, __ATOMIC_SEQ_CST);
	pthread_mutex_unlock(&q->lock);
	if (xs_load(&q->ctl->notify) & XSCHED_NOTIFY_TRACK)
		xqueue_kick(q->entity);
	park(q);
}

static bool stands(struct xqueue *q, uint32_t stop)
{
	if (q->hal->gate)
		return (int32_t)(xs_load(&q->st->arrive) - xs_load(&q->st->pass)) > 0;
	return (int32_t)(xs_load(&q->chunks_done) - stop) >= 0;
}

bool xqueue_quiesce(struct xqueue *q)
{
	struct timespec t = { .tv_nsec = 20000 };
	uint32_t stop = 0;

	if (q->hal->gate)
		xqueue_gate_put(q);
	else if (q->hal->stop && !q->hal->unordered)
		stop = xqueue_window_put(q);
	else
		return false;
	/* The device gets to a gate, or past what precedes the stop. */
	while (!stands(q, stop) && xs_load(&q->suspended) &&
	       xsched_anchor->generation == q->generation) {
		if (xqueue_park(q) && stands(q, stop))
			break;
		nanosleep(&t, NULL);
		if (t.tv_nsec < 500000)
			t.tv_nsec += t.tv_nsec / 4;
	}
	return true;
}

void xqueue_resume(struct xqueue *q)
{
	uint32_t hidden;

	pthread_mutex_lock(&q->lock);
	hidden = q->hidden;
	q->hidden = 0;
	xs_add_release(&q->st->pending, hidden);
	/* Pairs with the scheduler's "store gate and notify, fence, load pending". */
	xs_fence();
	if (!__atomic_exchange_n(&q->suspended, 0, __ATOMIC_SEQ_CST)) {
		pthread_mutex_unlock(&q->lock);
		return;
	}
	pthread_mutex_unlock(&q->lock);
	syscall(SYS_futex, &q->suspended, FUTEX_WAKE_PRIVATE, 0x7fffffff, NULL, NULL, 0);
	if (hidden && (xs_load(&q->ctl->notify) & XSCHED_NOTIFY_KICK ||
		       xs_load(&q->ctl->gate) == XSCHED_GATE_ASK))
		xqueue_kick(q->entity);
	xqueue_window_update(q);
	xqueue_unpark(q);
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
	uint32_t n = q->hal->stop ? threshold / 2 : batch;

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
		xentity_keep_hint(q->entity, kind, value);
	pthread_mutex_unlock(&p->lock);
	return ret;
}
