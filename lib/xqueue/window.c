// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Level 1: stops in the stream, which the process lets go one by one.
 *
 *	... c c c | c c c | c c c c ...		| a stop
 *	   done     in flight   held
 *
 * What is held stays in the driver, in program order. A stop goes when the gate
 * is open and what lies before the stop before it has completed, so at most two
 * chunks are in flight. A command behind a held stop counts as pending, and moves to
 * submitted when its stop goes.
 */
#include "xqueue.h"

#include <stdlib.h>

/* The queue whose lock this thread holds while it calls stop(). */
static _Thread_local struct xqueue *stopping;

/* A stop in front of this command? Called with the lock held. */
static bool stop_wanted(struct xqueue *q)
{
	if (xs_load_relaxed(&q->since_gate) > xs_load_relaxed(&q->spacing))
		return true;
	return !q->held && xqueue_closed(q);
}

static void put_stop(struct xqueue *q)
{
	struct xchunk *c = calloc(1, sizeof(*c));

	if (!c)
		return;		/* the window is late by a chunk */
	c->number = q->chunks + 1;
	if (!q->hal->unordered)
		xqueue_get(q);	/* for the call of xqueue_chunk_done() */
	stopping = q;
	c->stop = q->hal->stop(q, c->number);
	stopping = NULL;
	if (!c->stop) {
		if (!q->hal->unordered)
			xqueue_put(q);
		free(c);
		return;
	}
	q->chunks = c->number;
	q->rest_wanted = false;
	xs_store_relaxed(&q->commands_before[c->number % XQ_GATE_SLOTS],
			 xs_load_relaxed(&q->since_gate) - 1);
	xs_store_relaxed(q->held_tail, c);
	q->held_tail = &c->next;
	xs_store_relaxed(&q->since_gate, 1);
	xqueue_set_limit(q);
	xqueue_get(q);		/* while it is held */
}

static struct xchunk *last_held(struct xqueue *q)
{
	return q->held ? (struct xchunk *)((char *)q->held_tail - offsetof(struct xchunk, next)) : NULL;
}

void *xqueue_window_last(struct xqueue *q, void *(*get)(void *stop))
{
	struct xchunk *c;
	void *ret;

	pthread_mutex_lock(&q->lock);
	c = last_held(q);
	ret = c ? get(c->stop) : NULL;
	pthread_mutex_unlock(&q->lock);
	return ret;
}

void xqueue_window_begin(struct xqueue *q)
{
	struct xchunk *c;

	pthread_mutex_lock(&q->lock);
	if (stop_wanted(q))
		put_stop(q);
	c = last_held(q);
	if (c) {
		c->commands++;
		/* In this order the sum never looks like less work than there is. */
		if (xs_load(&q->suspended))
			q->hidden++;
		else
			xs_add_release(&q->st->pending, 1);
		__atomic_fetch_sub(&q->st->submitted, 1, __ATOMIC_SEQ_CST);
	}
	pthread_mutex_unlock(&q->lock);
	if (!c)
		return;
	xqueue_window_update(q);
	if (xs_load(&q->suspended))
		xqueue_hide(q);
}

uint32_t xqueue_window_put(struct xqueue *q)
{
	uint32_t number;

	pthread_mutex_lock(&q->lock);
	if (!q->held)
		put_stop(q);
	number = q->held ? q->held->number : q->chunks_done;
	pthread_mutex_unlock(&q->lock);
	return number;
}

/*
 * Without program order "what lies before" may wait for what lies behind, so stops
 * hold only what the gate holds.
 */
static bool in_window(struct xqueue *q, const struct xchunk *c)
{
	return q->hal->unordered || (int32_t)(xs_load(&q->chunks_done) - (c->number - 1)) >= 0;
}

/* The oldest stop goes, its commands being counted as submitted. */
static struct xchunk *take_off(struct xqueue *q)
{
	struct xchunk *c = q->held;

	if (xs_load(&q->suspended))
		q->hidden -= c->commands;
	else
		__atomic_fetch_sub(&q->st->pending, c->commands, __ATOMIC_RELEASE);
	xs_store_relaxed(&q->held, c->next);
	if (!q->held)
		q->held_tail = &q->held;
	c->next = NULL;
	xqueue_set_limit(q);
	return c;
}

/* Takes the oldest stop off if it may go; its commands are submitted then. */
static struct xchunk *take_stop(struct xqueue *q)
{
	struct xchunk *c = q->held;
	bool gone = xsched_process.detached || xsched_anchor->generation != q->generation;

	if (!c || !(gone || in_window(q, c)))
		return NULL;
	/*
	 * As in a launch: count, fence, look. The scheduler closes, fences and counts, so
	 * either it sees these or we see that it closed.
	 */
	xs_add_fence(&q->st->submitted, c->commands);
	if (gone ? xs_load(&q->suspended) : xqueue_closed(q)) {
		__atomic_fetch_sub(&q->st->submitted, c->commands, __ATOMIC_SEQ_CST);
		return NULL;
	}
	take_off(q);
	/* The device stood at this very stop: it begins to work now. */
	if (q->chunks_done == c->number)
		xs_store_relaxed(&q->busy_from_ns, xsched_now_ns());
	return c;
}

/* What failed before its stop could go is over too: nobody waits for the stop. */
static struct xchunk *take_failed(struct xqueue *q)
{
	if (!q->held)
		return NULL;
	xs_add_release(&q->st->submitted, q->held->commands);
	return take_off(q);
}

/* Keeps the one that went last: whether it is done may have to be asked. */
static void retire(struct xqueue *q, struct xchunk *c)
{
	struct xchunk *old;

	pthread_mutex_lock(&q->lock);
	old = q->last_gone;
	/* One that was taken out to be asked may come back late. */
	if (old && (int32_t)(old->number - c->number) > 0)
		old = c;
	else
		q->last_gone = c;
	pthread_mutex_unlock(&q->lock);
	if (!old)
		return;
	q->hal->drop(q, old->stop);
	free(old);
}

/* Nothing is left to be asked: the one that went last is dropped, now or by who lets it go. */
static void drop_last(struct xqueue *q)
{
	struct xchunk *c;

	pthread_mutex_lock(&q->lock);
	q->rest_wanted = q->going;
	c = q->held ? NULL : q->last_gone;
	if (c)
		q->last_gone = NULL;
	pthread_mutex_unlock(&q->lock);
	if (!c)
		return;
	if (q->hal->poll)
		q->hal->poll(q, c->stop);
	q->hal->drop(q, c->stop);
	free(c);
}

/* A stop went; true if it is to be dropped, too. */
static bool went(struct xqueue *q)
{
	bool rest;

	pthread_mutex_lock(&q->lock);
	rest = !--q->going && q->rest_wanted;
	pthread_mutex_unlock(&q->lock);
	return rest;
}

/* Lets go of stops for as long as take() gives one; take() has the lock. */
static void let_go(struct xqueue *q, struct xchunk *(*take)(struct xqueue *q))
{
	struct xchunk *c;

	for (;;) {
		pthread_mutex_lock(&q->lock);
		c = take(q);
		q->going += c != NULL;
		/* An estimate, which doesn't have the lock, may have seen the stops as they were. */
		xqueue_set_limit(q);
		pthread_mutex_unlock(&q->lock);
		if (!c)
			return;
		q->hal->go(q, c->stop);
		retire(q, c);
		if (went(q))
			drop_last(q);
		xqueue_put(q);
	}
}

void xqueue_window_update(struct xqueue *q)
{
	if (q->hal->stop)
		let_go(q, take_stop);
}

bool xqueue_window_poll(struct xqueue *q)
{
	struct xchunk *c = NULL;
	bool held;

	if (!q->hal->stop)
		return false;
	pthread_mutex_lock(&q->lock);
	held = q->held;
	if (held) {
		c = q->last_gone;
		q->last_gone = NULL;
	}
	pthread_mutex_unlock(&q->lock);
	if (c) {
		if (q->hal->poll)
			q->hal->poll(q, c->stop);
		retire(q, c);
	}
	return held;
}

void xqueue_window_rest(struct xqueue *q)
{
	if (!q->hal->stop)
		return;
	let_go(q, take_failed);
	drop_last(q);
}

void xqueue_window_free(struct xqueue *q)
{
	if (!q->last_gone)
		return;
	q->hal->drop(q, q->last_gone->stop);
	free(q->last_gone);
}

void xqueue_chunk_done(struct xqueue *q, uint32_t number)
{
	uint64_t now = xsched_now_ns();

	if (xsched_anchor->generation == q->generation)
		xqueue_estimate(q, xs_load_relaxed(&q->busy_from_ns), now,
				xs_load_relaxed(&q->commands_before[number % XQ_GATE_SLOTS]));
	xs_store_relaxed(&q->busy_from_ns, now);
	xs_store_release(&q->chunks_done, number);
	xs_fence();
	xqueue_stopped_somewhere();
	/* If everything was done already, stop() reports it from within. */
	if (stopping != q) {
		xqueue_window_update(q);
		if (xs_load(&q->suspended))
			xqueue_hide(q);
	}
	xqueue_put(q);
}
