// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * A program under the preloaded shim, which nobody asked to schedule it, and which decides late to
 * make XQueues: libhalcuda.so is loaded when CUDA has long been in use, as by a Python module.
 */
#include "own.h"

#include <dlfcn.h>

typedef cu_result launch_fn(void *, u32, u32, u32, u32, u32, u32, u32, cu_stream, void **, void **);

static void late(const void *arg)
{
	u32 value, us = 100, i, at;
	launch_fn *launch;
	HwQueueHandle hw;
	XQueueHandle xq;
	cu_stream s;
	cu_ptr log;
	void *params[] = { &log, &value, &us }, *hal;
	XResult (*create)(HwQueueHandle *, CUstream), (*xcreate)(XQueueHandle *, HwQueueHandle, int64_t, int64_t),
		(*suspend)(XQueueHandle, int64_t), (*resume)(XQueueHandle, int64_t), (*destroy)(XQueueHandle);

	(void)arg;
	cu_begin();
	log = log_new(300);
	OK(cuStreamCreate(&s, NON_BLOCKING));
	OK(cuGetProcAddress_v2("cuLaunchKernel", (void **)&launch, 13000, 1, NULL));
	for (value = 0; value < 100; value++)
		OK(launch(append_kernel, 1, 1, 1, 1, 1, 1, 0, s, params, NULL));
	hal = dlopen("libhalcuda.so", RTLD_NOW | RTLD_GLOBAL);
	if (!hal)
		FAIL("%s", dlerror());
	*(void **)&create = dlsym(hal, "CudaQueueCreate");
	*(void **)&xcreate = dlsym(hal, "XQueueCreate");
	*(void **)&suspend = dlsym(hal, "XQueueSuspend");
	*(void **)&resume = dlsym(hal, "XQueueResume");
	*(void **)&destroy = dlsym(hal, "XQueueDestroy");
	GOOD(create(&hw, (CUstream)s));
	GOOD(xcreate(&xq, hw, kPreemptLevelDeactivate, kQueueCreateFlagNone));
	OK(cuStreamSynchronize(s));
	GOOD(suspend(xq, kQueueSuspendFlagSyncHwQueue));
	at = log_length(log);
	for (i = 0; i < 100; i++, value++)
		OK(launch(append_kernel, 1, 1, 1, 1, 1, 1, 0, s, params, NULL));
	for (i = 0; i < 100; i++, value++)
		OK(append(s, log, value, 0));
	usleep(50000);
	CHECK_EQ(log_length(log), at);
	GOOD(resume(xq, kQueueResumeFlagNone));
	OK(cuStreamSynchronize(s));
	log_is_in_order(log, 0, 300);
	GOOD(destroy(xq));
}

static const struct ktap_test tests[] = {
	{ "XQueues that come late", late, NULL },
};
KTAP_MAIN(tests)
