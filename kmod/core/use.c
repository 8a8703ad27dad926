// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * Use of the device: who is on it, among whom its time is divided.
 *
 * That is who runs, and who was stopped and isn't quiet yet. But nobody sees whether the
 * latter works, or lost its place to the next one in the middle of a command: on a device that
 * programs take turns on, such as a CPU, it isn't quiet then before its turn comes again, and
 * would pay for half of what the other does. So who was stopped beside somebody who runs
 * pays for what it completes and for a command more, and that's all. What a command takes is
 * learned from turns.
 *
 * Completions are the process's own word, and so is that it is quiet, which would cost it
 * nothing either. Where the handoff is strict nobody else is on the device.
 */
#include "internal.h"

u64 xsched_use_clock(const struct xsched_domain *d, u64 now_ns)
{
	if (!d->n_users || now_ns <= d->use_since_ns)
		return d->use_clock_ns;
	return d->use_clock_ns + (now_ns - d->use_since_ns) / d->n_users;
}

void xsched_use_advance(struct xsched_domain *d, u64 now_ns)
{
	d->use_clock_ns = xsched_use_clock(d, now_ns);
	d->use_since_ns = now_ns;
}

static xsched_aside void count_use(const struct xsched_entity *e, struct xsched_meter *m)
{
	if (e->uses)
		xsched_meter_begin(m, e->domain->use_clock_ns);
	else
		xsched_meter_end(m, e->domain->use_clock_ns);
}

void xsched_use_join(struct xsched_entity *e, struct xsched_meter *m, u64 now_ns)
{
	e->use_meter = m;
	if (e->uses)
		xsched_meter_begin(m, xsched_use_clock(e->domain, now_ns));
}

void xsched_use_part(struct xsched_entity *e, u64 now_ns)
{
	if (e->uses)
		xsched_meter_end(e->use_meter, xsched_use_clock(e->domain, now_ns));
	e->use_meter = NULL;
}

u64 xsched_use_read(const struct xsched_domain *d, const struct xsched_meter *m, u64 now_ns)
{
	return xsched_meter_read(m, xsched_use_clock(d, now_ns));
}

/* The clock is as of now, and so is the entity's account. */
void xsched_use_set(struct xsched_entity *e, bool uses)
{
	e->uses = uses;
	if (uses)
		e->domain->n_users++;
	else
		e->domain->n_users--;
	if (e->use_meter)
		count_use(e, e->use_meter);
	xsched_seat_use(e);
}

/* Its turn is over, or it was stopped: what did a command take since that was so last? */
void xsched_use_learn(struct xsched_entity *e)
{
	u64 used_ns = e->account.used_ns - e->done_used_ns;

	e->done_stopped = e->done;
	e->stopped_used_ns = e->account.used_ns;
	if (!e->done)
		return;
	used_ns /= e->done;
	e->command_ns = e->command_ns ? (3 * e->command_ns + used_ns) / 4 : used_ns;
	e->done = e->done_stopped = 0;
	e->done_used_ns = e->account.used_ns;
}

/* What is expected of one that was stopped: what it has completed since, and a command. */
static u64 use_expected_ns(const struct xsched_entity *e)
{
	return (e->done - e->done_stopped + 1ULL) * e->command_ns;
}

static bool is_used_up(const struct xsched_entity *e, u64 now_ns)
{
	const struct xsched_domain *d = e->domain;

	if (!d->n_running || d->tun.strict || !e->command_ns)
		return false;
	return xsched_entity_used_ns(e, now_ns) - e->stopped_used_ns >= use_expected_ns(e);
}

/**
 * xsched_use_review - does an entity that drains still count as being on the device?
 * @e: DRAINING
 * @now_ns: time
 */
void xsched_use_review(struct xsched_entity *e, u64 now_ns)
{
	bool uses = !is_used_up(e, now_ns);

	if (uses == e->uses)
		return;
	xsched_use_advance(e->domain, now_ns);
	xsched_entity_settle_use(e, now_ns);
	xsched_use_set(e, uses);
}
