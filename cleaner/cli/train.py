"""`clean train`: a new base model from pages with gold text, or a model for one site."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click
from click.core import ParameterSource

from cleaner.cli.terminal import say

if TYPE_CHECKING:
    from cleaner.training.corpus import GoldPage


_BASE_ONLY = "name exclude residues residue_labels kind_labels bodies attribution".split()
_SITE_ONLY = "model force".split()


@click.command()
@click.argument("corpora", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
@click.option(
    "--out",
    required=True,
    type=click.Path(file_okay=False, path_type=Path),
    help="The folder of models; the model is written to a folder of its name in it.",
)
@click.option(
    "--site",
    metavar="DOMAIN",
    help="Train a model for this site, which corrects --model, from a few labelled pages.",
)
@click.option(
    "--model",
    default="base",
    show_default=True,
    metavar="NAME|DIR",
    help="With --site: the model that is corrected.",
)
@click.option("--force", is_flag=True, help="With --site: save a model that does not improve.")
@click.option(
    "--name",
    default="base",
    show_default=True,
    help="What the model is called; a site's is called like its site.",
)
@click.option(
    "--exclude",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Leave out the domains in FILE, one a line.",
)
@click.option(
    "--residues",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Learn besides from what extractors left of the pages (benchmarks/residue makes FILE).",
)
@click.option(
    "--residue-labels",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Take the labels in FILE for lines of --residues that were read by a person.",
)
@click.option(
    "--kind-labels",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Learn kinds from lines in FILE besides, whose kind was read.",
)
@click.option(
    "--bodies",
    metavar="NAME|DIR",
    help="Learn kinds alone, and take what tells body from debris from this model.",
)
@click.option(
    "--attribution",
    multiple=True,
    metavar="TEXT",
    help="A line for the model card that says whose data it is; can be given several times.",
)
@click.option(
    "--seed",
    type=click.IntRange(min=0),
    default=0,
    show_default=True,
    help="What random choices start from.",
)
@click.pass_context
def train(
    ctx: click.Context,
    corpora: tuple[Path, ...],
    out: Path,
    site: str | None,
    model: str,
    force: bool,
    name: str,
    exclude: Path | None,
    residues: Path | None,
    residue_labels: Path | None,
    kind_labels: Path | None,
    bodies: str | None,
    attribution: tuple[str, ...],
    seed: int,
) -> None:
    """Train a model from pages with gold text, or a site's from a few labelled pages.

    CORPORA are JSONL files (plain, .gz or .xz) or folders of them, with `id`, `url`, `html`
    and `gold` in each record; `domain`, `lang` and `page_type` are used when they are there.
    The figures written beside the model are of pages of sites it was not trained on.

    With --site, CORPORA are pages of that site, 1 to 10 will do: JSONL files whose records
    hold `html` or `text`, and `lines` with a label each or a `gold` text; or a folder that
    holds a folder `raw` of pages and a folder `clean` of their texts, of the same names. Records
    whose `site`, `domain` or `url` is of another site are passed over. The errors before and
    after are of pages left out in turn; a model that does not leave fewer is not saved, and the
    exit code is 1.
    """
    is_site = site is not None
    for each in _BASE_ONLY if is_site else _SITE_ONLY:
        if ctx.get_parameter_source(each) is ParameterSource.COMMANDLINE:
            option = f"--{each.replace('_', '-')}"
            problem = "does not go with" if is_site else "goes only with"
            raise click.UsageError(f"{option} {problem} --site")
    if site is not None:
        raise SystemExit(_train_site(corpora, out, site, model, force=force, seed=seed))
    from cleaner.model.store import find_model, load_model, save_model
    from cleaner.training import card
    from cleaner.training.corpus import bare_domain, read_corpus, read_domains
    from cleaner.training.extracted import read_left
    from cleaner.training.kind_model import read_kinds
    from cleaner.training.train import train as train_model
    from cleaner.training.train import train_kinds_alone

    if not name.isidentifier():
        raise click.UsageError(f"--name {name}: expected letters, digits and underscores")
    unwanted = read_domains(exclude) if exclude else set()
    excluded = 0

    def pages() -> Iterator[GoldPage]:
        nonlocal excluded
        for corpus in corpora:
            for page in read_corpus(corpus):
                if bare_domain(page.group) in unwanted:
                    excluded += 1
                else:
                    yield page

    left = read_left(residues, residue_labels) if residues else None
    kinds = read_kinds(kind_labels) if kind_labels else None
    names = " ".join(corpus.name for corpus in corpora)
    command = f"clean train {names} --out {out.name} --name {name} --seed {seed}"
    files = {"residues": residues, "residue-labels": residue_labels, "kind-labels": kind_labels}
    for option, file in {**files, "exclude": exclude}.items():
        if file:
            command += f" --{option} {file.name}"
    if bodies:
        before = card.read_said(find_model(bodies))
        known = load_model(bodies)
        trained, taught = train_kinds_alone(
            known, pages(), left=left, kind_labels=kinds, name=name, seed=seed, progress=say
        )
        command += f" --bodies {known.name}"
        meta = card.with_kinds(before, taught, command=command, attribution=attribution)
    else:
        whole = train_model(
            pages(), left=left, kind_labels=kinds, name=name, seed=seed, progress=say
        )
        trained = whole.model
        meta = card.meta(
            whole, command=command, excluded=excluded, seed=seed, attribution=attribution
        )
    save_model(trained, out / name, meta)
    (out / name / "README.md").write_text(card.write_card(name, meta), "utf-8")
    say(f"Wrote {out / name}")


def _train_site(
    corpora: tuple[Path, ...], out: Path, site: str, model: str, *, force: bool, seed: int
) -> int:
    """Train and save a site model, say what it is worth, and give the exit code."""
    from cleaner.model.site_store import save_site_model
    from cleaner.model.store import load_model
    from cleaner.training.site import train_site
    from cleaner.training.site_card import report_lines, site_meta
    from cleaner.training.site_corpus import read_site_pages

    warn = partial(say, level="warning")
    pages = [p for corpus in corpora for p in read_site_pages(corpus, site=site, warn=warn)]
    trained = train_site(pages, site=site, base=load_model(model), seed=seed)
    for line in report_lines(trained):
        say(line)
    if not (trained.improves or force):
        say(
            "No better than without it, or by no more than chance; not saved."
            " --force saves it all the same."
        )
        return 1
    say(f"Wrote {save_site_model(trained.model, out, site_meta(trained))}")
    return 0
