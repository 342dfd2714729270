"""Time a page of cleaner and its peers as a multiple of lxml's bare parse, in one run.

    python -m venv peers && . peers/bin/activate
    pip install . -r benchmarks/requirements.txt
    OMP_NUM_THREADS=1 python benchmarks/speed.py CORPUS.jsonl.xz

Tools take turns page by page, so that a noisy machine slows all of them alike; each page is
cleaned `--rounds` times after one that does not count, and its fastest time stands. `cleaner, many`
is `clean_many` over all pages, which scores the lines of many pages at once.
"""

from __future__ import annotations

import json
import logging
import platform
import statistics
import time
import warnings
from collections.abc import Callable
from functools import partial
from itertools import islice
from pathlib import Path

import click
from accuracy import TOOLS, extractor
from lxml.html import document_fromstring

from cleaner import Cleaner, Document
from cleaner.training.corpus import read_corpus


def seconds(call: Callable[[], object]) -> float:
    """How long `call` takes on the processor; what it raises counts as its result."""
    begun = time.process_time()
    try:
        call()
    except Exception:
        logging.debug("failed", exc_info=True)
    return time.process_time() - begun


@click.command()
@click.argument("corpus", type=click.Path(exists=True, path_type=Path))
@click.option("--pages", default=100, show_default=True)
@click.option("--rounds", default=3, show_default=True)
@click.option("--tool", "tools", multiple=True, type=click.Choice(TOOLS), default=TOOLS)
@click.option("--json", "out", type=click.Path(dir_okay=False, path_type=Path))
def main(corpus: Path, pages: int, rounds: int, tools: tuple[str, ...], out: Path | None) -> None:
    """Compare tools on the first pages of CORPUS and print a Markdown table."""
    warnings.simplefilter("ignore")
    logging.disable(logging.CRITICAL)
    sources = [str(page.document.content) for page in islice(read_corpus(corpus), pages)]
    calls: dict[str, Callable[[str], object]] = {
        "lxml parse": lambda html: document_fromstring(html.encode()),
        **{tool: extractor(tool) for tool in tools},
    }
    fastest: dict[str, list[float]] = {name: [] for name in [*calls, "cleaner, many"]}
    for html in sources:
        times: dict[str, list[float]] = {name: [] for name in calls}
        for _ in range(rounds + 1):
            for name, call in calls.items():
                times[name].append(seconds(partial(call, html)))
        for name, some in times.items():
            fastest[name].append(min(some[1:]))
    cleaner = Cleaner()
    documents = [Document(html, format="html") for html in sources]
    whole = min(seconds(lambda: list(cleaner.clean_many(documents))) for _ in range(rounds + 1))
    fastest["cleaner, many"] = [whole / len(sources)] * len(sources)

    parse = sum(fastest["lxml parse"])
    size = sum(map(len, sources)) / len(sources) / 1000
    click.echo(f"{len(sources)} pages, {size:.0f} kB a page; {platform.machine()}\n")
    click.echo("| | ms a page | median | times lxml's parse |\n|---|---|---|---|")
    table = {}
    for name, some in sorted(fastest.items(), key=lambda item: sum(item[1])):
        mean, median = sum(some) / len(some) * 1e3, statistics.median(some) * 1e3
        table[name] = {"ms": mean, "median_ms": median, "times_parse": sum(some) / parse}
        click.echo(f"| {name} | {mean:.1f} | {median:.1f} | {sum(some) / parse:.1f} |")
    if out:
        out.write_text(json.dumps(table, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
