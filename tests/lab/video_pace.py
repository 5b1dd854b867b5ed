#!/usr/bin/env python3
"""A film on a display, inside the lab: paced by times and by frame callbacks, its frames are shown in their order.

  video_pace.py FENCELINE VIDEO

How long each one stays is printed, not judged: the lab's kernel shares its machine. That it follows from the times is shown in
virtual time (tests/unit/pacing).
"""
import json
import os
import re
import subprocess
import sys

from lab_session import runtime_folder

FENCELINE, VIDEO = (os.path.abspath(path) for path in sys.argv[1:3])
FRAMES = 40


def play(rate, pace):
    done = subprocess.run([FENCELINE, "--backend", "kms", "--no-config", "--", VIDEO, "--fullscreen", "--no-overlay", "--rate", str(rate), "--pace", pace,
                           "--frames", str(FRAMES), "--json", "--verbose"], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout.splitlines()[-1])
    frames = [int(frame) for frame in re.findall(r"^frame (\d+) presented", done.stderr, re.M)]
    print(rate, pace, {key: report[key] for key in ("presented", "discarded", "at_their_time", "late", "early", "blanks", "left_out")},
          flush=True)
    assert report["pace"] == ("callbacks" if pace == "callbacks" else "commit-timing"), report
    assert report["presented"] >= FRAMES, report
    assert len(frames) >= FRAMES and frames == sorted(set(frames)), frames
    timed = report["at_their_time"] + report["late"] + report["early"]
    # The first ones have no time: it counts from their presentation.
    assert timed == 0 if pace == "callbacks" else FRAMES // 2 < timed < report["presented"], report


def main():
    with runtime_folder():
        for rate in (24, 30, 60):
            play(rate, "timing")
        play(24, "callbacks")
        play(24, "auto")


main()
