# cython: boundscheck=False, wraparound=False, initializedcheck=False, cdivision=True
"""Writes plain markup: tags, and texts as the parser would write them."""

from libc.stdint cimport uint8_t, uint32_t
from libc.stdlib cimport realloc

from html import escape, unescape
from html.entities import html5

from cleaner.native.plain_page cimport *

_LEGACY = frozenset(name.encode() for name in html5 if not name.endswith(";"))
_REFERENCES = {
    name.removesuffix(";").encode(): escape(text, quote=False).replace("\xa0", "&nbsp;").encode()
    for name, text in html5.items() if name.endswith(";")
}  # fmt: skip


cdef uint8_t PLAIN[256]  # bytes of text that are written as they are
for _byte in range(256):
    PLAIN[_byte] = _byte not in (0xC2, *b'&<>\r"')


cdef int grow(Page* page, Py_ssize_t need) except -2:
    """Make room for `need` more bytes."""
    if page.size + need > page.room:
        page.room = 2 * (page.size + need)
        out = <uint8_t*>realloc(page.out, page.room)
        if out == NULL:
            raise MemoryError
        page.out = out
    return 0


cdef int write_code(Page* page, uint32_t code) except -2:
    """Write a code point as text."""
    cdef uint8_t some[4]
    if code == 38:
        return write(page, b"&amp;", 5)
    if code == 60:
        return write(page, b"&lt;", 4)
    if code == 62:
        return write(page, b"&gt;", 4)
    if code == 0xA0:
        return write(page, b"&nbsp;", 6)
    if code < 0x80:
        some[0] = <uint8_t>code
        return write(page, some, 1)
    if code < 0x800:
        some[0] = <uint8_t>(0xC0 | code >> 6)
        some[1] = <uint8_t>(0x80 | code & 63)
        return write(page, some, 2)
    if code < 0x10000:
        some[0] = <uint8_t>(0xE0 | code >> 12)
        some[1] = <uint8_t>(0x80 | code >> 6 & 63)
        some[2] = <uint8_t>(0x80 | code & 63)
        return write(page, some, 3)
    some[0] = <uint8_t>(0xF0 | code >> 18)
    some[1] = <uint8_t>(0x80 | code >> 12 & 63)
    some[2] = <uint8_t>(0x80 | code >> 6 & 63)
    some[3] = <uint8_t>(0x80 | code & 63)
    return write(page, some, 4)


cdef int write_known(Page* page, bytes name, bint in_value) except -2:
    cdef bytes text = b"&quot;" if in_value and name == b"quot" else _REFERENCES[name]
    return write(page, <const char*>text, len(text))


cdef Py_ssize_t write_reference(Page* page, Py_ssize_t at, Py_ssize_t end, bint in_value) except -2:
    """Write what an ampersand at `at` begins; behind it, or -1 where that is not plain."""
    cdef const uint8_t* source = page.source
    cdef Py_ssize_t stop = at + 1
    cdef uint32_t code = 0, digit
    cdef bint is_hex
    if stop < end and source[stop] == 35:
        stop += 1
        is_hex = stop < end and source[stop] | 32 == 120
        stop += is_hex
        at = stop
        while stop < end and stop - at < 8:
            if 48 <= source[stop] <= 57:
                digit = source[stop] - 48
            elif is_hex and 97 <= source[stop] | 32 <= 102:
                digit = (source[stop] | 32) - 87
            else:
                break
            code = code * (16 if is_hex else 10) + digit
            stop += 1
        if stop == at or code > 0x10FFFF or 0xD800 <= code < 0xE000:
            return -1
        if code < 32 and code != 9 and code != 10:
            return -1
        if 127 < code < 0xA0:  # meant as of Windows-1252
            code = ord(unescape(f"&#{code};"))
        if code == 34 and in_value:
            write(page, b"&quot;", 6)
        else:
            write_code(page, code)
        return stop + (stop < end and source[stop] == 59)
    while stop < end and (48 <= source[stop] <= 57 or 97 <= source[stop] | 32 <= 122):
        stop += 1
    if stop == at + 1:
        write(page, b"&amp;", 5)
        return stop
    if stop - at > 40:
        return -1
    cdef bytes name = source[at + 1 : stop]
    if stop < end and source[stop] == 59:
        if name in _REFERENCES:
            write_known(page, name, in_value)
            return stop + 1
    for size in range(min(len(name), 6), 1, -1):  # some may stand without their semicolon
        if name[:size] in _LEGACY:
            if in_value and (size < len(name) or stop < end and source[stop] == 61):
                break
            write_known(page, name[:size], in_value)
            return at + 1 + size
    write(page, b"&amp;", 5)
    return at + 1


cdef int write_text(Page* page, Py_ssize_t at, Py_ssize_t end, bint in_value) except -2:
    """Write text of the source, or the value of an attribute; NO where it is not plain."""
    cdef const uint8_t* source = page.source
    cdef Py_ssize_t begin
    cdef uint8_t byte
    grow(page, end - at)
    while at < end:
        begin = at
        while at < end and PLAIN[source[at]]:
            at += 1
        write(page, source + begin, at - begin)
        if at >= end:
            break
        byte = source[at]
        if byte == 38:
            at = write_reference(page, at, end, in_value)
            if at < 0:
                return NO
            continue
        at += 1
        if byte == 60:
            write(page, b"&lt;", 4)
        elif byte == 62:
            write(page, b"&gt;", 4)
        elif byte == 13:
            if at >= end or source[at] != 10:
                write(page, b"\n", 1)
        elif byte == 34:
            if in_value:
                write(page, b"&quot;", 6)
            else:
                write(page, b'"', 1)
        elif at < end and source[at] == 0xA0:
            write(page, b"&nbsp;", 6)
            at += 1
        else:
            write(page, &byte, 1)
    return ON


cdef int write_attributes(Page* page, Tag* tag) except -2:
    cdef int number, some
    for some in range(tag.attributes):
        number = tag.numbers[some]
        if number >= NAME and tag.kind != META or number == TYPE:
            continue
        write(page, b" ", 1)
        write_name(page, page.source + tag.names[some], tag.sizes[some])
        write(page, b'="', 2)
        if write_text(page, tag.starts[some], tag.ends[some], True) == NO:
            return NO
        write(page, b'"', 1)
    return ON


cdef int write_start(Page* page, Tag* tag) except -2:
    write(page, b"<", 1)
    write_name(page, tag.name, tag.size)
    if tag.attributes and write_attributes(page, tag) == NO:
        return NO
    write(page, b">", 1)
    return ON
