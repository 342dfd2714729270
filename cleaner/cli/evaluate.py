"""`clean evaluate`: how close a model comes to gold text."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import click

from cleaner.cli.options import cleaning, cleaning_options, usage_errors
from cleaner.cli.terminal import printable

if TYPE_CHECKING:
    from cleaner.pipeline import Cleaner


@click.command()
@click.argument("corpora", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
@click.option(
    "--view",
    type=click.Choice(["html", "dump"]),
    default="html",
    show_default=True,
    help="Give the cleaner the page as it is, or all its visible text without the HTML.",
)
@click.option(
    "--residue",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    metavar="LABELS",
    help="Take CORPORA as texts of other extractors, and score the lines labelled in LABELS.",
)
@click.option("--json", "as_json", is_flag=True, help="Write the table as JSON.")
@cleaning_options
def evaluate(
    corpora: tuple[Path, ...], view: str, residue: Path | None, as_json: bool, **given: Any
) -> None:
    """Measure a model on pages with gold text.

    CORPORA are as for `clean train`. A row is a set, or a page type or language of it: word
    precision, recall and F1 as means over pages, the F1's 95 % interval, and the F1 over runs
    of four words. Pages of sites that the model was trained on flatter it.

    With --residue, a row is an extractor or a label: the shares of words of debris that go, of
    body that is lost, and of titles. benchmarks/residue has labels, and makes the texts.
    """
    from cleaner.training.corpus import read_corpus
    from cleaner.training.evaluate import EvaluationView, summarise
    from cleaner.training.evaluate import evaluate as measure

    with usage_errors():
        cleaner = cleaning(given).cleaner()
    if residue is not None:
        if len(corpora) > 1 or view != "html":
            raise click.UsageError("--residue takes one file of texts, and no --view")
        _print_residue(cleaner, residue, corpora[0], as_json=as_json)
        return
    results = [
        result
        for corpus in corpora
        for result in measure(cleaner, read_corpus(corpus), view=cast(EvaluationView, view))
    ]
    rows = summarise(results)
    if as_json:
        click.echo(json.dumps([asdict(row) for row in rows], indent=2))
        return
    width = max(len(row.group) for row in rows) if rows else 0
    click.echo(f"{'':{width}}  pages  prec.  recall  F1     95 %           4-gram F1")
    for row in rows:
        click.echo(
            f"{printable(row.group):{width}}  {row.pages:5}  {row.precision:.3f}  {row.recall:.3f}"
            f"   {row.f1:.3f}  {row.interval[0]:.3f} to {row.interval[1]:.3f}  {row.shingle_f1:.3f}"
        )


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
