#!/usr/bin/python3
# Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Runs every test suite and adds up what their result files say.

Suites: unit (the programs that CTest knows), lit (test/), pytest (python/tests),
fuzz (every fuzzer for a minute, with one seed; only when asked for, or when CI
is set).
The last line is always `N passed, N failed, N skipped`; the exit code is 0 only
if nothing failed and something ran.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import time
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import sanitizers

ROOT = Path(__file__).resolve().parent.parent
LIT = Path("/usr/lib/llvm-22/bin/lit")
LIT_PASSED = {"PASS", "FLAKYPASS", "XFAIL"}
LIT_SKIPPED = {"UNSUPPORTED", "SKIPPED"}


class Tally:
    """What one suite did. `failures` are names a reader can look for."""

    def __init__(self):
        self.passed = 0
        self.skipped = 0
        self.failures = []

    def add(self, other):
        self.passed += other.passed
        self.skipped += other.skipped
        self.failures += other.failures

    def line(self):
        return f"{self.passed} passed, {len(self.failures)} failed, {self.skipped} skipped"


def run(command, log, env=None, timeout=None, echo=False):
    """Runs `command`, keeping its output in `log`; returns the exit code."""
    with open(log, "wb") as out:
        try:
            process = subprocess.run(
                [str(part) for part in command],
                stdout=None if echo else out,
                stderr=None if echo else subprocess.STDOUT,
                env=env,
                timeout=timeout,
                check=False,
            )
            return process.returncode
        except subprocess.TimeoutExpired:
            out.write(f"\nstopped after {timeout} s\n".encode())
            return 124
        except OSError as error:
            out.write(f"\ncannot run {command[0]}: {error}\n".encode())
            return 127


def tail(log, lines=40):
    text = Path(log).read_text(errors="replace").splitlines()
    for line in text[-lines:]:
        print(f"    {line}")


def unit_commands(build):
    """The tests CTest knows: name and command."""
    listing = subprocess.run(
        ["ctest", "--test-dir", str(build), "--show-only=json-v1"], capture_output=True, text=True, check=False
    )
    if listing.returncode:
        raise RuntimeError(f"ctest cannot list the tests of {build}: {listing.stderr.strip()}")
    return [(test["name"], test.get("command")) for test in json.loads(listing.stdout)["tests"]]


def gtest_tally(name, report):
    tally = Tally()
    for suite in report.get("testsuites", []):
        for case in suite.get("testsuite", []):
            title = f"{name}: {case['classname']}.{case['name']}"
            if case.get("failures"):
                tally.failures.append(title)
            elif case.get("result") == "SKIPPED" or case.get("status") == "NOTRUN":
                tally.skipped += case.get("result") == "SKIPPED"
            else:
                tally.passed += 1
    return tally


def run_unit(options, results):
    total = Tally()
    wanted = "*" if not options.filter else f"*{options.filter}*"
    for name, command in unit_commands(options.build):
        report = results / f"unit-{name}.json"
        log = results / f"unit-{name}.log"
        if command is None or not shutil.which(command[0]):
            total.failures.append(f"{name}: the program is not built")
            continue
        env = dict(os.environ, GTEST_OUTPUT=f"json:{report}", GTEST_COLOR="no")
        env["GTEST_FILTER"] = wanted + ("-*Slow*" if options.quick else "")
        code = run(command, log, env, timeout=900)
        tally = Tally()
        if report.exists():
            tally = gtest_tally(name, json.loads(report.read_text()))
        elif code == 0:
            tally.passed = 1
        if code and not tally.failures:
            tally.failures.append(f"{name}: exit code {code}")
        if tally.failures:
            print(f"  {name} failed; the end of {log}:")
            tail(log)
        total.add(tally)
    return total


def run_lit(options, results):
    report = results / "lit.json"
    command = ["/usr/bin/python3", LIT, options.build / "test", "-j", os.cpu_count() or 1, "--output", report]
    command += ["--timeout", "600", "-v", "--no-progress-bar", "--order", "smart"]
    if options.quick:
        command += ["--param", "quick=1"]
    if options.filter:
        command += ["--filter", options.filter]
    log = results / "lit.log"
    code = run(command, log)
    tally = Tally()
    if not report.exists():
        if options.filter and "did not discover" not in log.read_text(errors="replace"):
            return tally
        tally.failures.append(f"lit: exit code {code} and no result")
        tail(log)
        return tally
    for test in json.loads(report.read_text())["tests"]:
        if test["code"] in LIT_PASSED:
            tally.passed += 1
        elif test["code"] in LIT_SKIPPED:
            tally.skipped += 1
        elif test["code"] != "EXCLUDED":
            tally.failures.append(test["name"])
            print(f"  {test['code']}: {test['name']}")
            for line in test.get("output", "").splitlines()[-30:]:
                print(f"    {line}")
    if code and not tally.failures:
        tally.failures.append(f"lit: exit code {code}; see {log}")
    return tally


def run_pytest(options, results):
    report = results / "pytest.xml"
    log = results / "pytest.log"
    command = ["/usr/bin/python3", "-m", "pytest", ROOT / "python" / "tests", f"--junitxml={report}"]
    command += ["-o", "junit_family=xunit1"]
    command += ["-q", "-ra", "-p", "no:cacheprovider", "--rootdir", ROOT / "python"]
    if options.quick:
        command += ["-m", "not slow"]
    if options.filter:
        command += ["-k", options.filter]
    code = run(command, log, {**sanitizers.environment(options.build), **os.environ})
    tally = Tally()
    if not report.exists():
        tally.failures.append(f"pytest: exit code {code} and no result")
        tail(log)
        return tally
    for case in ElementTree.parse(report).getroot().iter("testcase"):
        name = f"{case.get('classname')}.{case.get('name')}"
        for entry in case.iter("property"):
            print(f"   {entry.get('name')}: {entry.get('value')}")
        if case.find("failure") is not None or case.find("error") is not None:
            tally.failures.append(name)
        elif case.find("skipped") is not None:
            tally.skipped += 1
        else:
            tally.passed += 1
    if code not in (0, 5) and not tally.failures:
        tally.failures.append(f"pytest: exit code {code}; see {log}")
    if tally.failures:
        print(f"  pytest failed; the end of {log}:")
        tail(log, 80)
    return tally


def run_fuzz(options, results):
    report = results / "fuzz.json"
    command = ["/usr/bin/python3", ROOT / "scripts" / "run_fuzzers.py", "--build", options.fuzz_build]
    command += ["--seconds", options.fuzz_seconds, "--seed", 1, "--json", report]
    code = run(command, results / "fuzz.log", echo=True)
    tally = Tally()
    if not report.exists():
        tally.failures.append(f"fuzz: exit code {code} and no result")
        return tally
    for result in json.loads(report.read_text())["fuzzers"]:
        if result["found"]:
            tally.failures.append(f"fuzz-{result['name']}: {', '.join(result['found'])}")
        else:
            tally.passed += 1
    return tally


def main():
    parser = argparse.ArgumentParser(prog="./dev test", description=__doc__.split("\n\n")[0])
    parser.add_argument("--build", type=Path, default=ROOT / "build", help="the build folder")
    parser.add_argument("--quick", action="store_true", help="leave out tests marked slow")
    parser.add_argument("--filter", metavar="TEXT", help="only tests whose name holds this (lit: regular expression)")
    parser.add_argument("--suite", action="append", choices=["unit", "lit", "pytest", "fuzz"], help="only this suite; repeatable")
    parser.add_argument("--fuzz-build", type=Path, default=ROOT / "build-fuzz", help="the build folder of the fuzzers")
    parser.add_argument("--fuzz-seconds", type=int, default=60, help="for each fuzzer (%(default)s)")
    options = parser.parse_args()
    options.build = options.build.resolve()
    os.environ["NEURO_BUILD_DIR"] = str(options.build)
    if options.quick:
        os.environ["NEURO_QUICK"] = "1"

    results = options.build / "test-results"
    shutil.rmtree(results, ignore_errors=True)
    results.mkdir(parents=True)

    suites = {"unit": run_unit, "lit": run_lit, "pytest": run_pytest}
    cache = options.build / "CMakeCache.txt"
    has_python = cache.exists() and "NEURO_ENABLE_PYTHON:BOOL=ON" in cache.read_text(errors="replace")
    if not has_python or not list((ROOT / "python" / "tests").glob("test_*.py")):
        del suites["pytest"]
    if "fuzz" in (options.suite or ()) or (os.environ.get("CI") and not options.filter):
        suites["fuzz"] = run_fuzz
    elif not options.suite:
        print("-- fuzz: left out; ./dev test --suite fuzz runs it, and so does CI=1")
    total = Tally()
    for name, function in suites.items():
        if options.suite and name not in options.suite:
            continue
        print(f"-- {name}", flush=True)
        start = time.monotonic()
        try:
            tally = function(options, results)
        except (RuntimeError, OSError, ValueError, KeyError) as error:
            tally = Tally()
            tally.failures.append(f"{name}: {error}")
        print(f"   {tally.line()} in {time.monotonic() - start:.1f} s", flush=True)
        total.add(tally)

    if total.failures:
        print("\nfailed:")
        for name in total.failures:
            print(f"  {name}")
    elif not total.passed:
        print("\nno test ran: a wrong --filter or --suite, or an empty build")
    print(total.line())
    return 1 if total.failures or not total.passed else 0


if __name__ == "__main__":
    sys.exit(main())
