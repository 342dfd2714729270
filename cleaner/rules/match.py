"""Rulings: what the templates that are recognised on a page say of its lines."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from cleaner.host import host
from cleaner.rules.literals import (
    GUARD,
    LiteralIndex,
    fold,
    fold_page,
    fold_prefix,
    fold_units,
    longest_folded,
    stand_in,
)
from cleaner.rules.patterns import compile_pattern, matches, required_literal
from cleaner.rules.places import find_places, place_words, sought_words
from cleaner.rules.rulings import Ruling, Rulings
from cleaner.rules.template import Rule, Template, is_regex_line
from cleaner.split.page import Elements, Page
from cleaner.types import Gap

Int64 = NDArray[np.int64]

_EDGE = 15  # lines that count as a page's start, and as its end

_LONGEST_LIST = 40  # lines after the one that heads a list
_HEADLINE_WORDS = 20  # more than this is prose
_HEADLINE_CHARS = 120  # so is this, in scripts that do not part words
_PROSE_ENDS = (".", ":", ";", ",", "。", "；", "，", "…")  # not ! and ?, on which headlines end
_CLOSING = "\"'”’»)]」"
_LIST_MARKERS = ("- ", "* ", "• ", "· ", "– ")


@dataclass(frozen=True, slots=True)
class _Bound:
    """A rule with the number of its template and the ruling it gives."""

    template: int
    rule: Rule
    ruling: Ruling


@dataclass(frozen=True, slots=True, eq=False)
class _Literal:
    """An exact line or a prefix: whose it is, and whether its template is known by it."""

    template: int
    rule: int | None
    sign: bool


@dataclass(slots=True)
class _Index:
    """Where to look for the templates that a page may be one of."""

    always: set[int] = field(default_factory=set)
    domains: dict[str, set[int]] = field(default_factory=dict)
    markers: dict[str, set[int]] = field(default_factory=dict)
    generators: list[tuple[str, int]] = field(default_factory=list)


class TemplateSet:
    """Templates made ready for use; of two with one name the later one counts.

    Holds plain values only, so that it can be sent to another process.
    """

    def __init__(self, templates: Sequence[Template]):
        self.templates = tuple({template.name: template for template in templates}.values())
        self._index = _index(self.templates)
        # By precedence: of the rules that hit a line the first one rules.
        self._rules = sorted(_bind(self.templates), key=self._precedence)
        self._words = frozenset(self._index.markers).union(
            *(place_words(bound.rule) for bound in self._rules)
        )
        self._table = [bound.ruling for bound in self._rules]
        self._literals: list[_Literal] = []
        self._literal_index = LiteralIndex(*self._number_literals())
        self._patterns = [
            (line[1:-1], number)
            for number, template in enumerate(self.templates)
            for line in template.match.fingerprint
            if is_regex_line(line)
        ]
        self._regexes = [
            (pattern, number)
            for number, bound in enumerate(self._rules)
            for pattern in bound.rule.regex
        ]
        # What stands in every match of a fingerprint or a regex: most pages hold few of them.
        self._guards = tuple(_guard(pattern) for pattern, _ in (*self._patterns, *self._regexes))
        self._plain = frozenset(n for n, bound in enumerate(self._rules) if bound.rule.plain)
        # The rules that name a place, by the words that tell it; and those told by other means.
        self._placed: dict[str, list[int]] = {}
        self._placed_otherwise: list[int] = []
        for number, bound in enumerate(self._rules):
            if bound.rule.has_place:
                words = sought_words(bound.rule)
                if words is None:
                    self._placed_otherwise.append(number)
                for word in words or ():
                    self._placed.setdefault(word, []).append(number)

    def _number_literals(self) -> tuple[list[tuple[str, int]], list[tuple[str, int]]]:
        """Exact lines and prefixes of all rules and fingerprints, by numbers in `_literals`."""
        exact: list[tuple[str, int]] = []
        prefixes: list[tuple[str, int]] = []
        for number, bound in enumerate(self._rules):
            for texts, numbered in ((bound.rule.exact, exact), (bound.rule.prefix, prefixes)):
                for text in texts:
                    numbered.append((text, len(self._literals)))
                    self._literals.append(
                        _Literal(bound.template, rule=number, sign=bound.rule.fingerprint)
                    )
        for number, template in enumerate(self.templates):
            for line in template.match.fingerprint:
                if not is_regex_line(line):
                    exact.append((line, len(self._literals)))
                    self._literals.append(_Literal(number, rule=None, sign=True))
        return exact, prefixes

    def _precedence(self, bound: _Bound) -> tuple[bool, int, str, str]:
        template = self.templates[bound.template]
        return not bound.ruling.keep, -template.priority, template.name, bound.rule.name

    def rulings(self, page: Page, *, url: str | None = None, site: str | None = None) -> Rulings:
        """A ruling for each line of `page`, or None where no rule has a say.

        A keep rule beats a drop rule; then the higher priority wins, then the name that sorts
        first. `url` is the page's, `site` the host of the site if that is known otherwise.
        """
        found = [(line, self._literals[n]) for line, n in self._literal_index.find(page)]
        search = _Search(page)
        elements = page.elements
        named_by = elements.find_words(self._words).on_page(elements) if elements else {}
        may_match = np.flatnonzero(stand_in(fold_units(page.units), self._guards)).tolist()
        signs = [self._patterns[place] for place in may_match if place < len(self._patterns)]
        recognised = self._recognise(page, found, search, signs, named_by, _hosts(url, site))
        if not recognised:
            return Rulings(np.full(len(page), -1, dtype=np.int32), self._table)

        texts: dict[int, set[int]] = {}
        silent = self._plain if elements is not None else frozenset()
        for line, literal in found:
            if literal.rule is not None and literal.template in recognised:
                texts.setdefault(literal.rule, set()).add(line)
        for place in may_match[len(signs) :]:
            pattern, number = self._regexes[place - len(self._patterns)]
            if self._rules[number].template in recognised and number not in silent:
                texts.setdefault(number, set()).update(search.lines(pattern))

        placed: dict[int, Int64] = {}
        if elements is not None:
            told = [number for word in named_by for number in self._placed.get(word, ())]
            rules = {n: self._rules[n].rule for n in (*told, *self._placed_otherwise)}
            rules = {n: r for n, r in rules.items() if self._rules[n].template in recognised}
            placed = find_places(page, rules, named_by)
        hits = {n: lines for n, lines in placed.items() if not self._rules[n].rule.has_text}
        for number, lines in texts.items():
            hit = np.array(sorted(lines), dtype=np.int64)
            if self._rules[number].rule.has_place:
                hit = np.intersect1d(hit, placed[number]) if number in placed else hit[:0]
            hits[number] = hit
        return self._decide(page, {n: lines for n, lines in hits.items() if n not in silent})

    def _recognise(
        self,
        page: Page,
        found: list[tuple[int, _Literal]],
        search: _Search,
        patterns: Sequence[tuple[str, int]],
        words: Collection[str],
        hosts: set[str],
    ) -> set[int]:
        """The numbers of the templates that the page is one of.

        `patterns` are those of fingerprints that may stand on it.
        """
        index = self._index
        recognised = set(index.always)
        for name in hosts:
            labels = name.split(".")
            for start in range(len(labels)):
                recognised |= index.domains.get(".".join(labels[start:]), set())
        if page.generator:
            generator = page.generator.casefold()
            recognised.update(n for prefix, n in index.generators if generator.startswith(prefix))
        for word in index.markers.keys() & set(words):
            recognised |= index.markers[word]

        signs: dict[int, set[object]] = {}
        for _, literal in found:
            if literal.sign:
                signs.setdefault(literal.template, set()).add(literal)
        for pattern, number in patterns:
            is_written = required_literal(pattern) in page.text  # not in other letters
            if is_written and number not in recognised and search.lines(pattern):
                signs.setdefault(number, set()).add(pattern)
        for number, seen in signs.items():
            match = self.templates[number].match
            is_elsewhere = bool(match.domains and hosts)
            if len(seen) >= match.fingerprint_min and not is_elsewhere:
                recognised.add(number)
        return recognised

    def _decide(self, page: Page, hits: Mapping[int, Int64]) -> Rulings:
        rulings = np.full(len(page), -1, dtype=np.int32)
        for number in sorted(hits):
            rule = self._rules[number].rule
            lines = hits[number]
            if rule.scope == "line":
                free = lines[rulings[lines] < 0]
                if rule.is_bounded:
                    free = free[[_fits(rule, page, line) for line in free.tolist()]]
                rulings[free] = number
                continue
            end = -1  # up to which a hit reaches nothing new
            for line in lines.tolist():
                if line <= end or not _fits(rule, page, line):
                    continue
                reach = _reach(rule, page, line)
                reached = rulings[reach.start : reach.stop]
                reached[reached < 0] = number
                if rule.scope == "to_end":
                    end = max(reach)
        return Rulings(rulings, self._table)


def _guard(pattern: str) -> str:
    """What stands in every folded text that `pattern` matches, empty if that says little."""
    literal = longest_folded(required_literal(pattern))
    return literal if len(literal) >= GUARD else ""


def _bind(templates: Iterable[Template]) -> Iterator[_Bound]:
    for number, template in enumerate(templates):
        for rule in template.rules:
            reason = f"template:{template.name}/{rule.name}"
            yield _Bound(number, rule, Ruling(rule.action == "keep", rule.kind, reason))


def _index(templates: Iterable[Template]) -> _Index:
    index = _Index()
    for number, template in enumerate(templates):
        match = template.match
        if match.always:
            index.always.add(number)
        for domain in match.domains:
            index.domains.setdefault(domain, set()).add(number)
        for marker in match.markers:
            index.markers.setdefault(marker, set()).add(number)
        index.generators += [(prefix.casefold(), number) for prefix in match.generator]
    return index


def _hosts(url: str | None, site: str | None) -> set[str]:
    return {name for address in (url, site) if address and (name := host(address))}


class _Search:
    """Regex searches over one page: no line is looked at that cannot match."""

    def __init__(self, page: Page):
        self._page = page

    @cached_property
    def _folded(self) -> str:
        return fold_page(self._page.text)

    @cached_property
    def _folded_lines(self) -> list[str]:
        return [line.strip() for line in self._folded.split("\n")[:-1]]

    def lines(self, pattern: str) -> set[int]:
        """The lines that `pattern` is found in.

        A pattern that once takes too long is left alone for the rest of the page, so that a
        page costs no more than one time-out a pattern.
        """
        guard = required_literal(pattern).casefold()
        found: set[int] = set()
        if guard not in self._folded:
            return found
        compiled = compile_pattern(pattern)
        with suppress(TimeoutError):
            for line in [line for line, text in enumerate(self._folded_lines) if guard in text]:
                if matches(compiled, " ".join(self._page.texts[line].split())):
                    found.add(line)
        return found


def _fits(rule: Rule, page: Page, line: int) -> bool:
    """Whether a line that the matchers hit also keeps the rule's bounds."""
    if rule.position == "start" and line >= _EDGE:
        return False
    if rule.position == "end" and line < len(page) - _EDGE:
        return False
    if not rule.min_words and rule.max_words is None:
        return True
    words = len(page.texts[line].split())
    return rule.min_words <= words and (rule.max_words is None or words <= rule.max_words)


def _reach(rule: Rule, page: Page, line: int) -> range:
    """The lines that a rule of more than one line rules when it hits `line`."""
    if rule.scope == "list":
        return range(line, list_end(page, line))
    until = tuple(fold_prefix(text) for text in rule.until)
    ends = (at for at in range(line + 1, len(page)) if fold(page.texts[at]).startswith(until))
    return range(line, next(ends, len(page)) if until else len(page))


def list_end(page: Page, head: int) -> int:
    """One past the last line of the list that `head` introduces.

    On an HTML page the list goes on while lines are list items or mostly link text. In a
    text it goes on while lines carry a list marker or look like headlines, which are short
    and end on no full stop, comma or colon; once a line of it follows without a blank line, a
    blank line ends it.
    """
    end = head + 1
    dense = False
    for line in range(head + 1, min(len(page), head + 1 + _LONGEST_LIST)):
        if page.elements is not None:
            is_link = page.link_chars[line] * 2 > len(page.texts[line])
            if not (is_link or _in_list_item(page.elements, int(page.element[line]))):
                break
        else:
            blank = page.gaps[line] == Gap.PARAGRAPH
            if (dense and blank) or not _is_headline(page.texts[line]):
                break
            dense = not blank
        end = line + 1
    return end


def _in_list_item(elements: Elements, element: int) -> bool:
    while element >= 0 and elements.tag(element) != "li":
        element = int(elements.parents[element])
    return element >= 0


def _is_headline(text: str) -> bool:
    """Whether a line of a text may be an item of a list of links.

    >>> _is_headline("Will the talks go on?"), _is_headline("The talks will go on.")
    (True, False)
    """
    if text.startswith(_LIST_MARKERS):
        return True
    is_short = len(text) <= _HEADLINE_CHARS and len(text.split()) <= _HEADLINE_WORDS
    return is_short and not text.rstrip(_CLOSING).endswith(_PROSE_ENDS)
