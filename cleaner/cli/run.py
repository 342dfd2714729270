"""`clean run`, the default command: pages in, cleaned text out."""

from __future__ import annotations

import os
import re
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import click

from cleaner.cli.options import cleaning, cleaning_options, usage_errors
from cleaner.cli.terminal import progress, say, stdin, stdin_is_idle, stdout
from cleaner.io import atomic, files, jsonl, sink
from cleaner.io.render import Layout

if TYPE_CHECKING:
    from cleaner.io.entry import Source

InputFormat = Literal["auto", "html", "text", "jsonl"]

_RECORD = re.compile(rb'\s*\{\s*"')
# Names that a user means for one file, and that would surprise as the name of a folder.
_FILE_SUFFIXES = (*files.SUFFIXES, ".gz", ".json")


@click.command()
@click.argument("in_", metavar="IN", type=click.Path(exists=True, allow_dash=True))
@click.argument("out", metavar="[OUT]", type=click.Path(allow_dash=True), default="-")
@click.option(
    "--format",
    "format_",
    type=click.Choice(["txt", "jsonl"]),
    help="How pages are written [default: by OUT; jsonl for many pages to standard output].",
)
@click.option(
    "--verdicts",
    is_flag=True,
    help="Write the verdict on every line too: as `flags` and `lines` in the field `cleaner` of "
    "a JSON record, or to NAME.verdicts.jsonl beside NAME.txt.",
)
@click.option(
    "--input-format",
    type=click.Choice(["auto", "html", "text", "jsonl"]),
    default="auto",
    show_default=True,
    help="What IN holds, where its names and contents do not tell.",
)
@cleaning_options
@click.option("--html-field", default="html", show_default=True, help="JSONL field with HTML.")
@click.option(
    "--text-field",
    default="text",
    show_default=True,
    help="JSONL field with text, read where there is no HTML; the result is written to it.",
)
@click.option("--id-field", default="id", show_default=True, help="JSONL field with an id.")
@click.option("--url-field", default="url", show_default=True, help="JSONL field with a URL.")
@click.option(
    "-j",
    "--jobs",
    type=click.IntRange(min=0),
    default=1,
    show_default=True,
    metavar="N",
    help="Worker processes; 0 for one a core.",
)
@click.option("--force", is_flag=True, help="Clean again what is done already.")
@click.option("--dry-run", is_flag=True, help="Read and clean, report, and write nothing.")
@click.option("-q", "--quiet", is_flag=True, help="Report failures only.")
@click.pass_context
def run(ctx: click.Context, /, **given: Any) -> None:
    """Clean pages.

    IN is a file, a folder, a .jsonl or .jsonl.gz file, or - for standard input, which holds
    one page, or JSONL if it starts like a JSON object. Of a folder, and the folders in it,
    these files are read: .html .htm .xhtml .shtml .txt .text; hidden files and links that
    lead out are not. A JSON record holds "html" or "text", and may hold "id", "url" and other
    fields, which are carried through; a page's title is added as "title" where a record has
    none.

    OUT is a folder, a .jsonl or .jsonl.gz file, a file if IN is one page, or - for standard
    output, the default. In a folder in/a/b.html becomes out/a/b.txt; where two pages would
    share a name, each keeps its full one (a/b.html.txt).

    A second run into the same folder cleans only what is new or has changed, in IN or in the
    options, and so goes on where a run was stopped. A .jsonl file is skipped if it is complete
    and nothing has changed, and made from the start if not: a run that was stopped leaves the
    old file as it was. Two runs at once into one folder or .jsonl file are refused.

    Exit codes: 0 all cleaned, 1 some inputs failed, 2 wrong usage, 130 interrupted.
    """
    options = cleaning(given)
    fields = jsonl.Fields(
        html=given["html_field"],
        text=given["text_field"],
        id=given["id_field"],
        url=given["url_field"],
    )
    source = _source(given["in_"], given["input_format"], fields, out=given["out"])
    to = _sink(given["out"], source, given["format_"], fields, verdicts=given["verdicts"])
    _refuse_overwriting(given["in_"], to)

    from joblib import cpu_count

    from cleaner import batch

    bar = progress(source.total, shown=not given["quiet"])
    with usage_errors(), bar as (move, tell):
        report = batch.run(
            source,
            to,
            options=options,
            jobs=given["jobs"] or cpu_count(),
            force=given["force"],
            dry_run=given["dry_run"],
            on_failure=lambda failure: tell(f"{failure.where}: {failure.reason}"),
            on_progress=move,
            is_idle=stdin_is_idle if given["in_"] == "-" else lambda: False,
        )
    if not given["quiet"]:
        say(f"{'Dry run: ' if given['dry_run'] else ''}{report}")
    ctx.exit(report.exit_code)


def _source(place: str, input_format: InputFormat, fields: jsonl.Fields, *, out: str) -> Source:
    page_format = input_format if input_format in ("html", "text") else None
    if place == "-":
        lines = stdin()
        first = lines.readline()
        if input_format == "jsonl" or (input_format == "auto" and _RECORD.match(first)):
            return jsonl.Records(None, chain([first], lines), fields)
        return files.one_page(first + lines.read(), where="stdin", id="stdin", format=page_format)
    path = Path(place)
    if path.is_dir():
        if input_format == "jsonl":
            raise click.UsageError(f"{place} is a folder; JSONL is read from a file or from -")
        return files.folder(path, outside=None if out == "-" else Path(out), format=page_format)
    is_jsonl = input_format == "auto" and place.lower().endswith(jsonl.SUFFIXES)
    if is_jsonl or input_format == "jsonl":
        return jsonl.Records(path, fields=fields)
    return files.one_file(path, format=page_format)


def _sink(
    place: str,
    source: Source,
    format_: Literal["txt", "jsonl"] | None,
    fields: jsonl.Fields,
    *,
    verdicts: bool,
) -> sink.Sink:
    path = Path(place)
    one_page = isinstance(source, files.Files) and source.is_one
    if place == "-":
        layout = Layout(format_ or ("txt" if one_page else "jsonl"), verdicts, fields)
        if layout.beside:
            raise click.UsageError("--verdicts on standard output needs --format jsonl")
        return sink.Stream(stdout(), layout)
    if place.lower().endswith(jsonl.SUFFIXES) and not path.is_dir():
        if format_ == "txt":
            raise click.UsageError(f"{place} is a JSONL file; --format txt needs a folder")
        return sink.JsonlFile(path, Layout("jsonl", verdicts, fields))
    layout = Layout(format_ or "txt", verdicts, fields)
    if path.is_dir() or place.endswith(("/", os.sep)):
        return sink.Folder(path, layout)
    if one_page:
        return sink.SingleFile(path, layout)
    if path.exists() or path.suffix.lower() in _FILE_SUFFIXES:
        raise click.UsageError(
            f"{place} is a file for one page; for many, name a folder, a .jsonl file or -"
        )
    return sink.Folder(path, layout)


def _refuse_overwriting(place: str, to: sink.Sink) -> None:
    """Raise a usage error if output could take the place of input."""
    if place == "-" or isinstance(to, sink.Stream):
        return
    source = Path(place).resolve()
    if isinstance(to, sink.Folder):
        root = to.root.resolve()
        clash = (
            source.is_relative_to(root)
            if source.is_dir()
            else source.parent == root and source.name.lower().endswith(_written(to.layout))
        )
    elif isinstance(to, sink.JsonlFile):
        ours = (to.path, atomic.part_of(to.path), to.stamp, to.lock)
        clash = source in [path.resolve() for path in ours]
    else:
        beside = [to.path.with_suffix(to.layout.beside)] if to.layout.beside else []
        clash = source in [path.resolve() for path in (to.path, *beside)]
    if clash:
        raise click.UsageError(f"output would overwrite input: {place} lies where OUT does")


def _written(layout: Layout) -> tuple[str, ...]:
    """What the names of files in a folder of outputs end in."""
    return (layout.suffix, layout.beside) if layout.beside else (layout.suffix,)
