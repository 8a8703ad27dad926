// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Level 3, where commands run on threads of this process: threads that are inside of a
 * command's own code are stopped there, by a signal, until the gate opens.
 *
 *	asker (agent, or who suspends)		worker
 *	asleep already? else
 *	asked++, signal  ------------------->	handler: where was it?
 *						  in a command: parked, waits for the gate
 *						  elsewhere: answered = asked, goes on
 *	looks again: parked, at a gate or asleep? then it stands
 *
 * A thread that is parked or at a gate stays there while the gate is closed. One that sleeps
 * stays asleep while nobody wakes it, so all have to stand at one moment: each that slept at
 * the first look sleeps at the second, and hasn't run in between (all_still()). What the
 * program itself may wake, the next look finds.
 */
#include "worker.h"

/* XWORKER_NEVER: it is gone. */
static uint64_t cpu_ns(const struct xworker *w)
{
	struct timespec t;

	if (clock_gettime(w->clock, &t))
		return XWORKER_NEVER;
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

/* The worker looks at q's gate from now on; what it looked at before, for xqueue_put(). */
static struct xqueue *aim(struct xworker *w, struct xqueue *q)
{
	struct xqueue *old = w->q;

	if (old == q)
		return NULL;
	w->q = q ? xqueue_get(q) : NULL;
	return old;
}

static bool is_kept(struct xworker *w)
{
	return xs_load(&w->parked) || xs_load(&w->at_gate);
}

/* The CPU time first: who runs meanwhile, and sleeps again, has another by the next look. */
static bool sleeps(struct xworker *w)
{
	uint64_t cpu = cpu_ns(w);

	if (xs_load(&w->slept_at_ns) == cpu)
		return true;
	if (xworker_state(xs_load(&w->tid)) != 'S')
		return false;
	xs_store_release(&w->slept_at_ns, cpu);
	return true;
}

/* Does it seem to stand? If not, it has been asked to. Called with the lock held. */
static bool ask(struct xworker *w, struct xqueue *q, struct xqueue **old)
{
	if (is_kept(w))
		return true;
	if (xs_load(&w->asked) != xs_load(&w->answered))
		return false;
	if (sleeps(w))
		return true;
	*old = aim(w, q);
	xs_store_release(&w->asked, w->asked + 1);
	if (!xworker_ask(w))
		xs_store_release(&w->answered, w->asked);	/* with the next look, perhaps */
	return false;
}

/*
 * The second look: has it slept all the time since the first? Its state first: who was
 * woken before that is not asleep, or has run.
 */
static bool is_still(struct xworker *w)
{
	return is_kept(w) ||
	       (xworker_state(xs_load(&w->tid)) == 'S' && xs_load(&w->slept_at_ns) == cpu_ns(w));
}

static bool all_still(void)
{
	uint32_t i, n = xs_load(&n_xworkers);
	bool all = true;

	for (i = 0; i < n && all; i++) {
		pthread_mutex_lock(&xworkers_lock);
		if (xs_load(&xworkers[i].tid) && !is_still(&xworkers[i])) {
			xs_store_release(&xworkers[i].slept_at_ns, XWORKER_NEVER);
			all = false;
		}
		pthread_mutex_unlock(&xworkers_lock);
	}
	return all;
}

static bool ask_all(struct xqueue *q)
{
	uint32_t i, n = xs_load(&n_xworkers);
	bool all = xqueue_workers() >= xs_load(&xworkers_expected);

	for (i = 0; i < n; i++) {
		struct xqueue *old = NULL;

		pthread_mutex_lock(&xworkers_lock);
		if (xs_load(&xworkers[i].tid))
			all &= ask(&xworkers[i], q, &old);
		pthread_mutex_unlock(&xworkers_lock);
		if (old)
			xqueue_put(old);
	}
	return all && all_still();
}

static bool some_parked(void)
{
	uint32_t i, n = xs_load(&n_xworkers);

	for (i = 0; i < n; i++)
		if (xs_load(&xworkers[i].tid) && xs_load(&xworkers[i].parked))
			return true;
	return false;
}

/* All workers stand, unless one has gone on since seen was read: the scheduler is to know. */
static void stand(struct xqueue *q, uint32_t seen)
{
	if (!some_parked() || xs_load(&q->entity->stands))
		return;
	xs_store_release(&q->entity->stands, 1);
	xworkers_tell(q->entity, xqueue_stands);
	/* Pairs with the fence of park(). */
	xs_fence();
	if (xs_load(&xworker_resumes) != seen)
		xworkers_tell(q->entity, xqueue_moves);
	else if (xs_load(&q->ctl->notify) & XSCHED_NOTIFY_TRACK)
		xqueue_kick(q->entity);
}

bool xqueue_park(struct xqueue *q)
{
	uint32_t seen = xs_load(&xworker_resumes);

	if (!q->hal->inside || !xqueue_closed(q) || !xworkers_can_stop() || !ask_all(q))
		return false;
	stand(q, seen);
	return true;
}

void xqueue_unpark(struct xqueue *q)
{
	uint32_t i, n = xs_load(&n_xworkers);

	if (!q->hal->inside)
		return;
	for (i = 0; i < n; i++) {
		struct xworker *w = &xworkers[i];
		struct xqueue *old = NULL;

		pthread_mutex_lock(&xworkers_lock);
		if (w->q && w->q->entity == q->entity && !xs_load(&w->parked) &&
		    xs_load(&w->asked) == xs_load(&w->answered))
			old = aim(w, NULL);
		pthread_mutex_unlock(&xworkers_lock);
		if (old)
			xqueue_put(old);
	}
}
