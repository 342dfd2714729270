import gzip
import json
import os

import pytest


def test_a_folder_becomes_a_folder(clean, pages, tmp_path, files_in):
    result = clean("in", "out")
    assert result.exit_code == 0, result.output
    assert result.stdout == ""
    assert result.stderr == (
        "3 cleaned, 0 unchanged, 0 emptied, 0 failed, 0 skipped (already done)\n"
    )
    assert files_in(tmp_path / "out") == {
        "a.txt": b"Body text of page 0.\n",
        "b.txt": b"Body text of page 1.\n",
        "deep/er/c.txt": b"Body text of page 2.\n",
    }


@pytest.mark.parametrize("command", [[], ["run"], ["--quiet"], ["-j", "1"]])
def test_run_is_the_default_command(clean, pages, tmp_path, command):
    assert clean(*command, "in", "out").exit_code == 0
    assert (tmp_path / "out" / "a.txt").exists()


def test_the_summary_tells_how_pages_ended(clean, tmp_path):
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "cleaned.txt").write_text("Body one\n\nDebris two")
    (folder / "unchanged.txt").write_text("Body one")
    (folder / "emptied.txt").write_text("Debris two")
    (folder / "blank.txt").write_text("")
    (folder / "logo.png").write_text("")
    result = clean("in", "out")
    assert result.stderr == (
        "1 cleaned, 2 unchanged, 1 emptied, 0 failed, 0 skipped (already done); "
        "1 other files not read\n"
    )
    assert (tmp_path / "out" / "emptied.txt").read_bytes() == b""


def test_a_page_without_a_line_is_emptied(clean, tmp_path):
    (tmp_path / "app.html").write_text("<div id=app></div><script>start()</script>")
    (tmp_path / "blank.html").write_text(" \n")
    assert "0 unchanged, 1 emptied" in clean("app.html", "out/").stderr
    assert "1 unchanged, 0 emptied" in clean("blank.html", "out/").stderr


@pytest.mark.parametrize("command", [[], ["explain"]])
def test_what_is_no_text_is_a_failure(clean, tmp_path, command):
    (tmp_path / "a.html").write_bytes(b"%PDF-1.7 Body")
    result = clean(*command, "a.html")
    assert (result.exit_code, result.stdout) == (1, "")
    assert "not text or HTML: it is PDF" in result.stderr
    result = clean(*command, "-", input=b"\x1f\x8bBody")
    assert (result.exit_code, result.stdout) == (1, "")
    assert "not text or HTML: it is gzipped" in result.stderr


def test_pages_that_would_share_a_name_keep_their_own(clean, tmp_path, files_in):
    folder = tmp_path / "in"
    folder.mkdir()
    for name in ("a.html", "a.txt", "b.html", "B.txt", "c.html"):
        (folder / name).write_text(f"Body {name}")
    clean("in", "out")
    assert files_in(tmp_path / "out") == {
        f"{output}.txt": f"Body {name}\n".encode()
        for name, output in {
            "a.html": "a.html",
            "a.txt": "a.txt",
            "b.html": "b.html",
            "B.txt": "B.txt",
            "c.html": "c",
        }.items()
    }


def test_output_in_the_input_folder_is_not_read_again(clean, pages, files_in):
    assert clean("in", "in/out").exit_code == 0
    (pages / "out" / "extra.txt").write_text("Body")
    result = clean("in", "in/out")
    assert "3 skipped" in result.stderr
    assert len(files_in(pages / "out")) == 4


@pytest.mark.parametrize(
    "args",
    [
        ("in", "in"),
        ("in", "."),
        ("in/a.html", "in/a.html"),
        ("page.txt", "."),
        ("all.jsonl", "all.jsonl"),
        ("all.jsonl", ".", "--format", "jsonl"),
        ("all.verdicts.jsonl", "./", "--verdicts"),
        ("all.verdicts.jsonl", ".", "--verdicts"),
        ("page.verdicts.jsonl", "page.txt", "--verdicts", "--input-format", "text"),
        ("*.jsonl", "all.jsonl"),
    ],
)
def test_output_never_takes_the_place_of_input(clean, pages, tmp_path, files_in, args):
    (tmp_path / "page.txt").write_text("Body")
    (tmp_path / "all.jsonl").write_text('{"id": "all", "text": "Body"}')
    for name in (
        "all.verdicts.jsonl",
        "page.verdicts.jsonl",
    ):
        (tmp_path / name).write_text('{"id": "all", "text": "Body"}')
    before = files_in(tmp_path)
    result = clean(*args)
    assert result.exit_code == 2
    assert "would overwrite input" in result.stderr
    assert files_in(tmp_path) == before


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (("nothing", "out"), "does not exist"),
        (("in", "out", "--keep", "nonsense"), "nonsense"),
        (("in", "out", "--keep", "share", "--drop", "share"), "both name share"),
        (("in", "out", "--threshold", "2"), "threshold"),
        (("in", "out", "--model", "no-such-model"), "no-such-model"),
        (("in", "all.txt"), "is a file for one page"),
        (("in", "in/a.html"), "is a file for one page"),
        (("in", "out.jsonl", "--format", "txt"), "needs a folder"),
        (("in/a.html", "-", "--verdicts"), "needs --format jsonl"),
        (("in", "out", "--format", "parquet"), "needs a file"),
        (("in/*.warc", "out"), "no file has such a name"),
        (("in", "out", "--max-page", "much"), "expected a size"),
        (("in", "in/a.html", "in/b.htm"), "no run of `clean` made it"),
        (("--bogus",), "No such option"),
    ],
)
def test_wrong_usage_is_told_and_writes_nothing(clean, pages, tmp_path, files_in, args, message):
    before = files_in(tmp_path)
    result = clean(*args)
    assert result.exit_code == 2, result.output
    assert message in " ".join(result.stderr.split())
    assert result.stdout == ""
    assert files_in(tmp_path) == before


def test_one_page_to_standard_output(clean, pages):
    result = clean("in/a.html")
    assert result.stdout == "Body text of page 0.\n"
    assert clean("in/a.html", "-", "--quiet").stderr == ""


def test_one_page_to_a_file_or_into_a_folder(clean, pages, tmp_path):
    clean("in/a.html", "new/page.md")
    clean("in/a.html", "folder/")
    for path in ("new/page.md", "folder/a.txt"):
        assert (tmp_path / path).read_text() == "Body text of page 0.\n"
    assert sorted(path.name for path in (tmp_path / "new").iterdir()) == ["page.md"]


def test_a_page_on_standard_input(clean, page, tmp_path):
    assert clean("-", input=page(1)).stdout == "Body text of page 1.\n"
    assert clean("-", "-", input="Body a\nDebris b").stdout == "Body a\n"
    clean("-", "out/", input=page(2))
    assert (tmp_path / "out" / "stdin.txt").read_text() == "Body text of page 2.\n"


@pytest.mark.parametrize("options", [[], ["--input-format", "jsonl"]])
def test_jsonl_on_standard_input(clean, options):
    records = '{"id": 1, "text": "Body"}\n{"id": 2, "text": "Debris 2"}\n'
    result = clean("-", "-", *options, input=records)
    assert result.stdout == '{"id": 1, "text": "Body"}\n{"id": 2, "text": ""}\n'


def test_many_pages_to_standard_output_are_jsonl(clean, pages):
    records = [json.loads(line) for line in clean("in", "-").stdout.splitlines()]
    assert records == [
        {"id": "a.html", "text": "Body text of page 0."},
        {"id": "b.htm", "text": "Body text of page 1."},
        {"id": "deep/er/c.html", "text": "Body text of page 2."},
    ]
    text = clean("in", "-", "--format", "txt").stdout
    assert text == "Body text of page 0.\n\nBody text of page 1.\n\nBody text of page 2.\n"


@pytest.mark.parametrize("suffix", [".jsonl", ".jsonl.gz"])
def test_records_go_round_with_the_fields_they_carry(clean, page, tmp_path, suffix):
    def opened(path, mode):
        return (gzip.open if suffix.endswith(".gz") else open)(path, mode, encoding="utf-8")

    records = [
        {"id": n, "url": None, "html": page(n), "meta": {"lang": "ελ", "n": [n, 0.5]}}
        for n in range(100)
    ]
    with opened(tmp_path / f"in{suffix}", "wt") as file:
        file.writelines(json.dumps(record) + "\n" for record in records)
    assert clean(f"in{suffix}", f"out{suffix}").exit_code == 0
    with opened(tmp_path / f"out{suffix}", "rt") as file:
        assert [json.loads(line) for line in file] == [
            {"id": n, "url": None, "meta": record["meta"], "text": f"Body text of page {n}."}
            for n, record in enumerate(records)
        ]


def test_fields_can_have_other_names(clean, tmp_path):
    (tmp_path / "in.jsonl").write_text('{"key": "x", "raw": "<p>Body</p><p>Debris 1</p>"}')
    options = ["--html-field", "raw", "--text-field", "body", "--id-field", "key"]
    clean("in.jsonl", "out", "--format", "txt", *options)
    clean("in.jsonl", "out.jsonl", *options)
    assert (tmp_path / "out" / "x.txt").read_text() == "Body\n"
    assert json.loads((tmp_path / "out.jsonl").read_text()) == {"key": "x", "body": "Body"}


def test_broken_records_are_named_and_the_rest_goes_on(clean, tmp_path):
    lines = [
        b'{"id": 1, "text": "Body"}',
        b"{oops",
        b'{"text": "\xff"}',
        b'{"id": 2}',
        b'{"text": "Body"}',
    ]
    (tmp_path / "in.jsonl").write_bytes(b"\n".join(lines))
    result = clean("in.jsonl", "-")
    assert result.exit_code == 1
    assert result.stdout == '{"id": 1, "text": "Body"}\n{"text": "Body"}\n'
    second, third, fourth, summary = result.stderr.splitlines()
    assert second.startswith("in.jsonl:2: not JSON")
    assert third.startswith("in.jsonl:3: not UTF-8")
    assert fourth == "in.jsonl:4: neither 'html' nor 'text' is there; the fields are: 'id'"
    assert "3 failed" in summary


def test_ids_cannot_lead_out_of_the_folder(clean, tmp_path, files_in):
    ids = [
        "../up",
        "/etc/x",
        "a/../../b",
        "..",
        "con",
        "\0",
        "x\n\x1b[31m",
        "same",
        "same",
        "é" * 300,
    ]
    (tmp_path / "in.jsonl").write_text(
        "".join(json.dumps({"id": id, "text": "Body"}) + "\n" for id in ids)
    )
    assert clean("in.jsonl", "out", "--format", "txt", "--verdicts").exit_code == 0
    assert {path.name for path in tmp_path.iterdir()} == {"in.jsonl", "out"}
    written = files_in(tmp_path / "out")
    assert len([name for name in written if name.endswith(".txt")]) == len(ids)
    assert all(name.isprintable() and "/" not in name for name in written)


@pytest.mark.skipif(os.name != "posix", reason="file names are bytes on POSIX only")
def test_file_names_are_kept_and_never_reach_the_terminal_raw(clean, tmp_path):
    folder = tmp_path / "in"
    folder.mkdir()
    good = [os.fsdecode(b"caf\xe9"), "новость", "[red]x", "\x1b]0;x\x07", " spaced ", "日本"]
    for name in good:
        (folder / f"{name}.txt").write_text("Body")
    result = clean("in", "out")
    assert result.exit_code == 0, result.output
    for name in good:
        assert (tmp_path / "out" / f"{name}.txt").read_text() == "Body\n"
    (tmp_path / "out" / f"{good[3]}.txt").unlink()
    (tmp_path / "out" / f"{good[3]}.txt").mkdir()
    result = clean("in", "out")
    assert result.exit_code == 1
    # The page that failed, and the file that it failed on.
    name = r"\x1b]0;x\x07.txt"
    assert f"in/{name}: out/{name}: Is a directory" in result.stderr
    assert "\x1b" not in result.stderr
    assert clean("in", "out.jsonl").exit_code == 0
    ids = [json.loads(line)["id"] for line in (tmp_path / "out.jsonl").read_text().splitlines()]
    assert "caf\\xe9.txt" in ids


def test_verdicts_go_when_a_text_is_written_without(clean, pages, tmp_path, files_in):
    clean("in", "out", "--verdicts")
    (tmp_path / "in" / "b.htm").unlink()
    clean("in", "out", "--drop", "body")
    assert "a.verdicts.jsonl" not in files_in(tmp_path / "out")
    assert "b.verdicts.jsonl" in files_in(tmp_path / "out")  # its text stands there as it was


def test_verdicts_stay_when_another_text_of_the_name_is_written(clean, pages, tmp_path, files_in):
    clean("in", "out", "--verdicts")
    for options in [("--format", "md"), ("--format", "jsonl")]:
        clean("in", "out", *options)
        clean("in", "out", *options, "--force")
        assert "a.verdicts.jsonl" in files_in(tmp_path / "out")


def test_verdicts_stand_beside_the_text(clean, pages, tmp_path, files_in):
    clean("in", "out", "--verdicts")
    assert sorted(files_in(tmp_path / "out")) == [
        "a.txt",
        "a.verdicts.jsonl",
        "b.txt",
        "b.verdicts.jsonl",
        "deep/er/c.txt",
        "deep/er/c.verdicts.jsonl",
    ]
    kept, dropped = map(
        json.loads, (tmp_path / "out" / "a.verdicts.jsonl").read_text().splitlines()
    )
    assert kept["keep"]
    assert kept["reason"] == "template:lines.test/body"
    assert {**dropped, "probability": 0} == {
        "line": dropped["line"],
        "keep": False,
        "kind": "promotion",
        "probability": 0,
        "reason": "template:lines.test/debris",
        "path": dropped["path"],
        "text": "Debris of page 0.",
    }


def test_verdicts_stand_in_the_record(clean):
    result = clean("-", "-", "--format", "jsonl", "--verdicts", input="Body é\nDebris 2\n")
    record = json.loads(result.stdout)
    audit = record.pop("cleaner")
    assert record == {"id": "stdin", "text": "Body é"}
    assert audit["flags"] == []
    assert [(line["line"], line["keep"], line["text"]) for line in audit["lines"]] == [
        (1, True, "Body é"),
        (2, False, "Debris 2"),
    ]
    assert (audit["lines"][1]["start"], audit["lines"][1]["end"]) == (7, 15)


def test_verdicts_take_no_field_of_the_users(clean):
    lines = '{"text": "Body", "flags": 1, "lines": 2}\n{"text": "Body", "cleaner": 3}\n'
    result = clean("-", "-", "--verdicts", input=lines)
    record = json.loads(result.stdout)
    assert (record["flags"], record["lines"], list(record["cleaner"])) == (1, 2, ["flags", "lines"])
    assert result.exit_code == 1
    assert "stdin:2: a field 'cleaner' is there already" in result.stderr
    assert json.loads(clean("-", "-", input=lines).stdout.splitlines()[1])["cleaner"] == 3


def test_a_title_is_added_where_a_record_has_none(clean):
    html = "<title>A cold winter</title><p>Body</p>"
    records = [{"html": html}, {"html": html, "title": "Mine"}, {"html": html, "title": None}]
    result = clean("-", "-", input="".join(json.dumps(record) + "\n" for record in records))
    written = [json.loads(line)["title"] for line in result.stdout.splitlines()]
    assert written == ["A cold winter", "Mine", None]


def test_a_dry_run_reports_and_writes_nothing(clean, pages, tmp_path, files_in):
    (tmp_path / "in.jsonl").write_text('{"text": "Body"}\n{oops\n')
    before = files_in(tmp_path)
    for args in (("in", "out"), ("in", "out.jsonl.gz"), ("in/a.html", "a.txt"), ("in", "-")):
        result = clean(*args, "--dry-run")
        assert result.exit_code == 0
        assert result.stdout == ""
        assert result.stderr.startswith("Dry run: ")
    assert clean("in.jsonl", "out", "--dry-run").exit_code == 1
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in", "in.jsonl"]
    assert files_in(tmp_path) == before
    clean("in", "out")
    assert "3 skipped" in clean("in", "out", "--dry-run").stderr
    assert "3 cleaned" in clean("in", "out", "--dry-run", "--force").stderr
    assert "3 skipped" in clean("in", "out").stderr


def test_a_second_run_does_what_is_new_or_changed(clean, pages, page, tmp_path):
    def done(*options):
        counts = clean("in", "out", *options).stderr.split(", ")
        return int(counts[0].split()[0]), int(counts[4].split()[0])

    assert done() == (3, 0)
    assert done() == (0, 3)
    (pages / "new.html").write_text(page(3))
    assert done() == (1, 3)
    (pages / "new.html").write_text(page(33))
    assert done() == (1, 3)
    os.utime(pages / "a.html", ns=(1, 1))
    assert done() == (1, 3)
    (tmp_path / "out" / "a.txt").unlink()
    assert done() == (1, 3)
    assert done("--force") == (4, 0)
    assert done("--drop", "caption") == (4, 0)
    assert done("--drop", "caption") == (0, 4)
    # What was made with other options is not taken for what is asked for.
    assert done() == (4, 0)
    assert done("--verdicts") == (4, 0)
    (tmp_path / "out" / "b.verdicts.jsonl").unlink()
    assert done("--verdicts") == (1, 3)


def test_pages_are_cleaned_again_when_the_templates_change(clean, pages, tmp_path):
    own = tmp_path / "own"
    own.mkdir()
    template = (
        'name = "own"\nabout = "x"\nmatch.always = true\n'
        '[[rules]]\nname = "r"\nregex = ["{}", "^Debris"]\n'
    )
    (own / "own.toml").write_text(template.format("^Body"))
    assert "3 emptied" in clean("in", "out", "--sites", own, with_sites=False).stderr
    assert "3 skipped" in clean("in", "out", "--sites", own, with_sites=False).stderr
    (own / "own.toml").write_text(template.format("^Nothing"))
    assert "0 skipped" in clean("in", "out", "--sites", own, with_sites=False).stderr


@pytest.mark.parametrize("dry_run", [[], ["--dry-run"]])
def test_notes_that_are_a_link_or_a_file_are_refused(clean, pages, tmp_path, files_in, dry_run):
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / ".1.part").write_text("mine")
    (tmp_path / "linked").mkdir()
    (tmp_path / "linked" / ".clean").symlink_to(outside, target_is_directory=True)
    (tmp_path / "filed").mkdir()
    (tmp_path / "filed" / ".clean").write_text("mine")
    before = files_in(tmp_path)
    for out in ("linked", "filed"):
        result = clean("in", out, *dry_run)
        assert result.exit_code == 2
        assert "is a link or a file" in " ".join(result.stderr.split())
    assert files_in(tmp_path) == before
    assert (tmp_path / "filed" / ".clean").read_text() == "mine"


@pytest.mark.parametrize(
    ("out", "lock"), [("out", "out/.clean/lock"), ("out.jsonl", ".out.jsonl.clean/lock")]
)
def test_a_second_run_into_the_same_place_is_refused(clean, pages, tmp_path, out, lock):
    (tmp_path / lock).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / lock).write_text(str(os.getppid()))
    result = clean("in", out)
    assert result.exit_code == 2
    assert "another run writes here" in " ".join(result.stderr.split())
    assert (tmp_path / lock).exists()
    assert not list(tmp_path.glob("out*/a.txt")) + list(tmp_path.glob("out.jsonl*"))
    assert clean("in", out, "--dry-run").exit_code == 0
    (tmp_path / lock).unlink()
    assert clean("in", out).exit_code == 0
    assert not (tmp_path / lock).exists()


def test_records_in_a_folder_are_done_once(clean, tmp_path):
    source = tmp_path / "in.jsonl"
    source.write_text('{"id": 1, "text": "Body"}\n{"id": 2, "text": "Body"}\n')
    clean("in.jsonl", "out", "--format", "txt")
    source.write_text('{"id": 1, "text": "Body"}\n{"id": 2, "text": "Body 2"}\n')
    assert "1 skipped" in clean("in.jsonl", "out", "--format", "txt").stderr
    assert (tmp_path / "out" / "2.txt").read_text() == "Body 2\n"


def test_a_complete_jsonl_file_is_not_made_again(clean, pages, tmp_path):
    clean("in", "out.jsonl")
    before = (tmp_path / "out.jsonl").stat()
    assert "3 skipped" in clean("in", "out.jsonl").stderr
    assert (tmp_path / "out.jsonl").stat() == before
    assert "3 cleaned" in clean("in", "out.jsonl", "--verdicts").stderr
    assert "3 cleaned" in clean("in", "out.jsonl").stderr
    os.utime(pages / "a.html", ns=(1, 1))
    assert "3 cleaned" in clean("in", "out.jsonl").stderr
    assert "3 cleaned" in clean("in", "out.jsonl", "--force").stderr
    (tmp_path / "out.jsonl").write_text("mine\n")
    assert "3 cleaned" in clean("in", "out.jsonl").stderr
    for damage in (b"", b"\0\xff"):
        (tmp_path / ".out.jsonl.clean" / "done" / "out.jsonl.json").write_bytes(damage)
        assert "3 cleaned" in clean("in", "out.jsonl").stderr


def test_pages_that_failed_are_tried_again_when_asked(clean, tmp_path):
    (tmp_path / "in.jsonl").write_text('{"text": "Body"}\n{"id": 7, "url": "u"}\n')
    for options in ([], ["--retry-failed"]):
        result = clean("in.jsonl", "out.jsonl", *options)
        assert result.exit_code == 1
        assert "1 unchanged" in result.stderr
        again = clean("in.jsonl", "out.jsonl")
        assert "1 skipped (already done); 1 failed then" in again.stderr
        assert again.exit_code == 1
        quiet = clean("in.jsonl", "out.jsonl", "-q")
        assert (quiet.exit_code, "1 failed in an earlier run" in quiet.stderr) == (1, True)
    assert (tmp_path / "out.jsonl").read_text() == '{"text": "Body"}\n'
    (failure,) = (tmp_path / ".out.jsonl.clean" / "failures.jsonl").read_text().splitlines()
    assert json.loads(failure) == {
        "shard": "in.jsonl",
        "position": 2,
        "id": "",
        "url": None,
        "stage": "read",
        "error": "neither 'html' nor 'text' is there; the fields are: 'id', 'url'",
    }
