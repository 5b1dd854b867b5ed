#!/usr/bin/env python3
"""A kiosk on two displays, inside the lab: one program on both, scanned out of the same buffers, and back after a crash.

  kiosk.py FENCELINE SPIN REPORT
"""
import contextlib
import glob
import json
import os
import signal
import subprocess
import sys
import tempfile

from lab_session import Card, wait_for

FENCELINE, SPIN, REPORT = (os.path.abspath(path) for path in sys.argv[1:4])
SEEN = 20  # Frames that the kernel is seen to show, before the program is made to crash.


def programs_of(session):
    """The processes that the session has started and that still run."""
    found = []
    for path in glob.glob("/proc/[0-9]*/stat"):
        with contextlib.suppress(OSError), open(path, encoding="ascii") as stat:
            pid, rest = stat.read().split(" (", 1)
            state, parent = rest.rsplit(") ", 1)[1].split()[:2]
            if int(parent) == session and state != "Z":
                found.append(int(pid))
    return found


def main():
    card = Card()
    with tempfile.TemporaryDirectory() as folder:
        trace, log = os.path.join(folder, "trace"), os.path.join(folder, "log")
        with open(log, "w", encoding="utf-8") as file:
            session = subprocess.Popen(
                [FENCELINE, "--backend", "kms", "--device", card.node, "--no-config", "--trace", trace, "--kiosk", "--", SPIN],
                env=dict(os.environ, XDG_RUNTIME_DIR=folder), stderr=file)
        try:
            wait_for("both displays are on", lambda: card.active() == [True, True])
            moved = [None, 0]

            def both_move(times):
                shown = card.shown()
                assert session.poll() is None, "the session has ended"
                # The client's buffer, on both, and another one the next time.
                if shown[0] and shown[0] == shown[1] != moved[0]:
                    moved[:] = shown[0], moved[1] + 1
                return moved[1] >= times

            wait_for("both displays show one buffer after the other", lambda: both_move(SEEN))
            program, = programs_of(session.pid)
            os.kill(program, signal.SIGSEGV)
            wait_for("the program is started again", lambda: programs_of(session.pid) not in ([], [program]))
            moved[:] = None, 0
            wait_for("both displays show it again", lambda: both_move(2))
            session.send_signal(signal.SIGTERM)
            assert session.wait(60) == 0
        except BaseException:
            with open(log, encoding="utf-8") as file:
                print(file.read()[-6000:])
            raise
        finally:
            session.kill()
        outputs = json.loads(subprocess.run([REPORT, "--json", trace], check=True, capture_output=True, text=True).stdout)["outputs"]
        assert len(outputs) == 2, outputs
        for output in outputs:
            print(f"{output['flips']} flips, {output['frames_by_planes_alone']} by planes alone; copied "
                  f"{json.dumps(output['copied_by_kind'])}; composed: {json.dumps(output['composed_by_reason'])}")
            assert output["frames_by_planes_alone"] >= SEEN, output
            assert output["layers_composed"] == 0, output
    print("ok")


main()
