"""The run as a whole: what is to be done, who does it, and what came of it."""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, nullcontext
from dataclasses import dataclass, field, replace
from datetime import datetime, timezone
from functools import partial
from pathlib import Path
from typing import Any

from cleaner.batch import engine as engines
from cleaner.batch.engine import Engine
from cleaner.batch.isolate import child
from cleaner.batch.options import Options, Versions, digest
from cleaner.batch.report import Failure, Report, Result
from cleaner.batch.work import TIMEOUT, Work
from cleaner.batch.worker import (
    GroupWork,
    PageWork,
    ShardWork,
    Task,
    TooManyFailuresError,
    Unit,
    clean_unit,
    made_of_what,
    merge,
    too_many,
    within,
)
from cleaner.drift import find_drift
from cleaner.io import atomic, compress, names, notes, place, sink
from cleaner.io.entry import GROUP_BYTES, GROUP_PAGES, Entry, Limits, Shard
from cleaner.io.files import Files
from cleaner.io.notes import Store
from cleaner.io.parquet import Rows
from cleaner.io.render import Layout
from cleaner.io.sink import Sink
from cleaner.io.source import Sources, record_stem
from cleaner.report import Tally, parse_report, usual_losses
from cleaner.types import CleanerError


@dataclass(slots=True)
class Progress:
    """What has come of a run so far, and who is told of it."""

    on_failure: Callable[[Failure], None]
    on_progress: Callable[[int, int], None]
    max_failures: int | None
    result: Result = field(default_factory=Result)
    skipped: int = 0
    failed_before: int = 0
    position: int = 0

    def add(self, part: Result, position: int | None = None) -> None:
        """Take note of what became of some pages.

        Raises:
            TooManyFailuresError: That was too much.
        """
        merge(self.result, replace(part, failures=list(part.failures)))
        self.position = self.position + part.bytes if position is None else position
        for failure in part.failures:
            self.on_failure(failure)
        self.on_progress(self.position, self.result.counts.total())
        if too_many(self.result, self.max_failures):
            raise TooManyFailuresError(self.result)


def run(
    sources: Sources,
    to: Sink,
    *,
    options: Options = Options(),
    engine: Engine = Engine(),
    limits: Limits = Limits(),
    timeout: float = TIMEOUT,
    max_failures: int | None = None,
    force: bool = False,
    retry_failed: bool = False,
    dry_run: bool = False,
    on_failure: Callable[[Failure], None] = lambda failure: None,
    on_progress: Callable[[int, int], None] = lambda position, pages: None,
) -> Report:
    """Clean all pages of `sources` and write them `to` a sink, in the order of the sources.

    A page that fails is reported and writes nothing; the others go on, until more than
    `max_failures` have failed. One that takes longer than `timeout` seconds, or that kills
    the process that cleans it, is cleaned once more alone, and then has failed. What an
    earlier run finished with the same options is skipped, unless `force`, or `retry_failed`
    and pages of it failed. The output is the same for any engine. `dry_run` reads and
    cleans, and writes nothing.

    `on_progress` is called with the bytes read so far and the number of pages done.

    Raises:
        CleanerError: An option names what is not there, or another run writes to the sink.
        OSError: The output cannot be written at all.
        ChildProcessError: Workers are lost again and again.
    """
    started = time.monotonic()
    date = datetime.now(timezone.utc).isoformat(timespec="seconds")
    folder = _notes(to)
    earlier = _earlier(folder)
    usual = tuple(sorted(usual_losses(earlier).items())) if earlier else ()
    work = Work(options, None if dry_run else to.layout, limits, timeout, usual)
    own = child(work)  # starts while we look what there is to do
    progress = Progress(on_failure, on_progress, max_failures)
    try:
        # A stream, or a file of one page, is no place where anything could be done already.
        versions = Versions("") if folder is None else options.versions()
        own.wait()
        with _held(folder, dry_run=dry_run):
            plan = _Plan(
                sources, to, work, versions, engine, force, retry_failed, dry_run, progress
            )
            stopped = False
            try:
                plan.run()
            except TooManyFailuresError:
                stopped = True
            report = _report(progress, sources, time.monotonic() - started, stopped=stopped)
            if folder is not None and not dry_run:
                report = _write_notes(folder, progress, report, work, versions, date, earlier)
    except BaseException:
        # What it is about is not awaited.
        own.close()
        raise
    return report


def _notes(to: Sink) -> str | None:
    if isinstance(to, sink.Folder):
        return notes.of_folder(to.root)
    return notes.of_file(to.address) if isinstance(to, sink.RecordFile) else None


def _earlier(folder: str | None) -> dict[str, Any] | None:
    """The report of the run before this one, if there was one and it can be read."""
    if folder is None:
        return None
    try:
        return parse_report(notes.read(folder, "report.json"), where=folder)
    except (OSError, CleanerError):
        return None


def _held(folder: str | None, *, dry_run: bool) -> AbstractContextManager[None]:
    """Nobody else writes where we do, but for a file of one page, which is there in one step."""
    return nullcontext() if folder is None or dry_run else notes.held(folder)


def _report(progress: Progress, sources: Sources, seconds: float, *, stopped: bool) -> Report:
    result = progress.result
    return Report(
        cleaned=result.counts["cleaned"],
        unchanged=result.counts["unchanged"],
        emptied=result.counts["emptied"],
        failed=len(result.failures),
        skipped=progress.skipped,
        failed_before=progress.failed_before,
        ignored=result.ignored + sources.ignored,
        seconds=seconds,
        bytes=progress.position,
        stopped=stopped,
    )


def _write_notes(
    folder: str,
    progress: Progress,
    report: Report,
    work: Work,
    versions: Versions,
    date: str,
    earlier: dict[str, Any] | None,
) -> Report:
    """Write what went wrong and how it went; the report, with what changed since the run before."""
    if not report.pages and not report.failed:
        return report  # all was done: what the last run said still holds
    failures = progress.result.failures
    lines = [json.dumps(each.record(), ensure_ascii=True) + "\n" for each in failures]
    if lines:
        notes.write(folder, "failures.jsonl", "".join(lines).encode("ascii"))
    else:
        place.remove(place.join(folder, "failures.jsonl"))
    tally = progress.result.tally or Tally()
    tally.count("skipped", report.skipped)
    tally.count("failed", max(0, report.failed - tally.pages["failed"]))  # to be read or written
    tally.bytes = report.bytes
    whole = tally.to_json(
        model=work.options.model, rules=versions.of(None), started=date, seconds=report.seconds
    )
    drift = tuple(map(str, find_drift(earlier, whole))) if earlier else ()
    more = {**report.speed(), "ignored": report.ignored, "drift": drift}
    notes.write(folder, "report.json", (json.dumps({**whole, **more}) + "\n").encode("ascii"))
    return replace(report, drift=drift)


@dataclass(frozen=True, slots=True)
class _Plan:
    """All that decides what is done."""

    sources: Sources
    to: Sink
    work: Work
    versions: Versions
    engine: Engine
    force: bool
    retry_failed: bool
    dry_run: bool
    progress: Progress

    def run(self) -> None:
        to = self.to
        if isinstance(to, sink.Stream):
            self._stream(to)
        elif isinstance(to, sink.RecordFile):
            shards = tuple(shard for _, shard in self.sources.shards)
            unit = self._unit(shards, to.address, place.name(to.address))
            self._units([unit], notes.of_file(to.address))
        elif isinstance(to, sink.SingleFile):
            store = None if self.dry_run else notes.single(to.address)
            entries = _entries(self.sources, self.work.limits)
            name = place.name(to.address)
            self._pages(iter([[Task(entry, name)] for entry, _ in entries]), store)
        elif to.layout.is_packed:
            units = [self._unit((shard,), *where) for shard, where in _targets(self.sources, to)]
            self._units(units, notes.of_folder(to.root))
        else:
            self._folder(to)

    # Pages in files of their own.

    def _folder(self, to: sink.Folder) -> None:
        known = {} if self.force else notes.known(to.root)
        store = None if self.dry_run else notes.prepare(to.root, known)
        tasks = self._tasks(to, known)
        self._pages(_task_groups(tasks), store, frozenset(known))

    def _tasks(self, to: sink.Folder, known: dict[str, str]) -> Iterator[Task]:
        """What is to be done; what is not, because it is done already, is counted."""
        layout = str(to.layout)
        for entry, name, host in _named(self.sources, to.layout, self.work.limits):
            made_of = entry.identity().hex()
            now = digest([self.versions.of([host]), layout, made_of])
            if name in known and known[name] == notes.noted(now, _sizes(to, name)):
                self.progress.skipped += 1
            else:
                yield Task(entry, name, now)

    def _pages(
        self, groups: Iterator[list[Task]], store: Store | None, known: frozenset[str] = frozenset()
    ) -> None:
        def fresh() -> Iterator[list[Task]]:
            for group in groups:
                if store is not None:
                    store.forget(task.name for task in group if task.name in known)
                yield group

        do = PageWork(self.work, store)
        with closing(engines.each(do, fresh(), self.engine)) as results:
            for result in results:
                self.progress.add(result)

    # Pages in files with others.

    def _unit(self, shards: tuple[Shard, ...], address: str, name: str) -> Unit:
        layout = self.to.layout.of(address)
        rows = [shard for shard in shards if isinstance(shard, Rows)]
        if layout.format == "parquet" and len(rows) == len(shards):
            shards = tuple(replace(shard, carried=True) for shard in rows)
        identities = [shard.identity() for shard in shards]
        known = [each.hex() for each in identities if each is not None]
        readers = [type(shard).__name__ for shard in shards]
        made_of = digest([known, readers, str(layout)]) if len(known) == len(identities) else ""
        return Unit(shards, address, name, layout, made_of)

    def _units(self, units: list[Unit], folder: str) -> None:
        if not self.dry_run and not place.is_remote(folder):
            scratch = Path(folder)
            scratch.mkdir(parents=True, exist_ok=True)
            atomic.sweep(scratch)
        # The longest first, or one of them may be begun last and keep a single worker busy.
        todo = sorted(
            (unit for unit in units if not self._is_done(unit, folder)), key=_size, reverse=True
        )
        do = ShardWork(
            self.work,
            self.versions,
            None if self.dry_run else folder,
            self.progress.max_failures,
        )
        workers = self.engine.jobs or 2
        if len(todo) >= workers and not self.engine.is_here and len(todo) > 1:
            with closing(engines.each(do, todo, self.engine)) as results:
                for result in results:
                    self.progress.add(result)
            return
        each = partial(engines.each, engine=self.engine, bounded=True)
        before = 0
        for unit in todo:
            clean_unit(unit, do, each, on_group=partial(self._told, before))
            before += _size(unit)

    def _told(self, before: int, result: Result, read: int) -> None:
        self.progress.add(result, before + read)

    def _is_done(self, unit: Unit, folder: str) -> bool:
        done = notes.finished(folder, unit.name)
        if (
            done is None
            or self.force
            or not unit.made_of
            or (self.retry_failed and done.failed)
            or (done.failed and done.within != within(self.work))  # more may do now
            or done.made_of != made_of_what(unit, self.versions.of(done.hosts))
            or done.state != notes.state(unit.address)
        ):
            return False
        self.progress.skipped += sum(done.counts.values()) - done.failed
        self.progress.failed_before += done.failed
        return True

    def _stream(self, to: sink.Stream) -> None:
        writer = sink.Lines(to.file, to.layout)
        each = partial(engines.each, engine=self.engine, bounded=True)
        before = 0
        for _, shard in self.sources.shards:
            with closing(each(GroupWork(self.work), shard.groups(self.work.limits))) as results:
                for made in results:
                    if not self.dry_run:
                        writer.append(made.part)
                        to.file.flush()
                    self.progress.add(made.result, before + made.read)
            before += shard.size or 0


def _task_groups(tasks: Iterator[Task]) -> Iterator[list[Task]]:
    group: list[Task] = []
    size = 0
    for task in tasks:
        group.append(task)
        size += task.entry.size
        if len(group) == GROUP_PAGES or size >= GROUP_BYTES:
            yield group
            group, size = [], 0
    if group:
        yield group


def _entries(sources: Sources, limits: Limits) -> Iterator[tuple[Entry, str]]:
    for path, shard in sources.shards:
        for group in shard.groups(limits):
            for entry in group.entries:
                yield entry, path


def _named(sources: Sources, layout: Layout, limits: Limits) -> Iterator[tuple[Entry, str, str]]:
    """Each page with the path of its output below the folder, no two of them the same.

    Beside them, the page's host where it has one.

    Pages of a folder keep their places; records are named by their ids, below their file's
    name where there are several.
    """
    suffix = layout.suffix
    if not sources.has_records:
        entries: list[Entry] = []
        paths: list[str] = []
        for path, shard in sources.shards:
            assert isinstance(shard, Files)
            is_file = shard.is_one and len(sources.shards) > 1
            for page in shard.entries:
                entries.append(page)
                paths.append(path if is_file else "/".join(filter(None, (path, page.id))))
        if sources.is_one_page:
            paths = [str(getattr(entries[0], "id", ""))]
        for entry, name in zip(
            entries, names.mirrored(paths, suffix, longest=layout.beside), strict=True
        ):
            yield entry, name, ""
        return
    from cleaner.host import host as host_of

    taken: dict[str, int] = {}
    for entry, path in _entries(sources, limits):
        below = f"{record_stem(path)}/" if len(sources.shards) > 1 else ""
        stem = host = ""
        with contextlib.suppress(CleanerError, OSError):
            document = entry.load()
            stem, host = document.id, host_of(document.url or "")
        stem = names.safe(stem or f"line-{entry.position:07d}")
        yield entry, names.free(below + stem, suffix, taken), host


def _targets(sources: Sources, to: sink.Folder) -> Iterator[tuple[Shard, tuple[str, str]]]:
    """Each shard with the address and the path of its output."""
    wanted = [f"{record_stem(path)}/" for path, _ in sources.shards]
    endings = [_ending(path, shard, to) for path, shard in sources.shards]
    taken: dict[str, int] = {}
    for (_, shard), stem, ending in zip(sources.shards, wanted, endings, strict=True):
        name = names.free(stem.rstrip("/"), ending, taken)
        yield shard, (place.join(to.root, name), name)


def _ending(path: str, shard: Shard, to: sink.Folder) -> str:
    """What the name of an output ends in: as asked for, or as its input's."""
    if to.layout.packing is not None:
        return f".{to.layout.format}{to.layout.packing}"
    if isinstance(shard, Rows):
        return ".parquet"
    lower = path.lower()
    packed = next((each for each in compress.SUFFIXES if lower.endswith(each)), "")
    return f".jsonl{packed}"


def _size(unit: Unit) -> int:
    """How many bytes a unit is made of, as far as that is known beforehand."""
    return sum(shard.size or 0 for shard in unit.shards)


def _sizes(to: sink.Folder, name: str) -> list[int]:
    """How long the output and the audit that goes with it are, as far as they are there."""
    names = [name, str(Path(name).with_suffix(to.layout.beside))] if to.layout.beside else [name]
    found = [place.find(place.join(to.root, each)) for each in names]
    return [each.size for each in found if each is not None]
