# Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""compare.py MODEL.onnx MODEL.nn.mlir FOLDER: the float evaluator against ONNX Runtime.

Seeded inputs go through both; every output must agree to 1e-4 of its largest
element. Sequences are run one by one in ONNX Runtime, all at once in ours.
"""

import re
import subprocess
import sys

import numpy as np
import onnx

import onnxruntime

SEQUENCES = 4
model_path, nn_path, folder = sys.argv[1:4]
model = onnx.load(model_path)
nn = open(nn_path).read()
rng = np.random.default_rng(1)
constants = {constant.name for constant in model.graph.initializer}
feeds = {}
for value in model.graph.input:
    if value.name in constants:
        continue
    # The shape as compiled: the model may leave dimensions open.
    shape = re.search(rf'nn.name = "{re.escape(value.name)}", nn.shape = array<i64: ([0-9, ]*)>', nn).group(1)
    shape = [SEQUENCES] + [int(size) for size in shape.split(", ")][1:]
    if value.type.tensor_type.elem_type == onnx.TensorProto.FLOAT:
        feeds[value.name] = rng.normal(size=shape).astype(np.float32)
    else:
        kind = onnx.mapping.TENSOR_TYPE_TO_NP_TYPE[value.type.tensor_type.elem_type]
        feeds[value.name] = rng.integers(0, int(sys.argv[4]) if len(sys.argv) > 4 else 8, shape).astype(kind)
outputs = [value.name for value in model.graph.output]
np.savez(f"{folder}/in.npz", **feeds)
subprocess.run(
    ["neuro-translate", "--nn-evaluate", nn_path, "--input", f"{folder}/in.npz", "--output", f"{folder}/out.npz"],
    check=True,
)
ours = np.load(f"{folder}/out.npz")
for name in outputs:
    expected = np.concatenate(
        [onnxruntime.run(model_path, {k: v[i : i + 1] for k, v in feeds.items()}, [name])[name] for i in range(SEQUENCES)]
    )
    error = np.abs(ours[name].reshape(expected.shape) - expected).max() / np.abs(expected).max()
    print(f"{name}: {expected.shape}, relative error {error:.1e}")
    if not error <= 1e-4:
        sys.exit(f"compare.py: error: '{name}' differs by {error:.3e} of its largest element")
