#!/usr/bin/python3
# Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Says what this machine has, what is missing, and how to get it."""

import argparse
import importlib.util
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
USES = {
    "build": "to build",
    "test": "for ./dev test, demo and bench",
    "lint": "for ./dev lint",
    "tidy": "for ./dev lint --tidy",
    "fuzz": "for ./dev fuzz",
    "coverage": "for ./dev coverage",
    "optional": "for tests against PyTorch exports and for training; skipped without it",
}
GIB = 1 << 30


def packages():
    """(name, group) of every line of cmake/packages.txt."""
    for line in (ROOT / "cmake" / "packages.txt").read_text().splitlines():
        words = line.split("#")[0].split()
        if words:
            yield words[0], words[1] if len(words) > 1 else "build"


def installed(name):
    query = ["dpkg-query", "-W", "-f=${Status}|${Version}", name]
    try:
        answer = subprocess.run(query, capture_output=True, text=True, check=False).stdout
    except OSError:
        return None
    status, _, version = answer.partition("|")
    return version if status.endswith("ok installed") else None


def first_line(command):
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    except (OSError, subprocess.TimeoutExpired):
        return None
    lines = (done.stdout or done.stderr).strip().splitlines()
    return lines[0] if done.returncode == 0 and lines else None


def check(name, ok, found, required=True, remedy=None):
    return {"name": name, "ok": bool(ok), "required": required, "found": found, "remedy": None if ok else remedy}


def check_packages():
    for name, group in packages():
        version = installed(name)
        remedy = f"apt-get install -y --no-install-recommends {name}    ({USES.get(group, group)})"
        yield check(f"package {name}", version, version or "missing", group in ("build", "test"), remedy)


def check_tools():
    tools = {
        "cmake": ["cmake", "--version"],
        "ninja": ["ninja", "--version"],
        "g++": ["g++", "--version"],
        "ccache": ["ccache", "--version"],
        "flatc": ["flatc", "--version"],
        "mlir-tblgen": ["/usr/lib/llvm-22/bin/mlir-tblgen", "--version"],
        "lit": ["/usr/lib/llvm-22/bin/lit", "--version"],
    }
    for name, command in tools.items():
        answer = first_line(command)
        yield check(f"tool {name}", answer, answer or "does not run", True, "install the packages above")


def check_python():
    for module, group in (("numpy", "test"), ("onnx", "test"), ("pytest", "test"), ("matplotlib", "test"), ("torch", "optional")):
        found = importlib.util.find_spec(module)
        yield check(
            f"{sys.executable}: import {module}", found, "yes" if found else "no", group == "test",
            f"apt-get install -y --no-install-recommends python3-{module}",
        )


def check_machine(build):
    cores = os.cpu_count() or 1
    yield check("cores", True, str(cores))
    memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    yield check("memory", memory >= 4 * GIB, f"{memory / GIB:.1f} GiB", False, "4 GiB or more; else build with `ninja -C build -j1`")
    free = shutil.disk_usage(ROOT).free
    yield check("free disk", free >= 4 * GIB, f"{free / GIB:.1f} GiB", False, "free 4 GiB for the build folder")
    data = Path(os.environ.get("NEURO_DATA") or ROOT.parent / "shared" / "data")
    yield check("test data", data.is_dir(), str(data) if data.is_dir() else "none", False,
                "set NEURO_DATA to the data folder; tests that need it are skipped without it")
    ort = os.environ.get("ORT_LIB", "")
    yield check("ONNX Runtime", os.path.isfile(ort), ort or "none", False,
                "set ORT_LIB to libonnxruntime.so; tests that need it are skipped without it")
    tools = [name for name in ("neuro-opt", "neuro-compile", "neuro-run") if (build / "bin" / name).exists()]
    yield check("built tools", len(tools) == 3, ", ".join(tools) or "none", False, "./dev build")


def main():
    parser = argparse.ArgumentParser(prog="./dev doctor", description=__doc__)
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument("--build", type=Path, default=ROOT / "build", help="the build folder")
    options = parser.parse_args()

    checks = [*check_packages(), *check_tools(), *check_python(), *check_machine(options.build)]
    broken = [entry for entry in checks if entry["required"] and not entry["ok"]]
    lacking = [name for name, group in packages() if group in ("build", "test") and not installed(name)]
    install = "apt-get update && apt-get install -y --no-install-recommends " + " ".join(lacking) if lacking else None

    if options.json:
        print(json.dumps({"ok": not broken, "install": install, "checks": checks}, indent=2))
        return 1 if broken else 0

    for entry in checks:
        mark = "ok     " if entry["ok"] else "MISSING" if entry["required"] else "absent "
        print(f"{mark} {entry['name']}: {entry['found']}")
        if entry["remedy"]:
            print(f"        -> {entry['remedy']}")
    print()
    if install:
        print(f"To install all that is missing, as root:\n  {install}\n(./dev build and ./dev test do it themselves.)")
    print("not ready" if broken else "ready")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
