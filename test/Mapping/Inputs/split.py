# Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""A population too wide for a core, with a parameter, a state and an initial value of its own for every neuron.

usage: split.py write MLIR NPZ | check NPZ OUT_NPZ
"""

import sys

import numpy as np

WIDTH, TOKENS = 5000, 3
BIAS, START = 7 * np.arange(WIDTH) - 9000, 20000 - 3 * np.arange(WIDTH)


def write(mlir, npz):
    x = np.random.default_rng(1).integers(-100, 101, (2, TOKENS, WIDTH)).astype("f4")
    np.savez(npz, x=x)
    with open(mlir, "w") as file:
        file.write(
            f"""neuro.network @split attributes {{period = 1 : i64, latency = 1 : i64}} {{
  %x = neuro.input "x" kind = <graded> {{shape = array<i64: 1, {TOKENS}, {WIDTH}>, time_axis = 1 : i64, limit = 127 : i64, phase = 0 : i64}} : !neuro.spikes<{WIDTH}, 8>
  %c = neuro.project %x weights(#neuro.one_to_one<1>) {{delay = 0 : i64}} : !neuro.spikes<{WIDTH}, 8> -> !neuro.current<{WIDTH}>
  %y, %f = neuro.population "p" (%c) attributes {{phase = 1 : i64, state = [#neuro.field<"v", bits = 24, signed = true, saturate = false, init = {START.tolist()}>]}} {{
  ^bb0(%d0: i32):
    %b = neuro.param "bias" = dense<{BIAS.tolist()}> : tensor<{WIDTH}xi32>
    %v = neuro.read "v"
    %s = neuro.add %v, %d0
    neuro.write "v", %s
    %t = neuro.add %s, %b
    neuro.fire %t
  }} : (!neuro.current<{WIDTH}>) -> !neuro.spikes<{WIDTH}, 24>, !neuro.factors<{WIDTH}>
  neuro.output "y" %y {{shape = array<i64: 1, {TOKENS}, {WIDTH}>, time_axis = 1 : i64, scale = array<f64: 1.0>}} : !neuro.spikes<{WIDTH}, 24>
}}
"""
        )


def check(npz, out):
    y = np.load(out)["y"]
    expected = START + np.cumsum(np.load(npz)["x"], axis=1) + BIAS
    wrong = np.argwhere(y != expected)
    print(f"{len(wrong)} of {y.size} elements differ{f', the first at {wrong[0].tolist()}' if len(wrong) else ''}")


if __name__ == "__main__":
    {"write": write, "check": check}[sys.argv[1]](*sys.argv[2:])
