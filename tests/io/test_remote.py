"""Addresses that are no paths: fsspec's memory, and S3 as a server on loopback speaks it."""

import gzip
import json
import os
import subprocess
import sys
import time

import pytest
from click.testing import CliRunner
from joblib.externals.loky import get_reusable_executor

from cleaner import batch
from cleaner.batch import Engine
from cleaner.cli import main
from cleaner.io import place, sink, source
from cleaner.io.render import Layout
from cleaner.types import CleanerError

fsspec = pytest.importorskip("fsspec", reason="needs the extra `fsspec`")

TEXT = "The harbour froze in January, and ships waited outside for weeks."
SHARDS = Layout("jsonl", is_packed=True)


@pytest.fixture(scope="session")
def s3(tmp_path_factory):
    """The address of a bucket on a server of our own."""
    pytest.importorskip("s3fs", reason="needs the extra `s3`")
    pytest.importorskip("moto.server", reason="needs moto's server")
    log = tmp_path_factory.mktemp("s3") / "log"
    with log.open("wb") as out:
        command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", "0"]
        server = subprocess.Popen(command, stdout=out, stderr=out)
    try:
        deadline = time.monotonic() + 30
        while "Running on http://" not in log.read_text():
            assert server.poll() is None, log.read_text()
            assert time.monotonic() < deadline, log.read_text()
            time.sleep(0.05)
        address = log.read_text().partition("Running on ")[2].split()[0]
        settings = {
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_ENDPOINT_URL": address,
            "AWS_EC2_METADATA_DISABLED": "true",
        }
        before = {name: os.environ.get(name) for name in settings}
        os.environ.update(settings)
        get_reusable_executor().shutdown()  # workers of earlier tests know nothing of it
        place.filesystem("s3://pages")[0].mkdir("pages")
        yield "s3://pages"
        for name, value in before.items():
            os.environ.pop(name) if value is None else os.environ.update({name: value})
    finally:
        server.kill()
        server.wait()


def put(address, data):
    system, path = place.filesystem(address)
    system.makedirs(path.rpartition("/")[0], exist_ok=True)
    system.pipe_file(path, data)


def run(ins, to, **options):
    failures = []
    report = batch.run(source.find(ins), to, on_failure=failures.append, **options)
    assert failures == []
    return report


def lines(*texts):
    return "".join(json.dumps({"id": t, "text": f"{TEXT} {t}"}) + "\n" for t in texts).encode()


def names(root):
    system, path = place.filesystem(root)
    system.invalidate_cache()
    return sorted(each.removeprefix(path).lstrip("/") for each in system.find(path))


@pytest.fixture(params=["memory", "s3"])
def bucket(request):
    if request.param == "memory":
        return f"memory://bucket-{id(request)}"
    return f"{request.getfixturevalue('s3')}/{id(request)}"


def test_files_of_records_are_read_and_written_and_done_once(bucket):
    put(f"{bucket}/in/a.jsonl", lines("one", "two"))
    put(f"{bucket}/in/deep/b.jsonl.gz", gzip.compress(lines("three")))
    to = sink.Folder(f"{bucket}/out", SHARDS)
    assert run([f"{bucket}/in"], to).pages == 3
    assert place.read(f"{bucket}/out/a.jsonl") == lines("one", "two")
    assert gzip.decompress(place.read(f"{bucket}/out/deep/b.jsonl.gz")) == lines("three")
    again = run([f"{bucket}/in/*.jsonl", f"{bucket}/in/deep/*"], to)
    assert (again.pages, again.skipped) == (0, 3)
    put(f"{bucket}/in/a.jsonl", lines("one", "four!"))
    changed = run([f"{bucket}/in"], to)
    assert (changed.pages, changed.skipped) == (2, 1)
    assert not [name for name in names(f"{bucket}/out") if name.endswith(".part")]


def test_many_become_one_file_elsewhere(bucket, tmp_path):
    for name in "abc":
        (tmp_path / f"{name}.jsonl").write_bytes(lines(name, name * 2))
    ins = [str(tmp_path / "*.jsonl")]
    run(ins, sink.RecordFile(f"{bucket}/all.parquet", Layout("parquet")))
    found = list(source.documents([f"{bucket}/all.parquet"]))
    assert [document.id for _, document in found] == ["a", "aa", "b", "bb", "c", "cc"]
    again = run(ins, sink.RecordFile(f"{bucket}/all.parquet", Layout("parquet")))
    assert again.skipped == 6


def test_pages_in_files_of_their_own(s3):
    bucket = f"{s3}/pages"
    for n in range(70):
        put(f"{bucket}/in/{n:02}.html", f"<p>{TEXT} {n}".encode())
    put(f"{bucket}/in/logo.png", b"")
    to = sink.Folder(f"{bucket}/out", Layout())
    report = run([f"{bucket}/in"], to)
    assert (report.pages, report.ignored) == (70, 1)
    assert place.read(f"{bucket}/out/07.txt") == f"{TEXT} 7\n".encode()
    put(f"{bucket}/in/07.html", f"<p>{TEXT} seven".encode())
    assert (run([f"{bucket}/in"], to).skipped, run([f"{bucket}/in"], to).skipped) == (69, 70)
    assert place.read(f"{bucket}/out/07.txt") == f"{TEXT} seven\n".encode()


def test_verdicts_go_when_a_text_is_written_without(s3):
    bucket = f"{s3}/verdicts"
    put(f"{bucket}/in/a.html", f"<p>{TEXT}".encode())
    for layout in (Layout(verdicts=True), Layout()):
        run([f"{bucket}/in"], sink.Folder(f"{bucket}/out", layout))
        texts = [name for name in names(f"{bucket}/out") if not name.startswith(".clean")]
        assert texts == ["a.txt", "a.verdicts.jsonl"][: 1 + layout.verdicts]


def test_workers_read_and_write_s3(s3):
    for name in "abcd":
        put(f"{s3}/many/{name}.jsonl", lines(name))
    to = sink.Folder(f"{s3}/cleaned", SHARDS)
    assert run([f"{s3}/many"], to, engine=Engine(2)).pages == 4
    assert place.read(f"{s3}/cleaned/d.jsonl") == lines("d")


def test_a_protocol_that_is_not_there_says_so(tmp_path):
    with pytest.raises(CleanerError, match="nonsense://a/b"):
        source.find(["nonsense://a/b"])


def test_a_file_url_is_a_path(tmp_path):
    (tmp_path / "a b.jsonl").write_bytes(lines("a"))
    url = (tmp_path / "a b.jsonl").as_uri()
    assert place.normal(url) == str(tmp_path / "a b.jsonl")
    assert len(list(source.documents([url]))) == 1


def test_what_a_store_complains_of_is_told_with_the_address(monkeypatch, tmp_path):
    def broken(address):
        raise RuntimeError("Unable to locate credentials")

    monkeypatch.setattr(place, "filesystem", broken)
    asked = [place.find, place.is_folder, place.walk, place.open_read, place.remove]
    for ask in (*asked, lambda address: place.expand(f"{address}/*")):
        with pytest.raises(CleanerError, match=r"s3://a/b.*: Unable to locate credentials"):
            ask("s3://a/b")
    result = CliRunner().invoke(main, ["s3://a/b.html", str(tmp_path / "out.txt")])
    assert result.exit_code == 2 and "s3://a/b.html: Unable to locate" in result.stderr
