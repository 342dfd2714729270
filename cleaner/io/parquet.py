"""Pages as rows of a Parquet file, read and written a row group at a time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO, Any

from cleaner.io import place
from cleaner.io.entry import GROUP_BYTES, GROUP_PAGES, BrokenEntry, Entry, Group, Limits
from cleaner.io.jsonl import DEFAULT_FIELDS, Fields, document, dumps
from cleaner.io.place import Found
from cleaner.types import CleanerError, Document

SUFFIXES = (".parquet", ".pq")
# Written together: enough rows that columns pack well, few enough to hold in memory.
_ROWS = 4096
_BYTES = 32 << 20


@dataclass(frozen=True, slots=True)
class RowEntry:
    """One row: the columns that make the page, and, where they are asked for, all others."""

    file: str
    position: int
    record: Mapping[str, Any]
    fields: Fields

    @property
    def where(self) -> str:
        """File and row number, from 1."""
        return f"{self.file}:{self.position}"

    @property
    def size(self) -> int:
        """Characters of the page."""
        columns = (self.record.get(self.fields.html), self.record.get(self.fields.text))
        return sum(len(value) for value in columns if isinstance(value, str | bytes))

    def identity(self) -> bytes:
        """Where it stands; the file tells when it changed."""
        return self.where.encode("utf-8", "surrogatepass")

    def load(self) -> Document:
        """The page of the row."""
        return document(dict(self.record), self.fields)


@dataclass(frozen=True, slots=True)
class Rows:
    """The rows of a Parquet file.

    With `carried`, columns that make no page stay in Arrow's own form (`Group.rows`) and go
    into a Parquet file as they are; without, they become fields of the page.
    """

    found: Found
    fields: Fields = DEFAULT_FIELDS
    carried: bool = False

    @property
    def address(self) -> str:
        """The file's."""
        return self.found.address

    @property
    def size(self) -> int:
        """Bytes of the file."""
        return self.found.size

    def identity(self) -> bytes:
        """What tells a changed file."""
        return self.found.identity()

    def groups(self, limits: Limits) -> Iterator[Group]:
        """The rows, one row group after the other."""
        arrow, parquet = _libraries()
        with place.open_read(self.address) as raw:
            row = 0
            try:
                file = parquet.ParquetFile(raw, pre_buffer=False)
                if fault := _fault(file.schema_arrow.names, self.fields):
                    yield Group((BrokenEntry(self.address, fault, 1, is_end=True),), self.size)
                    return
                if not file.metadata.num_rows:  # its columns are carried through all the same
                    empty = arrow.RecordBatch.from_pylist([], schema=file.schema_arrow)
                    yield Group((), self.size, rows=empty)
                for number in range(file.num_row_groups):
                    share = self.size * (number + 1) // file.num_row_groups
                    batches = file.iter_batches(GROUP_PAGES, [number], use_threads=False)
                    for batch in batches:
                        for part in _parts(batch, self.fields):
                            yield Group(self._entries(part, row), share, rows=part)
                            row += part.num_rows
            except (arrow.ArrowException, OSError) as error:
                reason = f"cannot be read beyond this row: {error}"
                entry = BrokenEntry(f"{self.address}:{row + 1}", reason, row + 1, is_end=True)
                yield Group((entry,), self.size)

    def _entries(self, rows: Any, before: int) -> tuple[Entry, ...]:
        if self.carried:
            ours = (self.fields.html, self.fields.text, self.fields.id, self.fields.url)
            rows = rows.select([name for name in rows.schema.names if name in ours])
        return tuple(
            RowEntry(self.address, before + n, record, self.fields)
            for n, record in enumerate(rows.to_pylist() or [{}] * rows.num_rows, 1)
        )


def read_columns(address: str, names: Sequence[str]) -> Iterator[dict[str, Any]]:
    """The rows of a file, of the columns `names` those that are there.

    Raises:
        CleanerError: It cannot be read.
    """
    arrow, parquet = _libraries()
    with place.open_read(address) as raw:
        try:
            file = parquet.ParquetFile(raw, pre_buffer=False)
            there = [name for name in names if name in file.schema_arrow.names]
            for batch in file.iter_batches(GROUP_PAGES, columns=there, use_threads=False):
                yield from batch.to_pylist()
        except (arrow.ArrowException, OSError) as error:
            raise CleanerError(f"{address}: cannot be read: {error}") from None


def _fault(names: list[str], fields: Fields) -> str:
    """Why there are no pages in columns of such names; nothing where there may be."""
    if twice := sorted({repr(name) for name in names if names.count(name) > 1}):
        return f"columns that are there twice: {', '.join(twice)}"
    if fields.html in names or fields.text in names:
        return ""
    found = ", ".join(map(repr, names)) or "none"
    return f"neither {fields.html!r} nor {fields.text!r} is there; the columns are: {found}"


def _parts(batch: Any, fields: Fields) -> Iterator[Any]:
    """A batch, in halves where its pages are large."""
    size = sum(
        batch.column(name).nbytes
        for name in (fields.html, fields.text)
        if name in batch.schema.names
    )
    if size <= GROUP_BYTES or batch.num_rows < 2:
        yield batch
    else:
        half = batch.num_rows // 2
        yield from _parts(batch.slice(0, half), fields)
        yield from _parts(batch.slice(half), fields)


def table(
    records: Sequence[Mapping[str, Any] | None],
    rows: Any,
    fields: Fields,
    *,
    verdicts: bool,
    added: Sequence[str] = (),
) -> Any:
    """Records of cleaned pages as an Arrow table; None stands for a page that failed.

    With `rows`, the columns of the input are carried through, in its order and types, but for
    the page's own; without, there is a column for each kind of field seen: id, url and text,
    title, and the rest as JSON in `fields`, since a column must be of one type in all files.
    With `verdicts`, the audit stands as JSON in a column of its own. Fields that are `added` to
    records are columns where the input has none of that name.
    """
    arrow, _ = _libraries()
    written = [record for record in records if record is not None]
    if rows is None:
        return _made(written, fields, arrow, verdicts=verdicts, added=added)
    kept = arrow.Table.from_batches([rows])
    if len(written) < len(records):
        kept = kept.filter(arrow.array([record is not None for record in records]))
    texts = arrow.array([_text(record[fields.text]) for record in written], arrow.large_string())
    names = kept.schema.names
    if fields.html in names:
        kept = kept.drop_columns([fields.html])
    if fields.text in kept.schema.names:
        was = kept.schema.field(fields.text)
        kind = was.type if _is_text(was.type, arrow) else arrow.large_string()
        at = kept.schema.get_field_index(fields.text)
        changed = was.with_type(kind)
        kept = kept.set_column(at, changed, texts.cast(kind))
    else:
        kept = kept.append_column(fields.text, texts.cast(arrow.string()))
    for name in dict.fromkeys(("title", *added)):
        if name not in names:
            values = [record.get(name) for record in written]
            kept = kept.append_column(name, arrow.array(values, arrow.string()))
    if verdicts:
        if "cleaner" in names:
            raise CleanerError("a column 'cleaner' is there already: no place for the verdicts")
        audits = [dumps(record["cleaner"]) for record in written]
        kept = kept.append_column("cleaner", arrow.array(audits, arrow.string()))
    return kept


def _made(
    written: list[Mapping[str, Any]],
    fields: Fields,
    arrow: Any,
    *,
    verdicts: bool,
    added: Sequence[str] = (),
) -> Any:
    own = (fields.id, fields.url, "crawled", fields.text, "title", *added)
    columns: dict[str, Any] = {}
    for name in own:
        values = [record.get(name) for record in written]
        texts = [value if value is None else _text(value) for value in values]
        columns[name] = arrow.array(texts, arrow.string())
    if verdicts:
        audits = [dumps(record.get("cleaner")) for record in written]
        columns["cleaner"] = arrow.array(audits, arrow.string())
    rest = [{k: v for k, v in record.items() if k not in (*own, *columns)} for record in written]
    packed = [dumps(each) if each else None for each in rest]
    columns["fields"] = arrow.array(packed, arrow.string())
    return arrow.table(columns)


class Writer:
    """Gathers tables into row groups, which depend on nothing but the pages."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._writer: Any = None
        self._waiting: list[Any] = []
        self._rows = self._bytes = 0

    def append(self, part: Any) -> None:
        """Add rows."""
        self._waiting.append(part)
        self._rows += part.num_rows
        self._bytes += part.nbytes
        if self._rows >= _ROWS or self._bytes >= _BYTES:
            self._flush()

    def _flush(self) -> None:
        arrow, parquet = _libraries()
        whole = arrow.concat_tables(self._waiting)
        if self._writer is None:
            self._writer = parquet.ParquetWriter(self._file, whole.schema, compression="zstd")
        self._writer.write_table(whole, row_group_size=max(1, whole.num_rows))
        self._waiting, self._rows, self._bytes = [], 0, 0

    def close(self) -> None:
        """Write what waits, and the end of the file."""
        if not self._waiting and self._writer is None:
            self._waiting = [_made([], DEFAULT_FIELDS, _libraries()[0], verdicts=False)]
        if self._waiting:
            self._flush()
        self._writer.close()


@contextmanager
def writer(file: IO[bytes]) -> Iterator[Writer]:
    """A writer that ends the file when the block does, if it does not raise."""
    made = Writer(file)
    yield made
    made.close()


def _is_text(kind: Any, arrow: Any) -> bool:
    return bool(arrow.types.is_string(kind) or arrow.types.is_large_string(kind))


def _text(value: object) -> str:
    return str(value).encode("utf-8", "replace").decode("utf-8")


def _libraries() -> tuple[Any, Any]:
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError:
        raise CleanerError("Parquet files need: pip install 'pagecleaner[parquet]'") from None
    return pyarrow, pyarrow.parquet
