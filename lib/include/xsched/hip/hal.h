/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * HIP streams and HSA queues as HwQueues.
 */
#ifndef XSCHED_HIP_HAL_H
#define XSCHED_HIP_HAL_H

#include "xsched/types.h"

#ifdef __cplusplus
extern "C" {
#endif

/* As in <hip/hip_runtime_api.h> and <hsa/hsa.h>, which aren't needed here. */
struct ihipStream_t;
struct hsa_queue_s;

/**
 * HipQueueCreate - make a HwQueue of a HIP stream
 * @hwq: out
 * @stream: stream, or NULL; the program keeps it alive until HwQueueDestroy()
 *
 * An XQueue on top of it covers every command of the HSA queue that HIP gave the
 * stream. HIP shares at most GPU_MAX_HW_QUEUES of them among its streams;
 * libhalhip.so asks for 20 unless the environment says otherwise. Two streams that share one can't
 * be two XQueues.
 *
 * The library must be linked, or loaded before the first call of HIP or HSA. Such an XQueue reaches
 * level 3 where the driver can take a queue off the device, else 2.
 *
 * Return: InvalidValue, NotFound (HIP was in use before libhalhip.so came, or
 * isn't in use), Unknown (out of memory).
 */
XResult HipQueueCreate(HwQueueHandle *hwq, struct ihipStream_t *stream);

/**
 * HsaQueueCreate - the same for an HSA queue
 * @hwq: out
 * @queue: queue that the program made; it keeps it until HwQueueDestroy()
 */
XResult HsaQueueCreate(HwQueueHandle *hwq, struct hsa_queue_s *queue);

#ifdef __cplusplus
}
#endif

#endif
