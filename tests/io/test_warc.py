import gzip
import io
import os

import pytest

from cleaner.io import compress, place, warc
from cleaner.io.entry import NO_LIMITS, Limits
from cleaner.types import CleanerError

pytest.importorskip("warcio", reason="needs the extra `warc`")

PAGE = "<p>Привет, мир".encode("koi8-r")


def record(
    kind, body, *, number=1, url="https://a.test/1", type="application/http; msgtype=response"
):
    head = [
        "WARC/1.0",
        f"WARC-Type: {kind}",
        f"WARC-Record-ID: <urn:uuid:00000000-0000-0000-0000-{number:012}>",
        "WARC-Date: 2026-01-02T03:04:05Z",
        *([f"WARC-Target-URI: {url}"] if url else []),
        f"Content-Type: {type}",
        f"Content-Length: {len(body)}",
    ]
    return "\r\n".join(head).encode() + b"\r\n\r\n" + body + b"\r\n\r\n"


def answer(body, *, status="200 OK", type="text/html; charset=koi8-r", more=()):
    head = [f"HTTP/1.1 {status}", f"Content-Type: {type}", *more, f"Content-Length: {len(body)}"]
    return "\r\n".join(head).encode() + b"\r\n\r\n" + body


RECORDS = [
    record("warcinfo", b"software: a test\r\n", url="", type="application/warc-fields"),
    record("request", b"GET / HTTP/1.1\r\n\r\n", type="application/http; msgtype=request"),
    record("response", answer(PAGE), number=7),
    record("response", answer(b"\x89PNG", type="image/png")),
    record("response", answer(b"<p>gone", status="404 Not Found")),
    record(
        "response",
        answer(gzip.compress(PAGE), more=["Content-Encoding: gzip"]),
        number=8,
        url="https://b.test/",
    ),
    record("metadata", b"fetchTimeMs: 3", type="application/warc-fields"),
    record("conversion", "Привет".encode(), number=9, type="text/plain"),
]


def write(path, records):
    with path.open("wb") as raw:
        if path.suffix == ".gz":  # a member for each record, as crawlers write
            raw.writelines(map(gzip.compress, records))
        else:
            with compress.writer(raw, path.name) as file:
                for each in records:
                    file.write(each)
    return warc.Archive(place.find(str(path)))


@pytest.mark.parametrize("name", ["a.warc", "a.warc.gz", "a.warc.zst"])
def test_html_answers_and_texts_are_read_and_the_rest_is_counted(tmp_path, name):
    archive = write(tmp_path / name, RECORDS)
    (group,) = archive.groups(NO_LIMITS)
    assert group.ignored == 4
    assert [entry.position for entry in group.entries] == [3, 6, 8]
    first, packed, text = (entry.load() for entry in group.entries)
    assert (first.content, first.charset, first.format) == (PAGE, "koi8-r", "html")
    assert (first.url, first.id) == (
        "https://a.test/1",
        "urn:uuid:00000000-0000-0000-0000-000000000007",
    )
    assert first.fields == {"url": "https://a.test/1", "date": "2026-01-02T03:04:05Z"}
    assert (packed.content, packed.url) == (PAGE, "https://b.test/")
    assert (text.content.decode(), text.format) == ("Привет", "text")


def test_a_charset_in_the_headers_decides(tmp_path):
    from cleaner import Cleaner

    archive = write(tmp_path / "a.warc", RECORDS[2:3])
    (group,) = archive.groups(NO_LIMITS)
    assert Cleaner().clean(group.entries[0].load()).lines[0].text == "Привет, мир"


@pytest.mark.parametrize("name", ["a.warc.gz", "a.warc.zst", "a.warc"])
def test_a_cut_archive_gives_what_can_be_read(tmp_path, name):
    noise = [record("metadata", os.urandom(1000), type="x/y") for _ in range(300)]
    archive = write(tmp_path / name, [RECORDS[2], *noise] * 2)
    whole = archive.found.size
    path = tmp_path / name
    path.write_bytes(path.read_bytes()[: whole * 9 // 10])
    entries = [
        e for group in warc.Archive(place.find(str(path))).groups(NO_LIMITS) for e in group.entries
    ]
    assert entries[0].load().content == PAGE
    if name != "a.warc":  # the library takes what is cut in the open for the end
        assert entries[-1].is_end


def test_a_page_that_unpacks_without_end_is_read_to_the_limit(tmp_path):
    bomb = gzip.compress(b"<p>" + b"x" * 30_000_000)
    archive = write(
        tmp_path / "a.warc",
        [record("response", answer(bomb, more=["Content-Encoding: gzip"]))],
    )
    (group,) = archive.groups(Limits(page=1000))
    assert group.entries[0].size == 1001


def test_a_dictionary_in_front_of_a_zstd_archive_is_used(tmp_path):
    zstandard = pytest.importorskip("zstandard")
    samples = [record("response", answer(PAGE * n), number=n) for n in range(1, 400)]
    words = zstandard.train_dictionary(4096, samples)
    packer = zstandard.ZstdCompressor(dict_data=words)
    raw = words.as_bytes()
    file = io.BytesIO()
    file.write((0x184D2A5D).to_bytes(4, "little") + len(raw).to_bytes(4, "little") + raw)
    for sample in samples[:3]:
        file.write(packer.compress(sample))
    path = tmp_path / "a.warc.zst"
    path.write_bytes(file.getvalue())
    (group,) = warc.Archive(place.find(str(path))).groups(NO_LIMITS)
    assert [entry.content for entry in group.entries] == [PAGE, PAGE * 2, PAGE * 3]


def test_a_file_that_is_no_archive_has_no_page(tmp_path):
    path = tmp_path / "a.warc"
    path.write_bytes(b"hello\n" * 100)
    groups = list(warc.Archive(place.find(str(path))).groups(NO_LIMITS))
    for entry in [entry for group in groups for entry in group.entries]:
        with pytest.raises(CleanerError):
            entry.load()
