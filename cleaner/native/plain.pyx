# cython: boundscheck=False, wraparound=False, initializedcheck=False, cdivision=True
"""The plain markup of a page that is written so regularly that no parser is needed for it.

HTML says of any bytes what tree they make (HTML, 13.2.6). Most pages are made by programs and need
little of that: tags that are nested, the end tags that may be left out, tables in order. These rules
are here. Whatever else a page holds (formatting elements that are closed in another order than
opened, text between the rows of a table), the parser has to say what it means.
"""

from cpython.bytes cimport PyBytes_FromStringAndSize
from libc.stdint cimport uint8_t, uint64_t
from libc.stdlib cimport free, malloc
from libc.string cimport memchr, memcpy, memmove, memset

from cleaner.native.plain_page cimport *
from cleaner.native.plain_read cimport find_end, holds, read_tag, skip_text
from cleaner.native.plain_table cimport end_in_table, start_in_table
from cleaner.native.plain_tree cimport (
    close, close_formatting, close_p, find, find_select, pop, pop_implied, push, push_implied,
)
from cleaner.native.plain_write cimport write, write_attributes, write_end, write_start, write_text


cdef int skip_template(Page* page) except -2:
    """Go on behind a template, which nobody reads."""
    cdef int depth = 1, kind
    cdef bint has_parts = False, has_formats = False
    cdef Py_ssize_t size
    cdef Tag tag
    while depth:
        kind = read_tag(page, &tag)
        if kind == NO or kind == NONE:
            return NO
        page.skipped += 1
        if page.skipped > MANY_SKIPPED:
            return NO
        if kind == REMARK:
            continue
        if tag.kind == TEMPLATE:
            depth += 1 if kind == START else -1
        elif kind == START:
            has_parts |= tag.flags & PART != 0
            has_formats |= tag.kind == FORMAT
            if tag.kind == REFUSED or has_parts and has_formats:
                return NO
            if tag.kind == SVG and not tag.is_closed:
                size = page.size
                if skip_foreign(page) == NO:
                    return NO
                page.size = size
            if tag.flags & TEXTUAL and skip_text(page, &tag) == NO:
                return NO
    return ON


cdef int skip_foreign(Page* page) except -2:
    """Go on behind a drawing, and write its titles alone, which may serve as the page's."""
    cdef uint64_t path[64]
    cdef uint64_t code
    cdef int depth = 0, kind
    cdef Py_ssize_t begin
    cdef Tag tag
    while True:
        kind = read_tag(page, &tag)
        if kind == NO or kind == NONE:
            return NO
        if kind == REMARK:
            if tag.name[1] == 33 and tag.name[2] == 91:
                return NO  # CDATA, which there is in foreign elements alone
            continue
        if kind == END:
            if not depth:
                return ON if tag.kind == SVG else NO
            depth -= 1
            if path[depth] != tag.code:
                return NO
            continue
        if tag.flags & BREAKOUT or depth >= 64:
            return NO
        if tag.flags & LONE and not tag.is_closed:  # tags in it would be HTML's, or none
            code = tag.code
            begin = page.at
            if read_tag(page, &tag) != END or tag.code != code:
                return NO
            if tag.kind == TITLE:
                write(page, b"<title>", 7)
                if write_text(page, begin, tag.name - page.source - 2, False) == NO:
                    return NO
                write(page, b"</title>", 8)
        elif not tag.is_closed:
            path[depth] = tag.code
            depth += 1


cdef int read_doctype(Page* page, Py_ssize_t at, Py_ssize_t end) noexcept nogil:
    """What the doctype says of tables in paragraphs, if it is one, and the first."""
    if not holds(page, at, min(at + 9, end), b"<!doctype"):
        return ON
    if page.depth and current(page).kind == COLGROUP:
        return NO
    if page.mode == BEFORE_HTML and not page.closes_p:
        if end - at <= 16 and holds(page, at, end, b"html") or holds(page, at, end, b"xhtml 1."):
            page.closes_p = 1
        else:
            page.closes_p = -1
    return ON


cdef int to_body(Page* page) except -2:
    """Open what must be open before anything of the body."""
    if page.mode == BEFORE_HTML:
        push_implied(page, b"html", 4)
        page.mode = BEFORE_HEAD
    if page.mode == BEFORE_HEAD:
        push_implied(page, b"head", 4)
        page.mode = IN_HEAD
    if page.mode == IN_NOSCRIPT:
        pop(page)
        page.mode = IN_HEAD
    if page.mode == IN_HEAD:
        pop(page)
        page.mode = AFTER_HEAD
    if page.mode == AFTER_HEAD:
        push_implied(page, b"body", 4)
        page.body = page.size - 1
        page.mode = IN_BODY
    return ON


cdef int text(Page* page, Py_ssize_t at, Py_ssize_t end) except -2:
    """Take a text of the source."""
    cdef Py_ssize_t begin = at
    cdef uint8_t kind
    if page.skips_newline:
        page.skips_newline = False
        if at < end and page.source[at] == 13:
            at += 1
            if at < end and page.source[at] == 10:
                at += 1
        elif at < end and page.source[at] == 10:
            at += 1
        begin = at
    if at >= end:
        return ON
    if page.mode == IN_BODY:
        kind = current(page).kind
        if kind == TABLE or kind == SECTION or kind == ROW or kind == COLGROUP:
            while at < end and is_space(page.source[at]):
                at += 1
            if at < end:
                return NO
        return write_text(page, begin, end, False)
    while at < end and is_space(page.source[at]):
        at += 1
    if page.mode >= IN_HEAD and write_text(page, begin, at, False) == NO:
        return NO
    if at == end:
        return ON
    to_body(page)
    return write_text(page, at, end, False)


cdef int take_text(Page* page, Tag* tag) except -2:
    """Write an element that holds text, or pass over it."""
    cdef Py_ssize_t begin = page.at, end
    cdef uint8_t kind = tag.kind
    if skip_text(page, tag) == NO:
        return NO
    if kind == SCRIPT or kind == STYLE:
        return ON
    if write_start(page, tag) == NO:
        return NO
    end = find_end(page, tag, begin)
    if (kind == FRAME or kind == NOFRAMES) and (
        end - begin > LONG_FRAME or memchr(page.source + begin, 60, end - begin) != NULL
    ):
        return NO
    if kind == TITLE and write_text(page, begin, end, False) == NO:
        return NO
    return write_end(page, tag.name, tag.size)


cdef int start_in_head(Page* page, Tag* tag) except -2:
    """Take a start tag before the body, or open the body."""
    cdef uint8_t kind = tag.kind
    if page.mode == BEFORE_HTML:
        page.mode = BEFORE_HEAD
        if kind == HTML:
            return DONE if push(page, tag) == ON else NO
        push_implied(page, b"html", 4)
    if kind == HTML:
        return NO if tag.attributes else DONE
    if page.mode == BEFORE_HEAD:
        page.mode = IN_HEAD
        if kind == HEAD:
            return DONE if push(page, tag) == ON else NO
        push_implied(page, b"head", 4)
    if kind == HEAD:
        return DONE
    if page.mode == IN_NOSCRIPT:
        if kind == NOSCRIPT:
            return DONE
        if kind == BASE or kind == NOFRAMES:
            return NO
        if kind != META and kind != STYLE:
            pop(page)
            page.mode = IN_HEAD
    if page.mode == IN_HEAD or page.mode == IN_NOSCRIPT:
        if kind == META or kind == BASE:
            return DONE if write_start(page, tag) == ON else NO
        if kind == TITLE or kind == STYLE or kind == SCRIPT:
            return DONE if take_text(page, tag) == ON else NO
        if kind == TEMPLATE:
            return DONE if skip_template(page) == ON else NO
        if kind == NOSCRIPT:
            page.mode = IN_NOSCRIPT
            return DONE if push(page, tag) == ON else NO
        if kind == NOFRAMES:
            return NO
        pop(page)
        page.mode = AFTER_HEAD
    if kind == BODY:
        page.mode = IN_BODY
        return DONE if push(page, tag) == ON else NO
    if kind == STYLE or kind == SCRIPT:
        return DONE if take_text(page, tag) == ON else NO
    if kind == TEMPLATE:
        return DONE if skip_template(page) == ON else NO
    if kind == META or kind == BASE or kind == TITLE or kind == NOFRAMES:
        return NO
    return to_body(page)


cdef int start(Page* page, Tag* tag) except -2:
    """Take a start tag."""
    cdef uint8_t kind = tag.kind
    cdef Element* top
    cdef int place, done
    page.options += kind == OPTION
    if kind == REFUSED or page.depth >= DEEPEST or page.options > MANY_OPTIONS:
        return NO
    if page.mode < IN_BODY:
        done = start_in_head(page, tag)
        if done != ON:
            return done
    done = start_in_table(page, tag)
    if done != ON:
        return done
    top = current(page)
    if kind == SCRIPT or kind == STYLE:
        return take_text(page, tag)
    if kind == TEMPLATE:
        return skip_template(page)
    if find_select(page):
        if kind != OPTION and kind != OPTGROUP:
            return NO
        if top.kind == OPTION:
            pop(page)
        if kind == OPTGROUP and current(page).kind == OPTGROUP:
            pop(page)
        return push(page, tag)
    if kind == ORDINARY or kind == OBJECT or kind == SELECT or kind == NOSCRIPT:
        return push(page, tag)
    if kind == FORMAT:
        if tag.flags & SINGLE and close_formatting(page, tag.code) == NO:
            return NO
        return push(page, tag)
    if kind == VOID or kind == BR or kind == INPUT or kind == META or kind == BASE:
        return write_start(page, tag)
    if kind == TITLE or kind == TEXTAREA or kind == FRAME or kind == NOFRAMES:
        return take_text(page, tag)
    if kind == HEAD:
        return ON
    if kind == HTML:
        return NO if tag.attributes else ON
    if kind == BODY:
        return more_of_body(page, tag)
    if kind == SVG:
        if write_start(page, tag) == NO or not tag.is_closed and skip_foreign(page) == NO:
            return NO
        return write_end(page, tag.name, tag.size)
    if kind == BUTTON:
        return NO if top.around & BUTTON_OPEN else push(page, tag)
    if kind == OPTION or kind == OPTGROUP:
        if top.kind == OPTION:
            pop(page)
        return push(page, tag)
    if kind == TABLE:
        if top.around & P_OPEN and page.closes_p < 0:
            return NO
        if page.closes_p and close_p(page) == NO:
            return NO
        return push(page, tag)
    if kind == FORM:
        if page.has_form:
            return ON
        page.has_form = True
    elif kind == LI or kind == DD:
        place = page.depth - 1
        while place >= 0:
            if page.open[place].kind == kind:
                if close(page, page.open[place].code, place) == NO:
                    return NO
                break
            if page.open[place].flags & SPECIAL and not page.open[place].flags & PASSED:
                break
            place -= 1
    if close_p(page) == NO:
        return NO
    if kind == HR:
        return write_start(page, tag)
    if kind == HEADING and current(page).kind == HEADING:
        pop(page)
    page.skips_newline = kind == PRE
    return push(page, tag)


cdef int more_of_body(Page* page, Tag* tag) except -2:
    """Give the attributes of a further body's tag to the body, if that has none."""
    cdef Py_ssize_t size = page.size
    if not tag.attributes:
        return ON
    if not page.body:
        return NO
    if write_attributes(page, tag) == NO:
        return NO
    cdef Py_ssize_t more = page.size - size
    cdef bytes written = page.out[size : page.size]
    memmove(page.out + page.body + more, page.out + page.body, size - page.body)
    memcpy(page.out + page.body, <const char*>written, more)
    page.body = 0
    return ON


cdef int end(Page* page, Tag* tag) except -2:
    """Take an end tag."""
    cdef uint8_t kind = tag.kind
    cdef int place, done
    if kind == REFUSED:
        return NO
    if page.mode < IN_BODY:
        if page.mode < IN_HEAD or kind == BODY or kind == HTML or kind == BR:
            return NO
        if kind == HEAD and page.mode == IN_HEAD:
            pop(page)
            page.mode = AFTER_HEAD
        elif kind == NOSCRIPT and page.mode == IN_NOSCRIPT:
            pop(page)
            page.mode = IN_HEAD
        return ON
    if kind == BODY or kind == HTML or kind == HEAD or kind == TEMPLATE:
        return ON
    if find_select(page) and kind != OPTION and kind != OPTGROUP and kind != SELECT:
        return NO
    done = end_in_table(page, tag)
    if done != ON:
        return done
    if kind == P and not current(page).around & P_OPEN:
        if push(page, tag) == NO:
            return NO
        pop(page)
        return ON
    if kind == BR:
        write(page, b"<br>", 4)
        return ON
    if kind == P or kind == BLOCK or kind == PRE or kind == BUTTON or kind == OBJECT or (
        kind == SELECT or kind == DD or kind == LI
    ):
        place = find(page, tag.code, SCOPE | (LISTS if kind == LI else 0))
        if place < 0:
            return ON
        return close(page, tag.code if tag.flags & IMPLIED else 0, place)
    if kind == HEADING:
        place = page.depth - 1
        while place >= 0 and page.open[place].kind != HEADING:
            if page.open[place].flags & SCOPE:
                return ON
            place -= 1
        return close(page, 0, place) if place >= 0 else ON
    if kind == FORM:
        if not page.has_form:
            return ON
        page.has_form = False
        place = find(page, tag.code, SCOPE)
        if place < 0:
            return ON
        pop_implied(page, 0)
        if place != page.depth - 1:
            return NO
        pop(page)
        return ON
    if kind == FORMAT:
        return close_formatting(page, tag.code)
    place = find(page, tag.code, SPECIAL)
    return close(page, tag.code, place) if place >= 0 else ON


cdef int run(Page* page) except -2:
    """Go through a page."""
    cdef Py_ssize_t begin, stop
    cdef int kind
    cdef Tag tag
    while True:
        begin = page.at
        kind = read_tag(page, &tag)
        if kind == NO:
            return NO
        if kind == NONE:
            stop = page.length
        elif kind == REMARK:
            stop = tag.name - page.source
        else:
            stop = tag.name - page.source - 1 - (kind == END)
        if text(page, begin, stop) == NO:
            return NO
        page.skips_newline = False
        if kind == NONE:
            break
        if kind == REMARK:
            if read_doctype(page, stop, page.at) == NO:
                return NO
        elif kind == START:
            if start(page, &tag) == NO:
                return NO
        elif end(page, &tag) == NO:
            return NO
    to_body(page)
    while page.depth:
        pop(page)
    return ON


def plain(const uint8_t[::1] data):
    """The plain markup of a page's source, or None where that takes a parser.

    It lacks what nobody reads: remarks, scripts, templates, what is in drawings, frames and fields of
    forms, and all attributes but those that say what an element is for.

    Raises:
        MemoryError: there is no room for it.
    """
    cdef Page page
    if not data.shape[0]:
        return None
    memset(&page, 0, sizeof(Page))
    page.source, page.length = &data[0], data.shape[0]
    page.room = data.shape[0] + 1024
    page.out = <uint8_t*>malloc(page.room)
    page.open = <Element*>malloc((DEEPEST + 4) * sizeof(Element))  # a tag opens four at most
    try:
        if page.out == NULL or page.open == NULL:
            raise MemoryError
        if run(&page) == NO:
            return None
        return PyBytes_FromStringAndSize(<const char*>page.out, page.size)
    finally:
        free(page.out)
        free(page.open)
