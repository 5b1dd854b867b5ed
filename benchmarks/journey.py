#!/usr/bin/env python3
"""The journey of a frame in figures: frames a second, CPU time a frame, memory, start, and what the trace costs.

  tools/lab/lab-run --pin --karg vkms.enable_cursor=1 --timeout 280 -- python3 benchmarks/journey.py BUILD [--seconds 10] [--rounds 2]

Runs spin fullscreen (a dma-buf scanned out) and windowed (composed) in the session, with the trace to a file and without, in turn, so
that each pair is of one run: compare within one run only, machines are noisy. CPU time is the kernel's clock of the whole compositor
process, from the moment at which clients may connect to the client's end. Prints one line a case, then ratios.
"""
import argparse
import json
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time

from process_figures import cpu_seconds, memory_kib


def run(build, client, traced, seconds, folder):
    trace = os.path.join(folder, "journey.pftrace")
    read_end, write_end = os.pipe()
    command = [f"{build}/compositor/fenceline", "--backend", "kms", "--log-level", "warn", "--ready-fd", str(write_end)]
    if traced:
        command += ["--trace", trace]
    began = time.monotonic()
    session = subprocess.Popen(command, pass_fds=[write_end], stderr=subprocess.DEVNULL)
    os.close(write_end)
    with os.fdopen(read_end) as ready:
        socket = ready.readline().strip()
    if not socket:
        sys.exit("journey: the session did not start")
    start_ms = (time.monotonic() - began) * 1000
    cpu = cpu_seconds(session.pid)
    spin = subprocess.Popen([f"{build}/demos/spin", "--json", "--seconds", str(seconds)] + client,
                            env=dict(os.environ, WAYLAND_DISPLAY=socket), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    time.sleep(seconds / 2)
    rss, pss = memory_kib(session.pid)
    told = json.loads(spin.communicate()[0])
    cpu = cpu_seconds(session.pid) - cpu
    session.send_signal(signal.SIGTERM)
    if session.wait() != 0:
        sys.exit("journey: the session did not end cleanly")
    result = {"start_ms": start_ms, "rss": rss, "pss": pss, "fps": told["frames_per_second"], "frames": told["presented"],
              "cpu_ms": cpu * 1000 / max(1, told["presented"])}
    if traced:
        report = json.loads(subprocess.run([f"{build}/tools/fenceline-report", "--json", trace], check=True, capture_output=True,
                                           text=True).stdout)
        result["report"] = report
    return result


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("build")
    options.add_argument("--seconds", type=float, default=10)
    options.add_argument("--rounds", type=int, default=2)
    asked = options.parse_args()
    cases = [("fullscreen, scanned out", ["--fullscreen"]), ("480x360 window, composed", ["--size", "480x360"])]
    with tempfile.TemporaryDirectory() as folder:
        for name, client in cases:
            results = {True: [], False: []}
            for _ in range(asked.rounds):
                for traced in (False, True):
                    results[traced].append(run(asked.build, client, traced, asked.seconds, folder))
            for traced in (False, True):
                median = lambda key: statistics.median(r[key] for r in results[traced])
                print(f"{name}, trace {'to a file' if traced else 'in memory'}: {median('fps'):.2f} frames/s, "
                      f"{median('cpu_ms'):.3f} ms CPU a frame, RSS {median('rss') / 1024:.1f} MiB, Pss {median('pss') / 1024:.1f} MiB, "
                      f"start to socket {median('start_ms'):.0f} ms", flush=True)
            ratios = [t["cpu_ms"] / u["cpu_ms"] for u, t in zip(results[False], results[True])]
            print(f"{name}: CPU a frame with the trace to a file over without: {', '.join(f'{r:.3f}' for r in ratios)}")
            last = results[True][-1]["report"]["outputs"][0]
            print(f"{name}: missed frames {last['missed_frames']} of {last['flips']} flips: {last['missed_by_cause'] or 'none'}; "
                  f"copied {last['copied_bytes']} bytes", flush=True)


if __name__ == "__main__":
    main()
