# Part of neuro-mlir, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The sum of the numbers below n, and of all numbers."""


def total(n):
    result, i = 0, 0
    while i < n:
        result += i
        i += 1
    return result


def largest(numbers):
    return max(numbers, default=0)


def unread():
    return 5
