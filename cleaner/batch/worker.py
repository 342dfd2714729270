"""What workers do: read pages, have them cleaned, and write them, where they run."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from cleaner.batch.isolate import child
from cleaner.batch.options import Versions
from cleaner.batch.report import Failure, Outcome, Result
from cleaner.batch.work import Work, failed, reason
from cleaner.io import notes, place, sink
from cleaner.io.entry import BrokenEntry, Entry, Group, Shard
from cleaner.io.notes import Done, Store
from cleaner.io.render import Layout
from cleaner.types import CleanerError

MAX_HOSTS = 1000  # of a file with pages of more sites, all templates count

Item = TypeVar("Item")
Value = TypeVar("Value")
Each = Callable[[Callable[[Item], Value], Iterable[Item]], Iterable[Value]]


@dataclass(frozen=True, slots=True)
class Task:
    """A page to clean, and the file it is for."""

    entry: Entry
    name: str = ""
    digest: str = ""


@dataclass(frozen=True, slots=True)
class PageWork:
    """Pages that have a file each. `store` is None where nothing is written."""

    work: Work
    store: Store | None

    def __call__(self, tasks: Sequence[Task]) -> Result:
        """Clean the pages, write them and note it."""
        work, store = self.work, self.store
        answer = child(work).clean([task.entry for task in tasks])
        outcomes = answer.outcomes
        result = Result(bytes=sum(task.entry.size for task in tasks), tally=answer.tally)
        if store is None or work.layout is None:
            result.add(outcomes)
            return result
        done = []
        for task, outcome in zip(tasks, outcomes, strict=True):
            end = _written(task, outcome, store, work.layout)
            result.add([end])
            if end.failure is None:
                files = [outcome.data, outcome.beside] if work.layout.beside else [outcome.data]
                done.append((task.name, notes.noted(task.digest, map(len, files))))
            if not place.is_remote(store.root):  # where a note costs next to nothing
                store.remember(done)
                done = []
        store.remember(done)
        return result


def _written(task: Task, outcome: Outcome, store: Store, layout: Layout) -> Outcome:
    if outcome.failure is not None:
        return outcome
    beside = (layout.beside, outcome.beside) if layout.beside else None
    try:
        store.write(task.name, outcome.data, beside=beside)
    except (OSError, CleanerError) as error:
        return failed(task.entry, error, "write")
    return outcome


@dataclass(frozen=True, slots=True)
class Made:
    """The pages of a group as their writer takes them, and what became of them."""

    part: Any
    result: Result
    hosts: frozenset[str]
    read: int


@dataclass(frozen=True, slots=True)
class GroupWork:
    """Pages that stand in a file with others."""

    work: Work

    def __call__(self, group: Group) -> Made:
        """Clean the pages of a group, and write nothing."""
        answer = child(self.work).clean(group.entries)
        outcomes = answer.outcomes
        result = Result(ignored=group.ignored, tally=answer.tally)
        result.add(outcomes)
        result.is_whole = not any(
            isinstance(entry, BrokenEntry) and entry.is_end for entry in group.entries
        )
        layout = self.work.layout
        data = [None if each.failure is not None else each.data for each in outcomes]
        part = None if layout is None else sink.chunk(data, group.rows, layout)
        hosts = frozenset(each.host for each in outcomes if each.failure is None)
        return Made(part, result, hosts, group.read)


@dataclass(frozen=True, slots=True)
class ShardWork:
    """Files of records that become files of records, each by itself, where it runs."""

    work: Work
    versions: Versions
    notes: str | None  # where it is noted what is done; None where nothing is written
    max_failures: int | None = None

    def __call__(self, unit: Unit) -> Result:
        """Clean a file of records."""
        try:
            return clean_unit(unit, self, map)
        except TooManyFailuresError as error:
            return Result(error.result.counts, error.result.failures, is_whole=False)
        except (OSError, CleanerError) as error:
            where = unit.address or unit.shards[0].address
            failure = Failure(where, reason(error, where), "write")
            return Result(failures=[failure], is_whole=False)


@dataclass(frozen=True, slots=True)
class Unit:
    """Shards that become one file, at `address`; `made_of` tells when they have changed."""

    shards: tuple[Shard, ...]
    address: str
    name: str
    layout: Layout
    made_of: str


@dataclass(slots=True)
class Hosts:
    """The hosts of pages, up to a number."""

    seen: set[str] | None = field(default_factory=set)

    def add(self, hosts: Iterable[str]) -> None:
        """Take note of some."""
        if self.seen is not None:
            self.seen.update(hosts)
            if len(self.seen) > MAX_HOSTS:
                self.seen = None


class TooManyFailuresError(Exception):
    """So many pages failed that there is no use in going on; `result` has them."""

    def __init__(self, result: Result) -> None:
        super().__init__("too many failures")
        self.result = result


def clean_unit(
    unit: Unit,
    shard_work: ShardWork,
    each: Callable[..., Iterable[Made]],
    *,
    on_group: Callable[[Result, int], None] = lambda result, read: None,
) -> Result:
    """Clean shards into one file, and note that it is done.

    `each` maps over the groups of pages, in their order.
    """
    whole = Result()
    hosts = Hosts()
    layout = unit.layout
    work = Work(shard_work.work.options, layout, shard_work.work.limits, shard_work.work.timeout)

    def run(append: Callable[[Any], None]) -> None:
        before = 0
        for shard in unit.shards:
            for made in each(GroupWork(work), shard.groups(work.limits)):
                append(made.part)
                merge(whole, made.result)
                hosts.add(made.hosts)
                on_group(made.result, before + made.read)
                if too_many(whole, shard_work.max_failures):
                    raise TooManyFailuresError(whole)
            before += shard.size or 0
        whole.bytes = before

    if shard_work.notes is None:
        run(lambda part: None)
        return whole
    remote = place.is_remote(unit.address)
    scratch = None if remote else Path(shard_work.notes)
    if not remote:  # the notes stand in the folder of all outputs, or beside the one
        notes.check_inside(Path(unit.address), Path(shard_work.notes).parent)
    with sink.opened(unit.address, layout, scratch=scratch) as writer:
        run(writer.append)
    if whole.is_whole:
        seen = None if hosts.seen is None else sorted(hosts.seen)
        made_of = made_of_what(unit, shard_work.versions.of(seen))
        done = Done(
            notes.state(unit.address), made_of, seen, dict(whole.counts), within(shard_work.work)
        )
        notes.finish(shard_work.notes, unit.name, done)
    return whole


def made_of_what(unit: Unit, versions: str) -> str:
    """What an output is made of, and by what."""
    return f"{unit.made_of} {versions}"


def within(work: Work) -> str:
    """The bounds beyond which pages fail."""
    return f"{work.limits} {work.timeout}"


def merge(whole: Result, part: Result) -> None:
    """Add `part` to `whole`."""
    whole.counts.update(part.counts)
    whole.failures += part.failures
    whole.ignored += part.ignored
    whole.bytes += part.bytes
    whole.is_whole = whole.is_whole and part.is_whole
    if part.tally is not None and whole.tally is None:
        whole.tally = copy.deepcopy(part.tally)
    elif part.tally is not None and whole.tally is not None:
        whole.tally.merge(part.tally)


def too_many(result: Result, most: int | None) -> bool:
    """Whether more pages failed than may."""
    return most is not None and len(result.failures) > most
