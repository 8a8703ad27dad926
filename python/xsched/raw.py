# SPDX-License-Identifier: GPL-2.0-only OR MIT
"""Every call of libpreempt.so as it is."""

from .library import bind, load

lib = load("libpreempt.so", "libxsched.so.0")

CALLS = {
    "XQueueCreate": "out handle, handle, long, long",
    "XQueueDestroy": "handle",
    "XQueueGet": "out handle, handle",
    "XQueueSetPreemptLevel": "handle, long",
    "XQueueSetLaunchConfig": "handle, long, long",
    "XQueueSetLaunchBudget": "handle, long",
    "XQueueSubmit": "handle, handle",
    "XQueueWait": "handle, handle",
    "XQueueWaitAll": "handle",
    "XQueueQuery": "handle, out int",
    "XQueueSuspend": "handle, long",
    "XQueueResume": "handle, long",
    "XQueueProfileHwCommandCount": "handle, out long",
    "XQueueDepend": "handle, handle",
    "XQueueUndepend": "handle, handle",
    "XQueueGetStats": "handle, pointer",
    "HwQueueDestroy": "handle",
    "HwQueueLaunch": "handle, handle",
    "HwQueueSynchronize": "handle",
    "HwCommandCreateCallback": "out handle, pointer, pointer",
    "HwCommandOnComplete": "handle, pointer, pointer",
    "HwCommandDestroy": "handle",
    "XHintSetScheduler": "int, int",
    "XHintPriority": "handle, int",
    "XHintUtilization": "handle, int",
    "XHintTimeslice": "long",
    "XHintLaxity": "handle, long, int, int",
    "XHintDeadline": "handle, long",
    "XHintKDeadline": "size",
}

XSched = type("XSched", (), {n: staticmethod(bind(lib, n, a)) for n, a in CALLS.items()})
XSched.__doc__ = "The calls of libpreempt.so, as static methods."
