# Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The machine a second time: slow, in plain integers, from the text alone.

Written from docs/spec/machine.md, docs/spec/learning.md and the schema nrb.fbs;
shares no code with the simulator. Labels (M1, L-5, ...) are those of the
specification. `neuro.differential` compares the two on random networks;
`python3 -m neuro.reference model.nrb --input in.npz --output out.npz` runs any binary.
"""

import argparse
import math
import pathlib
import struct

from .reference_arithmetic import half_to_even, limit, philox, wrap
from .reference_binary import SCHEMA, read_binary, schema

__all__ = ["COUNTERS", "OPCODES", "SCHEMA", "Machine", "philox", "read_binary", "schema"]

COUNTERS = (
    "spikes synaptic_operations neuron_updates active_neuron_updates learning_updates dendrite_wraps register_wraps "
    "saturations learning_saturations"
).split()

OPCODES = "RMW RDC MOV SEL AND OR SHL ADD NEG MIN MUL_SHR LT GE EQ SKP_C JMP_C SPIKE PROBE".split()

# The machine.


class Group:
    """A group of neurons of a core."""

    def __init__(self, table, core, number, program):
        self.name, self.core, self.number = table.name, core, number
        self.first, self.count = table.first, table.count
        self.payload_bits, self.num_dendrites = table.payload_bits, table.dendrites
        self.source, self.source_first = table.source, table.source_first
        self.parameters = [per_neuron(entry.values, table.count) for entry in table.parameters]
        self.fields = table.state
        self.init = [per_neuron(field.init, table.count) for field in table.state]
        self.ranges = []
        for field in table.state:
            low = -(1 << (field.bits - 1)) if field.is_signed else 0
            self.ranges.append((low, low + (1 << field.bits) - 1))
        self.saturates = [field.overflow == schema().enums["OverflowRule"]["saturate"] for field in table.state]
        self.code = [
            (word & 31, word >> 5 & 3, word >> 7 & 63, word >> 13 & 63, word >> 19 & 63, word >> 25 & 127)
            for word in program.code
        ]
        # Whether the program may ever be idle (machine.md, section 5).
        self.may_idle = True
        for op, mode, _, a, b, _ in self.code:
            reads = ([a] if op != 14 and op != 15 else []) + ([b] if op in USES_B or (op == 6 and mode & 1) else [])
            if op == 17 or 28 in reads or 29 in reads:
                self.may_idle = False
        self.exponents = {}  # by dendrite
        self.counters = dict.fromkeys(COUNTERS, 0)
        self.reset()

    def reset(self):
        self.state = [[column[i] for column in self.init] for i in range(self.count)]
        self.sums = {}  # by step: (neuron, dendrite) -> exact sum
        self.visits = {}  # by step: synapses whose weights are added
        self.dendrites = [[0] * 4 for _ in range(self.count)]
        self.sent = [None] * self.count  # payloads of this step
        self.sent_before = [False] * self.count  # whether in the step before
        self.exports = [[0, 0, 0, 0] for _ in range(self.count)]  # y1 y2 y3 bap
        self.exports_before = list(self.exports)
        self.quiet = False


class Traces:
    """Traces of one side and the time of its last spike in the epoch (L-8)."""

    def __init__(self, count):
        self.values, self.marks = [0] * count, [False] * count
        self.time, self.step = 0, -1
        self.history = []  # the values after each step of the epoch

    def at(self, time):
        return self.history[time - 1]


class Axon:
    """An entry of the input-axon table with its synapses."""

    def __init__(self, table, core, number):
        self.core, self.number, self.delay = core, number, table.delay
        self.format = core.table.formats[table.format]
        self.rule = None if self.format.rule < 0 else core.table.rules[self.format.rule]
        self.targets, self.initial, self.initial_delays, self.initial_tags = [], [], [], []
        self._unpack(table)
        self.reset()

    def reset(self):
        self.weights, self.delays, self.tags = list(self.initial), list(self.initial_delays), list(self.initial_tags)
        self.pre = Traces(2)
        self.received = None  # sum of the payloads of this step

    def variables(self, synapse):
        """w, d, t in the order of RuleTarget."""
        return self.weights[synapse], self.delays[synapse], self.tags[synapse]

    def store(self, target, synapse, value):
        (self.weights, self.delays, self.tags)[target][synapse] = value

    def _unpack(self, table):
        """M7, M8."""
        form, mode = self.format, schema().enums["SignMode"]
        sparse = form.compression == schema().enums["Compression"]["sparse"]
        index_bits = form.idx_bits if sparse else 0
        self.step = 1 << (8 - form.weight_bits + (form.sign_mode == mode["mixed"]))
        self.max_delay = min((1 << form.delay_bits) - 1, 62)  # L-15
        words = self.core.table.synapse_words[table.synapse_word : table.synapse_word + table.words]
        word, following = 0, table.base
        while word < len(words):
            stream = words[word]
            count = (stream >> 4 & 63) + 1
            width = form.weight_bits + form.delay_bits + form.tag_bits + index_bits
            length = -(-(10 + count * width) // 64)
            for i in range(1, length):
                stream |= words[word + i] << (64 * i)
            stream >>= 10
            for _ in range(count):
                stored, rest = stream & ((1 << form.weight_bits) - 1), stream >> form.weight_bits
                delay, rest = rest & ((1 << form.delay_bits) - 1), rest >> form.delay_bits
                self.initial_tags.append(rest & ((1 << form.tag_bits) - 1))
                index = rest >> form.tag_bits & ((1 << index_bits) - 1)
                stream >>= width
                if form.sign_mode == mode["mixed"]:
                    stored = wrap(stored, form.weight_bits)
                elif form.sign_mode == mode["inhibitory"]:
                    stored = -stored
                self.targets.append(table.base + index if sparse else following)
                self.initial.append(stored * self.step)
                self.initial_delays.append(delay)
                following += 1
            word += length


class Core:
    def __init__(self, table, number, first_group):
        self.table, self.number = table, number
        self.groups = [
            Group(entry, self, first_group + i, table.programs[entry.program]) for i, entry in enumerate(table.groups)
        ]
        self.group_of = {}
        for group in self.groups:
            for i in range(group.count):
                self.group_of[group.first + i] = (group, i)
        self.axons = [Axon(entry, self, i) for i, entry in enumerate(table.axons_in)]
        for axon in self.axons:
            axon.posts = [self.group_of[target] for target in axon.targets]
            for group, _ in axon.posts:
                group.exponents[axon.format.dendrite] = axon.format.weight_exp

    def fanout(self, neuron):
        begin, end = self.table.fanout_index[neuron : neuron + 2]
        return self.table.fanout[begin:end]


# Opcodes that read operand b as a value (SHL only in its register form).
USES_B = {OPCODES.index(name) for name in "RMW SEL AND OR ADD MIN MUL_SHR LT GE EQ".split()}


def per_neuron(values, count):
    return list(values) * count if len(values) == 1 else list(values)


class Machine:
    """Runs a binary, one sequence after the other.

    Args:
      data: the bytes of a valid .nrb.
    """

    def __init__(self, data):
        self.binary = read_binary(data)
        self.cores, self.groups = [], []
        for number, table in enumerate(self.binary.cores):
            self.cores.append(Core(table, number, len(self.groups)))
            self.groups += self.cores[-1].groups
        self.steps = self.host_spikes = self.input_saturations = 0
        self.name_senders()

    def name_senders(self):
        """L-10: the smallest (population, neuron) that sends to an axon."""
        senders = {}

        def note(fanout, sender):
            for entry in fanout:
                key = (entry.core, entry.axon)
                senders[key] = min(sender, senders.get(key, sender))

        for number, port in enumerate(self.binary.inputs):
            for i in range(port.width):
                note(port.fanout[slice(*port.fanout_index[i : i + 2])], ((1 << 31) + number, i))
        for group in self.groups:
            for i in range(group.count):
                note(group.core.fanout(group.first + i), (group.source, group.source_first + i))
        for core in self.cores:
            for axon in core.axons:
                axon.sender = senders.get((core.number, axon.number), (0, 0))

    def encode(self, port, value):
        """The payload of one element of a graded port, before M5's width 0; 0: not sent."""
        exact = round(float(value) / port.scale)
        payload = limit(exact, -port.limit, port.limit)
        self.input_saturations += payload != exact
        return payload

    def run(self, inputs, tokens, observe=None, learning=True):
        """Runs one sequence from reset.

        Args:
          inputs: by port name, one row per token: a list of values for a graded
            port, an id for a one-hot port.
          tokens: length of the sequence.
          observe: called with (step, machine) after every step.

        Returns:
          By output port, one row of payloads per token read.
        """
        for core in self.cores:
            for part in core.groups + core.axons:
                part.reset()
        self.learning, self.in_flight, self.probed, self.posts = learning, {}, [], {}
        self.lava = []
        if self.binary.learning_mode == schema().enums["LearningMode"]["lava_compat"]:
            self.lava = [
                LavaConnection(core, number, rule, self.binary.seed)
                for core in self.cores
                for number, rule in enumerate(core.table.rules)
            ]
        period, kinds = self.binary.timing.period, schema().enums["InputKind"]
        sends, reads = {}, {}
        for token in range(tokens):
            for port in self.binary.inputs:
                if port.kind == kinds["tick"]:
                    spikes = [(0, 1)]
                elif port.kind == kinds["one_hot"]:
                    spikes = [(int(inputs[port.name][token]), 1)]
                else:
                    spikes = [(i, self.encode(port, value)) for i, value in enumerate(inputs[port.name][token])]
                sends.setdefault(token * period + port.offset, []).append((port, spikes))
            for port in self.binary.outputs:
                if port.time_axis >= 0 or token == tokens - 1:
                    reads.setdefault(token * period + port.offset, []).append(port)
        outputs = {port.name: [] for port in self.binary.outputs}
        for step in range((tokens - 1) * period + self.binary.timing.latency + 1):  # M5
            for port, spikes in sends.get(step, []):
                for neuron, payload in spikes:
                    if payload:
                        self.host_spikes += 1
                        begin, end = port.fanout_index[neuron : neuron + 2]
                        self.send(port.fanout[begin:end], payload if port.payload_bits else 1, step)
            self.step(step)
            for port in reads.get(step, []):
                row = []
                for element in port.elements:
                    group, i = self.cores[element.core].group_of[element.neuron]
                    row.append(group.sent[i] or 0)
                outputs[port.name].append(row)
            if observe:
                observe(step, self)
        return outputs

    def post_traces(self, axon, post):
        """y1, y2, y3 that the rule of an axon sees of a post neuron (group, number)."""
        for connection in self.lava:
            if axon in connection.axons:
                return connection.posts[post].values
        group, neuron = post
        return self.posts[axon.core.number, axon.format.rule, group.number, neuron].values

    def send(self, fanout, payload, step):
        """M3, M4: on its way to input axons."""
        for entry in fanout:
            axon = self.cores[entry.core].axons[entry.axon]
            self.in_flight.setdefault(step + 1 + axon.delay, []).append((axon, payload))

    def step(self, step):
        self.steps += 1
        for core in self.cores:
            for axon in core.axons:
                axon.received = None
        for axon, payload in self.in_flight.pop(step, []):
            self.deliver(axon, payload, step)
        for group in self.groups:
            self.accumulate(group, step)
        for group in self.groups:
            self.update(group, step)
        # Without learning the traces evolve all the same.
        if self.lava:
            for connection in self.lava:
                connection.step(step, self.learning)
        else:
            for core in self.cores:
                for axon in core.axons:
                    if axon.rule:
                        self.learn(axon, step)

    def deliver(self, axon, payload, step):
        axon.received = payload + (axon.received or 0)
        # L-15: what a synapse holds when the spike arrives. L-14: Lava's delays do not act.
        delays = axon.initial_delays if self.lava else axon.delays
        for (group, neuron), weight, delay in zip(axon.posts, axon.weights, delays):
            sums = group.sums.setdefault(step + delay, {})
            key = (neuron, axon.format.dendrite)
            sums[key] = sums.get(key, 0) + weight * payload
            if weight or axon.rule:
                group.visits[step + delay] = group.visits.get(step + delay, 0) + 1

    def accumulate(self, group, step):
        """M9, M10."""
        for row in group.dendrites:
            row[:] = [0, 0, 0, 0]
        group.counters["synaptic_operations"] += group.visits.pop(step, 0)
        for (neuron, dendrite), total in group.sums.pop(step, {}).items():
            exponent = group.exponents[dendrite]
            total = total << exponent if exponent >= 0 else total >> -exponent
            value = wrap(total, 24)
            group.counters["dendrite_wraps"] += value != total
            group.dendrites[neuron][dendrite] = value
        group.found = [list(row) for row in group.dendrites]

    def update(self, group, step):
        """Runs the program of every neuron; keeps track of idleness (section 5)."""
        counters = group.counters
        counters["neuron_updates"] += group.count
        still = not any(any(row) for row in group.dendrites)
        if not (group.may_idle and still and group.quiet):
            counters["active_neuron_updates"] += group.count
        group.changed = group.exported = False
        events = sum(counters[name] for name in ("register_wraps", "saturations"))
        for neuron in range(group.count):
            group.sent_before[neuron] = group.sent[neuron] is not None
            group.sent[neuron] = None
            group.exports_before[neuron] = group.exports[neuron]
            group.exports[neuron] = [0, 0, 0, 0]
            self.execute(group, neuron, step)
        calm = not group.exported and all(payload is None for payload in group.sent)
        calm = calm and events == sum(counters[name] for name in ("register_wraps", "saturations"))
        if group.changed:
            group.quiet = False
        elif still and calm:
            group.quiet = True

    def execute(self, group, neuron, step):
        """M11 to M15."""
        counters, state, dendrites = group.counters, group.state[neuron], group.dendrites[neuron]
        registers, exports = [0] * 16, group.exports[neuron]
        identity = group.source_first + neuron
        flag, at = False, 0

        def read(code, draw):
            if code < 16:
                return registers[code]
            if code < 24:
                return state[code - 16]
            if code < 28:
                return dendrites[code - 24]
            if code >= 32:
                return group.parameters[code - 32][neuron]
            if code == 28:
                return philox((step, group.source, identity, draw), self.binary.seed) & 0xFFFFFF
            return (step, identity, 0)[code - 29]

        def store(field, value):
            low, high = group.ranges[field]
            if group.saturates[field]:
                kept = limit(value, low, high)
                counters["saturations"] += kept != value
            else:
                kept = wrap(value, group.fields[field].bits, group.fields[field].is_signed)
                counters["register_wraps"] += kept != value
            group.changed |= state[field] != kept
            state[field] = kept

        def write(code, value):
            if code < 16:
                registers[code] = value
            elif code < 24:
                store(code - 16, value)
            elif code < 27:
                exports[code - 24] = limit(value, 0, 127)
                counters["saturations"] += exports[code - 24] != value
                group.exported |= exports[code - 24] != 0
            else:
                exports[3] = int(value != 0)
                group.exported |= value != 0

        def narrow(value, saturate):
            if saturate:
                kept = limit(value, -(1 << 31), (1 << 31) - 1)
                counters["saturations"] += kept != value
            else:
                kept = wrap(value, 32)
                counters["register_wraps"] += kept != value
            return kept

        while at < len(group.code):
            op, mode, dst, a, b, imm = group.code[at]
            name = OPCODES[op]
            first, second = mode & 1, mode & 2
            x = read(a, 2 * at) if op < 14 or op > 15 else 0
            y = read(b, 2 * at + 1) if op in USES_B or (name == "SHL" and first) else 0
            at += 1
            if name == "RMW":
                store(a - 16, x + y)
                write(dst, state[a - 16])
            elif name == "RDC":
                write(dst, x)
                if a < 24:
                    group.changed |= state[a - 16] != 0
                    state[a - 16] = 0
                else:
                    dendrites[a - 24] = 0
            elif name == "MOV":
                write(dst, x)
            elif name == "SEL":
                write(dst, x if flag else y)
            elif name == "AND":
                write(dst, x & y)
            elif name == "OR":
                write(dst, x | y)
            elif name == "SHL":
                write(dst, narrow(x << (limit(y, 0, 31) if first else imm), second))
            elif name == "ADD":
                write(dst, narrow(x + y, second))
            elif name == "NEG":
                write(dst, narrow(-x, second))
            elif name == "MIN":
                counters["saturations"] += bool(second) and y < x
                write(dst, y if y < x else x)
            elif name == "MUL_SHR":
                product = x * y
                shifted = product >> imm if first or product >= 0 else -(-product >> imm)
                write(dst, narrow(shifted, second))
            elif name == "LT":
                flag = x < y
            elif name == "GE":
                flag = x >= y
            elif name == "EQ":
                flag = x == y
            elif name == "SKP_C":
                at += imm if flag else 0
            elif name == "JMP_C":
                at = imm + 128 * b if flag else at
            elif name == "SPIKE":
                counters["spikes"] += 1
                payload = 1
                if group.payload_bits:
                    top = 1 << (group.payload_bits - 1)
                    payload = limit(x, -top, top - 1)
                    counters["saturations"] += payload != x
                group.sent[neuron] = payload
                self.send(group.core.fanout(group.first + neuron), payload, step)
            else:
                self.probed.append((step, group.number, neuron, x))

    def begin_step(self, traces, configs, epoch, step, sender, first):
        """L-8, L-9: a new epoch forgets the spikes; every trace decays."""
        if step % epoch == 0:
            traces.time, traces.history = 0, []
        for i, config in enumerate(configs):
            if not config or config.tau == 0:
                traces.values[i], traces.marks[i] = 0, False
            elif config.tau != 65535:
                product = traces.values[i] * round(65536 * math.exp(-1 / config.tau))
                word = philox((step, *sender, (1 << 16) + 2 * (first + i)), self.binary.seed)
                traces.values[i] = (product >> 16) + (word & 0xFFFF < product & 0xFFFF)

    def impulse(self, config, step, sender, number):
        """L-9: what a spike adds."""
        if not config:
            return 0
        word = philox((step, *sender, (1 << 16) + 2 * number + 1), self.binary.seed) if config.impulse_fraction else 255
        return config.impulse + (word & 255 < config.impulse_fraction)

    def trace_pre(self, axon, step):
        """L-4, L-9, L-11: the traces of the pre side in the step of delivery."""
        rule, traces, modes = axon.rule, axon.pre, schema().enums["GradedTraceMode"]
        self.begin_step(traces, (rule.x1, rule.x2), rule.epoch, step, axon.sender, 0)
        if axon.received is not None:
            traces.time = 1 + step % rule.epoch
            half, mode = half_to_even(axon.received, 2), rule.graded_mode
            exact, second = traces.values[0], True
            if mode == modes["overwrite"]:
                exact, traces.marks[0] = half, False
            elif mode == modes["impulse"]:
                exact += self.impulse(rule.x1, step, axon.sender, 0)
            elif mode == modes["add_saturate"]:
                exact += half
            else:
                exact += half
                second = exact > 127
                if second:
                    exact -= 127
                else:
                    traces.time = 0
            self.put(traces, 0, exact)
            if second:
                self.put(traces, 1, traces.values[1] + self.impulse(rule.x2, step, axon.sender, 1))
        traces.history.append(tuple(traces.values))

    def put(self, traces, i, exact):
        traces.values[i] = limit(exact, 0, 127)
        traces.marks[i] = traces.marks[i] or traces.values[i] != exact

    def trace_post(self, core, number, rule, group, neuron, step):
        """L-3, L-12: the traces of a post neuron for one rule, once in a step."""
        traces = self.posts.setdefault((core.number, number, group.number, neuron), Traces(3))
        if traces.step == step:
            return traces
        traces.step = step
        if rule.third_factor:
            self.begin_step(traces, (), rule.epoch, step, (), 2)
            traces.values = group.exports[neuron][:3]
            spiked = group.exports[neuron][3]
        else:
            sender = (group.source, group.source_first + neuron)
            configs = (rule.y1, rule.y2, rule.y3)
            self.begin_step(traces, configs, rule.epoch, step, sender, 2)
            spiked = group.sent_before[neuron]
            for i, config in enumerate(configs if spiked else ()):
                self.put(traces, i, traces.values[i] + self.impulse(config, step, sender, 2 + i))
        if spiked:
            traces.time = 1 + step % rule.epoch
        traces.history.append(tuple(traces.values))
        return traces

    def learn(self, axon, step):
        """L-3 to L-13 for the synapses of one axon."""
        rule, dependencies = axon.rule, schema().enums["Dependency"]
        self.trace_pre(axon, step)
        posts = [self.trace_post(axon.core, axon.format.rule, rule, *post, step) for post in axon.posts]
        if (step + 1) % rule.epoch or not self.learning:
            return
        periodic = (step + 1) // rule.epoch % (1 << rule.u_k) == 0
        pre = axon.pre
        for synapse, ((group, neuron), post) in enumerate(zip(axon.posts, posts)):
            times = {dependencies["x0"]: pre.time, dependencies["y0"]: post.time, dependencies["u"]: rule.epoch * periodic}
            old, changed, limited = axon.variables(synapse), False, False
            for term in rule.terms:
                products = []
                for product in term.products:
                    time = times[product.dependency]
                    if time:
                        x, y = pre.at(time), post.at(time)
                        products.append((product, (int(pre.time > 0), *x, int(post.time > 0), *y, *old, 0)))
                if products:
                    changed = True
                    acc, lost = accumulate_products(products, old[term.target], pre.marks)
                    value, outside = self.round_variable(axon, acc, term.target, step, group, neuron)
                    axon.store(term.target, synapse, value)
                    limited |= lost or outside
            group.counters["learning_updates"] += changed
            group.counters["learning_saturations"] += limited

    def round_variable(self, axon, acc, target, step, group, neuron):
        """L-6, L-13, L-15: the new weight, delay or tag, and whether it was limited."""
        targets = schema().enums["RuleTarget"]
        grain = axon.step if target == targets["weight"] else 1
        bits = 7 + grain.bit_length() - 1
        value = acc >> bits
        if axon.rule.stochastic:
            draw = philox(((1 << 17) + target, *axon.sender, axon.format.dendrite), self.binary.seed)
            word = philox((step, group.source, group.source_first + neuron, draw), self.binary.seed)
            rest = (1 << bits) - 1
            value += word & rest < acc & rest
        value *= grain
        modes = schema().enums["SignMode"]
        bottom, top = -256, 255
        if target == targets["delay"]:
            bottom, top = 0, axon.max_delay
        elif target == targets["weight"]:
            bottom, top = {
                modes["mixed"]: (-256, 256 - grain),
                modes["excitatory"]: (0, 256 - grain),
                modes["inhibitory"]: (grain - 256, 0),
            }[axon.format.sign_mode]
        kept = limit(value, bottom, top)
        return kept, kept != value


def accumulate_products(products, variable, marks, low=-(1 << 15)):
    """L-5: the accumulator, and whether anything was limited."""
    limited = False
    high = (1 << 15) - 1
    acc = variable << 7
    for product, values in products:
        factors, marked = [], []
        m, width = 1, 0
        for factor in product.factors:
            value = values[factor.var] + factor.constant
            if factor.sgn:
                value = (value > 0) - (value < 0)
            bits = 1 if factor.sgn else FACTOR_BITS[factor.var]
            factors.append(limit(value, -(1 << bits), (1 << bits) - 1))
            marked.append(factor.var in (1, 2) and marks[factor.var - 1])
            m *= factors[-1]
            width += bits
        limited |= any(marked) and all(value for value, mark in zip(factors, marked) if not mark)
        m = (m * product.mantissa >> max(0, width + 4 - 15)) << (product.exponent + 7)
        kept = limit(m, low, high)
        total = limit(acc + kept, low, high)
        limited |= kept != m or total != acc + kept
        acc = total
    return acc, limited


# L-2, in the order of FactorVar: x0 x1 x2 y0 y1 y2 y3 w d t constant.
FACTOR_BITS = (1, 7, 7, 1, 7, 7, 7, 9, 9, 9, 8)


class LavaConnection:
    """L-14: the synapses of one rule of a core as Lava's bit-approximate connection."""

    def __init__(self, core, number, rule, seed):
        import numpy

        self.rule = rule
        self.axons = [axon for axon in core.axons if axon.format.rule == number]
        self.posts = {post: Traces(3) for axon in self.axons for post in axon.posts}
        names = ("decay x", "impulse x", "decay y", "impulse y", "variable")
        seeds = (seed, seed + 1, seed + 2, seed + 3, 2)
        self.streams = {name: numpy.random.Generator(numpy.random.PCG64(s)) for name, s in zip(names, seeds)}
        self.random = {}
        self.draw(*names)

    def draw(self, *names):
        for name in names:
            stream = self.streams[name]
            self.random[name] = int(stream.integers(0, 128)) if name.startswith("impulse") else stream.random()

    @staticmethod
    def add(config, value, random):
        if not config:
            return limit(value, 0, 127)
        return limit(value + config.impulse + (random < config.impulse_fraction), 0, 127)

    def step(self, step, learning):
        rule, epoch = self.rule, self.rule.epoch
        if step == 0:
            return
        k = 1 + (step - 1) % epoch
        traces = ("decay x", "impulse x", "decay y", "impulse y")
        for axon in self.axons:
            if axon.received:
                self.receive(axon, k)
        self.draw(*traces)
        for (group, neuron), post in self.posts.items():
            exports = group.exports_before[neuron]
            spiked = exports[3] if rule.third_factor else group.sent_before[neuron]
            if rule.third_factor:
                post.values = exports[:3]
            elif spiked and post.time:
                for i, config in enumerate((rule.y1, rule.y2, rule.y3)):
                    post.values[i] = self.add(config, post.values[i], self.random["impulse y"])
            if spiked:
                post.time = k
        self.draw(*traces)
        if k == epoch:
            self.draw("variable")
            self.update(step, learning)

    def receive(self, axon, k):
        rule, pre, modes = self.rule, axon.pre, schema().enums["GradedTraceMode"]
        half = half_to_even(axon.received, 2)
        total, wraps = (pre.values[0] + half) % 256, rule.graded_mode == modes["add_wrap_impulse_x2"]
        counts = not wraps or total > 127
        if rule.graded_mode == modes["overwrite"]:
            pre.values[0] = half % 256
        elif rule.graded_mode == modes["add_saturate"]:
            pre.values[0] = min(total, 127)
        elif wraps:
            pre.values[0] = total - 127 if total > 127 else total
        elif pre.time:
            pre.values[0] = self.add(rule.x1, pre.values[0], 0)
        if counts and pre.time:
            pre.values[1] = self.add(rule.x2, pre.values[1], 0)
        if counts:
            pre.time = k

    def evolve(self, traces, configs, taus, side):
        """h[0..T] of every trace."""
        rows = [tuple(traces.values)]
        for k in range(1, self.rule.epoch + 1):
            row = []
            for config, tau, value in zip(configs, taus, rows[-1]):
                exact = math.exp(-1 / tau) * value if tau else 0.0
                value = math.floor(exact) + (self.random["decay " + side] < exact - math.floor(exact))
                row.append(self.add(config, value, self.random["impulse " + side]) if traces.time == k else value)
            rows.append(tuple(row))
        return rows

    def update(self, step, learning):
        rule, dependencies = self.rule, schema().enums["Dependency"]
        xs, ys = (rule.x1, rule.x2), (rule.y1, rule.y2, rule.y3)
        taus = [config.tau if config else 0 for config in xs + ys]
        if rule.third_factor:
            taus[2:] = [65535] * 3
        pre = {axon: self.evolve(axon.pre, xs, taus[:2], "x") for axon in self.axons}
        post = {key: self.evolve(traces, ys, taus[2:], "y") for key, traces in self.posts.items()}
        periodic = step // rule.epoch % (1 << rule.u_k) == 0
        for axon in self.axons if learning else ():
            for synapse, key in enumerate(axon.posts):
                tx, ty = axon.pre.time, self.posts[key].time
                times = {dependencies["x0"]: tx, dependencies["y0"]: ty, dependencies["u"]: rule.epoch * periodic}
                old, changed, limited = axon.variables(synapse), False, False
                for term in rule.terms:
                    products = []
                    for product in term.products:
                        time = times[product.dependency]
                        if time:
                            values = (int(tx > 0), *pre[axon][time], int(ty > 0), *post[key][time], *old, 0)
                            products.append((product, values))
                    if products:
                        changed = True
                        acc, lost = accumulate_products(products, old[term.target], (False, False), -(1 << 15) - 1)
                        value = (acc >> 7) + (self.random["variable"] < (acc & 127) / 128)
                        kept = limit(value, *self.bounds(axon, term.target))
                        axon.store(term.target, synapse, kept)
                        limited |= lost or kept != value
                group = key[0]
                group.counters["learning_updates"] += changed
                group.counters["learning_saturations"] += limited
        for axon in self.axons:
            axon.pre.values, axon.pre.time = list(pre[axon][-1]), 0
        for key, traces in self.posts.items():
            traces.time = 0
            if not rule.third_factor:
                traces.values = list(post[key][-1])

    @staticmethod
    def bounds(axon, target):
        targets = schema().enums["RuleTarget"]
        if target != targets["weight"]:
            return (0, 255) if target == targets["delay"] else (-257, 255)
        modes = schema().enums["SignMode"]
        return {modes["mixed"]: (-256, 255), modes["excitatory"]: (0, 255), modes["inhibitory"]: (-255, 0)}[
            axon.format.sign_mode
        ]


# Arrays in, arrays out.


FLOAT32_MAX = struct.unpack("<f", bytes.fromhex("ffff7f7f"))[0]


def decode(port, row):
    """The values of one row of payloads of an output port, as float32 (M5)."""
    scale, zero = per_neuron(port.scale, len(row)), per_neuron(port.zero or [0.0], len(row))
    values = (limit(payload * s + z, -FLOAT32_MAX, FLOAT32_MAX) for payload, s, z in zip(row, scale, zero))
    return [struct.unpack("<f", struct.pack("<f", value))[0] for value in values]


def rows_of(port, array):
    """One sequence of an array as rows by token, the elements of a token in order."""
    array = array.swapaxes(0, port.time_axis - 1)
    return [row.reshape(-1).tolist() if port.kind == 0 else int(row) for row in array]


def main(arguments=None):
    import numpy

    parser = argparse.ArgumentParser(prog="python3 -m neuro.reference", description=__doc__.split("\n")[0])
    parser.add_argument("model", help="a valid .nrb")
    parser.add_argument("--input", required=True, metavar="NPZ", help="arrays by port, as for neuro-run")
    parser.add_argument("--output", required=True, metavar="NPZ", help="where to write the outputs")
    options = parser.parse_args(arguments)
    machine = Machine(pathlib.Path(options.model).read_bytes())
    arrays = dict(numpy.load(options.input))
    results = {port.name: [] for port in machine.binary.outputs}
    for i in range(len(next(iter(arrays.values())))):
        inputs = {port.name: rows_of(port, arrays[port.name][i]) for port in machine.binary.inputs if port.time_axis >= 0}
        outputs = machine.run(inputs, len(next(iter(inputs.values()))))
        for port in machine.binary.outputs:
            values = [decode(port, row) for row in outputs[port.name]]
            shape = [extent for axis, extent in enumerate(port.shape[1:], 1) if axis != port.time_axis]
            values = numpy.array(values, numpy.float32).reshape([len(values), *shape])
            results[port.name].append(values.swapaxes(0, port.time_axis - 1) if port.time_axis >= 0 else values[0])
    numpy.savez(options.output, **{name: numpy.stack(values) for name, values in results.items()})


if __name__ == "__main__":
    main()
