# Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Errors of the package, and access to the native module."""

import dataclasses


@dataclasses.dataclass(frozen=True)
class Diagnostic:
    """One message of the compiler or the simulator.

    Attributes:
      severity: 'error', 'warning' or 'remark'.
      message: what is wrong, with what was expected and what to do.
      where: the ONNX node, the file or the byte; '' when it has no place.
      notes: more messages, a tuple of str.
    """

    severity: str
    message: str
    where: str = ""
    notes: tuple = ()

    def __str__(self):
        place = f"{self.where}: " if self.where else ""
        lines = [f"{place}{self.severity}: {self.message}"]
        lines += [f"  note: {note}" for note in self.notes]
        return "\n".join(lines)


class NeuroError(Exception):
    """What was asked cannot be done.

    Attributes:
      diagnostics: list of Diagnostic, all problems found.
    """

    def __init__(self, message, diagnostics=()):
        super().__init__(message)
        self.diagnostics = list(diagnostics)


class NeuroWarning(UserWarning):
    """Numbers that may be wrong: inputs were clipped, values saturated or wrapped."""


def from_dicts(entries):
    """Diagnostics from the dicts that the native module reports."""
    return [
        Diagnostic(
            entry.get("severity", "error"),
            entry.get("message", ""),
            entry.get("where", ""),
            tuple(entry.get("notes", ())),
        )
        for entry in entries
    ]


def raise_errors(diagnostics, what):
    """Raise NeuroError with all errors among the diagnostics."""
    errors = [d for d in diagnostics if d.severity == "error"] or list(diagnostics)
    text = "\n".join(str(d) for d in errors) or f"{what} failed without a message"
    raise NeuroError(text, diagnostics)


def native():
    """The compiled module `_neuro`.

    Raises:
      NeuroError: it is not built.
    """
    try:
        from . import _neuro
    except ImportError as error:
        raise NeuroError(
            "the native module of the package is not on the path: build it with "
            "`./dev build` and set PYTHONPATH=build/python "
            f"({error})"
        ) from error
    return _neuro
