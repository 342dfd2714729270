"""HTML to lines: one line is the visible text of one block-level run."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from lxml import etree

from cleaner.split.detect import looks_like_html
from cleaner.split.page import Elements, Page
from cleaner.split.text import split_text
from cleaner.types import Gap

# Elements whose content nobody reads as text. `head` is none of them: the parser knows no
# HTML5, and leaves a body that begins with `<nav>` or `<main>` in the head.
_UNREAD = frozenset(
    (
        "script style template title meta link base svg select textarea iframe object applet "
        "audio video canvas map datalist noframes noembed xmp"
    ).split()
)

# Elements that are boxes in a line of text: the words before and after them are apart.
_BOXES = frozenset(
    (
        "img input select textarea svg iframe object applet audio video canvas embed meter progress"
    ).split()
)

# Elements that end the line before them and the line in them, by the gap they leave.
_BLOCK_GAPS: dict[str, Gap] = {
    **dict.fromkeys(
        (
            "address article aside blockquote body center details dialog dir div dl fieldset "
            "figcaption figure footer form h1 h2 h3 h4 h5 h6 head header hgroup hr html main "
            "menu nav ol p pre section summary table ul listing plaintext caption frameset "
            "noscript"
        ).split(),
        Gap.PARAGRAPH,
    ),
    **dict.fromkeys(("li dt dd tr thead tbody tfoot button legend option").split(), Gap.LINE),
    **dict.fromkeys(["td", "th"], Gap.CELL),
}

# Where one inline element ends and another starts with nothing between, and one has a name, they
# are apart on the screen, as a date and an author are. Drop caps and markup of letters are not.
_ENDED, _STARTED, _NAMED = 1, 2, 4
_PARTED = _ENDED | _STARTED | _NAMED

_HEADINGS = frozenset(["h1", "h2", "h3", "h4", "h5", "h6"])
_PREFORMATTED = frozenset(["pre", "listing", "plaintext"])
_CONDITIONAL_COMMENT = re.compile(
    r"<!--\[if\b[^\]<>]{0,200}\]>(?:(?!<!--).)*?<!\[endif\]-->"  # closed: with what it holds
    r"|<!--\[if\b[^\]<>]{0,200}\]>|<!\[endif\]-->",  # not closed: the marks alone
    re.IGNORECASE | re.DOTALL,
)
_NESTING_TAG = re.compile(
    r"</?(?!(?:p|br|li|h[1-6]|tr|td|script|style|title|textarea|select|pre)\b)[a-z][^<>]*>",
    re.IGNORECASE,
)
_NO_TEXT = 40  # characters; a page with fewer has its text elsewhere
_MAX_NAME = 500  # characters of a class or id that are read


def split_html(source: str) -> Page:
    """The visible text of a page by block-level runs, with the elements it stands in.

    Text that is hidden (`hidden`, `display:none`) or in `<noscript>` is split too, for the
    model to judge. A page whose DOM holds no text is read from its JSON-LD `articleBody`.
    """
    page = _split(source)
    if _text_length(page) < _NO_TEXT and "<!--" in source:
        # An unclosed comment swallows the rest of a page; half-stripped pages have them.
        page = max(page, _split(_open_comments(source)), key=_text_length)
    return page


def _split(source: str) -> Page:
    page = Page("html", elements=Elements())
    root = _parse(source)
    if root is None or page.elements is None:
        return page
    page.title, page.generator = _head(root)
    _walk(root, page, page.elements)
    if _seen_length(page, page.elements) < _NO_TEXT:
        return _article_body(root, page) or page
    return page


def _seen_length(page: Page, elements: Elements) -> int:
    """The characters a reader with scripts on would see, counted up to enough."""
    seen = 0
    unseen: dict[int, bool] = {-1: False}  # of elements climbed past, so that none is twice
    for text, element in zip(page.texts, page.element, strict=True):
        climbed, above = [], element
        while above not in unseen:
            climbed.append(above)
            above = elements.parents[above]
        for below in reversed(climbed):
            is_out = elements.tags[below] == "noscript" or elements.hidden[below]
            unseen[below] = is_out or unseen[elements.parents[below]]
        if not unseen[element]:
            seen += len(text)
        if seen >= _NO_TEXT:
            break
    return seen


def _text_length(page: Page) -> int:
    return sum(map(len, page.texts))


def _open_comments(source: str) -> str:
    """`source` without the comment marks that nothing closes and conditional ones."""
    source = _CONDITIONAL_COMMENT.sub(" ", source)
    end = source.rfind("-->") + 1
    return source[:end] + source[end:].replace("<!--", " ")


def _parse(source: str) -> etree._Element | None:
    root, is_whole = _parse_once(source)
    if not is_whole:
        # The parser gives up on what is nested too deep. Only tags that never nest stay then.
        root, _ = _parse_once(_NESTING_TAG.sub(" ", source))
    return root


def _parse_once(source: str) -> tuple[etree._Element | None, bool]:
    """The document element, and whether the parser read to the end."""
    data = source.replace("\0", "").encode("utf-8", "replace")
    parser = etree.HTMLParser(
        encoding="utf-8", remove_comments=True, remove_pis=True, huge_tree=True
    )
    try:
        root = etree.fromstring(data, parser) if data.strip() else None
    except etree.XMLSyntaxError:  # nothing in it that is an element or text
        root = None
    is_whole = all("depth" not in entry.message for entry in parser.error_log)
    return root, is_whole


def _head(root: etree._Element) -> tuple[str, str]:
    """The page's title and the generator it names."""
    title = generator = ""
    for element in root.iter("title", "meta"):
        if element.tag == "title":
            title = title or " ".join("".join(map(str, element.itertext())).split())
        elif (element.get("name") or "").lower() == "generator":
            generator = generator or (element.get("content") or "").strip()
    return title, generator


def _walk(root: etree._Element, page: Page, elements: Elements) -> None:  # noqa: PLR0912, PLR0915
    """Fill the columns of `page` and `elements` in one pass over the tree.

    One function, since a call per element would cost more than all it does.
    """
    nodes, parents, tags = elements.nodes, elements.parents, elements.tags
    ends, attributes, hidden = elements.ends, elements.attributes, elements.hidden
    unread, boxes = _UNREAD, _BOXES

    stack: list[int] = []  # open elements, as indices into the columns
    run: list[str] = []  # the text of the line so far
    owner = owner_depth = low = 0  # innermost element that holds the whole run so far
    link_depth = pre_depth = link_chars = links = breaks = 0
    gap, marker = Gap.PARAGRAPH, ""
    seam = 0  # what stands between the run's last text and the next, as bits

    def flush() -> None:
        nonlocal link_chars, links, gap, marker, breaks
        if run:
            joined = "".join(run)
            run.clear()
            texts = joined.splitlines() if pre_depth else [joined]
            for raw in texts:
                text = raw.rstrip() if pre_depth else " ".join(raw.split())
                if not text:
                    continue
                page.texts.append(text)
                page.gaps.append(gap)
                page.markers.append(marker)
                page.source_lines.append(nodes[owner].sourceline or 0)  # type: ignore[arg-type]
                page.element.append(owner)
                page.link_chars.append(min(link_chars, len(text)))
                page.links.append(links)
                gap, marker = (Gap.LINE if pre_depth else Gap.NONE), ""
                breaks = 0
            link_chars = links = 0

    def add(text: str) -> None:
        nonlocal owner, owner_depth, low, link_chars, seam
        if text.isspace():
            seam = 0
            if run:
                run.append(text if pre_depth else " ")
            return
        if not run:
            owner_depth = len(stack)
            owner = stack[-1]
        else:
            if low < owner_depth:
                owner_depth = low
                owner = stack[low - 1]
            if seam == _PARTED and _are_words(run[-1], text):
                run.append(" ")
        seam = 0
        low = len(stack)
        run.append(text)
        if link_depth:
            link_chars += len(text)

    walker = etree.iterwalk(root, events=("start", "end"))
    for event, node in walker:
        tag = node.tag
        if event == "start":
            if tag in boxes and run:
                run.append(" ")
            if tag in unread:
                walker.skip_subtree()
                stack.append(-1)
                continue
            index = len(tags)
            parent = stack[-1] if stack else -1
            words, is_hidden = _attributes(node)
            nodes.append(node)
            parents.append(parent)
            ends.append(0)
            tags.append(tag)
            attributes.append(words)
            is_hidden = is_hidden or (parent >= 0 and hidden[parent])
            hidden.append(is_hidden)
            stack.append(index)
            step = _step(tag, is_hidden)
            if step is None and seam & _ENDED:
                seam |= _STARTED | (_NAMED if words else 0)
            if step is not None:
                flush()
                gap = max(gap, step)
                if tag == "li":
                    marker = "- "
                elif tag in _HEADINGS:
                    marker = ""  # a card with a heading is no item of a list
                elif tag in _PREFORMATTED:
                    pre_depth += 1
            elif tag == "a":
                if link_depth == 0 and run and low < len(stack) and links:
                    run.append(" ")  # links side by side are apart on the screen
                link_depth += 1
                links += 1
            elif tag == "br":
                if pre_depth:
                    run.append("\n")
                else:
                    flush()
                    breaks += 1
                    gap = max(gap, Gap.LINE if breaks == 1 else Gap.PARAGRAPH)
            text = node.text
            if text:
                add(text)
        else:
            index = stack.pop()
            if index >= 0:
                ends[index] = len(tags)
                step = _step(tag, hidden[index])
                if step is None:
                    seam |= _ENDED | (_NAMED if attributes[index] else 0)
                if step is not None:
                    flush()
                    gap = max(gap, step)
                    if tag in _PREFORMATTED:
                        pre_depth -= 1
                    elif tag == "li":
                        marker = ""
                elif tag == "a":
                    link_depth -= 1
            low = min(low, len(stack))
            text = node.tail
            if text and stack:
                add(text)
    flush()


def _are_words(before: str, after: str) -> bool:
    """Whether two texts that touch would run two words together."""
    return len(before) > 1 < len(after) and before[-1].isalnum() and after[0].isalnum()


def _step(tag: str, is_hidden: bool) -> Gap | None:
    """The gap an element leaves before and after it; None if it stands within a line."""
    step = _BLOCK_GAPS.get(tag)
    if step is None:
        if "-" in tag:
            return Gap.PARAGRAPH  # custom elements are containers more often than not
        if is_hidden:
            return Gap.SPACE  # hidden words are no part of the line a reader sees
    return step


def _attributes(node: etree._Element) -> tuple[str, bool]:
    """The words that say what an element is for, and whether it is hidden from readers."""
    if not node.keys():
        return "", False
    get = node.get
    words = [
        value[:_MAX_NAME] for name in ("class", "id", "role", "itemprop") if (value := get(name))
    ]
    style = get("style")
    is_hidden = get("hidden") is not None or (
        style is not None and "none" in style and "display:none" in style.replace(" ", "").lower()
    )
    return " ".join(words), is_hidden


def _article_body(root: etree._Element, page: Page) -> Page | None:
    """The page's text as its JSON-LD gives it, when it gives more than the DOM."""
    bodies = [
        body
        for script in root.iter("script")
        if (script.get("type") or "").strip().lower() == "application/ld+json"
        for body in _find_article_bodies(script.text or "")
    ]
    best = max(bodies, key=len, default="")
    if len(best) <= _text_length(page):
        return None
    if looks_like_html(best):
        inner = _split(best)
        inner.title, inner.generator = page.title, page.generator
        return inner
    text_page = split_text(best)
    text_page.title, text_page.generator = page.title, page.generator
    # Positions would be within the JSON string, not the source.
    text_page.source_lines = [0] * len(text_page)
    text_page.starts = text_page.ends = [-1] * len(text_page)
    return text_page


def _find_article_bodies(text: str) -> Iterator[str]:
    try:
        queue: list[Any] = [json.loads(text, strict=False)]
    except (ValueError, RecursionError):
        return
    while queue:
        value = queue.pop()
        if isinstance(value, list):
            queue.extend(value)
        elif isinstance(value, dict):
            body = value.get("articleBody")
            if isinstance(body, str):
                yield body
            queue.extend(v for v in value.values() if isinstance(v, dict | list))
