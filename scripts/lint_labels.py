#!/usr/bin/python3
# Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Holds the labels of docs/spec against the code and the tests.

A rule (`- **M9**`, `- **L-5**`, `- **B3**`) must stand at its check in lib/ or
include/ and in the name of a test: `M9_Name` or `Name_M9`, with L-5 written L5.
A limit (`| L08 |` in the table of limits) must stand in a message or beside its
value in the code, and in a test. A label that no page defines is a problem too.
"""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
RULE = re.compile(r"^- \*\*(M\d+|L-\d+|B\d+)\*\*", re.MULTILINE)
LIMIT_ROW = re.compile(r"^\| ((?:L\d\d)(?:, L\d\d)*) \|", re.MULTILINE)
LABEL = re.compile(r"(?<![\w.])(M\d{1,2}|L-\d{1,2}|B\d{1,2})(?![\w-])")
CODE = {".cpp", ".h", ".inc", ".td", ".fbs"}
# Of a test, of a row of a table of tests, of a function of pytest.
TEST_NAME = re.compile(r'^(?:TEST(?:_[FP])?\(\w+,\s*(\w+)\)| +\{"([MLB]\d+)",|def (test_\w+))', re.MULTILINE)


def read(folders, suffixes, root):
    for folder in folders:
        for path in sorted((root / folder).rglob("*")):
            if path.suffix in suffixes and path.is_file():
                yield path.relative_to(root).as_posix(), path.read_text(errors="replace")


def test_names(text):
    return [next(filter(None, groups)) for groups in TEST_NAME.findall(text)]


def check(root=ROOT):
    """Returns (problems, number of labels)."""
    pages = {path.relative_to(root).as_posix(): path.read_text() for path in sorted((root / "docs" / "spec").glob("*.md"))}
    rules, limits, problems = {}, {}, []
    for page, text in pages.items():
        for label in RULE.findall(text):
            if label in rules:
                problems.append(f"{page}: {label} is defined in {rules[label]} already")
            rules[label] = page
        for row in LIMIT_ROW.findall(text):
            limits.update({label: page for label in row.split(", ")})

    code = list(read(["lib", "include"], CODE, root))
    tests = list(read(["test", "python/tests"], {".cpp", ".h", ".py", ".mlir", ".test"}, root))
    words = {word for _, text in tests for name in test_names(text) for word in name.split("_")}
    for label, page in sorted(rules.items()):
        anywhere = re.compile(rf"(?<![\w.]){label}(?![\w-])")
        if not any(anywhere.search(text) for _, text in code):
            problems.append(f"{page}: {label} stands nowhere in lib/ or include/; name it at its check")
        if label.replace("-", "") not in words:
            problems.append(f"{page}: {label} is in no test's name; name a test {label.replace('-', '')}_...")
    for label, page in sorted(limits.items()):
        anywhere = re.compile(rf"\b{label}\b")
        if not any(anywhere.search(text) for _, text in code):
            problems.append(f"{page}: {label} stands nowhere in lib/ or include/")
        if not any(anywhere.search(text) for _, text in tests):
            problems.append(f"{page}: {label} is in no test")
    for name, text in code + list(pages.items()):
        for number, line in enumerate(text.splitlines(), 1):
            for label in LABEL.findall(line):
                if label not in rules:
                    problems.append(f"{name}:{number}: {label} is defined on no page of docs/spec")
    return problems, len(rules) + len(limits)
