#!/usr/bin/env python3
"""From input to photon: a mouse's events (uinput, from this process), the session, demos/pointer, the flip.

  tools/lab/lab-run --pin --karg vkms.enable_cursor=1 --timeout 280 -- python3 benchmarks/pointer.py BUILD [--seconds 10] [--rate 125]

The mouse goes round in a circle, RATE reports a second. The figures are the trace's (fenceline-report): input -> sent, sent -> commit,
commit -> flip, input -> flip, of those events that a picture answered which was shown; and the client's own, from its newest event to
the presentation. Scanned out, composed, and in wl_shm. The kernel stamps an event when the write to uinput comes to it: what a
device and a panel take comes on top.
"""
import argparse
import json
import math
import os
import signal
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../tests/lab"))

from lab_session import EV_REL, EV_SYN, Keyboard, runtime_folder  # noqa: E402

CASES = [("scanned out", [], ["--fullscreen"]),
         ("composed", ["--plane-tests", "0"], ["--fullscreen"]),
         ("wl_shm", [], ["--fullscreen", "--shm"])]
SETTLING = 2  # s, for the client to start and all that is made once to be made.


def move(mouse, rate, seconds):
    """Round in a circle, each report at its time."""
    begin = time.monotonic()
    for i in range(int(rate * seconds)):
        pause = begin + i / rate - time.monotonic()
        if pause > 0:
            time.sleep(pause)
        angle = 2 * math.pi * i / rate
        mouse.event(EV_REL, 0, round(4 * math.cos(angle)))
        mouse.event(EV_REL, 1, round(4 * math.sin(angle)) or 1)
        mouse.event(EV_SYN, 0, 0)


def run(build, options, client, asked, folder):
    trace = os.path.join(folder, "pointer.pftrace")
    read_end, write_end = os.pipe()
    session = subprocess.Popen([f"{build}/compositor/fenceline", "--backend", "kms", "--no-config", "--log-level", "warn", "--ready-fd",
                                str(write_end), "--trace", trace, *options], pass_fds=[write_end], stderr=subprocess.DEVNULL)
    os.close(write_end)
    with os.fdopen(read_end) as ready:
        socket = ready.readline().strip()
    assert socket, "the session did not start"
    demo = subprocess.Popen([f"{build}/demos/pointer", "--json", *client], env=dict(os.environ, WAYLAND_DISPLAY=socket),
                            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    mouse = Keyboard("benchmark mouse")
    time.sleep(SETTLING)
    move(mouse, asked.rate, asked.seconds)
    demo.send_signal(signal.SIGTERM)
    told = json.loads(demo.communicate()[0])
    mouse.unplug()
    session.send_signal(signal.SIGTERM)
    assert session.wait() == 0, "the session did not end cleanly"
    report = json.loads(subprocess.run([f"{build}/tools/fenceline-report", "--json", trace], check=True, capture_output=True,
                                       text=True).stdout)
    return told, next(c for c in report["clients"] if c["name"] == "pointer"), report["outputs"][0]


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("build")
    options.add_argument("--seconds", type=float, default=10)
    options.add_argument("--rate", type=float, default=125, help="reports of the mouse a second")
    asked = options.parse_args()
    with runtime_folder() as folder:
        for name, session, client in CASES:
            told, traced, output = run(asked.build, session, client, asked, folder)
            figures = traced["input"]
            print(f"{name}: {figures['events']} events, {figures['answered']} answered by a picture that was shown, {figures['unseen']} by one "
                  f"that was not; zero-copy {traced['zero_copy']} of {traced['presented']}; missed {output['missed_frames']} of "
                  f"{output['flips']}; lead of the latch {output['latch_lead_ms']:.2f} ms", flush=True)
            for step, times in figures["steps_ms"].items():
                if times["n"]:
                    print(f"  {step:<16} p50 {times['p50']:7.3f}  p95 {times['p95']:7.3f}  p99 {times['p99']:7.3f} ms")
            own = told["event_to_present_ms"]
            print(f"  by the client    p50 {own['p50']:7.3f}  p95 {own['p95']:7.3f}  p99 {own['p99']:7.3f} ms "
                  f"({told['exact_times']} of {told['pointer_events']} events to the microsecond)", flush=True)


if __name__ == "__main__":
    main()
