//===- Recogniser.h - operators that others add to onnx-to-nn -*- C++ -*-===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A recogniser says what a node of one operator computes, by other operators:
//
//   registerRecogniser(
//       {"org.example", "Swish", 1, 3, 1, "with any slope",
//        [](RecogniserContext &c) {
//          KnownValue x = c.input(0);
//          KnownValue slope = c.constant(c.attribute("slope", 1.0));
//          c.setResult(0, c.apply("Mul", {x, c.apply("Sigmoid",
//                                         {c.apply("Mul", {x, slope})})}));
//        }});
//
// What is applied goes through the same recognisers as the nodes of a file, so
// that the example becomes one `nn.activation` of kind SiLU. Nothing is written
// twice: shapes, constants and patterns are those of the built-in operators.
//
//===----------------------------------------------------------------------===//

#ifndef NEURO_CONVERSION_ONNXTONN_RECOGNISER_H
#define NEURO_CONVERSION_ONNXTONN_RECOGNISER_H

#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <string>
#include <variant>
#include <vector>

namespace neuro::onnxnn {
class NodeContext;
struct Value;
} // namespace neuro::onnxnn

namespace neuro::onnx {

/// What is known of a value: a constant, or something that the network
/// computes. Of an absent input, and after something could not be applied, it
/// is empty; everything accepts an empty value, and gives one.
class KnownValue {
public:
  KnownValue() = default;
  explicit KnownValue(std::shared_ptr<const onnxnn::Value> value)
      : value(std::move(value)) {}

  explicit operator bool() const { return value != nullptr; }
  bool isConstant() const;
  std::vector<int64_t> shape() const;
  /// The elements of a constant, row by row.
  std::vector<double> numbers() const;
  const onnxnn::Value *get() const { return value.get(); }

private:
  std::shared_ptr<const onnxnn::Value> value;
};

/// An attribute of an operator that is applied.
struct OperatorAttribute {
  std::string name;
  std::variant<int64_t, double, std::string, std::vector<int64_t>> value;
};

/// An operator to be applied: as opset 17 defines it, or version 1 of another
/// domain.
struct AppliedOperator {
  std::string name;
  std::vector<OperatorAttribute> attributes = {};
  std::string domain = "";
  size_t results = 1;

  AppliedOperator(const char *name) : name(name) {}
  AppliedOperator(std::string name, std::vector<OperatorAttribute> attributes,
                  std::string domain = "", size_t results = 1)
      : name(std::move(name)), attributes(std::move(attributes)),
        domain(std::move(domain)), results(results) {}
};

/// The node that a recogniser looks at.
class RecogniserContext {
public:
  explicit RecogniserContext(onnxnn::NodeContext &context) : context(context) {}

  const std::string &nodeName() const;
  int64_t opset() const;
  size_t inputCount() const;
  KnownValue input(size_t i) const;

  /// An attribute, or what stands for it where it is absent. One that nobody
  /// asks for makes the node unsupported, because it may change what it means.
  int64_t attribute(const char *name, int64_t otherwise);
  double attribute(const char *name, double otherwise);
  std::string attribute(const char *name, const char *otherwise);
  std::vector<int64_t> attribute(const char *name,
                                 std::vector<int64_t> otherwise);

  KnownValue constant(double number) const;
  KnownValue constant(std::vector<int64_t> shape,
                      std::vector<float> numbers) const;
  /// A list of integers, as Reshape takes it.
  KnownValue integers(std::vector<int64_t> numbers) const;

  /// What an operator makes of the values. If that is not supported, so is not
  /// the node, for the same reason.
  KnownValue apply(const AppliedOperator &op,
                   const std::vector<KnownValue> &operands);
  std::vector<KnownValue> applyAll(const AppliedOperator &op,
                                   const std::vector<KnownValue> &operands);

  void setResult(size_t i, const KnownValue &value);
  /// Says why the node is not supported, and what would be.
  void unsupported(const std::string &reason, const std::string &nearest = "");
  bool hasFailed() const;

private:
  onnxnn::NodeContext &context;
};

inline constexpr int64_t kNoLastVersion = std::numeric_limits<int64_t>::max();

struct Recogniser {
  /// "" is ONNX's own.
  std::string domain;
  std::string type;
  /// The versions of the operator's domain, both inclusive.
  int64_t firstVersion = 1, lastVersion = kNoLastVersion;
  /// The inputs that must be there.
  int inputs = 1;
  /// What of it is accepted, for `neuro-compile --supported-ops`.
  std::string accepts;
  std::function<void(RecogniserContext &)> recognise;
};

/// Adds a recogniser to all conversions that start afterwards; any thread may
/// call it. Returns what is wrong, "" if nothing: an operator that is
/// recognised already in one of the versions is not replaced.
std::string registerRecogniser(Recogniser recogniser);

} // namespace neuro::onnx

#endif // NEURO_CONVERSION_ONNXTONN_RECOGNISER_H
