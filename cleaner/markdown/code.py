"""What stands around code: the language it is in, numbers of its lines, and buttons to copy it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence

from cleaner.markdown.outline import Outline
from cleaner.markdown.place import Places
from cleaner.split.page import Page

_LONGEST_NUMBER = 7  # digits
_BOX = "highlight"  # the class word of what many highlighters put around code
_BUTTONS = frozenset(
    "copy|copy code|copied|copy to clipboard|wrap|toggle word wrap|run|expand|edit|kopieren|copier"
    "|copiar|копировать|复制|複製|コピー|복사".split("|")
)
_NO_WORDS = re.compile(r"[\W_]+")
_NAME = r"([\w+#.-]{1,20})(?=[\s;]|$)"
_LANGUAGE = re.compile(rf"(?<!\S)(?:language-|lang-|highlight-source-|brush:\s*){_NAME}")
# Around code, as Jekyll, GitHub and Sphinx have it; `lang-` is there of the page's own language.
_LANGUAGE_AROUND = re.compile(
    rf"(?<!\S)(?:language-|highlight-source-|highlight-(?=\S+ notranslate)){_NAME}"
)
_HIGHLIGHTED = re.compile(rf"(?<!\S)(?:{_BOX}(?!\S)|highlighter-)")
_NO_LANGUAGES = frozenset(  # the last ones are what a page's own is chosen by
    "default none nohighlight plain plaintext text txt picker selector switcher".split()
)
_SECTIONS = frozenset("article body html main section".split())  # have the page's own, too
_LABELS = frozenset(["button", "span"])  # that may stand before code in its box
_AROUND = 4  # elements, those of a table with numbers aside
_TABLE = frozenset("table tbody tr td".split())


def language(places: Places, pre: int) -> str:
    """The language that a block of code is in, as highlighters name it; empty for none."""
    name = next(_languages(places, pre), "")
    return "" if name in _NO_LANGUAGES else name


def _languages(places: Places, pre: int) -> Iterator[str]:
    for element in range(pre, min(pre + 2, places.ends[pre])):
        if places.tags[element] in ("pre", "code"):
            attributes = places.attributes[element]
            named = [attributes.get(name, "") for name in ("data-lang", "data-language")]
            for words in (attributes.get("class", ""), *(f"language-{name}" for name in named)):
                if found := _LANGUAGE.search(words):
                    yield found[1]
    above = [each for each in _above(places, pre) if places.tags[each] not in _TABLE]
    for element in above[:_AROUND]:
        found = _LANGUAGE_AROUND.search(places.words[element])
        if found and (found[0].startswith(_BOX) or _is_of_code(places, element, pre)):
            yield found[1]


def _is_of_code(places: Places, element: int, pre: int) -> bool:
    """Whether what is said of an element around a block of code is said of that code."""
    if places.tags[element] in ("pre", "code") or _HIGHLIGHTED.search(places.words[element]):
        return True
    before = places.tags[element + 1 : pre] if places.ends[pre] == places.ends[element] else ["p"]
    return set(before) <= _LABELS


def _above(places: Places, element: int) -> Iterator[int]:
    """The next elements around one, in its section of the page."""
    for _ in range(_AROUND + len(_TABLE)):
        element = places.parents[element]
        if element < 0 or places.tags[element] in _SECTIONS:
            return
        yield element


def around_code(page: Page, places: Places, outline: Outline) -> frozenset[int]:
    """The lines of a page that a reader of its code does not want."""
    elements = page.element.tolist()
    by_pre: dict[int, list[int]] = {}
    for line, element in enumerate(elements):
        if outline.pre[element] >= 0:
            by_pre.setdefault(outline.pre[element], []).append(line)
    if not by_pre:
        return frozenset()
    return frozenset(
        [*_numbers(page, places, outline, by_pre), *_buttons(page, places, outline, by_pre)]
    )


def _numbers(
    page: Page, places: Places, outline: Outline, by_pre: dict[int, list[int]]
) -> list[int]:
    """The lines that count those of the code in the next cell.

    A number alone may be what a table is about: it counts one line of code, from 1 on or from
    where the rows before end. Nor are those counts whose column has a name.
    """
    in_cells = {pre: lines for pre, lines in by_pre.items() if outline.cell[pre] >= 0}
    sizes: Counter[int] = Counter()  # lines of code by cell
    for pre, lines in in_cells.items():
        sizes[outline.cell[pre]] += len(lines)
    names = Counter(
        outline.table[element]
        for element, tag in enumerate(places.tags)
        if tag == "th" and element not in sizes
    )
    by_table: dict[int, list[list[int]]] = {}
    for pre, lines in in_cells.items():
        table, beside = outline.table[pre], sizes[_next(places, outline.cell[pre])]
        is_alone = len(lines) == 1
        may_count = beside == 1 if is_alone else beside and _counts([page.texts[x] for x in lines])
        # The name of one column alone is that of the code.
        if may_count and names[table] < 2:
            by_table.setdefault(table, []).append(lines)
    found = []
    for blocks in by_table.values():
        whole = [line for lines in blocks for line in lines]
        texts = [page.texts[line] for line in whole]
        goes_on = _counts(texts) and (len(blocks[0]) > 1 or texts[0].strip() == "1")
        found += whole if goes_on else [x for lines in blocks if len(lines) > 1 for x in lines]
    return found


def _next(places: Places, cell: int) -> int:
    """What follows a cell in its row; -1 for nothing."""
    after = places.ends[cell]
    is_next = after < len(places.tags) and places.parents[after] == places.parents[cell]
    return after if is_next else -1


def _counts(texts: Sequence[str]) -> bool:
    """Whether lines are numbers, each the one before and one more.

    >>> _counts([" 9", "10"]), _counts(["1", "3"]), _counts(["1", "b"])
    (True, False, False)
    """
    words = [text.strip() for text in texts]
    if not all(word.isascii() and word.isdecimal() for word in words):
        return False
    first = int(words[0][:_LONGEST_NUMBER])
    return all(word == str(number) for number, word in enumerate(words, first))


def _buttons(
    page: Page, places: Places, outline: Outline, by_pre: dict[int, list[int]]
) -> list[int]:
    """The lines of buttons to copy or run code, beside a block of it or in the same box as one.

    Those in a block are no lines.
    """
    buttons, boxes = _columns(places)
    elements = page.element.tolist()
    sizes = Counter(buttons[element] for element in elements)
    with_code = set()
    for pre in by_pre:
        box = boxes[pre]
        while box >= 0 and box not in with_code:
            with_code.add(box)
            parent = places.parents[box]
            box = boxes[parent] if parent >= 0 else -1
    after = {places.ends[pre] for pre in by_pre}
    found = []
    for line, element in enumerate(elements):
        button = buttons[element]
        # One that is never closed holds the code itself.
        if button < 0 or sizes[button] > 1 or outline.pre[element] >= 0:
            continue
        is_around = boxes[button] in with_code or button in after or places.ends[button] in by_pre
        words = _NO_WORDS.sub(" ", page.texts[line]).strip().casefold()
        if is_around and words in _BUTTONS:
            found.append(line)
    return found


def _columns(places: Places) -> tuple[list[int], list[int]]:
    """For each element the button and the box it is in; -1 for none."""
    buttons: list[int] = []
    boxes: list[int] = []
    for element, (tag, parent) in enumerate(zip(places.tags, places.parents, strict=True)):
        is_box = tag == "figure" or _BOX in places.words[element].split()
        boxes.append(element if is_box else boxes[parent] if parent >= 0 else -1)
        buttons.append(element if tag == "button" else buttons[parent] if parent >= 0 else -1)
    return buttons, boxes
