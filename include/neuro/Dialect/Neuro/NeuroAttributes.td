//===- NeuroAttributes.td - attributes of the neuro dialect -*- tablegen -*-===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NEURO_DIALECT_NEURO_ATTRIBUTES
#define NEURO_DIALECT_NEURO_ATTRIBUTES

include "mlir/IR/AttrTypeBase.td"
include "mlir/IR/BuiltinAttributeInterfaces.td"
include "mlir/IR/EnumAttr.td"
include "neuro/Dialect/Neuro/NeuroDialect.td"

class Neuro_Attr<string name, string attrMnemonic> : AttrDef<Neuro_Dialect, name> {
  let mnemonic = attrMnemonic;
}

class Neuro_Enum<string name, string summary, list<I32EnumAttrCase> cases>
    : I32EnumAttr<name, summary, cases> {
  let cppNamespace = "::neuro";
  let genSpecializedAttr = 0;
}

def Neuro_PortKind : Neuro_Enum<"PortKind", "what the host does with an input element", [
    I32EnumAttrCase<"graded", 0>, I32EnumAttrCase<"one_hot", 1>, I32EnumAttrCase<"tick", 2>]>;
def Neuro_PortKindAttr : EnumAttr<Neuro_Dialect, Neuro_PortKind, "port"> {
  let assemblyFormat = "`<` $value `>`";
}

def Neuro_Comparison : Neuro_Enum<"Comparison", "an integer comparison", [
    I32EnumAttrCase<"lt", 0>, I32EnumAttrCase<"ge", 1>, I32EnumAttrCase<"eq", 2>]>;
def Neuro_ComparisonAttr : EnumAttr<Neuro_Dialect, Neuro_Comparison, "comparison"> {
  let assemblyFormat = "`<` $value `>`";
}

def Neuro_Export : Neuro_Enum<"ExportKind", "a variable that the learning engine reads", [
    I32EnumAttrCase<"y0", 0>, I32EnumAttrCase<"y1", 1>, I32EnumAttrCase<"y2", 2>, I32EnumAttrCase<"y3", 3>]>;
def Neuro_ExportAttr : EnumAttr<Neuro_Dialect, Neuro_Export, "export"> {
  let assemblyFormat = "`<` $value `>`";
}

def Neuro_Rounding : Neuro_Enum<"Rounding", "rounding of a right shift", [
    I32EnumAttrCase<"tz", 0>, I32EnumAttrCase<"fl", 1>]>;
def Neuro_RoundingAttr : EnumAttr<Neuro_Dialect, Neuro_Rounding, "rounding"> {
  let assemblyFormat = "`<` $value `>`";
}

def Neuro_Timing : Neuro_Enum<"Timing", "what a network's delays count from", [
    I32EnumAttrCase<"token", 0>, I32EnumAttrCase<"step", 1>]>;
def Neuro_TimingAttr : EnumAttr<Neuro_Dialect, Neuro_Timing, "timing"> {
  let assemblyFormat = "`<` $value `>`";
}

def Neuro_TraceName : Neuro_Enum<"TraceName", "a trace of a learning rule", [
    I32EnumAttrCase<"x1", 0>, I32EnumAttrCase<"x2", 1>, I32EnumAttrCase<"y1", 2>, I32EnumAttrCase<"y2", 3>,
    I32EnumAttrCase<"y3", 4>]>;
def Neuro_TraceNameAttr : EnumAttr<Neuro_Dialect, Neuro_TraceName, "trace_name"> {
  let assemblyFormat = "`<` $value `>`";
}

// The numbers are those of loihi.
def Neuro_GradedMode : Neuro_Enum<"GradedMode", "how the payload of a spike acts on the first pre-synaptic trace", [
    I32EnumAttrCase<"impulse", 0>, I32EnumAttrCase<"overwrite", 1>, I32EnumAttrCase<"add_saturate", 2>,
    I32EnumAttrCase<"add_wrap_impulse_x2", 3>]>;
def Neuro_GradedModeAttr : EnumAttr<Neuro_Dialect, Neuro_GradedMode, "graded"> {
  let assemblyFormat = "`<` $value `>`";
}

def Neuro_LearningMode : Neuro_Enum<"LearningMode", "arithmetic of the learning engine", [
    I32EnumAttrCase<"strict", 0>, I32EnumAttrCase<"lava_compat", 1>]>;
def Neuro_LearningModeAttr : EnumAttr<Neuro_Dialect, Neuro_LearningMode, "learning"> {
  let assemblyFormat = "`<` $value `>`";
}

def Neuro_LearningRounding : Neuro_Enum<"LearningRounding", "rounding of what a rule computes", [
    I32EnumAttrCase<"floor", 0>, I32EnumAttrCase<"stochastic", 1>]>;
def Neuro_LearningRoundingAttr : EnumAttr<Neuro_Dialect, Neuro_LearningRounding, "learning_rounding"> {
  let assemblyFormat = "`<` $value `>`";
}

def Neuro_Updated : Neuro_Enum<"Updated", "a variable of a synapse that a rule changes", [
    I32EnumAttrCase<"w", 0>, I32EnumAttrCase<"d", 1>, I32EnumAttrCase<"t", 2>]>;
def Neuro_UpdatedAttr : EnumAttr<Neuro_Dialect, Neuro_Updated, "updated"> {
  let assemblyFormat = "`<` $value `>`";
}

def Neuro_OneToOneAttr : Neuro_Attr<"OneToOne", "one_to_one"> {
  let summary = "neuron i to neuron i, one weight for all";
  let description = [{
    ```mlir
    #neuro.one_to_one<1>
    ```
  }];
  let parameters = (ins "int64_t":$weight);
  let assemblyFormat = "`<` $weight `>`";
}

def Neuro_BlocksAttr : Neuro_Attr<"Blocks", "blocks"> {
  let summary = "all to all within each of `count` equal blocks, one weight for all";
  let description = [{
    With one block: a sum (many to one), a broadcast (one to many), or both.

    ```mlir
    #neuro.blocks<4, -64>
    ```
  }];
  let parameters = (ins "int64_t":$count, "int64_t":$weight);
  let assemblyFormat = "`<` $count `,` $weight `>`";
}

def Neuro_ShiftAttr : Neuro_Attr<"Shift", "shift"> {
  let summary = "neuron i to neuron i + by, around the end, one weight for all";
  let description = [{
    ```mlir
    #neuro.shift<1, 1>
    ```
  }];
  let parameters = (ins "int64_t":$by, "int64_t":$weight);
  let assemblyFormat = "`<` $by `,` $weight `>`";
}

def Neuro_RepeatAttr : Neuro_Attr<"Repeat", "repeat"> {
  let summary = "within equal blocks, neurons whose numbers agree modulo `period`, one weight for all";
  let description = [{
    Both sides are cut into `blocks` equal blocks. Within a block, neuron i reaches the neurons j with
    `i mod period = j mod period`: a vector is repeated (few to many), or its repetitions are added up (many to few).

    ```mlir
    #neuro.repeat<blocks = 1, period = 5, weight = 1>
    ```
  }];
  let parameters = (ins "int64_t":$blocks, "int64_t":$period, "int64_t":$weight);
  let assemblyFormat = "`<` struct(params) `>`";
}

def Neuro_StrideAttr : Neuro_Attr<"Stride", "stride"> {
  let summary = "within equal blocks, neuron `offset + i * step` to neuron i, one weight for all";
  let description = [{
    Both sides are cut into `blocks` equal blocks. Sources that are not at `offset` plus a multiple of `step` have no synapse.

    ```mlir
    #neuro.stride<blocks = 2, step = 4, offset = 1, weight = 1>
    ```
  }];
  let parameters = (ins "int64_t":$blocks, "int64_t":$step, "int64_t":$offset, "int64_t":$weight);
  let assemblyFormat = "`<` struct(params) `>`";
}

def Neuro_Conv2dAttr : Neuro_Attr<"Conv2d", "conv2d"> {
  let summary = "the synapses of a two-dimensional convolution";
  let description = [{
    `kernel` is `[O, C, kh, kw]` of i8; `input` is `[C, H, W]`, `output` is `[O, H', W']`; `pads` is
    `[top, left, bottom, right]`. Neurons are numbered by row, column and then channel, so that a run of neurons is
    a patch of the image and cores that hold runs exchange few spikes.

    ```mlir
    #neuro.conv2d<kernel = dense<1> : tensor<4x1x3x3xi8>, input = [1, 28, 28],
                  output = [4, 14, 14], strides = [2, 2], pads = [1, 1, 1, 1]>
    ```
  }];
  let parameters = (ins "::mlir::ElementsAttr":$kernel,
      ArrayRefParameter<"int64_t">:$input, ArrayRefParameter<"int64_t">:$output,
      ArrayRefParameter<"int64_t">:$strides, ArrayRefParameter<"int64_t">:$pads);
  let assemblyFormat = [{
    `<` `kernel` `=` $kernel `,` `input` `=` `[` $input `]` `,` `output` `=` `[` $output `]` `,`
    `strides` `=` `[` $strides `]` `,` `pads` `=` `[` $pads `]` `>`
  }];
  let genVerifyDecl = 1;
}

def Neuro_HoldsAttr : Neuro_Attr<"Holds", "holds"> {
  let summary = "the value of the nn function that a population's payloads are";
  let description = [{
    `value` is the number of the operation in the body of its nn function, from 0; the spikes of a token are sent
    `emit` steps after the phase of the population. With `channels` above 1 the value is `[channels, height, width]`
    and the neurons are numbered by row, column and then channel. The comparison of the chip with its quantised model
    reads this; it changes nothing that is computed.

    ```mlir
    #neuro.holds<value = 12, emit = 0, channels = 0>
    ```
  }];
  let parameters = (ins "int64_t":$value, "int64_t":$emit, "int64_t":$channels);
  let assemblyFormat = "`<` `value` `=` $value `,` `emit` `=` $emit `,` `channels` `=` $channels `>`";
  let genVerifyDecl = 1;
}

def Neuro_FieldAttr : Neuro_Attr<"Field", "field"> {
  let summary = "a state field of a neuron";
  let description = [{
    8, 16 or 24 bits, signed or not, saturating or wrapping, with its value after a reset: one for
    all neurons, or one per neuron.

    ```mlir
    #neuro.field<"armed", bits = 8, signed = false, saturate = true, init = [1, 0, 0]>
    ```
  }];
  let parameters = (ins StringRefParameter<>:$name, "unsigned":$bits, "bool":$is_signed,
      "bool":$saturate, ArrayRefParameter<"int32_t">:$init);
  let assemblyFormat = [{
    `<` $name `,` `bits` `=` $bits `,` `signed` `=` $is_signed `,` `saturate` `=` $saturate `,`
    `init` `=` `[` $init `]` `>`
  }];
  let genVerifyDecl = 1;
}

#endif // NEURO_DIALECT_NEURO_ATTRIBUTES
