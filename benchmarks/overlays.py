#!/usr/bin/env python3
"""What a window costs the session on an overlay plane, and composed: CPU time a frame, frames, bytes moved.

  tools/lab/lab-run --pin --karg vkms.create_default_dev=0 --timeout 290 -- python3 benchmarks/overlays.py BUILD [--seconds 10] [--rounds 2]

Two cards of one display each (vkms by configfs), one with overlay planes and one without, in turn with one and with two windows of spin,
480x360, dma-bufs. CPU time is the kernel's clock of the whole compositor process, from the moment at which the windows are there to
their end, over the frames that were presented to either. Compare within one run only.
"""
import argparse
import glob
import json
import os
import signal
import statistics
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../tests/lab"))

from lab_session import runtime_folder, wait_for, write  # noqa: E402
from process_figures import cpu_seconds  # noqa: E402

SETTLING = 2  # s, for clients to start and all that is made once to be made.


def make_card(name, overlays):
    """A card with one display; the path of its node."""
    before = set(glob.glob("/dev/dri/card*"))
    card = f"/sys/kernel/config/vkms/{name}"
    os.mkdir(card)
    for part in ("crtcs/crtc", "encoders/encoder", "connectors/connector"):
        os.mkdir(f"{card}/{part}")
    kinds = {"primary": "1", **{f"overlay{i}": "0" for i in range(overlays)}, "cursor": "2"}
    for plane, kind in kinds.items():
        os.mkdir(f"{card}/planes/{plane}")
        write(f"{card}/planes/{plane}/type", kind)
        os.symlink(f"{card}/crtcs/crtc", f"{card}/planes/{plane}/possible_crtcs/crtc")
    os.symlink(f"{card}/crtcs/crtc", f"{card}/encoders/encoder/possible_crtcs/crtc")
    os.symlink(f"{card}/encoders/encoder", f"{card}/connectors/connector/possible_encoders/encoder")
    write(f"{card}/connectors/connector/status", "1")
    write(f"{card}/enabled", "1")
    wait_for("the card", lambda: set(glob.glob("/dev/dri/card*")) - before)
    return (set(glob.glob("/dev/dri/card*")) - before).pop()


def run(build, node, windows, seconds, folder):
    """CPU ms a frame, frames a second and window, and the output's part of the report."""
    trace = os.path.join(folder, "trace")
    read_end, write_end = os.pipe()
    session = subprocess.Popen([f"{build}/compositor/fenceline", "--backend", "kms", "--device", node, "--no-config", "--log-level", "warn",
                                "--trace", trace, "--ready-fd", str(write_end)], pass_fds=[write_end], stderr=subprocess.DEVNULL)
    os.close(write_end)
    with os.fdopen(read_end) as ready:
        socket = ready.readline().strip()
    assert socket, "the session did not start"
    spins = [subprocess.Popen([f"{build}/demos/spin", "--json", "--size", "480x360", "--seconds", str(seconds + SETTLING)],
                              env=dict(os.environ, WAYLAND_DISPLAY=socket), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
             for _ in range(windows)]
    time.sleep(SETTLING)
    cpu = cpu_seconds(session.pid)
    time.sleep(seconds - 1)
    cpu = cpu_seconds(session.pid) - cpu
    told = [json.loads(spin.communicate()[0]) for spin in spins]
    session.send_signal(signal.SIGTERM)
    assert session.wait() == 0, "the session did not end cleanly"
    output = json.loads(subprocess.run([f"{build}/tools/fenceline-report", "--json", trace], check=True, capture_output=True,
                                       text=True).stdout)["outputs"][0]
    return cpu * 1000 / (output["fps"] * (seconds - 1)), statistics.mean(t["frames_per_second"] for t in told), output


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("build")
    options.add_argument("--seconds", type=float, default=10)
    options.add_argument("--rounds", type=int, default=2)
    asked = options.parse_args()
    nodes = {"on overlays": make_card("overlays", 4), "composed": make_card("plain", 0)}
    with runtime_folder() as folder:
        for windows in (1, 2):
            costs = {way: [] for way in nodes}
            for _ in range(asked.rounds):
                for way, node in nodes.items():
                    cost, rate, output = run(asked.build, node, windows, asked.seconds, folder)
                    costs[way].append(cost)
                    print(f"{windows} window{'s' if windows > 1 else ''} {way}: {cost:.3f} ms of CPU a frame, {rate:.1f} frames/s each; "
                          f"layers {output['layers_on_planes']} on planes, {output['layers_composed']} composed; "
                          f"{output['copied_bytes'] / 1e6:.1f} MB composed or copied; {output['missed_frames']} of {output['flips']} missed",
                          flush=True)
            ratios = [a / b for a, b in zip(costs["on overlays"], costs["composed"])]
            print(f"{windows}: CPU a frame on overlays over composed: {', '.join(f'{ratio:.3f}' for ratio in ratios)}", flush=True)


if __name__ == "__main__":
    main()
