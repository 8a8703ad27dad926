// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * The agent ring: events that only the process can act on, and its waking.
 */
#include <unistd.h>

#include "xschedd.h"

static struct xd_client *wakes;

/**
 * xd_ring_push - append an event; xd_ring_wake() tells the process
 * @c: attached client
 * @type: enum xsched_event_type
 * @entity_id: whose, or 0
 * @value: see struct xsched_event
 * @now_ns: when it was decided
 */
void xd_ring_push(struct xd_client *c, u32 type, u32 entity_id, u32 value, u64 now_ns)
{
	struct xsched_control_header *h = c->control_header;
	struct xsched_event *ev = &h->ring[c->ring_tail % XSCHED_RING_ENTRIES];

	ev->type = type;
	ev->entity_id = entity_id;
	ev->value = value;
	ev->time_ns = now_ns;
	/* Pairs with the reader's acquire of ring_tail: the event before its count. */
	smp_store_release(&h->ring_tail, ++c->ring_tail);
	if (!c->wake_queued) {
		c->wake_queued = true;
		c->wake = wakes;
		wakes = c;
	}
}

void xd_ring_wake(void)
{
	struct xd_client *c;

	while ((c = wakes)) {
		wakes = c->wake;
		c->wake_queued = false;
		/* A pipe that is full has woken it already. */
		if (write(c->event_fd, "", 1) < 0)
			continue;
	}
}

/* The client goes. */
void xd_ring_forget(struct xd_client *c)
{
	struct xd_client **at;

	if (!c->wake_queued)
		return;
	for (at = &wakes; *at != c; at = &(*at)->wake)
		;
	*at = c->wake;
	c->wake_queued = false;
}
