# Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Models with functions of their own: one that ONNX Runtime must agree on, and hostile ones."""

import sys

import numpy as np
from onnx import TensorProto, helper, numpy_helper


def function(name, inputs, outputs, nodes, attributes=(), domain="loc", defaults=(), overload="", opset=17):
    f = helper.make_function(domain, name, inputs, outputs, nodes, [helper.make_opsetid("", opset), helper.make_opsetid("loc", 1)], list(attributes))
    # Fields that this version of the package does not know: attribute_proto and overload.
    extra = b"".join(field(11, a.SerializeToString()) for a in defaults)
    if overload:
        extra += field(13, overload.encode())
    f.MergeFromString(extra)
    return f


def field(number, data):
    return varint(number << 3 | 2) + varint(len(data)) + data


def varint(value):
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    return bytes(out + bytes([value]))


def call(name, inputs, outputs, label="", domain="loc", overload="", **attributes):
    node = helper.make_node(name, inputs, outputs, name=label, domain=domain, **attributes)
    if overload:
        node.MergeFromString(field(8, overload.encode()))
    return node


def reference(node, name, of, kind):
    attribute = node.attribute.add()
    attribute.name, attribute.ref_attr_name, attribute.type = name, of, kind
    return node


def save(path, nodes, functions, initializers=(), shape=(1, 5, 6), outputs=("y",)):
    graph = helper.make_graph(
        nodes,
        "g",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, list(shape))],
        [helper.make_tensor_value_info(o, TensorProto.FLOAT, None) for o in outputs],
        list(initializers),
    )
    opsets = [helper.make_opsetid("", 17), helper.make_opsetid("loc", 1), helper.make_opsetid("other", 1)]
    model = helper.make_model(graph, opset_imports=opsets, functions=functions)
    model.ir_version = 8
    with open(path, "wb") as file:
        file.write(model.SerializeToString())


folder = sys.argv[1] + "/"
rng = np.random.default_rng(0)
weight = numpy_helper.from_array(rng.normal(size=(6, 6)).astype(np.float32), "w")
make = helper.make_node

# Linear: alpha is handed on, beta has a default, bias is left out once.
gemm = make("Gemm", ["a", "b", "c"], ["r"])
reference(gemm, "alpha", "alpha", helper.AttributeProto.FLOAT)
reference(gemm, "beta", "beta", helper.AttributeProto.FLOAT)
flat = [make("Reshape", ["v", "flat"], ["a"], name="Reshape")]
shapes = [
    make("Constant", [], ["flat"], value=numpy_helper.from_array(np.array([-1, 6], np.int64))),
    make("Constant", [], ["full"], value=numpy_helper.from_array(np.array([1, 5, 6], np.int64))),
]
linear = function(
    "Linear",
    ["v", "b", "c"],
    ["t"],
    shapes + flat + [gemm, make("Reshape", ["r", "full"], ["t"])],
    ["alpha"],
    defaults=[helper.make_attribute("beta", 0.5)],
)
# Names of the body clash with those of the graph; a call inside of a call.
inner = call("Linear", ["x", "w", "b"], ["h"], label="inner")
reference(inner, "alpha", "scale", helper.AttributeProto.FLOAT)
block = function("Block", ["x", "w", "b"], ["y", "x"], [inner, make("Relu", ["h"], ["y"])], ["scale"])
# The same name in another domain, and an overload of it; an older opset of its own.
squeeze = reference(make("Squeeze", ["a"], ["c"]), "axes", "axes", helper.AttributeProto.INTS)
other = function("Block", ["a"], ["c"], [squeeze, make("Add", ["c", "c"], ["d"])], ["axes"], domain="other", opset=11)
other.output[:] = ["d"]
twice = function("Block", ["a"], ["c"], [make("Add", ["a", "a"], ["c"])], domain="other", overload="twice")
bias = numpy_helper.from_array(rng.normal(size=6).astype(np.float32), "h")
nodes = [
    call("Block", ["x", "w", "h"], ["first", "same"], label="one", scale=0.25),
    call("Block", ["first", "w", ""], ["second"], label="one", scale=0.5),
    make("Add", ["second", "same"], ["sum"]),
    make("Unsqueeze", ["sum", "axis"], ["wide"]),
    call("Block", ["wide"], ["narrow"], domain="other", axes=[0]),
    call("Block", ["narrow"], ["y"], domain="other", overload="twice"),
]
axis = numpy_helper.from_array(np.array([0], np.int64), "axis")
save(folder + "good.onnx", nodes, [linear, block, other, twice], [weight, bias, axis])
data = rng.normal(size=(3, 5, 6)).astype(np.float32)
w, h = numpy_helper.to_array(weight), numpy_helper.to_array(bias)
first = np.maximum(0.25 * data @ w + 0.5 * h, 0)
second = np.maximum(0.5 * first @ w, 0)
np.savez(folder + "in.npz", x=data)
np.savez(folder + "expected.npz", y=4 * (second + data))

relu = make("Relu", ["a"], ["b"])
one = [call("A", ["x"], ["y"], label="start")]
save(folder + "itself.onnx", one, [function("A", ["a"], ["b"], [call("B", ["a"], ["b"])]), function("B", ["a"], ["b"], [call("A", ["a"], ["b"])])])
# Each calls the next one twice: 2^40 nodes.
chain = [function(f"F{i}", ["a"], ["b"], [call(f"F{i+1}", ["a"], ["m"]), call(f"F{i+1}", ["m"], ["b"])]) for i in range(40)]
save(folder + "bomb.onnx", [call("F0", ["x"], ["y"])], chain + [function("F40", ["a"], ["b"], [relu])])
deep = [function(f"F{i}", ["a"], ["b"], [call(f"F{i+1}", ["a"], ["b"])]) for i in range(70)]
save(folder + "deep.onnx", [call("F0", ["x"], ["y"])], deep + [function("F70", ["a"], ["b"], [relu])])
# A long name, in every name of a large expansion.
many = function("Many", ["a"], ["b"], [make("Relu", ["a"], ["b"])] * 1000)
long = [call("Many", ["x"], ["y"], label="n" * 1000000)] * 2
save(folder + "long.onnx", long, [many])
big = helper.make_attribute("value", numpy_helper.from_array(np.zeros(250000, np.float32)))
copies = function("Copies", ["a"], ["b"], [reference(make("Constant", [], [f"c{i}"]), "value", "value", 4) for i in range(2000)], ["value"])
save(folder + "copies.onnx", [call("Copies", ["x"], ["y"], value=numpy_helper.from_array(np.zeros(250000, np.float32)))], [copies])
plain = function("A", ["a"], ["b"], [relu])
save(folder + "calls.onnx", [call("A", ["x", "x"], ["m"], label="start"), call("A", ["m"], ["y", "z"], label="end")], [plain])
save(folder + "double.onnx", one, [plain, plain])
save(folder + "pass.onnx", [call("A", [""], ["y"], label="start")], [function("A", ["a"], ["a"], [relu])])
save(folder + "undefined.onnx", one, [function("A", ["a"], ["b"], [make("Add", ["a", "nothing"], ["b"], name="sum")])])
save(folder + "unsupported.onnx", one, [function("A", ["a"], ["b"], [make("Celu", ["a"], ["b"], name="act")])])
