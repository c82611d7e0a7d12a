# Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The learning engine against published values of Lava and against its own rules, each through a .nrb and neuro-run."""

import json
import os
import pathlib
import subprocess

import numpy as np
import pytest

from neuro import differential, random_networks, reference

ROOT = pathlib.Path(__file__).resolve().parents[2]
TOOL = pathlib.Path(os.environ.get("NEURO_BUILD_DIR", ROOT / "build")) / "bin" / "neuro-run"
pytestmark = pytest.mark.skipif(not TOOL.exists(), reason="neuro-run is not built")

ENGINES = differential.ENGINES
X0, Y0, U = range(3)
VAR = {name: number for number, name in enumerate(("x0", "x1", "x2", "y0", "y1", "y2", "y3", "w", "d", "t", "constant"))}
STRICT, COMPAT = range(2)
MIXED, EXCITATORY = 1, 2


def lif_group(name, bias, fanout):
    """LIF of Lava without decay of v: du = dv = 0, vth 10000."""
    code = [
        {"op": "RDC", "dst": 0, "a": 24},
        {"op": "SHL", "dst": 0, "a": 0, "imm": 6},
        {"op": "MUL_SHR", "dst": 1, "a": 16, "b": 32, "imm": 12},
        {"op": "ADD", "dst": 16, "a": 1, "b": 0},
        {"op": "ADD", "dst": 2, "a": 17, "b": 16},
        {"op": "ADD", "dst": 17, "a": 2, "b": 33},
        {"op": "GE", "a": 34, "b": 17},
        {"op": "SKP_C", "imm": 2},
        {"op": "SPIKE", "a": 17},
        {"op": "MOV", "dst": 17, "a": 35},
    ]
    return {
        "name": name,
        "count": len(bias),
        "dendrites": 1,
        "payload_bits": 0,
        "source_first": 0,
        "parameters": [[4095], list(bias), [10000 << 6], [0]],
        "state": [{"bits": 24, "is_signed": True, "overflow": rule, "init": [0]} for rule in (0, 1)],
        "code": code,
        "fanout": fanout,
    }


def make(groups, axons, rule, inputs=(), mode=COMPAT, sign=MIXED, seed=0, tokens=1):
    """Tables of a network of one core. axons: (base, stored weights). rule: the table of the schema."""
    form = {"sign_mode": sign, "weight_bits": 8, "weight_exp": 0, "compression": 3, "dendrite": 0}
    form.update(delay_bits=0, tag_bits=0, idx_bits=0)
    case = {
        "target": "loihi2",
        "chips": 1,
        "seed": seed,
        "period": 1,
        "latency": 0,
        "tokens": tokens,
        "learning": True,
        "lava_compat": False,
        "cores": [{"groups": groups, "axons": []}],
        "inputs": list(inputs),
        "outputs": [{"name": "out", "offset": 0, "last": True, "elements": [[0, 0, 0]], "scale": [1.0], "zero": []}],
    }
    for base, weights in axons:
        blocks = [[[i, weight % 256, 0, 0] for i, weight in enumerate(weights)]]
        case["cores"][0]["axons"].append({"base": base, "delay": 0, "format": form, "rule": None, "blocks": blocks})
    tables = random_networks.to_tables(case)
    tables["learning_mode"] = mode
    core = tables["cores"][0]
    core["rules"] = [rule]
    for entry in core["formats"]:
        entry["rule"] = 0
    return tables


def run(tables, tokens, folder, engine, probes, arrays=None):
    (folder / "net.json").write_text(json.dumps(tables), encoding="utf-8")
    subprocess.run(["flatc", "--binary", "-o", str(folder), str(reference.SCHEMA), str(folder / "net.json")], check=True, capture_output=True)
    binary = folder / "net.nrb"
    if not binary.exists():
        (folder / "net.bin").rename(binary)
    command = [TOOL, binary, "--quiet", "--engine", engine, "--probe-output", folder / "probes.npz"]
    if arrays:
        np.savez(folder / "in.npz", **arrays)
        command += ["--input", folder / "in.npz"]
    else:
        command += ["--tokens", tokens]
    for probe in probes:
        command += ["--probe", probe]
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    with np.load(folder / "probes.npz") as found:
        return dict(found)


def product(dependency, scale, *factors):
    mantissa, exponent = scale if isinstance(scale, tuple) else (scale, 0)
    table = [{"var": VAR[name], "sgn": False, "constant": 0} for name in factors]
    return {"dependency": dependency, "mantissa": mantissa, "exponent": exponent, "factors": table}


def stdp_rule(on_pre, on_post, epoch, **more):
    """dw = on_pre * x0 * y1 + on_post * y0 * x1."""
    trace = {"impulse": 16, "tau": 10}
    terms = [{"target": 0, "products": [product(X0, on_pre, "y1"), product(Y0, on_post, "x1")]}]
    return {"name": "stdp", "epoch": epoch, "u_k": 0, "terms": terms, "x1": trace, "y1": trace, **more}


def stdp(pre, post, weights, rule, engine, folder, **more):
    """The weights [post][pre] after 100 steps of Lava."""
    groups = [lif_group("pre", pre, [[[0, i]] for i in range(len(pre))]), lif_group("post", post, [[] for _ in post])]
    axons = [(len(pre), [row[i] for row in weights]) for i in range(len(pre))]
    # A spike of Lava's step t is learned from in step t of the machine, which counts from 0.
    found = run(make(groups, axons, rule, **more), 101, folder, engine, ["post:weights"])
    return found["post.d0.weights"][0, -1]


@pytest.mark.parametrize("engine", ENGINES)
def test_golden_stdp_1x1(engine, tmp_path):
    # Lava's initial weight 1 is stored as 0: the step of a mixed weight of 8 bits is 2.
    weights = stdp([25000], [20000], [[0]], stdp_rule(-2, 4, 2), engine, tmp_path)
    assert weights.tolist() == [[56]]


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("mode", [STRICT, COMPAT])
def test_orientation_of_stdp(mode, engine, tmp_path):
    """What stands at y0 * x1 acts when pre fires before post, what stands at x0 * y1 when it fires after."""
    before_post, after_post = ([26000], [25000]), ([25000], [26000])
    for on_pre, on_post in ((-2, 4), (4, -2)):
        rule = stdp_rule(on_pre, on_post, 1)
        for (pre, post), factor in ((before_post, on_post), (after_post, on_pre)):
            # Both fire once within 30 steps, one step apart.
            groups = [lif_group("pre", pre, [[[0, 0]]]), lif_group("post", post, [[]])]
            tables = make(groups, [(1, [25])], rule, mode=mode)
            weights = run(tables, 30, tmp_path, engine, ["post:weights"])["post.d0.weights"][0, :, 0, 0]
            assert weights[0] == 50
            assert np.sign(weights[-1] - 50) == np.sign(factor)


@pytest.mark.parametrize("engine", ENGINES)
def test_golden_stdp_2x3(engine, tmp_path):
    weights = stdp([22000, 25000, 26000], [20000, 23000], [[0] * 3] * 2, stdp_rule(-2, 1, 1), engine, tmp_path)
    assert weights.tolist() == [[31, 2, -24], [-64, 30, 14]]


APPLIER = [
    [5295, 1294, 2025, 738, 1792],
    [2196, 3627, 988, -575, 3367],
    [165, 299, -376, -124, 1836],
    [129, 2331, -252, 15, 2584],
    [149, 276, -895, -640, 1798],
    [128, 2850, 922, 673, 2317],
    [159, 294, -493, -233, 1842],
    [169, 306, -429, -158, 1840],
    [3745, 3626, 1635, 867, 2323],
]


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("fraction", [0, 1])  # with 1, a trace that nobody reads sends the rule down the general path
def test_golden_applier(fraction, engine, tmp_path):
    """Lava's 9 x 5 values. They lack the w << 7 of the accumulator, so the machine shows floor((127 w + value) / 128)."""
    rng = np.random.default_rng(0)
    x0, y0 = np.array([0, 0, 1, 1, 0]), [1, 1, 0, 1, 0, 1, 0, 0, 1]
    x1, x2, y1 = (rng.integers(0, 17, size) for size in (5, 5, 9))
    w = rng.integers(0, 51, (9, 5))
    # Step 2 sets all traces; in step 3 pre and post fire, and u2 acts for the first time.
    code = [
        {"op": "EQ", "a": 29, "b": 34},
        {"op": "SEL", "dst": 24, "a": 32, "b": 35},
        {"op": "SEL", "dst": 27, "a": 33, "b": 35},
    ]
    post = {"name": "post", "count": 9, "dendrites": 1, "payload_bits": 0, "source_first": 0, "state": [], "code": code}
    post.update(parameters=[y1.tolist(), y0, [3], [0]], fanout=[[] for _ in y0])
    payload = np.maximum(2.0 * x1, 1)
    data = np.array([[0 * x1, payload, payload * x0, 0 * x1]], np.float32)
    port = {"name": "in", "kind": 0, "offset": 0, "payload_bits": 16, "limit": 1000, "scale": 1.0, "data": data.tolist()}
    port["fanout"] = [[[0, i]] for i in range(5)]
    sign = product(U, 1, "w")
    sign["factors"][0].update(sgn=True, constant=4)
    products = [product(X0, (-1, -1), "y1"), product(Y0, (1, 1), "x1", "w"), product(U, 1, "x2"), sign]
    axons = [(0, w[:, i].tolist()) for i in range(5)]
    tables = make([post], axons, None, [port], mode=STRICT, sign=EXCITATORY, tokens=4)
    core, rules = tables["cores"][0], []
    core["formats"] = [dict(core["formats"][0], rule=i) for i in range(5)]
    for i in range(5):
        # Who fires twice has x2 cleared in between.
        second = {"impulse": int(x2[i]), "tau": 0 if x0[i] else 65535}
        rules.append({"name": f"r{i}", "epoch": 1, "u_k": 2, "terms": [{"target": 0, "products": products}], "graded_mode": 1})
        rules[-1].update(x1={"tau": 65535}, x2=second, y1={"tau": 65535, "impulse_fraction": fraction}, third_factor=True)
        core["axons_in"][i]["format"] = i
        core["synapse_words"][core["axons_in"][i]["synapse_word"]] |= i
    core["rules"] = rules
    weights = run(tables, 4, tmp_path, engine, ["post:weights"], {"in": data})["post.d0.weights"][0]
    assert (weights[2] == w).all()
    assert (weights[3] == np.clip((127 * w + np.array(APPLIER)) // 128, 0, 255)).all()


@pytest.mark.parametrize("engine", ENGINES)
def test_golden_r_stdp(engine, tmp_path):
    """The post neuron computes its trace y1 and passes the reward on as y2; the tag is the eligibility."""
    code = [
        {"op": "MUL_SHR", "dst": 3, "a": 18, "b": 36, "imm": 30, "mode": 1},
        {"op": "ADD", "dst": 18, "a": 3, "b": 19},
        {"op": "MOV", "dst": 24, "a": 18},
        {"op": "RDC", "dst": 25, "a": 25},
        {"op": "RDC", "dst": 0, "a": 24},
        {"op": "SHL", "dst": 0, "a": 0, "imm": 6},
        {"op": "MUL_SHR", "dst": 1, "a": 16, "b": 32, "imm": 12},
        {"op": "ADD", "dst": 16, "a": 1, "b": 0},
        {"op": "ADD", "dst": 2, "a": 17, "b": 16},
        {"op": "ADD", "dst": 17, "a": 2, "b": 33},
        {"op": "GE", "a": 34, "b": 17},
        {"op": "SEL", "dst": 19, "a": 35, "b": 37},
        {"op": "SEL", "dst": 27, "a": 35, "b": 37},
        {"op": "SKP_C", "imm": 2},
        {"op": "SPIKE", "a": 17},
        {"op": "MOV", "dst": 17, "a": 35},
    ]
    pre = lif_group("pre", [3600], [[[0, 0]]])
    pre["parameters"][2] = [100 << 6]
    post = lif_group("post", [3700], [[]])
    post["parameters"] = [[4095], [3700], [100 << 6], [0], [round(2**30 * np.exp(-0.1))], [16]]
    post["state"] += [{"bits": 24, "is_signed": True, "overflow": 0, "init": [0]}] * 2
    post.update(code=code, dendrites=2)
    reward = np.zeros((1, 101, 1), np.float32)
    reward[:, 33:50] = 1
    port = {"name": "reward", "kind": 0, "offset": 0, "payload_bits": 0, "limit": 1, "scale": 1.0, "data": reward.tolist()}
    port["fanout"] = [[[0, 1]]]
    terms = [
        {"target": 2, "products": [product(X0, -2, "y1"), product(Y0, 4, "x1"), product(U, (-1, -1), "t")]},
        {"target": 0, "products": [product(U, 1, "t", "y2")]},
    ]
    rule = {"name": "r-stdp", "epoch": 1, "u_k": 0, "terms": terms, "third_factor": True, "x1": {"impulse": 16, "tau": 10}}
    tables = make([pre, post], [(1, [0]), (1, [1])], rule, [port], tokens=101)
    core = tables["cores"][0]
    core["formats"].append(dict(core["formats"][0], rule=-1, dendrite=1, sign_mode=EXCITATORY))
    core["axons_in"][1]["format"] = 1
    core["synapse_words"][core["axons_in"][1]["synapse_word"]] |= 1
    found = run(tables, 101, tmp_path, engine, ["post:weights"], {"reward": reward})
    assert found["post.d0.weights"][0, -1].tolist() == [[64]]
