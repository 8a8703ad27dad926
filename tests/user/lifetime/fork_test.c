// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * fork(): a child has nothing of its parent's, and what it does to its copies
 * is nothing to the parent.
 */
#include <pthread.h>

#include "victim.h"

static struct player p;

static void in_child(void (*run)(void *))
{
	join(start(run, NULL));
}

/* Attached as before. */
static void check_intact(void)
{
	uint32_t epoch = LOAD(p.e.ctl->epoch) + 1;

	kick(&p);
	CHECK_EQ(wait_gate(&p, &epoch, 0), 0);
	CHECK_EQ(LOAD(p.c.control->flags), 0);
	CHECK(client_listed(p.c.id));
	CHECK_EQ(poll_now(p.c.fd) & (POLLHUP | POLLERR), 0);
}

static void do_nothing(void *data)
{
	(void)data;
}

static void close_it(void *data)
{
	(void)data;
	MUST(close(p.c.fd));
}

static void close_a_dup(void *data)
{
	(void)data;
	MUST(close(MUST(dup(p.c.fd))));
	MUST(close_range(3, ~0u, 0));
}

static void unmap_it(void *data)
{
	(void)data;
	munmap((void *)p.c.control, page_size());
	munmap(p.c.status, page_size());
}

static void exec_something(void *data)
{
	(void)data;
	execlp("true", "true", (char *)NULL);
	FAIL("exec: %s", strerror(errno));
}

static void child_ends(const void *data)
{
	void (*const *run)(void *) = data;

	player_open(&p, 0);
	in_child(*run);
	check_intact();
}

static bool is_mapped(const void *at)
{
	unsigned char vec;

	return mincore((void *)((uintptr_t)at & ~(page_size() - 1)), page_size(), &vec) == 0;
}

static void see_nothing(void *data)
{
	(void)data;
	CHECK(!is_mapped(p.c.control));
	CHECK(!is_mapped(p.c.status));
	CHECK(!is_mapped(p.e.ctl));
	CHECK(!is_mapped(p.q.st));
}

static void no_mappings(const void *data)
{
	(void)data;
	player_open(&p, 0);
	CHECK(is_mapped(p.e.ctl));
	in_child(see_nothing);
	check_intact();
}

static void let_it_fork(const void *at)
{
	/* May be refused, which is as good. */
	madvise((void *)((uintptr_t)at & ~(page_size() - 1)), page_size(), MADV_DOFORK);
}

static void touch_copies(void *data)
{
	(void)data;
	CHECK_EQ(kick_id(p.c.fd, p.e.id), -EPERM);
	if (is_mapped(p.e.ctl)) {
		CHECK_EQ(LOAD(p.e.ctl->gate), XSCHED_GATE_OPEN);
		MUST_FAIL(mprotect((void *)((uintptr_t)p.e.ctl & ~(page_size() - 1)), page_size(),
				   PROT_READ | PROT_WRITE), EACCES);
	}
	if (is_mapped(p.q.st))
		STORE(p.q.st->submitted, 5);
}

static void made_to_fork(void)
{
	player_open(&p, 0);
	let_it_fork(p.e.ctl);
	let_it_fork(p.q.st);
	let_it_fork(p.c.control);
	let_it_fork(p.c.status);
}

static void madvise_dofork(const void *data)
{
	(void)data;
	made_to_fork();
	in_child(touch_copies);
	check_intact();
}

/* The parent ends, its child keeps descriptor and mappings. */
static void leave_a_child(struct victim *v)
{
	pid_t child;

	made_to_fork();
	go_idle(&p);
	CHECK_EQ(set_hint(p.c.fd, p.e.id, XSCHED_HINT_PRIORITY, ABOVE), 0);
	launch(&p, 1);
	child = MUST(fork());
	if (!child)
		for (;;)
			pause();
	victim_stay(v, p.c.id);
}

static void child_outlives(const void *data)
{
	struct player observer;
	struct victim v;

	(void)data;
	observe_held(&observer, &v, leave_a_child);
	kill_and_reap(v.pid);
	EVENTUALLY(is_alone(&observer));
	EVENTUALLY(!client_listed(v.client));
}

/* The child is a process like any other, with a client of its own. */
static void open_own(void *data)
{
	struct player mine;

	(void)data;
	player_open(&mine, 1);
	CHECK_NE(mine.c.id, p.c.id);
	ack(&mine);
	MUST(close(mine.c.fd));
}

static void child_attaches(const void *data)
{
	(void)data;
	player_open(&p, 0);
	in_child(open_own);
	check_intact();
}

static void grandchild(void *data)
{
	(void)data;
	in_child(touch_copies);
	in_child(close_it);
	CHECK_EQ(kick_id(p.c.fd, p.e.id), -EPERM);
}

static void generations(const void *data)
{
	(void)data;
	player_open(&p, 0);
	in_child(grandchild);
	check_intact();
}

static void *be_the_client(void *data)
{
	struct victim *v = data;
	uint32_t epoch;
	int i;

	victim_report(v, p.c.id);
	/* For longer than anybody takes to look whether the process lives. */
	for (i = 0; i < 30; i++) {
		sleep_ms(100);
		kick(&p);
	}
	epoch = LOAD(p.e.ctl->epoch) + 1;
	CHECK_EQ(wait_gate(&p, &epoch, 0), 0);
	CHECK_EQ(LOAD(p.c.control->flags), 0);
	exit(KTAP_PASS);
}

/* The first thread ends, the process doesn't. */
static void end_first_thread(struct victim *v)
{
	pthread_t thread;

	player_open(&p, 0);
	CHECK_EQ(pthread_create(&thread, NULL, be_the_client, v), 0);
	pthread_exit(NULL);
}

static void leader_exits(const void *data)
{
	struct victim v;

	(void)data;
	victim_start(&v, end_first_thread);
	join(v.pid);
	EVENTUALLY(!client_listed(v.client));
}

static void (*const runs[])(void *) = {
	do_nothing, close_it, close_a_dup, unmap_it, exec_something,
};

static const struct ktap_test tests[] = {
	{ "a child ends", child_ends, &runs[0] },
	{ "a child closes the descriptor", child_ends, &runs[1] },
	{ "a child closes a copy, then all", child_ends, &runs[2] },
	{ "a child unmaps what isn't there", child_ends, &runs[3] },
	{ "a child executes a program", child_ends, &runs[4] },
	{ "mappings are not inherited", no_mappings, NULL },
	{ "mappings made to be inherited", madvise_dofork, NULL },
	{ "a child outlives its parent with all of that", child_outlives, NULL },
	{ "a child attaches by itself", child_attaches, NULL },
	{ "a child's child", generations, NULL },
	{ "the first thread ends before the process", leader_exits, NULL },
};

KTAP_MAIN(tests)
