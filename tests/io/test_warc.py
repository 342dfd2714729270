import contextlib
import gzip
import io
import random
import sys
import tracemalloc

import pytest

from cleaner.io import compress, place, warc
from cleaner.io.entry import NO_LIMITS, Limits
from cleaner.types import CleanerError

pytest.importorskip("warcio", reason="needs the extra `warc`")

PAGE = "<p>Привет, мир".encode("koi8-r")


def noise(count, seed=0):
    """`count` bytes that hardly pack, the same ones in each run."""
    return random.Random(seed).randbytes(count)


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
    assert first.fields == {"url": "https://a.test/1", "crawled": "2026-01-02T03:04:05Z"}
    assert (packed.content, packed.url) == (PAGE, "https://b.test/")
    assert (text.content.decode(), text.format) == ("Привет", "text")


def test_a_charset_in_the_headers_decides(tmp_path):
    from cleaner import Cleaner

    archive = write(tmp_path / "a.warc", RECORDS[2:3])
    (group,) = archive.groups(NO_LIMITS)
    assert Cleaner().clean(group.entries[0].load()).lines[0].text == "Привет, мир"


@pytest.mark.parametrize("name", ["a.warc.gz", "a.warc.zst", "a.warc"])
def test_a_cut_archive_gives_what_can_be_read(tmp_path, name):
    other = [record("metadata", noise(1000, seed), type="x/y") for seed in range(300)]
    archive = write(tmp_path / name, [RECORDS[2], *other] * 2)
    whole = archive.found.size
    path = tmp_path / name
    path.write_bytes(path.read_bytes()[: whole * 9 // 10])
    entries = [
        e for group in warc.Archive(place.find(str(path))).groups(NO_LIMITS) for e in group.entries
    ]
    assert entries[0].load().content == PAGE
    assert entries[-1].is_end


def entries_of(path):
    groups = warc.Archive(place.find(str(path))).groups(NO_LIMITS)
    return [entry for group in groups for entry in group.entries]


PAGES = [PAGE + b"<p>%d" % n + noise(3000, n).hex().encode() for n in range(12)]


@pytest.mark.parametrize("name", ["a.warc.gz", "a.warc.zst", "a.warc"])
@pytest.mark.parametrize("cut", [1, 20, 100, 1000, 5000])
def test_all_records_before_a_cut_are_there_and_the_one_that_is_cut_is_named(tmp_path, name, cut):
    records = [record("response", answer(page), number=n) for n, page in enumerate(PAGES)]
    path = tmp_path / name
    write(path, [*records, record("response", answer(noise(9000)))])
    cut += 4 if name == "a.warc" else 0  # beyond the blank lines
    path.write_bytes(path.read_bytes()[:-cut])
    *whole, last = entries_of(path)
    contents = [entry.load().content for entry in whole[: len(PAGES)]]
    # What is packed as one is lost as one; of gzip a record is.
    assert contents == (PAGES[: len(contents)] if name.endswith(".zst") else PAGES)
    assert (last.position, last.is_end) == (len(whole) + 1, True)
    with pytest.raises(CleanerError, match="cannot be read beyond this record"):
        last.load()


def test_a_record_that_is_no_page_and_is_cut_is_told_too(tmp_path):
    path = tmp_path / "a.warc"
    write(path, [record("response", answer(PAGE)), record("metadata", b"x" * 500, type="x/y")])
    path.write_bytes(path.read_bytes()[:-50])
    first, last = entries_of(path)
    assert (first.load().content, last.position, last.is_end) == (PAGE, 2, True)


@pytest.mark.parametrize("length", [None, b"", b"many", b"-3"])
def test_a_record_without_its_length_is_not_read_into_the_next(tmp_path, length):
    path = tmp_path / "a.warc"
    write(path, [record("response", answer(PAGE))] * 3)
    first, second, third = path.read_bytes().split(b"WARC/1.0")[1:]
    head, blank, body = second.partition(b"\r\n\r\n")
    kept, _ = head.split(b"Content-Length: ")
    line = b"" if length is None else b"Content-Length: " + length
    second = (kept + line).rstrip(b"\r\n") + blank + body
    path.write_bytes(b"".join(b"WARC/1.0" + each for each in (first, second, third)))
    page, last = entries_of(path)
    assert (page.load().content, last.position, last.is_end) == (PAGE, 2, True)
    with pytest.raises(CleanerError, match="Content-Length"):
        last.load()


@pytest.mark.parametrize(
    ("packing", "body", "expected"),
    [
        ("br", b"\x0b\x02\x80<p>Hi\x03", b"<p>Hi"),
        ("br", b" <p>Hi", b" <p>Hi"),  # as it is, under its old header
        ("BR", b"\x01\x02\x80packed", None),
        ("zstd", b"\x28\xb5\x2f\xfd packed", None),
        ("gzip, br", b"\x0b\x02\x80<p>Hi\x03", None),
        ("gzip", b"\x1f\x8b\x08 packed", None),
        ("identity", b"Hi", b"Hi"),
        ("gzip", b"Notice: x\n<p>Hi", b"Notice: x\n<p>Hi"),
        ("gzip", "\ufeff<p>Hi".encode("utf-16-le"), "\ufeff<p>Hi".encode("utf-16-le")),
        ("UTF-8", b"Hi <b>all</b>", b"Hi <b>all</b>"),
        ("gzip", gzip.compress(b"", mtime=0), b""),
        ("br", b"\x3b", b""),
        ("gzip", gzip.compress(b"<p>Hi", mtime=0) + b"\r\n", b"<p>Hi"),
        ("br", b"\x0b\x02\x80<p>Hi\x03\r\n", b"<p>Hi"),
        ("br", b";-) <p>Hi", b";-) <p>Hi"),  # which begins like an empty page
    ],
)
def test_a_page_that_cannot_be_unpacked_fails_and_the_next_does_not(
    tmp_path, packing, body, expected, capsys
):
    path = tmp_path / "a.warc"
    served = answer(body, more=[f"Content-Encoding: {packing}"])
    write(path, [record("response", served), record("response", answer(PAGE))])
    first, second = entries_of(path)
    assert second.load().content == PAGE
    if expected is None:
        with pytest.raises(CleanerError, match=r"cannot be unpacked|not text or HTML"):
            first.load()
    else:
        assert first.load().content == expected
    assert capsys.readouterr().err == ""


def test_pages_packed_with_brotli_are_read_to_the_limit(tmp_path):
    brotli = pytest.importorskip("brotli")
    page = b"<p>" + noise(400_000).hex().encode()
    bodies = [brotli.compress(page), brotli.compress(bytes(200_000_000), quality=9)]
    more = ["Content-Encoding: br"]
    write(tmp_path / "a.warc", [record("response", answer(body, more=more)) for body in bodies])
    whole, bomb = entries_of(tmp_path / "a.warc")
    assert whole.load().content == page
    with pytest.raises(CleanerError, match="cannot be unpacked"):
        bomb.load()
    group = next(warc.Archive(place.find(str(tmp_path / "a.warc"))).groups(Limits(page=1000)))
    assert group.entries[0].size == 1001


@pytest.mark.parametrize("behind", [1, 20_000, 100_000])
def test_bytes_behind_a_page_packed_with_brotli_are_no_part_of_it(tmp_path, behind):
    brotli = pytest.importorskip("brotli")
    page = b"<p>" + noise(30_000).hex().encode()
    packed = brotli.compress(page)
    head = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Encoding: br\r\n"
    chunked = b"Transfer-Encoding: chunked\r\n\r\n%x\r\n%b\r\n%x\r\n%b\r\n0\r\n\r\n"
    served = [
        head + b"\r\n" + packed + bytes(behind),
        head + chunked % (len(packed), packed, behind, bytes(behind)),
    ]
    write(tmp_path / "a.warc", [record("response", each) for each in served])
    assert [entry.load().content for entry in entries_of(tmp_path / "a.warc")] == [page, page]


def test_what_is_packed_with_brotli_and_says_nothing_is_not_kept(tmp_path, monkeypatch):
    pytest.importorskip("brotli")
    monkeypatch.setattr(warc, "_MOST", 1 << 20)
    size = 1 << 24  # of a block of bytes that nobody reads
    block = (0b11_0_11_0_0 | (size - 1) << 7).to_bytes(4, "little") + bytes(size)
    head = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Encoding: br\r\n\r\n"
    write(tmp_path / "a.warc", [record("response", head + block)])
    tracemalloc.start()
    with contextlib.suppress(CleanerError):
        list(entries_of(tmp_path / "a.warc"))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 8 << 20


def test_an_answer_that_is_packed_and_sent_in_no_chunks_is_empty(tmp_path):
    head = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Encoding: gzip\r\n"
    served = head + b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
    write(tmp_path / "a.warc", [record("response", served)])
    assert entries_of(tmp_path / "a.warc")[0].load().content == b""


def test_a_packed_page_of_which_nothing_comes_is_lost(tmp_path):
    head = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Encoding: gzip\r\n"
    for body in (gzip.compress(PAGE)[:10], b"a\r\n" + gzip.compress(PAGE)[:10] + b"\r\n0\r\n\r\n"):
        served = head + b"Transfer-Encoding: chunked\r\n\r\n" + body
        write(tmp_path / "a.warc", [record("response", served)])
        with pytest.raises(CleanerError, match="cannot be unpacked"):
            entries_of(tmp_path / "a.warc")[0].load()


@pytest.mark.parametrize("at", range(1, 420, 7))
def test_wherever_an_archive_is_cut_it_is_told(tmp_path, at):
    whole = record("response", answer(PAGE))
    path = tmp_path / "a.warc"
    assert len(whole) < 420
    write(path, [whole, whole])
    end = len(whole) + min(at, len(whole) - 5)
    path.write_bytes(path.read_bytes()[:end])
    first, last = entries_of(path)
    assert (first.load().content, last.position, last.is_end) == (PAGE, 2, True)


def test_records_without_an_address(tmp_path):
    path = tmp_path / "a.warc"
    write(path, [record("response", answer(PAGE)), record("response", answer(PAGE), url="")])
    *pages, last = entries_of(path)
    assert [page.load().content for page in pages] == [PAGE]
    with pytest.raises(CleanerError, match="headers cannot be read"):
        last.load()


def test_without_brotli_it_says_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "brotli", None)
    path = tmp_path / "a.warc"
    served = answer(b"\x0b\x02\x80<p>Hi\x03", more=["Content-Encoding: br"])
    write(path, [record("response", served)])
    (entry,) = entries_of(path)
    with pytest.raises(CleanerError, match=r"pip install 'pagecleaner\[warc\]'"):
        entry.load()


def test_a_page_whose_packed_bytes_are_damaged_fails_in_silence(tmp_path, capsys):
    packed = bytearray(gzip.compress(b"<p>" + noise(200_000).hex().encode()))
    packed[150_000:150_200] = bytes(200)
    path = tmp_path / "a.warc"
    served = answer(bytes(packed), more=["Content-Encoding: gzip"])
    write(path, [record("response", served), record("response", answer(PAGE))])
    first, second = entries_of(path)
    with pytest.raises(CleanerError, match="cannot be unpacked"):
        first.load()
    assert second.load().content == PAGE
    assert capsys.readouterr().err == ""


def test_a_length_that_is_too_short_is_not_told_in_the_library_s_words(tmp_path, capsys):
    path = tmp_path / "a.warc"
    write(path, [record("response", answer(PAGE)), record("response", answer(PAGE))])
    path.write_bytes(path.read_bytes().replace(b"\r\n\r\nWARC", b"\x1b[31m\r\n\r\nWARC"))
    assert entries_of(path)[0].load().content == PAGE
    assert capsys.readouterr().err == ""


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
