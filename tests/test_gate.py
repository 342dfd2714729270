"""Floors of quality on pages of sites that the shipped model has not learned from.

Lowering a floor needs the reason in the commit that does it.
"""

import os
from itertools import islice
from pathlib import Path

import pytest

from cleaner import Cleaner
from cleaner.training.corpus import read_corpus
from cleaner.training.evaluate import evaluate, summarise

BESIDE = Path(__file__).parent.parent.parent / "shared" / "corpus"
CORPUS = Path(os.environ.get("CLEANER_CORPUS", BESIDE))
EVERY = 15  # of so many pages one is measured

FLOORS = [
    ("cleaneval", "html", 0.93),
    ("dragnet", "html", 0.87),
    ("waddle_daniel", "html", 0.895),
    ("cleaneval", "dump", 0.925),
    ("dragnet", "dump", 0.775),
    ("waddle_daniel", "dump", 0.87),
    ("cleaneval", "markdown", 0.93),
    ("dragnet", "markdown", 0.81),
    ("waddle_daniel", "markdown", 0.89),
]


@pytest.mark.skipif(not CORPUS.is_dir(), reason="the corpus is not part of the repository")
@pytest.mark.parametrize(("name", "view", "floor"), FLOORS)
def test_word_f1_stays_above_its_floor(name, view, floor):
    pages = islice(read_corpus(CORPUS / f"{name}.jsonl.xz"), 0, None, EVERY)
    results = [each.result for each in evaluate(Cleaner(), pages, view=view)]
    whole = summarise(results)[0]
    assert whole.f1 >= floor, f"{name}, {view}: {whole.f1:.4f} on {whole.pages} pages"
