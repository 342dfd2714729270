# cython: boundscheck=False, wraparound=False, initializedcheck=False, cdivision=True
"""Tags and class words to hashes, without an object for each word: `model.signatures`."""

from cpython.unicode cimport PyUnicode_GET_LENGTH
from libc.stdint cimport int64_t, uint8_t, uint64_t
from libc.stdlib cimport free, realloc

import numpy as np

cdef extern from "Python.h":
    bint PyUnicode_IS_COMPACT_ASCII(object text)
    uint8_t* PyUnicode_1BYTE_DATA(object text)

cdef uint64_t BASE = <uint64_t>0x9E3779B97F4A7C15

cdef enum:
    MOST_NAMES = 12  # signatures._MOST_NAMES
    LONGEST_NAME = 60  # signatures._LONGEST_NAME

cdef enum:  # what a character is, if any of these
    UPPER = 1
    LOWER = 2
    DIGIT = 3
    SPACE = 4

cdef uint8_t KINDS[256]
cdef uint8_t LOWERED[256]
for _at in range(256):
    LOWERED[_at] = _at + 32 if 65 <= _at <= 90 else _at
    KINDS[_at] = (
        UPPER if 65 <= _at <= 90 else LOWER if 97 <= _at <= 122 else DIGIT if 48 <= _at <= 57
        else SPACE if 9 <= _at <= 13 or 28 <= _at <= 32 else 0
    )  # fmt: skip

cdef uint64_t POWERS[LONGEST_NAME]
cdef uint64_t INVERSES[LONGEST_NAME]
for _at in range(LONGEST_NAME):
    POWERS[_at] = pow(0x9E3779B97F4A7C15, _at, 1 << 64)
    INVERSES[_at] = pow(0x9E3779B97F4A7C15, -_at, 1 << 64)


cdef struct Hash:  # of a word as far as it is read
    uint64_t value
    uint64_t power


cdef struct Found:
    uint64_t* hashes
    Py_ssize_t size
    Py_ssize_t room
    Py_ssize_t first  # of the pair that is read


cdef inline void begin(Hash* word) noexcept nogil:
    word.value = 0
    word.power = 1


cdef inline void put(Hash* word, uint8_t char) noexcept nogil:
    word.value += (<uint64_t>char + 1) * word.power
    word.power *= BASE


cdef inline uint8_t lower(uint8_t char) noexcept nogil:
    return LOWERED[char]


cdef inline bint is_upper(uint8_t char) noexcept nogil:
    return KINDS[char] == UPPER


cdef inline bint is_lower(uint8_t char) noexcept nogil:
    return KINDS[char] == LOWER


cdef inline bint is_digit(uint8_t char) noexcept nogil:
    return KINDS[char] == DIGIT


cdef inline bint is_space(uint8_t char) noexcept nogil:
    return KINDS[char] == SPACE


cdef int add(Found* found, uint64_t value) except -1 nogil:
    cdef Py_ssize_t at
    cdef uint64_t* more
    for at in range(found.first, found.size):
        if found.hashes[at] == value:
            return 0
    if found.size == found.room:
        found.room = 2 * found.room + 64
        more = <uint64_t*>realloc(found.hashes, found.room * sizeof(uint64_t))
        if more == NULL:
            with gil:
                raise MemoryError
        found.hashes = more
    found.hashes[found.size] = value
    found.size += 1
    return 0


cdef int read_name(
    Found* found, const Hash* prefix, const uint8_t* name, Py_ssize_t size
) except -1 nogil:  # fmt: skip
    """Add the hashes of one name: whole, its parts, and its first part behind the tag's prefix."""
    cdef Hash word
    cdef uint64_t sums[LONGEST_NAME + 1]  # of a part and what is before it
    cdef uint64_t part
    cdef Py_ssize_t at, start
    cdef bint is_first = True, after_digit = False
    begin(&word)
    put(&word, 46)
    sums[0] = 0
    for at in range(size):
        sums[at + 1] = sums[at] + (<uint64_t>lower(name[at]) + 1) * POWERS[at]
        if not is_digit(name[at]):
            put(&word, lower(name[at]))
        elif not after_digit:
            put(&word, 48)
        after_digit = is_digit(name[at])
    add(found, word.value)
    at = 0
    while at < size:
        start = at
        if is_digit(name[at]):
            while at < size and is_digit(name[at]):
                at += 1
        elif is_lower(name[at]) or (is_upper(name[at]) and at + 1 < size and is_lower(name[at + 1])):
            at += 1
            while at < size and is_lower(name[at]):
                at += 1
        elif is_upper(name[at]):
            while at < size and is_upper(name[at]):
                at += 1
            if at < size and is_lower(name[at]):
                at -= 1  # it begins the next part
        else:
            at += 1
            continue
        part = (sums[at] - sums[start]) * INVERSES[start]
        if at - start > 1 and not is_digit(name[start]):
            add(found, part)
        if is_first:
            is_first = False
            add(found, prefix.value + prefix.power * part)
    return 0


def hash_signatures(pairs, of_one):
    """The hashes of pairs of a tag and attribute words, how many are of each, and their looks.

    `of_one` gives those of a pair that is not ASCII, and its looks.
    """
    cdef Found found
    cdef Hash word, prefix
    cdef Py_ssize_t number = 0, at, start, size, tag_size, names
    cdef const uint8_t* tag
    cdef const uint8_t* text
    cdef uint64_t value
    found.hashes, found.size, found.room = NULL, 0, 0
    sizes_ = np.empty(len(pairs), dtype=np.int64)
    looks_ = np.empty(len(pairs), dtype=np.uint64)
    cdef int64_t[::1] sizes = sizes_
    cdef uint64_t[::1] flat, looks = looks_
    cdef bint after_digit
    try:
        for name, attributes in pairs:
            found.first = found.size
            if PyUnicode_IS_COMPACT_ASCII(name) and PyUnicode_IS_COMPACT_ASCII(attributes):
                tag, tag_size = PyUnicode_1BYTE_DATA(name), PyUnicode_GET_LENGTH(name)
                text, size = PyUnicode_1BYTE_DATA(attributes), PyUnicode_GET_LENGTH(attributes)
                begin(&word)
                begin(&prefix)
                put(&word, 60)
                for at in range(tag_size):
                    put(&word, tag[at])
                    put(&prefix, tag[at])
                put(&word, 62)
                put(&prefix, 46)
                add(&found, word.value)
                after_digit = False
                for at in range(size):
                    if not is_digit(text[at]):
                        put(&word, text[at])
                    elif not after_digit:
                        put(&word, 48)
                    after_digit = is_digit(text[at])
                looks[number] = word.value
                at = names = 0
                while at < size and names < MOST_NAMES:
                    while at < size and is_space(text[at]):
                        at += 1
                    start = at
                    while at < size and not is_space(text[at]):
                        at += 1
                    if at > start:
                        names += 1
                        read_name(&found, &prefix, text + start, min(at - start, LONGEST_NAME))
            else:
                said, looks[number] = of_one(name, attributes)
                for value in said:
                    add(&found, value)
            sizes[number] = found.size - found.first
            number += 1
        flat_ = np.empty(found.size, dtype=np.uint64)
        flat = flat_
        for at in range(found.size):
            flat[at] = found.hashes[at]
        return flat_, sizes_, looks_
    finally:
        free(found.hashes)
