"""A run's report as one HTML page with plots: no script, nothing fetched, all text escaped."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from html import escape
from typing import Any

_ROWS = 20  # of a plot
_STYLE = """
:root { color-scheme: light dark; --kept: #2a7f62; --gone: #b4532a; --line: #8884 }
body { font: 16px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 62rem; padding: 0 1rem }
h1 { margin-bottom: 0 }
h2 { margin-top: 2.5rem }
.about { opacity: .75; margin-top: .2rem }
.tiles { display: flex; flex-wrap: wrap; gap: .6rem; list-style: none; padding: 0 }
.tiles li { border: 1px solid var(--line); border-radius: .5rem; padding: .4rem .9rem }
.tiles b { display: block; font-size: 1.4rem; font-variant-numeric: tabular-nums }
table { border-collapse: collapse; width: 100%; font-size: .9rem }
th { font-weight: 600 }
th, td { padding: .15rem .5rem; text-align: right; font-variant-numeric: tabular-nums;
  white-space: nowrap }
td:first-child, th:first-child { text-align: left; white-space: normal; overflow-wrap: anywhere;
  min-width: 11rem }
td.plot { width: 32%; padding-right: 0 }
svg { display: block; width: 100% }
svg.bar { height: .9rem }
.kept { fill: var(--kept); background: var(--kept) }
.gone { fill: var(--gone); background: var(--gone) }
.key span { display: inline-block; width: .8rem; height: .8rem; border-radius: .15rem }
svg text { font: 12px system-ui, sans-serif; fill: currentColor }
polyline { fill: none; stroke: var(--gone); stroke-width: 2 }
summary { cursor: pointer; margin-top: .7rem; overflow-wrap: anywhere }
ol { font-size: .9rem; padding-left: 3rem; margin: .3rem 0 }
li { overflow-wrap: anywhere }
del { color: var(--gone) }
small { opacity: .7 }
"""


def render(reports: Sequence[Mapping[str, Any]]) -> str:
    """The last of `reports`, and all of them over time if there are several."""
    report = reports[-1]
    parts = [
        '<!doctype html><html lang="en"><head><meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        '<meta http-equiv="Content-Security-Policy" '
        "content=\"default-src 'none'; style-src 'unsafe-inline'\">",
        f"<title>Cleaning report</title><style>{_STYLE}</style></head><body><main>",
        *_head(report),
        "<h2>By kind</h2>",
        _KEY,
        *_counts("kind", report["kinds"]),
        "<h2>By reason</h2>",
        _KEY,
        *_counts("reason", report["reasons"]),
        "<h2>Share of its words that a page loses</h2>",
        *_histogram(report["loss"]),
        "<h2>By site</h2>",
        _KEY,
        *_counts("site", report["sites"], pages=True),
    ]
    if len(reports) > 1:
        parts += ["<h2>Over time</h2>", *_over_time(reports)]
    parts += ["<h2>Pages that lose most of what may be body</h2>", *_worst(report["worst"])]
    parts.append("</main></body></html>\n")
    return "\n".join(parts)


_KEY = (
    '<p class="key"><span class="kept"></span> words kept '
    '<span class="gone"></span> words dropped</p>'
)


def _head(report: Mapping[str, Any]) -> Iterator[str]:
    pages, words = report["pages"], report["words"]
    yield "<h1>Cleaning report</h1>"
    seconds = max(report["seconds"], 1e-9)
    about = (
        f"{report['started']}, model {report['model']}, program {report['program'] or '?'}, "
        f"{report['seconds']:.1f} s, {pages['in'] / seconds:.0f} pages/s, "
        f"{report['bytes'] / seconds / 1e6:.2f} MB/s"
    )
    yield f'<p class="about">{escape(about)}</p><ul class="tiles">'
    whole = max(words["kept"] + words["dropped"], 1)
    tiles = [(name, f"{count:,}") for name, count in pages.items()]
    tiles += [
        ("words kept", f"{words['kept']:,}"),
        ("of all words", f"{words['kept'] / whole:.1%}"),
    ]
    for name, value in tiles:
        yield f"<li><b>{escape(value)}</b>{escape(name)}</li>"
    yield "</ul>"


def _counts(
    title: str, table: Mapping[str, Mapping[str, Any]], *, pages: bool = False
) -> Iterator[str]:
    """A table of words kept and dropped, with a bar a row, the largest first."""

    def words(counts: Mapping[str, Any]) -> int:
        return int(counts["kept_words"] + counts["dropped_words"])

    rows = sorted(table.items(), key=lambda item: (-words(item[1]), item[0]))
    most = max((words(counts) for _, counts in rows), default=1) or 1
    heads = [title, *(["pages"] if pages else []), "lines kept", "words", "lines dropped", "words"]
    yield "<table><thead><tr>" + "".join(f'<th scope="col">{head}</th>' for head in heads)
    yield "<td></td></tr></thead><tbody>"
    for name, counts in rows[:_ROWS]:
        keys = ["kept_lines", "kept_words", "dropped_lines", "dropped_words"]
        cells = [name, *(f"{counts[key]:,}" for key in (["pages"] if pages else []) + keys)]
        yield "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in cells)
        yield f'<td class="plot">{_bar(counts, most)}</td></tr>'
    yield "</tbody></table>"
    if len(rows) > _ROWS:
        yield f"<p>… and {len(rows) - _ROWS} more.</p>"


def _bar(counts: Mapping[str, Any], most: int) -> str:
    kept, gone = 1000 * counts["kept_words"] / most, 1000 * counts["dropped_words"] / most
    return (
        '<svg class="bar" viewBox="0 0 1000 10" preserveAspectRatio="none" aria-hidden="true">'
        f'<rect class="kept" width="{kept:.1f}" height="10"/>'
        f'<rect class="gone" x="{kept:.1f}" width="{gone:.1f}" height="10"/></svg>'
    )


def _histogram(loss: Sequence[int]) -> Iterator[str]:
    most, bins = max(loss, default=0) or 1, len(loss)
    wide = 800 / bins
    yield '<svg viewBox="-24 -20 848 210" role="img" aria-label="Pages by share of words lost">'
    for number, count in enumerate(loss):
        high = 160 * count / most
        at, middle = number * wide, (number + 0.5) * wide
        yield (
            f'<rect class="gone" x="{at + 1:.1f}" y="{160 - high:.1f}" width="{wide - 2:.1f}" '
            f'height="{high:.1f}"><title>{number / bins:.0%} to {(number + 1) / bins:.0%}: '
            f"{count} pages</title></rect>"
        )
        if count:
            yield (
                f'<text x="{middle:.1f}" y="{154 - high:.1f}" text-anchor="middle">{count}</text>'
            )
    for tenth in range(0, 11, 2):
        yield f'<text x="{80 * tenth}" y="180" text-anchor="middle">{tenth * 10} %</text>'
    yield "</svg>"


def _over_time(reports: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """The share of words dropped, run by run, and a table of the same."""
    shares = []
    for report in reports:
        words = report["words"]
        shares.append(words["dropped"] / max(words["kept"] + words["dropped"], 1))
    step = 780 / max(len(reports) - 1, 1)
    points = " ".join(
        f"{step * n + 10:.1f},{150 - 140 * share:.1f}" for n, share in enumerate(shares)
    )
    yield '<svg viewBox="0 0 800 160" role="img" aria-label="Share of words dropped, run by run">'
    yield f'<polyline points="{points}"/></svg>'
    yield "<table><thead><tr>"
    heads = ("started", "pages", "failed", "flagged", "words dropped")
    yield "".join(f'<th scope="col">{head}</th>' for head in heads)
    yield "</tr></thead><tbody>"
    for report, share in zip(reports, shares, strict=True):
        pages = report["pages"]
        cells = [report["started"], *(f"{pages[k]:,}" for k in ("in", "failed", "flagged"))]
        cells.append(f"{share:.1%}")
        yield "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in cells) + "</tr>"
    yield "</tbody></table>"


def _worst(pages: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    if not pages:
        yield "<p>None lost more than 2 % of it.</p>"
        return
    yield "<p><span>kept</span> · <del>dropped</del></p>"
    for page in pages:
        name = page["id"] or page["url"] or "?"
        flags = f" — {', '.join(page['flags'])}" if page["flags"] else ""
        about = f"{page['loss']:.0%} {name}{flags}"
        yield f"<details><summary>{escape(about)}</summary><ol>"
        for text, keep, kind, reason in page["lines"]:
            tag = "span" if keep else "del"
            why = escape(f"{kind} {reason}")
            yield f"<li><{tag}>{escape(text)}</{tag}> <small>{why}</small></li>"
        yield "</ol></details>"
