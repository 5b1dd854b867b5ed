#!/usr/bin/env python3
"""A client whose fences come late or never, beside one that animates, inside the lab.

  late_fences.py FENCELINE SPIN REPORT LATE_CLIENT

See late_client.cpp for what it does. The session loses the other client no blank because of it:

- No frame of the display's is missed with a client's fence as its cause: what has not signalled is in no frame.
- None of the other client's updates is held back.
- Next to no frame is missed because the main loop was busy when it was to be latched: it waits for nobody's fence.
- What the session or the display lost it (woken, composed, submitted, kernel late, blank lost, behind a late frame) is no more than alone, but for
  what a machine of one CPU takes: a latch that waited for somebody's fence would lose nearly every blank.

"client late" and "fence late" are the other client's own: it draws with the CPU that both share, and its fences are that drawing's.
"""
import json
import os
import signal
import subprocess
import sys
import tempfile

from lab_session import Session, runtime_folder

FENCELINE, SPIN, REPORT, LATE = (os.path.abspath(path) for path in sys.argv[1:5])
FRAMES = 300
SEED = "20"
SESSION = ("woken late", "composed late", "submitted late", "kernel late", "blank lost", "behind a late frame")
# Of so many frames one may be missed because the main loop was busy when it was to be latched, for the machine may have been elsewhere:
# none to 3 of 360 were seen, and 17 to 31 with a latch that waits up to 20 ms for points that have not signalled.
BUSY = 24
# One of so many blanks may be lost to the CPU's being elsewhere: up to 94 of 1059 were seen on a busy machine, and 283 of 1028 with a
# latch that waits up to 20 ms for each point that has not signalled.
MACHINE = 6


class Display:
    node = "/dev/dri/card1"


def fields(message):
    """(number, value) of each field of a protobuf message, a number or bytes."""
    at = 0

    def varint():
        nonlocal at
        value = shift = 0
        while True:
            byte = message[at]
            at += 1
            value |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                return value

    while at < len(message):
        key = varint()
        kind = key & 7
        value = varint() if kind in (0, 2) else {1: 8, 5: 4}[kind]
        if kind != 0:
            value, at = message[at:at + value], at + value
        yield key >> 3, value


def events(path, name):
    """How many track events of that name a trace has: see perfetto_trace.proto."""
    with open(path, "rb") as file:
        packets = [dict(fields(packet)) for number, packet in fields(file.read()) if number == 1]
    names = [dict(fields(entry)) for packet in packets for number, entry in fields(packet.get(12, b"")) if number == 2]
    iids = {entry[1] for entry in names if entry[2] == name.encode()}
    return sum(dict(fields(packet.get(11, b""))).get(10) in iids for packet in packets)


def one(kind, folder):
    """What the animating client lost beside a client of that kind, or alone, and the session's trace and log."""
    path = os.path.join(folder, kind + ".pftrace")
    config = os.path.join(folder, "fenceline.toml")
    with open(config, "w", encoding="ascii") as file:
        file.write("[limits]\nfence-seconds = 1\n")
    session = Session(folder, Display, FENCELINE, {}, ["--config", config, "--trace", path])
    environment = os.environ | {"WAYLAND_DISPLAY": session.socket}
    late = None
    try:
        if kind != "alone":
            late = subprocess.Popen([LATE, kind, SEED], env=environment, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        shown = subprocess.run([SPIN, "--size", "200x150", "--frames", str(FRAMES), "--json"], env=environment, timeout=240,
                               capture_output=True, text=True)
        assert shown.returncode == 0, f"{kind}: {shown.stderr}"
        if late is not None:
            assert late.poll() is None, f"{kind}: the late client has ended by itself"
            said, _ = late.communicate(timeout=60)
            assert late.returncode == 0, f"{kind}: {said}"
            came = json.loads(said)
            assert came["updates"] >= FRAMES // 10, came
            print(f"{kind}: {came}")
        session.process.send_signal(signal.SIGTERM)
        assert session.process.wait(60) == 0, session.text()
    finally:
        session.process.kill()
        if late is not None:
            late.kill()
    report = json.loads(subprocess.run([REPORT, "--json", path], check=True, capture_output=True, text=True).stdout)
    spin, = (client for client in report["clients"] if client["name"] == "spin")
    output, = report["outputs"]
    flips = output["flips"]
    busy = sum(miss["cause"] == "woken late" and "busy_with" in miss for miss in output["misses"])
    print(f"{kind}: spin has shown {spin['presented']} and lost {spin['lost_blanks_by_cause']}; of {flips} frames missed "
          f"{output['missed_by_cause']}, {busy} because the main loop was busy", flush=True)
    return spin["lost_blanks_by_cause"], output["missed_by_cause"], (busy, flips), events(path, "fence overdue"), session.text()


def main():
    with tempfile.TemporaryDirectory() as folder, runtime_folder():
        lost, missed, busy, overdue, log = {}, {}, {}, {}, {}
        for kind in ("alone", "never", "random"):
            lost[kind], missed[kind], busy[kind], overdue[kind], log[kind] = one(kind, folder)

    def by_session(kind):
        return sum(lost[kind].get(cause, 0) for cause in SESSION)

    for kind in ("never", "random"):
        assert "fence late" not in missed[kind], f"{kind}: frames have waited for a fence: {missed[kind]}"
        assert "held back" not in lost[kind], f"{kind}: {lost[kind]}"
        late, flips = busy[kind]
        assert late <= flips // BUSY, f"{kind}: {late} of {flips} frames were missed because the main loop was busy"
        blanks = FRAMES + sum(lost[kind].values())
        assert by_session(kind) <= by_session("alone") + blanks // MACHINE, f"{kind}: {lost[kind]}, and alone {lost['alone']}"
    print(f"fence overdue: {overdue}")
    assert overdue["never"] >= 2 and overdue["alone"] == 0, overdue
    said = [line for line in log["never"].splitlines() if "a fence has not signalled for 1 s" in line]
    assert len(said) == 1 and "late_client (pid " in said[0], log["never"]
    print("ok")


main()
