// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * libhalcuda.so, for programs that make XQueues of their CUDA streams: being linked in front
 * of the driver, it has the program's calls pass through libxsched-cuda.so, of which it is a
 * filter.
 */
#include "xsched/cuda/hal.h"

#include <stdbool.h>

#define EXPORT __attribute__((visibility("default")))

extern bool xsched_cuda_explicit;
XResult xsched_cuda_queue_create(HwQueueHandle *hwq, CUstream stream);
XResult xsched_cuda_queue_get(HwQueueHandle *hwq, CUstream stream);

/* Before the program's first call. */
__attribute__((constructor)) static void ask(void)
{
	xsched_cuda_explicit = true;
}

EXPORT XResult CudaQueueCreate(HwQueueHandle *hwq, CUstream stream)
{
	return xsched_cuda_queue_create(hwq, stream);
}

EXPORT XResult CudaQueueGet(HwQueueHandle *hwq, CUstream stream)
{
	return xsched_cuda_queue_get(hwq, stream);
}
