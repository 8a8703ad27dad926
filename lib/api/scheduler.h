/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * Who schedules this process, for the runtime that attaches to it.
 */
#ifndef XSCHED_API_SCHEDULER_H
#define XSCHED_API_SCHEDULER_H

#include <stdbool.h>

struct xsched_link_ops;

/* Is there to be anybody but the program itself who stops queues? */
bool xsched_scheduler_wants_queues(void);

/* The link that the process is to use; NULL: to the kernel, or else to the host. */
const struct xsched_link_ops *xsched_scheduler_link(void);

#endif
