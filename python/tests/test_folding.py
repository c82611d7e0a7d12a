# Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Constants are folded to the numbers that ONNX Runtime gives."""

import pathlib

import numpy as np
import pytest

onnx = pytest.importorskip("onnx")

import folding  # noqa: E402
import folding_cases as fc  # noqa: E402

GOLDEN = pathlib.Path(__file__).with_name("folding.golden")
pytestmark = pytest.mark.skipif(not (folding.BIN / "neuro-opt").exists(), reason="neuro-opt is not built")


def text(wrong):
    return "\n".join(f"{case.text()}: {reason[:300]}" for case, reason in wrong[:20])


def test_kept_results():
    """ONNX Runtime's results, kept in a file, for every operator."""
    cases, expected = folding.read_golden(GOLDEN)
    wrong, counts = folding.compare(cases, expected)
    assert not wrong, text(wrong)
    assert set(counts) == set(fc.CASES) and len(counts) >= 119


@pytest.mark.skipif(folding.runtime() is None, reason="ORT_LIB does not name ONNX Runtime's library")
@pytest.mark.parametrize("seed", [1, 2])
def test_random_cases(seed):
    wrong, counts, without = folding.compare_random(folding.runtime(), sorted(fc.CASES), 8, seed)
    assert not wrong, text(wrong)
    assert set(counts) == set(fc.CASES)


def folded(op, opset, attributes, inputs, outputs=1):
    results, remarks = folding.folded([fc.Case(op, opset, attributes, inputs, outputs)])
    assert results[0] is not None, remarks
    return results[0][0] if outputs == 1 else results[0]


def test_every_half_is_read_exactly():
    """float16 of every pattern, also subnormal ones, as an initializer becomes its value."""
    halves = np.arange(65536, dtype=np.uint16).view(np.float16)
    np.testing.assert_array_equal(folded("Cast", 13, {"to": 1}, [halves]), halves.astype(np.float32))
    few = np.array([6e-8, -6e-8, 6.1e-5, 1e-7], np.float16)  # small constants are kept in another way
    np.testing.assert_array_equal(folded("Cast", 13, {"to": 1}, [few]), few.astype(np.float32))


def test_every_half_is_rounded_to():
    """Between all neighbours of float16: a tie goes to the even one."""
    halves = np.arange(0x7C00, dtype=np.uint16).view(np.float16).astype(np.float64)
    middle = (halves[:-1] + halves[1:]) / 2
    x = np.concatenate([middle, np.nextafter(middle.astype(np.float32), np.float32(0)), np.nextafter(middle.astype(np.float32), np.float32(9e9))])
    x = np.concatenate([x, -x, [65519.0, 65520.0, np.inf, np.nan]]).astype(np.float32)
    with np.errstate(over="ignore"):
        np.testing.assert_array_equal(folded("Cast", 13, {"to": 10}, [x]), x.astype(np.float16))


def bfloat(x):
    """float32 rounded to bfloat16, as bits; a tie goes to the even one."""
    bits = x.astype(np.float32).view(np.uint32).astype(np.uint64)
    return ((bits + 0x7FFF + (bits >> 16 & 1)) >> 16).astype(np.uint16)


def test_bfloat16_rounds_to_nearest():
    rng = np.random.default_rng(3)
    bits = np.concatenate([rng.integers(0, 0x7F7F0000, 4000), np.arange(500) << 14]).astype(np.uint32)
    x = bits.view(np.float32)
    x = np.concatenate([x, -x])
    tensor = onnx.helper.make_tensor("b", onnx.TensorProto.BFLOAT16, [x.size], bfloat(x).tobytes(), raw=True)
    nodes = [
        onnx.helper.make_node("Cast", ["x"], ["a"], to=16), onnx.helper.make_node("Cast", ["a"], ["y"], to=1),
        onnx.helper.make_node("Cast", ["b"], ["z"], to=1),
        onnx.helper.make_node("Add", ["b", "b"], ["c"]), onnx.helper.make_node("Cast", ["c"], ["w"], to=1),
    ]
    initializers = [onnx.numpy_helper.from_array(x, "x"), tensor]
    got = folding.fold_graph(nodes, initializers, ["y", "z", "w"], 13)
    exact = (bfloat(x).astype(np.uint32) << 16).view(np.float32)
    np.testing.assert_array_equal(got["y"], exact)
    np.testing.assert_array_equal(got["z"], exact)
    with np.errstate(over="ignore"):
        twice = exact * 2
    np.testing.assert_array_equal(got["w"], twice)


@pytest.mark.parametrize("op", sorted(fc.CASES))
def test_nothing_is_skipped(op):
    """An attribute or an input that the operator does not have is named, and the node is left alone."""
    first = fc.draw(op, 7)
    strange = fc.Case(op, first.opset, {**first.attributes, "unheard_of": 3}, first.inputs, first.outputs)
    cases = [strange]
    if op not in ("Min", "Max", "Sum", "Mean", "Concat", "Einsum"):  # these have any number of inputs
        inputs = first.inputs + [None] * (6 - len(first.inputs)) + [np.array([1], np.int64)]
        cases.append(fc.Case(op, first.opset, first.attributes, inputs, first.outputs))
    results, remarks = folding.folded(cases)
    assert results[0] is None and "attribute 'unheard_of' = 3 is not known here" in remarks[0]
    if len(cases) > 1:
        assert results[1] is None and "input 6 is not known here" in remarks[1]


def test_defaults_may_be_written_out():
    """An attribute that says what holds without it changes nothing."""
    count = 0
    cases, plain = [], []
    for op in sorted(fc.CASES):
        for seed in range(6):
            case = fc.draw(op, 50 + seed)
            try:
                schema = onnx.defs.get_schema(op, min(case.opset, onnx.defs.onnx_opset_version()), "")
            except onnx.defs.SchemaError:
                continue
            more = {
                name: onnx.helper.get_attribute_value(a.default_value)
                for name, a in schema.attributes.items()
                if a.default_value.name and name not in case.attributes
            }
            if more:
                plain.append(case)
                cases.append(fc.Case(op, case.opset, {**case.attributes, **more}, case.inputs, case.outputs))
    without, _ = folding.folded(plain)
    written, remarks = folding.folded(cases)
    for number, (case, a, b) in enumerate(zip(cases, without, written)):
        if a is None:
            continue
        count += 1
        assert b is not None, f"{case.text()}: {remarks.get(number)}"
        assert all(np.array_equal(x, y, equal_nan=x.dtype.kind == "f") for x, y in zip(a, b)), case.text()
    assert count > 60


def test_reductions_of_nothing():
    """Of no elements a sum is 0, a product 1, and the largest number lower than any."""
    x = np.zeros((2, 0), np.float32)
    axes = np.array([1], np.int64)
    for op, value in (("Sum", 0.0), ("Prod", 1.0), ("Max", -np.inf), ("Min", np.inf), ("L1", 0.0), ("LogSum", -np.inf)):
        inputs = [x, axes]
        np.testing.assert_array_equal(folded("Reduce" + op, 18, {"keepdims": 0}, inputs), np.full(2, value, np.float32))
    results, remarks = folding.folded([fc.Case("ReduceMax", 18, {}, [np.zeros((2, 0), np.int32), axes])])
    assert results[0] is None and "there is no Max of no elements" in remarks[0]
