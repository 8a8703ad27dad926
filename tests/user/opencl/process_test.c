// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * fork, exec, exit and threads that end, with OpenCL in use.
 */
#include "cl.h"

#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <spawn.h>
#include <sys/syscall.h>

static cl_command_queue q;
static cl_kernel step, spin;
static cl_mem m;
static cl_uint value;

static void open_all(void)
{
	cl_open();
	cl_calibrate();
	q = cl_queue(0);
	step = cl_kern("advance");
	spin = cl_kern("spin");
	m = cl_buffer(1);
	value = 1;
}

static void some_steps(unsigned int n)
{
	unsigned int i;

	for (i = 0; i < n; i++) {
		cl_step(q, step, m, i, 0, NULL, NULL);
		value = cl_next(value, i);
	}
}

static void child_ended(pid_t pid, int code)
{
	int status;

	CHECK_EQ(MUST(waitpid(pid, &status, 0)), pid);
	if (!WIFEXITED(status) || WEXITSTATUS(status) != code)
		FAIL("the child ended with status 0x%x, not with %d", status, code);
}

/* The child does other things and leaves; the parent's stream goes on as if nothing was. */
static void forks(const void *arg)
{
	bool by_exit = arg != NULL;
	unsigned int i;
	pid_t pid;

	open_all();
	for (i = 0; i < 10; i++) {
		some_steps(20);
		fflush(stdout);
		pid = MUST(fork());
		if (!pid) {
			free(malloc(1 << 20));
			if (by_exit)
				exit(7);	/* runs the exit handlers of everybody */
			_exit(7);
		}
		some_steps(20);
		if (i & 1)
			cl_expect(q, m, value, "with a child");
		child_ended(pid, 7);
		some_steps(5);
	}
	cl_expect(q, m, value, "after the children");
}

/* A child that lives on while its parent works, and another that outlives it. */
static void long_child(const void *arg)
{
	pid_t pid;
	int p[2];
	char c;

	(void)arg;
	open_all();
	some_steps(10);
	MUST(pipe(p));
	pid = MUST(fork());
	if (!pid) {
		close(p[1]);
		MUST(read(p[0], &c, 1));
		_exit(3);
	}
	some_steps(500);
	cl_expect(q, m, value, "beside a child");
	MUST(write(p[1], "x", 1));
	child_ended(pid, 3);
	some_steps(20);
	cl_expect(q, m, value, "after it");
}

/* fork() from several threads while others launch. */
static atomic_int stop;

static void *fork_a_lot(void *arg)
{
	pid_t pid;

	(void)arg;
	while (!atomic_load(&stop)) {
		pid = MUST(fork());
		if (!pid)
			_exit(2);
		child_ended(pid, 2);
	}
	return NULL;
}

static void fork_in_thread(const void *arg)
{
	pthread_t t;
	unsigned int i;

	(void)arg;
	open_all();
	CHECK_EQ(pthread_create(&t, NULL, fork_a_lot, NULL), 0);
	for (i = 0; i < 25; i++) {
		cl_command_queue old = q;

		q = cl_queue(0);
		some_steps(10);
		cl_expect(q, m, value, "beside forks");
		CL(clReleaseCommandQueue(old));
	}
	atomic_store(&stop, 1);
	pthread_join(t, NULL);
}

/* posix_spawn() is a vfork: the child shares our memory until it execs. */
static void spawns(const void *arg)
{
	char *argv[] = { (char *)"true", NULL };
	extern char **environ;
	unsigned int i;
	pid_t pid;

	(void)arg;
	open_all();
	for (i = 0; i < 8; i++) {
		some_steps(20);
		CHECK_EQ(posix_spawnp(&pid, "true", NULL, NULL, argv, environ), 0);
		some_steps(20);
		child_ended(pid, 0);
	}
	cl_expect(q, m, value, "beside spawned children");
}

/* A fork that runs nobody's fork handlers, as sandboxes do. */
static void raw_clone(const void *arg)
{
	unsigned int i;
	long pid;

	(void)arg;
	open_all();
	for (i = 0; i < 10; i++) {
		some_steps(20);
		pid = MUST(syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0));
		if (!pid)
			syscall(SYS_exit_group, 5);
		some_steps(20);
		child_ended(pid, 5);
	}
	cl_expect(q, m, value, "beside clones");
}

/* Replaced by another program, with work pending. */
static void execs(const void *arg)
{
	pid_t pid;

	(void)arg;
	pid = MUST(fork());
	if (!pid) {
		open_all();
		some_steps(300);
		execlp("true", "true", NULL);
		_exit(9);
	}
	child_ended(pid, 0);
}

/* exit(), or the end of main(), with work pending: at once, with its status. */
static void exits(const void *arg)
{
	uint64_t begun;
	unsigned int i;
	pid_t pid;

	for (i = 0; i < 4; i++) {
		pid = MUST(fork());
		if (!pid) {
			open_all();
			some_steps(100);
			for (int j = 0; j < 20; j++)
				cl_spin(q, spin, m, 1000, 0, NULL, NULL);
			CL(clFlush(q));
			if (arg)
				_exit(6);
			exit(6);
		}
		begun = cl_now_ns();
		child_ended(pid, 6);
		CHECK_LE(cl_now_ns() - begun, 20000000000ull);
	}
}

/* The main thread ends; another one finishes the work and the process. */
static void *carry_on(void *arg)
{
	(void)arg;
	usleep(10000);
	some_steps(100);
	cl_expect(q, m, value, "after the main thread's end");
	exit(8);
}

static void main_ends(const void *arg)
{
	pthread_t t;
	pid_t pid;

	(void)arg;
	pid = MUST(fork());
	if (!pid) {
		open_all();
		some_steps(100);
		CHECK_EQ(pthread_create(&t, NULL, carry_on, NULL), 0);
		pthread_exit(NULL);
	}
	child_ended(pid, 8);
}

/* Threads that launch one command and end, each with its own memory of our queue. */
static void *one_step(void *arg)
{
	cl_kernel k = cl_kern("spin");

	(void)arg;
	cl_spin(q, k, m, 1, 0, NULL, NULL);
	CL(clReleaseKernel(k));
	return NULL;
}

static void short_threads(const void *arg)
{
	pthread_t t;
	unsigned int i;

	(void)arg;
	open_all();
	for (i = 0; i < 100; i++) {
		CHECK_EQ(pthread_create(&t, NULL, one_step, NULL), 0);
		pthread_join(t, NULL);
	}
	some_steps(10);
	cl_expect(q, m, value, "after the threads");
}

/* Programs that close what they don't know, and count on low numbers being free. */
static void descriptors(const void *arg)
{
	int fd;

	(void)arg;
	open_all();
	some_steps(50);
	/* The driver loads kernels from files; not while they are closed under it. */
	cl_expect(q, m, value, "before");
	fd = MUST(open("/dev/null", O_RDONLY));
	CHECK_LE(fd, 64);
	close(fd);
	MUST(syscall(SYS_close_range, 3, ~0U, 0));
	some_steps(200);
	cl_expect(q, m, value, "with all descriptors closed");
	RESULT("first free descriptor: %d", MUST(open("/dev/null", O_RDONLY)));
	/* The numbers are somebody else's now. */
	while ((fd = dup(0)) >= 0 && fd < 700)
		;
	some_steps(200);
	cl_expect(q, m, value, "with all descriptors reused");
}

static void on_alarm(int sig)
{
	(void)sig;
}

/* Signals reach the program's threads, and interrupt nothing of ours that shows. */
static void signals(const void *arg)
{
	struct sigaction sa = { .sa_handler = on_alarm };
	timer_t timer;
	struct itimerspec every = { { 0, 500000 }, { 0, 500000 } };
	struct sigevent se = { .sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR1 };

	(void)arg;
	open_all();
	MUST(sigaction(SIGUSR1, &sa, NULL));
	MUST(timer_create(CLOCK_MONOTONIC, &se, &timer));
	MUST(timer_settime(timer, 0, &every, NULL));
	some_steps(800);
	cl_expect(q, m, value, "under signals");
	timer_delete(timer);
}

static const struct ktap_test tests[] = {
	{ "children that _exit", forks, NULL },
	{ "children that exit", forks, "exit" },
	{ "a child beside the parent", long_child, NULL },
	{ "forks beside launches", fork_in_thread, NULL },
	{ "spawned children", spawns, NULL },
	{ "raw clones", raw_clone, NULL },
	{ "exec with work pending", execs, NULL },
	{ "exit with work pending", exits, NULL },
	{ "_exit with work pending", exits, "_exit" },
	{ "the main thread ends", main_ends, NULL },
	{ "threads that launch once", short_threads, NULL },
	{ "closed and reused descriptors", descriptors, NULL },
	{ "signals", signals, NULL },
};

KTAP_MAIN(tests)
