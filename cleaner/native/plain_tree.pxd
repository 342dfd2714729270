from libc.stdint cimport uint8_t, uint32_t, uint64_t

from cleaner.native.plain_page cimport *

cdef int push(Page* page, Tag* tag) except -2
cdef int push_implied(Page* page, const char* name, Py_ssize_t size) except -2
cdef int pop(Page* page) except -2
cdef int pop_to(Page* page, int place) except -2
cdef int pop_implied(Page* page, uint64_t but) except -2
cdef int find(Page* page, uint64_t code, uint32_t barriers) noexcept nogil
cdef int close(Page* page, uint64_t code, int place) except -2
cdef int close_p(Page* page) except -2
cdef int close_formatting(Page* page, uint64_t code) except -2
cdef bint find_select(Page* page) noexcept nogil
