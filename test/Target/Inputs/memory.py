# Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The memory of memory.mlir in plain integers.

memory.py write IN.npz | check IN.npz OUT.npz... | zero OUT.npz
"""

import sys

import numpy as np

SLOTS, TOKENS = 4, 60


def write(path):
    random = np.random.default_rng(1)
    np.savez(
        path,
        k=random.integers(0, 128, (2, TOKENS, 3)).astype(np.float32),
        q=random.integers(-127, 128, (2, TOKENS, 3)).astype(np.float32),
        v=random.integers(-127, 128, (2, TOKENS, 2)).astype(np.float32),
    )


def expected(inputs):
    scores, values = [], []
    for k, q, v in zip(inputs["k"], inputs["q"], inputs["v"]):
        keys = np.zeros((SLOTS, 3), int)
        held = np.zeros((SLOTS, 2), int)
        scores.append([])
        values.append([])
        for t in range(TOKENS):
            # Half of the payload, rounded half to even, in 0..127; values
            # towards zero. Both are stored doubled.
            keys[t % SLOTS] = np.rint(k[t] / 2).astype(int)
            held[t % SLOTS] = np.trunc(v[t] / 2).astype(int)
            scores[-1].append(keys @ q[t].astype(int))
            values[-1].append(held.sum(0))
    return {"scores": np.array(scores), "values": np.array(values)}


def check(inputs, outputs):
    want = expected(np.load(inputs))
    for path in outputs:
        got = np.load(path)
        for name, value in want.items():
            if not np.array_equal(value, got[name]):
                where = np.argwhere(value != got[name])[0]
                sys.exit(f"{path}: {name}{list(where)}: expected {value[tuple(where)]}, got {got[name][tuple(where)]}")
    print(f"{TOKENS} tokens: scores and values equal")


command, *paths = sys.argv[1:]
if command == "write":
    write(paths[0])
elif command == "check":
    check(paths[0], paths[1:])
else:
    arrays = np.load(paths[0])
    assert all(not arrays[name].any() for name in arrays)
    print("all outputs are 0")
