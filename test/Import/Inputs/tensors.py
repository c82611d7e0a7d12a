# Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Writes values.onnx into the current folder: numbers of several types, in raw data, in lists and in a file beside it."""

import numpy
import onnx
from onnx import TensorProto, helper

HALVES = [0x0001, 0x03FF, 0x0400, 0x8200, 0x3C01, 0x7BFF, 0x7C00, 0xFC00]
BFLOATS = [0x3F81, 0xC000, 0x0001, 0x7F80]


def external(name, offset):
    tensor = TensorProto(name=name, data_type=TensorProto.FLOAT, dims=[2], data_location=TensorProto.EXTERNAL)
    for key, value in (("location", "values.bin"), ("offset", str(offset)), ("length", "8")):
        tensor.external_data.add(key=key, value=value)
    return tensor


def main():
    numpy.arange(1, 7, dtype="<f4").tofile("values.bin")
    raw = {
        "half_raw": (TensorProto.FLOAT16, numpy.array(HALVES, "<u2")),
        "bfloat_raw": (TensorProto.BFLOAT16, numpy.array(BFLOATS, "<u2")),
        "double_raw": (TensorProto.DOUBLE, numpy.array([0.1, -2.5], "<f8")),
    }
    tensors = [TensorProto(name=name, data_type=kind, dims=[len(values)], raw_data=values.tobytes()) for name, (kind, values) in raw.items()]
    tensors.append(TensorProto(name="half_list", data_type=TensorProto.FLOAT16, dims=[len(HALVES)], int32_data=HALVES))
    tensors.append(TensorProto(name="int8_list", data_type=TensorProto.INT8, dims=[3], int32_data=[-128, -1, 127]))
    tensors += [external("first", 0), external("last", 16)]
    value = helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, 2, 3])
    nodes = [helper.make_node("Relu", ["x"], ["y"], name="act")]
    nodes += [helper.make_node("Identity", [tensor.name], [f"use_{tensor.name}"]) for tensor in tensors]
    outputs = [helper.make_tensor_value_info("y", TensorProto.FLOAT, [1, 2, 3])]
    outputs += [helper.make_tensor_value_info(f"use_{tensor.name}", tensor.data_type, tensor.dims) for tensor in tensors]
    graph = helper.make_graph(nodes, "g", [value], outputs, tensors)
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)]), "values.onnx")


if __name__ == "__main__":
    main()
