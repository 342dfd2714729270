"""What pages are written as: Markdown, and records with what a page says of itself."""

import json

import pytest
from click.testing import CliRunner

from cleaner.cli import main

PAGE = """<!doctype html><html lang=en><head><title>A cold winter | The Bell</title>
<meta property="og:title" content="A cold winter"><meta name=author content="Ada Marsh">
</head><body>
<article><h2>A cold winter in the harbour</h2>
<p>The harbour froze in <em>January</em>, and the
<a href="/ships">ships</a> waited outside for weeks.
The town lived on what it had in its stores.</p>
<p>By March the ice broke. The first ship brought flour, and rice, and news from the south.</p>
</article></body></html>"""
MARKDOWN = (
    "The harbour froze in *January*, and the ships waited outside for weeks. "
    "The town lived on what it had in its stores.\n\nBy March the ice broke."
)


@pytest.fixture
def pages(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in "ab":
        (tmp_path / "in" / f"{name}.html").parent.mkdir(exist_ok=True)
        (tmp_path / "in" / f"{name}.html").write_text(PAGE, "utf-8")
    return tmp_path


def clean(*arguments):
    return CliRunner().invoke(main, list(arguments))


def test_a_folder_of_markdown(pages):
    assert clean("in", "out", "--format", "md").exit_code == 0
    assert sorted(path.name for path in (pages / "out").glob("*.md")) == ["a.md", "b.md"]
    assert MARKDOWN in (pages / "out" / "a.md").read_text("utf-8")


def test_other_marks_are_another_output(pages):
    clean("in", "out", "--format", "md")
    assert "2 skipped" in clean("in", "out", "--format", "md").stderr
    assert "0 skipped" in clean("in", "out", "--format", "md", "--links").stderr
    assert "the [ships](/ships) waited" in (pages / "out" / "a.md").read_text("utf-8")


def test_the_name_of_a_file_says_it(pages):
    assert clean("in/a.html", "a.md").exit_code == 0
    assert MARKDOWN in (pages / "a.md").read_text("utf-8")
    assert clean("in", "all.md").exit_code == 2


def test_records_with_markdown_and_metadata(pages):
    assert clean("in", "out.jsonl", "--format", "md", "--metadata").exit_code == 0
    first = json.loads((pages / "out.jsonl").read_text("utf-8").splitlines()[0])
    assert MARKDOWN in first["text"]
    assert (first["title"], first["author"]) == ("A cold winter", "Ada Marsh")
    assert (first["language"], first["date"], first["canonical_url"]) == ("en", None, None)


def test_a_record_knows_better_than_its_page(pages):
    record = {"id": "1", "author": "A. M.", "html": PAGE}
    (pages / "in.jsonl").write_text(json.dumps(record), "utf-8")
    assert clean("in.jsonl", "out.jsonl", "--metadata").exit_code == 0
    made = json.loads((pages / "out.jsonl").read_text("utf-8"))
    assert made["author"] == "A. M."
    assert made["title"] == "A cold winter"


@pytest.mark.parametrize(
    "options", [["--links"], ["--images", "--format", "txt"], ["--metadata"]], ids=" ".join
)
def test_what_does_not_go_together(pages, options):
    result = clean("in", "out", *options)
    assert result.exit_code == 2
    assert "need" in result.stderr
    assert not (pages / "out").exists()


def test_parquet_with_markdown_and_metadata(pages):
    parquet = pytest.importorskip("pyarrow.parquet")
    assert clean("in", "out.parquet", "--format", "md", "--metadata").exit_code == 0
    [first, _] = parquet.read_table(pages / "out.parquet").to_pylist()
    assert MARKDOWN in first["text"]
    assert (first["title"], first["author"]) == ("A cold winter", "Ada Marsh")
    assert (first["language"], first["date"], first["canonical_url"]) == ("en", None, None)
    assert clean("out.parquet", "again.parquet", "--metadata").exit_code == 0
    [first, _] = parquet.read_table(pages / "again.parquet").to_pylist()
    assert first["author"] == "Ada Marsh"


def test_a_folder_of_markdown_is_read_and_written_as_it_came(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "in").mkdir()
    story = (
        "# The **ships** waited\n\n[Home](/) [News](/news) [Sign in](/login)\n\n"
        "The harbour froze in January, and the [ships](/ships) waited outside for weeks. "
        "The town lived on its stores.\n\n"
        "By March the ice broke. The first ship brought flour, and rice.\n"
    )
    (tmp_path / "in" / "a.md").write_text(story, "utf-8")
    assert CliRunner().invoke(main, ["in", "out"]).exit_code == 0
    text = (tmp_path / "out" / "a.txt").read_text("utf-8")
    assert "# The **ships** waited" in text
    assert "the [ships](/ships) waited" in text
    assert "Sign in" not in text
