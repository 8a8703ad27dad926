// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Completions: reported one by one, in lumps, or, where the platform forgot to
 * report, found out when the program has waited for everything.
 */
#include "xqueue.h"

#include <stdlib.h>

int xqueue_track_init(struct xqueue *q)
{
	struct xtrack *t = calloc(1, sizeof(*t));

	if (!t)
		return -1;
	t->q = q;
	t->older = xs_load_relaxed(&q->track);
	xs_store_release(&q->track, t);
	return 0;
}

/* Reports that never came keep their track: nobody knows that they won't. */
void xqueue_track_fini(struct xqueue *q)
{
	struct xtrack *t = xs_load_relaxed(&q->track), *older;

	for (; t; t = older) {
		older = t->older;
		if (!(xs_load(&t->state) & ~XTRACK_VOID))
			free(t);
	}
}

struct xtrack *xqueue_track(struct xqueue *q)
{
	struct xtrack *t;

	xqueue_get(q);
	for (;;) {
		t = xs_load(&q->track);
		if (!(__atomic_fetch_add(&t->state, 1, __ATOMIC_ACQ_REL) & XTRACK_VOID))
			return t;
		__atomic_fetch_sub(&t->state, 1, __ATOMIC_ACQ_REL);
	}
}

/* Commands of the queue have completed, which were tracked as `tokens`. */
static void complete(struct xqueue *q, uint32_t commands, uint32_t tokens)
{
	struct xentity *e = q->entity;

	xs_add_release(&q->st->completed, commands);
	/* Nothing left: the scheduler needn't find out by itself. */
	if (__atomic_sub_fetch(&e->busy, tokens, __ATOMIC_ACQ_REL) == 0 && xsched_idle_is_news(q->ctl))
		xqueue_kick(e);
	if (unlikely(xs_load(&q->suspended)))
		xqueue_hide_less(q);
}

void xqueue_end_tracked(struct xqueue *q, bool done)
{
	xs_add_release(&q->tracked_ended, 1);
	if (done)
		complete(q, 1, 1);
}

void xqueue_tracked_done(struct xtrack *t)
{
	struct xqueue *q = t->q;

	if (__atomic_fetch_sub(&t->state, 1, __ATOMIC_ACQ_REL) & XTRACK_VOID)
		return;		/* it has been counted, and the queue may be gone */
	complete(q, 1, 1);
	xqueue_put(q);
}

void xqueue_settled(struct xtrack *t, uint32_t n)
{
	struct xqueue *q = t->q;

	if (__atomic_fetch_sub(&t->state, 1, __ATOMIC_ACQ_REL) & XTRACK_VOID)
		return;
	__atomic_fetch_sub(&q->lump_extra, n - 1, __ATOMIC_RELAXED);
	complete(q, n, 1);
	xqueue_put(q);
}

/* Commands move between them under the lock, with which this is called. */
static uint32_t begun_in_all(const struct xqueue *q)
{
	return xs_load(&q->st->submitted) + xs_load(&q->st->pending) + q->hidden +
	       q->hidden_submitted;
}

uint32_t xqueue_begun(struct xqueue *q)
{
	uint32_t n;

	if (!q->hal->stop && !xs_load(&q->suspended))
		return xs_load(&q->st->submitted);
	pthread_mutex_lock(&q->lock);
	n = begun_in_all(q);
	pthread_mutex_unlock(&q->lock);
	return n;
}

uint32_t xqueue_gone_ahead(struct xqueue *q)
{
	uint32_t n;

	pthread_mutex_lock(&q->lock);
	n = begun_in_all(q) - q->waiting;
	pthread_mutex_unlock(&q->lock);
	return n;
}

/* The program has waited for all of it, so what is outstanding was never reported. */
static void claim_reports(struct xqueue *q)
{
	struct xtrack *t = xs_load(&q->track);
	uint64_t n;

	if (!(xs_load(&t->state) & ~XTRACK_VOID) || xqueue_track_init(q))
		return;
	n = __atomic_fetch_or(&t->state, XTRACK_VOID, __ATOMIC_ACQ_REL) & ~XTRACK_VOID;
	if (!n)
		return;
	complete(q, (uint32_t)n + __atomic_exchange_n(&q->lump_extra, 0, __ATOMIC_RELAXED),
		 (uint32_t)n);
	while (n--)
		xqueue_put(q);
}

/*
 * A gate behind a failed command is skipped. One that another thread has put there since
 * the finish began may still be reached.
 */
static void claim_gates(struct xqueue *q, uint32_t gates)
{
	uint32_t n = 0;

	pthread_mutex_lock(&q->lock);
	if (xs_load(&q->gates) == gates)
		n = __atomic_exchange_n(&q->gates_out, 0, __ATOMIC_ACQ_REL);
	pthread_mutex_unlock(&q->lock);
	if (!n)
		return;
	xs_store_release(&q->st->arrive, xs_load(&q->gates));
	xs_store_release(&q->st->pass, xs_load(&q->gates));
	while (n--)
		xqueue_put(q);
}

/*
 * Nobody waits, so nothing is tracked; but who comes then is to find that there is no work
 * without having to ask.
 */
static void claim_untracked(struct xqueue *q, uint32_t ended)
{
	uint32_t n = 0;

	if (!(xs_load(&q->ctl->notify) & XSCHED_NOTIFY_CALM))
		return;
	pthread_mutex_lock(&q->life);
	if ((int32_t)(ended - q->untracked_settled) > 0) {
		n = ended - q->untracked_settled;
		q->untracked_settled = ended;
	}
	pthread_mutex_unlock(&q->life);
	if (n)
		complete(q, n, 0);
}

struct xfinish xqueue_finish_begin(struct xqueue *q)
{
	struct xfinish f = { 0 };
	uint32_t ended;

	xqueue_sync_begin(q);
	if (!q || xsched_anchor->generation != q->generation)
		return f;
	f.untracked = xs_load(&q->untracked_ended);
	ended = xs_load(&q->tracked_ended) + f.untracked;
	f.begun = xqueue_begun(q);
	/* Has every launch that was begun reached the driver? */
	f.alone = ended == f.begun;
	f.gates = xs_load(&q->gates);
	if (q->hal->mark)
		f.since_ns = xsched_now_ns();
	return f;
}

void xqueue_finish_end(struct xqueue *q, struct xfinish f)
{
	if (!q || xsched_anchor->generation != q->generation)
		return;
	if (q->hal->mark) {
		xqueue_sync_end(q);
		xqueue_device_finish(q, &f);
		return;
	}
	/*
	 * A launch that was under way, or came since, may have reached the driver behind the
	 * finish: what is to be counted is left to the next one.
	 */
	if (f.alone && xqueue_begun(q) == f.begun) {
		xqueue_window_rest(q);
		claim_reports(q);
		claim_untracked(q, f.untracked);
		claim_gates(q, f.gates);
	}
	xqueue_sync_end(q);
}
