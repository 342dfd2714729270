"""The hand-labelled lines that extractors leave: the files are whole, and hold no text."""

import doctest
import importlib.util
import re
from collections import Counter
from pathlib import Path
from types import ModuleType

import pytest

from cleaner.split.text import split_text
from cleaner.types import DEBRIS_KINDS

FOLDER = Path(__file__).resolve().parents[2] / "benchmarks" / "residue"
FIELDS = ["set", "page", "extractors", "line", "digest", "words", "label", "by"]
SETS = {"wcxb_dev", "andythefactory", "fundus", "waddle_daniel"}
CONTENT = set("body heading table title standfirst caption credit byline date unclear".split())


@pytest.fixture(scope="module")
def script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("make_residue", FOLDER / "make_residue.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def labels(script: ModuleType) -> list[dict]:
    return script.read_labels()


def test_records_have_the_fields_and_no_text(labels: list[dict]) -> None:
    for label in labels:
        assert list(label) == FIELDS
        assert label["set"] in SETS
        assert label["label"] in CONTENT | set(DEBRIS_KINDS)
        assert label["by"] in {"hand", "alignment"}
        assert re.fullmatch(r"[0-9a-f]{16}", label["digest"])
        assert not re.search(r"\s", label["page"])
        assert label["extractors"] and label["line"] >= 0 and label["words"] > 0


def test_a_line_of_a_page_is_labelled_once(labels: list[dict]) -> None:
    counts = Counter((label["set"], label["page"], label["digest"]) for label in labels)
    assert max(counts.values()) == 1


def test_debris_is_labelled_by_hand(labels: list[dict]) -> None:
    assert {label["label"] for label in labels if label["by"] == "alignment"} == {"body"}
    assert sum(label["by"] == "hand" for label in labels) >= 1500


def test_aligned_lines_are_at_most_25_per_page_and_extractor_alone(labels: list[dict]) -> None:
    alone = Counter(
        (label["page"], label["extractors"][0])
        for label in labels
        if label["by"] == "alignment" and len(label["extractors"]) == 1
    )
    assert max(alone.values()) <= 25


def test_the_labels_file_is_small() -> None:
    assert (FOLDER / "labels.jsonl").stat().st_size < 3_000_000


def test_domains_are_sorted_and_named_once() -> None:
    domains = (FOLDER / "domains.txt").read_text(encoding="utf-8").splitlines()
    assert domains == sorted(set(domains))
    assert all(re.fullmatch(r"[a-z0-9.-]+\.[a-z]{2,}", domain) for domain in domains)


def test_every_extractor_of_the_labels_is_pinned(labels: list[dict]) -> None:
    text = (FOLDER / "requirements.txt").read_text(encoding="utf-8").lower()
    pins = re.findall(r"^([\w-]+)==[\d.]+$", text, flags=re.MULTILINE)
    packages = {"readability": "readability-lxml", "trafilatura_recall": "trafilatura"}
    for name in {name for label in labels for name in label["extractors"]}:
        assert packages.get(name, name) in pins


def test_the_script_divides_text_as_the_package_does(script: ModuleType) -> None:
    text = "One\r\n\n two \u2028three\x1cfour\x85five\f\v six\t"
    assert script.lines(text) == split_text(text).texts
    assert doctest.testmod(script).failed == 0
