# SPDX-License-Identifier: GPL-2.0-only OR MIT
"""A program that uses the GPU as it is told, a line of JSON at a time; it knows nothing of xsched.

    work.py KIND BATCH      kinds: see KINDS

    {"do": "closed", "n": N}                        N units of work, one after the other
    {"do": "periodic", "n": N, "ms": M}             one every M ms, with a jitter of half of that
    {"do": "saturate"} ... {"do": "stop"}           as fast as it goes, a few units ahead
    {"do": "jobs", "ms": M} ... {"do": "stop"}      one every M ms, each due before the next

Each is answered with one line.
"""

import json
import os
import random
import resource
import select
import sys
import time

import torch

import models

torch.backends.cudnn.benchmark = False  # else each process may choose other kernels


def graphed(name):
    def make(batch):
        net, x = models.make(name, batch)
        return models.Graphed(lambda: net(x))
    return make


def eager(name):
    def make(batch):
        net, x = models.make(name, batch)
        return lambda: net(x)
    return make


def decode(batch):
    """16 tokens, eager: hundreds of small kernels."""
    models.seed()
    net = models.Decoder().cuda().half().eval()
    token = torch.ones(batch, 1, dtype=torch.long, device="cuda")
    at = [torch.tensor([i], device="cuda") for i in range(16)]

    def unit():
        t = token
        for i in at:
            t = net(t, i)
    return unit


def decode_graph(batch):
    models.seed()
    net = models.Decoder().cuda().half().eval()
    token = torch.ones(batch, 1, dtype=torch.long, device="cuda")
    at = torch.tensor([3], device="cuda")
    return models.Graphed(lambda: net(token, at))


def train(batch):
    import torchvision
    models.seed()
    net = torchvision.models.shufflenet_v2_x1_0(weights=None).cuda()
    opt = torch.optim.SGD(net.parameters(), 0.01)
    x, y = torch.randn(batch, 3, 224, 224, device="cuda"), torch.randint(1000, (batch,), device="cuda")

    def unit():
        with torch.enable_grad():
            opt.zero_grad()
            torch.nn.functional.cross_entropy(net(x), y).backward()
            opt.step()
    return unit


def segment(batch):
    import torchvision
    models.seed()
    net = torchvision.models.segmentation.lraspp_mobilenet_v3_large(weights=None, weights_backbone=None)
    net = net.cuda().half().eval()
    x = torch.randn(batch, 3, 480, 640, device="cuda", dtype=torch.half)
    return models.Graphed(lambda: net(x)["out"])


def speech(batch):
    """As much work as Whisper's encoder and a decoded sentence: a job of many milliseconds."""
    models.seed()
    net = models.Encoder(24, 1024, 16, length=1500).cuda().half().eval()
    ids = torch.randint(30522, (batch, 1500), device="cuda")
    call = models.Graphed(lambda: net(ids))

    def unit():
        for _ in range(8):
            call()
    return unit


KINDS = {
    "resnet152": graphed("resnet152"), "resnet152-eager": eager("resnet152"),
    "bert": graphed("bert"), "bert-eager": eager("bert"),
    "decode": decode, "decode-graph": decode_graph,
    "train": train, "segment": segment, "speech": speech,
}


def usage():
    r = resource.getrusage(resource.RUSAGE_SELF)
    return r.ru_utime + r.ru_stime


def summary(v, **more):
    v = sorted(v)
    return {"n": len(v), "p50": v[len(v) // 2], "p99": v[min(len(v) - 1, len(v) * 99 // 100)],
            "max": v[-1], "mean": sum(v) / len(v), **more}


def one(unit):
    begun = time.monotonic()
    unit()
    torch.cuda.synchronize()
    return (time.monotonic() - begun) * 1e3


def closed(unit, n, **_):
    cpu, begun = usage(), time.monotonic()
    v = [one(unit) for _ in range(n)]
    took = time.monotonic() - begun
    return summary(v, per_s=n / took, cpu=(usage() - cpu) / took)


def periodic(unit, n, ms, **_):
    dice, v = random.Random(3), []
    for _ in range(n):
        time.sleep(ms / 1e3 * dice.uniform(0.5, 1.5))
        v.append(one(unit))
    return summary(v)


def told():
    return select.select([sys.stdin], [], [], 0)[0]


def saturate(unit, **_):
    marks = [torch.cuda.Event(blocking=True) for _ in range(3)]
    n, cpu, begun = 0, usage(), time.monotonic()
    while not told():
        if n >= len(marks):
            marks[n % len(marks)].synchronize()
        unit()
        marks[n % len(marks)].record()
        n += 1
    torch.cuda.synchronize()
    took = time.monotonic() - begun
    return {"n": n, "per_s": n / took, "cpu": (usage() - cpu) / took}


def jobs(unit, ms, **_):
    v, due = [], time.monotonic()
    while not told():
        time.sleep(max(0, due - time.monotonic()))
        unit()
        torch.cuda.synchronize()
        v.append((time.monotonic() - due) * 1e3)
        due += ms / 1e3
    return summary(v, late=sum(x > ms for x in v))


def main():
    torch.set_grad_enabled(False)
    unit = KINDS[sys.argv[1]](int(sys.argv[2]))
    for _ in range(10):
        one(unit)
    print(json.dumps({"ready": True, "ms": sorted(one(unit) for _ in range(20))[10]}), flush=True)
    while line := sys.stdin.readline():
        what = json.loads(line)
        if what["do"] != "stop":
            print(json.dumps(globals()[what.pop("do")](unit, **what)), flush=True)
    os._exit(0)


main()
