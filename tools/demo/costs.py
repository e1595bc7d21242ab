#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Prints what a read costs on three ways: a small table from the benchmark's JSON.

usage: costs.py FILE.json UNIT
"""
import json
import sys

WAYS = {
    "trace-mmio-read": "vdev trace, in the kernel",
    "ioapic-mmio-read": "KVM's own IOAPIC",
    "user-mmio-read": "the same through user space",
}


def main():
    with open(sys.argv[1]) as file:
        rows = {row["name"]: row["instructions"] for row in json.load(file)["rows"]}
    print(f"\n# what one read costs the guest, in {sys.argv[2]}")
    for name, way in WAYS.items():
        print(f"{way:30} {rows[name]:7.0f}")


main()
