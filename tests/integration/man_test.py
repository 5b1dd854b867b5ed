#!/usr/bin/env python3
"""The man pages and the programs say the same.

  man_test.py PAGES_FOLDER CONFIG_SOURCES_FOLDER FENCELINE FENCELINE_REPORT FENCELINE_MSG FENCELINE_TOP SPIN PAINT VIDEO POINTER
"""
import glob
import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

PAGES, CONFIG, *PROGRAMS = (os.path.abspath(path) for path in sys.argv[1:11])


def source(page):
    with open(os.path.join(PAGES, page), encoding="utf-8") as file:
        return file.read()


class Man(unittest.TestCase):
    def test_each_program_has_a_page_with_all_its_options_and_no_others(self):
        for program in PROGRAMS:
            name = os.path.basename(program)
            text = subprocess.run([program, "--help"], capture_output=True, text=True, check=True).stdout
            options = text[text.index("Options:"):].split("\n\n")[0]
            offered = set(re.findall(r"(?:^|[ ,])--([a-z][a-z-]+)", options))
            page = source(name + ".1")
            told = set(re.findall(r"(?:Fl|,) -([a-z][a-z-]+)", page))
            self.assertEqual(offered, told, name)

    def test_each_command_of_the_control_socket_is_in_the_page(self):
        text = subprocess.run([PROGRAMS[2], "--help"], capture_output=True, text=True, check=True).stdout
        commands = set(re.findall(r"^  ([a-z]+)", text[text.index("Commands:"):], re.MULTILINE))
        told = set(re.findall(r"^\.It Cm ([a-z]+)", source("fenceline-msg.1"), re.MULTILINE))
        self.assertTrue(commands)
        self.assertEqual(commands, told)

    def test_each_key_of_the_configuration_is_in_the_page_and_no_other(self):
        read = set()
        for file in glob.glob(os.path.join(CONFIG, "*.cpp")):
            with open(file, encoding="utf-8") as code:
                read |= set(re.findall(r'(?:section(?:\.|->)(?:read|parsed|choice)\(|choice<[A-Za-z_:0-9]+>\(\s*section,\s*)"([a-z-]+)"', code.read()))
        self.assertGreater(len(read), 20)
        page = source("fenceline.toml.5")
        told = set()
        for line in re.findall(r"^\.It Cm (.*)$", page, re.MULTILINE):
            keys = re.split(r" (?:Em|Qq) ", line)[0]
            told |= set(re.findall(r"[a-z][a-z-]+", keys))
        self.assertEqual(read, told)

    def test_the_example_is_a_right_configuration(self):
        example = source("fenceline.toml.5").split(".Bd -literal\n")[1].split("\n.Ed")[0]
        with tempfile.NamedTemporaryFile("w", suffix=".toml") as file:
            file.write(example)
            file.flush()
            checked = subprocess.run([PROGRAMS[0], "--check-config", "--config", file.name], capture_output=True, text=True)
            self.assertEqual((checked.returncode, checked.stderr), (0, ""))

    @unittest.skipUnless(shutil.which("groff"), "no groff to set the pages")
    def test_the_pages_can_be_set(self):
        for page in os.listdir(PAGES):
            if page.endswith((".1", ".5")):
                with open(os.path.join(PAGES, page), encoding="utf-8") as text:
                    done = subprocess.run(["groff", "-mdoc", "-Tutf8", "-ww", "-z"], stdin=text, capture_output=True, text=True)
                self.assertEqual((done.returncode, done.stderr), (0, ""), page)


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0], *sys.argv[11:]], verbosity=2)
