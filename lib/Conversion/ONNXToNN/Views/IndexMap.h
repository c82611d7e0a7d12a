//===- IndexMap.h - where the elements of a value come from -*- C++ -*-===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Reshape, transpose, slice, gather, expand, concat only move elements. A map
// says for each element of the result which one of the source it is. It is
// affine: the position is written in digits, and each digit contributes a
// multiple of its stride, so that a map costs its axes and not its elements.
// Where an axis is not regular (constant indices, joined parts) it has a table
// of its size. What is not a sum over digits at all is one table of the whole:
// the dense form, which costs its elements.
//
//===----------------------------------------------------------------------===//

#ifndef NEURO_LIB_CONVERSION_ONNXTONN_VIEWS_INDEXMAP_H
#define NEURO_LIB_CONVERSION_ONNXTONN_VIEWS_INDEXMAP_H

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace neuro::onnxnn {

using Shape = std::vector<int64_t>;
using Index = std::vector<int64_t>;

/// One digit of a position. A table starts at 0.
struct MapAxis {
  int64_t size = 1, stride = 0;
  std::shared_ptr<const Index> table;

  int64_t at(int64_t digit) const {
    return table ? (*table)[digit] : digit * stride;
  }
  /// Whether the digit changes nothing. (A table of zeros becomes a stride.)
  bool isZero() const { return !table && (stride == 0 || size <= 1); }
};

class IndexMap {
public:
  /// Of one element, the first.
  IndexMap() = default;
  static IndexMap identity(int64_t size);
  static IndexMap strided(const Shape &sizes, const Shape &strides,
                          int64_t offset = 0);
  /// Any map. Strides are found where there are some.
  static IndexMap of(Index index);
  /// As `of`, in the dense form.
  static IndexMap raw(Index index);
  static IndexMap of(int64_t offset, std::vector<MapAxis> axes);
  /// Element i is outer(i / inner.size()) + inner(i % inner.size()).
  static IndexMap nested(const IndexMap &outer, const IndexMap &inner);
  /// The parts one after the other, in each of `outer` blocks.
  static IndexMap concat(const std::vector<IndexMap> &parts, int64_t outer);

  int64_t size() const { return count; }
  int64_t at(int64_t i) const;
  int64_t offset() const { return start; }
  const std::vector<MapAxis> &axes() const { return digits; }
  bool isIdentity() const;
  /// Whether there is no table: strides alone.
  bool isAffine() const;
  bool operator==(const IndexMap &other) const;
  bool operator!=(const IndexMap &other) const { return !(*this == other); }

  Index dense() const;
  /// f(at(i)) for every i, in order.
  template <typename F> void each(F f) const;

  /// Element i is at(first.at(i)).
  IndexMap after(const IndexMap &first) const;
  /// Every element times a factor.
  IndexMap scaled(int64_t factor) const;
  IndexMap shifted(int64_t by) const;
  /// Finds the maps that `nested` would make this one of, with inner.at(0) = 0;
  /// false if there are none.
  bool split(int64_t innerSize, IndexMap &outer, IndexMap &inner) const;
  /// As "1024:64, 64:1", outermost first; a table as "6:[0 2 4 1 3 5]".
  std::string text() const;

private:
  bool compose(const IndexMap &first, IndexMap &result) const;
  void simplify();

  int64_t start = 0, count = 1;
  std::vector<MapAxis> digits;
};

/// The digits that several maps of one size have in common: axes[a][m] is what
/// digit a contributes to map m.
struct AlignedAxes {
  std::vector<std::vector<MapAxis>> axes;
  Index offsets;

  /// Takes out the digits that contribute nothing to any map.
  void dropZeros();
  int64_t size() const;
  /// f(values) for every position, in order; values[m] is that of map m.
  template <typename F> void each(F f) const;
};

AlignedAxes align(const std::vector<const IndexMap *> &maps);

/// Where `features` elements make a unit: the number of the unit of each
/// element, and its place in the unit.
IndexMap unitsOf(const IndexMap &map, int64_t features);
IndexMap placesOf(const IndexMap &map, int64_t features);

template <typename F> void AlignedAxes::each(F f) const {
  size_t rank = axes.size(), maps = offsets.size();
  int64_t total = size();
  Index at(rank, 0), values = offsets;
  for (int64_t i = 0; i < total; ++i) {
    f(values.data());
    for (size_t axis = rank; axis-- > 0;) {
      const auto &parts = axes[axis];
      int64_t old = at[axis], next = old + 1 < parts[0].size ? old + 1 : 0;
      at[axis] = next;
      for (size_t m = 0; m < maps; ++m)
        values[m] += parts[m].at(next) - parts[m].at(old);
      if (next)
        break;
    }
  }
}

template <typename F> void IndexMap::each(F f) const {
  if (digits.empty()) {
    for (int64_t i = 0; i < count; ++i)
      f(start);
    return;
  }
  // The last digit in a loop of its own.
  const MapAxis &last = digits.back();
  Index at(digits.size(), 0);
  int64_t base = start;
  for (int64_t done = 0; done < count; done += last.size) {
    if (last.table)
      for (int64_t step : *last.table)
        f(base + step);
    else
      for (int64_t i = 0; i < last.size; ++i)
        f(base + i * last.stride);
    for (size_t axis = digits.size() - 1; axis-- > 0;) {
      int64_t old = at[axis], next = old + 1 < digits[axis].size ? old + 1 : 0;
      at[axis] = next;
      base += digits[axis].at(next) - digits[axis].at(old);
      if (next)
        break;
    }
  }
}

} // namespace neuro::onnxnn

#endif // NEURO_LIB_CONVERSION_ONNXTONN_VIEWS_INDEXMAP_H
