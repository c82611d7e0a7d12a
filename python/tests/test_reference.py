# Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The second implementation by itself: its reader, its arithmetic, published values."""

import json
import subprocess

import numpy as np
import pytest

from neuro import differential, random_networks, reference, reference_binary


def network(*, weights, weight_bits=8, sign_mode=2, weight_exp=0, code=(), parameters=(), state=(), payload_bits=16, data):
    """A port with one neuron, a dense axon, and a group with one neuron per weight."""
    group = {
        "name": "g",
        "count": len(weights),
        "dendrites": 1,
        "payload_bits": 0,
        "source_first": 0,
        "parameters": [[value] for value in parameters],
        "state": [{"bits": 24, "is_signed": True, "overflow": rule, "init": [0]} for rule in state],
        "code": list(code),
        "fanout": [[] for _ in weights],
    }
    form = {"sign_mode": sign_mode, "weight_bits": weight_bits, "weight_exp": weight_exp, "compression": 3, "dendrite": 0}
    form.update(delay_bits=0, tag_bits=0, idx_bits=0)
    blocks = [[[i, weight % (1 << weight_bits), 0, 0] for i, weight in enumerate(weights)]]
    port = {"name": "in", "kind": 0, "offset": 0, "payload_bits": payload_bits, "limit": 32767, "scale": 1.0}
    port.update(fanout=[[[0, 0]]], data=[[[value] for value in data]])
    output = {"name": "out", "offset": 0, "last": False, "elements": [[0, 0, 0]], "scale": [1.0], "zero": []}
    axon = {"base": 0, "delay": 0, "format": form, "rule": None, "blocks": blocks}
    return {
        "target": "loihi2",
        "chips": 1,
        "seed": 0,
        "period": 1,
        "latency": 0,
        "tokens": len(data),
        "learning": True,
        "lava_compat": False,
        "cores": [{"groups": [group], "axons": [axon]}],
        "inputs": [port],
        "outputs": [output],
    }


def observe_all(case):
    """What the reference and both engines show; they must agree."""
    data = random_networks.build([case])[0]
    seen = differential.observe_reference(case, data)
    for engine in differential.ENGINES:
        assert differential.compare(case, engine, differential.Module().observe(case, data, engine), seen) is None
    return seen


def lif(du, dv, bias, vth, data):
    """The current-based LIF of Lava's PyLifModelBitAcc, one synapse of weight 1."""
    code = [
        {"op": "RDC", "dst": 0, "a": 24},
        {"op": "SHL", "dst": 0, "a": 0, "imm": 6},
        {"op": "MUL_SHR", "dst": 1, "a": 16, "b": 32, "imm": 12},
        {"op": "ADD", "dst": 16, "a": 1, "b": 0},
        {"op": "MUL_SHR", "dst": 2, "a": 17, "b": 33, "imm": 12},
        {"op": "ADD", "dst": 2, "a": 2, "b": 16},
        {"op": "ADD", "dst": 17, "a": 2, "b": 34},
        {"op": "GE", "a": 35, "b": 17},
        {"op": "SKP_C", "imm": 2},
        {"op": "SPIKE", "a": 17},
        {"op": "MOV", "dst": 17, "a": 36},
    ]
    parameters = (4096 - (du + 1), 4096 - dv, bias, vth << 6, 0)
    return observe_all(network(weights=[1], code=code, parameters=parameters, state=(0, 1), data=data))


def test_lif_bias_spikes_at_steps_5_and_10():
    seen = lif(0, 0, 2 << 6, 8, [0] * 10)
    assert np.flatnonzero(seen.arrays[0, "fired"][0, :, 0]).tolist() == [4, 9]


def test_lif_impulse_current_halves():
    seen = lif(2047, 0, 0, 1 << 16, [128] + [0] * 8)
    assert seen.arrays[0, "state s0"][0, 1:, 0].tolist() == [8192 >> i for i in range(8)]


def test_lif_impulse_voltage():
    seen = lif(0, 2048, 0, 1 << 16, [128] + [0] * 8)
    expected = [8192, 12286, 14331, 15351, 15859, 16111, 16235, 16295]
    assert seen.arrays[0, "state s1"][0, 1:, 0].tolist() == expected


def test_lif_bias_scale():
    seen = lif(0, 0, 4095 << 5, 1 << 16, [0])
    assert seen.arrays[0, "state s1"][0, 0, 0] == 131040


@pytest.mark.parametrize(
    "sign_mode, bits, exponent, stored, expected",
    [
        (2, 8, 0, (0, 255, 40), (0, 255, 40)),
        (1, 8, 0, (127, -128, 19), (254, -256, 38)),
        (1, 8, 1, (127, -128, 19), (508, -512, 76)),
        (1, 7, 0, (63, -64, 9), (252, -256, 36)),
        (3, 8, 0, (0, 255, 40), (0, -255, -40)),
    ],
)
def test_dense_weights_M8_M9(sign_mode, bits, exponent, stored, expected):
    case = network(
        weights=stored,
        weight_bits=bits,
        sign_mode=sign_mode,
        weight_exp=exponent,
        code=[{"op": "MOV", "dst": 16, "a": 24}],
        state=(0,),
        data=[1, 0],
    )
    assert tuple(observe_all(case).arrays[0, "state s0"][0, 1].tolist()) == expected


def test_philox_known_answers_M14():
    """The vectors of the authors of Philox (Random123, kat_vectors)."""
    assert reference.philox((0, 0, 0, 0), 0) == 0x6627E8D5
    ones = 0xFFFFFFFF
    assert reference.philox((ones, ones, ones, ones), 0xFFFFFFFFFFFFFFFF) == 0x408F276D
    digits = (0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344)
    assert reference.philox(digits, 0x299F31D0A4093822) == 0xD16CFE09


def test_rounding():
    assert [reference.half_to_even(value, 2) for value in (1, 3, 5, -1, -3, 4)] == [0, 2, 2, 0, -2, 2]
    assert reference.wrap(1 << 23, 24) == -(1 << 23)
    assert reference.wrap(-1, 8, signed=False) == 255


def test_reader_agrees_with_flatc(tmp_path):
    names = []
    for number, data in enumerate(random_networks.build([random_networks.make_case(i) for i in range(20)])):
        names.append(tmp_path / f"{number}.nrb")
        names[-1].write_bytes(data)
    command = ["flatc", "--json", "--strict-json", "--defaults-json", "--raw-binary", "-o", tmp_path, reference_binary.SCHEMA]
    subprocess.run([*map(str, command), "--", *map(str, names)], check=True)
    for name in names:
        text = json.loads(name.with_suffix(".json").read_text(encoding="utf-8"))
        same(text, reference.read_binary(name.read_bytes()), "root")


def same(text, value, where):
    """flatc leaves absent vectors out, names enum values and rounds doubles."""
    if isinstance(text, dict):
        for key, entry in vars(value).items():
            if key in text:
                same(text[key], entry, f"{where}.{key}")
            else:
                assert entry in ([], "", None), f"{where}.{key}"
    elif isinstance(text, list):
        assert len(text) == len(value), where
        for i, pair in enumerate(zip(text, value)):
            same(*pair, f"{where}[{i}]")
    elif isinstance(text, float):
        assert text == pytest.approx(value, rel=1e-9), where
    elif isinstance(text, str) and not isinstance(value, str):
        assert value in {values[text] for values in reference.schema().enums.values() if text in values}, where
    else:
        assert text == value, where


def test_other_files_are_refused():
    with pytest.raises(ValueError, match="NRB1"):
        reference.read_binary(b"\0" * 64)


def test_compiled_decoder_gives_the_same_bits(compiled, decoder, simulator, tmp_path):
    """A whole model, attention and its plastic synapses included."""
    samples = decoder[1]["x"][:2]
    (tmp_path / "model.nrb").write_bytes(compiled.bytes)
    np.savez(tmp_path / "in.npz", x=samples)
    reference.main([str(tmp_path / name) if name[0] != "-" else name for name in
                    ("model.nrb", "--input", "in.npz", "--output", "out.npz")])  # fmt: skip
    expected = simulator.run({"x": samples})
    with np.load(tmp_path / "out.npz") as outputs:
        assert set(outputs.files) == set(expected)
        for name in outputs.files:
            assert np.array_equal(outputs[name], expected[name])
