/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * NVIDIA's resource manager as far as level 3 needs it: every number and layout of its
 * interface that xsched knows, and the calls made with them.
 *
 * Source: NVIDIA's open GPU kernel modules, 580 (MIT), where each is named after:
 *	src/common/sdk/nvidia/inc/nvos.h		RM_ALLOC_64, RM_CONTROL_54
 *	src/nvidia/arch/nvalloc/unix/include/nv_escape.h ESC_*
 *	.../inc/ctrl/ctrla06c.h				SET_TIMESLICE
 *	.../inc/ctrl/ctrl2080/ctrl2080fifo.h		DISABLE_CHANNELS
 *	.../inc/class/cla06c.h, cl2080.h		classes
 * It isn't a stable interface: what a call returns decides, and level 2 is what is
 * left where one fails.
 */
#ifndef XSCHED_HAL_CUDA_RM_H
#define XSCHED_HAL_CUDA_RM_H

#include <stdbool.h>
#include <stdint.h>

#define RM_IOCTL_TYPE		'F'
#define RM_ESC_FREE		0x29
#define RM_ESC_CONTROL		0x2a
#define RM_ESC_ALLOC		0x2b

#define RM_CLASS_SUBDEVICE	0x2080
#define RM_CLASS_GROUP		0xa06c		/* KEPLER_CHANNEL_GROUP_A */
#define RM_CLASS_IS_CHANNEL(c)	(((c) & 0xff) == 0x6f && (c) >= 0xa06f)	/* ..._CHANNEL_GPFIFO_* */

#define RM_SET_TIMESLICE	0xa06c0103u
#define RM_DISABLE_CHANNELS	0x2080110bu
#define RM_CHANNELS_MAX		64

/* Long enough to be what the driver sets itself. */
#define RM_TIMESLICE_DEFAULT_US	2048
/* Measured on an H100: a neighbour's P99 is 251 us with it and 2357 us with the default. */
#define RM_TIMESLICE_SHORT_US	1
/* For those who are never stopped: few switches while somebody with a short one is beside. */
#define RM_TIMESLICE_LONG_US	20000

struct rm_alloc {		/* the first fields are those of the older, shorter one too */
	uint32_t client, parent, object, class;
	uint64_t params, rights;
	uint32_t params_size, flags, status;
};
_Static_assert(sizeof(struct rm_alloc) == 48, "NVOS64_PARAMETERS");

struct rm_alloc_short {
	uint32_t client, parent, object, class;
	uint64_t params;
	uint32_t params_size, status;
};
_Static_assert(sizeof(struct rm_alloc_short) == 32, "NVOS21_PARAMETERS");

struct rm_free {
	uint32_t client, parent, object, status;
};

struct rm_control {
	uint32_t client, object, cmd, flags;
	uint64_t params;
	uint32_t params_size, status;
};
_Static_assert(sizeof(struct rm_control) == 32, "NVOS54_PARAMETERS");

struct rm_timeslice {
	uint64_t us;
};

struct rm_disable_channels {
	uint8_t disable;
	uint32_t n;
	uint8_t only_scheduling, rewind;
	uint64_t event;
	uint32_t clients[RM_CHANNELS_MAX], channels[RM_CHANNELS_MAX];
};
_Static_assert(sizeof(struct rm_disable_channels) == 24 + 8 * RM_CHANNELS_MAX, "as in ctrl2080fifo.h");

/*
 * What this process's driver allocates, seen as it passes by. Called after the real call
 * with what it returned.
 */
void xsched_rm_saw(int fd, unsigned long request, void *arg, int ret);
/* CUDA's number of the device for which this thread is making a context, -1: none. */
extern _Thread_local int xsched_rm_device;
/* Changes when something has been allocated for which time slices are to be set. */
uint32_t xsched_rm_groups(void);

/* Are there channel groups that can be acted on? Tries it once, with no effect. */
bool xsched_rm_ready(void);
const char *xsched_rm_reason(void);

/* Time slice of the compute groups on a device, -1 all; 0 or -errno. About 0.4 ms each. */
int xsched_rm_set_timeslice(int dev, uint32_t us);
/* Takes their channels off the hardware, or puts them back. About 0.45 ms. */
int xsched_rm_disable(int dev, bool disable);

#endif
