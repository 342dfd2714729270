# cython: boundscheck=False, wraparound=False, initializedcheck=False, cdivision=True
"""Sums over hashed features, without a matrix of them."""

from libc.stdint cimport int8_t, int32_t, int64_t, uint8_t, uint64_t

import numpy as np

from cleaner.native.mixing cimport mix


def sum_rows(
    const int64_t[::1] rows, const int64_t[::1] at, const int8_t[:, ::1] weights, Py_ssize_t lines
):
    """The sum of `weights[at[i]]` over all `i` with `rows[i] == line`: (lines, columns)."""
    cdef Py_ssize_t i, column, columns = weights.shape[1]
    result = np.zeros((lines, columns), dtype=np.int32)
    cdef int32_t[:, ::1] sums = result
    cdef int32_t* total
    cdef const int8_t* row
    if not rows.shape[0]:
        return result
    with nogil:
        for i in range(rows.shape[0]):
            total = &sums[0, 0] + rows[i] * columns
            row = &weights[0, 0] + at[i] * columns
            for column in range(columns):
                total[column] += row[column]
    return result


def add_said(
    int32_t[:, ::1] sums, int64_t[::1] numbers, const int64_t[::1] signatures,
    const uint64_t[::1] said, const int64_t[::1] offsets, const int64_t[::1] sizes,
    const int8_t[:, ::1] weights, int32_t[:, ::1] known, uint8_t[::1] is_known, int salt, int shift,
):  # fmt: skip
    """Add to each line's sums what its element says, and how much it says to `numbers`.

    `known` keeps what a signature was found to say, where `is_known`, for further calls.
    """
    cdef Py_ssize_t line, column, columns = weights.shape[1], signature, at
    cdef int32_t* total
    cdef int32_t* own
    cdef const int8_t* row
    with nogil:
        for line in range(signatures.shape[0]):
            signature = signatures[line]
            own = &known[signature, 0]
            if not is_known[signature]:
                is_known[signature] = 1
                for at in range(offsets[signature], offsets[signature] + sizes[signature]):
                    row = &weights[mix(said[at], salt) >> shift, 0]
                    for column in range(columns):
                        own[column] += row[column]
            total = &sums[line, 0]
            for column in range(columns):
                total[column] += own[column]
            numbers[line] += sizes[signature]


def number_codes(const uint64_t[::1] codes):
    """Each code's number among the distinct ones, in the order they first come; their counts."""
    cdef Py_ssize_t count = codes.shape[0], at, found = 0, mask = 1
    cdef uint64_t slot
    cdef int64_t other
    while mask < 2 * count + 2:
        mask *= 2
    slots_ = np.full(mask, -1, dtype=np.int64)
    numbers_ = np.empty(count, dtype=np.int64)
    counts_ = np.zeros(count, dtype=np.int64)
    distinct_ = np.empty(count, dtype=np.uint64)
    cdef int64_t[::1] slots = slots_, numbers = numbers_, counts = counts_
    cdef uint64_t[::1] distinct = distinct_
    mask -= 1
    with nogil:
        for at in range(count):
            slot = codes[at] * <uint64_t>0xD6E8FEB86659FD93
            slot = (slot ^ (slot >> 32)) & <uint64_t>mask
            while True:
                other = slots[slot]
                if other < 0:
                    other = slots[slot] = found
                    distinct[found] = codes[at]
                    found += 1
                    break
                if distinct[other] == codes[at]:
                    break
                slot = (slot + 1) & <uint64_t>mask
            numbers[at] = other
            counts[other] += 1
    return numbers_, counts_[:found]


def subtree_sums(
    const int64_t[::1] owners, const double[::1] values, const int64_t[::1] ends
):
    """Per element, the sum of the values of the lines in it and in what it holds."""
    cdef Py_ssize_t count = ends.shape[0], at
    own_ = np.zeros(count, dtype=np.float64)
    sums_ = np.zeros(count + 1, dtype=np.float64)
    cdef double[::1] own = own_, sums = sums_
    with nogil:
        for at in range(owners.shape[0]):
            own[owners[at]] += values[at]
        for at in range(count):
            sums[at + 1] = sums[at] + own[at]
        for at in range(count):
            own[at] = sums[ends[at]] - sums[at]
    return own_
