import datetime
import gzip
import io
import json
import lzma

import pytest

from cleaner.io import compress, jsonl, place
from cleaner.io.entry import NO_LIMITS, Limits
from cleaner.types import CleanerError


def entries(data, **options):
    return read(jsonl.Records(None, io.BytesIO(data), **options))


def read(source, limits=NO_LIMITS):
    return [entry for group in source.groups(limits) for entry in group.entries]


def load(data, **options):
    (entry,) = entries(data, **options)
    return entry.load()


def test_html_goes_before_text_and_other_fields_are_carried():
    record = {"id": 7, "html": "<p>a", "text": "b", "url": "https://a.org", "tags": ["x"]}
    document = load(json.dumps(record).encode())
    assert (document.content, document.format) == ("<p>a", "html")
    assert (document.id, document.url) == ("7", "https://a.org")
    assert document.fields == {"id": 7, "url": "https://a.org", "tags": ["x"]}


@pytest.mark.parametrize("html", [None, ""])
def test_text_is_read_where_html_is_not_there(html):
    document = load(json.dumps({"html": html, "text": "b"}).encode())
    assert (document.content, document.format) == ("b", "text")


def test_fields_have_names_of_the_users_choice():
    fields = jsonl.Fields(html="raw", text="body", id="key", url="link")
    document = load(b'{"key": "k", "link": "l", "body": "b"}', fields=fields)
    assert (document.id, document.url, document.content) == ("k", "l", "b")


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (b"{oops", "not JSON: .*character 2"),
        (b'{"text": "\xff"}', "not UTF-8: byte 10"),
        (b"[1]", "object was expected .* found list"),
        (b'{"body": "x"}', "neither 'html' nor 'text' is there; the fields are: 'body'"),
        (b"{}", "the fields are: none"),
        (b'{"text": ["x"]}', "'text' holds list, text was expected"),
        (b'{"text": "x", "url": 3}', "'url' holds int"),
        (b"[" * 100_000, "not JSON that can be read"),
        (b'{"text": "x", "n": ' + b"1" * 5_000 + b"}", "not JSON that can be read"),
    ],
)
def test_a_line_that_is_no_page_says_why(line, message):
    with pytest.raises(CleanerError, match=message):
        load(line)


def test_lines_are_counted_as_in_an_editor():
    found = entries(b'\xef\xbb\xbf{"text": "a\\u2028b"}\r\n\n  \n{"text": "\xe2\x80\xa8"}')
    assert [entry.where for entry in found] == ["stdin:1", "stdin:4"]
    assert [entry.load().content for entry in found] == ["a\u2028b", "\u2028"]


def test_a_cut_gzip_file_gives_what_can_be_read_and_then_fails(tmp_path):
    path = tmp_path / "in.jsonl.gz"
    lines = b"".join(b'{"text": "%d"}\n' % n for n in range(20_000))
    data = gzip.compress(lines)
    path.write_bytes(data[: len(data) // 2])
    *good, broken = read(jsonl.Records(place.find(str(path))))
    assert good[0].load().content == "0"
    assert broken.where == f"{path}:{len(good) + 1}"
    with pytest.raises(CleanerError, match="cannot be read beyond this line"):
        broken.load()


def test_all_streams_of_an_xz_file_are_read_and_what_is_none_is_told(tmp_path):
    path = tmp_path / "a.jsonl.xz"
    one, two = (lzma.compress(b'{"text": "%d"}\n' % n) for n in (1, 2))
    damaged = bytearray(two)
    damaged[20] ^= 1

    def read(data):
        path.write_bytes(data)
        groups = jsonl.Records(place.find(str(path))).groups(NO_LIMITS)
        return [entry for group in groups for entry in group.entries]

    for data in (one + two, one + bytes(8) + two, one + bytes(20_000) + two + bytes(4)):
        assert [entry.load().content for entry in read(data)] == ["1", "2"]
    for data in (one + two[:-20], one + bytes(damaged), one + b"rest", one + b"\1" + two[1:]):
        first, *_, last = read(data)
        assert first.load().content == "1" and last.is_end


@pytest.mark.parametrize("suffix", ["", ".gz", ".zst"])
def test_groups_end_where_the_file_does(tmp_path, suffix):
    path = tmp_path / f"a.jsonl{suffix}"
    with path.open("wb") as raw, compress.writer(raw, path.name) as file:
        file.write(b'{"text": "a"}\n' * 100)
    groups = list(jsonl.Records(place.find(str(path))).groups(NO_LIMITS))
    assert [len(group.entries) for group in groups] == [64, 36]
    assert groups[-1].read == path.stat().st_size
    assert [entry.position for entry in groups[1].entries] == list(range(65, 101))


def test_a_line_beyond_the_limit_is_passed_over_and_told():
    data = b'{"text": "a"}\n{"text": "%s"}\n{"text": "b"}' % (b"x" * 100)
    limits = Limits(line=50)
    first, second, third = read(jsonl.Records(None, io.BytesIO(data)), limits)
    assert (first.load().content, third.load().content) == ("a", "b")
    with pytest.raises(CleanerError, match=r"longer than the limit of 50 bytes"):
        second.load()
    assert (second.where, third.where) == ("stdin:2", "stdin:3")


@pytest.mark.parametrize("suffix", [".gz", ".zst"])
def test_a_file_that_unpacks_without_end_is_cut_and_told(tmp_path, suffix):
    path = tmp_path / f"a.jsonl{suffix}"
    with path.open("wb") as raw, compress.writer(raw, path.name) as file:
        file.write(b'{"text": "a"}\n' * 100_000)
    *good, last = read(jsonl.Records(place.find(str(path))), Limits(unpacked=500_000))
    assert len(good) > 1000
    assert last.is_end
    with pytest.raises(CleanerError, match="unpacks to more than the limit of 500000 bytes"):
        last.load()


def test_a_record_comes_back_as_it_was():
    record = {"text": "é \ud800 \u2028 \n", "n": 1.5, "deep": {"a": [None, True]}}
    line = jsonl.line(record)
    assert line.count(b"\n") == 1
    assert jsonl.parse(line) == record


def test_values_that_json_has_no_form_for_are_written_as_text():
    record = {"raw": b"\xff\x00", "name": "Bücher".encode(), "on": datetime.date(2026, 1, 2)}
    written = json.loads(jsonl.line(record))
    assert written == {"raw": "/wA=", "name": "Bücher", "on": "2026-01-02"}


def test_a_number_that_json_does_not_have_is_found_however_deep_it_stands():
    deep = b"[" * 800 + b"%s" + b"]" * 800
    written = jsonl.line(jsonl.parse(b'{"text": "a", "deep": ' + deep % b"NaN" + b"}"))
    assert written == b'{"text": "a", "deep": ' + deep % b"null" + b"}\n"


def test_numbers_that_json_does_not_have_become_null():
    record = jsonl.parse(b'{"text": "a", "huge": 1e400, "deep": [{"nan": NaN}, -Infinity, 0.5]}')
    written = jsonl.line(record)
    assert written == b'{"text": "a", "huge": null, "deep": [{"nan": null}, null, 0.5]}\n'
