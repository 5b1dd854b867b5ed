#!/usr/bin/env python3
"""What goes which way, scene by scene, on a display with overlay and cursor planes: the layers on planes and the composed ones as the session
tells, the planes as the kernel tells, and over a steady second what was composed, copied, tested and mapped.

  scenes.py FENCELINE FENCELINE_MSG REPORT SPIN PAINT VIDEO
"""
import json
import os
import re
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../benchmarks"))

from kernel_trace import CallTrace  # noqa: E402
from lab_session import Keyboard, runtime_folder, wait_for  # noqa: E402

FENCELINE, MSG, REPORT, SPIN, PAINT, VIDEO = (os.path.abspath(path) for path in sys.argv[1:7])
NODE, DEBUG = "/dev/dri/card1", "/sys/kernel/debug/dri/1"
STEADY_FLIPS = 5  # At least, in what is looked at: this machine may be slow.
# Of the first scene so many are looked at, or as many as come in that time; no other one is waited for longer.
MANY_FLIPS, MANY_SECONDS = 1000, 100

WINDOW = ("--size", "400x300")
MAPPING_CALLS = {"mmap", "munmap", "mremap", "brk", "madvise", "mprotect"}

# Name, clients, whether there is a mouse, and what is to be told of the layers: for each client from the first on "plane", or why
# it is composed; at the end how the display is turned, if it is. Clients that are on planes change all the time; what is composed stands still, and is drawn once.
SCENES = (
    ("fullscreen dma-buf", [(SPIN, "--fullscreen")], False, ["plane"]),
    ("one window", [(SPIN, *WINDOW)], False, ["plane"]),
    ("three windows", [(SPIN, *WINDOW)] * 3, False, ["plane"] * 3),
    ("fullscreen, the cursor over it", [(SPIN, "--fullscreen")], True, ["plane", "cursor"]),
    ("three windows, the cursor over them", [(SPIN, *WINDOW)] * 3, True, ["plane"] * 3 + ["cursor"]),
    ("video", [(VIDEO, "--fullscreen", "--size", "1024x768", "--no-overlay")], False, ["plane"]),
    ("video in a window", [(VIDEO, *WINDOW, "--no-overlay")], False, ["plane"]),
    ("video under an overlay", [(VIDEO, "--fullscreen", "--size", "1024x768")], False, ["plane", "composition"]),
    ("popup over video", [(VIDEO, "--fullscreen", "--size", "1024x768", "--no-overlay", "--menu")], False, ["plane", "composition"]),
    ("wl_shm fullscreen", [(SPIN, "--shm", "--fullscreen")], False, ["plane"]),
    ("wl_shm windows", [(SPIN, "--shm", *WINDOW)] * 2, False, ["plane"] * 2),
    ("dma-buf, video and wl_shm", [(SPIN, *WINDOW), (VIDEO, *WINDOW, "--no-overlay"), (SPIN, "--shm", *WINDOW)], False, ["plane"] * 3),
    ("rotated output, turned by its client", [(SPIN, "--fullscreen", "--transform", "preferred")], False, ["plane"], "90"),
    ("rotated output, turned by the planes", [(SPIN, *WINDOW)] * 2, True, ["plane"] * 2 + ["cursor"], "flipped-270"),
    ("still wl_shm over a dma-buf", [(SPIN, "--fullscreen"), (PAINT, *WINDOW, "--still")], False, ["plane", "composition"]),
)


class Scene:
    def __init__(self, folder, clients, options=()):
        self.folder = folder
        read_end, write_end = os.pipe()
        self.log = os.path.join(folder, "fenceline.log")
        with open(self.log, "w", encoding="utf-8") as log:
            self.session = subprocess.Popen(
                [FENCELINE, "--backend", "kms", "--device", NODE, "--log-level", "warn", "--ready-fd", str(write_end), *options],
                pass_fds=[write_end], stderr=log)
        os.close(write_end)
        with os.fdopen(read_end) as ready:
            socket = ready.readline().strip()
        assert socket, self.told()
        self.environment = dict(os.environ, WAYLAND_DISPLAY=socket)
        self.clients = []
        for command in clients:
            self.clients.append(subprocess.Popen([command[0], "--json", *command[1:]], env=self.environment, stdout=subprocess.DEVNULL,
                                                 stderr=subprocess.DEVNULL))
            # In their order, one over the other.
            wait_for(f"{os.path.basename(command[0])} is shown", lambda: len(self.windows()) == len(self.clients), 60)

    def told(self):
        with open(self.log, encoding="utf-8", errors="replace") as file:
            return file.read()

    def ask(self, *request):
        done = subprocess.run([MSG, "--json", *request], env=self.environment, capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, f"{request}: {done.stderr}{self.told()}"
        return json.loads(done.stdout)

    def windows(self):
        return [window for window in self.ask("windows") if window["mapped"]]

    def layers(self):
        """Where each that can be seen is, from the lowest up."""
        output, = self.ask("planes")
        kinds = {plane["plane"]: plane["type"] for plane in output["planes"]}
        ways = []
        for layer in reversed(output["layers"]):
            plane = re.fullmatch(r"plane (\d+)", layer["on"])
            if layer["on"] == "nothing: hidden":  # A player's window behind its picture.
                continue
            ways.append(("cursor" if kinds[int(plane[1])] == "cursor" else "plane") if plane else layer["on"])
        return ways

    @staticmethod
    def kernel_planes():
        """Of each plane that is on, whether its memory is somebody else's than the session's."""
        with open(f"{DEBUG}/state", encoding="ascii", errors="replace") as file:
            blocks = re.findall(r"^plane\[\d+\]: \S+\n((?:\t.*\n)*)", file.read(), re.M)
        return ["imported=yes" in body for body in blocks if re.search(r"^\tfb=[1-9]", body, re.M)]

    def steady(self):
        """What the report says of a second, and the mapping calls that the kernel counted meanwhile."""
        trace = os.path.join(self.folder, "trace")
        threads = os.listdir(f"/proc/{self.session.pid}/task")
        calls = CallTrace()
        self.ask("trace", "on", trace)
        time.sleep(0.5)  # The file is being written by now.
        calls.record(self.session.pid, threads)
        time.sleep(2)
        counted = calls.end()
        self.ask("trace", "off")
        report = json.loads(subprocess.run([REPORT, "--json", trace], check=True, capture_output=True, text=True).stdout)
        os.remove(trace)
        own = [name for _, name, _ in counted if " in " not in name]
        return report["outputs"][0], [name for name in own if name in MAPPING_CALLS]

    def end(self):
        for client in self.clients:
            client.terminate()
        for client in self.clients:
            client.wait(30)
        self.session.terminate()
        assert self.session.wait(30) == 0, self.told()


def look(name, folder, clients, mouse, wanted, transform=None):
    keyboard = Keyboard() if mouse else None
    options = ["--no-config"]
    if transform:
        options = ["--config", os.path.join(folder, "fenceline.toml")]
        with open(options[1], "w", encoding="utf-8") as file:
            file.write(f'[[output]]\nmatch = "Virtual-1"\ntransform = "{transform}"\n')
    scene = Scene(folder, clients, options)
    if transform:
        assert scene.ask("outputs")[0]["transform"] == transform, scene.ask("outputs")
    if keyboard:
        keyboard.nudge()
    try:
        # The first pictures of wl_shm are uploaded, and plans are asked for.
        wait_for(f"{name}: {wanted}", lambda: scene.layers() == wanted, 60)
    except AssertionError:
        raise AssertionError(f"{name}: {scene.layers()} instead of {wanted}: {json.dumps(scene.ask('planes'))}\n{scene.told()}") from None
    flips, copied, composed, tests, mapping = 0, 0, 0, 0, []
    many = name == SCENES[0][0]
    began = time.monotonic()
    while True:
        output, calls = scene.steady()
        flips, copied, mapping = flips + output["flips"], copied + output["copied_bytes"], mapping + calls
        composed, tests = composed + output["frames_composed"], tests + output["test_commits"]
        lasted = time.monotonic() - began
        if flips >= MANY_FLIPS or lasted >= MANY_SECONDS or (flips >= STEADY_FLIPS and not many):
            break
    imported = scene.kernel_planes()
    ways = scene.layers()
    scene.end()
    if keyboard:
        keyboard.unplug()
    print(f"| {name} | {wanted.count('plane')} | {'yes' if 'cursor' in wanted else '-'} | {wanted.count('composition')} | "
          f"{sum(imported)} of {len(imported)} | {flips} | {copied} | {tests} | {len(mapping)} |",
          flush=True)
    assert ways == wanted, f"{name}: {ways} instead of {wanted} after a second"
    assert flips >= STEADY_FLIPS, f"{name}: {output}"
    # A player's bar tells the time: it draws itself anew each second, and is drawn anew then.
    assert composed <= (3 if name == "video under an overlay" else 0), f"{name}: {composed} frames composed of {flips}"
    assert composed or not copied, f"{name}: {copied} bytes copied"
    # A client that is held up takes one more buffer, which is asked for once.
    assert tests <= 2, f"{name}: {tests} test commits in {flips} frames"
    # By the kernel's account the planes show the clients' own memory.
    assert sum(imported) == wanted.count("plane"), f"{name}: {imported}"
    assert not mapping, f"{name}: in a steady frame the session calls {mapping}"


def main():
    print("| scene | on planes | cursor plane | composed, once | planes with a client's memory | frames looked at | bytes composed or copied "
          "in them | test commits | maps and unmaps |\n|---|---|---|---|---|---|---|---|---|")
    only = sys.argv[7:]
    with runtime_folder() as folder:
        os.environ["XDG_CACHE_HOME"] = folder
        for name, clients, mouse, wanted, *transform in SCENES:
            if not only or name in only:
                look(name, folder, clients, mouse, wanted, *transform)


if __name__ == "__main__":
    main()
