#!/usr/bin/env python3
"""A session whose Vulkan device is lost: clients stay, and what they show comes back without their doing.

  device_lost_test.py FENCELINE REPORT PAINT LOSE_DEVICE
"""
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
import unittest

FENCELINE, REPORT, PAINT, LOSE_DEVICE = (os.path.abspath(path) for path in sys.argv[1:5])
PATIENCE = 120


class DeviceLost(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.environment = {name: value for name, value in os.environ.items() if not name.startswith("WAYLAND_")}
        self.environment.update(XDG_RUNTIME_DIR=self.folder.name, XDG_CACHE_HOME=self.folder.name,
                                XDG_CONFIG_HOME=self.folder.name)
        self.shot, self.trace, self.trigger = (self.path(name) for name in ("shot.png", "trace", "lose"))

    def path(self, name):
        return os.path.join(self.folder.name, name)

    def start(self, *arguments):
        read_end, write_end = os.pipe()
        self.told = open(self.path("log"), "w", encoding="utf-8")
        self.addCleanup(self.told.close)
        session = subprocess.Popen([FENCELINE, "--backend", "headless", "--mode", "640x480", "--ready-fd", str(write_end),
                                    "--screenshot", self.shot, "--trace", self.trace, *arguments], pass_fds=[write_end],
                                   env=dict(self.environment, LD_PRELOAD=LOSE_DEVICE, FENCELINE_LOSE_DEVICE=self.trigger),
                                   stderr=self.told)
        os.close(write_end)
        self.addCleanup(self.make_sure_it_is_gone, session)
        with os.fdopen(read_end) as ready:
            self.socket = ready.readline().strip()
        self.assertTrue(self.socket, "the session is not ready")
        return session

    @staticmethod
    def make_sure_it_is_gone(process):
        if process.poll() is None:
            process.kill()
            process.wait()

    def log(self):
        with open(self.path("log"), encoding="utf-8") as file:
            return file.read()

    def wait_for(self, what, condition):
        deadline = time.monotonic() + PATIENCE
        while not condition():
            self.assertLess(time.monotonic(), deadline, f"{what} did not come:\n{self.log()}")
            time.sleep(0.05)

    def screenshot(self, session):
        if os.path.exists(self.shot):
            os.unlink(self.shot)

        def taken():
            session.send_signal(signal.SIGUSR1)
            time.sleep(0.3)
            return os.path.exists(self.shot)
        self.wait_for("a screenshot", taken)
        with open(self.shot, "rb") as file:
            return file.read()

    def paint(self, *arguments):
        client = subprocess.Popen([PAINT, "--socket", self.socket, "--size", "320x200", "--cursor", "none", *arguments],
                                  env=self.environment, stdout=subprocess.DEVNULL)
        self.addCleanup(self.make_sure_it_is_gone, client)
        return client

    def lose(self, times):
        with open(self.trigger, "w", encoding="ascii"):
            pass
        # A client that shows one picture only causes no frame; a screenshot is work for the renderer.

        def lost():
            return self.log().count("the renderer is lost") + self.log().count("no renderer any more") >= times
        deadline = time.monotonic() + PATIENCE
        while not lost():
            self.assertLess(time.monotonic(), deadline, self.log())
            os.kill(self.session.pid, signal.SIGUSR1)
            time.sleep(0.1)

    def report(self):
        return json.loads(subprocess.run([REPORT, "--json", self.trace], check=True, capture_output=True, text=True).stdout)

    def end(self):
        self.session.send_signal(signal.SIGTERM)
        self.assertEqual(self.session.wait(timeout=60), 0, self.log())

    def test_a_picture_that_was_shown_once_comes_back(self):
        self.session = self.start()
        empty = self.screenshot(self.session)
        client = self.paint("--still", "--pattern")
        self.wait_for("the client's window", lambda: self.screenshot(self.session) != empty)
        before = self.screenshot(self.session)
        self.lose(1)
        self.wait_for("the renderer", lambda: self.log().count("the renderer was loaded in") == 1)
        # The first frame after that is on its way.
        self.wait_for("the same picture", lambda: self.screenshot(self.session) == before)
        self.assertIsNone(client.poll(), "the client is connected")
        self.end()
        report = self.report()
        self.assertEqual(report["renderer_lost"], 1)
        self.assertGreater(report["without_renderer_ms"], 0)
        self.assertTrue([line for line in report["warnings"] if line.startswith("the GPU was lost once")], report["warnings"])
        windows = [one for one in report["clients"] if one["pid"] == client.pid]
        self.assertEqual(len(windows), 1)
        self.assertEqual(windows[0]["copied_by_kind"]["CPU upload"], 2 * 320 * 200 * 4, "uploaded again, once")

    def test_a_client_that_draws_goes_on(self):
        self.session = self.start()
        client = self.paint("--frames", "600", "--pattern")
        self.screenshot(self.session)
        for times in (1, 2, 3):
            self.lose(times)
            self.wait_for("the renderer", lambda: self.log().count("the renderer was loaded in") == times)
        self.screenshot(self.session)
        self.assertIsNone(client.poll(), "the client is connected")
        self.end()
        self.assertEqual(self.report()["renderer_lost"], 3)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=2)
