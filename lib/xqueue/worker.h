/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * Level 3, between who asks (park.c) and who runs commands (worker.c).
 */
#ifndef XSCHED_WORKER_H
#define XSCHED_WORKER_H

#include "xqueue.h"

#include <time.h>

#define XWORKERS_MAX	1024
#define XWORKER_NEVER	(~0ull)

struct xworker {
	_Atomic uint32_t tid;		/* 0: free */
	clockid_t clock;
	bool (*inside)(uintptr_t pc);
	_Atomic uint32_t asked, answered;
	_Atomic uint32_t parked;
	_Atomic uint32_t at_gate;
	_Atomic uint64_t slept_at_ns;	/* its CPU time when it was seen asleep last */
	struct xqueue *q;		/* whose gate it is to look at; a reference; the asker's */
	void *stack;
};

/* Slots are reused, and stay where they are. */
extern struct xworker xworkers[XWORKERS_MAX];
extern _Atomic uint32_t n_xworkers;
extern pthread_mutex_t xworkers_lock;		/* who asks, comes and goes */
extern _Atomic uint32_t xworkers_expected;	/* whom nobody knows can't be stopped */
extern _Atomic uint32_t xworker_resumes;	/* how often one has gone on */

/* False if the program has taken our signal for itself meanwhile. */
bool xworkers_can_stop(void);
/* Sends it the signal; false if it is gone. Called with the lock held. */
bool xworker_ask(struct xworker *w);
/* As proc(5) has it: R for one that was woken, though it hasn't run yet; 0 if it can't be known. */
char xworker_state(uint32_t tid);
void xworkers_tell(struct xentity *e, void (*fn)(struct xqueue *q));

#endif
