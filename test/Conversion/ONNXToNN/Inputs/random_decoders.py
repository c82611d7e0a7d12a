# Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Compares decoders with random sizes and spellings: FOLDER SEED COUNT."""

import os
import random
import sys

import compare_decoders
import export_decoder


def options(r):
    """A random line of options that fit together."""
    heads, opset = r.choice([1, 2, 4, 8]), r.randint(11, 17)
    qkv = r.choice([q for q in export_decoder.QKV if q != "module"])
    # torch exports triu from opset 14 on.
    mask = r.choice([m for m in export_decoder.MASKS if m != "triu" or opset >= 14])
    kind = r.choice(["ids", "ids", "float", "both", "image", "concat"])
    norm = r.choice(["layer", "layer-spelled", "rms", "rms-div", "none"])
    act = r.choice(["gelu", "gelu-tanh", "gelu-pow", "relu", "relu2", "silu"])
    line = f"--width {r.choice([32, 64, 96, 128])} --heads {heads} --layers {r.randint(1, 3)} --opset {opset}"
    line += f" --norm {norm} --act {act} --qkv {qkv} --scale {r.choice(export_decoder.SCALES)}"
    line += f" --tokens {r.choice([1, 2, 5, 9])} --mask {mask} --input {kind}"
    maybe = [
        (0.4, mask in ("where", "add", "fill", "multiply"), f"--window {r.randint(1, 6)}"),
        (0.3, mask in ("add", "where", "fill"), "--score relu"),
        (0.3, True, "--gated " + r.choice(["separate", "packed"])),
        (0.6, True, "--positions " + r.choice(["learned", "sinus", "dynamic"])),
        (0.5, kind == "ids", "--tied"),
        (1.0, kind == "float", "--classes 7"),
        (0.3, True, "--no-bias"),
        (0.3, True, "--post-norm"),
        (0.5, True, "--last " + r.choice(["gather", "slice"])),
        (0.3, True, f"--static --batch {r.randint(1, 3)}"),
        (0.4, qkv == "separate" and heads > 1, f"--kv-heads {r.choice([h for h in (1, 2, 4, 8) if h <= heads])}"),
    ]
    for chance, fits, text in maybe:
        if r.random() < chance and fits:
            line += " " + text
    return line


def main():
    folder, seed, count = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    os.makedirs(folder, exist_ok=True)
    generator, bad = random.Random(seed), 0
    for number in range(count):
        line = options(generator)
        problem = compare_decoders.compare(line, folder, number)
        bad += bool(problem)
        if problem:
            print(f"FAILED {line}\n  {problem}")
    print(f"{bad} of {count} decoders differ")
    sys.exit(bad != 0)


if __name__ == "__main__":
    main()
