# SPDX-License-Identifier: GPL-2.0-only OR MIT
"""A program that uses the GPU as it is told, a line of JSON at a time; it knows nothing of xsched.

    work.py KIND BATCH      kinds: see KINDS

    {"do": "closed", "n": N}                        N units of work, one after the other
    {"do": "periodic", "n": N, "ms": M}             one every M ms, with a jitter of half of that
    {"do": "arrivals", "n": N, "ms": M, "seed": S}  one every M ms on average, lognormal with sigma 2
    {"do": "frames", "n": N, "ms": M, "at": T}      as periodic, each in its parts; with T at T and every M ms
    {"do": "bursts", "n": N, "ms": M, "at": T}      one at T and every M ms after it
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


def graphed(name, timed=False):
    def make(batch):
        net, x = models.make(name, batch)
        return models.Graphed(lambda: net(x), timed)
    return make


def after_itself(name):
    """One that does a neighbour's work by itself before each frame."""
    def make(batch):
        unit = graphed(name, True)(batch)
        unit.before = graphed("resnet152")(32)
        return unit
    return make


def tiny(batch):
    x = torch.zeros(batch, device="cuda")
    return lambda: x.add_(1)


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


def finance(batch):
    """European options by Black and Scholes, a million at a time."""
    models.seed()
    n = batch << 20
    s, k = torch.rand(n, device="cuda") * 90 + 10, torch.rand(n, device="cuda") * 90 + 10
    t = torch.rand(n, device="cuda") * 2 + 0.1
    rate, vol = 0.02, 0.3

    def price():
        root = vol * t.sqrt()
        d1 = ((s / k).log() + (rate + vol * vol / 2) * t) / root
        n1, n2 = (torch.special.ndtr(x) for x in (d1, d1 - root))
        call = s * n1 - k * (-rate * t).exp() * n2
        return call, call - s + k * (-rate * t).exp()

    return models.Graphed(lambda: [price() for _ in range(4)])


def flow(batch):
    """Pressure of a flow in a box: Jacobi steps on a grid of 256 * batch squared."""
    models.seed()
    n = 256 * batch
    p, rhs = torch.zeros(1, 1, n, n, device="cuda"), torch.randn(1, 1, n, n, device="cuda") * 1e-3

    def step(x):
        x = torch.nn.functional.pad(x, (1, 1, 1, 1), mode="replicate")
        return (x[..., 1:-1, 2:] + x[..., 1:-1, :-2] + x[..., 2:, 1:-1] + x[..., :-2, 1:-1] - rhs) / 4

    def steps():
        x = p
        for _ in range(100):
            x = step(x)
        return p.copy_(x)
    return models.Graphed(steps)


def vision(name):
    def make(batch):
        import torchvision
        models.seed()
        net = getattr(torchvision.models, name)(weights=None).cuda().half().eval()
        x = torch.randn(batch, 3, 224, 224, device="cuda", dtype=torch.half)
        return models.Graphed(lambda: net(x))
    return make


KINDS = {
    "resnet152-timed": graphed("resnet152", True), "bert-timed": graphed("bert", True),
    "resnet152-after": after_itself("resnet152"), "bert-after": after_itself("bert"), "tiny": tiny,
    "resnet152": graphed("resnet152"), "resnet152-eager": eager("resnet152"),
    "bert": graphed("bert"), "bert-eager": eager("bert"),
    "decode": decode, "decode-graph": decode_graph,
    "train": train, "segment": segment, "speech": speech, "finance": finance, "flow": flow,
    **{n: vision(n) for n in ("resnet18", "resnet34", "resnet50", "mobilenet_v2", "shufflenet_v2_x1_0",
                              "squeezenet1_1")},
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


def arrivals(unit, n, ms, seed, **_):
    dice, v, due = random.Random(seed), [], time.monotonic()
    for _ in range(n):
        due += ms / 1e3 * dice.lognormvariate(-2, 2)  # of mean 1
        time.sleep(max(0, due - time.monotonic()))
        unit()
        torch.cuda.synchronize()
        v.append((time.monotonic() - due) * 1e3)
    return summary(v, all=v)


def split(unit):
    """A unit of work in ms: all of it, its launch, its time on the device."""
    begun = time.monotonic()
    unit()
    launched = time.monotonic()
    torch.cuda.synchronize()
    ended = time.monotonic()
    return [round(1e3 * t, 4) for t in (ended - begun, launched - begun)] + [
        round(unit.marks[0].elapsed_time(unit.marks[1]), 4)]


def frames(unit, n, ms, at=None, **_):
    """As periodic, taken apart; at: one at that time and every ms after it, rather than with jitter."""
    dice, v = random.Random(3), []
    for i in range(n):
        if at is None:
            time.sleep(ms / 1e3 * dice.uniform(0.5, 1.5))
        else:
            if hasattr(unit, "before"):
                sleep_until(at + (i * ms - 11) / 1e3)
                one(unit.before)
            sleep_until(at + (i * ms + dice.uniform(0, 2)) / 1e3)
        v.append(split(unit))
    return {"frames": v}


def bursts(unit, n, ms, at, **_):
    """A unit at that time, and every ms after it."""
    v = []
    for i in range(n):
        sleep_until(at + i * ms / 1e3)
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


def sleep_until(at):
    time.sleep(max(0, at - time.monotonic()))


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
