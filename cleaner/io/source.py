"""What is to be read, by its addresses: which files there are, and who reads each."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Literal

from cleaner.io import compress, files, jsonl, parquet, place, warc
from cleaner.io.entry import BrokenEntry, Entry, Limits, Shard
from cleaner.io.jsonl import DEFAULT_FIELDS, Fields
from cleaner.io.names import AUDIT
from cleaner.types import CleanerError, Document, Format

InputFormat = Literal["auto", "html", "text", "jsonl", "parquet", "warc"]

RECORD_SUFFIXES = (*jsonl.SUFFIXES, *parquet.SUFFIXES, *warc.SUFFIXES)


@dataclass(frozen=True, slots=True)
class Sources:
    """All that is to be read, in order, each with its path below what all inputs share.

    `ignored` counts files that are no pages.
    """

    shards: Sequence[tuple[str, Shard]]
    ignored: int = 0

    @property
    def is_one_page(self) -> bool:
        """Whether it is one page by its nature, not by chance."""
        return len(self.shards) == 1 and getattr(self.shards[0][1], "is_one", False)

    @property
    def has_records(self) -> bool:
        """Whether some pages stand in files with others."""
        return any(not isinstance(shard, files.Files) for _, shard in self.shards)

    @property
    def size(self) -> int | None:
        """Bytes of it all; None when nobody can know."""
        sizes = [shard.size for _, shard in self.shards]
        return None if None in sizes else sum(size or 0 for size in sizes)


def find(
    addresses: Sequence[str],
    *,
    format: InputFormat = "auto",
    fields: Fields = DEFAULT_FIELDS,
    outside: str | None = None,
) -> Sources:
    """What is at `addresses`: files, folders, and patterns that stand for some.

    Of a folder, pages are read by their suffix, or where it holds none (or `format` says so)
    files of records, but none in `outside`.

    Raises:
        CleanerError: There is nothing, or a library is missing.
        OSError: A folder cannot be listed.
    """
    expanded = []
    for address in map(place.normal, addresses):
        matches = place.expand(address)
        if not matches:
            raise CleanerError(f"{address}: no file has such a name")
        expanded += matches
    reader = _Reader(format, fields)
    shards: list[tuple[str, Shard]] = []
    ignored = 0
    roots = {address for address in expanded if place.is_folder(address)}
    base = _shared(expanded, roots)
    for address in expanded:
        (prefix,) = place.below(base, [address])
        prefix = "" if prefix == "." else prefix
        if address not in roots:
            shards.append((prefix, reader.file(address)))
            continue
        found, passed_over = reader.folder(address, outside)
        ignored += passed_over
        shards += [(str(PurePosixPath(prefix, name)), shard) for name, shard in found]
    return Sources(shards, ignored)


def documents(
    addresses: Sequence[str],
    *,
    format: InputFormat = "auto",
    fields: Fields = DEFAULT_FIELDS,
    limits: Limits = Limits(),
) -> Iterator[tuple[Entry, Document | CleanerError | OSError]]:
    """All pages at `addresses`, as `find` reads them, one by one; errors stand for pages."""
    for _, shard in find(addresses, format=format, fields=fields).shards:
        for group in shard.groups(limits):
            for entry in group.entries:
                yield entry, _loaded(entry)


def addresses(address: str) -> Iterator[str]:
    """The files that are read at `address`."""
    for _, shard in find([address]).shards:
        entries = shard.entries if isinstance(shard, files.Files) else ()
        yield from (entry.where for entry in entries)
        yield shard.address


def _loaded(entry: Entry) -> Document | CleanerError | OSError:
    try:
        return entry.load()
    except (CleanerError, OSError) as error:
        return error


@dataclass(frozen=True, slots=True)
class _Reader:
    """Who reads a file."""

    format: InputFormat
    fields: Fields

    @property
    def page_format(self) -> Format | None:
        return self.format if self.format in ("html", "text") else None

    def file(self, address: str, found: place.Found | None = None) -> Shard:
        found = found or place.find(address)
        if found is None:
            raise CleanerError(f"{address}: there is no such file")
        name = address.lower()
        if self._is("jsonl", jsonl.SUFFIXES, name):
            return jsonl.Records(found, fields=self.fields)
        if self._is("parquet", parquet.SUFFIXES, name):
            return parquet.Rows(found, self.fields)
        if self._is("warc", warc.SUFFIXES, name):
            return warc.Archive(found, self.fields.url)
        return files.one_file(address, format=self.page_format)

    def _is(self, format: InputFormat, suffixes: tuple[str, ...], name: str) -> bool:
        return self.format == format or (self.format == "auto" and name.endswith(suffixes))

    def folder(self, root: str, outside: str | None) -> tuple[list[tuple[str, Shard]], int]:
        """The shards of a folder with their paths below it, and how many files are none."""
        if place.is_remote(root):
            found = place.walk(root)
            if outside is not None and outside.startswith(root.rstrip("/") + "/"):
                barred = outside.rstrip("/") + "/"
                found = [item for item in found if not item[1].address.startswith(barred)]
            pages = files.remote_folder(root, found)
            records: list[tuple[str, place.Found] | BrokenEntry] = [
                item for item in found if self._is_record(item[0])
            ]
            passed_over = len(found) - len(records)
        else:
            path = Path(root)
            barred_path = None if outside is None or place.is_remote(outside) else Path(outside)
            pages = files.folder(path, outside=barred_path, format=self.page_format)
            records, passed_over = files.listing(path, RECORD_SUFFIXES, outside=barred_path)
            records = [each for each in records if self._is_record(each)]
        if self.format in ("jsonl", "parquet", "warc") or (not pages.entries and records):
            shards: list[tuple[str, Shard]] = []
            for item in records:
                if isinstance(item, BrokenEntry):
                    shards.append((item.id, files.Files(item.where, [item])))
                else:
                    shards.append((item[0], self.file(item[1].address, item[1])))
            return shards, passed_over
        return [("", pages)], pages.ignored

    def _is_record(self, item: str | tuple[str, place.Found] | BrokenEntry) -> bool:
        if isinstance(item, BrokenEntry):
            return True
        name = (item if isinstance(item, str) else item[0]).lower()
        suffixes = {
            "jsonl": jsonl.SUFFIXES,
            "parquet": parquet.SUFFIXES,
            "warc": warc.SUFFIXES,
        }.get(self.format, RECORD_SUFFIXES)
        # Audits that stand beside cleaned texts are no pages.
        return name.endswith(suffixes) and not name.endswith(AUDIT)


def _shared(addresses: Sequence[str], folders: set[str]) -> str:
    """The folder that paths are told from: the only input, or what holds all of them."""
    if len(addresses) == 1:
        (address,) = addresses
        return address if address in folders else place.parent(address)
    if not any(map(place.is_remote, addresses)):
        absolute = [os.path.abspath(address) for address in addresses]  # noqa: PTH100 - no links
        return os.path.commonpath([os.path.dirname(each) for each in absolute])  # noqa: PTH120
    parts = [address.split("/")[:-1] for address in addresses]
    count = 0
    while all(len(each) > count and each[count] == parts[0][count] for each in parts):
        count += 1
    if count < 3:
        raise CleanerError(f"{addresses[0]}, {addresses[-1]}: one place was expected to hold all")
    return "/".join(parts[0][:count])


def record_stem(name: str) -> str:
    """The name of a file of records without what says how it is written.

    >>> record_stem("a/crawl.warc.gz"), record_stem("b.jsonl"), record_stem("CC-1.warc.wet.gz")
    ('a/crawl', 'b', 'CC-1')
    """
    bare = compress.stem(name)
    for suffix in (".warc.wet", ".jsonl", ".parquet", ".pq", ".warc", ".wet"):
        if bare.lower().endswith(suffix):
            return bare[: -len(suffix)]
    return bare
