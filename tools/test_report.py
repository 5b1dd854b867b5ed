#!/usr/bin/env python3
"""What meson's own output does not say about a test run.

    test_report.py targets BUILD SUITE...    the files that ninja must make for the tests of these suites (of all, with none)
    test_report.py failed BUILD              the names of the tests that failed, as meson test takes them
    test_report.py starved BEFORE AFTER      the first lines of /proc/stat before and after a run: prints how much of the machine's CPU time
                                             its host gave to others meanwhile, in per cent; status 0 if it is a tenth or more
    test_report.py summary BUILD...          after meson test: each skipped test with its reason, each failed one, and as the last
                                             line "N passed, N failed, N skipped" over all; status 1 if one failed or none ran. With
                                             FENCELINE_LAB_REQUIRED=1 a test of suite lab that skips, or skips a case, has failed. Where
                                             failed tests were run again (testlog-again.json), that run counts, and it is said
"""

import json
import os
import re
import subprocess
import sys

ANSI = re.compile(r"\x1b\[[0-9;]*[mK]")
PASSED = ("OK", "EXPECTEDFAIL")
STARVED = 0.1  # From this share on a failure may be the machine's.


def introspect(build, what):
    return json.loads(subprocess.run(["meson", "introspect", build, "--" + what], check=True, capture_output=True).stdout)


def targets(build, suites):
    """The outputs of each target that a test of the suites depends on, relative to the build folder."""
    files = {target["id"]: target["filename"] for target in introspect(build, "targets")}
    wanted = set()
    for test in introspect(build, "tests"):
        # Meson writes a suite as "project:suite".
        if not suites or {name.split(":")[-1] for name in test["suite"]} & set(suites):
            for target in test["depends"]:
                wanted.update(os.path.relpath(path, os.path.abspath(build)) for path in files.get(target, []))
    return sorted(wanted)


def skip_reason(output):
    """The reason that a test gives on its "SKIP: reason" line."""
    found = re.search(r"^SKIP: *(.+)$", output, re.MULTILINE)
    return found.group(1).strip() if found else "it gave no reason"


def skipped_cases(output):
    """(case, reason) of each case that GoogleTest skipped in a program that went on."""
    cases, reason = [], ""
    for line in ANSI.sub("", output).splitlines():
        done = re.match(r"\[  SKIPPED \] (\S+\.\S+) \(\d+ ms\)", line)
        if re.match(r"\[ RUN      \]", line):
            reason = ""
        elif done:
            cases.append((done.group(1), reason or "it gave no reason"))
        elif line and not re.match(r"\S+:\d+: Skipped$", line):
            reason = line.strip()
    return cases


def in_suite(test, suite):
    """Whether meson's name of a test, "project:suite+project:suite / name", says that it belongs to the suite."""
    suites, slash, _ = test["name"].partition(" / ")
    return bool(slash) and suite in (part.split(":")[-1] for part in suites.split("+"))


def failed_tests(build):
    """The names of the tests that neither passed nor skipped."""
    return [test["name"].partition(" / ")[2] or test["name"] for test in log_of(build, "testlog")
            if test["result"] not in PASSED + ("SKIP",)]


def log_of(build, name):
    """The results of a run, a dict each; none where there was no such run."""
    try:
        with open(os.path.join(build, "meson-logs", name + ".json"), encoding="utf-8") as log:
            return [json.loads(line) for line in log]
    except FileNotFoundError:
        return []


def stolen_share(before, after):
    """Of the time between two readings of the first line of /proc/stat: the part that the host gave to others, 0 to 1."""
    # user nice system idle iowait irq softirq steal; what guests had is in user's and nice's already.
    readings = [[int(field) for field in line.split()[1:9]] for line in (before, after)]
    spent = [late - early for early, late in zip(*readings)]
    return spent[7] / sum(spent) if sum(spent) > 0 else 0.0


def summary(builds):
    lab_required = os.environ.get("FENCELINE_LAB_REQUIRED") == "1"
    passed, failed, skipped = [], [], []
    cases, second_time = [], []
    for build in builds:
        note = f" ({os.path.basename(build)})" if len(builds) > 1 else ""
        again = {test["name"]: test for test in log_of(build, "testlog-again")}
        for test in log_of(build, "testlog"):
            if test["name"] in again:
                second_time.append(f"{test['name']}{note}: {test['result'].lower()} at first")
                test = again[test["name"]]
            output = ANSI.sub("", test.get("stdout") or "")
            name = test["name"] + note
            inside = [f"{case}: {reason}" for case, reason in skipped_cases(output)]
            if test["result"] == "SKIP":
                inside.insert(0, skip_reason(output))
            if inside and lab_required and in_suite(test, "lab") and test["result"] in PASSED + ("SKIP",):
                failed.append(f"{name}: skipped in a lab that runs: {'; '.join(inside)}")
                continue
            if test["result"] == "SKIP":
                skipped.append(f"{name}: {inside.pop(0)}")
            elif test["result"] in PASSED:
                passed.append(name)
            else:
                failed.append(f"{name}: {test['result'].lower()}")
            cases += [f"{name}: {case}" for case in inside]
    print()
    for title, lines in (("Skipped", skipped), ("Skipped inside a test that ran", cases),
                         ("Failed on a starved machine and run again", second_time), ("Failed", failed)):
        if lines:
            print(f"{title}:")
            print("\n".join("  " + line for line in lines))
    if not passed and not failed:
        print("No test ran.")
    print(f"{len(passed)} passed, {len(failed)} failed, {len(skipped)} skipped")
    return 1 if failed or not passed else 0


def main(arguments):
    if len(arguments) >= 3 and arguments[1] == "targets":
        print("\n".join(targets(arguments[2], arguments[3:])))
        return 0
    if len(arguments) == 3 and arguments[1] == "failed":
        print("\n".join(failed_tests(arguments[2])))
        return 0
    if len(arguments) == 4 and arguments[1] == "starved":
        share = stolen_share(arguments[2], arguments[3])
        print(round(100 * share))
        return 0 if share >= STARVED else 1
    if len(arguments) >= 3 and arguments[1] == "summary":
        return summary(arguments[2:])
    print(__doc__, file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv))
