#!/usr/bin/python3
# Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Checks every file under version control against the rules of CONTRIBUTING.md.

Each problem is one line, `path:line: what, and what to do`. Exit code 1 if any.
"""

import argparse
import re
import shutil
import subprocess
import sys
from pathlib import Path

import lint_labels
import lint_ods

ROOT = Path(__file__).resolve().parent.parent
CLANG_FORMAT = "clang-format-14"
LICENCE = "SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception"
MAX_LINES = 800
CODE = {".h", ".cpp", ".td", ".py", ".cmake", ".fbs", ".sh"}
BINARY = {".onnx", ".npz", ".npy", ".nrb", ".png", ".pb", ".bin"}

# Runs without MLIR, and meets what a user may write or feed.
PLAIN = r"(lib|include/neuro)/(Learning/|Runtime/|Support/(?!Constants|Locations)|Mapping/|Target/(?!Binary/))|tools/neuro-run/"
FED = r"lib/(Import|Learning|Runtime|Support|Target|CAPI)/"

# (files, pattern, what to do instead)
RULES = [
    (r".*\.h$", r"^\s*using namespace\b", "no `using namespace` in a header: qualify the names"),
    (r".*\.(h|cpp|td|py|cmake)$|.*CMakeLists\.txt$", r"\b(TODO|FIXME|XXX)\b", "no TODO: do it, or open an issue"),
    (r"lib/.*\.(h|cpp)$|include/.*\.h$", r"\bgetenv\b", "no environment in a library: pass an option"),
    (r"lib/(?!.*Translations?\.cpp).*\.(h|cpp)$|include/.*\.h$", r"\bcl::opt\b", "no global option in a library: use an options struct"),
    (r"(lib|tools)/.*\.(h|cpp)$", r"\breport_fatal_error\b", "no abort on input: return an error that says what to do"),
    (FED, r"(?<![\w_])assert\(|\bllvm_unreachable\b|\babort\(|\bstd::terminate\b", "no abort on input: return an error that says what to do"),
    (r"lib/.*\.cpp$", r"\b(rewriter|builder|b)\.create<", "write OpTy::create(builder, loc, ...)"),
    (PLAIN, r'^\s*#\s*include\s+[<"](mlir|llvm)/', "the runtime side has no MLIR and no LLVM"),
    (r".*", r"/(home|root|Users)/\w+/", "a path of one machine"),
    (r".*\.(h|cpp|td|py|cmake|md|mlir|test|fbs)$|dev$", r"[ \t]+$", "trailing white space"),
    (r".*\.(h|cpp|td|py|cmake|md|fbs)$", r"\t", "a tab: use spaces"),
]


def tracked():
    listing = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout
    names = [name for name in listing.decode().split("\0") if name]
    return [name for name in names if (ROOT / name).is_file() and not (ROOT / name).is_symlink()]


def check_text(name, lines):
    """The rules that look at one line."""
    if name == "scripts/lint.py":
        return
    for files, pattern, remedy in RULES:
        if not re.match(files, name):
            continue
        for number, line in enumerate(lines, 1):
            if re.search(pattern, line):
                yield f"{name}:{number}: {remedy}"


def check_file(name, lines):
    """The rules that look at a whole file."""
    path = Path(name)
    is_code = path.suffix in CODE or path.name in ("CMakeLists.txt", "dev")
    if is_code and not any(LICENCE in line for line in lines[:12]):
        yield f"{name}:1: no licence header; the line `{LICENCE}` belongs in the first 12"
    if path.suffix in (".h", ".cpp") and lines and not lines[0].startswith(("//===-", "/*===-")):
        yield f"{name}:1: no purpose; the first line is `//===- {path.name} - PURPOSE ---*- C++ -*-===//`"
    if any("PatternRewriter" in line for line in lines):
        for number, line in enumerate(lines, 1):
            if path.suffix == ".cpp" and "emitOpError" in line:
                yield f"{name}:{number}: no emitOpError where patterns are: notifyMatchFailure, or emitError at the op's location"
    if path.suffix in CODE and len(lines) > MAX_LINES:
        yield f"{name}:{MAX_LINES + 1}: {len(lines)} lines; split files over {MAX_LINES}"


def check_format(names, fix):
    """What clang-format would change."""
    if not names:
        return
    if not shutil.which(CLANG_FORMAT):
        yield f"{CLANG_FORMAT} is missing: apt-get install -y {CLANG_FORMAT}"
        return
    if fix:
        subprocess.run([CLANG_FORMAT, "-i", *names], cwd=ROOT, check=False)
    done = subprocess.run([CLANG_FORMAT, "--dry-run", *names], cwd=ROOT, capture_output=True, text=True, check=False)
    first = {}
    for line in done.stderr.splitlines():
        found = re.match(r"(.+?):(\d+):\d+: warning: code should be clang-formatted", line)
        if found:
            first.setdefault(found[1], found[2])
    for name, number in sorted(first.items()):
        yield f"{name}:{number}: not formatted; ./dev format"


def check_tidy(build):
    """clang-tidy over what the build compiled."""
    if not (build / "compile_commands.json").exists():
        yield f"{build}/compile_commands.json is missing: ./dev build"
        return
    runner = shutil.which("run-clang-tidy-22")
    if not runner:
        yield "run-clang-tidy-22 is missing: apt-get install -y clang-tidy-22"
        return
    command = [runner, "-quiet", "-p", str(build), rf"^{re.escape(str(ROOT))}/(lib|tools)/"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    for line in sorted(set(done.stdout.splitlines())):
        found = re.match(rf"{re.escape(str(ROOT))}/(.+?: (?:warning|error): .*)", line)
        if found:
            yield found[1]


def main():
    parser = argparse.ArgumentParser(prog="./dev lint", description=__doc__.split("\n\n")[0])
    parser.add_argument("--build", type=Path, default=ROOT / "build", help="the build folder (for --tidy)")
    parser.add_argument("--tidy", action="store_true", help="run clang-tidy too (minutes)")
    parser.add_argument("--fix", action="store_true", help="format the C++ files first")
    options = parser.parse_args()

    names = tracked()
    problems = []
    for name in names:
        if Path(name).suffix in BINARY or name == "LICENSE":
            continue
        try:
            text = (ROOT / name).read_text()
        except UnicodeDecodeError:
            continue
        lines = text.splitlines()
        problems += check_text(name, lines)
        problems += check_file(name, lines)
        if text and not text.endswith("\n"):
            problems.append(f"{name}:{len(lines)}: no newline at the end")
    problems += check_format([name for name in names if Path(name).suffix in (".h", ".cpp")], options.fix)
    ods, counts = lint_ods.check()
    problems += ods
    unlabelled, labels = lint_labels.check()
    problems += unlabelled
    if options.tidy:
        problems += check_tidy(options.build.resolve())

    for problem in problems:
        print(problem)
    print(f"{len(names)} files, {counts['ops']} ops, {counts['passes']} passes, {labels} labels, {len(problems)} problems")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
