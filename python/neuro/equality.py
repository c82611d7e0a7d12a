# Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Compares the chip with its quantised model, every element of every layer.

`python3 -m neuro.equality --count 200` makes 200 random decoders, compiles each
with `verify="all"`, which compares every value that the chip holds with the
quantised evaluator's, and then runs the binary once more to compare the outputs
with those of `neuro.evaluate`. Models of your own: `--model FILE.onnx [--samples
FILE.npz]`. Prints a line per model, and sums.
"""

import argparse
import pathlib
import sys
import tempfile
import time
import warnings

import numpy as np

import neuro


def beyond(samples):
    """Inputs that calibration has not seen: many values must be limited."""
    rng = np.random.default_rng(0)
    other = {}
    for name, array in samples.items():
        if array.dtype.kind == "f":
            # Tokens of very unequal size, a few with a single large element.
            sizes = np.exp(3 * rng.normal(size=array.shape[:2] + (1,) * (array.ndim - 2)))
            other[name] = (array * sizes * rng.choice([0, 1, 1, -1, 9], array.shape)).astype(array.dtype)
        else:
            other[name] = rng.permuted(array, axis=1)
    return other


def compare_outputs(model, compiled, samples, inputs, shapes):
    """Raises NeuroError where the chip's outputs are not the quantised model's."""
    expected = neuro.evaluate(model, inputs, "quantised", calibration=samples, shapes=shapes)
    with warnings.catch_warnings():
        # Limited values are wanted here.
        warnings.simplefilter("ignore", neuro.NeuroWarning)
        outputs = neuro.Simulator(compiled).run(inputs)
    for name, chip in outputs.items():
        differs = np.argwhere(expected[name] != chip)
        if len(differs):
            where = tuple(int(i) for i in differs[0])
            raise neuro.NeuroError(f"output '{name}' differs at {where}: expected {expected[name][where]}, got {chip[where]}")


def compare(model, samples, **options):
    """Compiles, compares everything, and runs the binary.

    Returns:
      (layers, elements) that are equal.

    Raises:
      NeuroError: the model cannot be compiled, or something differs.
    """
    compiled = neuro.compile(model, calibration=samples, verify="all", **options)
    equal = compiled.quantisation["chip_equality"]
    if isinstance(samples, dict):
        compare_outputs(model, compiled, samples, samples, options.get("shapes"))
        compare_outputs(model, compiled, samples, beyond(samples), options.get("shapes"))
    return equal["layers"], equal["values"]


def models(options, folder):
    """(name, path, samples, options of compile) of everything to compare."""
    for path in options.model:
        samples = options.samples or "random:0"
        if options.samples:
            with np.load(options.samples) as arrays:
                samples = dict(arrays)
        shapes = dict(word.rsplit("=", 1) for word in options.shape)
        shapes = {name: tuple(int(n) for n in text.split("x")) for name, text in shapes.items()}
        yield path, path, samples, {"shapes": shapes}
    if not options.count:
        return
    from . import random_decoders

    for seed in range(options.seed, options.seed + options.count):
        shape = random_decoders.random_shape(seed)
        path = pathlib.Path(folder, f"{seed}.onnx")
        samples = random_decoders.write(shape, path)
        yield str(shape), path, samples, {"schedule": shape.schedule, "target": "unbounded"}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=0, help="random decoders")
    parser.add_argument("--seed", type=int, default=0, help="number of the first of them")
    parser.add_argument("--model", action="append", default=[], help="an ONNX file; repeatable")
    parser.add_argument("--samples", help="inputs of --model (.npz); default: random ones")
    parser.add_argument("--shape", action="append", default=[], help="NAME=AxBxC of --model; repeatable")
    parser.add_argument("--keep", help="keep the decoders in this folder")
    parser.add_argument("--quiet", action="store_true", help="print only what differs, and the sums")
    options = parser.parse_args()
    if not options.count and not options.model:
        parser.error("nothing to compare: give --count or --model")
    begin, sums = time.time(), np.zeros(4, np.int64)  # models, layers, elements, failures
    with tempfile.TemporaryDirectory(prefix="neuro-") as folder:
        if options.keep:
            pathlib.Path(options.keep).mkdir(parents=True, exist_ok=True)
        for name, path, samples, setting in models(options, options.keep or folder):
            start = time.time()
            try:
                layers, elements = compare(path, samples, **setting)
            except neuro.NeuroError as error:
                sums[3] += 1
                kind = "DIFFERS" if "differ" in str(error) else "REFUSED"
                print(f"{kind}  {name}\n  {error}", flush=True)
                continue
            sums += (1, layers, elements, 0)
            if not options.quiet:
                print(f"equal  {layers:3} layers  {elements:10,} elements  {time.time() - start:6.1f} s  {name}", flush=True)
    count, layers, elements, failures = (int(n) for n in sums)
    print(
        f"{count:,} models, {layers:,} layers, {elements:,} elements equal; "
        f"{failures:,} models differ or are refused; {time.time() - begin:.0f} s"
    )
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
