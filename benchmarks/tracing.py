#!/usr/bin/env python3
"""What the trace costs: the compositor's CPU time a frame with the trace to a file, over that with the trace in memory alone.

  tools/lab/lab-run --pin --karg vkms.enable_cursor=1 --timeout 600 -- python3 benchmarks/tracing.py BUILD [--seconds 10] [--rounds 8]

One session a case, whose trace is switched (fenceline-msg trace on, off) every so many seconds: on, off, off, on, and so on, so that what else
changes meanwhile hits both alike. CPU time is the kernel's clock of the whole process, over the flips that the display told of. A session
always keeps its last minute in memory, so what that costs is told, too: the CPU time of the trace's thread, by the kernel's record of when
it ran, as a share of all. What is left is record() on the main thread, which `record_cost` measures (docs/trace.md).
"""
import argparse
import json
import statistics
import sys
import tempfile
import time

from kernel_trace import FlipTrace, SwitchTrace
from own_session import OwnSession
from process_figures import cpu_seconds, threads

CASES = (("fullscreen, scanned out", [], ["--fullscreen"]), ("480x360 window, composed", ["--plane-tests", "0"], ["--size", "480x360"]))
SETTLING = 3  # s
GOAL = 3  # %


def thread_named(pid, name):
    for thread in threads(pid):
        with open(f"/proc/{pid}/task/{thread}/comm", encoding="utf-8") as file:
            if file.read().strip() == name:
                return thread
    sys.exit(f"tracing: the session has no thread {name}")


def watch(session, seconds, flips, switches):
    """(CPU ms a frame, the share of the trace's thread in %) of some seconds."""
    switches.start()
    flips.start()
    cpu, began = cpu_seconds(session.process.pid), time.monotonic()
    time.sleep(seconds)
    cpu, ended = cpu_seconds(session.process.pid) - cpu, time.monotonic()
    flips.stop()
    switches.stop()
    frames = sum(began < flip <= ended for flip in flips.times())
    if not frames:
        sys.exit("tracing: nothing is shown")
    return 1000 * cpu / frames, 100 * switches.on_cpu(began, ended) / cpu


def case(build, options, client, rounds, seconds, folder):
    """What was measured with the trace to a file (True) and without (False), in turn."""
    session = OwnSession(build, options)
    session.start("spin", *client)
    flips, switches = FlipTrace(), SwitchTrace(thread_named(session.process.pid, "fenceline-trace"))
    measured = {True: [], False: []}
    time.sleep(SETTLING)
    try:
        for number in range(rounds):
            for traced in ((True, False), (False, True))[number % 2]:
                if traced:
                    session.ask("trace", "on", f"{folder}/tracing.pftrace")
                measured[traced].append(watch(session, seconds, flips, switches))
                if traced:
                    session.ask("trace", "off")
    finally:
        session.end()
        switches.end()
    return measured


def table(name, measured):
    """Lines for a person."""
    lines = [f"{name}: CPU ms a frame; of that the trace's thread"]
    for traced, runs in sorted(measured.items()):
        costs, shares = zip(*runs)
        lines.append(f"  {'to a file' if traced else 'in memory'}: median {statistics.median(costs):.3f} ({min(costs):.3f} to {max(costs):.3f}); "
                     f"{statistics.median(shares):.2f}%")
    pairs = [on / off for (on, _), (off, _) in zip(measured[True], measured[False])]
    none = 1 / (1 - statistics.median(share for _, share in measured[True]) / 100)
    lines.append(f"  to a file over in memory, median of {len(pairs)} pairs: {statistics.median(pairs):.3f} ({min(pairs):.3f} to {max(pairs):.3f}); "
                 f"to a file over none, by its thread: {none:.3f}; wanted: under {1 + GOAL / 100:.2f}")
    return lines


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("build")
    parser.add_argument("--seconds", type=float, default=10, help="of each turn (10)")
    parser.add_argument("--rounds", type=int, default=8, help="with a turn of either kind (8)")
    parser.add_argument("--json", metavar="FILE", help="write all figures")
    asked = parser.parse_args()
    found = {}
    with tempfile.TemporaryDirectory() as folder:
        for name, options, client in CASES:
            found[name] = case(asked.build, options, client, asked.rounds, asked.seconds, folder)
            print("\n".join(table(name, found[name])), flush=True)
    if asked.json:
        told = {name: {"to a file": measured[True], "in memory": measured[False]} for name, measured in found.items()}
        with open(asked.json, "w", encoding="utf-8") as file:
            json.dump({"figures": ["CPU ms a frame", "% of it the trace's thread"], "cases": told}, file, indent=1)


if __name__ == "__main__":
    main()
