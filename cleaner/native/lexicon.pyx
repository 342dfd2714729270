# cython: boundscheck=False, wraparound=False, initializedcheck=False, cdivision=True
"""Which lines are, begin or end with known wordings; see `model.lexicon`."""

from libc.stdint cimport int64_t, uint16_t, uint64_t

import numpy as np

from cleaner.native.mixing cimport mix

cdef uint64_t SALT = <uint64_t>0x9E3779B97F4A7C15

cdef enum:
    MOST_WORDS = 12
    HEAD_WORDS = 5


cdef inline bint holds(const uint64_t* slots, uint64_t mask, uint64_t value) noexcept nogil:
    cdef uint64_t at = value & mask
    while slots[at]:
        if slots[at] == value:
            return True
        at = (at + 1) & mask
    return False


cdef inline bint is_mark(uint16_t unit, const uint16_t[::1] marks) noexcept nogil:
    cdef Py_ssize_t at
    for at in range(marks.shape[0]):
        if marks[at] == unit:
            return True
    return False


def match(
    const int64_t[::1] first, const uint64_t[::1] hashes, const uint16_t[::1] units,
    const int64_t[::1] ends, const uint64_t[::1] whole, const uint64_t[::1] heads,
    const uint64_t[::1] tails, const uint16_t[::1] marks,
):  # fmt: skip
    """By line: whole (0 or 1); words of the head, and whether a mark follows; words of a whole
    wording that a mark follows; words of the tail.
    """  # fmt: skip
    cdef Py_ssize_t lines = first.shape[0] - 1, line, count, number, at, last = units.shape[0] - 1
    cdef uint64_t run, tail
    cdef uint64_t in_whole = whole.shape[0] - 1, in_heads = heads.shape[0] - 1
    cdef uint64_t in_tails = tails.shape[0] - 1
    cdef int64_t end
    cdef bint marked, is_whole
    result = np.zeros((5, lines), dtype=np.float32)
    cdef float[:, ::1] found = result
    with nogil:
        for line in range(lines):
            count = first[line + 1] - first[line]
            run = 0
            for number in range(1, min(count, <Py_ssize_t>MOST_WORDS) + 1):
                if number > HEAD_WORDS and count > MOST_WORDS:
                    break
                at = first[line] + number - 1
                run += mix(hashes[at] + <uint64_t>(number - 1) * SALT, 71)
                if number != count and number > HEAD_WORDS:
                    continue
                is_whole = holds(&whole[0], in_whole, run)
                if is_whole and number == count:
                    found[0, line] = 1
                if number > HEAD_WORDS:
                    continue
                end = ends[at]
                marked = is_mark(units[min(end, last)], marks) or (
                    units[min(end, last)] == 32 and is_mark(units[min(end + 1, last)], marks)
                )
                if (marked or number > 1) and holds(&heads[0], in_heads, run):
                    found[1, line] = number
                    if marked:
                        found[2, line] = 1
                if is_whole and marked and number < count:
                    found[3, line] = number
            tail = 0
            for number in range(1, min(count, <Py_ssize_t>3) + 1):
                tail += mix(
                    hashes[first[line + 1] - number] + <uint64_t>(number - 1) * SALT, 72
                )
                if number > 1 and holds(&tails[0], in_tails, tail):
                    found[4, line] = number
    return tuple(result)
