# Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The list of edits that ./dev mutate makes: reading it, and checking that it still fits the tree."""

import dataclasses
import hashlib
import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FOLDER = Path("test") / "Mutation"
SUITES = ("unit", "lit", "pytest")


class Problem(Exception):
    """Something a reader of the list has to mend."""


@dataclasses.dataclass
class Edit:
    """One fault. `tests` are those that should notice it: SUITE:WHAT.

    unit:PROGRAM[:PATTERN]   a GoogleTest program, and which of its tests
    lit:REGEX                files below test/
    pytest:FILE[:EXPRESSION] a file of python/tests, and an expression for -k
    """

    name: str
    file: str
    old: str
    new: str
    why: str
    tests: list
    argued: str = ""
    source: str = ""

    @property
    def library(self):
        """The library, or tools, python, scripts: whatever folder holds the file."""
        folder = Path(self.file).parent
        for base in ("lib", "include/neuro"):
            if folder.is_relative_to(base):
                folder = folder.relative_to(base)
        return str(folder)

    def digest(self):
        text = "\0".join([self.file, self.old, self.new])
        return hashlib.sha256(text.encode()).hexdigest()[:16]

    def applied(self, text):
        return text.replace(self.old, self.new, 1)


def load(root):
    """The edits of every file in test/Mutation, in order."""
    edits = []
    for path in sorted((root / FOLDER).glob("*.toml")):
        where = path.relative_to(root)
        try:
            table = tomllib.loads(path.read_text())
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise Problem(f"{where}: {error}") from None
        fields = {field.name for field in dataclasses.fields(Edit)} - {"source"}
        needed = fields - {"argued"}
        for number, entry in enumerate(table.get("edit", []), 1):
            title = f"{where}: edit {number} '{entry.get('name', '')}'"
            for name in sorted(needed - entry.keys()):
                raise Problem(f"{title}: `{name}` is missing")
            for name in sorted(entry.keys() - fields):
                raise Problem(f"{title}: `{name}` is unknown; there are {', '.join(sorted(fields))}")
            edits.append(Edit(**entry, source=str(where)))
    if not edits:
        raise Problem(f"{FOLDER}: no edits")
    return edits


def check(root, edits):
    """What keeps the list from being run, as lines."""
    problems = []
    seen = set()
    for edit in edits:
        title = f"{edit.source}: {edit.name}"
        if edit.name in seen:
            problems.append(f"{title}: the name is given twice")
        seen.add(edit.name)
        if not re.fullmatch(r"[a-z0-9-]+", edit.name):
            problems.append(f"{title}: a name has lower-case letters, digits and '-'")
        problems += [f"{title}: {problem}" for problem in check_text(root, edit)]
        if not edit.tests:
            problems.append(f"{title}: names no test that should notice it")
        for test in edit.tests:
            problems += [f"{title}: {problem}" for problem in check_test(root, test)]
    for library in libraries(root) - {edit.library for edit in edits}:
        problems.append(f"{FOLDER}: no edit in lib/{library}; add one")
    return problems


def check_text(root, edit):
    path = root / edit.file
    if not path.is_file():
        yield f"{edit.file} does not exist"
        return
    count = path.read_text().count(edit.old) if edit.old else 0
    if "\n" in edit.old or "\n" in edit.new:
        yield "an edit is within one line"
    if edit.old == edit.new:
        yield "changes nothing"
    if count != 1:
        yield f"'{edit.old}' stands {count} times in {edit.file}, expected once; adapt the edit to the code, or give more of the line"


def check_test(root, test):
    suite, _, what = test.partition(":")
    if suite not in SUITES or not what:
        yield f"test '{test}' is not SUITE:WHAT with a suite of {', '.join(SUITES)}"
    elif suite == "unit":
        program = what.split(":")[0]
        if not any(re.search(rf"\b{re.escape(program)}\b", path.read_text()) for path in (root / "test" / "Unit").glob("*/CMakeLists.txt")):
            yield f"test '{test}': test/Unit has no program {program}"
    elif suite == "lit":
        if not lit_files(root, what):
            yield f"test '{test}': no file below test/ matches"
    elif not (root / "python" / "tests" / what.split(":")[0]).is_file():
        yield f"test '{test}': python/tests has no {what.split(':')[0]}"


def lit_files(root, pattern):
    """The files below test/ that `lit --filter PATTERN` would run."""
    base = root / "test"
    files = [path for kind in ("*.mlir", "*.test") for path in base.rglob(kind)]
    return [path for path in sorted(files) if "Inputs" not in path.parts and re.search(pattern, f"neuro :: {path.relative_to(base)}", re.IGNORECASE)]


def libraries(root):
    """The folders of lib/ with sources."""
    return {str(path.parent.relative_to(root / "lib")) for path in (root / "lib").rglob("*.cpp")}
