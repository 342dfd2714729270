"""Two outputs of runs with verdicts: which lines are judged differently, and by what."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from pathlib import Path
from typing import NamedTuple

from cleaner.review.sources import RecordedSheet, bare_name, read_output
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
    line. Where several have one name, those in files of one name are compared, the first with
    the first, and so on; where one output has no such page, by the name without its ending,
    which a folder has. Lines go by their text in order.

    Raises:
        CleanerError: one of them holds no verdicts.
        OSError: one cannot be read.
    """
    outputs = [read_output(place) for place in (before, after)]
    counts = [Counter(sheet.key for sheet in sheets) for sheets in outputs]
    several = {key for count in counts for key, times in count.items() if times > 1}
    old, new = (_by_name(sheets, several) for sheets in outputs)
    for name, other in _bare_pairs(old.keys() - new.keys(), new.keys() - old.keys()):
        new[name] = new.pop(other)
    changed: list[Changed] = []
    for name in [name for name in old if name in new]:
        one, two = old[name].recorded(), new[name].recorded()
        changed += _changes(name.shown, one.texts, one.verdicts, two.texts, two.verdicts)
    return Comparison(
        pages=len(old.keys() | new.keys()),
        only_before=tuple(name.shown for name in old if name not in new),
        only_after=tuple(name.shown for name in new if name not in old),
        changed=tuple(changed),
    )


class _Name(NamedTuple):
    """What a page is told by: where its key is not its own, its file and its number there too."""

    key: str
    file: str = ""
    number: int = 1

    @property
    def shown(self) -> str:
        where = f" in {self.file}" if self.file else ""
        return f"{self.key}{where}{f' ({self.number})' if self.number > 1 else ''}"


def _by_name(
    sheets: Iterable[RecordedSheet], several: Collection[str]
) -> dict[_Name, RecordedSheet]:
    named: dict[_Name, RecordedSheet] = {}
    seen: Counter[_Name] = Counter()
    for sheet in sheets:
        name = _Name(sheet.key, sheet.file if sheet.key in several else "")
        seen[name] += 1
        named[name._replace(number=seen[name])] = sheet
    return named


def _bare_pairs(old: Iterable[_Name], new: Iterable[_Name]) -> Iterator[tuple[_Name, _Name]]:
    """Names of both that are the same without an ending, and no other is."""
    bare: list[dict[str, list[_Name]]] = [{}, {}]
    for names, found in zip((old, new), bare, strict=True):
        for name in names:
            found.setdefault(bare_name(name.key), []).append(name)
    for key, names in bare[0].items():
        others = bare[1].get(key, [])
        if len(names) == len(others) == 1:
            yield names[0], others[0]


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
