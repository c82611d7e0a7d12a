# Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Random valid chip binaries, from a seed.

A case is a plain tree of dicts and lists that JSON can hold: cores with groups
(program, parameters, state) and input axons (format, blocks of synapses), ports,
timing, and the arrays to feed. `to_tables` lays it out as the schema wants it,
`build` has flatc write the binaries.
"""

import json
import pathlib
import random
import subprocess
import tempfile

from . import reference, reference_binary

OP = {name: number for number, name in enumerate(reference.OPCODES)}
WITH_DST = {"RMW", "RDC", "MOV", "SEL", "AND", "OR", "SHL", "ADD", "NEG", "MIN", "MUL_SHR"}
WITH_B = {"RMW", "SEL", "AND", "OR", "ADD", "MIN", "MUL_SHR", "LT", "GE", "EQ"}
SATURATING = {"SHL", "ADD", "NEG", "MUL_SHR", "MIN"}


def integer(rng, bits=32):
    """Small, large and extreme values in equal parts."""
    top = 1 << (bits - 1)
    kind = rng.randrange(8)
    if kind < 4:
        return rng.randint(-20, 20)
    if kind == 4:
        return rng.randint(-3000, 3000) if bits > 12 else rng.randint(-top, top - 1)
    if kind == 5:
        return rng.choice((-top, top - 1, 1 - top, top - 2, 0, -1))
    return rng.randint(-top, top - 1) >> rng.randrange(bits)


# Programs.


class ProgramMaker:
    """A random program that the verifier accepts."""

    def __init__(self, rng, group):
        self.rng, self.group = rng, group
        self.code, self.written = [], set()
        self.flag = self.spiked = False

    def make(self, length):
        rng = self.rng
        self.block(length)
        if rng.random() < 0.5:
            self.export()
        if not self.spiked and rng.random() < 0.7:
            if rng.random() < 0.7:
                self.emit(rng.choice(("LT", "GE", "EQ")))
                self.code.append({"op": "SKP_C", "imm": 1})
            self.emit("SPIKE")
        return self.code

    def export(self):
        """What the learning rules of the group's synapses read, in values that are not all at a limit."""
        for dst in (24, 25, 26, 27):
            if self.rng.random() < 0.7:
                self.emit("MUL_SHR", dst=dst)
                self.code[-1]["imm"] = self.rng.choice((0, self.rng.randrange(48)))

    def block(self, length, depth=0):
        rng = self.rng
        names = [name for name in OP if name not in ("SKP_C", "JMP_C", "SPIKE", "SEL")] + ["MUL_SHR", "RMW", "RDC"]
        while length > 0:
            kind = rng.random()
            if self.flag and depth < 3 and kind < 0.15:
                length -= self.jump(min(length, rng.randrange(1, 7)), depth)
            elif self.flag and kind < 0.25:
                self.emit("SEL")
            elif not self.spiked and kind < 0.32:
                self.emit("SPIKE")
            elif kind > 0.95 and rng.random() < 0.8:
                self.emit("MOV", dst=rng.randrange(24, 28))
            else:
                self.emit(rng.choice(names))
            length -= 1

    def jump(self, length, depth):
        """A body that may be skipped: what it writes cannot be relied on."""
        skip = {"op": self.rng.choice(("SKP_C", "JMP_C")), "imm": 0}
        self.code.append(skip)
        start, written = len(self.code), set(self.written)
        self.block(length, depth + 1)
        self.written = written
        # In the case a jump counts from the next instruction, as a skip does.
        skip["imm"] = len(self.code) - start
        return length

    def source(self):
        rng, group = self.rng, self.group
        pools = [sorted(self.written)] * 3 if self.written else []
        if group["state"]:
            pools += [range(16, 16 + len(group["state"]))] * 2
        if group["dendrites"]:
            pools += [range(24, 24 + group["dendrites"])] * 2
        if group["parameters"]:
            pools += [range(32, 32 + len(group["parameters"]))] * 2
        if not pools or rng.random() < 0.06:
            return rng.choice((28, 29, 30, 31))
        return rng.choice(rng.choice(pools))

    def destination(self):
        rng = self.rng
        kind = rng.random()
        if kind < 0.08:
            return rng.randrange(24, 28)
        if self.group["state"] and kind < 0.4:
            return 16 + rng.randrange(len(self.group["state"]))
        return rng.randrange(5) if kind < 0.95 else rng.randrange(16)

    def emit(self, name, dst=None):
        rng, group = self.rng, self.group
        states = range(16, 16 + len(group["state"]))
        inputs = list(range(24, 24 + group["dendrites"]))
        if (name == "RMW" and not states) or (name == "RDC" and not list(states) + inputs):
            name = "ADD"
        one = {"op": name, "a": self.source()}
        if name == "RMW":
            one["a"] = rng.choice(states)
        elif name == "RDC":
            one["a"] = rng.choice(inputs * 2 + list(states))
        if name in WITH_B:
            one["b"] = self.source()
        if name in SATURATING and rng.random() < 0.5:
            one["mode"] = 2
        if name == "MUL_SHR":
            one["imm"] = rng.choice((0, 1, rng.randrange(48)))
            one["mode"] = one.get("mode", 0) | rng.randrange(2)
        elif name == "SHL":
            if rng.random() < 0.5:
                one["mode"], one["b"] = one.get("mode", 0) | 1, self.source()
            else:
                one["imm"] = rng.choice((1, 6, rng.randrange(32)))
        if name in WITH_DST:
            one["dst"] = self.destination() if dst is None else dst
            if one["dst"] < 16:
                self.written.add(one["dst"])
        self.flag |= name in ("LT", "GE", "EQ")
        self.spiked |= name == "SPIKE"
        self.code.append(one)


def encode(code):
    """32-bit words."""
    words = []
    for at, one in enumerate(code):
        b, imm = one.get("b", 0), one.get("imm", 0)
        if one["op"] == "JMP_C":
            target = at + 1 + imm
            b, imm = target >> 7, target & 127
        fields = (OP[one["op"]], one.get("mode", 0), one.get("dst", 0), one.get("a", 0), b, imm)
        words.append(sum(value << shift for value, shift in zip(fields, (0, 5, 7, 13, 19, 25))))
    return words


# Networks.


def values(rng, count, draw):
    return [draw() for _ in range(count if rng.random() < 0.5 else 1)]


def make_group(rng, name):
    # The fast engine runs neurons side by side in vectors: sizes on both sides of a vector's.
    size = rng.random()
    count = rng.randint(1, 5) if size < 0.7 else rng.randint(6, 20) if size < 0.93 else rng.randint(30, 70)
    group = {
        "name": name,
        "count": count,
        "dendrites": rng.choice((0, 1, 1, 2, 4)),
        "payload_bits": rng.choice((0, 8, 16, 24)),
        "source_first": rng.choice((0, 0, 7)),
        "exponents": [rng.choice((-1, 0, rng.randint(-8, 7))) for _ in range(4)],
        "parameters": [],
        "state": [],
    }
    for _ in range(rng.choice((0, 1, 2, 3, 6))):
        group["parameters"].append(values(rng, group["count"], lambda: integer(rng)))
    for _ in range(rng.choice((0, 1, 2, 2, 4, 8))):
        bits, signed = rng.choice((8, 16, 24)), rng.random() < 0.7
        init = values(rng, group["count"], lambda bits=bits: integer(rng, bits))
        if not signed:
            init = [value % (1 << bits) for value in init]
        group["state"].append({"bits": bits, "is_signed": signed, "overflow": rng.randrange(2), "init": init})
    group["code"] = ProgramMaker(rng, group).make(rng.choice((0, rng.randint(1, 8), rng.randint(1, 30))))
    return group


def make_products(rng, general):
    products = []
    for _ in range(rng.randint(1, 4)):
        factors = []
        for _ in range(rng.choice((0, 1, 1, 2, 2, 3, 6))):
            var = rng.choice((0, 1, 1, 1, 2, 3, 4, 5, 6, 7, 7, 10) + (8, 9) * general)
            constant = rng.choice((0, 0, 0, 1, rng.randint(-128, 127)))
            if var == 10:
                constant = rng.randint(-128, 127)
            factors.append({"var": var, "sgn": var != 10 and rng.random() < 0.15, "constant": constant})
        products.append(
            {
                "dependency": rng.choice((0, 0, 1, 1, 2)),
                "mantissa": rng.choice((1, -1, rng.randint(-8, 7))),
                "exponent": rng.choice((0, 1, -1, rng.randint(-7, 8))),
                "factors": factors,
            }
        )
    return products


def make_rule(rng, delay_bits):
    """Of the form that the engines are fast for (epoch 1, third factors, L-7), or of the general one."""
    general = rng.random() < 0.5

    def trace():
        if rng.random() < 0.1:
            return None
        config = {"impulse": rng.choice((0, 1, 16, 127, rng.randrange(128))), "tau": rng.choice((0, 65535))}
        if general and rng.random() < 0.7:
            config["tau"] = rng.choice((1, 2, 10, rng.randint(1, 65534)))
        if general and rng.random() < 0.5:
            config["impulse_fraction"] = rng.choice((1, 128, 255))
        return config

    rule = {
        "epoch": rng.choice((1, 1, 2, 3, 5)) if general else 1,
        "third_factor": not general or rng.random() < 0.5,
        "stochastic": general and rng.random() < 0.5,
        "products": make_products(rng, general),
        "delay_products": make_products(rng, general) if general and delay_bits and rng.random() < 0.8 else [],
        "tag_products": make_products(rng, general) if general and rng.random() < 0.4 else [],
        "graded_mode": rng.choice((0, 1, 1, 2) + (3, 3) * general),
    }
    products = rule["products"] + rule["delay_products"] + rule["tag_products"]
    periodic = any(product["dependency"] == 2 for product in products)
    rule["u_k"] = rng.choice((0, 1, 2)) if periodic else 0
    rule.update({name: trace() for name in ("x1", "x2")})
    rule.update({name: {"tau": 65535} if rule["third_factor"] else trace() for name in ("y1", "y2", "y3")})
    return rule


def make_axon(rng, core):
    """None when no group of the core has a dendrite."""
    groups, firsts, total = core["groups"], [], 0
    for group in groups:
        firsts.append(total)
        total += group["count"]
    open_groups = [i for i, group in enumerate(groups) if group["dendrites"]]
    if not open_groups:
        return None
    first = last = rng.choice(open_groups)
    dendrite = rng.randrange(groups[first]["dendrites"])
    exponent = groups[first]["exponents"][dendrite]
    while (
        last + 1 < len(groups)
        and groups[last + 1]["dendrites"] > dendrite
        and groups[last + 1]["exponents"][dendrite] == exponent
    ):
        last += 1
    targets = list(range(firsts[first], firsts[last] + groups[last]["count"]))
    plastic = rng.random() < 0.4
    form = {
        "sign_mode": rng.randint(1, 3),
        "weight_bits": rng.choice((8, 8, rng.randint(1, 8))),
        "weight_exp": exponent,
        "delay_bits": rng.choice((0, 0, rng.randint(1, 3), rng.choice((1, 4, 6)))),
        "tag_bits": rng.choice((0, 0, rng.randint(1, 4))),
        "idx_bits": 0,
        "compression": rng.choice((0, 3)),
        "dendrite": dendrite,
    }
    base = targets[0]
    if form["compression"]:
        begin = rng.randrange(len(targets))
        chosen = targets[begin : begin + rng.randint(1, len(targets) - begin)]
        base = chosen[0]
    else:
        chosen = sorted(rng.sample(targets, rng.randint(1, len(targets))))
        base = rng.randint(max(0, chosen[0] - 3), chosen[0])
        form["idx_bits"] = max(1, (chosen[-1] - base).bit_length()) + rng.choice((0, 0, 2))
    synapses = []
    for target in chosen:
        stored = rng.choice((rng.getrandbits(form["weight_bits"]),) * 3 + ((1 << form["weight_bits"]) - 1,))
        delay = min(rng.getrandbits(form["delay_bits"]), 62) if form["delay_bits"] else 0
        tag = rng.getrandbits(form["tag_bits"]) if form["tag_bits"] else 0
        synapses.append([target - base, stored, delay, tag])
    blocks = []
    while synapses:
        size = rng.choice((64, 64, rng.randint(1, 64)))
        blocks.append(synapses[:size])
        synapses = synapses[size:]
    return {
        "base": base,
        "delay": 0 if plastic else rng.choice((0, 0, 0, rng.randint(1, 4), rng.randint(0, 62))),
        "format": form,
        "rule": make_rule(rng, form["delay_bits"]) if plastic else None,
        "blocks": blocks,
    }


def make_case(seed):
    """A network and what to feed it."""
    rng = random.Random(f"neuro {seed}")
    cores, number, unbounded = [], 0, rng.random() < 0.08
    for _ in range(1 if unbounded else rng.choice((1, 1, 2, 3))):
        core = {"groups": [], "axons": []}
        for _ in range(rng.choice((1, 2, 2, 3))):
            core["groups"].append(make_group(rng, f"g{number}"))
            number += 1
        for _ in range(rng.randint(1, 40 if unbounded else 8)):
            axon = make_axon(rng, core)
            if axon:
                core["axons"].append(axon)
        cores.append(core)
    entries = [[i, j] for i, core in enumerate(cores) for j in range(len(core["axons"]))]

    def fanout(most):
        return sorted(rng.sample(entries, min(len(entries), rng.randint(0, most))))

    for core in cores:
        for group in core["groups"]:
            group["fanout"] = [fanout(3) for _ in range(group["count"])]
    case = {
        "target": "unbounded" if unbounded else "loihi2",
        "chips": 1 if unbounded else rng.choice((1, 1, 2)),
        "seed": rng.getrandbits(64) if rng.random() < 0.5 else rng.randrange(3),
        "period": rng.choice((1, 1, 2, 3)),
        "latency": rng.choice((0, 1, 2, 5)),
        "tokens": rng.choice((rng.randint(1, 5), rng.randint(4, 12))),
        "learning": rng.random() < 0.95,
        "lava_compat": rng.random() < 0.15,
        "cores": cores,
        "inputs": [],
        "outputs": [],
    }
    batch = rng.choice((1, 1, 1, 2))
    for i in range(rng.choice((1, 1, 2))):
        kind = rng.choice((0, 0, 0, 1, 2))
        port = {"name": f"in{i}", "kind": kind, "offset": rng.randint(0, case["latency"])}
        width = 1 if kind == 2 else rng.randint(1, 4)
        port["fanout"] = [fanout(5) or fanout(5) for _ in range(width)]
        port["payload_bits"] = rng.choice((0, 8, 16, 24)) if kind == 0 else 0
        if kind == 0:
            top = (1 << (port["payload_bits"] - 1)) - 1 if port["payload_bits"] else 1
            port["limit"] = rng.choice((top, rng.randint(1, min(top, 300))))
            port["scale"] = rng.choice((1.0, 0.5, 0.1, rng.uniform(0.001, 2)))
            span = min(port["limit"], rng.choice((1, 50, 300, port["limit"]))) * port["scale"] * 1.1
            halves, silent = port["scale"] / 2, rng.choice((0, 0, 0.5, 0.8))

            def draw():
                return rng.choice((0.0, rng.uniform(-span, span), rng.randint(-4, 4) * halves))

            def row():
                quiet = rng.random() < silent
                return [0.0 if quiet else draw() for _ in range(width)]

            port["data"] = [[row() for _ in range(case["tokens"])] for _ in range(batch)]
        elif kind == 1:
            port["data"] = [[rng.randrange(width) for _ in range(case["tokens"])] for _ in range(batch)]
        case["inputs"].append(port)
    for i, core in enumerate(cores):
        for j, axon in enumerate(core["axons"]):
            entries = rng.choice(rng.choice(case["inputs"])["fanout"])
            if axon["rule"] and rng.random() < 0.7 and [i, j] not in entries:
                entries.append([i, j])
    neurons = [[i, g, n] for i, core in enumerate(cores) for g, group in enumerate(core["groups"]) for n in range(group["count"])]
    for i in range(rng.choice((1, 1, 2))):
        elements = rng.sample(neurons, rng.randint(1, min(len(neurons), 3)))
        output = {"name": f"out{i}", "offset": rng.randint(0, case["latency"]), "last": rng.random() < 0.3}
        output["elements"] = elements
        output["scale"] = values(rng, len(elements), lambda: rng.choice((1.0, rng.uniform(-2, 2))))
        output["zero"] = [] if rng.random() < 0.5 else values(rng, len(elements), lambda: rng.uniform(-9, 9))
        case["outputs"].append(output)
    return case


# Layout.


def pack(axon, number):
    """The blocks of an axon as 64-bit words (M7)."""
    form, words = axon["format"], []
    for block in axon["blocks"]:
        stream, at = number % 16 | (len(block) - 1) << 4, 10
        for index, weight, delay, tag in block:
            parts = [(weight, form["weight_bits"]), (delay, form["delay_bits"]), (tag, form["tag_bits"])]
            if not form["compression"]:
                parts.append((index, form["idx_bits"]))
            for value, bits in parts:
                stream |= value << at
                at += bits
        words += [stream >> (64 * i) & (1 << 64) - 1 for i in range(-(-at // 64))]
    return words


def lay_out_fanout(lists):
    index, entries = [0], []
    for one in lists:
        entries += [{"core": core, "axon": axon} for core, axon in one]
        index.append(len(entries))
    return {"fanout_index": index, "fanout": entries}


def to_tables(case):
    """The case as the JSON of the schema."""
    cores, sources, firsts = [], [], []
    target = {"name": case["target"], "cores_per_chip": 120, "mesh_columns": 16, "mesh_rows": 8}
    for number, core in enumerate(case["cores"]):
        table = {"chip": number % case["chips"], "x": number % 16, "y": number // 16, "programs": [], "groups": []}
        table.update(formats=[], rules=[], axons_in=[], synapse_words=[])
        total, fans = 0, []
        firsts.append([])
        for group in core["groups"]:
            firsts[-1].append(total)
            table["groups"].append(
                {
                    "name": group["name"],
                    "first": total,
                    "count": group["count"],
                    "program": len(table["programs"]),
                    "dendrites": group["dendrites"],
                    "payload_bits": group["payload_bits"],
                    "parameters": [{"name": f"p{i}", "values": row} for i, row in enumerate(group["parameters"])],
                    "state": [dict(field, name=f"s{i}") for i, field in enumerate(group["state"])],
                    "source": len(sources),
                    "source_first": group["source_first"],
                }
            )
            table["programs"].append({"name": group["name"], "code": encode(group["code"])})
            sources.append({"name": f"layer_{group['name']}", "op": "random"})
            total += group["count"]
            fans += group["fanout"]
        for axon in core["axons"]:
            form = dict(axon["format"], rule=-1)
            if axon["rule"]:
                form["rule"] = len(table["rules"])
                table["rules"].append(rule_table(axon["rule"], form["rule"]))
            if form not in table["formats"]:
                table["formats"].append(form)
            number = table["formats"].index(form)
            words = pack(axon, number)
            entry = {"synapse_word": len(table["synapse_words"]), "words": len(words), "base": axon["base"]}
            table["axons_in"].append(dict(entry, format=number, delay=axon["delay"]))
            table["synapse_words"] += words
        table.update(lay_out_fanout(fans))
        cores.append(table)
    return {
        "version": {"major": 1, "minor": 0, "patch": 0},
        "producer": "neuro.random_networks",
        "target": target,
        "seed": case["seed"],
        "learning_mode": int(case["lava_compat"]),
        "timing": {"period": case["period"], "latency": case["latency"], "max_tokens": 0},
        "chips": case["chips"],
        "cores": cores,
        "inputs": [input_table(port) for port in case["inputs"]],
        "outputs": [output_table(port, firsts) for port in case["outputs"]],
        "sources": sources,
    }


def rule_table(rule, number):
    keys = ("products", "delay_products", "tag_products")
    terms = [{"target": target, "products": rule[key]} for target, key in enumerate(keys) if rule[key]]
    table = {"name": f"rule{number}", "terms": terms}
    table.update({name: rule[name] for name in ("epoch", "u_k", "graded_mode", "third_factor", "stochastic")})
    table.update({name: rule[name] for name in ("x1", "x2", "y1", "y2", "y3") if rule[name]})
    return table


def input_table(port):
    width = len(port["fanout"])
    table = {key: port[key] for key in ("name", "kind", "offset", "payload_bits")}
    table.update(width=width, limit=port.get("limit", 1), scale=port.get("scale", 1.0), **lay_out_fanout(port["fanout"]))
    if port["kind"] == 0:
        table.update(element_type=0, shape=[-1, -1, width], time_axis=1)
    elif port["kind"] == 1:
        table.update(element_type=1, shape=[-1, -1], time_axis=1)
    else:
        table.update(time_axis=-1)
    return table


def output_table(port, firsts):
    count = len(port["elements"])
    return {
        "name": port["name"],
        "element_type": 0,
        "shape": [-1, count] if port["last"] else [-1, -1, count],
        "time_axis": -1 if port["last"] else 1,
        "offset": port["offset"],
        "scale": port["scale"],
        "zero": port["zero"],
        "elements": [{"core": core, "neuron": firsts[core][group] + neuron} for core, group, neuron in port["elements"]],
    }


def build(cases):
    """The bytes of the binaries, by one run of flatc."""
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        names = []
        for number, case in enumerate(cases):
            names.append(folder / f"case{number}.json")
            names[-1].write_text(json.dumps(to_tables(case)), encoding="utf-8")
        command = ["flatc", "--binary", "-o", str(folder), str(reference_binary.SCHEMA), *map(str, names)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            raise RuntimeError(f"flatc failed: {done.stdout}{done.stderr}")
        return [name.with_suffix(".nrb").read_bytes() for name in names]
