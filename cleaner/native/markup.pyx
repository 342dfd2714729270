# cython: boundscheck=False, wraparound=False, initializedcheck=False, cdivision=True
"""What is looked for in markup, byte by byte: the twins of loops in `split`."""

from libc.stdint cimport int64_t, uint8_t, uint16_t, uint32_t, uint64_t
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


def count_tags(const uint8_t[::1] data, const uint8_t[::1] starts):
    """How many `<` there are, the longest way from one to the next, and how many begin as what.

    The ends of the data count as brackets. `starts` says of the two bytes behind a bracket, the
    first one highest, what may begin so: 1 a formatting element, 2 an option, 0 neither.
    """
    cdef Py_ssize_t at, last = 0, length = data.shape[0], longest = 0, tags = 0
    cdef Py_ssize_t[3] counts = [0, 0, 0]
    cdef int first, second
    cdef const uint8_t* start
    cdef const uint8_t* found
    if not length:
        return 0, 0, 0, 0
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
            counts[starts[first << 8 | second]] += 1
            found = <const uint8_t*>memchr(found + 1, 60, length - at - 1)
    return tags, max(longest, length - last), counts[1], counts[2]


def assemble(
    const uint16_t[::1] units, const int64_t[::1] starts, const int64_t[::1] sizes,
    const uint8_t[::1] joints, const uint8_t[::1] is_pre,
):  # fmt: skip
    """The units of the lines that texts give, where each begins, and the text it begins in.

    See `split.lines.assemble`. What stands between two words is a gap: one unit goes for it, a
    line feed if a line ends there, and behind it the white space that is preformatted.
    """
    cdef Py_ssize_t text, at, run, size = 0, kept = 0, found = 0, origin = 0, begun = 0
    cdef Py_ssize_t texts = starts.shape[0], end, room = starts.shape[0] + 2
    cdef uint16_t unit
    cdef bint any_word = False, in_gap = False, ended = False, joined = True, bare = False
    for text in range(texts):
        if is_pre[text]:
            room += sizes[text]
    lines_ = np.empty(units.shape[0] + 1, dtype=np.uint16)
    bounds_ = np.zeros(room, dtype=np.int64)
    origins_ = np.zeros(room, dtype=np.int64)
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
                    while True:
                        while at < end and units[at] > SPACE:
                            at += 1
                        if is_pre[text] or at + 1 >= end or (
                            units[at] != SPACE or units[at + 1] <= SPACE
                        ):
                            break
                        at += 2  # a single space stays as it is
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


def number_texts(
    const uint8_t[::1] data, const int64_t[::1] starts, const int64_t[::1] ends,
    const int64_t[::1] owners, Py_ssize_t count,
):  # fmt: skip
    """Per owner the number of its text, and the texts with a NUL between; 0 is the empty one.

    A text is the values `data[starts[i]:ends[i]]` of one owner, none of them empty, which stand
    together, with a space between them.
    """
    cdef Py_ssize_t values = starts.shape[0], value = 0, size = 1, begun, other, found = 1
    cdef Py_ssize_t mask = 1, length = 1
    cdef uint64_t hash_, slot, word
    cdef int64_t at, owner
    for value in range(values):
        length += ends[value] - starts[value] + 1
    while mask < 2 * values + 2:
        mask *= 2
    joined_ = np.empty(length, dtype=np.uint8)
    numbers_ = np.zeros(count, dtype=np.int64)
    slots_ = np.zeros(mask, dtype=np.int64)
    hashes_ = np.empty(values + 1, dtype=np.uint64)
    bounds_ = np.zeros((values + 1, 2), dtype=np.int64)
    cdef uint8_t[::1] joined = joined_
    cdef int64_t[::1] numbers = numbers_, slots = slots_
    cdef uint64_t[::1] hashes = hashes_
    cdef int64_t[:, ::1] bounds = bounds_
    mask -= 1
    value = 0
    joined[0] = 0
    with nogil:
        while value < values:
            owner = owners[value]
            begun = size
            hash_ = 0
            while value < values and owners[value] == owner:
                if size > begun:
                    joined[size] = SPACE
                    size += 1
                if ends[value] > starts[value]:
                    memcpy(&joined[size], &data[starts[value]], ends[value] - starts[value])
                    size += ends[value] - starts[value]
                value += 1
            at = begun
            while at < size:
                word = 0
                memcpy(&word, &joined[at], min(size - at, 8))
                hash_ = (hash_ ^ word) * <uint64_t>0x9E3779B97F4A7C15
                hash_ ^= hash_ >> 32
                at += 8
            slot = hash_ & <uint64_t>mask
            while True:
                other = slots[slot]
                if not other:
                    other = slots[slot] = found
                    hashes[found] = hash_
                    bounds[found, 0], bounds[found, 1] = begun, size
                    found += 1
                    joined[size] = 0
                    size += 1
                    break
                if (
                    hashes[other] == hash_
                    and bounds[other, 1] - bounds[other, 0] == size - begun
                    and not memcmp(&joined[bounds[other, 0]], &joined[begun], size - begun)
                ):
                    size = begun
                    break
                slot = (slot + 1) & <uint64_t>mask
            numbers[owner] = other
    return numbers_, joined_[: size - 1].tobytes()


cdef inline Py_ssize_t entity(const uint8_t* at, Py_ssize_t left, uint16_t* unit) noexcept nogil:
    """How long the entity at an ampersand is, and the unit it stands for; 0 if it is none."""
    if left >= 6 and not memcmp(at, b"&nbsp;", 6):
        unit[0] = 0xA0
        return 6
    if left >= 5 and not memcmp(at, b"&amp;", 5):
        unit[0] = 38
        return 5
    if left >= 4 and not memcmp(at, b"&lt;", 4):
        unit[0] = 60
        return 4
    if left >= 4 and not memcmp(at, b"&gt;", 4):
        unit[0] = 62
        return 4
    return 0


cdef inline bint is_unspaced(const uint8_t* at, Py_ssize_t left) noexcept nogil:
    """Whether a letter of `split.lines.UNSPACED` stands at `at`."""
    if left < 3:
        return False
    if at[0] == 0xE0:
        return at[1] >= 0xB8
    return at[0] == 0xE1 and (at[1] <= 0x82 or 0x9E <= at[1] <= 0x9F)


def read_texts(
    const uint8_t[::1] data, const int64_t[::1] starts, const int64_t[::1] ends,
    const uint8_t[::1] breaks, const uint8_t[::1] widths,
):  # fmt: skip
    """Texts as they stand in markup as code units, each with a 0 behind it: `lines.Texts`.

    The units, where each text starts, its size, and whether there is more in it than white space.
    A text is `data[starts[i]:ends[i]]`, which is UTF-8; `breaks` says which begin with a line feed,
    and `widths` what units show (`split.lines`).
    """
    cdef Py_ssize_t texts = starts.shape[0], text, size = 0, length = 1, skip, left
    cdef int64_t at, end
    cdef uint8_t byte
    cdef uint16_t unit = 0
    cdef uint32_t code
    cdef uint8_t width
    cdef bint any_word, before, unspaced
    for text in range(texts):
        length += ends[text] - starts[text] + 2
    units_ = np.empty(length, dtype=np.uint16)
    begins_ = np.empty(texts, dtype=np.int64)
    sizes_ = np.empty(texts, dtype=np.int64)
    has_words_ = np.empty(texts, dtype=np.bool_)
    cdef uint16_t[::1] units = units_
    cdef int64_t[::1] begins = begins_, sizes = sizes_
    cdef uint8_t[::1] has_words = has_words_.view(np.uint8)
    with nogil:
        for text in range(texts):
            begins[text] = size
            any_word = unspaced = False
            if breaks[text]:
                units[size] = NEWLINE
                size += 1
            at, end = starts[text], ends[text]
            while at < end:
                byte = data[at]
                if byte < 0x80 and byte != 38:  # what most of all texts is
                    unspaced = False
                    any_word |= byte > SPACE
                    units[size] = byte
                    size += 1
                    at += 1
                    continue
                left = end - at
                if byte == 38:
                    skip = entity(&data[at], left, &unit)
                    if not skip:
                        unit = byte
                        skip = 1
                elif byte >= 0xF0 and left >= 4:
                    code = (
                        (<uint32_t>byte & 7) << 18 | (<uint32_t>data[at + 1] & 63) << 12
                        | (<uint32_t>data[at + 2] & 63) << 6 | data[at + 3] & 63
                    ) - 0x10000
                    units[size] = <uint16_t>(0xD800 | code >> 10)
                    size += 1
                    unit = <uint16_t>(0xDC00 | code & 0x3FF)
                    skip = 4
                elif byte >= 0xE0 and left >= 3:
                    unit = <uint16_t>(
                        (<uint32_t>byte & 15) << 12 | (<uint32_t>data[at + 1] & 63) << 6
                        | data[at + 2] & 63
                    )
                    skip = 3
                elif byte >= 0xC0 and left >= 2:
                    unit = <uint16_t>((<uint32_t>byte & 31) << 6 | data[at + 1] & 63)
                    skip = 2
                else:
                    unit = 0xFFFD
                    skip = 1
                width = widths[unit]
                before, unspaced = unspaced, width == 4
                if width == 1:
                    unit = SPACE
                elif width == 2 or width == 3 and not (
                    before or is_unspaced(&data[at + skip], left - skip)
                ):
                    at += skip
                    continue
                any_word |= unit > SPACE
                units[size] = unit
                size += 1
                at += skip
            sizes[text] = size - begins[text]
            has_words[text] = any_word
            units[size] = 0
            size += 1
    return units_[:size], begins_, sizes_, has_words_
