# cython: boundscheck=False, wraparound=False, initializedcheck=False, cdivision=True
"""What is done to a page's source before it is parsed: the twins of loops in `split.markup`."""

from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_FromStringAndSize
from libc.stdint cimport uint8_t, uint16_t, uint32_t, uint64_t
from libc.stdlib cimport free, malloc, realloc
from libc.string cimport memchr, memcpy, memmove

cdef extern from "Python.h":
    int PyUnicode_KIND(object text)
    void* PyUnicode_DATA(object text)
    Py_ssize_t PyUnicode_GET_LENGTH(object text)

ctypedef fused Unit:
    uint8_t
    uint16_t
    uint32_t


cdef Py_ssize_t write(const Unit* units, Py_ssize_t length, uint8_t* out) noexcept nogil:
    """Write UTF-8 without NUL, `?` for surrogates, to `out`, which has room for it; the size."""
    cdef Py_ssize_t at = 0, size = 0
    cdef uint32_t code, four
    cdef uint64_t some
    while at < length:
        # Several at once while they are ASCII and none is 0.
        if Unit is uint8_t:
            while at + 8 <= length:
                memcpy(&some, units + at, 8)
                if (some | (some - <uint64_t>0x0101010101010101)) & <uint64_t>0x8080808080808080:
                    break
                memcpy(out + size, &some, 8)
                size += 8
                at += 8
        elif Unit is uint16_t:
            while at + 4 <= length:
                memcpy(&some, units + at, 8)
                if (
                    some & <uint64_t>0xFF80FF80FF80FF80
                    or (some - <uint64_t>0x0001000100010001) & <uint64_t>0x8000800080008000
                ):
                    break
                some = (some | some >> 8) & <uint64_t>0x0000FFFF0000FFFF
                four = <uint32_t>(some | some >> 16)
                memcpy(out + size, &four, 4)
                size += 4
                at += 4
        if at == length:
            break
        code = units[at]
        at += 1
        if code < 0x80:
            out[size] = <uint8_t>code
            size += code != 0
        elif code < 0x800:
            out[size] = <uint8_t>(0xC0 | code >> 6)
            out[size + 1] = <uint8_t>(0x80 | code & 63)
            size += 2
        elif code < 0x10000:
            if 0xD800 <= code < 0xE000:
                out[size] = 63
                size += 1
                continue
            out[size] = <uint8_t>(0xE0 | code >> 12)
            out[size + 1] = <uint8_t>(0x80 | code >> 6 & 63)
            out[size + 2] = <uint8_t>(0x80 | code & 63)
            size += 3
        else:
            out[size] = <uint8_t>(0xF0 | code >> 18)
            out[size + 1] = <uint8_t>(0x80 | code >> 12 & 63)
            out[size + 2] = <uint8_t>(0x80 | code >> 6 & 63)
            out[size + 3] = <uint8_t>(0x80 | code & 63)
            size += 4
    return size


def encode(str text not None):
    """`text` as UTF-8 without NUL, with a `?` for each surrogate."""
    cdef Py_ssize_t length = PyUnicode_GET_LENGTH(text), size
    cdef int kind = PyUnicode_KIND(text)
    cdef void* units = PyUnicode_DATA(text)
    if kind != 1 and kind != 2 and kind != 4:
        raise ValueError("a string that is not ready")
    # Of units of one, two and four bytes, one makes two, three and four bytes at most.
    cdef uint8_t* out = <uint8_t*>malloc(length * (kind + (kind < 4)) + 1)
    if out == NULL:
        raise MemoryError
    try:
        with nogil:
            if kind == 1:
                size = write[uint8_t](<const uint8_t*>units, length, out)
            elif kind == 2:
                size = write[uint16_t](<const uint16_t*>units, length, out)
            else:
                size = write[uint32_t](<const uint32_t*>units, length, out)
        return PyBytes_FromStringAndSize(<const char*>out, size)
    finally:
        free(out)


def far_apart(const uint8_t[::1] data, Py_ssize_t limit):
    """Where a `<` stands that no other follows for more than `limit` bytes."""
    cdef Py_ssize_t length = data.shape[0], at = 0, last = -1, here
    cdef const void* found
    places = []
    while at < length:
        found = memchr(&data[at], 60, length - at)
        here = <const uint8_t*>found - &data[0] if found != NULL else length
        if last >= 0 and here - last > limit:
            places.append(last)
        last = here
        at = here + 1
    return places


def left_open(const uint8_t[::1] data, list names, Py_ssize_t markers, Py_ssize_t enough):
    """How many of `names` may be open at once outside of the last of the `markers`, at most.

    These are the first of `names`, all lower-case and of eight letters at most. From `enough` on
    no more are counted.
    """
    cdef uint64_t codes[64]
    cdef uint64_t code
    cdef Py_ssize_t length = data.shape[0], known = len(names), most = 0, depth = 0, at = 0
    cdef Py_ssize_t number, size, back
    cdef const uint8_t* begin
    cdef const void* found
    cdef uint8_t byte
    cdef bint closes
    if known > 64 or not length:
        raise ValueError("no data, or too many names")
    for number in range(known):
        codes[number] = int.from_bytes(names[number], "little")
    cdef uint8_t* path = <uint8_t*>malloc(enough + 2)
    if path == NULL:
        raise MemoryError
    begin = &data[0]
    with nogil:
        while most <= enough:
            found = memchr(begin + at, 60, length - at) if at < length else NULL
            if found == NULL:
                break
            at = <const uint8_t*>found - begin + 1
            closes = at < length and data[at] == 47
            at += closes
            code = 0
            size = 0
            while size < 8 and at + size < length:
                byte = data[at + size] | 32 if 65 <= data[at + size] <= 90 else data[at + size]
                if not (97 <= byte <= 122 or 48 <= byte <= 57):
                    break
                code |= <uint64_t>byte << (8 * size)
                size += 1
            if at + size >= length:
                break
            byte = data[at + size]
            if not (byte == 32 or 9 <= byte <= 13 or byte == 47 or byte == 62):
                continue
            number = 0
            while number < known and codes[number] != code:
                number += 1
            if number == known:
                continue
            if not closes:
                path[depth] = <uint8_t>number
                depth += 1
                most = max(most, depth)
                continue
            back = depth
            while back and path[back - 1] >= markers and path[back - 1] != number:
                back -= 1
            if number < markers:
                if back:
                    depth = back - 1
            elif back and path[back - 1] == number:
                memmove(path + back - 1, path + back, depth - back)
                depth -= 1
    free(path)
    return most


cdef inline uint64_t name_code(const uint8_t* name, Py_ssize_t size) noexcept nogil:
    """A hash of a name, letters as lower-case ones."""
    cdef uint64_t code = <uint64_t>0xCBF29CE484222325
    cdef Py_ssize_t at
    cdef uint8_t byte
    for at in range(size):
        byte = name[at] | 32 if 65 <= name[at] <= 90 else name[at]
        code = (code ^ byte) * <uint64_t>0x100000001B3
    return code


def deepest(const uint8_t[::1] data, list flat, list barriers, Py_ssize_t reach):
    """How many elements may be open at once, at most, those of `flat` names aside.

    An end tag finds its own up to `reach` elements up, and none past one of the `barriers`.
    """
    cdef Py_ssize_t length = data.shape[0], at = 0, size, depth = 0, most = 0, room = 1024, back
    cdef Py_ssize_t number, flats = len(flat), walls = len(barriers)
    cdef uint64_t codes[128]
    cdef uint64_t code
    cdef const uint8_t* begin
    cdef const void* found
    cdef uint8_t byte
    cdef bint closes, is_known
    cdef bytes name
    if flats + walls > 128 or not length:
        raise ValueError("no data, or too many names")
    for number in range(flats + walls):
        name = flat[number] if number < flats else barriers[number - flats]
        codes[number] = name_code(<const uint8_t*>name, len(name))
    cdef uint64_t* path = <uint64_t*>malloc(room * sizeof(uint64_t))
    if path == NULL:
        raise MemoryError
    begin = &data[0]
    with nogil:
        while True:
            found = memchr(begin + at, 60, length - at) if at < length else NULL
            if found == NULL:
                break
            at = <const uint8_t*>found - begin + 1
            closes = at < length and data[at] == 47
            at += closes
            if at >= length or not 97 <= (data[at] | 32) <= 122:
                continue
            size = 1
            while at + size < length:
                byte = data[at + size]
                if byte == 32 or 9 <= byte <= 13 or byte == 47 or byte == 62:
                    break
                size += 1
            code = name_code(begin + at, size)
            at += size
            if not closes:
                number = 0
                while number < flats and codes[number] != code:
                    number += 1
                if number < flats:
                    continue
                if depth == room:
                    room *= 2
                    path = <uint64_t*>realloc(path, room * sizeof(uint64_t))
                    if path == NULL:
                        break
                path[depth] = code
                depth += 1
                most = max(most, depth)
                continue
            for back in range(1, min(depth, reach) + 1):
                if path[depth - back] == code:
                    depth -= back
                    break
                if back == 1:
                    continue
                is_known = False
                for number in range(flats, flats + walls):
                    is_known = is_known or codes[number] == path[depth - back]
                if is_known:
                    break
    if path == NULL:
        raise MemoryError
    free(path)
    return most
