# cython: boundscheck=False, wraparound=False, initializedcheck=False, cdivision=True
"""Words of lines, and what their hashes score, in one pass each.

The twins of `model.tokens.find_words` and `model.hashing`'s products; see there for what each
column and each feature is.
"""

from libc.math cimport sqrt
from libc.stdint cimport int8_t, int32_t, int64_t, uint8_t, uint16_t, uint64_t

import numpy as np

from cleaner.native.mixing cimport mix

cdef extern from *:
    """
    #ifdef __GNUC__
    #define PREFETCH(address) __builtin_prefetch(address)
    #else
    #define PREFETCH(address)
    #endif
    """
    void PREFETCH(const void* address) noexcept nogil

cdef uint64_t BASE = <uint64_t>0x9E3779B97F4A7C15
cdef uint64_t PAIR = <uint64_t>0x9E3779B1

cdef enum:
    WORD = 1
    DIGIT = 2
    UPPER = 4
    IDEOGRAPH = 8
    STOP = 16
    MARK = 32
    LONG_WORD = 4  # features._LONG_WORD
    NEWLINE = 10
    NEAR_WORDS = 40  # hashing._MAX_WORDS
    SHORT = 12  # hashing._SHORT
    ROOM = 81  # features of a line, at most: words, pairs, and how long it is
    IDEOGRAPH_BIT = 3


cdef inline uint64_t follow(uint64_t first, uint64_t second) noexcept nogil:
    return first * 3 + second * PAIR


def find(const uint16_t[::1] raw, const uint8_t[::1] class_of, const uint16_t[::1] folded):
    """The columns of `tokens.Words`, in their order, of lines each followed by a line feed.

    `class_of` and `folded` are `tokens._tables()`.
    """
    cdef Py_ssize_t length = raw.shape[0], at, word = 0, line = 0, line_start = 0, most_lines = 0
    cdef Py_ssize_t most_words = 0, start
    cdef uint64_t hash_, power, line_hash = 0, line_power = 1, value
    cdef uint8_t kind, before = 0
    units_ = np.empty(length, dtype=np.uint16)
    classes_ = np.empty(length, dtype=np.uint8)
    cdef uint16_t[::1] units = units_
    cdef uint8_t[::1] classes = classes_
    with nogil:
        for at in range(length):
            kind = class_of[raw[at]]
            classes[at] = kind
            units[at] = folded[raw[at]]
            most_lines += raw[at] == NEWLINE
            # A word begins; told without a branch, which no processor could foresee.
            most_words += kind & WORD & (~before | (kind | before) >> IDEOGRAPH_BIT)
            before = kind
    line_starts_ = np.empty(most_lines, dtype=np.int64)
    line_ends_ = np.empty(most_lines, dtype=np.int64)
    line_hashes_ = np.empty(most_lines, dtype=np.uint64)
    first_ = np.empty(most_lines + 1, dtype=np.int64)
    starts_ = np.empty(most_words, dtype=np.int64)
    ends_ = np.empty(most_words, dtype=np.int64)
    lines_ = np.empty(most_words, dtype=np.int64)
    ranks_ = np.empty(most_words, dtype=np.int64)
    hashes_ = np.empty(most_words, dtype=np.uint64)
    cdef int64_t[::1] line_starts = line_starts_, line_ends = line_ends_, first = first_
    cdef int64_t[::1] starts = starts_, ends = ends_, lines = lines_, ranks = ranks_
    cdef uint64_t[::1] line_hashes = line_hashes_, hashes = hashes_
    with nogil:
        first[0] = 0
        at = 0
        while at < length:
            kind = classes[at]
            if kind & WORD:
                start = at
                hash_, power = 0, 1
                while True:
                    value = <uint64_t>units[at] + 1
                    hash_ += value * power
                    power *= BASE
                    line_hash += value * line_power
                    line_power *= BASE
                    at += 1
                    if at == length or kind & IDEOGRAPH:
                        break
                    kind = classes[at]
                    if not kind & WORD or kind & IDEOGRAPH:
                        break
                starts[word] = start
                ends[word] = at
                lines[word] = line
                ranks[word] = word - first[line]
                hashes[word] = hash_
                word += 1
            elif raw[at] == NEWLINE:
                line_starts[line] = line_start
                line_ends[line] = at
                line_hashes[line] = line_hash
                line += 1
                at += 1
                line_start = at
                line_hash, line_power = 0, 1
                first[line] = word
            else:
                line_hash += (<uint64_t>units[at] + 1) * line_power
                line_power *= BASE
                at += 1
    return (
        units_, classes_, line_starts_, line_ends_, line_hashes_, starts_, ends_, lines_, ranks_,
        hashes_, first_,
    )  # fmt: skip


cdef struct Features:  # of a line: where in a table their rows begin
    const int8_t* rows[ROOM]
    int size


cdef inline void put(Features* features, const int8_t* row) noexcept nogil:
    """Note a row; it is on its way from memory while others are sought."""
    PREFETCH(row)
    features.rows[features.size] = row
    features.size += 1


cdef inline void add_up(const Features* features, int32_t* sums, Py_ssize_t columns) noexcept nogil:
    cdef Py_ssize_t column
    cdef int at
    for at in range(features.size):
        for column in range(columns):
            sums[column] += features.rows[at][column]


def score_words(
    const int64_t[::1] first, const uint64_t[::1] hashes, const uint64_t[::1] lengths,
    const int8_t[:, ::1] table, int bits,
):  # fmt: skip
    """The sums of `table` over the features `hashing.word_buckets` gives, and their numbers.

    `lengths` has what a line of so many words counts as, the last for all longer ones;
    `table` is (2^bits, columns).
    """
    cdef Py_ssize_t lines = first.shape[0] - 1, columns = table.shape[1], line, word, count, near
    cdef int shift = 64 - bits
    cdef uint64_t hash_
    sums_ = np.zeros((lines, columns), dtype=np.int32)
    numbers_ = np.empty(lines, dtype=np.float32)
    cdef int32_t[:, ::1] sums = sums_
    cdef float[::1] numbers = numbers_
    cdef const int8_t* weights = &table[0, 0]
    cdef Features found
    with nogil:
        for line in range(lines):
            found.size = 0
            count = first[line + 1] - first[line]
            near = min(count, NEAR_WORDS)
            for word in range(first[line], first[line] + near):
                hash_ = hashes[word]
                put(&found, weights + (mix(hash_, 1) >> shift) * columns)
                if word + 1 < first[line + 1]:
                    hash_ = follow(hash_, hashes[word + 1])
                    put(&found, weights + (mix(hash_, 2) >> shift) * columns)
            hash_ = lengths[min(count, lengths.shape[0] - 1)]
            put(&found, weights + (mix(hash_, 3) >> shift) * columns)
            add_up(&found, &sums[line, 0], columns)
            numbers[line] = found.size
    return sums_, numbers_


def score_anchors(
    const int64_t[::1] first, const uint64_t[::1] hashes, const uint16_t[::1] units,
    const int64_t[::1] ends, const int64_t[::1] line_starts, const int64_t[::1] line_ends,
    const uint64_t[::1] line_hashes, const int8_t[:, ::1] table, int bits,
):  # fmt: skip
    """The sums of `table` over the features `hashing.anchor_buckets` gives, and their numbers."""
    cdef Py_ssize_t lines = first.shape[0] - 1, columns = table.shape[1], line, head, tail, count
    cdef Py_ssize_t last_unit = units.shape[0] - 1
    cdef int shift = 64 - bits
    cdef uint64_t behind, pair, opener
    sums_ = np.zeros((lines, columns), dtype=np.int32)
    numbers_ = np.empty(lines, dtype=np.float32)
    cdef int32_t[:, ::1] sums = sums_
    cdef float[::1] numbers = numbers_
    cdef const int8_t* weights = &table[0, 0]
    cdef Features found
    with nogil:
        for line in range(lines):
            found.size = 0
            head, tail = first[line], first[line + 1] - 1
            count = tail - head + 1
            if count >= 1:
                behind = units[min(ends[head], last_unit)]
                put(&found, weights + (mix(hashes[head], 4) >> shift) * columns)
                put(&found, weights + (mix(hashes[head] + behind, 5) >> shift) * columns)
                put(&found, weights + (mix(hashes[tail], 8) >> shift) * columns)
            if count >= 2:
                behind = units[min(ends[head + 1], last_unit)]
                pair = follow(hashes[head], hashes[head + 1])
                put(&found, weights + (mix(pair + behind, 6) >> shift) * columns)
                if count >= 3:
                    pair = follow(pair, hashes[head + 2])
                    put(&found, weights + (mix(pair, 7) >> shift) * columns)
                pair = follow(hashes[tail - 1], hashes[tail])
                put(&found, weights + (mix(pair, 9) >> shift) * columns)
            if count <= SHORT:
                put(&found, weights + (mix(line_hashes[line], 10) >> shift) * columns)
            behind = units[max(line_ends[line] - 1, 0)]
            put(&found, weights + (mix(behind, 11) >> shift) * columns)
            opener = units[line_starts[line]] if line_ends[line] > line_starts[line] else 0
            put(&found, weights + (mix(opener + (1 << 20), 12) >> shift) * columns)
            add_up(&found, &sums[line, 0], columns)
            numbers[line] = found.size
    return sums_, numbers_


# By class of a unit, a 1 in the byte of each of the first rows of `features._COUNTED` it counts in.
cdef uint64_t LANES[256]
for _kind in range(256):
    LANES[_kind] = sum(
        1 << 8 * _row
        for _row, _bit in enumerate((WORD, DIGIT, MARK, UPPER, IDEOGRAPH, STOP))
        if _kind & _bit
    )


def count(
    const uint16_t[::1] units, const uint8_t[::1] classes, const int64_t[::1] line_starts,
    const int64_t[::1] line_ends, const int64_t[::1] starts, const int64_t[::1] ends,
    const int64_t[::1] first, const uint8_t[::1] mark_numbers, int rows,
):  # fmt: skip
    """How many of each kind of unit, mark and word a line holds: (rows, lines).

    The rows are those of `features._COUNTED`; `mark_numbers` has the row that a mark counts in.
    """
    cdef Py_ssize_t lines = line_starts.shape[0], line, at, end, word
    cdef int row
    cdef uint8_t kind
    cdef uint64_t lanes
    cdef bint is_long
    cdef int counts[32]
    cdef int WORDS = rows - 4
    counts_ = np.empty((rows, lines), dtype=np.float32)
    cdef float[:, ::1] found = counts_
    with nogil:
        for line in range(lines):
            for row in range(rows):
                counts[row] = 0
            at = line_starts[line]
            while at < line_ends[line]:
                lanes, end = 0, min(at + 255, line_ends[line])
                for at in range(at, end):
                    kind = classes[at]
                    lanes += LANES[kind]
                    if kind & MARK:
                        row = mark_numbers[units[at]]
                        if row:
                            counts[row] += 1
                at = end
                for row in range(6):
                    counts[row] += lanes >> 8 * row & 255
            for word in range(first[line], first[line + 1]):
                kind = classes[starts[word]]
                is_long = ends[word] - starts[word] >= LONG_WORD
                counts[WORDS] += (kind & UPPER) != 0
                counts[WORDS + 1] += is_long
                counts[WORDS + 2] += is_long and (kind & UPPER) != 0
                counts[WORDS + 3] += (kind & DIGIT) != 0
            for row in range(rows):
                found[row, line] = counts[row]
    return counts_


cdef inline bint tells(uint8_t kind, int64_t size) noexcept nogil:
    return size > 3 or (kind & IDEOGRAPH) != 0


def count_shared(
    const int64_t[::1] first, const uint64_t[::1] hashes, const int64_t[::1] starts,
    const int64_t[::1] ends, const uint8_t[::1] classes, const int64_t[::1] bounds,
    int long_, int bits,
):  # fmt: skip
    """How many words of each line tell something, and how many of these other long lines have.

    Those of long lines are counted by page in 2^bits buckets.
    """
    cdef Py_ssize_t lines = first.shape[0] - 1, page, line, word
    cdef uint64_t bucket
    cdef bint is_long
    telling_ = np.zeros(lines, dtype=np.float64)
    shared_ = np.zeros(lines, dtype=np.float64)
    counts_ = np.empty(1 << bits, dtype=np.int32)
    cdef double[::1] telling = telling_, shared = shared_
    cdef int32_t[::1] counts = counts_
    with nogil:
        for page in range(bounds.shape[0] - 1):
            counts[:] = 0
            for line in range(bounds[page], bounds[page + 1]):
                if first[line + 1] - first[line] >= long_:
                    for word in range(first[line], first[line + 1]):
                        if tells(classes[starts[word]], ends[word] - starts[word]):
                            counts[bucket_of(hashes[word], bits)] += 1
            for line in range(bounds[page], bounds[page + 1]):
                is_long = first[line + 1] - first[line] >= long_
                for word in range(first[line], first[line + 1]):
                    if tells(classes[starts[word]], ends[word] - starts[word]):
                        telling[line] += 1
                        shared[line] += counts[bucket_of(hashes[word], bits)] > is_long
    return telling_, shared_


cdef inline uint64_t bucket_of(uint64_t value, int bits) noexcept nogil:
    return value * <uint64_t>0xD6E8FEB86659FD93 >> (64 - bits)
