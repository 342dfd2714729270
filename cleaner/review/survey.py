"""The pages of a queue as the cleaner sees them, looked through in the background.

Pages are cleaned ahead of being looked at, and what came of it is kept in a file of our own, so
that the next page is there at once. Of each page a few figures stay in memory: what the queue
is ordered by, and by which a line's twins on other pages are found.
"""

from __future__ import annotations

import json
import re
import threading
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace

import numpy as np
from numpy.typing import NDArray

from cleaner.host import site_of
from cleaner.pipeline import Cleaner
from cleaner.review.scratch import Place, Scratch
from cleaner.review.sources import Sheet
from cleaner.rules.literals import fold
from cleaner.types import CleanerError, Document, Verdict

# A line is uncertain when the model alone decided it with a probability between these.
UNCERTAIN = (0.2, 0.8)
_DIGITS = re.compile(r"\d+")
_MOST_WORDS = 40  # of a line that count
_QUIET = 0.15  # seconds without a request, after which the background goes on
_SLICE = 4  # pages between looks at whether somebody waits


@dataclass(frozen=True, slots=True)
class View:
    """A page as it is shown: its lines and their verdicts."""

    texts: tuple[str, ...]
    verdicts: tuple[Verdict, ...]
    title: str = ""
    flags: tuple[str, ...] = ()
    error: str = ""


@dataclass(frozen=True, slots=True)
class Summary:
    """What is known of a page without its lines.

    `masks` are hashes of its lines, one each, 0 for lines too long to look for elsewhere;
    `doubts` say how unsure each line is, from 0 to 1, times its words.
    """

    title: str
    lines: int
    dropped: int
    uncertain: int
    flags: tuple[str, ...]
    masks: NDArray[np.int64]
    doubts: NDArray[np.float32]

    @property
    def doubt(self) -> float:
        """How many words of the page are in doubt, weighed by how much."""
        return float(self.doubts.sum())


def masks(texts: Sequence[str]) -> list[str]:
    """Lines as they are compared across pages: case, white space and numbers do not matter.

    >>> masks(["Page 3 of  12", "49 users have voted."])
    ['page # of #', '# users have voted.']
    """
    return [_DIGITS.sub("#", fold(text)) for text in texts]


def is_uncertain(verdict: Verdict) -> bool:
    """Whether the model alone decided, and not with much to spare."""
    low, high = UNCERTAIN
    return verdict.reason.startswith("model:") and low <= verdict.probability <= high


class Survey:
    """Views of all pages, made when asked for or in the background, whichever is first."""

    def __init__(self, sheets: Sequence[Sheet], cleaner: Cleaner, *, site: str | None) -> None:
        self.sheets = sheets
        self.sites = [site_of(site or sheet.url or "") for sheet in sheets]
        self.generation = 0  # of the cleaner
        self.summaries: list[Summary | None] = [None] * len(sheets)
        self._cleaner = cleaner
        self._places: list[tuple[int, Place]] = [(-1, (0, 0))] * len(sheets)
        self._scratch = Scratch()
        self._lock = threading.RLock()
        self._counts: dict[str, Counter[int]] = {}
        self._waiting = 0.0
        self._stopped = threading.Event()
        self._seen = 0

    @property
    def seen(self) -> int:
        """How many pages were looked at at least once."""
        return self._seen

    def start(self) -> None:
        """Look through all pages in the background."""
        threading.Thread(target=self._work, daemon=True).start()

    def stop(self) -> None:
        """End the background work."""
        self._stopped.set()

    def somebody_waits(self) -> None:
        """Let a request go before the background."""
        self._waiting = time.monotonic()

    def use(self, cleaner: Cleaner, *, site: str | None = None) -> None:
        """Clean all pages again, with another cleaner."""
        with self._lock:
            self._cleaner = cleaner
            if site is not None:
                self.sites = [site_of(site or sheet.url or "") for sheet in self.sheets]
                self._recount()
            self.generation += 1

    def view(self, number: int) -> View:
        """One page, from the file if it was cleaned before."""
        generation, place = self._places[number]
        if generation == self.generation:
            return _loads(self._scratch.read(place))
        return self._views([number])[0]

    def document(self, number: int) -> Document:
        """The page itself.

        Raises:
            CleanerError, OSError: it cannot be read.
        """
        sheet = self.sheets[number]
        document = sheet.load()
        return replace(document, id=sheet.id, url=document.url or sheet.url)

    def count(self, number: int, mask: int) -> int:
        """On how many pages of the same site a line stands."""
        return self._counts.get(self.sites[number], Counter())[mask]

    def pages_of(self, site: str) -> list[int]:
        """The pages of a site, as far as they were looked at."""
        return [n for n, name in enumerate(self.sites) if name == site and self.summaries[n]]

    def twins(self, number: int, mask: int) -> list[tuple[int, int]]:
        """Page and line of every line of the same site that is the same but for numbers."""
        found = []
        for page in self.pages_of(self.sites[number]):
            summary = self.summaries[page]
            assert summary is not None
            found += [(page, int(line)) for line in np.flatnonzero(summary.masks == mask)]
        return found

    def repeats(self) -> list[float]:
        """Per page, the words in doubt of its lines, each times the other pages it stands on."""
        values = [0.0] * len(self.sheets)
        by_site: dict[str, list[int]] = {}
        for page, site in enumerate(self.sites):
            if self.summaries[page] is not None:
                by_site.setdefault(site, []).append(page)
        for members in by_site.values():
            known = [(page, self.summaries[page]) for page in members]
            keys = np.concatenate([s.masks for _, s in known if s is not None])
            doubts = np.concatenate([s.doubts for _, s in known if s is not None])
            owner = np.repeat(members, [len(s.masks) for _, s in known if s is not None])
            some = (keys != 0) & (doubts > 0)
            keys, doubts, owner = keys[some], doubts[some], owner[some]
            if not len(keys):
                continue
            _, place, often = np.unique(keys, return_inverse=True, return_counts=True)
            gain = np.bincount(
                owner, weights=doubts * (often[place] - 1.0), minlength=len(self.sheets)
            )
            for page in members:
                values[page] = float(gain[page])
        return values

    def _work(self) -> None:
        done = -1
        while not self._stopped.is_set():
            generation = self.generation
            if done == generation:
                self._stopped.wait(0.2)
                continue
            for first in range(0, len(self.sheets), _SLICE):
                while time.monotonic() - self._waiting < _QUIET:
                    if self._stopped.wait(0.05):
                        return
                if self._stopped.is_set() or generation != self.generation:
                    break
                some = range(first, min(first + _SLICE, len(self.sheets)))
                stale = [n for n in some if self._places[n][0] != generation]
                if stale:
                    self._views(stale)
                    time.sleep(0)
            else:
                done = generation

    def _views(self, numbers: Sequence[int]) -> list[View]:
        generation, cleaner = self.generation, self._cleaner
        views = [self._cleaned(number, cleaner) for number in numbers]
        with self._lock:
            for number, view in zip(numbers, views, strict=True):
                self._keep(number, view, generation)
        return views

    def _cleaned(self, number: int, cleaner: Cleaner) -> View:
        """One page by `cleaner`. Whatever is wrong with it is told in its place."""
        try:
            recorded = self.sheets[number].recorded()
            if recorded is not None:
                return View(recorded.texts, recorded.verdicts, flags=recorded.flags)
            cleaned = cleaner.clean(self.document(number))
        except (CleanerError, OSError) as error:
            return View((), (), error=str(error))
        except Exception as error:  # one bad page never ends the review
            return View((), (), error=f"{type(error).__name__}: {error}")
        texts = tuple(line.text for line in cleaned.lines)
        return View(texts, tuple(cleaned.verdicts), cleaned.title, cleaned.flags)

    def _keep(self, number: int, view: View, generation: int) -> None:
        self._places[number] = (generation, self._scratch.add(_dumps(view)))
        before = self.summaries[number]
        summary = _summary(view, before)
        self.summaries[number] = summary
        if before is None:
            self._seen += 1
            counts = self._counts.setdefault(self.sites[number], Counter())
            counts.update(set(summary.masks.tolist()))

    def _recount(self) -> None:
        self._counts = {}
        for number, summary in enumerate(self.summaries):
            if summary is not None:
                counts = self._counts.setdefault(self.sites[number], Counter())
                counts.update(set(summary.masks.tolist()))


def _summary(view: View, before: Summary | None) -> Summary:
    if before is not None and len(before.masks) == len(view.texts):
        keys = before.masks
    else:
        keys = np.array([hash(mask) if mask else 0 for mask in masks(view.texts)], dtype=np.int64)
    doubts = [
        (1 - abs(2 * v.probability - 1)) * min(len(text.split()), _MOST_WORDS)
        if is_uncertain(v)
        else 0.0
        for text, v in zip(view.texts, view.verdicts, strict=True)
    ]
    return Summary(
        title=view.title,
        lines=len(view.texts),
        dropped=sum(not verdict.keep for verdict in view.verdicts),
        uncertain=sum(map(is_uncertain, view.verdicts)),
        flags=view.flags,
        masks=keys,
        doubts=np.array(doubts, dtype=np.float32),
    )


def _dumps(view: View) -> bytes:
    return json.dumps(asdict(replace(view, verdicts=())) | {
        "verdicts": [(v.keep, round(float(v.probability), 4), v.kind, v.reason)
                     for v in view.verdicts]
    }).encode("ascii")  # fmt: skip


def _loads(data: bytes) -> View:
    values = json.loads(data)
    return View(
        tuple(values["texts"]),
        tuple(Verdict(*verdict) for verdict in values["verdicts"]),
        values["title"],
        tuple(values["flags"]),
        values["error"],
    )
