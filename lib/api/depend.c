// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Dependencies between queues of the process: who is waited for runs with the
 * priority of whoever waits, along any chain.
 */
#include "api.h"

#define EDGES	1024

static struct edge {
	XQueueHandle waiter, on;
} edges[EDGES];
static unsigned int n_edges;
static uint32_t version;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;	/* no queue's lock is taken under it */

/* Queues whose priority may have to change, and to what. */
struct change {
	unsigned int n;
	uint32_t version;
	XQueueHandle xq[EDGES + 1];
	int32_t prio[EDGES + 1];
};

/* The highest of its own and those of its waiters; there are no circles. */
static int32_t needed(XQueueHandle xq)
{
	struct gqueue *q = gq_peek(xq);
	int32_t prio, other;
	unsigned int i;

	if (!q)
		return PRIORITY_MIN;
	prio = xs_load_relaxed(&q->own_priority);
	for (i = 0; i < n_edges; i++) {
		if (edges[i].on != xq)
			continue;
		other = needed(edges[i].waiter);
		if (other > prio)
			prio = other;
	}
	return prio;
}

/* A queue's priority or waiters changed: so may those of all that it waits for. */
static void spread(struct change *c, XQueueHandle xq)
{
	unsigned int i;

	for (i = 0; i < c->n && c->xq[i] != xq; i++)
		;
	if (i == c->n)
		c->n++;
	c->xq[i] = xq;
	c->prio[i] = needed(xq);
	for (i = 0; i < n_edges; i++)
		if (edges[i].waiter == xq)
			spread(c, edges[i].on);
}

static void begin(struct change *c)
{
	c->n = 0;
	pthread_mutex_lock(&lock);
	c->version = ++version;
}

static void set_priority(XQueueHandle xq, int32_t prio)
{
	struct gqueue *q = gq_enter(xq);

	if (!q)
		return;
	if (q->hint[XSCHED_HINT_PRIORITY] != prio || !(q->hints & 1u << XSCHED_HINT_PRIORITY))
		gq_set_hint(q, XSCHED_HINT_PRIORITY, prio);
	gq_unlock(q);
}

/* Drops the lock and applies; if somebody else came in between, with what holds by then. */
static void end(struct change *c)
{
	uint32_t seen;
	unsigned int i;

	do {
		seen = version;
		pthread_mutex_unlock(&lock);
		for (i = 0; i < c->n; i++)
			set_priority(c->xq[i], c->prio[i]);
		pthread_mutex_lock(&lock);
		for (i = 0; i < c->n; i++)
			c->prio[i] = needed(c->xq[i]);
	} while (seen != version);
	pthread_mutex_unlock(&lock);
}

static bool reaches(XQueueHandle from, XQueueHandle to)
{
	unsigned int i;

	if (from == to)
		return true;
	for (i = 0; i < n_edges; i++)
		if (edges[i].waiter == from && reaches(edges[i].on, to))
			return true;
	return false;
}

static int find(XQueueHandle waiter, XQueueHandle on)
{
	unsigned int i;

	for (i = 0; i < n_edges; i++)
		if (edges[i].waiter == waiter && edges[i].on == on)
			return (int)i;
	return -1;
}

XSCHED_PUBLIC XResult XQueueDepend(XQueueHandle waiter, XQueueHandle on)
{
	XResult r = kXSchedSuccess;
	struct change c;

	if (!gq_peek(waiter) || !gq_peek(on))
		return kXSchedErrorNotFound;
	begin(&c);
	if (find(waiter, on) >= 0)
		;
	else if (reaches(on, waiter))
		r = kXSchedErrorNotAllowed;
	else if (n_edges == EDGES)
		r = kXSchedErrorUnknown;
	else
		edges[n_edges++] = (struct edge){ waiter, on };
	if (!r)
		spread(&c, on);
	end(&c);
	return r;
}

XSCHED_PUBLIC XResult XQueueUndepend(XQueueHandle waiter, XQueueHandle on)
{
	struct change c;
	int i;

	begin(&c);
	i = find(waiter, on);
	if (i >= 0) {
		edges[i] = edges[--n_edges];
		spread(&c, on);
	}
	end(&c);
	return i < 0 ? kXSchedErrorNotFound : kXSchedSuccess;
}

XResult depend_set_priority(XQueueHandle xq, Priority prio)
{
	struct gqueue *q = gq_peek(xq);
	struct change c;

	if (!q)
		return kXSchedErrorNotFound;
	begin(&c);
	xs_store_relaxed(&q->own_priority, prio);
	spread(&c, xq);
	end(&c);
	return kXSchedSuccess;
}

void depend_forget(XQueueHandle xq)
{
	struct change c;
	unsigned int i;
	XQueueHandle on;

	begin(&c);
	for (i = 0; i < n_edges;) {
		if (edges[i].waiter != xq && edges[i].on != xq) {
			i++;
			continue;
		}
		on = edges[i].on;
		edges[i] = edges[--n_edges];
		if (on != xq)
			spread(&c, on);
	}
	end(&c);
}

/* In a forked child. */
void depend_forget_parent(void)
{
	pthread_mutex_init(&lock, NULL);
	n_edges = 0;
}
