//===- NeuroBytecode.cpp - connectivity in bytecode -----------------------===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Bytecode keeps attributes as text unless their dialect writes them. In text a
// resource is a name, which is lost; so kinds with tensors are written here.
//
//===----------------------------------------------------------------------===//

#include "Verify.h"

#include "mlir/Bytecode/BytecodeImplementation.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace neuro;

namespace {

// Numbers that stand in files: append only.
enum class Kind : uint64_t { Sparse, Permutation, PerBlock, Conv2d, Conv1d };

struct NeuroBytecode : BytecodeDialectInterface {
  explicit NeuroBytecode(Dialect *dialect)
      : BytecodeDialectInterface(dialect) {}

  LogicalResult writeAttribute(Attribute attr,
                               DialectBytecodeWriter &writer) const override;
  Attribute readAttribute(DialectBytecodeReader &reader) const override;
};

// The tensors of an attribute and its integers in lists.
struct Parts {
  Kind kind = Kind::Sparse;
  SmallVector<ElementsAttr> tensors; // the last may be null
  SmallVector<SmallVector<int64_t>> lists;
};

std::optional<Parts> partsOf(Attribute attr) {
  using Result = std::optional<Parts>;
  auto list = [](ArrayRef<int64_t> values) {
    return SmallVector<int64_t>(values);
  };
  return llvm::TypeSwitch<Attribute, Result>(attr)
      .Case([&](SparseAttr a) {
        return Parts{
            Kind::Sparse,
            {a.getOffsets(), a.getTargets(), a.getWeights(), a.getDelays()},
            {}};
      })
      .Case([&](PermutationAttr a) {
        return Parts{
            Kind::Permutation, {a.getTargets()}, {list(a.getWeight())}};
      })
      .Case([&](PerBlockAttr a) {
        return Parts{Kind::PerBlock, {a.getWeights()}, {list(a.getCount())}};
      })
      .Case([&](Conv2dAttr a) {
        return Parts{Kind::Conv2d,
                     {a.getKernel()},
                     {list(a.getInput()), list(a.getOutput()),
                      list(a.getStrides()), list(a.getPads()),
                      list(a.getDilations()), list(a.getGroups())}};
      })
      .Case([&](Conv1dAttr a) {
        return Parts{Kind::Conv1d,
                     {a.getKernel()},
                     {list(a.getInput()), list(a.getOutput()),
                      list(a.getPads()),
                      list({a.getStride(), a.getDilation(), a.getGroups()})}};
      })
      .Default([](Attribute) { return std::nullopt; });
}

// How many tensors and lists a kind has.
std::pair<unsigned, unsigned> sizesOf(Kind kind) {
  switch (kind) {
  case Kind::Sparse:
    return {4, 0};
  case Kind::Permutation:
  case Kind::PerBlock:
    return {1, 1};
  case Kind::Conv2d:
    return {1, 6};
  case Kind::Conv1d:
    return {1, 4};
  }
  return {0, 0};
}

} // namespace

LogicalResult
NeuroBytecode::writeAttribute(Attribute attr,
                              DialectBytecodeWriter &writer) const {
  std::optional<Parts> parts = partsOf(attr);
  if (!parts)
    return failure();
  writer.writeVarInt(uint64_t(parts->kind));
  for (ElementsAttr tensor : parts->tensors)
    writer.writeOptionalAttribute(tensor);
  for (ArrayRef<int64_t> list : parts->lists)
    writer.writeSignedVarInts(list);
  return success();
}

static Attribute build(const Parts &parts, MLIRContext *context,
                       function_ref<InFlightDiagnostic()> emitError) {
  ArrayRef<ElementsAttr> tensors = parts.tensors;
  SmallVector<ArrayRef<int64_t>> lists(parts.lists.begin(), parts.lists.end());
  auto needs = [&](unsigned list, size_t count) {
    return lists[list].size() == count;
  };
  switch (parts.kind) {
  case Kind::Sparse:
    return SparseAttr::getChecked(emitError, context, tensors[0], tensors[1],
                                  tensors[2], tensors[3]);
  case Kind::Permutation:
    if (needs(0, 1))
      return PermutationAttr::get(context, tensors[0], lists[0][0]);
    break;
  case Kind::PerBlock:
    if (needs(0, 1))
      return PerBlockAttr::get(context, lists[0][0], tensors[0]);
    break;
  case Kind::Conv2d:
    if (needs(5, 1))
      return Conv2dAttr::getChecked(emitError, context, tensors[0], lists[0],
                                    lists[1], lists[2], lists[3], lists[4],
                                    lists[5][0]);
    break;
  case Kind::Conv1d:
    if (needs(3, 3))
      return Conv1dAttr::getChecked(emitError, context, tensors[0], lists[0],
                                    lists[1], lists[3][0], lists[2],
                                    lists[3][1], lists[3][2]);
    break;
  }
  emitError() << "connectivity is not as long as its kind needs";
  return {};
}

Attribute NeuroBytecode::readAttribute(DialectBytecodeReader &reader) const {
  uint64_t number;
  if (failed(reader.readVarInt(number)))
    return {};
  if (number > uint64_t(Kind::Conv1d)) {
    reader.emitError() << "unknown kind of connectivity " << number;
    return {};
  }
  Parts parts;
  parts.kind = Kind(number);
  auto [tensors, lists] = sizesOf(parts.kind);
  parts.tensors.resize(tensors);
  parts.lists.resize(lists);
  for (size_t i = 0; i < tensors; ++i) {
    if (failed(reader.readOptionalAttribute(parts.tensors[i])))
      return {};
    // Only delays may be left out.
    if (!parts.tensors[i] && i != 3) {
      reader.emitError() << "connectivity without its tensor " << i;
      return {};
    }
  }
  for (SmallVector<int64_t> &list : parts.lists)
    if (failed(reader.readSignedVarInts(list)))
      return {};
  return build(parts, getContext(), [&] { return reader.emitError(); });
}

void neuro::detail::addBytecode(NeuroDialect &dialect) {
  dialect.addInterfaces<NeuroBytecode>();
}
