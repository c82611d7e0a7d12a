# Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Random networks with loops: pipelined and fall-through give the same bits, those of the written equations."""

import dataclasses
import os
import pathlib
import subprocess

import numpy as np
import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
BIN = pathlib.Path(os.environ.get("NEURO_BUILD_DIR", ROOT / "build")) / "bin"
pytestmark = pytest.mark.skipif(not (BIN / "neuro-opt").exists(), reason="neuro-opt is not built")

LIMIT = 100  # of every payload
TOKENS = 12


@dataclasses.dataclass
class Edge:
    source: str
    target: str
    weights: np.ndarray  # target x source
    distance: int  # in tokens


@dataclasses.dataclass
class Network:
    """A population computes `limit(sum * gain >> 2)` of its currents."""

    width: int
    inputs: list
    gains: dict  # by population, in an order in which edges of distance 0 go forward
    edges: list
    outputs: list

    def text(self):
        spikes = f"!neuro.spikes<{self.width}, 8>"
        current = f"!neuro.current<{self.width}>"
        array = f"shape = array<i64: 1, 1000, {self.width}>, time_axis = 1 : i64"
        lines = ["neuro.network @random {"]
        for name in self.inputs:
            lines.append(f'%{name} = neuro.input "{name}" kind = <graded> {{{array}, limit = {LIMIT} : i64}} : {spikes}')
        for name, gain in self.gains.items():
            terms = []
            for number, edge in enumerate(self.edges):
                if edge.target != name:
                    continue
                terms.append(f"%c{number}")
                rows = ", ".join("[" + ", ".join(map(str, row)) + "]" for row in edge.weights)
                feedback = " {feedback}" if edge.distance else ""
                lines.append(
                    f"%c{number} = neuro.project %{edge.source} weights(dense<[{rows}]> : tensor<{self.width}x{self.width}xi8>){feedback} : {spikes} -> {current}"
                )
            lines.append(f"%s_{name} = neuro.sum {', '.join(terms)} : {current}")
            lines.append(
                f"""%{name}, %f_{name} = neuro.population "{name}" (%s_{name}) {{
^bb0(%d0: i32):
  %gain = neuro.const {gain}
  %most = neuro.const {LIMIT}
  %least = neuro.const -{LIMIT}
  %zero = neuro.const 0
  %scaled = neuro.mulshr fl %d0, %gain by 2
  %low = neuro.min %scaled, %most
  %value = neuro.max %low, %least
  %silent = neuro.cmp eq %value, %zero
  neuro.fire %value unless %silent
}} : ({current}) -> {spikes}, !neuro.factors<{self.width}>"""
            )
        for name in self.outputs:
            lines.append(f'neuro.output "out_{name}" %{name} {{{array}, scale = array<f64: 1.0>}} : {spikes}')
        return "\n".join(lines + ["}"])

    def run(self, arrays):
        values = {name: arrays[name][0].astype(np.int64) for name in self.inputs}
        for name in self.gains:
            values[name] = np.zeros((TOKENS, self.width), np.int64)
        for token in range(TOKENS):
            for name, gain in self.gains.items():
                total = np.zeros(self.width, np.int64)
                for edge in self.edges:
                    if edge.target == name and token >= edge.distance:
                        total += edge.weights @ values[edge.source][token - edge.distance]
                values[name][token] = np.clip(total * gain >> 2, -LIMIT, LIMIT)
        return {f"out_{name}": values[name][None].astype(np.float32) for name in self.outputs}


def random_network(seed, chain=0):
    """`chain`: so many populations in a row, with edges that skip them."""
    random = np.random.default_rng(seed)
    width = int(random.integers(1, 4))
    inputs = [f"x{i}" for i in range(random.integers(1, 3))]
    names = [f"p{i}" for i in range(chain or random.integers(1, 8))]

    def weights():
        return random.integers(-3, 4, (width, width))

    edges = []
    for i, name in enumerate(names):
        before = [names[i - 1]] if chain and i else inputs + names[:i]
        for source in random.choice(before, min(len(before), 2), replace=False):
            edges.append(Edge(source, name, weights(), 0))
        if chain and i in (chain // 2, chain - 1):
            edges.append(Edge(inputs[0], name, weights(), 0))
    for _ in range(random.integers(1, 5)):
        edges.append(Edge(random.choice(inputs + names), random.choice(names), weights(), 1))
    if chain:
        edges.append(Edge(names[-1], names[chain // 3], weights(), 1))
    gains = {name: int(random.integers(2, 8)) for name in names}
    outputs = list(dict.fromkeys([names[-1], random.choice(names)]))
    return Network(width, inputs, gains, edges, outputs)


def simulate(network, mode, arrays, folder):
    folder.mkdir()
    (folder / "net.mlir").write_text(network.text())
    np.savez(folder / "in.npz", **arrays)

    def call(tool, *arguments):
        subprocess.run([BIN / tool, *arguments], check=True, cwd=folder, timeout=300)

    call("neuro-opt", f"--neuro-schedule=fall-through={mode}", "--neuro-to-loihi", "net.mlir", "-o", "loihi.mlir")
    call("neuro-translate", "--emit-nrb", "loihi.mlir", "-o", "net.nrb")
    call("neuro-run", "net.nrb", "--input", "in.npz", "--output", "out.npz", "--quiet")
    with np.load(folder / "out.npz") as file:
        return {name: file[name] for name in file.files}


def check(network, seed, tmp_path):
    random = np.random.default_rng(seed)
    arrays = {name: random.integers(-LIMIT, LIMIT + 1, (1, TOKENS, network.width)).astype(np.float32) for name in network.inputs}
    wanted = network.run(arrays)
    for mode in ("false", "true"):
        got = simulate(network, mode, arrays, tmp_path / mode)
        for name, array in wanted.items():
            np.testing.assert_array_equal(got[name], array, err_msg=f"seed {seed}, fall-through {mode}, {name}")


@pytest.mark.parametrize("seed", range(6))
def test_loops_of_random_networks(seed, tmp_path):
    check(random_network(seed), seed, tmp_path)


def test_loop_longer_than_a_delay(tmp_path):
    """Skipping edges and the edge back need relays."""
    check(random_network(3, chain=70), 3, tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(100, 140))
def test_slow_loops_of_random_networks(seed, tmp_path):
    check(random_network(seed), seed, tmp_path)
