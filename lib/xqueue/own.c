// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Queues whose device counts by itself, stopped by the program: it stands at a gate then,
 * whatever is put behind that, and to the scheduler such a queue has no work.
 */
#include "xqueue.h"

#include <errno.h>
#include <time.h>

#define LOOK_NS		50000u	/* two looks this far apart see a device that stands, not one that passes */
#define ASK_EVERY	1000	/* looks, after which the driver is asked whether it still works */

static bool stands(const struct xqueue *q)
{
	return (int32_t)(xs_load(&q->st->arrive) - xs_load(&q->st->pass)) > 0;
}

/* A gate behind everything, unless there is one; false if the driver takes none. */
static bool put_gate(struct xqueue *q)
{
	bool ok;

	pthread_mutex_lock(&q->life);
	pthread_mutex_lock(&q->lock);
	ok = !xs_load(&q->closed_for_good) && (xs_load(&q->st->pass) != xs_load(&q->gates) ||
	     !xqueue_device_gate(q, xs_load(&q->st->submitted)));
	pthread_mutex_unlock(&q->lock);
	pthread_mutex_unlock(&q->life);
	return ok;
}

/* One that has failed reaches no gate any more, and says so when it is given something. */
static bool still_works(struct xqueue *q)
{
	bool ok;

	pthread_mutex_lock(&q->life);
	pthread_mutex_lock(&q->lock);
	ok = !xs_load(&q->closed_for_good) && q->hal->mark(q, xs_load_relaxed(&q->marked)) != -EIO;
	pthread_mutex_unlock(&q->lock);
	pthread_mutex_unlock(&q->life);
	return ok;
}

bool xqueue_device_quiesce(struct xqueue *q)
{
	struct timespec t = { .tv_nsec = LOOK_NS };
	uint32_t looks = 0, stood = 0, at;

	if (xsched_anchor->generation != q->generation || !put_gate(q))
		return false;
	while (xs_load(&q->suspended)) {
		at = stands(q) ? xs_load(&q->st->arrive) : 0;
		if (at && at == stood)
			break;
		stood = at;
		if (xsched_anchor->generation != q->generation ||
		    (++looks % ASK_EVERY == 0 && !still_works(q)))
			return false;
		nanosleep(&t, NULL);
	}
	return true;
}

/*
 * What waits at a gate for the program itself must not keep the device from others: while it
 * stands there everything counts as completed. The device doesn't store anything meanwhile.
 */
bool xqueue_device_hide(struct xqueue *q)
{
	bool news = false;

	pthread_mutex_lock(&q->lock);
	if (xs_load(&q->suspended) && stands(q)) {
		if (!q->hidden_work) {
			q->hidden_work = true;
			q->truly_completed = xs_load(&q->st->completed);
		}
		q->claimed = xs_load(&q->st->submitted);
		news = xs_load(&q->st->completed) != q->claimed;
		xs_store_release(&q->st->completed, q->claimed);
	}
	pthread_mutex_unlock(&q->lock);
	return news;
}

/* Before it goes on; with the lock held. True if there was anything. */
bool xqueue_device_unhide(struct xqueue *q)
{
	uint32_t claimed = q->claimed;

	if (!q->hidden_work)
		return false;
	q->hidden_work = false;
	q->look.ns = 0;
	/* If it only seemed to stand it has stored something newer. */
	__atomic_compare_exchange_n(&q->st->completed, &claimed, q->truly_completed, false,
				    __ATOMIC_ACQ_REL, __ATOMIC_RELAXED);
	return true;
}

void xqueue_device_remark(struct xqueue *q)
{
	uint32_t ended;

	pthread_mutex_lock(&q->life);
	pthread_mutex_lock(&q->lock);
	ended = xs_load(&q->untracked_ended);
	if (!xs_load(&q->closed_for_good) && xsched_anchor->generation == q->generation &&
	    !q->hal->mark(q, ended))
		xs_store_release(&q->marked, ended);
	pthread_mutex_unlock(&q->lock);
	pthread_mutex_unlock(&q->life);
}
