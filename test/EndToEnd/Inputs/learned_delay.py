# Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Six trials of models/learning/learned_delay.mlir: "early" speaks, "late" three steps later."""

import subprocess
import sys

import numpy as np

model, engine = sys.argv[1:]
early, late = np.zeros((1, 60, 1), np.float32), np.zeros((1, 60, 1), np.float32)
early[0, 0::10], late[0, 3::10] = 1, 1


def run(begin, end, *more):
    np.savez("in.npz", early=early[:, begin:end], late=late[:, begin:end])
    command = ["neuro-run", model, "--input", "in.npz", "--output", "out.npz", "--engine", engine, "--quiet", *more]
    subprocess.run(command, check=True)
    return np.load("out.npz")["met"][0, :, 0]


def steps(array):
    return " ".join(str(step) for step in np.flatnonzero(array))


probes = ["--probe", "detector", "--probe", "detector:synapses", "--probe", "detector:dendrites"]
whole = run(0, 60, *probes, "--probe-output", "probes.npz")
shown = np.load("probes.npz")
print("delay after each trial:", *shown["detector.d0.d"][0, 9::10, 0, 0])
print("the first spike arrives in steps", steps(shown["detector.d0.dendrite"][0, :, 0]))
print("the detector fires in steps", steps(shown["detector.fired"][0, :, 0]))
# In step 31 the spike of the fourth trial is in the synapse.
parts = [run(0, 32, "--save-state", "half.nrs"), run(32, 60, "--load-state", "half.nrs")]
print("resumed in the middle:", "equal" if np.array_equal(np.concatenate(parts), whole) else "different")
