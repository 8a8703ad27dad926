# SPDX-License-Identifier: GPL-2.0-only OR MIT
"""PyTorch streams that are scheduled.

    with xsched.torch.stream(priority=2) as s:
        model(x)
"""

from contextlib import contextmanager

from . import Queue, check


def _hwqueue(torch, stream):
    if torch.version.hip:
        from .hip import XSchedHip

        return check("HipQueueCreate", XSchedHip.HipQueueCreate(stream.cuda_stream))
    from .cuda import XSchedCuda

    return check("CudaQueueCreate", XSchedCuda.CudaQueueCreate(stream.cuda_stream))


def wrap(stream, **options):
    """A Queue of a torch.cuda.Stream; the options are those of xsched.Queue."""
    import torch

    return Queue(_hwqueue(torch, stream), own=True, **options)


@contextmanager
def stream(device=None, **options):
    """Runs a with block on a new stream that is an XQueue; gives the Queue.

    What the stream got is waited for at the end.
    """
    import torch

    s = torch.cuda.Stream(device)
    with wrap(s, **options) as queue:
        with torch.cuda.stream(s):
            yield queue
        s.synchronize()
