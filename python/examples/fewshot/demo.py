# Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The demo: a transformer learns in context on the simulated chip.

Compiles models/fewshot.onnx for episodes of 5 and of 20 classes, then measures
how often it names the class of an image it has never seen, in four ways: in
floating point, rounded to integers, on the chip (neuro-run executes the
binary), and on the chip with learning switched off. Writes into build/demo:
results.json, report.html, and the figures raster, weights_before_after,
accuracy and occupancy (.png).
"""

import argparse
import base64
import html
import importlib.util
import json
import os
import pathlib
import re
import subprocess
import sys
import time

import numpy as np

import neuro
from neuro import episodes, plot

ROOT = pathlib.Path(__file__).resolve().parents[3]
FIRST = "<!-- neuro-mlir: first sections -->"
MARK = "<!-- neuro-mlir: more sections -->"
COLUMNS = ("float", "quantised", "chip", "chip_without_learning")


def parse():
    parser = argparse.ArgumentParser(
        prog="./dev demo", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("--model", type=pathlib.Path, default=ROOT / "models" / "fewshot.onnx", help="ONNX file (%(default)s)")
    add("--build", type=pathlib.Path, default=os.environ.get("NEURO_BUILD_DIR", ROOT / "build"), help="build folder")
    add("--out", type=pathlib.Path, help="where the results go (BUILD/demo)")
    add("--episodes", type=int, default=1000, help="of the 5-way tasks (%(default)s)")
    add("--episodes-20way", type=int, default=200, help="of the 20-way task (%(default)s)")
    add("--task", action="append", help="only this task; repeatable")
    add("--seed", type=int, default=0, help="of the episodes (%(default)s)")
    add("--threads", type=int, default=0, help="of the simulator; 0: one per processor")
    add("--quick", action="store_true", help="a tenth of the episodes: a look, not a measurement")
    options = parser.parse_args()
    if options.quick:
        options.episodes = max(options.episodes // 10, 1)
        options.episodes_20way = max(options.episodes_20way // 10, 1)
    options.build = options.build.resolve()
    options.out = (options.out or options.build / "demo").resolve()
    return options


def make_tasks(options):
    """The tasks that can run here, as episode dicts."""
    tasks = []
    try:
        data = episodes.load_omniglot()
    except episodes.DatasetNotFound as error:
        print(f"skipped: omniglot_5way_1shot, omniglot_20way_1shot, omniglot_official_runs: {error}")
    else:
        tasks.append(episodes.omniglot_episodes(data, "evaluation", 5, options.episodes, options.seed))
        tasks.append(episodes.omniglot_episodes(data, "evaluation", 20, options.episodes_20way, options.seed))
        official = episodes.official_runs(data)
        if options.quick:
            official = {k: v[:40] if isinstance(v, np.ndarray) else v for k, v in official.items()}
        tasks.append(official)
    tasks.append(episodes.glyph_episodes(5, options.episodes, options.seed))
    if options.task:
        known = [task["name"] for task in tasks]
        for name in options.task:
            if name not in known:
                sys.exit(f"demo: error: no task '{name}' here; there are {', '.join(known)}")
        tasks = [task for task in tasks if task["name"] in options.task]
    return tasks


def compile_for(options, ways):
    """Compile the model for episodes of `ways` classes."""
    calibration = episodes.calibration_episodes(ways, 128 if ways < 10 else 64, options.seed)
    arrays = {"images": calibration["images"], "labels": calibration["labels"]}
    samples = options.out / f"calibration{ways}.npz"
    np.savez(samples, **arrays)
    shapes = {"images": (1, ways + 1, 784), "labels": (1, ways + 1)}
    binary = options.out / f"fewshot{ways}.nrb"
    start = time.monotonic()
    compiled = neuro.compile(
        options.model, binary, calibration=samples, shapes=shapes, report=options.out / f"report{ways}.html"
    )
    cores, chips = len(compiled.summary["cores"]), compiled.summary["chips"]
    print(
        f"compiled for {ways} classes in {time.monotonic() - start:.1f} s: {len(compiled.bytes):,} bytes, "
        f"{cores} cores on {chips} chip{'s' * (chips != 1)}, {compiled.summary['neurons']:,} neurons, "
        f"{compiled.summary['plastic_synapses']:,} plastic synapses"
    )
    for warning in compiled.warnings:
        if warning.severity == "warning":
            print(f"  {warning}")
    return {"compiled": compiled, "binary": binary, "samples": samples, "shapes": shapes}


def run_chip(options, built, task, learning):
    """Logits and counters from neuro-run."""
    stem = options.out / f"{task['name']}{'' if learning else '_without_learning'}"
    feed, out, counters = stem.with_suffix(".in.npz"), stem.with_suffix(".out.npz"), stem.with_suffix(".stats.json")
    np.savez(feed, images=task["images"], labels=task["labels"])
    command = [options.build / "bin" / "neuro-run", built["binary"], "--input", feed, "--output", out]
    command += ["--stats-json", counters, "--threads", options.threads]
    if not learning:
        command.append("--no-learning")
    # Progress goes to the terminal; the messages of a failed run come with it.
    done = subprocess.run([str(word) for word in command], check=False)
    if done.returncode:
        sys.exit(f"demo: error: neuro-run failed with exit code {done.returncode}")
    with np.load(out) as arrays:
        logits = arrays["logits"]
    feed.unlink()
    return logits, json.loads(counters.read_text())


def find_onnx_runtime(options):
    """A function from inputs to logits by ONNX Runtime, or None and why not."""
    try:
        import onnxruntime

        session = onnxruntime.InferenceSession(str(options.model))
        return lambda feed: session.run(["logits"], feed)[0], ""
    except ImportError:
        pass
    fetched = sorted((options.build / "onnxruntime").glob("node_modules/onnxruntime-node/bin/*/linux/*/libonnxruntime.so.1"))
    library = os.environ.get("ORT_LIB") or (fetched[-1] if fetched else None)
    if library is None:
        return None, "scripts/fetch_onnxruntime.sh installs it"
    try:
        os.environ["ORT_LIB"] = str(library)
        place = ROOT / "test" / "Evaluator" / "Inputs" / "onnxruntime.py"
        spec = importlib.util.spec_from_file_location("ort_by_ctypes", place)
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
    except Exception as error:  # An optional reference must not stop the demo.
        return None, f"{type(error).__name__}: {error}"
    return lambda feed: module.run(options.model, feed, ["logits"])["logits"], ""


def measure(options, built, task, reference):
    """One row of the table."""
    inputs = {"images": task["images"], "labels": task["labels"]}
    shared = {"shapes": built["shapes"]}
    real = neuro.evaluate(options.model, inputs, **shared)["logits"]
    rounded = neuro.evaluate(options.model, inputs, "quantised", calibration=built["samples"], **shared)["logits"]
    chip, counters = run_chip(options, built, task, True)
    still, _ = run_chip(options, built, task, False)
    row = {"episodes": len(task["answer"]), "ways": task["ways"], "chance": 100.0 / task["ways"]}
    for name, logits in zip(COLUMNS, (real, rounded, chip, still)):
        row[name] = round(100 * episodes.accuracy(logits, task), 2)
    row["chip_equals_float_answer"] = round(100 * float(np.mean(answers(chip, task) == answers(real, task))), 2)
    row["chip_float_correlation"] = round(float(np.corrcoef(chip.ravel(), real.ravel())[0, 1]), 6)
    if reference:
        parts = [
            reference({name: array[i : i + 100] for name, array in inputs.items()})
            for i in range(0, len(task["answer"]), 100)
        ]
        logits = np.concatenate(parts)
        row["onnx_runtime"] = round(100 * episodes.accuracy(logits, task), 2)
        row["onnx_runtime_difference"] = float(np.abs(logits - real).max())
    tokens = counters["tokens"]
    row["seconds"] = round(counters["seconds"], 2)
    row["tokens_per_second"] = round(counters["tokens_per_second"], 1)
    for name in ("spikes", "synaptic_operations", "learning_updates"):
        row[f"{name}_per_token"] = round(counters["total"][name] / tokens, 1)
    row["overflows"] = {
        name: counters["total"][name]
        for name in ("dendrite_wraps", "register_wraps", "saturations", "learning_saturations")
    }
    return row


def answers(logits, task):
    return logits[:, : task["ways"]].argmax(1)


def table(results):
    columns = ["episodes", "chance", "float"]
    if any("onnx_runtime" in row for row in results.values()):
        columns.append("onnx_runtime")
    columns += ["quantised", "chip", "chip_without_learning"]
    titles = {"onnx_runtime": "ONNX Runtime", "chip_without_learning": "learning off"}
    cells = [["task"] + [titles.get(name, name) for name in columns]]
    for task, row in results.items():
        shown = [f"{row[n]:,}" if n == "episodes" else f"{row[n]:.2f} %" if n in row else "" for n in columns]
        cells.append([task] + shown)
    widths = [max(len(line[i]) for line in cells) for i in range(len(cells[0]))]
    lines = [
        "  ".join(cell.ljust(width) if i == 0 else cell.rjust(width) for i, (cell, width) in enumerate(zip(line, widths)))
        for line in cells
    ]
    lines.insert(1, "-" * len(lines[0]))
    return "\n".join(lines)


def populations(simulator):
    """Names of the populations, in the order in which they were placed."""
    seen = {}
    for group in simulator.groups:
        seen.setdefault(group["name"], group)
    return seen


def draw_episode(options, built, task):
    """The raster and the weights of one episode."""
    simulator = neuro.Simulator(built["binary"])
    known = populations(simulator)
    feed = {"images": task["images"][:1], "labels": task["labels"][:1]}
    result = simulator.run(feed, probes=list(known), threads=1)
    spikes = {}
    for name in known:
        if f"{name}.fired" in result.probes and result.probes[f"{name}.fired"].any():
            places = np.argwhere(result.probes[f"{name}.fired"][0])
            payload = result.probes[f"{name}.spikes"][0][places[:, 0], places[:, 1]]
            spikes[name] = np.column_stack([places, payload])
    # Many small helper populations would hide the layers: those that carry values stay.
    keep = [name for name in spikes if known[name]["plastic"] or wanted(name)]
    keep.sort(key=lambda name: (spikes[name][:, 0].min(), name))
    axes = plot.new_axes(12, 0.34 * len(keep) + 1.6)
    title = f"One episode on the chip: {task['ways']} labelled images, then a query; a token every {simulator.period} steps"
    plot.raster({name: spikes[name] for name in keep}, axes, title=title)
    axes.figure.savefig(options.out / "raster.png")

    # One token at a time, so that the weights after each token can be told apart.
    slow = neuro.Simulator(
        neuro.compile(options.model, calibration=built["samples"], shapes=built["shapes"], schedule="fall-through")
    )
    plastic = sorted(name for name, group in populations(slow).items() if group["plastic"])
    # Of the last attention layer: the score population holds the keys, the other one the values.
    plastic = [name for name in plastic if name.endswith(".score")][-1:] + [n for n in plastic if not n.endswith(".score")][-1:]
    probes = [f"{name}:weights" for name in plastic]
    after, before = (slow.run(feed, probes=probes, threads=1, learning=learning) for learning in (True, False))
    if not np.array_equal(after["logits"], result["logits"]):
        sys.exit("demo: error: the two schedules differ; this is our fault, please report it")
    panels = plot.new_axes(12, 3.1 * len(plastic), len(plastic), 4, squeeze=False)
    for row, name in zip(panels, plastic):
        key = next(key for key in after.probes if re.fullmatch(re.escape(name) + r"\.d\d\.weights", key))
        draw_weights(row, name, before.probes[key][0][-1], after.probes[key][0])
    panels[0][0].figure.savefig(options.out / "weights_before_after.png")


def wanted(name):
    """Whether a population carries a layer's values rather than a part of its arithmetic."""
    part = name.rsplit("/", 1)[-1]
    return "." not in part or part.endswith((".key_query", ".score", ".level", ".weight")) or name.startswith("ring")


def draw_weights(row, name, initial, over_time):
    """Four panels: before the episode, after the first token, before the query, after the last token."""
    tokens = len(over_time)
    moments = [
        ("before the episode", initial),
        ("after token 1", over_time[0]),
        (f"after token {tokens - 1}: all labelled images", over_time[-2]),
        (f"after token {tokens}: the query", over_time[-1]),
    ]
    bound = max(1, int(np.abs(over_time).max()))
    for axes, (when, values) in zip(row, moments):
        image = axes.imshow(
            values, aspect="auto", cmap="RdBu_r", vmin=-bound, vmax=bound, interpolation="nearest", origin="lower"
        )
        axes.set_title(when, fontsize=9, loc="left")
        axes.tick_params(labelsize=7)
        axes.set_xlabel("pre neuron", fontsize=8)
    kind = "keys" if name.endswith(".score") else "values"
    row[0].set_ylabel(f"{kind}: {name}\npost neuron", fontsize=8)
    row[0].figure.colorbar(image, ax=list(row), shrink=0.9, label="stored weight")


def embed(path, alt):
    data = base64.b64encode(path.read_bytes()).decode()
    return f'<figure><img alt="{html.escape(alt)}" src="data:image/png;base64,{data}"></figure>'


def write_report(options, results, built):
    """Adds what only a run knows to the compiler's page."""
    rows = []
    for task, row in results.items():
        shown = "".join(f"<td class=n>{row[name]:.2f} %</td>" for name in ("chance",) + COLUMNS)
        rows.append(f"<tr><td>{html.escape(task)}</td><td class=n>{row['episodes']:,}</td>{shown}</tr>")
    accuracy = (
        "<section id=accuracy><h2>Accuracy on episodes never seen</h2><div class=scroll><table><tr><th>task</th>"
        "<th class=n>episodes</th><th class=n>chance</th><th class=n>float</th><th class=n>quantised</th>"
        "<th class=n>chip</th><th class=n>chip, learning off</th></tr>" + "".join(rows) + "</table></div>"
    )
    accuracy += embed(options.out / "accuracy.png", "accuracy by task") + "</section>\n"
    episode = "<section id=episode><h2>One episode</h2><p class=soft>Every mark is a spike; a darker one carries more.</p>"
    episode += embed(options.out / "raster.png", "spikes over time") + "</section>\n"
    weights = "<section id=weights><h2>What the chip learned during the episode</h2><p class=soft>Plastic synapses of the"
    weights += " last attention layer. Only the learning rules wrote them; a reset before the next episode clears them.</p>"
    weights += embed(options.out / "weights_before_after.png", "plastic weights before and after") + "</section>\n"
    page = (options.out / f"report{built['ways']}.html").read_text()
    page = page.replace(FIRST, accuracy).replace(MARK, episode + weights)
    (options.out / "report.html").write_text(page)


def main():
    options = parse()
    if not options.model.exists():
        sys.exit(f"demo: error: {options.model}: no such file")
    options.out.mkdir(parents=True, exist_ok=True)
    tasks = make_tasks(options)
    reference, why_not = find_onnx_runtime(options)
    if reference is None:
        print(f"float column by the evaluator alone; ONNX Runtime is not here ({why_not})")
    built, results = {}, {}
    for task in tasks:
        ways = task["ways"]
        if ways not in built:
            built[ways] = dict(compile_for(options, ways), ways=ways)
        print(f"{task['name']}: {len(task['answer']):,} episodes of {ways + 1} tokens", flush=True)
        results[task["name"]] = measure(options, built[ways], task, reference)
        row = results[task["name"]]
        print("  " + ", ".join(f"{name.replace('_', ' ')} {row[name]:.2f} %" for name in COLUMNS), flush=True)
        (options.out / "results.json").write_text(json.dumps(results, indent=2) + "\n")

    first = built[min(built)]
    task = next(task for task in tasks if task["ways"] == first["ways"])
    draw_episode(options, first, task)
    bars = plot.accuracy_bars(results, title="Right answers on classes never seen")
    bars.figure.savefig(options.out / "accuracy.png")
    load = plot.occupancy(first["compiled"].summary, title="Synapse memory of the first chip's cores")
    load.figure.savefig(options.out / "occupancy.png")
    write_report(options, results, first)

    print()
    print(table(results))
    print("\nThe chip is simulated; its binary holds neurons, synapses and learning rules, no tensor operation.")
    print(f"results: {options.out / 'results.json'}\nreport:  {options.out / 'report.html'}")


if __name__ == "__main__":
    try:
        main()
    except neuro.NeuroError as error:
        sys.exit(f"demo: {error}")
    except KeyboardInterrupt:
        sys.exit("demo: stopped")
