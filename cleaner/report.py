"""What a run did: counts that are added up page by page and merged across workers.

A `Tally` is bounded in memory however many pages it has seen, and the sum of tallies is the tally
of the sum, so that workers and shards may count apart. Of the lines that a site keeps, the rarest
are forgotten whenever there are too many (after Lossy Counting, Manku and Motwani 2002): a count is
never too high, and a line that stands on many pages is never forgotten for long.
"""

from __future__ import annotations

import heapq
import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import cleaner
from cleaner.host import site_of
from cleaner.io import notes
from cleaner.io.source import RECORD_SUFFIXES
from cleaner.shape import misfit
from cleaner.types import SUSPICIOUS, Cleaned, CleanerError

VERSION = 1  # of the form of a report
BINS = 20  # of the histograms of loss: bin 0 is pages that lost less than 5 % of their words

Status = Literal["cleaned", "unchanged", "emptied", "failed", "skipped"]

_MOST_SITES = 20_000  # that are counted apart; pages of others are counted as `OTHER_SITES`
OTHER_SITES = "(other sites)"
NO_SITE = "(no URL)"
_WATCHED = 512  # lines of a site that are watched, and how many of them are kept when more come
_SKETCH = 64
_REPEATS = 20  # of these that a report names
_FEWEST_REPEATS = 2  # pages; a line on fewer repeats nowhere
_WORST = 20  # pages that are shown line by line
_WORST_LINES, _LINE_CHARS = 300, 500  # of such a page, and of a line
_LEAST_LOSS = 0.02  # share of the body's words; a page that loses less is none of the worst
_FEWEST_PAGES = 20  # of a site, from which on an earlier run says what is usual there
_RARE = 0.01  # share of a site's pages that may lose more than is usual
_MARGIN = 0.05  # share of a page's words by which it must exceed that

_DIGITS = re.compile(r"\d+")
_WORDS = re.compile(r"[⺀-⿟々-〇぀-ヿㇰ-ㇿ㐀-䶿一-鿿豈-﫿]|[^\W⺀-⿟々-〇぀-ヿㇰ-ㇿ㐀-䶿一-鿿豈-﫿]+")

PAGES = ("in", "cleaned", "unchanged", "emptied", "flagged", "failed", "skipped")
# What is counted of lines, in this order, for each kind and each reason.
COUNTS = ("kept_lines", "kept_words", "dropped_lines", "dropped_words")


_COUNTS = dict.fromkeys(COUNTS, int)
_SHAPE = {
    "program": str,
    "model": str,
    "started": str,
    "seconds": float,
    "bytes": int,
    "pages": dict.fromkeys(PAGES, int),
    "words": {"kept": int, "dropped": int},
    "kinds": {str: _COUNTS},
    "reasons": {str: _COUNTS},
    "loss": [int] * BINS,
    "sites": {
        str: {
            "pages": int,
            **_COUNTS,
            "loss": [int] * BINS,
            "reasons": {str: [int] * 3},
            "repeats": [[str, int]],
        }
    },
    "worst": [
        {
            "id": str,
            "url": (str, type(None)),
            "loss": float,
            "flags": [str],
            "lines": [[str, bool, str, str]],
        }
    ],
}


@dataclass(slots=True)
class SiteTally:
    """Counts of one site. `reasons` has lines, words and pages of each reason that dropped some.

    `repeats` counts the pages that kept lines stand on, with digits masked.
    """

    pages: int = 0
    counts: list[int] = field(default_factory=lambda: [0] * 4)
    loss: list[int] = field(default_factory=lambda: [0] * BINS)
    reasons: dict[str, list[int]] = field(default_factory=dict)
    repeats: Counter[str] = field(default_factory=Counter)

    def merge(self, other: SiteTally) -> None:
        """Add what another tally counted of the same site."""
        self.pages += other.pages
        _add(self.counts, other.counts)
        _add(self.loss, other.loss)
        for reason, counts in other.reasons.items():
            _add(self.reasons.setdefault(reason, [0] * 3), counts)
        self.repeats.update(other.repeats)
        self.saw(())

    def saw(self, lines: Iterable[str]) -> None:
        """Count each of a page's kept lines once."""
        self.repeats.update(lines)
        if len(self.repeats) > _WATCHED:
            self.repeats = _largest(self.repeats, _SKETCH)

    def to_json(self) -> dict[str, Any]:
        """The site's entry in a report."""
        repeats = [
            [line, count]
            for line, count in _largest(self.repeats, _REPEATS).items()
            if count >= _FEWEST_REPEATS
        ]
        return {
            "pages": self.pages,
            **dict(zip(COUNTS, self.counts, strict=True)),
            "loss": self.loss,
            "reasons": dict(sorted(self.reasons.items())),
            "repeats": repeats,
        }


@dataclass(slots=True)
class Tally:
    """Counts of many pages. `site` names the site of pages that have no URL."""

    site: str | None = None
    pages: Counter[str] = field(default_factory=Counter)
    bytes: int = 0
    kinds: dict[str, list[int]] = field(default_factory=dict)
    reasons: dict[str, list[int]] = field(default_factory=dict)
    loss: list[int] = field(default_factory=lambda: [0] * BINS)
    sites: dict[str, SiteTally] = field(default_factory=dict)
    worst: list[tuple[float, str, dict[str, Any]]] = field(default_factory=list)

    def add(self, cleaned: Cleaned, status: Status, *, size: int = 0) -> None:
        """Count a page that was cleaned; `size` is that of its input in bytes."""
        self.pages["in"] += 1
        self.pages[status] += 1
        self.pages["flagged"] += bool(cleaned.flags)
        self.bytes += size
        site = self._site(cleaned)
        from cleaner.split.page import Lines  # who only reads reports needs none of it

        lines = cleaned.lines
        texts = lines.texts if isinstance(lines, Lines) else [line.text for line in lines]
        counted: dict[tuple[bool, str, str], list[int]] = {}
        kept: list[str] = []
        for text, verdict in zip(texts, cleaned.verdicts, strict=True):
            counts = counted.setdefault((verdict.keep, verdict.kind, verdict.reason), [0, 0])
            counts[0] += 1
            counts[1] += len(text.split()) if text.isascii() else len(_WORDS.findall(text))
            if verdict.keep:
                kept.append(text)
        whole = [0] * 4
        dropped: dict[str, list[int]] = {}
        for (keep, kind, reason), some in counted.items():
            both = [*some, 0, 0] if keep else [0, 0, *some]
            for table, key in ((self.kinds, kind), (self.reasons, reason)):
                _add(table.setdefault(key, [0] * 4), both)
            _add(whole, both)
            if not keep:
                _add(dropped.setdefault(reason, [0, 0, 1]), some)
        lost = whole[3] / max(whole[1] + whole[3], 1)
        number = min(int(lost * BINS), BINS - 1)
        if cleaned.verdicts:
            self.loss[number] += 1
            site.loss[number] += 1
        site.pages += 1
        _add(site.counts, whole)
        for reason, counts in dropped.items():
            _add(site.reasons.setdefault(reason, [0] * 3), counts)
        site.saw({masked(text) for text in kept})
        self._note(cleaned)

    def count(self, status: Status, pages: int = 1) -> None:
        """Count pages of which nothing more is known: failed, or skipped."""
        self.pages["in"] += pages
        self.pages[status] += pages

    def merge(self, other: Tally) -> None:
        """Add what another tally counted."""
        self.pages.update(other.pages)
        self.bytes += other.bytes
        _add(self.loss, other.loss)
        for mine, theirs in ((self.kinds, other.kinds), (self.reasons, other.reasons)):
            for key, counts in theirs.items():
                _add(mine.setdefault(key, [0] * 4), counts)
        for name, site in other.sites.items():
            self._of_site(name).merge(site)
        self.worst = _worst(self.worst + other.worst)

    def to_json(self, *, model: str, rules: str, started: str, seconds: float) -> dict[str, Any]:
        """The whole report. `rules` is a digest, `started` an ISO date and time."""
        kept, dropped = (sum(counts[at] for counts in self.kinds.values()) for at in (1, 3))
        return {
            "version": VERSION,
            "program": cleaner.__version__,
            "model": model,
            "rules": rules,
            "started": started,
            "seconds": round(seconds, 3),
            "bytes": self.bytes,
            "pages": {name: self.pages[name] for name in PAGES},
            "words": {"kept": kept, "dropped": dropped},
            "kinds": _named(self.kinds),
            "reasons": _named(self.reasons),
            "loss": self.loss,
            "sites": {name: site.to_json() for name, site in sorted(self.sites.items())},
            "worst": [page for _, _, page in self.worst],
        }

    def _site(self, cleaned: Cleaned) -> SiteTally:
        url = cleaned.document.url
        return self._of_site(site_of(url or "") or site_of(self.site or "") or NO_SITE)

    def _of_site(self, name: str) -> SiteTally:
        if name not in self.sites and len(self.sites) >= _MOST_SITES:
            name = OTHER_SITES
        return self.sites.setdefault(name, SiteTally())

    def _note(self, cleaned: Cleaned) -> None:
        """Keep the page if it is one of the worst."""
        loss = cleaned.loss
        if loss < _LEAST_LOSS and SUSPICIOUS not in cleaned.flags:
            return
        name = cleaned.document.id or cleaned.document.url or ""
        if len(self.worst) >= _WORST and (-loss, name) > (-self.worst[-1][0], self.worst[-1][1]):
            return
        lines = [
            [line.text[:_LINE_CHARS], verdict.keep, verdict.kind, verdict.reason]
            for line, verdict in zip(
                cleaned.lines[:_WORST_LINES], cleaned.verdicts[:_WORST_LINES], strict=True
            )
        ]
        page = {
            "id": cleaned.document.id,
            "url": cleaned.document.url,
            "loss": round(loss, 4),
            "flags": list(cleaned.flags),
            "lines": lines,
        }
        self.worst = _worst([*self.worst, (loss, name, page)])


def masked(text: str) -> str:
    """A line as repeats are told by: its digits do not count, nor what is past 200 characters.

    >>> masked("49 users have voted.")
    '0 users have voted.'
    """
    return _DIGITS.sub("0", text[:200])


def read_report(place: Path) -> dict[str, Any]:
    """The report at `place`, which is its file, or the folder or file of records of a run.

    Raises:
        CleanerError: there is none, or it is no report of this version.
    """
    if place.is_dir():
        found = [place / ".clean" / "report.json", place / "report.json"]
    elif place.name.lower().endswith(RECORD_SUFFIXES):
        found = [Path(notes.of_file(str(place)), "report.json")]
    else:
        found = [place]
    path = next((path for path in found if path.is_file()), found[0])
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        raise CleanerError(f"{path}: no report of a run is there") from None
    except OSError as error:
        raise CleanerError(f"{path}: cannot be read ({error})") from None
    return parse_report(data, where=str(path))


def parse_report(data: bytes, *, where: str) -> dict[str, Any]:
    """The report that `data` holds.

    Raises:
        CleanerError: it is none, or none of this version.
    """
    try:
        report = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise CleanerError(f"{where}: cannot be read ({error})") from None
    if not isinstance(report, dict) or report.get("version") != VERSION:
        raise CleanerError(f"{where}: expected a report of version {VERSION}")
    if wrong := misfit(report, _SHAPE):
        raise CleanerError(f"{where}: {wrong}; not a report")
    return report


def usual_losses(report: Mapping[str, Any]) -> dict[str, float]:
    """For each site of an earlier run's report with pages enough, what its pages usually lose.

    The share of a page's words that all but one page in a hundred stay below, and a margin; 1 at
    most.
    """
    usual = {}
    for site, counts in report["sites"].items():
        histogram = counts["loss"]
        pages = sum(histogram)
        if pages >= _FEWEST_PAGES:
            above = 0
            for number in reversed(range(len(histogram))):
                above += histogram[number]
                if above > pages * _RARE:
                    usual[site] = min((number + 1) / len(histogram) + _MARGIN, 1)
                    break
    return usual


def _add(into: list[int], counts: Iterable[int]) -> None:
    for at, count in enumerate(counts):
        into[at] += count


def _largest(counts: Counter[str], most: int) -> Counter[str]:
    """The `most` largest counts, the largest first; of equals the first by name."""
    ranked = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return Counter(dict(ranked[:most]))


def _worst(
    pages: list[tuple[float, str, dict[str, Any]]],
) -> list[tuple[float, str, dict[str, Any]]]:
    return heapq.nsmallest(_WORST, pages, key=lambda page: (-page[0], page[1]))


def _named(table: Mapping[str, list[int]]) -> dict[str, dict[str, int]]:
    return {key: dict(zip(COUNTS, counts, strict=True)) for key, counts in sorted(table.items())}
