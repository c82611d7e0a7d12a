# Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Runs a command in less and less address space: it works, or says that memory is out and leaves with exit code 1.

  limits.py COMMAND...
"""

import resource
import subprocess
import sys

MIB = 1 << 20


def run(mebibytes, words=sys.argv[1:]):
    def limit():
        resource.setrlimit(resource.RLIMIT_AS, (mebibytes * MIB, mebibytes * MIB))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))

    return subprocess.run(words, capture_output=True, text=True, preexec_fn=limit, check=False, timeout=300)


def starts(mebibytes):
    """Whether main is reached, and does something: what comes before has its own messages and exit codes."""
    return run(mebibytes, [sys.argv[1], "--version"]).returncode == 0


# The least that the program starts with, and the least that it works with.
low, high = 1, 8192
while high - low > 1:
    middle = (low + high) // 2
    low, high = (low, middle) if starts(middle) else (middle, high)
first, low, high = high, high - 1, 8192
assert run(high).returncode == 0, run(high).stderr
while high - low > 1:
    middle = (low + high) // 2
    low, high = (low, middle) if run(middle).returncode == 0 else (middle, high)
enough, failures = high, 0
# The stack of a run that does more than print its version grows by less than this.
first += 1
limits = sorted({first + (enough - first) * i // 24 for i in range(25)} | {first + 1, first + 2, enough - 1})
for mebibytes in limits:
    done = run(mebibytes)
    # The loader of the system needs a little more in one run than in another.
    if done.returncode == 0 or "loading shared libraries" in done.stderr:
        continue
    failures += 1
    words = ("out of memory", "cannot start a thread", "Cannot allocate memory")
    assert done.returncode == 1, (mebibytes, done.returncode, done.stderr[-600:])
    assert any(word in done.stdout + done.stderr for word in words), (mebibytes, done.stderr[-600:])
print(f"starts with {first} MiB, works with {enough} MiB", file=sys.stderr)
print("every failure was said" if failures else "nothing failed")
