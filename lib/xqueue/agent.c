// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * The agent: a thread that does what only the process can do, when the
 * scheduler asks for it.
 */
#define _GNU_SOURCE
#include "xqueue.h"
#include "generic.h"

#include <errno.h>
#include <signal.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

#define RETRY_MIN_NS	200000u		/* calls that began untracked are still in the driver */
#define BUSY_NS		1000000u	/* launches that may stop without a word */
#define RETRY_MAX_NS	20000000u	/* or they wait for something */
#define PARK_MIN_NS	50000u		/* level 3: workers that were asked to stand */
#define PARK_MAX_NS	1000000u
#define PARKED_NS	5000000u	/* those that slept may have found a command */
#define SHORT_TURN_NS	100000u
#define INHERIT_NS	1000000000u	/* calls from before an attachment are waited for */

/*
 * Everything that has reached the driver without being tracked becomes one
 * lump. False if a call is still under way: it may reach the driver behind the
 * marker. Its count is in submitted already (it read notify before the scheduler
 * set it), so it can't be missed. The handle is good as long as life is held.
 */
static bool settle_queue(struct xqueue *q)
{
	uint32_t tracked = xs_load(&q->tracked_begun);
	uint32_t ended = xs_load(&q->untracked_ended);
	struct xtrack *token;
	uint32_t n;

	xs_fence();
	if (xqueue_gone_ahead(q) - tracked != ended)
		return false;
	n = ended - q->untracked_settled;
	if (!n)
		return true;
	q->untracked_settled = ended;
	xs_add_release(&q->entity->busy, 1);
	xs_add_release(&q->lump_extra, n - 1);
	token = xqueue_track(q);
	if (q->hal->settle(q, token, n))
		xqueue_settled(token, n);	/* it takes no commands any more: they are over */
	return true;
}

void xqueue_settle_now(struct xqueue *q)
{
	if (!q->hal->settle)
		return;
	pthread_mutex_lock(&q->life);
	if (!xs_load(&q->closed_for_good))
		settle_queue(q);
	pthread_mutex_unlock(&q->life);
}

/* True if the queue has nothing to answer for. */
static bool answer(struct xqueue *q)
{
	uint32_t seq = xs_load(&q->ctl->track_seq);
	bool done;

	if (xs_load(&q->st->track_ack) == seq)
		return true;
	pthread_mutex_lock(&q->life);
	done = xs_load(&q->closed_for_good) ||
	       (q->hal->mark ? xqueue_device_mark(q) : settle_queue(q));
	pthread_mutex_unlock(&q->life);
	if (done)
		xs_store_release(&q->st->track_ack, seq);
	return done;
}

/* What the queue found in the driver when it was made anew; false if it isn't there yet. */
static bool settle_inheritance(struct xqueue *q)
{
	struct xtrack *token;
	struct xqueue *old;

	if (!xs_load(&q->heir_of))
		return true;
	pthread_mutex_lock(&q->life);
	old = q->heir_of;
	/* A call that waits for the program itself isn't waited for. */
	if (!old || (xs_load(&old->passing) &&
		     xsched_now_ns() - q->heir_since_ns < INHERIT_NS)) {
		pthread_mutex_unlock(&q->life);
		return !old;
	}
	xs_store_release(&q->heir_of, NULL);
	token = xqueue_track(q);
	if (xs_load(&q->closed_for_good) || !q->hal->settle || q->hal->settle(q, token, 1))
		xqueue_settled(token, 1);
	pthread_mutex_unlock(&q->life);
	xqueue_put(old);
	return true;
}

/* What is left to do, and when to look again because of it. */
struct again {
	bool done;		/* no queue has anything to answer for or held back */
	bool found;		/* something was to be done that no event announced */
	bool busy;		/* the program launches and nobody has to do anything */
	bool closed;		/* level 3: a gate is closed, */
	bool standing;		/* and all that ran behind it stands */
	uint64_t retry_ns, park_ns;
};

static void park_entity(struct xqueue *q, struct again *a)
{
	if (!q->hal->inside)
		return;
	if (!xqueue_closed(q)) {
		xqueue_unpark(q);
		return;
	}
	a->closed = true;
	a->standing &= xqueue_park(q);
}

/* What the process does about a gate beyond what its device does. */
static bool serve_gate(struct xqueue *q)
{
	struct xentity *e = q->entity;
	uint64_t now = xsched_now_ns();

	/* One that is to be asked belongs to somebody who has no work. */
	if (xs_load(&e->ctl->gate) != XSCHED_GATE_HELD)
		e->closed_ns = 0;
	else if (!e->closed_ns)
		e->closed_ns = now;
	return q->hal->held(q, e->closed_ns ? now - e->closed_ns + 1 : 0);
}

/* Queues of one entity, neighbours in the array: one kick for all of them. */
static void serve_entity(struct xqueue **qs, unsigned int n, struct again *a)
{
	struct xentity *e = qs[0]->entity;
	uint32_t seq = xs_load(&e->ctl->track_seq);
	bool done = true, idle = true;
	unsigned int i;

	if (xs_load(&e->ctl->gate) == XSCHED_GATE_HELD)
		xs_store_relaxed(&e->held_ns, xsched_now_ns());
	if (qs[0]->hal->held)
		idle &= !serve_gate(qs[0]);
	for (i = 0; i < n; i++) {
		done &= settle_inheritance(qs[i]);
		done &= answer(qs[i]);
		if (qs[i]->hal->mark)
			idle &= !xqueue_device_poll(qs[i], &a->found, &a->busy);
		idle &= !xqueue_window_poll(qs[i]);
		xqueue_window_update(qs[i]);
		if (qs[i]->hal->enforce)
			idle &= qs[i]->hal->enforce(qs[i]);
		if (xs_load(&qs[i]->suspended))
			xqueue_hide(qs[i]);
	}
	if (done && e->seen_track_seq != seq) {
		e->seen_track_seq = seq;
		xqueue_kick(e);
	}
	park_entity(qs[0], a);
	a->done &= done && idle;
}

/* Looks everywhere: an event only says that there is something to see. */
static void serve_all(struct again *a)
{
	unsigned int n, i, end;
	struct xqueue **qs;

	a->done = a->standing = true;
	a->closed = a->found = a->busy = false;
	n = xqueue_grab_all(&qs);
	if (!qs) {	/* out of memory: till there is some somebody waits for an answer */
		a->done = false;
		return;
	}
	for (i = 0; i < n; i = end) {
		for (end = i + 1; end < n && qs[end]->entity == qs[i]->entity; end++)
			;
		serve_entity(qs + i, end - i, a);
	}
	for (i = 0; i < n; i++)
		xqueue_put(qs[i]);
	free(qs);
	xsched_queues_ring();
}

/* Sooner at first, then less and less often. */
static uint64_t next_look(struct again *a)
{
	uint64_t now = xsched_now_ns(), at = XSCHED_NO_DEADLINE;

	if (a->found)
		a->retry_ns = RETRY_MIN_NS;
	if (!a->done)
		at = now + a->retry_ns;
	if (a->busy && now + BUSY_NS < at)
		at = now + BUSY_NS;
	a->retry_ns = a->done ? RETRY_MIN_NS :
		      a->retry_ns < RETRY_MAX_NS ? 2 * a->retry_ns : a->retry_ns;
	if (a->closed && !a->standing && now + a->park_ns < at)
		at = now + a->park_ns;
	else if (a->closed && a->standing && now + PARKED_NS < at)
		at = now + PARKED_NS;
	a->park_ns = !a->closed ? PARK_MIN_NS : a->park_ns < PARK_MAX_NS ? 2 * a->park_ns : a->park_ns;
	return at;
}

/* Until the scheduler goes, or another attachment has taken the place of this one. */
static void serve(uint64_t generation)
{
	struct xsched_process *p = &xsched_process;
	struct again again = { .retry_ns = RETRY_MIN_NS, .park_ns = PARK_MIN_NS };
	uint32_t epoch;
	int ret;

	for (;;) {
		epoch = xs_load(&p->control->ring_tail);
		if (p->detached || p->generation != generation ||
		    p->control->flags & XSCHED_CONTROL_DETACHED)
			break;
		xs_store_release(&p->status->ring_head, epoch);
		serve_all(&again);
		ret = p->link.ops->wait(&p->link, 0, &epoch, next_look(&again));
		if (!ret)	/* an event: what follows it may follow soon */
			again.retry_ns = RETRY_MIN_NS;
		if (ret && ret != -EINTR && ret != -ETIMEDOUT)
			break;
	}
}

/*
 * Linux 6.12 and later: a thread that asks for short turns gets its turn sooner when it
 * wakes up, among threads of the same weight. Others ignore it.
 */
static void ask_for_short_turns(void)
{
	struct { uint32_t size, policy; uint64_t flags; int32_t nice; uint32_t priority;
		 uint64_t runtime, deadline, period; } a = { .size = sizeof(a) };

	if (!syscall(SYS_sched_getattr, 0, &a, sizeof(a), 0) && a.policy == SCHED_OTHER) {
		a.runtime = SHORT_TURN_NS;
		syscall(SYS_sched_setattr, 0, &a, 0);
	}
}

static void *agent(void *arg)
{
	struct xsched_process *p = &xsched_process;
	uint64_t generation = (uint64_t)(uintptr_t)arg;

	ask_for_short_turns();
	do {
		serve(generation);
		xsched_lost(generation);
	} while (xsched_find_again(&generation));
	__atomic_fetch_sub(&p->agents, 1, __ATOMIC_RELEASE);
	return NULL;
}

int xsched_thread_start(pthread_t *t, const char *name, void *(*run)(void *arg), void *arg)
{
	sigset_t all, old;
	pthread_attr_t attr;
	int ret;

	/* The program's signals are the program's threads' business. */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	pthread_attr_init(&attr);
	pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	pthread_attr_setstacksize(&attr, 256 * 1024);
	ret = pthread_create(t, &attr, run, arg);
	pthread_attr_destroy(&attr);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	if (!ret)
		pthread_setname_np(*t, name);
	return -ret;
}

/* Called with the process lock held. */
int xsched_agent_start(void)
{
	struct xsched_process *p = &xsched_process;
	int ret;

	__atomic_fetch_add(&p->agents, 1, __ATOMIC_RELAXED);
	ret = xsched_thread_start(&p->agent, "xsched-agent", agent,
				  (void *)(uintptr_t)p->generation);
	if (ret)
		__atomic_fetch_sub(&p->agents, 1, __ATOMIC_RELEASE);
	return ret;
}
