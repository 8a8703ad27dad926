# SPDX-License-Identifier: GPL-2.0-only OR MIT
"""What the parts share: programs under a scheduler or without, the scheduler, statistics, results."""

import json
import math
import os
import subprocess
import sys
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
TREE = os.path.abspath(os.path.join(HERE, "../../.."))
LIB = os.environ.get("XSCHED_BENCH_LIB", os.path.join(TREE, "build/lib"))
BIN = os.environ.get("XSCHED_BENCH_BIN", os.path.join(TREE, "build/bin"))
OUT = os.path.join(os.environ.get("OUT", os.path.join(TREE, "build/bench/gpu")))
GPU = os.environ.get("CUDA_VISIBLE_DEVICES", "0").split(",")[0]  # as the driver's tools number them
SOCKET = f"/tmp/xsched-bench-{os.getpid()}.sock"
WAYS = ("native", "1", "2", "3")


def env_of(way, daemon=None, **hints):
    """way: native, or the level."""
    env = dict(os.environ, XSCHED_SOCKET=daemon.socket if daemon else SOCKET)
    if way == "native":
        return env
    env.update(LD_PRELOAD=os.path.join(LIB, "libxsched-cuda.so"), XSCHED_SCHEDULER="GLB",
               XSCHED_AUTO_XQUEUE="ON", XSCHED_AUTO_XQUEUE_LEVEL=way)
    env.update({f"XSCHED_AUTO_XQUEUE_{k.upper()}": str(v) for k, v in hints.items()})
    return env


class Daemon:
    """xschedd, with its control plane; one with a name has a socket of its own."""

    def __init__(self, policy="hpf", name=""):
        self.socket = SOCKET + name
        self.start(policy)

    def start(self, policy="hpf"):
        self.log = open(os.path.join(OUT, "xschedd.log"), "ab")
        self.p = subprocess.Popen([os.path.join(BIN, "xschedd"), "-s", self.socket, "-p", policy], stderr=self.log)
        for _ in range(100):
            if os.path.exists(self.socket):
                return
            time.sleep(0.02)
        sys.exit(f"xschedd: no socket at {self.socket}: see {OUT}/xschedd.log")

    def ctl(self, *args):
        r = subprocess.run([os.path.join(BIN, "xschedctl"), *args], env=dict(os.environ, XSCHED_SOCKET=self.socket),
                           capture_output=True, text=True)
        return r.stdout if not r.returncode else r.stdout + r.stderr

    def end(self, signal=15):
        self.p.send_signal(signal)
        self.p.wait()


class Program:
    """work.py in a process of its own."""

    def __init__(self, kind, batch, way="native", daemon=None, **hints):
        self.way = way
        self.err = os.path.join(OUT, f"stderr-{kind}-{way}.log")
        self.p = subprocess.Popen([sys.executable, "-u", os.path.join(HERE, "work.py"), kind, str(batch)],
                                  stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=open(self.err, "ab"),
                                  text=True, env=env_of(way, daemon, **hints), cwd=HERE)
        self.ms = None

    def ready(self):
        if self.ms is None:
            self.ms = self.read()["ms"]
        return self

    def read(self):
        line = self.p.stdout.readline()
        if not line:
            sys.exit(f"a program ended ({self.p.wait()}): {open(self.err).read()[-2000:]}")
        return json.loads(line)

    def tell(self, **what):
        self.p.stdin.write(json.dumps(what) + "\n")
        self.p.stdin.flush()

    def ask(self, **what):
        self.tell(**what)
        return self.read()

    def stop(self):
        return self.ask(do="stop")

    def end(self):
        self.p.stdin.close()
        self.p.wait()


def spin(way, *args, gpu=None, **hints):
    """tests/bench/gpu/spin.cu; a process whose first line says that it is ready."""
    env = env_of(way, **hints)
    if gpu is not None:
        env["CUDA_VISIBLE_DEVICES"] = gpu
    p = subprocess.Popen([os.path.join(BIN, "spin"), *map(str, args)], stdout=subprocess.PIPE, text=True,
                         stderr=open(os.path.join(OUT, "stderr-spin.log"), "ab"), env=env)
    p.first = p.stdout.readline()
    return p


def result(p):
    """The last line of such a process."""
    out = p.communicate()[0].strip().splitlines()
    return json.loads(out[-1]) if out and not p.returncode else {"failed": p.returncode}


class Clock(threading.Thread):
    """The GPU's clock and power while something runs, as its driver reports them; only reads."""

    def __init__(self):
        super().__init__(daemon=True)
        self.seen, self.over = [], threading.Event()

    def run(self):
        try:
            import pynvml
            pynvml.nvmlInit()
            gpu = pynvml.nvmlDeviceGetHandleByIndex(int(GPU))
            while not self.over.wait(0.1):
                self.seen.append((pynvml.nvmlDeviceGetClockInfo(gpu, pynvml.NVML_CLOCK_SM),
                                  pynvml.nvmlDeviceGetPowerUsage(gpu) / 1e3,
                                  pynvml.nvmlDeviceGetCurrentClocksEventReasons(gpu)))
        except Exception as e:  # figures without it are still worth having
            self.seen, self.why = [], str(e)

    def end(self):
        self.over.set()
        self.join()
        if not self.seen:
            return {"failed": getattr(self, "why", "no time to look")}
        mhz, watts, why = zip(*self.seen)
        return {"mhz": sum(mhz) / len(mhz), "mhz_min": min(mhz), "watts": sum(watts) / len(watts),
                "reasons": sorted(set(why))}


def ranked(values):
    v = sorted(values)
    return {"p50": v[len(v) // 2], "p99": v[min(len(v) - 1, len(v) * 99 // 100)]}


T95 = (0, 12.7, 4.3, 3.18, 2.78, 2.57, 2.45, 2.36, 2.31, 2.26)


def interval(values):
    """Mean and 95% interval of a few paired ratios."""
    n = len(values)
    mean = sum(values) / n
    if n < 2:
        return {"mean": mean, "low": None, "high": None, "n": n}
    sd = math.sqrt(sum((v - mean) ** 2 for v in values) / (n - 1))
    half = T95[min(n - 1, len(T95) - 1)] * sd / math.sqrt(n)
    return {"mean": mean, "low": mean - half, "high": mean + half, "n": n}


def judged(i, limit):
    """A target is met when the interval's upper end is below it."""
    if i["high"] is None:
        return "one run"
    return "met" if i["high"] <= limit else "not met" if i["low"] > limit else "not resolved"


def save(part, data):
    import torch
    data = {"part": part, "device": torch.cuda.get_device_name(0), "torch": torch.__version__,
            "time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()), **data}
    path = os.path.join(OUT, part + ".json")
    with open(path + ".new", "w") as f:
        json.dump(data, f, indent=1)
    os.replace(path + ".new", path)
    return data
