import json
import os
import sys

import pytest

from cleaner import batch
from cleaner.io import sink, source
from cleaner.io.render import Layout

# What a page says is what happens to the process that cleans it. C code holds the interpreter
# in the first two, so nothing in that process could call them off.
FAULTS = """
import sys

if "cleaner.batch.child" in sys.orig_argv:
    import ctypes, os, re
    from cleaner.pipeline import Cleaner

    clean_many = Cleaner.clean_many

    def faulty(self, documents):
        documents = list(documents)
        for document in documents:
            if "HANG" in document.content:
                re.match(r"(a+)+$", "a" * 60 + "b")
            if "SEGV" in document.content:
                ctypes.string_at(0)
            if "KILL" in document.content:
                os.kill(os.getpid(), 9)
            if "GREED" in document.content:
                bytearray(64 << 30)
            if "BOOM" in document.content:
                raise RuntimeError("boom")
        return clean_many(self, documents)

    Cleaner.clean_many = faulty
"""


@pytest.fixture(scope="session")
def faults(tmp_path_factory):
    """The environment in which pages can do harm."""
    folder = tmp_path_factory.mktemp("faults")
    (folder / "sitecustomize.py").write_text(FAULTS)
    paths = [str(folder), *filter(None, [os.environ.get("PYTHONPATH")])]
    return {"PYTHONPATH": os.pathsep.join(paths)}


@pytest.fixture
def write(tmp_path):
    """Write texts to a JSONL file, and give its path."""

    def call(name, *texts):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        lines = (
            json.dumps({"id": f"{name}-{n}", "url": f"https://a.test/{n}", "text": text}) + "\n"
            for n, text in enumerate(texts)
        )
        path.write_text("".join(lines))
        return str(path)

    return call


@pytest.fixture
def clean():
    """Clean files of records into a file or a folder, and give the report and the failures."""

    def call(ins, out, **options):
        failures = []
        ins = [ins] if isinstance(ins, str) else ins
        kind = "parquet" if str(out).endswith(".parquet") else "jsonl"
        if str(out).endswith((".jsonl", ".gz", ".zst", ".parquet")):
            to = sink.RecordFile(str(out), Layout(kind))
        else:
            to = sink.Folder(str(out), Layout("jsonl", is_packed=True))
        report = batch.run(source.find(ins), to, on_failure=failures.append, **options)
        return report, failures

    return call


def python(*arguments):
    return [sys.executable, "-m", "cleaner", *map(str, arguments)]
