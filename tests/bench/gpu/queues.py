# SPDX-License-Identifier: GPL-2.0-only OR MIT
"""A program that makes XQueues of its PyTorch streams; prints JSON: queues.py suspend|share LEVEL"""

import json
import sys
import threading
import time

import torch

sys.path.insert(0, __file__.rsplit("/", 4)[0] + "/python")
import xsched  # noqa: E402
import xsched.torch  # noqa: E402
from bench import ranked  # noqa: E402

LEVEL = int(sys.argv[2])


def cycles(us):
    """How many of _sleep() take so long here."""
    begin, end = (torch.cuda.Event(enable_timing=True) for _ in range(2))
    torch.cuda._sleep(1000000)
    begin.record()
    torch.cuda._sleep(10000000)
    end.record()
    torch.cuda.synchronize()
    return int(10000000 * us / 1e3 / begin.elapsed_time(end))


def suspend():
    """Microseconds from XQueueSuspend() to the device's standing, for kernels of T; and does it stand?"""
    xsched.set_scheduler("APP")
    out = {}
    for us in 100, 500, 2000:
        n, stream, took, moved = cycles(us), torch.cuda.Stream(), [], 0
        with xsched.torch.wrap(stream, level=LEVEL) as q, torch.cuda.stream(stream):
            last = torch.cuda.Event()
            for i in range(60):
                for _ in range(max(6, 10000 // us)):
                    torch.cuda._sleep(n)
                last.record()
                time.sleep(0.002)
                begun = time.monotonic()
                q.suspend(sync=True)
                took.append((time.monotonic() - begun) * 1e6)
                if i % 6 == 0 and LEVEL > 1:
                    time.sleep(0.02 + us * 1e-5)
                    moved += last.query()
                q.resume()
                stream.synchronize()
        out[us] = {**ranked(took), "ended_though_suspended": moved}
    return out


def share():
    """Two streams, the scheduler in the process, the higher priority first."""
    if LEVEL:
        xsched.set_scheduler("LCL", xsched.XPolicyType.kPolicyHighestPriorityFirst)
    torch.manual_seed(1)
    a = torch.randn(4096, 4096, device="cuda", dtype=torch.half) / 64
    streams, results, over = [torch.cuda.Stream() for _ in range(2)], [None, None], threading.Event()
    queues = [xsched.torch.wrap(s, level=LEVEL, priority=10 * i) for i, s in enumerate(streams)] if LEVEL else []
    torch.cuda.synchronize()
    units = [0]

    def background():
        marks = [torch.cuda.Event(blocking=True) for _ in range(3)]
        with torch.cuda.stream(streams[0]):
            while not over.is_set():
                x = a
                for _ in range(20):
                    x = x @ a
                marks[units[0] % 3].record()
                units[0] += 1
                marks[units[0] % 3].synchronize()
            results[0] = x
            streams[0].synchronize()

    took = []
    thread = threading.Thread(target=background)
    thread.start()
    time.sleep(0.5)
    begun, before = time.monotonic(), units[0]
    with torch.cuda.stream(streams[1]):
        for _ in range(200):
            time.sleep(0.005)
            at = time.monotonic()
            y = a @ a
            for _ in range(3):
                y = y @ a
            streams[1].synchronize()
            took.append((time.monotonic() - at) * 1e6)
        results[1] = y
    rate = (units[0] - before) / (time.monotonic() - begun)
    over.set()
    thread.join()
    for q in queues:
        q.close()
    return {**ranked(took), "background_per_s": rate, "sums": [float(r.double().sum()) for r in results]}


print(json.dumps({"suspend": suspend, "share": share}[sys.argv[1]]()))
