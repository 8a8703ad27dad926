# SPDX-License-Identifier: GPL-2.0-only OR MIT
"""Queues as objects: results become exceptions, blocks become context managers."""

import ctypes as c
import itertools
import threading
from contextlib import contextmanager

from .names import (
    XPolicyType,
    XPreemptLevel,
    XQueueResumeFlag,
    XQueueState,
    XQueueSuspendFlag,
    XResult,
    XSchedulerType,
)
from .raw import XSched


class XSchedError(RuntimeError):
    """A call that didn't return kXSchedSuccess; its result is in .result."""

    def __init__(self, what, result):
        super().__init__(f"{what}: {result.name.replace('kXSched', '').replace('Error', '')}")
        self.result = result


def check(what, answer):
    """The out values of a call, or an XSchedError."""
    result, *out = answer if isinstance(answer, tuple) else (answer,)
    if result != XResult.kXSchedSuccess:
        raise XSchedError(what, result)
    return out[0] if out else None


def set_scheduler(scheduler, policy=XPolicyType.kPolicyUnknown):
    """XHintSetScheduler(): an XSchedulerType, or its letters "APP", "LCL", "GLB"."""
    names = {
        "APP": XSchedulerType.kSchedulerAppManaged,
        "LCL": XSchedulerType.kSchedulerLocal,
        "GLB": XSchedulerType.kSchedulerGlobal,
    }
    scheduler = names.get(scheduler, scheduler)
    check("XHintSetScheduler", XSched.XHintSetScheduler(scheduler, policy))


class Stats(c.Structure):
    """struct XQueueStats of xsched/ext.h."""

    _fields_ = [(n, c.c_uint32) for n in (
        "size", "level", "features", "suspended", "held_by_scheduler", "entity_id")
    ] + [(n, c.c_uint64) for n in (
        "submitted", "completed", "held", "in_flight", "launched_direct", "launched_later",
        "relaunched", "dropped", "failed", "suspends", "suspended_ns", "command_ns", "window")
    ]

    def __repr__(self):
        values = ", ".join(f"{n}={getattr(self, n)}" for n, _ in self._fields_[1:])
        return f"Stats({values})"


# What the library may still call, by number: Python must not free it before.
_alive = {}
_numbers = itertools.count(1)
_lock = threading.Lock()


@c.CFUNCTYPE(c.c_int32, c.c_uint64, c.c_void_p)
def _launch(hwq, number):
    function, queue = _alive[number]
    try:
        result = function()
        return XResult.kXSchedSuccess if result is None else int(result)
    except BaseException as e:
        queue._failed(e)
        return int(XResult.kXSchedErrorUnknown)


@c.CFUNCTYPE(None, c.c_uint64, c.c_int32, c.c_void_p)
def _complete(command, result, number):
    _alive.pop(number, None)


class Queue:
    """An XQueue on top of a HwQueue, destroyed at the end of a with block.

    hwq: handle of the HwQueue; own=True destroys it, too. level: XPreemptLevel. threshold and
    batch: commands in flight at most; budget_us: the same as a time. The others are hints.
    """

    def __init__(self, hwq, level=XPreemptLevel.kPreemptLevelBlock, flags=0, *, own=False,
                 threshold=None, batch=None, budget_us=None, priority=None, utilization=None,
                 deadline_us=None, laxity=None):
        self.hwq, self._own, self._error = hwq, own, None
        self.handle = check("XQueueCreate", XSched.XQueueCreate(hwq, level, flags))
        try:
            if threshold is not None or batch is not None:
                self.set_launch_config(threshold or 0, batch or 0)
            if budget_us is not None:
                check("XQueueSetLaunchBudget",
                      XSched.XQueueSetLaunchBudget(self.handle, budget_us))
            self.hint(priority, utilization, deadline_us, laxity)
        except XSchedError:
            self.close()
            raise

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        self.close()

    def close(self):
        """Waits for what was submitted, and destroys the queue."""
        if self.handle:
            handle, self.handle = self.handle, 0
            check("XQueueDestroy", XSched.XQueueDestroy(handle))
            if self._own:
                check("HwQueueDestroy", XSched.HwQueueDestroy(self.hwq))

    def hint(self, priority=None, utilization=None, deadline_us=None, laxity=None):
        """Says what is given; laxity is (us, priority until then, priority from then on)."""
        if priority is not None:
            check("XHintPriority", XSched.XHintPriority(self.handle, priority))
        if utilization is not None:
            check("XHintUtilization", XSched.XHintUtilization(self.handle, utilization))
        if deadline_us is not None:
            check("XHintDeadline", XSched.XHintDeadline(self.handle, deadline_us))
        if laxity is not None:
            check("XHintLaxity", XSched.XHintLaxity(self.handle, *laxity))

    def set_launch_config(self, threshold, batch=0):
        check("XQueueSetLaunchConfig",
              XSched.XQueueSetLaunchConfig(self.handle, threshold, batch))

    def set_level(self, level):
        check("XQueueSetPreemptLevel", XSched.XQueueSetPreemptLevel(self.handle, level))

    def submit(self, function):
        """Has function() called when its turn comes; it puts work into the platform's queue.

        Returns a handle for wait(). What it raises, wait() raises.
        """
        with _lock:
            number = next(_numbers)
        _alive[number] = (function, self)
        command = check("HwCommandCreateCallback",
                        XSched.HwCommandCreateCallback(c.cast(_launch, c.c_void_p), number))
        check("HwCommandOnComplete",
              XSched.HwCommandOnComplete(command, c.cast(_complete, c.c_void_p), number))
        result = XSched.XQueueSubmit(self.handle, command)
        self._raise()
        check("XQueueSubmit", result)
        return command

    def wait(self, command=None):
        """Waits for a command, or for all."""
        result = (XSched.XQueueWaitAll(self.handle) if command is None
                  else XSched.XQueueWait(self.handle, command))
        self._raise()
        check("XQueueWait", result)

    def suspend(self, sync=False, wait_all=False, wait_idle=False):
        flag = XQueueSuspendFlag
        flags = (sync * flag.kQueueSuspendFlagSyncHwQueue
                 | wait_all * flag.kQueueSuspendFlagWaitAll
                 | wait_idle * flag.kQueueSuspendFlagWaitIdle)
        check("XQueueSuspend", XSched.XQueueSuspend(self.handle, flags))

    def resume(self, drop=False):
        flags = drop * XQueueResumeFlag.kQueueResumeFlagDropCommands
        check("XQueueResume", XSched.XQueueResume(self.handle, flags))

    def depends_on(self, other):
        """Has other run with at least this queue's priority."""
        check("XQueueDepend", XSched.XQueueDepend(self.handle, other.handle))

    def idle(self):
        state = check("XQueueQuery", XSched.XQueueQuery(self.handle))
        return state == XQueueState.kQueueStateIdle

    def count(self):
        return check("XQueueProfileHwCommandCount",
                     XSched.XQueueProfileHwCommandCount(self.handle))

    def stats(self):
        s = Stats(size=c.sizeof(Stats))
        check("XQueueGetStats", XSched.XQueueGetStats(self.handle, c.addressof(s)))
        return s

    def _failed(self, exception):
        self._error = self._error or exception

    def _raise(self):
        if self._error:
            error, self._error = self._error, None
            raise error


@contextmanager
def suspended(queue, sync=False, wait_all=False):
    """Stops a queue for the length of a with block."""
    queue.suspend(sync=sync, wait_all=wait_all)
    try:
        yield queue
    finally:
        queue.resume()
