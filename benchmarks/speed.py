"""Time cleaner and its peers in one run, taking turns; profile and scale ours.

    python -m venv peers && . peers/bin/activate
    pip install . -r benchmarks/requirements.txt
    python benchmarks/speed.py --pages CORPUS.jsonl.xz --served SAMPLE.jsonl.xz --json speed.json

Tools take turns every `--chunk` pages, so that a busy machine slows all of them alike; times are
processor time, on one thread, after a turn that does not count. `cleaner, many` is `clean_many` on
such a chunk. Ratios are formed within a round, and their median stands with the least and the
greatest. `--plot` draws how the cost of ours goes with sizes. Texts are the dumps of the pages: all
of their lines.
"""

from __future__ import annotations

import json
import logging
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import click
import scaling
from peers import HTML_TOOLS, TEXT_TOOLS, lxml
from stages import profile
from threadpoolctl import threadpool_limits
from timing import chunked, compare, each, machine, seconds, take_turns

from cleaner import Cleaner, Document
from cleaner.split import split
from cleaner.training.corpus import read_corpus
from cleaner.types import Format

BASE = "lxml parse"
SECTIONS = ("html", "served", "text", "profile", "scaling", "processes", "memory")


def evenly(path: Path, count: int) -> list[str]:
    """`count` pages of a corpus at even steps, so that no set of it is left out."""
    pages = [page.document for page in read_corpus(path)]
    found = [str(page.content) for page in pages if page.format == "html"]
    return [found[len(found) * at // count] for at in range(min(count, len(found)))]


def many(form: Format) -> Callable[[Sequence[str]], object]:
    """`clean_many` on pages of one format."""
    cleaner = Cleaner()
    return lambda pages: list(cleaner.clean_many([Document(page, format=form) for page in pages]))


def size_of(texts: Sequence[str]) -> int:
    """Bytes of `texts` in UTF-8."""
    return sum(len(text.encode("utf-8", "replace")) for text in texts)


def dumps(pages: Sequence[str]) -> list[str]:
    """All visible text of each page, a line a block."""
    return ["\n".join(split(Document(page, format="html")).texts) for page in pages]


def table_of(
    pages: Sequence[str], tools: Sequence[str], *, chunk: int, rounds: int, texts: bool = False
) -> dict[str, Any]:
    """The costs of `tools` and of `clean_many` on `pages`, or on `texts`."""
    makers = TEXT_TOOLS if texts else HTML_TOOLS
    calls = {name: each(makers[name]()) for name in makers if name in tools}
    calls["cleaner, many"] = many("text" if texts else "html")
    times = take_turns(calls, chunked(pages, chunk), rounds)
    base, beside = ("datatrove C4 lines", None) if texts else (BASE, "trafilatura")
    size = size_of(pages)
    return {
        "pages": len(pages),
        "bytes_a_page": size / len(pages),
        "lines_a_page": sum(page.count("\n") + 1 for page in pages) / len(pages),
        "base": base,
        "tools": compare(
            times,
            base,
            pages=len(pages),
            size=size,
            beside=beside if beside in tools else None,
        ),
    }


def markdown(title: str, table: dict[str, Any]) -> str:
    """The table of one section."""
    base = table["base"]
    lines = [
        f"{title}: {table['pages']} pages of {table['bytes_a_page'] / 1e3:.0f} kB",
        "",
        f"| | times {base} | from … to | ms a page | pages/s | MB/s | × trafilatura's pages/s |",
        "|---|---|---|---|---|---|---|",
    ]
    for name, row in table["tools"].items():
        times, ms = row[f"times_{base}"], row["ms_a_page"]
        faster = row.get("times_as_fast_as_trafilatura")
        factor = f"{faster['median']:.1f}" if faster else ""
        lines.append(
            f"| {name} | {times['median']:.2f} | {times['least']:.2f} … {times['greatest']:.2f} "
            f"| {ms['median']:.2f} | {row['pages_a_second']:.0f} | {row['mb_a_second']:.1f} "
            f"| {factor} |"
        )
    return "\n".join(lines) + "\n"


def rows_of(points: Sequence[dict[str, float]]) -> str:
    """Points as a table."""
    head = list(points[0])
    lines = ["| " + " | ".join(head) + " |", "|---" * len(head) + "|"]
    lines += ["| " + " | ".join(f"{point[name]:,.4g}" for name in head) + " |" for point in points]
    return "\n".join(lines) + "\n"


@click.command()
@click.option("--pages", "corpus", required=True, type=click.Path(exists=True, path_type=Path))
@click.option("--served", type=click.Path(exists=True, path_type=Path), help="Whole pages.")
@click.option("--count", default=100, show_default=True, help="Pages taken of each.")
@click.option("--rounds", default=5, show_default=True)
@click.option("--chunk", default=25, show_default=True, help="Pages until the next tool's turn.")
@click.option("--tool", "tools", multiple=True, type=click.Choice(HTML_TOOLS), default=HTML_TOOLS)
@click.option("--section", "sections", multiple=True, type=click.Choice(SECTIONS), default=SECTIONS)
@click.option("--json", "out", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--plot", type=click.Path(dir_okay=False, path_type=Path), help="An SVG to write.")
def main(
    corpus: Path,
    served: Path | None,
    count: int,
    rounds: int,
    chunk: int,
    tools: tuple[str, ...],
    sections: tuple[str, ...],
    out: Path | None,
    plot: Path | None,
) -> None:
    """Measure the chosen sections; what `--json` holds of others stays as it is."""
    warnings.simplefilter("ignore")
    logging.disable(logging.CRITICAL)
    threadpool_limits(1)  # processor time of more threads would count double
    found: dict[str, Any] = {}
    if out and out.exists():
        found = json.loads(out.read_text(encoding="utf-8"))
    pages = evenly(corpus, count)
    texts = dumps(pages)
    whole = evenly(served, count) if served else []
    tools = tuple({BASE, *tools})

    def keep(section: str, figures: object, shown: str) -> None:
        found[section] = {"machine": machine(), "figures": figures}
        click.echo(shown)
        if out:
            out.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")

    for section, some in (("html", pages), ("served", whole)):
        if section in sections and some:
            table = table_of(some, tools, chunk=chunk, rounds=rounds)
            keep(section, table, markdown(section, table))
    if "text" in sections:
        table = table_of(texts, tuple(TEXT_TOOLS), chunk=chunk, rounds=rounds, texts=True)
        keep("text", table, markdown("text", table))
    if "profile" in sections:
        figures = profiles(pages, whole, texts, rounds)
        keep("profile", figures, "\n".join(f"{k}\n\n{stage_table(v)}" for k, v in figures.items()))
    if "scaling" in sections:
        points = {
            "page size": scaling.by_page_size(pages, each(lxml()), rounds),
            "batch": scaling.by_batch(pages, each(lxml()), rounds),
            "corpus": scaling.by_corpus(pages, rounds),
            "lines": scaling.by_lines(texts, rounds),
        }
        keep("scaling", points, "\n".join(f"{k}\n\n{rows_of(v)}" for k, v in points.items()))
    if plot and "scaling" in found:
        scaling.draw(found["scaling"]["figures"], plot)
    if "processes" in sections:
        runs = scaling.by_processes(pages, min(rounds, 3))
        keep("processes", runs, rows_of(runs))
    if "memory" in sections:
        taken = scaling.footprints(pages, ("cleaner", "trafilatura", "resiliparse"))
        keep("memory", taken, json.dumps(taken, indent=1))


def profiles(
    pages: Sequence[str], whole: Sequence[str], texts: Sequence[str], rounds: int
) -> dict[str, Any]:
    """Stages on pages, as multiples of lxml's parse; on texts, as µs a line."""
    parse = each(lxml())
    found: dict[str, Any] = {}
    for name, some in (("pages without scripts", pages), ("pages as served", whole)):
        if some:
            documents = [Document(page, format="html") for page in some]
            found[name] = profile(documents, lambda some=some: seconds(lambda: parse(some)), rounds)
    lines = sum(text.count("\n") + 1 for text in texts)
    documents = [Document(text, format="text") for text in texts]
    found["µs a line of text"] = profile(documents, lambda: lines / 1e6, rounds)
    return found


def stage_table(rows: dict[str, dict[str, float]]) -> str:
    """The stages of one profile."""
    lines = ["| stage | cost |", "|---|---|"]
    lines += [f"| {stage} | {row['times_base']:.2f} |" for stage, row in rows.items()]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()
