# Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Random networks with loops: pipelined and fall-through give the same bits, those of the written equations."""

import os
import pathlib
import subprocess
import sys

import numpy as np
import pytest

from neuro import loops

ROOT = pathlib.Path(__file__).resolve().parents[2]
BIN = pathlib.Path(os.environ.get("NEURO_BUILD_DIR", ROOT / "build")) / "bin"
pytestmark = pytest.mark.skipif(not (BIN / "neuro-opt").exists(), reason="neuro-opt is not built")


@pytest.mark.parametrize("seed", range(10))
def test_loops_of_random_networks(seed, tmp_path):
    assert not loops.differences(loops.random_network(seed), seed, tmp_path, BIN)


def test_loop_longer_than_a_delay(tmp_path):
    """Skipping edges and the edge back need relays."""
    assert not loops.differences(loops.random_network(3, chain=70), 3, tmp_path, BIN)


def test_neuron_that_fires_by_itself(tmp_path):
    """A counter: once per token, whatever the period."""
    counter = loops.Population(4, keep=64, bias=7)
    network = loops.Network(1, ["x"], {"p": counter}, [loops.Edge("x", "p", np.zeros((1, 1), int), 0)], ["p"])
    assert [int(v) for v in network.run(network.random_inputs(0))["out_p"][0, :3, 0]] == [7, 14, 21]
    assert not loops.differences(network, 0, tmp_path, BIN)


def test_command(tmp_path):
    command = [sys.executable, "-m", "neuro.loops", "--count", "2", "--tools", str(BIN)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0 and "2 networks (" in done.stdout and ": 0 different" in done.stdout
    done = subprocess.run([*command[:-1], str(tmp_path)], capture_output=True, text=True, check=False)
    assert done.returncode == 2 and "give its folder with --tools" in done.stderr


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(100, 140))
def test_slow_loops_of_random_networks(seed, tmp_path):
    assert not loops.differences(loops.random_network(seed), seed, tmp_path, BIN)
