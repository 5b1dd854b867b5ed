#!/usr/bin/env python3
"""Frames that missed their blank in some minutes, by whose fault the trace says that it was.

  tools/lab/lab-run --pin --karg vkms.enable_overlay=1 --karg vkms.enable_cursor=1 --timeout 1200 -- \\
    python3 benchmarks/misses.py BUILD [--seconds 300] [--case NAME]... [--keep FOLDER]

One session a case: a window alone, and two windows that both animate, scanned out and composed. A frame is the compositor's miss where it woke late,
composed late or sent late (docs/trace.md); the display's and the fences' stand apart, and so do the blanks that clients lost. The share is of
all frames that were shown. Each of these misses is explained, by the stations of its frame and by the kernel's record of when it woke the
session's thread and gave it a CPU. With --keep the trace of each case stays, and a page (fenceline-report --html) that draws the frames around
the worst misses. On a quiet machine.
"""
import argparse
import bisect
import json
import os
import subprocess
import sys
import tempfile
import time

from kernel_trace import SwitchTrace
from own_session import OwnSession

WINDOW = ["spin", "--size", "480x360"]
CASES = {
    "fullscreen": ([], [["spin", "--fullscreen"]], "a fullscreen client, scanned out"),
    "two": ([], [WINDOW, WINDOW], "two windows of 480x360 that animate, scanned out"),
    "two-composed": (["--plane-tests", "0"], [WINDOW, WINDOW], "two windows of 480x360 that animate, composed"),
}
OURS = ("woken late", "composed late", "submitted late")
SETTLING = 3  # s, that are not counted: what is made once is made, and the lead is learned.
GOAL = 0.5  # %
RING = 128 * 1024  # KiB, of the kernel's record


def figures(report):
    """(frames, misses by cause, lost blanks of clients by cause), from fenceline-report's JSON."""
    missed, lost, frames = {}, {}, 0
    for output in report["outputs"]:
        frames += output["flips"]
        for cause, count in output["missed_by_cause"].items():
            missed[cause] = missed.get(cause, 0) + count
    for client in report["clients"]:
        for cause, count in client["lost_blanks_by_cause"].items():
            lost[cause] = lost.get(cause, 0) + count
    return frames, missed, lost


def in_words(counts):
    return ", ".join(f"{count} {cause}" for cause, count in sorted(counts.items(), key=lambda item: -item[1]) if count) or "none"


def kernels_word(miss, wakes):
    """Why a latch began when it did: what the kernel says of the turn on a CPU that it began in. `wakes`: see parse_wakes()."""
    stations = miss.get("from_blank_ms", {})
    if "planned" not in stations or "latch" not in stations:
        return ""
    blank = miss["aimed_ns"] / 1e9
    planned, begun = blank + stations["planned"] / 1e3, blank + stations["latch"] / 1e3
    index = bisect.bisect_right([turn for _, turn in wakes], begun) - 1
    if index < 0:
        return ""
    woken, turn = wakes[index]
    if turn < planned:
        return f"; the thread had its CPU from {1e3 * (planned - turn):.2f} ms before its time on, for something else"
    ready = "put aside before" if woken is None or woken < planned else f"woken by the kernel {1e3 * (woken - planned):.2f} ms after its time"
    return f"; {ready}, on a CPU {1e3 * (turn - planned):.2f} ms after it, {1e3 * (begun - turn):.2f} ms until the latch"


def explained(miss, wakes):
    """One missed frame, in a line: its stations from the blank that it was for."""
    stations = ", ".join(f"{name} {when:+.2f}" for name, when in miss.get("from_blank_ms", {}).items())
    busy = f"; busy with {miss['busy_with']} when it was due" if "busy_with" in miss else ""
    return f"  frame {miss['frame']}, {miss['cause']}, ms from the blank: {stations}{kernels_word(miss, wakes)}{busy}"


def lines(title, report, wakes):
    """What a person reads of a case."""
    frames, missed, lost = figures(report)
    ours = sum(missed.get(cause, 0) for cause in OURS)
    share = 100 * ours / frames if frames else 0
    return [f"{title}: {frames} frames in {report['seconds']:.0f} s", f"  missed: {in_words(missed)}",
            f"  by the compositor: {ours}, {share:.2f}% (wanted: under {GOAL}%)", f"  blanks that clients showed nothing new at: {in_words(lost)}",
            *(explained(miss, wakes) for output in report["outputs"] for miss in output["misses"] if miss["cause"] in OURS),
            *(f"  warning: {warning}" for warning in report["warnings"])]


def run(build, options, clients, seconds, trace):
    """How the session is scheduled, and when its thread was woken."""
    session = OwnSession(build, options)
    switches = SwitchTrace(session.process.pid, RING)
    try:
        for client in clients:
            session.start(*client)
        time.sleep(SETTLING)
        scheduling = session.ask("scheduling").splitlines()[0]
        session.ask("trace", "on", trace)
        switches.start()
        time.sleep(seconds)
        switches.stop()
        session.ask("trace", "off")
        return scheduling, switches.wakes()
    finally:
        session.end()
        switches.end()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("build")
    parser.add_argument("--seconds", type=float, default=300, help="of each case (300)")
    parser.add_argument("--case", action="append", choices=list(CASES), help="only these, may be given often")
    parser.add_argument("--keep", metavar="FOLDER", help="where traces and pages stay: not under /tmp, which is the lab's own")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        kept = os.path.abspath(asked.keep) if asked.keep else folder
        if not os.path.isdir(kept):
            sys.exit(f"misses: there is no folder {kept}")
        for name in asked.case or CASES:
            options, clients, title = CASES[name]
            trace = os.path.join(kept, f"misses-{name}.pftrace")
            scheduling, wakes = run(asked.build, options, clients, asked.seconds, trace)
            reporter = f"{asked.build}/tools/fenceline-report"
            report = json.loads(subprocess.run([reporter, "--json", trace], check=True, capture_output=True, text=True).stdout)
            print("\n".join(lines(title, report, wakes)), f"  {scheduling}", sep="\n", flush=True)
            if asked.keep:
                subprocess.run([reporter, "--html", os.path.join(kept, f"misses-{name}.html"), trace], check=True)


if __name__ == "__main__":
    main()
