//===- SynapsesInterface.td - what every kind of connectivity answers -*- tablegen -*-===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NEURO_DIALECT_NEURO_SYNAPSESINTERFACE
#define NEURO_DIALECT_NEURO_SYNAPSESINTERFACE

include "mlir/IR/Interfaces.td"

def SynapsesAttrInterface : AttrInterface<"SynapsesAttrInterface"> {
  let cppNamespace = "::neuro";
  let description = [{
    Which neuron reaches which, with what weight and after how many steps more. All that is asked about connectivity is
    asked here: verifiers, range analysis and lowering know no kind. A kind of another dialect is as good as one of ours.

    Questions about synapses may be asked once `verifyShape` has accepted the shape and `isReadable` is true.
  }];
  let methods = [
    InterfaceMethod<[{
        Checks that the synapses connect so many neurons. Tells every problem, each with what was expected. Data that is
        not there (a resource that was left out when the module was printed) is no problem here.
      }], "::mlir::LogicalResult", "verifyShape",
      (ins "::neuro::SynapseShape":$shape, "::llvm::function_ref<::mlir::InFlightDiagnostic()>":$emitError)>,
    InterfaceMethod<"Whether weights, targets and delays are there.", "bool", "isReadable", (ins), [{}], [{
        return true;
      }]>,
    InterfaceMethod<"At most so many synapses there are; found without looking at them.",
      "int64_t", "countSynapses", (ins "::neuro::SynapseShape":$shape)>,
    InterfaceMethod<[{
        Calls `visit` for each synapse of neuron `source`, with those of weight 0. A target comes once, in no order. Takes time for
        the synapses that there are, or for a row of a matrix.
      }], "void", "visit",
      (ins "int64_t":$source, "::neuro::SynapseShape":$shape,
           "::llvm::function_ref<void(const ::neuro::Synapse &)>":$visit)>,
    InterfaceMethod<[{
        Calls `visit` with the sums of the weights that meet in a target, for each target that differs in them from others.
      }], "void", "visitRows",
      (ins "::neuro::SynapseShape":$shape, "::llvm::function_ref<void(const ::neuro::RowSums &)>":$visit), [{}], [{
        ::neuro::detail::visitRows($_attr, shape, visit);
      }]>,
    InterfaceMethod<[{
        Whether both sides are cut into equal blocks, and no synapse leads from one block to another.
      }], "bool", "staysInBlocks", (ins), [{}], [{ return false; }]>,
    InterfaceMethod<"The longest delay of a synapse, in steps.", "int64_t", "getMaxDelay", (ins), [{}], [{
        return 0;
      }]>,
    InterfaceMethod<"The weight of all synapses, if they have the same one by construction.",
      "std::optional<int64_t>", "getCommonWeight", (ins), [{}], [{ return std::nullopt; }]>,
    InterfaceMethod<"The same synapses with this common weight; null if they have none.",
      "::neuro::SynapsesAttrInterface", "withWeight", (ins "int64_t":$weight), [{}], [{ return {}; }]>,
    InterfaceMethod<"The kind in a word, for pictures.", "::llvm::StringRef", "getKindName">
  ];
}

#endif // NEURO_DIALECT_NEURO_SYNAPSESINTERFACE
