import gzip
import io
import os
import subprocess
import sys
from pathlib import Path

import pytest

from cleaner.io import atomic, compress, lock, notes
from cleaner.types import CleanerError


@pytest.mark.parametrize("name", ["a.jsonl", "a.jsonl.gz"])
def test_a_file_is_replaced_whole_or_not_at_all(tmp_path, name):
    target = tmp_path / "new" / name
    with atomic.replacing(str(target)) as file:
        file.write(b"one")
        assert not target.exists()
    first = target.read_bytes()
    with pytest.raises(KeyboardInterrupt), atomic.replacing(str(target)) as file:
        file.write(b"two")
        raise KeyboardInterrupt
    assert target.read_bytes() == first
    assert list(target.parent.iterdir()) == [target]


def test_a_gzip_file_has_the_same_bytes_each_time():
    packed = []
    for name in ("a.jsonl.gz", "b.jsonl.gz"):
        file = io.BytesIO()
        with compress.writer(file, name) as packing:
            packing.write(b"text")
        packed.append(file.getvalue())
    assert packed[0] == packed[1]
    assert gzip.decompress(packed[0]) == b"text"


def test_the_last_line_about_an_output_counts(tmp_path):
    store = notes.prepare(str(tmp_path), {})
    store.remember([("a\n\udce9.txt", "one"), ("b.txt", "one")])
    store.remember([("b.txt", "two"), ("c.txt", "one")])
    store.forget(["c.txt"])
    assert notes.known(str(tmp_path)) == {"a\n\udce9.txt": "one", "b.txt": "two"}


@pytest.mark.parametrize("torn", [b'["b.txt", "tw', b"\x00\xff", b"{}\n", b'["b.txt"]\n'])
def test_a_line_that_was_cut_short_is_no_line(tmp_path, torn):
    root = str(tmp_path)
    store = notes.prepare(root, {"a.txt": "one"})
    with Path(store.journal).open("ab") as file:
        file.write(torn)
    known = notes.known(root)
    assert known == {"a.txt": "one"}
    notes.prepare(root, known).remember([("b.txt", "two")])
    assert notes.known(root) == {"a.txt": "one", "b.txt": "two"}


def test_what_killed_runs_left_is_swept_away(tmp_path):
    notes.prepare(str(tmp_path), {})
    (tmp_path / ".clean" / ".a.123.part").write_bytes(b"half")
    notes.prepare(str(tmp_path), {})
    assert [path.name for path in (tmp_path / ".clean").iterdir()] == ["journal"]


def test_nothing_is_written_through_a_link_that_leads_out(tmp_path):
    outside = tmp_path / "outside"
    outside.mkdir()
    store = notes.prepare(str(tmp_path / "out"), {})
    (tmp_path / "out" / "a").symlink_to(outside, target_is_directory=True)
    (tmp_path / "out" / "b.txt").symlink_to(outside / "b.txt")
    with pytest.raises(CleanerError, match="leads out"):
        store.write("a/deep/x.txt", b"x")
    store.write("b.txt", b"b")
    assert list(outside.iterdir()) == []
    assert (tmp_path / "out" / "b.txt").read_bytes() == b"b"


def test_a_lock_is_held_once(tmp_path):
    path = tmp_path / "new" / "lock"
    with lock.held(path):
        assert path.read_text() == str(os.getpid())
        with pytest.raises(CleanerError, match="another run writes here"), lock.held(path):
            pass
        assert path.exists()
    assert not path.exists()


@pytest.mark.skipif(os.name != "posix", reason="elsewhere nobody can ask for a process")
def test_the_lock_of_a_dead_process_is_taken_over(tmp_path):
    path = tmp_path / "lock"
    with subprocess.Popen([sys.executable, "-c", ""]) as dead:
        pass
    # Our own number, in a lock that we do not hold, is that of a process before us.
    for owner in (dead.pid, os.getpid(), 10**30):
        path.write_text(str(owner))
        with lock.held(path):
            assert path.read_text() == str(os.getpid())
    for owner in ("", "x", str(os.getppid())):
        path.write_text(owner)
        with pytest.raises(CleanerError, match="another run"), lock.held(path):
            pass
        assert path.read_text() == owner


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="a system without named pipes")
def test_a_pipe_is_no_place_for_a_file(tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with pytest.raises(CleanerError, match="pipe or a device"):
        atomic.put(str(pipe), b"x")
    with pytest.raises(CleanerError, match="pipe or a device"):
        atomic.write(pipe, b"x", scratch=tmp_path)
    assert pipe.is_fifo()
    assert list(tmp_path.iterdir()) == [pipe]


def test_no_note_is_written_through_a_link_that_leads_out(tmp_path):
    (tmp_path / "outside").mkdir()
    (tmp_path / "notes").mkdir()
    (tmp_path / "notes" / "done").symlink_to(tmp_path / "outside", target_is_directory=True)
    with pytest.raises(CleanerError, match="leads out"):
        notes.finish(str(tmp_path / "notes"), "a", notes.Done("", "", None, {}, ""))
    assert list((tmp_path / "outside").iterdir()) == []
