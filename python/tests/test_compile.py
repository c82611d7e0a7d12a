# Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

import numpy as np
import pytest

import neuro


def test_compiled_in_memory(compiled):
    assert compiled.bytes[4:8] == b"NRB1"
    assert compiled.path is None
    assert compiled.summary["plastic_synapses"] > 0
    assert any("dw = -w*y0" in rule["text"] for rule in compiled.summary["rules"])
    assert [phase["name"] for phase in compiled.phases] == ["import", "nn", "quantise", "neuro", "loihi", "emit", "verify"]
    assert len(compiled.quantisation["layers"]) > 5
    assert "cores" in repr(compiled)


def test_compiled_to_a_file(decoder, compiled, tmp_path):
    model, samples = decoder
    other = neuro.compile(model, tmp_path / "m.nrb", calibration=samples, report=tmp_path / "r.html")
    assert other.path.read_bytes() == other.bytes == compiled.bytes
    assert "Where it lives" in (tmp_path / "r.html").read_text()
    other.save(tmp_path / "copy.nrb")
    assert (tmp_path / "copy.nrb").read_bytes() == other.bytes


def test_the_chip_is_compared(decoder, compiled):
    model, samples = decoder
    assert compiled.quantisation["speaks_of"] == "chip"
    assert compiled.quantisation["chip_equality"]["sequences"] == 1
    every = neuro.compile(model, calibration=samples, verify="all")
    assert every.bytes == compiled.bytes
    # One sequence more than calibration has, each time.
    one = compiled.quantisation["chip_equality"]["values"] / 2
    assert every.quantisation["chip_equality"]["values"] == 17 * one
    unchecked = neuro.compile(model, calibration=samples, verify="off")
    assert unchecked.bytes == compiled.bytes
    assert unchecked.quantisation["speaks_of"] == "quantised model"
    with pytest.raises(neuro.NeuroError, match="unknown extent 'some'"):
        neuro.compile(model, calibration=samples, verify="some")


def test_phases_are_text(decoder):
    model, samples = decoder
    assert "onnx.node" in neuro.compile(model, compile_to="onnx").text
    assert "nn.attention" in neuro.compile(model, compile_to="nn").text
    text = neuro.compile(model, compile_to="neuro", calibration=samples).text
    assert "neuro.plastic" in text and "2*x1*y0" in text
    assert neuro.compile(model, compile_to="loihi", calibration="random:1").bytes == b""


def test_progress_is_called(decoder):
    model, samples = decoder
    seen = []
    neuro.compile(model, calibration=samples, progress=lambda name, seconds, note: seen.append(name))
    assert seen[0] == "import" and seen[-1] == "verify"


def test_an_exception_of_the_callback_comes_through(decoder):
    def fail(*_):
        raise KeyError("mine")

    with pytest.raises(KeyError, match="mine"):
        neuro.compile(decoder[0], compile_to="nn", progress=fail)


def test_all_wrong_options_at_once():
    with pytest.raises(neuro.NeuroError) as caught:
        neuro.compile("absent.onnx", target="loihi9", schedule="soon", margin=0.1)
    messages = [d.message for d in caught.value.diagnostics]
    assert any("unknown target 'loihi9'" in m for m in messages)
    assert any("unknown schedule 'soon'" in m for m in messages)
    assert any("calibration-margin" in m for m in messages)


def test_missing_model():
    with pytest.raises(neuro.NeuroError, match="absent.onnx") as caught:
        neuro.compile("absent.onnx", calibration="random:0")
    assert caught.value.diagnostics[0].severity == "error"


def test_failure_writes_nothing(decoder, tmp_path):
    output = tmp_path / "m.nrb"
    output.write_text("kept")
    with pytest.raises(neuro.NeuroError, match="'x'"):
        neuro.compile(decoder[0], output, calibration={"x": np.zeros((2, 5, 9), np.float32)})
    assert output.read_text() == "kept"
    assert list(tmp_path.iterdir()) == [output]


def test_evaluate(decoder):
    model, samples = decoder
    real = neuro.evaluate(model, samples)["logits"]
    assert real.shape == (16, 5, 7) and real.dtype == np.float32
    rounded = neuro.evaluate(model, samples, "quantised", calibration=samples)["logits"]
    assert 0 < np.abs(real - rounded).max() < 0.2
    assert np.corrcoef(real.ravel(), rounded.ravel())[0, 1] > 0.999


def test_evaluate_errors(decoder):
    model, samples = decoder
    with pytest.raises(neuro.NeuroError, match="'x'"):
        neuro.evaluate(model, {"y": samples["x"]})
    with pytest.raises(neuro.NeuroError, match="calibration"):
        neuro.evaluate(model, samples, "quantised")
    with pytest.raises(ValueError, match="unknown mode"):
        neuro.evaluate(model, samples, "exact")
    with pytest.raises(TypeError, match="not supported"):
        neuro.evaluate(model, {"x": np.array(["a"])})


def test_supported_operators():
    lines = neuro.supported_operators()
    assert any("LayerNormalization" in line for line in lines)


def test_doctor(capsys):
    found = neuro.doctor()
    assert found["native module"] == ""
    assert "native module" in capsys.readouterr().out
