# Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Random neuron models, and what they compute according to the neuro dialect.

random_models.py write SEED MODEL.mlir IN.npz | check SEED IN.npz OUT.npz
"""

import random
import sys

import numpy as np

POPULATIONS, NEURONS, FEATURES, TOKENS = 12, 5, 4, 16
INTERESTING = [0, 1, -1, 2, 7, 127, -128, 255, 4096, -32768, 2**23 - 1, -(2**31), 2**31 - 1]


def wrap(value, bits=32, signed=True):
    value = np.asarray(value, dtype=object) % (1 << bits)
    return np.where(value >= 1 << (bits - 1), value - (1 << bits), value) if signed else value


def clamp(value, low, high):
    return np.maximum(np.minimum(value, high), low)


class Model:
    """One population: lines of MLIR, and the same as a list of steps."""

    def __init__(self, rng, index):
        self.rng = rng
        self.name = f"p{index}"
        self.weights = [
            [[rng.randint(-128, 127) for _ in range(FEATURES)] for _ in range(NEURONS)] for _ in range(rng.randint(1, 3))
        ]
        self.fields = [
            (f"s{i}", rng.choice([8, 16, 24]), rng.random() < 0.5, rng.random() < 0.5) for i in range(rng.randint(0, 3))
        ]
        self.bits = rng.choice([8, 16, 24])
        self.steps = []
        self.values = [f"d{i}" for i in range(len(self.weights))]
        self.flags = []
        for _ in range(rng.randint(4, 30)):
            self.add_step()
        silent = rng.choice(self.flags) if self.flags and rng.random() < 0.7 else None
        payload = rng.choice(self.values)
        defined = [i + 1 for i, (_, out, _) in enumerate(self.steps) if out in (payload, silent)]
        self.steps.insert(rng.randint(max(defined, default=0), len(self.steps)), ("fire", None, [payload, silent]))

    def add_step(self):
        rng = self.rng
        kinds = ["const", "param", "neg", "add", "sub", "min", "max", "and", "or", "shl", "shift", "mulshr", "cmp"]
        kinds += ["cmp", "select", "select"] if self.flags else ["cmp"]
        kinds += ["read", "write", "read"] if self.fields else []
        kind = rng.choice(kinds)
        pick = lambda: rng.choice(self.values[-6:] + self.values[:3])
        out = f"v{len(self.steps)}"
        if kind == "const":
            args = [rng.choice(INTERESTING)]
        elif kind == "param":
            args = [[rng.choice(INTERESTING) for _ in range(NEURONS)]]
        elif kind == "read":
            args = [rng.choice(self.fields)[0]]
        elif kind == "write":
            self.steps.append((kind, None, [rng.choice(self.fields)[0], pick()]))
            return
        elif kind == "cmp":
            args = [rng.choice(["lt", "ge", "eq"]), pick(), pick()]
            self.flags.append(out)
        elif kind == "select":
            args = [rng.choice(self.flags[-3:]), pick(), pick()]
        elif kind == "neg":
            args = [pick()]
        elif kind == "shl":
            args = [pick(), rng.randint(0, 31)]
        elif kind == "mulshr":
            args = [rng.choice(["fl", "tz"]), pick(), pick(), rng.randint(0, 47)]
        elif kind in ("min", "max"):
            args = [pick(), pick(), rng.random() < 0.4]
        else:
            args = [pick(), pick()]
        self.steps.append((kind, out, args))
        if kind != "cmp":
            self.values.append(out)

    def mlir(self):
        lines = []
        for kind, out, args in self.steps:
            left = f"%{out} = neuro.{kind}"
            if kind == "const":
                lines.append(f"{left} {args[0]}")
            elif kind == "param":
                lines.append(f'{left} "{out}" = dense<{args[0]}> : tensor<{NEURONS}xi32>')
            elif kind == "read":
                lines.append(f'{left} "{args[0]}"')
            elif kind == "write":
                lines.append(f'neuro.write "{args[0]}", %{args[1]}')
            elif kind == "cmp":
                lines.append(f"{left} {args[0]} %{args[1]}, %{args[2]}")
            elif kind == "select":
                lines.append(f"{left} %{args[0]}, %{args[1]}, %{args[2]}")
            elif kind == "neg":
                lines.append(f"{left} %{args[0]}")
            elif kind == "shl":
                lines.append(f"{left} %{args[0]} by {args[1]}")
            elif kind == "mulshr":
                lines.append(f"{left} {args[0]} %{args[1]}, %{args[2]} by {args[3]}")
            elif kind in ("min", "max"):
                lines.append(f"{left} %{args[0]}, %{args[1]}" + (" {count}" if args[2] else ""))
            elif kind == "fire":
                lines.append(f"neuro.fire %{args[0]}" + (f" unless %{args[1]}" if args[1] else ""))
            else:
                lines.append(f"{left} %{args[0]}, %{args[1]}")
        text = ""
        for i, weights in enumerate(self.weights):
            text += (
                f"  %{self.name}_c{i} = neuro.project %x weights(dense<{weights}> : tensor<{NEURONS}x{FEATURES}xi8>)"
                f" {{delay = 0 : i64}} : !neuro.spikes<{FEATURES}, 8> -> !neuro.current<{NEURONS}>\n"
            )
        flag = lambda value: "true" if value else "false"
        state = ", ".join(
            f'#neuro.field<"{name}", bits = {bits}, signed = {flag(signed)}, saturate = {flag(saturate)}, init = [0]>'
            for name, bits, signed, saturate in self.fields
        )
        operands = ", ".join(f"%{self.name}_c{i}" for i in range(len(self.weights)))
        currents = ", ".join([f"!neuro.current<{NEURONS}>"] * len(self.weights))
        arguments = ", ".join(f"%d{i}: i32" for i in range(len(self.weights)))
        body = "\n".join("    " + line for line in lines)
        return text + (
            f'  %{self.name}, %{self.name}_f = neuro.population "{self.name}" ({operands})'
            f" attributes {{phase = 1 : i64, state = [{state}]}} {{\n  ^bb0({arguments}):\n{body}\n"
            f"  }} : ({currents}) -> !neuro.spikes<{NEURONS}, {self.bits}>, !neuro.factors<{NEURONS}>\n"
            f'  neuro.output "{self.name}" %{self.name} {{shape = array<i64: 1, {TOKENS}, {NEURONS}>, time_axis = 1 : i64,'
            f" scale = array<f64: 1.0>}} : !neuro.spikes<{NEURONS}, {self.bits}>\n"
        )

    def run(self, x):
        """Payloads per step for x [steps, FEATURES]."""
        state = {name: np.zeros(NEURONS, object) for name, *_ in self.fields}
        rows = []
        for row in x:
            rows.append(self.step(row, state))
        return np.array(rows)

    def step(self, row, state):
        v = {}
        for i, weights in enumerate(self.weights):
            v[f"d{i}"] = wrap(np.array(weights, object) @ row, 24)
        sent = np.zeros(NEURONS, object)
        for kind, out, args in self.steps:
            if kind == "const":
                v[out] = np.full(NEURONS, args[0], object)
            elif kind == "param":
                v[out] = np.array(args[0], object)
            elif kind == "read":
                v[out] = state[args[0]]
            elif kind == "write":
                _, bits, signed, saturate = next(field for field in self.fields if field[0] == args[0])
                if saturate:
                    low = -(1 << (bits - 1)) if signed else 0
                    state[args[0]] = clamp(v[args[1]], low, low + (1 << bits) - 1)
                else:
                    state[args[0]] = wrap(v[args[1]], bits, signed)
            elif kind == "neg":
                v[out] = wrap(-v[args[0]])
            elif kind == "add":
                v[out] = wrap(v[args[0]] + v[args[1]])
            elif kind == "sub":
                v[out] = wrap(v[args[0]] - v[args[1]])
            elif kind == "min":
                v[out] = np.minimum(v[args[0]], v[args[1]])
            elif kind == "max":
                v[out] = np.maximum(v[args[0]], v[args[1]])
                if args[2]:  # negations around a minimum: minus -2^31 wraps
                    v[out] = wrap(-np.minimum(wrap(-v[args[0]]), wrap(-v[args[1]])))
            elif kind == "and":
                v[out] = v[args[0]] & v[args[1]]
            elif kind == "or":
                v[out] = v[args[0]] | v[args[1]]
            elif kind == "shl":
                v[out] = wrap(v[args[0]] << args[1])
            elif kind == "shift":
                v[out] = wrap(v[args[0]] * 2 ** clamp(v[args[1]], 0, 31))
            elif kind == "mulshr":
                product = v[args[1]] * v[args[2]]
                shifted = product >> args[3] if args[0] == "fl" else np.sign(product) * (abs(product) >> args[3])
                v[out] = wrap(shifted)
            elif kind == "cmp":
                a, b = v[args[1]], v[args[2]]
                v[out] = a < b if args[0] == "lt" else a >= b if args[0] == "ge" else a == b
            elif kind == "select":
                v[out] = np.where(v[args[0]].astype(bool), v[args[1]], v[args[2]])
            elif kind == "fire":
                limit = 1 << (self.bits - 1)
                sent = clamp(v[args[0]], -limit, limit - 1)
                if args[1]:
                    sent = np.where(v[args[1]].astype(bool), 0, sent)
        return sent


def models(seed):
    rng = random.Random(seed)
    return [Model(rng, i) for i in range(POPULATIONS)]


def main():
    command, seed, *paths = sys.argv[1:]
    seed = int(seed)
    if command == "write":
        x = np.random.default_rng(seed).integers(-127, 128, (1, TOKENS, FEATURES))
        np.savez(paths[1], x=x.astype(np.float32))
        with open(paths[0], "w", encoding="utf-8") as out:
            out.write(
                "neuro.network @main attributes {period = 1 : i64, latency = 1 : i64} {\n"
                f'  %x = neuro.input "x" kind = <graded> {{shape = array<i64: 1, {TOKENS}, {FEATURES}>, time_axis = 1 : i64,'
                f" limit = 127 : i64, phase = 0 : i64}} : !neuro.spikes<{FEATURES}, 8>\n"
            )
            for model in models(seed):
                out.write(model.mlir())
            out.write("}\n")
        return
    x, got = np.load(paths[0])["x"][0].astype(int), np.load(paths[1])
    # The first program runs before the first token arrives.
    steps = np.vstack([np.zeros((1, FEATURES), int), x]).astype(object)
    for model in models(seed):
        want = model.run(steps)[1:].astype(float)
        if not np.array_equal(want, got[model.name][0]):
            at = tuple(np.argwhere(want != got[model.name][0])[0])
            sys.exit(f"seed {seed}, {model.name}{list(at)}: expected {want[at]}, got {got[model.name][0][at]}\n{model.mlir()}")
    print(f"{POPULATIONS} models equal")


if __name__ == "__main__":
    main()
