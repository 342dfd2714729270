"""What stands in the lines of a page and is not read there, or stands there twice.

Links from a heading to itself, notes for screen readers on where a link opens, formulas as MathML
beside the same as TeX, and numbers of lines and buttons to copy in code.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from cleaner.split.lines import plain_text, without_marks
from cleaner.split.names import IS_APART, IS_BLANKED, IS_HEADING, IS_PRE, NO_STEP, names
from cleaner.split.page import WordIndex
from cleaner.split.tree import Tags, Tree, inherit, last_tags

if TYPE_CHECKING:
    from cleaner.split.attributes import Attributes

Bool = NDArray[np.bool_]
Int64 = NDArray[np.int64]

# Classes of inline elements that nobody sees. Their words stand for what is seen there, as
# `4 of 5 stars` does, so they stay; but they are apart from those around them.
_UNSEEN = frozenset(
    (
        "sr-only screen-reader-text screen-reader-only visually-hidden visuallyhidden show-for-sr "
        "element-invisible a-offscreen"
    ).split()
)
_OPENS = (  # a link
    "new window|new tab|new browser|neuem fenster|neuen fenster|neues fenster|neuem tab|neuen tab"
    "|nouvelle fenêtre|nouvel onglet|nueva ventana|nueva pestaña|nuova finestra|nuova scheda"
    "|nova janela|nova aba|nova guia|nieuw venster|nieuw tabblad|nowym oknie|nowej karcie"
    "|nytt fönster|ny flik|nytt vindu|ny fane|nyt vindue|novém okně|nové kartě|nové záložce"
    "|yeni pencere|yeni sekme|uuteen ikkunaan|uudessa ikkunassa|νέο παράθυρο|νέα καρτέλα"
    "|новому вікні|новій вкладці|новом окне|новой вкладке"
    "|新しいウィンドウ|新しいタブ|新窗口|新視窗|新标签|新分頁|새 창|새창"
).split("|")
_EDIT = "mw-editsection"
_SEEN_AFTER_ALL = re.compile(r"(?<!focus:)(?<!focus-within:)\bnot-sr-only\b")  # on wide screens
_LONGEST_NOTE = 100  # characters
_PERMALINKS = frozenset(["headerlink", "hash-link", "header-anchor"])
_LINE_NUMBERS = frozenset("rouge-gutter linenos lineno line-numbers-rows".split())
_MATHML, _DRAWN = "katex-mathml", "katex-html"
_KNOWN = _UNSEEN | _PERMALINKS | _LINE_NUMBERS | {_EDIT, _MATHML, _DRAWN}

_SIGNS = frozenset(["", "#", "¶", "§", "🔗", "\uf0c1"])  # of a heading's link to itself
_BEGINS_SIGN = np.isin(np.arange(256), [*(sign.encode()[0] for sign in _SIGNS if sign), *b"& \n\t"])
_LONGEST_SIGN = 9  # bytes, with white space
_FEW = 6  # tags, of a link that shows a sign
_NUMBERS = re.compile(r"[\d\s]*")
_TEX = re.compile(rb' encoding="(?:application/)?(?:x-)?(?:la)?tex"', re.IGNORECASE)
_COPY = re.compile(
    "(?:cop(?:y|ied|ier|iar|ia)|kopi|копир|скопир|复制|複製|拷贝|コピー|복사)", re.IGNORECASE
)
_LONGEST_LABEL = 60  # characters, of a button


def blank_unread(
    data: bytes,
    tags: Tags,
    tree: Tree,
    attributes: Attributes,
    hidden: Bool,
    steps: NDArray[np.uint8],
) -> None:
    """Take the text out of `tags` that is not read, and mark in them what stands apart.

    `hidden` has the elements that are, and `steps` the gaps that tags leave, which those of what
    is taken out no longer do where they would part a line.
    """
    unread, aside, unseen = _unread(data, tags, tree, attributes, hidden, steps)
    is_inline = steps[tree.tag] == NO_STEP
    aside &= is_inline
    unseen &= is_inline & ~aside
    if unseen.any() or aside.any():
        tags.flags = tags.flags.copy()
        tags.flags[unseen[tree.of] & (tree.of >= 0)] |= IS_APART
    if not (unread.any() or aside.any()):
        return
    is_gone = _texts_in(unread, tree)
    is_aside = _texts_in(aside, tree)
    asides = np.flatnonzero(is_aside & ~is_gone & (tags.text_ends > tags.texts))
    if len(asides):
        asides = asides[_says_more(data, tags, steps, asides, is_aside | is_gone)]
        is_gone[asides] = True
        tags.flags[asides] |= IS_BLANKED
    gone = np.flatnonzero(is_gone)
    starts, ends = tags.texts[gone], tags.text_ends[gone]
    # A space that begins it goes on to part the words around it.
    space = (np.frombuffer(data, dtype=np.uint8)[starts] == ord(" ")) & (starts < ends)
    tags.text_ends = tags.text_ends.copy()
    tags.text_ends[gone] = starts + space


def _unread(
    data: bytes,
    tags: Tags,
    tree: Tree,
    attributes: Attributes,
    hidden: Bool,
    steps: NDArray[np.uint8],
) -> tuple[Bool, Bool, Bool]:
    """The elements that are never read, that are not where their line says more, and the unseen."""
    found = WordIndex.of(attributes.pairs, _KNOWN)
    of_pairs = np.zeros((6, len(attributes.pairs)), dtype=np.bool_)
    for pair, words in found.words.items():
        is_seen = _SEEN_AFTER_ALL.search(attributes.pairs[pair][1])
        of_pairs[:, pair] = [
            not (_UNSEEN.isdisjoint(words) or is_seen), _EDIT in words,
            not _PERMALINKS.isdisjoint(words),
            not _LINE_NUMBERS.isdisjoint(words), _MATHML in words, _DRAWN in words,
        ]  # fmt: skip
    unread = np.zeros(len(tree.tag), dtype=np.bool_)
    marks = np.zeros((6, len(tree.tag)), dtype=np.bool_)
    named = np.flatnonzero(found.has[attributes.signatures])
    marks[:, named] = of_pairs[:, attributes.signatures[named]]
    unseen, aside, permalinks, numbers, mathml, drawn = marks
    if unseen.any():
        aside[_outermost(unseen, _tells_where, data, tags, tree)] = True

    signs = _signs(data, tags, tree, attributes, np.flatnonzero(permalinks))
    aside[signs] = True
    unread[signs[hidden[signs]]] = True  # of a line of their own, which they would be

    if numbers.any():
        unread[_outermost(numbers, _NUMBERS.fullmatch, data, tags, tree)] = True

    after = tree.ends[mathml]
    after = after[after < len(drawn)]
    unread[after[drawn[after]]] = True
    is_note = _notes(attributes)
    if is_note.any():
        notes = np.flatnonzero(is_note[attributes.signatures])
        _choose_formulas(data, tags, tree, attributes, hidden, notes, unread)
        notes = notes[unread[notes]]
        spans = zip(tree.tag[notes].tolist(), last_tags(tags, tree)[notes].tolist(), strict=True)
        for first, last in spans:  # one in XML would part the words around it
            steps[first : last + 1] = NO_STEP

    is_button = attributes.tags == names().number["button"]
    is_pre = (names().flags[attributes.tags] & IS_PRE) != 0
    if is_button.any() and is_pre.any():
        buttons = is_button[attributes.signatures]
        buttons &= inherit(is_pre[attributes.signatures], tree.ends)
        unread[_outermost(buttons, _copies, data, tags, tree)] = True
    return unread, aside, unseen


def _signs(data: bytes, tags: Tags, tree: Tree, attributes: Attributes, permalinks: Int64) -> Int64:
    """The links that show no more than a sign: in headings, and of `permalinks` anywhere."""
    links = np.flatnonzero((tags.name == names().number["a"]) & tags.opens)
    sizes = tags.text_ends[links] - tags.texts[links]
    is_closed = np.append(tags.closes[1:], False)[links]  # by the next tag
    short = links[(sizes > 0) & (sizes <= _LONGEST_SIGN) & is_closed]
    short = short[_BEGINS_SIGN[np.frombuffer(data, dtype=np.uint8)[tags.texts[short]]]]
    found = [at for at in short.tolist() if _shown(data, tags, at, at + 1) in _SIGNS]
    signs = tree.of[np.array(found, dtype=np.int64)]
    if len(signs):
        is_heading = (names().flags[attributes.tags] & IS_HEADING) != 0
        signs = signs[inherit(is_heading[attributes.signatures], tree.ends)[signs]]
    if len(permalinks):
        first, last = tree.tag[permalinks], last_tags(tags, tree)[permalinks]
        spans = zip(first.tolist(), last.tolist(), strict=True)
        shows = [b - a <= _FEW and _shown(data, tags, a, b) in _SIGNS for a, b in spans]
        signs = np.concatenate([signs, permalinks[np.array(shows)]])
    return signs


def _notes(attributes: Attributes) -> Bool:
    """Which pairs are of notes on a formula."""
    is_note: Bool = attributes.tags == names().number["annotation"]
    unknown = np.flatnonzero(attributes.tags == 0).tolist()
    is_note[[at for at in unknown if attributes.pairs[at][0] == "annotation-xml"]] = True
    return is_note


def _choose_formulas(
    data: bytes,
    tags: Tags,
    tree: Tree,
    attributes: Attributes,
    hidden: Bool,
    notes: Int64,
    unread: Bool,
) -> None:
    """Of formulas in several forms, note all but the TeX as `unread`, or else the notes on it."""
    chosen: set[int] = set()
    for element in notes.tolist():
        formula, tag = int(tree.parents[element]), int(tree.tag[element])
        if formula < 0 or attributes.pairs[attributes.signatures[formula]][0] != "semantics":
            continue
        start, end = int(tags.texts[tag]), int(tags.text_ends[tag])
        is_tex = _TEX.search(data, int(tags.at[tag]), start) and data[start:end].strip()
        if is_tex and formula not in chosen and hidden[element] <= hidden[formula]:
            chosen.add(formula)
            unread[formula + 1 : element] = True
        elif element > formula + 1:  # the first form is shown
            unread[element] = True


def _outermost(
    marks: Bool, says: Callable[[str], object], data: bytes, tags: Tags, tree: Tree
) -> list[int]:
    """The marked elements, but for those in others, of whose text `says` is true."""
    marked = np.flatnonzero(marks)
    columns = (marked, tree.ends[marked], tree.tag[marked], last_tags(tags, tree)[marked])
    found, until = [], 0
    for element, end, first, last in zip(*(each.tolist() for each in columns), strict=True):
        if element >= until:
            until = end
            if says(_shown(data, tags, first, last)):
                found.append(element)
    return found


def _tells_where(note: str) -> bool:
    """Whether a note says where a link opens."""
    return len(note) <= _LONGEST_NOTE and _names_a_window(note.lower())


@lru_cache(maxsize=1 << 12)  # a site's notes are few
def _names_a_window(note: str) -> bool:
    return any(each in note for each in _OPENS)


def _copies(label: str) -> bool:
    """Whether a button's words say that it copies; one never closed holds what follows it."""
    return len(label) <= _LONGEST_LABEL and "\n" not in label and _COPY.match(label) is not None


def _shown(data: bytes, tags: Tags, first: int, last: int) -> str:
    """The text behind the tags from `first` up to `last`."""
    spans = zip(tags.texts[first:last].tolist(), tags.text_ends[first:last].tolist(), strict=True)
    return _words(b"".join([data[start:end] for start, end in spans]))


def _words(text: bytes) -> str:
    """What is seen of a text, without white space around it."""
    return without_marks(plain_text(text.decode("utf-8", "replace"))).strip()


def _texts_in(marks: Bool, tree: Tree) -> Bool:
    """Of which tags the text behind them stands in a marked element."""
    if not marks.any():
        return np.zeros(len(tree.current), dtype=np.bool_)
    return np.asarray((inherit(marks, tree.ends)[tree.current]) & (tree.current >= 0))


def _says_more(
    data: bytes, tags: Tags, steps: NDArray[np.uint8], asides: Int64, marks: Bool
) -> Bool:
    """Whether the lines that the texts behind the tags `asides` are in have words without marks."""
    edges = np.flatnonzero((steps != NO_STEP) | (tags.name == names().number["br"]))
    edges = np.concatenate([[0], edges, [len(steps)]])
    lines, which = np.unique(np.searchsorted(edges, asides, side="right"), return_inverse=True)
    others = np.flatnonzero(~marks & (tags.text_ends > tags.texts))
    first, last = (np.searchsorted(others, bound) for bound in (edges[lines - 1], edges[lines]))
    says = [
        any(_words(data[tags.texts[at] : tags.text_ends[at]]) for at in others[a:b].tolist())
        for a, b in zip(first.tolist(), last.tolist(), strict=True)
    ]
    return np.array(says, dtype=np.bool_)[which]
