import json

import pytest

from cleaner import Cleaner
from tests.learn.pages import PROMOTION, SITE, documents, records


@pytest.fixture
def labels(tmp_path):
    return write(tmp_path / "labels.jsonl", records(range(4)))


def write(path, some):
    path.write_text("".join(json.dumps(record) + "\n" for record in some), "utf-8")
    return path


def write_folder(folder, numbers):
    folder.mkdir(parents=True)
    for document in documents(numbers):
        (folder / f"{document.id}.txt").write_text(document.content, "utf-8")
    return folder


def test_a_site_model_is_trained_measured_and_used(clean, labels, tmp_path):
    out = tmp_path / "models"
    result = clean("train", labels, "--site", SITE, "--out", out, with_sites=False)
    assert result.exit_code == 0, result.stderr
    assert "before" in result.stderr and "after" in result.stderr and "Wrote" in result.stderr
    unseen = write(tmp_path / "unseen.jsonl", records(range(20, 23)))
    options = ["--site", SITE, "--models", out, "--json"]
    errors = json.loads(clean("evaluate", unseen, *options, with_sites=False).stdout)
    assert errors["after"]["debris_kept"] < errors["before"]["debris_kept"] / 2
    text = clean(unseen, "-", "--models", out, with_sites=False).stdout
    assert PROMOTION not in text
    assert PROMOTION in clean(unseen, "-", with_sites=False).stdout
    [document] = documents([20])
    for folder in (out, str(out)):
        assert PROMOTION not in Cleaner(models=folder, site=SITE).clean(document).text


def test_pages_are_cleaned_again_when_a_site_model_changes(clean, labels, tmp_path):
    pages = write(tmp_path / "in.jsonl", records(range(20, 23)))
    models, out = tmp_path / "models", tmp_path / "out"
    clean("train", labels, "--site", SITE, "--out", models, with_sites=False)
    assert "0 skipped" in clean(pages, out, "--models", models, with_sites=False).stderr
    assert "3 skipped" in clean(pages, out, "--models", models, with_sites=False).stderr
    fewer = write(tmp_path / "fewer.jsonl", records(range(2)))
    clean("train", fewer, "--site", SITE, "--out", models, "--force", with_sites=False)
    assert "0 skipped" in clean(pages, out, "--models", models, with_sites=False).stderr


def test_a_model_that_mends_nothing_is_not_saved_unless_forced(clean, tmp_path):
    some = []
    for document in documents(range(3)):
        verdicts = Cleaner().clean(document).verdicts  # labelled as the base model would have it
        lines = [{"line": n, "keep": v.keep} for n, v in enumerate(verdicts) if "model" in v.reason]
        some.append({"text": document.content, "lines": lines})
    labels, out = write(tmp_path / "l.jsonl", some), tmp_path / "models"
    result = clean("train", labels, "--site", "a.example", "--out", out, with_sites=False)
    assert result.exit_code == 1
    assert "not saved" in result.stderr
    assert not out.exists()
    forced = ["--out", out, "--force"]
    assert clean("train", labels, "--site", "a.example", *forced, with_sites=False).exit_code == 0
    assert (out / "a.example" / "meta.json").is_file()


def test_templates_are_learned_and_used(clean, tmp_path):
    out = tmp_path / "rules"
    pages = write(tmp_path / "in.jsonl", records(range(12), form="text"))
    shown = clean("learn", pages, "--out", out, "--diff", with_sites=False)
    assert PROMOTION[:60] in shown.stdout
    assert not out.exists()
    result = clean("learn", pages, "--out", out, "--max-loss", "0.2", with_sites=False)
    assert result.exit_code == 0, result.stderr
    assert "12 pages of 1 sites: 1 templates written" in result.stderr
    unseen = write(tmp_path / "unseen.jsonl", records([30], form="text"))
    assert PROMOTION not in clean(unseen, "-", "--sites", out, with_sites=False).stdout


def test_a_model_is_learned_without_labels_and_used(clean, tmp_path):
    rules, models = tmp_path / "rules", tmp_path / "models"
    pages = write(tmp_path / "in.jsonl", records(range(12), form="text"))
    options = ["--out", rules, "--models", models, "--max-loss", "0.2"]
    result = clean("learn", pages, *options, with_sites=False)
    assert result.exit_code == 0, result.stderr
    assert "1 templates and 1 models written" in result.stderr
    unseen = write(tmp_path / "unseen.jsonl", records([30], form="text"))
    assert PROMOTION in clean(unseen, "-", with_sites=False).stdout
    assert PROMOTION not in clean(unseen, "-", "--models", models, with_sites=False).stdout


def test_what_was_learned_before_and_is_not_learned_now_is_named(clean, tmp_path):
    rules, models = tmp_path / "rules", tmp_path / "models"
    pages = write(tmp_path / "in.jsonl", records(range(12), form="text"))
    options = ["--out", rules, "--models", models, "--max-loss", "0.2"]
    assert "stays" not in clean("learn", pages, *options, with_sites=False).stderr
    few = write(tmp_path / "few.jsonl", records(range(3), form="text"))
    told = clean("learn", few, *options, "--min-pages", "4", with_sites=False).stderr
    assert f"{rules / SITE}.toml stays as it was" in told
    assert f"{models / SITE} stays as it was" in told
    result = clean("learn", rules, *options, "--merge", "--site", SITE, with_sites=False)
    assert result.exit_code == 2 and "--site does not go with --merge" in result.stderr


def test_pages_in_folders_are_of_the_site_that_the_folder_is_named_for(clean, tmp_path):
    write_folder(tmp_path / "in" / SITE, range(8))
    result = clean("learn", tmp_path / "in", "--out", tmp_path / "r", with_sites=False)
    assert result.exit_code == 0, result.stderr
    assert (tmp_path / "r" / f"{SITE}.toml").is_file()
    nameless = clean("learn", tmp_path / "in" / SITE, "--out", tmp_path / "r2", with_sites=False)
    assert nameless.exit_code == 1
    assert "8 pages are of no known site" in nameless.stderr


def test_an_id_with_a_slash_is_no_folder(clean, tmp_path):
    (tmp_path / "in.jsonl").write_text('{"id": "shelf/7", "text": "A page of a shelf."}\n')
    result = clean("learn", "in.jsonl", "--out", "r", with_sites=False)
    assert "1 pages are of no known site" in result.stderr
    assert not (tmp_path / "r").exists()
    result = clean("learn", "in.jsonl", "--out", "r", "--site", "https://[", with_sites=False)
    assert result.exit_code == 2 and "expected a domain" in result.stderr


def test_shards_are_joined(clean, tmp_path):
    for name, numbers in (("a", range(6)), ("b", range(6, 12))):
        write_folder(tmp_path / name, numbers)
        clean(
            "learn", tmp_path / name, "--site", SITE, "--out", tmp_path / f"r{name}",
            with_sites=False,
        )  # fmt: skip
    folders = [tmp_path / "ra", tmp_path / "rb"]
    merged = clean("learn", "--merge", *folders, "--out", tmp_path / "all", with_sites=False)
    assert "12 pages of 1 sites" in merged.stderr
    assert "of 12 pages" in (tmp_path / "all" / f"{SITE}.toml").read_text("utf-8")
    empty = tmp_path / "empty"
    empty.mkdir()
    refused = clean("learn", "--merge", empty, "--out", tmp_path / "x", with_sites=False)
    assert refused.exit_code == 2
    assert "no sketches in it" in refused.stderr
