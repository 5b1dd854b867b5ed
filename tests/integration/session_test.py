#!/usr/bin/env python3
"""The program as a user starts it: statuses, signals, files, and one clear line for each thing that is wrong.

  session_test.py FENCELINE REPORT
"""
import json
import os
import pathlib
import resource
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time
import unittest

FENCELINE, REPORT = (os.path.abspath(path) for path in sys.argv[1:3])


class Session(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.environment = dict(os.environ, XDG_RUNTIME_DIR=self.folder.name, XDG_CACHE_HOME=self.folder.name)

    def path(self, name):
        return os.path.join(self.folder.name, name)

    def run_session(self, *arguments, preexec_fn=None, **changes):
        environment = {name: value for name, value in dict(self.environment, **changes).items() if value is not None}
        return subprocess.run([FENCELINE, *arguments], env=environment, capture_output=True, text=True, timeout=120,
                              preexec_fn=preexec_fn)

    def start(self, *arguments):
        read_end, write_end = os.pipe()
        session = subprocess.Popen([FENCELINE, "--backend", "headless", "--ready-fd", str(write_end), *arguments],
                                   env=self.environment, pass_fds=[write_end], stderr=subprocess.PIPE, text=True)
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

    def signal_until(self, session, number, path):
        deadline = time.monotonic() + 60
        while not os.path.exists(path) and time.monotonic() < deadline:
            session.send_signal(number)
            time.sleep(0.5)
        self.assertTrue(os.path.exists(path), f"{path} was not written")

    def end(self, session, number=signal.SIGTERM):
        session.send_signal(number)
        _, told = session.communicate(timeout=60)
        self.assertEqual(session.returncode, 0, told)
        return told

    def refuses(self, words, *arguments, status=1, **changes):
        ended = self.run_session(*arguments, **changes)
        self.assertEqual(ended.returncode, status, ended.stderr)
        lines = ended.stderr.strip().splitlines()
        self.assertEqual(len(lines), 1, ended.stderr)
        for word in words:
            self.assertIn(word, lines[0])

    def test_the_commands_status_is_the_sessions(self):
        self.assertEqual(self.run_session("--backend", "headless", "--", "sh", "-c", "exit 7").returncode, 7)
        self.assertEqual(self.run_session("--backend", "headless", "--", "true").returncode, 0)
        self.assertEqual(self.run_session("--backend", "headless", "--", "sh", "-c", "kill -TERM $$").returncode, 143)

    def test_a_kiosk_starts_its_program_again_until_it_ends_well(self):
        runs = self.path("runs")
        ended = self.run_session("--backend", "headless", "--kiosk", "--", "sh", "-c",
                                 f'echo >> {runs}; [ $(wc -l < {runs}) -lt 2 ] && kill -SEGV $$; exit 0')
        self.assertEqual(ended.returncode, 0, ended.stderr)
        with open(runs, encoding="ascii") as file:
            self.assertEqual(file.read(), "\n\n")
        self.assertIn("ended with status 139 (signal 11: Segmentation fault): it is started again in 1 s", ended.stderr)

    def test_a_kiosk_that_is_ended_does_not_start_its_program_again(self):
        session, _ = self.start("--kiosk", "--", "sleep", "1000")
        self.assertNotIn("again", self.end(session))

    def test_the_command_finds_the_session(self):
        ended = self.run_session("--backend", "headless", "--", "sh", "-c", 'test -S "$XDG_RUNTIME_DIR/$WAYLAND_DISPLAY"')
        self.assertEqual(ended.returncode, 0, ended.stderr)

    def test_the_command_gets_the_descriptor_limit_as_it_was(self):
        ended = self.run_session("--backend", "headless", "--", "sh", "-c",
                                 'test "$(ulimit -Sn)" = 512 && grep "Max open files" /proc/$PPID/limits',
                                 preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (512, 2048)))
        self.assertEqual(ended.returncode, 0, ended.stderr)
        # Its parent, the session, has raised its own.
        self.assertEqual(ended.stdout.split()[3:5], ["2048", "2048"])

    def test_a_command_that_does_not_exist(self):
        for program in ("/no/such/program", "no-such-program"):
            self.refuses(["cannot run", program], "--backend", "headless", "--", program, status=127)
        self.refuses(["cannot run", "/etc/passwd"], "--backend", "headless", "--", "/etc/passwd", status=126)

    def test_a_command_whose_interpreter_is_missing(self):
        script = self.path("script")
        for interpreter, status in (("/no/such", 127), ("/etc", 126)):
            with open(script, "w", encoding="utf-8") as file:
                file.write(f"#!{interpreter}\n")
            os.chmod(script, 0o755)
            ended = self.run_session("--backend", "headless", "--", script)
            self.assertEqual(ended.returncode, status, ended.stderr)
            self.assertIn(f"fenceline: cannot run {script}", ended.stderr)

    def test_the_time_is_up(self):
        began = time.monotonic()
        self.assertEqual(self.run_session("--backend", "headless", "--exit-after", "0.5").returncode, 0)
        self.assertGreaterEqual(time.monotonic() - began, 0.5)

    def test_sigterm_and_sigint_end_it_cleanly(self):
        for number in (signal.SIGTERM, signal.SIGINT):
            session, socket = self.start("--socket", "mine")
            self.assertEqual(socket, "mine")
            self.end(session, number)
            self.assertFalse(os.path.exists(self.path("mine")), "the socket is left behind")

    def test_a_screenshot_at_sigusr1_and_at_the_end(self):
        shot = self.path("shot.png")
        session, _ = self.start("--screenshot", shot)
        # Ready comes before the first frame: until then there is nothing to take a picture of, and the session says so.
        self.signal_until(session, signal.SIGUSR1, shot)
        with open(shot, "rb") as file:
            self.assertEqual(file.read(8), b"\x89PNG\r\n\x1a\n")
        os.unlink(shot)
        self.end(session)
        self.assertTrue(os.path.exists(shot))

    def answers(self, socket_name):
        """Whether the session answers a client: a wl_display.sync on a connection of its own."""
        with socket.socket(socket.AF_UNIX) as client:
            client.settimeout(20)
            client.connect(self.path(socket_name))
            client.sendall(struct.pack("=IHHI", 1, 0, 12, 2))
            try:
                return len(client.recv(12)) == 12
            except TimeoutError:
                return False

    def read_once_it_is_written(self, session, pipe, meanwhile):
        """Asks for pictures until one is being written to a pipe, calls meanwhile(), and reads it."""
        reader = None
        try:
            # Until there is a first frame to take a picture of, and the pipe has a writer, a request is refused.
            deadline = time.monotonic() + 60
            while reader is None and time.monotonic() < deadline:
                session.send_signal(signal.SIGUSR1)
                meanwhile()
                time.sleep(0.5)
                if self.is_writing(session):
                    meanwhile()
                    reader = os.open(pipe, os.O_RDONLY)
            self.assertIsNotNone(reader, "no screenshot was begun")
            picture = b""
            while piece := os.read(reader, 65536):
                picture += piece
            return picture
        finally:
            if reader is not None:
                os.close(reader)

    def test_nobody_waits_for_the_file_that_a_screenshot_goes_to(self):
        shot = self.path("shot.png")
        # Opening a pipe that nobody reads waits, as a disk may.
        os.mkfifo(shot + ".part")
        session, name = self.start("--screenshot", shot)

        def ask_and_be_answered():
            session.send_signal(signal.SIGUSR1)
            self.assertTrue(self.answers(name), "the session waits for the disk")

        picture = self.read_once_it_is_written(session, shot + ".part", ask_and_be_answered)
        self.assertEqual(picture[:8], b"\x89PNG\r\n\x1a\n")
        told = self.end(session)
        self.assertIn("the one before is still being taken", told)

    def test_the_picture_at_the_end_is_not_refused_for_one_that_is_still_written(self):
        shot = self.path("shot.png")
        os.mkfifo(shot + ".part")
        session, _ = self.start("--screenshot", shot)
        ended = []

        def end_it():
            if self.is_writing(session) and not ended:
                ended.append(session.send_signal(signal.SIGTERM))

        self.read_once_it_is_written(session, shot + ".part", end_it)
        _, told = session.communicate(timeout=60)
        self.assertEqual(session.returncode, 0, told)
        # The pipe was the first one's; the second is a file of its own, in the first one's place.
        self.assertTrue(os.path.isfile(shot), told)
        self.assertEqual(told.count("screenshot written"), 2, told)

    @staticmethod
    def is_writing(session):
        """Whether the session has a thread for its snapshots, which waits in open(2) then."""
        return any(task.read_text() == "snapshots\n" for task in pathlib.Path(f"/proc/{session.pid}/task").glob("*/comm"))

    def test_a_screenshots_bytes_are_booked_once(self):
        trace = self.path("trace")
        session, _ = self.start("--mode", "320x200", "--screenshot", self.path("shot.png"), "--trace", trace)
        self.signal_until(session, signal.SIGUSR1, self.path("shot.png"))
        told = self.end(session)
        shots = told.count("screenshot written")
        self.assertGreaterEqual(shots, 2)
        report = json.loads(subprocess.run([REPORT, "--json", trace], check=True, capture_output=True, text=True).stdout)
        self.assertEqual(report["outputs"][0]["copied_by_kind"]["capture"], shots * 320 * 200 * 4)

    def test_the_last_minute_is_written_at_sigusr2(self):
        session, socket = self.start()
        trace = self.path(f"fenceline-{socket}.pftrace")
        self.signal_until(session, signal.SIGUSR2, trace)
        self.end(session)
        told = json.loads(subprocess.run([REPORT, "--json", trace], check=True, capture_output=True, text=True).stdout)
        self.assertEqual([output["name"] for output in told["outputs"]], ["HEADLESS-1"])

    def test_no_runtime_directory(self):
        self.refuses(["XDG_RUNTIME_DIR", "set"], "--backend", "headless", XDG_RUNTIME_DIR=None)
        self.refuses(["XDG_RUNTIME_DIR", "absolute", "here"], "--backend", "headless", XDG_RUNTIME_DIR="here")
        self.refuses(["XDG_RUNTIME_DIR", "/no/such/folder"], "--backend", "headless", XDG_RUNTIME_DIR="/no/such/folder")

    def test_a_taken_socket_name(self):
        session, _ = self.start("--socket", "taken")
        self.refuses(["taken"], "--backend", "headless", "--socket", "taken", "--log-level", "off")
        self.end(session)

    def test_a_trace_that_cannot_be_written(self):
        self.refuses(["/no/such/folder"], "--backend", "headless", "--trace", "/no/such/folder/t", "--log-level", "off")

    def test_mistakes_on_the_command_line(self):
        for mistake in (["--kiosk"], ["--mode", "wide"], ["--backend", "magic"], ["--exit-after", "soon"], ["--nonsense"], ["--mode", "0x5"]):
            self.refuses(["fenceline"], *mistake)
        for words, *mistake in ((["--config", "a.toml"], "--check-config", "a.toml"), (["auto, kms, nested or headless", "magic"], "--backend", "magic"), (["loud"], "--log-level", "loud"),
                                (["seconds", "soon"], "--exit-after", "soon"), (["path", "a/b"], "--socket", "a/b"),
                                (["--device", "headless"], "--backend", "headless", "--device", "/dev/dri/card9")):
            self.refuses(words, *mistake)
        self.assertEqual(self.run_session("--help").returncode, 0)
        self.assertIn("fenceline 0", self.run_session("--version").stdout)

    def test_a_mode_of_ones_own(self):
        ended = self.run_session("--backend", "headless", "--mode", "320x200@30", "--exit-after", "0.1")
        self.assertIn("320x200 at 30.000 Hz", ended.stderr)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
