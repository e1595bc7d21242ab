#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Counts the results in KTAP logs: names those that failed, and ends with 'N passed, N failed'.

usage: ktap.py FILE...

A result of a test that has subtests is not counted, unless it failed and none of them did. A log without any result, or
with fewer than its plan promises, has failed.
"""
import re
import sys

RESULT = re.compile(r"^(\s*)(ok|not ok) (\d+)\s*(.*)$")
PLAN = re.compile(r"^(\s*)1\.\.(\d+)")
KERNEL_TIME = re.compile(r"^(<\d+>)?\[ *\d+\.\d+\](\[[^]]*\])? ?")


class Log:
    def __init__(self, path):
        self.path = path
        self.passed = self.skipped = 0
        self.failed = []
        self.below = {}  # depth -> failures of subtests since the last result at that depth
        self.plans = {}  # depth -> [promised, seen]

    def close_plan(self, depth):
        promised, seen = self.plans.pop(depth, (0, 0))
        if seen < promised:
            self.failed.append(f"{self.path}: only {seen} of {promised} results")

    def result(self, depth, good, name):
        for deeper in [d for d in self.plans if d > depth]:
            self.close_plan(deeper)
        deeper = [self.below.pop(d) for d in list(self.below) if d > depth]
        self.below[depth] = self.below.get(depth, 0) + (not good)
        if depth in self.plans:
            self.plans[depth][1] += 1
        if deeper:
            if not good and not sum(deeper):
                self.failed.append(f"{self.path}: {name}")
        elif "# SKIP" in name:
            self.skipped += 1
        elif good:
            self.passed += 1
        else:
            self.failed.append(f"{self.path}: {name}")

    def read(self):
        with open(self.path, errors="replace") as log:
            for line in log:
                line = KERNEL_TIME.sub("", line.rstrip("\n"))
                if plan := PLAN.match(line):
                    depth = len(plan[1])
                    self.close_plan(depth)
                    self.plans[depth] = [int(plan[2]), 0]
                elif result := RESULT.match(line):
                    self.result(len(result[1]), result[2] == "ok", result[4].lstrip("- "))
        for depth in list(self.plans):
            self.close_plan(depth)
        if not self.passed and not self.failed:
            self.failed.append(f"{self.path}: no result at all")
        return self


def main():
    logs = [Log(path).read() for path in sys.argv[1:]]
    for log in logs:
        print(f"{log.path}: {log.passed} passed, {len(log.failed)} failed, {log.skipped} skipped")
        for name in log.failed:
            print(f"    not ok: {name}")
    failed = sum(len(log.failed) for log in logs)
    skipped = sum(log.skipped for log in logs)
    print(f"{sum(log.passed for log in logs)} passed, {failed} failed" + (f", {skipped} skipped" if skipped else ""))
    sys.exit(failed > 0 or not logs)


main()
