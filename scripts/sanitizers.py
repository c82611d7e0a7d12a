# Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What programs need around a build with sanitizers."""

import re
import subprocess
from pathlib import Path


def environment(build):
    """Variables for tests that use Python or MLIR with the build in this folder; {} for a build without AddressSanitizer.

    The distribution's MLIR is not instrumented: it neither frees at exit nor
    unpoisons what its inlined allocators poison. The distribution's Python is
    not either: the module it loads needs the sanitizer before all else, and the
    library whose exceptions the sanitizer looks for.
    """
    cache = Path(build) / "CMakeCache.txt"
    text = cache.read_text(errors="replace") if cache.exists() else ""
    if not re.search(r"^NEURO_SANITIZE:STRING=.*\baddress\b", text, re.MULTILINE):
        return {}
    compiler = re.search(r"^CMAKE_CXX_COMPILER:\w+=(.+)$", text, re.MULTILINE)[1]
    libraries = [
        subprocess.run([compiler, f"-print-file-name={name}"], capture_output=True, text=True, check=True).stdout.strip()
        for name in ("libasan.so", "libstdc++.so")
    ]
    return {"ASAN_OPTIONS": "detect_leaks=0:allow_user_poisoning=0", "LD_PRELOAD": " ".join(libraries)}
