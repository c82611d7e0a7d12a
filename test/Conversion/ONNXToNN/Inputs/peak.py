# Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Runs a command, and fails if its peak memory is above a limit: MIB COMMAND..."""

import resource
import subprocess
import sys

limit, command = float(sys.argv[1]), sys.argv[2:]
code = subprocess.run(command).returncode
peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
if code:
    sys.exit(code)
if peak > limit:
    sys.exit(f"{command[0]} took {peak:.0f} MiB, more than {limit:.0f}")
