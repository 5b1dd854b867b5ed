#!/usr/bin/env python3
"""How old what is shown is, with frame callbacks when a client should draw and with them at the flip ([renderer] frame-callbacks).

  tools/lab/lab-run --pin --karg vkms.enable_overlay=1 --timeout 280 -- python3 benchmarks/callbacks.py BUILD [--seconds 8] [--rounds 3]

Clients that draw when they are told to: weston-simple-shm (package weston), and demos/spin in a small window. Rounds of the two
settings take turns, so that what else the machine does falls on both. The figures are the trace's (fenceline-report), of all rounds: the
medians of their quantiles of callback -> flip and commit -> flip, the frames that missed their blank, and the compositor's CPU time a frame.
"""
import argparse
import json
import os
import signal
import statistics
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../tests/lab"))

from lab_session import runtime_folder  # noqa: E402
from process_figures import cpu_seconds  # noqa: E402

CLIENTS = [("weston-simple-shm", ["weston-simple-shm"]), ("spin, 200x150", ["{build}/demos/spin", "--size", "200x150"])]
SETTINGS = ["late", "at-flip"]
SETTLING = 2  # s, until the client has shown how long it takes.


def run(build, setting, client, seconds, folder):
    trace, config = os.path.join(folder, "callbacks.pftrace"), os.path.join(folder, "callbacks.toml")
    with open(config, "w", encoding="ascii") as file:
        file.write(f'[renderer]\nframe-callbacks = "{setting}"\n')
    read_end, write_end = os.pipe()
    session = subprocess.Popen([f"{build}/compositor/fenceline", "--backend", "kms", "--config", config, "--log-level", "warn",
                                "--ready-fd", str(write_end), "--trace", trace], pass_fds=[write_end], stderr=subprocess.DEVNULL)
    os.close(write_end)
    with os.fdopen(read_end) as ready:
        socket = ready.readline().strip()
    assert socket, "the session did not start"
    drawing = subprocess.Popen([part.format(build=build) for part in client], env=dict(os.environ, WAYLAND_DISPLAY=socket),
                               stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    time.sleep(SETTLING)
    before, begin = cpu_seconds(session.pid), time.monotonic()
    time.sleep(seconds)
    spent, took = cpu_seconds(session.pid) - before, time.monotonic() - begin
    drawing.send_signal(signal.SIGTERM)
    drawing.wait()
    session.send_signal(signal.SIGTERM)
    assert session.wait() == 0, "the session did not end cleanly"
    report = json.loads(subprocess.run([f"{build}/tools/fenceline-report", "--json", trace], check=True, capture_output=True,
                                       text=True).stdout)
    shown = max(report["clients"], key=lambda client: client["presented"])
    figures = {f"{step} {quantile}": shown["steps_ms"][step][quantile] for step in ("callback -> flip", "commit -> flip")
               for quantile in ("p50", "p95", "p99")}
    figures["missed"] = shown["missed_frames"]
    figures["shown"] = shown["presented"]
    figures["CPU a frame, ms"] = 1000 * spent / (shown["fps"] * took)
    return figures


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("build")
    options.add_argument("--seconds", type=float, default=8, help="a round and setting")
    options.add_argument("--rounds", type=int, default=3)
    asked = options.parse_args()
    with runtime_folder() as folder:
        for name, client in CLIENTS:
            taken = {setting: [] for setting in SETTINGS}
            for turn in range(asked.rounds):
                for setting in SETTINGS if turn % 2 == 0 else reversed(SETTINGS):
                    taken[setting].append(run(asked.build, setting, client, asked.seconds, folder))
            print(f"{name}: {asked.rounds} rounds of {asked.seconds:g} s each\n  {'':<24}" +
                  "".join(f"{setting:>10}" for setting in SETTINGS) + "     ratio", flush=True)
            for key in taken[SETTINGS[0]][0]:
                adds = key in ("missed", "shown")
                late, at_flip = ((sum if adds else statistics.median)(figures[key] for figures in taken[setting])
                                 for setting in SETTINGS)
                ratio = f"{late / at_flip:10.2f}" if at_flip else ""
                print(f"  {key:<24}{late:10.3f}{at_flip:10.3f}{ratio}", flush=True)


if __name__ == "__main__":
    main()
