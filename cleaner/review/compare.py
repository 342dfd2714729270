"""Two outputs of runs with verdicts: which lines are judged differently, and by what."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from pathlib import Path

from cleaner.review.sources import RecordedSheet, read_output
from cleaner.types import Verdict


@dataclass(frozen=True, slots=True)
class Changed:
    """A line of a page that is kept in one output and not in the other.

    `before` or `after` is None where an output does not have the line at all.
    """

    page: str
    text: str
    before: Verdict | None
    after: Verdict | None

    @property
    def reasons(self) -> str:
        """Why before and why after, as one countable string."""
        return " → ".join(_say(verdict) for verdict in (self.before, self.after))


@dataclass(frozen=True, slots=True)
class Comparison:
    """All that differs between two outputs."""

    pages: int
    only_before: tuple[str, ...]
    only_after: tuple[str, ...]
    changed: tuple[Changed, ...]

    @property
    def reasons(self) -> dict[str, tuple[int, int]]:
        """By reason: lines and words that changed, the most first."""
        lines: Counter[str] = Counter()
        words: Counter[str] = Counter()
        for change in self.changed:
            lines[change.reasons] += 1
            words[change.reasons] += len(change.text.split())
        return {reason: (count, words[reason]) for reason, count in lines.most_common()}

    @property
    def is_same(self) -> bool:
        """Whether nothing differs."""
        return not (self.changed or self.only_before or self.only_after)


def compare(before: Path, after: Path) -> Comparison:
    """Compare two outputs that were written with verdicts, page by page.

    Pages go by their id or path, those without one by their URL or else the number of their
    line; of pages with one name the first are compared, the second, and so on. Lines go by their
    text in order.

    Raises:
        CleanerError: one of them holds no verdicts.
        OSError: one cannot be read.
    """
    old, new = _by_name(read_output(before)), _by_name(read_output(after))
    changed: list[Changed] = []
    for page in [page for page in old if page in new]:
        one, two = old[page].recorded(), new[page].recorded()
        changed += _changes(page, one.texts, one.verdicts, two.texts, two.verdicts)
    return Comparison(
        pages=len(old.keys() | new.keys()),
        only_before=tuple(page for page in old if page not in new),
        only_after=tuple(page for page in new if page not in old),
        changed=tuple(changed),
    )


def _by_name(sheets: Iterable[RecordedSheet]) -> dict[str, RecordedSheet]:
    """Pages by their names, which are numbered where several have one."""
    seen: Counter[str] = Counter()
    named = {}
    for sheet in sheets:
        seen[sheet.key] += 1
        times = seen[sheet.key]
        named[sheet.key if times == 1 else f"{sheet.key} ({times})"] = sheet
    return named


def _changes(
    page: str,
    texts: tuple[str, ...],
    verdicts: tuple[Verdict, ...],
    others: tuple[str, ...],
    other_verdicts: tuple[Verdict, ...],
) -> Iterator[Changed]:
    if texts == others:  # as nearly always
        for text, before, after in zip(texts, verdicts, other_verdicts, strict=True):
            if before.keep != after.keep:
                yield Changed(page, text, before, after)
        return
    for what, a, b, c, d in SequenceMatcher(None, texts, others, autojunk=False).get_opcodes():
        if what == "equal":
            for text, before, after in zip(
                texts[a:b], verdicts[a:b], other_verdicts[c:d], strict=True
            ):
                if before.keep != after.keep:
                    yield Changed(page, text, before, after)
            continue
        yield from (
            Changed(page, text, verdict, None)
            for text, verdict in zip(texts[a:b], verdicts[a:b], strict=True)
            if verdict.keep
        )
        yield from (
            Changed(page, text, None, verdict)
            for text, verdict in zip(others[c:d], other_verdicts[c:d], strict=True)
            if verdict.keep
        )


def _say(verdict: Verdict | None) -> str:
    if verdict is None:
        return "no such line"
    return f"{'keep' if verdict.keep else 'drop'} {verdict.reason}"
