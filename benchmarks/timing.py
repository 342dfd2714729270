"""Times of tools that take turns, so that a busy machine slows all of them alike."""

from __future__ import annotations

import gc
import logging
import platform
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from importlib.metadata import version
from pathlib import Path

Times = dict[str, list[list[float]]]


def seconds(call: Callable[[], object]) -> float:
    """How long `call` takes on the processor; what it raises counts as its result."""
    begun = time.process_time()
    try:
        call()
    except Exception:
        logging.debug("failed", exc_info=True)
    return time.process_time() - begun


def each(call: Callable[[str], object]) -> Callable[[Sequence[str]], object]:
    """`call` on one page after the other; what a page raises counts as its result."""

    def run(pages: Sequence[str]) -> None:
        for page in pages:
            seconds(lambda page=page: call(page))  # type: ignore[misc]

    return run


def take_turns(
    calls: Mapping[str, Callable[[Sequence[str]], object]],
    chunks: Sequence[Sequence[str]],
    rounds: int,
) -> Times:
    """Per tool and round, the seconds of each chunk; a round before them does not count.

    All tools do a chunk before any does the next one.
    """
    times: Times = {name: [[] for _ in range(rounds)] for name in calls}
    for chunk in chunks:
        for number in range(-1, rounds):
            for name, call in calls.items():
                gc.collect()  # what one tool leaves is not the next one's to sweep
                spent = seconds(lambda call=call, chunk=chunk: call(chunk))  # type: ignore[misc]
                if number >= 0:
                    times[name][number].append(spent)
    return times


def spread(values: Sequence[float]) -> dict[str, float]:
    """The median of `values`, and the least and the greatest."""
    return {"median": statistics.median(values), "least": min(values), "greatest": max(values)}


def compare(
    times: Times, base: str, *, pages: int, size: int, beside: str | None = None
) -> dict[str, dict[str, object]]:
    """Per tool, its cost: a page, a MB, and as a multiple of `base` round by round.

    Costs are medians over rounds, with spread. `beside` is a second tool to compare with: how
    many times its pages a second a tool does.
    """
    table: dict[str, dict[str, object]] = {}
    totals = {name: [sum(some) for some in rounds] for name, rounds in times.items()}
    for name, some in totals.items():
        row: dict[str, object] = {
            "ms_a_page": spread([1e3 * spent / pages for spent in some]),
            "pages_a_second": pages / statistics.median(some),
            "mb_a_second": size / 1e6 / statistics.median(some),
            f"times_{base}": spread([a / b for a, b in zip(some, totals[base], strict=True)]),
        }
        if beside:
            both = zip(totals[beside], some, strict=True)
            row[f"times_as_fast_as_{beside}"] = spread([a / b for a, b in both])
        table[name] = row
    return dict(sorted(table.items(), key=lambda item: statistics.median(totals[item[0]])))


def machine() -> dict[str, object]:
    """What the figures were measured on."""
    cpuinfo = Path("/proc/cpuinfo")
    lines = cpuinfo.read_text().splitlines() if cpuinfo.exists() else []
    models = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    load = Path("/proc/loadavg")
    return {
        "processor": models[0] if models else platform.processor(),
        "cores": len(models),
        "load_at_start": load.read_text().split()[0] if load.exists() else None,
        "system": platform.system(),
        "python": platform.python_version(),
        "packages": {
            name: version(name)
            for name in ("numpy", "lxml", "selectolax", "trafilatura", "Resiliparse")
        },
    }


def chunked(pages: Sequence[str], size: int) -> list[Sequence[str]]:
    """`pages`, so many at once."""
    return [pages[at : at + size] for at in range(0, len(pages), size)]
