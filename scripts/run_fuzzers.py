#!/usr/bin/python3
# Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Runs the libFuzzer programs of tools/neuro-fuzz, one after another, from the
corpus in test/Fuzz/corpus.

New inputs go to build-fuzz/corpus, so that the next run goes on from there;
what crashes, leaks or hangs goes to build-fuzz/found, with the command that
shows it again.
"""

import argparse
import re
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def fuzz(program, seconds, build):
    """Runs one fuzzer; returns (executions, seconds, files found)."""
    name = program.name.removeprefix("fuzz-")
    grown, found = build / "corpus" / name, build / "found" / name
    for folder in (grown, found):
        folder.mkdir(parents=True, exist_ok=True)
    before = set(found.iterdir())
    seeds = ROOT / "test" / "Fuzz" / "corpus" / name
    command = [str(program), f"-max_total_time={seconds}", "-timeout=20", "-rss_limit_mb=4096", "-print_final_stats=1"]
    command += [f"-artifact_prefix={found}/", str(grown), *([str(seeds)] if seeds.is_dir() else [])]
    start = time.monotonic()
    done = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, check=False)
    log = done.stderr.decode(errors="replace")
    (build / f"{program.name}.log").write_text(log)
    executed = re.search(r"stat::number_of_executed_units:\s*(\d+)", log)
    news = sorted(set(found.iterdir()) - before)
    if done.returncode and not news:
        print(log[-3000:])
        news = [build / f"{program.name}.log"]
    return int(executed[1]) if executed else 0, time.monotonic() - start, news


def main():
    parser = argparse.ArgumentParser(prog="./dev fuzz", description=__doc__.split("\n\n")[0])
    parser.add_argument("--build", type=Path, default=ROOT / "build-fuzz", help="the build folder")
    parser.add_argument("--seconds", type=int, default=60, help="for each fuzzer (%(default)s)")
    parser.add_argument("--hours", type=float, help="for each fuzzer, instead")
    parser.add_argument("--only", action="append", metavar="NAME", help="only this fuzzer; repeatable")
    options = parser.parse_args()
    seconds = int(options.hours * 3600) if options.hours else options.seconds
    build = options.build.resolve()
    programs = sorted(path for path in (build / "bin").glob("fuzz-*") if path.is_file())
    if options.only:
        programs = [path for path in programs if path.name.removeprefix("fuzz-") in options.only]
    if not programs:
        sys.exit(f"fuzz: no such program in {build / 'bin'}")
    failed = 0
    for program in programs:
        executions, taken, news = fuzz(program, seconds, build)
        failed += len(news)
        print(f"{program.name}: {executions:,} executions in {taken:.0f} s, {executions / taken:,.0f} per second, {len(news)} found", flush=True)
        for path in news:
            print(f"  {program} {path}")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
