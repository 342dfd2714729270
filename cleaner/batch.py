"""Many pages in, many pages out: groups, workers, what is done already, failures, a report."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import threading
import time
import traceback
from collections import Counter
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import AbstractContextManager, closing, nullcontext
from dataclasses import asdict, dataclass
from functools import cache, lru_cache, partial
from gzip import GzipFile
from importlib.metadata import PackageNotFoundError, version
from itertools import chain, islice
from pathlib import Path
from typing import IO, Literal, TypeVar

import joblib
from joblib import Parallel, delayed
from joblib.externals.loky.process_executor import TerminatedWorkerError

from cleaner.decide import EMPTIED
from cleaner.io import atomic, journal, lock, render, sink
from cleaner.io.entry import Entry, Source
from cleaner.io.journal import Store
from cleaner.io.render import Layout
from cleaner.io.sink import Sink
from cleaner.model.site_store import site_models_digest
from cleaner.model.store import load_model
from cleaner.pipeline import Cleaner
from cleaner.rules import load_templates, shipped_templates
from cleaner.types import Cleaned, CleanerError

_GROUP_PAGES = 64
_GROUP_BYTES = 4 << 20
# Groups handed out to each worker before the first of their results is waited for. It bounds
# what is in memory: this many groups of input, and their output.
_GROUPS_AHEAD = 8

Status = Literal["cleaned", "unchanged", "emptied", "failed", "skipped"]
Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Options:
    """How pages are cleaned: what `Cleaner` takes, in a form that can be compared."""

    model: str = "base"
    threshold: float | None = None
    keep: frozenset[str] = frozenset()
    drop: frozenset[str] = frozenset()
    templates: bool = True
    sites: Path | None = None
    site: str | None = None
    models: Path | None = None

    def cleaner(self) -> Cleaner:
        """A cleaner that does as the options say.

        Raises:
            CleanerError: An option names what is not there.
        """
        return Cleaner(**asdict(self))

    def digest(self) -> str:
        """What changes when the options do, or the model or a template that they name.

        It is the same in every process, whatever order sets have there.
        """
        templates = (
            *(shipped_templates() if self.templates else ()),
            *(load_templates(self.sites) if self.sites is not None else ()),
        )
        whole = {
            **asdict(self),
            "keep": sorted(self.keep),
            "drop": sorted(self.drop),
            "sites": None,  # what is in the folder counts, not its name
            "templates": [asdict(template) for template in templates],
            "models": site_models_digest(self.models) if self.models is not None else None,
            "weights": joblib.hash(load_model(self.model)),
        }
        return hashlib.blake2b(json.dumps(whole, sort_keys=True).encode("ascii")).hexdigest()


@dataclass(frozen=True, slots=True)
class Failure:
    """An input that could not be cleaned, and why."""

    where: str
    reason: str


@dataclass(frozen=True, slots=True)
class Report:
    """How many pages had which end. `ignored` counts files that are no pages.

    `cleaned` lost lines and kept some, `unchanged` kept all, `emptied` had text and kept
    none, `skipped` were done by an earlier run.
    """

    cleaned: int = 0
    unchanged: int = 0
    emptied: int = 0
    failed: int = 0
    skipped: int = 0
    ignored: int = 0

    @property
    def exit_code(self) -> int:
        """0 if nothing failed, else 1."""
        return int(self.failed > 0)

    def __str__(self) -> str:
        """All counts in one line."""
        line = (
            f"{self.cleaned} cleaned, {self.unchanged} unchanged, {self.emptied} emptied, "
            f"{self.failed} failed, {self.skipped} skipped (already done)"
        )
        return f"{line}; {self.ignored} other files not read" if self.ignored else line


@dataclass(frozen=True, slots=True)
class _Task:
    """A page to clean, and the output it is for."""

    entry: Entry
    name: str = ""
    digest: str = ""


@dataclass(frozen=True, slots=True)
class _Outcome:
    """What became of a page; `data` is its output where a worker does not write it itself."""

    status: Status
    data: bytes = b""
    failure: Failure | None = None


@dataclass(frozen=True, slots=True)
class _Work:
    """What is the same for all pages. Without a layout nothing is written.

    `digest` stands for all that decides a page's output, but for the page.
    """

    options: Options
    digest: str
    layout: Layout | None
    store: Store | None = None


def run(
    source: Source,
    to: Sink,
    *,
    options: Options = Options(),
    jobs: int = 1,
    force: bool = False,
    dry_run: bool = False,
    on_failure: Callable[[Failure], None] = lambda failure: None,
    on_progress: Callable[[int, int], None] = lambda position, pages: None,
    is_idle: Callable[[], bool] = lambda: False,
) -> Report:
    """Clean all pages of `source` and write them `to` a sink, in the order of the source.

    A page that fails is reported and writes nothing; the others go on. What an earlier run
    finished with the same options is skipped, unless `force`. The output is the same for any
    number of `jobs`. `dry_run` reads and cleans, and writes nothing.

    `on_progress` is called with the position in the source (see `Entry.position`) and the
    number of pages done. With one job, what was read is cleaned and written at once when
    `is_idle` says that the source has nothing more to give for now.

    Raises:
        CleanerError: An option names what is not there, or another run writes to the sink.
        OSError: The output cannot be written at all, or a worker was killed.
    """
    cleaner = options.cleaner()
    digest = _digest(options.digest(), f"{_version()} {to.layout}".encode())
    counts: Counter[str] = Counter()
    if isinstance(to, sink.JsonlFile):
        digest = _digest(digest, source.identity() or b"")
        done = None if force or source.identity() is None else sink.pages_done(to, digest=digest)
        if done is not None:
            return Report(skipped=done, ignored=source.ignored)

    with _locked(to, dry_run=dry_run):
        known = journal.read(to.root) if isinstance(to, sink.Folder) else {}
        store = None if dry_run else _store(to, known)
        tasks = _tasks(source, to, store, known, digest=digest, force=force, counts=counts)
        work = _Work(options, digest, None if dry_run else to.layout, store)
        finished = _outcomes(
            _groups(tasks, until=is_idle if jobs == 1 else lambda: False), work, cleaner, jobs
        )
        between = b""
        with _opened(to, dry_run=dry_run) as file, closing(finished):
            for position, outcomes in finished:
                for outcome in outcomes:
                    counts[outcome.status] += 1
                    if outcome.failure is not None:
                        on_failure(outcome.failure)
                    elif file is not None:
                        file.write(between + outcome.data)
                        # Texts in one stream stand a blank line apart.
                        between = b"\n" if to.layout.format == "txt" else b""
                if isinstance(to, sink.Stream) and file is not None:
                    file.flush()
                on_progress(position, counts.total())
        report = Report(**counts, ignored=source.ignored)
        if isinstance(to, sink.JsonlFile) and not (dry_run or report.failed):
            sink.stamp(to, digest=digest, pages=counts.total())
    return report


def _tasks(
    source: Source,
    to: Sink,
    store: Store | None,
    known: dict[str, str],
    *,
    digest: str,
    force: bool,
    counts: Counter[str],
) -> Iterator[_Task]:
    """What is to be done; what is not, because it is done already, is counted."""
    if not isinstance(to, sink.Folder):
        name = to.path.name if isinstance(to, sink.SingleFile) else ""
        yield from (_Task(entry, name) for entry in source)
        return
    for entry, name in source.named(to.layout.suffix):
        now = _digest(digest, entry.identity())
        if known.get(name) == now and not force and _stands(to, name):
            counts["skipped"] += 1
            continue
        if name in known and store is not None:
            store.forget(name)
        yield _Task(entry, name, now)


def _groups(tasks: Iterable[_Task], *, until: Callable[[], bool]) -> Iterator[list[_Task]]:
    """Tasks in groups that are cleaned at once; a group ends early when `until` says so."""
    group: list[_Task] = []
    size = 0
    for task in tasks:
        group.append(task)
        size += task.entry.size
        if len(group) == _GROUP_PAGES or size >= _GROUP_BYTES or until():
            yield group
            group, size = [], 0
    if group:
        yield group


def _outcomes(
    groups: Iterator[list[_Task]], work: _Work, cleaner: Cleaner, jobs: int
) -> Generator[tuple[int, list[_Outcome]], None, None]:
    """The outcomes of each group, in order, and the position in the source behind it."""
    # Nothing is read ahead for one job: who feeds a stream may wait for what comes out.
    first = list(islice(groups, 2)) if jobs > 1 else []
    groups = chain(first, groups)
    if len(first) < 2:
        for group in groups:
            yield group[-1].entry.position, _clean(group, work, cleaner)
        return
    with Parallel(jobs, "loky", return_as="generator") as parallel:
        # A window at a time: joblib itself takes input as fast as workers finish, however
        # slow the reader of its results is.
        while window := list(islice(groups, jobs * _GROUPS_AHEAD)):
            results = parallel(delayed(_clean_in_worker)(group, work) for group in window)
            for group in window:
                try:
                    outcomes = next(results)
                except TerminatedWorkerError as error:
                    raise ChildProcessError(
                        f"a worker was killed near {group[0].entry.where}: out of memory? "
                        "Try again with fewer jobs"
                    ) from error
                yield group[-1].entry.position, outcomes


def _clean_in_worker(group: list[_Task], work: _Work) -> list[_Outcome]:
    _follow_parent()
    return _clean(group, work, _cleaner(work.options, work.digest))


@lru_cache(maxsize=1)
def _cleaner(options: Options, digest: str) -> Cleaner:
    """The cleaner of a worker, which may outlive a run: made anew when `digest` changes."""
    return options.cleaner()


@cache
def _follow_parent() -> None:
    """Once in a worker: leave Ctrl-C to the parent, which ends its workers, and end with it.

    Workers of a parent that was killed would otherwise finish what is queued, and then wait.
    """
    parent = os.getppid()

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(0.05)
        os._exit(1)

    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=watch, daemon=True).start()


def _clean(group: list[_Task], work: _Work, cleaner: Cleaner) -> list[_Outcome]:
    """Clean a group of pages at once; if that fails, one by one, to find the culprit."""
    loaded = [_tried(task.entry.load) for task in group]
    documents = [document for document in loaded if not isinstance(document, Exception)]
    together = _tried(lambda: list(cleaner.clean_many(documents)))
    if isinstance(together, Exception):
        apart = iter([_tried(partial(cleaner.clean, document)) for document in documents])
    else:
        apart = iter(together)
    cleaned = [page if isinstance(page, Exception) else next(apart) for page in loaded]
    written = [
        page if isinstance(page, Exception) else _tried(partial(_write, page, task, work))
        for page, task in zip(cleaned, group, strict=True)
    ]
    return [_outcome(*each) for each in zip(group, cleaned, written, strict=True)]


def _tried(do: Callable[[], Result]) -> Result | Exception:
    """The result, or the error as a value: the one place where a page's errors are caught."""
    try:
        return do()
    except Exception as error:
        return error


def _write(cleaned: Cleaned, task: _Task, work: _Work) -> bytes:
    """Write the page if that is the worker's business, else return it as bytes."""
    layout, store = work.layout, work.store
    if layout is None:
        return b""
    data = render.page(cleaned, layout)
    if store is None:
        return data
    beside = (layout.beside, render.audit(cleaned)) if layout.beside else None
    store.write(task.name, data, beside=beside)
    store.remember(task.name, task.digest)
    return b""


def _outcome(task: _Task, cleaned: Cleaned | Exception, data: bytes | Exception) -> _Outcome:
    if isinstance(cleaned, Exception):
        return _failed(task, cleaned)
    if isinstance(data, Exception):
        return _failed(task, data)
    if EMPTIED in cleaned.flags:
        return _Outcome("emptied", data)
    kept_all = all(verdict.keep for verdict in cleaned.verdicts)
    return _Outcome("unchanged" if kept_all else "cleaned", data)


def _failed(task: _Task, error: Exception) -> _Outcome:
    return _Outcome("failed", failure=Failure(task.entry.where, _reason(error, task.entry.where)))


def _reason(error: Exception, where: str) -> str:
    """What to tell a user; for an error nobody foresaw, also the place in the code.

    A file that is not the page `where` is named.
    """
    if isinstance(error, CleanerError):
        return str(error)
    if isinstance(error, OSError) and error.strerror:
        # Of two files, as in a move, the second is the one the user knows.
        place = error.filename2 or error.filename
        is_page = place is None or os.fspath(place) == where
        return error.strerror if is_page else f"{place}: {error.strerror}"
    frame = traceback.extract_tb(error.__traceback__)[-1]
    return f"{type(error).__name__}: {error} ({Path(frame.filename).name}:{frame.lineno})"


def _store(to: Sink, known: dict[str, str]) -> Store | None:
    if isinstance(to, sink.Folder):
        return journal.prepare(to.root, known)
    return journal.single(to.path) if isinstance(to, sink.SingleFile) else None


def _locked(to: Sink, *, dry_run: bool) -> AbstractContextManager[None]:
    """Nobody else writes where we do, but for a file of one page, which is there in one step."""
    if dry_run or isinstance(to, sink.SingleFile | sink.Stream):
        return nullcontext()
    return lock.held(journal.notes(to.root) / "lock" if isinstance(to, sink.Folder) else to.lock)


def _opened(to: Sink, *, dry_run: bool) -> AbstractContextManager[IO[bytes] | GzipFile | None]:
    """The file all pages go to, one after the other; None where each has its own."""
    if isinstance(to, sink.JsonlFile) and not dry_run:
        return atomic.replacing(to.path)
    return nullcontext(to.file if isinstance(to, sink.Stream) and not dry_run else None)


def _stands(to: sink.Folder, name: str) -> bool:
    """Whether the output is there, and the audit that goes with it."""
    target = to.root / name
    return target.is_file() and (
        not to.layout.beside or target.with_suffix(to.layout.beside).is_file()
    )


def _digest(run: str, page: bytes) -> str:
    return hashlib.blake2b(run.encode("ascii") + page, digest_size=16).hexdigest()


def _version() -> str:
    """The program's version; a checkout that is not installed has none."""
    try:
        return version("pagecleaner")
    except PackageNotFoundError:
        return ""
