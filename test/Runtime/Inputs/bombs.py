# Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Small .npz files that would become large, or slow, for whoever reads all of them.

  bombs.py make      writes them, for the inputs x [?, ?, 2] and id [?, ?]
  bombs.py run MIB SECONDS COMMAND...
                     runs a command in that much address space and time
"""

import io
import resource
import struct
import subprocess
import sys
import time
import zlib

import numpy as np

GOOD = {"x": np.ones((1, 3, 2), "f4"), "id": np.array([[0, 1, 0]])}


def header(shape, dtype="<f4", pad=0):
    text = f"{{'descr': '{dtype}', 'fortran_order': False, 'shape': {shape}, }}" + " " * pad + "\n"
    return b"\x93NUMPY\x02\x00" + struct.pack("<I", len(text)) + text.encode()


def zeros(head, count):
    """A deflated member of a header and `count` zero bytes: (data, size, crc)."""
    piece, pack = bytes(1 << 20), zlib.compressobj(9, zlib.DEFLATED, -15)
    first = pack.compress(head + bytes(count % len(piece))) + pack.flush(zlib.Z_FULL_FLUSH)
    # What stands between two full flushes can be repeated.
    middle = pack.compress(piece) + pack.flush(zlib.Z_FULL_FLUSH)
    crc = zlib.crc32(head + bytes(count % len(piece)))
    for _ in range(count // len(piece)):
        crc = zlib.crc32(piece, crc)
    return first + middle * (count // len(piece)) + pack.flush(), len(head) + count, crc


def write_zip(path, members, entries=None):
    """members: (name, data, size, crc), deflated; entries: (name, index of its member)."""
    out, offsets = io.BytesIO(), []
    for name, data, size, crc in members:
        offsets.append(out.tell())
        out.write(struct.pack("<IHHHHHIIIHH", 0x04034B50, 20, 0, 8, 0, 33, crc, len(data), size, len(name), 0))
        out.write(name.encode() + data)
    begin = out.tell()
    entries = entries or [(member[0], i) for i, member in enumerate(members)]
    for name, i in entries:
        _, data, size, crc = members[i]
        sizes = (crc, len(data), size, len(name), 0, 0, 0, 0, 0, offsets[i])
        out.write(struct.pack("<IHHHHHHIIIHHHHHII", 0x02014B50, 20, 20, 0, 8, 0, 33, *sizes))
        out.write(name.encode())
    end = out.tell()
    sizes = (len(entries), len(entries), end - begin, begin)
    out.write(struct.pack("<IQHHIIQQQQ", 0x06064B50, 44, 45, 45, 0, 0, *sizes))
    out.write(struct.pack("<IIQI", 0x07064B50, 0, end, 1))
    out.write(struct.pack("<IHHHHIIH", 0x06054B50, 0, 0, 0xFFFF, 0xFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0))
    with open(path, "wb") as file:
        file.write(out.getbuffer())


def make():
    good = [(f"{name}.npy", *zeros(header(value.shape, value.dtype.str), value.nbytes)) for name, value in GOOD.items()]
    large = 3 << 30
    data = zeros(header((large // 24, 3, 2)), large)
    # Every entry of the directory is the same member; then with an input among them.
    write_zip("entries.npz", [("a.npy", *data)], [(f"m{i:02}.npy", 0) for i in range(100)])
    write_zip("inputs.npz", [("x.npy", *data)] + good[1:], [("x.npy", 0), ("id.npy", 1)] + [(f"m{i:02}.npy", 0) for i in range(9)])
    # An array nobody asks for, one of the right shape, one of a wrong shape.
    write_zip("other.npz", [*good, ("other.npy", *data)])
    write_zip("right.npz", [("x.npy", *data), good[1]])
    write_zip("wrong.npz", [("x.npy", *zeros(header((large // 4,)), large)), good[1]])
    # More data than the header says, a header of 300 MB, a shape beyond 64 bits.
    write_zip("behind.npz", [("x.npy", *zeros(header((1, 3, 2)), large)), good[1]])
    write_zip("header.npz", [("x.npy", *zeros(header((1, 3, 2), pad=300 << 20), 24)), good[1]])
    write_zip("shape.npz", [("x.npy", *zeros(header((1 << 40, 1 << 40, 2)), 1 << 20)), good[1]])
    empty = zeros(header((0,)), 0)
    write_zip("empty.npz", [(f"e{i}.npy", *empty) for i in range(300000)] + good)


def run(mebibytes, seconds, command):
    begin = time.monotonic()
    limit = int(mebibytes) << 20
    done = subprocess.run(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=float(seconds), check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (limit, limit)),
    )  # fmt: skip
    print(done.stdout, end="")
    print("exit code", done.returncode)
    print(f"{time.monotonic() - begin:.1f} s", file=sys.stderr)


if sys.argv[1] == "make":
    make()
else:
    run(sys.argv[2], sys.argv[3], sys.argv[4:])
