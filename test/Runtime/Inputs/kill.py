# Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Stops runs at random moments while they write, and looks at what is left.

  kill.py ROUNDS SIGNAL

Two runs, A and B, write the same four files in turn. Whatever the moment, the files are of one run, or readers refuse
them; nothing else is left, or it goes with the next run.
"""

import os
import pathlib
import random
import signal
import subprocess
import sys
import time

import numpy as np

rounds, number = int(sys.argv[1]), getattr(signal, sys.argv[2])
FILES = {"--output": "o.npz", "--save-state": "s.nrs", "--probe-output": "p.npz", "--stats-json": "j.json"}
# Large enough that writing takes a good part of the run.
for name, value in (("A", 1), ("B", 2)):
    np.savez(f"{name}.npz", x=np.full((20000, 3, 2), value, "f4"), id=np.tile([[0, 1, 0]], (20000, 1)))


def command(name):
    words = ["neuro-run", "echo.nrb", "--input", f"{name}.npz", "--quiet", "--probe", "echo", "--probe", "memory:state"]
    return words + [word for pair in FILES.items() for word in pair]


def contents():
    """The stable part of every file; j.json holds times."""
    return {path: b"" if path == "j.json" else pathlib.Path(path).read_bytes() for path in FILES.values()}


def leftovers():
    return [name for name in os.listdir() if "neuro-" in name]


whole = {}
for name in "BA":
    begin = time.monotonic()
    subprocess.run(command(name), check=True)
    seconds = time.monotonic() - begin
    whole[name] = contents()
for path in ("o.npz", "s.nrs", "p.npz"):
    assert whole["A"][path] != whole["B"][path], path

stopped, seen = 0, {"A": 0, "B": 0}
for i in range(rounds):
    # Who started this may ignore the signal, which would be inherited.
    reset = None if number == signal.SIGKILL else lambda: signal.signal(number, signal.SIG_DFL)
    process = subprocess.Popen(command("AB"[i % 2]), stderr=subprocess.PIPE, text=True, preexec_fn=reset)
    time.sleep(random.uniform(0, 1.1 * seconds))
    process.send_signal(number)
    message = process.communicate()[1]
    assert process.returncode in (0, -number), (process.returncode, message)
    stopped += process.returncode != 0
    left = leftovers()
    if any("unfinished" in name for name in left):
        # Not of one run, perhaps; then whoever reads them is told.
        read = subprocess.run(["neuro-run", "echo.nrb", "--input", "A.npz", "--load-state", "s.nrs"], capture_output=True, text=True, check=False)
        assert read.returncode == 1 and "was stopped while it replaced" in read.stderr, read.stderr
        continue
    assert number == signal.SIGKILL or not left, left
    now = contents()
    (owner,) = [name for name in whole if whole[name] == now] or [None]
    assert owner, f"round {i}: files of different runs"
    seen[owner] += 1

subprocess.run(command("A"), check=True)
assert contents() == whole["A"] and not leftovers(), leftovers()
assert stopped > 0
print(f"{stopped} of {rounds} runs stopped, every set whole; nothing left", file=sys.stderr)
print("every set whole")
