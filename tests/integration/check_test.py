#!/usr/bin/env python3
"""When ./check may skip the tests in the lab: only where the lab cannot run at all, and nobody said that it must.

    check_test.py SOURCE_ROOT

The real check, lab-test and test_report.py run in a tree of their own, between a lab-run, a setup and a meson that are made up here."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import unittest

ROOT = ""

# What each is asked, and answers by the environment.
LAB_RUN = """#!/bin/sh
case $1 in
  --probe) if [ -n "$CANNOT" ]; then echo "the lab cannot run here: $CANNOT"; exit 1; fi; echo "the lab can run here" ;;
  --ready) exit "${READY:-0}" ;;
  --prepare) exit "${PREPARE:-0}" ;;
  *) [ -z "$CANNOT_LATER" ] || sed -i "2i CANNOT='$CANNOT_LATER'" "$0"
     exit "${LAB_STATUS:-0}" ;;
esac
"""
SETUP = """#!/bin/sh
case "$*" in *lab-kernel*) exit "${SETUP_LAB:-0}" ;; esac
"""
BUILD = "configure() { mkdir -p \"$1/meson-logs\"; }\nbuild() { :; }\n"
# As meson does: a line of JSON for each test, 77 is a skip.
MESON = """#!/usr/bin/env python3
import json, os, subprocess, sys
again = "--logbase" in sys.argv
ran = subprocess.run(["tests/lab/lab-test", "--", "true"], capture_output=True, text=True)
out = ran.stdout + ran.stderr + os.environ.get("OUTPUT", "")
result = {0: "OK", 77: "SKIP"}.get(ran.returncode, "FAIL")
tests = [("fenceline:unit / base", "OK", ""), ("fenceline:lab / witness", result, out)]
if again:
    assert sys.argv[sys.argv.index("--logbase") + 1:] == ["testlog-again", "witness"], sys.argv
    result = os.environ["SECOND"]
    tests = [("fenceline:lab / witness", result, out)]
with open("build/meson-logs/testlog-again.json" if again else "build/meson-logs/testlog.json", "w") as log:
    for name, how, text in tests:
        log.write(json.dumps({"name": name, "result": how, "stdout": text}) + "\\n")
raise SystemExit(1 if result == "FAIL" else 0)
"""
# Of each hundred ticks between two looks at /proc/stat, others had so many.
HEAD = """#!/bin/sh
[ "$3" = /proc/stat ] || exec /usr/bin/head "$@"
echo >> looks
looks=$(wc -l < looks)
echo "cpu $((looks * (100 - STOLEN))) 0 0 0 0 0 0 $((looks * STOLEN)) 7 7"
"""


class Check(unittest.TestCase):
    def setUp(self):
        self.tree = tempfile.mkdtemp(prefix="fenceline-check-")
        self.addCleanup(shutil.rmtree, self.tree)
        for path in ("check", "tests/lab/lab-test", "tools/progress.sh", "tools/test_report.py"):
            os.makedirs(os.path.dirname(os.path.join(self.tree, path)), exist_ok=True)
            shutil.copy(os.path.join(ROOT, path), os.path.join(self.tree, path))
        for path, text in (("tools/lab/lab-run", LAB_RUN), ("tools/setup", SETUP), ("tools/build.sh", BUILD), ("bin/meson", MESON),
                           ("bin/head", HEAD)):
            path = os.path.join(self.tree, path)
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, "w", encoding="utf-8") as file:
                file.write(text)
            os.chmod(path, 0o755)

    def check(self, *arguments, **environment):
        clean = {name: value for name, value in os.environ.items() if not name.startswith("FENCELINE_") and name != "CI"}
        clean |= {"STOLEN": "0", "PATH": os.path.join(self.tree, "bin") + ":" + os.environ["PATH"], "XDG_CACHE_HOME": os.path.join(self.tree, "cache")}
        ran = subprocess.run([os.path.join(self.tree, "check"), *arguments], env=clean | environment, stdout=subprocess.PIPE,
                             stderr=subprocess.STDOUT, text=True, timeout=60)
        return ran.returncode, ran.stdout

    def test_passes_with_a_lab(self):
        status, said = self.check()
        self.assertEqual(status, 0, said)
        self.assertTrue(said.endswith("2 passed, 0 failed, 0 skipped\n"), said)

    def test_skips_where_the_lab_cannot_run(self):
        status, said = self.check(CANNOT="no seccomp")
        self.assertEqual(status, 0, said)
        self.assertIn("witness: the lab cannot run here: no seccomp", said)
        self.assertTrue(said.endswith("1 passed, 0 failed, 1 skipped\n"), said)

    def test_fails_there_where_a_lab_is_required(self):
        status, said = self.check(CANNOT="no seccomp", FENCELINE_LAB_REQUIRED="1")
        self.assertEqual(status, 1, said)
        self.assertTrue(said.endswith("1 passed, 1 failed, 0 skipped\n"), said)

    def test_fails_where_the_lab_could_run_but_has_no_kernel(self):
        for what in ({"SETUP_LAB": "1"}, {"PREPARE": "1"}):
            status, said = self.check(READY="1", **what)
            self.assertEqual(status, 1, said)
            self.assertIn("the lab's kernel could not be built", said)
            self.assertTrue(said.endswith("1 passed, 1 failed, 0 skipped\n"), said)

    def test_builds_a_kernel_where_there_is_none(self):
        status, said = self.check(READY="1")
        self.assertEqual(status, 0, said)

    def test_fails_where_a_lab_that_ran_runs_no_more(self):
        status, said = self.check(LAB_STATUS="125", CANNOT_LATER="less than 1 GiB of memory is free")
        self.assertEqual(status, 1, said)
        self.assertTrue(said.endswith("1 passed, 1 failed, 0 skipped\n"), said)

    def test_fails_where_a_test_skips_in_a_lab_that_runs(self):
        status, said = self.check(LAB_STATUS="77", OUTPUT="SKIP: not installed: foot\n")
        self.assertEqual(status, 1, said)
        self.assertIn("witness: skipped in a lab that runs: not installed: foot", said)
        self.assertTrue(said.endswith("1 passed, 1 failed, 0 skipped\n"), said)

    def test_fails_where_a_case_of_a_test_does(self):
        status, said = self.check(OUTPUT="[ RUN      ] Drm.Cursor\nfile.cpp:1: Skipped\nno cursor plane\n\n[  SKIPPED ] Drm.Cursor (0 ms)\n")
        self.assertEqual(status, 1, said)
        self.assertIn("witness: skipped in a lab that runs: Drm.Cursor: no cursor plane", said)
        self.assertTrue(said.endswith("1 passed, 1 failed, 0 skipped\n"), said)

    def test_runs_again_what_failed_on_a_machine_whose_time_was_given_to_others(self):
        status, said = self.check(LAB_STATUS="1", STOLEN="30", SECOND="OK")
        self.assertEqual(status, 0, said)
        self.assertIn("others had 30 % of this machine's CPU meanwhile: running 1 failed test(s) again", said)
        self.assertIn("witness: fail at first\n", said)
        self.assertTrue(said.endswith("2 passed, 0 failed, 0 skipped\n"), said)

    def test_fails_there_what_fails_twice(self):
        status, said = self.check(LAB_STATUS="1", STOLEN="30", SECOND="FAIL")
        self.assertEqual(status, 1, said)
        self.assertTrue(said.endswith("1 passed, 1 failed, 0 skipped\n"), said)

    def test_runs_nothing_again_on_a_machine_of_its_own(self):
        status, said = self.check(LAB_STATUS="1", STOLEN="9", SECOND="OK")
        self.assertEqual(status, 1, said)
        self.assertNotIn("again", said)
        self.assertTrue(said.endswith("1 passed, 1 failed, 0 skipped\n"), said)


if __name__ == "__main__":
    ROOT = sys.argv.pop(1)
    unittest.main()
