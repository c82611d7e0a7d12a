# Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Evaluates an nn function on the arrays `in:NAME` of an npz, and compares with
its arrays `out:NAME`."""

import subprocess
import sys

import numpy

function, path = sys.argv[1:]
arrays = numpy.load(path)
numpy.savez("in.npz", **{name[3:]: array for name, array in arrays.items() if name.startswith("in:")})
subprocess.run(["neuro-translate", "--nn-evaluate", function, "--input=in.npz", "--output=out.npz"], check=True)
actual = numpy.load("out.npz")
for name, expected in arrays.items():
    if name.startswith("out:"):
        error = numpy.abs(actual[name[4:]] - expected).max()
        print(f"{name[4:]}: " + ("equal" if error < 1e-5 else f"differs by {error}"))
