# Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Just enough of ONNX Runtime's C interface to run a model, by ctypes.

$ORT_LIB names the library. The interface is a table of functions whose order
never changes; the numbers are positions in it (onnxruntime_c_api.h).
"""

import ctypes as c
import os

import numpy as np

TYPES = {
    1: np.float32, 2: np.uint8, 3: np.int8, 4: np.uint16, 5: np.int16, 6: np.int32, 7: np.int64, 9: np.bool_,
    10: np.float16, 11: np.float64, 12: np.uint32, 13: np.uint64,
}
CODES = {np.dtype(value): key for key, value in TYPES.items()}


class Base(c.Structure):
    _fields_ = [("get_api", c.CFUNCTYPE(c.c_void_p, c.c_uint32)), ("version", c.CFUNCTYPE(c.c_char_p))]


library = c.CDLL(os.environ["ORT_LIB"])
library.OrtGetApiBase.restype = c.POINTER(Base)
table = c.cast(library.OrtGetApiBase().contents.get_api(17), c.POINTER(c.c_void_p))


def call(position, *arguments):
    """Calls a function that returns a status, null when all is well."""
    status = c.CFUNCTYPE(c.c_void_p, *[type(a) if isinstance(a, c._SimpleCData) else c.c_void_p for a in arguments])(
        table[position]
    )(*arguments)
    if status:
        message = c.CFUNCTYPE(c.c_char_p, c.c_void_p)(table[2])(status)
        raise RuntimeError(message.decode(errors="replace"))


def made(position, *arguments, kind=c.c_void_p):
    """Calls a function whose last argument is where the result goes."""
    result = kind()
    call(position, *arguments, c.byref(result))
    return result


shared = {}


def run(model, feeds, outputs):
    """`model` is a path, or the bytes of one; what is made here is kept for the next run, or freed."""
    if not shared:
        shared["environment"] = made(3, c.c_int(4), c.c_char_p(b"neuro"))
        shared["options"] = made(10)
        call(23, shared["options"], c.c_int(0))  # no graph optimisation
        call(24, shared["options"], c.c_int(1))  # one thread
    environment, options = shared["environment"], shared["options"]
    if isinstance(model, bytes):
        session = made(8, environment, c.c_char_p(model), c.c_size_t(len(model)), options)
    else:
        session = made(7, environment, c.c_char_p(os.fsencode(model)), options)
    try:
        return results(session, feeds, outputs)
    finally:
        c.CFUNCTYPE(None, c.c_void_p)(table[95])(session)


def results(session, feeds, outputs):
    memory = made(69, c.c_int(0), c.c_int(0))
    names = (c.c_char_p * len(feeds))(*[name.encode() for name in feeds])
    arrays = [np.ascontiguousarray(array) for array in feeds.values()]
    values = (c.c_void_p * len(feeds))()
    for i, array in enumerate(arrays):
        shape = (c.c_int64 * array.ndim)(*array.shape)
        values[i] = made(
            49, memory, c.c_void_p(array.ctypes.data), c.c_size_t(array.nbytes), shape, c.c_size_t(array.ndim),
            c.c_int(CODES[array.dtype]),
        ).value
    wanted = (c.c_char_p * len(outputs))(*[name.encode() for name in outputs])
    got = (c.c_void_p * len(outputs))()
    call(
        9, session, c.c_void_p(), names, values, c.c_size_t(len(feeds)), wanted, c.c_size_t(len(outputs)), got
    )
    found = {}
    for name, value in zip(outputs, got):
        value = c.c_void_p(value)
        info = made(65, value)
        shape = (c.c_int64 * made(61, info, kind=c.c_size_t).value)()
        call(62, info, shape, c.c_size_t(len(shape)))
        dtype = np.dtype(TYPES[made(60, info, kind=c.c_int).value])
        size = int(np.prod(tuple(shape), dtype=np.int64)) * dtype.itemsize
        data = c.string_at(made(51, value), size) if size else b""
        found[name] = np.frombuffer(data, dtype).reshape(tuple(shape)).copy()
        c.CFUNCTYPE(None, c.c_void_p)(table[96])(value)
    return found
