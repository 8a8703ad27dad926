// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * A generic queue's worker: launches what is held once it may, and watches completions
 * for those who want to know. It exists from the first time that it is needed.
 */
#define _GNU_SOURCE
#include "generic.h"

#include <linux/futex.h>
#include <signal.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define LOOK_AGAIN_S	1	/* a lost bell would cost this, not everything */

static void bell_wait(struct gqueue *q, uint32_t seen, bool held)
{
	struct timespec t = { .tv_sec = LOOK_AGAIN_S };

	xs_store_relaxed(&q->asleep, 1);
	/* Pairs with the one in gq_ring(): it sees us asleep, or we see its ring. */
	xs_fence();
	if (xs_load(&q->bell) == seen)
		syscall(SYS_futex, &q->bell, FUTEX_WAIT_PRIVATE, seen, held ? &t : NULL, NULL, 0);
	xs_store_relaxed(&q->asleep, 0);
}

void gq_ring(struct gqueue *q)
{
	__atomic_fetch_add(&q->bell, 1, __ATOMIC_SEQ_CST);
	xs_fence();
	if (xs_load(&q->asleep))
		syscall(SYS_futex, &q->bell, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
}

void gq_gate_changed(void *arg)
{
	gq_ring(arg);
}

/* Does anybody want to know of completions as they happen? */
static bool is_watched(struct gqueue *q)
{
	return q->observers || q->asked || xs_load(&q->ctl->notify) & XSCHED_NOTIFY_TRACK;
}

static void answer_track(struct gqueue *q)
{
	uint32_t seq = xs_load(&q->ctl->track_seq);

	/* What is in flight has its place in the list, whether it is watched or not. */
	if (xs_load_relaxed(&q->st->track_ack) == seq)
		return;
	xs_store_release(&q->st->track_ack, seq);
	q->kick_due = true;
}

static void watch(struct gqueue *q)
{
	if (q->syncing)
		pthread_cond_wait(&q->changed, &q->lock);
	else
		gq_platform_wait(q, false, true);
}

/* One step; false if there's nothing to do for now. */
static bool work(struct gqueue *q)
{
	bool open = !gq_closed(q) || xs_load(&q->ctl->gate) == XSCHED_GATE_ASK;

	answer_track(q);
	if (!open && q->in_flight && !q->deactivated)
		gq_deactivate(q);
	if (q->deactivated) {
		gq_collect(q);
		return true;
	}
	gq_reap(q);
	if (q->held.first && open && !q->host && gq_launch_held(q))
		return true;
	if (!q->in_flight)
		return false;
	/* Room for what is held, or for a function that waits for all before it. */
	if (is_watched(q) || (q->held.first && open)) {
		watch(q);
		return true;
	}
	return false;
}

static void *worker(void *arg)
{
	struct gqueue *q = arg;
	uint32_t seen;
	bool held;

	pthread_mutex_lock(&q->lock);
	for (;;) {
		seen = xs_load(&q->bell);
		if (q->dying)
			break;
		if (work(q)) {
			gq_unlock(q);
			pthread_mutex_lock(&q->lock);
			continue;
		}
		held = q->held.first;
		gq_unlock(q);
		bell_wait(q, seen, held);
		pthread_mutex_lock(&q->lock);
	}
	gq_unlock(q);
	return NULL;
}

static bool start(struct gqueue *q)
{
	sigset_t all, old;
	pthread_attr_t attr;
	int ret;

	/* The program's signals are the program's threads' business. */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, 512 * 1024);
	ret = pthread_create(&q->worker, &attr, worker, q);
	pthread_attr_destroy(&attr);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	if (!ret)
		pthread_setname_np(q->worker, "xsched-queue");
	return !ret;
}

void gq_need_worker(struct gqueue *q)
{
	static unsigned int said;

	if (q->has_worker) {
		gq_ring(q);
		return;
	}
	if (q->dying)
		return;
	q->has_worker = start(q);
	if (!q->has_worker)
		xsched_say_once(&said, "xsched: queue %#llx: no thread can be started, so what it holds back waits until one can; raise the limit on processes",
				(unsigned long long)q->handle);
}

/* Wants the lock, and drops it meanwhile. */
void gq_stop_worker(struct gqueue *q)
{
	q->dying = true;
	if (!q->has_worker)
		return;
	gq_ring(q);
	pthread_mutex_unlock(&q->lock);
	pthread_join(q->worker, NULL);
	pthread_mutex_lock(&q->lock);
	q->has_worker = false;
}
