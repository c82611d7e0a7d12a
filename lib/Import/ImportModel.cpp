//===- ImportModel.cpp - from an ONNX message to IR -----------------------===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Parse.h"
#include "Tensor.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/Builders.h"
#include "neuro/Dialect/ONNX/ONNX.h"
#include "neuro/Import/Import.h"
#include "neuro/Support/Constants.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"
#include <deque>
#include <onnx/onnx_pb.h>

using namespace mlir;
using llvm::itostr;
using llvm::utostr;
using neuro::import::TensorReader;

namespace {

std::string quoted(llvm::StringRef text) { return "'" + text.str() + "'"; }

std::string dimsText(llvm::ArrayRef<int64_t> dims) {
  std::vector<std::string> parts;
  for (int64_t dim : dims)
    parts.push_back(itostr(dim));
  return llvm::join(parts, "x");
}

class ModelImporter {
public:
  ModelImporter(const ::onnx::ModelProto &model, llvm::StringRef path,
                const neuro::ImportOptions &options, MLIRContext *context)
      : model(model), graph(model.graph()), options(options), context(context),
        builder(context), fileLoc(FileLineColLoc::get(context, path, 0, 0)),
        reader(context, llvm::sys::path::parent_path(path).str()) {}

  OwningOpRef<ModuleOp> run();

private:
  struct Input {
    const ::onnx::ValueInfoProto *info;
    RankedTensorType type;
  };

  void fail(const llvm::Twine &message) {
    emitError(fileLoc) << message;
    failed = true;
  }
  Location nameLoc(llvm::StringRef name) {
    return NameLoc::get(builder.getStringAttr(name));
  }
  std::string nodeName(int index) const;
  std::string nodeText(int index) const;
  int64_t opset(llvm::StringRef domain) const;

  void collectInputs();
  void bindShapes();
  void collectDefinitions();
  void sortNodes(std::vector<int> &order);
  void addInitializers();
  void addNode(int index);
  bool addConstantNode(const ::onnx::NodeProto &node, Location loc);
  Attribute attribute(const ::onnx::AttributeProto &attr, int node);
  Type declaredType(llvm::StringRef name);
  void remarkConversions();

  const ::onnx::ModelProto &model;
  const ::onnx::GraphProto &graph;
  const neuro::ImportOptions &options;
  MLIRContext *context;
  OpBuilder builder;
  Location fileLoc;
  TensorReader reader;
  std::vector<Input> inputs;
  llvm::StringMap<int64_t> symbols;
  llvm::StringMap<std::string> definedBy;
  llvm::StringMap<const ::onnx::ValueInfoProto *> declared;
  llvm::StringMap<Value> values;
  Value none;
  std::vector<std::string> narrowed;
  bool failed = false;
};

} // namespace

std::string ModelImporter::nodeName(int index) const {
  const auto &node = graph.node(index);
  if (!node.name().empty())
    return node.name();
  for (const std::string &output : node.output())
    if (!output.empty())
      return output;
  return node.op_type() + "_" + itostr(index);
}

std::string ModelImporter::nodeText(int index) const {
  return "node " + quoted(nodeName(index)) + " (" +
         graph.node(index).op_type() + ", number " + itostr(index) + ")";
}

int64_t ModelImporter::opset(llvm::StringRef domain) const {
  int64_t found = 0;
  for (const auto &entry : model.opset_import())
    if (entry.domain() == domain ||
        (domain.empty() && entry.domain() == "ai.onnx"))
      found = std::max<int64_t>(found, entry.version());
  return found;
}

/// The inputs that the host feeds: an initializer of the same name is a
/// default value, which the host does not override.
void ModelImporter::collectInputs() {
  llvm::StringSet<> initial;
  for (const auto &tensor : graph.initializer())
    initial.insert(tensor.name());
  for (const auto &info : graph.input())
    if (!initial.contains(info.name()))
      inputs.push_back({&info, {}});
}

/// Gives every input a static shape: from the file, from `--shape`, or from a
/// symbol that `--shape` has bound elsewhere. Lists all that stay open.
void ModelImporter::bindShapes() {
  std::vector<std::string> names;
  for (const Input &input : inputs)
    names.push_back(input.info->name());
  llvm::StringMap<const neuro::ShapeBinding *> given;
  for (const neuro::ShapeBinding &shape : options.shapes) {
    if (!llvm::is_contained(names, shape.name)) {
      fail("--shape names " + quoted(shape.name) +
           ", but the model has no such input; its inputs are: " +
           llvm::join(names, ", "));
      continue;
    }
    if (!given.try_emplace(shape.name, &shape).second)
      fail("--shape is given twice for input " + quoted(shape.name));
  }
  llvm::StringMap<std::string> boundBy;
  for (const Input &input : inputs) {
    auto it = given.find(input.info->name());
    if (it == given.end())
      continue;
    const neuro::ShapeBinding &shape = *it->second;
    const auto &proto = input.info->type().tensor_type();
    if (!proto.has_shape())
      continue;
    int rank = proto.shape().dim_size();
    if (rank != int(shape.dims.size())) {
      fail("--shape gives input " + quoted(shape.name) + " " +
           utostr(shape.dims.size()) + " dimensions, but the model says " +
           itostr(rank));
      continue;
    }
    for (int i = 0; i < rank; ++i) {
      const auto &dim = proto.shape().dim(i);
      if (dim.has_dim_value() && dim.dim_value() > 0 &&
          dim.dim_value() != shape.dims[i])
        fail("--shape gives dimension " + itostr(i) + " of input " +
             quoted(shape.name) + " the size " + itostr(shape.dims[i]) +
             ", but the model fixes it at " + itostr(dim.dim_value()));
      if (dim.dim_param().empty())
        continue;
      auto [bound, isNew] = symbols.try_emplace(dim.dim_param(), shape.dims[i]);
      if (isNew)
        boundBy[dim.dim_param()] = shape.name;
      else if (bound->second != shape.dims[i])
        fail("--shape gives the dimension " + quoted(dim.dim_param()) + " " +
             itostr(bound->second) + " in input " +
             quoted(boundBy[dim.dim_param()]) + " and " +
             itostr(shape.dims[i]) + " in input " + quoted(shape.name));
    }
  }

  std::vector<std::string> open, suggestions;
  llvm::StringMap<int64_t> examples;
  for (Input &input : inputs) {
    const std::string &name = input.info->name();
    const auto &type = input.info->type();
    Type element = type.has_tensor_type()
                       ? neuro::import::elementType(
                             type.tensor_type().elem_type(), context)
                       : Type();
    if (!element) {
      std::string kind =
          type.has_tensor_type()
              ? "elements of type " +
                    neuro::import::typeName(type.tensor_type().elem_type())
          : type.value_case() == ::onnx::TypeProto::VALUE_NOT_SET
              ? std::string("no type")
              : std::string("a type that is not a tensor");
      fail("input " + quoted(name) + " has " + kind +
           "; supported are tensors of FLOAT, FLOAT16, BFLOAT16, DOUBLE, BOOL "
           "and integers");
      continue;
    }
    if (element.isF32() &&
        type.tensor_type().elem_type() != ::onnx::TensorProto::FLOAT)
      narrowed.push_back("input " + quoted(name));
    llvm::SmallVector<int64_t> dims;
    std::vector<std::string> missing, example;
    auto it = given.find(name);
    const auto &proto = type.tensor_type();
    if (it != given.end()) {
      dims.assign(it->second->dims.begin(), it->second->dims.end());
    } else if (!proto.has_shape()) {
      missing.push_back("it has no shape at all");
      example = {"1", "16"};
    } else {
      for (int i = 0; i < proto.shape().dim_size(); ++i) {
        const auto &dim = proto.shape().dim(i);
        int64_t size = dim.has_dim_value() ? dim.dim_value() : 0;
        auto bound = symbols.find(dim.dim_param());
        if (!dim.dim_param().empty() && bound != symbols.end())
          size = bound->second;
        dims.push_back(size);
        if (size <= 0) {
          missing.push_back(
              "dimension " + itostr(i) +
              (dim.dim_param().empty() ? "" : " (" + dim.dim_param() + ")"));
          int64_t guess = i == 0 ? 1 : 16;
          if (!dim.dim_param().empty())
            guess = examples.try_emplace(dim.dim_param(), guess).first->second;
          example.push_back(itostr(guess));
        } else {
          example.push_back(itostr(size));
        }
      }
    }
    if (!missing.empty()) {
      open.push_back("input " + quoted(name) + ": " +
                     llvm::join(missing, ", "));
      suggestions.push_back("--shape " + name + "=" + llvm::join(example, "x"));
      continue;
    }
    uint64_t count = 1;
    bool overflow = false;
    for (int64_t dim : dims)
      if (!overflow)
        count = llvm::SaturatingMultiply(count, uint64_t(dim), &overflow);
    if (overflow || count > (uint64_t(1) << 40)) {
      fail("input " + quoted(name) + " of shape " + dimsText(dims) +
           " has too many elements");
      continue;
    }
    input.type = RankedTensorType::get(dims, element);
  }
  if (open.empty())
    return;
  failed = true;
  auto diag = emitError(fileLoc)
              << "the model leaves dimensions open, but the compiler needs "
                 "them all: give them by --shape, for example "
              << llvm::join(suggestions, " ");
  for (const std::string &line : open)
    diag.attachNote() << line;
}

/// Every value must have one definition.
void ModelImporter::collectDefinitions() {
  auto define = [&](const std::string &name, const std::string &by) {
    auto [it, isNew] = definedBy.try_emplace(name, by);
    if (!isNew)
      fail("value " + quoted(name) + " is defined twice: by " + it->second +
           " and by " + by);
  };
  for (int i = 0; i < graph.input_size(); ++i)
    if (graph.input(i).name().empty())
      fail("input number " + itostr(i) + " has no name");
  for (const auto &input : inputs)
    define(input.info->name(), "an input of the graph");
  for (int i = 0; i < graph.initializer_size(); ++i) {
    if (graph.initializer(i).name().empty())
      fail("initializer number " + itostr(i) + " has no name");
    else
      define(graph.initializer(i).name(), "an initializer");
  }
  if (graph.sparse_initializer_size())
    fail("the model has " + itostr(graph.sparse_initializer_size()) +
         " sparse initializers, which are not supported: store them dense");
  for (int i = 0; i < graph.node_size(); ++i)
    for (const std::string &output : graph.node(i).output())
      if (!output.empty())
        define(output, nodeText(i));
}

/// Orders nodes after what they use, as far as possible in file order.
void ModelImporter::sortNodes(std::vector<int> &order) {
  int count = graph.node_size();
  llvm::StringMap<int> producer;
  for (int i = 0; i < count; ++i)
    for (const std::string &output : graph.node(i).output())
      if (!output.empty())
        producer[output] = i;
  std::vector<std::vector<int>> users(count);
  std::vector<int> waiting(count, 0);
  for (int i = 0; i < count; ++i) {
    llvm::StringSet<> seen;
    for (const std::string &input : graph.node(i).input()) {
      if (input.empty() || !seen.insert(input).second)
        continue;
      auto it = producer.find(input);
      if (it != producer.end()) {
        users[it->second].push_back(i);
        ++waiting[i];
      } else if (!definedBy.count(input)) {
        fail(nodeText(i) + " uses value " + quoted(input) +
             ", which nothing defines: no input, initializer or node output "
             "has that name");
      }
    }
  }
  for (const auto &output : graph.output())
    if (!definedBy.count(output.name()))
      fail("output " + quoted(output.name()) +
           " of the graph is a value that nothing defines");
  if (failed)
    return;
  std::vector<bool> done(count, false);
  // A node later in the file is taken early only where an earlier one waits
  // for it, so sorted files keep their order.
  std::vector<int> stack;
  std::vector<std::vector<int>> needs(count);
  for (int i = 0; i < count; ++i)
    for (int user : users[i])
      needs[user].push_back(i);
  std::vector<size_t> next(count, 0);
  std::vector<bool> open(count, false);
  for (int root = 0; root < count; ++root) {
    if (done[root])
      continue;
    stack.push_back(root);
    open[root] = true;
    while (!stack.empty()) {
      int node = stack.back();
      if (next[node] < needs[node].size()) {
        int need = needs[node][next[node]++];
        if (done[need])
          continue;
        if (open[need]) {
          fail(nodeText(node) + " and " + nodeText(need) +
               " use each other's results: the graph has a cycle");
          return;
        }
        open[need] = true;
        stack.push_back(need);
        continue;
      }
      stack.pop_back();
      done[node] = true;
      order.push_back(node);
    }
  }
}

void ModelImporter::addInitializers() {
  for (const auto &tensor : graph.initializer()) {
    std::string error;
    ElementsAttr value = reader.read(tensor, error);
    if (!value) {
      fail("initializer " + quoted(tensor.name()) + ": " + error);
      continue;
    }
    values[tensor.name()] = neuro::onnx::ConstantOp::create(
        builder, nameLoc(tensor.name()), value.getShapedType(), value);
  }
}

/// The type the file declares for a graph output, with bound symbols put in.
Type ModelImporter::declaredType(llvm::StringRef name) {
  auto it = declared.find(name);
  Type any = neuro::onnx::AnyType::get(context);
  if (it == declared.end() || !it->second->type().has_tensor_type())
    return any;
  const auto &type = it->second->type().tensor_type();
  Type element = neuro::import::elementType(type.elem_type(), context);
  if (!element)
    return any;
  if (!type.has_shape())
    return UnrankedTensorType::get(element);
  llvm::SmallVector<int64_t> dims;
  for (const auto &dim : type.shape().dim()) {
    int64_t size = dim.has_dim_value() && dim.dim_value() >= 0
                       ? dim.dim_value()
                       : ShapedType::kDynamic;
    auto bound = symbols.find(dim.dim_param());
    if (!dim.dim_param().empty() && bound != symbols.end())
      size = bound->second;
    dims.push_back(size);
  }
  return RankedTensorType::get(dims, element);
}

/// Lists of the file become arrays; what the IR cannot hold becomes a string
/// that says what it was, so that import stays total.
Attribute ModelImporter::attribute(const ::onnx::AttributeProto &attr,
                                   int node) {
  auto strings = [&](const auto &list) {
    llvm::SmallVector<Attribute> items;
    for (const std::string &item : list)
      items.push_back(builder.getStringAttr(item));
    return builder.getArrayAttr(items);
  };
  auto tensor = [&](const ::onnx::TensorProto &proto) -> Attribute {
    std::string error;
    if (ElementsAttr value = reader.read(proto, error))
      return value;
    if (proto.data_type() == ::onnx::TensorProto::STRING)
      return builder.getStringAttr("tensor of strings");
    fail(nodeText(node) + ": attribute " + quoted(attr.name()) + ": " + error);
    return {};
  };
  auto subgraph = [&](const ::onnx::GraphProto &body) {
    return builder.getStringAttr("subgraph " + quoted(body.name()) + " of " +
                                 itostr(body.node_size()) + " nodes");
  };
  using A = ::onnx::AttributeProto;
  int type = attr.type();
  // Files of the first IR version leave the type out.
  if (type == A::UNDEFINED)
    type = attr.has_f()          ? A::FLOAT
           : attr.has_i()        ? A::INT
           : attr.has_s()        ? A::STRING
           : attr.has_t()        ? A::TENSOR
           : attr.has_g()        ? A::GRAPH
           : attr.floats_size()  ? A::FLOATS
           : attr.ints_size()    ? A::INTS
           : attr.strings_size() ? A::STRINGS
                                 : A::UNDEFINED;
  llvm::SmallVector<Attribute> items;
  switch (type) {
  case A::FLOAT:
    return builder.getF32FloatAttr(attr.f());
  case A::INT:
    return builder.getI64IntegerAttr(attr.i());
  case A::STRING:
    return builder.getStringAttr(attr.s());
  case A::TENSOR:
    return tensor(attr.t());
  case A::FLOATS:
    return builder.getDenseF32ArrayAttr(llvm::ArrayRef<float>(
        attr.floats().data(), size_t(attr.floats_size())));
  case A::INTS:
    return builder.getDenseI64ArrayAttr(
        llvm::SmallVector<int64_t>(attr.ints().begin(), attr.ints().end()));
  case A::STRINGS:
    return strings(attr.strings());
  case A::TENSORS:
    for (const auto &item : attr.tensors())
      if (Attribute value = tensor(item))
        items.push_back(value);
    return builder.getArrayAttr(items);
  case A::GRAPH:
    return subgraph(attr.g());
  case A::GRAPHS:
    for (const auto &item : attr.graphs())
      items.push_back(subgraph(item));
    return builder.getArrayAttr(items);
  default:
    return builder.getStringAttr("attribute of type number " + itostr(type));
  }
}

/// A Constant node whose value is numbers becomes a constant.
bool ModelImporter::addConstantNode(const ::onnx::NodeProto &node,
                                    Location loc) {
  if (node.op_type() != "Constant" || node.input_size() ||
      node.output_size() != 1 || node.attribute_size() != 1 ||
      (!node.domain().empty() && node.domain() != "ai.onnx"))
    return false;
  const auto &attr = node.attribute(0);
  ElementsAttr value;
  if (attr.name() == "value" && attr.has_t() &&
      attr.t().data_type() != ::onnx::TensorProto::STRING) {
    ::onnx::TensorProto named;
    const ::onnx::TensorProto *tensor = &attr.t();
    if (tensor->name().empty() &&
        tensor->data_type() != ::onnx::TensorProto::FLOAT) {
      named = *tensor;
      named.set_name(node.name().empty() ? node.output(0) : node.name());
      tensor = &named;
    }
    std::string error;
    value = reader.read(*tensor, error);
    if (!value) {
      fail("node " +
           quoted(node.name().empty() ? node.output(0) : node.name()) +
           " (Constant): " + error);
      return true;
    }
  } else if (attr.name() == "value_float" && attr.has_f()) {
    value = neuro::makeConstant<float>(context, llvm::ArrayRef<float>(attr.f()),
                                       {});
  } else if (attr.name() == "value_int" && attr.has_i()) {
    value = neuro::makeConstant<int64_t>(
        context, llvm::ArrayRef<int64_t>(int64_t(attr.i())), {});
  } else if (attr.name() == "value_floats") {
    value = neuro::makeConstant<float>(
        context, std::vector<float>(attr.floats().begin(), attr.floats().end()),
        {attr.floats_size()});
  } else if (attr.name() == "value_ints") {
    value = neuro::makeConstant<int64_t>(
        context, std::vector<int64_t>(attr.ints().begin(), attr.ints().end()),
        {attr.ints_size()});
  } else {
    return false;
  }
  values[node.output(0)] = neuro::onnx::ConstantOp::create(
      builder, loc, value.getShapedType(), value);
  return true;
}

void ModelImporter::addNode(int index) {
  const auto &node = graph.node(index);
  Location loc = nameLoc(nodeName(index));
  if (addConstantNode(node, loc))
    return;
  NamedAttrList attrs;
  for (const auto &attr : node.attribute()) {
    if (attr.name().empty() || attrs.get(attr.name())) {
      fail(nodeText(index) +
           (attr.name().empty()
                ? std::string(" has an attribute without a name")
                : " has two attributes " + quoted(attr.name())));
      continue;
    }
    if (Attribute value = attribute(attr, index))
      attrs.append(attr.name(), value);
  }
  llvm::SmallVector<Value> operands;
  for (const std::string &input : node.input()) {
    if (input.empty() && !none)
      none = neuro::onnx::NoneOp::create(builder, loc);
    Value value = input.empty() ? none : values.lookup(input);
    // Only a node that failed before leaves a value out.
    if (!value)
      return;
    operands.push_back(value);
  }
  llvm::SmallVector<Type> types;
  for (const std::string &output : node.output())
    types.push_back(output.empty() ? Type(builder.getNoneType())
                                   : declaredType(output));
  llvm::StringRef domain =
      node.domain() == "ai.onnx" ? "" : llvm::StringRef(node.domain());
  auto op = neuro::onnx::NodeOp::create(
      builder, loc, types, builder.getStringAttr(node.op_type()),
      builder.getStringAttr(domain),
      builder.getI64IntegerAttr(std::max<int64_t>(0, opset(domain))),
      attrs.getDictionary(context), operands);
  for (auto [output, result] : llvm::zip(node.output(), op.getOutputs()))
    if (!output.empty())
      values[output] = result;
}

void ModelImporter::remarkConversions() {
  for (const auto &[type, names] : reader.converted)
    emitRemark(fileLoc) << names.size() << " constant"
                        << (names.size() == 1 ? "" : "s") << " of type " << type
                        << " converted to f32, the first is "
                        << quoted(names.front());
  for (const std::string &name : narrowed)
    emitRemark(fileLoc) << name << " is taken as f32";
}

OwningOpRef<ModuleOp> ModelImporter::run() {
  if (!model.has_graph() || graph.node_size() == 0) {
    fail("the graph is empty: it has no nodes, so there is nothing to compile");
    return {};
  }
  if (graph.output_size() == 0)
    fail("the graph has no outputs, so nothing it computes is wanted: mark the "
         "outputs when exporting");
  collectInputs();
  bindShapes();
  collectDefinitions();
  std::vector<int> order;
  sortNodes(order);
  for (const auto &output : graph.output())
    declared[output.name()] = &output;

  OwningOpRef<ModuleOp> module = ModuleOp::create(fileLoc);
  if (failed) {
    // Also say what is wrong with the tensors, then give up.
    builder.setInsertionPointToEnd(module->getBody());
    addInitializers();
    return {};
  }
  llvm::SmallVector<Type> inputTypes;
  for (const Input &input : inputs)
    inputTypes.push_back(input.type);
  builder.setInsertionPointToEnd(module->getBody());
  auto func = func::FuncOp::create(builder, fileLoc, "main",
                                   builder.getFunctionType(inputTypes, {}));
  Block *body = func.addEntryBlock();
  builder.setInsertionPointToEnd(body);
  for (auto [index, input] : llvm::enumerate(inputs)) {
    body->getArgument(index).setLoc(nameLoc(input.info->name()));
    values[input.info->name()] = body->getArgument(index);
  }
  addInitializers();
  for (int index : order)
    addNode(index);
  if (failed)
    return {};

  llvm::SmallVector<Value> results;
  llvm::SmallVector<Type> resultTypes;
  for (const auto &output : graph.output()) {
    results.push_back(values.lookup(output.name()));
    if (!results.back()) {
      fail("output " + quoted(output.name()) + " has no value");
      return {};
    }
    resultTypes.push_back(results.back().getType());
  }
  func::ReturnOp::create(builder, fileLoc, results);
  func.setFunctionType(builder.getFunctionType(inputTypes, resultTypes));
  using neuro::onnx::ONNXDialect;
  for (auto [index, input] : llvm::enumerate(inputs))
    func.setArgAttr(index, ONNXDialect::kNameAttr,
                    builder.getStringAttr(input.info->name()));
  for (auto [index, output] : llvm::enumerate(graph.output()))
    func.setResultAttr(index, ONNXDialect::kNameAttr,
                       builder.getStringAttr(output.name()));
  NamedAttrList opsets;
  for (const auto &entry : model.opset_import())
    opsets.set(entry.domain().empty() ? "ai.onnx" : entry.domain(),
               builder.getI64IntegerAttr(entry.version()));
  func->setAttr(ONNXDialect::kOpsetsAttr, opsets.getDictionary(context));
  remarkConversions();
  return module;
}

OwningOpRef<ModuleOp> neuro::importOnnxBuffer(llvm::MemoryBufferRef buffer,
                                              const ImportOptions &options,
                                              MLIRContext *context) {
  context->loadDialect<func::FuncDialect, neuro::onnx::ONNXDialect>();
  llvm::StringRef path = buffer.getBufferIdentifier();
  ::onnx::ModelProto model;
  import::ParseError error;
  if (!import::parseModel(buffer.getBuffer(), model, error)) {
    emitError(FileLineColLoc::get(context, path, error.line, error.column))
        << error.message;
    return {};
  }
  return ModelImporter(model, path, options, context).run();
}

OwningOpRef<ModuleOp> neuro::importOnnx(llvm::StringRef path,
                                        const ImportOptions &options,
                                        MLIRContext *context) {
  Location loc = FileLineColLoc::get(context, path, 0, 0);
  if (llvm::sys::fs::is_directory(path)) {
    emitError(loc) << "this is a folder, not an ONNX file";
    return {};
  }
  auto buffer = llvm::MemoryBuffer::getFile(path, /*IsText=*/false,
                                            /*RequiresNullTerminator=*/false);
  if (!buffer) {
    emitError(loc) << "cannot open the model: " << buffer.getError().message();
    return {};
  }
  return importOnnxBuffer(**buffer, options, context);
}
