#!/usr/bin/env python3
"""Fails on code that leaves the plan in docs/architecture.md.

    arrows.py ROOT        checks the tree: includes that the document's table does not allow, cycles of includes,
                          source files that are too long. One line a finding; status 1 if there is any.

The table in the document is the truth: this file knows no folder by name, except the ones to look into.
"""

import fnmatch
import os
import re
import sys

SOURCE_DIRS = ["compositor", "renderer", "protocols", "shaders", "demos", "tools", "tests", "benchmarks"]
CODE = (".cpp", ".cc", ".c", ".h", ".hpp")
# Counted for length, too; a file without a suffix counts when it begins with "#!".
OTHER_SOURCES = (".vert", ".frag", ".comp", ".glsl", ".proto", ".py", ".sh")
MAX_LINES = 600
INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*(?:"([^"]+)"|<([^>]+)>)', re.MULTILINE)
COMMENT = re.compile(r'//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"', re.DOTALL)


class Plan:
    """The table: which folder may include which."""

    def __init__(self, text):
        """Reads the Markdown table whose header is "folder | may include". Raises ValueError on one that makes no sense."""
        self.rows = {}
        in_table = False
        for line in text.splitlines():
            cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
            if not line.lstrip().startswith("|"):
                in_table = False
            elif [cell.lower() for cell in cells[:2]] == ["folder", "may include"]:
                in_table = True
            elif in_table and not set(cells[0]) <= set("-: "):
                folder = cells[0].strip("`")
                if folder in self.rows:
                    raise ValueError(f"{folder} has two rows")
                self.rows[folder] = [name.strip(" `") for name in cells[1].split(",")]
        if not self.rows:
            raise ValueError('there is no table with the columns "folder" and "may include"')
        self.arrows = {folder: self._targets(folder, names) for folder, names in self.rows.items()}
        self._refuse_cycles()

    def _targets(self, folder, names):
        if names == ["nothing"]:
            return set()
        if names == ["*"]:
            return {"*"}
        targets = set()
        for name in names:
            known = [row for row in (f"compositor/{name}", name) if row in self.rows]
            if not known:
                raise ValueError(f'the row of {folder} names "{name}", which is no folder of the table')
            targets.add(known[0])
        return targets

    def _refuse_cycles(self):
        found = cycle({folder: sorted(targets & self.rows.keys()) for folder, targets in self.arrows.items()})
        if found:
            raise ValueError("the table's arrows go round in a circle: " + " -> ".join(found))

    def folder_of(self, path):
        """The folder that has a row for this file, most specific first, and that row; None for a file that is in no row."""
        parts = os.path.dirname(path).split("/")
        for length in range(len(parts), 0, -1):
            folder = "/".join(parts[:length])
            for row in self.rows:
                # A "*" stands for one folder's name, never for several levels.
                if row.count("/") == folder.count("/") and fnmatch.fnmatchcase(folder, row):
                    return folder, row
        return None

    def allows(self, source, target):
        """Each argument is what folder_of gives. Two folders of one "*" row are strangers to each other."""
        return source[0] == target[0] or "*" in self.arrows[source[1]] or target[1] in self.arrows[source[1]]


def cycle(graph):
    """A way round in {node: [node]}, as a list that ends where it begins; an empty list when there is none."""
    done, path, on_path = set(), [], set()
    for start in sorted(graph):
        stack = [(start, iter(graph[start]))] if start not in done else []
        if stack:
            path, on_path = [start], {start}
        while stack:
            node, following = stack[-1]
            step = next(following, None)
            if step is None:
                stack.pop()
                on_path.discard(path.pop())
                done.add(node)
            elif step in on_path:
                return path[path.index(step):] + [step]
            elif step not in done and step in graph:
                stack.append((step, iter(graph[step])))
                path.append(step)
                on_path.add(step)
    return []


def sources(root):
    """Paths from the root of all files that count, sorted."""
    found = []
    for top in SOURCE_DIRS:
        for folder, folders, files in os.walk(os.path.join(root, top)):
            folders[:] = [name for name in folders if name != "__pycache__"]
            for name in files:
                path = os.path.join(folder, name)
                if name.endswith(CODE + OTHER_SOURCES) or ("." not in name and begins_with_shebang(path)):
                    found.append(os.path.relpath(path, root))
    return sorted(found)


def begins_with_shebang(path):
    with open(path, "rb") as file:
        return file.read(2) == b"#!"


def includes(text):
    """(line number, name) of each include that is not in a comment."""
    # A string keeps its place, because the name in an include looks like one; a comment leaves only its line ends.
    code = COMMENT.sub(lambda m: m.group() if m.group()[0] == '"' else re.sub(r"[^\n]", "", m.group()), text)
    for match in INCLUDE.finditer(code):
        yield code.count("\n", 0, match.start()) + 1, match.group(1) or match.group(2)


def check(root):
    """All findings about the tree, as lines of text."""
    document = "docs/architecture.md"
    try:
        with open(os.path.join(root, document), encoding="utf-8") as file:
            plan = Plan(file.read())
    except (OSError, ValueError) as error:
        return [f"{document}: {error}"]

    findings = []
    graph = {}
    paths = sources(root)
    for path in paths:
        with open(os.path.join(root, path), encoding="utf-8") as file:
            text = file.read()
        lines = text.count("\n") + (not text.endswith("\n") and text != "")
        if lines > MAX_LINES:
            findings.append(f"{path}: {lines} lines; {MAX_LINES} is the most: split it")
        if not path.endswith(CODE):
            continue
        source = plan.folder_of(path)
        if source is None:
            findings.append(f"{path}: its folder has no row in the table of {document}")
            continue
        graph[path] = []
        for line, name in includes(text):
            target_path = resolve(root, path, name)
            if target_path is None:
                continue
            graph[path].append(target_path)
            target = plan.folder_of(target_path)
            if target is None:
                findings.append(f"{path}:{line}: includes {target_path}, whose folder has no row in the table of {document}")
            elif not plan.allows(source, target):
                findings.append(f"{path}:{line}: includes {target_path}: {source[0]} may not include {target[0]} (the table of {document})")
    found = cycle(graph)
    if found:
        findings.append("includes go round in a circle: " + " -> ".join(found))
    if not any(path.endswith(CODE) for path in paths):
        findings.append(f"{root}: no C++ file found: is this the root of the tree?")
    return findings


def resolve(root, path, name):
    """The included file's path from the root; None when it is a library's or a generated one with no folder of ours."""
    beside = os.path.normpath(os.path.join(os.path.dirname(path), name))
    if os.path.isfile(os.path.join(root, beside)):
        return beside
    name = os.path.normpath(name)
    # A file that the build generates is not in the tree, but its folder tells whose it is.
    if name.split("/")[0] in SOURCE_DIRS and "/" in name:
        return name
    return None


def main(arguments):
    if len(arguments) != 2:
        print(__doc__, file=sys.stderr)
        return 2
    findings = check(arguments[1])
    for finding in findings:
        print(finding)
    if findings:
        print(f"{len(findings)} {'finding' if len(findings) == 1 else 'findings'}")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv))
