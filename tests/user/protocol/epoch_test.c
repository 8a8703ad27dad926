// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * epoch against WAIT, and ring against WAIT and poll(): a gate flips, at any moment
 * of a thread's way to sleep, and not again before the thread has seen it. One
 * that doesn't within half a second has lost its wake-up.
 *
 *	waiter				scheduler
 *	load epoch			gate = value
 *	load gate			epoch++ (release)
 *	enqueue, FENCE			FENCE
 *	load epoch: same? sleep		anybody enqueued? wake
 *
 * On two emulated CPUs a waiter that looks before it is enqueued was found after 5 to
 * 1,054 flips; on one CPU not after 30,000. A second is some thousand flips.
 */
#include "stress.h"

#define LOST_MS		500
#define MIN_FLIPS	2000	/* however slow the machine */
#define MAX_WAITERS	3

struct stress;

struct waiter {
	struct stress *s;
	pthread_t thread;
	/* What it has seen last, of the number that it waits for. */
	uint32_t seen __attribute__((aligned(64)));
};

struct stress {
	struct player low, high;
	struct waiter waiters[MAX_WAITERS];
	int n_waiters, stop;
	/* Counts flips: the epoch of the gate, or the tail of the ring. */
	const uint32_t *number;
	uint64_t flips, longest_ns;
};

static uint64_t lost_ns(void)
{
	const char *v = getenv("KTAP_LIMIT");
	int n = v ? atoi(v) : 1;

	return LOST_MS * NSEC_PER_MSEC * (n > 0 ? n : 1);
}

static void *wait_for_gate(void *arg)
{
	struct waiter *w = arg;
	struct player *p = &w->s->low;
	uint32_t epoch;

	while (!xs_load(&w->s->stop)) {
		epoch = xs_load(&p->e.ctl->epoch);
		xs_store_release(&w->seen, epoch);
		CHECK_EQ(wait_gate(p, &epoch, XSCHED_NO_DEADLINE), 0);
	}
	return NULL;
}

static void *wait_for_event(void *arg)
{
	struct xsched_wait a = { .size = sizeof(a), .deadline_ns = XSCHED_NO_DEADLINE };
	struct waiter *w = arg;
	struct client *c = &w->s->low.c;

	while (!xs_load(&w->s->stop)) {
		a.epoch = xs_load(&c->control->ring_tail);
		xs_store_release(&w->seen, a.epoch);
		CHECK_EQ(call(c->fd, XSCHED_WAIT, &a), 0);
	}
	return NULL;
}

static void *poll_for_event(void *arg)
{
	struct waiter *w = arg;
	struct client *c = &w->s->low.c;
	struct pollfd fd = { .fd = c->fd, .events = POLLIN };
	uint32_t tail;

	while (!xs_load(&w->s->stop)) {
		tail = xs_load(&c->control->ring_tail);
		xs_store_release(&c->status->ring_head, tail);
		xs_store_release(&w->seen, tail);
		CHECK_EQ(MUST(poll(&fd, 1, -1)), 1);
	}
	return NULL;
}

/* All have seen the flip, or one never will. */
static void await_waiters(struct stress *s)
{
	uint32_t number = xs_load(s->number), spins = 0;
	uint64_t begin = now_ns(), took;
	int i;

	for (i = 0; i < s->n_waiters; i++)
		while (xs_load(&s->waiters[i].seen) != number) {
			took = now_ns() - begin;
			if (took > lost_ns())
				FAIL("flip %llu: a waiter sleeps on after %llu ms",
				     (unsigned long long)s->flips,
				     (unsigned long long)(took / NSEC_PER_MSEC));
			if (++spins % 64 == 0)
				sched_yield();
		}
	took = now_ns() - begin;
	if (took > s->longest_ns)
		s->longest_ns = took;
}

/* From at once to fast asleep: the waiters are on their way there. */
static void give_time(uint32_t *seed)
{
	uint32_t n = next_random(seed);

	if (n % 16 == 0)
		sleep_ms(1);
	else if (n % 16 == 1)
		sched_yield();
	else
		spin(n % (1U << (4 + n / 16 % 10)));
}

/* The higher one comes and goes; each time the lower one's gate flips once. */
static void flip(struct stress *s, uint32_t *seed)
{
	uint32_t before = xs_load(s->number);

	if (s->flips++ % 2)
		go_idle(&s->high);
	else
		launch(&s->high, 1);
	CHECK_EQ(xs_load(s->number), before + 1);
	await_waiters(s);
	give_time(seed);
}

static void flip_until(struct stress *s, uint64_t end_ns)
{
	uint32_t seed = 5;

	while (now_ns() < end_ns || s->flips < MIN_FLIPS)
		flip(s, &seed);
}

static void start_waiters(struct stress *s, void *(*waiter)(void *), int n)
{
	int i;

	s->n_waiters = n;
	for (i = 0; i < n; i++) {
		s->waiters[i].s = s;
		s->waiters[i].seen = xs_load(s->number) - 1;
		CHECK_EQ(pthread_create(&s->waiters[i].thread, NULL, waiter, &s->waiters[i]), 0);
	}
	await_waiters(s);
}

static void run(void *(*waiter)(void *), int n)
{
	struct xsched_entity_create a = entity_args(0);
	struct stress s = {};
	int i;

	a.flags = XSCHED_ENTITY_F_GATE_EVENTS;
	client_open(&s.low.c);
	entity_create_with(&s.low.e, &s.low.c, a);
	queue_create(&s.low.q, &s.low.e);
	player_open(&s.high, 10);
	go_idle(&s.high);
	go_idle(&s.low);
	want(&s.low);
	s.number = waiter == wait_for_gate ? &s.low.e.ctl->epoch : &s.low.c.control->ring_tail;
	start_waiters(&s, waiter, n);
	flip_until(&s, stress_end_ns());
	STORE(s.stop, 1);
	if (s.flips % 2)
		go_idle(&s.high);
	else
		launch(&s.high, 1);
	for (i = 0; i < n; i++)
		pthread_join(s.waiters[i].thread, NULL);
	ktap_note("%llu flips, all seen, the last after at most %llu us",
		  (unsigned long long)s.flips, (unsigned long long)s.longest_ns / 1000);
}

static void one_waiter(const void *data)
{
	(void)data;
	run(wait_for_gate, 1);
}

static void three_waiters(const void *data)
{
	(void)data;
	run(wait_for_gate, MAX_WAITERS);
}

static void agent(const void *data)
{
	(void)data;
	run(wait_for_event, 1);
}

static void poller(const void *data)
{
	(void)data;
	run(poll_for_event, 1);
}

static const struct ktap_test tests[] = {
	{ "one thread waits for a gate", one_waiter, NULL },
	{ "three threads wait for a gate", three_waiters, NULL },
	{ "a thread waits for events", agent, NULL },
	{ "a thread polls for events", poller, NULL },
};

KTAP_MAIN(tests)
