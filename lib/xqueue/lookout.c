// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * The lookout: a thread that sees to it that what the program itself has stopped at level 3
 * stands, for as long as it is stopped. Of a scheduler's gates the agent is told.
 */
#define _GNU_SOURCE
#include "xqueue.h"

#include <linux/futex.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define LOOK_MIN_NS	50000u
#define LOOK_MAX_NS	1000000u
#define STANDING_NS	5000000u	/* those that slept may have found a command */

static _Atomic pid_t owner;		/* the process whose lookout there is */
static uint32_t calls;			/* futex: what has been stopped so far */

/* Is anything stopped, and if so, does all of it stand? */
static bool look(bool *standing)
{
	struct xqueue **qs;
	unsigned int n, i;
	bool any = false;

	*standing = true;
	n = xqueue_grab_all(&qs);
	for (i = 0; i < n; i++) {
		if (qs[i]->hal->inside && xs_load(&qs[i]->suspended) &&
		    xsched_anchor->generation == qs[i]->generation) {
			any = true;
			*standing &= xqueue_park(qs[i]);
			xqueue_hide(qs[i]);
		}
		xqueue_put(qs[i]);
	}
	free(qs);
	return any;
}

static void *look_out(void *unused)
{
	struct timespec t = { .tv_nsec = LOOK_MIN_NS };
	uint32_t seen, before = 0;
	bool any, standing;

	(void)unused;
	for (;;) {
		seen = xs_load(&calls);
		any = look(&standing);
		if (seen != before)
			t.tv_nsec = LOOK_MIN_NS;
		else
			t.tv_nsec = standing ? STANDING_NS :
				    t.tv_nsec < LOOK_MAX_NS ? 2 * t.tv_nsec : LOOK_MAX_NS;
		before = seen;
		syscall(SYS_futex, &calls, FUTEX_WAIT_PRIVATE, seen, any ? &t : NULL, NULL, 0);
	}
	return NULL;
}

void xqueue_lookout(void)
{
	pid_t self = getpid();
	pthread_t t;

	xs_add_release(&calls, 1);
	/* A forked child needs its own. */
	if (__atomic_exchange_n(&owner, self, __ATOMIC_ACQ_REL) == self)
		syscall(SYS_futex, &calls, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
	else if (xsched_thread_start(&t, "xsched-lookout", look_out, NULL))
		xs_store_release(&owner, 0);
}
