# Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

import numpy as np
import pytest

import neuro


def plastic_name(simulator):
    return next(group["name"] for group in simulator.groups if group["plastic"])


def test_about(simulator):
    assert [port.name for port in simulator.inputs] == ["x"]
    assert simulator.outputs[0].name == "logits" and simulator.outputs[0].dtype == "float32"
    assert simulator.period > 0 and simulator.max_tokens == 5
    assert "x -> logits" in repr(simulator)


def test_near_to_float(decoder, simulator):
    model, samples = decoder
    real = neuro.evaluate(model, samples)["logits"]
    result = simulator.run(samples)
    assert result["logits"].shape == real.shape
    assert list(result) == ["logits"] and len(result) == 1
    assert np.corrcoef(result["logits"].ravel(), real.ravel())[0, 1] > 0.999
    assert result.stats["total"]["learning_updates"] > 0
    assert result.stats["total"]["dendrite_wraps"] == 0


def test_same_bits(decoder, simulator):
    _, samples = decoder
    one = simulator.run(samples, threads=1)["logits"]
    name = plastic_name(simulator)
    assert np.array_equal(one, simulator.run(samples, threads=2)["logits"])
    assert np.array_equal(one, simulator.run(samples, probes=[name, f"{name}:weights"])["logits"])
    few = {"x": samples["x"][:2]}
    assert np.array_equal(one[:2], simulator.run(few, reference=True)["logits"])


def test_probes(decoder, simulator):
    _, samples = decoder
    name = plastic_name(simulator)
    result = simulator.run({"x": samples["x"][:3]}, probes=[name, f"{name}:weights"])
    fired = result.probes[f"{name}.fired"]
    assert fired.dtype == bool and fired.shape[0] == 3
    (weights,) = [value for key, value in result.probes.items() if key.endswith(".weights")]
    assert weights.dtype == np.int16 and weights.shape[:2] == (3, 5)
    assert weights.any()


def test_learning_off(decoder, simulator):
    _, samples = decoder
    name = plastic_name(simulator)
    result = simulator.run(samples, learning=False, probes=[f"{name}:weights"])
    assert result.stats["total"]["learning_updates"] == 0
    assert not next(iter(result.probes.values())).any()
    assert not np.array_equal(result["logits"], simulator.run(samples)["logits"])
    # With nothing in the synapses, a token cannot see those before it.
    turned = samples["x"].copy()
    turned[:, :-1] = turned[:, -2::-1]
    other = simulator.run({"x": turned}, learning=False)["logits"]
    assert np.array_equal(other[:, -1], result["logits"][:, -1])


def test_shorter_sequences(decoder, simulator):
    _, samples = decoder
    short = simulator.run({"x": samples["x"][:, :3]})["logits"]
    assert np.array_equal(short, simulator.run(samples)["logits"][:, :3])


def test_progress(decoder, simulator):
    seen = []
    simulator.run(decoder[1], progress=lambda done, total: seen.append((done, total)))
    assert seen[-1] == (16, 16)


def test_errors(decoder, simulator):
    _, samples = decoder
    with pytest.raises(neuro.NeuroError) as caught:
        simulator.run({"z": samples["x"]})
    text = str(caught.value)
    assert "'z'" in text and "'x'" in text and len(caught.value.diagnostics) == 2
    with pytest.raises(neuro.NeuroError, match="'x'"):
        simulator.run({"x": samples["x"][:, :, :4]})
    with pytest.raises(neuro.NeuroError, match="nobody"):
        simulator.run(samples, probes=["nobody"])


def test_bad_binaries(compiled, tmp_path):
    with pytest.raises(neuro.NeuroError, match="NRB1"):
        neuro.Simulator(b"this is no binary")
    with pytest.raises(neuro.NeuroError):
        neuro.Simulator(compiled.bytes[: len(compiled.bytes) // 2])
    with pytest.raises(neuro.NeuroError, match="absent.nrb: cannot be read"):
        neuro.Simulator(tmp_path / "absent.nrb")


def test_from_a_file(compiled, decoder, tmp_path):
    compiled.save(tmp_path / "m.nrb")
    other = neuro.Simulator(tmp_path / "m.nrb")
    assert np.array_equal(other.run(decoder[1])["logits"], neuro.Simulator(compiled).run(decoder[1])["logits"])
