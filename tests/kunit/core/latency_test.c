// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Latencies: what is counted, in which bucket, and what becomes of it when its
 * entity's seat goes.
 */
#include "../fixture.h"
#include "../../../kmod/core/internal.h"

/* How many are in all buckets. */
static u64 latency_n(const struct xsched_latency *l)
{
	u64 n = 0;
	u32 i;

	for (i = 0; i < XSCHED_LATENCY_BUCKETS; i++)
		n += l->bucket[i];
	return n;
}

static const struct xsched_latency *latency_of(struct fx *f, u32 i, u32 kind)
{
	return &fx_e(f, i)->latency[kind];
}

static void forget(struct fx *f)
{
	u32 i;

	for (i = 0; i < 2; i++)
		memset(fx_e(f, i)->latency, 0, sizeof(fx_e(f, i)->latency));
}

static const struct {
	u64 ns;
	u32 bucket;
} latency_bounds[] = {
	{ 0, 0 }, { 1023, 0 }, { 1024, 1 }, { 2047, 1 }, { 2048, 2 }, { 1000000, 10 },
	{ (1024ULL << 22) - 1, 22 }, { 1024ULL << 22, 23 }, { ~0ULL, 23 },
};

XT_DEFINE(latency_buckets)
{
	struct fx *f = fx_new(t);
	struct xsched_latency *l;
	u32 i;

	fx_add(f, 0, 1, 0);
	l = &fx_e(f, 0)->latency[XSCHED_LATENCY_WAIT];
	for (i = 0; i < ARRAY_SIZE(latency_bounds); i++) {
		memset(l, 0, sizeof(*l));
		xsched_latency_note(fx_e(f, 0), XSCHED_LATENCY_WAIT, latency_bounds[i].ns);
		xt_eq_msg(t, l->bucket[latency_bounds[i].bucket], 1, "%llu ns", latency_bounds[i].ns);
		xt_eq_msg(t, latency_n(l), 1, "%llu ns", latency_bounds[i].ns);
		xt_true(t, l->max_ns == latency_bounds[i].ns && l->sum_ns == latency_bounds[i].ns);
	}
	fx_end(f);
}

XT_DEFINE(latency_of_a_turn)
{
	struct fx *f = fx_contended(t, 2);

	f->d.tun.idle_poll_ns = 10 * MS;	/* nobody but us looks */
	forget(f);
	fx_hint(f, 1, XSCHED_HINT_PRIORITY, 1);
	fx_launch(f, 1);
	xt_eq(t, latency_of(f, 1, XSCHED_LATENCY_WAIT)->bucket[0], 1);
	fx_launch(f, 0);
	f->now += 5000;
	fx_complete(f, 1, 1);
	fx_st(f, 1)->flags = XSCHED_STATUS_SYNCED;
	fx_kick(f, 1);
	fx_resume(f, 0);
	xt_eq_msg(t, latency_of(f, 0, XSCHED_LATENCY_WAIT)->sum_ns, 5000, "waited for its turn");
	xt_eq(t, latency_of(f, 0, XSCHED_LATENCY_WAIT)->bucket[3], 1);
	f->now += 100;
	fx_launch(f, 1);
	xt_eq_msg(t, latency_n(latency_of(f, 0, XSCHED_LATENCY_QUIET)), 0, "isn't quiet yet");
	f->now += 3000;
	fx_st(f, 0)->pending = 1;
	fx_complete(f, 0, 1);
	fx_kick(f, 0);
	xt_eq(t, latency_of(f, 0, XSCHED_LATENCY_QUIET)->sum_ns, 3000);
	xt_eq(t, latency_of(f, 0, XSCHED_LATENCY_QUIET)->bucket[2], 1);
	/* Its turn again: it had work all the time, so that is no wait for a first turn. */
	fx_complete(f, 1, 1);
	fx_st(f, 1)->flags = XSCHED_STATUS_SYNCED;
	fx_kick(f, 1);
	xt_eq(t, fx_state(f, 0), RUNNING);
	xt_eq(t, latency_n(latency_of(f, 0, XSCHED_LATENCY_WAIT)), 1);
	/* Nothing on the device: quiet at once. */
	fx_launch(f, 1);
	xt_eq(t, fx_state(f, 0), HELD);
	xt_eq(t, latency_of(f, 0, XSCHED_LATENCY_QUIET)->bucket[0], 1);
	fx_end(f);
}

/* Who waits when its last competitor goes has waited, too. */
XT_DEFINE(latency_ends_with_arbitration)
{
	struct fx *f = fx_contended(t, 2);

	f->d.tun.idle_poll_ns = 10 * MS;
	forget(f);
	fx_hint(f, 1, XSCHED_HINT_PRIORITY, 1);
	fx_launch(f, 1);
	fx_launch(f, 0);
	xt_eq(t, fx_state(f, 0), READY);
	f->now += 7000;
	fx_remove(f, 1);
	xt_eq(t, fx_gate(f, 0), XSCHED_GATE_OPEN);
	xt_eq(t, latency_of(f, 0, XSCHED_LATENCY_WAIT)->sum_ns, 7000);
	fx_end(f);
}

/* A seat counts its own; the sum has those below, also of seats that are gone. */
XT_DEFINE(latency_of_tenants)
{
	struct family {
		struct xsched_tenant outer, inner;
		struct xsched_seat s[2];
		struct xsched_latency sum[XSCHED_LATENCIES];
	} *g = xt_alloc(t, sizeof(*g));
	struct xsched_latency *sum = g->sum;
	struct xsched_seat *s = g->s;
	struct xsched_account account;
	struct fx *f = fx_new(t);
	xt_flags_t flags;

	fx_add(f, 0, 1, 0);
	xsched_tenant_init(&g->outer, 10, NULL);
	xsched_tenant_init(&g->inner, 11, &g->outer);
	xt_lock(&f->d.lock, flags);
	xsched_seat_add(&f->d, &s[0], &g->outer, f->now);
	xsched_seat_add(&f->d, &s[1], &g->inner, f->now);
	fx_e(f, 0)->seat = &s[1];
	xsched_latency_note(fx_e(f, 0), XSCHED_LATENCY_WAIT, 3000);
	fx_e(f, 0)->seat = &s[0];
	xsched_latency_note(fx_e(f, 0), XSCHED_LATENCY_WAIT, 500);
	fx_e(f, 0)->seat = NULL;
	xsched_seat_latency(&s[1], sum);
	xt_eq(t, sum[XSCHED_LATENCY_WAIT].sum_ns, 3000);
	xsched_seat_latency(&s[0], sum);
	xt_eq(t, sum[XSCHED_LATENCY_WAIT].sum_ns, 3500);
	xsched_seat_remove(&s[1], &account, f->now);
	xsched_seat_latency(&s[0], sum);
	xt_eq_msg(t, sum[XSCHED_LATENCY_WAIT].sum_ns, 3500, "its parent keeps it");
	xt_eq(t, latency_n(&sum[XSCHED_LATENCY_WAIT]), 2);
	xt_eq(t, sum[XSCHED_LATENCY_WAIT].max_ns, 3000);
	xsched_seat_remove(&s[0], &account, f->now);
	xt_unlock(&f->d.lock, flags);
	fx_end(f);
}

XT_SUITE(latency_suite, "xsched_latency",
	XT_CASE(latency_buckets),
	XT_CASE(latency_of_a_turn),
	XT_CASE(latency_ends_with_arbitration),
	XT_CASE(latency_of_tenants));
