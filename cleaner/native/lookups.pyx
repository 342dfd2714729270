# cython: boundscheck=False, wraparound=False, initializedcheck=False, cdivision=True
"""What templates go by, looked up: how lines begin, and the words of elements."""

from libc.stdint cimport int64_t, uint16_t, uint64_t, uint8_t

import numpy as np

cdef extern from "Python.h":
    bint PyUnicode_IS_ASCII(object text)
    const uint8_t* PyUnicode_1BYTE_DATA(object text)


def look_up(
    const uint16_t[::1] units, const uint8_t[::1] known, const uint64_t[::1] factors, int bits
):
    """Where lines end, which lines begin like a known one, and which are to be looked at."""
    cdef Py_ssize_t count = units.shape[0], at, start = 0, place, length, step, lines = 0
    cdef Py_ssize_t width = factors.shape[0]
    cdef uint64_t mixed
    cdef uint16_t unit, before
    cdef bint odd, marker
    for at in range(count):
        lines += units[at] == 10
    ends_ = np.empty(lines, dtype=np.int64)
    hits_ = np.zeros(lines, dtype=np.bool_)
    odds_ = np.zeros(lines, dtype=np.bool_)
    cdef int64_t[::1] ends = ends_
    cdef uint8_t[::1] hits = hits_.view(np.uint8), odds = odds_.view(np.uint8)
    lines = 0
    with nogil:
        for at in range(count):
            if units[at] != 10:
                continue
            length = min(at - start, width)
            mixed = 0
            odd = False
            before = 0
            for step in range(length):
                unit = units[start + step]
                if unit > 0x7F or unit == 9 or (unit == 32 and before == 32):
                    odd = True
                    break
                before = unit
                if 65 <= unit <= 90:
                    unit += 32
                elif unit == 32 and step == width - 1:
                    unit = 0
                mixed += unit * factors[step]
            marker = length > 1 and units[start + 1] == 32 and units[start] in (42, 45)
            ends[lines] = at
            odds[lines] = odd
            hits[lines] = marker or (not odd and known[mixed >> (64 - bits)])
            lines += 1
            start = at + 1
    return ends_, hits_, odds_


cdef inline bint is_space(uint8_t byte) noexcept nogil:
    """As `str.split` has it."""
    return byte == 32 or 9 <= byte <= 13 or 28 <= byte <= 31


cdef inline uint64_t code(const uint8_t* word, Py_ssize_t size) noexcept nogil:
    cdef uint64_t value = <uint64_t>0xCBF29CE484222325
    cdef Py_ssize_t at
    for at in range(size):
        value = (value ^ word[at]) * <uint64_t>0x100000001B3
    return value ^ (value >> 32)


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
