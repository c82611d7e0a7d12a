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
