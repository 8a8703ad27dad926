# SPDX-License-Identifier: GPL-2.0-only OR MIT
"""OpenCL command queues. Import this before OpenCL is first used."""

from . import Queue, check
from .library import bind, load

# Now: being loaded, it has the program's OpenCL calls pass through xsched.
lib = load("libhalopencl.so")


class XSchedOpenCL:
    """The calls of libhalopencl.so, as static methods."""

    OclQueueCreate = staticmethod(bind(lib, "OclQueueCreate", "out handle, stream"))


OclQueueCreate = XSchedOpenCL.OclQueueCreate


def wrap(command_queue, **options):
    """A Queue of a cl_command_queue: its address, or an object with an int_ptr (pyopencl)."""
    address = getattr(command_queue, "int_ptr", command_queue)
    hwq = check("OclQueueCreate", OclQueueCreate(address))
    return Queue(hwq, own=True, **options)
