#!/usr/bin/env python3
"""A session's configuration and its control socket, as a user has them: fenceline-msg, changes of the file, mistakes in it.

  control_test.py FENCELINE FENCELINE_MSG REPORT PAINT
"""
import ctypes
import json
import os
import resource
import socket
import subprocess
import sys
import tempfile
import time
import unittest

FENCELINE, MSG, REPORT, PAINT = (os.path.abspath(path) for path in sys.argv[1:5])


class Control(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        self.environment = {name: value for name, value in os.environ.items() if name != "WAYLAND_DISPLAY"}
        self.environment.update(XDG_RUNTIME_DIR=self.folder, XDG_CACHE_HOME=self.folder, XDG_CONFIG_HOME=self.folder,
                                XDG_CONFIG_DIRS=self.folder + "/none", HOME=self.folder)

    def path(self, name):
        return os.path.join(self.folder, name)

    def configure(self, text):
        """Writes the configuration as editors do: a new file in the place of the old one."""
        os.makedirs(self.path("fenceline"), exist_ok=True)
        with open(self.path("fenceline/new"), "w", encoding="utf-8") as file:
            file.write(text)
        os.rename(self.path("fenceline/new"), self.path("fenceline/fenceline.toml"))

    def start(self, *arguments, preexec_fn=None):
        read_end, write_end = os.pipe()
        with open(self.path("log"), "w", encoding="utf-8") as log:
            session = subprocess.Popen([FENCELINE, "--backend", "headless", "--ready-fd", str(write_end), *arguments],
                                       env=self.environment, pass_fds=[write_end], stderr=log, preexec_fn=preexec_fn)
        os.close(write_end)
        self.addCleanup(self.make_sure_it_is_gone, session)
        with os.fdopen(read_end) as ready:
            name = ready.readline().strip()
        self.assertTrue(name, self.log())
        return session, name

    @staticmethod
    def make_sure_it_is_gone(session):
        if session.poll() is None:
            session.kill()
            session.wait()

    def log(self):
        with open(self.path("log"), encoding="utf-8") as file:
            return file.read()

    def ask(self, *request, status=0):
        done = subprocess.run([MSG, *request], env=self.environment, capture_output=True, text=True, timeout=60)
        self.assertEqual(done.returncode, status, done.stdout + done.stderr + self.log())
        if status != 0:
            self.assertEqual(done.stderr.count("\n"), 1, done.stderr)
        return done.stdout if status == 0 else done.stderr

    def tell(self, *request):
        return json.loads(self.ask("--json", *request))

    def until(self, holds, what):
        deadline = time.monotonic() + 60
        while not holds():
            self.assertLess(time.monotonic(), deadline, f"{what}\n{self.log()}")
            time.sleep(0.1)

    def test_tells_what_the_session_shows(self):
        _, name = self.start("--mode", "320x240@30")
        output, = self.tell("outputs")
        self.assertEqual((output["on"], output["size"], output["position"]), (True, [320, 240], [0, 0]))
        self.assertTrue(output["mode"].startswith("320x240@30.0"), output)
        self.assertEqual((output["match"], output["or-match"]), ("HEADLESS-1", "Fenceline headless"), "what [[output]] may say for it")
        self.configure('[[output]]\nmatch = "Fenceline headless"\nscale = 2.0\n')
        self.until(lambda: self.tell("outputs")[0]["scale"] == 2.0, "it is what is compared with")
        self.configure("")
        self.until(lambda: self.tell("outputs")[0]["scale"] == 1.0, "and back")
        mode, = [mode for mode in output["modes"] if mode["current"]]
        self.assertEqual((mode["width"], mode["height"], mode["refresh-mhz"]), (320, 240, 30000))
        self.assertTrue(output["mode"].startswith(mode["mode"]), output)
        self.assertRegex(self.ask("outputs"), r"modes\n  mode 320x240@30.00, width 320, .*current yes\n")
        self.assertEqual(self.tell("windows"), [])
        client = subprocess.Popen([PAINT, "--socket", name, "--size", "200x100"], env=self.environment,
                                  stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.addCleanup(lambda: (client.kill(), client.wait()))
        self.until(lambda: any(window["mapped"] for window in self.tell("windows")), "no window came")
        window, = self.tell("windows")
        self.assertEqual((window["size"], window["focused"], window["position"]), ([200, 100], True, [60, 70]))
        connected, = self.tell("clients")
        self.assertEqual((connected["pid"], connected["windows"]), (client.pid, 1))
        self.assertEqual((window["client"], window["pid"]), (connected["client"], client.pid))
        self.until(lambda: self.tell("planes")[0]["layers"], "no layer was planned")
        layer = self.tell("planes")[0]["layers"][-1]
        self.assertEqual((layer["client"], layer["on"]), (connected["client"], "composition"))
        self.assertEqual(layer["because"], "not a dma-buf")
        self.assertIn("Vulkan", layer["would-help"])
        self.assertEqual((layer["program"], layer["pid"], layer["size"]), ("paint", client.pid, [200, 100]))
        self.assertRegex(layer["buffer"], r"^wl_shm( in place)? 200x100$")
        self.assertRegex(layer["format"], r"^[AX]R24 linear$")
        self.assertRegex(self.ask("windows"), r"position +60, 70\n")

    def test_its_own_thread_is_prompt_and_nobody_elses(self):
        session, _ = self.start("--", "sleep", "60")
        told = self.tell("scheduling")
        self.assertIn(told["scheduling"], ("real time, round robin, priority 1", "ordinary, in slices of 0.1 ms", "ordinary"))
        real_time = os.sched_getscheduler(session.pid) & ~os.SCHED_RESET_ON_FORK == os.SCHED_RR
        self.assertEqual(told["scheduling"].startswith("real time"), real_time)
        self.assertEqual("no-better" in told, not real_time)
        self.assertEqual("memory-goes" in told, not told["memory-stays"])
        self.assertGreater(told["page-faults"]["quick"], 0)
        threads = {int(thread) for thread in os.listdir(f"/proc/{session.pid}/task")} - {session.pid}
        with open(f"/proc/{session.pid}/task/{session.pid}/children", encoding="ascii") as file:
            children = [int(child) for child in file.read().split()]
        self.assertTrue(threads and children)
        for other in (*threads, *children):
            self.assertNotIn(os.sched_getscheduler(other), (os.SCHED_RR, os.SCHED_FIFO), other)
        session.terminate()
        session.wait(60)

    def test_without_the_right_to_real_time_it_says_so(self):
        def take_away():  # The limit is nothing to those who have CAP_SYS_NICE: that goes, too.
            libc = ctypes.CDLL(None, use_errno=True)
            for capability in (14, 23):  # CAP_IPC_LOCK, CAP_SYS_NICE
                libc.prctl(24, capability, 0, 0, 0)  # PR_CAPBSET_DROP: for what is executed
            resource.setrlimit(resource.RLIMIT_RTPRIO, (0, 0))
            resource.setrlimit(resource.RLIMIT_MEMLOCK, (1 << 16, 1 << 16))
        self.start(preexec_fn=take_away)
        told = self.tell("scheduling")
        self.assertRegex(told["scheduling"], "^ordinary")
        self.assertIn("RLIMIT_RTPRIO", told["no-better"])
        self.assertFalse(told["memory-stays"])
        self.assertIn("RLIMIT_MEMLOCK", told["memory-goes"])

    def test_says_once_that_settings_are_for_no_output(self):
        self.configure('[[output]]\nmatch = "HDMI-A-7"\nscale = 2.0\n[[output]]\nmatch = "HEADLESS-1"\n')
        self.start()
        line = 'match = "HDMI-A-7" in the configuration is for no output that is there (HEADLESS-1)'
        self.assertEqual(self.log().count(line), 1, self.log())
        self.assertNotIn('match = "HEADLESS-1"', self.log())
        self.ask("config", "reload")
        self.assertEqual(self.log().count(line), 1, "the same settings, said once")
        self.configure('[[output]]\nmatch = "DP-9"\n')
        self.until(lambda: 'match = "DP-9"' in self.log(), "the file is read anew when it changes")

    def test_ends_when_it_is_told_to(self):
        session, name = self.start()
        self.ask("--socket", name, "quit")
        self.assertEqual(session.wait(timeout=60), 0)
        self.assertEqual([entry for entry in os.listdir(self.folder) if entry.endswith((".sock", ".lock"))], [])
        self.assertIn("no session is running", self.ask("outputs", status=1))

    def test_takes_screenshots_and_traces_on_demand(self):
        _, name = self.start("--mode", "64x48")
        self.until(lambda: self.tell("planes")[0]["composes"], "no frame was shown")
        picture = self.path("picture.png")
        # A session that has just begun may not have shown anything yet.
        self.until(lambda: subprocess.run([MSG, "screenshot", picture], env=self.environment, capture_output=True).returncode == 0,
                   "there is a picture to take")
        self.assertEqual(self.tell("screenshot", picture), {"file": picture, "outputs": ["HEADLESS-1"]})
        self.assertEqual(self.tell("screenshot", picture, "HEADLESS-1"), {"file": picture, "outputs": ["HEADLESS-1"]})
        self.assertIn("there is no output DP-9", self.ask("screenshot", picture, "DP-9", status=1))
        with open(picture, "rb") as file:
            self.assertEqual(file.read(4), b"\x89PNG")
        self.assertIn("no such", self.ask("screenshot", self.path("no/such/picture.png"), status=1).lower())
        client = [PAINT, "--socket", name, "--frames", "3"]
        self.ask("trace", "on", self.path("on.pftrace"))
        self.assertIn("already", self.ask("trace", "on", self.path("other.pftrace"), status=1))
        subprocess.run(client, env=self.environment, check=True, capture_output=True, timeout=60)
        self.ask("trace", "off")
        self.assertIn("no file", self.ask("trace", "off", status=1))
        subprocess.run(client, env=self.environment, check=True, capture_output=True, timeout=60)
        self.ask("trace", "save", self.path("saved.pftrace"))
        for trace in ("on.pftrace", "saved.pftrace"):
            report = subprocess.run([REPORT, "--json", self.path(trace)], capture_output=True, text=True, check=True)
            clients = [c for c in json.loads(report.stdout)["clients"] if c["name"] == "paint"]
            self.assertEqual(len(clients), 1, f"{trace}: {report.stdout}")
        self.ask("output", "HEADLESS-1", "off")
        self.assertIn("HEADLESS-1 is switched off", self.ask("screenshot", picture, status=1))

    def test_says_what_is_wrong_with_a_request(self):
        self.start()
        self.assertIn("there is no command fly; there are clients, config", self.ask("fly", status=1))
        self.assertIn("takes nothing more", self.ask("outputs", "all", status=1))
        self.assertIn("it is output NAME on|off", self.ask("output", "X", status=1))
        self.assertIn("there is no output X", self.ask("output", "X", "off", status=1))
        self.assertIn("no session answers", self.ask("--socket", "other", "outputs", status=1))
        self.assertIn("not one of a Fenceline session", self.from_a_stranger(b"hello\n"))
        self.assertIn("has hung up", self.from_a_stranger(b""))

    def from_a_stranger(self, answer):
        """What fenceline-msg says of a socket where somebody else answers."""
        with socket.socket(socket.AF_UNIX) as listening:
            listening.bind(self.path("stranger"))
            listening.listen()
            asking = subprocess.Popen([MSG, "--socket", self.path("stranger"), "outputs"], env=self.environment,
                                      stderr=subprocess.PIPE, text=True)
            connection, _ = listening.accept()
            with connection:
                connection.recv(4096)
                connection.sendall(answer)
            os.unlink(self.path("stranger"))
            _, said = asking.communicate(timeout=60)
            self.assertEqual(asking.returncode, 1)
            return said

    def test_more_than_one_session_is_a_choice(self):
        _, first = self.start()
        self.start()
        self.assertIn("choose one with --socket", self.ask("outputs", status=1))
        self.tell("--socket", first, "outputs")
        self.environment["WAYLAND_DISPLAY"] = first
        self.tell("outputs")

    def test_the_configuration_is_read_checked_and_read_anew(self):
        self.configure("[renderer]\nlatch-lead-ms = 2\n")
        checked = subprocess.run([FENCELINE, "--check-config"], env=self.environment, capture_output=True, text=True)
        self.assertEqual((checked.returncode, checked.stderr), (0, ""))
        self.assertIn("nothing is wrong", checked.stdout)
        self.start("--mode", "64x48")
        file = self.path("fenceline/fenceline.toml")
        self.assertEqual(self.tell("config", "path"), {"path": file, "exists": True})
        self.configure("[renderer]\nlatch-lead-ms = 3\n")
        self.until(lambda: "is in force" in self.log(), "the change was not seen")
        self.configure("[renderer]\nlatch-lead = 3\n")
        wrong = f"{file}:2:1: unknown key `renderer.latch-lead`"
        self.until(lambda: wrong in self.log(), "the mistake was not told")
        self.assertIn(wrong, self.ask("config", "reload", status=1))
        self.configure("")
        self.assertEqual(self.ask("config", "reload"), "")
        os.unlink(file)
        self.assertIn("is not there any more", self.ask("config", "reload", status=1))

    def test_whoever_has_the_configuration_read_anew_sees_what_is_odd_about_it(self):
        self.configure("")
        self.start()
        self.configure('[[output]]\nmatch = "DP-9"\n[limits]\nplane-tests = 3\n[session]\nidle-seconds = 0\n')
        self.until(lambda: "DP-9" in self.log(), "it is in the log")
        told = self.ask("config", "reload")
        self.assertIn('match = "DP-9" in the configuration is for no output that is there (HEADLESS-1)', told)
        self.assertIn("limits.plane-tests is read at the start only", told)
        self.assertEqual(len(self.tell("config", "reload")["warnings"]), 2)

    def test_a_configuration_that_is_made_while_the_session_runs_is_read(self):
        file = self.path("fenceline/fenceline.toml")
        self.start("--mode", "64x48")
        self.assertEqual(self.tell("config", "path"), {"path": file, "exists": False})
        self.assertIn(f"there is no configuration: {file} would be read", self.ask("config", "reload", status=1))
        self.configure('[[output]]\nmatch = "*"\nscale = 2.0\n')
        self.until(lambda: self.tell("outputs")[0]["scale"] == 2.0, "the new file is seen")
        self.assertEqual(self.tell("config", "path"), {"path": file, "exists": True})
        self.ask("quit")

    def test_a_session_without_a_configuration_reads_none(self):
        self.configure("")
        self.start("--no-config")
        for command in ("path", "reload"):
            self.assertIn("--no-config", self.ask("config", command, status=1))

    def test_a_display_is_turned_while_the_session_runs_and_its_screenshots_stay_upright(self):
        def turn(transform):
            self.configure(f'[[output]]\nmatch = "HEADLESS-1"\nmode = "1024x768"\ntransform = "{transform}"\n')

        def screenshot():
            if subprocess.run([MSG, "screenshot", self.path("picture.png")], env=self.environment, capture_output=True).returncode != 0:
                return None  # Nothing is shown yet.
            with open(self.path("picture.png"), "rb") as file:
                return file.read()

        turn("90")
        _, name = self.start()
        client = subprocess.Popen([PAINT, "--still", "--pattern", "--size", "320x200"], env={**self.environment, "WAYLAND_DISPLAY": name},
                                  stdout=subprocess.DEVNULL)
        self.addCleanup(self.make_sure_it_is_gone, client)
        self.until(lambda: [window for window in self.tell("windows") if window["mapped"]], "the window")
        self.assertEqual(self.tell("outputs")[0]["size"], [768, 1024])
        self.assertEqual(self.tell("outputs")[0]["mode"], "1024x768@60.000")
        pictures = [None]

        def settled():
            pictures.append(screenshot())
            # A black picture is much smaller.
            return pictures[-1] and len(pictures[-1]) > 5000 and pictures[-1] == pictures[-2]

        self.until(settled, "a picture with the window")
        self.assertEqual(pictures[-1][16:24], bytes([0, 0, 3, 0, 0, 0, 4, 0]), "768 x 1024")
        for transform in ("270", "flipped-90", "flipped-270"):
            turn(transform)
            self.until(lambda: self.tell("outputs")[0]["transform"] == transform, transform)
            self.until(lambda: screenshot() == pictures[-1], f"the same picture, turned by {transform}")
        turn("left")
        self.until(lambda: '"left" is no transform' in self.log(), "the mistake is told")
        self.assertEqual(self.tell("outputs")[0]["transform"], "flipped-270", "and nothing is taken of it")

    def test_programs_of_the_configuration_run_in_the_session(self):
        told = self.path("told")
        self.configure(f"[session]\nstart = ['echo $WAYLAND_DISPLAY $XDG_SESSION_TYPE > {told}.new; mv {told}.new {told}; exit 3', 'sleep 1000']\n")
        session, name = self.start()
        self.until(lambda: os.path.exists(told), "it did not run")
        with open(told, encoding="utf-8") as file:
            self.assertEqual(file.read().split(), [name, "wayland"])
        self.until(lambda: "ended with status 3" in self.log(), "its status was not told")
        self.ask("quit")
        self.assertEqual(session.wait(timeout=60), 0)

    def test_a_wrong_configuration_starts_nothing(self):
        self.configure("[limits]\ntrace-seconds = 0\n[colours]\n")
        for arguments in (["--check-config"], ["--backend", "headless"]):
            started = subprocess.run([FENCELINE, *arguments], env=self.environment, capture_output=True, text=True, timeout=60)
            self.assertEqual(started.returncode, 1)
            lines = started.stderr.splitlines()
            self.assertTrue(lines[0].endswith("fenceline.toml:2:17: limits.trace-seconds must be from 1 to 3600, not 0"), lines)
            self.assertTrue(lines[1].endswith("fenceline.toml:3:2: unknown key `colours`"), lines)
        started = subprocess.run([FENCELINE, "--backend", "headless", "--no-config", "--exit-after", "0.1"],
                                 env=self.environment, capture_output=True, text=True, timeout=60)
        self.assertEqual(started.returncode, 0, started.stderr)
        started = subprocess.run([FENCELINE, "--config", self.path("none")], env=self.environment, capture_output=True, text=True)
        self.assertEqual(started.returncode, 1)
        self.assertIn("cannot read the configuration", started.stderr)


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0], *sys.argv[5:]], verbosity=2)
