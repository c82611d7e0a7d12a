//===- NeuroOps.td - network operations of the neuro dialect -*- tablegen -*-===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NEURO_DIALECT_NEURO_OPS
#define NEURO_DIALECT_NEURO_OPS

include "mlir/IR/OpAsmInterface.td"
include "mlir/IR/RegionKindInterface.td"
include "mlir/IR/SymbolInterfaces.td"
include "mlir/Interfaces/InferTypeOpInterface.td"
include "mlir/Interfaces/SideEffectInterfaces.td"
include "neuro/Dialect/Neuro/NeuroAttributes.td"
include "neuro/Dialect/Neuro/NeuroDialect.td"
include "neuro/Dialect/Neuro/NeuroTypes.td"
include "neuro/Dialect/StrictOps.td"

// A signed getter: -1 is a value.
def Neuro_I64Attr : TypedSignlessIntegerAttrBase<I64, "int64_t", "64-bit signless integer attribute">;

class Neuro_Op<string mnemonic, list<Trait> traits = []>
    : Op<Neuro_Dialect, mnemonic, !listconcat([KnownAttributesOnly, BoundedTensors], traits)>;

def Neuro_NetworkOp : Neuro_Op<"network",
    [Symbol, SingleBlock, NoTerminator, NoRegionArguments, IsolatedFromAbove,
     RegionKindInterface, HasOnlyGraphRegion, DeclareOpInterfaceMethods<SymbolUserOpInterface>]> {
  let summary = "a network: a graph of populations and projections";
  let description = [{
    `period` (steps between tokens), `latency` (steps from a token's input to its last output)
    and the populations' phases are set by `neuro-schedule`; one that is written already is kept, or it is an error.
    `max_tokens` is the longest sequence, 0 for any.

    `timing` says how time is meant. With `token`, the default, a network is dataflow: operands of one token meet, whatever the ways that they take, and
    `neuro-schedule` chooses phases, delays and period so that they do. With `step`, what is written is what happens, as in other simulators of spiking
    networks: an input element is sent in its own step, a spike that is sent in step t over a projection with delay d (0 if none is written) arrives in step
    t + 1 + d, and an output shows what was sent in its step. There is one token per step; `emit`, `arrive`, `feedback`, `gated` and phases do not exist.

    ```mlir
    neuro.network @spiking attributes {timing = #neuro.timing<step>} {
      %x = neuro.input "x" kind = <graded> {shape = array<i64: 1, 1000, 4>, time_axis = 1 : i64} : !neuro.spikes<4, 0>
      %c = neuro.project %x weights(#neuro.one_to_one<64>) {delay = 2 : i64} : !neuro.spikes<4, 0> -> !neuro.current<4>
      %r = neuro.project %y weights(#neuro.shift<1, 32>) : !neuro.spikes<4, 0> -> !neuro.current<4>
      %s = neuro.sum %c, %r : !neuro.current<4>
      %y, %f = neuro.population "y" (%s) {
      ^bb0(%d0: i32):
        %threshold = neuro.const 64
        %silent = neuro.cmp lt %d0, %threshold
        neuro.fire %d0 unless %silent
      } : (!neuro.current<4>) -> !neuro.spikes<4, 0>, !neuro.factors<4>
      neuro.output "y" %y {shape = array<i64: 1, 1000, 4>, time_axis = 1 : i64, scale = array<f64: 1.0>} : !neuro.spikes<4, 0>
    }
    ```

    ```mlir
    neuro.network @main attributes {max_tokens = 6 : i64} {
      %x = neuro.input "x" kind = <graded> {shape = array<i64: 1, 6, 4>, time_axis = 1 : i64,
            scale = 0.5 : f64, limit = 127 : i64} : !neuro.spikes<4, 8>
      neuro.output "y" %x {shape = array<i64: 1, 6, 4>, time_axis = 1 : i64,
            scale = array<f64: 0.5>} : !neuro.spikes<4, 8>
    }
    ```
  }];
  let arguments = (ins SymbolNameAttr:$sym_name, DefaultValuedAttr<Neuro_I64Attr, "0">:$max_tokens,
                       DefaultValuedAttr<Neuro_TimingAttr, "::neuro::Timing::token">:$timing,
                       OptionalAttr<Neuro_I64Attr>:$period, OptionalAttr<Neuro_I64Attr>:$latency);
  let regions = (region SizedRegion<1>:$body);
  let assemblyFormat = "$sym_name attr-dict-with-keyword $body";
  let hasRegionVerifier = 1;
}

def Neuro_InputOp : Neuro_Op<"input", [DeclareOpInterfaceMethods<OpAsmOpInterface, ["getAsmResultNames"]>]> {
  let summary = "a port through which the host sends spikes";
  let description = [{
    `graded`: payload `round(value / scale)` limited to +-limit, silent when 0. `one_hot`: neuron `id` fires with
    payload 1. `tick`: no array; one neuron that fires once per token. `shape` is that of the ONNX input,
    `time_axis` the axis that became time.

    ```mlir
    %tick = neuro.input "tick" kind = <tick> {shape = array<i64>, time_axis = -1 : i64} : !neuro.spikes<1, 8>
    ```
  }];
  let arguments = (ins StrAttr:$name, Neuro_PortKindAttr:$kind, DenseI64ArrayAttr:$shape,
      Neuro_I64Attr:$time_axis, DefaultValuedAttr<F64Attr, "1.0">:$scale,
      DefaultValuedAttr<Neuro_I64Attr, "1">:$limit, OptionalAttr<TypeAttr>:$element_type,
      OptionalAttr<Neuro_I64Attr>:$phase);
  let results = (outs Neuro_SpikesType:$spikes);
  let assemblyFormat = "$name `kind` `=` $kind attr-dict `:` type($spikes)";
  let hasVerifier = 1;
}

def Neuro_OutputOp : Neuro_Op<"output"> {
  let summary = "a port through which the host reads spikes";
  let description = [{
    Element value = payload * scale (+ zero). `time_axis = -1`: read at the last token only. `emit` is the offset, within the
    token, of the source's spike that is read (see `neuro.project`).

    ```mlir
    neuro.output "logits" %y {shape = array<i64: 1, 20>, time_axis = -1 : i64,
        scale = array<f64: 0.01>} : !neuro.spikes<20, 16>
    ```
  }];
  let arguments = (ins StrAttr:$name, Neuro_SpikesType:$spikes, DenseI64ArrayAttr:$shape,
      Neuro_I64Attr:$time_axis, DenseF64ArrayAttr:$scale, OptionalAttr<DenseF64ArrayAttr>:$zero,
      DefaultValuedAttr<Neuro_I64Attr, "0">:$emit);
  let assemblyFormat = "$name $spikes attr-dict `:` type($spikes)";
  let hasVerifier = 1;
}

def Neuro_ProjectOp : Neuro_Op<"project"> {
  let summary = "static synapses from one population to another";
  let description = [{
    `current[j] = sum_i weight[j, i] * payload[i]` with weights in -128..127. `weights` is a tensor `[post, pre]` of i8 or
    one of the structured forms `#neuro.one_to_one`, `#neuro.blocks`, `#neuro.conv2d`.

    A population that speaks or listens more than once per token does so at its phase plus an offset: `emit` is the
    offset at which the source's spike of interest is sent, `arrive` the offset at which the target wants it. The scheduler sets
    `delay = phase(target) + arrive - phase(source) - emit - 1`. `feedback` marks an edge to the next token: its target receives what the
    source sent for the token before, nothing at the first, and its delay is longer by the network's period. A delay that is written already is kept,
    or it is an error: it says that the target hears the source `delay + 1` steps later.

    ```mlir
    %c = neuro.project %x weights(dense<1> : tensor<2x4xi8>) : !neuro.spikes<4, 8> -> !neuro.current<2>
    %d = neuro.project %x weights(#neuro.one_to_one<1>) {arrive = 1 : i64} : !neuro.spikes<4, 8> -> !neuro.current<4>
    ```
  }];
  let arguments = (ins Neuro_SpikesType:$source, AnyAttr:$weights,
      DefaultValuedAttr<Neuro_I64Attr, "0">:$emit, DefaultValuedAttr<Neuro_I64Attr, "0">:$arrive,
      OptionalAttr<Neuro_I64Attr>:$delay, UnitAttr:$feedback);
  let results = (outs Neuro_CurrentType:$current);
  let assemblyFormat = "$source `weights` `(` $weights `)` attr-dict `:` type($source) `->` type($current)";
  let hasVerifier = 1;
}

def Neuro_PlasticOp : Neuro_Op<"plastic"> {
  let summary = "synapses whose weights only a learning rule writes";
  let description = [{
    All to all within each of `blocks` equal blocks; weights start at 0. `current[j] = (sum_i w[j, i] * payload[i]) >> 1` with `w` in
    -256..254, so that a weight that the rule wrote as `2 * x1` acts as `x1`. `rule` names a `neuro.rule` beside the network.
    `factors` are the exports of the one population that the synapses feed, in the same step.

    The learning engine hears a spike one step after it is sent, and so does the target population, unless the synapses have delays: each
    begins with `delay` (0..62 steps), and an update of `d` changes it within 0..62 (docs/spec/learning.md, L-15). The scheduler plans with
    0: what arrives later belongs to the model, not to the schedule. An update of `t` needs `tag_bits` (1..4); tags begin with `tag`.

    ```mlir
    neuro.rule @key {
      neuro.trace x1 {mode = #neuro.graded<overwrite>}
      neuro.factor y0
      neuro.update w "-w*y0 + 2*x1*y0"
    }
    neuro.network @main {
      %x = neuro.input "x" kind = <graded> {shape = array<i64: 1, 4>, time_axis = -1 : i64, limit = 127 : i64} : !neuro.spikes<4, 8>
      %s = neuro.plastic %x, %f rule(@key) {blocks = 2 : i64, delay = 3 : i64} : !neuro.spikes<4, 8>, !neuro.factors<6> -> !neuro.current<6>
      %y, %f = neuro.population "slots" (%s) {
      ^bb0(%d0: i32):
        neuro.export y0, %d0
        neuro.fire %d0
      } : (!neuro.current<6>) -> !neuro.spikes<6, 16>, !neuro.factors<6>
    }
    ```
    A whole network is [models/learning/learned_delay.mlir](../../models/learning/learned_delay.mlir).
  }];
  let arguments = (ins Neuro_SpikesType:$source, Neuro_FactorsType:$factors,
      FlatSymbolRefAttr:$rule, DefaultValuedAttr<Neuro_I64Attr, "1">:$blocks,
      DefaultValuedAttr<Neuro_I64Attr, "0">:$delay,
      DefaultValuedAttr<Neuro_I64Attr, "0">:$tag_bits, DefaultValuedAttr<Neuro_I64Attr, "0">:$tag);
  let results = (outs Neuro_CurrentType:$current);
  let assemblyFormat = "$source `,` $factors `rule` `(` $rule `)` attr-dict `:` type($source) `,` type($factors) `->` type($current)";
  let hasVerifier = 1;
  let extraClassDeclaration = [{
    /// The rule that the synapses name; null if there is none.
    ::neuro::RuleOp lookupRule();
  }];
}

def Neuro_SumOp : Neuro_Op<"sum", [Pure, SameOperandsAndResultType]> {
  let summary = "currents that meet in one dendrite";
  let description = [{
    ```mlir
    %c = neuro.sum %a, %b : !neuro.current<64>
    ```
  }];
  let arguments = (ins Variadic<Neuro_CurrentType>:$currents);
  let results = (outs Neuro_CurrentType:$result);
  let assemblyFormat = "$currents attr-dict `:` type($result)";
  let hasVerifier = 1;
}

def Neuro_PopulationOp : Neuro_Op<"population",
    [SingleBlock, NoTerminator, IsolatedFromAbove, RegionKindInterface,
     DeclareOpInterfaceMethods<OpAsmOpInterface, ["getAsmResultNames", "getAsmBlockArgumentNames"]>]> {
  let summary = "neurons that share one model";
  let description = [{
    Operand i is dendrite i (at most four); the region has one i32 argument per dendrite and is run for every neuron in every step.
    Results: the spikes, and the exports to the learning engine. `phase` is the step, within the token, in which the neurons first act.
    `payload_sum_limit` says, for normalised populations, what the payloads of all neurons of a block cannot exceed together;
    the range analysis relies on it. `holds` names the nn value that the payloads are. `gated` says that the
    model acts in the steps of its tokens only: it waits for data, or `neuro-schedule` has given it a counter.

    ```mlir
    %y, %f = neuro.population "relu" (%c) {
    ^bb0(%d0: i32):
      %zero = neuro.const 0
      %r = neuro.max %d0, %zero
      %silent = neuro.cmp eq %r, %zero
      neuro.fire %r unless %silent
    } : (!neuro.current<64>) -> !neuro.spikes<64, 16>, !neuro.factors<64>
    ```
  }];
  let arguments = (ins StrAttr:$name, Variadic<Neuro_CurrentType>:$dendrites,
      OptionalAttr<TypedArrayAttrBase<Neuro_FieldAttr, "state fields">>:$state,
      OptionalAttr<Neuro_I64Attr>:$phase,
      OptionalAttr<Neuro_I64Attr>:$payload_sum_limit,
      OptionalAttr<Neuro_HoldsAttr>:$holds, UnitAttr:$gated);
  let results = (outs Neuro_SpikesType:$spikes, Neuro_FactorsType:$factors);
  let regions = (region SizedRegion<1>:$body);
  let assemblyFormat = [{
    $name `(` $dendrites `)` attr-dict-with-keyword custom<OwnNames>($body) `:` `(` type($dendrites) `)` `->` type($spikes) `,` type($factors)
  }];
  let hasVerifier = 1;
  let hasRegionVerifier = 1;
  let extraClassDeclaration = [{
    static ::mlir::RegionKind getRegionKind(unsigned) { return ::mlir::RegionKind::SSACFG; }
    int64_t getCount() { return ::llvm::cast<::neuro::SpikesType>(getSpikes().getType()).getCount(); }
  }];
}

#endif // NEURO_DIALECT_NEURO_OPS
