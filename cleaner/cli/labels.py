"""`clean labels`: what is in files of corrections, several as one, and ready for training."""

from __future__ import annotations

import json
from pathlib import Path

import click

from cleaner.cli.options import RecordsOut, refuse_overwriting, usage_errors
from cleaner.cli.terminal import printable, say, stdout

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_SHOWN = 20  # lost or disputed lines that are written out


@click.group(invoke_without_command=False)
def labels() -> None:
    """Count, merge or export corrections, as `clean review` writes them.

    \b
    clean labels stats LABELS.jsonl
    clean labels merge ANNA.jsonl BEN.jsonl --out LABELS.jsonl
    clean labels export LABELS.jsonl --pages IN --out PAGES.jsonl
    """  # noqa: D301 - click wants the character, not the escape


@labels.command()
@click.argument("files", nargs=-1, required=True, type=_FILE)
@click.option("--json", "as_json", is_flag=True, help="Write the counts as one JSON object.")
def stats(files: tuple[Path, ...], as_json: bool) -> None:
    """Count the labels in FILES: lines kept and dropped, by kind and by person."""
    from cleaner.review.labels import merge, read_labels
    from cleaner.review.labels import stats as count

    counts = count(merge(read_labels(file, say) for file in files).records)
    if as_json:
        click.echo(json.dumps(counts))
        return
    for name, value in counts.items():
        if isinstance(value, dict):
            for key, number in value.items():
                click.echo(f"{name[:-1] if name == 'kinds' else 'by'} {printable(key)}: {number}")
        else:
            click.echo(f"{name}: {value}")


@labels.command()
@click.argument("files", nargs=-1, required=True, type=_FILE)
@click.option("--out", required=True, type=click.Path(dir_okay=False, path_type=Path))
@click.pass_context
def merge(ctx: click.Context, files: tuple[Path, ...], out: Path) -> None:
    """Put the labels of FILES into one, oldest first, each once.

    Where two people disagree on a line, the later label counts, both are named, and the exit
    code is 1.
    """
    from cleaner.io import atomic
    from cleaner.review.labels import check_plain, dump, read_labels
    from cleaner.review.labels import merge as merged_of

    refuse_overwriting([out], files)
    with usage_errors():
        check_plain(out)
    merged = merged_of(read_labels(file, say) for file in files)
    with atomic.replacing(str(out)) as file:
        file.write(dump(merged.records))
    for before, after in merged.disputed[:_SHOWN]:
        words = {True: "keep", False: "drop"}
        say(
            f"{after.doc}, line {after.line}: {before.by} says {words[before.keep]}, "
            f"{after.by} later {words[after.keep]}: {after.text:.80}"
        )
    say(f"{len(merged.records)} records, {len(merged.disputed)} disputed")
    ctx.exit(int(bool(merged.disputed)))


@labels.command()
@click.argument("file", type=_FILE)
@click.option(
    "--pages",
    required=True,
    type=click.Path(exists=True, path_type=Path),
    help="The pages that the labels are of: what was given to `clean review`, or to its --pages if"
    " that was given.",
)
@click.option(
    "--out",
    default="-",
    type=RecordsOut(dir_okay=False, allow_dash=True),
    metavar="FILE",
    help="A JSONL file, packed as its name says (.jsonl.gz), or - [default].",
)
@click.option("--site", metavar="NAME", help="Say of all records that they are of this site.")
@click.option(
    "--gold",
    is_flag=True,
    help="Add the text that is left when the labels overrule the verdicts, for `clean evaluate`.",
)
@click.pass_context
def export(
    ctx: click.Context, file: Path, pages: Path, out: str, site: str | None, gold: bool
) -> None:
    """Write the labelled pages with their labels, for `clean train --site` and `clean evaluate`.

    Labels whose line is not on its page any more are reported, and the exit code is 1.
    """
    from contextlib import nullcontext

    from cleaner.io import jsonl, sink, source
    from cleaner.io.render import Layout
    from cleaner.pipeline import Cleaner
    from cleaner.review.export import export as exported
    from cleaner.review.labels import current, home_among, read_labels
    from cleaner.review.sources import open_queue

    if out != "-":
        refuse_overwriting([Path(out)], [file, *map(Path, source.addresses(str(pages)))])
    records = read_labels(file, say)
    sheets = open_queue(pages)
    wanted = current(records, home_among(sheets))
    found: set[str] = set()
    count = lost = moved = 0
    layout = Layout("jsonl")
    lines = nullcontext(sink.Lines(stdout(), layout)) if out == "-" else sink.opened(out, layout)
    with lines as target:
        cleaner = Cleaner() if gold else None
        for page in exported(wanted, sheets, site=site, gold=cleaner):
            target.append([jsonl.line(page.record)])
            found.add(page.record["id"])
            count += 1
            moved += page.moved
            for label in page.lost[: max(0, _SHOWN - lost)]:
                say(f"{label.doc}, line {label.line}: not on the page any more: {label.text:.80}")
            lost += len(page.lost)
    missing = dict.fromkeys(
        (label.doc, label.url)
        for home, own in wanted.items()
        if home not in found
        for label in own.values()
    )
    for doc, _ in list(missing)[:_SHOWN]:
        say(f"{doc}: labelled, and not among the pages")
    say(
        f"{count} pages; {moved} labels moved with their lines, {lost} lost;"
        f" {len(missing)} labelled pages not found"
    )
    ctx.exit(int(bool(lost or missing)))
