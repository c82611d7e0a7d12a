//===- Views.cpp - what is known of each value, as text -------------------===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Report.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/raw_ostream.h"
#include <algorithm>
#include <set>

using namespace neuro::onnxnn;
using llvm::raw_ostream;

static const char *kindName(StreamKind kind) {
  static const char *const names[] = {
      "input",    "ids",        "linear",    "conv",       "layer_norm",
      "rms_norm", "activation", "embedding", "position",   "attention",
      "add",      "mul",        "affine",    "polynomial", "function",
      "center",   "statistic",  "scores",    "weights",    "unknown"};
  return names[int(kind)];
}

static void printNumber(raw_ostream &os, double value) {
  os << llvm::format("%g", value);
}

/// c0 + c1 x + c2 x^2 ...
static void printPolynomial(raw_ostream &os, const std::vector<double> &c) {
  bool isFirst = true;
  for (size_t i = 0; i < c.size(); ++i) {
    if (c[i] == 0)
      continue;
    os << (isFirst ? "" : " + ");
    if (c[i] != 1 || i == 0)
      printNumber(os, c[i]);
    if (i)
      os << (c[i] != 1 ? " x" : "x");
    if (i > 1)
      os << "^" << i;
    isFirst = false;
  }
  if (isFirst)
    os << "0";
}

/// What distinguishes the stream from others of its kind.
static void printDetails(raw_ostream &os, const neuro::onnxnn::Stream &s) {
  static const char *const functions[] = {"erf", "tanh", "sigmoid"};
  static const char *const activations[] = {"relu", "gelu", "gelu_tanh",
                                            "silu"};
  switch (s.kind) {
  case StreamKind::Polynomial:
    os << ": ";
    return printPolynomial(os, s.coefficients);
  case StreamKind::Function:
    os << ": " << functions[int(s.function)] << "(";
    printPolynomial(os, s.coefficients);
    os << ")";
    return;
  case StreamKind::Activation:
    os << ": " << activations[int(s.activation)];
    return;
  case StreamKind::Affine:
    os << ": " << (s.multiplier.empty() ? "" : "factor ");
    if (s.multiplier.size() == 1)
      printNumber(os, s.multiplier[0]);
    else if (!s.multiplier.empty())
      os << "per channel";
    os << (s.multiplier.empty() || s.offset.empty() ? "" : ", ");
    os << (s.offset.empty() ? "" : "offset ");
    if (s.offset.size() == 1)
      printNumber(os, s.offset[0]);
    else if (!s.offset.empty())
      os << "per channel";
    return;
  case StreamKind::LayerNorm:
  case StreamKind::RMSNorm:
    os << ": epsilon ";
    return printNumber(os, s.epsilon);
  case StreamKind::Statistic:
    os << ": ";
    if (s.isAnything) {
      os << "any";
      return;
    }
    printNumber(os, s.outer);
    os << " (";
    printNumber(os, s.inner);
    os << (s.square ? " mean(x^2) + " : " mean(x) + ");
    printNumber(os, s.constant);
    os << ")^";
    return printNumber(os, s.power);
  case StreamKind::Scores:
  case StreamKind::Weights:
  case StreamKind::Attention:
    os << ": " << s.heads << (s.heads == 1 ? " head" : " heads");
    os << ", scale ";
    printNumber(os, s.scale);
    if (s.kind == StreamKind::Scores)
      os << (s.mask ? ", masked" : "");
    else
      os << (s.relu ? ", relu" : ", softmax");
    if (s.kind == StreamKind::Weights && s.keep)
      os << ", " << std::count(s.keep->begin(), s.keep->end(), true) << " of "
         << s.keep->size() << " pairs";
    if (s.kind == StreamKind::Attention && s.window)
      os << ", window " << s.window;
    os << (s.isAnything ? ", made up" : "");
    return;
  default:
    return;
  }
}

namespace {
class ViewPrinter {
public:
  ViewPrinter(raw_ostream &os, const Converter &converter)
      : os(os), converter(converter) {}

  void print(const std::string &title, const Value &value);

private:
  /// A stream and what it comes from, each the first time it is met.
  void define(const neuro::onnxnn::Stream *s);
  void printConstant(const Tensor &tensor);
  void printView(const Value &value);

  raw_ostream &os;
  const Converter &converter;
  std::set<const neuro::onnxnn::Stream *> defined;
};
} // namespace

void ViewPrinter::define(const neuro::onnxnn::Stream *s) {
  // Operands first; a chain of them may be long.
  std::vector<const neuro::onnxnn::Stream *> work{s}, order;
  while (!work.empty()) {
    const neuro::onnxnn::Stream *next = work.back();
    work.pop_back();
    if (!defined.insert(next).second)
      continue;
    order.push_back(next);
    work.insert(work.end(), next->operands.begin(), next->operands.end());
  }
  std::sort(order.begin(), order.end(),
            [](const auto *a, const auto *b) { return a->number < b->number; });
  for (const neuro::onnxnn::Stream *stream : order) {
    os << "  #" << stream->number << " = " << kindName(stream->kind) << "(";
    for (size_t i = 0; i < stream->operands.size(); ++i)
      os << (i ? ", #" : "#") << stream->operands[i]->number;
    os << ")";
    printDetails(os, *stream);
    os << "; " << stream->features
       << (stream->features == 1 ? " channel\n" : " channels\n");
  }
}

void ViewPrinter::printConstant(const Tensor &tensor) {
  constexpr int64_t kMostShown = 8;
  os << "constant " << nameOf(tensor.type) << " " << text(tensor.shape)
     << ": [";
  for (int64_t i = 0; i < std::min(tensor.size(), kMostShown); ++i) {
    os << (i ? " " : "");
    printNumber(os, tensor.at(i));
  }
  os << (tensor.size() > kMostShown ? " ...]" : "]");
}

void ViewPrinter::printView(const Value &value) {
  const IndexMap &map = value.index;
  os << text(value.viewShape) << " of #" << value.stream->number << ", ";
  int64_t whole =
      value.stream->features * converter.graph.batch * converter.graph.tokens;
  if (map.isIdentity() && (map.size() == whole || value.stream->heads))
    os << "as it is";
  else
    os << map.text();
  if (!map.isAffine())
    os << (map.axes().size() == 1 ? " (dense)" : " (with a table)");
}

void ViewPrinter::print(const std::string &title, const Value &value) {
  if (value.kind == Value::View)
    define(value.stream);
  os << title << ": ";
  if (value.kind == Value::Constant)
    printConstant(value.constant);
  else if (value.kind == Value::View)
    printView(value);
  else
    os << "unknown";
  if (value.guess != Guess::None)
    os << " (guessed)";
  os << "\n";
}

void neuro::onnxnn::printViews(
    raw_ostream &os, const Converter &converter, llvm::StringRef function,
    const std::vector<std::pair<std::string, int>> &inputs) {
  os << "values of @" << function << ", " << converter.graph.batch
     << (converter.graph.batch == 1 ? " sequence of " : " sequences of ")
     << converter.graph.tokens
     << (converter.graph.tokens == 1 ? " token\n" : " tokens\n");
  ViewPrinter printer(os, converter);
  for (const auto &[name, value] : inputs)
    printer.print("input '" + name + "'", converter.values[value]);
  for (const Node &node : converter.nodes)
    for (size_t i = 0; i < node.outputs.size(); ++i) {
      if (node.outputs[i] < 0)
        continue;
      std::string title = node.op;
      if (!node.name.empty())
        title += " '" + node.name + "'";
      if (node.outputs.size() > 1)
        title += " #" + std::to_string(i);
      printer.print(title, converter.values[node.outputs[i]]);
    }
}
