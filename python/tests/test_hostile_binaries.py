# Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Small files that stand for a lot (B6), under a limit of time and of memory."""

import os
import pathlib
import resource
import subprocess
import time

import pytest
from nrb_writer import write_binary

ROOT = pathlib.Path(__file__).resolve().parents[2]
BIN = pathlib.Path(os.environ.get("NEURO_BIN", ROOT / "build" / "bin"))

SPIKE_D0 = 16 | 24 << 13  # spike d0
MIXED = 1


def program(length=1):
    return {"name": "p", "code": [SPIKE_D0] * min(length, 1)}


def group(neurons, **more):
    base = {"name": "g", "count": neurons, "dendrites": 1, "payload_bits": 24}
    return {**base, **more}


def core(number, **more):
    """One neuron that hears nothing, or what `more` says."""
    base = {"x": number % 16, "y": number // 16 % 8, "chip": number // 120, "programs": [program()], "groups": [group(1)]}
    base.update(more)
    neurons = sum(entry["count"] for entry in base["groups"])
    base.setdefault("fanout_index", [0] * (neurons + 1))
    return base


def net(cores, **more):
    root = {
        "version": (1, 0, 0),
        "target": {"name": "loihi2", "cores_per_chip": 120, "mesh_columns": 16, "mesh_rows": 8},
        "timing": {"period": 1, "latency": 0},
        "chips": (len(cores) + 119) // 120,
        "cores": cores,
        "sources": [{"name": "layer", "op": "test"}],
        "outputs": [{"name": "y", "shape": [1, 1, 1], "time_axis": 1, "scale": [1.0], "elements": [(0, 0)]}],
    }
    return {**root, **more}


DENSE = {"sign_mode": MIXED, "weight_bits": 1, "compression": 3}


def block(count, bits=1, index=0):
    """The words of a dense block of `count` synapses of weight 0."""
    return [(count - 1) << 4 | index] + [0] * ((10 + count * bits + 63) // 64 - 1)


def axons_of_shared_words(number, neurons=4096):
    """Many axons, each with all of the few words of its core."""
    words = block(64) * (neurons // 64)
    return {
        "groups": [group(neurons)],
        "formats": [DENSE],
        "axons_in": [(0, len(words), 0, 0, 0)] * number,
        "synapse_words": words,
    }


def shared_axons(cores):
    shared = {**axons_of_shared_words(4096), "fanout_index": [0] * 4097}
    return net([core(i, **shared) for i in range(cores)])


def unbounded(root):
    return {**root, "target": {"name": "unbounded", "cores_per_chip": 1, "mesh_columns": 1, "mesh_rows": 1}}


def shared_programs():
    programs = [{"name": "p", "code": [SPIKE_D0]} for _ in range(16)]
    return net([core(i, programs=programs, groups=[group(1)]) for i in range(1000)])


def shared_rules():
    product = {"dependency": 0, "mantissa": 1, "factors": [(1, False, 0)] * 6}
    terms = [{"target": 0, "products": [product] * 16}]
    rules = [{"name": "r", "epoch": 1, "terms": terms}] * 2000
    return net([core(i, rules=rules) for i in range(100)])


def shared_parameters():
    values = list(range(4096))
    parameters = [{"name": "p", "values": values}] * 32
    index = [0] * 4097
    return net([core(i, groups=[group(4096, parameters=parameters)], fanout_index=index) for i in range(120)])


def shared_states():
    field = {"name": "", "bits": 24, "is_signed": True, "init": list(range(4096))}
    index = [0] * 4097
    return net([core(i, groups=[group(4096, state=[field] * 8)], fanout_index=index) for i in range(120)])


def shared_fanout():
    sends = {"fanout_index": [0, 4096], "fanout": [(0, 0)] * 4096, "formats": [DENSE], "axons_in": [(0, 0, 0, 0, 0)]}
    return net([core(i, **sends) for i in range(1000)])


def shared_names():
    name = "n" * 4096
    return net([core(0, groups=[group(1, name=name, first=i) for i in range(1500)])], sources=[{"name": name, "op": name}] * 1500)


def shared_golden():
    array = {"name": "y", "shape": [1, 1, 10000], "data": [0] * 40000}
    return net([core(0)], golden_outputs=[array] * 3000)


def shared_ports():
    scale = [1.0] * 4096
    elements = [(0, i) for i in range(4096)]
    outputs = [{"name": f"y{i}", "shape": [1, 1, 4096], "time_axis": 1, "scale": scale, "elements": elements} for i in range(2000)]
    return net([core(0, groups=[group(4096)])], outputs=outputs)


def shared_cores():
    return net([core(0, groups=[group(1) for _ in range(1000)])] * 1000)


BOMBS = {
    "8 cores share one axon table": lambda: shared_axons(8),
    "100 cores share one axon table": lambda: shared_axons(100),
    "axons of a core share words": lambda: net([core(0, **axons_of_shared_words(4096))]),
    "axons of an endless core share words": lambda: unbounded(net([core(0, **axons_of_shared_words(20000))])),
    "programs": shared_programs,
    "rules": shared_rules,
    "parameters": shared_parameters,
    "states": shared_states,
    "fan-out": shared_fanout,
    "names": shared_names,
    "golden arrays": shared_golden,
    "ports": shared_ports,
    "cores": shared_cores,
}


def run(command, megabytes, seconds):
    """(exit code, standard error, seconds) under limits of address space and time."""

    def limit():
        resource.setrlimit(resource.RLIMIT_AS, (megabytes << 20, megabytes << 20))

    start = time.monotonic()
    done = subprocess.run(command, capture_output=True, text=True, preexec_fn=limit, timeout=seconds, check=False)
    return done.returncode, done.stderr, time.monotonic() - start


@pytest.mark.parametrize("name", BOMBS)
def test_B6_small_files_that_stand_for_a_lot_are_refused(name, tmp_path):
    path = tmp_path / "bomb.nrb"
    path.write_bytes(write_binary(BOMBS[name]()))
    assert path.stat().st_size < 500_000
    # neuro-translate maps a large library.
    for command, megabytes in (
        (["neuro-run", path, "--list"], 256),
        (["neuro-run", path, "--threads", "1", "--engine", "reference"], 256),
        (["neuro-translate", "--read-nrb", path, "-o", "/dev/null"], 1500),
        (["neuro-translate", "--test-nrb-roundtrip", path, "-o", "/dev/null"], 1500),
    ):
        code, errors, _ = run([BIN / command[0], *command[1:]], megabytes, 10)
        assert code == 1, (command, errors)
        assert "again and again" in errors or "share synapse words" in errors, errors


def test_B6_the_tables_of_the_bombs_are_valid_when_nothing_is_shared(tmp_path):
    path = tmp_path / "small.nrb"
    path.write_bytes(write_binary(net([core(0, **axons_of_shared_words(1)), core(1)])))
    assert run([BIN / "neuro-run", path, "--list"], 256, 10)[:2] == (0, "")


PLASTIC = {**DENSE, "weight_bits": 8, "rule": 0}


def rule(epoch):
    return {"name": "r", "epoch": epoch, "x1": {"impulse": 1}, "terms": [{"target": 0, "products": [{"dependency": 0, "mantissa": 1}]}]}


def many_groups(count):
    groups = [group(1, first=i, source=i, name=f"g{i}") for i in range(count)]
    return net([core(0, groups=groups)], sources=[{"name": f"s{i}", "op": "test"} for i in range(count)])


def many_plastic_axons(count, epoch):
    axons = [(i, 1, count - 1, 0, 0) for i in range(count)]
    groups = [group(1, first=i) for i in range(count)]
    return net([core(0, groups=groups, rules=[rule(epoch)], formats=[PLASTIC], axons_in=axons, synapse_words=[0] * count)])


# Each once, but many: what is quadratic shows.
CROWDS = {
    "groups and sources": lambda count: many_groups(count),
    "plastic axons and groups": lambda count: many_plastic_axons(count, 1),
    "axons of a rule with epochs": lambda count: many_plastic_axons(count, 63),
    "rules and axons": lambda count: net([core(0, rules=[rule(1) for _ in range(count)], formats=[DENSE], axons_in=[(0, 0, 0, 0, 0)] * count)]),
}


@pytest.mark.parametrize("engine", ["fast", "reference"])
@pytest.mark.parametrize("name", CROWDS)
def test_B6_time_and_memory_grow_with_the_file(name, engine, tmp_path):
    path = tmp_path / "crowd.nrb"
    path.write_bytes(write_binary(unbounded(CROWDS[name](20000))))
    assert path.stat().st_size < 4_000_000
    for options in (["--list"], ["--threads", "1", "--engine", engine, "--quiet"]):
        code, errors, seconds = run([BIN / "neuro-run", path, *options], 256, 20)
        assert (code, errors) == (0, "")
        assert seconds < 5
