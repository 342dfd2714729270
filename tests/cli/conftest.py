import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from cleaner.cli import main

# Decides the lines of the pages below, so that no test depends on a model.
TEMPLATE = """
name = "lines.test"
about = "Lines that say what they are"
match.always = true

[[rules]]
name = "body"
action = "keep"
regex = '^Body'

[[rules]]
name = "debris"
kind = "promotion"
regex = '^Debris'
"""


@pytest.fixture(scope="session")
def sites(tmp_path_factory):
    folder = tmp_path_factory.mktemp("sites")
    (folder / "lines.test.toml").write_text(TEMPLATE)
    return str(folder)


@pytest.fixture(scope="session")
def page():
    """Make a page by its number; one line of it is body, one is debris."""
    return lambda n: f"<p>Body text of page {n}.</p><p>Debris of page {n}.</p>"


@pytest.fixture
def pages(tmp_path, page):
    """A folder of three pages, one of them in a folder of its own."""
    root = tmp_path / "in"
    for number, name in enumerate(["a.html", "b.htm", "deep/er/c.html"]):
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(page(number))
    return root


@pytest.fixture
def clean(sites, tmp_path, monkeypatch):
    """Call the command line in this process, in a folder of its own."""
    monkeypatch.chdir(tmp_path)

    def call(*args, input=None, with_sites=True):
        options = ["--sites", sites] if with_sites else []
        return CliRunner().invoke(main, [*map(str, args), *options], input=input)

    return call


@pytest.fixture
def start(sites, tmp_path):
    """Start the command line in a process of its own."""
    started = []

    def call(
        *args,
        with_sites=True,
        out=subprocess.PIPE,
        err=subprocess.PIPE,
        start_new_session=False,
        stdin=None,
        closed=None,
        **environment,
    ):
        command = [sys.executable, "-m", "cleaner", *map(str, args)]
        if with_sites:
            command += ["--sites", sites]
        if closed is not None:
            command = ["sh", "-c", f'exec "$@" {closed}<&-', "sh", *command]
        paths = [str(Path(__file__).parents[2]), os.environ.get("PYTHONPATH", "")]
        process = subprocess.Popen(
            command,
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(paths), **environment},
            stdout=out,
            stderr=err,
            start_new_session=start_new_session,
            stdin=stdin,
        )
        started.append(process)
        return process

    yield call
    for process in started:
        with process:
            process.kill()


@pytest.fixture(scope="session")
def files_in():
    """Relative path and content of each file below a folder, without the tool's own notes."""

    def read(root):
        return {
            path.relative_to(root).as_posix(): path.read_bytes()
            for path in sorted(root.rglob("*"))
            if path.is_file() and ".clean" not in path.parts
        }

    return read
