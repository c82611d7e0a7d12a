# Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Every model of models/neurons, compiled and run by neuro-run, equals its formula.

Random inputs, with the parameters of the file and with random ones; spikes, payloads
and every state field are compared after every step.
"""

import math
import random
import re

import neuron_formulas as formulas
import numpy as np
import pytest
from networks import BIN, ROOT, call, lower, run, run_loihi

from neuro import reference

MODELS = ROOT / "models" / "neurons"
PARAM = re.compile(r'neuro\.param "(\w+)" = dense<([^>]*)> : tensor<\d+xi32>')
TOKENS, NEURONS = 1200, 4


def parameters(text, neurons):
    """Of each neuron, as dicts."""
    found = [{} for _ in range(neurons)]
    for name, values in PARAM.findall(text):
        numbers = [int(v) for v in re.findall(r"-?\d+", values)]
        for i, p in enumerate(found):
            p[name] = numbers[i if len(numbers) > 1 else 0]
    return found


def with_parameters(text, values):
    """The model with a list of numbers for each name in `values`."""

    def change(match):
        if match[1] not in values:
            return match[0]
        numbers = values[match[1]]
        return f'neuro.param "{match[1]}" = dense<{list(numbers)}> : tensor<{len(numbers)}xi32>'

    assert not set(values) - {name for name, _ in PARAM.findall(text)}
    return PARAM.sub(change, text)


def draw_inputs(rng, ports, limit, neurons=NEURONS):
    """Silence, steps, impulses and noise of every size; a few neurons see the extremes."""
    arrays = {}
    for port in ports:
        x = np.zeros((TOKENS, neurons), np.int64)
        for j in range(neurons):
            size, kind, value = 1, 0, 0
            for t in range(TOKENS):
                if t % 50 == 0:
                    kind = rng.randrange(4)
                    size = min(limit, round(2 ** rng.uniform(0, math.log2(limit) + 0.5)))
                    value = rng.randint(-size, size)
                if kind == 0:
                    x[t, j] = rng.randint(-size, size)
                elif kind == 1:
                    x[t, j] = rng.randint(-size, size) if rng.random() < 0.2 else 0
                elif kind == 2:
                    x[t, j] = value
                else:
                    x[t, j] = rng.randint(0, size)
        arrays[port] = x
    return arrays


def simulate(step, p, initial, inputs, timed=False):
    """What a model should do in every step: the input of a step arrives in the next."""
    neurons = len(p)
    history = {name: np.zeros((TOKENS, neurons), np.int64) for name in [*initial, ".spikes", ".fired"]}
    for j in range(neurons):
        state = dict(initial)
        columns = [[0, *(int(v) for v in x[:-1, j])] for x in inputs]
        for t, a in enumerate(zip(*columns)):
            payload = step(p[j], state, *a, t) if timed else step(p[j], state, *a)
            history[".fired"][t, j] = payload is not None
            history[".spikes"][t, j] = payload or 0
            for name in initial:
                history[name][t, j] = state[name]
    return history


def compare(name, want, got):
    for field, expected in want.items():
        key = name + field if field[0] == "." else f"{name}.state.{field}"
        actual = got[key][: len(expected)].astype(np.int64)
        if not np.array_equal(actual, expected):
            t, j = np.argwhere(actual != expected)[0]
            pytest.fail(f"{key}: step {t}, neuron {j}: expected {expected[t, j]}, got {actual[t, j]}")


LIF = {"du": (-1, 4095), "dv": (0, 4096), "bias_mant": (-4096, 4095), "bias_exp": (0, 7), "vth": (0, 2**17 - 1)}
ROTATION = {"cos": (-4096, 4096), "sin": (-4096, 4096), "vth": (-100, 2**20)}
SIGMA = {"bias": (-(2**16), 2**16), "vth": (1, 2**14)}
# model: state after a reset, ranges of random parameters
CASES = {
    "lif": ({"u": 0, "v": 0}, LIF),
    "lif_refractory": ({"u": 0, "v": 0, "ref": 0}, {**LIF, "refract": (1, 255)}),
    "lif_reset": ({"u": 0, "v": 0}, LIF),
    "lif_ternary": (
        {"u": 0, "v": 0},
        {**{k: v for k, v in LIF.items() if k != "vth"}, "vth_hi": (0, 2**16), "vth_lo": (-(2**16), 0)},
    ),
    "lif_adaptive": ({"u": 0, "v": 0, "b": 0}, {**LIF, "db": (0, 50), "step": (2**15, 2**17 - 1)}),
    "graded_vector": ({}, {"vth": (0, 2**20)}),
    "graded_relu": ({}, {"vth": (0, 2**20)}),
    "product": ({}, {"vth": (0, 2**20)}),
    "delta": ({"act": 0, "residue": 0}, {"vth": (1, 2**14)}),
    "sigma_delta": ({"sigma": 0, "act": 0, "residue": 0}, SIGMA),
    "sigma_delta_cumulative": ({"sigma": 0, "act": 0, "residue": 0, "error": 0}, SIGMA),
    "sigma_delta_corrected": ({"sigma": 0, "act": 0}, SIGMA),
    "resonate_fire": ({"re": 0, "im": 0}, ROTATION),
    "rf_izhikevich": ({"re": 0, "im": 0}, ROTATION),
    "rf_zero": ({"re": 0, "im": 0}, {**ROTATION, "cos": (-(2**15), 2**15), "sin": (-(2**15), 2**15)}),
    "izhikevich": (
        {"v": -65 << 12, "u": -13 << 12},
        {"a": (0, 2**14), "b": (0, 2**15), "c": (-(2**18), 0), "d": (0, 2**16)},
    ),
    "inverse_sqrt": ({}, {}),
}


def test_every_model_is_tested():
    assert {path.stem for path in MODELS.glob("*.mlir")} == {*CASES, "s4d"}


@pytest.mark.parametrize("name", [*CASES, "s4d"])
def test_round_trips(name, tmp_path):
    """As text, and as a binary."""
    call(BIN / "neuro-opt", "--verify-roundtrip", MODELS / f"{name}.mlir", "-o", tmp_path / "again.mlir")
    (tmp_path / "loihi.mlir").write_text(lower((MODELS / f"{name}.mlir").read_text(), tmp_path))
    call(BIN / "neuro-translate", "--emit-nrb", tmp_path / "loihi.mlir", "-o", tmp_path / "model.nrb")
    call(BIN / "neuro-translate", "--test-nrb-roundtrip", tmp_path / "model.nrb")


@pytest.mark.parametrize("engine", ["fast", "reference"])
@pytest.mark.parametrize("name", CASES)
def test_equals_formula(name, engine, tmp_path):
    initial, ranges = CASES[name]
    text = (MODELS / f"{name}.mlir").read_text()
    ports = re.findall(r'neuro\.input "(\w+)"', text)
    limit = int(re.search(r"limit = (\d+)", text)[1])
    step = getattr(formulas, name)
    fired = 0
    for draw in range(3):
        rng = random.Random(f"{name} {draw}")
        model = text
        if draw:
            values = {k: [rng.randint(*r) for _ in range(NEURONS)] for k, r in ranges.items()}
            if name == "lif_reset":
                values["interval"] = [rng.randint(1, 300) for _ in range(NEURONS)]
                values["offset"] = [rng.randrange(n) for n in values["interval"]]
                values["reciprocal"] = [-(-(2**30) // n) for n in values["interval"]]
            model = with_parameters(text, values)
        inputs = draw_inputs(rng, ports, limit)
        want = simulate(step, parameters(model, NEURONS), initial, inputs.values(), timed=name == "lif_reset")
        probes = [name] + [f"{name}:state"] * bool(initial)
        compare(name, want, run(model, inputs, probes, tmp_path, engine))
        fired += int(want[".fired"].sum())
    assert 50 < fired < 3 * TOKENS * NEURONS - 50


@pytest.mark.parametrize("draw", range(3))
def test_s4d(draw, tmp_path):
    text = (MODELS / "s4d.mlir").read_text()
    rng = random.Random(f"s4d {draw}")
    if draw:
        names = ("a_re", "a_im", "b_re", "b_im", "c_re", "c_im")
        values = {name: [rng.randint(-(2**15), 2**15) for _ in range(8)] for name in names}
        text = with_parameters(text, {**values, "D": [rng.randint(-(2**15), 2**15) for _ in range(2)]})
    modes = parameters(text.split("^bb0")[1], 8)
    features = parameters(text.split("^bb0")[2], 2)
    x = draw_inputs(rng, ["in"], 32767, neurons=2)["in"]
    got = run(text, {"in": x}, ["s4d", "s4d:state", "readout"], tmp_path)
    want = simulate(formulas.s4d, modes, {"re": 0, "im": 0}, [x.repeat(4, axis=1)])
    compare("s4d", want, got)
    # The sum over the modes of a feature arrives one step later.
    sums = want[".spikes"].reshape(-1, 2, 4).sum(axis=2)
    direct = np.vstack([np.zeros((1, 2), np.int64), x])[:-1]
    want = simulate(formulas.readout, features, {}, [sums, direct])
    compare("readout", want, got)


def lif_with(**values):
    defaults = {"du": 0, "dv": 0, "bias_mant": 0, "bias_exp": 0, "vth": 2**17 - 1}
    text = (MODELS / "lif.mlir").read_text()
    return with_parameters(text, {k: [v] * NEURONS for k, v in {**defaults, **values}.items()})


def run_lif(text, impulse, folder):
    x = np.zeros((10, NEURONS))
    x[0] = impulse
    got = run(text, {"in": x}, ["lif", "lif:state"], folder)
    return {key: value[:, 0].tolist() for key, value in got.items()}


# Values of Lava's unit tests; its first step is our step 0.
def test_golden_lif_bias(tmp_path):
    got = run_lif(lif_with(bias_mant=2, bias_exp=6, vth=8), 0, tmp_path)
    assert [t + 1 for t, fired in enumerate(got["lif.fired"][:10]) if fired] == [5, 10]


def test_golden_lif_impulse_u(tmp_path):
    got = run_lif(lif_with(du=2047), 128, tmp_path)
    assert got["lif.state.u"][1:9] == [8192, 4096, 2048, 1024, 512, 256, 128, 64]


def test_golden_lif_impulse_v(tmp_path):
    got = run_lif(lif_with(dv=2048), 128, tmp_path)
    assert got["lif.state.v"][1:9] == [8192, 12286, 14331, 15351, 15859, 16111, 16235, 16295]


def test_golden_lif_bias_scale(tmp_path):
    got = run_lif(lif_with(bias_mant=4095, bias_exp=5), 0, tmp_path)
    assert got["lif.state.v"][0] == 131040


def test_lif_without_decay_wraps(tmp_path):
    x = np.zeros((10, NEURONS))
    x[:5] = 2**16
    got = run(lif_with(du=-1, dv=4096), {"in": x}, ["lif:state"], tmp_path)["lif.state.u"][1:6, 0]
    assert got.tolist() == [2**22, -(2**23), -(2**22), 0, 2**22]


def prepare(weight, bits, mode):
    """Stored bits of a user's weight: loihi's weight preparation, as Lava does it."""
    w = int(weight)
    if mode == "inhibitory":
        w = -w
    w = max(-256 if mode == "mixed" else 0, min(255, w))
    return w >> (8 - bits + (mode == "mixed"))


@pytest.mark.parametrize(
    "mode,bits,exponent,weights,expected",
    [
        ("excitatory", 8, 0, [0.5, 300, 40], [0, 255, 40]),
        ("inhibitory", 8, 0, [-0.5, -300, -40], [0, -255, -40]),
        ("mixed", 8, 0, [300, -300, 39], [254, -256, 38]),
        ("mixed", 8, 1, [300, -300, 39], [508, -512, 76]),
        ("mixed", 7, 0, [300, -300, 39], [252, -256, 36]),
    ],
)
def test_golden_dense_M8_M9(mode, bits, exponent, weights, expected, tmp_path):
    assert dense(mode, bits, exponent, weights, 3, "#neuro.one_to_one<1>", tmp_path) == expected


def test_golden_dense_fan_in(tmp_path):
    assert dense("mixed", 8, 0, [300, -300, 39, -0.4], 1, "#neuro.blocks<1, 1>", tmp_path) == [36]


def dense(mode, bits, exponent, weights, targets, form, folder):
    """What arrives at the dendrites when every source sends 1, by the synapses of the file."""
    n = len(weights)
    text = f"""
      neuro.network @dense {{
        %in = neuro.input "in" kind = <graded> {{shape = array<i64: 1, 2, {n}>, time_axis = 1 : i64}} : !neuro.spikes<{n}, 0>
        %a = neuro.project %in weights({form}) : !neuro.spikes<{n}, 0> -> !neuro.current<{targets}>
        %seen, %f = neuro.population "seen" (%a) {{
        ^bb0(%d: i32):
          neuro.fire %d
        }} : (!neuro.current<{targets}>) -> !neuro.spikes<{targets}, 24>, !neuro.factors<{targets}>
        neuro.output "out" %seen {{shape = array<i64: 1, 2, {targets}>, time_axis = 1 : i64,
            scale = array<f64: 1.0>}} : !neuro.spikes<{targets}, 24>
      }}"""
    lowered = lower(text, folder)
    before = "loihi.format mixed dense weight 8 exp -1"
    assert lowered.count(before) == 1
    lowered = lowered.replace(before, f"loihi.format {mode} dense weight {bits} exp {exponent}")
    # A block of one synapse: 4 bits of format, 6 of count - 1, the weight.
    words = [(prepare(w, bits, mode) & (2**bits - 1)) << 10 for w in weights]
    lowered, changed = re.subn(r"loihi\.synapses dense<1024> : ", f"loihi.synapses dense<{words}> : ", lowered)
    assert changed == 1
    got = run_loihi(lowered, {"in": np.ones((2, n))}, ["seen"], folder)
    return got["seen.spikes"][1].tolist()


def test_adaptive_threshold_slows_down(tmp_path):
    """A constant current: the intervals between spikes grow."""
    text = (MODELS / "lif_adaptive.mlir").read_text()
    values = {"du": 4095, "dv": 100, "bias_mant": 0, "bias_exp": 0, "vth": 100, "db": 20, "step": 40}
    model = with_parameters(text, {k: [v] * NEURONS for k, v in values.items()})
    fired = run(model, {"in": np.full((TOKENS, NEURONS), 20)}, ["lif_adaptive"], tmp_path)["lif_adaptive.fired"]
    gaps = np.diff(np.flatnonzero(fired[:, 0]))
    assert gaps[0] < gaps[2] <= gaps[-1]


def test_izhikevich_kinds(tmp_path):
    """With a current of 10 all four kinds fire; a fast spiking neuron fires most, chattering ones burst."""
    text = (MODELS / "izhikevich.mlir").read_text()
    fired = run(text, {"in": np.full((TOKENS, NEURONS), 640)}, ["izhikevich"], tmp_path)["izhikevich.fired"]
    regular, _, chattering, fast = fired.sum(axis=0)
    assert 5 < regular < fast
    gaps = np.diff(np.flatnonzero(fired[:, 2]))
    assert chattering > regular and max(gaps) > 3 * min(gaps)


def test_resonator_prefers_its_frequency(tmp_path):
    """Pulses at the period of 20 steps of the first neuron make it fire, others do not."""
    text = (MODELS / "resonate_fire.mlir").read_text()
    counts = {}
    for period in (13, 20, 31):
        x = np.zeros((TOKENS, NEURONS))
        x[::period, 0] = 35
        got = run(text, {"re": x, "im": np.zeros_like(x)}, ["resonate_fire"], tmp_path)
        counts[period] = int(got["resonate_fire.fired"][:, 0].sum())
    assert counts[20] > 20 and counts[13] == counts[31] == 0


def test_inverse_sqrt_is_near(tmp_path):
    """Less than two units of 2^-12 from 1 / sqrt(x), from the smallest to the largest x."""
    rng = random.Random(0)
    x = np.array([[round(2 ** rng.uniform(0, 23)) for _ in range(NEURONS)] for _ in range(TOKENS)])
    x[:64] = np.arange(1, 257).reshape(64, 4)
    x = np.minimum(x, 2**23 - 1)
    text = (MODELS / "inverse_sqrt.mlir").read_text()
    got = run(text, {"in": x}, ["inverse_sqrt"], tmp_path)["inverse_sqrt.spikes"][1:]
    assert np.abs(got - 2**18 / np.sqrt(x[:-1])).max() < 2


def test_special_operands_M14(tmp_path):
    """Time, number and random bits of a neuron, and what a probe in its program records."""
    text = """
      neuro.network @special attributes {timing = #neuro.timing<step>} {
        %in = neuro.input "in" kind = <graded> {shape = array<i64: 1, 9, 3>, time_axis = 1 : i64} : !neuro.spikes<3, 0>
        %a = neuro.project %in weights(#neuro.one_to_one<1>) : !neuro.spikes<3, 0> -> !neuro.current<3>
        %special, %f = neuro.population "special" (%a) attributes {state = [
            #neuro.field<"t", bits = 24, signed = true, saturate = false, init = [0]>,
            #neuro.field<"i", bits = 24, signed = true, saturate = false, init = [0]>,
            #neuro.field<"r", bits = 24, signed = false, saturate = false, init = [0]>,
            #neuro.field<"q", bits = 24, signed = false, saturate = false, init = [0]>]} {
        ^bb0(%d: i32):
          %t = neuro.time
          neuro.write "t", %t
          %i = neuro.id
          neuro.write "i", %i
          %r = neuro.random
          neuro.write "r", %r
          %q = neuro.random
          neuro.write "q", %q
          %ten = neuro.const 10
          %tens = neuro.mulshr fl %t, %ten by 0
          %both = neuro.add %tens, %i
          neuro.probe %both
          neuro.fire %d
        } : (!neuro.current<3>) -> !neuro.spikes<3, 8>, !neuro.factors<3>
        neuro.output "out" %special {shape = array<i64: 1, 9, 3>, time_axis = 1 : i64,
            scale = array<f64: 1.0>} : !neuro.spikes<3, 8>
      }"""
    runs = [
        run(text, {"in": np.zeros((10, 3))}, ["special:state", "special:trace"], tmp_path, engine)
        for engine in ("fast", "reference")
    ]
    steps, neurons = np.mgrid[0:10, 0:3]
    for got in runs:
        assert np.array_equal(got["special.state.t"], steps)
        assert np.array_equal(got["special.state.i"], neurons)
        assert np.array_equal(got["special.state.r"], runs[0]["special.state.r"])
        drawn = np.concatenate([got["special.state.r"].ravel(), got["special.state.q"].ravel()])
        assert len(set(drawn.tolist())) == 60 and drawn.min() >= 0 and drawn.max() > 2**23
    # M14: by step, population, neuron and place in the program.
    program = re.findall(r'loihi\.inst "([^"]*)"', lower(text, tmp_path))
    draws = [2 * address for address, inst in enumerate(program) if inst.endswith("rand")]
    for name, draw in zip("rq", draws):
        want = [[reference.philox((t, 0, i, draw), 0) & 0xFFFFFF for i in range(3)] for t in range(10)]
        assert runs[0][f"special.state.{name}"].tolist() == want
