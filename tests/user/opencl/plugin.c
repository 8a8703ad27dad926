// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * A library linked with OpenCL for a program that isn't, like a scripting
 * language's OpenCL module.
 */
#define CL_TARGET_OPENCL_VERSION 120
#include <CL/cl.h>

#include <stddef.h>

__attribute__((visibility("default"))) int plugin_run(void);

/* 0 if it works, 4 if there is no device, else the step that went wrong. */
int plugin_run(void)
{
	cl_uint i, out[16] = { 0 };
	cl_platform_id p;
	cl_device_id d;
	cl_context ctx;
	cl_command_queue q;
	cl_int err;
	cl_mem m;

	if (clGetPlatformIDs(1, &p, NULL) != CL_SUCCESS ||
	    clGetDeviceIDs(p, CL_DEVICE_TYPE_ALL, 1, &d, NULL) != CL_SUCCESS)
		return 4;
	ctx = clCreateContext(NULL, 1, &d, NULL, NULL, &err);
	if (err)
		return 10;
	q = clCreateCommandQueue(ctx, d, 0, &err);
	if (err)
		return 11;
	m = clCreateBuffer(ctx, CL_MEM_READ_WRITE, sizeof(out), NULL, &err);
	if (err)
		return 12;
	for (i = 0; i < 50; i++)
		if (clEnqueueFillBuffer(q, m, &i, sizeof(i), 0, sizeof(out), 0, NULL, NULL))
			return 13;
	if (clEnqueueReadBuffer(q, m, CL_TRUE, 0, sizeof(out), out, 0, NULL, NULL) || out[15] != 49)
		return 14;
	if (clFinish(q) || clReleaseCommandQueue(q) || clReleaseMemObject(m) || clReleaseContext(ctx))
		return 15;
	return 0;
}
