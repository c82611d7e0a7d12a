# Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""ONNX operators on what the network computes: the compiler's float evaluation against NumPy, case by case."""

import math

import numpy as np
import pytest

import neuro

onnx = pytest.importorskip("onnx")
from onnx import TensorProto, helper, numpy_helper  # noqa: E402

TOKENS = 5


def run(tmp_path, nodes, constants, x, rank=3, opset=17):
    """The output y of a graph of one input x [1, tokens, features...] and these constants."""
    inputs = [helper.make_tensor_value_info("x", TensorProto.FLOAT, list(x.shape))]
    outputs = [helper.make_tensor_value_info("y", TensorProto.FLOAT, [None] * rank)]
    initial = [numpy_helper.from_array(np.asarray(value), name) for name, value in constants.items()]
    opsets = [helper.make_opsetid("", opset), helper.make_opsetid("com.microsoft", 1)]
    path = tmp_path / "model.onnx"
    onnx.save(helper.make_model(helper.make_graph(nodes, "g", inputs, outputs, initial), opset_imports=opsets), path)
    return neuro.evaluate(path, {"x": x})["y"]


def node(op, inputs, output, **attributes):
    return helper.make_node(op, inputs.split(), [output], name=f"{op}_{output}", **attributes)


def values(*shape, seed=0, low=-2.0, high=2.0):
    return np.random.default_rng(seed).uniform(low, high, shape).astype("f4")


def close(actual, expected):
    assert actual.shape == expected.shape
    np.testing.assert_allclose(actual, expected, rtol=2e-4, atol=2e-5)


def test_gemm_factors(tmp_path):
    x, w, b = values(1, TOKENS, 4), values(3, 4, seed=1), values(3, seed=2)
    nodes = [node("Reshape", "x rows", "r"), node("Gemm", "r w b", "g", alpha=0.5, beta=-1.5, transB=1), node("Reshape", "g back", "y")]
    y = run(tmp_path, nodes, {"w": w, "b": b, "rows": np.array([TOKENS, 4]), "back": np.array([1, TOKENS, 3])}, x)
    close(y, 0.5 * x @ w.T - 1.5 * b)


def test_linear_then_factors_and_offsets(tmp_path):
    x, w = values(1, TOKENS, 4), values(4, 3, seed=1)
    b, m, o = values(3, seed=2), values(3, seed=3), values(3, seed=4)
    nodes = [node("MatMul", "x w", "h"), node("Add", "h b", "i"), node("Mul", "i m", "j"), node("Add", "j o", "k"), node("Relu", "k", "y")]
    close(run(tmp_path, nodes, {"w": w, "b": b, "m": m, "o": o}, x), np.maximum((x @ w + b) * m + o, 0))


def test_offsets_and_factors_before_a_linear_layer(tmp_path):
    x, w, m, o = values(1, TOKENS, 4), values(4, 3, seed=1), values(4, seed=3), values(4, seed=4)
    nodes = [node("Relu", "x", "r"), node("Mul", "r m", "s"), node("Add", "s o", "t"), node("MatMul", "t w", "y")]
    close(run(tmp_path, nodes, {"w": w, "m": m, "o": o}, x), (np.maximum(x, 0) * m + o) @ w)


@pytest.mark.parametrize("index", [[-1], [-4, 0, -2], [3, -3]])
def test_gather_of_channels(tmp_path, index):
    x, w = values(1, TOKENS, 4), values(4, 4, seed=1)
    nodes = [node("MatMul", "x w", "h"), node("Gather", "h index", "y", axis=-1)]
    close(run(tmp_path, nodes, {"w": w, "index": np.array(index)}, x), (x @ w)[..., index])


@pytest.mark.parametrize(("start", "end", "step"), [(0, 6, 2), (0, 7, 2), (1, 7, 3), (-1, -8, -2), (6, 0, -3), (2, 100, 1), (-100, 3, 1)])
def test_slice_of_channels(tmp_path, start, end, step):
    x, w = values(1, TOKENS, 4), values(4, 7, seed=1)
    nodes = [node("MatMul", "x w", "h"), node("Slice", "h start end axes step", "y")]
    constants = {"w": w, "start": np.array([start]), "end": np.array([end]), "axes": np.array([2]), "step": np.array([step])}
    indices = range(7)[slice(start, end if end >= -7 else None, step)]
    close(run(tmp_path, nodes, constants, x), (x @ w)[..., list(indices)])


@pytest.mark.parametrize("summed", [False, True])
@pytest.mark.parametrize("epsilon", [1e-5, 0.5])
def test_layer_norm_spelled_out(tmp_path, summed, epsilon):
    """With the mean of squares, or with their sum and epsilon as many times."""
    x = values(1, TOKENS, 4)
    width = 4 if summed else 1
    nodes = [node("ReduceMean", "x", "m", axes=[-1]), node("Sub", "x m", "c"), node("Pow", "c two", "s")]
    nodes += [node("ReduceSum", "s axes", "v") if summed else node("ReduceMean", "s", "v", axes=[-1])]
    nodes += [node("Add", "v e", "w"), node("Sqrt", "w", "r"), node("Div", "c r", "n"), node("Mul", "n g", "h"), node("Add", "h b", "y")]
    gamma, beta = values(4, seed=1), values(4, seed=2)
    # x / sqrt(sum + width * epsilon) is the norm over sqrt(width).
    constants = {"two": np.float32(2), "e": np.float32(width * epsilon), "g": gamma * np.float32(math.sqrt(width)), "b": beta, "axes": np.array([-1])}
    c = x - x.mean(-1, keepdims=True)
    close(run(tmp_path, nodes, constants, x), c / np.sqrt((c * c).mean(-1, keepdims=True) + epsilon) * gamma + beta)


@pytest.mark.parametrize("slope", [1.0, 1.702, 0.25])
def test_silu_with_a_slope(tmp_path, slope):
    x = values(1, TOKENS, 4)
    nodes = [node("Mul", "x slope", "s"), node("Sigmoid", "s", "g"), node("Mul", "x g", "y")]
    close(run(tmp_path, nodes, {"slope": np.float32(slope)}, x), x / (1 + np.exp(-slope * x)))


def test_batch_norm_behind_a_convolution(tmp_path):
    x, w = values(TOKENS, 2, 3, 3), values(3, 2, 2, 2, seed=1)
    scale, bias, mean = values(3, seed=2), values(3, seed=3), values(3, seed=4)
    variance = values(3, seed=5, low=0.1)
    x = x.reshape(1, TOKENS, 18)
    nodes = [node("Reshape", "x image", "i"), node("Conv", "i w", "c")]
    nodes += [node("BatchNormalization", "c scale bias mean variance", "n", epsilon=0.25), node("Reshape", "n back", "y")]
    constants = {"w": w, "scale": scale, "bias": bias, "mean": mean, "variance": variance}
    constants |= {"image": np.array([TOKENS, 2, 3, 3]), "back": np.array([1, TOKENS, 12])}
    h = convolution(x.reshape(TOKENS, 2, 3, 3), w, (1, 1), (0, 0), (2, 2))
    by_channel = [value.reshape(1, 3, 1, 1) for value in (mean, variance, scale, bias)]
    expected = (h - by_channel[0]) / np.sqrt(by_channel[1] + 0.25) * by_channel[2] + by_channel[3]
    close(run(tmp_path, nodes, constants, x), expected.reshape(1, TOKENS, 12))


def convolution(x, w, strides, begin, size):
    """Of images [n, c, h, w], zeros where the filter reaches beyond; `begin`: rows and columns before the image."""
    n, (outputs, _, height, width) = len(x), w.shape
    y = np.zeros((n, outputs, *size), "f4")
    padded = np.pad(x, ((0, 0), (0, 0), (begin[0], height), (begin[1], width)))
    for row in range(size[0]):
        for column in range(size[1]):
            top, left = row * strides[0], column * strides[1]
            part = padded[:, :, top : top + height, left : left + width]
            y[:, :, row, column] = np.einsum("nchw,ochw->no", part, w)
    return y


@pytest.mark.parametrize("strides", [(1, 1), (2, 1), (2, 3)])
@pytest.mark.parametrize("mode", ["SAME_UPPER", "SAME_LOWER"])
def test_automatic_padding(tmp_path, mode, strides):
    x, w = values(TOKENS, 2, 4, 5), values(3, 2, 2, 4, seed=1)
    size = tuple(-(-extent // stride) for extent, stride in zip((4, 5), strides))
    pads = [max(0, (count - 1) * stride + reach - extent) for count, stride, reach, extent in zip(size, strides, (2, 4), (4, 5))]
    begin = [pad // 2 if mode == "SAME_UPPER" else pad - pad // 2 for pad in pads]
    expected = convolution(x, w, strides, begin, size).reshape(1, TOKENS, -1)
    nodes = [node("Reshape", "x image", "i"), node("Conv", "i w", "c", auto_pad=mode, strides=list(strides)), node("Reshape", "c back", "y")]
    constants = {"w": w, "image": np.array([TOKENS, 2, 4, 5]), "back": np.array([1, TOKENS, expected.shape[2]])}
    close(run(tmp_path, nodes, constants, x.reshape(1, TOKENS, 40)), expected)


def attention(q, k, v, heads, scale, window=TOKENS):
    """Causal, of [tokens, channels]; each token sees the last `window`, itself included."""
    out = []
    for h in range(heads):
        part = slice(h * q.shape[1] // heads, (h + 1) * q.shape[1] // heads)
        scores = scale * q[:, part] @ k[:, part].T
        distance = np.arange(TOKENS)[:, None] - np.arange(TOKENS)[None]
        scores = np.where((distance >= 0) & (distance < window), scores, -np.inf)
        weights = np.exp(scores - scores.max(-1, keepdims=True))
        out.append(weights / weights.sum(-1, keepdims=True) @ v[:, part])
    return np.concatenate(out, -1)


@pytest.mark.parametrize("scale", [None, 0.3])
def test_attention_of_onnx_runtime(tmp_path, scale):
    x, w, b = values(1, TOKENS, 4), values(4, 12, seed=1), values(12, seed=2)
    extra = {} if scale is None else {"scale": scale}
    nodes = [node("Attention", "x w b", "y", domain="com.microsoft", num_heads=2, unidirectional=1, **extra)]
    q, k, v = np.split(x[0] @ w + b, 3, -1)
    close(run(tmp_path, nodes, {"w": w, "b": b}, x), attention(q, k, v, 2, scale or 1 / math.sqrt(2))[None])


@pytest.mark.parametrize("window", [1, 2, 4, TOKENS])
def test_attention_with_a_sliding_window(tmp_path, window):
    x, w = values(1, TOKENS, 4), values(4, 12, seed=1)
    distance = np.arange(TOKENS)[:, None] - np.arange(TOKENS)[None]
    mask = np.where((distance >= 0) & (distance < window), 0, -1e9).astype("f4")
    nodes = [node("MatMul", "x w", "h")]
    nodes += [helper.make_node("Split", ["h"], ["q", "k", "v"], axis=-1, name="split")]
    nodes += [node("Transpose", "k", "t", perm=[0, 2, 1]), node("MatMul", "q t", "s"), node("Mul", "s scale", "u")]
    nodes += [node("Add", "u mask", "m"), node("Softmax", "m", "p", axis=-1), node("MatMul", "p v", "y")]
    q, k, v = np.split(x[0] @ w, 3, -1)
    y = run(tmp_path, nodes, {"w": w, "scale": np.float32(0.4), "mask": mask}, x)
    close(y, attention(q, k, v, 1, 0.4, window)[None])
