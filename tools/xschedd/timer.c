// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * One timer for all devices: set to the earliest time at which a domain wants to be
 * called again.
 *
 * It is set back only when it has gone off: what comes later needs no system call,
 * and going off too early costs one.
 */
#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "xschedd.h"

/* However soon a domain wants to be called, messages get their turn. */
#define MIN_DELTA_NS	(20 * XD_NSEC_PER_USEC)

static u64 armed_ns = XSCHED_NEVER;
static u64 watchdog_ns;		/* how often to say that we live; 0: nobody asks */
static u64 next_watchdog_ns = XSCHED_NEVER;

static struct xd_watch watch = { .fd = -1 };

static void set(u64 at_ns)
{
	struct itimerspec t = {
		.it_value.tv_sec = (time_t)(at_ns / 1000000000ULL),
		.it_value.tv_nsec = (long)(at_ns % 1000000000ULL),
	};

	armed_ns = at_ns;
	timerfd_settime(watch.fd, TFD_TIMER_ABSTIME, &t, NULL);
}

/**
 * xd_timer_arm - somebody wants to be called
 * @next_ns: when, or XSCHED_NEVER
 * @now_ns: time
 */
void xd_timer_arm(u64 next_ns, u64 now_ns)
{
	if (next_ns >= armed_ns)
		return;
	set(xsched_max_u64(next_ns, now_ns + MIN_DELTA_NS));
}

static void feed_watchdog(u64 now_ns)
{
	if (now_ns >= next_watchdog_ns) {
		xd_service_notify("WATCHDOG=1");
		next_watchdog_ns = now_ns + watchdog_ns;
	}
	xd_timer_arm(next_watchdog_ns, now_ns);
}

static void went_off(struct xd_watch *w, uint32_t events)
{
	u64 now_ns = xd_now_ns(), times;
	struct xd_device *d;
	u32 id = 1;

	(void)events;
	if (read(w->fd, &times, sizeof(times)) < 0 && errno == EAGAIN)
		return;		/* it was set anew meanwhile */
	armed_ns = XSCHED_NEVER;
	for (; (d = xd_ids_next(&xd_devices, &id)); id++) {
		if (d->domain.next_ns <= now_ns)
			xsched_domain_tick(&d->domain, now_ns);
		xd_device_settle(d, now_ns);
	}
	feed_watchdog(now_ns);
}

int xd_timer_init(void)
{
	u64 now_ns = xd_now_ns();
	int err;

	watch.fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
	if (watch.fd < 0)
		return -errno;
	watch.ready = went_off;
	err = xd_loop_add(&watch, EPOLLIN);
	watchdog_ns = xd_service_watchdog_ns();
	if (!err && watchdog_ns) {
		next_watchdog_ns = now_ns + watchdog_ns;
		xd_timer_arm(next_watchdog_ns, now_ns);
	}
	return err;
}
