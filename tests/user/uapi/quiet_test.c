// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * When a stopped entity counts as quiet: nothing in flight, or what is in flight
 * stands at a gate of the device.
 */
#include "client.h"

static void gated_player(struct player *p, uint32_t flags)
{
	struct xsched_queue_create a;

	client_open(&p->c);
	entity_create(&p->e, &p->c, 0);
	a = queue_args(p->e.id);
	a.flags = flags;
	a.level = XSCHED_LEVEL_DEACTIVATE;
	queue_create_with(&p->q, &p->e, a);
}

/* Commands in flight, but the device stands at a gate: that is quiet too. */
static void stands_at_gate(const void *data)
{
	struct player low, high;

	(void)data;
	gated_player(&low, XSCHED_QUEUE_F_DEVICE_GATED);
	player_open(&high, 10);
	go_idle(&low);
	go_idle(&high);
	launch(&low, 8);
	STORE(low.q.st->completed, 4);
	want(&high);
	CHECK_EQ(state(&low), XSCHED_STATE_DRAINING);
	sleep_ms(20);
	CHECK_EQ(state(&low), XSCHED_STATE_DRAINING);
	STORE(low.q.st->arrive, 1);
	EVENTUALLY(state(&low) == XSCHED_STATE_HELD);
}

/* Without the flag the same words mean nothing. */
static void arrive_without_flag(const void *data)
{
	struct player low, high;

	(void)data;
	gated_player(&low, 0);
	player_open(&high, 10);
	go_idle(&low);
	go_idle(&high);
	launch(&low, 8);
	STORE(low.q.st->arrive, 1);
	want(&high);
	sleep_ms(100);
	CHECK_EQ(state(&low), XSCHED_STATE_DRAINING);
}

/* One gate stops all queues where the device says so, and only there. */
static void one_gate_of_two(uint32_t flags, uint32_t expected)
{
	struct xsched_queue_create a;
	struct player low, high;
	struct queue second;

	gated_player(&low, flags);
	a = queue_args(low.e.id);
	a.flags = flags;
	queue_create_with(&second, &low.e, a);
	player_open(&high, 10);
	STORE(second.st->track_ack, LOAD(low.e.ctl->track_seq));
	STORE(second.st->flags, XSCHED_STATUS_SYNCED);
	go_idle(&low);
	go_idle(&high);
	ADD(second.st->submitted, 3);
	launch(&low, 3);
	STORE(low.q.st->arrive, 1);
	want(&high);
	sleep_ms(100);
	CHECK_EQ(state(&low), expected);
}

static void gate_stops_one(const void *data)
{
	(void)data;
	one_gate_of_two(XSCHED_QUEUE_F_DEVICE_GATED, XSCHED_STATE_DRAINING);
}

static void gate_stops_all(const void *data)
{
	(void)data;
	one_gate_of_two(XSCHED_QUEUE_F_DEVICE_GATED | XSCHED_QUEUE_F_GATE_STOPS_ALL,
			XSCHED_STATE_HELD);
}

/* Counters at the end of their range are like any others. */
static void counters_wrap(const void *data)
{
	struct player low, high;

	(void)data;
	player_open(&low, 0);
	STORE(low.q.st->submitted, ~0u);
	STORE(low.q.st->completed, ~0u);
	player_open(&high, 10);
	go_idle(&low);
	go_idle(&high);
	launch(&low, 2);
	CHECK_EQ(LOAD(low.q.st->submitted), 1);
	want(&high);
	CHECK_EQ(state(&low), XSCHED_STATE_DRAINING);
	STORE(low.q.st->completed, 1);
	kick(&low);
	CHECK_EQ(gate(&low), XSCHED_GATE_ASK);
}

static const struct ktap_test tests[] = {
	{ "quiet at a gate of the device", stands_at_gate, NULL },
	{ "arrive means nothing without the flag", arrive_without_flag, NULL },
	{ "a gate stops its own queue", gate_stops_one, NULL },
	{ "a gate stops all queues where it does", gate_stops_all, NULL },
	{ "counters wrap", counters_wrap, NULL },
};

KTAP_MAIN(tests)
