# Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The networks of models/learning and models/recurrent, written from their formulas in Python's integers.

Each function gets what the host sends, arrays [steps, neurons], and the parameters as
keywords; it returns the arrays that probes and outputs must show, [steps, ...]. A spike
that is sent in one step arrives in the next. The narrowing of products is that of the
learning engine, docs/spec/learning.md, L-5.
"""

import math

import numpy as np

from neuro import reference

SUM = 2**15 - 1  # of the engine's accumulator, in 128ths


def limit(value, low, high):
    return max(low, min(high, value))


def learn(old, changes, low, high):
    """`changes` in 128ths; what is left over is dropped."""
    acc = old << 7
    for change in changes:
        acc = limit(acc + limit(change, -SUM - 1, SUM), -SUM - 1, SUM)
    return limit(acc >> 7, low, high)


def even(weight):
    """Weights with signs are kept in steps of two."""
    return weight & ~1


class Trace:
    """x <- exp(-1/tau) x, rounded at random, then + impulse at a spike; of the neurons of one side."""

    def __init__(self, side, number, neurons, impulse, tau):
        self.side, self.number, self.impulse = side, number, impulse
        self.keep = round(65536 * math.exp(-1 / tau))
        self.values = [0] * neurons

    def step(self, time, spikes):
        for i, spike in enumerate(spikes):
            p = self.values[i] * self.keep
            draw = reference.philox((time, self.side, i, 2**16 + 2 * self.number), 0)
            self.values[i] = limit((p >> 16) + (draw % 65536 < p % 65536) + self.impulse * bool(spike), 0, 127)


def stdp(pre, teacher, impulse=64, tau=10):
    """dw = 2^-2 x1 y0 - 2^-2 y1 x0."""
    steps, n, m = len(pre), pre.shape[1], teacher.shape[1]
    w = np.zeros((m, n), np.int64)
    x1, y1 = Trace(2**31, 0, n, impulse, tau), Trace(0, 2, m, impulse, tau)
    found = {"post.d1.w": [], "current": []}
    heard, told, fired = [0] * n, [0] * m, [0] * m
    for time in range(steps):
        # A neuron's own spike reaches the engine in the step after.
        current = [int(w[j] @ heard) >> 1 for j in range(m)]
        now = [bool(t) for t in told]
        found["current"].append([current[j] if now[j] else 0 for j in range(m)])
        x1.step(time, heard)
        y1.step(time, fired)
        for j in range(m):
            for i in range(n):
                up = (x1.values[i] << 5) * fired[j]
                down = (y1.values[j] << 5) * heard[i]
                w[j, i] = even(learn(int(w[j, i]), [up, -down], -256, 254))
        found["post.d1.w"].append(w.copy())
        heard, told, fired = list(pre[time]), list(teacher[time]), now
    return found


def reward(pre, teacher, praise, impulse=64, tau=10):
    """dt = 2^-2 x1 y0 - 2^-2 y1 x0 - 2^-3 t;  dw = 2^-4 t y3."""
    steps, n, m = len(pre), pre.shape[1], teacher.shape[1]
    w, t = np.zeros((m, n), np.int64), np.zeros((m, n), np.int64)
    x1, own = Trace(2**31, 0, n, impulse, tau), [0] * m
    found = {"post.d1.w": [], "post.d1.t": [], "current": []}
    heard, told, y3 = [0] * n, [0] * m, 0
    for time in range(steps):
        current = [int(w[j] @ heard) >> 1 for j in range(m)]
        found["current"].append([current[j] if told[j] else 0 for j in range(m)])
        x1.step(time, heard)
        for j in range(m):
            own[j] = min((own[j] * 58982 >> 16) + (64 if told[j] else 0), 127)
            for i in range(n):
                tag = int(t[j, i])
                # t y3 has 16 bits, and the engine takes 11 in: 5 are dropped.
                w[j, i] = even(learn(int(w[j, i]), [(tag * y3 >> 5) << 8], -256, 254))
                up, down = (x1.values[i] << 5) * bool(told[j]), (own[j] << 5) * heard[i]
                t[j, i] = learn(tag, [-tag << 4, up, -down], -256, 255)
        found["post.d1.w"].append(w.copy())
        found["post.d1.t"].append(t.copy())
        heard, told, y3 = list(pre[time]), list(teacher[time]), int(praise[time][0])
    return found


def delta(k, q, v):
    """e = v - S k;  S <- S + 2^-6 e k^T;  o = S q.  One row a token."""
    w = np.zeros((v.shape[1], k.shape[1]), np.int64)
    found = {"o": []}
    for key, query, value in zip(k, q, v):
        x1 = [limit(int(i), 0, 127) for i in key]
        for j, row in enumerate(w):
            read = int(row @ (2 * key)) >> 1
            e = int(value[j]) - (read >> 7)
            y1, y2 = limit(e, 0, 127), limit(-e, 0, 127)
            for i, x in enumerate(x1):
                if key[i]:
                    # x1 y1 has 14 bits: 3 are dropped, and 2^-5 takes 5.
                    row[i] = even(learn(int(row[i]), [(x * y1 >> 3) << 5, (-x * y2 >> 3) << 5], -256, 254))
        found["o"].append([int(row @ query) >> 1 >> 6 for row in w])
    return found


def egru(x, weights):
    """`weights`: Wr, Wu, Wz, Rr, Ru, Rz."""
    wr, wu, wz, rr, ru, rz = weights
    c, y = np.zeros(4, np.int64), np.zeros(4, np.int64)
    found = {"y": []}
    for token in x:
        r = np.clip((wr @ token + rr @ y >> 4) + 128, 0, 256)
        u = np.clip((wu @ token + ru @ y >> 4) + 128, 0, 256)
        z = np.clip(wz @ token + rz @ (r * y >> 8), -2048, 2048)
        c = (u * z + (256 - u) * c >> 8) - y
        y = np.where(c >= 300, c, 0)
        found["y"].append(y)
    return found
