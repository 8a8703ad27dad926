#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only OR MIT
"""Turns the demo's raw samples into a table, demo.json and demo.png, and judges whether the promise holds."""
import json
import math
import random
import sys

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt  # noqa: E402
from matplotlib.ticker import FuncFormatter, NullLocator  # noqa: E402

TOGETHER = ("standalone", "native", "xsched")
TITLES = {"standalone": "foreground alone", "native": "both, without xsched", "xsched": "both, under xsched"}
COLOURS = {"standalone": "#5b6770", "native": "#c8553d", "xsched": "#2a7f9e"}
RESAMPLES = 2000


def percentile(values, p):
    values = sorted(values)
    return values[math.floor((len(values) - 1) * p + 0.5)]


def rounds_of(raw, phase):
    return [s for s in raw["samples"] if s["phase"] == phase]


def latencies(raw, phase):
    return [[ms for _, ms in s["frames"]] for s in rounds_of(raw, phase)]


def pooled(raw, phase):
    return [ms for one in latencies(raw, phase) for ms in one]


def spread(values):
    return [min(values), max(values)]


def interval(values):
    values = sorted(values)
    return [values[int(len(values) * 0.025)], values[int(len(values) * 0.975)]]


def resample(rng, rounds):
    return [ms for one in rounds for ms in rng.choices(one, k=len(one))]


def compare(raw, phase):
    """95% interval, by bootstrap within rounds, of a phase's P50 as a multiple of standalone and above it in ms."""
    rng, ratio, above = random.Random(1), [], []
    alone, other = latencies(raw, "standalone"), latencies(raw, phase)
    for _ in range(RESAMPLES):
        a, b = percentile(resample(rng, alone), 0.5), percentile(resample(rng, other), 0.5)
        ratio.append(b / a)
        above.append(b - 1.1 * a - raw["T_ms"])
    return {"ratio_95": interval(ratio), "beyond_goal_ms_95": interval(above)}


def foreground(raw, phase):
    if not rounds_of(raw, phase):
        return None
    ms, each = pooled(raw, phase), [percentile(one, 0.5) for one in latencies(raw, phase)]
    figures = {"p50_ms": percentile(ms, 0.5), "p99_ms": percentile(ms, 0.99), "frames": len(ms),
               "missed": sum(s["missed"] for s in rounds_of(raw, phase)), "p50_ms_of_rounds": spread(each)}
    return figures if phase == "standalone" else dict(figures, **compare(raw, phase))


def background(raw, phase):
    rates = [s["background_per_s"] for s in rounds_of(raw, phase)]
    return (sum(rates) / len(rates), spread(rates)) if rates else (None, None)


def summarize(raw):
    result = {phase: foreground(raw, phase) for phase in TOGETHER}
    result["background"] = {}
    for name, phase in (("standalone", "background"), ("native", "native"), ("xsched", "xsched")):
        mean, of_rounds = background(raw, phase)
        result["background"][f"{name}_per_s"] = mean
        result["background"][f"{name}_per_s_of_rounds"] = of_rounds
    result["level"] = raw["level"]
    result["T_ms"] = raw["T_ms"]
    result["T_p99_ms"] = raw["T_p99_ms"]
    result["frame_in_T"] = result["standalone"]["p50_ms"] / raw["T_ms"]
    for key in ("T_kernel", "passes", "period_ms", "background_size", "policy", "kernel", "machine", "cpus"):
        result[key] = raw[key]
    return result


def judge(result):
    """The promise, point by point: text and whether it holds."""
    alone, native, xsched = (result[phase] for phase in TOGETHER)
    points = [(f"background kernels of at most 0.5 ms: T = {result['T_ms']:.3f} ms", result["T_ms"] <= 0.5),
              (f"a foreground frame of at least 10 T: {result['frame_in_T']:.1f} T", result["frame_in_T"] >= 10)]
    if native:
        times = native["p50_ms"] / alone["p50_ms"]
        points.append((f"without xsched at least 3 times standalone: {times:.1f} times", times >= 3))
    if xsched:
        goal = 1.1 * alone["p50_ms"] + result["T_ms"]
        points.append((f"with xsched at most standalone + 1 T + 10% = {goal:.2f} ms: {xsched['p50_ms']:.2f} ms",
                       xsched["p50_ms"] <= goal))
        rate = result["background"]["xsched_per_s"]
        points.append((f"the background advances under xsched: {rate:.2f} frames/s", rate > 0))
    return points


def print_table(result):
    line = "{:24} {:>10} {:>10} {:>8} {:>8} {:>22}"
    print("\n" + line.format("", "P50", "P99", "frames", "missed", "background"))
    for phase in TOGETHER:
        figures, rate = result[phase], result["background"][f"{phase}_per_s"]
        if not figures:
            continue
        label = f"{rate:.2f} frames/s" + (" (alone)" if phase == "standalone" else "") if rate else "-"
        print(line.format(TITLES[phase], f"{figures['p50_ms']:.2f} ms", f"{figures['p99_ms']:.2f} ms",
                          figures["frames"], figures["missed"], label))
    for phase in ("native", "xsched"):
        if result[phase]:
            low, high = result[phase]["ratio_95"]
            ratio = result[phase]["p50_ms"] / result["standalone"]["p50_ms"]
            print(f"{TITLES[phase]}: foreground P50 {ratio:.2f} times standalone "
                  f"(95% interval {low:.2f} to {high:.2f})")
    if result["xsched"]:
        print(f"xsched: policy {result['policy']}, level {result['level']}")
    print()


def print_judgement(points):
    for text, holds in points:
        print(f"  {'yes' if holds else 'NO '}  {text}")
    print()


def middle_round(raw, phase):
    samples = sorted(rounds_of(raw, phase), key=lambda s: percentile([ms for _, ms in s["frames"]], 0.5))
    return samples[len(samples) // 2]


def draw_phase(axis, raw, result, phase):
    """One round's frames as they came, and the percentiles of all rounds."""
    frames, figures = middle_round(raw, phase)["frames"], result[phase]
    start = frames[0][0]
    axis.axhline(figures["p50_ms"], color=COLOURS[phase], linewidth=1, zorder=1)
    axis.scatter([due - start for due, _ in frames], [ms for _, ms in frames], s=7, color=COLOURS[phase], alpha=0.6,
                 linewidths=0, zorder=2)
    axis.set_title(f"{TITLES[phase]}\n", fontsize=11, fontweight="bold", color=COLOURS[phase])
    axis.text(0.5, 1.025, f"P50 {figures['p50_ms']:.1f} ms   P99 {figures['p99_ms']:.1f} ms", fontsize=10,
              ha="center", transform=axis.transAxes)
    axis.set_xlabel("time (s)")
    axis.margins(x=0.02)
    axis.grid(axis="y", which="major", color="#e4e4e4", linewidth=0.7)
    axis.set_axisbelow(True)
    for side in ("top", "right"):
        axis.spines[side].set_visible(False)


def draw_background(axis, result):
    names = [p for p in TOGETHER if result["background"][f"{p}_per_s"]]
    full = result["background"]["standalone_per_s"] or 1
    for i, phase in enumerate(names):
        rate = result["background"][f"{phase}_per_s"]
        low, high = result["background"][f"{phase}_per_s_of_rounds"]
        axis.bar(i, rate, width=0.62, color=COLOURS[phase], yerr=[[max(rate - low, 0)], [max(high - rate, 0)]],
                 error_kw={"elinewidth": 1, "capsize": 3, "ecolor": "#333333"})
        axis.text(i, full * 0.03, f"{rate:.1f}", ha="center", va="bottom", fontsize=10, color="white",
                  fontweight="bold")
    axis.set_xticks(range(len(names)), [{"standalone": "alone", "native": "without", "xsched": "under\nxsched"}[n]
                                        for n in names])
    axis.set_title("background\n", fontsize=11, fontweight="bold")
    axis.text(0.5, 1.025, "frames per second", fontsize=10, ha="center", transform=axis.transAxes)
    for side in ("top", "right"):
        axis.spines[side].set_visible(False)


def draw(raw, result, path):
    phases = [phase for phase in TOGETHER if result[phase]]
    figure, axes = plt.subplots(1, len(phases) + 1, figsize=(12.2, 4.3),
                                gridspec_kw={"width_ratios": [1] * len(phases) + [0.75]})
    top = max(max(pooled(raw, phase)) for phase in phases) * 1.4
    bottom = min(min(pooled(raw, phase)) for phase in phases) / 1.4
    for axis, phase in zip(axes, phases):
        draw_phase(axis, raw, result, phase)
        axis.set_yscale("log")
        axis.set_ylim(bottom, top)
        axis.set_yticks([v for v in (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000) if bottom <= v <= top])
        axis.yaxis.set_major_formatter(FuncFormatter(lambda v, _: f"{v:g}"))
        axis.yaxis.set_minor_locator(NullLocator())
        if axis is not axes[0]:
            axis.tick_params(labelleft=False)
    axes[0].set_ylabel("latency of a foreground frame (ms)")
    draw_background(axes[-1], result)
    figure.suptitle("A periodic video filter beside an unmodified, saturating ffmpeg denoiser, on one OpenCL device",
                    fontsize=12, y=0.985)
    figure.text(0.5, 0.012, f"PoCL with one SCHED_FIFO worker, on {result['machine']} with Linux {result['kernel']}; "
                f"background kernels of {result['T_ms']:.2f} ms, a foreground frame of {result['frame_in_T']:.0f} "
                "times that; one round shown, figures of all", ha="center", fontsize=8, color="#666666")
    figure.tight_layout(rect=(0, 0.035, 1, 0.97))
    figure.savefig(path, dpi=150)


def main():
    if len(sys.argv) != 4:
        sys.exit(f"usage: {sys.argv[0]} RAW.json DEMO.json DEMO.png")
    with open(sys.argv[1]) as f:
        raw = json.load(f)
    result = summarize(raw)
    points = judge(result)
    result["holds"] = all(holds for _, holds in points)
    print_table(result)
    print_judgement(points)
    with open(sys.argv[2], "w") as f:
        json.dump(result, f, indent=1)
        f.write("\n")
    draw(raw, result, sys.argv[3])
    sys.exit(not result["holds"])


if __name__ == "__main__":
    main()
