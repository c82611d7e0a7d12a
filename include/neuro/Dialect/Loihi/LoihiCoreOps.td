//===- LoihiCoreOps.td - what one core holds -*- tablegen -*-===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NEURO_DIALECT_LOIHI_COREOPS
#define NEURO_DIALECT_LOIHI_COREOPS

include "neuro/Dialect/Loihi/LoihiOps.td"

class Loihi_CoreItem<string mnemonic, list<Trait> traits = []>
    : Loihi_Op<mnemonic, !listconcat([HasParent<"CoreOp">], traits)>;

class Loihi_NamedCoreItem<string mnemonic, list<Trait> traits = []>
    : Loihi_CoreItem<mnemonic,
        !listconcat([DeclareOpInterfaceMethods<OpAsmOpInterface, ["getAsmResultNames"]>], traits)>;

def Loihi_CoreOp : Loihi_Op<"core",
    [Symbol, HasParent<"SystemOp">, SingleBlock, NoTerminator, NoRegionArguments]> {
  let summary = "a neurocore";
  let description = [{
    The n-th core of the system is core n of every fan-out table. Its neurons are those of its groups, in order.

    ```mlir
    loihi.core @core_0 chip 0 at 0, 0 {
    }
    ```
  }];
  let arguments = (ins SymbolNameAttr:$sym_name, I64Attr:$chip, I64Attr:$x, I64Attr:$y);
  let regions = (region SizedRegion<1>:$body);
  let assemblyFormat = [{
    $sym_name `chip` custom<PlainInteger>($chip) `at` custom<PlainInteger>($x) `,` custom<PlainInteger>($y)
    attr-dict-with-keyword $body
  }];
  let hasRegionVerifier = 1;
}

def Loihi_ProgramOp : Loihi_NamedCoreItem<"program",
    [SingleBlock, NoTerminator, NoRegionArguments, IsolatedFromAbove]> {
  let summary = "a neuron program";
  let description = [{
    Run for every neuron of every group that names it, in every step.

    ```mlir
    %relu = loihi.program "relu" {
      loihi.inst "lt d0, p0"
      loihi.inst "skp_c 1"
      loihi.inst "spike d0"
    }
    ```
  }];
  let arguments = (ins StrAttr:$name);
  let regions = (region SizedRegion<1>:$body);
  let results = (outs Loihi_ProgramType:$program);
  let assemblyFormat = "$name attr-dict-with-keyword $body";
}

def Loihi_InstOp : Loihi_Op<"inst", [HasParent<"ProgramOp">]> {
  let summary = "one instruction";
  let description = [{
    In the text form of the microcode (docs/spec/machine.md, chapter 4).

    ```mlir
    loihi.inst "mul_shr.fl r1, d0, p2, 12"
    ```
  }];
  let arguments = (ins StrAttr:$text);
  let assemblyFormat = "$text attr-dict";
  let hasVerifier = 1;
}

def Loihi_RuleOp : Loihi_NamedCoreItem<"rule"> {
  let summary = "a learning rule in the engine's arithmetic";
  let description = [{
    `terms` holds the products exactly as the engine applies them, in order; `text` is the rule as written. Every variable that the terms read
    has exactly one source: `x1` its impulse or a graded mode, `x2` its impulse; with `third_factor`, `y0 y1 y2 y3` are what the programs of the post neurons
    write, otherwise `y0` is their spike and `y1 y2 y3` have impulses; `t` needs tag bits and `d` delay bits in every format with the rule. What is
    declared, exported or changed is also read, and some format names the rule.

    ```mlir
    %k = loihi.rule "k" "dw = -y0*w + 2*y0*x1" {text = "dw = -w*y0 + 2*x1*y0", graded_mode = #loihi<graded_mode overwrite>,
         x1 = #loihi.trace<impulse = 0, fraction = 0, tau = 65535>, third_factor}
    %format = loihi.format mixed dense weight 8 exp -1 delay 0 tag 0 index 0 dendrite 0 rule %k
    ```
  }];
  let arguments = (ins StrAttr:$name, StrAttr:$terms, DefaultValuedStrAttr<StrAttr, "">:$text,
      DefaultValuedAttr<I64Attr, "1">:$epoch,
      DefaultValuedAttr<I64Attr, "0">:$u_k,
      DefaultValuedAttr<Loihi_GradedModeAttr, "::neuro::loihi::GradedMode::impulse">:$graded_mode,
      OptionalAttr<Loihi_TraceAttr>:$x1, OptionalAttr<Loihi_TraceAttr>:$x2, OptionalAttr<Loihi_TraceAttr>:$y1,
      OptionalAttr<Loihi_TraceAttr>:$y2, OptionalAttr<Loihi_TraceAttr>:$y3,
      UnitAttr:$third_factor, UnitAttr:$stochastic);
  let results = (outs Loihi_RuleType:$rule);
  let assemblyFormat = "$name $terms attr-dict";
  let hasVerifier = 1;
}

def Loihi_FormatOp : Loihi_NamedCoreItem<"format"> {
  let summary = "how the synapses of an axon are stored";
  let description = [{
    Bits of a weight, delay, tag and index; where the targets are; which dendrite they reach; the rule that
    changes them, if any.

    ```mlir
    %format = loihi.format mixed dense weight 8 exp -1 delay 0 tag 0 index 0 dendrite 0
    ```
  }];
  let arguments = (ins Loihi_SignModeAttr:$sign_mode, Loihi_CompressionAttr:$compression, I64Attr:$weight_bits,
      I64Attr:$weight_exp, I64Attr:$delay_bits, I64Attr:$tag_bits, I64Attr:$idx_bits, I64Attr:$dendrite,
      Optional<Loihi_RuleType>:$rule);
  let results = (outs Loihi_FormatType:$format);
  let assemblyFormat = [{
    `` $sign_mode `` $compression `weight` custom<PlainInteger>($weight_bits) `exp` custom<PlainInteger>($weight_exp)
    `delay` custom<PlainInteger>($delay_bits) `tag` custom<PlainInteger>($tag_bits)
    `index` custom<PlainInteger>($idx_bits) `dendrite` custom<PlainInteger>($dendrite)
    (`rule` $rule^)? attr-dict
  }];
}

def Loihi_GroupOp : Loihi_CoreItem<"group", [SingleBlock, NoTerminator, NoRegionArguments]> {
  let summary = "neurons that share a program, parameters and state layout";
  let description = [{
    Neurons `first .. first + count - 1` of the core; they are neurons `from ..` of their population.

    ```mlir
    loihi.group "fc1" %relu, %fc1 first 0 count 4 dendrites 1 payload 16 from 0 {
      loihi.param "zero" = dense<0> : tensor<1xi32>
    }
    ```
  }];
  let arguments = (ins StrAttr:$name, Loihi_ProgramType:$program, Loihi_SourceType:$source, I64Attr:$first,
      I64Attr:$count, I64Attr:$dendrites, I64Attr:$payload_bits, I64Attr:$source_first);
  let regions = (region SizedRegion<1>:$body);
  let assemblyFormat = [{
    $name $program `,` $source `first` custom<PlainInteger>($first) `count` custom<PlainInteger>($count)
    `dendrites` custom<PlainInteger>($dendrites) `payload` custom<PlainInteger>($payload_bits)
    `from` custom<PlainInteger>($source_first) attr-dict-with-keyword $body
  }];
  let hasRegionVerifier = 1;
}

def Loihi_ParamOp : Loihi_Op<"param", [HasParent<"GroupOp">]> {
  let summary = "a parameter of a group";
  let description = [{
    One value, or one per neuron. The n-th parameter is operand `pn`.

    ```mlir
    loihi.param "limit" = dense<127> : tensor<1xi32>
    ```
  }];
  let arguments = (ins StrAttr:$name, Loihi_Table:$values);
  let assemblyFormat = "$name `=` $values attr-dict";
  let hasVerifier = 1;
}

def Loihi_StateOp : Loihi_Op<"state", [HasParent<"GroupOp">]> {
  let summary = "a state field of a group";
  let description = [{
    8, 16 or 24 bits. `init`: one value, or one per neuron. The n-th field is operand `sn`.

    ```mlir
    loihi.state "v" bits 24 saturate init dense<0> : tensor<1xi32> {is_signed}
    ```
  }];
  let arguments = (ins StrAttr:$name, I64Attr:$bits, Loihi_OverflowAttr:$overflow, Loihi_Table:$init,
      UnitAttr:$is_signed);
  let assemblyFormat = "$name `bits` custom<PlainInteger>($bits) `` $overflow `init` $init attr-dict";
  let hasVerifier = 1;
}

def Loihi_AxonsOp : Loihi_CoreItem<"axons"> {
  let summary = "the input-axon table";
  let description = [{
    Each row: first synapse word, number of words, first target neuron, format, delay.

    ```mlir
    loihi.axons dense<[[0, 1, 0, 0, 0]]> : tensor<1x5xi32>
    ```
  }];
  let arguments = (ins Loihi_Table:$table);
  let assemblyFormat = "$table attr-dict";
  let hasVerifier = 1;
}

def Loihi_SynapsesOp : Loihi_CoreItem<"synapses"> {
  let summary = "the synapse memory, in 64-bit words";
  let description = [{
    The blocks of docs/spec/machine.md, M7.

    ```mlir
    loihi.synapses dense<1088> : tensor<1xi64>
    ```
  }];
  let arguments = (ins Loihi_Table:$words);
  let assemblyFormat = "$words attr-dict";
  let hasVerifier = 1;
}

def Loihi_FanoutOp : Loihi_CoreItem<"fanout"> {
  let summary = "the output-axon table";
  let description = [{
    Neuron i of the core sends to rows `index[i]..index[i + 1]` of `to`, each a core and an input axon of it.

    ```mlir
    loihi.fanout index dense<[0, 1]> : tensor<2xi32> to dense<[[0, 0]]> : tensor<1x2xi32>
    ```
  }];
  let arguments = (ins Loihi_Table:$index, Loihi_Table:$to);
  let assemblyFormat = "`index` $index `to` $to attr-dict";
  let hasVerifier = 1;
}

#endif // NEURO_DIALECT_LOIHI_COREOPS
