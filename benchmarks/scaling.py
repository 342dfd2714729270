"""How the cost of cleaner goes with the size of a page, of a batch, of a text and of a run."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from itertools import cycle, islice
from pathlib import Path
from typing import Any

from timing import seconds

from cleaner import Cleaner, Document
from cleaner.types import Format

_BODY = re.compile(r"<body\b[^>]*>(.*)</body>", re.DOTALL | re.IGNORECASE)
_BYTES = (10_000, 30_000, 100_000, 300_000, 1_000_000, 5_000_000)
_BATCHES = (1, 2, 4, 8, 16, 32, 64, 128)
_LINES = (30, 100, 300, 1_000, 10_000, 50_000)
_USUAL_LINES = 300
_PAGES = (25, 50, 100, 200, 400, 800)

Point = dict[str, float]


def page_of(page: str, size: int) -> str:
    """`page` with its body so many times over that it has `size` characters at least."""
    found = _BODY.search(page)
    part = f"<div>{found[1] if found else page}</div>"
    return f"<html><body>{part * max(1, round(size / len(part)))}</body></html>"


def by_page_size(
    pages: Sequence[str], parse: Callable[[Sequence[str]], object], rounds: int
) -> list[Point]:
    """Cost a MB of pages of one size, cleaned as one batch.

    Pages of up to 100 kB are those nearest to that size; longer ones are the same pages of 100 kB
    with their bodies repeated, so that each size holds the same text in the same mark-up.
    """
    cleaner = Cleaner()
    given: list[list[str]] = []
    for size in _BYTES:
        nearest = sorted(pages, key=lambda page: abs(len(page) - min(size, 100_000)))
        some = [page_of(page, size) if size >= 100_000 else page for page in nearest[:6]]
        # As many bytes of each size, about, so that batches are alike.
        given.append(some * max(1, 3_000_000 // sum(map(len, some))))
    calls: list[Callable[[], object]] = [partial(_clean, cleaner, some) for some in given]
    calls += [partial(parse, some) for some in given]
    spent = fastest(*calls, rounds=rounds)
    return [
        {
            "bytes_a_page": sum(map(len, some)) / len(some),
            "ms_a_mb": 1e9 * ours / sum(map(len, some)),
            "times_parse": ours / base,
        }
        for some, ours, base in zip(given, spent[: len(given)], spent[len(given) :], strict=True)
    ]


def by_batch(
    pages: Sequence[str], parse: Callable[[Sequence[str]], object], rounds: int
) -> list[Point]:
    """Cost of the same 128 pages, so many given at once."""
    cleaner = Cleaner()
    some = [Document(page, format="html") for page in islice(cycle(pages), _BATCHES[-1])]

    def by(size: int) -> None:
        for at in range(0, len(some), size):
            list(cleaner.clean_many(some[at : at + size]))

    calls = [partial(by, size) for size in _BATCHES]
    *ours, base = fastest(
        *calls, lambda: parse([str(document.content) for document in some]), rounds=rounds
    )
    return [
        {"pages": size, "ms_a_page": 1e3 * spent / len(some), "times_parse": spent / base}
        for size, spent in zip(_BATCHES, ours, strict=True)
    ]


def by_lines(texts: Sequence[str], rounds: int) -> list[Point]:
    """Cost a line of texts of so many lines, 30,000 lines at least of each, in one batch.

    Each holds the lines of one dump, cut or repeated: lines of many sites in one text would have
    it recognised as pages of all their templates.
    """
    cleaner = Cleaner()
    dumps = sorted(
        (text.split("\n") for text in texts), key=lambda lines: abs(len(lines) - _USUAL_LINES)
    )
    given = []
    for count in _LINES:
        some = ["\n".join(islice(cycle(lines), count)) for lines in dumps[:6]]
        given.append(some * max(1, 30_000 // (count * len(some))))
    spent = fastest(*(partial(_clean, cleaner, some, "text") for some in given), rounds=rounds)
    return [
        {
            "lines": count,
            "us_a_line": 1e6 * each / (count * len(some)),
            "mb_a_second": sum(len(text.encode()) for text in some) / 1e6 / each,
        }
        for count, some, each in zip(_LINES, given, spent, strict=True)
    ]


def by_corpus(pages: Sequence[str], rounds: int) -> list[Point]:
    """Cost a page of corpora of so many pages, given to one call as a stream."""
    cleaner = Cleaner()
    calls = [partial(_clean, cleaner, list(islice(cycle(pages), count))) for count in _PAGES]
    spent = fastest(*calls, rounds=rounds)
    return [
        {"pages": count, "ms_a_page": 1e3 * each / count}
        for count, each in zip(_PAGES, spent, strict=True)
    ]


def _clean(cleaner: Cleaner, pages: Iterable[str], form: Format = "html") -> None:
    """Clean `pages` as a stream and keep nothing."""
    for _ in cleaner.clean_many(Document(page, format=form) for page in pages):
        pass


def by_processes(pages: Sequence[str], rounds: int) -> list[Point]:
    """Seconds on the wall of the command line on a JSONL of 1,000 pages, by `--jobs`."""
    with tempfile.TemporaryDirectory() as folder:
        given = Path(folder) / "in"
        given.mkdir()
        numbered = enumerate(islice(cycle(pages), 1000))
        for number, page in numbered:
            (given / f"{number:04}.html").write_text(page, encoding="utf-8", errors="replace")
        best: dict[int, float] = {}
        for number in range(rounds):
            for jobs in (1, 2):
                out = Path(folder) / f"out-{jobs}-{number}"
                command = [sys.executable, "-m", "cleaner", str(given), str(out), "-q"]
                begun = time.perf_counter()
                subprocess.run([*command, "-j", str(jobs)], check=True)
                spent = time.perf_counter() - begun
                best[jobs] = min(best.get(jobs, spent), spent)
    return [
        {"jobs": jobs, "seconds": spent, "pages_a_second": 1000 / spent}
        for jobs, spent in best.items()
    ]


def fastest(*calls: Callable[[], object], rounds: int) -> list[float]:
    """The fastest time of each call, taking turns, after a turn that does not count."""
    times = [[seconds(call) for call in calls] for _ in range(rounds + 1)]
    return [min(some) for some in zip(*times[1:], strict=True)]


def footprints(pages: Sequence[str], tools: Sequence[str]) -> dict[str, Mapping[str, Any]]:
    """Per tool, what `footprint.py` says of it."""
    program = Path(__file__).with_name("footprint.py")
    given = "".join(json.dumps(page) + "\n" for page in pages)
    found: dict[str, Mapping[str, Any]] = {}
    for tool in tools:
        done = subprocess.run(
            [sys.executable, str(program), tool],
            input=given,
            text=True,
            capture_output=True,
            check=False,
        )
        found[tool] = json.loads(done.stdout) if done.returncode == 0 else {"failed": done.stderr}
    return found


def draw(scaling: Mapping[str, Sequence[Point]], out: Path) -> None:
    """Draw the points of `scaling` beside one another."""
    import matplotlib

    matplotlib.use("svg")
    # The same bytes for the same figures, and text as text.
    matplotlib.rcParams |= {"svg.hashsalt": "speed", "svg.fonttype": "none"}
    from matplotlib import pyplot
    from matplotlib.ticker import NullFormatter

    panels = [
        ("page size", "bytes_a_page", "ms_a_mb", "bytes a page", "ms a MB"),
        ("batch", "pages", "ms_a_page", "pages given at once", "ms a page"),
        ("corpus", "pages", "ms_a_page", "pages in all", "ms a page"),
        ("lines", "lines", "us_a_line", "lines a text", "µs a line"),
    ]
    shown = [panel for panel in panels if panel[0] in scaling]
    figure, axes = pyplot.subplots(1, len(shown), figsize=(3.2 * len(shown), 2.8))
    for (name, x, y, x_label, y_label), at in zip(shown, axes, strict=True):
        at.plot([p[x] for p in scaling[name]], [p[y] for p in scaling[name]], "o-", markersize=3)
        at.set(xscale="log", xlabel=x_label, ylabel=y_label, title=f"by {name}")
        at.set_ylim(0, 1.15 * max(p[y] for p in scaling[name]))
        at.xaxis.set_minor_formatter(NullFormatter())
    figure.tight_layout()
    figure.savefig(out, metadata={"Date": None})
