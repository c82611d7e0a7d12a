# Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Compile a transformer for a simulated neuromorphic chip, and run it.

  import neuro

  compiled = neuro.compile("models/fewshot.onnx", calibration={"images": i, "labels": l})
  simulator = neuro.Simulator(compiled)
  result = simulator.run({"images": i, "labels": l})
  result["logits"]                 # float32 [sequences, 20]

compile     ONNX to a chip binary
evaluate    run the ONNX model on the host, in floating point or in integers
Simulator   run a chip binary, bit for bit
plot        figures (matplotlib)
episodes    few-shot episodes; glyphs: drawings made by a generator
doctor      what is missing on this machine

Errors are NeuroError, with the list of diagnostics. Values that were clipped in
a run give a NeuroWarning, or with strict=True a NeuroError.
"""

import importlib

from ._compile import Compiled, compile, evaluate, supported_operators
from ._errors import Diagnostic, NeuroError, NeuroWarning
from ._simulator import Port, Result, Simulator
from .doctor import doctor

__all__ = [
    "Compiled",
    "Diagnostic",
    "NeuroError",
    "NeuroWarning",
    "Port",
    "Result",
    "Simulator",
    "compile",
    "doctor",
    "episodes",
    "evaluate",
    "glyphs",
    "plot",
    "supported_operators",
]

__version__ = "1.0.0"


def __getattr__(name):
    if name in ("episodes", "glyphs", "plot"):
        return importlib.import_module(f"{__name__}.{name}")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
