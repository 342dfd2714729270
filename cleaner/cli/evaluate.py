"""`clean evaluate`: how close a model comes to gold text."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import click

from cleaner.cli.options import (
    RecordsOut,
    cleaning,
    cleaning_options,
    refuse_overwriting,
    usage_errors,
)
from cleaner.cli.terminal import printable, say
from cleaner.types import CleanerError

if TYPE_CHECKING:
    from cleaner.batch import Options
    from cleaner.pipeline import Cleaner
    from cleaner.training.evaluate import Evaluated, EvaluationView, PageResult, Row
    from cleaner.training.metrics import Difference

_WORST = 30  # pages that a report shows line by line


@click.command()
@click.argument("corpora", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
@click.option(
    "--view",
    type=click.Choice(["html", "dump", "markdown"]),
    default="html",
    show_default=True,
    help="Give the cleaner the page as it is, or all its visible text, plain or as Markdown.",
)
@click.option(
    "--residue",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    metavar="LABELS",
    help="Take CORPORA as texts of other extractors, and score the lines labelled in LABELS.",
)
@click.option(
    "--compare",
    metavar="NAME|DIR",
    help="Another model: say how much --model is better than it, page by page.",
)
@click.option(
    "--exclude",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Leave out the domains in FILE, one a line.",
)
@click.option(
    "--report",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE.html",
    help="Write the table and the worst pages, line by line in colour, as an HTML page.",
)
@click.option(
    "--pages",
    type=RecordsOut(dir_okay=False, path_type=Path),
    metavar="FILE.jsonl",
    help="Write the figures of each page, packed as the name says (.jsonl.gz).",
)
@click.option("--json", "as_json", is_flag=True, help="Write the table as JSON.")
@cleaning_options
def evaluate(
    corpora: tuple[Path, ...],
    view: str,
    residue: Path | None,
    compare: str | None,
    exclude: Path | None,
    report: Path | None,
    pages: Path | None,
    as_json: bool,
    **given: Any,
) -> None:
    """Measure a model on pages with gold text.

    CORPORA are as for `clean train`. A row is a set, or a page type or language of it: word
    precision, recall and F1 as means over pages, the F1's 95 % interval, the F1 over runs of
    four words, the F1 over the segments that a page must and must not hold where there are
    some, and of the words of debris lines and body lines the shares that went. Pages of sites
    that the model was trained on flatter it.

    With --compare, a row says too how much of its F1 the other model lacks, with the 95 %
    interval and the chance of as great a difference between models of the same worth.

    With --site, CORPORA are labelled pages as for `clean train --site`, and what is shown is the
    words of debris that are kept and of text that is lost, without the site's model and
    templates (--models, --sites) and with them.

    With --residue, a row is an extractor or a label: the shares of words of debris that go, of
    body that is lost, and of titles. benchmarks/residue has labels, and makes the texts.
    """
    from cleaner.io import atomic, jsonl, sink
    from cleaner.io.render import Layout
    from cleaner.training import evaluation_page
    from cleaner.training.corpus import read_domains
    from cleaner.training.evaluate import compare as difference
    from cleaner.training.evaluate import summarise

    with usage_errors():
        options = cleaning(given)
        cleaner = options.cleaner()
        other = replace(options, model=compare).cleaner() if compare is not None else None
    read = (file for place in corpora for file in (place, *place.glob("*.jsonl*")))
    refuse_overwriting([pages, report], [*read, *filter(None, [residue, exclude])])
    if given["site"]:
        if options.front is not None:
            raise click.UsageError(
                "--front does not go with --site: labels are of a page's own lines"
            )
        if residue or other or exclude or report or pages or view == "markdown":
            raise click.UsageError(
                "with --site, only --view html or dump, --json and how pages are cleaned count"
            )
        _evaluate_site(options, corpora, as_text=view == "dump", as_json=as_json)
        return
    if residue is not None:
        if len(corpora) > 1 or view != "html" or other or exclude or report or pages:
            raise click.UsageError(
                "--residue takes one file of texts, and of the options --json only"
            )
        _print_residue(cleaner, residue, corpora[0], as_json=as_json)
        return
    unwanted = read_domains(exclude) if exclude else set()
    measured = _measured(cleaner, corpora, cast("EvaluationView", view), unwanted)
    results: list[PageResult] = []

    def noted() -> Iterator[Evaluated]:
        for each in measured:
            results.append(each.result)
            yield each

    worst = evaluation_page.worst_pages(noted(), _WORST if report else 1)
    if not results:
        raise CleanerError("there is no page to measure, or all are left out (--exclude)")
    rows, differences = summarise(results), []
    if other is not None:
        others = _measured(other, corpora, cast("EvaluationView", view), unwanted)
        differences = difference([each.result for each in others], results)
    if pages:
        with sink.opened(str(pages), Layout("jsonl")) as file:
            file.append([jsonl.line(asdict(each)) for each in results])
    if report:
        page = evaluation_page.render(rows, worst, differences)
        atomic.put(str(report), page.encode("utf-8", "backslashreplace"))
        say(f"Wrote {report}")
    if as_json:
        whole = [asdict(row) for row in rows]
        for row, gain in zip(whole, differences, strict=False):
            row["compared"] = asdict(gain)
        click.echo(json.dumps(whole, indent=2))
    else:
        _print(rows, differences)


def _evaluate_site(
    options: Options, corpora: tuple[Path, ...], *, as_text: bool, as_json: bool
) -> None:
    """Print the wrong words on labelled pages of one site before and after."""
    from cleaner.training.site_card import figures
    from cleaner.training.site_corpus import read_site_pages
    from cleaner.training.site_evaluate import wrong_words

    warn = partial(say, level="warning")
    pages = [p for path in corpora for p in read_site_pages(path, site=options.site, warn=warn)]
    if not pages:
        raise CleanerError(f"{options.site}: no labelled page of this site is there")
    cleaners = {
        "before": replace(options, models=None, sites=None).cleaner(),
        "after": options.cleaner(),
    }
    errors = wrong_words(cleaners, pages, as_text=as_text)
    if as_json:
        click.echo(json.dumps({name: asdict(some) for name, some in errors.items()}, indent=2))
        return
    click.echo(f"{options.site}: {len(pages)} pages; wrong words as a share of the text's")
    for name, some in errors.items():
        click.echo(f"  {name:6}  {figures(some)}")


def _measured(
    cleaner: Cleaner, corpora: tuple[Path, ...], view: EvaluationView, unwanted: set[str]
) -> Iterator[Evaluated]:
    from cleaner.training.corpus import bare_domain, read_corpus
    from cleaner.training.evaluate import evaluate as measure

    for corpus in corpora:
        pages = (page for page in read_corpus(corpus) if bare_domain(page.group) not in unwanted)
        yield from measure(cleaner, pages, view=view)


def _print(rows: list[Row], differences: list[Difference]) -> None:
    width = max((len(row.group) for row in rows), default=0)
    head = (
        f"{'':{width}}  pages  prec.  recall  F1     95 %            4-gram  segments  debris gone"
        "  body lost"
    )
    click.echo(head + ("  F1 gained  95 %                p" if differences else ""))
    for at, row in enumerate(rows):
        line = (
            f"{printable(row.group):{width}}  {row.pages:5}  {row.precision:.3f}  {row.recall:.3f}"
            f"   {row.f1:.3f}  {row.interval[0]:.3f} to {row.interval[1]:.3f}  {row.shingle_f1:.3f}"
            f"   {_share(row.segment_f1):8}  {_share(row.debris_removed):11}"
            f"  {_share(row.body_lost, 4):9}"
        )
        if differences:
            gain = differences[at]
            low, high = gain.interval
            line += f"  {gain.mean:+9.4f}  {low:+.4f} to {high:+.4f}  {gain.p:.3f}"
        click.echo(line.rstrip())


def _share(value: float | None, digits: int = 3) -> str:
    return "-" if value is None else f"{value:.{digits}f}"


def _print_residue(cleaner: Cleaner, labels: Path, texts: Path, *, as_json: bool) -> None:
    from cleaner.training.residue import score_residue

    rows = score_residue(cleaner, labels, texts)
    if as_json:
        click.echo(json.dumps([asdict(row) for row in rows], indent=2))
        return
    width = max((len(row.group) for row in rows), default=0)
    click.echo(f"{'':{width}}  lines  debris removed  body lost  titles lost")
    for row in rows:
        click.echo(
            f"{printable(row.group):{width}}  {row.lines:5}  {row.debris_removed:14.3f}"
            f"  {row.body_lost:9.4f}  {row.titles_lost:11.3f}"
        )
