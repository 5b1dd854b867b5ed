"""The compositors that are compared: how each is started, and how its windows come to lie alike."""
import dataclasses
import glob
import json
import os
import shlex
import shutil
import socket
import struct

SCREEN, WINDOW = (1024, 768), (480, 360)
# Where two windows go where the compositor can be told: beside each other.
PLACES = ((16, 200), (528, 200))

SWAY = """xwayland disable
default_border none
default_floating_border none
focus_follows_mouse no
{floating}"""
FLOATING = 'for_window [app_id="fenceline.*"] floating enable\n'
WESTON = """[core]
idle-time=0
[shell]
panel-position=none
background-color=0xff202020
animation=none
startup-animation=none
locking=false
"""


@dataclasses.dataclass(frozen=True)
class Peer:
    """`{node}` and `{card}` in a command are the device and its name, `{folder}` the session's folder, `{build}` ours."""

    name: str
    command: tuple
    environment: dict = dataclasses.field(default_factory=dict)
    tree: str = "/"
    ours: bool = False

    def missing(self, build):
        """What there is not that it needs; "" where all is there."""
        program = self.command[0].replace("{build}", build)
        if "/" in program:
            found = os.access(self.tree.rstrip("/") + os.path.abspath(program), os.X_OK)
        else:
            found = any(os.access(os.path.join(self.tree, folder, program), os.X_OK) for folder in ("usr/bin", "usr/local/bin", "bin"))
        return "" if found else f"{program} is not installed" + (f" in {self.tree}" if self.tree != "/" else "")


def wlroots(name, command, renderer, tree):
    environment = {"WLR_RENDERER": renderer, "WLR_RENDERER_ALLOW_SOFTWARE": "1", "WLR_LIBINPUT_NO_DEVICES": "1", "WLR_DRM_DEVICES": "{node}"}
    return Peer(name, command, environment, tree=tree)


def known_peers(tree="/"):
    """Those of Debian's packages, as they are installed in a root tree."""
    weston = ("weston", "--backend=drm", "--drm-device={card}", "--continue-without-input", "--config={folder}/weston.ini")
    sway = ("sway", "--config", "{folder}/sway.config")
    cage = ("cage", "--", "sleep", "100000")
    return [wlroots("sway-gl", sway, "gles2", tree), wlroots("sway-pixman", sway, "pixman", tree),
            Peer("weston-gl", weston + ("--renderer=gl",), tree=tree), Peer("weston-pixman", weston + ("--renderer=pixman",), tree=tree),
            wlroots("cage-gl", cage, "gles2", tree), wlroots("cage-pixman", cage, "pixman", tree)]


def ourselves():
    command = ("{build}/compositor/fenceline", "--backend", "kms", "--device", "{node}", "--no-config", "--log-level", "warn")
    return [Peer("fenceline", command, ours=True), Peer("fenceline-on-demand", command + ("--renderer", "on-demand"), ours=True)]


def parse_other(text):
    """NAME=COMMAND, where the command may begin with settings of the environment. Names that begin with "fenceline" are ours."""
    name, separator, command = text.partition("=")
    words = shlex.split(command)
    environment = {}
    while words and "=" in words[0] and "/" not in words[0].partition("=")[0]:
        key, _, value = words.pop(0).partition("=")
        environment[key] = value
    if not separator or not name or not words:
        raise ValueError(f'"{text}" is not NAME=COMMAND')
    return Peer(name, tuple(words), environment, ours=name.startswith("fenceline"))


def write_configurations(folder, windowed):
    with open(os.path.join(folder, "sway.config"), "w", encoding="ascii") as file:
        file.write(SWAY.format(floating=FLOATING if windowed else ""))
    with open(os.path.join(folder, "weston.ini"), "w", encoding="ascii") as file:
        file.write(WESTON)


def filled(peer, places):
    """Its command, under chroot where it is of another tree, and its environment, with what is in the braces filled in."""
    fill = lambda text: text.format(**places) if "{" in text else text  # noqa: E731
    command = [fill(word) for word in peer.command]
    if peer.tree != "/":
        command = [shutil.which("chroot") or "/usr/sbin/chroot", f"--userspec={places['user']}", peer.tree, *command]
    return command, {name: fill(value) for name, value in peer.environment.items()}


SWAY_RUN, SWAY_TREE = 0, 4


def sway_ask(connection, kind, text):
    connection.sendall(b"i3-ipc" + struct.pack("=II", len(text), kind) + text.encode())
    head = connection.recv(14, socket.MSG_WAITALL)
    size, _ = struct.unpack("=II", head[6:])
    return json.loads(connection.recv(size, socket.MSG_WAITALL))


def sway_windows(node):
    """The ids of the windows in what GET_TREE answers, in the order of their making."""
    found = [node["id"]] if node.get("app_id") else []
    for child in node.get("nodes", []) + node.get("floating_nodes", []):
        found += sway_windows(child)
    return sorted(found)


def put_beside_each_other(folder, count):
    """Sway puts floating windows in the middle, one over the other. Others are left to their own way."""
    for path in glob.glob(os.path.join(folder, "sway-ipc.*.sock")):
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(10)
            connection.connect(path)
            windows = sway_windows(sway_ask(connection, SWAY_TREE, ""))
            if len(windows) != count:
                raise ValueError(f"sway has {len(windows)} windows, not {count}")
            for window, (x, y) in zip(windows, PLACES):
                done = sway_ask(connection, SWAY_RUN, f"[con_id={window}] move absolute position {x} px {y} px")
                if not all(answer["success"] for answer in done):
                    raise ValueError(f"sway does not move a window: {done}")
