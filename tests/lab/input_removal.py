#!/usr/bin/env python3
"""Keyboards and mice (uinput) are plugged, and pulled with keys and buttons held, beside clients that draw, inside the lab.

  input_removal.py FENCELINE SPIN PAINT [--turns N --seed N]

In half of the turns another device stays: then the client must be told of each release; else the seat loses what the device was,
and a leave ends it all as well. Where two devices hold the same key it is up when the second one goes. Nothing may stay pressed,
and no descriptor may be lost.
"""
import argparse
import os
import random
import signal
import sys
import time

from lab_session import (BTN_LEFT, BTN_RIGHT, KEY_A, KEY_B, KEY_LEFTCTRL, KEY_LEFTSHIFT, KEY_S, Card, Client, Heard, Keyboard, Session,
                         all_go_on, runtime_folder, wait_for)

HELD = [KEY_A, KEY_S, KEY_LEFTCTRL, KEY_LEFTSHIFT, BTN_LEFT, BTN_RIGHT]


def plug(session, heard, name):
    device = Keyboard(name)
    wait_for("the device has a node", device.node)
    node = device.node()
    wait_for("the session has opened the device", lambda: session.has_open(node))
    # The pointer stands in the middle of the first display, and there is the client's window.
    device.wait_until_used(heard)
    return device


def hears(heard, told, what, expected):
    """What is told from then on comes to be this, in any order."""
    try:
        wait_for(what, lambda: sorted(heard.all()[told:]) == sorted(expected))
    except AssertionError:
        raise AssertionError(f"{what}: {sorted(expected)}, but heard was {heard.all()[told:]}") from None


def nothing_held(heard, when):
    try:
        wait_for("nothing is held", lambda: not heard.held() and heard.modifiers() == 0)
    except AssertionError:
        raise AssertionError(f"{when}: held {heard.held()}, modifiers {heard.modifiers()}") from None


def turn_with_company(play, session, heard, number):
    """Another keyboard is there all the time."""
    device = plug(session, heard, f"guest {number}")
    held = play.sample(HELD, play.randint(1, len(HELD)))
    told = len(heard.all())
    device.press(*held)
    hears(heard, told, "the presses", [(code, 1) for code in held])
    presses = [(code, 1) for code in held]
    if number % 4 == 0:
        # Another one holds the same; a key of its own says when the session has come so far.
        second, own_key = plug(session, heard, f"second guest {number}"), [(KEY_B, 1), (KEY_B, 0)]
        second.press(*held)
        second.chord(KEY_B)
        hears(heard, told, "the second device", presses + own_key)
        node = device.node()
        device.unplug()
        wait_for("the first device is closed", lambda: not session.has_open(node))
        second.chord(KEY_B)
        hears(heard, told, "the second device alone, which holds it all", presses + 2 * own_key)
        device, told = second, told + 4
    device.unplug()
    hears(heard, told + len(held), "the releases", [(code, 0) for code in held])
    nothing_held(heard, f"turn {number}, {held}")


def turn_alone(play, session, heard, number):
    """It is the only device; every other time it goes before anyone can know what it is."""
    if number % 2:
        device = plug(session, heard, f"guest {number}")
        held = play.sample(HELD, play.randint(1, len(HELD)))
        told = len(heard.all())
        device.press(*held)
        hears(heard, told, "the presses", [(code, 1) for code in held])
    else:
        device = Keyboard(f"guest {number}")
        time.sleep(play.uniform(0, 0.05))
        device.press(*HELD)
    device.unplug()
    nothing_held(heard, f"turn {number}")


def run(options, folder):
    card = Card()
    play = random.Random(options.seed)
    session = Session(folder, card, options.fenceline, {}, ["--no-config"])
    try:
        spin = Client(folder, [options.spin], session.socket)
        spin.goes_on("at the start")
        paint = Client(folder, [options.paint, "--size", "1000x700"], session.socket, {"WAYLAND_DEBUG": "client"})
        all_go_on([spin, paint], "at the start")
        heard = Heard(paint)
        # What comes once for all: keymaps, the cursor.
        first = plug(session, heard, "first")
        node = first.node()
        first.unplug()
        wait_for("the session has let go of it", lambda: not session.has_open(node))
        descriptors = session.descriptor_kinds()
        host = plug(session, heard, "host")
        for number in range(1, options.turns // 2 + 1):
            turn_with_company(play, session, heard, number)
        host.unplug()
        for number in range(options.turns // 2 + 1, options.turns + 1):
            turn_alone(play, session, heard, number)
        all_go_on([spin, paint], "at the end")
        session.keeps_descriptors(descriptors)
        # And it takes a new one as it took the first.
        last = plug(session, heard, "last")
        told = len(heard.all())
        last.chord(KEY_A)
        wait_for("the last one is heard", lambda: heard.all()[told:] == [(KEY_A, 1), (KEY_A, 0)])
        for client in (spin, paint):
            client.process.send_signal(signal.SIGTERM)
            assert client.process.wait(30) in (0, -signal.SIGTERM), f"{client.name}: {client.text()[-2000:]}"
        session.process.send_signal(signal.SIGTERM)
        assert session.process.wait(30) == 0, f"the session ended with {session.process.returncode}"
        print(f"ok: {options.turns} turns, {len(heard.events)} presses and releases told; "
              f"{sum(descriptors.values())} descriptors before")
    except BaseException:
        print(session.text()[-6000:])
        raise
    finally:
        session.process.kill()


def main():
    parser = argparse.ArgumentParser()
    for name in ("fenceline", "spin", "paint"):
        parser.add_argument(name)
    parser.add_argument("--turns", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    with runtime_folder() as folder:
        run(options, folder)


if __name__ == "__main__":
    sys.exit(main())
