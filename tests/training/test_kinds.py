"""Kinds learned from lines that were read."""

import json

import pytest
from click.testing import CliRunner

from cleaner import Cleaner, CleanerError, Document
from cleaner.cli import main
from cleaner.model.store import find_model, read_meta
from cleaner.training.kind_model import read_kinds
from cleaner.training.residue import digest
from tests.training.pages import MENU, corpus


def kind_of(text, gold):
    if text == "Subscribe now":
        return "promotion"
    return "navigation" if text in MENU else "body" if text in gold else "legal"


def test_kinds_are_learned_from_lines_that_were_read(tmp_path, english):
    records = corpus()
    path, labels = tmp_path / "corpus.jsonl", tmp_path / "kinds.jsonl"
    path.write_text("".join(json.dumps(record) + "\n" for record in records), "utf-8")
    with labels.open("w", encoding="utf-8") as file:
        for record in records:
            site = record["id"].partition("-")[0]
            lines = [*MENU, *record["gold"].split("\n"), f"Copyright {site}. All rights reserved."]
            for text in lines:
                kind = kind_of(text, record["gold"])
                known = {"set": "corpus", "page": record["id"], "digest": digest(text)}
                file.write(json.dumps({**known, "kind": kind}) + "\n")
    arguments = ["train", str(path), "--out", str(tmp_path), "--name", "tiny"]
    result = CliRunner().invoke(main, [*arguments, "--kind-labels", str(labels)])
    assert result.exit_code == 0, result.output

    unseen = corpus(sites=1, pages=1, seed=99)[0]
    cleaner = Cleaner(model=tmp_path / "tiny", templates=False)
    kinds = {line.text: verdict.kind for line, verdict in cleaner.clean(Document(unseen["html"]))}
    assert kinds["Subscribe now"] == "promotion"
    assert kinds["Log in"] == "navigation"
    assert kinds["Copyright 0. All rights reserved."] == "legal"
    found = read_meta(tmp_path / "tiny")["figures"]["kinds"]["html"]
    assert found["accuracy"] > 0.9
    assert set(found["f1"]) == {"promotion", "navigation", "body", "legal"}
    assert "| promotion |" in (tmp_path / "tiny" / "README.md").read_text("utf-8")

    labels.write_text(labels.read_text("utf-8").replace("promotion", "newsletter"), "utf-8")
    again = [*arguments[:-1], "again", "--bodies", str(tmp_path / "tiny")]
    result = CliRunner().invoke(main, [*again, "--kind-labels", str(labels)])
    assert result.exit_code == 0, result.output
    assert "scorers trained" not in result.output  # what tells bodies is not learned anew
    page = Document(unseen["html"])
    before = cleaner.clean(page)
    after = Cleaner(model=tmp_path / "again", templates=False).clean(page)
    assert after.text == before.text
    assert [v.probability for v in after.verdicts] == [v.probability for v in before.verdicts]
    kinds = {line.text: verdict.kind for line, verdict in after}
    assert (kinds["Subscribe now"], kinds["Log in"]) == ("newsletter", "navigation")
    was, found = read_meta(tmp_path / "tiny"), read_meta(tmp_path / "again")
    assert (found["name"], found["command"]) == ("again", was["command"])
    assert found["figures"]["html"] == was["figures"]["html"]
    assert "newsletter" in found["figures"]["kinds"]["html"]["f1"]
    card = (tmp_path / "again" / "README.md").read_text("utf-8")
    assert "--bodies tiny` (seed" not in card and "--bodies tiny`" in card


def test_bodies_of_which_too_little_is_known_are_refused_before_training(tmp_path):
    path = tmp_path / "corpus.jsonl"
    path.write_text("".join(json.dumps(record) + "\n" for record in corpus()), "utf-8")
    shipped = find_model("base")
    said = read_meta(shipped)
    del said["figures"]
    (tmp_path / "cut").mkdir()
    (tmp_path / "cut" / "meta.json").write_text(json.dumps(said), "utf-8")
    (tmp_path / "cut" / "weights.npz").write_bytes((shipped / "weights.npz").read_bytes())
    arguments = ["train", str(path), "--out", str(tmp_path), "--bodies", str(tmp_path / "cut")]
    result = CliRunner().invoke(main, arguments)
    assert result.exit_code == 1
    assert "meta.json: it has no figures" in result.output
    assert "kinds trained" not in result.output


def test_labels_of_other_pages_are_refused(tmp_path):
    path, labels = tmp_path / "corpus.jsonl", tmp_path / "kinds.jsonl"
    path.write_text("".join(json.dumps(record) + "\n" for record in corpus()), "utf-8")
    labels.write_text('{"set": "a", "page": "b", "digest": "c", "kind": "share"}\n', "utf-8")
    arguments = ["train", str(path), "--out", str(tmp_path / "out"), "--kind-labels", str(labels)]
    result = CliRunner().invoke(main, arguments)
    assert result.exit_code == 1
    assert "are they of these pages?" in result.output
    assert "scorers trained" not in result.output
    assert not (tmp_path / "out").exists()


def test_pages_of_one_kind_alone_are_refused(tmp_path):
    path = tmp_path / "corpus.jsonl"
    records = corpus()
    for record in records:
        lines = record["gold"].split("\n")
        record["html"] = "".join(f"<p>{line}</p>" for line in lines)
    path.write_text("".join(json.dumps(record) + "\n" for record in records), "utf-8")
    result = CliRunner().invoke(main, ["train", str(path), "--out", str(tmp_path / "out")])
    assert result.exit_code == 1
    assert "class words tell fewer than two kinds" in result.output
    assert "scorers trained" not in result.output


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ('{"set": "a", "page": "b", "digest": "c"}', r"kinds\.jsonl:1: it has no kind"),
        ('{"set": "a", "page": "b", "digest": "c", "kind": "x"}', r"kinds\.jsonl:1: no kind 'x'"),
    ],
)
def test_a_broken_label_is_named(tmp_path, line, message):
    path = tmp_path / "kinds.jsonl"
    path.write_text(line + "\n", "utf-8")
    with pytest.raises(CleanerError, match=message):
        read_kinds(path)
