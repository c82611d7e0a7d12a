# Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""All tests."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent / "lib" / "Sum"))

from total import largest  # noqa: E402

assert largest([]) == 0
