# Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Attention with fewer slots than tokens: the slots are used again and again."""

import numpy as np
import pytest

import neuro

onnx = pytest.importorskip("onnx")
from onnx import TensorProto, helper, numpy_helper  # noqa: E402

TOKENS, WIDTH = 11, 8


def decoder(path, window):
    """x [1, tokens, width] -> q, k, v -> causal attention to the last `window` tokens -> y."""
    generator = np.random.default_rng(3)
    distance = np.arange(TOKENS)[:, None] - np.arange(TOKENS)[None]
    constants = {
        "w": generator.uniform(-1, 1, (WIDTH, 3 * WIDTH)).astype("f4"),
        "scale": np.float32(0.5),
        "mask": np.where((distance >= 0) & (distance < window), 0, -1e9).astype("f4"),
    }
    nodes = [
        helper.make_node("MatMul", ["x", "w"], ["h"], name="project"),
        helper.make_node("Split", ["h"], ["q", "k", "v"], axis=-1, name="split"),
        helper.make_node("Transpose", ["k"], ["t"], perm=[0, 2, 1], name="turn"),
        helper.make_node("MatMul", ["q", "t"], ["s"], name="score"),
        helper.make_node("Mul", ["s", "scale"], ["u"], name="scaled"),
        helper.make_node("Add", ["u", "mask"], ["m"], name="masked"),
        helper.make_node("Softmax", ["m"], ["p"], axis=-1, name="softmax"),
        helper.make_node("MatMul", ["p", "v"], ["y"], name="mix"),
    ]
    x = helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, TOKENS, WIDTH])
    y = helper.make_tensor_value_info("y", TensorProto.FLOAT, [1, TOKENS, WIDTH])
    initial = [numpy_helper.from_array(np.asarray(value), name) for name, value in constants.items()]
    onnx.save(helper.make_model(helper.make_graph(nodes, "g", [x], [y], initial), opset_imports=[helper.make_opsetid("", 13)]), path)


@pytest.mark.parametrize("window", [1, 2, 3, 7, TOKENS - 1, TOKENS])
def test_slots_are_used_again(tmp_path, window):
    decoder(tmp_path / "model.onnx", window)
    x = np.random.default_rng(4).uniform(-1, 1, (6, TOKENS, WIDTH)).astype("f4")
    compiled = neuro.compile(tmp_path / "model.onnx", calibration={"x": x})
    chip = neuro.Simulator(compiled).run({"x": x})["y"]
    real = neuro.evaluate(tmp_path / "model.onnx", {"x": x})["y"]
    # A token from outside of the window, or one that is missing, is worth far more.
    error = np.sqrt(((chip - real) ** 2).mean(axis=(0, 2)) / (real**2).mean(axis=(0, 2)))
    assert error.max() < 0.06, error
