#!/usr/bin/env python3
"""What tools/fetch-protocols takes and what it refuses: a mirror of its own, signed with a key of its own, and the real apt.

    fetch_protocols_test.py SOURCE_ROOT

Status 77 where there is no apt or gpg to do it with."""

import functools
import hashlib
import http.server
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import unittest

ROOT = ""
NEEDED = ("apt-get", "dpkg-deb", "gpg", "gpgv")
XML = '<?xml version="1.0"?>\n<protocol name="xdg_shell"/>\n'


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


class Mirror:
    """A repository with one package, on a port of this machine."""

    def __init__(self, folder, version, key):
        self.folder, self.key = os.path.join(folder, "mirror"), key
        package = os.path.join(folder, "package")
        xml = os.path.join(package, "usr/share/wayland-protocols/stable/xdg-shell/xdg-shell.xml")
        for path, text in ((xml, XML), (os.path.join(package, "usr/share/doc/readme"), "not wanted\n"),
                           (os.path.join(package, "DEBIAN/control"), f"Package: wayland-protocols\nVersion: {version}\n"
                            "Architecture: all\nMaintainer: Nobody <nobody@example.org>\nDescription: protocols\n")):
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, "w", encoding="utf-8") as file:
                file.write(text)
        self.deb = os.path.join(self.folder, "pool/wayland-protocols.deb")
        os.makedirs(os.path.dirname(self.deb))
        subprocess.run(["dpkg-deb", "--root-owner-group", "-b", package, self.deb], check=True, capture_output=True)
        with open(self.deb, "rb") as file:
            data = file.read()
        self.packages = (f"Package: wayland-protocols\nVersion: {version}\nArchitecture: all\nFilename: pool/wayland-protocols.deb\n"
                         f"Size: {len(data)}\nSHA256: {hashlib.sha256(data).hexdigest()}\n\n").encode()
        for suite in ("sid", "trixie-backports"):
            self.sign(suite)
        handler = functools.partial(Quiet, directory=self.folder)
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self.thread = threading.Thread(target=self.server.serve_forever)
        self.thread.start()
        self.uri = f"http://127.0.0.1:{self.server.server_port}"

    def sign(self, suite):
        dist = os.path.join(self.folder, "dists", suite)
        listed = []
        for architecture in ("all", subprocess.run(["dpkg", "--print-architecture"], capture_output=True, text=True, check=True).stdout.strip()):
            name = f"main/binary-{architecture}/Packages"
            os.makedirs(os.path.dirname(os.path.join(dist, name)))
            with open(os.path.join(dist, name), "wb") as file:
                file.write(self.packages)
            listed.append(f" {hashlib.sha256(self.packages).hexdigest()} {len(self.packages)} {name}")
        release = (f"Origin: Debian\nSuite: {suite}\nCodename: {suite}\nArchitectures: all amd64 arm64\nComponents: main\n"
                   "Date: Thu, 01 Jan 2026 00:00:00 UTC\nSHA256:\n" + "\n".join(listed) + "\n")
        subprocess.run(["gpg", "--homedir", self.key, "--batch", "--clearsign", "-o", os.path.join(dist, "InRelease")],
                       input=release.encode(), check=True, capture_output=True)

    def close(self):
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


def make_key(folder):
    os.makedirs(folder, mode=0o700)
    subprocess.run(["gpg", "--homedir", folder, "--batch", "--passphrase", "", "--quick-gen-key", "test@example.org", "rsa2048", "sign", "never"],
                   check=True, capture_output=True)
    ring = os.path.join(folder, "ring.gpg")
    with open(ring, "wb") as file:
        subprocess.run(["gpg", "--homedir", folder, "--export"], check=True, stdout=file)
    return ring


class FetchProtocols(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.keys = tempfile.mkdtemp(prefix="fl-key-")
        cls.own, cls.other = os.path.join(cls.keys, "own"), os.path.join(cls.keys, "other")
        cls.ring, cls.other_ring = make_key(cls.own), make_key(cls.other)

    @classmethod
    def tearDownClass(cls):
        for home in (cls.own, cls.other):
            subprocess.run(["gpgconf", "--homedir", home, "--kill", "all"], check=False, capture_output=True)
        shutil.rmtree(cls.keys)

    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="fenceline-fetch-")
        self.addCleanup(shutil.rmtree, self.folder)
        self.cache = os.path.join(self.folder, "cache")
        self.install("1.43")

    def install(self, version):
        """What pkg-config says of the machine."""
        with open(os.path.join(self.folder, "wayland-protocols.pc"), "w", encoding="utf-8") as file:
            file.write(f"Name: Wayland Protocols\nDescription: files\nVersion: {version}\n")

    def mirror(self, version="1.49-1"):
        mirror = Mirror(self.folder, version, self.own)
        self.addCleanup(mirror.close)
        return mirror

    def fetch(self, uri, ring=None, cache=None):
        """Standard output and standard error, as lists of lines."""
        clean = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}
        ran = subprocess.run([os.path.join(ROOT, "tools/fetch-protocols"), "--mirror", uri, "--keyring", ring or self.ring],
                             env=clean | {"XDG_CACHE_HOME": cache or self.cache, "PKG_CONFIG_LIBDIR": self.folder, "PKG_CONFIG_PATH": ""},
                             capture_output=True, text=True, timeout=200)
        self.assertEqual(ran.returncode, 0, ran.stderr)
        left = os.listdir(os.path.join(self.cache, "fenceline")) if os.path.isdir(self.cache) else []
        self.assertEqual([name for name in left if name.startswith("fetch")], [])
        return ran.stdout.splitlines(), [line for line in ran.stderr.splitlines() if "getting newer" not in line]

    def refused(self, why, **asked):
        out, said = self.fetch(**asked)
        self.assertEqual(out, [])
        self.assertEqual(len(said), 1, said)
        self.assertIn(why, said[0])
        self.assertIn("building with the installed wayland-protocols (1.43)", said[0])

    def test_takes_the_newest_and_keeps_it(self):
        mirror = self.mirror()
        out, said = self.fetch(mirror.uri)
        folder = os.path.join(self.cache, "fenceline", "wayland-protocols-1.49")
        self.assertEqual((out, said), ([folder], []))
        with open(os.path.join(folder, "stable/xdg-shell/xdg-shell.xml"), encoding="utf-8") as file:
            self.assertEqual(file.read(), XML)
        self.assertEqual(sorted(os.listdir(folder)), ["SHA256SUMS", "stable"])
        # From now on nobody is asked.
        self.assertEqual(self.fetch("http://127.0.0.1:1"), ([folder], []))

    def test_asks_nobody_where_the_installed_one_will_do(self):
        self.install("1.47")
        self.assertEqual(self.fetch("http://127.0.0.1:1"), ([], []))

    def test_what_was_changed_in_the_cache_is_not_used(self):
        mirror = self.mirror()
        folder = self.fetch(mirror.uri)[0][0]
        path = os.path.join(folder, "stable/xdg-shell/xdg-shell.xml")
        with open(path, "a", encoding="utf-8") as file:
            file.write("<!-- more -->")
        self.refused("could not be reached", uri="http://127.0.0.1:1")
        self.assertEqual(self.fetch(mirror.uri), ([folder], []))
        with open(path, encoding="utf-8") as file:
            self.assertEqual(file.read(), XML)

    def test_without_a_network(self):
        self.refused("could not be reached", uri="http://127.0.0.1:1")

    def test_a_mirror_that_somebody_else_signed(self):
        self.refused("the signature of", uri=self.mirror().uri, ring=self.other_ring)

    def test_lists_that_were_changed_on_the_way(self):
        mirror = self.mirror()
        for suite in ("sid", "trixie-backports"):
            path = os.path.join(mirror.folder, "dists", suite, "InRelease")
            with open(path, encoding="utf-8") as file:
                text = file.read()
            with open(path, "w", encoding="utf-8") as file:
                file.write(text.replace("Origin: Debian", "Origin: Mallory"))
        self.refused("the signature of", uri=mirror.uri)

    def test_a_package_that_was_changed_on_the_way(self):
        mirror = self.mirror()
        with open(mirror.deb, "r+b") as file:
            file.seek(100)
            file.write(b"evil")
        self.refused("broken or incomplete", uri=mirror.uri)

    def test_half_a_package(self):
        mirror = self.mirror()
        os.truncate(mirror.deb, os.path.getsize(mirror.deb) // 2)
        self.refused("broken or incomplete", uri=mirror.uri)

    def test_a_mirror_with_old_ones(self):
        self.refused("has 1.45", uri=self.mirror("1.45-1").uri)

    def test_a_cache_that_cannot_be_written_to(self):
        # Root writes to read-only folders, too; to this one nobody does.
        self.refused("cannot be written to", uri="http://127.0.0.1:1", cache="/proc/self/fenceline-cache")

    def test_without_the_keyring(self):
        self.refused("cannot be checked", uri="http://127.0.0.1:1", ring=os.path.join(self.folder, "none.gpg"))


if __name__ == "__main__":
    ROOT = sys.argv.pop(1)
    absent = [name for name in NEEDED if shutil.which(name) is None]
    if absent:
        print(f"SKIP: no {', '.join(absent)} here")
        sys.exit(77)
    unittest.main()
