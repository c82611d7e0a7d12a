# Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Writes short.mlir and dense.mlir into the current folder: the same networks, once with each kind of weights, once with whole matrices."""

import numpy as np

# Input and output [channels, rows, columns], filter, strides, pads of the first row and column.
CONVOLUTIONS = [
    ((2, 4, 5), (3, 3, 4), (2, 2), (1, 1), (0, 0)),
    ((1, 5, 5), (2, 3, 2), (3, 2), (2, 3), (1, 1)),
    ((2, 6, 3), (1, 3, 3), (1, 3), (2, 1), (0, 1)),
    ((1, 4, 4), (1, 2, 2), (2, 2), (2, 2), (0, 0)),
    ((1, 3, 3), (2, 4, 5), (2, 3), (1, 1), (1, 2)),
]


def convolution(number, image, result, size, strides, pads):
    kernel = np.random.default_rng(number).integers(1, 100, (result[0], image[0], *size)) * np.array([1, -1])[number % 2]
    matrix = np.zeros((np.prod(result), np.prod(image)), int)
    for o, y, x in np.ndindex(*result):
        for c, i, j in np.ndindex(image[0], *size):
            row, column = y * strides[0] + i - pads[0], x * strides[1] + j - pads[1]
            if 0 <= row < image[1] and 0 <= column < image[2]:
                # Channels lie closest together.
                matrix[(y * result[2] + x) * result[0] + o, (row * image[2] + column) * image[0] + c] = kernel[o, c, i, j]
    below = [(r - 1) * s + k - p - e for r, s, k, p, e in zip(result[1:], strides, size, pads, image[1:])]
    text = f"#neuro.conv2d<kernel = dense<{kernel.tolist()}> : tensor<{'x'.join(map(str, kernel.shape))}xi8>, "
    text += f"input = {list(image)}, output = {list(result)}, strides = {list(strides)}, pads = {[*pads, *(max(0, b) for b in below)]}>"
    return text, matrix


def network(number, weights, sources, targets):
    return f"""neuro.network @n{number} attributes {{period = 1 : i64, latency = 1 : i64}} {{
  %x = neuro.input "x" kind = <graded> {{shape = array<i64: 1, 6, {sources}>, time_axis = 1 : i64, limit = 127 : i64, phase = 0 : i64}} : !neuro.spikes<{sources}, 8>
  %c = neuro.project %x weights({weights}) {{delay = 0 : i64}} : !neuro.spikes<{sources}, 8> -> !neuro.current<{targets}>
  %y, %f = neuro.population "p" (%c) attributes {{phase = 1 : i64}} {{
  ^bb0(%d0: i32):
    neuro.fire %d0
  }} : (!neuro.current<{targets}>) -> !neuro.spikes<{targets}, 16>, !neuro.factors<{targets}>
  neuro.output "y" %y {{shape = array<i64: 1, 6, {targets}>, time_axis = 1 : i64, scale = array<f64: 0.5>}} : !neuro.spikes<{targets}, 16>
}}
"""


def main():
    pairs = [convolution(number, *case) for number, case in enumerate(CONVOLUTIONS)]
    pairs.append(("#neuro.one_to_one<-7>", -7 * np.eye(9, dtype=int)))
    pairs.append(("#neuro.blocks<3, 5>", np.kron(np.eye(3, dtype=int), np.full((2, 4), 5))))
    pairs.append(("#neuro.blocks<1, -128>", np.full((3, 4), -128)))
    with open("short.mlir", "w") as short, open("dense.mlir", "w") as dense:
        for number, (text, matrix) in enumerate(pairs):
            targets, sources = matrix.shape
            short.write(network(number, text, sources, targets))
            dense.write(network(number, f"dense<{matrix.tolist()}> : tensor<{targets}x{sources}xi8>", sources, targets))


if __name__ == "__main__":
    main()
