# Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Puts operators that nobody knows into random decoders, and compares the
report with what was put in: FOLDER SEED COUNT."""

import json
import os
import random
import re
import sys

import compare_decoders
import export_decoder
import random_decoders

NODE = re.compile(r'onnx\.node "(\w+)"')
REPLACED = {
    "Add", "Div", "Erf", "LayerNormalization", "MatMul", "Mul", "Pow", "ReduceMean", "Relu",
    "Sigmoid", "Softmax", "Sqrt", "Sub", "Tanh", "Transpose",
}  # fmt: skip


def imported(line, folder, number):
    """The decoder of these options as text, with one sequence."""
    path = os.path.join(folder, f"decoder{number}.onnx")
    o = export_decoder.options().parse_args(line.split() + ["--out", path])
    export_decoder.export(o, export_decoder.build(o), path)
    shapes = []
    if not o.static:
        for name, array in export_decoder.inputs(o, 1).items():
            shapes += ["--shape", name + "=" + "x".join(map(str, array.shape))]
    result = compare_decoders.run(["neuro-translate", "--import-onnx", path] + shapes)
    if result.returncode:
        sys.exit(result.stderr.decode())
    return result.stdout.decode()


def main():
    folder, seed, count = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    os.makedirs(folder, exist_ok=True)
    generator, bad, models = random.Random(seed), 0, 0
    report = os.path.join(folder, "report.json")
    for number in range(count):
        line = random_decoders.options(generator)
        source = imported(line, folder, number)
        places = [match for match in NODE.finditer(source) if match[1] in REPLACED]
        for _ in range(5):
            text, chosen = source, generator.sample(places, min(len(places), generator.randint(1, 4)))
            for match in sorted(chosen, key=lambda match: -match.start()):
                text = text[: match.start(1)] + "Unheard" + text[match.end(1) :]
            result = compare_decoders.run(["neuro-opt", f"--onnx-to-nn=report={report}"], input=text.encode())
            with open(report) as file:
                found = {entry["operator"]: entry["count"] for entry in json.load(file)["unsupported"]}
            models += 1
            if result.returncode != 1 or found != {"Unheard": len(chosen)}:
                bad += 1
                print(f"FAILED {line}: {[match[1] for match in chosen]} gave {found}")
    print(f"{bad} of {models} reports differ")
    sys.exit(bad != 0)


if __name__ == "__main__":
    main()
