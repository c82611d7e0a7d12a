# Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What of the Python package's surroundings is there."""

import importlib
import importlib.util
import os

__all__ = ["doctor"]

_MODULES = {
    "numpy": "needed by everything: apt-get install python3-numpy",
    "matplotlib": "needed by neuro.plot: apt-get install python3-matplotlib",
    "onnx": "needed by tests: apt-get install python3-onnx",
    "torch": "needed to train models: apt-get install python3-torch",
}


def doctor(show=True):
    """Check the package's surroundings.

    Args:
      show: print one line per item.

    Returns:
      dict of name to '' (there) or what to do.

    Raises:
      nothing.
    """
    found = {}
    for name, remedy in _MODULES.items():
        found[name] = "" if importlib.util.find_spec(name) else remedy
    try:
        importlib.import_module("neuro._neuro")
        found["native module"] = ""
    except ImportError as error:
        found["native module"] = f"./dev build, then PYTHONPATH=build/python ({error})"
    try:
        from .episodes import find_omniglot

        find_omniglot()
        found["Omniglot"] = ""
    except FileNotFoundError as error:
        found["Omniglot"] = str(error)
    runtime = os.environ.get("ORT_LIB", "")
    found["ONNX Runtime"] = "" if os.path.isfile(runtime) else (
        "optional reference: set ORT_LIB to libonnxruntime.so of the npm package onnxruntime-node"
    )
    if show:
        for name, remedy in found.items():
            print(f"{'ok     ' if not remedy else 'missing'} {name}{': ' + remedy if remedy else ''}")
    return found


if __name__ == "__main__":
    doctor()
