"""The figures of an evaluation as one HTML page, with the worst pages line by line."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator, Sequence
from html import escape

from cleaner.training.evaluate import Evaluated, Row
from cleaner.training.metrics import Difference
from cleaner.training.views import BODY, DEBRIS
from cleaner.types import Line, Verdict

_MOST_LINES = 1500  # of one page that are shown

_STYLE = """
:root { color-scheme: light dark }
body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 70rem; padding: 0 1rem }
table { border-collapse: collapse }
td, th { padding: .15rem .7rem; text-align: right; font-variant-numeric: tabular-nums }
td:first-child, th:first-child { text-align: left }
tr:nth-child(even) { background: color-mix(in srgb, currentColor 6%, transparent) }
summary { cursor: pointer; margin-top: .8rem; overflow-wrap: anywhere }
ol { font-size: .9rem; margin: 0; padding-left: 3.5rem }
li { overflow-wrap: anywhere }
small { opacity: .7 }
.right { opacity: .6; text-decoration: line-through }
.debris { background: color-mix(in srgb, #d22 22%, transparent) }
.lost { background: color-mix(in srgb, #e90 38%, transparent); text-decoration: line-through }
.between { border-bottom: 1px dotted currentColor }
"""

_LEGEND = (
    '<p><span>kept, and in the gold</span> · <span class="debris">kept, not in the gold</span> · '
    '<span class="lost">in the gold, but dropped</span> · '
    '<span class="right">dropped, not in the gold</span> · '
    '<span class="between">partly in the gold</span></p>'
)


def worst_pages(evaluated: Iterable[Evaluated], count: int) -> list[Evaluated]:
    """The `count` pages of lowest word F1, the worst first; what came first wins a tie."""
    numbered = ((each.result.words.f1, number, each) for number, each in enumerate(evaluated))
    return [each for _, _, each in heapq.nsmallest(count, numbered, key=lambda item: item[:2])]


def render(
    rows: Sequence[Row], worst: Sequence[Evaluated], differences: Sequence[Difference] = ()
) -> str:
    """A page that stands alone: no script, nothing fetched, all text of pages escaped."""
    parts = [
        '<!doctype html><html lang="en"><head><meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        '<meta http-equiv="Content-Security-Policy" '
        "content=\"default-src 'none'; style-src 'unsafe-inline'\">",
        f"<title>Evaluation</title><style>{_STYLE}</style></head><body>",
        "<h1>Evaluation</h1>",
        *_table(rows, differences),
        f"<h2>The {len(worst)} pages of lowest word F1</h2>",
        _LEGEND,
    ]
    for each in worst:
        parts += _page(each)
    parts.append("</body></html>\n")
    return "\n".join(parts)


def _table(rows: Sequence[Row], differences: Sequence[Difference]) -> Iterator[str]:
    heads = "pages of|pages|precision|recall|F1|95 %|4-gram F1|segment F1|debris gone|body lost"
    if differences:
        heads += "|F1 gained|95 %|p"
    yield "<table><thead><tr>"
    yield "".join(f'<th scope="col">{head}</th>' for head in heads.split("|"))
    yield "</tr></thead><tbody>"
    for at, row in enumerate(rows):
        cells = [
            row.group, str(row.pages), f"{row.precision:.3f}", f"{row.recall:.3f}",
            f"{row.f1:.3f}", f"{row.interval[0]:.3f} to {row.interval[1]:.3f}",
            f"{row.shingle_f1:.3f}", _share(row.segment_f1), _share(row.debris_removed),
            _share(row.body_lost, 4),
        ]  # fmt: skip
        if differences:
            gain = differences[at]
            low, high = gain.interval
            cells += [f"{gain.mean:+.4f}", f"{low:+.4f} to {high:+.4f}", f"{gain.p:.3f}"]
        yield "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in cells) + "</tr>"
    yield "</tbody></table>"


def _share(value: float | None, digits: int = 3) -> str:
    return "" if value is None else f"{value:.{digits}f}"


def _page(each: Evaluated) -> Iterator[str]:
    result = each.result
    about = f"{result.words.f1:.3f} — {result.source}, {result.id}"
    if each.page.document.url:
        about += f", {each.page.document.url}"
    yield f"<details><summary>{escape(about)}</summary><ol>"
    for (line, verdict), share in zip(each.cleaned, each.shares, strict=True):
        if line.index == _MOST_LINES:
            yield f"</ol><p>{len(each.shares) - _MOST_LINES} more lines are not shown.</p><ol>"
            break
        yield _line(line, verdict, share)
    yield "</ol></details>"


def _line(line: Line, verdict: Verdict, share: float) -> str:
    if share >= BODY:
        look = "" if verdict.keep else "lost"
    elif share <= DEBRIS:
        look = "debris" if verdict.keep else "right"
    else:
        look = "between" if verdict.keep else "between right"
    about = f"{verdict.probability:.2f} {verdict.kind} {verdict.reason}"
    return (
        f'<li value="{line.index + 1}"><span class="{look}">{escape(line.text)}</span> '
        f"<small>{escape(about)}</small></li>"
    )
