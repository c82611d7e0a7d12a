# Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Compile a model, and evaluate it on the host."""

import contextlib
import json
import os
import pathlib
import tempfile

import numpy as np

from . import _errors


class Compiled:
    """A compiled model.

    Attributes:
      bytes: the binary (.nrb), or b'' when an earlier phase was asked for.
      path: pathlib.Path of the binary, or None when no output was named.
      text: the IR, when compile_to is not 'nrb'.
      summary: dict: neurons, synapses, cores, ports, rules, timing of the binary.
      quantisation: dict: error of every layer; 'speaks_of' says whether of the
        chip or of the quantised model only.
      phases: list of dict with name, seconds, note.
      warnings: list of neuro.Diagnostic.
    """

    def __init__(self, binary, path, text, report, warnings):
        self.bytes = binary
        self.path = path
        self.text = text
        self.summary = report.get("summary") or {}
        self.quantisation = report.get("quantisation") or {}
        self.phases = report.get("phases", [])
        self.warnings = warnings

    def save(self, path):
        """Write the binary to a file.

        Raises:
          OSError: the file cannot be written.
        """
        pathlib.Path(path).write_bytes(self.bytes)

    def __repr__(self):
        cores = len(self.summary.get("cores", ()))
        return f"<neuro.Compiled: {len(self.bytes)} bytes, {cores} cores>"


@contextlib.contextmanager
def _arrays_file(arrays):
    """A path for the compiler: the path itself, or arrays in a temporary file."""
    if arrays is None or isinstance(arrays, (str, os.PathLike)):
        yield None if arrays is None else os.fspath(arrays)
        return
    with tempfile.TemporaryDirectory(prefix="neuro-") as folder:
        path = os.path.join(folder, "arrays.npz")
        np.savez(path, **{name: np.asarray(value) for name, value in arrays.items()})
        yield path


def _arguments(model, calibration, shapes, options):
    arguments = [os.fspath(model)]
    if calibration is not None:
        arguments.append(f"--calibration={calibration}")
    for name, shape in (shapes or {}).items():
        arguments.append(f"--shape={name}=" + "x".join(str(int(n)) for n in shape))
    for name, value in options.items():
        if value is True:
            arguments.append(name)
        elif value is not None and value is not False:
            arguments.append(f"{name}={os.fspath(value) if isinstance(value, os.PathLike) else value}")
    return arguments


def compile(
    model,
    output=None,
    *,
    calibration=None,
    shapes=None,
    compile_to="nrb",
    target="loihi2",
    schedule="pipelined",
    placement="linear",
    chips=None,
    margin=None,
    seed=None,
    verify=None,
    report=None,
    print_weights=False,
    progress=None,
):
    """Compile an ONNX decoder-only transformer.

    Args:
      model: path of the ONNX file.
      output: path of the binary to write; None keeps it in memory.
      calibration: sample inputs from which integer ranges are taken: a dict of
        arrays by ONNX input name, each [sequences, ...] in the input's dtype;
        or the path of such an .npz; or 'random:SEED', for tests.
      shapes: dict of ONNX input name to a tuple of extents; binds dimensions
        that the file leaves open (or chooses another sequence length).
      compile_to: 'onnx', 'nn', 'neuro', 'loihi' (IR in .text) or 'nrb'.
      target: 'loihi2', 'loihi2-128' or 'unbounded'.
      schedule: 'pipelined' or 'fall-through'.
      placement: 'linear', 'reverse' or 'scatter:SEED'; changes no result.
      chips: the most chips to use; None for as many as a system can have.
      margin: room above the largest calibrated value, a factor (1.05).
      seed: key of the chip's random numbers.
      verify: how much calibration data runs on the simulated chip, which must
        give the quantised model's integers in every layer: 'sample' (one
        sequence in bounded time, the default), 'all' or 'off'.
      report: path of an HTML page to write.
      print_weights: put large constants into .text.
      progress: called with (phase name, seconds, note) after each phase.

    Returns:
      Compiled.

    Raises:
      NeuroError: the model cannot be compiled, an option is wrong, or the chip
        differs from the quantised model.
    """
    native = _errors.native()
    with tempfile.TemporaryDirectory(prefix="neuro-") as folder, _arrays_file(calibration) as samples:
        path = pathlib.Path(output) if output is not None else pathlib.Path(folder, "out")
        arguments = _arguments(
            model,
            samples,
            shapes,
            {
                "--compile-to": compile_to,
                "--target": target,
                "--schedule": schedule,
                "--placement": placement,
                "--chips": chips,
                "--calibration-margin": margin,
                "--seed": seed,
                "--verify": verify,
                "--report": report,
                "--print-weights": print_weights,
            },
        )
        arguments += ["-o", str(path)]
        result = json.loads(native.compile(arguments, progress or (lambda *_: None)))
        diagnostics = _errors.from_dicts(result["diagnostics"])
        if not result["ok"]:
            _errors.raise_errors(diagnostics, "compilation")
        data = path.read_bytes()
    is_binary = compile_to == "nrb"
    return Compiled(
        data if is_binary else b"",
        path if output is not None else None,
        "" if is_binary else data.decode(),
        result,
        diagnostics,
    )


def evaluate(model, inputs, mode="float", *, calibration=None, shapes=None, margin=None, progress=None):
    """Run an ONNX model on the host.

    Args:
      model: path of the ONNX file.
      inputs: dict of arrays by ONNX input name, each [sequences, ...].
      mode: 'float' (float32), or 'quantised': rounded to the integers that the
        chip would use, which needs `calibration`.
      calibration, shapes, margin: as for compile.
      progress: called with (sequences done, sequences in all).

    Returns:
      dict of float32 arrays by ONNX output name, each [sequences, ...].

    Raises:
      NeuroError: the model cannot be evaluated, or an array does not fit.
    """
    if mode not in ("float", "quantised"):
        raise NeuroModeError(mode)
    native = _errors.native()
    with _arrays_file(calibration) as samples:
        arguments = _arguments(model, samples, shapes, {"--calibration-margin": margin})
        arrays = {name: np.ascontiguousarray(value) for name, value in inputs.items()}
        text, outputs = native.evaluate(arguments, arrays, mode == "quantised", progress or (lambda *_: None))
    result = json.loads(text)
    if not result["ok"]:
        _errors.raise_errors(_errors.from_dicts(result["diagnostics"]), "evaluation")
    return outputs


class NeuroModeError(_errors.NeuroError, ValueError):
    """An unknown mode of evaluation."""

    def __init__(self, mode):
        super().__init__(f"unknown mode {mode!r}; there are 'float' and 'quantised'")


def supported_operators():
    """The ONNX operators that can be compiled.

    Returns:
      list of str, one line per operator with its versions and limits.

    Raises:
      NeuroError: the native module is not built.
    """
    return _errors.native().supported_operators().splitlines()
