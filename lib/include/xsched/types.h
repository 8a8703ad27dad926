/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * Handles, result codes and constants of the xsched API; names and values are
 * XSched's, so that programs and scripts written for it work unchanged.
 */
#ifndef XSCHED_TYPES_H
#define XSCHED_TYPES_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Kind of a device in the upper half, its XDeviceId in the lower one. */
typedef uint64_t XDevice;
/* Where it is on PCI: domain << 16 | bus << 8 | device << 3 | function; or any number of one's own. */
typedef uint32_t XDeviceId;

/* Never 0. One that has been destroyed is not used again. */
typedef uint64_t XQueueHandle;
typedef uint64_t HwQueueHandle;
typedef uint64_t HwCommandHandle;

/* What every call returns. */
typedef enum {
	kXSchedSuccess			= 0,
	kXSchedErrorHardware		= 1,	/* the platform reported an error */
	kXSchedErrorInvalidValue	= 2,	/* NULL, or out of range */
	kXSchedErrorNotFound		= 3,	/* no such handle in this process */
	kXSchedErrorNotAllowed		= 4,	/* not now, or not from here */
	kXSchedErrorNotSupported	= 5,	/* this queue or scheduler can't */
	kXSchedErrorBadResponse		= 6,	/* the scheduler's answer makes no sense */
	kXSchedErrorUnknown		= 999,	/* out of memory, or worse */
} XResult;

typedef enum {
	kPlatformUnknown	= 0,
	kPlatformVPI		= 1,
	kPlatformCUDA		= 2,
	kPlatformCUDLA		= 3,
	kPlatformHIP		= 4,
	kPlatformAscend		= 5,
	kPlatformOpenCL		= 6,
	kPlatformLevelZero	= 7,
} XPlatform;

typedef enum {
	kDeviceTypeUnknown	= 0,
	kDeviceTypeCPU		= 1,
	kDeviceTypeGPU		= 2,
	kDeviceTypeNPU		= 3,
	kDeviceTypeFPGA		= 4,
	kDeviceTypeASIC		= 5,
	kDeviceTypeMCA		= 6,	/* copies memory */
} XDeviceType;

/* How strongly a queue is stopped. */
typedef enum {
	kPreemptLevelUnknown	= 0,
	kPreemptLevelBlock	= 1,	/* nothing new is launched */
	kPreemptLevelDeactivate	= 2,	/* what has been launched doesn't start */
	kPreemptLevelInterrupt	= 3,	/* what runs stops */
	kPreemptLevelMax,
} XPreemptLevel;

typedef enum {
	kQueueStateUnknown	= 0,
	kQueueStateIdle		= 1,	/* everything submitted has completed */
	kQueueStateReady	= 2,	/* something has not */
} XQueueState;

typedef enum {
	kQueueFeatureNone		= 0x0000,
	kQueueFeatureAsyncSubmit	= 0x0001,	/* XQueueSubmit() never waits */
	kQueueFeatureDynamicLevel	= 0x0002,
	kQueueFeatureDynamicThreshold	= 0x0004,
	kQueueFeatureDynamicBatchSize	= 0x0008,
	kQueueFeatureSyncSuspend	= 0x0010,
	kQueueFeatureResumeDropCommands	= 0x0020,
	kQueueFeatureMaskAll		= -1,
} XQueueFeature;

typedef enum {
	kQueueCreateFlagNone		= 0x0000,
	kQueueCreateFlagBlockingSubmit	= 0x0001,	/* XQueueSubmit() returns when it is launched */
	kQueueCreateFlagMaskAll		= -1,
} XQueueCreateFlag;

typedef enum {
	kQueueSuspendFlagNone		= 0x0000,
	kQueueSuspendFlagSyncHwQueue	= 0x0001,	/* and wait for what has been launched */
	kQueueSuspendFlagWaitAll	= 0x0002,	/* wait for what has been submitted first */
	kQueueSuspendFlagWaitIdle	= 0x0004,	/* wait until it is idle first */
	kQueueSuspendFlagMaskAll	= -1,
} XQueueSuspendFlag;

typedef enum {
	kQueueResumeFlagNone		= 0x0000,
	kQueueResumeFlagDropCommands	= 0x0001,	/* what hasn't run by now never will */
	kQueueResumeFlagMaskAll		= -1,
} XQueueResumeFlag;

typedef enum {
	kSchedulerUnknown	= 0,
	kSchedulerAppManaged	= 1,	/* the program suspends and resumes by itself */
	kSchedulerLocal		= 2,	/* in this process, for its own queues */
	kSchedulerGlobal	= 3,	/* the kernel's, or else the host's */
	kSchedulerMax,
} XSchedulerType;

typedef enum {
	kPolicyUnknown					= 0,
	kPolicyHighestPriorityFirst			= 1,	/* hpf */
	kPolicyHeterogeneousHighestPriorityFirst	= 2,	/* hhpf */
	kPolicyCPUHighestPriorityFirst			= 3,	/* chpf */
	kPolicyUtilizationPartition			= 4,	/* up */
	kPolicyProcessUtilizationPartition		= 5,	/* pup */
	kPolicyStrictProcessUtilizationPartition	= 6,	/* spup */
	kPolicyKEarliestDeadlineFirst			= 7,	/* kedf */
	kPolicyLaxity					= 8,	/* laxity */
	kPolicyActiveWindowFirst			= 9,	/* awf */
	kPolicyCompletelyFairScheduler			= 10,	/* fair */
	kPolicyMultiLevelFeedbackQueue			= 11,	/* mlfq */
	kPolicyMax,
} XPolicyType;

/* A command that a program launches itself, see HwCommandCreateCallback(). */
typedef XResult (*LaunchCallback)(HwQueueHandle, void *);

/* Higher runs first. */
typedef int32_t Priority;
#define PRIORITY_NO_EXECUTE	(-256)	/* doesn't run at all */
#define PRIORITY_MIN		(-255)
#define PRIORITY_DEFAULT	0
#define PRIORITY_MAX		255

/* Percent. */
typedef int32_t Utilization;
#define UTILIZATION_MIN		0
#define UTILIZATION_DEFAULT	100
#define UTILIZATION_MAX		100

/* Microseconds. */
typedef int64_t Timeslice;
#define TIMESLICE_MIN		100
#define TIMESLICE_DEFAULT	5000
#define TIMESLICE_MAX		10000000
#define TIMESLICE_UNLIMITED	UINT64_MAX

typedef int64_t Laxity;
#define NO_LAXITY		(-1)

typedef int64_t Deadline;
#define NO_DEADLINE		(-1)

#ifdef __cplusplus
}
#endif

#endif
