// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Queues whose device counts and waits by itself: it stores into the queue's status
 * words, and waits at gates in its streams for the scheduler's word.
 *
 * A mark is a store of "so many have completed" behind what it counts. Since the
 * device goes on when nobody looks, marks are few: with each gate, every MARK_EVERY
 * commands while somebody asks, after a pause, and wherever the program waits anyway.
 */
#include "xqueue.h"

#include <errno.h>
#include <time.h>

#define MARK_EVERY	64
#define MARK_PAUSE_NS	1000000u
#define BEHIND_MAX	512	/* behind a closed gate the driver's own queue isn't filled up */
#define LOOK_GATES	4	/* of progress make a sample */
#define LATELY_NS	30000000000u	/* a competitor is thought to come back */
#define STALL_NS	100000000u	/* a window that waits for the program itself lets go */

/* ------------------------------------------------------------------ marks */

/* Called with the lock held. Calls under way may reach the driver behind the mark. */
static bool put_mark(struct xqueue *q)
{
	uint32_t ended = xs_load(&q->untracked_ended);

	if (ended != xs_load_relaxed(&q->marked)) {
		if (q->hal->mark(q, ended))
			return false;
		xs_store_release(&q->marked, ended);
		xs_store_relaxed(&q->marked_ns, xsched_now_ns());
	}
	return xs_load(&q->st->submitted) == ended;
}

bool xqueue_device_mark(struct xqueue *q)
{
	bool all;

	if (xsched_anchor->generation != q->generation)
		return true;
	pthread_mutex_lock(&q->lock);
	all = put_mark(q);
	pthread_mutex_unlock(&q->lock);
	return all;
}

void xqueue_device_end(struct xqueue *q)
{
	uint32_t ended = xs_add_release(&q->untracked_ended, 1) + 1;

	if (ended - xs_load_relaxed(&q->marked) < MARK_EVERY &&
	    xsched_now_ns() - xs_load_relaxed(&q->marked_ns) < MARK_PAUSE_NS)
		return;
	xqueue_device_mark(q);
}

/* The program has waited for everything: the device has stored all that it was to. */
void xqueue_device_finish(struct xqueue *q, const struct xfinish *f)
{
	uint32_t begun = f->begun;
	bool news = false;

	pthread_mutex_lock(&q->lock);
	/* Another thread's commands may be under way: leave it to its finish. */
	if (xs_load(&q->st->submitted) == begun && xs_load(&q->untracked_ended) == begun) {
		news = xs_load(&q->st->completed) != begun;
		xs_store_relaxed(&q->marked, begun);
		xs_store_release(&q->st->completed, begun);
		xs_store_relaxed(&q->look.ns, 0);
		if (f->since_ns)
			xqueue_busy_end(q, f->since_ns);
	}
	pthread_mutex_unlock(&q->lock);
	if (news && xsched_idle_is_news(q->ctl))
		xqueue_tell(q->entity);
}

void xqueue_device_news(struct xqueue *q)
{
	if (!q || xsched_anchor->generation != q->generation || !xsched_idle_is_news(q->ctl) ||
	    xs_load(&q->st->completed) != xs_load(&q->st->submitted))
		return;
	xqueue_tell(q->entity);
}

bool xqueue_device_runs(struct xqueue *q)
{
	struct xqueue *o;
	bool runs = false;

	pthread_mutex_lock(&xsched_process.lock);
	for (o = q->entity->queues; o && !runs; o = o->next_in_entity)
		runs = xs_load(&o->st->submitted) != xs_load(&o->st->completed) &&
		       (!o->hal->gate ||
			(int32_t)(xs_load(&o->st->arrive) - xs_load(&o->st->pass)) <= 0);
	pthread_mutex_unlock(&xsched_process.lock);
	return runs;
}

bool xqueue_held_lately(struct xqueue *q)
{
	uint64_t held_ns = xs_load_relaxed(&q->entity->held_ns);

	return xs_load(&q->ctl->gate) == XSCHED_GATE_HELD ||
	       (held_ns && xsched_now_ns() - held_ns < LATELY_NS);
}

/* Has the device stored everything into the words of this queue? */
static bool is_through(const struct xqueue *q)
{
	return xs_load(&q->st->completed) == xs_load(&q->marked) &&
	       xs_load(&q->st->pass) == xs_load(&q->gates);
}

static void reap(struct xqueue *q)
{
	if (!__atomic_exchange_n(&q->reaped, true, __ATOMIC_ACQ_REL))
		xqueue_put(q);
}

void xqueue_device_lost(struct xqueue *q)
{
	xs_store_release(&q->closed_for_good, true);
	if (xsched_anchor->generation == q->generation)
		xs_store_release(&q->st->completed, xs_load(&q->st->submitted));
	reap(q);
}

static bool is_untidy(const struct xqueue *q)
{
	return xs_load(&q->untracked_ended) != xs_load(&q->marked);
}

bool xqueue_device_poll(struct xqueue *q, bool *found, bool *busy)
{
	bool watched = xs_load(&q->ctl->notify) & XSCHED_NOTIFY_TRACK;

	if (xs_load(&q->closed_for_good)) {
		if (xsched_anchor->generation != q->generation || is_through(q))
			reap(q);
		return watched;
	}
	if (!watched)
		return false;
	if (xs_load(&q->suspended) && xqueue_device_hide(q)) {
		*found = true;
		xqueue_kick(q->entity);
	}
	if (is_untidy(q) && xs_load(&q->untracked_ended) != q->ended_seen) {
		/* Launches go on: gates and ends of bursts mark better. */
		q->ended_seen = xs_load(&q->untracked_ended);
		*busy = true;
	} else if (is_untidy(q)) {
		*found = true;
		pthread_mutex_lock(&q->life);
		if (!xs_load(&q->closed_for_good))
			xqueue_device_mark(q);
		pthread_mutex_unlock(&q->life);
	}
	return true;
}

/* ------------------------------------------------------------ how fast it is */

/*
 * The device was busy all along if there was a gate ahead of it at both looks; while the
 * gate was closed time measured something else.
 */
static void look(struct xqueue *q, uint64_t now)
{
	uint32_t at = xs_load(&q->st->pass), epoch = xs_load(&q->ctl->epoch);
	uint32_t gates = xs_load_relaxed(&q->gates), n = at - q->look.number;
	bool ahead = at != gates && gates - at < XQ_GATE_SLOTS;

	if (ahead && q->look.ns && q->look.epoch == epoch && n < LOOK_GATES)
		return;
	if (ahead && q->look.ns && q->look.epoch == epoch && n < XQ_GATE_SLOTS)
		xqueue_estimate(q, q->look.ns, now, q->work_before[at % XQ_GATE_SLOTS] -
				q->work_before[q->look.number % XQ_GATE_SLOTS]);
	q->look.ns = ahead && !xqueue_closed(q) ? now : 0;
	q->look.number = at;
	q->look.epoch = epoch;
}

/* Commands in front of the one that is being launched. */
static uint32_t before_this(const struct xqueue *q)
{
	return xs_load(&q->st->submitted) - 1;
}

static uint32_t work_before_this(const struct xqueue *q)
{
	return before_this(q) + xs_load_relaxed(&q->heavier);
}

void xqueue_heavy(struct xqueue *q, uint32_t n)
{
	if (xsched_anchor->generation != q->generation || !q->hal->gate || n < 2)
		return;
	xs_add_release(&q->heavier, n - 1);
	xs_add_release(&q->since_gate, n - 1);
}

/* -------------------------------------------------------------------- gates */

int xqueue_device_gate(struct xqueue *q, uint32_t before)
{
	uint32_t number = xs_load_relaxed(&q->gates) + 1, marked = xs_load_relaxed(&q->marked);
	int (*gate)(struct xqueue *q, uint32_t number) = q->hal->gate ? q->hal->gate : q->hal->own_gate;
	uint64_t now = xsched_now_ns();

	xqueue_busy_look(q, now);
	if (q->hal->gate) {
		look(q, now);
		xs_store_relaxed(&q->since_gate, 1);
	}
	q->begun_before[number % XQ_GATE_SLOTS] = before;
	q->work_before[number % XQ_GATE_SLOTS] = before + xs_load_relaxed(&q->heavier);
	xs_store_release(&q->gates, number);
	if (q->hal->gate_marks)
		xs_store_release(&q->marked, xs_load(&q->untracked_ended));
	if (gate(q, number)) {
		xs_store_release(&q->gates, number - 1);
		xs_store_release(&q->marked, marked);
		return -EIO;
	}
	if (q->hal->gate_marks)
		xs_store_relaxed(&q->marked_ns, now);
	if (xs_load_relaxed(&q->busy_from_ns))
		return 0;
	xs_store_relaxed(&q->busy_from_ns, now);
	q->busy_from = before + xs_load_relaxed(&q->heavier);
	return 0;
}

/* In front of the command that is being launched. */
static void put_gate(struct xqueue *q)
{
	xqueue_device_gate(q, before_this(q));
}

static bool gate_wanted(const struct xqueue *q)
{
	return (q->hal->gate && xs_load_relaxed(&q->since_gate) > xs_load_relaxed(&q->spacing)) ||
	       (xqueue_closed((struct xqueue *)q) && xs_load(&q->st->pass) == xs_load(&q->gates));
}

static void put_wanted_gate(struct xqueue *q)
{
	if (!gate_wanted(q))
		return;
	pthread_mutex_lock(&q->lock);
	if (gate_wanted(q))
		put_gate(q);
	pthread_mutex_unlock(&q->lock);
}

static void begin_gated(struct xqueue *q)
{
	put_wanted_gate(q);
	/* The driver spins when its queue is full; better to sleep until the gate opens. */
	if (xqueue_closed(q) &&
	    before_this(q) - q->begun_before[(xs_load(&q->st->pass) + 1) % XQ_GATE_SLOTS] >
	    BEHIND_MAX) {
		xqueue_wait_open(q);
		xqueue_suspended_wait(q);
	}
}

/* ------------------------------------------------------------------- window */

static bool has_completed(const struct xqueue *q, uint32_t n)
{
	return (int32_t)(xs_load(&q->st->completed) - n) >= 0;
}

/*
 * Until at most one chunk is in flight. Sleeps for the time that it should take, in
 * small pieces; a queue that doesn't move may be waiting for the caller itself.
 */
static void wait_window(struct xqueue *q, uint32_t n)
{
	uint64_t begun = xsched_now_ns(), est = xs_load_relaxed(&q->est_ns);
	struct timespec t = { .tv_nsec = 20000 };
	uint32_t seen = xs_load(&q->st->completed), now;

	if (est > 100000 && est < 4000000)
		t.tv_nsec = (long)est / 4;
	while (!has_completed(q, n) && xsched_anchor->generation == q->generation &&
	       !xs_load(&q->suspended)) {
		nanosleep(&t, NULL);
		now = xs_load(&q->st->completed);
		if (now != seen)
			begun = xsched_now_ns();
		else if (xsched_now_ns() - begun > STALL_NS)
			return;
		seen = now;
	}
}

/* Called with the lock held. Return: what has to have completed before this command goes. */
static uint32_t end_chunk(struct xqueue *q)
{
	uint64_t now = xsched_now_ns();
	uint32_t n = q->window_end[1], done = xs_load(&q->st->completed);

	/* Since the look before the device has been busy if it still is. */
	if (q->look.ns && done != q->look.number && !has_completed(q, q->window_end[1]))
		xqueue_estimate(q, q->look.ns, now, done - q->look.number);
	q->look.ns = has_completed(q, q->window_end[1]) ? 0 : now;
	q->look.number = done;
	xqueue_busy_look(q, now);
	xs_store_relaxed(&q->since_gate, 1);
	put_mark(q);
	q->window_end[0] = n;
	q->window_end[1] = xs_load_relaxed(&q->marked);
	if (!xs_load_relaxed(&q->busy_from_ns)) {
		xs_store_relaxed(&q->busy_from_ns, now);
		q->busy_from = work_before_this(q);
	}
	return n;
}

static void begin_windowed(struct xqueue *q)
{
	uint32_t n = 0;
	bool due;

	while (xs_load(&q->ctl->gate) && xsched_anchor->generation == q->generation)
		xqueue_wait_turn(q, UINT64_MAX);
	/* Who has stopped it himself may be the one who launches: it goes behind a gate. */
	if (xs_load(&q->suspended)) {
		put_wanted_gate(q);
		return;
	}
	pthread_mutex_lock(&q->lock);
	due = xs_load_relaxed(&q->since_gate) > xs_load_relaxed(&q->spacing);
	if (due)
		n = end_chunk(q);
	pthread_mutex_unlock(&q->lock);
	if (due)
		wait_window(q, n);
}

/* It has work again; who comes next may take the fast path. */
static void begin_busy(struct xqueue *q)
{
	pthread_mutex_lock(&q->lock);
	if (!q->busy.since_ns)
		xqueue_busy_begin(q, xsched_now_ns());
	xqueue_set_limit(q);
	pthread_mutex_unlock(&q->lock);
}

/* Only the idle are asked: who has had work all along and finds that the gate has moved was held. */
static void note_held(struct xqueue *q, bool busy)
{
	bool open = xs_load(&q->ctl->gate) == XSCHED_GATE_OPEN;
	uint32_t epoch = open ? xs_load(&q->ctl->epoch) : 0;
	uint32_t seen = xs_load_relaxed(&q->epoch_seen);

	if (busy && seen && epoch && seen != epoch)
		xs_store_relaxed(&q->entity->held_ns, xsched_now_ns());
	xs_store_relaxed(&q->epoch_seen, epoch);
}

void xqueue_device_begin(struct xqueue *q, uint32_t notify)
{
	bool busy = xs_load(&q->st->completed) != before_this(q);

	if (notify & XSCHED_NOTIFY_TRACK) {
		if (xs_load_relaxed(&q->st->flags) & XSCHED_STATUS_SYNCED)
			xs_store_relaxed(&q->st->flags, 0);
		if (!busy)
			xqueue_note_ready(q);
		note_held(q, busy);
	}
	if (q->hal->gate)
		begin_gated(q);
	else
		begin_windowed(q);
	if (xs_load(&q->suspended))
		xqueue_device_hide(q);
	if (!xs_load_relaxed(&q->limit) || !xs_load_relaxed(&q->busy.since_ns))
		begin_busy(q);
}
