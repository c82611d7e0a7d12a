# Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Small models, one for each kind of layer: the chip gives the numbers of the quantised evaluation, and these are near those of floating point."""

import numpy as np
import pytest

import neuro

onnx = pytest.importorskip("onnx")
from onnx import TensorProto, helper, numpy_helper  # noqa: E402

TOKENS, SEQUENCES = 9, 12


class Model:
    """Nodes and constants of a graph of one input x [1, tokens, width]."""

    def __init__(self, width, seed):
        self.width, self.generator = width, np.random.default_rng(seed)
        self.nodes, self.constants = [], {}

    def constant(self, value):
        name = f"c{len(self.constants)}"
        self.constants[name] = np.asarray(value)
        return name

    def values(self, *shape, low=-1.0, high=1.0):
        return self.constant(self.generator.uniform(low, high, shape).astype("f4"))

    def node(self, op, *inputs, outputs=1, **attributes):
        names = [f"n{len(self.nodes)}_{i}" for i in range(outputs)]
        self.nodes.append(helper.make_node(op, list(inputs), names, name=f"{op}{len(self.nodes)}", **attributes))
        return names[0] if outputs == 1 else names

    def linear(self, x, inputs, outputs, bias=True):
        h = self.node("MatMul", x, self.values(inputs, outputs))
        return self.node("Add", h, self.values(outputs)) if bias else h

    def attention(self, x, width, heads, window=TOKENS, scale=0.5, bias=False):
        q, k, v = self.node("Split", self.linear(x, width, 3 * width, bias), outputs=3, axis=-1)
        shape, back = self.constant([1, TOKENS, heads, width // heads]), self.constant([1, TOKENS, width])
        q, k, v = (self.node("Transpose", self.node("Reshape", part, shape), perm=[0, 2, 1, 3]) for part in (q, k, v))
        scores = self.node("Mul", self.node("MatMul", q, self.node("Transpose", k, perm=[0, 1, 3, 2])), self.constant(np.float32(scale)))
        distance = np.arange(TOKENS)[:, None] - np.arange(TOKENS)[None]
        mask = self.constant(np.where((distance >= 0) & (distance < window), 0, -1e9).astype("f4"))
        weights = self.node("Softmax", self.node("Add", scores, mask), axis=-1)
        mixed = self.node("Transpose", self.node("MatMul", weights, v), perm=[0, 2, 1, 3])
        return self.node("Reshape", mixed, back)

    def norm(self, x, width, epsilon):
        return self.node("LayerNormalization", x, self.values(width), self.values(width), axis=-1, epsilon=epsilon)

    def save(self, path, y):
        shape = [1, TOKENS, self.width]
        self.nodes.append(helper.make_node("Identity", [y], ["y"]))
        x = helper.make_tensor_value_info("x", TensorProto.FLOAT, shape)
        out = helper.make_tensor_value_info("y", TensorProto.FLOAT, [1, TOKENS, None])
        initial = [numpy_helper.from_array(value, name) for name, value in self.constants.items()]
        graph = helper.make_graph(self.nodes, "g", [x], [out], initial)
        onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)]), path)
        return self.generator.uniform(-1, 1, (SEQUENCES, TOKENS, self.width)).astype("f4")


def gelu(m, x):
    erf = m.node("Erf", m.node("Mul", x, m.constant(np.float32(0.5**0.5))))
    return m.node("Mul", m.node("Mul", x, m.node("Add", erf, m.constant(np.float32(1)))), m.constant(np.float32(0.5)))


CASES = {
    "linear": (8, lambda m: m.linear("x", 8, 6)),
    "relu": (8, lambda m: m.node("Relu", m.linear("x", 8, 6))),
    "gelu": (8, lambda m: gelu(m, m.linear("x", 8, 6))),
    "silu": (8, lambda m: (lambda h: m.node("Mul", h, m.node("Sigmoid", h)))(m.linear("x", 8, 6))),
    "factors": (8, lambda m: m.node("Relu", m.node("Add", m.node("Mul", m.linear("x", 8, 6), m.values(6)), m.values(6)))),
    "residual": (8, lambda m: m.node("Add", "x", m.node("Relu", m.linear("x", 8, 8)))),
    "gate": (8, lambda m: m.node("Mul", m.linear("x", 8, 6), m.linear("x", 8, 6))),
    "norm": (16, lambda m: m.norm(m.linear("x", 16, 16), 16, 1e-5)),
    "norm with a large epsilon": (16, lambda m: m.norm(m.linear("x", 16, 16), 16, 3.0)),
    "wide norm": (768, lambda m: m.norm("x", 768, 1e-5)),
    "attention": (8, lambda m: m.attention("x", 8, 2)),
    "attention with biases": (8, lambda m: m.attention("x", 8, 1, bias=True)),
    "negative attention": (8, lambda m: m.attention("x", 8, 2, scale=-0.7)),
    "sharp attention": (8, lambda m: m.attention("x", 8, 2, scale=8.0)),
    "window of 4": (8, lambda m: m.attention("x", 8, 2, window=4)),
    "window of 3": (8, lambda m: m.attention("x", 8, 2, window=3)),
}


@pytest.mark.parametrize("case", CASES)
def test_chip_equals_quantised(tmp_path, case):
    width, build = CASES[case]
    model = Model(width, seed=len(case))
    x = model.save(tmp_path / "model.onnx", build(model))
    compiled = neuro.compile(tmp_path / "model.onnx", calibration={"x": x})
    chip = neuro.Simulator(compiled).run({"x": x})["y"]
    integers = neuro.evaluate(tmp_path / "model.onnx", {"x": x}, "quantised", calibration={"x": x})["y"]
    np.testing.assert_array_equal(chip, integers)
    real = neuro.evaluate(tmp_path / "model.onnx", {"x": x})["y"]
    error = np.sqrt(((integers - real) ** 2).mean() / (real**2).mean())
    bias = (integers - real).mean() / np.sqrt((real**2).mean())
    assert error < 0.03 and abs(bias) < 0.004, (error, bias)
