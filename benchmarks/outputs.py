#!/usr/bin/env python3
"""How long a display's picture takes: after its cable is plugged, after it is switched on, after the session is resumed.

  tools/lab/lab-run --pin --karg vkms.create_default_dev=0 --timeout 280 -- python3 benchmarks/outputs.py BUILD RIVAL [--tries 20]

On a card of two displays, with a window that reaches over both and stands still, so that nothing else is drawn. The end of each
time is the kernel's: the first event of a flip on the display's CRTC (drm_vblank_event_delivered), which is the vertical blank of
the modeset that brings the first picture. CPU time is that of the whole compositor process, from then to half a second after.
RIVAL is tests/lab/seat_rival of any build; seatd gives the seat to and fro. Compare within one run only.
"""
import argparse
import json
import os
import re
import socket
import statistics
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../tests/lab"))

from lab_session import KEY_F1, KEY_LEFTALT, KEY_LEFTCTRL, RIVALS, Card, Client, Keyboard, Rival, Seatd, Session, runtime_folder, wait_for  # noqa: E402
from process_figures import cpu_seconds  # noqa: E402

TRACING = "/sys/kernel/tracing"


def put(name, text):
    with open(f"{TRACING}/{name}", "w", encoding="ascii") as file:
        file.write(text)


def start_trace():
    put("trace_clock", "mono")
    # Others than those of a program's flips have no file.
    put("events/drm/drm_vblank_event_delivered/filter", "file != 0")
    put("events/drm/drm_vblank_event_delivered/enable", "1")


def flips_after(start):
    """The first flip of each CRTC after a time (CLOCK_MONOTONIC, s), by the CRTC's number."""
    first = {}
    with open(f"{TRACING}/trace", encoding="ascii", errors="replace") as lines:
        for line in lines:
            found = re.search(r" (\d+\.\d+): drm_vblank_event_delivered: .*crtc=(\d+)", line)
            if found and float(found[1]) > start:
                first.setdefault(int(found[2]), float(found[1]))
    return first


def control(session, *words):
    """What fenceline-msg does, without a program that has to start."""
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(os.path.join(os.environ["XDG_RUNTIME_DIR"], f"fenceline-{session.socket}.sock"))
        connection.sendall(json.dumps(words).encode() + b"\n")
        answer = json.loads(connection.makefile().readline())
        assert answer["ok"], answer


class Figures:
    def __init__(self, name):
        self.name = name
        self.milliseconds, self.cpu = [], []

    def measure(self, session, crtcs, begin):
        """`begin` does it, and may return when it was. The time is that of the last CRTC's first flip."""
        cpu, start = cpu_seconds(session.process.pid), time.monotonic()
        start = begin() or start
        wait_for(f"{self.name}: a picture", lambda: set(crtcs) <= set(flips_after(start)))
        end = max(flips_after(start)[crtc] for crtc in crtcs)
        time.sleep(0.5)
        self.milliseconds.append(1e3 * (end - start))
        self.cpu.append(1e3 * (cpu_seconds(session.process.pid) - cpu))

    def print(self):
        def words(values, unit):
            lower, median, upper = statistics.quantiles(values, n=4)
            return f"{median:.1f} {unit} ({lower:.1f} to {upper:.1f})"

        print(f"{self.name}: {words(self.milliseconds, 'ms')}, CPU {words(self.cpu, 'ms')}, {len(self.cpu)} tries", flush=True)


def quiet(session):
    """Nothing is drawn any more."""
    def rests():
        before = cpu_seconds(session.process.pid)
        time.sleep(0.3)
        return cpu_seconds(session.process.pid) - before < 0.002

    wait_for("the session rests", rests)


def run(options, folder):
    card = Card()
    keyboard = Keyboard()
    seatd = Seatd(folder, options.rival, card.node)
    session = Session(folder, card, f"{options.build}/compositor/fenceline", {"LIBSEAT_BACKEND": "seatd"}, ["--no-config"])
    try:
        Client(folder, [f"{options.build}/demos/paint", "--size", "1600x500", "--still"], session.socket)
        wait_for("both displays are on", lambda: card.makers() == ["fenceline"] * 2)
        rival = Rival(folder, options.rival, card.node)
        rival.waits(seatd)
        quiet(session)
        start_trace()
        plug = Figures("plug to picture (connector status to the first flip of its CRTC)")
        power = Figures("power to picture (fenceline-msg output on to the first flip)")
        resume = Figures("resume to picture (the other session lets go, to the first flips of both CRTCs)")
        for _ in range(options.tries):
            card.cable(1, False)
            wait_for("the second display is off", lambda: card.active() == [True, False])
            quiet(session)
            plug.measure(session, [1], lambda: card.cable(1, True))
            quiet(session)

            control(session, "output", "Virtual-2", "off")
            wait_for("the second display is off", lambda: card.active() == [True, False])
            quiet(session)
            power.measure(session, [1], lambda: control(session, "output", "Virtual-2", "on"))
            quiet(session)

            keyboard.chord(KEY_LEFTCTRL, KEY_LEFTALT, KEY_F1 + RIVALS - 1)
            rival.says("shown")
            quiet(session)

            def give_back():
                rival.give_back()
                return rival.says("gone") / 1e9

            resume.measure(session, [0, 1], give_back)
            quiet(session)
        for figures in (plug, power, resume):
            figures.print()
        session.process.terminate()
        assert session.process.wait(30) == 0, session.text()
    except BaseException:
        print(session.text()[-3000:])
        raise
    finally:
        session.process.kill()
        seatd.process.kill()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("build")
    parser.add_argument("rival")
    parser.add_argument("--tries", type=int, default=20)
    options = parser.parse_args()
    with runtime_folder() as folder:
        run(options, folder)


if __name__ == "__main__":
    main()
