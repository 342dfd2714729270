from libc.stdint cimport uint8_t
from libc.string cimport memcpy

from cleaner.native.plain_page cimport *

cdef int grow(Page* page, Py_ssize_t need) except -2
cdef int write_text(Page* page, Py_ssize_t at, Py_ssize_t end, bint in_value) except -2
cdef int write_attributes(Page* page, Tag* tag) except -2
cdef int write_start(Page* page, Tag* tag) except -2


cdef inline int write(Page* page, const void* text, Py_ssize_t size) except -2:
    """Write bytes as they are."""
    if page.size + size > page.room:
        grow(page, size)
    memcpy(page.out + page.size, text, size)
    page.size += size
    return 0


cdef inline int write_name(Page* page, const uint8_t* name, Py_ssize_t size) except -2:
    """Write a name in lower-case letters."""
    cdef Py_ssize_t at
    if page.size + size > page.room:
        grow(page, size)
    for at in range(size):
        page.out[page.size + at] = lower(name[at])
    page.size += size
    return 0


cdef inline int write_end(Page* page, const uint8_t* name, Py_ssize_t size) except -2:
    write(page, b"</", 2)
    write_name(page, name, size)
    write(page, b">", 1)
    return 0
