# Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Run a chip binary."""

import collections.abc
import dataclasses
import json
import os
import warnings

import numpy as np

from . import _errors


@dataclasses.dataclass(frozen=True)
class Port:
    """An input or output of a binary.

    Attributes:
      name: of the ONNX input or output.
      dtype: 'float32', 'int64' or 'int32'.
      shape: tuple of int; axis 0 is the batch of sequences.
    """

    name: str
    dtype: str
    shape: tuple


class Result(collections.abc.Mapping):
    """Outputs of a run: a read-only dict of float32 arrays [sequences, ...].

    Attributes:
      probes: dict of probe text to array.
      stats: dict of counters: steps, spikes, synaptic_operations, ... and by layer;
        'warnings' is a list of str, empty when nothing was clipped or wrapped.
    """

    def __init__(self, outputs, probes, stats):
        self._outputs = outputs
        self.probes = probes
        self.stats = stats

    def __getitem__(self, name):
        return self._outputs[name]

    def __iter__(self):
        return iter(self._outputs)

    def __len__(self):
        return len(self._outputs)

    def __repr__(self):
        shapes = ", ".join(f"{name}: {list(value.shape)}" for name, value in self._outputs.items())
        return f"<neuro.Result {shapes}>"


class Simulator:
    """A loaded binary.

    Args:
      binary: Compiled, bytes of an .nrb, or the path of one.

    Attributes:
      inputs, outputs: lists of Port.
      sources: list of dict with name and op, the layers of the model.
      groups: list of dict, the runs of neurons; probes take their names.
        worst_case_cycles: instructions of one update at most.
      period: steps between two tokens; latency: steps to the last output.
      max_tokens: longest sequence, 0 for any.

    Raises:
      NeuroError: not a binary, truncated, of another version, or not valid;
        .diagnostics lists every problem.
    """

    def __init__(self, binary):
        native = _errors.native()
        if isinstance(binary, (str, os.PathLike)):
            name = os.fspath(binary)
            try:
                with open(binary, "rb") as file:
                    data = file.read()
            except OSError as error:
                raise _errors.NeuroError(
                    f"{name}: cannot be read: {error.strerror}",
                    [_errors.Diagnostic("error", f"cannot be read: {error.strerror}", name)],
                ) from error
        else:
            data = binary if isinstance(binary, (bytes, bytearray)) else binary.bytes
            name = "binary"
        self._native = native.Simulator(bytes(data), name)
        _check(self._native.errors())
        about = json.loads(self._native.describe())
        self.inputs = [_port(entry) for entry in about["inputs"] if entry["kind"] != "tick"]
        self.outputs = [_port(entry) for entry in about["outputs"]]
        self.sources = about["sources"]
        self.groups = about["groups"]
        self.period = about["period"]
        self.latency = about["latency"]
        self.max_tokens = about["max_tokens"]

    def run(
        self,
        inputs,
        *,
        learning=True,
        threads=0,
        probes=(),
        reference=False,
        tokens=0,
        progress=None,
        strict=False,
    ):
        """Run a batch of sequences, each from reset.

        Args:
          inputs: dict of arrays by name, each [sequences, ...] as in .inputs;
            float32 values, int64 or int32 token ids.
          learning: False keeps the plastic synapses at their initial weights.
          threads: 0 for one per processor. No effect on any result.
          probes: list of 'NAME' or 'NAME:KIND', NAME a group or a source, KIND
            one of spikes, state, dendrites, synapses, traces (after every
            step), weights (after every token), trace (of PROBE).
          reference: use the slow, plain engine.
          tokens: length of a sequence for a model without arrays to feed.
          progress: called with (sequences done, sequences in all).
          strict: raise an error, instead of giving a NeuroWarning, when inputs
            were clipped or values saturated or wrapped.

        Returns:
          Result. Probes by name: NAME.spikes int32 payloads and NAME.fired bool
          [sequences, steps, neurons]; NAME.state.FIELD int32, after the step;
          NAME.dK.weights int16 [sequences, tokens, post, pre], after the token,
          in units of the effective weight; NAME.trace int64 rows (sequence,
          step, neuron, value); NAME.dK.dendrite int32 [sequences, steps,
          neurons], what the program found; NAME.dK.w, .d, .t int16
          [sequences, steps, post, pre]; NAME.dK.x1, .x2 uint8 [sequences,
          steps, pre] and NAME.dK.y1, .y2, .y3 uint8 [sequences, steps, post],
          after the step.

        Raises:
          NeuroError: an array is missing or has the wrong shape or dtype, an
            id is out of range, or there is no such probe; with `strict`, values
            were clipped.
        """
        errors, outputs, recorded, stats = self._native.run(
            inputs={name: np.ascontiguousarray(value) for name, value in inputs.items()},
            learning=bool(learning),
            reference=bool(reference),
            threads=int(threads),
            tokens=int(tokens),
            probes=[str(probe) for probe in probes],
            progress=progress,
        )
        _check(errors)
        result = Result(outputs, recorded, json.loads(stats))
        for text in result.stats["warnings"]:
            if strict:
                _check(text + " (strict=True)")
            warnings.warn(text, _errors.NeuroWarning, stacklevel=2)
        return result

    def __repr__(self):
        ports = ", ".join(port.name for port in self.inputs)
        return f"<neuro.Simulator {ports} -> {', '.join(port.name for port in self.outputs)}>"


def _port(entry):
    return Port(entry["name"], entry["dtype"], tuple(entry["shape"]))


def _check(errors):
    if errors:
        lines = errors.strip().splitlines()
        raise _errors.NeuroError(errors.strip(), [_errors.Diagnostic("error", text) for text in lines])
