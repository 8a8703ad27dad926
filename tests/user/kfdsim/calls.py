#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only OR MIT
"""What programs asked the simulated driver, from strace's output (-f -X raw), beside what
Linux's own driver knows: calls.py kfd_ioctl.h... -- strace.out...

Fails if a call that the driver has was left unanswered (ENOTTY), or one answered that it
doesn't have.
"""
import collections
import re
import sys


def numbers(headers):
    text = "".join(open(h).read() for h in headers).replace("\\\n", " ")
    found = re.findall(r"#define\s+AMDKFD_IOC_(\w+)\s+AMDKFD_IOW?R?\((0x[0-9A-Fa-f]+)", text)
    return {int(nr, 16): name for name, nr in found}


class Trace:
    def __init__(self):
        self.files, self.pending = {}, {}
        self.calls = collections.defaultdict(collections.Counter)
        self.missing = collections.Counter()

    def opened(self, line):
        path = re.search(r'"([^"]*)"', line)
        fd = re.search(r"= (\d+)$", line)
        if path and fd:
            self.files[int(fd[1])] = path[1]
        elif path and re.match(r"/dev/(kfd|dri)|/sys/devices/virtual/kfd", path[1]):
            self.missing[path[1]] += 1

    def called(self, call, line):
        if not call or self.files.get(int(call[1])) != "/dev/kfd" or int(call[2], 16) >> 8 & 255 != ord("K"):
            return
        error = re.search(r"= -1 (E[A-Z]+)", line)
        self.calls[int(call[2], 16) & 255][error[1] if error else "interrupted" if "= ?" in line else "0"] += 1

    def read(self, path):
        self.files, self.pending = {}, {}
        for line in open(path, errors="replace"):
            pid, call = line.split()[0], re.search(r"ioctl\((\d+), (0x[0-9a-f]+)", line)
            if "open" in line and "ioctl" not in line:
                self.opened(line.rstrip())
            elif "<unfinished" in line:
                self.pending[pid] = call
            elif "ioctl resumed" in line:
                self.called(self.pending.pop(pid, None), line)
            elif call:
                self.called(call, line)


def report(known, trace):
    bad = 0
    print("%-6s %-28s %-14s %6s  %s" % ("number", "name", "driver has it", "calls", "simulated answers"))
    for nr in sorted(trace.calls):
        answers = trace.calls[nr]
        print("0x%02x   %-28s %-14s %6d  %s" % (
            nr, known.get(nr, "-"), "yes" if nr in known else "no", sum(answers.values()),
            ", ".join("%s x%d" % a for a in answers.most_common())))
        if (nr in known) == ("ENOTTY" in answers):
            print("  ^ the driver would %sanswer" % ("" if nr in known else "not "))
            bad += 1
    for path, n in sorted(trace.missing.items()):
        print("not there: %s (%d times)" % (path, n))
    if len(trace.calls) < 15:
        print("only %d kinds of calls: nothing was recorded?" % len(trace.calls))
        bad += 1
    return bad


split = sys.argv.index("--")
trace = Trace()
for path in sys.argv[split + 1:]:
    trace.read(path)
sys.exit(bool(report(numbers(sys.argv[1:split]), trace)))
