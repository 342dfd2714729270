"""What a folder of outputs is known to hold, so that a second run does only what is left.

`OUT/.clean/journal` has one JSON line an output, `["a/b.txt", digest]`, appended after the
output is in place; the last line about an output counts. A digest covers the input and all
that decides the result. Before an output is made anew its digest is blanked, so an
interrupted run leaves outputs that are done twice at worst, and none that are taken for what
they are not. A line cut short by a kill is no line.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from cleaner.io import atomic
from cleaner.types import CleanerError

_FOLDER = ".clean"
_BLANK = ""


@dataclass(frozen=True, slots=True)
class Store:
    """Writes pages below `root`; a worker holds it, so it is small and travels.

    Files are made in `scratch` first. `journal` is None where nothing is to be remembered.
    """

    root: Path
    scratch: Path
    journal: Path | None = None

    def write(self, name: str, data: bytes, *, beside: tuple[str, bytes] | None = None) -> None:
        """Write the page `name`, and first the file that stands beside it.

        Raises:
            CleanerError: The place is outside `root`, by way of a link.
        """
        target = self.root / name
        if not target.parent.resolve().is_relative_to(self.root.resolve()):
            raise CleanerError(f"{target.parent} is a link that leads out of {self.root}")
        target.parent.mkdir(parents=True, exist_ok=True)
        if beside is not None:
            suffix, audit = beside
            atomic.write(target.with_suffix(suffix), audit, scratch=self.scratch)
        atomic.write(target, data, scratch=self.scratch)

    def remember(self, name: str, digest: str) -> None:
        """Append a line to the journal, in one write, so that lines of workers do not mix."""
        if self.journal is not None:
            line = json.dumps([name, digest]).encode("ascii") + b"\n"
            with self.journal.open("ab", buffering=0) as file:
                file.write(line)

    def forget(self, name: str) -> None:
        """Blank the digest of an output that is about to be made anew."""
        self.remember(name, _BLANK)


def single(target: Path) -> Store:
    """A store for one file, which is not remembered."""
    return Store(target.parent, target.parent)


def prepare(root: Path, known: dict[str, str]) -> Store:
    """Make `root` ready: what interrupted runs left goes, and the journal is written afresh."""
    scratch = notes(root)
    scratch.mkdir(parents=True, exist_ok=True)
    sweep(scratch)
    lines = b"".join(json.dumps(item).encode("ascii") + b"\n" for item in known.items())
    journal = scratch / "journal"
    atomic.write(journal, lines, scratch=scratch)
    return Store(root, scratch, journal)


def notes(root: Path) -> Path:
    """The folder below `root` for what is ours, which need not be there yet.

    Raises:
        CleanerError: Something else has its name.
    """
    folder = root / _FOLDER
    if folder.is_symlink() or (folder.exists() and not folder.is_dir()):
        raise CleanerError(
            f"{folder} is a link or a file; a folder for the notes of runs was expected there"
        )
    return folder


def sweep(scratch: Path) -> None:
    """Remove unfinished files of processes that were killed."""
    for part in scratch.glob(".*.part"):
        part.unlink(missing_ok=True)


def read(root: Path) -> dict[str, str]:
    """The digest of each output below `root` that an earlier run finished."""
    journal = notes(root) / "journal"
    known: dict[str, str] = {}
    if not journal.exists():
        return known
    with journal.open("rb") as lines:
        for line in lines:
            match _parsed(line):
                case [str(name), str(digest)]:
                    known[name] = digest
    return {name: digest for name, digest in known.items() if digest != _BLANK}


def _parsed(line: bytes) -> object:
    """What a line holds; None for one that a kill cut short."""
    try:
        return json.loads(line)
    except ValueError:
        return None
