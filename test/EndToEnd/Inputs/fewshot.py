# Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The bundled model on generated glyphs: the chip against floating point, and
what is left of it when learning is off. Needs no data."""

import sys

import numpy as np

import neuro
from neuro import episodes

MODEL = sys.argv[1]
SHAPES = {"images": (1, 6, 784), "labels": (1, 6)}


def feed(task):
    return {"images": task["images"], "labels": task["labels"]}


def main():
    background = episodes.glyph_episodes(5, 32, 1, "background")
    compiled = neuro.compile(MODEL, calibration=feed(background), shapes=SHAPES)
    simulator = neuro.Simulator(compiled)
    task = episodes.glyph_episodes(5, 20, 0)
    real = neuro.evaluate(MODEL, feed(task), shapes=SHAPES)["logits"]
    chip = simulator.run(feed(task))["logits"]
    print(f"correlation {np.corrcoef(chip.ravel(), real.ravel())[0, 1]:.3f}")
    print(f"chip {100 * episodes.accuracy(chip, task):.0f} % float {100 * episodes.accuracy(real, task):.0f} %")
    same = np.array_equal(simulator.run(feed(task), threads=2)["logits"], simulator.run(feed(task), threads=1)["logits"])
    print("threads change nothing:", same)

    # Other labels, other supports, the same query: with learning off nothing can tell.
    other = episodes.glyph_episodes(5, 20, 5)
    images = np.concatenate([other["images"][:, :5], task["images"][:, 5:]], axis=1)
    still = simulator.run(feed(task), learning=False)["logits"]
    swapped = simulator.run({"images": images, "labels": other["labels"]}, learning=False)["logits"]
    print("learning off, context irrelevant:", np.array_equal(still, swapped))
    learning = simulator.run({"images": images, "labels": other["labels"]})["logits"]
    print("learning on, context matters:", not np.array_equal(chip, learning))

    # A reset lies between sequences: the order of a batch changes nothing.
    order = np.arange(20)[::-1]
    turned = simulator.run({name: array[order] for name, array in feed(task).items()})["logits"]
    print("sequences are independent:", np.array_equal(turned[order], chip))


main()
