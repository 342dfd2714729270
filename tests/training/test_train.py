"""Training on a small made-up corpus: what comes out works, loads, and is the same again."""

import gzip
import json

import numpy as np
import pytest
from click.testing import CliRunner

from cleaner import Cleaner, CleanerError, Document
from cleaner.cli import main
from cleaner.model.store import find_model, load_model, read_meta
from cleaner.training.corpus import folds_by_group, read_corpus
from cleaner.training.datasets import label_pages
from tests.training.pages import corpus


@pytest.fixture(scope="module")
def trained(tmp_path_factory, english):
    """A corpus file and the folder of models the command wrote from it."""
    folder = tmp_path_factory.mktemp("train")
    path = folder / "corpus.jsonl"
    path.write_text("".join(json.dumps(record) + "\n" for record in corpus()), "utf-8")
    (folder / "exclude.txt").write_text("site0.example\n", "utf-8")
    arguments = ["train", str(path), "--exclude", str(folder / "exclude.txt"), "--name", "tiny"]
    arguments += ["--attribution", "corpus: made up"]
    result = CliRunner().invoke(main, [*arguments, "--out", str(folder / "models")])
    assert result.exit_code == 0, result.output
    return path, folder / "models" / "tiny", arguments


def test_a_trained_model_cleans_a_page_of_a_site_it_has_not_seen(trained):
    _, model, _ = trained
    unseen = corpus(sites=1, pages=1, seed=99)[0]
    cleaned = Cleaner(model=model, templates=False).clean(Document(unseen["html"]))
    kept, gold = cleaned.text.split("\n\n"), unseen["gold"].split("\n")
    assert [line for line in kept if line in gold] == gold
    assert len(kept) - len(gold) <= 2


def test_what_is_written_beside_the_model_says_what_it_is(trained):
    _, model, _ = trained
    meta = read_meta(model)
    assert meta["name"] == "tiny"
    assert meta["trained_on"] == {
        "pages_by_set": {"corpus": 21},
        "sites": 7,
        "pages_excluded": 3,
        "attribution": ["corpus: made up"],
    }
    html = meta["figures"]["html"][0]
    assert html["pages"] == 21
    assert 0.5 < html["f1"] <= 1
    card = (model / "README.md").read_text("utf-8")
    assert "# Model `tiny`" in card
    assert f"{html['f1']:.3f}" in card


def test_training_again_gives_the_same_weights(trained, tmp_path):
    _, model, arguments = trained
    result = CliRunner().invoke(main, [*arguments, "--out", str(tmp_path)])
    assert result.exit_code == 0, result.output
    with np.load(model / "weights.npz") as one, np.load(tmp_path / "tiny" / "weights.npz") as two:
        assert one.files == two.files
        assert all(np.array_equal(one[name], two[name]) for name in one.files)


def test_evaluate_reports_what_cleaning_gives(trained):
    path, model, _ = trained
    arguments = ["evaluate", str(path), "--model", str(model), "--no-templates"]
    result = CliRunner().invoke(main, [*arguments, "--json"])
    assert result.exit_code == 0, result.output
    row = json.loads(result.output)[0]
    assert (row["group"], row["pages"]) == ("corpus", 24)
    assert row["f1"] > 0.9
    for view in ("dump", "markdown"):
        table = CliRunner().invoke(main, [*arguments, "--view", view])
        assert table.exit_code == 0, table.output
        assert "corpus" in table.output


def test_evaluate_counts_segments_and_lines(trained, tmp_path):
    _, model, _ = trained
    record = corpus(1, 1)[0]
    record["with"] = [record["gold"].split("\n")[0].upper(), "nowhere on the page"]
    record["without"] = ["Nowhere Either", " "]
    one = tmp_path / "one.jsonl"
    one.write_text(json.dumps(record) + "\n", "utf-8")
    result = CliRunner().invoke(main, ["evaluate", str(one), "--model", str(model), "--json"])
    row = json.loads(result.output)[0]
    assert row["segment_f1"] == pytest.approx(2 / 3)
    assert row["debris_removed"] > 0.5
    assert row["body_lost"] == 0


def test_evaluate_compares_two_models_page_by_page(trained, tmp_path):
    path, model, _ = trained
    arguments = ["evaluate", str(path), "--model", str(model), "--exclude", str(tmp_path / "x")]
    (tmp_path / "x").write_text("site1.example\n", "utf-8")
    same = CliRunner().invoke(main, [*arguments, "--compare", str(model), "--json"])
    assert json.loads(same.output)[0]["compared"]["p"] == 1
    everything = [*arguments, "--threshold", "0", "--no-templates", "--keep", "byline"]
    pages = tmp_path / "pages.jsonl"
    result = CliRunner().invoke(main, [*everything, "--pages", str(pages)])
    assert result.exit_code == 0, result.output
    assert "F1 gained" not in result.output
    figures = [json.loads(line) for line in pages.read_text("utf-8").splitlines()]
    assert len(figures) == 21
    assert all(page["lines"]["debris_removed"] == 0 for page in figures)


def test_the_report_shows_the_worst_pages_and_nothing_of_them_is_markup(trained, tmp_path):
    _, model, _ = trained
    good, bad = corpus(1, 2)
    bad["id"] = bad["url"] = "https://x.example/<script>alert(1)</script>"
    bad["html"] = bad["html"].replace("<p>", "<p>&lt;img src=x onerror=alert(1)&gt; ", 1)
    bad["gold"] = "Quite another text than any that stands on the page."
    path = tmp_path / "pages.jsonl"
    path.write_text(json.dumps(good) + "\n" + json.dumps(bad) + "\n", "utf-8")
    report = tmp_path / "report.html"
    arguments = ["evaluate", str(path), "--model", str(model), "--compare", "base"]
    result = CliRunner().invoke(main, [*arguments, "--report", str(report)])
    assert result.exit_code == 0, result.output
    page = report.read_text("utf-8")
    assert "<script" not in page
    assert "<img" not in page
    assert "&lt;img src=x" in page
    assert page.index("&lt;script&gt;") < page.index(good["id"])
    assert 'class="debris"' in page
    assert "F1 gained" in page


def test_too_few_sites_are_refused(tmp_path):
    path = tmp_path / "small.jsonl"
    path.write_text("".join(json.dumps(record) + "\n" for record in corpus(sites=2)), "utf-8")
    result = CliRunner().invoke(main, ["train", str(path), "--out", str(tmp_path / "models")])
    assert result.exit_code == 1
    assert "at least 5 sites, found 2" in result.output
    assert not (tmp_path / "models").exists()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--site", "a.example", "--name", "mine"], "--name does not go with --site"),
        (["--site", "a.example", "--residues", "FILE"], "--residues does not go with --site"),
        (["--force"], "--force goes only with --site"),
        (["--model", "base"], "--model goes only with --site"),
    ],
)
def test_options_that_would_do_nothing_are_refused(tmp_path, arguments, message):
    path = tmp_path / "corpus.jsonl"
    path.write_text("{}")
    arguments = [str(path) if each == "FILE" else each for each in arguments]
    result = CliRunner().invoke(main, ["train", str(path), "--out", str(tmp_path), *arguments])
    assert result.exit_code == 2
    assert message in result.output


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("{", "corpus.jsonl:2: not JSON"),
        ("[]", "corpus.jsonl:2: a JSON object was expected"),
        ('{"html": "x"}', "corpus.jsonl:2: it has no gold"),
        ('{"gold": "x"}', "corpus.jsonl:2: expected `html` or `text` beside `gold`"),
    ],
)
def test_a_broken_corpus_line_is_named(tmp_path, line, message):
    path = tmp_path / "corpus.jsonl"
    path.write_text(json.dumps(corpus(1, 1)[0]) + "\n" + line + "\n", "utf-8")
    with pytest.raises(CleanerError, match=message):
        list(read_corpus(path))


def test_a_mark_of_byte_order_on_a_line_of_its_own_is_none(tmp_path):
    path = tmp_path / "corpus.jsonl"
    path.write_text("\ufeff\n" + json.dumps(corpus(1, 1)[0]) + "\n", "utf-8")
    assert len(list(read_corpus(path))) == 1


def test_compressed_corpora_are_read(tmp_path):
    path = tmp_path / "corpus.jsonl.gz"
    path.write_bytes(gzip.compress(json.dumps(corpus(1, 1)[0]).encode()))
    assert [page.group for page in read_corpus(tmp_path)] == ["site0.example"]


def test_pages_without_a_domain_are_grouped_by_that_of_their_url(tmp_path):
    records = corpus(1, 2)
    for number, record in enumerate(records):
        del record["domain"]
        record["url"] = f"https://www{number}.paper.co.uk/{number}"
    path = tmp_path / "corpus.jsonl"
    path.write_text("".join(json.dumps(record) + "\n" for record in records), "utf-8")
    assert {page.group for page in read_corpus(path)} == {"paper.co.uk"}


def test_pages_whose_gold_is_of_another_page_are_left_out(tmp_path):
    one, two = corpus(sites=2, pages=1)
    one["gold"] = "Nothing of this stands anywhere on that other page at all"
    path = tmp_path / "corpus.jsonl"
    path.write_text(json.dumps(one) + "\n" + json.dumps(two) + "\n", "utf-8")
    assert [page.group for page in label_pages(read_corpus(path))] == ["site1.example"]


def test_folds_keep_groups_together_and_are_even():
    groups = [f"g{number % 40}" for number in range(400)]
    folds = folds_by_group(groups, 5)
    assert all(len(set(folds[i::40].tolist())) == 1 for i in range(40))
    assert np.bincount(folds).tolist() == [80] * 5


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda model: (model / "weights.npz").unlink(), "weights.npz: not found"),
        (
            lambda model: (model / "weights.npz").write_bytes(b"no"),
            "damaged or not a model",
        ),
        (lambda model: (model / "meta.json").write_text("{", "utf-8"), "meta.json: not JSON"),
        (
            lambda model: (model / "meta.json").write_text('{"feature_version": 0}', "utf-8"),
            "for feature version 0",
        ),
    ],
)
def test_a_damaged_model_is_refused(trained, tmp_path, damage, message):
    model = tmp_path / "damaged"
    model.mkdir()
    for file in trained[1].iterdir():
        (model / file.name).write_bytes(file.read_bytes())
    damage(model)
    with pytest.raises(CleanerError, match=message):
        load_model(model)


@pytest.mark.parametrize("name", ["words", "anchors", "dom", "stems", "kinds", "stem_weights"])
def test_tables_of_another_size_are_refused_before_they_are_read(tmp_path, name):
    with np.load(find_model("base") / "weights.npz") as shipped:
        arrays = dict(shipped)
    arrays[name] = arrays[name][: len(arrays[name]) // 2]
    np.savez(tmp_path / "weights.npz", **arrays)
    (tmp_path / "meta.json").write_bytes((find_model("base") / "meta.json").read_bytes())
    with pytest.raises(CleanerError, match=f"damaged or not a model .{name} has the shape"):
        load_model(tmp_path)


def test_a_pickle_in_a_model_is_not_run(trained, tmp_path):
    model = tmp_path / "hostile"
    model.mkdir()
    (model / "meta.json").write_bytes((trained[1] / "meta.json").read_bytes())
    np.savez(model / "weights.npz", words=np.array([object()], dtype=object))
    with pytest.raises(CleanerError, match="damaged or not a model"):
        load_model(model)
