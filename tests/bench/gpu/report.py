# SPDX-License-Identifier: GPL-2.0-only OR MIT
"""Tables, figures and one HTML page of the parts' JSON: report.py DIR"""

import base64
import glob
import html
import json
import os
import sys

PUBLISHED = {
    "priority": "XSched (GV100 and others): P99 1.02 to 1.30 times alone, native 1.60 to 2.19. Target here: 1.05.",
    "partition": "XSched: 1.5% mean overhead, MI50 2.6:1 for 3:1. Target: error 1 point, loss 1%.",
    "latency": "XSched (GV100, T = 500 us): level 1 about 8T, level 2 about 1T, level 3 32 us with a patched trap handler.",
    "window": "XSched: under 1% beyond 10, 20 to 30% at 1 (T = 10 us). Target: by time under 1%.",
    "overhead": "XSched: level 1 0.1 to 3.4%, level 2 2.1 to 4.0%. Target: 0.5%, 1% for the decode loop.",
    "harvest": "XSched: production -1.0%, opportunistic 20% (TGS 7.3%).",
    "finance": "XSched: production 1.01 times alone.",
    "many": "XSched (Paella's set-up): 1.3 times lower P99 than Paella at 1,000 requests a second.",
    "video": "XSched (NPU3720): frame P99 880 to 95 ms.",
    "server": "XSched (Triton): 1.53 to 1.07 times alone.",
}


def number(i, digits=3):
    if not isinstance(i, dict):
        return f"{i:.{digits}f}" if isinstance(i, float) else str(i)
    if i.get("low") is None:
        return f"{i['mean']:.{digits}f}"
    return f"{i['mean']:.{digits}f} ({i['low']:.{digits}f} to {i['high']:.{digits}f})"


def rows_of(data):
    """A table: a list of rows, the first its heading."""
    part = data["part"]
    if part == "equal":
        return [["way", "the same as native", "stderr"]] + [
            [w, ", ".join(f"{k} {'yes' if v else 'NO'}" for k, v in e.items()), "; ".join(data["stderr"][w])[:200]]
            for w, e in data["equal"].items()]
    if part == "sanitizer":
        return [["tool, way", "status", "last line"]] + [
            [k, v["status"], v["last"][-1] if v["last"] else v["stderr"]] for k, v in data.items()
            if isinstance(v, dict)]
    if part == "overhead":
        return [["program", "level", "time over native", "CPU s/s over native", "target"]] + [
            [k, w, number(x["time"], 4), number(x["cpu"], 4), x["target"]]
            for k, v in data["kinds"].items() for w, x in v["ways"].items()]
    if part in ("priority", "server"):
        return [["pair", "way", "P50 over alone", "P99 over alone", "background, of what is left", "target"]] + [
            [k, w, number(x["p50"]), number(x["p99"]), number(x["background_of_what_is_left"]), x["target"]]
            for k, v in data["pairs"].items() for w, x in v["ways"].items()]
    if part == "terms":
        return [["foreground", "when", "P50 ms", "launch", "wait", "device", "P99 ms", "launch", "wait", "device", "MHz"]] + [
            [k, w, *(number(x[t][q]) for q in ("p50", "p99") for t in ("all", "launch", "wait", "device")),
             "/".join(f"{c.get('mhz', 0):.0f}" for c in x["clock"])]
            for k, v in data["kinds"].items() for w, x in v.items()]
    if part == "partition":
        return [["level", "share of the 75", "throughput of both over alone"]] + [
            [w, number(x["share"]), number(x["throughput"])] for w, x in data["ways"].items()]
    if part == "latency":
        return [["T us", "way", "P50 us", "P99 us", "over alone P50", "P99", "victim"]] + [
            [t if int(t) else "no end", w, number(x.get("p50"), 1), number(x.get("p99"), 1),
             number(x["over_alone_p50"], 1), number(x["over_alone_p99"], 1),
             x["victim"].get("per_ms", x["victim"].get("ticks", "failed"))]
            for t, v in data["by_length"].items() for w, x in v.items()]
    if part == "window":
        return [["T us", "window", "slowdown"]] + [
            [t, k, number(x)] for t, v in data["slowdown"].items() for k, x in v.items()]
    if part in ("harvest", "finance"):
        return [["way", "production over alone", "opportunistic over alone"]] + [
            [w, number(x["production"]), number(x["opportunistic"])] for w, x in data["ways"].items()]
    if part == "video":
        return [["way", "frame P50 ms", "P99 ms", "speech P99 ms", "speech late"],
                ["alone", number(data["alone"]["p50"], 2), number(data["alone"]["p99"], 2), "", ""]] + [
            [w, number(x["frames"]["p50"], 2), number(x["frames"]["p99"], 2), number(x["speech"]["p99"], 1),
             x["speech"]["late"]] for w, x in data["ways"].items()]
    if part == "many":
        return [["load", "way", "P50, of a model's own time", "P99"]] + [
            [k, w, number(x["p50"], 2), number(x["p99"], 2)] for k, v in data["loads"].items() for w, x in v.items()]
    if part == "queues":
        return [["XQueues", "level", "P50 us", "P99 us", ""]] + [
            [f"suspended, T {t} us", level, number(x["p50"], 1), number(x["p99"], 1),
             f"{x['ended_though_suspended']} ended though suspended"]
            for level, v in data["suspend"].items() if "failed" not in v for t, x in v.items()] + [
            ["beside a stream of priority 0", level if int(level) else "native", number(x.get("p50"), 1),
             number(x.get("p99"), 1), f"{number(x.get('background_per_s'), 1)}/s of the other"]
            for level, x in data["share"].items()] + [["results equal", str(data["equal"]), "", "", ""]]
    if part == "several":
        return [["way", "first GPU, 1/s", "second", "the same as native"]] + [
            [w, number(x["per_s"][0], 0), number(x["per_s"][1], 0),
             ", ".join(f"{k} {'yes' if v else 'NO'}" for k, v in x["equal"].items())]
            for w, x in data["ways"].items()]
    if part == "kills":
        return [["killed", "times", "bad", "slowest end s"]] + [
            [w, x["times"], str(x["bad"]), number(x["slowest_s"], 2)] for w, x in data["who"].items()]
    return [["", ""]]


def text(data):
    rows = [[str(c) for c in r] for r in rows_of(data)]
    wide = [max(len(r[i]) for r in rows) for i in range(len(rows[0]))]
    return "\n".join("  ".join(c.ljust(w) for c, w in zip(r, wide)).rstrip() for r in rows)


def bars(ax, groups, limit=None):
    """groups: name -> {way: value}"""
    ways = list(next(iter(groups.values())))
    for i, w in enumerate(ways):
        ax.bar([x + i / (len(ways) + 1) for x in range(len(groups))], [g.get(w, 0) for g in groups.values()],
               1 / (len(ways) + 1), label=w if w == "native" else f"level {w}")
    ax.set_xticks([x + 0.4 for x in range(len(groups))], list(groups), fontsize=8)
    if limit:
        ax.axhline(limit, color="grey", linewidth=0.8)
    ax.legend()


def figure(data, path):
    try:
        import matplotlib
        matplotlib.use("Agg")
        import matplotlib.pyplot as plt
    except ImportError:
        return False
    fig, ax = plt.subplots(figsize=(9, 3.6))
    if data["part"] in ("priority", "server"):
        bars(ax, {k: {w: x["p99"]["mean"] for w, x in v["ways"].items()} for k, v in data["pairs"].items()}, 1.05)
        ax.set_ylabel("foreground P99 over alone")
    elif data["part"] == "latency":
        for w in ("native", "1", "2", "3"):
            t = [x for x in data["by_length"] if int(x)]
            ax.plot([int(x) for x in t], [data["by_length"][x][w].get("p99") for x in t], marker="o",
                    label=w if w == "native" else f"level {w}")
        ax.set_xscale("log"), ax.set_yscale("log"), ax.legend()
        ax.set_xlabel("T, us"), ax.set_ylabel("P99 of a 50 us kernel, us")
    elif data["part"] == "overhead":
        bars(ax, {k: {w: 100 * (x["time"]["mean"] - 1) for w, x in v["ways"].items()}
                  for k, v in data["kinds"].items()}, 0.5)
        ax.set_ylabel("% over native")
    else:
        plt.close(fig)
        return False
    ax.set_title(f"{data['part']} on {data['device']}", fontsize=9)
    fig.tight_layout()
    fig.savefig(path, dpi=110)
    plt.close(fig)
    return True


def write(out):
    page = ["<!doctype html><meta charset=utf-8><title>xsched on a GPU</title>"
            "<style>body{font:15px sans-serif;margin:2em}td,th{padding:2px 10px;text-align:left}</style>"
            "<h1>xsched on a GPU</h1><p>Ways: native, and xsched at each level under xschedd. Ratios are paired and "
            "interleaved, with their 95% interval; a target is met when the interval's upper end is below it.</p>"]
    for path in sorted(glob.glob(os.path.join(out, "*.json"))):
        with open(path) as f:
            data = json.load(f)
        if "part" not in data:
            continue
        page.append(f"<h2>{data['part']}</h2><p>{html.escape(data['device'])}, {data['time']}. "
                    f"{html.escape(PUBLISHED.get(data['part'], ''))}</p><table>")
        for i, row in enumerate(rows_of(data)):
            tag = "td" if i else "th"
            page.append("<tr>" + "".join(f"<{tag}>{html.escape(str(c))}</{tag}>" for c in row) + "</tr>")
        page.append("</table>")
        png = path[:-5] + ".png"
        if figure(data, png):
            with open(png, "rb") as f:
                page.append(f"<img src=\"data:image/png;base64,{base64.b64encode(f.read()).decode()}\">")
    with open(os.path.join(out, "report.html"), "w") as f:
        f.write("\n".join(page))


if __name__ == "__main__":
    write(sys.argv[1])
