// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Level 2: gates in the stream, at which the device itself waits.
 */
#include "xqueue.h"

#include <errno.h>

#define LOOK_AGAIN_NS 1000000000u	/* a lost wake-up would cost this, not everything */

static void insert(struct xqueue *q)
{
	uint32_t number = xs_load_relaxed(&q->gates) + 1;
	uint32_t since = xs_load_relaxed(&q->since_gate);

	xs_store_relaxed(&q->since_gate, 1);
	xs_store_relaxed(&q->commands_before[number % XQ_GATE_SLOTS], since - 1);
	xs_store_release(&q->gates, number);
	xs_add_release(&q->gates_out, 1);
	xqueue_get(q);
	if (!q->hal->gate(q, number))
		return;
	xs_store_release(&q->gates, number - 1);
	__atomic_fetch_sub(&q->gates_out, 1, __ATOMIC_RELEASE);
	xqueue_put(q);
}

/*
 * A gate goes in front of a command every `spacing` commands, and in front of one
 * that arrives while the entity is held unless a gate that the device hasn't passed
 * is in front of it already.
 */
void xqueue_gate_begin(struct xqueue *q)
{
	bool due = xs_load_relaxed(&q->since_gate) > xs_load_relaxed(&q->spacing);

	if (!due && (!xqueue_closed(q) || xs_load(&q->st->pass) != xs_load(&q->gates)))
		return;
	/* Under the lock, so that gates are in the stream in the order of their numbers. */
	pthread_mutex_lock(&q->lock);
	insert(q);
	pthread_mutex_unlock(&q->lock);
}

void xqueue_gate_put(struct xqueue *q)
{
	pthread_mutex_lock(&q->lock);
	if (xs_load(&q->st->pass) == xs_load(&q->gates))
		insert(q);
	pthread_mutex_unlock(&q->lock);
}

static bool keep_waiting(int ret)
{
	return !ret || ret == -EINTR || ret == -ETIMEDOUT;
}

void xqueue_wait_open(struct xqueue *q)
{
	xqueue_wait_open_until(q, UINT64_MAX);
}

void xqueue_wait_open_until(struct xqueue *q, uint64_t end_ns)
{
	struct xsched_process *p = &xsched_process;
	uint64_t now, again_ns;
	uint32_t epoch, gate;
	int ret = 0;

	while (keep_waiting(ret) && !p->detached) {
		/* The epoch first: a change behind this load ends the wait. */
		epoch = xs_load(&q->ctl->epoch);
		gate = xs_load(&q->ctl->gate);
		if (!gate)
			return;
		if (gate == XSCHED_GATE_ASK) {
			xqueue_kick(q->entity);
			if (!xs_load(&q->ctl->gate))
				return;
		}
		now = xsched_now_ns();
		if (now >= end_ns)
			return;
		again_ns = now + LOOK_AGAIN_NS;
		ret = p->link.ops->wait(&p->link, q->entity->id, &epoch,
					again_ns < end_ns ? again_ns : end_ns);
	}
	if (!keep_waiting(ret) && ret != -EPERM && ret != -ENOENT)
		xsched_lost(q->generation);
}

/* False if a finish has counted it already. */
static bool leave_gate(struct xqueue *q)
{
	uint32_t n = xs_load(&q->gates_out);

	while (n)
		if (__atomic_compare_exchange_n(&q->gates_out, &n, n - 1, true,
						__ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE))
			return true;
	return false;
}

void xqueue_wait_gates(struct xqueue *q)
{
	do {
		xqueue_wait_open(q);
		xqueue_suspended_wait(q);
	} while (xqueue_closed(q) && xsched_anchor->generation == q->generation);
}

/* Level 3: threads stand in the middle of commands. To the scheduler that is the next gate. */
void xqueue_stands(struct xqueue *q)
{
	uint32_t pass;

	pthread_mutex_lock(&q->lock);
	pass = xs_load(&q->st->pass);
	if (!q->stands_at && xs_load(&q->st->arrive) == pass &&
	    xs_load(&q->st->submitted) != xs_load(&q->st->completed)) {
		q->stands_at = pass + 1;
		xs_store_release(&q->st->arrive, pass + 1);
	}
	pthread_mutex_unlock(&q->lock);
}

void xqueue_moves(struct xqueue *q)
{
	pthread_mutex_lock(&q->lock);
	if (q->stands_at && xs_load(&q->st->arrive) == q->stands_at)
		xs_store_release(&q->st->arrive, xs_load(&q->st->pass));
	q->stands_at = 0;
	xs_store_release(&q->entity->stands, 0);
	pthread_mutex_unlock(&q->lock);
}

static void arrive(struct xqueue *q, uint32_t number)
{
	if (!q->hal->inside) {
		xs_store_relaxed(&q->st->arrive, number);
		return;
	}
	pthread_mutex_lock(&q->lock);
	q->stands_at = 0;
	xs_store_relaxed(&q->st->arrive, number);
	pthread_mutex_unlock(&q->lock);
}

/*
 * Who closed the gate again and then saw us before it finds us there: either we see that it
 * is closed, or we have passed it in his eyes too.
 */
static bool leave(struct xqueue *q, uint32_t number)
{
	xs_store_release(&q->st->pass, number);
	/* Pairs with the scheduler's "store gate, fence, load arrive and pass". */
	xs_fence();
	if (!xqueue_closed(q) || xsched_anchor->generation != q->generation)
		return true;
	xs_store_release(&q->st->pass, number - 1);
	return false;
}

static void wait_at(struct xqueue *q)
{
	xqueue_worker_at_gate(true);
	xs_fence();
	xqueue_stopped_somewhere();
	do {
		xqueue_wait_open(q);
		xqueue_stand_aside(q);
	} while (xqueue_closed(q) && xsched_anchor->generation == q->generation);
	xqueue_worker_at_gate(false);
}

static void stand_at(struct xqueue *q, uint32_t number)
{
	uint64_t now = xsched_now_ns();

	xqueue_estimate(q, xs_load_relaxed(&q->busy_from_ns), now,
			xs_load_relaxed(&q->commands_before[number % XQ_GATE_SLOTS]));
	arrive(q, number);
	/* Pairs with the scheduler's "store gate, fence, load arrive and pass". */
	xs_fence();
	if (xqueue_closed(q)) {
		do
			wait_at(q);
		while (!leave(q, number));
		now = xsched_now_ns();
	}
	xs_store_release(&q->st->pass, number);
	xs_store_relaxed(&q->busy_from_ns, now);
}

void xqueue_gate_seen(struct xqueue *q, uint32_t arrive, uint32_t pass)
{
	uint32_t passed;

	if (xsched_anchor->generation != q->generation)
		return;
	passed = pass - xs_load_relaxed(&q->st->pass);
	xs_store_relaxed(&q->st->arrive, arrive);
	/* Pairs with the scheduler's "store gate, fence, load arrive and pass". */
	xs_fence();
	xs_store_release(&q->st->pass, pass);
	while (passed-- && leave_gate(q))
		xqueue_put(q);
}

/* On the device's own thread, or wherever the platform runs what it runs in a stream. */
void xqueue_gate_run(struct xqueue *q, uint32_t number)
{
	if (q->hal->inside)
		xqueue_worker_here(q->hal->inside);
	if (xsched_anchor->generation == q->generation)
		stand_at(q, number);
	if (leave_gate(q))
		xqueue_put(q);
}
