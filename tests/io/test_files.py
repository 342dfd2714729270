import bz2
import lzma
import os
import zlib
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from cleaner.io import files
from cleaner.io.binary import refuse_binary
from cleaner.types import CleanerError


def fill(root, *paths):
    for path in paths:
        target = root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(f"text of {path}")


def ids(source):
    return [entry.id for entry in source.entries]


def test_a_folder_is_read_by_suffix_and_sorted(tmp_path):
    fill(tmp_path, "b.html", "a/z.TXT", "a/y.htm", "a.xhtml", "logo.png", "README")
    source = files.folder(tmp_path)
    assert ids(source) == ["a.xhtml", "a/y.htm", "a/z.TXT", "b.html"]
    assert [entry.position for entry in source.entries] == [1, 2, 3, 4]
    assert (source.size, source.ignored) == (sum(len(f"text of {id}") for id in ids(source)), 2)


def test_the_suffix_says_that_a_page_is_html(tmp_path):
    fill(tmp_path, "a.HTML", "b.txt")
    assert [entry.load().format for entry in files.folder(tmp_path).entries] == ["html", None]
    forced = files.folder(tmp_path, format="text")
    assert [entry.load().format for entry in forced.entries] == ["text", "text"]


def test_hidden_files_and_the_output_are_passed_over(tmp_path):
    fill(tmp_path, "a.html", ".b.html", ".git/c.html", "out/d.txt", "more/out/e.txt")
    source = files.folder(tmp_path, outside=tmp_path / "out")
    assert ids(source) == ["a.html", "more/out/e.txt"]


def test_links_that_lead_out_or_loop_are_not_read(tmp_path):
    root = tmp_path / "in"
    fill(root, "a.html", "sub/b.html")
    fill(tmp_path, "secret.txt")
    (root / "out.txt").symlink_to(tmp_path / "secret.txt")
    (root / "dangling.txt").symlink_to(root / "nothing.txt")
    (root / "self.txt").symlink_to(root / "self.txt")
    (root / "sub" / "loop").symlink_to(root, target_is_directory=True)
    (root / "inside.html").symlink_to(root / "a.html")
    source = files.folder(root)
    assert ids(source) == ["a.html", "inside.html", "sub/b.html"]
    assert source.ignored == 4


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_a_pipe_does_not_stop_the_run(tmp_path):
    os.mkfifo(tmp_path / "a.html")
    source = files.folder(tmp_path)
    assert (ids(source), source.ignored) == ([], 1)


def test_a_page_changes_its_identity_with_size_or_time(tmp_path):
    fill(tmp_path, "a.html")
    before = files.folder(tmp_path).identity()
    assert files.folder(tmp_path).identity() == before
    os.utime(tmp_path / "a.html", ns=(1, 1))
    assert files.folder(tmp_path).identity() != before


def test_a_missing_folder_is_an_error(tmp_path):
    with pytest.raises(FileNotFoundError):
        files.folder(tmp_path / "nothing")


@pytest.mark.skipif(os.name != "posix", reason="file names are bytes on POSIX only")
def test_a_name_that_is_not_unicode_has_an_id_that_is(tmp_path):
    (tmp_path / os.fsdecode(b"caf\xe9.html")).write_text("x")
    (entry,) = files.folder(tmp_path).entries
    assert entry.load().id == "caf\\xe9.html"


def test_a_broken_place_fails_like_a_page():
    entry = files.BrokenEntry("in/sub", "cannot be read: Permission denied", 1)
    with pytest.raises(CleanerError, match="Permission denied"):
        entry.load()


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (b"%PDF-1.7\n", "PDF"),
        (b"PK\x03\x04", "a ZIP archive or an office document"),
        (b"\xff\xd8\xff\xe0", "a JPEG image"),
        (b"\x89PNG\r\n", "a PNG image"),
        (b"\x1f\x8b\x08", "gzipped"),
        (bz2.compress(b"<p>Some text"), "packed by bzip2"),
        (lzma.compress(b"<p>Some text"), "packed by xz"),
        (b"WARC/1.1\r\nWARC-Type: x", "a web archive"),
    ],
)
def test_known_binary_formats_are_named(tmp_path, content, name):
    (tmp_path / "a.txt").write_bytes(content)
    for source in (
        files.folder(tmp_path),
        files.one_page(content, where="stdin", id="stdin"),
    ):
        (entry,) = source.entries
        with pytest.raises(CleanerError, match=f"not text or HTML: it is {name}"):
            entry.load()


@given(st.binary(min_size=500, max_size=6000))
@example(b"<p>" + b"A page of some text, and more of it. " * 100)
def test_what_is_packed_is_told_from_a_page(data):
    for content in (zlib.compress(data), zlib.compress(data)[2:-4], lzma.compress(data)[6:]):
        if len(content) > 1000:
            with pytest.raises(CleanerError):
                refuse_binary(content)


@pytest.mark.parametrize(
    "encoding",
    "utf-8 utf-8-sig utf-16 utf-32 latin-1 gb18030 big5 shift_jis euc_jp iso2022_jp euc_kr koi8-r "
    "iso2022_kr "
    "cp1251 cp1253 cp1256".split(),
)
def test_text_in_any_encoding_is_no_packed_data(encoding):
    for text in (
        "漢字かな交じりの文章です。",
        "Съешь же ещё этих булок",
        "Γαζέες καὶ μυρτιὲς",
        "مرحبا بالعالم",
        "Déjà vu",
        "한국어 문장",
    ):
        content = f"<p>\t\f{text}\r\n".encode(encoding, "ignore") * 100
        assert refuse_binary(content) == content


@pytest.mark.parametrize(
    "content",
    [
        b"It\x19s a small text.\nWe don\x19t mind.\n",
        b"Four sentences of an old system. " * 4 + b"\x1a" * 60,
        b"N\bNA\bAM\bME\bE\n     ls - list directory contents\n",
        b"GIF89a is the second version of the GIF format.",
        b"WARC/1.0 is the first version of the format.",
        b"BZh91AY is how it begins.",
    ],
)
def test_text_with_some_odd_characters_is_text(content):
    assert refuse_binary(content) == content


@pytest.mark.parametrize(
    ("content", "is_text"),
    [
        (b"text" * 100 + b"\0" * 4, True),
        (b"text" * 100 + b"\0" * 5, False),
        (b"text" * 1024 + b"\0" * 4096, True),
        ("text".encode("utf-16-le"), False),
        ("text".encode("utf-16"), True),
        ("\ufefftext".encode("utf-16-be"), True),
        ("text".encode("utf-32"), True),
        ("\ufefftext".encode("utf-32-be"), True),
        (b"", True),
    ],
)
def test_nul_bytes_are_no_text_but_in_wide_encodings(content, is_text):
    (entry,) = files.one_page(content, where="stdin", id="stdin").entries
    if is_text:
        assert entry.load().content == content
    else:
        with pytest.raises(CleanerError, match="full of NUL bytes"):
            entry.load()


@pytest.mark.skipif(os.name != "posix", reason="paths have other limits there")
def test_a_path_that_is_too_long_fails_alone(tmp_path, monkeypatch):
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "z.txt").write_text("Some text.")
    monkeypatch.chdir(tmp_path / "in")
    for _ in range(18):
        Path("n" * 250).mkdir()
        os.chdir("n" * 250)
    Path("deep.txt").write_text("Deep text.")
    monkeypatch.chdir(tmp_path)
    broken, page = files.folder(tmp_path / "in", outside=tmp_path / "out").entries
    assert page.id == "z.txt"
    with pytest.raises(CleanerError, match="cannot be read: File name too long"):
        broken.load()
