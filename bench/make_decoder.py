#!/usr/bin/python3
# Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Writes a decoder of a given size as ONNX, with random weights; without torch.

    make_decoder.py MODEL.onnx --layers 12 --heads 12 --tokens 1024 --width 192

Token ids, learned positions, layer norms, one causal mask, GELU, as GPT-2 has them.
"""

import argparse

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper


class Graph:
    def __init__(self, seed):
        self.rng, self.nodes, self.weights = np.random.default_rng(seed), [], {}

    def const(self, name, value):
        if name not in self.weights:
            self.weights[name] = numpy_helper.from_array(np.asarray(value), name)
        return name

    def random(self, name, *shape):
        values = self.rng.standard_normal(shape, np.float32)
        return self.const(name, values / np.float32(np.sqrt(shape[0])))

    def node(self, op, inputs, name, **attributes):
        self.nodes.append(helper.make_node(op, inputs, [name], name=name, **attributes))
        return name

    def linear(self, x, name, rows, columns):
        y = self.node("MatMul", [x, self.random(name + ".w", rows, columns)], name + "/MatMul")
        return self.node("Add", [y, self.random(name + ".b", columns)], name + "/Add")

    def norm(self, x, name, width):
        gamma, beta = self.const(name + ".g", np.ones(width, np.float32)), self.random(name + ".b", width)
        return self.node("LayerNormalization", [x, gamma, beta], name, axis=-1)


def attention(g, x, name, o):
    def heads(part, perm):
        shape = g.const("heads", np.array([1, o.tokens, o.heads, o.width // o.heads], np.int64))
        y = g.node("Reshape", [g.linear(x, f"{name}.{part}", o.width, o.width), shape], f"{name}.{part}/Reshape")
        return g.node("Transpose", [y], f"{name}.{part}/Transpose", perm=perm)

    q, k, v = heads("q", [0, 2, 1, 3]), heads("k", [0, 2, 3, 1]), heads("v", [0, 2, 1, 3])
    score = g.node("MatMul", [q, k], name + ".score")
    scale = g.const("scale", np.float32(1 / np.sqrt(o.width // o.heads)))
    score = g.node("Mul", [score, scale], name + ".scaled")
    mask = g.const("mask", np.tril(np.ones((1, 1, o.tokens, o.tokens), bool)))
    score = g.node("Where", [mask, score, g.const("low", np.float32(-1e9))], name + ".masked")
    weight = g.node("Softmax", [score], name + ".softmax", axis=-1)
    y = g.node("Transpose", [g.node("MatMul", [weight, v], name + ".mixed")], name + ".merge", perm=[0, 2, 1, 3])
    y = g.node("Reshape", [y, g.const("merged", np.array([1, o.tokens, o.width], np.int64))], name + ".merged")
    return g.linear(y, name + ".out", o.width, o.width)


def gelu(g, x, name):
    y = g.node("Erf", [g.node("Div", [x, g.const("root", np.float32(np.sqrt(2)))], name + "/Div")], name + "/Erf")
    y = g.node("Mul", [x, g.node("Add", [y, g.const("one", np.float32(1))], name + "/Add")], name + "/Mul")
    return g.node("Mul", [y, g.const("half", np.float32(0.5))], name)


def build(o):
    g = Graph(o.seed)
    x = g.node("Gather", [g.random("tokens", o.vocabulary, o.width), "ids"], "embedding")
    x = g.node("Add", [x, g.random("positions", o.tokens, o.width)], "positioned")
    for layer in range(o.layers):
        name = f"layer{layer}"
        y = attention(g, g.norm(x, name + ".norm1", o.width), name + ".attention", o)
        x = g.node("Add", [x, y], name + ".residual1")
        y = g.linear(g.norm(x, name + ".norm2", o.width), name + ".up", o.width, 4 * o.width)
        y = g.linear(gelu(g, y, name + ".gelu"), name + ".down", 4 * o.width, o.width)
        x = g.node("Add", [x, y], name + ".residual2")
    x = g.norm(x, "norm", o.width)
    g.node("MatMul", [x, g.random("head", o.width, o.vocabulary)], "logits")
    graph = helper.make_graph(
        g.nodes,
        "decoder",
        [helper.make_tensor_value_info("ids", TensorProto.INT64, [1, o.tokens])],
        [helper.make_tensor_value_info("logits", TensorProto.FLOAT, [1, o.tokens, o.vocabulary])],
        list(g.weights.values()),
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], producer_name="neuro-mlir bench")
    model.ir_version = 8
    return model


def options():
    p = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    p.add_argument("model")
    p.add_argument("--layers", type=int, default=12)
    p.add_argument("--heads", type=int, default=12)
    p.add_argument("--tokens", type=int, default=1024)
    p.add_argument("--width", type=int, default=192)
    p.add_argument("--vocabulary", type=int, default=64)
    p.add_argument("--seed", type=int, default=0)
    return p


def main():
    o = options().parse_args()
    onnx.save(build(o), o.model)


if __name__ == "__main__":
    main()
