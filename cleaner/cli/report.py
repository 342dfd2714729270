"""`clean report`: what a run did, as a table and as a page with plots."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import click

from cleaner.cli.options import refuse_overwriting, usage_errors
from cleaner.cli.terminal import printable, say

_MOST_ROWS = 15


@click.command()
@click.argument("places", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
@click.option(
    "--html",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE.html",
    help="Write a page with plots and the worst pages, too; it needs nothing but itself.",
)
@click.option(
    "--all", "everything", is_flag=True, help=f"Every row, not the {_MOST_ROWS} largest of each."
)
def report(places: tuple[Path, ...], html: Path | None, everything: bool) -> None:
    """Show what a run did: pages, words by kind and by reason, sites.

    PLACES are folders that `clean` wrote to, or report files. Of several, in the order of their
    runs, the last is shown, and the page plots all of them over time.
    """
    from cleaner.report import read_report

    refuse_overwriting([html], places)
    with usage_errors():
        reports = sorted((read_report(place) for place in places), key=lambda each: each["started"])
    if html:
        from cleaner.io import atomic
        from cleaner.report_page import render

        atomic.put(str(html), render(reports).encode("utf-8", "backslashreplace"))
        say(f"Wrote {html}")
    for line in lines(reports[-1], most=None if everything else _MOST_ROWS):
        click.echo(line)


def lines(report: Mapping[str, Any], *, most: int | None = _MOST_ROWS) -> Iterator[str]:
    """A report as text."""
    pages, words = report["pages"], report["words"]
    seconds = max(report["seconds"], 1e-9)
    yield (
        f"model {report['model']}, program {report['program'] or '?'}, started {report['started']}"
    )
    yield (
        f"{pages['in']} pages in {report['seconds']:.1f} s ({pages['in'] / seconds:.0f}/s, "
        f"{report['bytes'] / seconds / 1e6:.2f} MB/s)"
    )
    yield ", ".join(f"{count} {name}" for name, count in pages.items() if name != "in")
    whole = max(words["kept"] + words["dropped"], 1)
    yield f"{words['kept']} words kept, {words['dropped']} dropped ({words['dropped'] / whole:.1%})"
    for title in ("kinds", "reasons"):
        rows = sorted(report[title].items(), key=lambda item: (-item[1]["dropped_words"], item[0]))
        yield ""
        yield from _table(
            [title[:-1], "lines kept", "words", "lines dropped", "words"],
            [
                [name, *(str(counts[key]) for key in (
                    "kept_lines", "kept_words", "dropped_lines", "dropped_words"))]
                for name, counts in rows
            ],
            most,
        )  # fmt: skip
    sites = sorted(report["sites"].items(), key=lambda item: (-item[1]["pages"], item[0]))
    yield ""
    yield from _table(
        ["site", "pages", "words kept", "dropped", "share dropped"],
        [
            [
                name, str(site["pages"]), str(site["kept_words"]), str(site["dropped_words"]),
                f"{site['dropped_words'] / max(site['kept_words'] + site['dropped_words'], 1):.1%}",
            ]
            for name, site in sites
        ],
        most,
    )  # fmt: skip


def _table(head: list[str], rows: Sequence[list[str]], most: int | None) -> Iterator[str]:
    shown = rows[:most]
    cells = [head, *([printable(cell) for cell in row] for row in shown)]
    widths = [max(len(row[at]) for row in cells) for at in range(len(head))]
    for row in cells:
        first, *others = (
            cell.ljust(width) if at == 0 else cell.rjust(width)
            for at, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        yield "  ".join([first, *others]).rstrip()
    if len(rows) > len(shown):
        yield f"… and {len(rows) - len(shown)} more"
