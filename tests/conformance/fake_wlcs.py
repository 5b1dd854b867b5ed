#!/usr/bin/env python3
"""Stands for the suite's program in runner_test.py: speaks like it, and does what the names of its tests say."""

import os
import signal
import sys
import time

GROUPS = {"Plain": ["passes", "fails", "skips", "DISABLED_fails"], "Some/Group": ["passes/0", "fails/1", "skips/2"],
          "Bad": ["crashes", "hangs", "passes"], "Last": ["dies_at_the_end"]}


def main():
    wanted = "*"
    for argument in sys.argv[2:]:
        if argument.startswith("--gtest_filter="):
            wanted = argument.split("=", 1)[1]
    wanted = wanted.split(":")
    chosen = [(group, name) for group, names in GROUPS.items() for name in names
              if wanted == ["*"] or f"{group}.{name}" in wanted or f"{group}.*" in wanted]
    if "--gtest_list_tests" in sys.argv:
        for group in GROUPS:
            names = [name for owner, name in chosen if owner == group]
            if names:
                print(f"{group}.")
            for name in names:
                print(f"  {name}  # GetParam() = that" if "/" in name else f"  {name}")
        return 0
    status = 0
    for group, name in chosen:
        if "DISABLED" in name:
            continue
        print(f"\x1b[0;32m[ RUN      ]\x1b[m {group}.{name}", flush=True)
        kind = name.split("/")[0]
        if kind == "crashes":
            os.kill(os.getpid(), signal.SIGSEGV)
        if kind == "hangs":
            time.sleep(600)
        if kind == "skips":
            print("\x1b[33m[          ]\x1b[00m Missing extension: some_shell>= 1")
            print(f"\x1b[33m[     SKIP ]\x1b[00m {group}.{name} (0ms)")
        elif kind == "fails":
            status = 1
            print("file.cpp:1: Failure")
            print(f"\x1b[0;31m[  FAILED  ]\x1b[m {group}.{name}" + (", where GetParam() = that, and more" if "/" in name else "") + " (3 ms)")
        else:
            print(f"\x1b[0;32m[       OK ]\x1b[m {group}.{name} (3 ms)", flush=True)
        if kind == "dies_at_the_end":
            print("a report", flush=True)
            os.kill(os.getpid(), signal.SIGABRT)
    print("[==========] tests run.")
    return status


if __name__ == "__main__":
    sys.exit(main())
