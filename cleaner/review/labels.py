"""Corrections of verdicts: an append-only file of JSON lines, and what follows from it.

A label says of one line of one page whether it is kept. Nothing is ever changed or removed in
the file: a later label of the same line counts instead of an earlier one, and undoing is a
record too, which names the action that it takes back.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import secrets
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cleaner.io import compress
from cleaner.types import KINDS, CleanerError

if TYPE_CHECKING:
    from cleaner.review.sources import Sheet

try:
    import fcntl
except ImportError:  # Windows: one process at a time is on its own there
    fcntl = None  # type: ignore[assignment]


@dataclass(frozen=True, slots=True)
class Label:
    """What a person says of one line.

    `line` is its index in the page as it was split when it was first labelled, `digest` that of
    its text. `by` and `at` (ISO 8601, UTC) are who and when; `proposed_by` is who or what said so
    first, the reason of a verdict or a name, and `confirmed_by` who agreed. Labels given at once
    share `action`.
    """

    doc: str
    url: str | None
    line: int
    digest: str
    text: str
    keep: bool
    kind: str
    by: str
    at: str
    proposed_by: str
    confirmed_by: str
    action: str

    def is_of(self, url: str | None) -> bool:
        """Whether it is of the page with its id that has this URL, as far as both have one."""
        return not url or not self.url or self.url == url


@dataclass(frozen=True, slots=True)
class Undo:
    """Takes back all labels of one action."""

    undoes: str
    by: str
    at: str


Record = Label | Undo
Key = tuple[str, int, str, str | None]  # document, line, digest, URL
Current = dict[str | None, dict[Key, Label]]
Home = Callable[[Label], str | None]
_MADE = re.compile(r" in | \(\d+\)$|$")  # follows the id that a page came with
_FOLDER = re.compile(r"^.*[/\\](?=[^/\\]+:\d+)")  # of an id that is a place, as in/a.jsonl:3
_NO_JSON = object()
_COMPARED = 200  # bytes; a label ends with the name of its action, which no other has
_TYPES: dict[str, tuple[type, ...]] = {
    name: (bool,) if name == "keep" else (int,) if name == "line" else (str,)
    for name in Label.__dataclass_fields__
} | {"url": (str, type(None))}


@dataclass(frozen=True, slots=True)
class Attached:
    """The labels of a page by the index of the line they stand at now, and those that are lost."""

    labels: Mapping[int, Label]
    lost: tuple[Label, ...]
    moved: int


@dataclass(frozen=True, slots=True)
class Merged:
    """The records of several files, and the lines that two people see differently."""

    records: tuple[Record, ...]
    disputed: tuple[tuple[Label, Label], ...]


def digest(text: str) -> str:
    """What a line is known by when its page is split again: its text, but for white space.

    >>> digest("Read  more ") == digest("Read more")
    True
    """
    plain = " ".join(text.split()).encode("utf-8", "surrogatepass")
    return hashlib.blake2b(plain, digest_size=8).hexdigest()


def new_action() -> str:
    """A name that no other action has."""
    return secrets.token_hex(8)


class LabelFile:
    """The labels in a file, which other processes may append to at the same time.

    A line that is no JSON, as of a record that was cut short by a power failure or `kill -9`, is
    passed over; `passed_over` tells of them. The next record begins on a line of its own.
    `version` grows with every record that is read or written.

    Raises:
        CleanerError: a line is JSON, and no record, or the file is packed.
        OSError: the file cannot be read.
    """

    def __init__(self, path: Path) -> None:
        check_plain(path)
        self.path = path
        self.records: list[Record] = []
        self.broken: list[int] = []
        self._read = 0  # bytes
        self._last = b""  # of these, to tell the file from another
        self._lines = 0
        self.refresh()

    @property
    def version(self) -> int:
        """How many records there are."""
        return len(self.records)

    def refresh(self) -> list[Record]:
        """Read what was appended since; the new records.

        Raises:
            CleanerError: the file is gone, or another one than was read.
        """
        try:
            with self.path.open("rb") as file:
                file.seek(self._read - len(self._last))
                data = file.read()
        except FileNotFoundError:
            data = b""
        if not data.startswith(self._last):
            raise CleanerError(
                f"{self.path}: was replaced or removed since it was opened;"
                " start `clean review` anew"
            )
        data = data[len(self._last) :]
        # The last line may still be written; whole without its end, it was written by hand.
        end = data.rfind(b"\n") + 1
        if _json(data[end:]) is not _NO_JSON:
            end = len(data)
        fresh: list[Record] = []
        broken = []
        for number, raw in enumerate(data[:end].split(b"\n"), self._lines + 1):
            if raw.strip():
                values = _json(raw)
                if values is _NO_JSON:
                    broken.append(number)
                else:
                    fresh.append(_record(values, f"{self.path}:{number}"))
        self._read += end
        self._last = (self._last + data[:end])[-_COMPARED:]
        self._lines += data.count(b"\n", 0, end)
        self.broken += broken
        self.records += fresh
        return fresh

    def passed_over(self) -> str:
        """A message on the lines that are no records, or nothing."""
        is_cut = self.path.exists() and self.path.stat().st_size > self._read
        broken = [*self.broken, *([self._lines + 1] if is_cut else [])]
        if not broken:
            return ""
        return (
            f"{self.path}:{broken[0]}: passed over, as it is no JSON, or cut short"
            f" ({len(broken)} such lines in this file)"
        )

    def append(self, records: Sequence[Record]) -> list[Record]:
        """Write records after all others, on disk when this returns.

        What others wrote in the meantime is read as well; the result is all that is new.

        Raises:
            CleanerError: the file is gone, or another one than was read; nothing is written.
        """
        fresh = self.refresh()
        data = b"".join(_line(record) for record in records)
        self.path.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o644)
        with os.fdopen(handle, "r+b", buffering=0) as file, _locked(handle):
            size = os.fstat(handle).st_size
            if size:
                file.seek(size - 1)
                if file.read(1) != b"\n":  # a record that somebody did not finish
                    data = b"\n" + data
            written = os.write(handle, data)
            while written < len(data):
                written += os.write(handle, data[written:])
            os.fsync(handle)
        return fresh + self.refresh()


def check_plain(path: Path) -> None:
    """Refuse a file that is packed by its name: labels could not be appended to it.

    Raises:
        CleanerError: it is.
    """
    if compress.stem(path.name) != path.name:
        raise CleanerError(
            f"{path}: expected labels in plain JSONL, not packed: they are appended to"
        )


def read_labels(path: Path, tell: Callable[[str], None] = lambda message: None) -> list[Record]:
    """All records of a file; `tell` is called with a message if lines of it were passed over.

    Raises:
        CleanerError: it is not there or packed, or a line is JSON, and no record.
    """
    if not path.is_file():
        raise CleanerError(f"{path}: no such file; expected labels, as `clean review` writes them")
    file = LabelFile(path)
    if message := file.passed_over():
        tell(message)
    return file.records


def home_among(sheets: Iterable[Sheet]) -> Home:
    """Tells of a label the id of the page it is of, None if it is of none of `sheets`.

    The page is known by its id, as far as their URLs do not differ, or else by its URL and the
    id that it came with, with others at hand or without, and in whichever folder its file is.
    """
    shown: dict[str, list[str | None]] = {}
    came: dict[str, dict[str, str]] = {}
    for sheet in sheets:
        shown.setdefault(sheet.id, []).append(sheet.url)
        if sheet.url:
            came.setdefault(sheet.url, {}).setdefault(sheet.raw or sheet.id, sheet.id)

    def home(label: Label) -> str | None:
        if any(map(label.is_of, shown.get(label.doc, ()))):
            return label.doc
        ids = came.get(label.url or "", {})
        doc = _FOLDER.sub("", label.doc)
        bare = ((raw, _FOLDER.sub("", raw)) for raw in ids)
        is_made = ((raw, name) for raw, name in bare if doc.startswith(name))
        raw = next((raw for raw, name in is_made if _MADE.match(doc, len(name))), None)
        return None if raw is None else ids.get(label.doc, ids[raw])

    return home


def _doc(label: Label) -> str:
    return label.doc


def current(records: Iterable[Record], home: Home = _doc) -> Current:
    """The labels that count, by the page they are of, in the order they were given."""
    records = list(records)
    undone = {record.undoes for record in records if isinstance(record, Undo)}
    found: Current = {}
    for record in records:
        if isinstance(record, Label) and record.action not in undone:
            add_label(found, record, home)
    return found


def add_label(found: Current, label: Label, home: Home) -> None:
    """Let a label count, behind all others of its page."""
    own = found.setdefault(home(label), {})
    key = (label.doc, label.line, label.digest, label.url)
    own.pop(key, None)
    own[key] = label


def of_page(labels: Current, id: str | None, url: str | None) -> list[Label]:
    """The labels that count of one page."""
    own = [label for label in labels.get(id, {}).values() if label.is_of(url)]
    return list({(label.line, label.digest): label for label in own}.values())


def attach(labels: Iterable[Label], texts: Sequence[str]) -> Attached:
    """Put each label of a page at the line whose text it is of.

    Where as many lines have the text as labels are of it, they go by their order. Of others, a
    label whose line still has its text stays, and the rest go to the nearest line with the same
    text that no label has yet; where there is none, the label is lost.
    """
    lines: dict[str, list[int]] = {}
    for at, text in enumerate(texts):
        lines.setdefault(digest(text), []).append(at)
    alike: dict[str, list[Label]] = {}
    for label in sorted(labels, key=lambda label: label.line):
        alike.setdefault(label.digest, []).append(label)
    placed: dict[int, Label] = {}
    lost: list[Label] = []
    for known, some in alike.items():
        free = set(lines.get(known, ()))
        if len(free) == len(some):
            placed.update(zip(sorted(free), some, strict=True))
            continue
        staying = {label.line: label for label in some if label.line in free}
        placed.update(staying)
        free -= staying.keys()
        for label in some:
            if staying.get(label.line) is label:
                continue
            if not free:
                lost.append(label)
                continue
            _, nearest = min((abs(at - label.line), at) for at in free)
            placed[nearest] = label
            free.remove(nearest)
    moved = sum(at != label.line for at, label in placed.items())
    lost.sort(key=lambda label: label.line)
    return Attached(dict(sorted(placed.items())), tuple(lost), moved)


def merge(files: Iterable[Sequence[Record]]) -> Merged:
    """The records of several files as one, oldest first, each once.

    Where people label a line alike, the later ones are recorded as having confirmed it; where
    they do not, the last one counts, and the two are reported.
    """
    seen: set[Record] = set()
    records = [r for file in files for r in file if not (r in seen or seen.add(r))]  # type: ignore[func-returns-value]
    records.sort(key=lambda record: record.at)  # stable: of one file, in its order
    undone = {record.undoes for record in records if isinstance(record, Undo)}
    last: dict[tuple[str, int, str], dict[str | None, Label]] = {}
    disputed = []
    for record in records:
        if isinstance(record, Label) and record.action not in undone:
            own = last.setdefault((record.doc, record.line, record.digest), {})
            before = next((one for one in reversed(own.values()) if one.is_of(record.url)), None)
            if before and before.keep != record.keep and before.by != record.by:
                disputed.append((before, record))
            own.pop(record.url, None)
            own[record.url] = record
    return Merged(tuple(records), tuple(disputed))


def stats(records: Sequence[Record]) -> dict[str, Any]:
    """Counts of the labels that count: lines kept and dropped, by kind and person, corrections."""
    found = current(records)
    pages = [
        (doc, url)
        for doc, own in found.items()
        for url in {label.url: None for label in own.values() if label.url} or [None]
    ]
    labels = {label: None for doc, url in pages for label in of_page(found, doc, url)}
    return {
        "pages": len(pages),
        "lines": len(labels),
        "kept": sum(label.keep for label in labels),
        "dropped": sum(not label.keep for label in labels),
        "corrections": sum(label.proposed_by == label.by for label in labels),
        "confirmed": sum(label.proposed_by != label.by for label in labels),
        "undone": sum(isinstance(record, Undo) for record in records),
        "kinds": dict(Counter(label.kind for label in labels).most_common()),
        "people": dict(Counter(label.by for label in labels).most_common()),
    }


def dump(records: Iterable[Record]) -> bytes:
    """Records as the bytes of a file."""
    return b"".join(map(_line, records))


def _line(record: Record) -> bytes:
    return (json.dumps(asdict(record), ensure_ascii=False) + "\n").encode(
        "utf-8", "backslashreplace"
    )


def _json(raw: bytes) -> object:
    """The value on a line; `_NO_JSON` where it is none."""
    try:
        value: object = json.loads(raw)
    except (ValueError, RecursionError):
        return _NO_JSON
    return value


def _record(values: object, where: str) -> Record:
    if not isinstance(values, dict):
        raise CleanerError(f"{where}: expected an object with a label, not {values!r:.60}")
    if "lines" in values:
        raise CleanerError(
            f"{where}: a page with labels, as `clean labels export` writes it for training;"
            " expected the labels that it was made of"
        )
    if "undoes" in values:
        return Undo(*(_take(values, name, (str,), where) for name in ("undoes", "by", "at")))
    filled = {"url": None, "action": "", "proposed_by": "", "confirmed_by": "", **values}
    label = Label(**{name: _take(filled, name, types, where) for name, types in _TYPES.items()})
    if label.kind not in KINDS:
        raise CleanerError(f"{where}: kind: expected one of {', '.join(KINDS)}, not {label.kind!r}")
    return label


def _take(values: Mapping[str, Any], name: str, types: tuple[type, ...], where: str) -> Any:
    value = values.get(name)
    if type(value) not in types:
        expected = {bool: "true or false", int: "a whole number"}.get(types[0], "a string")
        raise CleanerError(f"{where}: {name}: expected {expected}, not {value!r:.60}")
    return value


@contextmanager
def _locked(handle: int) -> Iterator[None]:
    """Nobody else who asks writes until the block ends; the system lets go if we are killed."""
    if fcntl is None:
        yield
        return
    fcntl.flock(handle, fcntl.LOCK_EX)
    try:
        yield
    finally:
        with suppress(OSError):
            fcntl.flock(handle, fcntl.LOCK_UN)
