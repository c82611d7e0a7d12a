//===- QuantisationReport.cpp - how far integers are from floating point --===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "QuantisationReport.h"
#include "neuro/Support/Locations.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/JSON.h"

#include <cmath>
#include <limits>

using namespace mlir;
using namespace neuro;
using namespace neuro::nn;

namespace {

struct Sums {
  double signal = 0, error = 0, maxError = 0, largest = 0;
  int64_t limited = 0, count = 0;

  void add(float expected, float actual) {
    double e = expected, d = double(actual) - e;
    signal += e * e;
    error += d * d;
    maxError = std::max(maxError, std::fabs(d));
    largest = std::max(largest, std::fabs(e));
    ++count;
  }
  double sqnr() const {
    if (error == 0)
      return std::numeric_limits<double>::infinity();
    // Against silence there is no ratio.
    return signal == 0 ? std::numeric_limits<double>::quiet_NaN()
                       : 10 * std::log10(signal / error);
  }
  double relative() const {
    return signal == 0 ? (error == 0 ? 0 : 1) : std::sqrt(error / signal);
  }
};

unsigned bitsFor(int64_t limit) {
  unsigned bits = 1; // the sign
  for (; limit > 0; limit >>= 1)
    ++bits;
  return bits;
}

OutputError compareOutputs(const std::string &name, const Array &expected,
                           const Array &actual) {
  OutputError result;
  result.name = name;
  Sums sums;
  int64_t count = expected.numElements(),
          width = expected.shape.empty()
                      ? 1
                      : std::max<int64_t>(expected.shape.back(), 1);
  int64_t rows = count / width, same = 0;
  const float *e = expected.as<float>(), *a = actual.as<float>();
  for (int64_t i = 0; i < count; ++i)
    sums.add(e[i], a[i]);
  for (int64_t r = 0; r < rows; ++r)
    same +=
        std::max_element(e + r * width, e + (r + 1) * width) -
            (e + r * width) ==
        std::max_element(a + r * width, a + (r + 1) * width) - (a + r * width);
  result.sqnr = sums.sqnr();
  result.maxError = sums.maxError;
  result.sameLargest = rows ? double(same) / double(rows) : 0;
  return result;
}

std::string decibel(double sqnr) {
  if (std::isinf(sqnr))
    return "exact";
  if (std::isnan(sqnr))
    return "-";
  std::string text;
  llvm::raw_string_ostream(text) << llvm::format("%.1f", sqnr);
  return text;
}

llvm::json::Value finiteOrNull(double number) {
  return std::isfinite(number) ? llvm::json::Value(number)
                               : llvm::json::Value(nullptr);
}

} // namespace

std::string neuro::nn::layerName(Operation *op) {
  std::string name = nodeNameIn(op->getLoc()).str();
  if (!name.empty())
    return name;
  // Without a name: the how many-th op of its function it is.
  unsigned index = 0;
  for (Operation &other : *op->getBlock()) {
    if (&other == op)
      break;
    ++index;
  }
  return op->getName().getStringRef().str() + "#" + std::to_string(index);
}

/// What is wrong with a layer's integers, and what may help; "" if nothing.
static std::pair<std::string, std::string>
judge(const LayerError &layer, const QuantiseOptions &options) {
  // In fewer steps than these a range is too coarse by itself.
  constexpr int64_t kTooCoarse = 63;
  std::string problem, remedy;
  llvm::raw_string_ostream what(problem), help(remedy);
  if (layer.numLimited) {
    what << layer.numLimited << " of " << layer.count
         << " values had to be limited to +-"
         << llvm::format("%.4g", layer.scale * double(layer.limit))
         << " on the calibration data";
    if (options.percentile < 100)
      help << "a calibration percentile of "
           << llvm::format("%g", options.percentile)
           << " asks for that; a higher one limits fewer";
    else
      help << "a calibration margin above "
           << llvm::format("%g", options.margin) << " gives room";
  }
  // All zero: every error is infinitely large, so only its size counts.
  bool silent = layer.rms == 0 && layer.maxError > 0;
  if (silent || layer.sqnr < kPoorSqnr) {
    what << (problem.empty() ? "" : ", and ");
    if (silent)
      what << "the values are zero in floating point, but reach "
           << llvm::format("%.4g", layer.maxError) << " in integers";
    else
      what << "the signal is only " << llvm::format("%.1f", layer.sqnr)
           << " dB above the quantisation error (below "
           << llvm::format("%.0f", kPoorSqnr) << " dB)";
    double steps = layer.rms / layer.scale;
    if (!remedy.empty())
      return {problem, remedy};
    if (layer.limit <= kTooCoarse)
      help << "it has " << layer.limit
           << " steps either way, because the layer that reads it sums so "
              "much: a narrower layer leaves more";
    else if (!silent && steps < 8)
      help << "most values are small against the largest, "
           << llvm::format("%.3g", layer.largest) << ", and take "
           << llvm::format("%.1f", steps)
           << " steps: a calibration percentile below 100 limits the few "
              "large ones, data without outliers avoid them";
    else
      help << "the error comes with what the layer reads: begin with the "
              "first layer that is poor";
  }
  return {problem, remedy};
}

LogicalResult neuro::nn::measureError(func::FuncOp func,
                                      const Evaluator &evaluator,
                                      const NamedArrays &calibration,
                                      const NamedArrays &expected,
                                      const QuantiseOptions &options,
                                      EmitErrorFn emitError,
                                      QuantisationReport &report) {
  llvm::MapVector<Value, Sums> sums;
  EvaluateOptions run;
  run.mode = EvaluationMode::Quantised;
  run.threads = options.threads;
  run.compare = true;
  run.observer = [&](const Observation &seen) {
    Sums &into = sums[seen.value];
    for (size_t i = 0; i < seen.result.size(); ++i)
      into.add(seen.reference[i], seen.result[i]);
    into.limited += seen.limited;
  };
  NamedArrays actual;
  if (failed(evaluator.run(calibration, run, actual, emitError)))
    return failure();
  const Array *first = nullptr;
  for (const EvaluatorPort &port : evaluator.inputs())
    if (!first && (first = findArray(calibration, port.name))) {
      bool one = first->shape.size() == port.tokenShape.size() + 1;
      report.sequences = one ? 1 : first->shape[0];
      report.tokens = first->shape[one ? 0 : 1];
    }
  for (auto &[value, sum] : sums) {
    LayerError layer;
    QuantAttr quant;
    Location location = func.getLoc();
    if (auto arg = dyn_cast<BlockArgument>(value)) {
      auto name =
          func.getArgAttrOfType<StringAttr>(arg.getArgNumber(), kNameAttr);
      layer.layer =
          name ? name.str() : "arg" + std::to_string(arg.getArgNumber());
      layer.op = "input";
      quant = func.getArgAttrOfType<QuantAttr>(arg.getArgNumber(), kQuantAttr);
    } else {
      Operation *op = value.getDefiningOp();
      // A reshape holds what its operand held.
      quant = op->getAttrOfType<QuantAttr>(kResultQuantAttr);
      location = op->getLoc();
      layer.layer = layerName(op);
      layer.op = op->getName().getStringRef().str();
    }
    if (!quant)
      continue;
    layer.scale = quant.getScale();
    layer.limit = quant.getLimit();
    layer.bits = bitsFor(layer.limit);
    layer.largest = sum.largest;
    layer.sqnr = sum.sqnr();
    layer.maxError = sum.maxError;
    layer.relativeError = sum.relative();
    layer.limited = sum.count ? double(sum.limited) / double(sum.count) : 0;
    layer.rms = sum.count ? std::sqrt(sum.signal / double(sum.count)) : 0;
    layer.numLimited = sum.limited;
    layer.count = sum.count;
    if (auto [problem, remedy] = judge(layer, options); !problem.empty()) {
      // A node's place says its name.
      bool named = !nodeNameIn(location).empty();
      std::string text =
          (layer.op == "input" ? "input '" : "'") + layer.layer + "': ";
      auto diag = mlir::emitWarning(location) << (named ? "" : text) << problem;
      diag.attachNote() << remedy;
      report.layerWarnings.push_back(text + problem + "; " + remedy);
    }
    report.layers.push_back(std::move(layer));
  }
  for (const auto &[name, array] : actual)
    if (const Array *reference = findArray(expected, name))
      report.outputs.push_back(compareOutputs(name, *reference, array));
  return success();
}

void QuantisationReport::print(llvm::raw_ostream &os) const {
  size_t nameWidth = 5, opWidth = 2;
  for (const LayerError &layer : layers) {
    nameWidth = std::max(nameWidth, layer.layer.size());
    opWidth = std::max(opWidth, layer.op.size());
  }
  auto pad = [&](StringRef text, size_t width) {
    os << text << std::string(width - text.size(), ' ');
  };
  os << (chip ? "Chip" : "Quantised model") << " against floating point, on "
     << sequences << " sequences of " << tokens << " tokens from '"
     << calibration << "'\n";
  pad("layer", nameWidth);
  os << "  ";
  pad("op", opWidth);
  os << "  bits  limit      scale    largest  SQNR dB  max error  rel. error  "
        "limited\n";
  for (const LayerError &layer : layers) {
    pad(layer.layer, nameWidth);
    os << "  ";
    pad(layer.op, opWidth);
    os << llvm::format(
        "  %4u  %5lld  %9.3e  %9.3e  %7s  %9.3e  %10.2e  %6.3f%%\n", layer.bits,
        static_cast<long long>(layer.limit), layer.scale, layer.largest,
        decibel(layer.sqnr).c_str(), layer.maxError, layer.relativeError,
        100 * layer.limited);
  }
  for (const OutputError &output : outputs)
    os << "output '" << output.name << "': SQNR " << decibel(output.sqnr)
       << " dB, max error " << llvm::format("%.3e", output.maxError)
       << ", same largest element in "
       << llvm::format("%.2f", 100 * output.sameLargest) << "% of rows\n";
  for (const std::vector<std::string> *list : {&warnings, &layerWarnings})
    for (const std::string &warning : *list)
      os << "warning: " << warning << "\n";
}

void QuantisationReport::printJson(llvm::raw_ostream &os) const {
  llvm::json::Array layerList, outputList;
  for (const LayerError &layer : layers)
    layerList.push_back(
        llvm::json::Object{{"layer", layer.layer},
                           {"op", layer.op},
                           {"bits", layer.bits},
                           {"limit", layer.limit},
                           {"scale", layer.scale},
                           {"largest", layer.largest},
                           {"sqnr_db", finiteOrNull(layer.sqnr)},
                           {"max_error", layer.maxError},
                           {"relative_error", layer.relativeError},
                           {"limited_fraction", layer.limited}});
  for (const OutputError &output : outputs)
    outputList.push_back(
        llvm::json::Object{{"name", output.name},
                           {"sqnr_db", finiteOrNull(output.sqnr)},
                           {"max_error", output.maxError},
                           {"same_largest_fraction", output.sameLargest}});
  std::vector<std::string> allWarnings = warnings;
  llvm::append_range(allWarnings, layerWarnings);
  llvm::json::Value equality(nullptr);
  if (chip)
    equality = llvm::json::Object{{"extent", chip->extent},
                                  {"sequences", chip->sequences},
                                  {"tokens", chip->tokens},
                                  {"layers", chip->layers},
                                  {"values", chip->values}};
  llvm::json::Object root{{"speaks_of", chip ? "chip" : "quantised model"},
                          {"chip_equality", std::move(equality)},
                          {"calibration", calibration},
                          {"sequences", sequences},
                          {"tokens", tokens},
                          {"layers", std::move(layerList)},
                          {"outputs", std::move(outputList)},
                          {"warnings", llvm::json::Array(allWarnings)}};
  os << llvm::formatv("{0:2}\n", llvm::json::Value(std::move(root)));
}
