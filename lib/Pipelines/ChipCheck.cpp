//===- ChipCheck.cpp - the chip against its quantised model ---------------===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "neuro/Pipelines/ChipCheck.h"

#include "neuro/Dialect/NN/NN.h"
#include "neuro/Evaluator/Evaluator.h"
#include "neuro/Pipelines/BinarySummary.h"
#include "neuro/Runtime/Simulator.h"
#include "neuro/Support/Locations.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/DenseSet.h"
#include "llvm/ADT/SetVector.h"
#include "llvm/ADT/StringMap.h"

#include <cmath>
#include <map>
#include <numeric>

using namespace mlir;
using namespace neuro;

namespace {

/// Values that are kept for one comparison, unless one sequence has more.
constexpr int64_t kMostValues = int64_t(1) << 24;
/// What an update of a neuron, and a step of a group in which nothing happens,
/// weigh in the budget, against one synapse.
constexpr double kUpdateWeight = 8, kStepWeight = 100;
constexpr double kBudgetStretch = 4;

/// Where integers differ, and how many do.
struct Difference {
  int64_t count = 0, largest = 0;
  // The first.
  int64_t token = -1, element = -1;
  int32_t expected = 0, actual = 0;

  void note(int64_t atToken, int64_t atElement, int32_t wanted, int32_t got) {
    if (wanted == got)
      return;
    if (!count++) {
      token = atToken;
      element = atElement;
      expected = wanted;
      actual = got;
    }
    largest = std::max<int64_t>(largest, std::llabs(int64_t(got) - wanted));
  }
};

/// Something that is compared: a held value or an output.
struct Subject {
  Operation *op = nullptr;
  const HeldValue *held = nullptr; // null: an output
  std::string output;
  int64_t count = 0;            // elements of a token
  std::vector<uint32_t> groups; // with the position of their first neuron
  std::vector<int64_t> firsts;
  double scale = 0;
  std::vector<int32_t> expected; // sequence by sequence, token by token
  int64_t compared = 0;
  // The first sequence that differs, and what differs in all.
  int64_t sequence = -1;
  Difference difference;

  /// The element of the value that neuron `index` holds.
  int64_t elementOf(int64_t index) const {
    if (!held || held->channels <= 1)
      return index;
    int64_t pixels = count / held->channels;
    return index % held->channels * pixels + index / held->channels;
  }
  void add(int64_t inSequence, const Difference &other, int64_t values) {
    compared += values;
    if (!other.count)
      return;
    int64_t all = difference.count + other.count,
            largest = std::max(difference.largest, other.largest);
    if (!difference.count) {
      sequence = inSequence;
      difference = other;
    }
    difference.count = all;
    difference.largest = largest;
  }
};

class ChipCheck {
public:
  ChipCheck(func::FuncOp model, ArrayRef<HeldValue> held,
            const runtime::Simulator &simulator, const BinarySummary &summary,
            const NamedArrays &calibration, const ChipCheckOptions &options,
            ChipCheckResult &result)
      : model(model), held(held), simulator(simulator), summary(summary),
        calibration(calibration), options(options), result(result) {}

  LogicalResult run();

private:
  LogicalResult setUp();
  LogicalResult findGroups(Subject &subject);
  void chooseExtent();
  NamedArrays part(int64_t firstSequence, int64_t sequences) const;
  void stretch(NamedArrays &arrays) const;
  NamedArrays portArrays(const NamedArrays &arrays, int64_t sequences) const;
  LogicalResult compare(int64_t firstSequence, int64_t sequences,
                        bool isStretched = false);
  void compareStep(const runtime::Engine &engine, int64_t sequence,
                   uint32_t step, std::vector<int32_t> &payloads,
                   std::vector<uint8_t> &fired,
                   std::vector<std::pair<Difference, int64_t>> &found);
  void compareOutputs(const NamedArrays &outputs, int64_t firstSequence,
                      int64_t sequences);
  void noteWraps(const runtime::Stats &stats);
  LogicalResult report();
  InFlightDiagnostic fault(Location loc, const Twine &what) const {
    InFlightDiagnostic diag = mlir::emitError(loc) << what;
    diag.attachNote() << "this is a fault of the compiler, not of the model: "
                         "please report it; no file is written";
    return diag;
  }

  func::FuncOp model;
  ArrayRef<HeldValue> held;
  const runtime::Simulator &simulator;
  const BinarySummary &summary;
  const NamedArrays &calibration;
  const ChipCheckOptions &options;
  ChipCheckResult &result;

  std::unique_ptr<Evaluator> evaluator;
  std::vector<Subject> subjects; // held values, then outputs
  size_t numHeld = 0;
  llvm::DenseMap<Value, SmallVector<size_t, 1>> subjectsOf;
  llvm::StringMap<SmallVector<uint32_t, 2>> groupsOf; // by population
  std::vector<size_t> byStep;                         // held values
  std::map<uint64_t, runtime::GroupCounters> wrapsOf; // by source
};

/// A reshape holds the integers of what it reshapes.
Value withoutReshapes(Value value) {
  while (auto reshape = value.getDefiningOp<nn::ReshapeOp>())
    value = reshape.getInput();
  return value;
}

std::string withSeparators(int64_t number) {
  std::string text = std::to_string(number);
  for (int64_t at = int64_t(text.size()) - 3; at > 0; at -= 3)
    text.insert(size_t(at), ",");
  return text;
}

} // namespace

std::vector<HeldValue> neuro::findHeldValues(NetworkOp network) {
  std::vector<HeldValue> all;
  for (PopulationOp op : network.getBody().front().getOps<PopulationOp>())
    if (auto holds = op.getHolds())
      all.push_back({holds->getValue(), op.getName().str(), op.getCount(),
                     op.getPhase().value_or(0) + holds->getEmit(),
                     holds->getChannels()});
  llvm::stable_sort(all, [](const HeldValue &a, const HeldValue &b) {
    return a.operation < b.operation;
  });
  return all;
}

std::string ChipCheckResult::str() const {
  if (tokens == 0)
    return "not compared: a single token is too much work for a sample";
  std::string text = std::to_string(layers) + " layers, " +
                     withSeparators(tokens) +
                     (tokens < allTokens ? " of " + withSeparators(allTokens)
                                         : std::string()) +
                     " tokens";
  if (allSequences > 1)
    text += " of " + withSeparators(sequences) +
            (sequences < allSequences ? " of " + withSeparators(allSequences)
                                      : std::string()) +
            " sequences";
  return text + " and one beyond calibration, " + withSeparators(values) +
         (differences ? " values, " + withSeparators(differences) + " differ"
                      : std::string(" values equal"));
}

//===----------------------------------------------------------------------===//
// What is compared
//===----------------------------------------------------------------------===//

LogicalResult ChipCheck::findGroups(Subject &subject) {
  int64_t neurons = 0;
  for (uint32_t index : groupsOf.lookup(subject.held->population)) {
    const runtime::GroupInfo &group = simulator.groups()[index];
    subject.groups.push_back(index);
    subject.firsts.push_back(group.sourceFirst);
    neurons += group.count;
  }
  if (neurons == subject.count && subject.count == subject.held->count)
    return success();
  InFlightDiagnostic diag =
      fault(subject.op->getLoc(), "the chip does not hold this value whole");
  diag.attachNote() << "expected: " << subject.count
                    << " neurons in population '" << subject.held->population
                    << "'";
  diag.attachNote() << "  actual: " << neurons;
  return diag;
}

LogicalResult ChipCheck::setUp() {
  evaluator = Evaluator::create(model);
  if (!evaluator)
    return failure();
  std::vector<Operation *> operations;
  for (Operation &op : model.getBody().front())
    operations.push_back(&op);
  for (auto [i, group] : llvm::enumerate(simulator.groups()))
    groupsOf[group.name].push_back(uint32_t(i));
  bool bad = false;
  for (const HeldValue &value : held) {
    Subject subject;
    subject.held = &value;
    if (value.operation < 0 || value.operation >= int64_t(operations.size()) ||
        operations[value.operation]->getNumResults() != 1)
      return fault(model.getLoc(), "population '" + value.population +
                                       "' holds the value of no operation");
    Value of = withoutReshapes(operations[value.operation]->getResult(0));
    subject.op = of.getDefiningOp();
    // What is an input to begin with is the host's.
    if (!subject.op)
      continue;
    subject.count = cast<RankedTensorType>(of.getType()).getNumElements();
    if (auto quant =
            subject.op->getAttrOfType<nn::QuantAttr>(nn::kResultQuantAttr))
      subject.scale = quant.getScale();
    bad |= failed(findGroups(subject));
    subjectsOf[of].push_back(subjects.size());
    subjects.push_back(std::move(subject));
  }
  numHeld = subjects.size();
  byStep.resize(numHeld);
  std::iota(byStep.begin(), byStep.end(), 0);
  llvm::stable_sort(byStep, [&](size_t a, size_t b) {
    return subjects[a].held->step < subjects[b].held->step;
  });
  Operation *end = model.getBody().front().getTerminator();
  for (auto [i, port] : llvm::enumerate(simulator.outputs())) {
    Subject subject;
    if (i >= end->getNumOperands())
      return fault(model.getLoc(), "the chip has an output '" + port.name +
                                       "' that the model has not");
    Value of = withoutReshapes(end->getOperand(unsigned(i)));
    subject.op = of.getDefiningOp();
    if (!subject.op)
      continue;
    subject.output = port.name;
    subject.count = port.width;
    subject.scale = port.scale;
    subjectsOf[of].push_back(subjects.size());
    subjects.push_back(std::move(subject));
  }
  return failure(bad);
}

/// Sequences and tokens: all, or as many tokens of the first sequence as the
/// budget allows; none if even one is far beyond it.
void ChipCheck::chooseExtent() {
  for (const EvaluatorPort &port : evaluator->inputs())
    if (const Array *array = findArray(calibration, port.name)) {
      bool one = array->shape.size() == port.tokenShape.size() + 1;
      result.allSequences = one ? 1 : array->shape[0];
      result.allTokens = array->shape[one ? 0 : 1];
    }
  result.mode = options.mode;
  result.sequences = result.allSequences;
  result.tokens = result.allTokens;
  if (options.mode != VerifyMode::Sample)
    return;
  double step = kStepWeight * double(simulator.groups().size()),
         token =
             double(summary.synapses) +
             (kUpdateWeight * double(summary.neurons) + step) * summary.period,
         fixed = step * summary.latency;
  // Two sequences are run: this one, and one made from it.
  double budget = options.budget / 2,
         tokens = (budget - fixed) / std::max(token, 1.0);
  // A few times more than wanted is better than nothing.
  if (tokens < 1 && fixed + token < kBudgetStretch * budget)
    tokens = 1;
  result.sequences = tokens < 1 ? 0 : std::min<int64_t>(result.sequences, 1);
  result.tokens =
      int64_t(std::clamp(tokens, 0.0, std::max(double(result.allTokens), 0.0)));
}

/// Some sequences as the evaluator takes them, no longer than is compared.
NamedArrays ChipCheck::part(int64_t firstSequence, int64_t sequences) const {
  NamedArrays arrays;
  for (const EvaluatorPort &port : evaluator->inputs()) {
    const Array *from = findArray(calibration, port.name);
    if (!from)
      continue;
    std::vector<int64_t> shape{sequences, result.tokens};
    shape.insert(shape.end(), port.tokenShape.begin(), port.tokenShape.end());
    Array array(from->dtype, std::move(shape));
    size_t whole = from->data.size() /
                   size_t(std::max<int64_t>(result.allSequences, 1)),
           kept = array.data.size() / size_t(std::max<int64_t>(sequences, 1));
    for (int64_t i = 0; i < sequences; ++i)
      std::copy_n(from->data.begin() +
                      ptrdiff_t(firstSequence + i) * ptrdiff_t(whole),
                  kept, array.data.begin() + i * ptrdiff_t(kept));
    arrays.emplace_back(port.name, std::move(array));
  }
  return arrays;
}

/// Makes inputs of another kind than calibration has seen, always the same
/// ones: only there is anything limited.
void ChipCheck::stretch(NamedArrays &arrays) const {
  constexpr float kLargest = 1e30f;
  constexpr float kTokens[] = {8, 0.125, 64, 1, 0.015625},
                  kElements[] = {0, 1, 1, -1, 9};
  uint64_t seed = 0;
  auto bits = [&seed] { // SplitMix64
    uint64_t z = seed += 0x9e3779b97f4a7c15ull;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ull;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebull;
    return z ^ (z >> 31);
  };
  for (auto [port, entry] : llvm::zip(evaluator->inputs(), arrays)) {
    Array &array = entry.second;
    int64_t count = array.numElements(),
            width = count / std::max<int64_t>(result.tokens, 1);
    Array other(port.isIds ? DType::Int64 : DType::Float32, array.shape);
    for (int64_t i = 0; i < count; ++i) {
      if (port.isIds) {
        int64_t bound = port.idBound ? port.idBound : 2;
        other.as<int64_t>()[i] = int64_t(bits() % uint64_t(bound));
        continue;
      }
      float value = float(array.asDouble(i)) *
                    kTokens[i / std::max<int64_t>(width, 1) % 5] *
                    kElements[bits() % 5];
      other.as<float>()[i] = std::clamp(value, -kLargest, kLargest);
    }
    array = std::move(other);
  }
}

/// The same as the chip's ports take them.
NamedArrays ChipCheck::portArrays(const NamedArrays &arrays,
                                  int64_t sequences) const {
  NamedArrays given;
  for (const runtime::PortInfo &port : simulator.inputs()) {
    const Array *from = findArray(arrays, port.name);
    if (port.kind == "tick" || !from)
      continue;
    std::vector<int64_t> shape = port.shape;
    for (size_t axis = 0; axis < shape.size(); ++axis)
      if (shape[axis] < 0)
        shape[axis] = int(axis) == port.timeAxis ? result.tokens : sequences;
    bool ids = port.kind == "one_hot";
    Array array(ids ? DType::Int64 : DType::Float32, std::move(shape));
    if (array.numElements() == from->numElements())
      for (int64_t i = 0, n = array.numElements(); i < n; ++i) {
        if (ids)
          array.as<int64_t>()[i] = from->asInteger(i);
        else
          array.as<float>()[i] = float(from->asDouble(i));
      }
    given.emplace_back(port.name, std::move(array));
  }
  return given;
}

//===----------------------------------------------------------------------===//
// Comparing
//===----------------------------------------------------------------------===//

void ChipCheck::compareStep(
    const runtime::Engine &engine, int64_t sequence, uint32_t step,
    std::vector<int32_t> &payloads, std::vector<uint8_t> &fired,
    std::vector<std::pair<Difference, int64_t>> &found) {
  // Only those that send a token in this step or in steps around it.
  int64_t span = result.tokens * summary.period;
  auto next = llvm::partition_point(byStep, [&](size_t i) {
    return subjects[i].held->step <= int64_t(step) - span;
  });
  for (; next != byStep.end() && subjects[*next].held->step <= step; ++next) {
    size_t i = *next;
    const Subject &subject = subjects[i];
    int64_t since = int64_t(step) - subject.held->step;
    if (since % summary.period != 0)
      continue;
    int64_t token = since / summary.period;
    const int32_t *expected =
        subject.expected.data() +
        (sequence * result.tokens + token) * subject.count;
    auto &[difference, values] = found[i];
    for (auto [group, first] : llvm::zip(subject.groups, subject.firsts)) {
      int64_t count = simulator.groups()[group].count;
      payloads.resize(count);
      fired.resize(count);
      engine.readSpikes(group, payloads.data(), fired.data());
      for (int64_t j = 0; j < count; ++j) {
        int64_t element = subject.elementOf(first + j);
        difference.note(token, element, expected[element],
                        fired[j] ? payloads[j] : 0);
      }
      values += count;
    }
  }
}

void ChipCheck::compareOutputs(const NamedArrays &outputs,
                               int64_t firstSequence, int64_t sequences) {
  for (size_t i = numHeld; i < subjects.size(); ++i) {
    Subject &subject = subjects[i];
    const Array *array = findArray(outputs, subject.output);
    if (!array)
      continue;
    int64_t rows = array->numElements() / std::max<int64_t>(subject.count, 1) /
                   std::max<int64_t>(sequences, 1);
    for (int64_t n = 0; n < sequences; ++n) {
      Difference difference;
      for (int64_t row = 0; row < rows; ++row) {
        // Without a time axis only the last token is given.
        int64_t token = result.tokens - rows + row;
        for (int64_t j = 0; j < subject.count; ++j)
          difference.note(
              token, j,
              subject.expected[(n * result.tokens + token) * subject.count + j],
              int32_t(std::llround(
                  array->asDouble((n * rows + row) * subject.count + j) /
                  subject.scale)));
      }
      subject.add(firstSequence + n, difference, rows * subject.count);
    }
  }
}

LogicalResult ChipCheck::compare(int64_t firstSequence, int64_t sequences,
                                 bool isStretched) {
  NamedArrays arrays = part(isStretched ? 0 : firstSequence, sequences),
              outputs;
  if (isStretched)
    stretch(arrays);
  for (Subject &subject : subjects)
    subject.expected.clear();
  EvaluateOptions evaluate;
  evaluate.mode = EvaluationMode::Quantised;
  evaluate.threads = options.threads;
  llvm::SetVector<Operation *> unheld;
  evaluate.observer = [&](const Observation &seen) {
    auto found = subjectsOf.find(seen.value);
    if (found == subjectsOf.end()) {
      // The host's own, or a value that is held under another name.
      Operation *op = seen.value.getDefiningOp();
      if (op && !isa<nn::ReshapeOp>(op) && !seen.integers.empty())
        unheld.insert(op);
      return;
    }
    for (size_t i : found->second)
      subjects[i].expected.insert(subjects[i].expected.end(),
                                  seen.integers.begin(), seen.integers.end());
  };
  if (failed(evaluator->run(arrays, evaluate, outputs,
                            [&] { return mlir::emitError(model.getLoc()); })))
    return failure();
  for (const Subject &subject : subjects)
    if (subject.expected.empty())
      unheld.insert(subject.op);
  for (Operation *op : unheld)
    fault(op->getLoc(), "the chip and the quantised model do not agree on "
                        "whether this value has neurons of its own");
  if (!unheld.empty())
    return failure();

  // Each sequence is run by one thread, which writes its own entry.
  std::vector<std::vector<std::pair<Difference, int64_t>>> found(
      sequences, std::vector<std::pair<Difference, int64_t>>(numHeld));
  std::vector<std::vector<int32_t>> payloads(sequences);
  std::vector<std::vector<uint8_t>> fired(sequences);
  runtime::RunOptions run;
  run.threads = options.threads;
  run.observer = [&](const runtime::Engine &engine, uint64_t sequence,
                     uint32_t step) {
    compareStep(engine, int64_t(sequence), step, payloads[sequence],
                fired[sequence], found[sequence]);
  };
  runtime::RunResult ran;
  std::vector<std::string> errors;
  if (!simulator.run(portArrays(arrays, sequences), run, ran, errors)) {
    InFlightDiagnostic diag = mlir::emitError(model.getLoc())
                              << "the chip cannot be compared with its "
                                 "quantised model: it does not run on the "
                                 "calibration data";
    for (const std::string &error : errors)
      diag.attachNote() << error;
    diag.attachNote() << "--verify=off compiles without the comparison";
    return diag;
  }
  for (int64_t n = 0; n < sequences; ++n)
    for (size_t i = 0; i < numHeld; ++i)
      subjects[i].add(firstSequence + n, found[n][i].first, found[n][i].second);
  compareOutputs(ran.outputs, firstSequence, sequences);
  if (!isStretched)
    noteWraps(ran.stats);
  return success();
}

void ChipCheck::noteWraps(const runtime::Stats &stats) {
  for (auto [group, counters] : llvm::zip(simulator.groups(), stats.groups))
    if (counters.dendriteWraps || counters.registerWraps ||
        counters.learningSaturations)
      wrapsOf[group.source] += counters;
}

LogicalResult ChipCheck::report() {
  llvm::DenseSet<Value> tainted; // differ, or read what does
  llvm::DenseMap<Value, SmallVector<const Subject *, 1>> differing;
  llvm::SmallPtrSet<Operation *, 32> layers;
  for (const Subject &subject : subjects) {
    if (subject.held)
      layers.insert(subject.op);
    result.values += subject.compared;
    result.differences += subject.difference.count;
    if (subject.difference.count)
      differing[subject.op->getResult(0)].push_back(&subject);
  }
  result.layers = int64_t(layers.size());
  for (const auto &[source, counters] : wrapsOf)
    result.wraps.push_back({simulator.sources()[source].name,
                            counters.dendriteWraps, counters.registerWraps,
                            counters.learningSaturations});
  if (!result.differences)
    return success();

  int64_t followers = 0;
  std::vector<const Subject *> causes;
  for (Operation &op : model.getBody().front()) {
    bool reads = llvm::any_of(
        op.getOperands(), [&](Value value) { return tainted.count(value); });
    for (Value value : op.getResults()) {
      auto own = differing.find(value);
      if (own != differing.end()) {
        if (reads)
          ++followers;
        else
          causes.push_back(own->second.front());
      }
      if (reads || own != differing.end())
        tainted.insert(value);
    }
  }
  for (const Subject *subject : causes) {
    const Difference &first = subject->difference;
    InFlightDiagnostic diag = mlir::emitError(subject->op->getLoc());
    diag << "the chip differs from the quantised model: ";
    if (!subject->held)
      diag << "output '" << subject->output << "', ";
    if (subject->sequence == result.allSequences)
      diag << "on inputs beyond calibration (made from sequence 0), ";
    else if (result.allSequences > 1)
      diag << "sequence " << subject->sequence << ", ";
    diag << "token " << first.token << ", element " << first.element
         << ": expected " << first.expected << ", the chip has "
         << first.actual;
    diag.attachNote() << first.count << " of " << subject->compared
                      << " values of this layer differ, by at most "
                      << first.largest << " steps of " << subject->scale;
    for (const ChipWraps &wraps : result.wraps)
      if (wraps.layer == nodeNameIn(subject->op->getLoc()))
        diag.attachNote() << "the chip counted " << wraps.dendrites
                          << " dendritic sums and " << wraps.registers
                          << " registers that wrapped in this layer";
    if (followers)
      diag.attachNote() << followers
                        << " layers that read it, or that read those, differ "
                           "as well";
    diag.attachNote()
        << "no file is written: this is a fault of the compiler, not of the "
           "model; please report it with the model and its calibration data";
    diag.attachNote() << "--verify=off writes the file unchecked";
  }
  return failure();
}

LogicalResult ChipCheck::run() {
  if (failed(setUp()))
    return failure();
  chooseExtent();
  int64_t perSequence = 1;
  for (const Subject &subject : subjects)
    perSequence += subject.count * result.tokens;
  int64_t chunk = std::max<int64_t>(kMostValues / perSequence, 1);
  for (int64_t first = 0; first < result.sequences; first += chunk)
    if (failed(compare(first, std::min(chunk, result.sequences - first))))
      return failure();
  // One sequence more, at which values are limited.
  if (result.sequences > 0 &&
      failed(compare(result.allSequences, 1, /*isStretched=*/true)))
    return failure();
  return report();
}

LogicalResult neuro::checkChip(func::FuncOp model, ArrayRef<HeldValue> held,
                               const std::vector<uint8_t> &bytes,
                               const NamedArrays &calibration,
                               const ChipCheckOptions &options,
                               ChipCheckResult &result) {
  std::vector<runtime::Diagnostic> diagnostics;
  std::shared_ptr<const runtime::Binary> binary =
      runtime::Binary::fromBytes(bytes, "the binary", diagnostics);
  BinarySummary summary;
  if (!binary || !summarizeBinary(bytes.data(), bytes.size(), summary)) {
    InFlightDiagnostic diag = mlir::emitError(model.getLoc())
                              << "the binary cannot be loaded to compare it "
                                 "with its model";
    for (const runtime::Diagnostic &problem : diagnostics)
      diag.attachNote() << problem.message;
    return diag;
  }
  runtime::Simulator simulator(binary);
  return ChipCheck(model, held, simulator, summary, calibration, options,
                   result)
      .run();
}
