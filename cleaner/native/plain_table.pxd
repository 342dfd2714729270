from cleaner.native.plain_page cimport *

cdef int start_in_table(Page* page, Tag* tag) except -2
cdef int end_in_table(Page* page, Tag* tag) except -2
