//===- NeuroSynapses.cpp - connectivity by formula and by matrix ----------===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "SynapseData.h"
#include "Verify.h"

#include "mlir/IR/DialectResourceBlobManager.h"
#include "llvm/ADT/MapVector.h"

#include <cstring>

using namespace mlir;
using namespace neuro;
using namespace neuro::detail;

#include "neuro/Dialect/Neuro/SynapsesInterface.cpp.inc"

//===----------------------------------------------------------------------===//
// Shared
//===----------------------------------------------------------------------===//

Numbers::Numbers(ElementsAttr attr) {
  auto type = attr.getShapedType();
  if (!type.hasStaticShape() || !type.getElementType().isSignlessInteger())
    return;
  bytes = type.getElementTypeBitWidth() / 8;
  ArrayRef<char> raw;
  if (auto dense = dyn_cast<DenseElementsAttr>(attr)) {
    raw = dense.getRawData();
    splat = dense.isSplat();
  } else if (auto resource = dyn_cast<DenseResourceElementsAttr>(attr)) {
    AsmResourceBlob *blob = resource.getRawHandle().getBlob();
    if (!blob)
      return;
    raw = blob->getData();
  } else {
    return;
  }
  int64_t elements = type.getNumElements();
  if (!bytes || (!splat && int64_t(raw.size()) != elements * int64_t(bytes)))
    return;
  data = raw.data();
  count = elements;
}

int64_t Numbers::operator[](int64_t index) const {
  const char *at = data + (splat ? 0 : index * int64_t(bytes));
  auto load = [at](auto value) {
    std::memcpy(&value, at, sizeof(value));
    return int64_t(value);
  };
  switch (bytes) {
  case 1:
    return load(int8_t());
  case 2:
    return load(int16_t());
  case 4:
    return load(int32_t());
  default:
    return load(int64_t());
  }
}

LogicalResult neuro::detail::misfit(EmitError emitError, SynapseShape shape,
                                    const Twine &expected) {
  InFlightDiagnostic diag = emitError() << "weights do not fit the populations";
  diag.attachNote() << "  expected: " << expected.str();
  diag.attachNote() << "    actual: " << shape.sources << " source and "
                    << shape.targets << " target neurons";
  return diag;
}

LogicalResult neuro::detail::verifyTensor(EmitError emitError, StringRef what,
                                          ElementsAttr attr, unsigned bits,
                                          int64_t rank) {
  auto type = attr.getShapedType();
  if (type.getElementType().isSignlessInteger(bits) && type.hasRank() &&
      type.getRank() == rank)
    return success();
  return emitError() << what << " must be a tensor of i" << bits << " with "
                     << rank << (rank == 1 ? " dimension" : " dimensions")
                     << ", got " << type;
}

LogicalResult neuro::detail::verifyWeight(EmitError emitError, int64_t weight) {
  if (weight >= kMinWeight && weight <= kMaxWeight)
    return success();
  return emitError() << "weight " << weight << " must be in " << kMinWeight
                     << ".." << kMaxWeight << " (L08)";
}

void neuro::detail::visitRows(Attribute attr, SynapseShape shape,
                              function_ref<void(const RowSums &)> visit) {
  auto synapses = cast<SynapsesAttrInterface>(attr);
  // Targets without synapses cost nothing where most are such.
  if (synapses.countSynapses(shape) < shape.targets / 4) {
    llvm::MapVector<int64_t, RowSums> rows;
    for (int64_t i = 0; i < shape.sources; ++i)
      synapses.visit(i, shape, [&](const Synapse &synapse) {
        rows[synapse.target].add(synapse.weight);
      });
    visit(RowSums());
    for (const auto &row : rows)
      visit(row.second);
    return;
  }
  std::vector<RowSums> rows(static_cast<size_t>(shape.targets));
  for (int64_t i = 0; i < shape.sources; ++i)
    synapses.visit(i, shape, [&](const Synapse &synapse) {
      rows[size_t(synapse.target)].add(synapse.weight);
    });
  for (const RowSums &row : rows)
    visit(row);
}

static LogicalResult verifyBlocks(EmitError emitError, SynapseShape shape,
                                  int64_t blocks) {
  if (blocks > 0 && shape.sources % blocks == 0 && shape.targets % blocks == 0)
    return success();
  return misfit(emitError, shape,
                "both divisible into " + Twine(blocks) + " blocks");
}

static LogicalResult verifyEqual(EmitError emitError, SynapseShape shape) {
  if (shape.sources == shape.targets)
    return success();
  return misfit(emitError, shape, "as many target as source neurons");
}

//===----------------------------------------------------------------------===//
// One weight
//===----------------------------------------------------------------------===//

#define NEURO_UNIFORM(Attr, Name)                                              \
  StringRef Attr::getKindName() const { return Name; }                         \
  std::optional<int64_t> Attr::getCommonWeight() const { return getWeight(); }

NEURO_UNIFORM(OneToOneAttr, "1:1")
NEURO_UNIFORM(BlocksAttr, "blocks")
NEURO_UNIFORM(ShiftAttr, "shift")
NEURO_UNIFORM(RepeatAttr, "repeat")
NEURO_UNIFORM(StrideAttr, "stride")

#undef NEURO_UNIFORM

LogicalResult OneToOneAttr::verifyShape(SynapseShape shape,
                                        EmitError emitError) const {
  LogicalResult fits = verifyEqual(emitError, shape);
  return success(succeeded(verifyWeight(emitError, getWeight())) &&
                 succeeded(fits));
}

int64_t OneToOneAttr::countSynapses(SynapseShape shape) const {
  return shape.sources;
}

void OneToOneAttr::visit(int64_t source, SynapseShape,
                         function_ref<void(const Synapse &)> visit) const {
  visit({source, getWeight()});
}

void OneToOneAttr::visitRows(SynapseShape,
                             function_ref<void(const RowSums &)> visit) const {
  visit(uniformRow(1, getWeight()));
}

SynapsesAttrInterface OneToOneAttr::withWeight(int64_t weight) const {
  return get(getContext(), weight);
}

LogicalResult BlocksAttr::verifyShape(SynapseShape shape,
                                      EmitError emitError) const {
  LogicalResult fits = verifyBlocks(emitError, shape, getCount());
  return success(succeeded(verifyWeight(emitError, getWeight())) &&
                 succeeded(fits));
}

int64_t BlocksAttr::countSynapses(SynapseShape shape) const {
  return shape.sources * (shape.targets / getCount());
}

void BlocksAttr::visit(int64_t source, SynapseShape shape,
                       function_ref<void(const Synapse &)> visit) const {
  int64_t size = shape.targets / getCount();
  int64_t first = source / (shape.sources / getCount()) * size;
  for (int64_t j = 0; j < size; ++j)
    visit({first + j, getWeight()});
}

void BlocksAttr::visitRows(SynapseShape shape,
                           function_ref<void(const RowSums &)> visit) const {
  visit(uniformRow(shape.sources / getCount(), getWeight()));
}

bool BlocksAttr::staysInBlocks() const { return true; }

SynapsesAttrInterface BlocksAttr::withWeight(int64_t weight) const {
  return get(getContext(), getCount(), weight);
}

LogicalResult ShiftAttr::verifyShape(SynapseShape shape,
                                     EmitError emitError) const {
  LogicalResult ok = verifyEqual(emitError, shape);
  if (getBy() < -shape.sources || getBy() > shape.sources)
    ok = emitError() << "shift by " << getBy() << " goes more than once around "
                     << shape.sources << " neurons";
  return success(succeeded(verifyWeight(emitError, getWeight())) &&
                 succeeded(ok));
}

int64_t ShiftAttr::countSynapses(SynapseShape shape) const {
  return shape.sources;
}

void ShiftAttr::visit(int64_t source, SynapseShape shape,
                      function_ref<void(const Synapse &)> visit) const {
  int64_t to = (source + getBy()) % shape.sources;
  visit({to < 0 ? to + shape.sources : to, getWeight()});
}

void ShiftAttr::visitRows(SynapseShape,
                          function_ref<void(const RowSums &)> visit) const {
  visit(uniformRow(1, getWeight()));
}

SynapsesAttrInterface ShiftAttr::withWeight(int64_t weight) const {
  return get(getContext(), getBy(), weight);
}

LogicalResult RepeatAttr::verifyShape(SynapseShape shape,
                                      EmitError emitError) const {
  LogicalResult ok = verifyBlocks(emitError, shape, getBlocks());
  if (getPeriod() <= 0)
    ok = emitError() << "period " << getPeriod() << " must be positive";
  return success(succeeded(verifyWeight(emitError, getWeight())) &&
                 succeeded(ok));
}

int64_t RepeatAttr::countSynapses(SynapseShape shape) const {
  int64_t targets = shape.targets / getBlocks();
  return shape.sources * ((targets - 1) / getPeriod() + 1);
}

void RepeatAttr::visit(int64_t source, SynapseShape shape,
                       function_ref<void(const Synapse &)> visit) const {
  int64_t sources = shape.sources / getBlocks();
  int64_t targets = shape.targets / getBlocks();
  int64_t first = source / sources * targets;
  for (int64_t j = source % sources % getPeriod(); j < targets;) {
    visit({first + j, getWeight()});
    if (getPeriod() >= targets - j)
      break;
    j += getPeriod();
  }
}

void RepeatAttr::visitRows(SynapseShape shape,
                           function_ref<void(const RowSums &)> visit) const {
  // The first `rest` places of a period have one source more.
  int64_t sources = shape.sources / getBlocks();
  int64_t places = std::min(shape.targets / getBlocks(), getPeriod());
  int64_t rest = sources % getPeriod();
  if (rest)
    visit(uniformRow(sources / getPeriod() + 1, getWeight()));
  if (places > rest)
    visit(uniformRow(sources / getPeriod(), getWeight()));
}

bool RepeatAttr::staysInBlocks() const { return true; }

SynapsesAttrInterface RepeatAttr::withWeight(int64_t weight) const {
  return get(getContext(), getBlocks(), getPeriod(), weight);
}

LogicalResult StrideAttr::verifyShape(SynapseShape shape,
                                      EmitError emitError) const {
  LogicalResult ok = verifyBlocks(emitError, shape, getBlocks());
  if (getStep() <= 0 || getOffset() < 0)
    ok = emitError() << "step " << getStep() << " must be positive and offset "
                     << getOffset() << " not negative";
  return success(succeeded(verifyWeight(emitError, getWeight())) &&
                 succeeded(ok));
}

int64_t StrideAttr::countSynapses(SynapseShape shape) const {
  return shape.sources;
}

void StrideAttr::visit(int64_t source, SynapseShape shape,
                       function_ref<void(const Synapse &)> visit) const {
  int64_t sources = shape.sources / getBlocks();
  int64_t targets = shape.targets / getBlocks();
  int64_t at = source % sources - getOffset();
  if (at >= 0 && at % getStep() == 0 && at / getStep() < targets)
    visit({source / sources * targets + at / getStep(), getWeight()});
}

void StrideAttr::visitRows(SynapseShape shape,
                           function_ref<void(const RowSums &)> visit) const {
  int64_t sources = shape.sources / getBlocks();
  int64_t targets = shape.targets / getBlocks();
  int64_t reached =
      getOffset() < sources ? (sources - 1 - getOffset()) / getStep() + 1 : 0;
  if (reached)
    visit(uniformRow(1, getWeight()));
  if (reached < targets)
    visit(RowSums());
}

SynapsesAttrInterface StrideAttr::withWeight(int64_t weight) const {
  return get(getContext(), getBlocks(), getStep(), getOffset(), weight);
}

//===----------------------------------------------------------------------===//
// Matrices
//===----------------------------------------------------------------------===//

LogicalResult Matrix::verify(SynapseShape shape, EmitError emitError) const {
  auto type = weights.getShapedType();
  if (!type.getElementType().isSignlessInteger(8))
    return emitError() << "weights must be of type i8, got "
                       << type.getElementType();
  if (type.hasRank() &&
      type.getShape() == ArrayRef<int64_t>{shape.targets, shape.sources})
    return success();
  return misfit(emitError, shape,
                "weights [target, source] of " + Twine(shape.targets) + "x" +
                    Twine(shape.sources));
}

void Matrix::visit(int64_t source, SynapseShape shape,
                   function_ref<void(const Synapse &)> visit) const {
  Numbers numbers(weights);
  for (int64_t j = 0; j < shape.targets; ++j)
    visit({j, numbers[j * shape.sources + source]});
}

LogicalResult PerBlockAttr::verifyShape(SynapseShape shape,
                                        EmitError emitError) const {
  if (failed(verifyBlocks(emitError, shape, getCount())))
    return failure();
  return Matrix(getWeights())
      .verify({shape.sources / getCount(), shape.targets / getCount()},
              emitError);
}

bool PerBlockAttr::isReadable() const {
  return Matrix(getWeights()).isReadable();
}

int64_t PerBlockAttr::countSynapses(SynapseShape shape) const {
  return shape.sources * (shape.targets / getCount());
}

void PerBlockAttr::visit(int64_t source, SynapseShape shape,
                         function_ref<void(const Synapse &)> visit) const {
  SynapseShape block = {shape.sources / getCount(), shape.targets / getCount()};
  int64_t first = source / block.sources * block.targets;
  Matrix(getWeights())
      .visit(source % block.sources, block, [&](const Synapse &synapse) {
        visit({first + synapse.target, synapse.weight, synapse.delay});
      });
}

void PerBlockAttr::visitRows(SynapseShape shape,
                             function_ref<void(const RowSums &)> visit) const {
  SynapseShape block = {shape.sources / getCount(), shape.targets / getCount()};
  cast<SynapsesAttrInterface>(Attribute(getWeights())).visitRows(block, visit);
}

bool PerBlockAttr::staysInBlocks() const { return true; }

StringRef PerBlockAttr::getKindName() const { return "per block"; }

namespace {

// A tensor is connectivity as it stands.
template <typename Attr>
struct DenseModel
    : SynapsesAttrInterface::ExternalModel<DenseModel<Attr>, Attr> {
  LogicalResult verifyShape(Attribute attr, SynapseShape shape,
                            EmitError emitError) const {
    return Matrix(cast<ElementsAttr>(attr)).verify(shape, emitError);
  }
  bool isReadable(Attribute attr) const {
    return Matrix(cast<ElementsAttr>(attr)).isReadable();
  }
  int64_t countSynapses(Attribute, SynapseShape shape) const {
    return shape.sources * shape.targets;
  }
  void visit(Attribute attr, int64_t source, SynapseShape shape,
             function_ref<void(const Synapse &)> visit) const {
    Matrix(cast<ElementsAttr>(attr)).visit(source, shape, visit);
  }
  StringRef getKindName(Attribute) const { return "dense"; }
};

} // namespace

void neuro::detail::attachSynapses(MLIRContext &context) {
  DenseIntOrFPElementsAttr::attachInterface<
      DenseModel<DenseIntOrFPElementsAttr>>(context);
  DenseResourceElementsAttr::attachInterface<
      DenseModel<DenseResourceElementsAttr>>(context);
}

//===----------------------------------------------------------------------===//
// Operations
//===----------------------------------------------------------------------===//

SynapseShape ProjectOp::getShape() {
  return {cast<SpikesType>(getSource().getType()).getCount(),
          cast<CurrentType>(getCurrent().getType()).getCount()};
}

SynapseShape PlasticOp::getShape() {
  return {cast<SpikesType>(getSource().getType()).getCount(),
          cast<CurrentType>(getCurrent().getType()).getCount()};
}

SynapsesAttrInterface PlasticOp::getConnectivity() {
  if (SynapsesAttrInterface synapses =
          getSynapses().value_or(SynapsesAttrInterface()))
    return synapses;
  return BlocksAttr::get(getContext(), getBlocks(), 0);
}
