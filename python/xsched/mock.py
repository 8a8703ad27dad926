# SPDX-License-Identifier: GPL-2.0-only OR MIT
"""A simulated device, to try things out without an accelerator."""

import ctypes as c

from . import Queue, check
from .library import bind, load

lib = load("libhalmock.so")
lib.MockCommandCreate.argtypes = [c.POINTER(c.c_uint64), c.c_uint32, c.c_void_p, c.c_void_p]

MockQueueCreate = bind(lib, "MockQueueCreate", "out handle, int, int, int")


def queue(device=1, level=1, **options):
    """A Queue of the simulated device with this number, which reaches this level."""
    hwq = check("MockQueueCreate", MockQueueCreate(device, level, 0))
    return Queue(hwq, level, own=True, **options)


def command(duration_us):
    """The handle of a command that takes so long, for XSched.XQueueSubmit()."""
    handle = c.c_uint64()
    check("MockCommandCreate", (lib.MockCommandCreate(c.byref(handle), duration_us, None, None),))
    return handle.value
