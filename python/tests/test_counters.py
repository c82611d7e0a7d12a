# Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Counters do not depend on how a network is mapped; what was clipped is said."""

import json
import os
import pathlib
import subprocess
import warnings

import numpy as np
import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
BIN = pathlib.Path(os.environ.get("NEURO_BUILD_DIR", ROOT / "build")) / "bin"
pytestmark = pytest.mark.skipif(not (BIN / "neuro-opt").exists(), reason="neuro-opt is not built")

SOURCES, TARGETS = 60, 3000
MAPPINGS = [(target, placement) for target in ("loihi2", "loihi2-128", "unbounded") for placement in ("linear", "reverse", "scatter:3")]
# Of the counters, those that speak of single neurons and synapses; whether a neuron counts as
# active depends on the group it is in.
COUNTERS = (
    "spikes synaptic_operations neuron_updates learning_updates dendrite_wraps register_wraps saturations learning_saturations"
).split()

# Weights with gaps, so that some axons are dense and some sparse, and which are depends on where
# a core begins.
NETWORK = """
neuro.network @gaps {{
  %x = neuro.input "x" kind = <graded> {{shape = array<i64: 1, 100, {sources}>, time_axis = 1 : i64, limit = 100 : i64}} : !neuro.spikes<{sources}, 8>
  %in = neuro.project %x weights(dense<"0x{weights}"> : tensor<{targets}x{sources}xi8>) : !neuro.spikes<{sources}, 8> -> !neuro.current<{targets}>
  %a, %factors = neuro.population "a" (%in) {{
  ^bb0(%sum: i32):
    neuro.fire %sum
  }} : (!neuro.current<{targets}>) -> !neuro.spikes<{targets}, 8>, !neuro.factors<{targets}>
  neuro.output "y" %a {{shape = array<i64: 1, 100, {targets}>, time_axis = 1 : i64, scale = array<f64: 1.0>}} : !neuro.spikes<{targets}, 8>
}}
"""


def tool(name, *words):
    done = subprocess.run([str(word) for word in (BIN / name, *words)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.fixture(scope="module")
def network(tmp_path_factory):
    """(binaries by mapping, weights [targets, sources], inputs)."""
    folder = tmp_path_factory.mktemp("gaps")
    random = np.random.default_rng(11)
    density = random.choice([0.02, 0.3, 0.6, 1.0], SOURCES)
    weights = random.integers(-100, 100, (TARGETS, SOURCES)) * (random.random((TARGETS, SOURCES)) < density)
    weights[:, :2] = 0
    text = NETWORK.format(sources=SOURCES, targets=TARGETS, weights=weights.astype("i1").tobytes().hex())
    (folder / "net.mlir").write_text(text)
    binaries = {}
    for number, (target, placement) in enumerate(MAPPINGS):
        options = f"--neuro-to-loihi=target={target} placement={placement}"
        tool("neuro-opt", "--neuro-schedule", options, folder / "net.mlir", "-o", folder / "chip.mlir")
        binaries[target, placement] = folder / f"{number}.nrb"
        tool("neuro-translate", "--emit-nrb", folder / "chip.mlir", "-o", binaries[target, placement])
    x = random.integers(-3, 4, (2, 5, SOURCES)).astype(np.float32)
    return binaries, weights, x


def test_counters_do_not_depend_on_the_mapping(network, tmp_path):
    binaries, weights, x = network
    np.savez(tmp_path / "in.npz", x=x)
    found, cores = {}, set()
    for mapping, binary in binaries.items():
        for engine in ("fast", "reference"):
            words = ["--quiet", "--engine", engine, "--input", tmp_path / "in.npz", "--stats-json", tmp_path / "s.json"]
            tool("neuro-run", binary, *words)
            stats = json.loads((tmp_path / "s.json").read_text())
            cores.add(stats["cores"])
            counters = [{name: source[name] for name in COUNTERS} for source in stats["sources"]]
            found.setdefault(json.dumps(counters), []).append((mapping, engine))
    assert len(cores) > 1, "the targets should give different numbers of cores"
    assert len(found) == 1, found
    # Zero weights are not visited, and neither are the first two columns.
    visited = int(((x != 0).reshape(-1, SOURCES).sum(0) * (weights != 0).sum(0)).sum())
    assert json.loads(next(iter(found)))[0]["synaptic_operations"] == visited


def test_what_was_clipped_is_a_warning_or_an_error(network):
    import neuro

    binaries, _, x = network
    simulator = neuro.Simulator(binaries["unbounded", "linear"])
    with pytest.warns(neuro.NeuroWarning, match="input 'x': 300 limited") as seen:
        result = simulator.run({"x": np.full((1, 5, SOURCES), 200, np.float32)})
    assert len(seen) == 1 and seen[0].filename == __file__
    assert result.stats["warnings"] == [str(seen[0].message)]
    assert result.stats["input_saturations"] == 300
    with pytest.raises(neuro.NeuroError, match="input 'x': 300 limited.*strict=True"):
        simulator.run({"x": np.full((1, 5, SOURCES), 200, np.float32)}, strict=True)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert simulator.run({"x": 0 * x}, strict=True).stats["warnings"] == []
