# Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Writes a very small decoder as ONNX, and inputs for it as .npz.

usage: make_decoder.py MODEL.onnx [SAMPLES.npz] [--unsupported]
"""

import sys

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

TOKENS, FEATURES, WIDTH, HEADS, HIDDEN, CLASSES = 5, 6, 16, 2, 24, 7


def make(unsupported=False):
    rng = np.random.default_rng(0)
    weights, nodes = {}, []

    def const(name, value):
        weights[name] = numpy_helper.from_array(np.asarray(value), name)
        return name

    def matrix(name, rows, columns):
        return const(name, (rng.normal(size=(rows, columns)) / np.sqrt(rows)).astype(np.float32))

    def vector(name, size, at=0.0, spread=0.1):
        return const(name, (at + spread * rng.normal(size=size)).astype(np.float32))

    def node(op, inputs, name, **attributes):
        nodes.append(helper.make_node(op, inputs, [name], name=name, **attributes))
        return name

    def linear(x, name, rows, columns):
        y = node("MatMul", [x, matrix(name + ".w", rows, columns)], name + "/MatMul")
        return node("Add", [y, vector(name + ".b", columns)], name + "/Add")

    def norm(x, name):
        return node("LayerNormalization", [x, vector(name + ".g", WIDTH, 1.0), vector(name + ".b", WIDTH)], name, axis=-1)

    def heads(x, name, perm):
        shape = const(name + ".shape", np.array([1, TOKENS, HEADS, WIDTH // HEADS], np.int64))
        return node("Transpose", [node("Reshape", [x, shape], name + "/Reshape")], name + "/Transpose", perm=perm)

    x = linear("x", "embed", FEATURES, WIDTH)
    y = norm(x, "norm1")
    q = heads(linear(y, "query", WIDTH, WIDTH), "q", [0, 2, 1, 3])
    k = heads(linear(y, "key", WIDTH, WIDTH), "k", [0, 2, 3, 1])
    v = heads(linear(y, "value", WIDTH, WIDTH), "v", [0, 2, 1, 3])
    score = node("MatMul", [q, k], "score")
    score = node("Mul", [score, const("scale", np.float32(1 / np.sqrt(WIDTH // HEADS)))], "scaled")
    mask = np.triu(np.full((TOKENS, TOKENS), -1e9, np.float32), 1)[None, None]
    score = node("Add", [score, const("mask", mask)], "masked")
    weight = node("Softmax", [score], "softmax", axis=-1)
    mixed = node("Transpose", [node("MatMul", [weight, v], "mixed")], "merge", perm=[0, 2, 1, 3])
    mixed = node("Reshape", [mixed, const("merged", np.array([1, TOKENS, WIDTH], np.int64))], "merged/Reshape")
    x = node("Add", [x, linear(mixed, "out", WIDTH, WIDTH)], "residual1")
    y = linear(norm(x, "norm2"), "up", WIDTH, HIDDEN)
    y = node("Relu", [y], "relu")
    x = node("Add", [x, linear(y, "down", HIDDEN, WIDTH)], "residual2")
    if unsupported:
        turned = node("Cos", [x], "turn")
        x = node("Add", [turned, node("CumSum", [x, const("axis", np.array(1, np.int64))], "running")], "both")
    linear(x, "head", WIDTH, CLASSES)
    nodes[-1].output[0] = "logits"

    graph = helper.make_graph(
        nodes,
        "decoder",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, TOKENS, FEATURES])],
        [helper.make_tensor_value_info("logits", TensorProto.FLOAT, [1, TOKENS, CLASSES])],
        list(weights.values()),
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], producer_name="neuro-mlir test")
    model.ir_version = 8
    return model


def main():
    paths = [word for word in sys.argv[1:] if not word.startswith("--")]
    onnx.save(make("--unsupported" in sys.argv), paths[0])
    if len(paths) > 1:
        samples = np.random.default_rng(1).normal(size=(16, TOKENS, FEATURES)).astype(np.float32)
        np.savez(paths[1], x=samples)


if __name__ == "__main__":
    main()
