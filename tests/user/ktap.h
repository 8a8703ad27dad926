/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * Test cases that run in a process of their own and report as KTAP.
 *
 * A case that crashes, hangs or leaves threads behind spoils no other. The
 * first failed check ends its process; SKIP() ends it too, with a reason.
 */
#ifndef XSCHED_TEST_KTAP_H
#define XSCHED_TEST_KTAP_H

#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define KTAP_PASS	0
#define KTAP_FAIL	1
#define KTAP_SKIP	4
#define KTAP_LIMIT_S	60	/* for one case; KTAP_LIMIT multiplies it */

#ifndef ARRAY_SIZE
#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))
#endif

/* Shared with the processes of the cases, and with the processes of those. */
struct ktap {
	int planned, run, failed, skipped;
	char reason[256];
};
static struct ktap *ktap;

__attribute__((format(printf, 1, 2), unused))
static void ktap_note(const char *fmt, ...)
{
	char line[512];
	va_list ap;
	int n;

	n = snprintf(line, sizeof(line), "# ");
	va_start(ap, fmt);
	n += vsnprintf(line + n, sizeof(line) - n - 1, fmt, ap);
	va_end(ap);
	if (n > (int)sizeof(line) - 2)
		n = sizeof(line) - 2;
	line[n++] = '\n';
	/* One write, as several processes may have something to say. */
	if (write(STDOUT_FILENO, line, n) < 0)
		_exit(KTAP_FAIL);
}

/* Ends the process of the case, or a process that it started. */
__attribute__((noreturn, format(printf, 1, 2), unused))
static void ktap_skip(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(ktap->reason, sizeof(ktap->reason), fmt, ap);
	va_end(ap);
	_exit(KTAP_SKIP);
}

#define SKIP(...)	ktap_skip(__VA_ARGS__)

#define FAIL(fmt, ...) do {						\
	ktap_note("%s:%d: " fmt, __FILE__, __LINE__, ##__VA_ARGS__);	\
	_exit(KTAP_FAIL);						\
} while (0)

#define CHECK(cond) do {						\
	if (!(cond))							\
		FAIL("not true: %s", #cond);				\
} while (0)

/* Texts are made before the operands' own macros are expanded. */
#define CHECK_TEXT(a, op, b, a_text, b_text) do {			\
	long long __a = (long long)(a);					\
	long long __b = (long long)(b);					\
	if (!(__a op __b))						\
		FAIL("%s is %lld, not %s %s (%lld)", a_text, __a, #op, b_text, __b); \
} while (0)

#define CHECK_EQ(a, b)	CHECK_TEXT(a, ==, b, #a, #b)
#define CHECK_NE(a, b)	CHECK_TEXT(a, !=, b, #a, #b)
#define CHECK_LT(a, b)	CHECK_TEXT(a, <, b, #a, #b)
#define CHECK_LE(a, b)	CHECK_TEXT(a, <=, b, #a, #b)
#define CHECK_GT(a, b)	CHECK_TEXT(a, >, b, #a, #b)
#define CHECK_GE(a, b)	CHECK_TEXT(a, >=, b, #a, #b)

/* A system call that must work; its value. */
#define MUST(call) ({							\
	__auto_type __r = (call);					\
	if (__r == (__typeof__(__r))-1)					\
		FAIL("%s: %s", #call, strerror(errno));			\
	__r; })

/* A system call that must fail with this error. */
#define MUST_FAIL(call, error) do {					\
	int __e = (errno = 0, (call) == (__typeof__(call))-1) ? errno : 0; \
	if (__e != (error))						\
		FAIL("%s: %s, expected %s", #call,			\
		     __e ? strerror(__e) : "success", strerror(error));	\
} while (0)

static unsigned int ktap_limit(void)
{
	const char *v = getenv("KTAP_LIMIT");
	int n = v ? atoi(v) : 1;

	return KTAP_LIMIT_S * (n > 0 ? n : 1);
}

__attribute__((unused))
static void ktap_begin(const char *program, int cases)
{
	const char *name = strrchr(program, '/');

	ktap = mmap(NULL, sizeof(*ktap), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (ktap == MAP_FAILED) {
		printf("Bail out! no memory\n");
		exit(KTAP_FAIL);
	}
	setvbuf(stdout, NULL, _IOLBF, 0);
	ktap->planned = cases;
	printf("KTAP version 1\n# Subtest: %s\n1..%d\n", name ? name + 1 : program, cases);
}

__attribute__((noreturn))
static void ktap_child(void (*run)(const void *arg), const void *arg)
{
	/* A group of its own, so that whatever it started ends with it. */
	setpgid(0, 0);
	alarm(ktap_limit());
	run(arg);
	fflush(stdout);
	_exit(KTAP_PASS);
}

static void ktap_report(const char *name, int status)
{
	int code = WIFEXITED(status) ? WEXITSTATUS(status) : KTAP_FAIL;

	if (WIFSIGNALED(status))
		ktap_note("ended by signal %d (%s)%s", WTERMSIG(status), strsignal(WTERMSIG(status)),
			  WTERMSIG(status) == SIGALRM ? ", the time limit" : "");
	ktap->run++;
	switch (code) {
	case KTAP_PASS:
		printf("ok %d %s\n", ktap->run, name);
		break;
	case KTAP_SKIP:
		ktap->skipped++;
		printf("ok %d %s # SKIP %s\n", ktap->run, name, ktap->reason);
		break;
	default:
		ktap->failed++;
		printf("not ok %d %s\n", ktap->run, name);
	}
}

/* Runs a function as a case is run; the status as of wait(). */
static int ktap_quiet(void (*run)(const void *arg), const void *arg)
{
	int status = 0;
	pid_t pid;

	fflush(stdout);
	ktap->reason[0] = '\0';
	pid = fork();
	if (!pid)
		ktap_child(run, arg);
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		return KTAP_FAIL << 8;
	kill(-pid, SIGKILL);
	return status;
}

/* Runs one case and reports it. */
__attribute__((unused))
static void ktap_case(const char *name, void (*run)(const void *arg), const void *arg)
{
	ktap_report(name, ktap_quiet(run, arg));
}

/* The exit status of a kselftest. */
__attribute__((unused))
static int ktap_end(void)
{
	if (ktap->run != ktap->planned) {
		printf("# %d cases planned, %d run\n", ktap->planned, ktap->run);
		return KTAP_FAIL;
	}
	if (ktap->failed)
		return KTAP_FAIL;
	return ktap->skipped == ktap->run ? KTAP_SKIP : KTAP_PASS;
}

struct ktap_test {
	const char *name;
	void (*run)(const void *arg);
	const void *arg;
};

/* A program whose cases stand in one table. */
#define KTAP_MAIN(tests)						\
int main(int argc, char **argv)						\
{									\
	size_t __i;							\
									\
	(void)argc;							\
	ktap_begin(argv[0], ARRAY_SIZE(tests));				\
	for (__i = 0; __i < ARRAY_SIZE(tests); __i++)			\
		ktap_case((tests)[__i].name, (tests)[__i].run, (tests)[__i].arg); \
	return ktap_end();						\
}

#endif
