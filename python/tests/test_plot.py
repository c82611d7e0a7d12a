# Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

import numpy as np
import pytest

pytest.importorskip("matplotlib")

from neuro import plot  # noqa: E402


def saved(axes, path):
    axes.figure.savefig(path)
    return path.read_bytes()[:4] == b"\x89PNG"


def test_raster(tmp_path):
    spikes = {"a": np.array([[0, 1], [3, 0]]), "b": np.array([[2, 5, -7], [2, 6, 9]]), "silent": np.zeros((0, 2), int)}
    axes = plot.raster(spikes, period=2, title="t")
    assert [label.get_text() for label in axes.get_yticklabels()] == ["a (2)", "b (7)", "silent (1)"]
    assert saved(axes, tmp_path / "a.png")
    with pytest.raises(ValueError, match="expected"):
        plot.raster({"a": np.zeros(3)})


def test_weights(tmp_path):
    weights = np.cumsum(np.random.default_rng(0).integers(-2, 3, (10, 4, 6)), axis=0)
    assert saved(plot.plastic_weights(weights, title="w"), tmp_path / "a.png")
    panels = plot.weights_before_after(weights[0], weights[-1], title="K")
    assert saved(panels[0], tmp_path / "b.png")
    with pytest.raises(ValueError, match="expected"):
        plot.plastic_weights(weights[0])
    with pytest.raises(ValueError, match="one shape"):
        plot.weights_before_after(weights[0], weights[0].T)


def test_bars(tmp_path):
    rows = {"task_one": {"chance": 20, "float": 97, "chip": 96.5, "chip_without_learning": 19}}
    assert saved(plot.accuracy_bars(rows), tmp_path / "a.png")
    with pytest.raises(ValueError, match="no task"):
        plot.accuracy_bars({})


def test_occupancy(compiled, tmp_path):
    assert saved(plot.occupancy(compiled.summary, title="o"), tmp_path / "a.png")
    with pytest.raises(KeyError):
        plot.occupancy(compiled.summary, key="nothing")
