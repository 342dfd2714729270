import json
from dataclasses import replace

import pytest
from click.testing import CliRunner

from cleaner.cli import main
from cleaner.io import compress
from cleaner.review.labels import Label, LabelFile, digest
from cleaner.review.sources import open_queue
from cleaner.training.site_corpus import read_site_pages


def run(*args):
    return CliRunner().invoke(main, [str(arg) for arg in args])


def label(doc, line, text, keep, by="anna", action="a"):
    return Label(doc, None, line, digest(text), text, keep, "body" if keep else "other",
                 by, "2026-01-01", by, by, action)  # fmt: skip


BODY = ["The ferry left at dawn, with flour and salt for the islands.", "It came back empty."]
DEBRIS = "Tell us what you think of this ferry, and win a trip on it."


@pytest.fixture
def pages(tmp_path):
    folder = tmp_path / "in"
    folder.mkdir()
    for number in range(3):
        page = f"{BODY[0]} No {number}.\n\n{DEBRIS}\n\n{BODY[1]}\n"
        (folder / f"{number}.txt").write_text(page)
    return folder


@pytest.fixture
def labels(tmp_path):
    path = tmp_path / "labels.jsonl"
    LabelFile(path).append(
        [
            one
            for n in range(3)
            for one in (
                label(f"{n}.txt", 0, f"{BODY[0]} No {n}.", True),
                label(f"{n}.txt", 1, DEBRIS, False),
            )
        ]
    )
    return path


def test_stats(labels):
    counts = json.loads(run("labels", "stats", labels, "--json").stdout)
    assert (counts["pages"], counts["lines"], counts["dropped"]) == (3, 6, 3)
    assert "lines: 6" in run("labels", "stats", labels).stdout


def test_merge_says_what_is_disputed(labels, tmp_path):
    other = tmp_path / "other.jsonl"
    LabelFile(other).append([label("0.txt", 1, DEBRIS, True, by="ben", action="b")])
    result = run("labels", "merge", labels, other, "--out", tmp_path / "both.jsonl")
    assert result.exit_code == 1
    assert "anna says drop, ben later keep" in result.stderr
    assert len((tmp_path / "both.jsonl").read_text().splitlines()) == 7
    assert run("labels", "merge", labels, labels, "--out", tmp_path / "x.jsonl").exit_code == 0


def test_what_is_exported_trains_a_site_and_is_evaluated(labels, pages, tmp_path):
    out = tmp_path / "pages.jsonl"
    result = run("labels", "export", labels, "--pages", pages, "--out", out, "--gold")
    assert result.exit_code == 0, result.output
    records = [json.loads(line) for line in out.read_text().splitlines()]
    assert [line["keep"] for line in records[0]["lines"]] == [True, False]
    assert DEBRIS not in records[0]["gold"] and BODY[1] in records[0]["gold"]
    trained = run("train", out, "--site", "ferry.example", "--out", tmp_path / "models", "--force")
    assert trained.exit_code == 0, trained.output
    assert (tmp_path / "models" / "ferry.example" / "weights.npz").is_file()


@pytest.mark.parametrize("out", ["out", "out.jsonl", "out.parquet"])
def test_what_is_exported_of_a_run_is_what_was_reviewed(pages, tmp_path, out):
    if out == "out.parquet":
        pytest.importorskip("pyarrow", reason="needs the extra `parquet`")
    assert run("run", pages, tmp_path / out, "--verdicts", "--drop", "body").exit_code == 0
    labels = LabelFile(tmp_path / "labels.jsonl")
    for sheet in open_queue(tmp_path / out):
        texts = sheet.recorded().texts
        labels.append([label(sheet.id, line, text, True) for line, text in enumerate(texts)])
    result = run("labels", "export", labels.path, "--pages", tmp_path / out)
    assert result.exit_code == 0, result.output
    records = [json.loads(line) for line in result.stdout.splitlines()]
    texts = [[line["text"] for line in record["lines"]] for record in records]
    assert texts == [[f"{BODY[0]} No {number}.", DEBRIS, BODY[1]] for number in range(3)]


def test_labels_of_a_run_stay_at_the_lines_that_it_recorded(tmp_path):
    texts = ["# your presets.", "- one", "```", "[a](b)", "<b>bold</b> &amp; so on", "| a | b |",
             "    deep", "***", "A long line of text. " * 3, "# your presets."]  # fmt: skip
    verdict = {"keep": True, "kind": "body", "probability": 0.9, "reason": "model:base"}
    for at, some in enumerate([texts, *([text] for text in texts)]):
        lines = "".join(json.dumps({**verdict, "text": text}) + "\n" for text in some)
        (tmp_path / "out").mkdir(exist_ok=True)
        (tmp_path / "out" / f"{at}.verdicts.jsonl").write_text(lines)
    labels = LabelFile(tmp_path / "labels.jsonl")
    sheets = open_queue(tmp_path / "out")
    for sheet in sheets:
        recorded = sheet.recorded().texts
        labels.append([label(sheet.id, at, text, True) for at, text in enumerate(recorded)])
    result = run("labels", "export", labels.path, "--pages", tmp_path / "out", "--gold")
    assert result.exit_code == 0 and "0 labels moved" in result.stderr, result.stderr
    for sheet, record in zip(sheets, map(json.loads, result.stdout.splitlines()), strict=True):
        assert [line["line"] for line in record["lines"]] == [*range(len(sheet.recorded().texts))]
    (tmp_path / "exported.jsonl").write_text(result.stdout)
    assert len(list(read_site_pages(tmp_path / "exported.jsonl"))) == len(sheets)


def test_the_label_of_one_long_line_that_a_run_recorded_is_its_sentences(tmp_path):
    text = " ".join(f"Sentence {number} of a page in a single line." for number in range(12))
    (tmp_path / "in.html").write_text(f"<p>{text}</p>")
    run("run", tmp_path / "in.html", tmp_path / "out.jsonl", "--verdicts")
    LabelFile(tmp_path / "labels.jsonl").append([label("in.html", 0, text, False)])
    result = run("labels", "export", tmp_path / "labels.jsonl", "--pages", tmp_path / "out.jsonl")
    assert result.exit_code == 0, result.stderr
    (tmp_path / "exported.jsonl").write_text(result.stdout)
    [page] = read_site_pages(tmp_path / "exported.jsonl")
    assert page.keep == dict.fromkeys(range(12), False)


def test_labels_of_changed_and_missing_pages_are_reported(labels, pages, tmp_path):
    (pages / "0.txt").write_text(f"A new line on top.\n\n{BODY[0]} No 0.\n\n{BODY[1]}\n")
    (pages / "2.txt").unlink()
    result = run("labels", "export", labels, "--pages", pages)
    assert result.exit_code == 1
    assert "0.txt, line 1: not on the page any more" in result.stderr
    assert "2.txt: labelled, and not among the pages" in result.stderr
    assert "2 pages; 1 labels moved with their lines, 1 lost; 1 labelled pages" in result.stderr
    assert json.loads(result.stdout.splitlines()[0])["lines"][0]["line"] == 1


def test_labels_are_exported_with_their_own_page(tmp_path):
    """Several pages have an id, and their lines are the same."""
    folder = tmp_path / "in"
    folder.mkdir()
    for name in ("a", "b"):
        record = {"id": "1", "url": f"https://{name}.example/", "text": f"{BODY[0]}\n\n{DEBRIS}"}
        (folder / f"{name}.jsonl").write_text(json.dumps(record) + "\n")
    for place, doc in (("in", "1 in {}"), ("in/a.jsonl", "1")):
        labels = LabelFile(tmp_path / f"{place.replace('/', '-')}.labels.jsonl")
        for name, keep in (("a", True), ("b", False)):
            one = label(doc.format(name), 1, DEBRIS, keep)
            labels.append([replace(one, url=f"https://{name}.example/")])
        result = run("labels", "export", labels.path, "--pages", tmp_path / place)
        exported = [json.loads(line) for line in result.stdout.splitlines()]
        assert [[line["keep"] for line in record["lines"]] for record in exported] == (
            [[True], [False]] if place == "in" else [[True]]
        )
        assert run("labels", "merge", labels.path, "--out", tmp_path / "m.jsonl").exit_code == 0
        assert "pages: 2" in run("labels", "stats", labels.path).stdout
        assert ("labelled, and not among" in result.stderr) == (place != "in")


def written(path, *records):
    """A JSONL file of pages by id, URL and text."""
    fields = [dict(zip(("id", "url", "text"), record, strict=True)) for record in records]
    path.write_text("".join(json.dumps(page) + "\n" for page in fields))
    return path


@pytest.mark.parametrize("doc", ["7", "7 in a", "7 (2)"])
def test_labels_stay_with_a_page_that_others_come_to_share_an_id_with(tmp_path, doc):
    folder = tmp_path / "in"
    folder.mkdir()
    text = f"{BODY[0]}\n\n{DEBRIS}"
    first = written(folder / "a.jsonl", (7, "https://x.example/1", text))
    labels = LabelFile(tmp_path / "labels.jsonl")
    labels.append([replace(label(doc, 1, DEBRIS, False), url="https://x.example/1")])
    written(folder / "b.jsonl", (7, "https://x.example/2", text))
    for place, id in ((first, "7"), (folder, "7 in a")):
        result = run("labels", "export", labels.path, "--pages", place)
        assert result.exit_code == 0, result.stderr
        [record] = map(json.loads, result.stdout.splitlines())
        assert (record["id"], len(record["lines"])) == (id, 1)


def test_labels_stay_with_a_page_without_an_id_in_whichever_folder_its_file_is(tmp_path):
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        record = {"url": "https://a.example/", "text": "One line.\n\nAnother."}
        (tmp_path / folder / "in.jsonl").write_text(json.dumps(record) + "\n")
    [sheet] = open_queue(tmp_path / "a" / "in.jsonl")
    assert sheet.id == f"{tmp_path / 'a' / 'in.jsonl'}:1"
    labels = tmp_path / "labels.jsonl"
    LabelFile(labels).append([replace(label(sheet.id, 1, "Another.", False), url=sheet.url)])
    result = run("labels", "export", labels, "--pages", tmp_path / "b" / "in.jsonl")
    assert result.exit_code == 0, result.stderr
    assert [line["keep"] for line in json.loads(result.stdout)["lines"]] == [False]


def test_a_label_that_no_address_tells_of_is_of_no_page(tmp_path):
    folder = tmp_path / "in"
    folder.mkdir()
    for name in ("a", "b"):
        written(folder / f"{name}.jsonl", (7, None, f"{BODY[0]}\n\n{DEBRIS}"))
    labels = LabelFile(tmp_path / "labels.jsonl")
    labels.append([label("7", 1, DEBRIS, False)])
    result = run("labels", "export", labels.path, "--pages", folder)
    assert (result.exit_code, result.stdout) == (1, "")
    assert "7: labelled, and not among the pages" in result.stderr


def test_no_labels(tmp_path):
    (tmp_path / "l.jsonl").write_text("[]\n")
    result = run("labels", "stats", tmp_path / "l.jsonl")
    assert result.exit_code == 1 and "l.jsonl:1: expected an object" in result.stderr


def test_export_does_not_overwrite_what_it_reads(labels, pages):
    before = labels.read_bytes()
    result = run("labels", "export", labels, "--pages", pages, "--out", labels)
    assert result.exit_code == 2 and "overwrite input" in result.stderr
    assert labels.read_bytes() == before


def test_merge_does_not_overwrite_what_it_reads(labels, tmp_path):
    with labels.open("ab") as file:
        file.write(b'{"doc": "cut sh')
    before = labels.read_bytes()
    result = run("labels", "merge", labels, "--out", tmp_path / "x" / ".." / labels.name)
    assert result.exit_code == 2 and "overwrite input" in result.stderr
    assert labels.read_bytes() == before


@pytest.mark.parametrize("suffix", ["", ".gz", ".xz", ".zst"])
def test_export_is_packed_as_its_name_says(labels, pages, tmp_path, suffix):
    if suffix == ".zst":
        pytest.importorskip("zstandard", reason="needs the extra `zstd`")
    out = tmp_path / f"pages.jsonl{suffix}"
    assert run("labels", "export", labels, "--pages", pages, "--out", out).exit_code == 0
    with out.open("rb") as packed, compress.reader(packed, out.name) as file:
        assert [json.loads(line)["id"] for line in file] == ["0.txt", "1.txt", "2.txt"]


@pytest.mark.parametrize(
    "name", ["pages.parquet", "pages.jsonl.bz2", "pages.warc.gz", "0.verdicts.jsonl"]
)
def test_export_into_a_form_that_is_none_is_refused(labels, pages, tmp_path, name):
    result = run("labels", "export", labels, "--pages", pages, "--out", tmp_path / name)
    assert result.exit_code == 2 and ".jsonl" in result.stderr
    assert not (tmp_path / name).exists()


@pytest.mark.parametrize(
    "command", [("train", "--site", "gazette.example", "--out", "models"), ("evaluate",)]
)
def test_labels_in_place_of_labelled_pages_are_told(labels, command):
    name, *options = command
    result = run(name, labels, *options)
    assert result.exit_code == 1
    assert "labels.jsonl:1: a label, not a page; `clean labels export`" in result.stderr


@pytest.mark.parametrize("suffix", [".gz", ".xz", ".zst"])
def test_packed_labels_are_refused(labels, pages, tmp_path, suffix):
    packed = tmp_path / f"packed.jsonl{suffix}"
    with packed.open("wb") as file, compress.writer(file, packed.name) as target:
        target.write(labels.read_bytes())
    for command in (["stats", packed], ["export", packed, "--pages", pages],
                    ["merge", packed, "--out", tmp_path / "m.jsonl"]):  # fmt: skip
        result = run("labels", *command)
        assert result.exit_code == 1 and "not packed" in result.stderr, result.output
    result = run("labels", "merge", labels, "--out", tmp_path / f"new.jsonl{suffix}")
    assert result.exit_code == 2 and "not packed" in result.stderr
    result = run("review", pages, "--labels", tmp_path / f"new.jsonl{suffix}", "--no-open")
    assert result.exit_code == 1 and "not packed" in result.stderr
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in", "labels.jsonl", packed.name]
