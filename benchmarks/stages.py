"""What each stage of a run costs, by clocks put around the functions of the stages."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from importlib import import_module
from typing import Any

from cleaner import Cleaner, Document

# Where the functions are looked up that make up a stage, and what the stage is called. A function
# that another one calls is taken off that one's cost.
STAGES = [
    ("cleaner.pipeline", "split_all", "split: texts, columns"),
    ("cleaner.split.html", "make_markup", "split: parse, write out"),
    ("cleaner.split.html", "walk", "split: walk"),
    ("cleaner.rules.match", "TemplateSet.rulings", "rules"),
    ("cleaner.pipeline", "score", "score: the rest"),
    ("cleaner.model.line_model", "make_batch", "score: words, elements"),
    ("cleaner.model.line_model", "word_scores", "score: hashed words"),
    ("cleaner.model.line_model", "score_dom", "score: hashed elements"),
    ("cleaner.model.line_model", "line_columns", "score: columns of a line"),
    ("cleaner.model.line_model", "stem_hashes", "score: topics"),
    ("cleaner.model.line_model", "topic_columns", "score: topics"),
    ("cleaner.model.line_model", "context_columns", "score: columns of guesses around"),
    ("cleaner.model.network", "Network.hidden", "score: networks"),
    ("cleaner.model.line_model", "kind_shares", "score: kinds"),
    ("cleaner.pipeline", "decide", "decide"),
    ("cleaner.guard", "losses", "loss guard"),
    ("cleaner.split.page", "Page.join", "join the text"),
]
REST = "the pipeline between them"


@contextmanager
def clocks() -> Iterator[dict[str, float]]:
    """Seconds by stage, while the context lasts. Functions that a version lacks are left out."""
    spent: dict[str, float] = {name: 0.0 for *_, name in STAGES}
    inner: list[float] = [0.0]

    def timed(function: Callable[..., Any], stage: str) -> Callable[..., Any]:
        def call(*args: Any, **options: Any) -> Any:
            inner.append(0.0)
            begun = time.process_time()
            try:
                return function(*args, **options)
            finally:
                whole = time.process_time() - begun
                spent[stage] += whole - inner.pop()
                inner[-1] += whole

        return call

    kept = []
    for module, path, stage in STAGES:
        owner: Any = import_module(module)
        *names, name = path.split(".")
        for each in names:
            owner = getattr(owner, each)
        if function := getattr(owner, name, None):
            kept.append((owner, name, function))
            setattr(owner, name, timed(function, stage))
    try:
        yield spent
    finally:
        for owner, name, function in kept:
            setattr(owner, name, function)


def profile(
    documents: Sequence[Document], base: Callable[[], float], rounds: int
) -> dict[str, dict[str, float]]:
    """Per stage its seconds and its multiple of `base()`, of the fastest of `rounds` runs."""
    cleaner = Cleaner()
    list(cleaner.clean_many(documents))
    best: tuple[float, dict[str, float]] | None = None
    unit = float("inf")
    for _ in range(rounds):
        unit = min(unit, base())
        with clocks() as spent:
            begun = time.process_time()
            list(cleaner.clean_many(documents))
            whole = time.process_time() - begun
        if best is None or whole < best[0]:
            best = whole, spent | {REST: whole - sum(spent.values())}
    assert best is not None
    rows = {stage: each for stage, each in best[1].items() if each} | {"in all": best[0]}
    return {stage: {"seconds": each, "times_base": each / unit} for stage, each in rows.items()}
