# cython: boundscheck=False, wraparound=False, initializedcheck=False, cdivision=True
"""What is looked for in markup, byte by byte: the twins of loops in `split`."""

from libc.stdint cimport int64_t, uint8_t, uint16_t, uint64_t
from libc.string cimport memchr, memcmp, memcpy, memmove

import numpy as np

cdef enum:
    NEWLINE = 10
    SPACE = 32

cdef enum:  # what stands between a text and the next
    JOINED
    SPACED
    ENDED


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
    cdef const uint8_t* start
    cdef const uint8_t* found
    if not length:
        return 0, 0, 0
    with nogil:
        start = &data[0]
        found = <const uint8_t*>memchr(start, 60, length)
        while found != NULL:
            at = found - start
            tags += 1
            longest = max(longest, at - last)
            last = at
            first = data[at + 1] if at + 1 < length else 32
            second = data[at + 2] if at + 2 < length else 32
            formatting += is_formatting[first << 8 | second]
            found = <const uint8_t*>memchr(found + 1, 60, length - at - 1)
    return tags, max(longest, length - last), formatting


def assemble(
    const uint16_t[::1] units, const int64_t[::1] starts, const int64_t[::1] sizes,
    const uint8_t[::1] joints, const uint8_t[::1] is_pre,
):  # fmt: skip
    """The units of the lines that texts give, where each begins, and the text it begins in.

    See `split.lines.assemble`. What stands between two words is a gap: one unit goes for it, a
    line feed if a line ends there, and behind it the white space that is preformatted.
    """
    cdef Py_ssize_t text, at, run, size = 0, kept = 0, found = 0, origin = 0, begun = 0
    cdef Py_ssize_t texts = starts.shape[0], end
    cdef uint16_t unit
    cdef bint any_word = False, in_gap = False, ended = False, joined = True, bare = False
    lines_ = np.empty(units.shape[0] + 1, dtype=np.uint16)
    bounds_ = np.zeros(texts + units.shape[0] // 2 + 2, dtype=np.int64)
    origins_ = np.zeros(texts + units.shape[0] // 2 + 2, dtype=np.int64)
    cdef uint16_t[::1] lines = lines_
    cdef int64_t[::1] bounds = bounds_, origins = origins_
    with nogil:
        for text in range(texts):
            at = starts[text]
            end = at + sizes[text]
            while at < end:
                unit = units[at]
                if unit > SPACE:
                    if in_gap or not any_word:
                        if not any_word:
                            bare = True
                        elif ended:
                            lines[size] = NEWLINE
                            found += 1
                            bounds[found] = size + 1
                        elif joined:
                            bare = True
                        elif not bare:
                            lines[size] = SPACE
                        if kept and bare and not (any_word and ended):
                            memmove(&lines[size], &lines[size + 1], 2 * kept)
                            size += kept
                        elif not (bare and not (any_word and ended)):
                            size += 1 + kept
                        if ended or not any_word:
                            origins[found] = origin if kept else text
                        any_word = True
                        in_gap = ended = bare = False
                        joined = True
                        kept = 0
                    run = at
                    while at < end and units[at] > SPACE:
                        at += 1
                    memcpy(&lines[size], &units[run], 2 * (at - run))
                    size += at - run
                    continue
                if is_pre[text]:
                    if unit == 10 or unit == 11 or unit == 12 or unit == 13 or 28 <= unit <= 30:
                        ended = True
                        kept = 0
                    else:
                        if not in_gap:
                            bare = True
                        if not kept:
                            origin = text
                        kept += 1
                        lines[size + kept] = unit
                joined = False
                in_gap = True
                at += 1
            if joints[text] == ENDED:
                ended = True
                joined = False
                kept = 0
            elif joints[text] == SPACED:
                joined = False
            elif is_pre[text] and not in_gap:
                bare = True
            in_gap = True
        if any_word:
            lines[size] = NEWLINE
            size += 1
            found += 1
            bounds[found] = size
    return lines_[:size], bounds_[: found + 1], origins_[:found]


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
