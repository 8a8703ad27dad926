# SPDX-License-Identifier: GPL-2.0-only OR MIT
"""Queues of accelerators that can be suspended, and hints for their scheduler.

The names of XSched's module, each a static method of XSched that returns an
XResult, or a tuple of one and what the call gives:

    from xsched.opencl import XSchedOpenCL
    res, hwq = XSchedOpenCL.OclQueueCreate(command_queue)
    res, xq = XSched.XQueueCreate(hwq, XPreemptLevel.kPreemptLevelBlock, 0)
    XSched.XHintPriority(xq, 2)

and, shorter, with exceptions and context managers:

    with xsched.Queue(hwq, priority=2, threshold=8, batch=4) as q:
        ...
        with xsched.suspended(q, sync=True):
            ...
        print(q.stats().submitted)
"""

from .names import *  # noqa: F401,F403
from .library import bind, load
from .queue import Queue, Stats, XSchedError, check, set_scheduler, suspended  # noqa: F401
from .raw import XSched  # noqa: F401

__version__ = "0.1.0"
