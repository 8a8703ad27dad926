# SPDX-License-Identifier: GPL-2.0-only OR MIT
# A ctypes script as they are written for XSched: it finds the libraries by their names,
# sets the scheduler, wraps a stream, sets launch config and priority, and runs.
import ctypes

preempt = ctypes.CDLL("libpreempt.so", mode=ctypes.RTLD_GLOBAL)
hal = ctypes.CDLL("libhalopencl.so", mode=ctypes.RTLD_GLOBAL)
cl = ctypes.CDLL("libOpenCL.so.1")

handle, p = ctypes.c_uint64, ctypes.c_void_p
for f in (preempt.XQueueCreate, hal.OclQueueCreate, preempt.XHintSetScheduler,
          preempt.XQueueSetLaunchConfig, preempt.XHintPriority):
    f.restype = ctypes.c_int
hal.OclQueueCreate.argtypes = [ctypes.POINTER(handle), p]
preempt.XQueueCreate.argtypes = [ctypes.POINTER(handle), handle, ctypes.c_int64, ctypes.c_int64]
preempt.XQueueSetLaunchConfig.argtypes = [handle, ctypes.c_int64, ctypes.c_int64]
preempt.XHintPriority.argtypes = [handle, ctypes.c_int32]
preempt.XQueueProfileHwCommandCount.argtypes = [handle, ctypes.POINTER(ctypes.c_int64)]
preempt.XQueueDestroy.argtypes = preempt.HwQueueDestroy.argtypes = [handle]
cl.clCreateContext.restype = cl.clCreateCommandQueue.restype = p
cl.clCreateBuffer.restype = p
cl.clCreateCommandQueue.argtypes = [p, p, ctypes.c_uint64, p]
cl.clCreateBuffer.argtypes = [p, ctypes.c_uint64, ctypes.c_size_t, p, p]
cl.clEnqueueFillBuffer.argtypes = [p, p, p, ctypes.c_size_t, ctypes.c_size_t, ctypes.c_size_t,
                                   ctypes.c_uint, p, p]
cl.clEnqueueReadBuffer.argtypes = [p, p, ctypes.c_uint, ctypes.c_size_t, ctypes.c_size_t, p,
                                   ctypes.c_uint, p, p]
cl.clFinish.argtypes = [p]

platform, device = p(), p()
assert cl.clGetPlatformIDs(1, ctypes.byref(platform), None) == 0
assert cl.clGetDeviceIDs(platform, ctypes.c_uint64(0xFFFFFFFF), 1, ctypes.byref(device), None) == 0
context = cl.clCreateContext(None, 1, ctypes.byref(device), None, None, None)
queue = cl.clCreateCommandQueue(context, device, 0, None)
buffer = cl.clCreateBuffer(context, 1, 4096, None, None)

assert preempt.XHintSetScheduler(2, 1) == 0      # local, highest priority first
hwq, xq, count = handle(), handle(), ctypes.c_int64()
assert hal.OclQueueCreate(ctypes.byref(hwq), queue) == 0
assert preempt.XQueueCreate(ctypes.byref(xq), hwq, 1, 0) == 0
assert preempt.XQueueSetLaunchConfig(xq, 8, 4) == 0
assert preempt.XHintPriority(xq, 2) == 0

out = (ctypes.c_ubyte * 4096)()
for i in range(20):
    value = ctypes.c_ubyte(i)
    assert cl.clEnqueueFillBuffer(queue, buffer, ctypes.byref(value), 1, 0, 4096, 0, None, None) == 0
assert cl.clEnqueueReadBuffer(queue, buffer, 1, 0, 4096, out, 0, None, None) == 0
assert cl.clFinish(queue) == 0
assert bytes(out) == bytes([19]) * 4096
assert preempt.XQueueProfileHwCommandCount(xq, ctypes.byref(count)) == 0
assert count.value == 21, count.value
assert preempt.XQueueDestroy(xq) == 0
assert preempt.HwQueueDestroy(hwq) == 0
print("done")
