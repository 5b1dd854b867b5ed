#!/usr/bin/env python3
"""A renderer that is loaded on demand, inside the lab: what planes show alone loads neither Vulkan nor GBM's driver; a
window that has to be composed has them loaded, while the client on the plane goes on.

  on_demand.py FENCELINE SPIN PAINT REPORT
"""
import json
import os
import re
import signal
import subprocess
import sys
import time

from lab_session import Client, Session, runtime_folder, wait_for

FENCELINE, SPIN, PAINT, REPORT = (os.path.abspath(path) for path in sys.argv[1:5])
# Vulkan drivers, Mesa's drivers for GBM, and what those are made of.
DRIVERS = re.compile(r"libvulkan_[a-z]+\.so|_dri\.so|libgallium|/gbm/|libLLVM")


class Display:
    node = "/dev/dri/card1"


def drivers(session):
    with open(f"/proc/{session.process.pid}/maps", encoding="utf-8") as file:
        return sorted(set(DRIVERS.findall(file.read())))


def pss_mib(session):
    with open(f"/proc/{session.process.pid}/smaps_rollup", encoding="ascii") as file:
        return int(re.search(r"^Pss:\s+(\d+) kB", file.read(), re.M)[1]) / 1024


def end(session):
    session.process.send_signal(signal.SIGTERM)
    assert session.process.wait(60) == 0, session.text()


def report(trace):
    done = subprocess.run([REPORT, "--json", trace], check=True, capture_output=True, text=True)
    output, = json.loads(done.stdout)["outputs"]
    return output


def start(folder, *options):
    before = time.monotonic()
    session = Session(folder, Display, FENCELINE, {"XDG_CACHE_HOME": folder + "/cache"},
                      ["--no-config", "--renderer", "on-demand", *options])
    print(f"start to socket: {(time.monotonic() - before) * 1000:.0f} ms")
    return session


def first_session(folder):
    """Nothing is known of the renderer: it is loaded this once."""
    session = start(folder)
    try:
        assert "at the start this once" in session.text(), session.text()
        assert drivers(session), "no driver is mapped, though one was loaded"
        assert os.path.exists(folder + "/cache/fenceline/renderer")
        print(f"  eager: Pss {pss_mib(session):.1f} MiB")
        end(session)
    finally:
        session.process.kill()


def empty_session(folder):
    session = start(folder)
    try:
        time.sleep(1)
        assert not drivers(session), drivers(session)
        print(f"  nothing shown: Pss {pss_mib(session):.1f} MiB")
        end(session)
    finally:
        session.process.kill()


def session_on_planes(folder):
    trace = folder + "/planes"
    session = start(folder, "--trace", trace)
    spin = None
    try:
        spin = Client(folder, [SPIN, "--fullscreen"], session.socket)
        for _ in range(10):
            spin.goes_on("on the plane")
        assert not drivers(session), drivers(session)
        pss = pss_mib(session)
        print(f"  one fullscreen dma-buf client: Pss {pss:.1f} MiB")
        assert pss < 16, session.text()
        spin.process.terminate()
        spin.process.wait(30)
        time.sleep(0.5)
        assert not drivers(session), "the black screen afterwards needs no driver"
        end(session)
    finally:
        session.process.kill()
        if spin:
            spin.process.kill()
    output = report(trace)
    print(f"  {output['flips']} flips, {output['frames_by_planes_alone']} by planes alone, copied {output['copied_by_kind']}")
    assert output["frames_by_planes_alone"] > 10, output
    assert output["layers_composed"] == 0 and output["frames_composed"] == 0, output


def session_that_loads(folder):
    trace = folder + "/loads"
    session = start(folder, "--trace", trace)
    clients = []
    try:
        spin = Client(folder, [SPIN, "--fullscreen"], session.socket)
        clients.append(spin)
        spin.goes_on("on the plane")
        assert not drivers(session), drivers(session)
        paint = Client(folder, [PAINT], session.socket)
        clients.append(paint)
        wait_for("something asks for the renderer", lambda: "the renderer is being loaded" in session.text())
        before = spin.said()
        wait_for("the renderer is there", lambda: "the renderer was loaded in" in session.text())
        took = int(re.search(r"the renderer was loaded in (\d+) ms", session.text())[1])
        print(f"  loaded in {took} ms; meanwhile the client on the plane wrote {spin.said() - before} bytes of its log")
        # Frames that are scanned out say something every 16 ms; a tenth of a second is enough for some of them.
        assert took < 100 or spin.said() > before, "the client on the plane stood still"
        assert drivers(session)
        paint.goes_on("composed")
        spin.goes_on("composed")
        print(f"  with the renderer: Pss {pss_mib(session):.1f} MiB")
        end(session)
        assert "rror" not in session.text(), session.text()
    finally:
        session.process.kill()
        for client in clients:
            client.process.kill()
    output = report(trace)
    print(f"  {output['flips']} flips, {output['frames_by_planes_alone']} by planes alone, {output['frames_composed']} composed")
    assert output["frames_by_planes_alone"] and output["frames_composed"], output


with runtime_folder() as runtime:
    first_session(runtime)
    empty_session(runtime)
    session_on_planes(runtime)
    session_that_loads(runtime)
print("ok")
