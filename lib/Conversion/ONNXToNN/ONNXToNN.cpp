//===- ONNXToNN.cpp - the pass onnx-to-nn ---------------------------------===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "neuro/Conversion/ONNXToNN/ONNXToNN.h"
#include "Emit.h"
#include "Report/Report.h"
#include "mlir/IR/BuiltinOps.h"
#include "neuro/Conversion/ONNXToNN/Recogniser.h"
#include "neuro/Dialect/ONNX/ONNX.h"
#include "neuro/Support/Constants.h"
#include "neuro/Support/File.h"
#include "neuro/Support/Locations.h"
#include "llvm/ADT/BitVector.h"
#include "llvm/ADT/DenseSet.h"
#include "llvm/Support/raw_ostream.h"
#include <algorithm>

namespace neuro::onnx {
#define GEN_PASS_DEF_ONNXFOLD
#define GEN_PASS_DEF_ONNXTONN
#include "neuro/Conversion/ONNXToNN/ONNXToNNPasses.h.inc"
} // namespace neuro::onnx

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

namespace {

/// Reads one function into the converter, and puts back what it has become.
class FunctionConversion {
public:
  FunctionConversion(func::FuncOp func) : func(func) {}

  Converter converter;
  std::vector<Output> outputs;

private:
  void findRead();
  bool isRead(BlockArgument arg) const {
    return llvm::any_of(arg.getUsers(), [&](Operation *user) {
      return readOps.contains(user);
    });
  }
  void readInputs();
  LogicalResult readOperations();
  void dropArguments();
  void replace(const std::vector<Reading> &readings);

  mutable func::FuncOp func;
  DenseMap<mlir::Value, int> numbers;
  /// The operations that the function's results depend on.
  llvm::DenseSet<Operation *> readOps;
  std::vector<Location> nodeLocs;
  std::vector<neuro::onnx::NodeOp> nodeOps;
  std::vector<std::string> inputNames;

  int number(mlir::Value value) {
    auto [it, isNew] = numbers.try_emplace(value, int(converter.values.size()));
    if (isNew) {
      converter.values.emplace_back();
      converter.excused.push_back(false);
    }
    return it->second;
  }

public:
  LogicalResult read();
  void convert(bool printsViews);
  void fold();
  void print(InFlightDiagnostic &diag) {
    printReport(diag, converter, func.getLoc(), nodeLocs);
  }
  bool succeeded() const {
    return converter.report.empty() && converter.problems.empty();
  }
};

} // namespace

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

/// As readTensor, the other way.
static ElementsAttr writeTensor(const Tensor &tensor, MLIRContext *context) {
  auto make = [&](auto values) -> ElementsAttr {
    return neuro::makeConstant(context, values, tensor.shape);
  };
  if (tensor.type == DType::Float)
    return make(*tensor.floats);
  if (tensor.type == DType::Double)
    return make(*tensor.doubles);
  if (tensor.type == DType::Bool) {
    SmallVector<bool> values(tensor.ints->begin(), tensor.ints->end());
    return neuro::makeConstant<bool>(context, ArrayRef<bool>(values),
                                     tensor.shape);
  }
  Builder builder(context);
  if (!tensor.isFloat()) {
    auto signedness =
        isUnsigned(tensor.type) ? IntegerType::Unsigned : IntegerType::Signless;
    unsigned width = unsigned(bitsOf(tensor.type));
    SmallVector<APInt> values;
    for (int64_t value : *tensor.ints)
      values.push_back(APInt(64, uint64_t(value)).trunc(width));
    return DenseElementsAttr::get(
        RankedTensorType::get(tensor.shape,
                              IntegerType::get(context, width, signedness)),
        values);
  }
  FloatType type = tensor.type == DType::Float16
                       ? FloatType(builder.getF16Type())
                       : FloatType(builder.getBF16Type());
  SmallVector<APFloat> values;
  for (float value : *tensor.floats) {
    bool lossy = false;
    values.emplace_back(value);
    values.back().convert(type.getFloatSemantics(),
                          APFloat::rmNearestTiesToEven, &lossy);
  }
  return DenseElementsAttr::get(RankedTensorType::get(tensor.shape, type),
                                values);
}

/// What follows from the guessed shape of another value is not known.
static bool isFolded(const NNValue &value) {
  return value.kind == NNValue::Constant && value.guess == Guess::None;
}

/// Puts constants where nodes compute them; says of the others why not.
void FunctionConversion::fold() {
  converter.run();
  for (auto [node, op] : llvm::zip(converter.nodes, nodeOps)) {
    OpBuilder builder(op);
    for (auto [number, result] : llvm::zip(node.outputs, op.getOutputs())) {
      if (number < 0 || !isFolded(converter.values[number]))
        continue;
      ElementsAttr value =
          writeTensor(converter.values[number].constant, op.getContext());
      result.replaceAllUsesWith(neuro::onnx::ConstantOp::create(
          builder, op.getLoc(), value.getShapedType(), value));
    }
    // Results are used by later operations only, or not at all.
    bool isConstant = llvm::any_of(node.outputs, [&](int number) {
      return number >= 0 && isFolded(converter.values[number]);
    });
    if (isConstant && op.use_empty())
      op.erase();
  }
  SmallVector<Type> types;
  for (mlir::Value value :
       func.getBody().front().getTerminator()->getOperands())
    types.push_back(value.getType());
  func.setFunctionType(FunctionType::get(
      func.getContext(), func.getFunctionType().getInputs(), types));
  for (const Unsupported &entry : converter.report)
    for (int node : entry.nodes)
      emitRemark(nodeLocs[node]) << entry.op << ": " << entry.reason;
}

namespace {
struct ONNXToNNPass : public neuro::onnx::impl::ONNXToNNBase<ONNXToNNPass> {
  using ONNXToNNBase::ONNXToNNBase;

  void runOnOperation() override {
    for (func::FuncOp func : getOperation().getOps<func::FuncOp>()) {
      bool hasNodes = false;
      func.walk([&](Operation *op) {
        hasNodes |= isa_and_nonnull<ONNXDialect>(op->getDialect());
      });
      if (hasNodes && failed(convert(func)))
        signalPassFailure();
    }
  }

  LogicalResult convert(func::FuncOp func) {
    FunctionConversion conversion(func);
    if (failed(conversion.read()))
      return failure();
    conversion.convert(printViews);
    std::stable_sort(conversion.converter.report.begin(),
                     conversion.converter.report.end(),
                     [](const Unsupported &a, const Unsupported &b) {
                       return a.nodes.front() < b.nodes.front();
                     });
    if (!report.empty() && failed(writeReport(func, conversion)))
      return failure();
    if (conversion.succeeded())
      return success();
    size_t nodes = 0;
    for (const Unsupported &entry : conversion.converter.report)
      nodes += entry.nodes.size();
    InFlightDiagnostic diag = mlir::emitError(func.getLoc());
    diag << "the model cannot be compiled: ";
    size_t problems = conversion.converter.problems.size();
    if (problems)
      diag << problems
           << (problems == 1 ? " input or output does"
                             : " inputs and outputs do")
           << " not fit" << (nodes ? ", and " : "");
    if (nodes)
      diag << nodes << (nodes == 1 ? " node is" : " nodes are")
           << " not supported";
    conversion.print(diag);
    const StreamGraph &graph = conversion.converter.graph;
    if (nodes && graph.batch > 1)
      diag.attachNote(func.getLoc())
          << "axis 0 of the inputs, of size " << graph.batch
          << ", is taken as the batch, and axis 1, of size " << graph.tokens
          << ", as the sequence; a model with the sequence first must be "
             "exported with the batch first (batch_first=True), or take its "
             "input through a Transpose";
    return diag;
  }

  LogicalResult writeReport(func::FuncOp func,
                            const FunctionConversion &conversion) {
    std::string text, error;
    llvm::raw_string_ostream os(text);
    llvm::json::OStream json(os, 2);
    json.object([&] { printReport(json, conversion.converter); });
    os << "\n";
    if (report == "-")
      llvm::outs() << text;
    else if (!neuro::writeFileAtomically(report, text.data(), text.size(),
                                         error))
      return mlir::emitError(func.getLoc()) << error;
    return success();
  }
};
} // namespace

namespace {
struct ONNXFoldPass : public neuro::onnx::impl::ONNXFoldBase<ONNXFoldPass> {
  using ONNXFoldBase::ONNXFoldBase;

  void runOnOperation() override {
    for (func::FuncOp func : getOperation().getOps<func::FuncOp>()) {
      if (func.isExternal())
        continue;
      FunctionConversion conversion(func);
      if (failed(conversion.read()))
        return signalPassFailure();
      conversion.fold();
    }
  }
};
} // namespace

std::vector<neuro::onnx::SupportedOp> neuro::onnx::supportedOps() {
  const OperatorTable &table = OperatorTable::get();
  OperatorTable::Entries all = table.all();
  for (const auto &[key, entries] : table.allFolds())
    all.try_emplace(key, entries);
  std::vector<SupportedOp> result;
  for (const auto &[key, entries] : all) {
    SupportedOp op{key.first.empty() ? "ai.onnx" : key.first,
                   key.second,
                   {},
                   entries.front().limits};
    if (entries.back().until != onnx::kNoLastVersion)
      op.limits += (op.limits.empty() ? "" : "; ") +
                   std::string("versions up to ") +
                   std::to_string(entries.back().until);
    for (const OperatorEntry &entry : entries)
      op.versions.push_back(entry.since);
    result.push_back(std::move(op));
  }
  return result;
}
