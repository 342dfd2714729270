# cython: boundscheck=False, wraparound=False, initializedcheck=False, cdivision=True
"""What templates go by, looked up: what lines begin with and hold, the words of elements."""

from libc.stdint cimport int32_t, int64_t, uint16_t, uint32_t, uint64_t, uint8_t
from libc.string cimport memcmp, memcpy

import numpy as np

cdef extern from "Python.h":
    bint PyUnicode_IS_ASCII(object text)
    const uint8_t* PyUnicode_1BYTE_DATA(object text)


cdef enum:
    HEAD = 4  # units of a literal that it is looked up by
    HEADS = 1 << 13
    SPACE = 32
    LINE_FEED = 10
    ODD = 0xFFFF


cdef inline Py_ssize_t row_of(const uint16_t[::1] rising, uint16_t value) noexcept nogil:
    """Where a value stands, or -1."""
    cdef Py_ssize_t low = 0, high = rising.shape[0], middle
    while low < high:
        middle = (low + high) // 2
        if rising[middle] < value:
            low = middle + 1
        else:
            high = middle
    return low if low < rising.shape[0] and rising[low] == value else -1


def fold(
    const uint16_t[::1] units, const uint16_t[::1] folds,
    const uint16_t[::1] odd, const uint16_t[:, ::1] longer,
):
    """Lines folded, each unit by itself; None if there is one for which that will not do.

    `folds` says what a unit becomes. Of those for which that is `ODD`, `odd` holds some, in rising
    order, and `longer` in the same places the units they become; those that become none will not
    do, nor will more than a few that become several.
    """
    cdef Py_ssize_t length = units.shape[0], width = longer.shape[1], at, size = 0, row, step
    cdef Py_ssize_t room = length + length // 8 + 2 * width
    cdef uint16_t unit, before = LINE_FEED
    folded_ = np.empty(room, dtype=np.uint16)
    cdef uint16_t[::1] folded = folded_
    with nogil:
        for at in range(length):
            unit = folds[units[at]]
            if unit == LINE_FEED:
                size -= size > 0 and folded[size - 1] == SPACE
            elif unit == ODD:
                row = row_of(odd, units[at])
                if row >= 0:
                    if not longer[row, 0] or room - size < length - at + width:
                        size = -1
                        break
                    unit = longer[row, 0]
                    for step in range(1, width):
                        if longer[row, step]:
                            folded[size] = unit
                            size += 1
                            unit = longer[row, step]
            # Without a branch, as spaces are everywhere.
            folded[size] = unit
            size += (unit != SPACE) | ((before != SPACE) & (before != LINE_FEED))
            before = unit
    return None if size < 0 else folded_[:size]


cdef inline uint32_t head_of(const uint16_t* units) noexcept nogil:
    """A number below `HEADS` by which most fours of units differ."""
    cdef uint64_t four
    memcpy(&four, units, HEAD * sizeof(uint16_t))
    return <uint32_t>(four * <uint64_t>0x9E3779B97F4A7C15 >> 51)


cdef inline uint32_t first_head_of(const uint16_t* units, Py_ssize_t size) noexcept nogil:
    """The same of the first of so many units, up to the end of a line."""
    cdef uint16_t[HEAD] head
    cdef Py_ssize_t at
    for at in range(HEAD):
        head[at] = 0
    for at in range(min(size, HEAD)):
        head[at] = units[at]
        if units[at] == LINE_FEED:
            break
    return head_of(head)


cdef inline uint64_t line_hash(const uint16_t* units, Py_ssize_t size) noexcept nogil:
    """Of a line with so many units, without its line feed."""
    cdef uint64_t mixed = 0
    cdef Py_ssize_t at
    for at in range(size):
        mixed = (mixed + units[at] + 1) * <uint64_t>0x9E3779B97F4A7C15
    return mixed


cdef inline int bit_length(Py_ssize_t size) noexcept nogil:
    cdef int bits = 0
    while size:
        bits += 1
        size >>= 1
    return bits


def chains(
    const uint16_t[::1] literals, const int64_t[::1] bounds, Py_ssize_t lines, Py_ssize_t prefixes
):
    """Where to begin to look for literals, and which is next.

    Literal `i` is `literals[bounds[i]:bounds[i + 1]]`, and goes by `i + 1`, for 0 is none. The
    first so many are `lines`, each with its line feed, then come so many `prefixes` of lines, and
    then parts of `HEAD` units or more. Lines are looked up by the whole of them, for they may be
    very many that begin alike, and the others by their first units.

    Returns:
        By hash the first of the lines, a power of two; whether lines begin with a head; by heads
        the first of the prefixes and of the parts, (2, `HEADS`); by literal the next one.
    """
    cdef Py_ssize_t number, size, count = bounds.shape[0] - 1
    cdef int shift = 64 - max(bit_length(2 * lines), 10)
    cdef uint64_t bucket
    cdef uint32_t head
    cdef const uint16_t* literal
    wholes_ = np.zeros(1 << (64 - shift), dtype=np.int32)
    begun_ = np.zeros(HEADS, dtype=np.uint8)
    heads_ = np.zeros((2, HEADS), dtype=np.int32)
    nexts_ = np.zeros(count + 1, dtype=np.int32)
    cdef int32_t[::1] wholes = wholes_, nexts = nexts_
    cdef uint8_t[::1] begun = begun_
    cdef int32_t[:, ::1] heads = heads_
    for number in range(count - 1, -1, -1):
        literal = &literals[bounds[number]]
        size = bounds[number + 1] - bounds[number]
        head = first_head_of(literal, size)
        if number < lines:
            begun[head] = True
            bucket = line_hash(literal, size - 1) >> shift
            nexts[number + 1] = wholes[bucket]
            wholes[bucket] = number + 1
        else:
            nexts[number + 1] = heads[number >= lines + prefixes, head]
            heads[number >= lines + prefixes, head] = number + 1
    return wholes_, begun_, heads_, nexts_


def find(
    const uint16_t[::1] folded, const uint16_t[::1] literals, const int64_t[::1] bounds,
    const int32_t[::1] wholes, const uint8_t[::1] begun, const int32_t[:, ::1] heads,
    const int32_t[::1] nexts, Py_ssize_t parts, const uint16_t[::1] markers,
):
    """Pairs of a line and a literal that it is, begins with or, of the parts, holds.

    What stands behind one of `markers` and a space is a line too. `parts` are the last of the
    literals, so many.
    """
    cdef Py_ssize_t length = folded.shape[0], at = 0, start, end, line = 0, mark
    cdef int shift = 65 - bit_length(wholes.shape[0])
    cdef uint32_t head
    cdef const uint16_t* text = &folded[0] if length else NULL
    cdef list found = []
    seen_ = np.full(parts + 1, -1, dtype=np.int64)  # by part, the last line that holds it
    cdef int64_t[::1] seen = seen_

    while at < length:
        start = at
        while start >= 0:
            head = first_head_of(text + start, length - start)
            if begun[head]:
                end = start
                while end < length and text[end] != LINE_FEED:
                    end += 1
                hold(
                    found, seen, line, wholes[line_hash(text + start, end - start) >> shift],
                    text + start, length - start, literals, bounds, nexts,
                )
            hold(
                found, seen, line, heads[0, head],
                text + start, length - start, literals, bounds, nexts,
            )
            mark = -1
            if start == at and length - at > 2 and text[at + 1] == SPACE:
                for mark in range(markers.shape[0] - 1, -1, -1):
                    if text[at] == markers[mark]:
                        break
                else:
                    mark = -1
            start = -1 if mark < 0 else at + 2
        while at < length and text[at] != LINE_FEED:
            if at + HEAD <= length and heads[1, head_of(text + at)]:
                hold(
                    found, seen, line, heads[1, head_of(text + at)],
                    text + at, length - at, literals, bounds, nexts,
                )
            at += 1
        at += 1
        line += 1
    return found


cdef int hold(
    list found, int64_t[::1] seen, Py_ssize_t line, int32_t number,
    const uint16_t* text, Py_ssize_t length,
    const uint16_t[::1] literals, const int64_t[::1] bounds, const int32_t[::1] nexts,
) except -1:
    """Add the literals from `number` on that `text` begins with and `line` is not known to hold."""
    cdef Py_ssize_t size, part, others = nexts.shape[0] - seen.shape[0]
    while number:
        size = bounds[number] - bounds[number - 1]
        part = max(number - others, 0)
        if (
            size <= length and (not part or seen[part] < line)
            and not memcmp(text, &literals[bounds[number - 1]], size * sizeof(uint16_t))
        ):
            found.append((line, number - 1))
            seen[part] = line
        number = nexts[number]
    return 0


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
