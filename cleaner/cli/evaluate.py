"""`clean evaluate`: how close a model comes to gold text."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any, cast

import click

from cleaner.cli.options import cleaning, cleaning_options, usage_errors
from cleaner.cli.terminal import printable


@click.command()
@click.argument("corpora", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
@click.option(
    "--view",
    type=click.Choice(["html", "dump"]),
    default="html",
    show_default=True,
    help="Give the cleaner the page as it is, or all its visible text without the HTML.",
)
@click.option("--json", "as_json", is_flag=True, help="Write the table as JSON.")
@cleaning_options
def evaluate(corpora: tuple[Path, ...], view: str, as_json: bool, **given: Any) -> None:
    """Measure a model on pages with gold text.

    CORPORA are as for `clean train`. A row is a set, or a page type or language of it: word
    precision, recall and F1 as means over pages, the F1's 95 % interval, and the F1 over runs
    of four words. Pages of sites that the model was trained on flatter it.
    """
    from cleaner.training.corpus import read_corpus
    from cleaner.training.evaluate import EvaluationView, summarise
    from cleaner.training.evaluate import evaluate as measure

    with usage_errors():
        cleaner = cleaning(given).cleaner()
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
