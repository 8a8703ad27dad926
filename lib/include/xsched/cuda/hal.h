/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * CUDA streams as HwQueues.
 */
#ifndef XSCHED_CUDA_HAL_H
#define XSCHED_CUDA_HAL_H

#include "xsched/types.h"

#ifdef __cplusplus
extern "C" {
#endif

/* As in <cuda.h>, which isn't needed here; the runtime API's cudaStream_t is the same. */
typedef struct CUstream_st *CUstream;

/**
 * CudaQueueCreate - make a HwQueue of a CUDA stream
 * @hwq: out
 * @stream: stream, or NULL for the legacy default one of the current context; the program keeps
 *	it alive until HwQueueDestroy()
 *
 * An XQueue on top of it covers commands of XQueueSubmit() and, where the program's
 * CUDA calls pass through the library, everything that is put into @stream. They do if the
 * program is linked with libhalcuda.so in front of libcuda.so, or runs with
 * LD_PRELOAD=libshimcuda.so. Such an XQueue reaches level 2, others 1. A stream that isn't
 * made with CU_STREAM_NON_BLOCKING keeps the legacy default stream waiting while it is suspended.
 *
 * Return: InvalidValue (no such stream, or no context is current), NotSupported (a
 * thread's own default stream, which other threads can't name), NotAllowed (the stream has one),
 * NotFound (there is no CUDA driver), Unknown (out of memory).
 */
XResult CudaQueueCreate(HwQueueHandle *hwq, CUstream stream);

/**
 * CudaQueueGet - the HwQueue that a stream has
 * @hwq: out
 * @stream: as it was given to CudaQueueCreate()
 *
 * Return: InvalidValue, NotFound (none, or it has been destroyed).
 */
XResult CudaQueueGet(HwQueueHandle *hwq, CUstream stream);

#ifdef __cplusplus
}
#endif

#endif
