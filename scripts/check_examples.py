#!/usr/bin/python3
# Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Runs every fenced example of ODS through neuro-opt: it must parse, verify and
survive the round trip; the first example of a pass must pass through that pass.

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
PARENT = re.compile(r"op expects parent op '([\w.]+)'")
VALUE = re.compile(r"%[A-Za-z_0-9]+")
POPULATION = (
    '{value}_spikes, {value} = neuro.population "example" ({current}) attributes {{state = [{fields}]}} {{\n'
    "^bb0({value}_dendrite: i32):\n{body}\n}} : (!neuro.current<{count}>) -> "
    "!neuro.spikes<{count}, 16>, !neuro.factors<{count}>"
)

PASS_OPTIONS = {"nn-quantise": "=calibration=random:1"}
# Innermost first.
LOIHI_CONTEXTS = {
    "loihi.program": '%nested = loihi.program "example" {{\n{0}\n}}',
    "loihi.group": (
        'loihi.group "example" %example_program, %example_source first 0 count 1 dendrites 1 payload 16 from 0 {{\n{0}\n}}'
    ),
    "loihi.core": "loihi.core @example_core chip 0 at 0, 0 {{\n{0}\n}}",
    "loihi.system": (
        'loihi.system @example target "loihi2" attributes {{chips = 1 : i64, cores_per_chip = 120 : i64, '
        "mesh = array<i64: 16, 8>, period = 2 : i64, latency = 3 : i64}} {{\n{0}\n}}"
    ),
}
# Where a value of this type may be made, and how.
LOIHI_VALUES = {
    "!loihi.source": ("loihi.system", '{0} = loihi.source "example" op "Gemm"'),
    "!loihi.program": ("loihi.core", '{0} = loihi.program "example" {{\nloihi.inst "spike d0"\n}}'),
    "!loihi.rule": ("loihi.core", '{0} = loihi.rule "example" "dw = 2*y0*x1"'),
}
# What must stand beside an op, since it points there.
LOIHI_GROUP = LOIHI_CONTEXTS["loihi.group"].format("")
LOIHI_NEEDS = {
    "loihi.axons": (
        "%example_format = loihi.format mixed dense weight 8 exp -1 delay 0 tag 0 index 0 dendrite 0\n"
        f"loihi.synapses dense<0> : tensor<1xi64>\n{LOIHI_GROUP}"
    ),
    "loihi.fanout": LOIHI_GROUP,
}


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


def parse(opt, text, *options):
    command = [opt, *(options or ["--verify-roundtrip"]), "--allow-unregistered-dialect", "-"]
    done = subprocess.run(command, input=text, capture_output=True, text=True, check=False)
    return None if done.returncode == 0 else done.stderr


def pass_examples(source):
    """(title, option, first example) of every pass."""
    found = lint_ods.records(source)
    for name in found["!instanceof"].get("PassBase", []):
        record = found[name]
        where = lint_ods.place(record, source)
        match = FENCE.search(record.get("description") or "")
        if where and match:
            option = f"--{record['argument']}{PASS_OPTIONS.get(record['argument'], '')}"
            yield f"{where}: {record['argument']}", option, match[1]


def check_pass(opt, option, text):
    """None, or why the example is wrong. `// After:` parts two pictures from each other."""
    if "// After:" not in text:
        return parse(opt, text, option)
    return next(filter(None, (check(opt, part) for part in text.split("// After:"))), None)


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
    form = LOIHI_VALUES.get(kind, (None, '{0} = "example.value"() : () -> {1}'))[1]
    return form.format(value, kind)


def surround(context, body, text):
    """`body` in an op of the kind that its ops must be nested in."""
    if context != "neuro.population":
        return LOIHI_CONTEXTS[context].format(body)
    names = sorted(set(re.findall(r'neuro\.(?:read|write) "(\w+)"', text)))
    fields = ", ".join(
        f'#neuro.field<"{name}", bits = 24, signed = true, saturate = true, init = [0]>' for name in names
    )
    population = POPULATION.format(value="%example", current="%current", fields=fields, body=body, count=2)
    return '%current = "example.value"() : () -> !neuro.current<2>\n' + population


def compose(text, types, contexts):
    """The example with its definitions, each in the context where it may stand."""
    placed = {value: LOIHI_VALUES.get(kind, (None,))[0] for value, kind in types.items()}
    inner = [value for value, context in placed.items() if context not in contexts]
    whole = "\n".join([*(define(value, types[value], text) for value in inner), text])
    for context in contexts:
        if context == "loihi.core":
            whole += "".join(f"\n{extra}" for op, extra in LOIHI_NEEDS.items() if op in text)
        here = [define(value, types[value], text) for value in placed if placed[value] == context]
        whole = surround(context, "\n".join([*here, whole]), text)
    return whole


def check(opt, text):
    """None, or why the example is wrong."""
    text = as_operations(text)
    types, contexts = {}, []
    while True:
        whole = compose(text, types, contexts)
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
        parent = PARENT.search(error)
        if not learned and parent and parent[1] not in contexts:
            nesting = list(LOIHI_CONTEXTS)
            if parent[1] in nesting:
                contexts = nesting[nesting.index(parent[1]) :]
            elif parent[1] == "neuro.population":
                contexts = [parent[1]]
            if parent[1] == "loihi.program":
                contexts.remove("loihi.group")
            if "loihi.core" in contexts:
                types["%example_source"] = "!loihi.source"
                types["%example_program"] = "!loihi.program"
            learned = parent[1] in contexts
        if not learned:
            return error.strip().splitlines()[0]


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--opt", default="neuro-opt", help="the neuro-opt to run")
    options = parser.parse_args()
    count, problems = 0, []
    dialects, passes = lint_ods.umbrellas()
    for source in dialects:
        for title, text in examples(source):
            count += 1
            error = check(options.opt, text)
            if error:
                problems.append(f"{title}: {error}")
    for source in passes:
        for title, option, text in pass_examples(source):
            count += 1
            error = check_pass(options.opt, option, text)
            if error:
                problems.append(f"{title}: {error.strip().splitlines()[0]}")
    for problem in problems:
        print(problem)
    print(f"{count} examples, {len(problems)} wrong")
    return 1 if problems or not count else 0


if __name__ == "__main__":
    sys.exit(main())
