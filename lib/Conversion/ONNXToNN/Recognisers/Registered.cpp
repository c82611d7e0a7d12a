//===- Registered.cpp - operators that others add -------------------------===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Convert.h"
#include "neuro/Conversion/ONNXToNN/Recogniser.h"

using namespace neuro::onnx;
using neuro::onnxnn::Attribute;
using neuro::onnxnn::NodeContext;
using neuro::onnxnn::Tensor;
using neuro::onnxnn::Value;

static KnownValue known(Value value) {
  if (value.kind == Value::Unknown)
    return {};
  return KnownValue(std::make_shared<const Value>(std::move(value)));
}

//===----------------------------------------------------------------------===//
// KnownValue
//===----------------------------------------------------------------------===//

bool KnownValue::isConstant() const {
  return value && value->kind == Value::Constant;
}

std::vector<int64_t> KnownValue::shape() const {
  return value ? value->shape() : std::vector<int64_t>();
}

std::vector<double> KnownValue::numbers() const {
  std::vector<double> result;
  for (int64_t i = 0; isConstant() && i < value->constant.size(); ++i)
    result.push_back(value->constant.at(i));
  return result;
}

//===----------------------------------------------------------------------===//
// RecogniserContext
//===----------------------------------------------------------------------===//

const std::string &RecogniserContext::nodeName() const {
  return context.node.name;
}
int64_t RecogniserContext::opset() const { return context.node.opset; }
size_t RecogniserContext::inputCount() const { return context.inputCount(); }
KnownValue RecogniserContext::input(size_t i) const {
  return known(context.in(i));
}

int64_t RecogniserContext::attribute(const char *name, int64_t otherwise) {
  return context.attr(name, otherwise);
}
double RecogniserContext::attribute(const char *name, double otherwise) {
  return context.attr(name, otherwise);
}
std::string RecogniserContext::attribute(const char *name,
                                         const char *otherwise) {
  return context.attr(name, otherwise);
}
std::vector<int64_t>
RecogniserContext::attribute(const char *name, std::vector<int64_t> otherwise) {
  const std::vector<int64_t> *found = context.attrInts(name);
  return found ? *found : otherwise;
}

KnownValue RecogniserContext::constant(double number) const {
  return constant({}, {float(number)});
}

KnownValue RecogniserContext::constant(std::vector<int64_t> shape,
                                       std::vector<float> numbers) const {
  if (neuro::onnxnn::elements(shape) != int64_t(numbers.size())) {
    context.unsupported("its recogniser makes a constant of shape " +
                        neuro::onnxnn::text(shape) + " from " +
                        std::to_string(numbers.size()) + " numbers");
    return {};
  }
  return known(Value::of(Tensor::make(std::move(shape), std::move(numbers))));
}

KnownValue RecogniserContext::integers(std::vector<int64_t> numbers) const {
  int64_t count = int64_t(numbers.size());
  return known(Value::of(Tensor::make({count}, std::move(numbers))));
}

KnownValue RecogniserContext::apply(const AppliedOperator &op,
                                    const std::vector<KnownValue> &operands) {
  std::vector<KnownValue> results = applyAll(op, operands);
  return results.empty() ? KnownValue() : results[0];
}

static Attribute attributeOf(const OperatorAttribute &from) {
  Attribute result;
  if (const auto *i = std::get_if<int64_t>(&from.value)) {
    result.kind = Attribute::Int;
    result.i = *i;
  } else if (const auto *f = std::get_if<double>(&from.value)) {
    result.kind = Attribute::Float;
    result.f = *f;
  } else if (const auto *s = std::get_if<std::string>(&from.value)) {
    result.kind = Attribute::String;
    result.s = *s;
  } else if (const auto *list =
                 std::get_if<std::vector<int64_t>>(&from.value)) {
    result.kind = Attribute::Ints;
    result.ints = *list;
  }
  return result;
}

std::vector<KnownValue>
RecogniserContext::applyAll(const AppliedOperator &op,
                            const std::vector<KnownValue> &operands) {
  constexpr int64_t kAppliedOpset = 17;
  neuro::onnxnn::Node node;
  node.op = op.name;
  node.domain = op.domain == "ai.onnx" ? "" : op.domain;
  node.opset = node.domain.empty() ? kAppliedOpset : 1;
  for (const OperatorAttribute &attribute : op.attributes)
    node.attributes[attribute.name] = attributeOf(attribute);
  std::vector<Value> inputs;
  for (const KnownValue &operand : operands)
    inputs.push_back(operand ? *operand.get() : Value());
  std::vector<KnownValue> results;
  for (Value &value : context.applied(node, inputs, op.results))
    results.push_back(known(std::move(value)));
  return results;
}

void RecogniserContext::setResult(size_t i, const KnownValue &value) {
  if (value)
    context.set(i, *value.get());
}

void RecogniserContext::unsupported(const std::string &reason,
                                    const std::string &nearest) {
  context.unsupported(reason, nearest);
}

bool RecogniserContext::hasFailed() const { return context.reported(); }

//===----------------------------------------------------------------------===//
// Registration
//===----------------------------------------------------------------------===//

std::string neuro::onnx::registerRecogniser(Recogniser recogniser) {
  std::string domain = recogniser.domain == "ai.onnx" ? "" : recogniser.domain;
  std::string name = "the recogniser of " +
                     (domain.empty() ? "ai.onnx" : domain) + " '" +
                     recogniser.type + "'";
  if (recogniser.type.empty())
    return "a recogniser needs the type of its operator";
  if (!recogniser.recognise)
    return name + " has no function";
  if (recogniser.firstVersion < 1 ||
      recogniser.lastVersion < recogniser.firstVersion)
    return name + " is of versions " + std::to_string(recogniser.firstVersion) +
           " to " + std::to_string(recogniser.lastVersion) +
           ": the first must be at least 1, and not above the last";
  if (recogniser.inputs < 0)
    return name + " needs " + std::to_string(recogniser.inputs) +
           " inputs: it must be 0 or more";
  neuro::onnxnn::OperatorEntry entry;
  entry.domain = domain;
  entry.name = recogniser.type;
  entry.since = recogniser.firstVersion;
  entry.until = recogniser.lastVersion;
  entry.inputs = recogniser.inputs;
  entry.limits = recogniser.accepts;
  entry.handler = [recognise = recogniser.recognise](NodeContext &c) {
    RecogniserContext context(c);
    recognise(context);
    if (!c.reported() && !c.hasResult())
      c.unsupported("its recogniser gives no result");
  };
  int64_t version = neuro::onnxnn::OperatorTable::add(std::move(entry));
  if (version)
    return name + " is of version " + std::to_string(version) +
           " too, which is recognised already";
  return "";
}
