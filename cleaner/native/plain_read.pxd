from libc.stdint cimport uint64_t

from cleaner.native.plain_page cimport *

cdef void look_up(Tag* tag) noexcept nogil
cdef int read_tag(Page* page, Tag* tag) except -2
cdef Py_ssize_t find_end(Page* page, Tag* tag, Py_ssize_t at) noexcept nogil
cdef int skip_text(Page* page, Tag* tag) except -2
cdef bint holds(Page* page, Py_ssize_t at, Py_ssize_t end, const char* word) noexcept nogil
