/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * The OpenCL shim's own parts: queues known to it, and who calls whom.
 */
#ifndef XSCHED_SHIM_OPENCL_H
#define XSCHED_SHIM_OPENCL_H

#include "../../../hal/opencl/opencl.h"
#include "../../xqueue/xqueue.h"

#define EXPORT __attribute__((visibility("default")))

/* Where an extension's function comes from: one slot per platform that was asked. */
#define MAX_PLATFORMS 8

struct ocl_queue {
	struct ocl_queue *next;
	cl_command_queue handle;
	struct xqueue *xq;		/* NULL: not scheduled */
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

/* wrap.c */
/* Fills in our wrappers over the members that are set. */
void ocl_wrap_dispatch(cl_icd_dispatch *d);
/* Our wrapper of a function, or NULL; real is remembered for extensions. */
void *ocl_wrapper(const char *name, void *real, unsigned int platform);

extern bool ocl_layer_active;

#endif
