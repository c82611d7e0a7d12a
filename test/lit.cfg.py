# Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""lit: which files are tests, where the tools are, which features exist.

Features a test may require:
  shared-data   the data folder (../shared/data or $NEURO_DATA); path: %data
  onnxruntime   $ORT_LIB names ONNX Runtime's library, or scripts/fetch_onnxruntime.sh was run
  torch         /usr/bin/python3 can import torch
  onnx-python   /usr/bin/python3 can import onnx and numpy
  neuro-python  the native module of the Python package is built
  slow          not a quick run (./dev test --quick leaves these out)
  asan, ubsan   a build with that sanitizer
"""

import glob
import os
import subprocess
import sys

import lit.formats

config.name = "neuro"
config.test_format = lit.formats.ShTest(execute_external=False)
config.suffixes = [".mlir", ".test"]
config.excludes = ["Inputs", "Unit", "CMakeLists.txt", "lit.cfg.py"]
config.test_source_root = os.path.join(config.neuro_src_root, "test")
config.test_exec_root = os.path.join(config.neuro_obj_root, "test")

python = "/usr/bin/python3"
bin_dir = os.path.join(config.neuro_obj_root, "bin")
python_path = os.pathsep.join(
    [os.path.join(config.neuro_obj_root, "python"), os.path.join(config.neuro_src_root, "python")]
)
config.environment["PATH"] = os.pathsep.join(
    [bin_dir, config.llvm_tools_dir, os.environ.get("PATH", "/usr/bin:/bin")]
)
config.environment["PYTHONPATH"] = python_path
config.environment["PYTHONDONTWRITEBYTECODE"] = "1"
for name in ("HOME", "ORT_LIB", "ASAN_OPTIONS", "UBSAN_OPTIONS", "OMP_NUM_THREADS"):
    if name in os.environ:
        config.environment[name] = os.environ[name]

for tool in ("opt", "translate", "compile", "run", "lsp-server"):
    config.substitutions.append((rf"%neuro-{tool}\b", os.path.join(bin_dir, f"neuro-{tool}")))
config.substitutions += [
    ("%python", python),
    ("%src", config.neuro_src_root),
    ("%build", config.neuro_obj_root),
    ("%models", os.path.join(config.neuro_src_root, "models")),
]

data = os.environ.get("NEURO_DATA") or os.path.join(os.path.dirname(config.neuro_src_root), "shared", "data")
if os.path.isdir(data):
    config.available_features.add("shared-data")
    config.environment["NEURO_DATA"] = data
    config.substitutions.append(("%data", data))
ort_pattern = "onnxruntime/node_modules/onnxruntime-node/bin/napi-*/linux/*/libonnxruntime.so.1"
ort_fetched = sorted(glob.glob(os.path.join(config.neuro_obj_root, ort_pattern)))
ort_library = os.environ.get("ORT_LIB") or (ort_fetched[-1] if ort_fetched else "")
if os.path.isfile(ort_library):
    config.available_features.add("onnxruntime")
    config.environment["ORT_LIB"] = ort_library


def imports(module):
    command = [python, "-c", f"import importlib.util, sys; sys.exit(not importlib.util.find_spec('{module}'))"]
    return subprocess.run(command, stderr=subprocess.DEVNULL).returncode == 0


if imports("torch"):
    config.available_features.add("torch")
if imports("onnx") and imports("numpy"):
    config.available_features.add("onnx-python")
if glob.glob(os.path.join(config.neuro_obj_root, "python", "**", "*.so"), recursive=True):
    config.available_features.add("neuro-python")
if not lit_config.params.get("quick"):
    config.available_features.add("slow")
if "address" in config.neuro_sanitize:
    config.available_features.add("asan")
    sys.path.insert(0, os.path.join(config.neuro_src_root, "scripts"))
    import sanitizers

    config.environment = {**sanitizers.environment(config.neuro_obj_root), **config.environment}
if "undefined" in config.neuro_sanitize:
    config.available_features.add("ubsan")
