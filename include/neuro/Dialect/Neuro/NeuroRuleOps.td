//===- NeuroRuleOps.td - learning rules of the neuro dialect -*- tablegen -*-===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NEURO_DIALECT_NEURO_RULEOPS
#define NEURO_DIALECT_NEURO_RULEOPS

include "neuro/Dialect/Neuro/NeuroOps.td"

def Neuro_RuleOp : Neuro_Op<"rule",
    [Symbol, SingleBlock, NoTerminator, NoRegionArguments, IsolatedFromAbove,
     RegionKindInterface, HasOnlyGraphRegion]> {
  let summary = "a learning rule";
  let description = [{
    What a rule reads must have a source, and what it declares must be read. The variables are

    | variable | is | source |
    |---|---|---|
    | `x0` | the pre neuron spiked | always there |
    | `x1 x2` | traces of the pre side | `neuro.trace` |
    | `y0` | the post neuron spiked, or the value that its model exports | always there, or `neuro.factor y0` |
    | `y1 y2 y3` | traces of the post side, or what its model exports | `neuro.trace` or `neuro.factor`; one rule has either |
    | `w` | the weight in the engine's units: twice that of `neuro` where signs are mixed, else the same | the synapse |
    | `d`, `t` | the delay and the tag | a `delay` or an update of it; `tag_bits` of `neuro.plastic` |
    | `u0..u9` | 1 in every 2^k-th epoch | always there |

    Updates are in ideal arithmetic: the narrowing shifts of the learning engine are compensated when the rule is made legal for the chip
    (docs/spec/learning.md). They happen at the end of every `epoch` of 1..63 steps. `rounding` says what becomes of the bits that a result
    has below its last one (`lava_compat` always rounds at random). `mode = lava_compat` computes what Lava's bit-approximate learning does, with its peculiarities; all rules of a
    network have the same mode.

    Pair STDP: a post spike strengthens by the pre trace, a pre spike weakens by the post trace.

    ```mlir
    neuro.rule @stdp {
      neuro.trace x1 {impulse = 16.0 : f64, tau = 10 : i64}
      neuro.trace y1 {impulse = 16.0 : f64, tau = 10 : i64}
      neuro.update w "2^-2*x1*y0 - 2^-2*y1*x0"
    }
    ```
    A memory that is overwritten: the payload of a spike goes into the synapses of the neurons that raise `y0`.

    ```mlir
    neuro.rule @key {
      neuro.trace x1 {mode = #neuro.graded<overwrite>}
      neuro.factor y0
      neuro.update w "-w*y0 + 2*x1*y0"
    }
    ```
  }];
  let arguments = (ins SymbolNameAttr:$sym_name, DefaultValuedAttr<Neuro_I64Attr, "1">:$epoch,
      DefaultValuedAttr<Neuro_LearningRoundingAttr, "::neuro::LearningRounding::floor">:$rounding,
      DefaultValuedAttr<Neuro_LearningModeAttr, "::neuro::LearningMode::strict">:$mode);
  let regions = (region SizedRegion<1>:$body);
  let assemblyFormat = "$sym_name attr-dict-with-keyword $body";
  let hasRegionVerifier = 1;
}

class Neuro_RulePart<string mnemonic> : Neuro_Op<mnemonic, [HasParent<"RuleOp">]>;

def Neuro_TraceOp : Neuro_RulePart<"trace"> {
  let summary = "a trace of spikes";
  let description = [{
    Every spike of its side, pre for `x1 x2`, post for `y1 y2 y3`, adds `impulse`, up to 127; a fraction, in 256ths, is added at random. Then the trace falls
    by the factor `exp(-1/tau)` in each step: `tau = 0` clears it after its step, and without `tau` it holds. `mode` says how the
    payload of a graded spike acts on `x1`: `impulse`, not at all; `overwrite`, half of it replaces the trace; `add_saturate`, half of it is added;
    `add_wrap_impulse_x2`, likewise, and beyond 127 the sum wraps and `x2` takes its impulse.

    ```mlir
    neuro.rule @coincidence {
      neuro.trace x1 {impulse = 16.5 : f64, tau = 10 : i64}
      neuro.update w "2^-2*x1*y0"
    }
    ```
  }];
  let arguments = (ins Neuro_TraceNameAttr:$trace, DefaultValuedAttr<F64Attr, "0.0">:$impulse,
      OptionalAttr<Neuro_I64Attr>:$tau,
      DefaultValuedAttr<Neuro_GradedModeAttr, "::neuro::GradedMode::impulse">:$mode);
  let assemblyFormat = "custom<Keyword>($trace) attr-dict";
  let hasVerifier = 1;
}

def Neuro_FactorOp : Neuro_RulePart<"factor"> {
  let summary = "a variable that the post population exports";
  let description = [{
    The third factor of three-factor rules. The model of the population that the synapses feed says `neuro.export` for it.

    ```mlir
    neuro.rule @reward {
      neuro.factor y3
      neuro.update w "2^-2*x0*y3"
    }
    ```
  }];
  let arguments = (ins Neuro_ExportAttr:$kind);
  let assemblyFormat = "custom<Keyword>($kind) attr-dict";
}

def Neuro_UpdateOp : Neuro_RulePart<"update"> {
  let summary = "how a weight, a delay or a tag changes";
  let description = [{
    A sum of products in Lava's syntax. Every product has one of `x0`, `y0`, `u0..u9`, without which it is 0.

    ```mlir
    neuro.rule @eligible {
      neuro.trace x1 {impulse = 16.0 : f64, tau = 10 : i64}
      neuro.factor y0
      neuro.factor y1
      neuro.update w "2^-4*u0*t*y1"
      neuro.update t "x1*y0 - 2^-3*u0*t"
    }
    ```
  }];
  let arguments = (ins Neuro_UpdatedAttr:$variable, StrAttr:$terms);
  let assemblyFormat = "custom<Keyword>($variable) custom<RuleTerms>(ref($variable), $terms) attr-dict";
  let hasVerifier = 1;
}

#endif // NEURO_DIALECT_NEURO_RULEOPS
