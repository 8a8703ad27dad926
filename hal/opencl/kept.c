// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Events of our own commands, which we hold until the commands are seen to have ended.
 */
#define _GNU_SOURCE
#include "opencl.h"
#include "../../lib/xqueue/xqueue.h"

#include <signal.h>
#include <stdlib.h>
#include <time.h>

#define REAL(f) (xsched_opencl_real->f)

/*
 * PoCL 3.1 fails what is queued behind a failed command with the driver's reference
 * alone, and then goes on to use it: an event that nobody else holds is gone by then.
 * So each command of ours has one that we hold until it is seen to have ended, and
 * for a while longer if it failed.
 */
#define FAILED_FOR_NS	100000000u
#define LOOKS		4	/* per new one, so that looking costs the same however many there are */

struct kept {
	struct kept *next;
	cl_event ev;
	uint64_t failed_ns;
};
static struct kept *kept, **kept_tail = &kept;	/* oldest first, nearly */
static pthread_mutex_t kept_lock = PTHREAD_MUTEX_INITIALIZER;

static bool over(struct kept *k)
{
	cl_int status = CL_QUEUED;

	if (REAL(clGetEventInfo)(k->ev, CL_EVENT_COMMAND_EXECUTION_STATUS, sizeof(status), &status,
				 NULL) != CL_SUCCESS || status > CL_COMPLETE)
		return false;
	if (status == CL_COMPLETE)
		return true;
	if (!k->failed_ns)
		k->failed_ns = xsched_now_ns();
	return xsched_now_ns() - k->failed_ns > FAILED_FOR_NS;
}

/* Called with the lock held. */
static void append(struct kept *k)
{
	k->next = NULL;
	xs_store_release(kept_tail, k);
	kept_tail = &k->next;
}

static struct kept *take_first(void)
{
	struct kept *k = kept;

	xs_store_release(&kept, k->next);
	if (!kept)
		kept_tail = &kept;
	return k;
}

/* The first ones, so many: those that aren't over go to the end. */
static struct kept *take_over(unsigned int looks)
{
	struct kept *done = NULL, *last = NULL, *k;

	pthread_mutex_lock(&kept_lock);
	while (looks-- && kept && kept != last) {
		k = take_first();
		if (over(k)) {
			k->next = done;
			done = k;
			continue;
		}
		if (!last)
			last = k;	/* round once */
		append(k);
	}
	pthread_mutex_unlock(&kept_lock);
	return done;
}

static void tidy(unsigned int looks)
{
	struct kept *k, *done = take_over(looks);

	while ((k = done)) {
		done = k->next;
		REAL(clReleaseEvent)(k->ev);
		free(k);
	}
}

void xsched_opencl_tidy(void)
{
	if (xs_load(&kept))
		tidy(~0u);
}

/* ----------------------------------------- when the program calls nobody any more */

#define TIDY_MIN_NS	1000000u
#define TIDY_MAX_NS	100000000u

static _Atomic bool tidying;	/* there is a thread for it */
static _Atomic bool leaving;	/* the process exits */

static void leave(void)
{
	xs_store_release(&leaving, true);
}

static void *tidy_until_done(void *unused)
{
	struct timespec t = { .tv_nsec = TIDY_MIN_NS };

	for (;;) {
		nanosleep(&t, NULL);
		if (xs_load(&leaving))
			return unused;
		xsched_opencl_tidy();
		if (!xs_load(&kept)) {
			xs_store_release(&tidying, false);
			/* Pairs with that of xsched_opencl_tidy_later(), which follows its keep(). */
			xs_fence();
			if (!xs_load(&kept) || __atomic_exchange_n(&tidying, true, __ATOMIC_ACQ_REL))
				return unused;
		}
		if (t.tv_nsec < TIDY_MAX_NS)
			t.tv_nsec *= 2;
	}
}

static void start_tidying(void)
{
	sigset_t all, old;
	pthread_attr_t attr;
	pthread_t thread;
	int ret;

	/* The program's signals are the program's threads' business. */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	pthread_attr_init(&attr);
	pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	ret = pthread_create(&thread, &attr, tidy_until_done, NULL);
	pthread_attr_destroy(&attr);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	if (ret)
		xs_store_release(&tidying, false);
}

static void forget_thread(void)
{
	xs_store_release(&tidying, false);
}

static void prepare_tidying(void)
{
	atexit(leave);
	pthread_atfork(NULL, NULL, forget_thread);
}

void xsched_opencl_tidy_later(void)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	xs_fence();
	if (!xs_load(&kept) || xs_load(&leaving))
		return;
	pthread_once(&once, prepare_tidying);
	if (!__atomic_exchange_n(&tidying, true, __ATOMIC_ACQ_REL))
		start_tidying();
}

void xsched_opencl_keep(cl_event ev)
{
	struct kept *k = malloc(sizeof(*k));

	if (xs_load(&kept))
		tidy(LOOKS);
	if (!k) {
		REAL(clReleaseEvent)(ev);
		return;
	}
	*k = (struct kept){ .ev = ev };
	pthread_mutex_lock(&kept_lock);
	append(k);
	pthread_mutex_unlock(&kept_lock);
}
