"""What reaches a terminal: messages and progress on standard error, and nothing that bites.

Page text and file names come from strangers. Control characters and escape sequences in them
are shown, never sent.
"""

from __future__ import annotations

import json
import os
import re
import select
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timezone
from typing import Any, BinaryIO, Literal

import click

Level = Literal["info", "warning", "error"]

_AS_JSON = "cleaner.log.json"

# What is not printable, but for the joiners that Persian, Hindi and emoji are written with.
_JOINERS = "\u200c\u200d"
_SPACES = re.compile(r"[^\S ]")


def printable(text: str) -> str:
    r"""`text` on one line, its control and other invisible characters written as escapes.

    >>> printable("a\tb\x1b[31mred\u202e")
    'a b\\x1b[31mred\\u202e'
    """
    text = _SPACES.sub(" ", text)
    if text.isprintable():
        return text
    return "".join(
        c if c.isprintable() or c in _JOINERS else c.encode("unicode_escape").decode("ascii")
        for c in text
    )


def log_as_json(ctx: click.Context) -> None:
    """Write messages as JSON objects from now on, as long as the program runs."""
    ctx.meta[_AS_JSON] = True


def logs_json() -> bool:
    """Whether messages are JSON objects."""
    ctx = click.get_current_context(silent=True)
    return ctx is not None and bool(ctx.meta.get(_AS_JSON))


def say(message: str, *, level: Level = "info", **fields: Any) -> None:
    """Write a message to standard error, as a line of text or as a JSON object with `fields`."""
    if not logs_json():
        click.echo(printable(message), err=True)
        return
    now = datetime.now(timezone.utc).isoformat(timespec="milliseconds")
    record = {"time": now, "level": level, "message": message, **fields}
    click.echo(json.dumps(record), err=True)  # ASCII: nothing in it bites a terminal


def stdin() -> BinaryIO:
    """Standard input as bytes.

    Raises:
        click.UsageError: It is closed.
    """
    if sys.stdin is None:
        raise click.UsageError("standard input is closed; name a file or a folder")
    return sys.stdin.buffer


def stdout() -> BinaryIO:
    """Standard output as bytes.

    Raises:
        click.UsageError: It is closed.
    """
    if sys.stdout is None:
        raise click.UsageError("standard output is closed; name a file or a folder for OUT")
    return sys.stdout.buffer


def is_idle(stream: BinaryIO) -> bool:
    """Whether a stream has nothing ready, or cannot be asked."""
    try:
        return not select.select([stream], [], [], 0)[0]
    except (OSError, ValueError):  # Windows asks sockets only
        return True


def hush() -> None:
    """Send what is left in standard output nowhere: its reader has gone."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


@contextmanager
def progress(
    total: int | None, *, shown: bool
) -> Iterator[tuple[Callable[[int, int], None], Callable[..., None]]]:
    """Yield a function that moves a progress bar, and one that says something above it.

    The bar takes the position in a source that ends at `total`, and the pages done so far. It
    is there only if `shown` and standard error is a terminal that people read. What is said
    takes the options of `say`.
    """
    if logs_json() or not (shown and sys.stderr is not None and sys.stderr.isatty()):
        yield lambda position, pages: None, say
        return

    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    console = Console(stderr=True, markup=False, highlight=False, emoji=False)
    columns = (
        BarColumn(),
        TextColumn("{task.percentage:>3.0f}%", markup=False),
        TextColumn("{task.fields[pages]} pages, {task.fields[rate]:.0f}/s", markup=False),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task("", total=total, pages=0, rate=0.0)

        def move(position: int, pages: int) -> None:
            elapsed = bar.tasks[0].elapsed or 0.0
            rate = pages / elapsed if elapsed else 0.0
            bar.update(task, completed=position, pages=pages, rate=rate)

        yield move, lambda message, **_: console.print(printable(message), soft_wrap=True)
