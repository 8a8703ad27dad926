/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * OpenCL as the HAL and the shim share it: the real entry points and the
 * tables of the levels.
 */
#ifndef XSCHED_HAL_OPENCL_H
#define XSCHED_HAL_OPENCL_H

#define CL_TARGET_OPENCL_VERSION 300
#define CL_USE_DEPRECATED_OPENCL_1_0_APIS
#define CL_USE_DEPRECATED_OPENCL_1_1_APIS
#define CL_USE_DEPRECATED_OPENCL_1_2_APIS
#define CL_USE_DEPRECATED_OPENCL_2_0_APIS
#define CL_USE_DEPRECATED_OPENCL_2_1_APIS
#define CL_USE_DEPRECATED_OPENCL_2_2_APIS
#include <CL/cl.h>
#include <CL/cl_ext.h>
#include <CL/cl_icd.h>

#include "../hal.h"

/* The functions below us: the loader's, or the next layer's. Set by the shim before any queue exists. */
extern const cl_icd_dispatch *xsched_opencl_real;

/* kept.c */
/* An event of a command of our own: takes over the reference. */
void xsched_opencl_keep(cl_event ev);
/* Lets go of our own commands that have ended. */
void xsched_opencl_tidy(void);
/* The same, from elsewhere, until all have ended: the program may not call OpenCL again. */
void xsched_opencl_tidy_later(void);

/* A completion of ev reports one command of q, now or when it happens. */
void xsched_opencl_track(struct xqueue *q, cl_event ev);

/*
 * What a command that is begun now has to wait for, besides its own list, on a queue without
 * program order; with a reference; NULL: nothing.
 */
cl_event xsched_opencl_hold(struct xqueue *q);

/* The strongest level that a device does. */
uint32_t xsched_opencl_strongest(cl_device_id dev);

/* pocl.c */
bool xsched_pocl_is(cl_device_id dev);
/* Meets the device's workers, so that level 3 can stop them; false if it can't. */
bool xsched_pocl_muster(cl_device_id dev);
bool xsched_pocl_inside(uintptr_t pc);

/* The table for a queue of this device at this level, 0 for the strongest; says once if wanted is too much. */
const struct xsched_hal_ops *xsched_opencl_hal(cl_device_id dev, cl_command_queue_properties props,
					       uint32_t wanted);

#endif
