# cython: boundscheck=False, wraparound=False, initializedcheck=False, cdivision=True
"""What lines around a line say, and what of a page's pool of hashes a word is among."""

from libc.stdint cimport int64_t, uint64_t

import numpy as np


def neighbours(const float[::1] values, const int64_t[::1] bounds, const int64_t[::1] steps):
    """The value so many lines on, a row a step; 0 beyond the ends of a page."""
    cdef Py_ssize_t row, page, line, at
    result = np.zeros((steps.shape[0], values.shape[0]), dtype=np.float32)
    cdef float[:, ::1] found = result
    with nogil:
        for row in range(steps.shape[0]):
            for page in range(bounds.shape[0] - 1):
                for line in range(
                    max(bounds[page], bounds[page] - steps[row]),
                    min(bounds[page + 1], bounds[page + 1] - steps[row]),
                ):
                    found[row, line] = values[line + steps[row]]
    return result


def window_means(
    const float[::1] values, const double[::1] weights, const int64_t[::1] bounds,
    const int64_t[::1] lows, const int64_t[::1] highs,
):  # fmt: skip
    """The weighted mean over the lines from `low` to `high` on, a row a window; 0 of none."""
    cdef Py_ssize_t count = values.shape[0], row, page, line, start, end
    result = np.zeros((lows.shape[0], count), dtype=np.float32)
    sums = np.zeros((2, count + 1), dtype=np.float64)
    cdef float[:, ::1] found = result
    cdef double[::1] mass = sums[0], total = sums[1]
    with nogil:
        for line in range(count):
            mass[line + 1] = mass[line] + values[line] * weights[line]
            total[line + 1] = total[line] + weights[line]
        for row in range(lows.shape[0]):
            for page in range(bounds.shape[0] - 1):
                for line in range(bounds[page], bounds[page + 1]):
                    start = max(line + lows[row], bounds[page])
                    end = max(min(line + highs[row] + 1, bounds[page + 1]), start)
                    found[row, line] = <float>(
                        (mass[end] - mass[start]) / max(total[end] - total[start], 1e-6)
                    )
    return result


def means_around(const float[:, ::1] values, const int64_t[::1] bounds, const int64_t[::1] reaches):
    """The mean of each column over the lines so far before and after, the reaches side by side."""
    cdef Py_ssize_t count = values.shape[0], columns = values.shape[1]
    cdef Py_ssize_t row, page, line, column, start, end
    result = np.empty((count, reaches.shape[0] * columns), dtype=np.float32)
    sums = np.zeros((count + 1, columns), dtype=np.float64)
    cdef float[:, ::1] found = result
    cdef double[:, ::1] seen = sums
    with nogil:
        for line in range(count):
            for column in range(columns):
                seen[line + 1, column] = seen[line, column] + values[line, column]
        for page in range(bounds.shape[0] - 1):
            for line in range(bounds[page], bounds[page + 1]):
                for row in range(reaches.shape[0]):
                    start = max(line - reaches[row], bounds[page])
                    end = min(line + reaches[row] + 1, bounds[page + 1])
                    for column in range(columns):
                        found[line, row * columns + column] = <float>(
                            (seen[end, column] - seen[start, column]) / (end - start)
                        )
    return result


def standardise(const float[:, :] rows, const float[::1] mean, const float[::1] scale, float limit):
    """Each column less its mean and times its scale, cut off at the limit; laid out as `rows`.

    Either rows or columns stand together.
    """
    cdef Py_ssize_t row, column, count = rows.shape[0], columns = rows.shape[1]
    cdef bint by_column = rows.strides[0] == sizeof(float)
    result = np.empty((count, columns), dtype=np.float32, order="F" if by_column else "C")
    cdef float[:, :] found = result
    cdef const float* values
    cdef float* out
    if not count:
        return result
    with nogil:
        if by_column:
            for column in range(columns):
                values, out = &rows[0, column], &found[0, column]
                for row in range(count):
                    out[row] = bounded((values[row] - mean[column]) * scale[column], limit)
        else:
            for row in range(count):
                values, out = &rows[row, 0], &found[row, 0]
                for column in range(columns):
                    out[column] = bounded((values[column] - mean[column]) * scale[column], limit)
    return result


cdef inline float bounded(float value, float limit) noexcept nogil:
    value = limit if value > limit else value
    return -limit if value < -limit else value


def count_members(
    const int64_t[::1] firsts, const uint64_t[::1] values, const int64_t[::1] pages,
    const uint64_t[::1] pool, const int64_t[::1] first,
):  # fmt: skip
    """How many of each line's values are in its page's pool, `pool[first[page]:first[page + 1]]`.

    Line `i` has `values[firsts[i]:firsts[i + 1]]`.
    """
    cdef Py_ssize_t line, at, page = -1, size = 8, slot, member
    result = np.zeros(pages.shape[0], dtype=np.float64)
    cdef double[::1] found = result
    longest = int(np.diff(first).max(initial=0))
    while size < 4 * longest:
        size *= 2
    slots_ = np.empty(size, dtype=np.int64)
    cdef int64_t[::1] slots = slots_
    cdef uint64_t mask = size - 1
    with nogil:
        for line in range(pages.shape[0]):
            if pages[line] != page:
                page = pages[line]
                slots[:] = -1
                for member in range(first[page], first[page + 1]):
                    slot = spread(pool[member]) & mask
                    while slots[slot] >= 0 and pool[slots[slot]] != pool[member]:
                        slot = (slot + 1) & mask
                    slots[slot] = member
            for at in range(firsts[line], firsts[line + 1]):
                slot = spread(values[at]) & mask
                while slots[slot] >= 0:
                    if pool[slots[slot]] == values[at]:
                        found[line] += 1
                        break
                    slot = (slot + 1) & mask
    return result


cdef inline uint64_t spread(uint64_t value) noexcept nogil:
    value *= <uint64_t>0xD6E8FEB86659FD93
    return value ^ (value >> 32)
