"""Runs the extractors over the labelled pages and writes what they leave: the residue.

The labels name pages and digests of lines and hold no text, so a score needs the extractors'
output again. Install `requirements.txt` into an environment of its own, then:

    python make_residue.py CORPUS OUT
    python make_residue.py CORPUS OUT --training wcxb_dev fundus

CORPUS is the folder of the corpus files (`<set>.jsonl.xz`), OUT a folder outside the repository.
OUT/residue.jsonl gets a record `set`, `page`, `extractor`, `text` for each page and extractor.
With `--training` it holds the pages of whole sets instead, those of `domains.txt` left out: texts
for `clean train --residues`. The last line on stderr says how many of the labelled lines the
output holds.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import logging
import lzma
import re
import signal
import sys
import unicodedata
import warnings
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
LABELS = HERE / "labels.jsonl"
FAST = ("trafilatura", "readability", "resiliparse", "boilerpy3", "justext")  # to train on
SECONDS = 30  # after which an extractor is given up on a page

Extractor = Callable[[str], str | None]
Residue = dict[str, str]  # one record of the output: set, page, extractor, text

# What ends a line, as cleaner.split.text has it.
_LINE_END = re.compile("\r\n|[\n\r\v\f\x85\u2028\u2029]")


def digest(line: str) -> str:
    """The name of a line in the labels: 16 hex digits, blind to white space and to NFC or NFD.

    >>> digest("Read  more ") == digest("Read more")
    True
    """
    text = " ".join(unicodedata.normalize("NFC", line).split())
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def lines(text: str) -> list[str]:
    r"""The non-blank lines of `text`; a label's `line` counts these from 0.

    >>> lines("One\n\n two")
    ['One', 'two']
    """
    return [line.strip() for line in _LINE_END.split(text) if line.strip()]


def read_labels(path: Path = LABELS) -> list[dict[str, Any]]:
    """The records of the labels file."""
    with path.open(encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def extractors(language: str) -> dict[str, Extractor]:
    """The extractors by name, called as their documentation shows first.

    jusText needs a stop list, so it reads English pages only.
    """
    import justext
    import trafilatura
    from boilerpy3.extractors import ArticleExtractor
    from goose3 import Goose
    from newspaper import Article
    from readability import Document
    from resiliparse.extract.html2text import extract_plain_text

    def newspaper4k(html: str) -> str:
        article = Article("http://example.org/x", fetch_images=False)
        article.download(input_html=html)
        article.parse()
        return str(article.text)

    def justext_english(html: str) -> str:
        paragraphs = justext.justext(html.encode(), justext.get_stoplist("English"))
        return "\n".join(part.text for part in paragraphs if not part.is_boilerplate)

    found: dict[str, Extractor] = {
        "trafilatura": lambda html: trafilatura.extract(html, include_comments=False),
        "trafilatura_recall": lambda html: trafilatura.extract(
            html, include_comments=False, favor_recall=True
        ),
        "readability": lambda html: extract_plain_text(
            Document(html).summary(), main_content=False
        ),
        "newspaper4k": newspaper4k,
        "goose3": lambda html: (
            Goose({"enable_image_fetching": False}).extract(raw_html=html).cleaned_text
        ),
        "resiliparse": lambda html: extract_plain_text(html, main_content=True, alt_texts=False),
        "boilerpy3": ArticleExtractor(raise_on_failure=False).get_content,
    }
    if language == "en":
        found["justext"] = justext_english
    return found


def pages(corpus: Path, named: Mapping[str, Collection[str]]) -> Iterator[tuple[str, Any]]:
    """The corpus records of the named pages, set by set: `named` has the page ids of each set."""
    for name in sorted(named):
        for record in _records(corpus, name):
            if record["id"] in named[name]:
                yield name, record


def _records(corpus: Path, name: str) -> Iterator[Any]:
    with lzma.open(corpus / f"{name}.jsonl.xz", "rt", encoding="utf-8") as file:
        yield from map(json.loads, file)


def training_pages(corpus: Path, sets: Collection[str]) -> dict[str, set[str]]:
    """The ids of the pages of `sets` whose domains are not those of labelled pages."""
    labelled = set((HERE / "domains.txt").read_text("utf-8").split())
    return {
        name: {page["id"] for page in _records(corpus, name) if page["domain"] not in labelled}
        for name in sets
    }


def _too_long(*_: object) -> None:
    raise TimeoutError(f"no result after {SECONDS} s")


def residues(
    corpus: Path, named: Mapping[str, Collection[str]], only: Collection[str] = ()
) -> Iterator[Residue]:
    """What each extractor, or each of `only`, leaves of each page.

    A failure is told on stderr and left out.
    """
    signal.signal(signal.SIGALRM, _too_long)
    for name, page in pages(corpus, named):
        for extractor, extract in extractors(page["lang"] or "").items():
            if only and extractor not in only:
                continue
            signal.alarm(SECONDS)
            try:
                text = extract(page["html"]) or ""
            except Exception as error:  # other people's code, which may fail in any way
                print(f"{name} {page['id']} {extractor}: {error!r}", file=sys.stderr)
                continue
            finally:
                signal.alarm(0)
            yield {"set": name, "page": page["id"], "extractor": extractor, "text": text}


def main() -> int:
    """Reads the command line, writes OUT/residue.jsonl, tells how much of the labels it holds."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("corpus", type=Path, help="folder of the corpus files")
    parser.add_argument("out", type=Path, help="folder to write to, outside the repository")
    parser.add_argument("--training", nargs="+", metavar="SET", help="write whole sets instead")
    options = parser.parse_args()
    if HERE.parents[1] in [options.out.resolve(), *options.out.resolve().parents]:
        parser.error(
            f"{options.out}: the texts are their publishers', write outside the repository"
        )
    warnings.simplefilter("ignore")
    logging.disable()

    labels = read_labels()
    named: dict[str, set[str]] = defaultdict(set)
    for label in labels:
        named[label["set"]].add(label["page"])
    if options.training:
        named = defaultdict(set, training_pages(options.corpus, options.training))
    options.out.mkdir(parents=True, exist_ok=True)
    held: set[tuple[str, str, str, str]] = set()
    part = options.out / "residue.jsonl.part"
    with part.open("w", encoding="utf-8") as file:
        for residue in residues(options.corpus, named, FAST if options.training else ()):
            where = (residue["set"], residue["page"], residue["extractor"])
            held.update((*where, digest(line)) for line in lines(residue["text"]))
            file.write(json.dumps(residue, ensure_ascii=False) + "\n")
    part.replace(options.out / "residue.jsonl")
    wanted = [
        (label["set"], label["page"], extractor, label["digest"])
        for label in labels
        for extractor in label["extractors"]
    ]
    if options.training:
        return 0
    print(f"{sum(one in held for one in wanted)} of {len(wanted)} labelled lines", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
