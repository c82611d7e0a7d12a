# Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Random neuron models: with numbers that the compiler can compute with, and with the same
numbers in state fields, where it cannot, they do what the formulas say; and no value leaves its range."""

import random
import re

import numpy as np
import pytest
from networks import BIN, call, lower, run, run_loihi

NUMBERS = [0, 0, 1, 1, -1, 2, -2, 3, 5, -7, 31, 32, 127, -128, 255, 4096, 65535, -65536, 2**23 - 1, -(2**23)]


def random_program(rng, length):
    """Lines of a model over %d0, %d1 and %k0.., and the value that was computed last."""
    lines, values, flags = [], ["%d0", "%d1"], []
    for i in range(6):
        values.append(f"%k{i}")
    for i in range(length):
        kind = rng.choice(("neg", "add", "sub", "min", "max", "and", "or", "shl", "shift", "mulshr", "mulshr", "cmp", "select"))
        a, b = rng.choice(values), rng.choice(values)
        name = f"%v{i}"
        if kind == "neg":
            lines.append(f"{name} = neuro.neg {a}")
        elif kind in ("min", "max"):
            lines.append(f"{name} = neuro.{kind} {a}, {b}{rng.choice(('', ' {count}'))}")
        elif kind == "shl":
            lines.append(f"{name} = neuro.shl {a} by {rng.randrange(32)}")
        elif kind == "mulshr":
            lines.append(f"{name} = neuro.mulshr {rng.choice(('tz', 'fl'))} {a}, {b} by {rng.randrange(48)}")
        elif kind == "cmp":
            lines.append(f"{name} = neuro.cmp {rng.choice(('lt', 'ge', 'eq'))} {a}, {b}")
            flags.append(name)
            continue
        elif kind == "select":
            if not flags:
                continue
            lines.append(f"{name} = neuro.select {rng.choice(flags)}, {a}, {b}")
        else:
            lines.append(f"{name} = neuro.{kind} {a}, {b}")
        values.append(name)
    return lines, values[-1]


OPERATIONS = {
    "neg": lambda a: -a,
    "add": lambda a, b: a + b,
    "sub": lambda a, b: a - b,
    "min": min,
    "max": max,
    "and": lambda a, b: a & b,
    "or": lambda a, b: a | b,
    "shl": lambda a, amount: a << amount,
    "shift": lambda a, amount: a << min(max(amount, 0), 31),
    "mulshr fl": lambda a, b, amount: a * b >> amount,
    "mulshr tz": lambda a, b, amount: -(-a * b >> amount) if a * b < 0 else a * b >> amount,
    "cmp lt": lambda a, b: int(a < b),
    "cmp ge": lambda a, b: int(a >= b),
    "cmp eq": lambda a, b: int(a == b),
    "select": lambda flag, a, b: a if flag else b,
}


def formula(lines, last, values):
    """The number that `last` has in a neuron that begins with these values."""
    values = dict(values)
    for line in lines:
        name, op, text = re.fullmatch(r"(%\w+) = neuro\.(mulshr \w+|cmp \w+|\w+) (.*)", line).groups()
        operands = [values.get(word) if word[0] == "%" else int(word) for word in re.findall(r"%\w+|\d+", text)]
        values[name] = (OPERATIONS[op](*operands) + 2**31) % 2**32 - 2**31
    return values[last]


def expected(lines, last, numbers, dendrites):
    numbers = {f"%k{i}": number for i, number in enumerate(numbers)}
    return np.vectorize(lambda a, b: formula(lines, last, {"%d0": int(a), "%d1": int(b), **numbers}))(*dendrites)


def network(lines, last, numbers, known):
    """A model that writes all bits of its last value to state fields."""
    def field(name, init):
        return f'#neuro.field<"{name}", bits = 24, signed = true, saturate = false, init = [{init}]>'

    fields = [field("low0", 0), field("high0", 0)]
    if known:
        head = [f"%k{i} = neuro.const {number}" for i, number in enumerate(numbers)]
    else:
        fields += [field(f"k{i}", number) for i, number in enumerate(numbers)]
        head = [f'%k{i} = neuro.read "k{i}"' for i in range(len(numbers))]
    tail = ["%one = neuro.const 1"]
    tail += [f"%high = neuro.mulshr fl {last}, %one by 8", f'neuro.write "low0", {last}', 'neuro.write "high0", %high']
    body = "\n".join(f"    {line}" for line in head + lines + tail)
    return f"""neuro.network @model attributes {{timing = #neuro.timing<step>}} {{
  %x = neuro.input "x" kind = <graded> {{shape = array<i64: 1, 1000, 8>, time_axis = 1 : i64, limit = 8388607 : i64}} : !neuro.spikes<8, 24>
  %z = neuro.input "z" kind = <graded> {{shape = array<i64: 1, 1000, 8>, time_axis = 1 : i64, limit = 127 : i64}} : !neuro.spikes<8, 8>
  %a = neuro.project %x weights(#neuro.one_to_one<1>) : !neuro.spikes<8, 24> -> !neuro.current<8>
  %b = neuro.project %z weights(#neuro.one_to_one<1>) : !neuro.spikes<8, 8> -> !neuro.current<8>
  %p, %f = neuro.population "p" (%a, %b) attributes {{state = [{', '.join(fields)}]}} {{
  ^bb0(%d0: i32, %d1: i32):
{body}
    neuro.fire %one
  }} : (!neuro.current<8>, !neuro.current<8>) -> !neuro.spikes<8, 0>, !neuro.factors<8>
  neuro.output "y" %p {{shape = array<i64: 1, 1000, 8>, time_axis = 1 : i64, scale = array<f64: 1.0>}} : !neuro.spikes<8, 0>
}}
"""


def values_of(text, inputs, folder):
    """The value in every step, what the dendrites held, and the number of instructions."""
    lowered = lower(text, folder)
    got = run_loihi(lowered, inputs, ["p:state", "p:dendrites"], folder)
    low, high = (got[f"p.state.{part}0"].astype(np.int64) for part in ("low", "high"))
    dendrites = [got[f"p.d{i}.dendrite"].astype(np.int64) for i in range(2)]
    return (high << 8) + (low & 255), dendrites, lowered.count("loihi.inst")


@pytest.mark.parametrize("seed", range(25))
def test_what_is_computed_beforehand_is_what_the_chip_computes(seed, tmp_path):
    rng = random.Random(seed)
    inputs = np.random.default_rng(seed)
    arrays = {
        "x": inputs.integers(-(2**23) + 1, 2**23, (30, 8)).astype(np.float32) // inputs.choice([1, 1000, 2**20], (30, 8)),
        "z": inputs.integers(-127, 128, (30, 8)),
    }
    numbers = [rng.choice(NUMBERS) for _ in range(6)]
    lines, last = random_program(rng, rng.randint(3, 18))
    folded, dendrites, short = values_of(network(lines, last, numbers, known=True), arrays, tmp_path)
    unfolded, _, long = values_of(network(lines, last, numbers, known=False), arrays, tmp_path)
    assert np.array_equal(folded, unfolded)
    assert np.array_equal(folded, expected(lines, last, numbers, dendrites))
    assert short <= long


@pytest.mark.parametrize("inner", ["%v2", "%v1"])
@pytest.mark.parametrize("count", ["", " {count}"])
def test_a_counted_limit_of_the_smallest_number(count, inner, tmp_path):
    """It has no negative; that another value has one must not matter, nor a limit of a limit."""
    arrays = {"x": np.zeros((4, 8)), "z": np.zeros((4, 8))}
    lines = [
        "%v0 = neuro.sub %d0, %k0",
        "%v1 = neuro.shl %k0 by 8",
        "%v2 = neuro.sub %v1, %d0",
        f"%v3 = neuro.max {inner}, %d1{count}",
        f"%v4 = neuro.max %v3, %k1{count}",
        "%v5 = neuro.mulshr fl %v0, %k2 by 12",
        "%v6 = neuro.shl %v4 by 8",
        "%v7 = neuro.add %v5, %v6",
        "%v8 = neuro.add %v3, %v7",
    ]
    numbers = [-(2**23), 5, 1, 0, 0, 0]
    values, dendrites, _ = values_of(network(lines, "%v8", numbers, known=False), arrays, tmp_path)
    assert np.array_equal(values, expected(lines, "%v8", numbers, dendrites))


@pytest.mark.parametrize("seed", range(12))
def test_payloads_stay_in_their_range(seed, tmp_path):
    """The bound of a dendrite that the analysis writes holds in simulation."""
    rng = random.Random(1000 + seed)
    numbers = [rng.choice(NUMBERS[:14]) for _ in range(6)]
    lines, last = random_program(rng, rng.randint(3, 12))
    constants = "\n".join(f"    %k{i} = neuro.const {n}" for i, n in enumerate(numbers))
    body = "\n".join(f"    {line}" for line in lines)
    text = f"""neuro.network @model attributes {{timing = #neuro.timing<step>}} {{
  %x = neuro.input "x" kind = <graded> {{shape = array<i64: 1, 1000, 8>, time_axis = 1 : i64, limit = 100 : i64}} : !neuro.spikes<8, 8>
  %z = neuro.input "z" kind = <graded> {{shape = array<i64: 1, 1000, 8>, time_axis = 1 : i64, limit = 7 : i64}} : !neuro.spikes<8, 8>
  %a = neuro.project %x weights(#neuro.one_to_one<3>) : !neuro.spikes<8, 8> -> !neuro.current<8>
  %b = neuro.project %z weights(#neuro.blocks<2, -5>) : !neuro.spikes<8, 8> -> !neuro.current<8>
  %p, %f = neuro.population "p" (%a, %b) {{
  ^bb0(%d0: i32, %d1: i32):
{constants}
{body}
    neuro.fire {last}
  }} : (!neuro.current<8>, !neuro.current<8>) -> !neuro.spikes<8, 24>, !neuro.factors<8>
  %c = neuro.project %p weights(#neuro.one_to_one<1>) : !neuro.spikes<8, 24> -> !neuro.current<8>
  %q, %g = neuro.population "q" (%c) {{
  ^bb0(%d0: i32):
    neuro.fire %d0
  }} : (!neuro.current<8>) -> !neuro.spikes<8, 24>, !neuro.factors<8>
  neuro.output "y" %q {{shape = array<i64: 1, 1000, 8>, time_axis = 1 : i64, scale = array<f64: 1.0>}} : !neuro.spikes<8, 24>
}}
"""
    (tmp_path / "net.mlir").write_text(text)
    bounded = call(BIN / "neuro-opt", "--neuro-schedule", "--neuro-range-analysis", tmp_path / "net.mlir")
    bound = int(re.search(r'population "q".*?dendrite_bounds = array<i64: (\d+)>', bounded)[1])
    inputs = np.random.default_rng(seed)
    arrays = {"x": inputs.integers(-100, 101, (200, 8)), "z": inputs.integers(-7, 8, (200, 8))}
    got = run(text, arrays, ["q:dendrites"], tmp_path)
    assert np.abs(got["q.d0.dendrite"]).max() <= bound
