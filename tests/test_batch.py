import io
import json
import os
from dataclasses import dataclass

import pytest

from cleaner import batch
from cleaner.batch import Failure, Options, Report
from cleaner.io import files, jsonl, sink
from cleaner.io.render import Layout
from cleaner.pipeline import Cleaner
from cleaner.types import CleanerError, Document

JSONL = Layout("jsonl")


def records(*texts):
    data = b"".join(jsonl.line({"id": n, "text": text}) for n, text in enumerate(texts))
    return jsonl.Records(None, io.BytesIO(data))


def run(source, layout=JSONL, **options):
    out = io.BytesIO()
    failures = []
    report = batch.run(source, sink.Stream(out, layout), on_failure=failures.append, **options)
    return report, failures, [json.loads(line) for line in out.getvalue().splitlines()]


def test_a_page_reads_as_the_cleaner_leaves_it():
    text = "The harbour froze in January.\n\nShare this\n\nShips waited outside for weeks."
    report, failures, written = run(records(text, ""))
    expected = Cleaner().clean(Document(text, format="text")).text
    assert written == [{"id": 0, "text": expected}, {"id": 1, "text": ""}]
    assert (failures, report.exit_code) == ([], 0)


def test_a_page_that_breaks_the_cleaner_fails_alone(monkeypatch):
    clean_many = Cleaner.clean_many

    def fragile(self, documents):
        documents = list(documents)
        if any("BOOM" in document.content for document in documents):
            raise RuntimeError("boom")
        return clean_many(self, documents)

    monkeypatch.setattr(Cleaner, "clean_many", fragile)
    report, failures, written = run(records("one", "BOOM", "three"))
    assert [record["id"] for record in written] == [0, 2]
    (failure,) = failures
    assert failure.where == "stdin:2"
    assert failure.reason.startswith("RuntimeError: boom (test_batch.py:")
    assert (report.failed, report.exit_code) == (1, 1)


def test_input_that_goes_away_fails_alone(tmp_path):
    for name in ("a.txt", "b.txt", "c.txt"):
        (tmp_path / name).write_text(name)
    source = files.folder(tmp_path)
    (tmp_path / "b.txt").unlink()
    report, failures, written = run(source)
    assert [record["id"] for record in written] == ["a.txt", "c.txt"]
    assert failures == [Failure(str(tmp_path / "b.txt"), "No such file or directory")]
    assert report.failed == 1


@pytest.mark.parametrize("jobs", [1, 2])
def test_the_order_is_that_of_the_source(jobs):
    source = records(*("word " * (n % 7) for n in range(300)))
    report, _, written = run(source, jobs=jobs)
    assert [record["id"] for record in written] == list(range(300))
    assert report.cleaned + report.unchanged + report.emptied == 300


def test_options_reach_the_workers():
    source = [records(*["Sentence of a text."] * 200) for _ in range(2)]
    options = Options(drop=frozenset({"body"}), keep=frozenset({"other"}))
    assert run(source[0], jobs=2, options=options)[2] == run(source[1], options=options)[2]


def test_a_wrong_option_fails_before_anything_is_written(tmp_path):
    target = tmp_path / "out"
    with pytest.raises(CleanerError, match="no-such-model"):
        batch.run(records("a"), sink.Folder(target, JSONL), options=Options(model="no-such-model"))
    assert not target.exists()


def test_a_worker_that_dies_ends_the_run_and_leaves_no_file(tmp_path):
    # A class of the function's own, which workers are sent: they cannot import a test.
    @dataclass(frozen=True)
    class Deadly:
        where: str = "deadly"
        size: int = 1
        position: int = 1

        def load(self):
            os._exit(1)

    class Source:
        total = None
        ignored = 0

        def __iter__(self):
            return iter([Deadly()] * 200)

        def identity(self):
            return None

    with pytest.raises(ChildProcessError, match="a worker was killed near deadly"):
        batch.run(Source(), sink.JsonlFile(tmp_path / "out.jsonl", JSONL), jobs=2)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("jobs", "ahead"), [(1, 200), (2, 1200)])
def test_what_is_in_memory_does_not_grow_with_the_source(jobs, ahead):
    read = written = 0
    most = 0

    def lines():
        nonlocal read
        for _ in range(3000):
            read += 1
            yield b'{"text": "a"}\n'

    class Slow(io.BytesIO):
        def write(self, data):
            nonlocal written, most
            written += 1
            most = max(most, read - written)
            return len(data)

    batch.run(jsonl.Records(None, lines()), sink.Stream(Slow(), JSONL), jobs=jobs)
    assert (read, written) == (3000, 3000)
    assert most < ahead


@pytest.mark.parametrize("idle", [True, False])
def test_one_job_reads_no_group_ahead(idle):
    read = 0
    ahead = []

    def lines():
        nonlocal read
        for _ in range(200):
            read += 1
            yield b'{"text": "a"}\n'

    class Out(io.BytesIO):
        def flush(self):
            ahead.append(read - len(self.getvalue().splitlines()))

    source = jsonl.Records(None, lines())
    batch.run(source, sink.Stream(Out(), JSONL), is_idle=lambda: idle)
    assert ahead == [0] * (200 if idle else 4)


def test_the_file_that_failed_is_named(tmp_path):
    (tmp_path / "a.txt").write_text("Body")
    target = tmp_path / "out" / "a.txt"
    target.mkdir(parents=True)
    failures = []
    batch.run(
        files.folder(tmp_path, outside=target.parent),
        sink.Folder(target.parent, Layout()),
        on_failure=failures.append,
    )
    assert failures == [Failure(str(tmp_path / "a.txt"), f"{target}: Is a directory")]


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
    assert len({each.digest() for each in options}) == len(options)
    assert Options(keep=frozenset(["share", "credit"])).digest() == (
        Options(keep=frozenset(["credit", "share"])).digest()
    )


def test_progress_ends_with_the_source():
    calls = []
    source = records(*"abc")
    batch.run(
        source,
        sink.Stream(io.BytesIO(), JSONL),
        on_progress=lambda position, pages: calls.append((position, pages)),
    )
    assert calls[-1][1] == 3


def test_a_report_in_one_line():
    report = Report(cleaned=2, failed=1, ignored=3)
    assert str(report) == (
        "2 cleaned, 0 unchanged, 0 emptied, 1 failed, 0 skipped (already done); "
        "3 other files not read"
    )
