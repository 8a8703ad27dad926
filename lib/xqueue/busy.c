// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Device time: how long the device has worked for a queue, as far as its process can tell
 * from the words that the device stores anyway.
 *
 * From the first command after a pause to the end of a wait for everything it has worked all
 * along, and from one look to the next if there was a gate ahead of it at both; there is a look with
 * each gate that is put. Elsewhere it may have run dry or stood in between: then it is no more
 * than what it got done takes otherwise. All under the queue's lock.
 */
#include "xqueue.h"

#define WAITED_NS	20000u		/* a wait that is shorter found the device idle already */
#define LEARN_GATES	4

/* What is begun, in the unit of its length. */
static uint32_t work_begun(const struct xqueue *q)
{
	return xs_load(&q->st->submitted) + xs_load_relaxed(&q->heavier);
}

/* What is done for certain. */
static uint32_t work_done(const struct xqueue *q)
{
	uint32_t at = xs_load(&q->st->pass);

	if (!q->hal->gate)
		return xs_load(&q->st->completed);
	return xs_load_relaxed(&q->gates) - at < XQ_GATE_SLOTS ? q->work_before[at % XQ_GATE_SLOTS] :
	       q->busy.done;
}

static bool has_more(const struct xqueue *q)
{
	return q->hal->gate ? xs_load(&q->st->pass) != xs_load_relaxed(&q->gates) :
	       xs_load(&q->st->completed) != xs_load(&q->marked);
}

/* The part of this time in which it hasn't worked for another queue of the entity. */
static void add(struct xqueue *q, uint64_t from_ns, uint64_t to_ns)
{
	uint64_t until = xs_load_relaxed(&q->entity->busy_until_ns);

	do {
		if (to_ns <= until)
			return;
	} while (!__atomic_compare_exchange_n(&q->entity->busy_until_ns, &until, to_ns, true,
					      __ATOMIC_RELAXED, __ATOMIC_RELAXED));
	xs_store_relaxed(&q->st->busy_ns, q->st->busy_ns + to_ns - (from_ns > until ? from_ns : until));
}

static void begin_steady(struct xqueue *q, uint64_t now_ns, uint32_t work)
{
	q->busy.steady_ns = now_ns;
	q->busy.steady_work = work;
	q->busy.steady_at = q->hal->gate ? xs_load(&q->st->pass) : work;
}

/* Without a pause, and over several gates: two that were passed at once say nothing. */
static void learn(struct xqueue *q, uint64_t now_ns, uint32_t work, uint32_t gates)
{
	uint64_t sample;

	if (!q->busy.steady_ns || work == q->busy.steady_work || gates < LEARN_GATES)
		return;
	sample = (now_ns - q->busy.steady_ns) / (work - q->busy.steady_work) + 1;
	q->busy.unit_ns = q->busy.unit_ns ? (3 * q->busy.unit_ns + sample) / 4 : sample;
	begin_steady(q, now_ns, work);
}

/* Since the last look at most so much has been done, unless it worked all along. */
static void account(struct xqueue *q, uint64_t now_ns, uint32_t work, bool steady)
{
	uint64_t unit = q->busy.unit_ns ? q->busy.unit_ns : xs_load_relaxed(&q->est_ns);
	uint64_t ns = now_ns - q->busy.since_ns;

	if (!steady && unit && ns > work * unit)
		ns = work * unit;
	add(q, now_ns - ns, now_ns);
}

static bool was_open(struct xqueue *q)
{
	return q->busy.epoch == xs_load(&q->ctl->epoch) && !xqueue_closed(q);
}

void xqueue_busy_begin(struct xqueue *q, uint64_t now_ns)
{
	q->busy.since_ns = now_ns;
	q->busy.done = work_begun(q) - 1;	/* the one that is being launched isn't */
	q->busy.epoch = xs_load(&q->ctl->epoch);
	q->busy.ahead = false;
	q->busy.first_ns = now_ns;
	q->busy.first_work = q->busy.done;
	q->busy.first_epoch = q->busy.epoch;
	begin_steady(q, now_ns, q->busy.done);
}

void xqueue_busy_look(struct xqueue *q, uint64_t now_ns)
{
	uint32_t done = work_done(q), at = q->hal->gate ? xs_load(&q->st->pass) : done;
	bool ahead = has_more(q), open = was_open(q), steady = q->busy.ahead && ahead && open;

	/* Where it may have stood only what it is known to have done counts. */
	if (q->busy.since_ns && now_ns > q->busy.since_ns)
		account(q, now_ns, (open ? work_begun(q) : done) - q->busy.done, steady);
	if (steady)
		learn(q, now_ns, done, at - q->busy.steady_at);
	else
		q->busy.steady_ns = 0;
	if (!steady && ahead && !xqueue_closed(q))
		begin_steady(q, now_ns, done);
	q->busy.done = done;
	q->busy.since_ns = now_ns;
	q->busy.epoch = xs_load(&q->ctl->epoch);
	q->busy.ahead = ahead;
}

/* All since the pause: if it was stopped in between, a unit took no longer than it seems. */
static void learn_all(struct xqueue *q, uint64_t now_ns, uint32_t begun, bool steady)
{
	uint64_t unit = q->busy.unit_ns, sample;

	if (!q->busy.first_ns || begun == q->busy.first_work)
		return;
	sample = (now_ns - q->busy.first_ns) / (begun - q->busy.first_work) + 1;
	if (!unit || sample < unit)
		q->busy.unit_ns = sample;
	else if (steady && q->busy.first_epoch == q->busy.epoch)
		q->busy.unit_ns = (3 * unit + sample) / 4;
	q->busy.first_ns = 0;
}

void xqueue_busy_end(struct xqueue *q, uint64_t waited_from_ns)
{
	uint64_t now = xsched_now_ns();
	bool steady = now - waited_from_ns >= WAITED_NS && was_open(q);
	uint32_t begun = work_begun(q);

	if (q->busy.since_ns && now > q->busy.since_ns)
		account(q, now, begun - q->busy.done, steady);
	learn_all(q, now, begun, steady);
	q->busy.since_ns = q->busy.steady_ns = 0;
	/* When the next command comes is of interest. */
	xs_store_relaxed(&q->limit, 0);
}
