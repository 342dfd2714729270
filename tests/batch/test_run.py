import gzip
import io
import json
import os
import subprocess
import sys

import pytest

from cleaner import batch
from cleaner.batch import Engine, Failure, Options, Report
from cleaner.io import files, jsonl, sink, source
from cleaner.io.render import Layout
from cleaner.io.source import Sources
from cleaner.pipeline import Cleaner
from cleaner.types import CleanerError, Document

JSONL = Layout("jsonl")
TEXT = "The harbour froze in January.\n\nShare this\n\nShips waited outside for weeks."


def one(shard, path="stdin"):
    return Sources([(path, shard)])


def records(*texts):
    data = b"".join(jsonl.line({"id": n, "text": text}) for n, text in enumerate(texts))
    return one(jsonl.Records(None, io.BytesIO(data)))


def run(sources, layout=JSONL, **options):
    out = io.BytesIO()
    failures = []
    report = batch.run(sources, sink.Stream(out, layout), on_failure=failures.append, **options)
    return report, failures, [json.loads(line) for line in out.getvalue().splitlines()]


def test_a_page_reads_as_the_cleaner_leaves_it():
    report, failures, written = run(records(TEXT, ""))
    expected = Cleaner().clean(Document(TEXT, format="text")).text
    assert written == [{"id": 0, "text": expected}, {"id": 1, "text": ""}]
    assert (failures, report.exit_code) == ([], 0)


def test_input_that_goes_away_fails_alone(tmp_path):
    for name in ("a.txt", "b.txt", "c.txt"):
        (tmp_path / name).write_text(name)
    sources = one(files.folder(tmp_path))
    (tmp_path / "b.txt").unlink()
    report, failures, written = run(sources)
    assert [record["id"] for record in written] == ["a.txt", "c.txt"]
    (failure,) = failures
    assert (failure.where, failure.reason, failure.stage) == (
        str(tmp_path / "b.txt"),
        "No such file or directory",
        "read",
    )
    assert report.failed == 1


@pytest.mark.parametrize("jobs", [1, 2])
def test_the_order_is_that_of_the_source(jobs):
    sources = records(*("word " * (n % 7) for n in range(300)))
    report, _, written = run(sources, engine=Engine(jobs))
    assert [record["id"] for record in written] == list(range(300))
    assert report.cleaned + report.unchanged + report.emptied == 300


def test_options_reach_the_workers():
    sources = [records(*["Sentence of a text."] * 200) for _ in range(2)]
    options = Options(drop=frozenset({"body"}), keep=frozenset({"other"}))
    assert (
        run(sources[0], engine=Engine(2), options=options)[2] == run(sources[1], options=options)[2]
    )


def test_a_wrong_option_fails_before_anything_is_written(tmp_path):
    target = tmp_path / "out"
    with pytest.raises(CleanerError, match="no-such-model"):
        batch.run(
            records("a"), sink.Folder(str(target), JSONL), options=Options(model="no-such-model")
        )
    assert not [*target.glob("*")]


@pytest.mark.parametrize(("jobs", "ahead"), [(1, 200), (2, 1200)])
def test_what_is_in_memory_does_not_grow_with_the_source(jobs, ahead):
    read = written = 0
    most = 0

    class Lines(io.RawIOBase):
        def readline(self, size=-1):
            nonlocal read
            read += 1
            return b'{"text": "a"}\n' if read <= 3000 else b""

    class Slow(io.BytesIO):
        def write(self, data):
            nonlocal written, most
            written += data.count(b"\n")
            most = max(most, read - written)
            return len(data)

    sources = one(jsonl.Records(None, Lines()))
    batch.run(sources, sink.Stream(Slow(), JSONL), engine=Engine(jobs))
    assert (read, written) == (3001, 3000)
    assert most < ahead


@pytest.mark.parametrize("idle", [True, False])
def test_one_job_reads_no_group_ahead(idle):
    read = 0
    ahead = []

    class Lines(io.RawIOBase):
        def readline(self, size=-1):
            nonlocal read
            if read == 200:
                return b""
            read += 1
            return b'{"text": "a"}\n'

    class Out(io.BytesIO):
        def flush(self):
            ahead.append(read - len(self.getvalue().splitlines()))

    batch.run(one(jsonl.Records(None, Lines(), until=lambda: idle)), sink.Stream(Out(), JSONL))
    assert ahead == [0] * (200 if idle else 4)


def test_the_file_that_failed_is_named(tmp_path):
    (tmp_path / "a.txt").write_text("Body")
    target = tmp_path / "out" / "a.txt"
    target.mkdir(parents=True)
    failures = []
    batch.run(
        one(files.folder(tmp_path, outside=target.parent), ""),
        sink.Folder(str(target.parent), Layout()),
        on_failure=failures.append,
    )
    assert failures == [
        Failure(str(tmp_path / "a.txt"), f"{target}: Is a directory", "write", 1, "a.txt")
    ]


def test_what_decides_the_output_is_in_the_digest(tmp_path):
    (tmp_path / "own.toml").write_text(
        'name = "own"\nabout = "x"\nmatch.always = true\n[[rules]]\nname = "r"\nregex = "^Body"\n'
    )
    options = [
        Options(),
        Options(threshold=0.5),
        Options(keep=frozenset({"share"})),
        Options(drop=frozenset({"share"})),
        Options(templates=False),
        Options(sites=tmp_path),
        Options(site="a.test"),
    ]
    assert len({each.versions().base for each in options}) == len(options)
    assert Options(keep=frozenset(["share", "credit"])).versions() == (
        Options(keep=frozenset(["credit", "share"])).versions()
    )


def test_another_version_of_a_front_cleans_anew(monkeypatch):
    before = Options(front="trafilatura").versions()
    monkeypatch.setattr("cleaner.fronts.version", lambda package: "another")
    assert Options(front="trafilatura").versions() != before


def pages(tmp_path, *texts):
    folder = tmp_path / "in"
    folder.mkdir()
    for n, text in enumerate(texts):
        (folder / f"{n}.txt").write_text(text)
    return folder


@pytest.mark.parametrize("left", [b"", b"Bod"])
def test_a_page_that_a_power_failure_cut_is_cleaned_again(tmp_path, left):
    folder = pages(tmp_path, "Body", "Other")
    to = sink.Folder(str(tmp_path / "out"), Layout())
    assert batch.run(one(files.folder(folder), ""), to).pages == 2
    (tmp_path / "out" / "0.txt").write_bytes(left)
    again = batch.run(one(files.folder(folder), ""), to)
    assert (again.pages, again.skipped) == (1, 1)
    assert (tmp_path / "out" / "0.txt").read_text() == "Body\n"
    assert batch.run(one(files.folder(folder), ""), to).skipped == 2


@pytest.mark.skipif(os.name != "posix", reason="limits as POSIX has them")
@pytest.mark.parametrize("name", ["out.jsonl", "out"])
def test_where_there_is_no_room_the_file_is_named_and_another_run_goes_on(tmp_path, name):
    text = "The harbour froze in January, and ships waited outside for weeks.\n\n" * 40
    folder = pages(tmp_path, *[text] * 8)
    out = tmp_path / name
    command = [sys.executable, "-m", "cleaner", str(folder), str(out)]

    def small():
        import resource

        resource.setrlimit(resource.RLIMIT_FSIZE, (2000, resource.RLIM_INFINITY))

    full = subprocess.run(command, preexec_fn=small, capture_output=True, text=True, check=False)
    assert full.returncode == 1
    assert str(out) in full.stderr
    assert "File too large" in full.stderr
    assert "Traceback" not in full.stderr
    again = subprocess.run(command, capture_output=True, text=True, check=False)
    assert again.returncode == 0, again.stderr
    assert "0 skipped" in again.stderr
    whole = [out] if out.is_file() else sorted(out.glob("*.txt"))
    assert sum(path.read_text().count("ships waited") for path in whole) == 8 * 40


def template(folder, name, match, *, drop="^Share"):
    folder.mkdir(exist_ok=True)
    (folder / f"{name}.toml").write_text(
        f'name = "{name}"\nabout = "x"\n{match}\n[[rules]]\nname = "r"\nregex = "{drop}"\n'
    )


def test_a_rule_of_a_site_concerns_its_pages_only(write, clean, tmp_path):
    own = tmp_path / "own"
    template(own, "a.test", 'match.domains = ["a.test"]')
    paths = [write(f"in/{name}.jsonl", TEXT) for name in ("a", "b")]
    (tmp_path / "in" / "b.jsonl").write_text('{"url": "https://www.b.test", "text": "Body."}\n')

    def done():
        report, _ = clean(paths, tmp_path / "out", options=Options(sites=own))
        return report.pages, report.skipped

    assert done() == (2, 0)
    assert done() == (0, 2)
    template(own, "a.test", 'match.domains = ["a.test"]', drop="^Ships")
    assert done() == (1, 1)
    template(own, "b.test", 'match.domains = ["b.test", "c.test"]')
    assert done() == (1, 1)
    template(own, "c.test", 'match.domains = ["c.test"]')
    assert done() == (0, 2)
    template(own, "all", "match.always = true")
    assert done() == (2, 0)
    os.utime(paths[1], ns=(1, 1))
    assert done() == (1, 1)
    (tmp_path / "out" / "a.jsonl").write_text("mine\n")
    assert done() == (1, 1)


def test_files_of_records_become_files_of_records(write, tmp_path, clean):
    texts = [f"{TEXT} {n}" for n in range(70)]
    paths = [write(f"in/{name}.jsonl", *texts) for name in ("a", "deep/b")]
    packed = tmp_path / "in" / "c.jsonl.gz"
    packed.write_bytes(gzip.compress((tmp_path / "in" / "a.jsonl").read_bytes()))
    report, _ = clean(str(tmp_path / "in"), tmp_path / "out")
    assert report.pages == 210
    whole = (tmp_path / "out" / "a.jsonl").read_bytes()
    assert gzip.decompress((tmp_path / "out" / "c.jsonl.gz").read_bytes()) == whole
    assert len((tmp_path / "out" / "deep" / "b.jsonl").read_text().splitlines()) == 70
    clean([*paths, str(packed)], tmp_path / "one.jsonl")
    assert (tmp_path / "one.jsonl").read_bytes().count(whole) == 2
    clean(str(tmp_path / "in"), tmp_path / "again", engine=Engine(2))
    for name in ("a.jsonl", "deep/b.jsonl", "c.jsonl.gz"):
        assert (tmp_path / "again" / name).read_bytes() == (tmp_path / "out" / name).read_bytes()


@pytest.mark.parametrize("jobs", [1, 2])
def test_the_longest_file_is_begun_first(clean, tmp_path, jobs):
    (tmp_path / "in").mkdir()
    for name, pages in (("a", 1), ("b", 9), ("c", 3)):
        (tmp_path / "in" / f"{name}.jsonl").write_text("broken\n" + '{"text": "Body"}\n' * pages)
    _, failures = clean(str(tmp_path / "in"), tmp_path / "out", engine=Engine(jobs))
    assert [failure.where.partition("/in/")[2][0] for failure in failures] == ["b", "c", "a"]


@pytest.mark.parametrize("suffix", [".jsonl", ".jsonl.gz", ".jsonl.zst", ".parquet"])
def test_one_format_becomes_another(write, clean, tmp_path, suffix):
    path = write("in.jsonl", *[f"{TEXT} {n}" for n in range(200)], "")
    clean(path, tmp_path / "plain.jsonl")
    for jobs in (1, 2):
        clean(path, tmp_path / f"out{jobs}{suffix}", engine=Engine(jobs))
    assert (tmp_path / f"out1{suffix}").read_bytes() == (tmp_path / f"out2{suffix}").read_bytes()

    def texts(name):
        return [
            (document.id, document.url, document.content)
            for _, document in source.documents([str(tmp_path / name)])
        ]

    assert texts(f"out1{suffix}") == texts("plain.jsonl")
    assert len(texts("plain.jsonl")) == 201


def test_a_file_that_is_cut_is_not_taken_for_done(clean, tmp_path):
    lines = b"".join(b'{"text": "Body %d"}\n' % n for n in range(3_000))
    packed = gzip.compress(lines)
    path = tmp_path / "in.jsonl.gz"
    path.write_bytes(packed[: len(packed) // 2])
    for _ in range(2):
        report, failures = clean(str(path), tmp_path / "out.jsonl")
        assert report.pages > 64
        assert (report.skipped, report.failed) == (0, 1)
        assert "cannot be read beyond this line" in failures[0].reason


def test_the_report_is_beside_the_output(write, clean, tmp_path):
    report, _ = clean(write("in.jsonl", TEXT, ""), tmp_path / "out.jsonl")
    written = json.loads((tmp_path / ".out.jsonl.clean" / "report.json").read_text())
    assert written["pages"]["in"] == 2
    assert written["bytes"] == (tmp_path / "in.jsonl").stat().st_size
    assert written["seconds"] > 0
    assert report.pages == 2


def test_progress_ends_with_the_source(write, tmp_path):
    calls = []
    sources = source.find([write("in.jsonl", *"abc")])
    batch.run(
        sources,
        sink.Stream(io.BytesIO(), JSONL),
        on_progress=lambda position, pages: calls.append((position, pages)),
    )
    assert calls[-1] == (sources.size, 3)


def test_a_report_in_one_line():
    report = Report(cleaned=2, failed=1, ignored=3)
    assert str(report) == (
        "2 cleaned, 0 unchanged, 0 emptied, 1 failed, 0 skipped (already done); "
        "3 other files not read"
    )


def test_a_shard_is_not_written_through_a_link_that_leads_out(write, clean, tmp_path):
    write("in/sub/a.jsonl", "Body a.")
    write("in/b.jsonl", "Body b.")
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "sub").symlink_to(tmp_path / "elsewhere", target_is_directory=True)
    with pytest.raises(CleanerError, match="leads out"):
        clean([str(tmp_path / "in")], tmp_path / "out")
    assert list((tmp_path / "elsewhere").iterdir()) == []
