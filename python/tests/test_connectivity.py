# Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Sparse networks with a delay in each synapse, static and plastic, equal plain numpy in every bit."""

import numpy as np
import pytest
from test_learning import BIN, ENGINES, call, run

NEURON = """neuro.population "y" (%in) attributes {state = [#neuro.field<"v", bits = 24, signed = true, saturate = true, init = [0]>]} {
  ^bb0(%d0: i32):
    %v0 = neuro.read "v"
    %v = neuro.add %v0, %d0
    %theta = neuro.const 200
    %zero = neuro.const 0
    %one = neuro.const 1
    %silent = neuro.cmp lt %v, %theta
    %kept = neuro.select %silent, %v, %zero
    neuro.write "v", %kept
    neuro.fire %one unless %silent
  }"""
STEPS = 120


def draw(rng, sources, targets, density, delays):
    """Lists of sources, targets, weights and delays, in the order of sources and any order of targets."""
    pairs = rng.permutation(np.argwhere(rng.random((sources, targets)) < density))
    pairs = pairs[np.argsort(pairs[:, 0], kind="stable")]
    count = len(pairs)
    weights = rng.integers(-60, 128, count)
    return pairs[:, 0], pairs[:, 1], weights, rng.integers(0, 63, count) if delays else np.zeros(count, np.int64)


def tensor(values, bits):
    return f"dense<{[int(v) for v in values]}> : tensor<{len(values)}xi{bits}>"


def resource(name, values, bits):
    return f"dense_resource<{name}> : tensor<{len(values)}xi{bits}>"


def sparse(synapses, sources, delays, form=lambda name, *list_: tensor(*list_)):
    pre, post, weights, waits = synapses
    offsets = np.searchsorted(pre, np.arange(sources + 1))
    text = f"#neuro.sparse<offsets = {form('offsets', offsets, 64)}, targets = {form('targets', post, 32)}, "
    text += f"weights = {form('weights', weights, 8)}"
    return text + (f", delays = {form('delays', waits, 8)}>" if delays else ">")


def blobs(synapses, sources, delays):
    """What the resources of `sparse` hold, as the end of a module."""
    pre, post, weights, waits = synapses
    arrays = {"offsets": np.searchsorted(pre, np.arange(sources + 1)).astype("<i8"), "targets": post.astype("<i4")}
    arrays["weights"] = weights.astype(np.int8)
    if delays:
        arrays["delays"] = waits.astype(np.int8)
    entries = [f'{name}: "0x08000000{array.tobytes().hex()}"' for name, array in arrays.items()]
    return "{-# dialect_resources: { builtin: { " + ", ".join(entries) + " } } #-}\n"


def network(n, connectivity, delay=0):
    return f"""neuro.network @main attributes {{timing = #neuro.timing<step>}} {{
  %x = neuro.input "x" kind = <graded> {{shape = array<i64: 1, {STEPS}, {n}>, time_axis = 1 : i64}} : !neuro.spikes<{n}, 0>
  %c = neuro.project %x weights(#neuro.one_to_one<127>) : !neuro.spikes<{n}, 0> -> !neuro.current<{n}>
  %r = neuro.project %y weights({connectivity}) {{delay = {delay} : i64}} : !neuro.spikes<{n}, 0> -> !neuro.current<{n}>
  %in = neuro.sum %c, %r : !neuro.current<{n}>
  %y, %f = {NEURON} : (!neuro.current<{n}>) -> !neuro.spikes<{n}, 0>, !neuro.factors<{n}>
  neuro.output "y" %y {{shape = array<i64: 1, {STEPS}, {n}>, time_axis = 1 : i64, scale = array<f64: 1.0>}} : !neuro.spikes<{n}, 0>
}}
"""


def simulate(synapses, n, inputs, delay):
    pre, post, weights, waits = synapses
    arriving = np.zeros((STEPS + 200, n), np.int64)
    v, spikes = np.zeros(n, np.int64), np.zeros((STEPS, n), np.int64)
    for t in range(STEPS):
        v = v + arriving[t]
        spikes[t] = v >= 200
        v[spikes[t] == 1] = 0
        arriving[t + 1] += 127 * inputs[t]
        here = spikes[t][pre] == 1
        np.add.at(arriving, (t + 1 + delay + waits[here], post[here]), weights[here])
    return spikes


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("n, density, delays, delay", [(7, 0.5, True, 0), (60, 0.1, True, 5), (200, 0.02, True, 62), (300, 0.02, False, 3)])
def test_sparse_network(n, density, delays, delay, engine, tmp_path):
    rng = np.random.default_rng(n)
    synapses = draw(rng, n, n, density, delays)
    inputs = (rng.random((STEPS, n)) < 0.2).astype(np.int64)
    want = simulate(synapses, n, inputs, delay)
    assert 0 < want.sum() < want.size
    got = run(network(n, sparse(synapses, n, delays), delay), {"x": inputs}, [], tmp_path, engine)
    assert np.array_equal(got["y"].astype(np.int64), want)
    # The same lists as resources, in text and as bytecode.
    text = network(n, sparse(synapses, n, delays, resource), delay) + blobs(synapses, n, delays)
    assert np.array_equal(run(text, {"x": inputs}, [], tmp_path, engine)["y"].astype(np.int64), want)
    loihi = (tmp_path / "net.loihi.mlir").read_text()
    opt = BIN / "neuro-opt"
    call(opt, "--emit-bytecode", tmp_path / "net.mlir", "-o", tmp_path / "net.mlirbc")
    call(opt, "--neuro-schedule", "--neuro-to-loihi", tmp_path / "net.mlirbc", "-o", tmp_path / "again.mlir")
    assert (tmp_path / "again.mlir").read_text() == loihi


def test_delays_that_all_synapses_share_cost_no_bits(tmp_path):
    """A delay that is the same everywhere is the axon's."""
    pre, post, weights, _ = draw(np.random.default_rng(1), 20, 20, 0.3, False)
    for waits, bits in ((np.full(len(pre), 9), 0), (9 + np.arange(len(pre)) % 4, 2), (np.arange(len(pre)) % 63, 6)):
        text = network(20, sparse((pre, post, weights, waits), 20, True), 60)
        run(text, {"x": np.zeros((STEPS, 20))}, [], tmp_path, "fast")
        formats = [line for line in (tmp_path / "net.loihi.mlir").read_text().splitlines() if "loihi.format" in line]
        # Of 60 and 9 steps, 62 fit the axon.
        expected = {0: 3, 2: 4, 6: 6}[bits]
        assert any(f"delay {expected} tag" in line for line in formats), formats


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("n, density, delays", [(8, 0.4, False), (40, 0.1, True), (20, 1.0, True)])
def test_plastic_synapses(n, density, delays, engine, tmp_path):
    """Weights begin as listed and grow by 2 when both sides spike together."""
    rng = np.random.default_rng(n)
    pre, post, weights, waits = draw(rng, n, n, density, delays)
    text = f"""neuro.rule @grow {{
  neuro.update w "2*x0*y0"
}}
neuro.network @main attributes {{timing = #neuro.timing<step>}} {{
  %x = neuro.input "x" kind = <graded> {{shape = array<i64: 1, {STEPS}, {n}>, time_axis = 1 : i64}} : !neuro.spikes<{n}, 0>
  %in = neuro.plastic %x, %f rule(@grow) synapses({sparse((pre, post, weights, waits), n, delays)})
      : !neuro.spikes<{n}, 0>, !neuro.factors<{n}> -> !neuro.current<{n}>
  %y, %f = {NEURON} : (!neuro.current<{n}>) -> !neuro.spikes<{n}, 0>, !neuro.factors<{n}>
  neuro.output "y" %y {{shape = array<i64: 1, {STEPS}, {n}>, time_axis = 1 : i64, scale = array<f64: 1.0>}} : !neuro.spikes<{n}, 0>
}}
"""
    inputs = (rng.random((STEPS, n)) < 0.3).astype(np.int64)
    sums = np.zeros((STEPS + 70, n), np.int64)
    learned, v, spikes = 2 * weights, np.zeros(n, np.int64), np.zeros((STEPS, n), np.int64)
    for t in range(STEPS):
        x0 = inputs[t - 1] if t else np.zeros(n, np.int64)
        here = x0[pre] == 1
        np.add.at(sums, (t + waits[here], post[here]), learned[here])
        v = v + (sums[t] >> 1)
        spikes[t] = v >= 200
        v[spikes[t] == 1] = 0
        y0 = spikes[t - 1] if t else np.zeros(n, np.int64)
        learned = np.minimum(learned + 2 * x0[pre] * y0[post], 254)
    assert 0 < spikes.sum() < spikes.size and (learned != 2 * weights).any()
    assert np.array_equal(run(text, {"x": inputs}, [], tmp_path, engine)["y"].astype(np.int64), spikes)
