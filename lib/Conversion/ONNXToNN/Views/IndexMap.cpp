//===- IndexMap.cpp - where the elements of a value come from -------------===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "IndexMap.h"
#include <algorithm>
#include <numeric>
#include <set>

using namespace neuro::onnxnn;

static MapAxis tableAxis(Index table) {
  MapAxis axis;
  axis.size = int64_t(table.size());
  axis.table = std::make_shared<Index>(std::move(table));
  return axis;
}

//===----------------------------------------------------------------------===//
// The simplest form
//===----------------------------------------------------------------------===//

/// Whether the table repeats its first `period` entries, each time by the same
/// number higher. Counts what it reads.
static bool repeats(const Index &table, size_t period, size_t &work) {
  for (size_t i = period; i < table.size(); ++i, ++work)
    if (table[i] - table[i - period] != table[period])
      return false;
  return true;
}

/// Finds the strides in a table that starts at 0; appends axes, outermost
/// first.
static void appendTable(Index table, std::vector<MapAxis> &axes) {
  std::vector<MapAxis> inner;
  while (true) {
    size_t size = table.size(), run = 1;
    int64_t step = size > 1 ? table[1] : 0;
    while (run < size && table[run] == int64_t(run) * step)
      ++run;
    if (run == size) {
      axes.push_back({int64_t(size), step, nullptr});
      break;
    }
    // Equal runs: their starts are a smaller table.
    run = std::gcd(run, size);
    bool even = run > 1;
    for (size_t i = 0; i < size && even; ++i)
      even = table[i] == table[i - i % run] + int64_t(i % run) * step;
    if (even) {
      inner.push_back({int64_t(run), step, nullptr});
      for (size_t i = 0; i < size / run; ++i)
        table[i] = table[i * run];
      table.resize(size / run);
      continue;
    }
    // The whole may repeat, though its parts are irregular.
    size_t period = 2, work = 0;
    while (period < size && work < 4 * size &&
           (size % period || !repeats(table, period, work)))
      ++period;
    if (period < size && work < 4 * size) {
      axes.push_back({int64_t(size / period), table[period], nullptr});
      table.resize(period);
      continue;
    }
    axes.push_back(tableAxis(std::move(table)));
    break;
  }
  axes.insert(axes.end(), inner.rbegin(), inner.rend());
}

void IndexMap::simplify() {
  count = 1;
  std::vector<MapAxis> found;
  for (const MapAxis &axis : digits) {
    count *= axis.size;
    if (axis.size == 0)
      break;
    if (!axis.table) {
      found.push_back(axis);
      continue;
    }
    int64_t first = (*axis.table)[0];
    Index table = *axis.table;
    for (int64_t &entry : table)
      entry -= first;
    start += first;
    appendTable(std::move(table), found);
  }
  digits.clear();
  if (count == 0) {
    start = 0;
    return;
  }
  for (MapAxis &axis : found) {
    if (axis.size == 1)
      continue;
    if (!digits.empty() && !axis.table && !digits.back().table &&
        digits.back().stride == axis.stride * axis.size) {
      digits.back().size *= axis.size;
      digits.back().stride = axis.stride;
      continue;
    }
    digits.push_back(std::move(axis));
  }
}

IndexMap IndexMap::of(int64_t offset, std::vector<MapAxis> axes) {
  IndexMap map;
  map.start = offset;
  map.digits = std::move(axes);
  map.simplify();
  return map;
}

IndexMap IndexMap::identity(int64_t size) {
  return of(0, {{size, 1, nullptr}});
}

IndexMap IndexMap::strided(const Shape &sizes, const Shape &strides,
                           int64_t offset) {
  std::vector<MapAxis> axes;
  for (size_t i = 0; i < sizes.size(); ++i)
    axes.push_back({sizes[i], strides[i], nullptr});
  return of(offset, std::move(axes));
}

IndexMap IndexMap::of(Index index) {
  return of(0, {tableAxis(std::move(index))});
}

IndexMap IndexMap::raw(Index index) {
  IndexMap map;
  map.count = int64_t(index.size());
  if (index.size() == 1)
    map.start = index[0];
  if (index.size() < 2)
    return map;
  map.start = index[0];
  for (int64_t &entry : index)
    entry -= map.start;
  map.digits.push_back(tableAxis(std::move(index)));
  return map;
}

IndexMap IndexMap::nested(const IndexMap &outer, const IndexMap &inner) {
  if (outer.count == 0 || inner.count == 0)
    return identity(0);
  std::vector<MapAxis> axes = outer.digits;
  axes.insert(axes.end(), inner.digits.begin(), inner.digits.end());
  return of(outer.start + inner.start, std::move(axes));
}

//===----------------------------------------------------------------------===//
// Reading
//===----------------------------------------------------------------------===//

int64_t IndexMap::at(int64_t i) const {
  int64_t result = start;
  for (size_t axis = digits.size(); axis-- > 0;) {
    result += digits[axis].at(i % digits[axis].size);
    i /= digits[axis].size;
  }
  return result;
}

bool IndexMap::isIdentity() const {
  return start == 0 && (count <= 1 || (digits.size() == 1 && !digits[0].table &&
                                       digits[0].stride == 1));
}

bool IndexMap::isAffine() const {
  return std::none_of(digits.begin(), digits.end(), [](const MapAxis &axis) {
    return axis.table != nullptr;
  });
}

static bool sameAxis(const MapAxis &a, const MapAxis &b) {
  if (a.size != b.size)
    return false;
  if (!a.table && !b.table)
    return a.stride == b.stride || a.size <= 1;
  if (a.table && b.table && a.table == b.table)
    return true;
  for (int64_t i = 0; i < a.size; ++i)
    if (a.at(i) != b.at(i))
      return false;
  return true;
}

bool IndexMap::operator==(const IndexMap &other) const {
  if (count != other.count || start != other.start)
    return false;
  if (isAffine() && other.isAffine())
    // Without tables the simplest form is the only one.
    return std::equal(digits.begin(), digits.end(), other.digits.begin(),
                      other.digits.end(), sameAxis);
  AlignedAxes both = align({this, &other});
  for (const auto &parts : both.axes)
    if (!sameAxis(parts[0], parts[1]))
      return false;
  return true;
}

Index IndexMap::dense() const {
  Index result;
  result.reserve(count);
  each([&](int64_t value) { result.push_back(value); });
  return result;
}

std::string IndexMap::text() const {
  std::string result = start ? std::to_string(start) + " + " : "";
  if (digits.empty())
    return result + (count ? "1" : "0");
  for (size_t i = 0; i < digits.size(); ++i) {
    const MapAxis &axis = digits[i];
    result += (i ? ", " : "") + std::to_string(axis.size) + ":";
    if (!axis.table) {
      result += std::to_string(axis.stride);
      continue;
    }
    constexpr int64_t kMostShown = 8;
    result += "[";
    for (int64_t k = 0; k < std::min(axis.size, kMostShown); ++k)
      result += (k ? " " : "") + std::to_string(axis.at(k));
    result += axis.size > kMostShown ? " ...]" : "]";
  }
  return result;
}

//===----------------------------------------------------------------------===//
// Composition
//===----------------------------------------------------------------------===//

namespace {
/// The digits that a map reads, and how much each weighs.
struct Radix {
  const std::vector<MapAxis> &digits;
  Index weights;

  explicit Radix(const std::vector<MapAxis> &digits)
      : digits(digits), weights(digits.size(), 1) {
    for (size_t j = digits.size(); j-- > 1;)
      weights[j - 1] = weights[j] * digits[j].size;
  }
  size_t size() const { return digits.size(); }
  /// The digits of a number; the first may be too large.
  Index of(int64_t number) const {
    Index result(size());
    for (size_t j = 0; j < size(); ++j) {
      result[j] = number / weights[j];
      number %= weights[j];
    }
    return result;
  }
};
} // namespace

/// Splits an axis with a stride where its steps carry from one digit to the
/// next, so that each part stays within a digit.
static void splitAtCarries(const Radix &radix, MapAxis axis,
                           std::vector<MapAxis> &out) {
  std::vector<MapAxis> inner;
  while (axis.size > 1 && axis.stride != 0) {
    int64_t step = std::abs(axis.stride);
    size_t j = 0;
    while (j < radix.size() &&
           (radix.weights[j] > step || step % radix.weights[j]))
      ++j;
    if (j == 0 || j == radix.size())
      break;
    int64_t by = step / radix.weights[j], room = radix.digits[j].size;
    if (room % by || axis.size <= room / by || axis.size % (room / by))
      break;
    int64_t part = room / by;
    inner.push_back({part, axis.stride, nullptr});
    axis.size /= part;
    axis.stride *= part;
  }
  out.push_back(axis);
  out.insert(out.end(), inner.rbegin(), inner.rend());
}

/// What one axis adds to each digit, `base` being where it starts.
static std::vector<MapAxis> digitSteps(const Radix &radix, const MapAxis &axis,
                                       int64_t start, const Index &base) {
  std::vector<MapAxis> steps(radix.size(), {axis.size, 0, nullptr});
  if (!axis.table) {
    Index digits = radix.of(std::abs(axis.stride));
    for (size_t j = 0; j < radix.size(); ++j)
      steps[j].stride = axis.stride < 0 ? -digits[j] : digits[j];
    return steps;
  }
  std::vector<Index> tables(radix.size(), Index(axis.size));
  for (int64_t d = 0; d < axis.size; ++d) {
    Index digits = radix.of(start + axis.at(d));
    for (size_t j = 0; j < radix.size(); ++j)
      tables[j][d] = digits[j] - base[j];
  }
  for (size_t j = 0; j < radix.size(); ++j)
    if (std::any_of(tables[j].begin(), tables[j].end(),
                    [](int64_t step) { return step != 0; }))
      steps[j] = tableAxis(std::move(tables[j]));
  return steps;
}

/// Whether no sum of the steps leaves a digit, so that nothing carries.
static bool staysInside(const Radix &radix, const Index &base,
                        const std::vector<std::vector<MapAxis>> &steps) {
  for (size_t j = 0; j < radix.size(); ++j) {
    int64_t low = base[j], high = base[j];
    for (const auto &axis : steps) {
      const MapAxis &step = axis[j];
      if (!step.table) {
        int64_t last = step.at(step.size - 1);
        (last < 0 ? low : high) += last;
        continue;
      }
      auto [least, most] =
          std::minmax_element(step.table->begin(), step.table->end());
      low += *least;
      high += *most;
    }
    if (low < 0 || high >= radix.digits[j].size)
      return false;
  }
  return true;
}

/// What the axes add through one digit that has a table; false if that is not
/// a sum.
static bool throughTable(const MapAxis &digit, int64_t base,
                         const std::vector<MapAxis> &steps,
                         std::vector<MapAxis> &out) {
  std::vector<size_t> users;
  AlignedAxes all;
  for (size_t k = 0; k < steps.size(); ++k) {
    out.push_back({steps[k].size, 0, nullptr});
    if (steps[k].isZero())
      continue;
    Index table;
    for (int64_t d = 0; d < steps[k].size; ++d)
      table.push_back(digit.at(base + steps[k].at(d)) - digit.at(base));
    out.back() = tableAxis(std::move(table));
    users.push_back(k);
    all.axes.push_back({steps[k], out.back()});
  }
  if (users.size() < 2)
    return true;
  all.offsets = {base, digit.at(base)};
  // Positions that the axes reach together more often than there are entries
  // are not worth a try.
  bool isSum = all.size() <= 4 * digit.size;
  if (isSum)
    all.each([&](const int64_t *values) {
      isSum = isSum && digit.at(values[0]) == values[1];
    });
  return isSum;
}

static MapAxis sum(const MapAxis &a, const MapAxis &b, int64_t factor) {
  if (!a.table && !b.table)
    return {a.size, a.stride + b.stride * factor, nullptr};
  Index table(a.size);
  for (int64_t d = 0; d < a.size; ++d)
    table[d] = a.at(d) + b.at(d) * factor;
  return tableAxis(std::move(table));
}

bool IndexMap::compose(const IndexMap &first, IndexMap &result) const {
  Radix radix(digits);
  Index base = radix.of(first.start);
  std::vector<MapAxis> axes;
  for (const MapAxis &axis : first.digits)
    if (axis.table)
      axes.push_back(axis);
    else
      splitAtCarries(radix, axis, axes);
  std::vector<std::vector<MapAxis>> steps;
  for (const MapAxis &axis : axes)
    steps.push_back(digitSteps(radix, axis, first.start, base));
  if (!staysInside(radix, base, steps))
    return false;
  int64_t offset = start;
  for (MapAxis &axis : axes)
    axis = {axis.size, 0, nullptr};
  for (size_t j = 0; j < digits.size(); ++j) {
    offset += digits[j].at(base[j]);
    std::vector<MapAxis> column, found;
    for (const auto &axis : steps)
      column.push_back(axis[j]);
    bool hasTable = digits[j].table != nullptr;
    if (hasTable && !throughTable(digits[j], base[j], column, found))
      return false;
    for (size_t k = 0; k < axes.size(); ++k)
      axes[k] = hasTable ? sum(axes[k], found[k], 1)
                         : sum(axes[k], column[k], digits[j].stride);
  }
  result = of(offset, std::move(axes));
  return true;
}

IndexMap IndexMap::after(const IndexMap &first) const {
  if (first.count == 0)
    return first;
  if (isIdentity() && count > 1)
    return first;
  if (first.isIdentity() && first.count == count)
    return *this;
  IndexMap result;
  if (compose(first, result))
    return result;
  Index index;
  index.reserve(first.count);
  first.each([&](int64_t position) { index.push_back(at(position)); });
  return of(std::move(index));
}

IndexMap IndexMap::scaled(int64_t factor) const {
  std::vector<MapAxis> axes;
  for (const MapAxis &axis : digits)
    axes.push_back(sum({axis.size, 0, nullptr}, axis, factor));
  if (count == 0)
    return *this;
  return of(start * factor, std::move(axes));
}

IndexMap IndexMap::shifted(int64_t by) const {
  IndexMap result = *this;
  result.start += count ? by : 0;
  return result;
}

//===----------------------------------------------------------------------===//
// Splitting, joining and aligning
//===----------------------------------------------------------------------===//

/// The axis as an outer and an inner one of that size; false if it is not a
/// sum of both.
static bool splitAxis(const MapAxis &axis, int64_t size, MapAxis &outer,
                      MapAxis &inner) {
  if (axis.size % size)
    return false;
  if (!axis.table) {
    outer = {axis.size / size, axis.stride * size, nullptr};
    inner = {size, axis.stride, nullptr};
    return true;
  }
  const Index &table = *axis.table;
  for (int64_t i = 0; i < axis.size; ++i)
    if (table[i] != table[i - i % size] + table[i % size])
      return false;
  inner = tableAxis(Index(table.begin(), table.begin() + size));
  Index starts;
  for (int64_t i = 0; i < axis.size; i += size)
    starts.push_back(table[i]);
  outer = tableAxis(std::move(starts));
  return true;
}

bool IndexMap::split(int64_t innerSize, IndexMap &outer,
                     IndexMap &inner) const {
  if (innerSize < 1 || count == 0 || count % innerSize)
    return false;
  std::vector<MapAxis> outerAxes, innerAxes;
  int64_t left = innerSize;
  for (size_t i = digits.size(); i-- > 0;) {
    const MapAxis &axis = digits[i];
    if (left == 1) {
      outerAxes.push_back(axis);
    } else if (axis.size <= left) {
      if (left % axis.size)
        return false;
      innerAxes.push_back(axis);
      left /= axis.size;
    } else {
      if (!splitAxis(axis, left, outerAxes.emplace_back(),
                     innerAxes.emplace_back()))
        return false;
      left = 1;
    }
  }
  std::reverse(outerAxes.begin(), outerAxes.end());
  std::reverse(innerAxes.begin(), innerAxes.end());
  outer = of(start, std::move(outerAxes));
  inner = of(0, std::move(innerAxes));
  return true;
}

IndexMap IndexMap::concat(const std::vector<IndexMap> &parts, int64_t outer) {
  int64_t total = 0;
  for (const IndexMap &part : parts)
    total += part.count;
  if (total == 0)
    return identity(0);
  IndexMap common;
  Index block;
  bool alike = true;
  for (const IndexMap &part : parts) {
    IndexMap blocks, inner;
    alike = part.split(part.count / outer, blocks, inner);
    if (!alike)
      break;
    int64_t first = blocks.start;
    blocks.start = 0;
    if (block.empty())
      common = blocks;
    if (!(alike = common == blocks))
      break;
    inner.each([&](int64_t value) { block.push_back(first + value); });
  }
  if (alike)
    return nested(common, of(std::move(block)));
  Index index;
  index.reserve(total);
  std::vector<Index> dense;
  for (const IndexMap &part : parts)
    dense.push_back(part.dense());
  for (int64_t o = 0; o < outer; ++o)
    for (const Index &part : dense) {
      int64_t chunk = int64_t(part.size()) / outer;
      index.insert(index.end(), part.begin() + o * chunk,
                   part.begin() + (o + 1) * chunk);
    }
  return of(std::move(index));
}

/// The digits between two places where the map can be split, as one.
static bool between(const IndexMap &map, int64_t inner, int64_t outer,
                    MapAxis &axis) {
  IndexMap ignored, rest, part;
  if (!map.split(outer, ignored, rest) || !rest.split(inner, part, ignored))
    return false;
  axis = part.axes().size() == 1 ? part.axes()[0]
         : part.size() == 1      ? MapAxis()
                                 : tableAxis(part.dense());
  return true;
}

AlignedAxes neuro::onnxnn::align(const std::vector<const IndexMap *> &maps) {
  AlignedAxes result;
  int64_t total = maps[0]->size();
  std::set<int64_t> places;
  for (const IndexMap *map : maps) {
    result.offsets.push_back(map->offset());
    int64_t inner = 1;
    for (size_t i = map->axes().size(); i-- > 0;)
      places.insert(inner *= map->axes()[i].size);
  }
  if (total == 0) {
    result.axes.push_back(
        std::vector<MapAxis>(maps.size(), MapAxis{0, 0, nullptr}));
    return result;
  }
  places.insert(total);
  int64_t last = 1;
  for (int64_t place : places) {
    bool fits = place > last && place % last == 0 && total % place == 0;
    std::vector<MapAxis> parts(maps.size());
    for (size_t m = 0; m < maps.size() && fits; ++m)
      fits = between(*maps[m], last, place, parts[m]);
    if (!fits)
      continue;
    result.axes.insert(result.axes.begin(), std::move(parts));
    last = place;
  }
  return result;
}

void AlignedAxes::dropZeros() {
  auto isZero = [](const std::vector<MapAxis> &parts) {
    return parts[0].size > 0 &&
           std::all_of(parts.begin(), parts.end(),
                       [](const MapAxis &part) { return part.isZero(); });
  };
  axes.erase(std::remove_if(axes.begin(), axes.end(), isZero), axes.end());
}

int64_t AlignedAxes::size() const {
  int64_t result = 1;
  for (const auto &parts : axes)
    result *= parts[0].size;
  return result;
}

/// More units than any value has.
static int64_t manyUnits(int64_t features) {
  return std::max<int64_t>((int64_t(1) << 50) / features, 1);
}

IndexMap neuro::onnxnn::unitsOf(const IndexMap &map, int64_t features) {
  return IndexMap::strided({manyUnits(features), features}, {1, 0}).after(map);
}

IndexMap neuro::onnxnn::placesOf(const IndexMap &map, int64_t features) {
  return IndexMap::strided({manyUnits(features), features}, {0, 1}).after(map);
}
