#!/usr/bin/env python3
"""Cables are pulled and plugged while clients run, inside the lab, on a card of two connectors (vkms by configfs).

  outputs_hotplug.py FENCELINE SPIN PAINT [--faults SHIM --rival RIVAL --seconds S --seed N]

The witnesses are the kernel's own account of the card (debugfs: CRTCs, planes, framebuffers) and what the clients say of
their frames. Nothing may be lost: no client, no picture of a display that is plugged, no descriptor, no framebuffer. With
--faults, KMS calls of the session fail at random meanwhile (tests/lab/kms_faults.c), input devices come and go with keys held, and
another session has the seat now and then (tests/lab/seat_rival.cpp, by seatd).
"""
import argparse
import os
import random
import signal
import sys
import time

from lab_session import (BTN_LEFT, KEY_A, KEY_F1, KEY_LEFTALT, KEY_LEFTCTRL, KEY_LEFTSHIFT, RIVALS, Card, Client, Keyboard, Rival,
                         Seatd, Session, all_go_on, runtime_folder, settled, wait_for, write)


def run(options, folder):
    card = Card()
    environment, seatd, keyboard = {}, None, None
    if options.faults:
        keyboard = Keyboard()
        seatd = Seatd(folder, options.rival, card.node)
        environment = {"LIBSEAT_BACKEND": "seatd", "LD_PRELOAD": options.faults, "KMS_FAULTS_SEED": str(options.seed),
                       "KMS_FAULTS_SWITCH": os.path.join(folder, "faults"),
                       "KMS_FAULTS_BOOK": os.path.join(folder, "book")}
    session = Session(folder, card, options.fenceline, environment)
    try:
        wait_for("both displays are on", lambda: card.active() == [True, True])
        clients = [Client(folder, [options.spin], session.socket), Client(folder, [options.paint], session.socket)]
        all_go_on(clients, "at the start")
        play = random.Random(options.seed)
        if options.faults:
            rival = Rival(folder, options.rival, card.node)
            rival.waits(seatd)
            faults(options, card, session, clients, play, keyboard, rival)
        else:
            cables(card, session, clients, play)
        for client in clients:
            client.process.send_signal(signal.SIGTERM)
            assert client.process.wait(30) in (0, -signal.SIGTERM), f"{client.name}: {client.text()[-2000:]}"
        session.process.send_signal(signal.SIGTERM)
        status = session.process.wait(30)
        assert status == 0, f"the session ended with {status}"
    except BaseException:
        print(session.text()[-6000:])
        raise
    finally:
        session.process.kill()
        if seatd:
            seatd.process.kill()
    print("ok")


def cables(card, session, clients, play):
    card.cable(1, False)
    wait_for("the second display is off", lambda: card.active() == [True, False])
    all_go_on(clients, "with one display")
    card.cable(1, True)
    wait_for("the second display is back", lambda: card.active() == [True, True])
    all_go_on(clients, "with two displays again")

    descriptors, framebuffers = session.descriptor_kinds(), settled(card.framebuffers)
    for _ in range(3):
        card.cable(0, False)
        wait_for("the first display is off", lambda: card.active() == [False, True])
        all_go_on(clients, "on the second display")
        card.cable(1, False)
        wait_for("both displays are off", lambda: card.active() == [False, False])
        wait_for("no plane shows anything", lambda: not any(card.shown()))
        all_go_on(clients, "with no display at all")
        card.cable(0, True)
        wait_for("the first display is back", lambda: card.active() == [True, False])
        all_go_on(clients, "on the first display")
        card.cable(1, True)
        wait_for("both displays are back", lambda: card.active() == [True, True])
        wait_for("the windows are shown", lambda: any(card.shown()))
    # As fast as it can be done.
    for _ in range(40):
        card.cable(play.randrange(2), play.random() < 0.5)
        time.sleep(play.choice((0, 0.01, 0.1)))
    card.cable(0, True)
    card.cable(1, True)
    wait_for("both displays are back after all of it", lambda: card.active() == [True, True] and any(card.shown()))
    all_go_on(clients, "at the end")
    # One of them shows nothing but its background: that it takes frames is not to be seen from outside.
    assert "has not shown a frame" not in session.text(), "a display stood still"
    session.keeps_descriptors(descriptors)
    assert settled(card.framebuffers) <= framebuffers + 3, "framebuffers are lost"


def pull_and_plug(card, play):
    connector = play.randrange(2)
    card.cable(connector, False)
    time.sleep(play.uniform(0.1, 0.8))
    card.cable(connector, True)


def plug_and_pull_input(play):
    device = Keyboard("guest")
    time.sleep(play.uniform(0, 0.5))
    device.nudge()
    device.press(*play.sample([KEY_A, KEY_LEFTSHIFT, BTN_LEFT], play.randint(1, 3)))
    time.sleep(play.uniform(0, 0.2))
    device.unplug()


def lend_the_seat(card, play, keyboard, rival):
    count = len(rival.text().splitlines())

    def taken():
        # A keyboard that is not yet in use again is not heard.
        keyboard.chord(KEY_LEFTCTRL, KEY_LEFTALT, KEY_F1 + RIVALS - 1)
        time.sleep(0.2)
        return len(rival.text().splitlines()) > count

    wait_for("the rival has the seat", taken)
    rival.says("shown")
    if play.random() < 0.5:
        pull_and_plug(card, play)
    time.sleep(play.uniform(0, 0.5))
    rival.give_back()
    rival.says("gone")


def faults(options, card, session, clients, play, keyboard, rival):
    descriptors, framebuffers = session.descriptor_kinds(), settled(card.framebuffers)
    switch = os.path.join(os.path.dirname(session.log), "faults")
    write(switch, "1")
    end = time.monotonic() + options.seconds
    done = {"cable": 0, "input": 0, "seat": 0}
    while time.monotonic() < end:
        time.sleep(play.uniform(0.2, 1.5))
        what = play.choices(list(done), (6, 2, 2))[0]
        done[what] += 1
        if what == "cable":
            pull_and_plug(card, play)
        elif what == "input":
            plug_and_pull_input(play)
        else:
            lend_the_seat(card, play, keyboard, rival)
    os.unlink(switch)
    made = os.path.getsize(os.path.join(os.path.dirname(switch), "book"))
    print(f"{made} calls failed, seed {options.seed}; {done}")
    assert made > options.seconds, "hardly anything failed: that is no test"
    wait_for("both displays are on after the faults", lambda: card.active() == [True, True] and any(card.shown()), 60)
    all_go_on(clients, "after the faults")
    # Images that could not be made on the display's card are the renderer's, which keep more open. They go with their output.
    for connector in range(2):
        card.cable(connector, False)
        wait_for("a display is off", lambda: not card.active()[connector])
        card.cable(connector, True)
        wait_for("both displays are on again", lambda: card.active() == [True, True] and any(card.shown()))
    all_go_on(clients, "after the faults")
    for _ in range(2):
        before = card.shown()
        wait_for("the picture moves", lambda: card.shown() != before)
    session.keeps_descriptors(descriptors)
    assert settled(card.framebuffers) <= framebuffers + 3, "framebuffers are lost"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("fenceline")
    parser.add_argument("spin")
    parser.add_argument("paint")
    parser.add_argument("--faults", help="the shim that makes KMS calls fail")
    parser.add_argument("--rival", help="the program that the seat is given to meanwhile")
    parser.add_argument("--seconds", type=float, default=float(os.environ.get("FENCELINE_FAULT_SECONDS", "20")))
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    with runtime_folder() as folder:
        run(options, folder)


if __name__ == "__main__":
    sys.exit(main())
