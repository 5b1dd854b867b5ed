#!/usr/bin/env python3
"""A session in a window of another one: Fenceline in headless Fenceline, as a user starts it.

  nested_test.py FENCELINE REPORT PAINT
"""
import json
import os
import signal
import struct
import subprocess
import sys
import tempfile
import time
import unittest
import zlib

FENCELINE, REPORT, PAINT = (os.path.abspath(path) for path in sys.argv[1:4])
PATIENCE = 120


def read_png(path):
    """The rows of an 8-bit RGB or RGBA picture, as bytes of RGB."""
    with open(path, "rb") as file:
        data = file.read()
    at, packed, size, channels = 8, b"", (0, 0), 3
    while at < len(data):
        length, kind = struct.unpack(">I4s", data[at:at + 8])
        body = data[at + 8:at + 8 + length]
        if kind == b"IHDR":
            width, height, _, colour = struct.unpack(">IIBB", body[:10])
            size, channels = (width, height), {2: 3, 6: 4}[colour]
        elif kind == b"IDAT":
            packed += body
        at += length + 12
    raw, stride = zlib.decompress(packed), size[0] * channels
    rows, before = [], bytearray(stride)
    for y in range(size[1]):
        how = raw[y * (stride + 1)]
        row = bytearray(raw[y * (stride + 1) + 1:(y + 1) * (stride + 1)])
        for i in range(stride):
            left = row[i - channels] if i >= channels else 0
            above, corner = before[i], before[i - channels] if i >= channels else 0
            if how == 1:
                row[i] = (row[i] + left) & 255
            elif how == 2:
                row[i] = (row[i] + above) & 255
            elif how == 3:
                row[i] = (row[i] + (left + above) // 2) & 255
            elif how == 4:
                guess = left + above - corner
                nearest = min((abs(guess - left), 0, left), (abs(guess - above), 1, above), (abs(guess - corner), 2, corner))
                row[i] = (row[i] + nearest[2]) & 255
        before = row
        rows.append(bytes(row) if channels == 3 else b"".join(row[i:i + 3] for i in range(0, stride, 4)))
    return rows


class Nested(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.environment = {name: value for name, value in os.environ.items() if not name.startswith("WAYLAND_")}
        self.environment.update(XDG_RUNTIME_DIR=self.folder.name, XDG_CACHE_HOME=self.folder.name,
                                XDG_CONFIG_HOME=self.folder.name)

    def path(self, name):
        return os.path.join(self.folder.name, name)

    def start(self, *arguments, **environment):
        """A session that is ready, and its socket."""
        read_end, write_end = os.pipe()
        session = subprocess.Popen([FENCELINE, "--ready-fd", str(write_end), *arguments], pass_fds=[write_end],
                                   env=dict(self.environment, **environment), stderr=subprocess.PIPE, text=True)
        os.close(write_end)
        self.addCleanup(self.make_sure_it_is_gone, session)
        with os.fdopen(read_end) as ready:
            socket = ready.readline().strip()
        self.assertTrue(socket, "the session is not ready")
        return session, socket

    @staticmethod
    def make_sure_it_is_gone(session):
        if session.poll() is None:
            session.kill()
            session.wait()
        session.stderr.close()

    def outer(self, *arguments):
        return self.start("--backend", "headless", "--mode", "640x480", *arguments)

    def screenshot(self, session, path):
        """A new picture of what the session shows."""
        if os.path.exists(path):
            os.unlink(path)
        deadline = time.monotonic() + PATIENCE
        while not os.path.exists(path) and time.monotonic() < deadline:
            session.send_signal(signal.SIGUSR1)
            time.sleep(0.3)
        self.assertTrue(os.path.exists(path), f"{path} was not written")
        return read_png(path)

    def test_the_window_shows_the_inner_session(self):
        outer, socket = self.outer("--screenshot", self.path("outer.png"))
        inner, _ = self.start("--backend", "nested", "--mode", "320x240", "--screenshot", self.path("inner.png"), "--trace",
                              self.path("inner.pftrace"), "--", PAINT, "--still", "--pattern", "--fullscreen",
                              WAYLAND_DISPLAY=socket)
        subprocess.run([PAINT, "--dump", self.path("paint.png"), "--size", "320x240", "--pattern"], check=True)
        wanted = read_png(self.path("paint.png"))
        deadline = time.monotonic() + PATIENCE
        shown = []
        while shown != wanted and time.monotonic() < deadline:
            shown = self.screenshot(inner, self.path("inner.png"))
        self.assertEqual(len(shown), 240)
        self.assertTrue(shown == wanted, "the inner session does not show its client's picture")
        # And its parent shows that, wherever it has put the window.
        while time.monotonic() < deadline:
            rows = self.screenshot(outer, self.path("outer.png"))
            places = [(row.find(wanted[0]) // 3, y) for y, row in enumerate(rows) if wanted[0] in row]
            if any([row[3 * x:3 * (x + 320)] for row in rows[y:y + 240]] == wanted for x, y in places):
                break
        else:
            self.fail("the outer session does not show the inner one's picture")
        inner.send_signal(signal.SIGTERM)
        _, told = inner.communicate(timeout=PATIENCE)
        self.assertEqual(inner.returncode, 0, told)
        self.assertIn("output WL-1: 320x240", told)
        self.assertIsNone(outer.poll(), "the parent lives on")
        report = json.loads(subprocess.run([REPORT, "--json", self.path("inner.pftrace")], check=True, capture_output=True,
                                           text=True).stdout)
        copied = report["outputs"][0]["copied_by_kind"]
        if "no linux-dmabuf" in self.end(outer):
            # What is copied for the parent is said.
            self.assertGreater(copied["parent upload"], 0)
            self.assertEqual(copied["parent upload"] % (320 * 240 * 4), 0)

    def end(self, session):
        session.send_signal(signal.SIGTERM)
        _, told = session.communicate(timeout=PATIENCE)
        self.assertEqual(session.returncode, 0, told)
        return told

    def test_the_session_ends_with_its_parent(self):
        outer, socket = self.outer()
        inner, _ = self.start("--backend", "nested", "--mode", "320x240", WAYLAND_DISPLAY=socket)
        outer.kill()
        _, told = inner.communicate(timeout=PATIENCE)
        self.assertEqual(inner.returncode, 1, told)
        self.assertIn("the parent compositor is gone", told)

    def test_a_wayland_session_is_what_there_is(self):
        _, socket = self.outer()
        inner, _ = self.start("--mode", "320x240", WAYLAND_DISPLAY=socket)
        self.assertIn("nested backend", self.end(inner))

    def refuses(self, words, *arguments, **environment):
        ended = subprocess.run([FENCELINE, "--log-level", "off", *arguments], env=dict(self.environment, **environment),
                               capture_output=True, text=True, timeout=PATIENCE)
        self.assertEqual(ended.returncode, 1, ended.stderr)
        self.assertEqual(len(ended.stderr.strip().splitlines()), 1, ended.stderr)
        for word in words:
            self.assertIn(word, ended.stderr)

    def test_what_is_no_parent(self):
        self.refuses(["no Wayland compositor answers", "nobody-here"], "--backend", "nested", WAYLAND_DISPLAY="nobody-here")
        self.refuses(["own socket"], "--backend", "nested", "--socket", "mine", WAYLAND_DISPLAY="mine")
        self.refuses(["--device", "nested"], "--backend", "nested", "--device", "/dev/dri/card9")
        self.refuses(["--fullscreen"], "--backend", "headless", "--fullscreen")


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
