"""Word F1 and 4-gram F1 of cleaner and its peers on pages with gold text, in one run.

    python -m venv peers && . peers/bin/activate
    pip install . -r benchmarks/requirements.txt
    python benchmarks/accuracy.py CORPUS... --trained-on CORPUS... --json accuracy.json

Pages of registered domains that stand in a `--trained-on` corpus are left out, since the shipped
model has seen their sites; `--only benchmarks/residue/domains.txt` takes the sites that its
training left out of its corpora. Every tool gets the HTML and gives plain text; a tool that raises
gives none. Titles are not asked for, comments are left out where a tool lets one choose. With
`--then-clean` a second row a tool says what becomes of its text when `cleaner` cleans it. Of
Markdown, the words that a reader sees of it count. Tools that write whole pages (html2text,
markdownify, html-text, inscriptis) are run when `--tool` names them.
"""

from __future__ import annotations

import json
import logging
import warnings
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path

import click
import peers

from cleaner import Cleaner, Document
from cleaner.split import split
from cleaner.training.corpus import GoldPage, read_corpus
from cleaner.training.evaluate import PageResult, page_result, summarise

TOOLS = {
    "cleaner": peers.cleaner,
    "trafilatura": peers.trafilatura,
    "trafilatura recall": peers.trafilatura_recall,
    "readability-lxml": peers.readability,
    "newspaper4k": peers.newspaper,
    "goose3": peers.goose,
    "resiliparse": peers.resiliparse,
    "jusText": peers.justext,
    "boilerpy3": peers.boilerpy,
}
# What writes a whole page as text, for cleaning.
WRITERS = {
    "html-text": peers.html_text,
    "inscriptis": peers.inscriptis,
    "html2text": peers.html2text,
    "html2text unbroken": peers.html2text_unbroken,
    "markdownify": peers.markdownify,
}


@dataclass(frozen=True)
class Pages:
    """The pages of `corpora` whose domains stand in none of `trained_on` and, if given, in `only`.

    Iterating reads them.
    """

    corpora: tuple[Path, ...]
    trained_on: tuple[Path, ...]
    only: Path | None

    def __iter__(self) -> Iterator[GoldPage]:
        seen = {page.group for path in self.trained_on for page in read_corpus(path)}
        wanted = set(self.only.read_text("utf-8").split()) if self.only else None
        for path in self.corpora:
            for page in read_corpus(path):
                if page.group in seen or (wanted is not None and page.group not in wanted):
                    continue
                if page.document.format == "html" and not page.suspect:
                    yield page


def run(tool: str, pages: Pages, *, then_clean: bool) -> dict[str, list[PageResult]]:
    """The figures of `tool` on every page, and those of its text cleaned if that is asked for."""
    warnings.simplefilter("ignore")
    logging.disable(logging.CRITICAL)
    extract = (TOOLS | WRITERS)[tool]()
    cleaner = Cleaner() if then_clean and tool != "cleaner" else None
    results, after = [], []
    for page in pages:
        try:
            text = extract(str(page.document.content))
        except Exception:  # a peer's failure is its result
            text = ""
        document = Document(text, url=page.document.url, format="text")
        results.append(page_result(page, "\n".join(split(document).texts)))
        if cleaner is not None:
            kept = [line.text for line, verdict in cleaner.clean(document) if verdict.keep]
            after.append(page_result(page, "\n".join(kept)))
    return {tool: results, f"{tool}, then cleaner": after} if after else {tool: results}


@click.command()
@click.argument("corpora", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
@click.option("--trained-on", multiple=True, type=click.Path(exists=True, path_type=Path))
@click.option(
    "--only",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A file of registered domains; pages of others are left out.",
)
@click.option("--tool", "tools", multiple=True, type=click.Choice(TOOLS | WRITERS), default=TOOLS)
@click.option("--then-clean", is_flag=True, help="Measure each tool's text cleaned, too.")
@click.option("--json", "out", type=click.Path(dir_okay=False, path_type=Path))
def main(
    corpora: tuple[Path, ...],
    trained_on: tuple[Path, ...],
    only: Path | None,
    tools: tuple[str, ...],
    out: Path | None,
    *,
    then_clean: bool,
) -> None:
    """Compare tools on CORPORA and print a Markdown table."""
    with ProcessPoolExecutor(2) as pool:
        pages = Pages(corpora, trained_on, only)
        jobs = [pool.submit(run, tool, pages, then_clean=then_clean) for tool in tools]
        rows = {name: summarise(some) for job in jobs for name, some in job.result().items()}
    groups = [(row.group, row.pages) for row in next(iter(rows.values()))]
    click.echo("| word F1 / 4-gram F1 | " + " | ".join(f"{g} ({n})" for g, n in groups) + " |")
    click.echo("|---" * (len(groups) + 1) + "|")
    for tool, some in rows.items():
        cells = [f"{row.f1:.3f} / {row.shingle_f1:.3f}" for row in some]
        click.echo(f"| {tool} | " + " | ".join(cells) + " |")
    if out:
        table = {tool: [asdict(row) for row in some] for tool, some in rows.items()}
        out.write_text(json.dumps(table, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
