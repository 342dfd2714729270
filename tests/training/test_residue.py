"""Scoring on labelled lines of what extractors left."""

import gzip
import json

import pytest
from click.testing import CliRunner

from cleaner import Cleaner, CleanerError
from cleaner.cli import main
from cleaner.training.residue import digest, score_residue

BODY = "The ferry stopped at noon, and nobody on the island knew when it would sail again."
DEBRIS = "Please enter your comment!"
LABELS = [(BODY, "body"), (DEBRIS, "comment_form"), ("Not in any text", "share")]


@pytest.fixture
def files(tmp_path):
    def write(name, records):
        path = tmp_path / name
        path.write_text("".join(json.dumps(record) + "\n" for record in records), "utf-8")
        return path

    labels = [
        {
            "set": "s",
            "page": "p",
            "digest": digest(text),
            "words": 5,
            "label": label,
        }
        for text, label in LABELS
    ]
    text = f"{BODY}\nA line that nobody labelled stands here, and does not count.\n{DEBRIS}"
    texts = [{"set": "s", "page": "p", "extractor": "tool", "text": text}]
    return write("labels.jsonl", labels), write("texts.jsonl", texts)


def test_only_labelled_lines_count(files):
    rows = {row.group: row for row in score_residue(Cleaner(), *files)}
    assert set(rows) == {"all", "tool", "label body", "label comment_form"}
    assert rows["all"].lines == 2
    assert (rows["all"].debris_removed, rows["all"].body_lost) == (1, 0)
    everything = score_residue(Cleaner(threshold=0, templates=False), *files)[0]
    assert everything.debris_removed == 0


def test_the_command_prints_it(files):
    labels, texts = map(str, files)
    result = CliRunner().invoke(main, ["evaluate", texts, "--residue", labels])
    assert result.exit_code == 0, result.output
    assert result.output.splitlines()[1].split() == ["all", "2", "1.000", "0.0000", "0.000"]
    result = CliRunner().invoke(main, ["evaluate", texts, "--residue", labels, "--json"])
    assert json.loads(result.output)[0]["lines"] == 2


def test_a_broken_record_is_named(files):
    labels, texts = files
    texts.write_text('{"set": "s", "text": "a"}\n', "utf-8")
    with pytest.raises(CleanerError, match=r"texts.jsonl:1: it has no page, extractor"):
        score_residue(Cleaner(), labels, texts)
    record = json.loads(labels.read_text("utf-8").splitlines()[0])
    labels.write_text(json.dumps(record | {"words": "four"}) + "\n", "utf-8")
    message = r"labels.jsonl:1: words: expected a whole number, found a text"
    with pytest.raises(CleanerError, match=message):
        score_residue(Cleaner(), labels, texts)


def test_packed_records_are_read(files, tmp_path):
    rows = score_residue(Cleaner(), *files)
    packed = [tmp_path / f"{path.name}.gz" for path in files]
    for path, to in zip(files, packed, strict=True):
        to.write_bytes(gzip.compress(path.read_bytes()))
    assert score_residue(Cleaner(), *packed) == rows
