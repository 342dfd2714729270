import contextlib
import os
import re

import pytest

HOSTILE = (
    "Body \x1b]0;title\x07 [bold]markup[/bold] \x9b31m \u202eback :smile: \u200d\n\nDebris x\n"
)
SHOWN = r"Body \x1b]0;title\x07 [bold]markup[/bold] \x9b31m \u202eback :smile: " + "\u200d"


def columns(line):
    verdict, kind, probability, reason, text = line.split(maxsplit=4)
    return verdict, kind, 0 <= float(probability) <= 1, reason, text


def test_every_line_is_shown_with_kind_probability_and_reason(clean, tmp_path):
    (tmp_path / "a.txt").write_text("Body one\n\nDebris two\n")
    result = clean("explain", "a.txt")
    assert result.exit_code == 0
    assert [columns(line) for line in result.stdout.splitlines()] == [
        ("keep", "body", True, "template:lines.test/body", "Body one"),
        ("drop", "promotion", True, "template:lines.test/debris", "Debris two"),
    ]
    assert result.stderr == "1 of 2 lines kept\n"


def test_a_page_on_standard_input(clean):
    result = clean("explain", "-", "--input-format", "html", input="<p>Body a</p><p>Debris b")
    assert [line.split()[0] for line in result.stdout.splitlines()] == ["keep", "drop"]


def test_a_site_is_known_by_its_url(clean, tmp_path):
    own = tmp_path / "own"
    own.mkdir()
    (own / "own.toml").write_text(
        'name = "own"\nabout = "x"\nmatch.domains = ["a.test"]\n'
        '[[rules]]\nname = "r"\nregex = "^Body"\n'
    )
    options = ["--sites", own]
    for how in (["--url", "https://www.a.test/x"], ["--site", "a.test"]):
        result = clean("explain", "-", *how, *options, input="Body a", with_sites=False)
        assert "template:own/r" in result.stdout


def test_control_characters_are_shown_and_markup_is_text(clean, tmp_path):
    (tmp_path / "a.txt").write_text(HOSTILE, encoding="utf-8")
    first = clean("explain", "a.txt").stdout.splitlines()[0]
    assert columns(first)[-1] == SHOWN


def test_on_a_terminal_the_only_escapes_are_our_colours(start, tmp_path):
    pty = pytest.importorskip("pty", reason="needs a pseudo-terminal")
    (tmp_path / "a.txt").write_text(HOSTILE, encoding="utf-8")
    ours, theirs = pty.openpty()
    process = start("explain", "a.txt", out=theirs, TERM="xterm-256color", NO_COLOR="")
    os.close(theirs)
    shown = b""
    # The end of what a process wrote to a terminal is an error.
    with contextlib.suppress(OSError):
        while data := os.read(ours, 4096):
            shown += data
    os.close(ours)
    process.communicate()
    assert b"\x1b[32mkeep" in shown
    assert b"\x1b[31mdrop" in shown
    text = shown.decode()
    assert SHOWN in text
    escapes = re.findall(r"\x1b.[^a-zA-Z]*.", text)
    assert escapes
    assert all(re.fullmatch(r"\x1b\[[\d;]*m", escape) for escape in escapes)
    assert not set(text) & {"\x07", "\x9b", "\u202e"}


WRONG = [("nothing.txt",), ("in",), ("in/a.html", "--model", "no-such-model")]


@pytest.mark.parametrize("args", WRONG)
def test_wrong_usage(clean, pages, args):
    assert clean("explain", *args).exit_code == 2


def test_as_a_page_of_its_own_that_runs_nothing(clean, tmp_path):
    hostile = "<script>alert(1)</script><img src=http://evil.example/x onerror=alert(2)>"
    escaped = "&lt;script&gt;alert(1)&lt;/script&gt;&lt;img"
    (tmp_path / "a.txt").write_text(f"Body {hostile}\n\nDebris \x00 {hostile}\n")
    result = clean(
        "explain", "a.txt", "--html", "--input-format", "text", "--url", f"http://a.test/{hostile}"
    )
    assert result.exit_code == 0
    page = result.stdout
    assert page.count(escaped) >= 3 and "<script" not in page and "<img" not in page
    assert "default-src 'none'" in page
    assert '<li class="drop"' in page and "template:lines.test/debris" in page


@pytest.mark.skipif(os.name != "posix", reason="no pipes with names there")
def test_a_record_in_a_pipe_that_is_named(start, page, tmp_path):
    os.mkfifo(tmp_path / "pipe")
    process = start("explain", "pipe")
    (tmp_path / "pipe").write_text('{"html": "<p>Body a</p><p>Debris b"}')
    out, err = process.communicate(timeout=60)
    assert [line.split()[0] for line in out.decode().splitlines()] == ["keep", "drop"], err


def test_a_file_with_one_record(clean, tmp_path):
    path = tmp_path / "a.jsonl"
    path.write_text('{"id": "7", "url": "https://a.test/", "html": "<p>Body a</p><p>Debris b"}\n')
    result = clean("explain", "a.jsonl")
    assert [line.split()[0] for line in result.stdout.splitlines()] == ["keep", "drop"]
    path.write_text(path.read_text() * 2)
    result = clean("explain", "a.jsonl")
    assert result.exit_code == 2 and "a.jsonl: 2 records; one page was expected" in result.stderr
    path.write_text('{"id": "7"}\n')
    result = clean("explain", "a.jsonl")
    assert result.exit_code == 1 and "a.jsonl: neither 'html' nor 'text'" in result.stderr
