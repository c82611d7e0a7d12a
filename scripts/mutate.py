#!/usr/bin/python3
# Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Puts faults into a copy of the tree, one at a time, and says which of them the tests let pass.

The faults are a list of one-line edits, test/Mutation/*.toml. Each is made in a
scratch copy of the working tree with a build folder of its own; what is needed
is built, and tests run until one fails: those that the edit names, then the
quick ones of every suite, then all. An edit that no test notices has survived:
a test is missing, or the edit changes nothing (then the list says why).

examples:
  ./dev mutate --list                  the edits, by library
  ./dev mutate --count 12 --seed 3     12 of them, drawn evenly from the libraries
  ./dev mutate --only 'Mapping/*'      those of a library
  ./dev mutate --only softmax-spread --depth named
  ./dev mutate --resume                go on where a run was interrupted
  ./dev mutate --shard 2/4             the second of four parts, for four machines
  ./dev mutate --json build/mutate.json

The exit code is 1 if an edit survived that is not argued to be equivalent, or
if an edit does not build.
"""

import argparse
import fnmatch
import json
import os
import random
import signal
import sys
import time
from pathlib import Path

import mutate_list
import mutate_scratch
from mutate_list import ROOT

# What became of an edit.
KILLED, TIMED_OUT, SURVIVED, UNBUILT, ARGUED = "killed", "killed by time-out", "survived", "does not build", "argued"
DEPTHS = {"named": "the tests that it names", "quick": "the quick tests", "all": "all tests"}


def parse_arguments(arguments):
    head, _, examples = __doc__.partition("examples:")
    parser = argparse.ArgumentParser(
        prog="./dev mutate",
        description=head,
        epilog="examples:" + examples,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--build", type=Path, default=ROOT / "build", help="the build folder; scratch copies lie in its folder mutate/")
    parser.add_argument("--list", action="store_true", help="print the edits and stop")
    parser.add_argument("--check", action="store_true", help="only check that every edit of the list still applies")
    parser.add_argument("--count", type=int, metavar="N", help="only N edits, drawn evenly from the libraries")
    parser.add_argument("--seed", type=int, default=1, metavar="N", help="which edits --count draws (%(default)s)")
    parser.add_argument("--only", action="append", metavar="GLOB", help="only edits of this name, or LIBRARY/NAME; repeatable")
    parser.add_argument("--shard", type=parse_shard, default=(1, 1), metavar="I/N", help="only part I of N, in a scratch copy of its own")
    parser.add_argument("--depth", choices=list(DEPTHS), default="all", help="the last tests to try: those that the edit names, the quick ones, all (%(default)s)")
    parser.add_argument("--argued", action="store_true", help="run also the edits that are argued to be equivalent")
    parser.add_argument("--resume", action="store_true", help="keep what an earlier run found about the same edits")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, metavar="N", help="compilers and tests at a time (%(default)s)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the results there as well")
    options = parser.parse_args(arguments)
    if options.count is not None and options.count < 1:
        parser.error("--count: at least 1")
    if options.jobs < 1:
        parser.error("--jobs: at least 1")
    return options


def parse_shard(text):
    try:
        index, _, count = text.partition("/")
        index, count = int(index), int(count)
    except ValueError:
        raise argparse.ArgumentTypeError(f"'{text}' is not I/N, for example 2/4") from None
    if not 1 <= index <= count:
        raise argparse.ArgumentTypeError(f"'{text}': I is one of 1..N")
    return index, count


def choose(edits, options):
    """The edits that the options ask for, in the order of the list."""
    if options.only:
        for pattern in options.only:
            if not any(matches(edit, pattern) for edit in edits):
                raise mutate_list.Problem(f"--only: no edit is called '{pattern}'; --list shows the names")
        edits = [edit for edit in edits if any(matches(edit, pattern) for pattern in options.only)]
    if options.count is not None:
        edits = draw(edits, options.count, options.seed)
    index, count = options.shard
    return edits[index - 1 :: count]


def matches(edit, pattern):
    return fnmatch.fnmatchcase(edit.name, pattern) or fnmatch.fnmatchcase(f"{edit.library}/{edit.name}", pattern)


def draw(edits, count, seed):
    """`count` edits, one of each library in turn."""
    source = random.Random(seed)
    rows = {}
    for edit in edits:
        rows.setdefault(edit.library, []).append(edit)
    for row in rows.values():
        source.shuffle(row)
    order = sorted(rows)
    source.shuffle(order)
    drawn = []
    while len(drawn) < min(count, len(edits)):
        for library in order:
            if rows[library] and len(drawn) < count:
                drawn.append(rows[library].pop())
    return [edit for edit in edits if edit in drawn]


class Log:
    """The results so far, on disk after each edit, so that a run can be resumed."""

    def __init__(self, path, resume):
        self.path = path
        self.results = {}
        if resume and path.exists():
            try:
                self.results = {entry["name"]: entry for entry in json.loads(path.read_text())["edits"]}
            except (ValueError, KeyError, TypeError):
                raise mutate_list.Problem(f"{path}: not the results of an earlier run; remove it, or leave out --resume") from None

    def known(self, edit, tree, depth):
        """What is known of this edit: that a test noticed it, or that in the same tree none of as many did."""
        entry = self.results.get(edit.name)
        if not entry or entry["edit"] != edit.digest():
            return None
        same = entry["tree"] == tree and list(DEPTHS).index(entry["depth"]) >= list(DEPTHS).index(depth)
        return entry if same or entry["result"] in (KILLED, TIMED_OUT) else None

    def add(self, entry):
        self.results[entry["name"]] = entry
        text = json.dumps({"edits": list(self.results.values())}, indent=1)
        partial = self.path.with_suffix(".part")
        partial.write_text(text + "\n")
        partial.replace(self.path)


def judge(scratch, edit, depth):
    """Runs one edit: (result, by what, seconds)."""
    start = time.monotonic()

    def answer(result, by=""):
        return result, by, round(time.monotonic() - start, 1)

    with scratch.edited(edit):
        for stage in scratch.stages(edit, depth):
            if not scratch.build(stage.targets):
                return answer(UNBUILT, str(scratch.log))
            outcome = scratch.run(stage)
            if outcome.failed:
                return answer(TIMED_OUT if outcome.timed_out else KILLED, outcome.failed)
    return answer(SURVIVED)


def describe(entry):
    by = f" by {entry['by']}" if entry["by"] and entry["result"] != UNBUILT else ""
    log = f", see {entry['by']}" if entry["result"] == UNBUILT else ""
    what = f" {DEPTHS[entry['depth']]}" if entry["result"] == SURVIVED else ""
    return f"{entry['result']}{what}{by}{log}"


def left_to_do(edits, scratch, options, log):
    """The edits to run: neither argued to change nothing, nor known from an earlier run."""
    return [edit for edit in edits if (options.argued or not edit.argued) and not log.known(edit, scratch.digest, options.depth)]


def run(edits, scratch, options, log):
    """Judges the edits; returns their entries in order."""
    start = time.monotonic()
    todo = left_to_do(edits, scratch, options, log)
    scratch.prepare(todo)
    print(f"scratch copy {scratch.folder} built and its tests tried in {time.monotonic() - start:.0f} s", flush=True)
    entries, spent, done = [], 0.0, 0
    for number, edit in enumerate(edits, 1):
        entry = {"name": edit.name, "library": edit.library, "edit": edit.digest(), "tree": scratch.digest, "depth": options.depth}
        if edit in todo:
            entry["result"], entry["by"], entry["seconds"] = judge(scratch, edit, options.depth)
            log.add(entry)
            spent, done = spent + entry["seconds"], done + 1
            note = f"({entry['seconds']:.0f} s; about {spent / done * (len(todo) - done) / 60:.0f} min left)"
        elif edit.argued and not options.argued:
            entry.update(result=ARGUED, by="", seconds=0)
            note = ""
        else:
            entry = log.known(edit, scratch.digest, options.depth)
            note = "(an earlier run)"
        entries.append(entry)
        print(f"[{number}/{len(edits)}] {edit.library}/{edit.name}: {describe(entry)} {note}".rstrip(), flush=True)
    return entries


def report(edits, entries, digest):
    """Prints the table and the sum; `digest` is of the tree. Returns the exit code."""
    by_name = {edit.name: edit for edit in edits}
    width = max(len(f"{entry['library']}/{entry['name']}") for entry in entries)
    print()
    for entry in entries:
        name = f"{entry['library']}/{entry['name']}"
        print(f"{name:{width}}  {describe(entry)}")
    counts = {kind: [entry for entry in entries if entry["result"] == kind] for kind in (KILLED, TIMED_OUT, SURVIVED, UNBUILT, ARGUED)}
    survivors = [entry for entry in counts[SURVIVED] if not by_name[entry["name"]].argued]
    argued = [entry for entry in counts[SURVIVED] + counts[ARGUED] if by_name[entry["name"]].argued]
    wrong = [entry for entry in counts[KILLED] + counts[TIMED_OUT] if by_name[entry["name"]].argued]
    for entry in argued:
        print(f"\n{entry['name']} changes nothing: {by_name[entry['name']].argued}")
    for entry in wrong:
        print(f"\n{entry['name']} is argued to change nothing, but a test noticed it: {by_name[entry['name']].argued}")
    for entry in survivors:
        edit = by_name[entry["name"]]
        print(f"\nsurvived: {edit.library}/{edit.name}: {edit.why}\n  {edit.file}\n- {edit.old}\n+ {edit.new}")
    killed = len(counts[KILLED]) + len(counts[TIMED_OUT])
    earlier = sum(entry["tree"] != digest for entry in entries)
    if earlier:
        print(f"\n{earlier} of these results are of an earlier state of the tree")
    print(
        f"\n{len(entries)} edits in {len({entry['library'] for entry in entries})} libraries: {killed} killed"
        f" ({len(counts[TIMED_OUT])} by time-out), {len(survivors)} survived,"
        f" {len(argued)} argued equivalent, {len(counts[UNBUILT])} do not build"
    )
    return 1 if survivors or wrong or counts[UNBUILT] else 0


def print_list(edits):
    width = max((len(edit.name) for edit in edits), default=0)
    library = None
    for edit in edits:
        if edit.library != library:
            library = edit.library
            print(library)
        print(f"  {edit.name:{width}}  {edit.why}{' [argued equivalent]' if edit.argued else ''}")
    argued = sum(bool(edit.argued) for edit in edits)
    print(f"{len(edits)} edits in {len({edit.library for edit in edits})} libraries, {argued} argued equivalent")


def main(arguments=None):
    options = parse_arguments(arguments)
    try:
        edits = mutate_list.load(ROOT)
        problems = mutate_list.check(ROOT, edits)
        if problems:
            raise mutate_list.Problem("\n".join(problems))
        chosen = choose(edits, options)
    except mutate_list.Problem as problem:
        print(problem, file=sys.stderr)
        return 2
    if options.check:
        print(f"{len(edits)} edits in {len({edit.library for edit in edits})} libraries apply")
        return 0
    if options.list or not chosen:
        print_list(chosen)
        return 0
    index, count = options.shard
    folder = options.build.resolve() / ("mutate" if count == 1 else f"mutate-{index}-of-{count}")
    # Whoever stops it, the programs it has started stop too, and the edit is taken back.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.default_int_handler)
    try:
        with mutate_scratch.claimed(folder):
            scratch = mutate_scratch.Scratch(ROOT, folder, options.jobs)
            scratch.copy()
            entries = run(chosen, scratch, options, Log(folder / "results.json", options.resume))
    except mutate_list.Problem as problem:
        print(problem, file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("interrupted; --resume goes on from here", file=sys.stderr)
        return 130
    code = report(edits, entries, scratch.digest)
    if options.json:
        options.json.write_text(json.dumps({"edits": entries}, indent=1) + "\n")
    return code


if __name__ == "__main__":
    sys.exit(main())
