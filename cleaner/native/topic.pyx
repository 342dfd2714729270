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
    STOP = 16
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
    # The rows of `run_lengths`, as `topic._LENGTHS` names them.
    SINCE_SENTENCE = 0
    UNTIL_SENTENCE = 1
    HEADLINES = 2
    HEADLINES_BEFORE = 3
    SINCE_HEADER = 4
    IS_HEADLINE = 5
    TO_END = 6
    IS_HEADER = 7
    HEADER_AT = 8
    LENGTHS = 9


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
    const uint64_t[::1] stems, const int64_t[::1] first, const int64_t[::1] starts,
    const int64_t[::1] ends, const uint8_t[::1] classes, const int64_t[::1] bounds,
    const float[::1] weights, int bits, const uint64_t[::1] titles,
    const int64_t[::1] first_titles, const uint8_t[::1] says, int content, int reach, int near,
):  # fmt: skip
    """Sums of the weights of each line's content words, by what else is known of them.

    Line `l` holds the words `first[l]:first[l + 1]`, those of `content` letters or more being
    content, and says what its page speaks of if `says[l]`; page `p` the lines
    `bounds[p]:bounds[p + 1]`, and its title `titles[first_titles[p]:first_titles[p + 1]]`, which
    are keys. A stem tells what stands in `weights` by its first `bits`.
    """
    cdef Py_ssize_t count = first.shape[0] - 1, page, word, start, place, found, most, mask
    cdef Py_ssize_t room = 1
    cdef uint64_t key
    cdef int64_t line, back, ahead
    cdef int shift = 64 - bits
    cdef double weight
    cdef double total[ROWS]
    cdef int32_t others
    cdef int row
    cdef bint is_name
    words = np.diff(np.asarray(first)[np.asarray(bounds)]) + np.diff(first_titles)
    most = words.max(initial=0)
    while room < 2 * most + 2:
        room *= 2
    # By place, which is the number of a stem among those of the page.
    slots_ = np.empty(room, dtype=np.int32)
    distinct_ = np.empty(most, dtype=np.uint64)
    in_title_ = np.empty(most, dtype=np.uint8)
    good_ = np.empty(most, dtype=np.int32)
    own_ = np.zeros(most, dtype=np.int32)
    here_ = np.empty(most, dtype=np.int64)
    other_ = np.empty(most, dtype=np.int64)
    # By word of the page; of one that is not content, -1.
    which_ = np.empty(most, dtype=np.int32)
    distance_ = np.empty(most, dtype=np.int64)
    sums_ = np.empty((ROWS, count), dtype=np.float32)
    cdef const int64_t[::1] sizes = words
    cdef int32_t[::1] slots = slots_, good = good_, own = own_, which = which_
    cdef uint64_t[::1] distinct = distinct_
    cdef uint8_t[::1] in_title = in_title_
    cdef int64_t[::1] here = here_, other = other_, distance = distance_
    cdef float[:, ::1] sums = sums_
    with nogil:
        for page in range(bounds.shape[0] - 1):
            mask = 1
            while mask < 2 * sizes[page] + 2:
                mask *= 2
            slots[:mask] = -1
            mask -= 1
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
                    if ends[word] - starts[word] < content and not (
                        classes[starts[word]] & IDEOGRAPH
                    ):
                        which[word - start] = -1
                        continue
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
                for row in range(ROWS):
                    total[row] = 0
                for word in range(first[line], first[line + 1]):
                    if which[word - start] >= 0:
                        own[which[word - start]] += 1
                for word in range(first[line], first[line + 1]):
                    place = which[word - start]
                    if place < 0:
                        continue
                    if here[place] != line:
                        other[place] = here[place]
                        here[place] = line
                    back = distance[word - start]
                    ahead = reach if other[place] < 0 else min(other[place] - line, reach)
                    weight = weights[stems[word] >> shift]
                    others = good[place] - (own[place] if says[line] else 0)
                    is_name = word > first[line] and (classes[starts[word]] & UPPER) != 0
                    total[MASS] += weight
                    total[NUMBER] += 1
                    total[TITLE] += weight if in_title[place] else 0
                    total[SEEN] += weight if min(back, ahead) < reach else 0
                    total[NEAR] += weight if min(back, ahead) <= near else 0
                    total[BEFORE] += weight if back < reach else 0
                    total[AFTER] += weight if ahead < reach else 0
                    total[GOOD] += weight if others > 0 else 0
                    total[OFTEN] += weight if others > 1 else 0
                    total[NEW] += 0 if others > 0 else weight
                    total[NAMES] += weight if is_name else 0
                    total[NEW_NAMES] += weight if is_name and others <= 0 else 0
                for row in range(ROWS):
                    sums[row, line] = <float>total[row]
                for word in range(first[line], first[line + 1]):
                    if which[word - start] >= 0:
                        own[which[word - start]] = 0
    return sums_


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


def run_lengths(
    const int64_t[::1] counts, const int64_t[::1] ends, const uint8_t[::1] classes,
    const int64_t[::1] bounds, const float[::1] scores, const float[::1] anchors,
    int sentence, int shortest, int longest, int header, int reach,
):  # fmt: skip
    """How far a line is from what stands around it: (`topic._LENGTHS`, lines).

    A line of `counts` words ends before `ends`, and has `scores` and `anchors`. Of `sentence` words
    and more it may be a sentence, of `shortest` to `longest` a headline, up to `header` a header.
    """
    cdef Py_ssize_t page, line, first, end, last_sentence, last_other, last_header
    cdef bint stops, is_headline, is_header
    found_ = np.empty((LENGTHS, counts.shape[0]), dtype=np.int64)
    sures_ = np.empty(counts.shape[0], dtype=np.uint8)
    cdef int64_t[:, ::1] found = found_
    cdef uint8_t[::1] sures = sures_
    with nogil:
        for page in range(bounds.shape[0] - 1):
            first, end = bounds[page], bounds[page + 1]
            last_sentence, last_other, last_header = first - reach, first - 1, -1
            for line in range(first, end):
                stops = (classes[max(ends[line] - 1, 0)] & STOP) != 0
                stops |= (classes[max(ends[line] - 2, 0)] & STOP) != 0
                sures[line] = stops and counts[line] >= sentence and scores[line] > 0
                is_headline = not stops and shortest <= counts[line] <= longest
                is_header = not stops and counts[line] <= header and anchors[line] < 0
                found[SINCE_SENTENCE, line] = min(line - last_sentence, reach)
                if sures[line]:
                    last_sentence = line
                found[HEADLINES_BEFORE, line] = (
                    min(line - last_other, reach) - 1 if is_headline else 0
                )
                if not is_headline:
                    last_other = line
                if is_header:
                    last_header = line
                found[SINCE_HEADER, line] = (
                    min(line - last_header, reach) if last_header >= 0 else reach
                )
                found[IS_HEADLINE, line] = is_headline
                found[IS_HEADER, line] = is_header
                found[HEADER_AT, line] = last_header
            last_sentence, last_other = end + reach, end
            for line in range(end - 1, first - 1, -1):
                found[UNTIL_SENTENCE, line] = min(last_sentence - line, reach)
                if sures[line]:
                    last_sentence = line
                is_headline = found[IS_HEADLINE, line] != 0
                if not is_headline:
                    last_other = line
                found[HEADLINES, line] = (
                    found[HEADLINES_BEFORE, line] + min(last_other - line, reach)
                    if is_headline
                    else 0
                )
                found[TO_END, line] = is_headline and line + min(last_other - line, reach) >= end
    return found_


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
