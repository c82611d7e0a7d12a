# Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The networks of models/learning and models/recurrent, compiled and run by both engines, equal their formulas in every bit."""

import re

import learning_formulas as formulas
import numpy as np
import pytest
from networks import ROOT, run

MODELS = ROOT / "models" / "learning"
ENGINES = ("fast", "reference")


def compare(want, got):
    for name, expected in want.items():
        expected = np.asarray(expected)
        actual = got[name].astype(np.int64)[: len(expected)]
        assert actual.shape == expected.shape, (name, actual.shape, expected.shape)
        different = np.argwhere(actual != expected)
        assert not len(different), (name, different[0], expected[tuple(different[0])], actual[tuple(different[0])])


def with_parameters(text, name, impulse, tau):
    """The model with another trace."""
    pattern = rf"neuro\.trace {name} {{impulse = [\d.]+ : f64, tau = \d+ : i64}}"
    assert re.search(pattern, text)
    return re.sub(pattern, f"neuro.trace {name} {{impulse = {impulse}.0 : f64, tau = {tau} : i64}}", text)


def spikes(rng, steps, neurons, rate):
    return (rng.random((steps, neurons)) < rate).astype(np.int64)


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("seed", range(6))
def test_stdp(tmp_path, seed, engine):
    rng = np.random.default_rng(seed)
    impulse, tau = (64, 10) if seed == 0 else (int(rng.integers(1, 128)), int(rng.integers(1, 100)))
    text = (MODELS / "stdp.mlir").read_text()
    for name in ("x1", "y1"):
        text = with_parameters(text, name, impulse, tau)
    inputs = {"pre": spikes(rng, 300, 6, 0.15), "teacher": spikes(rng, 300, 4, 0.15)}
    want = formulas.stdp(inputs["pre"], inputs["teacher"], impulse, tau)
    assert np.ptp(want["post.d1.w"]) > 8
    compare(want, run(text, inputs, ["post:synapses"], tmp_path, engine))


@pytest.mark.parametrize("engine", ENGINES)
def test_stdp_orders(tmp_path, engine):
    """Pre before post strengthens, post before pre weakens, the more the closer."""
    pre, teacher = np.zeros((80, 6), np.int64), np.zeros((80, 4), np.int64)
    for j, gap in enumerate((2, 8, -2, -8)):
        teacher[40, j] = 1
        pre[40 - gap, j] = 1
    weights = run((MODELS / "stdp.mlir").read_text(), {"pre": pre, "teacher": teacher}, ["post:synapses"], tmp_path, engine)
    near, far, near_before, far_before = (int(weights["post.d1.w"][-1][j, j]) for j in range(4))
    assert near > far > 0 > far_before > near_before


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("seed", range(6))
def test_reward(tmp_path, seed, engine):
    rng = np.random.default_rng(seed)
    impulse, tau = (64, 10) if seed == 0 else (int(rng.integers(16, 128)), int(rng.integers(1, 100)))
    text = with_parameters((MODELS / "reward.mlir").read_text(), "x1", impulse, tau)
    steps = 300
    praise = (rng.random((steps, 1)) < 0.2) * rng.integers(0, 128, (steps, 1))
    inputs = {"pre": spikes(rng, steps, 6, 0.15), "teacher": spikes(rng, steps, 4, 0.15), "reward": praise}
    want = formulas.reward(inputs["pre"], inputs["teacher"], praise, impulse, tau)
    assert np.ptp(want["post.d1.w"]) > 8
    compare(want, run(text, inputs, ["post:synapses"], tmp_path, engine))


def test_no_reward_no_change(tmp_path):
    rng = np.random.default_rng(0)
    inputs = {"pre": spikes(rng, 200, 6, 0.2), "teacher": spikes(rng, 200, 4, 0.2), "reward": np.zeros((200, 1))}
    found = run((MODELS / "reward.mlir").read_text(), inputs, ["post:synapses"], tmp_path, "fast")
    assert not found["post.d1.w"].any() and found["post.d1.t"].any()


@pytest.mark.parametrize("schedule", ("", "fall-through=true"))
@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("seed", range(4))
def test_delta(tmp_path, seed, engine, schedule):
    rng = np.random.default_rng(seed)
    k, q = rng.integers(0, 61, (200, 5)), rng.integers(-120, 121, (200, 5))
    k[rng.random((200, 5)) < 0.3] = 0
    v = rng.integers(-100, 101, (200, 3))
    want = formulas.delta(k, q, v)
    compare(want, run((MODELS / "delta.mlir").read_text(), {"k": k, "q": q, "v": v}, [], tmp_path, engine, schedule))


def test_delta_remembers(tmp_path):
    """What was written for one of two keys that share nothing comes back, and writing it again changes little."""
    k = np.array([[60, 60, 0, 0, 0], [0, 0, 60, 60, 0]] * 12 + [[0] * 5] * 2)
    v = np.array([[90, -40, 10], [-70, 60, 30]] * 12 + [[0] * 3] * 2)
    q = np.vstack([np.zeros((24, 5), int), [[60, 60, 0, 0, 0], [0, 0, 60, 60, 0]]])
    found = run((MODELS / "delta.mlir").read_text(), {"k": k, "q": q, "v": v}, [], tmp_path, "fast")
    assert np.abs(found["o"][-2:] - v[:2]).max() <= 3, found["o"][-2:]


@pytest.mark.parametrize("schedule", ("", "fall-through=true"))
@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("seed", range(5))
def test_egru(tmp_path, seed, engine, schedule):
    rng = np.random.default_rng(seed)
    text = (ROOT / "models" / "recurrent" / "egru.mlir").read_text()
    weights = []

    def change(match):
        rows, columns = int(match[2]), int(match[3])
        matrix = np.array(re.findall(r"-?\d+", match[1]), np.int64).reshape(rows, columns)
        if seed:
            matrix = rng.integers(-15, 16, (rows, columns)) // (1 if columns == 3 else 5)
        weights.append(matrix)
        return f"dense<{matrix.tolist()}> : tensor<{rows}x{columns}xi8>"

    text = re.sub(r"dense<(\[\[[^>]*)> : tensor<(\d)x(\d)xi8>", change, text)
    x = rng.integers(-127, 128, (150, 3))
    x[rng.random((150, 3)) < 0.4] = 0
    want = formulas.egru(x, weights)
    assert 0.05 < np.mean(np.array(want["y"]) > 0) < 0.7
    compare(want, run(text, {"x": x}, [], tmp_path, engine, schedule))
