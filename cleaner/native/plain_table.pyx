# cython: boundscheck=False, wraparound=False, initializedcheck=False, cdivision=True
"""The rules for tags of tables, and for those that stand right in one."""

from libc.stdint cimport uint8_t

from cleaner.native.plain_page cimport *
from cleaner.native.plain_read cimport holds
from cleaner.native.plain_tree cimport pop, pop_implied, pop_to, push, push_implied
from cleaner.native.plain_write cimport write_end, write_start


cdef int find_part(Page* page) noexcept nogil:
    """Where the cell, caption or table around is, -1 if there is none, -2 if unclear."""
    cdef int place = page.depth - 1
    cdef uint8_t kind
    while place >= 0:
        kind = page.open[place].kind
        if kind == CELL or kind == CAPTION:
            return place
        if kind == TABLE or kind == SELECT or kind == OBJECT:
            return -2
        place -= 1
    return -1


cdef int start_in_table(Page* page, Tag* tag) except -2:
    """Take a start tag of a table, or right in one."""
    cdef uint8_t kind = tag.kind, top
    cdef int some, place
    while True:
        top = current(page).kind
        if top == TABLE or top == SECTION or top == ROW:
            if kind == SCRIPT or kind == STYLE or kind == TEMPLATE:
                return ON
            if kind == TABLE:
                pop(page)
                continue
            if kind == INPUT:
                for some in range(tag.attributes):
                    if tag.numbers[some] == TYPE and tag.ends[some] - tag.starts[some] == 6 and (
                        holds(page, tag.starts[some], tag.ends[some], b"hidden")
                    ):
                        return DONE if write_start(page, tag) == ON else NO
                return NO
            if kind == FORM:
                if not page.has_form:
                    page.has_form = True
                    if write_start(page, tag) == NO:
                        return NO
                    write_end(page, tag.name, tag.size)
                return DONE
            if not tag.flags & PART:
                return NO
            if top == ROW and kind != CELL or top == SECTION and kind != CELL and kind != ROW:
                pop(page)
                continue
            if top == TABLE and kind == COL:
                push_implied(page, b"colgroup", 8)
            elif top == TABLE and (kind == ROW or kind == CELL):
                push_implied(page, b"tbody", 5)
            elif top == SECTION and kind == CELL:
                push_implied(page, b"tr", 2)
            else:
                return DONE if push(page, tag) == ON else NO
        elif top == COLGROUP:
            if kind == COL:
                return DONE if write_start(page, tag) == ON else NO
            if kind == TEMPLATE:
                return ON
            pop(page)
        elif tag.flags & PART:
            place = find_part(page)
            if place == -1:
                return DONE
            if place < 0:
                return NO
            pop_implied(page, 0)
            if pop_to(page, place) == NO:
                return NO
        else:
            return ON


cdef int end_in_table(Page* page, Tag* tag) except -2:
    """Take an end tag of a table, or right in one."""
    cdef uint8_t kind = tag.kind, top
    cdef int place
    while True:
        top = current(page).kind
        if top == TABLE or top == SECTION or top == ROW:
            if kind == P or kind == BR:
                return NO
            if kind == FORM:
                page.has_form = False
                return DONE
            if kind == top and tag.code == current(page).code:
                pop(page)
                return DONE
            if kind == TABLE:
                pop(page)
                continue
            if top == ROW and kind == SECTION and page.open[page.depth - 2].code == tag.code:
                pop(page)
                continue
            return DONE
        if top == COLGROUP:
            if kind == COL:
                return DONE
            pop(page)
            if kind == COLGROUP:
                return DONE
        elif kind == TABLE or tag.flags & PART:
            place = find_part(page)
            if place == -1 or kind == COL or kind == COLGROUP:
                return DONE
            if place < 0:
                return NO
            if page.open[place].code != tag.code:
                if kind == CELL or kind == CAPTION:
                    return DONE
                if page.open[place].kind == CAPTION and kind != TABLE:
                    return DONE
                if kind == SECTION and page.open[place - 2].code != tag.code:
                    return DONE
            pop_implied(page, 0)
            if pop_to(page, place) == NO:
                return NO
            if page.open[place].code == tag.code:
                return DONE
        else:
            return ON
