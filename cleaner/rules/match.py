"""Rulings: what the templates that are recognised on a page say of its lines."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from cleaner.host import host
from cleaner.rules.literals import HEAD, LiteralIndex, fold, fold_lines, fold_prefix
from cleaner.rules.patterns import compile_pattern, matches, required_literal
from cleaner.rules.places import find_places, place_words, sought_words
from cleaner.rules.rulings import Ruling, Rulings
from cleaner.rules.template import Rule, Template, is_regex_line
from cleaner.split.page import Elements, NamedElements, Page
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
class _Sign:
    """A literal or a regex: of which template, and whether that is known by it.

    `rule` is the rule that it hits lines for, if any; `regex` is empty of a literal.
    """

    template: int
    rule: int | None
    recognises: bool
    regex: str = ""


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
        self._signs, self._index_of_signs, self._unindexed = self._index_signs()
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

    def _index_signs(self) -> tuple[list[_Sign], LiteralIndex, list[_Sign]]:
        """The signs that the index finds, by its numbers; the index; regexes that it cannot find.

        Exact lines and prefixes are sought as such, and of a regex what stands in every match.
        """
        lines: list[tuple[str, _Sign]] = []
        prefixes: list[tuple[str, _Sign]] = []
        regexes: list[_Sign] = []
        for number, bound in enumerate(self._rules):
            rule = bound.rule
            for found, texts in (
                (lines, map(fold, rule.exact)),
                (prefixes, map(fold_prefix, rule.prefix)),
            ):
                found += [(text, _Sign(bound.template, number, rule.fingerprint)) for text in texts]
            regexes += [_Sign(bound.template, number, False, regex) for regex in rule.regex]
        for number, template in enumerate(self.templates):
            for line in template.match.fingerprint:
                if is_regex_line(line):
                    regexes.append(_Sign(number, None, True, line[1:-1]))
                else:
                    lines.append((fold(line), _Sign(number, None, True)))
        parts = [(required_literal(sign.regex).casefold(), sign) for sign in regexes]
        indexed = [(part, sign) for part, sign in parts if len(part) >= HEAD]
        families = (lines, prefixes, indexed)
        index = LiteralIndex(*([text for text, _ in family] for family in families))
        signs = [sign for family in families for _, sign in family]
        return signs, index, [sign for part, sign in parts if len(part) < HEAD]

    def _precedence(self, bound: _Bound) -> tuple[bool, int, str, str]:
        template = self.templates[bound.template]
        return not bound.ruling.keep, -template.priority, template.name, bound.rule.name

    def rulings(self, page: Page, *, url: str | None = None, site: str | None = None) -> Rulings:
        """A ruling for each line of `page`, or None where no rule has a say.

        A keep rule beats a drop rule; then the higher priority wins, then the name that sorts
        first. `url` is the page's, `site` the host of the site if that is known otherwise.
        """
        literals: list[tuple[int, _Sign]] = []
        regexes: dict[_Sign, list[int]] = {sign: [] for sign in self._unindexed}
        for line, n in self._index_of_signs.find(page):
            sign = self._signs[n]
            if sign.regex:
                regexes.setdefault(sign, []).append(line)
            else:
                literals.append((line, sign))
        elements = page.elements
        named = NamedElements()
        if elements is not None:
            named = elements.find_words(self._words).on_page(elements)
        recognised = self._recognise(page, literals, regexes, named, _hosts(url, site))
        if not recognised:
            return Rulings(np.full(len(page), -1, dtype=np.int32), self._table)

        silent = self._plain if elements is not None else frozenset()
        texts: dict[int, set[int]] = {}
        for line, sign in literals:
            if sign.rule is not None and sign.template in recognised:
                texts.setdefault(sign.rule, set()).add(line)
        for sign, lines in regexes.items():
            if sign.rule is not None and sign.template in recognised and sign.rule not in silent:
                texts.setdefault(sign.rule, set()).update(_search(page, sign.regex, lines))

        placed: dict[int, Int64] = {}
        if elements is not None:
            told = [number for word in named.words for number in self._placed.get(word, ())]
            rules = {n: self._rules[n].rule for n in (*told, *self._placed_otherwise)}
            rules = {n: r for n, r in rules.items() if self._rules[n].template in recognised}
            placed = find_places(page, rules, named)
        hits = {n: lines for n, lines in placed.items() if not self._rules[n].rule.has_text}
        for number, some in texts.items():
            hit = np.array(sorted(some), dtype=np.int64)
            if self._rules[number].rule.has_place:
                hit = np.intersect1d(hit, placed[number]) if number in placed else hit[:0]
            hits[number] = hit
        return self._decide(page, {n: lines for n, lines in hits.items() if n not in silent})

    def _recognise(
        self,
        page: Page,
        literals: Sequence[tuple[int, _Sign]],
        regexes: Mapping[_Sign, Sequence[int]],
        named: NamedElements,
        hosts: set[str],
    ) -> set[int]:
        """The numbers of the templates that the page is one of.

        `literals` are the signs that stand on it, by lines, `regexes` those that may stand there,
        with the lines to search for them.
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
        for word in index.markers.keys() & named.words.keys():
            recognised |= index.markers[word]

        seen: dict[int, set[_Sign]] = {}
        for _, sign in literals:
            if sign.recognises:
                seen.setdefault(sign.template, set()).add(sign)
        for sign, lines in regexes.items():
            if sign.recognises and sign.template not in recognised:
                literal = required_literal(sign.regex)  # as it is written, not in other letters
                if any(literal in page.texts[n] for n in _search(page, sign.regex, lines)):
                    seen.setdefault(sign.template, set()).add(sign)
        for number, signs in seen.items():
            match = self.templates[number].match
            is_elsewhere = bool(match.domains and hosts)
            if len(signs) >= match.fingerprint_min and not is_elsewhere:
                recognised.add(number)
        return recognised

    def _decide(self, page: Page, hits: Mapping[int, Int64]) -> Rulings:
        rulings = np.full(len(page), -1, dtype=np.int32)
        for number in sorted(hits):
            rule = self._rules[number].rule
            lines = hits[number]
            if rule.scope == "line":
                free = lines[rulings[lines] < 0]
                rulings[_fitting(rule, page, free)] = number
                continue
            end = -1  # up to which a hit reaches nothing new
            for line in _fitting(rule, page, lines).tolist():
                if line <= end:
                    continue
                reach = _reach(rule, page, line)
                reached = rulings[reach.start : reach.stop]
                reached[reached < 0] = number
                if rule.scope == "to_end":
                    end = max(reach)
        return Rulings(rulings, self._table)


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


def _search(page: Page, regex: str, lines: Iterable[int]) -> set[int]:
    """Those of some lines, or of all if none are given, that a regex is found in.

    One that once takes too long is left alone for the rest of the page, so that a page costs no
    more than one time-out a regex.
    """
    literal = required_literal(regex).casefold()
    lines = lines or (n for n, line in enumerate(fold_lines(page)) if literal in line)
    pattern = compile_pattern(regex)
    found: set[int] = set()
    with suppress(TimeoutError):
        for line in lines:
            if matches(pattern, " ".join(page.texts[line].split())):
                found.add(line)
    return found


def _fitting(rule: Rule, page: Page, lines: Int64) -> Int64:
    """Those of the lines hit by the matchers that also keep the rule's bounds."""
    if rule.position == "start":
        lines = lines[lines < _EDGE]
    elif rule.position == "end":
        lines = lines[lines >= len(page) - _EDGE]
    if not rule.min_words and rule.max_words is None:
        return lines
    words = np.array([len(page.texts[line].split()) for line in lines.tolist()], dtype=np.int64)
    fits = words >= rule.min_words
    return lines[fits if rule.max_words is None else fits & (words <= rule.max_words)]


def _reach(rule: Rule, page: Page, line: int) -> range:
    """The lines that a rule of more than one line rules when it hits `line`."""
    if rule.scope == "list":
        return range(line, list_end(page, line))
    until = _fold_prefixes(rule.until)
    ends = (at for at in range(line + 1, len(page)) if fold(page.texts[at]).startswith(until))
    return range(line, next(ends, len(page)) if until else len(page))


@lru_cache(maxsize=256)
def _fold_prefixes(texts: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(map(fold_prefix, texts))


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
