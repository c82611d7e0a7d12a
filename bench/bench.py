#!/usr/bin/python3
# Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Measures compiler and simulator on the bundled model, as a table and JSON.

For each episode length: seconds to compile, bytes of the binary, cores used,
timesteps per token (all steps by all tokens; the period is that of a long
sequence), tokens per second, synaptic operations per second, and the peak memory
of both programs. Seconds are those of whole processes. Inputs are generated, so
no data is needed.

Then the phase `nn`, from ONNX nodes to layers, of a decoder of 12 layers and 12
heads at several sequence lengths: its cost must not grow with their square.
"""

import argparse
import json
import os
import platform
import re
import statistics
import subprocess
import sys
import time
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
COLUMNS = [
    ("ways", "ways", "{}"),
    ("compile_seconds", "compile s", "{:.2f}"),
    ("binary_bytes", "binary bytes", "{:,}"),
    ("cores", "cores", "{}"),
    ("timesteps_per_token", "steps/token", "{:.2f}"),
    ("period", "period", "{}"),
    ("latency", "latency", "{}"),
    ("tokens_per_second", "tokens/s", "{:,.0f}"),
    ("synaptic_operations_per_second", "syn. ops/s", "{:.3g}"),
    ("compile_peak_mib", "compile MiB", "{:.0f}"),
    ("run_peak_mib", "run MiB", "{:.0f}"),
]
LAYER_COLUMNS = [
    ("tokens", "tokens", "{:,}"),
    ("width", "width", "{}"),
    ("model_mib", "model MiB", "{:.0f}"),
    ("nn_seconds", "onnx to nn s", "{:.2f}"),
    ("peak_mib", "peak MiB", "{:.0f}"),
]


def measured(command, log=None):
    """Runs a command; returns its seconds and its peak memory in MiB. What it says goes to the file `log`."""
    start = time.perf_counter()
    process = subprocess.Popen([str(part) for part in command], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    errors = process.stderr.read().decode(errors="replace")
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - start
    if log:
        log.write_text(errors)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        sys.exit(f"bench: {Path(command[0]).name} failed with exit code {process.returncode}:\n{errors.strip()}")
    return seconds, usage.ru_maxrss / 1024


def bench(options, ways):
    from neuro import episodes

    tools = options.build / "bin"
    work = options.build / "bench"
    calibration, inputs = work / f"calibration{ways}.npz", work / f"inputs{ways}.npz"
    binary, stats = work / f"fewshot{ways}.nrb", work / f"stats{ways}.json"
    for path, count, seed in ((calibration, 32, 1), (inputs, options.sequences, 2)):
        drawn = episodes.glyph_episodes(ways, count, seed, "background" if seed == 1 else "evaluation")
        np.savez(path, images=drawn["images"], labels=drawn["labels"])
    tokens = options.sequences * (ways + 1)

    compiler = [tools / "neuro-compile", options.model, "-o", binary, "--calibration", calibration]
    compiler += ["--shape", f"images=1x{ways + 1}x784", "--shape", f"labels=1x{ways + 1}", "--quiet"]
    simulator = [tools / "neuro-run", binary, "--input", inputs, "--output", work / f"outputs{ways}.npz"]
    simulator += ["--stats-json", stats, "--threads", options.threads, "--quiet"]
    compiled = [measured(compiler) for _ in range(options.repeats)]
    ran = [measured(simulator) for _ in range(options.repeats)]
    seconds = statistics.median(run[0] for run in ran)
    counters = json.loads(stats.read_text())
    operations = counters["total"]["synaptic_operations"]
    return {
        "ways": ways,
        "tokens": tokens,
        "threads": options.threads,
        "compile_seconds": statistics.median(run[0] for run in compiled),
        "compile_peak_mib": max(run[1] for run in compiled),
        "binary_bytes": binary.stat().st_size,
        "cores": counters["cores"],
        "run_seconds": seconds,
        "run_peak_mib": max(run[1] for run in ran),
        "timesteps_per_token": counters["timesteps"] / tokens,
        "period": counters["timesteps_per_token"],
        "latency": counters["latency_timesteps"],
        "tokens_per_second": tokens / seconds,
        "synaptic_operations": operations,
        "synaptic_operations_per_second": operations / seconds,
    }


def bench_layers(options, tokens, width):
    """Seconds and memory from a large decoder's ONNX nodes to its layers."""
    import make_decoder
    import onnx

    work = options.build / "bench"
    model, log = work / f"decoder{tokens}x{width}.onnx", work / "decoder.log"
    onnx.save(make_decoder.build(make_decoder.options().parse_args([str(model), f"--tokens={tokens}", f"--width={width}"])), model)
    seconds, peak = [], 0
    for _ in range(options.repeats):
        command = [options.build / "bin" / "neuro-compile", model, "--compile-to=nn", "-o", work / "decoder.mlir"]
        _, memory = measured(command, log)
        seconds.append(float(re.search(r"nn +([0-9.]+) s", log.read_text())[1]))
        peak = max(peak, memory)
    size = model.stat().st_size / 2**20
    model.unlink()
    return {"tokens": tokens, "width": width, "nn_seconds": statistics.median(seconds), "peak_mib": peak, "model_mib": size}


def table(rows, columns):
    cells = [[title for _, title, _ in columns]]
    cells += [[form.format(row[key]) for key, _, form in columns] for row in rows]
    widths = [max(len(line[i]) for line in cells) for i in range(len(columns))]
    return "\n".join("  ".join(cell.rjust(width) for cell, width in zip(line, widths)) for line in cells)


def main():
    parser = argparse.ArgumentParser(prog="./dev bench", description=__doc__.split("\n\n")[0])
    parser.add_argument("--build", type=Path, default=ROOT / "build", help="the build folder")
    parser.add_argument("--model", type=Path, default=ROOT / "models" / "fewshot.onnx", help="ONNX file (%(default)s)")
    parser.add_argument("--ways", type=int, nargs="+", default=[5, 20], help="classes per episode (5 20)")
    parser.add_argument("--sequences", type=int, default=200, help="episodes per run (%(default)s)")
    parser.add_argument("--repeats", type=int, default=3, help="runs, of which the median counts (%(default)s)")
    parser.add_argument("--threads", type=int, default=1, help="threads of the simulator (%(default)s)")
    parser.add_argument("--quick", action="store_true", help="20 episodes, one run")
    options = parser.parse_args()
    if options.quick:
        options.sequences, options.repeats = 20, 1
    if not options.model.exists():
        sys.exit(f"bench: {options.model} does not exist")
    work = options.build / "bench"
    work.mkdir(parents=True, exist_ok=True)
    rows = [bench(options, ways) for ways in options.ways]
    results = work / "results.json"
    machine = {"cores": os.cpu_count(), "architecture": platform.machine()}
    layers = [bench_layers(options, tokens, width) for tokens, width in ((256, 192), (1024, 192), (1024, 768))]
    report = {"model": options.model.name, "machine": machine, "results": rows, "onnx_to_nn": layers}
    results.write_text(json.dumps(report, indent=2) + "\n")
    print(table(rows, COLUMNS))
    print()
    print(table(layers, LAYER_COLUMNS))
    print(f"{options.sequences} episodes, median of {options.repeats}, {options.threads} thread(s); JSON in {results}")


if __name__ == "__main__":
    main()
