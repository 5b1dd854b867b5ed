"""For scripts in the lab: a card of two displays (vkms by configfs), the session on it, clients, and a keyboard with a mouse."""
import contextlib
import fcntl
import glob
import os
import re
import struct
import subprocess
import tempfile
import time

CONFIG = "/sys/kernel/config/vkms/two"


def write(path, text):
    with open(path, "w", encoding="ascii") as file:
        file.write(text)


@contextlib.contextmanager
def runtime_folder():
    """A runtime directory of our own, for all that is started within."""
    with tempfile.TemporaryDirectory() as folder:
        os.environ["XDG_RUNTIME_DIR"] = folder
        os.chmod(folder, 0o700)
        yield folder


class Card:
    """A vkms card with two connectors or more, each with a CRTC, a primary and a cursor plane of its own, and as many overlays."""

    def __init__(self, overlays=0, displays=2):
        before = set(glob.glob("/dev/dri/card*"))
        os.mkdir(CONFIG)
        for i in range(displays):
            for part in ("crtcs/crtc", "encoders/encoder", "connectors/connector", "planes/primary", "planes/cursor"):
                os.mkdir(f"{CONFIG}/{part}{i}")
            write(f"{CONFIG}/planes/primary{i}/type", "1")
            write(f"{CONFIG}/planes/cursor{i}/type", "2")
            for number in range(overlays):
                os.mkdir(f"{CONFIG}/planes/overlay{number}-{i}")
                write(f"{CONFIG}/planes/overlay{number}-{i}/type", "0")
                os.symlink(f"{CONFIG}/crtcs/crtc{i}", f"{CONFIG}/planes/overlay{number}-{i}/possible_crtcs/crtc{i}")
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
            # A cursor is 512 px wide at most.
            if framebuffer and int(re.search(r"\tcrtc-pos=(\d+)x", body)[1]) > 600:
                found[crtc] = framebuffer
        return list(found.values())

    def filling(self, what):
        """For each CRTC what the state tells, by a pattern, of the framebuffer that fills it; "": none."""
        found = {name: "" for name, _ in self.blocks("crtc")}
        for _, body in self.blocks("plane"):
            told = re.search(what, body)
            if told and int(re.search(r"\tcrtc-pos=(\d+)x", body)[1]) > 600:
                found[re.search(r"\tcrtc=(\S+)", body)[1]] = told[1]
        return list(found.values())

    def makers(self):
        """The programs that made the framebuffers."""
        return self.filling(r"allocated by = (\S+)")

    def imported(self):
        """Whether the memory is somebody else's: "yes" where a client's buffer is scanned out."""
        return self.filling(r"imported=(\S+)")

    def planes(self):
        """Of each plane that is on: its framebuffer, and the format that the kernel reads that in, as fourcc."""
        found = []
        for _, body in self.blocks("plane"):
            framebuffer = re.search(r"^\tfb=([1-9]\d*)", body, re.M)
            if framebuffer:
                found.append((int(framebuffer[1]), re.search(r"\tformat=(\w+)", body)[1]))
        return found

    def framebuffers(self):
        return len(re.findall(r"^framebuffer\[", self.text("framebuffer"), re.M))


class Memory:
    """Tells which dma-buf is behind a framebuffer of a card's: by the kernel, past the session."""

    GETFB2, PRIME_HANDLE_TO_FD, GEM_CLOSE = 0xC06864CE, 0xC00C642D, 0x40086409

    def __init__(self, card):
        # While the session is there: the first to open the card would be its master.
        self.file = os.open(card.node, os.O_RDWR | os.O_CLOEXEC)

    def inode(self, framebuffer):
        """0: it is gone."""
        asked = bytearray(struct.pack("5I12I4x4Q", framebuffer, *[0] * 20))
        try:
            fcntl.ioctl(self.file, self.GETFB2, asked)
        except OSError:
            return 0
        handle = struct.unpack_from("I", asked, 20)[0]
        assert handle, "the kernel does not tell the handles of framebuffers to this process"
        exported = bytearray(struct.pack("IIi", handle, os.O_CLOEXEC, -1))
        fcntl.ioctl(self.file, self.PRIME_HANDLE_TO_FD, exported)
        fcntl.ioctl(self.file, self.GEM_CLOSE, struct.pack("II", handle, 0))
        dmabuf = struct.unpack("IIi", exported)[2]
        try:
            return os.fstat(dmabuf).st_ino
        finally:
            os.close(dmabuf)


def wait_for(what, condition, seconds=60):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return
        time.sleep(0.05)
    raise AssertionError(f"never came about: {what}")


class Client:
    def __init__(self, folder, command, socket, environment=None):
        self.name = os.path.basename(command[0])
        self.log = open(os.path.join(folder, self.name + ".log"), "w+b")
        self.process = subprocess.Popen(command + ["--verbose"], stdout=self.log, stderr=self.log,
                                        env=os.environ | {"WAYLAND_DISPLAY": socket} | (environment or {}))

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
    def __init__(self, folder, card, fenceline, environment, options=()):
        read, ready = os.pipe()
        self.log = os.path.join(folder, "fenceline.log")
        with open(self.log, "wb") as log:
            self.process = subprocess.Popen(
                [fenceline, "--backend", "kms", "--device", card.node, "--ready-fd", str(ready), *options],
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

    def descriptor_kinds(self):
        """What it has open, and how often, for a message."""
        kinds = {}
        for entry in os.scandir(f"/proc/{self.process.pid}/fd"):
            try:
                kind = re.sub(r"\d+", "N", os.readlink(entry.path))
            except OSError:
                continue  # It has been closed meanwhile.
            kinds[kind] = kinds.get(kind, 0) + 1
        return kinds

    def keeps_descriptors(self, before):
        """Waits until it has no more open than descriptor_kinds() told before, but for two."""
        try:
            wait_for("no descriptor is lost", lambda: self.descriptors() <= sum(before.values()) + 2)
        except AssertionError:
            now = self.descriptor_kinds()
            more = {kind: (before.get(kind, 0), now[kind]) for kind in now if now[kind] > before.get(kind, 0)}
            raise AssertionError(f"descriptors are lost, before and now: {more}") from None

    def has_open(self, path):
        """Whether it has opened a file."""
        for entry in os.scandir(f"/proc/{self.process.pid}/fd"):
            try:
                if os.readlink(entry.path) == path:
                    return True
            except OSError:
                pass  # It has been closed meanwhile.
        return False


class Heard:
    """What a client has been told of keys and buttons. It was started with WAYLAND_DEBUG=client in its environment."""

    EVENT = re.compile(r"wl_(keyboard|pointer)[@#]\d+\.(?:(enter|leave|motion)\(|(?:key|button)\(\d+, \d+, (\d+), ([01])\)|"
                       r"modifiers\(\d+, (\d+), )")

    def __init__(self, client):
        self.file = open(client.log.name, encoding="utf-8", errors="replace")
        self.rest = ""
        self.events = []  # key or button, state
        self.down = set()
        self.held_modifiers = 0
        self.motions = 0

    def look(self):
        lines = (self.rest + self.file.read()).split("\n")
        self.rest = lines.pop()
        for line in lines:
            event = self.EVENT.search(line)
            if not event:
                continue
            kind, crossing, code, state, modifiers = event.groups()
            if crossing == "motion":
                self.motions += 1
            elif crossing:
                # Keys are below the buttons; what is down at an enter is let go of by the leave.
                self.down = {code for code in self.down if (code < BTN_LEFT) == (kind == "pointer")}
            elif modifiers:
                self.held_modifiers = int(modifiers)
            else:
                self.events.append((int(code), int(state)))
                (self.down.add if state == "1" else self.down.discard)(int(code))
        return self

    def all(self):
        return self.look().events

    def held(self):
        return self.look().down

    def modifiers(self):
        return self.look().held_modifiers


# seatd counts the sessions of a seat from 0, and takes no 0 to switch to: the first one is a rival that comes and goes.
OURS, RIVALS = 1, 2


class Seatd:
    """A seat without terminals. Its first session has come and gone when this is there."""

    def __init__(self, folder, rival, node):
        self.log = os.path.join(folder, "seatd.log")
        with open(self.log, "wb") as log:
            self.process = subprocess.Popen(["seatd", "-l", "debug"], stdout=log, stderr=log, env=os.environ | {"SEATD_VTBOUND": "0"})
        wait_for("seatd", lambda: os.path.exists("/run/seatd.sock"))
        first = Rival(folder, rival, node)
        first.says("shown")
        first.leave()

    def text(self):
        with open(self.log, encoding="utf-8", errors="replace") as file:
            return file.read()


class Rival:
    def __init__(self, folder, program, node):
        self.log = os.path.join(folder, "rival.log")
        self.seen = 0
        with open(self.log, "wb") as log:
            self.process = subprocess.Popen([program, node], stdin=subprocess.PIPE, stdout=log, stderr=log,
                                            env=os.environ | {"LIBSEAT_BACKEND": "seatd"})

    def text(self):
        with open(self.log, encoding="utf-8", errors="replace") as file:
            return file.read()

    def says(self, word):
        """Waits until it says so once more; the time at which it did, ns."""
        self.seen += 1
        wait_for(f"the rival says {word}", lambda: len(self.text().splitlines()) >= self.seen or self.process.poll() is not None)
        said, _, when = "".join(self.text().splitlines()[self.seen - 1:self.seen]).partition(" ")
        assert said == word, self.text()
        return int(when)

    def give_back(self):
        self.process.stdin.write(f"{OURS}\n".encode())
        self.process.stdin.flush()

    def waits(self, seatd):
        """Until the seat's manager knows that it wants the seat."""
        wait_for("the rival waits", lambda: f"pid: {self.process.pid}," in seatd.text())

    def leave(self):
        self.process.stdin.close()
        assert self.process.wait(30) == 0, self.text()


def all_go_on(clients, when):
    for client in clients:
        client.goes_on(when)


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


# linux/uinput.h and linux/input-event-codes.h
UI_SET_EVBIT, UI_SET_KEYBIT, UI_SET_RELBIT = 0x40045564, 0x40045565, 0x40045566
UI_DEV_SETUP, UI_DEV_CREATE = 0x405C5503, 0x5501
UI_GET_SYSNAME = 0x8040552C  # for 64 bytes
EV_SYN, EV_KEY, EV_REL = 0, 1, 2
KEY_A, KEY_S, KEY_B, KEY_LEFTCTRL, KEY_LEFTSHIFT, KEY_LEFTALT, KEY_LEFTMETA = 30, 31, 48, 29, 42, 56, 125
KEY_F1 = 59
BTN_LEFT, BTN_RIGHT, BTN_MIDDLE = 0x110, 0x111, 0x112


class Keyboard:
    """A keyboard and mouse in one device, made through /dev/uinput."""

    def __init__(self, name="lab keyboard"):
        self.file = os.open("/dev/uinput", os.O_WRONLY | os.O_NONBLOCK)
        for kind in (EV_KEY, EV_REL):
            fcntl.ioctl(self.file, UI_SET_EVBIT, kind)
        # The letters make it a keyboard in udev's eyes, the buttons and axes a mouse. Without a middle button the other two
        # together would be it.
        for key in list(range(1, 128)) + [BTN_LEFT, BTN_RIGHT, BTN_MIDDLE]:
            fcntl.ioctl(self.file, UI_SET_KEYBIT, key)
        for axis in (0, 1):
            fcntl.ioctl(self.file, UI_SET_RELBIT, axis)
        fcntl.ioctl(self.file, UI_DEV_SETUP, struct.pack("HHHH80sI", 3, 0x1234, 0x5678, 1, name.encode(), 0))
        fcntl.ioctl(self.file, UI_DEV_CREATE)

    def node(self):
        """Its evdev node, once it has one."""
        name = fcntl.ioctl(self.file, UI_GET_SYSNAME, bytes(64)).rstrip(b"\0").decode()
        found = glob.glob(f"/sys/devices/virtual/input/{name}/event*")
        return "/dev/input/" + os.path.basename(found[0]) if found else None

    def unplug(self):
        os.close(self.file)

    def event(self, kind, code, value):
        os.write(self.file, struct.pack("llHHi", 0, 0, kind, code, value))

    def press(self, *codes):
        for code in codes:
            self.event(EV_KEY, code, 1)
            self.event(EV_SYN, 0, 0)

    def release(self, *codes):
        for code in codes:
            self.event(EV_KEY, code, 0)
            self.event(EV_SYN, 0, 0)

    def chord(self, *codes):
        self.press(*codes)
        self.release(*codes[::-1])

    def wait_until_used(self, heard):
        """Until the client under the pointer hears of it. libinput leaves out what is pressed before that."""
        told = heard.look().motions

        def moves():
            self.nudge()
            return heard.look().motions > told

        wait_for("the device moves the pointer", moves)

    def nudge(self):
        for step in (3, -3):
            self.event(EV_REL, 0, step)
            self.event(EV_SYN, 0, 0)
