# Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Writes an .nrb by what the schema file says, also one that no compiler writes.

Tables are dicts; vectors, strings and tables that are the same Python object
are written once, and all that hold them refer to it.
"""

import collections
import struct

from neuro.reference_binary import schema


class Writer:
    def __init__(self):
        self.schema = schema()
        self.data = bytearray()
        self.places = {}  # id of an object -> where it lies
        self.waiting = collections.deque()  # (where the offset goes, object, type)

    def pad(self, align, ahead=0):
        self.data += bytes(-(len(self.data) + ahead) % align)

    def scalar(self, type_, value):
        return struct.pack("<" + self.schema.scalars[type_], value)

    def is_inline(self, type_):
        return type_ in self.schema.scalars or type_ in self.schema.structs

    def size(self, type_):
        if type_ in self.schema.structs:
            return struct.calcsize(self.schema.layouts[type_])
        return struct.calcsize("<" + self.schema.scalars[type_]) if type_ in self.schema.scalars else 4

    def inline(self, type_, value):
        return struct.pack(self.schema.layouts[type_], *value) if type_ in self.schema.structs else self.scalar(type_, value)

    def write(self, root):
        self.data += bytes(4) + b"NRB1"
        self.waiting.append((0, root, self.schema.root))
        leaves = []
        while self.waiting or leaves:
            # Offsets lead ahead: what many refer to comes last.
            if not self.waiting:
                at, value, type_ = leaves.pop()
            else:
                at, value, type_ = self.waiting.popleft()
                if type_.strip("[]") not in self.schema.tables:
                    leaves.append((at, value, type_))
                    continue
            if id(value) not in self.places:
                self.places[id(value)] = self.table(value, type_) if type_ in self.schema.tables else self.vector(value, type_)
            struct.pack_into("<I", self.data, at, self.places[id(value)] - at)
        return bytes(self.data)

    def table(self, value, name):
        fields = self.schema.tables[name]
        unknown = set(value) - {field for field, _, _ in fields}
        assert not unknown, f"{name} has no {unknown}"
        offsets, end, align = [0] * len(fields), 4, 4
        for i, (field, type_, _) in enumerate(fields):
            if value.get(field) is not None:
                size = self.size(type_)
                step = min(size, 8) if type_ not in self.schema.structs else 4
                end += -end % step
                offsets[i], end, align = end, end + size, max(align, step)
        self.pad(2)
        vtable = len(self.data)
        self.data += struct.pack(f"<HH{len(fields)}H", 4 + 2 * len(fields), end, *offsets)
        self.pad(align)
        at = len(self.data)
        self.data += struct.pack("<i", at - vtable) + bytes(end - 4)
        for (field, type_, _), offset in zip(fields, offsets):
            if not offset:
                continue
            if self.is_inline(type_):
                raw = self.inline(type_, value[field])
                self.data[at + offset : at + offset + len(raw)] = raw
            else:
                self.waiting.append((at + offset, value[field], type_))
        return at

    def vector(self, value, type_):
        if type_ == "string":
            self.pad(4)
            at = len(self.data)
            raw = value if isinstance(value, bytes) else value.encode()
            self.data += struct.pack("<I", len(raw)) + raw + b"\0"
            return at
        inner = type_[1:-1]
        self.pad(8 if self.size(inner) == 8 else 4, ahead=4)
        at = len(self.data)
        self.data += struct.pack("<I", len(value))
        if inner in self.schema.scalars:
            self.data += struct.pack(f"<{len(value)}{self.schema.scalars[inner]}", *value)
        elif inner in self.schema.structs:
            layout = struct.Struct(self.schema.layouts[inner])
            for row in value:
                self.data += layout.pack(*row)
        else:
            first = len(self.data)
            self.data += bytes(4 * len(value))
            self.waiting += [(first + 4 * i, item, inner) for i, item in enumerate(value)]
        return at


def write_binary(root):
    return Writer().write(root)
