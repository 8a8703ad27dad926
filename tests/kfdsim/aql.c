// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * The packet processor of AQL queues: one packet after the other, in order. Formats:
 * HSA Platform System Architecture Specification 1.2, section 2.9.
 */
#include "kfdsim.h"

#include <linux/delay.h>

enum { VENDOR, INVALID, DISPATCH, BARRIER_AND, AGENT, BARRIER_OR };
#define VENDOR_BARRIER_VALUE	2	/* AmdFormat of a wait for a value */
#define OUR_CODE		0x6b666473	/* second word of code whose first argument is its duration in ns */

union packet {
	struct {
		u16 header;
		u8 format;
		u8 pad[5];
		u64 dep[5];
		u64 reserved;
		u64 completion;
	} barrier;
	struct {
		u16 header, setup;
		u16 wg[3], pad;
		u32 grid[3], private, group;
		u64 object, kernarg, reserved, completion;
	} dispatch;
	struct {
		u16 header;
		u8 format, pad;
		u32 reserved;
		u64 signal;
		s64 value, mask;
		u32 cond, pad2;
		u64 reserved2[2];
		u64 completion;
	} wait;
	u8 raw[64];
};

/* Of an AMD signal: what is at which offset. */
enum { SIG_VALUE = 8, SIG_MAILBOX = 16, SIG_EVENT = 24, SIG_START = 32, SIG_END = 40 };

static bool fault(struct sim_queue *q, u64 va, const char *what)
{
	sim_engine_fault(q, va, false, what);
	return false;
}

static bool complete_packet(struct sim_queue *q, u64 signal, u64 begin)
{
	struct sim_process *p = q->p;
	u64 ts[2] = { begin, ktime_get_ns() }, mailbox = 0;
	u32 event = 0;

	if (!signal)
		return true;
	if (sim_write(p, signal + SIG_START, ts, sizeof(ts)) ||
	    sim_read(p, signal + SIG_MAILBOX, &mailbox, 8) ||
	    sim_read(p, signal + SIG_EVENT, &event, 4) ||
	    sim_add64(p, signal + SIG_VALUE, -1))
		return fault(q, signal, "completion signal");
	if (mailbox) {
		u64 id = event;

		if (sim_write(p, mailbox, &id, 8))
			return fault(q, mailbox, "event mailbox");
		sim_event_interrupt(p, event);
	}
	return true;
}

/* How long code runs; what isn't ours doesn't say. A copy is done by the way. */
static u64 duration(struct sim_queue *q, const union packet *pkt)
{
	u64 object = pkt->dispatch.object, ns = 0, bytes;
	u32 code[2] = { 0 };
	s64 entry = 0;

	if (!sim_read(q->p, object + 16, &entry, 8) &&
	    !sim_read(q->p, object + entry, code, 8) && code[1] == OUR_CODE &&
	    !sim_read(q->p, pkt->dispatch.kernarg, &ns, 8))
		return ns;
	if (sim_blit(q, pkt->dispatch.kernarg, &bytes))
		sim_log("queue %u copied %llu bytes by a kernel", q->id, bytes);
	return sim_params.dispatch_us * 1000ULL;
}

/* 1 yes, 0 not yet, -1 fault */
static int satisfied(struct sim_queue *q, const union packet *pkt, bool all)
{
	bool any = false, none = true;
	unsigned int i;
	s64 value;

	for (i = 0; i < 5; i++) {
		u64 s = pkt->barrier.dep[i];

		if (!s)
			continue;
		none = false;
		if (sim_read(q->p, s + SIG_VALUE, &value, 8)) {
			fault(q, s, "barrier's signal");
			return -1;
		}
		if (all && value)
			return 0;
		any |= !value;
	}
	return all || any || none;
}

static int value_reached(struct sim_queue *q, const union packet *pkt)
{
	s64 v;

	if (!pkt->wait.signal)
		return 1;
	if (sim_read(q->p, pkt->wait.signal + SIG_VALUE, &v, 8)) {
		fault(q, pkt->wait.signal, "signal of a wait");
		return -1;
	}
	v &= pkt->wait.mask;
	switch (pkt->wait.cond) {
	case 0: return v == pkt->wait.value;
	case 1: return v != pkt->wait.value;
	case 2: return v < pkt->wait.value;
	default: return v >= pkt->wait.value;
	}
}

static bool wait_for(struct sim_queue *q, const union packet *pkt,
		     int (*test)(struct sim_queue *, const union packet *))
{
	uint us = sim_params.poll_us;
	int ret;

	while (!(ret = test(q, pkt))) {
		if (!sim_engine_sleep_us(q, us))
			return false;
		us = min(us + us / 8 + 1, 4 * sim_params.poll_us);
	}
	return ret > 0;
}

static int and_is_zero(struct sim_queue *q, const union packet *pkt)
{
	return satisfied(q, pkt, true);
}

static int or_is_zero(struct sim_queue *q, const union packet *pkt)
{
	return satisfied(q, pkt, false);
}

/* Also the queue must be mapped when it goes on: a barrier that opens is not passed before. */
static bool execute(struct sim_queue *q, const union packet *pkt)
{
	switch (pkt->barrier.header & 0xff) {
	case DISPATCH:
		q->n_dispatches++;
		return sim_engine_compute(q, duration(q, pkt));
	case BARRIER_AND:
		return wait_for(q, pkt, and_is_zero);
	case BARRIER_OR:
		return wait_for(q, pkt, or_is_zero);
	case VENDOR:
		return pkt->barrier.format != VENDOR_BARRIER_VALUE ||
		       wait_for(q, pkt, value_reached);
	default:
		return true;
	}
}

/* The slot is free again before anyone is told. */
static bool retire(struct sim_queue *q, u64 at, const union packet *pkt, u64 begin)
{
	u16 invalid = INVALID;
	u64 next = q->read + 1;

	if (sim_write(q->p, at, &invalid, sizeof(invalid)) ||
	    sim_write(q->p, q->rptr, &next, sizeof(next)))
		return fault(q, at, "ring");
	q->read = next;
	q->n_packets++;
	return complete_packet(q, pkt->barrier.completion, begin);
}

/* 1 there is one, 0 no more, -1 to end */
static int next_packet(struct sim_queue *q, u64 *at, union packet *pkt)
{
	uint us = 1;
	u64 w;

	for (;;) {
		if (!sim_engine_sleep_us(q, 0))
			return -1;
		if (sim_read(q->p, q->wptr, &w, sizeof(w))) {
			fault(q, q->wptr, "write pointer");
			return -1;
		}
		if (q->read >= w)
			return 0;
		*at = q->ring + q->read % (q->size / 64) * 64;
		if (sim_read(q->p, *at, pkt, sizeof(*pkt))) {
			fault(q, *at, "ring");
			return -1;
		}
		if ((pkt->barrier.header & 0xff) != INVALID)
			return 1;
		/* Reserved, and not written yet. */
		if (!sim_engine_sleep_us(q, us))
			return -1;
		us = min(2 * us, 4 * sim_params.poll_us);
	}
}

bool sim_aql_run(struct sim_queue *q)
{
	union packet pkt;
	u64 at, begin;
	int ret;

	while ((ret = next_packet(q, &at, &pkt)) > 0) {
		begin = ktime_get_ns();
		if (!execute(q, &pkt) || !retire(q, at, &pkt, begin))
			return false;
	}
	return !ret;
}
