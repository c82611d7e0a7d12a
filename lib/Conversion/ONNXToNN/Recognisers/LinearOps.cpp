//===- LinearOps.cpp - matrix products and convolutions -------------------===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Convert.h"
#include <algorithm>

using namespace neuro::onnxnn;

static const char *kMixes = "attention is the only way tokens may meet";

static Tensor transposed(const Tensor &t) {
  return apply(transposeMap(t.shape, {1, 0}), t);
}

Value neuro::onnxnn::linearView(NodeContext &c, const Value &x,
                                const Tensor &weight) {
  int64_t in = weight.shape[0], out = weight.shape[1];
  if (!isFeatures(x) || !weight.isFloat()) {
    c.unsupported("a constant matrix multiplies something other than features",
                  "x W with x [batch, tokens, features]");
    return {};
  }
  if (x.viewShape.empty() || x.viewShape.back() != in) {
    c.invalid("shapes " + text(x.viewShape) + " and " + text(weight.shape) +
              " do not multiply");
    return {};
  }
  if (out == 0) {
    Shape shape = x.viewShape;
    shape.back() = 0;
    return Value::of(Tensor::make(std::move(shape), std::vector<float>()));
  }
  Rows rows;
  if (!rowsOf(x, in, rows)) {
    c.unsupported("a constant matrix mixes tokens", kMixes);
    return {};
  }
  // Several rows of a token make a block-diagonal matrix.
  int64_t features = x.stream->features;
  int64_t groups = int64_t(rows.groups.size()), total = groups * out;
  if (features && total > kMaxElements / features) {
    c.unsupported("the matrix of all rows of a token is too large");
    return {};
  }
  std::vector<float> full(total * features, 0.0f);
  // In tiles, as one side is read along its rows and the other across.
  constexpr int64_t kTile = 32;
  const float *from = weight.floats->data();
  for (int64_t g = 0; g < groups; ++g)
    for (int64_t firstK = 0; firstK < in; firstK += kTile)
      for (int64_t firstO = 0; firstO < out; firstO += kTile)
        for (int64_t o = firstO; o < std::min(out, firstO + kTile); ++o) {
          float *to = full.data() + (g * out + o) * features;
          const int64_t *channels = rows.groups[g].data();
          for (int64_t k = firstK; k < std::min(in, firstK + kTile); ++k)
            to[channels[k]] += from[k * out + o];
        }
  Stream *s = c.graph.linear(x.stream, std::move(full), total, {}, {c.number});
  Shape shape = x.viewShape;
  shape.back() = out;
  return Value::view(s, shape, rows.index(out));
}

/// The view with axes of size 1 in front, as broadcasting adds them.
static Value withRank(Value view, size_t rank) {
  while (view.kind == Value::View && view.viewShape.size() < rank)
    view.viewShape.insert(view.viewShape.begin(), 1);
  return view;
}

static void matMulOp(NodeContext &c) {
  const Value &a = c.in(0), &b = c.in(1);
  if (a.kind == Value::View && b.kind == Value::View)
    return c.set(attentionProduct(c, a, b));
  if (a.shape().empty() || b.shape().empty())
    return c.invalid("an operand is a scalar");
  Tensor weight = b.kind == Value::Constant ? b.constant : a.constant;
  bool vector = weight.shape.size() == 1;
  size_t rank = std::max(a.shape().size(), b.shape().size());
  while (weight.shape.size() > 2 && weight.shape[0] == 1)
    weight.shape.erase(weight.shape.begin());
  if (weight.shape.size() > 2)
    return c.unsupported("a stack of different constant matrices",
                         "one constant matrix [in, out]");
  if (b.kind == Value::Constant) {
    if (vector)
      weight.shape.push_back(1);
    Value y = linearView(c, a, weight);
    if (!c.reported() && vector)
      y.viewShape.pop_back();
    return c.set(vector ? y : withRank(y, rank));
  }
  // W x = (x^T W^T)^T
  if (vector || b.shape().size() < 2)
    return c.unsupported("a constant vector multiplies features",
                         "one constant matrix [in, out] on the right");
  Value y =
      linearView(c, moved(b, lastTwoSwapped(b.viewShape)), transposed(weight));
  if (!c.reported())
    c.set(withRank(moved(y, lastTwoSwapped(y.viewShape)), rank));
}

static void gemmOp(NodeContext &c) {
  double alpha = c.attr("alpha", 1.0), beta = c.attr("beta", 1.0);
  Value a = c.in(0);
  const Tensor *b = c.constant(1);
  if (!b)
    return c.unsupported("both matrices are computed by the network",
                         "a constant weight");
  if (a.shape().size() != 2 || b->shape.size() != 2 || !b->isFloat())
    return c.invalid("the operands are not matrices of floats");
  if (c.attr("transA", int64_t(0)))
    a = moved(a, transposeMap(a.shape(), {1, 0}));
  Tensor weight = c.attr("transB", int64_t(0)) ? transposed(*b) : *b;
  auto scaled = [&](const Tensor &t, double by) {
    if (by == 1 || !t.isFloat())
      return t;
    return mapFloats(t, [by](auto v) { return decltype(v)(v * by); });
  };
  if (a.kind == Value::Constant)
    return c.unsupported("a product of constants by Gemm", "MatMul and Add");
  Value y = linearView(c, a, scaled(weight, alpha));
  if (c.reported() || !c.has(2) || beta == 0)
    return c.set(y);
  if (const Tensor *bias = c.constant(2)) {
    Shape shape;
    if (!broadcast(y.viewShape, bias->shape, shape) || shape != y.viewShape)
      return c.invalid("the addend " + text(bias->shape) + " does not fit " +
                       text(y.viewShape));
    return c.set(withConstant(c, y, scaled(*bias, beta), false));
  }
  if (beta != 1)
    return c.unsupported("a computed addend with a factor beta");
  c.set(add(c, y, c.in(2)));
}

namespace {
/// What convolution and pooling have in common.
struct Filter {
  int64_t kernel[2], strides[2], dilations[2], pads[4];
};
} // namespace

static bool readFilter(NodeContext &c, const Shape &image, const Shape &kernel,
                       Filter &f) {
  auto list = [&](const char *name, int64_t *out, size_t count,
                  int64_t otherwise, int64_t least) {
    std::fill_n(out, count, otherwise);
    const std::vector<int64_t> *given = c.attrInts(name);
    if (!given)
      return true;
    if (given->size() != count ||
        std::any_of(given->begin(), given->end(),
                    [&](int64_t v) { return v < least || v > 65536; })) {
      c.invalid(std::string("'") + name + "' is invalid");
      return false;
    }
    std::copy(given->begin(), given->end(), out);
    return true;
  };
  std::copy(kernel.begin(), kernel.end(), f.kernel);
  if (!list("strides", f.strides, 2, 1, 1) ||
      !list("dilations", f.dilations, 2, 1, 1) ||
      !list("pads", f.pads, 4, 0, 0))
    return false;
  std::string automatic = c.attr("auto_pad", "NOTSET");
  if (automatic != "NOTSET" && automatic != "VALID" &&
      automatic != "SAME_UPPER" && automatic != "SAME_LOWER") {
    c.invalid("attribute 'auto_pad' = \"" + automatic + "\" is unknown");
    return false;
  }
  for (int i = 0; i < 2; ++i) {
    int64_t reach = (f.kernel[i] - 1) * f.dilations[i] + 1;
    int64_t size = image[i + 1];
    if (automatic == "VALID") {
      f.pads[i] = f.pads[i + 2] = 0;
    } else if (automatic == "SAME_UPPER" || automatic == "SAME_LOWER") {
      int64_t out = (size + f.strides[i] - 1) / f.strides[i];
      int64_t pad =
          std::max<int64_t>(0, (out - 1) * f.strides[i] + reach - size);
      bool upper = automatic == "SAME_UPPER";
      f.pads[i] = upper ? pad / 2 : pad - pad / 2;
      f.pads[i + 2] = pad - f.pads[i];
    }
    if (f.kernel[i] < 1 || size + f.pads[i] + f.pads[i + 2] < reach) {
      c.invalid("the filter is larger than the padded image");
      return false;
    }
  }
  return true;
}

/// Emits a convolution with a dense [O, C, kh, kw] weight.
static void convolve(NodeContext &c, const Value &x, const Filter &f,
                     const std::vector<float> &weight, int64_t out,
                     std::vector<float> bias) {
  Shape image(x.viewShape.begin() + 1, x.viewShape.end());
  Rows rows;
  if (!rowsOf(x, elements(image), rows))
    return c.unsupported("the convolution runs over tokens", kMixes);
  if (rows.groups.size() != 1)
    return c.unsupported("one token holds several images",
                         "one image [channels, height, width] per token");
  // Dilated filters are written out with zeros between.
  int64_t height = (f.kernel[0] - 1) * f.dilations[0] + 1;
  int64_t width = (f.kernel[1] - 1) * f.dilations[1] + 1;
  int64_t channels = image[0];
  if (out * channels > kMaxElements / (height * width))
    return c.unsupported("the filter is too large");
  std::vector<float> dense(out * channels * height * width, 0.0f);
  for (int64_t oc = 0; oc < out * channels; ++oc)
    for (int64_t y = 0; y < f.kernel[0]; ++y)
      for (int64_t z = 0; z < f.kernel[1]; ++z)
        dense[(oc * height + y * f.dilations[0]) * width + z * f.dilations[1]] =
            weight[(oc * f.kernel[0] + y) * f.kernel[1] + z];
  int64_t rowsOut =
      (image[1] + f.pads[0] + f.pads[2] - height) / f.strides[0] + 1;
  int64_t columnsOut =
      (image[2] + f.pads[1] + f.pads[3] - width) / f.strides[1] + 1;
  int64_t features = out * rowsOut * columnsOut;
  Stream *s = c.graph.create(StreamKind::Conv,
                             {c.graph.select(x.stream, rows.groups[0])},
                             features, {c.number});
  s->featureShape = {out, rowsOut, columnsOut};
  s->image = image;
  s->weight = std::make_shared<std::vector<float>>(std::move(dense));
  s->weightShape = {out, channels, height, width};
  s->bias = std::move(bias);
  s->strides = {f.strides[0], f.strides[1]};
  s->pads = {f.pads[0], f.pads[1], f.pads[2], f.pads[3]};
  c.set(Value::view(s, {x.viewShape[0], out, rowsOut, columnsOut},
                    rows.index(features)));
}

static void convOp(NodeContext &c) {
  const Value &x = c.in(0);
  const Tensor *weight = c.constant(1);
  if (!weight || !weight->isFloat() || (c.has(2) && !c.constant(2)))
    return c.unsupported("its weight or bias is not constant");
  if (!isFeatures(x))
    return c.unsupported("it is not applied to features");
  if (x.viewShape.size() != 4 || weight->shape.size() != 4)
    return c.unsupported("it is not two-dimensional: its input is " +
                             text(x.viewShape),
                         "a two-dimensional convolution of each token's image");
  Shape image(x.viewShape.begin() + 1, x.viewShape.end());
  Shape kernel(weight->shape.begin() + 2, weight->shape.end());
  const std::vector<int64_t> *given = c.attrInts("kernel_shape");
  if (given && *given != kernel)
    return c.invalid("attribute 'kernel_shape' " + text(*given) +
                     " is not that of the weight " + text(weight->shape));
  int64_t out = weight->shape[0], groups = c.attr("group", int64_t(1));
  if (groups < 1 || groups > out || out % groups || image[0] % groups ||
      weight->shape[1] * groups != image[0])
    return c.invalid("weight " + text(weight->shape) + " in " +
                     std::to_string(groups) + " groups does not fit input " +
                     text(x.viewShape));
  Filter filter;
  if (!readFilter(c, image, kernel, filter))
    return;
  // Grouped convolutions are written out with zeros.
  int64_t area = kernel[0] * kernel[1], own = weight->shape[1];
  if (out * image[0] > kMaxElements / std::max<int64_t>(area, 1))
    return c.unsupported("the filter is too large");
  std::vector<float> dense(out * image[0] * area, 0.0f);
  for (int64_t o = 0; o < out; ++o)
    std::copy_n(weight->floats->begin() + o * own * area, own * area,
                dense.begin() +
                    (o * image[0] + o / (out / groups) * own) * area);
  std::vector<float> bias;
  if (const Tensor *b = c.constant(2)) {
    if (b->size() != out || !b->isFloat())
      return c.invalid("the bias does not have one number per output channel");
    bias = *b->floats;
  }
  convolve(c, x, filter, dense, out, std::move(bias));
}

static void averagePoolOp(NodeContext &c) {
  const Value &x = c.in(0);
  if (!isFeatures(x) || x.viewShape.size() != 4)
    return c.unsupported("it is not applied to an image of each token");
  if (c.node.op == "GlobalAveragePool")
    return c.set(reduceView(c, x, {2, 3}, true, "Mean"));
  const std::vector<int64_t> *kernel = c.attrInts("kernel_shape");
  Filter f;
  if (!kernel || kernel->size() != 2)
    return c.invalid("'kernel_shape' is not two numbers");
  Shape image(x.viewShape.begin() + 1, x.viewShape.end());
  if (!readFilter(c, image, *kernel, f))
    return;
  bool padded = f.pads[0] || f.pads[1] || f.pads[2] || f.pads[3];
  bool whole = c.attr("count_include_pad", int64_t(0)) != 0;
  if (c.attr("ceil_mode", int64_t(0)) || (padded && !whole))
    return c.unsupported("pixels at the border are averaged differently",
                         "no padding and ceil_mode 0");
  int64_t channels = image[0], area = f.kernel[0] * f.kernel[1];
  if (channels * channels > kMaxElements / area)
    return c.unsupported("the filter is too large");
  std::vector<float> weight(channels * channels * area, 0.0f);
  for (int64_t channel = 0; channel < channels; ++channel)
    std::fill_n(weight.begin() + (channel * channels + channel) * area, area,
                1.0f / float(area));
  convolve(c, x, f, weight, channels, {});
}

void neuro::onnxnn::addLinearOps(OperatorTable &t) {
  t.onOp("MatMul", {1, 9, 13}, 2, matMulOp,
         "one constant matrix, or queries and keys, weights and values");
  t.onOp("Gemm", {7, 9, 11, 13}, 2, gemmOp, "constant weight");
  t.onOp("Conv", {1, 11, 22}, 2, convOp, "two-dimensional, constant weight");
  for (const char *op : {"AveragePool", "GlobalAveragePool"})
    t.onOp(op, {1, 7, 10, 11, 19, 22}, 1, averagePoolOp,
           "two-dimensional, without padding");
  const char *pool = "a convolution with stride 2, or AveragePool";
  t.never("MaxPool", "the largest of several values has no neuron program here",
          pool);
  t.never("GlobalMaxPool",
          "the largest of several values has no neuron program here", pool);
  t.never("ConvTranspose", "transposed convolution is not supported", "Conv");
  t.never("Einsum", "Einsum is computed from constants only",
          "the same product as Transpose, Reshape and MatMul");
  for (const char *op : {"LSTM", "GRU", "RNN"})
    t.never(op, "recurrent cells are not supported yet",
            "causal self-attention");
  for (const char *op : {"If", "Loop", "Scan"})
    t.never(op, "control flow is not supported",
            "torch.onnx.export of a model without data-dependent branches");
  for (const char *op :
       {"QuantizeLinear", "DequantizeLinear", "QLinearMatMul", "QLinearConv",
        "MatMulInteger", "ConvInteger", "DynamicQuantizeLinear"})
    t.never(op,
            "the model is already quantised; this compiler quantises by "
            "its own rules",
            "the float model");
  for (const char *op : {"ArgMax", "ArgMin", "TopK", "NonZero", "Multinomial",
                         "RandomNormal", "RandomUniform"})
    t.never(op,
            "it makes numbers from the order of values or by chance, which "
            "the host does better",
            "logits as the graph's output");
  for (const char *op : {"ScatterElements", "ScatterND", "GatherND",
                         "GatherElements", "Pad", "ReverseSequence",
                         "DepthToSpace", "SpaceToDepth", "Resize", "Upsample"})
    t.never(op, "values are placed by index", "Gather, Slice, Concat, Reshape");
}
