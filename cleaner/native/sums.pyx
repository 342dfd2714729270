# cython: boundscheck=False, wraparound=False, initializedcheck=False, cdivision=True
"""Sums over hashed features, without a matrix of them."""

from libc.stdint cimport int64_t, uint64_t

import numpy as np


def sum_rows(
    const int64_t[::1] rows, const int64_t[::1] at, const float[:, ::1] tables, Py_ssize_t lines
):
    """The sum of `tables[at[i]]` over all `i` with `rows[i] == line`: (lines, columns)."""
    cdef Py_ssize_t i, column, columns = tables.shape[1]
    result = np.zeros((lines, columns), dtype=np.float32)
    cdef float[:, ::1] sums = result
    cdef float* total
    cdef const float* row
    if not rows.shape[0]:
        return result
    with nogil:
        for i in range(rows.shape[0]):
            total = &sums[0, 0] + rows[i] * columns
            row = &tables[0, 0] + at[i] * columns
            for column in range(columns):
                total[column] += row[column]
    return result


def add_rows(float[:, ::1] sums, const int64_t[::1] at, const float[:, ::1] tables):
    """Add `tables[at[line]]` to each line's sums."""
    cdef Py_ssize_t line, column, columns = tables.shape[1]
    cdef float* total
    cdef const float* row
    if not at.shape[0]:
        return
    with nogil:
        for line in range(at.shape[0]):
            total = &sums[line, 0]
            row = &tables[0, 0] + at[line] * columns
            for column in range(columns):
                total[column] += row[column]


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
