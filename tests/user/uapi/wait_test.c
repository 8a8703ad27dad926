// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * XSCHED_WAIT: what ends it, when, and with which answer.
 */
#include <pthread.h>

#include "client.h"

/* The second's gate is HELD by the first. */
static void held_pair(struct player *high, struct player *low)
{
	player_open(high, 10);
	player_open(low, 0);
	go_idle(high);
	go_idle(low);
	launch(high, 1);
	want(low);
	CHECK_EQ(gate(low), XSCHED_GATE_HELD);
}

struct waiter {
	pthread_t thread;
	struct player *p;
	int fd;
	uint32_t id, epoch, gate;
	uint64_t deadline_ns;
	int ret;
	int done;
};

static void *wait_in_thread(void *arg)
{
	struct waiter *w = arg;
	struct xsched_wait a = {
		.size = sizeof(a), .entity_id = w->id, .epoch = w->epoch,
		.deadline_ns = w->deadline_ns,
	};

	w->ret = call(w->fd, XSCHED_WAIT, &a);
	w->epoch = a.epoch;
	w->gate = a.gate;
	STORE(w->done, 1);
	return NULL;
}

static void start_waiter(struct waiter *w, const struct player *p, uint32_t id, uint32_t epoch,
			 uint64_t deadline_ns)
{
	*w = (struct waiter){
		.fd = p->c.fd, .id = id, .epoch = epoch, .gate = 99, .deadline_ns = deadline_ns,
	};
	CHECK_EQ(pthread_create(&w->thread, NULL, wait_in_thread, w), 0);
}

static void wait_for_gate(struct waiter *w, const struct player *p)
{
	start_waiter(w, p, p->e.id, LOAD(p->e.ctl->epoch), XSCHED_NO_DEADLINE);
}

/* It has had time to fall asleep, and has not come back. */
static void check_waits(struct waiter *w)
{
	sleep_ms(50);
	CHECK_EQ(LOAD(w->done), 0);
}

static void check_ends(struct waiter *w, int ret)
{
	EVENTUALLY(LOAD(w->done));
	pthread_join(w->thread, NULL);
	CHECK_EQ(w->ret, ret);
}

static void at_once_if_different(const void *data)
{
	struct player p;
	struct xsched_wait a;
	uint32_t epoch;

	(void)data;
	player_open(&p, 0);
	epoch = LOAD(p.e.ctl->epoch);
	/* Older or never seen: only equality means "nothing new". */
	a = (struct xsched_wait){
		.size = sizeof(a), .entity_id = p.e.id, .epoch = epoch - 1, .gate = 99,
		.deadline_ns = XSCHED_NO_DEADLINE,
	};
	CHECK_EQ(call(p.c.fd, XSCHED_WAIT, &a), 0);
	CHECK_EQ(a.epoch, epoch);
	CHECK_EQ(a.gate, XSCHED_GATE_OPEN);
	a.epoch = epoch + 1;
	a.deadline_ns = 0;
	CHECK_EQ(call(p.c.fd, XSCHED_WAIT, &a), 0);
	CHECK_EQ(a.epoch, epoch);
}

static void until_it_opens(const void *data)
{
	struct player high, low;
	struct waiter w;
	uint32_t epoch;

	(void)data;
	held_pair(&high, &low);
	epoch = LOAD(low.e.ctl->epoch);
	wait_for_gate(&w, &low);
	check_waits(&w);
	go_idle(&high);
	check_ends(&w, 0);
	CHECK_EQ(w.gate, XSCHED_GATE_OPEN);
	CHECK_EQ(w.epoch, epoch + 1);
}

static void until_it_closes(const void *data)
{
	struct player high, low;
	struct waiter w;

	(void)data;
	player_open(&high, 10);
	player_open(&low, 0);
	go_idle(&high);
	go_idle(&low);
	want(&low);
	wait_for_gate(&w, &low);
	check_waits(&w);
	want(&high);
	check_ends(&w, 0);
	CHECK_EQ(w.gate, XSCHED_GATE_HELD);
}

/* What happens to others, and kicks without news, wake nobody. */
static void not_by_others(const void *data)
{
	struct player high, low, third;
	struct waiter w;
	int i;

	(void)data;
	held_pair(&high, &low);
	player_open(&third, 20);
	go_idle(&third);
	wait_for_gate(&w, &low);
	for (i = 0; i < 20; i++) {
		want(&third);
		kick(&low);
		go_idle(&third);
	}
	check_waits(&w);
	go_idle(&high);
	check_ends(&w, 0);
}

static void deadline_passed(const void *data)
{
	struct player p;
	struct xsched_wait a, before;
	uint64_t begin = now_ns();

	(void)data;
	player_open(&p, 0);
	a = (struct xsched_wait){
		.size = sizeof(a), .entity_id = p.e.id, .epoch = LOAD(p.e.ctl->epoch), .gate = 99,
	};
	before = a;
	CHECK_EQ(call(p.c.fd, XSCHED_WAIT, &a), -ETIMEDOUT);
	a.deadline_ns = before.deadline_ns = begin;
	CHECK_EQ(call(p.c.fd, XSCHED_WAIT, &a), -ETIMEDOUT);
	/* Who repeats the call repeats it with what it said. */
	CHECK_EQ(memcmp(&a, &before, sizeof(a)), 0);
}

static void deadline_to_come(const void *data)
{
	struct player p;
	uint64_t begin, deadline;
	uint32_t epoch;

	(void)data;
	player_open(&p, 0);
	epoch = LOAD(p.e.ctl->epoch);
	begin = now_ns();
	deadline = begin + 100 * NSEC_PER_MSEC;
	CHECK_EQ(wait_gate(&p, &epoch, deadline), -ETIMEDOUT);
	CHECK_GE(now_ns(), deadline);
	CHECK_LE(now_ns(), deadline + SOON_MS * NSEC_PER_MSEC);
}

/* As far away as can be said, which is not "none" but might as well be. */
static void deadline_far(const void *data)
{
	static const uint64_t far[] = { ~0ULL, ~0ULL - 1, 1ULL << 63, INT64_MAX };
	struct player high, low;
	struct waiter w[ARRAY_SIZE(far)];
	size_t i;

	(void)data;
	held_pair(&high, &low);
	for (i = 0; i < ARRAY_SIZE(far); i++)
		start_waiter(&w[i], &low, low.e.id, LOAD(low.e.ctl->epoch), far[i]);
	for (i = 0; i < ARRAY_SIZE(far); i++)
		check_waits(&w[i]);
	go_idle(&high);
	for (i = 0; i < ARRAY_SIZE(far); i++)
		check_ends(&w[i], 0);
}

static void on_signal(int signal)
{
	(void)signal;
}

static void catch_signal(int flags)
{
	struct sigaction sa = { .sa_handler = on_signal, .sa_flags = flags };

	MUST(sigaction(SIGUSR1, &sa, NULL));
}

static void interrupted(const void *data)
{
	struct player high, low;
	struct waiter w;

	(void)data;
	catch_signal(0);
	held_pair(&high, &low);
	wait_for_gate(&w, &low);
	check_waits(&w);
	pthread_kill(w.thread, SIGUSR1);
	check_ends(&w, -EINTR);
}

static void restarted(const void *data)
{
	struct player high, low;
	struct waiter w;

	(void)data;
	catch_signal(SA_RESTART);
	held_pair(&high, &low);
	wait_for_gate(&w, &low);
	check_waits(&w);
	pthread_kill(w.thread, SIGUSR1);
	check_waits(&w);
	go_idle(&high);
	check_ends(&w, 0);
	CHECK_EQ(w.gate, XSCHED_GATE_OPEN);
}

static void entity_destroyed(const void *data)
{
	struct player high, low;
	struct waiter w;

	(void)data;
	held_pair(&high, &low);
	wait_for_gate(&w, &low);
	check_waits(&w);
	CHECK_EQ(destroy(low.c.fd, XSCHED_ENTITY_DESTROY, low.e.id), 0);
	/* Its gate opened and it went: either is news. */
	EVENTUALLY(LOAD(w.done));
	CHECK(w.ret == -ENOENT || (!w.ret && w.gate == XSCHED_GATE_OPEN));
}

static void let_go(const void *data)
{
	struct player high, low;
	struct waiter gate_waiter, agent;
	int copy;

	(void)data;
	held_pair(&high, &low);
	copy = MUST(dup(low.c.fd));
	wait_for_gate(&gate_waiter, &low);
	start_waiter(&agent, &low, 0, LOAD(low.c.control->ring_tail), XSCHED_NO_DEADLINE);
	check_waits(&gate_waiter);
	check_waits(&agent);
	MUST(close(copy));
	check_ends(&gate_waiter, -ENODEV);
	check_ends(&agent, -ENODEV);
}

/* Entity 0: the agent ring. */
static void for_an_event(const void *data)
{
	struct player a, b;
	struct waiter w;

	(void)data;
	player_open(&a, 0);
	start_waiter(&w, &a, 0, LOAD(a.c.control->ring_tail), XSCHED_NO_DEADLINE);
	check_waits(&w);
	player_open(&b, 0);
	check_ends(&w, 0);
	CHECK_EQ(w.epoch, LOAD(a.c.control->ring_tail));
	CHECK_EQ(w.epoch, 1);
	CHECK_EQ(w.gate, 0);
}

/* A thread may fall asleep on an epoch only, never on what came before it. */
static void event_already_there(const void *data)
{
	struct xsched_wait w = { .size = sizeof(w), .deadline_ns = XSCHED_NO_DEADLINE };
	struct player a, b;

	(void)data;
	player_open(&a, 0);
	player_open(&b, 0);
	CHECK_EQ(call(a.c.fd, XSCHED_WAIT, &w), 0);
	CHECK_EQ(w.epoch, 1);
}

static void many_waiters(const void *data)
{
	enum { N = 100 };
	static struct waiter w[N];
	struct player high, low;
	int i;

	(void)data;
	held_pair(&high, &low);
	for (i = 0; i < N; i++)
		wait_for_gate(&w[i], &low);
	check_waits(&w[N - 1]);
	go_idle(&high);
	for (i = 0; i < N; i++)
		check_ends(&w[i], 0);
}

/* Of many one gives up; the news still reaches the rest. */
static void many_waiters_some_leave(const void *data)
{
	enum { N = 100 };
	static struct waiter w[N];
	struct player high, low;
	uint64_t deadline;
	int i;

	(void)data;
	catch_signal(0);
	held_pair(&high, &low);
	deadline = now_ns() + 100 * NSEC_PER_MSEC;
	for (i = 0; i < N; i++)
		start_waiter(&w[i], &low, low.e.id, LOAD(low.e.ctl->epoch),
			     i % 3 ? XSCHED_NO_DEADLINE : deadline);
	sleep_ms(100);
	for (i = 1; i < N; i += 3)
		pthread_kill(w[i].thread, SIGUSR1);
	go_idle(&high);
	for (i = 0; i < N; i++) {
		EVENTUALLY(LOAD(w[i].done));
		if (i % 3 == 2)
			CHECK_EQ(w[i].ret, 0);
	}
}

/* A gate that flips twice between two looks has changed. */
static void there_and_back(const void *data)
{
	struct player high, low;
	uint32_t epoch;

	(void)data;
	held_pair(&high, &low);
	epoch = LOAD(low.e.ctl->epoch);
	go_idle(&high);
	launch(&high, 1);
	CHECK_EQ(gate(&low), XSCHED_GATE_HELD);
	CHECK_EQ(wait_gate(&low, &epoch, XSCHED_NO_DEADLINE), 0);
	CHECK_EQ(epoch, LOAD(low.e.ctl->epoch));
}

static const struct ktap_test tests[] = {
	{ "at once if the epoch differs", at_once_if_different, NULL },
	{ "until the gate opens", until_it_opens, NULL },
	{ "until the gate closes", until_it_closes, NULL },
	{ "not woken by others' gates", not_by_others, NULL },
	{ "deadline has passed", deadline_passed, NULL },
	{ "deadline to come", deadline_to_come, NULL },
	{ "deadlines far away", deadline_far, NULL },
	{ "a signal interrupts", interrupted, NULL },
	{ "a signal with SA_RESTART does not", restarted, NULL },
	{ "entity destroyed", entity_destroyed, NULL },
	{ "let go", let_go, NULL },
	{ "entity 0 waits for an event", for_an_event, NULL },
	{ "an event that is there already", event_already_there, NULL },
	{ "100 threads wait", many_waiters, NULL },
	{ "100 threads wait, some leave", many_waiters_some_leave, NULL },
	{ "there and back is a change", there_and_back, NULL },
};

KTAP_MAIN(tests)
