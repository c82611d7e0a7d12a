# Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Runs the examples at the end of a tool's help, on episodes of the lengths that they name."""

import shlex
import subprocess
import sys

import numpy

from neuro import episodes

for name, ways in (("episodes", 5), ("e", 20)):
    e = episodes.glyph_episodes(ways, 2, seed=1, split="background")
    numpy.savez(name + ".npz", images=e["images"], labels=e["labels"])
text = subprocess.run([sys.argv[1], "--help"], capture_output=True, text=True, check=True).stdout
examples = [line.strip() for line in text.split("examples:")[1].splitlines() if line.startswith("  ")]
assert examples, text
for example in examples:
    process = subprocess.run(shlex.split(example), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    print(f"{example}: exit code {process.returncode}")
    if process.returncode:
        print(process.stderr)
