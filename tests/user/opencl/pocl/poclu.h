/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * The few helpers that PoCL's own test programs expect from its utility library,
 * which no Debian package installs.
 */
#ifndef XSCHED_TEST_POCLU_H
#define XSCHED_TEST_POCLU_H

#include "pocl_opencl.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CHECK_CL_ERROR(call) do {						\
	cl_int code_ = (call);							\
										\
	if (code_ != CL_SUCCESS) {						\
		printf("line %d: %s: %d\n", __LINE__, #call, code_);		\
		return EXIT_FAILURE;						\
	}									\
} while (0)

/* The tests keep the last error in "err". */
#define CHECK_OPENCL_ERROR_IN(what) do {					\
	if (err != CL_SUCCESS) {						\
		printf("line %d: %s: %d\n", __LINE__, what, err);		\
		return EXIT_FAILURE;						\
	}									\
} while (0)

#define TEST_ASSERT(cond) do {							\
	if (!(cond)) {								\
		printf("line %d: not true: %s\n", __LINE__, #cond);		\
		return EXIT_FAILURE;						\
	}									\
} while (0)

/* A context, its first device, a queue on it, and the platform that has them. */
__attribute__((unused))
static cl_int poclu_get_any_device2(cl_context *ctx, cl_device_id *dev, cl_command_queue *q,
				    cl_platform_id *platform)
{
	cl_int err;

	err = clGetPlatformIDs(1, platform, NULL);
	if (!err)
		err = clGetDeviceIDs(*platform, CL_DEVICE_TYPE_ALL, 1, dev, NULL);
	if (err)
		return err;
	*ctx = clCreateContext(NULL, 1, dev, NULL, NULL, &err);
	if (!err)
		*q = clCreateCommandQueue(*ctx, *dev, 0, &err);
	return err;
}

__attribute__((unused))
static cl_int poclu_get_any_device(cl_context *ctx, cl_device_id *dev, cl_command_queue *q)
{
	cl_platform_id platform;

	return poclu_get_any_device2(ctx, dev, q, &platform);
}

__attribute__((unused))
static char *poclu_read_binfile(const char *path, size_t *size)
{
	char *data = NULL;
	FILE *f = fopen(path, "rb");
	long n;

	*size = 0;
	if (!f)
		return NULL;
	if (!fseek(f, 0, SEEK_END) && (n = ftell(f)) >= 0 && !fseek(f, 0, SEEK_SET))
		data = calloc(1, (size_t)n + 1);
	if (data)
		*size = fread(data, 1, (size_t)n, f);
	fclose(f);
	return data;
}

__attribute__((unused))
static char *poclu_read_file(const char *path)
{
	size_t size;

	return poclu_read_binfile(path, &size);
}

__attribute__((unused))
static int poclu_write_file(const char *path, const char *text, size_t n)
{
	FILE *f = fopen(path, "wb");
	size_t done = f ? fwrite(text, 1, n, f) : 0;

	return f && !fclose(f) && done == n ? 0 : -1;
}

/* All devices of the first platform in one context, a queue for each. */
__attribute__((unused))
static cl_int poclu_get_multiple_devices(cl_platform_id *platform, cl_context *ctx, cl_uint *n,
					 cl_device_id **devs, cl_command_queue **qs)
{
	cl_int err;
	cl_uint i;

	err = clGetPlatformIDs(1, platform, NULL);
	if (!err)
		err = clGetDeviceIDs(*platform, CL_DEVICE_TYPE_ALL, 0, NULL, n);
	if (err)
		return err;
	*devs = calloc(*n, sizeof(**devs));
	*qs = calloc(*n, sizeof(**qs));
	err = clGetDeviceIDs(*platform, CL_DEVICE_TYPE_ALL, *n, *devs, NULL);
	if (!err)
		*ctx = clCreateContext(NULL, *n, *devs, NULL, NULL, &err);
	for (i = 0; !err && i < *n; i++)
		(*qs)[i] = clCreateCommandQueue(*ctx, (*devs)[i], 0, &err);
	return err;
}

#endif
