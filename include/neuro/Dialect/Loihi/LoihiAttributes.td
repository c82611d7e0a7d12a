//===- LoihiAttributes.td - attributes of the loihi dialect -*- tablegen -*-===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NEURO_DIALECT_LOIHI_ATTRIBUTES
#define NEURO_DIALECT_LOIHI_ATTRIBUTES

include "mlir/IR/AttrTypeBase.td"
include "mlir/IR/EnumAttr.td"
include "neuro/Dialect/Loihi/LoihiDialect.td"

// The numbers are those of the file.
class Loihi_Enum<string name, string summary, list<I32EnumAttrCase> cases>
    : I32EnumAttr<name, summary, cases> {
  let cppNamespace = "::neuro::loihi";
  let genSpecializedAttr = 0;
}

def Loihi_SignMode : Loihi_Enum<"SignMode", "which signs the weights may have", [
    I32EnumAttrCase<"mixed", 1>, I32EnumAttrCase<"excitatory", 2>, I32EnumAttrCase<"inhibitory", 3>]>;
def Loihi_SignModeAttr : EnumAttr<Loihi_Dialect, Loihi_SignMode, "sign_mode">;

def Loihi_Compression : Loihi_Enum<"Compression", "how targets are found", [
    I32EnumAttrCase<"sparse", 0>, I32EnumAttrCase<"dense", 3>]>;
def Loihi_CompressionAttr : EnumAttr<Loihi_Dialect, Loihi_Compression, "compression">;

def Loihi_Overflow : Loihi_Enum<"Overflow", "what a state field does with a value that does not fit", [
    I32EnumAttrCase<"wrap", 0>, I32EnumAttrCase<"saturate", 1>]>;
def Loihi_OverflowAttr : EnumAttr<Loihi_Dialect, Loihi_Overflow, "overflow">;

def Loihi_LearningMode : Loihi_Enum<"LearningMode", "arithmetic of the learning engine", [
    I32EnumAttrCase<"strict", 0>, I32EnumAttrCase<"lava_compat", 1>]>;
def Loihi_LearningModeAttr : EnumAttr<Loihi_Dialect, Loihi_LearningMode, "learning_mode">;

def Loihi_InputKind : Loihi_Enum<"InputKind", "what the host does with an input element", [
    I32EnumAttrCase<"graded", 0>, I32EnumAttrCase<"one_hot", 1>, I32EnumAttrCase<"tick", 2>]>;
def Loihi_InputKindAttr : EnumAttr<Loihi_Dialect, Loihi_InputKind, "input_kind">;

def Loihi_ElementType : Loihi_Enum<"ElementType", "element type of a host array", [
    I32EnumAttrCase<"float32", 0>, I32EnumAttrCase<"int64", 1>, I32EnumAttrCase<"int32", 2>]>;
def Loihi_ElementTypeAttr : EnumAttr<Loihi_Dialect, Loihi_ElementType, "element_type">;

def Loihi_GradedMode : Loihi_Enum<"GradedMode", "how a graded spike acts on the first pre-synaptic trace", [
    I32EnumAttrCase<"impulse", 0>, I32EnumAttrCase<"overwrite", 1>, I32EnumAttrCase<"add_saturate", 2>,
    I32EnumAttrCase<"add_wrap_impulse_x2", 3>]>;
def Loihi_GradedModeAttr : EnumAttr<Loihi_Dialect, Loihi_GradedMode, "graded_mode">;

def Loihi_GoldenSide : Loihi_Enum<"GoldenSide", "which side of the network an array belongs to", [
    I32EnumAttrCase<"input", 0>, I32EnumAttrCase<"output", 1>]>;
def Loihi_GoldenSideAttr : EnumAttr<Loihi_Dialect, Loihi_GoldenSide, "golden_side">;

def Loihi_TraceAttr : AttrDef<Loihi_Dialect, "Trace"> {
  let mnemonic = "trace";
  let summary = "how a spike raises a trace and how the trace decays";
  let description = [{
    `impulse` 0..127, `fraction` of an impulse, `tau`: 0 clears the trace in each epoch, 65535 holds it.

    ```mlir
    #loihi.trace<impulse = 0, fraction = 0, tau = 65535>
    ```
  }];
  let parameters = (ins "unsigned":$impulse, "unsigned":$fraction, "unsigned":$tau);
  let assemblyFormat = "`<` struct(params) `>`";
  let genVerifyDecl = 1;
}

#endif // NEURO_DIALECT_LOIHI_ATTRIBUTES
