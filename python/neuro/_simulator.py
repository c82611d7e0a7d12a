# Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Run a chip binary."""

import collections.abc
import dataclasses
import json
import os

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
      stats: dict of counters: steps, spikes, synaptic_operations, ... and by layer.
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
