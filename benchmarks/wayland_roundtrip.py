"""The least of a Wayland client: a registry and a roundtrip, to see when a compositor answers."""
import glob
import os
import socket
import stat
import struct
import time

DISPLAY, REGISTRY, CALLBACK = 1, 2, 3
GET_REGISTRY, SYNC = 1, 0  # wl_display's requests
ERROR, GLOBAL, DONE = 0, 0, 0  # the first events of wl_display, wl_registry, wl_callback


def request(target, opcode, new_id):
    return struct.pack("=III", target, 12 << 16 | opcode, new_id)


def parse_messages(data):
    """The whole messages at the beginning of `data` as (object, opcode, body), and what is left."""
    messages = []
    while len(data) >= 8:
        target, head = struct.unpack_from("=II", data)
        size = head >> 16
        if size < 8:
            raise ValueError("not the Wayland protocol")
        if len(data) < size:
            break
        messages.append((target, head & 0xFFFF, data[8:size]))
        data = data[size:]
    return messages, data


def global_of(body):
    """(interface, version) of a wl_registry.global."""
    _, length = struct.unpack_from("=II", body)
    padded = (length + 3) & ~3
    return body[8:8 + length - 1].decode(), struct.unpack_from("=I", body, 8 + padded)[0]


def roundtrip(path, timeout):
    """The globals by their names, when the compositor has answered; OSError or ValueError where it does not."""
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(timeout)
        connection.connect(path)
        connection.sendall(request(DISPLAY, GET_REGISTRY, REGISTRY) + request(DISPLAY, SYNC, CALLBACK))
        offered, data = {}, b""
        while True:
            more = connection.recv(65536)
            if not more:
                raise ConnectionResetError("the compositor hung up")
            messages, data = parse_messages(data + more)
            for target, opcode, body in messages:
                if (target, opcode) == (REGISTRY, GLOBAL):
                    interface, version = global_of(body)
                    offered[interface] = max(version, offered.get(interface, 0))
                elif (target, opcode) == (CALLBACK, DONE):
                    return offered
                elif (target, opcode) == (DISPLAY, ERROR):
                    raise ValueError("a protocol error")


def socket_in(folder):
    """The Wayland socket in a runtime directory, whatever its number."""
    for path in sorted(glob.glob(os.path.join(folder, "wayland-*"))):
        if stat.S_ISSOCK(os.stat(path).st_mode):
            return path
    return None


def wait_until_answered(folder, alive, seconds):
    """The socket's path and its globals, at the moment of the answer; None where there is none in time, or a wrong one."""
    end = time.monotonic() + seconds
    while time.monotonic() < end and alive():
        path = socket_in(folder)
        if path:
            try:
                return path, roundtrip(path, end - time.monotonic())
            except (OSError, ValueError):
                pass  # It is bound, but does not listen yet; or the compositor is about to end.
        time.sleep(0.002)
    return None
