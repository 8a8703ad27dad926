// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * A C++ program as they are written for XSched: wrapped queues, hints, the scheduler of the
 * process, suspend and resume. Nothing in it knows that it runs on another library.
 */
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <thread>

#define CL_TARGET_OPENCL_VERSION 120
#include <CL/cl.h>

#include "xsched/xsched.h"
#include "xsched/opencl/hal.h"

static const char *source =
    "__kernel void work(__global int *a, int n) { int x = get_global_id(0);"
    " for (int i = 0; i < n; ++i) x = x * 1664525 + 1013904223; a[get_global_id(0)] = x; }";

static cl_context ctx;
static cl_device_id dev;
static cl_program prog;

struct Task {
    cl_command_queue queue;
    cl_kernel kernel;
    cl_mem buffer;
    HwQueueHandle hwq = 0;
    XQueueHandle xq = 0;

    explicit Task(Priority prio)
    {
        int n = 200000;
        queue = clCreateCommandQueue(ctx, dev, 0, nullptr);
        kernel = clCreateKernel(prog, "work", nullptr);
        buffer = clCreateBuffer(ctx, CL_MEM_READ_WRITE, 64, nullptr, nullptr);
        clSetKernelArg(kernel, 0, sizeof(buffer), &buffer);
        clSetKernelArg(kernel, 1, sizeof(n), &n);
        OclQueueCreate(&hwq, queue);
        XQueueCreate(&xq, hwq, kPreemptLevelBlock, kQueueCreateFlagNone);
        XQueueSetLaunchConfig(xq, 8, 4);
        XHintPriority(xq, prio);
    }

    void Launch()
    {
        size_t global = 1;
        clEnqueueNDRangeKernel(queue, kernel, 1, nullptr, &global, nullptr, 0, nullptr, nullptr);
    }

    void Run(int kernels)
    {
        for (int i = 0; i < kernels; ++i) Launch();
        clFinish(queue);
    }
};

// What XQueueSubmit() launches, as in the non-transparent example.
static XResult LaunchOne(HwQueueHandle, void *data)
{
    static_cast<Task *>(data)->Launch();
    return kXSchedSuccess;
}

static int Fail(const char *what)
{
    std::printf("failed: %s\n", what);
    return 1;
}

int main()
{
    cl_platform_id platform;
    clGetPlatformIDs(1, &platform, nullptr);
    clGetDeviceIDs(platform, CL_DEVICE_TYPE_ALL, 1, &dev, nullptr);
    ctx = clCreateContext(nullptr, 1, &dev, nullptr, nullptr, nullptr);
    prog = clCreateProgramWithSource(ctx, 1, &source, nullptr, nullptr);
    clBuildProgram(prog, 1, &dev, "", nullptr, nullptr);

    Task low(1), high(2);
    if (!low.xq || !high.xq) return Fail("creation");

    // Every command is seen, whoever enqueues it.
    int64_t before = 0, after = 0;
    XQueueProfileHwCommandCount(low.xq, &before);
    low.Run(10);
    XQueueProfileHwCommandCount(low.xq, &after);
    if (after - before != 10) return Fail("counting");

    // The process schedules itself.
    if (XHintSetScheduler(kSchedulerLocal, kPolicyHighestPriorityFirst) != kXSchedSuccess)
        return Fail("XHintSetScheduler");
    std::atomic<bool> stop{false};
    std::atomic<int> rounds{0};
    std::thread background([&] { while (!stop) { low.Run(8); ++rounds; } });
    for (int i = 0; i < 10; ++i) {
        high.Run(8);
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    stop = true;
    background.join();
    if (rounds == 0) return Fail("the background got nothing");

    // A queue that the program suspends keeps nobody from the device, however important.
    XQueueSuspend(high.xq, kQueueSuspendFlagNone);
    for (int i = 0; i < 20; ++i) high.Launch();
    clFlush(high.queue);
    low.Run(4);
    XQueueResume(high.xq, kQueueResumeFlagNone);
    clFinish(high.queue);

    // The program schedules itself.
    XHintSetScheduler(kSchedulerAppManaged, kPolicyUnknown);
    XQueueSuspend(low.xq, kQueueSuspendFlagSyncHwQueue);
    cl_event done;
    size_t global = 1;
    clEnqueueNDRangeKernel(low.queue, low.kernel, 1, nullptr, &global, nullptr, 0, nullptr, &done);
    clFlush(low.queue);
    high.Run(4);
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    cl_int status = CL_QUEUED;
    clGetEventInfo(done, CL_EVENT_COMMAND_EXECUTION_STATUS, sizeof(status), &status, nullptr);
    if (status == CL_COMPLETE) return Fail("it ran while suspended");
    XQueueResume(low.xq, kQueueResumeFlagNone);
    clWaitForEvents(1, &done);
    clReleaseEvent(done);

    // And commands of its own.
    HwCommandHandle cmd;
    HwCommandCreateCallback(&cmd, LaunchOne, &low);
    if (XQueueSubmit(low.xq, cmd) != kXSchedSuccess) return Fail("XQueueSubmit");
    if (XQueueWait(low.xq, cmd) != kXSchedSuccess) return Fail("XQueueWait");
    if (XQueueWaitAll(low.xq) != kXSchedSuccess) return Fail("XQueueWaitAll");
    if (XQueueSetPreemptLevel(low.xq, kPreemptLevelInterrupt) != kXSchedErrorNotSupported)
        return Fail("a level that there isn't");

    XQueueDestroy(low.xq);
    XQueueDestroy(high.xq);
    HwQueueDestroy(low.hwq);
    HwQueueDestroy(high.hwq);
    low.Run(2);
    std::printf("done\n");
    return 0;
}
