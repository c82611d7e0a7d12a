//===- NeuroSynapses.cpp - reading the weights of projections -------------===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "neuro/Dialect/Neuro/Neuro.h"

#include "mlir/IR/DialectResourceBlobManager.h"

using namespace mlir;
using namespace neuro;

static std::vector<int8_t> readBytes(ElementsAttr elements) {
  std::vector<int8_t> values;
  values.reserve(elements.getNumElements());
  if (auto resource = dyn_cast<DenseResourceElementsAttr>(elements)) {
    if (AsmResourceBlob *blob = resource.getRawHandle().getBlob())
      values.assign(blob->getData().begin(), blob->getData().end());
    // A resource that was elided when printed reads as zeros.
    values.resize(elements.getNumElements(), 0);
    return values;
  }
  if (auto dense = dyn_cast<DenseElementsAttr>(elements))
    for (const APInt &v : dense.getValues<APInt>())
      values.push_back(v.getSExtValue());
  return values;
}

SynapseReader::SynapseReader(ProjectOp project)
    : weights(project.getWeights()),
      preCount(cast<SpikesType>(project.getSource().getType()).getCount()),
      postCount(cast<CurrentType>(project.getCurrent().getType()).getCount()) {
  if (auto conv = dyn_cast<Conv2dAttr>(weights)) {
    dense = readBytes(conv.getKernel());
    kernelShape.assign(conv.getKernel().getShapedType().getShape().begin(),
                       conv.getKernel().getShapedType().getShape().end());
  } else if (auto elements = dyn_cast<ElementsAttr>(weights)) {
    dense = readBytes(elements);
  }
}

void SynapseReader::forEach(int64_t pre,
                            function_ref<void(int64_t, int64_t)> visit) const {
  if (auto one = dyn_cast<OneToOneAttr>(weights)) {
    visit(pre, one.getWeight());
    return;
  }
  if (auto blocks = dyn_cast<BlocksAttr>(weights)) {
    int64_t block = pre / (preCount / blocks.getCount());
    int64_t size = postCount / blocks.getCount();
    for (int64_t j = 0; j < size; ++j)
      visit(block * size + j, blocks.getWeight());
    return;
  }
  if (auto shift = dyn_cast<ShiftAttr>(weights)) {
    int64_t to = (pre + shift.getBy()) % preCount;
    visit(to < 0 ? to + preCount : to, shift.getWeight());
    return;
  }
  if (auto repeat = dyn_cast<RepeatAttr>(weights)) {
    int64_t sources = preCount / repeat.getBlocks();
    int64_t targets = postCount / repeat.getBlocks();
    int64_t base = pre / sources * targets;
    for (int64_t j = pre % sources % repeat.getPeriod(); j < targets;
         j += repeat.getPeriod())
      visit(base + j, repeat.getWeight());
    return;
  }
  if (auto stride = dyn_cast<StrideAttr>(weights)) {
    int64_t sources = preCount / stride.getBlocks();
    int64_t targets = postCount / stride.getBlocks();
    int64_t at = pre % sources - stride.getOffset();
    if (at >= 0 && at % stride.getStep() == 0 &&
        at / stride.getStep() < targets)
      visit(pre / sources * targets + at / stride.getStep(),
            stride.getWeight());
    return;
  }
  auto conv = dyn_cast<Conv2dAttr>(weights);
  if (!conv) {
    for (int64_t post = 0; post < postCount; ++post)
      if (int64_t w = dense[post * preCount + pre])
        visit(post, w);
    return;
  }
  ArrayRef<int64_t> in = conv.getInput(), out = conv.getOutput();
  int64_t kh = kernelShape[2], kw = kernelShape[3];
  int64_t channel = pre % in[0];
  int64_t row = pre / in[0] / in[2] + conv.getPads()[0];
  int64_t column = pre / in[0] % in[2] + conv.getPads()[1];
  int64_t strideY = conv.getStrides()[0], strideX = conv.getStrides()[1];
  // Output rows y with 0 <= row - y * stride < kh.
  auto first = [](int64_t at, int64_t extent, int64_t stride) {
    return at < extent ? 0 : (at - extent) / stride + 1;
  };
  for (int64_t y = first(row, kh, strideY); y < out[1] && y * strideY <= row;
       ++y)
    for (int64_t x = first(column, kw, strideX);
         x < out[2] && x * strideX <= column; ++x) {
      int64_t ky = row - y * strideY, kx = column - x * strideX;
      for (int64_t o = 0; o < out[0]; ++o)
        if (int64_t w = dense[((o * in[0] + channel) * kh + ky) * kw + kx])
          visit((y * out[2] + x) * out[0] + o, w);
    }
}
