"""How much a few pages of a site teach: learning curves over sites with enough pages.

    python benchmarks/sites.py CORPUS.jsonl.xz ... --out sites.json --plot docs/sites.svg

Of every site with at least eight pages some are taken at random to learn from, and the wrong
words are counted on the others: words of debris that are kept and words of the text that are
lost, as a share of the words of the text. A line of which the gold holds a part counts with
that part. `labelled` is `clean train --site`, `unlabelled` is `clean learn --models`, with
templates alone where it says so. Needs matplotlib for the plot.
Sites whose name's digest is even are those that choices were made on (dev).
"""

from __future__ import annotations

import argparse
import gzip
import hashlib
import json
import lzma
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cleaner.decide import Policy, decide
from cleaner.learn.collect import Collector
from cleaner.learn.repeats import Bounds
from cleaner.learn.site import learn
from cleaner.model.line_model import LineModel, Scores, score
from cleaner.model.site_model import SiteModel, correct
from cleaner.model.store import digest, load_model
from cleaner.pipeline import Cleaner
from cleaner.rules import Rulings, TemplateSet, shipped_templates
from cleaner.split import Page, split
from cleaner.training.align import align, tokens
from cleaner.training.site import anchor_lines, choose, fit, is_gain, join, prepare, without_html
from cleaner.training.views import conventions
from cleaner.types import Document

FEWEST = 8  # pages of a site
LABELLED = (1, 2, 3, 5, 10)
UNLABELLED = (5, 10, 20)
PARTS = ("html", "text")
CONVENTIONS = ("caption", "byline", "credit")  # kinds about which golds disagree
LEFT = 3  # pages at least that are measured on


class Labelled:
    """A page in both forms, with what the gold says of its lines."""

    def __init__(self, record: dict[str, Any], base: LineModel, templates: TemplateSet) -> None:
        self.document = Document(record["html"], id=str(record["id"]), format="html")
        whole = split(self.document)
        shares, self.found = align(whole.texts, record["gold"])
        self.share = np.nan_to_num(shares)
        self.words = np.array([len(tokens(text)) for text in whole.texts], dtype=np.float32)
        self.is_convention = np.zeros(len(whole), dtype=bool)
        self.pages: dict[str, Page] = {}
        self.rulings: dict[str, Rulings] = {}
        self.scores: dict[str, Scores] = {}
        self.labels = np.where(self.words > 0, self.share >= 0.5, np.nan).astype(np.float32)
        for part in PARTS if len(whole) and whole.elements is not None else ():
            page = whole if part == "html" else without_html(whole)
            self.pages[part] = page
            self.rulings[part] = templates.rulings(page)
            [self.scores[part]] = score(base, [page], [self.rulings[part].keeps()])
        if self.pages:
            self.is_convention = conventions(whole) > 0
            title = set(tokens(whole.title))
            [verdicts] = decide(
                [whole], [self.scores["html"]], [self.rulings["html"]], Policy(), ["model"]
            )
            for line, (text, verdict) in enumerate(zip(whole.texts, verdicts, strict=True)):
                words = tokens(text)
                in_title = sum(word in title for word in words) >= 0.8 * max(len(words), 1)
                is_title = len(words) >= 3 and in_title
                self.is_convention[line] |= is_title or verdict.kind in CONVENTIONS

    def as_document(self, part: str, site: str) -> Document:
        """The page as `clean learn` reads it."""
        url = f"https://{site}/{self.document.id}"
        if part == "html":
            return Document(self.document.content, id=self.document.id, url=url, format="html")
        return Document("\n".join(self.pages["html"].texts), url=url, format="text")

    def wrong(self, keep: Iterable[bool], *, plain: bool) -> NDArray[np.float64]:
        """Debris kept, body lost and body, in words; `plain` leaves lines of convention out."""
        kept = np.array(list(keep), dtype=bool)
        words = self.words * ~self.is_convention if plain else self.words
        body = words * self.share
        return np.array([(words - body)[kept].sum(), body[~kept].sum(), body.sum()])


def decided(page: Labelled, part: str, scores: Scores) -> list[bool]:
    """What is kept of a page with these scores."""
    [verdicts] = decide([page.pages[part]], [scores], [page.rulings[part]], Policy(), ["model"])
    return [bool(keep) for keep in verdicts.keep]


def read_sites(paths: Iterable[Path]) -> Iterator[tuple[str, str, list[dict[str, Any]]]]:
    """The records of each site with enough pages, by set and site."""
    for path in paths:
        sites: dict[str, list[dict[str, Any]]] = defaultdict(list)
        opened = {".xz": lzma.open, ".gz": gzip.open}.get(path.suffix, open)
        with opened(path, "rt", encoding="utf-8") as lines:
            for line in lines:
                record = json.loads(line)
                if site := record.get("site") or record.get("domain"):
                    sites[site].append(record)
        for site, records in sorted(sites.items()):
            if len(records) >= FEWEST:
                yield path.name.split(".")[0], site, records


def main() -> None:
    """Measure, write the figures, and draw them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("corpora", nargs="+", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--plot", type=Path)
    parser.add_argument("--draws", type=int, default=3)
    parser.add_argument("--only", choices=["labelled", "unlabelled"])
    arguments = parser.parse_args()
    base = load_model("base")
    templates = TemplateSet(shipped_templates())
    sites = []
    for source, site, records in read_sites(arguments.corpora):
        pages = [Labelled(record, base, templates) for record in records]
        pages = [page for page in pages if page.pages and page.found >= 0.7]
        entry: dict[str, Any] = {
            "set": source,
            "site": site,
            "pages": len(pages),
            "half": "dev" if is_dev(source, site) else "test",
        }
        for part in PARTS:
            only = arguments.only
            entry[f"{part} labelled"] = curve(
                pages, part, LABELLED if only != "unlabelled" else (), arguments.draws,
                lambda some, part=part, site=site: site_model(some, part, site, base),
            )  # fmt: skip
            for kind, with_model in (("unlabelled, templates alone", False), ("unlabelled", True)):
                entry[f"{part} {kind}"] = curve(
                    pages, part, UNLABELLED if only != "labelled" else (), 1,
                    lambda some, part=part, site=site, with_model=with_model: learned(
                        some, part, site, with_model=with_model
                    ),
                )  # fmt: skip
        sites.append(entry)
        print(source, site, len(pages), flush=True)
    arguments.out.write_text(json.dumps(sites, indent=1), "utf-8")
    print(table(sites))
    if arguments.plot:
        plot(sites, arguments.plot)


def is_dev(source: str, site: str) -> bool:
    """Whether choices were made on this site."""
    return hashlib.blake2b(f"{source}/{site}".encode(), digest_size=1).digest()[0] % 2 == 0


Keeper = Callable[[Labelled], list[bool]]


def curve(
    pages: list[Labelled],
    part: str,
    counts: Iterable[int],
    draws: int,
    teach: Callable[[list[Labelled]], Keeper],
) -> dict[str, dict[str, list[float]]]:
    """For each number of pages learned from: words before and after, as `Labelled.wrong`.

    The largest number stands for as many as a site has, but for those it is measured on.
    """
    results = {}
    most = max(len(pages) - LEFT, 0)
    for wanted in counts:
        count = min(wanted, most) if wanted == UNLABELLED[-1] else wanted
        if not 0 < count <= most:
            continue
        sums = {name: np.zeros(3) for name in ("before", "after", "plain before", "plain after")}
        for draw in range(draws):
            order = np.random.default_rng(1000 * draw + count).permutation(len(pages))
            keeper = teach([pages[at] for at in order[:count]])
            for at in order[count:]:
                page = pages[at]
                before, after = decided(page, part, page.scores[part]), keeper(page)
                for plain, prefix in ((False, ""), (True, "plain ")):
                    sums[f"{prefix}before"] += page.wrong(before, plain=plain)
                    sums[f"{prefix}after"] += page.wrong(after, plain=plain)
        results[str(wanted)] = {name: some.tolist() for name, some in sums.items()}
    return results


def site_model(pages: list[Labelled], part: str, site: str, base: LineModel) -> Keeper:
    """What `clean train --site` makes of pages; nothing where it would not be saved."""
    anchors = anchor_lines([page.pages[part] for page in pages])
    lines = join([prepare(page.pages[part], page.labels, base, anchors=anchors) for page in pages])
    choice = choose(lines, base, 0)
    weights = fit(lines, np.ones(len(lines.labels), dtype=bool), choice.penalty)
    model = SiteModel(site, digest(base), {part: weights}, anchors[:0], anchors)
    is_saved = is_gain(choice.gains)

    def keeper(page: Labelled) -> list[bool]:
        scores = page.scores[part]
        if is_saved:
            [scores] = correct(model, base, [page.pages[part]], [scores])
        return decided(page, part, scores)

    return keeper


def learned(pages: list[Labelled], part: str, site: str, *, with_model: bool) -> Keeper:
    """What `clean learn` makes of pages without labels."""
    base = load_model("base")
    collector = Collector()
    for page in pages:
        collector.add(page.as_document(part, site), site=site)
    [sketch] = collector.finish()
    found = learn(sketch, Cleaner(), Bounds(), with_model=with_model)
    rules = TemplateSet([*shipped_templates(), *([found.template] if found.template else [])])

    def keeper(page: Labelled) -> list[bool]:
        rulings = rules.rulings(page.pages[part], site=site)
        [scores] = score(base, [page.pages[part]], [rulings.keeps()])
        if found.correction is not None:
            [scores] = correct(found.correction.model, base, [page.pages[part]], [scores])
        [verdicts] = decide([page.pages[part]], [scores], [rulings], Policy(), ["model"])
        return [bool(keep) for keep in verdicts.keep]

    return keeper


def shares(entry: dict[str, list[float]], prefix: str = "") -> tuple[float, float]:
    """Wrong words as a share of the text's, before and after."""
    before, after = entry[f"{prefix}before"], entry[f"{prefix}after"]
    return (before[0] + before[1]) / max(before[2], 1), (after[0] + after[1]) / max(after[2], 1)


def table(sites: list[dict[str, Any]]) -> str:
    """The figures as a Markdown table."""
    rows = [
        "| form | learned from | sites | wrong words, mean before | after | cut, median over sites"
        " | (dev) | (test) | without convention | sites worse by over 2 % | worst |",
        "|---|---|---|---|---|---|---|---|---|---|---|",
    ]
    for part in PARTS:
        for kind, counts in (
            ("labelled", LABELLED),
            ("unlabelled, templates alone", UNLABELLED),
            ("unlabelled", UNLABELLED),
        ):
            for count in counts:
                found = [
                    (site["half"], *shares(entry), *shares(entry, "plain "))
                    for site in sites
                    if (entry := site[f"{part} {kind}"].get(str(count)))
                ]
                if found:
                    rows.append(_row(part, f"{count} {kind}", found))
    return "\n".join(rows)


def _row(part: str, name: str, found: list[tuple[str, float, float, float, float]]) -> str:
    def cut(some: list[tuple[float, float]]) -> float:
        cuts = [1 - after / before if before else -float(after > 0) for before, after in some]
        return float(np.median(cuts)) if cuts else float("nan")

    before, after = np.mean([f[1] for f in found]), np.mean([f[2] for f in found])
    worse = [f[2] - f[1] for f in found]
    medians = [
        cut([(f[1], f[2]) for f in found]),
        cut([(f[1], f[2]) for f in found if f[0] == "dev"]),
        cut([(f[1], f[2]) for f in found if f[0] == "test"]),
        cut([(f[3], f[4]) for f in found]),
    ]
    columns = " | ".join(f"{value:.0%}" for value in medians)
    return (
        f"| {part} | {name} | {len(found)} | {before:.1%} | {after:.1%} | {columns}"
        f" | {sum(some > 0.02 for some in worse)} | {max(worse):+.1%} |"
    )


def plot(sites: list[dict[str, Any]], path: Path) -> None:
    """Wrong words against the number of labelled pages, a thin line a site, thick the median."""
    from matplotlib import pyplot

    pyplot.rcParams["svg.hashsalt"] = "sites"
    pyplot.rcParams["svg.fonttype"] = "none"
    figure, axes = pyplot.subplots(1, 2, figsize=(9, 3.6), sharey=True)
    for axis, part in zip(axes, PARTS, strict=True):
        columns: dict[int, list[float]] = defaultdict(list)
        for site in sites:
            found = {int(n): shares(e) for n, e in site[f"{part} labelled"].items()}
            if not found:
                continue
            points = {0: found[min(found)][0], **{n: after for n, (_, after) in found.items()}}
            for count, value in points.items():
                columns[count].append(max(value, 1e-3))
            line = sorted(points.items())
            axis.plot(
                [n for n, _ in line], [max(v, 1e-3) for _, v in line], color="0.8", linewidth=0.6
            )
        counts = sorted(n for n in columns if n in (0, *LABELLED))
        axis.plot(
            counts, [np.median(columns[n]) for n in counts], color="C0", linewidth=2.5, marker="o"
        )
        axis.set_title("HTML" if part == "html" else "text of the same pages")
        axis.set_xlabel("labelled pages")
        axis.set_xticks(counts)
        axis.set_yscale("log")
    axes[0].set_ylabel("wrong words / words of the text")
    figure.tight_layout()
    figure.savefig(path, metadata={"Date": None} if path.suffix == ".svg" else None)


if __name__ == "__main__":
    main()
