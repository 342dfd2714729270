# cython: boundscheck=False, wraparound=False, initializedcheck=False, cdivision=True
"""Lines of text in one pass: the twins of the numpy in `split.text` and `decide`."""

from libc.stdint cimport int64_t, uint16_t, uint8_t
from libc.string cimport memcpy

import numpy as np

cdef enum:
    TAB = 9
    FEED = 10
    RETURN = 13
    SPACE = 32
    NEXT_LINE = 0x85
    LINE_SEPARATOR = 0x2028
    PARAGRAPH_SEPARATOR = 0x2029


cdef inline bint ends_line(uint16_t unit) noexcept nogil:
    if unit <= RETURN:
        return unit >= FEED
    return unit in (NEXT_LINE, LINE_SEPARATOR, PARAGRAPH_SEPARATOR)


def cut_lines(const uint16_t[::1] units, const uint8_t[::1] wide):
    """Where lines that are not blank start and stop, their numbers, and their units.

    `wide` tells which units above ASCII are white space. The last of `units` ends a line, and
    each of the lines given has a line feed behind it.
    """
    cdef Py_ssize_t count = units.shape[0], at, lines = 0, line = 0, found = 0, size = 0
    cdef Py_ssize_t start = -1, stop = -1
    cdef uint16_t unit
    for at in range(count):
        lines += ends_line(units[at])
    starts_ = np.empty(lines, dtype=np.int64)
    stops_ = np.empty(lines, dtype=np.int64)
    numbers_ = np.empty(lines, dtype=np.int64)
    cut_ = np.empty(count, dtype=np.uint16)
    cdef int64_t[::1] starts = starts_, stops = stops_, numbers = numbers_
    cdef uint16_t[::1] cut = cut_
    with nogil:
        for at in range(count):
            unit = units[at]
            if unit > SPACE and (unit < 0x80 or not wide[unit]):
                if start < 0:
                    start = at
                stop = at + 1
            elif unit < TAB or RETURN < unit < 0x1C:  # no white space
                if start < 0:
                    start = at
                stop = at + 1
            elif ends_line(unit) and not (unit == FEED and at and units[at - 1] == RETURN):
                if start >= 0:
                    starts[found] = start
                    stops[found] = stop
                    numbers[found] = line
                    memcpy(&cut[size], &units[start], (stop - start) * sizeof(uint16_t))
                    size += stop - start
                    cut[size] = FEED
                    size += 1
                    found += 1
                line += 1
                start = -1
    return starts_[:found], stops_[:found], numbers_[:found], cut_[:size]


def read_lines(const uint16_t[::1] units, const int64_t[::1] ends, const uint16_t[::1] marks):
    """How many words each line has that ends at `ends`, and whether it is an item by its mark."""
    cdef Py_ssize_t count = ends.shape[0], line, at, start = 0
    cdef int64_t spaces
    words_ = np.empty(count, dtype=np.int64)
    are_items_ = np.zeros(count, dtype=np.bool_)
    cdef int64_t[::1] words = words_
    cdef uint8_t[::1] are_items = are_items_.view(np.uint8)
    with nogil:
        for line in range(count):
            spaces = 0
            for at in range(start, ends[line]):
                spaces += units[at] == SPACE
            words[line] = spaces + 1
            if ends[line] - start > 1 and units[start + 1] == SPACE:
                for at in range(marks.shape[0]):
                    are_items[line] |= units[start] == marks[at]
            start = ends[line] + 1
    return words_, are_items_
