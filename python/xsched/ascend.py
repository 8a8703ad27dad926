# SPDX-License-Identifier: GPL-2.0-only OR MIT
"""AscendCL streams, on machines with libhalascend.so; a call without it says so."""

from .library import hal

XSchedAscend = type("XSchedAscend", (), hal(
    "ascend",
    AclQueueCreate="out handle, stream",
))
