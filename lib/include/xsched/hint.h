/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * What a program tells the scheduler: which one it wants, and how it is to treat a
 * queue. Hints outlive a change of policy or scheduler.
 */
#ifndef XSCHED_HINT_H
#define XSCHED_HINT_H

#include "xsched/types.h"

#ifdef __cplusplus
extern "C" {
#endif

/**
 * XHintSetScheduler - choose who schedules this process
 * @scheduler: XSchedulerType
 * @policy: for kSchedulerLocal; kPolicyUnknown means hpf
 *
 * Queues that exist move to it, with their hints and commands.
 *
 * Return: InvalidValue, NotSupported (no such policy in this build), NotFound (no
 * global scheduler is there; the program goes on as it is).
 */
XResult XHintSetScheduler(XSchedulerType scheduler, XPolicyType policy);

/**
 * XHintPriority - how important is a queue?
 * @xq: queue
 * @prio: PRIORITY_MIN..PRIORITY_MAX, or PRIORITY_NO_EXECUTE
 *
 * Return: NotFound, InvalidValue.
 */
XResult XHintPriority(XQueueHandle xq, Priority prio);

/**
 * XHintUtilization - which share of the device is a queue to have?
 * @xq: queue
 * @util: UTILIZATION_MIN..UTILIZATION_MAX percent
 *
 * Return: NotFound, InvalidValue.
 */
XResult XHintUtilization(XQueueHandle xq, Utilization util);

/**
 * XHintTimeslice - how long does a turn last?
 * @ts_us: TIMESLICE_MIN..TIMESLICE_MAX, or TIMESLICE_UNLIMITED; for all queues of
 *	the process, also later ones
 *
 * Return: InvalidValue.
 */
XResult XHintTimeslice(Timeslice ts_us);

/**
 * XHintLaxity - for how long may a queue be put off?
 * @xq: queue
 * @lax_us: counted from when it becomes ready; NO_LAXITY
 * @lax_prio: its priority until then
 * @crit_prio: its priority from then on
 *
 * Return: NotFound, InvalidValue.
 */
XResult XHintLaxity(XQueueHandle xq, Laxity lax_us, Priority lax_prio, Priority crit_prio);

/**
 * XHintDeadline - by when is a queue to be done?
 * @xq: queue
 * @ddl_us: counted from when it becomes ready; NO_DEADLINE
 *
 * Return: NotFound, InvalidValue.
 */
XResult XHintDeadline(XQueueHandle xq, Deadline ddl_us);

/**
 * XHintKDeadline - how many queues run at once under earliest deadline first?
 * @k: 1..1,000,000; for all queues of the process, also later ones
 *
 * Return: InvalidValue.
 */
XResult XHintKDeadline(size_t k);

#ifdef __cplusplus
}
#endif

#endif
