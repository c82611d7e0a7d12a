//===- NeuroSynapseLists.cpp - connectivity that is listed ----------------===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "SynapseData.h"

#include "llvm/ADT/SmallVector.h"

using namespace mlir;
using namespace neuro;
using namespace neuro::detail;

namespace {

// Tells the first problems one by one, and how many there are more: a list may
// have as many as entries.
class Problems {
public:
  explicit Problems(EmitError emitError) : emitError(emitError) {}

  void add(const Twine &text, const Twine &note) {
    if (++count > kShown)
      return;
    InFlightDiagnostic diag = emitError() << text.str();
    diag.attachNote() << note.str();
  }

  LogicalResult finish() {
    if (count > kShown)
      emitError() << "has " << count - kShown
                  << " more problems in its list of synapses";
    return success(count == 0);
  }

private:
  static constexpr int64_t kShown = 8;
  EmitError emitError;
  int64_t count = 0;
};

} // namespace

static LogicalResult verifyCount(EmitError emitError, StringRef what,
                                 int64_t actual, StringRef reason,
                                 int64_t expected) {
  if (actual == expected)
    return success();
  InFlightDiagnostic diag = emitError()
                            << "sparse " << what << " must have " << expected
                            << " entries, got " << actual;
  diag.attachNote() << reason;
  return diag;
}

//===----------------------------------------------------------------------===//
// Sparse
//===----------------------------------------------------------------------===//

LogicalResult SparseAttr::verify(EmitError emitError, ElementsAttr offsets,
                                 ElementsAttr targets, ElementsAttr weights,
                                 ElementsAttr delays) {
  LogicalResult ok = verifyTensor(emitError, "sparse offsets", offsets, 64, 1);
  if (failed(verifyTensor(emitError, "sparse targets", targets, 32, 1)))
    ok = failure();
  for (auto [what, list] :
       {std::pair<StringRef, ElementsAttr>("sparse weights", weights),
        std::pair<StringRef, ElementsAttr>("sparse delays", delays)})
    if (list && failed(verifyTensor(emitError, what, list, 8, 1)))
      ok = failure();
  if (failed(ok))
    return failure();
  int64_t synapses = targets.getNumElements();
  constexpr const char *reason = "one for each entry of targets";
  ok = verifyCount(emitError, "weights", weights.getNumElements(), reason,
                   synapses);
  if (delays && failed(verifyCount(emitError, "delays", delays.getNumElements(),
                                   reason, synapses)))
    ok = failure();
  return ok;
}

static void checkTargets(Problems &problems, const Numbers &offsets,
                         const Numbers &targets, SynapseShape shape) {
  SmallVector<std::pair<int64_t, int64_t>> row;
  for (int64_t i = 0; i < shape.sources; ++i) {
    bool rises = true;
    for (int64_t s = offsets[i]; s < offsets[i + 1]; ++s) {
      int64_t target = targets[s];
      if (target < 0 || target >= shape.targets)
        problems.add("sparse target " + Twine(target) + " of synapse " +
                         Twine(s) + " does not exist",
                     "source " + Twine(i) + " must reach neurons 0.." +
                         Twine(shape.targets - 1));
      rises &= s == offsets[i] || target > targets[s - 1];
    }
    if (rises)
      continue;
    row.clear();
    for (int64_t s = offsets[i]; s < offsets[i + 1]; ++s)
      row.push_back({targets[s], s});
    llvm::sort(row);
    for (size_t k = 1; k < row.size(); ++k)
      if (row[k].first == row[k - 1].first)
        problems.add("sparse target " + Twine(row[k].first) +
                         " is repeated for source " + Twine(i),
                     "synapses " + Twine(row[k - 1].second) + " and " +
                         Twine(row[k].second) +
                         " connect the same neurons; make one of them, with "
                         "the sum of their weights");
  }
}

LogicalResult SparseAttr::verifyShape(SynapseShape shape,
                                      EmitError emitError) const {
  int64_t entries = getOffsets().getNumElements();
  if (entries - 1 != shape.sources)
    return verifyCount(emitError, "offsets", entries,
                       "one more than the source neurons", shape.sources + 1);
  Numbers offsets(getOffsets()), targets(getTargets());
  Problems problems(emitError);
  if (offsets.areThere()) {
    if (offsets[0] != 0)
      problems.add("sparse offsets must start at 0, got " + Twine(offsets[0]),
                   "the synapses of source 0 come first");
    for (int64_t i = 0; i < shape.sources; ++i)
      if (offsets[i + 1] < offsets[i])
        problems.add("sparse offsets must not fall, but entry " + Twine(i + 1) +
                         " is " + Twine(offsets[i + 1]) + " after " +
                         Twine(offsets[i]),
                     "entry i is where the synapses of source i begin");
    int64_t synapses = getTargets().getNumElements();
    if (offsets[shape.sources] != synapses)
      problems.add("sparse offsets must end at " + Twine(synapses) + ", got " +
                       Twine(offsets[shape.sources]),
                   "that many entries targets has");
    // Rows that are not there cannot be looked at.
    if (failed(problems.finish()))
      return failure();
    if (targets.areThere())
      checkTargets(problems, offsets, targets, shape);
  }
  if (ElementsAttr list = getDelays()) {
    Numbers delays(list);
    for (int64_t s = 0; s < delays.size(); ++s)
      if (delays[s] < 0 || delays[s] > kMaxSynapseDelay)
        problems.add("sparse delay " + Twine(delays[s]) + " of synapse " +
                         Twine(s) + " is out of range",
                     "a synapse waits 0.." + Twine(kMaxSynapseDelay) +
                         " steps (L11)");
  }
  return problems.finish();
}

bool SparseAttr::isReadable() const {
  return Numbers(getOffsets()).areThere() && Numbers(getTargets()).areThere() &&
         Numbers(getWeights()).areThere() &&
         (!getDelays() || Numbers(getDelays()).areThere());
}

int64_t SparseAttr::countSynapses(SynapseShape) const {
  return getTargets().getNumElements();
}

void SparseAttr::visit(int64_t source, SynapseShape,
                       function_ref<void(const Synapse &)> visit) const {
  Numbers offsets(getOffsets()), targets(getTargets()), weights(getWeights());
  int64_t end = offsets[source + 1];
  if (!getDelays()) {
    for (int64_t s = offsets[source]; s < end; ++s)
      visit({targets[s], weights[s]});
    return;
  }
  Numbers delays(getDelays());
  for (int64_t s = offsets[source]; s < end; ++s)
    visit({targets[s], weights[s], delays[s]});
}

int64_t SparseAttr::getMaxDelay() const {
  int64_t most = 0;
  if (!getDelays())
    return most;
  Numbers delays(getDelays());
  for (int64_t s = 0; s < delays.size(); ++s)
    most = std::max(most, delays[s]);
  return most;
}

StringRef SparseAttr::getKindName() const { return "sparse"; }

//===----------------------------------------------------------------------===//
// Permutation
//===----------------------------------------------------------------------===//

LogicalResult PermutationAttr::verifyShape(SynapseShape shape,
                                           EmitError emitError) const {
  if (failed(verifyTensor(emitError, "permutation targets", getTargets(), 32,
                          1)) ||
      failed(verifyWeight(emitError, getWeight())))
    return failure();
  int64_t entries = getTargets().getNumElements();
  if (shape.sources != entries || shape.targets != entries)
    return misfit(emitError, shape,
                  Twine(entries) + " source and target neurons");
  Numbers targets(getTargets());
  if (!targets.areThere())
    return success();
  Problems problems(emitError);
  std::vector<bool> taken(static_cast<size_t>(entries));
  for (int64_t i = 0; i < entries; ++i) {
    int64_t target = targets[i];
    if (target < 0 || target >= entries)
      problems.add("permutation target " + Twine(target) + " of source " +
                       Twine(i) + " does not exist",
                   "targets are 0.." + Twine(entries - 1));
    else if (taken[size_t(target)])
      problems.add("permutation target " + Twine(target) +
                       " is repeated for source " + Twine(i),
                   "each target comes once");
    else
      taken[size_t(target)] = true;
  }
  return problems.finish();
}

bool PermutationAttr::isReadable() const {
  return Numbers(getTargets()).areThere();
}

int64_t PermutationAttr::countSynapses(SynapseShape shape) const {
  return shape.sources;
}

void PermutationAttr::visit(int64_t source, SynapseShape,
                            function_ref<void(const Synapse &)> visit) const {
  visit({Numbers(getTargets())[source], getWeight()});
}

void PermutationAttr::visitRows(
    SynapseShape, function_ref<void(const RowSums &)> visit) const {
  visit(uniformRow(1, getWeight()));
}

std::optional<int64_t> PermutationAttr::getCommonWeight() const {
  return getWeight();
}

SynapsesAttrInterface PermutationAttr::withWeight(int64_t weight) const {
  return get(getContext(), getTargets(), weight);
}

StringRef PermutationAttr::getKindName() const { return "permutation"; }
