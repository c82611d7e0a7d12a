#!/usr/bin/python3
# Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Prints what each neuron model costs on the chip, as a table.

Every file of models/neurons is scheduled and mapped by neuro-opt; what is counted
is the program that comes out: its instructions, those on its longest path (the
worst case of one update), the parameters and the bits of state of a neuron.
"""

import argparse
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BEGIN, END = "<!-- neuron_table.py -->\n", "<!-- end -->\n"


def lower(opt, path):
    """The loihi ops of a model, as text."""
    done = subprocess.run(
        [opt, "--neuro-schedule", "--neuro-to-loihi", str(path)], capture_output=True, text=True, check=False
    )
    if done.returncode:
        sys.exit(f"{path}: {done.stderr.strip()}")
    return done.stdout


def longest_path(program):
    """Instructions on the longest way through a program; control only moves forward."""
    length = [0] * (len(program) + 1)
    for i in reversed(range(len(program))):
        after = [i + 1]
        words = program[i].split()
        if words[0] == "skp_c":
            after.append(i + 1 + int(words[1]))
        if words[0] == "jmp_c":
            after.append(int(words[1]))
        length[i] = 1 + max(length[k] for k in after)
    return length[0]


def rows(opt):
    for path in sorted((ROOT / "models" / "neurons").glob("*.mlir")):
        text = lower(opt, path)
        title = path.read_text(encoding="utf-8").splitlines()[0].removeprefix("// ")
        for name, body in re.findall(r'loihi\.program "([^"]*)" \{\n(.*?)\}', text, re.DOTALL):
            program = re.findall(r'loihi\.inst "([^"]*)"', body)
            group = re.search(rf'loihi\.group "{re.escape(name)}"[^\n]*\{{\n(.*?)\n *\}}\n', text, re.DOTALL)
            data = group[1] if group else ""
            bits = [int(b) for b in re.findall(r'loihi\.state "[^"]*" bits (\d+)', data)]
            yield [
                title if name == path.stem else f"its population `{name}`",
                f"`{path.name}`",
                str(len(program)),
                str(longest_path(program)),
                str(len(re.findall(r"loihi\.param ", data))),
                str(sum(bits)),
            ]


def table(opt):
    lines = ["| model | file | instructions | longest path | parameters | bits of state |", "|---|---|---|---|---|---|"]
    lines += [f"| {' | '.join(row)} |" for row in rows(opt)]
    return "\n".join(lines) + "\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--opt", default="neuro-opt", help="the neuro-opt to run")
    parser.add_argument("--check", metavar="PAGE", help="fail unless this page holds the table")
    parser.add_argument("--write", metavar="PAGE", help="put the table into this page")
    options = parser.parse_args()
    text = table(options.opt)
    page = options.check or options.write
    if not page:
        print(text, end="")
        return 0
    old = Path(page).read_text(encoding="utf-8")
    if BEGIN not in old or END not in old:
        print(f"{page}: no place for the table: it needs the lines {BEGIN.strip()} and {END.strip()}")
        return 1
    head, rest = old.split(BEGIN, 1)
    new = head + BEGIN + text + END + rest.split(END, 1)[1]
    if options.write:
        Path(page).write_text(new, encoding="utf-8")
    elif old != new:
        print(f"{page}: the table is out of date; run scripts/neuron_table.py --write {page}")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
