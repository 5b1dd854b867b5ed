#!/usr/bin/env python3
"""The check of the architecture must itself fail on a bad tree: small trees, written to a temporary folder, each with one fault."""

import os
import subprocess
import sys
import tempfile
import unittest

ARROWS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "arrows.py")
TABLE = """# Plan

| folder | may include | what lives there |
|---|---|---|
| `compositor/base` | nothing | |
| `compositor/scene` | base | |
| `compositor/backends/*` | base | |
| `compositor/app` | * | |
| `demos` | nothing | |

| other | table |
|---|---|
| `compositor/base` | everything |
"""


class ArrowsTest(unittest.TestCase):
    def run_on(self, files, table=TABLE):
        """Status and output of the check on a tree of {path: text}."""
        with tempfile.TemporaryDirectory() as root:
            for path, text in {"docs/architecture.md": table, **files}.items():
                os.makedirs(os.path.dirname(os.path.join(root, path)), exist_ok=True)
                with open(os.path.join(root, path), "w", encoding="utf-8") as file:
                    file.write(text)
            done = subprocess.run([sys.executable, ARROWS, root], capture_output=True, text=True, check=False)
            self.assertEqual(done.stderr, "")
            return done.returncode, done.stdout

    def assert_good(self, files, table=TABLE):
        self.assertEqual(self.run_on(files, table), (0, ""))

    def assert_bad(self, files, *words, table=TABLE):
        status, output = self.run_on(files, table)
        self.assertEqual(status, 1)
        for word in words:
            self.assertIn(word, output)
        self.assertEqual(output.count("\n"), 2, output)

    def test_allowed_arrows_pass(self):
        self.assert_good({
            "compositor/base/fd.h": "#include <unistd.h>\n",
            "compositor/base/fd.cpp": '#include "compositor/base/fd.h"\n',
            "compositor/scene/tree.cpp": '#include "compositor/base/fd.h"\n#include "generated-protocol.h"\n',
            "compositor/backends/drm/device.cpp": '#include "compositor/base/fd.h"\n',
            "compositor/app/main.cpp": '#include "compositor/scene/tree.h"\n#include "compositor/backends/drm/device.h"\n',
        })

    def test_a_forbidden_arrow_is_named_with_its_line(self):
        self.assert_bad({"compositor/base/fd.h": '\n#include "compositor/scene/tree.h"\n', "compositor/scene/tree.h": ""},
                        "compositor/base/fd.h:2:", "compositor/base may not include compositor/scene")

    def test_a_demo_may_not_use_the_compositor(self):
        self.assert_bad({"demos/spin.cpp": '#include "compositor/base/fd.h"\n', "compositor/base/fd.h": ""},
                        "demos may not include compositor/base")

    def test_a_generated_header_counts_by_its_folder(self):
        self.assert_bad({"compositor/base/fd.h": "#include <compositor/scene/generated.h>\n"},
                        "compositor/base may not include compositor/scene")

    def test_a_way_round_by_dots_is_seen(self):
        self.assert_bad({"compositor/base/fd.h": '#include "../scene/tree.h"\n', "compositor/scene/tree.h": ""},
                        "compositor/base may not include compositor/scene")

    def test_an_include_in_a_comment_is_none(self):
        self.assert_good({"compositor/base/fd.h": '// #include "compositor/scene/tree.h"\n/*\n#include "compositor/scene/tree.h"\n*/\n'})

    def test_two_backends_are_strangers(self):
        self.assert_bad({"compositor/backends/drm/device.h": '#include "compositor/backends/headless/timer.h"\n',
                         "compositor/backends/headless/timer.h": ""},
                        "compositor/backends/drm may not include compositor/backends/headless")

    def test_a_folder_without_a_row(self):
        self.assert_bad({"compositor/extra/thing.cpp": ""}, "compositor/extra/thing.cpp: its folder has no row")

    def test_a_cycle_of_includes_is_shown(self):
        self.assert_bad({"compositor/base/a.h": '#include "compositor/base/b.h"\n',
                         "compositor/base/b.h": '#include "compositor/base/c.h"\n',
                         "compositor/base/c.h": '#include "compositor/base/a.h"\n'},
                        "circle: compositor/base/a.h -> compositor/base/b.h -> compositor/base/c.h -> compositor/base/a.h")

    def test_the_600_lines(self):
        self.assert_good({"compositor/base/long.cpp": "\n" * 600})
        self.assert_bad({"compositor/base/long.cpp": "\n" * 601}, "compositor/base/long.cpp: 601 lines")
        self.assert_bad({"compositor/base/long.cpp": "\n" * 600 + "int x;"}, "601 lines")
        self.assert_bad({"compositor/base/a.cpp": "", "tools/script": "#!/bin/sh\n" + ":\n" * 600}, "tools/script: 601 lines")

    def test_a_table_that_makes_no_sense_is_refused(self):
        code = {"compositor/base/fd.h": ""}
        for table, words in [("", "there is no table"),
                             (TABLE.replace("| base |", "| bass |", 1), '"bass", which is no folder'),
                             (TABLE.replace("`compositor/base` | nothing", "`compositor/base` | scene"), "go round in a circle"),
                             (TABLE.replace("`demos`", "`compositor/app`"), "has two rows")]:
            self.assert_bad(code, "docs/architecture.md: ", words, table=table)

    def test_an_empty_tree_is_not_good(self):
        self.assert_bad({}, "no C++ file found")


if __name__ == "__main__":
    unittest.main()
