/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * The HIP shim's own parts: the table of HSA's functions that it changes, and the
 * program's queues.
 *
 * ROCr loads what HSA_TOOLS_LIB names and hands it the table that every call of HSA's
 * goes through, HIP's own included: linked, dlopen()ed or fetched makes no difference.
 * The preload only watches ioctl() (which driver queue is which) and names itself there.
 */
#ifndef XSCHED_SHIM_HIP_H
#define XSCHED_SHIM_HIP_H

#include "../../../hal/hip/hip.h"
#include "../../xqueue/xqueue.h"

#define EXPORT __attribute__((visibility("default")))

/* Set before HSA's first use by a program that makes XQueues itself. */
extern EXPORT bool xsched_hip_explicit;

/* Are calls to be wrapped: because of the environment, or of the program? */
static inline bool hip_wanted(void)
{
	return xsched_hip_explicit || xsched_enabled();
}

struct aql_former {
	struct aql_former *next;
	struct xqueue *xq;
};

/* queues.c */
struct aql_queue *hip_queue(const hsa_queue_t *q);
struct aql_queue *hip_queue_by_doorbell(uint64_t signal);
void hip_queue_new(hsa_queue_t *q, hsa_agent_t agent);
/* Before the real destroy, and after it: destroyed says whether it was. */
struct aql_queue *hip_queue_going(hsa_queue_t *q);
void hip_queue_gone(struct aql_queue *aq, bool destroyed);
/* An entity of its own from here on, of this level; a reference. NULL: it can't be scheduled. */
struct xqueue *hip_queue_own(struct aql_queue *aq, uint32_t level);
void hip_queue_disown(struct aql_queue *aq);
/* The queue that this thread's last call put something into; NULL to forget. */
extern _Thread_local struct aql_queue *hip_touched;

/* HSA shuts down: none of its functions may be called after this. */
void hip_queues_drop(void);

/* preload.c */
EXPORT void xsched_hip_name_tool(void);
EXPORT int xsched_hip_ioctl(int fd, unsigned long cmd, void *arg);

#endif
