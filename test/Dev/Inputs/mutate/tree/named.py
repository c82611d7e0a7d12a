# Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The test that the edits name."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent / "lib" / "Sum"))

from total import total  # noqa: E402

assert total(4) == 6
