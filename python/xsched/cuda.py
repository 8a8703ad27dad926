# SPDX-License-Identifier: GPL-2.0-only OR MIT
"""CUDA streams, on machines with libhalcuda.so; a call without it says so."""

from .library import hal

XSchedCuda = type("XSchedCuda", (), hal(
    "cuda",
    CudaQueueCreate="out handle, stream",
    CudaQueueGet="out handle, stream",
))
