#!/usr/bin/env python3
"""fenceline-top beside a real session: as text, as JSON, and in a terminal that is the test's own.

  top_test.py FENCELINE FENCELINE_TOP FENCELINE_MSG PAINT
"""
import fcntl
import json
import os
import pty
import select
import signal
import struct
import subprocess
import sys
import tempfile
import termios
import time
import unittest

FENCELINE, TOP, MSG, PAINT = (os.path.abspath(path) for path in sys.argv[1:5])
PATIENCE = 60  # s, for what comes within a second or two.


class Screen:
    """fenceline-top in a terminal: what it has written, and the terminal's settings."""

    def __init__(self, environment, *arguments):
        self.master, self.slave = pty.openpty()
        self.resize(30, 100)
        self.before = termios.tcgetattr(self.slave)
        self.process = subprocess.Popen([TOP, "--interval", "0.2", *arguments], stdin=self.slave, stdout=self.slave,
                                        stderr=subprocess.PIPE, text=True, env=environment, start_new_session=True)
        self.written = b""

    def resize(self, rows, columns):
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def read(self):
        while select.select([self.master], [], [], 0.05)[0]:
            self.written += os.read(self.master, 65536)
        return self.written

    def wait_for(self, text, start=0):
        deadline = time.monotonic() + PATIENCE
        while text not in self.read()[start:]:
            assert time.monotonic() < deadline, f"{text} never came: {self.written[start:][-3000:]}"
            assert self.process.poll() is None, self.process.stderr.read()

    def type(self, keys):
        os.write(self.master, keys)

    def end(self):
        """Its status, and what it said on standard error; the terminal is as it was."""
        deadline = time.monotonic() + PATIENCE
        while self.process.poll() is None:
            self.read()  # Or it could not write.
            assert time.monotonic() < deadline, "it does not end"
        said = self.process.stderr.read()
        self.process.stderr.close()
        self.read()
        assert termios.tcgetattr(self.slave) == self.before, "the terminal's settings"
        assert self.written.endswith(b"\x1b[?7h\x1b[?25h\x1b[?1049l"), self.written[-200:]
        os.close(self.master)
        os.close(self.slave)
        return self.process.returncode, said


class Top(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        self.environment = {name: value for name, value in os.environ.items() if name != "WAYLAND_DISPLAY"}
        self.environment.update(XDG_RUNTIME_DIR=self.folder, XDG_CACHE_HOME=self.folder, XDG_CONFIG_HOME=self.folder, HOME=self.folder)

    def start(self):
        read_end, write_end = os.pipe()
        session = subprocess.Popen([FENCELINE, "--backend", "headless", "--no-config", "--mode", "320x240@60", "--ready-fd", str(write_end)],
                                   env=self.environment, pass_fds=[write_end], stderr=subprocess.DEVNULL)
        os.close(write_end)
        self.addCleanup(self.make_sure_it_is_gone, session)
        with os.fdopen(read_end) as ready:
            name = ready.readline().strip()
        self.assertTrue(name)
        return session, name

    def paint(self, name):
        client = subprocess.Popen([PAINT, "--socket", name, "--size", "100x80"], env=self.environment, stdout=subprocess.DEVNULL,
                                  stderr=subprocess.DEVNULL)
        self.addCleanup(self.make_sure_it_is_gone, client)
        return client

    @staticmethod
    def make_sure_it_is_gone(process):
        if process.poll() is None:
            process.kill()
            process.wait()

    def top(self, *arguments, status=0):
        done = subprocess.run([TOP, *arguments], env=self.environment, capture_output=True, text=True, timeout=PATIENCE)
        self.assertEqual(done.returncode, status, done.stdout + done.stderr)
        return done.stdout if status == 0 else done.stderr

    def figures(self):
        return json.loads(self.top("--json", "--interval", "0.2"))

    def until(self, holds, what):
        deadline = time.monotonic() + PATIENCE
        while not holds():
            self.assertLess(time.monotonic(), deadline, what)

    def test_counts_go_on_while_a_client_draws_and_go_with_it(self):
        _, name = self.start()
        told = self.figures()
        output, = told["outputs"]
        self.assertEqual((output["name"], output["on"]), ("HEADLESS-1", True))
        self.assertEqual([client["client"] for client in told["clients"]], [0], "the session itself")
        client = self.paint(name)

        def drawing():
            found = [c for c in self.figures()["clients"] if c["client"] != 0]
            return found and found[0]["presented"] > 5

        self.until(drawing, "frames are counted")
        told = self.figures()
        output, = told["outputs"]
        paint, = [c for c in told["clients"] if c["client"] != 0]
        self.assertEqual((paint["name"], paint["pid"], paint["app-id"]), ("paint", client.pid, "fenceline.paint"))
        self.assertGreaterEqual(paint["commits"], paint["presented"])
        self.assertGreaterEqual(output["presented"], paint["presented"])
        self.assertGreater(output["frames"], 0)
        self.assertGreater(sum(paint["copied"].values()), 0, "it is composed, or uploaded and composed")
        self.assertAlmostEqual(output["period-ms"], 1000 / 60, delta=0.1)
        self.assertGreater(output["lead-ms"], 0)
        self.assertLess(output["lead-ms"], output["period-ms"])
        self.assertEqual(output["submit-to-flip-ms"]["frames"], min(output["frames"], 128))
        self.until(lambda: self.figures()["outputs"][0].get("fps", 0) > 0, "a rate of frames")
        # What fenceline-msg tells is the same, without the rates.
        answer = json.loads(subprocess.run([MSG, "--json", "stats"], env=self.environment, capture_output=True, text=True, check=True).stdout)
        self.assertEqual(set(answer), {"time-ms", "outputs", "clients"})
        self.assertGreaterEqual(answer["outputs"][0]["frames"], output["frames"])
        client.terminate()
        client.wait()
        self.until(lambda: len(self.figures()["clients"]) == 1, "its counts go with it")
        self.assertGreaterEqual(self.figures()["outputs"][0]["presented"], output["presented"], "those of the display stay")

    def test_prints_one_picture_where_there_is_no_terminal(self):
        _, name = self.start()
        self.paint(name)
        self.until(lambda: "paint" in self.top("--interval", "0.1"), "the client is in it")
        text = self.top("--once", "--interval", "0.1")
        self.assertRegex(text, r"(?m)^HEADLESS-1 +320x240@60\.00 ")
        self.assertNotIn("\033", text)

    def test_says_in_one_line_that_there_is_no_session(self):
        self.assertRegex(self.top(status=1), r"^fenceline-top: no session is running in .*\n$")

    def test_in_a_terminal_until_q(self):
        _, name = self.start()
        self.paint(name)
        screen = Screen(self.environment)
        screen.wait_for(b"\x1b[?1049h")
        screen.wait_for(b"paint")
        screen.wait_for(b"over 0.", len(screen.written))
        screen.type(b"xq")
        self.assertEqual(screen.end(), (0, ""))

    def test_is_drawn_as_large_as_the_terminal_is(self):
        self.start()
        screen = Screen(self.environment)
        screen.wait_for(b"CLIENT")
        screen.resize(3, 10)
        screen.process.send_signal(signal.SIGWINCH)
        screen.wait_for(b"\x1b[Hfenceline-\x1b[K")
        screen.read()
        start = len(screen.written)
        screen.wait_for(b"\x1b[J", start)
        small = screen.written[start:].split(b"\x1b[H")[-1]
        self.assertLessEqual(small.count(b"\r\n"), 2)
        screen.process.send_signal(signal.SIGTERM)
        self.assertEqual(screen.end(), (0, ""))

    def test_ends_when_the_session_does(self):
        session, _ = self.start()
        screen = Screen(self.environment)
        screen.wait_for(b"HEADLESS-1")
        session.terminate()
        status, said = screen.end()
        self.assertEqual(status, 1)
        self.assertEqual(said.count("\n"), 1, said)
        self.assertTrue(said.startswith("fenceline-top: "), said)


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0], *sys.argv[5:]], verbosity=2)
