# Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Compiles networks written in the neuro dialect, and runs them with the built programs."""

import pathlib
import subprocess
import sys

import numpy as np

ROOT = pathlib.Path(__file__).resolve().parents[2]
BIN = next(
    (pathlib.Path(p).parent / "bin" for p in sys.path if (pathlib.Path(p).parent / "bin" / "neuro-opt").exists()),
    ROOT / "build" / "bin",
)


def call(*command):
    """What the command prints; it must succeed."""
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def lower(text, folder, schedule=""):
    """The network as loihi text; `schedule`: options of neuro-schedule."""
    (folder / "model.mlir").write_text(text)
    option = f"--neuro-schedule={schedule}" if schedule else "--neuro-schedule"
    return call(BIN / "neuro-opt", option, "--neuro-to-loihi", folder / "model.mlir")


def run_loihi(text, inputs, probes, folder, engine="fast"):
    """Outputs and what was probed, of the first sequence; inputs by port, [tokens, neurons]."""
    (folder / "model.loihi.mlir").write_text(text)
    call(BIN / "neuro-translate", "--emit-nrb", folder / "model.loihi.mlir", "-o", folder / "model.nrb")
    np.savez(folder / "in.npz", **{name: np.asarray([array], np.float32) for name, array in inputs.items()})
    command = [BIN / "neuro-run", folder / "model.nrb", "--input", folder / "in.npz", "--engine", engine, "--quiet"]
    command += ["--output", folder / "out.npz"]
    for name in probes:
        command += ["--probe", name]
    if probes:
        command += ["--probe-output", folder / "probes.npz"]
    call(*command)
    found = {}
    for name in ("out.npz", "probes.npz") if probes else ("out.npz",):
        with np.load(folder / name) as arrays:
            found.update({key: arrays[key][0] for key in arrays})
    return found


def run(text, inputs, probes, folder, engine="fast", schedule=""):
    return run_loihi(lower(text, folder, schedule), inputs, probes, folder, engine)
