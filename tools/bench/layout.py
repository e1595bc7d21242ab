#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Finds false sharing: a field that is written while the guest runs, in a cache line that accesses read. Each such write
would take the line from all CPUs that run vCPUs.

usage: layout.py [-v] VDEVFW.O

The object needs debug information. Prints what it finds, and then ends with 1; -v: also the lines of all fields."""

import re
import subprocess
import sys

LINE = 64  # bytes

# By structure: the fields that accesses read, and those that are written while the guest runs. Not here: what neither is
# true of, and a vdev's own lock and data, for who takes the one is going to read the other.
FIELDS = {
    "vdevfw_window": ("device reach origin faults slot", ""),
    "vdevfw_region": ("start length read_sizes write_sizes cookie vdev vread vwrite", ""),
    "vdevfw_vdev": ("pub", "log_limit stage caller msg option refused report threads"),
}

MEMBER = re.compile(r"\b(\w+)(?:\[\w*\])?(?: __attribute__.*)?; +/\* +(\d+) +(\d+) \*/")
SIZE = re.compile(r"/\* size: (\d+),")


def pahole(structure, path):
    """The structure's size, and the lines of each of its fields."""
    text = subprocess.run(["pahole", "-C", structure, path], check=False, capture_output=True, text=True).stdout
    size = SIZE.search(text)
    if not size:
        sys.exit(f"layout.py: {path} shows no structure {structure}: correct FIELDS, or compile with debug information")
    lines = {}
    for name, offset, length in MEMBER.findall(text):
        first, last = int(offset), int(offset) + max(int(length), 1) - 1
        lines[name] = set(range(first // LINE, last // LINE + 1))
    return int(size[1]), lines


def begins_with_line(size):
    """Whether kmalloc() lets an object begin with a line. It may be longer than its structure, but not less aligned."""
    return size == LINE or size > 96


def findings(structure, read, written, path):
    size, lines = pahole(structure, path)
    for name in read + written:
        if name not in lines:
            yield f"{structure} has no field {name}: correct FIELDS in layout.py"
            continue
        if "-v" in sys.argv:
            print(f"{structure:14} {name:14} {'read' if name in read else 'written':8} lines {sorted(lines[name])}")
    if not begins_with_line(size):
        yield f"{structure} has {size} bytes: it may share a line with whatever kmalloc() puts beside it"
    for name in written:
        for other in read:
            if lines.get(name, set()) & lines.get(other, set()):
                yield f"{structure}: accesses read {other}, and {name} in the same cache line is written meanwhile"


def main():
    path = sys.argv[-1]
    if len(sys.argv) not in (2, 3) or path == "-v":
        sys.exit(__doc__)
    found = [finding for structure, (read, written) in FIELDS.items()
             for finding in findings(structure, read.split(), written.split(), path)]
    print("\n".join(found), end="\n" if found else "")
    sys.exit(1 if found else 0)


main()
