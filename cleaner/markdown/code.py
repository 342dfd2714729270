"""What stands around code and is none of it: the numbers of its lines, and buttons to copy it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from cleaner.markdown.outline import Outline
from cleaner.markdown.place import Places
from cleaner.split.page import Page

_LONGEST_NUMBER = 7  # digits
_BOX = "highlight"  # the class word of what many highlighters put around code


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
    """The lines that count those of the code in the next cell."""
    cells = {outline.cell[pre] for pre in by_pre}
    found = []
    for pre, lines in by_pre.items():
        cell = outline.cell[pre]
        if cell >= 0 and _is_next(places, cell, cells) and _counts([page.texts[x] for x in lines]):
            found += lines
    return found


def _is_next(places: Places, cell: int, cells: set[int]) -> bool:
    after = places.ends[cell]
    return after in cells and places.parents[after] == places.parents[cell]


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
    """The lines of buttons in a block of code, or in the same box as one.

    A block of which all is in buttons is none with a button.
    """
    buttons, boxes = _columns(places)
    elements = page.element.tolist()
    sizes = Counter(buttons[element] for element in elements)
    filled = {
        pre for pre, lines in by_pre.items() if any(buttons[elements[line]] < 0 for line in lines)
    }
    with_code = set()
    for pre in by_pre:
        box = boxes[pre]
        while box >= 0 and box not in with_code:
            with_code.add(box)
            parent = places.parents[box]
            box = boxes[parent] if parent >= 0 else -1
    found = []
    for line, element in enumerate(elements):
        button, pre = buttons[element], outline.pre[element]
        # One that is never closed holds the code itself.
        if button < 0 or sizes[button] > 1 or outline.pre[button] != pre:
            continue
        if pre in filled if pre >= 0 else boxes[button] in with_code:
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
