"""`clean run`, the default command: pages in, cleaned text out."""

from __future__ import annotations

import os
from dataclasses import asdict, replace
from functools import partial
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, cast

import click

from cleaner.cli.options import SIZE, Number, cleaning, cleaning_options, usage_errors
from cleaner.cli.terminal import is_idle, log_as_json, progress, say, stdin, stdout
from cleaner.io import compress, files, jsonl, notes, parquet, place, sink, source
from cleaner.io.render import Layout
from cleaner.io.source import Sources
from cleaner.types import Markdown

if TYPE_CHECKING:
    from cleaner.io.entry import Shard
    from cleaner.types import Format

_MOST_BLANK = 1 << 16  # bytes of blank lines before what tells JSONL from a page
# Names that a user means for one file, and that would surprise as the name of a folder.
_FILE_SUFFIXES = (
    *files.SUFFIXES,
    *compress.SUFFIXES,
    *(".json", ".ndjson", ".csv", ".tsv", ".xml", ".pdf", ".bz2", ".zip", ".tar", ".warc", ".wet"),
)


@click.command()
@click.argument("places", metavar="IN... [OUT]", nargs=-1, required=True)
@click.option(
    "--format",
    "format_",
    type=click.Choice(["txt", "md", "jsonl", "jsonl.gz", "jsonl.zst", "jsonl.xz", "parquet"]),
    help="How pages are written [default: by OUT; files of records as they were; jsonl for many "
    "pages to standard output]. md writes HTML pages as Markdown; where OUT is a file of records, "
    "in the place of their text.",
)
@click.option("--links", is_flag=True, help="Markdown with the links.")
@click.option("--images", is_flag=True, help="Markdown with the images around which lines stay.")
@click.option(
    "--metadata",
    is_flag=True,
    help="Add title, author, date, site_name, language and canonical_url to records.",
)
@click.option(
    "--verdicts",
    is_flag=True,
    help="Write the verdict on every line too: as `flags` and `lines` in the field `cleaner` of "
    "a record, or to NAME.verdicts.jsonl beside NAME.txt, whose last record has the flags, if any.",
)
@click.option(
    "--input-format",
    type=click.Choice(["auto", "html", "text", "jsonl", "parquet", "warc"]),
    default="auto",
    show_default=True,
    help="What IN holds, where its names and contents do not tell.",
)
@cleaning_options
@click.option("--html-field", default="html", show_default=True, help="Field with HTML.")
@click.option(
    "--text-field",
    default="text",
    show_default=True,
    help="Field with text, read where there is no HTML; the result is written to it.",
)
@click.option("--id-field", default="id", show_default=True, help="Field with an id.")
@click.option("--url-field", default="url", show_default=True, help="Field with a URL.")
@click.option(
    "-j",
    "--jobs",
    type=click.IntRange(min=0),
    metavar="N",
    help="Worker processes; 0 for one a core, or all there are of a cluster [default: 1; of a "
    "cluster 0].",
)
@click.option(
    "--backend",
    type=click.Choice(["loky", "dask", "ray", "spark"]),
    default="loky",
    show_default=True,
    help="Who works: processes on this machine, or a cluster.",
)
@click.option(
    "--address",
    "--scheduler",
    metavar="ADDRESS",
    help="The cluster: tcp://HOST:PORT of dask's scheduler, HOST:PORT or auto for ray, a master "
    "for spark [default: one is started on this machine].",
)
@click.option(
    "--timeout",
    type=Number(0, 1e9),
    default=10.0,
    show_default=True,
    metavar="SECONDS",
    help="How long a page may take; 0 for as long as it likes.",
)
@click.option(
    "--max-failures", type=click.IntRange(min=0), metavar="N", help="Stop when more have failed."
)
@click.option("--max-page", type=SIZE, default="20M", show_default=True, help="Of one page.")
@click.option(
    "--max-line",
    type=SIZE,
    default="64M",
    show_default=True,
    help="Of a line of JSONL, or of a text.",
)
@click.option(
    "--max-depth",
    type=click.IntRange(min=1),
    default=2000,
    show_default=True,
    metavar="N",
    help="How deep elements of a page may nest.",
)
@click.option(
    "--max-unpacked",
    type=SIZE,
    default="256G",
    show_default=True,
    help="Of all that a packed file holds.",
)
@click.option("--force", is_flag=True, help="Clean again what is done already.")
@click.option(
    "--retry-failed", is_flag=True, help="Clean again files of records with pages that failed."
)
@click.option("--dry-run", is_flag=True, help="Read and clean, report, and write nothing.")
@click.option(
    "--log-format",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="What is said on standard error: lines of text, or of JSON.",
)
@click.option("-q", "--quiet", is_flag=True, help="Report failures only.")
@click.pass_context
def run(ctx: click.Context, /, **given: Any) -> None:
    """Clean pages.

    IN is a file, a folder, a pattern such as 'crawl/*.warc.gz' that stands for some, or - for
    standard input, which holds one page, or JSONL if it starts like a JSON object, as a pipe does
    that is named; there may be several. Pages are read from .html .htm .xhtml .shtml .txt .text .md
    .markdown, and from files of records: .jsonl, .parquet, .warc and .wet, plain or packed (.gz
    .zst .xz). Of a folder, and the folders in it, pages are read, or, where there is none, files of
    records; hidden files and links that lead out are not. A record holds "html" or "text", and may
    hold "id", "url" and other fields, which are carried through; a page's title is added as "title"
    where a record has none. Of an archive, answers that are HTML are read.

    OUT is a folder, a .jsonl (.gz .zst .xz) or .parquet file, a file if IN is one page, or - for
    standard output, the default. In a folder in/a/b.html becomes out/a/b.txt; where two pages would
    share a name, each keeps its full one (a/b.html.txt). A file of records becomes one; --format
    txt makes a file of each page. IN and OUT may be s3://, gs://, hdfs:// or whatever else fsspec
    reaches.

    A second run does only what is new or has changed, in IN, in the options, in the model or
    the templates, and so goes on where a run was stopped. A file of records is there when it
    is whole, and is made from the start if not. Two runs at once into one place are refused.
    What failed stands in failures.jsonl, and how it went in report.json, in OUT/.clean or
    .OUT.clean.

    Exit codes: 0 all cleaned, 1 some inputs failed, 2 wrong usage, 130 interrupted.
    """
    if given["log_format"] == "json":
        log_as_json(ctx)
    options = cleaning(given)
    fields = jsonl.Fields(
        html=given["html_field"],
        text=given["text_field"],
        id=given["id_field"],
        url=given["url_field"],
    )
    ins, out = _places(given["places"], force=given["force"])
    with usage_errors():
        sources = _sources(ins, given["input_format"], fields, out=out)
    format_, markdown = _markdown(given, out)
    to = _sink(out, sources, format_, fields, verdicts=given["verdicts"])
    to = replace(to, layout=replace(to.layout, markdown=markdown, metadata=given["metadata"]))
    if to.layout.metadata and to.layout.format == "txt":
        raise click.UsageError("--metadata needs records to write it to: name a .jsonl file")
    _refuse_overwriting([*ins, *(shard.address for _, shard in sources.shards)], to)

    from cleaner import batch
    from cleaner.io.entry import Limits

    bar = progress(sources.size, shown=not given["quiet"])
    jobs = given["jobs"]
    if jobs is None and given["backend"] == "loky":
        jobs = 1
    with usage_errors(), bar as (move, tell):
        report = batch.run(
            sources,
            to,
            options=options,
            engine=batch.Engine(_jobs(jobs, given["backend"]), given["backend"], given["address"]),
            limits=Limits(
                page=given["max_page"],
                line=given["max_line"],
                unpacked=given["max_unpacked"],
                depth=given["max_depth"],
            ),
            timeout=given["timeout"],
            max_failures=given["max_failures"],
            force=given["force"],
            retry_failed=given["retry_failed"],
            dry_run=given["dry_run"],
            on_failure=lambda failure: tell(
                f"{failure.where}: {failure.reason}", level="error", **failure.record()
            ),
            on_progress=move,
        )
    if given["quiet"] and report.failed_before:
        say(f"{report.failed_before} failed in an earlier run (--retry-failed)", level="error")
    if not given["quiet"]:
        say(f"{'Dry run: ' if given['dry_run'] else ''}{report}", **asdict(report))
    for change in report.drift:
        say(f"Changed since the last run: {change}", level="warning")
    if report.stopped:
        say(f"Stopped: more than {given['max_failures']} failed (--max-failures).", level="error")
    ctx.exit(report.exit_code)


def _markdown(given: dict[str, Any], out: str) -> tuple[str | None, Markdown | None]:
    """What `_sink` is to make, and whether it holds Markdown."""
    format_: str | None = given["format_"]
    if format_ != "md" and (format_ or not out.lower().endswith(".md")):
        if given["links"] or given["images"]:
            raise click.UsageError("--links and --images need --format md")
        return format_, None
    is_records = out.lower().endswith((*jsonl.SUFFIXES, *parquet.SUFFIXES))
    markdown = Markdown(links=given["links"], images=given["images"])
    return (None if is_records else "txt"), markdown


def _jobs(given: int | None, backend: str) -> int | None:
    """How many jobs; None for all that a cluster has."""
    if given or backend != "loky":
        return given or None
    from joblib import cpu_count

    return int(cpu_count())


def _places(given: tuple[str, ...], *, force: bool) -> tuple[list[str], str]:
    """The inputs, and the output: the last, where it is not the only one."""
    *ins, out = map(place.normal, given if len(given) > 1 else (*given, "-"))
    for each in ins:
        is_there = each == "-" or any(c in each for c in "*?[") or place.is_remote(each)
        if not is_there and not Path(each).exists():
            raise click.BadParameter(f"Path {each!r} does not exist.", param_hint="'IN'")
    if len(ins) > 1 and any(map(_is_stream, ins)):
        raise click.UsageError(
            "standard input, or a pipe, is read alone, not together with other places"
        )
    if _may_be_meant_as_input(ins, out) and not force:
        raise click.UsageError(
            f"{out} is there, and no run of `clean` made it, so far as one can see: name where the"
            " output goes last; --force replaces it"
        )
    return ins, out


def _is_stream(given: str) -> bool:
    """Whether it can be read once only, and from here only."""
    if given == "-" or place.is_remote(given):
        return given == "-"
    path = Path(given)
    return path.is_fifo() or path.is_char_device()


def _may_be_meant_as_input(ins: list[str], out: str) -> bool:
    """Whether the last place is a page or a file of records like those before it.

    So it is where a shell was given `*.html` for two files or more, and no OUT.
    """
    target = Path(out)
    if out == "-" or out in ins or not target.is_file() or not target.stat().st_size:
        return False
    if Path(notes.of_file(out)).exists() or not Path(ins[-1]).is_file():
        return False
    last, suffix = Path(ins[-1]), target.suffix.lower()
    is_like = suffix == last.suffix.lower() and target.parent == last.parent
    return len(ins) > 1 or is_like or suffix in files.HTML_SUFFIXES


def _sources(
    ins: list[str], input_format: source.InputFormat, fields: jsonl.Fields, *, out: str
) -> Sources:
    if _is_stream(ins[0]) and input_format in ("warc", "parquet"):
        raise click.UsageError(f"--input-format {input_format} needs a file, not a stream")
    if _is_stream(ins[0]):
        name = "stdin" if ins == ["-"] else ins[0]
        page_format: Format | None = (
            "html" if input_format == "html" else "text" if input_format == "text" else None
        )
        lines = stdin() if ins == ["-"] else Path(name).open("rb")  # noqa: SIM115 - while it is read
        head = first = lines.readline()
        while first.isspace() and len(head) < _MOST_BLANK:
            first = lines.readline()
            head += first
        shard: Shard
        if input_format == "jsonl" or (input_format == "auto" and jsonl.RECORD.match(head)):
            again = compress.Again(head, lines)
            idle = partial(is_idle, lines)
            shard = jsonl.Records(None, cast(IO[bytes], again), fields, idle)
        else:
            content = head + lines.read()
            shard = files.one_page(content, where=name, id="stdin", format=page_format)
        return Sources([("stdin", shard)])
    return source.find(ins, format=input_format, fields=fields, outside=None if out == "-" else out)


def _sink(
    out: str,
    sources: Sources,
    format_: str | None,
    fields: jsonl.Fields,
    *,
    verdicts: bool,
) -> sink.Sink:
    one_page = sources.is_one_page
    kind, _, packing = (format_ or "").partition(".")
    packing = f".{packing}" if packing else ""
    if out == "-":
        if kind == "parquet" or packing:
            raise click.UsageError(f"--format {format_} needs a file or a folder for OUT")
        layout = Layout(_kind(kind) or ("txt" if one_page else "jsonl"), verdicts, fields)
        if layout.beside:
            raise click.UsageError("--verdicts on standard output needs --format jsonl")
        return sink.Stream(stdout(), layout)
    is_folder = place.is_folder(out)
    if out.lower().endswith((*jsonl.SUFFIXES, *parquet.SUFFIXES)) and not is_folder:
        if kind == "txt":
            raise click.UsageError(f"{out} is a file of records; --format txt needs a folder")
        whole = Layout("jsonl", verdicts, fields).of(out)
        if kind and kind != whole.format:
            raise click.UsageError(f"{out} is no file for --format {format_}")
        return sink.RecordFile(out, whole)
    if sources.has_records and kind != "txt":
        if not is_folder and (Path(out).exists() or Path(out).suffix.lower() in _FILE_SUFFIXES):
            raise click.UsageError(f"{out} is a file for one page; for many, name a folder")
        packed = packing if kind else None
        return sink.Folder(
            out, Layout(_kind(kind) or "jsonl", verdicts, fields, is_packed=True, packing=packed)
        )
    if kind == "parquet" or packing:
        raise click.UsageError(f"for pages, --format {format_} needs a file: name one for OUT")
    layout = Layout(_kind(kind) or "txt", verdicts, fields)
    if is_folder or out.endswith(("/", os.sep)):
        return sink.Folder(out, layout)
    is_file = Path(out).exists() or Path(out).suffix.lower() in _FILE_SUFFIXES
    if one_page and out.lower().endswith(compress.SUFFIXES):
        raise click.UsageError(f"{out}: a text is not packed; name a .jsonl file for that")
    if is_file and not one_page:
        raise click.UsageError(
            f"{out} is a file for one page; for many, name a folder, a .jsonl file or -"
        )
    return sink.SingleFile(out, layout) if one_page else sink.Folder(out, layout)


def _kind(name: str) -> Any:
    return name or None


def _refuse_overwriting(ins: list[str], to: sink.Sink) -> None:
    """Raise a usage error if output could take the place of input."""
    for each in ins:
        if each not in ("-", "stdin") and not isinstance(to, sink.Stream) and _clash(each, to):
            raise click.UsageError(f"output would overwrite input: {each} lies where OUT does")


def _clash(given: str, to: sink.Folder | sink.SingleFile | sink.RecordFile) -> bool:
    target = to.root if isinstance(to, sink.Folder) else to.address
    if place.is_remote(given) or place.is_remote(target):
        root = target.rstrip("/")
        return given.rstrip("/") == root or given.startswith(root + "/")
    path = Path(given).resolve()
    if isinstance(to, sink.Folder):
        root_path = Path(to.root).resolve()
        if path.is_dir():
            return path.is_relative_to(root_path)
        written = (
            (*source.RECORD_SUFFIXES, ".jsonl") if to.layout.is_packed else _written(to.layout)
        )
        return path.is_relative_to(root_path) and path.name.lower().endswith(written)
    if isinstance(to, sink.RecordFile):
        return path == Path(target).resolve() or path.is_relative_to(
            Path(notes.of_file(target)).resolve()
        )
    beside = [Path(target).with_suffix(to.layout.beside)] if to.layout.beside else []
    return path in [each.resolve() for each in (Path(target), *beside)]


def _written(layout: Layout) -> tuple[str, ...]:
    """What the names of files in a folder of outputs end in."""
    return (layout.suffix, layout.beside) if layout.beside else (layout.suffix,)
