"""What the rules for regular pages tell apart, and where they stand in a page (`plain.pyx`)."""

from libc.stdint cimport uint8_t, uint32_t, uint64_t

cdef enum Kind:  # what the rules tell apart
    ORDINARY
    BLOCK
    HEADING
    PRE
    P
    LI
    DD
    FORM
    FORMAT
    BUTTON
    OBJECT
    VOID
    BR
    HR
    INPUT
    BASE  # what may stand in a head, without content
    META  # the same, and in a noscript of the head
    TITLE
    TEXTAREA
    FRAME
    NOFRAMES
    SCRIPT
    STYLE
    TEMPLATE
    NOSCRIPT
    SELECT
    OPTION
    OPTGROUP
    SVG
    HTML
    HEAD
    BODY
    TABLE
    CAPTION
    COLGROUP
    COL
    SECTION
    ROW
    CELL
    REFUSED

cdef enum:  # flags of a tag
    SPECIAL = 1  # an end tag of another name does not reach past it
    IMPLIED = 2  # its end tag may be left out
    SCOPE = 4  # nothing in it closes what is outside
    MARKER = 8  # formatting elements outside are not opened again in it
    PART = 16  # of a table
    BREAKOUT = 32  # ends foreign elements
    LISTS = 64  # nothing in it closes an item outside
    PASSED = 128  # an item around it is closed by the next one
    SINGLE = 256  # a formatting element that is not opened in its like
    LONE = 512  # in a foreign element it holds text alone
    TEXTUAL = 1024  # what is in it is text, whatever it looks like

cdef enum:  # what is open around
    P_OPEN = 1
    BUTTON_OPEN = 2

cdef enum:  # how far the page has come
    BEFORE_HTML
    BEFORE_HEAD
    IN_HEAD
    IN_NOSCRIPT
    AFTER_HEAD
    IN_BODY

cdef enum:  # what a tag is
    START = 2
    END
    REMARK  # a comment or the like
    NONE  # there is no further one

cdef enum:  # what a function returns
    DONE = 1  # there is nothing more to do
    ON = 0  # the rules go on
    NO = -1  # they do not say; it takes a parser

cdef enum:  # as in `split.markup`, or less
    DEEPEST = 500  # elements open at once
    MANY_OPTIONS = 3000  # of a page's lists to choose from
    MANY_ATTRIBUTES = 1000  # of a tag
    MANY_SKIPPED = 2000  # tags in templates, which may be in any order
    LONG_FRAME = 1000  # bytes

cdef enum:  # attributes, in the order of `plain_read.pyx`
    NAME = 6  # from here on those of a `meta`
    TYPE = 8  # looked at, and not written
    ATTRIBUTES = 9


cdef struct Element:
    uint64_t code
    const uint8_t* name
    Py_ssize_t size
    uint8_t kind
    uint32_t flags
    uint8_t around


cdef struct Tag:
    uint64_t code
    const uint8_t* name  # of a remark, where it begins
    Py_ssize_t size
    uint8_t kind
    uint32_t flags
    bint is_closed
    int attributes
    int numbers[ATTRIBUTES]
    Py_ssize_t names[ATTRIBUTES]  # where the name begins, and its value
    Py_ssize_t sizes[ATTRIBUTES]
    Py_ssize_t starts[ATTRIBUTES]
    Py_ssize_t ends[ATTRIBUTES]


cdef struct Page:
    const uint8_t* source
    Py_ssize_t length
    Py_ssize_t at
    uint8_t* out
    Py_ssize_t size
    Py_ssize_t room
    Element* open
    int depth
    int mode
    int options, skipped  # that there were
    bint has_form  # a form is open, or was not closed
    bint skips_newline
    int closes_p  # before a table: 1 yes, 0 no, -1 not known
    Py_ssize_t body  # where the attributes of a body that was not written would stand, or 0


cdef inline uint8_t lower(uint8_t byte) noexcept nogil:
    return byte | 32 if 65 <= byte <= 90 else byte


cdef inline bint is_space(uint8_t byte) noexcept nogil:
    return byte == 32 or byte == 10 or byte == 13 or byte == 9 or byte == 12


cdef inline Element* current(Page* page) noexcept nogil:
    return &page.open[page.depth - 1]
