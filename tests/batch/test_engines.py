"""Clusters, for real: small ones on this machine, one of whose workers is killed as they work."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from importlib.util import find_spec
from pathlib import Path

import pytest

PACKAGES = {"loky": "joblib", "dask": "distributed", "ray": "ray", "spark": "joblibspark"}
SHARDS, PAGES = 8, 150
BODY = "The harbour froze in January, and ships waited outside for weeks. "

pytestmark = [
    pytest.mark.engines,
    pytest.mark.skipif(os.name != "posix", reason="workers are killed as POSIX does it"),
]


@pytest.fixture(scope="module")
def inputs(tmp_path_factory):
    root = tmp_path_factory.mktemp("engines")
    (root / "in").mkdir()
    for shard in range(SHARDS):
        with (root / "in" / f"{shard}.jsonl").open("w") as file:
            for n in range(PAGES):
                html = "".join(f"<p>{BODY * 3}{shard} {n} {p}</p>" for p in range(30))
                file.write(json.dumps({"id": f"{shard}-{n}", "html": html}) + "\n")
    process = start(root, "in", "quiet", "-q")
    output = process.communicate()
    assert process.returncode == 0, output
    return root


def start(root, *arguments):
    paths = [str(Path(__file__).parents[2]), os.environ.get("PYTHONPATH", "")]
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(filter(None, paths)),
        "RAY_ENABLE_UV_RUN_RUNTIME_ENV": "0",
    }
    return subprocess.Popen(
        [sys.executable, "-m", "cleaner", *arguments],
        cwd=root,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )


def written(out):
    return {path.name: path.read_bytes() for path in sorted(out.glob("*.jsonl"))}


def cleaners(ancestor):
    """The processes that clean pages below `ancestor`, each with that which asked for it."""
    parents, found = {}, []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            command = (folder / "cmdline").read_bytes()
            stat = (folder / "stat").read_text()
        except OSError:
            continue
        parents[int(folder.name)] = int(stat.rpartition(")")[2].split()[1])
        if b"cleaner.batch.child" in command:
            found.append(int(folder.name))
    workers = []
    for child in found:
        line = [parents[child]]
        while line[-1] in parents and line[-1] != ancestor and line[-1] > 1:
            line.append(parents[line[-1]])
        if line[-1] == ancestor and line[0] != ancestor:
            workers.append(line[0])
    return workers


@pytest.mark.parametrize("backend", PACKAGES)
def test_a_worker_that_is_lost_costs_no_page(inputs, backend):
    if find_spec(PACKAGES[backend]) is None:
        pytest.skip(f"needs the extra `{backend}`")
    if not Path("/proc/self/stat").exists():
        pytest.skip("workers are found by /proc")
    out = inputs / f"out-{backend}"
    process = start(inputs, "in", out.name, "-j", "2", "--backend", backend)
    said = []
    reader = threading.Thread(target=lambda: said.append(process.stdout.read()))
    reader.start()
    killed = None
    deadline = time.monotonic() + 200
    while process.poll() is None and time.monotonic() < deadline:
        done = len(written(out)) if out.exists() else 0
        if killed is None and done >= 1:
            for worker in cleaners(process.pid)[:1]:
                os.kill(worker, signal.SIGKILL)
                killed = worker
        time.sleep(0.05)
    process.kill()
    process.wait()
    reader.join()
    process.stdout.close()
    assert killed is not None, said
    assert process.returncode == 0, said
    assert written(out) == written(inputs / "quiet")
    assert f"{SHARDS * PAGES} cleaned".encode() in said[0] or b"skipped" in said[0]
