// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Raw clones that share memory or descriptors with the owner, and outlive it:
 * the file stays open, but the process is gone, and its gates must not bind others.
 */
#include <sched.h>
#include <sys/syscall.h>

#include "victim.h"

/* "Within about two seconds": somebody looks once a second. */
#define NOTICED_MS 3000

static const int *flags;	/* of this case */
static int tell_clone[2];

static int stay(void *arg)
{
	(void)arg;
	for (;;)
		pause();
	return 0;
}

/* The clone's pid goes the way of the client id. */
static void clone_and_hold(struct victim *v)
{
	static char stack[65536] __attribute__((aligned(16)));
	struct player p;
	pid_t pid;

	player_open(&p, ABOVE);
	go_idle(&p);
	launch(&p, 1);
	pid = MUST(clone(stay, stack + sizeof(stack), *flags | SIGCHLD, NULL));
	CHECK_EQ(MUST(write(tell_clone[1], &pid, sizeof(pid))), (int)sizeof(pid));
	victim_stay(v, p.c.id);
}

static void clone_outlives(const void *data)
{
	struct player observer;
	struct victim v;
	pid_t clone_pid;

	flags = data;
	MUST(pipe(tell_clone));
	observe_held(&observer, &v, clone_and_hold);
	CHECK_EQ(MUST(read(tell_clone[0], &clone_pid, sizeof(clone_pid))), (int)sizeof(clone_pid));
	kill_and_reap(v.pid);
	MUST(kill(clone_pid, 0));
	WITHIN(NOTICED_MS, is_alone(&observer));
	EVENTUALLY(!client_listed(v.client));
	MUST(kill(clone_pid, SIGKILL));
}

static struct player p;
static int result;

/* Shares everything but isn't the process that opened the file. */
static int use(void *arg)
{
	(void)arg;
	result = kick_id(p.c.fd, p.e.id);
	syscall(SYS_exit, 0);
	return 0;
}

static void clone_is_a_stranger(const void *data)
{
	static char stack[65536] __attribute__((aligned(16)));
	const int *f = data;
	pid_t pid;

	player_open(&p, 0);
	result = 1;
	pid = MUST(clone(use, stack + sizeof(stack), *f | SIGCHLD, NULL));
	MUST(waitpid(pid, NULL, 0));
	if (*f & CLONE_VM)
		CHECK_EQ(result, -EPERM);
	kick(&p);
	CHECK_EQ(LOAD(p.c.control->flags), 0);
	CHECK(client_listed(p.c.id));
}

static const int combinations[] = {
	CLONE_VM | CLONE_FILES,
	CLONE_VM | CLONE_FILES | CLONE_FS | CLONE_SIGHAND,
	CLONE_VM,
	CLONE_FILES,
};

static const struct ktap_test tests[] = {
	{ "owner dies, clone with memory and files lives", clone_outlives, &combinations[0] },
	{ "owner dies, clone with all but the thread group lives", clone_outlives, &combinations[1] },
	{ "owner dies, clone with its memory lives", clone_outlives, &combinations[2] },
	{ "owner dies, clone with its files lives", clone_outlives, &combinations[3] },
	{ "a clone with memory and files is a stranger, and its end is its own",
	  clone_is_a_stranger, &combinations[0] },
	{ "a clone with files ends", clone_is_a_stranger, &combinations[3] },
};

KTAP_MAIN(tests)
