// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Packets of ours in a program's AQL ring, and the reports that they make.
 */
#include "hip.h"
#include "../../lib/xqueue/xqueue.h"

#include <sched.h>
#include <stdlib.h>
#include <string.h>

#define WAIT_ROOM_NS	1000000000u	/* for a report; without one the command counts as over */
#define BARRIER_BIT	(1u << HSA_PACKET_HEADER_BARRIER)
#define SYSTEM_SCOPE	(HSA_FENCE_SCOPE_SYSTEM << HSA_PACKET_HEADER_SCACQUIRE_FENCE_SCOPE | \
			 HSA_FENCE_SCOPE_SYSTEM << HSA_PACKET_HEADER_SCRELEASE_FENCE_SCOPE)

struct hsa_below hsa_below;

/* ---------------------------------------------------------------- the ring */

/* Takes n slots if they are free now. */
static bool take(struct aql_queue *aq, uint64_t n, uint64_t *index)
{
	uint64_t w = hsa_below.load_write(aq->q), seen;

	for (;;) {
		if (w + n - hsa_below.load_read(aq->q) > aq->q->size)
			return false;
		seen = hsa_below.cas_write(aq->q, w, w + n);
		if (seen == w) {
			*index = w;
			return true;
		}
		w = seen;
	}
}

/* The header goes last: the device waits at a slot whose header is invalid. */
static void put(struct aql_queue *aq, uint64_t index, hsa_signal_t dep, hsa_signal_t done)
{
	hsa_barrier_and_packet_t *p = (void *)((char *)aq->q->base_address +
					       sizeof(*p) * (index & (aq->q->size - 1)));

	memset((char *)p + 4, 0, sizeof(*p) - 4);
	p->dep_signal[0] = dep;
	p->completion_signal = done;
	__atomic_store_n((uint32_t *)p, HSA_PACKET_TYPE_BARRIER_AND | BARRIER_BIT | SYSTEM_SCOPE,
			 __ATOMIC_RELEASE);
}

/* What hipStreamWaitValue() puts into a queue: waits until the signal's value is 0. */
static void put_wait_value(struct aql_queue *aq, uint64_t index, hsa_signal_t signal, hsa_signal_t done)
{
	hsa_amd_barrier_value_packet_t *p = (void *)((char *)aq->q->base_address +
						     sizeof(*p) * (index & (aq->q->size - 1)));
	hsa_amd_vendor_packet_header_t head = {
		.header = HSA_PACKET_TYPE_VENDOR_SPECIFIC | BARRIER_BIT | SYSTEM_SCOPE,
		.AmdFormat = HSA_AMD_PACKET_TYPE_BARRIER_VALUE,
	};
	uint32_t word;

	memset((char *)p + 4, 0, sizeof(*p) - 4);
	p->signal = signal;
	p->mask = ~(hsa_signal_value_t)0;
	p->cond = HSA_SIGNAL_CONDITION_EQ;
	p->completion_signal = done;
	memcpy(&word, &head, sizeof(word));
	__atomic_store_n((uint32_t *)p, word, __ATOMIC_RELEASE);
}

/* XSCHED_HIP_GATE=value: gates wait as hipStreamWaitValue() does, else by a barrier packet. */
static bool by_value(void)
{
	static unsigned int said;
	static int chosen = -1;
	const char *v;

	if (chosen >= 0)
		return chosen;
	v = getenv("XSCHED_HIP_GATE");
	if (v && *v && strcmp(v, "value") && strcmp(v, "barrier"))
		xsched_say_once(&said, "xsched: XSCHED_HIP_GATE=%s: not barrier or value; using barrier", v);
	chosen = v && !strcmp(v, "value");
	return chosen;
}

/* The program's doorbells ring for this too, if one comes before ours. */
static void ring(struct aql_queue *aq, uint64_t index)
{
	uint64_t seen = xs_load(&aq->extra);

	while (seen < index + 1 &&
	       !__atomic_compare_exchange_n(&aq->extra, &seen, index + 1, false, __ATOMIC_ACQ_REL,
					    __ATOMIC_ACQUIRE))
		;
	hsa_below.signal_store(aq->q->doorbell_signal, (hsa_signal_value_t)index);
}

static const hsa_signal_t nothing;

/* --------------------------------------------------------------- reports */

/* Called with the lock held. */
static bool push(struct aql_queue *aq, const struct aql_report *r)
{
	struct aql_report *bigger;
	uint32_t i, max;

	if (aq->used == aq->max) {
		max = aq->max ? 2 * aq->max : 64;
		bigger = malloc(max * sizeof(*bigger));
		if (!bigger)
			return false;
		for (i = 0; i < aq->used; i++)
			bigger[i] = aq->reports[(aq->first + i) % aq->max];
		free(aq->reports);
		aq->reports = bigger;
		aq->max = max;
		aq->first = 0;
	}
	aq->reports[(aq->first + aq->used++) % aq->max] = *r;
	aq->markers++;
	return true;
}

static struct aql_report pop(struct aql_queue *aq)
{
	struct aql_report r = aq->reports[aq->first];

	aq->first = (aq->first + 1) % aq->max;
	aq->used--;
	aq->reported++;
	return r;
}

static void deliver(const struct aql_report *r)
{
	switch (r->kind) {
	case AQL_TRACKED:
		xqueue_tracked_done(r->token);
		break;
	case AQL_SETTLED:
		xqueue_settled(r->token, r->n);
		break;
	case AQL_CHUNK:
		xqueue_chunk_done(r->xq, r->n);
		break;
	}
}

/* How long a command took at most: since it was begun, or the one before it ended. */
static void learn(struct aql_queue *aq, const struct aql_report *r, uint64_t now, uint32_t together)
{
	uint64_t from = r->begun_ns > aq->last_done_ns ? r->begun_ns : aq->last_done_ns;

	if (r->kind == AQL_TRACKED)
		xqueue_took(r->xq, from, now, together);
}

/* What has come since; one at a time, so that nothing is called with the lock held. */
static bool next_report(struct aql_queue *aq, struct aql_report *r)
{
	uint64_t come, now;
	bool any;

	pthread_mutex_lock(&aq->lock);
	come = aq->dead ? aq->markers :
	       (uint64_t)(AQL_COUNT - hsa_below.signal_load(aq->count));
	any = aq->used && aq->reported < come;
	if (any) {
		*r = pop(aq);
		if (aq->reported == come && !aq->dead) {
			now = xsched_now_ns();
			learn(aq, r, now, 1);
			aq->last_done_ns = now;
		}
	}
	pthread_mutex_unlock(&aq->lock);
	return any;
}

/* Which marker to be called at: a chunk's as soon as it comes, else the last. With the lock held. */
static uint64_t worth_a_call(struct aql_queue *aq)
{
	uint32_t i;

	for (i = 0; i < aq->used; i++)
		if (aq->reports[(aq->first + i) % aq->max].kind == AQL_CHUNK)
			return aq->reported + i + 1;
	return aq->markers;
}

static bool on_count(hsa_signal_value_t value, void *arg);

static void arm(struct aql_queue *aq)
{
	uint64_t at = 0;

	pthread_mutex_lock(&aq->lock);
	if (!aq->armed && aq->used && !aq->dead)
		aq->armed = at = worth_a_call(aq);
	pthread_mutex_unlock(&aq->lock);
	if (at && hsa_below.async_handler(aq->count, HSA_SIGNAL_CONDITION_LT,
					  (hsa_signal_value_t)(AQL_COUNT - at + 1), on_count, aq) !=
		  HSA_STATUS_SUCCESS)
		aql_report_all(aq);
}

static void reap(struct aql_queue *aq)
{
	struct aql_report r;

	while (next_report(aq, &r))
		deliver(&r);
}

/* With the lock held: the queue has gone, and no callback will come. */
static void free_signals(struct aql_queue *aq)
{
	if (!aq->gone || aq->armed)
		return;
	aq->gone = false;
	hsa_below.signal_destroy(aq->gate);
	hsa_below.signal_destroy(aq->arrive);
	hsa_below.signal_destroy(aq->pass);
	hsa_below.signal_destroy(aq->count);
}

/* In ROCr's thread. */
static bool on_count(hsa_signal_value_t value, void *arg)
{
	struct aql_queue *aq = arg;

	(void)value;
	reap(aq);
	pthread_mutex_lock(&aq->lock);
	aq->armed = 0;
	free_signals(aq);
	pthread_mutex_unlock(&aq->lock);
	arm(aq);
	return false;
}

void aql_report_all(struct aql_queue *aq)
{
	struct aql_report r;
	bool any;

	do {
		pthread_mutex_lock(&aq->lock);
		any = aq->used;
		if (any)
			r = pop(aq);
		pthread_mutex_unlock(&aq->lock);
		if (any)
			deliver(&r);
	} while (any);
}

/* ------------------------------------------------------------- what we put */

/* n slots for the program, one for the marker, in one piece. */
static bool reserve(struct aql_queue *aq, uint64_t n, struct aql_report *r, uint64_t *index)
{
	bool ok;

	pthread_mutex_lock(&aq->lock);
	ok = !aq->dead && take(aq, n + 1, index);
	if (ok && !push(aq, r)) {
		/* No memory: a marker nobody waits for. */
		put(aq, *index + n, nothing, nothing);
		ok = false;
	}
	pthread_mutex_unlock(&aq->lock);
	if (ok)
		put(aq, *index + n, nothing, aq->count);
	return ok;
}

bool aql_reserve_tracked(struct aql_queue *aq, uint64_t n, struct xqueue *xq, uint64_t *index)
{
	struct aql_report r = { .kind = AQL_TRACKED, .owner = aq, .xq = xq,
				.begun_ns = xsched_now_ns() };
	uint64_t end = r.begun_ns + WAIT_ROOM_NS;

	r.token = xqueue_track(xq);
	while (!reserve(aq, n, &r, index)) {
		if (n + 1 > aq->q->size || xsched_now_ns() > end) {
			xqueue_tracked_done(r.token);
			return false;
		}
		/* Whatever is published already makes room. */
		hsa_below.signal_store(aq->q->doorbell_signal,
				       (hsa_signal_value_t)(hsa_below.load_write(aq->q) - 1));
		sched_yield();
	}
	xs_store_release(&aq->extra, *index + n + 1);
	arm(aq);
	return true;
}

bool aql_report_behind(struct aql_queue *aq, struct aql_report r)
{
	uint64_t index;

	r.owner = aq;
	if (!reserve(aq, 0, &r, &index))
		return false;
	ring(aq, index);
	arm(aq);
	return true;
}

bool aql_mark(struct aql_queue *aq, hsa_signal_t done)
{
	uint64_t i;

	if (aq->dead || xs_load(&aq->by_index) || !take(aq, 1, &i))
		return false;
	put(aq, i, nothing, done);
	ring(aq, i);
	return true;
}

bool aql_gate(struct aql_queue *aq)
{
	uint64_t i;

	if (aq->dead || xs_load(&aq->by_index) || !take(aq, 2, &i))
		return false;
	put(aq, i, nothing, aq->arrive);
	if (by_value())
		put_wait_value(aq, i + 1, aq->gate, aq->pass);
	else
		put(aq, i + 1, aq->gate, aq->pass);
	ring(aq, i + 1);
	return true;
}

bool aql_stop(struct aql_queue *aq, struct aql_report r, hsa_signal_t until, uint64_t *index)
{
	uint64_t i;
	bool ok;

	if (xs_load(&aq->by_index))
		return false;
	r.owner = aq;
	pthread_mutex_lock(&aq->lock);
	ok = !aq->dead && take(aq, 2, &i);
	if (ok && !push(aq, &r)) {
		put(aq, i, nothing, nothing);
		put(aq, i + 1, nothing, nothing);
		ok = false;
	}
	pthread_mutex_unlock(&aq->lock);
	if (!ok)
		return false;
	put(aq, i, nothing, aq->count);
	put(aq, i + 1, until, nothing);
	*index = i + 1;
	ring(aq, i + 1);
	arm(aq);
	return true;
}

hsa_status_t aql_quiet_signal(hsa_signal_value_t value, hsa_signal_t *out)
{
	return hsa_below.signal_create_for(value, 0, NULL, HSA_AMD_SIGNAL_AMD_GPU_ONLY, out);
}

int aql_init(struct aql_queue *aq)
{
	pthread_mutex_init(&aq->lock, NULL);
	if (aql_quiet_signal(0, &aq->gate) != HSA_STATUS_SUCCESS)
		return -1;
	if (aql_quiet_signal(AQL_COUNT, &aq->arrive) != HSA_STATUS_SUCCESS)
		goto err_gate;
	if (aql_quiet_signal(AQL_COUNT, &aq->pass) != HSA_STATUS_SUCCESS)
		goto err_arrive;
	if (hsa_below.signal_create(AQL_COUNT, 0, NULL, &aq->count) == HSA_STATUS_SUCCESS)
		return 0;
	hsa_below.signal_destroy(aq->pass);
err_arrive:
	hsa_below.signal_destroy(aq->arrive);
err_gate:
	hsa_below.signal_destroy(aq->gate);
	return -1;
}

/*
 * Calls and callbacks may be under way: aq stays. Its signals go with the device's queue, which
 * has gone already; else, when HSA itself ends, they stay too.
 */
void aql_fini(struct aql_queue *aq, bool gone)
{
	pthread_mutex_lock(&aq->lock);
	aq->dead = true;
	pthread_mutex_unlock(&aq->lock);
	aql_report_all(aq);
	if (!gone)
		return;
	pthread_mutex_lock(&aq->lock);
	aq->gone = true;
	if (aq->armed)
		hsa_below.signal_store(aq->count, -1);	/* the last callback comes now */
	free_signals(aq);
	pthread_mutex_unlock(&aq->lock);
}
