//===- FunctionConversion.cpp - a function of ONNX nodes ------------------===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "FunctionConversion.h"
#include "neuro/Dialect/NN/NN.h"
#include "neuro/Support/Constants.h"
#include "neuro/Support/Locations.h"
#include "llvm/ADT/BitVector.h"
#include "llvm/Support/raw_ostream.h"

using namespace mlir;
using namespace neuro::onnxnn;
using neuro::onnx::ONNXDialect;
using NNStream = neuro::onnxnn::Stream;
using NNValue = neuro::onnxnn::Value;

static std::optional<DType> typeOf(Type element) {
  if (element.isF32())
    return DType::Float;
  if (element.isF64())
    return DType::Double;
  if (element.isF16())
    return DType::Float16;
  if (element.isBF16())
    return DType::BFloat16;
  auto integer = dyn_cast<IntegerType>(element);
  if (!integer)
    return std::nullopt;
  bool isUnsigned = integer.isUnsigned();
  switch (integer.getWidth()) {
  case 1:
    return DType::Bool;
  case 8:
    return isUnsigned ? DType::UInt8 : DType::Int8;
  case 16:
    return isUnsigned ? DType::UInt16 : DType::Int16;
  case 32:
    return isUnsigned ? DType::UInt32 : DType::Int32;
  case 64:
    return isUnsigned ? DType::UInt64 : DType::Int64;
  default:
    return std::nullopt;
  }
}

static std::optional<Tensor> readTensor(ElementsAttr attr) {
  ShapedType type = attr.getShapedType();
  if (!neuro::isReadable(attr) || !type.hasStaticShape() ||
      type.getNumElements() > kMaxElements)
    return std::nullopt;
  Shape shape(type.getShape().begin(), type.getShape().end());
  std::optional<DType> kind = typeOf(type.getElementType());
  if (!kind || !isReasonable(shape))
    return std::nullopt;
  auto made = [&](auto values) -> std::optional<Tensor> {
    if (!values)
      return std::nullopt;
    return Tensor::make(shape, std::move(*values), *kind);
  };
  if (*kind == DType::Double)
    return made(neuro::readConstant<double>(attr));
  if (isFloating(*kind))
    return made(neuro::readConstant<float>(attr));
  // A mask may be as large as the square of the sequence.
  if (auto dense = dyn_cast<DenseElementsAttr>(attr);
      dense && *kind == DType::Bool) {
    auto bits = dense.getValues<bool>();
    return Tensor::make(shape, std::vector<int64_t>(bits.begin(), bits.end()),
                        *kind);
  }
  return made(neuro::readConstant<int64_t>(attr));
}

static neuro::onnxnn::Attribute readAttribute(mlir::Attribute attr) {
  neuro::onnxnn::Attribute result;
  using A = neuro::onnxnn::Attribute;
  if (auto value = dyn_cast<IntegerAttr>(attr)) {
    if (value.getValue().getBitWidth() <= 64) {
      result.kind = A::Int;
      result.i = value.getValue().getSExtValue();
    }
  } else if (auto value = dyn_cast<FloatAttr>(attr)) {
    result.kind = A::Float;
    result.f = value.getValueAsDouble();
  } else if (auto value = dyn_cast<StringAttr>(attr)) {
    result.kind = A::String;
    result.s = value.str();
  } else if (auto value = dyn_cast<DenseI64ArrayAttr>(attr)) {
    result.kind = A::Ints;
    result.ints.assign(value.asArrayRef().begin(), value.asArrayRef().end());
  } else if (auto value = dyn_cast<DenseF32ArrayAttr>(attr)) {
    result.kind = A::Floats;
    result.floats.assign(value.asArrayRef().begin(), value.asArrayRef().end());
  } else if (auto value = dyn_cast<ElementsAttr>(attr)) {
    if (auto tensor = readTensor(value)) {
      result.kind = A::Constant;
      result.tensor = *tensor;
    }
  }
  return result;
}

void FunctionConversion::findRead() {
  llvm::SmallVector<Operation *> work;
  auto visit = [&](Operation *op) {
    if (op && readOps.insert(op).second)
      work.push_back(op);
  };
  for (Block &block : func.getBody())
    visit(block.empty() ? nullptr : &block.back());
  while (!work.empty())
    for (mlir::Value operand : work.pop_back_val()->getOperands())
      visit(operand.getDefiningOp());
}

/// Finds batch and tokens, and makes each input a stream.
void FunctionConversion::readInputs() {
  StreamGraph &graph = converter.graph;
  auto tensorOf = [](BlockArgument arg) {
    auto type = dyn_cast<RankedTensorType>(arg.getType());
    return type && type.hasStaticShape() ? type : RankedTensorType();
  };
  const std::string shapeRule =
                        "axis 0 is taken as the batch and axis 1 as the "
                        "sequence, in all inputs alike",
                    cacheRule = "; state of earlier tokens, as a key-value "
                                "cache, is not taken as an input";
  bool known = false;
  for (BlockArgument arg : func.getArguments()) {
    RankedTensorType type = tensorOf(arg);
    if (!type || known || !isRead(arg) || type.getNumElements() == 0)
      continue;
    int64_t least = isa<FloatType>(type.getElementType()) ? 3 : 2;
    if (type.getRank() >= least) {
      graph.batch = type.getDimSize(0);
      graph.tokens = type.getDimSize(1);
      known = true;
    }
  }
  for (BlockArgument arg : func.getArguments()) {
    unsigned index = arg.getArgNumber();
    auto name =
        func.getArgAttrOfType<StringAttr>(index, ONNXDialect::kNameAttr);
    inputNames.push_back(name ? name.str() : "arg" + std::to_string(index));
    RankedTensorType type = tensorOf(arg);
    int value = number(arg);
    if (!isRead(arg))
      continue;
    auto problem = [&](const std::string &what) {
      converter.problems.push_back("input '" + inputNames.back() + "' " + what);
      converter.excused[value] = true;
    };
    if (!type) {
      problem("has no static shape: bind its dimensions by --shape");
      continue;
    }
    Shape shape(type.getShape().begin(), type.getShape().end());
    Type element = type.getElementType();
    bool ids = element.isInteger(64) || element.isInteger(32);
    if (elements(shape) == 0) {
      converter.values[value] = NNValue::of(
          element.isF32() ? Tensor::make(shape, std::vector<float>())
                          : Tensor::make(shape, std::vector<int64_t>()));
      continue;
    }
    if (!element.isF32() && !ids) {
      problem("is neither floats nor token ids of 32 or 64 bits");
      continue;
    }
    bool empty = elements(shape) == 0 || elements(shape) > kMaxElements;
    if (!known || shape.size() < 2 || empty || shape[0] != graph.batch ||
        shape[1] != graph.tokens || (ids && shape.size() != 2)) {
      std::string wanted = known ? "[" + std::to_string(graph.batch) + ", " +
                                       std::to_string(graph.tokens)
                                 : std::string("[batch, tokens");
      problem("has the shape " + text(shape) + "; expected " + wanted +
              (ids ? "]" : ", features...]") + ": " +
              (shape.size() > 3 || StringRef(inputNames.back()).contains("past")
                   ? shapeRule + cacheRule
                   : shapeRule));
      continue;
    }
    NNStream *stream =
        graph.create(ids ? StreamKind::Ids : StreamKind::Input, {},
                     elements(shape) / (graph.batch * graph.tokens), {});
    stream->argument = index;
    stream->featureShape.assign(shape.begin() + 2, shape.end());
    converter.values[value] = NNValue::view(stream, shape);
  }
}

LogicalResult FunctionConversion::readOperations() {
  if (!func.getBody().hasOneBlock())
    return mlir::emitError(func.getLoc())
           << "function '" << func.getName() << "' must have exactly one block";
  bool bad = false;
  for (Operation &op : func.getBody().front()) {
    if (isa<ONNXDialect>(op.getDialect()) && !readOps.contains(&op))
      continue;
    if (auto constant = dyn_cast<neuro::onnx::ConstantOp>(op)) {
      auto tensor = readTensor(constant.getValue());
      if (!tensor) {
        mlir::emitError(op.getLoc())
            << "the constant cannot be read: its data is absent, of "
               "the wrong size, or too large";
        bad = true;
        continue;
      }
      converter.values[number(constant.getResult())] =
          NNValue::of(std::move(*tensor));
    } else if (isa<neuro::onnx::NoneOp>(op)) {
      continue;
    } else if (auto node = dyn_cast<neuro::onnx::NodeOp>(op)) {
      Node out;
      out.op = node.getOpType().str();
      out.domain = node.getDomain().str();
      out.opset = node.getOpset();
      out.name = neuro::nodeNameIn(node.getLoc()).str();
      for (NamedAttribute attr : node.getAttrs())
        out.attributes[attr.getName().str()] = readAttribute(attr.getValue());
      for (mlir::Value input : node.getInputs())
        out.inputs.push_back(isa<NoneType>(input.getType()) ? -1
                                                            : number(input));
      for (mlir::Value output : node.getOutputs()) {
        out.outputs.push_back(isa<NoneType>(output.getType()) ? -1
                                                              : number(output));
        auto type = dyn_cast<RankedTensorType>(output.getType());
        out.declared.emplace_back();
        if (type && type.hasStaticShape() &&
            isa<FloatType>(type.getElementType()))
          out.declared.back().emplace(type.getShape().begin(),
                                      type.getShape().end());
      }
      converter.nodes.push_back(std::move(out));
      nodeLocs.push_back(node.getLoc());
      nodeOps.push_back(node);
    } else if (auto ret = dyn_cast<func::ReturnOp>(op)) {
      for (auto [index, value] : llvm::enumerate(ret.getOperands())) {
        auto name =
            func.getResultAttrOfType<StringAttr>(index, ONNXDialect::kNameAttr);
        outputs.push_back({name ? name.str() : "result" + std::to_string(index),
                           number(value), -1});
      }
    } else {
      mlir::emitError(op.getLoc())
          << "'" << op.getName() << "' is not an operation of the onnx dialect";
      bad = true;
    }
  }
  return failure(bad);
}

LogicalResult FunctionConversion::read() {
  findRead();
  readInputs();
  return readOperations();
}

void FunctionConversion::convert(bool printsViews) {
  converter.run();
  if (printsViews) {
    std::vector<std::pair<std::string, int>> inputs;
    for (BlockArgument arg : func.getArguments())
      inputs.push_back({inputNames[arg.getArgNumber()], number(arg)});
    printViews(llvm::errs(), converter, func.getName(), inputs);
  }
  std::vector<Reading> readings = prepare(converter, outputs);
  if (succeeded())
    replace(readings);
}

void FunctionConversion::replace(const std::vector<Reading> &readings) {
  // The streams hold what they need of the constants.
  converter.values.clear();
  Block &body = func.getBody().front();
  Operation *terminator = body.getTerminator();
  OpBuilder builder(terminator);
  std::vector<mlir::Value> results =
      emit(converter, readings, builder, func, nodeLocs);
  func::ReturnOp::create(builder, terminator->getLoc(), results);
  llvm::SmallVector<Operation *> old;
  for (Operation &op : body)
    if (&op == terminator || isa<ONNXDialect>(op.getDialect()))
      old.push_back(&op);
  for (Operation *op : llvm::reverse(old))
    op->erase();
  SmallVector<Type> types;
  for (mlir::Value value : results)
    types.push_back(value.getType());
  func.setFunctionType(
      builder.getFunctionType(func.getFunctionType().getInputs(), types));
  func->removeAttr(ONNXDialect::kOpsetsAttr);
  for (unsigned i = 0; i < func.getNumArguments(); ++i) {
    func.removeArgAttr(i, builder.getStringAttr(ONNXDialect::kNameAttr));
    func.setArgAttr(i, neuro::nn::kNameAttr,
                    builder.getStringAttr(inputNames[i]));
  }
  for (auto [i, output] : llvm::enumerate(outputs)) {
    func.removeResultAttr(i, builder.getStringAttr(ONNXDialect::kNameAttr));
    func.setResultAttr(i, neuro::nn::kNameAttr,
                       builder.getStringAttr(output.name));
  }
  dropArguments();
}

/// An input that only gives a shape, or whose values cancel, needs no port.
void FunctionConversion::dropArguments() {
  llvm::BitVector unused(func.getNumArguments());
  std::string names;
  for (BlockArgument arg : func.getArguments())
    if (arg.use_empty()) {
      unused.set(arg.getArgNumber());
      names +=
          (names.empty() ? "'" : ", '") + inputNames[arg.getArgNumber()] + "'";
    }
  if (unused.none() || mlir::failed(func.eraseArguments(unused)))
    return;
  mlir::emitRemark(func.getLoc())
      << "no result depends on the values of "
      << (unused.count() == 1 ? "input " : "inputs ") << names
      << ": left out; arrays of that name may still be given";
}
