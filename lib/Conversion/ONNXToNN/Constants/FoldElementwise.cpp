//===- FoldElementwise.cpp - elementwise operators on constants -----------===//
//
// Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Constants/Fold.h"
#include <algorithm>
#include <cmath>
#include <limits>

using namespace neuro::onnxnn;

void neuro::onnxnn::wrongType(NodeContext &c, DType type) {
  c.invalid(std::string("the operator is not defined for ") + nameOf(type));
}

bool neuro::onnxnn::sameType(NodeContext &c, Tensor &a, Tensor &b) {
  if (a.type == b.type)
    return true;
  if (!a.isFloat() || !b.isFloat()) {
    c.invalid(std::string("the element types differ: ") + nameOf(a.type) +
              " and " + nameOf(b.type));
    return false;
  }
  bool wide = a.type == DType::Double || b.type == DType::Double;
  DType type = wide ? DType::Double : DType::Float;
  a = cast(a, type);
  b = cast(b, type);
  return true;
}

bool neuro::onnxnn::commonShape(NodeContext &c, const Shape &a, const Shape &b,
                                Shape &shape) {
  if (!broadcast(a, b, shape)) {
    c.invalid("shapes " + text(a) + " and " + text(b) + " do not broadcast");
    return false;
  }
  if (elements(shape) > kMaxElements) {
    c.unsupported("the result has too many elements: " + text(shape));
    return false;
  }
  return true;
}

int64_t neuro::onnxnn::axisOf(NodeContext &c, const char *name,
                              int64_t otherwise, int64_t rank) {
  int64_t given = c.attr(name, otherwise), axis = normalAxis(given, rank);
  if (axis < 0)
    c.invalid(std::string("attribute '") + name +
              "' = " + std::to_string(given) + " is out of range for " +
              std::to_string(rank) + " axes");
  return axis;
}

int64_t neuro::onnxnn::product(const Shape &shape, size_t first, size_t last) {
  return elements(Shape(shape.begin() + first, shape.begin() + last));
}

Tensor neuro::onnxnn::broadcastTo(const Tensor &x, const Shape &shape) {
  return x.shape == shape ? x : apply(expandMap(x.shape, shape), x);
}

Tensor neuro::onnxnn::scalarOf(DType type, double value) {
  if (isFloating(type))
    return Tensor::make({}, std::vector<double>{value}, type);
  return Tensor::make({}, std::vector<int64_t>{int64_t(value)}, type);
}

//===----------------------------------------------------------------------===//
// One operand
//===----------------------------------------------------------------------===//

/// A function of floats; `make` reads the attributes and gives it.
template <typename Make>
static void onFloats(OperatorTable &t, const char *name,
                     std::initializer_list<int64_t> versions, Make make,
                     const char *domain = "") {
  t.onFold(
      name, versions, 1,
      [make](NodeContext &c) {
        const Tensor &x = c.tensor(0);
        if (!x.isFloat())
          return wrongType(c, x.type);
        auto f = make(c);
        c.set(mapFloats(x, f));
      },
      domain);
}

template <typename T> static T softplus(T v) {
  return std::max(v, T(0)) + std::log1p(std::exp(-std::fabs(v)));
}

template <typename T> static T gelu(T v, bool tanh) {
  if (!tanh)
    return T(0.5) * v * (T(1) + std::erf(v * T(0.70710678118654752440)));
  // Constants of f32, as ONNX defines the function: the root of 2 / pi is taken
  // in the element's type.
  T slope = std::sqrt(T(0.636619772367581f));
  T inner = slope * (v + T(0.044715f) * v * v * v);
  return T(0.5) * v * (T(1) + std::tanh(inner));
}

static void addPlainFunctions(OperatorTable &t) {
#define PLAIN(NAME, EXPRESSION, ...)                                           \
  onFloats(t, NAME, {__VA_ARGS__},                                             \
           [](NodeContext &) { return [](auto v) { return EXPRESSION; }; })
  PLAIN("Sqrt", std::sqrt(v), 6, 13);
  PLAIN("Reciprocal", decltype(v)(1) / v, 6, 13);
  PLAIN("Exp", std::exp(v), 6, 13);
  PLAIN("Log", std::log(v), 6, 13);
  PLAIN("Sin", std::sin(v), 7, 22);
  PLAIN("Cos", std::cos(v), 7, 22);
  PLAIN("Tan", std::tan(v), 7, 22);
  PLAIN("Asin", std::asin(v), 7, 22);
  PLAIN("Acos", std::acos(v), 7, 22);
  PLAIN("Atan", std::atan(v), 7, 22);
  PLAIN("Sinh", std::sinh(v), 9, 22);
  PLAIN("Cosh", std::cosh(v), 9, 22);
  PLAIN("Asinh", std::asinh(v), 9, 22);
  PLAIN("Acosh", std::acosh(v), 9, 22);
  PLAIN("Atanh", std::atanh(v), 9, 22);
  PLAIN("Tanh", std::tanh(v), 6, 13);
  PLAIN("Erf", std::erf(v), 9, 13);
  PLAIN("Sigmoid", decltype(v)(1) / (decltype(v)(1) + std::exp(-v)), 6, 13);
  PLAIN("Ceil", std::ceil(v), 6, 13);
  PLAIN("Floor", std::floor(v), 6, 13);
  PLAIN("Round", std::nearbyint(v), 11, 22); // half to even
  PLAIN("Softplus", softplus(v), 1, 22);
  PLAIN("Softsign", v / (decltype(v)(1) + std::fabs(v)), 1, 22);
  PLAIN("Mish", v * std::tanh(softplus(v)), 18, 22);
#undef PLAIN
  onFloats(t, "HardSwish", {14, 22}, [](NodeContext &) {
    return [](auto v) {
      using T = decltype(v);
      return v * std::max(T(0), std::min(T(1), v / T(6) + T(0.5)));
    };
  });
}

static void addFunctionsWithAttributes(OperatorTable &t) {
  onFloats(t, "HardSigmoid", {6, 22}, [](NodeContext &c) {
    float alpha = float(c.attr("alpha", double(0.2f)));
    float beta = float(c.attr("beta", 0.5));
    return [=](auto v) {
      using T = decltype(v);
      return std::max(T(0), std::min(T(1), T(alpha) * v + T(beta)));
    };
  });
  onFloats(t, "Elu", {6, 22}, [](NodeContext &c) {
    float alpha = float(c.attr("alpha", 1.0));
    return
        [=](auto v) { return v < 0 ? decltype(v)(alpha) * std::expm1(v) : v; };
  });
  onFloats(t, "Celu", {12}, [](NodeContext &c) {
    float alpha = float(c.attr("alpha", 1.0));
    return [=](auto v) {
      using T = decltype(v);
      return std::max(T(0), v) +
             std::min(T(0), T(alpha) * std::expm1(v / T(alpha)));
    };
  });
  onFloats(t, "Selu", {6, 22}, [](NodeContext &c) {
    float alpha = float(c.attr("alpha", double(1.67326319217681884765625f)));
    float gamma = float(c.attr("gamma", double(1.05070102214813232421875f)));
    return [=](auto v) {
      using T = decltype(v);
      return v > 0 ? T(gamma) * v : T(gamma) * T(alpha) * std::expm1(v);
    };
  });
  onFloats(t, "LeakyRelu", {6, 16}, [](NodeContext &c) {
    float alpha = float(c.attr("alpha", double(0.01f)));
    return [=](auto v) { return v < 0 ? decltype(v)(alpha) * v : v; };
  });
  onFloats(t, "ThresholdedRelu", {10, 22}, [](NodeContext &c) {
    float alpha = float(c.attr("alpha", 1.0));
    return [=](auto v) { return v > decltype(v)(alpha) ? v : decltype(v)(0); };
  });
  onFloats(t, "Gelu", {20}, [](NodeContext &c) {
    std::string how = c.attr("approximate", "none");
    if (how != "none" && how != "tanh")
      c.invalid("attribute 'approximate' = \"" + how +
                "\" is neither none nor tanh");
    return [tanh = how == "tanh"](auto v) { return gelu(v, tanh); };
  });
  onFloats(
      t, "Gelu", {1},
      [](NodeContext &) { return [](auto v) { return gelu(v, false); }; },
      "com.microsoft");
}

/// Functions that are also defined for integers.
static void addNumericFunctions(OperatorTable &t) {
  auto numeric = [&](const char *name, std::initializer_list<int64_t> versions,
                     auto f) {
    t.onFold(name, versions, 1, [f](NodeContext &c) {
      const Tensor &x = c.tensor(0);
      if (x.type == DType::Bool)
        return wrongType(c, x.type);
      c.set(x.isFloat() ? mapFloats(x, f) : mapInts(x, f));
    });
  };
  numeric("Abs", {6, 13}, [](auto v) {
    if constexpr (std::is_floating_point_v<decltype(v)>)
      return std::fabs(v);
    else
      return decltype(v)(int64_t(v) < 0 && std::is_signed_v<decltype(v)>
                             ? 0 - uint64_t(v)
                             : uint64_t(v));
  });
  numeric("Neg", {6, 13}, [](auto v) {
    if constexpr (std::is_floating_point_v<decltype(v)>)
      return -v;
    else
      return decltype(v)(0 - uint64_t(v));
  });
  numeric("Sign", {9, 13}, [](auto v) {
    // A NaN keeps being none.
    return v > 0 ? decltype(v)(1) : v < 0 ? decltype(v)(-1) : v - v;
  });
  numeric("Relu", {6, 13, 14},
          [](auto v) { return v < 0 ? decltype(v)(0) : v; });
  t.onFold("Shrink", {9}, 1, [](NodeContext &c) {
    const Tensor &x = c.tensor(0);
    float bias = float(c.attr("bias", 0.0));
    float lambd = float(c.attr("lambd", 0.5));
    // In f32 whatever the type is, as ONNX Runtime does.
    auto f = [=](float v) {
      return v < -lambd ? v + bias : v > lambd ? v - bias : 0.0f;
    };
    if (x.type == DType::Bool)
      return wrongType(c, x.type);
    auto integer = [&](auto v) {
      return decltype(v)(truncated(f(float(v)), x.type));
    };
    c.set(x.isFloat() ? mapFloats(x, [&](auto v) { return f(float(v)); })
                      : mapInts(x, integer));
  });
}

static void addTests(OperatorTable &t) {
  t.onFold("Not", {1}, 1, [](NodeContext &c) {
    if (c.tensor(0).type != DType::Bool)
      return wrongType(c, c.tensor(0).type);
    c.set(mapInts(c.tensor(0), [](auto v) { return decltype(v)(!v); }));
  });
  t.onFold("BitwiseNot", {18}, 1, [](NodeContext &c) {
    if (c.tensor(0).isFloat() || c.tensor(0).type == DType::Bool)
      return wrongType(c, c.tensor(0).type);
    c.set(mapInts(c.tensor(0), [](auto v) { return decltype(v)(~v); }));
  });
  auto test = [&](const char *name, std::initializer_list<int64_t> versions,
                  auto make) {
    t.onFold(name, versions, 1, [make](NodeContext &c) {
      const Tensor &x = c.tensor(0);
      if (!x.isFloat())
        return wrongType(c, x.type);
      auto f = make(c);
      std::vector<int64_t> out(x.size());
      for (int64_t i = 0; i < x.size(); ++i)
        out[i] = f(x.at(i));
      c.set(Tensor::make(x.shape, std::move(out), DType::Bool));
    });
  };
  test("IsNaN", {9, 13, 20},
       [](NodeContext &) { return [](double v) { return std::isnan(v); }; });
  test("IsInf", {10, 20}, [](NodeContext &c) {
    bool negative = c.attr("detect_negative", int64_t(1)) != 0;
    bool positive = c.attr("detect_positive", int64_t(1)) != 0;
    return [=](double v) {
      return std::isinf(v) && (v < 0 ? negative : positive);
    };
  });
}

//===----------------------------------------------------------------------===//
// Two and more operands
//===----------------------------------------------------------------------===//

/// Operands of one type, broadcast to one shape.
static bool operands(NodeContext &c, Tensor &a, Tensor &b) {
  Shape shape;
  if (!sameType(c, a, b) || !commonShape(c, a.shape, b.shape, shape))
    return false;
  a = broadcastTo(a, shape);
  b = broadcastTo(b, shape);
  return true;
}

namespace {
enum Types { Numbers, Integers, Bools, Any };
} // namespace

static bool fits(DType type, Types types) {
  switch (types) {
  case Numbers:
    return type != DType::Bool;
  case Integers:
    return type != DType::Bool && !isFloating(type);
  case Bools:
    return type == DType::Bool;
  default:
    return true;
  }
}

template <typename F>
static void onPairs(OperatorTable &t, const char *name,
                    std::initializer_list<int64_t> versions, Types types, F f) {
  t.onFold(name, versions, 2, [types, f](NodeContext &c) {
    Tensor a = c.tensor(0), b = c.tensor(1);
    if (!fits(a.type, types))
      return wrongType(c, a.type);
    if (operands(c, a, b))
      c.set(mapPairs(a, b, f));
  });
}

/// Unsigned arithmetic on integers, so that an overflow wraps.
#define WRAPPING(OPERATOR)                                                     \
  [](auto u, auto v) {                                                         \
    using T = decltype(u);                                                     \
    if constexpr (std::is_floating_point_v<T>)                                 \
      return T(u OPERATOR v);                                                  \
    else                                                                       \
      return T(uint64_t(u) OPERATOR uint64_t(v));                              \
  }

static bool hasZero(const Tensor &x) {
  return !x.isFloat() &&
         std::find(x.ints->begin(), x.ints->end(), 0) != x.ints->end();
}

/// Div and Mod, which have no result for integers over zero.
static void divideFold(NodeContext &c) {
  Tensor a = c.tensor(0), b = c.tensor(1);
  bool quotient = c.node.op == "Div";
  bool truncating = !quotient && c.attr("fmod", int64_t(0)) != 0;
  if (a.type == DType::Bool)
    return wrongType(c, a.type);
  if (!operands(c, a, b))
    return;
  if (hasZero(b))
    return c.invalid("an integer is divided by zero");
  if (!quotient && !truncating && a.isFloat())
    return c.invalid("attribute 'fmod' must be 1 for " +
                     std::string(nameOf(a.type)));
  c.set(mapPairs(a, b, [=](auto u, auto v) {
    using T = decltype(u);
    if constexpr (std::is_floating_point_v<T>) {
      return quotient ? T(u / v) : T(std::fmod(u, v));
    } else {
      // The lowest integer over -1 has no quotient of its own width.
      if (std::is_signed_v<T> && v == T(-1))
        return quotient ? T(0 - uint64_t(u)) : T(0);
      if (quotient)
        return T(u / v);
      T rest = T(u % v);
      return !truncating && rest != 0 && (rest < 0) != (v < 0) ? T(rest + v)
                                                               : rest;
    }
  }));
}

static void powFold(NodeContext &c) {
  const Tensor &a = c.tensor(0), &b = c.tensor(1);
  Shape shape;
  if (a.type == DType::Bool || b.type == DType::Bool)
    return wrongType(c, DType::Bool);
  if (!commonShape(c, a.shape, b.shape, shape))
    return;
  Tensor x = broadcastTo(a, shape), y = broadcastTo(b, shape);
  int64_t count = elements(shape);
  // One exponent for all: squares and cubes are products.
  double one = b.size() == 1 ? b.at(0) : 0;
  if (one == 2 || one == 3) {
    Tensor square = mapPairs(x, x, WRAPPING(*));
    return c.set(one == 2 ? square : mapPairs(square, x, WRAPPING(*)));
  }
  std::vector<double> powers(count);
  for (int64_t i = 0; i < count; ++i)
    powers[i] = std::pow(x.at(i), y.at(i));
  c.set(cast(Tensor::make(shape, std::move(powers)), a.type));
}

static void shiftFold(NodeContext &c) {
  Tensor a = c.tensor(0), b = c.tensor(1);
  std::string direction = c.attr("direction", "");
  if (direction != "LEFT" && direction != "RIGHT")
    return c.invalid("attribute 'direction' = \"" + direction +
                     "\" is neither LEFT nor RIGHT");
  if (a.isFloat() || !isUnsigned(a.type))
    return wrongType(c, a.type);
  bool left = direction == "LEFT";
  if (!operands(c, a, b))
    return;
  uint64_t bits = uint64_t(bitsOf(a.type));
  for (int64_t by : *b.ints)
    if (uint64_t(by) >= bits)
      return c.unsupported("a shift by " + std::to_string(uint64_t(by)) +
                               " of a type of " + std::to_string(bits) +
                               " bits, which ONNX does not define",
                           "shifts by less than the width");
  c.set(mapPairs(a, b, [left](auto u, auto v) {
    if constexpr (std::is_floating_point_v<decltype(u)>)
      return u;
    else
      return decltype(u)(left ? uint64_t(u) << v : uint64_t(u) >> v);
  }));
}

static void preluFold(NodeContext &c) {
  Tensor x = c.tensor(0), slope = c.tensor(1);
  Shape shape;
  if (x.type == DType::Bool)
    return wrongType(c, x.type);
  if (!sameType(c, x, slope) || !commonShape(c, x.shape, slope.shape, shape))
    return;
  if (shape != x.shape)
    return c.invalid("the slope " + text(slope.shape) +
                     " is larger than the input " + text(x.shape));
  c.set(mapPairs(x, broadcastTo(slope, shape), [](auto u, auto v) {
    auto times = WRAPPING(*);
    return u < 0 ? times(u, v) : u;
  }));
}

static void addPairs(OperatorTable &t) {
  onPairs(t, "Add", {7, 13, 14}, Numbers, WRAPPING(+));
  onPairs(t, "Sub", {7, 13, 14}, Numbers, WRAPPING(-));
  onPairs(t, "Mul", {7, 13, 14}, Numbers, WRAPPING(*));
  t.onFold("Div", {7, 13, 14}, 2, divideFold);
  t.onFold("Mod", {10, 13}, 2, divideFold);
  t.onFold("Pow", {7, 12, 13, 15}, 2, powFold);
  t.onFold("BitShift", {11}, 2, shiftFold);
  t.onFold("PRelu", {7, 9, 16}, 2, preluFold);
  onPairs(t, "Equal", {7, 11, 13, 19}, Any,
          [](auto u, auto v) { return u == v; });
  onPairs(t, "Less", {7, 9, 13}, Numbers, [](auto u, auto v) { return u < v; });
  onPairs(t, "Greater", {7, 9, 13}, Numbers,
          [](auto u, auto v) { return u > v; });
  onPairs(t, "LessOrEqual", {12, 16}, Numbers,
          [](auto u, auto v) { return u <= v; });
  onPairs(t, "GreaterOrEqual", {12, 16}, Numbers,
          [](auto u, auto v) { return u >= v; });
  onPairs(t, "And", {7}, Bools,
          [](auto u, auto v) { return u != 0 && v != 0; });
  onPairs(t, "Or", {7}, Bools, [](auto u, auto v) { return u != 0 || v != 0; });
  onPairs(t, "Xor", {7}, Bools,
          [](auto u, auto v) { return (u != 0) != (v != 0); });
#define BITWISE(OPERATOR)                                                      \
  [](auto u, auto v) { return decltype(u)(uint64_t(u) OPERATOR uint64_t(v)); }
  onPairs(t, "BitwiseAnd", {18}, Integers, BITWISE(&));
  onPairs(t, "BitwiseOr", {18}, Integers, BITWISE(|));
  onPairs(t, "BitwiseXor", {18}, Integers, BITWISE(^));
#undef BITWISE
}

/// The smaller or larger of two; a NaN wins.
static Tensor extreme(const Tensor &a, const Tensor &b, bool largest) {
  return mapPairs(a, b, [largest](auto u, auto v) {
    if (u != u || v != v)
      return u != u ? u : v;
    return (largest ? u < v : v < u) ? v : u;
  });
}

/// Min, Max, Sum and Mean of any number of operands.
static void variadicFold(NodeContext &c) {
  const std::string &op = c.node.op;
  Tensor result = c.tensor(0);
  bool sums = op == "Sum" || op == "Mean";
  if (result.type == DType::Bool || (sums && !result.isFloat()))
    return wrongType(c, result.type);
  // Halves are added up as floats, and rounded once.
  DType type = result.type;
  if (sums && type != DType::Double)
    result = cast(result, DType::Float);
  for (size_t i = 1; i < c.inputCount(); ++i) {
    Tensor next = c.tensor(i);
    if (next.type != type)
      return c.invalid(std::string("the element types differ: ") +
                       nameOf(type) + " and " + nameOf(next.type));
    if (sums && type != DType::Double)
      next = cast(next, DType::Float);
    if (!operands(c, result, next))
      return;
    result = sums ? mapPairs(result, next, WRAPPING(+))
                  : extreme(result, next, op == "Max");
  }
  if (op == "Mean")
    result = mapFloats(
        result, [n = c.inputCount()](auto v) { return v / decltype(v)(n); });
  c.set(cast(result, type));
}

static void clipFold(NodeContext &c) {
  Tensor x = c.tensor(0);
  if (x.type == DType::Bool)
    return wrongType(c, x.type);
  for (bool largest : {true, false}) { // from below first
    Tensor limit;
    const char *name = largest ? "min" : "max";
    size_t input = largest ? 1 : 2;
    if (c.node.opset < 11) {
      double far = double(std::numeric_limits<float>::max());
      limit = scalarOf(x.type, c.attr(name, largest ? -far : far));
    } else if (c.has(input)) {
      limit = c.tensor(input);
      if (limit.size() != 1)
        return c.invalid(std::string("'") + name + "' is not one number");
      limit.shape = {};
    } else {
      continue;
    }
    if (!sameType(c, x, limit))
      return;
    // A NaN as input stays; nothing else is a limit for it.
    x = extreme(x, broadcastTo(limit, x.shape), largest);
  }
  c.set(x);
}

static void whereFold(NodeContext &c) {
  const Tensor &condition = c.tensor(0);
  Tensor a = c.tensor(1), b = c.tensor(2);
  Shape shape;
  if (condition.type != DType::Bool)
    return wrongType(c, condition.type);
  if (!sameType(c, a, b) || !commonShape(c, a.shape, b.shape, shape) ||
      !commonShape(c, shape, condition.shape, shape))
    return;
  c.set(where(condition, a, b, shape));
}

static void castFold(NodeContext &c) {
  if (c.node.op == "CastLike")
    return c.set(cast(c.tensor(0), c.tensor(1).type));
  int64_t to = c.attr("to", int64_t(0));
  std::optional<DType> type = typeOfNumber(to);
  if (!type)
    return c.unsupported("a cast to element type number " + std::to_string(to),
                         "FLOAT, FLOAT16, BFLOAT16, DOUBLE, BOOL or an integer "
                         "of 8 to 64 bits");
  c.set(cast(c.tensor(0), *type));
}

void neuro::onnxnn::addElementwiseFolds(OperatorTable &t) {
  addPlainFunctions(t);
  addFunctionsWithAttributes(t);
  addNumericFunctions(t);
  addTests(t);
  addPairs(t);
  for (const char *op : {"Min", "Max", "Sum", "Mean"})
    t.onFold(op, {8, 12, 13}, kAllInputs, variadicFold);
  t.onFold("Clip", {6, 11, 12, 13}, 1, clipFold);
  t.onFold("Where", {9, 16}, 3, whereFold);
  t.onFold("Cast", {6, 9, 13, 19, 21, 23}, 1, castFold);
  t.onFold("CastLike", {15, 19, 21, 23}, 2, castFold);
}
