# Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Writes binary ONNX files, whole and damaged, into the current folder; with
--mutate N also runs a tool on N random mutations, which must never crash it."""

import argparse
import random
import subprocess

import numpy
import onnx
from onnx import TensorProto, helper, numpy_helper


def model():
    weight = numpy_helper.from_array(numpy.arange(12, dtype=numpy.float32).reshape(3, 4), "weight")
    nodes = [
        helper.make_node("MatMul", ["x", "weight"], ["h"], name="dense"),
        helper.make_node("Relu", ["h"], ["y"], name="act"),
    ]
    graph = helper.make_graph(
        nodes, "g",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["batch", 2, 3])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, ["batch", 2, 4])], [weight])
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)])


def nested(depth):
    """Subgraphs in subgraphs, deeper than any reader should follow."""
    node = b""
    for _ in range(depth):
        graph = b"\x0a" + varint(len(node)) + node if node else b""
        attribute = b"\x0a\x01b" + b"\x32" + varint(len(graph)) + graph + b"\xa0\x01\x05"
        node = b"\x22\x01F" + b"\x2a" + varint(len(attribute)) + attribute
    graph = b"\x0a" + varint(len(node)) + node
    return b"\x08\x08" + b"\x3a" + varint(len(graph)) + graph


def varint(value):
    out = bytearray()
    while True:
        out.append(value & 0x7F | (0x80 if value > 0x7F else 0))
        value >>= 7
        if not value:
            return bytes(out)


def main():
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument("--mutate", type=int, default=0)
    o = p.parse_args()
    data = model().SerializeToString()
    files = {
        "whole.onnx": data,
        "cut.onnx": data[: len(data) // 2],
        "tag.onnx": data[:1],
        "foreign.onnx": b"\x89PNG\r\n\x1a\n" + bytes(range(256)),
        "nested.onnx": nested(200),
        "inside.onnx": data.replace(b"\x1a\x05dense", b"\x1a\x45dense"),
    }
    for name, content in files.items():
        with open(name, "wb") as file:
            file.write(content)
    generator = random.Random(1)
    for number in range(o.mutate):
        content = bytearray(data)
        for _ in range(generator.randint(1, 4)):
            at = generator.randrange(len(content))
            kind = generator.randrange(3)
            if kind == 0:
                content[at] = generator.randrange(256)
            elif kind == 1:
                del content[at : at + generator.randint(1, 8)]
            else:
                content[at:at] = bytes(generator.randrange(256) for _ in range(generator.randint(1, 8)))
        with open("mutated.onnx", "wb") as file:
            file.write(content)
        imported = subprocess.run(["neuro-translate", "--import-onnx", "--shape", "x=1x2x3", "mutated.onnx"], capture_output=True)
        results = [imported]
        if imported.returncode == 0:
            results.append(subprocess.run(["neuro-opt", "--onnx-to-nn"], input=imported.stdout, capture_output=True))
        for result in results:
            if result.returncode not in (0, 1) or (result.returncode and b"error: " not in result.stderr):
                print(f"mutation {number}: exit code {result.returncode}\n{result.stderr.decode(errors='replace')}")
                raise SystemExit(1)
    print(f"{o.mutate} mutations, no crash")


if __name__ == "__main__":
    main()
