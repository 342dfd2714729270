# cython: boundscheck=False, wraparound=False, initializedcheck=False, cdivision=True
"""Sums over hashed features, without a matrix of them."""

from libc.stdint cimport int64_t

import numpy as np


def sum_rows(
    const int64_t[::1] rows, const int64_t[::1] at, const float[:, ::1] tables, Py_ssize_t lines
):
    """The sum of `tables[at[i]]` over all `i` with `rows[i] == line`: (lines, columns)."""
    cdef Py_ssize_t i, column, columns = tables.shape[1]
    result = np.zeros((lines, columns), dtype=np.float32)
    cdef float[:, ::1] sums = result
    with nogil:
        for i in range(rows.shape[0]):
            for column in range(columns):
                sums[rows[i], column] += tables[at[i], column]
    return result


def add_rows(float[:, ::1] sums, const int64_t[::1] at, const float[:, ::1] tables):
    """Add `tables[at[line]]` to each line's sums."""
    cdef Py_ssize_t line, column, columns = tables.shape[1]
    with nogil:
        for line in range(at.shape[0]):
            for column in range(columns):
                sums[line, column] += tables[at[line], column]
