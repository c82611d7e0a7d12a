# Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Measure the few-shot accuracy of an exported ONNX file.

For each task: float accuracy, accuracy under simulated quantisation, and
accuracy with the attention memory read as zero, which must be chance.
"""

import argparse
import json
import os
import pathlib
import sys

import torch

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))
sys.path.insert(0, str(HERE.parents[1]))

from neuro import episodes as E  # noqa: E402
from onnx_torch import Graph, Quantiser  # noqa: E402

EXAMPLES = """examples:
  python3 evaluate.py                           models/fewshot.onnx, all tasks
  python3 evaluate.py my.onnx --episodes 1000 --json result.json
  ORT_LIB=.../libonnxruntime.so.1 PYTHONPATH=../shared/tools \\
    python3 evaluate.py --ort                   float column by ONNX Runtime
"""


def tasks(count, seed, path):
    """Yield the episode dicts of the tasks that can be measured here."""
    try:
        data = E.load_omniglot(path)
    except E.DatasetNotFound as error:
        print(f"skipping Omniglot: {error}")
    else:
        yield E.omniglot_episodes(data, "evaluation", 5, count, seed)
        yield E.omniglot_episodes(data, "evaluation", 20, max(count // 4, 1), seed)
        yield E.official_runs(data)
    yield E.glyph_episodes(5, max(count // 4, 1), seed)
    yield E.glyph_episodes(20, max(count // 4, 1), seed)


def batches(episodes, size=100):
    images = torch.from_numpy(episodes["images"])
    labels = torch.from_numpy(episodes["labels"])
    return zip(images.split(size), labels.split(size))


def measure(graph, episodes, hook=None):
    logits = [graph.run(i, l, hook)["logits"] for i, l in batches(episodes)]
    return E.accuracy(torch.cat(logits).numpy(), episodes)


def peaks(graph, episodes):
    """Largest attention score and largest |tensor| by role, in float."""
    worst = {}

    def hook(node, name, tensor):
        if node.op == "Softmax":
            finite = tensor[torch.isfinite(tensor)].abs().max().item()
            worst[name] = max(worst.get(name, 0.0), finite)
        return tensor

    for images, labels in batches(episodes):
        graph.run(images, labels, hook)
    return list(worst.values())


def main(arguments=None):
    parser = argparse.ArgumentParser(
        description=__doc__,
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    default = HERE.parents[2] / "models" / "fewshot.onnx"
    add("model", nargs="?", default=str(default), help="ONNX file (%(default)s)")
    add("--episodes", type=int, default=4000, help="of the 5-way task; a quarter "
        "of it for the other random tasks (%(default)s)")
    add("--seed", type=int, default=0)
    add("--activation-bits", type=int, default=10)
    add("--key-bits", type=int, default=7)
    add("--value-bits", type=int, default=8)
    add("--omniglot", help="path of omniglot28.npz (default: see neuro.episodes)")
    add("--threads", type=int, default=2)
    add("--json", help="also write the table here")
    add("--ort", action="store_true", help="float column by ONNX Runtime ($ORT_LIB)")
    args = parser.parse_args(arguments)
    torch.set_num_threads(args.threads)
    torch.set_flush_denormal(True)
    try:
        graph = Graph(args.model)
    except (OSError, ValueError, StopIteration, IndexError) as error:
        parser.exit(1, f"evaluate.py: {args.model}: {error or 'not an ONNX file'}\n")
    session = None
    if args.ort:
        if not os.environ.get("ORT_LIB"):
            parser.exit(1, "evaluate.py: --ort needs ORT_LIB, see --help\n")
        import ort_ctypes

        session = ort_ctypes.Session(args.model)

    quantiser = Quantiser(
        graph, args.activation_bits, args.key_bits, args.value_bits
    )
    for ways in (5, 20):
        sample = E.calibration_episodes(ways, 64, 0, args.omniglot)
        for images, labels in batches(sample):
            quantiser.calibrate(images, labels)

    def forget(_, name, tensor):
        return torch.zeros_like(tensor) if name in graph.mixed else tensor

    count = sum(t.numel() for t in graph.weights.values() if t.dtype.is_floating_point)
    print(f"{args.model}: {count} parameters")
    head = ("task", "episodes", "chance", "float", "quantised", "no memory")
    print("{:24}{:>10}{:>10}{:>10}{:>11}{:>11}{:>12}".format(*head, "peak score"))
    table = {}
    for episodes in tasks(args.episodes, args.seed, args.omniglot):
        if session is None:
            real = measure(graph, episodes)
        else:
            logits = [
                session.run({"images": i.numpy(), "labels": l.numpy()})["logits"]
                for i, l in batches(episodes, 1)
            ]
            real = E.accuracy(
                torch.cat([torch.from_numpy(l) for l in logits]).numpy(), episodes
            )
        row = {
            "episodes": len(episodes["answer"]),
            "chance": 1 / episodes["ways"],
            "float": real,
            "quantised": measure(graph, episodes, quantiser),
            "no_memory": measure(graph, episodes, forget),
            "peak_score": max(peaks(graph, episodes)),
        }
        table[episodes["name"]] = row
        print(
            f"{episodes['name']:24}{row['episodes']:10}{row['chance']:10.1%}"
            f"{row['float']:10.2%}{row['quantised']:11.2%}{row['no_memory']:11.2%}"
            f"{row['peak_score']:12.1f}",
            flush=True,
        )
    if args.json:
        pathlib.Path(args.json).write_text(json.dumps(table, indent=1) + "\n")


if __name__ == "__main__":
    main()
