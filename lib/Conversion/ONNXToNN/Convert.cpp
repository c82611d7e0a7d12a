//===- Convert.cpp - the converter's state and its operator table ---------===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Convert.h"
#include <algorithm>
#include <cstdio>
#include <mutex>

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

Value Value::view(Stream *stream, Shape shape, IndexMap index) {
  Value value;
  value.kind = View;
  value.viewShape = std::move(shape);
  value.stream = stream;
  value.index = std::move(index);
  return value;
}

Value Value::view(Stream *stream, Shape shape) {
  int64_t size = elements(shape);
  return view(stream, std::move(shape), IndexMap::identity(size));
}

Value neuro::onnxnn::moved(const Value &value, const Map &map) {
  if (value.kind == Value::Constant)
    return Value::of(apply(map, value.constant));
  return Value::view(value.stream, map.shape, value.index.after(map.index));
}

Value neuro::onnxnn::expanded(const Value &value, const Shape &shape) {
  if (value.shape() == shape)
    return value;
  if (elements(value.shape()) == elements(shape))
    return moved(value, Map::reshape(shape));
  return moved(value, expandMap(value.shape(), shape));
}

bool neuro::onnxnn::isFeatures(const Value &x) {
  return x.kind == Value::View && !x.isIds() && !x.is(StreamKind::Scores) &&
         !x.is(StreamKind::Weights) && !x.is(StreamKind::Statistic);
}

Map neuro::onnxnn::lastTwoSwapped(const Shape &shape) {
  std::vector<int64_t> perm;
  for (size_t i = 0; i < shape.size(); ++i)
    perm.push_back(int64_t(i));
  std::swap(perm[perm.size() - 1], perm[perm.size() - 2]);
  return transposeMap(shape, perm);
}

/// As rowsOf, element by element.
static bool denseRowsOf(const Value &view, int64_t width, Rows &rows) {
  int64_t features = view.stream->features;
  Index dense = view.index.dense(), channels(width);
  std::map<Index, int64_t> known;
  for (size_t first = 0; first + width <= dense.size(); first += width) {
    int64_t token = dense[first] / features;
    for (int64_t i = 0; i < width; ++i) {
      if (dense[first + i] / features != token)
        return false;
      channels[i] = dense[first + i] % features;
    }
    auto [it, isNew] = known.try_emplace(channels, rows.groups.size());
    if (isNew)
      rows.groups.push_back(channels);
    rows.tokenOf.push_back(token);
    rows.groupOf.push_back(it->second);
  }
  return true;
}

bool neuro::onnxnn::rowsOf(const Value &view, int64_t width, Rows &rows) {
  rows = {};
  if (width == 0)
    return true;
  IndexMap tokens, ofToken, channels, ofChannel;
  if (!view.tokens().split(width, tokens, ofToken) ||
      !view.channels().split(width, channels, ofChannel))
    return denseRowsOf(view, width, rows);
  if (ofToken != IndexMap::strided({width}, {0}))
    return false;
  // What a row holds is told by its first channel.
  std::map<int64_t, int64_t> known;
  Index inner = ofChannel.dense();
  align({&tokens, &channels}).each([&](const int64_t *at) {
    auto [it, isNew] = known.try_emplace(at[1], rows.groups.size());
    if (isNew) {
      rows.groups.push_back(inner);
      for (int64_t &channel : rows.groups.back())
        channel += at[1];
    }
    rows.tokenOf.push_back(at[0]);
    rows.groupOf.push_back(it->second);
  });
  return true;
}

IndexMap Rows::index(int64_t perGroup) const {
  Index first;
  first.reserve(tokenOf.size());
  for (size_t row = 0; row < tokenOf.size(); ++row)
    first.push_back((tokenOf[row] * int64_t(groups.size()) + groupOf[row]) *
                    perGroup);
  return IndexMap::nested(IndexMap::of(std::move(first)),
                          IndexMap::identity(perGroup));
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
  addElementwiseFolds(*this);
  addReductionFolds(*this);
  addIndexFolds(*this);
  addOrderFolds(*this);
  addProductFolds(*this);
  addHarmlessAttributes(*this);
}

/// All tables there have been, as a conversion may still use an older one.
static std::deque<OperatorTable> &tables() {
  static std::deque<OperatorTable> all(1, OperatorTable::builtIn());
  return all;
}
static std::mutex &tableMutex() {
  static std::mutex mutex;
  return mutex;
}

const OperatorTable &OperatorTable::get() {
  std::lock_guard<std::mutex> lock(tableMutex());
  return tables().back();
}

int64_t OperatorTable::add(OperatorEntry entry) {
  std::lock_guard<std::mutex> lock(tableMutex());
  OperatorTable table = tables().back();
  std::vector<OperatorEntry> &list = table.entries[{entry.domain, entry.name}];
  for (const OperatorEntry &other : list)
    if (entry.since <= other.until && other.since <= entry.until)
      return std::max(entry.since, other.since);
  list.push_back(std::move(entry));
  std::stable_sort(list.begin(), list.end(),
                   [](const OperatorEntry &a, const OperatorEntry &b) {
                     return a.since < b.since;
                   });
  tables().push_back(std::move(table));
  return 0;
}

static void addVersions(std::vector<OperatorEntry> &list, const char *domain,
                        const char *name,
                        std::initializer_list<int64_t> versions, int inputs,
                        const Handler &handler, const char *limits) {
  for (int64_t version : versions)
    list.push_back({domain, name, version, inputs, handler, limits});
  std::stable_sort(list.begin(), list.end(),
                   [](const OperatorEntry &a, const OperatorEntry &b) {
                     return a.since < b.since;
                   });
}

void OperatorTable::onOp(const char *name,
                         std::initializer_list<int64_t> versions, int inputs,
                         Handler handler, const char *limits,
                         const char *domain) {
  addVersions(entries[{domain, name}], domain, name, versions, inputs, handler,
              limits);
}

void OperatorTable::onFold(const char *name,
                           std::initializer_list<int64_t> versions, int inputs,
                           Handler handler, const char *domain) {
  addVersions(folds[{domain, name}], domain, name, versions, inputs, handler,
              "folded, of constants");
}

void OperatorTable::harmless(const char *name, const char *attribute,
                             std::optional<double> value, const char *domain) {
  withoutEffect[{domain, name}][attribute] = value;
}

bool OperatorTable::isHarmless(const Node &node, const std::string &attribute,
                               const Attribute &value) const {
  auto it = withoutEffect.find({node.domain, node.op});
  if (it == withoutEffect.end())
    return false;
  auto known = it->second.find(attribute);
  if (known == it->second.end())
    return false;
  if (!known->second)
    return true;
  return (value.kind == Attribute::Int && double(value.i) == *known->second) ||
         (value.kind == Attribute::Float && value.f == *known->second);
}

void OperatorTable::never(const char *name, const char *reason,
                          const char *nearest, const char *domain) {
  reasons[{domain, name}] = {reason, nearest};
}

static const OperatorEntry *newest(const OperatorTable::Entries &entries,
                                   const Node &node) {
  auto it = entries.find({node.domain, node.op});
  const OperatorEntry *found = nullptr;
  if (it != entries.end())
    for (const OperatorEntry &entry : it->second)
      if (entry.since <= node.opset && node.opset <= entry.until)
        found = &entry;
  return found;
}

const OperatorEntry *OperatorTable::find(const Node &node) const {
  return newest(entries, node);
}

const OperatorEntry *OperatorTable::findFold(const Node &node) const {
  return newest(folds, node);
}

std::pair<std::string, std::string>
OperatorTable::whyNot(const Node &node) const {
  // All versions known are newer than that of the model.
  std::optional<int64_t> first;
  for (const Entries *table : {&entries, &folds}) {
    auto it = table->find({node.domain, node.op});
    if (it != table->end())
      first = std::min(first.value_or(INT64_MAX), it->second.front().since);
  }
  if (first && *first > node.opset)
    return {"the operator is known from version " + std::to_string(*first) +
                " on, but the model uses opset " + std::to_string(node.opset),
            "export with opset 17"};
  // Or older: a recogniser may end with a version.
  const OperatorEntry *last = nullptr;
  if (auto it = entries.find({node.domain, node.op}); it != entries.end())
    for (const OperatorEntry &entry : it->second)
      last = entry.since <= node.opset ? &entry : last;
  if (last && last->until < node.opset)
    return {"the operator is known up to version " +
                std::to_string(last->until) + ", but the model uses opset " +
                std::to_string(node.opset),
            "an older version"};
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
  if (first)
    return {"it is computed from constants only, and an input depends on the "
            "input's values",
            "constant inputs"};
  if (!node.domain.empty())
    return {"the operator belongs to the domain '" + node.domain +
                "', which is not one of ONNX's own",
            "export without fused or custom operators"};
  return {"the compiler does not know this operator", ""};
}

//===----------------------------------------------------------------------===//
// NodeContext
//===----------------------------------------------------------------------===//

NodeContext::NodeContext(Converter &converter, int number, bool trial)
    : converter(converter), graph(converter.graph),
      node(converter.nodes[number]), number(number), trial(trial) {}

NodeContext::NodeContext(Converter &converter, const Node &node, int number)
    : converter(converter), graph(converter.graph), node(node), number(number),
      trial(true) {}

bool NodeContext::hasResult() const {
  return std::any_of(node.outputs.begin(), node.outputs.end(), [&](int output) {
    return output >= 0 && converter.values[output].kind != Value::Unknown;
  });
}

std::vector<Value> NodeContext::applied(const Node &other,
                                        const std::vector<Value> &operands,
                                        size_t results) {
  const OperatorTable &table = OperatorTable::get();
  size_t before = converter.values.size();
  Node node = other;
  for (const Value &operand : operands) {
    node.inputs.push_back(
        operand.kind == Value::Unknown ? -1 : int(converter.values.size()));
    converter.values.push_back(operand);
  }
  for (size_t i = 0; i < results; ++i) {
    node.outputs.push_back(int(converter.values.size()));
    converter.values.emplace_back();
  }
  NodeContext inner(converter, node, number);
  const OperatorEntry *fold =
      inner.allConstant() ? table.findFold(node) : nullptr;
  const OperatorEntry *entry = fold ? fold : table.find(node);
  std::vector<Value> made;
  // A recogniser may apply what it recognises.
  constexpr int kMostDepth = 32;
  if (converter.depth >= kMostDepth)
    unsupported("as " + node.op + ": recognisers apply each other without end");
  ++converter.depth;
  if (failed) {
    // Its operands are not known.
  } else if (!entry) {
    auto [reason, nearest] = table.whyNot(node);
    unsupported("as " + node.op + ": " + reason, nearest);
  } else {
    converter.runHandler(inner, *entry, fold != nullptr);
    if (inner.reported())
      unsupported("as " + node.op + ": " + inner.reason, inner.nearest);
    else
      for (int output : node.outputs)
        made.push_back(std::move(converter.values[output]));
  }
  --converter.depth;
  converter.values.resize(before);
  return made;
}

bool NodeContext::has(size_t i) const {
  readInputs.insert(i);
  return i < node.inputs.size() && node.inputs[i] >= 0;
}

const Value &NodeContext::in(size_t i) const {
  static const Value unknown;
  readInputs.insert(i);
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

bool NodeContext::integers(const char *name, size_t input, int64_t since,
                           std::vector<int64_t> &out) {
  if (node.opset < since) {
    const std::vector<int64_t> *list = attrInts(name);
    if (list)
      out = *list;
    return list;
  }
  const Tensor *tensor = constant(input);
  if (!tensor || tensor->isFloat())
    return false;
  out = *tensor->ints;
  return true;
}

const Attribute *NodeContext::find(const char *name, Attribute::Kind kind) {
  static const char *const kinds[] = {"an integer",
                                      "a float",
                                      "a string",
                                      "a list of integers",
                                      "a list of floats",
                                      "a tensor of numbers",
                                      "known"};
  bool isNew = readAttributes.insert(name).second;
  auto it = node.attributes.find(name);
  if (it == node.attributes.end())
    return nullptr;
  // An empty list says nothing of its kind in some files.
  bool emptyList = kind == Attribute::Ints &&
                   it->second.kind == Attribute::Floats &&
                   it->second.floats.empty();
  if (it->second.kind == kind || emptyList)
    return &it->second;
  if (isNew)
    wrongKinds.push_back(std::string("attribute '") + name + "' is not " +
                         kinds[kind]);
  return nullptr;
}

int64_t NodeContext::attr(const char *name, int64_t otherwise) {
  const Attribute *found = find(name, Attribute::Int);
  return found ? found->i : otherwise;
}

double NodeContext::attr(const char *name, double otherwise) {
  const Attribute *found = find(name, Attribute::Float);
  return found ? found->f : otherwise;
}

std::string NodeContext::attr(const char *name, const char *otherwise) {
  const Attribute *found = find(name, Attribute::String);
  return found ? found->s : otherwise;
}

const std::vector<int64_t> *NodeContext::attrInts(const char *name) {
  const Attribute *found = find(name, Attribute::Ints);
  return found ? &found->ints : nullptr;
}

const Tensor *NodeContext::attrTensor(const char *name) {
  const Attribute *found = find(name, Attribute::Constant);
  return found ? &found->tensor : nullptr;
}

bool NodeContext::hasAttr(const char *name) {
  return node.attributes.count(name);
}

bool NodeContext::allConstant() const {
  for (int input : node.inputs)
    if (input >= 0 && converter.values[input].kind != Value::Constant)
      return false;
  return true;
}

bool NodeContext::work(double elements) {
  // A minute or so; the weights of a large model are a thousandth of it.
  constexpr double kMostWork = 4e10;
  converter.worked += elements;
  if (converter.worked <= kMostWork)
    return true;
  unsupported("computing the constants of the model would take too long",
              "constants computed before the export");
  return false;
}

static std::string numberText(double value) {
  char buffer[32];
  std::snprintf(buffer, sizeof(buffer), "%g", value);
  return buffer;
}

static std::string valueText(const Attribute &a) {
  auto list = [](const auto &items) {
    std::string result = "[";
    for (size_t i = 0; i < std::min<size_t>(items.size(), 8); ++i)
      result += (i ? ", " : "") + numberText(double(items[i]));
    return result + (items.size() > 8 ? ", ...]" : "]");
  };
  switch (a.kind) {
  case Attribute::Int:
    return " = " + std::to_string(a.i);
  case Attribute::Float:
    return " = " + numberText(a.f);
  case Attribute::String:
    return " = \"" + a.s.substr(0, 80) + "\"";
  case Attribute::Ints:
    return " = " + list(a.ints);
  case Attribute::Floats:
    return " = " + list(a.floats);
  case Attribute::Constant:
    return ", a tensor " + text(a.tensor.shape);
  default:
    return "";
  }
}

void NodeContext::reportUnread() {
  std::string reason;
  auto also = [&](const std::string &more) {
    reason += (reason.empty() ? "" : "; ") + more;
  };
  for (const std::string &wrong : wrongKinds)
    also(wrong);
  for (const auto &[name, value] : node.attributes)
    if (!readAttributes.count(name) &&
        !OperatorTable::get().isHarmless(node, name, value))
      also("attribute '" + name + "'" + valueText(value) +
           " is not known here, and may change what the node computes");
  for (size_t i = 0; i < node.inputs.size(); ++i)
    if (node.inputs[i] >= 0 && !readInputs.count(i))
      also("input " + std::to_string(i) +
           " is not known here, and may change what the node computes");
  if (!reason.empty())
    unsupported(reason, "the operator without it");
}

void NodeContext::set(size_t output, Value value) {
  constexpr size_t kMostAxes = 64;
  if (output >= node.outputs.size() || node.outputs[output] < 0 || failed)
    return;
  if (value.kind != Value::Unknown && !isReasonable(value.shape()))
    return unsupported("its result has too large axes: " + text(value.shape()),
                       "smaller ones");
  if (value.kind != Value::Unknown && value.shape().size() > kMostAxes)
    return unsupported("its result has " +
                           std::to_string(value.shape().size()) + " axes",
                       "at most " + std::to_string(kMostAxes));
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
  count(value.constant.doubles);
  count(value.constant.ints);
  for (const MapAxis &axis : value.index.axes())
    count(axis.table);
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
  this->reason = reason;
  this->nearest = nearest;
  if (!trial)
    converter.unsupported(number, reason, nearest);
}

void NodeContext::invalid(const std::string &reason) {
  malformed |= !failed;
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

void Converter::clearOutputs(const Node &node) {
  for (int output : node.outputs)
    if (output >= 0)
      values[output] = Value();
}

void Converter::runHandler(NodeContext &context, const OperatorEntry &entry,
                           bool isFold) {
  const Node &node = context.node;
  size_t wanted = entry.inputs == kAllInputs
                      ? std::max<size_t>(node.inputs.size(), 1)
                      : size_t(entry.inputs);
  for (size_t i = 0; i < wanted; ++i)
    if (!context.has(i))
      context.invalid("input " + std::to_string(i) + " is missing");
  if (context.reported())
    return;
  if (!isFold && keepsShape(node.op) && context.constant(0) &&
      context.in(0).size() == 0)
    // Nothing that the node says changes a value without elements.
    return context.set(context.in(0));
  entry.handler(context);
  if (!context.reported())
    context.reportUnread();
}

void Converter::visit(int number) {
  const OperatorTable &table = OperatorTable::get();
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
    return goOn(number);
  }
  const OperatorEntry *fold =
      context.allConstant() ? table.findFold(node) : nullptr;
  const OperatorEntry *entry = fold ? fold : table.find(node);
  // What is computed from constants only may still turn out to be one.
  bool waits = context.blocked() && table.findFold(node);
  if (!entry && (!waits || (table.isNever(node) && !mayBeConstant(node)))) {
    auto [reason, nearest] = table.whyNot(node);
    context.unsupported(reason, nearest);
    return goOn(number);
  }
  if (context.blocked()) {
    for (int input : node.inputs)
      if (input >= 0 && values[input].kind == Value::Unknown && !excused[input])
        context.unsupported(
            "it uses a result of an operator that is not computed here",
            "only the first result of that operator");
    return goOn(number);
  }
  if (isGuess(node))
    return visitGuessed(number, *entry, fold != nullptr);
  double size = 0;
  for (int input : node.inputs)
    size += input < 0 ? 0 : double(values[input].size());
  if (!context.allConstant() || context.work(size))
    runHandler(context, *entry, fold != nullptr);
  if (!context.reported())
    return;
  clearOutputs(node);
  goOn(number);
}

void Converter::run() {
  excused.resize(values.size(), false);
  for (int number = 0; number < int(nodes.size()); ++number)
    visit(number);
}

//===----------------------------------------------------------------------===//
// Attributes without effect
//===----------------------------------------------------------------------===//

void neuro::onnxnn::addHarmlessAttributes(OperatorTable &t) {
  t.harmless("BatchNormalization", "momentum"); // of training
  t.harmless("BatchNormalization", "spatial", 1);
  t.harmless("Dropout", "ratio"); // of training
  t.harmless("Dropout", "seed");
  t.harmless("Dropout", "consumed_inputs");
  t.harmless("Reshape", "consumed_inputs");
  // About floats of 8 bits, which are refused.
  for (const char *op : {"Cast", "CastLike", "QuantizeLinear"})
    t.harmless(op, "saturate");
  t.harmless("QuantizeLinear", "precision", 0);
  for (const char *op : {"LayerNormalization", "RMSNormalization",
                         "SimplifiedLayerNormalization"})
    t.harmless(op, "stash_type", 1);
  t.harmless("SimplifiedLayerNormalization", "stash_type", 1, "com.microsoft");
  t.harmless("Attention", "softmax_precision");
  // About a result that nothing may use.
  t.harmless("Attention", "qk_matmul_output_mode");
  t.harmless("Attention", "past_present_share_buffer", std::nullopt,
             "com.microsoft");
  t.harmless("Attention", "rotary_embedding_dim", std::nullopt,
             "com.microsoft");
}
