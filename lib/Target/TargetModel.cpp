//===- TargetModel.cpp - what the chip can hold ---------------------------===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "neuro/Target/TargetModel.h"

#include <limits>

using namespace neuro::target;

TargetModel TargetModel::loihi2() { return TargetModel(); }

TargetModel TargetModel::loihi2Full() {
  TargetModel model;
  model.name = "loihi2-128";
  model.coresPerChip = 128;
  return model;
}

TargetModel TargetModel::unbounded() {
  constexpr uint32_t endless = std::numeric_limits<uint32_t>::max();
  TargetModel model;
  model.name = "unbounded";
  model.coresPerChip = 1;
  model.chipsPerSystem = 1;
  model.meshColumns = model.meshRows = 1;
  model.neuronsPerCore = endless;
  model.stateBytesPerNeuron = endless;
  model.synapseBytesPerCore = endless;
  model.totalBytesPerCore = endless;
  model.inputAxonsPerCore = endless;
  model.outputAxonsPerCore = endless;
  // What the file's fields can count.
  model.formatsPerCore = 256;
  model.programsPerCore = 65536;
  return model;
}

bool TargetModel::byName(std::string_view name, TargetModel &model) {
  if (name == "loihi2")
    model = loihi2();
  else if (name == "loihi2-128")
    model = loihi2Full();
  else if (name == "unbounded")
    model = unbounded();
  else
    return false;
  return true;
}

uint64_t neuro::target::bytesOf(const CoreContents &contents,
                                const TargetModel &model) {
  return contents.synapseWords * model.bytesPerSynapseWord +
         contents.inputAxons * model.bytesPerInputAxon +
         contents.outputAxons * model.bytesPerOutputAxon +
         contents.instructions * model.bytesPerInstruction +
         contents.stateWords * model.bytesPerStateWord +
         contents.parameters * model.bytesPerParameter +
         contents.rules * model.bytesPerRule +
         contents.products * model.bytesPerProduct +
         contents.preTraces * model.bytesPerPreTraces +
         contents.postTraces * model.bytesPerPostTraces;
}
