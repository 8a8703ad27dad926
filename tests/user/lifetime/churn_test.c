// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Processes that come and are killed, over and over: nothing accumulates.
 */
#include "victim.h"

/* XSCHED_TEST_TIMES: fewer where all is slow. */
static unsigned int rounds(void)
{
	const char *v = getenv("XSCHED_TEST_TIMES");

	return v ? (unsigned int)strtoul(v, NULL, 10) : 200;
}

static void come_and_work(void *data)
{
	struct player p;
	unsigned int i;

	(void)data;
	player_open(&p, getpid() % 3);
	for (i = 0; ; i++) {
		if (i % 3)
			launch(&p, 1);
		else
			go_idle(&p);
	}
}

/* At an arbitrary moment, beginning with the first instruction. */
static void kill_at(unsigned int us)
{
	struct timespec t = { 0, us * 1000L };
	pid_t pid = start(come_and_work, NULL);

	nanosleep(&t, NULL);
	kill_and_reap(pid);
}

static void attach_and_kill(const void *data)
{
	struct census before = census_take();
	unsigned int i;

	(void)data;
	for (i = 0; i < rounds(); i++)
		kill_at(i * 37 % 3000);
	CHECK(census_is(before));
}

static void attach_and_kill_beside(const void *data)
{
	struct census before = census_take();
	struct player observer;
	unsigned int i;

	(void)data;
	player_open(&observer, 1);
	for (i = 0; i < rounds(); i++) {
		want(&observer);
		kill_at(i * 37 % 3000);
		CHECK(is_alone(&observer));
	}
	MUST(close(observer.c.fd));
	CHECK(census_is(before));
}

/* Foreground and background, killed in turn and together. */
static void in_pairs(const void *data)
{
	struct census before = census_take();
	unsigned int i;
	pid_t a, b;

	(void)data;
	for (i = 0; i < rounds(); i++) {
		a = start(come_and_work, NULL);
		b = start(come_and_work, NULL);
		sleep_ms(i % 4);
		if (i % 3 != 1)
			MUST(kill(a, SIGKILL));
		MUST(kill(b, SIGKILL));
		if (i % 3 == 1) {
			sleep_ms(1);
			MUST(kill(a, SIGKILL));
		}
		MUST(waitpid(a, NULL, 0));
		MUST(waitpid(b, NULL, 0));
	}
	CHECK(census_is(before));
}

/* One process, many lives. */
static void open_and_close(const void *data)
{
	struct census before = census_take();
	struct player p, rival;
	unsigned int i;

	(void)data;
	player_open(&rival, 0);
	for (i = 0; i < 10 * rounds(); i++) {
		player_open(&p, 1);
		launch(&p, 1);
		MUST(munmap((void *)p.c.control, page_size()));
		MUST(munmap(p.c.status, page_size()));
		MUST(munmap((void *)((uintptr_t)p.e.ctl & ~(page_size() - 1)), page_size()));
		MUST(munmap((void *)((uintptr_t)p.q.st & ~(page_size() - 1)), page_size()));
		MUST(close(p.c.fd));
		CHECK(is_alone(&rival));
	}
	MUST(close(rival.c.fd));
	CHECK(census_is(before));
}

/* An entity's or a queue's life, in one process's. */
static void create_and_destroy(const void *data)
{
	struct xsched_entity_create e;
	struct xsched_queue_create q;
	struct census before;
	struct player p, rival;
	unsigned int i;

	(void)data;
	player_open(&p, 0);
	player_open(&rival, 1);
	before = census_take();
	for (i = 0; i < 20 * rounds(); i++) {
		e = entity_args(i % 5);
		CHECK_EQ(call(p.c.fd, XSCHED_ENTITY_CREATE, &e), 0);
		q = queue_args(e.entity_id);
		CHECK_EQ(call(p.c.fd, XSCHED_QUEUE_CREATE, &q), 0);
		/* It is the highest one's page again and again: no slot is lost. */
		CHECK_LE(e.control_offset - p.c.control_offset, 2 * page_size());
		CHECK_LE(q.status_offset - p.c.status_offset, 2 * page_size());
		if (i % 2)
			CHECK_EQ(destroy(p.c.fd, XSCHED_QUEUE_DESTROY, q.queue_id), 0);
		CHECK_EQ(destroy(p.c.fd, XSCHED_ENTITY_DESTROY, e.entity_id), 0);
	}
	CHECK(census_is(before));
}

static const struct ktap_test tests[] = {
	{ "attached and killed", attach_and_kill, NULL },
	{ "the same beside somebody who runs", attach_and_kill_beside, NULL },
	{ "pairs", in_pairs, NULL },
	{ "opened and closed", open_and_close, NULL },
	{ "entities, one after the other", create_and_destroy, NULL },
};

KTAP_MAIN(tests)
