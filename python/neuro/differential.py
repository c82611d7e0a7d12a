# Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Runs the simulator against `neuro.reference` on random networks.

`python3 -m neuro.differential --count 2000` compares dendritic sums, state, spikes,
traces, weights, delays, tags and probed values of both engines at every step, then
outputs and counters. A network on
which they differ is made smaller while they still differ, and the first difference
is printed. docs/spec/differential.md describes it.
"""

import argparse
import copy
import json
import pathlib
import subprocess
import sys
import tempfile
import time

import numpy as np

from . import random_networks, reference

ENGINES = ("fast", "reference")


class Refused(Exception):
    """The simulator does not take the binary or the arrays."""


# What a run shows, the same for everyone who runs it: arrays by what they are.


class Observation:
    """`arrays`: by group number and variable, [sequence, step, ...]; `counters`: by group number."""

    def __init__(self):
        self.arrays, self.outputs, self.counters = {}, {}, []
        self.probed = self.totals = None


def plastic_columns(machine):
    """By group number and dendrite: the plastic axons that reach it, as the columns of a weight probe.

    A column is a sender: ports come before neurons, an axon nobody sends to comes
    last, and axons with the same first sender share a column (the last one shows).
    """
    binary, senders = machine.binary, {}

    def note(fanout, sender):
        for entry in fanout:
            key = (entry.core, entry.axon)
            senders[key] = min(sender, senders.get(key, sender))

    for index, port in enumerate(binary.inputs):
        for i in range(port.width):
            note(port.fanout[slice(*port.fanout_index[i : i + 2])], (0, index, i))
    for group in machine.groups:
        for i in range(group.count):
            note(group.core.fanout(group.first + i), (1, group.number, group.source_first + i))
    columns = {}
    for core in machine.cores:
        for axon in core.axons:
            if axon.rule:
                key = (core.number, axon.number)
                for number in sorted({group.number for group, _ in axon.posts}):
                    entry = columns.setdefault((number, axon.format.dendrite), [])
                    entry.append((senders.get(key, (2, *key)), axon))
    for key, entries in columns.items():
        order = sorted({sender for sender, _ in entries})
        columns[key] = (len(order), [(order.index(sender), axon) for sender, axon in entries])
    return columns


def sequences(case):
    return len(next((port["data"] for port in case["inputs"] if port["kind"] != 2), [0]))


def feed(case):
    """The arrays of the case, as the simulator takes them."""
    types = {0: np.float32, 1: np.int64}
    return {port["name"]: np.array(port["data"], types[port["kind"]]) for port in case["inputs"] if port["kind"] != 2}


def observe_reference(case, data):
    """What the specification says."""
    machine, seen, arrays = reference.Machine(data), Observation(), feed(case)
    columns = plastic_columns(machine)
    count, tokens, period = sequences(case), case["tokens"], case["period"]
    latency, rows = case["latency"], {}

    def watch(step, machine):
        for group in machine.groups:
            rows.setdefault((group.number, "fired"), []).append([payload is not None for payload in group.sent])
            rows.setdefault((group.number, "spikes"), []).append([payload or 0 for payload in group.sent])
            for field in range(len(group.fields)):
                rows.setdefault((group.number, f"state s{field}"), []).append([state[field] for state in group.state])
            for dendrite in range(group.num_dendrites):
                row = [found[dendrite] for found in group.found]
                rows.setdefault((group.number, f"d{dendrite} dendrite"), []).append(row)
        for (number, dendrite), (width, axons) in columns.items():
            group = machine.groups[number]
            tables = {name: np.zeros((group.count, width), np.int64) for name in "wdt"}
            traces = {name: np.zeros(width, np.int64) for name in ("x1", "x2")}
            traces.update({name: np.zeros(group.count, np.int64) for name in ("y1", "y2", "y3")})
            for column, axon in axons:
                traces["x1"][column], traces["x2"][column] = axon.pre.values
                for (post, neuron), *variables in zip(axon.posts, axon.weights, axon.delays, axon.tags):
                    if post is group:
                        for name, value in zip("wdt", variables):
                            tables[name][neuron, column] = value
                        for name, value in zip(("y1", "y2", "y3"), machine.post_traces(axon, (post, neuron))):
                            traces[name][neuron] = value
            # A weight probe shows token i in step i * period + latency.
            if step >= latency and (step - latency) % period == 0:
                rows.setdefault((number, f"d{dendrite} weights"), []).append(tables["w"])
            for name, value in {**tables, **traces}.items():
                rows.setdefault((number, f"d{dendrite} {name}"), []).append(value)

    probed = []
    for sequence in range(count):
        rows.clear()
        inputs = {name: [row.tolist() for row in array[sequence]] for name, array in arrays.items()}
        outputs = machine.run(inputs, tokens, watch, learning=case["learning"])
        for key, value in rows.items():
            seen.arrays.setdefault(key, []).append(value)
        probed += [(group, sequence, step, neuron, value) for step, group, neuron, value in machine.probed]
        for port in machine.binary.outputs:
            scale = np.array(port.scale)
            zero = np.array(port.zero) if port.zero else 0.0
            values = np.array(outputs[port.name]) * scale + zero
            seen.outputs.setdefault(port.name, []).append((values if port.time_axis >= 0 else values[0]).astype(np.float32))
    seen.arrays = {key: np.array(value) for key, value in seen.arrays.items()}
    seen.outputs = {key: np.array(value) for key, value in seen.outputs.items()}
    seen.probed = sorted(probed)
    seen.counters = [dict(group.counters) for group in machine.groups]
    seen.totals = {
        "timesteps": machine.steps,
        "host_spikes": machine.host_spikes,
        "input_saturations": machine.input_saturations,
    }
    return seen


def group_names(case):
    return [group["name"] for core in case["cores"] for group in core["groups"]]


def probe_texts(case):
    texts = []
    for core in case["cores"]:
        plastic, total = set(), 0
        for axon in core["axons"]:
            if axon["rule"]:
                plastic |= {axon["base"] + synapse[0] for block in axon["blocks"] for synapse in block}
        for group in core["groups"]:
            kinds = ("spikes", "state", "trace") if group["state"] else ("spikes", "trace")
            texts += [f"{group['name']}:{kind}" for kind in kinds]
            if group["dendrites"]:
                texts.append(f"{group['name']}:dendrites")
            if plastic & set(range(total, total + group["count"])):
                texts += [f"{group['name']}:{kind}" for kind in ("weights", "synapses", "traces")]
            total += group["count"]
    return texts


def collect(case, outputs, probes, stats):
    """An observation from what the simulator returns."""
    seen, probed = Observation(), []
    for number, name in enumerate(group_names(case)):
        for key, array in probes.items():
            owner, _, variable = key.partition(".")
            if owner != name:
                continue
            if variable == "trace":
                probed += [(number, *row) for row in array.tolist()]
            else:
                seen.arrays[number, variable.replace(".", " ")] = array
    seen.outputs, seen.probed = outputs, sorted(probed)
    seen.counters = [{name: group[name] for name in reference.COUNTERS} for group in stats["groups"]]
    seen.totals = {name: stats[name] for name in ("timesteps", "host_spikes", "input_saturations")}
    return seen


class Module:
    """The simulator of the Python module."""

    def __init__(self):
        from . import _neuro

        self.native = _neuro

    def load(self, data):
        simulator = self.native.Simulator(data, "case")
        if simulator.errors():
            raise Refused(simulator.errors())
        return simulator

    def observe(self, case, data, engine, probed=True):
        threads = 1 + (case["tokens"] + len(data)) % 2
        errors, outputs, probes, stats = self.load(data).run(
            feed(case), case["learning"], engine == "reference", threads, case["tokens"],
            probe_texts(case) if probed else [], None
        )  # fmt: skip
        if errors:
            raise Refused(errors)
        return collect(case, outputs, probes, json.loads(stats))


class Tool:
    """The program neuro-run."""

    def __init__(self, path):
        self.path = path

    def observe(self, case, data, engine, probed=True):
        with tempfile.TemporaryDirectory() as folder:
            folder = pathlib.Path(folder)
            (folder / "case.nrb").write_bytes(data)
            command = [self.path, folder / "case.nrb", "--quiet", "--engine", engine, "--threads", "1"]
            command += ["--output", folder / "out.npz", "--stats-json", folder / "stats.json"]
            arrays = feed(case)
            if arrays:
                np.savez(folder / "in.npz", **arrays)
                command += ["--input", folder / "in.npz"]
            else:
                command += ["--tokens", case["tokens"]]
            if probed:
                command += ["--probe-output", folder / "probes.npz"]
                for text in probe_texts(case):
                    command += ["--probe", text]
            if not case["learning"]:
                command.append("--no-learning")
            done = subprocess.run([str(word) for word in command], capture_output=True, text=True, check=False)
            if done.returncode:
                raise Refused(done.stderr)
            probes = dict(np.load(folder / "probes.npz")) if probed else {}
            stats = json.loads((folder / "stats.json").read_text(encoding="utf-8"))
            return collect(case, dict(np.load(folder / "out.npz")), probes, stats)


# Comparison.

# What is compared in a step, in the order in which it comes about; spikes and state are second.
NAMES = {"dendrite": "sum", "w": "weight", "d": "delay", "t": "tag", "weights": "weight after the token"}
NAMES.update({name: f"trace {name}" for name in ("x1", "x2", "y1", "y2", "y3")})
SHOWN = (("dendrite",), (), ("x1", "x2", "y1", "y2", "y3"), ("w", "d", "t", "weights"))


class Difference:
    """The first difference; sorts by step, core and neuron."""

    def __init__(self, engine, step, place, variable, got, expected, sequence=None, unit="step"):
        self.engine, self.step, self.variable = engine, step, variable
        self.text = ""
        if sequence is not None:
            self.text += f"sequence {sequence}, {unit} {step}, "
        self.text += f"{place}, {variable}: engine {engine} has {got}, the specification says {expected}"

    def __str__(self):
        return self.text


def place_of(case, number, neuron=None):
    """Core and neuron as the binary numbers them."""
    for index, core in enumerate(case["cores"]):
        first = 0
        for group in core["groups"]:
            if number == 0:
                if neuron is None:
                    return f"core {index}, group {group['name']}"
                return f"core {index}, neuron {first + neuron} ({group['name']}[{neuron}])"
            number -= 1
            first += group["count"]
    return f"group {number}"


def compare(case, engine, got, expected, probed=True):
    """The first difference in time, or None. Counters come last: they have no step."""
    found = []
    for key in sorted(expected.arrays) if probed else []:
        number, variable = key
        a, b = got.arrays.get(key), expected.arrays[key]
        if a is None or a.shape != b.shape:
            shape = None if a is None else list(a.shape)
            found.append((0, -1, 0, Difference(engine, 0, place_of(case, number), f"shape of {variable}", shape, list(b.shape))))
        elif not np.array_equal(a, b):
            at = np.unravel_index(np.argmax(a != b), a.shape)
            step, label, kind = at[1], variable, variable.rpartition(" ")[2]
            place = place_of(case, number, None if kind in ("x1", "x2") else at[2])
            if kind == "weights":
                step = at[1] * case["period"] + case["latency"]
            if kind in NAMES:
                sender = f" of sender {at[-1]}" if kind not in ("dendrite", "y1", "y2", "y3") else ""
                label = f"{NAMES[kind]}{sender} at {variable.partition(' ')[0]}"
            rank = next((rank for rank, kinds in enumerate(SHOWN) if kind in kinds), 1)
            values = (a[at].item(), b[at].item())
            found.append((at[0], step, rank, Difference(engine, step, place, label, *values, at[0])))
    if probed and got.probed != expected.probed:
        for a, b in zip(got.probed + [None], expected.probed + [None]):
            if a != b:
                number, sequence, step, neuron, _ = a or b
                place = place_of(case, number, neuron)
                found.append((sequence, step, 4, Difference(engine, step, place, "PROBE", a and a[4], b and b[4], sequence)))
                break
    for name, b in sorted(expected.outputs.items()):
        a = got.outputs[name]
        if a.shape != b.shape:
            found.append((0, -1, 5, Difference(engine, 0, f"output {name}", "shape", list(a.shape), list(b.shape))))
        elif a.tobytes() != np.ascontiguousarray(b).tobytes() and not np.array_equal(a, b):
            at = np.unravel_index(np.argmax(a != b), a.shape)
            token = at[1] if len(at) == 3 else case["tokens"] - 1
            difference = Difference(engine, token, f"output {name}[{at[-1]}]", "value", a[at], b[at], at[0], "token")
            found.append((at[0], token * case["period"] + case["latency"], 5, difference))
    if found:
        return min(found, key=lambda entry: entry[:3])[3]
    for number, (a, b) in enumerate(zip(got.counters, expected.counters)):
        for name in reference.COUNTERS:
            if a[name] != b[name]:
                return Difference(engine, -1, place_of(case, number), f"counter {name}", a[name], b[name])
    for name, value in expected.totals.items():
        if got.totals[name] != value:
            return Difference(engine, -1, "whole run", f"counter {name}", got.totals[name], value)
    return None


def check(case, data, runner, engines=ENGINES, without_probes=True):
    """The first difference of each engine that differs."""
    expected = observe_reference(case, data)
    found = []
    for engine in engines:
        difference = compare(case, engine, runner.observe(case, data, engine), expected)
        if difference is None and without_probes and engine == "fast":
            difference = compare(case, "fast without probes", runner.observe(case, data, engine, False), expected, False)
        if difference:
            found.append(difference)
    return found


# Shrinking.


def fanouts(case):
    for core in case["cores"]:
        for group in core["groups"]:
            yield group, "fanout"
    for port in case["inputs"]:
        yield port, "fanout"


def redirect(case, change):
    """Applies `change` to every fanout entry [core, axon]; None drops it."""
    for owner, key in fanouts(case):
        changed = [[change(*entry) for entry in entries] for entries in owner[key]]
        owner[key] = [[entry for entry in entries if entry] for entries in changed]


def move_elements(case, change):
    for port in case["outputs"]:
        kept = [(i, change(*element)) for i, element in enumerate(port["elements"])]
        kept = [(i, element) for i, element in kept if element]
        for key in ("scale", "zero"):
            if len(port[key]) == len(port["elements"]) and len(port[key]) > 1:
                port[key] = [port[key][i] for i, _ in kept]
        port["elements"] = [element for _, element in kept]
    case["outputs"] = [port for port in case["outputs"] if port["elements"]]


def drop_core(case, index):
    del case["cores"][index]
    redirect(case, lambda core, axon: None if core == index else [core - (core > index), axon])
    move_elements(case, lambda core, *rest: None if core == index else [core - (core > index), *rest])


def drop_axon(case, index, number):
    del case["cores"][index]["axons"][number]
    redirect(
        case,
        lambda core, axon: [core, axon]
        if core != index
        else None
        if axon == number
        else [core, axon - (axon > number)],
    )


def drop_targets(case, index, start, count):
    """Takes the synapses to some neurons away and renumbers the rest."""
    axons = case["cores"][index]["axons"]
    for number in reversed(range(len(axons))):
        axon, left = axons[number], []
        for block in axon["blocks"]:
            kept = []
            for offset, *rest in block:
                target = axon["base"] + offset
                if not start <= target < start + count:
                    kept.append([target - count * (target >= start), *rest])
            if kept:
                left.append(kept)
        if not left:
            drop_axon(case, index, number)
            continue
        axon["base"] = left[0][0][0]
        axon["blocks"] = [[[target - axon["base"], *rest] for target, *rest in block] for block in left]


def drop_neurons(case, index, number, begin, count):
    """Takes neurons out of a group; the group goes with the last."""
    groups = case["cores"][index]["groups"]
    group, start = groups[number], sum(entry["count"] for entry in groups[:number])
    gone = not group["count"] - count
    drop_targets(case, index, start + begin, count)

    def move(core, at, neuron):
        if core != index or at < number:
            return [core, at, neuron]
        if at > number:
            return [core, at - gone, neuron]
        return None if begin <= neuron < begin + count else [core, at, neuron - count * (neuron >= begin)]

    move_elements(case, move)
    if gone:
        del groups[number]
        if not groups:
            drop_core(case, index)
        return
    for row in (group["fanout"], *group["parameters"], *(field["init"] for field in group["state"])):
        if len(row) == group["count"] and len(row) > 1:
            del row[begin : begin + count]
    group["count"] -= count


def drop_unused(group, key, first, number):
    """Takes out a parameter or a state field that the program does not name."""
    operand = first + number
    for one in group["code"]:
        for place in ("dst", "a", "b"):
            if place in one and not (place == "dst" and first >= 24):
                if one[place] == operand:
                    raise ValueError("used")
                if operand < one[place] < first + len(group[key]):
                    one[place] -= 1
    del group[key][number]


def drop_instructions(code, start, count):
    for _ in range(count):
        for at in range(start):
            if code[at]["op"] in ("SKP_C", "JMP_C") and at + code[at]["imm"] >= start:
                code[at]["imm"] -= 1
        del code[start]


def smaller_rule(rule):
    """Edits of a learning rule."""
    for key in ("delay_products", "tag_products", "products"):
        for p, product in enumerate(rule[key]):
            yield lambda r, k=key, p=p: r[k].pop(p)
            for f in range(len(product["factors"])):
                yield lambda r, k=key, p=p, f=f: r[k][p]["factors"].pop(f)
            if abs(product["mantissa"]) > 1:
                yield lambda r, k=key, p=p: r[k][p].update(mantissa=1)
    if rule["stochastic"]:
        yield lambda r: r.update(stochastic=False)
    if rule["epoch"] > 1:
        yield lambda r: r.update(epoch=r["epoch"] - 1)
    for name in ("x1", "x2", "y1", "y2", "y3"):
        for key in rule[name] or ():
            if rule[name][key]:
                yield lambda r, n=name, k=key: r[n].pop(k)


def smaller(case):
    """Edits, the bold ones first; each is a function to apply to a copy."""
    count = sequences(case)
    if count > 1:
        for sequence in range(count):
            yield lambda c, k=sequence: [port.update(data=[port["data"][k]]) for port in c["inputs"] if "data" in port]
    for tokens in range(1, case["tokens"]):

        def cut(c, tokens=tokens):
            c["tokens"] = tokens
            for port in c["inputs"]:
                if "data" in port:
                    port["data"] = [rows[:tokens] for rows in port["data"]]

        yield cut
    for i in reversed(range(len(case["cores"]))):
        yield lambda c, i=i: drop_core(c, i)
    for i, core in enumerate(case["cores"]):
        for g in reversed(range(len(core["groups"]))):
            yield lambda c, i=i, g=g: drop_neurons(c, i, g, 0, c["cores"][i]["groups"][g]["count"])
    for i in reversed(range(len(case["inputs"]))):
        yield lambda c, i=i: c["inputs"].pop(i)
    for i in reversed(range(len(case["outputs"]))):
        yield lambda c, i=i: c["outputs"].pop(i)
    for i, core in enumerate(case["cores"]):
        for j in reversed(range(len(core["axons"]))):
            yield lambda c, i=i, j=j: drop_axon(c, i, j)
        for g, group in enumerate(core["groups"]):
            size = group["count"] // 2
            while size:
                for begin in range(0, group["count"] - size + 1, size):
                    yield lambda c, i=i, g=g, b=begin, n=size: drop_neurons(c, i, g, b, n)
                size //= 2
            length = len(group["code"])
            size = length
            while size:
                for start in range(0, length - size + 1, size):
                    yield lambda c, i=i, g=g, s=start, n=size: drop_instructions(c["cores"][i]["groups"][g]["code"], s, n)
                size //= 2
    for k, (owner, key) in enumerate(fanouts(case)):
        for n, entries in enumerate(owner[key]):
            for e in range(len(entries)):
                yield lambda c, k=k, n=n, e=e: (lambda o: o[0][o[1]][n].pop(e))(list(fanouts(c))[k])
    for i, core in enumerate(case["cores"]):
        for j, axon in enumerate(core["axons"]):
            for b, block in enumerate(axon["blocks"]):
                for s in range(len(block) if len(block) > 1 else 0):
                    yield lambda c, i=i, j=j, b=b, s=s: c["cores"][i]["axons"][j]["blocks"][b].pop(s)
                for s, synapse in enumerate(block):
                    if synapse[2]:
                        yield lambda c, i=i, j=j, b=b, s=s: c["cores"][i]["axons"][j]["blocks"][b][s].__setitem__(2, 0)
            if axon["rule"]:
                for edit in smaller_rule(axon["rule"]):
                    yield lambda c, i=i, j=j, e=edit: e(c["cores"][i]["axons"][j]["rule"])
            if axon["delay"]:
                yield lambda c, i=i, j=j: c["cores"][i]["axons"][j].update(delay=0)
        for g, group in enumerate(core["groups"]):
            for key, first in ("state", 16), ("parameters", 32):
                for n in range(len(group[key])):
                    yield lambda c, i=i, g=g, k=key, f=first, n=n: drop_unused(c["cores"][i]["groups"][g], k, f, n)
            if group["dendrites"]:
                yield lambda c, i=i, g=g, n=group["dendrites"] - 1: c["cores"][i]["groups"][g].update(dendrites=n)

            for s, field in enumerate(group["state"]):
                if field["init"] != [0]:
                    yield lambda c, i=i, g=g, s=s: c["cores"][i]["groups"][g]["state"][s].update(init=[0])
            for p, row in enumerate(group["parameters"]):
                if row != [0]:
                    yield lambda c, i=i, g=g, p=p: c["cores"][i]["groups"][g]["parameters"].__setitem__(p, [0])
    for p, port in enumerate(case["inputs"]):
        for n in range(len(port["fanout"]) if len(port["fanout"]) > 1 and port["kind"] == 0 else 0):

            def narrow(c, p=p, n=n):
                c["inputs"][p]["fanout"].pop(n)
                for rows in c["inputs"][p]["data"]:
                    for row in rows:
                        row.pop(n)

            yield narrow
        for t in range(case["tokens"] if port["kind"] == 0 else 0):
            for n, value in enumerate(port["data"][0][t]):
                for simple in (0.0, port["scale"]):
                    if value not in (0.0, simple):
                        yield lambda c, p=p, t=t, n=n, v=simple: c["inputs"][p]["data"][0][t].__setitem__(n, v)
    if case["period"] > 1:
        yield lambda c: c.update(period=1)
    if case["latency"]:

        def hurry(c):
            c["latency"] -= 1
            for port in c["inputs"] + c["outputs"]:
                port["offset"] = min(port["offset"], c["latency"])

        yield hurry


def shrink(case, runner, engines, seconds=60):
    """A smaller case on which an engine still differs, its differences, and the edits tried."""
    end, tried = time.monotonic() + seconds, 0
    found = check(case, random_networks.build([case])[0], runner, engines)
    progress = True
    while progress and time.monotonic() < end:
        progress = False
        for edit in smaller(case):
            candidate = copy.deepcopy(case)
            try:
                edit(candidate)
                tried += 1
                differences = check(candidate, random_networks.build([candidate])[0], runner, engines)
            except (Refused, IndexError, KeyError, ValueError, RuntimeError, StopIteration):
                continue  # Not a network any more.
            if differences:
                case, found, progress = candidate, differences, True
                break
            if time.monotonic() > end:
                break
    return case, found, tried


def describe(case):
    """A case for people: programs as text, one line per axon."""
    lines = []
    names = [f"r{i}" for i in range(16)] + [f"s{i}" for i in range(8)] + [f"d{i}" for i in range(4)]
    names += ["rand", "time", "id", "third"] + [f"p{i}" for i in range(32)]
    exports = {24: "y1", 25: "y2", 26: "y3", 27: "bap"}
    for i, core in enumerate(case["cores"]):
        for group in core["groups"]:
            lines.append(f"core {i}, group {group['name']}: {group['count']} neurons, payload {group['payload_bits']} bits")
            for p, row in enumerate(group["parameters"]):
                lines.append(f"    p{p} = {row}")
            for s, field in enumerate(group["state"]):
                kind = f"{'i' if field['is_signed'] else 'u'}{field['bits']} {('wraps', 'saturates')[field['overflow']]}"
                lines.append(f"    s{s}: {kind}, from {field['init']}")
            for at, one in enumerate(group["code"]):
                words = [exports.get(one["dst"]) or names[one["dst"]]] if "dst" in one else []
                words += [names[one[key]] for key in "ab" if key in one]
                if "imm" in one:
                    words.append(str(at + 1 + one["imm"] if one["op"] == "JMP_C" else one["imm"]))
                mode = f"/{one['mode']}" if one.get("mode") else ""
                lines.append(f"    {at:3} {one['op']}{mode} {', '.join(words)}")
        for j, axon in enumerate(core["axons"]):
            form = axon["format"]
            kind = f"{('', 'mixed', 'excitatory', 'inhibitory')[form['sign_mode']]} {form['weight_bits']} bits"
            lines.append(f"core {i}, axon {j}: {kind}, exponent {form['weight_exp']}, dendrite d{form['dendrite']}, delay {axon['delay']}")
            for block in axon["blocks"]:
                lines += [f"    to {axon['base'] + at}: stored {weight}, delay {delay}" for at, weight, delay, _ in block]
            if axon["rule"]:
                lines += rule_lines(axon["rule"])
    for port in case["inputs"]:
        lines.append(f"input {port['name']}: to {port['fanout']}, data {port.get('data', 'tick')}")
    return "\n".join(lines)


def rule_lines(rule):
    mode = ("impulse", "overwrite", "add_saturate", "add_wrap_impulse_x2")[rule["graded_mode"]]
    switches = [name for name in ("third_factor", "stochastic") if rule[name]]
    lines = [f"    epoch {rule['epoch']}, mode {mode}" + "".join(f", {name}" for name in switches)]
    for name in ("x1", "x2") + (() if rule["third_factor"] else ("y1", "y2", "y3")):
        config = rule[name] or {}
        lines[0] += f", {name} {config.get('impulse', 0)}.{config.get('impulse_fraction', 0)} tau {config.get('tau', 0)}"
    lines += ["    dw += " + product_text(product, rule) for product in rule["products"]]
    lines += ["    dd += " + product_text(product, rule) for product in rule["delay_products"]]
    return lines + ["    dt += " + product_text(product, rule) for product in rule["tag_products"]]


def product_text(product, rule):
    text = f"{product['mantissa']} * 2^{product['exponent']} * {('x0', 'y0', 'u' + str(rule['u_k']))[product['dependency']]}"
    for factor in product["factors"]:
        name = "x0 x1 x2 y0 y1 y2 y3 w d t".split()[factor["var"]] if factor["var"] < 10 else ""
        constant = f"{factor['constant']:+d}" if factor["constant"] or not name else ""
        text += f" * {'sgn' if factor['sgn'] else ''}({name}{constant})"
    return text


# The command.


def say(*words):
    print(*words, flush=True)


def report(case, number, found, runner, options):
    say(f"network {number}: {len(found)} engine(s) differ")
    for difference in found:
        say(f"  {difference}")
    if not options.no_shrink:
        case, found, tried = shrink(case, runner, options.engines)
        say(f"shrunk ({tried} edits tried) to:")
        say(describe(case))
        for difference in found:
            say(f"first difference: {difference}")
    if options.save:
        folder = pathlib.Path(options.save)
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{number}.json").write_text(json.dumps(case), encoding="utf-8")
        (folder / f"{number}.nrb").write_bytes(random_networks.build([case])[0])
        say(f"saved: {folder / str(number)}.json, .nrb; again: --replay {folder / str(number)}.json")


def sweep(options, runner):
    """Runs the networks; returns how many differed."""
    start, wrong, done, number = time.monotonic(), 0, 0, options.seed
    totals = dict.fromkeys(("neurons", "synapses", *reference.COUNTERS, "timesteps"), 0)
    end = start + 3600 * options.hours if options.hours else None
    shown = start
    while (time.monotonic() < end) if end else (done < options.count):
        size = 50 if end else min(50, options.count - done)
        cases = [random_networks.make_case(number + i) for i in range(size)]
        for case, data in zip(cases, random_networks.build(cases)):
            try:
                found = check(case, data, runner, options.engines)
                if options.tool_every and number % options.tool_every == 0:
                    found = found or check(case, data, Tool(options.tool), options.engines)
            except Refused as error:
                say(f"network {number}: refused: {error}")
                wrong += 1
            else:
                if found:
                    wrong += 1
                    report(case, number, found, runner, options)
            done, number = done + 1, number + 1
            totals["neurons"] += sum(group["count"] for core in case["cores"] for group in core["groups"])
            totals["synapses"] += sum(len(block) for core in case["cores"] for axon in core["axons"] for block in axon["blocks"])
            if wrong >= options.max_failures:
                return done, wrong, totals, time.monotonic() - start
        if not options.quiet and time.monotonic() - shown > 10:
            shown = time.monotonic()
            say(f"... {done} networks, {wrong} differ, {shown - start:.0f} s")
    return done, wrong, totals, time.monotonic() - start


def main(arguments=None):
    parser = argparse.ArgumentParser(prog="python3 -m neuro.differential", description=__doc__.split("\n\n")[0])
    parser.add_argument("--count", type=int, default=2000, help="networks to run (default %(default)s)")
    parser.add_argument("--seed", type=int, default=0, help="number of the first network (default %(default)s)")
    parser.add_argument("--hours", type=float, help="run for so long instead of --count")
    parser.add_argument("--engines", default=",".join(ENGINES), help="of the simulator, to compare (default %(default)s)")
    parser.add_argument("--tool", metavar="FILE", help="run this neuro-run instead of the module of Python")
    parser.add_argument("--tool-every", type=int, metavar="N", help="also run every Nth network through --tool")
    parser.add_argument("--max-failures", type=int, default=5, metavar="N", help="stop after so many (default %(default)s)")
    parser.add_argument("--no-shrink", action="store_true", help="print a network that differs as it was made")
    parser.add_argument("--save", metavar="FOLDER", help="where to write the networks that differ")
    parser.add_argument("--replay", metavar="FILE", help="run one saved network")
    parser.add_argument("--quiet", action="store_true", help="no progress")
    options = parser.parse_args(arguments)
    options.engines = options.engines.split(",")
    if not set(options.engines) <= set(ENGINES):
        parser.error(f"--engines: expected some of {', '.join(ENGINES)}, got {', '.join(options.engines)}")
    if options.tool_every and not options.tool:
        parser.error("--tool-every needs --tool")
    runner = Tool(options.tool) if options.tool and not options.tool_every else Module()
    if options.replay:
        case = json.loads(pathlib.Path(options.replay).read_text(encoding="utf-8"))
        found = check(case, random_networks.build([case])[0], runner, options.engines)
        say(describe(case))
        for difference in found:
            say(f"first difference: {difference}")
        say(f"1 network, {len(found)} mismatches")
        return 1 if found else 0
    done, wrong, totals, seconds = sweep(options, runner)
    say(
        f"{done} networks ({totals['neurons']} neurons, {totals['synapses']} synapses), engines "
        f"{' and '.join(options.engines)}: {wrong} mismatches, {seconds:.0f} s"
    )
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
