# Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""A small model, compiled once for all tests."""

import pathlib
import subprocess
import sys

import numpy as np
import pytest

import neuro

ROOT = pathlib.Path(__file__).resolve().parents[2]


def pytest_configure(config):
    config.addinivalue_line("markers", "slow: left out of a quick run")


@pytest.fixture(scope="session")
def decoder(tmp_path_factory):
    """Path of a small decoder, and samples of its input x [16, 5, 6]."""
    pytest.importorskip("onnx")
    folder = tmp_path_factory.mktemp("decoder")
    script = ROOT / "test" / "Tools" / "Inputs" / "make_decoder.py"
    subprocess.run([sys.executable, script, folder / "model.onnx", folder / "samples.npz"], check=True)
    with np.load(folder / "samples.npz") as arrays:
        return folder / "model.onnx", {"x": arrays["x"]}


@pytest.fixture(scope="session")
def compiled(decoder):
    model, samples = decoder
    return neuro.compile(model, calibration=samples)


@pytest.fixture(scope="session")
def simulator(compiled):
    return neuro.Simulator(compiled)
