// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * The agent ring and poll(): which events come, what is in them, and a reader
 * that is too slow.
 */
#include <pthread.h>
#include <sys/epoll.h>

#include "client.h"

static uint32_t tail(const struct client *c)
{
	return LOAD(c->control->ring_tail);
}

static const struct xsched_event *event(const struct client *c, uint32_t n)
{
	return &c->control->ring[n % XSCHED_RING_ENTRIES];
}

static void read_all(struct client *c)
{
	STORE(c->status->ring_head, tail(c));
}

static void nothing_yet(const void *data)
{
	struct player p;

	(void)data;
	player_open(&p, 0);
	CHECK_EQ(poll_now(p.c.fd), 0);
}

static void track_event(const void *data)
{
	const struct xsched_event *ev;
	uint64_t before, after;
	struct player a, b;

	(void)data;
	player_open(&a, 0);
	before = now_ns();
	player_open(&b, 0);
	after = now_ns();
	CHECK_EQ(tail(&a.c), 1);
	ev = event(&a.c, 0);
	CHECK_EQ(ev->type, XSCHED_EV_TRACK);
	CHECK_EQ(ev->entity_id, a.e.id);
	CHECK_EQ(ev->value, LOAD(a.e.ctl->track_seq));
	CHECK_EQ(ev->__reserved, 0);
	CHECK_GE(ev->time_ns, before);
	CHECK_LE(ev->time_ns, after);
	/* Gates are told to those alone who asked for it. */
	CHECK_EQ(tail(&b.c), 0);
}

static void readable_until_read(const void *data)
{
	struct player a, b;

	(void)data;
	player_open(&a, 0);
	player_open(&b, 0);
	CHECK(poll_now(a.c.fd) & POLLIN);
	CHECK(poll_now(a.c.fd) & POLLIN);
	CHECK_EQ(poll_now(a.c.fd) & (POLLHUP | POLLERR), 0);
	read_all(&a.c);
	CHECK_EQ(poll_now(a.c.fd), 0);
	/* The answer is news to the scheduler, not to the process. */
	go_idle(&a);
	CHECK_EQ(poll_now(a.c.fd), 0);
}

static void listener_open(struct player *p, int priority)
{
	struct xsched_entity_create a = entity_args(priority);

	a.flags = XSCHED_ENTITY_F_GATE_EVENTS;
	client_open(&p->c);
	entity_create_with(&p->e, &p->c, a);
	queue_create(&p->q, &p->e);
}

/* A listener and one whose work closes its gate, both idle. */
static void listening(struct player *low, struct player *high)
{
	listener_open(low, 0);
	player_open(high, 10);
	go_idle(high);
	go_idle(low);
	want(low);
	read_all(&low->c);
}

static void gate_events(const void *data)
{
	static const uint32_t gates[] = { XSCHED_GATE_HELD, XSCHED_GATE_OPEN };
	const struct xsched_event *ev;
	struct player low, high;
	uint64_t last = 0;
	uint32_t first, i;

	(void)data;
	listening(&low, &high);
	first = tail(&low.c);
	for (i = 0; i < 10; i++) {
		if (i % 2)
			go_idle(&high);
		else
			launch(&high, 1);
	}
	CHECK_EQ(tail(&low.c), first + 10);
	for (i = 0; i < 10; i++) {
		ev = event(&low.c, first + i);
		CHECK_EQ(ev->type, XSCHED_EV_GATE);
		CHECK_EQ(ev->entity_id, low.e.id);
		CHECK_EQ(ev->value, gates[i % 2]);
		CHECK_GE(ev->time_ns, last);
		last = ev->time_ns;
	}
	CHECK(poll_now(low.c.fd) & POLLIN);
}

/* A slow reader finds the newest events in their places. */
static void overflow(const void *data)
{
	static const uint32_t gates[] = { XSCHED_GATE_HELD, XSCHED_GATE_OPEN };
	enum { N = 3 * XSCHED_RING_ENTRIES + 10 };
	struct player low, high;
	uint32_t first, i;

	(void)data;
	listening(&low, &high);
	first = tail(&low.c);
	for (i = 0; i < N; i++) {
		if (i % 2)
			go_idle(&high);
		else
			launch(&high, 1);
	}
	CHECK_EQ(tail(&low.c), first + N);
	CHECK_GT(tail(&low.c) - LOAD(low.c.status->ring_head), XSCHED_RING_ENTRIES);
	for (i = N - XSCHED_RING_ENTRIES; i < N; i++) {
		CHECK_EQ(event(&low.c, first + i)->type, XSCHED_EV_GATE);
		CHECK_EQ(event(&low.c, first + i)->value, gates[i % 2]);
	}
	CHECK(poll_now(low.c.fd) & POLLIN);
	read_all(&low.c);
	CHECK_EQ(poll_now(low.c.fd), 0);
}

/* What the process says it has read is the process's business. */
static void nonsense_head(const void *data)
{
	struct player low, high;
	uint32_t i;

	(void)data;
	listening(&low, &high);
	for (i = 1; i < 40; i++) {
		STORE(low.c.status->ring_head, i * 0x9e3779b9u);
		launch(&high, 1);
		CHECK(poll_now(low.c.fd) & POLLIN);
		CHECK_EQ(gate(&low), XSCHED_GATE_HELD);
		go_idle(&high);
		CHECK_EQ(gate(&low), XSCHED_GATE_OPEN);
	}
	read_all(&low.c);
	CHECK_EQ(poll_now(low.c.fd), 0);
}

struct poller {
	pthread_t thread;
	int fd;
	short events;
	int done;
};

static void *poll_in_thread(void *arg)
{
	struct poller *p = arg;
	struct pollfd fd = { .fd = p->fd, .events = POLLIN };

	if (poll(&fd, 1, -1) == 1)
		p->events = fd.revents;
	STORE(p->done, 1);
	return NULL;
}

static void start_poller(struct poller *p, int fd)
{
	*p = (struct poller){ .fd = fd };
	CHECK_EQ(pthread_create(&p->thread, NULL, poll_in_thread, p), 0);
	sleep_ms(50);
	CHECK_EQ(LOAD(p->done), 0);
}

static void wakes_poll(const void *data)
{
	struct player low, high;
	struct poller p;

	(void)data;
	listening(&low, &high);
	start_poller(&p, low.c.fd);
	launch(&high, 1);
	EVENTUALLY(LOAD(p.done));
	CHECK_EQ(p.events & (POLLIN | POLLHUP | POLLERR), POLLIN);
}

/* Decided by a timer, when nobody makes a call. */
static void timer_wakes_poll(const void *data)
{
	struct player low, high;
	struct poller p;

	(void)data;
	listening(&low, &high);
	launch(&high, 1);
	read_all(&low.c);
	start_poller(&p, low.c.fd);
	STORE(high.q.st->completed, LOAD(high.q.st->submitted));
	EVENTUALLY(LOAD(p.done));
	CHECK_EQ(gate(&low), XSCHED_GATE_OPEN);
}

static void wakes_epoll(const void *data)
{
	struct epoll_event ev = { .events = EPOLLIN | EPOLLET };
	struct player low, high;
	int ep = MUST(epoll_create1(0)), i;

	(void)data;
	listening(&low, &high);
	MUST(epoll_ctl(ep, EPOLL_CTL_ADD, low.c.fd, &ev));
	CHECK_EQ(MUST(epoll_wait(ep, &ev, 1, 0)), 0);
	/* Edges: each batch of events is one more. */
	for (i = 0; i < 10; i++) {
		launch(&high, 1);
		CHECK_EQ(MUST(epoll_wait(ep, &ev, 1, SOON_MS)), 1);
		CHECK(ev.events & EPOLLIN);
		read_all(&low.c);
		go_idle(&high);
		CHECK_EQ(MUST(epoll_wait(ep, &ev, 1, SOON_MS)), 1);
		read_all(&low.c);
		CHECK_EQ(MUST(epoll_wait(ep, &ev, 1, 0)), 0);
	}
}

static void let_go(const void *data)
{
	struct player low, high;
	struct poller p;
	int copy;

	(void)data;
	listening(&low, &high);
	launch(&high, 1);
	read_all(&low.c);
	copy = MUST(dup(low.c.fd));
	start_poller(&p, low.c.fd);
	MUST(close(copy));
	EVENTUALLY(LOAD(p.done));
	CHECK(p.events & POLLHUP);
	CHECK(poll_now(low.c.fd) & POLLHUP);
	CHECK(poll_now(low.c.fd) & POLLIN);
	CHECK_EQ(LOAD(low.c.control->flags), XSCHED_CONTROL_DETACHED);
	CHECK_EQ(gate(&low), XSCHED_GATE_OPEN);
	CHECK_EQ(event(&low.c, tail(&low.c) - 1)->type, XSCHED_EV_DETACHED);
	CHECK_EQ(event(&low.c, tail(&low.c) - 1)->entity_id, 0);
}

static void before_attach(const void *data)
{
	int fd = node_open();

	(void)data;
	CHECK_EQ(poll_now(fd) & (POLLIN | POLLHUP), 0);
}

static const struct ktap_test tests[] = {
	{ "before ATTACH", before_attach, NULL },
	{ "nothing to read at first", nothing_yet, NULL },
	{ "TRACK event", track_event, NULL },
	{ "readable until read", readable_until_read, NULL },
	{ "GATE events", gate_events, NULL },
	{ "ring overflow", overflow, NULL },
	{ "nonsense in ring_head", nonsense_head, NULL },
	{ "an event wakes poll()", wakes_poll, NULL },
	{ "an event from a timer wakes poll()", timer_wakes_poll, NULL },
	{ "an event wakes epoll, edge-triggered", wakes_epoll, NULL },
	{ "let go: POLLHUP, flag, event, open gates", let_go, NULL },
};

KTAP_MAIN(tests)
