# Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Reads and evaluates the ONNX files that model.py writes, with PyTorch only.

It knows the operators of that export and refuses others. It exists so that
the figures in the model card are measured on the committed file, in float and
under simulated quantisation.
"""

import struct

import numpy as np
import torch
import torch.nn.functional as F

_TYPES = {1: np.float32, 6: np.int32, 7: np.int64, 9: np.bool_, 11: np.float64}


def _fields(data):
    """(field number, value) of a protobuf message; bytes for nested ones."""
    at = 0

    def varint():
        nonlocal at
        value = shift = 0
        while True:
            byte = data[at]
            at += 1
            value |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return value

    while at < len(data):
        key = varint()
        kind = key & 7
        if kind == 0:
            value = varint()
            value -= (value >> 63) << 64
        elif kind == 2:
            size = varint()
            value = data[at : at + size]
            at += size
        elif kind in (1, 5):
            size = 8 if kind == 1 else 4
            value = data[at : at + size]
            at += size
        else:
            raise ValueError("not an ONNX file")
        yield key >> 3, value


def _integers(value):
    """A repeated integer field: packed bytes or one number."""
    if isinstance(value, int):
        return [value]
    return [number for _, number in _packed(value)]


def _packed(data):
    at = 0
    while at < len(data):
        value = shift = 0
        while True:
            byte = data[at]
            at += 1
            value |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                break
        yield 0, value - ((value >> 63) << 64)


def _tensor(data):
    dims, kind, raw, name = [], 1, b"", ""
    for field, value in _fields(data):
        if field == 1:
            dims += _integers(value)
        elif field == 2:
            kind = value
        elif field == 8:
            name = value.decode()
        elif field == 9:
            raw = value
    array = np.frombuffer(raw, _TYPES[kind]).reshape(dims)
    return name, torch.from_numpy(array.copy())


def _attribute(data):
    name, result, integers = "", None, []
    for field, value in _fields(data):
        if field == 1:
            name = value.decode()
        elif field == 2:
            result = struct.unpack("<f", value)[0]
        elif field == 3:
            result = value
        elif field == 4:
            result = value.decode()
        elif field == 5:
            result = _tensor(value)[1]
        elif field == 8:
            integers += _integers(value)
    return name, integers if integers else result


class Node:
    """One ONNX node: op, inputs, outputs, attributes (a dict)."""

    def __init__(self, data):
        self.inputs, self.outputs, self.attributes, self.op = [], [], {}, ""
        for field, value in _fields(data):
            if field == 1:
                self.inputs.append(value.decode())
            elif field == 2:
                self.outputs.append(value.decode())
            elif field == 4:
                self.op = value.decode()
            elif field == 5:
                name, result = _attribute(value)
                self.attributes[name] = result


class Graph:
    """An ONNX graph in memory.

    Attributes:
      nodes: list of Node in file order.
      weights: dict name -> torch tensor.
      keys, values: names of the tensors that attention stores.
      mixed: names of the tensors that attention reads out.
    """

    def __init__(self, path):
        with open(path, "rb") as file:
            data = file.read()
        graph = next(value for field, value in _fields(data) if field == 7)
        self.nodes, self.weights = [], {}
        for field, value in _fields(graph):
            if field == 1:
                self.nodes.append(Node(value))
            elif field == 5:
                name, tensor = _tensor(value)
                self.weights[name] = tensor
        self.keys, self.values, self.mixed, softmax = set(), set(), set(), set()
        for node in self.nodes:
            if node.op == "Softmax":
                softmax.update(node.outputs)
            elif node.op == "MatMul" and node.inputs[1] not in self.weights:
                if node.inputs[0] in softmax:
                    self.values.add(node.inputs[1])
                    self.mixed.update(node.outputs)
                else:
                    self.keys.add(node.inputs[1])

    @torch.no_grad()
    def run(self, images, labels, hook=None):
        """Evaluate.

        Args:
          images: float32 tensor [B, T, 784].
          labels: int64 tensor [B, T].
          hook: None or function (node, name, tensor) -> tensor that may
            replace any tensor a node computes.

        Returns:
          dict of every tensor by name; 'logits' is [B, 20].
        """
        env = {**self.weights, "images": images, "labels": labels}
        for node in self.nodes:
            args = [env[name] if name else None for name in node.inputs]
            if hook:
                args = [
                    hook(node, name, arg) for name, arg in zip(node.inputs, args)
                ]
            env[node.outputs[0]] = _evaluate(node.op, args, node.attributes)
        return env


def _evaluate(op, a, attr):
    if op == "Constant":
        return attr["value"]
    if op == "Identity":
        return a[0]
    if op == "Shape":
        return torch.tensor(a[0].shape)
    if op == "Gather":
        axis = attr.get("axis", 0)
        flat = a[0].index_select(axis, a[1].reshape(-1) % a[0].shape[axis])
        return flat.reshape(a[0].shape[:axis] + a[1].shape + a[0].shape[axis + 1 :])
    if op == "Unsqueeze":
        for axis in a[1].tolist():
            a[0] = a[0].unsqueeze(axis)
        return a[0]
    if op == "Concat":
        return torch.cat(a, attr["axis"])
    if op == "Slice":
        x, steps = a[0], a[4].tolist() if len(a) > 4 else [1] * len(a[1])
        axes = a[3].tolist() if len(a) > 3 else range(len(a[1]))
        for start, end, axis, step in zip(a[1].tolist(), a[2].tolist(), axes, steps):
            index = [slice(None)] * x.dim()
            index[axis] = slice(start, min(end, x.shape[axis]), step)
            x = x[tuple(index)]
        return x
    if op == "Cast":
        return a[0].to(torch.from_numpy(np.zeros(1, _TYPES[attr["to"]])).dtype)
    if op == "Reshape":
        shape = [a[0].shape[i] if n == 0 else n for i, n in enumerate(a[1].tolist())]
        return a[0].reshape(shape)
    if op == "Flatten":
        return a[0].flatten(attr.get("axis", 1))
    if op == "Transpose":
        return a[0].permute(attr["perm"])
    if op == "Conv":
        return F.conv2d(a[0], a[1], a[2], attr["strides"], attr["pads"][:2])
    if op == "Gemm":
        weight = a[1].t() if attr.get("transB") else a[1]
        return a[0] @ weight + a[2]
    if op == "MatMul":
        return a[0] @ a[1]
    if op == "LayerNormalization":
        return F.layer_norm(a[0], a[1].shape, a[1], a[2], attr["epsilon"])
    if op == "Softmax":
        return torch.softmax(a[0], attr["axis"])
    if op == "Where":
        return torch.where(a[0], a[1], a[2])
    if op in ("Relu", "Erf"):
        return {"Relu": F.relu, "Erf": torch.erf}[op](a[0])
    if op in ("Add", "Sub", "Mul", "Div"):
        return getattr(torch, op.lower())(a[0], a[1])
    raise ValueError(f"operator {op} is not one that model.py exports")


class Quantiser:
    """Simulated integer arithmetic for Graph.run.

    Weights of Conv, Gemm and MatMul: int8 per output channel. Their inputs:
    signed integers of activation_bits, one scale per tensor. Keys 7 and values
    8 bits. Scales come from the largest magnitude over calibrate().
    """

    def __init__(self, graph, activation_bits=10, key_bits=7, value_bits=8):
        self.graph, self.calibrating, self.peak = graph, False, {}
        self.bits = activation_bits
        self.stored = {name: key_bits for name in graph.keys}
        self.stored.update({name: value_bits for name in graph.values})
        self.weights = {}
        for node in graph.nodes:
            if node.op in ("Conv", "Gemm", "MatMul"):
                weight = graph.weights.get(node.inputs[1])
                if weight is None:
                    continue
                first = node.op == "Conv" or node.attributes.get("transB")
                axes = list(range(1, weight.dim())) if first else [0]
                step = weight.abs().amax(axes, keepdim=True).clamp_min(1e-9) / 127
                self.weights[node.inputs[1]] = torch.round(weight / step) * step

    def calibrate(self, images, labels):
        self.calibrating = True
        self.graph.run(images, labels, self)
        self.calibrating = False

    def __call__(self, node, name, tensor):
        if node.op not in ("Conv", "Gemm", "MatMul"):
            return tensor
        if name in self.graph.weights:
            return self.weights.get(name, tensor)
        bits = self.stored.get(name, self.bits)
        if self.calibrating:
            self.peak[name] = max(self.peak.get(name, 0.0), tensor.abs().max().item())
            return tensor
        top = 2 ** (bits - 1) - 1
        step = max(self.peak[name], 1e-9) / top
        return torch.clamp(torch.round(tensor / step), -top, top) * step
