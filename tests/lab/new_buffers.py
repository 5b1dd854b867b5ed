#!/usr/bin/env python3
"""A client that likes a format which no plane takes, and allocates anew when its dma-buf feedback tells it to: on a plane, then composed in the
format that it likes while another window keeps it off the plane, then on the plane again.

  new_buffers.py FENCELINE FENCELINE_MSG REPORT SPIN overlay|primary
"""
import json
import os
import re
import subprocess
import sys
import time

from lab_session import Card, Client, Memory, Session, runtime_folder, wait_for

FENCELINE, MSG, REPORT, SPIN = (os.path.abspath(path) for path in sys.argv[1:5])
# The client, and the other window with the reason that it gives: a larger one takes the one overlay; one over a client that fills a display
# without overlays is composed together with that.
OVERLAYS, CLIENT, OTHER, BECAUSE = {
    "overlay": (1, ["--size", "400x300"], ["--size", "1000x260"], "format and modifier not taken by a plane"),
    "primary": (0, ["--fullscreen"], ["--size", "300x200"], "something above it"),
}[sys.argv[5]]
LIKED = "XRGB2101010"  # lavapipe draws it, the renderer samples it, vkms' planes do not read it.
SEEN = 20  # Frames that are looked at on a plane.


class Follower:
    """The client, by what it says, and by what the session and the kernel say of it."""

    def __init__(self, folder, card, session):
        self.card, self.session, self.memory = card, session, Memory(card)
        self.client = Client(folder, [SPIN, *CLIENT, "--format", LIKED, "--follow-feedback"], session.socket)

    def rings(self):
        """Format and inodes of each set of buffers that it has made."""
        made = []
        for form, inode in re.findall(r"^buffer \S+ (\w+) modifier LINEAR inode (\d+)$", self.client.text(), re.M):
            if not made or len(made[-1][1]) == 2:
                made.append((form, []))
            made[-1][1].append(int(inode))
        return made

    def told(self):
        """For each time that it allocated anew: from which frame on, in which format, and why."""
        return re.findall(r"^spin: frame (\d+): new buffers, (\w+) LINEAR instead of \w+: (.*)$", self.client.text(), re.M)

    def formats_on_planes(self):
        """Of those planes that show its newest buffers."""
        rings = self.rings()
        return [form for framebuffer, form in self.card.planes() if rings and self.memory.inode(framebuffer) in rings[-1][1]]

    def layer(self):
        """Where its picture goes, as the session tells; None: nowhere."""
        done = subprocess.run([MSG, "--json", "planes"], env=dict(os.environ, WAYLAND_DISPLAY=self.session.socket), capture_output=True,
                              text=True, timeout=60)
        assert done.returncode == 0, done.stderr + self.session.text()
        layers = [layer for layer in json.loads(done.stdout)[0]["layers"] if layer.get("pid") == self.client.process.pid]
        return layers[0] if layers else None

    def presented(self, since):
        """For each frame from that one on whether it was told to be zero-copy."""
        frames = re.findall(r"^frame (\d+) presented \S+ ms after its commit(, zero-copy)?", self.client.text(), re.M)
        return [bool(zero_copy) for frame, zero_copy in frames if int(frame) >= since]

    def is_scanned_out(self, since, when):
        """Waits until it is on a plane in the planes' format; then all is as it should be for so many frames."""
        def on_plane():
            layer = self.layer()
            return self.formats_on_planes() == ["XR24"] and layer is not None and layer["on"].startswith("plane ")

        wait_for(f"the kernel shows its buffers on a plane {when}", on_plane)
        assert self.rings()[-1][0] == "XRGB8888", self.rings()
        first = since + len(self.presented(since))
        wait_for(f"{SEEN} frames {when}", lambda: len(self.presented(first)) >= SEEN)
        assert all(self.presented(first)[:SEEN]), f"not all frames are zero-copy {when}"

    def copies_nothing(self, folder):
        """What the session's trace says of a while on the plane."""
        trace = os.path.join(folder, "trace")
        environment = dict(os.environ, WAYLAND_DISPLAY=self.session.socket)
        subprocess.run([MSG, "trace", "on", trace], env=environment, check=True, timeout=60)
        time.sleep(0.5)  # The file is being written by now.
        before = len(self.presented(0))
        wait_for("frames in the trace", lambda: len(self.presented(0)) >= before + SEEN)
        subprocess.run([MSG, "trace", "off"], env=environment, check=True, timeout=60)
        report = json.loads(subprocess.run([REPORT, "--json", trace], check=True, capture_output=True, text=True).stdout)
        output = report["outputs"][0]
        print(f"{output['flips']} flips: {output['copied_bytes']} bytes composed or copied, {output['frames_composed']} frames composed")
        assert output["flips"] >= SEEN / 2, output
        assert output["copied_bytes"] == 0 and output["frames_composed"] == 0, output


def look(folder):
    card = Card(OVERLAYS)
    card.cable(1, False)
    session = Session(folder, card, FENCELINE, {}, ["--no-config", "--log-level", "warn"])
    follower = Follower(folder, card, session)

    # It is told of the planes' formats before it is shown, and takes one of them at once.
    follower.is_scanned_out(0, "at first")
    assert [form for form, _ in follower.rings()] == ["XRGB8888"], follower.rings()

    # With another window there is nothing to gain by the planes' format.
    other = Client(os.path.join(folder, "other"), [SPIN, *OTHER], session.socket)
    wait_for("it goes back to what it likes", lambda: len(follower.told()) == 1)
    frame, form, why = follower.told()[0]
    assert (form, why) == (LIKED, "no scanout tranche has it"), follower.told()

    def composed():
        layer = follower.layer()
        return layer and layer["on"] == "composition" and layer["because"] == BECAUSE

    wait_for("it is composed in that format", composed)
    wait_for("frames of it", lambda: len(follower.presented(int(frame))) >= SEEN)
    assert follower.formats_on_planes() == [], card.text("state")
    assert not any(follower.presented(int(frame))), "a composed frame is told to be zero-copy"
    print(f"frame {frame}: composed in {form} with the other window")

    # That one goes: now the format is all that is in the way.
    other.process.terminate()
    assert other.process.wait(60) == 0, other.text()
    wait_for("it takes the planes' format again", lambda: len(follower.told()) == 2)
    frame, form, why = follower.told()[1]
    assert (form, why) == ("XRGB8888", "for scanout"), follower.told()
    follower.is_scanned_out(int(frame), "after the other window has gone")
    print(f"frame {frame}: on a plane in {form}")
    follower.copies_nothing(folder)

    # On the plane it is told nothing more.
    assert [form for form, _ in follower.rings()] == ["XRGB8888", LIKED, "XRGB8888"], follower.rings()
    follower.client.process.terminate()
    assert follower.client.process.wait(60) == 0, follower.client.text()
    session.process.terminate()
    assert session.process.wait(60) == 0, session.text()


def main():
    with runtime_folder() as folder:
        os.mkdir(os.path.join(folder, "other"))
        look(folder)
    print("ok")


if __name__ == "__main__":
    main()
