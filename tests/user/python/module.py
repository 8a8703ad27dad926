# SPDX-License-Identifier: GPL-2.0-only OR MIT
"""One part of the module's tests each: module.py PART. Exit status 4 is a skip."""

import re
import sys
import threading
import time
import types
from pathlib import Path

import xsched
from xsched import XSched, XResult
from xsched import mock


def names():
    """Every enumerator and constant of types.h is there, with its value."""
    header = Path(__file__).resolve().parents[3] / "lib/include/xsched/types.h"
    n = 0
    for enum in re.findall(r"typedef enum \{(.*?)\} (\w+);", header.read_text(), re.S):
        value = -1
        for name, given in re.findall(r"\b(k\w+)\s*(?:=\s*(-?\w+))?\s*,", enum[0]):
            value = int(given, 0) if given else value + 1
            assert getattr(xsched, enum[1])[name] == value, (enum[1], name)
            n += 1
    for name, given in re.findall(r"#define (PRIO\w+|UTIL\w+|TIME\w+|NO_\w+)\s+\(?(-?\d+)\)?",
                                  header.read_text()):
        assert getattr(xsched, name) == int(given), name
        n += 1
    assert n > 60, n
    hwq = mock.MockQueueCreate(1, 1, 0)[1]
    res, xq = XSched.XQueueCreate(hwq, xsched.XPreemptLevel.kPreemptLevelBlock, 0)
    assert res == XResult.kXSchedSuccess and XSched.XQueueGet(hwq) == (res, xq)
    assert XSched.XQueueQuery(xq) == (0, xsched.XQueueState.kQueueStateIdle)
    assert XSched.XQueueProfileHwCommandCount(xq) == (0, 0)
    assert XSched.XHintTimeslice(5000) == 0 and XSched.XHintKDeadline(2) == 0
    assert XSched.XQueueDestroy(xq) == 0 == XSched.HwQueueDestroy(hwq)
    try:
        XSched.XQueueDestroy()
        raise SystemExit("no TypeError")
    except TypeError as e:
        assert "XQueueDestroy" in str(e)


def queues():
    with mock.queue(level=2, priority=3, threshold=4, batch=2) as q:
        for _ in range(30):
            XSched.XQueueSubmit(q.handle, mock.command(300))
        with xsched.suspended(q, sync=True):
            s = q.stats()
            assert s.suspended == 1 and s.in_flight == 0 and 0 < s.held <= 30, s
            assert not q.idle()
        q.wait()
        assert q.idle() and q.count() == 30 and q.stats().window == 4
        q.suspend()
        XSched.XQueueSubmit(q.handle, mock.command(300))
        q.resume(drop=True)
        q.wait()
        assert q.stats().dropped == 1
    try:
        q.wait()
        raise SystemExit("a destroyed queue")
    except xsched.XSchedError as e:
        assert e.result == XResult.kXSchedErrorNotFound
    xsched.set_scheduler("LCL", xsched.XPolicyType.kPolicyHighestPriorityFirst)
    xsched.set_scheduler("APP")


def errors():
    for wrong in (lambda: xsched.Queue(1234), lambda: mock.queue(level=2, priority=1000),
                  lambda: mock.queue(threshold=2, batch=3),
                  lambda: xsched.set_scheduler(7)):
        try:
            wrong()
            raise SystemExit("no XSchedError")
        except xsched.XSchedError:
            pass


def callbacks():
    seen = []
    with mock.queue() as q:
        commands = [q.submit(lambda i=i: seen.append((i, threading.get_ident())))
                    for i in range(50)]
        q.wait(commands[10])
        q.wait()
        assert [i for i, _ in seen] == list(range(50))
        assert seen[0][1] == threading.get_ident()     # straight through
        q.suspend()
        late = q.submit(lambda: seen.append("late"))
        time.sleep(0.02)
        assert seen[-1] != "late"
        q.resume()
        q.wait(late)
        assert seen[-1] == "late"
        for when in ("now", "later"):
            if when == "later":
                q.suspend()
            try:
                q.submit(lambda: 1 // 0)
                q.resume()
                q.wait()
                raise SystemExit("no ZeroDivisionError")
            except ZeroDivisionError:
                pass
    from xsched import queue
    deadline = time.time() + 10
    while queue._alive and time.time() < deadline:
        time.sleep(0.01)
    assert not queue._alive, "commands are kept for ever"


def dependencies():
    with mock.queue(priority=1) as low, mock.queue(priority=9) as high:
        high.depends_on(low)
        try:
            low.depends_on(high)
            raise SystemExit("a circle")
        except xsched.XSchedError as e:
            assert e.result == XResult.kXSchedErrorNotAllowed


def missing():
    import xsched.cuda
    import xsched.hip
    import xsched.ascend
    for call in (xsched.cuda.XSchedCuda.CudaQueueCreate, xsched.hip.XSchedHip.HipQueueCreate,
                 xsched.ascend.XSchedAscend.AclQueueCreate):
        try:
            call(0)
        except RuntimeError as e:
            assert "libhal" in str(e) and "XSCHED_LIBDIR" in str(e)


def torch():
    """The helper, with a stand-in for PyTorch and for the CUDA HAL."""
    class Stream:
        cuda_stream = 77
        synchronized = False

        def __init__(self, device=None):
            Stream.last = self

        def synchronize(self):
            self.synchronized = True

    entered = []

    class Current:
        def __init__(self, s):
            self.s = s

        def __enter__(self):
            entered.append(self.s)

        def __exit__(self, *a):
            entered.pop()

    fake = types.ModuleType("torch")
    fake.version = types.SimpleNamespace(hip=None)
    fake.cuda = types.SimpleNamespace(Stream=Stream, stream=Current)
    sys.modules["torch"] = fake
    import xsched.cuda
    import xsched.torch
    asked = []

    def create(stream):
        asked.append(stream)
        return mock.MockQueueCreate(1, 1, 0)

    xsched.cuda.XSchedCuda.CudaQueueCreate = staticmethod(create)
    with xsched.torch.stream(priority=2) as q:
        assert entered and asked == [77] and q.stats().level == 1
    assert not entered and Stream.last.synchronized


def opencl():
    import glob
    if not glob.glob("/etc/OpenCL/vendors/*.icd"):
        sys.exit(4)
    try:
        import xsched.opencl
    except RuntimeError as e:
        print(e)
        sys.exit(4)
    res, _ = xsched.opencl.XSchedOpenCL.OclQueueCreate(None)
    assert res == XResult.kXSchedErrorInvalidValue


globals()[sys.argv[1]]()
