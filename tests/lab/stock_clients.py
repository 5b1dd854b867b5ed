#!/usr/bin/env python3
"""Clients of Debian's packages in the session, inside the lab: each shows a window, and takes a key and a click (uinput).

  stock_clients.py FENCELINE REPORT

Each client runs alone, as the session's command, with WAYLAND_DEBUG=client: what libwayland says it received is the witness for
the input, the trace and the screenshot are those for the window. Three of them bind no seat at all, so that no input can reach
them; that is checked too, because a client that binds one and hears nothing would look the same.
"""
import fcntl
import json
import os
import re
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import time
import zlib

# linux/uinput.h and linux/input-event-codes.h
UI_SET_EVBIT, UI_SET_KEYBIT, UI_SET_RELBIT = 0x40045564, 0x40045565, 0x40045566
UI_DEV_SETUP, UI_DEV_CREATE = 0x405C5503, 0x5501
EV_SYN, EV_KEY, EV_REL = 0, 1, 2
KEY_A, KEY_ENTER, BTN_LEFT = 30, 28, 0x110
KEY_Q, KEY_LEFTSHIFT, KEY_LEFTMETA = 16, 42, 125

# name, command, whether it binds a seat
CLIENTS = [
    ("weston-simple-shm", ["weston-simple-shm"], False),
    ("weston-simple-damage", ["weston-simple-damage"], False),
    ("weston-presentation-shm", ["weston-presentation-shm", "-f"], False),
    ("weston-simple-egl", ["weston-simple-egl"], True),
    ("weston-terminal", ["weston-terminal", "--shell={typed}"], True),
    ("foot", ["foot", "{typed}"], True),
]


class Keyboard:
    """A keyboard and mouse in one device, made through /dev/uinput."""

    def __init__(self):
        self.file = os.open("/dev/uinput", os.O_WRONLY | os.O_NONBLOCK)
        for kind in (EV_KEY, EV_REL):
            fcntl.ioctl(self.file, UI_SET_EVBIT, kind)
        # The letters make it a keyboard in udev's eyes, the button and axes a mouse.
        for key in list(range(1, 128)) + [BTN_LEFT]:
            fcntl.ioctl(self.file, UI_SET_KEYBIT, key)
        for axis in (0, 1):
            fcntl.ioctl(self.file, UI_SET_RELBIT, axis)
        setup = struct.pack("HHHH80sI", 3, 0x1234, 0x5678, 1, b"stock test device", 0)
        fcntl.ioctl(self.file, UI_DEV_SETUP, setup)
        fcntl.ioctl(self.file, UI_DEV_CREATE)

    def event(self, kind, code, value):
        os.write(self.file, struct.pack("llHHi", 0, 0, kind, code, value))

    def tap(self, code):
        for value in (1, 0):
            self.event(EV_KEY, code, value)
            self.event(EV_SYN, 0, 0)

    def chord(self, *codes):
        for value, order in ((1, codes), (0, codes[::-1])):
            for code in order:
                self.event(EV_KEY, code, value)
                self.event(EV_SYN, 0, 0)

    def nudge(self):
        for step in (3, -3):
            self.event(EV_REL, 0, step)
            self.event(EV_SYN, 0, 0)


def wait_for(what, seconds, condition):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return
        time.sleep(0.05)
    raise AssertionError(f"{what} did not come within {seconds} s")


def picture_has_content(path):
    """Whether any pixel of an 8-bit RGB PNG differs from black."""
    data = open(path, "rb").read()
    assert data[:8] == b"\x89PNG\r\n\x1a\n", "no PNG"
    at, body = 8, b""
    while at < len(data):
        length, kind = struct.unpack(">I4s", data[at:at + 8])
        if kind == b"IDAT":
            body += data[at + 8:at + 8 + length]
        if kind == b"IHDR":
            width, height = struct.unpack(">II", data[at + 8:at + 16])
        at += 12 + length
    raw = zlib.decompress(body)
    row = 1 + 3 * width
    # Filter bytes lead each row; a row of zeros stays zeros under every filter.
    return any(any(raw[y * row + 1:(y + 1) * row]) for y in range(height))


def run(name, command, has_seat, fenceline, report, keyboard, folder):
    log_path, trace, shot, typed = (os.path.join(folder, f"{name}.{end}") for end in ("log", "pftrace", "png", "typed"))
    script = os.path.join(folder, f"{name}.sh")
    with open(script, "w") as out:
        out.write(f"#!/bin/sh\nread line\necho \"$line\" > {typed}\nsleep 60\n")
    os.chmod(script, 0o755)
    command = [word.replace("{typed}", script) for word in command]
    with open(log_path, "w") as log:
        session = subprocess.Popen(
            [fenceline, "--backend", "kms", "--log-level", "debug", "--trace", trace, "--screenshot", shot, "--",
             "env", "WAYLAND_DEBUG=client"] + command, stdout=log, stderr=subprocess.STDOUT)
    read_log = lambda: open(log_path, errors="replace").read()
    try:
        wait_for("the window", 40, lambda: re.search(r'window \d+ ".*" is mapped', read_log()) or session.poll() is not None)
        assert session.poll() is None, f"the session ended with status {session.returncode}"
        time.sleep(1.0)
        if has_seat:
            keyboard.nudge()
            keyboard.tap(BTN_LEFT)
            pressed = r"wl_pointer[@#]\d+\.button\(\d+, \d+, 272, 1\)"
            wait_for("the button's press", 20, lambda: re.search(pressed, read_log()))
            # Who answers a press by a request to be moved, as weston-simple-egl does, may have the pointer taken before the release.
            over = rf"{pressed}(?s:.*)wl_pointer[@#]\d+\.(button\(\d+, \d+, 272, 0\)|leave\()"
            wait_for("the button's release", 20, lambda: re.search(over, read_log()))
            keyboard.tap(KEY_A)
            keyboard.tap(KEY_ENTER)
            for state in ("1", "0"):
                wait_for(f"the key's event {state}", 20,
                         lambda: re.search(rf"wl_keyboard[@#]\d+\.key\(\d+, \d+, {KEY_A}, {state}\)", read_log()))
            if any("{typed}" in word for entry in CLIENTS if entry[0] == name for word in entry[1]):
                wait_for("the typed line", 20, lambda: os.path.exists(typed) and open(typed).read() == "a\n")
        else:
            assert "get_pointer" not in read_log(), "it has a pointer after all: test its input"
        os.kill(session.pid, signal.SIGUSR1)
        wait_for("the screenshot", 20, lambda: os.path.exists(shot))
        assert picture_has_content(shot), "the screenshot is black"
        if has_seat:
            # The session's own shortcut ends it, whoever has the keyboard.
            keyboard.chord(KEY_LEFTMETA, KEY_LEFTSHIFT, KEY_Q)
            wait_for("the end at Super+Shift+Q", 20, lambda: session.poll() is not None)
    finally:
        session.send_signal(signal.SIGTERM)
        try:
            session.wait(20)
        except subprocess.TimeoutExpired:
            session.kill()
            session.wait()
            raise AssertionError("the session did not end at SIGTERM")
    assert session.returncode == 0, f"the session ended with status {session.returncode}"
    told = json.loads(subprocess.run([report, "--json", trace], check=True, capture_output=True, text=True).stdout)
    presented = sum(client.get("updates", client).get("presented", 0) for client in told["clients"])
    assert presented > 0, f"no frame was presented: {told['clients']}"
    print(f"ok   {name}: {presented} frames presented{', key and click taken' if has_seat else ', binds no seat'}", flush=True)


def main():
    fenceline, report = (os.path.abspath(path) for path in sys.argv[1:3])
    missing = [entry[0] for entry in CLIENTS if not shutil.which(entry[1][0])]
    if missing:
        print(f"SKIP: not installed: {', '.join(missing)}")
        return 77
    keyboard = Keyboard()
    time.sleep(0.5)  # udev names the device before the first session looks for it
    failed = 0
    with tempfile.TemporaryDirectory() as folder:
        for name, command, has_seat in CLIENTS:
            try:
                run(name, command, has_seat, fenceline, report, keyboard, folder)
            except AssertionError as wrong:
                failed += 1
                print(f"FAIL {name}: {wrong}", flush=True)
                tail = open(os.path.join(folder, f"{name}.log"), errors="replace").read().splitlines()[-25:]
                print("\n".join("     " + line[:160] for line in tail), flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
