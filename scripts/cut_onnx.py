#!/usr/bin/python3
# Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Cuts an ONNX model after a node: that node's first result becomes the output.

To find the layer where numbers part, compile the cut model and compare.
"""

import argparse
import sys

import onnx


def cut(model, node):
    """Keeps what `node` needs. Raises KeyError if there is no such node."""
    graph = model.graph
    name = next((n.output[0] for n in graph.node if n.name == node), None)
    if name is None:
        raise KeyError(node)
    needed, kept = {name}, []
    for entry in reversed(graph.node):
        if needed.intersection(entry.output):
            needed.update(entry.input)
            kept.append(entry)
    kept.reverse()
    initializers = [entry for entry in graph.initializer if entry.name in needed]
    del graph.node[:], graph.initializer[:], graph.output[:]
    graph.node.extend(kept)
    graph.initializer.extend(initializers)
    graph.output.add().CopyFrom(onnx.helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, None))


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("model", help="ONNX file")
    parser.add_argument("node", nargs="?", help="name of the node; without it, the names are printed")
    parser.add_argument("output", nargs="?", help="ONNX file to write")
    options = parser.parse_args()
    try:
        model = onnx.load(options.model)
    except Exception as error:  # protobuf and the file system raise many kinds
        sys.exit(f"cut_onnx: {options.model}: cannot be read: {error}")
    if not options.node:
        print("\n".join(f"{entry.name}  ({entry.op_type})" for entry in model.graph.node))
        return
    if not options.output:
        parser.error("a node needs an output file")
    try:
        cut(model, options.node)
    except KeyError:
        sys.exit(f"cut_onnx: {options.model} has no node {options.node!r}; without a node, the names are printed")
    onnx.save(model, options.output)


if __name__ == "__main__":
    main()
