// SPDX-License-Identifier: GPL-2.0-only OR MIT
/* A preload that turns on profiling in every OpenCL queue, so that PoCL's own trace (POCL_TRACING=text) holds times. */
#define _GNU_SOURCE
#define CL_TARGET_OPENCL_VERSION 120
#include <CL/cl.h>
#include <dlfcn.h>

typedef cl_command_queue (*create_fn)(cl_context, cl_device_id, cl_command_queue_properties, cl_int *);

cl_command_queue clCreateCommandQueue(cl_context context, cl_device_id device, cl_command_queue_properties properties,
				      cl_int *rc)
{
	create_fn real = (create_fn)dlsym(RTLD_NEXT, "clCreateCommandQueue");

	return real(context, device, properties | CL_QUEUE_PROFILING_ENABLE, rc);
}
