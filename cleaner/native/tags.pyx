# cython: boundscheck=False, wraparound=False, initializedcheck=False, cdivision=True
"""Tags of plain markup, the tree they make and the values in them: the twins of steps in `split`.

Each loop goes over its bytes or tags once. What is read stands before the end of `data`, and what
is written are columns with a place for each `<`, tag or quote there is.
"""

from libc.stdint cimport int64_t, uint8_t, uint64_t
from libc.string cimport memchr, memcmp

import numpy as np

cdef enum:
    SPACE = 32
    QUOTE = 34
    HYPHEN = 45
    SLASH = 47
    LESS = 60
    EQUALS = 61
    GREATER = 62

cdef enum:  # flags of names
    IS_UNREAD = 1
    IS_VOID = 2
    IS_RAW = 32


cdef inline Py_ssize_t find(
    const uint8_t* data, uint8_t byte, Py_ssize_t begin, Py_ssize_t end
) noexcept nogil:
    """Where `byte` first stands in `data[begin:end]`; -1 if nowhere."""
    cdef const void* found = memchr(data + begin, byte, end - begin) if begin < end else NULL
    return <const uint8_t*>found - data if found != NULL else -1


cdef inline Py_ssize_t count(const uint8_t* data, uint8_t byte, Py_ssize_t end) noexcept nogil:
    cdef Py_ssize_t at, found = 0
    for at in range(end):
        found += data[at] == byte
    return found


def find_tags(
    const uint8_t[::1] data, Py_ssize_t end, const uint64_t[::1] codes, const uint64_t[::1] rests,
    const uint8_t[::1] lengths, const uint8_t[::1] slots, uint64_t factor, int shift,
    const uint8_t[::1] flags_of, int title, int meta,
):  # fmt: skip
    """The columns of `walk.Tags`, and the titles and metas; None where brackets do not match.

    The text behind the last tag goes up to `end`. Names are known by `names.Names`. Of a title or
    a meta: which it is, where its tag starts, where its text does, and where the next tag does.
    Last, where frames start that hold more than nothing.
    """
    cdef Py_ssize_t length = data.shape[0], room, at = 0, start, close, name, tags = 0, last = -1
    cdef Py_ssize_t size, found = 0, filled = 0, frame_end = -1
    cdef int64_t level = 0
    cdef int number, frame = 0
    cdef uint64_t code, rest
    cdef Py_ssize_t letter, stop
    cdef uint8_t flags
    cdef bint closes, is_unread, is_void, has_hyphen, is_head = False, is_plain = True
    cdef const uint8_t* bytes_
    if not length:
        return None
    bytes_ = &data[0]
    room = count(bytes_, LESS, length)
    places_ = np.empty((3, room), dtype=np.int64)
    heads_ = np.empty((4, room), dtype=np.int64)
    frames_ = np.empty(room + 1, dtype=np.int64)  # those that are filled, and the last
    bits_ = np.empty((6, room), dtype=np.uint8)
    cdef int64_t[:, ::1] places = places_, heads = heads_
    cdef int64_t[::1] frames = frames_
    cdef uint8_t[:, ::1] bits = bits_
    with nogil:
        while True:
            start = find(bytes_, LESS, at, length)
            size = start if start >= 0 else length
            if find(bytes_, GREATER, at, size) >= 0:
                is_plain = False
                break
            if last >= 0:
                places[2, last] = start if start >= 0 else end
                last = -1
            if is_head:
                heads[3, found - 1] = start if start >= 0 else heads[1, found - 1]
            if start < 0:
                filled += frame_end >= 0
                break
            close = find(bytes_, GREATER, start, length)
            if close < 0:
                is_plain = False
                break
            at = close + 1

            closes = data[start + 1] == SLASH
            name = start + 1 + closes
            code = 0
            size = 0
            while size < 8 and name + size < length:
                if data[name + size] == SPACE or data[name + size] == GREATER:
                    break
                code |= <uint64_t>data[name + size] << (8 * size)
                size += 1
            number = slots[<Py_ssize_t>(code * factor >> shift)]
            if codes[number] != code:
                number = 0
            if number and size == 8:  # what follows must be the rest of the name, and its end
                stop = name + lengths[number]
                rest = rests[number]
                for letter in range(name + 8, min(stop, length)):
                    if data[letter] != rest & 0xFF:
                        number = 0
                    rest >>= 8
                if stop >= length or (data[stop] != SPACE and data[stop] != GREATER):
                    number = 0
            flags = flags_of[number]

            if frame_end >= 0:  # a frame must be empty
                filled += not closes or start != frame_end or number != frame
                frame_end = -1
            if flags & IS_RAW and not closes:
                frame, frame_end, frames[filled] = number, close + 1, start
            is_unread = flags & IS_UNREAD
            is_void = flags & IS_VOID
            if is_unread and not is_void:
                level += -1 if closes else 1
            is_head = number == meta or (number == title and not closes)
            if is_head:
                heads[0, found], heads[1, found], heads[2, found] = number, start, close + 1
                found += 1
            if level:
                continue
            has_hyphen = False
            if not number:
                while name < length and data[name] != SPACE and data[name] != GREATER:
                    if data[name] == HYPHEN:
                        has_hyphen = True
                        break
                    name += 1
            places[0, tags] = start
            places[1, tags] = close + 1
            bits[0, tags] = number
            bits[1, tags] = flags
            bits[2, tags] = not (closes or is_void or is_unread)
            bits[3, tags] = closes and not is_unread
            bits[4, tags] = not (closes or is_unread)
            bits[5, tags] = has_hyphen
            last = tags
            tags += 1
    if not is_plain:
        return None
    marks = bits_.view(np.bool_)
    return (
        (*(column[:tags] for column in places_), *(column[:tags] for column in bits_[:2]),
         *(column[:tags] for column in marks[2:])),
        heads_[:, :found].T.tolist(),
        frames_[:filled],
    )  # fmt: skip


def build_tree(
    const uint8_t[::1] opens, const uint8_t[::1] closes, const uint8_t[::1] is_element,
    const int64_t[::1] bounds,
):  # fmt: skip
    """The columns of `walk.Tree`; None where an end tag is missing or one too many.

    `bounds` has the first tag of each page, and the number of tags.
    """
    cdef Py_ssize_t tags = opens.shape[0], tag, depth = 0, elements = 0, page = 0
    cdef int64_t element
    cdef bint is_plain = True
    of_tags_ = np.empty((3, tags), dtype=np.int64)
    of_elements_ = np.empty((3, tags), dtype=np.int64)
    open_ = np.empty(tags + 1, dtype=np.int64)
    cdef int64_t[:, ::1] of_tags = of_tags_, of_elements = of_elements_
    cdef int64_t[::1] path = open_  # the elements that are open, behind a -1
    path[0] = -1
    with nogil:
        for tag in range(tags):
            while page < bounds.shape[0] and bounds[page] <= tag:
                is_plain &= not depth
                page += 1
            element = -1
            if is_element[tag]:
                element = elements
                of_elements[0, element] = path[depth]
                of_elements[1, element] = element + 1
                of_elements[2, element] = tag
                elements += 1
                if opens[tag]:
                    depth += 1
                    path[depth] = element
            elif closes[tag]:
                if not depth:
                    is_plain = False
                    break
                element = path[depth]
                of_elements[1, element] = elements
                depth -= 1
            of_tags[0, tag] = element
            of_tags[1, tag] = path[depth]
            of_tags[2, tag] = depth
    if depth or not is_plain:
        return None
    return (*(column[:elements] for column in of_elements_), *of_tags_)


cdef inline int rank_of(const uint8_t* data, Py_ssize_t begin, Py_ssize_t end) noexcept nogil:
    """The place in `attributes.READ` of the name that ends at `end`, from 1; 0 for others."""
    cdef Py_ssize_t size = end - begin
    cdef const uint8_t* stop = data + end
    if size >= 6 and not memcmp(stop - 6, b" class", 6):
        return 1
    if size >= 3 and not memcmp(stop - 3, b" id", 3):
        return 2
    if size >= 5 and not memcmp(stop - 5, b" role", 5):
        return 3
    if size >= 9 and not memcmp(stop - 9, b" itemprop", 9):
        return 4
    if size >= 6 and not memcmp(stop - 6, b" style", 6):
        return 5
    if size >= 7 and not memcmp(stop - 7, b" hidden", 7):
        return 6
    return 0


def find_values(const uint8_t[::1] data, const int64_t[::1] starts, const int64_t[::1] ends):
    """The values of the attributes that are read: where they begin and end, whose, which.

    Element `i`'s tag is `data[starts[i]:ends[i]]`.
    """
    cdef Py_ssize_t element, begin, at, opening, closing, end, found = 0, length = data.shape[0]
    cdef int rank
    cdef const uint8_t* bytes_ = &data[0] if length else NULL
    values_ = np.empty((4, count(bytes_, QUOTE, length) // 2), dtype=np.int64)
    cdef int64_t[:, ::1] values = values_
    with nogil:
        for element in range(min(starts.shape[0], ends.shape[0])):
            at = begin = max(starts[element], 0)
            end = min(ends[element], length)
            while True:
                opening = find(bytes_, QUOTE, at, end)
                if opening < 0:
                    break
                if not opening or data[opening - 1] != EQUALS:
                    at = opening + 1
                    continue
                closing = find(bytes_, QUOTE, opening + 1, end)
                if closing < 0:
                    break
                rank = rank_of(bytes_, begin, opening - 1)
                if rank and found < values.shape[1]:
                    values[0, found] = opening + 1
                    values[1, found] = closing
                    values[2, found] = element
                    values[3, found] = rank
                    found += 1
                at = closing + 1
    return (*(column[:found] for column in values_),)
