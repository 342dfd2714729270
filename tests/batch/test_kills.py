"""Runs that are killed at any moment, for every writer, and what a second run makes of it.

`CLEANER_KILLS=20 pytest tests/batch/test_kills.py` kills twenty times for each; the default is
what a test run has time for.
"""

import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

KILLS = int(os.environ.get("CLEANER_KILLS", "1"))
PAGES = 600

pytestmark = pytest.mark.skipif(os.name != "posix", reason="signals as POSIX has them")


@pytest.fixture(scope="module")
def inputs(tmp_path_factory):
    root = tmp_path_factory.mktemp("kills")
    (root / "pages").mkdir()
    (root / "records").mkdir()
    body = "The harbour froze in January, and ships waited outside for weeks. "
    for n in range(PAGES):
        text = f"<p>{body * 8}{n}</p><p>Share this</p>"
        (root / "pages" / f"{n:03}.html").write_text(text)
        with (root / "records" / f"{n % 6}.jsonl").open("a") as file:
            file.write(json.dumps({"id": n, "html": text}) + "\n")
    return root


def start(inputs, *arguments):
    command = [sys.executable, "-m", "cleaner", *arguments]
    paths = [str(Path(__file__).parents[2]), os.environ.get("PYTHONPATH", "")]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, paths))}
    return subprocess.Popen(
        command, cwd=inputs, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )


def written(out):
    files = [out] if out.is_file() else sorted(out.rglob("*"))
    return {
        path.relative_to(out.parent).as_posix().partition("/")[2]: path.read_bytes()
        for path in files
        if path.is_file() and ".clean" not in path.parts
    }


WRITERS = {
    "pages": ("pages", "out", []),
    "jsonl": ("records", "out.jsonl", []),
    "gzip": ("records", "out.jsonl.gz", []),
    "zstd": ("records", "out.jsonl.zst", []),
    "parquet": ("records", "out.parquet", []),
    "shards": ("records", "out", []),
    "parquet shards": ("records", "out", ["--format", "parquet"]),
}


@pytest.mark.parametrize("writer", WRITERS if KILLS > 1 else ["pages", "parquet", "shards"])
def test_a_run_that_is_killed_loses_nothing_and_does_nothing_twice(inputs, tmp_path, writer):
    place, name, options = WRITERS[writer]
    chance = random.Random(f"{writer} {KILLS}")
    out = tmp_path / "quiet" / name
    out.parent.mkdir()
    began = time.monotonic()
    process = start(inputs, place, str(out), *options)
    errors = process.communicate()
    assert process.returncode == 0, errors
    seconds = time.monotonic() - began
    expected = written(out)
    assert sum(map(len, expected.values())) > 1000

    killed = 0
    for attempt in range(KILLS):
        out = tmp_path / f"killed{attempt}" / name
        out.parent.mkdir()
        jobs = ["-j", str(1 + attempt % 2)]
        process = start(inputs, place, str(out), *options, *jobs)
        time.sleep(seconds * chance.uniform(0.3, 1.0))
        process.kill()
        process.communicate()
        killed += process.returncode == -signal.SIGKILL
        time.sleep(0.3)  # workers follow
        # What is there under its name is whole.
        there = written(out) if out.exists() else {}
        assert {name: expected[name] for name in there} == there
        process = start(inputs, place, str(out), *options, *jobs)
        _, errors = process.communicate()
        assert process.returncode == 0, errors
        assert written(out) == expected
        process = start(inputs, place, str(out), *options)
        _, errors = process.communicate()
        assert f"{PAGES} skipped".encode() in errors
        assert not [*out.parent.rglob("*.part")]
    assert killed or KILLS < 3
