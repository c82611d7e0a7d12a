//===- ImportModel.cpp - from an ONNX message to IR -----------------------===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Functions.h"
#include "InputShapes.h"
#include "Parse.h"
#include "Tensor.h"
#include "Unread.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/Builders.h"
#include "neuro/Dialect/ONNX/ONNX.h"
#include "neuro/Import/Import.h"
#include "neuro/Support/Constants.h"
#include "neuro/Support/File.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/Support/FileSystem.h"
#include <onnx/onnx_pb.h>

using namespace mlir;
using llvm::itostr;
using llvm::utostr;
using neuro::import::TensorReader;

namespace {

std::string quoted(llvm::StringRef text) { return "'" + text.str() + "'"; }

class ModelImporter {
public:
  ModelImporter(const ::onnx::ModelProto &model,
                neuro::import::NodeOrigins origins, llvm::StringRef path,
                const neuro::ImportOptions &options, MLIRContext *context)
      : model(model), graph(model.graph()), origins(std::move(origins)),
        options(options), context(context), builder(context),
        fileLoc(FileLineColLoc::get(context, path, 0, 0)),
        reader(context, path), read(graph),
        shapes(context, options,
               [this](const std::string &message) { fail(message); }) {}

  OwningOpRef<ModuleOp> run();
  std::vector<std::string> externalFiles() const {
    return reader.externalFiles().paths();
  }

private:
  void fail(const llvm::Twine &message) {
    emitError(fileLoc) << message;
    failed = true;
  }
  Location nameLoc(llvm::StringRef name) {
    return NameLoc::get(builder.getStringAttr(name));
  }
  std::string nodeName(int index) const;
  std::string nodeText(int index) const;
  int64_t opset(int index, llvm::StringRef domain) const;

  void collectInputs();
  void bindShapes();
  void collectDefinitions();
  void sortNodes(std::vector<int> &order);
  void addInitializers();
  void addNode(int index);
  bool addConstantNode(const ::onnx::NodeProto &node, Location loc);
  Attribute attribute(const ::onnx::AttributeProto &attr, int node);
  Type declaredType(llvm::StringRef name);
  void remark();

  const ::onnx::ModelProto &model;
  const ::onnx::GraphProto &graph;
  neuro::import::NodeOrigins origins;
  const neuro::ImportOptions &options;
  MLIRContext *context;
  OpBuilder builder;
  Location fileLoc;
  TensorReader reader;
  neuro::import::ReadSet read;
  neuro::import::InputShapes shapes;
  std::vector<neuro::import::GraphInput> inputs;
  llvm::StringMap<std::string> definedBy;
  llvm::StringMap<const ::onnx::ValueInfoProto *> declared;
  llvm::StringMap<Value> values;
  Value none;
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
  const ::onnx::FunctionProto *function = origins[index];
  return "node " + quoted(nodeName(index)) + " (" +
         graph.node(index).op_type() +
         (function ? ", in function " +
                         quoted(neuro::import::functionName(*function))
                   : ", number " + itostr(index)) +
         ")";
}

/// A function says for itself which opsets its nodes are of.
int64_t ModelImporter::opset(int index, llvm::StringRef domain) const {
  int64_t found = 0;
  auto find = [&](const auto &entries) {
    for (const auto &entry : entries)
      if (entry.domain() == domain ||
          (domain.empty() && entry.domain() == "ai.onnx"))
        found = std::max<int64_t>(found, entry.version());
  };
  if (origins[index])
    find(origins[index]->opset_import());
  if (!found)
    find(model.opset_import());
  return found;
}

/// The inputs that the host feeds: an initializer of the same name is a
/// default value, which the host does not override. What no output needs is
/// left out.
void ModelImporter::collectInputs() {
  llvm::StringSet<> initial;
  for (const auto &tensor : graph.initializer())
    initial.insert(tensor.name());
  for (const auto &info : graph.input())
    if (!initial.contains(info.name()) && read.reads(info.name()))
      inputs.push_back({&info, {}});
}

/// Lists all inputs with dimensions that stay open.
void ModelImporter::bindShapes() {
  std::vector<std::string> names;
  for (const auto &info : graph.input())
    names.push_back(info.name());
  shapes.bind(inputs, names);
  if (shapes.open.empty() || options.guess)
    return;
  failed = true;
  auto diag = emitError(fileLoc)
              << neuro::kOpenDimensions
              << ", but the compiler needs them all: give them by --shape, for "
                 "example "
              << llvm::join(shapes.suggestions, " ")
              << ", or by a calibration file with arrays of these inputs";
  for (const std::string &line : shapes.open)
    diag.attachNote() << line;
}

/// Some optimisers write a shared constant anew for each of its users.
static bool sameConstant(const ::onnx::NodeProto &a,
                         const ::onnx::NodeProto &b) {
  return a.input_size() == 0 && b.input_size() == 0 &&
         a.attribute_size() == 1 && b.attribute_size() == 1 &&
         a.domain() == b.domain() &&
         a.attribute(0).SerializeAsString() ==
             b.attribute(0).SerializeAsString();
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
  llvm::StringSet<> initial;
  for (const auto &tensor : graph.initializer())
    initial.insert(tensor.name());
  for (const auto &input : graph.input())
    if (!initial.contains(input.name()))
      define(input.name(), "an input of the graph");
  for (int i = 0; i < graph.initializer_size(); ++i) {
    if (graph.initializer(i).name().empty())
      fail("initializer number " + itostr(i) + " has no name");
    else
      define(graph.initializer(i).name(), "an initializer");
  }
  if (graph.sparse_initializer_size())
    fail("the model has " + itostr(graph.sparse_initializer_size()) +
         " sparse initializers, which are not supported: store them dense");
  llvm::StringMap<int> constants;
  for (int i = 0; i < graph.node_size(); ++i)
    for (const std::string &output : graph.node(i).output()) {
      if (output.empty())
        continue;
      if (graph.node(i).op_type() == "Constant") {
        auto [it, isNew] = constants.try_emplace(output, i);
        if (!isNew && sameConstant(graph.node(it->second), graph.node(i)))
          continue;
      }
      define(output, nodeText(i));
    }
}

/// Orders the nodes that are read after what they use, as far as possible in
/// file order.
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
    if (!read.nodes[i])
      continue;
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
    if (done[root] || !read.nodes[root])
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
    if (!read.reads(tensor.name()))
      continue;
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

/// The type the file declares for a value, with bound symbols put in.
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
    auto bound = shapes.symbols.find(dim.dim_param());
    if (!dim.dim_param().empty() && bound != shapes.symbols.end())
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
      builder.getI64IntegerAttr(std::max<int64_t>(0, opset(index, domain))),
      attrs.getDictionary(context), operands);
  for (auto [output, result] : llvm::zip(node.output(), op.getOutputs()))
    if (!output.empty())
      values[output] = result;
}

void ModelImporter::remark() {
  for (const auto &[type, names] : reader.converted)
    emitRemark(fileLoc) << names.size() << " constant"
                        << (names.size() == 1 ? "" : "s") << " of type " << type
                        << (names.size() == 1 ? " is" : " are")
                        << " taken as f32 by the network, the first is "
                        << quoted(names.front());
  for (const std::string &name : shapes.narrowed)
    emitRemark(fileLoc) << name << " is taken as f32";
  if (!shapes.sampled.empty())
    emitRemark(fileLoc) << "dimensions that the model leaves open are those of "
                           "the calibration file: "
                        << llvm::join(shapes.sampled, ", ");
  std::string unread = neuro::import::describeUnread(graph, read);
  if (!unread.empty())
    emitRemark(fileLoc) << unread;
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
  for (const auto &value : graph.value_info())
    declared[value.name()] = &value;
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
  for (const neuro::import::GraphInput &input : inputs)
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
  remark();
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
  import::NodeOrigins origins;
  std::vector<std::string> errors;
  if (!import::inlineFunctions(model, origins, errors)) {
    for (const std::string &message : errors)
      emitError(FileLineColLoc::get(context, path, 0, 0)) << message;
    return {};
  }
  ModelImporter importer(model, std::move(origins), path, options, context);
  OwningOpRef<ModuleOp> module = importer.run();
  if (options.readsFile)
    for (const std::string &file : importer.externalFiles())
      options.readsFile(file);
  return module;
}

OwningOpRef<ModuleOp> neuro::importOnnx(llvm::StringRef path,
                                        const ImportOptions &options,
                                        MLIRContext *context) {
  Location loc = FileLineColLoc::get(context, path, 0, 0);
  if (llvm::sys::fs::is_directory(path)) {
    emitError(loc) << "this is a folder, not an ONNX file";
    return {};
  }
  std::string problem;
  if (!checkInputFile(path.str(), problem)) {
    emitError(loc) << problem;
    return {};
  }
  llvm::sys::fs::file_status status;
  if (!llvm::sys::fs::status(path, status) &&
      status.type() == llvm::sys::fs::file_type::fifo_file) {
    std::vector<uint8_t> bytes;
    if (!readFile(path.str(), bytes, problem)) {
      emitError(loc) << problem;
      return {};
    }
    llvm::StringRef text(reinterpret_cast<const char *>(bytes.data()),
                         bytes.size());
    return importOnnxBuffer({text, path}, options, context);
  }
  auto buffer = llvm::MemoryBuffer::getFile(path, /*IsText=*/false,
                                            /*RequiresNullTerminator=*/false);
  if (!buffer) {
    emitError(loc) << "cannot open the model: " << buffer.getError().message();
    return {};
  }
  return importOnnxBuffer(**buffer, options, context);
}
