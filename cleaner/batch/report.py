"""What became of pages: one by one, and all together."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from cleaner.report import Tally

Status = Literal["cleaned", "unchanged", "emptied", "failed", "skipped"]
Stage = Literal["read", "clean", "timeout", "crash", "write"]


@dataclass(frozen=True, slots=True)
class Failure:
    """An input that could not be cleaned, and why.

    `where` names it in messages; `position` is its number in its shard, from 1, and 0 where it
    is none of a shard's pages. `stage` is what failed: a page that took too long is `timeout`,
    one that killed the process that cleaned it `crash`.
    """

    where: str
    reason: str
    stage: Stage = "clean"
    position: int = 0
    id: str = ""
    url: str | None = None

    def record(self) -> dict[str, Any]:
        """The failure as it stands in `failures.jsonl`."""
        shard = self.where.removesuffix(f":{self.position}")
        return {
            "shard": shard,
            "position": self.position,
            "id": self.id,
            "url": self.url,
            "stage": self.stage,
            "error": self.reason,
        }


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a page, and what is to be written of it.

    `data` is text or a line as bytes, or a record; `beside` the audit that stands beside it.
    """

    status: Status
    data: Any = None
    beside: bytes = b""
    host: str = ""
    failure: Failure | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of a group of pages, each by itself, and what was counted of their lines."""

    outcomes: list[Outcome]
    tally: Tally


@dataclass(slots=True)
class Result:
    """What became of some pages. It travels, and it can be added to."""

    counts: Counter[str] = field(default_factory=Counter)
    failures: list[Failure] = field(default_factory=list)
    ignored: int = 0
    bytes: int = 0
    is_whole: bool = True  # nothing was left unread
    tally: Tally | None = None

    def add(self, outcomes: Iterable[Outcome]) -> None:
        """Count what became of pages."""
        for outcome in outcomes:
            self.counts[outcome.status] += 1
            if outcome.failure is not None:
                self.failures.append(outcome.failure)


@dataclass(frozen=True, slots=True)
class Report:
    """How many pages had which end. `ignored` counts files and records that are no pages.

    `cleaned` lost lines and kept some, `unchanged` kept all, `emptied` had text and kept
    none, `skipped` were done by an earlier run, `failed_before` failed then. `seconds` and
    `bytes` say how long the run took and how much it read; `stopped` that it gave up after too
    many failures. `drift` says, a sentence each, what changed on sites since the earlier run.
    """

    cleaned: int = 0
    unchanged: int = 0
    emptied: int = 0
    failed: int = 0
    skipped: int = 0
    ignored: int = 0
    failed_before: int = 0
    seconds: float = 0.0
    bytes: int = 0
    stopped: bool = False
    drift: tuple[str, ...] = ()

    @property
    def exit_code(self) -> int:
        """0 if nothing failed, now or in the run that did it, else 1."""
        return int(self.failed > 0 or self.failed_before > 0 or self.stopped)

    @property
    def pages(self) -> int:
        """How many were taken up by this run."""
        return self.cleaned + self.unchanged + self.emptied + self.failed

    def __str__(self) -> str:
        """All counts in one line."""
        line = (
            f"{self.cleaned} cleaned, {self.unchanged} unchanged, {self.emptied} emptied, "
            f"{self.failed} failed, {self.skipped} skipped (already done)"
        )
        if self.failed_before:
            line += f"; {self.failed_before} failed then (--retry-failed)"
        return f"{line}; {self.ignored} other files not read" if self.ignored else line

    def speed(self) -> dict[str, float]:
        """How fast it went: in pages, and in millions of bytes read, a second."""
        seconds = max(self.seconds, 1e-9)
        return {
            "pages_per_second": round(self.pages / seconds, 1),
            "mb_per_second": round(self.bytes / 1e6 / seconds, 3),
        }
