#!/usr/bin/python3
# Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Runs the libFuzzer programs of tools/neuro-fuzz, as many at a time as there are
cores, from the corpus in test/Fuzz/corpus.

New inputs go to build-fuzz/corpus, so that the next run goes on from there;
what crashes, leaks or hangs goes to build-fuzz/found, with the command that
shows it again.
"""

import argparse
import collections
import concurrent.futures
import json
import os
import re
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

# What libFuzzer calls the input that did it.
KINDS = {"crash": "crashes", "leak": "leaks", "timeout": "timeouts", "oom": "out of memory"}

# Seconds an input may take, and MiB: more is a finding. A file of a few kilobytes must not stand for more (B6), with room for AddressSanitizer.
LIMITS = {"binary": (10, 1024), "read": (10, 1024), "state": (10, 1024)}
# Fuzzers that read the seeds of another.
SEEDS = {"read": "binary"}
DEFAULT_LIMITS = (20, 4096)


def fuzz(program, seconds, build, seed=0):
    """Runs one fuzzer. Returns a dict: name, executions, seconds, per_second, corpus, one count for each of KINDS, found."""
    name = program.name.removeprefix("fuzz-")
    grown, found = build / "corpus" / name, build / "found" / name
    for folder in (grown, found):
        folder.mkdir(parents=True, exist_ok=True)
    before = set(found.iterdir())
    seeds = ROOT / "test" / "Fuzz" / "corpus" / SEEDS.get(name, name)
    timeout, megabytes = LIMITS.get(name, DEFAULT_LIMITS)
    command = [str(program), f"-max_total_time={seconds}", f"-seed={seed}", "-print_final_stats=1"]
    command += [f"-timeout={timeout}", f"-rss_limit_mb={megabytes}"]
    command += [f"-artifact_prefix={found}/", str(grown), *([str(seeds)] if seeds.is_dir() else [])]
    # The distribution's MLIR is not instrumented: it does not unpoison what our
    # inlined copies of its allocators poison.
    environment = dict(os.environ, ASAN_OPTIONS="detect_leaks=1:allow_user_poisoning=0", UBSAN_OPTIONS="halt_on_error=1:print_stacktrace=1")
    start = time.monotonic()
    done = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env=environment, check=False)
    taken = time.monotonic() - start
    log = done.stderr.decode(errors="replace")
    log_path = build / f"{program.name}.log"
    log_path.write_text(log)
    executed = re.search(r"stat::number_of_executed_units:\s*(\d+)", log)
    executions = int(executed[1]) if executed else 0
    news = sorted(str(path) for path in set(found.iterdir()) - before)
    kinds = collections.Counter(Path(path).name.split("-")[0] for path in news)
    result = {"name": name, "executions": executions, "seconds": round(taken, 1), "per_second": round(executions / taken)}
    result.update({label: kinds[kind] for kind, label in KINDS.items()})
    result["corpus"] = len(list(grown.iterdir())) + (len(list(seeds.iterdir())) if seeds.is_dir() else 0)
    # A fuzzer that stops by itself without an input has not run: that is no success.
    if not news and (done.returncode or not executions):
        news = [str(log_path)]
    result["found"] = news
    return result


def line(result):
    counts = ", ".join(f"{result[label]} {label}" for label in KINDS.values())
    speed = f"{result['executions']:,} executions in {result['seconds']:.0f} s, {result['per_second']:,} per second"
    return f"fuzz-{result['name']}: {speed}, {counts}, corpus of {result['corpus']}"


def run_all(programs, seconds, build, seed, jobs, show):
    """Runs the fuzzers, `jobs` at a time; calls show(result) as each ends."""
    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        runs = [pool.submit(fuzz, program, seconds, build, seed) for program in programs]
        for run in concurrent.futures.as_completed(runs):
            show(run.result())
    return sorted((run.result() for run in runs), key=lambda result: result["name"])


def main(arguments=None):
    parser = argparse.ArgumentParser(prog="./dev fuzz", description=__doc__.split("\n\n")[0])
    parser.add_argument("--build", type=Path, default=ROOT / "build-fuzz", help="the build folder")
    parser.add_argument("--seconds", type=int, default=60, help="for each fuzzer (%(default)s)")
    parser.add_argument("--hours", type=float, help="for each fuzzer, instead")
    parser.add_argument("--only", action="append", metavar="NAME", help="only this fuzzer; repeatable")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, metavar="N", help="fuzzers at a time (%(default)s)")
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="the same inputs again, with the same corpus; 0: others each time (%(default)s)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the results there as well")
    options = parser.parse_args(arguments)
    seconds = max(1, int(options.hours * 3600)) if options.hours else options.seconds
    build = options.build.resolve()
    programs = sorted(path for path in (build / "bin").glob("fuzz-*") if path.is_file())
    names = [path.name.removeprefix("fuzz-") for path in programs]
    for name in options.only or ():
        if name not in names:
            parser.error(f"--only: no fuzzer '{name}'; there are {', '.join(names) or 'none'}")
    if options.only:
        programs = [path for path in programs if path.name.removeprefix("fuzz-") in options.only]
    if not programs:
        sys.exit(f"fuzz: no such program in {build / 'bin'}; ./dev fuzz builds them")

    def show(result):
        print(line(result), flush=True)
        for path in result["found"]:
            print(f"  {build / 'bin' / ('fuzz-' + result['name'])} {path}", flush=True)

    results = run_all(programs, seconds, build, options.seed, max(1, options.jobs), show)
    total = {label: sum(result[label] for result in results) for label in KINDS.values()}
    minutes = sum(result["seconds"] for result in results) / 60
    executions = sum(result["executions"] for result in results)
    print(f"{len(results)} fuzzers, {minutes:.1f} minutes, {executions:,} executions: " + ", ".join(f"{count} {label}" for label, count in total.items()))
    if options.json:
        options.json.write_text(json.dumps({"fuzzers": results, "minutes": round(minutes, 2), **total}, indent=1) + "\n")
    return 1 if any(result["found"] for result in results) else 0


if __name__ == "__main__":
    sys.exit(main())
