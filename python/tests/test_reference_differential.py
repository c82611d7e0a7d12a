# Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Both engines against the second implementation on random networks.

A fault in any of the three must show. `FAULTS` are small edits to the text of the
reference: the comparison is worth something only if it notices each of them.
"""

import json
import os
import pathlib
import types

import pytest

from neuro import differential, random_networks, reference, reference_binary

COUNT = 2000


def test_random_networks_agree(capsys, record_property):
    code = differential.main(["--count", str(COUNT), "--quiet"])
    text = capsys.readouterr().out
    record_property("differential", text.strip().splitlines()[-1])
    assert code == 0, text
    assert f"{COUNT} networks" in text and ": 0 mismatches" in text


def test_neuro_run_agrees(capsys):
    tool = pathlib.Path(os.environ.get("NEURO_BUILD_DIR", reference_binary.SCHEMA.parents[4] / "build")) / "bin" / "neuro-run"
    code = differential.main(["--count", "25", "--seed", "5000", "--quiet", "--tool", str(tool)])
    assert code == 0, capsys.readouterr().out


# What is replaced, and by what.
FAULTS = {
    "RMW forgets the rule of the field": ("store(a - 16, x + y)", "state[a - 16] = x + y"),
    "RDC leaves the operand": ("                    state[a - 16] = 0", "                    pass"),
    "SEL takes the other": ("x if flag else y", "y if flag else x"),
    "AND is OR": ("x & y", "x | y"),
    "OR is exclusive": ("write(dst, x | y)", "write(dst, x ^ y)"),
    "SHL masks the amount": ("limit(y, 0, 31) if first", "(y & 31) if first"),
    "SHL never saturates": ("if first else imm), second))", "if first else imm), 0))"),
    "ADD never saturates": ("narrow(x + y, second)", "narrow(x + y, 0)"),
    "NEG never saturates": ("narrow(-x, second)", "narrow(-x, 0)"),
    "MIN counts equal operands": ("bool(second) and y < x", "bool(second) and y <= x"),
    "MUL_SHR rounds down": ("if first or product >= 0 else", "if True else"),
    "MUL_SHR rounds towards zero": ("if first or product >= 0 else", "if product >= 0 else"),
    "MUL_SHR never saturates": ("narrow(shifted, second)", "narrow(shifted, 0)"),
    "LT is LE": ("flag = x < y", "flag = x <= y"),
    "GE is GT": ("flag = x >= y", "flag = x > y"),
    "SKP_C skips one less": ("at += imm if flag", "at += imm - 1 if flag"),
    "JMP_C jumps one less": ("at = imm + 128 * b", "at = imm + 128 * b - 1"),
    "SPIKE saturates symmetrically": ("limit(x, -top, top - 1)", "limit(x, 1 - top, top - 1)"),
    "SPIKE does not count": ('counters["saturations"] += payload != x', "pass"),
    "rand takes the high bits": ("self.binary.seed) & 0xFFFFFF", "self.binary.seed) >> 8"),
    "rand by place": ("(step, group.source, identity, draw)", "(step, group.source, neuron, draw)"),
    "rand with one draw for a and b": ("2 * at + 1", "2 * at"),
    "id by place": ("(step, identity, 0)", "(step, neuron, 0)"),
    "state is signed": ("if field.is_signed else 0", "if True else 0"),
    "y takes 8 bits": ("limit(value, 0, 127)\n", "limit(value, 0, 255)\n"),
    "bap needs a positive value": ("int(value != 0)", "int(value > 0)"),
    "an axon forgets its delay": ("step + 1 + axon.delay", "step + 1"),
    "a synapse forgets its delay": ("sums.setdefault(step + delay", "sums.setdefault(step"),
    "sparse is relative to the last index": ("table.base + index if sparse", "following + index if sparse"),
    "mixed weights in steps of 1": ("+ (form.sign_mode == mode", "+ 0 * (form.sign_mode == mode"),
    "inhibitory weights are positive": ("stored = -stored", "pass"),
    "negative exponents round up": ("total >> -exponent\n", "-(-total >> -exponent)\n"),
    "dendrites have 25 bits": ("wrap(total, 24)", "wrap(total, 25)"),
    "dendrites keep their sums": ("row[:] = [0, 0, 0, 0]", "pass"),
    "weights survive the reset": (
        "self.tags = list(self.initial),",
        "self.tags = getattr(self, 'weights', list(self.initial)),",
    ),
    "traces survive the reset": ("self.pre = Traces(2)", "self.pre = getattr(self, 'pre', Traces(2))"),
    "tags survive the reset": ("list(self.initial_tags)", "getattr(self, 'tags', list(self.initial_tags))"),
    "delays survive the reset": ("list(self.initial_delays), list", "getattr(self, 'delays', list(self.initial_delays)), list"),
    "learned delays do not act": ("else axon.delays\n", "else axon.initial_delays\n"),
    "learned delays end one early": ("(1 << form.delay_bits) - 1, 62)", "(1 << form.delay_bits) - 2, 62)"),
    "learned delays have six bits": ("(1 << form.delay_bits) - 1, 62)", "63, 62)"),
    "learned delays fall below 0": ("bottom, top = 0, axon.max_delay", "bottom, top = -256, axon.max_delay"),
    "d is 6 bits wide": ("(1, 7, 7, 1, 7, 7, 7, 9, 9, 9, 8)", "(1, 7, 7, 1, 7, 7, 7, 9, 6, 9, 8)"),
    "d and t change places": (
        "self.weights[synapse], self.delays[synapse], self.tags[synapse]",
        "self.weights[synapse], self.tags[synapse], self.delays[synapse]",
    ),
    "Lava: learned delays act": ("axon.initial_delays if self.lava else axon.delays", "axon.delays"),
    "Lava: delays have 6 bits": ("(0, 255) if target", "(0, 63) if target"),
    "inputs round half up": ("exact = round(float(value) / port.scale)", "exact = int((float(value) / port.scale + 0.5) // 1)"),
    "zero inputs are sent": ("                    if payload:\n", "                    if True:\n"),
    "payloads of binary ports": ("payload if port.payload_bits else 1", "payload"),
    "overwrite rounds down": ("half, mode = half_to_even(axon.received, 2),", "half, mode = axon.received // 2,"),
    "the last spike of a step counts": ("payload + (axon.received or 0)", "payload"),
    "traces have 8 bits": ("traces.values[i] = limit(exact, 0, 127)", "traces.values[i] = limit(exact, 0, 255)"),
    "x2 has no impulse": ("traces.values[1] + self.impulse(rule.x2, step, axon.sender, 1)", "traces.values[1]"),
    "tau 0 keeps the trace": ("traces.values[i], traces.marks[i] = 0, False", "traces.marks[i] = False"),
    "tau 0 keeps the mark": ("traces.values[i], traces.marks[i] = 0, False", "traces.values[i] = 0"),
    "marks are forgotten": ("traces.marks[i] or traces.values", "traces.values"),
    "u counts from 0": ("(step + 1) // rule.epoch % (1 <<", "step // rule.epoch % (1 <<"),
    "u counts steps": ("(step + 1) // rule.epoch % (1 <<", "(step + 1) % (1 <<"),
    "decay rounds down": ("(product >> 16) + (word & 0xFFFF < product & 0xFFFF)", "product >> 16"),
    "decay is that of tau + 1": ("math.exp(-1 / config.tau)", "math.exp(-1 / (config.tau + 1))"),
    "an impulse has no fraction": ("config.impulse + (word & 255 < config.impulse_fraction)", "config.impulse"),
    "x1 and x2 decay alike": ("(1 << 16) + 2 * (first + i))", "(1 << 16) + 2 * first)"),
    "an epoch remembers spikes": ("traces.time, traces.history = 0, []", "traces.history = []"),
    "traces are read at the end": ("pre.at(time), post.at(time)", "pre.at(rule.epoch), post.at(rule.epoch)"),
    "add_wrap counts every spike": ("                    traces.time = 0\n", "                    pass\n"),
    "add_wrap takes 120": ("exact -= 127", "exact -= 120"),
    "the post side is at once": ("spiked = group.sent_before[neuron]", "spiked = group.sent[neuron] is not None"),
    "tags have 8 bits": ("bottom, top = -256, 255", "bottom, top = -128, 127"),
    "tags are signed in the word": ("self.initial_tags.append(", "self.initial_tags.append(-"),
    "a term reads what an earlier one wrote": ("*old, 0)", "*axon.variables(synapse), 0)"),
    "random rounding before the step": ("if axon.rule.stochastic:", "if axon.rule.stochastic and grain == 1:"),
    "random rounding by dendrite 0": ("axon.format.dendrite), self.binary.seed)", "0), self.binary.seed)"),
    "random rounding by place": ("group.source_first + neuron, draw)", "neuron, draw)"),
    "Lava: traces draw once a step": ("        self.draw(*traces)\n        if k == epoch:", "        if k == epoch:"),
    "Lava: streams with one seed": ("(seed, seed + 1, seed + 2, seed + 3, 2)", "(seed, seed, seed, seed, 2)"),
    "Lava: the post side is at once": ("exports = group.exports_before[neuron]", "exports = group.exports[neuron]"),
    "Lava: u counts from 1": ("step // rule.epoch % (1 <<", "(1 + step // rule.epoch) % (1 <<"),
    "Lava: weights from -255": ('modes["mixed"]: (-256, 255)', 'modes["mixed"]: (-255, 255)'),
    "Lava: tags from -150": ("else (-257, 255)", "else (-150, 255)"),
    "Lava: weights are rounded down": ('(acc >> 7) + (self.random["variable"] < (acc & 127) / 128)', "acc >> 7"),
    "Lava: payloads of 9 bits": ("(pre.values[0] + half) % 256", "(pre.values[0] + half) % 512"),
    "the last sender names the axon": ("senders[key] = min(sender", "senders[key] = max(sender"),
    "y1 is y2": ("group.exports[neuron][:3]", "[group.exports[neuron][i] for i in (1, 0, 2)]"),
    "y3 is y2": ("group.exports[neuron][:3]", "[group.exports[neuron][i] for i in (0, 2, 1)]"),
    "sgn forgets the constant": ("(value > 0) - (value < 0)", "(values[factor.var] > 0) - (values[factor.var] < 0)"),
    "the constant stands behind sgn": (
        "(value > 0) - (value < 0)",
        "(values[factor.var] > 0) - (values[factor.var] < 0) + factor.constant",
    ),
    "traces stand still without learning": ("        self.trace_pre(axon, step)\n", "        self.learning and self.trace_pre(axon, step)\n"),
    "factors are not limited": ("factors.append(limit(value, -(1 << bits), (1 << bits) - 1))", "factors.append(value)"),
    "sgn is 9 bits wide": ("bits = 1 if factor.sgn else", "bits ="),
    "constants are 7 bits wide": ("(1, 7, 7, 1, 7, 7, 7, 9, 9, 9, 8)", "(1, 7, 7, 1, 7, 7, 7, 9, 9, 9, 7)"),
    "products round towards zero": (
        "(m * product.mantissa >> max(0, width + 4 - 15))",
        "int(m * product.mantissa / (1 << max(0, width + 4 - 15)))",
    ),
    "no narrowing shift": ("max(0, width + 4 - 15)", "0"),
    "products are not limited": ("kept = limit(m, low, high)\n", "kept = m\n"),
    "saturation after all products": ("total = limit(acc + kept, low, high)", "total = acc + kept"),
    "weights keep all bits": ("        value *= grain\n", "        value = acc >> 7 if grain > 1 else value\n"),
    "weights are rounded to nearest": ("value = acc >> bits", "value = acc + (1 << bits - 1) >> bits"),
    "excitatory weights up to 254": ("(0, 256 - grain)", "(0, 254)"),
    "inhibitory weights from -256": ("(grain - 256, 0)", "(-256, 0)"),
    "learning without a dependency": ("                    if time:\n", "                    time = time or rule.epoch\n                    if True:\n"),
    "idle after any calm update": ("if group.changed:", "if False:"),
    "idle groups count as active": ("group.may_idle and still and group.quiet", "False"),
}


@pytest.fixture(scope="module")
def observed():
    """Networks with what the fast engine shows on them."""
    cases = [random_networks.make_case(20000 + i) for i in range(600)]
    runner = differential.Module()
    blobs = random_networks.build(cases)
    return [(case, data, runner.observe(case, data, "fast")) for case, data in zip(cases, blobs)]


@pytest.mark.parametrize("fault", FAULTS)
def test_fault_is_noticed(fault, observed, monkeypatch):
    text = pathlib.Path(reference.__file__).read_text(encoding="utf-8")
    old, new = FAULTS[fault]
    assert old in text
    faulty = types.ModuleType("neuro.faulty")
    faulty.__package__ = "neuro"
    exec(compile(text.replace(old, new), fault, "exec"), vars(faulty))
    monkeypatch.setattr(differential, "reference", faulty)
    for case, data, seen in observed:
        try:
            if differential.compare(case, "fast", seen, differential.observe_reference(case, data)):
                return
        except (IndexError, KeyError, ValueError):
            return  # The faulty text does not even run.
    pytest.fail(f"{len(observed)} networks do not show it")


def test_a_difference_is_shrunk_and_located(monkeypatch, capsys, tmp_path):
    """The whole path: found, made small, saved, run again."""

    def wrong(*arguments, right=reference.Machine.round_variable):
        weight, limited = right(*arguments)
        return (0 if weight < 0 else weight), limited

    monkeypatch.setattr(reference.Machine, "round_variable", wrong)
    arguments = ["--count", "200", "--quiet", "--max-failures", "1", "--engines", "fast", "--save", str(tmp_path)]
    assert differential.main(arguments) == 1
    text = capsys.readouterr().out
    assert "first difference: sequence 0, step" in text and "weight of sender" in text
    saved = next(tmp_path.glob("*.json"))
    case = json.loads(saved.read_text(encoding="utf-8"))
    assert len(case["cores"]) == 1 and sum(group["count"] for group in case["cores"][0]["groups"]) <= 3
    assert differential.main(["--replay", str(saved), "--engines", "fast"]) == 1
    assert "1 network, 1 mismatches" in capsys.readouterr().out
