//===- NeuroModelOps.td - fixed-point operations of neuron models -*- tablegen -*-===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NEURO_DIALECT_NEURO_MODELOPS
#define NEURO_DIALECT_NEURO_MODELOPS

include "mlir/Interfaces/InferIntRangeInterface.td"
include "mlir/Interfaces/InferTypeOpInterface.td"
include "neuro/Dialect/Neuro/NeuroOps.td"

// All values are i32; flags are i1. 32-bit results wrap, and the chip counts it
// for every value that it computes: what nothing depends on is not computed, and
// equal values are computed once. Nothing that would be counted is folded away.
class Neuro_ModelOp<string mnemonic, list<Trait> traits = []>
    : Neuro_Op<mnemonic, !listconcat([ParentOneOf<["PopulationOp"]>], traits)>;

// What an operation touches beside its results.
def Neuro_StateResource : Resource<"::neuro::StateResource">;
def Neuro_SpikeResource : Resource<"::neuro::SpikeResource">;
def Neuro_ExportResource : Resource<"::neuro::ExportResource">;
def Neuro_TraceResource : Resource<"::neuro::TraceResource">;
def Neuro_RandomResource : Resource<"::neuro::RandomResource">;
def Neuro_CounterResource : Resource<"::neuro::CounterResource">;

// Bounds of the results from those of the operands, in the machine's arithmetic.
def Neuro_Ranges : DeclareOpInterfaceMethods<InferIntRangeInterface, ["inferResultRanges"]>;

def Neuro_ConstOp : Neuro_ModelOp<"const", [Pure, ConstantLike, Neuro_Ranges]> {
  let summary = "one number for all neurons";
  let description = [{
    ```mlir
    %c = neuro.const 127
    ```
  }];
  let arguments = (ins I32Attr:$value);
  let results = (outs I32:$result);
  let assemblyFormat = "custom<PlainInteger>($value) attr-dict";
  let hasFolder = 1;
}

def Neuro_FlagOp : Neuro_ModelOp<"flag", [Pure, ConstantLike, Neuro_Ranges]> {
  let summary = "a flag that is the same for all neurons in every step";
  let description = [{
    What a comparison of two numbers folds to.

    ```mlir
    %never = neuro.flag false
    ```
  }];
  let arguments = (ins BoolAttr:$value);
  let results = (outs I1:$result);
  let assemblyFormat = "$value attr-dict";
  let hasFolder = 1;
}

def Neuro_ParamOp : Neuro_ModelOp<"param", [Pure, Neuro_Ranges]> {
  let summary = "a parameter, one number per neuron";
  let description = [{
    ```mlir
    %b = neuro.param "bias" = dense<[1, 2]> : tensor<2xi32>
    ```
  }];
  let arguments = (ins StrAttr:$name, ElementsAttr:$values);
  let results = (outs I32:$result);
  let assemblyFormat = "$name `=` $values attr-dict";
  let hasVerifier = 1;
}

def Neuro_ReadOp : Neuro_ModelOp<"read", [MemoryEffects<[MemRead<Neuro_StateResource>]>, Neuro_Ranges]> {
  let summary = "value of a state field";
  let description = [{
    ```mlir
    %v = neuro.read "v"
    ```
  }];
  let arguments = (ins StrAttr:$field);
  let results = (outs I32:$result);
  let assemblyFormat = "$field attr-dict";
}

def Neuro_WriteOp : Neuro_ModelOp<"write", [MemoryEffects<[MemWrite<Neuro_StateResource>]>]> {
  let summary = "new value of a state field";
  let description = [{
    Wrapped or saturated by the field's own rule.

    ```mlir
    neuro.write "v", %x
    ```
  }];
  let arguments = (ins StrAttr:$field, I32:$value);
  let assemblyFormat = "$field `,` $value attr-dict";
}

class Neuro_SpecialModelOp<string mnemonic, list<Trait> traits = []>
    : Neuro_ModelOp<mnemonic, !listconcat([Neuro_Ranges], traits)> {
  let results = (outs I32:$result);
  let assemblyFormat = "attr-dict";
}

def Neuro_TimeOp : Neuro_SpecialModelOp<"time", [Pure]> {
  let summary = "the number of the step, from 0 in each sequence";
  let description = [{
    ```mlir
    %t = neuro.time
    ```
  }];
}

def Neuro_IdOp : Neuro_SpecialModelOp<"id", [Pure]> {
  let summary = "the number of the neuron, from 0 in its population";
  let description = [{
    ```mlir
    %i = neuro.id
    ```
  }];
}

def Neuro_RandomOp : Neuro_SpecialModelOp<"random"> {
  let summary = "24 random bits, 0..2^24-1";
  let description = [{
    Each operation draws its own number in every step. The numbers depend on the seed, the population, the neuron, the
    step and the place in the program, never on the placement (M14).

    ```mlir
    %r = neuro.random
    ```
  }];
  // Not equal to another one, but not missed either.
  let results = (outs Res<I32, "the number", [MemAlloc<Neuro_RandomResource>]>:$result);
}

def Neuro_ProbeOp : Neuro_ModelOp<"probe", [MemoryEffects<[MemWrite<Neuro_TraceResource>]>]> {
  let summary = "append a value to the trace of the population";
  let description = [{
    `neuro-run --probe NAME:trace` records it, with its step and its neuron. A population that probes is never idle.

    ```mlir
    neuro.probe %v
    ```
  }];
  let arguments = (ins I32:$value);
  let assemblyFormat = "$value attr-dict";
}

// Folds if the operands are numbers, and is computed for every neuron if they
// are parameters, unless that would count.
class Neuro_ArithmeticOp<string mnemonic, list<Trait> traits>
    : Neuro_ModelOp<mnemonic, !listconcat([Neuro_Ranges], traits)> {
  let results = (outs I32:$result);
  let hasFolder = 1;
  let hasCanonicalizer = 1;
}

class Neuro_UnaryModelOp<string mnemonic> : Neuro_ArithmeticOp<mnemonic, [Pure]> {
  let arguments = (ins I32:$value);
  let assemblyFormat = "$value attr-dict";
}

class Neuro_BinaryModelOp<string mnemonic, list<Trait> traits = [Pure]>
    : Neuro_ArithmeticOp<mnemonic, traits> {
  let arguments = (ins I32:$lhs, I32:$rhs);
  let assemblyFormat = "$lhs `,` $rhs attr-dict";
}

// Without `count` pure; with it, also a count if the value is limited.
class Neuro_LimitModelOp<string mnemonic>
    : Neuro_BinaryModelOp<mnemonic, [DeclareOpInterfaceMethods<MemoryEffectsOpInterface>]> {
  let arguments = (ins I32:$lhs, I32:$rhs, UnitAttr:$count);
}

def Neuro_NegOp : Neuro_UnaryModelOp<"neg"> {
  let summary = "minus";
  let description = [{
    ```mlir
    %y = neuro.neg %x
    ```
  }];
}

def Neuro_AddOp : Neuro_BinaryModelOp<"add", [Pure, Commutative]> {
  let summary = "sum";
  let description = [{
    ```mlir
    %y = neuro.add %a, %b
    ```
  }];
}

def Neuro_SubOp : Neuro_BinaryModelOp<"sub"> {
  let summary = "difference; two instructions on the chip";
  let description = [{
    ```mlir
    %y = neuro.sub %a, %b
    ```
  }];
}

def Neuro_MinOp : Neuro_LimitModelOp<"min"> {
  let summary = "the smaller";
  let description = [{
    With `count`, the chip counts a saturation when `rhs` is the smaller.

    ```mlir
    %y = neuro.min %x, %limit {count}
    ```
  }];
}

def Neuro_MaxOp : Neuro_LimitModelOp<"max"> {
  let summary = "the larger; negations around a minimum on the chip";
  let description = [{
    With `count`, the chip counts a saturation when `rhs` is the larger.

    ```mlir
    %y = neuro.max %x, %zero
    ```
  }];
}

def Neuro_AndOp : Neuro_BinaryModelOp<"and", [Pure, Commutative]> {
  let summary = "bitwise and";
  let description = [{
    ```mlir
    %y = neuro.and %a, %b
    ```
  }];
}

def Neuro_OrOp : Neuro_BinaryModelOp<"or", [Pure, Commutative]> {
  let summary = "bitwise or";
  let description = [{
    ```mlir
    %y = neuro.or %a, %b
    ```
  }];
}

def Neuro_ShlOp : Neuro_ArithmeticOp<"shl", [Pure]> {
  let summary = "shift left by a fixed amount";
  let description = [{
    ```mlir
    %y = neuro.shl %x by 6
    ```
  }];
  let arguments = (ins I32:$value, ConfinedAttr<I32Attr, [IntNonNegative, IntMaxValue<31>]>:$amount);
  let assemblyFormat = "$value `by` custom<PlainInteger>($amount) attr-dict";
}

def Neuro_ShiftOp : Neuro_BinaryModelOp<"shift"> {
  let summary = "shift left by a computed amount, limited to 0..31";
  let description = [{
    ```mlir
    %y = neuro.shift %x, %amount
    ```
  }];
}

def Neuro_MulShrOp : Neuro_ArithmeticOp<"mulshr", [Pure]> {
  let summary = "64-bit product shifted right";
  let description = [{
    `fl` rounds towards minus infinity, `tz` towards zero.

    ```mlir
    %y = neuro.mulshr fl %a, %b by 12
    ```
  }];
  let arguments = (ins Neuro_RoundingAttr:$rounding, I32:$lhs, I32:$rhs,
                       ConfinedAttr<I32Attr, [IntNonNegative, IntMaxValue<47>]>:$amount);
  let assemblyFormat = "custom<Keyword>($rounding) $lhs `,` $rhs `by` custom<PlainInteger>($amount) attr-dict";
}

def Neuro_CmpOp : Neuro_ModelOp<"cmp", [Pure, Neuro_Ranges]> {
  let summary = "comparison";
  let description = [{
    ```mlir
    %c = neuro.cmp lt %a, %b
    ```
  }];
  let arguments = (ins Neuro_ComparisonAttr:$predicate, I32:$lhs, I32:$rhs);
  let results = (outs I1:$result);
  let assemblyFormat = "custom<Keyword>($predicate) $lhs `,` $rhs attr-dict";
  let hasFolder = 1;
}

def Neuro_SelectOp : Neuro_ModelOp<"select", [Pure, Neuro_Ranges]> {
  let summary = "one of two values";
  let description = [{
    ```mlir
    %y = neuro.select %c, %a, %b
    ```
  }];
  let arguments = (ins I1:$condition, I32:$true_value, I32:$false_value);
  let results = (outs I32:$result);
  let assemblyFormat = "$condition `,` $true_value `,` $false_value attr-dict";
  let hasFolder = 1;
}

def Neuro_FireOp : Neuro_ModelOp<"fire", [MemoryEffects<[MemWrite<Neuro_SpikeResource>]>]> {
  let summary = "send a spike, unless a flag is set";
  let description = [{
    The payload is limited to the width of the population's spikes, and the chip counts it.

    ```mlir
    neuro.fire %payload unless %silent
    ```
  }];
  let arguments = (ins I32:$payload, Optional<I1>:$silent);
  let assemblyFormat = "$payload (`unless` $silent^)? attr-dict";
  let hasCanonicalizer = 1;
}

def Neuro_ExportOp : Neuro_ModelOp<"export", [MemoryEffects<[MemWrite<Neuro_ExportResource>]>]> {
  let summary = "give a value to the learning engine";
  let description = [{
    `y1 y2 y3`: limited to 0..127. `y0`: the back-propagating spike, for a nonzero value. Each is exported once, and some rule reads it.

    ```mlir
    neuro.export y1, %v
    ```
  }];
  let arguments = (ins Neuro_ExportAttr:$kind, I32:$value);
  let assemblyFormat = "custom<Keyword>($kind) `,` $value attr-dict";
}

#endif // NEURO_DIALECT_NEURO_MODELOPS
