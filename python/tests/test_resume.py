# Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Checkpoints: a run in pieces ends in the state of the whole run, bit for bit (M16)."""

import os
import pathlib
import random
import subprocess

import numpy as np
import pytest

from neuro import differential, random_networks

ROOT = pathlib.Path(__file__).resolve().parents[2]
TOOL = pathlib.Path(os.environ.get("NEURO_BUILD_DIR", ROOT / "build")) / "bin" / "neuro-run"
pytestmark = pytest.mark.skipif(not TOOL.exists(), reason="neuro-run is not built")


def run(binary, case, first, end, folder, engine, load=None, save=None):
    """Feeds the tokens first..end - 1; returns the outputs."""
    command = [TOOL, binary, "--quiet", "--engine", engine, "--output", folder / "out.npz"]
    arrays = {name: array[:, first:end] for name, array in differential.feed(case).items()}
    if arrays:
        np.savez(folder / "in.npz", **arrays)
        command += ["--input", folder / "in.npz"]
    else:
        command += ["--tokens", end - first]
    for option, path in (("--load-state", load), ("--save-state", save)):
        if path:
            command += [option, path]
    if not case["learning"]:
        command.append("--no-learning")
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    with np.load(folder / "out.npz") as outputs:
        return dict(outputs)


def test_pieces_end_in_the_state_of_the_whole_M16(tmp_path):
    cases = [case for case in map(random_networks.make_case, range(60)) if case["tokens"] > 1]
    late = 0
    for number, (case, data) in enumerate(zip(cases, random_networks.build(cases))):
        binary = tmp_path / "case.nrb"
        binary.write_bytes(data)
        whole, part, end = tmp_path / "whole.nrs", tmp_path / "part.nrs", tmp_path / "end.nrs"
        engines = ("fast", "reference") if number % 2 else ("reference", "fast")
        expected = run(binary, case, 0, case["tokens"], tmp_path, engines[0], save=whole)
        split = 1 + number % (case["tokens"] - 1)
        before = run(binary, case, 0, split, tmp_path, engines[0], save=part)
        after = run(binary, case, split, case["tokens"], tmp_path, engines[1], load=part, save=end)
        assert end.read_bytes() == whole.read_bytes()
        for output in case["outputs"]:
            name = output["name"]
            if output["last"]:
                np.testing.assert_array_equal(after[name], expected[name])
                continue
            np.testing.assert_array_equal(after[name], expected[name][:, split:])
            if output["offset"] < case["period"]:
                np.testing.assert_array_equal(before[name], expected[name][:, :split])
                late += 1
    assert late > 10


def test_400_and_600_steps_are_1000(tmp_path):
    case = next(
        case
        for case in map(random_networks.make_case, range(1000))
        if case["period"] == 1 and case["learning"] and all(port["kind"] == 0 for port in case["inputs"])
    )
    rng = np.random.default_rng(1)
    case["tokens"] = 1000
    for port in case["inputs"]:
        width = len(port["fanout"])
        port["data"] = (rng.integers(-3, 4, (1, 1000, width)) * port["scale"]).tolist()
    binary = tmp_path / "case.nrb"
    binary.write_bytes(random_networks.build([case])[0])
    for engine in differential.ENGINES:
        run(binary, case, 0, 1000, tmp_path, engine, save=tmp_path / "whole.nrs")
        run(binary, case, 0, 400, tmp_path, engine, save=tmp_path / "part.nrs")
        run(binary, case, 400, 1000, tmp_path, engine, load=tmp_path / "part.nrs", save=tmp_path / "end.nrs")
        assert (tmp_path / "end.nrs").read_bytes() == (tmp_path / "whole.nrs").read_bytes()


def general(monkeypatch):
    """Random rules of every kind, in both modes."""
    to_tables = random_networks.to_tables

    def changed(case):
        tables = to_tables(case)
        rng = random.Random(repr(case["seed"]) + str(case["tokens"]))
        tables["learning_mode"] = rng.randrange(2)
        for core in tables["cores"]:
            for rule in core["rules"]:
                rule.update(epoch=rng.randint(1, 4), third_factor=rng.random() < 0.4, stochastic=rng.random() < 0.7)
                rule["graded_mode"] = rng.randrange(4)
                for name in ("x1", "x2", "y1", "y2", "y3"):
                    tau = rng.choice((0, 1, 5, 30, 65535))
                    rule[name] = {"impulse": rng.randrange(128), "impulse_fraction": rng.randrange(256), "tau": tau}
                if len(rule["terms"]) == 1 and rule["terms"][0]["target"] == 0 and rng.random() < 0.5:
                    products = [dict(product) for product in rule["terms"][0]["products"]]
                    products[0] = dict(products[0], factors=[{"var": 9, "sgn": False, "constant": 1}])
                    rule["terms"].append({"target": 2, "products": products})
        return tables

    monkeypatch.setattr(random_networks, "to_tables", changed)


def test_all_kinds_of_rules_in_pieces_and_engines(tmp_path, monkeypatch):
    general(monkeypatch)
    cases = [case for case in map(random_networks.make_case, range(100, 200)) if case["tokens"] > 1]
    for number, (case, data) in enumerate(zip(cases, random_networks.build(cases))):
        binary = tmp_path / "case.nrb"
        binary.write_bytes(data)
        whole, part, end = tmp_path / "whole.nrs", tmp_path / "part.nrs", tmp_path / "end.nrs"
        expected = run(binary, case, 0, case["tokens"], tmp_path, "fast", save=whole)
        again = run(binary, case, 0, case["tokens"], tmp_path, "reference", save=end)
        assert end.read_bytes() == whole.read_bytes()
        for name, array in expected.items():
            np.testing.assert_array_equal(again[name], array)
        split = 1 + number % (case["tokens"] - 1)
        run(binary, case, 0, split, tmp_path, "fast", save=part)
        run(binary, case, split, case["tokens"], tmp_path, "reference", load=part, save=end)
        assert end.read_bytes() == whole.read_bytes()


def fnv(data):
    value = 0xCBF29CE484222325
    for byte in data:
        value = (value ^ byte) * 0x100000001B3 & 0xFFFFFFFFFFFFFFFF
    return value


def test_hostile_states_do_no_harm(tmp_path):
    """Bytes changed behind a right checksum: refused with a message, or run to the end."""
    binary = ROOT / "test" / "Target" / "Inputs" / "golden-1.0.0-lava_compat.nrb"
    np.savez(tmp_path / "in.npz", **{"in": np.ones((1, 20, 1), np.float32)})
    command = [str(TOOL), str(binary), "--quiet", "--input", str(tmp_path / "in.npz")]
    subprocess.run([*command, "--save-state", str(tmp_path / "good.nrs")], check=True)
    good, rng, refused = (tmp_path / "good.nrs").read_bytes(), random.Random(0), 0
    for _ in range(150):
        body = bytearray(good[32:])
        for _ in range(rng.randint(1, 3)):
            body[rng.randrange(len(body))] = rng.choice((0, 1, 127, 128, 255, rng.randrange(256)))
        if rng.random() < 0.2:
            del body[rng.randrange(len(body)) :]
        (tmp_path / "bad.nrs").write_bytes(good[:16] + fnv(body).to_bytes(8, "little") + good[24:32] + body)
        done = subprocess.run([*command, "--load-state", str(tmp_path / "bad.nrs")], capture_output=True, text=True, check=False)
        assert done.returncode in (0, 1), done.stderr
        assert done.returncode == 0 or "corrupted" in done.stderr or "too long" in done.stderr, done.stderr
        refused += done.returncode
    assert refused > 20


def test_placement_does_not_matter_L10(tmp_path):
    """The neurons of a random, plastic network on one core or on three: the same weights."""
    rng = random.Random(3)
    trace = {"impulse": 20, "impulse_fraction": 99, "tau": 7}
    factor = {"sgn": False, "constant": 0}
    products = [
        {"dependency": 0, "mantissa": -3, "exponent": -1, "factors": [dict(factor, var=4)]},
        {"dependency": 1, "mantissa": 5, "exponent": -1, "factors": [dict(factor, var=1)]},
    ]
    rule = {"name": "r", "epoch": 2, "u_k": 0, "terms": [{"target": 0, "products": products}], "stochastic": True, "x1": trace, "y1": trace}
    code = [{"op": "RDC", "dst": 0, "a": 24}, {"op": "GE", "a": 32, "b": 0}, {"op": "SKP_C", "imm": 1}, {"op": "SPIKE", "a": 0}]
    weights = [[rng.randrange(1, 60) for _ in range(6)] for _ in range(4)]  # [pre][post]
    data = np.array([[[rng.random() < 0.4 for _ in range(4)] for _ in range(60)]], np.float32)
    form = {"sign_mode": 2, "weight_bits": 7, "weight_exp": 0, "compression": 3, "dendrite": 0}
    form.update(delay_bits=0, tag_bits=0, idx_bits=0)
    seen = []
    for parts in ([6], [1, 3, 2]):
        cores, first = [], 0
        port = {"name": "in", "kind": 0, "offset": 0, "payload_bits": 8, "limit": 100, "scale": 1.0, "data": data.tolist()}
        port["fanout"] = [[[core, i] for core in range(len(parts))] for i in range(4)]
        for size in parts:
            group = {"name": "post", "count": size, "dendrites": 1, "payload_bits": 0, "source_first": first, "state": []}
            group.update(parameters=[[70]], code=code, fanout=[[] for _ in range(size)])
            blocks = [[[[j, row[first + j], 0, 0] for j in range(size)]] for row in weights]
            axons = [{"base": 0, "delay": 0, "format": form, "rule": None, "blocks": block} for block in blocks]
            cores.append({"groups": [group], "axons": axons})
            first += size
        case = {"target": "loihi2", "chips": 1, "seed": 9, "period": 1, "latency": 0, "tokens": 60, "learning": True, "lava_compat": False}
        output = {"name": "out", "offset": 0, "last": True, "elements": [[0, 0, 0]], "scale": [1.0], "zero": []}
        case.update(cores=cores, inputs=[port], outputs=[output])
        tables = random_networks.to_tables(case)
        for core in tables["cores"]:
            core["rules"] = [rule]
            core["formats"][0]["rule"] = 0
            core["groups"][0]["source"] = 0
        monkey = random_networks.to_tables
        random_networks.to_tables = lambda _, tables=tables: tables
        try:
            (tmp_path / "net.nrb").write_bytes(random_networks.build([case])[0])
        finally:
            random_networks.to_tables = monkey
        np.savez(tmp_path / "in.npz", **{"in": data})
        command = [TOOL, tmp_path / "net.nrb", "--quiet", "--input", tmp_path / "in.npz"]
        command += ["--probe", "layer_post:weights", "--probe-output", tmp_path / "probes.npz"]
        subprocess.run([str(word) for word in command], check=True)
        with np.load(tmp_path / "probes.npz") as found:
            seen.append({name: found[name] for name in found.files})
    (name,) = seen[0]
    assert (seen[0][name] == seen[1][name]).all()
    assert len(np.unique(seen[0][name])) > 20
