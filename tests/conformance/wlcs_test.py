#!/usr/bin/env python3
"""Runs WLCS, the Wayland conformance suite, and holds its results against the list of what is known not to pass.

    wlcs_test.py RUNNER MODULE VERSION KNOWN [--filter PATTERN]

    RUNNER   the suite's program; "none": it can't be run
    MODULE   the compositor as the suite loads it (fenceline_wlcs.so); with "none": why
    VERSION  the suite's version
    KNOWN    the list (known.md): each test that does not pass, with its reason, and the version that this is true of
    PATTERN  only these tests (as --gtest_filter has it); the list is then not asked what it has too much

Status 0: all results are as they should be. 1: some are not, each named. 77: the suite can't be run; a failure with
FENCELINE_CONFORMANCE_REQUIRED=1. A test in which the compositor crashes or hangs is named, and the rest is run all the same. Where the
list is for another version only crashes and hangs count.
"""

import argparse
import collections
import fnmatch
import os
import re
import selectors
import signal
import subprocess
import sys

# Seconds. The suite gives up waiting for an event after 10, and few tests wait more than once.
TEST_LIMIT = float(os.environ.get("FENCELINE_CONFORMANCE_TEST_LIMIT", "60"))
# Names a process: they are all one argument, which Linux ends at 128 KiB.
BATCH = 300
ANSI = re.compile(r"\x1b\[[0-9;]*m")
BEGIN = re.compile(r"\[ RUN      \] (\S+)")
END = re.compile(r"\[ +(OK|FAILED|SKIP) +\] ([^ ,]+)(?:, where .*)? \(\d+ ?ms\)$")
REASON = re.compile(r"\[          \] (.+)")
SUMMARY = re.compile(r"(\[[ =-]*[A-Z]*[ =-]*\].*)?$")
OUTCOMES = {"OK": "passes", "FAILED": "fails", "SKIP": "skips"}

Result = collections.namedtuple("Result", "outcome output reason")
Known = collections.namedtuple("Known", "pattern outcome why line")


def list_tests(command):
    """The names of all tests that are not disabled, in the order of the suite."""
    text = subprocess.run(command + ["--gtest_list_tests"], check=True, capture_output=True, text=True, timeout=60).stdout
    names, group = [], ""
    for line in text.splitlines():
        name = line.split("#")[0].rstrip()
        if name.startswith("  "):
            names.append(group + name.strip())
        elif name:
            group = name
    return [name for name in names if ".DISABLED_" not in name and not name.startswith("DISABLED_") and "/DISABLED_" not in name]


def read_known(path):
    """The version that the list is for, and its rows."""
    version, outcome, rows = "", None, []
    with open(path, encoding="utf-8") as file:
        for number, line in enumerate(file, 1):
            found = re.match(r"For WLCS (\S+)\.(?: |$)", line.rstrip())
            if found:
                version = found.group(1)
            if line.startswith("## "):
                outcome = {"Fails": "fails", "Skips": "skips"}.get(line[3:].split(":")[0].strip())
            row = re.match(r"\| `([^`]+)` \| (.+) \|$", line.rstrip())
            if row and outcome:
                rows.append(Known(row.group(1), outcome, row.group(2), number))
    if not version:
        raise ValueError(f'{path} has no line "For WLCS VERSION."')
    return version, rows


class Suite:
    """Runs the tests, in as many processes as it takes."""

    def __init__(self, command, limit=TEST_LIMIT):
        self.command = command
        self.limit = limit
        self.results = {}

    def run(self, names):
        waiting = list(names)
        while waiting:
            before = len(self.results)
            batch = waiting[:BATCH]
            trouble = self._run_some(batch)
            waiting = [name for name in waiting if name not in self.results]
            if trouble and len(self.results) == before:
                # Not even one test was begun: it would be the same again.
                for name in batch:
                    self.results[name] = Result("was not run", trouble, "")
                waiting = waiting[len(batch):]

    def _run_some(self, names):
        """One process. What went wrong outside of any test, or nothing."""
        process = subprocess.Popen(self.command + ["--gtest_filter=" + ":".join(names)], stdout=subprocess.PIPE,
                                   stderr=subprocess.STDOUT, start_new_session=True)
        current, output, reason, last = "", [], "", ""
        hung = False
        for line in self._lines(process):
            if line is None:
                hung = True
                os.killpg(process.pid, signal.SIGKILL)
                break
            begin, end, why = BEGIN.match(line), END.match(line), REASON.match(line)
            if begin:
                current, output, reason = begin.group(1), [], ""
            elif end and current:
                self.results[end.group(2)] = Result(OUTCOMES[end.group(1)], "\n".join(output), reason)
                last, current, output = end.group(2), "", []
            elif why and current:
                reason = why.group(1)
            elif not SUMMARY.match(line):
                output.append(line)
        status = process.wait()
        how = f"no end within {self.limit:.0f} s" if hung else describe(status)
        if current:
            self.results[current] = Result("hangs" if hung else "crashes", "\n".join(output + [how]), "")
        elif (hung or status not in (0, 1)) and last:
            # At the end of a test, after its result was told, or of the process.
            self.results[last] = Result("hangs" if hung else "crashes", "\n".join(["after its end:"] + output + [how]), "")
        elif status != 0 or any(name not in self.results for name in names):
            return how
        return ""

    def _lines(self, process):
        """The lines of its output; None when there is none for too long."""
        selector = selectors.DefaultSelector()
        selector.register(process.stdout, selectors.EVENT_READ)
        rest = b""
        while selector.select(self.limit):
            data = os.read(process.stdout.fileno(), 65536)
            if not data:
                return
            *lines, rest = (rest + data).split(b"\n")
            for line in lines:
                yield ANSI.sub("", line.decode(errors="replace")).rstrip()
        yield None


def describe(status):
    if status < 0:
        return f"ended by {signal.Signals(-status).name}"
    return f"ended with status {status}"


def compare(results, names, known, complete):
    """The findings: what is not as the list says, or, when `complete`, what the list says too much."""
    findings, used = [], set()
    for name in names:
        result = results.get(name, Result("was not run", "", ""))
        rows = [row for row in known if fnmatch.fnmatchcase(name, row.pattern)]
        used.update(rows)
        if len(rows) > 1:
            findings.append(f"{name}: {len(rows)} rows of the list are about it, in lines {', '.join(str(row.line) for row in rows)}")
        elif result.outcome in ("crashes", "hangs", "was not run"):
            findings.append(f"{name} {result.outcome}\n{result.output}")
        elif not rows and result.outcome != "passes":
            why = f": {result.reason}" if result.reason else ""
            findings.append(f"{name} {result.outcome}{why}\n{result.output}")
        elif rows and result.outcome == "passes":
            findings.append(f"{name} passes: take it off the list (line {rows[0].line})")
        elif rows and result.outcome != rows[0].outcome:
            findings.append(f"{name} {result.outcome}, and {rows[0].outcome} in the list (line {rows[0].line})\n{result.output}")
        elif rows:
            missing = re.match(r"Missing extension: (\w+)", result.reason)
            if missing and missing.group(1) not in rows[0].why:
                findings.append(f"{name} skips for want of {missing.group(1)}, which line {rows[0].line} of the list does not say")
    if complete:
        findings += [f"line {row.line} of the list, {row.pattern}: there is no such test" for row in known if row not in used]
    return findings


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for name in ("runner", "module", "version", "known"):
        parser.add_argument(name)
    parser.add_argument("--filter")
    options = parser.parse_args()
    if options.runner == "none":
        print(f"SKIP: {options.module}")
        return 1 if os.environ.get("FENCELINE_CONFORMANCE_REQUIRED") == "1" else 77

    version, known = read_known(options.known)
    command = [options.runner, os.path.abspath(options.module)]
    names = list_tests(command + ([f"--gtest_filter={options.filter}"] if options.filter else []))
    suite = Suite(command)
    suite.run(names)
    for outcome, count in sorted(collections.Counter(result.outcome for result in suite.results.values()).items()):
        print(f"{count} tests: {outcome.replace('passes', 'pass').replace('fails', 'fail').replace('skips', 'skip')}")
    if version == options.version:
        findings = compare(suite.results, names, known, complete=not options.filter)
    else:
        print(f"{options.known} is for WLCS {version}, this is {options.version}: only crashes and hangs count")
        for name in names:
            if suite.results[name].outcome == "fails":
                print(f"fails: {name}")
        findings = [f"{name} {suite.results[name].outcome}\n{suite.results[name].output}" for name in names
                    if suite.results[name].outcome not in OUTCOMES.values()]
    for finding in findings:
        print(f"\n{finding}")
    if not names:
        print("there are no such tests")
    return 1 if findings or not names else 0


if __name__ == "__main__":
    sys.exit(main())
