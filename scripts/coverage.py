#!/usr/bin/python3
# Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Measures which lines of the runtime and its loader the tests execute.

Runs the programs of test/Unit, the differential runner and the Python tests of
neuro-run on an instrumented build, then gcovr. Fails below --minimum percent
of lib/Runtime.
"""

import argparse
import json
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
UNITS = ("Runtime", "Support", "Target")
PYTESTS = ("test_resume.py", "test_learning_golden.py")


def main():
    parser = argparse.ArgumentParser(prog="./dev coverage", description=__doc__.split("\n\n")[0])
    parser.add_argument("--build", type=Path, default=ROOT / "build-coverage", help="the instrumented build")
    parser.add_argument("--minimum", type=float, default=90.0, help="percent of lib/Runtime (%(default)s)")
    parser.add_argument("--networks", type=int, default=300, help="of the differential runner (%(default)s)")
    options = parser.parse_args()
    build = options.build.resolve()
    for counts in build.rglob("*.gcda"):
        counts.unlink()
    env = dict(os.environ, NEURO_BUILD_DIR=str(build), PYTHONPATH=str(ROOT / "python"))
    tool = build / "bin" / "neuro-run"
    commands = [[build / "test" / "Unit" / name / f"Neuro{name}Tests", "--gtest_brief=1"] for name in UNITS]
    commands.append(["/usr/bin/python3", "-m", "neuro.differential", "--tool", tool, "--count", str(options.networks), "--quiet"])
    pytests = [ROOT / "python" / "tests" / name for name in PYTESTS]
    commands.append(["/usr/bin/python3", "-m", "pytest", "-q", "-p", "no:cacheprovider", *[p for p in pytests if p.exists()]])
    failed = 0
    for command in commands:
        failed |= subprocess.run([str(part) for part in command], env=env, check=False, cwd=ROOT).returncode
    report = build / "coverage.json"
    subprocess.run(
        ["gcovr", "-r", ROOT, "--object-directory", build, "--filter", "lib/Runtime/", "--filter", "lib/Support/"]
        + ["--filter", "lib/Target/[A-Z][A-Za-z]*.cpp", "--json-summary", report, "--txt", build / "coverage.txt"],
        cwd=ROOT,
        check=True,
    )
    print((build / "coverage.txt").read_text())
    files = [f for f in json.loads(report.read_text())["files"] if f["filename"].startswith("lib/Runtime/")]
    covered = sum(f["line_covered"] for f in files)
    total = sum(f["line_total"] for f in files)
    percent = 100.0 * covered / max(total, 1)
    print(f"lib/Runtime: {covered} of {total} lines, {percent:.1f} %")
    if failed:
        print("some tests failed")
    return 1 if failed or percent < options.minimum else 0


if __name__ == "__main__":
    sys.exit(main())
