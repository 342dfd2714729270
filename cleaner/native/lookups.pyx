# cython: boundscheck=False, wraparound=False, initializedcheck=False, cdivision=True
"""What templates go by, looked up: how lines begin, what a text holds, the words of elements."""

from libc.stdint cimport int64_t, uint16_t, uint32_t, uint64_t, uint8_t
from libc.string cimport memcmp, memcpy

import numpy as np

cdef extern from "Python.h":
    bint PyUnicode_IS_ASCII(object text)
    const uint8_t* PyUnicode_1BYTE_DATA(object text)


cdef enum:
    FOURS = 1 << 12


cdef inline int bit_length(Py_ssize_t size) noexcept nogil:
    cdef int bits = 0
    while size:
        bits += 1
        size >>= 1
    return bits


def look_up(
    const uint16_t[::1] units, const int64_t[::1] ends, const uint16_t[::1] folds,
    const uint8_t[::1] known, const uint8_t[::1] dense, const uint16_t[::1] markers,
    const uint64_t[::1] factors, int few,
):
    """Which of the lines that end at `ends` begin like a known one, and which are odd."""
    cdef Py_ssize_t lines = ends.shape[0], line, start = 0, length, step
    cdef Py_ssize_t width = factors.shape[0]
    cdef uint64_t mixed
    cdef uint16_t unit, before
    cdef bint odd, marker, hit
    cdef int shift = 65 - bit_length(known.shape[0]), dense_shift = 65 - bit_length(dense.shape[0])
    hits_ = np.zeros(lines, dtype=np.bool_)
    odds_ = np.zeros(lines, dtype=np.bool_)
    cdef uint8_t[::1] hits = hits_.view(np.uint8), odds = odds_.view(np.uint8)
    with nogil:
        for line in range(lines):
            length = min(ends[line] - start, width)
            mixed = 0
            odd = hit = False
            before = 0
            for step in range(length):
                unit = folds[units[start + step]]
                if unit == 0xFFFF or (unit == 32 and before == 32):
                    odd = True
                    break
                before = unit
                if unit == 32 and step == width - 1:
                    unit = 0
                mixed += unit * factors[step]
                if step == few - 1:
                    hit = dense[(mixed >> dense_shift)]
            marker = False
            if length > 1 and units[start + 1] == 32:
                for step in range(markers.shape[0]):
                    marker |= units[start] == markers[step]
            odds[line] = odd
            hits[line] = marker or (not odd and (hit or known[mixed >> shift]))
            start = ends[line] + 1
    return hits_, odds_


cdef inline uint32_t four_of(const uint16_t* units) noexcept nogil:
    """A number below `FOURS` by which most fours of units differ."""
    cdef uint64_t four
    memcpy(&four, units, 8)
    return <uint32_t>(four * <uint64_t>0x9E3779B97F4A7C15 >> 52)


def chains(const uint16_t[::1] literals, const int64_t[::1] bounds):
    """Where to begin to look for literals, by their first four units, and which is next.

    Literal `i` is `literals[bounds[i]:bounds[i + 1]]`, and goes by `i + 1`, for 0 is none.
    """
    cdef Py_ssize_t count = bounds.shape[0] - 1, number
    cdef uint32_t four
    heads_ = np.zeros(FOURS, dtype=np.int64)
    nexts_ = np.zeros(count + 1, dtype=np.int64)
    cdef int64_t[::1] heads = heads_, nexts = nexts_
    for number in range(count):
        if bounds[number + 1] - bounds[number] > 3:
            four = four_of(&literals[bounds[number]])
            nexts[number + 1] = heads[four]
            heads[four] = number + 1
    return heads_, nexts_


def stand_in(
    const uint16_t[::1] units, const uint16_t[::1] literals, const int64_t[::1] bounds,
    const int64_t[::1] heads, const int64_t[::1] nexts,
):
    """Which of the literals that `chains` was given stand in a text; an empty one does."""
    cdef Py_ssize_t length = units.shape[0], count = bounds.shape[0] - 1, at, size
    cdef int64_t number
    found_ = np.empty(count, dtype=np.bool_)
    cdef uint8_t[::1] found = found_.view(np.uint8)
    with nogil:
        for at in range(count):
            found[at] = bounds[at] == bounds[at + 1]
        for at in range(length - 3):
            number = heads[four_of(&units[at])]
            while number:
                size = bounds[number] - bounds[number - 1]
                if size <= length - at and not memcmp(
                    &units[at], &literals[bounds[number - 1]], size * sizeof(uint16_t)
                ):
                    found[number - 1] = True
                number = nexts[number]
    return found_


def fold(const uint16_t[::1] units, const uint16_t[::1] folds):
    """Units folded each by itself, and of several spaces in a row one."""
    cdef Py_ssize_t length = units.shape[0], at, size = 0
    cdef uint16_t unit, before = 0
    folded_ = np.empty(length, dtype=np.uint16)
    cdef uint16_t[::1] folded = folded_
    with nogil:
        for at in range(length):
            unit = folds[units[at]]
            if unit != 32 or before != 32:
                folded[size] = unit
                size += 1
            before = unit
    return folded_[:size]


cdef inline bint is_space(uint8_t byte) noexcept nogil:
    """As `str.split` has it."""
    return byte == 32 or 9 <= byte <= 13 or 28 <= byte <= 31


cdef inline uint64_t code(const uint8_t* word, Py_ssize_t size) noexcept nogil:
    """A number by which nearly all words differ: of the length, three characters and the last."""
    cdef uint64_t value = <uint64_t>size << 32 | <uint64_t>word[0] << 24 | word[size - 1]
    if size > 2:
        value |= <uint64_t>word[1] << 16 | <uint64_t>word[size // 2] << 8
    return (value * <uint64_t>0x9E3779B97F4A7C15) >> 40


def word_bits(known, int bits):
    """Where the ASCII words of `known` fall in a table of 2^`bits` flags."""
    table_ = np.zeros(1 << bits, dtype=np.uint8)
    cdef uint8_t[::1] table = table_
    cdef str word
    for word in known:
        if PyUnicode_IS_ASCII(word):
            table[code(PyUnicode_1BYTE_DATA(word), len(word)) & ((1 << bits) - 1)] = 1
    return table_


def find_words(list pairs, frozenset known, const uint8_t[::1] table):
    """The numbers of the pairs whose attribute words hold each of the `known` words they hold."""
    cdef dict places = {}
    cdef Py_ssize_t number, start, end, size
    cdef uint64_t mask = table.shape[0] - 1
    cdef str attributes, word
    cdef const uint8_t* data
    cdef list numbers
    for number in range(len(pairs)):
        attributes = pairs[number][1]
        if not PyUnicode_IS_ASCII(attributes):
            words = known.intersection(attributes.split())
            for word in words:
                places.setdefault(word, []).append(number)
            continue
        data = PyUnicode_1BYTE_DATA(attributes)
        size = len(attributes)
        start = 0
        while start < size:
            if is_space(data[start]):
                start += 1
                continue
            end = start + 1
            while end < size and not is_space(data[end]):
                end += 1
            if table[code(data + start, end - start) & mask]:
                word = attributes[start:end]
                if word in known:
                    numbers = places.setdefault(word, [])
                    if not numbers or numbers[len(numbers) - 1] != number:
                        numbers.append(number)
            start = end
    return places
