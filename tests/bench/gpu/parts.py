# SPDX-License-Identifier: GPL-2.0-only OR MIT
"""The experiments. Each returns what goes into its JSON; ways are interleaved, round by round."""

import json
import os
import random
import signal
import subprocess
import sys
import time

from bench import BIN, GPU, HERE, LIB, OUT, WAYS, Clock, Daemon, Program, env_of, interval, judged, ranked, result, spin


def equal():
    """4.2: an unmodified PyTorch script finds the same, bit for bit, with a competitor around."""
    d, found, errors = Daemon(), {}, {}
    for way in WAYS:
        rival = None if way == "native" else spin("2", "foreground", 300, 1000000, 4000, priority=10)
        path = os.path.join(OUT, f"equal-{way}.out")
        r = subprocess.run([sys.executable, os.path.join(HERE, "equal.py"), path], text=True, capture_output=True,
                           env=env_of(way, priority=0))
        found[way] = json.load(open(path)) if not r.returncode else {"failed": r.returncode}
        errors[way] = [x for x in r.stderr.splitlines() if "CUDA" in x or "xsched" in x][:10]
        if rival:
            rival.kill()
            rival.wait()
    d.end()
    same = {w: {k: v == found["native"].get(k) for k, v in found[w].items()} for w in WAYS[1:]}
    return {"found": found, "equal": same, "all_equal": all(all(v.values()) for v in same.values()),
            "stderr": errors}


def sanitizer():
    """compute-sanitizer, memcheck and racecheck, on a small program under the shim."""
    d, out = Daemon(), {}
    for tool in "memcheck", "racecheck":
        for way in "native", "2":
            r = subprocess.run(["compute-sanitizer", "--tool", tool, os.path.join(BIN, "spin"), "clean"],
                               text=True, capture_output=True, env=env_of(way), timeout=150)
            out[f"{tool}-{way}"] = {"status": r.returncode, "last": r.stdout.strip().splitlines()[-3:],
                                    "stderr": r.stderr[-300:]}
    d.end()
    return out


def overhead(rounds=4, each=4):
    """7.4: the same program alone, with and without; time of a unit of work, CPU seconds a second.

    Two processes of one program differ by up to 1% by themselves, so there are several of each, in
    pairs, with a scheduler each. "2 beside idle" shares its own with a program that does nothing meanwhile.
    """
    ways, out = ("1", "2", "2 beside idle"), {}
    daemons = [{w: Daemon(name=f"{i}-{w[:1]}-{len(w)}") for w in ways} for i in range(each)]
    for kind, batch, n in (("resnet152", 1, 100), ("bert", 4, 150), ("decode-graph", 1, 400), ("decode", 1, 5),
                           ("resnet152-eager", 32, 20)):
        sets = [{"native": Program(kind, batch), **{w: Program(kind, batch, w[0], d) for w, d in ds.items()}}
                for ds in daemons]
        idle = [Program("tiny", 1, "2", ds["2 beside idle"]).ready() for ds in daemons]
        rows = [[] for _ in sets]
        for p in [p for s in sets for p in s.values()]:
            p.ready().ask(do="closed", n=n)
        for i in range(rounds):
            for s, r in random.Random(i).sample(list(zip(sets, rows)), each):
                order = random.Random(i).sample(list(s), len(s))
                r.append({w: s[w].ask(do="closed", n=n) for w in order})
        out[kind] = {"batch": batch, "native_ms": rows[0][0]["native"]["p50"], "ways": {}, "rows": rows}
        for w in ways:
            def pairs(get):
                return interval([sorted(get(x) for x in r)[len(r) // 2] for r in rows])

            i = pairs(lambda x: x[w]["p50"] / x["native"]["p50"])
            out[kind]["ways"][w] = {"time": i, "mean": pairs(lambda x: x[w]["mean"] / x["native"]["mean"]),
                                    "cpu": pairs(lambda x: x[w]["cpu"] - x["native"]["cpu"]),
                                    "target": judged(i, 1.01 if "decode" in kind else 1.005)}
        for p in [*idle, *(p for s in sets for p in s.values())]:
            p.end()
    for d in [d for ds in daemons for d in ds.values()]:
        d.end()
    return {"kinds": out}


def priority(rounds=3, kinds=(("resnet152", 1, "resnet152", 32, 300), ("bert", 4, "resnet152", 32, 300))):
    """7.2.1: a periodic foreground at 20% of its peak, beside something that saturates."""
    out = {}
    d = Daemon()
    for fg_kind, fg_batch, bg_kind, bg_batch, n in kinds:
        fg = {w: Program(fg_kind, fg_batch, w, priority=10) for w in WAYS}
        bg = {w: Program(bg_kind, bg_batch, w, priority=0) for w in WAYS}
        for p in [*fg.values(), *bg.values()]:
            p.ready()
        period = fg["native"].ask(do="closed", n=60)["p50"] / 0.2
        rows = []
        for _ in range(rounds):
            row = {"alone": {"fg": fg["native"].ask(do="periodic", n=n, ms=period)}}
            bg["native"].tell(do="saturate")
            time.sleep(1.5)
            row["alone"]["bg"] = bg["native"].stop()
            for w in WAYS:
                bg[w].tell(do="saturate")
                time.sleep(0.5)
                row[w] = {"fg": fg[w].ask(do="periodic", n=n, ms=period)}
                row[w]["bg"] = bg[w].stop()
            rows.append(row)
        ways = {}
        for w in WAYS:
            ratio = {q: interval([r[w]["fg"][q] / r["alone"]["fg"][q] for r in rows]) for q in ("p50", "p99")}
            used = rows[0]["alone"]["fg"]["mean"] / period
            left = interval([r[w]["bg"]["per_s"] / (r["alone"]["bg"]["per_s"] * (1 - used)) for r in rows])
            ways[w] = {**ratio, "background_of_what_is_left": left, "target": judged(ratio["p99"], 1.05)}
        key = f"{fg_kind} b{fg_batch} beside {bg_kind} b{bg_batch}"
        out[key] = {"period_ms": period, "alone": rows[0]["alone"], "ways": ways, "rows": rows}
        for p in [*fg.values(), *bg.values()]:
            p.end()
    d.end()
    return {"pairs": out}


def terms(rounds=3, n=120, kinds=(("resnet152", 1), ("bert", 4)), ways=("native", "2", "3")):
    """7.2.1 taken apart: what a frame's launch, wait and time on the device are, in ms.

    Without a scheduler: alone; a ms after the same process, or a neighbour, has done 8.6 ms of work, or
    a neighbour next to nothing (a switch between contexts, and warm caches). With: beside who saturates.
    """
    d, out = Daemon(), {}
    near = {w: Program("resnet152", 32, w, priority=0) for w in ways}
    near["tiny"] = Program("tiny", 64)
    for kind, batch in kinds:
        fg = {w: Program(kind + "-timed", batch, w, priority=10) for w in ways}
        fg["itself"] = Program(kind + "-after", batch)
        for p in [*fg.values(), *near.values()]:
            p.ready()
        period = fg["native"].ms / 0.2
        rows = {}

        def note(name, clock, frames):
            rows.setdefault(name, []).append({"frames": frames["frames"], "clock": clock.end()})

        def begin():
            clock = Clock()
            clock.start()
            return clock

        for _ in range(rounds):
            c = begin()
            note("alone", c, fg["native"].ask(do="frames", n=n, ms=period))
            for name, who in ("after itself", None), ("after a switch", "tiny"), ("after a neighbour", "native"):
                c, at = begin(), time.monotonic() + 0.1
                if who:
                    near[who].tell(do="bursts", n=n, ms=22, at=at)
                note(name, c, fg["native" if who else "itself"].ask(do="frames", n=n, ms=22, at=at + 0.011))
                if who:
                    near[who].read()
            for w in ways:
                near[w].tell(do="saturate")
                time.sleep(0.5)
                c = begin()
                note("beside, " + w, c, fg[w].ask(do="frames", n=n, ms=period))
                near[w].stop()
        out[f"{kind} b{batch}"] = {name: split_of(v) for name, v in rows.items()}
        for p in fg.values():
            p.end()
    for p in near.values():
        p.end()
    d.end()
    return {"kinds": out}


def split_of(runs):
    """Median and 99th percentile of each term; what is neither launch nor device is waiting."""
    frames = [f for r in runs for f in r["frames"]]
    terms = {"all": [f[0] for f in frames], "launch": [f[1] for f in frames],
             "wait": [f[0] - f[1] - f[2] for f in frames], "device": [f[2] for f in frames]}
    return {**{k: ranked(v) for k, v in terms.items()}, "clock": [r["clock"] for r in runs],
            "frames": [r["frames"] for r in runs]}


def partition(rounds=3, seconds=4):
    """7.2.2: two that saturate, 75 to 25 by utilization, with turns of the default 5 ms and of 20 ms."""
    d = Daemon("pup")
    out = {}
    for way, turns in [(w, {}) for w in WAYS] + [(w, {"timeslice": 20000}) for w in ("2", "3")]:
        a = Program("resnet152", 32, way, utilization=75, **turns)
        b = Program("resnet152", 32, way, utilization=25, **turns)
        a.ready(), b.ready()
        rows = []
        for _ in range(rounds):
            alone = []
            for p in a, b:
                p.tell(do="saturate")
                time.sleep(2)
                alone.append(p.stop()["per_s"])
            a.tell(do="saturate")
            b.tell(do="saturate")
            time.sleep(seconds)
            both = [a.stop()["per_s"], b.stop()["per_s"]]
            rows.append({"alone": alone, "both": both, "share": both[0] / sum(both),
                         "sum": both[0] / alone[0] + both[1] / alone[1]})
        out[way + (", turns of 20 ms" if turns else "")] = {
            "share": interval([r["share"] for r in rows]), "throughput": interval([r["sum"] for r in rows]), "rows": rows}
        a.end(), b.end()
    d.end()
    return {"ways": out}


def latency(lengths=tuple(int(x) for x in os.environ.get("LENGTHS", "10,50,100,200,500,1000,2000,0").split(",")),
            tries=300):
    """7.3.1, 7.3.2: how long a 50 us kernel takes beside kernels of T, and one without an end (0)."""
    d, out, over = Daemon(), {}, os.path.join(OUT, "latency.over")
    alone = result(spin("native", "foreground", 50, tries, 3000))
    for t in lengths:
        out[t] = {}
        for w in WAYS:
            if os.path.exists(over):
                os.unlink(over)
            v = spin(w, *(("victim", t) if t else ("endless",)), 30, over, priority=0)
            time.sleep(0.7)
            got = result(spin(w, "foreground", 50, tries, 3000, priority=10))
            open(over, "w").close()
            out[t][w] = {**got, "victim": result(v), "over_alone_p50": got.get("p50", 0) - alone["p50"],
                         "over_alone_p99": got.get("p99", 0) - alone["p50"]}
    d.end()
    return {"alone": alone, "by_length": out}


def window(rounds=5):
    """7.3.3: what a window of so many commands costs alone, and the one by time; level 1."""
    d, out = Daemon(), {}
    for t in 10, 100:
        rows = {}
        for _ in range(rounds):
            rows.setdefault("native", []).append(result(spin("native", "victim", t, 1))["per_ms"])
            for n in 1, 2, 4, 8, 16:
                v = spin("1", "victim", t, 1, threshold=n, batch_size=max(1, n // 2))
                rows.setdefault(str(n), []).append(result(v)["per_ms"])
            rows.setdefault("by time", []).append(result(spin("1", "victim", t, 1))["per_ms"])
        out[t] = {k: interval([n / x for x, n in zip(v, rows["native"])]) for k, v in rows.items()}
    d.end()
    return {"slowdown": out}


def harvest(rounds=3, seconds=4, production="train", opportunistic="train", batch=128):
    """8.1.1: a production training job and an opportunistic one."""
    d, out = Daemon(), {}
    prod = {w: Program(production, batch, w, priority=10) for w in WAYS}
    free = {w: Program(opportunistic, batch, w, priority=0) for w in WAYS}
    for p in [*prod.values(), *free.values()]:
        p.ready()
    rows = []

    def together(*programs):
        for p in programs:
            p.tell(do="saturate")
        time.sleep(seconds)
        return [p.stop()["per_s"] for p in programs]

    for _ in range(rounds):
        row = {"alone": together(prod["native"]) + together(free["native"])}
        for w in WAYS:
            row[w] = together(prod[w], free[w])
        rows.append(row)
    for w in WAYS:
        out[w] = {"production": interval([r[w][0] / r["alone"][0] for r in rows]),
                  "opportunistic": interval([r[w][1] / r["alone"][1] for r in rows])}
    for p in [*prod.values(), *free.values()]:
        p.end()
    d.end()
    return {"ways": out, "rows": rows}


def finance():
    """8.1.2: a stream of option prices in production, a flow solver takes what is left."""
    return harvest(3, 3, "finance", "flow", 4)


def video(seconds=8):
    """8.2.1: frames at 25 a second beside speech jobs every 3 s, laxity 10 ms."""
    d, out = Daemon("laxity"), {}
    ways = ("native", "2", "3")
    frames = {w: Program("segment", 1, w, laxity=10000, priority=3) for w in ways}
    talk = {w: Program("speech", 16, w) for w in ways}
    for p in [*frames.values(), *talk.values()]:
        p.ready()
    alone = frames["native"].ask(do="periodic", n=200, ms=40)
    for w in ways:
        talk[w].tell(do="jobs", ms=3000)
        out[w] = {"frames": frames[w].ask(do="periodic", n=25 * seconds, ms=40), "speech": talk[w].stop()}
    for p in [*frames.values(), *talk.values()]:
        p.end()
    d.end()
    return {"alone": alone, "speech_ms": talk["native"].ms, "ways": out}


def server(n=80):
    """8.3.1: two BERT-large, one asked 10 times a second, the other saturated."""
    r = priority(3, (("bert", 1, "bert", 16, n),))
    return {"pairs": r["pairs"]}


def many(loads=(0.4, 0.8), n=100):
    """8.3.2: six models, a process each, lognormal arrivals (sigma 2); K-EDF with K 2."""
    names = ("resnet18", "resnet34", "resnet50", "mobilenet_v2", "shufflenet_v2_x1_0", "squeezenet1_1")
    d, out = Daemon("kedf"), {}
    ways = ("native", "2", "3")
    first = {x: Program(x, 8) for x in names}
    for p in first.values():
        p.ready()
    alone = {x: p.ask(do="closed", n=60)["p50"] for x, p in first.items()}
    for p in first.values():
        p.end()
    programs = {w: {x: Program(x, 8, w, deadline=int(5000 * alone[x]), kdeadline=2) for x in names} for w in ways}
    for w in ways:
        for p in programs[w].values():
            p.ready()
    for load in loads:
        out[load] = {}
        for w in ways:
            for i, (x, p) in enumerate(programs[w].items()):
                p.tell(do="arrivals", n=n, ms=alone[x] * len(names) / load, seed=i)
            late = sorted(t / alone[x] for x, p in programs[w].items() for t in p.read()["all"])
            out[load][w] = {"p50": late[len(late) // 2], "p99": late[len(late) * 99 // 100]}
    for w in ways:
        for p in programs[w].values():
            p.end()
    d.end()
    return {"alone_ms": alone, "unit": "times the model's own time alone", "loads": out}


def queues():
    """XQueues of a program's own, by libhalcuda: suspended, and two under the scheduler in the process."""
    env = {**os.environ, "LD_PRELOAD": os.path.join(LIB, "libshimcuda.so"), "XSCHED_LIBDIR": LIB}

    def run(what, level):
        r = subprocess.run([sys.executable, os.path.join(HERE, "queues.py"), what, str(level)], text=True,
                           capture_output=True, env=env if level else os.environ, timeout=120)
        return json.loads(r.stdout) if not r.returncode else {"failed": r.returncode, "stderr": r.stderr[-600:]}

    share = {level: run("share", level) for level in (0, 1, 2)}
    return {"suspend": {level: run("suspend", level) for level in (1, 2)}, "share": share,
            "equal": all(share[0].get("sums") == v.get("sums") for v in share.values())}


def several(seconds=4):
    """A program on two GPUs, and somebody more important on the first of them only for some time."""
    gpus = os.environ.get("CUDA_VISIBLE_DEVICES", "0,1").split(",")
    if len(gpus) < 2:
        raise SystemExit("there are no two GPUs")
    d, out, same = Daemon(), {}, None
    for way in WAYS:
        for beside in False, True:
            path = os.path.join(OUT, f"several-{way}-{beside:d}.out")
            p = subprocess.Popen([sys.executable, os.path.join(HERE, "several.py"), path, str(seconds)], text=True,
                                 stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                 env=dict(env_of(way, priority=0), CUDA_VISIBLE_DEVICES=",".join(gpus[:2])))
            p.stdout.readline()
            rival = spin(way, "victim", 300, 60, gpu=gpus[0], priority=10) if beside else None
            p.stdin.write("\n")
            p.stdin.flush()
            p.stdout.readline()
            if rival:
                rival.kill()
                rival.wait()
            err = p.communicate()[1]
            got = json.load(open(path)) if not p.returncode else {"failed": p.returncode, "stderr": err[-600:]}
            rates = got.pop("rates", [0, 0])
            same = same or got
            out[f"{way}, somebody on the first" if beside else way] = {
                "per_s": rates, "equal": {k: v == same.get(k) for k, v in got.items()}, "found": got}
    d.end()
    return {"ways": out}


def kills(times=int(os.environ.get("KILLS", "50"))):
    """kill -9 of victim, winner and xschedd while the victim runs, is held, or is disabled (level 3)."""
    d, out = Daemon(), {}

    def fresh():
        p = spin("2", "foreground", 50, 20, 500)
        return "p50" in result(p)

    def leftovers():
        r = subprocess.run(["nvidia-smi", "-i", GPU, "--query-compute-apps=pid", "--format=csv,noheader"],
                           capture_output=True, text=True)
        return [x for x in r.stdout.split() if x.isdigit()]

    for who in "victim", "winner", "xschedd":
        bad, late = [], []
        for i in range(times):
            level = "3" if i % 2 else "2"
            v = spin(level, *(("endless", 2) if i % 4 == 3 else ("victim", 500, 2)), priority=0)
            w = spin(level, "foreground", 3000, 100000, 200, priority=10)
            time.sleep(random.Random(i).uniform(0.02, 0.25))
            {"victim": v, "winner": w, "xschedd": d.p}[who].send_signal(signal.SIGKILL)
            begun = time.monotonic()
            if who == "victim":
                v.wait()
                w.kill()
            else:
                if who == "xschedd":
                    d.p.wait()
                    w.kill()
                if "failed" in result(v):
                    bad.append(i)
            late.append(time.monotonic() - begun)
            w.wait()
            if who == "xschedd":
                d.start()
            if i % 5 == 0 and (not fresh() or leftovers()):
                bad.append(i)
        out[who] = {"times": times, "bad": bad, "slowest_s": max(late)}
    d.end()
    return {"who": out, "leftovers": leftovers()}


PARTS = (equal, sanitizer, overhead, priority, terms, partition, latency, window, harvest, finance, video, server,
         many, queues, several, kills)
