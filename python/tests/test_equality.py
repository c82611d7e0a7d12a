# Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The chip is its quantised model: every element of every layer."""

import os
import pathlib
import subprocess
import sys

import numpy as np
import pytest

import neuro
from neuro import episodes, equality

ROOT = pathlib.Path(__file__).resolve().parents[2]
DATA = pathlib.Path(os.environ.get("NEURO_DATA", ROOT.parent / "shared" / "data"))


def compare_random(seed, folder):
    random_decoders = pytest.importorskip("neuro.random_decoders", reason="needs the package onnx")
    shape = random_decoders.random_shape(seed)
    samples = random_decoders.write(shape, folder / "model.onnx")
    layers, elements = equality.compare(folder / "model.onnx", samples, schedule=shape.schedule, target="unbounded")
    assert layers >= 2 and elements >= layers


@pytest.mark.parametrize("seed", range(6))
def test_random_decoders(seed, tmp_path):
    compare_random(seed, tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(6, 60))
def test_more_random_decoders(seed, tmp_path):
    compare_random(seed, tmp_path)


@pytest.mark.parametrize("ways", [5, pytest.param(20, marks=pytest.mark.slow)])
def test_few_shot(ways):
    drawn = episodes.glyph_episodes(ways, 12, 1, "background")
    samples = {"images": drawn["images"], "labels": drawn["labels"]}
    shapes = {"images": (1, ways + 1, 784), "labels": (1, ways + 1)}
    layers, elements = equality.compare(ROOT / "models" / "fewshot.onnx", samples, shapes=shapes)
    assert layers == 18 and elements > 100000


def test_gpt2():
    model = DATA / "models" / "onnxruntime" / "gpt2_one_layer.onnx"
    if not model.exists():
        pytest.skip("no shared data")
    samples = {"input_ids": np.random.default_rng(0).integers(0, 20, (40, 8))}
    layers, elements = equality.compare(model, samples, shapes={"input_ids": (1, 8)})
    assert layers == 7 and elements > 10000


def test_command(tmp_path):
    pytest.importorskip("onnx")
    command = [sys.executable, "-m", "neuro.equality"]
    found = subprocess.run(command + ["--count", "2", "--keep", tmp_path], capture_output=True, text=True, check=True)
    assert found.stdout.splitlines()[-1].startswith("2 models, ")
    assert "; 0 models differ" in found.stdout
    found = subprocess.run(command + ["--model", tmp_path / "1.onnx", "--quiet"], capture_output=True, text=True, check=True)
    assert found.stdout.startswith("1 models, ")
    found = subprocess.run(command + ["--model", tmp_path / "none.onnx"], capture_output=True, text=True)
    assert found.returncode == 1 and "none.onnx" in found.stdout
    found = subprocess.run(command, capture_output=True, text=True)
    assert found.returncode == 2 and "give --count or --model" in found.stderr


def test_an_output_that_differs_is_found(decoder, monkeypatch):
    model, samples = decoder
    right = neuro.evaluate

    def wrong(*arguments, **options):
        outputs = right(*arguments, **options)
        outputs["logits"][3, 2, 1] += 1
        return outputs

    monkeypatch.setattr(neuro, "evaluate", wrong)
    with pytest.raises(neuro.NeuroError, match=r"'logits' differs at \(3, 2, 1\)"):
        equality.compare(model, samples)
