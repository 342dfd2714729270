# cython: boundscheck=False, wraparound=False, initializedcheck=False, cdivision=True
"""What lines share with the lines around them, in one pass each way.

The twins of functions of `model.topic`; see there for what each column is.
"""

from libc.stdint cimport int32_t, int64_t, uint8_t, uint16_t, uint64_t

import numpy as np

from cleaner.native.mixing cimport mix

cdef uint64_t STEP = <uint64_t>0x100000001B3
cdef uint64_t PAIR = <uint64_t>0x9E3779B1

cdef enum:
    UPPER = 4
    IDEOGRAPH = 8
    # The rows of `topic_sums`, as `topic._SUMS` names them.
    MASS = 0
    NUMBER = 1
    SEEN = 2
    NEAR = 3
    BEFORE = 4
    AFTER = 5
    GOOD = 6
    OFTEN = 7
    NEW = 8
    NAMES = 9
    NEW_NAMES = 10
    TITLE = 11
    ROWS = 12


def stem_hashes(
    const uint16_t[::1] units, const uint8_t[::1] classes, const int64_t[::1] starts,
    const int64_t[::1] ends, int letters,
):  # fmt: skip
    """A hash of the first `letters` of each word, an ideograph with the next one, mixed."""
    cdef Py_ssize_t count = starts.shape[0], word, at
    cdef bint is_ideograph, before = False
    cdef uint64_t value, behind = 0
    hashes_ = np.empty(count, dtype=np.uint64)
    cdef uint64_t[::1] hashes = hashes_
    with nogil:
        for word in range(count - 1, -1, -1):
            value = 0
            for at in range(starts[word], starts[word] + letters):
                value = value * STEP + (units[at] if at < ends[word] else 0)
            is_ideograph = (classes[starts[word]] & IDEOGRAPH) != 0
            hashes[word] = value
            if is_ideograph and before and starts[word + 1] == ends[word]:
                hashes[word] = value * 3 + behind * PAIR
            hashes[word] = mix(hashes[word], 50)
            behind = value
            before = is_ideograph
    return hashes_


def topic_sums(
    const uint64_t[::1] stems, const int64_t[::1] first, const int64_t[::1] bounds,
    const uint8_t[::1] kinds, const float[::1] weights, const uint64_t[::1] titles,
    const int64_t[::1] first_titles, const uint8_t[::1] says, int reach, int near,
):  # fmt: skip
    """Sums of the weights of each line's content words, by what else is known of them.

    Line `l` holds the words `first[l]:first[l + 1]` and says what its page speaks of if `says[l]`;
    page `p` the lines `bounds[p]:bounds[p + 1]`, and its title
    `titles[first_titles[p]:first_titles[p + 1]]`, which are keys. Of word `i`, `kinds[i]` is 1 for a
    name and `weights[i]` what it tells.
    """
    cdef Py_ssize_t count = first.shape[0] - 1, page, word, start, place, found, most, mask = 1
    cdef uint64_t key
    cdef int64_t line, back, ahead
    cdef double weight
    cdef bint is_good, is_name
    words = np.diff(np.asarray(first)[np.asarray(bounds)]) + np.diff(first_titles)
    most = words.max(initial=0)
    while mask < 2 * most + 2:
        mask *= 2
    # By place, which is the number of a stem among those of the page.
    slots_ = np.empty(mask, dtype=np.int32)
    distinct_ = np.empty(most, dtype=np.uint64)
    in_title_ = np.empty(most, dtype=np.uint8)
    good_ = np.empty(most, dtype=np.int32)
    own_ = np.zeros(most, dtype=np.int32)
    here_ = np.empty(most, dtype=np.int64)
    other_ = np.empty(most, dtype=np.int64)
    # By word of the page.
    which_ = np.empty(most, dtype=np.int32)
    distance_ = np.empty(most, dtype=np.int64)
    sums_ = np.zeros((ROWS, count), dtype=np.float64)
    cdef int32_t[::1] slots = slots_, good = good_, own = own_, which = which_
    cdef uint64_t[::1] distinct = distinct_
    cdef uint8_t[::1] in_title = in_title_
    cdef int64_t[::1] here = here_, other = other_, distance = distance_
    cdef double[:, ::1] sums = sums_
    mask -= 1
    with nogil:
        for page in range(bounds.shape[0] - 1):
            slots[:] = -1
            found = 0
            for word in range(first_titles[page], first_titles[page + 1]):
                place = place_of(titles[word], &slots[0], mask, &distinct[0], found)
                if place == found:
                    found += 1
                    good[place], here[place], other[place] = 0, -1, -1
                in_title[place] = 1
            start = first[bounds[page]]
            for line in range(bounds[page], bounds[page + 1]):
                for word in range(first[line], first[line + 1]):
                    key = mix(stems[word] + <uint64_t>page, 51)
                    place = place_of(key, &slots[0], mask, &distinct[0], found)
                    if place == found:
                        found += 1
                        good[place], here[place], other[place], in_title[place] = 0, -1, -1, 0
                    which[word - start] = <int32_t>place
                    good[place] += says[line]
                    if here[place] != line:
                        other[place] = here[place]
                        here[place] = line
                    distance[word - start] = (
                        reach if other[place] < 0 else min(line - other[place], reach)
                    )
            here[:found] = -1
            other[:found] = -1
            for line in range(bounds[page + 1] - 1, bounds[page] - 1, -1):
                for word in range(first[line], first[line + 1]):
                    own[which[word - start]] += 1
                for word in range(first[line], first[line + 1]):
                    place = which[word - start]
                    if here[place] != line:
                        other[place] = here[place]
                        here[place] = line
                    back = distance[word - start]
                    ahead = reach if other[place] < 0 else min(other[place] - line, reach)
                    weight = weights[word]
                    is_good = good[place] - (own[place] if says[line] else 0) > 0
                    is_name = kinds[word] != 0
                    sums[MASS, line] += weight
                    sums[NUMBER, line] += 1
                    sums[TITLE, line] += weight if in_title[place] else 0
                    sums[SEEN, line] += weight if min(back, ahead) < reach else 0
                    sums[NEAR, line] += weight if min(back, ahead) <= near else 0
                    sums[BEFORE, line] += weight if back < reach else 0
                    sums[AFTER, line] += weight if ahead < reach else 0
                    sums[GOOD, line] += weight if is_good else 0
                    sums[NEW, line] += 0 if is_good else weight
                    sums[NAMES, line] += weight if is_name else 0
                    sums[NEW_NAMES, line] += weight if is_name and not is_good else 0
                    if good[place] - (own[place] if says[line] else 0) > 1:
                        sums[OFTEN, line] += weight
                for word in range(first[line], first[line + 1]):
                    own[which[word - start]] = 0
    return sums_.astype(np.float32)


cdef inline Py_ssize_t place_of(
    uint64_t key, int32_t* slots, uint64_t mask, uint64_t* distinct, Py_ssize_t found
) noexcept nogil:
    """The place of a key, which is `found` if it is a new one."""
    cdef uint64_t slot = key & mask
    while slots[slot] >= 0 and distinct[slots[slot]] != key:
        slot = (slot + 1) & mask
    if slots[slot] < 0:
        slots[slot] = <int32_t>found
        distinct[found] = key
    return slots[slot]


def count_units(
    const uint16_t[::1] units, const uint8_t[::1] numbers, const int64_t[::1] line_starts,
    const int64_t[::1] line_ends, int rows,
):  # fmt: skip
    """How many units of each number a line holds, from number 1 on: (rows, lines)."""
    cdef Py_ssize_t line, at
    cdef int row
    counts_ = np.zeros((rows, line_starts.shape[0]), dtype=np.float32)
    cdef float[:, ::1] counts = counts_
    with nogil:
        for line in range(line_starts.shape[0]):
            for at in range(line_starts[line], line_ends[line]):
                row = numbers[units[at]]
                if row:
                    counts[row - 1, line] += 1
    return counts_
