/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * The OpenCL shim's own parts: queues known to it, and who calls whom.
 */
#ifndef XSCHED_SHIM_OPENCL_H
#define XSCHED_SHIM_OPENCL_H

#include "../../../hal/opencl/opencl.h"
#include "../../xqueue/xqueue.h"
#include "../../include/xsched/types.h"

#define EXPORT __attribute__((visibility("default")))

/* Where an extension's function comes from: one slot per platform that was asked. */
#define MAX_PLATFORMS 8

struct ocl_former {
	struct ocl_former *next;
	struct xqueue *xq;
};

struct ocl_queue {
	struct ocl_queue *next;
	cl_command_queue handle;
	struct xqueue *xq;		/* NULL: not scheduled */
	struct ocl_former *former;	/* those before it, which a call may still be using */
	bool own;			/* the program made an XQueue of it */
	unsigned int platform;		/* index, MAX_PLATFORMS unknown */
	int refs;			/* the program's references */
};

/* queues.c */
/* Never fails: a queue that can't be looked after isn't scheduled. */
struct xqueue *ocl_xqueue(cl_command_queue q);
/* With a reference, and only if it is known: the program may have released it. */
struct xqueue *ocl_xqueue_known(cl_command_queue q);
unsigned int ocl_queue_platform(cl_command_queue q);
void ocl_queue_new(cl_command_queue q, cl_device_id dev);
void ocl_queue_retained(cl_command_queue q);
/* Called before the real release: after it the handle may be another queue's. */
void ocl_queue_releasing(cl_command_queue q);
unsigned int ocl_platform_index(cl_platform_id p);
/* An entity of its own, with a reference for the caller; NULL: it can't be. */
struct xqueue *ocl_queue_own(cl_command_queue q, uint32_t level);
/* Is no other queue known? */
bool ocl_queue_is_alone(cl_command_queue q);
/* Back to how the process's queues are scheduled. */
void ocl_queue_disown(cl_command_queue q);

/* wrap.c */
/* Fills in our wrappers over the members that are set. */
void ocl_wrap_dispatch(cl_icd_dispatch *d);
/* Our wrapper of a function, or NULL; real is remembered for extensions. */
void *ocl_wrapper(const char *name, void *real, unsigned int platform);

extern bool ocl_layer_active;

/* preload.c: the functions below us, also if nothing is wrapped. */
const cl_icd_dispatch *ocl_real(void);
/* Do the program's calls pass through the wrappers? */
bool ocl_intercepts(void);

/* Set before OpenCL's first use by a program that makes XQueues itself. */
extern EXPORT bool xsched_opencl_explicit;

/* Are calls to be wrapped: because of the environment, or of the program? */
static inline bool ocl_wanted(void)
{
	return xsched_opencl_explicit || xsched_enabled();
}

EXPORT const char *xsched_opencl_path(void);

/* override.c: the queue to be used instead of a new one, with a reference; NULL: none */
cl_command_queue ocl_override(void);
/* A queue was created: it may be the one for the next time. */
void ocl_override_with(cl_command_queue q);

/* api.c */
EXPORT XResult xsched_opencl_queue_create(HwQueueHandle *hwq, cl_command_queue cmdq);

#endif
