# Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Exports decoders in many spellings, converts each to nn, and compares the
evaluator's outputs with torch's."""

import argparse
import os
import subprocess
import sys

import numpy
import torch

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "..", "Import"))
import export_decoder

# Options of the exporter; a trailing `-> text` says how the model is refused.
MATRIX = """
--width 64 --layers 2 --heads 4
--width 32 --layers 1 --heads 1 --opset 13 --norm layer --act relu --mask add --qkv packed --positions
--width 32 --layers 1 --heads 8 --opset 14 --norm rms --act silu --mask fill --qkv split --scale div
--width 48 --layers 3 --heads 3 --opset 15 --norm rms-div --act gelu-tanh --mask buffer --qkv slices --scale query
--width 256 --layers 1 --heads 4 --opset 16 --norm layer-spelled --act gelu-pow --mask triu --qkv view --scale both --tokens 5
--width 32 --layers 6 --heads 2 --opset 11 --norm layer --act gelu --mask multiply --qkv view --tied --positions dynamic
--width 32 --layers 2 --heads 2 --window 3 --mask add --norm rms --gated separate --act silu --no-bias --positions sinus
--width 32 --layers 2 --heads 2 --window 5 --mask fill --gated packed --act gelu --qkv packed
--width 32 --layers 2 --heads 2 --score relu --mask multiply --scale none --act relu
--width 32 --layers 1 --heads 2 --score relu --mask add --window 4 --scale div --norm rms
--width 32 --layers 1 --heads 2 --input float --last gather --classes 5
--width 32 --layers 1 --heads 2 --input both --last slice --classes 5 --post-norm --dropout 0.1
--width 32 --layers 1 --heads 2 --input image --last gather --classes 5 --norm rms
--width 32 --layers 1 --heads 2 --input concat --classes 5
--width 32 --layers 1 --heads 4 --kv-heads 2 --act relu2 --opset 12
--width 32 --layers 1 --heads 4 --static --batch 2 --qkv view --mask where --tokens 7
--width 32 --layers 2 --heads 4 --qkv module --mask add --window 4 --opset 14
--width 32 --layers 1 --heads 4 --tokens 1 --static --qkv packed
--width 32 --layers 2 --heads 4 --norm rms-div --tied --post-norm
--width 32 --layers 1 --heads 4 --tokens 1 --static --batch 2 --last gather
--width 32 --layers 1 --heads 2 --tokens 1 --static --batch 3 --input image --norm rms
--width 32 --layers 2 --heads 4 --norm none --act relu --scale none --qkv slices --mask fill
"""


def run(command, **more):
    return subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, **more)


def compare(line, folder, number):
    path = os.path.join(folder, f"decoder{number}")
    o = export_decoder.options().parse_args(line.split() + ["--out", path + ".onnx"])
    model = export_decoder.build(o)
    export_decoder.export(o, model, o.out)
    arrays = export_decoder.inputs(o, o.batch if o.static else o.sequences)
    with torch.no_grad():
        expected = model(*arrays.values()).numpy()
    numpy.savez(path + ".npz", **{name: array.numpy() for name, array in arrays.items()})
    shapes = []
    if not o.static:
        for name, array in arrays.items():
            shapes += ["--shape", name + "=" + "x".join(map(str, (1,) + tuple(array.shape[1:])))]
    result = run(["neuro-translate", "--import-onnx", o.out] + shapes)
    if result.returncode == 0:
        result = run(["neuro-opt", "--onnx-to-nn"], input=result.stdout)
    if result.returncode:
        return result.stderr.decode()
    with open(path + ".mlir", "wb") as file:
        file.write(result.stdout)
    result = run(["neuro-translate", "--nn-evaluate", path + ".mlir", f"--input={path}.npz", f"--output={path}.out.npz"])
    if result.returncode:
        return result.stderr.decode()
    actual = numpy.load(path + ".out.npz")["logits"]
    if actual.shape != expected.shape:
        return f"shape {actual.shape}, expected {expected.shape}"
    error = numpy.abs(actual - expected).max() / max(1.0, numpy.abs(expected).max())
    return "" if error < 2e-5 else f"relative error {error:.3g}"


def main():
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument("folder")
    p.add_argument("--only", type=int)
    o = p.parse_args()
    os.makedirs(o.folder, exist_ok=True)
    bad = 0
    for number, line in enumerate(MATRIX.strip().splitlines()):
        if o.only is not None and number != o.only:
            continue
        problem = compare(line, o.folder, number)
        bad += bool(problem)
        print(f"{'FAILED' if problem else 'equal':6} {line}" + (f"\n  {problem}" if problem else ""))
    print(f"{bad} of {number + 1} decoders differ")
    sys.exit(bad != 0)


if __name__ == "__main__":
    main()
