# Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Chains of COUNT nodes: of ReLU, of sums with a constant, of x + x and ReLU by turns."""

import sys

from onnx import TensorProto, helper

count = int(sys.argv[1])
kinds = {
    "relu": lambda i, x: ("Relu", [x]),
    "add": lambda i, x: ("Add", [x, "c"]),
    "mixed": lambda i, x: ("Relu", [x]) if i % 2 else ("Add", [x, x]),
}
for name, kind in kinds.items():
    nodes, value = [], "x"
    for i in range(count):
        operator, inputs = kind(i, value)
        value = "y" if i == count - 1 else f"v{i}"
        nodes.append(helper.make_node(operator, inputs, [value]))
    port = [1, 4, 8]
    graph = helper.make_graph(
        nodes,
        "chain",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, port)],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, port)],
        [helper.make_tensor("c", TensorProto.FLOAT, [], [0.001])] if name == "add" else [],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)])
    model.ir_version = 8
    with open(name + ".onnx", "wb") as file:
        file.write(model.SerializeToString())
