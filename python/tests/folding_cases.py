# Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Random nodes of constants, for every operator that the compiler folds.

A case is a node (operator, opset, attributes, inputs as arrays, number of
outputs). Shapes, values, attributes and element types are drawn by a seeded
generator: also empty tensors, negative axes, bounds out of range, extremes.
"""

import dataclasses

import numpy as np

FLOATS = [np.float32, np.float16, np.float64]
SIGNED = [np.int8, np.int16, np.int32, np.int64]
UNSIGNED = [np.uint8, np.uint16, np.uint32, np.uint64]
INTS = SIGNED + UNSIGNED
NUMBERS = FLOATS + INTS
ALL = NUMBERS + [np.bool_]
NUMBER_OF = {
    np.float32: 1, np.uint8: 2, np.int8: 3, np.uint16: 4, np.int16: 5, np.int32: 6, np.int64: 7, np.bool_: 9,
    np.float16: 10, np.float64: 11, np.uint32: 12, np.uint64: 13,
}


@dataclasses.dataclass
class Case:
    op: str
    opset: int
    attributes: dict
    inputs: list  # arrays; None: left out
    outputs: int = 1
    domain: str = ""

    def text(self):
        kinds = ", ".join("-" if x is None else f"{x.dtype}{list(x.shape)}" for x in self.inputs)
        return f"{self.op}-{self.opset} {self.attributes} ({kinds})"


class Draw:
    """Draws what cases are made of."""

    def __init__(self, rng):
        self.rng = rng

    def of(self, items):
        return items[self.rng.integers(len(items))]

    def often(self, chance):
        return self.rng.random() < chance

    def whole(self, low, high):
        return int(self.rng.integers(low, high + 1))

    def shape(self, least=0, most=4, zero=0.06, high=4):
        rank = self.whole(least, most)
        shape = [self.whole(1, high) for _ in range(rank)]
        if rank and self.often(zero):
            shape[self.whole(0, rank - 1)] = 0
        return tuple(shape)

    def within(self, shape):
        """A shape that broadcasts to `shape`."""
        shape = list(shape)
        for i in range(len(shape)):
            if self.often(0.3):
                shape[i] = 1
        return tuple(shape[self.whole(0, len(shape)) :] if self.often(0.4) else shape)

    def pair(self):
        full = self.shape()
        shapes = [full, self.within(full)]
        self.rng.shuffle(shapes)
        return tuple(shapes[0]), tuple(shapes[1])

    def values(self, dtype, shape, kind="any"):
        """kind: any, finite, small (integers of one digit), positive, unit (-1 to 1), distinct."""
        dtype = np.dtype(dtype)
        size = int(np.prod(shape, dtype=np.int64))
        if kind == "distinct":
            x = self.rng.permutation(max(size, 1))[:size] - (0 if dtype.kind == "u" else size // 2)
        elif dtype.kind == "b":
            x = self.rng.random(size) < 0.5
        elif dtype.kind in "iu":
            low = 0 if dtype.kind == "u" or kind == "positive" else -9
            x = self.rng.integers(low, 10, size)
            if kind == "any":
                info = np.iinfo(dtype)
                wide = self.rng.integers(info.min, info.max, size, dtype=dtype, endpoint=True)
                edge = self.rng.choice(np.array([info.min, info.max, 0, 1], dtype), size)
                pick = self.rng.random(size)
                x = np.where(pick < 0.5, x.astype(dtype), np.where(pick < 0.8, wide, edge))
        else:
            x = self.rng.normal(size=size) * 10.0 ** self.rng.integers(-2, 2)
            if kind == "unit":
                x = self.rng.uniform(-1, 1, size)
            if kind == "positive":
                x = np.abs(x) + 0.01
            if kind == "whole":
                x = self.rng.integers(-9, 10, size)
            if kind in ("any", "finite"):
                extra = [0.0, -0.0, 1.0, -1.0, 0.5, 1.5, 2.5, -2.5, 1e-7, 6e-8]
                if kind == "any":
                    extra += [np.inf, -np.inf, np.nan]
                pick = self.rng.random(size)
                x = np.where(pick < 0.25, self.rng.choice(extra, size), x)
        return np.asarray(x).astype(dtype).reshape(shape)

    def axis(self, rank):
        return self.whole(-rank, rank - 1)

    def axes(self, rank):
        count = self.whole(0, rank)
        axes = self.rng.permutation(rank)[:count]
        return [int(a) - (rank if self.often(0.4) else 0) for a in axes]


CASES = {}


def case(*names):
    def add(function):
        for name in names:
            CASES[name] = function
        return function

    return add


def unary(op, opsets, types, kind="any", attributes=lambda d: {}):
    def make(d):
        return Case(op, d.of(opsets), attributes(d), [d.values(d.of(types), d.shape(), kind)])

    CASES[op] = make


for op in ("Sqrt", "Exp", "Log", "Tanh", "Sigmoid", "Ceil", "Floor", "Reciprocal"):
    unary(op, [7, 13, 17, 21], FLOATS)
for op in ("Sin", "Cos", "Tan", "Asin", "Acos", "Atan"):
    unary(op, [7, 17, 22], FLOATS, "unit")
for op in ("Sinh", "Cosh", "Asinh", "Acosh", "Atanh"):
    unary(op, [9, 17, 22], FLOATS, "positive" if op == "Acosh" else "unit")
unary("Erf", [9, 13], FLOATS)
unary("Round", [11, 17, 22], FLOATS)
unary("Softplus", [7, 17, 22], FLOATS, "finite")
unary("Softsign", [7, 17, 22], FLOATS, "finite")
unary("Mish", [18, 22], FLOATS, "finite")
unary("HardSwish", [14, 22], FLOATS, "finite")
some = lambda d, low=0.1: round(float(d.rng.uniform(low, 1.5)), 3)
optional = lambda **makers: lambda d: {k: m(d) for k, m in makers.items() if d.often(0.7)}
unary("HardSigmoid", [7, 17, 22], FLOATS, "finite", optional(alpha=some, beta=some))
unary("Elu", [7, 17, 22], FLOATS, "finite", optional(alpha=some))
unary("Celu", [12, 17], [np.float32], "finite", optional(alpha=some))
unary("Selu", [7, 17, 22], FLOATS, "finite", optional(alpha=some, gamma=some))
unary("LeakyRelu", [7, 16], FLOATS, "finite", optional(alpha=some))
unary("ThresholdedRelu", [10, 22], FLOATS, "finite", optional(alpha=some))
unary("Shrink", [9, 17], NUMBERS, "finite", optional(lambd=some, bias=some))
unary("Gelu", [20], FLOATS, "finite", optional(approximate=lambda d: d.of(["none", "tanh"])))
unary("Abs", [7, 13], NUMBERS)
unary("Neg", [7, 13], FLOATS + SIGNED)
unary("Sign", [9, 13], NUMBERS, "finite")
unary("Relu", [14, 17], FLOATS + SIGNED, "finite")
unary("Not", [7, 17], [np.bool_])
unary("BitwiseNot", [18], INTS)
unary("IsNaN", [9, 13, 20], FLOATS)
unary("IsInf", [10, 20], FLOATS, "any", optional(detect_negative=lambda d: d.whole(0, 1), detect_positive=lambda d: d.whole(0, 1)))
unary("Identity", [7, 13, 17, 21], ALL)
unary("Shape", [7, 13], ALL)
unary("Size", [7, 13, 21], ALL)
unary("NonZero", [9, 13], ALL, "small")


@case("Add", "Sub", "Mul", "Equal", "Less", "Greater", "LessOrEqual", "GreaterOrEqual")
def arithmetic(d, op):
    a, b = d.pair()
    dtype = d.of(NUMBERS)
    return Case(op, d.of([12, 14, 17, 21] if "Or" in op else [7, 13, 14, 21]), {}, [d.values(dtype, a), d.values(dtype, b)])


@case("Div", "Mod")
def division(d, op):
    a, b = d.pair()
    dtype = d.of(NUMBERS)
    x, y = d.values(dtype, a, "finite"), d.values(dtype, b, "finite")
    if np.dtype(dtype).kind in "iu":
        y[y == 0] = 3
    fmod = op == "Mod" and (np.dtype(dtype).kind == "f" or d.often(0.5))
    return Case(op, d.of([10, 14, 17]), {"fmod": 1} if fmod else {}, [x, y])


@case("Pow")
def power(d, op):
    a, b = d.pair()
    dtype, other = d.of(FLOATS + [np.int32, np.int64]), d.of([np.float32, np.int32, np.int64, np.float64])
    opset = d.of([7, 13, 15])
    if opset == 7:
        other = dtype
    base = d.values(dtype, a, "positive" if np.dtype(other).kind == "f" else "small")
    return Case(op, opset, {}, [base, np.abs(d.values(other, b, "unit" if d.often(0.5) else "small")).astype(other) % 4])


@case("BitShift")
def shift(d, op):
    a, b = d.pair()
    dtype = d.of(UNSIGNED)
    by = d.rng.integers(0, np.dtype(dtype).itemsize * 8, b).astype(dtype)
    return Case(op, 11, {"direction": d.of(["LEFT", "RIGHT"])}, [d.values(dtype, a), by])


@case("PRelu")
def prelu(d, op):
    a = d.shape(1)
    dtype = d.of(FLOATS + [np.int32, np.int64, np.uint32, np.uint64])
    return Case(op, d.of([9, 16]), {}, [d.values(dtype, a, "finite"), d.values(dtype, d.within(a), "finite")])


@case("And", "Or", "Xor")
def logic(d, op):
    a, b = d.pair()
    return Case(op, d.of([7, 17]), {}, [d.values(np.bool_, a), d.values(np.bool_, b)])


@case("BitwiseAnd", "BitwiseOr", "BitwiseXor")
def bitwise(d, op):
    a, b = d.pair()
    dtype = d.of(INTS)
    return Case(op, 18, {}, [d.values(dtype, a), d.values(dtype, b)])


@case("Min", "Max", "Sum", "Mean")
def variadic(d, op):
    full = d.shape()
    dtype = d.of(FLOATS if op in ("Sum", "Mean") else NUMBERS)
    shapes = [full] + [d.within(full) for _ in range(d.whole(0, 2))]
    return Case(op, d.of([8, 12, 13, 17]), {}, [d.values(dtype, s, "any" if op[0] == "M" and op != "Mean" else "finite") for s in shapes])


@case("Clip")
def clip(d, op):
    opset = d.of([7, 11, 12, 13])
    dtype = d.of(FLOATS if opset < 12 else NUMBERS)
    x = d.values(dtype, d.shape(), "finite")
    if opset < 11:
        return Case(op, opset, {k: some(d) for k in ("min", "max") if d.often(0.7)}, [x])
    bounds = [d.values(dtype, (), "finite") if d.often(0.7) else None for _ in range(2)]
    return Case(op, opset, {}, [x] + bounds)


@case("Where")
def choice(d, op):
    full = d.shape()
    dtype = d.of([np.float32, np.float64, np.int32, np.int64, np.uint8, np.float16, np.bool_])
    return Case(op, d.of([9, 16]), {}, [d.values(t, d.within(full)) for t in (np.bool_, dtype, dtype)])


@case("Cast", "CastLike")
def cast(d, op):
    source, target = d.of(ALL), d.of(ALL)
    x = d.values(source, d.shape(), "any")
    if np.dtype(source).kind == "f":
        if np.dtype(target).kind in "iu":
            most = 6e4 if source == np.float16 else 1e9
            x = np.clip(d.values(np.float64, x.shape, "whole") * d.of([1, 1, 30, 300, 1e5]), -most, most).astype(source)
            if np.dtype(target).kind == "u":
                x = np.abs(x)
        elif source == np.float64 and target == np.float32:
            x = x * d.of([1, 1e-42, 1e36])
        elif target == np.float16:
            x = x * np.array(d.of([1, 1e-5, 1e-6, 1e3]), source)
    if op == "Cast":
        return Case(op, d.of([9, 13, 19, 21]), {"to": NUMBER_OF[target]}, [x])
    return Case(op, d.of([15, 19]), {}, [x, d.values(target, ())])


REDUCTIONS = "L1 L2 LogSum LogSumExp Max Mean Min Prod Sum SumSquare".split()


@case(*["Reduce" + name for name in REDUCTIONS])
def reduction(d, op):
    opset = d.of([11, 13, 18, 20])
    dtype = d.of([np.float32, np.float32, np.float64, np.int32, np.int64])
    if op in ("ReduceMax", "ReduceMin") and opset >= 12 and d.often(0.3):
        dtype = d.of([np.int8, np.uint8])
    kind = "positive" if "Log" in op else "finite" if op != "ReduceProd" else "small"
    # Of empty tensors ONNX Runtime gives the input's own shape.
    x = d.values(dtype, d.shape(zero=0), kind)
    if np.dtype(dtype).kind in "iu" and "Log" not in op:
        x = d.values(dtype, x.shape, "any" if op in ("ReduceMax", "ReduceMin") else "small")
        if op == "ReduceProd":
            x = np.clip(x, -2, 2)
    attributes, inputs, rank = {}, [x], x.ndim
    axes = d.axes(rank)
    if d.often(0.7):
        attributes["keepdims"] = d.whole(0, 1)
    if opset >= (13 if op == "ReduceSum" else 18):
        if d.often(0.4):
            attributes["noop_with_empty_axes"] = d.whole(0, 1)
        if d.often(0.8):
            inputs.append(np.array(axes, np.int64))
    elif axes:
        attributes["axes"] = axes
    return Case(op, opset, attributes, inputs)


@case("ArgMax", "ArgMin")
def extreme(d, op):
    x = d.values(d.of([np.float32, np.float64, np.int8, np.uint8, np.int32, np.int64]), d.shape(1, zero=0), "small")
    attributes = {k: d.whole(0, 1) for k in ("keepdims", "select_last_index") if d.often(0.6)}
    if d.often(0.8):
        attributes["axis"] = d.axis(x.ndim)
    return Case(op, d.of([12, 13]), attributes, [np.round(x)])


@case("Softmax", "LogSoftmax", "Hardmax")
def softmax(d, op):
    opset = d.of([11, 13])
    x = d.values(d.of(FLOATS), d.shape(2 if opset == 11 else 1), "finite")
    return Case(op, opset, {"axis": d.axis(x.ndim)} if d.often(0.7) else {}, [x])


@case("CumSum")
def cumulative(d, op):
    x = d.values(d.of([np.float32, np.float64, np.int32, np.int64]), d.shape(1), "finite")
    attributes = {k: d.whole(0, 1) for k in ("exclusive", "reverse") if d.often(0.6)}
    return Case(op, d.of([11, 14]), attributes, [x, np.array(d.axis(x.ndim), d.of([np.int32, np.int64]))])


@case("Dropout")
def dropout(d, op):
    opset = d.of([7, 10, 12, 13])
    x = d.values(d.of(FLOATS), d.shape(), "finite")
    if opset < 12:
        return Case(op, opset, {"ratio": some(d)} if d.often(0.5) else {}, [x])
    inputs = [x, np.float32(0.5), np.bool_(False)][: d.whole(1, 3)]
    return Case(op, opset, {}, [np.asarray(i) for i in inputs], d.whole(1, 2))


@case("Reshape")
def reshape(d, op):
    x = d.values(d.of(ALL), d.shape())
    target, left = [], x.size
    for _ in range(d.whole(0, 3)):
        divisors = [n for n in range(1, left + 1) if left % n == 0] or [0]
        target.append(int(d.of(divisors)))
        left = left // target[-1] if target[-1] else 0
    target.append(left)
    if x.size and d.often(0.4):
        target[d.whole(0, len(target) - 1)] = -1
    opset = d.of([7, 13, 14, 19])
    allow = opset >= 14 and x.size == 0
    return Case(op, opset, {"allowzero": 1} if allow else {}, [x, np.array(target, np.int64)])


@case("Flatten")
def flatten(d, op):
    x = d.values(d.of([np.float32, np.int64, np.float64]), d.shape())
    return Case(op, d.of([11, 13, 21]), {"axis": d.whole(-x.ndim, x.ndim)} if x.ndim > 0 and d.often(0.8) else {"axis": 0}, [x])


@case("Squeeze", "Unsqueeze")
def ones(d, op):
    opset = d.of([7, 11, 13, 21])
    shape = list(d.shape(0, 3))
    if op == "Squeeze":
        for _ in range(d.whole(1, 2)):
            shape.insert(d.whole(0, len(shape)), 1)
        axes = [i for i, n in enumerate(shape) if n == 1]
        rank = len(shape)
        given = d.often(0.7)
    else:
        rank = len(shape) + d.whole(1, 2)
        axes = sorted(int(a) for a in d.rng.permutation(rank)[: rank - len(shape)])
        given = True
    if opset >= 11:
        axes = [a - rank if d.often(0.4) else a for a in axes]
    x = d.values(d.of(ALL), tuple(shape))
    if opset < 13:
        return Case(op, opset, {"axes": axes} if given else {}, [x])
    return Case(op, opset, {}, [x, np.array(axes, np.int64)] if given else [x])


@case("Transpose")
def transpose(d, op):
    x = d.values(d.of(ALL), d.shape())
    perm = [int(a) for a in d.rng.permutation(x.ndim)]
    return Case(op, d.of([7, 13, 21]), {"perm": perm} if x.ndim and d.often(0.8) else {}, [x])


@case("Slice")
def slicing(d, op):
    x = d.values(d.of(ALL), d.shape(1))
    opset = d.of([7, 10, 13])
    count = d.whole(1, x.ndim)
    axes = [int(a) for a in d.rng.permutation(x.ndim)[:count]]
    far = lambda: d.of([-(2**63), 2**63 - 1, -(2**31), 2**31 - 1])
    bound = lambda: far() if d.often(0.15) else d.whole(-7, 7)
    starts, ends = [bound() for _ in axes], [bound() for _ in axes]
    if opset < 10:
        return Case(op, opset, {"starts": starts, "ends": ends, "axes": axes}, [x])
    steps = [d.of([-5, -3, -2, -1, 1, 2, 3]) for _ in axes]
    axes = [a - x.ndim if d.often(0.4) else a for a in axes]
    inputs = [x] + [np.array(v, np.int64) for v in (starts, ends, axes, steps)]
    return Case(op, opset, {}, inputs[: d.of([4, 5, 5, 5])])


@case("Split")
def split(d, op):
    x = d.values(d.of([np.float32, np.int32, np.int64, np.float64, np.uint8, np.bool_]), d.shape(1, zero=0))
    axis = d.axis(x.ndim)
    opset = d.of([7, 11, 13, 18])
    if opset < 11:
        axis %= x.ndim
    size = x.shape[axis]
    cuts = sorted(d.whole(0, size) for _ in range(d.whole(1, 2)))
    sizes = [int(s) for s in np.diff([0] + cuts + [size])]
    if opset < 13:
        return Case(op, opset, {"axis": axis, "split": sizes}, [x], len(sizes))
    if opset >= 18 and d.often(0.4):
        parts = d.whole(1, size)
        if -(-size // parts) * (parts - 1) < size:
            return Case(op, opset, {"axis": axis, "num_outputs": parts}, [x], parts)
    return Case(op, opset, {"axis": axis}, [x, np.array(sizes, np.int64)], len(sizes))


def indices(d, shape, size, dtype=None):
    x = d.rng.integers(-size, size, shape)
    return x.astype(dtype or d.of([np.int32, np.int64]))


@case("Gather")
def gather(d, op):
    x = d.values(d.of(ALL), d.shape(1, zero=0))
    axis = d.axis(x.ndim)
    return Case(op, d.of([11, 13]), {"axis": axis}, [x, indices(d, d.shape(0, 2), x.shape[axis])])


@case("GatherElements")
def gather_elements(d, op):
    x = d.values(d.of(ALL), d.shape(1, zero=0))
    axis = d.axis(x.ndim)
    shape = [d.whole(1, n) for n in x.shape]
    shape[axis] = d.whole(0, 5)
    return Case(op, d.of([11, 13]), {"axis": axis}, [x, indices(d, shape, x.shape[axis])])


def tuples(d, shape, depth, first, lead):
    parts = [indices(d, lead, shape[first + k], np.int64) for k in range(depth)]
    return np.stack(parts, -1)


@case("GatherND")
def gather_nd(d, op):
    x = d.values(d.of(ALL), d.shape(1, zero=0))
    opset = d.of([11, 12, 13])
    batch = d.whole(0, x.ndim - 1) if opset >= 12 else 0
    depth = d.whole(1, x.ndim - batch)
    lead = x.shape[:batch] + d.shape(0, 2)
    return Case(op, opset, {"batch_dims": batch} if batch else {}, [x, tuples(d, x.shape, depth, batch, lead)])


@case("ScatterElements")
def scatter_elements(d, op):
    opset = d.of([11, 13, 16, 18])
    attributes = {}
    x = d.values(d.of([np.float32, np.float64, np.int32, np.int64]), d.shape(1, zero=0), "small")
    axis = d.axis(x.ndim)
    if opset >= 16 and d.often(0.7):
        attributes["reduction"] = d.of(["none", "add", "mul"] + (["min", "max"] if opset >= 18 else []))
    shape = [d.whole(1, n) for n in x.shape]
    where = indices(d, shape, x.shape[axis])
    if attributes.get("reduction", "none") == "none":  # two updates of one place have no order
        turn = d.rng.permutation(x.shape[axis])[: shape[axis]]
        where = np.broadcast_to(turn.reshape([-1 if i == axis % x.ndim else 1 for i in range(x.ndim)]), shape)
        where = where.astype(np.int64)
    return Case(op, opset, {"axis": axis, **attributes}, [x, where, d.values(x.dtype, shape, "small")])


@case("ScatterND")
def scatter_nd(d, op):
    opset = d.of([11, 13, 16, 18])
    x = d.values(d.of([np.float32, np.float64, np.int32, np.int64]), d.shape(1, zero=0), "small")
    depth = d.whole(1, x.ndim)
    how = d.of(["none", "add", "mul"] + (["min", "max"] if opset >= 18 else [])) if opset >= 16 else "none"
    if how == "none":
        places = np.array(list(np.ndindex(*x.shape[:depth])), np.int64).reshape(-1, depth)
        where = d.rng.permutation(places)[: d.whole(0, len(places))]
    else:
        where = tuples(d, x.shape, depth, 0, d.shape(1, 2))
    updates = d.values(x.dtype, where.shape[:-1] + x.shape[depth:], "small")
    return Case(op, opset, {"reduction": how} if how != "none" else {}, [x, where, updates])


@case("Expand")
def expand(d, op):
    full = d.shape()
    x = d.values(d.of(ALL), d.within(full))
    target = d.within(full) if d.often(0.3) else full
    return Case(op, d.of([8, 13]), {}, [x, np.array(target, np.int64)])


@case("Tile")
def tile(d, op):
    x = d.values(d.of([np.float32, np.float64, np.int8, np.uint8, np.int32, np.int64, np.bool_]), d.shape(1, 3))
    return Case(op, d.of([7, 13]), {}, [x, np.array([d.whole(0 if d.often(0.1) else 1, 3) for _ in x.shape], np.int64)])


@case("Concat")
def concat(d, op):
    shape = list(d.shape(1))
    dtype = d.of(ALL)
    axis = d.axis(len(shape))
    parts = []
    for _ in range(d.whole(1, 3)):
        shape[axis] = d.whole(0, 3)
        parts.append(d.values(dtype, tuple(shape)))
    opset = d.of([7, 11, 13])
    return Case(op, opset, {"axis": axis % len(shape) if opset < 11 else axis}, parts)


@case("Pad")
def pad(d, op):
    opset = d.of([7, 11, 13, 18, 19])
    dtype = d.of([np.float32, np.float64] + ([np.int32, np.int64, np.uint8] if opset >= 13 else []))
    x = d.values(dtype, d.shape(1, 3, zero=0), "small")
    mode = d.of(["constant", "reflect", "edge"] + (["wrap"] if opset >= 19 else []))
    axes = list(range(x.ndim))
    if opset >= 18 and d.often(0.4):
        axes = [int(a) for a in d.rng.permutation(x.ndim)[: d.whole(1, x.ndim)]]
    least = -1 if mode == "constant" else 0
    size = lambda a: d.whole(max(least, -(x.shape[a] // 2)), x.shape[a] - 1 if mode in ("reflect", "wrap") else 3)
    pads = [size(a) for a in axes] + [size(a) for a in axes]
    attributes = {"mode": mode} if mode != "constant" or d.often(0.5) else {}
    if opset < 11:
        return Case(op, opset, {**attributes, "pads": pads, **({"value": some(d)} if d.often(0.5) else {})}, [x])
    inputs = [x, np.array(pads, np.int64)]
    if d.often(0.5) or len(axes) != x.ndim or axes != sorted(axes):
        inputs.append(d.values(dtype, (), "small"))
    if opset >= 18 and axes != list(range(x.ndim)):
        inputs.append(np.array(axes, np.int64))
    return Case(op, opset, attributes, inputs)


@case("DepthToSpace", "SpaceToDepth")
def blocks(d, op):
    block = d.whole(1, 3)
    n, channels, h, w = (d.whole(1, 2) for _ in range(4))
    shape = (n, channels * block * block, h, w) if op[0] == "D" else (n, channels, h * block, w * block)
    opset = d.of([11, 13]) if op[0] == "D" else 13
    attributes = {"blocksize": block}
    if op[0] == "D" and d.often(0.7):
        attributes["mode"] = d.of(["DCR", "CRD"])
    return Case(op, opset, attributes, [d.values(d.of([np.float32, np.float64]), shape)])


@case("Trilu")
def trilu(d, op):
    x = d.values(d.of([np.float32, np.float64, np.int64, np.bool_]), d.shape(2))
    inputs = [x, np.array(d.whole(-5, 5), np.int64)][: d.whole(1, 2)]
    return Case(op, 14, {"upper": d.whole(0, 1)} if d.often(0.7) else {}, inputs)


@case("ReverseSequence")
def reverse(d, op):
    x = d.values(d.of(ALL), d.shape(2, zero=0))
    time = d.whole(0, 1)
    lengths = d.rng.integers(0, x.shape[time] + 1, x.shape[1 - time])
    return Case(op, 10, {"time_axis": time, "batch_axis": 1 - time}, [x, lengths.astype(np.int64)])


@case("Compress")
def compress(d, op):
    x = d.values(d.of(ALL), d.shape(1, zero=0))
    attributes = {"axis": d.axis(x.ndim)} if d.often(0.6) else {}
    size = x.shape[attributes["axis"]] if attributes else x.size
    return Case(op, 11, attributes, [x, d.values(np.bool_, (d.whole(0, size),))])


@case("OneHot")
def one_hot(d, op):
    where = d.shape(0, 3)
    depth = d.whole(1, 5)
    index, size, value = d.of([(np.int64, np.int64, np.float32), (np.int32, np.int32, np.float32), (np.int64, np.int64, np.int64),
                               (np.float32, np.float32, np.float32), (np.int64, np.float32, np.float32)])
    x = d.rng.integers(-depth - 1, depth + 2, where).astype(index)
    attributes = {"axis": d.axis(len(where) + 1)} if d.often(0.7) else {}
    return Case(op, d.of([9, 11]), attributes, [x, np.array(depth, size), d.values(value, (2,), "small")])


@case("Constant")
def constant(d, op):
    kind = d.whole(0, 4)
    value = [("value", d.values(d.of(ALL), d.shape())), ("value_int", d.whole(-9, 9)), ("value_float", some(d)),
             ("value_ints", [1, -2, 3]), ("value_floats", [0.5, -1.5])][kind]
    return Case(op, d.of([12, 13, 21]), dict([value]), [])


@case("ConstantOfShape")
def constant_of_shape(d, op):
    attributes = {"value": d.values(d.of(ALL), (1,))} if d.often(0.8) else {}
    return Case(op, d.of([9, 20]), attributes, [np.array(d.shape(), np.int64)])


@case("Range")
def ranges(d, op):
    dtype = d.of([np.float32, np.float64, np.int16, np.int32, np.int64])
    start, limit = (np.array(d.rng.uniform(-9, 9) if np.dtype(dtype).kind == "f" else d.whole(-9, 9), dtype) for _ in range(2))
    step = np.array(d.of([-3, -1, 1, 2, 0.3, -0.7]), dtype)
    return Case(op, 11, {}, [start, limit, step if step != 0 else np.array(1, dtype)])


@case("EyeLike")
def eye(d, op):
    attributes = {}
    if d.often(0.7):
        attributes["dtype"] = NUMBER_OF[d.of([np.float32, np.float64, np.int32, np.int64, np.uint64])]
    if d.often(0.7):
        attributes["k"] = d.whole(-4, 4)
    return Case(op, d.of([9, 22]), attributes, [d.values(d.of([np.float32, np.float64, np.int32, np.int64]), d.shape(2, 2))])


@case("TopK")
def top(d, op):
    opset = d.of([10, 11])
    x = d.values(d.of([np.float32, np.float64] + ([np.int32, np.int64] if opset == 11 else [])), d.shape(1, zero=0), "small")
    axis = d.axis(x.ndim)
    attributes = {"axis": axis}
    if opset == 11:
        attributes["largest"] = d.whole(0, 1)
    return Case(op, opset, attributes, [np.round(x), np.array([d.whole(0, x.shape[axis])], np.int64)], 2)


@case("Unique")
def unique(d, op):
    x = np.round(d.values(d.of([np.float32, np.float64, np.int64, np.int8]), d.shape(1, 3, zero=0, high=3), "unit") * 2)
    attributes = {"sorted": d.whole(0, 1)} if d.often(0.7) else {}
    if d.often(0.5):
        attributes["axis"] = d.axis(x.ndim)
    return Case(op, 11, attributes, [x], d.whole(1, 4))


@case("MatMul")
def matmul(d, op):
    dtype = d.of([np.float32, np.float64, np.int32, np.int64, np.uint32, np.uint64])
    batch = d.shape(0, 2)
    m, k, n = (d.whole(1, 4) for _ in range(3))
    a, b = d.within(batch) + (m, k), d.within(batch) + (k, n)
    if d.often(0.15):
        a = (k,)
    if d.often(0.15):
        b = (k,)
    return Case(op, d.of([9, 13]), {}, [d.values(dtype, a, "small"), d.values(dtype, b, "small")])


@case("Gemm")
def gemm(d, op):
    dtype = d.of([np.float32, np.float64])
    m, k, n = (d.whole(1, 4) for _ in range(3))
    attributes = {key: d.whole(0, 1) for key in ("transA", "transB") if d.often(0.6)}
    attributes.update({key: some(d) for key in ("alpha", "beta") if d.often(0.5)})
    a = (k, m) if attributes.get("transA") else (m, k)
    b = (n, k) if attributes.get("transB") else (k, n)
    inputs = [d.values(dtype, a, "unit"), d.values(dtype, b, "unit")]
    if d.often(0.7):
        inputs.append(d.values(dtype, d.of([(m, n), (1, n), (m, 1), (n,), (1,), ()]), "unit"))
    return Case(op, d.of([11, 13]), attributes, inputs)


@case("Einsum")
def einsum(d, op):
    size = {letter: d.whole(1, 3) for letter in "bhijk"}
    equation = d.of(["ij,jk->ik", "bhij,bhjk->bhik", "bij,bjk", "ij->ji", "ii->i", "ii", "ij,ij->", "i,j->ij", "...ij,...jk->...ik",
                     "bhi,bhj->bij", "ij,jk,ki->", "...i->...", "b...,h->b...h", "kij,ij"])
    dtype = d.of([np.float32, np.float64, np.int32, np.int64])
    dots = d.shape(0, 2, zero=0)
    inputs = []
    for term in equation.split("->")[0].split(","):
        shape = []
        for letter in term.replace("...", "."):
            shape += list(dots) if letter == "." else [size[letter]]
        inputs.append(d.values(dtype, tuple(shape), "small"))
    return Case(op, 12, {"equation": equation}, inputs)


@case("MatMulInteger")
def matmul_integer(d, op):
    m, k, n = (d.whole(1, 4) for _ in range(3))
    types = d.of([(np.uint8, np.uint8), (np.uint8, np.int8), (np.int8, np.int8), (np.int8, np.uint8)])
    inputs = [d.values(types[0], (m, k)), d.values(types[1], (k, n))]
    if d.often(0.6):
        inputs.append(d.values(types[0], ()))
        if d.often(0.6):
            inputs.append(d.values(types[1], d.of([(), (1,), (n,)])))
    return Case(op, 10, {}, inputs)


@case("QuantizeLinear", "DequantizeLinear")
def quantise(d, op):
    opset = d.of([10, 13, 19, 21])
    shape = d.shape(1, 3)
    axis = d.axis(len(shape)) if opset >= 13 and d.often(0.5) else None
    parameter = (shape[axis],) if axis is not None else ()
    quantised = d.of([np.uint8, np.int8] + ([np.int16, np.uint16] if opset >= 21 else []))
    scale = d.values(np.float32, parameter, "positive")
    zero = d.values(quantised, parameter)
    attributes = {"axis": axis} if axis is not None else {}
    if op[0] == "Q":
        x = d.values(np.float32, shape, "finite")
        inputs = [x, scale, zero] if quantised != np.uint8 or d.often(0.6) else [x, scale]
        return Case(op, opset, attributes, inputs)
    return Case(op, opset, attributes, [d.values(quantised, shape), scale, zero][: d.of([2, 3, 3])])


@case("DynamicQuantizeLinear")
def dynamic_quantise(d, op):
    return Case(op, 11, {}, [d.values(np.float32, d.shape(zero=0), "finite")], 3)


def draw(op, seed):
    """The case of that operator with that number: the same on every machine."""
    d = Draw(np.random.default_rng([seed, *op.encode()]))
    function = CASES[op]
    return function(d, op) if function.__code__.co_argcount == 2 else function(d)
