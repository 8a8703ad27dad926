// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * The deadlines of the scheduler inside of this process: a thread from the first one on.
 */
#define _GNU_SOURCE
#include "local_state.h"

#include <signal.h>

#define POKE_ROUNDS	4

static bool any_poked;
static pthread_cond_t timer_changed;
static pthread_t timer_thread;
static bool has_timer, timer_stop;
static uint64_t timer_ns = XSCHED_NEVER;

/* Under the one lock there is; xsched_local_leave() does it. */
void xsched_local_poke(struct xsched_domain *domain)
{
	container_of(domain, struct local_device, domain)->poked = true;
	any_poked = true;
}

static void tick_all(uint64_t now)
{
	struct local_device *d;

	for (d = xsched_local.devices; d; d = d->next)
		if (d->domain.next_ns <= now)
			xsched_domain_tick(&d->domain, now);
}

/* One domain's decision may concern the next; what goes on and on, goes on by time. */
static void run_poked(void)
{
	unsigned int round;
	struct local_device *d;

	for (round = 0; any_poked && round < POKE_ROUNDS; round++) {
		any_poked = false;
		for (d = xsched_local.devices; d; d = d->next) {
			if (!d->poked)
				continue;
			d->poked = false;
			xsched_domain_poke(&d->domain, xsched_local_now_ns());
		}
	}
}

static uint64_t next_deadline(void)
{
	uint64_t next = XSCHED_NEVER;
	struct local_device *d;

	for (d = xsched_local.devices; d; d = d->next)
		if (d->domain.next_ns < next)
			next = d->domain.next_ns;
	return next;
}

static void *timer(void *arg)
{
	struct timespec t;
	uint64_t now;

	(void)arg;
	pthread_mutex_lock(&xsched_local.lock);
	while (!timer_stop) {
		now = xsched_local_now_ns();
		timer_ns = next_deadline();
		if (timer_ns == XSCHED_NEVER) {
			pthread_cond_wait(&timer_changed, &xsched_local.lock);
		} else if (timer_ns > now) {
			t.tv_sec = (time_t)(timer_ns / 1000000000u);
			t.tv_nsec = (long)(timer_ns % 1000000000u);
			pthread_cond_timedwait(&timer_changed, &xsched_local.lock, &t);
		} else {
			tick_all(now);
			run_poked();
		}
	}
	pthread_mutex_unlock(&xsched_local.lock);
	return NULL;
}

static void start_timer(void)
{
	pthread_condattr_t attr;
	sigset_t all, old;

	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&timer_changed, &attr);
	pthread_condattr_destroy(&attr);
	timer_stop = false;
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	has_timer = !pthread_create(&timer_thread, NULL, timer, NULL);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	if (has_timer)
		pthread_setname_np(timer_thread, "xsched-timer");
}

/* Every call into the core ends here. */
void xsched_local_leave(void)
{
	uint64_t next;

	run_poked();
	next = next_deadline();

	if (next < timer_ns || (has_timer && timer_ns == XSCHED_NEVER && next != XSCHED_NEVER)) {
		if (!has_timer)
			start_timer();
		else
			pthread_cond_signal(&timer_changed);
		timer_ns = next;
	}
	pthread_mutex_unlock(&xsched_local.lock);
}

void xsched_local_stop_timer(void)
{
	bool join = has_timer && !pthread_equal(timer_thread, pthread_self());

	timer_stop = true;
	if (has_timer)
		pthread_cond_signal(&timer_changed);
	has_timer = false;
	timer_ns = XSCHED_NEVER;
	pthread_mutex_unlock(&xsched_local.lock);
	if (join)
		pthread_join(timer_thread, NULL);
}

void xsched_local_forget_timer(void)
{
	has_timer = false;
	timer_ns = XSCHED_NEVER;
}
