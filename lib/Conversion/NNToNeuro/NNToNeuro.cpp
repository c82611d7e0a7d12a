//===- NNToNeuro.cpp - the pass from tensor operations to populations -----===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "neuro/Conversion/NNToNeuro/NNToNeuro.h"
#include "NetworkBuilder.h"

#include "neuro/Support/Constants.h"

#include "llvm/ADT/TypeSwitch.h"

namespace neuro {
#define GEN_PASS_DEF_NNTONEUROPASS
#include "neuro/Conversion/NNToNeuro/NNToNeuroPasses.h.inc"
} // namespace neuro

using namespace mlir;
using namespace neuro;

namespace {

class FunctionLowering {
public:
  explicit FunctionLowering(func::FuncOp func) : func(func) {}

  /// Reports everything that keeps the function from being lowered.
  LogicalResult check();
  void lower(OpBuilder &builder);

private:
  void lowerInputs(NetworkBuilder &network);
  void lowerOp(NetworkBuilder &network, Operation *op);
  void lowerOutputs(NetworkBuilder &network);

  func::FuncOp func;
};

struct NNToNeuro : public neuro::impl::NNToNeuroPassBase<NNToNeuro> {
  void runOnOperation() override {
    SmallVector<func::FuncOp> functions(getOperation().getOps<func::FuncOp>());
    bool failed = false;
    for (func::FuncOp func : functions)
      failed |= FunctionLowering(func).check().failed();
    if (failed)
      return signalPassFailure();
    for (func::FuncOp func : functions) {
      OpBuilder builder(func);
      FunctionLowering(func).lower(builder);
      func.erase();
    }
  }
};

} // namespace

//===----------------------------------------------------------------------===//
// Legality
//===----------------------------------------------------------------------===//

static bool hasReadableConstants(Operation *op) {
  for (NamedAttribute attr : op->getAttrs())
    if (auto elements = dyn_cast<ElementsAttr>(attr.getValue()))
      if (!readConstant<double>(elements))
        return false;
  return true;
}

static LogicalResult checkOp(Operation *op) {
  if (isa<func::ReturnOp, nn::ReshapeOp>(op))
    return success();
  if (!isa<nn::LinearOp, nn::Conv2dOp, nn::LayerNormOp, nn::RMSNormOp,
           nn::ActivationOp, nn::EmbeddingOp, nn::PositionOp, nn::AttentionOp,
           nn::AddOp, nn::MulOp, nn::AffineOp>(op))
    return op->emitOpError("has no form as spiking populations").attachNote()
           << "nn-to-stream turns time-mixing operations into streams; other "
              "operations must be rewritten before";
  if (!op->getAttrOfType<nn::QuantAttr>(nn::kResultQuantAttr))
    return op->emitOpError("is not in quantised form: it has no 'quant'")
               .attachNote()
           << "run nn-quantise with calibration data first";
  if (!hasReadableConstants(op))
    return op->emitOpError("has a constant whose values are absent")
               .attachNote()
           << "the file was printed without its weights; print it with them";
  auto missing = [&](StringRef what) -> LogicalResult {
    return op->emitOpError("is not in quantised form: it has no '")
               .append(what, "'")
               .attachNote()
           << "run nn-quantise with calibration data first";
  };
  bool isLinear = isa<nn::LinearOp, nn::Conv2dOp>(op);
  for (const char *name : {"weight_q", "weight_scale"})
    if (isLinear && !op->getAttr(name))
      return missing(name);
  for (const char *name : {"table_q", "table_scale"})
    if (isa<nn::EmbeddingOp, nn::PositionOp>(op) && !op->getAttr(name))
      return missing(name);
  if (isa<nn::LayerNormOp, nn::RMSNormOp>(op) && !op->getAttr("center_quant"))
    return missing("center_quant");
  if (auto attention = dyn_cast<nn::AttentionOp>(op)) {
    for (const char *name : {"query_quant", "key_scale", "value_scale"})
      if (!op->getAttr(name))
        return missing(name);
    if (attention.getScore() == nn::ScoreKind::relu &&
        !attention.getWeightQuant())
      return missing("weight_quant");
    if (!attention.getSlots() || *attention.getSlots() < 1)
      return op->emitOpError("does not say how many key-value slots it has")
                 .attachNote()
             << "run nn-to-stream first";
  }
  if (std::string why = nn::whyNotInIntegers(op); !why.empty())
    return op->emitOpError(why).attachNote()
           << "split the layer, or export the model smaller";
  return success();
}

LogicalResult FunctionLowering::check() {
  bool failed = false;
  if (!func->hasAttr(nn::kStreamAttr)) {
    func.emitOpError("is not in stream form").attachNote()
        << "run nn-to-stream, then nn-quantise, before nn-to-neuro";
    return failure();
  }
  if (!llvm::hasSingleElement(func.getBody())) {
    func.emitOpError("must have one block");
    return failure();
  }
  for (BlockArgument arg : func.getArguments()) {
    unsigned i = arg.getArgNumber();
    auto type = dyn_cast<RankedTensorType>(arg.getType());
    if (!type || !func.getArgAttrOfType<StringAttr>(i, nn::kNameAttr) ||
        !func.getArgAttr(i, nn::kShapeAttr)) {
      func.emitOpError("argument #")
          << i << " is not a stream with nn.name and nn.shape";
      failed = true;
      continue;
    }
    if (type.getElementType().isF32()) {
      if (!func.getArgAttrOfType<nn::QuantAttr>(i, nn::kQuantAttr)) {
        func.emitOpError("argument #")
            << i << " has no nn.quant; run nn-quantise first";
        failed = true;
      }
      continue;
    }
    for (Operation *user : arg.getUsers())
      if (!isa<nn::EmbeddingOp>(user)) {
        user->emitOpError("takes token ids; only nn.embedding may");
        failed = true;
      }
  }
  for (Operation &op : func.getBody().front())
    failed |= checkOp(&op).failed();
  return success(!failed);
}

//===----------------------------------------------------------------------===//
// Lowering
//===----------------------------------------------------------------------===//

static Location nameLoc(Builder &builder, StringRef name) {
  return NameLoc::get(builder.getStringAttr(name));
}

void FunctionLowering::lowerInputs(NetworkBuilder &network) {
  OpBuilder &builder = network.getBuilder();
  MLIRContext *context = builder.getContext();
  for (BlockArgument arg : func.getArguments()) {
    unsigned i = arg.getArgNumber();
    auto name = func.getArgAttrOfType<StringAttr>(i, nn::kNameAttr);
    auto shape = func.getArgAttrOfType<DenseI64ArrayAttr>(i, nn::kShapeAttr);
    auto axis = func.getArgAttrOfType<IntegerAttr>(i, nn::kTimeAxisAttr);
    auto element = func.getArgAttrOfType<TypeAttr>(i, nn::kElementTypeAttr);
    bool isFloat =
        cast<RankedTensorType>(arg.getType()).getElementType().isF32();
    int64_t count = 1, limit = 1;
    double scale = 1.0;
    if (isFloat) {
      auto quant = func.getArgAttrOfType<nn::QuantAttr>(i, nn::kQuantAttr);
      count = featureCount(arg);
      limit = quant.getLimit();
      scale = quant.getScale();
    } else {
      for (Operation *user : arg.getUsers())
        count = std::max(
            count,
            cast<nn::EmbeddingOp>(user).getTable().getShapedType().getDimSize(
                0));
    }
    auto input = InputOp::create(
        builder, nameLoc(builder, name.getValue()),
        SpikesType::get(context, count, payloadBits(limit)), name.getValue(),
        isFloat ? PortKind::graded : PortKind::one_hot, shape.asArrayRef(),
        axis ? axis.getInt() : 1, llvm::APFloat(scale), limit,
        element ? element
                : TypeAttr::get(
                      cast<RankedTensorType>(arg.getType()).getElementType()),
        /*phase=*/IntegerAttr());
    network.setStream(arg, {input.getSpikes(), scale, limit, 0});
  }
}

// Static synapses onto the dendrites in which `value` is added up.
static Feed feedOf(Value value, Stream source, Attribute weights) {
  Feed feed;
  feed.source = source;
  feed.weights = weights;
  feed.units = nn::accumulatorUnits(value);
  feed.channels = nn::channelsOf(value);
  if (feed.channels <= 1)
    return feed;
  // The neurons take turns by channel.
  auto renumber = [&](std::vector<double> &values) {
    if (values.size() <= 1)
      return;
    std::vector<double> result(values.size());
    for (size_t i = 0; i < values.size(); ++i)
      result[channelsLastIndex(i, values.size(), feed.channels)] = values[i];
    values = std::move(result);
  };
  renumber(feed.units.unit);
  renumber(feed.units.bias);
  return feed;
}

// The columns of a matrix, in the order in which its source is numbered.
static ElementsAttr renumberColumns(OpBuilder &builder, ElementsAttr weights,
                                    int64_t channels) {
  if (channels <= 1)
    return weights;
  std::vector<int8_t> values = *readConstant<int8_t>(weights);
  int64_t rows = weights.getShapedType().getDimSize(0);
  int64_t columns = weights.getShapedType().getDimSize(1);
  std::vector<int8_t> result(values.size());
  for (int64_t i = 0; i < columns; ++i) {
    int64_t to = channelsLastIndex(i, columns, channels);
    for (int64_t r = 0; r < rows; ++r)
      result[r * columns + to] = values[r * columns + i];
  }
  return makeConstant<int8_t>(builder.getContext(), result, {rows, columns},
                              "weights");
}

// [rows, columns] -> [columns, padded rows].
static ElementsAttr transposeTable(OpBuilder &builder, ElementsAttr table,
                                   int64_t rows) {
  std::vector<int8_t> values = *readConstant<int8_t>(table);
  int64_t have = table.getShapedType().getDimSize(0);
  int64_t columns = table.getShapedType().getDimSize(1);
  std::vector<int8_t> result(columns * rows, 0);
  for (int64_t r = 0; r < have; ++r)
    for (int64_t c = 0; c < columns; ++c)
      result[c * rows + r] = values[r * columns + c];
  return makeConstant<int8_t>(builder.getContext(), result, {columns, rows},
                              "table");
}

void FunctionLowering::lowerOp(NetworkBuilder &network, Operation *op) {
  OpBuilder &builder = network.getBuilder();
  auto pend = [&](Stream source, Attribute weights) {
    Value result = op->getResult(0);
    network.setFeed(result, feedOf(result, source, weights));
    if (!nn::isFused(result))
      network.stream(result);
  };
  llvm::TypeSwitch<Operation *>(op)
      .Case([&](nn::LinearOp linear) {
        Stream source = network.stream(linear.getInput());
        pend(source,
             renumberColumns(builder, *linear.getWeightQ(), source.channels));
      })
      .Case([&](nn::Conv2dOp conv) {
        auto in = cast<RankedTensorType>(conv.getInput().getType()).getShape();
        auto out = cast<RankedTensorType>(conv.getType()).getShape();
        auto weights = Conv2dAttr::get(builder.getContext(), *conv.getWeightQ(),
                                       in.take_back(3), out.take_back(3),
                                       conv.getStrides(), conv.getPads());
        pend(network.channelsLast(conv.getInput(), in[in.size() - 3]), weights);
      })
      .Case([&](nn::EmbeddingOp embedding) {
        Stream ids = network.stream(embedding.getIds());
        int64_t rows = cast<SpikesType>(ids.spikes.getType()).getCount();
        pend(ids, transposeTable(builder, *embedding.getTableQ(), rows));
      })
      .Case([&](nn::PositionOp position) {
        int64_t rows = position.getTable().getShapedType().getDimSize(0);
        pend(network.ring(rows),
             transposeTable(builder, *position.getTableQ(), rows));
      })
      .Case([&](nn::AffineOp affine) {
        Feed feed = network.rowMajorFeed(affine.getInput());
        pend(feed.source, feed.weights);
      })
      .Case([&](nn::ReshapeOp reshape) {
        network.setStream(reshape.getResult(),
                          network.stream(reshape.getInput()));
      })
      .Case([&](nn::ActivationOp act) { lowerActivation(network, act); })
      .Case([&](nn::AddOp add) { lowerAdd(network, add); })
      .Case([&](nn::MulOp mul) { lowerMul(network, mul); })
      .Case([&](nn::AttentionOp attention) {
        lowerAttention(network, attention);
      })
      .Case<nn::LayerNormOp, nn::RMSNormOp>(
          [&](Operation *norm) { lowerNorm(network, norm); });
}

void FunctionLowering::lowerOutputs(NetworkBuilder &network) {
  OpBuilder &builder = network.getBuilder();
  Operation *terminator = func.getBody().front().getTerminator();
  for (auto [i, value] : llvm::enumerate(terminator->getOperands())) {
    auto name = func.getResultAttrOfType<StringAttr>(i, nn::kNameAttr);
    auto shape = func.getResultAttrOfType<DenseI64ArrayAttr>(i, nn::kShapeAttr);
    auto axis = func.getResultAttrOfType<IntegerAttr>(i, nn::kTimeAxisAttr);
    std::string text =
        name ? name.getValue().str() : "output" + std::to_string(i);
    Stream stream = network.rowMajor(value);
    SmallVector<int64_t> dims;
    if (shape)
      dims.assign(shape.asArrayRef().begin(), shape.asArrayRef().end());
    else
      dims = {1, featureCount(value)};
    OutputOp::create(builder, nameLoc(builder, text), text, stream.spikes, dims,
                     axis ? axis.getInt() : -1, ArrayRef<double>{stream.scale},
                     DenseF64ArrayAttr(), stream.emit);
  }
}

void FunctionLowering::lower(OpBuilder &builder) {
  int64_t tokens = 0;
  if (auto dict = func->getAttrOfType<DictionaryAttr>(nn::kStreamAttr))
    if (auto attr = dict.getAs<IntegerAttr>("tokens"))
      tokens = attr.getInt();
  // Only a window forgets: everything else has room for so many tokens.
  bool bounded = false;
  for (Operation &op : func.getBody().front()) {
    if (auto attention = dyn_cast<nn::AttentionOp>(op))
      bounded |= attention.getWindow() == 0;
    bounded |= isa<nn::PositionOp>(op);
  }
  auto networkOp =
      NetworkOp::create(builder, func.getLoc(), func.getSymNameAttr(),
                        builder.getI64IntegerAttr(bounded ? tokens : 0),
                        TimingAttr(), IntegerAttr(), IntegerAttr());
  builder.createBlock(&networkOp.getBody());
  NetworkBuilder network(builder, networkOp);
  lowerInputs(network);
  // The location says from here on what the populations compute.
  for (Operation &op : func.getBody().front())
    op.setLoc(FusedLoc::get({op.getLoc()},
                            builder.getStringAttr(op.getName().getStringRef()),
                            builder.getContext()));
  for (Operation &op : func.getBody().front())
    lowerOp(network, &op);
  lowerOutputs(network);
  for (auto [number, op] : llvm::enumerate(func.getBody().front()))
    for (Value result : op.getResults())
      network.noteHeld(result, int64_t(number));
}
