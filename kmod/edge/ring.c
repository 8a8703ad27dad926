// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * The agent ring: events that only the process can act on, and who is woken.
 */
#include <linux/poll.h>

#include "edge.h"

/**
 * xsched_ring_push - append an event and wake the threads in XSCHED_WAIT for one
 * @c: attached client
 * @type: enum xsched_event_type
 * @entity_id: whose, or 0
 * @value: see struct xsched_event
 * @now_ns: when it was decided
 *
 * Threads in poll() are left to the caller.
 *
 * Context: any, with or without a domain lock.
 */
void xsched_ring_push(struct xsched_client *c, u32 type, u32 entity_id, u32 value, u64 now_ns)
{
	struct xsched_control_header *h = c->control_header;
	struct xsched_event *ev;
	unsigned long flags;

	raw_spin_lock_irqsave(&c->ring_lock, flags);
	ev = &h->ring[c->ring_tail % XSCHED_RING_ENTRIES];
	ev->type = type;
	ev->entity_id = entity_id;
	ev->value = value;
	ev->time_ns = now_ns;
	c->ring_tail++;
	/* Pairs with the reader's acquire of ring_tail: the event before its count. */
	smp_store_release(&h->ring_tail, c->ring_tail);
	raw_spin_unlock_irqrestore(&c->ring_lock, flags);

	xsched_wait_wake(&c->agents);
}

/**
 * xsched_ring_defer - have a client's poll() woken once the domain lock is dropped
 * @c: client
 * @wakes: list of the domain's device
 *
 * A wait queue's lock sleeps on PREEMPT_RT, so it can't be taken under a raw one.
 * A client that is on another device's list already will be woken from there.
 *
 * Context: under a domain lock.
 */
void xsched_ring_defer(struct xsched_client *c, struct llist_head *wakes)
{
	if (!atomic_xchg(&c->wake_queued, 1))
		llist_add(&c->in_wakes, wakes);
}

/**
 * xsched_ring_wake - wake the clients on a list
 * @wakes: list that xsched_ring_defer() filled
 *
 * Context: an RCU read section that began before the domain lock was dropped, or a
 * client could be freed.
 */
void xsched_ring_wake(struct llist_head *wakes)
{
	struct xsched_client *c, *next;

	llist_for_each_entry_safe(c, next, llist_del_all(wakes), in_wakes) {
		/* First, so that an event from here on queues it again. */
		atomic_xchg(&c->wake_queued, 0);
		wake_up_poll(&c->poll, EPOLLIN);
	}
}

/**
 * xsched_ring_unread - are there events that the process has not read?
 * @c: client that was attached at some time
 */
bool xsched_ring_unread(const struct xsched_client *c)
{
	return READ_ONCE(c->control_header->ring_tail) != READ_ONCE(c->status_header->ring_head);
}
