// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * exec(): the new program has nothing to do with the old one's client.
 */
#include <pthread.h>
#include <spawn.h>

#include "victim.h"

extern char **environ;

static void execute(void)
{
	execlp("sleep", "sleep", "100", (char *)NULL);
	FAIL("exec: %s", strerror(errno));
}

static void hold_then(struct victim *v, struct player *p)
{
	player_open(p, ABOVE);
	go_idle(p);
	launch(p, 1);
	victim_report(v, p->c.id);
	/* Until the observer has seen itself held. */
	raise(SIGSTOP);
}

static void exec_cloexec(struct victim *v)
{
	struct player p;

	hold_then(v, &p);
	execute();
}

/* The descriptor goes along, the memory with the counters doesn't. */
static void exec_inherit(struct victim *v)
{
	struct player p;

	hold_then(v, &p);
	MUST(fcntl(p.c.fd, F_SETFD, 0));
	execute();
}

static void *exec_thread(void *arg)
{
	(void)arg;
	execute();
	return NULL;
}

static void exec_from_thread(struct victim *v)
{
	struct player p;
	pthread_t thread;

	hold_then(v, &p);
	CHECK_EQ(pthread_create(&thread, NULL, exec_thread, NULL), 0);
	for (;;)
		pause();
}

static void exec_ends(const void *data)
{
	void (*const *run)(struct victim *v) = data;
	struct player observer;
	struct victim v;

	observe_held(&observer, &v, *run);
	MUST(waitpid(v.pid, NULL, WUNTRACED));
	MUST(kill(v.pid, SIGCONT));
	EVENTUALLY(is_alone(&observer));
	EVENTUALLY(!client_listed(v.client));
	/* The program runs on. */
	CHECK_EQ(MUST(waitpid(v.pid, NULL, WNOHANG)), 0);
	kill_and_reap(v.pid);
}

/* A child that shares the memory until it executes something. */
static void spawning(const void *data)
{
	char *const argv[] = { "true", NULL };
	struct player p;
	pid_t pid;
	int i;

	(void)data;
	player_open(&p, 0);
	for (i = 0; i < 20; i++) {
		CHECK_EQ(posix_spawnp(&pid, "true", NULL, NULL, argv, environ), 0);
		join(pid);
		kick(&p);
	}
	CHECK_EQ(LOAD(p.c.control->flags), 0);
	CHECK(client_listed(p.c.id));
}

/* A failed exec has changed nothing. */
static void exec_fails(const void *data)
{
	struct player p;

	(void)data;
	player_open(&p, 0);
	MUST_FAIL(execl("/proc", "x", (char *)NULL), EACCES);
	kick(&p);
	CHECK_EQ(LOAD(p.c.control->flags), 0);
}

static void (*const cloexec)(struct victim *v) = exec_cloexec;
static void (*const inherit)(struct victim *v) = exec_inherit;
static void (*const thread)(struct victim *v) = exec_from_thread;

static const struct ktap_test tests[] = {
	{ "close on exec", exec_ends, &cloexec },
	{ "descriptor inherited", exec_ends, &inherit },
	{ "from another thread", exec_ends, &thread },
	{ "a spawned child's exec", spawning, NULL },
	{ "exec that fails", exec_fails, NULL },
};

KTAP_MAIN(tests)
