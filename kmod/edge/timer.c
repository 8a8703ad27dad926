// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * A device's clock: the domain lock taken with the time, dropped with the timer
 * set to when the core wants to be called again.
 */
#include <linux/ktime.h>
#include <linux/sched/clock.h>
#include <linux/version.h>

#include "edge.h"
#include "trace.h"

/* However soon the core wants to be called, other work gets its turn. */
#define MIN_DELTA_NS	(20 * NSEC_PER_USEC)

static enum hrtimer_restart tick(struct hrtimer *timer)
{
	struct xsched_device *d = container_of(timer, struct xsched_device, timer);
	unsigned long flags;
	u64 now_ns;

	now_ns = xsched_device_lock(d, &flags);
	d->armed_ns = XSCHED_NEVER;
	xsched_domain_tick(&d->domain, now_ns);
	xsched_device_unlock(d, now_ns, flags);
	return HRTIMER_NORESTART;	/* unlocking set it again */
}

/**
 * xsched_timer_init - prepare a device's timer, unarmed
 * @d: device
 */
void xsched_timer_init(struct xsched_device *d)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 13, 0)
	hrtimer_setup(&d->timer, tick, CLOCK_MONOTONIC, HRTIMER_MODE_ABS);
#else
	hrtimer_init(&d->timer, CLOCK_MONOTONIC, HRTIMER_MODE_ABS);
	d->timer.function = tick;
#endif
	d->armed_ns = XSCHED_NEVER;
}

/*
 * A timer that is set to an earlier time stays: setting one costs more than a
 * kick does, often a trap to a hypervisor, and a tick too many finds nothing to do
 * and sets it right.
 */
static void arm(struct xsched_device *d, u64 now_ns)
{
	u64 next_ns = d->domain.next_ns;

	if (d->armed_ns <= next_ns)
		return;
	d->armed_ns = next_ns;
	next_ns = clamp_t(u64, next_ns, now_ns + MIN_DELTA_NS, KTIME_MAX);
	hrtimer_start(&d->timer, ns_to_ktime(next_ns), HRTIMER_MODE_ABS);
}

/**
 * xsched_timer_decision - a policy begins or ends to decide
 * @d: device, locked
 * @begin: which of the two
 */
void xsched_timer_decision(struct xsched_device *d, bool begin)
{
	/* The cheapest clock there is: both readings are of this CPU, irqs off. */
	u64 now_ns = local_clock();

	if (begin)
		xsched_patience_begin(&d->domain, now_ns);
	else
		trace_xsched_decide(d->id, xsched_patience_end(&d->domain, now_ns));
}

/**
 * xsched_device_lock - take the domain lock of a device
 * @d: device
 * @flags: for xsched_device_unlock()
 *
 * Return: the time, which is what the core is to be told.
 */
u64 xsched_device_lock(struct xsched_device *d, unsigned long *flags)
	__acquires(&d->domain.lock)
{
	raw_spin_lock_irqsave(&d->domain.lock, *flags);
	return ktime_get_ns();
}

/**
 * xsched_device_unlock - drop the domain lock, having called the core
 * @d: device
 * @now_ns: what xsched_device_lock() returned
 * @flags: what it set
 *
 * Sets the timer, throws out a policy that took too long, and wakes poll().
 */
void xsched_device_unlock(struct xsched_device *d, u64 now_ns, unsigned long flags)
	__releases(&d->domain.lock)
{
	if (unlikely(xsched_patience_is_lost(&d->domain)))
		xsched_patience_lost(&d->domain, ktime_get_ns());
	arm(d, now_ns);
	/* Who is woken is added under the lock, and goes only after a grace period. */
	if (llist_empty(&d->wakes)) {
		raw_spin_unlock_irqrestore(&d->domain.lock, flags);
		return;
	}
	rcu_read_lock();
	raw_spin_unlock_irqrestore(&d->domain.lock, flags);
	xsched_ring_wake(&d->wakes);
	rcu_read_unlock();
}
