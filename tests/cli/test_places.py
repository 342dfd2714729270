"""What IN and OUT may be, and what is said where they are something else."""

import json
import lzma
import os

import pytest


@pytest.mark.parametrize("suffix", [".html", ".txt", ".jsonl"])
def test_two_files_of_which_none_was_made_by_a_run_are_both_inputs(clean, page, tmp_path, suffix):
    """As a shell gives them, where `clean *.html` was meant to read them all."""
    for name in "ab":
        (tmp_path / f"{name}{suffix}").write_text(
            json.dumps({"html": page(1)}) if suffix == ".jsonl" else page(1)
        )
    before = (tmp_path / f"b{suffix}").read_bytes()
    result = clean(f"a{suffix}", f"b{suffix}")
    assert result.exit_code == 2 and "name where the output goes last" in result.stderr
    assert (tmp_path / f"b{suffix}").read_bytes() == before
    assert clean(f"a{suffix}", f"b{suffix}", "--force").exit_code == 0
    assert b"Debris" not in (tmp_path / f"b{suffix}").read_bytes()
    (tmp_path / "else").mkdir()
    (tmp_path / "else" / "c.html").write_text(page(1))
    assert clean(f"a{suffix}", "else/c.html").exit_code == 2
    # What is empty, or was made by a run, is replaced.
    (tmp_path / f"new{suffix}").touch()
    assert clean(f"a{suffix}", f"new{suffix}").exit_code == 0


@pytest.mark.parametrize("format", ["warc", "parquet"])
def test_an_archive_is_no_stream(clean, format):
    result = clean("-", "--input-format", format, input=b"WARC/1.0\r\n")
    assert result.exit_code == 2 and "needs a file" in result.stderr
    result = clean("-", input=b"WARC/1.0\r\n")
    assert result.exit_code == 1 and "it is a web archive" in result.stderr


def test_the_output_of_a_run_is_made_again(clean, page, tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "a.txt.txt").write_text("Body one\n\nDebris two")
    (tmp_path / "a.html").write_text(page(1))
    (tmp_path / "a.jsonl").write_text(json.dumps({"html": page(1)}))
    for _ in range(2):
        assert clean("a.html", "a.txt").exit_code == 0
        assert clean("a.txt.txt", "out/a.txt").exit_code == 0
        assert clean("a.jsonl", "b.jsonl").exit_code == 0


@pytest.mark.parametrize("before", [b"\xef\xbb\xbf", b"\n \n\r\n"])
@pytest.mark.parametrize("command", ["run", "explain"])
def test_records_on_standard_input_are_told_by_what_they_begin_with(clean, page, before, command):
    record = json.dumps({"id": "7", "html": page(1)}).encode()
    result = clean(command, "-", input=before + record + b"\n")
    assert result.exit_code == 0, result.output
    if command == "run":
        assert json.loads(result.stdout)["text"] == "Body text of page 1."
    else:
        assert [line.split()[0] for line in result.stdout.splitlines()] == ["keep", "drop"]


def test_a_failed_record_behind_blank_lines_has_its_number(clean):
    result = clean("-", input=b'\n\n{"text": 5}\n')
    assert "stdin:3: " in result.stderr


@pytest.mark.parametrize("seconds", ["nan", "inf", "-1", "1e300"])
def test_a_time_limit_is_a_number(clean, pages, seconds):
    result = clean("in", "out", "--timeout", seconds)
    assert result.exit_code == 2 and "--timeout" in result.stderr


def test_names_that_are_as_long_as_can_be(clean, page, tmp_path, files_in):
    folder = tmp_path / "in"
    folder.mkdir()
    for name in ("x" * 250, "x" * 249 + "y", "é" * 125, "x" * 100):
        (folder / f"{name}.html").write_text(page(1))
    result = clean("in", "out", "--verdicts")
    assert result.exit_code == 0, result.output
    made = files_in(tmp_path / "out")
    assert len(made) == 8 and f"{'x' * 100}.verdicts.jsonl" in made
    assert sum(text == b"Body text of page 1.\n" for text in made.values()) == 4
    again = clean("in", "out", "--verdicts")
    assert "4 skipped" in again.stderr


@pytest.mark.skipif(os.name != "posix" or os.getuid() == 0, reason="root may write everywhere")
def test_a_folder_that_cannot_be_written_to_is_told_by_the_name_that_was_given(
    clean, page, tmp_path
):
    (tmp_path / "a.html").write_text(page(1))
    (tmp_path / "out").mkdir(0o500)
    result = clean("a.html", "out/a.txt")
    assert result.exit_code == 1 and "out/a.txt: Permission denied" in result.stderr


def test_what_is_read_otherwise_is_read_again(clean, page, tmp_path):
    (tmp_path / "in.dat").write_text(json.dumps({"html": page(1)}) + "\n")
    assert clean("in.dat", "out.jsonl").exit_code == 0
    assert clean("in.dat", "out.jsonl", "--input-format", "jsonl").exit_code == 0
    assert json.loads((tmp_path / "out.jsonl").read_text())["text"] == "Body text of page 1."
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.txt").write_text(page(1))
    clean("in", "out", "--input-format", "text")
    assert "1 cleaned" in clean("in", "out", "--input-format", "html").stderr
    assert (tmp_path / "out" / "a.txt").read_text() == "Body text of page 1.\n"


@pytest.mark.parametrize("option", ["--max-page", "--max-line", "--timeout"])
def test_pages_that_failed_are_tried_again_within_other_bounds(clean, page, tmp_path, option):
    small, large = ("20", "20M") if option != "--timeout" else ("0.00001", "10")
    (tmp_path / "in.jsonl").write_text(json.dumps({"html": page(1)}) + "\n")
    assert clean("in.jsonl", "out.jsonl", option, small).exit_code == 1
    assert "1 failed then" in clean("in.jsonl", "out.jsonl", option, small).stderr
    result = clean("in.jsonl", "out.jsonl", option, large)
    assert (result.exit_code, "1 cleaned" in result.stderr) == (0, True)
    assert "1 skipped" in clean("in.jsonl", "out.jsonl", option, small).stderr


def test_records_packed_by_xz(clean, page, tmp_path):
    record = json.dumps({"html": page(1)}).encode() + b"\n"
    (tmp_path / "in.jsonl.xz").write_bytes(lzma.compress(record))
    assert clean("in.jsonl.xz", "out.jsonl.xz").exit_code == 0
    written = lzma.decompress((tmp_path / "out.jsonl.xz").read_bytes())
    assert json.loads(written)["text"] == "Body text of page 1."
    assert clean("in.jsonl.xz", "out/").exit_code == 0
    assert (tmp_path / "out" / "in.jsonl.xz").read_bytes() == (
        tmp_path / "out.jsonl.xz"
    ).read_bytes()


@pytest.mark.parametrize(
    "out", ["out.csv", "out.jsonl.bz2", "out.warc.gz", "out.txt.xz", "out.json"]
)
def test_an_output_that_is_no_form_of_ours_is_refused(clean, pages, page, tmp_path, out):
    for given in (["in"], ["in/a.html", "in/b.htm"]):
        result = clean(*given, out)
        assert result.exit_code == 2, result.output
        assert not (tmp_path / out).exists()
    assert clean("in/a.html", "a.txt.gz").exit_code == 2


def test_a_folder_that_holds_nothing_of_its_kind_is_told(clean, pages, tmp_path):
    (tmp_path / "empty").mkdir()
    result = clean("in", "out", "--models", "empty")
    assert result.exit_code == 0 and "no site models in it" in result.stderr
    result = clean("in", "out", "--sites", "empty", with_sites=False)
    assert "no templates (*.toml) in it" in result.stderr
    (tmp_path / "empty" / "meta.json").write_text('{"site_feature_version": 3}')
    result = clean("in", "out", "--models", "empty")
    assert result.exit_code == 2 and "a folder with models of sites was expected" in result.stderr
    result = clean("in", "out", "--model", "empty")
    assert result.exit_code == 2 and "--models" in result.stderr
