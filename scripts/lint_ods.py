#!/usr/bin/python3
# Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Every op has a summary, a description and a fenced example; every pass has a
summary, a description and help for each option; every type and attribute has a
summary and a description.

Reads the records that TableGen sees, so that nothing hides behind a base class.
"""

import json
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TBLGEN = Path("/usr/lib/llvm-22/bin/llvm-tblgen")
MLIR_INCLUDE = Path("/usr/lib/llvm-22/include")
FENCE = re.compile(r"^\s*```", re.MULTILINE)


def records(source):
    """The records of one .td file, as TableGen's JSON. Raises RuntimeError."""
    command = [TBLGEN, "-dump-json", "-I", MLIR_INCLUDE, "-I", ROOT / "include", "-I", source.parent, source]
    try:
        done = subprocess.run([str(part) for part in command], capture_output=True, text=True, check=False)
    except OSError as error:
        raise RuntimeError(f"cannot run {TBLGEN}: {error.strerror}; ./dev doctor") from error
    if done.returncode:
        raise RuntimeError(done.stderr.strip().splitlines()[0])
    return json.loads(done.stdout)


def umbrellas():
    """The files that TableGen is run on: X/X.td of a dialect, and *Passes.td."""
    include = ROOT / "include" / "neuro"
    dialects = [path for path in include.glob("Dialect/*/*.td") if path.stem == path.parent.name]
    return sorted(dialects), sorted(include.rglob("*Passes.td"))


def place(record, source):
    """path:line of a record, None if it is not ours. TableGen gives base names."""
    for loc in record.get("!locs", []):
        name, _, line = loc.rpartition(":")
        path = source.parent / name
        if path.exists():
            return f"{path.relative_to(ROOT)}:{line}"
    return None


def check_described(record, where, what, example=False):
    if not (record.get("summary") or "").strip():
        yield f"{where}: {what} has no summary"
    description = record.get("description") or ""
    if not description.strip():
        yield f"{where}: {what} has no description"
    if example and len(FENCE.findall(description)) < 2:
        yield f"{where}: {what} has no fenced example in its description (```mlir ... ```)"


def check_dialect(source, counts):
    found = records(source)
    instances = found.get("!instanceof", {})
    for name in instances.get("Op", []):
        record = found[name]
        where = place(record, source)
        if not where:
            continue
        counts["ops"] += 1
        dialect = found[record["opDialect"]["def"]]["name"]
        yield from check_described(record, where, f"op {dialect}.{record['opName']}", example=True)
    for kind in ("TypeDef", "AttrDef"):
        for name in instances.get(kind, []):
            record = found[name]
            where = place(record, source)
            if where and "EnumAttr" not in record.get("!superclasses", []):
                counts["attributes"] += 1
                yield from check_described(record, where, name)
    for name in instances.get("Dialect", []):
        where = place(found[name], source)
        if where:
            yield from check_described(found[name], where, f"dialect {found[name]['name']}")


def check_passes(source, counts):
    found = records(source)
    for name in found.get("!instanceof", {}).get("PassBase", []):
        record = found[name]
        where = place(record, source)
        if not where:
            continue
        counts["passes"] += 1
        what = f"pass {record['argument']}"
        yield from check_described(record, where, what)
        for entry in [*record.get("options", []), *record.get("statistics", [])]:
            option = found.get(entry["def"], {})
            if not (option.get("description") or option.get("desc") or "").strip():
                yield f"{where}: {what}: `{option.get('argument') or option.get('name')}` has no help text"


def check():
    """(problems, counts) over the whole tree."""
    counts = {"ops": 0, "attributes": 0, "passes": 0}
    problems = []
    dialects, passes = umbrellas()
    for function, sources in ((check_dialect, dialects), (check_passes, passes)):
        for source in sources:
            try:
                problems += function(source, counts)
            except (RuntimeError, KeyError) as error:
                problems.append(f"{source.relative_to(ROOT)}:1: TableGen cannot read it: {error}")
    return problems, counts


if __name__ == "__main__":
    found_problems, found_counts = check()
    for problem in found_problems:
        print(problem)
    print(", ".join(f"{count} {kind}" for kind, count in found_counts.items()) + f", {len(found_problems)} problems")
    sys.exit(1 if found_problems else 0)
