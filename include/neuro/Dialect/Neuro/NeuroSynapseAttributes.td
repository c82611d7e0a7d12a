//===- NeuroSynapseAttributes.td - kinds of connectivity -*- tablegen -*-===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NEURO_DIALECT_NEURO_SYNAPSEATTRIBUTES
#define NEURO_DIALECT_NEURO_SYNAPSEATTRIBUTES

include "neuro/Dialect/Neuro/NeuroAttributes.td"

// Tensors are taken too: the dialect gives them the interface.
def Neuro_Synapses : Attr<CPred<"::llvm::isa<::neuro::SynapsesAttrInterface>($_self)">,
    "connectivity: a tensor<target x source x i8>, or an attribute like #neuro.sparse or #neuro.one_to_one"> {
  let storageType = "::mlir::Attribute";
  let returnType = "::neuro::SynapsesAttrInterface";
  let convertFromStorage = "::llvm::dyn_cast_or_null<::neuro::SynapsesAttrInterface>($_self)";
}

class Neuro_SynapsesAttr<string name, string attrMnemonic, list<string> more = []>
    : AttrDef<Neuro_Dialect, name, [DeclareAttrInterfaceMethods<SynapsesAttrInterface, more>]> {
  let mnemonic = attrMnemonic;
}

// One weight for all synapses.
class Neuro_UniformAttr<string name, string attrMnemonic, list<string> more = []>
    : Neuro_SynapsesAttr<name, attrMnemonic, !listconcat(["getCommonWeight", "withWeight"], more)>;

def Neuro_OneToOneAttr : Neuro_UniformAttr<"OneToOne", "one_to_one", ["visitRows"]> {
  let summary = "neuron i to neuron i, one weight for all";
  let description = [{
    ```mlir
    #neuro.one_to_one<1>
    ```
  }];
  let parameters = (ins "int64_t":$weight);
  let assemblyFormat = "`<` $weight `>`";
}

def Neuro_BlocksAttr : Neuro_UniformAttr<"Blocks", "blocks", ["visitRows", "staysInBlocks"]> {
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

def Neuro_PerBlockAttr : Neuro_SynapsesAttr<"PerBlock", "per_block", ["isReadable", "visitRows", "staysInBlocks"]> {
  let summary = "the same small matrix in each of `count` equal blocks";
  let description = [{
    `weights` is `[target, source]` of i8, for the neurons of one block. An entry of 0 is a synapse of weight 0, which `neuro.project` leaves out.

    ```mlir
    #neuro.per_block<8, dense<[[1, 2], [0, -3]]> : tensor<2x2xi8>>
    ```
  }];
  let parameters = (ins "int64_t":$count, "::mlir::ElementsAttr":$weights);
  let assemblyFormat = "`<` $count `,` $weights `>`";
}

def Neuro_ShiftAttr : Neuro_UniformAttr<"Shift", "shift", ["visitRows"]> {
  let summary = "neuron i to neuron i + by, around the end, one weight for all";
  let description = [{
    ```mlir
    #neuro.shift<1, 1>
    ```
  }];
  let parameters = (ins "int64_t":$by, "int64_t":$weight);
  let assemblyFormat = "`<` $by `,` $weight `>`";
}

def Neuro_PermutationAttr : Neuro_UniformAttr<"Permutation", "permutation", ["isReadable", "visitRows"]> {
  let summary = "neuron i to neuron targets[i], each target once, one weight for all";
  let description = [{
    `targets` is a vector of i32.

    ```mlir
    #neuro.permutation<dense<[2, 0, 1]> : tensor<3xi32>, 1>
    ```
  }];
  let parameters = (ins "::mlir::ElementsAttr":$targets, "int64_t":$weight);
  let assemblyFormat = "`<` $targets `,` $weight `>`";
}

def Neuro_RepeatAttr : Neuro_UniformAttr<"Repeat", "repeat", ["visitRows", "staysInBlocks"]> {
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

def Neuro_StrideAttr : Neuro_UniformAttr<"Stride", "stride", ["visitRows"]> {
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

def Neuro_SparseAttr : Neuro_SynapsesAttr<"Sparse", "sparse", ["isReadable", "getMaxDelay"]> {
  let summary = "synapses listed by source, each with its weight and, if wanted, its delay";
  let description = [{
    Compressed rows: the synapses of source i are entries `offsets[i]` to `offsets[i + 1]` (not included) of `targets`, `weights` and `delays`. `offsets` is of
    i64 with one entry more than there are sources, `targets` of i32, `weights` and `delays` of i8. A source reaches a target once. A delay of 0 to 62
    steps adds to that of the projection; the scheduler does not plan with it.

    ```mlir
    #neuro.sparse<offsets = dense<[0, 2, 2, 3]> : tensor<4xi64>, targets = dense<[0, 3, 1]> : tensor<3xi32>,
                  weights = dense<[5, -7, 1]> : tensor<3xi8>, delays = dense<[0, 12, 3]> : tensor<3xi8>>
    ```
    For large networks the tensors are resources, so that the text stays short; as bytecode (`neuro-opt --emit-bytecode`) they are used where the file is mapped:

    ```mlir
    #neuro.sparse<offsets = dense_resource<offsets> : tensor<1000001xi64>, targets = dense_resource<targets> : tensor<100000000xi32>,
                  weights = dense_resource<weights> : tensor<100000000xi8>>
    ```
  }];
  let parameters = (ins "::mlir::ElementsAttr":$offsets, "::mlir::ElementsAttr":$targets,
      "::mlir::ElementsAttr":$weights, OptionalParameter<"::mlir::ElementsAttr">:$delays);
  let assemblyFormat = [{
    `<` `offsets` `=` $offsets `,` `targets` `=` $targets `,` `weights` `=` $weights (`,` `delays` `=` $delays^)? `>`
  }];
  let genVerifyDecl = 1;
}

def Neuro_Conv2dAttr : Neuro_SynapsesAttr<"Conv2d", "conv2d", ["isReadable"]> {
  let summary = "the synapses of a two-dimensional convolution";
  let description = [{
    `kernel` is `[O, C / groups, kh, kw]` of i8; `input` is `[C, H, W]`, `output` is `[O, H', W']`; `pads` is
    `[top, left, bottom, right]`. Neurons are numbered by row, column and then channel, so that a run of neurons is
    a patch of the image and cores that hold runs exchange few spikes.

    ```mlir
    #neuro.conv2d<kernel = dense<1> : tensor<4x1x3x3xi8>, input = [1, 28, 28],
                  output = [4, 14, 14], strides = [2, 2], pads = [1, 1, 1, 1]>
    ```
    ```mlir
    #neuro.conv2d<kernel = dense<1> : tensor<4x1x3x3xi8>, input = [4, 28, 28],
                  output = [4, 24, 24], strides = [1, 1], pads = [0, 0, 0, 0], dilations = [2, 2], groups = 4>
    ```
  }];
  let parameters = (ins "::mlir::ElementsAttr":$kernel,
      ArrayRefParameter<"int64_t">:$input, ArrayRefParameter<"int64_t">:$output,
      ArrayRefParameter<"int64_t">:$strides, ArrayRefParameter<"int64_t">:$pads,
      OptionalArrayRefParameter<"int64_t">:$dilations, DefaultValuedParameter<"int64_t", "1">:$groups);
  let assemblyFormat = [{
    `<` `kernel` `=` $kernel `,` `input` `=` `[` $input `]` `,` `output` `=` `[` $output `]` `,`
    `strides` `=` `[` $strides `]` `,` `pads` `=` `[` $pads `]` (`,` `dilations` `=` `[` $dilations^ `]`)?
    (`,` `groups` `=` $groups^)? `>`
  }];
  let builders = [AttrBuilder<(ins "::mlir::ElementsAttr":$kernel, "::llvm::ArrayRef<int64_t>":$input,
      "::llvm::ArrayRef<int64_t>":$output, "::llvm::ArrayRef<int64_t>":$strides, "::llvm::ArrayRef<int64_t>":$pads), [{
    return $_get($_ctxt, kernel, input, output, strides, pads, ::llvm::ArrayRef<int64_t>(), int64_t(1));
  }]>];
  let genVerifyDecl = 1;
}

def Neuro_Conv1dAttr : Neuro_SynapsesAttr<"Conv1d", "conv1d", ["isReadable"]> {
  let summary = "the synapses of a one-dimensional convolution";
  let description = [{
    `kernel` is `[O, C / groups, k]` of i8; `input` is `[C, L]`, `output` is `[O, L']`; `pads` is `[before, after]`.
    Neurons are numbered by place and then channel.

    ```mlir
    #neuro.conv1d<kernel = dense<1> : tensor<4x2x3xi8>, input = [2, 16], output = [4, 8], stride = 2, pads = [1, 1]>
    ```
    ```mlir
    #neuro.conv1d<kernel = dense<1> : tensor<2x1x3xi8>, input = [2, 16], output = [2, 12], stride = 1, pads = [0, 0],
                  dilation = 2, groups = 2>
    ```
  }];
  let parameters = (ins "::mlir::ElementsAttr":$kernel,
      ArrayRefParameter<"int64_t">:$input, ArrayRefParameter<"int64_t">:$output, "int64_t":$stride,
      ArrayRefParameter<"int64_t">:$pads, DefaultValuedParameter<"int64_t", "1">:$dilation,
      DefaultValuedParameter<"int64_t", "1">:$groups);
  let assemblyFormat = [{
    `<` `kernel` `=` $kernel `,` `input` `=` `[` $input `]` `,` `output` `=` `[` $output `]` `,`
    `stride` `=` $stride `,` `pads` `=` `[` $pads `]` (`,` `dilation` `=` $dilation^)? (`,` `groups` `=` $groups^)? `>`
  }];
  let genVerifyDecl = 1;
}

#endif // NEURO_DIALECT_NEURO_SYNAPSEATTRIBUTES
