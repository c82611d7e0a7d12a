# Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Random decoders as ONNX, with inputs: sizes, norms, activations, masks, windows,
1 to 2,000 slots. Needs the package `onnx`."""

import dataclasses
import math

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

NORMS = ("layer", "layer-spelled", "rms", "none")
ACTIVATIONS = ("relu", "gelu", "gelu-tanh", "silu")
INPUTS = ("float", "ids", "both", "image")
LONGEST = 2000


@dataclasses.dataclass
class Shape:
    """What a decoder looks like."""

    seed: int
    tokens: int
    heads: int
    head_width: int
    layers: int
    hidden: int
    classes: int
    window: int
    norm: str
    epsilon: float
    activation: str
    score: str
    gated: bool
    positions: bool
    post_norm: bool
    bias: bool
    last: bool
    input: str
    gain: float
    schedule: str

    @property
    def width(self):
        return self.heads * self.head_width

    def __str__(self):
        parts = [f"{field}={value:g}" if isinstance(value, float) else f"{field}={value}" for field, value in vars(self).items()]
        return " ".join(parts)


def random_shape(seed):
    """The shape of decoder number `seed`: always the same one."""
    rng = np.random.default_rng(seed)

    def either(*values):
        return values[int(rng.integers(len(values)))]

    # Evenly on a logarithmic scale; long ones are narrow, so that they are done in time.
    tokens = max(1, round(LONGEST ** (rng.random() * 1.02)) if seed % 3 == 0 else round(24**rng.random()))
    tokens = min(tokens, LONGEST)
    narrow = tokens > 100
    shape = Shape(
        seed=seed,
        tokens=tokens,
        heads=either(1, 2) if narrow else either(1, 2, 3, 4, 8),
        head_width=either(2, 4, 8) if narrow else either(1, 2, 5, 8, 16),
        layers=1 if narrow else either(1, 1, 2, 3),
        hidden=either(2, 7, 24, 64),
        classes=either(1, 3, 10, 33),
        window=either(0, 0, 1, 2, max(1, tokens // 2), tokens, tokens + 3),
        norm=either(*NORMS),
        epsilon=10.0 ** -either(12, 8, 6, 5, 3, 1, 0),
        activation=either(*ACTIVATIONS),
        score=either("softmax", "softmax", "softmax", "relu"),
        gated=bool(rng.integers(2)),
        positions=bool(rng.integers(2)),
        post_norm=not rng.integers(4),
        bias=bool(rng.integers(4)),
        last=not rng.integers(4),
        input=either(*INPUTS[:3]) if narrow else either(*INPUTS),
        gain=either(0.01, 0.3, 1.0, 1.0, 3.0, 30.0),
        schedule=either("pipelined", "pipelined", "fall-through"),
    )
    if shape.width == 1:
        # A norm over one feature is a constant.
        shape = dataclasses.replace(shape, head_width=2)
    if shape.norm == "none":
        # Nothing keeps values from growing from layer to layer.
        return dataclasses.replace(shape, layers=1, gain=min(shape.gain, 1.0))
    return shape


class Builder:
    """Writes nodes; every method returns the name of what the node gives."""

    def __init__(self, shape):
        self.shape, self.rng = shape, np.random.default_rng(shape.seed + 1)
        self.nodes, self.constants, self.uses = [], [], {}

    def node(self, kind, inputs, name=None, **attributes):
        name = name or kind
        self.uses[name] = self.uses.get(name, -1) + 1
        name = f"{name}_{self.uses[name]}" if self.uses[name] else name
        self.nodes.append(helper.make_node(kind, inputs, [name], name=name, **attributes))
        return name

    def constant(self, value):
        name = f"constant_{len(self.constants)}"
        self.constants.append(numpy_helper.from_array(np.asarray(value), name))
        return name

    def number(self, value):
        return self.constant(np.float32(value))

    def normal(self, size, mean=0.0, deviation=1.0):
        return self.constant((mean + deviation * self.rng.normal(size=size)).astype(np.float32))

    def linear(self, x, rows, columns, name):
        y = self.node("MatMul", [x, self.normal((rows, columns), 0, self.shape.gain / math.sqrt(rows))], name)
        if not self.shape.bias:
            return y
        return self.node("Add", [y, self.normal(columns, 0, 0.2)], name + ".bias")

    def norm(self, x, name):
        shape = self.shape
        if shape.norm == "none":
            return x
        gamma = self.normal(shape.width, 1.0, 0.3)
        if shape.norm == "layer":
            beta = self.normal(shape.width, 0, 0.3)
            return self.node("LayerNormalization", [x, gamma, beta], name, axis=-1, epsilon=shape.epsilon)
        if shape.norm == "layer-spelled":
            x = self.node("Sub", [x, self.node("ReduceMean", [x], axes=[-1], keepdims=1)])
        square = self.node("ReduceMean", [self.node("Mul", [x, x])], axes=[-1], keepdims=1)
        root = self.node("Sqrt", [self.node("Add", [square, self.number(shape.epsilon)])])
        return self.node("Mul", [self.node("Div", [x, root]), gamma], name)

    def activation(self, x, name):
        kind = self.shape.activation
        if kind == "relu":
            return self.node("Relu", [x], name)
        if kind == "silu":
            return self.node("Mul", [x, self.node("Sigmoid", [x])], name)
        if kind == "gelu":
            inner = self.node("Erf", [self.node("Div", [x, self.number(math.sqrt(2))])])
        else:
            cube = self.node("Mul", [self.node("Mul", [x, x]), x])
            inner = self.node("Add", [x, self.node("Mul", [cube, self.number(0.044715)])])
            inner = self.node("Tanh", [self.node("Mul", [inner, self.number(math.sqrt(2 / math.pi))])])
        y = self.node("Mul", [x, self.node("Add", [inner, self.number(1)])])
        return self.node("Mul", [y, self.number(0.5)], name)

    def heads(self, x, order):
        shape = self.shape
        split = self.constant(np.array([1, shape.tokens, shape.heads, shape.head_width], np.int64))
        return self.node("Transpose", [self.node("Reshape", [x, split])], perm=order)

    def attention(self, x, name):
        shape = self.shape
        q = self.heads(self.linear(x, shape.width, shape.width, name + ".query"), [0, 2, 1, 3])
        k = self.heads(self.linear(x, shape.width, shape.width, name + ".key"), [0, 2, 3, 1])
        v = self.heads(self.linear(x, shape.width, shape.width, name + ".value"), [0, 2, 1, 3])
        score = self.node("MatMul", [q, k])
        score = self.node("Mul", [score, self.number(1 / math.sqrt(shape.head_width))])
        position = np.arange(shape.tokens)
        far = position[:, None] - position[None]
        seen = (far >= 0) & ((far < shape.window) if shape.window else True)
        mask = self.constant(np.where(seen, 0, -1e9).astype(np.float32)[None, None])
        score = self.node("Add", [score, mask])
        if shape.score == "relu":
            weight = self.node("Relu", [score], name)
        else:
            weight = self.node("Softmax", [score], name, axis=-1)
        mixed = self.node("Transpose", [self.node("MatMul", [weight, v])], perm=[0, 2, 1, 3])
        merged = self.constant(np.array([1, shape.tokens, shape.width], np.int64))
        return self.linear(self.node("Reshape", [mixed, merged]), shape.width, shape.width, name + ".out")

    def perceptron(self, x, name):
        shape = self.shape
        y = self.activation(self.linear(x, shape.width, shape.hidden, name + ".up"), name + ".act")
        if shape.gated:
            y = self.node("Mul", [y, self.linear(x, shape.width, shape.hidden, name + ".gate")], name + ".gated")
        return self.linear(y, shape.hidden, shape.width, name + ".down")

    def image(self, x):
        shape = self.shape
        y = self.node("Reshape", [x, self.constant(np.array([shape.tokens, 1, 8, 8], np.int64))])
        for inputs, outputs in ((1, 3), (3, 4)):
            kernel = self.normal((outputs, inputs, 3, 3), 0, 0.4)
            bias = self.normal(outputs, 0, 0.2)
            y = self.node("Conv", [y, kernel, bias], "conv", strides=[2, 2], pads=[1, 1, 1, 1])
            y = self.node("Relu", [y], "pixel")
        y = self.node("Reshape", [y, self.constant(np.array([1, shape.tokens, 16], np.int64))])
        return self.linear(y, 16, shape.width, "project")

    def embedded(self):
        """The tokens; and the inputs of the graph."""
        shape = self.shape
        features = 64 if shape.input == "image" else 6
        floats = helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, shape.tokens, features])
        ids = helper.make_tensor_value_info("ids", TensorProto.INT64, [1, shape.tokens])
        parts, inputs = [], []
        if shape.input != "ids":
            inputs.append(floats)
            parts.append(self.image("x") if shape.input == "image" else self.linear("x", features, shape.width, "project"))
        if shape.input in ("ids", "both"):
            inputs.append(ids)
            parts.append(self.node("Gather", [self.normal((13, shape.width)), "ids"], "embed"))
        if shape.positions:
            parts.append(self.normal((shape.tokens, shape.width), 0, 0.5))
        x = parts[0]
        for part in parts[1:]:
            x = self.node("Add", [x, part], "join")
        return x, inputs

    def model(self):
        shape = self.shape
        x, inputs = self.embedded()
        for i in range(shape.layers):
            for part, name in ((self.attention, f"attention{i}"), (self.perceptron, f"mlp{i}")):
                if shape.post_norm:
                    x = self.norm(self.node("Add", [x, part(x, name)], name + ".sum"), name + ".norm")
                else:
                    x = self.node("Add", [x, part(self.norm(x, name + ".norm"), name)], name + ".sum")
        x = self.norm(x, "norm")
        rows = [1, shape.tokens]
        if shape.last:
            rows = [1]
            x = self.node("Gather", [x, self.constant(np.int64(-1))], "last", axis=1)
        self.linear(x, shape.width, shape.classes, "head")
        self.nodes[-1].output[0] = "logits"
        outputs = [helper.make_tensor_value_info("logits", TensorProto.FLOAT, rows + [shape.classes])]
        graph = helper.make_graph(self.nodes, "decoder", inputs, outputs, self.constants)
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], producer_name="neuro-mlir test")
        model.ir_version = 8
        return model


def write(shape, path):
    """Writes the decoder of `shape`; returns inputs for it, by name."""
    onnx.save(Builder(shape).model(), str(path))
    rng = np.random.default_rng(shape.seed + 2)
    sequences = 1 if shape.tokens > 100 else 3
    rows = (sequences, shape.tokens)
    arrays = {}
    if shape.input != "ids":
        features = 64 if shape.input == "image" else 6
        # Tokens of unequal size.
        sizes = np.exp(rng.normal(size=rows + (1,)) * (rng.random() * 2))
        arrays["x"] = (rng.normal(size=rows + (features,)) * sizes).astype(np.float32)
    if shape.input in ("ids", "both"):
        arrays["ids"] = rng.integers(0, 13, rows).astype(np.int64)
    return arrays
