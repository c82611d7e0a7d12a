# Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Reads an .nrb by what the schema file says, for `neuro.reference`."""

import pathlib
import re
import struct
import types

SCHEMA = pathlib.Path(__file__).resolve().parents[2] / "include/neuro/Target/Binary/nrb.fbs"


class Schema:
    """The tables, structs and enums of a schema file."""

    SCALARS = {
        "bool": "?", "byte": "b", "ubyte": "B", "short": "h", "ushort": "H", "int": "i", "uint": "I",
        "long": "q", "ulong": "Q", "float": "f", "double": "d",
    }  # fmt: skip

    def __init__(self, text):
        text = re.sub(r"//[^\n]*", "", text)
        self.enums, self.structs, self.tables = {}, {}, {}
        self.scalars = dict(self.SCALARS)
        for name, base, body in re.findall(r"enum\s+(\w+)\s*:\s*(\w+)\s*\{([^}]*)\}", text):
            pairs = (entry.split("=") for entry in body.split(",") if entry.strip())
            self.enums[name] = {key.strip(): int(value) for key, value in pairs}
            self.scalars[name] = self.SCALARS[base]
        for kind, name, body in re.findall(r"(table|struct)\s+(\w+)\s*\{([^}]*)\}", text):
            fields = []
            for field, type_, default in re.findall(r"(\w+)\s*:\s*(\[?\w+\]?)\s*(?:=\s*([^;]+))?;", body):
                fields.append((field, type_, float(default) if "." in default else int(default or 0)))
            (self.tables if kind == "table" else self.structs)[name] = fields
        self.root = re.search(r"root_type\s+(\w+)", text).group(1)
        self.layouts = {name: self._layout(fields) for name, fields in self.structs.items()}

    def _layout(self, fields):
        formats = [self.scalars[type_] for _, type_, _ in fields]
        align = max(struct.calcsize("<" + code) for code in formats)
        layout = "<"
        for code in formats:
            size = struct.calcsize("<" + code)
            layout += "x" * (-struct.calcsize(layout) % size) + code
        return layout + "x" * (-struct.calcsize(layout) % align)

    def read(self, data):
        """The root table as nested namespaces."""
        return self._table(data, struct.unpack_from("<I", data, 0)[0], self.root)

    def _table(self, data, at, name):
        vtable = at - struct.unpack_from("<i", data, at)[0]
        slots = struct.unpack_from("<H", data, vtable)[0] // 2 - 2
        out = types.SimpleNamespace()
        for index, (field, type_, default) in enumerate(self.tables[name]):
            offset = struct.unpack_from("<H", data, vtable + 4 + 2 * index)[0] if index < slots else 0
            value = self._field(data, at + offset, type_) if offset else self._absent(type_, default)
            setattr(out, field, value)
        return out

    def _absent(self, type_, default):
        if type_.startswith("["):
            return []
        if type_ == "string":
            return ""
        if type_ in self.structs or type_ in self.tables:
            return None
        return bool(default) if type_ == "bool" else default

    def _struct(self, values, name):
        return types.SimpleNamespace(**{field[0]: value for field, value in zip(self.structs[name], values)})

    def _field(self, data, at, type_):
        if type_ in self.scalars:
            return struct.unpack_from("<" + self.scalars[type_], data, at)[0]
        if type_ in self.structs:
            return self._struct(struct.unpack_from(self.layouts[type_], data, at), type_)
        at += struct.unpack_from("<I", data, at)[0]
        if type_ in self.tables:
            return self._table(data, at, type_)
        count = struct.unpack_from("<I", data, at)[0]
        at += 4
        if type_ == "string":
            return bytes(data[at : at + count]).decode()
        inner = type_[1:-1]
        if inner in self.scalars:
            return list(struct.unpack_from(f"<{count}{self.scalars[inner]}", data, at))
        if inner in self.structs:
            size = struct.calcsize(self.layouts[inner])
            rows = struct.iter_unpack(self.layouts[inner], bytes(data[at : at + count * size]))
            return [self._struct(row, inner) for row in rows]
        return [self._field(data, at + 4 * i, inner) for i in range(count)]


_schema = None


def schema():
    global _schema
    if _schema is None:
        _schema = Schema(SCHEMA.read_text(encoding="utf-8"))
    return _schema


def read_binary(data):
    """Decodes the bytes of a valid .nrb. The loader of the simulator is what verifies one."""
    if bytes(data[4:8]) != b"NRB1":
        raise ValueError("not a neuro binary: the identifier is not NRB1 (B1)")
    return schema().read(data)
