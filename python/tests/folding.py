# Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The compiler's constant folding beside ONNX Runtime.

  python3 python/tests/folding.py --cases 50 --seed 1    # for each operator; needs $ORT_LIB
  python3 python/tests/folding.py --golden FILE          # writes the cases that the tests keep
"""

import argparse
import collections
import importlib.util
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import folding_cases as fc  # noqa: E402

ROOT = pathlib.Path(__file__).resolve().parents[2]
BIN = pathlib.Path(os.environ.get("NEURO_BIN", ROOT / "build" / "bin"))
MLIR_TYPES = {
    "f16": np.float16, "f32": np.float32, "f64": np.float64, "i1": np.bool_, "i8": np.int8, "i16": np.int16,
    "i32": np.int32, "i64": np.int64, "ui8": np.uint8, "ui16": np.uint16, "ui32": np.uint32, "ui64": np.uint64,
}
# What is computed by other formulas in both may differ in the last digits.
INEXACT = set(
    "Exp Log Sin Cos Tan Asin Acos Atan Sinh Cosh Tanh Asinh Acosh Atanh Erf Sigmoid Softplus Softsign HardSigmoid "
    "HardSwish Elu Celu Selu Mish Gelu Pow Mean Sum CumSum Softmax LogSoftmax MatMul Gemm Einsum Range".split()
) | {"Reduce" + name for name in fc.REDUCTIONS if name not in ("Max", "Min")}


def attribute(name, value):
    if isinstance(value, np.ndarray):
        return helper.make_attribute(name, numpy_helper.from_array(value, name))
    return helper.make_attribute(name, value)


def onnx_node(case, number):
    """The node and its inputs as tensors, names made unique by the number."""
    tensors, names = [], []
    for i, x in enumerate(case.inputs):
        names.append("" if x is None else f"c{number}_{i}")
        if x is not None:
            tensors.append(numpy_helper.from_array(np.ascontiguousarray(x).reshape(x.shape), names[-1]))
    outputs = [f"y{number}_{i}" for i in range(case.outputs)]
    node = helper.make_node(case.op, names, outputs, name=f"n{number}", domain=case.domain)
    node.attribute.extend(attribute(k, v) for k, v in sorted(case.attributes.items()))
    return node, tensors, outputs


def onnx_model(cases):
    """One model of cases of one opset; its outputs in their order."""
    nodes, tensors, outputs = [], [], []
    for number, case in enumerate(cases):
        node, more, names = onnx_node(case, number)
        nodes.append(node)
        tensors += more
        outputs += names
    infos = [helper.make_tensor_value_info(name, TensorProto.UNDEFINED, None) for name in outputs]
    for info in infos:
        info.ClearField("type")
    graph = helper.make_graph(nodes, "g", [], infos, tensors)
    opsets = [helper.make_opsetid("", cases[0].opset), helper.make_opsetid("com.microsoft", 1)]
    model = helper.make_model(graph, opset_imports=opsets)
    model.ir_version = 8
    return model, outputs


def parsed(text, blobs):
    """The array that `dense<...> : tensor<...>` is."""
    blob, value, shape = re.fullmatch(r"dense(_resource)?<(.*)> : tensor<(.*)>", text.strip()).groups()
    *dims, kind = shape.split("x")
    dims, dtype = [int(d) for d in dims], np.dtype(MLIR_TYPES[kind])
    if not value:
        return np.zeros(dims, dtype)
    if blob:
        flat = np.frombuffer(blobs[value][4:], dtype)  # behind the alignment
    elif value.startswith('"0x') and kind == "i1":
        bits = np.unpackbits(np.frombuffer(bytes.fromhex(value[3:-1]), np.uint8), bitorder="little")
        size = int(np.prod(dims, dtype=np.int64))
        flat = np.full(size, bits[0]).astype(np.bool_) if value in ('"0xFF"', '"0x00"') else bits[:size].astype(np.bool_)
    elif value.startswith('"0x'):
        flat = np.frombuffer(bytes.fromhex(value[3:-1]), dtype)
    elif kind == "i1":
        flat = np.array([word == "true" for word in re.findall(r"true|false", value)])
    elif dtype.kind == "f":
        numbers = re.findall(r"0x[0-9A-Fa-f]+|[^\[\], ]+", value)
        bits = np.dtype(f"u{dtype.itemsize}")
        flat = np.array(
            [np.array(int(n, 16), bits).view(dtype) if n.startswith("0x") else dtype.type(n) for n in numbers], dtype
        )
    else:
        flat = np.array([int(n) for n in re.findall(r"-?\d+", value)], dtype)
    size = int(np.prod(dims, dtype=np.int64))
    return flat.reshape(dims) if flat.size == size else np.full(dims, flat[0])


def folded(cases):
    """For each case the arrays the compiler computes, or None; and what it says of the others."""
    results, remarks = [None] * len(cases), {}
    groups = collections.defaultdict(list)
    for number, case in enumerate(cases):
        groups[case.opset].append(number)
    for members in groups.values():
        fold_group(cases, members, results, remarks)
    return results, remarks


def run_fold(model):
    """For each output of the model its constant or None, and the remarks by node name."""
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "m.onnx"
        path.write_bytes(model.SerializeToString())
        command = [BIN / "neuro-translate", "--import-onnx", path, "--mlir-print-debuginfo"]
        imported = subprocess.run(command, capture_output=True, text=True)
    assert imported.returncode == 0, imported.stderr[:2000]
    command = [BIN / "neuro-opt", "--onnx-fold", "--mlir-print-elementsattrs-with-hex-if-larger=0"]
    done = subprocess.run(command, input=imported.stdout, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[:2000]
    constants = dict(re.findall(r"(%\w+) = onnx\.constant (dense.*)", done.stdout))
    blobs = {name: bytes.fromhex(data) for name, data in re.findall(r'^ *(\w+): "0x([0-9A-F]*)"', done.stdout, re.MULTILINE)}
    returned = re.search(r"return (.*?) : ", done.stdout).group(1).split(", ")
    values = [parsed(constants[name], blobs) if name in constants else None for name in returned]
    return values, dict(re.findall(r'remark: loc\("(\w+)"\): (.*)', done.stderr))


def fold_group(cases, members, results, remarks):
    model, _ = onnx_model([cases[m] for m in members])
    values, said = run_fold(model)
    for place, member in enumerate(members):
        own = [values.pop(0) for _ in range(cases[member].outputs)]
        if all(value is not None for value in own):
            results[member] = own
        elif f"n{place}" in said:
            remarks[member] = said[f"n{place}"]


def fold_graph(nodes, initializers, outputs, opset):
    """What the compiler computes of a graph of constants."""
    infos = [helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in outputs]
    graph = helper.make_graph(nodes, "g", [], infos, initializers)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)])
    values, remarks = run_fold(model)
    assert all(value is not None for value in values), remarks
    return dict(zip(outputs, values))


def runtime():
    """ONNX Runtime, or None without it."""
    if not os.path.isfile(os.environ.get("ORT_LIB", "")):
        return None
    path = ROOT / "test" / "Evaluator" / "Inputs" / "onnxruntime.py"
    spec = importlib.util.spec_from_file_location("onnxruntime_by_ctypes", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def reference(module, case):
    """What ONNX Runtime computes; a string: why it does not."""
    model, outputs = onnx_model([case])
    try:
        found = module.run(model.SerializeToString(), {}, outputs)
    except RuntimeError as error:
        return str(error)
    return [found[name] for name in outputs]


def difference(case, ours, theirs):
    """Empty if they are the same."""
    for i, (a, b) in enumerate(zip(ours, theirs)):
        if a.dtype != b.dtype or a.shape != b.shape:
            return f"output {i}: {a.dtype}{list(a.shape)}, expected {b.dtype}{list(b.shape)}"
        if a.dtype.kind != "f" or case.op not in INEXACT:
            same = np.array_equal(a, b, equal_nan=a.dtype.kind == "f")
        else:
            step = {2: 2e-3, 4: 5e-6, 8: 1e-11}[a.dtype.itemsize]
            least = {2: 6e-8, 4: 1e-6, 8: 1e-12}[a.dtype.itemsize]
            top = max([1.0] + [float(np.max(np.abs(x), initial=0)) for x in case.inputs if x is not None and x.dtype.kind == "f" and np.isfinite(x).all()])
            with np.errstate(all="ignore"):
                same = np.allclose(a.astype(np.float64), b.astype(np.float64), rtol=step, atol=least * top, equal_nan=True)
        if not same:
            return f"output {i}: {a.tolist()}, expected {b.tolist()}"
    return ""


def encoded(array):
    return [array.dtype.name, list(array.shape), np.ascontiguousarray(array).tobytes().hex()]


def decoded(entry):
    dtype, shape, data = entry
    return np.frombuffer(bytes.fromhex(data), np.dtype(dtype)).reshape(shape).copy()


def write_golden(path, module, count):
    """Cases of each operator with ONNX Runtime's results, a line each."""
    lines = []
    for op in sorted(fc.CASES):
        kept, seed = 0, 100000
        while kept < count and seed < 100200:
            case = fc.draw(op, seed)
            seed += 1
            theirs = reference(module, case)
            if isinstance(theirs, str) or sum(x.size for x in case.inputs + theirs if x is not None) > 60:
                continue
            attributes = {k: encoded(v) if isinstance(v, np.ndarray) else v for k, v in case.attributes.items()}
            inputs = [None if x is None else encoded(x) for x in case.inputs]
            lines.append(json.dumps([op, case.opset, attributes, inputs, [encoded(x) for x in theirs]], separators=(",", ":")))
            kept += 1
    path.write_text("\n".join(lines) + "\n")
    print(f"{len(lines)} cases of {len(fc.CASES)} operators in {path}")


def read_golden(path):
    cases, expected = [], []
    for line in path.read_text().splitlines():
        op, opset, attributes, inputs, outputs = json.loads(line)
        if op in ("Constant", "ConstantOfShape") and isinstance(attributes.get("value"), list):
            attributes["value"] = decoded(attributes["value"])
        inputs = [None if x is None else decoded(x) for x in inputs]
        cases.append(fc.Case(op, opset, attributes, inputs, len(outputs)))
        expected.append([decoded(x) for x in outputs])
    return cases, expected


def compare(cases, expected):
    """(case, what differs) for each that differs, and the number of those compared for each operator."""
    results, remarks = folded(cases)
    wrong, counts = [], collections.Counter()
    for number, (case, ours, theirs) in enumerate(zip(cases, results, expected)):
        counts[case.op] += 1
        text = "not folded: " + remarks.get(number, "no remark") if ours is None else difference(case, ours, theirs)
        if text:
            wrong.append((case, text))
    return wrong, counts


def compare_random(module, ops, count, seed):
    """As compare, with new cases; and why ONNX Runtime had no result for the others."""
    cases, expected, without = [], [], collections.Counter()
    for op in ops:
        for i in range(count):
            case = fc.draw(op, seed * 1000003 + i)
            theirs = reference(module, case)
            if isinstance(theirs, str):
                without[case.op] += 1
            else:
                cases.append(case)
                expected.append(theirs)
    wrong, counts = compare(cases, expected)
    return wrong, counts, without


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cases", type=int, default=20, help="cases of each operator")
    parser.add_argument("--seed", type=int, default=0, help="other numbers make other cases")
    parser.add_argument("--op", action="append", help="only this operator; repeatable")
    parser.add_argument("--golden", type=pathlib.Path, help="write cases and ONNX Runtime's results to this file")
    options = parser.parse_args()
    module = runtime()
    if module is None:
        parser.exit(1, "folding.py: set ORT_LIB to ONNX Runtime's library, see scripts/fetch_onnxruntime.sh\n")
    if options.golden:
        return write_golden(options.golden, module, 4)
    ops = options.op or sorted(fc.CASES)
    wrong, counts, without = compare_random(module, ops, options.cases, options.seed)
    for case, text in wrong:
        print(f"{case.text()}: {text[:600]}")
    rare = [f"{op} ({n})" for op, n in without.items() if n > options.cases / 2]
    print(f"{sum(counts.values())} cases of {len(counts)} operators compared with ONNX Runtime, {len(wrong)} differ")
    print(f"{sum(without.values())} cases have no result there, most of: {', '.join(rare) or 'none'}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
