//===- Quantise.cpp - int8 weights and integer ranges ---------------------===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Calibration.h"
#include "QuantisationReport.h"
#include "neuro/Dialect/NN/NNPasses.h"
#include "neuro/Dialect/NN/Quantised.h"
#include "neuro/Support/Constants.h"
#include "neuro/Support/File.h"
#include "neuro/Support/Npz.h"
#include "llvm/ADT/TypeSwitch.h"
#include "llvm/Support/raw_ostream.h"

#include <cmath>

using namespace mlir;
using namespace neuro;
using namespace neuro::nn;

namespace neuro::nn {
#define GEN_PASS_DEF_NNQUANTISE
#include "neuro/Dialect/NN/NNPasses.h.inc"
} // namespace neuro::nn

namespace {

/// The machine's limits (docs/spec/machine.md) that bind here.
constexpr int64_t kDendrite = (1 << 23) - 1; // 24-bit sums
constexpr int64_t kPayload = 32767;          // graded spikes of 16 bits
constexpr int64_t kLinearInput = 2047;       // enough against int8 weights
constexpr int64_t kWeight = 127;
constexpr int64_t kAttentionWeight = 4095; // 12 bits
constexpr int64_t kTooCoarse = 63;         // worth a warning
constexpr double kSilent = 1e-30;          // as good as never
constexpr unsigned kCenterBits = 2;

class Quantiser {
public:
  Quantiser(func::FuncOp func, const Calibration &calibration,
            const QuantiseOptions &options, QuantisationReport &report)
      : func(func), builder(func.getContext()), calibration(calibration),
        options(options), report(report) {}

  void run() {
    for (Operation &op : func.getBody().front())
      quantiseConstants(&op);
    for (BlockArgument arg : func.getArguments())
      quantiseArgument(arg);
    for (Operation &op : func.getBody().front())
      quantiseOp(&op);
  }

private:
  void warn(const Twine &text) { report.warnings.push_back(text.str()); }
  QuantAttr grid(double scale, int64_t limit) {
    return QuantAttr::get(func.getContext(), scale, limit);
  }

  /// Integers of int8 and one scale per row, or per column.
  std::pair<ElementsAttr, ElementsAttr>
  quantiseMatrix(ElementsAttr attr, bool perRow, std::vector<int64_t> *rowSums);
  void quantiseConstants(Operation *op);

  /// The largest limit that the users of a value allow.
  int64_t limitFor(Value value);
  /// A scale such that `largest` fits with the margin.
  double scaleFor(double largest, int64_t limit, double margin) {
    return (largest > kSilent ? largest * margin : 1.0) / limit;
  }
  QuantAttr gridFor(Value value, StringRef name, double margin);

  void quantiseArgument(BlockArgument arg);
  void quantiseOp(Operation *op);
  void quantiseAttention(AttentionOp op);
  QuantAttr centerGrid(Operation *op);

  func::FuncOp func;
  Builder builder;
  const Calibration &calibration;
  const QuantiseOptions &options;
  QuantisationReport &report;
  DenseMap<Operation *, int64_t> largestRowSums;
};

std::pair<ElementsAttr, ElementsAttr>
Quantiser::quantiseMatrix(ElementsAttr attr, bool perRow,
                          std::vector<int64_t> *rowSums) {
  std::vector<float> values = getFloats(attr);
  SmallVector<int64_t> shape(attr.getShapedType().getShape());
  size_t count = perRow ? shape.front() : shape.back(),
         inner = perRow && count ? values.size() / count : 1;
  auto channelOf = [&](size_t i) { return i / inner % count; };
  std::vector<float> scale(count, 0.0f);
  for (size_t i = 0; i < values.size(); ++i)
    scale[channelOf(i)] = std::max(scale[channelOf(i)], std::fabs(values[i]));
  for (float &s : scale)
    s = s > 0 && s / kWeight > 0 ? s / kWeight : 1.0f;
  std::vector<int8_t> q(values.size());
  if (rowSums)
    rowSums->assign(count, 0);
  for (size_t i = 0; i < values.size(); ++i) {
    float rounded = std::nearbyint(values[i] / scale[channelOf(i)]);
    q[i] = int8_t(std::clamp<float>(rounded, -kWeight, kWeight));
    if (rowSums)
      (*rowSums)[channelOf(i)] += std::abs(int(q[i]));
  }
  return {makeConstant<int8_t>(func.getContext(), q, shape, "weight_q"),
          makeConstant<float>(func.getContext(), scale, {int64_t(count)},
                              "weight_scale")};
}

void Quantiser::quantiseConstants(Operation *op) {
  auto matrix = [&](StringRef name, bool perRow, StringRef qName,
                    StringRef scaleName) {
    std::vector<int64_t> sums;
    auto [q, scale] =
        quantiseMatrix(op->getAttrOfType<ElementsAttr>(name), perRow, &sums);
    op->setAttr(qName, q);
    op->setAttr(scaleName, scale);
    largestRowSums[op] = sums.empty() ? 0 : *llvm::max_element(sums);
  };
  if (isa<LinearOp, Conv2dOp>(op))
    matrix("weight", true, "weight_q", "weight_scale");
  else if (isa<EmbeddingOp, PositionOp>(op))
    matrix("table", false, "table_q", "table_scale");
}

int64_t Quantiser::limitFor(Value value) {
  int64_t limit = kPayload;
  for (Operation *user : value.getUsers())
    TypeSwitch<Operation *>(user)
        .Case<LinearOp, Conv2dOp>([&](auto op) {
          int64_t sum = std::max<int64_t>(largestRowSums.lookup(op), 1);
          limit = std::min({limit, kLinearInput, kDendrite / sum});
        })
        .Case<ReshapeOp>([&](ReshapeOp op) {
          limit = std::min(limit, limitFor(op.getResult()));
        });
  return std::max<int64_t>(limit, 1);
}

QuantAttr Quantiser::gridFor(Value value, StringRef name, double margin) {
  const ValueFacts *facts = calibration.find(value);
  double largest = facts ? facts->range.largest() : 0;
  int64_t limit = limitFor(value);
  if (largest <= kSilent)
    warn("calibration never reaches '" + name +
         "': its values are all zero, so that its range is unknown; give "
         "calibration data that use it");
  if (limit < kTooCoarse)
    warn("'" + name + "' is held in [-" + Twine(limit) + ", " + Twine(limit) +
         "] only: the sums of the layer that reads it would leave 24 bits "
         "otherwise");
  double scale = scaleFor(largest, limit, margin);
  return grid(scale, limit);
}

void Quantiser::quantiseArgument(BlockArgument arg) {
  if (!isa<FloatType>(cast<RankedTensorType>(arg.getType()).getElementType()))
    return;
  auto name = func.getArgAttrOfType<StringAttr>(arg.getArgNumber(), kNameAttr);
  std::string what =
      name ? name.str() : "arg" + std::to_string(arg.getArgNumber());
  const ValueFacts *facts = calibration.find(arg);
  bool full = facts && facts->unit && facts->range.largest() == 1;
  // Images in [0, 1] reach 1 and never more; ink or no ink needs no fine steps.
  QuantAttr quant = gridFor(arg, "input " + what, full ? 1.0 : options.margin);
  if (full && facts->binary && quant.getLimit() > kWeight)
    quant = grid(1.0 / kWeight, kWeight);
  func.setArgAttr(arg.getArgNumber(), kQuantAttr, quant);
}

// The centre of a value in [-L, L] is in [-2 L, 2 L], whatever the data. Its
// mean is no whole number of steps: two bits more make its rounding small
// beside that of the value. No more than four digits of its square are added
// up.
QuantAttr Quantiser::centerGrid(Operation *op) {
  QuantAttr input = gridOf(op->getOperand(0));
  if (isa<RMSNormOp>(op))
    return input;
  int64_t size =
      cast<RankedTensorType>(op->getResult(0).getType()).getShape().back();
  int64_t most = (int64_t(1) << std::min(2 * squareDigitBits(size), 22u)) - 1;
  unsigned bits = kCenterBits;
  while (bits > 0 && input.getLimit() << (bits + 1) > most)
    --bits;
  return grid(std::ldexp(input.getScale(), -int(bits)),
              std::min(input.getLimit() << (bits + 1), most));
}

void Quantiser::quantiseAttention(AttentionOp op) {
  int64_t channels = op.getQuery().getType().getShape().back();
  int64_t headSize = channels / int64_t(op.getHeads());
  auto scaleByChannel = [&](Value value, int64_t limit, StringRef what) {
    const ValueFacts *facts = calibration.find(value);
    std::vector<double> largest =
        facts ? facts->range.channels() : std::vector<double>(channels, 0.0);
    std::vector<float> scale(channels);
    int64_t silent = 0;
    for (int64_t i = 0; i < channels; ++i) {
      scale[i] = float(scaleFor(largest[i], limit, options.margin));
      silent += largest[i] <= kSilent;
    }
    if (silent == channels)
      warn("calibration never reaches the " + what + " of '" + layerName(op) +
           "': they are all zero");
    return scale;
  };
  std::vector<float> key = scaleByChannel(op.getKey(), kKeyLimit, "keys"),
                     value =
                         scaleByChannel(op.getValue(), kValueLimit, "values");
  const ValueFacts *query = calibration.find(op.getQuery());
  std::vector<double> queries =
      query ? query->range.channels() : std::vector<double>(channels, 0.0);
  double largest = 0;
  for (int64_t i = 0; i < channels; ++i)
    largest = std::max(largest, queries[i] * key[i]);
  int64_t queryLimit = std::max<int64_t>(
      std::min(kLinearInput, kDendrite / (127 * headSize)), 1);
  op.setQueryQuantAttr(
      grid(scaleFor(largest, queryLimit, options.margin), queryLimit));
  op->setAttr("key_scale", makeConstant<float>(func.getContext(), key,
                                               {channels}, "key_scale"));
  op->setAttr("value_scale", makeConstant<float>(func.getContext(), value,
                                                 {channels}, "value_scale"));
  if (op.getScore() == ScoreKind::relu) {
    // All slots may weigh this much at once.
    int64_t slots = std::max<int64_t>(op.getSlots().value_or(1), 1);
    int64_t limit =
        std::clamp<int64_t>(kDendrite / (127 * slots), 1, kAttentionWeight);
    const ValueFacts *facts = calibration.find(op.getResult());
    double weight = facts ? facts->inner.largest() : 0;
    if (weight <= kSilent)
      warn("calibration never reaches the weights of '" + layerName(op) +
           "': they are all zero");
    op.setWeightQuantAttr(grid(scaleFor(weight, limit, options.margin), limit));
  }
}

void Quantiser::quantiseOp(Operation *op) {
  if (op->getNumResults() != 1 || isa<ReshapeOp>(op))
    return;
  op->setAttr(kResultQuantAttr,
              gridFor(op->getResult(0), layerName(op), options.margin));
  TypeSwitch<Operation *>(op)
      .Case([&](AttentionOp attention) { quantiseAttention(attention); })
      .Case<LayerNormOp, RMSNormOp>(
          [&](auto norm) { norm.setCenterQuantAttr(centerGrid(norm)); });
}

struct QuantisePass : neuro::nn::impl::NNQuantiseBase<QuantisePass> {
  using Base::Base;
  void runOnOperation() override {
    QuantiseOptions options;
    options.calibration = calibration;
    options.margin = margin;
    options.percentile = percentile;
    options.report = report;
    options.threads = threads;
    if (failed(quantise(getOperation(), options)))
      signalPassFailure();
  }
};

LogicalResult checkOptions(func::FuncOp func, const QuantiseOptions &options) {
  if (!(options.margin >= 1 && options.margin <= 1000))
    return mlir::emitError(func.getLoc())
           << "nn-quantise: 'margin' must be from 1 to 1000, not "
           << options.margin;
  if (!(options.percentile > 0 && options.percentile <= 100))
    return mlir::emitError(func.getLoc())
           << "nn-quantise: 'percentile' must be above 0 and at most 100, not "
           << options.percentile;
  return success();
}

LogicalResult writeReport(func::FuncOp func, const QuantisationReport &report,
                          const std::string &path) {
  if (path.empty())
    return success();
  if (path == "-") {
    report.print(llvm::errs());
    return success();
  }
  std::string text, error;
  llvm::raw_string_ostream os(text);
  report.printJson(os);
  if (!writeFileAtomically(path, text.data(), text.size(), error))
    return mlir::emitError(func.getLoc()) << error;
  return success();
}

} // namespace

LogicalResult neuro::nn::quantise(func::FuncOp func, const NamedArrays &arrays,
                                  const QuantiseOptions &options,
                                  QuantisationReport *report) {
  QuantisationReport own;
  QuantisationReport &into = report ? *report : own;
  into.calibration = options.calibration;
  if (failed(checkOptions(func, options)))
    return failure();
  if (!func->hasAttr(kStreamAttr)) {
    InFlightDiagnostic diag = mlir::emitError(func.getLoc())
                              << "nn-quantise needs the stream form";
    diag.attachNote() << "run 'nn-to-stream' first";
    return diag;
  }
  bool isRandom = StringRef(options.calibration).starts_with("random:");
  Location location = options.calibration.empty() || isRandom
                          ? func.getLoc()
                          : Location(FileLineColLoc::get(
                                func.getContext(), options.calibration, 0, 0));
  auto emit = [&] { return emitError(location); };
  std::unique_ptr<Evaluator> evaluator = Evaluator::create(func);
  if (!evaluator)
    return failure();
  Calibration calibration(options.percentile);
  EvaluateOptions run;
  run.threads = options.threads;
  run.observer = [&](const Observation &seen) { calibration.observe(seen); };
  NamedArrays expected;
  if (failed(evaluator->run(arrays, run, expected, emit)))
    return failure();
  // What follows from a value that is not finite is not finite either.
  for (Operation &op : func.getBody().front())
    for (Value result : op.getResults())
      if (const ValueFacts *facts = calibration.find(result);
          facts && !facts->range.isFinite()) {
        InFlightDiagnostic diag = mlir::emitError(op.getLoc())
                                  << "the result of '" << layerName(&op)
                                  << "' is not finite on the calibration data";
        diag.attachNote() << "a weight or an input is far too large: no "
                             "integer range can hold this value";
        return diag;
      }
  if (failed(checkMasks(func, calibration, options.margin,
                        [&](const std::string &message) {
                          into.warnings.push_back(message);
                        })))
    return failure();
  Quantiser(func, calibration, options, into).run();
  // The evaluator reads the attributes when it is made.
  evaluator = Evaluator::create(func);
  if (!evaluator || failed(measureError(func, *evaluator, arrays, expected,
                                        options, emit, into)))
    return failure();
  for (const std::string &warning : into.warnings)
    mlir::emitWarning(func.getLoc()) << warning;
  return writeReport(func, into, options.report);
}

LogicalResult neuro::nn::readCalibration(func::FuncOp func,
                                         const QuantiseOptions &options,
                                         NamedArrays &arrays) {
  constexpr int64_t kRandomSequences = 16;
  StringRef source = options.calibration;
  if (source.empty()) {
    InFlightDiagnostic diag = mlir::emitError(func.getLoc())
                              << "quantisation needs calibration data";
    diag.attachNote() << "give typical inputs: calibration=FILE.npz, one array "
                         "per input, named as the input";
    diag.attachNote() << "or, to try things out, calibration=random:SEED";
    return diag;
  }
  if (source.consume_front("random:")) {
    uint64_t seed = 0;
    if (source.getAsInteger(10, seed))
      return mlir::emitError(func.getLoc())
             << "calibration=random:SEED needs a number as seed, not '"
             << source << "'";
    std::unique_ptr<Evaluator> evaluator = Evaluator::create(func);
    if (!evaluator)
      return failure();
    arrays = makeRandomInputs(*evaluator, kRandomSequences, seed);
  } else {
    std::unique_ptr<Evaluator> evaluator = Evaluator::create(func);
    if (!evaluator)
      return failure();
    std::string error;
    if (!readNpz(options.calibration, evaluator->makeRequest(), arrays, error))
      return mlir::emitError(func.getLoc())
             << "cannot read the calibration data: " << error;
  }
  return success();
}

LogicalResult neuro::nn::quantise(func::FuncOp func,
                                  const QuantiseOptions &options,
                                  QuantisationReport *report) {
  NamedArrays arrays;
  if (failed(readCalibration(func, options, arrays)))
    return failure();
  return quantise(func, arrays, options, report);
}
