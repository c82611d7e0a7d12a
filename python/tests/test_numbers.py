# Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The chip's numbers against NumPy where they are hard: many slots, large scores, unequal tokens, any epsilon."""

import numpy as np
import pytest

import neuro

onnx = pytest.importorskip("onnx")
from onnx import TensorProto, helper, numpy_helper  # noqa: E402

WIDTH = 8


def save(path, nodes, constants, shape):
    x = helper.make_tensor_value_info("x", TensorProto.FLOAT, shape)
    y = helper.make_tensor_value_info("y", TensorProto.FLOAT, shape)
    initial = [numpy_helper.from_array(np.asarray(value), name) for name, value in constants.items()]
    graph = helper.make_graph(nodes, "g", [x], [y], initial)
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)]), path)


def run(path, x, **options):
    """What the chip and the float evaluator make of `x`."""
    compiled = neuro.compile(path, calibration={"x": x}, **options)
    return neuro.Simulator(compiled).run({"x": x})["y"], neuro.evaluate(path, {"x": x})["y"]


def attend(path, x, factor=0.5, query_bias=0.0, key_bias=0.0, sharpness=1.0, window=0):
    """Relative errors of causal attention on the chip, by token, and of the float evaluator against NumPy."""
    tokens = x.shape[1]
    generator = np.random.default_rng(3)
    w = {name: generator.normal(size=(WIDTH, WIDTH)).astype("f4") / np.float32(np.sqrt(WIDTH)) for name in "qkv"}
    w["k"] *= np.float32(sharpness)
    bias = {"q": query_bias, "k": key_bias, "v": 0.0}
    distance = np.arange(tokens)[:, None] - np.arange(tokens)[None]
    seen = (distance >= 0) & (distance < (window or tokens))
    constants = {"factor": np.float32(factor), "mask": np.where(seen, 0, -1e9).astype("f4")}
    nodes = []
    for name in "qkv":
        constants[f"w_{name}"] = w[name]
        constants[f"b_{name}"] = np.full(WIDTH, bias[name], "f4")
        nodes.append(helper.make_node("MatMul", ["x", f"w_{name}"], [f"m_{name}"], name=f"project_{name}"))
        nodes.append(helper.make_node("Add", [f"m_{name}", f"b_{name}"], [name], name=f"bias_{name}"))
    nodes += [
        helper.make_node("Transpose", ["k"], ["t"], perm=[0, 2, 1], name="turn"),
        helper.make_node("MatMul", ["q", "t"], ["s"], name="score"),
        helper.make_node("Mul", ["s", "factor"], ["u"], name="scaled"),
        helper.make_node("Add", ["u", "mask"], ["m"], name="masked"),
        helper.make_node("Softmax", ["m"], ["p"], axis=-1, name="softmax"),
        helper.make_node("MatMul", ["p", "v"], ["y"], name="mix"),
    ]
    save(path, nodes, constants, [1, tokens, WIDTH])
    chip, _ = run(path, x)
    real = [x.astype("f8") @ w[name].astype("f8") + bias[name] for name in "qkv"]
    score = np.where(seen, real[0] @ real[1].transpose(0, 2, 1) * factor, -np.inf)
    share = np.exp(score - score.max(-1, keepdims=True))
    want = share / share.sum(-1, keepdims=True) @ real[2]
    return np.sqrt(((chip - want) ** 2).mean() / (want**2).mean())


def inputs(sequences, tokens, width=WIDTH, seed=4):
    return np.random.default_rng(seed).normal(size=(sequences, tokens, width)).astype("f4")


# One group of slots, two whole ones, a rest, more groups than a neuron of the tree has inputs.
@pytest.mark.parametrize("tokens", [1, 2, 4, 5, 255, 256, 257, 512, pytest.param(1025, marks=pytest.mark.slow)])
def test_softmax_over_any_number_of_slots(tmp_path, tokens):
    assert attend(tmp_path / "m.onnx", inputs(2, tokens)) < 0.03


@pytest.mark.parametrize("window", [3, 256, 300])
def test_softmax_over_a_sliding_window(tmp_path, window):
    assert attend(tmp_path / "m.onnx", inputs(1, 400), window=window) < 0.03


@pytest.mark.parametrize("factor", [-0.5, -2.0])
def test_negative_factor(tmp_path, factor):
    assert attend(tmp_path / "m.onnx", inputs(8, 6), factor=factor) < 0.05


# The keys' 63 steps are what is left; scores of 100 and 1000 octaves are no worse than that.
@pytest.mark.parametrize("query_bias", [30.0, 100.0])
def test_large_query_bias(tmp_path, query_bias):
    assert attend(tmp_path / "m.onnx", inputs(8, 6), query_bias=query_bias) < 0.15


@pytest.mark.parametrize("key_bias", [10.0, 100.0, -1000.0])
def test_key_bias_costs_nothing(tmp_path, key_bias):
    assert attend(tmp_path / "m.onnx", inputs(8, 6), key_bias=key_bias) < 0.03


def norm(path, x, layer, epsilon):
    """Error of a norm on the chip, and of one whose input and output have 16 bits and which is exact between."""
    width = x.shape[-1]
    gamma = np.random.default_rng(5).uniform(0.8, 1.2, width).astype("f4")
    constants = {"gamma": gamma, "beta": np.zeros(width, "f4"), "epsilon": np.float32(epsilon)}
    if layer:
        nodes = [helper.make_node("LayerNormalization", ["x", "gamma", "beta"], ["y"], axis=-1, epsilon=epsilon, name="n")]
    else:
        nodes = [
            helper.make_node("Mul", ["x", "x"], ["s"], name="square"),
            helper.make_node("ReduceMean", ["s"], ["m"], axes=[-1], keepdims=1, name="mean"),
            helper.make_node("Add", ["m", "epsilon"], ["e"], name="add"),
            helper.make_node("Sqrt", ["e"], ["r"], name="root"),
            helper.make_node("Div", ["x", "r"], ["d"], name="divide"),
            helper.make_node("Mul", ["d", "gamma"], ["y"], name="scale"),
        ]
    save(path, nodes, constants, [1, *x.shape[1:]])
    chip, _ = run(path, x, target="unbounded")

    def exact(values):
        values = values - values.mean(-1, keepdims=True) if layer else values
        return values / np.sqrt((values**2).mean(-1, keepdims=True) + epsilon) * gamma

    real = x.astype("f8")
    step = np.abs(real).max() / 32767
    want = exact(real)
    grid = np.abs(want).max() / 32767
    ideal = np.round(exact(np.round(real / step) * step) / grid) * grid
    size = np.sqrt((want**2).mean())
    return [np.sqrt(((got - want) ** 2).mean()) / size for got in (chip, ideal)]


@pytest.mark.parametrize("layer", [True, False], ids=["layer", "rms"])
@pytest.mark.parametrize("width", [3, 16, 768, pytest.param(4096, marks=pytest.mark.slow)])
@pytest.mark.parametrize("ratio", [1, 50, 10000])
def test_norm_of_unequal_tokens(tmp_path, layer, width, ratio):
    x = inputs(4, 5, width)
    x[:, 0] *= ratio
    chip, ideal = norm(tmp_path / "m.onnx", x, layer, 1e-12)
    assert chip < 1.5 * ideal


@pytest.mark.parametrize("layer", [True, False], ids=["layer", "rms"])
def test_norm_with_a_large_channel(tmp_path, layer):
    x = inputs(4, 5, 64)
    x[:, :, 3] *= 1000
    chip, ideal = norm(tmp_path / "m.onnx", x, layer, 1e-5)
    assert chip < 1.5 * ideal


# From no epsilon to one beside which the variance is nothing.
@pytest.mark.parametrize("layer", [True, False], ids=["layer", "rms"])
@pytest.mark.parametrize("epsilon", [0.0, 1e-12, 1e-3, 1.0, 100.0, 1e6, 1e18])
def test_norm_with_any_epsilon(tmp_path, layer, epsilon):
    chip, ideal = norm(tmp_path / "m.onnx", inputs(4, 5, 16), layer, epsilon)
    assert chip < 1.5 * ideal + 1e-4


@pytest.mark.parametrize("spread", [1e-12, 1e-4, 1e12])
def test_norm_of_inputs_of_any_size(tmp_path, spread):
    chip, ideal = norm(tmp_path / "m.onnx", inputs(4, 5, 16) * np.float32(spread), True, 1e-5)
    assert chip < 1.5 * ideal + 1e-4
