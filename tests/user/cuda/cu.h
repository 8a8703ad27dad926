/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * CUDA for the shim's tests: declarations of what they call, with the names that
 * <cuda.h> gives them, and a process with a context and the double's kernels.
 */
#ifndef XSCHED_TEST_CUDA_CU_H
#define XSCHED_TEST_CUDA_CU_H

#include "../../../hal/cuda/driver.h"
#include "../ktap.h"

#include <stdbool.h>
#include <time.h>

typedef uint32_t u32;

cu_result cuInit(u32);
cu_result cuDevicePrimaryCtxRetain(cu_ctx *, cu_device);
cu_result cuDevicePrimaryCtxReset_v2(cu_device);
cu_result cuCtxSetCurrent(cu_ctx);
cu_result cuCtxCreate_v2(cu_ctx *, u32, cu_device);
cu_result cuCtxDestroy_v2(cu_ctx);
cu_result cuCtxDetach(cu_ctx);
cu_result cuGreenCtxCreate(void **, void *, cu_device, u32);
cu_result cuGreenCtxDestroy(void *);
cu_result cuGreenCtxStreamCreate(cu_stream *, void *, u32, int);
cu_result cuCtxSynchronize(void);
cu_result cuModuleGetFunction(void **, void *, const char *);
cu_result cuMemAlloc_v2(cu_ptr *, size_t);
cu_result cuMemFree_v2(cu_ptr);
cu_result cuMemAllocAsync(cu_ptr *, size_t, cu_stream);
cu_result cuMemFreeAsync(cu_ptr, cu_stream);
cu_result cuMemcpyHtoD_v2(cu_ptr, const void *, size_t);
cu_result cuMemcpyDtoH_v2(void *, cu_ptr, size_t);
cu_result cuMemcpyAsync(cu_ptr, cu_ptr, size_t, cu_stream);
cu_result cuMemsetD32Async(cu_ptr, u32, size_t, cu_stream);
cu_result cuLaunchKernel(void *, u32, u32, u32, u32, u32, u32, u32, cu_stream, void **, void **);
cu_result cuLaunchKernel_ptsz(void *, u32, u32, u32, u32, u32, u32, u32, cu_stream, void **, void **);
cu_result cuLaunchKernelEx(const struct cu_launch_config *, void *, void **, void **);
cu_result cuLaunchCooperativeKernelMultiDevice(struct cu_launch_params *, u32, u32);
cu_result cuLaunchHostFunc(cu_stream, void (*)(void *), void *);
cu_result cuStreamAddCallback(cu_stream, void (*)(cu_stream, cu_result, void *), void *, u32);
cu_result cuStreamCreate(cu_stream *, u32);
cu_result cuStreamDestroy_v2(cu_stream);
cu_result cuStreamSynchronize(cu_stream);
cu_result cuStreamSynchronize_ptsz(cu_stream);
cu_result cuStreamQuery(cu_stream);
cu_result cuStreamWaitEvent(cu_stream, cu_event, u32);
cu_result cuStreamBeginCapture_v2(cu_stream, int);
cu_result cuStreamEndCapture(cu_stream, void **);
cu_result cuGraphInstantiateWithFlags(void **, void *, unsigned long long);
cu_result cuGraphGetNodes(void *, void **, size_t *);
cu_result cuGraphLaunch(void *, cu_stream);
cu_result cuGraphDestroy(void *);
cu_result cuGraphExecDestroy(void *);
cu_result cuGraphExecKernelNodeSetParams_v2(void *, void *, const void *);
cu_result cuGraphExecUpdate_v2(void *, void *, void *);
cu_result cuEventCreate(cu_event *, u32);
cu_result cuEventRecord(cu_event, cu_stream);
cu_result cuEventSynchronize(cu_event);
cu_result cuEventQuery(cu_event);
cu_result cuGetProcAddress_v2(const char *, void **, int, uint64_t, int *);

#define NON_BLOCKING 1u

/* Of a kernel's node, as in <cuda.h>. */
struct kernel_params {
	void *f;
	u32 grid[3], block[3], shared_bytes;
	void **params, **extra;
};

static void *append_kernel, *add_kernel;

#define OK(call)	CHECK_CU(call, CU_OK)
#define CHECK_CU(call, want) do { cu_result r_ = (call);				\
	if (r_ != (want)) FAIL("%s: %d, not %d", #call, r_, (want)); } while (0)

__attribute__((unused)) static void cu_begin(void)
{
	cu_ctx ctx;

	OK(cuInit(0));
	OK(cuDevicePrimaryCtxRetain(&ctx, 0));
	OK(cuCtxSetCurrent(ctx));
	OK(cuModuleGetFunction(&append_kernel, NULL, "append"));
	OK(cuModuleGetFunction(&add_kernel, NULL, "add"));
}

/* A log on the device: how many, then the values. */
__attribute__((unused)) static cu_ptr log_new(u32 n)
{
	cu_ptr p;

	OK(cuMemAlloc_v2(&p, (n + 1) * 4));
	return p;
}

__attribute__((unused)) static cu_result append(cu_stream s, cu_ptr log, u32 value, u32 us)
{
	void *params[] = { &log, &value, &us };

	return cuLaunchKernel(append_kernel, 1, 1, 1, 1, 1, 1, 0, s, params, NULL);
}

__attribute__((unused)) static cu_result add(cu_stream s, cu_ptr a, u32 k, u32 n)
{
	void *params[] = { &a, &k, &n };

	return cuLaunchKernel(add_kernel, 1, 1, 1, 1, 1, 1, 0, s, params, NULL);
}

/* Becomes a node's that has appended to a log. */
__attribute__((unused)) static cu_result set_append(void *exec, void *node, cu_ptr log, u32 value, u32 us)
{
	void *params[] = { &log, &value, &us };
	struct kernel_params p = { append_kernel, { 1, 1, 1 }, { 1, 1, 1 }, 0, params, NULL };

	return cuGraphExecKernelNodeSetParams_v2(exec, node, &p);
}

/* The log holds first, first + 1, ... and nothing else. */
__attribute__((unused)) static void log_is_in_order(cu_ptr log, u32 first, u32 n)
{
	u32 *v = calloc(n + 1, 4), i;

	OK(cuMemcpyDtoH_v2(v, log, (n + 1) * 4));
	CHECK_EQ(v[0], n);
	for (i = 0; i < n; i++)
		CHECK_EQ(v[1 + i], first + i);
	free(v);
}

/* Set by SIGTERM, for programs that then end in order. */
static volatile sig_atomic_t enough;

static void end_soon(int sig)
{
	(void)sig;
	enough = 1;
}

__attribute__((unused)) static void end_on_sigterm(void)
{
	signal(SIGTERM, end_soon);
}

#endif
