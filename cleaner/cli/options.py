"""Options that several commands share."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from cleaner.cli.terminal import printable, say
from cleaner.types import KINDS, CleanerError

if TYPE_CHECKING:
    from cleaner.batch import Options

_UNITS = {"": 1, "K": 1 << 10, "M": 1 << 20, "G": 1 << 30, "T": 1 << 40}
_PACKED_ELSEHOW = (".bz2", ".zip", ".7z", ".tar")  # in ways that are not ours
_SIZE = re.compile(r"(\d+)\s*([KMGT]?)(?:i?B)?", re.IGNORECASE)


class Size(click.ParamType):  # type: ignore[type-arg]
    """A number of bytes, as in `500K`, `20M` or `4G`."""

    name = "SIZE"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """The bytes."""
        if isinstance(value, int):
            return value
        match = _SIZE.fullmatch(str(value).strip())
        if match is None:
            self.fail(f"{value!r}: expected a size such as 500K, 20M or 4G", param, ctx)
        return int(match[1]) * _UNITS[match[2].upper()]


SIZE = Size()


class Number(click.FloatRange):
    """A number in a range, as `click.FloatRange` has it, and not `nan`, which is in none."""

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        """The number."""
        number: float = super().convert(value, param, ctx)
        if math.isnan(number):
            self.fail(f"{value!r}: expected a number", param, ctx)
        return number


class RecordsOut(click.Path):
    """A JSONL file to write, packed as its name says."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Its name."""
        from cleaner.io import jsonl, names, parquet, warc

        if str(value).lower().endswith(names.AUDIT):
            self.fail(f"{value}: verdicts of a run are called so", param, ctx)
        if str(value).lower().endswith((*parquet.SUFFIXES, *warc.SUFFIXES, *_PACKED_ELSEHOW)):
            expected = f"a JSONL file ({', '.join(jsonl.SUFFIXES)})"
            self.fail(f"{value}: what is written is {expected}", param, ctx)
        return super().convert(value, param, ctx)


FRONTS = ("trafilatura", "readability", "resiliparse")  # as in `cleaner.fronts`, not imported

Command = TypeVar("Command", bound=Callable[..., Any])

_CLEANING = (
    click.option(
        "--model",
        default="base",
        show_default=True,
        metavar="NAME|DIR",
        help="A shipped model, or the directory of your own.",
    ),
    click.option(
        "--threshold",
        type=Number(0, 1),
        metavar="P",
        help="Keep lines the model gives at least this probability to be content "
        "[default: the model's own].",
    ),
    click.option(
        "--keep",
        multiple=True,
        type=click.Choice(KINDS),
        metavar="KIND",
        help=f"Keep all lines of this kind; can be given several times. Kinds: {', '.join(KINDS)}.",
    ),
    click.option(
        "--drop",
        multiple=True,
        type=click.Choice(KINDS),
        metavar="KIND",
        help="Drop all lines of this kind; can be given several times.",
    ),
    click.option(
        "--site",
        metavar="NAME",
        help="Take all pages as pages of this site, whatever their URL says.",
    ),
    click.option(
        "--sites",
        type=click.Path(file_okay=False, path_type=Path),
        metavar="DIR",
        help="Use the templates in this folder too.",
    ),
    click.option(
        "--models",
        type=click.Path(file_okay=False, path_type=Path),
        metavar="DIR",
        help="Use the site models in this folder, each for the pages of its site.",
    ),
    click.option(
        "--on-suspicion",
        type=click.Choice(["flag", "keep"]),
        default="flag",
        show_default=True,
        help="What happens to a page that loses more of what may be body than is usual: it is "
        "flagged, or flagged and left whole.",
    ),
    click.option(
        "--front",
        type=click.Choice(FRONTS),
        help="Let another extractor take the text from HTML, and clean what it leaves.",
    ),
    click.option("--no-templates", is_flag=True, help="Ask the model alone, use no templates."),
)


def cleaning_options(command: Command) -> Command:
    """Add the options that say how pages are cleaned; see `cleaning`."""
    for option in reversed(_CLEANING):
        command = option(command)
    return command


def cleaning(given: dict[str, Any], *, are_made: bool = False) -> Options:
    """The cleaning options among those `given` on the command line.

    The folders of templates and models need not be there if they `are_made` by the command.
    """
    from cleaner.batch import Options

    both = sorted({*given["keep"]} & {*given["drop"]})
    if both:
        raise click.UsageError(f"--keep and --drop both name {', '.join(both)}")
    for option, pattern, what in (
        ("sites", "*.toml", "templates (*.toml)"),
        ("models", "*/meta.json", "site models"),
    ):
        folder = given[option]
        if folder is not None and not (are_made or folder.is_dir()):
            problem = f"Directory {str(folder)!r} does not exist."
            raise click.BadParameter(problem, param_hint=f"'--{option}'")
        is_there = folder is not None and folder.is_dir()
        if is_there and not any(folder.glob(pattern)):
            say(f"Warning: {folder}: no {what} in it", level="warning")
    return Options(
        model=given["model"],
        threshold=given["threshold"],
        keep=frozenset(given["keep"]),
        drop=frozenset(given["drop"]),
        templates=not given["no_templates"],
        sites=given["sites"],
        site=given["site"],
        models=given["models"],
        on_suspicion=given["on_suspicion"],
        front=given["front"],
    )


@contextmanager
def usage_errors() -> Iterator[None]:
    """Report what options name and is not there as wrong usage."""
    try:
        yield
    except CleanerError as error:
        raise click.UsageError(printable(str(error))) from error


def refuse_overwriting(outs: Iterable[Path | None], ins: Iterable[Path]) -> None:
    """Raise a usage error if an output would take the place of an input, or of another output."""
    taken = {each.resolve() for each in ins}
    for out in filter(None, outs):
        if out.resolve() in taken:
            raise click.UsageError(f"output would overwrite input: {out}")
        taken.add(out.resolve())
