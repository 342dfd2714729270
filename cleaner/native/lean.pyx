# cython: boundscheck=False, wraparound=False, initializedcheck=False, cdivision=True
"""A page's source without what a parser would keep and write out again for nobody."""

from cpython.bytes cimport PyBytes_FromStringAndSize
from libc.stdint cimport uint8_t, uint64_t
from libc.stdlib cimport free, malloc
from libc.string cimport memchr, memcpy, memset

cdef enum:
    EQUALS = 61

cdef enum:  # what follows a start tag with some names
    PLAIN
    KEPT  # the tag's attributes all count
    TEXT  # text up to the end tag
    STYLE  # the same, which goes
    SCRIPT
    FOREIGN  # elements that are not HTML's
    ENDLESS  # text up to the end of the page, or none where there seems to be

cdef enum:  # what a byte is in a tag
    IS_SPACE = 1
    IS_STOP = 2  # the end of a name
    IS_ODD = 4  # in the name of an attribute

cdef uint8_t KINDS[256]
cdef uint8_t LOWER[256]
for _byte in range(256):
    KINDS[_byte] = (
        (IS_SPACE | IS_STOP if _byte in b" \t\n\f\r" else 0)
        | (IS_STOP if _byte in b"/>=" else 0) | (IS_ODD if _byte in b"\"'<" else 0)
    )  # fmt: skip
    LOWER[_byte] = _byte | 32 if 65 <= _byte <= 90 else _byte

cdef enum:
    SLOTS = 256


cdef struct Table:
    uint64_t codes[SLOTS]
    uint8_t values[SLOTS]


cdef inline int slot_of(const Table* table, uint64_t code) noexcept nogil:
    """Where the code stands or would stand."""
    cdef int slot = <int>(code * <uint64_t>0x9E3779B97F4A7C15 >> 56)
    while table.values[slot] and table.codes[slot] != code:
        slot = (slot + 1) % SLOTS
    return slot


cdef int fill(Table* table, list names, list values) except -1:
    """Make a table of the last eight letters of each name, with values above 0."""
    cdef int slot
    cdef uint64_t code
    if len(names) >= SLOTS // 2:
        raise ValueError("too many names")
    memset(table.values, 0, SLOTS)
    for name, value in zip(names, values):
        code = int.from_bytes(name[max(len(name) - 8, 0) :].rjust(8, b"\0"), "little")
        slot = slot_of(table, code)
        table.codes[slot], table.values[slot] = code, value
    return 0


cdef inline uint64_t code_of(const uint8_t* name, Py_ssize_t size) noexcept nogil:
    """The last eight bytes of a name in lower case, the first one lowest."""
    cdef uint64_t code = 0
    cdef Py_ssize_t at
    for at in range(size):
        code = code >> 8 | <uint64_t>LOWER[name[at]] << 56
    return code


cdef Py_ssize_t end_of_text(
    const uint8_t* data, Py_ssize_t at, Py_ssize_t length, uint64_t name, Py_ssize_t size,
    bint* has_comment,
) noexcept nogil:
    """Where the end tag `name` begins from `at` on, -1 if nowhere; and whether `<!--` is before."""
    cdef const void* found
    while at < length:
        found = memchr(data + at, 60, length - at)
        if found == NULL:
            return -1
        at = <const uint8_t*>found - data
        if length - at < size + 3:
            return -1
        if data[at + 1] == 47:
            if code_of(data + at + 2, size) == name and (
                KINDS[data[at + 2 + size]] & IS_STOP and data[at + 2 + size] != EQUALS
            ):
                return at
        elif data[at + 1] == 33 and data[at + 2] == 45:
            has_comment[0] = True
        at += 1
    return -1


cdef Py_ssize_t end_of_remark(
    const uint8_t* data, Py_ssize_t at, Py_ssize_t length
) noexcept nogil:
    """Behind what begins with `<` and no name at `at`: a comment or the like; -1 without end."""
    cdef const void* found
    cdef bint is_comment = length - at >= 4 and data[at + 1] == 33 and data[at + 2] == 45
    is_comment = is_comment and data[at + 3] == 45
    cdef Py_ssize_t begin = at + 4 if is_comment else at
    if data[at + 1] == 33 and length - at > 2 and data[at + 2] == 91:
        return -1  # CDATA, or not, which depends on the elements around
    at = begin
    while at < length:
        found = memchr(data + at, 62, length - at)
        if found == NULL:
            return -1
        at = <const uint8_t*>found - data + 1
        if not is_comment or at - 1 == begin or (at - 2 == begin and data[begin] == 45):
            return at
        if data[at - 2] == 45 and data[at - 3] == 45:
            return at
        if data[at - 2] == 33 and data[at - 3] == 45 and data[at - 4] == 45 and at - 4 >= begin:
            return at
    return -1


def lean(const uint8_t[::1] data, list attributes, list tags, list kinds):
    """A page's source without scripts' and styles' content and attributes that nobody reads.

    The tree is the same, but for them. `attributes` are the names of those that stay, and
    `kinds[i]` is what follows a start tag `tags[i]`; all names are lower-case. From where it is
    not plain what a parser takes for tags, the source is left as it is.
    """
    cdef Table kept, kinds_of
    cdef Py_ssize_t length = data.shape[0], at = 0, start, size = 0, begin, end, name_end, back
    cdef Py_ssize_t foreign = 0, done = 0
    cdef uint64_t code, name, outermost = 0
    cdef const void* found
    cdef const uint8_t* source
    cdef uint8_t byte
    cdef int kind
    cdef bint closes, is_odd, is_closed, is_ended, has_comment
    if not length:
        return b""
    fill(&kept, attributes, [1] * len(attributes))
    fill(&kinds_of, tags, kinds)
    # An attribute that stays, of a byte at least, may get a space before it.
    cdef uint8_t* out = <uint8_t*>malloc(2 * length + 16)
    if out == NULL:
        raise MemoryError
    source = &data[0]
    with nogil:
        while at < length:  # what is before `done` is written; from there to `at` is text
            found = memchr(source + at, 60, length - at)
            if found == NULL:
                break
            start = <const uint8_t*>found - source
            closes = start + 1 < length and source[start + 1] == 47
            begin = start + 1 + closes
            if begin >= length:
                break
            if not 97 <= LOWER[source[begin]] <= 122:
                at = start + 1
                if closes or source[begin] == 33 or source[begin] == 63:
                    at = end_of_remark(source, start, length)
                    if at < 0:
                        break
                continue

            end = begin
            name = 0
            while end < length:
                byte = source[end]
                if KINDS[byte] & IS_STOP and byte != EQUALS:
                    break
                name = name >> 8 | <uint64_t>LOWER[byte] << 56
                end += 1
            name_end = end
            kind = kinds_of.values[slot_of(&kinds_of, name)]
            if kind == ENDLESS:
                break
            if end - begin > 8:
                kind = PLAIN

            memcpy(out + size, source + done, end - done)
            size += end - done
            done = end
            back = size
            is_odd = kind == KEPT
            is_closed = is_ended = False
            at = end
            while True:  # attributes
                while at < length and KINDS[source[at]] & IS_SPACE:
                    at += 1
                if at >= length:
                    break
                if source[at] == 62:
                    at += 1
                    is_ended = True
                    break
                if source[at] == 47:
                    at += 1
                    is_closed = at < length and source[at] == 62
                    continue
                begin = at
                is_odd |= source[at] == EQUALS or KINDS[source[at]] & IS_ODD != 0
                code = <uint64_t>LOWER[source[at]] << 56
                at += 1
                while at < length:
                    byte = source[at]
                    if KINDS[byte] & IS_STOP:
                        break
                    is_odd |= KINDS[byte] & IS_ODD != 0
                    code = code >> 8 | <uint64_t>LOWER[byte] << 56
                    at += 1
                end = at
                while at < length and KINDS[source[at]] & IS_SPACE:
                    at += 1
                if at < length and source[at] == EQUALS:
                    at += 1
                    while at < length and KINDS[source[at]] & IS_SPACE:
                        at += 1
                    if at >= length:
                        break
                    byte = source[at]
                    if byte == 34 or byte == 39:
                        found = memchr(source + at + 1, byte, length - at - 1)
                        if found == NULL:
                            at = length
                            break
                        at = <const uint8_t*>found - source + 1
                    else:
                        while at < length and not KINDS[source[at]] & IS_SPACE and (
                            source[at] != 62
                        ):
                            at += 1
                    end = at
                if is_odd:
                    continue
                if kept.values[slot_of(&kept, code)]:
                    out[size] = 32
                    memcpy(out + size + 1, source + begin, end - begin)
                    size += 1 + end - begin
            if not is_ended:
                size = back
                break
            if is_odd:
                size = back
                memcpy(out + size, source + done, at - done)
                size += at - done
            else:
                if is_closed:
                    out[size] = 32
                    out[size + 1] = 47
                    size += 2
                out[size] = 62
                size += 1
            done = at

            if kind == FOREIGN:
                if not foreign:
                    outermost = name
                if name == outermost:
                    if closes:
                        foreign -= foreign > 0
                    else:
                        foreign += not is_closed
            elif closes:
                continue
            elif kind == TEXT or kind == STYLE or kind == SCRIPT:
                if kind == SCRIPT and foreign:
                    break
                has_comment = False
                end = end_of_text(
                    source, at, length, name, name_end - (start + 1), &has_comment
                )
                if end < 0 or (kind == SCRIPT and has_comment):
                    break
                # In a foreign element it is no text, unless there are no tags in it.
                if foreign and memchr(source + at, 60, end - at) != NULL:
                    break
                # In a list to choose from a style is no element, and tags in it are tags.
                if kind == SCRIPT or (
                    kind == STYLE and memchr(source + at, 60, end - at) == NULL
                ):
                    done = end
                at = end
        memcpy(out + size, source + done, length - done)
        size += length - done
    try:
        return PyBytes_FromStringAndSize(<const char*>out, size)
    finally:
        free(out)
