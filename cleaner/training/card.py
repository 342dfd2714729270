"""What is written beside a model: figures on pages it did not see, and a card to read them by."""

from __future__ import annotations

import platform
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.metrics import f1_score

from cleaner.model.line_model import View as ViewName
from cleaner.model.line_model import page_threshold
from cleaner.model.store import read_meta
from cleaner.training.evaluate import PageResult, Row, page_result, summarise
from cleaner.training.kind_model import Taught
from cleaner.training.metrics import expected_calibration_error
from cleaner.training.scorers import FOLDS
from cleaner.training.train import Trained
from cleaner.training.views import DEBRIS
from cleaner.types import KINDS, CleanerError

_FEWEST = 20  # lines of a kind that is counted
_WHOLE_PAGES: tuple[ViewName, ...] = ("html", "dump", "markdown")
_SAID = ("trained_on", "command", "seed", "libraries", "figures")  # what a card is written from
_LIBRARIES = ("numpy", "scikit-learn", "scipy", "lxml", "rapidfuzz")


def figures(trained: Trained) -> dict[str, Any]:
    """Cross-validated figures by view, every page scored by a model of other sites' pages."""
    whole_pages: dict[str, Any] = {
        view: [_round(asdict(row)) for row in summarise(_page_results(trained, view))]
        for view in _WHOLE_PAGES
    }
    return {
        **whole_pages,
        "residue": _residue_figures(trained),
        "kinds": _kind_figures(trained.taught),
        "calibration": _calibration(trained),
    }


def _page_results(trained: Trained, view: ViewName) -> list[PageResult]:
    data, probability = trained.datasets[view], trained.probabilities[view]
    batch, threshold = data.batch, trained.model.views[view].threshold
    words = batch.words.counts
    results = []
    _, firsts = np.unique(data.origin, return_index=True)
    for number in firsts.tolist():
        lines = slice(batch.bounds[number], batch.bounds[number + 1])
        lowest = page_threshold(view, probability[lines], words[lines], threshold)
        page = trained.pages[data.origin[number]]
        kept = np.flatnonzero(probability[lines] >= lowest).tolist()
        text = "\n".join(page.view.page.texts[line] for line in kept)
        results.append(page_result(page.gold_page, text))
    return results


def _residue_figures(trained: Trained) -> dict[str, float]:
    """What goes of synthetic residue, in shares of words, at the model's threshold."""
    data, probability = trained.datasets["residue"], trained.probabilities["residue"]
    words = data.batch.words.counts
    dropped = probability < trained.model.views["residue"].threshold
    judged = data.weights > 0
    body, debris = data.is_body & judged, (data.labels <= DEBRIS) & judged
    return _round(
        {
            "debris_removed": float(words[debris & dropped].sum() / words[debris].sum()),
            "body_lost": float(words[body & dropped].sum() / words[body].sum()),
        }
    )


def _kind_figures(by_view: Mapping[ViewName, Taught]) -> dict[str, Any]:
    """How often kinds are right on lines of other sites, by view, with no word of their side."""
    found: dict[str, Any] = {}
    for view, taught in by_view.items():
        lines = np.bincount(taught.kinds, minlength=len(KINDS))
        common = np.flatnonzero(lines >= _FEWEST).tolist()
        each = f1_score(
            taught.kinds, taught.guessed, labels=common, average=None, zero_division=0
        ).tolist()
        found[view] = {
            "lines": len(taught.kinds),
            "accuracy": round(float((taught.kinds == taught.guessed).mean()), 4),
            "macro_f1": round(float(np.mean(each)), 4),
            "f1": {KINDS[kind]: round(f1, 4) for kind, f1 in zip(common, each, strict=True)},
        }
    return found


def _calibration(trained: Trained) -> dict[str, float]:
    """The expected calibration error by view, lines weighted by their words."""
    errors: dict[str, float] = {}
    for view, data in trained.datasets.items():
        words = np.where(data.weights > 0, data.batch.words.counts, 0.0)
        errors[view] = expected_calibration_error(trained.probabilities[view], data.is_body, words)
    return _round(errors)


def _round(values: Mapping[str, Any]) -> dict[str, Any]:
    return {
        key: round(value, 4)
        if isinstance(value, float)
        else [round(v, 4) for v in value]
        if isinstance(value, tuple)
        else value
        for key, value in values.items()
    }


def meta(
    trained: Trained, *, command: str, excluded: int, seed: int, attribution: Sequence[str]
) -> dict[str, Any]:
    """What `meta.json` says besides what loading needs."""
    sets: dict[str, int] = {}
    for page in trained.pages:
        sets[page.gold_page.source] = sets.get(page.gold_page.source, 0) + 1
    return {
        "trained_on": {
            "pages_by_set": sets,
            "sites": len({page.group for page in trained.pages}),
            "pages_excluded": excluded,
            "attribution": list(attribution),
        },
        "command": command,
        "seed": seed,
        "libraries": {
            "python": platform.python_version(),
            **{name: version(name) for name in _LIBRARIES},
        },
        "figures": figures(trained),
    }


def read_said(folder: Path) -> dict[str, Any]:
    """The meta of the model in `folder`, with all that its card is written from.

    Raises:
        CleanerError: it lacks some of that.
    """
    said = read_meta(folder)
    if missing := [key for key in _SAID if key not in said]:
        raise CleanerError(f"{folder / 'meta.json'}: it has no {', '.join(missing)}")
    return said


def with_kinds(
    bodies: Mapping[str, Any],
    taught: Mapping[ViewName, Taught],
    *,
    command: str,
    attribution: Sequence[str],
) -> dict[str, Any]:
    """The meta of a model whose kinds were learned anew, from that of the model it was before.

    What is said of bodies stays as it was; `command` is the one that learned the kinds, and
    `attribution` says whose data they were learned from.
    """
    trained_on = bodies["trained_on"]
    everyone = dict.fromkeys([*trained_on["attribution"], *attribution])
    return {
        **bodies,
        "trained_on": {**trained_on, "attribution": list(everyone)},
        "kinds_command": command,
        "figures": {**bodies["figures"], "kinds": _kind_figures(taught)},
    }


def write_card(name: str, meta: dict[str, Any]) -> str:
    """The model card in Markdown."""
    trained_on, found = meta["trained_on"], meta["figures"]
    sets = ", ".join(f"{source} ({pages})" for source, pages in trained_on["pages_by_set"].items())
    lines = [
        f"# Model `{name}`",
        "",
        "A line classifier for scraped pages: hashed linear scorers of words and of the DOM, two"
        " small networks a view in a row, the second seeing the first one's guesses around each"
        " line. Plain arrays in `weights.npz` (8-bit tables, 32-bit networks); loading runs no"
        " code.",
        "",
        f"Trained on {sum(trained_on['pages_by_set'].values())} pages of {trained_on['sites']}"
        f" sites: {sets}. Phrases of debris in many languages, written for this project, are"
        " mixed in.",
        "",
        *[f"- {line}" for line in trained_on["attribution"]],
        "",
        f"Reproduce with `{meta['command']}` (seed {meta['seed']}).",
        *_kinds_command(meta),
        "",
        "Libraries: " + ", ".join(f"{k} {v}" for k, v in meta["libraries"].items()) + ".",
        "",
        f"## Figures, {FOLDS}-fold cross-validation by registered domain",
        "",
        "Word precision, recall and F1 are means over pages; in brackets the bootstrap interval.",
    ]
    for view in _WHOLE_PAGES:
        lines += ["", f"### {view}", "", *_table([Row(**row) for row in found[view]])]
    residue = found["residue"]
    lines += [
        "",
        "### residue (synthetic: a page's body with debris lines put back)",
        "",
        f"{residue['debris_removed']:.1%} of the debris words go, at {residue['body_lost']:.2%} of"
        " the body's. Part of that debris are phrases that the scorers of every fold have learned"
        " from: it flatters. `benchmarks/residue` has what real extractors left.",
        "",
        "### Kinds",
        "",
        *_kind_table(found["kinds"]),
        "",
        "### Calibration",
        "",
        "Expected calibration error, lines weighted by words: "
        + ", ".join(f"{view} {error:.3f}" for view, error in found["calibration"].items())
        + ".",
        "",
    ]
    return "\n".join(lines)


def _kinds_command(meta: Mapping[str, Any]) -> list[str]:
    """How kinds were learned, where that was later."""
    if "kinds_command" not in meta:
        return []
    return [f"Kinds were learned anew after that, with `{meta['kinds_command']}`."]


def _kind_table(found: Mapping[str, Any]) -> list[str]:
    """F1 of each kind in each view, their mean, and the share of lines that are right."""
    kinds = [kind for kind in KINDS if any(kind in view["f1"] for view in found.values())]

    def row(name: str, values: Sequence[float | None]) -> str:
        return f"| {name} | " + " | ".join("" if v is None else f"{v:.2f}" for v in values) + " |"

    return [
        "F1 of each kind on lines of other sites; lines that were read, or else have weak labels.",
        "",
        f"| kind | {' | '.join(found)} |",
        "|---" * (1 + len(found)) + "|",
        *[row(kind, [view["f1"].get(kind) for view in found.values()]) for kind in kinds],
        row("mean", [view["macro_f1"] for view in found.values()]),
        row("lines right", [view["accuracy"] for view in found.values()]),
    ]


def _table(rows: Sequence[Row]) -> list[str]:
    head = [
        "| pages of | pages | precision | recall | F1 | 4-gram F1 |",
        "|---|---|---|---|---|---|",
    ]
    return head + [
        f"| {row.group} | {row.pages} | {row.precision:.3f} | {row.recall:.3f} | {row.f1:.3f}"
        f" ({row.interval[0]:.3f} to {row.interval[1]:.3f}) | {row.shingle_f1:.3f} |"
        for row in rows
    ]
