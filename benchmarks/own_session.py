"""A session of this project's in the lab, with clients, for a benchmark."""
import os
import signal
import subprocess
import sys


class OwnSession:
    def __init__(self, build, options=()):
        self.build, self.clients = build, []
        read_end, write_end = os.pipe()
        self.process = subprocess.Popen([f"{build}/compositor/fenceline", "--backend", "kms", "--no-config", "--log-level", "warn", "--ready-fd",
                                         str(write_end), *options], pass_fds=[write_end], stderr=subprocess.DEVNULL)
        os.close(write_end)
        with os.fdopen(read_end) as ready:
            self.socket = ready.readline().strip()
        if not self.socket:
            sys.exit("the session did not start")

    def start(self, program, *options):
        """A demo, as a client."""
        self.clients.append(subprocess.Popen([f"{self.build}/demos/{program}", *options], env=os.environ | {"WAYLAND_DISPLAY": self.socket},
                                             stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL))

    def ask(self, *command):
        """What fenceline-msg answers."""
        return subprocess.run([f"{self.build}/tools/fenceline-msg", "--socket", self.socket, *command], check=True, capture_output=True,
                              text=True).stdout

    def end(self):
        for client in self.clients:
            client.terminate()
            client.wait()
        self.process.send_signal(signal.SIGTERM)
        if self.process.wait() != 0:
            sys.exit("the session did not end cleanly")
