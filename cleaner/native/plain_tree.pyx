# cython: boundscheck=False, wraparound=False, initializedcheck=False, cdivision=True
"""The elements that are open, from the outermost to the innermost.

Functions that may find that it takes a parser return NO then, and else ON.
"""

from libc.stdint cimport uint8_t, uint32_t, uint64_t
from libc.string cimport memset

from cleaner.native.plain_page cimport *
from cleaner.native.plain_read cimport look_up
from cleaner.native.plain_write cimport write_end, write_start


cdef int push(Page* page, Tag* tag) except -2:
    """Write a start tag and open its element."""
    cdef Element* element = &page.open[page.depth]
    cdef uint8_t around = page.open[page.depth - 1].around if page.depth else 0
    if write_start(page, tag) == NO:
        return NO
    if tag.flags & SCOPE or tag.kind == BUTTON:
        around &= <uint8_t>~P_OPEN
    if tag.flags & SCOPE:
        around &= <uint8_t>~BUTTON_OPEN
    if tag.kind == P:
        around |= P_OPEN
    elif tag.kind == BUTTON:
        around |= BUTTON_OPEN
    element.code, element.name, element.size = tag.code, tag.name, tag.size
    element.kind, element.flags, element.around = tag.kind, tag.flags, around
    page.depth += 1
    return ON


cdef int push_implied(Page* page, const char* name, Py_ssize_t size) except -2:
    """Open an element whose start tag is left out."""
    cdef Tag tag
    memset(&tag, 0, sizeof(Tag))
    tag.name, tag.size = <const uint8_t*>name, size
    look_up(&tag)
    return push(page, &tag)


cdef int pop(Page* page) except -2:
    """Write the end tag of the innermost element and close it."""
    page.depth -= 1
    cdef Element* element = &page.open[page.depth]
    return write_end(page, element.name, element.size)


cdef int pop_to(Page* page, int place) except -2:
    """Close the element at `place` and all in it; NO where some would be opened again."""
    cdef bint forgets = page.open[place].flags & MARKER
    cdef Element* top
    while page.depth > place + 1:
        top = current(page)
        if top.flags & MARKER or top.kind == FORMAT and not forgets:
            return NO
        pop(page)
    pop(page)
    return ON


cdef int pop_implied(Page* page, uint64_t but) except -2:
    """Close what needs no end tag, except elements of one name."""
    while current(page).flags & IMPLIED and current(page).code != but:
        pop(page)
    return 0


cdef int find(Page* page, uint64_t code, uint32_t barriers) noexcept nogil:
    """Where the innermost element of a name is open within barriers, or -1."""
    cdef int place = page.depth - 1
    while place >= 0:
        if page.open[place].code == code:
            return place
        if page.open[place].flags & barriers:
            return -1
        place -= 1
    return -1


cdef int close(Page* page, uint64_t code, int place) except -2:
    """Close the element at `place`, first what needs no end tag, but for elements of its name."""
    pop_implied(page, code)
    return pop_to(page, place)


cdef int close_p(Page* page) except -2:
    """Close the paragraph that is open, if any."""
    cdef int place
    if not current(page).around & P_OPEN:
        return ON
    place = page.depth - 1
    while page.open[place].kind != P:
        place -= 1
    return close(page, page.open[place].code, place)


cdef int close_formatting(Page* page, uint64_t code) except -2:
    """Close a formatting element if one of the name is open; NO if others would be opened again."""
    cdef int place = find(page, code, MARKER)
    cdef int above
    if place < 0:
        return ON
    for above in range(place + 1, page.depth):
        if page.open[above].flags & SPECIAL:
            return NO
    return pop_to(page, place)


cdef bint find_select(Page* page) noexcept nogil:
    """Whether the innermost element is a list to choose from, or of one."""
    cdef int place = page.depth - 1
    while page.open[place].kind == OPTION or page.open[place].kind == OPTGROUP:
        place -= 1
    return page.open[place].kind == SELECT
