# Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Bad binaries and bad arrays for errors.test."""

import struct
import sys

import numpy as np

model = open(sys.argv[1], "rb").read()
open("empty.nrb", "wb").close()
open("truncated.nrb", "wb").write(model[: len(model) // 2])
at = model.index(struct.pack("<HHH", 1, 0, 0))
open("newer.nrb", "wb").write(model[:at] + struct.pack("<HHH", 1, 9, 0) + model[at + 6 :])

x = np.ones((1, 3, 2), "f4")
ids = np.array([[0, 1, 0]])
np.save("x.npy", x)
np.savez("good.npz", x=x, id=ids)
np.savez("shape.npz", x=np.ones((1, 3, 5), "f4"), id=ids, extra=x)
np.savez("long.npz", x=np.ones((1, 7, 2), "f4"), id=np.zeros((1, 7), "i8"))
double = x.astype("f8")
double[0, 1, 1] = 0.1
np.savez("dtype.npz", x=double, id=ids.astype("f4"))
np.savez("complex.npz", x=x.astype("c8"), id=ids)
np.savez("ids.npz", x=np.ones((2, 3, 2), "f4"), id=np.array([[0, 2, 0], [-1, 1, 0]]))
x = x.copy()
x[0, 2, 0] = np.nan
np.savez("nan.npz", x=x, id=ids)
