// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Latencies, counted in buckets of powers of two: how long entities waited until
 * they first ran, and how long the device took to let go of one that was stopped.
 *
 * An event is counted with its entity and with the seat in which that sits, so its cost
 * doesn't depend on how deep tenants nest; whoever reads a tenant's adds up those below.
 */
#include "internal.h"

/* Bucket 0 is below this many ns, each further one twice as wide. */
#define LATENCY_BITS	10

static u32 latency_bucket(u64 ns)
{
	u64 units = ns >> LATENCY_BITS;
	u32 n = units ? 64 - (u32)__builtin_clzll(units) : 0;

	return n < XSCHED_LATENCY_BUCKETS ? n : XSCHED_LATENCY_BUCKETS - 1;
}

static void latency_count(struct xsched_latency *l, u32 bucket, u64 ns)
{
	l->bucket[bucket]++;
	l->sum_ns += ns;
	if (l->max_ns < ns)
		l->max_ns = ns;
}

void xsched_latency_note(struct xsched_entity *e, enum xsched_latency_kind kind, u64 ns)
{
	u32 bucket = latency_bucket(ns);

	latency_count(&e->latency[kind], bucket, ns);
	if (e->seat)
		latency_count(&e->seat->latency[kind], bucket, ns);
}

void xsched_latency_sum(struct xsched_latency *sum, const struct xsched_latency *l)
{
	u32 kind, i;

	for (kind = 0; kind < XSCHED_LATENCIES; kind++) {
		sum[kind].max_ns = xsched_max_u64(sum[kind].max_ns, l[kind].max_ns);
		sum[kind].sum_ns += l[kind].sum_ns;
		for (i = 0; i < XSCHED_LATENCY_BUCKETS; i++)
			sum[kind].bucket[i] += l[kind].bucket[i];
	}
}

void xsched_seat_latency(struct xsched_seat *top, struct xsched_latency *sum)
{
	struct xsched_seat *s;

	memset(sum, 0, XSCHED_LATENCIES * sizeof(*sum));
	for (s = top; s; s = xsched_seat_next(top, s))
		xsched_latency_sum(sum, s->latency);
}
