"""What is remembered of a site's pages: on how many each line stood, and a sample of them.

Lines are counted by a Misra-Gries summary (Misra and Gries 1982), which can be merged without
loss of its bound (Agarwal et al. 2012): no count is too high, and none is too low by more than
`missed`. The sample is of the pages whose hashes are smallest, so that it depends neither on
their order nor on how they were split into shards (bottom-k, Cohen and Kaplan 2007).
"""

from __future__ import annotations

import hashlib
import json
import zlib
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from cleaner.decode import decode
from cleaner.io import atomic
from cleaner.model.arrays import ERRORS
from cleaner.model.tokens import Int64, UInt64
from cleaner.types import CleanerError, Document, Format

COUNTERS = 2048  # lines counted a site, once there are twice as many
SAMPLE_PAGES = 40
_MOST_BYTES = 1 << 20  # of a page in the sample; a larger one is none to learn from
_MOST_TWINS = 1 << 16  # pages that are remembered so that their twins are known
_NO_DAY = np.iinfo(np.int32)
_VERSION = 1


@dataclass(frozen=True, slots=True)
class SampledPage:
    """A page kept to learn from: its source, compressed."""

    id: str
    url: str | None
    format: Format
    source: bytes

    def document(self) -> Document:
        """The page as it was read."""
        content = zlib.decompress(self.source).decode("utf-8")
        return Document(content, id=self.id, url=self.url, format=self.format)


@dataclass(slots=True)
class SiteSketch:
    """A site's pages in bounded memory.

    `keys` (counters,) are line keys in rising order, on `counts` pages each, from day `first`
    to day `last` since 1970 where pages have dates. `twins` counts pages left out because one
    like them was there.
    """

    site: str
    pages: int = 0
    twins: int = 0
    missed: int = 0
    keys: UInt64 = field(default_factory=lambda: np.zeros(0, dtype=np.uint64))
    counts: Int64 = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    first: NDArray[np.int32] = field(default_factory=lambda: np.zeros(0, dtype=np.int32))
    last: NDArray[np.int32] = field(default_factory=lambda: np.zeros(0, dtype=np.int32))
    seen: set[int] = field(default_factory=set)
    sample: dict[int, SampledPage] = field(default_factory=dict)
    _pending: list[tuple[UInt64, int | None]] = field(default_factory=list)

    def add(self, page: int, keys: UInt64, signature: int, day: int | None) -> bool:
        """Count the distinct `keys` of a page; False for a twin, which is not counted.

        `page` is a hash of the page, `signature` one of its text, the same for twins.
        """
        if signature in self.seen:
            self.twins += 1
            return False
        if len(self.seen) < _MOST_TWINS:
            self.seen.add(signature)
        self.pages += 1
        self._pending.append((keys, day))
        return page in self.sample or len(self.sample) < SAMPLE_PAGES or page < max(self.sample)

    def keep(self, page: int, document: Document, format: Format) -> None:
        """Put a page into the sample, in the place of the one whose hash is the largest."""
        content = document.content
        source = decode(content) if isinstance(content, bytes) else content
        data = source.encode("utf-8", "replace")
        if len(data) > _MOST_BYTES:
            return
        self.sample[page] = SampledPage(document.id, document.url, format, zlib.compress(data, 1))
        _trim(self.sample)

    def settle(self) -> None:
        """Count what is pending, and drop the rarest lines where there are too many."""
        if not self._pending:
            return
        sizes = [len(keys) for keys, _ in self._pending]
        days = [(_NO_DAY.max, _NO_DAY.min) if d is None else (d, d) for _, d in self._pending]
        first, last = np.repeat(np.array(days, dtype=np.int32), sizes, axis=0).T
        self._gather(
            np.concatenate([keys for keys, _ in self._pending]),
            np.ones(sum(sizes), dtype=np.int64), first, last,
        )  # fmt: skip
        self._pending.clear()

    def merge(self, other: SiteSketch) -> None:
        """Take in what another shard of the same site has counted.

        A page whose twin is in both is counted twice, for only the sum of the lines is known.
        """
        self.settle()
        other.settle()
        self.pages += other.pages
        self.twins += other.twins
        self.missed += other.missed
        self.seen = set(sorted(self.seen | other.seen)[:_MOST_TWINS])
        self.sample |= other.sample
        _trim(self.sample)
        self._gather(other.keys, other.counts, other.first, other.last)

    def _gather(
        self, keys: UInt64, counts: Int64, first: NDArray[np.int32], last: NDArray[np.int32]
    ) -> None:
        keys, inverse = np.unique(np.concatenate([self.keys, keys]), return_inverse=True)
        total = np.bincount(inverse, np.concatenate([self.counts, counts])).astype(np.int64)
        earliest = np.full(len(keys), _NO_DAY.max, dtype=np.int32)
        latest = np.full(len(keys), _NO_DAY.min, dtype=np.int32)
        np.minimum.at(earliest, inverse, np.concatenate([self.first, first]))
        np.maximum.at(latest, inverse, np.concatenate([self.last, last]))
        if len(keys) > 2 * COUNTERS:
            less = int(np.partition(total, -COUNTERS - 1)[-COUNTERS - 1])
            total -= less
            self.missed += less
            stays = total > 0
            keys, total = keys[stays], total[stays]
            earliest, latest = earliest[stays], latest[stays]
        self.keys, self.counts, self.first, self.last = keys, total, earliest, latest

    def save(self, folder: Path) -> None:
        """Write the sketch to `folder`, as arrays and JSON."""
        self.settle()
        folder.mkdir(parents=True, exist_ok=True)
        name = file_name(self.site)
        sample = {str(page): some for page, some in sorted(self.sample.items())}
        meta = {
            "version": _VERSION,
            "site": self.site,
            "pages": self.pages,
            "twins": self.twins,
            "missed": self.missed,
            "sample": {
                page: {"id": some.id, "url": some.url, "format": some.format}
                for page, some in sample.items()
            },
        }
        sources = [np.frombuffer(some.source, dtype=np.uint8) for some in sample.values()]
        with atomic.replacing(str(folder / f"{name}.npz")) as file:
            np.savez(
                file,
                keys=self.keys,
                counts=self.counts,
                first=self.first,
                last=self.last,
                seen=np.array(sorted(self.seen), dtype=np.uint64),
                sizes=np.array([len(some) for some in sources], dtype=np.int64),
                sources=np.concatenate([np.zeros(0, dtype=np.uint8), *sources]),
                meta=np.frombuffer(json.dumps(meta).encode("ascii"), dtype=np.uint8),
            )


def load_sketch(path: Path) -> SiteSketch:
    """The sketch in one file.

    Raises:
        CleanerError: it is none.
    """
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as stored:
            meta = json.loads(stored["meta"].tobytes())
            if meta["version"] != _VERSION:
                raise CleanerError(
                    f"{path}: a sketch of version {meta['version']}, this program has {_VERSION};"
                    " learn again"
                )
            ends = np.cumsum(stored["sizes"]).tolist()
            sources = stored["sources"].tobytes()
            sample = {
                int(page): SampledPage(some["id"], some["url"], some["format"], sources[start:end])
                for (page, some), start, end in zip(
                    meta["sample"].items(), [0, *ends], ends, strict=False
                )
            }
            return SiteSketch(
                meta["site"], meta["pages"], meta["twins"], meta["missed"], stored["keys"],
                stored["counts"], stored["first"], stored["last"],
                set(stored["seen"].tolist()), sample,
            )  # fmt: skip
    except (AttributeError, EOFError, RecursionError, *ERRORS) as error:
        raise CleanerError(f"{path}: no sketch of a site ({error})") from None


def file_name(site: str) -> str:
    """A name for a site's file: the site's own where it can be one, else with a hash behind it."""
    plain = "".join(c if c.isascii() and (c.isalnum() or c in "._-") else "-" for c in site.lower())
    plain = plain.strip("._-")[:100]
    if plain == site:
        return plain
    return f"{plain or 'site'}-{hashlib.blake2b(site.encode(), digest_size=4).hexdigest()}"


def _trim(sample: dict[int, SampledPage]) -> None:
    for page in sorted(sample)[SAMPLE_PAGES:]:
        del sample[page]
