"""One run of a comparison: a session with its clients, and what the kernel and they tell of it. Inside the lab, as root."""
import collections
import glob
import json
import os
import pwd
import re
import signal
import subprocess
import tempfile
import time

import compare_sessions
from compare_sessions import SCREEN, WINDOW
from kernel_trace import CallTrace, FlipTrace, calls_a_frame, one_frame, parse_planes, usual_us
from process_figures import cpu_seconds, cpu_seconds_by_thread, memory_kib, spent_by_name, threads
from wayland_roundtrip import wait_until_answered

SIZE = ["--size", f"{WINDOW[0]}x{WINDOW[1]}"]
SCENES = {  # the clients, and how their buffers travel
    "fullscreen-dmabuf": ([["spin", "--fullscreen"]], "dmabuf", "one client, fullscreen, dma-bufs"),
    "window-dmabuf": ([["spin", *SIZE]], "dmabuf", "one window of 480x360, dma-bufs"),
    "two-windows-dmabuf": ([["spin", *SIZE], ["spin", *SIZE]], "dmabuf", "two windows of 480x360, dma-bufs"),
    "fullscreen-shm": ([["spin", "--shm", "--fullscreen"]], "shm", "one client, fullscreen, wl_shm, damaged as a whole"),
    "window-shm": ([["spin", "--shm", *SIZE]], "shm", "one window of 480x360, wl_shm, damaged as a whole"),
    "two-windows-shm": ([["spin", "--shm", *SIZE], ["spin", "--shm", *SIZE]], "shm", "two windows of 480x360, wl_shm, damaged as a whole"),
    "fullscreen-shm-part": ([["paint", "--fullscreen"]], "shm", "one client, fullscreen, wl_shm, damaged where it changes"),
    "idle": ([], "", "nothing on the display"),
}
USUAL = [name for name in SCENES if name not in ("two-windows-shm", "fullscreen-shm-part")]
PATIENCE = 30  # s, for a session to answer, and for clients to be seen
SETTLING = 2  # s, for all that is made once to be made
COUNTING = 1.5  # s, in which system calls are counted


class LeftOut(Exception):
    """A reason why a compositor is not measured in a scene, for the table."""


def tail(path, lines=6):
    with open(path, encoding="utf-8", errors="replace") as file:
        return " | ".join(line.strip() for line in file.read().splitlines()[-lines:])


def frames_told(path):
    """How many frames a client that tells of each (--verbose) was told of as presented."""
    with open(path, encoding="utf-8", errors="replace") as file:
        return len(re.findall(r"^frame \d+ presented ", file.read(), re.M))


def last_note(path):
    """What a client said last of what it cannot do, in short."""
    with open(path, encoding="utf-8", errors="replace") as file:
        notes = [line.rpartition(": ")[2] for line in file.read().splitlines() if line.startswith(("spin: ", "paint: "))]
    return notes[-1] if notes else "the client does not say why"


class Lab:
    """What all runs share: the display, the seat, the rings of the kernel's events, a folder that nobody may enter."""

    def __init__(self, build):
        connectors = sorted(glob.glob("/sys/class/drm/card*-*"))
        if not connectors:
            raise LeftOut("there is no display: this is not the lab")
        card = os.path.basename(connectors[0]).split("-")[0]
        self.node = f"/dev/dri/{card}"
        self.debug = f"/sys/kernel/debug/dri/{card.removeprefix('card')}/state"
        self.folder = tempfile.mkdtemp(prefix="compare-", dir="/run")
        os.chmod(self.folder, 0o755)
        # The build may lie in a home that is closed to others.
        self.build = os.path.join(self.folder, "build")
        os.mkdir(self.build)
        subprocess.run(["mount", "--bind", build, self.build], check=True)
        # What a user of the machine has by its groups (video, render, kvm).
        for node in (*glob.glob("/dev/dri/*"), "/dev/udmabuf", *glob.glob("/dev/dma_heap/*")):
            if os.path.exists(node):
                os.chmod(node, 0o666)
        self.flips, self.calls = FlipTrace(), CallTrace()
        with open(os.path.join(self.folder, "seatd.log"), "wb") as log:
            self.seatd = subprocess.Popen(["seatd", "-u", "nobody"], stdout=log, stderr=log, env=os.environ | {"SEATD_VTBOUND": "0"})
        end = time.monotonic() + PATIENCE
        while not os.path.exists("/run/seatd.sock"):
            if time.monotonic() > end:
                raise LeftOut(f"seatd does not start: {tail(log.name)}")
            time.sleep(0.05)

    def cache(self, peer):
        """A compositor's own cache folder, which its sessions have one after the other, as a user's have."""
        folder = os.path.join(self.folder, f"cache-{peer.name}")
        if not os.path.isdir(folder):
            os.mkdir(folder)
            user = pwd.getpwnam("nobody")
            os.chown(folder, user.pw_uid, user.pw_gid)
        return folder

    def enter(self, tree):
        """Has another root tree see the lab's devices, sockets and folders. The lab is thrown away with these mounts."""
        for path in ("dev", "proc", "sys", "run", "tmp"):
            target = os.path.join(tree, path)
            if not os.path.ismount(target):
                subprocess.run(["mount", "--rbind", f"/{path}", target], check=True)

    def planes(self):
        with open(self.debug, encoding="ascii", errors="replace") as file:
            return ", ".join(parse_planes(file.read()))

    def end(self):
        self.seatd.terminate()
        self.seatd.wait(10)


class Session:
    """A compositor from its start to its end."""

    def __init__(self, peer, lab, windowed):
        user = pwd.getpwnam("nobody")
        self.folder = tempfile.mkdtemp(prefix="run-", dir=lab.folder)
        compare_sessions.write_configurations(self.folder, windowed)
        os.chown(self.folder, user.pw_uid, user.pw_gid)
        places = {"node": lab.node, "card": os.path.basename(lab.node), "folder": self.folder, "build": lab.build,
                  "user": f"{user.pw_uid}:{user.pw_gid}"}
        command, environment = compare_sessions.filled(peer, places)
        rights = {} if peer.tree != "/" else {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
        self.log = os.path.join(self.folder, "log")
        clean = {name: value for name, value in os.environ.items() if not name.startswith(("WAYLAND", "DISPLAY", "XDG_SESSION"))}
        with open(self.log, "wb") as log:
            began = time.monotonic()
            self.process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd="/", start_new_session=True, **rights,
                env=clean | {"XDG_RUNTIME_DIR": self.folder, "HOME": self.folder, "XDG_CACHE_HOME": lab.cache(peer), "LIBSEAT_BACKEND": "seatd"} | environment)
        answered = wait_until_answered(self.folder, lambda: self.process.poll() is None, PATIENCE)
        self.start_ms = (time.monotonic() - began) * 1000
        if not answered:
            self.end()
            raise LeftOut(f"it does not start: {tail(self.log)}")
        self.socket, self.offered = answered

    def end(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        try:  # What it started itself.
            os.killpg(self.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass


class Clients:
    def __init__(self):
        self.processes = []

    def start(self, session, command, lab):
        program, *options = command
        with open(os.path.join(session.folder, f"client-{len(self.processes)}.log"), "wb") as log:
            self.processes.append((subprocess.Popen(
                [os.path.join(lab.build, "demos", program), "--json", "--verbose", *options], stdout=subprocess.PIPE, stderr=log, text=True,
                env=os.environ | {"WAYLAND_DISPLAY": session.socket, "XDG_RUNTIME_DIR": session.folder}), log.name))
        self.wait_until_seen(session, lab.flips)

    def wait_until_seen(self, session, flips):
        """Until the last one was told of some frames that were presented, or the display has shown some where nobody tells."""
        process, log = self.processes[-1]
        flips.start()
        end = time.monotonic() + PATIENCE
        while (len(flips.times()) if "wp_presentation" not in session.offered else frames_told(log)) < 10:
            if process.poll() is not None:
                raise LeftOut(f"the client ends: {tail(log, 2)}")
            if session.process.poll() is not None:
                raise LeftOut(f"it ends under the client: {tail(session.log)}")
            if time.monotonic() > end:
                raise LeftOut(f"it shows no frames of the client: {tail(session.log, 3)}")
            time.sleep(0.2)

    def stop(self):
        """What they say of their frames."""
        for process, _ in self.processes:
            process.send_signal(signal.SIGINT)
        told = []
        for process, log in self.processes:
            try:
                out, _ = process.communicate(timeout=PATIENCE)
            except subprocess.TimeoutExpired:
                raise LeftOut("the client does not end") from None
            if process.returncode != 0 or not out:
                raise LeftOut(f"the client ends: {tail(log, 2)}")
            told.append(json.loads(out))
        return told

    def kill(self):
        for process, _ in self.processes:
            if process.poll() is None:
                process.kill()
                process.communicate()


def check(told, clients, scene):
    """That the clients were shown as the scene wants it."""
    commands, transport, _ = SCENES[scene]
    for client, command, (_, log) in zip(told, commands, clients.processes):
        size = (client["width"], client["height"])
        wanted = SCREEN if "--fullscreen" in command else WINDOW
        if client.get("transport", "shm") != transport:
            raise LeftOut(f"no dma-bufs: {last_note(log)}")
        if size != wanted:
            raise LeftOut(f"it makes the client {size[0]}x{size[1]}")


def counted_calls(calls, flips, shows_frames):
    """Counts by name: a frame, or a second where nothing is shown."""
    if shows_frames:
        counts, frames = calls_a_frame(calls, flips)
        if not frames:
            raise LeftOut("it shows no frames of the client")
        return counts
    return {name: count / COUNTING for name, count in collections.Counter(name for _, name, _ in calls).most_common()}


def watch(session, lab, seconds, shows_frames):
    """The figures of a session whose clients run."""
    pid = session.process.pid
    by_thread = cpu_seconds_by_thread(pid)
    lab.flips.start()
    cpu, began = cpu_seconds(pid), time.monotonic()
    time.sleep(seconds)
    cpu, ended = cpu_seconds(pid) - cpu, time.monotonic()
    lab.flips.stop()
    by_thread = spent_by_name(by_thread, cpu_seconds_by_thread(pid), pid)
    frames = sum(began < flip <= ended for flip in lab.flips.times())
    lab.flips.start()
    lab.calls.record(pid, threads(pid))
    from_here = time.monotonic()  # Before that, flips were told of but not all calls.
    time.sleep(COUNTING)
    calls = lab.calls.end()
    lab.flips.stop()
    flips = [flip for flip in lab.flips.times() if from_here < flip <= from_here + COUNTING]
    counts = counted_calls(calls, flips, shows_frames)
    rss, pss = memory_kib(pid)
    elapsed = ended - began
    share = 1000 / (max(1, frames) if shows_frames else elapsed)
    clock = sum(number for name, number in counts.items() if name.split()[0] == "clock_gettime")
    return {"cpu_ms_a_frame" if shows_frames else "cpu_ms_a_second": cpu * share,
            "threads": {name: seconds * share for name, seconds in by_thread.items()},
            "calls_a_frame" if shows_frames else "calls_a_second": sum(counts.values()) - clock,
            "clock_reads": clock, "calls": counts, "call_us": usual_us(calls), "one_frame": one_frame(calls, flips), "display_fps": frames / elapsed,
            "frames": frames, "seconds": elapsed, "rss_mib": rss / 1024, "pss_mib": pss / 1024, "planes": lab.planes()}


def warm_up(peer, lab):
    """A session that is not measured: what a compositor keeps for its next start (shaders, what its renderer can do) is there after it."""
    session = Session(peer, lab, windowed=False)
    time.sleep(SETTLING)
    session.end()


def measure(peer, scene, lab, seconds):
    """The figures of one run; LeftOut where it cannot be."""
    commands, _, _ = SCENES[scene]
    session = Session(peer, lab, windowed=any("--fullscreen" not in command for command in commands))
    clients = Clients()
    try:
        for command in commands:
            clients.start(session, command, lab)
        if len(commands) > 1:
            compare_sessions.put_beside_each_other(session.folder, len(commands))
        time.sleep(SETTLING)
        run = watch(session, lab, seconds, bool(commands))
        told = clients.stop()
    except OSError as error:
        if session.process.poll() is None:
            raise
        raise LeftOut(f"it ends under the clients: {tail(session.log)}") from error
    except LeftOut as reason:
        if session.process.poll() is None:
            raise
        raise LeftOut(f"it ends under the clients: {tail(session.log)}") from reason
    finally:
        clients.kill()
        session.end()
    check(told, clients, scene)
    if told:
        run |= {"client_fps": sum(t["frames_per_second"] for t in told) / len(told),
                "zero_copy_percent": 100 * sum(t["zero_copy_share"] for t in told) / len(told), "clients": told}
    return run | {"start_ms": session.start_ms}
