# Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

import numpy as np
import pytest

from neuro import episodes


def test_glyph_episodes():
    task = episodes.glyph_episodes(5, 6, 3)
    assert task["images"].shape == (6, 6, 784) and task["images"].dtype == np.float32
    assert set(np.unique(task["images"])) == {0.0, 1.0}
    assert (np.sort(task["labels"][:, :5], axis=1) == np.arange(5)).all()
    assert (task["labels"][:, 5] == episodes.UNKNOWN).all()
    again = episodes.glyph_episodes(5, 6, 3)
    assert np.array_equal(task["images"], again["images"])


def test_calibration_never_shows_evaluation_classes():
    seen = episodes.calibration_episodes(5, 8, 0)["images"].reshape(-1, 784)
    shown = episodes.glyph_episodes(5, 8, 0)["images"].reshape(-1, 784)
    assert not {row.tobytes() for row in seen} & {row.tobytes() for row in shown}


def test_accuracy():
    task = {"answer": np.array([1, 0]), "ways": 2}
    assert episodes.accuracy(np.array([[0, 1, 9], [0, 1, 9]]), task) == 0.5
    with pytest.raises(ValueError, match="logits have shape"):
        episodes.accuracy(np.zeros((3, 2)), task)


def test_wrong_requests():
    with pytest.raises(ValueError, match="ways must be 2 to 20"):
        episodes.glyph_episodes(21, 1, 0)
    with pytest.raises(episodes.DatasetNotFound):
        episodes.load_omniglot("/absent.npz")
