# SPDX-License-Identifier: GPL-2.0-only OR MIT
"""What PyTorch computes, as digests, to be compared with and without xsched: equal.py OUT.json"""

import ctypes
import hashlib
import json
import os
import sys
import time

os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")

import torch  # noqa: E402

import models  # noqa: E402
from models import digest  # noqa: E402

torch.use_deterministic_algorithms(True, warn_only=True)
torch.backends.cudnn.benchmark = False
found = {}


def part(fn):
    begun = time.time()
    try:
        found[fn.__name__] = fn()
    except Exception as e:  # reported, and compared like a result
        found[fn.__name__] = f"{type(e).__name__}: {str(e)[:200]}"
    print(f"{fn.__name__}: {found[fn.__name__]} ({time.time() - begun:.1f} s)", flush=True)


def inference():
    out = []
    with torch.no_grad():
        for name, batch in ("resnet152", 4), ("bert", 4):
            net, x = models.make(name, batch)
            out += [net(x) for _ in range(3)]
    return digest(*out)


def graphs():
    out = []
    with torch.no_grad():
        for name, batch in ("resnet152", 1), ("bert", 2):
            net, x = models.make(name, batch)
            call = models.Graphed(lambda: net(x))
            for _ in range(20):
                out.append(call().clone())
    return digest(*out)


def decode():
    models.seed()
    net = models.Decoder().cuda().half().eval()
    token = torch.tensor([[1]], device="cuda")
    out = []
    with torch.no_grad():
        for i in range(128):
            token = net(token, torch.tensor([i], device="cuda"))
            out.append(token.item())
    return hashlib.sha256(str(out).encode()).hexdigest()[:16]


def training():
    models.seed()
    net = models.resnet152().cuda().to(memory_format=torch.channels_last)
    opt = torch.optim.SGD(net.parameters(), 0.01, momentum=0.9)
    x = torch.randn(8, 3, 224, 224, device="cuda").to(memory_format=torch.channels_last)
    y = torch.randint(1000, (8,), device="cuda")
    loss = []
    for _ in range(5):
        opt.zero_grad()
        v = nn_loss(net(x), y)
        v.backward()
        opt.step()
        loss.append(v.detach())
    return digest(*loss, *list(net.parameters())[:4])


def nn_loss(a, y):
    return torch.nn.functional.cross_entropy(a, y)


def streams():
    models.seed()
    a = torch.randn(2048, 2048, device="cuda")
    side = [torch.cuda.Stream() for _ in range(4)]
    ready = torch.cuda.Event()
    out = []
    for i in range(40):
        ready.record()
        s = side[i % 4]
        s.wait_event(ready)
        with torch.cuda.stream(s):
            b = a @ a * 1e-3
            b = b.to("cpu", non_blocking=True)
            s.synchronize()
            out.append(b[0, :64].clone())
        a = a * 1.01
    return digest(*out)


def updates():
    """A graph that is instantiated once and given other work again and again."""
    cu, x, graphs = ctypes.CDLL("libcuda.so.1"), torch.zeros(1 << 20, device="cuda"), []
    run, info = ctypes.c_void_p(), ctypes.create_string_buffer(64)
    for k in range(4):
        graphs.append(torch.cuda.CUDAGraph(keep_graph=True))
        with torch.cuda.graph(graphs[-1]):
            for _ in range(300):
                x.mul_(0.999).add_(k)
    stream = ctypes.c_void_p(torch.cuda.current_stream().cuda_stream)
    raw = [ctypes.c_void_p(g.raw_cuda_graph()) for g in graphs]
    errors = [cu.cuGraphInstantiateWithFlags(ctypes.byref(run), raw[0], ctypes.c_ulonglong(0))]
    for i in range(60):
        errors.append(cu.cuGraphExecUpdate_v2(run, raw[i % 4], info))
        errors += [cu.cuGraphLaunch(run, stream) for _ in range(1 + i % 5)]
    torch.cuda.synchronize()
    errors.append(cu.cuGraphExecDestroy(run))
    return f"{digest(x)} {sum(map(bool, errors))} errors"


def compiled():
    net, x = models.make("bert", 2)
    with torch.no_grad():
        fn = torch.compile(net, mode="default")
        return digest(*[fn(x) for _ in range(3)])


for fn in inference, graphs, decode, training, streams, updates, compiled:
    part(fn)
with open(sys.argv[1], "w") as f:
    json.dump(found, f)
