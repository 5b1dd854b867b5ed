#!/usr/bin/env python3
"""The test of wlcs_test.py: what it makes of a suite's results, of crashes, hangs and its list."""

import os
import subprocess
import sys
import tempfile
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
GOOD = """For WLCS 1.5.0.

## Fails: for a reason

| test | why |
|---|---|
| `Plain.fails` | it does |
| `Some/Group.fails/[0-9]` | it does |

## Skips: there is none

| test | why |
|---|---|
| `*.skips*` | some_shell |
"""


class RunnerTest(unittest.TestCase):
    def run_it(self, known, groups, version="1.5.0", runner="", env=None):
        """With the tests of these groups alone: as complete a run as there is, when there is no group to choose."""
        with tempfile.NamedTemporaryFile("w", suffix=".md", encoding="utf-8") as file:
            file.write(known)
            file.flush()
            runner = runner or os.path.join(HERE, "fake_wlcs.py")
            command = [sys.executable, os.path.join(HERE, "wlcs_test.py"), runner, "module.so", version, file.name]
            if groups:
                command.append("--filter=" + ":".join(f"{group}.*" for group in groups))
            return subprocess.run(command, capture_output=True, text=True, check=False, timeout=100,
                                  env={**os.environ, "FENCELINE_CONFORMANCE_TEST_LIMIT": "2", **(env or {})})

    def expect(self, run, status, *texts):
        self.assertEqual(run.returncode, status, run.stdout + run.stderr)
        for text in texts:
            self.assertIn(text, run.stdout)

    def test_all_as_it_should_be(self):
        self.expect(self.run_it(GOOD, ["Plain", "Some/Group"]), 0, "2 tests: fail", "2 tests: pass", "2 tests: skip")

    def test_a_failure_that_is_not_known(self):
        self.expect(self.run_it(GOOD.replace("`Plain.fails`", "`Plain.other`"), ["Plain"]), 1, "Plain.fails fails\nfile.cpp:1: Failure")

    def test_a_skip_that_is_not_known(self):
        self.expect(self.run_it(GOOD.replace("*.skips*", "Some*.skips*"), ["Plain"]), 1, "Plain.skips skips: Missing extension: some_shell")

    def test_a_skip_for_another_reason(self):
        self.expect(self.run_it(GOOD.replace("some_shell", "other"), ["Plain"]), 1, "Plain.skips skips for want of some_shell")

    def test_what_passes_is_taken_off_the_list(self):
        self.expect(self.run_it(GOOD.replace("`Plain.fails`", "`Plain.[fp]a*`"), ["Plain"]), 1, "Plain.passes passes: take it off the list")

    def test_a_failure_is_no_skip(self):
        self.expect(self.run_it(GOOD.replace("*.skips*", "*.s*").replace("`Plain.fails`", "`Plain.[fs]*`").replace("*.s*", "Some*.s*"),
                                ["Plain"]), 1, "Plain.skips skips, and fails in the list")

    def test_two_rows_for_one_test(self):
        self.expect(self.run_it(GOOD.replace("`Plain.fails`", "`*.fails*`"), ["Some/Group"]), 1, "2 rows of the list are about it")

    def test_crashes_and_hangs_are_named_and_the_rest_is_run(self):
        run = self.run_it(GOOD, ["Bad", "Plain"])
        self.expect(run, 1, "Bad.crashes crashes\nended by SIGSEGV", "Bad.hangs hangs\nno end within 2 s", "2 tests: pass")

    def test_a_crash_after_the_result(self):
        self.expect(self.run_it(GOOD, ["Last"]), 1, "Last.dies_at_the_end crashes\nafter its end:\na report\nended by SIGABRT")

    def test_all_of_the_suite_and_rows_about_no_test(self):
        run = self.run_it(GOOD.replace("| `Plain.fails` | it does |", "| `Plain.fails` | it does |\n| `Plain.gone` | it was |"), [])
        self.expect(run, 1, "Plain.gone: there is no such test", "Bad.crashes crashes")
        self.assertNotIn("Plain.fails fails", run.stdout)

    def test_another_version_is_not_compared(self):
        self.expect(self.run_it(GOOD, ["Plain"], version="1.7.0"), 0, "is for WLCS 1.5.0, this is 1.7.0", "fails: Plain.fails")
        self.expect(self.run_it(GOOD, ["Bad"], version="1.7.0"), 1, "Bad.crashes crashes")

    def test_a_suite_that_does_not_start(self):
        self.assertNotEqual(self.run_it(GOOD, [], runner="/bin/false").returncode, 0)

    def test_no_suite(self):
        self.expect(self.run_it(GOOD, [], runner="none", env={"FENCELINE_CONFORMANCE_REQUIRED": ""}), 77, "SKIP: module.so")
        self.expect(self.run_it(GOOD, [], runner="none", env={"FENCELINE_CONFORMANCE_REQUIRED": "1"}), 1, "SKIP: module.so")


if __name__ == "__main__":
    unittest.main()
