"""What `clean evaluate` and `clean report` write, and what they never write over."""

import gzip
import json
import lzma

import pytest
import zstandard


@pytest.fixture
def corpus(tmp_path):
    body = "The harbour froze in January, and ships waited outside for weeks."
    records = [
        {
            "id": f"{n}", "domain": f"www.Site{n}.example", "url": f"https://site{n}.example/",
            "html": f"<p>{body} No {n}.</p><p>Share this</p>", "gold": f"{body} No {n}.",
        }
        for n in range(4)
    ]  # fmt: skip
    path = tmp_path / "gold.jsonl"
    path.write_text("".join(json.dumps(record) + "\n" for record in records))
    return path


def measured(clean, *args):
    result = clean("evaluate", *args, "--json")
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)[0]["pages"]


@pytest.mark.parametrize("option", ["--pages", "--report"])
def test_an_input_is_never_written_over(clean, corpus, tmp_path, option):
    before = corpus.read_bytes()
    result = clean("evaluate", corpus, option, corpus)
    assert result.exit_code == 2 and "would overwrite input" in result.stderr
    result = clean("evaluate", tmp_path, option, corpus)
    assert result.exit_code == 2
    both = tmp_path / "both.txt"
    assert clean("evaluate", corpus, "--pages", both, "--report", both).exit_code == 2
    clean(corpus, "out.jsonl")
    out = (tmp_path / "out.jsonl").read_bytes()
    assert clean("report", "out.jsonl", "--html", "out.jsonl", with_sites=False).exit_code == 2
    html = ["report", "out.jsonl", "--html"]
    for _ in range(2):  # what a command wrote before may be written again
        assert clean(*html, "r.html", with_sites=False).exit_code == 0
        assert clean("evaluate", tmp_path / "gold.jsonl", option, "again.html").exit_code == 0
    assert corpus.read_bytes() == before and (tmp_path / "out.jsonl").read_bytes() == out


@pytest.mark.parametrize("suffix", ["", ".gz", ".zst", ".xz"])
def test_corpora_are_read_packed_and_behind_a_byte_order_mark(clean, corpus, tmp_path, suffix):
    pack = {"": bytes, ".gz": gzip.compress, ".zst": zstandard.compress, ".xz": lzma.compress}
    path = tmp_path / f"packed.jsonl{suffix}"
    path.write_bytes(pack[suffix](b"\xef\xbb\xbf" + corpus.read_bytes()))
    assert measured(clean, path) == 4
    result = clean("evaluate", path, "--site", "site1.example", with_sites=False)
    assert result.exit_code == 0 and "site1.example: 1 pages" in result.stdout + result.stderr
    path.write_bytes(path.read_bytes()[:-30] if suffix else b"[" * 100_000)
    for options in ([], ["--site", "site1.example"]):
        result = clean("evaluate", path, *options, with_sites=False)
        assert result.exit_code in (1, 2) and str(path) in result.stderr


def test_domains_are_left_out_whatever_their_case(clean, corpus, tmp_path):
    listed = tmp_path / "out.txt"
    listed.write_bytes(b"\xef\xbb\xbfsite0.example\r\nWWW.SITE1.example\n")
    assert measured(clean, corpus, "--exclude", listed) == 2
    listed.write_text("\n".join(f"site{n}.example" for n in range(4)))
    result = clean("evaluate", corpus, "--exclude", listed)
    assert result.exit_code == 1 and "no page to measure" in result.stderr
    listed.write_bytes(b"\xff\xfe")
    assert "cannot be read" in clean("evaluate", corpus, "--exclude", listed).stderr


def test_a_front_has_other_lines_than_those_that_are_labelled(clean, corpus):
    options = ["--site", "site1.example", "--front", "trafilatura"]
    result = clean("evaluate", corpus, *options, with_sites=False)
    assert result.exit_code == 2 and "--front does not go with --site" in result.stderr


def test_lone_surrogates_end_nothing(clean, corpus, tmp_path):
    corpus.write_text(corpus.read_text().replace('"id": "1"', '"id": "\\ud800"'))
    assert measured(clean, corpus, "--pages", "pages.jsonl", "--report", "report.html") == 4
    assert (tmp_path / "pages.jsonl").read_text().count("\n") == 4
    clean(corpus, "out.jsonl", "--threshold", "1")
    assert clean("report", "out.jsonl", "--html", "r.html", with_sites=False).exit_code == 0


def test_figures_of_pages_are_packed_as_their_name_says(clean, corpus, tmp_path):
    assert measured(clean, corpus, "--pages", "pages.jsonl.gz") == 4
    assert gzip.decompress((tmp_path / "pages.jsonl.gz").read_bytes()).count(b"\n") == 4
    result = clean("evaluate", corpus, "--pages", "pages.parquet")
    assert result.exit_code == 2 and ".jsonl" in result.stderr


def test_a_page_is_not_written_over_by_labels(clean, tmp_path):
    pages = tmp_path / "pages"
    pages.mkdir()
    (pages / "p.html").write_text("<p>Some text")
    label = {
        "doc": "p.html", "line": 0, "digest": "0" * 16, "text": "x", "keep": True, "kind": "body",
        "by": "anna", "at": "2026-01-01",
    }  # fmt: skip
    (tmp_path / "l.jsonl").write_text(json.dumps(label) + "\n")
    args = ["labels", "export", "l.jsonl", "--pages", "pages", "--out", "pages/p.html"]
    result = clean(*args, with_sites=False)
    assert result.exit_code == 2 and (pages / "p.html").read_text() == "<p>Some text"
    for _ in range(2):
        result = clean(*args[:-1], "pages/labelled.jsonl", with_sites=False)
        assert "1 labels moved" in result.stderr or "1 lost" in result.stderr
