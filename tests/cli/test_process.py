"""What only shows in a process of its own: signals, pipes, workers, starting time."""

import json
import os
import signal
import subprocess
import sys
import time

import pytest

PAGES = 400
OPINIONS = [
    *[("keep", kind) for kind in ("byline", "credit", "share")],
    *[("drop", kind) for kind in ("caption", "comment", "related")],
]

pytestmark = pytest.mark.skipif(os.name != "posix", reason="signals as POSIX has them")


@pytest.fixture
def many(tmp_path, page):
    root = tmp_path / "in"
    root.mkdir()
    for number in range(PAGES):
        (root / f"{number:03}.html").write_text(page(number) * 30)
    return root


def wait_for(condition, process, *, seconds=30):
    deadline = time.monotonic() + seconds
    while not condition():
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < deadline
        time.sleep(0.002)


def outputs(root):
    return {path.name: path.stat() for path in root.glob("*.txt")}


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_a_killed_run_goes_on_where_it_was(start, many, tmp_path, jobs):
    out = tmp_path / "out"
    process = start("in", "out", "-j", jobs)
    wait_for(lambda: len(outputs(out)) >= 20, process)
    process.kill()
    assert process.wait() == -signal.SIGKILL
    time.sleep(0.5)  # the workers follow
    done = outputs(out)
    assert len(done) < PAGES
    assert not [name for name, status in done.items() if not status.st_size]

    process = start("in", "out", "-j", jobs)
    _, errors = process.communicate()
    assert process.returncode == 0, errors
    again = outputs(out)
    assert len(again) == PAGES
    redone = [name for name, status in done.items() if again[name].st_ino != status.st_ino]
    # A page can be in place and not yet in the journal: one for each process.
    assert len(redone) <= int(jobs)
    assert sorted(path.name for path in (out / ".clean").iterdir()) == ["journal", "report.json"]


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_ctrl_c_ends_at_once_with_130(start, many, tmp_path, jobs):
    out = tmp_path / "out"
    process = start("in", "out", "-j", jobs, start_new_session=True)
    wait_for(lambda: outputs(out), process)
    os.killpg(process.pid, signal.SIGINT)
    output, errors = process.communicate(timeout=10)
    assert process.returncode == 130
    assert output == b""
    assert b"Interrupted; no file is half written.\n" in errors
    assert b"Traceback" not in errors
    assert len(outputs(out)) < PAGES


@pytest.mark.parametrize(("sign", "code"), [(signal.SIGINT, 130), (signal.SIGKILL, -9)])
def test_a_stopped_run_leaves_the_old_file(start, many, tmp_path, sign, code):
    target = tmp_path / "out.jsonl"
    target.write_text("old\n")
    process = start("in", "out.jsonl")
    notes = tmp_path / ".out.jsonl.clean"
    wait_for(lambda: [*notes.glob(".*.part")], process)
    process.send_signal(sign)
    process.communicate(timeout=10)
    assert process.returncode == code
    assert target.read_text() == "old\n"

    process = start("in", "out.jsonl")
    process.communicate()
    assert process.returncode == 0
    assert len(target.read_text().splitlines()) == PAGES
    assert not [*notes.glob(".*.part")]


def test_any_number_of_jobs_writes_the_same_bytes(start, many, tmp_path, files_in):
    for path in sorted(many.iterdir())[80:]:  # more than one lot of pages
        path.unlink()
    for jobs in ("1", "2"):
        for out in (f"out{jobs}", f"out{jobs}.jsonl"):
            process = start("in", out, "-j", jobs, "--verdicts")
            output, errors = process.communicate()
            assert process.returncode == 0, errors
            assert output == b""
    assert files_in(tmp_path / "out1") == files_in(tmp_path / "out2")
    assert (tmp_path / "out1.jsonl").read_bytes() == (tmp_path / "out2.jsonl").read_bytes()


@pytest.mark.parametrize("out", ["out", "out.jsonl"])
def test_a_later_run_takes_what_earlier_ones_did(start, tmp_path, page, out):
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.html").write_text(page(1))
    options = [f"--{what}={kind}" for what, kind in OPINIONS]
    for seed, summary in (("1", b"1 cleaned"), ("2", b"1 skipped"), ("3", b"1 skipped")):
        process = start("in", out, *options, PYTHONHASHSEED=seed)
        _, errors = process.communicate()
        assert summary in errors


@pytest.mark.parametrize("args", [("-", "-"), ("-", "out/"), ("explain", "-")])
def test_closed_standard_input_is_told(start, args):
    process = start(*args, closed=0)
    output, errors = process.communicate()
    assert (process.returncode, output) == (2, b"")
    assert b"standard input is closed" in errors
    assert b"Traceback" not in errors


@pytest.mark.parametrize("args", [("in/000.html", "-"), ("explain", "in/000.html")])
def test_closed_standard_output_is_told(start, many, args):
    process = start(*args, closed=1)
    _, errors = process.communicate()
    assert process.returncode == 2
    assert b"standard output is closed" in errors


def test_closed_standard_error_ends_nothing(start, many, tmp_path):
    process = start("in/000.html", "000.txt", closed=2)
    process.communicate()
    assert process.returncode == 0
    assert "Body" in (tmp_path / "000.txt").read_text()


def test_records_come_out_as_they_come_in(start):
    process = start("-", "-", "--quiet", stdin=subprocess.PIPE)
    for count in (1, 3, 1):
        process.stdin.write(b'{"text": "Body"}\n' * count)
        process.stdin.flush()
        # Nothing more is sent until all of it is back: the test hangs if anything is held.
        assert [process.stdout.readline() for _ in range(count)] == [b'{"text": "Body"}\n'] * count
    output, errors = process.communicate(timeout=10)
    assert (process.returncode, output, errors) == (0, b"", b"")


def test_a_reader_that_leaves_is_no_failure(start, many):
    process = start("in", "-")
    process.stdout.readline()
    process.stdout.close()
    errors = process.stderr.read()
    assert (process.wait(), errors) == (0, b"")


def test_only_data_is_on_standard_output(start, many):
    (many / "x.txt").write_bytes(b"\x1b[31mBody")
    process = start("in/x.txt", "-")
    output, errors = process.communicate()
    assert output == b"\x1b[31mBody\n"
    assert errors.startswith(b"0 cleaned, 1 unchanged")


def test_help_starts_without_the_heavy_libraries(tmp_path):
    code = """
import sys
from cleaner.cli import main
main([*sys.argv[1:], "--help"], standalone_mode=False)
heavy = {"lxml", "numpy", "sklearn", "rich", "joblib", "trafilatura", "regex"} & set(sys.modules)
assert not heavy, heavy
"""
    for command in ([], ["run"], ["explain"], ["sites"]):
        done = subprocess.run(
            [sys.executable, "-c", code, *command], capture_output=True, check=False
        )
        assert done.returncode == 0, done.stderr.decode()


def test_what_only_hands_pages_out_starts_without_them():
    code = "import sys, cleaner.batch; assert not {'lxml', 'numpy', 'regex'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_progress_is_shown_on_a_terminal_only(start, many):
    pty = pytest.importorskip("pty", reason="needs a pseudo-terminal")
    for options, shown in (([], True), (["--quiet"], False)):
        ours, theirs = pty.openpty()
        process = start("in", "-", *options, err=theirs, TERM="xterm")
        os.close(theirs)
        output = process.stdout.read()
        seen = os.read(ours, 1 << 16) if shown else b""
        os.close(ours)
        assert process.wait() == 0
        assert len(output.splitlines()) == PAGES
        assert (b"pages" in seen) == shown


@pytest.mark.skipif(os.name != "posix", reason="no pipes with names there")
@pytest.mark.parametrize("form", ["page", "records"])
def test_a_pipe_that_is_named_is_read(start, page, tmp_path, form):
    data = json.dumps({"id": "a", "html": page(1)}) + "\n" if form == "records" else page(1)
    os.mkfifo(tmp_path / "pipe")
    process = start("pipe", "-", stdin=subprocess.DEVNULL)
    (tmp_path / "pipe").write_text(data)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
    text = json.loads(out)["text"] if form == "records" else out.decode()
    assert text.strip() == "Body text of page 1."


def test_several_pipes_are_refused(start, tmp_path):
    process = start("/dev/stdin", "-", "-", stdin=subprocess.DEVNULL)
    assert b"is read alone" in process.communicate(timeout=60)[1]
