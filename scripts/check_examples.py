#!/usr/bin/python3
# Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Runs every fenced example of ODS through neuro-opt: it must parse, verify and
survive the round trip.

An example shows an op where it matters and nothing around it. What is missing is
added here: the ops it must be nested in, and a definition for each value that it
uses, with the type that the parser asks for.
"""

import argparse
import re
import subprocess
import sys
from pathlib import Path

import lint_ods

FENCE = re.compile(r"```mlir\n(.*?)```", re.DOTALL)
MISTYPED = re.compile(r"use of value '(%[\w.#-]+)' expects different type than prior uses: '(.*)' vs 'none'")
UNDECLARED = re.compile(r":(\d+):(\d+): error: use of undeclared SSA value name")
VALUE = re.compile(r"%[A-Za-z_0-9]+")
POPULATION = (
    '{value}_spikes, {value} = neuro.population "example" ({current}) attributes {{state = [{fields}]}} {{\n'
    "^bb0({value}_dendrite: i32):\n{body}\n}} : (!neuro.current<{count}>) -> "
    "!neuro.spikes<{count}, 16>, !neuro.factors<{count}>"
)


def examples(source):
    """(title, text) of every example of a dialect."""
    found = lint_ods.records(source)
    kinds = found["!instanceof"]
    for kind in ("Op", "AttrDef", "TypeDef"):
        for name in kinds.get(kind, []):
            record = found[name]
            where = lint_ods.place(record, source)
            if where:
                for match in FENCE.finditer(record.get("description") or ""):
                    yield f"{where}: {name}", match[1]


def parse(opt, text):
    done = subprocess.run(
        [opt, "--verify-roundtrip", "--allow-unregistered-dialect", "-"], input=text, capture_output=True, text=True, check=False
    )
    return None if done.returncode == 0 else done.stderr


def as_operations(text):
    """An attribute or a type becomes an op that carries it."""
    stripped = text.strip()
    if stripped.startswith("#"):
        return f'"example.attribute"() {{value = {stripped}}} : () -> ()'
    if stripped.startswith("!"):
        return f'%example = "example.type"() : () -> {stripped}'
    return text


def define(value, kind, text):
    """An op that makes `value`, which the example uses."""
    if "neuro.population" not in text and kind == "i32":
        return f"{value} = neuro.const 1"
    if "neuro.population" not in text and kind == "i1":
        return f"{value}_one = neuro.const 1\n{value} = neuro.cmp eq {value}_one, {value}_one"
    factors = re.fullmatch(r"!neuro.factors<(\d+)>", kind)
    result = VALUE.match(text.strip())
    if factors and result:
        return POPULATION.format(value=value, current=result[0], fields="", body="", count=factors[1])
    return f'{value} = "example.value"() : () -> {kind}'


def in_population(body, text):
    """The example inside of a population that has the state fields it names."""
    names = sorted(set(re.findall(r'neuro\.(?:read|write) "(\w+)"', text)))
    fields = ", ".join(
        f'#neuro.field<"{name}", bits = 24, signed = true, saturate = true, init = [0]>' for name in names
    )
    population = POPULATION.format(value="%example", current="%current", fields=fields, body=body, count=2)
    return '%current = "example.value"() : () -> !neuro.current<2>\n' + population


def check(opt, text):
    """None, or why the example is wrong."""
    text = as_operations(text)
    types, nested = {}, False
    while True:
        whole = "\n".join([*(define(value, kind, text) for value, kind in types.items()), text])
        if nested:
            whole = in_population(whole, text)
        error = parse(opt, whole)
        if error is None:
            return None
        learned = False
        for line, column in UNDECLARED.findall(error):
            value = VALUE.match(whole.splitlines()[int(line) - 1], int(column) - 1)
            if value and value[0] not in types:
                types[value[0]] = "none"
                learned = True
        for value, kind in MISTYPED.findall(error):
            if types.get(value) == "none":
                types[value] = kind
                learned = True
        if not learned and not nested and "op expects parent op 'neuro.population'" in error:
            nested = learned = True
        if not learned:
            return error.strip().splitlines()[0]


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--opt", default="neuro-opt", help="the neuro-opt to run")
    options = parser.parse_args()
    count, problems = 0, []
    for source in lint_ods.umbrellas()[0]:
        for title, text in examples(source):
            count += 1
            error = check(options.opt, text)
            if error:
                problems.append(f"{title}: {error}")
    for problem in problems:
        print(problem)
    print(f"{count} examples, {len(problems)} wrong")
    return 1 if problems or not count else 0


if __name__ == "__main__":
    sys.exit(main())
