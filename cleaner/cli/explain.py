"""`clean explain`: why each line of a page stays or goes."""

from __future__ import annotations

import io
import sys
from pathlib import Path
from typing import Any

import click

from cleaner.cli.options import cleaning, cleaning_options, usage_errors
from cleaner.cli.terminal import printable, stdin, stdout
from cleaner.io.binary import refuse_binary
from cleaner.types import Cleaned, Document

_STYLES = {True: "green", False: "red"}


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, allow_dash=True))
@click.option("--url", metavar="URL", help="Where the page is from: sites are known by it.")
@click.option(
    "--input-format",
    type=click.Choice(["auto", "html", "text"]),
    default="auto",
    show_default=True,
    help="What FILE holds.",
)
@click.option("--html", "as_html", is_flag=True, help="Write an HTML page, to look at or send.")
@cleaning_options
def explain(file: str, url: str | None, input_format: str, as_html: bool, **given: Any) -> None:
    """Show every line of a page with its verdict and the reason.

    FILE is a page, or - for standard input. Each line is shown with keep or drop, its kind,
    the model's probability that it is content, the reason for the verdict, and its text.
    """
    with usage_errors():
        cleaner = cleaning(given).cleaner()
    stdout()  # closed, it is told before the work
    content = stdin().read() if file == "-" else Path(file).read_bytes()
    document = Document(
        refuse_binary(content),
        id=file,
        url=url,
        format="html" if input_format == "html" else "text" if input_format == "text" else None,
    )
    cleaned = cleaner.clean(document)
    if as_html:
        from cleaner.review.standalone import page

        stdout().write(page(cleaned).encode("utf-8"))
    else:
        show(cleaned)


def show(cleaned: Cleaned) -> None:
    """Print the verdicts, in colour on a terminal. No text of the page is interpreted."""
    from rich.console import Console
    from rich.text import Text

    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")
    console = Console(markup=False, highlight=False, emoji=False)
    reasons = [printable(verdict.reason) for verdict in cleaned.verdicts]
    width = max(map(len, reasons), default=0)
    for (line, verdict), reason in zip(cleaned, reasons, strict=True):
        style = _STYLES[verdict.keep]
        console.print(
            Text.assemble(
                (f"{'keep' if verdict.keep else 'drop'}  ", style),
                (f"{verdict.kind:<13} {verdict.probability:.2f}  {reason:<{width}}  ", "dim"),
                printable(line.text),
            ),
            soft_wrap=True,
        )
    kept = sum(verdict.keep for verdict in cleaned.verdicts)
    flags = "".join(f"; {printable(flag)}" for flag in cleaned.flags)
    click.echo(f"{kept} of {len(reasons)} lines kept{flags}", err=True)
