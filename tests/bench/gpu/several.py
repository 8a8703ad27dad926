# SPDX-License-Identifier: GPL-2.0-only OR MIT
"""A program that uses two GPUs in all ways, as digests and rates: several.py OUT.json SECONDS"""

import json
import os
import sys
import threading
import time

import torch
import torch.multiprocessing as processes

from models import digest

found = {}


def matrix(device, seed=1):
    torch.manual_seed(seed)
    return (torch.randn(2048, 2048) / 45).to(device)


def both(seconds):
    """A thread for each GPU: how many units each gets done, and what comes out of 100.

    Says "warm" and "over", and waits for a line after the first.
    """
    units, out, warm, over = [0, 0], [None, None], threading.Barrier(3), threading.Event()
    first = [matrix(f"cuda:{k}") for k in range(2)]  # threads share one generator

    def use(k):
        torch.cuda.set_device(k)
        torch.set_grad_enabled(False)
        a = first[k]
        stream, mark = torch.cuda.Stream(), torch.cuda.Event(blocking=True)
        with torch.cuda.stream(stream):
            def chain(n):
                x = a
                for _ in range(n):
                    x = torch.tanh(x @ a)
                mark.record()
                mark.synchronize()
                return x

            chain(100)
            warm.wait()
            warm.wait()
            while not over.is_set():
                chain(10)
                units[k] += 1
            out[k] = chain(100)

    threads = [threading.Thread(target=use, args=(k,)) for k in range(2)]
    for t in threads:
        t.start()
    warm.wait()
    print("warm", flush=True)
    sys.stdin.readline()
    warm.wait()
    time.sleep(seconds)
    found["rates"] = [n / seconds for n in units]
    over.set()
    print("over", flush=True)
    for t in threads:
        t.join()
    return digest(*out)


def peers():
    """Copies from one to the other and back, and work that waits for the other's."""
    a, out = matrix("cuda:0"), []
    for i in range(20):
        b = a.to("cuda:1", non_blocking=True)
        b = torch.tanh(b @ b)
        a = b.to("cuda:0", non_blocking=True) + a * 0.5
        out.append(a[:64, :64].clone())
    return digest(*out)


def change(queue, done):
    t = queue.get()
    for _ in range(100):
        t.mul_(1.001).add_(1)
    torch.cuda.synchronize()
    del t
    done.set()


def shared():
    """Memory of this process that another changes (IPC)."""
    context = processes.get_context("spawn")
    queue, done, t = context.Queue(), context.Event(), matrix("cuda:0")
    p = context.Process(target=change, args=(queue, done))
    p.start()
    queue.put(t)
    assert done.wait(90)
    p.join()
    return digest(t)


def rank(k, path):
    torch.cuda.set_device(k)
    torch.distributed.init_process_group("nccl", init_method=f"file://{path}", world_size=2, rank=k)
    x = matrix(f"cuda:{k}", seed=k)
    for _ in range(50):
        torch.distributed.all_reduce(x)
        x = torch.tanh(x @ x)
    torch.cuda.synchronize()
    if not k:
        with open(path + ".digest", "w") as f:
            f.write(digest(x))
    torch.distributed.destroy_process_group()


def collective():
    """Two processes, a GPU each, NCCL between them."""
    path = sys.argv[1] + ".ranks"
    for x in path, path + ".digest":
        if os.path.exists(x):
            os.unlink(x)
    processes.spawn(rank, args=(path,), nprocs=2)
    with open(path + ".digest") as f:
        return f.read()


if __name__ == "__main__":
    torch.set_grad_enabled(False)
    for part in lambda: both(float(sys.argv[2])), peers, shared, collective:
        name = "both" if part.__name__ == "<lambda>" else part.__name__
        begun = time.time()
        try:
            found[name] = part()
        except Exception as e:  # reported, and compared like a result
            found[name] = f"{type(e).__name__}: {str(e)[:300]}"
        print(f"{name}: {found[name]} ({time.time() - begun:.1f} s)", flush=True)
    with open(sys.argv[1], "w") as f:
        json.dump(found, f)
