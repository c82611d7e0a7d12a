# Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Random networks of `neuro` with loops, neurons with state and delays that are written.

`python3 -m neuro.loops --count 2000` makes 2000 of them and runs each pipelined and with
fall-through; both must give the bits of its equations, in which a token is a step and a
feedback edge brings the value of the token before. Prints the networks that do not, and sums.
"""

import argparse
import dataclasses
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time

import numpy as np

LIMIT = 100  # of every payload
TOKENS = 12


@dataclasses.dataclass
class Edge:
    source: str
    target: str
    weights: np.ndarray  # target x source
    distance: int  # in tokens
    delay: int | None = None  # in steps, written


@dataclasses.dataclass
class Population:
    """Without `keep` it computes `limit(sum * gain >> 2)` of its currents. With it, the
    result is added to a state that falls to `state * keep >> 6` first, and `bias` too."""

    gain: int
    keep: int | None = None
    bias: int = 0

    def text(self):
        lines = [
            f"%gain = neuro.const {self.gain}",
            f"%most = neuro.const {LIMIT}",
            f"%least = neuro.const -{LIMIT}",
            "%zero = neuro.const 0",
            "%scaled = neuro.mulshr fl %d0, %gain by 2",
        ]
        total = "%scaled"
        if self.keep is not None:
            lines += [
                f"%keep = neuro.const {self.keep}",
                f"%bias = neuro.const {self.bias}",
                '%old = neuro.read "v"',
                "%less = neuro.mulshr fl %old, %keep by 6",
                "%moved = neuro.add %less, %bias",
                "%total = neuro.add %moved, %scaled",
            ]
            total = "%total"
        lines += [f"%low = neuro.min {total}, %most", "%value = neuro.max %low, %least"]
        if self.keep is not None:
            lines.append('neuro.write "v", %value')
        lines += ["%silent = neuro.cmp eq %value, %zero", "neuro.fire %value unless %silent"]
        return "".join(f"    {line}\n" for line in lines)

    def step(self, total, state):
        value = total * self.gain >> 2
        if self.keep is not None:
            value = value + (state * self.keep >> 6) + self.bias
        return np.clip(value, -LIMIT, LIMIT)


@dataclasses.dataclass
class Network:
    width: int
    inputs: list
    populations: dict  # by name, in an order in which edges of distance 0 go forward
    edges: list
    outputs: list

    def text(self):
        """The module, all of whose sequences have TOKENS tokens."""
        spikes = f"!neuro.spikes<{self.width}, 8>"
        current = f"!neuro.current<{self.width}>"
        array = f"shape = array<i64: 1, 1000, {self.width}>, time_axis = 1 : i64"
        field = '#neuro.field<"v", bits = 16, signed = true, saturate = true, init = [0]>'
        lines = ["neuro.network @random {"]
        for name in self.inputs:
            lines.append(f'  %{name} = neuro.input "{name}" kind = <graded> {{{array}, limit = {LIMIT} : i64}} : {spikes}')
        for name, population in self.populations.items():
            terms = []
            for number, edge in enumerate(self.edges):
                if edge.target != name:
                    continue
                terms.append(f"%c{number}")
                rows = ", ".join("[" + ", ".join(map(str, row)) + "]" for row in edge.weights)
                marks = ["feedback"] * bool(edge.distance) + [f"delay = {edge.delay} : i64"] * (edge.delay is not None)
                lines.append(
                    f"  %c{number} = neuro.project %{edge.source} weights(dense<[{rows}]> : tensor<{self.width}x{self.width}xi8>)"
                    f"{' {' + ', '.join(marks) + '}' if marks else ''} : {spikes} -> {current}"
                )
            lines.append(f"  %s_{name} = neuro.sum {', '.join(terms)} : {current}")
            state = f" attributes {{state = [{field}]}}" if population.keep is not None else ""
            lines.append(
                f'  %{name}, %f_{name} = neuro.population "{name}" (%s_{name}){state} {{\n  ^bb0(%d0: i32):\n'
                f"{population.text()}  }} : ({current}) -> {spikes}, !neuro.factors<{self.width}>"
            )
        for name in self.outputs:
            lines.append(f'  neuro.output "out_{name}" %{name} {{{array}, scale = array<f64: 1.0>}} : {spikes}')
        return "\n".join([*lines, "}", ""])

    def run(self, arrays):
        """The equations: arrays [1, TOKENS, width] by port, outputs alike."""
        values = {name: arrays[name][0].astype(np.int64) for name in self.inputs}
        for name in self.populations:
            values[name] = np.zeros((TOKENS, self.width), np.int64)
        for token in range(TOKENS):
            for name, population in self.populations.items():
                total = np.zeros(self.width, np.int64)
                for edge in self.edges:
                    if edge.target == name and token >= edge.distance:
                        total += edge.weights @ values[edge.source][token - edge.distance]
                state = values[name][token - 1] if token else np.zeros(self.width, np.int64)
                values[name][token] = population.step(total, state)
        return {f"out_{name}": values[name][None].astype(np.float32) for name in self.outputs}

    def random_inputs(self, seed):
        random = np.random.default_rng(seed)
        shape = (1, TOKENS, self.width)
        return {name: random.integers(-LIMIT, LIMIT + 1, shape).astype(np.float32) for name in self.inputs}


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
            edges.append(Edge(str(source), name, weights(), 0))
        if chain and i in (chain // 2, chain - 1):
            edges.append(Edge(inputs[0], name, weights(), 0))
    # One alone can always be met: what goes round it only has to be shorter.
    if random.random() < 0.5:
        edges[int(random.integers(len(edges)))].delay = int(random.integers(len(names), 63)) if not chain else None
    for _ in range(random.integers(1, 5)):
        edges.append(Edge(str(random.choice(inputs + names)), str(random.choice(names)), weights(), 1))
    if chain:
        edges.append(Edge(names[-1], names[chain // 3], weights(), 1))
    populations = {}
    for name in names:
        population = Population(int(random.integers(2, 8)))
        if random.random() < 0.4:
            population.keep, population.bias = int(random.integers(0, 65)), int(random.integers(-20, 21))
        populations[name] = population
    outputs = list(dict.fromkeys([names[-1], str(random.choice(names))]))
    return Network(width, inputs, populations, edges, outputs)


def simulate(network, fall_through, arrays, folder, tools):
    """Compiles and runs the network in `folder`, with the programs in `tools`; the outputs."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "net.mlir").write_text(network.text())
    np.savez(folder / "in.npz", **arrays)

    def call(tool, *arguments):
        done = subprocess.run([tools / tool, *arguments], cwd=folder, timeout=300, capture_output=True, text=True, check=False)
        if done.returncode:
            raise RuntimeError(f"{tool}: {done.stderr}")

    schedule = f"--neuro-schedule=fall-through={'true' if fall_through else 'false'}"
    call("neuro-opt", schedule, "--neuro-to-loihi", "net.mlir", "-o", "loihi.mlir")
    call("neuro-translate", "--emit-nrb", "loihi.mlir", "-o", "net.nrb")
    call("neuro-run", "net.nrb", "--input", "in.npz", "--output", "out.npz", "--quiet")
    with np.load(folder / "out.npz") as file:
        return {name: file[name] for name in file.files}


def differences(network, seed, folder, tools):
    """What parts from the equations, a line each."""
    arrays = network.random_inputs(seed)
    wanted = network.run(arrays)
    found = []
    for fall_through in (False, True):
        mode = "fall-through" if fall_through else "pipelined"
        try:
            got = simulate(network, fall_through, arrays, folder / mode, tools)
        except RuntimeError as error:
            found.append(f"{mode}: {error}")
            continue
        for name, array in wanted.items():
            if not np.array_equal(got[name], array):
                at = tuple(int(i) for i in np.argwhere(got[name] != array)[0])
                found.append(f"{mode}: {name} at {at}: expected {array[at]}, got {got[name][at]}")
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0], epilog=__doc__.split("\n\n")[1])
    parser.add_argument("--count", type=int, default=200, help="how many networks (%(default)s)")
    parser.add_argument("--seed", type=int, default=0, help="of the first network (%(default)s)")
    parser.add_argument("--tools", type=pathlib.Path, help="the folder of the programs, if they are not in the PATH")
    options = parser.parse_args()
    found = shutil.which("neuro-opt") if options.tools is None else str(options.tools / "neuro-opt")
    if not found or not pathlib.Path(found).exists():
        parser.error("neuro-opt is not in the PATH; give its folder with --tools")
    tools, begin = pathlib.Path(found).resolve().parent, time.monotonic()
    counts = {"populations": 0, "with state": 0, "edges back": 0, "written delays": 0}
    wrong = 0
    with tempfile.TemporaryDirectory() as folder:
        for seed in range(options.seed, options.seed + options.count):
            network = random_network(seed)
            counts["populations"] += len(network.populations)
            counts["with state"] += sum(p.keep is not None for p in network.populations.values())
            counts["edges back"] += sum(e.distance for e in network.edges)
            counts["written delays"] += sum(e.delay is not None for e in network.edges)
            lines = differences(network, seed, pathlib.Path(folder), tools)
            wrong += bool(lines)
            for line in lines:
                print(f"network {seed}: {line}", flush=True)
            if sys.stderr.isatty():
                print(f"\r{seed - options.seed + 1}/{options.count}", end="", file=sys.stderr, flush=True)
    what = ", ".join(f"{count} {name}" for name, count in counts.items())
    print(f"{options.count} networks ({what}), pipelined and fall-through: {wrong} different, {time.monotonic() - begin:.0f} s")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
