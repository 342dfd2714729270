import gzip
import json

import pytest
from click.testing import CliRunner

from cleaner.cli import main
from cleaner.review.sources import open_queue
from cleaner.types import CleanerError


def clean(*args):
    return CliRunner().invoke(main, [str(arg) for arg in args])


def loaded(place):
    return [sheet.load() for sheet in open_queue(place)]


@pytest.fixture
def run(tmp_path, harbour):
    """A source and the output of a run on it with verdicts, as JSONL and as a folder."""
    source = harbour.write(tmp_path / "in.jsonl", 3)
    with source.open("a") as file:
        junk = "<a href=/x>Home</a> <a href=/y>Log in</a> <a href=/z>Sitemap</a>"
        file.write(json.dumps({"id": "junk", "html": f"<nav>{junk}</nav>"}) + "\n")
    clean(source, tmp_path / "out.jsonl", "--verdicts")
    clean(source, tmp_path / "out", "--verdicts")
    return tmp_path


def test_folders_files_and_records(tmp_path, harbour):
    (tmp_path / "in" / "deep").mkdir(parents=True)
    (tmp_path / "in" / "deep" / "a.html").write_text(harbour.article(0)[0])
    (tmp_path / "in" / "b.txt").write_text("Some text.")
    assert [d.id for d in loaded(tmp_path / "in")] == ["b.txt", "deep/a.html"]
    assert [d.id for d in loaded(tmp_path / "in" / "b.txt")] == ["b.txt"]
    source = harbour.write(tmp_path / "x.jsonl", 2)
    with source.open("a") as file:
        file.write("broken\n" + json.dumps({"text": "No id."}) + "\n")
    *sheets, broken, last = open_queue(source)
    assert [s.load().id for s in (*sheets, last)] == ["tale-000", "tale-001", f"{source}:4"]
    with pytest.raises(CleanerError, match="not JSON"):
        broken.load()


@pytest.mark.parametrize("out", ["out.jsonl", "out"])
def test_an_earlier_run_is_shown_as_it_was(run, out):
    sheets = open_queue(run / out)
    assert {sheet.id for sheet in sheets} == {"tale-000", "tale-001", "tale-002", "junk"}
    tale = next(sheet for sheet in sheets if sheet.id == "tale-001")
    recorded = tale.recorded()
    assert len(recorded.texts) == len(recorded.verdicts) > 5
    assert {verdict.reason for verdict in recorded.verdicts} == {"model:base"}


def test_only_what_a_run_flagged(run):
    [sheet] = open_queue(run / "out.jsonl", flagged=True)
    assert (sheet.id, "emptied" in sheet.flags) == ("junk", True)
    [page] = open_queue(run / "out.jsonl", flagged=True, sources=run / "in.jsonl")
    assert page.recorded() is None and "<nav>" in page.load().content
    with pytest.raises(CleanerError, match="--verdicts"):
        open_queue(run / "in.jsonl", flagged=True)


@pytest.mark.parametrize("out", ["out.jsonl", "out"])
def test_a_run_into_a_folder_has_its_flags_as_one_into_records(tmp_path, harbour, out):
    pages, wild = tmp_path / "in", tmp_path / "wild"
    pages.mkdir()
    (pages / "empty.html").write_text("<script>draw()</script>")
    (pages / "fine.html").write_text(harbour.article(0)[0])
    (pages / "lost.html").write_text(harbour.article(1)[0] + "<p>A line of another kind.")
    wild.mkdir()
    sentences = [text[:20] for text in harbour.article(1)[1]]
    (wild / "wild.toml").write_text(
        "name = 'wild'\nabout = ''\nmatch.always = true\n"
        f"[[rules]]\nname = 'all'\nprefix = {json.dumps(sentences)}\n"
    )
    clean(pages, tmp_path / out, "--verdicts", "--sites", wild)
    sheets = open_queue(tmp_path / out, flagged=True)
    assert [sheet.id.removesuffix(".html") for sheet in sheets] == ["empty", "lost"]
    assert [sheet.flags for sheet in sheets] == [("emptied",), ("suspicious",)]
    assert len(sheets[1].recorded().texts) == len(sheets[1].recorded().verdicts) > 5


def test_of_an_audit_without_flags_it_is_told_whether_the_page_was_emptied(tmp_path):
    verdict = {"keep": False, "kind": "other", "probability": 0.1, "reason": "model:base"}
    for name, keep in (("a", False), ("b", True)):
        line = json.dumps({**verdict, "keep": keep, "text": "A line."})
        (tmp_path / f"{name}.verdicts.jsonl").write_text(f"{line}\n")
    assert [sheet.id for sheet in open_queue(tmp_path, flagged=True)] == ["a"]


def test_an_audit_that_is_none_is_named(tmp_path):
    (tmp_path / "a.verdicts.jsonl").write_text('{"text": "x", "keep": 1}\n')
    with pytest.raises(CleanerError, match=r"a.verdicts.jsonl:1: expected a line"):
        open_queue(tmp_path)


def test_nothing_to_review(tmp_path):
    with pytest.raises(CleanerError, match="no pages"):
        open_queue(tmp_path)


def test_parquet_and_archives_of_the_web_are_read(tmp_path, harbour):
    pyarrow = pytest.importorskip("pyarrow", reason="needs the extra `parquet`")
    from pyarrow import parquet

    pytest.importorskip("warcio", reason="needs the extra `warc`")
    page, url = harbour.article(0)[0], "https://harbour.example/1"
    table = {"id": ["one"], "url": [url], "html": [page]}
    parquet.write_table(pyarrow.table(table), tmp_path / "in.parquet")
    body = f"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\n\r\n{page}".encode()
    head = (
        "WARC/1.0\r\nWARC-Type: response\r\nWARC-Record-ID: <urn:uuid:1>\r\n"
        f"WARC-Target-URI: {url}\r\nWARC-Date: 2024-01-01T00:00:00Z\r\n"
        f"Content-Type: application/http; msgtype=response\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    record = head.encode() + body + b"\r\n\r\n"
    (tmp_path / "in.warc.gz").write_bytes(gzip.compress(record))
    for name in ("in.parquet", "in.warc.gz"):
        [document] = loaded(tmp_path / name)
        assert document.url == url
        assert "harbour" in str(document.content).lower()


def test_pages_are_found_by_their_number_or_url_where_ids_do_not_tell(tmp_path, harbour):
    texts = [harbour.article(number)[0] for number in range(3)]
    for fields in ({"id": "same"}, {}):
        source, out = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
        records = [
            {**fields, "url": f"https://a.example/{number}", "html": html}
            for number, html in enumerate(texts)
        ]
        source.write_text("".join(json.dumps(record) + "\n" for record in records))
        assert clean(source, out, "--verdicts", "--force").exit_code == 0
        sheets = open_queue(out, sources=source)
        assert [sheet.load().content for sheet in sheets] == texts
        assert [sheet.load().url[-1] for sheet in sheets] == ["0", "1", "2"]


def test_pages_of_several_files_that_share_an_id_have_their_own(tmp_path):
    folder = tmp_path / "in"
    (folder / "deep").mkdir(parents=True)
    for name, ids in (("a", [0, 1]), ("deep/b", [0, 2, 2])):
        records = [json.dumps({"id": id, "text": f"{name} {id}"}) + "\n" for id in ids]
        (folder / f"{name}.jsonl").write_text("".join(records))
    clean(folder, tmp_path / "out", "--verdicts")
    named = ["0 in a", "1", "0 in deep/b", "2", "2 (2)"]
    for queue in (open_queue(folder), open_queue(tmp_path / "out"),
                  open_queue(tmp_path / "out", sources=folder)):  # fmt: skip
        assert [sheet.id for sheet in queue] == named
        assert [sheet.load().id for sheet in queue] == named
    assert [s.id for s in open_queue(folder / "a.jsonl")] == ["0", "1"]
    records = [json.dumps({"id": id, "text": "x"}) + "\n" for id in ("2 (2)", 2, 2, 2)]
    (folder / "a.jsonl").write_text("".join(records))
    assert [s.id for s in open_queue(folder / "a.jsonl")] == ["2 (2)", "2", "2 (3)", "2 (4)"]


def test_no_id_is_made_that_a_page_came_with(tmp_path):
    def queue(*ids):
        records = [json.dumps({"id": id, "text": "x"}) + "\n" for id in ids]
        (tmp_path / "a.jsonl").write_text("".join(records))
        return [sheet.id for sheet in open_queue(tmp_path)]

    assert queue(7, 7, "7 (2)") == ["7", "7 (3)", "7 (2)"]
    (tmp_path / "b.jsonl").write_text(json.dumps({"id": 7, "text": "x"}) + "\n")
    assert queue(7, "7 in a") == ["7 in a (2)", "7 in a", "7 in b"]
