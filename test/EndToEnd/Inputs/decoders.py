# Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Exports decoders by torch, compiles them, and compares the chip with torch.

usage: decoders.py FOLDER [--schedules] < LINES

Each line of standard input holds the options of test/Import/export_decoder.py,
then `=> X`: the least correlation of the chip's outputs with torch's. With
--schedules the fall-through schedule and another placement must give the same
bits. Every binary must survive the round trip.
"""

import os
import pathlib
import subprocess
import sys

import numpy as np
import torch

import neuro

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "Import"))
import export_decoder


def arrays_of(options, model, sequences, seed):
    torch.manual_seed(seed)
    tensors = export_decoder.inputs(options, sequences)
    with torch.no_grad():
        expected = model(*tensors.values()).numpy()
    return {name: tensor.numpy() for name, tensor in tensors.items()}, expected


def check(line, folder, number, schedules):
    words, _, least = line.partition("=>")
    onnx, nrb = folder / f"{number}.onnx", folder / f"{number}.nrb"
    options = export_decoder.options().parse_args(words.split() + ["--out", str(onnx)])
    model = export_decoder.build(options)
    export_decoder.export(options, model, str(onnx))
    samples, _ = arrays_of(options, model, 16, 1)
    inputs, expected = arrays_of(options, model, 6, 2)
    setting = {"calibration": samples}
    if not options.static:
        setting["shapes"] = {name: (1,) + array.shape[1:] for name, array in inputs.items()}
    compiled = neuro.compile(onnx, nrb, **setting)
    (name,) = [port.name for port in neuro.Simulator(compiled).outputs]
    chip = neuro.Simulator(compiled).run(inputs, threads=1)[name]
    assert chip.shape == expected.shape, f"shape {chip.shape}, expected {expected.shape}"
    correlation = float(np.corrcoef(chip.ravel(), expected.ravel())[0, 1])

    assert np.array_equal(neuro.Simulator(compiled).run(inputs, threads=2)[name], chip), "threads change the result"
    subprocess.run(["neuro-translate", "--test-nrb-roundtrip", str(nrb)], check=True, stdout=subprocess.DEVNULL)
    if schedules:
        for change in ({"schedule": "fall-through"}, {"placement": "reverse"}, {"placement": "scatter:7"}):
            other = neuro.compile(onnx, **setting, **change)
            assert np.array_equal(neuro.Simulator(other).run(inputs)[name], chip), f"{change} changes the result"
    verdict = "ok" if correlation >= float(least) else "TOO FAR"
    print(f"{verdict}  {correlation:.5f}  {len(compiled.summary['cores']):4} cores  {words.strip()}", flush=True)
    return correlation >= float(least)


def main():
    folder = pathlib.Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    torch.set_num_threads(1)
    failed = 0
    for number, line in enumerate(line for line in sys.stdin.read().splitlines() if "=>" in line):
        try:
            failed += not check(line, folder, number, "--schedules" in sys.argv)
        except (neuro.NeuroError, AssertionError, subprocess.CalledProcessError) as error:
            failed += 1
            print(f"FAILED  {line.strip()}\n  {str(error)[:2000]}", flush=True)
    print(f"{failed} failed")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
