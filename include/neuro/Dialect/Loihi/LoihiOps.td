//===- LoihiOps.td - the system, its ports and its debug table -*- tablegen -*-===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NEURO_DIALECT_LOIHI_OPS
#define NEURO_DIALECT_LOIHI_OPS

include "mlir/IR/BuiltinAttributeInterfaces.td"
include "mlir/IR/OpAsmInterface.td"
include "mlir/IR/SymbolInterfaces.td"
include "mlir/Interfaces/SideEffectInterfaces.td"
include "neuro/Dialect/Loihi/LoihiAttributes.td"
include "neuro/Dialect/Loihi/LoihiDialect.td"
include "neuro/Dialect/Loihi/LoihiTypes.td"
include "neuro/Dialect/StrictOps.td"

class Loihi_Op<string mnemonic, list<Trait> traits = []>
    : Op<Loihi_Dialect, mnemonic, !listconcat([KnownAttributesOnly], traits)>;

// A table of the file: integers of one width, rows x columns.
def Loihi_Table : ElementsAttrBase<CPred<"::llvm::isa<::mlir::ElementsAttr>($_self)">, "table of integers">;

def Loihi_SystemOp : Loihi_Op<"system",
    [Symbol, SymbolTable, IsolatedFromAbove, SingleBlock, NoTerminator, NoRegionArguments]> {
  let summary = "a binary: chips, cores, ports and timing";
  let description = [{
    `period`: steps between two tokens; `latency`: steps from a token's input to its last output;
    `max_tokens`: 0 for no limit. `unchecked` stands where a file was read whose learning rules have parts without effect: these are then
    no errors, so that the file can be shown and written again.

    ```mlir
    loihi.system @main target "loihi2" attributes {chips = 1 : i64, cores_per_chip = 120 : i64,
        mesh = array<i64: 16, 8>, period = 2 : i64, latency = 3 : i64} {
      %fc1 = loihi.source "fc1" op "Gemm"
      loihi.core @core_0 chip 0 at 0, 0 {
        %relu = loihi.program "relu" {
          loihi.inst "spike d0"
        }
        loihi.group "fc1" %relu, %fc1 first 0 count 4 dendrites 1 payload 16 from 0 {}
      }
    }
    ```
  }];
  let arguments = (ins SymbolNameAttr:$sym_name, StrAttr:$target, I64Attr:$cores_per_chip,
      DenseI64ArrayAttr:$mesh, I64Attr:$chips, I64Attr:$period, I64Attr:$latency,
      DefaultValuedAttr<I64Attr, "0">:$max_tokens, UnitAttr:$fall_through,
      DefaultValuedAttr<Loihi_LearningModeAttr, "::neuro::loihi::LearningMode::strict">:$learning_mode,
      DefaultValuedAttr<I64Attr, "0">:$seed, OptionalAttr<StrAttr>:$producer, UnitAttr:$unchecked);
  let regions = (region SizedRegion<1>:$body);
  let assemblyFormat = "$sym_name `target` $target attr-dict-with-keyword $body";
  let hasVerifier = 1;
  let hasRegionVerifier = 1;
}

def Loihi_SourceOp : Loihi_Op<"source",
    [HasParent<"SystemOp">, DeclareOpInterfaceMethods<OpAsmOpInterface, ["getAsmResultNames"]>]> {
  let summary = "a layer of the source model";
  let description = [{
    Groups and outputs point here, so that counters and messages speak of the model's own nodes.

    ```mlir
    %fc1 = loihi.source "fc1" op "Gemm"
    ```
  }];
  let arguments = (ins StrAttr:$name, StrAttr:$op);
  let results = (outs Loihi_SourceType:$source);
  let assemblyFormat = "$name `op` $op attr-dict";
}

def Loihi_InputOp : Loihi_Op<"input", [HasParent<"SystemOp">]> {
  let summary = "virtual neurons through which the host sends spikes";
  let description = [{
    `index` has `width + 1` entries: virtual neuron i sends to rows `index[i]..index[i + 1]` of `to`, each a
    core and an input axon of it. `offset` is the step within the token.

    ```mlir
    loihi.input "x" graded width 2 offset 0 index dense<[0, 1, 2]> : tensor<3xi32>
        to dense<[[0, 0], [0, 1]]> : tensor<2x2xi32>
        {shape = array<i64: 1, 6, 2>, time_axis = 1 : i64, scale = 0.5 : f64, limit = 127 : i64, payload_bits = 8 : i64}
    ```
  }];
  let arguments = (ins StrAttr:$name, Loihi_InputKindAttr:$kind, I64Attr:$width, I64Attr:$offset,
      Loihi_Table:$index, Loihi_Table:$to, DenseI64ArrayAttr:$shape, I64Attr:$time_axis,
      DefaultValuedAttr<F64Attr, "1.0">:$scale, I64Attr:$limit, I64Attr:$payload_bits,
      DefaultValuedAttr<Loihi_ElementTypeAttr, "::neuro::loihi::ElementType::float32">:$element_type);
  let assemblyFormat = [{
    $name `` $kind `width` custom<PlainInteger>($width) `offset` custom<PlainInteger>($offset)
    `index` $index `to` $to attr-dict
  }];
  let hasVerifier = 1;
}

def Loihi_OutputOp : Loihi_Op<"output", [HasParent<"SystemOp">]> {
  let summary = "neurons whose spikes the host reads";
  let description = [{
    Each row of `elements` is a core and a neuron of it. Element value = payload * scale + zero.

    ```mlir
    loihi.output "y" %fc1 offset 3 from dense<[[0, 0], [0, 1]]> : tensor<2x2xi32>
        {shape = array<i64: 1, 6, 2>, time_axis = 1 : i64, scale = array<f64: 0.25>}
    ```
  }];
  let arguments = (ins StrAttr:$name, Loihi_SourceType:$source, I64Attr:$offset, Loihi_Table:$elements,
      DenseI64ArrayAttr:$shape, I64Attr:$time_axis, DenseF64ArrayAttr:$scale,
      DefaultValuedAttr<DenseF64ArrayAttr, "{}">:$zero,
      DefaultValuedAttr<Loihi_ElementTypeAttr, "::neuro::loihi::ElementType::float32">:$element_type);
  let assemblyFormat = [{
    $name $source `offset` custom<PlainInteger>($offset) `from` $elements attr-dict
  }];
  let hasVerifier = 1;
}

def Loihi_GoldenOp : Loihi_Op<"golden", [HasParent<"SystemOp">]> {
  let summary = "a known input, or the output that it must give";
  let description = [{
    The array's bytes, little-endian.

    ```mlir
    loihi.golden output "y" float32 [1] = dense<[0, 0, -128, 63]> : tensor<4xi8>
    ```
  }];
  let arguments = (ins Loihi_GoldenSideAttr:$side, StrAttr:$name, Loihi_ElementTypeAttr:$element_type,
      DenseI64ArrayAttr:$shape, Loihi_Table:$data);
  let assemblyFormat = "`` $side $name `` $element_type $shape `=` $data attr-dict";
  let hasVerifier = 1;
}

#endif // NEURO_DIALECT_LOIHI_OPS
