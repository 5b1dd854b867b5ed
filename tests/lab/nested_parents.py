#!/usr/bin/env python3
"""A session in a window of another compositor, inside the lab: spin covers the window, with the hand-over and without, and
then two windows of it.

  nested_parents.py PARENT FENCELINE REPORT SPIN      PARENT: fenceline, weston-pixman, weston-gl or cage

Prints for each run, as the traces of the nested session (and of the parent, where it is Fenceline) have it, which way the frames
went and what was copied, and the CPU time that a frame of the nested session took.
"""
import glob
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time

PARENT, FENCELINE, REPORT, SPIN = sys.argv[1], *(os.path.abspath(path) for path in sys.argv[2:5])
FRAMES = 24  # Of each client: counted, not timed, because the lab may be slow.
PATIENCE = 60


def wait_for(what, condition):
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        if condition():
            return
        time.sleep(0.05)
    raise AssertionError(f"{what} did not come within {PATIENCE} s")


def cage_of_nobody(folder):
    """The command of cage, which does not run for root; its socket gets the name "parent". It needs seatd then."""
    os.chmod(folder, 0o777)
    own = os.path.join(folder, "cage")
    os.mkdir(own)
    shutil.chown(own, "nobody")
    os.chmod(own, 0o700)
    for node in ("/dev/dri/card1", *glob.glob("/dev/dri/renderD*")):
        os.chmod(node, 0o666)
    subprocess.Popen(["seatd", "-u", "nobody"], env=dict(os.environ, SEATD_VTBOUND="0"), stderr=subprocess.DEVNULL)
    wait_for("seatd", lambda: os.path.exists("/run/seatd.sock"))
    environment = {"XDG_RUNTIME_DIR": own, "LIBSEAT_BACKEND": "seatd", "WLR_RENDERER": "pixman", "WLR_LIBINPUT_NO_DEVICES": "1",
                   "WLR_DRM_DEVICES": "/dev/dri/card1"}
    inside = f'ln -s "{own}/$WAYLAND_DISPLAY" {folder}/parent; sleep 1000'
    return ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups", "env", *(f"{k}={v}" for k, v in environment.items()),
            "cage", "--", "sh", "-c", inside]


def start_parent(folder):
    """The parent, its socket, and the trace that it writes, if any."""
    environment = dict(os.environ, XDG_RUNTIME_DIR=folder, LIBSEAT_BACKEND="builtin", SEATD_VTBOUND="0")
    log = open(os.path.join(folder, "parent.log"), "w")
    trace = None
    if PARENT == "fenceline":
        trace = os.path.join(folder, "parent.pftrace")
        command = [FENCELINE, "--backend", "kms", "--device", "/dev/dri/card1", "--socket", "parent", "--trace", trace]
    elif PARENT == "cage":
        command = cage_of_nobody(folder)
    else:
        command = ["weston", "--backend=drm", f"--renderer={PARENT.split('-')[1]}", "--drm-device=card1", "--socket=parent",
                   "--continue-without-input", "--idle-time=0", "--no-config"]
    parent = subprocess.Popen(command, env=environment, stdout=log, stderr=subprocess.STDOUT)
    try:
        wait_for("the parent's socket",
                 lambda: os.path.exists(os.path.join(folder, "parent")) or parent.poll() is not None)
        assert parent.poll() is None, "the parent has ended:\n" + open(log.name).read()
    except AssertionError:
        parent.kill()
        raise
    return parent, trace


def report_of(trace):
    return json.loads(subprocess.run([REPORT, "--json", trace], check=True, capture_output=True, text=True).stdout)


def cpu_of(pid):
    """Seconds of CPU that a process has had; 0 when it is gone."""
    try:
        with open(f"/proc/{pid}/stat") as file:
            fields = file.read().rsplit(")", 1)[1].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def run_nested(folder, name, client, *options):
    """The output's figures of one run of the nested session, and the seconds of CPU that it took."""
    trace = os.path.join(folder, f"{name}.pftrace")
    environment = dict(os.environ, XDG_RUNTIME_DIR=folder, WAYLAND_DISPLAY="parent")
    log_path = os.path.join(folder, f"{name}.log")
    session = subprocess.Popen(
        [FENCELINE, "--backend", "nested", "--fullscreen", "--no-config", "--log-level", "debug", "--trace", trace, *options, "--",
         *client], env=environment, stderr=open(log_path, "w"))
    cpu = 0.0
    # Its own, without spin's: what was last seen of it.
    end = time.monotonic() + 2 * PATIENCE
    while session.poll() is None and time.monotonic() < end:
        cpu = cpu_of(session.pid) or cpu
        time.sleep(0.1)
    if session.poll() is None:
        session.kill()
    session.wait()
    with open(log_path) as log:
        told = log.read()
    assert session.returncode == 0, told
    output = report_of(trace)["outputs"][0]
    for line in told.splitlines():
        if any(word in line for word in ("copied", "output WL-1", "backend", "dmabuf", "parent", "warn")):
            print("   ", line)
    print(f"  {name}: {output['flips']} flips, {output['fps']:.1f} a second; {output['frames_by_planes_alone']} handed over, "
          f"{output['frames_composed']} composed; copied {json.dumps(output['copied_by_kind'])}; "
          f"not handed over: {json.dumps(output['composed_by_reason'])}")
    print(f"    layers: {output['layers_on_planes']} on planes, {output['layers_composed']} composed")
    print(f"    CPU of the session, its drawing included: {1e3 * cpu / max(1, output['flips']):.2f} ms a frame")
    return output, told


def main():
    with tempfile.TemporaryDirectory() as folder:
        parent, parents_trace = start_parent(folder)
        try:
            print(PARENT)
            for name, options in (("handed over", []), ("all composed", ["--no-hand-over"])):
                output, told = run_nested(folder, name, [SPIN, "--fullscreen", "--frames", str(FRAMES)], *options)
                assert output["flips"] >= FRAMES, told
                if options:
                    assert output["frames_by_planes_alone"] == 0, output
                elif PARENT == "fenceline":
                    # The first frames of each buffer go while the parent is still to answer.
                    assert output["frames_by_planes_alone"] > output["flips"] / 2, output
            window = f"{SPIN} --size 320x240 --frames {FRAMES}"
            output, told = run_nested(folder, "two windows", ["sh", "-c", f"{window} & {window}; wait"])
            if PARENT == "fenceline":
                assert output["layers_on_planes"] > output["layers_composed"], output
            assert parent.poll() is None, "the parent did not live through it"
        finally:
            parent.send_signal(signal.SIGTERM)
            try:
                parent.wait(PATIENCE)
            except subprocess.TimeoutExpired:
                parent.kill()
        if parents_trace:
            output = report_of(parents_trace)["outputs"][0]
            print(f"  the parent: {output['flips']} flips; {output['frames_by_planes_alone']} by planes alone, "
                  f"{output['frames_composed']} composed; copied {json.dumps(output['copied_by_kind'])}; "
                  f"{json.dumps(output['composed_by_reason'])}; layers: {output['layers_on_planes']} on planes, "
                  f"{output['layers_composed']} composed")
            assert output["frames_by_planes_alone"] > FRAMES / 2, output


main()
