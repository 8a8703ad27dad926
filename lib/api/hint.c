// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * XHint*: what the scheduler is told about queues. Values are checked here, as they
 * must hold for a scheduler that comes later.
 */
#include "api.h"
#include "../../kmod/core/core.h"

#include <errno.h>

static _Atomic int64_t timeslice_us;	/* 0: never given */
static _Atomic int64_t k_queues;	/* likewise */

void hint_defaults(struct gqueue *q)
{
	int64_t us = xs_load(&timeslice_us), k = xs_load(&k_queues);

	if (us) {
		q->hint[XSCHED_HINT_TIMESLICE] = us;
		q->hints |= 1u << XSCHED_HINT_TIMESLICE;
	}
	if (k) {
		q->hint[XSCHED_HINT_K] = k;
		q->hints |= 1u << XSCHED_HINT_K;
	}
}

static XResult hint(XQueueHandle xq, uint32_t kind, int64_t value)
{
	struct gqueue *q;

	if (xsched_hint_check(kind, value))
		return kXSchedErrorInvalidValue;
	q = gq_enter(xq);
	if (!q)
		return kXSchedErrorNotFound;
	gq_set_hint(q, kind, value);
	gq_unlock(q);
	return kXSchedSuccess;
}

static XResult set_noexec(XQueueHandle xq, bool on)
{
	struct gqueue *q = gq_enter(xq);

	if (!q)
		return kXSchedErrorNotFound;
	if (on)
		gq_stop(q, GQ_STOP_NOEXEC);
	else
		gq_go(q, GQ_STOP_NOEXEC);
	gq_unlock(q);
	return kXSchedSuccess;
}

XSCHED_PUBLIC XResult XHintPriority(XQueueHandle xq, Priority prio)
{
	XResult r;

	if (prio == PRIORITY_NO_EXECUTE)
		return set_noexec(xq, true);
	if (prio < PRIORITY_MIN || prio > PRIORITY_MAX)
		return kXSchedErrorInvalidValue;
	r = depend_set_priority(xq, prio);
	return r ? r : set_noexec(xq, false);
}

XSCHED_PUBLIC XResult XHintUtilization(XQueueHandle xq, Utilization util)
{
	return hint(xq, XSCHED_HINT_UTILIZATION, util);
}

static void set_timeslice(struct gqueue *q)
{
	gq_set_hint(q, XSCHED_HINT_TIMESLICE, xs_load(&timeslice_us));
}

XSCHED_PUBLIC XResult XHintTimeslice(Timeslice ts_us)
{
	if (ts_us == (Timeslice)TIMESLICE_UNLIMITED)
		ts_us = TIMESLICE_MAX;
	if (xsched_hint_check(XSCHED_HINT_TIMESLICE, ts_us))
		return kXSchedErrorInvalidValue;
	xs_store_release(&timeslice_us, ts_us);
	gq_for_each(set_timeslice);
	return kXSchedSuccess;
}

XSCHED_PUBLIC XResult XHintLaxity(XQueueHandle xq, Laxity lax_us, Priority lax_prio,
				  Priority crit_prio)
{
	XResult r;

	if (xsched_hint_check(XSCHED_HINT_LAXITY, lax_us) ||
	    xsched_hint_check(XSCHED_HINT_LAX_PRIO, lax_prio) ||
	    xsched_hint_check(XSCHED_HINT_CRIT_PRIO, crit_prio))
		return kXSchedErrorInvalidValue;
	r = hint(xq, XSCHED_HINT_LAX_PRIO, lax_prio);
	if (!r)
		r = hint(xq, XSCHED_HINT_CRIT_PRIO, crit_prio);
	return r ? r : hint(xq, XSCHED_HINT_LAXITY, lax_us);
}

XSCHED_PUBLIC XResult XHintDeadline(XQueueHandle xq, Deadline ddl_us)
{
	return hint(xq, XSCHED_HINT_DEADLINE, ddl_us);
}

static void set_k(struct gqueue *q)
{
	gq_set_hint(q, XSCHED_HINT_K, xs_load(&k_queues));
}

XSCHED_PUBLIC XResult XHintKDeadline(size_t k)
{
	if (!k || k > INT64_MAX || xsched_hint_check(XSCHED_HINT_K, (int64_t)k))
		return kXSchedErrorInvalidValue;
	xs_store_release(&k_queues, (int64_t)k);
	gq_for_each(set_k);
	return kXSchedSuccess;
}
