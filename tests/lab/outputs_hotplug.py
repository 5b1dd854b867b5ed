#!/usr/bin/env python3
"""Cables are pulled and plugged while clients run, inside the lab, on a card of two connectors (vkms by configfs).

  outputs_hotplug.py FENCELINE SPIN PAINT [--faults SHIM --seconds S --seed N]

The witnesses are the kernel's own account of the card (debugfs: CRTCs, planes, framebuffers) and what the clients say of
their frames. Nothing may be lost: no client, no picture of a display that is plugged, no descriptor, no framebuffer. With
--faults, KMS calls of the session fail at random meanwhile (tests/lab/kms_faults.c).
"""
import argparse
import glob
import os
import random
import re
import signal
import subprocess
import sys
import tempfile
import time

CONFIG = "/sys/kernel/config/vkms/two"


def write(path, text):
    with open(path, "w", encoding="ascii") as file:
        file.write(text)


class Card:
    """A vkms card with two connectors, each with a CRTC, a primary and a cursor plane of its own."""

    def __init__(self):
        before = set(glob.glob("/dev/dri/card*"))
        os.mkdir(CONFIG)
        for i in range(2):
            for part in ("crtcs/crtc", "encoders/encoder", "connectors/connector", "planes/primary", "planes/cursor"):
                os.mkdir(f"{CONFIG}/{part}{i}")
            write(f"{CONFIG}/planes/primary{i}/type", "1")
            write(f"{CONFIG}/planes/cursor{i}/type", "2")
            for part in ("planes/primary", "planes/cursor", "encoders/encoder"):
                os.symlink(f"{CONFIG}/crtcs/crtc{i}", f"{CONFIG}/{part}{i}/possible_crtcs/crtc{i}")
            os.symlink(f"{CONFIG}/encoders/encoder{i}", f"{CONFIG}/connectors/connector{i}/possible_encoders/encoder{i}")
            write(f"{CONFIG}/connectors/connector{i}/status", "1")
        write(f"{CONFIG}/enabled", "1")
        wait_for("the card", lambda: set(glob.glob("/dev/dri/card*")) - before)
        self.node = (set(glob.glob("/dev/dri/card*")) - before).pop()
        self.debug = "/sys/kernel/debug/dri/" + re.sub(r"\D", "", self.node)

    def cable(self, connector, plugged):
        write(f"{CONFIG}/connectors/connector{connector}/status", "1" if plugged else "2")

    def text(self, name):
        with open(f"{self.debug}/{name}", encoding="ascii", errors="replace") as file:
            return file.read()

    def blocks(self, kind):
        """The parts of the state that are of one kind, in their order."""
        return re.findall(rf"^{kind}\[\d+\]: (\S+)\n((?:\t.*\n)*)", self.text("state"), re.M)

    def active(self):
        """For each CRTC whether it is on."""
        return ["\tactive=1\n" in body for _, body in self.blocks("crtc")]

    def shown(self):
        """For each CRTC the framebuffer that fills it; 0: none."""
        found = {name: 0 for name, _ in self.blocks("crtc")}
        for _, body in self.blocks("plane"):
            crtc, framebuffer = re.search(r"\tcrtc=(\S+)", body)[1], int(re.search(r"\tfb=(\d+)", body)[1])
            # A cursor is 64 px wide.
            if framebuffer and int(re.search(r"\tcrtc-pos=(\d+)x", body)[1]) > 300:
                found[crtc] = framebuffer
        return list(found.values())

    def framebuffers(self):
        return len(re.findall(r"^framebuffer\[", self.text("framebuffer"), re.M))


def wait_for(what, condition, seconds=30):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return
        time.sleep(0.05)
    raise AssertionError(f"never came about: {what}")


class Client:
    def __init__(self, folder, command, socket):
        self.name = os.path.basename(command[0])
        self.log = open(os.path.join(folder, self.name + ".log"), "w+b")
        self.process = subprocess.Popen(command + ["--verbose"], stdout=self.log, stderr=self.log,
                                        env=os.environ | {"WAYLAND_DISPLAY": socket})

    def said(self):
        return os.path.getsize(self.log.name)

    def text(self):
        with open(self.log.name, encoding="utf-8", errors="replace") as file:
            return file.read()

    def goes_on(self, when):
        assert self.process.poll() is None, f"{self.name} ended {when}: {self.text()[-2000:]}"
        before = self.said()
        wait_for(f"{self.name} draws {when}", lambda: self.said() > before + 500)


class Session:
    def __init__(self, folder, card, fenceline, environment):
        read, ready = os.pipe()
        self.log = os.path.join(folder, "fenceline.log")
        with open(self.log, "wb") as log:
            self.process = subprocess.Popen(
                [fenceline, "--backend", "kms", "--device", card.node, "--ready-fd", str(ready)],
                pass_fds=[ready], stdout=log, stderr=log, env=os.environ | environment)
        os.close(ready)
        self.socket = os.read(read, 100).decode().strip()
        os.close(read)
        assert self.socket, "no session: " + self.text()

    def text(self):
        with open(self.log, encoding="utf-8", errors="replace") as file:
            return file.read()

    def descriptors(self):
        return len(os.listdir(f"/proc/{self.process.pid}/fd"))


def all_go_on(clients, when):
    for client in clients:
        client.goes_on(when)


def run(options, folder):
    card = Card()
    environment = {}
    if options.faults:
        environment = {"LD_PRELOAD": options.faults, "KMS_FAULTS_SEED": str(options.seed),
                       "KMS_FAULTS_SWITCH": os.path.join(folder, "faults"),
                       "KMS_FAULTS_BOOK": os.path.join(folder, "book")}
    session = Session(folder, card, options.fenceline, environment)
    try:
        wait_for("both displays are on", lambda: card.active() == [True, True])
        clients = [Client(folder, [options.spin], session.socket), Client(folder, [options.paint], session.socket)]
        all_go_on(clients, "at the start")
        play = random.Random(options.seed)
        if options.faults:
            faults(options, card, session, clients, play)
        else:
            cables(card, session, clients, play)
        for client in clients:
            client.process.send_signal(signal.SIGTERM)
            assert client.process.wait(30) in (0, -signal.SIGTERM), f"{client.name}: {client.text()[-2000:]}"
        session.process.send_signal(signal.SIGTERM)
        status = session.process.wait(30)
        assert status == 0, f"the session ended with {status}"
    except BaseException:
        print(session.text()[-6000:])
        raise
    finally:
        session.process.kill()
    print("ok")


def settled(read):
    """A count that has come to rest: whatever is on its way is through."""
    last = None
    for _ in range(50):
        now = read()
        if now == last:
            return now
        last = now
        time.sleep(0.3)
    return last


def cables(card, session, clients, play):
    card.cable(1, False)
    wait_for("the second display is off", lambda: card.active() == [True, False])
    all_go_on(clients, "with one display")
    card.cable(1, True)
    wait_for("the second display is back", lambda: card.active() == [True, True])
    all_go_on(clients, "with two displays again")

    descriptors, framebuffers = session.descriptors(), settled(card.framebuffers)
    for _ in range(3):
        card.cable(0, False)
        wait_for("the first display is off", lambda: card.active() == [False, True])
        all_go_on(clients, "on the second display")
        card.cable(1, False)
        wait_for("both displays are off", lambda: card.active() == [False, False])
        wait_for("no plane shows anything", lambda: not any(card.shown()))
        all_go_on(clients, "with no display at all")
        card.cable(0, True)
        wait_for("the first display is back", lambda: card.active() == [True, False])
        all_go_on(clients, "on the first display")
        card.cable(1, True)
        wait_for("both displays are back", lambda: card.active() == [True, True])
        wait_for("both show something", lambda: all(card.shown()))
    # As fast as it can be done.
    for _ in range(40):
        card.cable(play.randrange(2), play.random() < 0.5)
        time.sleep(play.choice((0, 0.01, 0.1)))
    card.cable(0, True)
    card.cable(1, True)
    wait_for("both displays are back after all of it", lambda: card.active() == [True, True] and all(card.shown()))
    all_go_on(clients, "at the end")
    wait_for(f"no descriptor is lost: {descriptors} before", lambda: session.descriptors() <= descriptors + 2)
    assert settled(card.framebuffers) <= framebuffers + 3, "framebuffers are lost"


def faults(options, card, session, clients, play):
    descriptors, framebuffers = session.descriptors(), settled(card.framebuffers)
    switch = os.path.join(os.path.dirname(session.log), "faults")
    write(switch, "1")
    end = time.monotonic() + options.seconds
    while time.monotonic() < end:
        connector = play.randrange(2)
        time.sleep(play.uniform(0.2, 1.5))
        card.cable(connector, False)
        time.sleep(play.uniform(0.1, 0.8))
        card.cable(connector, True)
    os.unlink(switch)
    made = os.path.getsize(os.path.join(os.path.dirname(switch), "book"))
    print(f"{made} calls failed, seed {options.seed}")
    assert made > options.seconds, "hardly anything failed: that is no test"
    wait_for("both displays are on after the faults", lambda: card.active() == [True, True] and all(card.shown()), 60)
    all_go_on(clients, "after the faults")
    for _ in range(2):
        before = card.shown()
        wait_for("the picture moves", lambda: card.shown() != before)
    wait_for(f"no descriptor is lost: {descriptors} before", lambda: session.descriptors() <= descriptors + 2)
    assert settled(card.framebuffers) <= framebuffers + 3, "framebuffers are lost"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("fenceline")
    parser.add_argument("spin")
    parser.add_argument("paint")
    parser.add_argument("--faults", help="the shim that makes KMS calls fail")
    parser.add_argument("--seconds", type=float, default=float(os.environ.get("FENCELINE_FAULT_SECONDS", "20")))
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        os.environ["XDG_RUNTIME_DIR"] = folder
        os.chmod(folder, 0o700)
        run(options, folder)


if __name__ == "__main__":
    sys.exit(main())
