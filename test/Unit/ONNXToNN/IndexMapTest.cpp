//===- IndexMapTest.cpp - affine maps against dense ones ------------------===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Random sequences of what moves elements, each followed twice: as a map, and
// element by element.
//
//===----------------------------------------------------------------------===//

#include "Views/Map.h"
#include "gtest/gtest.h"

#include <algorithm>
#include <numeric>
#include <random>
#include <set>

using namespace neuro::onnxnn;

namespace {

/// A tensor whose element i holds the number dense[i], and the map that says
/// the same.
struct Followed {
  Shape shape;
  IndexMap map;
  Index dense;
};

class Random {
public:
  explicit Random(unsigned seed) : engine(seed) {}

  int64_t below(int64_t limit) {
    return std::uniform_int_distribution<int64_t>(0, limit - 1)(engine);
  }
  Shape shape() {
    Shape result;
    for (int64_t i = 0, rank = 1 + below(4); i < rank; ++i)
      result.push_back(1 + below(6));
    return result;
  }
  /// Another shape of as many elements.
  Shape reshaped(int64_t size) {
    Shape result;
    while (size > 1 && result.size() < 5) {
      std::vector<int64_t> divisors;
      for (int64_t d = 1; d <= size; ++d)
        if (size % d == 0)
          divisors.push_back(d);
      result.push_back(divisors[below(int64_t(divisors.size()))]);
      size /= result.back();
    }
    result.push_back(size);
    return result;
  }
  std::vector<int64_t> permutation(size_t rank) {
    std::vector<int64_t> result(rank);
    std::iota(result.begin(), result.end(), 0);
    std::shuffle(result.begin(), result.end(), engine);
    return result;
  }

private:
  std::mt19937 engine;
};

} // namespace

static Index rowMajorStrides(const Shape &shape) {
  Index strides(shape.size(), 1);
  for (size_t axis = shape.size(); axis-- > 1;)
    strides[axis - 1] = strides[axis] * shape[axis];
  return strides;
}

/// f(at) for each position of the shape, in order.
template <typename F> static void positions(const Shape &shape, F f) {
  Index at(shape.size(), 0);
  for (int64_t i = 0, size = elements(shape); i < size; ++i) {
    f(at);
    for (size_t axis = shape.size(); axis-- > 0;) {
      if (++at[axis] < shape[axis])
        break;
      at[axis] = 0;
    }
  }
}

/// The tensor of `shape` whose element at `at` is that of x at source(at).
template <typename F>
static Index moveDense(const Followed &x, const Shape &shape, F source) {
  Index strides = rowMajorStrides(x.shape), result;
  positions(shape, [&](const Index &at) {
    Index from = source(at);
    int64_t flat = 0;
    for (size_t axis = 0; axis < from.size(); ++axis)
      flat += from[axis] * strides[axis];
    result.push_back(x.dense[flat]);
  });
  return result;
}

static void transposed(Random &random, Followed &x) {
  std::vector<int64_t> perm = random.permutation(x.shape.size());
  Map map = transposeMap(x.shape, perm);
  x.dense = moveDense(x, map.shape, [&](const Index &at) {
    Index from(at.size());
    for (size_t i = 0; i < at.size(); ++i)
      from[perm[i]] = at[i];
    return from;
  });
  x.map = x.map.after(map.index);
  x.shape = map.shape;
}

static void sliced(Random &random, Followed &x) {
  Shape starts, steps, sizes;
  for (int64_t dim : x.shape) {
    int64_t step = 1 + random.below(2), start = random.below(dim);
    if (random.below(3) == 0) {
      sizes.push_back(start / step + 1);
      step = -step;
    } else {
      sizes.push_back((dim - 1 - start) / step + 1);
    }
    if (random.below(2)) {
      start = 0, step = 1;
      sizes.back() = dim;
    }
    starts.push_back(start);
    steps.push_back(step);
  }
  Map map = sliceMap(x.shape, starts, steps, sizes);
  x.dense = moveDense(x, sizes, [&](const Index &at) {
    Index from(at.size());
    for (size_t i = 0; i < at.size(); ++i)
      from[i] = starts[i] + at[i] * steps[i];
    return from;
  });
  x.map = x.map.after(map.index);
  x.shape = sizes;
}

static void expanded(Random &random, Followed &x) {
  Shape target = x.shape;
  for (int64_t &dim : target)
    if (dim == 1)
      dim = 1 + random.below(3);
  if (random.below(2))
    target.insert(target.begin(), 1 + random.below(3));
  if (elements(target) > 4096)
    return;
  Map map = expandMap(x.shape, target);
  x.dense = moveDense(x, target, [&](const Index &at) {
    Index from(at.end() - int64_t(x.shape.size()), at.end());
    for (size_t i = 0; i < from.size(); ++i)
      from[i] = x.shape[i] == 1 ? 0 : from[i];
    return from;
  });
  x.map = x.map.after(map.index);
  x.shape = target;
}

static void gathered(Random &random, Followed &x) {
  int64_t axis = random.below(int64_t(x.shape.size()));
  Index indices;
  for (int64_t i = 0, count = 1 + random.below(5); i < count; ++i)
    indices.push_back(random.below(2 * x.shape[axis]) - x.shape[axis]);
  Map map = gatherMap(x.shape, {int64_t(indices.size())}, indices, axis);
  x.dense = moveDense(x, map.shape, [&](Index at) {
    at[axis] = (indices[at[axis]] + x.shape[axis]) % x.shape[axis];
    return at;
  });
  x.map = x.map.after(map.index);
  x.shape = map.shape;
}

static void tiled(Random &random, Followed &x) {
  std::vector<int64_t> repeats;
  int64_t size = elements(x.shape);
  for (size_t i = 0; i < x.shape.size(); ++i) {
    repeats.push_back(size > 1000 ? 1 : 1 + random.below(2));
    size *= repeats.back();
  }
  Map map = tileMap(x.shape, repeats);
  x.dense = moveDense(x, map.shape, [&](Index at) {
    for (size_t i = 0; i < at.size(); ++i)
      at[i] %= x.shape[i];
    return at;
  });
  x.map = x.map.after(map.index);
  x.shape = map.shape;
}

/// Slices of the value, in another order, joined again.
static void rejoined(Random &random, Followed &x) {
  int64_t axis = random.below(int64_t(x.shape.size()));
  int64_t cut = random.below(x.shape[axis] + 1), dim = x.shape[axis];
  Shape starts(x.shape.size(), 0), steps(x.shape.size(), 1);
  std::vector<IndexMap> parts;
  auto add = [&](int64_t start, int64_t size) {
    Shape sizes = x.shape;
    starts[axis] = start;
    sizes[axis] = size;
    if (size)
      parts.push_back(
          x.map.after(sliceMap(x.shape, starts, steps, sizes).index));
  };
  add(cut, dim - cut);
  add(0, cut);
  int64_t outer = 1;
  for (int64_t i = 0; i < axis; ++i)
    outer *= x.shape[i];
  x.dense = moveDense(x, x.shape, [&](Index at) {
    at[axis] = (at[axis] + cut) % dim;
    return at;
  });
  x.map = IndexMap::concat(parts, outer);
}

static void step(Random &random, Followed &x) {
  switch (random.below(8)) {
  case 0:
  case 1:
    x.shape = random.reshaped(elements(x.shape));
    x.map = x.map.after(Map::reshape(x.shape).index);
    return;
  case 2:
  case 3:
    return transposed(random, x);
  case 4:
    return sliced(random, x);
  case 5:
    return random.below(2) ? expanded(random, x) : tiled(random, x);
  case 6:
    return gathered(random, x);
  default:
    return rejoined(random, x);
  }
}

static Followed start(Random &random) {
  Followed x;
  x.shape = random.shape();
  x.dense.resize(elements(x.shape));
  std::iota(x.dense.begin(), x.dense.end(), 0);
  x.map = IndexMap::identity(int64_t(x.dense.size()));
  return x;
}

TEST(IndexMap, SequencesOfMovementsAreTheDenseOnes) {
  for (unsigned seed = 0; seed < 20000; ++seed) {
    Random random(seed);
    Followed x = start(random);
    for (int64_t i = 0, steps = 1 + random.below(8); i < steps; ++i) {
      step(random, x);
      ASSERT_EQ(x.map.size(), elements(x.shape)) << "seed " << seed;
      ASSERT_EQ(x.map.dense(), x.dense)
          << "seed " << seed << ": " << x.map.text();
    }
    for (size_t i = 0; i < x.dense.size(); ++i)
      ASSERT_EQ(x.map.at(int64_t(i)), x.dense[i]) << "seed " << seed;
  }
}

TEST(IndexMap, EqualMapsAreEqualHoweverTheyAreMade) {
  for (unsigned seed = 0; seed < 4000; ++seed) {
    Random random(seed);
    Followed x = start(random);
    for (int64_t i = 0, steps = 1 + random.below(6); i < steps; ++i)
      step(random, x);
    ASSERT_TRUE(x.map == IndexMap::of(x.dense)) << "seed " << seed;
    ASSERT_TRUE(IndexMap::raw(x.dense) == x.map) << "seed " << seed;
    Index other = x.dense;
    ++other[random.below(int64_t(other.size()))];
    ASSERT_FALSE(x.map == IndexMap::of(other)) << "seed " << seed;
  }
}

TEST(IndexMap, SplitsAndAlignedAxesSayTheSame) {
  for (unsigned seed = 0; seed < 4000; ++seed) {
    Random random(seed);
    Followed x = start(random);
    for (int64_t i = 0, steps = 1 + random.below(6); i < steps; ++i)
      step(random, x);
    int64_t size = x.map.size(), inner = 1 + random.below(size);
    IndexMap outside, inside;
    if (size % inner == 0 && x.map.split(inner, outside, inside)) {
      ASSERT_EQ(inside.at(0), 0);
      ASSERT_EQ(IndexMap::nested(outside, inside).dense(), x.dense);
    }
    Followed y = x;
    y.map = IndexMap::identity(size);
    std::iota(y.dense.begin(), y.dense.end(), 0);
    transposed(random, y);
    Index left, right;
    align({&x.map, &y.map}).each([&](const int64_t *at) {
      left.push_back(at[0]);
      right.push_back(at[1]);
    });
    ASSERT_EQ(left, x.dense) << "seed " << seed;
    ASSERT_EQ(right, y.dense) << "seed " << seed;
    int64_t features = 1 + random.below(7);
    Index units = unitsOf(x.map, features).dense(),
          places = placesOf(x.map, features).dense();
    for (size_t i = 0; i < x.dense.size(); ++i) {
      ASSERT_EQ(units[i], x.dense[i] / features);
      ASSERT_EQ(places[i], x.dense[i] % features);
    }
  }
}

/// [tokens, heads * width] as queries, keys and back, as attention writes it.
TEST(IndexMap, HeadsNeedNoTable) {
  constexpr int64_t kTokens = 1024, kHeads = 12, kWidth = 64;
  IndexMap map = IndexMap::identity(kTokens * kHeads * kWidth);
  map = map.after(transposeMap({kTokens, kHeads, kWidth}, {1, 0, 2}).index);
  EXPECT_TRUE(map.isAffine());
  EXPECT_EQ(map.text(), "12:64, 1024:768, 64:1");
  map = map.after(transposeMap({kHeads, kTokens, kWidth}, {0, 2, 1}).index);
  EXPECT_EQ(map.text(), "768:1, 1024:768");
  map = map.after(transposeMap({kHeads, kWidth, kTokens}, {2, 0, 1}).index);
  EXPECT_TRUE(map.isIdentity());
}

/// Irregular constant indices are a table of their axis, not of the whole.
TEST(IndexMap, IndicesAreATableOfTheirAxis) {
  Map map = gatherMap({1024, 6, 64}, {6}, {3, 0, 5, 1, -2, 2}, 1);
  EXPECT_EQ(map.index.text(), "192 + 1024:384, 6:[0 -192 128 -128 64 -64], "
                              "64:1");
  EXPECT_FALSE(map.index.isAffine());
}

TEST(IndexMap, EmptyAndSingleElements) {
  IndexMap none = IndexMap::identity(0), one;
  EXPECT_EQ(none.dense(), Index());
  EXPECT_EQ(one.dense(), Index{0});
  EXPECT_EQ(IndexMap::of(Index{7}).dense(), Index{7});
  EXPECT_EQ(IndexMap::identity(5).after(none).size(), 0);
  EXPECT_EQ(IndexMap::nested(none, IndexMap::identity(3)).size(), 0);
  EXPECT_EQ(IndexMap::concat({none, none}, 1).size(), 0);
  EXPECT_TRUE(one.isIdentity());
  EXPECT_TRUE(IndexMap::identity(1) == one);
  EXPECT_FALSE(one == none);
}
