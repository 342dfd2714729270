"""The fixtures against the library and the command line; fixtures/README.md has their form."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest
import tomli
from click.testing import CliRunner

from cleaner import Cleaner
from cleaner.cli import main
from cleaner.split import split
from cleaner.types import CONTENT_KINDS, DEBRIS_KINDS, KINDS, Cleaned, Document

FIXTURES = Path(__file__).parent.parent / "fixtures"
FOLDERS = ("pages", "texts")
POLICY_KINDS = ("caption", "byline", "credit")
KEPT_KINDS = {*CONTENT_KINDS} - {"byline", "credit"}

_LABEL = re.compile(r"(?P<sign>[+~-]) (?P<kind>[a-z_]+)\t(?P<text>\S.*)")
# A word; scripts that write without spaces count by character.
_WORD = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]|[^\W\u3040-\u30ff\u3400-\u9fff]+")


@dataclass(frozen=True)
class Label:
    """What a line of a fixture should be taken for."""

    sign: str
    kind: str
    text: str

    @property
    def keep(self) -> bool:
        return self.kind in KEPT_KINDS

    @property
    def words(self) -> int:
        return len(_WORD.findall(self.text))


def _names(folder: str) -> list[str]:
    return sorted(f"{folder}/{path.stem}" for path in (FIXTURES / folder).glob("*.labels"))


NAMES = [name for folder in FOLDERS for name in _names(folder)]


def _source(name: str) -> Path:
    suffix = ".html" if name.startswith("pages/") else ".txt"
    return FIXTURES / f"{name}{suffix}"


def _labels(name: str) -> list[Label]:
    labels = []
    for line in (FIXTURES / f"{name}.labels").read_text("utf-8").splitlines():
        match = _LABEL.fullmatch(line)
        assert match, f"{name}.labels: not a label: {line!r}"
        labels.append(Label(**match.groupdict()))
    return labels


def _collapsed(text: str) -> str:
    return " ".join(text.split())


def _toml(name: str) -> Mapping[str, object]:
    return tomli.loads((FIXTURES / name).read_text("utf-8"))


@pytest.fixture(scope="module")
def cleaned() -> Mapping[str, Cleaned]:
    cleaner = Cleaner()
    return {
        name: cleaner.clean(Document(content=_source(name).read_bytes(), id=name)) for name in NAMES
    }


def test_every_fixture_has_its_labels() -> None:
    for folder, suffix in zip(FOLDERS, ("*.html", "*.txt"), strict=True):
        stems = sorted(path.stem for path in (FIXTURES / folder).glob(suffix))
        assert [f"{folder}/{stem}" for stem in stems] == _names(folder)


@pytest.mark.parametrize("name", NAMES)
def test_the_sign_of_a_label_follows_from_its_kind(name: str) -> None:
    for label in _labels(name):
        assert label.kind in KINDS
        if label.kind in POLICY_KINDS:
            assert label.sign == "~", label
        else:
            assert label.sign == ("-" if label.kind in DEBRIS_KINDS else "+"), label


@pytest.mark.parametrize("name", NAMES)
def test_split_gives_the_labelled_lines(name: str) -> None:
    page = split(Document(content=_source(name).read_bytes()))
    assert page.format == ("html" if name.startswith("pages/") else "text")
    assert [_collapsed(text) for text in page.texts] == [label.text for label in _labels(name)]


def test_no_kind_is_rare() -> None:
    counts = Counter(label.kind for name in NAMES for label in _labels(name))
    assert set(counts) == set(KINDS)
    assert min(counts.values()) >= 20, counts


@pytest.mark.parametrize("name", NAMES)
def test_every_line_has_a_verdict(name: str, cleaned: Mapping[str, Cleaned]) -> None:
    result = cleaned[name]
    assert [_collapsed(line.text) for line, _ in result] == [x.text for x in _labels(name)]
    assert all(verdict.reason and verdict.kind in KINDS for verdict in result.verdicts)
    assert all(line.text in result.text for line, verdict in result if verdict.keep)


def _scores(names: list[str], cleaned: Mapping[str, Cleaned]) -> dict[str, float]:
    """Recall by words for each sign, and accuracy of kinds by lines."""
    right: Counter[str] = Counter()
    total: Counter[str] = Counter()
    for name in names:
        for label, verdict in zip(_labels(name), cleaned[name].verdicts, strict=True):
            total[label.sign] += label.words
            right[label.sign] += label.words * (verdict.keep == label.keep)
            total["kind"] += 1
            right["kind"] += verdict.kind == label.kind
    return {
        "body_recall": right["+"] / total["+"],
        "debris_recall": right["-"] / total["-"],
        "policy_recall": right["~"] / total["~"],
        "kind_accuracy": right["kind"] / total["kind"],
    }


@pytest.mark.parametrize("folder", FOLDERS)
def test_accuracy_stays_above_its_floors(folder: str, cleaned: Mapping[str, Cleaned]) -> None:
    floors = _toml("floors.toml")[folder]
    assert isinstance(floors, dict)
    scores = _scores(_names(folder), cleaned)
    assert floors.keys() == scores.keys()
    below = {key: (scores[key], floor) for key, floor in floors.items() if scores[key] < floor}
    assert not below, f"(measured, floor): {below}"


def test_exact_fixtures_come_out_as_labelled(cleaned: Mapping[str, Cleaned]) -> None:
    names = _toml("exact.toml")["exact"]
    assert isinstance(names, list)
    for name in names:
        wrong = [
            f"{verdict.reason}: {label.sign} {label.kind} {label.text}"
            for label, verdict in zip(_labels(name), cleaned[name].verdicts, strict=True)
            if verdict.keep != label.keep
        ]
        assert not wrong, name


@pytest.mark.parametrize("folder", FOLDERS)
def test_the_command_writes_what_the_library_returns(
    folder: str, cleaned: Mapping[str, Cleaned], tmp_path: Path
) -> None:
    outcome = CliRunner().invoke(main, [str(FIXTURES / folder), str(tmp_path)])
    assert outcome.exit_code == 0, outcome.output
    for name in _names(folder):
        written = (tmp_path / Path(name).name).with_suffix(".txt").read_text("utf-8")
        text = cleaned[name].text
        assert written == (f"{text}\n" if text else ""), name
