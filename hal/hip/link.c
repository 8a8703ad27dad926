// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * libhalhip.so, for programs that make XQueues of their HIP streams or HSA queues: being
 * loaded, it asks for the program's HSA calls to pass through the library.
 */
#include "xsched/hip/hal.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>

#define EXPORT __attribute__((visibility("default")))

extern bool xsched_hip_explicit;
void xsched_hip_name_tool(void);
int xsched_hip_ioctl(int fd, unsigned long cmd, void *arg);
XResult xsched_hip_stream_create(HwQueueHandle *hwq, void *stream);
XResult xsched_hip_queue_create(HwQueueHandle *hwq, void *queue);
int ioctl(int fd, unsigned long cmd, ...);

/* HSA asks for tools when it is first used, which is later than this. */
__attribute__((constructor)) static void ask(void)
{
	xsched_hip_explicit = true;
	xsched_hip_name_tool();
	setenv("GPU_MAX_HW_QUEUES", "20", 0);
}

/* Found before the C library's, as the shim's own wouldn't be in a program that is linked with us. */
EXPORT int ioctl(int fd, unsigned long cmd, ...)
{
	va_list ap;
	void *arg;

	va_start(ap, cmd);
	arg = va_arg(ap, void *);
	va_end(ap);
	return xsched_hip_ioctl(fd, cmd, arg);
}

EXPORT XResult HipQueueCreate(HwQueueHandle *hwq, struct ihipStream_t *stream)
{
	return xsched_hip_stream_create(hwq, stream);
}

EXPORT XResult HsaQueueCreate(HwQueueHandle *hwq, struct hsa_queue_s *queue)
{
	return xsched_hip_queue_create(hwq, queue);
}
