// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * The slow path of a launch: somebody competes, or it is time for a gate.
 */
#include "xqueue.h"

#include <errno.h>

#define MAX_SPACING	256
#define OWN_BUDGET_US	100	/* of a queue that the program itself stops, which nobody announces */
#define WARY_BUDGET_US	200	/* of a queue that others stop */
#define EASY_BUDGET_US	2000	/* of one that they don't */
#define PLENTY		1024	/* commands behind a closed gate: who adds to them sleeps, */
#define PLENTY_NS	50000000u /* but not for long, for it may hold what those need */
#define LONG_THINK_US	200	/* worth giving up the device at once for */

static void kick(struct xentity *e, bool wait)
{
	struct xsched_process *p = &xsched_process;
	int ret;

	if (p->detached || !p->link.ops || e->generation != p->generation)
		return;
	ret = !wait && p->link.ops->tell ? p->link.ops->tell(&p->link, e->id) :
	      p->link.ops->kick(&p->link, e->id);
	/*
	 * EPERM: a clone that shares our memory but isn't the process that attached;
	 * it runs on unscheduled. ENOENT: the entity went while we looked.
	 */
	if (ret && ret != -EPERM && ret != -ENOENT && ret != -EINTR)
		xsched_lost(e->generation);
}

void xqueue_kick(struct xentity *e)
{
	kick(e, true);
}

void xqueue_tell(struct xentity *e)
{
	kick(e, false);
}

static uint32_t spacing_for(struct xqueue *q, uint32_t budget_us)
{
	uint64_t est = xs_load_relaxed(&q->est_ns), n;

	if (q->fixed_spacing)
		return q->fixed_spacing;
	if (!est)
		return xs_load_relaxed(&q->spacing);
	if (q->entity->own && xqueue_level(q) == XSCHED_LEVEL_DEACTIVATE &&
	    budget_us > OWN_BUDGET_US)
		budget_us = OWN_BUDGET_US;
	/*
	 * Gates that are in the stream already when a competitor comes can't be put closer; and
	 * whoever is never stopped needs few.
	 */
	if (q->hal->mark && budget_us > WARY_BUDGET_US && xqueue_held_lately(q))
		budget_us = WARY_BUDGET_US;
	else if (q->hal->mark && !q->entity->own && budget_us < EASY_BUDGET_US &&
		 !xqueue_held_lately(q))
		budget_us = EASY_BUDGET_US;
	/* Two chunks may be in flight at level 1. */
	n = (uint64_t)budget_us * 1000 / (q->hal->stop || (q->hal->mark && !q->hal->gate) ?
					   2 * est : est);
	return n < 1 ? 1 : n > MAX_SPACING ? MAX_SPACING : (uint32_t)n;
}

/* Behind a stop that hasn't gone every command is counted apart: no fast path there. */
void xqueue_set_limit(struct xqueue *q)
{
	xs_store_relaxed(&q->limit, q->hal->stop && xs_load_relaxed(&q->held) ?
			 0 : xs_load_relaxed(&q->spacing));
}

/* Notes that the device needed at most to_ns - from_ns for so many commands. */
void xqueue_estimate(struct xqueue *q, uint64_t from_ns, uint64_t to_ns, uint32_t commands)
{
	uint64_t est = xs_load_relaxed(&q->est_ns), sample;

	if (!from_ns || to_ns <= from_ns || !commands)
		return;
	sample = (to_ns - from_ns) / commands + 1;
	/* An upper bound, so a smaller one is better news than a larger one. */
	est = !est ? sample : sample < est ? (est + sample) / 2 : (7 * est + sample) / 8;
	xs_store_relaxed(&q->est_ns, est);
	xs_store_relaxed(&q->spacing, spacing_for(q, xs_load(&q->ctl->budget_us)));
	xqueue_set_limit(q);
}

/* How long the program thinks between waiting and launching; shrinks at once, grows slowly. */
static void note_think(struct xentity *e, uint64_t now)
{
	uint64_t since = __atomic_exchange_n(&e->sync_ns, 0, __ATOMIC_RELAXED);
	uint32_t old = xs_load_relaxed(&e->think_us);
	uint64_t us;

	if (!since)
		return;
	us = (now - since) / 1000;
	if (us > 2 * (uint64_t)old + 50)
		us = 2 * (uint64_t)old + 50;
	xs_store_relaxed(&e->think_us, (uint32_t)us);
}

void xqueue_stopped(struct xqueue *q)
{
	if (xs_load(&q->ctl->notify) & XSCHED_NOTIFY_TRACK)
		xqueue_kick(q->entity);
}

void xqueue_took(struct xqueue *q, uint64_t from_ns, uint64_t to_ns, uint32_t commands)
{
	if (xsched_anchor->generation == q->generation)
		xqueue_estimate(q, from_ns, to_ns, commands);
}

void xqueue_note_ready(struct xqueue *q)
{
	uint64_t now = xsched_now_ns();

	xs_store_relaxed(&q->st->ready_ns, now);
	note_think(q->entity, now);
}

static void begin_tracked(struct xqueue *q)
{
	xs_add_release(&q->tracked_begun, 1);
	if (xs_load_relaxed(&q->st->flags) & XSCHED_STATUS_SYNCED)
		xs_store_relaxed(&q->st->flags, 0);
	if (!xs_add_release(&q->entity->busy, 1))
		xqueue_note_ready(q);
}

/*
 * As everywhere: count, fence, look. A caller that waits counts as pending, and has a
 * full fence between counting itself as submitted again and looking again.
 */
void xqueue_wait_turn(struct xqueue *q, uint64_t end_ns)
{
	pthread_mutex_lock(&q->lock);
	q->waiting++;
	xs_add_release(&q->st->pending, 1);
	__atomic_fetch_sub(&q->st->submitted, 1, __ATOMIC_SEQ_CST);
	pthread_mutex_unlock(&q->lock);
	if (xs_load(&q->ctl->notify) & XSCHED_NOTIFY_KICK)
		xqueue_kick(q->entity);
	xqueue_wait_open_until(q, end_ns);
	pthread_mutex_lock(&q->lock);
	q->waiting--;
	xs_add_fence(&q->st->submitted, 1);
	__atomic_fetch_sub(&q->st->pending, 1, __ATOMIC_RELEASE);
	pthread_mutex_unlock(&q->lock);
}

/* Many commands wait for the gate, and nobody but the scheduler has closed it. */
static bool has_plenty_behind(const struct xqueue *q)
{
	uint32_t n = xs_load(&q->st->submitted) - xs_load(&q->st->completed) + xs_load(&q->st->pending);

	return n > PLENTY && n < UINT32_MAX / 2 && xs_load(&q->ctl->gate) == XSCHED_GATE_HELD &&
	       !xs_load(&q->suspended);
}

enum xqueue_mode xqueue_begin_slow(struct xqueue *q, uint32_t notify)
{
	uint32_t budget = xs_load(&q->ctl->budget_us);
	bool tracked;

	/* Where commands run on the CPUs, who goes on launching takes them from who may run. */
	if (!q->hal->mark && unlikely(has_plenty_behind(q))) {
		xqueue_wait_turn(q, xsched_now_ns() + PLENTY_NS);
		notify = xs_load(&q->ctl->notify);
	}
	tracked = notify & XSCHED_NOTIFY_TRACK;
	if (tracked && !q->hal->mark)
		begin_tracked(q);
	bool held = q->hal->mark && xs_load(&q->ctl->gate) == XSCHED_GATE_HELD;

	if (held)
		xs_store_relaxed(&q->entity->held_ns, xsched_now_ns());
	if (xs_load_relaxed(&q->budget_us) != budget || held) {
		xs_store_relaxed(&q->budget_us, budget);
		xs_store_relaxed(&q->spacing, spacing_for(q, budget));
		xqueue_set_limit(q);
	}
	if (q->hal->gate && xs_load(&q->suspended))
		xqueue_hide(q);
	/* submitted counts this command already: that is the news. */
	if (notify & XSCHED_NOTIFY_KICK || xs_load(&q->ctl->gate) == XSCHED_GATE_ASK)
		/* A device that waits by itself gets the command meanwhile. */
		kick(q->entity, !(q->hal->mark && q->hal->gate));
	if (q->hal->enforce && xqueue_closed(q))
		q->hal->enforce(q);
	if (q->hal->mark) {
		xqueue_device_begin(q, notify);
		return tracked ? XQ_MARKED : XQ_UNTRACKED;
	}
	if (q->hal->gate)
		xqueue_gate_begin(q);
	else if (q->hal->stop)
		xqueue_window_begin(q);
	return tracked ? XQ_TRACKED : XQ_UNTRACKED;
}

void xqueue_sync_begin(struct xqueue *q)
{
	if (!q || xsched_anchor->generation != q->generation)
		return;
	if (!(xs_load(&q->ctl->notify) & XSCHED_NOTIFY_TRACK))
		return;
	/*
	 * The program is about to wait, and by habit computes for a while afterwards:
	 * let the device go to somebody else the moment its work is done.
	 */
	if (xs_load_relaxed(&q->entity->think_us) >= LONG_THINK_US)
		xs_store_release(&q->st->flags, XSCHED_STATUS_SYNCED);
}

/* all: nothing of what was launched is left. */
static void end_wait(struct xqueue *q, bool all)
{
	uint64_t from, now;

	if (!q || xsched_anchor->generation != q->generation)
		return;
	/* The device may idle from here on, so time no longer measures commands. */
	from = __atomic_exchange_n(&q->busy_from_ns, 0, __ATOMIC_RELAXED);
	if (!from && !(xs_load(&q->ctl->notify) & XSCHED_NOTIFY_TRACK))
		return;
	now = xsched_now_ns();
	xs_store_relaxed(&q->entity->sync_ns, now);
	if (all)
		xqueue_estimate(q, from, now, q->hal->mark ?
				xs_load(&q->st->submitted) + xs_load_relaxed(&q->heavier) - q->busy_from :
				xs_load_relaxed(&q->since_gate));
}

void xqueue_sync_end(struct xqueue *q)
{
	end_wait(q, true);
}

void xqueue_event_end(struct xqueue *q)
{
	end_wait(q, false);
}
