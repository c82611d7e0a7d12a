//===- Convert.cpp - the converter's state and its operator table ---------===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Convert.h"
#include <algorithm>

using namespace neuro::onnxnn;

//===----------------------------------------------------------------------===//
// Values
//===----------------------------------------------------------------------===//

Value Value::of(Tensor tensor) {
  Value value;
  value.kind = Constant;
  value.constant = std::move(tensor);
  return value;
}

/// Drops an index map that maps every element of the stream to itself.
static std::shared_ptr<const Index>
simplified(std::shared_ptr<const Index> index) {
  if (!index)
    return index;
  for (size_t i = 0; i < index->size(); ++i)
    if ((*index)[i] != int64_t(i))
      return index;
  return nullptr;
}

Value Value::view(Stream *stream, Shape shape,
                  std::shared_ptr<const Index> index) {
  Value value;
  value.kind = View;
  value.viewShape = std::move(shape);
  value.stream = stream;
  value.index = simplified(std::move(index));
  return value;
}

Value neuro::onnxnn::moved(const Value &value, const Map &map) {
  if (value.kind == Value::Constant)
    return Value::of(apply(map, value.constant));
  if (!map.index)
    return Value::view(value.stream, map.shape, value.index);
  if (!value.index)
    return Value::view(value.stream, map.shape, map.index);
  Index index(map.index->size());
  for (size_t i = 0; i < index.size(); ++i)
    index[i] = (*value.index)[(*map.index)[i]];
  return Value::view(value.stream, map.shape,
                     std::make_shared<Index>(std::move(index)));
}

Value neuro::onnxnn::expanded(const Value &value, const Shape &shape) {
  if (value.shape() == shape)
    return value;
  if (elements(value.shape()) == elements(shape))
    return moved(value, Map::reshape(shape));
  return moved(value, expandMap(value.shape(), shape));
}

bool neuro::onnxnn::rowsOf(const Value &view, int64_t width, Rows &rows,
                           std::string &reason) {
  int64_t features = view.stream->features, size = view.size();
  int64_t count = width ? size / width : 0;
  rows = {};
  rows.tokenOf.resize(count);
  rows.groupOf.resize(count);
  std::map<Index, int64_t> known;
  // Of each token, how many rows have been seen; row k of every token must be
  // the same group.
  std::map<int64_t, int64_t> seen;
  Index channels(width);
  for (int64_t row = 0; row < count; ++row) {
    int64_t token = view.at(row * width) / features;
    for (int64_t i = 0; i < width; ++i) {
      int64_t at = view.at(row * width + i);
      if (at / features != token) {
        reason = "it combines several tokens";
        return false;
      }
      channels[i] = at % features;
    }
    rows.tokenOf[row] = token;
    int64_t turn = seen[token]++;
    if (turn < int64_t(rows.groups.size()) && rows.groups[turn] == channels) {
      rows.groupOf[row] = turn;
      continue;
    }
    auto [it, isNew] = known.try_emplace(channels, rows.groups.size());
    if (isNew)
      rows.groups.push_back(channels);
    rows.groupOf[row] = it->second;
  }
  return true;
}

//===----------------------------------------------------------------------===//
// The operator table
//===----------------------------------------------------------------------===//

OperatorTable::OperatorTable() {
  addConstantOps(*this);
  addMovementOps(*this);
  addElementwiseOps(*this);
  addLinearOps(*this);
  addNormOps(*this);
  addAttentionOps(*this);
}

const OperatorTable &OperatorTable::get() {
  static const OperatorTable table;
  return table;
}

void OperatorTable::onOp(const char *name,
                         std::initializer_list<int64_t> versions, int inputs,
                         Handler handler, const char *limits,
                         const char *domain) {
  auto &list = entries[{domain, name}];
  for (int64_t version : versions)
    list.push_back({domain, name, version, inputs, handler, limits});
  std::stable_sort(list.begin(), list.end(),
                   [](const OperatorEntry &a, const OperatorEntry &b) {
                     return a.since < b.since;
                   });
}

void OperatorTable::never(const char *name, const char *reason,
                          const char *nearest, const char *domain) {
  reasons[{domain, name}] = {reason, nearest};
}

const OperatorEntry *OperatorTable::find(const Node &node) const {
  auto it = entries.find({node.domain, node.op});
  const OperatorEntry *found = nullptr;
  if (it != entries.end())
    for (const OperatorEntry &entry : it->second)
      if (entry.since <= node.opset)
        found = &entry;
  return found;
}

bool OperatorTable::knows(const std::string &domain,
                          const std::string &name) const {
  return entries.count({domain, name});
}

std::pair<std::string, std::string>
OperatorTable::whyNot(const Node &node) const {
  auto it = reasons.find({node.domain, node.op});
  if (it != reasons.end()) {
    auto [reason, nearest] = it->second;
    auto reduction = node.attributes.find("reduction");
    if (reduction != node.attributes.end() &&
        reduction->second.kind == Attribute::String &&
        reduction->second.s != "none")
      reason += ", with the reduction '" + reduction->second.s + "'";
    return {reason, nearest};
  }
  auto entry = entries.find({node.domain, node.op});
  if (entry != entries.end())
    return {"the operator is known from version " +
                std::to_string(entry->second.front().since) +
                " on, but the model uses opset " + std::to_string(node.opset),
            "export with opset 17"};
  if (!node.domain.empty())
    return {"the operator belongs to the domain '" + node.domain +
                "', which is not one of ONNX's own",
            "export without fused or custom operators"};
  return {"the compiler does not know this operator", ""};
}

//===----------------------------------------------------------------------===//
// NodeContext
//===----------------------------------------------------------------------===//

NodeContext::NodeContext(Converter &converter, int number)
    : converter(converter), graph(converter.graph),
      node(converter.nodes[number]), number(number) {}

bool NodeContext::has(size_t i) const {
  return i < node.inputs.size() && node.inputs[i] >= 0;
}

const Value &NodeContext::in(size_t i) const {
  static const Value unknown;
  return has(i) ? converter.values[node.inputs[i]] : unknown;
}

const Tensor *NodeContext::constant(size_t i) const {
  const Value &value = in(i);
  return value.kind == Value::Constant ? &value.constant : nullptr;
}

std::optional<double> NodeContext::scalar(size_t i) const {
  const Tensor *tensor = constant(i);
  if (!tensor || tensor->size() != 1)
    return std::nullopt;
  return tensor->at(0);
}

bool NodeContext::integers(const char *name, size_t input,
                           std::vector<int64_t> &out) {
  if (const std::vector<int64_t> *list = attrInts(name)) {
    out = *list;
    return true;
  }
  const Tensor *tensor = constant(input);
  if (!tensor || tensor->isFloat())
    return false;
  out = *tensor->ints;
  return true;
}

int64_t NodeContext::attr(const char *name, int64_t otherwise) const {
  auto it = node.attributes.find(name);
  return it != node.attributes.end() && it->second.kind == Attribute::Int
             ? it->second.i
             : otherwise;
}

double NodeContext::attr(const char *name, double otherwise) const {
  auto it = node.attributes.find(name);
  return it != node.attributes.end() && it->second.kind == Attribute::Float
             ? it->second.f
             : otherwise;
}

std::string NodeContext::attr(const char *name, const char *otherwise) const {
  auto it = node.attributes.find(name);
  return it != node.attributes.end() && it->second.kind == Attribute::String
             ? it->second.s
             : otherwise;
}

const std::vector<int64_t> *NodeContext::attrInts(const char *name) const {
  auto it = node.attributes.find(name);
  return it != node.attributes.end() && it->second.kind == Attribute::Ints
             ? &it->second.ints
             : nullptr;
}

void NodeContext::set(size_t output, Value value) {
  if (output >= node.outputs.size() || failed)
    return;
  // A value without elements needs no network.
  if (value.kind == Value::View && value.size() == 0)
    value = Value::of(
        value.isIds() ? Tensor::make(value.viewShape, std::vector<int64_t>())
                      : Tensor::make(value.viewShape, std::vector<float>()));
  auto count = [&](const auto &data) {
    if (data && converter.counted.insert(data.get()).second)
      converter.held += int64_t(data->size());
  };
  count(value.constant.floats);
  count(value.constant.ints);
  count(value.index);
  if (converter.held > 4 * kMaxElements)
    return unsupported("the constants of the model need too much memory",
                       "fewer tokens, or a smaller model");
  converter.values[node.outputs[output]] = std::move(value);
}

void NodeContext::setLike(const Value &like, Stream *stream) {
  set(Value::view(stream, like.viewShape, like.index));
}

void NodeContext::unsupported(const std::string &reason,
                              const std::string &nearest) {
  if (failed)
    return;
  failed = true;
  converter.unsupported(number, reason, nearest);
}

void NodeContext::invalid(const std::string &reason) {
  unsupported("the node is malformed: " + reason,
              "check the model, e.g. with onnx.checker");
}

bool NodeContext::blocked() const {
  for (int input : node.inputs)
    if (input >= 0 && converter.values[input].kind == Value::Unknown)
      return true;
  return false;
}

//===----------------------------------------------------------------------===//
// Converter
//===----------------------------------------------------------------------===//

void Converter::unsupported(int node, const std::string &reason,
                            const std::string &nearest) {
  const Node &n = nodes[node];
  for (Unsupported &entry : report)
    if (entry.op == n.op && entry.domain == n.domain &&
        entry.opset == n.opset && entry.reason == reason) {
      if (std::find(entry.nodes.begin(), entry.nodes.end(), node) ==
          entry.nodes.end())
        entry.nodes.push_back(node);
      return;
    }
  report.push_back({n.op, n.domain, reason, nearest, n.opset, {node}});
}

/// Operators whose result has the shape of their largest operand.
static bool isElementwise(const std::string &op) {
  static const char *const names[] = {
      "Add",      "Sub",       "Mul",         "Div",   "Pow",
      "Sqrt",     "Where",     "Reciprocal",  "Max",   "Min",
      "Clip",     "Exp",       "Log",         "Abs",   "LeakyRelu",
      "Elu",      "Selu",      "Celu",        "PRelu", "Softplus",
      "Softsign", "HardSwish", "HardSigmoid", "Mish",  "QuickGelu",
      "Softmax",  "LogSoftmax"};
  return std::find(std::begin(names), std::end(names), op) != std::end(names);
}

void Converter::guess(int number) {
  const Node &node = nodes[number];
  if (!isElementwise(node.op) || node.outputs.size() != 1)
    return;
  const Value *like = nullptr;
  for (int input : node.inputs) {
    if (input < 0)
      continue;
    const Value &value = values[input];
    if (value.kind == Value::Unknown)
      return;
    if (value.kind == Value::View && (!like || value.size() > like->size()))
      like = &value;
  }
  if (!like || like->is(StreamKind::Scores) || like->is(StreamKind::Weights) ||
      like->is(StreamKind::Statistic) || like->isIds())
    return;
  Stream *stream =
      graph.create(StreamKind::Opaque, {}, like->stream->features, {number});
  values[node.outputs[0]] = Value::view(stream, like->viewShape, like->index);
}

/// Operators of features whose first result has the shape of the first operand.
static bool keepsShape(const std::string &op) {
  static const char *const names[] = {
      "Softmax",           "Gelu",
      "FastGelu",          "BiasGelu",
      "Dropout",           "LayerNormalization",
      "RMSNormalization",  "SimplifiedLayerNormalization",
      "BatchNormalization"};
  return std::find(std::begin(names), std::end(names), op) != std::end(names);
}

void Converter::run() {
  const OperatorTable &table = OperatorTable::get();
  excused.resize(values.size(), false);
  auto excuse = [&](const Node &node) {
    for (int output : node.outputs)
      excused[output] = true;
  };
  for (int number = 0; number < int(nodes.size()); ++number) {
    const Node &node = nodes[number];
    NodeContext context(*this, number);
    if (node.domain.empty() && (node.opset < 1 || node.opset > kNewestOpset)) {
      context.unsupported(
          node.opset < 1
              ? std::string("the model does not say which opset it uses")
              : "opset " + std::to_string(node.opset) +
                    " is newer than the newest known, " +
                    std::to_string(kNewestOpset),
          "export with opset 17");
      excuse(node);
      continue;
    }
    const OperatorEntry *entry = table.find(node);
    if (!entry) {
      auto [reason, nearest] = table.whyNot(node);
      context.unsupported(reason, nearest);
      excuse(node);
      guess(number);
      continue;
    }
    if (context.blocked()) {
      for (int input : node.inputs)
        if (input >= 0 && values[input].kind == Value::Unknown &&
            !excused[input])
          context.unsupported(
              "it uses a result of an operator that is not computed here",
              "only the first result of that operator");
      excuse(node);
      continue;
    }
    size_t wanted = entry->inputs == kAllInputs
                        ? std::max<size_t>(node.inputs.size(), 1)
                        : size_t(entry->inputs);
    for (size_t i = 0; i < wanted; ++i)
      if (!context.has(i))
        context.invalid("input " + std::to_string(i) + " is missing");
    if (!context.reported() && keepsShape(node.op) && context.constant(0) &&
        context.in(0).size() == 0)
      context.set(context.in(0));
    else if (!context.reported())
      entry->handler(context);
    if (!context.reported())
      continue;
    excuse(node);
    guess(number);
  }
}
