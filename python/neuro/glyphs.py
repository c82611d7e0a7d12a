# Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Procedural handwritten characters: few-shot data that needs no files.

A *class* is a set of one to four strokes (lines, arcs, splines, angular
strokes, loops), fixed by an integer class seed. An *instance* is one drawing
of it: the same strokes with control-point noise, stroke displacement and a
small affine map, fixed by (class seed, instance seed). Drawings are binary
28x28 images with ink 1, thin and without anti-aliasing, like Omniglot at that
size.

All randomness comes from a counter-based integer hash, so a pair of seeds
gives the same image with every NumPy version, in any batch and in any order.
"""

import numpy as np

__all__ = ["SIZE", "SPLITS", "class_seeds", "render"]

#: Side of an image in pixels.
SIZE = 28

#: Names of the disjoint families of class seeds.
SPLITS = ("background", "evaluation")

_STROKES = 4
_CONTROLS = 5
_POINTS = 56
_CHUNK = 2048


def _mix(x):
    """SplitMix64 finaliser on uint64 arrays."""
    x = x + np.uint64(0x9E3779B97F4A7C15)
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return x ^ (x >> np.uint64(31))


class _Hash:
    """Uniform and normal draws for each seed of a vector of seeds."""

    def __init__(self, *seeds):
        state = np.zeros(np.shape(seeds[0]), np.uint64)
        for seed in seeds:
            state = _mix(state ^ _mix(np.asarray(seed).astype(np.uint64)))
        self._state = state
        self._count = 0

    def uniform(self, *shape, low=0.0, high=1.0):
        size = int(np.prod(shape, dtype=np.int64))
        counter = np.arange(self._count, self._count + size, dtype=np.uint64)
        self._count += size
        bits = _mix(self._state[:, None] ^ _mix(counter)[None, :])
        unit = (bits >> np.uint64(11)).astype(np.float64) * 2.0**-53
        return (low + (high - low) * unit).reshape((-1,) + shape)

    def normal(self, *shape):
        radius = np.sqrt(-2.0 * np.log(1.0 - self.uniform(*shape)))
        return radius * np.cos(2.0 * np.pi * self.uniform(*shape))


def class_seeds(first, count, split="evaluation"):
    """Class seeds of one split.

    Args:
      first: index of the first class in the split, an integer >= 0.
      count: number of classes.
      split: 'background' (for training) or 'evaluation' (held out).

    Returns:
      int64 [count]. The two splits never share a seed.

    Raises:
      ValueError: unknown split, or a negative number.
    """
    if split not in SPLITS:
        raise ValueError(f"unknown split {split!r}; known: {', '.join(SPLITS)}")
    if first < 0 or count < 0:
        raise ValueError("first and count must be 0 or more")
    index = np.arange(first, first + count, dtype=np.int64)
    return index * len(SPLITS) + SPLITS.index(split)


def _basis(kind):
    """Weights [points, controls] that turn control points into a path."""
    t = np.linspace(0.0, _CONTROLS - 1.0, _POINTS)
    if kind == "polyline":
        return np.maximum(0.0, 1.0 - np.abs(t[:, None] - np.arange(_CONTROLS)))
    weights = np.zeros((_POINTS, _CONTROLS))
    for row, value in enumerate(t):
        i = min(int(value), _CONTROLS - 2)
        u = value - i
        spline = (
            (-u + 2 * u**2 - u**3) / 2,
            (2 - 5 * u**2 + 3 * u**3) / 2,
            (u + 4 * u**2 - 3 * u**3) / 2,
            (-(u**2) + u**3) / 2,
        )
        for j, weight in zip(range(i - 1, i + 3), spline):
            weights[row, min(max(j, 0), _CONTROLS - 1)] += weight
    return weights


_POLYLINE = _basis("polyline")
_SPLINE = _basis("spline")


def _class_strokes(seeds):
    """Control points float64 [n, strokes, controls, 2] in a unit box, the
    path kind bool [n, strokes] (True: angular) and the use mask."""
    draw = _Hash(seeds, np.full(len(seeds), 1))
    n = len(seeds)
    number = 1 + (draw.uniform(1) > np.array([0.14, 0.50, 0.82])).sum(1)
    used = np.arange(_STROKES)[None, :] < number[:, None]
    kind = draw.uniform(_STROKES)
    # A line alone would make one class of many: single strokes are curved.
    kind = np.where(number[:, None] == 1, 0.4 + 0.6 * kind, kind)

    # A start, a heading that turns from step to step, and a length.
    start = draw.uniform(_STROKES, 2)
    heading = draw.uniform(_STROKES, low=0.0, high=2 * np.pi)
    upright = np.round(heading / (np.pi / 4)) * (np.pi / 4)
    heading = np.where(draw.uniform(_STROKES) < 0.55, upright, heading)
    length = draw.uniform(_STROKES, low=0.35, high=1.05)
    curl = draw.uniform(_STROKES, low=-1.0, high=1.0)
    wander = draw.normal(_STROKES, _CONTROLS - 1)
    corner = draw.uniform(_STROKES, _CONTROLS - 1, low=-1.0, high=1.0)
    is_line = kind < 0.28
    is_arc = (kind >= 0.28) & (kind < 0.52)
    is_loop = (kind >= 0.52) & (kind < 0.60)
    is_free = (kind >= 0.60) & (kind < 0.82)
    angular = is_line | (kind >= 0.82)
    step_turn = np.zeros((n, _STROKES, _CONTROLS - 1))
    step_turn = np.where(is_arc[..., None], 1.15 * curl[..., None], step_turn)
    loop_turn = np.where(curl < 0, -1.0, 1.0) * (np.pi / 2)
    step_turn = np.where(is_loop[..., None], loop_turn[..., None], step_turn)
    step_turn = np.where(is_free[..., None], 1.1 * wander, step_turn)
    sharp = np.sign(corner) * (0.9 + 1.3 * np.abs(corner))
    sharp = sharp * (np.arange(_CONTROLS - 1) % 2 == 1)
    step_turn = np.where((kind >= 0.82)[..., None], sharp, step_turn)
    angles = heading[..., None] + np.cumsum(step_turn, -1) - step_turn[..., :1]
    steps = np.stack([np.cos(angles), np.sin(angles)], -1)
    unit = np.where(is_loop | is_arc, 0.33, 0.25)
    steps = steps * (length * unit)[..., None, None]
    path = np.concatenate(
        [np.zeros((n, _STROKES, 1, 2)), np.cumsum(steps, -2)], -2
    )
    # Strokes are anchored at their middle; later ones often touch an earlier
    # stroke at one of its control points.
    path = path - path.mean(-2, keepdims=True) + start[..., None, :]
    touch = draw.uniform(_STROKES)
    which = (draw.uniform(_STROKES) * _CONTROLS).astype(np.int64)
    own = (draw.uniform(_STROKES) * 3).astype(np.int64) * 2
    rows = np.arange(n)
    for s in range(1, _STROKES):
        target = path[rows, s - 1, which[:, s]]
        source = path[rows, s, own[:, s]]
        move = np.where((touch[:, s] < 0.6)[:, None], target - source, 0.0)
        path[:, s] += move[:, None, :]
    return path, angular, used, draw.uniform(3)


def _render_chunk(classes, instances):
    n = len(classes)
    control, angular, used, look = _class_strokes(classes)
    draw = _Hash(classes, instances, np.full(n, 2))

    # Fit the class into its box: 15 to 22 pixels on the longer side.
    mask = used[:, :, None, None]
    low = np.where(mask, control, np.inf).min((1, 2))
    high = np.where(mask, control, -np.inf).max((1, 2))
    extent = np.maximum((high - low).max(-1), 0.25)
    side = 15.0 + 7.0 * look[:, 0]
    control = (control - ((low + high) / 2)[:, None, None, :]) * (
        side / extent
    )[:, None, None, None]

    # The drawer.
    control = control + 0.75 * draw.normal(_STROKES, _CONTROLS, 2)
    control = control + 0.55 * draw.normal(_STROKES, 1, 2)
    turn = 0.09 * draw.normal(1)[:, 0]
    scale = np.exp(0.09 * draw.normal(1)) * np.exp(0.07 * draw.normal(2))
    shear = 0.10 * draw.normal(1)[:, 0]
    cosine, sine = np.cos(turn), np.sin(turn)
    affine = np.empty((n, 2, 2))
    affine[:, 0, 0] = cosine * scale[:, 0]
    affine[:, 0, 1] = (cosine * shear - sine) * scale[:, 1]
    affine[:, 1, 0] = sine * scale[:, 0]
    affine[:, 1, 1] = (sine * shear + cosine) * scale[:, 1]
    control = np.einsum("nij,nskj->nski", affine, control)
    control = control + (SIZE - 1) / 2 + 1.1 * draw.normal(1, 1, 2)

    path = np.where(
        angular[:, :, None, None], _POLYLINE @ control, _SPLINE @ control
    )
    # The pen: four corners of a square narrower than a pixel.
    width = (0.26 + 0.14 * draw.uniform(1))[:, :, None]
    image = np.zeros((n, SIZE, SIZE), np.uint8)
    x, y = path[..., 0], path[..., 1]
    row = np.broadcast_to(np.arange(n)[:, None, None], x.shape)
    keep = np.broadcast_to(used[:, :, None], x.shape)
    for dx, dy in ((-1, -1), (-1, 1), (1, -1), (1, 1)):
        px = np.rint(x + dx * width).astype(np.int64)
        py = np.rint(y + dy * width).astype(np.int64)
        inside = keep & (px >= 0) & (px < SIZE) & (py >= 0) & (py < SIZE)
        image[row[inside], py[inside], px[inside]] = 1
    return image


def render(classes, instances):
    """Draw characters.

    Args:
      classes: class seeds, integers >= 0 of any shape S.
      instances: instance seeds, integers >= 0 that broadcast against S.

    Returns:
      uint8 S + [28, 28], 1 = ink, rows from top to bottom. The same pair of
      seeds gives the same image in every call.

    Raises:
      ValueError: seeds that are negative or not integers.
    """
    classes, instances = np.broadcast_arrays(classes, instances)
    for seeds in (classes, instances):
        if seeds.dtype.kind not in "iu" or (seeds.size and seeds.min() < 0):
            raise ValueError("seeds must be integers, 0 or more")
    shape = classes.shape
    classes, instances = classes.reshape(-1), instances.reshape(-1)
    image = np.empty((len(classes), SIZE, SIZE), np.uint8)
    for begin in range(0, len(classes), _CHUNK):
        part = slice(begin, begin + _CHUNK)
        image[part] = _render_chunk(classes[part], instances[part])
    return image.reshape(shape + (SIZE, SIZE))
