# cython: boundscheck=False, wraparound=False, initializedcheck=False, cdivision=True
"""The tags of a page's source, one after another, with the rules' names for them."""

from libc.stdint cimport uint8_t, uint32_t, uint64_t
from libc.string cimport memchr, memcmp, memset

from cleaner.native.plain_page cimport *

_KINDS = {
    BLOCK: (
        "address article aside blockquote center details dialog dir div dl fieldset figcaption"
        " figure footer header hgroup main menu nav ol search section summary ul"
    ),
    HEADING: "h1 h2 h3 h4 h5 h6",
    PRE: "pre",
    P: "p",
    LI: "li",
    DD: "dd dt",
    FORM: "form",
    FORMAT: "a b big code em font i nobr s small strike strong tt u",
    BUTTON: "button",
    OBJECT: "applet marquee object",
    VOID: "area embed img keygen wbr param source track",
    BR: "br",
    HR: "hr",
    INPUT: "input",
    BASE: "base basefont bgsound",
    META: "link meta",
    TITLE: "title",
    TEXTAREA: "textarea",
    FRAME: "iframe noembed",
    NOFRAMES: "noframes",
    SCRIPT: "script",
    STYLE: "style",
    TEMPLATE: "template",
    NOSCRIPT: "noscript",
    SELECT: "select",
    OPTION: "option",
    OPTGROUP: "optgroup",
    SVG: "svg",
    HTML: "html",
    HEAD: "head",
    BODY: "body",
    TABLE: "table",
    CAPTION: "caption",
    COLGROUP: "colgroup",
    COL: "col",
    SECTION: "tbody tfoot thead",
    ROW: "tr",
    CELL: "td th",
    REFUSED: "frame frameset image listing math plaintext rb rp rt rtc selectedcontent xmp",
}
_FLAGS = {
    SPECIAL: (
        "address applet area article aside base basefont bgsound blockquote body br button caption"
        " center col colgroup dd details dir div dl dt embed fieldset figcaption figure footer form"
        " h1 h2 h3 h4 h5 h6 head header hgroup hr html iframe img input keygen li link main"
        " marquee menu meta nav noembed noframes noscript object ol p param pre script search"
        " section select source style summary table tbody td template textarea tfoot th thead"
        " title tr track ul wbr"
    ),
    IMPLIED: "dd dt li optgroup option p",
    SCOPE: "applet caption html marquee object select table td th",
    MARKER: "applet caption marquee object td th",
    SINGLE: "a nobr",
    PART: "caption col colgroup tbody td tfoot th thead tr",
    BREAKOUT: (
        "b big blockquote body br center code dd div dl dt em embed font foreignobject h1 h2 h3 h4"
        " h5 h6 head hr i img li listing menu meta nobr ol p pre ruby s script small span strike"
        " strong sub sup table template tt u ul var"
    ),
    LISTS: "ol ul",
    PASSED: "address div p",
    LONE: "desc style title",
    TEXTUAL: "iframe noembed noframes script style textarea title",
}


# Attributes that are read, by their numbers.
_ATTRIBUTES = b"class id role itemprop style hidden name content type".split()

cdef enum:
    SLOTS = 512


cdef struct Known:
    uint64_t code
    uint8_t kind
    uint32_t flags


cdef Known KNOWN[SLOTS]
cdef uint64_t NUMBERED[ATTRIBUTES]


cdef inline uint64_t code_of(const uint8_t* name, Py_ssize_t size) noexcept nogil:
    """A hash of a name, letters as lower-case ones (FNV-1a)."""
    cdef uint64_t code = <uint64_t>0xCBF29CE484222325
    cdef Py_ssize_t at
    for at in range(size):
        code = (code ^ lower(name[at])) * <uint64_t>0x100000001B3
    return code


cdef inline int slot_of(uint64_t code) noexcept nogil:
    cdef int slot = <int>(code >> 40) & (SLOTS - 1)
    while KNOWN[slot].code and KNOWN[slot].code != code:
        slot = (slot + 1) & (SLOTS - 1)
    return slot


cdef int fill() except -1:
    """Make the tables of names."""
    cdef int slot
    memset(KNOWN, 0, sizeof(KNOWN))
    for table in (_KINDS, _FLAGS):
        for value, names in table.items():
            for name in names.encode().split():
                slot = slot_of(code_of(<const uint8_t*><const char*>name, len(name)))
                KNOWN[slot].code = code_of(<const uint8_t*><const char*>name, len(name))
                if table is _KINDS:
                    KNOWN[slot].kind = value
                else:
                    KNOWN[slot].flags |= value
    for slot, name in enumerate(_ATTRIBUTES):
        NUMBERED[slot] = code_of(<const uint8_t*><const char*>name, len(name))
    return 0


fill()


cdef void look_up(Tag* tag) noexcept nogil:
    """What the rules know of a tag by its name."""
    cdef int slot
    tag.code = code_of(tag.name, tag.size)
    slot = slot_of(tag.code)
    tag.kind, tag.flags = KNOWN[slot].kind, KNOWN[slot].flags


cdef int read_tag(Page* page, Tag* tag) except -2:
    """Read the next tag and go behind it: START, END, REMARK or NONE; NO where that is not clear."""
    cdef const uint8_t* source = page.source
    cdef Py_ssize_t length = page.length, at = page.at, begin
    cdef const void* found
    cdef bint closes
    cdef uint64_t code
    cdef uint8_t byte
    cdef int slot
    while True:
        found = memchr(source + at, 60, length - at) if at < length else NULL
        if found == NULL:
            return NONE
        at = <const uint8_t*>found - source
        if at + 1 >= length:
            return NO
        closes = source[at + 1] == 47
        begin = at + 1 + closes
        if begin >= length:
            return NO
        byte = source[begin] | 32
        if 97 <= byte <= 122:
            break
        if closes or source[begin] == 33 or source[begin] == 63:
            tag.name = source + at
            page.at = end_of_remark(page, at)
            return REMARK if page.at > 0 else NO
        at += 1
    code = <uint64_t>0xCBF29CE484222325
    at = begin
    while at < length:
        byte = lower(source[at])
        if not (97 <= byte <= 122 or 48 <= byte <= 58 or byte == 45 or byte == 95 or byte == 46):
            break
        code = (code ^ byte) * <uint64_t>0x100000001B3
        at += 1
    if at >= length or not (is_space(byte) or byte == 47 or byte == 62):
        return NO
    tag.name, tag.size, tag.code = source + begin, at - begin, code
    slot = slot_of(code)
    tag.kind, tag.flags = KNOWN[slot].kind, KNOWN[slot].flags
    page.at = at
    if read_attributes(page, tag) == NO:
        return NO
    if closes:
        tag.attributes = 0
        return END
    return START


cdef int read_attributes(Page* page, Tag* tag) except -2:
    """Read the attributes of a tag and go behind it; NO where they are too many, or the page ends."""
    cdef const uint8_t* source = page.source
    cdef Py_ssize_t length = page.length, at = page.at, begin, named, end, stop
    cdef const void* found
    cdef uint64_t code
    cdef uint8_t byte
    cdef int number, seen = 0, count = 0
    tag.attributes = 0
    tag.is_closed = False
    while True:
        while at < length and is_space(source[at]):
            at += 1
        if at >= length:
            return NO
        if source[at] == 62:
            page.at = at + 1
            return ON
        if source[at] == 47:
            at += 1
            tag.is_closed = at < length and source[at] == 62
            continue
        count += 1
        if count > MANY_ATTRIBUTES:
            return NO
        begin = at
        code = (<uint64_t>0xCBF29CE484222325 ^ lower(source[at])) * <uint64_t>0x100000001B3
        at += 1
        while at < length:
            byte = source[at]
            if byte == 61 or byte == 62 or byte == 47 or is_space(byte):
                break
            code = (code ^ lower(byte)) * <uint64_t>0x100000001B3
            at += 1
        named = end = stop = at
        while at < length and is_space(source[at]):
            at += 1
        if at < length and source[at] == 61:
            at += 1
            while at < length and is_space(source[at]):
                at += 1
            if at >= length:
                return NO
            byte = source[at]
            if byte == 34 or byte == 39:
                found = memchr(source + at + 1, byte, length - at - 1)
                if found == NULL:
                    return NO
                end = at + 1
                stop = <const uint8_t*>found - source
                at = stop + 1
            else:
                end = at
                while at < length and source[at] != 62 and not is_space(source[at]):
                    at += 1
                stop = at
        for number in range(ATTRIBUTES):
            if NUMBERED[number] == code:
                if not seen >> number & 1:  # the first of a name counts
                    seen |= 1 << number
                    tag.numbers[tag.attributes] = number
                    tag.names[tag.attributes], tag.sizes[tag.attributes] = begin, named - begin
                    tag.starts[tag.attributes], tag.ends[tag.attributes] = end, stop
                    tag.attributes += 1
                break


cdef Py_ssize_t end_of_remark(Page* page, Py_ssize_t start) noexcept nogil:
    """Behind what begins with `<` and no name, a comment or the like; -1 if that is not clear."""
    cdef const uint8_t* source = page.source
    cdef Py_ssize_t length = page.length, at, begin
    cdef const void* found
    cdef bint is_comment = length - start >= 4 and not memcmp(source + start, b"<!--", 4)
    begin = at = start + 4 if is_comment else start
    while at < length:
        found = memchr(source + at, 62, length - at)
        if found == NULL:
            break
        at = <const uint8_t*>found - source + 1
        if not is_comment or at - 1 == begin or (at - 2 == begin and source[begin] == 45):
            return at
        if source[at - 2] == 45 and source[at - 3] == 45:
            return at
        if source[at - 2] == 33 and source[at - 3] == 45 and source[at - 4] == 45 and (
            at - 4 >= begin
        ):
            return at
    return length if is_comment else -1


cdef Py_ssize_t find_end(Page* page, Tag* tag, Py_ssize_t at) noexcept nogil:
    """Where the end tag of what holds text begins from `at` on, or -1."""
    cdef const uint8_t* source = page.source
    cdef const void* found
    cdef bint is_remark = False
    while True:
        found = memchr(source + at, 60, page.length - at)
        if found == NULL:
            return -1
        at = <const uint8_t*>found - source
        if page.length - at < tag.size + 3:
            return -1
        if source[at + 1] == 47:
            if code_of(source + at + 2, tag.size) == tag.code and (
                is_space(source[at + 2 + tag.size]) or source[at + 2 + tag.size] == 47
                or source[at + 2 + tag.size] == 62
            ):
                return at
        elif source[at + 1] == 33 and source[at + 2] == 45:
            is_remark = True
        elif is_remark and tag.kind == SCRIPT and code_of(source + at + 1, tag.size) == tag.code:
            return -1  # a script in a remark of a script, whose end ends neither
        at += 1


cdef int skip_text(Page* page, Tag* tag) except -2:
    """Go on at the end tag of an element that holds text; NO if it has none."""
    cdef Py_ssize_t end = find_end(page, tag, page.at)
    cdef const void* found
    if end < 0:
        return NO
    page.at = end
    found = memchr(page.source + end, 62, page.length - end)
    if found == NULL:
        return NO
    # An end tag with attributes is left to the parser.
    end += 2 + tag.size
    while is_space(page.source[end]):
        end += 1
    if page.source[end] != 62:
        return NO
    page.at = end + 1
    return ON


cdef bint holds(Page* page, Py_ssize_t at, Py_ssize_t end, const char* word) noexcept nogil:
    """Whether a word in lower-case letters stands in a stretch of the source."""
    cdef Py_ssize_t size = 0, some
    while word[size]:
        size += 1
    while at + size <= end:
        some = 0
        while some < size and lower(page.source[at + some]) == <uint8_t>word[some]:
            some += 1
        if some == size:
            return True
        at += 1
    return False
