// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Threads that close, call and map at the same time. What any of them is told
 * must be one of a few things; the kernel's own checks find the rest.
 */
#include <pthread.h>

#include "victim.h"

static unsigned int seconds(void)
{
	const char *v = getenv("XSCHED_TEST_SECONDS");
	int n = v ? atoi(v) : 0;

	return n > 0 ? (unsigned int)n : 3;
}

static struct player p;
static int shared;		/* descriptor under test */
static int stop;

static void check_one_of(int ret, const int *allowed, size_t n, const char *what)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (ret == allowed[i])
			return;
	FAIL("%s: %s", what, strerror(-ret));
}

#define ONE_OF(call, ...) do {						\
	static const int __allowed[] = { __VA_ARGS__ };			\
	check_one_of(call, __allowed, ARRAY_SIZE(__allowed), #call);	\
} while (0)

static void *kick_thread(void *arg)
{
	(void)arg;
	while (!LOAD(stop))
		ONE_OF(kick_id(LOAD(shared), LOAD(p.e.id)), 0, -ENOENT, -ENODEV, -EBADF, -ENOTCONN);
	return NULL;
}

static void *wait_thread(void *arg)
{
	struct xsched_wait w;

	(void)arg;
	while (!LOAD(stop)) {
		w = (struct xsched_wait){
			.size = sizeof(w), .entity_id = LOAD(p.e.id),
			.deadline_ns = now_ns() + 200000,
		};
		ONE_OF(call(LOAD(shared), XSCHED_WAIT, &w),
		       0, -ETIMEDOUT, -ENOENT, -ENODEV, -EBADF, -ENOTCONN);
		w.entity_id = 0;
		w.epoch = ~0u;
		ONE_OF(call(LOAD(shared), XSCHED_WAIT, &w), 0, -ENODEV, -EBADF, -ENOTCONN);
	}
	return NULL;
}

static void *poll_thread(void *arg)
{
	struct pollfd fd = { .events = POLLIN };

	(void)arg;
	while (!LOAD(stop)) {
		fd.fd = LOAD(shared);
		MUST(poll(&fd, 1, 1));
	}
	return NULL;
}

static void *map_thread(void *arg)
{
	void *at;

	(void)arg;
	while (!LOAD(stop)) {
		at = mmap(NULL, page_size(), PROT_READ, MAP_SHARED, LOAD(shared),
			  (off_t)(LOAD(p.e.offset) & ~(uint64_t)(page_size() - 1)));
		if (at == MAP_FAILED)
			ONE_OF(-errno, -ENODEV, -EBADF, -ENOTCONN, -ENXIO);
		else
			munmap(at, page_size());
	}
	return NULL;
}

static void *create_thread(void *arg)
{
	struct xsched_entity_create e;
	struct xsched_queue_create q;

	(void)arg;
	while (!LOAD(stop)) {
		e = entity_args(3);
		ONE_OF(call(LOAD(shared), XSCHED_ENTITY_CREATE, &e),
		       0, -ENODEV, -EBADF, -ENOTCONN, -EDQUOT);
		q = queue_args(e.entity_id);
		ONE_OF(call(LOAD(shared), XSCHED_QUEUE_CREATE, &q),
		       0, -ENOENT, -ENODEV, -EBADF, -ENOTCONN, -EDQUOT);
		ONE_OF(destroy(LOAD(shared), XSCHED_ENTITY_DESTROY, e.entity_id),
		       0, -ENOENT, -ENODEV, -EBADF, -ENOTCONN);
	}
	return NULL;
}

/* Two destroy what one of them can. */
static void *destroy_thread(void *arg)
{
	(void)arg;
	while (!LOAD(stop)) {
		ONE_OF(destroy(LOAD(shared), XSCHED_QUEUE_DESTROY, LOAD(p.q.id)),
		       0, -ENOENT, -ENODEV, -EBADF, -ENOTCONN);
		sleep_ms(1);
	}
	return NULL;
}

static void *dump_thread(void *arg)
{
	(void)arg;
	while (!LOAD(stop))
		census_take();
	return NULL;
}

static void *hint_thread(void *arg)
{
	int64_t i;

	(void)arg;
	for (i = 0; !LOAD(stop); i++)
		ONE_OF(set_hint(LOAD(shared), LOAD(p.e.id), XSCHED_HINT_PRIORITY, i % 256),
		       0, -ENOENT, -ENODEV, -EBADF, -ENOTCONN);
	return NULL;
}

static void *(*const all_threads[])(void *) = {
	kick_thread, wait_thread, poll_thread, map_thread, create_thread, destroy_thread,
	hint_thread, kick_thread,
};

struct crew {
	pthread_t thread[8];
	size_t n;
};

static void crew_start(struct crew *c)
{
	stop = 0;
	for (c->n = 0; c->n < ARRAY_SIZE(all_threads); c->n++)
		CHECK_EQ(pthread_create(&c->thread[c->n], NULL, all_threads[c->n], NULL), 0);
}

static void crew_end(struct crew *c)
{
	STORE(stop, 1);
	while (c->n)
		pthread_join(c->thread[--c->n], NULL);
}

/* The descriptor is closed, another client comes under the same number. */
static void close_and_call(const void *data)
{
	struct census before = census_take();
	uint64_t end = now_ns() + seconds() * NSEC_PER_SEC;
	struct player rival;
	struct crew crew;
	int rounds = 0;

	(void)data;
	player_open(&rival, 1);
	player_open(&p, 0);
	STORE(shared, p.c.fd);
	crew_start(&crew);
	for (; now_ns() < end; rounds++) {
		struct player next;

		sleep_ms(rounds % 3);
		MUST(close(LOAD(shared)));
		player_open(&next, 0);
		STORE(p.e.id, next.e.id);
		STORE(p.e.offset, next.e.offset);
		STORE(p.q.id, next.q.id);
		STORE(shared, next.c.fd);
		want(&rival);
		go_idle(&rival);
	}
	crew_end(&crew);
	MUST(close(shared));
	CHECK(is_alone(&rival));
	MUST(close(rival.c.fd));
	CHECK(census_is(before));
	ktap_note("%d rounds", rounds);
}

/* The client ends by a close of a copy, while calls go on through the other. */
static void end_and_call(const void *data)
{
	struct census before = census_take();
	uint64_t end = now_ns() + seconds() * NSEC_PER_SEC;
	struct player rival;
	struct crew crew;
	int rounds = 0, copy;

	(void)data;
	player_open(&rival, 1);
	for (; now_ns() < end; rounds++) {
		player_open(&p, 0);
		copy = MUST(dup(p.c.fd));
		STORE(shared, p.c.fd);
		crew_start(&crew);
		sleep_ms(rounds % 5);
		MUST(close(copy));
		CHECK_EQ(gate(&p), XSCHED_GATE_OPEN);
		CHECK(is_alone(&rival));
		crew_end(&crew);
		MUST(close(p.c.fd));
	}
	MUST(close(rival.c.fd));
	CHECK(census_is(before));
	ktap_note("%d rounds", rounds);
}

/* Everything dies in the middle of it. */
static void be_busy(void *data)
{
	struct crew crew;

	(void)data;
	player_open(&p, 0);
	STORE(shared, p.c.fd);
	crew_start(&crew);
	for (;;)
		pause();
}

static void die_and_call(const void *data)
{
	struct census before = census_take();
	uint64_t end = now_ns() + seconds() * NSEC_PER_SEC;
	int rounds = 0;
	pid_t pid;

	(void)data;
	for (; now_ns() < end; rounds++) {
		pid = start(be_busy, NULL);
		sleep_ms(5 + rounds % 10);
		kill_and_reap(pid);
	}
	CHECK(census_is(before));
	ktap_note("%d rounds", rounds);
}

/* Readers of lists while everything comes and goes. */
static void dump_and_churn(const void *data)
{
	struct census before = census_take();
	uint64_t end = now_ns() + seconds() * NSEC_PER_SEC;
	pthread_t readers[2];
	int rounds = 0, i;
	struct player q;

	(void)data;
	stop = 0;
	for (i = 0; i < 2; i++)
		CHECK_EQ(pthread_create(&readers[i], NULL, dump_thread, NULL), 0);
	for (; now_ns() < end; rounds++) {
		player_open(&q, 0);
		launch(&q, 1);
		MUST(close(q.c.fd));
		MUST(munmap((void *)q.c.control, page_size()));
		MUST(munmap(q.c.status, page_size()));
		MUST(munmap((void *)((uintptr_t)q.e.ctl & ~(page_size() - 1)), page_size()));
		MUST(munmap((void *)((uintptr_t)q.q.st & ~(page_size() - 1)), page_size()));
	}
	STORE(stop, 1);
	for (i = 0; i < 2; i++)
		pthread_join(readers[i], NULL);
	CHECK(census_is(before));
	ktap_note("%d rounds", rounds);
}

/* One ATTACH of many wins. */
static int winners;

static void *attach_thread(void *arg)
{
	struct xsched_attach a = { .size = sizeof(a) };
	int ret;

	while (!LOAD(stop))
		;
	ret = call(*(int *)arg, XSCHED_ATTACH, &a);
	if (!ret)
		ADD(winners, 1);
	else
		CHECK_EQ(ret, -EALREADY);
	return NULL;
}

static void attach_race(const void *data)
{
	pthread_t threads[4];
	int fd, i, round;

	(void)data;
	for (round = 0; round < 100; round++) {
		fd = node_open();
		stop = winners = 0;
		for (i = 0; i < 4; i++)
			CHECK_EQ(pthread_create(&threads[i], NULL, attach_thread, &fd), 0);
		STORE(stop, 1);
		for (i = 0; i < 4; i++)
			pthread_join(threads[i], NULL);
		CHECK_EQ(winners, 1);
		MUST(close(fd));
	}
}

static const struct ktap_test tests[] = {
	{ "close against calls and maps", close_and_call, NULL },
	{ "the end of a client against calls and maps", end_and_call, NULL },
	{ "death against calls and maps", die_and_call, NULL },
	{ "lists against coming and going", dump_and_churn, NULL },
	{ "ATTACH against ATTACH", attach_race, NULL },
};

KTAP_MAIN(tests)
