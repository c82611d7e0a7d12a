//===- InputShapes.cpp - static shapes for the inputs of a graph ----------===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "InputShapes.h"
#include "Tensor.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/MathExtras.h"
#include <onnx/onnx_pb.h>

using namespace neuro::import;
using llvm::itostr;
using llvm::utostr;

using Dimension = ::onnx::TensorShapeProto_Dimension;

static std::string quoted(llvm::StringRef text) {
  return "'" + text.str() + "'";
}

static std::string shapeText(llvm::ArrayRef<int64_t> dims) {
  std::string text;
  for (int64_t dim : dims)
    text += (text.empty() ? "" : "x") + itostr(dim);
  return text;
}

/// The size that the file itself gives, or -1. Old exporters write 0 for a
/// batch of any size; elsewhere 0 is an axis without elements.
static int64_t fixedSize(const Dimension &dim, int axis) {
  if (!dim.has_dim_value() || dim.dim_value() < 0 ||
      (dim.dim_value() == 0 && axis == 0))
    return -1;
  return dim.dim_value();
}

void InputShapes::readGiven(const std::vector<std::string> &allNames) {
  for (const ShapeBinding &shape : options.shapes) {
    if (!llvm::is_contained(allNames, shape.name)) {
      fail("--shape names " + quoted(shape.name) +
           ", but the model has no such input; its inputs are: " +
           llvm::join(allNames, ", "));
      continue;
    }
    if (!given.try_emplace(shape.name, &shape).second)
      fail("--shape is given twice for input " + quoted(shape.name));
  }
}

/// What `--shape` says of one input, and so of the symbols in its shape.
void InputShapes::bindSymbols(const GraphInput &input) {
  auto it = given.find(input.info->name());
  const auto &proto = input.info->type().tensor_type();
  if (it == given.end() || !proto.has_shape())
    return;
  const ShapeBinding &shape = *it->second;
  int rank = proto.shape().dim_size();
  if (rank != int(shape.dims.size()))
    return fail("--shape gives input " + quoted(shape.name) + " " +
                utostr(shape.dims.size()) + " dimensions, but the model says " +
                itostr(rank));
  for (int i = 0; i < rank; ++i) {
    const Dimension &dim = proto.shape().dim(i);
    int64_t fixed = fixedSize(dim, i), size = shape.dims[i];
    if (fixed >= 0 && fixed != size)
      fail("--shape gives dimension " + itostr(i) + " of input " +
           quoted(shape.name) + " the size " + itostr(size) +
           ", but the model fixes it at " + itostr(fixed));
    if (dim.dim_param().empty())
      continue;
    auto [bound, isNew] = symbols.try_emplace(dim.dim_param(), size);
    if (isNew)
      boundBy[dim.dim_param()] = shape.name;
    else if (bound->second != size)
      fail("--shape gives the dimension " + quoted(dim.dim_param()) + " " +
           itostr(bound->second) + " in input " +
           quoted(boundBy[dim.dim_param()]) + " and " + itostr(size) +
           " in input " + quoted(shape.name));
  }
}

bool InputShapes::isOpen(const GraphInput &input) const {
  const auto &proto = input.info->type().tensor_type();
  if (given.count(input.info->name()))
    return false;
  if (!proto.has_shape())
    return true;
  for (int i = 0; i < proto.shape().dim_size(); ++i)
    if (fixedSize(proto.shape().dim(i), i) < 0 &&
        !symbols.count(proto.shape().dim(i).dim_param()))
      return true;
  return false;
}

/// The shape of one sequence among the samples, with a batch axis of 1; empty
/// if the samples do not have the input, or not with its rank.
std::vector<int64_t> InputShapes::sampleOf(const GraphInput &input) const {
  const auto &proto = input.info->type().tensor_type();
  for (const ShapeBinding &sample : samples) {
    if (sample.name != input.info->name())
      continue;
    std::vector<int64_t> dims = sample.dims;
    size_t rank =
        proto.has_shape() ? size_t(proto.shape().dim_size()) : dims.size();
    if (rank == dims.size() + 1)
      dims.insert(dims.begin(), 1);
    if (dims.empty() || dims.size() != rank)
      return {};
    dims[0] = 1;
    return dims;
  }
  return {};
}

/// The first axis of a sample counts sequences, so it says nothing.
void InputShapes::bindSampledSymbols(const GraphInput &input) {
  std::vector<int64_t> sample = sampleOf(input);
  const auto &shape = input.info->type().tensor_type().shape();
  if (given.count(input.info->name()))
    return;
  for (int i = 1; i < std::min(shape.dim_size(), int(sample.size())); ++i) {
    const std::string &symbol = shape.dim(i).dim_param();
    if (symbol.empty() || fixedSize(shape.dim(i), i) >= 0)
      continue;
    auto [bound, isNew] = symbols.try_emplace(symbol, sample[i]);
    if (isNew)
      boundBy[symbol] = input.info->name();
    else if (bound->second != sample[i])
      fail("the dimension " + quoted(symbol) + " is " + itostr(bound->second) +
           " in input " + quoted(boundBy[symbol]) + ", but " +
           itostr(sample[i]) + " in the calibration's array " +
           quoted(input.info->name()));
  }
}

mlir::Type InputShapes::elementOf(const GraphInput &input) {
  const std::string &name = input.info->name();
  const auto &type = input.info->type();
  mlir::Type element;
  if (type.has_tensor_type())
    element = elementType(type.tensor_type().elem_type(), context);
  if (!element) {
    std::string kind =
        type.has_tensor_type()
            ? "elements of type " + typeName(type.tensor_type().elem_type())
        : type.value_case() == ::onnx::TypeProto::VALUE_NOT_SET
            ? std::string("no type")
            : std::string("a type that is not a tensor");
    fail("input " + quoted(name) + " has " + kind +
         "; supported are tensors of FLOAT, FLOAT16, BFLOAT16, DOUBLE, BOOL "
         "and integers");
    return {};
  }
  if (element.isF32() &&
      type.tensor_type().elem_type() != ::onnx::TensorProto::FLOAT)
    narrowed.push_back("input " + quoted(name));
  return element;
}

void InputShapes::resolve(GraphInput &input) {
  const std::string &name = input.info->name();
  const auto &proto = input.info->type().tensor_type();
  mlir::Type element = elementOf(input);
  if (!element)
    return;
  llvm::SmallVector<int64_t> dims;
  std::vector<std::string> missing, example;
  std::vector<int64_t> sample = sampleOf(input);
  bool fromSample = false;
  if (auto it = given.find(name); it != given.end()) {
    dims.assign(it->second->dims.begin(), it->second->dims.end());
  } else if (!proto.has_shape()) {
    dims.assign(sample.begin(), sample.end());
    fromSample = !dims.empty();
    if (!fromSample) {
      missing.push_back("it has no shape at all");
      example = {"1", "16"};
      if (options.guess)
        dims = {1, options.guess};
    }
  } else {
    for (int i = 0; i < proto.shape().dim_size(); ++i) {
      const Dimension &dim = proto.shape().dim(i);
      int64_t size = fixedSize(dim, i);
      bool named = !dim.dim_param().empty();
      if (auto bound = symbols.find(dim.dim_param());
          named && bound != symbols.end() && size < 0) {
        size = bound->second;
        fromSample |= !sample.empty();
      }
      if (size < 0 && !sample.empty()) {
        size = sample[i];
        fromSample = true;
      }
      if (size < 0) {
        missing.push_back("dimension " + itostr(i) +
                          (named ? " (" + dim.dim_param() + ")" : ""));
        int64_t like = i == 0 ? 1 : 16;
        if (named)
          like = examples.try_emplace(dim.dim_param(), like).first->second;
        example.push_back(itostr(like));
        size = like == 1 ? 1 : options.guess;
      } else {
        example.push_back(itostr(size));
      }
      dims.push_back(size);
    }
  }
  if (!missing.empty()) {
    open.push_back("input " + quoted(name) + ": " + llvm::join(missing, ", "));
    suggestions.push_back("--shape " + name + "=" + llvm::join(example, "x"));
    if (!options.guess)
      return;
  }
  if (fromSample)
    sampled.push_back(name + "=" + shapeText(dims));
  uint64_t count = 1;
  bool overflow = false;
  for (int64_t dim : dims)
    if (!overflow)
      count = llvm::SaturatingMultiply(count, uint64_t(dim), &overflow);
  if (overflow || count > (uint64_t(1) << 40))
    return fail("input " + quoted(name) + " of shape " + shapeText(dims) +
                " has too many elements");
  input.type = mlir::RankedTensorType::get(dims, element);
}

void InputShapes::bind(std::vector<GraphInput> &inputs,
                       const std::vector<std::string> &allNames) {
  readGiven(allNames);
  for (const GraphInput &input : inputs)
    bindSymbols(input);
  if (options.samples && llvm::any_of(inputs, [&](const GraphInput &input) {
        return isOpen(input);
      }))
    samples = options.samples();
  for (const GraphInput &input : inputs)
    bindSampledSymbols(input);
  for (GraphInput &input : inputs)
    resolve(input);
}
