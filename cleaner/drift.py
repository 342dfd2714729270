"""Drift: does a site's pages no longer look as they did in an earlier run?

A page is the unit, not a line: lines of a page are alike, and counting them apart would cry wolf
at every page of comments. So a site's loss is compared as two samples of pages, by the rank-sum
test of Wilcoxon, Mann and Whitney with its correction for ties, over the histograms that reports
hold; and the false alarms among all sites are bounded (Benjamini and Hochberg 1995).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import erfc, sqrt
from typing import Any, Literal

What = Literal["loss", "silent", "repeats"]

FALSE_DISCOVERIES = 0.01  # share of the alarms about losses that may be false ones
_LEAST_SHIFT = 0.05  # of the mean share of words lost; a smaller one is no redesign
_FEWEST_PAGES = 8  # of a site in each run, below which nothing is said
_CHANCE = 1e-4  # of a rule to be silent, or a line to repeat, as it does now
_RULED = ("template:", "repeat:")


@dataclass(frozen=True, slots=True)
class Drift:
    """One thing that changed on a site.

    `what` is `loss`, with the mean shares of words lost; `silent`, a rule that dropped lines on
    `before` of the site's pages, as a share, and does on none; or `repeats`, a kept line that now
    stands on the share `after`.
    """

    site: str
    what: What
    name: str
    before: float
    after: float
    p: float

    def __str__(self) -> str:
        """One sentence for a person."""
        if self.what == "loss":
            return (
                f"{self.site}: pages lose {self.after:.0%} of their words, {self.before:.0%} before"
            )
        if self.what == "silent":
            return f"{self.site}: {self.name} hit {self.before:.0%} of the pages and hits none now"
        return f"{self.site}: {self.name!r} now stands on {self.after:.0%} of the pages and is kept"


def compared(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    """The sites of which both reports have pages enough."""
    old, new = before["sites"], after["sites"]
    return [
        site
        for site in sorted(new.keys() & old.keys())
        if min(new[site]["pages"], old[site]["pages"]) >= _FEWEST_PAGES
    ]


def find_drift(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Drift]:
    """What changed between two reports, site by site, of sites with 8 pages or more in both."""
    sites = compared(before, after)
    pairs = [(site, before["sites"][site], after["sites"][site]) for site in sites]
    moved = [_loss(site, then, now) for site, then, now in pairs]
    alarms = [drift for drift in _discoveries(moved) if _is_large(drift)]
    for site, then, now in pairs:
        alarms += _silent(site, then, now)
        alarms += _repeats(site, then, now)
    return sorted(alarms, key=lambda drift: (drift.site, drift.what, drift.name))


def _is_large(drift: Drift) -> bool:
    return abs(drift.after - drift.before) >= _LEAST_SHIFT


def _loss(site: str, then: Mapping[str, Any], now: Mapping[str, Any]) -> Drift:
    one, two = then["loss"], now["loss"]
    return Drift(site, "loss", "", _mean(one), _mean(two), rank_sum_p(one, two))


def _mean(histogram: Sequence[int]) -> float:
    bins = len(histogram)
    total = sum(count * (number + 0.5) / bins for number, count in enumerate(histogram))
    return total / max(sum(histogram), 1)


def rank_sum_p(one: Sequence[int], two: Sequence[int]) -> float:
    """The two-sided p of the rank-sum test of two histograms over the same bins.

    >>> rank_sum_p([5, 5], [5, 5])
    1.0
    >>> rank_sum_p([20, 0], [0, 20]) < 1e-8
    True
    """
    first, second = sum(one), sum(two)
    count = first + second
    if not (first and second):
        return 1.0
    ranks = below = ties = 0.0
    for ours, theirs in zip(one, two, strict=True):
        both = ours + theirs
        ranks += ours * (below + (both + 1) / 2)
        below += both
        ties += both**3 - both
    spread = first * second / 12 * (count + 1 - ties / (count * max(count - 1, 1)))
    if spread <= 0:
        return 1.0
    away = abs(ranks - first * (count + 1) / 2) - 0.5  # for continuity
    return min(1.0, erfc(max(away, 0) / sqrt(2 * spread)))


def _discoveries(drifts: Sequence[Drift]) -> list[Drift]:
    """Those of lowest p, as many as keep the share of false ones within the bound."""
    ranked = sorted(drifts, key=lambda drift: drift.p)
    last = 0
    for number, drift in enumerate(ranked, start=1):
        if drift.p <= FALSE_DISCOVERIES * number / len(ranked):
            last = number
    return ranked[:last]


def _silent(site: str, then: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[Drift]:
    """Rules that dropped lines before and drop none, though chance alone would let them hit."""
    for reason, (_, _, pages) in then["reasons"].items():
        if reason.startswith(_RULED) and reason not in now["reasons"]:
            p = (1 - _at_least(pages, then["pages"])) ** now["pages"]
            if p < _CHANCE:
                yield Drift(site, "silent", reason, pages / then["pages"], 0.0, p)


def _repeats(site: str, then: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[Drift]:
    """Kept lines that stand on many pages now, and cannot have stood on as many before."""
    known: dict[str, int] = dict(then["repeats"])
    # What an earlier report does not name stood on no more pages than the rarest it does name.
    unnamed = min(known.values()) if len(known) >= _NAMED else 1
    for line, pages in now["repeats"]:
        most = min(known.get(line, unnamed) / then["pages"], 1.0)
        share = _at_least(pages, now["pages"])
        p = _binomial_tail(pages, now["pages"], max(most, 1 / then["pages"]))
        if share > 2 * most and p < _CHANCE:
            yield Drift(site, "repeats", line, most, pages / now["pages"], p)


_NAMED = 20  # lines that a report names at most; with fewer, it names all that repeat


def _at_least(hits: int, trials: int) -> float:
    """The lower end of Wilson's 95 % interval of a share (1927)."""
    z, share = 1.96, min(hits, trials) / trials
    middle = share + z * z / (2 * trials)
    width = z * sqrt(share * (1 - share) / trials + z * z / (4 * trials * trials))
    return max(0.0, (middle - width) / (1 + z * z / trials))


def _binomial_tail(hits: int, trials: int, share: float) -> float:
    """How likely `hits` or more of `trials` are, at a chance of `share` each.

    >>> round(_binomial_tail(1, 2, 0.5), 2)
    0.75
    """
    from scipy.special import bdtrc  # slow to import, rarely needed

    return float(bdtrc(min(hits, trials) - 1, trials, share))
