# cython: boundscheck=False, wraparound=False, initializedcheck=False, cdivision=True
"""What is looked for in markup, byte by byte: the twins of loops in `split`."""

from libc.stdint cimport int64_t, uint8_t, uint16_t, uint64_t
from libc.string cimport memcmp

import numpy as np


def are_blank(const uint8_t[::1] data, const int64_t[::1] starts, const int64_t[::1] ends):
    """Whether there is no byte above the space at `data[starts[i]:ends[i]]`, for each."""
    cdef Py_ssize_t number
    cdef int64_t at
    is_blank_ = np.ones(starts.shape[0], dtype=np.bool_)
    cdef uint8_t[::1] is_blank = is_blank_.view(np.uint8)
    with nogil:
        for number in range(starts.shape[0]):
            for at in range(max(starts[number], 0), min(ends[number], data.shape[0])):
                if data[at] > 32:
                    is_blank[number] = 0
                    break
    return is_blank_


def count_tags(const uint8_t[::1] data, const uint8_t[::1] is_formatting):
    """How many `<` there are, the longest way from one to the next, and how many may be formatting.

    The ends of the data count as brackets. `is_formatting` says of the two bytes behind a bracket,
    the first one highest, whether a formatting element may begin so.
    """
    cdef Py_ssize_t at, last = 0, length = data.shape[0], longest = 0, tags = 0, formatting = 0
    cdef int first, second
    with nogil:
        for at in range(length):
            if data[at] == 60:
                tags += 1
                longest = max(longest, at - last)
                last = at
                first = data[at + 1] if at + 1 < length else 32
                second = data[at + 2] if at + 2 < length else 32
                formatting += is_formatting[first << 8 | second]
    return tags, max(longest, length - last), formatting


def assemble(
    const uint16_t[::1] units, const int64_t[::1] starts, const int64_t[::1] sizes,
    const uint8_t[::1] joints,
):  # fmt: skip
    """The units of the lines that texts give, and where each begins; `split.lines.assemble`.

    None of the texts is preformatted.
    """
    cdef Py_ssize_t text, at, size = 0, length = units.shape[0]
    cdef bint any_word = False, spaced = False, ended = False
    lines_ = np.empty(length + 1, dtype=np.uint16)
    bounds_ = np.zeros(starts.shape[0] + 1, dtype=np.int64)
    cdef uint16_t[::1] lines = lines_
    cdef int64_t[::1] bounds = bounds_
    cdef Py_ssize_t found = 0
    with nogil:
        for text in range(starts.shape[0]):
            for at in range(starts[text], starts[text] + sizes[text]):
                if units[at] > 32:
                    if any_word and ended:
                        lines[size] = 10
                        size += 1
                        found += 1
                        bounds[found] = size
                    elif any_word and spaced:
                        lines[size] = 32
                        size += 1
                    lines[size] = units[at]
                    size += 1
                    any_word = True
                    spaced = ended = False
                else:
                    spaced = True
            if joints[text] == 1:
                spaced = True
            elif joints[text] == 2:
                ended = True
        if any_word:
            lines[size] = 10
            size += 1
            found += 1
            bounds[found] = size
    return lines_[:size], bounds_[: found + 1]


def number_values(const uint8_t[::1] data, const int64_t[::1] starts, const int64_t[::1] ends):
    """Each value's number among the distinct `data[starts[i]:ends[i]]`, and the first of each.

    Values are numbered in the order in which they first come.
    """
    cdef Py_ssize_t count = starts.shape[0], number, found = 0, slot, other, mask, size
    cdef uint64_t hash_
    cdef int64_t at
    mask = 1
    while mask < 2 * count + 2:
        mask *= 2
    slots_ = np.full(mask, -1, dtype=np.int64)
    hashes_ = np.empty(count, dtype=np.uint64)
    numbers_ = np.empty(count, dtype=np.int64)
    firsts_ = np.empty(count, dtype=np.int64)
    cdef int64_t[::1] slots = slots_, numbers = numbers_, firsts = firsts_
    cdef uint64_t[::1] hashes = hashes_
    mask -= 1
    with nogil:
        for number in range(count):
            size = ends[number] - starts[number]
            hash_ = <uint64_t>size
            for at in range(starts[number], ends[number]):
                hash_ = (hash_ ^ data[at]) * <uint64_t>0x100000001B3  # FNV
            hash_ ^= hash_ >> 29
            slot = hash_ & <uint64_t>mask
            while True:
                other = slots[slot]
                if other < 0:
                    slots[slot] = found
                    firsts[found] = number
                    hashes[found] = hash_
                    numbers[number] = found
                    found += 1
                    break
                if (
                    hashes[other] == hash_
                    and ends[firsts[other]] - starts[firsts[other]] == size
                    and memcmp(&data[starts[firsts[other]]], &data[starts[number]], size) == 0
                ):
                    numbers[number] = other
                    break
                slot = (slot + 1) & mask
    return numbers_, firsts_[:found]
