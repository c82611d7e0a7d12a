# Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Values that go on directly and through a chain of neurons, and meet again: y = 3 x + 5 x' where x' = x, however long the chain.

usage: long_delay.py LENGTH...
Builds and runs a network for each length of the chain, in the current folder, on both engines.
"""

import subprocess
import sys

import numpy as np

TOKENS, WIDTH = 6, 2


def population(name, current, kind):
    return f"""  %{name}, %f_{name} = neuro.population "{name}" (%{current}) {{
  ^bb0(%d0: i32):
    neuro.fire %d0
  }} : (!neuro.current<{WIDTH}>) -> !neuro.spikes<{WIDTH}, {kind}>, !neuro.factors<{WIDTH}>
"""


def project(name, source, weight, bits):
    return f"  %{name} = neuro.project %{source} weights(#neuro.one_to_one<{weight}>) : !neuro.spikes<{WIDTH}, {bits}> -> !neuro.current<{WIDTH}>\n"


def network(length):
    shape = f"shape = array<i64: 1, {TOKENS}, {WIDTH}>, time_axis = 1 : i64"
    text = f'neuro.network @long {{\n  %x = neuro.input "x" kind = <graded> {{{shape}, limit = 100 : i64}} : !neuro.spikes<{WIDTH}, 16>\n'
    source = "x"
    for i in range(length):
        text += project(f"c{i}", source, 1, 16) + population(f"p{i}", f"c{i}", 16)
        source = f"p{i}"
    text += project("near", "x", 3, 16) + project("far", source, 5, 16)
    text += f"  %both = neuro.sum %near, %far : !neuro.current<{WIDTH}>\n" + population("y", "both", 16)
    return text + f'  neuro.output "y" %y {{{shape}, scale = array<f64: 1.0>}} : !neuro.spikes<{WIDTH}, 16>\n}}\n'


def main():
    x = np.random.default_rng(1).integers(-100, 101, (2, TOKENS, WIDTH)).astype("f4")
    np.savez("x.npz", x=x)
    for length in map(int, sys.argv[1:]):
        with open("long.mlir", "w") as file:
            file.write(network(length))
        subprocess.run(["neuro-opt", "--neuro-schedule", "--neuro-to-loihi", "long.mlir", "-o", "chip.mlir"], check=True)
        subprocess.run(["neuro-translate", "--emit-nrb", "chip.mlir", "-o", "long.nrb"], check=True)
        for engine in ("fast", "reference"):
            subprocess.run(["neuro-run", "long.nrb", "--input", "x.npz", "--output", "y.npz", "--engine", engine, "--quiet"], check=True)
            wrong = int((np.load("y.npz")["y"] != 8 * x).sum())
            print(f"chain of {length}, {engine}: {wrong} of {x.size} values differ")


if __name__ == "__main__":
    main()
