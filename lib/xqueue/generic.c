// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * A command's way through a generic queue: submitted, held or launched, in flight,
 * completed.
 */
#include "generic.h"

#include <string.h>

#define FIRST_WINDOW	16	/* XSched's threshold, until the length of a command is known */
#define LEAST_WINDOW	2	/* one runs, the next is there when it ends */
#define WIDE_US		2000	/* what is in flight doesn't matter, or can be taken back */
#define MAX_WINDOW	65536
#define MAX_BATCH	64

void gq_init(struct gqueue *q)
{
	gcmd_list_init(&q->held);
	gcmd_list_init(&q->flight);
	gcmd_list_init(&q->ended);
	q->st = &q->own_st;
	q->ctl = &q->own_ctl;
	q->stopped = 0;
	q->asked = false;
	q->in_flight = q->since_mark = q->observers = q->n_held = q->waiters = 0;
	q->deactivated = q->collecting = q->syncing = q->has_worker = q->dying = false;
	q->submitted = q->launched = q->marked = q->done = 0;
	q->busy_from_ns = q->est_ns = q->sync_ns = 0;
	q->threshold = q->batch_size = q->own_budget_us = q->think_us = 0;
	q->lost_error = kXSchedSuccess;
	q->generation = 0;
	q->entity_id = q->queue_id = q->hints = 0;
	q->own_priority = 0;
	q->kick_due = false;
	q->n_completed = q->n_direct = q->n_later = q->n_relaunched = 0;
	q->n_dropped = q->n_failed = q->n_suspends = 0;
	q->suspended_ns = q->suspended_since_ns = 0;
	memset(&q->own_st, 0, sizeof(q->own_st));
	memset(&q->own_ctl, 0, sizeof(q->own_ctl));
	gq_window(q);
}

/* ------------------------------------------------------------ the window */

void gq_window(struct gqueue *q)
{
	uint32_t cap = xs_load(&q->ctl->window);
	uint64_t n;

	q->budget_us = xs_load(&q->ctl->budget_us);
	if (q->stream) {
		q->window = q->batch = MAX_WINDOW;	/* kept in the platform's queue */
		return;
	}
	if (q->threshold) {
		q->window = q->threshold;
		q->batch = q->batch_size;
		return;
	}
	n = q->budget_us && q->level < kPreemptLevelDeactivate ? q->budget_us : WIDE_US;
	if (q->own_budget_us)
		n = q->own_budget_us;
	n = q->est_ns ? n * 1000 / q->est_ns : FIRST_WINDOW;
	n = n < LEAST_WINDOW ? LEAST_WINDOW : n > MAX_WINDOW ? MAX_WINDOW : n;
	q->window = cap && n > cap ? cap : (uint32_t)n;
	q->batch = (q->window + 1) / 2 > MAX_BATCH ? MAX_BATCH : (q->window + 1) / 2;
}

/* The device needed at most to - busy_from for n commands. */
static void estimate(struct gqueue *q, uint64_t to_ns, uint64_t n)
{
	uint64_t sample, est = q->est_ns;

	if (!q->busy_from_ns || to_ns <= q->busy_from_ns || !n)
		return;
	sample = (to_ns - q->busy_from_ns) / n + 1;
	/* An upper bound, so a smaller one is better news than a larger one. */
	q->est_ns = !est ? sample : sample < est ? (est + sample) / 2 : (7 * est + sample) / 8;
	gq_window(q);
}

/* ------------------------------------------------------------ completion */

static void end_command(struct gqueue *q, struct gcmd *c)
{
	q->n_completed++;
	if (c->on_complete)
		q->observers--;
	c->over = true;
	if (c->pins)
		return;		/* the last one who waits frees it */
	if (c->on_complete || (c->report && c->result) || (c->kind == GCMD_HAL && c->release))
		gcmd_push(&q->ended, c);
	else
		gcmd_free(c);
}

/*
 * Everything up to a number has completed. What was never launched and stands behind it
 * goes along.
 */
void gq_retire(struct gqueue *q, uint64_t upto, XResult result, bool report)
{
	uint32_t n = 0;
	struct gcmd *c;

	while ((c = q->flight.first) && (c->number <= upto || c->unlaunched)) {
		gcmd_pop(&q->flight);
		q->done = c->number;
		if (!c->unlaunched) {
			n++;
			if (result) {
				c->result = result;
				c->report = report;
			}
		}
		end_command(q, c);
	}
	if (!n && !q->waiters)
		return;
	q->in_flight -= n;
	if (!q->in_flight)
		q->asked = false;
	xs_add_release(&q->st->completed, n);
	if (q->waiters)
		pthread_cond_broadcast(&q->changed);
	if (!q->in_flight && !q->n_held && xsched_idle_is_news(q->ctl))
		q->kick_due = true;	/* nothing left: the scheduler needn't find out by itself */
}

/* Numbers that the platform has passed; what was deactivated is another matter. */
static void note_progress(struct gqueue *q, uint64_t upto, uint64_t now, XResult result,
			  bool report)
{
	uint32_t before = q->in_flight;

	if (upto <= q->done || q->deactivated)
		return;
	gq_retire(q, upto, result, report);
	estimate(q, now, before - q->in_flight);
	q->busy_from_ns = q->in_flight ? now : 0;
}

void gq_reap(struct gqueue *q)
{
	uint64_t upto;

	if (!q->in_flight)
		return;
	if (!q->ops.completed) {
		/* Without any way to wait, launched is completed. */
		if (!q->ops.synchronize)
			note_progress(q, q->launched, 0, kXSchedSuccess, false);
		return;
	}
	upto = q->ops.completed(q->data);
	if (upto > q->done)
		note_progress(q, upto, xsched_now_ns(), kXSchedSuccess, false);
}

void gq_reap_now(struct gqueue *q)
{
	gq_reap(q);
	if (!q->in_flight || q->asked)
		return;
	/* Without marks only waiting tells, and that isn't for the caller to do. */
	q->asked = !q->ops.completed;
	if (q->ops.completed && q->marked < q->launched)
		q->asked = true;
	if (q->asked)
		gq_need_worker(q);
}

static void put_mark(struct gqueue *q)
{
	q->since_mark = 0;
	if (!q->ops.mark || q->marked == q->launched)
		return;
	if (q->ops.mark(q->data, q->launched) == kXSchedSuccess)
		q->marked = q->launched;
}

XResult gq_platform_wait(struct gqueue *q, bool everything, bool report)
{
	uint64_t upto = q->launched, next = q->done + 1;
	XResult r = kXSchedSuccess;

	if (q->ops.wait && (everything || q->marked < next)) {
		put_mark(q);
		everything |= q->marked < next;		/* it takes none */
	}
	q->syncing = true;
	pthread_mutex_unlock(&q->lock);
	if (q->ops.wait && !everything)
		r = q->ops.wait(q->data, next);
	else if (q->ops.synchronize)
		r = q->ops.synchronize(q->data);
	else if (q->ops.wait)
		r = q->ops.wait(q->data, upto);
	pthread_mutex_lock(&q->lock);
	q->syncing = false;
	if (!r && q->ops.completed && !everything)
		upto = q->ops.completed(q->data);
	note_progress(q, upto, xsched_now_ns(), r, report);
	pthread_cond_broadcast(&q->changed);
	if (q->deactivated)
		gq_need_worker(q);
	return r;
}

/* --------------------------------------------------------------- launching */

void gq_publish(struct gqueue *q)
{
	uint32_t old = xs_load_relaxed(&q->st->pending), now;
	bool stopped = gq_stopped(q);

	/* What the program itself has stopped must not keep the device from others. */
	now = stopped ? 0 : q->n_held;
	if (now == old)
		return;
	if (!old)
		xs_store_relaxed(&q->st->ready_ns, xsched_now_ns());
	if (now && xs_load_relaxed(&q->st->flags))
		xs_store_relaxed(&q->st->flags, 0);
	__atomic_store_n(&q->st->pending, now, __ATOMIC_SEQ_CST);
	/* Pairs with the scheduler's "store notify, fence, load pending". */
	xs_fence();
	if (now ? !old && (xs_load(&q->ctl->notify) & XSCHED_NOTIFY_KICK ||
			   xs_load(&q->ctl->gate) == XSCHED_GATE_ASK)
		: !q->in_flight && xsched_idle_is_news(q->ctl))
		gq_kick(q);
}

/* The scheduler looks: keep it informed, and see whether it lets the command through. */
static bool pass_gate(struct gqueue *q)
{
	uint32_t notify = xs_load(&q->ctl->notify);

	if (gq_stopped(q))
		return false;
	if (xs_load(&q->ctl->budget_us) != q->budget_us) {
		gq_window(q);
		if (q->in_flight >= q->window)
			return false;
	}
	if (notify & XSCHED_NOTIFY_TRACK && !q->in_flight) {
		uint64_t now = xsched_now_ns();

		if (q->sync_ns) {
			uint64_t us = (now - q->sync_ns) / 1000, most = 2 * (uint64_t)q->think_us + 50;

			q->think_us = us < most ? (uint32_t)us : (uint32_t)most;
			q->sync_ns = 0;
		}
		xs_store_relaxed(&q->st->ready_ns, now);
		if (xs_load_relaxed(&q->st->flags))
			xs_store_relaxed(&q->st->flags, 0);
	}
	/* submitted counts the command already: that is the news. */
	if (notify & XSCHED_NOTIFY_KICK || xs_load(&q->ctl->gate) == XSCHED_GATE_ASK)
		gq_kick(q);
	return !xs_load(&q->ctl->gate);
}

static XResult call_launch(struct gqueue *q, struct gcmd *c)
{
	XResult r;

	xs_store_relaxed(&q->owner, gq_self());
	if (c->kind == GCMD_CALLBACK)
		r = c->launch(q->hwq, c->data);
	else
		r = q->ops.launch ? q->ops.launch(q->data, c->data, c->number) :
				    kXSchedErrorNotSupported;
	xs_store_relaxed(&q->owner, NULL);
	return r;
}

/* It goes with those before it, without having been launched. */
static void end_unlaunched(struct gqueue *q, struct gcmd *c, XResult result)
{
	c->result = result;
	c->unlaunched = true;
	gcmd_push(&q->flight, c);
	if (!q->in_flight && !q->host)
		gq_retire(q, c->number, kXSchedSuccess, false);
}

/* Counted as submitted; the platform gets it. */
static XResult launch(struct gqueue *q, struct gcmd *c)
{
	XResult r;

	if (!q->in_flight)
		q->busy_from_ns = xsched_now_ns();
	r = call_launch(q, c);
	if (unlikely(r)) {
		xs_add_release(&q->st->completed, 1);
		q->n_failed++;
		end_unlaunched(q, c, r);
		return r;
	}
	q->launched = c->number;
	q->in_flight++;
	gcmd_push(&q->flight, c);
	if (++q->since_mark >= q->batch) {
		put_mark(q);
		gq_reap(q);
	}
	if (unlikely(q->observers || xs_load(&q->ctl->notify)))
		gq_need_worker(q);
	return r;
}

static bool has_room(struct gqueue *q)
{
	if (likely(q->in_flight < q->window))
		return true;
	put_mark(q);
	gq_reap(q);
	gq_window(q);
	return q->in_flight < q->window;
}

/*
 * Counts the command and looks whether it may go now; if not, it isn't counted
 * any more.
 */
static bool may_launch(struct gqueue *q)
{
	if (unlikely(q->deactivated || q->collecting || q->host) || !has_room(q))
		return false;
	/*
	 * Full fence between the count and the loads. Pairs with "store gate (or
	 * notify, or stopped), fence, load the counts".
	 */
	xs_add_fence(&q->st->submitted, 1);
	if (likely(!(xs_load(&q->ctl->gate) | xs_load(&q->ctl->notify) | xs_load(&q->stopped))))
		return true;
	if (pass_gate(q))
		return true;
	__atomic_fetch_sub(&q->st->submitted, 1, __ATOMIC_SEQ_CST);
	return false;
}

static void hold(struct gqueue *q, struct gcmd *c)
{
	gcmd_push(&q->held, c);
	q->n_held++;
	gq_publish(q);
	gq_need_worker(q);
}

/* Everything before it has completed: in this thread, without the lock. */
static void run_host(struct gqueue *q, struct gcmd *c)
{
	xs_store_relaxed(&q->host, gq_self());
	pthread_mutex_unlock(&q->lock);
	c->host(c->data);
	pthread_mutex_lock(&q->lock);
	xs_store_relaxed(&q->host, NULL);
	xs_add_release(&q->st->completed, 1);
	q->launched = c->number;
	q->done = c->number;
	end_command(q, c);
	gq_retire(q, c->number, kXSchedSuccess, false);
	if (q->waiters)
		pthread_cond_broadcast(&q->changed);
	if (q->held.first)
		gq_need_worker(q);
}

static XResult wait_launched(struct gqueue *q, uint64_t number)
{
	if (gq_inside(q))
		return kXSchedSuccess;
	q->waiters++;
	while (q->held.first && q->held.first->number <= number)
		pthread_cond_wait(&q->changed, &q->lock);
	gq_waiter_done(q);
	return kXSchedSuccess;
}

XResult gq_submit(struct gqueue *q, struct gcmd *c)
{
	c->number = ++q->submitted;
	c->queue = q;
	if (c->on_complete)
		q->observers++;
	if (likely(!q->held.first) && !gq_in_launch(q)) {
		if (likely(c->kind != GCMD_HOST)) {
			if (likely(may_launch(q))) {
				q->n_direct++;
				return launch(q, c);
			}
		} else {
			gq_reap(q);
			if (!q->flight.first && may_launch(q)) {
				q->n_direct++;
				run_host(q, c);
				return kXSchedSuccess;
			}
		}
	}
	hold(q, c);
	return q->blocking ? wait_launched(q, c->number) : kXSchedSuccess;
}

/* Nobody stands there to take an error. */
static void launch_later(struct gqueue *q, struct gcmd *c)
{
	c->report = true;
	if (launch(q, c) && !q->lost_error)
		q->lost_error = c->result;
}

bool gq_launch_held(struct gqueue *q)
{
	struct gcmd *c = q->held.first;

	if (c->kind == GCMD_HOST && q->flight.first)
		return false;
	if (!may_launch(q))
		return false;
	gcmd_pop(&q->held);
	q->n_held--;
	q->n_later++;
	gq_publish(q);
	if (c->kind == GCMD_HOST)
		run_host(q, c);
	else
		launch_later(q, c);
	if (q->waiters)
		pthread_cond_broadcast(&q->changed);
	return true;
}

void gq_drop_held(struct gqueue *q)
{
	while (q->held.first) {
		q->n_held--;
		q->n_dropped++;
		end_unlaunched(q, gcmd_pop(&q->held), kXSchedSuccess);
	}
	gq_publish(q);
	pthread_cond_broadcast(&q->changed);
}

/* ---------------------------------------------------- what wants no lock */

/* Errors of commands that the worker launched reach nobody otherwise. */
static void tell(XQueueHandle xq, struct gcmd *c)
{
	HwCommandHandle h = gcmd_handle(c);

	if (c->report && c->result)
		xsched_report_error(xq, h, c->result);
	if (c->on_complete)
		c->on_complete(h, c->result, c->on_complete_data);
	if (c->kind == GCMD_HAL && c->release)
		c->release(c->data);
}

void gq_unlock(struct gqueue *q)
{
	struct gcmd *c, *next;
	XQueueHandle xq;

	if (gq_in_launch(q))
		return;		/* the outer call drops it */
	if (unlikely(q->kick_due)) {
		q->kick_due = false;
		gq_kick(q);
	}
	c = q->ended.first;
	if (likely(!c)) {
		pthread_mutex_unlock(&q->lock);
		return;
	}
	xq = xs_load_relaxed(&q->handle);
	gcmd_list_init(&q->ended);
	pthread_mutex_unlock(&q->lock);
	for (; c; c = next) {
		next = c->next;
		tell(xq, c);
		gcmd_free(c);
	}
}
