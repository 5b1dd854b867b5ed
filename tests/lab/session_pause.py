#!/usr/bin/env python3
"""The seat is taken from a running session and given back, by a real seatd, inside the lab.

  session_pause.py FENCELINE SPIN PAINT RIVAL [--scanned-out --rounds N --seed N]

The lab has no terminals: the seat is one without them (SEATD_VTBOUND=0), on which sessions take turns all the same. Ctrl+Alt+F2
on a keyboard (uinput) gives it to the rival (tests/lab/seat_rival.cpp), which sets a mode of its own on the first display and
leaves the second one dark; then the rival gives it back, or dies. Nothing may be lost: no client, no picture, no descriptor, no
framebuffer; and no key may be heard that was pressed meanwhile, or stay pressed that was let go of. With --scanned-out the first
display shows the buffers of a client that covers it.
"""
import argparse
import os
import random
import signal
import sys
import time

from lab_session import (KEY_A, KEY_F1, KEY_LEFTALT, KEY_LEFTCTRL, KEY_S, RIVALS, Card, Client, Heard, Keyboard, Rival, Seatd,
                         Session, all_go_on, runtime_folder, settled, wait_for)

def type_and_hear(keyboard, keys, code, when):
    before = keys.all().count((code, 0))
    keyboard.chord(code)
    wait_for(f"the key is heard {when}", lambda: keys.all().count((code, 0)) > before)


def both_move(card, when):
    for _ in range(2):
        before = card.shown()
        wait_for(f"both pictures move {when}", lambda: all(now != then for now, then in zip(card.shown(), before)))


def restored(card, clients, scanned_out, when):
    """`scanned_out`: "yes" or "no", of the first display."""
    wait_for(f"both displays are on {when}", lambda: card.active() == [True, True] and card.makers() == ["fenceline"] * 2)
    all_go_on(clients, when)
    both_move(card, when)
    wait_for(f"the client's buffers are scanned out {when}", lambda: card.imported() == [scanned_out, "no"])


def take(session, keyboard, rival, number=RIVALS):
    """Ctrl+Alt+Fn, by a keyboard that the session has taken back."""
    before = session.text().count("the session is paused")
    # Twice, as one does who sees nothing happen.
    for _ in range(2):
        keyboard.chord(KEY_LEFTCTRL, KEY_LEFTALT, KEY_F1 + number - 1)
    rival.says("shown")
    assert session.text().count("the session is paused") == before + 1, "the session does not know that it is paused"


def give_back(session, rival):
    before = session.text().count("the session is back")
    rival.give_back()
    rival.says("gone")
    wait_for("the session is back", lambda: session.text().count("the session is back") > before)


def pauses(options, card, session, clients, keyboard, rival):
    play = random.Random(options.seed)
    keys = Heard(clients[0])
    scanned_out = "yes" if options.scanned_out else "no"
    keyboard.wait_until_used(keys)
    type_and_hear(keyboard, keys, KEY_A, "at the start")
    descriptors, framebuffers = {}, 0
    for turn in range(options.rounds):
        # The first time around caches fill.
        if turn == 1:
            descriptors, framebuffers = session.descriptor_kinds(), settled(card.framebuffers)
        take(session, keyboard, rival)
        assert card.makers()[0] == os.path.basename(options.rival) and card.active() == [True, False], card.text("state")
        told = len(keys.all())
        keyboard.chord(KEY_S)
        if turn % 3 == 1:
            # A cable that is pulled and plugged while nobody looks.
            card.cable(turn % 2, False)
            time.sleep(play.uniform(0, 0.3))
            card.cable(turn % 2, True)
        time.sleep(play.uniform(0, 1))
        assert (KEY_S, 1) not in keys.all()[told:], "a key was heard that was the rival's"
        assert not keys.held(), f"keys stay pressed: {keys.held()}"
        # And once more before the display is back.
        for _ in range(play.choice((0, 0, 2))):
            give_back(session, rival)
            keyboard.wait_until_used(keys)
            take(session, keyboard, rival)
        give_back(session, rival)
        restored(card, clients, scanned_out, f"after pause {turn + 1}")
        assert not keys.held(), f"keys stay pressed: {keys.held()}"
        keyboard.wait_until_used(keys)
        type_and_hear(keyboard, keys, KEY_A, f"after pause {turn + 1}")
        assert keys.modifiers() == 0, "Ctrl or Alt stays pressed"
    session.keeps_descriptors(descriptors)
    assert settled(card.framebuffers) <= framebuffers + 3, "framebuffers are lost"


def main():
    parser = argparse.ArgumentParser()
    for name in ("fenceline", "spin", "paint", "rival"):
        parser.add_argument(name)
    parser.add_argument("--scanned-out", action="store_true")
    parser.add_argument("--rounds", type=int, default=12)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    with runtime_folder() as folder:
        run(options, folder)


def run(options, folder):
    card = Card()
    keyboard = Keyboard()
    seatd = Seatd(folder, options.rival, card.node)
    session = None
    try:
        session = Session(folder, card, options.fenceline, {"LIBSEAT_BACKEND": "seatd"}, ["--no-config"])
        # Both displays have something to do: paint's window reaches over both. Who comes last has the keyboard.
        commands = [[options.spin], [options.paint, "--size", "1600x500"]]
        scanned_out = "yes" if options.scanned_out else "no"
        if options.scanned_out:
            commands = [commands[1], [options.spin, "--fullscreen"]]
        below = Client(folder, commands[0], session.socket)
        below.goes_on("at the start")
        clients = [Client(folder, commands[1], session.socket, {"WAYLAND_DEBUG": "client"}), below]
        restored(card, clients, scanned_out, "at the start")
        rival = Rival(folder, options.rival, card.node)
        rival.waits(seatd)
        pauses(options, card, session, clients, keyboard, rival)

        take(session, keyboard, rival)
        rival.process.kill()
        restored(card, clients, scanned_out, "after the rival's death")
        keyboard.wait_until_used(Heard(clients[0]))
        for client in clients:
            client.process.send_signal(signal.SIGTERM)
            assert client.process.wait(30) in (0, -signal.SIGTERM), f"{client.name}: {client.text()[-2000:]}"
        # It ends as well while it is paused.
        last = Rival(folder, options.rival, card.node)
        last.waits(seatd)
        take(session, keyboard, last, RIVALS + 1)
        session.process.send_signal(signal.SIGTERM)
        assert session.process.wait(30) == 0, f"the session ended with {session.process.returncode}"
        last.leave()
    except BaseException:
        print(seatd.text()[-3000:])
        if session:
            print(session.text()[-6000:])
        raise
    finally:
        if session:
            session.process.kill()
        seatd.process.kill()
    print(f"ok: {options.rounds} rounds, {session.text().count('the session is back')} resumes")


if __name__ == "__main__":
    sys.exit(main())
