# Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What a compilation says about itself, against the binary and against other options."""

import neuro
from neuro import reference


def test_counts_are_those_of_the_binary(compiled):
    machine = reference.Machine(compiled.bytes)
    totals = {"neurons": 0, "synapses": 0, "plastic_synapses": 0}
    assert len(compiled.summary["cores"]) == len(machine.cores)
    for said, core in zip(compiled.summary["cores"], machine.cores):
        axons = core.axons
        expected = {
            "neurons": sum(group.count for group in core.groups),
            "synapses": sum(len(axon.targets) for axon in axons),
            "plastic_synapses": sum(len(axon.targets) for axon in axons if axon.rule),
            "synapse_bytes": 8 * len(core.table.synapse_words),
            "axons_in": len(axons),
            "axons_out": len(core.table.fanout),
            "programs": len(core.table.programs),
            "instructions": sum(len(program.code) for program in core.table.programs),
        }
        assert {key: said[key] for key in expected} == expected
        for key in totals:
            totals[key] += expected[key]
    assert {key: compiled.summary[key] for key in totals} == totals
    sources = compiled.summary["sources"]
    assert {key: sum(source[key] for source in sources) for key in totals} == totals


def test_the_margin_widens_every_range(decoder):
    model, samples = decoder
    narrow, wide = (neuro.compile(model, calibration=samples, margin=margin).quantisation["layers"] for margin in (1.0, 2.0))
    ratios = {layer["layer"]: other["scale"] / layer["scale"] for layer, other in zip(narrow, wide) if layer["limit"] == other["limit"]}
    assert len(ratios) > 5
    assert all(abs(ratio - 2) < 1e-6 for ratio in ratios.values()), ratios


def test_weights_are_printed_when_asked_for(decoder):
    model, _ = decoder
    short = neuro.compile(model, compile_to="nn").text
    whole = neuro.compile(model, compile_to="nn", print_weights=True).text
    assert len(whole) > 2 * len(short)
    assert "dialect_resources" in whole and "dialect_resources" not in short
