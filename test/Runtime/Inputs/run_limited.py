# Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Runs a command that may write files of 100 bytes at most."""

import resource
import signal
import subprocess
import sys


def limit():
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))


result = subprocess.run(sys.argv[1:], stderr=subprocess.PIPE, text=True, preexec_fn=limit, restore_signals=False)
print(result.stderr, end="")
print("exit code", result.returncode)
