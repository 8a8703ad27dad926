// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * What a process says in its status words: loaded once, compared for equality
 * or by difference, and believed about that process alone.
 */
#include "internal.h"

/* One load of a queue's words. */
struct queue_words {
	u32 submitted, completed, pending, arrive, pass, flags, track_ack;
};

static void load_words(const struct xsched_queue *q, struct queue_words *v)
{
	struct xsched_status_slot *st = q->st;

	/*
	 * Pairs with the release with which the process answers: whoever sees the
	 * answer sees the words that it is about.
	 */
	v->track_ack = smp_load_acquire(&st->track_ack);
	v->completed = READ_ONCE(st->completed);
	/*
	 * Pairs with the full fence that follows a launch's submitted++: no completion is
	 * seen here without its submission, so equal words mean that
	 * nothing was in flight when completed was loaded.
	 */
	smp_rmb();
	v->submitted = READ_ONCE(st->submitted);
	v->pending = READ_ONCE(st->pending);
	v->pass = READ_ONCE(st->pass);
	v->arrive = READ_ONCE(st->arrive);
	v->flags = READ_ONCE(st->flags);
}

static bool note_words(struct xsched_entity *e, struct xsched_queue *q, const struct queue_words *v)
{
	bool moved = q->seen_completed != v->completed || q->seen_arrive != v->arrive ||
		     q->seen_pass != v->pass;

	e->done += v->completed - q->seen_completed;
	q->seen_completed = v->completed;
	q->seen_arrive = v->arrive;
	q->seen_pass = v->pass;
	return moved;
}

/* Has the device reached a gate of this queue that it hasn't gone through? */
static bool stands_at_gate(const struct xsched_queue *q, const struct queue_words *v)
{
	return (q->flags & XSCHED_QUEUE_F_DEVICE_GATED) && (s32)(v->arrive - v->pass) > 0;
}

void xsched_entity_read_words(struct xsched_entity *e, struct xsched_words *w)
{
	bool all_stand = true, one_stops_all = false;
	struct queue_words v;
	struct xsched_queue *q;

	*w = (struct xsched_words){ .synced = true, .acked = true, .kicks_idle = e->kicks_idle };
	xsched_list_for_each(q, &e->queues, in_entity) {
		bool in_flight, stands;

		load_words(q, &v);
		in_flight = v.submitted != v.completed;
		stands = stands_at_gate(q, &v);
		w->in_flight |= in_flight;
		w->work |= in_flight || v.pending;
		w->moved |= note_words(e, q, &v);
		w->synced &= !!(v.flags & XSCHED_STATUS_SYNCED);
		w->acked &= v.track_ack == e->track_seq;
		all_stand &= stands || !in_flight;
		one_stops_all |= stands && (q->flags & XSCHED_QUEUE_F_GATE_STOPS_ALL);
	}
	w->quiet = all_stand || one_stops_all;
	if (e->domain)
		e->domain->n_visited++;
}

bool xsched_entity_has_work(const struct xsched_entity *e)
{
	struct queue_words v;
	struct xsched_queue *q;

	xsched_list_for_each(q, &e->queues, in_entity) {
		load_words(q, &v);
		if (v.submitted != v.completed || v.pending)
			return true;
	}
	return false;
}
