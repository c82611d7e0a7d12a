# Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""One digest for a model, however it is placed and run: threads, placement, probes, engine, in one piece or resumed."""

import hashlib
import itertools
import json
import os
import pathlib
import subprocess

import numpy as np
import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
BIN = pathlib.Path(os.environ.get("NEURO_BUILD_DIR", ROOT / "build")) / "bin"
pytestmark = pytest.mark.skipif(not (BIN / "neuro-opt").exists(), reason="neuro-opt is not built")

AXES = {
    "placement": ("linear", "reverse", "scatter:3"),
    "threads": (1, 2),
    "probes": (False, True),
    "pieces": ("whole", "resumed"),
    "engine": ("fast", "reference"),
}

# Random state, learned weights and delays, spikes under way between two tokens;
# the synapses need more than one core.
WANDER = """
neuro.rule @learn {
  neuro.trace x1 {mode = #neuro.graded<overwrite>}
  neuro.factor y0
  neuro.factor y1
  neuro.update w "-w*y0 + 2*x1*y0"
  neuro.update d "x0*y1"
}
neuro.network @wander {
  %x = neuro.input "x" kind = <graded> {shape = array<i64: 1, 1000, 100>, time_axis = 1 : i64, limit = 100 : i64} : !neuro.spikes<100, 8>
  %in = neuro.project %x weights(#neuro.one_to_one<1>) : !neuro.spikes<100, 8> -> !neuro.current<100>
  %walkers, %unused = neuro.population "walkers" (%in) attributes {state = [
      #neuro.field<"v", bits = 16, signed = true, saturate = false, init = [0]>]} {
  ^bb0(%a: i32):
    %v = neuro.read "v"
    %r = neuro.random
    %one = neuro.const 1
    %noise = neuro.mulshr fl %r, %one by 17
    %sum = neuro.add %v, %noise
    %next = neuro.add %sum, %a
    neuro.write "v", %next
    neuro.fire %noise
  } : (!neuro.current<100>) -> !neuro.spikes<100, 8>, !neuro.factors<100>
  %learned = neuro.plastic %walkers, %factors rule(@learn) {delay = 3 : i64}
      : !neuro.spikes<100, 8>, !neuro.factors<900> -> !neuro.current<900>
  %readers, %factors = neuro.population "readers" (%learned) {
  ^bb0(%a: i32):
    %r = neuro.random
    %one = neuro.const 1
    %bit = neuro.mulshr fl %r, %one by 23
    neuro.export y0, %bit
    neuro.export y1, %bit
    neuro.fire %a
  } : (!neuro.current<900>) -> !neuro.spikes<900, 24>, !neuro.factors<900>
  neuro.output "y" %readers {shape = array<i64: 1, 1000, 900>, time_axis = 1 : i64, scale = array<f64: 1.0>} : !neuro.spikes<900, 24>
}
"""


def tool(name, *words):
    done = subprocess.run([str(word) for word in (BIN / name, *words)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def run_tool(folder, binary, inputs, options, load=None, save=None):
    """One piece of a run. Returns (outputs, counters, probes)."""
    np.savez(folder / "in.npz", **inputs)
    words = [binary, "--quiet", "--input", folder / "in.npz", "--output", folder / "out.npz", "--stats-json", folder / "stats.json"]
    words += ["--threads", options["threads"], "--engine", options["engine"]]
    for option, path in (("--load-state", load), ("--save-state", save)):
        if path:
            words += [option, path]
    if options["probes"]:
        words += [word for probe in options["names"] for word in ("--probe", probe)] + ["--probe-output", folder / "probes.npz"]
    tool("neuro-run", *words)
    found = []
    for name in ("out.npz", "probes.npz")[: 1 + options["probes"]]:
        with np.load(folder / name) as arrays:
            found.append(dict(arrays))
    stats = json.loads((folder / "stats.json").read_text())
    return found[0], stats, found[1] if options["probes"] else {}


def digest(*parts):
    """Of dicts of arrays, and of whatever JSON can hold."""
    total = hashlib.sha256()
    for part in parts:
        if isinstance(part, dict) and all(isinstance(value, np.ndarray) for value in part.values()):
            for name in sorted(part):
                total.update(f"{name} {part[name].dtype} {part[name].shape}".encode() + np.ascontiguousarray(part[name]).tobytes())
        else:
            total.update(json.dumps(part, sort_keys=True).encode())
    return total.hexdigest()


def measure(folder, binary, inputs, options):
    """Returns the digests that this run should share: of what it computes, of the state it ends in, of its probes.

    What two pieces compute is joined along the axis of tokens or steps, which is axis 1.
    The state is a file of one binary; runs of one placement share it.
    """
    end = folder / "end.nrs"
    if options["pieces"] == "whole":
        outputs, stats, probes = run_tool(folder, binary, inputs, options, save=end)
        return {"outputs": digest(outputs), "counters": digest(stats["sources"]), "state": digest(end.read_bytes().hex()), "probes": digest(probes)}
    middle = folder / "middle.nrs"
    first = {name: array[:, : options["cut"]] for name, array in inputs.items()}
    rest = {name: array[:, options["cut"] :] for name, array in inputs.items()}
    before, early, seen_before = run_tool(folder, binary, first, options, save=middle)
    after, late, seen_after = run_tool(folder, binary, rest, options, load=middle, save=end)
    joined = {name: np.concatenate([before[name], after[name]], axis=1) for name in before}
    # The first piece goes on behind the saved state to read its outputs (M16): the second runs those steps again,
    # so the probes are cut there, and the counters of two pieces add up to more than those of the whole.
    steps = options["cut"] * early["timesteps_per_token"]
    probes = {name: np.concatenate([seen_before[name][:, :steps], seen_after[name]], axis=1) for name in seen_before}
    counters = digest(early["sources"], late["sources"])
    return {"outputs": digest(joined), "counters of pieces": counters, "state": digest(end.read_bytes().hex()), "probes": digest(probes)}


def run_matrix(folder, binaries, inputs, cut, names):
    """Runs the product of AXES. Returns the runs, and (kind, placement or None) to digest to the runs that had it."""
    runs, seen = 0, {}
    for values in itertools.product(*AXES.values()):
        options = dict(zip(AXES, values), cut=cut, names=names)
        runs += 1
        for kind, value in measure(folder, binaries[options["placement"]], inputs, options).items():
            if kind == "probes" and not options["probes"]:
                continue
            group = (kind, options["placement"] if kind == "state" else None)
            seen.setdefault(group, {}).setdefault(value, []).append(values)
    return runs, seen


def differing_axes(digests):
    """Names of the axes of which another value alone makes another digest."""
    found = {values: value for value, runs in digests.items() for values in runs}
    names = set()
    for one, other in itertools.combinations(found, 2):
        changed = [name for name, left, right in zip(AXES, one, other) if left != right]
        if len(changed) == 1 and found[one] != found[other]:
            names.update(changed)
    return [name for name in AXES if name in names]


def check(seen):
    for (kind, _), digests in seen.items():
        lines = [f"{value[:12]}: " + " ".join("/".join(str(word) for word in values) for values in runs) for value, runs in digests.items()]
        assert len(digests) == 1, f"{kind}: {len(digests)} digests by {', '.join(differing_axes(digests))}\n" + "\n".join(lines)


def report(record_property, model, runs, seen):
    axes = ", ".join(f"{name} {' '.join(str(value) for value in values)}" for name, values in AXES.items())
    (value,) = seen["outputs", None]
    record_property("determinism", f"{model}: {runs} runs ({axes}): 1 digest {value[:16]}")


@pytest.fixture(scope="module")
def wander(tmp_path_factory):
    """Binaries of WANDER by placement, and its inputs."""
    folder = tmp_path_factory.mktemp("wander")
    (folder / "net.mlir").write_text(WANDER)
    binaries = {}
    for number, placement in enumerate(AXES["placement"]):
        binaries[placement] = folder / f"{number}.nrb"
        tool("neuro-opt", "--neuro-schedule", f"--neuro-to-loihi=placement={placement} seed=7", folder / "net.mlir", "-o", folder / "chip.mlir")
        tool("neuro-translate", "--emit-nrb", folder / "chip.mlir", "-o", binaries[placement])
    assert len({path.read_bytes() for path in binaries.values()}) == len(binaries)
    assert (folder / "chip.mlir").read_text().count("loihi.core ") > 1
    x = np.random.default_rng(5).integers(-100, 100, (2, 6, 100)).astype(np.float32)
    return binaries, {"x": x}


def test_random_learning_network_has_one_digest(wander, tmp_path, record_property):
    binaries, inputs = wander
    runs, seen = run_matrix(tmp_path, binaries, inputs, 3, ["walkers:state", "readers:dendrites", "readers:synapses", "readers:traces"])
    check(seen)
    report(record_property, "random walkers", runs, seen)


def test_transformer_has_one_digest(decoder, tmp_path, record_property):
    model, samples = decoder
    np.savez(tmp_path / "samples.npz", **samples)
    binaries = {placement: tmp_path / f"{number}.nrb" for number, placement in enumerate(AXES["placement"])}
    for placement, path in binaries.items():
        tool("neuro-compile", model, "-o", path, "--calibration", tmp_path / "samples.npz", "--placement", placement, "--quiet")
    assert len({path.read_bytes() for path in binaries.values()}) == len(binaries)
    runs, seen = run_matrix(tmp_path, binaries, samples, 2, ["softmax", "softmax:dendrites", "softmax:synapses"])
    check(seen)
    report(record_property, "transformer", runs, seen)


def test_another_seed_is_another_digest(wander, tmp_path):
    """The digests can differ: with the random numbers of another seed, and with another input."""
    binaries, inputs = wander
    options = {"threads": 1, "engine": "fast", "probes": False, "pieces": "whole"}
    first = measure(tmp_path, binaries["linear"], inputs, options)
    (tmp_path / "net.mlir").write_text(WANDER)
    tool("neuro-opt", "--neuro-schedule", "--neuro-to-loihi=seed=8", tmp_path / "net.mlir", "-o", tmp_path / "chip.mlir")
    tool("neuro-translate", "--emit-nrb", tmp_path / "chip.mlir", "-o", tmp_path / "other.nrb")
    assert measure(tmp_path, tmp_path / "other.nrb", inputs, options)["outputs"] != first["outputs"]
    assert measure(tmp_path, binaries["linear"], {"x": -inputs["x"]}, options)["state"] != first["state"]
    runs = list(itertools.product(*AXES.values()))
    reference, fast = ([values for values in runs if (values[-1] == "reference") == chosen] for chosen in (True, False))
    with pytest.raises(AssertionError, match="outputs: 2 digests by engine\n"):
        check({("outputs", None): {"a" * 64: reference, "b" * 64: fast}})
