"""Pages that do harm to the process that cleans them."""

import json
import os
import pickle
import subprocess
import sys
from pathlib import Path

import pytest

from cleaner.batch import Options, child
from cleaner.batch.work import Work
from cleaner.io.entry import BytesEntry, Limits
from cleaner.io.render import Layout
from tests.growth import assert_linear

GOOD = ["The harbour froze in January, and ships waited outside for weeks."] * 5

pytestmark = pytest.mark.skipif(os.name != "posix", reason="signals as POSIX has them")


@pytest.fixture
def harmful(faults, monkeypatch):
    for name, value in faults.items():
        monkeypatch.setenv(name, value)


def ids(path):
    with path.open() as lines:
        return [json.loads(line)["id"] for line in lines]


@pytest.mark.parametrize(
    ("word", "stage", "reason"),
    [
        ("HANG", "timeout", "took longer than 0.7 s (--timeout)"),
        ("SEGV", "crash", "killed the process that cleaned it (SIGSEGV)"),
        ("KILL", "crash", "killed the process that cleaned it (SIGKILL): out of memory?"),
        ("GREED", "clean", "needs more than 4 GB of memory"),
        ("BOOM", "clean", "RuntimeError: boom (sitecustomize.py:22)"),
    ],
)
def test_a_page_that_does_harm_fails_alone(harmful, write, clean, tmp_path, word, stage, reason):
    if word == "GREED" and sys.platform != "linux":
        pytest.skip("memory is limited on Linux only")
    path = write("a.jsonl", *GOOD, word, *GOOD)
    report, failures = clean(path, tmp_path / "out.jsonl", timeout=0.7)
    (failure,) = failures
    assert (failure.where, failure.stage, failure.reason) == (f"{path}:6", stage, reason)
    assert ids(tmp_path / "out.jsonl") == [f"a.jsonl-{n}" for n in range(11) if n != 5]
    assert (report.failed, report.exit_code, report.pages) == (1, 1, 11)
    (noted,) = (tmp_path / ".out.jsonl.clean" / "failures.jsonl").read_text().splitlines()
    assert json.loads(noted) == {
        "shard": path,
        "position": 6,
        "id": "a.jsonl-5",
        "url": "https://a.test/5",
        "stage": stage,
        "error": reason,
    }


def test_many_failures_stop_the_run(write, clean, tmp_path):
    paths = [write(f"in/{n}.jsonl", *GOOD) for n in range(4)]
    for path in paths:
        with Path(path).open("a") as file:
            file.write("{oops\n" * 10)
    report, _ = clean(paths, tmp_path / "out", max_failures=15)
    assert report.stopped
    assert report.failed > 15
    done = tmp_path / "out" / ".clean" / "done"
    assert [path.name for path in done.iterdir()] == ["0.jsonl.json"]
    assert not (tmp_path / "out" / "1.jsonl").exists()
    report, _ = clean(paths, tmp_path / "out")
    assert (report.stopped, report.failed, report.skipped) == (False, 30, 5)


@pytest.mark.parametrize(
    ("record", "limits", "message"),
    [
        ({"text": "x" * 101}, Limits(page=100), "larger than the limit of 100 (--max-page)"),
        (
            {"text": "x\n" * 9 + "x" * 90},
            Limits(line=80),
            "the line is longer than the limit of 80",
        ),
        ({"html": "<b>" * 300 + "x"}, Limits(depth=200), "nested deeper than the limit of 200"),
        ({"html": "<p>x" * 300}, Limits(depth=200), None),
        ({"html": "<b>x</b>" * 300}, Limits(depth=200), None),
    ],
)
def test_what_is_beyond_a_limit_says_so(clean, tmp_path, record, limits, message):
    path = tmp_path / "in.jsonl"
    path.write_text(json.dumps(record))
    _, failures = clean(str(path), tmp_path / "out.jsonl", limits=limits)
    assert [message in failure.reason for failure in failures] == [True] * (message is not None)


def test_a_worker_whose_parent_died_before_its_first_page_ends():
    program = (
        "import subprocess, sys, time\n"
        "from cleaner.batch.engine import _follow\n"
        "gone = subprocess.Popen([sys.executable, '-c', ''])\n"
        "gone.wait()\n"
        "_follow(gone.pid)\n"
        "time.sleep(60)\n"
    )
    ended = subprocess.run([sys.executable, "-c", program], timeout=30, check=False)
    assert ended.returncode == 1


@pytest.mark.parametrize(
    "odd",
    [lambda n: "<p>x</p>" + "<a " * 60 * n, lambda n: "<i>x" * 2100 + "<" + "a" * 200 * n],
    ids=["open", "long"],
)
def test_tags_that_never_end_cost_what_they_are_long(odd):
    assert_linear(lambda page: child._depth(page, 2000), odd)


@pytest.mark.parametrize(
    ("markup", "depth"),
    [
        ("<div><p><b>" * 3, 6), ("<div/>" * 9, 0), ("<br><img a='x>'><DIV>" * 2, 2),
        ("<div title='a<b'></div>" * 3, 1), ("<x-y a=/>" + "<u></u><u>" * 2, 2), ("<a><b", 1),
    ],
)  # fmt: skip
def test_depth_is_told_by_tags(markup, depth):
    assert child._depth(markup, 0) == depth


def test_a_child_that_nobody_hears_any_more_ends_in_silence(tmp_path):
    command = [sys.executable, "-m", "cleaner.batch.child"]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with subprocess.Popen(command, **pipes) as child:
        pickle.dump(Work(Options(), Layout("txt"), Limits(), 10.0, ()), child.stdin)
        child.stdin.flush()
        assert pickle.load(child.stdout) is None
        child.stdout.close()
        page = BytesEntry("a", "a", "Some text. " * 10, "text")
        pickle.dump((str(tmp_path), [page]), child.stdin)
        child.stdin.close()
        assert child.stderr.read() == b""
