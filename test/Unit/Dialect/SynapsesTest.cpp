//===- SynapsesTest.cpp - every kind of connectivity and its matrix -------===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Each kind with random parameters, against a matrix that is written down from
// its definition, pair by pair.
//
//===----------------------------------------------------------------------===//

#include "neuro/Dialect/Neuro/Neuro.h"

#include "mlir/IR/MLIRContext.h"

#include <gtest/gtest.h>

#include <map>
#include <random>

using namespace mlir;
using namespace neuro;

namespace {

// Weight and delay of the synapse from `source` to `target`, if there is one.
using Definition = std::function<std::optional<std::pair<int64_t, int64_t>>(
    int64_t source, int64_t target)>;

class SynapsesTest : public testing::Test {
protected:
  SynapsesTest() { context.loadDialect<NeuroDialect>(); }

  int64_t pick(int64_t low, int64_t high) {
    return std::uniform_int_distribution<int64_t>(low, high)(random);
  }
  int64_t weight() { return pick(-128, 127); }

  template <typename T> ElementsAttr list(ArrayRef<T> values) {
    return tensor<T>(values, {int64_t(values.size())});
  }
  template <typename T>
  ElementsAttr tensor(ArrayRef<T> values, ArrayRef<int64_t> shape) {
    return DenseElementsAttr::get(
        RankedTensorType::get(shape, IntegerType::get(&context, sizeof(T) * 8)),
        values);
  }
  std::vector<int8_t> weights(int64_t count) {
    std::vector<int8_t> values;
    for (int64_t i = 0; i < count; ++i)
      values.push_back(int8_t(weight()));
    return values;
  }

  void check(Attribute attr, SynapseShape shape, const Definition &definition) {
    auto synapses = dyn_cast<SynapsesAttrInterface>(attr);
    ASSERT_TRUE(synapses);
    auto emitError = [&] { return emitError_(); };
    ASSERT_TRUE(succeeded(synapses.verifyShape(shape, emitError)));
    ASSERT_TRUE(synapses.isReadable());
    int64_t count = 0, maxDelay = 0;
    std::vector<RowSums> rows(static_cast<size_t>(shape.targets));
    for (int64_t i = 0; i < shape.sources; ++i) {
      std::map<int64_t, std::pair<int64_t, int64_t>> expected, actual;
      for (int64_t j = 0; j < shape.targets; ++j)
        if (auto synapse = definition(i, j)) {
          expected[j] = *synapse;
          rows[size_t(j)].add(synapse->first);
          maxDelay = std::max(maxDelay, synapse->second);
        }
      synapses.visit(i, shape, [&](const Synapse &synapse) {
        EXPECT_TRUE(
            actual.insert({synapse.target, {synapse.weight, synapse.delay}})
                .second);
      });
      EXPECT_EQ(actual, expected) << "source " << i;
      count += int64_t(expected.size());
    }
    EXPECT_LE(count, synapses.countSynapses(shape));
    EXPECT_EQ(maxDelay, synapses.getMaxDelay());
    // The same sums, each at least once.
    std::vector<RowSums> told;
    synapses.visitRows(shape, [&](const RowSums &row) { told.push_back(row); });
    for (const RowSums &row : rows)
      EXPECT_TRUE(llvm::is_contained(told, row));
    for (const RowSums &row : told)
      EXPECT_TRUE(llvm::is_contained(rows, row));
    if (std::optional<int64_t> common = synapses.getCommonWeight()) {
      auto other = synapses.withWeight(*common == 5 ? 6 : 5);
      EXPECT_NE(other, synapses);
      EXPECT_EQ(other.withWeight(*common), synapses);
      for (int64_t i = 0; i < shape.sources; ++i)
        synapses.visit(i, shape, [&](const Synapse &synapse) {
          EXPECT_EQ(synapse.weight, *common);
        });
    }
  }

  InFlightDiagnostic emitError_() {
    return emitError(UnknownLoc::get(&context));
  }

  static constexpr int kRounds = 60;
  MLIRContext context;
  std::mt19937 random{7};
};

TEST_F(SynapsesTest, Dense) {
  for (int round = 0; round < kRounds; ++round) {
    SynapseShape shape = {pick(1, 9), pick(1, 9)};
    auto values = weights(shape.sources * shape.targets);
    check(tensor<int8_t>(values, {shape.targets, shape.sources}), shape,
          [&](int64_t i, int64_t j) {
            return std::pair(int64_t(values[j * shape.sources + i]),
                             int64_t(0));
          });
  }
}

TEST_F(SynapsesTest, SplatOfATensor) {
  SynapseShape shape = {3, 5};
  check(tensor<int8_t>({int8_t(-4)}, {5, 3}), shape,
        [](int64_t, int64_t) { return std::pair<int64_t, int64_t>(-4, 0); });
}

TEST_F(SynapsesTest, Sparse) {
  for (int round = 0; round < kRounds; ++round) {
    SynapseShape shape = {pick(1, 12), pick(1, 12)};
    std::map<std::pair<int64_t, int64_t>, std::pair<int64_t, int64_t>> all;
    std::vector<int64_t> offsets = {0};
    std::vector<int32_t> targets;
    std::vector<int8_t> values, delays;
    bool delayed = pick(0, 1);
    for (int64_t i = 0; i < shape.sources; ++i) {
      std::vector<int32_t> row;
      for (int32_t j = 0; j < shape.targets; ++j)
        if (pick(0, 2) == 0)
          row.push_back(j);
      std::shuffle(row.begin(), row.end(), random);
      for (int32_t j : row) {
        targets.push_back(j);
        values.push_back(int8_t(weight()));
        delays.push_back(int8_t(delayed ? pick(0, 62) : 0));
        all[{i, j}] = {values.back(), delays.back()};
      }
      offsets.push_back(int64_t(targets.size()));
    }
    check(SparseAttr::get(&context, list<int64_t>(offsets),
                          list<int32_t>(targets), list<int8_t>(values),
                          delayed ? list<int8_t>(delays) : ElementsAttr()),
          shape, [&](int64_t i, int64_t j) {
            auto at = all.find({i, j});
            return at == all.end() ? std::nullopt : std::optional(at->second);
          });
  }
}

TEST_F(SynapsesTest, OneWeight) {
  for (int round = 0; round < kRounds; ++round) {
    int64_t n = pick(1, 12), w = weight(), blocks = pick(1, 4);
    int64_t sources = pick(1, 6), targets = pick(1, 6);
    SynapseShape square = {n, n}, cut = {sources * blocks, targets * blocks};
    auto when = [&](bool here) {
      return here ? std::optional(std::pair(w, int64_t(0))) : std::nullopt;
    };
    check(OneToOneAttr::get(&context, w), square,
          [&](int64_t i, int64_t j) { return when(i == j); });
    int64_t by = pick(-n, n);
    check(ShiftAttr::get(&context, by, w), square,
          [&](int64_t i, int64_t j) { return when((i + by - j) % n == 0); });
    std::vector<int32_t> order(static_cast<size_t>(n));
    std::iota(order.begin(), order.end(), 0);
    std::shuffle(order.begin(), order.end(), random);
    check(PermutationAttr::get(&context, list<int32_t>(order), w), square,
          [&](int64_t i, int64_t j) { return when(order[size_t(i)] == j); });
    auto inBlock = [&](int64_t i, int64_t j) {
      return i / sources == j / targets;
    };
    check(BlocksAttr::get(&context, blocks, w), cut,
          [&](int64_t i, int64_t j) { return when(inBlock(i, j)); });
    int64_t period = pick(1, 8);
    check(RepeatAttr::get(&context, blocks, period, w), cut,
          [&](int64_t i, int64_t j) {
            return when(inBlock(i, j) &&
                        i % sources % period == j % targets % period);
          });
    int64_t step = pick(1, 4), offset = pick(0, 4);
    check(StrideAttr::get(&context, blocks, step, offset, w), cut,
          [&](int64_t i, int64_t j) {
            return when(inBlock(i, j) &&
                        i % sources == offset + j % targets * step);
          });
    auto values = weights(sources * targets);
    check(PerBlockAttr::get(&context, blocks,
                            tensor<int8_t>(values, {targets, sources})),
          cut,
          [&](int64_t i,
              int64_t j) -> std::optional<std::pair<int64_t, int64_t>> {
            if (!inBlock(i, j))
              return std::nullopt;
            return std::pair<int64_t, int64_t>(
                values[j % targets * sources + i % sources], 0);
          });
  }
}

TEST_F(SynapsesTest, Convolutions) {
  for (int round = 0; round < kRounds; ++round) {
    // Axis 0 is left out in one dimension.
    bool flat = round % 2;
    int64_t groups = pick(1, 3), channels = groups * pick(1, 2),
            outputs = groups * pick(1, 2);
    int64_t in[2], out[2], kernel[2], stride[2], dilation[2], before[2],
        after[2];
    for (int axis = 0; axis < 2; ++axis) {
      bool unit = flat && axis == 0;
      do {
        in[axis] = unit ? 1 : pick(1, 7);
        kernel[axis] = unit ? 1 : pick(1, 3);
        stride[axis] = unit ? 1 : pick(1, 3);
        dilation[axis] = unit ? 1 : pick(1, 3);
        before[axis] = unit ? 0 : pick(0, 3);
        after[axis] = unit ? 0 : pick(0, 3);
        int64_t room = in[axis] + before[axis] + after[axis] -
                       (kernel[axis] - 1) * dilation[axis] - 1;
        out[axis] = room < 0 ? 0 : room / stride[axis] + 1;
      } while (!out[axis]);
    }
    int64_t inGroup = channels / groups, outGroup = outputs / groups;
    auto values = weights(outputs * inGroup * kernel[0] * kernel[1]);
    SynapseShape shape = {channels * in[0] * in[1], outputs * out[0] * out[1]};
    auto definition =
        [&](int64_t i,
            int64_t j) -> std::optional<std::pair<int64_t, int64_t>> {
      int64_t c = i % channels, o = j % outputs;
      if (c / inGroup != o / outGroup)
        return std::nullopt;
      int64_t from[2] = {i / channels / in[1], i / channels % in[1]};
      int64_t to[2] = {j / outputs / out[1], j / outputs % out[1]};
      int64_t tap[2];
      for (int axis = 0; axis < 2; ++axis) {
        int64_t far = from[axis] + before[axis] - to[axis] * stride[axis];
        tap[axis] = far / dilation[axis];
        if (far < 0 || far % dilation[axis] || tap[axis] >= kernel[axis])
          return std::nullopt;
      }
      return std::pair<int64_t, int64_t>(
          values[((o * inGroup + c % inGroup) * kernel[0] + tap[0]) *
                     kernel[1] +
                 tap[1]],
          0);
    };
    if (flat)
      check(Conv1dAttr::get(
                &context, tensor<int8_t>(values, {outputs, inGroup, kernel[1]}),
                {channels, in[1]}, {outputs, out[1]}, stride[1],
                {before[1], after[1]}, dilation[1], groups),
            shape, definition);
    else
      check(Conv2dAttr::get(&context,
                            tensor<int8_t>(values, {outputs, inGroup, kernel[0],
                                                    kernel[1]}),
                            {channels, in[0], in[1]}, {outputs, out[0], out[1]},
                            {stride[0], stride[1]},
                            {before[0], before[1], after[0], after[1]},
                            {dilation[0], dilation[1]}, groups),
            shape, definition);
  }
}

} // namespace
