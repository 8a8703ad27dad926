/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * What KFD 1.13 and later offers to debuggers, for systems whose kernel headers are older.
 */
#ifndef XSCHED_HAL_HIP_KFD_DEBUG_H
#define XSCHED_HAL_HIP_KFD_DEBUG_H

#include <linux/kfd_ioctl.h>

#ifndef AMDKFD_IOC_DBG_TRAP
#define KFD_EC_MASK(ecode)	(1ULL << ((ecode) - 1))
#define EC_QUEUE_NEW		31
#define KFD_RUNTIME_ENABLE_MODE_ENABLE_MASK	1
#define KFD_IOC_DBG_TRAP_ENABLE			0
#define KFD_IOC_DBG_TRAP_DISABLE		1
#define KFD_IOC_DBG_TRAP_SUSPEND_QUEUES		6
#define KFD_IOC_DBG_TRAP_RESUME_QUEUES		7
#define KFD_IOC_DBG_TRAP_QUERY_DEBUG_EVENT	11

struct kfd_runtime_info {
	__u64 r_debug;
	__u32 runtime_state, ttmp_setup;
};

struct kfd_ioctl_runtime_enable_args {
	__u64 r_debug;
	__u32 mode_mask, capabilities_mask;
};

struct kfd_ioctl_dbg_trap_args {
	__u32 pid, op;
	union {
		struct {
			__u64 exception_mask, rinfo_ptr;
			__u32 rinfo_size, dbg_fd;
		} enable;
		struct {
			__u64 exception_mask, queue_array_ptr;
			__u32 num_queues, grace_period;
		} suspend_queues;
		struct {
			__u64 queue_array_ptr;
			__u32 num_queues, pad;
		} resume_queues;
		struct {
			__u64 exception_mask;
			__u32 gpu_id, queue_id;
		} query_debug_event;
	};
};

#define AMDKFD_IOC_RUNTIME_ENABLE AMDKFD_IOWR(0x25, struct kfd_ioctl_runtime_enable_args)
#define AMDKFD_IOC_DBG_TRAP AMDKFD_IOWR(0x26, struct kfd_ioctl_dbg_trap_args)
#endif

#endif
