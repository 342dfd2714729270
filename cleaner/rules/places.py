"""Where on an HTML page rules apply: the lines in elements that class words or paths name."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import numpy as np
from lxml import etree
from numpy.typing import NDArray

from cleaner.rules.template import MOST_STEPS, Rule, css_to_xpath
from cleaner.rules.xpaths import compile_xpath
from cleaner.split.names import names
from cleaner.split.page import Elements, NamedElements, Page
from cleaner.types import CleanerError

Int64 = NDArray[np.int64]

# A selector of which the words after a dot or a hash must all stand on a page to find anything.
_PLAIN_CSS = re.compile(r"(?:[\w-]|[.#](?=[A-Za-z_-])|[ >+~])+")
_STEP_CHARS = 60
_NUMBER = re.compile(r"\d+")
_CSS_WORD = re.compile(r"[.#]([\w-]+)")


def place_words(rule: Rule) -> set[str]:
    """The words of classes and the like that say whether `rule` may find its place on a page."""
    named = (word for words in rule.classes for word in (words, *words.split(".")) if word)
    return {*named, *rule.excepted, *(word for css in rule.css for word in _required_words(css))}


def sought_words(rule: Rule) -> frozenset[str] | None:
    """The words one of which a page must have for `rule` to find its place; None if any may do."""
    required = [_required_words(css) for css in rule.css]
    if rule.path or rule.xpath or not all(required):
        return None
    named = (word for words in rule.classes for word in words.split("."))
    return frozenset(named).union(*required)


def find_places(page: Page, rules: Mapping[int, Rule], named: NamedElements) -> dict[int, Int64]:
    """For each rule that names elements, by number: the lines that stand in one of them.

    For a rule with `outside`, the lines that stand in none, if the page has any.
    """
    lines = {
        number: np.zeros(0, dtype=np.int64) for number, rule in rules.items() if rule.has_place
    }
    elements = page.elements
    if elements is None or not lines:
        return lines
    if by_path := [number for number in lines if rules[number].path]:
        ends = line_paths(page)
        for number in by_path:
            paths_of = frozenset(rules[number].path)
            hit = [line for line, path in enumerate(ends) if not paths_of.isdisjoint(path)]
            lines[number] = np.array(hit, dtype=np.int64)
    nodes: list[Any] = []
    words = named.words.keys()
    for number, on_path in lines.items():
        rule = rules[number]
        places = named.of(rule.classes)
        paths = [css_to_xpath(css) for css in rule.css if _required_words(css) <= words]
        if (paths or rule.xpath) and page.source is not None:
            nodes = nodes or page.source.nodes()
            places = np.union1d(places, _named_by_path(nodes, [*paths, *rule.xpath]))
        if rule.without and len(places):
            places = places[~_hold(elements, places, rule.without)]
        if len(places):
            inside: Int64 = np.flatnonzero(_inside(page, elements, places) != rule.outside)
            lines[number] = np.union1d(on_path, inside) if len(on_path) else inside
        excepted = named.of(rule.excepted)
        if len(excepted):
            lines[number] = lines[number][~_inside(page, elements, excepted)[lines[number]]]
    return lines


def _inside(page: Page, elements: Elements, places: Int64) -> NDArray[np.bool_]:
    """Which lines stand in one of some elements, which are in rising order.

    An element of the page is in one if it is no later than the end of the last of them that
    begins before it, or than that of one around that one.
    """
    ends = np.maximum.accumulate(elements.ends[places])
    before = np.searchsorted(places, page.element, side="right") - 1
    return np.asarray((before >= 0) & (page.element < ends[before]))


def line_paths(page: Page) -> list[tuple[str, ...]]:
    """Per line of an HTML page the last one to `MOST_STEPS` steps of its path, as rules name them.

    A step is a tag with the first word of its class or id, as in `div.story/p`; a number is `*`.
    """
    elements = page.elements
    if elements is None:
        return [() for _ in range(len(page))]
    steps = {number: _step(*elements.pairs[number]) for number in set(elements.signatures.tolist())}
    known: dict[int, tuple[str, ...]] = {}
    for element in set(page.element.tolist()):
        ends: list[str] = []
        at = element
        while at >= 0 and len(ends) < MOST_STEPS:
            step = steps[int(elements.signatures[at])]
            ends.append(f"{step}/{ends[-1]}" if ends else step)
            at = int(elements.parents[at])
        known[element] = tuple(ends)
    return [known[element] for element in page.element.tolist()]


def _step(tag: str, attributes: str) -> str:
    words = attributes.split(maxsplit=1)
    return f"{tag}.{_NUMBER.sub('*', words[0][:_STEP_CHARS])}" if words else tag


def _hold(elements: Elements, places: Int64, tags: tuple[str, ...]) -> NDArray[np.bool_]:
    """Which of some elements hold one of `tags`."""
    is_tag = _flags_of(tags)
    is_hit = is_tag[elements.tag_numbers]
    if is_tag[0]:  # some of them have no number, as tags that are seldom met
        for other in np.flatnonzero(elements.tag_numbers == 0).tolist():
            is_hit[other] = elements.pairs[other][0] in tags
    hits = np.flatnonzero(is_hit[elements.signatures])
    return np.asarray(
        np.searchsorted(hits, elements.ends[places]) > np.searchsorted(hits, places + 1)
    )


@lru_cache(maxsize=256)
def _flags_of(tags: tuple[str, ...]) -> NDArray[np.bool_]:
    """By the numbers of tags, which are of `tags`; the first says whether any has no number."""
    known = names().number
    flags = np.zeros(len(known) + 1, dtype=np.bool_)
    flags[[known.get(tag, 0) for tag in tags]] = True
    return flags


def _named_by_path(nodes: list[Any], paths: list[str]) -> Int64:
    indices = {node: index for index, node in enumerate(nodes)}
    found = (node for path in paths for node in _follow(path, nodes[0]))
    return np.array(sorted({indices[node] for node in found if node in indices}), dtype=np.int64)


def _follow(path: str, root: Any) -> Any:
    try:
        return compile_xpath(path)(root)
    except etree.XPathError as error:
        raise CleanerError(f"XPath {path!r} cannot be followed on this page: {error}") from None


@lru_cache(maxsize=4096)
def _required_words(css: str) -> frozenset[str]:
    """The class and id words without which a selector finds nothing; none if that is unclear.

    >>> sorted(_required_words("section.related > .products")), _required_words("a[href], .b")
    (['products', 'related'], frozenset())
    """
    return frozenset(_CSS_WORD.findall(css) if _PLAIN_CSS.fullmatch(css) else ())
