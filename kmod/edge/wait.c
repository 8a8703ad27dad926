// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * XSCHED_WAIT: threads that sleep until a gate changes or an event comes.
 */
#include <linux/sched/signal.h>

#include "edge.h"

/*
 * How many threads a decision wakes itself, with interrupts off. There is one
 * as a rule; of a crowd the first wake the rest.
 */
#define WAKE_MAX	16

#ifdef TASK_FREEZABLE
#define WAIT_STATE	(TASK_INTERRUPTIBLE | TASK_FREEZABLE)
#else
#define WAIT_STATE	TASK_INTERRUPTIBLE
#endif

/**
 * struct waited - what a thread waits for
 * @queue: where it is woken
 * @client: whose
 * @entity: NULL for an event
 * @epoch: in: last seen
 * @gate: out
 */
struct waited {
	struct swait_queue_head *queue;
	struct xsched_client *client;
	struct xsched_edge_entity *entity;
	u32 epoch;
	u32 gate;
};

/**
 * xsched_wait_wake - something that threads wait for has changed
 * @q: where they wait
 *
 * Context: any; the change comes before the call.
 */
void xsched_wait_wake(struct swait_queue_head *q)
{
	int i;

	/* The barrier in the first test pairs with the one of prepare_to_swait_event(). */
	for (i = 0; i < WAKE_MAX && swq_has_sleeper(q); i++)
		swake_up_one(q);
}

/* Did it change? -EAGAIN says no; -ENODEV and -ENOENT that it never will again. */
static int look(struct waited *w)
{
	struct xsched_edge_entity *e = w->entity;
	u32 epoch;

	if (!e) {
		epoch = READ_ONCE(w->client->control_header->ring_tail);
	} else {
		epoch = READ_ONCE(e->core.ctl->epoch);
		w->gate = READ_ONCE(e->core.ctl->gate);
		/* Pairs with kill_entity(): a slot is reused only after this is set. */
		smp_rmb();
	}
	if (READ_ONCE(w->client->state) == XSCHED_CLIENT_DETACHED)
		return -ENODEV;
	if (e && READ_ONCE(e->dead))
		return -ENOENT;
	if (epoch == w->epoch)
		return -EAGAIN;
	w->epoch = epoch;
	return 0;
}

static int sleep_on(struct waited *w, ktime_t *deadline)
{
	DECLARE_SWAITQUEUE(wait);
	bool late = false;
	int ret;

	for (;;) {
		int signal = prepare_to_swait_event(w->queue, &wait, WAIT_STATE);

		ret = look(w);
		if (ret == -EAGAIN && signal)
			ret = signal;
		if (ret == -EAGAIN && late)
			ret = -ETIMEDOUT;
		if (ret != -EAGAIN)
			break;
		late = !schedule_hrtimeout_range(deadline, current->timer_slack_ns,
						 HRTIMER_MODE_ABS);
	}
	finish_swait(w->queue, &wait);

	if (ret != -ETIMEDOUT && ret != -ERESTARTSYS)
		xsched_wait_wake(w->queue);
	return ret;
}

static int wait_until(struct waited *w, u64 deadline_ns)
{
	ktime_t deadline = ns_to_ktime(min_t(u64, deadline_ns, KTIME_MAX));
	int ret = look(w);

	if (ret != -EAGAIN)
		return ret;
	if (w->entity)
		xsched_entity_waits(w->entity);
	return sleep_on(w, deadline_ns == XSCHED_NO_DEADLINE ? NULL : &deadline);
}

/**
 * xsched_client_wait - ioctl(XSCHED_WAIT)
 * @c: client
 * @arg: written on success alone, so that a restarted call waits for the same
 *
 * Return: 0, -ENODEV, -ENOTCONN, -ENOENT, -ETIMEDOUT or -ERESTARTSYS.
 */
int xsched_client_wait(struct xsched_client *c, struct xsched_wait *arg)
{
	struct waited w = { .client = c, .queue = &c->agents, .epoch = arg->epoch };
	int ret = xsched_client_check(c);

	if (ret)
		return ret;
	if (arg->flags || arg->__reserved)
		return -EINVAL;
	if (arg->entity_id) {
		w.entity = xsched_entity_get(c, arg->entity_id);
		if (!w.entity)
			return -ENOENT;
		w.queue = &w.entity->waiters;
	}
	ret = wait_until(&w, arg->deadline_ns);
	if (!ret) {
		arg->epoch = w.epoch;
		arg->gate = w.gate;
	}
	if (w.entity)
		xsched_entity_put(w.entity);
	return ret;
}
