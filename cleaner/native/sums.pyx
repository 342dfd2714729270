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


def score_elements(
    list ancestors, const int64_t[::1] signatures, const uint64_t[::1] said,
    const int64_t[::1] counts, const int8_t[:, ::1] weights, int distances, int salt, int shift,
):  # fmt: skip
    """What the elements above each line say, by `hashing.dom_buckets`: its sums, and of how many.

    `ancestors` are, by distance, the elements of the lines; signature `s` says the next
    `counts[s]` hashes of `said`, the first one nothing.
    """
    cdef Py_ssize_t lines = ancestors[0].shape[0], columns = weights.shape[1], line, column, at
    cdef Py_ssize_t signature, pairs = counts.shape[0]
    sums_ = np.zeros((lines, columns), dtype=np.int32)
    numbers_ = np.zeros(lines, dtype=np.int64)
    # What a signature was found to say at a distance.
    known_ = np.empty((pairs, columns), dtype=np.int32)
    is_known_ = np.empty(pairs, dtype=np.uint8)
    ends_ = np.cumsum(counts)
    cdef int32_t[:, ::1] sums = sums_, known = known_
    cdef int64_t[::1] numbers = numbers_
    cdef uint8_t[::1] is_known = is_known_
    cdef const int64_t[::1] ends = ends_, elements
    cdef int32_t* total
    cdef int32_t* own
    cdef const int8_t* row
    cdef int distance
    for distance in range(len(ancestors)):
        elements = ancestors[distance]
        if distance < distances:
            is_known[:] = False
            salt += distance > 0
        with nogil:
            for line in range(lines):
                signature = signatures[elements[line]]
                if not signature:
                    continue
                own = &known[signature, 0]
                if not is_known[signature]:
                    is_known[signature] = True
                    for column in range(columns):
                        own[column] = 0
                    for at in range(ends[signature] - counts[signature], ends[signature]):
                        row = &weights[mix(said[at], salt) >> shift, 0]
                        for column in range(columns):
                            own[column] += row[column]
                total = &sums[line, 0]
                for column in range(columns):
                    total[column] += own[column]
                numbers[line] += counts[signature]
    return sums_, numbers_


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
            slot = spread(codes[at]) & <uint64_t>mask
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


def count_alike(const uint64_t[::1] hashes, const int64_t[::1] bounds):
    """How often each line's hash comes among the lines of its page, `bounds` apart."""
    cdef Py_ssize_t page, line, start, end, slot, mask, room = 2
    sizes = np.diff(bounds)
    while room < 2 * sizes.max(initial=0):
        room *= 2
    slots_ = np.empty(room, dtype=np.int64)  # the first line with a hash
    counts_ = np.zeros(hashes.shape[0], dtype=np.int64)  # by first line, then by line
    firsts_ = np.empty(hashes.shape[0], dtype=np.int64)
    cdef int64_t[::1] slots = slots_, counts = counts_, firsts = firsts_
    with nogil:
        for page in range(bounds.shape[0] - 1):
            start, end, mask = bounds[page], bounds[page + 1], 2
            while mask < 2 * (end - start):
                mask *= 2
            slots[:mask] = -1
            mask -= 1
            for line in range(start, end):
                slot = spread(hashes[line]) & mask
                while slots[slot] >= 0 and hashes[slots[slot]] != hashes[line]:
                    slot = (slot + 1) & mask
                if slots[slot] < 0:
                    slots[slot] = line
                firsts[line] = slots[slot]
                counts[firsts[line]] += 1
            for line in range(start, end):
                counts[line] = counts[firsts[line]]
    return counts_


cdef inline uint64_t spread(uint64_t value) noexcept nogil:
    value *= <uint64_t>0xD6E8FEB86659FD93
    return value ^ (value >> 32)
