"""`clean explain`: why each line of a page stays or goes."""

from __future__ import annotations

import io
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from cleaner.cli.options import cleaning, cleaning_options, usage_errors
from cleaner.cli.terminal import printable, stdin, stdout
from cleaner.io.binary import refuse_binary
from cleaner.types import Cleaned, CleanerError, Document, Format

_FORMATS: dict[str, Format] = {"html": "html", "text": "text"}
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

    FILE is a page, a JSONL file with one record, or - for standard input. Each line is shown with
    keep or drop, its kind, the model's probability that it is content, the reason for the verdict,
    and its text.
    """
    with usage_errors():
        cleaner = cleaning(given).cleaner()
    stdout()  # closed, it is told before the work
    content = refuse_binary(stdin().read() if file == "-" else Path(file).read_bytes())
    document = _record(content, file) if input_format == "auto" else None
    if document is None:
        document = Document(content, id=file, format=_FORMATS.get(input_format))
    cleaned = cleaner.clean(replace(document, url=url or document.url))
    if as_html:
        from cleaner.review.standalone import page

        stdout().write(page(cleaned).encode("utf-8"))
    else:
        show(cleaned)


def _record(content: bytes, file: str) -> Document | None:
    """The page of the only record in `content`; None if it is no JSONL."""
    from cleaner.io import jsonl

    is_stream = file == "-" or not Path(file).is_file()
    if not (file.lower().endswith(jsonl.SUFFIXES) or (is_stream and jsonl.RECORD.match(content))):
        return None
    records = [raw for raw in content.splitlines() if raw.strip()]
    if len(records) != 1:
        raise click.UsageError(
            f"{file}: {len(records)} records; one page was expected, as `sed -n 3p FILE` gives it"
        )
    try:
        return jsonl.document(jsonl.parse(records[0]), jsonl.DEFAULT_FIELDS)
    except CleanerError as error:
        raise CleanerError(f"{file}: {error}") from None


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
