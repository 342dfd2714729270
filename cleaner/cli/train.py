"""`clean train`: a new base model from pages with gold text."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cleaner.cli.terminal import say

if TYPE_CHECKING:
    from cleaner.training.corpus import GoldPage


@click.command()
@click.argument("corpora", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
@click.option(
    "--out",
    required=True,
    type=click.Path(file_okay=False, path_type=Path),
    help="The folder of models; the model is written to a folder of its name in it.",
)
@click.option("--name", default="base", show_default=True, help="What the model is called.")
@click.option(
    "--exclude",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Leave out the domains in FILE, one a line.",
)
@click.option(
    "--attribution",
    multiple=True,
    metavar="TEXT",
    help="A line for the model card that says whose data it is; can be given several times.",
)
@click.option("--seed", default=0, show_default=True, help="What random choices start from.")
def train(
    corpora: tuple[Path, ...],
    out: Path,
    name: str,
    exclude: Path | None,
    attribution: tuple[str, ...],
    seed: int,
) -> None:
    """Train a model from pages with gold text.

    CORPORA are JSONL files (plain, .gz or .xz) or folders of them, with `id`, `url`, `html`
    and `gold` in each record; `domain`, `lang` and `page_type` are used when they are there.
    The figures written beside the model are of pages of sites it was not trained on.
    """
    from cleaner.model.store import save_model
    from cleaner.training import card
    from cleaner.training.corpus import read_corpus
    from cleaner.training.train import train as train_model

    if not name.isidentifier():
        raise click.UsageError(f"--name {name}: expected letters, digits and underscores")
    unwanted = set(exclude.read_text(encoding="utf-8").split()) if exclude else set()
    excluded = 0

    def pages() -> Iterator[GoldPage]:
        nonlocal excluded
        for corpus in corpora:
            for page in read_corpus(corpus):
                if page.group in unwanted:
                    excluded += 1
                else:
                    yield page

    trained = train_model(pages(), name=name, seed=seed, progress=say)
    names = " ".join(corpus.name for corpus in corpora)
    command = f"clean train {names} --out {out.name} --name {name} --seed {seed}"
    if exclude:
        command += f" --exclude {exclude.name}"
    meta = card.meta(
        trained, command=command, excluded=excluded, seed=seed, attribution=attribution
    )
    save_model(trained.model, out / name, meta)
    (out / name / "README.md").write_text(card.write_card(name, meta), "utf-8")
    say(f"Wrote {out / name}")
