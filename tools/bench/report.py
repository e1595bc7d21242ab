#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Shows what bench measured, and checks it.

usage: report.py BENCH.JSON [PLOT.SVG [ASSEMBLE.JSON [SCALE.JSON [TIMER.JSON [STATES.JSON]]]]]

Prints a table, draws a plot, and exits with 1 and a sentence where a limit is broken."""

import json
import sys
from html import escape

UNIT = "ioapic-mmio-read"  # what rows are compared with

# A row, the row it is compared with, and how many instructions more it may take.
LIMITS = [
    ("trace-mmio-read", "ioapic-mmio-read", 10),
    ("vdev-pio-read", "bare-pio-read", 95),
    # The phase check: four, and one before the handler is called make the five that are allowed.
    ("checked-mmio-read", "unchecked-mmio-read", 4),
    # A window's table finds any of its regions with one load, however many there are.
    ("regions-2000-mmio-read", "trace-mmio-read", 15),
    ("regions-10000-mmio-read", "trace-mmio-read", 15),
    ("doorbell-mmio-write", "ioeventfd-mmio-write", 25),
    # No exit: the guest's loop, and its load.
    ("pass-mmio-read", None, 20),
    # 20 microseconds, with 10,000 regions in the window.
    ("region-change-mmio-write", "trace-mmio-write", 20000),
    # Nothing is shorter than a signal from the handler.
    ("intr-pin", "intr-pin-user", -1),
    ("intr-pin", "intr-pin-irqfd", -1),
    ("intr-msi", "intr-msi-user", -1),
    ("intr-msi", "intr-msi-irqfd", -1),
]

ASSEMBLY_LIMIT = 2_000_000_000  # nanoseconds, or instructions
GROWTH_LIMIT = 1.5  # time to configure one of 10,000 regions, to that for one of 1,000

# Of what two vCPUs get done more than one. Both figures are of a host that others use as well, and of an emulator that
# shares things between its CPUs. So what vdevs reach is compared with what exits reach that need nothing of vdevfw; and
# only where pure computation shows that there were two CPUs to be had, for without them all ratios are chance. Even then
# they wander by a tenth; but vdevs that wait for each other would reach half.
SCALE_BED = 1.9
SCALE_LIMIT = 0.8

# Who answers, by the first word of a row's name: colour and legend.
KINDS = {
    "user": ("#d98032", "user space"),
    "kvm": ("#8a94a3", "KVM"),
    "bare": ("#4f7fb5", "a bare device on KVM's bus"),
    "vdev": ("#2f8f6b", "vdevfw"),
}
KIND_OF = {"user": "user", "bare": "bare", "cpuid": "kvm", "ioapic": "kvm", "ioeventfd": "kvm"}
KIND_OF_LAST = {"user": "user", "irqfd": "kvm"}

WIDTH, LEFT, RIGHT, TOP, BAR, GAP = 900, 230, 130, 92, 22, 10


def kind(name):
    words = name.split("-")
    return KIND_OF.get(words[0]) or KIND_OF_LAST.get(words[-1], "vdev")


def table(rows):
    unit = rows[UNIT]
    size = max(map(len, rows))
    yield f"{'access':{size}}  instructions  {'to ' + UNIT:>19}"
    for name, n in rows.items():
        yield f"{name:{size}}  {n:12}  {n - unit:+10} {n / unit:7.1%}"


def text(x, y, what, more=""):
    return f'<text x="{x:.0f}" y="{y:.0f}" {more}>{escape(what)}</text>'


def plot(kernel, rows):
    height = TOP + len(rows) * (BAR + GAP) + 28
    scale = (WIDTH - LEFT - RIGHT) / max(rows.values())
    mark = LEFT + rows[UNIT] * scale
    yield (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}" '
           'font-family="system-ui, sans-serif" font-size="13" fill="#222">')
    yield f'<rect width="{WIDTH}" height="{height}" fill="#fff"/>'
    yield text(20, 30, "Instructions per access of a guest", 'font-size="18" font-weight="600"')
    yield text(20, 50, f"Linux {kernel}, QEMU -icount; the whole way from the guest and back, the guest's loop included",
               'fill="#666"')
    yield text(mark - 6, height - 14, f"{UNIT}, with which the others are compared",
               'text-anchor="end" fill="#666" font-size="12"')
    x = 20
    for colour, legend in KINDS.values():
        yield f'<rect x="{x}" y="64" width="12" height="12" rx="2" fill="{colour}"/>'
        yield text(x + 18, 75, legend)
        x += 44 + 7 * len(legend)
    yield f'<path d="M{mark:.1f} {TOP - 6}V{height - 14}" stroke="#8a94a3" stroke-dasharray="3 3"/>'
    y = TOP
    for name, n in rows.items():
        middle = y + BAR / 2 + 5
        yield text(LEFT - 10, middle, name, 'text-anchor="end"')
        yield f'<rect x="{LEFT}" y="{y}" width="{n * scale:.1f}" height="{BAR}" rx="2" fill="{KINDS[kind(name)][0]}"/>'
        yield text(LEFT + n * scale + 8, middle, f"{n} ({n - rows[UNIT]:+})", 'paint-order="stroke" stroke="#fff" stroke-width="4"')
        y += BAR + GAP
    yield "</svg>"


def broken_limits(rows):
    for name, other, more in LIMITS:
        base = rows[other] if other else 0
        excess = rows[name] - base - more
        if excess > 0:
            yield (f"{name} takes {rows[name]} instructions, {excess} more than allowed: "
                   f"at most {more} more than {other or 'nothing'}, which takes {base}")


def assembly(cost):
    machine, pages = cost["machine"], cost["pages"]
    total = machine["add"] + machine["configure"]
    memory = (machine["add-bytes"] + machine["configure-bytes"]) / machine["vdevs"]
    print(f"\nassembly of {machine['vdevs']} vdevs with {cost['options']} options each: {total / 1e6:.0f} million "
          f"instructions, {machine['configure'] / 1e6:.0f} of them to configure; {memory:.0f} bytes of memory a vdev")
    if total > ASSEMBLY_LIMIT:
        yield f"the assembly takes {total} instructions: at most {ASSEMBLY_LIMIT} are allowed"

    print("\nvdevs with a page each  instructions to add one  to configure one")
    each = {row["vdevs"]: row["configure"] / row["vdevs"] for row in pages}
    for row in pages:
        print(f"{row['vdevs']:23}  {row['add'] / row['vdevs']:23.0f}  {each[row['vdevs']]:16.0f}")
    few, many = sorted(each)[-2:]
    if each[many] > GROWTH_LIMIT * each[few]:
        yield (f"configuring {many} vdevs takes {each[many]:.0f} instructions a vdev, {many // few} times fewer take "
               f"{each[few]:.0f}: at most {GROWTH_LIMIT} times as much is allowed")

    print("\nmemory in the kernel   bytes")
    print(f"guest without vdevs  {cost['guest-bytes']:7}")
    print(f"vdev of little data  {pages[-1]['add-bytes'] / many:7.0f}")
    print(f"region of a page     {pages[-1]['configure-bytes'] / many:7.0f}")


def scale(rates):
    ratio = {row["name"]: row["two"] / row["one"] for row in rates["rows"]}
    print("\ntwo vCPUs, each    a second by one   by both  ratio")
    for row in rates["rows"]:
        print(f"{row['name']:15}  {row['one']:16}  {row['two']:8}  {ratio[row['name']]:5.2f}")
    if ratio["compute"] < SCALE_BED:
        print(f"(this machine did not have two CPUs to itself: computation reaches {ratio['compute']:.2f}, not {SCALE_BED}; "
              "nothing is concluded from the rest)")
    elif ratio["vdev"] < SCALE_LIMIT * ratio["cpuid"]:
        yield (f"two vCPUs on two vdevs do {ratio['vdev']:.2f} times as much as one, with cpuid {ratio['cpuid']:.2f}: at least "
               f"{SCALE_LIMIT} times that is wanted")


def timer(late):
    print(f"\n{late['periods']} periods of a timer   instructions\n"
          f"drift of the last one   {late['drift']:14}\n"
          f"late at least           {late['least']:14}\n"
          f"late, median            {late['median']:14}\n"
          f"late, 99 of 100 at most {late['most-of-99']:14}\n"
          f"late at most            {late['most']:14}")
    if late["drift"]:
        yield f"{late['periods']} periods of a timer have drifted by {late['drift']} ns: none is allowed"


def states(stops):
    print(f"\nfrom a request to STOPPED, of {stops['rounds']} with two vCPUs   instructions\n"
          f"median                                         {stops['median']:14}\n"
          f"at most                                        {stops['most']:14}\n"
          f"with {stops['vdevs']} vdevs and no vCPU                   {stops['stop']:14}\n"
          f"accesses lost or doubled in {stops['many']} rounds      {stops['wrong']:14}")
    if stops["wrong"]:
        yield f"{stops['wrong']} accesses were lost or came twice: none may"


def main():
    if len(sys.argv) not in range(2, 8):
        sys.exit(__doc__)
    with open(sys.argv[1], encoding="utf-8") as file:
        bench = json.load(file)
    rows = {row["name"]: row["instructions"] for row in bench["rows"]}
    print(f"Linux {bench['kernel']}")
    print("\n".join(table(rows)))
    if len(sys.argv) > 2:
        with open(sys.argv[2], "w", encoding="utf-8") as file:
            file.write("\n".join(plot(bench["kernel"], rows)) + "\n")
    broken = list(broken_limits(rows))
    if len(sys.argv) > 3:
        with open(sys.argv[3], encoding="utf-8") as file:
            broken += assembly(json.load(file))
    if len(sys.argv) > 4:
        with open(sys.argv[4], encoding="utf-8") as file:
            broken += scale(json.load(file))
    if len(sys.argv) > 5:
        with open(sys.argv[5], encoding="utf-8") as file:
            broken += timer(json.load(file))
    if len(sys.argv) > 6:
        with open(sys.argv[6], encoding="utf-8") as file:
            broken += states(json.load(file))
    broken = "; ".join(broken)
    if broken:
        sys.exit(f"report.py: {broken}")


main()
