#!/usr/bin/env python3
"""Clients that ask for more than anybody can do, beside one that animates, inside the lab.

  floods.py FENCELINE SPIN REPORT FLOOD_CLIENT

For each kind of flood (see flood_client.cpp) the session lives on, keeps its memory, makes the flood wait, and shows the other client's frames. Next to no
frame is missed because the session was busy with the flood's requests. How many blanks the other client has lost, and by what, is printed: it shares
one CPU with the flood.
"""
import json
import os
import signal
import subprocess
import sys
import tempfile

from lab_session import Card, Session, runtime_folder

FENCELINE, SPIN, REPORT, FLOOD = (os.path.abspath(path) for path in sys.argv[1:5])
FRAMES = 240
GROWTH_KIB = 64 * 1024
# Where a machine that is busy with others takes the CPU away in the middle of a request, that is in nobody's account. None on a quiet machine.
MADE_MISS = FRAMES // 20


def resident_kib(pid):
    with open(f"/proc/{pid}/status", encoding="ascii") as file:
        return next(int(line.split()[1]) for line in file if line.startswith("VmRSS"))


def slowed(session):
    return "\n".join(line for line in session.text().splitlines() if "is read more slowly" in line)


def one(kind, card, folder):
    trace = os.path.join(folder, kind + ".pftrace")
    session = Session(folder, card, FENCELINE, {}, ["--no-config", "--trace", trace])
    environment = os.environ | {"WAYLAND_DISPLAY": session.socket}
    try:
        subprocess.run([SPIN, "--size", "200x150", "--frames", "60"], env=environment, check=True, timeout=120, capture_output=True)
        before = resident_kib(session.process.pid)
        with open(os.path.join(folder, kind + ".log"), "w+", encoding="utf-8") as log:
            flood = subprocess.Popen([FLOOD, kind], env=environment, stdout=log, stderr=log)
            shown = subprocess.run([SPIN, "--size", "200x150", "--frames", str(FRAMES), "--json"], env=environment, timeout=240,
                                   capture_output=True, text=True)
            assert shown.returncode == 0, f"{kind}: {shown.stderr}"
            assert session.process.poll() is None, session.text()
            ended = flood.poll()
            grown = resident_kib(session.process.pid) - before
            flood.kill()
            flood.wait()
            log.seek(0)
            said = log.read().strip().splitlines()
        # They ask for nothing that is forbidden, but for thousands of callbacks at once.
        assert ended is None or kind == "frames", f"the flood of {kind} has ended ({ended}): {said[-3:]}"
        # That many callbacks at once are refused before they take much time.
        assert kind == "frames" or "flood_client" in slowed(session), f"{kind}: nobody is read more slowly: {session.text()}"
        assert grown < GROWTH_KIB, f"{kind}: the session has grown by {grown} KiB"
        session.process.send_signal(signal.SIGTERM)
        assert session.process.wait(60) == 0, session.text()
    finally:
        session.process.kill()
    report = json.loads(subprocess.run([REPORT, "--json", trace], check=True, capture_output=True, text=True).stdout)
    # By its own count it has shown them all. The trace may lack some: who writes it has no priority, and the flood has the CPU.
    spin = max((client for client in report["clients"] if client["name"] == "spin"), key=lambda client: client["presented"])
    turns = report["long_turns_ms"]
    floods = [client for client in report["clients"] if client["name"] == "flood_client"]
    assert floods or kind == "frames", [client["name"] for client in report["clients"]]
    made_miss = sum(client["made_miss"] for client in floods)
    assert made_miss <= MADE_MISS, f"{kind}: {made_miss} frames were missed because of the flood's requests"
    print(f"{kind}: {said[-1] if said else 'nothing'}; spin lost {spin['lost_blanks_by_cause'] or 'no blank'} beside it, {made_miss} to its requests; "
          f"turns of 1 ms or more: {turns['n']}, the longest {turns.get('max', 0):.1f} ms {report['long_turns_by_part']}; grown by {grown} KiB",
          flush=True)


def main():
    card = Card(overlays=1)
    with tempfile.TemporaryDirectory() as folder, runtime_folder():
        for kind in ("commits", "surfaces", "roundtrips", "frames"):
            one(kind, card, folder)
    print("ok")


main()
