import gzip
import json
import shutil

import pytest
import zstandard
from click.testing import CliRunner

from cleaner.cli import main


def run(*args):
    return CliRunner().invoke(main, [str(arg) for arg in args])


@pytest.fixture(scope="module")
def written(tmp_path_factory, page, sites):
    """Two runs, and a third that keeps what they drop."""
    folder = tmp_path_factory.mktemp("outputs")
    pages = folder / "in"
    pages.mkdir()
    for number, name in enumerate("abc"):
        (pages / f"{name}.html").write_text(page(number))
    for out, options in (("a", []), ("b", []), ("c", ["--keep", "promotion"])):
        run(pages, folder / out, "--verdicts", "--sites", sites, *options)
        run(pages, folder / f"{out}.jsonl", "--verdicts", "--sites", sites, *options)
    return folder


@pytest.fixture
def outputs(written, tmp_path):
    """A copy of them that may be changed."""
    shutil.copytree(written, tmp_path, dirs_exist_ok=True)
    return tmp_path


@pytest.mark.parametrize("form", ["", ".jsonl"])
def test_the_same_twice(outputs, form):
    result = run("diff", outputs / f"a{form}", outputs / f"b{form}")
    assert (result.exit_code, result.stdout) == (0, "")
    assert "0 lines changed on 0 of 3 pages" in result.stderr


@pytest.mark.parametrize("form", ["", ".jsonl"])
def test_what_changed_and_why(outputs, form):
    result = run("diff", outputs / f"a{form}", outputs / f"c{form}")
    assert result.exit_code == 1
    lines = result.stdout.splitlines()
    assert len(lines) == 3
    assert "+ [drop template:lines.test/debris → keep policy:promotion] Debris of page" in lines[0]
    why = "drop template:lines.test/debris → keep policy:promotion"
    assert f"3 lines, 12 words: {why}" in result.stderr
    back = run("diff", outputs / f"c{form}", outputs / f"a{form}", "--json")
    first = json.loads(back.stdout.splitlines()[0])
    assert (first["before"]["keep"], first["after"]["keep"]) == (True, False)


def test_pages_that_are_in_one_only(outputs):
    (outputs / "c" / "a.verdicts.jsonl").unlink()
    result = run("diff", outputs / "c", outputs / "a", "-q")
    assert result.exit_code == 1 and result.stdout == ""
    assert "+ 1 pages" in result.stderr
    assert "+ page a" in run("diff", outputs / "c", outputs / "a").stderr


def record(text, keep=True, **fields):
    line = {"text": text, "keep": keep, "probability": 0.5, "kind": "body", "reason": "model"}
    return json.dumps({**fields, "text": text, "cleaner": {"flags": [], "lines": [line]}}) + "\n"


def test_pages_of_one_name_are_compared_one_by_one(tmp_path):
    before, after = tmp_path / "a.jsonl", tmp_path / "b.jsonl"
    before.write_text(record("first", id="x") + record("second", id="x"))
    after.write_text(record("first", False, id="x") + record("second", id="x"))
    result = run("diff", before, after)
    assert result.stdout == "x: - [keep model → drop model] first\n"
    after.write_text(record("first", id="x") + record("second", False, id="x"))
    assert run("diff", before, after).stdout.startswith("x (2): - ")


def test_outputs_of_any_form_are_compared(outputs, sites):
    pytest.importorskip("pyarrow", reason="needs the extra `parquet`")
    for out, options in (("a", []), ("c", ["--keep", "promotion"])):
        run(outputs / "in", outputs / f"{out}.parquet", "--verdicts", "--sites", sites, *options)
    texts = [
        run("diff", outputs / f"a{form}", outputs / "c").stdout.replace(".html:", ":")
        for form in ("", ".jsonl", ".parquet")
    ]
    assert texts[0] and texts[0] == texts[1] == texts[2]
    assert run("diff", outputs / "a.parquet", outputs / "a").exit_code == 0


def test_ids_that_differ_in_their_endings_are_of_different_pages(tmp_path):
    before, after = tmp_path / "a.jsonl", tmp_path / "b.jsonl"
    ids = ["a.html", "a.htm", "https://a.example/x.html"]
    before.write_text("".join(record(f"of {id}", id=id) for id in ids))
    after.write_text(
        record("of a.htm", id="a.htm") + record("of x", False, id="https://a.example/x.html")
    )
    result = run("diff", before, after, "--json")
    assert {json.loads(line)["page"] for line in result.stdout.splitlines()} == {ids[2]}
    assert result.stderr.startswith("- page a.html\n")


def test_a_folder_whose_names_meet_is_compared_with_records(tmp_path, sites, page):
    (tmp_path / "in").mkdir()
    for name in ("a.html", "a.txt", "b.html"):
        (tmp_path / "in" / name).write_text(page(1))
    for out in ("out", "out.jsonl"):
        run(tmp_path / "in", tmp_path / out, "--verdicts", "--sites", sites)
    result = run("diff", tmp_path / "out", tmp_path / "out.jsonl")
    assert (result.exit_code, result.stdout) == (0, ""), result.stderr


def test_parquet_with_fields_of_other_names(tmp_path, sites, page):
    pytest.importorskip("pyarrow", reason="needs the extra `parquet`")
    (tmp_path / "in.jsonl").write_text(json.dumps({"id": "x", "body": page(1)}))
    names = ["--html-field", "body", "--text-field", "main", "--verdicts", "--sites", sites]
    run(tmp_path / "in.jsonl", tmp_path / "a.parquet", *names)
    assert run("diff", tmp_path / "a.parquet", tmp_path / "a.parquet").exit_code == 0


def test_a_name_that_another_page_would_get_is_its_own(tmp_path):
    before, after = tmp_path / "a.jsonl", tmp_path / "b.jsonl"
    before.write_text(record("first", id="x") + record("second", id="x") + record("x", id="x (2)"))
    after.write_text(
        record("first", id="x") + record("second", False, id="x") + record("x", id="x (2)")
    )
    assert run("diff", before, after).stdout.startswith("x (2): - ")


def test_pages_of_several_files_are_compared_with_those_in_the_same(tmp_path):
    for out in ("a", "b"):
        (tmp_path / out).mkdir()
        (tmp_path / out / "one.jsonl").write_text(record("of one", id=1) * (out == "a"))
        (tmp_path / out / "two.jsonl").write_text(record("of two", id=1))
    result = run("diff", tmp_path / "a", tmp_path / "b")
    assert result.stdout == ""
    assert result.stderr.startswith("- page 1 in one\n")


@pytest.mark.parametrize(("fields", "name"), [({}, ":2"), ({"url": "http://a.example/"}, "")])
def test_pages_without_an_id_are_compared_all_the_same(tmp_path, fields, name):
    before, after = tmp_path / "a.jsonl", tmp_path / "b.jsonl"
    before.write_text(record("first") + record("second", **fields))
    after.write_text(record("first") + record("second", False, **fields))
    result = run("diff", before, after)
    assert result.stdout == f"{name or fields['url']}: - [keep model → drop model] second\n"
    assert "1 lines changed on 1 of 2 pages" in result.stderr


def test_a_lone_surrogate_in_json(tmp_path):
    before, after = tmp_path / "a.jsonl", tmp_path / "b.jsonl"
    before.write_text(record("\ud800"))
    after.write_text(record("\ud800", False))
    assert json.loads(run("diff", before, after, "--json").stdout)["text"] == "\ud800"


def packed(name, data):
    return zstandard.compress(data) if name.endswith(".zst") else gzip.compress(data)


@pytest.mark.parametrize("name", ["a.jsonl.gz", "a.jsonl.zst"])
def test_outputs_that_are_packed_and_those_that_are_cut_short(tmp_path, name):
    whole, cut = tmp_path / name, tmp_path / f"cut-{name}"
    data = "".join(record(f"line {n * n * 7919}", id=f"{n}") for n in range(500)).encode()
    whole.write_bytes(packed(name, data))
    cut.write_bytes(whole.read_bytes()[:-40])
    assert run("diff", whole, whole).exit_code == 0
    result = run("diff", whole, cut)
    assert result.exit_code == 2 and f"{cut}:" in result.stderr
    assert "cannot be read beyond this line" in result.stderr


@pytest.mark.parametrize("bad", ["[" * 100_000, '{"id": "z", "te', '{"id": "z", "text": "plain"}'])
def test_a_record_that_cannot_be_compared_is_named(tmp_path, bad):
    path = tmp_path / "a.jsonl"
    path.write_text(f"{record('first')}{bad}\n")
    result = run("diff", path, path)
    assert result.exit_code == 2 and f"{path}:2: " in result.stderr


def test_an_output_without_verdicts(outputs, pages):
    result = run("diff", pages, outputs / "a")
    assert result.exit_code == 2
    assert "--verdicts" in result.stderr


def test_lines_that_only_one_output_has(tmp_path):
    def write(name, texts):
        lines = [
            {"text": t, "keep": True, "kind": "body", "probability": 1, "reason": "model:base"}
            for t in texts
        ]
        (tmp_path / name).write_text(json.dumps({"id": "p", "cleaner": {"lines": lines}}) + "\n")
        return tmp_path / name

    result = run("diff", write("a.jsonl", ["A", "B", "C"]), write("b.jsonl", ["A", "C", "D"]))
    assert result.stdout.splitlines() == [
        "p: - [keep model:base → no such line] B",
        "p: + [no such line → keep model:base] D",
    ]
