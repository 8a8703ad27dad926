# SPDX-License-Identifier: GPL-2.0-only OR MIT
"""HIP streams, on machines with libhalhip.so; a call without it says so."""

from .library import hal

XSchedHip = type("XSchedHip", (), hal(
    "hip",
    HipQueueCreate="out handle, stream",
))
