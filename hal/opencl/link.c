// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * libhalopencl.so, for programs that make XQueues of their command queues: being
 * loaded, it asks for the program's OpenCL calls to pass through the library.
 */
#include "xsched/opencl/hal.h"

#include <stdbool.h>
#include <stdlib.h>

extern bool xsched_opencl_explicit;
const char *xsched_opencl_path(void);
XResult xsched_opencl_queue_create(HwQueueHandle *hwq, cl_command_queue cmdq);

/* The loader asks for layers when it is first used, which is later than this. */
__attribute__((constructor)) static void ask(void)
{
	const char *path = xsched_opencl_path();

	xsched_opencl_explicit = true;
	if (path)
		setenv("OPENCL_LAYERS", path, 0);
}

__attribute__((visibility("default")))
XResult OclQueueCreate(HwQueueHandle *hwq, cl_command_queue cmdq)
{
	return xsched_opencl_queue_create(hwq, cmdq);
}
