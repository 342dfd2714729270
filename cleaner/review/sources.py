"""What there is to review: pages, from all that is read, or an earlier run with its verdicts."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import Field, dataclass, replace
from pathlib import Path
from typing import Any, ClassVar, Protocol

from cleaner.decode import decode
from cleaner.io import compress, files, jsonl, parquet, source
from cleaner.io.entry import Entry, FileEntry, Limits
from cleaner.io.names import AUDIT
from cleaner.review.labels import Attached, Label, attach
from cleaner.review.scratch import Place, Scratch
from cleaner.split import Page
from cleaner.types import EMPTIED, KINDS, CleanerError, Document, Verdict

_Name = tuple[str, str, int]  # by what, the name, and which of those that have it
_FIELD = "cleaner"  # of a record that an earlier run wrote with its verdicts


@dataclass(frozen=True, slots=True)
class Recorded:
    """What an earlier run made of a page: its lines, their verdicts, its flags."""

    texts: tuple[str, ...]
    verdicts: tuple[Verdict, ...]
    flags: tuple[str, ...]


class Sheet(Protocol):
    """A page to review, read when it is looked at; a dataclass."""

    __dataclass_fields__: ClassVar[dict[str, Field[Any]]]

    @property
    def id(self) -> str:
        """The document's id, which labels go by."""

    @property
    def raw(self) -> str:
        """The id it came with, where `id` was made to tell it from others; else empty."""

    @property
    def url(self) -> str | None:
        """Its address, if it is known before it is read."""

    @property
    def file(self) -> str:
        """The file of records that it stands in, without its ending; empty if in none."""

    def load(self) -> Document:
        """The document.

        Raises:
            CleanerError, OSError: it cannot be read.
        """

    def recorded(self) -> Recorded | None:
        """What an earlier run made of it, where that is what is reviewed."""


@dataclass(frozen=True, slots=True)
class FileSheet:
    """A page in a file of its own."""

    entry: Entry
    id: str
    url: str | None = None
    file: str = ""
    raw: str = ""

    def load(self) -> Document:
        """Read the file."""
        return replace(self.entry.load(), id=self.id)

    def recorded(self) -> Recorded | None:
        """Nothing."""
        return None


@dataclass(frozen=True, slots=True)
class SpooledSheet:
    """A page that was read from among others, and lies in our own file until it is looked at."""

    spool: Scratch
    place: Place
    id: str
    url: str | None
    file: str
    raw: str = ""

    def load(self) -> Document:
        """Read it back."""
        values = json.loads(self.spool.read(self.place))
        if "error" in values:
            raise CleanerError(values["error"])
        return Document(values["content"], id=self.id, url=self.url, format=values["format"])

    def recorded(self) -> Recorded | None:
        """Nothing."""
        return None


@dataclass(frozen=True, slots=True)
class RecordedSheet:
    """A page of an earlier run.

    `key` is what the same page is called in the output of another run, and `file` the file of
    records that it stands in there.
    """

    spool: Scratch
    place: Place
    id: str
    url: str | None
    flags: tuple[str, ...]
    key: str
    file: str = ""
    raw: str = ""

    def load(self) -> Document:
        """The text of the lines that were recorded of it, apart from each other."""
        text = "\n\n".join(self.recorded().texts)
        return Document(text, id=self.id, url=self.url, format="text")

    def recorded(self) -> Recorded:
        """Its lines with their verdicts."""
        lines = json.loads(self.spool.read(self.place))
        return Recorded(
            tuple(line["text"] for line in lines),
            tuple(
                Verdict(line["keep"], line["probability"], line["kind"], line["reason"])
                for line in lines
            ),
            self.flags,
        )


def attach_to(sheet: Sheet, page: Page, labels: Iterable[Label]) -> Attached:
    """Put labels at the lines of a sheet's page, of which they are as it was shown.

    It was shown as it was recorded. What was recorded may read as Markdown, whose marks a page's
    lines are without; and one long line is sentences here, each of which has its label.
    """
    recorded = sheet.recorded()
    if not recorded or len(recorded.texts) not in (1, len(page)):
        return attach(labels, page.texts)
    found = attach(labels, recorded.texts)
    if found.labels and len(recorded.texts) == 1:
        return replace(found, labels=dict.fromkeys(range(len(page)), found.labels[0]))
    return found


def open_queue(place: Path, *, sources: Path | None = None, flagged: bool = False) -> list[Sheet]:
    """The pages to review at `place`: a folder, a file, or the output of a run with verdicts.

    Each has an id of its own: what pages of several files share is followed by the file's name.
    `sources` is where the pages of such a run came from: with it they are shown as they are
    cleaned now. `flagged` leaves those that a run or its report flagged.

    Raises:
        CleanerError: nothing is there.
        OSError: it cannot be read.
    """
    recorded = list(_recorded(place))
    if not recorded:
        if sources is not None or flagged:
            raise CleanerError(
                f"{place}: expected the output of a run with --verdicts, for --pages and --flagged"
            )
        found = pages(place)
        if not found:
            raise CleanerError(f"{place}: no pages found")
        return _unique(found)
    queue = _unique(recorded)
    if sources is not None:
        found = pages(sources)
        own = _unique(found)
        by_name = {name: own[number] for name, number in _named(found)}
        names = {number: name for name, number in _named(recorded)}  # the last is by the id
        queue = [
            _page_of(sheet, names[number], by_name) or queue[number]
            for number, sheet in enumerate(recorded)
        ]
    chosen = [sheet for sheet, shown in zip(queue, recorded, strict=True) if shown.flags]
    if flagged and not chosen:
        raise CleanerError(f"{place}: none of {len(recorded)} pages is flagged")
    return chosen if flagged else queue


def read_output(place: Path) -> list[RecordedSheet]:
    """The pages of an earlier run with verdicts.

    Raises:
        CleanerError: there are none.
    """
    found = list(_recorded(place))
    if not found:
        raise CleanerError(
            f"{place}: no verdicts; expected what `clean IN OUT --verdicts` wrote, a folder or a"
            " file of records"
        )
    return found


def pages(place: Path) -> list[Sheet]:
    """The pages of a folder or file, in their order; files of pages are read when looked at."""
    spool = Scratch()
    return [
        FileSheet(entry, entry.id)
        if isinstance(entry, FileEntry)
        else _spooled(entry, spool, source.record_stem(name))
        for name, shard in source.find([str(place)]).shards
        for group in shard.groups(Limits())
        for entry in group.entries
    ]


def _unique(sheets: Sequence[Sheet]) -> list[Sheet]:
    """The same pages, each with an id of its own.

    An id that is in several files is followed by its file, and what is still the same by a number.
    None is made that a page came with.
    """
    files: dict[str, set[str]] = {}
    for sheet in sheets:
        files.setdefault(sheet.id, set()).add(sheet.file)
    found: dict[str, Sheet] = {}
    again: Counter[str] = Counter()
    for sheet in sheets:
        several = sheet.file and len(files[sheet.id]) > 1
        name = own = f"{sheet.id} in {sheet.file}" if several else sheet.id
        while own in found or (own != sheet.id and own in files):
            again[name] += 1
            own = f"{name} ({again[name] + 1})"
        found[own] = sheet if own == sheet.id else replace(sheet, id=own, raw=sheet.id)
    return list(found.values())


def _spooled(entry: Entry, spool: Scratch, file: str) -> SpooledSheet:
    values: dict[str, Any]
    try:
        document = entry.load()
    except (CleanerError, OSError) as error:
        values = {"error": str(error)}
        document = Document("", id=entry.where)
    else:
        content = document.content
        text = decode(content) if isinstance(content, bytes) else content
        values = {"content": text, "format": document.format}
    place = spool.add(jsonl.line(values))
    return SpooledSheet(spool, place, document.id or entry.where, document.url, file)


def _recorded(place: Path) -> Iterator[RecordedSheet]:
    """The pages of an earlier run; none where `place` is no output with verdicts."""
    spool = Scratch()
    if not place.is_dir():
        if place.name.lower().endswith((*jsonl.SUFFIXES, *parquet.SUFFIXES)):
            yield from _records(place, "", spool)
        return
    for path in sorted(place.rglob("*")):
        name = path.relative_to(place).as_posix()
        if path.name.endswith(AUDIT):
            yield _audit(path, name.removesuffix(AUDIT), spool)
        elif path.name.endswith((*jsonl.SUFFIXES, *parquet.SUFFIXES)) and path.is_file():
            yield from _records(path, source.record_stem(name), spool)


def _audit(path: Path, name: str, spool: Scratch) -> RecordedSheet:
    """The page whose verdicts stand in a file beside its text."""
    records = [
        (_json(raw, f"{path}:{number}"), f"{path}:{number}")
        for number, raw in enumerate(path.read_bytes().splitlines(), 1)
    ]
    flags: tuple[str, ...] | None = None
    match records:
        case [*_, ({"flags": list(said), **others}, _)] if not others:
            flags = tuple(map(str, said))
            records.pop()
    lines = [_line(values, where) for values, where in records]
    if flags is None:  # earlier runs wrote none here
        flags = (EMPTIED,) if lines and not any(line["keep"] for line in lines) else ()
    return RecordedSheet(spool, spool.add(_dumps(lines)), name, None, flags, name)


def _records(path: Path, name: str, spool: Scratch) -> Iterator[RecordedSheet]:
    """The pages of a file of records with verdicts; none if the first has no verdicts.

    A page without an id or a URL is known by `name` and its number.
    """
    is_output = False
    read = _rows if path.name.lower().endswith(parquet.SUFFIXES) else _parsed
    for number, record in read(path):
        where = f"{path}:{number}"
        if isinstance(record, CleanerError):
            if is_output:
                raise CleanerError(f"{where}: {record}")
            continue  # told when it is read as a page
        audit = record.get(_FIELD)
        if not isinstance(audit, dict) or not isinstance(audit.get("lines"), list):
            if is_output:
                raise CleanerError(f"{where}: a record without verdicts, among others with them")
            return
        is_output = True
        lines = [_line(line, where) for line in audit["lines"]]
        url = record.get("url")
        id = "" if record.get("id") is None else str(record["id"])
        yield RecordedSheet(
            spool,
            spool.add(_dumps(lines)),
            id or where,
            url if isinstance(url, str) else None,
            tuple(map(str, audit.get("flags") or ())),
            id or str(url or "") or f"{name}:{number}",
            name,
        )


def _parsed(path: Path) -> Iterator[tuple[int, dict[str, Any] | CleanerError]]:
    """The records of a JSONL file with their numbers, and why a line is none."""
    for number, raw in enumerate(_raw_lines(path), 1):
        if raw.strip():
            try:
                record: dict[str, Any] | CleanerError = jsonl.parse(raw)
            except CleanerError as error:
                record = error
            yield number, record


def _rows(path: Path) -> Iterator[tuple[int, dict[str, Any] | CleanerError]]:
    """The rows of a Parquet file with their numbers, verdicts as JSONL has them."""
    for number, row in enumerate(parquet.read_columns(str(path), (_FIELD, "id", "url")), 1):
        with suppress(ValueError, RecursionError, TypeError):
            row[_FIELD] = json.loads(row[_FIELD]) if _FIELD in row else None
        yield number, row


def _raw_lines(path: Path) -> Iterator[bytes]:
    """The lines of a file that may be packed.

    Raises:
        CleanerError: it is cut short or damaged.
    """
    number = 0
    try:
        with path.open("rb") as file:
            for raw in compress.reader(file, path.name):
                number += 1
                yield raw
    except jsonl.READ_ERRORS as error:
        raise CleanerError(
            f"{path}:{number + 1}: cannot be read beyond this line: {error}"
        ) from error


def _dumps(lines: list[dict[str, Any]]) -> bytes:
    return json.dumps(lines).encode("ascii")


def _json(raw: bytes, where: str) -> object:
    try:
        return json.loads(raw)
    except (ValueError, RecursionError) as error:
        raise CleanerError(f"{where}: not JSON ({error})") from None


def _line(values: object, where: str) -> dict[str, Any]:
    """One line of an audit, checked."""
    wanted: Sequence[tuple[str, tuple[type, ...]]] = (
        ("text", (str,)), ("keep", (bool,)), ("probability", (float, int)),
        ("kind", (str,)), ("reason", (str,)),
    )  # fmt: skip
    if not isinstance(values, dict) or not all(
        type(values.get(name)) in types for name, types in wanted
    ):
        raise CleanerError(f"{where}: expected a line with its verdict, not {values!r:.60}")
    kind = values["kind"] if values["kind"] in KINDS else "other"
    return {**{name: values[name] for name, _ in wanted}, "kind": kind}


def bare_name(id: str) -> str:
    """A page's id without the ending that a run takes off its file."""
    suffix = next((each for each in files.SUFFIXES if id.lower().endswith(each)), "")
    return id[: len(id) - len(suffix)]


def _named(sheets: Sequence[Sheet]) -> Iterator[tuple[_Name, int]]:
    """The numbers of sheets by their ids without an ending, and by their URLs.

    Where several have one name, they are numbered in it.
    """
    seen: Counter[tuple[str, str]] = Counter()
    for number, sheet in enumerate(sheets):
        for what, name in (("url", sheet.url or ""), ("id", bare_name(sheet.id))):
            seen[what, name] += 1
            yield (what, name, seen[what, name]), number


def _page_of(sheet: Sheet, name: _Name, by_name: Mapping[_Name, Sheet]) -> Sheet | None:
    """The page that an earlier run recorded, by its id and by its URL."""
    page = by_name.get(name)
    if page is None or (sheet.url and page.url and page.url != sheet.url):
        return by_name.get(("url", sheet.url, 1)) if sheet.url else None
    return page
