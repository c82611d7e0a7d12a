//===- NeuroConvolutions.cpp - the synapses of convolutions ---------------===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "SynapseData.h"

#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace neuro;
using namespace neuro::detail;

namespace {

// One of the two axes of an image.
struct Axis {
  int64_t input, output, kernel, stride, dilation, before, after;
};

// A convolution of one axis has a second one of length 1.
struct Convolution {
  int64_t channels, outputs, groups;
  Axis y, x;

  void visit(const Numbers &kernel, int64_t source,
             function_ref<void(const Synapse &)> visit) const;
};

} // namespace

// Dimensions below this can be multiplied in pairs.
static constexpr int64_t kMaxDimension = (int64_t(1) << 31) - 1;

static Convolution convolutionOf(Conv2dAttr conv) {
  ArrayRef<int64_t> in = conv.getInput(), out = conv.getOutput(),
                    kernel = conv.getKernel().getShapedType().getShape(),
                    strides = conv.getStrides(), pads = conv.getPads(),
                    dilations = conv.getDilations();
  auto axis = [&](size_t i) {
    return Axis{in[1 + i],
                out[1 + i],
                kernel[2 + i],
                strides[i],
                dilations.empty() ? 1 : dilations[i],
                pads[i],
                pads[2 + i]};
  };
  return {in[0], out[0], conv.getGroups(), axis(0), axis(1)};
}

static Convolution convolutionOf(Conv1dAttr conv) {
  return {conv.getInput()[0],
          conv.getOutput()[0],
          conv.getGroups(),
          {1, 1, 1, 1, 1, 0, 0},
          {conv.getInput()[1], conv.getOutput()[1],
           conv.getKernel().getShapedType().getDimSize(2), conv.getStride(),
           conv.getDilation(), conv.getPads()[0], conv.getPads()[1]}};
}

// The places of the output that an input reaches over each tap of the kernel.
static void forEachTap(const Axis &axis, int64_t at,
                       function_ref<void(int64_t tap, int64_t output)> visit) {
  at += axis.before;
  for (int64_t tap = 0; tap < axis.kernel && tap * axis.dilation <= at; ++tap) {
    int64_t start = at - tap * axis.dilation;
    if (start % axis.stride == 0 && start / axis.stride < axis.output)
      visit(tap, start / axis.stride);
  }
}

void Convolution::visit(const Numbers &kernel, int64_t source,
                        function_ref<void(const Synapse &)> visit) const {
  int64_t channel = source % channels, pixel = source / channels;
  int64_t inGroup = channels / groups, outGroup = outputs / groups;
  int64_t first = channel / inGroup * outGroup;
  forEachTap(y, pixel / x.input, [&](int64_t ky, int64_t row) {
    forEachTap(x, pixel % x.input, [&](int64_t kx, int64_t column) {
      for (int64_t o = first; o < first + outGroup; ++o)
        visit({(row * x.output + column) * outputs + o,
               kernel[((o * inGroup + channel % inGroup) * y.kernel + ky) *
                          x.kernel +
                      kx]});
    });
  });
}

static LogicalResult verifySizes(EmitError emitError, ArrayRef<int64_t> input,
                                 ArrayRef<int64_t> output,
                                 ArrayRef<int64_t> strides,
                                 ArrayRef<int64_t> pads,
                                 ArrayRef<int64_t> dilations, int64_t groups) {
  for (int64_t v : llvm::concat<const int64_t>(input, output, strides))
    if (v <= 0 || v > kMaxDimension)
      return emitError() << "dimensions and strides must be positive, got "
                         << v;
  for (int64_t v : dilations)
    if (v <= 0 || v > kMaxDimension)
      return emitError() << "dilations must be positive, got " << v;
  for (int64_t v : pads)
    if (v < 0 || v > kMaxDimension)
      return emitError() << "pads must not be negative, got " << v;
  if (groups <= 0 || input[0] % groups || output[0] % groups)
    return emitError() << "groups must divide " << input[0] << " input and "
                       << output[0] << " output channels, got " << groups;
  return success();
}

static LogicalResult verifyAxis(EmitError emitError, StringRef name,
                                const Axis &axis) {
  int64_t padded = axis.input + axis.before + axis.after;
  int64_t extent = (axis.kernel - 1) * axis.dilation + 1;
  int64_t want = padded < extent ? 0 : (padded - extent) / axis.stride + 1;
  if (want == axis.output)
    return success();
  return emitError() << "output " << name << " must be " << want << ", got "
                     << axis.output;
}

static LogicalResult verifyKernel(EmitError emitError, ElementsAttr kernel,
                                  int64_t channels, int64_t outputs,
                                  int64_t groups) {
  auto type = kernel.getShapedType();
  if (type.getDimSize(0) == outputs && type.getDimSize(1) == channels / groups)
    return success();
  InFlightDiagnostic diag = emitError()
                            << "kernel " << type << " does not fit " << channels
                            << " input and " << outputs << " output channels";
  if (groups > 1)
    diag << " in " << groups << " groups";
  return diag;
}

static LogicalResult verifyNeurons(EmitError emitError, SynapseShape shape,
                                   ArrayRef<int64_t> input,
                                   ArrayRef<int64_t> output) {
  auto product = [](ArrayRef<int64_t> dims) {
    int64_t all = 1;
    for (int64_t dim : dims)
      if (llvm::MulOverflow(all, dim, all))
        return int64_t(-1);
    return all;
  };
  int64_t sources = product(input), targets = product(output);
  if (sources == shape.sources && targets == shape.targets)
    return success();
  return misfit(emitError, shape,
                Twine(sources) + " source and " + Twine(targets) +
                    " target neurons");
}

// Taps for each target.
static int64_t countTaps(ElementsAttr kernel, int64_t outputs,
                         SynapseShape shape) {
  return shape.targets * (kernel.getNumElements() / outputs);
}

//===----------------------------------------------------------------------===//
// Two dimensions
//===----------------------------------------------------------------------===//

LogicalResult Conv2dAttr::verify(EmitError emitError, ElementsAttr kernel,
                                 ArrayRef<int64_t> input,
                                 ArrayRef<int64_t> output,
                                 ArrayRef<int64_t> strides,
                                 ArrayRef<int64_t> pads,
                                 ArrayRef<int64_t> dilations, int64_t groups) {
  auto type = kernel.getShapedType();
  if (failed(verifyTensor(emitError, "kernel", kernel, 8, 4)))
    return failure();
  if (input.size() != 3 || output.size() != 3 || strides.size() != 2 ||
      pads.size() != 4 || (!dilations.empty() && dilations.size() != 2))
    return emitError() << "needs 3 input and 3 output dimensions, 2 strides, "
                          "4 pads and, if not 1, 2 dilations";
  if (failed(verifySizes(emitError, input, output, strides, pads, dilations,
                         groups)) ||
      failed(verifyKernel(emitError, kernel, input[0], output[0], groups)))
    return failure();
  LogicalResult ok = success();
  for (size_t i = 0; i < 2; ++i)
    if (failed(verifyAxis(emitError, i ? "width" : "height",
                          {input[1 + i], output[1 + i],
                           type.getDimSize(unsigned(2 + i)), strides[i],
                           dilations.empty() ? 1 : dilations[i], pads[i],
                           pads[2 + i]})))
      ok = failure();
  return ok;
}

LogicalResult Conv2dAttr::verifyShape(SynapseShape shape,
                                      EmitError emitError) const {
  return verifyNeurons(emitError, shape, getInput(), getOutput());
}

bool Conv2dAttr::isReadable() const { return Numbers(getKernel()).areThere(); }

int64_t Conv2dAttr::countSynapses(SynapseShape shape) const {
  return countTaps(getKernel(), getOutput()[0], shape);
}

void Conv2dAttr::visit(int64_t source, SynapseShape,
                       function_ref<void(const Synapse &)> visit) const {
  convolutionOf(*this).visit(Numbers(getKernel()), source, visit);
}

StringRef Conv2dAttr::getKindName() const { return "conv"; }

//===----------------------------------------------------------------------===//
// One dimension
//===----------------------------------------------------------------------===//

LogicalResult Conv1dAttr::verify(EmitError emitError, ElementsAttr kernel,
                                 ArrayRef<int64_t> input,
                                 ArrayRef<int64_t> output, int64_t stride,
                                 ArrayRef<int64_t> pads, int64_t dilation,
                                 int64_t groups) {
  if (failed(verifyTensor(emitError, "kernel", kernel, 8, 3)))
    return failure();
  if (input.size() != 2 || output.size() != 2 || pads.size() != 2)
    return emitError() << "needs 2 input and 2 output dimensions and 2 pads";
  if (failed(verifySizes(emitError, input, output, stride, pads, dilation,
                         groups)) ||
      failed(verifyKernel(emitError, kernel, input[0], output[0], groups)))
    return failure();
  return verifyAxis(emitError, "length",
                    {input[1], output[1], kernel.getShapedType().getDimSize(2),
                     stride, dilation, pads[0], pads[1]});
}

LogicalResult Conv1dAttr::verifyShape(SynapseShape shape,
                                      EmitError emitError) const {
  return verifyNeurons(emitError, shape, getInput(), getOutput());
}

bool Conv1dAttr::isReadable() const { return Numbers(getKernel()).areThere(); }

int64_t Conv1dAttr::countSynapses(SynapseShape shape) const {
  return countTaps(getKernel(), getOutput()[0], shape);
}

void Conv1dAttr::visit(int64_t source, SynapseShape,
                       function_ref<void(const Synapse &)> visit) const {
  convolutionOf(*this).visit(Numbers(getKernel()), source, visit);
}

StringRef Conv1dAttr::getKindName() const { return "conv1d"; }
