"""What a run notes beside its output: what is done, what failed, and that it is at work.

The notes of a folder of outputs are in `OUT/.clean`, those of a file of records in
`.OUT.clean` beside it:

- `journal`: of pages in files of their own one JSON line each, `["a/b.txt", "digest sizes"]`,
  written after the output is in place; the last line about an output counts. Before an output is
  made anew its digest is blanked, so an interrupted run leaves outputs that are done twice at
  worst, and none that are taken for what they are not. A line cut short by a kill is no line.
  The sizes tell of an output that a power failure kept from the disk: pages are not flushed.
- `done/NAME.json`: of a file of records, what it was made of, its size and how its pages ended;
  written after the file is in place.
- `failures.jsonl` and `report.json` of the last run; `lock` while one is at work.
"""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Iterable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cleaner.io import atomic, lock, place
from cleaner.io.names import AUDIT, TEXTS
from cleaner.types import CleanerError

_JOURNAL = "journal"
_BLANK = ""


def of_folder(root: str) -> str:
    """Where the notes of a folder of outputs are; they need not be there yet.

    Raises:
        CleanerError: Something else has that name.
    """
    return _checked(place.join(root, ".clean"))


def of_file(address: str) -> str:
    """Where the notes of a file of records are, likewise."""
    return _checked(place.join(place.parent(address), f".{place.name(address)}.clean"))


def _checked(folder: str) -> str:
    path = Path(folder)
    if not place.is_remote(folder) and (path.is_symlink() or (path.exists() and not path.is_dir())):
        raise CleanerError(
            f"{folder} is a link or a file; a folder for the notes of runs was expected there"
        )
    return folder


def held(folder: str) -> AbstractContextManager[None]:
    """Hold the lock of a place of notes; a remote store has none.

    Raises:
        CleanerError: Another run holds it.
    """
    return nullcontext() if place.is_remote(folder) else lock.held(Path(folder, "lock"))


def write(folder: str, name: str, data: bytes) -> None:
    """Write a note in one step.

    Raises:
        CleanerError: it would leave its folder through a link.
    """
    if not place.is_remote(folder):
        check_inside(Path(folder, name), Path(folder))
    atomic.put(place.join(folder, name), data)


def check_inside(target: Path, root: Path) -> None:
    """Refuse to write where a link leads out of `root`.

    Raises:
        CleanerError: it does.
    """
    if not target.parent.resolve().is_relative_to(root.resolve()):
        raise CleanerError(f"{target.parent} is a link that leads out of {root}")


def read(folder: str, name: str) -> bytes:
    """A note; empty where there is none."""
    try:
        return place.read(place.join(folder, name))
    except FileNotFoundError:
        return b""


@dataclass(frozen=True, slots=True)
class Done:
    """A finished file of records. `state` is what the file is like as it was left.

    `hosts` are those of its pages, None where they are too many to list; `within` the bounds beyond
    which pages failed.
    """

    state: str
    made_of: str
    hosts: list[str] | None
    counts: dict[str, int]
    within: str

    @property
    def failed(self) -> int:
        """How many of its pages failed."""
        return self.counts.get("failed", 0)


def finish(folder: str, name: str, done: Done) -> None:
    """Note that an output is done; with this it counts."""
    record = {
        "state": done.state,
        "made_of": done.made_of,
        "hosts": done.hosts,
        "counts": done.counts,
        "within": done.within,
    }
    write(folder, _done(name), json.dumps(record).encode("ascii") + b"\n")


def finished(folder: str, name: str) -> Done | None:
    """What is noted of an output, None where nothing is that can be read."""
    record = _parsed(read(folder, _done(name)))
    match record:
        case {
            "state": str(state),
            "made_of": str(made),
            "hosts": hosts,
            "counts": dict(counts),
            "within": str(within),
        }:
            return Done(state, made, hosts, counts, within)
    return None


def state(address: str) -> str:
    """What a file is like: it changes when anybody writes to it; empty where there is none."""
    found = place.find(address)
    return "" if found is None else f"{found.size} {found.state}"


def noted(digest: str, sizes: Iterable[int]) -> str:
    """What a journal says of an output: what it was made of, and how long its files are."""
    return " ".join([digest, *map(str, sizes)])


def _done(name: str) -> str:
    return f"done/{name}.json"


@dataclass(frozen=True, slots=True)
class Store:
    """Writes pages below `root`; a worker holds it, so it is small and travels.

    Files are made in `scratch` first. `journal` is where it is noted what is done, None where
    nothing is to be remembered.
    """

    root: str
    scratch: str
    journal: str | None = None

    def write(self, name: str, data: bytes, *, beside: tuple[str, bytes] | None = None) -> None:
        """Write the page `name`, and first the file that stands beside it.

        Nothing is flushed to disk, which would cost a tenth of cleaning them where disks are fast,
        and more than that elsewhere. A process that is killed loses nothing by it, and what a power
        failure loses is missed by its size.

        Raises:
            CleanerError: The place is outside `root`, by way of a link.
        """
        if not place.is_remote(self.root):
            check_inside(Path(self.root, name), Path(self.root))
        if beside is None:
            _remove_audit(self.root, name)
        else:
            self._put(_with_suffix(name, beside[0]), beside[1])
        self._put(name, data)

    def _put(self, name: str, data: bytes) -> None:
        address = place.join(self.root, name)
        if place.is_remote(address):
            atomic.put(address, data)
            return
        target = Path(address)
        target.parent.mkdir(parents=True, exist_ok=True)
        atomic.write(target, data, scratch=Path(self.scratch), sync=False)

    def remember(self, outputs: Iterable[tuple[str, str]]) -> None:
        """Note outputs, each as `noted` has it, in one write: lines of workers do not mix."""
        lines = _lines(outputs)
        if self.journal is None or not lines:
            return
        if place.is_remote(self.journal):  # nothing can be appended there
            atomic.put(f"{self.journal}-1-{secrets.token_hex(6)}", lines)
        else:
            with Path(self.journal).open("ab", buffering=0) as file:
                file.write(lines)

    def forget(self, names: Iterable[str]) -> None:
        """Blank the digests of outputs that are about to be made anew."""
        lines = _lines((name, _BLANK) for name in names)
        if self.journal is not None and lines and place.is_remote(self.journal):
            # Goes before what is remembered in this run, whatever clocks say.
            atomic.put(f"{self.journal}-0-{secrets.token_hex(6)}", lines)
        elif self.journal is not None and lines:
            with Path(self.journal).open("ab", buffering=0) as file:
                file.write(lines)


def single(address: str) -> Store:
    """A store for one file, which is not remembered."""
    return Store(place.parent(address), place.parent(address))


def prepare(root: str, known: dict[str, str]) -> Store:
    """Make `root` ready: what interrupted runs left goes, and the journal is written afresh."""
    folder = of_folder(root)
    if place.is_remote(root):
        run = f"{_JOURNAL}-{time.time_ns():020d}"
        old = _parts(folder)
        if old:
            write(folder, f"{run}-0-known", _lines(known.items()))
        for address in old:
            place.remove(address)
        return Store(root, folder, place.join(folder, run))
    scratch = Path(folder)
    scratch.mkdir(parents=True, exist_ok=True)
    atomic.sweep(scratch)
    atomic.write(scratch / _JOURNAL, _lines(known.items()), scratch=scratch)
    return Store(root, folder, str(scratch / _JOURNAL))


def known(root: str) -> dict[str, str]:
    """What is noted of each page's output below `root` that an earlier run finished."""
    folder = of_folder(root)
    found: dict[str, str] = {}
    places = _parts(folder) if place.is_remote(root) else [place.join(folder, _JOURNAL)]
    for address in places:
        try:
            content = place.read(address)
        except FileNotFoundError:
            continue
        for line in content.splitlines():
            match _parsed(line):
                case [str(name), str(digest)]:
                    found[name] = digest
    return {name: digest for name, digest in found.items() if digest != _BLANK}


def _parts(folder: str) -> list[str]:
    """The journals of a remote place, oldest first."""
    system, path = place.filesystem(folder)
    system.invalidate_cache()
    found = system.glob(f"{path.rstrip('/')}/{_JOURNAL}-*")
    return sorted(place.join(folder, each.rpartition("/")[2]) for each in found)


def _lines(digests: Iterable[tuple[str, str]]) -> bytes:
    return b"".join(json.dumps(item).encode("ascii") + b"\n" for item in digests)


def _remove_audit(root: str, name: str) -> None:
    """Remove what an earlier run left of the verdicts on a page that is written without.

    They stay where they may be those of another text, as of `a.txt` beside `a.md`.
    """
    audit = place.join(root, _with_suffix(name, AUDIT))
    if place.find(audit) is None:
        return
    others = {_with_suffix(name, suffix) for suffix in TEXTS} - {name}
    if not any(place.find(place.join(root, other)) for other in others):
        place.remove(audit)


def _with_suffix(name: str, suffix: str) -> str:
    return str(Path(name).with_suffix(suffix))


def _parsed(line: bytes) -> Any:
    """What a line holds; None for one that a kill cut short."""
    try:
        return json.loads(line)
    except ValueError:
        return None
