"""Lines that repeat to the rules of a template, and what goes with those lines."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from cleaner.learn.repeats import SURE_LINE, Bounds
from cleaner.learn.sample import Sample
from cleaner.learn.sketch import SiteSketch
from cleaner.model.dates import DATE_WORDS
from cleaner.rules.literals import fold
from cleaner.rules.match import TemplateSet
from cleaner.rules.template import Recognition, Rule, Template, parse_name
from cleaner.types import DEBRIS_KINDS

_LONG = 12  # words of such a line
_TOGETHER = 0.8  # share of their pages on which two lines of one rule stand side by side
_MOST_LINES = 40  # of one rule
_MOST_SIGNS = 12  # lines that a page without a URL is known by
_EXAMPLES = 3
_LEAST_PATH_PAGES = 3
_LEAST_LETTERS = 2  # beside numbers and dates, of a line that rules others too
_ONE_KIND = 0.8  # share of the lines of a place, from which on all of it is of their kind
_TITLES = 0.3  # share of a place's lines that are their pages' titles, from which it holds them
_DEBRIS_PATH = 0.5  # mean probability of the lines of a place, below which all of it is debris
_BYLINE = "byline"
_KINDS = frozenset((*DEBRIS_KINDS, _BYLINE))
_VARYING = re.compile(rf"\d+|\b(?:{'|'.join(sorted(DATE_WORDS))})\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Learned:
    """A rule with its evidence.

    `pages` is on how many pages its commonest line stands, `first` and `last` the days from
    1970 on that it was seen, None without dates. `examples` are lines as they stand there, and
    `removed` lines that the base model alone would keep, with their pages in the sample.
    `loss` is the share of all words that the model keeps which are surely text and would go.
    """

    rule: Rule
    pages: int
    first: int | None
    last: int | None
    examples: tuple[str, ...]
    removed: tuple[tuple[str, int], ...] = ()
    loss: float = 0.0


def find_rules(
    sketch: SiteSketch, sample: Sample, repeated: Mapping[int, int], bounds: Bounds
) -> tuple[list[Learned], list[Learned]]:
    """The rules for `repeated` lines and for places of debris; and those that take too much."""
    found = [
        *_line_rules(sketch, sample, repeated),
        *_tail_rules(sketch, sample, repeated),
        *_list_rules(sketch, sample, repeated),
        *_path_rules(sample, repeated, bounds),
    ]
    rules: list[Learned] = []
    refused: list[Learned] = []
    for learned in _measured(_named(found), sample, sketch.site):
        (rules if learned.loss <= bounds.loss else refused).append(learned)
    return _gathered(rules), refused


def make_template(
    sketch: SiteSketch, sample: Sample, repeated: Mapping[int, int], rules: Sequence[Learned]
) -> Template:
    """The template that holds `rules`, and knows the site by its domain and its lines."""
    about = f"{sketch.site}, learned from {sketch.pages} pages"
    return _template(sketch.site, about, _recognition(sketch, sample, repeated), rules)


def _line_rules(sketch: SiteSketch, sample: Sample, repeated: Mapping[int, int]) -> list[Learned]:
    """Rules for repeated lines, those that stand side by side in one rule."""
    return [_of_lines(sketch, sample, keys, "line", repeated) for keys in _blocks(sample, repeated)]


def _blocks(sample: Sample, repeated: Mapping[int, int]) -> list[list[int]]:
    """The repeated keys in order of the pages, in groups that stand together on most pages."""
    pairs: Counter[tuple[int, int]] = Counter()
    seen: Counter[int] = Counter()
    order: dict[int, float] = {}
    is_byline = {
        key: 2 * sum(sample.kinds[line] == _BYLINE for line in sample.by_key[key])
        > len(sample.by_key[key])
        for key in repeated
    }
    for lines in sample.pages:
        keys = [int(sample.keys[line]) for line in lines]
        for place, key in enumerate(keys):
            if key in repeated:
                order.setdefault(key, place / len(keys))
        seen.update(set(keys))
        pairs.update(set(pairwise(keys)))
    after: dict[int, int] = {}
    before: set[int] = set()
    for (one, other), count in pairs.most_common():
        both = one in repeated and other in repeated and one != other
        if (
            both
            and is_byline[one] == is_byline[other]  # they stay where the user keeps by-lines
            and count >= _TOGETHER * max(seen[one], seen[other])
            and one not in after
            and other not in before
        ):
            after[one] = other
            before.add(other)
    blocks = []
    placed: set[int] = set()
    for start in sorted(order, key=lambda key: (key in before, order[key])):
        block: list[int] = []
        at: int | None = start
        while at is not None and at not in placed:
            block.append(at)
            placed.add(at)
            at = after.get(at)
            if len(block) == _MOST_LINES:
                break
        if block:
            blocks.append(block)
    return blocks


def _of_lines(
    sketch: SiteSketch, sample: Sample, keys: Sequence[int], scope: str, repeated: Mapping[int, int]
) -> Learned:
    exact: dict[str, str] = {}
    patterns: dict[str, None] = {}
    examples: list[str] = []
    lines: list[int] = []
    for key in keys:
        texts = list(dict.fromkeys(sample.texts[line] for line in sample.by_key[key]))
        lines += sample.by_key[key]
        folded = {fold(text): " ".join(text.split()) for text in texts}
        if len({_VARYING.sub("0", text) for text in folded}) < len(folded):
            # In their own letters: of ß a regex knows no other case. One of those that fold alike.
            patterns |= dict.fromkeys(
                {_pattern(key): _pattern(t) for key, t in folded.items()}.values()
            )
        else:
            exact |= folded
        examples.append(texts[0])
    at = np.searchsorted(sketch.keys, np.array(sorted(keys), dtype=np.uint64))
    first, last = int(sketch.first[at].min()), int(sketch.last[at].max())
    kinds = Counter(sample.kinds[line] for line in lines if sample.kinds[line] in _KINDS)
    kind = kinds.most_common(1)[0][0] if kinds else "other"
    rule = Rule(
        name="",
        kind=None if scope == "to_end" else kind,  # what follows is of several
        exact=tuple(" ".join(text.split()) for text in exact.values()),
        regex=tuple(patterns),
        scope=scope,  # type: ignore[arg-type]
    )
    dated = first <= last
    return Learned(
        rule,
        max(repeated[key] for key in keys),
        first if dated else None,
        last if dated else None,
        tuple(examples[:_EXAMPLES]),
    )


def _pattern(text: str) -> str:
    r"""A regex for a whole line whose numbers and dates vary.

    >>> print(_pattern("page 3, 12 may."))
    ^page \d+, \d+ \p{L}+\.$
    """
    parts: list[str] = []
    end = 0
    for found in _VARYING.finditer(text):
        parts.append(re.escape(text[end : found.start()]).replace(r"\ ", " "))
        parts.append(r"\d+" if found[0].isdigit() else r"\p{L}+")
        end = found.end()
    return f"^{''.join(parts)}{re.escape(text[end:]).replace(chr(92) + ' ', ' ')}$"


def _tail_rules(sketch: SiteSketch, sample: Sample, repeated: Mapping[int, int]) -> list[Learned]:
    """The one repeated line that ends the text: what stands below it is debris on all pages."""
    gain: Counter[int] = Counter()
    stands: Counter[int] = Counter()
    fails: set[int] = set()
    for lines in sample.pages:
        own = set()
        safe_from = sample.last_sure(lines)
        kept = np.cumsum(
            [
                sample.words[line] * sample.keep[line] * (int(sample.keys[line]) not in repeated)
                for line in lines[::-1]
            ]
        )[::-1]
        for place, line in enumerate(lines):
            key = int(sample.keys[line])
            if key in repeated and key not in own and _is_wording(sample.texts[line]):
                own.add(key)
                stands[key] += 1
                total = int(kept[0])
                if place <= safe_from or 3 * kept[place] > total:
                    fails.add(key)
                else:
                    gain[key] += int(kept[place])
    best = [
        key for key in gain
        if key not in fails and gain[key] > 0 and stands[key] >= max(3, 0.3 * len(sample.pages))
    ]  # fmt: skip
    if not best:
        return []
    key = max(best, key=lambda key: (gain[key], stands[key], key))
    return [_of_lines(sketch, sample, [key], "to_end", repeated)]


def _is_wording(text: str) -> bool:
    """Whether a line says more than numbers and dates: enough for others to hang on it."""
    return sum(char.isalpha() for char in _VARYING.sub("", text.lower())) >= _LEAST_LETTERS


def _list_rules(sketch: SiteSketch, sample: Sample, repeated: Mapping[int, int]) -> list[Learned]:
    """Repeated lines that head lists of other lines on each page, all of them debris."""
    rules = []
    for key in repeated:
        if not _is_wording(sample.texts[sample.by_key[key][0]]):
            continue
        reached = sample.reach(sample.by_key[key])
        own = [line for line in reached if int(sample.keys[line]) not in repeated]
        pages = len({int(sample.page[line]) for line in own})
        if pages < 3 or not any(sample.keep[line] for line in own):
            continue
        at = np.array(own)
        weight = sample.words[at]
        mean = float(np.average(sample.probability[at], weights=weight + 1))
        if mean < 0.4 and not sample.sure[at].any():
            rules.append(_of_lines(sketch, sample, [key], "list", repeated))
    return rules


def _path_rules(sample: Sample, repeated: Mapping[int, int], bounds: Bounds) -> list[Learned]:
    """Places in the DOM whose lines, taken together over all pages, are debris to the model.

    What is unsure of a line is plain of a hundred that stand in the same place, as blocks of
    one style do (site style trees, Yi, Liu and Li 2003).
    """
    rules = []
    least = max(_LEAST_PATH_PAGES, bounds.pages, bounds.share * len(sample.pages))
    for path, lines in sorted(sample.by_path.items()):
        at = np.array(lines)
        weight = np.sqrt(sample.words[at]) + 0.1
        mean = float(np.average(sample.probability[at], weights=weight))
        pages = len(set(sample.page[at].tolist()))
        gain = any(sample.keep[line] and int(sample.keys[line]) not in repeated for line in lines)
        is_title = path.endswith("/h1") or sample.title[at].mean() > _TITLES
        if pages >= least and mean < _DEBRIS_PATH and gain and not is_title:
            kinds = Counter(sample.kinds[line] for line in lines)
            most, count = kinds.most_common(1)[0]
            kind = most if most in DEBRIS_KINDS and count >= _ONE_KIND * len(lines) else None
            texts = tuple(dict.fromkeys(sample.texts[line] for line in lines))[:_EXAMPLES]
            rules.append(Learned(Rule("", kind=kind, path=(path,)), pages, None, None, texts))
    return rules


def _named(found: Iterable[Learned]) -> list[Learned]:
    """Rules with names of their own, made of what they match."""
    taken: Counter[str] = Counter()
    named = []
    for learned in found:
        rule = learned.rule
        words = re.findall(r"[a-z0-9]+", " ".join((*rule.path, *learned.examples[:1])).lower())
        stem = {"to_end": "end", "list": "list"}.get(rule.scope, "in" if rule.path else "line")
        name = "-".join([stem, *words[:4]])[:50]
        taken[name] += 1
        if taken[name] > 1 or name == stem:
            name = f"{name}-{taken[name]}"
        named.append(replace(learned, rule=replace(rule, name=name)))
    return named


def _measured(found: Sequence[Learned], sample: Sample, site: str) -> list[Learned]:
    """The rules with what each of them removes from the pages of the sample."""
    if not found:
        return []
    rules = TemplateSet([_template(site, "", Recognition(domains=(site,)), found)])
    removed: dict[str, Counter[str]] = defaultdict(Counter)
    lost: Counter[str] = Counter()
    for page, lines in zip(sample.split, sample.pages, strict=True):
        for line, ruling in zip(lines, rules.rulings(page, site=site), strict=True):
            if ruling is not None and sample.keep[line]:
                name = ruling.reason.partition("/")[2]
                removed[name][sample.texts[line]] += 1
                if sample.probability[line] >= SURE_LINE:
                    lost[name] += int(sample.words[line])
    kept = max(int(sample.words[sample.keep].sum()), 1)
    return [
        replace(
            learned,
            removed=tuple(removed[learned.rule.name].most_common()),
            loss=lost[learned.rule.name] / kept,
        )
        for learned in found
    ]


def _gathered(found: Iterable[Learned]) -> list[Learned]:
    """The rules, those that add nothing to what the model drops in few, by kind."""
    kept: list[Learned] = []
    silent: dict[str, list[Learned]] = defaultdict(list)
    for learned in found:
        is_plain = learned.rule.scope == "line" and not learned.rule.path
        kind = learned.rule.kind
        (silent[kind] if kind and is_plain and not learned.removed else kept).append(learned)
    for kind, some in sorted(silent.items()):
        some.sort(key=lambda learned: -learned.pages)
        for number, start in enumerate(range(0, len(some), _MOST_LINES), start=1):
            group = some[start : start + _MOST_LINES]
            days = [day for one in group for day in (one.first, one.last) if day is not None]
            rule = Rule(
                name=f"{kind}-{number}".replace("_", "-"),
                kind=kind,
                exact=tuple(text for one in group for text in one.rule.exact),
                regex=tuple(text for one in group for text in one.rule.regex),
            )
            examples = tuple(one.examples[0] for one in group[:_EXAMPLES])
            first, last = (min(days), max(days)) if days else (None, None)
            kept.append(Learned(rule, group[0].pages, first, last, examples))
    return kept


def _template(site: str, about: str, match: Recognition, rules: Iterable[Learned]) -> Template:
    return Template(
        name=parse_name(site),
        about=about,
        priority=0,
        match=match,
        rules=tuple(learned.rule for learned in rules),
    )


def _recognition(sketch: SiteSketch, sample: Sample, repeated: Mapping[int, int]) -> Recognition:
    """By domain where the site has one, and by lines that stand on most of its pages."""
    signs = []
    for key, count in sorted(repeated.items(), key=lambda item: -item[1]):
        lines = sample.by_key[key]
        texts = Counter(" ".join(sample.texts[line].split()) for line in lines)
        [(text, times)] = texts.most_common(1)  # of those that differ by a number or a date
        is_common = count * times >= 0.5 * sketch.pages * len(lines)
        if is_common and 3 <= sample.words[lines[0]] <= 12 and text[0] != "/":
            signs.append(text)
    signs = list(dict.fromkeys(signs))[:_MOST_SIGNS]
    return Recognition(
        domains=(sketch.site,),
        fingerprint=tuple(signs) if len(signs) >= 3 else (),
        fingerprint_min=3 if len(signs) >= 3 else 1,
    )
